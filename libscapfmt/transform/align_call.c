/* SPDX-License-Identifier: Apache-2.0 */
/*
 * align_call.c - from events to calls on sockets: who made them, when, and which bytes they moved.
 *
 * A call begins at its enter event. Captures without enter events are served too: a thread makes
 * one call after the other, so a call begins when the one before it has returned, or later.
 *
 * Waits (epoll_wait and the like) are no calls on a socket, but their return may be what a read
 * followed. That is concluded only where little else can be: the stream had been read empty before
 * the wait began, and of all that the process waits for, this is what it takes first when the wait
 * is over. poll tells its descriptors; there nothing has to be concluded.
 */
#include "transform/align.h"

#include "base/mem.h"
#include "event/event.h"
#include "state/host.h"

#include <string.h>

enum does {
    DO_NOTHING,
    DO_IN,
    DO_OUT,
    DO_IN_MANY, /* one event a message, res is their number */
    DO_OUT_MANY,
    DO_SPLICE,
    DO_ACCEPT,
    DO_CONNECT,
    DO_SHUTDOWN,
    DO_CLOSE,
    DO_POLL,
    DO_WAIT,
    DO_GENERIC /* a call known by its number only */
};

#define LINUX_EAGAIN      11
#define LINUX_EINPROGRESS 115

/* Values of the poll_flags and shutdown_how tables. */
enum { POLL_IN = 1, POLL_TROUBLE = 0x70, SHUT_READING = 0 };

static const struct {
    const char *event;
    enum does does;
} doings[] = {
    {"read", DO_IN},          {"readv", DO_IN},          {"recv", DO_IN},
    {"recvfrom", DO_IN},      {"recvmsg", DO_IN},        {"recvmmsg", DO_IN_MANY},
    {"write", DO_OUT},        {"writev", DO_OUT},        {"send", DO_OUT},
    {"sendto", DO_OUT},       {"sendmsg", DO_OUT},       {"sendmmsg", DO_OUT_MANY},
    {"sendfile", DO_OUT},     {"splice", DO_SPLICE},     {"accept", DO_ACCEPT},
    {"accept4", DO_ACCEPT},   {"connect", DO_CONNECT},   {"shutdown", DO_SHUTDOWN},
    {"close", DO_CLOSE},      {"poll", DO_POLL},         {"ppoll", DO_POLL},
    {"select", DO_WAIT},      {"pselect6", DO_WAIT},     {"epoll_wait", DO_WAIT},
    {"epoll_pwait", DO_WAIT}, {"epoll_pwait2", DO_WAIT}, {"syscall", DO_GENERIC},
};

static const char *const role_names[ROLES] = {
    [ROLE_RES] = "res", [ROLE_DATA] = "data", [ROLE_SIZE] = "size", [ROLE_TUPLE] = "tuple",
    [ROLE_HOW] = "how", [ROLE_FDS] = "fds",   [ROLE_FD] = "fd",     [ROLE_FD_OUT] = "fd_out"};

/* ------------------------------------------------------------------ codes */

static enum does doing_of(const char *name)
{
    for (size_t i = 0; i < sizeof(doings) / sizeof(doings[0]); i++) {
        if (strcmp(doings[i].event, name) == 0) {
            return doings[i].does;
        }
    }
    return DO_NOTHING;
}

COLD static void resolve_code(struct code_info *c, const struct scapf_event_info *info)
{
    c->known = true;
    memset(c->roles, -1, sizeof(c->roles));
    if ((info->category & EVENT_CATEGORY_CALL) == 0) {
        return;
    }
    c->does = (uint8_t)(info->code <= 1 ? DO_GENERIC : doing_of(info->name));
    for (int8_t i = 0; i < (int8_t)info->n_params; i++) {
        for (size_t r = 0; r < ROLES; r++) {
            if (strcmp(info->params[i].name, role_names[r]) == 0) {
                c->roles[r] = i;
            }
        }
    }
}

/* Of an event whose code the schema knows. */
static inline const struct code_info *code_of(struct scapf_align *a, uint16_t code)
{
    if (!a->codes[code].known) {
        resolve_code(&a->codes[code], a->schema->events[code]);
    }
    return &a->codes[code];
}

