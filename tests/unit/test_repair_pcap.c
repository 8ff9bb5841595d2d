/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Repair of classic pcap: holes of zeros, and lengths that lead nowhere.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "bytes/cur.h"
#include "support/mk.h"
#include "support/salvage.h"

#define HEAD     24u
#define RECORD   70u
#define N        7u
#define NOW_S    1700000000u
#define MAGIC_US 0xA1B2C3D4u

static struct salvage s;

/* Records of 70 bytes; no part of the data looks like a header. */
static void capture(struct mk *m, int order)
{
    char data[RECORD - 16];

    memset(data, 0xC5, sizeof(data));
    mk_init(m, order);
    mk_pcap(m, MAGIC_US, 65535, 1);
    for (uint32_t i = 0; i < N; i++) {
        data[0] = (char)('a' + i);
        mk_pcap_record(m, NOW_S + i, i, data, sizeof(data));
    }
}

/* Is record i of the capture in the output as it was? */
static bool is_kept(const struct mk *sound, size_t i)
{
    const uint8_t *record = sound->o.bytes + HEAD + i * RECORD;

    for (size_t at = HEAD; at + RECORD <= s.len; at++) {
        if (memcmp(s.bytes + at, record, RECORD) == 0) {
            return true;
        }
    }
    return false;
}

/* Every record that was not touched is there, and nothing was made up. */
static void others_are_kept(const struct mk *sound, size_t from, size_t to)
{
    uint64_t untouched = 0;

    cr_assert_eq(s.status, SCAPF_OK);
    cr_assert_eq(s.errors, 0);
    for (size_t i = 0; i < N; i++) {
        if (HEAD + (i + 1) * RECORD <= from || HEAD + i * RECORD >= to) {
            cr_assert(is_kept(sound, i), "record %zu, damage at %zu-%zu", i, from, to);
            untouched++;
        }
    }
    cr_assert_leq(s.counts.packets, N, "damage at %zu-%zu", from, to);
    cr_assert_geq(s.counts.packets, untouched);
}

Test(repair_pcap, holes_of_zeros_cost_no_record_behind_them)
{
    static const size_t lens[] = {16, 32, 48, 100, 150};

    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        struct mk sound;

        capture(&sound, order);
        for (size_t l = 0; l < sizeof(lens) / sizeof(lens[0]); l++) {
            for (size_t at = HEAD; at + lens[l] <= sound.o.len - RECORD; at += 5) {
                struct mk m;

                capture(&m, order);
                memset(m.o.bytes + at, 0, lens[l]);
                salvage_run(&s, m.o.bytes, m.o.len);
                others_are_kept(&sound, at, at + lens[l]);
                salvage_end(&s);
                mk_release(&m);
            }
        }
        mk_release(&sound);
    }
}

Test(repair_pcap, a_header_of_zeros_becomes_no_packet)
{
    struct mk m;

    capture(&m, MK_LITTLE);
    memset(m.o.bytes + HEAD + RECORD, 0, 32);
    salvage_run(&s, m.o.bytes, m.o.len);
    cr_expect_eq(s.counts.packets, N - 1);
    cr_expect_eq(s.counts.lost_bytes, RECORD);
    cr_expect_eq(s.counts.changed, 0);
    salvage_end(&s);
    mk_release(&m);
}

/* A hole that leaves the time of a record and takes its lengths: what follows them is its data,
 * though it may look like a header, and not the packet of nothing that it says it is. */
Test(repair_pcap, lengths_of_zeros_become_no_packet_of_nothing)
{
    static const uint32_t data[] = {0, 7, 3, 3};

    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        struct mk m;

        capture(&m, order);
        memset(m.o.bytes + HEAD + RECORD + 8, 0, 8);
        for (size_t i = 0; i < 4; i++) {
            mk_patch_u32(&m, HEAD + RECORD + 16 + 4 * i, data[i]);
        }
        salvage_run(&s, m.o.bytes, m.o.len);
        cr_assert_eq(s.errors, 0);
        cr_expect_eq(s.counts.packets, N, "order %d", order);
        cr_expect_eq(s.counts.changed, 1);
        cr_expect_eq(s.len, m.o.len);
        salvage_end(&s);
        mk_release(&m);
    }
}

/* One is kept where other records follow it. */
Test(repair_pcap, packets_of_nothing_are_kept_among_records)
{
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_pcap(&m, MAGIC_US, 65535, 1);
    for (uint32_t i = 0; i < 6; i++) {
        mk_pcap_record(&m, NOW_S + i, i, "abcd", i % 2 == 0 ? 4 : 0);
    }
    salvage_run(&s, m.o.bytes, m.o.len);
    cr_expect_eq(s.counts.packets, 6);
    cr_expect_eq(s.counts.changed, 0);
    cr_expect_eq(s.counts.lost_bytes, 0);
    salvage_end(&s);
    mk_release(&m);
}

