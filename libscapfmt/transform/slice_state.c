/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slice_state.c - state-only events for what no table says.
 *
 * Readers take them in and show nothing of them [scap 9.1]. They stand before the first kept event:
 * users, groups and containers that events told of; sockets that have no address or port
 * yet, made again by calls of socket and bind; and the enter events of calls that have not
 * returned, whose exits would otherwise name neither their descriptor nor their path.
 */
#include "transform/slice.h"

#include "base/mem.h"
#include "stream/writer.h"

#include <stdlib.h>
#include <string.h>

#define EVENT_HEADER    26u
#define BLOCK_HEADER    8u
#define EVENT_BEFORE    6u /* number of the cpu, flags */
#define HELD_MAX        ((size_t)1 << 20)
#define EVENT_BLOCK_MAX 65536u /* total length - 8 of a block libscap still reads [scap 9.6] */

#define AF_INET_NR         2
#define AF_INET6_NR        10
#define LINUX_SOCK_CLOEXEC 0x80000u

struct lore {
    struct map_key key; /* hash of the parameters, code */
    uint64_t order;
    uint8_t *block;
    size_t len;
};

size_t slice_block_len(size_t payload_len)
{
    return (BLOCK_HEADER + EVENT_BEFORE + EVENT_HEADER + payload_len + 7) & ~(size_t)3;
}

void slice_state_block(struct scapf_slice *s, struct out *o, const struct scapf_event *ev)
{
    bool large = ev->len_size == 4;
    bool big = s->big_endian;
    size_t total = slice_block_len(ev->payload_len);
    uint8_t *p;

    if (ev->payload_len > UINT32_MAX - 64 || (!large && ev->payload_len > EVENT_BLOCK_MAX - 40)) {
        s->counts.too_large++;
        return;
    }
    p = out_room(o, total);
    if (p == NULL) {
        return;
    }
    memset(p + total - 8, 0, 4); /* the padding; what else stands there comes after */
    out_store(p, large ? SCAPF_BLOCK_EVF_V2_LARGE : SCAPF_BLOCK_EVF_V2, 4, big);
    out_store(p + 4, total, 4, big);
    out_store(p + 8, ev->cpu, 2, big);
    out_store(p + 10, SCAPF_EVENT_STATE_ONLY, 4, big);
    out_store(p + 14, ev->ts_ns, 8, big);
    out_store(p + 22, (uint64_t)ev->tid, 8, big);
    out_store(p + 30, EVENT_HEADER + ev->payload_len, 4, big);
    out_store(p + 34, ev->code, 2, big);
    out_store(p + 36, ev->n_params, 4, big);
    if (ev->payload_len > 0) {
        out_copy(p + 40, ev->payload, ev->payload_len);
    }
    out_store(p + total - 4, total, 4, big);
}

/* ------------------------------------------------------------------ users, groups, containers */

static uint64_t hash_bytes(const uint8_t *p, size_t n)
{
    uint64_t h = n;

    for (size_t i = 0; i < n; i++) {
        h = map_mix(h ^ p[i]);
    }
    return h;
}

enum scapf_status slice_learn(struct scapf_slice *s, const struct scapf_event *ev)
{
    int64_t hash = (int64_t)hash_bytes(ev->payload, ev->payload_len);
    struct lore *lore = map_put(&s->lore, hash, ev->code);

    if (lore == NULL) {
        return s->budget.nomem ? SCAPF_E_NOMEM : SCAPF_OK;
    }
    lore->order = ++s->n_lore; /* told again: it is true from now on */
    if (lore->block != NULL) {
        return SCAPF_OK;
    }
    out_clear(&s->block);
    slice_state_block(s, &s->block, ev);
    TRY(out_status(&s->block));
    if (s->block.len == 0) {
        return SCAPF_OK;
    }
    lore->block = budget_resize(&s->budget, NULL, 0, s->block.len);
    if (lore->block != NULL) {
        lore->len = s->block.len;
        memcpy(lore->block, s->block.bytes, s->block.len);
    }
    return s->budget.nomem ? SCAPF_E_NOMEM : SCAPF_OK;
}

