/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader_ahead.c - records that come next and are in memory, without a view of each.
 */
#include "block/option.h"
#include "event/event.h"
#include "stream/reader_impl.h"

bool reader_look(struct scapf_reader *r, struct reader_window *w)
{
    reader_done(r);
    *w = (struct reader_window){.from = r->src->p,
                                .p = r->src->p,
                                .end = r->src->end,
                                .max_block = r->max_block,
                                .big_endian = r->section.pub.big_endian,
                                .number = SCAPF_BLOCK_SHB}; /* none that is whole, see frame.h */
    return r->status == SCAPF_OK && r->mode == MODE_PCAPNG && !r->foreign_section &&
           (r->gaps == NULL || r->gaps->n == 0);
}

void reader_pass(struct scapf_reader *r, struct reader_window *w)
{
    enum scapf_kind kind = w->type != NULL ? w->type->kind : SCAPF_KIND_UNKNOWN;

    if (w->n > 0) {
        reader_count_blocks(r, w->number, w->n, (size_t)(w->p - w->from));
        r->ledger.by_kind[kind] += w->n;
        r->ledger.known += w->n;
        r->section.pub.events += kind == SCAPF_KIND_EVENT ? w->n : 0;
        r->section.pub.packets += kind == SCAPF_KIND_PACKET ? w->n : 0;
    }
    src_consume(r->src, (size_t)(w->p - w->from));
    w->from = w->p;
    w->n = 0;
}

bool reader_turn(struct scapf_reader *r, struct reader_window *w, uint32_t number,
                 enum scapf_kind kind)
{
    reader_pass(r, w);
    w->number = number;
    w->type = reader_find_type(r, number);
    return w->type != NULL && w->type->kind == kind;
}

/* ------------------------------------------------------------------ as one piece */

/* The range of time in units of the interface of the packet before. */
struct tick_range {
    uint32_t interface;
    bool looked, any;
    uint64_t first, last;
};

static bool is_wanted_packet(struct scapf_reader *r, const struct reader_want *want,
                             const struct frame *f, struct tick_range *range)
{
    uint32_t id;
    uint64_t ticks;

    if (f->type != SCAPF_BLOCK_EPB || !packet_is_plain(&r->section, f->raw + FRAME_HEADER_LEN,
                                                       f->len - FRAME_MIN_LEN, &id, &ticks)) {
        return false;
    }
    if (!range->looked || range->interface != id) {
        range->looked = true;
        range->interface = id;
        range->any = section_tick_range(&r->section.interfaces[id], want->first_ns, want->last_ns,
                                        &range->first, &range->last);
    }
    if (!range->any || ticks < range->first || ticks > range->last ||
        (want->takes != NULL && !want->takes(want->ctx, f, 0))) {
        return false;
    }
    r->section.interfaces[id].pub.packets++;
    return true;
}

static bool is_wanted_event(const struct scapf_reader *r, const struct reader_want *want,
                            const struct frame *f, uint8_t layout)
{
    uint64_t ts_ns;

    return event_is_plain(r->schema, layout, f->raw + FRAME_HEADER_LEN, f->len - FRAME_MIN_LEN,
                          r->section.pub.big_endian, &ts_ns) &&
           ts_ns >= want->first_ns && ts_ns <= want->last_ns &&
           (want->takes == NULL || want->takes(want->ctx, f, layout));
}

void reader_run(struct scapf_reader *r, const struct reader_want *want, struct reader_run *run)
{
    struct tick_range range = {.looked = false};
    struct reader_window w;
    bool can = reader_look(r, &w);
    struct frame f;

    *run = (struct reader_run){.raw = w.p, .big_endian = w.big_endian};
    while (can && run->n < want->max && reader_frame(&w, w.big_endian, &f)) {
        if ((w.number != f.type && !reader_turn(r, &w, f.type, want->kind)) ||
            !(want->kind == SCAPF_KIND_EVENT ? is_wanted_event(r, want, &f, w.type->layout)
                                             : is_wanted_packet(r, want, &f, &range))) {
            break;
        }
        w.p += f.len;
        w.n++;
        run->n++;
    }
    run->len = (size_t)(w.p - run->raw);
    reader_pass(r, &w);
}

/* ------------------------------------------------------------------ one by one */

static bool allows_copy(const struct frame *f)
{
    uint32_t captured = get_u32(f->raw + FRAME_HEADER_LEN + 12, false);
    size_t at = FRAME_HEADER_LEN + PACKET_FIELDS_LEN + (((size_t)captured + 3) & ~(size_t)3);
    size_t end = f->len - FRAME_TRAILER_LEN;

    return at >= end || options_allow_copy(f->raw + at, end - at);
}

uint32_t reader_packets(struct scapf_reader *r, struct reader_packet *packets, uint32_t max)
{
    struct reader_window w;
    bool can = reader_look(r, &w) && !w.big_endian;
    struct frame f;
    uint32_t n = 0;

    while (can && n < max && reader_frame(&w, false, &f) && f.type == SCAPF_BLOCK_EPB &&
           (w.number == f.type || reader_turn(r, &w, f.type, SCAPF_KIND_PACKET))) {
        struct reader_packet *p = &packets[n];
        uint64_t ticks;

        if (!packet_is_plain(&r->section, f.raw + FRAME_HEADER_LEN, f.len - FRAME_MIN_LEN,
                             &p->interface, &ticks) ||
            !section_plain_ns(&r->section.interfaces[p->interface], ticks, &p->ts_ns) ||
            !allows_copy(&f)) {
            break;
        }
        p->raw = f.raw;
        p->len = f.len;
        r->section.interfaces[p->interface].pub.packets++;
        w.p += f.len;
        w.n++;
        n++;
    }
    reader_pass(r, &w);
    return n;
}
