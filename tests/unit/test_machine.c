/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "support/mk.h"
#include "support/rd.h"

#define SECOND UINT64_C(1000000000)

/* What a machine says of itself. */
struct facts {
    const char *name;
    uint32_t cpus;
    uint64_t memory, boot_ns;
    uint8_t addr; /* last byte of its IPv4 address; 0 = no list */
};

static struct scapf_machine machine_of(const struct facts *f, int order)
{
    struct scapf_machine machine = {.told = false};
    struct scapf_reader *reader;
    struct scapf_record rec;
    struct mk m;

    mk_init(&m, order);
    mk_shb(&m, 0);
    mk_begin(&m, SCAPF_BLOCK_MI);
    mk_u32(&m, f->cpus);
    mk_u64(&m, f->memory);
    mk_u64(&m, 0);
    mk_bytes(&m, f->name, strlen(f->name));
    mk_zero(&m, 128 - strlen(f->name));
    mk_u64(&m, f->boot_ns);
    mk_zero(&m, 24);
    mk_end(&m);
    if (f->addr != 0) {
        mk_begin(&m, 0x205);
        for (uint8_t i = 0; i < 2; i++) {
            mk_u16(&m, 1);
            mk_u16(&m, 2);
            mk_bytes(&m, (const uint8_t[]){i == 0 ? 127 : 10, 0, 0, i == 0 ? 1 : f->addr}, 4);
            mk_zero(&m, 8);
            mk_u64(&m, 0);
            mk_bytes(&m, "lo", 2);
        }
        mk_end(&m);
    }
    reader = rd_reader(m.o.bytes, m.o.len);
    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        scapf_machine_put(&machine, &rec, NULL);
    }
    scapf_reader_free(reader);
    mk_release(&m);
    return machine;
}

/* What is taken from the tables, whatever their byte order. */
Test(machine, facts)
{
    const struct facts f = {"one", 4, 1 << 30, 7 * SECOND, 9};

    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        struct scapf_machine m = machine_of(&f, order);

        cr_expect(m.told);
        cr_expect_str_eq(m.hostname, "one");
        cr_expect_eq(m.n_cpus, 4);
        cr_expect_eq(m.memory_size, 1 << 30);
        cr_expect_eq(m.boot_ns, 7 * SECOND);
        cr_expect_eq(m.n_addrs, 1, "the loopback address is everybody's");
        cr_expect_arr_eq(m.addrs[0], ((const uint8_t[]){10, 0, 0, 9}), 4);
    }
}

Test(machine, same)
{
    static const struct {
        const char *what;
        struct facts a, b;
        bool same;
    } rows[] = {
        {"name and start", {"x", 1, 5, 50 * SECOND, 1}, {"x", 2, 6, 51 * SECOND, 2}, true},
        {"started anew", {"x", 1, 5, 50 * SECOND, 0}, {"x", 1, 5, 90 * SECOND, 0}, false},
        {"other name", {"x", 1, 5, 50 * SECOND, 0}, {"y", 1, 5, 50 * SECOND, 0}, false},
        {"name alone", {"x", 1, 5, 0, 0}, {"x", 1, 5, 0, 0}, true},
        {"start told once", {"x", 1, 5, 50 * SECOND, 0}, {"x", 1, 5, 0, 0}, true},
        {"processors differ", {"x", 1, 5, 0, 0}, {"x", 2, 5, 0, 0}, false},
        {"memory differs", {"x", 1, 5, 0, 0}, {"x", 1, 6, 0, 0}, false},
        {"memory told once", {"x", 1, 5, 0, 0}, {"x", 1, 0, 0, 0}, true},
        {"addresses differ", {"x", 1, 5, 0, 1}, {"x", 1, 5, 0, 2}, false},
        {"address in common", {"x", 1, 5, 0, 1}, {"x", 1, 5, 0, 1}, true},
        {"addresses told once", {"x", 1, 5, 0, 1}, {"x", 1, 5, 0, 0}, true},
        {"start alone", {"", 1, 5, 50 * SECOND, 0}, {"", 1, 5, 50 * SECOND, 0}, true},
        {"nothing told", {"", 0, 0, 0, 0}, {"", 0, 0, 0, 0}, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scapf_machine a = machine_of(&rows[i].a, MK_LITTLE);
        struct scapf_machine b = machine_of(&rows[i].b, MK_BIG);

        cr_expect_eq(scapf_machine_is_same(&a, &b), rows[i].same, "%s", rows[i].what);
        cr_expect_eq(scapf_machine_is_same(&b, &a), rows[i].same, "%s", rows[i].what);
    }
}

/* One that no table describes is like no other, not even like itself. */
Test(machine, untold)
{
    const struct scapf_machine nobody = {.told = false};

    cr_expect_not(scapf_machine_is_same(&nobody, &nobody));
}
