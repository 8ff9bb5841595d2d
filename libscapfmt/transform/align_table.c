/* SPDX-License-Identifier: Apache-2.0 */
/*
 * align_table.c - sockets and calls, found by tuple, by stream offset and by payload.
 *
 * Everything draws on one budget. What does not fit is left out and counted: streams keep counting
 * their bytes, so that later calls stay in their places.
 */
#include "transform/align.h"

#include "base/mem.h"
#include "bytes/cur.h"

#define RUNS_MAX 16u /* of packets a call */

void table_init(struct scapf_align *a)
{
    pool_init(&a->calls, &a->budget, sizeof(struct call));
    pool_init(&a->runs, &a->budget, sizeof(struct run));
    pool_init(&a->socks, &a->budget, sizeof(struct sock_item));
    map_init(&a->by_tuple, &a->budget, sizeof(struct sock_key));
    map_init(&a->by_port, &a->budget, sizeof(struct sock_key));
    map_init(&a->by_check, &a->budget, sizeof(struct check_key));
    map_init(&a->threads, &a->budget, sizeof(struct thread_item));
    map_init(&a->waiting, &a->budget, sizeof(struct wait_item));
    map_init(&a->whos, &a->budget, sizeof(struct who));
    map_init(&a->processes, &a->budget, sizeof(struct process_item));
    map_init(&a->files, &a->budget, sizeof(struct file_item));
    map_init(&a->conns, &a->budget, sizeof(struct conn));
    strs_init(&a->strs, &a->budget);
}

void table_release(struct scapf_align *a)
{
    for (uint32_t id = 1; id <= a->socks.used; id++) { /* sockets are never given back */
        struct sock_item *s = sock_at(a, id);

        for (size_t d = 0; d < 2; d++) {
            (void)budget_resize(&a->budget, s->streams[d].calls,
                                s->streams[d].cap * sizeof(uint32_t), 0);
        }
    }
    pool_release(&a->calls);
    pool_release(&a->runs);
    pool_release(&a->socks);
    map_release(&a->by_tuple);
    map_release(&a->by_port);
    map_release(&a->by_check);
    map_release(&a->threads);
    map_release(&a->waiting);
    map_release(&a->whos);
    map_release(&a->processes);
    map_release(&a->files);
    map_release(&a->conns);
    strs_release(&a->strs);
}

/* ------------------------------------------------------------------ calls and streams */

struct call *call_at(const struct scapf_align *a, uint32_t id)
{
    return pool_at(&a->calls, id);
}

struct sock_item *sock_at(const struct scapf_align *a, uint32_t id)
{
    return pool_at(&a->socks, id);
}

uint32_t call_new(struct scapf_align *a, const struct call *call)
{
    uint32_t id = pool_take(&a->calls);

    a->counts.calls++;
    if (id == 0) {
        a->counts.calls_left++;
        return 0;
    }
    *call_at(a, id) = *call;
    return id;
}

bool stream_add(struct scapf_align *a, struct stream *st, uint32_t call)
{
    if (call == 0) {
        return false;
    }
    if (st->n == st->cap) {
        uint32_t cap = st->cap == 0 ? 4 : st->cap * 2;
        uint32_t *calls = st->cap > UINT32_MAX / 4
                              ? NULL
                              : budget_resize(&a->budget, st->calls, st->cap * sizeof(*calls),
                                              cap * sizeof(*calls));

        if (calls == NULL) {
            a->counts.calls_left++;
            return false;
        }
        st->calls = calls;
        st->cap = cap;
    }
    st->calls[st->n++] = call;
    return true;
}

/* Where a call ends; a mark ends behind the byte it is about. */
static uint64_t end_of(const struct call *call)
{
    return call->off + (call->len > 0 ? call->len : 1);
}

uint32_t stream_find(const struct scapf_align *a, const struct stream *st, uint64_t off)
{
    uint32_t lo = 0;
    uint32_t hi = st->n;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (end_of(call_at(a, st->calls[mid])) > off) {
            hi = mid;
        } else {
            lo = mid + 1;
        }
    }
    return lo;
}

/* ------------------------------------------------------------------ tuples */