enum waits { WAITS_UNKNOWN, WAITS_NOT, WAITS };

static bool call_waits(struct scapf_align *a, uint16_t sc)
{
    if (a->waits[sc] == WAITS_UNKNOWN) {
        const char *name = a->schema->syscalls[sc];
        enum does does = name != NULL ? doing_of(name) : DO_NOTHING;

        a->waits[sc] = does == DO_WAIT || does == DO_POLL ? WAITS : WAITS_NOT;
    }
    return a->waits[sc] == WAITS;
}

enum scapf_status calls_init(struct scapf_align *a)
{
    const struct scapf_schema *schema = a->schema;
    const struct scapf_host_opts opts = {
        .size = sizeof(opts), .alloc = a->budget.alloc, .schema = schema};

    a->codes = mem_zalloc(a->budget.alloc, ((size_t)schema->n_events + 1) * sizeof(*a->codes));
    a->waits = mem_zalloc(a->budget.alloc, (size_t)schema->n_syscalls + 1);
    if (a->codes == NULL || a->waits == NULL) {
        return SCAPF_E_NOMEM;
    }
    return scapf_host_new(&opts, &a->host);
}

/* ------------------------------------------------------------------ the event at hand */

/* An exit event with what belongs to it. */
struct exit_ev {
    const struct scapf_event *ev;
    const struct code_info *code;
    struct call call; /* who, when and under which numbers, for all that follows from it */
    int64_t pid;
    int64_t res;
};

/* A parameter of the event, or of its enter event. */
static bool role(struct scapf_align *a, const struct scapf_event *ev, enum param_role r,
                 struct scapf_value *v)
{
    const struct scapf_event *enter;
    int8_t i = code_of(a, ev->code)->roles[r];

    if (i >= 0 && (uint32_t)i < ev->n_params &&
        scapf_event_value(ev, (uint32_t)i, v, NULL) == SCAPF_OK && v->kind != SCAPF_VALUE_EMPTY) {
        return true;
    }
    enter = host_enter(a->host);
    if (enter == NULL) {
        return false;
    }
    i = code_of(a, enter->code)->roles[r];
    return i >= 0 && (uint32_t)i < enter->n_params &&
           scapf_event_value(enter, (uint32_t)i, v, NULL) == SCAPF_OK &&
           v->kind != SCAPF_VALUE_EMPTY;
}

static bool role_int(struct scapf_align *a, const struct scapf_event *ev, enum param_role r,
                     int64_t *n)
{
    struct scapf_value v;

    if (!role(a, ev, r, &v)) {
        return false;
    }
    *n = v.kind == SCAPF_VALUE_SIGNED ? v.i : (int64_t)v.u;
    return v.kind == SCAPF_VALUE_SIGNED || v.kind == SCAPF_VALUE_UNSIGNED;
}

/* ------------------------------------------------------------------ sockets */

/* The addresses of a descriptor of the event's thread, if it is a connected socket. */
static bool socket_of(struct scapf_align *a, int64_t fd, struct sock_item *s)
{
    struct scapf_host *h = a->host;
    uint32_t slot = h->thread != NULL ? fdtab_get(&h->fds, host_fds(h->thread), fd) : 0;
    const struct file *file = slot != 0 ? file_at(&h->fds, slot) : NULL;
    const struct sock *ends;

    if (file == NULL || file->sock == 0 || file->l4proto > L4_UDP || file->l4proto == L4_NA) {
        return false;
    }
    ends = pool_at(&h->fds.socks, file->sock);
    if (!ends->has_dst || (ends->addr_len != 4 && ends->addr_len != 16)) {
        return false;
    }
    *s = (struct sock_item){.proto = file->l4proto == L4_UDP ? PROTO_UDP : PROTO_TCP};
    end_set(file->server ? &s->remote : &s->local, ends->src, ends->addr_len, ends->sport);
    end_set(file->server ? &s->local : &s->remote, ends->dst, ends->addr_len, ends->dport);
    if (s->local.port == 0) { /* not recorded: two such sockets must not be taken for one */
        slot &= FD_FILE;
        memset(&s->local, 0, sizeof(s->local));
        memcpy(s->local.addr, &slot, sizeof(slot));
    }
    return true;
}

