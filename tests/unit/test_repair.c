/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Repair: each sort of damage by itself, then every sample cut and changed byte by byte.
 */
#include <criterion/criterion.h>

#include "base/rules.h"
#include "bytes/cur.h"
#include "support/mk.h"
#include "support/packed.h"
#include "support/rd.h"
#include "support/salvage.h"
#include "support/story.h"

#define NOW STORY_NS

static struct salvage s;

static uint64_t mends(enum scapf_mend mend)
{
    return s.counts.mends[mend];
}

/* Repair what mk built: no error may be left, and so many events and packets. */
static void run(const struct mk *m, uint64_t events, uint64_t packets)
{
    char text[300] = "";

    salvage_run(&s, m->o.bytes, m->o.len);
    (void)scapf_diag_format(&s.error, text, sizeof(text));
    cr_assert_eq(s.status, SCAPF_OK);
    cr_assert_eq(s.errors, 0, "%s", text);
    cr_expect_eq(s.counts.events, events, "%llu events", (unsigned long long)s.counts.events);
    cr_expect_eq(s.counts.packets, packets, "%llu packets", (unsigned long long)s.counts.packets);
}

/* A packet section of so many packets; returns where the one in the middle starts. */
static uint64_t packets(struct mk *m, int order, unsigned n)
{
    uint64_t at = 0;

    mk_init(m, order);
    mk_shb(m, 0);
    mk_idb(m, 1, 0);
    for (unsigned i = 0; i < n; i++) {
        at = i == n / 2 ? mk_at(m) : at;
        mk_epb(m, 0, UINT64_C(1700000000000000) + i, "abcdefgh", 8);
    }
    return at;
}

static void end(struct mk *m)
{
    salvage_end(&s);
    mk_release(m);
}

Test(repair, lengths_are_rebuilt_where_one_of_them_is_right)
{
    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        for (unsigned field = 0; field < 2; field++) {
            struct mk m;
            uint64_t at = packets(&m, order, 5);
            struct mk good;

            (void)packets(&good, order, 5);
            mk_patch_u32(&m, field == 0 ? at + 4 : at + 36, 0x7788);
            run(&m, 0, 5);
            cr_expect_eq(mends(SCAPF_MEND_FRAME), 1);
            cr_assert_eq(s.len, good.o.len);
            cr_expect_arr_eq(s.bytes, good.o.bytes, s.len);
            mk_release(&good);
            end(&m);
        }
    }
}

Test(repair, both_lengths_follow_from_the_next_block)
{
    struct mk m;
    uint64_t at = packets(&m, MK_LITTLE, 5);

    mk_patch_u32(&m, at + 4, 0xFFFFFFFF);
    mk_patch_u32(&m, at + 36, 1);
    run(&m, 0, 5);
    cr_expect_eq(mends(SCAPF_MEND_FRAME), 1);
    cr_expect_eq(s.counts.lost_bytes, 0);
    end(&m);
}

Test(repair, garbage_between_blocks_is_lost_with_its_range)
{
    struct mk m;
    uint64_t at;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    mk_idb(&m, 1, 0);
    at = mk_at(&m);
    mk_bytes(&m, "this is no block, and of an odd length", 39);
    mk_epb(&m, 0, UINT64_C(1700000000000000), "abcd", 4);
    run(&m, 0, 1);
    cr_assert_eq(s.n_notes, 1);
    cr_expect_eq(s.notes[0].mend, SCAPF_MEND_LOST_BYTES);
    cr_expect_eq(s.notes[0].off, at);
    cr_expect_eq(s.notes[0].len, 39);
    end(&m);
}

Test(repair, section_header_is_added_in_the_order_of_the_blocks)
{
    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        struct mk m;

        (void)packets(&m, order, 5);
        salvage_run(&s, m.o.bytes + 10, m.o.len - 10); /* the head is gone */
        cr_assert_eq(s.status, SCAPF_OK);
        cr_expect_eq(s.errors, 0);
        cr_expect_eq(s.counts.packets, 5);
        cr_expect_eq(mends(SCAPF_MEND_SECTION_ADDED), 1);
        cr_expect_eq(mends(SCAPF_MEND_LOST_BYTES), 1);
        end(&m);
    }
}

