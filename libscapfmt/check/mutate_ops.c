/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mutate_ops.c - what the rows of the table do to blocks, options, packets and whole files. Each
 * function applies one row to one record, or says that it cannot.
 */
#include "check/mutate.h"

#include "block/frame.h"
#include "block/opt_table.h"
#include "block/types.h"
#include "bytes/cur.h"

#define FROM_END 0x80000000u /* an offset that counts from the end of the block */

static const struct mutate_rec *rec_of(const struct mutate *m, size_t i)
{
    return &m->recs[i];
}

static const uint8_t *raw_of(const struct mutate *m, size_t i)
{
    return m->in + m->recs[i].off;
}

/* ------------------------------------------------------------------ fields */

bool mop_set(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    size_t at = row->a;

    (void)variant;
    mutate_copy(m, i);
    if ((row->a & FROM_END) != 0) {
        at = (row->a & ~FROM_END) <= m->old_len ? m->old_len - (row->a & ~FROM_END) : m->old_len;
    }
    if (at + row->b > m->old_len || out_status(&m->with) < 0) {
        return false;
    }
    if (row->bytes != NULL) {
        memcpy(m->with.bytes + at, row->bytes, row->b);
    } else {
        mutate_set(m, at, row->b, row->value);
    }
    return true;
}

static uint32_t word_at(const struct mutate *m, size_t i, size_t at)
{
    return get_u32(raw_of(m, i) + at, rec_of(m, i)->big_endian);
}

bool mop_or(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    (void)variant;
    mutate_copy(m, i);
    if (row->a + 4 > m->old_len || out_status(&m->with) < 0) {
        return false;
    }
    mutate_set(m, row->a, 4, word_at(m, i, row->a) | row->value);
    return true;
}

/* Another number than the one there, by so much; or, with b, than the one at b. */
bool mop_add(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    (void)variant;
    mutate_copy(m, i);
    if (row->a + 4 > m->old_len || row->b + 4 > m->old_len || out_status(&m->with) < 0) {
        return false;
    }
    mutate_set(m, row->a, 4, word_at(m, i, row->b) + row->value);
    return true;
}

bool mop_shrink(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    (void)variant;
    mutate_copy(m, i);
    if (m->old_len <= row->a || out_status(&m->with) < 0) {
        return false;
    }
    m->with.len = row->a;
    mutate_frame(m);
    return true;
}

/* ------------------------------------------------------------------ options */

/* Copy the block up to its options, and those but the ones with this code; without the end. */
static bool begin_options(struct mutate *m, size_t i, uint32_t leave_out)
{
    const struct mutate_rec *r = rec_of(m, i);
    const uint8_t *raw = raw_of(m, i);
    struct cur c = cur_make(raw + r->opt_at, r->opt_len, 0, r->big_endian);

    if (!r->has_options) {
        return false;
    }
    m->at = (size_t)r->off;
    m->old_len = r->len;
    out_bytes(&m->with, raw, r->opt_at);
    while (cur_left(&c) >= 4) {
        const uint8_t *p = c.p;
        uint16_t code = cur_u16(&c);
        uint16_t len = cur_u16(&c);

        if (code == OPT_CODE_END || cur_take(&c, len) == NULL) {
            break;
        }
        (void)cur_align4(&c, 0);
        if (code != leave_out) {
            out_bytes(&m->with, p, (size_t)(c.p - p));
        }
    }
    return out_status(&m->with) == SCAPF_OK;
}

static bool end_options(struct mutate *m, bool closed)
{
    if (closed) {
        out_u32(&m->with, 0);
    }
    return mutate_end(m);
}

/* Add option a with b bytes, value times; variant 1 has the bytes the other way round. */
bool mop_option(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    bool repeats = row->a == OPT_CODE_COMMENT || row->a >= OPT_CODE_CUSTOM_UTF8;
    uint64_t n = row->value == 0 ? 1 : row->value;

    if (!begin_options(m, i, repeats ? UINT32_MAX : row->a)) {
        return false;
    }
    for (uint64_t k = 0; k < n; k++) {
        out_u16(&m->with, (uint16_t)row->a);
        out_u16(&m->with, (uint16_t)row->b);
        for (uint32_t b = 0; b < row->b; b++) {
            /* no bytes: text, as much as is asked for */
            out_u8(&m->with, row->bytes == NULL
                                 ? 'x'
                                 : (uint8_t)row->bytes[variant == 1 ? row->b - 1 - b : b]);
        }
        out_pad4(&m->with, 0);
    }
    return end_options(m, true);
}

