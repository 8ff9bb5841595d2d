/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records that are passed over in runs: what is found must be what a look at each one finds, which
 * is how a capture is checked for a profile.
 */
#include <criterion/criterion.h>

#include "support/findings.h"
#include "support/packed.h"
#include "support/story.h"

#define TOLD 6 /* times the story is told; the bytes of the middle are changed */

struct told {
    struct mk m;
    size_t from, to; /* the middle */
};

static bool is_same(const struct scapf_diag *a, const struct scapf_diag *b)
{
    return a->rule == b->rule && a->off == b->off && a->got == b->got && a->want == b->want &&
           a->block == b->block && a->block_type == b->block_type;
}

static void compare(const uint8_t *bytes, size_t len, size_t at)
{
    struct findings runs, each = {.n = 0};
    struct scapf_verdict verdict;
    struct scapf_src *src;

    findings_run(&runs, bytes, len);
    cr_assert_eq(scapf_src_mem(bytes, len, NULL, &src, NULL), SCAPF_OK);
    each.status =
        scapf_check_profile(src, NULL, SCAPF_PROFILE_STRICT, findings_add, &each, &verdict, NULL);
    cr_assert_eq(runs.status, each.status, "byte %zu", at);
    cr_assert_eq(runs.n, each.n, "byte %zu: %zu findings instead of %zu", at, runs.n, each.n);
    for (size_t i = 0; i < runs.n && i < FINDINGS_MAX; i++) {
        cr_assert(is_same(&runs.list[i], &each.list[i]), "byte %zu: %s", at, findings_text(&runs));
    }
}

/* Change each byte of the middle, and see that both ways find the same. */
static void change_all(struct told *t)
{
    static const uint8_t changes[] = {0x01, 0x80, 0xFF, 0x04};

    compare(t->m.o.bytes, t->m.o.len, 0);
    for (size_t at = t->from; at < t->to; at++) {
        uint8_t change = changes[at / 4 % 4];

        t->m.o.bytes[at] ^= change;
        compare(t->m.o.bytes, t->m.o.len, at);
        t->m.o.bytes[at] ^= change;
    }
    mk_release(&t->m);
}

static void tell(struct told *t, int big_endian)
{
    struct story s = {.block = SCAPF_BLOCK_EV_V2};

    mk_init(&t->m, big_endian);
    story_start(&t->m);
    for (int i = 0; i < TOLD; i++) {
        t->from = i == TOLD / 2 ? t->m.o.len : t->from;
        story_tell(&t->m, &s);
        t->to = i == TOLD / 2 ? t->m.o.len : t->to;
    }
}

Test(check_run, events)
{
    struct told t = {.from = 0};

    tell(&t, MK_LITTLE);
    change_all(&t);
}

Test(check_run, events_big_endian)
{
    struct told t = {.from = 0};

    tell(&t, MK_BIG);
    change_all(&t);
}

/* Events of large types, and of parameters with a structure of their own, in turn with others. */
Test(check_run, large_events)
{
    struct story s = {.block = SCAPF_BLOCK_EV_V2};
    struct told t = {.from = 0};

    mk_init(&t.m, MK_LITTLE);
    story_start(&t.m);
    for (int i = 0; i < 4; i++) {
        t.from = t.m.o.len;
        story_tell_large(&t.m, &s, SCAPF_BLOCK_EV_V2_LARGE);
        t.to = t.m.o.len;
        story_close(&t.m, 0, STORY_NS + s.at, 701);
    }
    change_all(&t);
}

/* What is wrong with the packing is told with the last block before it, passed over or not. */
Test(check_run, packed)
{
    struct told t = {.from = 0};
    struct packed gz;

    tell(&t, MK_LITTLE);
    gz = packed_make(PACKED_GZIP, t.m.o.bytes, t.m.o.len);
    compare(gz.p, gz.n, 0);
    packed_add(&gz, "tail", 4);
    compare(gz.p, gz.n, gz.n - 4);
    compare(gz.p, gz.n - 8, gz.n - 12); /* without the sum and the size */
    packed_free(&gz);
    mk_release(&t.m);
}

/* So it is when that block is of another type than the last one that was looked at. */
Test(check_run, packed_behind_another_type)
{
    struct story s = {.block = SCAPF_BLOCK_EV_V2};
    struct findings found;
    struct packed gz;
    struct mk m;

    mk_init(&m, MK_LITTLE);
    story_start(&m);
    for (int i = 0; i < 4; i++) {
        story_tell(&m, &s);
        story_tell_large(&m, &s, SCAPF_BLOCK_EV_V2_LARGE);
    }
    gz = packed_make(PACKED_GZIP, m.o.bytes, m.o.len);
    compare(gz.p, gz.n - 4, 0);
    findings_run(&found, gz.p, gz.n - 4);
    cr_assert_eq(found.n, 1, "%s", findings_text(&found));
    cr_expect_eq(found.list[0].rule, RULE_GZIP_TRUNCATED);
    cr_expect_eq(found.list[0].block_type, SCAPF_BLOCK_EV_V2_LARGE);
    packed_free(&gz);
    mk_release(&m);
}

/* As packets: a simple one was looked at, the enhanced ones behind it were passed over. */
Test(check_run, packed_behind_another_packet)
{
    struct findings found;
    struct packed gz;
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    mk_idb(&m, 1, 0);
    mk_epb(&m, 0, STORY_S * UINT64_C(1000000), "abcd", 4);
    mk_spb(&m, "abcd", 4, 4);
    for (uint32_t i = 1; i < 9; i++) {
        mk_epb(&m, 0, (STORY_S + i) * UINT64_C(1000000), "abcd", 4);
    }
    gz = packed_make(PACKED_GZIP, m.o.bytes, m.o.len);
    compare(gz.p, gz.n - 4, 0);
    findings_run(&found, gz.p, gz.n - 4);
    cr_assert_eq(found.n, 1, "%s", findings_text(&found));
    cr_expect_eq(found.list[0].block, 11);
    cr_expect_eq(found.list[0].block_type, SCAPF_BLOCK_EPB);
    packed_free(&gz);
    mk_release(&m);
}

/* Two interfaces in turn, one with a snap length that some packets reach. */
Test(check_run, packets)
{
    struct told t = {.from = 0};

    mk_init(&t.m, MK_LITTLE);
    mk_shb(&t.m, 0);
    mk_idb(&t.m, 1, 0);
    mk_idb(&t.m, 1, 7);
    for (uint32_t i = 0; i < 60; i++) {
        t.from = i == 24 ? t.m.o.len : t.from;
        mk_epb(&t.m, i / 3 % 2, (STORY_S + i / 2) * UINT64_C(1000000), "abcdefg", i % 8);
        t.to = i == 36 ? t.m.o.len : t.to;
    }
    change_all(&t);
}
