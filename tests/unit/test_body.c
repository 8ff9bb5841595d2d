/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "block/body.h"
#include "support/mk.h"

/* The body of the last block built. */
static enum scapf_status decode_last(const struct mk *m, uint32_t type, struct body *body,
                                     struct scapf_diag *diag)
{
    return body_decode(type, m->o.bytes + m->block + 8, m->o.len - m->block - 12, m->block + 8,
                       m->o.big_endian, body, diag);
}

/* encode(decode(f)) == f for the last block. */
static void expect_same(const struct mk *m, uint32_t type)
{
    struct body body;
    struct scapf_diag diag;
    struct out o;

    out_init(&o, NULL, !m->o.big_endian); /* the body's own order must win */
    cr_assert_eq(decode_last(m, type, &body, &diag), SCAPF_OK, "type %u", type);
    cr_assert_eq(body_encode(&o, &body), SCAPF_OK);
    cr_expect_eq(o.len, m->o.len - m->block - 12, "type %u", type);
    cr_expect_arr_eq(o.bytes, m->o.bytes + m->block + 8, o.len, "type %u", type);
    out_release(&o);
}

static void comment(struct mk *m)
{
    mk_opt_str(m, 1, "hello");
    mk_opt_end(m);
    mk_end(m);
}

static void all_types(int order)
{
    struct mk m;

    mk_init(&m, order);
    mk_shb_begin(&m, 0, UINT64_C(0x123456789ABCDEF0));
    comment(&m);
    expect_same(&m, SCAPF_BLOCK_SHB);
    mk_idb_begin(&m, 113, 77);
    comment(&m);
    expect_same(&m, SCAPF_BLOCK_IDB);
    mk_epb_begin(&m, 3, UINT64_C(0x0102030405060708), "abcde", 5, 9);
    comment(&m);
    expect_same(&m, SCAPF_BLOCK_EPB);
    mk_pb_begin(&m, 3, 9, UINT64_C(0x0102030405060708), "abcde", 5);
    comment(&m);
    expect_same(&m, SCAPF_BLOCK_PB);
    mk_spb(&m, "abcdefg", 7, 7);
    expect_same(&m, SCAPF_BLOCK_SPB);
    mk_isb_begin(&m, 1, UINT64_C(0x0102030405060708));
    comment(&m);
    expect_same(&m, SCAPF_BLOCK_ISB);
    mk_dsb_begin(&m, 0x544c534b, "k v\n", 4);
    comment(&m);
    expect_same(&m, SCAPF_BLOCK_DSB);
    mk_begin(&m, 4);
    mk_nrb_record(&m, 1, "\1\2\3\4name", 9);
    mk_nrb_record(&m, 0, NULL, 0);
    comment(&m);
    expect_same(&m, SCAPF_BLOCK_NRB);
    mk_begin(&m, 0xBAD);
    mk_u32(&m, 32473);
    mk_str(&m, "data");
    mk_end(&m);
    expect_same(&m, SCAPF_BLOCK_CUSTOM);
    mk_begin(&m, 9);
    mk_str(&m, "__REALTIME_TIMESTAMP=1\n");
    mk_end(&m);
    expect_same(&m, SCAPF_BLOCK_JOURNAL);
    mk_begin(&m, 0x80000001);
    mk_u32(&m, 4711);
    comment(&m);
    expect_same(&m, (uint32_t)SCAPF_BLOCK_DARWIN_PROCESS);
    mk_release(&m);
}

Test(body, every_type_is_written_as_it_was_read_little_endian)
{
    all_types(MK_LITTLE);
}

Test(body, every_type_is_written_as_it_was_read_big_endian)
{
    all_types(MK_BIG);
}

