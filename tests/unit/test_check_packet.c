/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One minimal capture for each rule, good and bad, in both byte orders: packets and options.
 */
#include <criterion/criterion.h>

#include "support/findings.h"
#include "support/mk.h"

#define NOW_US       UINT64_C(1700000000000000)
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void start(struct mk *m)
{
    mk_shb(m, 0);
    mk_idb(m, 1, 262144);
}

static void end_list(struct mk *m)
{
    mk_opt_end(m);
    mk_end(m);
}

static void packet(struct mk *m)
{
    mk_epb(m, 0, NOW_US, "abcd", 4);
}

static void start_packet(struct mk *m)
{
    start(m);
    mk_epb_begin(m, 0, NOW_US, "abcd", 4, 4);
}

/* ---------------------------------------------------------------- packets */

static uint64_t epb_iface(struct mk *m, bool bad)
{
    start(m);
    mk_epb(m, bad ? 1 : 0, NOW_US, "abcd", 4);
    return m->block + 8;
}

static uint64_t epb_caplen(struct mk *m, bool bad)
{
    start(m);
    packet(m);
    if (bad) {
        mk_patch_u32(m, m->block + 20, UINT32_MAX);
    }
    return m->block + 20;
}

static uint64_t epb_snaplen(struct mk *m, bool bad)
{
    mk_shb(m, 0);
    mk_idb(m, 1, bad ? 3 : 4);
    packet(m);
    return m->block + 20;
}

static uint64_t epb_origlen(struct mk *m, bool bad)
{
    start(m);
    mk_epb_begin(m, 0, NOW_US, "abcd", 4, bad ? 3 : 4);
    mk_end(m);
    return m->block + 24;
}

static uint64_t epb_cut(struct mk *m, bool bad)
{
    start(m);
    mk_epb_begin(m, 0, NOW_US, "abcd", 4, bad ? 5 : 4);
    mk_end(m);
    return m->block + 20;
}

static uint64_t padding(struct mk *m, bool bad)
{
    start(m);
    mk_epb(m, 0, NOW_US, "ab", 2);
    mk_patch_u8(m, m->block + 31, bad ? 1 : 0);
    return m->block + 31;
}

static uint64_t time_back(struct mk *m, bool bad)
{
    start(m);
    mk_epb(m, 0, NOW_US, "ab", 2);
    mk_epb(m, 0, bad ? NOW_US - 1 : NOW_US, "ab", 2);
    return m->block + 12;
}

static uint64_t time_odd(struct mk *m, bool bad)
{
    start(m);
    mk_epb(m, 0, bad ? 0 : NOW_US, "ab", 2);
    return m->block + 12;
}

static uint64_t time_swapped(struct mk *m, bool bad)
{
    start(m);
    mk_epb(m, 0, bad ? NOW_US >> 32 | NOW_US << 32 : NOW_US, "ab", 2);
    return m->block + 12;
}

static uint64_t packet_option(struct mk *m, uint16_t code, const void *value, uint16_t len)
{
    uint64_t at;

    start_packet(m);
    at = mk_at(m);
    mk_opt(m, code, value, len);
    end_list(m);
    return at;
}

static uint64_t packet_u32(struct mk *m, uint16_t code, uint32_t value)
{
    uint64_t at;

    start_packet(m);
    at = mk_at(m);
    mk_opt_u32(m, code, value);
    end_list(m);
    return at;
}

static uint64_t flags_len(struct mk *m, bool bad)
{
    return packet_option(m, 2, "\0\0\0\0", bad ? 2 : 4);
}

static uint64_t flags_bits(struct mk *m, bool bad)
{
    return packet_u32(m, 2, bad ? 3 : 1);
}

static uint64_t flags_reception(struct mk *m, bool bad)
{
    return packet_u32(m, 2, bad ? 5 << 2 : 4 << 2);
}

static uint64_t flags_reserved(struct mk *m, bool bad)
{
    return packet_u32(m, 2, bad ? 1 << 12 : 1 << 11);
}

