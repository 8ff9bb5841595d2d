/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <glob.h>
#include <stdlib.h>

#include "stream/reader.h"
#include "support/fault_alloc.h"
#include "support/rd.h"
#include "support/story.h"

/* Every kind of record, damaged ones and unknown ones among them. */
static void everything(struct mk *m)
{
    mk_shb(m, 2);
    story_tables(m);
    for (int i = 0; i < 3; i++) {
        mk_ev_begin(m, 0x216, 1, 1000 + (uint64_t)i, 701, i == 1 ? 4001 : 5);
        mk_param_u64(m, 0);
        mk_ev_end(m);
    }
    mk_ev_begin(m, 0x216, 1, 1003, 701, 5); /* damaged */
    mk_param_u64(m, 0);
    mk_ev_end(m);
    mk_patch_u32(m, m->event + 16, 3);
    mk_begin(m, 0x77);
    mk_str(m, "nobody knows");
    mk_end(m);
    mk_shb(m, 0);
    mk_idb(m, 1, 0);
    mk_epb(m, 0, 1, "abc", 3);
    mk_epb(m, 7, 1, "abc", 3); /* damaged */
    mk_epb(m, 0, 2, "abc", 3);
}

Test(reader, ledger_adds_up)
{
    for (int big = 0; big <= 1; big++) {
        const struct scapf_ledger *l;
        struct mk m;
        struct rd rd;
        unsigned damaged = 0;

        mk_init(&m, big);
        everything(&m);
        rd_mk(&rd, &m);
        cr_expect_eq(scapf_reader_section(rd.reader), NULL);
        while (rd_next(&rd) == SCAPF_OK) {
            damaged += rd.rec.damage != NULL;
        }
        l = scapf_reader_ledger(rd.reader);
        cr_expect_eq(rd.status, SCAPF_END, "damage inside blocks does not stop the reader");
        cr_expect(damaged == 2 && l->damaged == 2);
        cr_expect(l->unknown_blocks == 1 && l->unknown_events == 1 && l->unknown == 2);
        cr_expect_eq(l->by_kind[SCAPF_KIND_SECTION], 2);
        cr_expect_eq(l->by_kind[SCAPF_KIND_EVENT], 4);
        cr_expect_eq(l->by_kind[SCAPF_KIND_PACKET], 3);
        cr_expect_eq(l->by_kind[SCAPF_KIND_UNKNOWN], 1);
        cr_expect_not(l->stopped);
        cr_expect_eq(l->skipped_bytes, 0);
        cr_expect_eq(scapf_reader_section(rd.reader)->packets, 3);
        cr_expect_eq(scapf_reader_interface(rd.reader, 0)->packets, 2);
        rd_close_len(&rd, m.o.len);
        mk_release(&m);
    }
}

Test(reader, records_are_where_they_say)
{
    struct mk m;
    struct rd rd;
    uint64_t off = 0;
    uint64_t n = 0;

    mk_init(&m, MK_LITTLE);
    everything(&m);
    rd_mk(&rd, &m);
    while (rd_next(&rd) == SCAPF_OK) {
        cr_expect(rd.rec.off == off && rd.rec.ordinal == n);
        cr_expect_eq(rd.rec.raw, m.o.bytes + off, "memory is shown in place");
        cr_expect_eq(rd.rec.body, rd.rec.raw + 8);
        cr_expect_eq(rd.rec.body_len, rd.rec.raw_len - 12);
        if (rd.rec.damage != NULL) {
            cr_expect_eq(rd.rec.damage->block, n);
            cr_expect_eq(rd.rec.damage->block_type, rd.rec.type);
            cr_expect(rd.rec.event == NULL && rd.rec.packet == NULL && !rd.rec.has_ts);
        }
        off += rd.rec.raw_len;
        n++;
    }
    rd_close_len(&rd, m.o.len);
    mk_release(&m);
}

/* A hundred types of blocks: the table of types is full, its sums are not lost. */
Test(reader, more_types_than_the_ledger_has_rows)
{
    const struct scapf_ledger *l;
    struct mk m;
    struct rd rd;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    for (int again = 0; again < 2; again++) {
        for (uint32_t i = 0; i < 99; i++) {
            mk_begin(&m, 0x10000 + i);
            mk_end(&m);
        }
    }
    rd_mk(&rd, &m);
    cr_expect_eq(rd_rest(&rd), SCAPF_END);
    l = scapf_reader_ledger(rd.reader);
    cr_expect_eq(l->n_types, SCAPF_LEDGER_TYPES);
    cr_expect_eq(l->types_untold, 2 * (100 - SCAPF_LEDGER_TYPES));
    rd_close_len(&rd, m.o.len);
    mk_release(&m);
}

