/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mutation: what it claims of each mutant is checked here once more, by counting findings.
 */
#include <criterion/criterion.h>

#include "support/fault_alloc.h"
#include "support/findings.h"
#include "support/mk.h"
#include "support/packed.h"
#include "support/rd.h"
#include "support/salvage.h"

#define RANDOM_MAX 65536

static bool ever[RULE_COUNT]; /* broken in some sample */

static void count(uint32_t counts[RULE_COUNT], const uint8_t *bytes, size_t len,
                  const struct scapf_diag *place, bool *there)
{
    static struct findings f;

    memset(counts, 0, RULE_COUNT * sizeof(counts[0]));
    findings_run(&f, bytes, len);
    cr_assert_lt(f.n, FINDINGS_MAX);
    for (size_t i = 0; i < f.n; i++) {
        counts[f.list[i].rule]++;
        if (place != NULL && f.list[i].rule == place->rule && f.list[i].off == place->off) {
            *there = true;
        }
    }
}

/* The rule is found once more, at the place that is told, and nothing else but companions. */
static void expect_alone(const char *name, const struct salvage_capture *c, unsigned rule,
                         const struct scapf_mutant *mutant)
{
    uint32_t before[RULE_COUNT];
    uint32_t after[RULE_COUNT];
    const char *symbol = scapf_rule_get(rule)->symbol;
    uint64_t companions = 0;
    bool there = false;

    count(before, c->bytes, c->len, NULL, NULL);
    count(after, mutant->bytes, mutant->len, &mutant->finding, &there);
    cr_expect_eq(mutant->finding.rule, rule, "%s %s", name, symbol);
    cr_expect(there, "%s %s: not where it is told to be", name, symbol);
    cr_expect_eq(after[rule], before[rule] + 1, "%s %s: %u after %u", name, symbol, after[rule],
                 before[rule]);
    for (unsigned i = 1; i < RULE_COUNT; i++) {
        companions += i != rule && after[i] > before[i] ? after[i] - before[i] : 0;
    }
    cr_expect_eq(companions, mutant->companions, "%s %s", name, symbol);
}

static void break_all(const char *name)
{
    struct scapf_mutator *mutator;
    struct salvage_capture c;
    struct scapf_mutant mutant;

    salvage_load(&c, name);
    cr_assert_eq(scapf_mutator_new(c.bytes, c.len, NULL, &mutator, NULL), SCAPF_OK, "%s", name);
    for (unsigned rule = 1; rule < RULE_COUNT; rule++) {
        const char *why = NULL;
        enum scapf_status status = scapf_mutate_rule(mutator, rule, &mutant, &why);

        cr_assert(status == SCAPF_OK || status == SCAPF_END, "%s %u", name, rule);
        if (status == SCAPF_OK) {
            ever[rule] = true;
            expect_alone(name, &c, rule, &mutant);
        } else {
            cr_expect_gt(strlen(why), 10, "%s", scapf_rule_get(rule)->symbol);
        }
    }
    scapf_mutator_free(mutator);
    salvage_unload(&c);
}

/* Many samples differ in the version of one table only. */
static bool is_one_of_many(const char *name)
{
    const char *table = strstr(name, "/pl-v");

    return table != NULL && strstr(name, "pl-v1.") == NULL && strstr(name, "tail76") == NULL;
}

Test(mutate, each_rule_is_broken_alone_somewhere)
{
    for (size_t i = 0; salvage_sample(i) != NULL; i++) {
        if (!is_one_of_many(salvage_sample(i))) {
            break_all(salvage_sample(i));
        }
    }
    for (unsigned rule = 1; rule < RULE_COUNT; rule++) {
        cr_expect(ever[rule] != (scapf_mutate_never(rule) != NULL), "%s %s: %s",
                  scapf_rule_get(rule)->id, scapf_rule_get(rule)->symbol,
                  ever[rule] ? "was broken, though it is told never to be"
                             : "was broken in no sample");
    }
}

/* A new rule needs a row in mutate_rows.c, or a reason there. */
Test(mutate, each_rule_has_a_way_or_a_reason)
{
    for (unsigned rule = 1; rule < RULE_COUNT; rule++) {
        const char *why = scapf_mutate_never(rule);

        cr_expect(why == NULL || strstr(why, "nobody") == NULL, "%s: %s",
                  scapf_rule_get(rule)->symbol, why);
    }
}

/* Places in a capture are none in its packed bytes: what is packed has to be unpacked before. */
Test(mutate, packed_bytes)
{
    struct scapf_mutator *mutator;
    struct scapf_diag diag = {0};
    struct packed gz;
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    for (int i = 0; i < 100; i++) {
        mk_idb(&m, 1, 0);
    }
    gz = packed_make(PACKED_GZIP, m.o.bytes, m.o.len);
    cr_expect_eq(scapf_mutator_new(gz.p, gz.n, NULL, &mutator, &diag), SCAPF_E_FORMAT);
    cr_expect_null(mutator);
    cr_expect_eq(diag.rule, RULE_FILE_NOT_SHB);
    packed_free(&gz);
    mk_release(&m);
}

