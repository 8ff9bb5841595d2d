/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repair_frame.c - where the next block stands. Where type, length and trailer agree there is
 * nothing to find. Else, in this order:
 *
 *   the leading length leads to another block: the trailer is wrong
 *   the trailer at some distance says just that distance, and another block follows: the leading
 *     length is wrong
 *   the stretch up to the next block is one that breaks no rule: both lengths are wrong
 *   bytes are lost up to the next block
 *
 * The next block is one of a known type with equal lengths in front and behind, in the byte order
 * of the section or, with a section header, the other one; or one of an unknown type that is
 * followed by a known one. Each byte is looked at once: what is searched is consumed afterwards.
 */
#include "block/body.h"
#include "block/frame.h"
#include "block/opt_table.h"
#include "block/types.h"
#include "bytes/cur.h"
#include "check/repair.h"
#include "event/event.h"

#define SENSE_BLOCKS 16   /* that tell one byte order from the other */
#define SENSE_LEN    1024 /* larger ones are not looked into: hostile input may ask for it often */

bool repair_is_torn(const struct repair *r, uint64_t off, uint64_t len)
{
    for (uint32_t i = 0; i < r->n_gaps; i++) {
        if (off < r->gaps[i].to && r->gaps[i].from < off + len) {
            return true;
        }
    }
    return false;
}

static bool is_known(const struct repair *r, uint32_t type, uint32_t len)
{
    const struct block_type *row = block_type_find(type);
    const struct scapf_table_number *number;

    return row != NULL ? len >= row->min_len : scapf_schema_table(r->schema, type, &number) != NULL;
}

static bool is_length(const struct repair *r, uint64_t len)
{
    return len >= FRAME_MIN_LEN && len % 4 == 0 && len <= r->max_block;
}

/* The order a section header at p says. */
static bool header_order(const uint8_t *p, bool *big_endian)
{
    *big_endian = get_u32(p + 8, true) == FRAME_BYTE_ORDER_MAGIC;
    return *big_endian || get_u32(p + 8, false) == FRAME_BYTE_ORDER_MAGIC;
}

/* A header as a known block has it; whether its trailer agrees is not asked. */
static bool starts_known(const struct repair *r, const uint8_t *p, size_t avail, bool big)
{
    uint32_t type;
    uint32_t len;

    if (avail < FRAME_MIN_LEN) {
        return false;
    }
    type = get_u32(p, big);
    if (type == SCAPF_BLOCK_SHB && !header_order(p, &big)) {
        return false;
    }
    len = get_u32(p + 4, big);
    return is_length(r, len) && is_known(r, type, len);
}

bool repair_starts_block(const struct repair *r, const uint8_t *p, size_t avail, bool big)
{
    uint32_t len;
    uint32_t type;

    if (avail < FRAME_MIN_LEN) {
        return false;
    }
    type = get_u32(p, big);
    if (type == SCAPF_BLOCK_SHB && !header_order(p, &big)) {
        return false;
    }
    len = get_u32(p + 4, big);
    if (!is_length(r, len) || len > avail || get_u32(p + len - 4, big) != len || type == 0) {
        return false;
    }
    return is_known(r, type, len) || starts_known(r, p + len, avail - len, big);
}

/* Does the body of the block at p make sense in this byte order? */
static int sense_of(const struct repair *r, const uint8_t *p, uint32_t len, bool big)
{
    uint32_t type = get_u32(p, big);
    const struct block_type *row = block_type_find(type);
    struct scapf_event event;
    struct body body;

    if (row == NULL || len > SENSE_LEN) {
        return 0;
    }
    if (row->kind == SCAPF_KIND_EVENT) {
        return event_parse(r->schema, row->layout, p + FRAME_HEADER_LEN, len - FRAME_MIN_LEN, 0,
                           big, &event, NULL) == SCAPF_OK
                   ? 1
                   : -1;
    }
    if (!body_known(type)) {
        return get_u32(p + FRAME_HEADER_LEN, big) < 1u << 16 ? 1 : -1; /* counts, lengths, ids */
    }
    if (body_decode(type, p + FRAME_HEADER_LEN, len - FRAME_MIN_LEN, 0, big, &body, NULL) !=
        SCAPF_OK) {
        return -1;
    }
    return row->kind != SCAPF_KIND_INTERFACE || opt_link_type_name(body.interface.link_type) != NULL
               ? 1
               : -1;
}

static int sense_of_row(const struct repair *r, const uint8_t *p, size_t avail, bool big)
{
    int sense = 0;

    for (int i = 0; i < SENSE_BLOCKS && repair_starts_block(r, p, avail, big); i++) {
        uint32_t len = get_u32(p + 4, big);

        sense += sense_of(r, p, len, big);
        p += len;
        avail -= len;
    }
    return sense;
}

