/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host.c - life of a host, pairing of enter and exit events, and which event does what.
 *
 * Events are known by their shown name: all generations of a call have the same, and handlers ask
 * for parameters by name, so that it does not matter whether the exit carries a parameter (newer
 * writers) or the enter event before it did (older ones).
 */
#include "state/host.h"

#include "base/mem.h"
#include "bytes/cur.h"
#include "event/event.h"
#include "schema/schema.h"

#include <string.h>

#define DEFAULT_MAX_BYTES ((size_t)1 << 30)
#define MAX_ENTER         65536u /* bytes of an enter event that are kept */

static const struct handler {
    const char *event;
    host_fn fn;
    int what;
    bool on_enter; /* events of their own, which have no exit */
} handlers[] = {
    {"clone", on_clone, 0, false},
    {"clone3", on_clone, 0, false},
    {"fork", on_clone, 0, false},
    {"vfork", on_clone, 0, false},
    {"execve", on_execve, 0, false},
    {"execveat", on_execve, 0, false},
    {"procexit", on_procexit, 0, true},
    {"prctl", on_prctl, 0, false},
    {"setuid", on_set_id, ARG_uid, false},
    {"setgid", on_set_id, ARG_gid, false},
    {"setresuid", on_set_id, ARG_euid, false},
    {"setresgid", on_set_id, ARG_egid, false},
    {"setreuid", on_set_id, ARG_euid, false},
    {"setregid", on_set_id, ARG_egid, false},
    {"chdir", on_chdir, 0, false},
    {"getcwd", on_chdir, 0, false},
    {"fchdir", on_fchdir, 0, false},
    {"chroot", on_chroot, 0, false},
    {"setsid", on_setsid, 0, false},
    {"setpgid", on_setpgid, 0, false},
    {"unshare", on_unshare, 0, false},
    {"capset", on_capset, 0, false},
    {"task", on_task, 0, true},
    {"open", on_open, 0, false},
    {"creat", on_open, 0, false},
    {"openat", on_open, 0, false},
    {"openat2", on_open, 0, false},
    {"open_by_handle_at", on_open, 0, false},
    {"close", on_close, 0, false},
    {"close_range", on_close_range, 0, false},
    {"dup", on_dup, 0, false},
    {"dup2", on_dup, 0, false},
    {"dup3", on_dup, 0, false},
    {"fcntl", on_fcntl, 0, false},
    {"pipe", on_pipe, 0, false},
    {"pipe2", on_pipe, 0, false},
    {"eventfd", on_new_fd, FDT_EVENT, false},
    {"eventfd2", on_new_fd, FDT_EVENT, false},
    {"signalfd", on_new_fd, FDT_SIGNALFD, false},
    {"signalfd4", on_new_fd, FDT_SIGNALFD, false},
    {"timerfd_create", on_new_fd, FDT_TIMERFD, false},
    {"inotify_init", on_new_fd, FDT_INOTIFY, false},
    {"inotify_init1", on_new_fd, FDT_INOTIFY, false},
    {"epoll_create", on_new_fd, FDT_EVENTPOLL, false},
    {"epoll_create1", on_new_fd, FDT_EVENTPOLL, false},
    {"userfaultfd", on_new_fd, FDT_USERFAULTFD, false},
    {"io_uring_setup", on_new_fd, FDT_IO_URING, false},
    {"pidfd_open", on_new_fd, FDT_PIDFD, false},
    {"pidfd_getfd", on_pidfd_getfd, 0, false},
    {"memfd_create", on_memfd, 0, false},
    {"bpf", on_bpf, 0, false},
    {"task_file_pipe", on_task_file, FDT_FIFO, true},
    {"task_file_memfd", on_task_file, FDT_MEMFD, true},
    {"task_file_regular", on_task_file, FDT_FILE_V2, true},
    {"task_file_directory", on_task_file, FDT_DIRECTORY, true},
    {"task_file_anon_inode", on_task_file, FDT_UNSUPPORTED, true},
    {"task_file_socket_inet", on_task_socket, FDT_IPV4, true},
    {"task_file_socket_inet6", on_task_socket, FDT_IPV6, true},
    {"task_file_socket_unix", on_task_socket, FDT_UNIX, true},
    {"task_file_socket_netlink", on_task_socket, FDT_NETLINK, true},
    {"socket", on_socket, 0, false},
    {"socketpair", on_socketpair, 0, false},
    {"bind", on_bind, 0, false},
    {"connect", on_connect, 0, false},
    {"accept", on_accept, 0, false},
    {"accept4", on_accept, 0, false},
    {"sendto", on_transfer, 0, false},
    {"sendmsg", on_transfer, 0, false},
    {"sendmmsg", on_transfer, 0, false},
    {"recvfrom", on_transfer, 1, false},
    {"recvmsg", on_transfer, 1, false},
    {"recvmmsg", on_transfer, 1, false},
    {"container", on_container, 0, true},
    {"useradded", on_user, 0, true},
    {"userdeleted", on_user, 1, true},
    {"groupadded", on_user, 2, true},
    {"groupdeleted", on_user, 3, true},
};