/* The addresses a datagram had; the tuple runs the way it went. */
static bool socket_of_tuple(struct scapf_align *a, const struct scapf_event *ev, int dir,
                            struct sock_item *s)
{
    struct scapf_value v;

    if (!role(a, ev, ROLE_TUPLE, &v) || v.kind != SCAPF_VALUE_TUPLE || v.sock.path != NULL ||
        v.sock.src == NULL || v.sock.dst == NULL) {
        return false;
    }
    end_set(dir == OUT ? &s->local : &s->remote, v.sock.src, v.sock.addr_len, v.sock.sport);
    end_set(dir == OUT ? &s->remote : &s->local, v.sock.dst, v.sock.addr_len, v.sock.dport);
    return true;
}

static void set_check(struct scapf_align *a, const struct scapf_event *ev, struct call *call)
{
    struct scapf_value v;
    uint32_t n;

    if (!role(a, ev, ROLE_DATA, &v) ||
        (v.kind != SCAPF_VALUE_BYTES && v.kind != SCAPF_VALUE_TEXT)) {
        return;
    }
    n = v.len < call->len ? v.len : call->len;
    n = n < CHECK_LEN ? n : CHECK_LEN;
    call->n_check = (uint8_t)n;
    call->check = n > 0 ? check_of(v.bytes, n) : 0;
}

#define MARKS_MAX 8u

/* Add a call without bytes. A program that asks again and again does not get a mark each time: the
 * first one bounds best. */
static void add_mark(struct scapf_align *a, struct stream *st, const struct call *mark)
{
    uint32_t same = 0;

    while (same < st->n && same < MARKS_MAX) {
        const struct call *call = call_at(a, st->calls[st->n - 1 - same]);

        if (call->off != mark->off || call->len > 0) {
            break;
        }
        same = call->kind == CALL_READY && mark->kind == CALL_READY ? MARKS_MAX : same + 1;
    }
    if (same < MARKS_MAX) {
        (void)stream_add(a, st, call_new(a, mark));
    }
}

/* ------------------------------------------------------------------ waits */

static struct wait_item *wait_of(struct scapf_align *a, const struct exit_ev *x)
{
    return map_find(&a->waiting, x->pid, 0);
}

static void do_wait(struct scapf_align *a, const struct exit_ev *x)
{
    struct wait_item *w = map_put(&a->waiting, x->pid, 0);

    if (w != NULL) {
        w->call = x->call;
        w->tid = x->ev->tid;
        w->fresh = x->res > 0;
    }
}

/* Something was read or accepted: is it what the wait before returned for? */
static bool woken(struct scapf_align *a, const struct exit_ev *x, struct call *mark)
{
    struct wait_item *w = wait_of(a, x);
    bool fresh = w != NULL && w->fresh;

    if (fresh) {
        w->fresh = false;
        *mark = w->call;
    }
    return fresh && mark->exit_ns <= x->call.enter_ns;
}

static void mark_wake(struct scapf_align *a, const struct exit_ev *x, uint32_t sock)
{
    struct stream *st = &sock_at(a, sock)->streams[IN];
    struct call mark;

    if (!woken(a, x, &mark) || (mark.flags & CALL_ENTER_KNOWN) == 0 || st->drained_ns == 0 ||
        mark.enter_ns < st->drained_ns) {
        return;
    }
    mark.kind = CALL_WAKE;
    mark.sock = sock;
    mark.off = st->off;
    mark.dir = IN;
    add_mark(a, st, &mark);
}

/* ------------------------------------------------------------------ data */

static void take_stream(struct scapf_align *a, struct call *call)
{
    struct stream *st = &sock_at(a, call->sock)->streams[call->dir];
    uint32_t id;

    call->off = st->off;
    st->off += call->len;
    id = call_new(a, call);
    if (stream_add(a, st, id)) {
        check_add(a, id);
    }
    st->drained_ns = 0;
}

