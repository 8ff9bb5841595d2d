/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repair_block.c - blocks that break a rule, written anew so that they do not.
 *
 * The first try writes the block as its decoder understands it: lengths that fit, zero padding,
 * options with their one legal length, closed. What is still wrong then is the value of an option:
 * the finding says which one, and each further try leaves one more out; the last one all.
 */
#include "check/repair.h"

#include "block/body.h"
#include "block/frame.h"
#include "block/opt_table.h"
#include "block/types.h"
#include "bytes/cur.h"

#define ROUNDS_ONE_BY_ONE 40u
#define MI_BODY_LEN       180u
#define CAPLEN_AT         20u /* of EPB and PB, in the block */
#define PACKET_DATA_AT    28u
#define ENTRY_MIN_LEFT    4u

/* ------------------------------------------------------------------ options */

/* Which option is left out in this round. */
static uint64_t to_drop(const struct scapf_diag *error, unsigned round)
{
    return round == 0 ? 0 : round >= ROUNDS_ONE_BY_ONE ? REPAIR_ALL_OPTIONS : error->off;
}

/* ------------------------------------------------------------------ one function a kind */

/* A block being written anew. */
struct job {
    struct repair *r;
    const struct piece *piece;
    const struct scapf_diag *error;
    uint64_t drop; /* option to leave out */
    struct out *o;
};

static struct option_list options_of(const struct piece *piece, const struct body_bytes *bytes)
{
    return (struct option_list){.table = piece->type,
                                .bytes = bytes->p,
                                .len = bytes->n,
                                .off = bytes->off,
                                .big_endian = piece->big_endian};
}

static bool decode(const struct job *j, struct body *body)
{
    const struct piece *p = j->piece;

    return p->len >= FRAME_MIN_LEN &&
           body_decode(p->type, p->raw + FRAME_HEADER_LEN, p->len - FRAME_MIN_LEN, FRAME_HEADER_LEN,
                       p->big_endian, body, NULL) == SCAPF_OK;
}

static bool is_zero(const struct body_bytes *bytes)
{
    for (size_t i = 0; i < bytes->n; i++) {
        if (bytes->p[i] != 0) {
            return false;
        }
    }
    return true;
}

/* The body without its options, then these. */
static bool encode(const struct job *j, struct body *body)
{
    size_t start = repair_begin(j->o, j->piece->type, j->piece->big_endian);
    struct option_list list = options_of(j->piece, &body->options);

    if (!is_zero(&body->pad)) {
        repair_did(j->r, SCAPF_MEND_PADDING);
    }
    body->options.n = 0;
    (void)body_encode(j->o, body);
    repair_put_options(j->r, j->o, &list, j->drop);
    return repair_end(j->o, start);
}

static bool plain(const struct job *j)
{
    struct body body;

    return decode(j, &body) && encode(j, &body);
}

/* [PNG-302] The captured length does not fit: the original one may, else all there is. */
static bool packet(const struct job *j)
{
    const struct piece *p = j->piece;
    struct body body;
    uint64_t room;
    uint64_t original;

    if (decode(j, &body)) {
        return encode(j, &body);
    }
    if (p->len < PACKET_DATA_AT + 4) {
        return false;
    }
    room = p->len - PACKET_DATA_AT - 4;
    original = get_u32(p->raw + CAPLEN_AT + 4, p->big_endian);
    out_bytes(j->o, p->raw, p->len);
    if (out_status(j->o) < 0) {
        return false;
    }
    j->o->big_endian = p->big_endian;
    out_fill_u32(j->o, (struct out_mark){CAPLEN_AT},
                 (uint32_t)(original <= room && room - original < 4 ? original : room));
    repair_did(j->r, SCAPF_MEND_PACKET_LENGTH);
    return true;
}

/* [PNG-402] There is as much data as original and snap length demand, or the original length is
 * what the block holds; beyond a snap length it may be anything. */
static bool simple(const struct job *j)
{
    const struct piece *p = j->piece;
    const struct scapf_interface *i = scapf_reader_interface(j->r->judge.reader, 0);
    uint32_t snaplen = i != NULL ? i->snaplen : 0;
    uint32_t original;
    uint32_t captured;
    uint32_t room;
    size_t start;

    if (p->len < 16) {
        return false;
    }
    original = get_u32(p->raw + 8, p->big_endian);
    room = (uint32_t)p->len - 16;
    captured = snaplen != 0 && original > snaplen ? snaplen : original;
    if (captured > room || room - captured > 3) {
        captured = snaplen != 0 && room > snaplen ? snaplen : room;
        original = captured;
        repair_did(j->r, SCAPF_MEND_PACKET_LENGTH);
    } else {
        repair_did(j->r, SCAPF_MEND_PADDING);
    }
    start = repair_begin(j->o, p->type, p->big_endian);
    out_u32(j->o, original);
    out_bytes(j->o, p->raw + 12, captured);
    return repair_end(j->o, start);
}

