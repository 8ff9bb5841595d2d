/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_swap.c - blocks in little-endian. Every section of a merged file has to be: libscap and
 * libpcap stop at one that is not. [pcapng WRT-04]
 *
 * Known fields and options are turned round by the tables that say what they are; payloads, and
 * what stands inside custom blocks, never. What forbids to be copied into a rewritten file is left
 * out here too. [pcapng WRT-03]
 */
#include <string.h>

#include "block/frame.h"
#include "block/option.h"
#include "block/types.h"
#include "bytes/cur.h"
#include "event/table.h"
#include "transform/merge.h"

#define FILTER_BPF  1u /* [pcapng if_filter] */
#define FILTER_INSN 8u

/* ------------------------------------------------------------------ options */

/* [pcapng if_filter] u16 code, u8, u8, u32 in each instruction. */
static void swap_bpf(struct out *o, struct cur *c)
{
    while (cur_left(c) >= FILTER_INSN) {
        out_u16(o, cur_u16(c));
        out_u8(o, cur_u8(c));
        out_u8(o, cur_u8(c));
        out_u32(o, cur_u32(c));
    }
}

/* How the value of an option is made of numbers: their widths, the rest is bytes. */
static const struct {
    uint8_t n, width;
} opt_widths[] = {
    [OPT_U32] = {1, 4},         [OPT_U64] = {1, 8},          [OPT_I64] = {1, 8},
    [OPT_TS] = {2, 4},          [OPT_FLAGS] = {1, 4},        [OPT_PID_TID] = {2, 4},
    [OPT_CUSTOM_UTF8] = {1, 4}, [OPT_CUSTOM_BYTES] = {1, 4}, [OPT_TIME_NS] = {1, 8},
    [OPT_END] = {0, 0},
};

static void swap_value(struct out *o, const struct opt_info *info, const struct scapf_option *opt,
                       bool big_endian)
{
    struct cur c = cur_make(opt->value, opt->len, 0, big_endian);
    uint8_t type = info != NULL ? info->type : OPT_BYTES;

    if (big_endian && type == OPT_FILTER && opt->len > 0) {
        out_u8(o, cur_u8(&c));
        if (opt->value[0] == FILTER_BPF) {
            swap_bpf(o, &c);
        }
    } else if (big_endian && type == OPT_VERDICT && opt->len == 9) {
        out_u8(o, cur_u8(&c));
        out_u64(o, cur_u64(&c));
    } else if (big_endian) {
        for (uint8_t i = 0; i < opt_widths[type].n && cur_left(&c) >= opt_widths[type].width; i++) {
            if (opt_widths[type].width == 4) {
                out_u32(o, cur_u32(&c));
            } else {
                out_u64(o, cur_u64(&c));
            }
        }
    }
    out_bytes(o, c.p, cur_left(&c));
}

uint32_t merge_swap_options(struct scapf_merge *m, struct out *o, uint32_t block_type,
                            struct scapf_option_iter *it, uint16_t but)
{
    struct scapf_option opt;
    uint32_t n = 0;

    while (scapf_option_next(it, &opt) == SCAPF_OK) {
        size_t start = o->len;

        if (!option_allows_copy(opt.code)) {
            m->counts.no_copy++;
            continue;
        }
        if (but != 0 && opt.code == but) {
            continue;
        }
        out_u16(o, opt.code);
        out_u16(o, opt.len);
        swap_value(o, opt_info(block_type, opt.code), &opt, it->big_endian);
        out_pad4(o, start);
        n++;
    }
    return n;
}

static void swap_all_options(struct scapf_merge *m, const struct scapf_record *rec)
{
    struct scapf_option_iter it;

    scapf_options_begin(rec, &it);
    if (merge_swap_options(m, &m->block, rec->type, &it, 0) > 0) {
        out_u32(&m->block, 0); /* opt_endofopt */
    }
}

/* ------------------------------------------------------------------ bodies */

/* u32 numbers, then the options. */
static bool swap_numbers(struct scapf_merge *m, const struct scapf_record *rec, unsigned n)
{
    struct cur c = cur_make(rec->body, rec->body_len, rec->off + FRAME_HEADER_LEN, rec->big_endian);

    while (n-- > 0) {
        out_u32(&m->block, cur_u32(&c));
    }
    swap_all_options(m, rec);
    return cur_ok(&c);
}

static bool swap_statistics(struct scapf_merge *m, const struct scapf_record *rec)
{
    return swap_numbers(m, rec, 3);
}

static bool swap_darwin(struct scapf_merge *m, const struct scapf_record *rec)
{
    return swap_numbers(m, rec, 1);
}

