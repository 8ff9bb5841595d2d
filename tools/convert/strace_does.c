/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strace_does.c - what calls do to processes and descriptors: the words in `does` of the map.
 */
#include <string.h>

#include "strace_conv.h"
#include "synth_mem.h"

#define AT_FDCWD    (-100)
#define MINUS_EBADF (-9)
#define EINPROGRESS (-115)

/* ------------------------------------------------------------------ paths */

static const struct strace_node *arg(const struct conv *c, uint32_t n)
{
    return strace_arg(c->item, n);
}

/* The working directory, or the one behind a descriptor. */
static const struct synth_text *dir_of(struct conv *c, const struct strace_node *node)
{
    const struct synth_fd *fd;
    int64_t number = take_fd(c, node);

    if (number == AT_FDCWD) {
        return &c->thread->proc->cwd;
    }
    fd = synth_fd(c->thread->proc, number);
    return fd != NULL && fd->open ? &fd->name : NULL;
}

/* -y notes the working directory behind AT_FDCWD: the only place where a log states it. */
static void learn_cwd(struct conv *c)
{
    const struct strace_node *node = arg(c, 0);
    struct synth_proc *p = c->thread->proc;
    struct synth_proc *origin;
    struct strace_annot a;
    uint8_t buf[4096];
    size_t len;

    if (node->note == 0 || p->cwd.len > 0 || take_fd(c, node) != AT_FDCWD ||
        !strace_annot(c->item, node, &a) || a.kind != STRACE_A_PATH) {
        return;
    }
    len = strace_unescape(strace_span_text(c->item, a.path), a.path.len, buf, sizeof(buf));
    len = len < sizeof(buf) ? len : sizeof(buf);
    (void)synth_set(c->s, &p->cwd, (const char *)buf, len);
    origin = synth_origin(c->s, p);
    if (origin != NULL && origin->cwd.len == 0 && !p->moved) {
        (void)synth_set(c->s, &origin->cwd, (const char *)buf, len);
    }
}

/* ------------------------------------------------------------------ descriptors */

static void do_open(struct conv *c)
{
    const struct strace_node *ret = strace_at(c->item, c->item->ret.node);
    struct synth_fd *fd;
    bool at = arg(c, 1)->kind == STRACE_N_STRING;
    const struct strace_node *name = at ? arg(c, 1) : arg(c, 0);

    learn_cwd(c);
    fd = c->result >= 0 ? synth_fd_open(c->s, c->thread->proc, c->result) : NULL;
    if (fd == NULL) {
        return;
    }
    if (ret->note != 0) {
        sock_annotate(c, ret, fd);
    } else if (name->kind == STRACE_N_STRING) {
        bool cut = false;
        size_t len = take_bytes(c, name, 0, 4096, &cut);
        const struct synth_text *dir = at ? dir_of(c, arg(c, 0)) : &c->thread->proc->cwd;

        if (synth_path(c->s, &c->path, dir, (const char *)c->buf, len)) {
            (void)synth_set(c->s, &fd->name, c->path.at, c->path.len);
        }
    }
}

static void do_close(struct conv *c)
{
    if (c->result >= 0) {
        synth_fd_close(c->s, c->thread->proc, take_fd(c, arg(c, 0)));
    }
}

static void do_close_range(struct conv *c)
{
    const struct synth_files *files = c->thread->proc->files;
    uint64_t first = 0;
    uint64_t last = 0;

    if (c->result < 0 || strace_is(c->item, arg(c, 2), "CLOSE_RANGE_CLOEXEC") ||
        !take_number(c, arg(c, 0), &first) || !take_number(c, arg(c, 1), &last)) {
        return;
    }
    for (uint32_t i = 0; files != NULL && files->table != NULL && i < files->table->cap; i++) {
        const struct synth_fd *fd = &files->table->slots[i];

        if (fd->fd >= 0 && fd->open && (uint64_t)fd->fd >= first && (uint64_t)fd->fd <= last) {
            synth_fd_close(c->s, c->thread->proc, fd->fd);
        }
    }
}

static void do_dup(struct conv *c)
{
    if (c->result >= 0) {
        synth_fd_dup(c->s, c->thread->proc, take_fd(c, arg(c, 0)), c->result);
    }
}

