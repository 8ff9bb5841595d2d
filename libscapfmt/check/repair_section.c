/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repair_section.c - section headers and interfaces. They change what blocks behind them mean, so
 * they are tried aside before they are shown as part of the output.
 *
 * Interface ids of the output count what is in the output: a description that was lost or made up
 * moves them, and packets and statistics follow.
 */
#include "check/repair.h"

#include "base/mem.h"
#include "block/frame.h"
#include "block/opt_table.h"
#include "block/section.h"
#include "block/types.h"
#include "bytes/cur.h"

#define SHB_MAJOR_AT  12u
#define SHB_MINOR_AT  14u
#define SHB_LENGTH_AT 16u
#define SIGHT         ((size_t)64 << 10) /* in which a packet tells of a lost interface */
#define YEAR_2100_US  UINT64_C(4102444800000000)

/* ------------------------------------------------------------------ sections */

static bool is_scap(uint32_t type)
{
    const struct block_type *row = block_type_find(type);

    return row != NULL && (row->kind == SCAPF_KIND_EVENT || row->kind == SCAPF_KIND_TABLE);
}

static void begin_section(struct repair *r, bool big_endian)
{
    r->in_section = true;
    r->find.lost_section = false;
    r->harmed = r->has_processes = r->told_processes = false;
    r->find.big_endian = big_endian;
    r->n_in = r->n_out = r->n_ghosts = 0;
}

enum scapf_status repair_add_section(struct repair *r, const struct piece *before)
{
    size_t start;

    begin_section(r, before->big_endian);
    out_clear(&r->spare);
    start = repair_begin(&r->spare, SCAPF_BLOCK_SHB, r->find.big_endian);
    out_u32(&r->spare, FRAME_BYTE_ORDER_MAGIC);
    out_u16(&r->spare, 1);
    out_u16(&r->spare, is_scap(before->type) ? 2 : 0);
    out_u64(&r->spare, UINT64_MAX);
    (void)repair_end(&r->spare, start);
    return repair_add(r, &r->spare, SCAPF_MEND_SECTION_ADDED, before->off);
}

/* What a header says beyond its options. A minor version that is neither 0 nor 2 is no error in a
 * scap, but that it is one shows only behind it, and may be lost. */
static void mend_header(struct repair *r, const struct piece *piece, uint32_t next_type)
{
    struct out *o = &r->block;
    bool big = piece->big_endian;
    uint64_t length = get_u64(o->bytes + SHB_LENGTH_AT, big);
    uint16_t minor = get_u16(o->bytes + SHB_MINOR_AT, big);

    o->big_endian = big;
    if (get_u16(o->bytes + SHB_MAJOR_AT, big) != 1) {
        out_fill_u16(o, (struct out_mark){SHB_MAJOR_AT}, 1);
        repair_did(r, SCAPF_MEND_SECTION_HEADER);
    }
    if (minor != 0 && minor != 2) {
        out_fill_u16(o, (struct out_mark){SHB_MINOR_AT}, is_scap(next_type) ? 2 : 0);
        repair_did(r, SCAPF_MEND_SECTION_HEADER);
    }
    if (length != UINT64_MAX) {
        out_fill_u32(o, (struct out_mark){SHB_LENGTH_AT}, UINT32_MAX);
        out_fill_u32(o, (struct out_mark){SHB_LENGTH_AT + 4}, UINT32_MAX);
        repair_did(r, SCAPF_MEND_SECTION_LENGTH);
    }
}