Test(reader, block_type_0_is_unknown)
{
    struct mk m;
    struct rd rd;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    mk_begin(&m, 0);
    mk_u32(&m, 1);
    mk_end(&m);
    rd_mk(&rd, &m);
    rd_skip(&rd, 2);
    cr_expect_eq(rd.rec.kind, SCAPF_KIND_UNKNOWN);
    cr_expect_eq(rd_next(&rd), SCAPF_END);
    rd_close_len(&rd, m.o.len);
    mk_release(&m);
}

/* Every type a block can have goes through scapf_block_name() and the kinds. */
Test(reader, names_of_blocks_and_kinds)
{
    static const struct {
        uint32_t type;
        const char *name;
    } rows[] = {
        {0x0A0D0D0A, "SHB"},
        {1, "IDB"},
        {6, "EPB"},
        {0xBAD, "CB"},
        {0x201, "MI"},
        {0x202, "PL_V1"},
        {0x8014ABCD, "PL_V3_INT"},
        {0x215, "PL_V9"},
        {0x222, "EVF_V2_LARGE"},
        {0x8010ABCD, "EV_INT"},
        {0, NULL},
        {0x20A, NULL},
        {0xFFFFFFFF, NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *name = scapf_block_name(rows[i].type);

        cr_expect((name == NULL) == (rows[i].name == NULL) &&
                      (name == NULL || strcmp(name, rows[i].name) == 0),
                  "%#x", rows[i].type);
    }
    cr_expect_str_eq(scapf_kind_name(SCAPF_KIND_SECTION), "section");
    cr_expect_str_eq(scapf_kind_name(SCAPF_KIND_COUNT), "unknown");
}

Test(reader, wrong_calls)
{
    const struct scapf_reader_opts wrong = {.size = sizeof(wrong) - 1};
    struct scapf_reader *reader = (struct scapf_reader *)&reader;
    struct scapf_src *src;

    cr_expect_eq(scapf_reader_new(NULL, NULL, &reader), SCAPF_E_USAGE);
    cr_expect_null(reader);
    cr_assert_eq(scapf_src_mem("", 0, NULL, &src, NULL), SCAPF_OK);
    cr_expect_eq(scapf_reader_new(src, &wrong, &reader), SCAPF_E_USAGE);
    cr_expect_null(reader);
    scapf_reader_free(NULL);
}

/* Each allocation fails in turn: NOMEM, a finding, nothing leaked; what was read stays right. */
Test(reader, every_allocation_fails_once)
{
    struct mk m;
    struct fault_alloc f;
    size_t k = 0;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    for (uint32_t i = 0; i < 40; i++) { /* the list of interfaces grows */
        mk_idb(&m, 1, 0);
        mk_epb(&m, i, 1, "abc", 3);
    }
    do {
        struct scapf_reader_opts opts = {.size = sizeof(opts), .alloc = &f.alloc};
        struct scapf_src *src = NULL;
        struct rd rd = {0};

        fault_alloc_init(&f, k++);
        rd.status = scapf_src_mem(m.o.bytes, m.o.len, &f.alloc, &src, NULL);
        if (rd.status == SCAPF_OK) {
            rd.status = scapf_reader_new(src, &opts, &rd.reader);
        }
        if (rd.status == SCAPF_OK) {
            (void)rd_rest(&rd);
            cr_expect_eq(rd.status, f.failed ? SCAPF_E_NOMEM : SCAPF_END);
            cr_expect_eq(scapf_reader_diag(rd.reader) != NULL, f.failed);
            cr_expect_eq(scapf_reader_next(rd.reader, &rd.rec), rd.status, "it sticks");
            rd_close_len(&rd, m.o.len);
        } else {
            cr_expect_eq(rd.status, SCAPF_E_NOMEM);
        }
        cr_expect_eq(f.live, 0, "call %zu leaks", k - 1);
        cr_assert_lt(k, 1000);
    } while (f.failed);
    cr_expect_gt(k, 4);
    mk_release(&m);
}

/* Reading events and packets takes no memory at all. */
Test(reader, no_allocation_for_a_record)
{
    struct fault_alloc f;
    struct scapf_reader_opts opts = {.size = sizeof(opts), .alloc = &f.alloc};
    struct scapf_src *src;
    struct rd rd = {0};
    struct mk m;
    size_t before;

    mk_init(&m, MK_LITTLE);
    everything(&m);
    everything(&m);
    fault_alloc_init(&f, FAULT_NEVER);
    cr_assert_eq(scapf_src_mem(m.o.bytes, m.o.len, &f.alloc, &src, NULL), SCAPF_OK);
    cr_assert_eq(scapf_reader_new(src, &opts, &rd.reader), SCAPF_OK);
    before = f.calls;
    cr_expect_eq(rd_rest(&rd), SCAPF_END);
    cr_expect_leq(f.calls - before, 1, "one list of interfaces");
    rd_close_len(&rd, m.o.len);
    cr_expect_eq(f.live, 0);
    mk_release(&m);
}

Test(reader, samples_read_to_their_end)
{
    glob_t found;

    cr_assert_eq(glob("samples/*.*cap*", 0, NULL, &found), 0);
    cr_expect_gt(found.gl_pathc, 30);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        size_t len;
        uint8_t *bytes = rd_file(found.gl_pathv[i], &len);
        struct rd rd;

        rd_open(&rd, bytes, len, NULL, 0);
        while (rd_next(&rd) == SCAPF_OK) {
            cr_expect_null(rd.rec.damage, "%s: block %llu", found.gl_pathv[i],
                           (unsigned long long)rd.rec.ordinal);
        }
        cr_expect_eq(rd.status, SCAPF_END, "%s", found.gl_pathv[i]);
        if (scapf_reader_compression(rd.reader) == SCAPF_PLAIN) {
            rd_close_len(&rd, len);
        } else {
            rd_close(&rd);
        }
        free(bytes);
    }
    globfree(&found);
}