/* Blocks of the other byte order inside a section, and then its own again: all of them are whole.
 */
Test(repair, rows_of_the_other_order_lose_nothing)
{
    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        for (unsigned behind = 1; behind <= 2; behind++) {
            struct mk m;

            (void)packets(&m, order, 1);
            m.o.big_endian = order != MK_BIG;
            mk_idb(&m, 1, 0);
            mk_epb(&m, 0, UINT64_C(1700000000000001), "abcdefgh", 8);
            mk_epb(&m, 0, UINT64_C(1700000000000002), "abcdefgh", 8);
            m.o.big_endian = order == MK_BIG;
            for (unsigned i = 0; i < behind; i++) {
                mk_epb(&m, 0, UINT64_C(1700000000000003) + i, "abcdefgh", 8);
            }
            run(&m, 0, 3 + behind);
            cr_expect_eq(mends(SCAPF_MEND_LOST_BYTES), 0);
            cr_expect_eq(mends(SCAPF_MEND_SECTION_ADDED), 2);
            end(&m);
        }
    }
}

Test(repair, magic_of_a_section_is_put_right)
{
    struct mk m;

    (void)packets(&m, MK_BIG, 3);
    mk_patch_u32(&m, 8, 0xDEAD);
    run(&m, 0, 3);
    cr_expect_eq(get_u32(s.bytes + 8, true), 0x1A2B3C4D);
    end(&m);
}

Test(repair, lost_interface_is_added_and_later_ones_keep_theirs)
{
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    mk_epb(&m, 0, UINT64_C(1700000000000000), "abcdefghabcd\x08\x00rest", 18);
    mk_idb(&m, 113, 0);
    mk_epb(&m, 0, UINT64_C(1700000000000001), "abcd", 4);
    mk_epb(&m, 7, UINT64_C(1700000000000002), "abcd", 4);
    run(&m, 0, 3);
    cr_expect_eq(mends(SCAPF_MEND_INTERFACE_ADDED), 2);
    cr_expect_eq(mends(SCAPF_MEND_INTERFACE_ID), 2);
    cr_expect_eq(get_u16(s.bytes + 28 + 8, false), 1, "guessed from the data: Ethernet");
    end(&m);
}

Test(repair, options_that_break_a_rule_are_left_out)
{
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb_begin(&m, 0, UINT64_MAX);
    mk_opt(&m, 4, "a\xFF", 2); /* no UTF-8 */
    mk_opt_str(&m, 4, "again");
    mk_end(&m);
    mk_idb_begin(&m, 1, 0);
    mk_opt(&m, 9, "\x09\x09", 2);
    mk_opt_u8(&m, 5, 200);
    mk_opt_str(&m, 2, "eth0");
    mk_end(&m); /* not closed */
    mk_epb_begin(&m, 0, UINT64_C(1700000000000000), "abc", 3, 3);
    mk_opt_u32(&m, 2, 0x0000F003);
    mk_opt_str(&m, 1, "kept");
    mk_opt_end(&m);
    mk_end(&m);
    run(&m, 0, 1);
    cr_expect_eq(mends(SCAPF_MEND_OPTIONS), 3);
    cr_expect(memmem(s.bytes, s.len, "kept", 4) != NULL);
    cr_expect(memmem(s.bytes, s.len, "eth0", 4) != NULL);
    cr_expect(memmem(s.bytes, s.len, "again", 5) == NULL);
    cr_expect(memmem(s.bytes, s.len, "a?", 2) != NULL);
    end(&m);
}