/* Show a block of its own to the judge aside, mended until it passes; the result is in r->block. */
static enum scapf_status try_aside(struct repair *r, struct piece *piece, bool *passed,
                                   struct scapf_diag *first)
{
    *passed = false;
    for (unsigned round = 0; round < REPAIR_ROUNDS; round++) {
        TRY(repair_show(r, &r->aside, piece->raw, piece->len));
        if (r->aside.error.rule == RULE_NONE) {
            *passed = true;
            return SCAPF_OK;
        }
        if (round == 0) {
            *first = repair_in_input(&r->aside.error, piece);
        }
        if (!piece->proven) {
            return SCAPF_OK;
        }
        out_clear(&r->spare);
        if (!repair_block(r, piece, &r->aside.error, round, &r->spare)) {
            return out_status(&r->spare) < 0 ? repair_memory(r) : SCAPF_OK;
        }
        {
            struct out other = r->block;

            r->block = r->spare;
            r->spare = other;
        }
        piece->raw = r->block.bytes;
        piece->len = r->block.len;
    }
    return SCAPF_OK;
}

static enum scapf_status own_copy(struct repair *r, struct piece *piece)
{
    if (piece->raw == r->block.bytes) {
        return SCAPF_OK;
    }
    out_clear(&r->block);
    out_bytes(&r->block, piece->raw, piece->len);
    if (out_status(&r->block) < 0) {
        return repair_memory(r);
    }
    piece->raw = r->block.bytes;
    return SCAPF_OK;
}

enum scapf_status repair_section(struct repair *r, struct piece *piece)
{
    struct scapf_diag first = {0};
    const uint8_t *p;
    size_t avail;
    uint32_t next = 0;
    bool passed;

    /* the source still shows the block: what follows it lies behind */
    if (src_peek(r->find.src, piece->consumes + 4, &p, &avail) == SCAPF_OK &&
        avail >= piece->consumes + 4) {
        next = get_u32(p + piece->consumes, piece->big_endian);
        if (!piece->reframed) {
            piece->raw = p;
        }
    }
    TRY(own_copy(r, piece));
    mend_header(r, piece, next);
    TRY(try_aside(r, piece, &passed, &first));
    if (!passed) {
        r->find.lost_section = true;
        return repair_lose_piece(r, piece, &first);
    }
    begin_section(r, piece->big_endian);
    TRY(repair_show(r, &r->judge, piece->raw, piece->len));
    return repair_write_piece(r, piece, &first);
}

/* ------------------------------------------------------------------ interfaces */

/* The next id of the input is that of the output. */
static enum scapf_status map_interface(struct repair *r, uint32_t out)
{
    if (r->n_in == r->map_cap) {
        uint32_t cap = r->map_cap == 0 ? 16 : r->map_cap * 2;
        uint32_t *map = mem_resize_array(r->alloc, r->map, cap, sizeof(*map));

        if (map == NULL) {
            return repair_memory(r);
        }
        r->map = map;
        r->map_cap = cap;
    }
    r->map[r->n_in++] = out;
    return SCAPF_OK;
}

static void put_plain_interface(struct out *o, bool big_endian, uint16_t link_type,
                                uint32_t snaplen, uint8_t tsresol)
{
    size_t start = repair_begin(o, SCAPF_BLOCK_IDB, big_endian);

    out_u16(o, link_type);
    out_u16(o, 0);
    out_u32(o, snaplen);
    if (tsresol != 6) {
        out_u16(o, 9);
        out_u16(o, 1);
        out_u8(o, tsresol);
        out_zero(o, 3);
        out_u32(o, 0);
    }
    (void)repair_end(o, start);
}

/* An interface like that of a packet, or of whatever else refers to it. */
static struct scapf_interface guess_interface(const struct piece *piece)
{
    struct scapf_interface like = {.link_type = REPAIR_LINK_UNKNOWN, .tsresol = 6};
    bool enhanced = piece->type != SCAPF_BLOCK_SPB && piece->type != SCAPF_BLOCK_ISB;
    size_t data = enhanced ? 28 : 12;
    bool big = piece->big_endian;

    if (piece->type != SCAPF_BLOCK_ISB && piece->len > data + 4) {
        like.link_type = repair_guess_link(piece->raw + data, piece->len - data - 4);
    }
    if (enhanced && piece->len >= 32 &&
        ((uint64_t)get_u32(piece->raw + 12, big) << 32 | get_u32(piece->raw + 16, big)) >
            YEAR_2100_US) {
        like.tsresol = 9;
    }
    return like;
}