void slice_learn_nothing(struct scapf_slice *s)
{
    map_init(&s->lore, &s->budget, sizeof(struct lore));
}

void slice_forget(struct scapf_slice *s)
{
    uint64_t at = 0;
    struct lore *lore;

    while ((lore = map_next(&s->lore, &at)) != NULL) {
        (void)budget_resize(&s->budget, lore->block, lore->len, 0);
    }
    map_release(&s->lore);
}

static int compare_lore(const void *a, const void *b)
{
    const struct lore *x = *(const struct lore *const *)a;
    const struct lore *y = *(const struct lore *const *)b;

    return x->order < y->order ? -1 : x->order > y->order;
}

static enum scapf_status put_lore(struct scapf_slice *s)
{
    size_t n = 0;
    size_t live = s->lore.items.live;
    uint64_t at = 0;
    struct lore *lore;
    struct lore **all;
    enum scapf_status status = SCAPF_OK;

    if (live == 0) {
        return SCAPF_OK;
    }
    all = mem_resize_array(s->alloc, NULL, live, sizeof(struct lore *));
    if (all == NULL) {
        return SCAPF_E_NOMEM;
    }
    while ((lore = map_next(&s->lore, &at)) != NULL) {
        all[n++] = lore;
    }
    qsort(all, n, sizeof(struct lore *), compare_lore);
    for (size_t i = 0; status == SCAPF_OK && i < n; i++) {
        if (all[i]->block != NULL) {
            status = slice_copy(s, all[i]->block, all[i]->len);
            s->counts.state_events++;
        }
    }
    mem_free(s->alloc, all);
    return status;
}

/* ------------------------------------------------------------------ sockets */

const struct scapf_event_info *slice_find_event(const struct scapf_slice *s, const char *symbol)
{
    for (uint32_t i = 0; i < s->schema->n_events; i++) {
        const struct scapf_event_info *info = s->schema->events[i];

        if (info != NULL && strcmp(info->symbol, symbol) == 0) {
            return info;
        }
    }
    return NULL;
}

/* Arguments of a call that makes a socket like this one, inverse of the table in host_sock.c; or of
 * one that bound it or got a datagram. */
struct socket_args {
    uint64_t fd, domain, type, proto;
    uint8_t ends[1 + 2 * (16 + 2)];
    uint32_t ends_len;
};

static struct socket_args args_of(const struct open_slot *open, const struct file *file)
{
    static const struct {
        uint8_t l4, type;
        uint16_t proto;
    } rows[] = {{2, 1, 6}, {3, 2, 17}, {4, 2, 1}, {5, 3, 255}};
    struct socket_args args = {.fd = (uint64_t)open->fd,
                               .domain = file->type == FDT_IPV6 ? AF_INET6_NR : AF_INET_NR};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].l4 == file->l4proto) {
            args.type = rows[i].type;
            args.proto = rows[i].proto;
        }
    }
    args.type |= (open->slot & FD_CLOEXEC) != 0 ? LINUX_SOCK_CLOEXEC : 0;
    return args;
}

static enum scapf_status put_socket_event(struct scapf_slice *s, const char *symbol, int64_t tid,
                                          uint64_t ts_ns, const struct socket_args *args)
{
    const struct scapf_event_info *info = slice_find_event(s, symbol);
    struct scapf_event_header header = {
        .flags = SCAPF_EVENT_STATE_ONLY, .ts_ns = ts_ns, .tid = tid};

    if (info == NULL) {
        return SCAPF_OK;
    }
    header.code = info->code;
    TRY(scapf_writer_event(s->writer, &header));
    for (uint8_t i = 0; i < info->n_params; i++) {
        const char *name = info->params[i].name;
        uint64_t v = strcmp(name, "fd") == 0       ? args->fd
                     : strcmp(name, "domain") == 0 ? args->domain
                     : strcmp(name, "type") == 0   ? args->type
                     : strcmp(name, "proto") == 0  ? args->proto
                                                   : 0;

        if (info->params[i].type == SCAPF_PT_SOCKTUPLE ||
            info->params[i].type == SCAPF_PT_SOCKADDR) {
            TRY(scapf_writer_param(s->writer, args->ends, args->ends_len));
        } else if (info->params[i].type == SCAPF_PT_BYTEBUF) {
            TRY(scapf_writer_param(s->writer, NULL, 0));
        } else {
            TRY(scapf_writer_param_int(s->writer, v));
        }
    }
    s->counts.state_events++;
    return scapf_writer_event_end(s->writer);
}

