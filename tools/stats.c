/* SPDX-License-Identifier: Apache-2.0 */
#include "stats.h"

#include <stdlib.h>
#include <string.h>

#define CATEGORY_CALL 0x200u /* [scap 10] event category of system calls */

/* Numbers of the fd table. [scap 8] */
enum { FD_FILE = 1, FD_DIRECTORY = 2, FD_IPV4 = 3, FD_IPV6 = 4, FD_FILE_V2 = 16 };

/* ------------------------------------------------------------------ keys */

/* An event, and text about it in the making. */
struct key {
    const struct stats *stats;
    const struct scapf_event *ev;
    struct scapf_host *host;
    struct scapf_thread thread;
    struct scapf_fd fd;
    bool has_thread, has_fd;
    char text[STATS_KEY_MAX];
    size_t len;
};

static void put(struct key *k, const char *text, size_t n)
{
    if (n > sizeof(k->text) - 1 - k->len) {
        n = sizeof(k->text) - 1 - k->len;
    }
    memcpy(k->text + k->len, text, n);
    k->len += n;
    k->text[k->len] = '\0';
}

static void put_str(struct key *k, const char *text)
{
    put(k, text, strlen(text));
}

static void put_number(struct key *k, int64_t number)
{
    char text[24];

    put(k, text, (size_t)snprintf(text, sizeof(text), "%lld", (long long)number));
}

static void put_name(struct key *k)
{
    put_str(k, k->has_thread && k->thread.comm != NULL ? k->thread.comm : "?");
}

static bool key_syscall(struct key *k)
{
    size_t len;
    const char *name = scapf_event_name(k->ev, k->stats->schema, NULL, &len);

    put(k, name, len);
    return true;
}

static bool key_process(struct key *k)
{
    put_name(k);
    put_str(k, " ");
    put_number(k, k->has_thread && k->thread.pid >= 0 ? k->thread.pid : k->ev->tid);
    return true;
}

static bool key_thread(struct key *k)
{
    put_name(k);
    put_str(k, " ");
    put_number(k, k->ev->tid);
    return true;
}

static bool is_file(const struct key *k)
{
    return k->has_fd &&
           (k->fd.type == FD_FILE || k->fd.type == FD_DIRECTORY || k->fd.type == FD_FILE_V2);
}

static bool key_file(struct key *k)
{
    if (!is_file(k) || k->fd.name == NULL || k->fd.name[0] == '\0') {
        return false;
    }
    put_str(k, k->fd.name);
    return true;
}

static bool is_connection(const struct key *k)
{
    return k->has_fd && (k->fd.type == FD_IPV4 || k->fd.type == FD_IPV6);
}

static const char *proto_name(const struct key *k)
{
    static const char *const names[] = {"?", "?", "tcp", "udp", "icmp", "raw"};

    return k->fd.l4proto < sizeof(names) / sizeof(names[0]) ? names[k->fd.l4proto] : "?";
}

static bool key_connection(struct key *k)
{
    if (!is_connection(k)) {
        return false;
    }
    put_str(k, proto_name(k));
    put_str(k, " ");
    put_str(k, k->fd.name != NULL && k->fd.name[0] != '\0' ? k->fd.name : "-");
    return true;
}

/* The other end: of a server, its client without the port, which is a new one each time. */
static bool key_peer(struct key *k)
{
    const char *arrow = k->has_fd && k->fd.name != NULL ? strstr(k->fd.name, "->") : NULL;
    const char *end;

    if (!is_connection(k) || arrow == NULL) {
        return false;
    }
    put_str(k, proto_name(k));
    put_str(k, " ");
    if (!k->fd.server) {
        put_str(k, arrow + 2);
        return true;
    }
    for (end = arrow; end > k->fd.name && *end != ':'; end--) {
    }
    put(k, k->fd.name, (size_t)(end - k->fd.name));
    return true;
}

static bool key_user(struct key *k)
{
    struct scapf_user user;

    if (!k->has_thread || k->thread.uid == UINT32_MAX) {
        put_str(k, "?");
    } else if (scapf_host_user(k->host, k->thread.container, k->thread.uid, &user)) {
        put_str(k, user.name);
    } else {
        put_number(k, k->thread.uid);
    }
    return true;
}

