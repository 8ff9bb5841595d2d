/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Repair of a section that lost the description of an interface: the ids of the others stay, and
 * with them all their packets, byte for byte.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "bytes/cur.h"
#include "support/mk.h"
#include "support/rd.h"
#include "support/salvage.h"

#define NOW_US  UINT64_C(1700000000000000)
#define LINK_B  113u /* SLL */
#define SNAPLEN 65536u

static struct salvage s;

struct places {
    uint64_t lost, next; /* the second description of three, and the third */
};

/* Three interfaces, the second one counts nanoseconds; a packet on each. The third one has another
 * length: what is left of the second one would end in it, were they equal. */
static struct places three(struct mk *m, int order)
{
    static const uint16_t links[] = {1, LINK_B, 1};
    struct places at = {0};

    mk_init(m, order);
    mk_shb(m, 0);
    for (uint32_t i = 0; i < 3; i++) {
        at.lost = i == 1 ? mk_at(m) : at.lost;
        at.next = i == 2 ? mk_at(m) : at.next;
        mk_idb_begin(m, links[i], SNAPLEN);
        mk_opt_str(m, 2, i == 2 ? "an interface with a longer name" : "an interface with a name");
        mk_opt_u8(m, 9, i == 1 ? 9 : 6);
        mk_opt_end(m);
        mk_end(m);
    }
    for (uint32_t i = 0; i < 3; i++) {
        mk_epb(m, i, i == 1 ? NOW_US * 1000 : NOW_US, "abcdefgh", 8);
    }
    return at;
}

static uint64_t time_of_packet(uint32_t interface)
{
    struct scapf_record rec;
    struct scapf_src *src;
    struct scapf_reader *reader;
    uint64_t ts = 0;

    cr_assert_eq(scapf_src_mem(s.bytes, s.len, NULL, &src, NULL), SCAPF_OK);
    cr_assert_eq(scapf_reader_new(src, NULL, &reader), SCAPF_OK);
    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        if (rec.packet != NULL && rec.packet->interface_id == interface) {
            ts = rec.ts_ns;
        }
    }
    scapf_reader_free(reader);
    return ts;
}

/* Bytes taken out of the middle of the second one: what its length says leads into the third, to
 * numbers that look like a header there. */
Test(repair_section, bytes_missing_in_an_interface_cost_that_one_only)
{
    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        for (uint64_t n = 1; n <= 20; n++) {
            struct mk m;
            struct places at = three(&m, order);
            uint8_t *cut = m.o.bytes + at.lost + 16;
            size_t rest = m.o.len - at.next;

            memmove(cut, cut + n, (size_t)(m.o.bytes + m.o.len - cut) - n);
            salvage_run(&s, m.o.bytes, m.o.len - n);
            cr_assert_eq(s.status, SCAPF_OK);
            cr_expect_eq(s.errors, 0);
            cr_expect_eq(s.counts.packets, 3);
            cr_assert_geq(s.len, rest);
            cr_expect_arr_eq(s.bytes + s.len - rest, m.o.bytes + m.o.len - n - rest, rest,
                             "order %d, %d bytes", order, (int)n);
            cr_expect_eq(time_of_packet(1), NOW_US * 1000, "order %d, %d bytes", order, (int)n);
            cr_expect_eq(get_u16(s.bytes + at.lost + 8, order == MK_BIG), LINK_B);
            salvage_end(&s);
            mk_release(&m);
        }
    }
}
