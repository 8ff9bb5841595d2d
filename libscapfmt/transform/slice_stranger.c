/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slice_stranger.c - pruned: processes that readers know although nothing of them is kept.
 *
 * They are ancestors of kept ones at the cut, of which readers get the short name, and those that a
 * kept process makes later, which begin as what made them. A child of theirs shows their name, and
 * inherits from them when it is made. What they do is not written; so when it would make readers
 * say something false, they end for readers: a child then begins without what it inherited.
 */
#include "transform/slice.h"

static enum scapf_status end(struct scapf_slice *s, int64_t tid, const struct scapf_event *at)
{
    const struct scapf_event_info *info = slice_find_event(s, "PPME_PROCEXIT_E");
    struct scapf_event ev = {.ts_ns = at->ts_ns, .tid = tid, .cpu = at->cpu, .len_size = 2};

    map_remove(&s->strangers, tid, 0);
    if (info == NULL) {
        return SCAPF_OK;
    }
    ev.code = info->code;
    return slice_hold(s, &ev);
}

/* Would a reader that does not see this event say something false of the stranger? */
static bool makes_false(const struct scapf_slice *s, const struct stranger *who,
                        const struct scapf_event *ev)
{
    if (host_ends_thread(s->host, ev->code)) {
        return ev->tid == who->key.a;
    }
    return (ev->code & 1) != 0 && host_changes(s->host, ev) &&
           (who->has_files ? !host_makes_thread(s->host, ev->code)
                           : host_names_thread(s->host, ev->code));
}

static struct stranger *find_stranger(const struct scapf_slice *s, const struct scapf_event *ev)
{
    const struct thread *t = host_find_thread(s->host, ev->tid);
    struct stranger *who = map_find(&s->strangers, ev->tid, 0);

    if (t == NULL || slice_wants(s, t)) {
        return NULL;
    }
    return who != NULL ? who : map_find(&s->strangers, slice_process_of(t), 0);
}

enum scapf_status slice_watch_strangers(struct scapf_slice *s, const struct scapf_event *ev,
                                        bool kept)
{
    int64_t pid = slice_new_stranger(s, ev);
    struct stranger *who;

    if (s->host == NULL || ev->info == NULL || !ev->has_params) {
        return SCAPF_OK;
    }
    if (pid >= 0) {
        if (!kept && !slice_follows(s, host_find_thread(s->host, ev->tid), ev)) {
            return SCAPF_OK;
        }
        if (slice_ran_before(s, pid)) {
            return end(s, pid, ev);
        }
        who = map_put(&s->strangers, pid, 0);
        if (who == NULL) {
            return SCAPF_E_NOMEM;
        }
        who->has_files = true;
        return SCAPF_OK;
    }
    who = find_stranger(s, ev);
    return who != NULL && makes_false(s, who, ev) ? end(s, who->key.a, ev) : SCAPF_OK;
}
