/* SPDX-License-Identifier: Apache-2.0 */
#include "stats_pair.h"

#include <stdlib.h>

/* Thread ids are small numbers that follow each other. */
static uint32_t slot_of(const struct pairs *p, int64_t tid)
{
    uint64_t h = (uint64_t)tid * UINT64_C(0x9E3779B97F4A7C15);

    return (uint32_t)(h >> 32) & (p->n_slots - 1);
}

/* The slot of the thread, or the free one where it belongs. */
static struct pair *find(const struct pairs *p, int64_t tid)
{
    uint32_t at = slot_of(p, tid);

    while (p->slots[at].used && p->slots[at].tid != tid) {
        at = (at + 1) & (p->n_slots - 1);
    }
    return &p->slots[at];
}

/* Room for one more; threads that wait for nothing are left behind. */
static bool grow(struct pairs *p)
{
    struct pairs old = *p;

    p->n_slots = 256;
    while (p->n_slots < 4 * p->n_waiting) {
        p->n_slots *= 2;
    }
    p->slots = calloc(p->n_slots, sizeof(*p->slots));
    if (p->slots == NULL) {
        *p = old;
        return false;
    }
    p->n_used = p->n_waiting;
    for (uint32_t i = 0; i < old.n_slots; i++) {
        if (old.slots[i].waits) {
            *find(p, old.slots[i].tid) = old.slots[i];
        }
    }
    free(old.slots);
    return true;
}

void pairs_release(struct pairs *p)
{
    free(p->slots);
    *p = (struct pairs){.slots = NULL};
}

bool pairs_put(struct pairs *p, const struct pair *call)
{
    struct pair *pair;

    if (p->n_waiting == PAIRS_MAX) {
        return true;
    }
    if (2 * p->n_used >= p->n_slots && !grow(p)) {
        return false;
    }
    pair = find(p, call->tid);
    p->n_used += !pair->used;
    *pair = *call;
    pair->waits = pair->used = true;
    p->n_waiting++;
    return true;
}

const struct pair *pairs_take(struct pairs *p, int64_t tid)
{
    struct pair *pair = p->n_waiting > 0 ? find(p, tid) : NULL;

    if (pair == NULL || !pair->waits) {
        return NULL;
    }
    pair->waits = false;
    p->n_waiting--;
    return pair;
}