/* Hash of an end, for the keys of maps: those are seeded. */
static uint64_t end_hash(const struct end *end, uint64_t seed)
{
    uint64_t h = map_mix(seed ^ get_u64(end->addr, false));

    h = map_mix(h ^ get_u64(end->addr + 8, false));
    return map_mix(h + end->port);
}

struct pair {
    int64_t a, b;
};

static struct pair pair_of(const struct end *local, const struct end *remote, uint64_t seed)
{
    uint64_t a = end_hash(remote, end_hash(local, seed));

    return (struct pair){(int64_t)a, (int64_t)end_hash(local, end_hash(remote, ~a))};
}

/* Without the local address: it may not be known, or be another one on the wire. */
static struct pair loose_pair(const struct end *local, const struct end *remote, uint8_t proto)
{
    uint64_t a = end_hash(remote, ((uint64_t)local->port << 8) + proto);

    return (struct pair){(int64_t)a, (int64_t)end_hash(remote, ~a)};
}

/* Let the loose key lead to the first socket with it. */
static void add_loose(struct scapf_align *a, uint32_t id)
{
    const struct sock_item *s = sock_at(a, id);
    struct pair k = loose_pair(&s->local, &s->remote, s->proto);
    struct sock_key *key = map_put(&a->by_port, k.a, k.b);

    if (key == NULL) {
        return;
    }
    if (key->first == 0) {
        key->first = id;
    } else if (!end_same(&sock_at(a, key->first)->local, &s->local)) {
        key->many = true;
    }
    key->last = id;
}

static bool same_tuple(const struct sock_item *s, const struct end *local, const struct end *remote)
{
    return (end_same(&s->local, local) || (s->alias.port != 0 && end_same(&s->alias, local))) &&
           end_same(&s->remote, remote);
}

uint32_t sock_get(struct scapf_align *a, const struct sock_item *like, bool fresh)
{
    struct pair k = pair_of(&like->local, &like->remote, like->proto);
    struct sock_key *key = map_put(&a->by_tuple, k.a, k.b);
    uint32_t id;

    if (key == NULL) {
        return 0;
    }
    if (key->last != 0 && !same_tuple(sock_at(a, key->last), &like->local, &like->remote)) {
        return 0;
    }
    if (key->last != 0 && !fresh) {
        return key->last;
    }
    id = pool_take(&a->socks);
    if (id == 0) {
        return 0;
    }
    *sock_at(a, id) = *like;
    a->counts.sockets++;
    if (key->last != 0) {
        sock_at(a, key->last)->next = id;
    } else {
        key->first = id;
        add_loose(a, id);
    }
    key->last = id;
    return id;
}

void sock_name(struct scapf_align *a, uint32_t id, const struct sock_item *like)
{
    struct sock_item *s = sock_at(a, id);
    struct pair k = pair_of(&like->local, &like->remote, s->proto);
    struct sock_key *key;

    if (s->alias.port != 0 || like->local.port == 0 || !end_same(&s->remote, &like->remote)) {
        return;
    }
    key = map_put(&a->by_tuple, k.a, k.b);
    if (key == NULL) {
        return;
    }
    s->alias = like->local;
    if (key->first == 0) {
        key->first = key->last = id;
    } else if (same_tuple(sock_at(a, key->last), &like->local, &like->remote)) {
        sock_at(a, key->last)->next = id;
        key->last = id;
    }
}

/* By remote end and local port, where that leads to one socket. */
static uint32_t loose_first(const struct scapf_align *a, const struct end *local,
                            const struct end *remote, uint8_t proto)
{
    struct pair k = loose_pair(local, remote, proto);
    const struct sock_key *key = map_find(&a->by_port, k.a, k.b);
    const struct sock_item *s = key != NULL && key->first != 0 ? sock_at(a, key->first) : NULL;

    return s != NULL && !key->many && s->proto == proto && s->local.port == local->port &&
                   end_same(&s->remote, remote)
               ? key->first
               : 0;
}

uint32_t sock_first(const struct scapf_align *a, const struct end *local, const struct end *remote,
                    uint8_t proto)
{
    struct pair k = pair_of(local, remote, proto);
    const struct sock_key *key = map_find(&a->by_tuple, k.a, k.b);

    if (key != NULL && key->first != 0 && same_tuple(sock_at(a, key->first), local, remote)) {
        return key->first;
    }
    return loose_first(a, local, remote, proto);
}