/* A name record, its names changed where they break a rule; nothing when it is too short. */
static void put_name(const struct job *j, const struct body_name *name)
{
    const struct opt_name_record *row = opt_name_record(name->type);
    size_t at = j->o->len;
    size_t addr = row != NULL ? row->addr_len : 0;

    if (row == NULL) {
        body_name_put(j->o, name->type, name->value, name->len);
        return;
    }
    if (name->len < addr + 2) {
        return;
    }
    out_u16(j->o, name->type);
    out_u16(j->o, name->len);
    out_bytes(j->o, name->value, addr);
    for (size_t i = addr; i < name->len;) { /* names and their NULs */
        size_t n = strnlen((const char *)name->value + i, name->len - i);

        repair_put_text(j->o, name->value + i, n);
        if (i + n < name->len) {
            out_u8(j->o, 0);
        }
        i += n + 1;
    }
    if (out_status(j->o) == SCAPF_OK && name->value[name->len - 1] != 0) {
        j->o->bytes[j->o->len - 1] = 0; /* the last byte makes room */
    }
    out_pad4(j->o, at);
}

static bool names(const struct job *j)
{
    size_t start;
    size_t pos = 0;
    struct body body;
    struct body_name name;
    struct option_list list;

    if (!decode(j, &body)) {
        return false;
    }
    start = repair_begin(j->o, j->piece->type, j->piece->big_endian);
    while (body_name_next(&body.names, j->piece->big_endian, &pos, &name, NULL) == SCAPF_OK) {
        if (name.type == 0) {
            break;
        }
        put_name(j, &name);
    }
    out_u32(j->o, 0); /* nrb_record_end */
    repair_did(j->r, SCAPF_MEND_ENTRIES);
    list = options_of(j->piece, &body.options);
    repair_put_options(j->r, j->o, &list, j->drop);
    return repair_end(j->o, start);
}

/* Key logs end their lines; [PNG-701] a length that does not fit becomes one that does. */
static bool secrets(const struct job *j)
{
    const struct piece *p = j->piece;
    struct option_list list = {.len = 0};
    const uint8_t *data = p->raw + 16;
    uint32_t type;
    size_t start;
    size_t len;

    if (p->len < 20) {
        return false;
    }
    type = get_u32(p->raw + 8, p->big_endian);
    len = get_u32(p->raw + 12, p->big_endian);
    if (len > p->len - 20) {
        len = p->len - 20;
    } else {
        struct body body;

        if (decode(j, &body)) {
            list = options_of(p, &body.options);
        }
    }
    if (type == OPT_SECRETS_ZIGBEE_NWK || type == OPT_SECRETS_ZIGBEE_APS) {
        if (j->error->rule == RULE_DSB_ZIGBEE_LEN) {
            return false; /* a key of another length is none */
        }
    }
    start = repair_begin(j->o, p->type, p->big_endian);
    out_u32(j->o, type);
    out_u32(j->o, 0);
    for (size_t i = 0; i < len; i++) {
        bool lone = j->error->rule == RULE_DSB_LINES && data[i] == '\r' &&
                    (i + 1 == len || data[i + 1] != '\n');

        out_u8(j->o, lone ? '\n' : data[i]);
    }
    if (j->error->rule == RULE_DSB_LINES && len > 0 && data[len - 1] != '\n' &&
        data[len - 1] != '\r') {
        out_u8(j->o, '\n');
    }
    out_fill_u32(j->o, (struct out_mark){start + 12}, (uint32_t)(j->o->len - start - 16));
    out_pad4(j->o, start);
    repair_did(j->r, SCAPF_MEND_SECRETS);
    repair_put_options(j->r, j->o, &list, j->drop);
    return repair_end(j->o, start);
}

/* Process information of Wireshark; other custom blocks break no rule. */
static bool custom(const struct job *j)
{
    struct option_list block;
    struct option_list info;
    struct body_entry entry;
    struct body body;
    struct out infos;
    size_t start;
    bool ok;

    if (!decode(j, &body) || body.custom.pen != BODY_PEN_WIRESHARK ||
        body_entry_decode(&body.custom.data, &entry, NULL) != SCAPF_OK) {
        return false;
    }
    block = options_of(j->piece, &entry.options);
    info = options_of(j->piece, &entry.info);
    info.table = OPT_BLOCK_PROCESS_INFO;
    info.big_endian = false;
    out_init(&infos, j->r->alloc, false);
    if (entry.type == BODY_ENTRY_PROCESS) {
        repair_put_options(j->r, &infos, &info, j->drop);
    }
    entry.info.p = infos.bytes;
    entry.info.n = infos.len;
    entry.options.n = 0;
    start = repair_begin(j->o, j->piece->type, j->piece->big_endian);
    out_u32(j->o, body.custom.pen);
    body_entry_encode(j->o, &entry);
    repair_put_options(j->r, j->o, &block, j->drop);
    ok = repair_end(j->o, start) && out_status(&infos) == SCAPF_OK;
    out_release(&infos);
    return ok;
}

