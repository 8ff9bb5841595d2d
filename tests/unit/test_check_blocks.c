/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One minimal capture for each rule, good and bad, in both byte orders: the blocks beside packets.
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

static void packet(struct mk *m)
{
    mk_epb(m, 0, NOW_US, "abcd", 4);
}

static void end_list(struct mk *m)
{
    mk_opt_end(m);
    mk_end(m);
}

/* ---------------------------------------------------------------- names */

static uint64_t name(struct mk *m, uint16_t type, const char *value, uint16_t len)
{
    uint64_t at;

    start(m);
    mk_begin(m, 4);
    at = mk_at(m);
    mk_nrb_record(m, type, value, len);
    mk_nrb_record(m, 0, NULL, 0);
    mk_end(m);
    return at;
}

static uint64_t no_end(struct mk *m, bool bad)
{
    uint64_t at;

    start(m);
    mk_begin(m, 4);
    mk_nrb_record(m, 1, "\1\2\3\4name", 9);
    at = mk_at(m);
    if (!bad) {
        mk_nrb_record(m, 0, NULL, 0);
    }
    mk_end(m);
    return at;
}

static uint64_t end_len(struct mk *m, bool bad)
{
    uint64_t at;

    start(m);
    mk_begin(m, 4);
    at = mk_at(m);
    mk_nrb_record(m, 0, "abcd", bad ? 4 : 0);
    mk_end(m);
    return at;
}

static uint64_t record_len(struct mk *m, bool bad)
{
    return name(m, 1, "\1\2\3\4a", bad ? 4 : 6);
}

static uint64_t name_empty(struct mk *m, bool bad)
{
    return name(m, 1, bad ? "\1\2\3\4a\0" : "\1\2\3\4a", bad ? 7 : 6);
}

static uint64_t record_len_other(struct mk *m, bool bad)
{
    return name(m, 3, "\1\2\3\4\5\6a", bad ? 7 : 8);
}

static uint64_t name_end(struct mk *m, bool bad)
{
    return name(m, 1, "\1\2\3\4name", bad ? 8 : 9);
}

static uint64_t record_overrun(struct mk *m, bool bad)
{
    uint64_t at = name(m, 1, "\1\2\3\4name", 9);

    if (bad) {
        mk_patch_u16(m, at + 2, 500);
    }
    return at + 4;
}

static uint64_t name_padding(struct mk *m, bool bad)
{
    uint64_t at = name(m, 1, "\1\2\3\4name", 9) + 13;

    mk_patch_u8(m, at, bad ? 1 : 0);
    return at;
}

static uint64_t record_unknown(struct mk *m, bool bad)
{
    return name(m, bad ? 77 : 1, "\1\2\3\4name", 9);
}

static uint64_t name_utf8(struct mk *m, bool bad)
{
    return name(m, 1, bad ? "\1\2\3\4n\xff" : "\1\2\3\4na", 7);
}

static uint64_t name_option(struct mk *m, bool bad)
{
    uint64_t at;

    start(m);
    mk_begin(m, 4);
    mk_nrb_record(m, 0, NULL, 0);
    at = mk_at(m);
    mk_opt(m, 3, "12345678", bad ? 8 : 4);
    end_list(m);
    return at;
}

static uint64_t name_option_repeated(struct mk *m, bool bad)
{
    uint64_t at;

    start(m);
    mk_begin(m, 4);
    mk_nrb_record(m, 0, NULL, 0);
    mk_opt_str(m, 2, "a");
    at = mk_at(m);
    mk_opt_str(m, bad ? 2 : 1, "b");
    end_list(m);
    return at;
}

/* ---------------------------------------------------------------- statistics */

static uint64_t isb_iface(struct mk *m, bool bad)
{
    start(m);
    mk_isb_begin(m, bad ? 4 : 0, NOW_US);
    mk_end(m);
    return m->block + 8;
}

static uint64_t isb_len(struct mk *m, bool bad)
{
    uint64_t at;

    start(m);
    mk_isb_begin(m, 0, NOW_US);
    at = mk_at(m);
    mk_opt(m, 4, "\0\0\0\0\0\0\0\0", bad ? 4 : 8);
    end_list(m);
    return at;
}

static uint64_t isb_repeated(struct mk *m, bool bad)
{
    uint64_t at;

    start(m);
    mk_isb_begin(m, 0, NOW_US);
    mk_opt_u64(m, 4, 1);
    at = mk_at(m);
    mk_opt_u64(m, bad ? 4 : 5, 1);
    end_list(m);
    return at;
}

