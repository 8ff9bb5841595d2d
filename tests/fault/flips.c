/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flips.c - repair under damage, at length: `flips COUNT SEED` changes single bytes of the samples,
 * COUNT in all, and cuts each sample at every length (10 000 random ones of large samples).
 */
#include <stdio.h>
#include <stdlib.h>

#include "support/salvage.h"

#define ALL_CUTS  8192u
#define SOME_CUTS 10000u

static uint64_t state;

static uint64_t random_u64(void) /* xorshift64* */
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * UINT64_C(0x2545F4914F6CDD1D);
}

static uint64_t cut(const struct salvage_capture *c, uint64_t *n)
{
    uint64_t bad = 0;
    uint64_t cuts = c->len <= ALL_CUTS ? c->len + 1 : SOME_CUTS;

    for (uint64_t i = 0; i < cuts; i++) {
        bad += !salvage_cut(c, (size_t)(c->len <= ALL_CUTS ? i : random_u64() % (c->len + 1)));
    }
    *n += cuts;
    return bad;
}

static uint64_t flip(const struct salvage_capture *c, uint64_t count, uint64_t *told)
{
    uint64_t bad = 0;

    for (uint64_t i = 0; i < count; i++) {
        size_t off = (size_t)(random_u64() % c->len);
        uint8_t value = (uint8_t)(c->bytes[off] ^ (1 + random_u64() % 255));

        bad += !salvage_flip(c, off, value, told);
    }
    return bad;
}

int main(int argc, char **argv)
{
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000;
    uint64_t samples = 0;
    uint64_t cuts = 0;
    uint64_t flips = 0;
    uint64_t told = 0;
    uint64_t records = 0;
    uint64_t bad = 0;

    state = argc > 2 ? strtoull(argv[2], NULL, 10) | 1 : 1;
    while (salvage_sample(samples) != NULL) {
        samples++;
    }
    for (uint64_t i = 0; i < samples; i++) {
        struct salvage_capture c;
        uint64_t before = bad;

        salvage_load(&c, salvage_sample(i));
        bad += flip(&c, (count + samples - 1) / samples, &told);
        flips += (count + samples - 1) / samples;
        records += c.n * ((count + samples - 1) / samples);
        if (argc <= 3) {
            bad += cut(&c, &cuts);
        }
        if (bad > before) {
            fprintf(stderr, "%s: %llu failures\n", salvage_sample(i),
                    (unsigned long long)(bad - before));
        }
        salvage_unload(&c);
    }
    printf("%llu single-byte changes, %llu cuts of %llu samples: %llu failures; of %llu records "
           "%llu untouched ones not kept byte for byte, each with a reason\n",
           (unsigned long long)flips, (unsigned long long)cuts, (unsigned long long)samples,
           (unsigned long long)bad, (unsigned long long)records, (unsigned long long)told);
    return bad > 0;
}
