/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Repair of a capture whose head is cut a few bytes inside a block: its byte order is not told.
 */
#include <criterion/criterion.h>

#include "support/mk.h"
#include "support/salvage.h"

#define N 6u

static struct salvage s;

Test(repair_order, a_head_cut_inside_a_block_keeps_the_order_of_the_others)
{
    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        for (size_t cut = 1; cut <= 3; cut++) {
            uint64_t first;
            uint64_t second;
            struct mk m;

            mk_init(&m, order);
            mk_shb(&m, 0);
            mk_idb(&m, 1, 0);
            first = mk_at(&m);
            mk_epb(&m, 0, UINT64_C(1700000000000000), "abcdefgh", 8);
            second = mk_at(&m);
            for (unsigned i = 1; i < N; i++) {
                mk_epb(&m, 0, UINT64_C(1700000000000000) + i, "abcdefgh", 8);
            }
            salvage_run(&s, m.o.bytes + first + cut, m.o.len - first - cut);
            cr_assert_eq(s.status, SCAPF_OK);
            cr_expect_eq(s.errors, 0);
            cr_expect_eq(s.counts.packets, N - 1, "order %d, cut %zu", order, cut);
            cr_expect_eq(s.counts.lost_bytes, second - first - cut);
            cr_expect_eq(s.counts.changed, 0);
            salvage_end(&s);
            mk_release(&m);
        }
    }
}

/* Statistics behind bytes that are no block: three bytes off they look like those of the other byte
 * order, but for their times. */
Test(repair_order, rows_of_statistics_keep_their_order)
{
    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        for (size_t more = 1; more <= 8; more++) {
            struct mk m;

            mk_init(&m, order);
            mk_shb(&m, 0);
            for (unsigned i = 0; i < N; i++) {
                mk_idb(&m, 1, 0);
            }
            mk_epb(&m, 0, UINT64_C(1700000000000000), "abcdefgh", 8);
            mk_zero(&m, more);
            for (uint32_t i = 0; i < N; i++) {
                mk_isb_begin(&m, i, UINT64_C(1700000000000000) + i);
                mk_opt_u64(&m, 4, 7);
                mk_opt_end(&m);
                mk_end(&m);
            }
            salvage_run(&s, m.o.bytes, m.o.len);
            cr_assert_eq(s.status, SCAPF_OK);
            cr_expect_eq(s.counts.lost_bytes, more, "order %d, %zu more", order, more);
            cr_expect_eq(s.counts.added + s.counts.changed, 0, "order %d, %zu more", order, more);
            salvage_end(&s);
            mk_release(&m);
        }
    }
}