static void time_option(struct mk *m, uint16_t code, uint64_t ticks)
{
    mk_u16(m, code);
    mk_u16(m, 8);
    mk_u32(m, (uint32_t)(ticks >> 32));
    mk_u32(m, (uint32_t)ticks);
}

static uint64_t isb_times(struct mk *m, bool bad)
{
    uint64_t at;

    start(m);
    mk_isb_begin(m, 0, NOW_US);
    time_option(m, 2, NOW_US);
    at = mk_at(m);
    time_option(m, 3, bad ? NOW_US - 1 : NOW_US);
    end_list(m);
    return at;
}

static uint64_t isb_packet_outside(struct mk *m, bool bad)
{
    uint64_t at;

    start(m);
    packet(m);
    mk_isb_begin(m, 0, NOW_US);
    at = mk_at(m);
    time_option(m, 2, bad ? NOW_US + 1 : NOW_US);
    end_list(m);
    return at;
}

static uint64_t isb_swapped(struct mk *m, bool bad)
{
    uint64_t at;

    start(m);
    mk_isb_begin(m, 0, NOW_US);
    at = mk_at(m);
    time_option(m, 2, bad ? NOW_US >> 32 | NOW_US << 32 : NOW_US);
    end_list(m);
    return at;
}

static uint64_t isb_decrease(struct mk *m, bool bad)
{
    uint64_t at;

    start(m);
    mk_isb_begin(m, 0, NOW_US);
    mk_opt_u64(m, 5, 10);
    end_list(m);
    mk_isb_begin(m, 0, NOW_US);
    at = mk_at(m);
    mk_opt_u64(m, 5, bad ? 9 : 10);
    end_list(m);
    return at;
}

static uint64_t isb_counts(struct mk *m, bool bad)
{
    uint64_t at;

    start(m);
    packet(m);
    packet(m);
    mk_isb_begin(m, 0, NOW_US);
    at = mk_at(m);
    mk_opt_u64(m, 4, bad ? 1 : 2);
    end_list(m);
    return at;
}

static uint64_t isb_delivered(struct mk *m, bool bad)
{
    uint64_t at;

    start(m);
    mk_isb_begin(m, 0, NOW_US);
    mk_opt_u64(m, 6, 5);
    at = mk_at(m);
    mk_opt_u64(m, 8, bad ? 6 : 5);
    end_list(m);
    return at;
}

static uint64_t isb_later_section(struct mk *m, bool bad)
{
    if (bad) {
        start(m);
    }
    start(m);
    mk_isb_begin(m, 0, NOW_US);
    mk_end(m);
    return m->block;
}

/* ---------------------------------------------------------------- secrets */

static uint64_t secrets(struct mk *m, uint32_t type, const char *text, uint32_t len)
{
    start(m);
    mk_dsb_begin(m, type, text, len);
    mk_end(m);
    return m->block;
}

static uint64_t dsb_late(struct mk *m, bool bad)
{
    start(m);
    if (bad) {
        packet(m);
    }
    mk_dsb_begin(m, 0x544c534b, "a b\n", 4);
    mk_end(m);
    return m->block;
}

static uint64_t dsb_type(struct mk *m, bool bad)
{
    return secrets(m, bad ? 0x11223344 : 0x544c534b, "a b\n", 4) + 8;
}

static uint64_t dsb_lines(struct mk *m, bool bad)
{
    return secrets(m, 0x544c534b, bad ? "a\r\nb\nc" : "a\r\nb\nc\n", bad ? 6 : 7) + 21;
}

static uint64_t dsb_lone_cr(struct mk *m, bool bad)
{
    return secrets(m, 0x5353484b, bad ? "a\rb\n" : "a\r\n\n", 4) + 17;
}

static uint64_t dsb_opc_ua(struct mk *m, bool bad)
{
    return secrets(m, 0x55414b4c, "a: b\n", bad ? 4 : 5) + 19;
}

static uint64_t dsb_zigbee(struct mk *m, bool bad)
{
    return secrets(m, 0x5a4e574b, "0123456789abcdef..", bad ? 17 : 18) + 12;
}

static uint64_t dsb_zigbee_order(struct mk *m, bool bad)
{
    return secrets(m, 0x5a415053, bad ? "0123456789abcdef..\2\0\1\0" : "0123456789abcdef..\1\0\2\0",
                   22) +
           34;
}

