/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_thread.c - the events that make, change and end threads and processes.
 *
 * A clone returns twice, in either order. Seen from inside a pid namespace its result is not the
 * child's id on the host; then only the child's own return tells who it is. [libsinsp parsers.cpp]
 */
#include "state/host.h"

#include <string.h>

/* Values of the clone_flags table. */
#define CL_FILES  0x00000001u
#define CL_PARENT 0x00000100u

#define PR_SET_NAME 15

/* ------------------------------------------------------------------ items */

static void set_arg(struct scapf_host *h, uint32_t *at, enum arg arg)
{
    uint32_t text = host_arg_str(h, arg);

    if (text != 0) {
        host_set(h, at, text);
    }
}

/* A list keeps its NULs. */
static void set_list(struct scapf_host *h, uint32_t *at, enum arg arg)
{
    const uint8_t *p;
    uint32_t len;

    if (host_arg_bytes(h, arg, &p, &len)) {
        host_set(h, at, str_put(&h->strs, p, len));
    }
}

static void set_int(struct scapf_host *h, int64_t *at, enum arg arg)
{
    (void)host_arg_int(h, arg, at);
}

static void set_u32(struct scapf_host *h, uint32_t *at, enum arg arg)
{
    int64_t v;

    if (host_arg_int(h, arg, &v)) {
        *at = (uint32_t)v;
    }
}

/* ------------------------------------------------------------------ clone */

/* What clone and execve events tell about a thread. */
static void describe(struct scapf_host *h, struct thread *t)
{
    set_arg(h, &t->exe, ARG_exe);
    set_list(h, &t->args, ARG_args);
    set_list(h, &t->env, ARG_env);
    set_arg(h, &t->comm, ARG_comm);
    if (t->comm == 0) {
        /* Old writers tell no short name; libsinsp takes the first word for it. */
        host_set(h, &t->comm, str_keep(&h->strs, t->exe));
    }
    set_list(h, &t->cgroups, ARG_cgroups);
    host_find_container(h, t);
    set_int(h, &t->fdlimit, ARG_fdlimit);
    set_u32(h, &t->uid, ARG_uid);
    set_u32(h, &t->gid, ARG_gid);
    set_int(h, &t->vtid, ARG_vtid);
    set_int(h, &t->vpid, ARG_vpid);
    host_more_event(h, t);
}

static void set_cwd(struct scapf_host *h, struct thread *t, enum arg arg)
{
    const uint8_t *p;
    uint32_t len;

    /* Drivers since 2014 leave it empty: the directory is inherited. */
    if (host_arg_bytes(h, arg, &p, &len) && len > 0 && p[0] != '\0') {
        uint32_t path = host_path(h, host_cwd(h, t), p, len);
        const char *text = str_bytes(&h->strs, path, NULL);

        if (text != NULL && text[0] != '/') {
            host_set(h, &path, 0); /* relative to nobody knows what */
        }
        host_set(h, &t->process->cwd, path);
    }
}

static void inherit(struct scapf_host *h, struct thread *t, const struct thread *from)
{
    struct {
        uint32_t *to;
        uint32_t from;
    } texts[] = {
        {&t->comm, from->comm},           {&t->exe, from->exe},   {&t->exepath, from->exepath},
        {&t->args, from->args},           {&t->env, from->env},   {&t->cgroups, from->cgroups},
        {&t->container, from->container}, {&t->more, from->more},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        host_set(h, texts[i].to, str_keep(&h->strs, texts[i].from));
    }
    t->sid = from->sid;
    t->vpgid = from->vpgid;
    t->pgid = from->pgid;
    t->fdlimit = from->fdlimit;
    t->uid = from->uid;
    t->gid = from->gid;
    t->loginuid = from->loginuid;
    t->tty = from->tty;
    memcpy(t->caps, from->caps, sizeof(t->caps));
}

/* Give *table another table that is already owned. It may be the one it had: take before drop. */
static void set_fds(struct scapf_host *h, uint32_t *table, uint32_t owned)
{
    uint32_t old = *table;

    *table = owned;
    fdtab_drop(&h->fds, old);
}

/* Descriptors and directories of a new process; those of a new thread are its process's. A thread
 * that was seen before its clone may have a table of its own: it was another thread's. */
