/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "support/mk.h"
#include "support/rd.h"
#include "transform/merge_clock.h"

#define BASE UINT64_C(1700000000000000000)

static const struct clock_unit ns = {9, 0};

/* By hand: what is added, before and behind the time at which the shift is exact. */
Test(merge_clock, forward)
{
    const struct scapf_shift shift = {.ns = 1000, .drift_ppt = 100000000, .at_ns = BASE};
    const struct clock_unit micro = {6, 1000000000}; /* with an offset of 10^9 s */
    const uint64_t at_us = UINT64_C(700000000000000);

    cr_expect_eq(clock_forward(&shift, &ns, BASE), BASE + 1000);
    cr_expect_eq(clock_forward(&shift, &ns, BASE + 1000000000), BASE + 1000001000 + 100000);
    cr_expect_eq(clock_forward(&shift, &ns, BASE - 1000000000), BASE - 999999000 - 100000);
    cr_expect_eq(clock_forward(&shift, &micro, at_us), at_us + 1);
    cr_expect_eq(clock_forward(&shift, &micro, at_us + 1000000), at_us + 1000101);
    cr_expect(clock_is_exact(&shift, 6));
    cr_expect_not(clock_is_exact(&shift, 5));
    cr_expect_not(clock_is_exact(&shift, 0x80 | 20));
}

/* The way back yields the first time that becomes this one, in every unit. */
Test(merge_clock, back)
{
    static const uint8_t units[] = {0, 6, 9, 12, 0x80 | 3, 0x80 | 32, 0x80 | 60};
    static const int64_t drifts[] = {0, 1, -1, 500000000, -500000000, 1000000000, -1000000000};

    for (size_t u = 0; u < sizeof(units); u++) {
        for (size_t d = 0; d < sizeof(drifts) / sizeof(drifts[0]); d++) {
            const struct scapf_shift shift = {
                .ns = -12345678901, .drift_ppt = drifts[d], .at_ns = BASE};
            const struct clock_unit unit = {units[u], 3};
            i128 x = INT64_C(1) << 40;

            for (unsigned i = 0; i < 20000; i++, x += i % 64 == 0 ? 777777777 : 1) {
                i128 y = clock_forward(&shift, &unit, x);
                i128 back = clock_back(&shift, &unit, y);

                cr_assert(back <= x && x - back <= 1, "unit %u drift %lld", units[u],
                          (long long)drifts[d]);
                cr_assert(clock_forward(&shift, &unit, back) == y);
                cr_assert(clock_forward(&shift, &unit, back - 1) < y);
                cr_assert(drifts[d] < 0 || back == x);
            }
        }
    }
}

/* Units and offsets that no clock has: a bound of what is computed, and an end of it. */
Test(merge_clock, hostile)
{
    static const uint8_t units[] = {0, 9, 18, 23, 127, 0x80, 0x80 | 62, 0xFF};
    static const int64_t offsets[] = {INT64_MIN, -1, 0, 103977531985375174, INT64_MAX};
    static const uint64_t times[] = {0, 1334230851776962075, UINT64_MAX};

    for (size_t i = 0; i < sizeof(units) * 5 * 3 * 3; i++) {
        const struct scapf_shift shift = {.ns = i % 2 != 0 ? INT64_MIN : INT64_MAX,
                                          .drift_ppt = i % 4 < 2 ? -SCAPF_DRIFT_MAX_PPT
                                                                 : SCAPF_DRIFT_MAX_PPT,
                                          .at_ns = times[i / 5 % 3]};
        const struct clock_unit unit = {units[i / 45], offsets[i % 5]};
        i128 x = times[i / 15 % 3];
        i128 y = clock_forward(&shift, &unit, x);
        i128 most = (i128)1 << 120;

        (void)clock_back(&shift, &unit, y);
        cr_expect(y < most && y > -most, "%zu", i);
    }
}

Test(merge_clock, units)
{
    cr_expect_eq(clock_finer(7, 6, 9), 7000);
    cr_expect_eq(clock_coarser(7499, 9, 6), 7);
    cr_expect_eq(clock_coarser(6500, 9, 6), 7, "the way back may be one too early");
    cr_expect_eq(clock_coarser(7, 9, 9), 7);
    cr_expect_eq(clock_coarser(7, 0x80 | 6, 0x80 | 6), 7);
}

/* ------------------------------------------------------------------ merge and split */

static enum scapf_status open_mk(void *ctx, struct scapf_reader **reader)
{
    const struct mk *m = ctx;

    *reader = rd_reader(m->o.bytes, m->o.len);
    return SCAPF_OK;
}

static enum scapf_status open_sink(void *ctx, uint32_t file, struct scapf_sink **sink)
{
    struct scapf_sink **sinks = ctx;
    enum scapf_status status = scapf_sink_mem(SCAPF_PLAIN, NULL, &sinks[file], NULL);

