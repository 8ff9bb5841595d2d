/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mutate.c - break one rule and no other. Rows say what might do it and where; each try is checked
 * against the capture it is from: the rule has to be found once more than before, at a place where
 * it was not found, and no other rule more often than before, but for the companions of the row.
 */
#include "check/mutate.h"

#include "base/mem.h"
#include "block/types.h"
#include "bytes/cur.h"

#define MIN_TRIES  8u /* of one row */
#define MAX_TRIES  3000u
#define TRY_BYTES  (64u << 20) /* that may be looked at for more than the fewest */
#define MAX_PLACES 512u        /* of one rule that are remembered */

struct places {
    uint64_t off[MAX_PLACES];
    size_t n;
};

struct findings {
    uint32_t counts[RULE_COUNT];
    unsigned rule; /* whose places are kept */
    struct places places;
    struct scapf_diag last; /* of the rule */
    struct scapf_diag list[MAX_PLACES];
};

struct scapf_mutator {
    struct mutate m;
    uint8_t *bytes;
    struct out mutant;
    struct findings before, after;
};

/* ------------------------------------------------------------------ findings */

static void on_finding(void *ctx, const struct scapf_diag *diag)
{
    struct findings *f = ctx;

    f->counts[diag->rule]++;
    if (diag->rule == f->rule && f->places.n < MAX_PLACES) {
        f->list[f->places.n] = *diag;
        f->places.off[f->places.n++] = diag->off;
    }
}

static enum scapf_status find(struct findings *f, const uint8_t *bytes, size_t len, unsigned rule)
{
    struct scapf_src *src;
    enum scapf_status status;

    memset(f->counts, 0, sizeof(f->counts));
    f->places.n = 0;
    f->rule = rule;
    TRY(scapf_src_mem(bytes, len, NULL, &src, NULL));
    status = scapf_check(src, NULL, on_finding, f, NULL);
    return status == SCAPF_E_NOMEM ? status : SCAPF_OK;
}

static bool is_also(const struct mutate_row *row, unsigned rule)
{
    for (unsigned i = 0; i < MUTATE_ALSO; i++) {
        if (row->also[i] == rule && rule != RULE_NONE) {
            return true;
        }
    }
    return false;
}

/* Was the rule found there before, as the edit has moved it? */
static bool was_there(const struct scapf_mutator *x, uint64_t off)
{
    const struct mutate *m = &x->m;

    for (size_t i = 0; i < x->before.places.n; i++) {
        uint64_t old = x->before.places.off[i];

        if (old >= m->at + m->old_len) {
            old += m->with.len - m->old_len;
        }
        if (old == off) {
            return true;
        }
    }
    return false;
}

/* The new finding; false when there is not exactly one, or another rule is broken. */
static bool judge(const struct scapf_mutator *x, const struct mutate_row *row,
                  struct scapf_mutant *mutant)
{
    const struct findings *b = &x->before;
    const struct findings *a = &x->after;
    bool found = false;

    mutant->companions = 0;
    if (a->counts[row->rule] != b->counts[row->rule] + 1) {
        return false;
    }
    for (unsigned i = 1; i < RULE_COUNT; i++) {
        if (i == row->rule || a->counts[i] <= b->counts[i]) {
            continue;
        }
        if (!is_also(row, i)) {
            return false;
        }
        mutant->companions += a->counts[i] - b->counts[i];
    }
    for (size_t i = 0; i < a->places.n && !found; i++) {
        found = x->m.whole || !was_there(x, a->places.off[i]);
        mutant->finding = a->list[i];
    }
    return found;
}

/* ------------------------------------------------------------------ tries */