static void do_fcntl(struct conv *c)
{
    if (c->result >= 0 && (strace_is(c->item, arg(c, 1), "F_DUPFD") ||
                           strace_is(c->item, arg(c, 1), "F_DUPFD_CLOEXEC"))) {
        do_dup(c);
    }
}

static void open_pair(struct conv *c, const struct strace_node *array, uint8_t type)
{
    for (uint32_t i = 0; c->result >= 0 && i < 2; i++) {
        const struct strace_node *node = strace_child(c->item, array, i);
        struct synth_fd *fd = synth_fd_open(c->s, c->thread->proc, take_fd(c, node));

        if (fd != NULL) {
            fd->type = type;
            fd->family = type == SYNTH_FD_UNIX;
            sock_annotate(c, node, fd);
        }
    }
}

static void do_pipe(struct conv *c)
{
    open_pair(c, arg(c, 0), SYNTH_FD_PIPE);
}

static void do_socketpair(struct conv *c)
{
    open_pair(c, arg(c, 3), SYNTH_FD_UNIX);
}

/* ------------------------------------------------------------------ sockets */

static void do_socket(struct conv *c)
{
    struct synth_fd *fd = c->result >= 0 ? synth_fd_open(c->s, c->thread->proc, c->result) : NULL;
    uint64_t type = 0;

    if (fd == NULL) {
        return;
    }
    fd->family = strace_is(c->item, arg(c, 0), "AF_INET")    ? 2
                 : strace_is(c->item, arg(c, 0), "AF_INET6") ? 10
                 : strace_is(c->item, arg(c, 0), "AF_UNIX")  ? 1
                                                             : 0;
    (void)take_number(c, arg(c, 1), &type);
    fd->l4 = fd->family < 2 ? 0 : (type & 15) == 1 ? 2 : (type & 15) == 2 ? 3 : 5;
    sock_annotate(c, strace_at(c->item, c->item->ret.node), fd);
}

/* One end of the socket in argument 0 becomes known. */
static void learn_end(struct conv *c, bool local)
{
    struct synth_end end;
    struct synth_fd *fd;

    c->path.len = 0;
    end = sock_address(c, arg(c, 1), &c->path);
    if (end.family == 0) {
        return;
    }
    fd = synth_fd_change(c->s, c->thread->proc, take_fd(c, arg(c, 0)));
    if (fd == NULL) {
        return;
    }
    fd->open = true;
    fd->family = end.family;
    if (end.family == 1) {
        (void)synth_set(c->s, &fd->name, c->path.at, c->path.len);
    } else if (local) {
        fd->local = end;
        later_answer(c, fd, &end);
    } else {
        fd->remote = end;
    }
}

static void do_sockname(struct conv *c)
{
    if (c->result >= 0) {
        learn_end(c, true);
    }
}

static void do_peername(struct conv *c)
{
    if (c->result >= 0) {
        learn_end(c, false);
    }
}

static void do_connect(struct conv *c)
{
    struct synth_fd *fd;

    if (c->result < 0 && c->result != EINPROGRESS) {
        return;
    }
    learn_end(c, false);
    fd = c->asked != 0 ? synth_fd_change(c->s, c->thread->proc, take_fd(c, arg(c, 0))) : NULL;
    if (fd != NULL && fd->local.family == 0) {
        fd->ask = c->asked;
    }
}

static void do_accept(struct conv *c)
{
    const struct synth_fd *listener = synth_fd(c->thread->proc, take_fd(c, arg(c, 0)));
    struct synth_fd from = listener != NULL ? *listener : (struct synth_fd){0};
    struct synth_fd *fd = c->result >= 0 ? synth_fd_open(c->s, c->thread->proc, c->result) : NULL;

    if (fd == NULL) {
        return;
    }
    fd->family = from.family;
    fd->l4 = from.l4;
    fd->local = from.local;
    c->path.len = 0;
    fd->remote = sock_address(c, arg(c, 1), &c->path);
    sock_annotate(c, strace_at(c->item, c->item->ret.node), fd);
}

/* ------------------------------------------------------------------ directories */

static void move_to(struct conv *c, const struct synth_text *dir, const char *name, size_t len)
{
    if (c->result < 0) {
        return;
    }
    c->thread->proc->moved = c->thread->proc->moved || c->thread->proc->cwd.len == 0;
    if (synth_path(c->s, &c->path, dir, name, len)) {
        (void)synth_set(c->s, &c->thread->proc->cwd, c->path.at, c->path.len);
    } else {
        c->thread->proc->cwd.len = 0; /* somewhere else now */
    }
}