/* Bits 16 to 31 are errors of the link layer, whether the draft names them or not. */
static uint64_t flags_link_errors(struct mk *m, bool bad)
{
    return packet_u32(m, 2, bad ? 0xFFFF8000 : 0xFFFF0000);
}

static uint64_t flags_checksum(struct mk *m, bool bad)
{
    return packet_u32(m, 2, bad ? 3 << 9 : 1 << 9);
}

static uint64_t hash_len(struct mk *m, bool bad)
{
    return packet_option(m, 3, "\2abcd", bad ? 4 : 5);
}

static uint64_t hash_kind(struct mk *m, bool bad)
{
    return packet_option(m, 3, bad ? "\x63xyz." : "\2wxyz", 5);
}

static uint64_t dropcount_len(struct mk *m, bool bad)
{
    return packet_option(m, 4, "\0\0\0\0\0\0\0\0", bad ? 4 : 8);
}

static uint64_t packetid_len(struct mk *m, bool bad)
{
    return packet_option(m, 5, "\0\0\0\0\0\0\0\0", bad ? 4 : 8);
}

static uint64_t queue_len(struct mk *m, bool bad)
{
    return packet_option(m, 6, "\0\0\0\0\0\0\0\0", bad ? 8 : 4);
}

static uint64_t verdict_len(struct mk *m, bool bad)
{
    return packet_option(m, 7, "\2\0\0\0\0\0\0\0\0", bad ? 3 : 9);
}

static uint64_t verdict_kind(struct mk *m, bool bad)
{
    return packet_option(m, 7, bad ? "\x09x" : "\0x", 2);
}

static uint64_t pid_tid_len(struct mk *m, bool bad)
{
    return packet_option(m, 8, "\0\0\0\0\0\0\0\0", bad ? 4 : 8);
}

static uint64_t epb_repeated(struct mk *m, bool bad)
{
    uint64_t at;

    start_packet(m);
    mk_opt_u32(m, 2, 1);
    at = mk_at(m);
    mk_opt_u32(m, bad ? 2 : 6, 1);
    end_list(m);
    return at;
}

static uint64_t spb_no_iface(struct mk *m, bool bad)
{
    mk_shb(m, 0);
    if (!bad) {
        mk_idb(m, 1, 0);
    }
    mk_spb(m, "abcd", 4, 4);
    return m->block + 8;
}

static uint64_t spb_long(struct mk *m, bool bad)
{
    mk_shb(m, 0);
    mk_idb(m, 1, 4);
    mk_spb(m, "abcdefgh", bad ? 8 : 4, 8);
    return m->block + 4;
}

/* The snap length asks for 2 bytes and padding; the others are not padding. */
Test(check_packet, surplus_of_a_simple_packet_is_no_padding)
{
    static struct findings f;
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    mk_idb(&m, 1, 2);
    mk_spb(&m, "abcdefgh", 8, 8);
    findings_run(&f, m.o.bytes, m.o.len);
    cr_expect_eq(findings_count(&f, RULE_SPB_DATA_LEN), 1);
    cr_expect_eq(findings_count(&f, RULE_PADDING_NOT_ZERO), 0);
    mk_release(&m);
}

static uint64_t spb_interfaces(struct mk *m, bool bad)
{
    start(m);
    if (bad) {
        mk_idb(m, 1, 262144);
    }
    mk_spb(m, "abcd", 4, 4);
    return m->block;
}

static uint64_t pb_obsolete(struct mk *m, bool bad)
{
    start(m);
    if (bad) {
        mk_pb_begin(m, 0, 0, NOW_US, "abcd", 4);
        mk_end(m);
    } else {
        packet(m);
    }
    return m->block;
}

static uint64_t pb_iface(struct mk *m, bool bad)
{
    start(m);
    mk_pb_begin(m, bad ? 3 : 0, 0, NOW_US, "abcd", 4);
    mk_end(m);
    return m->block + 8;
}

static uint64_t pb_drops(struct mk *m, bool bad)
{
    start(m);
    mk_pb_begin(m, 0, bad ? 0xFFFF : 5, NOW_US, "abcd", 4);
    mk_end(m);
    return m->block + 10;
}

