/* SPDX-License-Identifier: Apache-2.0 */
/* Target: mutation of arbitrary captures. The first byte chooses a rule, or with 255 random changes
 * whose seed the next one is; the rest is the capture.
 * Traps: a mutant in which the rule is not found where it is told, or not once more than before;
 * random changes that leave their room, or give another result the second time. */
#include <stdlib.h>
#include <string.h>

#include "scapfmt.h"
#include "target.h"

#define MAX 65536u

struct seen {
    struct scapf_diag what;
    uint64_t n;
    bool there;
};

static void on_finding(void *ctx, const struct scapf_diag *diag)
{
    struct seen *s = ctx;

    s->n += diag->rule == s->what.rule;
    s->there = s->there || (diag->rule == s->what.rule && diag->off == s->what.off);
}

static struct seen look(const uint8_t *bytes, size_t len, const struct scapf_diag *what)
{
    struct seen s = {.what = *what};

    must(scapf_check(target_src(bytes, len), NULL, on_finding, &s, NULL) != SCAPF_E_USAGE);
    return s;
}

static void at_random(const uint8_t *data, size_t size, uint8_t seed)
{
    static uint8_t a[MAX];
    static uint8_t b[MAX];
    const struct scapf_random_opts opts = {
        .size = sizeof(opts), .seed = seed, .depth = 5, .keep_framing = seed % 2 == 0};
    size_t len;

    size = size < MAX ? size : MAX;
    memcpy(a, data, size);
    memcpy(b, data, size);
    len = scapf_mutate_random(a, size, MAX, &opts, NULL, 0, NULL);
    must(len <= MAX);
    must(scapf_mutate_random(b, size, MAX, &opts, NULL, 0, NULL) == len);
    must(memcmp(a, b, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scapf_mutator *mutator;
    struct scapf_mutant mutant;
    const char *why;

    if (size < 2) {
        return 0;
    }
    if (data[0] == 255) {
        at_random(data + 2, size - 2, data[1]);
        return 0;
    }
    if (scapf_mutator_new(data + 1, size - 1, NULL, &mutator, NULL) < 0) {
        return 0;
    }
    if (scapf_mutate_rule(mutator, data[0], &mutant, &why) == SCAPF_OK) {
        struct seen before = look(data + 1, size - 1, &mutant.finding);
        struct seen after = look(mutant.bytes, mutant.len, &mutant.finding);

        must(mutant.finding.rule == data[0] && after.there && after.n == before.n + 1);
    }
    scapf_mutator_free(mutator);
    return 0;
}