Test(repair_pcap, headers_of_zeros_are_kept_where_all_is_of_that_time)
{
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_pcap(&m, MAGIC_US, 65535, 1);
    for (unsigned i = 0; i < 5; i++) {
        mk_pcap_record(&m, 0, 0, "", 0);
    }
    for (uint32_t i = 7; i < 10; i++) {
        mk_pcap_record(&m, 0, i, "abcd", 4);
    }
    mk_pcap_record(&m, 0, 0, "", 0);
    salvage_run(&s, m.o.bytes, m.o.len);
    cr_expect_eq(s.counts.packets, 9);
    cr_expect_eq(s.counts.lost_bytes, 0);
    cr_expect_eq(s.len, m.o.len);
    salvage_end(&s);
    mk_release(&m);
}

Test(repair_pcap, a_length_that_leads_nowhere_takes_no_other_record)
{
    static const uint32_t more[] = {1, 3, 16, 64, RECORD, 1000};

    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        struct mk sound;

        capture(&sound, order);
        for (size_t i = 0; i < (N - 1) * sizeof(more) / sizeof(more[0]); i++) {
            size_t at = HEAD + i % (N - 1) * RECORD;
            struct mk m;

            capture(&m, order);
            mk_patch_u32(&m, at + 8, RECORD - 16 + more[i / (N - 1)]);
            salvage_run(&s, m.o.bytes, m.o.len);
            others_are_kept(&sound, at, at + RECORD);
            cr_expect_arr_eq(s.bytes, sound.o.bytes, s.len, "record %zu", i % (N - 1));
            salvage_end(&s);
            mk_release(&m);
        }
        mk_release(&sound);
    }
}

/* UDP from 10.0.0.1 to 10.0.0.2, behind what an Ethernet header or that of a cooked capture says.
 */
static size_t packet_of(uint16_t link, uint8_t *p)
{
    static const uint8_t ip[] = {0x45, 0, 0, 32, 0, 0,    0, 0,    64, 17, 0, 0, 10, 0, 0, 1,
                                 10,   0, 0, 2,  4, 0xD2, 0, 0x35, 0,  12, 0, 0, 1,  2, 3, 4};
    size_t at = link == 1 ? 14 : link == 113 ? 16 : link == 0 ? 4 : 0;

    memset(p, 0, at);
    if (at > 4) {
        p[at - 2] = 8; /* the protocol */
    } else if (at == 4) {
        p[0] = 2;
    }
    memcpy(p + at, ip, sizeof(ip));
    return at + sizeof(ip);
}

/* What is left of a capture whose first bytes are lost, header and more. */
static void run_without(int order, uint32_t magic, uint16_t link, uint32_t frac, size_t cut)
{
    uint8_t data[64] = {0};
    size_t len = link == 147 ? 40 : packet_of(link, data);
    struct mk m;

    mk_init(&m, order);
    mk_pcap(&m, magic, 65535, link);
    for (uint32_t i = 0; i < N; i++) {
        mk_pcap_record(&m, NOW_S + i, frac * i, data, (uint32_t)len);
    }
    salvage_run(&s, m.o.bytes + cut, m.o.len - cut);
    cr_assert_eq(s.status, SCAPF_OK, "link type %u, %zu bytes cut", link, cut);
    cr_expect_eq(s.errors, 0);
    cr_expect_eq(get_u32(s.bytes, order == MK_BIG), magic);
    cr_expect_eq(get_u32(s.bytes + 20, order == MK_BIG), link, "%u for %u",
                 get_u32(s.bytes + 20, order == MK_BIG), link);
    cr_expect_eq(s.counts.packets, cut > HEAD ? N - 1 : N, "order %d link %u cut %zu magic %x",
                 order, link, cut, magic);
    cr_expect_arr_eq(s.bytes + HEAD, m.o.bytes + m.o.len - (s.len - HEAD), s.len - HEAD);
    cr_expect_eq(
        s.counts.mends[link == 147 ? SCAPF_MEND_FILE_HEADER_GUESSED : SCAPF_MEND_FILE_HEADER_ADDED],
        1);
    cr_expect_eq(s.counts.lost_bytes, cut > HEAD ? HEAD + 16 + len - cut : HEAD - cut);
    salvage_end(&s);
    mk_release(&m);
}

Test(repair_pcap, records_without_a_file_header_get_one)
{
    static const uint16_t links[] = {1, 113, 101, 0, 147};
    static const size_t cuts[] = {1, 8, 20, HEAD, HEAD + 7};

    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
            for (size_t c = 0; c < sizeof(cuts) / sizeof(cuts[0]); c++) {
                run_without(order, MAGIC_US, links[i], 1000, cuts[c]);
                run_without(order, 0xA1B23C4D, links[i], 1000000, cuts[c]);
            }
        }
    }
}

