/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * busy.bpf.h - whose the scratch memory of a processor is: a record's that is being made, or an
 * open call's. And since when, which is how far the rings may be read.
 */
#ifndef SCAPFMT_RECORD_BUSY_BPF_H
#define SCAPFMT_RECORD_BUSY_BPF_H

#include "chunk.bpf.h"

/* The scratch memory of this processor is in use, and a mark may be half written: nothing else is
 * to touch them. Only on_flush() can come between. */
static __always_inline void making(struct rec_cpu *cpu, bool on)
{
    barrier();
    *(volatile __u64 *)&cpu->making = on;
    barrier();
}

/* The open call of the thread, if it has one: it is left alone from here on. Asked twice, as
 * on_flush() may come before it is kept out, and tell its beginning. */
static __always_inline bool take_open(struct rec_cpu *cpu, struct scratch *s,
                                      const struct task_struct *task)
{
    if (s->open != (__u64)task) {
        return false;
    }
    making(cpu, true);
    if (s->open != (__u64)task) {
        making(cpu, false);
        return false;
    }
    s->open = 0;
    return true;
}

/* A record, or a call, begins: nothing later than its time may be taken from the rings before it
 * ends. What it interrupted keeps its own, earlier time. */
static __always_inline __u64 begin(struct rec_cpu *cpu, __u64 *before)
{
    __u64 now;

    making(cpu, true);
    *before = cpu->busy;
    if (*before == 0) {
        *(volatile __u64 *)&cpu->busy = 1;
    }
    now = bpf_ktime_get_boot_ns();
    if (*before == 0) {
        *(volatile __u64 *)&cpu->busy = now;
    }
    return now;
}

static __always_inline void end(struct rec_cpu *cpu, __u64 busy)
{
    *(volatile __u64 *)&cpu->busy = busy;
    making(cpu, false);
}

#endif
