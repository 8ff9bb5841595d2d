/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "support/rd.h"

#define MICRO    0xA1B2C3D4u
#define NANO     0xA1B23C4Du
#define MODIFIED 0xA1B2CD34u

Test(pcap, variants)
{
    static const struct {
        uint32_t magic, frac;
        uint64_t ns;
    } rows[] = {
        {MICRO, 123456, 1700000000123456000},    {NANO, 123456789, 1700000000123456789},
        {MODIFIED, 123456, 1700000000123456000}, {MICRO, 999999, 1700000000999999000},
        {MICRO, 1500000, 1700000001500000000}, /* [PCP-020] carried over, not lost */
        {NANO, UINT32_MAX, 1700000004294967295},
    };

    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        uint32_t magic = rows[i / 2].magic;
        const struct scapf_section *section;
        struct mk m;
        struct rd rd;

        mk_init(&m, i % 2);
        mk_pcap(&m, magic, 65535, 113);
        for (int n = 0; n < 2; n++) {
            mk_u32(&m, 1700000000);
            mk_u32(&m, rows[i / 2].frac);
            mk_u32(&m, 3);
            mk_u32(&m, 60);
            if (magic == MODIFIED) {
                mk_zero(&m, 8);
            }
            mk_str(&m, "abc"); /* no padding: the second record is not aligned */
        }
        rd_mk(&rd, &m);
        rd_skip(&rd, 1);
        cr_expect_eq(rd.rec.kind, SCAPF_KIND_SECTION);
        cr_expect(rd.rec.type == 0 && rd.rec.raw_len == 24 && rd.rec.big_endian == (i % 2 != 0));
        section = scapf_reader_section(rd.reader);
        cr_expect(section->is_pcap && section->pcap_magic == magic && section->major == 2 &&
                  section->minor == 4 && section->n_interfaces == 1);
        cr_expect_eq(scapf_reader_interface(rd.reader, 0)->snaplen, 65535);
        for (int n = 0; n < 2; n++) {
            const struct scapf_packet *p;

            rd_skip(&rd, 1);
            p = rd.rec.packet;
            cr_assert_not_null(p);
            cr_expect(p->captured_len == 3 && p->original_len == 60 && p->link_type == 113);
            cr_expect_arr_eq(p->data, "abc", 3);
            cr_expect(rd.rec.has_ts && rd.rec.ts_ns == rows[i / 2].ns, "row %zu: %llu", i / 2,
                      (unsigned long long)rd.rec.ts_ns);
            cr_expect_eq(rd.rec.raw_len, magic == MODIFIED ? 27 : 19);
        }
        cr_expect_eq(rd_next(&rd), SCAPF_END);
        rd_close_len(&rd, m.o.len);
        mk_release(&m);
    }
}

/* Before 2.3 the original length stood first; in 2.3 it is the larger one. */
Test(pcap, old_versions)
{
    static const struct {
        uint16_t major, minor;
        uint32_t first, second; /* as stored */
        uint32_t captured, original;
    } rows[] = {
        {2, 4, 3, 60, 3, 60}, {2, 3, 3, 60, 3, 60}, {2, 3, 60, 3, 3, 60},
        {2, 3, 3, 3, 3, 3},   {2, 2, 60, 3, 3, 60}, {2, 0, 60, 3, 3, 60},
        {2, 5, 3, 60, 3, 60}, {3, 4, 3, 60, 3, 60}, {2, 4, 3, 2, 3, 2},
    };

    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        struct mk m;
        struct rd rd;

        mk_init(&m, i % 2);
        mk_pcap(&m, MICRO, 65535, 1);
        mk_patch_u16(&m, 4, rows[i / 2].major);
        mk_patch_u16(&m, 6, rows[i / 2].minor);
        mk_u32(&m, 1);
        mk_u32(&m, 2);
        mk_u32(&m, rows[i / 2].first);
        mk_u32(&m, rows[i / 2].second);
        mk_str(&m, "abc");
        rd_mk(&rd, &m);
        rd_skip(&rd, 2);
        cr_expect_eq(rd.rec.packet->captured_len, rows[i / 2].captured, "row %zu", i / 2);
        cr_expect_eq(rd.rec.packet->original_len, rows[i / 2].original, "row %zu", i / 2);
        cr_expect_eq(rd_next(&rd), SCAPF_END);
        rd_close_len(&rd, m.o.len);
        mk_release(&m);
    }
}

