/* SPDX-License-Identifier: Apache-2.0 */
#include "block/section.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "support/fault_alloc.h"
#include "support/rd.h"

/* A packet of these ticks on an interface of this resolution and offset. */
static struct scapf_packet at(uint8_t tsresol, int64_t tsoffset, uint64_t ticks, bool big,
                              bool *has_ns, uint64_t *ns)
{
    struct scapf_packet packet;
    struct mk m;
    struct rd rd;

    mk_init(&m, big);
    mk_shb(&m, 0);
    mk_idb_begin(&m, 1, 0);
    mk_opt_u8(&m, 9, tsresol);
    mk_opt_u64(&m, 14, (uint64_t)tsoffset);
    mk_opt_end(&m);
    mk_end(&m);
    mk_epb(&m, 0, ticks, "x", 1);
    rd_mk(&rd, &m);
    rd_skip(&rd, 3);
    cr_assert_not_null(rd.rec.packet);
    packet = *rd.rec.packet;
    *has_ns = rd.rec.has_ts;
    *ns = rd.rec.ts_ns;
    rd_close(&rd);
    mk_release(&m);
    return packet;
}

/* Expected values were worked out by hand from ticks * resolution, rounded down. */
Test(section, times_of_every_resolution)
{
    static const struct {
        uint8_t tsresol;
        uint64_t ticks;
        int64_t sec;
        uint32_t nsec;
    } rows[] = {
        {0, 1700000000, 1700000000, 0},
        {0, UINT64_MAX >> 1, INT64_MAX, 0},
        {1, 17000000005, 1700000000, 500000000},
        {3, 1700000000123, 1700000000, 123000000},
        {6, 1700000000123456, 1700000000, 123456000},
        {6, UINT64_MAX, 18446744073709, 551615000},
        {7, 17000000001234567, 1700000000, 123456700},
        {9, 1700000000123456789, 1700000000, 123456789},
        {9, UINT64_MAX, 18446744073, 709551615},
        {10, 9999999999, 0, 999999999},
        {12, 1700000000123456, 1700, 123},
        {12, 1700123456789123, 1700, 123456789},
        {18, UINT64_MAX, 18, 446744073},
        {19, UINT64_MAX, 1, 844674407},
        {20, UINT64_MAX, 0, 184467440},
        {28, UINT64_MAX, 0, 1},
        {29, UINT64_MAX, 0, 0},
        {127, UINT64_MAX, 0, 0},
        {0x80, 1700000000, 1700000000, 0},
        {0x80 | 1, 3, 1, 500000000},
        {0x80 | 10, 1700000000 * UINT64_C(1024) + 1, 1700000000, 976562},
        {0x80 | 30, (UINT64_C(5) << 30) | 1, 5, 0},
        {0x80 | 30, (UINT64_C(5) << 30) | 2, 5, 1},
        {0x80 | 32, (UINT64_C(1700000000) << 32) | 0xFFFFFFFF, 1700000000, 999999999},
        {0x80 | 63, UINT64_MAX, 1, 999999999},
        {0x80 | 64, UINT64_MAX, 0, 999999999},
        {0x80 | 64, UINT64_C(1) << 63, 0, 500000000},
        {0x80 | 65, UINT64_MAX, 0, 499999999},
        {0x80 | 93, UINT64_MAX, 0, 1},
        {0x80 | 94, UINT64_MAX, 0, 0},
        {0xFF, UINT64_MAX, 0, 0},
    };

    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t tsresol = rows[i / 2].tsresol;
        bool has_ns;
        uint64_t ns;
        struct scapf_packet p = at(tsresol, 0, rows[i / 2].ticks, i % 2 != 0, &has_ns, &ns);

        cr_expect(p.has_ts && p.ts_in_range, "row %zu", i / 2);
        cr_expect_eq(p.ticks, rows[i / 2].ticks);
        cr_expect(p.sec == rows[i / 2].sec && p.nsec == rows[i / 2].nsec,
                  "resolution %#x of %llu: %lld.%09u, want %lld.%09u", tsresol,
                  (unsigned long long)p.ticks, (long long)p.sec, p.nsec, (long long)rows[i / 2].sec,
                  rows[i / 2].nsec);
        cr_expect_eq(has_ns, (uint64_t)p.sec <= UINT64_MAX / 1000000000 &&
                                 (p.sec < 18446744073 || p.nsec <= 709551615));
        cr_expect(!has_ns || ns == (uint64_t)p.sec * 1000000000 + p.nsec);
    }
}