/* Add a code, a length, and b bytes which need not fit it; value: the list is closed behind. */
bool mop_options_raw(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    (void)variant;
    if (!begin_options(m, i, UINT32_MAX)) {
        return false;
    }
    out_u16(&m->with, (uint16_t)(row->a >> 16));
    out_u16(&m->with, (uint16_t)row->a);
    out_bytes(&m->with, row->bytes, row->b);
    return end_options(m, row->value != 0);
}

/* a: 0 no end; 1 an end that is not empty; 2 something behind the end; 3 an end and nothing else.
 */
bool mop_options_end(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    const struct mutate_rec *r = rec_of(m, i);

    (void)variant;
    if (!begin_options(m, i, UINT32_MAX) || (row->a == 3) != (m->with.len == r->opt_at)) {
        return false;
    }
    if (row->a == 1) {
        out_u16(&m->with, 0);
        out_u16(&m->with, 4);
        out_u32(&m->with, 0);
    } else if (row->a == 2) {
        out_u32(&m->with, 0);
        out_u32(&m->with, 0);
    }
    return end_options(m, row->a == 3);
}

/* ------------------------------------------------------------------ blocks */

static void put_block(struct mutate *m, uint32_t type, const void *body, size_t len)
{
    size_t start = m->with.len;
    uint32_t total;

    out_u32(&m->with, type);
    out_u32(&m->with, 0);
    out_bytes(&m->with, body, len);
    out_pad4(&m->with, start);
    total = (uint32_t)(m->with.len - start + 4);
    out_u32(&m->with, total);
    if (out_status(&m->with) == SCAPF_OK) {
        mutate_set(m, start + 4, 4, total);
    }
}

/* Insert a block of type a with b bytes of body: value 0 behind the interfaces of this section
 * header, 1 before them, 2 at the end of the file. */
bool mop_insert(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    (void)variant;
    mutate_insert(m, row->value == 0   ? mutate_behind_interfaces(m, i)
                     : row->value == 1 ? i + 1
                                       : m->n);
    put_block(m, row->a, row->bytes, row->b);
    return out_status(&m->with) == SCAPF_OK;
}

/* The block once more: value 0 behind itself, 1 at the end, 2 behind the interfaces; with a, the
 * option a left out and other bytes set by the row stay away. */
bool mop_again(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    size_t shb = i;

    (void)variant;
    while (shb > 0 && rec_of(m, shb)->type != SCAPF_BLOCK_SHB) {
        shb--;
    }
    mutate_insert(m, row->value == 0   ? i + 1
                     : row->value == 1 ? m->n
                                       : mutate_behind_interfaces(m, shb));
    m->with.big_endian = rec_of(m, i)->big_endian;
    out_bytes(&m->with, raw_of(m, i), rec_of(m, i)->len);
    if (out_status(&m->with) < 0) {
        return false;
    }
    if (row->b > 0) { /* with another number in it */
        mutate_set(m, row->a, row->b, 0);
    }
    return true;
}

/* So many more interfaces of the kind of this one behind it, all without options: these may be of
 * any size. */
bool mop_interfaces(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    uint8_t body[8] = {0}; /* link type, reserved, snap length */

    (void)variant;
    memcpy(body, raw_of(m, i) + 8, 2);
    memcpy(body + 4, raw_of(m, i) + 12, 4);
    mutate_insert(m, i + 1);
    m->with.big_endian = rec_of(m, i)->big_endian;
    for (uint64_t k = 0; k < row->value && out_status(&m->with) == SCAPF_OK; k++) {
        put_block(m, SCAPF_BLOCK_IDB, body, sizeof(body));
    }
    return out_status(&m->with) == SCAPF_OK;
}

