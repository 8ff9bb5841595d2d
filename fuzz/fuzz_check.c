/* SPDX-License-Identifier: Apache-2.0 */
/* Target: the validator, on arbitrary bytes. */
/*
 * It ends; every finding names a rule and lies inside the stream; and it agrees with a reader over
 * the same bytes: same status, and each damaged block and the reason to stop among the findings.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/rules.h"
#include "mutator.h"
#include "scapfmt.h"
#include "target.h"

#define EXPECTED_MAX 64

/* What the reader saw and the checker has yet to say. */
struct expected {
    struct scapf_diag list[EXPECTED_MAX];
    size_t n;
    uint64_t size; /* of the stream; UINT64_MAX when it is packed */
    uint64_t findings;
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

static void on_finding(void *ctx, const struct scapf_diag *diag)
{
    struct expected *e = ctx;

    e->findings++;
    must(diag->rule > RULE_NONE && diag->rule < RULE_COUNT);
    must(diag->off <= e->size);
    for (size_t i = 0; i < e->n; i++) {
        if (e->list[i].rule == diag->rule && e->list[i].off == diag->off) {
            e->list[i].rule = RULE_NONE; /* said */
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct expected e = {.n = 0};
    enum scapf_status status = read_all(data, size, &e);

    must(scapf_check(target_src(data, size), NULL, on_finding, &e, NULL) ==
         (status == SCAPF_END ? SCAPF_OK : status));
    for (size_t i = 0; i < e.n; i++) {
        must(e.list[i].rule == RULE_NONE);
    }
    must(status >= 0 || e.findings > 0);
    return 0;
}