bool repair_is_shadow(const struct repair *r, const uint8_t *p, size_t avail, bool big)
{
    for (size_t i = 1; i <= 3 && i + FRAME_MIN_LEN <= avail; i++) {
        if (repair_starts_block(r, p + i, avail - i, !big)) {
            return sense_of_row(r, p, avail, big) < sense_of_row(r, p + i, avail - i, !big);
        }
    }
    return false;
}

/* ------------------------------------------------------------------ damaged frames */

/* What lies before the search: the window, and the block that should start it. */
struct search {
    const uint8_t *p;
    size_t avail;
    uint64_t off;
    uint32_t type;
    bool at_end, big_endian;
    bool other_order; /* a block in the other byte order was found */
};

static void set_piece(const struct search *s, struct piece *piece, size_t len, bool proven)
{
    *piece = (struct piece){.raw = s->p,
                            .len = len,
                            .off = s->off,
                            .consumes = len,
                            .type = s->type,
                            .big_endian = s->big_endian,
                            .reframed = true,
                            .proven = proven,
                            .diag = piece->diag};
}

/* One block of an unknown type up to the end of the input? */
static bool ends_input(const struct repair *r, const struct search *s, size_t at)
{
    size_t left = s->avail - at;

    return s->at_end && is_length(r, left) && get_u32(s->p + at + 4, s->big_endian) == left &&
           get_u32(s->p + s->avail - 4, s->big_endian) == left;
}

/* Does something follow that shows that the block really ends here? */
static bool ends_here(const struct repair *r, const struct search *s, size_t len)
{
    if (len == s->avail) {
        return s->at_end;
    }
    return starts_known(r, s->p + len, s->avail - len, s->big_endian) ||
           repair_starts_block(r, s->p + len, s->avail - len, s->big_endian) ||
           ends_input(r, s, len);
}

/* The leading length may be right. A section header whose magic is gone may be of either order. */
static bool trust_length(const struct repair *r, struct search *s, struct piece *piece)
{
    bool big = s->big_endian;

    for (int i = 0; i < (s->type == SCAPF_BLOCK_SHB ? 2 : 1); i++, s->big_endian = !big) {
        uint64_t len = get_u32(s->p + 4, s->big_endian);

        if (is_length(r, len) && len <= s->avail && is_known(r, s->type, (uint32_t)len) &&
            !repair_is_torn(r, s->off, len) && ends_here(r, s, (size_t)len)) {
            set_piece(s, piece, (size_t)len, true);
            return true;
        }
    }
    s->big_endian = big;
    return false;
}

/* Is the block at distance at the end of the one in front? */
static bool trust_trailer(const struct repair *r, const struct search *s, size_t at)
{
    return at >= FRAME_MIN_LEN && at % 4 == 0 && get_u32(s->p + at - 4, s->big_endian) == at &&
           is_known(r, s->type, (uint32_t)at) && ends_here(r, s, at) &&
           !repair_is_torn(r, s->off, at);
}

/* Another block at this place? One of the other byte order has to be followed by a further one. */
static bool is_next(const struct repair *r, struct search *s, size_t at)
{
    const uint8_t *p = s->p + at;
    size_t left = s->avail - at;
    bool big = s->big_endian;
    uint32_t len;

    if (left < FRAME_MIN_LEN) {
        return false;
    }
    if (repair_starts_block(r, p, left, big)) {
        bool order = big;

        if (get_u32(p, true) == SCAPF_BLOCK_SHB) {
            (void)header_order(p, &order);
        }
        len = get_u32(p + 4, order);
        return !repair_is_torn(r, s->off + at, len) && !repair_is_shadow(r, p, left, big);
    }
    len = get_u32(p + 4, !big);
    if (repair_starts_block(r, p, left, !big) && is_known(r, get_u32(p, !big), len) &&
        !repair_is_torn(r, s->off + at, len) &&
        (len == left || repair_starts_block(r, p + len, left - len, !big)) &&
        !repair_is_shadow(r, p, left, !big)) {
        s->other_order = true;
        return true;
    }
    return false;
}

/* The smallest distance at which a block ends or another one starts; 0 = not in the window. */
static size_t look(const struct repair *r, struct search *s, bool *is_trailer)
{
    for (size_t at = 1; at <= s->avail; at++) {
        *is_trailer = trust_trailer(r, s, at);
        if (*is_trailer || is_next(r, s, at)) {
            return at;
        }
    }
    return 0;
}

/* Kinds whose bodies show whether they are whole. */
static bool shows_itself(uint32_t type, size_t len)
{
    const struct block_type *row = block_type_find(type);

    return row != NULL && len >= row->min_len && row->kind != SCAPF_KIND_CUSTOM &&
           row->kind != SCAPF_KIND_JOURNAL && row->kind != SCAPF_KIND_NAMES;
}