/* ------------------------------------------------------------------ what codes mean */

static const char *const arg_names[N_ARGS] = {
#define X(name) #name,
    HOST_ARGS(X)
#undef X
};

/* N_ARGS: nothing depends on it. */
static enum arg arg_of(const char *name)
{
    uint32_t lo = 0;
    uint32_t hi = N_ARGS;

    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        int order = strcmp(name, arg_names[mid]);

        if (order == 0) {
            return (enum arg)mid;
        }
        lo = order > 0 ? mid + 1 : lo;
        hi = order > 0 ? hi : mid;
    }
    return N_ARGS;
}

/* Of two parameters with a name the first counts. */
static void resolve_args(struct place *args, const struct scapf_event_info *info)
{
    memset(args, -1, N_ARGS * sizeof(*args)); /* no parameter */
    for (int8_t i = info != NULL ? (int8_t)info->n_params : 0; i-- > 0;) {
        enum arg arg = arg_of(info->params[i].name);

        if (arg < N_ARGS) {
            args[arg] = (struct place){i, event_number_size(info->params[i].type)};
        }
    }
}

/* The first parameter that names a descriptor the call uses; results are not such. */
static int8_t used_fd_param(const struct scapf_event_info *info)
{
    for (int8_t i = 0; i < (int8_t)info->n_params; i++) {
        if (info->params[i].type == SCAPF_PT_FD && strcmp(info->params[i].name, "res") != 0) {
            return i;
        }
    }
    return -1;
}

/* The flag of an event whose name says "close on exec". */
static uint32_t cloexec_of(const struct code *c, const struct scapf_event_info *info)
{
    int8_t i = c->args[ARG_flags].param;
    const struct scapf_flag_set *set = i >= 0 ? info->params[i].flags : NULL;

    for (uint32_t k = 0; set != NULL && k < set->n_flags; k++) {
        if (strstr(set->flags[k].name, "CLOEXEC") != NULL) {
            return set->flags[k].value;
        }
    }
    return 0;
}

/* c->args is made already. */
static void resolve_code(struct code *c, const struct scapf_event_info *info)
{
    bool is_exit = (info->code & 1) != 0;

    c->is_call = (info->category & EVENT_CATEGORY_CALL) != 0;
    c->uses_fd = (info->flags & (SCAPF_EF_USES_FD | SCAPF_EF_DESTROYS_FD)) != 0 &&
                 (info->flags & SCAPF_EF_CREATES_FD) == 0;
    if (!is_exit) {
        c->uses_fd = (info->flags & SCAPF_EF_USES_FD) != 0;
    }
    c->fd_param = c->uses_fd ? used_fd_param(info) : -1;
    c->cloexec = cloexec_of(c, info);
    c->is_switch = !is_exit && schema_same_name(info->name, "switch");
    c->tells_usage = c->args[ARG_vm_size].param >= 0 || c->args[ARG_pgft_maj].param >= 0;
    for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
        if (handlers[i].on_enter != is_exit && schema_same_name(handlers[i].event, info->name)) {
            c->fn = handlers[i].fn;
            c->what = handlers[i].what;
        }
    }
}

