/* SPDX-License-Identifier: Apache-2.0 */
/* strace_run.h - a log in memory through the strace converter, and its events read back. */
#ifndef SCAPFMT_TESTS_STRACE_RUN_H
#define SCAPFMT_TESTS_STRACE_RUN_H

#include "../tools/convert/strace_convert.h"

/* What a conversion gave: the capture, and one line an event, as print --raw has it less the first
 * two columns, with the names of the events ("> openat ..."). */
struct run {
    enum scapf_status status;
    enum strace_dialect dialect;
    struct strace_verdict verdict;
    struct scapf_diag diag;
    struct scapf_sink *sink;
    const uint8_t *bytes;
    size_t len;
};

/* Convert; the text must live until run_release(). opts may be NULL. */
struct run run_strace(const void *log, size_t len, const struct strace_convert_opts *opts);
void run_release(struct run *run);
/* The lines scapfmt prints for it, with these columns. Heap. */
char *run_lines(const struct run *run, const char *columns);
/* The same as JSON. */
char *run_json(const struct run *run);
/* How many findings of this severity or worse the checker has. */
unsigned run_findings(const struct run *run, enum scapf_severity severity);

#endif
