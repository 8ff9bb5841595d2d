/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_run.c - records about which nothing is to be said, without a view of each.
 *
 * Most of a good capture is like what came just before. Here each such block is looked at where it
 * stands: what no rule has anything to say about is passed over, and what is left of it is what the
 * checks remember. Anything else, good or bad, is for the checks of its kind. No finding is made
 * here, and none is missed: what a check would report, this does not take.
 */
#include "block/packet.h"
#include "check/check.h"
#include "event/event.h"
#include "stream/reader.h"

#include <string.h>

#define YEAR_2100_NS UINT64_C(4102444800000000000)

/* The stretch of packets of one interface that is passed over. */
struct pass {
    struct checker *c;
    uint32_t interface;
    bool any;
    uint64_t first, last; /* ticks */
};

/* ------------------------------------------------------------------ events */

static inline bool is_formed(const struct check_shape *shape, uint32_t i, const uint8_t *p,
                             uint32_t len, bool big_endian)
{
    switch ((enum check_form)shape->forms[i]) {
    case CHECK_FORM_TEXT:
        return len == 0 || memchr(p, 0, len) == p + len - 1;
    case CHECK_FORM_FREE:
        return true;
    case CHECK_FORM_EMPTY:
        return len == 0;
    case CHECK_FORM_OWN:
        return value_is_sound(&shape->info->params[i], p, len, big_endian);
    case CHECK_FORM_SIZED:
    case CHECK_FORM_POINTER:
        break;
    }
    return false;
}

/* Are all n parameters as the event has them, and do they make up its len bytes? Less than their
 * lengths it has not. */
static ALWAYS_INLINE bool is_shaped(const struct check_shape *shape, const uint8_t *event,
                                    size_t len, uint32_t n, uint32_t size, bool big_endian)
{
    const uint8_t *lengths = event + EVENT_HEADER_V2_LEN;
    uint64_t at = EVENT_HEADER_V2_LEN + (uint64_t)n * size;

    for (uint32_t i = 0; i < n; i++, lengths += size) {
        uint32_t one = size == 2 ? get_u16(lengths, big_endian) : get_u32(lengths, big_endian);

        at += one;
        if (one != shape->sizes[i] &&
            (at > len || !is_formed(shape, i, event + at - one, one, big_endian))) {
            return false;
        }
    }
    return at == len;
}

static ALWAYS_INLINE bool follows(struct checker *c, const struct check_plan *plan,
                                  const uint8_t *event, uint16_t cpu, bool big_endian)
{
    uint64_t ts = get_u64(event, big_endian);
    int64_t tid = (int64_t)get_u64(event + 8, big_endian);
    uint32_t section = c->section.index + 1;
    struct check_tid *thread = &c->threads[(uint64_t)tid % CHECK_TIDS];
    struct check_tid *on = &c->cpus[cpu % CHECK_CPUS];

    if (thread->section != section || thread->tid != tid || on->section != section ||
        on->tid != cpu || ts < thread->ts || ts < on->ts ||
        (c->section.cpus != 0 && cpu >= c->section.cpus) ||
        !check_pairing(c, plan, thread, get_u16(event + EVENT_CODE_AT, big_endian))) {
        return false;
    }
    thread->ts = on->ts = ts;
    if (ts > c->file.event_max) { /* no less than an earlier one: the first time stays */
        c->file.event_max = ts;
    }
    return true;
}

/* Less than four bytes of padding; at least four stand before their end. */
static inline bool is_zero(const uint8_t *end, size_t n)
{
    return (uint64_t)get_u32(end - 4, false) >> (32 - 8 * n) == 0;
}

/* An event of a kind that was seen; nothing but the frame of its block is known to be whole. */
static ALWAYS_INLINE bool pass_event(struct checker *c, const struct frame *f, uint8_t layout,
                                     bool big_endian)
{
    uint32_t size = (layout & EVENT_LAYOUT_LARGE) != 0 ? 4 : 2;
    const uint8_t *body = f->raw + FRAME_HEADER_LEN;
    const uint8_t *event = body + 2;
    size_t room = f->len - FRAME_MIN_LEN - 2;
    const struct check_kind *kind;
    uint32_t len, n;
    uint16_t code;

    if (f->len < FRAME_MIN_LEN + 2 + EVENT_HEADER_V2_LEN || f->len > CHECK_SMALL_BLOCK) {
        return false;
    }
    len = get_u32(event + 16, big_endian);
    code = get_u16(event + EVENT_CODE_AT, big_endian);
    n = get_u32(event + 22, big_endian);
    if (code >= CHECK_PLAN_CODES || c->kind_of[code] == 0 || n > SCAPF_EVENT_PARAMS || len > room ||
        room - len >= 4 || len < EVENT_HEADER_V2_LEN + n * size) {
        return false;
    }
    kind = &c->kinds[c->kind_of[code] - 1];
    return kind->plans[n].known != 0 && kind->shape.layout == layout &&
           is_zero(event + room, room - len) &&
           (size == 2 ? is_shaped(&kind->shape, event, len, n, 2, big_endian)
                      : is_shaped(&kind->shape, event, len, n, 4, big_endian)) &&
           follows(c, &kind->plans[n], event, get_u16(body, big_endian), big_endian);
}

