/* SPDX-License-Identifier: Apache-2.0 */
/* JSON records of handmade captures: every kind of value, every kind of block. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "scapfmt.h"
#include "support/fault_alloc.h"
#include "support/json_check.h"
#include "support/mk.h"
#include "support/rd.h"
#include "support/shown.h"
#include "support/story.h"

#define TEXT_MAX 16384

/* The JSON of a capture as a NUL-ended string; judged on the way. */
static const char *json_of(const struct mk *m, bool tables)
{
    static char text[TEXT_MAX];
    const struct scapf_printer_opts opts = {.format = SCAPF_PRINT_JSON, .tables = tables};
    struct shown s = shown_make(m->o.bytes, m->o.len, &opts, NULL);
    const char *wrong;
    size_t at;

    cr_assert(s.made == SCAPF_OK && s.put == SCAPF_OK && s.finish == SCAPF_OK);
    wrong = json_check_lines(s.text, s.len, &at);
    cr_expect(wrong == NULL, "%s at %zu", wrong, at);
    snprintf(text, sizeof(text), "%s", s.text);
    shown_release(&s);
    return text;
}

/* What stands in the last line from this key on. */
static const char *last_from(const char *text, const char *key)
{
    size_t len = strlen(text);
    const char *line;
    const char *found;

    cr_assert(len > 1);
    line = memrchr(text, '\n', len - 1);
    found = strstr(line != NULL ? line : text, key);
    return found != NULL ? found : "(not there)";
}

/* Parameters in hex, one after another; "-" is an empty one. */
static void put_params(struct mk *m, const char *hex)
{
    while (*hex != '\0') {
        uint8_t bytes[64];
        uint32_t n = 0;

        while (*hex == ' ') {
            hex++;
        }
        for (; *hex != ' ' && *hex != '\0' && *hex != '-'; hex += 2) {
            unsigned byte;

            cr_assert_eq(sscanf(hex, "%2x", &byte), 1);
            bytes[n++] = (uint8_t)byte;
        }
        hex += *hex == '-';
        mk_param(m, bytes, n);
    }
}

struct event_row {
    const char *name;
    uint16_t code;
    const char *params; /* of a little-endian event */
    const char *want;   /* from "args" on */
};

