/* SPDX-License-Identifier: Apache-2.0 */
/* record_run.h - records of the recorder's rings, made by hand, through its decoder. */
#ifndef SCAPFMT_TESTS_RECORD_RUN_H
#define SCAPFMT_TESTS_RECORD_RUN_H

#include "../tools/record/decode.h"
#include "support/strace_run.h"

/* A record being built: head, then chunks. */
struct mkrec {
    uint8_t bytes[0x20000];
    size_t len;
    struct rec_head head;
};

void mkrec_begin(struct mkrec *m, enum rec_kind kind, int32_t nr, int64_t ret);
/* A chunk with its len bytes. */
void mkrec_add(struct mkrec *m, struct rec_chunk chunk, const void *bytes);
void mkrec_chunk(struct mkrec *m, uint8_t op, uint8_t flags, const void *bytes, uint32_t len);
/* The same for one of several messages. */
void mkrec_chunk_of(struct mkrec *m, uint8_t op, uint16_t item, const void *bytes, uint32_t len);
/* Fill the head in. */
void mkrec_end(struct mkrec *m);
/* The number of the step of this kind in a call's plan at exit, REC_NO_OP when it has none. */
uint8_t record_op(const struct rec_plans *plans, int32_t nr, enum rec_step step, uint8_t arg);
/* The kernel's number of a call. */
int32_t record_nr(const struct rec_plans *plans, const char *name);

/* The decoder of the run under way, for what it calls. */
extern struct rec_decode *record_decoder;

/* Pieces, each a u16 length and a record, as one capture; counts may be NULL. */
struct run run_records(const uint8_t *pieces, size_t len, const struct rec_decode_opts *opts,
                       struct rec_decode_counts *counts);
/* Add a record to pieces, which have room; returns the new length. */
size_t record_piece(uint8_t *pieces, size_t len, const struct mkrec *m);

#endif
