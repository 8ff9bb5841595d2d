/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One minimal capture for each rule, good and bad, in both byte orders: framing, sections,
 * interfaces.
 */
#include <criterion/criterion.h>

#include "support/fault_alloc.h"
#include "support/findings.h"
#include "support/mk.h"

#define NOW_US       UINT64_C(1700000000000000)
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void start(struct mk *m)
{
    mk_shb(m, 0);
    mk_idb(m, 1, 262144);
}

/* A section with one interface that carries options; the caller adds them and calls end_list(). */
static void start_idb(struct mk *m)
{
    mk_shb(m, 0);
    mk_idb_begin(m, 1, 262144);
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

/* ---------------------------------------------------------------- framing */

static uint64_t not_shb(struct mk *m, bool bad)
{
    if (!bad) {
        mk_shb(m, 0);
    }
    mk_idb(m, 1, 0);
    return 0;
}

static uint64_t header_short(struct mk *m, bool bad)
{
    start(m);
    mk_zero(m, bad ? 5 : 0);
    return mk_at(m) - (bad ? 5 : 0);
}

static uint64_t len_min(struct mk *m, bool bad)
{
    start(m);
    packet(m);
    if (bad) {
        mk_patch_u32(m, m->block + 4, 8);
    }
    return m->block + 4;
}

static uint64_t len_align(struct mk *m, bool bad)
{
    start(m);
    packet(m);
    if (bad) {
        mk_patch_u32(m, m->block + 4, 35);
    }
    return m->block + 4;
}

static uint64_t trailer(struct mk *m, bool bad)
{
    start(m);
    packet(m);
    if (bad) {
        mk_patch_u32(m, mk_at(m) - 4, 40);
    }
    return mk_at(m) - 4;
}

static uint64_t truncated(struct mk *m, bool bad)
{
    start(m);
    packet(m);
    m->o.len -= bad ? 6 : 0;
    return m->block;
}

static uint64_t trailing_bytes(struct mk *m, bool bad)
{
    start(m);
    packet(m);
    if (bad) {
        mk_str(m, "Xhis is no block");
    }
    return mk_at(m) - (bad ? 16 : 0);
}

static uint64_t trailing_few(struct mk *m, bool bad)
{
    start(m);
    mk_str(m, bad ? "no block" : "");
    return mk_at(m) - (bad ? 8 : 0);
}

static uint64_t trailing_zeros(struct mk *m, bool bad)
{
    start(m);
    mk_zero(m, bad ? 64 : 0);
    return mk_at(m) - (bad ? 64 : 0);
}

static uint64_t unknown_block(struct mk *m, uint32_t type)
{
    start(m);
    mk_begin(m, type);
    mk_end(m);
    return m->block;
}

static uint64_t type_reserved(struct mk *m, bool bad)
{
    return unknown_block(m, bad ? 0 : 0x777);
}

static uint64_t type_text_mark(struct mk *m, bool bad)
{
    return unknown_block(m, bad ? 0x0A0D0A33 : 0x777);
}

static uint64_t type_unknown(struct mk *m, bool bad)
{
    return unknown_block(m, bad ? 0x777 : 0x80000777);
}

static uint64_t type_local(struct mk *m, bool bad)
{
    return unknown_block(m, bad ? 0x80000777 : 0x777);
}

/* ---------------------------------------------------------------- sections */

static uint64_t shb_magic(struct mk *m, bool bad)
{
    start(m);
    if (bad) {
        mk_patch_u32(m, 8, 0x11223344);
    }
    return 8;
}

static uint64_t shb_major(struct mk *m, bool bad)
{
    start(m);
    if (bad) {
        mk_patch_u16(m, 12, 2);
    }
    return 12;
}

static uint64_t shb_minor_2(struct mk *m, bool bad)
{
    mk_shb(m, bad ? 2 : 0);
    return 14;
}

static uint64_t shb_minor(struct mk *m, bool bad)
{
    mk_shb(m, bad ? 7 : 0);
    return 14;
}

static uint64_t section_len(struct mk *m, bool bad)
{
    mk_shb_begin(m, 0, bad ? 400 : 20);
    mk_end(m);
    mk_idb(m, 1, 0);
    return 16;
}

static uint64_t section_len_align(struct mk *m, bool bad)
{
    mk_shb_begin(m, 0, bad ? 21 : 20);
    mk_end(m);
    mk_idb(m, 1, 0);
    return 16;
}

static uint64_t section_len_negative(struct mk *m, bool bad)
{
    mk_shb_begin(m, 0, bad ? UINT64_MAX - 1 : UINT64_MAX);
    mk_end(m);
    return 16;
}

static uint64_t shb_option_repeated(struct mk *m, bool bad)
{
    uint64_t at;

    mk_shb_begin(m, 0, UINT64_MAX);
    mk_opt_str(m, 3, "Linux");
    at = mk_at(m);
    mk_opt_str(m, bad ? 3 : 4, "other");
    end_list(m);
    return at;
}

static uint64_t section_again(struct mk *m, bool bad)
{
    mk_shb(m, 0);
    if (bad) {
        mk_shb(m, 0);
    }
    return m->block;
}

static uint64_t section_order(struct mk *m, bool bad)
{
    bool order = m->o.big_endian;
    uint64_t at;

    mk_shb(m, 0);
    at = mk_at(m) + 8;
    m->o.big_endian = bad ? !order : order;
    mk_shb(m, 0);
    m->o.big_endian = order;
    return at;
}

static uint64_t other_section(struct mk *m, bool bad)
{
    start(m);
    mk_shb(m, 0);
    if (!bad) {
        mk_idb(m, 1, 0);
    }
    packet(m);
    return m->block + 8;
}

/* ---------------------------------------------------------------- interfaces */

static uint64_t idb_reserved(struct mk *m, bool bad)
{
    start(m);
    if (bad) {
        mk_patch_u16(m, m->block + 10, 1);
    }
    return m->block + 10;
}

static uint64_t link_type(struct mk *m, bool bad)
{
    mk_shb(m, 0);
    mk_idb(m, bad ? 147 : 113, 0);
    return m->block + 8;
}

static uint64_t late_interface(struct mk *m, bool bad)
{
    mk_shb(m, 0);
    if (!bad) {
        mk_idb(m, 1, 0);
    }
    packet(m);
    mk_idb(m, 1, 0);
    return m->block;
}

static uint64_t late_in_second_section(struct mk *m, bool bad)
{
    start(m);
    return late_interface(m, bad);
}

/* An interface option: good value, or a bad one of the same code. */
static uint64_t if_option(struct mk *m, uint16_t code, const void *value, uint16_t len)
{
    uint64_t at;

    start_idb(m);
    at = mk_at(m);
    mk_opt(m, code, value, len);
    end_list(m);
    return at;
}

static uint64_t tsresol_form(struct mk *m, bool bad)
{
    return if_option(m, 9, bad ? "\x8a" : "\x06", 1);
}

static uint64_t tsresol_range(struct mk *m, bool bad)
{
    return if_option(m, 9, bad ? "\x7f" : "\x09", 1);
}

/* Picoseconds run out 213 days after 1970, unless they count from an offset. */
static uint64_t tsresol_present(struct mk *m, bool bad)
{
    uint64_t at;

    start_idb(m);
    at = mk_at(m);
    mk_opt(m, 9, "\x0c", 1);
    mk_opt_u64(m, 14, bad ? 1000000000 : 1760000000);
    end_list(m);
    return at;
}

static uint64_t tsresol_present_binary(struct mk *m, bool bad)
{
    return if_option(m, 9, bad ? "\xa2" : "\xa1", 1);
}

static uint64_t tsresol_seconds(struct mk *m, bool bad)
{
    return if_option(m, 9, bad ? "\x00" : "\x09", 1);
}

static uint64_t tsresol_len(struct mk *m, bool bad)
{
    return if_option(m, 9, "\x06\x06", bad ? 2 : 1);
}

static uint64_t tsresol_repeated(struct mk *m, bool bad)
{
    uint64_t at;

    start_idb(m);
    mk_opt_u8(m, 9, 6);
    at = mk_at(m);
    mk_opt_u8(m, bad ? 9 : 13, 6);
    end_list(m);
    return at;
}

static uint64_t tsoffset_len(struct mk *m, bool bad)
{
    return if_option(m, 14, "\0\0\0\0\0\0\0\0", bad ? 4 : 8);
}

static uint64_t tsoffset_range(struct mk *m, bool bad)
{
    start_idb(m);
    mk_opt_u64(m, 14, bad ? (uint64_t)-1800000000 : 1);
    end_list(m);
    packet(m);
    return m->block + 12;
}

static uint64_t tzone(struct mk *m, bool bad)
{
    return if_option(m, bad ? 10 : 18, "UTC0", 4);
}

static uint64_t tzone_len(struct mk *m, bool bad)
{
    return if_option(m, 10, "UTC0UTC0", bad ? 8 : 4);
}

static uint64_t filter(struct mk *m, bool bad)
{
    return if_option(m, 11, bad ? "\1bpf" : "\0tcp", 4);
}

static uint64_t filter_code(struct mk *m, bool bad)
{
    return if_option(m, 11, bad ? "\7xyz" : "\0tcp", 4);
}

static uint64_t ip4_len(struct mk *m, bool bad)
{
    return if_option(m, 4, "\x0a\0\0\1\xff\0\0\0", bad ? 4 : 8);
}

static uint64_t ip4_mask(struct mk *m, bool bad)
{
    return if_option(m, 4, bad ? "\x0a\0\0\1\xff\0\xff\0" : "\x0a\0\0\1\xff\xff\xff\0", 8);
}

static uint64_t ip6_len(struct mk *m, bool bad)
{
    return if_option(m, 5, "0123456789abcdef\x40", bad ? 16 : 17);
}

static uint64_t ip6_prefix(struct mk *m, bool bad)
{
    return if_option(m, 5, bad ? "0123456789abcdef\x81" : "0123456789abcdef\x80", 17);
}

static uint64_t mac_len(struct mk *m, bool bad)
{
    return if_option(m, 6, "0123456", bad ? 7 : 6);
}

static uint64_t speed_len(struct mk *m, bool bad)
{
    return if_option(m, 8, "01234567", bad ? 4 : 8);
}

static uint64_t speed_twice(struct mk *m, bool bad)
{
    uint64_t at;

    start_idb(m);
    mk_opt_u64(m, bad ? 8 : 16, 1000);
    at = mk_at(m);
    mk_opt_u64(m, 17, 2000);
    end_list(m);
    return at;
}

static uint64_t fcslen_len(struct mk *m, bool bad)
{
    return if_option(m, 13, "\4\4", bad ? 2 : 1);
}

static uint64_t fcslen_value(struct mk *m, bool bad)
{
    return if_option(m, 13, bad ? "\x21" : "\x20", 1);
}

static uint64_t utf8(struct mk *m, bool bad)
{
    return if_option(m, 2, bad ? "caf\xe9" : "caf\xc3\xa9", bad ? 4 : 5);
}

static uint64_t utf8_overlong(struct mk *m, bool bad)
{
    return if_option(m, 2, bad ? "\xc0\xaf" : "\xc2\xaf", 2);
}

static uint64_t nul_inside(struct mk *m, bool bad)
{
    return if_option(m, 2, bad ? "a\0b" : "abc", 3);
}

static uint64_t if_repeated(struct mk *m, bool bad)
{
    uint64_t at;

    start_idb(m);
    mk_opt_str(m, 2, "a");
    at = mk_at(m);
    mk_opt_str(m, bad ? 2 : 3, "b");
    end_list(m);
    return at;
}

static uint64_t ifaces_differ(struct mk *m, bool bad)
{
    start(m);
    mk_idb(m, bad ? 113 : 1, 262144);
    return m->block;
}

static uint64_t iface_unused(struct mk *m, bool bad)
{
    uint64_t at;

    start(m);
    at = m->block;
    if (!bad) {
        packet(m);
    }
    return at;
}

static const struct findings_row rows[] = {
    {RULE_FILE_NOT_SHB, not_shb},
    {RULE_BLOCK_HEADER_SHORT, header_short},
    {RULE_BLOCK_LEN_MIN, len_min},
    {RULE_BLOCK_LEN_ALIGN, len_align},
    {RULE_BLOCK_LEN_TRAILER, trailer},
    {RULE_BLOCK_TRUNCATED, truncated},
    {RULE_TRAILING_BYTES, trailing_bytes},
    {RULE_TRAILING_BYTES, trailing_few},
    {RULE_TRAILING_ZEROS, trailing_zeros},
    {RULE_BLOCK_TYPE_RESERVED, type_reserved},
    {RULE_BLOCK_TYPE_TEXT_MARK, type_text_mark},
    {RULE_BLOCK_TYPE_UNKNOWN, type_unknown},
    {RULE_BLOCK_TYPE_LOCAL, type_local},
    {RULE_SHB_MAGIC, shb_magic},
    {RULE_SHB_MAJOR, shb_major},
    {RULE_SHB_MINOR_2, shb_minor_2},
    {RULE_SHB_MINOR, shb_minor},
    {RULE_SECTION_LEN, section_len},
    {RULE_SECTION_LEN_ALIGN, section_len_align},
    {RULE_SECTION_LEN_NEGATIVE, section_len_negative},
    {RULE_SHB_OPTION_REPEATED, shb_option_repeated},
    {RULE_SECTION_AGAIN, section_again},
    {RULE_SECTION_ORDER, section_order},
    {RULE_IFACE_OTHER_SECTION, other_section},
    {RULE_IDB_RESERVED, idb_reserved},
    {RULE_IDB_LINK_TYPE, link_type},
    {RULE_IFACE_MISSING, late_interface},
    {RULE_IFACE_MISSING, late_in_second_section},
    {RULE_TSRESOL_FORM, tsresol_form},
    {RULE_TSRESOL_RANGE, tsresol_range},
    {RULE_TSRESOL_PRESENT, tsresol_present},
    {RULE_TSRESOL_PRESENT, tsresol_present_binary},
    {RULE_TSRESOL_SECONDS, tsresol_seconds},
    {RULE_TSRESOL_LEN, tsresol_len},
    {RULE_TSRESOL_REPEATED, tsresol_repeated},
    {RULE_TSOFFSET_LEN, tsoffset_len},
    {RULE_TSOFFSET_RANGE, tsoffset_range},
    {RULE_TZONE_USED, tzone},
    {RULE_TZONE_LEN, tzone_len},
    {RULE_IF_FILTER, filter},
    {RULE_IF_FILTER_CODE, filter_code},
    {RULE_IF_IPV4_LEN, ip4_len},
    {RULE_IF_IPV4_MASK, ip4_mask},
    {RULE_IF_IPV6_LEN, ip6_len},
    {RULE_IF_IPV6_PREFIX, ip6_prefix},
    {RULE_IF_MAC_LEN, mac_len},
    {RULE_IF_SPEED_LEN, speed_len},
    {RULE_IF_SPEED_TWICE, speed_twice},
    {RULE_IF_FCSLEN_LEN, fcslen_len},
    {RULE_IF_FCSLEN_VALUE, fcslen_value},
    {RULE_OPTION_UTF8, utf8},
    {RULE_OPTION_UTF8, utf8_overlong},
    {RULE_OPTION_NUL, nul_inside},
    {RULE_OPTION_REPEATED, if_repeated},
    {RULE_IFACES_DIFFER, ifaces_differ},
    {RULE_IFACE_UNUSED, iface_unused},
};

Test(check_pcapng, every_rule_has_a_good_and_a_bad_capture)
{
    cr_expect_eq(findings_rows(rows, COUNT(rows), true), 0);
}

Test(check_pcapng, a_plain_capture_has_no_findings)
{
    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        struct findings f;
        struct mk m;

        mk_init(&m, order);
        start(&m);
        packet(&m);
        findings_run(&f, m.o.bytes, m.o.len);
        cr_expect_eq(f.n, 0, "%s", findings_text(&f));
        cr_expect_eq(f.status, SCAPF_OK);
        mk_release(&m);
    }
}