static void inherit_files(struct scapf_host *h, struct thread *t, struct thread *from)
{
    struct process *p = t->process;
    uint32_t fds = from != NULL ? host_need_fds(h, from) : 0;
    bool copied = (t->flags & CL_FILES) == 0 && fds != 0;

    if ((t->flags & CL_THREAD) != 0) {
        set_fds(h, &t->own_fds, copied ? fdtab_copy(&h->fds, fds) : 0);
        return;
    }
    set_fds(h, &p->fds, copied ? fdtab_copy(&h->fds, fds) : fdtab_keep(&h->fds, fds));
    set_fds(h, &t->own_fds, 0);
    if (from != NULL) {
        host_set(h, &p->cwd, str_keep(&h->strs, from->process->cwd));
        host_set(h, &p->root, str_keep(&h->strs, from->process->root));
    }
}

/* from: the thread it was cloned from, NULL when nothing is known of it. */
static struct thread *make_child(struct scapf_host *h, int64_t tid, struct thread *from,
                                 enum origin origin)
{
    struct thread *t = host_need_thread(h, tid);
    int64_t pid = tid;
    int64_t parent = from != NULL ? from->key.a : -1;

    if (t == NULL) {
        return NULL;
    }
    if (from != NULL) {
        inherit(h, t, from);
    }
    set_u32(h, &t->flags, ARG_flags);
    if ((t->flags & CL_THREAD) != 0) {
        pid = from != NULL ? from->pid : -1;
        set_int(h, &pid, ARG_pid);
    }
    if ((t->flags & (CL_THREAD | CL_PARENT)) != 0 && from != NULL) {
        parent = from->ptid;
    }
    if (origin == FROM_CHILD) {
        set_int(h, &parent, ARG_ptid);
    }
    t->ptid = parent;
    t->origin = (uint8_t)origin;
    t->start_ts = h->ev->ts_ns;
    describe(h, t);
    if (origin == FROM_PARENT) { /* those of the caller, who is not in a namespace */
        t->vtid = tid;
        t->vpid = pid;
    }
    if (pid >= 0 && host_join(h, t, pid)) {
        inherit_files(h, t, from);
    }
    set_cwd(h, t, ARG_cwd);
    return t;
}

/* The event's own thread, described by the event when nothing else did before. */
static struct thread *caller(struct scapf_host *h)
{
    struct thread *t = host_thread_of_event(h);
    int64_t pid = -1;

    if (t == NULL || t->origin != FROM_EVENT || t->comm != 0) {
        return t;
    }
    describe(h, t);
    set_int(h, &t->ptid, ARG_ptid);
    set_int(h, &pid, ARG_pid);
    if (pid >= 0 && !host_join(h, t, pid)) {
        return t;
    }
    set_cwd(h, t, ARG_cwd);
    return t;
}

static void parent_returns(struct scapf_host *h, int64_t child_tid)
{
    struct thread *from = caller(h);
    struct thread *child;
    int64_t vtid = h->ev->tid;
    int64_t flags = 0;

    (void)host_arg_int(h, ARG_vtid, &vtid);
    (void)host_arg_int(h, ARG_flags, &flags);
    if (from == NULL || vtid != h->ev->tid || (flags & CL_CHILD_IN_PIDNS) != 0) {
        return;
    }
    if (child_tid == h->ev->tid) {
        h->counters.bad_numbers++;
        return;
    }
    child = host_find_thread(h, child_tid);
    if (child != NULL && (child->origin == FROM_CHILD || child->inverted)) {
        child->inverted = false;
        child->origin = FROM_BOTH;
        return;
    }
    if (child != NULL) {
        if (child->origin != FROM_EVENT) {
            h->counters.reused_tids++;
        }
        host_forget_thread(h, child_tid);
    }
    (void)make_child(h, child_tid, from, FROM_PARENT);
}

static void child_returns(struct scapf_host *h)
{
    struct thread *t = h->thread;
    int64_t parent = -1;
    int64_t flags = 0;

    if (t != NULL && (t->origin == FROM_PARENT || t->origin == FROM_TABLE)) {
        t->origin = FROM_BOTH;
        set_int(h, &t->vtid, ARG_vtid);
        set_int(h, &t->vpid, ARG_vpid);
        set_list(h, &t->cgroups, ARG_cgroups);
        host_find_container(h, t);
        return;
    }
    if (t != NULL) {
        if (t->origin != FROM_EVENT) {
            h->counters.reused_tids++;
        }
        host_forget_thread(h, h->ev->tid);
        h->view.has_enter = false; /* went with it */
    }
    (void)host_arg_int(h, ARG_flags, &flags);
    (void)host_arg_int(h, (flags & CL_THREAD) != 0 ? ARG_pid : ARG_ptid, &parent);
    h->thread = make_child(h, h->ev->tid, parent != h->ev->tid ? host_find_thread(h, parent) : NULL,
                           FROM_CHILD);
}

