/* SPDX-License-Identifier: Apache-2.0 */
/* Target: the validator, on arbitrary bytes. */
/*
 * It ends; every finding names a rule and lies inside the stream; and it agrees with a reader over
 * the same bytes: same status, and each damaged block and the reason to stop among the findings. It
 * accounts for every byte: what was skipped is told in order, behind a finding, and is with what
 * was read all there is.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/rules.h"
#include "mutator.h"
#include "scapfmt.h"
#include "target.h"

#define EXPECTED_MAX 64

/* What the reader saw and the checker has yet to say. */
struct expected {
    struct scapf_diag list[EXPECTED_MAX];
    size_t n;
    uint64_t size;                  /* of the stream; UINT64_MAX when it is packed */
    uint64_t packed;                /* bytes of the input */
    uint64_t findings, sum;         /* how many; of all of them in their order */
    uint64_t skipped, places, last; /* bytes and how often; end of the last stretch */
    bool excused;                   /* a finding since the last stretch */
    bool torn;                      /* the packing is damaged: a reader stops there, checks go on */
};

static void expect(struct expected *e, const struct scapf_diag *diag)
{
    if (e->n < EXPECTED_MAX) {
        e->list[e->n++] = *diag;
    }
}

static enum scapf_status read_all(const uint8_t *data, size_t size, struct expected *e)
{
    struct scapf_src *src;
    struct scapf_reader *reader;
    struct scapf_record rec;
    enum scapf_status status;

    src = target_src(data, size);
    e->size = scapf_src_compression(src) == SCAPF_PLAIN ? size : UINT64_MAX;
    must(scapf_reader_new(src, NULL, &reader) == SCAPF_OK);
    while ((status = scapf_reader_next(reader, &rec)) == SCAPF_OK) {
        if (rec.damage != NULL) {
            expect(e, rec.damage);
        }
    }
    if (status < 0 && e->n < EXPECTED_MAX) {
        expect(e, scapf_reader_diag(reader));
    }
    scapf_reader_free(reader);
    return status;
}

/* A sum over findings, in their order. */
static void add_finding(void *ctx, const struct scapf_diag *diag)
{
    uint64_t *sum = ctx;

    *sum = (*sum + diag->rule) * UINT64_C(0x9E3779B97F4A7C15) ^ diag->off ^ diag->got << 32;
}

static void on_finding(void *ctx, const struct scapf_diag *diag)
{
    struct expected *e = ctx;

    e->findings++;
    add_finding(&e->sum, diag);
    e->excused = true;
    must(diag->rule > RULE_NONE && diag->rule < RULE_COUNT);
    must(diag->off <= e->size);
    for (size_t i = 0; i < e->n; i++) {
        if (e->list[i].rule == diag->rule && e->list[i].off == diag->off) {
            e->list[i].rule = RULE_NONE; /* said */
        }
    }
}

static void on_skipped(void *ctx, uint64_t off, uint64_t len)
{
    struct expected *e = ctx;

    must(e->excused && len > 0 && off >= e->last);
    e->excused = false;
    e->last = off + len;
    e->skipped += len;
    e->places++;
}

static void on_skipped_packed(void *ctx, uint64_t off, uint64_t packed_off, uint64_t packed_len)
{
    struct expected *e = ctx;

    (void)off;
    must(e->excused && e->size == UINT64_MAX && packed_len > 0);
    must(packed_off + packed_len <= e->packed);
    e->torn = true;
}

/* The checks of a profile look at each record, plain ones pass over many: both find the same. */
static void check_profile(const uint8_t *data, size_t size, const struct expected *e,
                          const struct scapf_ledger *ledger, enum scapf_status status)
{
    struct scapf_ledger other;
    struct scapf_verdict verdict;
    uint64_t sum = 0;

    must(scapf_check_profile(target_src(data, size), NULL, SCAPF_PROFILE_STRICT, add_finding, &sum,
                             &verdict, &other) == status);
    must(sum == e->sum && memcmp(&other, ledger, sizeof(other)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct scapf_check_opts opts = {
        .size = sizeof(opts), .skipped = on_skipped, .skipped_packed = on_skipped_packed};
    struct expected e = {.packed = size};
    enum scapf_status status = read_all(data, size, &e);
    struct scapf_ledger ledger;
    enum scapf_status checked = scapf_check(target_src(data, size), &opts, on_finding, &e, &ledger);

    must(e.torn || checked == (status == SCAPF_END ? SCAPF_OK : status));
    for (size_t i = 0; i < e.n && !e.torn; i++) {
        must(e.list[i].rule == RULE_NONE);
    }
    must(status >= 0 || e.findings > 0);
    must(ledger.stopped == (ledger.skipped_places > 0));
    if (e.size != UINT64_MAX) {
        must(ledger.skipped_places == e.places && e.last <= size);
        must(ledger.bytes + e.skipped == size);
    }
    check_profile(data, size, &e, &ledger, checked);
    return 0;
}
