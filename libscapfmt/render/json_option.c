/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_option.c - options of blocks, typed by the option tables.
 *
 * Comments stand apart as a plain list of texts, since they are what people look for. Each other
 * option has its code, its name when it has one, and either "value", or "base64" when its type is
 * unknown or its length is wrong.
 */
#include "block/opt_table.h"
#include "bytes/cur.h"
#include "render/json.h"

#define MAC_LEN_MAX 8u
#define FCS_SHIFT   5u /* [pcapng 4.3] bits 5-8 of epb_flags: length of the check sequence */
#define FCS_MASK    15u

typedef void (*option_fn)(struct json *j, struct cur *c);

static void put_utf8(struct json *j, struct cur *c)
{
    size_t n = cur_left(c);

    json_text(j, cur_take(c, n), n);
}

static void put_bytes(struct json *j, struct cur *c)
{
    size_t n = cur_left(c);

    json_base64(j, cur_take(c, n), n);
}

static void put_u8(struct json *j, struct cur *c)
{
    json_u64(j, cur_u8(c));
}

static void put_u32(struct json *j, struct cur *c)
{
    json_u64(j, cur_u32(c));
}

static void put_u64(struct json *j, struct cur *c)
{
    json_u64(j, cur_u64(c));
}

static void put_i64(struct json *j, struct cur *c)
{
    json_i64(j, cur_i64(c));
}

static void put_ticks(struct json *j, struct cur *c)
{
    uint64_t high = cur_u32(c);

    json_u64_string(j, high << 32 | cur_u32(c));
}

static void put_time_ns(struct json *j, struct cur *c)
{
    json_u64_string(j, cur_u64(c));
}

/* [pcapng 4.2] if_filter: u8 code, then text for code 0, else a program */
static void put_filter(struct json *j, struct cur *c)
{
    uint8_t code = cur_u8(c);

    json_object(j);
    json_lit_key(j, "code");
    json_u64(j, code);
    if (code == 0) {
        json_lit_key(j, "text");
        put_utf8(j, c);
    } else {
        json_lit_key(j, "base64");
        put_bytes(j, c);
    }
    json_object_end(j);
}

static void put_ip(struct json *j, struct cur *c)
{
    size_t n = cur_left(c);

    json_ip(j, cur_take(c, n), n);
}

static void put_ip4_mask(struct json *j, struct cur *c)
{
    json_object(j);
    json_lit_key(j, "addr");
    json_ip(j, cur_take(c, 4), 4);
    json_lit_key(j, "mask");
    json_ip(j, cur_take(c, 4), 4);
    json_object_end(j);
}

static void put_ip6_prefix(struct json *j, struct cur *c)
{
    json_object(j);
    json_lit_key(j, "addr");
    json_ip(j, cur_take(c, 16), 16);
    json_lit_key(j, "prefix");
    json_u64(j, cur_u8(c));
    json_object_end(j);
}

/* "00:11:22:33:44:55" */
static void put_mac(struct json *j, struct cur *c)
{
    json_next(j);
    out_char(j->out, '"');
    for (size_t i = 0; i < MAC_LEN_MAX && cur_left(c) > 0; i++) {
        uint8_t byte = cur_u8(c);

        if (i > 0) {
            out_char(j->out, ':');
        }
        out_hex_bytes(j->out, &byte, 1);
    }
    out_char(j->out, '"');
}

static void put_packet_flags(struct json *j, struct cur *c)
{
    uint32_t value = cur_u32(c);
    uint32_t left = value & ~(FCS_MASK << FCS_SHIFT);
    size_t n;
    const struct opt_packet_flag *flags = opt_packet_flags(&n);

    json_object(j);
    json_lit_key(j, "value");
    json_u64(j, value);
    json_lit_key(j, "names");
    json_array(j);
    for (size_t i = 0; i < n; i++) {
        if ((value & flags[i].mask) == flags[i].value) {
            json_cstring(j, flags[i].name);
            left &= ~flags[i].mask;
        }
    }
    json_array_end(j);
    json_lit_key(j, "fcs_len");
    json_u64(j, value >> FCS_SHIFT & FCS_MASK);
    if (left != 0) {
        json_lit_key(j, "unknown");
        json_u64(j, left);
    }
    json_object_end(j);
}

/* A number with a name, then bytes. */
static void put_kind_and_bytes(struct json *j, struct cur *c,
                               const char *(*name_of)(uint8_t, uint8_t *))
{
    uint8_t kind = cur_u8(c);
    uint8_t len;
    const char *name = name_of(kind, &len);

    json_object(j);
    json_lit_key(j, "kind");
    json_u64(j, kind);
    if (name != NULL) {
        json_lit_key(j, "name");
        json_cstring(j, name);
    }
    json_lit_key(j, "base64");
    put_bytes(j, c);
    json_object_end(j);
}

static void put_hash(struct json *j, struct cur *c)
{
    put_kind_and_bytes(j, c, opt_hash_name);
}

static void put_verdict(struct json *j, struct cur *c)
{
    put_kind_and_bytes(j, c, opt_verdict_name);
}

static void put_pid_tid(struct json *j, struct cur *c)
{
    json_object(j);
    json_lit_key(j, "pid");
    put_u32(j, c);
    json_lit_key(j, "tid");
    put_u32(j, c);
    json_object_end(j);
}

static void put_custom_utf8(struct json *j, struct cur *c)
{
    json_object(j);
    json_lit_key(j, "pen");
    put_u32(j, c);
    json_lit_key(j, "text");
    put_utf8(j, c);
    json_object_end(j);
}