static void do_chdir(struct conv *c)
{
    bool cut = false;
    size_t len = take_bytes(c, arg(c, 0), 0, 4096, &cut);

    move_to(c, &c->thread->proc->cwd, (const char *)c->buf, len);
}

static void do_fchdir(struct conv *c)
{
    struct synth_fd fd = {0};
    const struct synth_text *dir = dir_of(c, arg(c, 0));

    if (arg(c, 0)->note != 0) {
        sock_annotate(c, arg(c, 0), &fd);
        dir = &fd.name;
    }
    move_to(c, dir, ".", 1);
    synth_text_drop(c->s, &fd.name);
}

static void do_getcwd(struct conv *c)
{
    bool cut = false;
    struct synth_proc *p = c->thread->proc;
    struct synth_proc *origin = synth_origin(c->s, p);
    size_t len = take_bytes(c, arg(c, 0), 0, 4096, &cut);

    if (c->result < 0 || cut || len == 0 || c->buf[0] != '/') {
        return;
    }
    len = strnlen((const char *)c->buf, len);
    if (origin != NULL && origin->cwd.len == 0 && p->cwd.len == 0 && !p->moved) {
        (void)synth_set(c->s, &origin->cwd, (const char *)c->buf, len);
    }
    (void)synth_set(c->s, &p->cwd, (const char *)c->buf, len);
}

/* ------------------------------------------------------------------ processes */

/* [linux fs/exec.c] the last part of the path, cut to 15 bytes */
static void set_comm(struct synth_thread *thread, const char *path, size_t len)
{
    const char *slash = len > 0 ? memrchr(path, '/', len) : NULL;
    size_t skip = slash != NULL ? (size_t)(slash - path) + 1 : 0;
    size_t n = len - skip < sizeof(thread->comm) - 1 ? len - skip : sizeof(thread->comm) - 1;

    memset(thread->comm, 0, sizeof(thread->comm));
    memcpy(thread->comm, path + skip, n);
}

static void exec(struct conv *c, uint32_t path_arg, const struct synth_text *dir)
{
    bool cut = false;
    struct synth_proc *p;
    size_t len;

    if (c->item->kind != STRACE_CALL || c->result != 0) {
        return;
    }
    c->thread = synth_exec(c->s, c->thread);
    p = c->thread->proc;
    len = take_bytes(c, arg(c, path_arg), 0, 4096, &cut);
    len = strnlen((const char *)c->buf, len);
    if (arg(c, path_arg)->kind == STRACE_N_STRING) {
        set_comm(c->thread, (const char *)c->buf, len);
    }
    p->exepath.len = 0;
    if (len == 0 && dir != NULL) {
        (void)synth_set(c->s, &p->exepath, dir->at, dir->len); /* AT_EMPTY_PATH */
    } else if (synth_path(c->s, &c->path, dir, (const char *)c->buf, len)) {
        (void)synth_set(c->s, &p->exepath, c->path.at, c->path.len);
    }
    c->room = CONV_ROOM;
    len = take_bytes(c, strace_child(c->item, arg(c, path_arg + 1), 0), 0, 4096, &cut);
    (void)synth_set(c->s, &p->exe, (const char *)c->buf, strnlen((const char *)c->buf, len));
    len = take_list(c, arg(c, path_arg + 1), 1);
    (void)synth_set(c->s, &p->args, (const char *)c->buf, len);
    c->about = c->thread;
}

static void do_exec(struct conv *c)
{
    exec(c, 0, &c->thread->proc->cwd);
}

static void do_execat(struct conv *c)
{
    exec(c, 1, dir_of(c, arg(c, 0)));
}

/* The number of the thread, from itself: it has one of its own in a namespace of its own. */
static void do_gettid(struct conv *c)
{
    if (take_result_pid(c) != c->result) {
        c->thread->vtid = c->result;
    }
}

/* The number of the process, from one of its threads. */
static void do_getpid(struct conv *c)
{
    int64_t pid = take_result_pid(c);
    struct synth_proc *origin;

    if (pid <= 0) {
        return;
    }
    synth_belongs(c->s, c->thread, pid);
    if (pid != c->result) {
        origin = synth_origin(c->s, c->thread->proc);
        c->thread->proc->vpid = c->result;
        if (origin != NULL) {
            origin->vpid = c->result;
        }
    }
}