static const struct event_row event_rows[] = {
    {"errno, text", 95, "feffffffffffffff 2f746d7000",
     "{\"res\":-2,\"path\":\"/tmp\"},\"errors\":{\"res\":\"ENOENT\"}}"},
    {"unknown errno", 95, "10f0ffffffffffff 00", "{\"res\":-4080,\"path\":\"\"}}"},
    {"empty is neither zero nor the empty text", 95, "- -",
     "{\"res\":null,\"path\":null},\"nulls\":{\"res\":\"empty\",\"path\":\"empty\"}}"},
    {"(NULL) of old drivers", 95, "0000000000000000 284e554c4c2900",
     "{\"res\":0,\"path\":null},\"nulls\":{\"path\":\"(NULL)\"}}"},
    {"text that is no UTF-8", 95, "0000000000000000 61ff00",
     "{\"res\":0,\"path\":{\"text\":\"a\xEF\xBF\xBD\",\"base64\":\"Yf8=\"}}}"},
    {"text without its NUL", 95, "0000000000000000 6161",
     "{\"res\":0,\"path\":{\"malformed\":\"YWE=\",\"rule\":\"SCP-E10\"}}}"},
    {"wrong size", 95, "00000000 00",
     "{\"res\":{\"malformed\":\"AAAAAA==\",\"rule\":\"SCP-E09\"},\"path\":\"\"}}"},
    {"fewer parameters than today", 95, "0000000000000000", "{\"res\":0}}"},
    {"more parameters than today", 95, "0000000000000000 00 - 0102",
     "{\"res\":0,\"path\":\"\"},\"extra\":[\"\",\"AQI=\"]}"},
    {"buffer", 9, "0300000000000000 61000a 0500000000000000 03000000",
     "{\"res\":3,\"data\":{\"len\":3,\"text\":\"a..\",\"base64\":\"YQAK\"},\"fd\":5,\"size\":3}}"},
    {"descriptor as a result", 3, "e9ffffffffffffff 00 00000000",
     "{\"fd\":-23,\"name\":\"\",\"flags\":{\"value\":0,\"names\":[\"O_NONE\"]}},"
     "\"errors\":{\"fd\":\"ENFILE\"}}"},
    {"flags with unknown bits", 2, "00 01000080",
     "{\"name\":\"\",\"flags\":{\"value\":2147483649,\"names\":[\"O_RDONLY\"],"
     "\"unknown\":2147483648}}}"},
    {"current directory", 313, "0000000000000000 9cffffffffffffff 6100 08000000",
     "{\"res\":0,\"dirfd\":-100,\"filename\":\"a\",\"mode\":{\"value\":8,\"names\":[\"S_IXGRP\"]}},"
     "\"names\":{\"dirfd\":\"AT_FDCWD\"}}"},
    {"one value of a set", 86, "0300000000000000 ffffffffffffffff 02",
     "{\"fd\":3,\"offset\":\"18446744073709551615\",\"whence\":{\"value\":2,"
     "\"names\":[\"SEEK_END\"]}}}"},
    {"value beyond its set", 86, "0300000000000000 0000000000002000 63",
     "{\"fd\":3,\"offset\":\"9007199254740992\",\"whence\":{\"value\":99,\"names\":[],"
     "\"unknown\":99}}}"},
    {"descriptor list", 254,
     "020003000000000000000100ffffffffffffffff0080 00e40b5402000000 02010000",
     "{\"fds\":[{\"fd\":3,\"flags\":{\"value\":1,\"names\":[\"POLLIN\"]}},"
     "{\"fd\":-1,\"flags\":{\"value\":32768,\"names\":[],\"unknown\":32768}}],"
     "\"timeout\":\"10000000000\",\"sigmask\":{\"value\":258,"
     "\"names\":[\"SIGINT\",\"SIGKILL\"]}}}"},
    {"no time limit, no signals", 254, "0000 ffffffffffffffff 00000000",
     "{\"fds\":[],\"timeout\":null,\"sigmask\":{\"value\":0,\"names\":[]}},"
     "\"nulls\":{\"timeout\":\"none\"}}"},
    {"signal", 186, "0000000000000000 0000000000000000 0b 00 0100000000000000",
     "{\"status\":0,\"ret\":0,\"sig\":11,\"core\":0,\"reaper_tid\":1},"
     "\"names\":{\"sig\":\"SIGSEGV\"}}"},
    {"users, one of them nobody", 192, "00000000 ffffffff 21000000",
     "{\"ruid\":0,\"euid\":null,\"suid\":33},\"nulls\":{\"euid\":\"none\"}}"},
    {"IPv4 address", 21, "0000000000000000 027f0000015000 0300000000000000",
     "{\"res\":0,\"addr\":{\"family\":\"AF_INET\",\"addr\":\"127.0.0.1\",\"port\":80},\"fd\":3},"
     "\"names\":{\"fd\":\"127.0.0.1:80\"},\"fd_types\":{\"fd\":\"ipv4_server\"}}"},
    {"IPv6 address", 21, "0000000000000000 0a00000000000000000000ffff7f0000015000",
     "{\"res\":0,\"addr\":{\"family\":\"AF_INET6\",\"addr\":\"::ffff:127.0.0.1\",\"port\":80}}}"},
    {"unix address, bytes behind it", 21, "0000000000000000 012f7200aa",
     "{\"res\":0,\"addr\":{\"family\":\"AF_UNIX\",\"path\":\"/r\",\"rest\":\"qg==\"}}}"},
    {"another family", 21, "0000000000000000 1101",
     "{\"res\":0,\"addr\":{\"family\":\"AF_PACKET\",\"rest\":\"AQ==\"}}}"},
    {"a family without a name", 21, "0000000000000000 fe",
     "{\"res\":0,\"addr\":{\"family\":\"254\"}}}"},
    {"broken address", 21, "0000000000000000 027f000001",
     "{\"res\":0,\"addr\":{\"malformed\":\"An8AAAE=\",\"rule\":\"SCP-E11\"}}}"},
    {"IPv4 tuple", 33, "0000000000000000 - 0300000000000000 00000000 020a0000015000c0a80001ff01",
     "{\"res\":0,\"data\":null,\"fd\":3,\"size\":0,\"tuple\":{\"family\":\"AF_INET\","
     "\"src\":{\"addr\":\"10.0.0.1\",\"port\":80},\"dst\":{\"addr\":\"192.168.0.1\","
     "\"port\":511}}},\"nulls\":{\"data\":\"empty\"}}"},
    {"unix tuple", 33,
     "0000000000000000 - 0300000000000000 00000000 010200000000000000000000000000ffff2f6100",
     "{\"res\":0,\"data\":null,\"fd\":3,\"size\":0,\"tuple\":{\"family\":\"AF_UNIX\","
     "\"src\":{\"key\":\"0x2\"},\"dst\":{\"key\":\"0xffff000000000000\"},\"path\":\"/a\"}},"
     "\"nulls\":{\"data\":\"empty\"}}"},
    {"variant: number", 45, "0000000000000000 0300000000000000 00 00 0207000000 04000000",
     "{\"res\":0,\"fd\":3,\"level\":{\"value\":0,\"names\":[\"UNKNOWN\"]},"
     "\"optname\":{\"value\":0,\"names\":[\"UNKNOWN\"]},"
     "\"val\":{\"variant\":\"PPM_SOCKOPT_IDX_UINT32\",\"value\":7},\"optlen\":4}}"},
    {"variant: errno", 297, "01f2ffffffffffffff",
     "{\"res_or_fd\":{\"variant\":\"PPM_BPF_IDX_RES\",\"value\":-14}},"
     "\"errors\":{\"res_or_fd\":\"EFAULT\"}}"},
    {"variant: without a value", 297, "00",
     "{\"res_or_fd\":{\"variant\":\"PPM_BPF_IDX_FD\",\"value\":null}},"
     "\"nulls\":{\"res_or_fd\":\"empty\"}}"},
    {"variant: none of the set", 297, "09",
     "{\"res_or_fd\":{\"malformed\":\"CQ==\",\"rule\":\"SCP-E11\"}}}"},
    {"variant: wrong size", 297, "0101",
     "{\"res_or_fd\":{\"malformed\":\"AQE=\",\"rule\":\"SCP-E09\"}}}"},
    {"pointer of the recorder", 268, "0100000000000000 6100",
     "{\"id\":1,\"tags\":{\"len\":2,\"text\":\"a.\",\"base64\":\"YQA=\"}}}"},
    {"addresses of an iterator", 440, "", "{}}"},
    {"unknown code", 0x7ffe, "01 -", "{},\"extra\":[\"AQ==\",\"\"]}"},
};

