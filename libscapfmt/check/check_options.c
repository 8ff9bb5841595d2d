/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_options.c - option lists, judged by the tables of options: framing, lengths, repetition,
 * text. Every violation is named where the reader only needs the first. [pcapng 3.5]
 */
#include "block/opt_table.h"
#include "bytes/cur.h"
#include "check/check.h"

#define OPTION_HEADER_LEN 4u
#define OPTION_MAX_LEN    65535u
#define REPEATED_CODES    64u /* codes with a "once" rule are all below */

void check_padding(struct checker *c, enum rule rule, const struct body_bytes *pad)
{
    for (size_t i = 0; i < pad->n; i++) {
        if (pad->p[i] != 0) {
            check_report(c, rule, pad->off + i, pad->p[i], 0);
            return;
        }
    }
}

/* Length of the UTF-8 character at p, or 0 when there is none. [RFC 3629] */
static size_t utf8_char(const uint8_t *p, size_t left)
{
    static const struct {
        uint8_t mask, lead, len;
        uint32_t min;
    } forms[] = {{0x80, 0x00, 1, 0},
                 {0xE0, 0xC0, 2, 0x80},
                 {0xF0, 0xE0, 3, 0x800},
                 {0xF8, 0xF0, 4, 0x10000}};

    for (size_t f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
        uint32_t code = p[0] & (uint8_t)~forms[f].mask;

        if ((p[0] & forms[f].mask) != forms[f].lead) {
            continue;
        }
        if (left < forms[f].len) {
            return 0;
        }
        for (size_t i = 1; i < forms[f].len; i++) {
            if ((p[i] & 0xC0) != 0x80) {
                return 0;
            }
            code = code << 6 | (p[i] & 0x3F);
        }
        return code >= forms[f].min && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF)
                   ? forms[f].len
                   : 0;
    }
    return 0;
}

void check_text(struct checker *c, enum rule bad, const uint8_t *text, size_t len, uint64_t off)
{
    bool nul = false;
    bool lone_cr = false;

    for (size_t i = 0; i < len;) {
        size_t n = utf8_char(text + i, len - i);

        if (n == 0) {
            check_report(c, bad, off, text[i], 0);
            return;
        }
        nul = nul || text[i] == 0;
        lone_cr = lone_cr || (text[i] == '\r' && (i + 1 == len || text[i + 1] != '\n'));
        i += n;
    }
    if (nul) {
        check_report(c, RULE_OPTION_NUL, off, 0, 0);
    }
    if (lone_cr) {
        check_report(c, RULE_OPTION_LINES, off, 0, 0);
    }
    if (len == OPTION_MAX_LEN) {
        check_report(c, RULE_OPTION_FULL, off, len, 0);
    }
}

/* One walk over a list. */
struct walk {
    uint64_t once; /* bits: codes below 64 that were seen */
    unsigned comments, options;
};

static void check_code(struct checker *c, const struct scapf_record *rec,
                       const struct scapf_option *opt)
{
    uint64_t key = (uint64_t)rec->type << 16 | opt->code;

    if ((opt->code & 0x8000) != 0) {
        check_once(c, RULE_OPTION_LOCAL, key, opt->off, opt->code, 0);
    } else {
        check_once(c, RULE_OPTION_UNKNOWN, key, opt->off, opt->code, 0);
    }
}

static void check_repetition(struct checker *c, struct walk *w, const struct opt_info *info,
                             const struct scapf_option *opt)
{
    uint64_t bit = opt->code < REPEATED_CODES ? UINT64_C(1) << opt->code : 0;

    if (opt->code == OPT_CODE_COMMENT && ++w->comments == 2) {
        check_once(c, RULE_COMMENT_AGAIN, 0, opt->off, 0, 0);
    }
    if (!info->may_repeat && (w->once & bit) != 0) {
        check_report(c, (enum rule)info->repeat_rule, opt->off, opt->code, 0);
    }
    w->once |= bit;
}