Test(body, fields_of_a_packet)
{
    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        struct mk m;
        struct body body;
        struct scapf_diag diag;

        mk_init(&m, order);
        mk_zero(&m, 100);
        mk_epb_begin(&m, 3, UINT64_C(0x0102030405060708), "abcde", 5, 9);
        comment(&m);
        cr_assert_eq(decode_last(&m, SCAPF_BLOCK_EPB, &body, &diag), SCAPF_OK);
        cr_expect_eq(body.packet.interface_id, 3);
        cr_expect_eq(body.packet.ticks, UINT64_C(0x0102030405060708));
        cr_expect_eq(body.packet.original_len, 9);
        cr_expect_eq(body.packet.data.n, 5);
        cr_expect_eq(body.packet.data.off, 128);
        cr_expect_eq(body.pad.n, 3);
        cr_expect_eq(body.options.off, 136);
        cr_expect_eq(body.options.n, 16);
        mk_release(&m);
    }
}

/* decode(encode(x)) == x */
Test(body, what_is_written_reads_back)
{
    struct body in = {.block_type = SCAPF_BLOCK_DSB, .big_endian = true};
    struct body back;
    struct scapf_diag diag;
    struct out o;

    in.secrets.type = 7;
    in.secrets.data = (struct body_bytes){(const uint8_t *)"secret", 6, 0};
    out_init(&o, NULL, false);
    cr_assert_eq(body_encode(&o, &in), SCAPF_OK);
    cr_assert_eq(body_decode(SCAPF_BLOCK_DSB, o.bytes, o.len, 0, true, &back, &diag), SCAPF_OK);
    cr_expect_eq(back.secrets.type, 7);
    cr_expect_eq(back.secrets.data.n, 6);
    cr_expect_arr_eq(back.secrets.data.p, "secret", 6);
    cr_expect_eq(back.pad.n, 2);
    cr_expect_eq(back.options.n, 0);
    out_release(&o);
}

/* Cut at every byte: never OK with a fixed part missing, always with the rule of the block. */
Test(body, short_bodies_name_their_rule)
{
    static const struct {
        uint32_t type;
        size_t fixed;
        enum rule rule;
    } rows[] = {
        {SCAPF_BLOCK_SHB, 16, RULE_SHB_LEN_MIN}, {SCAPF_BLOCK_IDB, 8, RULE_IDB_LEN_MIN},
        {SCAPF_BLOCK_EPB, 20, RULE_EPB_LEN_MIN}, {SCAPF_BLOCK_PB, 20, RULE_EPB_LEN_MIN},
        {SCAPF_BLOCK_SPB, 4, RULE_SPB_LEN_MIN},  {SCAPF_BLOCK_ISB, 12, RULE_ISB_LEN_MIN},
        {SCAPF_BLOCK_DSB, 8, RULE_DSB_LEN_MIN},  {SCAPF_BLOCK_CUSTOM, 4, RULE_CB_LEN_MIN},
    };
    static const uint8_t zeros[32];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t len = 0; len <= sizeof(zeros); len++) {
            struct body body;
            struct scapf_diag diag = {0};
            enum scapf_status status =
                body_decode(rows[i].type, zeros, len, 1000, false, &body, &diag);

            cr_expect_eq(status, len < rows[i].fixed ? SCAPF_E_FORMAT : SCAPF_OK, "row %zu len %zu",
                         i, len);
            if (status < 0) {
                cr_expect_eq(diag.rule, rows[i].rule, "row %zu len %zu", i, len);
                cr_expect(diag.off >= 1000 && diag.off <= 1000 + len);
            }
        }
    }
}

Test(body, lengths_beyond_the_body_are_refused)
{
    struct mk m;
    struct body body;
    struct scapf_diag diag;

    mk_init(&m, MK_LITTLE);
    mk_epb(&m, 0, 1, "abcd", 4);
    mk_patch_u32(&m, 20, 5);
    cr_expect_eq(decode_last(&m, SCAPF_BLOCK_EPB, &body, &diag), SCAPF_E_FORMAT);
    cr_expect_eq(diag.rule, RULE_EPB_CAPLEN);
    mk_patch_u32(&m, 20, UINT32_MAX);
    cr_expect_eq(decode_last(&m, SCAPF_BLOCK_EPB, &body, &diag), SCAPF_E_FORMAT);
    mk_clear(&m, MK_LITTLE);
    mk_dsb_begin(&m, 1, "abcd", 4);
    mk_end(&m);
    mk_patch_u32(&m, 12, UINT32_MAX);
    cr_expect_eq(decode_last(&m, SCAPF_BLOCK_DSB, &body, &diag), SCAPF_E_FORMAT);
    cr_expect_eq(diag.rule, RULE_DSB_SECRETS_LEN);
    mk_release(&m);
}

