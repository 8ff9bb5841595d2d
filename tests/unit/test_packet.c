/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "support/rd.h"

Test(packet, enhanced)
{
    for (int big = 0; big <= 1; big++) {
        for (uint32_t len = 0; len <= 5; len++) {
            const struct scapf_packet *p;
            struct mk m;
            struct rd rd;

            mk_init(&m, big);
            mk_shb(&m, 0);
            mk_idb(&m, 147, 96);
            mk_epb_begin(&m, 0, UINT64_C(0x0102030405060708), "abcde", len, 1500);
            mk_opt_u32(&m, 2, 1);
            mk_opt_end(&m);
            mk_end(&m);
            rd_mk(&rd, &m);
            rd_skip(&rd, 3);
            p = rd.rec.packet;
            cr_assert_not_null(p);
            cr_expect_eq(rd.rec.kind, SCAPF_KIND_PACKET);
            cr_expect(p->interface_id == 0 && p->captured_len == len && p->original_len == 1500);
            cr_expect(p->has_ts && p->ticks == UINT64_C(0x0102030405060708));
            cr_expect_eq(p->link_type, 147);
            cr_expect_eq(memcmp(p->data, "abcde", len), 0);
            cr_expect_eq(p->options_len, 12);
            cr_expect_eq(p->options, rd.rec.raw + 28 + ((len + 3) & ~3U));
            cr_expect_eq(scapf_reader_interface(rd.reader, 0)->packets, 1);
            cr_expect_eq(rd_next(&rd), SCAPF_END);
            rd_close_len(&rd, m.o.len);
            mk_release(&m);
        }
    }
}

Test(packet, simple_is_cut_by_the_snap_length)
{
    static const struct {
        uint32_t snaplen, original, stored;
        int64_t captured; /* -1: does not fit */
    } rows[] = {
        {0, 5, 5, 5},  {0, 0, 0, 0}, {4, 5, 4, 4},           {8, 5, 5, 5},   {0, 9, 5, -1},
        {6, 5, 0, -1}, {5, 9, 5, 5}, {0, UINT32_MAX, 5, -1}, {9, 12, 8, -1}, {2, 4, 4, 2},
    };

    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        struct mk m;
        struct rd rd;

        mk_init(&m, i % 2);
        mk_shb(&m, 0);
        mk_idb(&m, 1, rows[i / 2].snaplen);
        mk_idb(&m, 113, 1); /* an SPB is always of interface 0 */
        mk_spb(&m, "abcdefgh", rows[i / 2].stored, rows[i / 2].original);
        rd_mk(&rd, &m);
        rd_skip(&rd, 4);
        if (rows[i / 2].captured < 0) {
            cr_expect_null(rd.rec.packet);
            rd_expect("SPB", rd.rec.damage, RULE_SPB_DATA_LEN, rd.rec.off + 8,
                      (rows[i / 2].stored + 3) & ~UINT64_C(3),
                      rows[i / 2].snaplen != 0 && rows[i / 2].snaplen < rows[i / 2].original
                          ? rows[i / 2].snaplen
                          : rows[i / 2].original);
        } else {
            const struct scapf_packet *p = rd.rec.packet;

            cr_assert_not_null(p, "row %zu", i / 2);
            cr_expect_eq(p->captured_len, rows[i / 2].captured, "row %zu", i / 2);
            cr_expect_eq(p->original_len, rows[i / 2].original);
            cr_expect(!p->has_ts && !rd.rec.has_ts && p->link_type == 1);
            cr_expect(p->options == NULL && p->options_len == 0);
        }
        cr_expect_eq(rd_next(&rd), SCAPF_END);
        rd_close_len(&rd, m.o.len);
        mk_release(&m);
    }
}

Test(packet, obsolete)
{
    for (int big = 0; big <= 1; big++) {
        const struct scapf_packet *p;
        struct mk m;
        struct rd rd;

        mk_init(&m, big);
        mk_shb(&m, 0);
        mk_idb(&m, 1, 0);
        mk_idb(&m, 1, 0);
        mk_pb_begin(&m, 1, 7, 2500000, "abc", 3);
        mk_end(&m);
        mk_pb_begin(&m, 2, 7, 2500000, "abc", 3);
        mk_end(&m);
        rd_mk(&rd, &m);
        rd_skip(&rd, 4);
        p = rd.rec.packet;
        cr_assert_not_null(p);
        cr_expect(p->interface_id == 1 && p->drop_count == 7 && p->captured_len == 3);
        cr_expect(rd.rec.has_ts && rd.rec.ts_ns == 2500000000);
        cr_expect_eq(p->options_len, 0);
        rd_skip(&rd, 1);
        rd_expect("PB", rd.rec.damage, RULE_PB_IFACE, rd.rec.off + 8, 2, 2);
        rd_close(&rd);
        mk_release(&m);
    }
}

