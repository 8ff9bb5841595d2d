/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refind.c - where the next block stands. Where type, length and trailer agree there is
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
#include "stream/refind.h"

#include "block/body.h"
#include "block/frame.h"
#include "block/opt_table.h"
#include "block/types.h"
#include "bytes/cur.h"
#include "event/event.h"

#define SENSE_BLOCKS 16   /* that tell one byte order from the other */
#define SENSE_LEN    1024 /* larger ones are not looked into: hostile input may ask for it often */
#define NEAR         2048 /* of a place, where what reaches across it is looked for */
#define YEAR_2100    UINT64_C(4102444800)

enum scapf_status refind_look(struct refind *f, size_t want, struct refind_sight *s)
{
    enum scapf_status status = src_peek(f->src, want, &s->p, &s->avail);

    s->off = src_tell(f->src);
    s->at_end = s->avail < want;
    return status == SCAPF_E_FORMAT || status == SCAPF_E_TRUNCATED ? SCAPF_OK : status;
}

const struct refind_gap *refind_torn_by(const struct refind_gaps *gaps, uint64_t off, uint64_t len)
{
    for (uint32_t i = 0; gaps != NULL && i < gaps->n; i++) {
        if (off < gaps->list[i].to && gaps->list[i].from < off + len) {
            return &gaps->list[i];
        }
    }
    return NULL;
}

bool refind_is_torn(const struct refind_gaps *gaps, uint64_t off, uint64_t len)
{
    return refind_torn_by(gaps, off, len) != NULL;
}

static bool is_known(const struct refind *f, uint32_t type, uint32_t len)
{
    const struct block_type *row = block_type_find(type);
    const struct scapf_table_number *number;

    return row != NULL ? len >= row->min_len : scapf_schema_table(f->schema, type, &number) != NULL;
}

static bool is_length(const struct refind *f, uint64_t len)
{
    return len >= FRAME_MIN_LEN && len % 4 == 0 && len <= f->max_block;
}

/* The order a section header at p says. */
static bool header_order(const uint8_t *p, bool *big_endian)
{
    *big_endian = get_u32(p + 8, true) == FRAME_BYTE_ORDER_MAGIC;
    return *big_endian || get_u32(p + 8, false) == FRAME_BYTE_ORDER_MAGIC;
}

/* Type and length as a block at p has them; a section header tells its own order. */
static bool header_at(const uint8_t *p, size_t avail, bool *big, uint32_t *type, uint32_t *len)
{
    if (avail < FRAME_MIN_LEN) {
        return false;
    }
    *type = get_u32(p, *big);
    if (*type == SCAPF_BLOCK_SHB && !header_order(p, big)) {
        return false;
    }
    *len = get_u32(p + 4, *big);
    return true;
}

/* A header as a known block has it; whether its trailer agrees is not asked. */
static bool starts_known(const struct refind *f, const uint8_t *p, size_t avail, bool big)
{
    uint32_t type;
    uint32_t len;

    return header_at(p, avail, &big, &type, &len) && is_length(f, len) && is_known(f, type, len);
}

bool refind_starts_block(const struct refind *f, const uint8_t *p, size_t avail, bool big)
{
    uint32_t len;
    uint32_t type;

    if (!header_at(p, avail, &big, &type, &len) || !is_length(f, len) || len > avail ||
        get_u32(p + len - 4, big) != len || type == 0) {
        return false;
    }
    return is_known(f, type, len) || starts_known(f, p + len, avail - len, big);
}

/* Can a block start at p at all, in any byte order? Not without a length. */
static inline bool may_start(const struct refind *f, const uint8_t *p, size_t avail)
{
    return avail >= FRAME_MIN_LEN &&
           (is_length(f, get_u32(p + 4, false)) || is_length(f, get_u32(p + 4, true)));
}

/* Zeros are no lengths, neither in front nor behind: places from p on, behind which the next one is
 * that is worth a look. 4 bytes in front of p count. */