/* The parent of a process that ran before the log began; who adopts it later is another. */
static void do_getppid(struct conv *c)
{
    const struct synth_thread *t = c->thread;
    struct synth_proc *origin = synth_origin(c->s, t->proc);

    if (c->result > 0 && t->stranger != UINT32_MAX && !t->linked && origin != NULL &&
        origin->ptid == 0) {
        origin->ptid = take_result_pid(c);
        t->proc->ptid = origin->ptid;
    }
}

static void do_tgkill(struct conv *c)
{
    struct synth_thread *other = synth_find(c->s, strace_pid(c->item, arg(c, 1)));
    int64_t pid = strace_pid(c->item, arg(c, 0));

    if (other != NULL && c->result == 0 && pid > 0) {
        synth_belongs(c->s, other, pid);
    }
}

/* What a process says of itself was so from its beginning, when nothing has changed it. */
static void learn_id(struct conv *c, bool group)
{
    struct synth_proc *p = c->thread->proc;
    struct synth_proc *origin = synth_origin(c->s, p);
    uint32_t *id = group ? &p->gid : &p->uid;

    if (c->result < 0 || *id != SYNTH_NO_ID) {
        return;
    }
    *id = (uint32_t)c->result;
    if (origin != NULL && (group ? origin->gid : origin->uid) == SYNTH_NO_ID) {
        *(group ? &origin->gid : &origin->uid) = (uint32_t)c->result;
    }
}

static void do_geteuid(struct conv *c)
{
    learn_id(c, false);
}

static void do_getegid(struct conv *c)
{
    learn_id(c, true);
}

static void set_id(struct conv *c, uint32_t n, bool group)
{
    uint64_t value = 0;
    struct synth_proc *p = c->thread->proc;

    if (c->result == 0 && take_number(c, arg(c, n), &value) && (uint32_t)value != SYNTH_NO_ID) {
        *(group ? &p->gid : &p->uid) = (uint32_t)value;
    }
}

static void do_setuid(struct conv *c)
{
    set_id(c, 0, false);
}

static void do_setgid(struct conv *c)
{
    set_id(c, 0, true);
}

static void do_setresuid(struct conv *c)
{
    set_id(c, 1, false);
}

static void do_setresgid(struct conv *c)
{
    set_id(c, 1, true);
}

static void learn_limit(struct conv *c, uint32_t resource, uint32_t limit)
{
    uint64_t value = 0;

    if (c->result == 0 && strace_is(c->item, arg(c, resource), "RLIMIT_NOFILE") &&
        take_number(c, strace_field(c->item, arg(c, limit), "rlim_cur"), &value)) {
        c->thread->proc->fdlimit = (int64_t)value;
    }
}

static void do_prlimit(struct conv *c)
{
    learn_limit(c, 1, 3);
    learn_limit(c, 1, 2);
}

static void do_getrlimit(struct conv *c)
{
    learn_limit(c, 0, 1);
}

static void do_prctl(struct conv *c)
{
    bool cut = false;
    size_t len;

    if (c->result == 0 && strace_is(c->item, arg(c, 0), "PR_SET_NAME")) {
        len = take_bytes(c, arg(c, 1), 0, sizeof(c->thread->comm) - 1, &cut);
        memset(c->thread->comm, 0, sizeof(c->thread->comm));
        memcpy(c->thread->comm, c->buf, len);
    }
}

/* ------------------------------------------------------------------ starts */

uint32_t does_start_flags(struct conv *c)
{
    const struct strace_node *list = strace_at(c->item, c->item->args);
    const struct strace_node *flags = strace_field(c->item, list, "flags");
    const struct scapf_flag_set *set = scapf_schema_flags(c->schema, "", "clone_flags");
    bool known = true;

    if (strace_span_is(c->item, c->item->name, "vfork")) {
        return CONV_CLONE_VM | CONV_CLONE_VFORK;
    }
    if (set == NULL || flags->kind == STRACE_N_NONE) {
        return 0;
    }
    return (uint32_t)words_flags(c->words, c->item, flags, set, &known);
}

/* ------------------------------------------------------------------ the table */

static void nothing(struct conv *c)
{
    (void)c;
}

