/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What readers make of captures of every layout: what they show, what they lose, where they stop.
 */
#include <criterion/criterion.h>

#include "support/findings.h"
#include "support/mk.h"
#include "support/story.h"

#define NOW STORY_NS

/* Sections in the letters of a layout: s = section header, t = tables, e = close exit, n = an
 * event newer than sysdig 0.29, o = an old enter event, f = an event in a block with flags,
 * i = interface, p = packet, d = the closing event of a mixed file, c = custom block; old events:
 * w = close enter, v = close exit of more parameters than sysdig 0.29 knows, b = close enter of a
 * length that no parameters make; j = container event; x = an event that is cut by the end of the
 * file, l = an event whose leading length is too small for one, k = one whose is too small for what
 * it holds, S = a section header with a leading length that is too large, F = one of another major
 * version, N = a name resolution block without records. */
static void event(struct mk *m, uint32_t block, uint16_t code)
{
    mk_ev_begin(m, block, 0, NOW, 701, code);
    if (code == 5) {
        mk_param_u64(m, 0);
        mk_param_u64(m, 3);
    } else if (code == 4) {
        mk_param_u64(m, 3);
    } else if (code == 272) {
        mk_param(m, "{}", 3);
    }
    mk_ev_end(m);
}

/* Blocks whose leading length is not that of their trailer. */
static void event_of_len(struct mk *m, uint32_t len)
{
    event(m, 0x216, 5);
    mk_patch_u32(m, m->block + 4, len);
}

static void section_of_len(struct mk *m, uint32_t len)
{
    mk_shb(m, 0);
    mk_patch_u32(m, m->block + 4, len);
}

static void foreign_section(struct mk *m)
{
    mk_shb(m, 0);
    mk_patch_u16(m, m->block + 12, 2);
}

static void tables(struct mk *m)
{
    story_machine(m, 0x201);
    story_interfaces(m, 0x219, true);
    story_users(m, 0x220, true);
    story_processes(m, 0x215, 9, 76);
}

static void custom(struct mk *m)
{
    mk_begin(m, 0xBAD);
    mk_u32(m, 32473);
    mk_end(m);
}

static void one(struct mk *m, char what)
{
    switch (what) {
    case 's':
        mk_shb(m, 0);
        break;
    case 't':
        tables(m);
        break;
    case 'e':
        event(m, 0x216, 5);
        break;
    case 'o':
        event(m, 0x216, 4);
        break;
    case 'n':
        event(m, 0x216, 340);
        break;
    case 'f':
        event(m, 0x217, 5);
        break;
    case 'd':
        mk_ev_begin(m, 0x217, 0, NOW, 0, 0x7fff);
        mk_ev_end(m);
        break;
    case 'w':
        event(m, 0x204, 4);
        break;
    case 'v':
        event(m, 0x204, 5);
        break;
    case 'b':
        event(m, 0x204, 4);
        mk_patch_u32(m, m->block + 26, 33);
        break;
    case 'j':
        event(m, 0x216, 272);
        break;
    case 'x':
        event(m, 0x216, 5);
        m->o.len -= 10;
        break;
    case 'l':
        event_of_len(m, 28);
        break;
    case 'k':
        event_of_len(m, 40);
        break;
    case 'S':
        section_of_len(m, 32);
        break;
    case 'F':
        foreign_section(m);
        break;
    case 'N':
        mk_begin(m, SCAPF_BLOCK_NRB);
        mk_end(m);
        break;
    case 'i':
        mk_idb(m, 1, 0);
        break;
    case 'p':
        mk_epb(m, 0, NOW / 1000, "abcd", 4);
        break;
    default:
        custom(m);
        break;
    }
}

static struct scapf_verdict judge(const void *bytes, size_t len, enum scapf_profile profile)
{
    static struct findings found;
    struct scapf_verdict v = {.rule = 0};
    enum scapf_status status;
    struct scapf_src *src;

    cr_assert_eq(scapf_src_mem(bytes, len, NULL, &src, NULL), SCAPF_OK);
    status = scapf_check_profile(src, NULL, profile, findings_add, &found, &v, NULL);
    cr_assert(status == SCAPF_OK || status == SCAPF_E_FORMAT || status == SCAPF_E_TRUNCATED);
    return v;
}

struct want {
    const char *layout;
    enum scapf_profile profile;
    enum scapf_effect effect;
    uint64_t events, packets; /* shown */
    enum rule rule;
    char at; /* the element it stops at: index in the layout; -1 = not looked at */
};

