/* SPDX-License-Identifier: Apache-2.0 */
/*
 * align_who.c - who made the calls: a thread under the name it had, and its process.
 *
 * Kept beside the calls, since the state of the host is gone when packets come.
 */
#include "bytes/json.h"
#include "transform/align.h"

#include <string.h>

static uint32_t put_text(struct scapf_align *a, const char *text, uint32_t len)
{
    uint32_t id = len > 0 ? str_find(&a->strs, text, len) : 0;

    return id != 0 || len == 0 ? id : str_put(&a->strs, text, len);
}

/* Comments and Process Information have UTF-8 [PNG-217]; names are any bytes: what is none becomes
 * a question mark. */
static uint32_t text_of(struct scapf_align *a, const char *text)
{
    const uint8_t *p = (const uint8_t *)text;
    size_t len = text != NULL ? strlen(text) : 0;
    struct out o;
    uint32_t id;

    if (utf8_is_valid(text, len)) {
        return put_text(a, text, (uint32_t)len);
    }
    out_init(&o, a->budget.alloc, false);
    for (size_t i = 0; i < len;) {
        size_t n = utf8_len(p + i, len - i);

        if (n == 0) {
            out_char(&o, '?');
        } else {
            out_bytes(&o, p + i, n);
        }
        i += n == 0 ? 1 : n;
    }
    a->budget.nomem = a->budget.nomem || out_status(&o) < 0;
    id = put_text(a, (const char *)o.bytes, out_status(&o) < 0 ? 0 : (uint32_t)o.len);
    out_release(&o);
    return id;
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

const char *call_name(const struct scapf_align *a, const struct call *call)
{
    const struct scapf_event_info *info = scapf_schema_event(a->schema, call->code);
    const char *name = call->code <= 1 ? scapf_schema_syscall(a->schema, call->sc) : NULL;

    return name != NULL ? name : info != NULL ? info->name : "call";
}
