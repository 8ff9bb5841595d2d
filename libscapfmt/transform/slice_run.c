/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slice_run.c - records that are kept or left out many at a time.
 *
 * Once the slice has begun, and when nothing but time and number decides, a record needs no view: a
 * run of kept ones is copied as it stands, and one of records behind the end is counted. Packets
 * carry no state, so those before the start are counted as well. When there is a filter and it has
 * said of the code of an event that it lets none through, what is left to do is to pair it and to
 * write it as state.
 */
#include "bytes/cur.h"
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

    if (is_event && s->lost) {
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
    bool behind = is_packet || (s->started && s->lost);

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

/* ------------------------------------------------------------------ with a filter */

/* The code of an event decides, and nothing but pairs of enter and exit is asked of the host. */
static bool can_pass(const struct scapf_slice *s)
{
    const struct scapf_slice_opts *o = &s->opts;

    return o->filter != NULL && o->redact == NULL && !o->survey && s->host != NULL &&
           s->events + 1 >= o->first && (o->last == 0 || s->events < o->last) &&
           slice_needs_only_pairs(s);
}

struct pass {
    struct scapf_slice *s;
    const struct scapf_schema *schema;
    bool big_endian;
    enum scapf_status status;
};

/* What is to be done with an event of a code that the filter lets through in no case. */
enum pass_job {
    PASS_NOT_KNOWN,
    PASS_NOTHING, /* no call, and no state */
    PASS_UNPAIR,  /* of a call whose enter event no exit will ask for */
    PASS_PAIR,    /* an enter event that its exit asks for */
    PASS_STATE
};

/* PASS_NOT_KNOWN also while the filter has not told of the code, and of the exit of an enter event.
 * Generic events and those of execve have exits of other codes. */
static enum pass_job job_of(const struct pass *p, uint16_t code)
{
    const struct scapf_host *h = p->s->host;
    const struct scapf_filter *f = p->s->opts.filter;
    bool exit_rejected = scapf_filter_rejects(f, p->schema, code | 1);

    if (!scapf_filter_rejects(f, p->schema, code)) {
        return PASS_NOT_KNOWN;
    }
    if (host_matters(h, code)) {
        return PASS_STATE;
    }
    if (!host_is_call(h, code)) {
        return PASS_NOTHING;
    }
    if ((code & 1) == 0 && (code == 0 || host_matters(h, code + 1U) || !exit_rejected)) {
        return PASS_PAIR;
    }
    return PASS_UNPAIR;
}

/* What was found out once stays true, but for an enter event whose exit is not rejected yet: to
 * keep it is not wrong. */
static inline enum pass_job known_job(const struct pass *p, uint16_t code)
{
    uint8_t *jobs = p->s->pass_jobs;

    if (code >= SLICE_CODES) {
        return PASS_NOT_KNOWN;
    }
    if (jobs[code] == PASS_NOT_KNOWN) {
        jobs[code] = (uint8_t)job_of(p, code);
    }
    return jobs[code];
}

/* Let the slice do with an event that the filter rejects what slice.c would, without a record. */
static bool pass_event(void *ctx, const struct frame *frame, uint8_t layout)
{
    struct pass *p = ctx;
    struct scapf_slice *s = p->s;
    const uint8_t *body = frame->raw + FRAME_HEADER_LEN;
    const uint8_t *header = event_header(body, layout);
    uint16_t code = get_u16(header + EVENT_CODE_AT, p->big_endian);
    enum pass_job job = known_job(p, code);

    if (p->status != SCAPF_OK || job == PASS_NOT_KNOWN) {
        return false;
    }
    if (job >= PASS_PAIR) {
        struct scapf_event ev;

        event_view_plain(p->schema, layout, body, p->big_endian, &ev);
        host_put_event(s->host, &ev);
        p->status = job == PASS_STATE ? slice_put_as_state(s, &ev) : SCAPF_OK;
    } else if (job == PASS_UNPAIR) {
        host_no_enter(s->host, (int64_t)get_u64(header + 8, p->big_endian));
    }
    scapf_filter_skipped(s->opts.filter, code, get_u64(header, p->big_endian));
    return true;
}

static enum scapf_status pass_run(struct scapf_slice *s, struct scapf_reader *reader)
{
    struct pass pass = {.s = s, .schema = scapf_reader_schema(reader), .big_endian = s->big_endian};
    const struct reader_want want = {
        .kind = SCAPF_KIND_EVENT,
        .first_ns = s->opts.from_ns,
        .last_ns = s->opts.to_ns != 0 ? s->opts.to_ns - 1 : UINT64_MAX,
        .max = s->opts.last != 0 ? s->opts.last - s->events : UINT64_MAX,
        .takes = pass_event,
        .ctx = &pass,
    };
    struct reader_run run;

    host_only_pairs(s->host);
    reader_run(reader, &want, &run);
    s->events += run.n;
    s->counts.events_left += run.n;
    s->keeping = s->keeping && run.n == 0;
    return pass.status;
}

enum scapf_status scapf_slice_ahead(struct scapf_slice *s, struct scapf_reader *reader)
{
    struct reader_want want = {.kind = s->last_kind, .last_ns = UINT64_MAX, .max = UINT64_MAX};
    uint64_t *number = want.kind == SCAPF_KIND_EVENT ? &s->events : &s->packets;

    if (want.kind == SCAPF_KIND_EVENT && can_pass(s)) {
        return pass_run(s, reader);
    }
    if (!can_run(s) || (want.kind != SCAPF_KIND_EVENT && want.kind != SCAPF_KIND_PACKET)) {
        return SCAPF_OK;
    }
    if (s->keeping) {
        return keep_run(s, reader, &want, number);
    }
    leave_run(s, reader, &want, number);
    return SCAPF_OK;
}