Test(json_record, every_kind_of_value)
{
    struct mk m;

    for (size_t i = 0; i < sizeof(event_rows) / sizeof(event_rows[0]); i++) {
        const struct event_row *row = &event_rows[i];
        const char *got;

        mk_init(&m, MK_LITTLE);
        mk_shb(&m, 2);
        mk_ev_begin(&m, SCAPF_BLOCK_EV_V2, 1, 2, 3, row->code);
        put_params(&m, row->params);
        mk_ev_end(&m);
        got = last_from(json_of(&m, false), "\"args\":") + strlen("\"args\":");
        cr_expect_eq(strncmp(got, row->want, strlen(row->want)), 0, "%s:\n  %s\n  %s", row->name,
                     got, row->want);
        cr_expect_eq(strlen(got), strlen(row->want) + 1, "%s:\n  %s", row->name, got);
        mk_release(&m);
    }
}

Test(json_record, event_header)
{
    struct mk m;

    mk_init(&m, MK_BIG);
    mk_shb(&m, 2);
    mk_ev_begin(&m, SCAPF_BLOCK_EVF_V2, 7, UINT64_MAX, INT64_MIN, 95);
    mk_ev_flags(&m, 1);
    mk_param_u64(&m, 1);
    mk_ev_body(&m);
    mk_opt_str(&m, 1, "first");
    mk_opt_str(&m, 1, "\xFF");
    mk_opt(&m, 2989, "\0\0\0\1xy", 6);
    mk_opt_end(&m);
    mk_end(&m);
    cr_expect_str_eq(
        json_of(&m, false),
        "{\"kind\":\"section\",\"ordinal\":0,\"offset\":0,\"section\":0,\"type\":\"SHB\","
        "\"byte_order\":\"big\",\"major\":1,\"minor\":2,\"length\":null}\n"
        "{\"kind\":\"event\",\"ordinal\":1,\"offset\":28,\"section\":0,\"type\":\"EVF_V2\","
        "\"ts\":\"18446744073709551615\",\"cpu\":7,\"tid\":\"-9223372036854775808\",\"code\":95,"
        "\"event\":\"chdir\",\"symbol\":\"PPME_SYSCALL_CHDIR_X\",\"dir\":\"exit\",\"flags\":1,"
        "\"n_params\":1,\"args\":{\"res\":1},"
        "\"comments\":[\"first\",{\"text\":\"\xEF\xBF\xBD\",\"base64\":\"/w==\"}],"
        "\"options\":[{\"code\":2989,\"name\":\"opt_custom\",\"value\":{\"pen\":1,"
        "\"base64\":\"eHk=\"}}]}\n");
    mk_release(&m);
}

