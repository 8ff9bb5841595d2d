/* SPDX-License-Identifier: Apache-2.0 */
/*
 * align_who.c - who made the calls: a thread under the name it had, and its process.
 *
 * Kept beside the calls, since the state of the host is gone when packets come.
 */
#include "transform/align.h"

#include <string.h>

static uint32_t text_of(struct scapf_align *a, const char *text)
{
    uint32_t len = text != NULL ? (uint32_t)strlen(text) : 0;
    uint32_t id = len > 0 ? str_find(&a->strs, text, len) : 0;

    return id != 0 || len == 0 ? id : str_put(&a->strs, text, len);
}

/* What the tables and events so far say about a process; the latest word counts. */
static void describe(struct scapf_align *a, int64_t pid, int64_t tid)
{
    struct process_item *p = map_put(&a->processes, pid, 0);
    struct scapf_thread t;
    struct scapf_user user;

    if (p == NULL ||
        (!scapf_host_thread(a->host, pid, &t) && !scapf_host_thread(a->host, tid, &t))) {
        return;
    }
    p->ppid = t.ptid;
    p->uid = t.uid;
    p->start_ns = t.start_ts_ns;
    p->comm = text_of(a, t.comm);
    p->exepath = text_of(a, t.exepath != NULL && t.exepath[0] != '\0' ? t.exepath : t.exe);
    p->user = scapf_host_user(a->host, t.container, t.uid, &user) ? text_of(a, user.name) : 0;
    str_drop(&a->strs, p->args);
    p->args =
        t.args_len > 0 && t.args_len <= UINT16_MAX ? str_put(&a->strs, t.args, t.args_len) : 0;
    p->args_len = p->args != 0 ? t.args_len : 0;
}

uint32_t who_is(struct scapf_align *a, int64_t tid, int64_t pid)
{
    uint32_t comm = text_of(a, scapf_host_comm(a->host, tid));
    struct who *w = map_put(&a->whos, tid, (int64_t)((uint64_t)comm << 32 | (uint32_t)pid));

    if (w == NULL) {
        return 0;
    }
    if (w->number == 0) {
        w->number = a->whos.items.used; /* items are never given back: the newest is the last */
        w->comm = comm;
        w->pid = pid;
        if (pid >= 0) {
            describe(a, pid, tid);
        }
    }
    return w->number;
}
