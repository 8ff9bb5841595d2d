/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats_pair.h - calls that threads are in: enter events that wait for their exit, each with the
 * rows that count it until then.
 */
#ifndef SCAPFMT_STATS_PAIR_H
#define SCAPFMT_STATS_PAIR_H

#include "stats_key.h"

#define PAIRS_MAX (1u << 18) /* threads that are in a call at once; memory: 88 MB at most */

struct pair {
    int64_t tid;
    uint64_t enter_ns;
    const char *name; /* of the call, in the schema */
    struct scapf_call call;
    bool waits;                    /* for its exit */
    bool used;                     /* the slot belongs to this thread */
    bool counts;                   /* its enter event does not only carry state */
    uint32_t rows[STATS_BY_COUNT]; /* one a table */
};

struct pairs {
    struct pair *slots;
    uint32_t n_slots, n_used; /* a power of two, or 0 */
    uint32_t n_waiting;
};

/* The thread enters a call, being in none. With PAIRS_MAX waiting it is not kept: then it is as if
 * its exit event came alone. False without memory. */
bool pairs_put(struct pairs *pairs, const struct pair *call);
/* The thread is in no call any more. Returns the one it was in, NULL = none; valid until the next
 * pairs_put(). */
const struct pair *pairs_take(struct pairs *pairs, int64_t tid);
void pairs_release(struct pairs *pairs);

#endif