void on_clone(struct scapf_host *h, int what)
{
    int64_t res;

    (void)what;
    if (!host_arg_int(h, ARG_res, &res) || res < 0) {
        return;
    }
    if (res == 0) {
        child_returns(h);
    } else {
        parent_returns(h, res);
    }
}

/* ------------------------------------------------------------------ execve and exit */

/* The file that was executed, when the event or its enter event names it. */
static uint32_t named_path(struct scapf_host *h, const struct thread *t)
{
    const uint8_t *p;
    uint32_t len;
    int64_t dirfd;
    const char *dir = host_cwd(h, t);

    if (host_arg_bytes(h, ARG_trusted_exepath, &p, &len) && len > 0 && p[0] == '/') {
        return str_put(&h->strs, p, strnlen((const char *)p, len));
    }
    if (host_arg_bytes(h, ARG_filename, &p, &len)) {
        return host_path(h, dir, p, len);
    }
    if (!host_arg_bytes(h, ARG_pathname, &p, &len)) {
        return 0;
    }
    if (host_arg_int(h, ARG_dirfd, &dirfd) && dirfd >= 0) {
        uint32_t slot = fdtab_get(&h->fds, host_fds(t), dirfd);

        dir = slot != 0 ? str_bytes(&h->strs, file_at(&h->fds, slot)->name, NULL) : NULL;
    }
    return host_path(h, dir, p, len);
}

static uint32_t executed_path(struct scapf_host *h, const struct thread *t)
{
    uint32_t path = named_path(h, t);
    const char *p = str_bytes(&h->strs, path, NULL);

    if (p != NULL && p[0] != '/') {
        host_set(h, &path, 0); /* relative to nobody knows what */
    }
    return path;
}

/* execve gives the process a table of its own and closes what is marked so. [Linux exec.c] */
static void close_on_exec(struct scapf_host *h, struct thread *t)
{
    struct process *p = t->process;
    uint32_t fds = host_fds(t);

    if (fds == 0) {
        return;
    }
    if (t->own_fds != 0) {
        fdtab_drop(&h->fds, p->fds);
        p->fds = t->own_fds;
        t->own_fds = 0;
    }
    if (fdtab_owners(&h->fds, p->fds) > 1) {
        uint32_t copy = fdtab_copy(&h->fds, p->fds);

        fdtab_drop(&h->fds, p->fds);
        p->fds = copy;
    }
    fdtab_remove_range(&h->fds, p->fds, &(struct fd_range){0, FD_MAX, FD_CLOEXEC});
}

void on_execve(struct scapf_host *h, int what)
{
    struct thread *t;
    int64_t pid = -1;

    (void)what;
    if (!host_succeeded(h)) {
        return;
    }
    t = host_thread_of_event(h);
    if (t == NULL) {
        return;
    }
    if (host_has_arg(h, ARG_args)) { /* empty: the program has no arguments */
        host_set(h, &t->args, str_put(&h->strs, "", 0));
    }
    host_set(h, &t->comm, 0);
    set_cwd(h, t, ARG_cwd);
    host_set(h, &t->exepath, executed_path(h, t));
    describe(h, t);
    host_more_exec(h, t);
    set_int(h, &t->ptid, ARG_ptid);
    set_u32(h, &t->tty, ARG_tty);
    set_u32(h, &t->loginuid, ARG_loginuid);
    set_int(h, &t->vpgid, ARG_vpgid);
    set_int(h, &t->pgid, ARG_pgid);
    on_capset(h, 0);
    set_int(h, &pid, ARG_pid);
    if (pid >= 0) {
        (void)host_join(h, t, pid);
    }
    t->flags = 0;
    close_on_exec(h, t);
}

void on_procexit(struct scapf_host *h, int what)
{
    (void)what;
    h->thread_is_gone = h->thread != NULL;
    h->gone_tid = h->ev->tid;
}

/* ------------------------------------------------------------------ small changes */

void on_prctl(struct scapf_host *h, int what)
{
    int64_t option;

    (void)what;
    if (host_succeeded(h) && host_arg_int(h, ARG_option, &option) && option == PR_SET_NAME &&
        host_thread_of_event(h) != NULL) {
        set_arg(h, &h->thread->comm, ARG_arg2_str);
    }
}