/* A header of zeros says neither version nor link type. */
Test(repair_pcap, a_file_header_of_zeros_is_made_anew)
{
    uint8_t data[64];
    size_t len = packet_of(1, data);
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_zero(&m, HEAD);
    for (uint32_t i = 0; i < 3; i++) {
        mk_pcap_record(&m, NOW_S, i, data, (uint32_t)len);
    }
    salvage_run(&s, m.o.bytes, m.o.len);
    cr_assert_eq(s.status, SCAPF_OK);
    cr_expect_eq(get_u32(s.bytes + 4, false), 0x00040002);
    cr_expect_eq(get_u32(s.bytes + 20, false), 1);
    cr_expect_eq(s.counts.lost_bytes, HEAD);
    cr_expect_eq(s.counts.packets, 3);
    salvage_end(&s);
    mk_release(&m);
}

/* What one damaged fraction says counts less than what the others do. */
Test(repair_pcap, one_fraction_does_not_change_the_unit)
{
    uint8_t data[64];
    size_t len = packet_of(1, data);
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_zero(&m, HEAD);
    for (uint32_t i = 0; i < N; i++) {
        mk_pcap_record(&m, NOW_S + i, i == 2 ? 1000000 : 1000, data, (uint32_t)len);
    }
    salvage_run(&s, m.o.bytes, m.o.len);
    cr_assert_eq(s.status, SCAPF_OK);
    cr_expect_eq(get_u32(s.bytes, false), MAGIC_US);
    cr_expect_eq(s.counts.packets, N);
    salvage_end(&s);
    mk_release(&m);
}

/* Numbers like those of records stand in programs, too: with no protocol behind them, and more
 * that is none behind the last, they are no capture. */
Test(repair_pcap, numbers_of_another_file_are_no_capture)
{
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_zero(&m, 4 * HEAD);
    for (uint32_t i = 0; i < 3; i++) {
        mk_pcap_record(&m, NOW_S + i, 1000, "abcdefghabcd", 12);
    }
    mk_zero(&m, 4 * HEAD);
    salvage_run(&s, m.o.bytes, m.o.len);
    cr_expect_eq(s.status, SCAPF_E_FORMAT);
    salvage_end(&s);
    mk_release(&m);
}

/* A clock that counts from the start of the machine: the first record is damaged, the others are of
 * its days. */
Test(repair_pcap, times_of_no_calendar_are_found_behind_a_damaged_record)
{
    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        struct mk m;

        mk_init(&m, order);
        mk_pcap(&m, MAGIC_US, 65535, 1);
        for (uint32_t i = 0; i < N; i++) {
            mk_pcap_record(&m, 7820 + i, 1000, "abcdefghabcd", 12);
        }
        mk_patch_u32(&m, HEAD + 8, 100000);
        mk_patch_u32(&m, HEAD + 12, 200000);
        salvage_run(&s, m.o.bytes, m.o.len);
        cr_expect_eq(s.counts.packets + s.counts.lost_places, N);
        cr_expect_geq(s.counts.packets, N - 1, "order %d", order);
        cr_expect_eq(s.errors, 0);
        salvage_end(&s);
        mk_release(&m);
    }
}

/* Ethernet packets of 60 bytes whose addresses are large numbers, on a clock that starts at sec. */
static void packets_from(struct mk *m, int order, uint32_t sec, uint32_t n)
{
    char data[60];

    memset(data, 0xC5, sizeof(data));
    mk_init(m, order);
    mk_pcap(m, MAGIC_US, 65535, 1);
    for (uint32_t i = 0; i < n; i++) {
        data[0] = (char)i;
        mk_pcap_record(m, sec + i, 70000 + i, data, sizeof(data));
    }
}

/* Take len bytes out, or put some in when it is negative. */
static void shift(struct mk *m, size_t at, int len)
{
    if (len < 0) {
        size_t end = m->o.len;

        mk_zero(m, (size_t)-len);
        memmove(m->o.bytes + at + (size_t)-len, m->o.bytes + at, end - at);
        memset(m->o.bytes + at, 0x55, (size_t)-len);
    } else {
        memmove(m->o.bytes + at, m->o.bytes + at + len, m->o.len - at - (size_t)len);
        m->o.len -= (size_t)len;
    }
}

#define MANY   20u
#define PACKET 76u