/* A read that returned 0: the end, unless there was no room for anything. */
static void take_end(struct scapf_align *a, const struct exit_ev *x, struct call *call)
{
    struct stream *st = &sock_at(a, call->sock)->streams[IN];
    int64_t size;

    if (!role_int(a, x->ev, ROLE_SIZE, &size) || size <= 0) {
        return;
    }
    call->kind = CALL_EOF;
    call->off = st->off;
    add_mark(a, st, call);
}

static void take_datagram(struct scapf_align *a, struct call *call)
{
    uint32_t id = call_new(a, call);

    if (id != 0) {
        check_add(a, id);
    }
}

/* Bytes went through a socket: res of them, or how it failed. */
static void transfer(struct scapf_align *a, const struct exit_ev *x, int dir, int64_t fd,
                     int64_t res)
{
    struct sock_item like;
    struct call call = x->call;
    bool known = socket_of(a, fd, &like);

    if (known && like.proto == PROTO_UDP) {
        known = socket_of_tuple(a, x->ev, dir, &like) || known;
    }
    call.sock = known ? sock_get(a, &like, false) : 0;
    if (call.sock != 0 && like.proto == PROTO_TCP && like.local.port == 0 &&
        socket_of_tuple(a, x->ev, dir, &like)) {
        sock_name(a, call.sock, &like);
    }
    if (call.sock == 0) {
        if (dir == IN && res >= 0) { /* something else was ready */
            (void)woken(a, x, &call);
        }
        return;
    }
    call.kind = CALL_DATA;
    call.dir = (uint8_t)dir;
    call.fd = (int32_t)fd;
    call.len = res > 0 && res <= INT32_MAX ? (uint32_t)res : 0;
    sock_at(a, call.sock)->n_closes = 0;
    if (dir == IN && res == -LINUX_EAGAIN) {
        sock_at(a, call.sock)->streams[IN].drained_ns = call.exit_ns;
    }
    if (res < 0 || (res == 0 && (dir == OUT || like.proto == PROTO_UDP))) {
        return;
    }
    if (dir == IN && like.proto == PROTO_TCP) {
        mark_wake(a, x, call.sock);
    } else if (dir == IN) {
        struct call ignored;

        (void)woken(a, x, &ignored);
    }
    if (res == 0) {
        take_end(a, x, &call);
        return;
    }
    set_check(a, x->ev, &call);
    if (like.proto == PROTO_UDP) {
        take_datagram(a, &call);
    } else {
        take_stream(a, &call);
    }
}

static void do_transfer(struct scapf_align *a, const struct exit_ev *x)
{
    int64_t fd = a->host->view.fd;
    int64_t size;

    switch (x->code->does) {
    case DO_IN:
        transfer(a, x, IN, fd, x->res);
        break;
    case DO_OUT:
        transfer(a, x, OUT, fd, x->res);
        break;
    case DO_SPLICE:
        transfer(a, x, IN, fd, x->res);
        if (role_int(a, x->ev, ROLE_FD_OUT, &fd)) {
            transfer(a, x, OUT, fd, x->res);
        }
        break;
    default: /* of many messages: this one has its size */
        if (x->res > 0 && role_int(a, x->ev, ROLE_SIZE, &size)) {
            transfer(a, x, x->code->does == DO_IN_MANY ? IN : OUT, fd, size);
        }
        break;
    }
}

/* ------------------------------------------------------------------ connections */

static void do_accept(struct scapf_align *a, const struct exit_ev *x)
{
    struct sock_item like;
    struct call call = x->call;
    struct call mark;
    struct sock_item *s;
    bool same_thread;
    const struct wait_item *w = wait_of(a, x);

    if (x->res < 0 || !socket_of(a, a->host->view.fd, &like) || like.proto != PROTO_TCP) {
        return;
    }
    same_thread = w != NULL && w->tid == x->ev->tid;
    like.born = true;
    call.sock = sock_get(a, &like, true);
    if (call.sock == 0) {
        return;
    }
    s = sock_at(a, call.sock);
    call.kind = CALL_ACCEPT;
    call.dir = IN;
    call.fd = (int32_t)a->host->view.fd;
    s->made = call_new(a, &call);
    if (woken(a, x, &mark) && same_thread) {
        mark.kind = CALL_WAITED;
        mark.sock = call.sock;
        mark.dir = IN;
        s->waited = call_new(a, &mark);
    }
}