Test(repair, section_length_becomes_unknown)
{
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb_begin(&m, 0, 1234);
    mk_end(&m);
    run(&m, 0, 0);
    cr_expect_eq(get_u64(s.bytes + 16, false), UINT64_MAX);
    cr_expect_eq(mends(SCAPF_MEND_SECTION_LENGTH), 1);
    end(&m);
}

Test(repair, captured_length_is_what_the_block_holds)
{
    struct mk m;
    uint64_t at = packets(&m, MK_LITTLE, 3);

    mk_patch_u32(&m, at + 20, 4000);
    run(&m, 0, 3);
    cr_expect_eq(mends(SCAPF_MEND_PACKET_LENGTH), 1);
    cr_expect_eq(get_u32(s.bytes + at + 20, false), 8);
    end(&m);
}

/* ---------------------------------------------------------------- scap */

static void begin_scap(struct mk *m, int order)
{
    mk_init(m, order);
    mk_shb(m, 2);
    story_machine(m, 0x201);
    story_interfaces(m, 0x219, true);
    story_users(m, 0x220, true);
    story_processes(m, 0x215, 9, 76);
}

/* close exit; returns where its block starts. */
static uint64_t event(struct mk *m, uint32_t type)
{
    uint64_t at = mk_at(m);

    mk_ev_begin(m, type, 0, NOW, 700, 5);
    mk_param_u64(m, 0);
    mk_param_u64(m, 3);
    mk_ev_end(m);
    return at;
}

Test(repair, numbers_of_an_event_prove_each_other)
{
    static const struct {
        const char *name;
        unsigned at; /* in the block: body at 8, event at 10 */
        unsigned size;
    } fields[] = {
        {"length", 10 + 16, 4},
        {"parameters", 10 + 22, 4},
        {"first length", 10 + 26, 2},
        {"second length", 10 + 28, 2},
    };

    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
            struct mk m;
            struct mk good;
            uint64_t at;

            begin_scap(&m, order);
            begin_scap(&good, order);
            at = event(&m, 0x216);
            (void)event(&good, 0x216);
            if (fields[i].size == 4) {
                mk_patch_u32(&m, at + fields[i].at, 0x01000030);
            } else {
                mk_patch_u16(&m, at + fields[i].at, 0x0123);
            }
            run(&m, 1, 0);
            cr_expect_eq(mends(SCAPF_MEND_EVENT_LENGTH), 1, "%s", fields[i].name);
            cr_assert_eq(s.len, good.o.len, "%s", fields[i].name);
            cr_expect_arr_eq(s.bytes, good.o.bytes, s.len, "%s", fields[i].name);
            mk_release(&good);
            end(&m);
        }
    }
}

Test(repair, mergecap_is_undone)
{
    for (unsigned drop = 0; drop < 2; drop++) { /* 4.0 and 4.4 drop the number of parameters */
        struct mk m;
        struct mk good;
        uint64_t at;

        begin_scap(&m, MK_LITTLE);
        begin_scap(&good, MK_LITTLE);
        (void)event(&good, 0x216);
        at = mk_at(&m);
        mk_begin(&m, 0x204);
        mk_bytes(&m, good.o.bytes + at + 8, 2 + 22);
        if (drop == 0) {
            mk_u32(&m, 2);
        }
        mk_bytes(&m, good.o.bytes + at + 8 + 2 + 26, 20);
        mk_end(&m);
        run(&m, 1, 0);
        cr_expect_eq(mends(SCAPF_MEND_EVENT_TYPE), 1);
        cr_assert_eq(s.len, good.o.len);
        cr_expect_arr_eq(s.bytes, good.o.bytes, s.len);
        mk_release(&good);
        end(&m);
    }
}

Test(repair, parameters_that_break_their_type)
{
    struct mk m;

    begin_scap(&m, MK_LITTLE);
    mk_ev_begin(&m, 0x216, 0, NOW, 700, 5);
    mk_param_u32(&m, 1); /* 4 bytes instead of 8 */
    mk_param_u64(&m, 3);
    mk_ev_body(&m);
    mk_opt_str(&m, 1, "kept");
    mk_opt_end(&m);
    mk_end(&m);
    run(&m, 1, 0);
    cr_expect_eq(mends(SCAPF_MEND_PARAMETER), 1);
    cr_expect(memmem(s.bytes, s.len, "kept", 4) != NULL);
    end(&m);
}