/* Names come from the tables, each under the name of its argument. */
Test(json_record, names_of_numbers)
{
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    story_tables(&m);
    mk_ev_begin(&m, SCAPF_BLOCK_EV_V2, 0, STORY_NS, 700, 8);
    mk_param_u64(&m, 16);
    mk_param_u32(&m, 1);
    mk_ev_end(&m);
    cr_expect_str_eq(last_from(json_of(&m, false), "\"thread\":"),
                     "\"thread\":{\"pid\":700,\"ppid\":1,\"ptid\":1,\"uid\":33,\"comm\":\"httpd\","
                     "\"exe\":\"/usr/sbin/httpd\",\"exepath\":\"/usr/sbin/httpd\","
                     "\"args\":[\"-DFOREGROUND\",\"-f\",\"/etc/httpd.conf\"],"
                     "\"cwd\":\"/srv/www\",\"user\":\"www\",\"container\":\"host\"},"
                     "\"fd\":{\"num\":16,\"name\":\"/var/log/httpd/access.log\",\"type\":\"file\"},"
                     "\"n_params\":2,\"args\":{\"fd\":16,\"size\":1},"
                     "\"names\":{\"fd\":\"/var/log/httpd/access.log\"},"
                     "\"fd_types\":{\"fd\":\"file_v2\"}}\n");
    mk_release(&m);
}

/* fcntl(F_GETFL) returns flags in a parameter of the type of descriptors: 16 is no descriptor. */
Test(json_record, number_of_a_call_that_makes_no_descriptor)
{
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    story_tables(&m);
    mk_ev_begin(&m, SCAPF_BLOCK_EV_V2, 0, STORY_NS, 700, 151);
    mk_param_u64(&m, 16);
    mk_ev_end(&m);
    cr_expect_str_eq(last_from(json_of(&m, false), "\"n_params\":"),
                     "\"n_params\":1,\"args\":{\"res\":16}}\n");
    mk_release(&m);
}

/* With F_DUPFD it is one. */
Test(json_record, descriptor_that_fcntl_makes)
{
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    story_tables(&m);
    mk_ev_begin(&m, SCAPF_BLOCK_EV_V2, 0, STORY_NS, 700, 151);
    mk_param_u64(&m, 20);
    mk_param_u64(&m, 16);
    mk_param_u8(&m, 1);
    mk_ev_end(&m);
    cr_expect_str_eq(last_from(json_of(&m, false), "\"names\":{"),
                     "\"names\":{\"res\":\"/var/log/httpd/access.log\","
                     "\"fd\":\"/var/log/httpd/access.log\"},"
                     "\"fd_types\":{\"res\":\"file_v2\",\"fd\":\"file_v2\"}}\n");
    mk_release(&m);
}

Test(json_record, generic_event_shows_its_system_call)
{
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    mk_ev_begin(&m, SCAPF_BLOCK_EV_V2, 0, 1, 1, 0);
    mk_param_u16(&m, 64);
    mk_param_u16(&m, 0);
    mk_ev_end(&m);
    {
        const char *name = scapf_schema_syscall(scapf_schema_builtin(), 64);
        char want[128];

        snprintf(want, sizeof(want), "\"event\":\"%s\",\"symbol\":\"PPME_GENERIC_E\"", name);
        cr_expect(strstr(json_of(&m, false), want) != NULL, "%s", want);
        snprintf(want, sizeof(want), "\"names\":{\"ID\":\"%s\"}", name);
        cr_expect(strstr(json_of(&m, false), want) != NULL, "%s", want);
    }
    mk_release(&m);
}