/* ------------------------------------------------------------------ tables */

/* The entries that can be read; behind one that cannot, its own length leads to the next. */
static void put_entries(const struct job *j, struct scapf_table *t)
{
    struct scapf_row row;

    while (t->len - t->pos >= ENTRY_MIN_LEFT) {
        size_t at = t->pos;
        enum scapf_status status = scapf_table_next(t, &row);
        uint32_t len;

        if (status == SCAPF_OK) {
            if (!check_row_is_refused(t, &row)) {
                out_bytes(j->o, t->body + at, t->pos - at);
            }
            continue;
        }
        t->diag.rule = RULE_NONE;
        if (t->info->entry_len_since == 0 || t->number->version < t->info->entry_len_since) {
            return; /* entries without a length: the next one cannot be found */
        }
        len = get_u32(t->body + at, t->big_endian);
        if (!t->info->entry_len_counts_self) {
            if (len > UINT32_MAX - 4) {
                return;
            }
            len += 4;
        }
        if (len < 5 || len > t->len - at) {
            return;
        }
        t->pos = at + len;
    }
}

/* The record of a table whose body has so many bytes; header and trailer are not looked at. */
static struct scapf_record table_record(const uint8_t *raw, size_t body_len, uint32_t type,
                                        bool big_endian)
{
    return (struct scapf_record){.kind = SCAPF_KIND_TABLE,
                                 .type = type,
                                 .raw = raw,
                                 .raw_len = body_len + FRAME_MIN_LEN,
                                 .body = raw + FRAME_HEADER_LEN,
                                 .body_len = body_len,
                                 .big_endian = big_endian};
}

size_t repair_rows(struct repair *r, const struct refind_lost *lost, size_t len, struct out *o)
{
    const struct scapf_record rec =
        table_record(lost->raw, len - FRAME_HEADER_LEN, lost->type, lost->big_endian);
    struct scapf_table t;
    struct scapf_row row;
    size_t rows_at;
    size_t end;

    if (scapf_table_open(&rec, r->schema, &t) != SCAPF_OK || !t.info->has_entries) {
        return 0;
    }
    rows_at = end = t.pos;
    while (scapf_table_next(&t, &row) == SCAPF_OK && !check_row_is_refused(&t, &row)) {
        end = t.pos;
    }
    if (end > rows_at) {
        size_t start = repair_begin(o, lost->type, lost->big_endian);

        out_bytes(o, rec.body, end);
        (void)repair_end(o, start);
    }
    return end > rows_at ? FRAME_HEADER_LEN + end : 0;
}

static bool table(const struct job *j)
{
    const struct piece *p = j->piece;
    const struct scapf_record rec =
        table_record(p->raw, p->len - FRAME_MIN_LEN, p->type, p->big_endian);
    struct scapf_table t;
    size_t start = repair_begin(j->o, p->type, p->big_endian);

    if (scapf_table_open(&rec, j->r->schema, &t) != SCAPF_OK && t.info == NULL) {
        return false;
    }
    if (!t.info->has_entries) { /* machine information has one length */
        size_t n = rec.body_len < MI_BODY_LEN ? rec.body_len : MI_BODY_LEN;

        out_bytes(j->o, rec.body, n);
        out_zero(j->o, MI_BODY_LEN - n);
        repair_did(j->r, SCAPF_MEND_MACHINE);
        return repair_end(j->o, start);
    }
    if (t.diag.rule != RULE_NONE) {
        return false; /* not even its head is whole */
    }
    out_bytes(j->o, rec.body, t.pos);
    put_entries(j, &t);
    repair_did(j->r, SCAPF_MEND_ENTRIES);
    return repair_end(j->o, start);
}

/* ------------------------------------------------------------------ by kind */

static const struct {
    enum scapf_kind kind;
    bool (*mend)(const struct job *j);
} kinds[] = {
    {SCAPF_KIND_SECTION, plain}, {SCAPF_KIND_INTERFACE, plain}, {SCAPF_KIND_PACKET, packet},
    {SCAPF_KIND_NAMES, names},   {SCAPF_KIND_STATS, plain},     {SCAPF_KIND_SECRETS, secrets},
    {SCAPF_KIND_CUSTOM, custom}, {SCAPF_KIND_PROCESS, plain},   {SCAPF_KIND_TABLE, table},
};

bool repair_block(struct repair *r, const struct piece *piece, const struct scapf_diag *error,
                  unsigned round, struct out *o)
{
    const struct job j = {r, piece, error, to_drop(error, round), o};
    const struct block_type *type = block_type_find(piece->type);
    enum scapf_kind kind = type != NULL ? type->kind : SCAPF_KIND_TABLE;

    if (kind == SCAPF_KIND_EVENT) {
        return repair_event(r, piece, error, o);
    }
    if (piece->type == SCAPF_BLOCK_SPB) {
        return simple(&j);
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (kinds[i].kind == kind) {
            return kinds[i].mend(&j);
        }
    }
    return false;
}
