/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blocks_option.c - options in the block-by-block dump: name, place, and the value by its type.
 */
#include "block/opt_table.h"
#include "block/option.h"
#include "bytes/addr.h"
#include "bytes/cur.h"
#include "render/blocks.h"

typedef void (*value_fn)(struct out *o, struct cur *c);

static void put_text(struct out *o, struct cur *c)
{
    size_t n = cur_left(c);

    blocks_text(o, cur_take(c, n), n);
}

static void put_hex(struct out *o, struct cur *c)
{
    size_t n = cur_left(c);

    blocks_hex(o, cur_take(c, n), n);
}

static void put_u8(struct out *o, struct cur *c)
{
    out_udec(o, cur_u8(c));
}

static void put_u32(struct out *o, struct cur *c)
{
    out_udec(o, cur_u32(c));
}

static void put_u64(struct out *o, struct cur *c)
{
    out_udec(o, cur_u64(c));
}

static void put_i64(struct out *o, struct cur *c)
{
    out_dec(o, cur_i64(c));
}

/* The high word comes first in both byte orders. */
static void put_ticks(struct out *o, struct cur *c)
{
    uint64_t high = cur_u32(c);

    out_udec(o, high << 32 | cur_u32(c));
}

static void put_tsresol(struct out *o, struct cur *c)
{
    uint8_t value = cur_u8(c);

    out_str(o, (value & 0x80) != 0 ? "2^-" : "10^-");
    out_udec(o, value & 0x7F);
    out_lit(o, " s");
}

static void put_filter(struct out *o, struct cur *c)
{
    uint8_t code = cur_u8(c);

    out_lit(o, "kind ");
    out_udec(o, code);
    out_char(o, ' ');
    if (code == 0) {
        put_text(o, c);
    } else {
        put_hex(o, c);
    }
}

static void put_ip4(struct out *o, struct cur *c)
{
    out_ip4(o, cur_take(c, 4));
    if (cur_left(c) == 4) {
        out_char(o, '/');
        out_ip4(o, cur_take(c, 4));
    }
}

static void put_ip6(struct out *o, struct cur *c)
{
    out_ip6(o, cur_take(c, 16));
    if (cur_left(c) == 1) {
        out_char(o, '/');
        put_u8(o, c);
    }
}

static void put_mac(struct out *o, struct cur *c)
{
    for (bool first = true; cur_left(c) > 0; first = false) {
        uint8_t byte = cur_u8(c);

        if (!first) {
            out_char(o, ':');
        }
        out_hex_bytes(o, &byte, 1);
    }
}

static void put_flags(struct out *o, struct cur *c)
{
    uint32_t flags = cur_u32(c);
    size_t n;
    const struct opt_packet_flag *rows = opt_packet_flags(&n);

    out_lit(o, "0x");
    out_hex(o, flags, false);
    for (size_t i = 0; i < n; i++) {
        if ((flags & rows[i].mask) == rows[i].value) {
            out_char(o, ' ');
            out_str(o, rows[i].name);
        }
    }
}

/* A kind byte, its name, and the rest in hex. */
static void put_kind(struct out *o, struct cur *c, const char *(*name_of)(uint8_t, uint8_t *))
{
    uint8_t kind = cur_u8(c);
    uint8_t len;
    const char *name = name_of(kind, &len);

    out_str(o, name != NULL ? name : "kind ");
    if (name == NULL) {
        out_udec(o, kind);
    }
    out_char(o, ' ');
    put_hex(o, c);
}

static void put_hash(struct out *o, struct cur *c)
{
    put_kind(o, c, opt_hash_name);
}

static void put_verdict(struct out *o, struct cur *c)
{
    put_kind(o, c, opt_verdict_name);
}

static void put_pid_tid(struct out *o, struct cur *c)
{
    out_lit(o, "pid ");
    put_u32(o, c);
    out_lit(o, " tid ");
    put_u32(o, c);
}

static void put_pen(struct out *o, struct cur *c)
{
    out_lit(o, "enterprise ");
    put_u32(o, c);
    out_char(o, ' ');
}