static void put_custom_bytes(struct json *j, struct cur *c)
{
    json_object(j);
    json_lit_key(j, "pen");
    put_u32(j, c);
    json_lit_key(j, "base64");
    put_bytes(j, c);
    json_object_end(j);
}

static void put_uuid(struct json *j, struct cur *c)
{
    json_next(j);
    out_char(j->out, '"');
    for (size_t i = 0; i < 16; i++) {
        uint8_t byte = cur_u8(c);

        if (i == 4 || i == 6 || i == 8 || i == 10) {
            out_char(j->out, '-');
        }
        out_hex_bytes(j->out, &byte, 1);
    }
    out_char(j->out, '"');
}

/* Texts with a NUL between two of them. */
static void put_text_list(struct json *j, struct cur *c)
{
    size_t left = cur_left(c);
    const uint8_t *p = cur_take(c, left);

    json_array(j);
    while (left > 0) {
        const uint8_t *nul = memchr(p, 0, left);
        size_t n = nul != NULL ? (size_t)(nul - p) : left;

        json_text(j, p, n);
        if (nul != NULL && n + 1 == left) { /* it ends with an empty one */
            json_lit(j, "");
        }
        n = nul != NULL ? n + 1 : n;
        p += n;
        left -= n;
    }
    json_array_end(j);
}

static const option_fn writers[] = {
    [OPT_BYTES] = put_bytes,
    [OPT_UTF8] = put_utf8,
    [OPT_U8] = put_u8,
    [OPT_U32] = put_u32,
    [OPT_U64] = put_u64,
    [OPT_I64] = put_i64,
    [OPT_TS] = put_ticks,
    [OPT_TSRESOL] = put_u8,
    [OPT_FILTER] = put_filter,
    [OPT_IP4] = put_ip,
    [OPT_IP4_MASK] = put_ip4_mask,
    [OPT_IP6] = put_ip,
    [OPT_IP6_PREFIX] = put_ip6_prefix,
    [OPT_MAC] = put_mac,
    [OPT_EUI] = put_mac,
    [OPT_FLAGS] = put_packet_flags,
    [OPT_HASH] = put_hash,
    [OPT_VERDICT] = put_verdict,
    [OPT_PID_TID] = put_pid_tid,
    [OPT_CUSTOM_UTF8] = put_custom_utf8,
    [OPT_CUSTOM_BYTES] = put_custom_bytes,
    [OPT_UUID] = put_uuid,
    [OPT_TEXT_LIST] = put_text_list,
    [OPT_TIME_NS] = put_time_ns,
    [OPT_END] = put_bytes,
};

static void put_option(struct json *j, const struct opt_info *info, const struct scapf_option *opt,
                       bool big_endian)
{
    bool fits = info != NULL && info->type != OPT_BYTES &&
                (info->len == 0 || opt->len == info->len) && opt->len >= info->min_len;
    struct cur c = cur_make(opt->value, opt->len, opt->off, big_endian);

    json_object(j);
    json_lit_key(j, "code");
    json_u64(j, opt->code);
    if (info != NULL) {
        json_lit_key(j, "name");
        json_cstring(j, info->name);
    }
    if (fits) {
        json_lit_key(j, "value");
        writers[info->type](j, &c);
    } else {
        json_lit_key(j, "base64");
        put_bytes(j, &c);
    }
    json_object_end(j);
}

/* One of the two lists; opened at its first item. */
static void put_items(struct json *j, uint32_t block_type, struct scapf_option_iter it,
                      bool comments)
{
    struct scapf_option opt;
    bool open = false;

    while (scapf_option_next(&it, &opt) == SCAPF_OK) {
        if ((opt.code == OPT_CODE_COMMENT) != comments) {
            continue;
        }
        if (!open) {
            json_key(j, comments ? "comments" : "options");
            json_array(j);
            open = true;
        }
        if (comments) {
            json_text(j, opt.value, opt.len);
        } else {
            put_option(j, opt_info(block_type, opt.code), &opt, it.big_endian);
        }
    }
    if (open) {
        json_array_end(j);
    }
}

/* Where the walk stopped being one over options: a broken one, or what stands in and behind the end
 * mark although nothing should. [PNG-901, PNG-902] */
static size_t rest_start(const struct scapf_option_iter *it, enum scapf_status status, size_t last)
{
    if (status < 0 || (it->ended && it->pos - last > 4)) {
        return last;
    }
    return it->pos;
}

void json_options(struct json_record *r, uint32_t block_type, struct scapf_option_iter *it)
{
    struct json *j = &r->j;
    struct scapf_option opt;
    size_t last = it->pos; /* end of the last whole option */
    enum scapf_status status;

    put_items(j, block_type, *it, true);
    put_items(j, block_type, *it, false);
    while ((status = scapf_option_next(it, &opt)) == SCAPF_OK) {
        last = it->pos;
    }
    if (status < 0) {
        json_lit_key(j, "options_damage");
        json_own_diag(r, &it->diag);
    }
    last = rest_start(it, status, last);
    if (last < it->len) {
        json_lit_key(j, "options_rest");
        json_base64(j, it->bytes + last, it->len - last);
    }
}

void json_own_options(struct json_record *r)
{
    struct scapf_option_iter it;

    scapf_options_begin(r->rec, &it);
    json_options(r, r->rec->type, &it);
}
