/* SPDX-License-Identifier: Apache-2.0 */
/*
 * findings.h - run the checker over bytes in memory and keep what it found.
 */
#ifndef SCAPF_TESTS_FINDINGS_H
#define SCAPF_TESTS_FINDINGS_H

#include "base/rules.h"
#include "scapfmt.h"

#define FINDINGS_MAX 256

struct findings {
    struct scapf_diag list[FINDINGS_MAX];
    size_t n; /* all of them, also those beyond the list */
    enum scapf_status status;
};

/* The callback for scapf_check(); ctx is a struct findings. */
void findings_add(void *ctx, const struct scapf_diag *diag);
/* Check the bytes. */
void findings_run(struct findings *f, const void *bytes, size_t len);
/* How often a rule was found. */
size_t findings_count(const struct findings *f, enum rule rule);
/* Was the rule found at this offset? */
bool findings_has(const struct findings *f, enum rule rule, uint64_t off);
/* Findings of this severity or worse. */
size_t findings_from(const struct findings *f, enum scapf_severity severity);
/* All findings as one text for a failing test; static storage. */
const char *findings_text(const struct findings *f);

/* One rule: build() makes a minimal capture, good or bad, and returns the offset where the bad one
 * is to be blamed. */
struct mk;
struct findings_row {
    enum rule rule;
    uint64_t (*build)(struct mk *m, bool bad);
};

/* Of each row the good capture must not yield the rule, the bad one must yield it at the offset;
 * in little-endian, and in big-endian when both. Returns the number of failures, each explained on
 * standard error. */
size_t findings_rows(const struct findings_row *rows, size_t n, bool both);

#endif