#define OLD     SCAPF_PROFILE_SYSDIG_029
#define CURRENT SCAPF_PROFILE_SYSDIG_CURRENT
#define SHARK   SCAPF_PROFILE_WIRESHARK
#define STRATO  SCAPF_PROFILE_STRATOSHARK
#define PCAP    SCAPF_PROFILE_LIBPCAP
#define NONE    SCAPF_EFFECT_NONE
#define LOSES   SCAPF_EFFECT_LOSES
#define STOPS   SCAPF_EFFECT_STOPS

static const struct want wants[] = {
    {"stee", OLD, NONE, 2, 0, RULE_NONE, -1},
    {"stee", CURRENT, NONE, 2, 0, RULE_NONE, -1},
    {"stee", SHARK, NONE, 2, 0, RULE_NONE, -1},
    {"stee", STRATO, NONE, 2, 0, RULE_NONE, -1},
    {"stee", PCAP, STOPS, 0, 0, RULE_NONE, -1},
    {"stoe", OLD, NONE, 2, 0, RULE_NONE, -1},
    {"stoe", CURRENT, NONE, 1, 0, RULE_NONE, -1},
    {"sten", OLD, LOSES, 1, 0, RULE_NONE, -1},
    {"sten", SHARK, NONE, 2, 0, RULE_NONE, -1},
    {"stef", SHARK, LOSES, 1, 0, RULE_NONE, -1},
    {"stef", OLD, NONE, 2, 0, RULE_NONE, -1},
    {"sipp", PCAP, NONE, 0, 2, RULE_NONE, -1},
    {"sipp", SHARK, NONE, 0, 2, RULE_NONE, -1},
    {"sipp", OLD, STOPS, 0, 0, RULE_MIX_LAST_NO_EVENT, 0},
    {"stesipd", OLD, LOSES, 1, 0, RULE_NONE, -1},
    {"stesipd", SHARK, NONE, 1, 1, RULE_NONE, -1},
    {"stesip", OLD, STOPS, 1, 0, RULE_MIX_LAST_NO_EVENT, 3},
    {"stesip", STRATO, NONE, 1, 1, RULE_NONE, -1},
    {"stesip", PCAP, LOSES, 0, 1, RULE_NONE, -1},
    {"sipste", OLD, LOSES, 1, 0, RULE_NONE, -1},
    {"sipste", STRATO, LOSES, 0, 1, RULE_NONE, -1},
    {"stiepe", OLD, STOPS, 1, 0, RULE_MIX_AFTER_EVENTS, 4},
    {"stiepe", CURRENT, STOPS, 1, 0, RULE_MIX_AFTER_EVENTS, 4},
    {"stiepe", STRATO, LOSES, 1, 1, RULE_NONE, -1},
    {"stiepe", SHARK, NONE, 2, 1, RULE_NONE, -1},
    {"stece", OLD, STOPS, 1, 0, RULE_MIX_AFTER_EVENTS, 3},
    {"stestee", OLD, NONE, 3, 0, RULE_NONE, -1},
    {"stww", OLD, NONE, 2, 0, RULE_NONE, -1},
    {"stbw", OLD, LOSES, 1, 0, RULE_NONE, -1}, /* the first one is forgiven */
    {"stnbw", OLD, LOSES, 1, 0, RULE_NONE, -1},
    {"stjbw", OLD, LOSES, 2, 0, RULE_NONE, -1},
    {"stwbw", OLD, STOPS, 1, 0, RULE_EVENT_V1_LENGTHS, -1},
    {"stbbw", OLD, STOPS, 0, 0, RULE_EVENT_V1_LENGTHS, -1},
    {"stestbw", OLD, LOSES, 2, 0, RULE_NONE, -1},
    {"stbw", CURRENT, STOPS, 0, 0, RULE_EVENT_V1_LENGTHS, -1},
    {"stwv", OLD, STOPS, 1, 0, RULE_EVENT_V1_SURPLUS, -1},
    {"stwv", CURRENT, NONE, 1, 0, RULE_NONE, -1},
    {"stx", OLD, LOSES, 0, 0, RULE_NONE, -1}, /* taken for the end */
    {"stex", OLD, STOPS, 1, 0, RULE_BLOCK_TRUNCATED, 3},
    {"stex", CURRENT, STOPS, 1, 0, RULE_BLOCK_TRUNCATED, 3},
    {"stestx", OLD, LOSES, 1, 0, RULE_NONE, -1},
    {"stele", OLD, STOPS, 1, 0, RULE_EVENT_LEN, 3},
    {"steke", OLD, STOPS, 2, 0, RULE_BLOCK_LEN_TRAILER, -1}, /* read, and nothing behind it */
    {"steke", CURRENT, STOPS, 1, 0, RULE_BLOCK_LEN_TRAILER, -1},
    {"steke", SHARK, STOPS, 1, 0, RULE_BLOCK_LEN_TRAILER, -1},
    {"siNp", SHARK, STOPS, 0, 0, RULE_NRB_NO_END, -1},
    {"siNp", PCAP, NONE, 0, 1, RULE_NONE, -1},
    {"steFipp", PCAP, LOSES, 0, 2, RULE_NONE, -1},
    {"steFipp", SHARK, STOPS, 1, 0, RULE_SHB_MAJOR, -1},
    {"sipFip", PCAP, STOPS, 0, 1, RULE_SHB_MAJOR, -1},
    {"sipSip", PCAP, STOPS, 0, 1, RULE_BLOCK_LEN_TRAILER, -1},
    {"sps", SHARK, STOPS, 0, 0, RULE_EPB_IFACE, -1},
};