Test(repair, table_loses_only_the_entry_that_cannot_be_read)
{
    struct mk m;
    uint64_t at;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    story_machine(&m, 0x201);
    at = mk_at(&m) + 8;
    mk_begin(&m, 0x220);
    for (int i = 0; i < 3; i++) {
        mk_u32(&m, 4 + 1 + 4 + 2 + 4);
        mk_u8(&m, 1);
        mk_u32(&m, 100);
        mk_str16(&m, "grp0");
    }
    mk_end(&m);
    mk_patch_u16(&m, at + 15 + 9, 999); /* the second name leaves its entry */
    run(&m, 0, 0);
    cr_expect_eq(mends(SCAPF_MEND_ENTRIES), 1);
    cr_expect_eq(s.counts.lost_bytes, 0);
    cr_expect_eq(s.len, m.o.len - 16 + 0, "%zu of %zu", s.len, m.o.len);
    end(&m);
}

/* libscap refuses an interface of a type it does not know, though its entry says how long it is. */
Test(repair, interface_of_an_unknown_type_is_left_out)
{
    struct mk m;
    uint64_t at;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    at = mk_at(&m) + 8;
    story_interfaces(&m, 0x219, true);
    mk_patch_u16(&m, at + 4, 9);
    run(&m, 0, 0);
    cr_expect_eq(mends(SCAPF_MEND_ENTRIES), 1);
    cr_expect_eq(s.len, m.o.len - 20, "%zu of %zu", s.len, m.o.len); /* "lo": 22 bytes, padded */
    end(&m);
}

Test(repair, machine_table_gets_its_length)
{
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    mk_begin(&m, 0x201);
    mk_u32(&m, 4);
    mk_zero(&m, 100);
    mk_end(&m);
    run(&m, 0, 0);
    cr_expect_eq(s.len, 28 + 192);
    end(&m);
}

/* clone as the caller has it: everything about itself. */
static void clone_exit(struct mk *m, uint32_t type, uint64_t ts, int64_t tid, int64_t res)
{
    mk_ev_begin(m, type, 0, ts, tid, 223);
    mk_param_u64(m, (uint64_t)res);
    mk_param_str(m, "/bin/sh");
    mk_param(m, "-c\0x", 5);
    mk_param_u64(m, (uint64_t)tid);
    mk_param_u64(m, (uint64_t)tid);
    mk_param_u64(m, 1);
    mk_param_str(m, "/srv");
    mk_param_u64(m, 1024);
    mk_param_u64(m, 0);
    mk_param_u64(m, 0);
    mk_param_u32(m, 100);
    mk_param_u32(m, 10);
    mk_param_u32(m, 0);
    mk_param_str(m, "sh");
    mk_param(m, "cpu=/\0", 7);
    mk_param_u32(m, 0);
    mk_param_u32(m, 1000);
    mk_param_u32(m, 1000);
    mk_param_u64(m, (uint64_t)tid);
    mk_param_u64(m, (uint64_t)tid);
    mk_param_u64(m, 0);
    mk_ev_end(m);
}