/* An old block does not tell the parameters of a code nobody knows. */
Test(json_record, opaque_event)
{
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    mk_begin(&m, SCAPF_BLOCK_EV);
    mk_u16(&m, 0);
    mk_u64(&m, 5);
    mk_u64(&m, 6);
    mk_u32(&m, 22 + 3);
    mk_u16(&m, 0x7ffe);
    mk_bytes(&m, "\xFF\xFF\xFF", 3);
    mk_end(&m);
    cr_expect_str_eq(last_from(json_of(&m, false), "\"code\":"),
                     "\"code\":32766,\"event\":\"unknown\",\"dir\":\"enter\",\"args\":{},"
                     "\"payload\":\"////\"}\n");
    mk_release(&m);
}

/* [scap 9.3] Readers allow bytes behind the last parameter. */
Test(json_record, slack)
{
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    mk_begin(&m, SCAPF_BLOCK_EV_V2);
    mk_u16(&m, 0);
    mk_u64(&m, 5);
    mk_u64(&m, 6);
    mk_u32(&m, 26 + 4);
    mk_u16(&m, 94);
    mk_u32(&m, 0);
    mk_u32(&m, 0x01020304);
    mk_end(&m);
    cr_expect_str_eq(last_from(json_of(&m, false), "\"n_params\":"),
                     "\"n_params\":0,\"args\":{},\"slack\":\"BAMCAQ==\"}\n");
    mk_release(&m);
}

Test(json_record, packet_with_options)
{
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    mk_idb(&m, 1, 64);
    mk_epb_begin(&m, 0, 1000001, "abc", 3, 9);
    mk_opt_u32(&m, 2, 0x00000121);
    mk_opt(&m, 3, "\2\1\2\3\4", 5);
    mk_opt_u64(&m, 4, UINT64_MAX);
    mk_opt_u32(&m, 6, 3);
    mk_opt(&m, 7, "\0v", 2);
    mk_opt(&m, 8, "\1\0\0\0\2\0\0\0", 8);
    mk_opt_str(&m, 1, "hello");
    mk_opt(&m, 5, "xx", 2);
    mk_opt(&m, 999, "?", 1);
    mk_opt_end(&m);
    mk_end(&m);
    cr_expect_str_eq(
        last_from(json_of(&m, false), "\"type\":"),
        "\"type\":\"EPB\",\"ts\":\"1000001000\",\"interface_id\":0,\"link_type\":1,"
        "\"ticks\":\"1000001\",\"captured_len\":3,\"original_len\":9,\"data\":\"YWJj\","
        "\"comments\":[\"hello\"],\"options\":["
        "{\"code\":2,\"name\":\"epb_flags\",\"value\":{\"value\":289,\"names\":[\"inbound\"],"
        "\"fcs_len\":9}},"
        "{\"code\":3,\"name\":\"epb_hash\",\"value\":{\"kind\":2,\"name\":\"crc32\","
        "\"base64\":\"AQIDBA==\"}},"
        "{\"code\":4,\"name\":\"epb_dropcount\",\"value\":\"18446744073709551615\"},"
        "{\"code\":6,\"name\":\"epb_queue\",\"value\":3},"
        "{\"code\":7,\"name\":\"epb_verdict\",\"value\":{\"kind\":0,\"name\":\"hardware\","
        "\"base64\":\"dg==\"}},"
        "{\"code\":8,\"name\":\"epb_processid_threadid\",\"value\":{\"pid\":1,\"tid\":2}},"
        "{\"code\":5,\"name\":\"epb_packetid\",\"base64\":\"eHg=\"},"
        "{\"code\":999,\"base64\":\"Pw==\"}]}\n");
    mk_release(&m);
}

Test(json_record, simple_packet_has_no_time)
{
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    mk_idb(&m, 1, 2);
    mk_spb(&m, "ab", 2, 5);
    cr_expect_str_eq(last_from(json_of(&m, false), "\"type\":"),
                     "\"type\":\"SPB\",\"interface_id\":0,\"link_type\":1,\"captured_len\":2,"
                     "\"original_len\":5,\"data\":\"YWI=\"}\n");
    mk_release(&m);
}

Test(json_record, classic_pcap)
{
    struct mk m;

    mk_init(&m, MK_BIG);
    mk_pcap(&m, 0xA1B23C4D, 65535, 1);
    mk_pcap_record(&m, 1, 2, "ab", 2);
    cr_expect_str_eq(
        json_of(&m, false),
        "{\"kind\":\"section\",\"ordinal\":0,\"offset\":0,\"section\":0,\"type\":\"PCAP\","
        "\"byte_order\":\"big\",\"magic\":\"0xa1b23c4d\",\"major\":2,\"minor\":4,"
        "\"reserved\":[0,0],\"snaplen\":65535,\"link_type\":1,\"link_name\":\"ETHERNET\"}\n"
        "{\"kind\":\"packet\",\"ordinal\":1,\"offset\":24,\"section\":0,\"type\":\"PCAP\","
        "\"ts\":\"1000000002\",\"interface_id\":0,\"link_type\":1,\"ticks\":\"1000000002\","
        "\"captured_len\":2,\"original_len\":2,\"data\":\"YWI=\"}\n");
    mk_release(&m);
}

