/* SPDX-License-Identifier: Apache-2.0 */
#include "block/body.h"

#include "bytes/cur.h"

/* The next n bytes as a view. */
static struct body_bytes take(struct cur *c, size_t n)
{
    uint64_t off = cur_tell(c);
    const uint8_t *p = cur_take(c, n);

    return (struct body_bytes){n > 0 ? p : NULL, p != NULL ? n : 0, off};
}

/* Padding up to a multiple of 4 counted from start, as far as there is any. */
static struct body_bytes take_pad(struct cur *c, uint64_t start)
{
    size_t n = (size_t)((start - cur_tell(c)) & 3);

    return take(c, n < cur_left(c) ? n : cur_left(c));
}

static struct body_bytes take_rest(struct cur *c)
{
    return take(c, cur_left(c));
}

static void put(struct out *o, const struct body_bytes *bytes)
{
    out_bytes(o, bytes->p, bytes->n);
}

/* A 64-bit time is stored as two words, the high one first in both byte orders. [pcapng L1291] */
static uint64_t take_ticks(struct cur *c)
{
    uint64_t high = cur_u32(c);

    return high << 32 | cur_u32(c);
}

static void put_ticks(struct out *o, uint64_t ticks)
{
    out_u32(o, (uint32_t)(ticks >> 32));
    out_u32(o, (uint32_t)ticks);
}

/* ------------------------------------------------------------------ one pair a block type */

static enum rule take_section(struct cur *c, struct body *b)
{
    b->section.magic = cur_u32(c);
    b->section.major = cur_u16(c);
    b->section.minor = cur_u16(c);
    b->section.length = cur_u64(c);
    return RULE_SHB_LEN_MIN;
}

static void put_section(struct out *o, const struct body *b)
{
    out_u32(o, b->section.magic);
    out_u16(o, b->section.major);
    out_u16(o, b->section.minor);
    out_u64(o, b->section.length);
}

static enum rule take_interface(struct cur *c, struct body *b)
{
    b->interface.link_type = cur_u16(c);
    b->interface.reserved = cur_u16(c);
    b->interface.snaplen = cur_u32(c);
    return RULE_IDB_LEN_MIN;
}

static void put_interface(struct out *o, const struct body *b)
{
    out_u16(o, b->interface.link_type);
    out_u16(o, b->interface.reserved);
    out_u32(o, b->interface.snaplen);
}

/* What EPB and PB share, from the time on. */
static enum rule take_packet_rest(struct cur *c, struct body *b)
{
    uint32_t captured;

    b->packet.ticks = take_ticks(c);
    captured = cur_u32(c);
    b->packet.original_len = cur_u32(c);
    if (!cur_ok(c)) {
        return RULE_EPB_LEN_MIN;
    }
    b->packet.data = take(c, captured);
    b->pad = take_pad(c, b->packet.data.off);
    return RULE_EPB_CAPLEN;
}

static void put_packet_rest(struct out *o, const struct body *b)
{
    size_t start;

    put_ticks(o, b->packet.ticks);
    out_u32(o, (uint32_t)b->packet.data.n);
    out_u32(o, b->packet.original_len);
    start = o->len;
    put(o, &b->packet.data);
    out_pad4(o, start);
}

static enum rule take_enhanced(struct cur *c, struct body *b)
{
    b->packet.interface_id = cur_u32(c);
    return take_packet_rest(c, b);
}

static void put_enhanced(struct out *o, const struct body *b)
{
    out_u32(o, b->packet.interface_id);
    put_packet_rest(o, b);
}

static enum rule take_obsolete(struct cur *c, struct body *b)
{
    b->packet.interface_id = cur_u16(c);
    b->packet.drops = cur_u16(c);
    return take_packet_rest(c, b);
}

static void put_obsolete(struct out *o, const struct body *b)
{
    out_u16(o, (uint16_t)b->packet.interface_id);
    out_u16(o, b->packet.drops);
    put_packet_rest(o, b);
}

static enum rule take_simple(struct cur *c, struct body *b)
{
    b->packet.original_len = cur_u32(c);
    b->packet.data = take_rest(c);
    return RULE_SPB_LEN_MIN;
}

static void put_simple(struct out *o, const struct body *b)
{
    size_t start;

    out_u32(o, b->packet.original_len);
    start = o->len;
    put(o, &b->packet.data);
    out_pad4(o, start);
}