static void do_connect(struct scapf_align *a, const struct exit_ev *x)
{
    struct sock_item like;
    struct call call = x->call;
    struct sock_item *s;
    uint32_t id;

    if ((x->res != 0 && x->res != -LINUX_EINPROGRESS) || !socket_of(a, a->host->view.fd, &like) ||
        like.proto != PROTO_TCP) {
        return;
    }
    id = sock_get(a, &like, false);
    if (id != 0 && sock_at(a, id)->connecting) { /* asked again: it stands now */
        sock_at(a, id)->connecting = false;
        return;
    }
    like.born = true;
    like.connecting = x->res != 0;
    if (id == 0 || sock_at(a, id)->made != 0 || sock_at(a, id)->streams[IN].n > 0 ||
        sock_at(a, id)->streams[OUT].n > 0) {
        id = sock_get(a, &like, true);
    }
    if (id == 0) {
        return;
    }
    s = sock_at(a, id);
    s->born = true;
    s->connecting = like.connecting;
    call.sock = id;
    call.kind = CALL_CONNECT;
    call.dir = OUT;
    call.fd = (int32_t)a->host->view.fd;
    call.len = x->res == 0;
    s->made = call_new(a, &call);
}

static void do_end(struct scapf_align *a, const struct exit_ev *x)
{
    struct sock_item like;
    struct call call = x->call;
    struct sock_item *s;
    int64_t how = 0;

    if (x->res < 0 || !socket_of(a, a->host->view.fd, &like) || like.proto != PROTO_TCP) {
        return;
    }
    call.sock = sock_get(a, &like, false);
    if (call.sock == 0) {
        return;
    }
    s = sock_at(a, call.sock);
    call.dir = OUT;
    call.fd = (int32_t)a->host->view.fd;
    if (x->code->does == DO_CLOSE) {
        call.kind = CALL_CLOSE;
        if (s->n_closes < sizeof(s->closes) / sizeof(s->closes[0])) {
            s->closes[s->n_closes] = call_new(a, &call);
            if (s->closes[s->n_closes] != 0) {
                s->n_closes++;
            }
        }
        return;
    }
    s->n_closes = 0;
    if (s->shutdown == 0 && role_int(a, x->ev, ROLE_HOW, &how) && how != SHUT_READING) {
        call.kind = CALL_SHUTDOWN;
        s->shutdown = call_new(a, &call);
    }
}

/* ------------------------------------------------------------------ poll */

static void do_poll(struct scapf_align *a, const struct exit_ev *x)
{
    struct scapf_value fds;
    struct sock_item like;
    int64_t fd;
    uint16_t flags;

    if (x->res <= 0 || !role(a, x->ev, ROLE_FDS, &fds) || fds.kind != SCAPF_VALUE_FDLIST) {
        return;
    }
    for (uint32_t k = 0; k < 64 && scapf_value_fd(&fds, k, &fd, &flags); k++) {
        struct call mark = x->call;

        if ((flags & POLL_IN) == 0 || (flags & POLL_TROUBLE) != 0 || !socket_of(a, fd, &like) ||
            like.proto != PROTO_TCP) {
            continue;
        }
        mark.sock = sock_get(a, &like, false);
        if (mark.sock != 0) {
            struct stream *st = &sock_at(a, mark.sock)->streams[IN];

            mark.kind = CALL_READY;
            mark.dir = IN;
            mark.fd = (int32_t)fd;
            mark.off = st->off;
            add_mark(a, st, &mark);
        }
    }
}

/* ------------------------------------------------------------------ events */

static bool is_generic_wait(struct scapf_align *a, const struct scapf_event *ev, uint16_t *sc)
{
    struct scapf_value v;

    if (scapf_event_value(ev, 0, &v, NULL) != SCAPF_OK || v.kind != SCAPF_VALUE_UNSIGNED ||
        v.u >= a->schema->n_syscalls) {
        return false;
    }
    *sc = (uint16_t)v.u;
    return call_waits(a, *sc);
}