/* ------------------------------------------------------------------ what is done at events */

enum {
    DO_SWITCH = 1,  /* note that a thread leaves its processor */
    DO_PAIR = 2,    /* keep an enter event, find that of an exit */
    DO_FD = 4,      /* read which descriptor it is about */
    DO_CLOSING = 8, /* mark that: another thread may get its number before the close returns */
    DO_NAME = 16,   /* keep its name for comparison */
    DO_HANDLER = 32,
    DO_USAGE = 64 /* take in memory and page faults */
};

static inline const struct code *code_of(const struct scapf_host *h, uint32_t code);

static unsigned plan_call(const struct scapf_host *h, const struct code *c)
{
    uint32_t code = (uint32_t)(c - h->codes);
    unsigned plan = DO_PAIR;

    if (!h->only_pairs) {
        plan |= c->fd_param >= 0 ? DO_FD : 0;
        plan |= (code & 1) == 0 && code_of(h, code + 1)->fn == on_close ? DO_CLOSING : 0;
        plan |= h->follows_usage ? DO_NAME : 0;
    }
    return plan;
}

static uint8_t plan_code(const struct scapf_host *h, const struct code *c)
{
    unsigned plan = c->is_call ? plan_call(h, c) : 0;

    if (h->follows_usage && c->is_switch) {
        plan |= DO_SWITCH;
    }
    if (h->only_pairs ? c->fn == on_procexit : c->fn != NULL) {
        plan |= DO_HANDLER;
    } else if (h->follows_usage && c->tells_usage && !h->only_pairs) {
        plan |= DO_USAGE;
    }
    return (uint8_t)plan;
}

COLD static void make_code(const struct scapf_host *h, struct code *c)
{
    size_t code = (size_t)(c - h->codes);
    const struct scapf_event_info *info = h->schema->events[code];
    struct place *args = h->args + code * N_ARGS;

    resolve_args(args, info);
    c->args = args;
    if (info != NULL) {
        resolve_code(c, info);
    }
    c->plan = plan_code(h, c);
}

/* What a code below h->n_codes means. A host is made often, and few of all codes are met. */
static inline const struct code *code_of(const struct scapf_host *h, uint32_t code)
{
    if (h->codes[code].args == NULL) {
        make_code(h, &h->codes[code]);
    }
    return &h->codes[code];
}

/* Something else is asked for. */
static void plan_anew(struct scapf_host *h)
{
    for (uint32_t i = 0; i < h->n_codes; i++) {
        if (h->codes[i].args != NULL) {
            h->codes[i].plan = plan_code(h, &h->codes[i]);
        }
    }
}

void host_follow_usage(struct scapf_host *h)
{
    if (!h->follows_usage) {
        h->follows_usage = true;
        plan_anew(h);
    }
}

void host_only_pairs(struct scapf_host *h)
{
    if (!h->only_pairs) {
        h->only_pairs = true;
        plan_anew(h);
    }
}

/* ------------------------------------------------------------------ life */

static void make_empty(struct scapf_host *h)
{
    strs_init(&h->strs, &h->budget);
    fdtabs_init(&h->fds, &h->budget, &h->strs);
    map_init(&h->threads, &h->budget, sizeof(struct thread));
    map_init(&h->processes, &h->budget, sizeof(struct process));
    map_init(&h->users, &h->budget, sizeof(struct user));
    map_init(&h->containers, &h->budget, sizeof(struct container));
    map_init(&h->cpus, &h->budget, sizeof(struct cpu));
}