/* A check must go on behind a broken block whose frame holds. */
Test(check_pcapng, goes_on_behind_damage)
{
    struct findings f;
    struct mk m;

    mk_init(&m, MK_LITTLE);
    start(&m);
    mk_epb(&m, 9, NOW_US, "abcd", 4);
    mk_epb(&m, 0, NOW_US, "abcd", 4);
    mk_epb(&m, 8, NOW_US, "abcd", 4);
    findings_run(&f, m.o.bytes, m.o.len);
    cr_expect_eq(findings_count(&f, RULE_EPB_IFACE), 2, "%s", findings_text(&f));
    cr_expect_eq(f.status, SCAPF_OK);
    cr_expect_eq(f.list[0].block, 2);
    cr_expect_eq(f.list[0].block_type, SCAPF_BLOCK_EPB);
    mk_release(&m);
}

/* What shows only at the end of a section names the block that it is about. */
Test(check_pcapng, an_unused_interface_is_a_block_of_its_own)
{
    struct findings f;
    struct mk m;

    mk_init(&m, MK_LITTLE);
    start(&m);
    packet(&m);
    mk_idb(&m, 1, 262144);
    mk_shb(&m, 0);
    mk_idb(&m, 1, 262144);
    findings_run(&f, m.o.bytes, m.o.len);
    cr_assert_eq(f.n, 3, "%s", findings_text(&f));
    cr_expect_eq(f.list[0].rule, RULE_IFACE_UNUSED);
    cr_expect_eq(f.list[0].block, 3);
    cr_expect_eq(f.list[0].block_type, SCAPF_BLOCK_IDB);
    cr_expect_eq(f.list[1].rule, RULE_SECTION_AGAIN);
    cr_expect_eq(f.list[1].block, 4);
    cr_expect_eq(f.list[2].rule, RULE_IFACE_UNUSED);
    cr_expect_eq(f.list[2].block, 5);
    mk_release(&m);
}

