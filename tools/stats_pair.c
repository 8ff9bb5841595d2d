/* SPDX-License-Identifier: Apache-2.0 */
#include "stats_pair.h"

#include <stdlib.h>
#include <string.h>

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
    uint32_t waiting = 0;

    for (uint32_t i = 0; i < old.n_slots; i++) {
        waiting += old.slots[i].waits;
    }
    p->n_slots = 256;
    while (p->n_slots < 4 * (uint64_t)waiting) {
        p->n_slots *= 2;
    }
    p->slots = calloc(p->n_slots, sizeof(*p->slots));
    if (p->slots == NULL) {
        *p = old;
        return false;
    }
    p->n_used = waiting;
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

static bool is_execve(const struct scapf_event *ev)
{
    return strncmp(ev->info->name, "execve", 6) == 0;
}

/* [libsinsp parsers.cpp] An execveat that succeeds returns as execve. */
static bool is_exit_of(const struct scapf_record *rec, uint16_t enter)
{
    return rec->event->code == enter + 1 || (is_execve(rec->event) && enter != 0);
}

bool pairs_put(struct pairs *p, const struct scapf_record *rec, uint64_t *ns, bool *no_memory)
{
    const struct scapf_event *ev = rec->event;
    struct pair *pair;
    bool matched;

    if (rec->section != p->section) {
        pairs_release(p); /* another host */
        p->section = rec->section;
    }
    if (2 * p->n_used >= p->n_slots && !grow(p)) {
        *no_memory = true;
        return false;
    }
    pair = find(p, ev->tid);
    if ((ev->code & 1) == 0) {
        p->n_used += !pair->used;
        *pair = (struct pair){ev->tid, ev->ts_ns, ev->code, true, true};
        return false;
    }
    matched = pair->used && pair->waits && is_exit_of(rec, pair->code);
    if (matched) {
        *ns = ev->ts_ns > pair->enter_ns ? ev->ts_ns - pair->enter_ns : 0;
    }
    pair->waits = false;
    return matched;
}
