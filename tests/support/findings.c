/* SPDX-License-Identifier: Apache-2.0 */
#include "support/findings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/mk.h"

void findings_add(void *ctx, const struct scapf_diag *diag)
{
    struct findings *f = ctx;

    if (f->n < FINDINGS_MAX) {
        f->list[f->n] = *diag;
    }
    f->n++;
}

void findings_run(struct findings *f, const void *bytes, size_t len)
{
    struct scapf_src *src;

    memset(f, 0, sizeof(*f));
    if (scapf_src_mem(bytes, len, NULL, &src, NULL) != SCAPF_OK) {
        abort();
    }
    f->status = scapf_check(src, NULL, findings_add, f, NULL);
}

static size_t kept(const struct findings *f)
{
    return f->n < FINDINGS_MAX ? f->n : FINDINGS_MAX;
}

size_t findings_count(const struct findings *f, enum rule rule)
{
    size_t n = 0;

    for (size_t i = 0; i < kept(f); i++) {
        n += f->list[i].rule == (uint16_t)rule;
    }
    return n;
}

bool findings_has(const struct findings *f, enum rule rule, uint64_t off)
{
    for (size_t i = 0; i < kept(f); i++) {
        if (f->list[i].rule == (uint16_t)rule && f->list[i].off == off) {
            return true;
        }
    }
    return false;
}

size_t findings_from(const struct findings *f, enum scapf_severity severity)
{
    size_t n = 0;

    for (size_t i = 0; i < kept(f); i++) {
        n += scapf_rule_get(f->list[i].rule)->severity >= severity;
    }
    return n;
}

const char *findings_text(const struct findings *f)
{
    static char text[4096];
    size_t at = 0;

    text[0] = '\0';
    for (size_t i = 0; i < kept(f) && at + 300 < sizeof(text); i++) {
        at += scapf_diag_format(&f->list[i], text + at, 256);
        text[at++] = ';';
        text[at++] = ' ';
        text[at] = '\0';
    }
    return text;
}

static bool row_holds(const struct findings_row *row, int order, bool bad)
{
    struct findings f;
    struct mk m;
    uint64_t at;
    bool holds;

    mk_init(&m, order);
    at = row->build(&m, bad);
    findings_run(&f, m.o.bytes, m.o.len);
    holds = bad ? findings_has(&f, row->rule, at) : findings_count(&f, row->rule) == 0;
    if (!holds) {
        fprintf(stderr, "%s %s, byte order %d, offset %llu: %s\n", bad ? "bad" : "good",
                scapf_rule_get(row->rule)->symbol, order, (unsigned long long)at,
                findings_text(&f));
    }
    mk_release(&m);
    return holds;
}

size_t findings_rows(const struct findings_row *rows, size_t n, bool both)
{
    size_t failures = n == 0; /* a loop over nothing proves nothing */

    for (size_t i = 0; i < n; i++) {
        for (int order = MK_LITTLE; order <= (both ? MK_BIG : MK_LITTLE); order++) {
            failures += !row_holds(&rows[i], order, false);
            failures += !row_holds(&rows[i], order, true);
        }
    }
    return failures;
}
