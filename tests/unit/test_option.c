/* SPDX-License-Identifier: Apache-2.0 */
#include "block/option.h"

#include <criterion/criterion.h>

#include "support/rd.h"

#define OFF 1000 /* stream offset of the first option */

static struct scapf_option_iter begin(const struct mk *m)
{
    struct scapf_option_iter it;

    option_iter_init(&it, m->o.bytes, m->o.len, OFF, m->o.big_endian);
    return it;
}

Test(option, walk)
{
    for (int big = 0; big <= 1; big++) {
        struct scapf_option_iter it;
        struct scapf_option opt;
        struct mk m;

        mk_init(&m, big);
        mk_opt_str(&m, 1, "comment");
        mk_opt(&m, 2, NULL, 0);
        mk_opt_u64(&m, 14, 5);
        mk_opt_end(&m);
        mk_u32(&m, 0xFFFFFFFF); /* not looked at any more */
        it = begin(&m);
        cr_assert_eq(scapf_option_next(&it, &opt), SCAPF_OK);
        cr_expect(opt.code == 1 && opt.len == 7 && opt.off == OFF);
        cr_expect_arr_eq(opt.value, "comment", 7);
        cr_assert_eq(scapf_option_next(&it, &opt), SCAPF_OK);
        cr_expect(opt.code == 2 && opt.len == 0 && opt.off == OFF + 12 && opt.value != NULL);
        cr_assert_eq(scapf_option_next(&it, &opt), SCAPF_OK);
        cr_expect(opt.code == 14 && opt.len == 8 && opt.off == OFF + 16);
        cr_expect_not(it.ended);
        cr_expect_eq(scapf_option_next(&it, &opt), SCAPF_END);
        cr_expect(it.ended);
        cr_expect_eq(it.pos, 32);
        cr_expect_eq(scapf_option_next(&it, &opt), SCAPF_END);
        mk_release(&m);
    }
}

/* Readers take the end of the block for the end of the options. [PNG-900] */
Test(option, no_end)
{
    struct scapf_option_iter it;
    struct scapf_option opt;
    struct mk m;

    mk_init(&m, MK_LITTLE);
    it = begin(&m);
    cr_expect_eq(scapf_option_next(&it, &opt), SCAPF_END, "no options at all");
    mk_opt_str(&m, 1, "abcd");
    it = begin(&m);
    cr_expect_eq(scapf_option_next(&it, &opt), SCAPF_OK);
    cr_expect_eq(scapf_option_next(&it, &opt), SCAPF_END);
    cr_expect_not(it.ended);
    m.o.len = 7; /* the padding may be missing at the end */
    mk_patch_u16(&m, 2, 3);
    it = begin(&m);
    cr_expect_eq(scapf_option_next(&it, &opt), SCAPF_OK);
    cr_expect_eq(opt.len, 3);
    cr_expect_eq(scapf_option_next(&it, &opt), SCAPF_END);
    mk_release(&m);
}

Test(option, overrun_and_short_header)
{
    static const struct {
        size_t len; /* of the list */
        uint16_t option_len;
        enum rule rule;
        uint64_t got, want;
    } rows[] = {
        {16, 5, RULE_OPTION_OVERRUN, 5, 4},      {16, 65535, RULE_OPTION_OVERRUN, 65535, 4},
        {12, 1, RULE_OPTION_OVERRUN, 1, 0},      {9, 0, RULE_OPTION_HEADER_SHORT, 1, 4},
        {11, 0, RULE_OPTION_HEADER_SHORT, 3, 4},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scapf_option_iter it;
        struct scapf_option opt;
        struct mk m;

        mk_init(&m, MK_BIG);
        mk_opt_str(&m, 1, "abcd");
        mk_opt_u32(&m, 2, 7);
        mk_patch_u16(&m, 10, rows[i].option_len);
        m.o.len = rows[i].len;
        it = begin(&m);
        cr_expect_eq(scapf_option_next(&it, &opt), SCAPF_OK);
        cr_expect_eq(scapf_option_next(&it, &opt), SCAPF_E_FORMAT, "row %zu", i);
        rd_expect("option", &it.diag, rows[i].rule, OFF + 8, rows[i].got, rows[i].want);
        cr_expect_eq(scapf_option_next(&it, &opt), SCAPF_E_FORMAT, "errors stick");
        mk_release(&m);
    }
}