Test(profile, layouts)
{
    for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
        const struct want *w = &wants[i];
        struct mk m;
        struct scapf_verdict v;
        uint64_t at[16];

        mk_init(&m, MK_LITTLE);
        for (size_t k = 0; w->layout[k] != '\0'; k++) {
            at[k] = mk_at(&m);
            one(&m, w->layout[k]);
        }
        v = judge(m.o.bytes, m.o.len, w->profile);
        cr_expect(v.effect == w->effect && v.events_shown == w->events &&
                      v.packets_shown == w->packets && v.rule == (unsigned)w->rule &&
                      (w->at < 0 || v.off == at[(int)w->at]),
                  "%s %s: effect %d, events %d, packets %d, rule %s at %d", w->layout,
                  scapf_profile_name(w->profile), v.effect, (int)v.events_shown,
                  (int)v.packets_shown, scapf_rule_get(v.rule)->symbol, (int)v.off);
        mk_release(&m);
    }
}

/* A section header whose version Wireshark refuses is told of only at the end of the section: what
 * was counted in it until then does not count. */
Test(profile, names_of_effects)
{
    cr_expect_str_eq(scapf_effect_name(SCAPF_EFFECT_NONE), "no effect");
    cr_expect_str_eq(scapf_effect_name(SCAPF_EFFECT_STOPS), "stops");
    cr_expect_null(scapf_effect_name((enum scapf_effect)(SCAPF_EFFECT_STOPS + 1)));
}

Test(profile, late_finding)
{
    struct mk m;
    struct scapf_verdict v;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 1);
    tables(&m);
    event(&m, 0x216, 5);
    v = judge(m.o.bytes, m.o.len, SHARK);
    cr_assert_eq(v.rule, RULE_SHB_MINOR_SCAP);
    cr_assert_eq(v.events, 1);
    cr_assert_eq(v.events_shown, 0);
    cr_assert(!v.opens);
    v = judge(m.o.bytes, m.o.len, OLD);
    cr_assert_eq(v.effect, NONE);
    mk_release(&m);
}

/* libpcap asks only the first section for its minor version. */
Test(profile, minor_version_of_a_later_section)
{
    for (unsigned bad = 0; bad < 2; bad++) {
        struct mk m;
        struct scapf_verdict v;

        mk_init(&m, MK_LITTLE);
        for (unsigned i = 0; i < 2; i++) {
            mk_shb(&m, i == bad ? 7 : 0);
            one(&m, 'i');
            one(&m, 'p');
        }
        v = judge(m.o.bytes, m.o.len, PCAP);
        cr_expect_eq(v.effect, bad == 0 ? STOPS : NONE);
        cr_expect_eq(v.packets_shown, bad == 0 ? 0 : 2);
        mk_release(&m);
    }
}

Test(profile, big_endian)
{
    struct mk m;
    struct scapf_verdict v;

    mk_init(&m, MK_BIG);
    mk_shb(&m, 0);
    tables(&m);
    event(&m, 0x216, 5);
    v = judge(m.o.bytes, m.o.len, CURRENT);
    cr_assert_eq(v.rule, RULE_MIX_BIG_ENDIAN);
    cr_assert_eq(v.off, 0);
    cr_assert(!v.opens);
    v = judge(m.o.bytes, m.o.len, SHARK);
    cr_assert_eq(v.effect, NONE);
    mk_release(&m);
}

/* A classic pcap of this version and link type, with a packet. */
static struct scapf_verdict judge_pcap(uint16_t major, uint32_t link, enum scapf_profile profile)
{
    struct mk m;
    struct scapf_verdict v;

