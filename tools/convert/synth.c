/* SPDX-License-Identifier: Apache-2.0 */
#include "synth.h"

#include <string.h>

#include "synth_mem.h"

#define CLONE_FILES  0x1u /* PPM_CL_* [libs ppm_flag_helpers.h] */
#define CLONE_PARENT 0x100u
#define CLONE_THREAD 0x2000u
#define NOBODY       UINT32_MAX

/* ------------------------------------------------------------------ processes */

static struct synth_proc *proc_new(struct synth *s, int64_t pid)
{
    struct synth_proc *proc = synth_zalloc(s, sizeof(*proc));

    if (proc == NULL) {
        return NULL;
    }
    proc->pid = pid;
    proc->root = NOBODY;
    proc->uid = s->uid;
    proc->gid = s->gid;
    proc->files = synth_files_new(s);
    return proc;
}

static void proc_free(struct synth *s, struct synth_proc *proc)
{
    if (proc == NULL) {
        return;
    }
    synth_files_drop(s, proc->files);
    synth_text_drop(s, &proc->cwd);
    synth_text_drop(s, &proc->exe);
    synth_text_drop(s, &proc->args);
    synth_text_drop(s, &proc->exepath);
    synth_text_drop(s, &proc->name);
    synth_free(s, proc);
}

static void proc_leave(struct synth *s, struct synth_proc *proc)
{
    if (proc != NULL && --proc->threads == 0) {
        proc_free(s, proc);
    }
}

/* What is kept of one process becomes true of another. */
static void proc_copy(struct synth *s, struct synth_proc *to, const struct synth_proc *from,
                      bool share_files)
{
    (void)synth_set(s, &to->cwd, from->cwd.at, from->cwd.len);
    (void)synth_set(s, &to->exe, from->exe.at, from->exe.len);
    (void)synth_set(s, &to->args, from->args.at, from->args.len);
    (void)synth_set(s, &to->exepath, from->exepath.at, from->exepath.len);
    (void)synth_set(s, &to->name, from->name.at, from->name.len);
    to->moved = from->moved;
    to->root = from->root;
    to->uid = from->uid;
    to->gid = from->gid;
    to->fdlimit = from->fdlimit;
    synth_files_drop(s, to->files);
    to->files = synth_files_copy(s, from->files, share_files);
}

/* ------------------------------------------------------------------ the table of threads */

static uint32_t slot_of(const struct synth *s, int64_t tid)
{
    return (uint32_t)((uint64_t)tid * 0x9E3779B97F4A7C15u >> 33) & (s->cap_threads - 1);
}

struct synth_thread *synth_find(const struct synth *s, int64_t tid)
{
    if (s->cap_threads == 0) {
        return NULL;
    }
    for (uint32_t i = slot_of(s, tid); s->threads[i] != NULL; i = (i + 1) & (s->cap_threads - 1)) {
        if (s->threads[i]->tid == tid) {
            return s->threads[i];
        }
    }
    return NULL;
}

static void put_thread(struct synth *s, struct synth_thread *thread)
{
    uint32_t i = slot_of(s, thread->tid);

    while (s->threads[i] != NULL) {
        i = (i + 1) & (s->cap_threads - 1);
    }
    s->threads[i] = thread;
    s->n_threads++;
    s->turns++;
}

static bool grow_threads(struct synth *s)
{
    struct synth_thread **old = s->threads;
    uint32_t n = s->cap_threads;
    struct synth_thread **threads;

    if (s->n_threads < n / 2) {
        return true;
    }
    if (n > UINT32_MAX / 4) {
        return false;
    }
    threads = synth_zalloc(s, (n == 0 ? 64u : 2 * (size_t)n) * sizeof(*threads));
    if (threads == NULL) {
        return false;
    }
    s->threads = threads;
    s->cap_threads = n == 0 ? 64 : 2 * n;
    s->n_threads = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (old[i] != NULL) {
            put_thread(s, old[i]);
        }
    }
    synth_free(s, old);
    return true;
}

/* Take a thread out of the table: what stands behind it moves up. */
static void take_thread(struct synth *s, const struct synth_thread *thread)
{
    uint32_t mask = s->cap_threads - 1;
    uint32_t hole = slot_of(s, thread->tid);

    while (s->threads[hole] != thread) {
        hole = (hole + 1) & mask;
    }
    for (uint32_t i = (hole + 1) & mask; s->threads[i] != NULL; i = (i + 1) & mask) {
        uint32_t home = slot_of(s, s->threads[i]->tid);

        if (((i - home) & mask) >= ((i - hole) & mask)) {
            s->threads[hole] = s->threads[i];
            hole = i;
        }
    }
    s->threads[hole] = NULL;
    s->n_threads--;
    s->turns++;
}

static struct synth_thread *thread_new(struct synth *s, int64_t tid, struct synth_proc *proc)
{
    struct synth_thread *thread;

