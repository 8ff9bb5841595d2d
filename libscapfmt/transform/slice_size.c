/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slice_size.c - how large a part is, and whether there is room for the next record.
 */
#include "io/sink.h"
#include "transform/slice.h"

uint64_t scapf_slice_bytes(const struct scapf_slice *s)
{
    return sink_taken(s->sink) - s->sink_at + s->held.len;
}

/* The bytes that the enter event of a call adds to its exit, at most. */
static uint64_t enter_max(const struct scapf_slice *s, const struct scapf_event *ev)
{
    const struct thread *t = s->host != NULL ? host_find_thread(s->host, ev->tid) : NULL;

    return t != NULL && t->has_enter && (ev->code & 1) != 0 && t->told_in != s->piece
               ? slice_block_len(t->enter_len)
               : 0;
}

/* Tables are as large as they are. Where they leave less than half of the size, pieces would have a
 * few records each, and together many times the bytes of the capture. */
bool scapf_slice_is_full(const struct scapf_slice *s, const struct scapf_record *next,
                         uint64_t max_bytes)
{
    uint64_t bytes = scapf_slice_bytes(s);
    uint64_t least = s->lead + max_bytes / 2;
    uint64_t more = next->raw_len;

    if (!s->started) { /* in this section */
        more += s->meta.len + s->tables.len;
    }
    if (s->opts.filter != NULL && next->event != NULL) {
        more += enter_max(s, next->event);
    }
    return bytes > 0 && bytes + more > (least > max_bytes ? least : max_bytes);
}
