/* SPDX-License-Identifier: Apache-2.0 */
/*
 * salvage.h - damage a capture, repair it, and compare with what it was.
 */
#ifndef SCAPF_TESTS_SALVAGE_H
#define SCAPF_TESTS_SALVAGE_H

#include <stdbool.h>

#include "scapfmt.h"

/* A record of a sound capture. */
struct salvage_record {
    uint64_t off;
    size_t len;
};

struct salvage_capture {
    uint8_t *bytes; /* unpacked */
    size_t len;
    struct salvage_record *records;
    size_t n;
};

#define SALVAGE_NOTES 4096

/* The output of a repair, and what it told. */
struct salvage {
    struct scapf_sink *sink;
    const uint8_t *bytes;
    size_t len;
    enum scapf_status status;
    struct scapf_repair_counts counts;
    struct scapf_repair_note notes[SALVAGE_NOTES];
    size_t n_notes;
    uint64_t errors; /* findings of severity error in the output */
    struct scapf_diag error;
};

/* Load a sound capture, packed or not; abort when it is none. */
void salvage_load(struct salvage_capture *c, const char *path);
void salvage_unload(struct salvage_capture *c);
/* Repair bytes and check the output. */
void salvage_run(struct salvage *s, const void *bytes, size_t len);
void salvage_end(struct salvage *s);

/* Cut at len: exactly the records that end before are in the output, which has no error. */
bool salvage_cut(const struct salvage_capture *c, size_t len);
/* Change the byte at off: the output has no error, and every other record is in it, or a note says
 * why not. *told counts those with a note. */
bool salvage_flip(const struct salvage_capture *c, size_t off, uint8_t value, uint64_t *told);

/* Paths of the captures below samples/, in order; NULL behind the last. */
const char *salvage_sample(size_t i);

#endif
