/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rd.h - read what mk.h has built, in a line or two; failures are Criterion expectations.
 *
 *     struct rd rd;
 *     rd_mk(&rd, &m);
 *     while (rd_next(&rd) == SCAPF_OK) { ... rd.rec ... }
 *     rd_close(&rd);
 */
#ifndef SCAPF_TESTS_RD_H
#define SCAPF_TESTS_RD_H

#include "base/rules.h"
#include "support/mk.h"

struct rd {
    struct scapf_reader *reader;
    struct scapf_record rec; /* the last one */
    enum scapf_status status;
};

/* Open; NULL schema and 0 max_block mean the defaults. Aborts when that fails. */
void rd_open(struct rd *rd, const void *bytes, size_t len, const struct scapf_schema *schema,
             uint32_t max_block);
void rd_mk(struct rd *rd, const struct mk *m);
/* Only the reader, with the defaults; it borrows the bytes. */
struct scapf_reader *rd_reader(const void *bytes, size_t len);
enum scapf_status rd_next(struct rd *rd);
/* Read n records that have to be there. */
void rd_skip(struct rd *rd, unsigned n);
/* Read to the end; returns how it ended. */
enum scapf_status rd_rest(struct rd *rd);
/* Check the ledger's sums against a stream of len bytes and close. */
void rd_close(struct rd *rd);
void rd_close_len(struct rd *rd, uint64_t len);

/* One finding: what, where, got, want. NULL never matches. name tells which row of a table. */
void rd_expect(const char *name, const struct scapf_diag *diag, enum rule rule, uint64_t off,
               uint64_t got, uint64_t want);

/* A whole file; *len receives its size. Aborts when it is not there. Free with free(). */
uint8_t *rd_file(const char *path, size_t *len);

#endif
