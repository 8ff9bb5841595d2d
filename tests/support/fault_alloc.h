/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault_alloc.h - an allocator that fails on its n-th call, and counts what is live.
 *
 * for (size_t k = 0;; k++) { fault_alloc_init(&f, k); ... pass &f.alloc ...; f.live == 0 after
 * free; if (!f.failed) break; }
 */
#ifndef TESTS_SUPPORT_FAULT_ALLOC_H
#define TESTS_SUPPORT_FAULT_ALLOC_H

#include "scapfmt.h"

#define FAULT_NEVER SIZE_MAX

struct fault_alloc {
    struct scapf_alloc alloc;
    size_t calls;   /* that asked for memory */
    size_t fail_at; /* this one and all later ones fail */
    bool failed;
    size_t live;        /* blocks not freed */
    size_t bytes, peak; /* bytes not freed, and the most there were */
};

void fault_alloc_init(struct fault_alloc *f, size_t fail_at);

#endif