uint32_t sock_unnamed(const struct scapf_align *a, const struct end *remote, uint8_t proto)
{
    const struct end nowhere = {.port = 0};
    uint32_t id = loose_first(a, &nowhere, remote, proto);

    return id != 0 && sock_at(a, id)->alias.port == 0 && sock_at(a, id)->next == 0 ? id : 0;
}

/* The two ends in an order that both directions have. */
static struct pair conn_key(const struct scapf_align *a, const struct segment *s, bool *swap)
{
    int order = memcmp(s->src.addr, s->dst.addr, sizeof(s->src.addr));

    *swap = order > 0 || (order == 0 && s->src.port > s->dst.port);
    return pair_of(*swap ? &s->dst : &s->src, *swap ? &s->src : &s->dst,
                   s->proto ^ (uint64_t)a->file << 8);
}

bool conn_is_stranger(struct scapf_align *a, const struct segment *s, bool now)
{
    bool swap;
    struct pair k = conn_key(a, s, &swap);
    uint64_t number = map_mix((uint64_t)k.a ^ map_mix((uint64_t)k.b)) | 1;
    uint64_t *place = &a->strangers[(number >> 32) % STRANGERS];

    *place = now ? number : *place;
    return *place == number;
}

struct conn *conn_get(struct scapf_align *a, const struct segment *s, bool make, unsigned *first)
{
    bool swap;
    struct pair k = conn_key(a, s, &swap);
    const struct end *e0 = swap ? &s->dst : &s->src;
    const struct end *e1 = swap ? &s->src : &s->dst;
    struct conn *c = make ? map_put(&a->conns, k.a, k.b) : map_find(&a->conns, k.a, k.b);

    *first = swap ? 1 : 0;
    if (c == NULL || c->proto != 0) {
        return c != NULL && end_same(&c->ends[0], e0) && end_same(&c->ends[1], e1) ? c : NULL;
    }
    c->ends[0] = *e0;
    c->ends[1] = *e1;
    c->proto = s->proto;
    return c;
}

/* ------------------------------------------------------------------ payload */

uint64_t check_of(const uint8_t *bytes, size_t n)
{
    uint64_t h = n;
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        h = map_mix(h ^ get_u64(bytes + i, false));
    }
    for (; i < n; i++) {
        h = map_mix(h + bytes[i] + 1);
    }
    return h;
}

static int64_t check_kind(uint32_t n, int dir)
{
    return (int64_t)(n * 2 + (uint32_t)dir);
}

void check_add(struct scapf_align *a, uint32_t id)
{
    struct call *call = call_at(a, id);
    struct check_key *key;

    if (call->n_check == 0) {
        return;
    }
    a->whole_checks = a->whole_checks || call->n_check == CHECK_LEN;
    key = map_put(&a->by_check, (int64_t)call->check, check_kind(call->n_check, call->dir));
    if (key == NULL) {
        return;
    }
    if (key->last != 0) {
        call_at(a, key->last)->twin = id;
    } else {
        key->first = id;
    }
    key->last = id;
    key->n++;
}

struct check_key *check_find(const struct scapf_align *a, uint64_t check, uint32_t n, int dir)
{
    return map_find(&a->by_check, (int64_t)check, check_kind(n, dir));
}

/* ------------------------------------------------------------------ packets of a call */

void seen_add(struct scapf_align *a, struct call *call, uint64_t packet)
{
    struct run *run = call->seen_last != 0 ? pool_at(&a->runs, call->seen_last) : NULL;
    uint32_t number = packet < UINT32_MAX ? (uint32_t)packet : UINT32_MAX;
    uint32_t id;

    if (run != NULL && run->file == a->file && number <= run->last + 1 && number >= run->first) {
        run->last = number > run->last ? number : run->last;
        return;
    }
    id = call->n_seen < RUNS_MAX ? pool_take(&a->runs) : 0;
    if (id == 0) {
        call->flags |= CALL_SEEN_CUT;
        return;
    }
    *(struct run *)pool_at(&a->runs, id) = (struct run){number, number, 0, a->file};
    if (run != NULL) {
        run->next = id;
    } else {
        call->seen = id;
    }
    call->seen_last = id;
    call->n_seen++;
}