    mk_init(&m, MK_LITTLE);
    mk_pcap(&m, 0xA1B2C3D4, 65535, link);
    mk_patch_u16(&m, 4, major);
    mk_pcap_record(&m, 1700000000, 1, "abcd", 4);
    v = judge(m.o.bytes, m.o.len, profile);
    mk_release(&m);
    return v;
}

Test(profile, headers_of_pcap)
{
    cr_expect_eq(judge_pcap(2, 1, SHARK).effect, NONE);
    cr_expect_eq(judge_pcap(2, 1, PCAP).effect, NONE);
    cr_expect_eq(judge_pcap(1, 1, SHARK).rule, RULE_PCAP_VERSION);
    cr_expect_eq(judge_pcap(1, 1, PCAP).rule, RULE_PCAP_VERSION);
    cr_expect_eq(judge_pcap(2, 182, SHARK).rule, RULE_PCAP_LINK_TYPE); /* MFR */
    cr_expect_eq(judge_pcap(2, 182, PCAP).effect, NONE);
    cr_expect_eq(judge_pcap(2, 12, SHARK).effect, NONE); /* raw IP, by a number of systems */
    cr_expect_eq(judge_pcap(2, 12, PCAP).effect, NONE);
    cr_expect_eq(judge_pcap(2, 999, PCAP).rule, RULE_PCAP_LINK_TYPE);
}

/* An old event whose parameter was shortened, and whose length was not: what stands behind it is
 * read along. */
Test(profile, old_event_beyond_its_block)
{
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    tables(&m);
    event(&m, 0x204, 4);
    event(&m, 0x204, 4);
    mk_patch_u16(&m, m.block + 32, 80);
    mk_patch_u32(&m, m.block + 26, 22 + 2 + 80);
    cr_expect_eq(judge(m.o.bytes, m.o.len, OLD).effect, LOSES);
    mk_patch_u32(&m, m.block + 26, 22 + 2 + 81);
    cr_expect_eq(judge(m.o.bytes, m.o.len, OLD).rule, RULE_EVENT_LEN);
    mk_patch_u32(&m, m.block + 26, 22 + 2 + 80);
    cr_expect_eq(judge(m.o.bytes, m.o.len, CURRENT).rule, RULE_EVENT_LEN);
    mk_release(&m);
}

/* Lengths of events sysdig 0.29 does not look at: it reads them, or knows not their codes, and goes
 * on behind them. */
Test(profile, damaged_events)
{
    static const uint32_t lens[] = {0, 25, 27, 100, 0x80000000, 0xFFFFFFFF};
    struct mk m;
    struct scapf_verdict v;

    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        mk_init(&m, MK_LITTLE);
        mk_shb(&m, 0);
        tables(&m);
        event(&m, 0x216, 5);
        event(&m, 0x216, 5);
        mk_patch_u32(&m, m.block + 26, lens[i]);
        event(&m, 0x216, 340);
        mk_patch_u32(&m, m.block + 26, lens[i]);
        event(&m, 0x216, 5);
        mk_patch_u32(&m, m.block + 32, 65535); /* parameters */
        event(&m, 0x216, 5);
        v = judge(m.o.bytes, m.o.len, OLD);
        cr_expect_eq(v.effect, LOSES, "length %u", lens[i]);
        cr_expect_eq(v.events_shown, 4, "length %u: %u shown", lens[i], (unsigned)v.events_shown);
        cr_expect_eq(v.events_unknown, 1);
        mk_release(&m);
    }
}

/* Parameters that sysdig 0.29 reads without a look at their number. */
Test(profile, too_few_parameters)
{
    struct mk m;
    struct scapf_verdict v;
    uint64_t at;

    for (unsigned n = 0; n <= 2; n++) {
        mk_init(&m, MK_LITTLE);
        mk_shb(&m, 0);
        tables(&m);
        event(&m, 0x216, 5);
        at = mk_at(&m);
        mk_ev_begin(&m, 0x216, 0, NOW, 701, 95); /* chdir exit: res, path */
        if (n > 0) {
            mk_param_u64(&m, 0);
        }
        if (n > 1) {
            mk_param_str(&m, "/tmp");
        }
        mk_ev_end(&m);
        v = judge(m.o.bytes, m.o.len, OLD);
        cr_expect_eq(v.rule, n < 2 ? RULE_EVENT_N_PARAMS : RULE_NONE, "%u parameters", n);
        cr_expect_eq(v.events_shown, n < 2 ? 1 : 2);
        cr_expect(n == 2 || (v.off > at && v.off < mk_at(&m)));
        cr_expect_eq(judge(m.o.bytes, m.o.len, SHARK).rule, RULE_NONE);
        mk_release(&m);
    }
}

