/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mutator.h - libFuzzer's mutation of captures: half of the time scapfmt's own, which keeps the
 * framing and so reaches what lies behind it; else libFuzzer's. For targets whose whole input is a
 * capture. Without libFuzzer (replay.c) nobody calls it.
 */
#ifndef SCAPF_FUZZ_MUTATOR_H
#define SCAPF_FUZZ_MUTATOR_H

#include "scapfmt.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max) __attribute__((weak));
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    const struct scapf_random_opts opts = {
        .size = sizeof(opts), .seed = seed, .depth = 1 + seed % 3, .keep_framing = seed % 4 != 0};

    if (seed % 2 == 0 && LLVMFuzzerMutate != NULL) {
        return LLVMFuzzerMutate(data, size, max);
    }
    return scapf_mutate_random(data, size, max, &opts, NULL, 0, NULL);
}

#endif