Test(json_record, interface_options)
{
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    mk_idb_begin(&m, 113, 0);
    mk_opt_str(&m, 2, "eth0");
    mk_opt(&m, 4, "\300\0\2\1\377\377\377\0", 8);
    mk_opt(&m, 5, "\x20\1\r\xb8\0\0\0\0\0\0\0\0\0\0\0\1\x40", 17);
    mk_opt(&m, 6, "\0\1\2\3\4\5", 6);
    mk_opt_u8(&m, 9, 9);
    mk_opt(&m, 11, "\0tcp", 4);
    mk_opt(&m, 11, "\1\1\2", 3);
    mk_opt_u64(&m, 14, (uint64_t)-3);
    mk_opt_end(&m);
    mk_end(&m);
    cr_expect_str_eq(last_from(json_of(&m, false), "\"interface_id\":"),
                     "\"interface_id\":0,\"link_type\":113,\"link_name\":\"LINUX_SLL\","
                     "\"snaplen\":0,\"options\":["
                     "{\"code\":2,\"name\":\"if_name\",\"value\":\"eth0\"},"
                     "{\"code\":4,\"name\":\"if_IPv4addr\",\"value\":{\"addr\":\"192.0.2.1\","
                     "\"mask\":\"255.255.255.0\"}},"
                     "{\"code\":5,\"name\":\"if_IPv6addr\",\"value\":{\"addr\":\"2001:db8::1\","
                     "\"prefix\":64}},"
                     "{\"code\":6,\"name\":\"if_MACaddr\",\"value\":\"00:01:02:03:04:05\"},"
                     "{\"code\":9,\"name\":\"if_tsresol\",\"value\":9},"
                     "{\"code\":11,\"name\":\"if_filter\",\"value\":{\"code\":0,\"text\":\"tcp\"}},"
                     "{\"code\":11,\"name\":\"if_filter\",\"value\":{\"code\":1,"
                     "\"base64\":\"AQI=\"}},"
                     "{\"code\":14,\"name\":\"if_tsoffset\",\"value\":-3}]}\n");
    mk_release(&m);
}

/* What stands behind the end mark, and what is no option, is kept. */
Test(json_record, broken_options)
{
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb_begin(&m, 0, UINT64_MAX);
    mk_opt_end(&m);
    mk_u32(&m, 0x01020304);
    mk_end(&m);
    cr_expect_str_eq(last_from(json_of(&m, false), "\"length\":"),
                     "\"length\":null,\"options_rest\":\"BAMCAQ==\"}\n");
    mk_clear(&m, MK_LITTLE);
    mk_shb_begin(&m, 0, 28);
    mk_opt_str(&m, 1, "x");
    mk_u16(&m, 2);
    mk_u16(&m, 50);
    mk_end(&m);
    cr_expect(strstr(json_of(&m, false), "\"length\":28,\"comments\":[\"x\"],\"options_damage\":{"
                                         "\"rule\":\"PNG-903\",") != NULL);
    cr_expect_str_eq(last_from(json_of(&m, false), "\"options_rest\":"),
                     "\"options_rest\":\"AgAyAA==\"}\n");
    mk_release(&m);
}

