/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slice_out.c - how a slice writes a block, and whose it keeps.
 */
#include "bytes/cur.h"
#include "transform/slice.h"

static enum scapf_kind kind_of(uint32_t type)
{
    return type == SCAPF_BLOCK_SHB   ? SCAPF_KIND_SECTION
           : type == SCAPF_BLOCK_IDB ? SCAPF_KIND_INTERFACE
                                     : SCAPF_KIND_UNKNOWN;
}

enum scapf_status slice_copy(struct scapf_slice *s, const uint8_t *raw, size_t len)
{
    struct scapf_record rec = {.raw = raw, .raw_len = len, .big_endian = s->big_endian};

    rec.type = s->is_pcap ? 0 : get_u32(raw, s->big_endian);
    rec.kind = s->is_pcap ? SCAPF_KIND_SECTION : kind_of(rec.type);
    return scapf_writer_put(s->writer, &rec);
}

int64_t slice_process_of(const struct thread *t)
{
    return t->pid >= 0 ? t->pid : t->key.a;
}

static const struct wanted *wanted_process(const struct scapf_slice *s, int64_t pid)
{
    return map_find(&s->opts.prune->wanted, pid, s->host->section);
}

static const struct wanted *wanted_of(const struct scapf_slice *s, const struct thread *t)
{
    return t == NULL ? NULL : wanted_process(s, slice_process_of(t));
}

bool slice_wants_process(const struct scapf_slice *s, int64_t pid)
{
    return s->opts.prune == NULL || wanted_process(s, pid) != NULL;
}

bool slice_wants(const struct scapf_slice *s, const struct thread *t)
{
    return s->opts.prune == NULL || wanted_of(s, t) != NULL;
}

int64_t slice_new_stranger(const struct scapf_slice *s, const struct scapf_event *ev)
{
    int64_t pid = s->host != NULL && s->opts.prune != NULL && ev->info != NULL && ev->has_params
                      ? host_new_process(s->host, ev)
                      : -1;

    return pid >= 0 && !slice_wants_process(s, pid) ? pid : -1;
}

bool slice_ran_before(const struct scapf_slice *s, int64_t pid)
{
    const struct thread *t = host_find_thread(s->host, pid);

    return t != NULL && (t->origin == FROM_CHILD || t->origin == FROM_BOTH);
}

bool slice_follows(const struct scapf_slice *s, const struct thread *t,
                   const struct scapf_event *ev)
{
    const struct wanted *w = s->opts.prune != NULL ? wanted_of(s, t) : NULL;

    if (s->opts.prune == NULL || w == NULL) {
        return s->opts.prune == NULL;
    }
    return host_ends_thread(s->host, ev->code) ||
           (s->events <= w->last && !slice_ran_before(s, slice_new_stranger(s, ev)));
}