    if (proc == NULL || !grow_threads(s)) {
        return NULL;
    }
    thread = synth_zalloc(s, sizeof(*thread));
    if (thread == NULL) {
        return NULL;
    }
    thread->tid = tid;
    thread->proc = proc;
    thread->stranger = NOBODY;
    proc->threads++;
    put_thread(s, thread);
    return thread;
}

void synth_end_thread(struct synth *s, struct synth_thread *thread)
{
    take_thread(s, thread);
    s->n_starting -= thread->starting;
    proc_leave(s, thread->proc);
    synth_free(s, thread);
}

/* ------------------------------------------------------------------ strangers */

static struct synth_stranger *stranger_new(struct synth *s, int64_t tid)
{
    struct synth_stranger *stranger;

    if (s->n_strangers == s->cap_strangers) {
        uint32_t cap = s->cap_strangers == 0 ? 16 : s->cap_strangers * 2;

        stranger = synth_resize(s, s->strangers, cap * sizeof(*stranger));
        if (stranger == NULL) {
            return NULL;
        }
        s->strangers = stranger;
        s->cap_strangers = cap;
    }
    stranger = &s->strangers[s->n_strangers++];
    *stranger = (struct synth_stranger){.tid = tid, .parent = -1};
    return stranger;
}

/* First pass: nobody knows yet where it comes from. */
static struct synth_thread *meet(struct synth *s, int64_t tid)
{
    struct synth_stranger *stranger = stranger_new(s, tid);
    struct synth_proc *proc = stranger != NULL ? proc_new(s, tid) : NULL;
    struct synth_thread *thread = proc != NULL ? thread_new(s, tid, proc) : NULL;

    if (thread == NULL) {
        proc_free(s, proc);
        return NULL;
    }
    thread->stranger = s->n_strangers - 1;
    proc->root = thread->stranger;
    stranger->first = proc_new(s, tid);
    return thread;
}

/* Second pass: it is the next of the list. */
static struct synth_thread *recall(struct synth *s, int64_t tid,
                                   const struct synth_stranger **started_by)
{
    const struct synth_stranger *stranger =
        s->next_stranger < s->n_strangers ? &s->strangers[s->next_stranger++] : NULL;
    struct synth_proc *proc = NULL;
    struct synth_thread *thread;

    if (stranger != NULL && stranger->first != NULL && stranger->first->pid != tid) {
        struct synth_thread *leader = synth_find(s, stranger->first->pid);

        proc = leader != NULL ? leader->proc : NULL;
    }
    if (proc == NULL) {
        proc =
            proc_new(s, stranger != NULL && stranger->first != NULL ? stranger->first->pid : tid);
        if (proc != NULL && stranger != NULL && stranger->first != NULL) {
            proc_copy(s, proc, stranger->first, false);
            proc->ptid = stranger->first->ptid;
        }
    }
    thread = proc != NULL ? thread_new(s, tid, proc) : NULL;
    if (thread == NULL) {
        if (proc != NULL && proc->threads == 0) {
            proc_free(s, proc);
        }
        return NULL;
    }
    if (stranger != NULL) {
        memcpy(thread->comm, stranger->comm, sizeof(thread->comm));
        thread->stranger = s->next_stranger - 1;
        *started_by = stranger->parent >= 0 ? stranger : NULL;
    }
    return thread;
}

struct synth_thread *synth_thread(struct synth *s, int64_t tid,
                                  const struct synth_stranger **started_by)
{
    struct synth_thread *thread = synth_find(s, tid);

    *started_by = NULL;
    if (thread != NULL) {
        return thread;
    }
    return s->second ? recall(s, tid, started_by) : meet(s, tid);
}

/* ------------------------------------------------------------------ start, program, end */

/* A stranger was started after all. */
static void adopt(struct synth *s, struct synth_thread *thread, const struct synth_thread *parent,
                  uint32_t flags, const void *call)
{
    struct synth_stranger *stranger = &s->strangers[thread->stranger];

    if (!s->second) {
        stranger->parent = parent->tid;
        stranger->flags = flags;
        stranger->call = call;
        proc_free(s, stranger->first);
        stranger->first = NULL;
    }
}

static void link_child(struct synth *s, struct synth_thread *child,
                       const struct synth_thread *parent, uint32_t flags)
{
    struct synth_proc *proc = child->proc;

    memcpy(child->comm, parent->comm, sizeof(child->comm));
    child->arch = parent->arch;
    if ((flags & CLONE_THREAD) != 0) {
        parent->proc->threads++;
        child->proc = parent->proc;
        s->turns++;
        proc_leave(s, proc);
        return;
    }
    proc->pid = child->tid;
    proc->ptid = (flags & CLONE_PARENT) != 0 ? parent->proc->ptid : parent->proc->pid;
    proc_copy(s, proc, parent->proc, (flags & CLONE_FILES) != 0);
}