/* The rows without a number follow those that have one. */
static const struct {
    const char *name;
    void (*before)(struct conv *c);
    void (*after)(struct conv *c);
} does[] = {
    [DOES_NOTHING] = {"", NULL, nothing},
    [DOES_CLONE] = {"clone", NULL, nothing},
    [DOES_VFORK] = {"vfork", NULL, nothing},
    [DOES_MESSAGES] = {"messages", NULL, nothing},
    [DOES_EXIT] = {"exit", NULL, nothing},
    [DOES_EXIT_GROUP] = {"exit_group", NULL, nothing},
    [DOES_EXEC] = {"exec", do_exec, nothing},
    [DOES_EXECAT] = {"execat", do_execat, nothing},
    {"open", NULL, do_open},
    {"close", NULL, do_close},
    {"close_range", NULL, do_close_range},
    {"dup", NULL, do_dup},
    {"fcntl", NULL, do_fcntl},
    {"pipe", NULL, do_pipe},
    {"socket", NULL, do_socket},
    {"socketpair", NULL, do_socketpair},
    {"bind", NULL, do_sockname},
    {"sockname", NULL, do_sockname},
    {"peername", NULL, do_peername},
    {"connect", later_connect, do_connect},
    {"accept", NULL, do_accept},
    {"chdir", NULL, do_chdir},
    {"fchdir", NULL, do_fchdir},
    {"getcwd", NULL, do_getcwd},
    {"getpid", do_getpid, nothing},
    {"gettid", do_gettid, nothing},
    {"getppid", do_getppid, nothing},
    {"tgkill", NULL, do_tgkill},
    {"getuid", NULL, nothing},
    {"geteuid", NULL, do_geteuid},
    {"getgid", NULL, nothing},
    {"getegid", NULL, do_getegid},
    {"setuid", NULL, do_setuid},
    {"setgid", NULL, do_setgid},
    {"setresuid", NULL, do_setresuid},
    {"setresgid", NULL, do_setresgid},
    {"prlimit", NULL, do_prlimit},
    {"getrlimit", NULL, do_getrlimit},
    {"prctl", NULL, do_prctl},
};

uint8_t does_find(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof(does) / sizeof(does[0]); i++) {
        if (strcmp(does[i].name, name) == 0) {
            return (uint8_t)i;
        }
    }
    return DOES_NOTHING;
}

const char *does_name(const struct words_call *call)
{
    return does[call->does].name;
}

bool does_start(const struct words_call *call)
{
    return call->does == DOES_CLONE || call->does == DOES_VFORK;
}

bool does_exec(const struct words_call *call)
{
    return call->does == DOES_EXEC || call->does == DOES_EXECAT;
}

bool does_exit_group(const struct words_call *call)
{
    return call->does == DOES_EXIT_GROUP || call->does == DOES_EXIT;
}

void does_before(struct conv *c)
{
    if (does[c->call->does].before != NULL) {
        does[c->call->does].before(c);
    }
}

void does_after(struct conv *c)
{
    does[c->call->does].after(c);
}

/* ------------------------------------------------------------------ inherited descriptors */

static void inherit(struct conv *c, const struct strace_node *node)
{
    int64_t number = take_fd(c, node);
    struct synth_proc *p = c->thread->proc;
    struct synth_fd *fd;

    if (number < 0 || c->result == MINUS_EBADF) {
        return;
    }
    fd = synth_fd(p, number);
    if (fd != NULL && fd->ask != 0) {
        struct synth_fd seen = {0};

        sock_annotate(c, node, &seen);
        later_answer(c, fd, &seen.local);
        synth_text_drop(c->s, &seen.name);
    }
    if (fd != NULL) {
        return;
    }
    fd = synth_fd_inherited(c->s, p, number);
    if (fd != NULL) {
        sock_annotate(c, node, fd);
    }
    fd = synth_fd_open(c->s, p, number);
    if (fd != NULL) {
        sock_annotate(c, node, fd);
    }
}

void does_inherit(struct conv *c, const struct scapf_trace_row *row)
{
    const struct scapf_event_info *event = scapf_schema_event(c->schema, row->exit);

    for (uint8_t i = 0; i < row->n_exit; i++) {
        const struct scapf_take *take = &row->exit_from[i];

        if (take->how == SCAPF_TAKE_ARG && take->field == NULL &&
            event->params[i].type == SCAPF_PT_FD) {
            inherit(c, strace_arg(c->item, take->arg));
        }
    }
    learn_cwd(c);
}