/* An interface with ten long comments, and no packets. */
static void make_commented(struct mk *m, int big_endian)
{
    char text[4000];

    memset(text, 'x', sizeof(text));
    mk_init(m, big_endian);
    mk_shb(m, 0);
    mk_idb_begin(m, 1, 0x40000);
    for (int i = 0; i < 10; i++) {
        mk_opt(m, 1, text, sizeof(text));
    }
    mk_opt_end(m);
    mk_end(m);
}

/* It takes many interfaces to break the limit of them: how large the mutant gets must not depend on
 * the options of the one that is there. */
Test(mutate, many_interfaces)
{
    for (int big_endian = 0; big_endian < 2; big_endian++) {
        struct scapf_mutator *mutator;
        struct scapf_mutant mutant;
        struct salvage_capture c;
        struct fault_alloc f;
        const char *why = NULL;
        struct mk m;

        make_commented(&m, big_endian);
        fault_alloc_init(&f, FAULT_NEVER);
        cr_assert_eq(scapf_mutator_new(m.o.bytes, m.o.len, &f.alloc, &mutator, NULL), SCAPF_OK);
        cr_assert_eq(scapf_mutate_rule(mutator, RULE_INTERFACE_LIMIT, &mutant, &why), SCAPF_OK);
        cr_expect_lt(f.peak, (size_t)8 << 20, "%zu bytes", f.peak);
        c = (struct salvage_capture){.bytes = m.o.bytes, .len = m.o.len};
        expect_alone("many interfaces", &c, RULE_INTERFACE_LIMIT, &mutant);
        scapf_mutator_free(mutator);
        mk_release(&m);
    }
}

Test(mutate, wrong_calls)
{
    struct scapf_mutator *mutator;
    struct scapf_mutant mutant;
    struct scapf_diag diag = {0};
    const char *why = NULL;
    struct mk m;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    cr_assert_eq(scapf_mutator_new(m.o.bytes, m.o.len, NULL, &mutator, NULL), SCAPF_OK);
    cr_expect_eq(scapf_mutate_rule(mutator, 0, &mutant, &why), SCAPF_E_USAGE);
    cr_expect_eq(scapf_mutate_rule(mutator, RULE_COUNT, &mutant, &why), SCAPF_E_USAGE);
    cr_expect_eq(scapf_mutate_rule(mutator, RULE_EPB_IFACE, &mutant, &why), SCAPF_END);
    scapf_mutator_free(mutator);
    scapf_mutator_free(NULL);
    mk_patch_u32(&m, 24, 5);
    cr_expect_eq(scapf_mutator_new(m.o.bytes, m.o.len, NULL, &mutator, &diag), SCAPF_E_FORMAT);
    cr_expect_eq(diag.rule, RULE_BLOCK_LEN_TRAILER);
    cr_expect_null(mutator);
    mk_release(&m);
}

/* ---------------------------------------------------------------- at random */

/* Does a reader get to the end? */
static bool frames_hold(const uint8_t *bytes, size_t len)
{
    struct scapf_reader *reader;
    struct scapf_record rec;
    enum scapf_status status;

    reader = rd_reader(bytes, len);
    while ((status = scapf_reader_next(reader, &rec)) == SCAPF_OK) {
    }
    scapf_reader_free(reader);
    return status == SCAPF_END;
}

static void at_random(const char *name)
{
    static uint8_t first[RANDOM_MAX];
    static uint8_t second[RANDOM_MAX];
    struct scapf_random_change changes[8];
    struct scapf_random_opts opts = {.size = sizeof(opts), .depth = 4, .keep_framing = true};
    struct salvage_capture c;
    unsigned differ = 0;

    salvage_load(&c, name);
    for (opts.seed = 0; c.len < RANDOM_MAX / 4 && opts.seed < 200; opts.seed++) {
        size_t n = 0;
        size_t len;

        memcpy(first, c.bytes, c.len);
        memcpy(second, c.bytes, c.len);
        len = scapf_mutate_random(first, c.len, RANDOM_MAX, &opts, changes, 8, &n);
        cr_assert_leq(len, RANDOM_MAX);
        cr_expect_eq(n, 4);
        cr_assert_eq(scapf_mutate_random(second, c.len, RANDOM_MAX, &opts, NULL, 0, NULL), len);
        cr_expect_eq(memcmp(first, second, len), 0, "the same seed, other bytes");
        differ += len != c.len || memcmp(first, c.bytes, len) != 0;
        cr_expect(strstr(name, ".pcap") != NULL || frames_hold(first, len), "%s seed %llu", name,
                  (unsigned long long)opts.seed);
    }
    cr_expect(c.len >= RANDOM_MAX / 4 || differ > 150, "%s: %u differ", name, differ);
    salvage_unload(&c);
}

Test(mutate, random_changes_keep_the_framing)
{
    for (size_t i = 0; salvage_sample(i) != NULL; i++) {
        at_random(salvage_sample(i));
    }
}

Test(mutate, random_changes_of_anything)
{
    uint8_t bytes[64];
    struct scapf_random_opts opts = {.size = sizeof(opts), .depth = 3};

    for (size_t len = 0; len <= sizeof(bytes); len++) {
        for (opts.seed = 0; opts.seed < 50; opts.seed++) {
            memset(bytes, (int)opts.seed, sizeof(bytes));
            cr_expect_leq(scapf_mutate_random(bytes, len, sizeof(bytes), &opts, NULL, 0, NULL),
                          sizeof(bytes));
        }
    }
}