/* The records reach to the one of type 0; when there is none, to the end of the block. */
static enum rule take_names(struct cur *c, struct body *b)
{
    struct cur start = *c;
    struct body_bytes all = {c->p, cur_left(c), cur_tell(c)};
    struct body_name name;
    size_t pos = 0;

    while (body_name_next(&all, c->big_endian, &pos, &name, NULL) == SCAPF_OK) {
        if (name.type == 0) {
            b->names = take(&start, pos);
            *c = start;
            return RULE_NRB_RECORD_OVERRUN;
        }
    }
    b->names = take_rest(c);
    return RULE_NRB_RECORD_OVERRUN;
}

static void put_names(struct out *o, const struct body *b)
{
    put(o, &b->names);
}

static enum rule take_stats(struct cur *c, struct body *b)
{
    b->stats.interface_id = cur_u32(c);
    b->stats.ticks = take_ticks(c);
    return RULE_ISB_LEN_MIN;
}

static void put_stats(struct out *o, const struct body *b)
{
    out_u32(o, b->stats.interface_id);
    put_ticks(o, b->stats.ticks);
}

static enum rule take_secrets(struct cur *c, struct body *b)
{
    uint32_t len;

    b->secrets.type = cur_u32(c);
    len = cur_u32(c);
    if (!cur_ok(c)) {
        return RULE_DSB_LEN_MIN;
    }
    b->secrets.data = take(c, len);
    if (!cur_ok(c)) {
        c->fault_off -= 4; /* the length is at fault, not the data behind it */
    }
    b->pad = take_pad(c, b->secrets.data.off);
    return RULE_DSB_SECRETS_LEN;
}

static void put_secrets(struct out *o, const struct body *b)
{
    size_t start;

    out_u32(o, b->secrets.type);
    out_u32(o, (uint32_t)b->secrets.data.n);
    start = o->len;
    put(o, &b->secrets.data);
    out_pad4(o, start);
}

static enum rule take_custom(struct cur *c, struct body *b)
{
    b->custom.pen = cur_u32(c);
    b->custom.data = take_rest(c);
    return RULE_CB_LEN_MIN;
}

static void put_custom(struct out *o, const struct body *b)
{
    out_u32(o, b->custom.pen);
    put(o, &b->custom.data);
    out_pad4(o, o->len - b->custom.data.n);
}

/* [extras L117] the text ends at the last byte that is not zero */
static enum rule take_journal(struct cur *c, struct body *b)
{
    size_t n = cur_left(c);

    while (n > 0 && c->p[n - 1] == 0) {
        n--;
    }
    b->journal = take(c, n);
    b->pad = take_rest(c);
    return RULE_JOURNAL_EMPTY;
}

static void put_journal(struct out *o, const struct body *b)
{
    size_t start = o->len;

    put(o, &b->journal);
    out_pad4(o, start);
}

static enum rule take_darwin(struct cur *c, struct body *b)
{
    b->pid = cur_u32(c);
    return RULE_BLOCK_LEN_MIN;
}

static void put_darwin(struct out *o, const struct body *b)
{
    out_u32(o, b->pid);
}