static void release_all(struct scapf_host *h)
{
    map_release(&h->threads);
    memset(h->recent, 0, sizeof(h->recent));
    map_release(&h->processes);
    map_release(&h->users);
    map_release(&h->containers);
    map_release(&h->cpus);
    fdtabs_release(&h->fds);
    strs_release(&h->strs);
    h->thread = NULL;
    h->last_container = NULL;
    h->wanted = h->name_before = 0;
    h->thread_is_gone = h->fd_is_gone = false;
    h->births = 0;
    h->directions_open = h->only_pairs = false;
    memset(h->served, 0, sizeof(h->served));
}

enum scapf_status scapf_host_new(const struct scapf_host_opts *opts, struct scapf_host **host)
{
    const struct scapf_alloc *alloc = opts != NULL ? opts->alloc : NULL;
    struct scapf_host *h;

    *host = NULL;
    if (opts != NULL && opts->size != sizeof(*opts)) {
        return SCAPF_E_USAGE;
    }
    h = mem_zalloc(alloc, sizeof(*h));
    if (h == NULL) {
        return SCAPF_E_NOMEM;
    }
    h->budget.alloc = alloc;
    h->budget.max = opts != NULL && opts->max_bytes != 0 ? opts->max_bytes : DEFAULT_MAX_BYTES;
    h->schema = opts != NULL && opts->schema != NULL ? opts->schema : scapf_schema_builtin();
    out_init(&h->scratch, alloc, false);
    make_empty(h);
    h->n_codes = h->schema->n_events & ~1u; /* an enter event without its exit is none */
    h->codes = mem_zalloc(alloc, ((size_t)h->n_codes + 1) * sizeof(*h->codes));
    h->args = mem_zalloc(alloc, ((size_t)h->n_codes + 1) * N_ARGS * sizeof(*h->args));
    if (h->codes == NULL || h->args == NULL) {
        scapf_host_free(h);
        return SCAPF_E_NOMEM;
    }
    *host = h;
    return SCAPF_OK;
}

void scapf_host_free(struct scapf_host *host)
{
    if (host == NULL) {
        return;
    }
    release_all(host);
    out_release(&host->scratch);
    mem_free(host->budget.alloc, host->args);
    mem_free(host->budget.alloc, host->codes);
    mem_free(host->budget.alloc, host);
}

/* ------------------------------------------------------------------ enter and exit */

/* Room for the parameters of an enter event. */
static bool need_enter_room(struct scapf_host *h, struct thread *t, uint32_t len)
{
    size_t room;

    if (len <= t->enter_room) {
        return true;
    }
    str_drop(&h->strs, t->enter);
    t->enter_room = 0;
    t->enter = str_blob(&h->strs, len < 32 ? 32 : len);
    if (t->enter == 0) {
        return false;
    }
    t->enter_bytes = str_room(&h->strs, t->enter, &room);
    t->enter_room = (uint32_t)room;
    return true;
}

/* Keep the parameters of an enter event for its exit; events of unknown threads make them known. */
static void remember_enter(struct scapf_host *h)
{
    const struct scapf_event *ev = h->ev;
    struct thread *t = host_thread_of_event(h);

    h->counters.enters++;
    if (t == NULL) {
        return;
    }
    if (t->has_enter) {
        h->counters.enters_alone++;
    }
    t->has_enter = true;
    t->told_in = 0;
    t->begun = event_call(ev);
    t->enter_ts = ev->ts_ns;
    t->enter_fd = h->view.fd;
    t->enter_cpu = ev->cpu;
    t->enter_len_size = ev->len_size;
    t->enter_big = ev->big_endian;
    t->enter_params = ev->has_params ? ev->n_params : 0;
    t->enter_len = 0;
    if (t->enter_params == 0 || ev->payload_len > MAX_ENTER ||
        !need_enter_room(h, t, ev->payload_len)) {
        t->enter_params = 0;
        return;
    }
    out_copy(t->enter_bytes, ev->payload, ev->payload_len);
    t->enter_len = ev->payload_len;
}