/* [pcapng 4.5] u16 type, u16 length, value; the values are addresses and names. */
static bool swap_names(struct scapf_merge *m, const struct scapf_record *rec)
{
    struct out *o = &m->block;
    struct cur c = cur_make(rec->body, rec->body_len, rec->off + FRAME_HEADER_LEN, rec->big_endian);
    uint16_t type;

    do {
        uint16_t len;
        const uint8_t *value;
        size_t start = o->len;

        type = cur_u16(&c);
        len = cur_u16(&c);
        value = cur_take(&c, len);
        if (value == NULL) {
            return false;
        }
        (void)cur_align4(&c, rec->off + FRAME_HEADER_LEN);
        out_u16(o, type);
        out_u16(o, len);
        out_bytes(o, value, len);
        out_pad4(o, start);
    } while (type != 0 && cur_left(&c) > 0);
    if (type != 0) {
        out_u32(o, 0); /* nrb_record_end */
    }
    swap_all_options(m, rec);
    return true;
}

static bool swap_secrets(struct scapf_merge *m, const struct scapf_record *rec)
{
    struct out *o = &m->block;
    struct cur c = cur_make(rec->body, rec->body_len, rec->off + FRAME_HEADER_LEN, rec->big_endian);
    uint32_t type = cur_u32(&c);
    uint32_t len = cur_u32(&c);
    const uint8_t *secrets = cur_take(&c, len);

    if (secrets == NULL) {
        return false;
    }
    out_u32(o, type);
    out_u32(o, len);
    out_bytes(o, secrets, len);
    out_pad4(o, 0);
    swap_all_options(m, rec);
    return true;
}

/* [pcapng 4.8] Only the number of the enterprise is ours to turn round. */
static bool swap_custom(struct scapf_merge *m, const struct scapf_record *rec)
{
    struct cur c = cur_make(rec->body, rec->body_len, rec->off + FRAME_HEADER_LEN, rec->big_endian);

    out_u32(&m->block, cur_u32(&c));
    out_bytes(&m->block, c.p, cur_left(&c));
    return cur_ok(&c);
}

static bool swap_journal(struct scapf_merge *m, const struct scapf_record *rec)
{
    out_bytes(&m->block, rec->body, rec->body_len);
    return true;
}

static bool swap_simple(struct scapf_merge *m, const struct scapf_record *rec)
{
    if (rec->packet == NULL) {
        return false;
    }
    out_u32(&m->block, rec->packet->original_len);
    out_bytes(&m->block, rec->packet->data, rec->packet->captured_len);
    return true;
}

/* A table: head and rows are read and written again by the rows of the schema. */
static bool swap_table(struct scapf_merge *m, const struct scapf_record *rec)
{
    struct scapf_table *t = &m->table;
    enum scapf_status status;

    if (scapf_table_open(rec, m->schema, t) != SCAPF_OK ||
        table_put_head(&m->block, t->info, t->number->version, &t->head) != SCAPF_OK) {
        return false;
    }
    while ((status = scapf_table_next(t, &m->row)) == SCAPF_OK) {
        if (table_put_row(&m->block, t->info, t->number->version, &m->row) != SCAPF_OK) {
            return false;
        }
    }
    return status == SCAPF_END;
}