/* The whole body is there for each of these; what it says does not fit. */
Test(packet, captured_length_leaves_the_block)
{
    static const uint32_t claims[] = {9, 12, 0x7FFFFFFF, 0xFFFFFFFC, UINT32_MAX};

    for (size_t i = 0; i < 2 * sizeof(claims) / sizeof(claims[0]); i++) {
        struct mk m;
        struct rd rd;
        uint64_t at;

        mk_init(&m, i % 2);
        mk_shb(&m, 0);
        mk_idb(&m, 1, 0);
        at = mk_at(&m);
        mk_epb(&m, 0, 1, "abcdefgh", 8);
        mk_patch_u32(&m, at + 20, claims[i / 2]);
        mk_epb(&m, 0, 1, "next", 4);
        rd_mk(&rd, &m);
        rd_skip(&rd, 3);
        cr_expect_null(rd.rec.packet);
        rd_expect("EPB", rd.rec.damage, RULE_EPB_CAPLEN, at + 20, claims[i / 2], 8);
        rd_skip(&rd, 1);
        cr_expect_eq(rd.rec.packet->captured_len, 4, "reading goes on");
        cr_expect_eq(rd_next(&rd), SCAPF_END);
        rd_close_len(&rd, m.o.len);
        mk_release(&m);
    }
}

Test(packet, too_short_and_without_interface)
{
    static const struct {
        uint32_t type, body;
        enum rule rule;
        uint64_t off, got, want;
        bool interface;
    } rows[] = {
        {6, 16, RULE_EPB_LEN_MIN, 4, 28, 32, true},   {6, 0, RULE_EPB_LEN_MIN, 4, 12, 32, true},
        {3, 0, RULE_SPB_LEN_MIN, 4, 12, 16, true},    {2, 16, RULE_BLOCK_LEN_MIN, 4, 28, 32, true},
        {5, 8, RULE_ISB_LEN_MIN, 4, 20, 24, true},    {10, 4, RULE_DSB_LEN_MIN, 4, 16, 20, true},
        {0xBAD, 0, RULE_CB_LEN_MIN, 4, 12, 16, true}, {6, 20, RULE_EPB_IFACE, 8, 0, 0, false},
        {3, 4, RULE_SPB_NO_IFACE, 8, 0, 1, false},    {2, 20, RULE_PB_IFACE, 8, 0, 0, false},
    };

    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        struct mk m;
        struct rd rd;

        mk_init(&m, i % 2);
        mk_shb(&m, 0);
        if (rows[i / 2].interface) {
            mk_idb(&m, 1, 0);
        }
        mk_begin(&m, rows[i / 2].type);
        mk_zero(&m, rows[i / 2].body);
        mk_end(&m);
        rd_mk(&rd, &m);
        rd_skip(&rd, rows[i / 2].interface ? 3 : 2);
        rd_expect(scapf_block_name(rows[i / 2].type), rd.rec.damage, rows[i / 2].rule,
                  rd.rec.off + rows[i / 2].off, rows[i / 2].got, rows[i / 2].want);
        cr_expect_null(rd.rec.packet);
        cr_expect_eq(rd_next(&rd), SCAPF_END);
        rd_close_len(&rd, m.o.len);
        mk_release(&m);
    }
}

Test(packet, journal_time)
{
    static const struct {
        const char *text;
        bool has_ts;
        uint64_t ns;
    } rows[] = {
        {"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1700000000123456\nMESSAGE=x\n", true,
         1700000000123456000},
        {"__REALTIME_TIMESTAMP=1\n", true, 1000},
        {"__REALTIME_TIMESTAMP=18446744073709551\n", true, 18446744073709551000U},
        {"__REALTIME_TIMESTAMP=18446744073709552\n", false, 0},
        {"__REALTIME_TIMESTAMP=99999999999999999999999\n", false, 0},
        {"__REALTIME_TIMESTAMP=\n", false, 0},
        {"__REALTIME_TIMESTAMP=-5\n", false, 0},
        {"MESSAGE=__REALTIME_TIMESTAMP=5\n", false, 0},
        {"MESSAGE=__REALTIME_TIMESTAMP=5\n__REALTIME_TIMESTAMP=6\n", true, 6000},
        {"__REALTIME_TIMESTAMP", false, 0},
        {"", false, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mk m;
        struct rd rd;

        mk_init(&m, MK_LITTLE);
        mk_shb(&m, 0);
        mk_begin(&m, 9);
        mk_str(&m, rows[i].text);
        mk_end(&m);
        rd_mk(&rd, &m);
        rd_skip(&rd, 2);
        cr_expect_eq(rd.rec.kind, SCAPF_KIND_JOURNAL);
        cr_expect_eq(rd.rec.has_ts, rows[i].has_ts, "%s", rows[i].text);
        cr_expect(!rd.rec.has_ts || rd.rec.ts_ns == rows[i].ns, "%s", rows[i].text);
        rd_close(&rd);
        mk_release(&m);
    }
}
