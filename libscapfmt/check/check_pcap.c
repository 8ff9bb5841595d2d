/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_pcap.c - classic pcap: its header, and its records. [draft-ietf-opsawg-pcap]
 */
#include "block/opt_table.h"
#include "block/packet.h"
#include "bytes/cur.h"
#include "check/check.h"

#define SNAPLEN_USUAL ((uint32_t)256 << 10)
#define RESERVED_BITS 0x03FF0000u /* between the flags and the link type */

static void check_version(struct checker *c, uint16_t major, uint16_t minor)
{
    uint64_t off = major != 2 ? 4 : 6;
    uint64_t got = major != 2 ? major : minor;
    uint64_t want = major != 2 ? 2 : 4;

    if (major > 2 || (major == 2 && minor > 4)) {
        check_report(c, RULE_PCAP_VERSION_NEW, off, got, want);
    } else if (major != 2 || minor != 4) {
        check_report(c, RULE_PCAP_VERSION, off, got, want);
    }
}

/* [pcap L195-218] FCS length:4, R:1, P:1, reserved:10, link type:16, most significant first */
static void check_link_word(struct checker *c, uint32_t word)
{
    uint32_t fcs = word >> 28;
    bool has_fcs = (word >> 26 & 1) != 0;

    if ((word >> 27 & 1) != 0) {
        check_report(c, RULE_PCAP_R_BIT, 20, word, 0);
    }
    if ((word & RESERVED_BITS) != 0) {
        check_report(c, RULE_PCAP_RESERVED3, 20, word, 0);
    }
    if (has_fcs) {
        check_report(c, RULE_PCAP_FCS, 20, fcs, 0);
    } else if (fcs != 0) {
        check_report(c, RULE_PCAP_FCS_NO_P, 20, fcs, 0);
    }
    if (opt_link_type_name(word & 0xFFFF) == NULL && !opt_link_type_is_private(word & 0xFFFF)) {
        check_report(c, RULE_PCAP_LINK_TYPE, 20, word & 0xFFFF, 0);
    }
}

void check_pcap_header(struct checker *c, const struct scapf_record *rec)
{
    struct cur p = cur_make(rec->raw, PCAP_FILE_HEADER_LEN, 0, rec->big_endian);
    uint32_t magic = cur_u32(&p);
    uint16_t major = cur_u16(&p);
    uint16_t minor = cur_u16(&p);
    uint32_t reserved1 = cur_u32(&p);
    uint32_t reserved2 = cur_u32(&p);
    uint32_t snaplen = cur_u32(&p);

    c->section.is_pcap = true;
    if (magic == PCAP_MODIFIED) {
        check_report(c, RULE_PCAP_MAGIC, 0, magic, PCAP_MICRO);
    }
    check_version(c, major, minor);
    if (reserved1 != 0) {
        check_report(c, RULE_PCAP_RESERVED1, 8, reserved1, 0);
    }
    if (reserved2 != 0) {
        check_report(c, RULE_PCAP_RESERVED2, 12, reserved2, 0);
    }
    if (snaplen == 0) {
        check_report(c, RULE_PCAP_SNAPLEN, 16, 0, 0);
    } else if (snaplen > SNAPLEN_USUAL) {
        check_report(c, RULE_PCAP_SNAPLEN_LARGE, 16, snaplen, SNAPLEN_USUAL);
    }
    check_link_word(c, cur_u32(&p));
}

static void check_pcap_time(struct checker *c, const struct scapf_record *rec)
{
    uint64_t sec = get_u32(rec->raw, rec->big_endian);
    uint64_t frac = get_u32(rec->raw + 4, rec->big_endian);
    uint64_t one =
        scapf_reader_section(c->reader)->pcap_magic == PCAP_NANO ? 1000000000u : 1000000u;

    if (frac >= one) {
        check_report(c, RULE_PCAP_FRACTION, rec->off + 4, frac, one);
    }
    if (sec > INT32_MAX) {
        check_once(c, RULE_PCAP_TIME_LATE, 0, rec->off, sec, INT32_MAX);
    }
    if (c->pcap_any && (sec < c->pcap_sec || (sec == c->pcap_sec && frac < c->pcap_frac))) {
        check_report(c, RULE_PCAP_TIME_BACK, rec->off, sec, c->pcap_sec);
    }
    c->pcap_any = true;
    c->pcap_sec = sec;
    c->pcap_frac = frac;
}

void check_pcap_packet(struct checker *c, const struct scapf_record *rec)
{
    const struct scapf_packet *p = rec->packet;
    const struct scapf_interface *iface = scapf_reader_interface(c->reader, 0);
    uint32_t snaplen = iface != NULL ? iface->snaplen : 0;
    uint32_t most = snaplen != 0 && snaplen < p->original_len ? snaplen : p->original_len;

    check_pcap_time(c, rec);
    if (snaplen != 0 && p->captured_len > snaplen) {
        check_report(c, RULE_PCAP_OVER_SNAPLEN, rec->off + 8, p->captured_len, snaplen);
    }
    if (p->original_len < p->captured_len) {
        check_report(c, RULE_PCAP_ORIGLEN, rec->off + 12, p->original_len, p->captured_len);
    } else if (p->captured_len < most) {
        check_once(c, RULE_PCAP_CUT, 0, rec->off + 8, p->captured_len, most);
    }
}