Test(json_record, other_blocks)
{
    struct mk m;
    static const struct {
        uint32_t type;
        const char *body; /* in hex */
        const char *want;
    } rows[] = {
        {0x5, "00000000 01000000 02000000",
         "\"type\":\"ISB\",\"ts\":\"4294967298000\",\"interface_id\":0,"
         "\"ticks\":\"4294967298\"}\n"},
        {0xA, "4b534c54 02000000 61620000",
         "\"secrets_type\":\"0x544c534b\","
         "\"secrets_name\":\"TLS key log\",\"len\":2,"
         "\"data\":\"YWI=\"}\n"},
        {0xBAD, "01000000 61626364", "\"pen\":1,\"data\":\"YWJjZA==\"}\n"},
        {9, "5f5f5245414c54494d455f54494d455354414d503d31",
         "\"entry\":"
         "\"__REALTIME_TIMESTAMP=1\"}\n"},
        {4, "0100 0600 c0000201 6100 0000 0000 0000",
         "\"records\":[{\"code\":1,"
         "\"name\":\"nrb_record_ipv4\","
         "\"addr\":\"192.0.2.1\",\"names\":[\"a\"]}]}"
         "\n"},
        {4, "0900 0200 61620000 0000 0000", "\"records\":[{\"code\":9,\"base64\":\"YWI=\"}]}\n"},
        {0x77777, "01020304", "\"type\":\"0x77777\",\"body\":\"AQIDBA==\"}\n"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *key = rows[i].want;
        const char *end = strchr(key, ':');
        char from[32];

        mk_init(&m, MK_LITTLE);
        mk_shb(&m, 0);
        mk_idb(&m, 1, 0);
        mk_begin(&m, rows[i].type);
        for (const char *hex = rows[i].body; *hex != '\0'; hex += 2) {
            unsigned byte;

            hex += *hex == ' ';
            cr_assert_eq(sscanf(hex, "%2x", &byte), 1);
            mk_u8(&m, (uint8_t)byte);
        }
        mk_end(&m);
        snprintf(from, sizeof(from), "%.*s:", (int)(end - key), key);
        cr_expect_str_eq(last_from(json_of(&m, false), from), rows[i].want);
        mk_release(&m);
    }
}

/* What Wireshark says of a process in a custom block; little-endian in every section. */
Test(json_record, process_of_a_packet)
{
    static const struct {
        const char *cmdline;
        uint16_t len;
        const char *want;
    } rows[] = {
        {"a\0b", 3, "[\"a\",\"b\"]"},
        {"a\0", 2, "[\"a\",\"\"]"},
        {"\0a", 2, "[\"\",\"a\"]"},
        {"", 0, "[]"},
    };
    struct mk m;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char want[256];

        mk_init(&m, MK_BIG);
        mk_shb(&m, 0);
        mk_pib_begin(&m, 77);
        mk_pib_opt(&m, 2, "web", 3);
        mk_pib_opt(&m, 4, rows[i].cmdline, rows[i].len);
        mk_pib_opt(&m, 5, "\1\0\0\0", 4);
        mk_pib_end(&m);
        snprintf(want, sizeof(want),
                 "\"process\":{\"pid\":77,\"options\":["
                 "{\"code\":2,\"name\":\"process_name\",\"value\":\"web\"},"
                 "{\"code\":4,\"name\":\"process_cmdline\",\"value\":%s},"
                 "{\"code\":5,\"name\":\"process_ppid\",\"value\":1}]}}\n",
                 rows[i].want);
        cr_expect_str_eq(last_from(json_of(&m, false), "\"process\":"), want);
        mk_release(&m);
    }
}

Test(json_record, damage_keeps_the_block)
{
    struct mk m;
    const char *text;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    mk_begin(&m, SCAPF_BLOCK_EV_V2);
    mk_u16(&m, 0);
    mk_u16(&m, 7);
    mk_end(&m);
    text = json_of(&m, false);
    cr_expect(strstr(text, "\"kind\":\"event\",\"ordinal\":1,\"offset\":28,\"section\":0,"
                           "\"type\":\"EV_V2\",\"damage\":{\"rule\":\"") != NULL,
              "%s", text);
    cr_expect_str_eq(last_from(text, "\"raw\":"), "\"raw\":\"FgIAABAAAAAAAAcAEAAAAA==\"}\n");
    mk_release(&m);
}

Test(json_record, tables_only_when_asked_for)
{
    struct mk m;
    const char *text;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    story_fds(&m, 0x218, true, true);
    cr_expect(strstr(json_of(&m, false), "\"table\"") == NULL);
    text = json_of(&m, true);
    cr_expect(strstr(text, "\"type\":\"FDL_V2\",\"table\":\"fd\",\"version\":2,"
                           "\"head\":{\"tid\":") != NULL);
    cr_expect(strstr(text, "\"type\":{\"value\":8,\"names\":[\"unix\"]}") != NULL);
    mk_release(&m);
}

