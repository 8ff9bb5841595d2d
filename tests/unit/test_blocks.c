/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "support/fault_alloc.h"
#include "support/mk.h"
#include "support/shown.h"
#include "support/story.h"

/* What `print --blocks` says of the bytes; free with shown_release(). */
static struct shown dump(const struct mk *m, const struct scapf_alloc *alloc)
{
    const struct scapf_printer_opts opts = {
        .size = sizeof(opts), .format = SCAPF_PRINT_BLOCKS, .alloc = alloc};

    return shown_make(m->o.bytes, m->o.len, &opts, alloc);
}

static void expect_lines(const struct mk *m, const char *const *lines, size_t n)
{
    struct shown s = dump(m, NULL);

    cr_assert_eq(s.made, SCAPF_OK);
    cr_expect_eq(s.put, SCAPF_OK);
    for (size_t i = 0; i < n; i++) {
        cr_expect_not_null(strstr(s.text, lines[i]), "no \"%s\" in\n%s", lines[i], s.text);
    }
    shown_release(&s);
}

#define EXPECT_LINES(m, ...)                                                                       \
    do {                                                                                           \
        static const char *const lines_[] = {__VA_ARGS__};                                         \
        expect_lines((m), lines_, sizeof(lines_) / sizeof(lines_[0]));                             \
    } while (0)

Test(blocks, fields_and_options_by_name)
{
    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        struct mk m;

        mk_init(&m, order);
        mk_shb(&m, 0);
        mk_idb_begin(&m, 113, 65535);
        mk_opt_str(&m, 2, "eth\x1b[0m");
        mk_opt(&m, 4, "\x0a\0\0\1\xff\0\0\0", 8);
        mk_opt_u8(&m, 9, 9);
        mk_opt(&m, 0x7000, "\1\2\3", 3);
        mk_opt_end(&m);
        mk_end(&m);
        mk_epb_begin(&m, 0, 1700000000000000001, "abcde", 5, 9);
        mk_opt_u32(&m, 2, 1 | 1 << 2);
        mk_opt_end(&m);
        mk_end(&m);
        EXPECT_LINES(
            &m, "block 0 @0 0xa0d0d0a SHB, 28 bytes, ", "  version 1.0\n", "block 1 @28 0x1 IDB",
            "  link_type 113 LINUX_SLL\n", "  if_name (2) @44: \"eth\\x1b[0m\"\n",
            "  if_IPv4addr (4) @56: 10.0.0.1/255.0.0.0\n", "  if_tsresol (9) @68: 10^-9 s\n",
            "  option (28672) @76: 3 bytes: 010203\n", "  opt_endofopt (0)\n",
            "  captured_length 5\n  original_length 9\n", "5 bytes: 6162636465\n", "  padding @",
            ", 3 bytes: 000000\n", "0x5 inbound unicast\n");
        mk_release(&m);
    }
}

Test(blocks, secrets_are_not_shown)
{
    struct mk m;
    struct shown s;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    mk_dsb_begin(&m, 0x544c534b, "CLIENT_RANDOM secret\n", 21);
    mk_end(&m);
    EXPECT_LINES(&m, "TLS key log\n", "21 bytes, not shown\n");
    s = dump(&m, NULL);
    cr_expect_null(strstr(s.text, "secret\\x0a"));
    cr_expect_null(strstr(s.text, "CLIENT_RANDOM"));
    cr_expect_null(strstr(s.text, "434c49454e54"), "nor in hex");
    shown_release(&s);
    mk_release(&m);
}

Test(blocks, tables_row_by_row_and_events_parameter_by_parameter)
{
    struct story story = {.block = 0x216};
    struct mk m;

    mk_init(&m, MK_BIG);
    mk_shb(&m, 2);
    story_tables(&m);
    story_tell_odd(&m, &story);
    EXPECT_LINES(&m, "    hostname \"www.example.org\"\n", "    num_cpus 4\n", "  process 1 @",
                 "    exepath \"/usr/sbin/httpd\"\n", "    pgid 700\n", "  fd 0 @",
                 "    ip 192.0.2.80\n", "    shell \"/usr/sbin/nologin\"\n",
                 "  code 5 PPME_SYSCALL_CLOSE_X\n", "    fd #1 FD, 8 bytes: 9\n",
                 "opt_comment (1) @", "\"a comment that rides behind the event\"\n", "  code 999\n",
                 "unknown_parameter #0", "unknown_parameter #2",
                 "desc #1 CHARBUF, 50 bytes: text with \\x1b[31mcontrol\\x1b[0m");
    mk_release(&m);
}

Test(blocks, what_nobody_knows_is_in_hex)
{
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    story_processes(&m, 0x215, 9, 80); /* 4 bytes of tomorrow behind each entry */
    mk_begin(&m, 0xF00D);
    mk_bytes(&m, "\1\2\3\4", 4);
    mk_end(&m);
    mk_begin(&m, 0xBAD);
    mk_u32(&m, 32473);
    mk_str(&m, "wxyz");
    mk_end(&m);
    EXPECT_LINES(&m, "    unknown_fields @", ", 4 bytes: a5a5a5a5\n", "0xf00d unknown, 16 bytes\n",
                 "  body @", ", 4 bytes: 01020304\n", "  enterprise 32473\n",
                 ", 4 bytes: 7778797a\n");
    mk_release(&m);
}

Test(blocks, damage_has_its_rule_and_its_bytes)
{
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    mk_epb(&m, 7, 1, "abcd", 4);
    mk_begin(&m, 4);
    mk_u16(&m, 1);
    mk_u16(&m, 400);
    mk_u32(&m, 5);
    mk_end(&m);
    EXPECT_LINES(&m, "  damaged offset 36: PNG-301: ", "  raw @28 0600000024000000", "  raw @44 ",
                 "  damaged_records @72, 8 bytes: 0100900105000000\n");
    mk_release(&m);
}

Test(blocks, classic_pcap)
{
    struct mk m;

    mk_init(&m, MK_BIG);
    mk_pcap(&m, 0xA1B2CD34, 65535, 1);
    mk_pcap_record(&m, 1700000000, 5, "12345678abcd", 12);
    mk_patch_u32(&m, 32, 4); /* the modified form: 8 more bytes of header */
    mk_patch_u32(&m, 36, 4);
    EXPECT_LINES(
        &m, "block 0 @0 pcap header, 24 bytes, big-endian\n", "  magic 0xa1b2cd34\n",
        "  version 2.4\n", "  link_type 1 ETHERNET\n", "block 1 @24 pcap record, 28 bytes\n",
        "  modified_header @40, 8 bytes: 3132333435363738\n", "  data @48, 4 bytes: 61626364\n");
    mk_release(&m);
}

Test(blocks, every_failed_allocation_is_reported)
{
    struct story story = {.block = 0x216};
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    story_tables(&m);
    story_tell(&m, &story);
    for (size_t fail_at = 0;; fail_at++) {
        struct fault_alloc fault;
        struct shown s;

        fault_alloc_init(&fault, fail_at);
        s = dump(&m, &fault.alloc);
        shown_release(&s);
        cr_expect_eq(fault.live, 0, "allocation %zu leaks", fail_at);
        if (!fault.failed) {
            cr_expect_gt(fail_at, 2);
            break;
        }
    }
    mk_release(&m);
}
