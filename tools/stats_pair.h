/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats_pair.h - enter and exit events of each thread, for counts that need nothing else of a host.
 */
#ifndef SCAPFMT_STATS_PAIR_H
#define SCAPFMT_STATS_PAIR_H

#include "scapfmt.h"

struct pair {
    int64_t tid;
    uint64_t enter_ns;
    uint16_t code; /* of the enter event */
    bool waits;    /* for its exit */
    bool used;     /* the slot belongs to this thread */
};

struct pairs {
    struct pair *slots;
    uint32_t n_slots, n_used; /* a power of two, or 0 */
    uint32_t section;
};

/* Take in an event of a system call. True with *ns when it is an exit whose enter was seen last;
 * *no_memory is set when the thread could not be kept. */
bool pairs_put(struct pairs *pairs, const struct scapf_record *rec, uint64_t *ns, bool *no_memory);
void pairs_release(struct pairs *pairs);

#endif
