/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One minimal capture for each rule about the order of records, good and bad, in both byte orders.
 */
#include <criterion/criterion.h>

#include "support/findings.h"
#include "support/mk.h"
#include "support/story.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define NOW          STORY_NS

static void fd_list(struct mk *m)
{
    mk_begin(m, 0x203);
    mk_u64(m, 1);
    mk_end(m);
}

static void packets(struct mk *m)
{
    mk_idb(m, 1, 0);
    mk_epb(m, 0, NOW / 1000, "abcd", 4);
}

static uint64_t after_events(struct mk *m, bool bad)
{
    story_start(m);
    if (!bad) {
        mk_idb(m, 1, 0);
    }
    story_close(m, 0, NOW, 701);
    if (bad) {
        mk_idb(m, 1, 0);
    }
    return m->block;
}

static uint64_t last_no_event(struct mk *m, bool bad)
{
    uint64_t at;

    story_start(m);
    story_close(m, 0, NOW, 701);
    at = mk_at(m);
    mk_shb(m, 0);
    packets(m);
    if (!bad) {
        mk_ev_begin(m, 0x217, 0, NOW, 0, 0x7fff);
        mk_ev_end(m);
    }
    return at;
}

static uint64_t first_no_event(struct mk *m, bool bad)
{
    uint64_t at = 0;

    if (bad) {
        mk_shb(m, 0);
        packets(m);
        at = m->block;
    }
    story_start(m);
    story_close(m, 0, NOW, 701);
    return at;
}

static uint64_t no_tables(struct mk *m, bool bad)
{
    mk_shb(m, 2);
    if (!bad) {
        story_tables(m);
    }
    story_close(m, 0, NOW, 701);
    return m->block;
}

static uint64_t tables_missing(struct mk *m, bool bad)
{
    mk_shb(m, 2);
    story_machine(m, 0x201);
    story_interfaces(m, 0x219, true);
    if (!bad) {
        story_users(m, 0x220, true);
    }
    story_close(m, 0, NOW, 701);
    return m->block;
}

static uint64_t shb_options(struct mk *m, bool bad)
{
    mk_shb_begin(m, 2, UINT64_MAX);
    if (bad) {
        mk_opt_str(m, 4, "writer");
        mk_opt_end(m);
    }
    mk_end(m);
    story_close(m, 0, NOW, 701);
    return 24;
}

static uint64_t v2_in_v1(struct mk *m, bool bad)
{
    story_start(m);
    if (bad) { /* as mergecap 4.0 does: no count of parameters, the length still with it */
        mk_ev_begin(m, 0x204, 0, NOW, 701, 5);
        mk_param_u64(m, 0);
        mk_ev_end(m);
        mk_patch_u32(m, m->block + 26, 36);
    } else {
        story_close(m, 0, NOW, 701);
    }
    return bad ? m->block + 26 : m->block;
}

static uint64_t no_overlap(struct mk *m, bool bad)
{
    uint64_t at;

    story_start(m);
    story_close(m, 0, bad ? NOW - 1000000000 : NOW, 701);
    at = mk_at(m);
    mk_shb(m, 0);
    packets(m);
    return at;
}

static uint64_t table_late(struct mk *m, bool bad)
{
    story_start(m);
    if (!bad) {
        fd_list(m);
    }
    story_close(m, 0, NOW, 701);
    if (bad) {
        fd_list(m);
    }
    return m->block;
}

static uint64_t evf(struct mk *m, bool bad)
{
    story_start(m);
    mk_ev_begin(m, bad ? 0x217 : 0x216, 0, NOW, 701, 5);
    mk_param_u64(m, 0);
    mk_param_u64(m, 3);
    mk_ev_end(m);
    return m->block;
}

static uint64_t scap_minor(struct mk *m, bool bad)
{
    story_start(m);
    story_close(m, 0, NOW, 701);
    mk_patch_u16(m, 14, bad ? 1 : 2);
    return 14;
}

static const struct findings_row rows[] = {
    {RULE_MIX_AFTER_EVENTS, after_events},
    {RULE_MIX_LAST_NO_EVENT, last_no_event},
    {RULE_MIX_FIRST_NO_EVENT, first_no_event},
    {RULE_MIX_NO_TABLES, no_tables},
    {RULE_TABLES_MISSING, tables_missing},
    {RULE_MIX_SHB_OPTIONS, shb_options},
    {RULE_MIX_V2_IN_V1, v2_in_v1},
    {RULE_MIX_NO_OVERLAP, no_overlap},
    {RULE_MIX_TABLE_LATE, table_late},
    {RULE_MIX_EVF, evf},
    {RULE_SHB_MINOR_SCAP, scap_minor},
};

Test(check_mixed, every_rule_has_a_good_and_a_bad_capture)
{
    cr_expect_eq(findings_rows(rows, COUNT(rows), true), 0);
}

Test(check_mixed, big_endian_sections_are_named_once)
{
    struct findings f;
    struct mk m;

    mk_init(&m, MK_BIG);
    story_start(&m);
    story_close(&m, 0, NOW, 701);
    story_start(&m);
    story_close(&m, 0, NOW, 701);
    findings_run(&f, m.o.bytes, m.o.len);
    cr_expect_eq(findings_count(&f, RULE_MIX_BIG_ENDIAN), 1, "%s", findings_text(&f));
    cr_expect(findings_has(&f, RULE_MIX_BIG_ENDIAN, 0));
    mk_clear(&m, MK_LITTLE);
    story_start(&m);
    story_close(&m, 0, NOW, 701);
    findings_run(&f, m.o.bytes, m.o.len);
    cr_expect_eq(f.n, 0, "%s", findings_text(&f));
    mk_release(&m);
}

/* [pcapng 4.3] The event that closes a mixed file stands in any block of events. */
Test(check_mixed, closing_events_are_no_finding)
{
    static const uint32_t blocks[] = {0x216, 0x217, 0x221, 0x222};
    struct findings f;
    struct mk m;

    mk_init(&m, MK_LITTLE);
    for (size_t i = 0; i < COUNT(blocks); i++) {
        mk_clear(&m, MK_LITTLE);
        story_start(&m);
        story_close(&m, 0, NOW, 701);
        mk_shb(&m, 0);
        packets(&m);
        mk_ev_begin(&m, blocks[i], 0, NOW, 0, 0x7fff);
        mk_ev_end(&m);
        findings_run(&f, m.o.bytes, m.o.len);
        cr_expect_eq(findings_count(&f, RULE_EVENT_UNKNOWN), 0, "%#x", blocks[i]);
    }
    mk_release(&m);
}
