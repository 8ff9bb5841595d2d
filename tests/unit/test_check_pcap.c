/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One minimal capture for each rule of classic pcap, good and bad, in both byte orders.
 */
#include <criterion/criterion.h>

#include "support/findings.h"
#include "support/mk.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define NOW_S        1700000000u
#define MICRO        0xA1B2C3D4u

/* A header with one number changed, and a packet. */
static uint64_t header(struct mk *m, uint64_t off, uint32_t value, bool bad)
{
    mk_pcap(m, MICRO, 65535, 1);
    if (bad) {
        mk_patch_u32(m, off, value);
    }
    mk_pcap_record(m, NOW_S, 1, "abcd", 4);
    return off;
}

/* A packet with one number of its header changed. */
static uint64_t record(struct mk *m, uint64_t off, uint32_t value, bool bad)
{
    mk_pcap(m, MICRO, 65535, 1);
    mk_pcap_record(m, NOW_S, 1, "abcd", 4);
    if (bad) {
        mk_patch_u32(m, 24 + off, value);
    }
    return 24 + off;
}

static uint64_t modified(struct mk *m, bool bad)
{
    mk_pcap(m, bad ? 0xA1B2CD34u : MICRO, 65535, 1);
    return 0;
}

static uint64_t header_short(struct mk *m, bool bad)
{
    mk_pcap(m, MICRO, 65535, 1);
    m->o.len -= bad ? 5 : 0;
    return 0;
}

static uint64_t version_old(struct mk *m, bool bad)
{
    mk_pcap(m, MICRO, 65535, 1);
    mk_patch_u16(m, 6, bad ? 3 : 4);
    return 6;
}

static uint64_t version_new(struct mk *m, bool bad)
{
    mk_pcap(m, MICRO, 65535, 1);
    mk_patch_u16(m, 4, bad ? 3 : 2);
    return 4;
}

static uint64_t reserved1(struct mk *m, bool bad)
{
    return header(m, 8, 3600, bad);
}

static uint64_t reserved2(struct mk *m, bool bad)
{
    return header(m, 12, 6, bad);
}

static uint64_t snaplen_0(struct mk *m, bool bad)
{
    return header(m, 16, 0, bad);
}

static uint64_t snaplen_large(struct mk *m, bool bad)
{
    return header(m, 16, 262145, bad);
}

static uint64_t r_bit(struct mk *m, bool bad)
{
    return header(m, 20, 1u << 27 | 1, bad);
}

static uint64_t reserved3(struct mk *m, bool bad)
{
    return header(m, 20, 1u << 16 | 1, bad);
}

static uint64_t fcs(struct mk *m, bool bad)
{
    return header(m, 20, 2u << 28 | 1u << 26 | 1, bad);
}

static uint64_t fcs_without_p(struct mk *m, bool bad)
{
    return header(m, 20, 2u << 28 | 1, bad);
}

static uint64_t link_type(struct mk *m, bool bad)
{
    return header(m, 20, 999, bad);
}

static uint64_t fraction(struct mk *m, bool bad)
{
    return record(m, 4, 1000000, bad);
}

static uint64_t over_snaplen(struct mk *m, bool bad)
{
    mk_pcap(m, MICRO, bad ? 3 : 4, 1);
    mk_pcap_record(m, NOW_S, 1, "abcd", 4);
    return 32;
}

static uint64_t original(struct mk *m, bool bad)
{
    return record(m, 12, 3, bad);
}

static uint64_t cut(struct mk *m, bool bad)
{
    return record(m, 12, 5, bad) - 4;
}

static uint64_t record_short(struct mk *m, bool bad)
{
    mk_pcap(m, MICRO, 65535, 1);
    mk_zero(m, bad ? 9 : 0);
    return 24;
}

static uint64_t data_short(struct mk *m, bool bad)
{
    mk_pcap(m, MICRO, 65535, 1);
    mk_pcap_record(m, NOW_S, 1, "abcd", 4);
    m->o.len -= bad ? 1 : 0;
    return 24;
}

static uint64_t caplen_limit(struct mk *m, bool bad)
{
    return record(m, 8, 0x7FFFFFFF, bad);
}

static uint64_t time_back(struct mk *m, bool bad)
{
    mk_pcap(m, MICRO, 65535, 1);
    mk_pcap_record(m, NOW_S, 1, "abcd", 4);
    mk_pcap_record(m, NOW_S, bad ? 0 : 1, "abcd", 4);
    return m->block;
}

static uint64_t time_late(struct mk *m, bool bad)
{
    return record(m, 0, 0x80000000u, bad);
}

static uint64_t concatenated(struct mk *m, bool bad)
{
    mk_pcap(m, MICRO, 65535, 1);
    mk_pcap_record(m, NOW_S, 1, "abcd", 4);
    if (bad) {
        mk_pcap(m, MICRO, 65535, 1);
    }
    return m->block;
}

static const struct findings_row rows[] = {
    {RULE_PCAP_MAGIC, modified},
    {RULE_PCAP_HEADER_SHORT, header_short},
    {RULE_PCAP_VERSION, version_old},
    {RULE_PCAP_VERSION_NEW, version_new},
    {RULE_PCAP_RESERVED1, reserved1},
    {RULE_PCAP_RESERVED2, reserved2},
    {RULE_PCAP_SNAPLEN, snaplen_0},
    {RULE_PCAP_SNAPLEN_LARGE, snaplen_large},
    {RULE_PCAP_R_BIT, r_bit},
    {RULE_PCAP_RESERVED3, reserved3},
    {RULE_PCAP_FCS, fcs},
    {RULE_PCAP_FCS_NO_P, fcs_without_p},
    {RULE_PCAP_LINK_TYPE, link_type},
    {RULE_PCAP_FRACTION, fraction},
    {RULE_PCAP_OVER_SNAPLEN, over_snaplen},
    {RULE_PCAP_ORIGLEN, original},
    {RULE_PCAP_CUT, cut},
    {RULE_PCAP_RECORD_SHORT, record_short},
    {RULE_PCAP_DATA_SHORT, data_short},
    {RULE_PCAP_CAPLEN_LIMIT, caplen_limit},
    {RULE_PCAP_TIME_BACK, time_back},
    {RULE_PCAP_TIME_LATE, time_late},
    {RULE_PCAP_CONCATENATED, concatenated},
};

Test(check_pcap, every_rule_has_a_good_and_a_bad_capture)
{
    cr_expect_eq(findings_rows(rows, COUNT(rows), true), 0);
}

Test(check_pcap, plain_captures_have_no_findings)
{
    static const uint32_t magics[] = {MICRO, 0xA1B23C4Du};

    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        for (size_t i = 0; i < COUNT(magics); i++) {
            struct findings f;
            struct mk m;

            mk_init(&m, order);
            mk_pcap(&m, magics[i], 65535, 1);
            mk_pcap_record(&m, NOW_S, i == 0 ? 999999 : 999999999, "abcd", 4);
            findings_run(&f, m.o.bytes, m.o.len);
            cr_expect_eq(f.n, 0, "%s", findings_text(&f));
            mk_release(&m);
        }
    }
}