static enum scapf_status apply(struct scapf_mutator *x, const struct mutate_row *row, size_t i,
                               unsigned variant, bool *done, struct scapf_mutant *mutant)
{
    struct mutate *m = &x->m;

    *done = false;
    out_clear(&m->with);
    m->whole = false;
    m->at = m->old_len = 0;
    m->with.big_endian = m->recs[i].big_endian;
    if (!row->fn(m, i, row, variant)) {
        return out_status(&m->with);
    }
    out_clear(&x->mutant);
    if (!m->whole) {
        out_bytes(&x->mutant, m->in, m->at);
    }
    out_bytes(&x->mutant, m->with.bytes, m->with.len);
    if (!m->whole) {
        out_bytes(&x->mutant, m->in + m->at + m->old_len, m->len - m->at - m->old_len);
    }
    TRY(out_status(&m->with));
    TRY(out_status(&x->mutant));
    TRY(find(&x->after, x->mutant.bytes, x->mutant.len, row->rule));
    *done = judge(x, row, mutant);
    return SCAPF_OK;
}

/* Every place of a row, up to a number. *places counts those where it applies. */
static enum scapf_status try_row(struct scapf_mutator *x, const struct mutate_row *row, bool *done,
                                 bool *any, struct scapf_mutant *mutant)
{
    unsigned tries = 0;
    uint64_t bytes = 0; /* in the captures that were tried, or more */
    size_t n = row->target == ON_FILE ? 1 : x->m.n;

    for (size_t k = 0; k < n && (tries < MIN_TRIES || (tries < MAX_TRIES && bytes < TRY_BYTES));
         k++) {
        size_t i = row->backward ? n - 1 - k : k;

        if (row->target != ON_FILE && !mutate_is(&x->m, i, (enum mutate_target)row->target)) {
            continue;
        }
        *any = true;
        for (unsigned v = 0; v <= row->variants; v++, tries++) {
            TRY(apply(x, row, i, v, done, mutant));
            bytes += x->m.len + x->m.with.len;
            if (*done) {
                return SCAPF_OK;
            }
        }
    }
    return SCAPF_OK;
}

enum scapf_status scapf_mutate_rule(struct scapf_mutator *x, unsigned rule,
                                    struct scapf_mutant *mutant, const char **why)
{
    size_t n;
    const struct mutate_row *rows = mutate_rows(&n);
    bool done = false;
    bool any = false;

    if (rule == RULE_NONE || rule >= RULE_COUNT) {
        return SCAPF_E_USAGE;
    }
    *why = mutate_never(rule);
    if (*why != NULL) {
        return SCAPF_END;
    }
    TRY(find(&x->before, x->m.in, x->m.len, rule));
    for (size_t i = 0; i < n && !done; i++) {
        if (rows[i].rule != rule) {
            continue;
        }
        TRY(try_row(x, &rows[i], &done, &any, mutant));
        mutant->what = rows[i].what;
    }
    if (!done) {
        *why = any ? "every place where it could be broken breaks another rule, too"
                   : "the capture has nothing that could break it";
        return SCAPF_END;
    }
    mutant->bytes = x->mutant.bytes;
    mutant->len = x->mutant.len;
    mutant->at = x->m.at;
    mutant->old_len = x->m.old_len;
    mutant->new_len = x->m.with.len;
    return SCAPF_OK;
}

const char *scapf_mutate_never(unsigned rule)
{
    return rule < RULE_COUNT ? mutate_never(rule) : "there is no such rule";
}

/* ------------------------------------------------------------------ life */

static enum scapf_status add_record(struct mutate *m, size_t *cap, const struct scapf_record *rec)
{
    struct scapf_option_iter it;
    struct mutate_rec *r;

