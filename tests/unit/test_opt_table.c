/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "block/opt_table.h"

static const uint32_t block_types[] = {
    (uint32_t)SCAPF_BLOCK_SHB,    (uint32_t)SCAPF_BLOCK_IDB,
    (uint32_t)SCAPF_BLOCK_EPB,    (uint32_t)SCAPF_BLOCK_PB,
    (uint32_t)SCAPF_BLOCK_NRB,    (uint32_t)SCAPF_BLOCK_ISB,
    (uint32_t)SCAPF_BLOCK_SPB,    (uint32_t)SCAPF_BLOCK_DSB,
    (uint32_t)SCAPF_BLOCK_CUSTOM, (uint32_t)SCAPF_BLOCK_DARWIN_PROCESS,
    OPT_BLOCK_PROCESS_INFO,
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

Test(opt_table, rows_are_found_and_sound)
{
    for (size_t b = 0; b < COUNT(block_types); b++) {
        size_t n;
        const struct opt_info *rows = opt_block_table(block_types[b], &n);

        for (size_t i = 0; i < n; i++) {
            cr_expect_eq(opt_info(block_types[b], rows[i].code), &rows[i], "%s", rows[i].name);
            cr_expect(rows[i].len == 0 || rows[i].len == rows[i].min_len, "%s", rows[i].name);
            cr_expect(rows[i].may_repeat || rows[i].repeat_rule != RULE_NONE, "%s", rows[i].name);
        }
    }
}

Test(opt_table, common_options_are_in_every_block)
{
    static const uint16_t codes[] = {0, 1, 2988, 2989, 19372, 19373};

    for (size_t b = 0; b < COUNT(block_types); b++) {
        for (size_t i = 0; i < COUNT(codes); i++) {
            cr_expect_not_null(opt_info(block_types[b], codes[i]), "%u", codes[i]);
        }
        cr_expect_null(opt_info(block_types[b], 0x7777));
    }
}

/* The draft's own words, row by row: L506, L839, L968, L1355, L1763, L1870. */
Test(opt_table, lengths_and_repetition_are_those_of_the_draft)
{
    static const struct {
        uint32_t block;
        uint16_t code;
        const char *name;
        unsigned len;
        bool may_repeat;
    } rows[] = {
        {SCAPF_BLOCK_IDB, 2, "if_name", 0, false},
        {SCAPF_BLOCK_IDB, 4, "if_IPv4addr", 8, true},
        {SCAPF_BLOCK_IDB, 5, "if_IPv6addr", 17, true},
        {SCAPF_BLOCK_IDB, 6, "if_MACaddr", 6, false},
        {SCAPF_BLOCK_IDB, 7, "if_EUIaddr", 8, false},
        {SCAPF_BLOCK_IDB, 8, "if_speed", 8, false},
        {SCAPF_BLOCK_IDB, 9, "if_tsresol", 1, false},
        {SCAPF_BLOCK_IDB, 10, "if_tzone", 4, false},
        {SCAPF_BLOCK_IDB, 13, "if_fcslen", 1, false},
        {SCAPF_BLOCK_IDB, 14, "if_tsoffset", 8, false},
        {SCAPF_BLOCK_IDB, 16, "if_txspeed", 8, false},
        {SCAPF_BLOCK_IDB, 17, "if_rxspeed", 8, false},
        {SCAPF_BLOCK_EPB, 2, "epb_flags", 4, false},
        {SCAPF_BLOCK_EPB, 3, "epb_hash", 0, true},
        {SCAPF_BLOCK_EPB, 4, "epb_dropcount", 8, false},
        {SCAPF_BLOCK_EPB, 5, "epb_packetid", 8, false},
        {SCAPF_BLOCK_EPB, 6, "epb_queue", 4, false},
        {SCAPF_BLOCK_EPB, 7, "epb_verdict", 0, true},
        {SCAPF_BLOCK_EPB, 8, "epb_processid_threadid", 8, false},
        {SCAPF_BLOCK_NRB, 3, "ns_dnsIP4addr", 4, false},
        {SCAPF_BLOCK_NRB, 4, "ns_dnsIP6addr", 16, false},
        {SCAPF_BLOCK_ISB, 2, "isb_starttime", 8, false},
        {SCAPF_BLOCK_ISB, 8, "isb_usrdeliv", 8, false},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct opt_info *info = opt_info(rows[i].block, rows[i].code);

        cr_assert_not_null(info, "%s", rows[i].name);
        cr_expect_str_eq(info->name, rows[i].name);
        cr_expect_eq(info->len, rows[i].len, "%s", rows[i].name);
        cr_expect_eq(info->may_repeat, rows[i].may_repeat, "%s", rows[i].name);
    }
}

Test(opt_table, registries_name_what_they_know)
{
    uint8_t len = 99;

    cr_expect_str_eq(opt_link_type_name(0), "NULL");
    cr_expect_str_eq(opt_link_type_name(1), "ETHERNET");
    cr_expect_str_eq(opt_link_type_name(113), "LINUX_SLL");
    cr_expect_str_eq(opt_link_type_name(276), "LINUX_SLL2");
    cr_expect_str_eq(opt_link_type_name(301), "DECT_NR");
    cr_expect_null(opt_link_type_name(208));
    cr_expect_null(opt_link_type_name(65535));
    cr_expect(opt_link_type_is_private(147) && opt_link_type_is_private(162));
    cr_expect(!opt_link_type_is_private(146) && !opt_link_type_is_private(163));
    cr_expect_str_eq(opt_secrets_name(OPT_SECRETS_TLS), "TLS key log");
    cr_expect_null(opt_secrets_name(0));
    cr_expect_str_eq(opt_name_record(1)->name, "nrb_record_ipv4");
    cr_expect_null(opt_name_record(5));
    cr_expect_str_eq(opt_hash_name(3, &len), "md5");
    cr_expect_eq(len, 16);
    cr_expect_null(opt_hash_name(6, &len));
    cr_expect_str_eq(opt_verdict_name(2, &len), "linux_ebpf_xdp");
    cr_expect_eq(len, 8);
}