/* Each kind of block, built with a comment behind its fixed part. */
static void build(struct mk *m, unsigned kind)
{
    static const char secrets[] = "CLIENT_RANDOM";

    mk_shb_begin(m, 0, UINT64_MAX);
    mk_opt_str(m, 1, "hello");
    mk_opt_end(m);
    mk_end(m);
    mk_idb_begin(m, 1, 0);
    if (kind == 1) {
        mk_opt_str(m, 1, "hello");
    }
    mk_end(m);
    switch (kind) {
    case 2:
        mk_epb_begin(m, 0, 1, "abc", 3, 3);
        break;
    case 3:
        mk_pb_begin(m, 0, 0, 1, "abcde", 5);
        break;
    case 4:
        mk_isb_begin(m, 0, 1);
        break;
    case 5:
        mk_dsb_begin(m, 0x544C534B, secrets, sizeof(secrets) - 1);
        break;
    case 6:
        mk_begin(m, 4);
        mk_nrb_record(m, 1, "\x7F\0\0\x01host", 9);
        mk_nrb_record(m, 0, NULL, 0);
        break;
    case 7:
        mk_begin(m, 0x80000001);
        mk_u32(m, 17);
        break;
    case 8:
        mk_ev_begin(m, 0x216, 0, 1, 1, 1);
        mk_param_u16(m, 3);
        mk_ev_body(m);
        break;
    case 9:
        mk_ev_begin(m, 0x208, 0, 1, 1, 1);
        mk_param_u16(m, 3);
        mk_ev_body(m);
        break;
    default:
        return;
    }
    mk_opt_str(m, 1, "hello");
    mk_opt_end(m);
    mk_end(m);
}

Test(option, where_they_start)
{
    for (unsigned i = 0; i < 20; i++) {
        unsigned kind = i / 2;
        struct scapf_option_iter it;
        struct scapf_option opt;
        struct mk m;
        struct rd rd;

        mk_init(&m, i % 2);
        build(&m, kind);
        rd_mk(&rd, &m);
        rd_skip(&rd, kind == 0 ? 1 : kind == 1 ? 2 : 3);
        cr_expect_null(rd.rec.damage, "kind %u", kind);
        scapf_options_begin(&rd.rec, &it);
        cr_assert_eq(scapf_option_next(&it, &opt), SCAPF_OK, "kind %u", kind);
        cr_expect(opt.code == 1 && opt.len == 5, "kind %u", kind);
        cr_expect_arr_eq(opt.value, "hello", 5, "kind %u", kind);
        cr_expect_eq(opt.off, rd.rec.off + (uint64_t)(opt.value - 4 - rd.rec.raw), "kind %u", kind);
        cr_expect_eq(scapf_option_next(&it, &opt), SCAPF_END, "kind %u", kind);
        rd_close(&rd);
        mk_release(&m);
    }
}

/* Blocks whose contents nobody can separate, and damaged ones, have no options to show. */
Test(option, blocks_without)
{
    struct scapf_option_iter it;
    struct scapf_option opt;
    struct mk m;
    struct rd rd;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    mk_begin(&m, 0xBAD);
    mk_u32(&m, 1);
    mk_opt_str(&m, 1, "data or option");
    mk_end(&m);
    mk_begin(&m, 0x77);
    mk_opt_str(&m, 1, "who knows");
    mk_end(&m);
    mk_epb(&m, 9, 1, "no interface", 12);
    mk_begin(&m, 4); /* names that leave the block */
    mk_u32(&m, 0xFFFF0001);
    mk_end(&m);
    mk_begin(&m, 10); /* secrets that leave the block */
    mk_u32(&m, 1);
    mk_u32(&m, 0xFFFFFFFF);
    mk_end(&m);
    rd_mk(&rd, &m);
    while (rd_next(&rd) == SCAPF_OK) {
        scapf_options_begin(&rd.rec, &it);
        cr_expect_eq(scapf_option_next(&it, &opt), SCAPF_END, "type %#x", rd.rec.type);
    }
    cr_expect_eq(scapf_reader_ledger(rd.reader)->blocks, 6);
    rd_close_len(&rd, m.o.len);
    mk_release(&m);
}
