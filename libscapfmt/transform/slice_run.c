/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slice_run.c - records that are kept or left out many at a time.
 *
 * Once the slice has begun, and when nothing but time and number decides, a record needs no view: a
 * run of kept ones is copied as it stands, and one of records behind the end is counted. Packets
 * carry no state, so those before the start are counted as well.
 */
#include "stream/writer.h"
#include "transform/slice.h"

static bool can_run(const struct scapf_slice *s)
{
    const struct scapf_slice_opts *o = &s->opts;

    return s->has_start && !o->goes_on && !o->survey && o->filter == NULL && o->prune == NULL &&
           o->redact == NULL;
}

/* Those that are kept as the one before was. */
static enum scapf_status keep_run(struct scapf_slice *s, struct scapf_reader *reader,
                                  struct reader_want *want, uint64_t *number)
{
    bool is_event = want->kind == SCAPF_KIND_EVENT;
    struct reader_run run;

    if (is_event && s->late_lost) {
        return SCAPF_OK; /* each of them is to be told of */
    }
    want->first_ns = s->opts.from_ns;
    want->last_ns = s->opts.to_ns != 0 ? s->opts.to_ns - 1 : UINT64_MAX;
    want->max = s->opts.last != 0 ? s->opts.last - *number : UINT64_MAX;
    reader_run(reader, want, &run);
    if (run.n == 0) {
        return SCAPF_OK;
    }
    *number += run.n;
    *(is_event ? &s->counts.events : &s->counts.packets) += run.n;
    s->counts.bytes += run.len;
    return writer_put_run(s->writer, &run);
}

static void leave(struct scapf_slice *s, struct scapf_reader *reader,
                  const struct reader_want *want, uint64_t *number)
{
    struct reader_run run;

    reader_run(reader, want, &run);
    *number += run.n;
    *(want->kind == SCAPF_KIND_EVENT ? &s->counts.events_left : &s->counts.packets_left) += run.n;
}

/* Those that are left out, by their number or by their time. Events before the start make the state
 * at the cut, and those behind the end the state of what may follow, while there is room for it. */
static void leave_run(struct scapf_slice *s, struct scapf_reader *reader, struct reader_want *want,
                      uint64_t *number)
{
    const struct scapf_slice_opts *o = &s->opts;
    bool is_packet = want->kind == SCAPF_KIND_PACKET;
    bool behind = is_packet || (s->started && s->late_lost);

    if (o->last != 0 && *number >= o->last) {
        if (behind) {
            leave(s, reader, want, number);
        }
        return;
    }
    if (*number + 1 < o->first) {
        want->max = o->first - *number - 1;
        if (is_packet) {
            leave(s, reader, want, number);
        }
        return;
    }
    if (o->to_ns != 0 && behind) {
        want->first_ns = o->to_ns;
        leave(s, reader, want, number);
    }
    if (o->from_ns != 0 && is_packet) {
        want->first_ns = 0;
        want->last_ns = o->from_ns - 1;
        leave(s, reader, want, number);
    }
}

enum scapf_status scapf_slice_ahead(struct scapf_slice *s, struct scapf_reader *reader)
{
    struct reader_want want = {.kind = s->last_kind, .last_ns = UINT64_MAX, .max = UINT64_MAX};
    uint64_t *number = want.kind == SCAPF_KIND_EVENT ? &s->events : &s->packets;

    if (!can_run(s) || (want.kind != SCAPF_KIND_EVENT && want.kind != SCAPF_KIND_PACKET)) {
        return SCAPF_OK;
    }
    if (s->keeping) {
        return keep_run(s, reader, &want, number);
    }
    leave_run(s, reader, &want, number);
    return SCAPF_OK;
}