static uint64_t dsb_privacy(struct mk *m, bool bad)
{
    return secrets(m, 0x57474b4c,
                   bad ? "LOCAL_STATIC_PRIVATE_KEY = A\n" : "LOCAL_EPHEMERAL_PRIVATE_KEY\n",
                   bad ? 29 : 28) +
           8;
}

static uint64_t dsb_present(struct mk *m, bool bad)
{
    if (bad) {
        return secrets(m, 0x544c534b, "a b\n", 4) + 8;
    }
    start(m);
    return 0;
}

static uint64_t dsb_len(struct mk *m, bool bad)
{
    uint64_t at = secrets(m, 0x544c534b, "a b\n", 4);

    if (bad) {
        mk_patch_u32(m, at + 12, 5);
    }
    return at + 12;
}

/* ---------------------------------------------------------------- custom and the others */

static uint64_t custom(struct mk *m, uint32_t type)
{
    start(m);
    mk_begin(m, type);
    mk_u32(m, 32473);
    mk_end(m);
    return m->block;
}

static uint64_t cb_copy(struct mk *m, bool bad)
{
    return custom(m, bad ? 0xBAD : 0x40000BAD);
}

static uint64_t cb_nocopy(struct mk *m, bool bad)
{
    return custom(m, bad ? 0x40000BAD : 0xBAD);
}

static uint64_t cb_early(struct mk *m, bool bad)
{
    mk_shb(m, 0);
    if (!bad) {
        mk_idb(m, 1, 0);
    }
    mk_begin(m, 0xBAD);
    mk_u32(m, 32473);
    mk_end(m);
    return m->block;
}

static uint64_t journal(struct mk *m, const char *text, size_t zeros)
{
    start(m);
    mk_begin(m, 9);
    mk_str(m, text);
    mk_zero(m, zeros);
    mk_end(m);
    return m->block + 8;
}

static uint64_t journal_empty(struct mk *m, bool bad)
{
    return journal(m, bad ? "MESSAGE=__REALTIME_TIMESTAMP=1\n" : "A=b\n__REALTIME_TIMESTAMP=1\n",
                   0);
}

static uint64_t journal_time(struct mk *m, bool bad)
{
    return journal(m, bad ? "__REALTIME_TIMESTAMP=1x\n" : "__REALTIME_TIMESTAMP=12\n", 0) + 21;
}

static uint64_t journal_time_wide(struct mk *m, bool bad)
{
    return journal(m,
                   bad ? "__REALTIME_TIMESTAMP=18446744073709551616\n"
                       : "__REALTIME_TIMESTAMP=18446744073709551615\n",
                   0) +
           21;
}

static uint64_t journal_padding(struct mk *m, bool bad)
{
    return journal(m, "__REALTIME_TIMESTAMP=12\n", bad ? 8 : 0) + 24;
}

static uint64_t process_info(struct mk *m, bool bad, uint16_t code, uint16_t len)
{
    uint64_t at;

    start(m);
    mk_pib_begin(m, 4711);
    at = mk_at(m);
    mk_pib_opt(m, bad ? code : 2, "12345678", bad ? len : 4);
    mk_pib_end(m);
    return at;
}

static uint64_t pib_option(struct mk *m, bool bad)
{
    return process_info(m, bad, 5, 8);
}

static uint64_t pib_seen(struct mk *m, bool bad)
{
    if (!bad) {
        return custom(m, 0xBAD);
    }
    (void)process_info(m, false, 0, 0);
    return m->block;
}

/* The length of the entry, little-endian in every section. */
static uint64_t pib_entry_len(struct mk *m, bool bad)
{
    (void)process_info(m, false, 0, 0);
    mk_patch_u8(m, m->block + 16, bad ? 200 : 12);
    return m->block + 20;
}

static uint64_t pib_unknown(struct mk *m, bool bad)
{
    (void)process_info(m, false, 0, 0);
    mk_patch_u8(m, m->block + 12, bad ? 9 : 3);
    return m->block + 12;
}

static uint64_t pib_late(struct mk *m, bool bad)
{
    uint64_t at;

    start(m);
    if (!bad) {
        mk_pib_begin(m, 4711);
        mk_pib_end(m);
    }
    mk_epb_begin(m, 0, NOW_US, "abcd", 4, 4);
    at = mk_at(m);
    mk_u16(m, 8);
    mk_u16(m, 8);
    mk_u32(m, 4711);
    mk_u32(m, 0);
    end_list(m);
    return at;
}