    if (m->n == *cap) {
        size_t more = *cap == 0 ? 64 : *cap * 2;
        struct mutate_rec *recs = mem_resize_array(m->alloc, m->recs, more, sizeof(*recs));

        if (recs == NULL) {
            return SCAPF_E_NOMEM;
        }
        m->recs = recs;
        *cap = more;
    }
    r = &m->recs[m->n++];
    *r = (struct mutate_rec){.off = rec->off,
                             .len = rec->raw_len,
                             .type = rec->type,
                             .kind = rec->kind,
                             .big_endian = rec->big_endian,
                             .is_pcap = m->is_pcap};
    scapf_options_begin(rec, &it);
    r->opt_at = (uint32_t)rec->raw_len - 4;
    if (it.len > 0) {
        r->opt_at = (uint32_t)(it.bytes - rec->raw);
        r->opt_len = (uint32_t)it.len;
    }
    r->has_options = !m->is_pcap && rec->type != SCAPF_BLOCK_SPB &&
                     (rec->kind == SCAPF_KIND_SECTION || rec->kind == SCAPF_KIND_INTERFACE ||
                      rec->kind == SCAPF_KIND_PACKET || rec->kind == SCAPF_KIND_EVENT ||
                      rec->kind == SCAPF_KIND_NAMES || rec->kind == SCAPF_KIND_STATS ||
                      rec->kind == SCAPF_KIND_SECRETS);
    m->is_scap = m->is_scap || rec->kind == SCAPF_KIND_EVENT || rec->kind == SCAPF_KIND_TABLE;
    return SCAPF_OK;
}

static enum scapf_status index_records(struct mutate *m, struct scapf_diag *diag)
{
    struct scapf_src *src;
    struct scapf_reader *reader;
    struct scapf_record rec;
    enum scapf_status status;
    size_t cap = 0;

    TRY(scapf_src_mem(m->in, m->len, m->alloc, &src, diag));
    if (scapf_src_compression(src) != SCAPF_PLAIN) { /* places in it are none in the bytes */
        scapf_src_free(src);
        return diag_set(diag, SCAPF_E_FORMAT, RULE_FILE_NOT_SHB, 0,
                        m->len >= 4 ? get_u32(m->in, true) : 0, SCAPF_BLOCK_SHB);
    }
    TRY(scapf_reader_new(src, NULL, &reader));
    while ((status = scapf_reader_next(reader, &rec)) == SCAPF_OK) {
        m->is_pcap = scapf_reader_section(reader)->is_pcap;
        if (rec.damage != NULL) {
            status = rec.damage->status;
            if (diag != NULL) {
                *diag = *rec.damage;
            }
            break;
        }
        status = add_record(m, &cap, &rec);
        if (status < 0) {
            break;
        }
    }
    if (status < 0 && diag != NULL && scapf_reader_diag(reader) != NULL) {
        *diag = *scapf_reader_diag(reader);
    }
    scapf_reader_free(reader);
    return status == SCAPF_END ? SCAPF_OK : status;
}

enum scapf_status scapf_mutator_new(const void *bytes, size_t len, const struct scapf_alloc *alloc,
                                    struct scapf_mutator **mutator, struct scapf_diag *diag)
{
    struct scapf_mutator *x = mem_zalloc(alloc, sizeof(*x));
    enum scapf_status status;

    *mutator = NULL;
    if (x == NULL) {
        return SCAPF_E_NOMEM;
    }
    x->bytes = mem_resize(alloc, NULL, len + 1);
    if (x->bytes == NULL) {
        mem_free(alloc, x);
        return SCAPF_E_NOMEM;
    }
    memcpy(x->bytes, bytes, len);
    x->m = (struct mutate){
        .alloc = alloc, .schema = scapf_schema_builtin(), .in = x->bytes, .len = len};
    out_init(&x->m.with, alloc, false);
    out_init(&x->mutant, alloc, false);
    status = index_records(&x->m, diag);
    if (status < 0) {
        scapf_mutator_free(x);
        return status;
    }
    *mutator = x;
    return SCAPF_OK;
}

void scapf_mutator_free(struct scapf_mutator *x)
{
    const struct scapf_alloc *alloc;

    if (x == NULL) {
        return;
    }
    alloc = x->m.alloc;
    out_release(&x->m.with);
    out_release(&x->mutant);
    mem_free(alloc, x->m.recs);
    mem_free(alloc, x->bytes);
    mem_free(alloc, x);
}