bool mop_append(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    (void)i;
    (void)variant;
    if (m->n == 0) {
        return false;
    }
    mutate_insert(m, m->n);
    if (row->bytes != NULL) {
        out_bytes(&m->with, row->bytes, row->b);
    } else {
        out_bytes(&m->with, m->in, m->len);
    }
    return (row->a != 0) == m->is_pcap;
}

/* Leave a bytes out at the end; or, when b, all but b. */
bool mop_cut(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    size_t keep = row->value != 0 ? row->b : m->len > row->a ? m->len - row->a : 0;

    (void)i;
    (void)variant;
    m->at = keep;
    m->old_len = m->len > keep ? m->len - keep : 0;
    return m->old_len > 0;
}

/* Type and lengths in the other byte order. [PNG-113] */
bool mop_swap_frame(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    (void)row;
    (void)variant;
    if (rec_of(m, i)->type == SCAPF_BLOCK_SHB || rec_of(m, i)->is_pcap) {
        return false;
    }
    mutate_copy(m, i);
    if (out_status(&m->with) < 0) {
        return false;
    }
    m->with.big_endian = !m->with.big_endian;
    mutate_set(m, 0, 4, rec_of(m, i)->type);
    mutate_frame(m);
    return true;
}

/* The first byte of padding behind the data of a packet or an event. */
bool mop_padding(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    const struct mutate_rec *r = rec_of(m, i);
    const struct block_type *type = block_type_find(r->type);
    size_t end = 0;

    (void)row;
    (void)variant;
    if (r->type == SCAPF_BLOCK_EPB) {
        end = 28 + (size_t)word_at(m, i, 20);
    } else if (r->type == SCAPF_BLOCK_SPB) {
        end = 12 + (size_t)word_at(m, i, 8);
    } else if (type != NULL && type->kind == SCAPF_KIND_EVENT) {
        size_t head = (type->layout & EVENT_LAYOUT_FLAGS) != 0 ? 14 : 10;

        end = head + (size_t)word_at(m, i, head + 16);
    }
    if (end == 0 || end % 4 == 0 || end > r->len - 4) {
        return false;
    }
    mutate_copy(m, i);
    mutate_set(m, end, 1, 1);
    return out_status(&m->with) == SCAPF_OK;
}

static size_t first_of(const struct mutate *m, enum mutate_target target)
{
    size_t i = 0;

    while (i < m->n && !mutate_is(m, i, target)) {
        i++;
    }
    return i;
}

static void put_copy(struct mutate *m, size_t i)
{
    out_bytes(&m->with, raw_of(m, i), rec_of(m, i)->len);
}

/* Another section at the end: a 1 in the other byte order; b 1 with a packet but no interface, 2
 * with interface and statistics, 3 the whole capture once more, 4 with events. */
bool mop_new_section(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    size_t idb = first_of(m, ON_IDB);
    size_t epb = first_of(m, ON_EPB);
    size_t isb = first_of(m, ON_ISB);
    uint8_t body[16] = {0};

    (void)i;
    (void)variant;
    if (m->n == 0 || m->is_pcap) {
        return false;
    }
    mutate_insert(m, m->n);
    if (row->b == 3) {
        out_bytes(&m->with, m->in, m->len);
        return out_status(&m->with) == SCAPF_OK;
    }
    m->with.big_endian = rec_of(m, 0)->big_endian != (row->a == 1);
    memset(body + 8, 0xFF, 8);
    put_block(m, SCAPF_BLOCK_SHB, body, sizeof(body));
    if (out_status(&m->with) < 0) {
        return false;
    }
    mutate_set(m, 8, 4, FRAME_BYTE_ORDER_MAGIC);
    mutate_set(m, 12, 2, 1);
    if (row->b == 1 && epb < m->n) {
        put_copy(m, epb);
    } else if (row->b == 2 && idb < m->n && isb < m->n) {
        put_copy(m, idb);
        put_copy(m, isb);
    } else if (row->b != 0) {
        return false;
    }
    return out_status(&m->with) == SCAPF_OK;
}

