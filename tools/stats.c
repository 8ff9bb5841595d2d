/* SPDX-License-Identifier: Apache-2.0 */
#include "stats.h"

#include <stdlib.h>
#include <string.h>

#define CATEGORY_CALL 0x200u /* [scap 10] event category of system calls */

/* ------------------------------------------------------------------ rows */

static uint32_t hash_of(const char *text, size_t len)
{
    uint32_t h = 2166136261u; /* [FNV-1a] */

    for (size_t i = 0; i < len; i++) {
        h = (h ^ (uint8_t)text[i]) * 16777619u;
    }
    return h;
}

static bool grow_slots(struct stats_table *t)
{
    uint32_t n = t->n_slots == 0 ? 256 : t->n_slots * 2;
    uint32_t *slots = calloc(n, sizeof(*slots));

    if (slots == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < t->n_rows; i++) {
        uint32_t at = t->rows[i].hash & (n - 1);

        while (slots[at] != 0) {
            at = (at + 1) & (n - 1);
        }
        slots[at] = i + 1;
    }
    free(t->slots);
    t->slots = slots;
    t->n_slots = n;
    return true;
}

static bool grow_rows(struct stats_table *t)
{
    uint32_t n = t->cap_rows == 0 ? 64 : t->cap_rows * 2;
    struct stats_row *rows = realloc(t->rows, n * sizeof(*rows));

    if (rows == NULL) {
        return false;
    }
    t->rows = rows;
    t->cap_rows = n;
    return true;
}

static bool init_row(struct stats_row *row, const struct stats_key *k, uint32_t hash,
                     bool percentiles)
{
    *row = (struct stats_row){.key = malloc(k->len + 1), .hash = hash};
    if (row->key == NULL) {
        return false;
    }
    memcpy(row->key, k->text, k->len + 1);
    if (percentiles) {
        row->buckets = calloc(STATS_BUCKETS, sizeof(*row->buckets));
    }
    if (percentiles && row->buckets == NULL) {
        free(row->key);
        return false;
    }
    return true;
}

/* Rows are told by their index + 1: they move when there are more of them. */
#define NO_ROW     0u
#define OTHERS_ROW UINT32_MAX

static struct stats_row *row_at(struct stats_table *t, uint32_t at)
{
    return at == OTHERS_ROW ? &t->others : &t->rows[at - 1];
}

/* The row of the key; that of all others when the table is full. False without memory. */
static bool find_row(struct stats_table *t, const struct stats_key *k, uint32_t *row)
{
    uint32_t hash = hash_of(k->text, k->len);
    uint32_t at;

    if (2 * t->n_rows >= t->n_slots && !grow_slots(t)) {
        return false;
    }
    for (at = hash & (t->n_slots - 1); t->slots[at] != 0; at = (at + 1) & (t->n_slots - 1)) {
        const struct stats_row *r = row_at(t, t->slots[at]);

        if (r->hash == hash && strcmp(r->key, k->text) == 0) {
            *row = t->slots[at];
            return true;
        }
    }
    if (t->n_rows == STATS_ROWS) {
        *row = OTHERS_ROW;
        return true;
    }
    if ((t->n_rows == t->cap_rows && !grow_rows(t)) ||
        !init_row(&t->rows[t->n_rows], k, hash, t->percentiles)) {
        return false;
    }
    t->slots[at] = *row = ++t->n_rows;
    return true;
}

/* ------------------------------------------------------------------ buckets */

/* Eight to a power of two; values below eight have one each. */
static uint32_t bucket_of(uint64_t ns)
{
    uint32_t power;

    if (ns < 8) {
        return (uint32_t)ns;
    }
    power = 63 - (uint32_t)__builtin_clzll(ns);
    if (power >= 48) {
        return STATS_BUCKETS - 1;
    }
    return (power - 2) * 8 + (uint32_t)(ns >> (power - 3) & 7);
}

/* The middle of a bucket. */
static uint64_t bucket_value(uint32_t bucket)
{
    uint32_t shift;

    if (bucket < 16) {
        return bucket;
    }
    shift = bucket / 8 - 1;
    return ((uint64_t)(8 + bucket % 8) << shift) + ((uint64_t)1 << shift) / 2;
}

uint64_t stats_percentile(const struct stats_row *row, unsigned part)
{
    uint64_t want = (row->timed * part + 999) / 1000;
    uint64_t seen = 0;

    for (uint32_t i = 0; row->buckets != NULL && row->timed > 0 && i < STATS_BUCKETS; i++) {
        seen += row->buckets[i];
        if (seen >= want) {
            uint64_t value = bucket_value(i);

            return value < row->max_ns ? value : row->max_ns;
        }
    }
    return 0;
}

/* ------------------------------------------------------------------ counting */

/* What one event adds to every row it belongs to. */
struct sample {
    bool timed, error;
    uint64_t ns, bytes;
};