Test(body, records_of_names)
{
    struct mk m;
    struct body body;
    struct body_name name;
    struct scapf_diag diag;
    size_t pos = 0;

    mk_init(&m, MK_BIG);
    mk_begin(&m, 4);
    mk_nrb_record(&m, 1, "\1\2\3\4name", 9);
    mk_nrb_record(&m, 0, NULL, 0);
    comment(&m);
    cr_assert_eq(decode_last(&m, SCAPF_BLOCK_NRB, &body, &diag), SCAPF_OK);
    cr_expect_eq(body.names.n, 20);
    cr_expect_eq(body.options.off, 28);
    cr_assert_eq(body_name_next(&body.names, true, &pos, &name, &diag), SCAPF_OK);
    cr_expect_eq(name.type, 1);
    cr_expect_eq(name.len, 9);
    cr_expect_eq(name.off, 8);
    cr_expect_eq(name.pad.n, 3);
    cr_assert_eq(body_name_next(&body.names, true, &pos, &name, &diag), SCAPF_OK);
    cr_expect_eq(name.type, 0);
    cr_expect_eq(body_name_next(&body.names, true, &pos, &name, &diag), SCAPF_END);
    mk_patch_u16(&m, 10, 100); /* the record leaves the block */
    cr_assert_eq(decode_last(&m, SCAPF_BLOCK_NRB, &body, &diag), SCAPF_OK);
    pos = 0;
    cr_expect_eq(body_name_next(&body.names, true, &pos, &name, &diag), SCAPF_E_FORMAT);
    cr_expect_eq(diag.rule, RULE_NRB_RECORD_OVERRUN);
    cr_expect_eq(diag.off, 12);
    mk_release(&m);
}

Test(body, process_entries_are_little_endian_everywhere)
{
    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        struct mk m;
        struct body body;
        struct body_entry entry;
        struct scapf_diag diag;
        struct out o;

        mk_init(&m, order);
        mk_pib_begin(&m, 4711);
        mk_pib_opt(&m, 2, "httpd", 5);
        mk_pib_end(&m);
        cr_assert_eq(decode_last(&m, SCAPF_BLOCK_CUSTOM, &body, &diag), SCAPF_OK);
        cr_expect_eq(body.custom.pen, BODY_PEN_WIRESHARK);
        cr_assert_eq(body_entry_decode(&body.custom.data, &entry, &diag), SCAPF_OK);
        cr_expect_eq(entry.type, BODY_ENTRY_PROCESS);
        cr_expect_eq(entry.pid, 4711);
        cr_expect_eq(entry.info.n, 12);
        out_init(&o, NULL, true);
        body_entry_encode(&o, &entry);
        cr_expect_eq(o.len, body.custom.data.n);
        cr_expect_arr_eq(o.bytes, body.custom.data.p, o.len);
        out_release(&o);
        m.o.big_endian = false;
        mk_patch_u32(&m, 16, 1000);
        cr_expect_eq(body_entry_decode(&body.custom.data, &entry, &diag), SCAPF_E_FORMAT);
        cr_expect_eq(diag.rule, RULE_PIB_ENTRY_LEN);
        mk_release(&m);
    }
}

Test(body, other_blocks_are_no_business_of_this)
{
    struct body body;
    struct scapf_diag diag;

    cr_expect(!body_known(0x216));
    cr_expect_eq(body_decode(0x216, NULL, 0, 0, false, &body, &diag), SCAPF_E_USAGE);
}