static inline size_t skip_zeros(const uint8_t *p, size_t avail)
{
    size_t n = 0;

    while (n + 8 <= avail + 4 && get_u64(p - 4 + n, false) == 0) {
        n += 8;
    }
    return n >= 16 ? n - 12 : 0;
}

/* Is this a time of our days, in micro- or nanoseconds, or none? */
static bool is_of_our_days(uint64_t ticks)
{
    return ticks == 0 || (ticks >= REFIND_YEAR_1980 * 1000000 && ticks < YEAR_2100 * 1000000) ||
           (ticks >= REFIND_YEAR_1980 * 1000000000 && ticks < YEAR_2100 * 1000000000);
}

/* Does the body of the block at p make sense in this byte order? */
static int sense_of(const struct refind *f, const uint8_t *p, uint32_t len, bool big)
{
    uint32_t type = get_u32(p, big);
    const struct block_type *row = block_type_find(type);
    struct scapf_event event;
    struct body body;

    if (row == NULL || len > SENSE_LEN) {
        return 0;
    }
    if (row->kind == SCAPF_KIND_EVENT) {
        return event_parse(f->schema, row->layout, p + FRAME_HEADER_LEN, len - FRAME_MIN_LEN, 0,
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
    if ((type == SCAPF_BLOCK_EPB || type == SCAPF_BLOCK_ISB) &&
        /* small lengths look alike three bytes off, times do not */
        !is_of_our_days((uint64_t)get_u32(p + 12, big) << 32 | get_u32(p + 16, big))) {
        return 0;
    }
    return row->kind != SCAPF_KIND_INTERFACE || opt_link_type_name(body.interface.link_type) != NULL
               ? 1
               : -1;
}

static int sense_of_row(const struct refind *f, const uint8_t *p, size_t avail, bool big)
{
    int sense = 0;

    for (int i = 0; i < SENSE_BLOCKS && refind_starts_block(f, p, avail, big); i++) {
        uint32_t len;

        if (get_u32(p, true) == SCAPF_BLOCK_SHB) {
            (void)header_order(p, &big); /* another section says its own */
        }
        len = get_u32(p + 4, big);
        sense += sense_of(f, p, len, big);
        p += len;
        avail -= len;
    }
    return sense;
}

bool refind_is_shadow(const struct refind *f, const uint8_t *p, size_t avail, bool big)
{
    size_t len = refind_starts_block(f, p, avail, big) ? get_u32(p + 4, big) : 0;

    for (size_t i = 1; i <= 3 && len <= avail && len >= FRAME_MIN_LEN; i++) { /* its own is cut */
        if (refind_starts_block(f, p + len - i, avail - len + i, !big)) {
            return sense_of_row(f, p, avail, big) <
                   sense_of_row(f, p + len - i, avail - len + i, !big);
        }
    }
    for (size_t i = 1; i <= 3 && i + FRAME_MIN_LEN <= avail; i++) {
        if (refind_starts_block(f, p + i, avail - i, !big)) {
            return sense_of_row(f, p, avail, big) < sense_of_row(f, p + i, avail - i, !big);
        }
    }
    return false;
}

/* ------------------------------------------------------------------ damaged frames */

/* What lies before the search: the window, and the block that should start it. */
struct search {
    struct refind_sight in;
    uint32_t type;
    bool big_endian;
    bool other_order; /* a block in the other byte order was found */
};

static void set_piece(const struct search *s, struct piece *piece, size_t len, bool proven)
{
    *piece = (struct piece){.raw = s->in.p,
                            .len = len,
                            .off = s->in.off,
                            .consumes = len,
                            .type = s->type,
                            .big_endian = s->big_endian,
                            .reframed = true,
                            .proven = proven,
                            .diag = piece->diag};
}

/* One block of an unknown type up to the end of the input? Nothing but two equal numbers shows it,
 * so it has to stand where a block can. */
static bool ends_input(const struct refind *f, const struct search *s, size_t at)
{
    size_t left = s->in.avail - at;

    return s->in.at_end && at % 4 == 0 && is_length(f, left) &&
           get_u32(s->in.p + at + 4, s->big_endian) == left &&
           get_u32(s->in.p + s->in.avail - 4, s->big_endian) == left;
}

/* Does something follow that shows that the block really ends here? */
static bool ends_here(const struct refind *f, const struct search *s, size_t len)
{
    if (len == s->in.avail) {
        return s->in.at_end;
    }
    return starts_known(f, s->in.p + len, s->in.avail - len, s->big_endian) ||
           refind_starts_block(f, s->in.p + len, s->in.avail - len, s->big_endian) ||
           ends_input(f, s, len);
}

/* A header stands where the block would end, without its trailer. Does a whole known block reach
 * across that place? Then it is no header, and the length is wrong. One that starts far before it
 * is not looked for: hostile input may ask for it often. */
static bool is_crossed(const struct refind *f, const struct search *s, size_t len)
{
    bool big = s->big_endian;

    if (len == s->in.avail || refind_starts_block(f, s->in.p + len, s->in.avail - len, big)) {
        return false;
    }
    for (size_t at = len > NEAR ? len - NEAR : FRAME_MIN_LEN; at < len; at++) {
        const uint8_t *p = s->in.p + at;
        size_t left = s->in.avail - at;

        if (may_start(f, p, left) && get_u32(p + 4, big) > len - at &&
            starts_known(f, p, left, big) && refind_starts_block(f, p, left, big)) {
            return true;
        }
    }
    return false;
}

/* What stands where the trailer should is that of a whole known block, which starts inside? Then
 * the length leads across others: bytes of its own block are missing. */
static bool is_trailer_of_inner(const struct refind *f, const struct search *s, size_t len)
{
    size_t inner = get_u32(s->in.p + len - 4, s->big_endian);

    return inner <= len - FRAME_HEADER_LEN &&
           starts_known(f, s->in.p + len - inner, inner, s->big_endian) &&
           get_u32(s->in.p + len - inner + 4, s->big_endian) == inner;
}

/* A known block that seems to start at the distance may reach out of sight: look so far. */
static enum scapf_status see_block(struct refind *f, struct search *s, size_t at)
{
    for (int order = 0; order <= 1 && !s->in.at_end && s->in.avail - at >= FRAME_MIN_LEN; order++) {
        uint32_t len = get_u32(s->in.p + at + 4, order != 0);

        if (len > s->in.avail - at && len <= REFIND_FAR &&
            starts_known(f, s->in.p + at, s->in.avail - at, order != 0)) {
            TRY(refind_look(f, at + len + FRAME_MIN_LEN, &s->in));
        }
    }
    return SCAPF_OK;
}

/* The leading length may be right. A section header whose magic is gone may be of either order. */
static bool trust_length(const struct refind *f, struct search *s, struct piece *piece)
{
    bool big = s->big_endian;

    for (int i = 0; i < (s->type == SCAPF_BLOCK_SHB ? 2 : 1); i++, s->big_endian = !big) {
        uint64_t len = get_u32(s->in.p + 4, s->big_endian);

        if (is_length(f, len) && len <= s->in.avail && is_known(f, s->type, (uint32_t)len) &&
            !refind_is_torn(f->gaps, s->in.off, len) && ends_here(f, s, (size_t)len) &&
            !is_crossed(f, s, (size_t)len) && !is_trailer_of_inner(f, s, (size_t)len)) {
            set_piece(s, piece, (size_t)len, true);
            return true;
        }
    }
    s->big_endian = big;
    return false;
}

/* Is the block at distance at the end of the one in front? */
static bool trust_trailer(const struct refind *f, const struct search *s, size_t at)
{
    return at >= FRAME_MIN_LEN && at % 4 == 0 && get_u32(s->in.p + at - 4, s->big_endian) == at &&
           is_known(f, s->type, (uint32_t)at) && ends_here(f, s, at) &&
           !refind_is_torn(f->gaps, s->in.off, at);
}

/* Another block at this place? One of the other byte order has to be followed by a further one. */
static bool is_next(const struct refind *f, struct search *s, size_t at)
{
    const uint8_t *p = s->in.p + at;
    size_t left = s->in.avail - at;
    bool big = s->big_endian;
    uint32_t len;

    if (left < FRAME_MIN_LEN) {
        return false;
    }
    if (refind_starts_block(f, p, left, big)) {
        bool order = big;

        if (get_u32(p, true) == SCAPF_BLOCK_SHB) {
            (void)header_order(p, &order);
        }
        len = get_u32(p + 4, order);
        return !refind_is_torn(f->gaps, s->in.off + at, len) && !refind_is_shadow(f, p, left, big);
    }
    if (ends_input(f, s, at) && get_u32(p, big) != 0) {
        return !refind_is_torn(f->gaps, s->in.off + at, left);
    }
    len = get_u32(p + 4, !big);
    if (refind_starts_block(f, p, left, !big) && is_known(f, get_u32(p, !big), len) &&
        !refind_is_torn(f->gaps, s->in.off + at, len) &&
        (len == left || refind_starts_block(f, p + len, left - len, !big)) &&
        !refind_is_shadow(f, p, left, !big)) {
        s->other_order = true;
        return true;
    }
    return false;
}

/* The smallest distance at which a block ends or another one starts; 0 = not in the window. */
static enum scapf_status look(struct refind *f, struct search *s, size_t *at, bool *is_trailer)
{
    for (*at = 1; *at <= s->in.avail; (*at)++) {
        if (*at >= 4) {
            *at += skip_zeros(s->in.p + *at, s->in.avail - *at);
        }
        *is_trailer = trust_trailer(f, s, *at);
        if (*is_trailer) {
            return SCAPF_OK;
        }
        if (!may_start(f, s->in.p + *at, s->in.avail - *at)) {
            continue;
        }
        TRY(see_block(f, s, *at));
        if (is_next(f, s, *at)) {
            return SCAPF_OK;
        }
    }
    *at = 0;
    return SCAPF_OK;
}

/* Kinds whose bodies show whether they are whole. */
static bool shows_itself(uint32_t type, size_t len)
{
    const struct block_type *row = block_type_find(type);

    return row != NULL && len >= row->min_len && row->kind != SCAPF_KIND_CUSTOM &&
           row->kind != SCAPF_KIND_JOURNAL && row->kind != SCAPF_KIND_NAMES;
}

static void lose(struct refind *f, const struct search *s, size_t n, const struct scapf_diag *diag,
                 struct refind_lost *lost)
{
    f->lost_section =
        f->lost_section || s->type == SCAPF_BLOCK_SHB ||
        (n >= FRAME_MIN_LEN && get_u32(s->in.p + 8, s->big_endian) == FRAME_BYTE_ORDER_MAGIC);
    *lost = (struct refind_lost){
        .raw = s->in.p, .off = s->in.off, .len = n, .type = s->type, .big_endian = s->big_endian};
    lost->cut = s->in.at_end && n == s->in.avail &&
                (diag->rule == RULE_BLOCK_TRUNCATED || diag->rule == RULE_BLOCK_HEADER_SHORT);
    src_consume(f->src, n);
}

/* A row of blocks of the other byte order, whose header is lost, starts right here. That only the
 * frame of a block was turned round shows in its body. */
static bool is_of_other_order(const struct refind *f, struct search *s)
{
    return s->type != SCAPF_BLOCK_SHB && is_next(f, s, 0) && s->other_order &&
           sense_of(f, s->in.p, get_u32(s->in.p + 4, !s->big_endian), !s->big_endian) >= 0;
}

static void turn_round(struct refind *f)
{
    f->big_endian = !f->big_endian;
    f->lost_section = true;
}

enum scapf_status refind_block(struct refind *f, const struct scapf_diag *diag, struct piece *piece,
                               struct refind_lost *lost)
{
    struct search s = {.big_endian = f->big_endian};
    bool is_trailer = false;
    size_t at;

    TRY(refind_look(f, REFIND_WINDOW, &s.in));
    *piece = (struct piece){.diag = *diag};
    if (s.in.avail < FRAME_MIN_LEN) {
        lose(f, &s, s.in.avail, diag, lost);
        return SCAPF_END;
    }
    s.type = get_u32(s.in.p, s.big_endian);
    if (s.type == SCAPF_BLOCK_SHB) {
        (void)header_order(s.in.p, &s.big_endian);
    }
    TRY(see_block(f, &s, 0));
    if (trust_length(f, &s, piece)) {
        return SCAPF_OK;
    }
    if (is_of_other_order(f, &s)) {
        turn_round(f);
        *lost = (struct refind_lost){.raw = s.in.p, .off = s.in.off, .turned = true};
        return SCAPF_END;
    }
    TRY(look(f, &s, &at, &is_trailer));
    if (at == 0) { /* what might be the start of a block stays, unless nothing comes behind */
        lose(f, &s, s.in.at_end ? s.in.avail : s.in.avail - REFIND_WINDOW / 2, diag, lost);
        return SCAPF_END;
    }
    if (is_trailer || (at >= FRAME_MIN_LEN && at % 4 == 0 && shows_itself(s.type, at) &&
                       !refind_is_torn(f->gaps, s.in.off, at))) {
        /* at the end of a cut block, any number may happen to be the distance to its start */
        set_piece(&s, piece, at, is_trailer && at < s.in.avail);
        return SCAPF_OK;
    }
    lose(f, &s, at, diag, lost);
    if (s.other_order) {
        turn_round(f);
    }
    return SCAPF_END;
}

/* A known block, and behind it another one, or the end. */
static bool is_first(const struct refind *f, const struct search *s, size_t at, bool *big)
{
    const uint8_t *p = s->in.p + at;
    size_t left = s->in.avail - at;
    size_t len;

    if (!refind_starts_block(f, p, left, *big)) {
        return false;
    }
    if (get_u32(p, true) == SCAPF_BLOCK_SHB) {
        (void)header_order(p, big);
    }
    len = get_u32(p + 4, *big);
    return is_known(f, get_u32(p, *big), (uint32_t)len) && !refind_is_shadow(f, p, left, *big) &&
           (len == left ? s->in.at_end : refind_starts_block(f, p + len, left - len, *big));
}

enum scapf_status refind_first(struct refind *f, size_t *at)
{
    struct search s = {.big_endian = f->big_endian};

    TRY(refind_look(f, REFIND_WINDOW, &s.in));
    for (*at = 0; *at + FRAME_MIN_LEN <= s.in.avail; (*at)++) {
        if (*at >= 4) {
            *at += skip_zeros(s.in.p + *at, s.in.avail - *at);
        }
        if (!may_start(f, s.in.p + *at, s.in.avail - *at)) {
            continue;
        }
        for (int order = 0; order <= 1; order++) {
            bool big = order != 0;

            if (is_first(f, &s, *at, &big)) {
                f->big_endian = big;
                return SCAPF_OK;
            }
        }
    }
    *at = s.in.avail;
    return SCAPF_END;
}

/* ------------------------------------------------------------------ breaks of the packing */

void refind_break(struct refind_gaps *gaps, const struct refind_gap *gap)
{
    if (gaps->n < REFIND_GAPS) {
        gaps->list[gaps->n++] = *gap;
    } else {
        struct refind_gap *last = &gaps->list[REFIND_GAPS - 1];
        uint64_t from = last->from;
        uint64_t more = last->told ? 0 : last->raw_len;

        *last = last->told ? *gap : *last; /* only what was not told yet is still to be */
        last->from = from;
        last->to = gap->to;
        last->raw_len = gap->raw_len + more;
    }
}

void refind_forget(struct refind_gaps *gaps, uint64_t off)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < gaps->n; i++) {
        if (gaps->list[i].to > off || !gaps->list[i].told) {
            gaps->list[n++] = gaps->list[i];
        }
    }
    gaps->n = n;
}