/* All records but those from first to last are in the output. */
static void expect_all_but(const struct mk *sound, uint32_t first, uint32_t last)
{
    cr_assert_eq(s.status, SCAPF_OK);
    cr_expect_eq(s.errors, 0);
    cr_expect_leq(s.counts.packets, MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        const uint8_t *record = sound->o.bytes + HEAD + i * PACKET;
        bool found = false;

        for (size_t at = HEAD; at + PACKET <= s.len && !found; at++) {
            found = memcmp(s.bytes + at, record, PACKET) == 0;
        }
        cr_expect(found || (i >= first && i <= last), "record %u, damage in %u", i, last);
    }
}

/* Headers read some bytes late lead to each other: seconds are fractions then, lengths are equal.
 * The row of the right times is believed, for clocks that know no calendar, too. */
Test(repair_pcap, headers_read_some_bytes_late_are_no_row)
{
    static const int lens[] = {1, 2, 3, 4, 5, 8, 12, 16, -1, -4, -8, -12, -16};
    static const uint32_t clocks[] = {NOW_S, 7820};

    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        for (size_t c = 0; c < 2 * sizeof(lens) / sizeof(lens[0]); c++) {
            struct mk sound;
            struct mk m;

            packets_from(&sound, order, clocks[c % 2], MANY);
            packets_from(&m, order, clocks[c % 2], MANY);
            shift(&m, HEAD + 5 * PACKET + 40, lens[c / 2]);
            salvage_run(&s, m.o.bytes, m.o.len);
            expect_all_but(&sound, 5, 5);
            salvage_end(&s);
            mk_release(&m);
            mk_release(&sound);
        }
    }
}

/* One wrong time breaks no rule. What is behind damage is not compared with it alone. */
Test(repair_pcap, a_wrong_time_before_damage_costs_nothing_behind_it)
{
    static const uint32_t times[] = {0, 1, NOW_S - 90000, NOW_S + 300000000, UINT32_MAX};
    static const int lens[] = {1, 4, -1, -4};

    for (size_t c = 0; c < 5 * sizeof(lens) / sizeof(lens[0]); c++) {
        for (uint32_t odd = 0; odd < 8; odd++) {
            for (uint32_t hurt = odd + 1; hurt < odd + 4; hurt++) {
                struct mk sound;
                struct mk m;

                packets_from(&sound, MK_LITTLE, NOW_S, MANY);
                packets_from(&m, MK_LITTLE, NOW_S, MANY);
                mk_patch_u32(&sound, HEAD + odd * PACKET, times[c % 5]);
                mk_patch_u32(&m, HEAD + odd * PACKET, times[c % 5]);
                shift(&m, HEAD + hurt * PACKET + 40, lens[c / 5]);
                salvage_run(&s, m.o.bytes, m.o.len);
                expect_all_but(&sound, hurt, hurt);
                salvage_end(&s);
                mk_release(&m);
                mk_release(&sound);
            }
        }
    }
}

/* A clock that is set is one of other days from there on, with damage right behind it, too. */
Test(repair_pcap, a_clock_that_is_set_goes_on_with_its_days)
{
    for (uint32_t hurt = 7; hurt < 16; hurt++) {
        struct mk sound;
        struct mk m;

        packets_from(&sound, MK_BIG, NOW_S, MANY);
        for (uint32_t i = 8; i < MANY; i++) {
            mk_patch_u32(&sound, HEAD + i * PACKET, NOW_S + 100000000 + i);
        }
        packets_from(&m, MK_BIG, NOW_S, MANY);
        memcpy(m.o.bytes, sound.o.bytes, sound.o.len);
        shift(&m, HEAD + hurt * PACKET + 30, 4);
        salvage_run(&s, m.o.bytes, m.o.len);
        expect_all_but(&sound, hurt, hurt);
        salvage_end(&s);
        mk_release(&m);
        mk_release(&sound);
    }
}

/* Its header leads to a header, though that one leads nowhere. */
Test(repair_pcap, a_record_between_two_damaged_ones_is_kept)
{
    struct mk sound;
    struct mk m;

    packets_from(&sound, MK_LITTLE, NOW_S, MANY);
    packets_from(&m, MK_LITTLE, NOW_S, MANY);
    shift(&m, HEAD + 6 * PACKET + 40, -17);
    shift(&m, HEAD + 4 * PACKET + 40, -3);
    salvage_run(&s, m.o.bytes, m.o.len);
    expect_all_but(&sound, 4, 6);
    cr_expect_eq(s.counts.packets, MANY);
    for (size_t at = HEAD;; at++) {
        cr_assert_leq(at + PACKET, s.len, "the record is lost");
        if (memcmp(s.bytes + at, sound.o.bytes + HEAD + 5 * PACKET, PACKET) == 0) {
            break;
        }
    }
    salvage_end(&s);
    mk_release(&m);
    mk_release(&sound);
}