/* Each event counts as a call: where it ends one, the enter event counts no more. */
static void add(struct stats_row *row, const struct sample *s)
{
    row->events++;
    row->calls++;
    row->errors += s->error;
    row->bytes += s->bytes;
    if (!s->timed) {
        return;
    }
    row->timed++;
    row->total_ns += s->ns;
    row->max_ns = s->ns > row->max_ns ? s->ns : row->max_ns;
    if (row->buckets != NULL) {
        uint32_t *bucket = &row->buckets[bucket_of(s->ns)];

        *bucket += *bucket < UINT32_MAX;
    }
}

/* Calls with an event of their own have one name a code: their row is found by it. */
static uint32_t *cached_row(const struct stats *stats, const struct stats_table *t,
                            const struct scapf_event *ev)
{
    return t->by == STATS_SYSCALL && ev->code > 1 && ev->code < stats->schema->n_events
               ? &stats->row_of_code[ev->code]
               : NULL;
}

/* The row that the event counts in, or NO_ROW. False without memory. */
static bool choose_row(const struct stats *stats, struct stats_table *t, struct stats_key *k,
                       uint32_t *at)
{
    uint32_t *cached = cached_row(stats, t, k->ev);

    *at = cached != NULL ? *cached : NO_ROW;
    if (*at != NO_ROW || !stats_key_make(k, t->by)) {
        return true;
    }
    if (!find_row(t, k, at)) {
        return false;
    }
    if (cached != NULL && *at != OTHERS_ROW) {
        *cached = *at;
    }
    return true;
}

/* rows receives where it was counted. */
static enum scapf_status count(struct stats *stats, struct stats_key *k, const struct sample *s,
                               uint32_t rows[STATS_BY_COUNT])
{
    add(&stats->all, s);
    if (stats->wants_host) {
        stats_key_look(k);
    }
    for (uint32_t i = 0; i < stats->n_tables; i++) {
        struct stats_table *t = &stats->tables[i];

        if (!choose_row(stats, t, k, &rows[i])) {
            return SCAPF_E_NOMEM;
        }
        if (rows[i] != NO_ROW) {
            add(row_at(t, rows[i]), s);
        }
    }
    return SCAPF_OK;
}

/* The exit event counts instead. */
static void uncount(struct stats *stats, const struct pair *begun)
{
    if (!begun->counts) {
        return;
    }
    stats->all.calls--;
    for (uint32_t i = 0; i < stats->n_tables; i++) {
        if (begun->rows[i] != NO_ROW) {
            row_at(&stats->tables[i], begun->rows[i])->calls--;
        }
    }
}

/* ------------------------------------------------------------------ events */

/* What only carries state begins or ends a call that counts, but is none itself. */
static bool counts(const struct scapf_event *ev)
{
    return (ev->flags & SCAPF_EVENT_STATE_ONLY) == 0;
}

static enum scapf_status put_enter(struct stats *stats, struct stats_key *k)
{
    const struct sample s = {.timed = false};
    struct pair call = {.tid = k->ev->tid,
                        .enter_ns = k->ev->ts_ns,
                        .name = k->call,
                        .call = scapf_event_call(k->ev),
                        .counts = counts(k->ev)};
    enum scapf_status status = call.counts ? count(stats, k, &s, call.rows) : SCAPF_OK;

    return status == SCAPF_OK && !pairs_put(&stats->open, &call) ? SCAPF_E_NOMEM : status;
}

/* A filter may have hidden the exit of the call at hand, and the enter event of this one: a host
 * saw both. */
static bool ends(const struct stats *stats, const struct stats_key *k, const struct pair *begun)
{
    const struct scapf_host_event *view;

    if (k->host == NULL) {
        return scapf_event_ends(stats->schema, k->ev, &begun->call);
    }
    view = scapf_host_event(k->host);
    return view->has_enter && view->enter_ts_ns == begun->enter_ns;
}

static struct sample sample_of(const struct stats_key *k, const struct pair *begun)
{
    const uint32_t io = SCAPF_EF_READS_FROM_FD | SCAPF_EF_WRITES_TO_FD;
    const struct scapf_event *ev = k->ev;
    struct sample s = {.timed = false};
    int64_t res;

    if (k->host != NULL) {
        const struct scapf_host_event *view = scapf_host_event(k->host);

        s.timed = view->has_enter;
        s.ns = s.timed ? view->latency_ns : 0;
    } else if (begun != NULL) {
        s.timed = true;
        s.ns = ev->ts_ns > begun->enter_ns ? ev->ts_ns - begun->enter_ns : 0;
    }
    if (scapf_event_result(ev, &res)) {
        s.error = res < 0;
        s.bytes = res > 0 && (ev->info->flags & io) != 0 ? (uint64_t)res : 0;
    }
    return s;
}