/* Whatever length the header has that sysdig 0.29 opens with: it takes 28 bytes. */
Test(profile, section_lengths)
{
    static const uint32_t lens[] = {0, 8, 27, 29, 32, 4096, 0x7FFFFFFF};

    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        struct mk m;
        struct scapf_verdict v;

        mk_init(&m, MK_LITTLE);
        section_of_len(&m, lens[i]);
        tables(&m);
        event(&m, 0x216, 5);
        v = judge(m.o.bytes, m.o.len, OLD);
        cr_expect(v.effect == NONE && v.events_shown == 1, "length %u", lens[i]);
        cr_expect_eq(judge(m.o.bytes, m.o.len, CURRENT).effect, STOPS);
        section_of_len(&m, lens[i]); /* a later one, behind events */
        tables(&m);
        event(&m, 0x216, 5);
        v = judge(m.o.bytes, m.o.len, OLD);
        cr_expect(v.effect == NONE && v.events_shown == 2, "length %u", lens[i]);
        mk_release(&m);
    }
}

Test(profile, section_trailer)
{
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    mk_patch_u32(&m, 24, 7);
    tables(&m);
    event(&m, 0x216, 5);
    cr_expect_eq(judge(m.o.bytes, m.o.len, OLD).effect, NONE);
    cr_expect_eq(judge(m.o.bytes, m.o.len, SHARK).rule, RULE_BLOCK_LEN_TRAILER);
    cr_expect_eq(judge(m.o.bytes, m.o.len, CURRENT).rule, RULE_BLOCK_LEN_TRAILER);
    mk_release(&m);
}

/* Event blocks that are too short, of the first numbers, or with a trailer that is wrong. */
Test(profile, odd_event_blocks)
{
    struct mk m;
    struct scapf_verdict v;
    uint64_t at;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    tables(&m);
    event(&m, 0x216, 5);
    mk_patch_u32(&m, mk_at(&m) - 4, 7);
    event(&m, 0x216, 5);
    at = mk_at(&m);
    mk_begin(&m, 0x8010ABCD);
    mk_zero(&m, 8);
    mk_end(&m);
    mk_begin(&m, 0x204);
    mk_zero(&m, 8);
    mk_end(&m);
    v = judge(m.o.bytes, m.o.len, SHARK);
    cr_expect_eq(v.rule, RULE_BLOCK_LEN_TRAILER);
    mk_patch_u32(&m, at - 4, 7); /* the second one, too */
    v = judge(m.o.bytes, m.o.len, OLD);
    cr_expect_eq(v.rule, RULE_EVENT_LEN); /* libscap compares no trailer of an event */
    cr_expect_eq(v.off, at);
    cr_expect_eq(v.events_shown, 2);
    mk_release(&m);
}

Test(profile, names_and_table)
{
    for (int i = 0; i < SCAPF_PROFILE_COUNT; i++) {
        cr_assert_not_null(scapf_profile_name((enum scapf_profile)i));
    }
    cr_assert_null(scapf_profile_name(SCAPF_PROFILE_COUNT));
    cr_assert_eq(scapf_profile_effect(PCAP, RULE_IFACES_DIFFER), STOPS);
    cr_assert_eq(scapf_profile_effect(SHARK, RULE_IFACES_DIFFER), NONE);
    cr_assert_eq(scapf_profile_effect(STRATO, RULE_MIX_AFTER_EVENTS), LOSES);
    cr_assert_eq(scapf_profile_effect(OLD, RULE_COUNT), NONE);
    cr_assert_eq(scapf_profile_effect(SCAPF_PROFILE_STRICT, RULE_NONE), NONE);
    cr_assert_eq(scapf_profile_effect(SCAPF_PROFILE_STRICT, RULE_PADDING_NOT_ZERO), STOPS);
}

Test(profile, wrong_calls)
{
    struct scapf_verdict v;
    struct scapf_src *src;
    struct findings found;

    cr_assert_eq(scapf_src_mem("x", 1, NULL, &src, NULL), SCAPF_OK);
    cr_assert_eq(
        scapf_check_profile(src, NULL, SCAPF_PROFILE_COUNT, findings_add, &found, &v, NULL),
        SCAPF_E_USAGE);
    cr_assert_eq(scapf_src_mem("x", 1, NULL, &src, NULL), SCAPF_OK);
    cr_assert_eq(scapf_check_profile(src, NULL, PCAP, findings_add, &found, NULL, NULL),
                 SCAPF_E_USAGE);
}