static void match_exit(struct scapf_host *h)
{
    struct thread *t = h->thread;

    if (t == NULL || !t->has_enter || !event_ends(h->schema, h->ev, &t->begun)) {
        h->counters.exits_alone++;
    } else {
        h->view.has_enter = true;
        h->view.enter_ts_ns = t->enter_ts;
        h->view.latency_ns = h->ev->ts_ns > t->enter_ts ? h->ev->ts_ns - t->enter_ts : 0;
    }
    if (t != NULL) {
        t->has_enter = false;
    }
}

/* ------------------------------------------------------------------ records */

/* The event before still showed what it ended; from now on that is gone. */
static void leave(struct scapf_host *h)
{
    if (h->fd_is_gone) {
        fdtab_remove(&h->fds, h->gone_table, h->gone_fd);
        fdtab_drop(&h->fds, h->gone_table);
    }
    if (h->thread_is_gone) {
        host_forget_thread(h, h->gone_tid);
    }
    h->fd_is_gone = h->thread_is_gone = false;
    host_set(h, &h->wanted, 0);
    host_set(h, &h->name_before, 0);
}

static inline void settle(struct scapf_host *h)
{
    if (h->fd_is_gone || h->thread_is_gone || (h->wanted | h->name_before) != 0) {
        leave(h);
    }
}

void host_settle(struct scapf_host *h)
{
    settle(h);
}

bool host_matters(const struct scapf_host *h, uint32_t code)
{
    return code < h->n_codes && code_of(h, code)->fn != NULL;
}

bool host_is_call(const struct scapf_host *h, uint32_t code)
{
    return code < h->n_codes && code_of(h, code)->is_call;
}

/* A call that failed changes nothing, but for two: close gives the number up whatever it returns,
 * and a connection may be on its way. [Linux] */
bool host_changes(const struct scapf_host *h, const struct scapf_event *ev)
{
    const struct code *c;
    const uint8_t *p;
    uint32_t len;
    int8_t res;

    if (!host_matters(h, ev->code)) {
        return false;
    }
    c = code_of(h, ev->code);
    res = c->args[ARG_res].param >= 0 ? c->args[ARG_res].param : c->args[ARG_fd].param;
    return (ev->code & 1) == 0 || c->fn == on_close || c->fn == on_connect || res < 0 ||
           event_param(ev, (uint32_t)res, &p, &len) != SCAPF_OK || len != 8 ||
           (int64_t)get_u64(p, ev->big_endian) >= 0;
}

bool host_is_lore(const struct scapf_host *h, uint32_t code)
{
    return code < h->n_codes &&
           (code_of(h, code)->fn == on_container || code_of(h, code)->fn == on_user);
}

bool host_ends_thread(const struct scapf_host *h, uint32_t code)
{
    return code < h->n_codes && code_of(h, code)->fn == on_procexit;
}

bool host_makes_thread(const struct scapf_host *h, uint32_t code)
{
    return code < h->n_codes && code_of(h, code)->fn == on_clone;
}

bool host_names_thread(const struct scapf_host *h, uint32_t code)
{
    return code < h->n_codes &&
           (code_of(h, code)->fn == on_execve || code_of(h, code)->fn == on_prctl);
}

static bool number_of(const struct code *c, const struct scapf_event *ev, enum arg arg, int64_t *v)
{
    const struct place *place = &c->args[arg];

    return event_number(ev, (uint32_t)place->param, place->size, v);
}

/* Seen from inside a pid namespace the result is not the child's id on the host. */
int64_t host_new_process(const struct scapf_host *h, const struct scapf_event *ev)
{
    const struct code *c = code_of(h, ev->code);
    int64_t flags = 0;
    int64_t vtid = ev->tid;
    int64_t tid;

    if (!host_makes_thread(h, ev->code) || !number_of(c, ev, ARG_res, &tid) || tid <= 0) {
        return -1;
    }
    (void)number_of(c, ev, ARG_flags, &flags);
    (void)number_of(c, ev, ARG_vtid, &vtid);
    return vtid == ev->tid && (flags & (CL_THREAD | CL_CHILD_IN_PIDNS)) == 0 ? tid : -1;
}