/* Who forks tells what it is; its child began behind the start, and gets no row. */
Test(repair, lost_process_list_is_rebuilt_from_events)
{
    struct scapf_reader *reader;
    struct scapf_record rec;
    struct scapf_table t;
    struct scapf_row row;
    unsigned tables = 0;
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    mk_bytes(&m, "what is left of a process list..", 32);
    (void)event(&m, 0x216);
    clone_exit(&m, 0x216, NOW, 700, 701);
    clone_exit(&m, 0x216, NOW, 701, 0);
    clone_exit(&m, 0x216, NOW + 1, 701, 702);
    run(&m, 4, 0);
    cr_expect_eq(mends(SCAPF_MEND_TABLES_ADDED), 1);
    reader = rd_reader(s.bytes, s.len);
    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        if (rec.kind != SCAPF_KIND_TABLE) {
            continue;
        }
        tables++;
        cr_assert_eq(scapf_table_open(&rec, scapf_schema_builtin(), &t), SCAPF_OK);
        cr_assert_eq(scapf_table_next(&t, &row), SCAPF_OK);
        cr_expect_eq(scapf_row_cell(&row, "tid")->i, 700);
        cr_expect_eq(scapf_row_cell(&row, "ptid")->i, 1);
        cr_expect_eq(scapf_row_cell(&row, "uid")->u, 1000);
        cr_expect_arr_eq(scapf_row_cell(&row, "comm")->bytes, "sh", 2);
        cr_expect_eq(scapf_row_cell(&row, "comm")->len, 2);
        cr_expect_arr_eq(scapf_row_cell(&row, "args")->bytes, "-c\0x", 5);
        cr_expect_eq(scapf_table_next(&t, &row), SCAPF_END);
    }
    cr_expect_eq(tables, 1);
    scapf_reader_free(reader);
    end(&m);
}

/* What a thread changed of itself before it forks is not what it was; 0 would be root. */
Test(repair, rebuilt_process_is_that_of_the_start)
{
    struct scapf_reader *reader;
    struct scapf_record rec;
    struct scapf_table t;
    struct scapf_row row;
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    mk_bytes(&m, "what is left of a process list..", 32);
    mk_ev_begin(&m, 0x216, 0, NOW, 700, 95); /* chdir */
    mk_param_u64(&m, 0);
    mk_param_str(&m, "/srv");
    mk_ev_end(&m);
    mk_ev_begin(&m, 0x216, 0, NOW, 700, 199); /* setuid */
    mk_param_u64(&m, 0);
    mk_ev_end(&m);
    mk_ev_begin(&m, 0x216, 0, NOW, 701, 199); /* of another one, which failed */
    mk_param_u64(&m, (uint64_t)-1);
    mk_ev_end(&m);
    clone_exit(&m, 0x216, NOW, 700, 702);
    clone_exit(&m, 0x216, NOW, 701, 703);
    run(&m, 5, 0);
    reader = rd_reader(s.bytes, s.len);
    do {
        cr_assert_eq(scapf_reader_next(reader, &rec), SCAPF_OK);
    } while (rec.kind != SCAPF_KIND_TABLE);
    cr_assert_eq(scapf_table_open(&rec, scapf_schema_builtin(), &t), SCAPF_OK);
    cr_assert_eq(scapf_table_next(&t, &row), SCAPF_OK);
    cr_expect_eq(scapf_row_cell(&row, "tid")->i, 700);
    cr_expect_eq(scapf_row_cell(&row, "uid")->u, UINT32_MAX);
    cr_expect_eq(scapf_row_cell(&row, "cwd")->len, 0);
    cr_expect_arr_eq(scapf_row_cell(&row, "comm")->bytes, "sh", 2);
    cr_expect_eq(scapf_row_cell(&row, "sid")->i, -1);
    cr_assert_eq(scapf_table_next(&t, &row), SCAPF_OK);
    cr_expect_eq(scapf_row_cell(&row, "tid")->i, 701);
    cr_expect_eq(scapf_row_cell(&row, "uid")->u, 1000);
    cr_expect_arr_eq(scapf_row_cell(&row, "cwd")->bytes, "/srv", 4);
    scapf_reader_free(reader);
    end(&m);
}

/* Readers take no table behind an event. */
Test(repair, no_process_list_behind_events)
{
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    (void)event(&m, 0x216);
    mk_bytes(&m, "what is left of another event...", 32);
    clone_exit(&m, 0x216, NOW, 700, 701);
    run(&m, 2, 0);
    cr_expect_eq(mends(SCAPF_MEND_TABLES_ADDED), 0);
    end(&m);
}