/* Without its description an interface has no units: nothing is known of its times. */
Test(check_pcapng, a_damaged_interface_says_nothing_of_times)
{
    struct findings f;
    struct mk m;

    mk_init(&m, MK_LITTLE);
    start_idb(&m);
    mk_opt(&m, 2, "eth0", 4);
    mk_patch_u16(&m, (size_t)mk_at(&m) - 6, 40); /* the name leaves the block */
    end_list(&m);
    packet(&m);
    findings_run(&f, m.o.bytes, m.o.len);
    cr_expect_eq(findings_count(&f, RULE_OPTION_OVERRUN), 1, "%s", findings_text(&f));
    cr_expect_eq(f.n, 1, "%s", findings_text(&f));
    mk_release(&m);
}

/* Two allocations and no more, whatever the capture holds; each may fail. */
Test(check_pcapng, failed_allocations_are_a_status_and_leak_nothing)
{
    struct mk m;

    mk_init(&m, MK_LITTLE);
    start(&m);
    packet(&m);
    for (size_t fail_at = 0;; fail_at++) {
        struct fault_alloc fault;
        struct scapf_check_opts opts = {.size = sizeof(opts), .alloc = &fault.alloc};
        struct findings f = {.n = 0};
        struct scapf_src *src;
        enum scapf_status status;

        fault_alloc_init(&fault, fail_at);
        cr_assert_eq(scapf_src_mem(m.o.bytes, m.o.len, NULL, &src, NULL), SCAPF_OK);
        status = scapf_check(src, &opts, findings_add, &f, NULL);
        cr_expect_eq(fault.live, 0, "allocation %zu leaks", fail_at);
        if (!fault.failed) {
            cr_expect_eq(status, SCAPF_OK);
            cr_expect_gt(fail_at, 1);
            break;
        }
        cr_expect_eq(status, SCAPF_E_NOMEM);
    }
    mk_release(&m);
}

