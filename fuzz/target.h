/* SPDX-License-Identifier: Apache-2.0 */
/*
 * target.h - what every fuzz target has: its entry, a property that must hold, a reader of bytes.
 */
#ifndef SCAPF_FUZZ_TARGET_H
#define SCAPF_FUZZ_TARGET_H

#include <stdio.h>
#include <stdlib.h>

#include "scapfmt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Freed memory is watched as long as what a small input frees, and no longer: more of it lies in no
 * cache. Who allocated something is told in full by a replay. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "quarantine_size_mb=4:thread_local_quarantine_size_kb=256:malloc_context_size=2";
}

#define must(ok) target_must((ok), #ok, __FILE__, __LINE__)

static inline void target_must(bool ok, const char *what, const char *file, int line)
{
    if (!ok) {
        fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
        abort();
    }
}

static inline struct scapf_src *target_src(const uint8_t *data, size_t size)
{
    struct scapf_src *src;

    must(scapf_src_mem(data, size, NULL, &src, NULL) == SCAPF_OK);
    return src;
}

/* A reader of bytes; it owns its source, not the bytes. opts may be NULL. */
static inline struct scapf_reader *target_reader(const uint8_t *data, size_t size,
                                                 const struct scapf_reader_opts *opts)
{
    struct scapf_reader *reader;

    must(scapf_reader_new(target_src(data, size), opts, &reader) == SCAPF_OK);
    return reader;
}

#endif