/* An interface description behind the first packet that follows it. */
bool mop_move_back(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    size_t to = i + 1;

    (void)row;
    (void)variant;
    while (to < m->n && rec_of(m, to)->kind != SCAPF_KIND_PACKET &&
           rec_of(m, to)->type != SCAPF_BLOCK_SHB) {
        to++;
    }
    if (to == m->n || rec_of(m, to)->kind != SCAPF_KIND_PACKET) {
        return false;
    }
    m->at = (size_t)rec_of(m, i)->off;
    m->old_len = (size_t)(rec_of(m, to)->off - m->at) + rec_of(m, to)->len;
    out_bytes(&m->with, raw_of(m, i) + rec_of(m, i)->len, m->old_len - rec_of(m, i)->len);
    put_copy(m, i);
    return out_status(&m->with) == SCAPF_OK;
}

/* ------------------------------------------------------------------ packets */

/* A snap length one below what packet number variant has. a: where it stands in the header. */
bool mop_snaplen(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    size_t at = i + 1;
    uint32_t captured;

    for (; at < m->n; at++) {
        bool counts = rec_of(m, at)->is_pcap || rec_of(m, at)->type == SCAPF_BLOCK_EPB;

        if (counts && variant-- == 0) {
            break;
        }
    }
    if (at >= m->n) {
        return false;
    }
    captured = word_at(m, at, rec_of(m, at)->is_pcap ? 8 : 20);
    if (captured < 2) {
        return false;
    }
    mutate_copy(m, i);
    mutate_set(m, row->a, 4, captured - 1);
    return out_status(&m->with) == SCAPF_OK;
}

/* Times: a 0 some earlier, 1 zero, 2 words exchanged. */
bool mop_ticks(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    const size_t at = 12;
    uint64_t ticks;

    (void)variant;
    mutate_copy(m, i);
    if (at + 8 > m->old_len || out_status(&m->with) < 0) {
        return false;
    }
    ticks = (uint64_t)word_at(m, i, at) << 32 | word_at(m, i, at + 4);
    if (row->a == 0) {
        ticks -= ticks / 100000 + 1;
    } else if (row->a == 1) {
        ticks = 0;
    } else {
        ticks = ticks >> 32 | ticks << 32;
    }
    mutate_set(m, at, 4, ticks >> 32);
    mutate_set(m, at + 4, 4, ticks & UINT32_MAX);
    return true;
}

/* An end of the statistics that is their own time, with its words exchanged. */
bool mop_stats_time(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    (void)row;
    (void)variant;
    if (!begin_options(m, i, 3)) {
        return false;
    }
    out_u16(&m->with, 3);
    out_u16(&m->with, 8);
    out_u32(&m->with, word_at(m, i, 16));
    out_u32(&m->with, word_at(m, i, 12));
    return end_options(m, true);
}

/* The same statistics before these, with one more in counter number variant. */
bool mop_stats_before(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    const struct mutate_rec *r = rec_of(m, i);
    size_t at = r->opt_at + 12 * (size_t)variant;
    uint32_t low;

    (void)row;
    if (12 * (size_t)variant + 12 > r->opt_len ||
        get_u16(raw_of(m, i) + at + 2, r->big_endian) != 8 ||
        get_u16(raw_of(m, i) + at, r->big_endian) < 4) {
        return false;
    }
    mutate_insert(m, i);
    put_copy(m, i);
    if (out_status(&m->with) < 0) {
        return false;
    }
    at += r->big_endian ? 8 : 4; /* the low word */
    low = word_at(m, i, at);
    mutate_set(m, at, 4, (uint64_t)low + 1);
    return true;
}

bool mop_obsolete(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    (void)variant;
    mutate_copy(m, i);
    if (out_status(&m->with) < 0) {
        return false;
    }
    mutate_set(m, 0, 4, SCAPF_BLOCK_PB);
    mutate_set(m, 8, 2, word_at(m, i, 8));
    mutate_set(m, 10, 2, row->value);
    return true;
}

/* ------------------------------------------------------------------ other bodies */

/* A name record of type a with b bytes; value 1 with padding that is not zero, 2 it takes the place
 * of the end, 3 the end goes and nothing comes, else the length it claims. */