/* ---------------------------------------------------------------- pcap */

static uint64_t pcap(struct mk *m, int order)
{
    uint64_t at = 0;

    mk_init(m, order);
    mk_pcap(m, 0xA1B2C3D4, 65535, 1);
    for (uint32_t i = 0; i < 6; i++) {
        at = i == 2 ? mk_at(m) : at;
        mk_pcap_record(m, 1700000000 + i, i, "0123456789", 10);
    }
    return at;
}

Test(repair, pcap_lengths_follow_from_what_comes_behind)
{
    static const uint32_t wrong[] = {0x7FFFFFFF, 200000, 4, 11, 0};

    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
            struct mk m;
            struct mk good;
            uint64_t at = pcap(&m, order);

            (void)pcap(&good, order);
            mk_patch_u32(&m, at + 8, wrong[i]);
            run(&m, 0, 6);
            cr_assert_eq(s.len, good.o.len, "%u", wrong[i]);
            cr_expect_arr_eq(s.bytes, good.o.bytes, s.len);
            mk_release(&good);
            end(&m);
        }
    }
}

Test(repair, pcap_header_is_rebuilt)
{
    struct mk m;

    (void)pcap(&m, MK_BIG);
    mk_patch_u32(&m, 0, 0x12345678);
    mk_patch_u32(&m, 16, 0);
    run(&m, 0, 6);
    cr_expect_eq(get_u32(s.bytes, true), 0xA1B2C3D4);
    cr_expect_eq(mends(SCAPF_MEND_FILE_HEADER), 1);
    end(&m);
}

Test(repair, pcap_files_put_together_become_one)
{
    struct mk m;
    struct mk other;

    (void)pcap(&m, MK_LITTLE);
    (void)pcap(&other, MK_BIG);
    out_bytes(&m.o, other.o.bytes, other.o.len);
    run(&m, 0, 12);
    cr_expect_eq(mends(SCAPF_MEND_LOST_FILE_HEADER), 1);
    mk_release(&other);
    end(&m);
}

Test(repair, pcap_of_the_modified_form_becomes_a_plain_one)
{
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_pcap(&m, 0xA1B2CD34, 65535, 1);
    for (uint32_t i = 0; i < 3; i++) {
        mk_u32(&m, 1700000000);
        mk_u32(&m, i);
        mk_u32(&m, 4);
        mk_u32(&m, 4);
        mk_u64(&m, 0);
        mk_str(&m, "abcd");
    }
    run(&m, 0, 3);
    cr_expect_eq(s.len, 24 + 3 * 20);
    end(&m);
}

/* ---------------------------------------------------------------- packed */

/* Three members or frames; the one in the middle is damaged. */
Test(repair, unpacking_goes_on_behind_damage)
{
    static const enum packed_shape shapes[] = {PACKED_GZIP, PACKED_ZSTD};

    for (size_t k = 0; k < 2; k++) {
        struct packed all = {NULL, 0};
        struct mk m;
        size_t begin = 0;
        size_t middle = 0;
        size_t cut;

        (void)packets(&m, MK_LITTLE, 3000);
        for (unsigned i = 0; i < 3; i++) {
            size_t third = m.o.len / 3;
            struct packed one =
                packed_make(shapes[k], m.o.bytes + i * third, i == 2 ? m.o.len - 2 * third : third);

            begin = i == 1 ? all.n : begin;
            middle = i == 1 ? all.n + one.n / 2 : middle;
            packed_add(&all, one.p, one.n);
            packed_free(&one);
        }
        cut = begin - 4; /* the trailer of the first is wrong, too: its content is not */
        all.p[middle] ^= 0x55;
        all.p[middle + 1] ^= 0x55;
        all.p[cut] ^= 1;
        salvage_run(&s, all.p, all.n);
        cr_assert_eq(s.status, SCAPF_OK);
        cr_expect_eq(s.errors, 0);
        cr_expect_geq(s.counts.packed_gaps, 1);
        cr_expect_geq(s.counts.packets, 1990, "%llu", (unsigned long long)s.counts.packets);
        packed_free(&all);
        end(&m);
    }
}