/* what: the parameter with the new effective id; all ones leaves it as it is. */
void on_set_id(struct scapf_host *h, int what)
{
    int64_t id;

    if (!host_succeeded(h) || !host_arg_int(h, (enum arg)what, &id) || (uint32_t)id == NO_ID ||
        host_thread_of_event(h) == NULL) {
        return;
    }
    if (what == ARG_uid || what == ARG_euid) {
        h->thread->uid = (uint32_t)id;
    } else {
        h->thread->gid = (uint32_t)id;
    }
}

void on_chdir(struct scapf_host *h, int what)
{
    (void)what;
    if (host_succeeded(h) && host_thread_of_event(h) != NULL) {
        set_cwd(h, h->thread, ARG_path);
    }
}

void on_fchdir(struct scapf_host *h, int what)
{
    struct thread *t = h->thread;
    uint32_t slot;

    (void)what;
    if (t == NULL || !host_succeeded(h)) {
        return;
    }
    slot = fdtab_get(&h->fds, host_fds(t), host_used_fd(h));
    host_set(h, &t->process->cwd, slot != 0 ? str_keep(&h->strs, file_at(&h->fds, slot)->name) : 0);
}

void on_chroot(struct scapf_host *h, int what)
{
    const uint8_t *p;
    uint32_t len;

    (void)what;
    if (host_succeeded(h) && host_arg_bytes(h, ARG_path, &p, &len) &&
        host_thread_of_event(h) != NULL) {
        host_set(h, &h->thread->process->root, host_path(h, host_cwd(h, h->thread), p, len));
    }
}

void on_setsid(struct scapf_host *h, int what)
{
    (void)what;
    if (host_succeeded(h) && h->thread != NULL) {
        set_int(h, &h->thread->sid, ARG_res);
        h->thread->vpgid = h->thread->sid;
    }
}

/* Ids are those of the caller's pid namespace; 0 stands for the caller and for the process. */
void on_setpgid(struct scapf_host *h, int what)
{
    struct thread *t = h->thread;
    int64_t pid;
    int64_t pgid;

    (void)what;
    if (t == NULL || !host_succeeded(h) || !host_arg_int(h, ARG_pid, &pid) ||
        !host_arg_int(h, ARG_pgid, &pgid)) {
        return;
    }
    if (pid != 0 && pid != t->vpid) {
        t = t->vpid == t->pid ? host_find_thread(h, pid) : NULL;
    }
    if (t != NULL) {
        t->vpgid = pgid != 0 ? pgid : t->vpid;
    }
}

void on_unshare(struct scapf_host *h, int what)
{
    struct thread *t = h->thread;
    int64_t flags;
    uint32_t fds = t != NULL ? host_need_fds(h, t) : 0;

    (void)what;
    if (fds == 0 || !host_succeeded(h) || !host_arg_int(h, ARG_flags, &flags) ||
        (flags & CL_FILES) == 0 || t->own_fds != 0) {
        return;
    }
    if (t->process->n_threads > 1 || fdtab_owners(&h->fds, fds) > 1) {
        t->own_fds = fdtab_copy(&h->fds, fds);
    }
}

void on_capset(struct scapf_host *h, int what)
{
    static const enum arg args[] = {ARG_cap_inheritable, ARG_cap_permitted, ARG_cap_effective};
    int64_t v;

    (void)what;
    if (!host_succeeded(h) || h->thread == NULL) {
        return;
    }
    for (size_t i = 0; i < sizeof(args) / sizeof(args[0]); i++) {
        if (host_arg_int(h, args[i], &v)) {
            h->thread->caps[i] = (uint64_t)v;
        }
    }
}

/* A thread as the kernel's iterator found it. Its process is told only by those that are one. */
void on_task(struct scapf_host *h, int what)
{
    struct thread *t = host_thread_of_event(h);

    (void)what;
    if (t == NULL) {
        return;
    }
    describe(h, t);
    set_list(h, &t->args, ARG_argv);
    set_arg(h, &t->exepath, ARG_exepath);
    set_int(h, &t->ptid, ARG_ppid);
    set_int(h, &t->sid, ARG_sid);
    set_int(h, &t->vpgid, ARG_vpgid);
    set_int(h, &t->pgid, ARG_pgid);
    set_u32(h, &t->uid, ARG_euid);
    set_u32(h, &t->gid, ARG_egid);
    set_u32(h, &t->loginuid, ARG_loginuid);
    set_u32(h, &t->tty, ARG_tty);
    set_cwd(h, t, ARG_cwd);
    set_arg(h, &t->process->root, ARG_root);
    t->origin = FROM_TABLE;
}