static void put_custom_text(struct out *o, struct cur *c)
{
    put_pen(o, c);
    put_text(o, c);
}

static void put_custom_bytes(struct out *o, struct cur *c)
{
    put_pen(o, c);
    put_hex(o, c);
}

static const value_fn values[] = {
    [OPT_BYTES] = put_hex,
    [OPT_UTF8] = put_text,
    [OPT_U8] = put_u8,
    [OPT_U32] = put_u32,
    [OPT_U64] = put_u64,
    [OPT_I64] = put_i64,
    [OPT_TS] = put_ticks,
    [OPT_TSRESOL] = put_tsresol,
    [OPT_FILTER] = put_filter,
    [OPT_IP4] = put_ip4,
    [OPT_IP4_MASK] = put_ip4,
    [OPT_IP6] = put_ip6,
    [OPT_IP6_PREFIX] = put_ip6,
    [OPT_MAC] = put_mac,
    [OPT_EUI] = put_mac,
    [OPT_FLAGS] = put_flags,
    [OPT_HASH] = put_hash,
    [OPT_VERDICT] = put_verdict,
    [OPT_PID_TID] = put_pid_tid,
    [OPT_CUSTOM_UTF8] = put_custom_text,
    [OPT_CUSTOM_BYTES] = put_custom_bytes,
    [OPT_UUID] = put_hex,
    [OPT_TEXT_LIST] = put_text,
    [OPT_TIME_NS] = put_u64,
    [OPT_END] = put_hex,
};

static void put_option(struct out *o, unsigned depth, const struct opt_info *info,
                       const struct scapf_option *opt, bool big_endian)
{
    struct cur c = cur_make(opt->value, opt->len, opt->off + 4, big_endian);
    bool fits =
        info != NULL && opt->len >= info->min_len && (info->len == 0 || opt->len == info->len);

    blocks_name(o, depth, info != NULL ? info->name : "option");
    out_lit(o, "(");
    out_udec(o, opt->code);
    out_lit(o, ") @");
    out_udec(o, opt->off);
    out_lit(o, ": ");
    if (fits) {
        values[info->type](o, &c);
    } else {
        put_hex(o, &c);
    }
    out_char(o, '\n');
}

/* Zero padding goes without saying. */
static void put_padding(struct out *o, unsigned depth, const struct scapf_option *opt,
                        const uint8_t *end)
{
    const uint8_t *p = opt->value + opt->len;
    const struct body_bytes pad = {p, (size_t)(end - p), opt->off + 4 + opt->len};
    uint8_t bits = 0;

    while (p < end) {
        bits |= *p++;
    }
    if (bits != 0) {
        blocks_bytes(o, depth, "padding", &pad);
    }
}

void blocks_options(struct out *o, unsigned depth, uint32_t table, const struct body_bytes *options,
                    bool big_endian)
{
    struct scapf_option_iter it;
    struct scapf_option opt;
    struct body_bytes rest;
    enum scapf_status status;

    if (options->n == 0) {
        return;
    }
    option_iter_init(&it, options->p, options->n, options->off, big_endian);
    while ((status = scapf_option_next(&it, &opt)) == SCAPF_OK) {
        put_option(o, depth, opt_info(table, opt.code), &opt, big_endian);
        put_padding(o, depth + 1, &opt, options->p + it.pos);
    }
    if (status < 0) {
        char sentence[200];

        (void)scapf_diag_format(&it.diag, sentence, sizeof(sentence));
        blocks_name(o, depth, "damaged");
        out_str(o, sentence);
        out_char(o, '\n');
        rest = (struct body_bytes){options->p, options->n, options->off};
        blocks_bytes(o, depth, "options", &rest);
        return;
    }
    if (it.ended) {
        blocks_name(o, depth, "opt_endofopt");
        out_lit(o, "(0)\n");
    }
    rest = (struct body_bytes){options->p + it.pos, options->n - it.pos, options->off + it.pos};
    blocks_bytes(o, depth, "behind_the_options", &rest);
}