Test(section, time_offset)
{
    static const struct {
        uint8_t tsresol;
        int64_t offset;
        uint64_t ticks;
        bool in_range, has_ns;
        int64_t sec;
        uint32_t nsec;
        uint64_t ns;
    } rows[] = {
        {6, 10, 1500000, true, true, 11, 500000000, 11500000000},
        {6, -1, 1500000, true, true, 0, 500000000, 500000000},
        /* floor: the fraction counts up from the second before */
        {6, -2, 1500000, true, false, -1, 500000000, 0},
        {9, INT64_MIN, 1, true, false, INT64_MIN, 1, 0},
        {6, INT64_MAX, 0, true, false, INT64_MAX, 0, 0},
        {6, INT64_MAX, 1000000, false, false, 0, 0, 0},
        {0, 0, UINT64_C(1) << 63, false, false, 0, 0, 0},
        {0, -1, UINT64_MAX, false, false, 0, 0, 0},
        {6, 18446744073, 709551, true, true, 18446744073, 709551000, 18446744073709551000U},
        {9, 18446744073, 709551615, true, true, 18446744073, 709551615, UINT64_MAX},
        {9, 18446744073, 709551616, true, false, 18446744073, 709551616, 0},
        {9, 18446744074, 0, true, false, 18446744074, 0, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool has_ns;
        uint64_t ns;
        struct scapf_packet p =
            at(rows[i].tsresol, rows[i].offset, rows[i].ticks, i % 2, &has_ns, &ns);

        cr_expect_eq(p.ts_in_range, rows[i].in_range, "row %zu", i);
        cr_expect_eq(p.sec, rows[i].sec, "row %zu: %lld", i, (long long)p.sec);
        cr_expect(!p.ts_in_range || p.nsec == rows[i].nsec, "row %zu: %u", i, p.nsec);
        cr_expect_eq(has_ns, rows[i].has_ns, "row %zu", i);
        cr_expect(!has_ns || ns == rows[i].ns, "row %zu: %llu", i, (unsigned long long)ns);
    }
}

Test(section, interface_fields)
{
    for (int big = 0; big <= 1; big++) {
        static const char name[] =
            "a name of more than sixty-three bytes is cut, its first bytes stay as they are";
        const struct scapf_interface *i;
        struct mk m;
        struct rd rd;

        mk_init(&m, big);
        mk_shb(&m, 0);
        mk_idb_begin(&m, 113, 65535);
        mk_opt_str(&m, 2, name);
        mk_opt(&m, 9, "\x09\x09", 2); /* wrong length: not looked at [PNG-206] */
        mk_opt(&m, 14, "\1\2\3\4", 4);
        mk_end(&m);
        mk_idb_begin(&m, 1, 0);
        mk_opt_u8(&m, 9, 9);
        mk_opt_u64(&m, 14, (uint64_t)-5);
        mk_end(&m);
        rd_mk(&rd, &m);
        rd_skip(&rd, 2);
        cr_expect_null(scapf_reader_interface(rd.reader, 1));
        i = scapf_reader_interface(rd.reader, 0);
        cr_assert_not_null(i);
        cr_expect(i->id == 0 && i->link_type == 113 && i->snaplen == 65535 && i->off == 28);
        cr_expect(i->tsresol == 6 && i->tsoffset == 0);
        cr_expect_eq(strlen(i->name), 63);
        cr_expect_eq(memcmp(i->name, name, 63), 0);
        rd_skip(&rd, 1);
        i = scapf_reader_interface(rd.reader, 1);
        cr_assert_not_null(i);
        cr_expect(i->id == 1 && i->tsresol == 9 && i->tsoffset == -5 && i->name[0] == '\0');
        cr_expect_eq(scapf_reader_section(rd.reader)->n_interfaces, 2);
        rd_close(&rd);
        mk_release(&m);
    }
}

/* A description that cannot be read keeps its id, so that the next one has the right one; times on
 * it are not known. */
Test(section, damaged_interfaces)
{
    struct mk m;
    struct rd rd;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    mk_begin(&m, 1); /* too short */
    mk_u32(&m, 1);
    mk_end(&m);
    mk_idb_begin(&m, 1, 0); /* an option that leaves it */
    mk_u16(&m, 2);
    mk_u16(&m, 99);
    mk_end(&m);
    mk_idb(&m, 1, 0);
    for (uint32_t id = 0; id < 3; id++) {
        mk_epb(&m, id, 1000000, "x", 1);
    }
    rd_mk(&rd, &m);
    rd_skip(&rd, 2);
    rd_expect("short", rd.rec.damage, RULE_IDB_LEN_MIN, 28 + 4, 16, 20);
    rd_skip(&rd, 1);
    rd_expect("option", rd.rec.damage, RULE_OPTION_OVERRUN, 44 + 16, 99, 0);
    rd_skip(&rd, 1);
    cr_expect_null(rd.rec.damage);
    for (uint32_t id = 0; id < 3; id++) {
        rd_skip(&rd, 1);
        cr_assert_not_null(rd.rec.packet);
        cr_expect_eq(rd.rec.packet->interface_id, id);
        cr_expect_eq(rd.rec.packet->ts_in_range, id == 2);
        cr_expect_eq(rd.rec.has_ts, id == 2);
    }
    cr_expect_eq(rd.rec.ts_ns, 1000000000);
    cr_expect_eq(rd_next(&rd), SCAPF_END);
    cr_expect_eq(scapf_reader_ledger(rd.reader)->damaged, 2);
    rd_close_len(&rd, m.o.len);
    mk_release(&m);
}

Test(section, too_many_interfaces)
{
    struct mk m;
    struct rd rd;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    for (unsigned i = 0; i <= SECTION_MAX_INTERFACES; i++) {
        mk_idb(&m, 1, 0);
    }
    rd_mk(&rd, &m);
    cr_expect_eq(rd_rest(&rd), SCAPF_E_LIMIT);
    rd_expect("limit", scapf_reader_diag(rd.reader), RULE_INTERFACE_LIMIT, m.o.len - 20,
              SECTION_MAX_INTERFACES, SECTION_MAX_INTERFACES);
    cr_expect_eq(scapf_reader_ledger(rd.reader)->blocks, SECTION_MAX_INTERFACES + 1);
    rd_close_len(&rd, m.o.len);
    mk_release(&m);
}

/* Ids count from 0 in each section, and a new section forgets. [PNG-110, PNG-112] */
Test(section, interfaces_belong_to_their_section)
{
    struct mk m;
    struct rd rd;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    mk_idb(&m, 1, 0);
    mk_idb(&m, 113, 0);
    mk_shb(&m, 0);
    mk_idb(&m, 101, 0);
    mk_epb(&m, 0, 1, "x", 1);
    mk_epb(&m, 1, 1, "x", 1);
    mk_epb(&m, 2, 1, "x", 1);
    rd_mk(&rd, &m);
    rd_skip(&rd, 3);
    cr_expect_eq(scapf_reader_section(rd.reader)->minor, 2);
    cr_expect_eq(scapf_reader_section(rd.reader)->n_interfaces, 2);
    rd_skip(&rd, 1);
    cr_expect_eq(scapf_reader_section(rd.reader)->n_interfaces, 0);
    cr_expect_eq(scapf_reader_section(rd.reader)->index, 1);
    rd_skip(&rd, 2);
    cr_expect_eq(rd.rec.packet->link_type, 101);
    rd_skip(&rd, 1);
    rd_expect("other section", rd.rec.damage, RULE_IFACE_OTHER_SECTION, rd.rec.off + 8, 1, 1);
    cr_expect_null(rd.rec.packet);
    rd_skip(&rd, 1);
    rd_expect("nowhere", rd.rec.damage, RULE_EPB_IFACE, rd.rec.off + 8, 2, 1);
    cr_expect_eq(rd_next(&rd), SCAPF_END);
    rd_close_len(&rd, m.o.len);
    mk_release(&m);
}

Test(section, statistics_time)
{
    struct mk m;
    struct rd rd;

    mk_init(&m, MK_BIG);
    mk_shb(&m, 0);
    mk_idb_begin(&m, 1, 0);
    mk_opt_u8(&m, 9, 9);
    mk_end(&m);
    mk_isb_begin(&m, 0, 1700000000123456789);
    mk_end(&m);
    mk_isb_begin(&m, 1, 5);
    mk_end(&m);
    rd_mk(&rd, &m);
    rd_skip(&rd, 3);
    cr_expect(rd.rec.has_ts && rd.rec.ts_ns == 1700000000123456789);
    rd_skip(&rd, 1);
    rd_expect("interface", rd.rec.damage, RULE_ISB_IFACE, rd.rec.off + 8, 1, 1);
    cr_expect_not(rd.rec.has_ts);
    rd_close(&rd);
    mk_release(&m);
}