static bool key_container(struct key *k)
{
    struct scapf_container_info info;

    if (!k->has_thread || k->thread.container[0] == '\0') {
        return false;
    }
    put_str(k, k->thread.container);
    if (scapf_host_container(k->host, k->thread.container, &info) && info.name != NULL) {
        put_str(k, " ");
        put_str(k, info.name);
    }
    return true;
}

/* Tools that draw stacks split at semicolons and lines, and take the last word for the value. */
static void put_frame(struct key *k, const char *text, size_t n)
{
    size_t start = k->len;

    put(k, text, n);
    for (size_t i = start; i < k->len; i++) {
        unsigned char c = (unsigned char)k->text[i];

        if (c == ';' || c < 0x20 || c == 0x7F) {
            k->text[i] = '_';
        }
    }
}

static bool key_stack(struct key *k)
{
    size_t len;
    const char *call = scapf_event_name(k->ev, k->stats->schema, NULL, &len);
    const char *name = k->has_thread && k->thread.comm != NULL ? k->thread.comm : "?";

    put_frame(k, name, strlen(name));
    put(k, ";", 1);
    put_frame(k, call, len);
    if (k->has_fd && k->fd.name != NULL && k->fd.name[0] != '\0') {
        put(k, ";", 1);
        put_frame(k, k->fd.name, strlen(k->fd.name));
    }
    return true;
}

static const struct by {
    const char *name;
    bool (*key)(struct key *k); /* false: the event is none of these */
    bool percentiles;
} bys[STATS_BY_COUNT] = {
    [STATS_SYSCALL] = {"syscall", key_syscall, true},
    [STATS_PROCESS] = {"process", key_process, false},
    [STATS_THREAD] = {"thread", key_thread, false},
    [STATS_FILE] = {"file", key_file, false},
    [STATS_CONNECTION] = {"connection", key_connection, false},
    [STATS_PEER] = {"peer", key_peer, false},
    [STATS_USER] = {"user", key_user, false},
    [STATS_CONTAINER] = {"container", key_container, false},
    [STATS_STACK] = {"stack", key_stack, false},
};

const char *stats_by_name(enum stats_by by)
{
    return bys[by].name;
}

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