/* ---------------------------------------------------------------- options */

static uint64_t no_end(struct mk *m, bool bad)
{
    uint64_t at;

    start_packet(m);
    mk_opt_str(m, 1, "text");
    at = mk_at(m);
    if (!bad) {
        mk_opt_end(m);
    }
    mk_end(m);
    return at;
}

static uint64_t end_len(struct mk *m, bool bad)
{
    uint64_t at;

    start_packet(m);
    at = mk_at(m);
    mk_opt(m, 0, "abcd", bad ? 4 : 0);
    mk_end(m);
    return at;
}

static uint64_t after_end(struct mk *m, bool bad)
{
    uint64_t at;

    start_packet(m);
    mk_opt_end(m);
    at = mk_at(m);
    mk_zero(m, bad ? 4 : 0);
    mk_end(m);
    return at;
}

static uint64_t option_overrun(struct mk *m, bool bad)
{
    uint64_t at;

    start_packet(m);
    at = mk_at(m);
    mk_opt_str(m, 1, "text");
    end_list(m);
    if (bad) {
        mk_patch_u16(m, at + 2, 400);
    }
    return at;
}

static uint64_t option_header(struct mk *m, bool bad)
{
    uint64_t at;

    start_packet(m);
    mk_opt_str(m, 1, "text");
    at = mk_at(m);
    if (bad) {
        mk_u8(m, 2); /* one byte of a header; the block's padding does the rest */
        mk_end(m);
        mk_patch_u16(m, at, 2);
    } else {
        end_list(m);
    }
    return at;
}

static uint64_t option_padding(struct mk *m, bool bad)
{
    uint64_t at;

    start_packet(m);
    mk_opt_str(m, 1, "abc");
    at = mk_at(m) - 1;
    end_list(m);
    mk_patch_u8(m, at, bad ? 1 : 0);
    return at;
}

static uint64_t custom_len(struct mk *m, bool bad)
{
    return packet_option(m, 2989, "\0\0\0\0", bad ? 2 : 4);
}

/* The same, without opt_endofopt: its header is whole. */
static uint64_t custom_empty(struct mk *m, bool bad)
{
    uint64_t at;

    start_packet(m);
    at = mk_at(m);
    mk_opt(m, 2989, "\0\0\0\0", bad ? 0 : 4);
    mk_end(m);
    return at;
}

static uint64_t custom_option(struct mk *m, bool bad)
{
    return packet_option(m, bad ? 2989 : 1, "text", 4);
}

static uint64_t option_local(struct mk *m, bool bad)
{
    return packet_option(m, bad ? 0x9000 : 0x7000, "text", 4);
}

static uint64_t option_unknown(struct mk *m, bool bad)
{
    return packet_option(m, bad ? 0x7000 : 1, "text", 4);
}

static uint64_t comment_again(struct mk *m, bool bad)
{
    uint64_t at;

    start_packet(m);
    mk_opt_str(m, 1, "one");
    at = mk_at(m);
    if (bad) {
        mk_opt_str(m, 1, "two");
    }
    end_list(m);
    return at;
}

static uint64_t only_end(struct mk *m, bool bad)
{
    uint64_t at;

    start_packet(m);
    at = mk_at(m);
    if (bad) {
        mk_opt_end(m);
    }
    mk_end(m);
    return at;
}

static uint64_t lone_cr(struct mk *m, bool bad)
{
    return packet_option(m, 1, bad ? "a\rbc" : "a\r\nb", 4);
}

static uint64_t option_full(struct mk *m, bool bad)
{
    static char text[65535];

    memset(text, 'x', sizeof(text));
    return packet_option(m, 1, text, bad ? 65535 : 65534);
}