bool mop_name(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    const struct mutate_rec *r = rec_of(m, i);
    const uint8_t *raw = raw_of(m, i);
    size_t end = r->opt_at - 4; /* nrb_record_end */

    (void)variant;
    if (r->opt_at < 12) {
        return false;
    }
    m->at = (size_t)r->off;
    m->old_len = r->len;
    out_bytes(&m->with, raw, end);
    if (row->value != 3) {
        out_u16(&m->with, (uint16_t)row->a);
        out_u16(&m->with, (uint16_t)(row->value > 3 ? row->value : row->b));
        out_bytes(&m->with, row->bytes, row->b);
        while (m->with.len % 4 != 0 && out_status(&m->with) == SCAPF_OK) {
            out_u8(&m->with, row->value == 1);
        }
    }
    if (row->value < 2) {
        out_bytes(&m->with, raw + end, r->len - end);
    } else {
        out_u32(&m->with, 0); /* the trailer */
    }
    if (out_status(&m->with) < 0) {
        return false;
    }
    mutate_frame(m);
    return true;
}

/* Secrets of type value: b bytes. */
bool mop_secrets(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    (void)variant;
    m->at = (size_t)rec_of(m, i)->off;
    m->old_len = rec_of(m, i)->len;
    out_u32(&m->with, SCAPF_BLOCK_DSB);
    out_u32(&m->with, 0);
    out_u32(&m->with, (uint32_t)row->value);
    out_u32(&m->with, row->b);
    out_bytes(&m->with, row->bytes, row->b);
    return mutate_end(m);
}

/* a: 0 the key of the time goes, 1 its first digit, 2 more zeros at the end than padding. */
bool mop_journal(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    static const char key[] = "__REALTIME_TIMESTAMP=";
    uint8_t *p;

    (void)variant;
    mutate_copy(m, i);
    p = memmem(m->with.bytes, m->with.len, key, sizeof(key) - 1);
    if (out_status(&m->with) < 0 || p == NULL) {
        return false;
    }
    if (row->a == 2) {
        out_zero(&m->with, 8);
        if (out_status(&m->with) < 0) {
            return false;
        }
        mutate_set(m, m->old_len - 4, 4, 0);
        mutate_frame(m);
    } else {
        p[row->a == 0 ? 0 : sizeof(key) - 1] = 'X';
    }
    return true;
}

/* The file packed (a), then: b 0 more bytes, 1 cut, 2 a wrong checksum, 3 a frame with a window
 * beyond every limit. */
bool mop_pack(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    static const uint8_t large[] = {0x28, 0xB5, 0x2F, 0xFD, 0x00, 0xB0, 0x01, 0x00, 0x00};
    static const uint8_t reserved[] = {0x28, 0xB5, 0x2F, 0xFD, 0x20, 0x01, 0x07, 0x00, 0x00};
    struct scapf_sink *sink;
    const uint8_t *p;
    size_t n;
    bool ok;

    (void)i;
    (void)variant;
    if (scapf_sink_mem((enum scapf_compression)row->a, m->alloc, &sink, NULL) < 0) {
        return false;
    }
    ok = scapf_sink_write(sink, m->in, m->len) == SCAPF_OK && scapf_sink_finish(sink) == SCAPF_OK;
    p = scapf_sink_bytes(sink, &n);
    if (ok && n > 16) {
        out_bytes(&m->with, p, row->b == 1 ? n - 3 : n);
    }
    scapf_sink_free(sink);
    m->whole = true;
    m->old_len = m->len;
    if (!ok || out_status(&m->with) < 0 || n <= 16) {
        return false;
    }
    if (row->b == 0) {
        out_bytes(&m->with, "no member", 9);
    } else if (row->b == 2 && row->a == SCAPF_GZIP) {
        m->with.bytes[m->with.len - 8] ^= 0x55; /* the checksum of the last member */
    } else if (row->b == 2) {
        out_bytes(&m->with, reserved, sizeof(reserved)); /* a block of a type there is not */
    } else if (row->b == 3) {
        out_bytes(&m->with, large, sizeof(large));
    }
    return out_status(&m->with) == SCAPF_OK;
}