Test(check_pcapng, wrong_calls_are_refused)
{
    struct scapf_check_opts opts = {.size = sizeof(opts) - 1};
    struct findings f = {.n = 0};
    struct scapf_src *src;

    cr_assert_eq(scapf_src_mem("", 0, NULL, &src, NULL), SCAPF_OK);
    cr_expect_eq(scapf_check(src, &opts, findings_add, &f, NULL), SCAPF_E_USAGE);
    cr_assert_eq(scapf_src_mem("", 0, NULL, &src, NULL), SCAPF_OK);
    cr_expect_eq(scapf_check(src, NULL, NULL, &f, NULL), SCAPF_E_USAGE);
}

/* Thousands of tiny sections and interfaces beyond what is followed: no finding goes astray. */
Test(check_pcapng, more_interfaces_than_are_followed)
{
    struct findings f;
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    for (unsigned i = 0; i < 1100; i++) {
        mk_idb(&m, 1, 262144);
        mk_epb(&m, i, NOW_US + i, "abcd", 4);
    }
    mk_epb(&m, 1100, NOW_US, "abcd", 4);
    findings_run(&f, m.o.bytes, m.o.len);
    cr_expect_eq(f.n, 1, "%s", findings_text(&f));
    cr_expect_eq(findings_count(&f, RULE_EPB_IFACE), 1);
    mk_release(&m);
}