bool merge_swap_block(struct scapf_merge *m, const struct scapf_record *rec)
{
    static const struct {
        enum scapf_kind kind;
        bool (*swap)(struct scapf_merge *m, const struct scapf_record *rec);
    } kinds[] = {
        {SCAPF_KIND_STATS, swap_statistics},  {SCAPF_KIND_NAMES, swap_names},
        {SCAPF_KIND_SECRETS, swap_secrets},   {SCAPF_KIND_CUSTOM, swap_custom},
        {SCAPF_KIND_JOURNAL, swap_journal},   {SCAPF_KIND_PROCESS, swap_darwin},
        {SCAPF_KIND_TABLE, swap_table},       {SCAPF_KIND_PACKET, swap_simple},
        {SCAPF_KIND_EVENT, merge_swap_event},
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (kinds[i].kind == rec->kind) {
            merge_block_begin(&m->block, rec->type);
            if (!kinds[i].swap(m, rec)) {
                return false;
            }
            merge_block_end(&m->block);
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------ events */

#define FAMILY_UNIX  1
#define FAMILY_INET  2
#define FAMILY_INET6 10

/* [scap 11] Where the numbers stand in addresses and tuples: family, then offset and width. */
static const struct {
    uint8_t type, family, at[2], width;
} sock_numbers[] = {
    {SCAPF_PT_SOCKADDR, FAMILY_INET, {5, 5}, 2},   {SCAPF_PT_SOCKADDR, FAMILY_INET6, {17, 17}, 2},
    {SCAPF_PT_SOCKTUPLE, FAMILY_INET, {5, 11}, 2}, {SCAPF_PT_SOCKTUPLE, FAMILY_INET6, {17, 35}, 2},
    {SCAPF_PT_SOCKTUPLE, FAMILY_UNIX, {1, 9}, 8},
};

/* Turn the width bytes at p round, when they are there. */
static void turn(uint8_t *p, size_t len, size_t at, size_t width)
{
    for (size_t i = 0; at + width <= len && i < width / 2; i++) {
        uint8_t b = p[at + i];

        p[at + i] = p[at + width - 1 - i];
        p[at + width - 1 - i] = b;
    }
}

static void turn_sock(uint8_t *p, size_t len, uint8_t type)
{
    for (size_t i = 0; len > 0 && i < sizeof(sock_numbers) / sizeof(sock_numbers[0]); i++) {
        if (sock_numbers[i].type == type && sock_numbers[i].family == p[0]) {
            turn(p, len, sock_numbers[i].at[0], sock_numbers[i].width);
            if (sock_numbers[i].at[1] != sock_numbers[i].at[0]) {
                turn(p, len, sock_numbers[i].at[1], sock_numbers[i].width);
            }
        }
    }
}

/* [scap 11] u16 count, then i64 descriptor and u16 flags each. */
static void turn_fdlist(uint8_t *p, size_t len)
{
    turn(p, len, 0, 2);
    for (size_t at = 2; at + 10 <= len; at += 10) {
        turn(p, len, at, 8);
        turn(p, len, at + 8, 2);
    }
}

/* The bytes of a value of this type, big-endian, become little-endian. */
static void turn_param(uint8_t *p, size_t len, uint8_t type, const struct scapf_param_info *info)
{

    if (type == SCAPF_PT_SOCKADDR || type == SCAPF_PT_SOCKTUPLE) {
        turn_sock(p, len, type);
    } else if (type == SCAPF_PT_FDLIST) {
        turn_fdlist(p, len);
    } else if (type == SCAPF_PT_DYN) {
        if (len > 0 && info->variants != NULL && p[0] < info->variants->n_variants &&
            info->variants->variants[p[0]].type != SCAPF_PT_DYN) {
            turn_param(p + 1, len - 1, info->variants->variants[p[0]].type, info);
        }
    } else if (type != SCAPF_PT_IPV4ADDR && type != SCAPF_PT_IPV6ADDR && type < SCAPF_PT_COUNT &&
               scapf_param_size(type) == len) {
        turn(p, len, 0, len);
    }
}

static void put_event_head(struct out *o, const struct scapf_event *ev, uint8_t layout)
{
    out_u16(o, ev->cpu);
    if ((layout & EVENT_LAYOUT_FLAGS) != 0) {
        out_u32(o, ev->flags);
    }
    out_u64(o, ev->ts_ns);
    out_u64(o, (uint64_t)ev->tid);
    out_u32(o, ev->len);
    out_u16(o, ev->code);
    if ((layout & EVENT_LAYOUT_V2) != 0) {
        out_u32(o, ev->n_params);
    }
}

/* Lengths of the parameters, then the parameters. */
static bool put_event_params(struct out *o, const struct scapf_event *ev)
{
    const uint8_t *bytes;
    uint32_t len;

    for (uint32_t i = 0; i < ev->n_params; i++) {
        if (scapf_event_param(ev, i, &bytes, &len) != SCAPF_OK) {
            return false;
        }
        if (ev->len_size == 4) {
            out_u32(o, len);
        } else {
            out_u16(o, (uint16_t)len);
        }
    }
    for (uint32_t i = 0; i < ev->n_params; i++) {
        size_t at = o->len;

        if (scapf_event_param(ev, i, &bytes, &len) != SCAPF_OK) {
            return false;
        }
        out_bytes(o, bytes, len);
        if (out_status(o) == SCAPF_OK && i < ev->info->n_params) {
            turn_param(o->bytes + at, len, ev->info->params[i].type, &ev->info->params[i]);
        }
    }
    return true;
}

bool merge_swap_event(struct scapf_merge *m, const struct scapf_record *rec)
{
    const struct scapf_event *ev = rec->event;
    const struct block_type *type = block_type_find(rec->type);
    struct out *o = &m->block;
    struct scapf_option_iter it;
    size_t end;

    if (ev == NULL || type == NULL || !ev->has_params || (ev->info == NULL && ev->n_params > 0)) {
        return false;
    }
    end = o->len + 2 + ((type->layout & EVENT_LAYOUT_FLAGS) != 0 ? 4 : 0) + ev->len;
    put_event_head(o, ev, type->layout);
    if (!put_event_params(o, ev)) {
        return false;
    }
    if (o->len < end) { /* bytes of the event behind its last parameter */
        out_zero(o, end - o->len);
    }
    out_pad4(o, 0);
    scapf_options_begin(rec, &it);
    if (merge_swap_options(m, o, rec->type, &it, 0) > 0) {
        out_u32(o, 0);
    }
    return true;
}