/* A list is an array; one that was cut says so; a byte that is no yes or no keeps its value. */
Test(json_record, odd_table_cells)
{
    struct mk m;
    const char *text;
    uint64_t entry;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    mk_begin(&m, 0x215);
    entry = mk_at(&m);
    mk_u32(&m, 0);
    for (int i = 0; i < 5; i++) {
        mk_u64(&m, (uint64_t)-1);
    }
    mk_str16(&m, "c\xFF");
    mk_str16(&m, "");
    mk_str16(&m, "/p");
    mk_u16(&m, 5);
    mk_bytes(&m, "a\0b\0c", 5);
    mk_str16(&m, "/");
    mk_u64(&m, 3);
    mk_u32(&m, 0x2001);
    mk_zero(&m, 4 + 4 + 12 + 16);
    mk_u16(&m, 2);
    mk_bytes(&m, "\0\0", 2);
    mk_zero(&m, 16);
    mk_str16(&m, "");
    mk_str16(&m, "/");
    mk_u32(&m, 9);
    mk_u8(&m, 7);
    mk_zero(&m, 3);
    mk_patch_u32(&m, entry, (uint32_t)(mk_at(&m) - entry));
    mk_end(&m);
    text = json_of(&m, true);
    cr_expect(strstr(text, "\"comm\":{\"text\":\"c\xEF\xBF\xBD\",\"base64\":\"Y/8=\"}") != NULL,
              "%s", text);
    cr_expect(strstr(text, "\"args\":{\"list\":[\"a\",\"b\"],\"cut\":\"c\"}") != NULL, "%s", text);
    cr_expect(strstr(text, "\"env\":[\"\",\"\"]") != NULL, "%s", text);
    cr_expect(strstr(text, "\"cgroups\":[]") != NULL, "%s", text);
    cr_expect(strstr(text, "\"exe_writable\":7") != NULL, "%s", text);
    cr_expect(strstr(text, "\"extra\":\"AAAA\"") != NULL, "%s", text);
    mk_release(&m);
}

Test(json_record, damaged_table_shows_what_came_before)
{
    struct mk m;
    const char *text;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    mk_begin(&m, 0x220);
    mk_u32(&m, 14);
    mk_u8(&m, 1);
    mk_u32(&m, 5);
    mk_str16(&m, "grp");
    mk_u32(&m, 99);
    mk_zero(&m, 6);
    mk_end(&m);
    text = json_of(&m, true);
    cr_expect(strstr(text, "\"rows\":[{\"kind\":{\"value\":1,\"names\":[\"group\"]},\"gid\":5,"
                           "\"name\":\"grp\",\"entry_len\":14}],"
                           "\"damage\":{\"rule\":\"SCP-U01\",\"symbol\":\"UL_ENTRY\","
                           "\"severity\":\"error\",\"offset\":50,\"block\":1,"
                           "\"block_type\":544,\"got\":99,\"want\":6,") != NULL,
              "%s", text);
    cr_expect_str_eq(last_from(text, "\"rest\":"), "\"rest\":\"YwAAAAAAAAAAAA==\"}\n");
    mk_release(&m);
}

/* Every allocation fails in turn: the status says so and nothing leaks. */
Test(json_record, no_memory)
{
    struct mk m;
    struct fault_alloc f;
    size_t k = 0;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    story_tables(&m);
    do {
        const struct scapf_printer_opts opts = {
            .size = sizeof(opts), .alloc = &f.alloc, .format = SCAPF_PRINT_JSON, .tables = true};
        struct scapf_reader *reader;
        struct scapf_sink *sink;
        struct scapf_printer *printer;
        struct scapf_record rec;
        enum scapf_status status;

        fault_alloc_init(&f, k++);
        reader = rd_reader(m.o.bytes, m.o.len);
        cr_assert_eq(scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL), SCAPF_OK);
        status = scapf_printer_new(sink, &opts, &printer);
        while (status == SCAPF_OK && scapf_reader_next(reader, &rec) == SCAPF_OK) {
            status = scapf_printer_put(printer, reader, &rec);
        }
        status = status == SCAPF_OK ? scapf_printer_finish(printer) : status;
        cr_expect_eq(status, f.failed ? SCAPF_E_NOMEM : SCAPF_OK, "call %zu", k);
        scapf_printer_free(printer);
        cr_expect_eq(f.live, 0, "call %zu", k);
        scapf_sink_free(sink);
        scapf_reader_free(reader);
    } while (f.failed && k < 1000);
    cr_expect(!f.failed && k > 3);
    mk_release(&m);
}
