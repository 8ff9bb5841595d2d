/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_life.c - threads and the processes they are of: made, found, joined, forgotten; and what
 * every event handler sets in them.
 */

#include "bytes/hex.h"
#include "state/host.h"

uint32_t host_scratch_str(struct scapf_host *h)
{
    if (out_status(&h->scratch) != SCAPF_OK) {
        h->budget.nomem = true;
        return 0;
    }
    return str_put(&h->strs, h->scratch.bytes, h->scratch.len);
}

const char *host_cwd(struct scapf_host *h, const struct thread *t)
{
    return t != NULL ? str_bytes(&h->strs, t->process->cwd, NULL) : NULL;
}

/* Take a thread out of all places that find it. */
static void remove_thread(struct scapf_host *h, int64_t tid)
{
    struct thread **recent = &h->recent[(uint64_t)tid % HOST_RECENT];

    if (*recent != NULL && (*recent)->key.a == tid) {
        *recent = NULL;
    }
    map_remove(&h->threads, tid, 0);
}

static void leave_process(struct scapf_host *h, struct process *p)
{
    if (p == NULL || --p->n_threads > 0) {
        return;
    }
    fdtab_drop(&h->fds, p->fds);
    str_drop(&h->strs, p->cwd);
    str_drop(&h->strs, p->root);
    map_remove(&h->processes, p->key.a, p->key.b);
}

static bool enter_process(struct scapf_host *h, struct thread *t, int64_t pid, int64_t unknown)
{
    struct process *p = map_put(&h->processes, pid, unknown);

    if (p == NULL) {
        return false;
    }
    p->n_threads++;
    t->process = p;
    return true;
}

bool host_join(struct scapf_host *h, struct thread *t, int64_t pid)
{
    struct process *old = t->process;
    struct process *p;

    if (old != NULL && old->key.a == pid && old->key.b == 0) {
        return true;
    }
    if (!enter_process(h, t, pid, 0)) {
        return false;
    }
    p = t->process;
    t->pid = pid;
    if (old != NULL && p->n_threads == 1 && p->fds == 0) { /* what was seen of it belongs to it */
        p->fds = fdtab_keep(&h->fds, old->fds);
        p->cwd = str_keep(&h->strs, old->cwd);
        p->root = str_keep(&h->strs, old->root);
    }
    leave_process(h, old);
    return true;
}

struct thread *host_need_thread(struct scapf_host *h, int64_t tid)
{
    struct thread *t = map_put(&h->threads, tid, 0);

    if (t == NULL || t->process != NULL) {
        return t;
    }
    t->pid = t->ptid = t->vtid = t->vpid = t->sid = t->vpgid = t->pgid = t->fdlimit = -1;
    t->uid = t->gid = t->loginuid = NO_ID;
    t->birth = ++h->births;
    t->origin = FROM_EVENT;
    if (!enter_process(h, t, tid, 1)) {
        remove_thread(h, tid);
        return NULL;
    }
    return t;
}

struct thread *host_thread_of_event(struct scapf_host *h)
{
    if (h->thread == NULL) {
        h->thread = host_need_thread(h, h->ev->tid);
        if (h->thread != NULL) {
            h->counters.unseen_threads++;
        }
    }
    return h->thread;
}

void host_forget_thread(struct scapf_host *h, int64_t tid)
{
    struct thread *t = host_find_thread(h, tid);

    if (t == NULL) {
        return;
    }
    if (h->thread == t) {
        h->thread = NULL;
    }
    const uint32_t texts[] = {t->comm,    t->exe,       t->exepath, t->args, t->env,
                              t->cgroups, t->container, t->enter,   t->more};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        str_drop(&h->strs, texts[i]);
    }
    fdtab_drop(&h->fds, t->own_fds);
    leave_process(h, t->process);
    remove_thread(h, tid);
}

uint32_t host_need_fds(struct scapf_host *h, struct thread *t)
{
    if (host_fds(t) == 0) {
        t->process->fds = fdtab_make(&h->fds);
    }
    return host_fds(t);
}

/* Engines name a container's control group after its id of 64 hex digits, alone or between a
 * prefix ending in '-' and ".scope"; the first 12 digits are shown. [libsinsp container_engine] */
void host_find_container(struct scapf_host *h, struct thread *t)
{
    uint32_t len;
    const char *p = str_bytes(&h->strs, t->cgroups, &len);
    uint32_t run = 0;

    if (p == NULL) {
        return;
    }
    for (uint32_t i = 0; i <= len; i++) {
        if (i < len && hex_small(p[i]) >= 0) {
            run++;
            continue;
        }
        if (run == 64 && i > 64 && (p[i - 65] == '/' || p[i - 65] == '-' || p[i - 65] == ':')) {
            host_set(h, &t->container, str_put(&h->strs, p + i - 64, 12));
            return;
        }
        run = 0;
    }
    host_set(h, &t->container, str_put(&h->strs, "host", 4));
}
