/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repair_options.c - option lists written anew, without what breaks a rule.
 */
#include "block/opt_table.h"
#include "bytes/cur.h"
#include "check/repair.h"

#define OPTION_HEADER_LEN 4u

/* Length of the well-formed UTF-8 prefix of a text that starts at p. [RFC 3629] */
static size_t utf8_len(const uint8_t *p, size_t left)
{
    size_t n = p[0] < 0x80                   ? 1
               : p[0] >= 0xC2 && p[0] < 0xE0 ? 2
               : p[0] >= 0xE0 && p[0] < 0xF0 ? 3
               : p[0] >= 0xF0 && p[0] < 0xF5 ? 4
                                             : 0;

    if (n == 0 || n > left) {
        return 0;
    }
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    if (n == 3 && ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F))) {
        return 0;
    }
    if (n == 4 && ((p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))) {
        return 0;
    }
    return n;
}

void repair_put_text(struct out *o, const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t n = utf8_len(p + i, len - i);

        if (n == 0) {
            out_u8(o, '?');
            i++;
        } else {
            out_bytes(o, p + i, n);
            i += n;
        }
    }
}

static void put_option(struct out *o, const struct opt_info *info, uint16_t code,
                       const uint8_t *value, uint16_t len)
{
    size_t start = o->len;

    out_u16(o, code);
    out_u16(o, len);
    if (info != NULL && info->type == OPT_UTF8) {
        repair_put_text(o, value, len);
    } else if (info != NULL && info->type == OPT_CUSTOM_UTF8) {
        out_bytes(o, value, 4);
        repair_put_text(o, value + 4, (size_t)len - 4);
    } else {
        out_bytes(o, value, len);
    }
    out_pad4(o, start);
}

void repair_put_options(struct repair *r, struct out *o, const struct option_list *list,
                        uint64_t drop)
{
    struct cur c = cur_make(list->bytes, list->len, list->off, list->big_endian);
    bool order = o->big_endian;
    size_t start = o->len;
    uint64_t once = 0;

    o->big_endian = list->big_endian;
    while (cur_left(&c) >= OPTION_HEADER_LEN && drop != REPAIR_ALL_OPTIONS) {
        uint64_t off = cur_tell(&c);
        uint16_t code = cur_u16(&c);
        uint16_t len = cur_u16(&c);
        const uint8_t *value = cur_take(&c, len);
        const struct opt_info *info = opt_info(list->table, code);
        uint64_t bit = info != NULL && !info->may_repeat && code < 64 ? UINT64_C(1) << code : 0;

        if (code == OPT_CODE_END || value == NULL) {
            break;
        }
        (void)cur_align4(&c, list->off);
        if (off == drop || (once & bit) != 0 ||
            (info != NULL && (len < info->min_len || (info->len != 0 && len != info->len)))) {
            continue;
        }
        once |= bit;
        put_option(o, info, code, value, len);
    }
    if (o->len > start && list->table != OPT_BLOCK_PROCESS_INFO) {
        out_u32(o, 0); /* opt_endofopt */
    }
    o->big_endian = order;
    if (o->len - start != list->len ||
        (list->len > 0 && memcmp(o->bytes + start, list->bytes, list->len) != 0)) {
        repair_did(r, SCAPF_MEND_OPTIONS);
    }
}