/* [scap 11] family, then address and port of this end, or of either */
static void add_ends(struct socket_args *args, const struct sock *sock, bool big_endian)
{
    uint8_t *p = args->ends;

    *p++ = sock->family;
    memcpy(p, sock->src, sock->addr_len);
    out_store(p + sock->addr_len, sock->sport, 2, big_endian);
    p += sock->addr_len + 2;
    if (sock->has_dst) {
        memcpy(p, sock->dst, sock->addr_len);
        out_store(p + sock->addr_len, sock->dport, 2, big_endian);
        p += sock->addr_len + 2;
    }
    args->ends_len = (uint32_t)(p - args->ends);
}

/* The calls that make a socket what it is, when tables do not tell. */
static enum scapf_status put_socket(struct scapf_slice *s, int64_t tid, uint64_t ts_ns,
                                    const struct open_slot *open)
{
    const struct file *file = file_at(&s->host->fds, open->slot);
    const struct sock *sock = file->sock != 0 ? pool_at(&s->host->fds.socks, file->sock) : NULL;
    struct socket_args args = args_of(open, file);

    if (slice_is_new_socket(s, file)) {
        TRY(put_socket_event(s, "PPME_SOCKET_SOCKET_E", tid, ts_ns, &args));
        TRY(put_socket_event(s, "PPME_SOCKET_SOCKET_X", tid, ts_ns, &args));
        if (sock != NULL) {
            add_ends(&args, sock, s->big_endian);
            TRY(put_socket_event(s, "PPME_SOCKET_BIND_E", tid, ts_ns, &args));
            TRY(put_socket_event(s, "PPME_SOCKET_BIND_X", tid, ts_ns, &args));
        }
    } else if (slice_is_datagram_server(s, file)) {
        add_ends(&args, sock, s->big_endian);
        TRY(put_socket_event(s, "PPME_SOCKET_RECVFROM_E", tid, ts_ns, &args));
        TRY(put_socket_event(s, "PPME_SOCKET_RECVFROM_X", tid, ts_ns, &args));
    }
    return SCAPF_OK;
}

static enum scapf_status put_sockets(struct scapf_slice *s, const struct thread *t, uint64_t ts_ns)
{
    uint64_t position = 0;
    struct open_slot open;

    while (fdtab_next(&s->host->fds, host_fds(t), &position, &open.fd, &open.slot)) {
        TRY(put_socket(s, t->key.a, ts_ns, &open));
    }
    return SCAPF_OK;
}

/* ------------------------------------------------------------------ calls */

static int compare_enters(const void *a, const void *b)
{
    const struct thread *x = *(const struct thread *const *)a;
    const struct thread *y = *(const struct thread *const *)b;

    if (x->enter_ts != y->enter_ts) {
        return x->enter_ts < y->enter_ts ? -1 : 1;
    }
    return x->key.a < y->key.a ? -1 : x->key.a > y->key.a;
}

/* An enter event whose parameters were not kept would be a wrong one. */
static bool is_whole_enter(const struct scapf_slice *s, const struct thread *t)
{
    return t->enter_params > 0 || s->schema->events[t->begun.code]->n_params == 0;
}

enum scapf_status slice_hold(struct scapf_slice *s, const struct scapf_event *ev)
{
    size_t before = s->held.len;

    if (slice_holds_much(s)) {
        TRY(slice_put_held(s));
        before = 0;
    }
    slice_state_block(s, &s->held, ev);
    s->n_held += s->held.len > before;
    return out_status(&s->held);
}

bool slice_holds_much(const struct scapf_slice *s)
{
    return s->held.len > HELD_MAX;
}