static ALWAYS_INLINE void pass_events(struct checker *c, struct reader_window *w, bool big_endian)
{
    struct frame f;

    while (reader_frame(w, big_endian, &f) &&
           (w->number == f.type || reader_turn(c->reader, w, f.type, SCAPF_KIND_EVENT)) &&
           pass_event(c, &f, w->type->layout, big_endian)) {
        c->block_type = f.type;
        w->p += f.len;
        w->n++;
    }
    reader_pass(c->reader, w);
}

static void events_ahead(struct checker *c)
{
    struct reader_window w;

    if (!reader_look(c->reader, &w)) {
        return;
    }
    if (w.big_endian) {
        pass_events(c, &w, true);
    } else {
        pass_events(c, &w, false);
    }
}

/* ------------------------------------------------------------------ packets */

/* The times of a stretch rise: its first and its last one are all there is to know of them. */
static void note_stretch(struct pass *pass)
{
    struct check_file *f = &pass->c->file;
    uint64_t ts;

    if (!pass->any) {
        return;
    }
    pass->any = false;
    if (reader_time_ns(pass->c->reader, pass->interface, pass->first, &ts)) {
        check_widen(&f->packet_min, &f->packet_max, &f->any_packet_time, ts);
    }
    if (reader_time_ns(pass->c->reader, pass->interface, pass->last, &ts)) {
        check_widen(&f->packet_min, &f->packet_max, &f->any_packet_time, ts);
    }
}

/* A whole enhanced packet of a known interface, see reader_run(). */
static bool pass_packet(void *ctx, const struct frame *f, uint8_t layout)
{
    struct pass *pass = ctx;
    struct checker *c = pass->c;
    bool big_endian = c->section.big_endian;
    const uint8_t *body = f->raw + FRAME_HEADER_LEN;
    uint32_t id = get_u32(body, big_endian);
    uint64_t ticks = packet_ticks(body, big_endian);
    uint32_t captured = get_u32(body + 12, big_endian);
    uint32_t original = get_u32(body + 16, big_endian);
    const uint8_t *end = body + PACKET_FIELDS_LEN + captured;
    struct check_iface *i = &c->ifaces[id % CHECK_IFACES];
    size_t behind = (size_t)(f->raw + f->len - 4 - end);
    uint32_t snaplen;

    (void)layout;
    if (id >= CHECK_IFACES || i->packets == 0 || ticks == 0 || ticks < i->last || behind >= 4 ||
        !is_zero(f->raw + f->len - 4, behind)) {
        return false;
    }
    snaplen = scapf_reader_interface(c->reader, id)->snaplen;
    if (captured != (snaplen != 0 && snaplen < original ? snaplen : original)) {
        return false;
    }
    if (pass->any && pass->interface != id) {
        note_stretch(pass);
    }
    if (!pass->any) {
        pass->any = true;
        pass->interface = id;
        pass->first = ticks;
    }
    c->block_type = f->type;
    pass->last = i->last = ticks;
    i->max = ticks > i->max ? ticks : i->max;
    i->packets++;
    return true;
}

static void packets_ahead(struct checker *c)
{
    struct pass pass = {.c = c};
    struct reader_want want = {.kind = SCAPF_KIND_PACKET,
                               .last_ns = YEAR_2100_NS - 1,
                               .max = UINT64_MAX,
                               .takes = pass_packet,
                               .ctx = &pass};
    struct reader_run run;

    reader_run(c->reader, &want, &run);
    note_stretch(&pass);
}

void check_ahead(struct checker *c, enum scapf_kind kind)
{
    const struct scapf_ledger *read = scapf_reader_ledger(c->reader);
    uint64_t before = read->blocks;

    if (kind == SCAPF_KIND_EVENT && c->section.events && c->file.any_event_time) {
        events_ahead(c);
    } else if (kind == SCAPF_KIND_PACKET && c->section.packets && !c->section.events) {
        packets_ahead(c);
    }
    c->block += read->blocks - before;
}
