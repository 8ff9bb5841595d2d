/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Repair of a capture that lost bytes inside a block, as many as leave its length ending where
 * another block ends.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "support/mk.h"
#include "support/salvage.h"

#define DATA_LEN    268u /* its block has 300 bytes */
#define REMOVED_LEN 200u /* two of the others */
#define AFTER       5u

static struct salvage s;

/* Returns where the large block starts. The others have 100 bytes each. */
static uint64_t make(struct mk *m, int order)
{
    static const char data[DATA_LEN] = "abcdefgh";
    uint64_t first;

    mk_init(m, order);
    mk_shb(m, 0);
    mk_idb(m, 1, 0);
    first = mk_at(m);
    mk_epb(m, 0, UINT64_C(1700000000000000), data, DATA_LEN);
    for (unsigned i = 1; i <= AFTER; i++) {
        mk_epb(m, 0, UINT64_C(1700000000000000) + i, data, 68);
    }
    return first;
}

Test(repair_removed, blocks_behind_are_not_taken_for_data)
{
    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        struct mk m;
        uint64_t at = make(&m, order) + 60;

        memmove(m.o.bytes + at, m.o.bytes + at + REMOVED_LEN, m.o.len - at - REMOVED_LEN);
        salvage_run(&s, m.o.bytes, m.o.len - REMOVED_LEN);
        cr_assert_eq(s.status, SCAPF_OK);
        cr_expect_eq(s.errors, 0);
        cr_expect_eq(s.counts.packets, AFTER, "order %d", order);
        cr_expect_eq(s.counts.lost_bytes, DATA_LEN + 32 - REMOVED_LEN);
        cr_expect_eq(s.counts.changed, 0);
        salvage_end(&s);
        mk_release(&m);
    }
}

/* A trailer that is wrong alone, and the number of a block as the others are: nothing is lost. */
Test(repair_removed, a_wrong_trailer_leads_to_no_other_block)
{
    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        struct mk m;
        uint64_t first = make(&m, order);

        memcpy(m.o.bytes + first + DATA_LEN + 28, m.o.bytes + m.o.len - 4, 4);
        salvage_run(&s, m.o.bytes, m.o.len);
        cr_expect_eq(s.errors, 0);
        cr_expect_eq(s.counts.packets, AFTER + 1);
        cr_expect_eq(s.counts.lost_bytes, 0);
        cr_expect_eq(s.counts.changed, 1);
        salvage_end(&s);
        mk_release(&m);
    }
}