    *sink = sinks[file];
    return status;
}

/* Packets in three units and events at every ns, so that some times become one. */
static void tell(struct mk *packets, struct mk *events)
{
    static const uint8_t units[] = {9, 6, 0x80 | 30};

    mk_init(packets, MK_LITTLE);
    mk_shb(packets, 0);
    for (unsigned i = 0; i < 3; i++) {
        mk_idb_begin(packets, 1, 0);
        mk_opt_u8(packets, 9, units[i]);
        mk_opt_end(packets);
        mk_end(packets);
    }
    mk_init(events, MK_LITTLE);
    mk_shb(events, 2);
    for (uint64_t i = 0; i < 5000; i++) {
        mk_epb(packets, 0, BASE + i, "abcd", 4);
        mk_epb(packets, 1, BASE / 1000 + i, "abcd", 4);
        mk_epb(packets, 2, (UINT64_C(1700000000) << 30) + i, "abcd", 4);
        mk_ev_begin(events, SCAPF_BLOCK_EV_V2, 0, BASE + i, 1, 999);
        mk_ev_end(events);
    }
    mk_isb_begin(packets, 0, BASE + 4999);
    for (unsigned i = 0; i < 2; i++) { /* high word, low word */
        uint32_t words[2] = {(uint32_t)((BASE + i) >> 32), (uint32_t)(BASE + i)};

        mk_opt(packets, (uint16_t)(2 + i), words, 8);
    }
    mk_opt_end(packets);
    mk_end(packets);
}

static void expect_back(const struct mk *m, const struct scapf_split_file *file,
                        struct scapf_sink *sink, int64_t drift)
{
    const uint8_t *bytes;
    size_t len;

    cr_assert_not_null(file);
    cr_expect(file->exact);
    cr_expect_eq(file->shift.drift_ppt, drift);
    cr_assert_eq(scapf_sink_finish(sink), SCAPF_OK);
    bytes = scapf_sink_bytes(sink, &len);
    cr_assert_eq(len, m->o.len);
    cr_expect_eq(memcmp(bytes, m->o.bytes, len), 0, "%s at %lld", file->name, (long long)drift);
}

/* Shifted and drifting times come back byte for byte, those too that fell together. */
Test(merge_clock, split_undoes_it)
{
    static const int64_t drifts[] = {0, 200000000, -200000000, -1000000000};

    for (size_t i = 0; i < 4; i++) {
        const struct scapf_shift shift = {
            .ns = 777, .err_ns = 5, .drift_ppt = drifts[i], .at_ns = BASE + 2500};
        struct mk m[2];
        struct mk out;
        struct scapf_merge_input in[2] = {
            {.name = "p", .open = open_mk, .ctx = &m[0], .has_shift = true, .shift = shift},
            {.name = "e", .open = open_mk, .ctx = &m[1], .has_shift = true, .shift = shift}};
        struct scapf_sink *sinks[2] = {NULL, NULL};
        struct scapf_merge *merge;
        struct scapf_split *split;
        struct scapf_sink *sink;

        tell(&m[0], &m[1]);
        mk_init(&out, MK_LITTLE);
        cr_assert_eq(scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL), SCAPF_OK);
        cr_assert_eq(scapf_merge_new(sink, in, 2, NULL, &merge), SCAPF_OK);
        cr_assert_eq(scapf_merge_run(merge), SCAPF_OK);
        cr_assert_eq(scapf_sink_finish(sink), SCAPF_OK);
        out.o.bytes = (uint8_t *)scapf_sink_bytes(sink, &out.o.len);
        cr_assert_eq(scapf_split_new(open_mk, &out, "m", NULL, NULL, &split), SCAPF_OK);
        cr_assert_eq(scapf_split_run(split, open_sink, sinks), SCAPF_OK);
        for (uint32_t k = 0; k < 2; k++) {
            expect_back(&m[k], scapf_split_file(split, k), sinks[k], drifts[i]);
            scapf_sink_free(sinks[k]);
            mk_release(&m[k]);
        }
        scapf_split_free(split);
        scapf_merge_free(merge);
        scapf_sink_free(sink);
    }
}

/* A drift no clock has is refused. */
Test(merge_clock, limit)
{
    struct scapf_merge_input in = {.name = "x", .open = open_mk};
    struct scapf_merge *merge;

    in.shift.drift_ppt = SCAPF_DRIFT_MAX_PPT + 1;
    cr_expect_eq(scapf_merge_new(NULL, &in, 1, NULL, &merge), SCAPF_E_USAGE);
    cr_expect_null(merge);
    in.shift.drift_ppt = -SCAPF_DRIFT_MAX_PPT - 1;
    cr_expect_eq(scapf_merge_new(NULL, &in, 1, NULL, &merge), SCAPF_E_USAGE);
}
