/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * ids.bpf.h - ids of threads and processes, as the recorder sees them: in a pid namespace of its
 * own they are not those of the machine.
 */
#ifndef SCAPFMT_RECORD_IDS_BPF_H
#define SCAPFMT_RECORD_IDS_BPF_H

#include "chunk.bpf.h"

#define PIDTYPE_TGID 1
#define PIDTYPE_PGID 2
#define PIDTYPE_SID  3
#define NS_LEVELS    32 /* [kernel] MAX_PID_NS_LEVEL */

struct rec_shared shared = {0};

/* A pid has a number in each namespace from that of the machine, level 0, to its own. */
static __always_inline struct upid *number_in(struct pid *pid, __u32 level)
{
    return (struct upid *)((char *)&pid->numbers[0] + level * bpf_core_type_size(struct upid));
}

/* 0 where it has none. */
static __always_inline int number_at(struct pid *pid, __u32 level)
{
    int nr = 0;

    if (pid != NULL && level <= BPF_CORE_READ(pid, level) && level <= NS_LEVELS) {
        bpf_core_read(&nr, sizeof(nr), &number_in(pid, level)->nr);
    }
    return nr;
}

static __always_inline int own_number(struct pid *pid)
{
    return number_at(pid, BPF_CORE_READ(pid, level));
}

static __always_inline __u64 namespace_at(struct pid *pid, __u32 level)
{
    struct pid_namespace *ns = NULL;

    if (pid != NULL && level <= BPF_CORE_READ(pid, level) && level <= NS_LEVELS) {
        bpf_core_read(&ns, sizeof(ns), &number_in(pid, level)->ns);
    }
    return (__u64)ns;
}

static __always_inline int tid_of(struct task_struct *task)
{
    return shared.ns_level == 0 ? BPF_CORE_READ(task, pid)
                                : number_at(BPF_CORE_READ(task, thread_pid), shared.ns_level);
}

static __always_inline int pid_of(struct task_struct *task)
{
    return shared.ns_level == 0
               ? BPF_CORE_READ(task, tgid)
               : number_at(BPF_CORE_READ(task, signal, pids[PIDTYPE_TGID]), shared.ns_level);
}

/* The same of the thread that runs: its fields can be read as they are. */
static __always_inline int tid_of_current(struct task_struct *task)
{
    return shared.ns_level == 0 ? task->pid : tid_of(task);
}

static __always_inline int pid_of_current(struct task_struct *task)
{
    return shared.ns_level == 0 ? task->tgid : pid_of(task);
}

/* Can the recorder see it? Everybody can be seen from the namespace of the machine. */
static __always_inline bool is_visible(struct task_struct *task)
{
    return shared.ns_level == 0 ||
           namespace_at(BPF_CORE_READ(task, thread_pid), shared.ns_level) == shared.pidns;
}

#endif