static struct synth_thread *child_new(struct synth *s, int64_t tid)
{
    struct synth_proc *proc = proc_new(s, tid);
    struct synth_thread *child = proc != NULL ? thread_new(s, tid, proc) : NULL;

    if (child == NULL) {
        proc_free(s, proc);
    }
    return child;
}

struct synth_thread *synth_start(struct synth *s, struct synth_thread *parent, int64_t tid,
                                 uint32_t flags, const void *call, bool sure)
{
    struct synth_thread *child = synth_find(s, tid);

    if (child == parent) {
        return child;
    }
    if (child != NULL && (child->stranger == NOBODY || child->sure)) {
        synth_end_thread(s, child); /* the number is used again and its end was not seen */
        child = NULL;
    }
    child = child != NULL ? child : child_new(s, tid);
    if (child == NULL) {
        return NULL;
    }
    if (child->stranger != NOBODY) {
        adopt(s, child, parent, flags, call);
    }
    if (!child->linked) {
        link_child(s, child, parent, flags);
    }
    child->linked = true;
    child->sure = sure;
    return child;
}

struct synth_thread *synth_born(struct synth *s, int64_t pid)
{
    struct synth_thread *thread = synth_find(s, pid);

    return thread != NULL ? thread : child_new(s, pid);
}

/* [execve(2)] all other threads end; the one that calls it goes on under the number of the process
 */
struct synth_thread *synth_exec(struct synth *s, struct synth_thread *thread)
{
    struct synth_proc *proc = thread->proc;

    for (uint32_t i = 0; proc->threads > 1 && i < s->cap_threads;) {
        struct synth_thread *other = s->threads[i];

        if (other != NULL && other != thread && other->proc == proc) {
            synth_end_thread(s, other); /* another one may have moved here */
        } else {
            i++;
        }
    }
    /* one that wrapped around the end of the table may be left */
    for (uint32_t i = 0; proc->threads > 1 && i < s->cap_threads; i++) {
        if (s->threads[i] != NULL && s->threads[i] != thread && s->threads[i]->proc == proc) {
            synth_end_thread(s, s->threads[i]);
            i = UINT32_MAX;
        }
    }
    if (thread->tid != proc->pid && synth_find(s, proc->pid) == NULL) {
        take_thread(s, thread);
        thread->tid = proc->pid;
        put_thread(s, thread);
    }
    synth_fds_exec(s, proc);
    return thread;
}

void synth_belongs(struct synth *s, struct synth_thread *thread, int64_t pid)
{
    struct synth_proc *origin = synth_origin(s, thread->proc);
    struct synth_thread *leader = synth_find(s, pid);

    if (thread->proc->pid == pid || thread->stranger == NOBODY || thread->linked) {
        return;
    }
    if (leader != NULL && leader != thread) {
        struct synth_proc *old = thread->proc;

        leader->proc->threads++;
        thread->proc = leader->proc;
        proc_leave(s, old);
    } else {
        thread->proc->pid = pid;
    }
    if (origin != NULL && !s->second) {
        origin->pid = pid;
    }
}

/* ------------------------------------------------------------------ life of a synth */

void synth_init(struct synth *s, const struct scapf_alloc *alloc)
{
    *s = (struct synth){.alloc = alloc, .uid = SYNTH_NO_ID, .gid = SYNTH_NO_ID};
}

void synth_ids(struct synth *s, int64_t id)
{
    s->uid = id >= 0 && id < UINT32_MAX ? (uint32_t)id : SYNTH_NO_ID;
    s->gid = s->uid;
}

void synth_begin(struct synth *second, const struct synth *first)
{
    second->second = true;
    second->strangers = first->strangers;
    second->n_strangers = first->n_strangers;
    second->users = first->users;
    second->n_users = first->n_users;
    second->uid = first->uid;
    second->gid = first->gid;
}

void synth_settle(struct synth *s)
{
    for (uint32_t i = 0; i < s->cap_threads; i++) {
        if (s->threads[i] != NULL) {
            proc_leave(s, s->threads[i]->proc);
            synth_free(s, s->threads[i]);
        }
    }
    synth_free(s, s->threads);
    s->threads = NULL;
    s->n_threads = 0;
    s->cap_threads = 0;
    s->n_starting = 0;
}

void synth_release(struct synth *s)
{
    synth_settle(s);
    for (uint32_t i = 0; !s->second && i < s->n_strangers; i++) {
        proc_free(s, s->strangers[i].first);
    }
    if (!s->second) {
        synth_free(s, s->strangers);
        for (uint32_t i = 0; i < s->n_users; i++) {
            synth_text_drop(s, &s->users[i].name);
        }
        synth_free(s, s->users);
    }
    synth_init(s, s->alloc);
}