static uint64_t too_short(struct mk *m, uint32_t type, bool bad)
{
    start(m);
    mk_begin(m, type);
    mk_zero(m, bad ? 0 : 20);
    mk_end(m);
    return m->block + 4;
}

static uint64_t idb_short(struct mk *m, bool bad)
{
    return too_short(m, 1, bad);
}

static uint64_t epb_short(struct mk *m, bool bad)
{
    return too_short(m, 6, bad);
}

static uint64_t spb_short(struct mk *m, bool bad)
{
    return too_short(m, 3, bad);
}

static uint64_t isb_short(struct mk *m, bool bad)
{
    return too_short(m, 5, bad);
}

static uint64_t dsb_short(struct mk *m, bool bad)
{
    return too_short(m, 10, bad);
}

static uint64_t cb_short(struct mk *m, bool bad)
{
    return too_short(m, 0xBAD, bad);
}

/* clang-format off */
static const struct findings_row rows[] = {
    {RULE_NRB_NO_END, no_end},
    {RULE_NRB_END_LEN, end_len},
    {RULE_NRB_RECORD_LEN, record_len},
    {RULE_NRB_NAME_EMPTY, name_empty},
    {RULE_NRB_RECORD_LEN_OTHER, record_len_other},
    {RULE_NRB_NAME_END, name_end},
    {RULE_NRB_RECORD_OVERRUN, record_overrun},
    {RULE_NRB_PADDING, name_padding},
    {RULE_NRB_RECORD_UNKNOWN, record_unknown},
    {RULE_NRB_UTF8, name_utf8},
    {RULE_NRB_OPTION_LEN, name_option},
    {RULE_NRB_OPTION_REPEATED, name_option_repeated},
    {RULE_ISB_IFACE, isb_iface},
    {RULE_ISB_OPTION_LEN, isb_len},
    {RULE_ISB_OPTION_REPEATED, isb_repeated},
    {RULE_ISB_TIMES, isb_times},
    {RULE_ISB_TIMES, isb_packet_outside},
    {RULE_ISB_TIME_SWAPPED, isb_swapped},
    {RULE_ISB_DECREASE, isb_decrease},
    {RULE_ISB_COUNTS, isb_counts},
    {RULE_ISB_COUNTS, isb_delivered},
    {RULE_ISB_LATER_SECTION, isb_later_section},
    {RULE_DSB_LATE, dsb_late},
    {RULE_DSB_TYPE, dsb_type},
    {RULE_DSB_LINES, dsb_lines},
    {RULE_DSB_LINES, dsb_lone_cr},
    {RULE_DSB_LINES, dsb_opc_ua},
    {RULE_DSB_ZIGBEE_LEN, dsb_zigbee},
    {RULE_DSB_ZIGBEE_LEN, dsb_zigbee_order},
    {RULE_DSB_PRIVACY, dsb_privacy},
    {RULE_DSB_PRESENT, dsb_present},
    {RULE_DSB_SECRETS_LEN, dsb_len},
    {RULE_CB_COPY, cb_copy},
    {RULE_CB_NOCOPY, cb_nocopy},
    {RULE_CB_EARLY, cb_early},
    {RULE_JOURNAL_EMPTY, journal_empty},
    {RULE_JOURNAL_TIME, journal_time},
    {RULE_JOURNAL_TIME, journal_time_wide},
    {RULE_JOURNAL_PADDING, journal_padding},
    {RULE_PIB_OPTION_LEN, pib_option},
    {RULE_PIB_SEEN, pib_seen},
    {RULE_PIB_ENTRY_LEN, pib_entry_len},
    {RULE_PIB_ENTRY_UNKNOWN, pib_unknown},
    {RULE_PIB_LATE, pib_late},
    {RULE_IDB_LEN_MIN, idb_short},
    {RULE_EPB_LEN_MIN, epb_short},
    {RULE_SPB_LEN_MIN, spb_short},
    {RULE_ISB_LEN_MIN, isb_short},
    {RULE_DSB_LEN_MIN, dsb_short},
    {RULE_CB_LEN_MIN, cb_short},
};
/* clang-format on */

Test(check_blocks, every_rule_has_a_good_and_a_bad_capture)
{
    cr_expect_eq(findings_rows(rows, COUNT(rows), true), 0);
}