/* begun: the call that the thread is in, NULL = none. */
static enum scapf_status put_exit(struct stats *stats, struct stats_key *k,
                                  const struct pair *begun)
{
    uint32_t rows[STATS_BY_COUNT];
    struct sample s;

    if (!counts(k->ev)) {
        return SCAPF_OK;
    }
    if (begun != NULL && !ends(stats, k, begun)) {
        begun = NULL;
    }
    if (begun != NULL) {
        uncount(stats, begun);
        if (k->ev->code == 1 && scapf_event_call(k->ev).sc == 0) { /* old: it does not say which */
            k->call = begun->name;
            k->call_len = strlen(k->call);
        }
    }
    s = sample_of(k, begun);
    return count(stats, k, &s, rows);
}

void stats_capture(struct stats *stats)
{
    pairs_release(&stats->open);
    stats->votes = (struct scapf_arch_votes){.leader = NULL};
    stats->section = 0;
}

enum scapf_status stats_record(void *ctx, const struct scapf_reader *reader,
                               const struct scapf_record *rec, struct scapf_host *host)
{
    struct stats *stats = ctx;
    const struct scapf_event *ev = rec->event;
    const struct scapf_arch *arch;
    const struct pair *begun;
    struct stats_key k;

    (void)reader;
    if (rec->section != stats->section) { /* another host */
        pairs_release(&stats->open);
        stats->section = rec->section;
    }
    if (rec->damage != NULL || ev == NULL || ev->info == NULL) {
        return SCAPF_OK;
    }
    if ((ev->info->category & CATEGORY_CALL) == 0) {
        if (strcmp(ev->info->name, "procexit") == 0) {
            (void)pairs_take(&stats->open, ev->tid);
        }
        return SCAPF_OK;
    }
    arch = scapf_arch_vote(&stats->votes, stats->schema, ev);
    k.ev = ev;
    k.host = host;
    k.call = scapf_event_name(ev, stats->schema, arch, &k.call_len);
    begun = pairs_take(&stats->open, ev->tid);
    return (ev->code & 1) != 0 ? put_exit(stats, &k, begun) : put_enter(stats, &k);
}

/* ------------------------------------------------------------------ life, order */

bool stats_init(struct stats *stats, const struct scapf_schema *schema, const bool *on)
{
    *stats = (struct stats){.schema = schema};
    stats->row_of_code = calloc((size_t)schema->n_events + 1, sizeof(*stats->row_of_code));
    if (stats->row_of_code == NULL) {
        return false;
    }
    for (int by = 0; by < STATS_BY_COUNT; by++) {
        struct stats_table *t = &stats->tables[stats->n_tables];

        if (!on[by]) {
            continue;
        }
        stats->n_tables++;
        t->by = (enum stats_by)by;
        t->percentiles = by == STATS_SYSCALL;
        stats->wants_host = stats->wants_host || by != STATS_SYSCALL;
        if (t->percentiles) {
            t->others.buckets = calloc(STATS_BUCKETS, sizeof(*t->others.buckets));
            if (t->others.buckets == NULL) {
                return false;
            }
        }
    }
    return true;
}

void stats_release(struct stats *stats)
{
    pairs_release(&stats->open);
    free(stats->row_of_code);
    stats->row_of_code = NULL;
    for (uint32_t i = 0; i < stats->n_tables; i++) {
        struct stats_table *t = &stats->tables[i];

        for (uint32_t j = 0; j < t->n_rows; j++) {
            free(t->rows[j].key);
            free(t->rows[j].buckets);
        }
        free(t->rows);
        free(t->slots);
        free(t->others.buckets);
    }
    stats->n_tables = 0;
}

static int by_key(const struct stats_row *a, const struct stats_row *b)
{
    return strcmp(a->key, b->key);
}

#define ORDER(name, member)                                                                        \
    static int by_##name(const void *pa, const void *pb)                                           \
    {                                                                                              \
        const struct stats_row *a = pa;                                                            \
        const struct stats_row *b = pb;                                                            \
                                                                                                   \
        return a->member != b->member ? (a->member < b->member) - (a->member > b->member)          \
                                      : by_key(a, b);                                              \
    }
ORDER(time, total_ns)
ORDER(calls, calls)
ORDER(errors, errors)
ORDER(bytes, bytes)
#undef ORDER

void stats_sort(struct stats_table *table, enum stats_sort sort)
{
    static int (*const orders[])(const void *, const void *) = {
        [SORT_TIME] = by_time,
        [SORT_CALLS] = by_calls,
        [SORT_ERRORS] = by_errors,
        [SORT_BYTES] = by_bytes,
    };
    uint64_t timed = 0;

    for (uint32_t i = 0; i < table->n_rows; i++) {
        timed += table->rows[i].timed;
    }
    if (sort == SORT_AUTO) {
        bool of_bytes =
            table->by == STATS_FILE || table->by == STATS_CONNECTION || table->by == STATS_PEER;

        sort = of_bytes ? SORT_BYTES : timed > 0 ? SORT_TIME : SORT_CALLS;
    }
    if (table->n_rows > 1) {
        qsort(table->rows, table->n_rows, sizeof(*table->rows), orders[sort]);
        free(table->slots); /* their indexes are no longer true */
        table->slots = NULL;
        table->n_slots = 0;
    }
}