Test(repair, cut_of_a_packed_stream_keeps_what_is_before)
{
    struct mk m;
    struct packed all;

    (void)packets(&m, MK_LITTLE, 3000);
    all = packed_make(PACKED_GZIP, m.o.bytes, m.o.len);
    salvage_run(&s, all.p, all.n * 3 / 4);
    cr_assert_eq(s.status, SCAPF_OK);
    cr_expect_eq(s.errors, 0);
    cr_expect_eq(mends(SCAPF_MEND_LOST_PACKED), 1);
    cr_expect_geq(s.counts.packets, 2000);
    packed_free(&all);
    end(&m);
}

/* ---------------------------------------------------------------- nothing to save */

Test(repair, what_is_no_capture_is_refused)
{
    static const char *const texts[] = {"", "x", "no capture at all, but long enough to be one",
                                        "\x0A\x0D\x0D\x0A", "\xD4\xC3\xB2\xA1"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        salvage_run(&s, texts[i], strlen(texts[i]));
        cr_expect_eq(s.status, SCAPF_E_FORMAT, "%zu", i);
        cr_expect_eq(s.len, 0);
        salvage_end(&s);
    }
}

Test(repair, names_and_sentences)
{
    for (unsigned i = 0; i < SCAPF_MEND_COUNT; i++) {
        cr_expect_gt(strlen(scapf_mend_name((enum scapf_mend)i)), 3);
        cr_expect_gt(strlen(scapf_mend_sentence((enum scapf_mend)i)), 10);
    }
    cr_expect(scapf_mend_is_loss(SCAPF_MEND_LOST_CUT));
    cr_expect_not(scapf_mend_is_loss(SCAPF_MEND_FRAME));
}

/* ---------------------------------------------------------------- the samples */

Test(repair, sound_samples_come_out_as_they_are)
{
    for (size_t i = 0; salvage_sample(i) != NULL; i++) {
        struct salvage_capture c;

        salvage_load(&c, salvage_sample(i));
        cr_expect(salvage_cut(&c, c.len), "%s", salvage_sample(i));
        salvage_unload(&c);
    }
}

/* A number in a cut list may happen to be the distance to the end: that is no block of an unknown
 * type, and the rows before it stay. */
Test(repair, rows_before_a_chance_length)
{
    struct salvage_capture c;

    salvage_load(&c, "samples/pl-v8.scap");
    for (size_t len = 780; len < 800; len++) {
        salvage_run(&s, c.bytes, len);
        cr_expect_eq(s.counts.changed, 1, "cut at %zu", len);
        cr_expect_eq(s.counts.lost_bytes, len - 768, "cut at %zu", len);
        salvage_end(&s);
    }
    salvage_unload(&c);
}

/* `make check-flips` does every length and 100 000 changes. */
Test(repair, every_sample_cut_and_changed)
{
    uint64_t told = 0;
    uint32_t seed = 12345;

    for (size_t i = 0; salvage_sample(i) != NULL; i++) {
        struct salvage_capture c;

        salvage_load(&c, salvage_sample(i));
        for (size_t len = 0; len < c.len; len += 1 + c.len / 150) {
            cr_expect(salvage_cut(&c, len), "%s cut at %zu", salvage_sample(i), len);
        }
        for (unsigned n = 0; n < 100; n++) {
            size_t off;
            uint8_t value;

            seed = seed * 1664525 + 1013904223;
            off = (seed >> 4) % c.len;
            value = (uint8_t)(c.bytes[off] ^ (1 + (seed >> 13) % 255));
            cr_expect(salvage_flip(&c, off, value, &told), "%s at %zu", salvage_sample(i), off);
        }
        salvage_unload(&c);
    }
    cr_expect_lt(told, 100, "%llu records not kept, though told", (unsigned long long)told);
}