enum scapf_status slice_put_held(struct scapf_slice *s)
{
    struct reader_run run = {.n = s->n_held, .big_endian = s->big_endian};
    enum scapf_status status = SCAPF_OK;

    if (s->n_held > 0) {
        run.raw = s->held.bytes;
        run.len = s->held.len;
        s->counts.state_events += s->n_held;
        status = writer_put_run(s->writer, &run);
    }
    s->n_held = 0;
    out_clear(&s->held);
    return status;
}

void slice_drop_held(struct scapf_slice *s)
{
    s->n_held = 0;
    out_clear(&s->held);
}

static enum scapf_status put_enter(struct scapf_slice *s, struct thread *t)
{
    struct scapf_event ev = {.ts_ns = t->enter_ts,
                             .tid = t->key.a,
                             .n_params = t->enter_params,
                             .code = t->begun.code,
                             .cpu = t->enter_cpu,
                             .len_size = t->enter_len_size};

    if (t->enter_params > 0) {
        ev.payload = t->enter_bytes;
        ev.payload_len = t->enter_len;
    }
    t->told_in = s->piece;
    return slice_hold(s, &ev);
}

enum scapf_status slice_put_enter_of(struct scapf_slice *s, const struct scapf_event *ev)
{
    struct thread *t = s->host->thread;

    if (t == NULL) {
        return SCAPF_OK;
    }
    if ((ev->code & 1) == 0) {
        t->told_in = t->has_enter && t->begun.code == ev->code ? s->piece : 0;
        return SCAPF_OK;
    }
    return s->host->view.has_enter && t->told_in != s->piece && is_whole_enter(s, t)
               ? put_enter(s, t)
               : SCAPF_OK;
}

enum scapf_status slice_put_as_state(struct scapf_slice *s, const struct scapf_event *ev)
{
    if (ev->info == NULL || !ev->has_params || !host_changes(s->host, ev) ||
        !slice_follows(s, s->host->thread, ev)) {
        return SCAPF_OK;
    }
    TRY(slice_put_enter_of(s, ev));
    return slice_hold(s, ev);
}

/* One thread of each table of descriptors tells of them. */
static bool speaks_for_table(const struct scapf_slice *s, const struct thread *t)
{
    const struct thread *leader;

    if (t->own_fds != 0 || t->key.a == t->pid) {
        return true;
    }
    leader = map_find(&s->host->threads, t->pid, 0);
    return leader == NULL || leader->process != t->process;
}

static enum scapf_status put_calls(struct scapf_slice *s, struct thread **all, uint64_t ts_ns)
{
    uint64_t at = 0;
    size_t n = 0;
    struct thread *t;

    while ((t = map_next(&s->host->threads, &at)) != NULL) {
        if (t->has_enter && slice_wants(s, t) && is_whole_enter(s, t)) {
            all[n++] = t;
        }
    }
    qsort(all, n, sizeof(struct thread *), compare_enters);
    if (n > 0 && all[0]->enter_ts < ts_ns) {
        ts_ns = all[0]->enter_ts;
    }
    /* Before the enter events: theirs would take the place of those. */
    at = 0;
    while ((t = map_next(&s->host->threads, &at)) != NULL) {
        if (speaks_for_table(s, t) && slice_wants(s, t)) {
            TRY(put_sockets(s, t, ts_ns));
        }
    }
    for (size_t i = 0; i < n; i++) {
        TRY(put_enter(s, all[i]));
    }
    return SCAPF_OK;
}

enum scapf_status slice_put_state(struct scapf_slice *s, uint64_t ts_ns)
{
    size_t live = s->host->threads.items.live;
    struct thread **all;
    enum scapf_status status;

    TRY(put_lore(s));
    if (live == 0) {
        return SCAPF_OK;
    }
    all = mem_resize_array(s->alloc, NULL, live, sizeof(struct thread *));
    status = all != NULL ? put_calls(s, all, ts_ns) : SCAPF_E_NOMEM;
    mem_free(s->alloc, all);
    return status;
}