static const struct findings_row rows[] = {
    {RULE_PADDING_NOT_ZERO, padding},
    {RULE_EPB_IFACE, epb_iface},
    {RULE_EPB_CAPLEN, epb_caplen},
    {RULE_EPB_SNAPLEN, epb_snaplen},
    {RULE_EPB_ORIGLEN, epb_origlen},
    {RULE_EPB_CUT, epb_cut},
    {RULE_EPB_TIME_BACK, time_back},
    {RULE_EPB_TIME_ODD, time_odd},
    {RULE_EPB_TIME_SWAPPED, time_swapped},
    {RULE_EPB_FLAGS_LEN, flags_len},
    {RULE_EPB_FLAGS_BITS, flags_bits},
    {RULE_EPB_FLAGS_BITS, flags_reception},
    {RULE_EPB_FLAGS_BITS, flags_reserved},
    {RULE_EPB_FLAGS_BITS, flags_link_errors},
    {RULE_EPB_FLAGS_CHECKSUM, flags_checksum},
    {RULE_EPB_HASH_LEN, hash_len},
    {RULE_EPB_HASH_KIND, hash_kind},
    {RULE_EPB_DROPCOUNT_LEN, dropcount_len},
    {RULE_EPB_PACKETID_LEN, packetid_len},
    {RULE_EPB_QUEUE_LEN, queue_len},
    {RULE_EPB_VERDICT_LEN, verdict_len},
    {RULE_EPB_VERDICT_KIND, verdict_kind},
    {RULE_EPB_PID_TID_LEN, pid_tid_len},
    {RULE_EPB_OPTION_REPEATED, epb_repeated},
    {RULE_SPB_NO_IFACE, spb_no_iface},
    {RULE_SPB_DATA_LEN, spb_long},
    {RULE_SPB_INTERFACES, spb_interfaces},
    {RULE_PB_OBSOLETE, pb_obsolete},
    {RULE_PB_IFACE, pb_iface},
    {RULE_PB_DROPS_UNKNOWN, pb_drops},
    {RULE_OPTIONS_NO_END, no_end},
    {RULE_OPTION_END_LEN, end_len},
    {RULE_OPTION_AFTER_END, after_end},
    {RULE_OPTION_OVERRUN, option_overrun},
    {RULE_OPTION_HEADER_SHORT, option_header},
    {RULE_OPTION_PADDING, option_padding},
    {RULE_CUSTOM_OPTION_LEN, custom_len},
    {RULE_CUSTOM_OPTION_LEN, custom_empty},
    {RULE_CUSTOM_OPTION, custom_option},
    {RULE_OPTION_LOCAL, option_local},
    {RULE_OPTION_UNKNOWN, option_unknown},
    {RULE_COMMENT_AGAIN, comment_again},
    {RULE_OPTIONS_ONLY_END, only_end},
    {RULE_OPTION_LINES, lone_cr},
    {RULE_OPTION_FULL, option_full},
};

/* A whole header of an option without a value ends the block; only where the code is one byte, and
 * the option cannot be empty, may the rest of the header be missing. */
Test(check_packet, empty_last_option)
{
    static const struct {
        uint16_t code;
        enum rule rule;
        size_t cut;
    } ends[] = {{77, RULE_OPTION_UNKNOWN, 0},      {2989, RULE_CUSTOM_OPTION_LEN, 0},
                {2988, RULE_CUSTOM_OPTION_LEN, 0}, {0x9000, RULE_OPTION_LOCAL, 0},
                {2, RULE_EPB_FLAGS_LEN, 1},        {4, RULE_EPB_DROPCOUNT_LEN, 1}};

    for (size_t i = 0; i < 2 * COUNT(ends); i++) {
        static struct findings f;
        struct mk m;

        mk_init(&m, i % 2);
        start_packet(&m);
        mk_opt(&m, ends[i / 2].code, "", 0);
        mk_end(&m);
        findings_run(&f, m.o.bytes, m.o.len);
        cr_expect(findings_count(&f, ends[i / 2].rule) == 1 &&
                      findings_count(&f, RULE_OPTIONS_NO_END) == 1 &&
                      findings_count(&f, RULE_OPTION_HEADER_SHORT) == ends[i / 2].cut,
                  "%d: %s", ends[i / 2].code, findings_text(&f));
        mk_release(&m);
    }
}

Test(check_packet, every_rule_has_a_good_and_a_bad_capture)
{
    cr_expect_eq(findings_rows(rows, COUNT(rows), true), 0);
}