static enum scapf_status add_interface(struct repair *r, const struct piece *before,
                                       const struct scapf_interface *like, uint32_t *id)
{
    if (r->n_out >= SECTION_MAX_INTERFACES) {
        *id = r->n_out - 1;
        return SCAPF_OK;
    }
    out_clear(&r->spare);
    put_plain_interface(&r->spare, before->big_endian, like->link_type, like->snaplen,
                        like->tsresol);
    *id = r->n_out++;
    return repair_add(r, &r->spare, SCAPF_MEND_INTERFACE_ADDED, before->off);
}

/* The first packet of an interface in the blocks from a distance on, if it is near. False when
 * there is nothing at all. */
static bool see_packet_of(struct repair *r, uint32_t id, size_t from, struct piece *packet)
{
    bool big = packet->big_endian;
    const uint8_t *p;
    size_t avail;
    uint32_t len;

    (void)src_peek(r->find.src, from + SIGHT, &p, &avail);
    for (size_t at = from; at < avail && refind_starts_block(&r->find, p + at, avail - at, big);
         at += len) {
        len = get_u32(p + at + 4, big);
        if (get_u32(p + at, big) == SCAPF_BLOCK_SHB) { /* what follows has interfaces of its own */
            break;
        }
        if (get_u32(p + at, big) == SCAPF_BLOCK_EPB && get_u32(p + at + 8, big) == id) {
            packet->raw = p + at;
            packet->len = len;
            packet->type = SCAPF_BLOCK_EPB;
            break;
        }
    }
    return avail > from;
}

enum scapf_status repair_lost_interface(struct repair *r, const struct refind_lost *lost,
                                        size_t next)
{
    bool has_link = lost->len >= 12;
    uint16_t link = has_link ? get_u16(lost->raw + 8, lost->big_endian) : 0;
    struct piece packet = {.off = lost->off, .big_endian = lost->big_endian};
    struct scapf_interface like;
    uint32_t out;

    if (!r->in_section || r->find.lost_section || r->n_out >= SECTION_MAX_INTERFACES ||
        !see_packet_of(r, r->n_in, next, &packet)) {
        return SCAPF_OK;
    }
    like = guess_interface(&packet);
    if (like.link_type == REPAIR_LINK_UNKNOWN && has_link && opt_link_type_name(link) != NULL) {
        like.link_type = link;
    }
    TRY(add_interface(r, &packet, &like, &out));
    return map_interface(r, out);
}

enum scapf_status repair_interface(struct repair *r, struct piece *piece)
{
    struct scapf_diag first = {0};
    bool passed;

    if (r->n_out >= SECTION_MAX_INTERFACES) {
        (void)diag_set(&first, SCAPF_E_LIMIT, RULE_INTERFACE_LIMIT, piece->off, r->n_out,
                       SECTION_MAX_INTERFACES);
        return repair_lose_piece(r, piece, &first);
    }
    out_clear(&r->spare); /* descriptions count from 0 in a section of their own */
    {
        size_t start = repair_begin(&r->spare, SCAPF_BLOCK_SHB, piece->big_endian);

        out_u32(&r->spare, FRAME_BYTE_ORDER_MAGIC);
        out_u32(&r->spare, piece->big_endian ? 0x00010000 : 0x00000001);
        out_u64(&r->spare, UINT64_MAX);
        if (!repair_end(&r->spare, start)) {
            return repair_memory(r);
        }
    }
    TRY(repair_show(r, &r->aside, r->spare.bytes, r->spare.len));
    TRY(try_aside(r, piece, &passed, &first));
    if (!passed && !piece->proven) {
        const struct refind_lost lost = {.raw = piece->raw,
                                         .big_endian = piece->big_endian,
                                         .off = piece->off,
                                         .len = piece->consumes,
                                         .type = piece->type};

        TRY(repair_lose_piece(r, piece, &first));
        return repair_lost_interface(r, &lost, piece->consumes);
    }
    if (!passed) { /* its id has to be taken all the same */
        uint16_t link =
            piece->len >= 14 ? get_u16(piece->raw + 8, piece->big_endian) : REPAIR_LINK_UNKNOWN;

        out_clear(&r->block);
        put_plain_interface(&r->block, piece->big_endian, link, 0, 6);
        if (out_status(&r->block) < 0) {
            return repair_memory(r);
        }
        piece->raw = r->block.bytes;
        piece->len = r->block.len;
        repair_did(r, SCAPF_MEND_INTERFACE);
    }
    TRY(map_interface(r, r->n_out++));
    TRY(repair_show(r, &r->judge, piece->raw, piece->len));
    return repair_write_piece(r, piece, &first);
}