static enum scapf_status lose(struct repair *r, const struct search *s, size_t n,
                              const struct scapf_diag *diag)
{
    bool cut = s->at_end && n == s->avail &&
               (diag->rule == RULE_BLOCK_TRUNCATED || diag->rule == RULE_BLOCK_HEADER_SHORT);

    r->lost_section =
        r->lost_section || s->type == SCAPF_BLOCK_SHB ||
        (n >= FRAME_MIN_LEN && get_u32(s->p + 8, s->big_endian) == FRAME_BYTE_ORDER_MAGIC);
    repair_lose(r, cut ? SCAPF_MEND_LOST_CUT : SCAPF_MEND_LOST_BYTES, s->off, n, diag);
    src_consume(r->src, n);
    return SCAPF_OK;
}

/* No whole block here. OK when *piece is one; END when bytes were lost and the search goes on. */
static enum scapf_status salvage(struct repair *r, const struct scapf_diag *diag,
                                 struct piece *piece)
{
    struct search s = {.off = src_tell(r->src), .big_endian = r->big_endian};
    bool is_trailer = false;
    enum scapf_status status = src_peek(r->src, REPAIR_WINDOW, &s.p, &s.avail);
    size_t at;

    if (status < 0 && status != SCAPF_E_FORMAT && status != SCAPF_E_TRUNCATED) {
        r->diag = *src_diag(r->src);
        return status;
    }
    s.at_end = s.avail < REPAIR_WINDOW;
    piece->diag = *diag;
    if (s.avail < FRAME_MIN_LEN) {
        (void)lose(r, &s, s.avail, diag);
        return SCAPF_END;
    }
    s.type = get_u32(s.p, s.big_endian);
    if (s.type == SCAPF_BLOCK_SHB) {
        (void)header_order(s.p, &s.big_endian);
    }
    if (trust_length(r, &s, piece)) {
        return SCAPF_OK;
    }
    at = look(r, &s, &is_trailer);
    if (at == 0) { /* what might be the start of a block stays, unless nothing comes behind */
        (void)lose(r, &s, s.at_end ? s.avail : s.avail - REPAIR_WINDOW / 2, diag);
        return SCAPF_END;
    }
    if (is_trailer || (at >= FRAME_MIN_LEN && at % 4 == 0 && shows_itself(s.type, at) &&
                       !repair_is_torn(r, s.off, at))) {
        /* at the end of a cut block, any number may happen to be the distance to its start */
        set_piece(&s, piece, at, is_trailer && at < s.avail);
        return SCAPF_OK;
    }
    (void)lose(r, &s, at, diag);
    if (s.other_order) {
        r->big_endian = !r->big_endian;
        r->lost_section = true;
    }
    return SCAPF_END;
}

/* ------------------------------------------------------------------ the next block */

/* Give a reframed block its lengths, in a copy. */
static enum scapf_status reframe(struct repair *r, struct piece *piece)
{
    uint8_t *p;

    out_clear(&r->frame);
    out_bytes(&r->frame, piece->raw, piece->len);
    if (out_status(&r->frame) < 0) {
        return repair_memory(r);
    }
    p = r->frame.bytes;
    r->frame.big_endian = piece->big_endian;
    if (piece->type == SCAPF_BLOCK_SHB) {
        out_fill_u32(&r->frame, (struct out_mark){8}, FRAME_BYTE_ORDER_MAGIC);
    }
    out_fill_u32(&r->frame, (struct out_mark){4}, (uint32_t)piece->len);
    out_fill_u32(&r->frame, (struct out_mark){piece->len - 4}, (uint32_t)piece->len);
    piece->raw = p;
    return SCAPF_OK;
}

/* Breaks that lie behind. */
static void forget_gaps(struct repair *r)
{
    uint64_t at = src_tell(r->src);
    uint32_t n = 0;

    for (uint32_t i = 0; i < r->n_gaps; i++) {
        if (r->gaps[i].to > at) {
            r->gaps[n++] = r->gaps[i];
        }
    }
    r->n_gaps = n;
}

enum scapf_status repair_find(struct repair *r, struct piece *piece)
{
    struct scapf_diag diag = {0};
    struct frame f;
    enum scapf_status status;

    for (;;) {
        if (r->n_gaps > 0) {
            forget_gaps(r);
        }
        status = frame_peek(r->src, r->big_endian, r->max_block, &f, &diag);
        if (status == SCAPF_END) {
            return status;
        }
        if (status == SCAPF_OK && (r->n_gaps == 0 || !repair_is_torn(r, f.off, f.len))) {
            *piece = (struct piece){.raw = f.raw,
                                    .len = f.len,
                                    .off = f.off,
                                    .consumes = f.len,
                                    .type = f.type,
                                    .big_endian = f.big_endian,
                                    .proven = true};
            return SCAPF_OK;
        }
        if (status == SCAPF_E_IO || status == SCAPF_E_NOMEM) {
            r->diag = diag;
            return status;
        }
        *piece = (struct piece){.raw = NULL};
        status = salvage(r, &diag, piece);
        if (status == SCAPF_OK) {
            return reframe(r, piece);
        }
        if (status < 0) {
            return status;
        }
    }
}