static void do_exit(struct scapf_align *a, struct exit_ev *x)
{
    switch (x->code->does) {
    case DO_ACCEPT:
        do_accept(a, x);
        break;
    case DO_CONNECT:
        do_connect(a, x);
        break;
    case DO_SHUTDOWN:
    case DO_CLOSE:
        do_end(a, x);
        break;
    case DO_POLL:
        do_poll(a, x);
        break;
    case DO_WAIT:
        do_wait(a, x);
        break;
    case DO_GENERIC:
        x->res = 1; /* not recorded */
        if (is_generic_wait(a, x->ev, &x->call.sc)) {
            do_wait(a, x);
        }
        break;
    default:
        do_transfer(a, x);
        break;
    }
}

static int64_t pid_of(const struct scapf_align *a, const struct scapf_event *ev)
{
    const struct thread *thread = a->host->thread;

    return thread != NULL && thread->pid >= 0 ? thread->pid : ev->tid;
}

static void begin_exit(struct scapf_align *a, const struct scapf_event *ev,
                       const struct thread_item *t, struct exit_ev *x)
{
    const struct thread *thread = a->host->thread;

    *x = (struct exit_ev){.ev = ev, .code = code_of(a, ev->code), .pid = pid_of(a, ev)};
    x->call = (struct call){.exit_ns = ev->ts_ns, .code = ev->code, .fd = -1};
    x->call.exit_no = a->events < UINT32_MAX ? (uint32_t)a->events : 0;
    if (t != NULL && t->entered && t->enter_ns <= ev->ts_ns &&
        event_ends(a->host->schema, ev, &t->begun)) {
        x->call.enter_no = t->enter_no;
        x->call.enter_ns = t->enter_ns;
        x->call.flags |= CALL_ENTER_KNOWN;
    } else if (t != NULL && t->any && t->last_ns <= ev->ts_ns) {
        x->call.enter_ns = t->last_ns;
    }
    x->call.flags |= a->returns_late ? CALL_UNRETURNED : 0;
    if (!scapf_event_result(ev, &x->res)) {
        x->res = -1;
    }
    x->call.who = who_is(a, ev->tid, thread != NULL ? thread->pid : -1);
}

static void put_event(struct scapf_align *a, const struct scapf_event *ev)
{
    const struct code_info *code = code_of(a, ev->code);
    bool is_exit = (ev->code & 1) != 0;
    struct thread_item *t;
    struct exit_ev x;

    if ((ev->info->category & EVENT_CATEGORY_CALL) == 0) {
        return; /* of something that happens within or between calls */
    }
    t = map_put(&a->threads, ev->tid, 0);
    if (a->returns_late && t != NULL && !is_exit) {
        clock_returned(a, t, ev->ts_ns, pid_of(a, ev));
    }
    if (is_exit && code->does != DO_NOTHING && ev->flags == 0) {
        uint32_t used = a->calls.used;

        begin_exit(a, ev, t, &x);
        do_exit(a, &x);
        if (a->returns_late && t != NULL && a->calls.used > used) {
            t->first_call = used + 1;
            t->last_call = a->calls.used;
        }
    }
    if (t == NULL) {
        return;
    }
    if (is_exit) {
        t->last_ns = ev->ts_ns;
        t->any = true;
        t->entered = false;
    } else {
        clock_learn(a, ev->ts_ns);
        t->enter_ns = ev->ts_ns;
        t->enter_no = a->events < UINT32_MAX ? (uint32_t)a->events : 0;
        t->begun = event_call(ev);
        t->entered = true;
    }
}

enum scapf_status calls_put(struct scapf_align *a, const struct scapf_record *rec)
{
    TRY(scapf_host_put(a->host, rec));
    a->events += rec->kind == SCAPF_KIND_EVENT;
    a->counts.events = a->events;
    if (rec->type == SCAPF_BLOCK_MI && rec->kind == SCAPF_KIND_TABLE) {
        clock_machine(a, rec);
    }
    if (rec->event != NULL && rec->event->info != NULL && rec->event->has_params &&
        rec->event->code < a->schema->n_events) {
        put_event(a, rec->event);
    }
    return a->budget.nomem ? SCAPF_E_NOMEM : SCAPF_OK;
}