/* take returns the rule that a read beyond the end breaks. */
static const struct {
    uint32_t block_type;
    enum rule (*take)(struct cur *c, struct body *b);
    void (*put)(struct out *o, const struct body *b);
} rows[] = {
    {(uint32_t)SCAPF_BLOCK_EPB, take_enhanced, put_enhanced},
    {(uint32_t)SCAPF_BLOCK_SHB, take_section, put_section},
    {(uint32_t)SCAPF_BLOCK_IDB, take_interface, put_interface},
    {(uint32_t)SCAPF_BLOCK_PB, take_obsolete, put_obsolete},
    {(uint32_t)SCAPF_BLOCK_SPB, take_simple, put_simple},
    {(uint32_t)SCAPF_BLOCK_NRB, take_names, put_names},
    {(uint32_t)SCAPF_BLOCK_ISB, take_stats, put_stats},
    {(uint32_t)SCAPF_BLOCK_DSB, take_secrets, put_secrets},
    {(uint32_t)SCAPF_BLOCK_CUSTOM, take_custom, put_custom},
    {(uint32_t)SCAPF_BLOCK_CUSTOM_NOCOPY, take_custom, put_custom},
    {(uint32_t)SCAPF_BLOCK_JOURNAL, take_journal, put_journal},
    {(uint32_t)SCAPF_BLOCK_DARWIN_PROCESS, take_darwin, put_darwin},
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static size_t find_row(uint32_t block_type)
{
    size_t i = 0;

    while (i < N_ROWS && rows[i].block_type != block_type) {
        i++;
    }
    return i;
}

bool body_known(uint32_t block_type)
{
    return find_row(block_type) < N_ROWS;
}

enum scapf_status body_decode(uint32_t block_type, const uint8_t *bytes, size_t len, uint64_t off,
                              bool big_endian, struct body *body, struct scapf_diag *diag)
{
    size_t row = find_row(block_type);
    struct cur c = cur_make(bytes, len, off, big_endian);
    enum rule rule;

    if (row == N_ROWS) {
        return SCAPF_E_USAGE;
    }
    *body = (struct body){.block_type = block_type, .big_endian = big_endian};
    rule = rows[row].take(&c, body);
    TRY(cur_check(&c, SCAPF_E_FORMAT, rule, diag));
    body->options = take_rest(&c);
    return SCAPF_OK;
}

enum scapf_status body_encode(struct out *o, const struct body *body)
{
    size_t row = find_row(body->block_type);
    bool order = o->big_endian;

    if (row == N_ROWS) {
        return SCAPF_E_USAGE;
    }
    o->big_endian = body->big_endian;
    rows[row].put(o, body);
    put(o, &body->options);
    o->big_endian = order;
    return out_status(o);
}

/* ------------------------------------------------------------------ names */

enum scapf_status body_name_next(const struct body_bytes *names, bool big_endian, size_t *pos,
                                 struct body_name *name, struct scapf_diag *diag)
{
    struct cur c;

    if (*pos >= names->n) {
        return SCAPF_END;
    }
    c = cur_make(names->p + *pos, names->n - *pos, names->off + *pos, big_endian);
    name->off = cur_tell(&c);
    name->type = cur_u16(&c);
    name->len = cur_u16(&c);
    name->value = cur_take(&c, name->len);
    TRY(cur_check(&c, SCAPF_E_FORMAT, RULE_NRB_RECORD_OVERRUN, diag));
    name->pad = take_pad(&c, name->off);
    *pos = names->n - cur_left(&c);
    return SCAPF_OK;
}

void body_name_put(struct out *o, uint16_t type, const void *value, uint16_t len)
{
    size_t start = o->len;

    out_u16(o, type);
    out_u16(o, len);
    out_bytes(o, value, len);
    out_pad4(o, start);
}

/* ------------------------------------------------------------------ Wireshark's entries */

enum scapf_status body_entry_decode(const struct body_bytes *data, struct body_entry *entry,
                                    struct scapf_diag *diag)
{
    struct cur c = cur_make(data->p, data->n, data->off, false);
    struct cur in;
    uint32_t len;

    *entry = (struct body_entry){.type = cur_u32(&c)};
    len = cur_u32(&c);
    entry->entry = take(&c, len);
    TRY(cur_check(&c, SCAPF_E_FORMAT, RULE_PIB_ENTRY_LEN, diag));
    entry->pad = take_pad(&c, entry->entry.off);
    entry->options = take_rest(&c);
    if (entry->type != BODY_ENTRY_PROCESS) {
        return SCAPF_OK;
    }
    in = cur_make(entry->entry.p, entry->entry.n, entry->entry.off, false);
    entry->pid = cur_u32(&in);
    TRY(cur_check(&in, SCAPF_E_FORMAT, RULE_PIB_ENTRY_LEN, diag));
    entry->info = take_rest(&in);
    return SCAPF_OK;
}

void body_entry_encode(struct out *o, const struct body_entry *entry)
{
    bool order = o->big_endian;
    bool process = entry->type == BODY_ENTRY_PROCESS;
    size_t start;

    o->big_endian = false;
    out_u32(o, entry->type);
    out_u32(o, (uint32_t)(process ? 4 + entry->info.n : entry->entry.n));
    start = o->len;
    if (process) {
        out_u32(o, entry->pid);
        put(o, &entry->info);
    } else {
        put(o, &entry->entry);
    }
    out_pad4(o, start);
    put(o, &entry->options);
    o->big_endian = order;
}