static bool init_row(struct stats_row *row, const struct key *k, bool percentiles)
{
    *row = (struct stats_row){.key = malloc(k->len + 1)};
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

/* The row of the key; that of all others when the table is full; NULL without memory. */
static struct stats_row *find_row(struct stats_table *t, const struct key *k, bool percentiles)
{
    uint32_t hash = hash_of(k->text, k->len);
    uint32_t at;

    if (2 * t->n_rows >= t->n_slots && !grow_slots(t)) {
        return NULL;
    }
    for (at = hash & (t->n_slots - 1); t->slots[at] != 0; at = (at + 1) & (t->n_slots - 1)) {
        struct stats_row *row = &t->rows[t->slots[at] - 1];

        if (row->hash == hash && strcmp(row->key, k->text) == 0) {
            return row;
        }
    }
    if (t->n_rows == STATS_ROWS) {
        t->others_keys++;
        return &t->others;
    }
    if ((t->n_rows == t->cap_rows && !grow_rows(t)) ||
        !init_row(&t->rows[t->n_rows], k, percentiles)) {
        return NULL;
    }
    t->rows[t->n_rows].hash = hash;
    t->slots[at] = ++t->n_rows;
    return &t->rows[t->n_rows - 1];
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
    bool is_exit, timed, error;
    uint64_t ns, bytes;
};

static void add(struct stats_row *row, const struct sample *s)
{
    row->enters += !s->is_exit;
    row->exits += s->is_exit;
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

static struct sample sample_of(struct stats *stats, const struct scapf_record *rec,
                               const struct scapf_host_event *view, bool *no_memory)
{
    const uint32_t io = SCAPF_EF_READS_FROM_FD | SCAPF_EF_WRITES_TO_FD;
    const struct scapf_event *ev = rec->event;
    struct sample s = {.is_exit = (ev->code & 1) != 0};
    int64_t res;

    if (view == NULL) {
        s.timed = pairs_put(&stats->pairs, rec, &s.ns, no_memory);
    } else {
        s.timed = s.is_exit && view->has_enter;
        s.ns = s.timed ? view->latency_ns : 0;
    }
    if (scapf_event_result(ev, &res)) {
        s.error = res < 0;
        s.bytes = res > 0 && (ev->info->flags & io) != 0 ? (uint64_t)res : 0;
    }
    return s;
}

/* Calls with an event of their own have one name a code: their row is found by it. */
static uint32_t *cached_row(const struct stats *stats, enum stats_by by,
                            const struct scapf_event *ev)
{
    return by == STATS_SYSCALL && ev->code > 1 && ev->code < stats->schema->n_events
               ? &stats->row_of_code[ev->code]
               : NULL;
}

/* False without memory. */
static bool add_to_table(struct stats *stats, enum stats_by by, struct key *k,
                         const struct sample *s)
{
    struct stats_table *t = &stats->tables[by];
    uint32_t *cached = cached_row(stats, by, k->ev);
    struct stats_row *row;

    if (cached != NULL && *cached != 0) {
        add(&t->rows[*cached - 1], s);
        return true;
    }
    k->len = 0;
    k->text[0] = '\0';
    if (!bys[by].key(k)) {
        return true;
    }
    row = find_row(t, k, bys[by].percentiles);
    if (row == NULL) {
        return false;
    }
    if (cached != NULL && row != &t->others) {
        *cached = (uint32_t)(row - t->rows) + 1;
    }
    add(row, s);
    return true;
}

enum scapf_status stats_record(void *ctx, const struct scapf_reader *reader,
                               const struct scapf_record *rec, struct scapf_host *host)
{
    struct stats *stats = ctx;
    const struct scapf_event *ev = rec->event;
    const struct scapf_host_event *view = host != NULL ? scapf_host_event(host) : NULL;
    bool no_memory = false;
    struct key k;
    struct sample s;

    (void)reader;
    if (rec->damage != NULL || ev == NULL || ev->info == NULL ||
        (ev->info->category & CATEGORY_CALL) == 0) {
        return SCAPF_OK;
    }
    k.stats = stats;
    k.ev = ev;
    k.host = host;
    s = sample_of(stats, rec, view, &no_memory);
    if ((ev->flags & SCAPF_EVENT_STATE_ONLY) !=
        0) { /* it may begin a call that counts, but is none itself */
        return no_memory ? SCAPF_E_NOMEM : SCAPF_OK;
    }
    add(&stats->all, &s);
    k.has_thread = k.has_fd = false;
    if (stats->wants_host) {
        k.has_thread = scapf_host_thread(host, ev->tid, &k.thread);
        k.has_fd = view->fd >= 0 && scapf_host_fd(host, view->tid, view->fd, &k.fd);
    }
    for (int by = 0; by < STATS_BY_COUNT && !no_memory; by++) {
        if (stats->tables[by].on) {
            no_memory = !add_to_table(stats, (enum stats_by)by, &k, &s);
        }
    }
    return no_memory ? SCAPF_E_NOMEM : SCAPF_OK;
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
        struct stats_table *t = &stats->tables[by];

        t->on = on[by];
        stats->wants_host = stats->wants_host || (t->on && by != STATS_SYSCALL);
        if (t->on && bys[by].percentiles) {
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
    pairs_release(&stats->pairs);
    free(stats->row_of_code);
    stats->row_of_code = NULL;
    for (int by = 0; by < STATS_BY_COUNT; by++) {
        struct stats_table *t = &stats->tables[by];

        for (uint32_t i = 0; i < t->n_rows; i++) {
            free(t->rows[i].key);
            free(t->rows[i].buckets);
        }
        free(t->rows);
        free(t->slots);
        free(t->others.buckets);
        *t = (struct stats_table){.on = false};
    }
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
ORDER(errors, errors)
ORDER(bytes, bytes)
#undef ORDER

uint64_t stats_calls(const struct stats_row *row)
{
    return row->exits > row->enters ? row->exits : row->enters;
}

static int by_calls(const void *pa, const void *pb)
{
    uint64_t a = stats_calls(pa);
    uint64_t b = stats_calls(pb);

    return a != b ? (a < b) - (a > b) : by_key(pa, pb);
}

void stats_sort(struct stats_table *table, enum stats_by by, enum stats_sort sort)
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
        sort = by == STATS_FILE || by == STATS_CONNECTION || by == STATS_PEER ? SORT_BYTES
               : timed > 0                                                    ? SORT_TIME
                                                                              : SORT_CALLS;
    }
    if (table->n_rows > 1) {
        qsort(table->rows, table->n_rows, sizeof(*table->rows), orders[sort]);
        free(table->slots); /* their indexes are no longer true */
        table->slots = NULL;
        table->n_slots = 0;
    }
}
