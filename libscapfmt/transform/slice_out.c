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

static const struct wanted *wanted_of(const struct scapf_slice *s, const struct thread *t)
{
    return t == NULL ? NULL
                     : map_find(&s->opts.prune->wanted, slice_process_of(t), s->host->section);
}

bool slice_wants(const struct scapf_slice *s, const struct thread *t)
{
    return s->opts.prune == NULL || wanted_of(s, t) != NULL;
}

bool slice_follows(const struct scapf_slice *s, const struct thread *t, uint16_t code)
{
    const struct wanted *w = s->opts.prune != NULL ? wanted_of(s, t) : NULL;

    return s->opts.prune == NULL ||
           (w != NULL && (s->events <= w->last || host_ends_thread(s->host, code)));
}