static void put_comment(struct mk *m)
{
    mk_epb_begin(m, 0, 3, "abc", 3, 3);
    mk_opt_str(m, 1, "may be copied");
    mk_opt_end(m);
    mk_end(m);
}

static void put_no_copy(struct mk *m)
{
    mk_epb_begin(m, 0, 3, "abc", 3, 3);
    mk_opt_str(m, 1, "may be copied");
    mk_opt_u64(m, 19373, 1);
    mk_opt_end(m);
    mk_end(m);
}

static void put_too_long(struct mk *m)
{
    uint64_t at = mk_at(m);

    mk_epb(m, 0, 3, "abc", 3);
    mk_patch_u32(m, at + 20, 5);
}

static void put_of_none(struct mk *m)
{
    mk_epb(m, 5, 3, "abc", 3);
}

static void put_of_offset(struct mk *m)
{
    mk_epb(m, 1, 3, "abc", 3);
}

static void put_of_picosecond(struct mk *m)
{
    mk_epb(m, 2, 3, "abc", 3);
}

static void put_of_nanosecond(struct mk *m)
{
    mk_epb(m, 3, 3000, "abc", 3);
}

static void put_out_of_range(struct mk *m)
{
    mk_epb(m, 0, UINT64_MAX / 1000 + 1, "abc", 3);
}

static void put_simple(struct mk *m)
{
    mk_spb(m, "abc", 3, 3);
}

static void put_wrong_trailer(struct mk *m)
{
    mk_epb(m, 0, 3, "abc", 3);
    mk_patch_u32(m, mk_at(m) - 4, 40);
}

static void four_interfaces(struct mk *m)
{
    mk_idb(m, 1, 0);
    mk_idb_begin(m, 1, 0);
    mk_opt_u64(m, 14, 1);
    mk_end(m);
    mk_idb_begin(m, 1, 0);
    mk_opt_u8(m, 9, 12);
    mk_end(m);
    mk_idb_begin(m, 1, 0);
    mk_opt_u8(m, 9, 9);
    mk_end(m);
}

/* Packets without a view of each: those that are in doubt are left to the usual way. */
Test(reader, packets_without_a_view)
{
    static const struct {
        void (*put)(struct mk *m);
        bool taken;
    } rows[] = {{put_comment, true},       {put_no_copy, false},       {put_too_long, false},
                {put_of_none, false},      {put_of_offset, false},     {put_of_picosecond, false},
                {put_of_nanosecond, true}, {put_out_of_range, false},  {put_simple, false},
                {mk_opt_end, false},       {put_wrong_trailer, false}, {four_interfaces, false}};

    for (int big = 0; big <= 1; big++) {
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            uint32_t want = big ? 0 : 2 + rows[i].taken;
            struct reader_packet packets[4];
            const struct scapf_ledger *l;
            struct mk m;
            struct rd rd;

            mk_init(&m, big);
            mk_shb(&m, 0);
            four_interfaces(&m);
            mk_epb(&m, 0, 1, "abc", 3);
            mk_epb(&m, 0, 2, "abc", 3);
            rows[i].put(&m);
            rd_mk(&rd, &m);
            rd_skip(&rd, 5);
            cr_expect_eq(reader_packets(rd.reader, packets, 4), want, "row %zu", i);
            l = scapf_reader_ledger(rd.reader);
            cr_expect(l->blocks == 5 + want && l->known == l->blocks);
            cr_expect_eq(l->by_kind[SCAPF_KIND_PACKET], want);
            cr_expect_eq(scapf_reader_section(rd.reader)->packets, want);
            for (uint32_t k = 0; k < want; k++) {
                cr_expect_eq(packets[k].ts_ns, (k + 1) * 1000);
                cr_expect_eq(packets[k].raw, packets[0].raw + k * packets[0].len);
            }
            cr_expect_eq(reader_packets(rd.reader, packets, 4), 0, "there are no more");
            (void)rd_rest(&rd);
            rd_close_len(&rd, m.o.len);
            mk_release(&m);
        }
    }
}