/* The descriptor parameter i names, -1 when there is none that can be. */
static int64_t named_fd(const struct scapf_event *ev, int8_t i)
{
    const uint8_t *p;
    uint32_t len;
    int64_t fd;

    if (i < 0 || event_param(ev, (uint32_t)i, &p, &len) != SCAPF_OK || len != sizeof(fd)) {
        return -1;
    }
    fd = (int64_t)get_u64(p, ev->big_endian);
    return fd >= 0 && fd <= FD_MAX ? fd : -1;
}

static void put_call(struct scapf_host *h, const struct code *c)
{
    if ((c->plan & DO_FD) != 0) {
        h->view.fd = named_fd(h->ev, c->fd_param);
    }
    if ((h->ev->code & 1) == 0) {
        remember_enter(h);
        if ((c->plan & DO_CLOSING) != 0 && h->thread != NULL) {
            fdtab_mark(&h->fds, host_fds(h->thread), h->view.fd, 0, FD_CLOSING);
        }
        return;
    }
    match_exit(h);
    if (h->view.fd < 0 && c->uses_fd && h->view.has_enter) {
        h->view.fd = h->thread->enter_fd;
    }
}

static inline void follow_plan(struct scapf_host *h, const struct code *c)
{
    h->thread = host_recent_thread(h, h->ev->tid);
    if ((c->plan & DO_SWITCH) != 0) {
        host_switch(h);
    }
    if ((c->plan & DO_PAIR) != 0) {
        put_call(h, c);
    }
    if ((c->plan & DO_NAME) != 0) {
        host_set(h, &h->name_before, host_fd_name(h));
    }
    if ((c->plan & DO_HANDLER) != 0) {
        c->fn(h, c->what);
    }
    if ((c->plan & DO_USAGE) != 0 && h->thread != NULL) {
        host_usage_event(h, h->thread);
    }
}

/* What is known of the record before is over. */
static inline void begin_record(struct scapf_host *h)
{
    settle(h);
    h->ev = NULL;
    h->code = NULL;
    h->thread = NULL;
    h->exec_ns = 0;
    h->view = (struct scapf_host_event){.tid = -1, .fd = -1};
}

void host_put_event(struct scapf_host *h, const struct scapf_event *ev)
{
    begin_record(h);
    if (h->directions_open) {
        host_direct_sockets(h);
    }
    h->ev = ev;
    h->enter_built = false;
    h->view.tid = ev->tid;
    if (ev->info != NULL && ev->code < h->n_codes) {
        h->code = code_of(h, ev->code);
        if (h->code->plan != 0) {
            follow_plan(h, h->code);
        }
    }
}

void host_no_enter(struct scapf_host *h, int64_t tid)
{
    struct thread *t = host_recent_thread(h, tid);

    if (t != NULL) {
        t->has_enter = false;
    }
}

static void begin_section(struct scapf_host *h, uint32_t section)
{
    if (h->any) {
        settle(h);
        release_all(h);
        make_empty(h);
        plan_anew(h);
    }
    h->any = true;
    h->section = section;
}

enum scapf_status scapf_host_put(struct scapf_host *host, const struct scapf_record *rec)
{
    struct scapf_host *h = host;

    if (!h->any || rec->section != h->section) {
        begin_section(h, rec->section);
    }
    if (rec->event != NULL) {
        host_put_event(h, rec->event);
    } else {
        begin_record(h);
        if (rec->kind == SCAPF_KIND_TABLE) {
            host_take_table(h, rec);
        }
    }
    return h->budget.nomem ? SCAPF_E_NOMEM : SCAPF_OK;
}
