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

/* Are all lengths as the event's parameters have them, the texts ended, and is that all of it? */
static ALWAYS_INLINE bool is_shaped(const struct check_shape *shape, const uint8_t *lengths,
                                    uint32_t n, uint32_t size, const uint8_t *end, bool big_endian)
{
    const uint8_t *p = lengths + (size_t)n * size;

    for (uint32_t i = 0; i < n; i++, lengths += size) {
        uint32_t len = size == 2 ? get_u16(lengths, big_endian) : get_u32(lengths, big_endian);
        uint32_t want = i < shape->n_params ? shape->sizes[i] : CHECK_ANY_SIZE;

        if (len != want && want != CHECK_ANY_SIZE &&
            (want != 0 || (shape->texts >> i & 1) == 0 || memchr(p, 0, len) != p + len - 1)) {
            return false;
        }
        p += len;
    }
    return p == end;
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
        !check_pairing(c, plan, thread, get_u16(event + 20, big_endian))) {
        return false;
    }
    thread->ts = on->ts = ts;
    check_widen(&c->file.event_min, &c->file.event_max, &c->file.any_event_time, ts);
    return true;
}

static inline bool is_zero(const uint8_t *p, const uint8_t *end)
{
    while (p < end && *p == 0) {
        p++;
    }
    return p == end;
}

static ALWAYS_INLINE bool pass_in_order(struct checker *c, const struct frame *f, uint8_t layout,
                                        bool big_endian)
{
    bool large = (layout & EVENT_LAYOUT_LARGE) != 0;
    const uint8_t *body = f->raw + FRAME_HEADER_LEN;
    const uint8_t *event = body + 2;
    const uint8_t *end = event + get_u32(event + 16, big_endian);
    uint16_t code = get_u16(event + 20, big_endian);
    uint32_t n = get_u32(event + 22, big_endian);
    uint16_t cpu = get_u16(body, big_endian);
    const struct check_shape *shape;
    const struct check_plan *plan;

    if ((layout & EVENT_LAYOUT_FLAGS) != 0 || code >= CHECK_PLAN_CODES || n >= CHECK_PLAN_PARAMS ||
        f->len > CHECK_SMALL_BLOCK || (c->section.cpus != 0 && cpu >= c->section.cpus)) {
        return false;
    }
    shape = &c->shapes[code];
    plan = &c->plans[code][n];
    return shape->info != NULL && plan->known != 0 &&
           ((shape->info->flags & SCAPF_EF_LARGE_PAYLOAD) != 0) == large &&
           f->raw + f->len - 4 - end < 4 && is_zero(end, f->raw + f->len - 4) &&
           (large ? is_shaped(shape, event + EVENT_HEADER_V2_LEN, n, 4, end, big_endian)
                  : is_shaped(shape, event + EVENT_HEADER_V2_LEN, n, 2, end, big_endian)) &&
           follows(c, plan, event, cpu, big_endian);
}

/* A whole event of a known code, see reader_run(). */
static bool pass_event(void *ctx, const struct frame *f, uint8_t layout)
{
    struct checker *c = ((struct pass *)ctx)->c;

    return c->section.big_endian ? pass_in_order(c, f, layout, true)
                                 : pass_in_order(c, f, layout, false);
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
    uint32_t snaplen;

    (void)layout;
    if (id >= CHECK_IFACES || i->packets == 0 || ticks == 0 || ticks < i->last ||
        f->raw + f->len - 4 - end >= 4 || !is_zero(end, f->raw + f->len - 4)) {
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
    pass->last = i->last = ticks;
    i->max = ticks > i->max ? ticks : i->max;
    i->packets++;
    return true;
}

void check_ahead(struct checker *c, enum scapf_kind kind)
{
    struct pass pass = {.c = c};
    struct reader_want want = {.kind = kind, .max = UINT64_MAX, .ctx = &pass};
    struct reader_run run;

    if (kind == SCAPF_KIND_EVENT && c->section.events && c->file.any_event_time) {
        want.last_ns = UINT64_MAX;
        want.takes = pass_event;
    } else if (kind == SCAPF_KIND_PACKET && c->section.packets && !c->section.events) {
        want.last_ns = YEAR_2100_NS - 1;
        want.takes = pass_packet;
    } else {
        return;
    }
    reader_run(c->reader, &want, &run);
    note_stretch(&pass);
}