static void check_option(struct checker *c, const struct scapf_record *rec, struct walk *w,
                         const struct opt_info *info, const struct scapf_option *opt)
{
    bool custom = info->type == OPT_CUSTOM_UTF8 || info->type == OPT_CUSTOM_BYTES;

    check_repetition(c, w, info, opt);
    if (opt->len < info->min_len || (info->len != 0 && opt->len != info->len)) {
        if (info->len_rule != RULE_NONE) {
            check_report(c, (enum rule)info->len_rule, opt->off, opt->len, info->min_len);
        }
        return;
    }
    if (custom) {
        check_once(c, RULE_CUSTOM_OPTION, opt->code, opt->off, opt->code, 0);
    }
    if (info->type == OPT_UTF8) {
        check_text(c, RULE_OPTION_UTF8, opt->value, opt->len, opt->off);
    } else if (info->type == OPT_CUSTOM_UTF8) {
        check_text(c, RULE_OPTION_UTF8, opt->value + 4, (size_t)opt->len - 4, opt->off);
    }
    (void)rec;
}

/* A list that runs into the end of the block. [PNG-904] A header of which only 1 byte was written
 * looks, padded, like an option without a value that cannot be empty. The code of a custom option,
 * or of one that nobody knows, is no such byte. */
static void check_missing_end(struct checker *c, const struct scapf_option *last,
                              const struct opt_info *info, uint64_t end)
{
    if (last->len == 0 && last->code <= UINT8_MAX && info != NULL && info->min_len > 0) {
        check_report(c, RULE_OPTION_HEADER_SHORT, last->off, 0, 0);
    }
    check_report(c, RULE_OPTIONS_NO_END, end, 0, 0);
}

/* opt_endofopt, and what stands behind it. */
static void check_end(struct checker *c, const struct walk *w, const struct scapf_option *end,
                      struct cur *left)
{
    if (end->len != 0) {
        check_report(c, RULE_OPTION_END_LEN, end->off, end->len, 0);
    } else if (cur_left(left) > 0) {
        check_report(c, RULE_OPTION_AFTER_END, cur_tell(left), cur_left(left), 0);
    }
    if (w->options == 0) {
        check_once(c, RULE_OPTIONS_ONLY_END, 0, end->off, 0, 0);
    }
}

/* Take the option at the cursor; false when it is not whole, which was then reported. */
static bool take_option(struct checker *c, struct cur *p, uint64_t start, struct scapf_option *opt)
{
    uint64_t left = cur_left(p);
    uint64_t pad_at;

    opt->off = cur_tell(p);
    opt->code = cur_u16(p);
    opt->len = cur_u16(p);
    if (!cur_ok(p)) {
        check_report(c, RULE_OPTION_HEADER_SHORT, opt->off, left, OPTION_HEADER_LEN);
        return false;
    }
    opt->value = cur_take(p, opt->len);
    if (opt->value == NULL) {
        check_report(c, RULE_OPTION_OVERRUN, opt->off, opt->len, left - OPTION_HEADER_LEN);
        return false;
    }
    pad_at = cur_tell(p);
    if (!cur_align4(p, start)) {
        check_report(c, RULE_OPTION_PADDING, pad_at, 0, 0);
    }
    return true;
}

void check_options(struct checker *c, const struct scapf_record *rec, uint32_t table,
                   const struct body_bytes *options, bool big_endian, check_option_fn look,
                   void *ctx)
{
    struct cur p = cur_make(options->p, options->n, options->off, big_endian);
    struct walk w = {0};
    struct scapf_option opt = {0};
    const struct opt_info *info = NULL;

    while (cur_left(&p) > 0) {
        if (!take_option(c, &p, options->off, &opt)) {
            return;
        }
        if (opt.code == OPT_CODE_END) {
            check_end(c, &w, &opt, &p);
            return;
        }
        w.options++;
        info = opt_info(table, opt.code);
        if (info == NULL || (opt.code & 0x8000) != 0) {
            check_code(c, rec, &opt);
        }
        if (info != NULL) {
            check_option(c, rec, &w, info, &opt);
        }
        if (look != NULL && (info == NULL || info->len == 0 || opt.len == info->len)) {
            look(c, rec, &opt, ctx);
        }
    }
    if (w.options > 0 && table != OPT_BLOCK_PROCESS_INFO) {
        check_missing_end(c, &opt, info, cur_tell(&p));
    }
}