/* The output's id of an id of the input; an interface is made up for one that has none. */
static enum scapf_status find_interface(struct repair *r, const struct piece *piece, uint32_t id,
                                        uint32_t *out)
{
    struct scapf_interface like;

    if (id < r->n_in) {
        *out = r->map[id];
        return SCAPF_OK;
    }
    for (uint32_t i = 0; i < r->n_ghosts; i++) {
        if (r->ghosts[i].id == id) {
            *out = r->ghosts[i].out;
            return SCAPF_OK;
        }
    }
    if (r->n_ghosts == REPAIR_GHOSTS) {
        *out = r->ghosts[REPAIR_GHOSTS - 1].out;
        return SCAPF_OK;
    }
    like = guess_interface(piece);
    TRY(add_interface(r, piece, &like, out));
    r->ghosts[r->n_ghosts++] = (struct ghost){id, *out};
    return SCAPF_OK;
}

/* The offset of a block's interface id, and its bytes; 0 when it has none. */
static size_t id_bytes(const struct piece *piece)
{
    if (piece->len < 24) {
        return 0;
    }
    return piece->type == SCAPF_BLOCK_EPB || piece->type == SCAPF_BLOCK_ISB ? 4
           : piece->type == SCAPF_BLOCK_PB                                  ? 2
                                                                            : 0;
}

static enum scapf_status set_interface(struct repair *r, struct piece *piece, uint32_t out)
{
    TRY(own_copy(r, piece));
    r->block.big_endian = piece->big_endian;
    if (id_bytes(piece) == 4) {
        out_fill_u32(&r->block, (struct out_mark){8}, out);
    } else {
        out_fill_u16(&r->block, (struct out_mark){8}, (uint16_t)out);
    }
    repair_did(r, SCAPF_MEND_INTERFACE_ID);
    return SCAPF_OK;
}

enum scapf_status repair_resolve(struct repair *r, struct piece *piece)
{
    size_t n = id_bytes(piece);
    uint32_t id;
    uint32_t out;

    if (piece->type == SCAPF_BLOCK_SPB && r->n_out == 0) {
        const struct scapf_interface like = guess_interface(piece);

        return add_interface(r, piece, &like, &out);
    }
    if (n == 0) {
        return SCAPF_OK;
    }
    id = n == 4 ? get_u32(piece->raw + 8, piece->big_endian)
                : get_u16(piece->raw + 8, piece->big_endian);
    TRY(find_interface(r, piece, id, &out));
    return out == id ? SCAPF_OK : set_interface(r, piece, out);
}

/* [PNG-208] A time that the offset of its interface makes impossible: an interface without it. */
enum scapf_status repair_leave_offset(struct repair *r, struct piece *piece)
{
    uint32_t id = id_bytes(piece) == 4 ? get_u32(piece->raw + 8, piece->big_endian)
                                       : get_u16(piece->raw + 8, piece->big_endian);
    const struct scapf_interface *like = scapf_reader_interface(r->judge.reader, id);
    uint32_t out;

    TRY(add_interface(r, piece, like, &out));
    for (uint32_t i = 0; i < r->n_in; i++) {
        r->map[i] = r->map[i] == id ? out : r->map[i];
    }
    return set_interface(r, piece, out);
}
