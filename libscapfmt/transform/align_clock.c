/* SPDX-License-Identifier: Apache-2.0 */
/*
 * align_clock.c - how far the times of events can be trusted.
 *
 * Traces may have coarse clocks, of whole microseconds or seconds. And those of strace stamp the
 * beginning of a call and say how long it took, measured from somewhat later on: a call returned
 * after stamp and duration, but before the next call of its thread. The clock of packets may drift.
 */
#include "transform/align.h"

void clock_returned(struct scapf_align *a, struct thread_item *t, uint64_t ns, int64_t pid)
{
    struct wait_item *w = map_find(&a->waiting, pid, 0);

    for (uint32_t id = t->first_call; id != 0 && id <= t->last_call; id++) {
        struct call *call = call_at(a, id);

        if (call->kind != CALL_WAKE && call->kind != CALL_WAITED) { /* those were waits before */
            call->exit_ns = ns > call->exit_ns ? ns : call->exit_ns;
            call->flags &= (uint8_t)~CALL_UNRETURNED;
        }
    }
    t->first_call = 0;
    if (w != NULL && w->tid == t->key.a && (w->call.flags & CALL_UNRETURNED) != 0) {
        w->call.exit_ns = ns > w->call.exit_ns ? ns : w->call.exit_ns;
        w->call.flags &= (uint8_t)~CALL_UNRETURNED;
    }
}

void clock_learn(struct scapf_align *a, uint64_t ns)
{
    if (a->unit_ns == 0) {
        a->unit_ns = UINT64_C(1000000000);
    }
    while (ns % a->unit_ns != 0) {
        a->unit_ns /= 1000;
    }
    a->n_enters += a->n_enters < ENOUGH_ENTERS;
}

void clock_at(const struct scapf_align_clock *clock, uint64_t ns, int64_t *lo, int64_t *hi)
{
    double passed = ns >= clock->at_ns ? (double)(ns - clock->at_ns) : -(double)(clock->at_ns - ns);
    double drift = passed * (double)clock->drift_ppt / 1e12;
    double err = (passed < 0 ? -passed : passed) * (double)clock->drift_err_ppt / 1e12;
    const double limit = 4e18; /* nonsense; no overflow of what is computed with it */

    drift = drift > limit ? limit : drift < -limit ? -limit : drift;
    err = err > limit ? limit : err;
    if (__builtin_add_overflow(clock->lo_ns, (int64_t)(drift - err), lo)) {
        *lo = clock->lo_ns;
    }
    if (__builtin_add_overflow(clock->hi_ns, (int64_t)(drift + err), hi)) {
        *hi = clock->hi_ns;
    }
}

/* Who converts a trace knows nothing of the machine: no machine is without memory. */
void clock_machine(struct scapf_align *a, const struct scapf_record *rec)
{
    struct scapf_table table;
    const struct scapf_cell *memory;

    if (scapf_table_open(rec, a->schema, &table) == SCAPF_OK) {
        memory = scapf_row_cell(&table.head, "memory_size_bytes");
        a->returns_late = memory != NULL && memory->u == 0;
    }
}