Test(pcap, length_limit)
{
    static const struct {
        uint32_t link_type, captured, limit;
    } rows[] = {
        {1, 262145, 262144},
        {1, UINT32_MAX, 262144},
        {231, (128 << 20) + 1, 128 << 20},
        {249, UINT32_MAX, 128 << 20},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mk m;
        struct rd rd;

        mk_init(&m, i % 2);
        mk_pcap(&m, MICRO, 65535, rows[i].link_type);
        mk_pcap_record(&m, 1, 1, "abc", 3);
        mk_pcap_record(&m, 1, 1, "abc", 3);
        mk_patch_u32(&m, 24 + 19 + 8, rows[i].captured);
        rd_mk(&rd, &m);
        rd_skip(&rd, 2);
        cr_expect_eq(rd_next(&rd), SCAPF_E_LIMIT);
        rd_expect("limit", scapf_reader_diag(rd.reader), RULE_PCAP_CAPLEN_LIMIT, 24 + 19 + 8,
                  rows[i].captured, rows[i].limit);
        rd_close_len(&rd, m.o.len);
        mk_release(&m);
    }
}

Test(pcap, a_large_packet_of_a_large_link_type)
{
    struct mk m;
    struct rd rd;

    mk_init(&m, MK_LITTLE);
    mk_pcap(&m, MICRO, 0, 231);
    mk_pcap_record(&m, 1, 1, NULL, 0);
    mk_patch_u32(&m, 24 + 8, 300000);
    mk_zero(&m, 300000);
    rd_mk(&rd, &m);
    rd_skip(&rd, 2);
    cr_expect_eq(rd.rec.packet->captured_len, 300000);
    cr_expect_eq(rd_next(&rd), SCAPF_END);
    rd_close_len(&rd, m.o.len);
    mk_release(&m);
}

Test(pcap, cut_at_every_byte)
{
    for (int big = 0; big <= 1; big++) {
        struct mk m;

        mk_init(&m, big);
        mk_pcap(&m, NANO, 65535, 1);
        mk_pcap_record(&m, 1, 1, "abc", 3);
        mk_pcap_record(&m, 2, 1, "defgh", 5);
        for (size_t len = 4; len <= m.o.len; len++) {
            static const uint64_t ends[] = {24, 43, 64};
            enum rule rule = RULE_NONE;
            struct rd rd;
            size_t n = 0;
            size_t whole = 0;

            while (whole < 3 && ends[whole] <= len) {
                whole++;
            }
            if (whole == 0) {
                rule = RULE_PCAP_HEADER_SHORT;
            } else if (ends[whole - 1] != len) {
                rule = len - ends[whole - 1] < 16 ? RULE_PCAP_RECORD_SHORT : RULE_PCAP_DATA_SHORT;
            }
            rd_open(&rd, m.o.bytes, len, NULL, 0);
            while (rd_next(&rd) == SCAPF_OK) {
                n++;
            }
            cr_expect_eq(n, whole, "%zu bytes", len);
            cr_expect_eq(rd.status, rule == RULE_NONE ? SCAPF_END : SCAPF_E_TRUNCATED);
            if (rule != RULE_NONE) {
                uint64_t at = whole == 0 ? 0 : ends[whole - 1];
                uint64_t want = whole == 0 ? 24 : rule == RULE_PCAP_RECORD_SHORT ? 16 : 0;

                want = want == 0 ? ends[whole] - at : want;
                rd_expect("cut", scapf_reader_diag(rd.reader), rule, at, len - at, want);
            }
            rd_close_len(&rd, len);
        }
        mk_release(&m);
    }
}

/* [PCP-031] What cat leaves: another file's header where a record should be. */
Test(pcap, concatenated)
{
    for (int i = 0; i < 8; i++) {
        struct mk m;
        struct rd rd;
        size_t at;

        mk_init(&m, i % 2);
        mk_pcap(&m, MICRO, 65535, 1);
        mk_pcap_record(&m, 1, 1, "abc", 3);
        at = m.o.len;
        m.o.big_endian = (i & 2) != 0;
        if (i < 4) {
            mk_pcap(&m, NANO, 65535, 1);
        } else {
            mk_shb(&m, 0);
        }
        rd_mk(&rd, &m);
        cr_expect_eq(rd_rest(&rd), SCAPF_E_FORMAT);
        rd_expect("cat", scapf_reader_diag(rd.reader), RULE_PCAP_CONCATENATED, at,
                  i >= 4         ? 0x0A0D0D0A
                  : (i & 2) != 0 ? 0x4D3CB2A1
                                 : 0xA1B23C4D,
                  0);
        cr_expect_eq(scapf_reader_ledger(rd.reader)->blocks, 2);
        rd_close_len(&rd, m.o.len);
        mk_release(&m);
    }
}
