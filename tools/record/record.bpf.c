/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * record.bpf.c - the kernel part of the recorder: a record for each call, made where it happens.
 *
 * Whether a thread is recorded is a mark in its task storage, which fork copies to the child before
 * it runs, or its control group, or its process being named, or that the recorder can see it. What
 * is fetched for a call is data: its plan. Anything that cannot be written is counted, by processor
 * and reason.
 *
 * Programs of this kind run with preemption off.
 */
#include "busy.bpf.h"
#include "fetch.bpf.h"

#include <bpf/bpf_tracing.h>

#define TS_COMPAT  2u
#define SIGCHLD    17
#define PF_KTHREAD 0x00200000u
#define NR_CLONE3  435
#if defined(__TARGET_ARCH_x86)
#define NR_EXECVE   59
#define NR_EXECVEAT 322
#else
#define NR_EXECVE   221
#define NR_EXECVEAT 281
#endif

char licence[] SEC("license") = "Dual MIT/GPL";

struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct rec_mark_state);
} marks SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 16384);
    __type(key, __u32);
    __type(value, __u32);
} processes SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, REC_IA32);
    __type(key, __u32);
    __type(value, struct rec_ia32);
} ia32_calls SEC(".maps");

struct ring {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 4096);
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, REC_RINGS);
    __type(key, __u32);
    __array(values, struct ring);
} rings SEC(".maps");

/* ------------------------------------------------------------------ scope */

static __always_inline struct rec_mark_state *mark_new(struct task_struct *task, __u32 flags)
{
    struct rec_mark_state *mark =
        bpf_task_storage_get(&marks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

    if (mark != NULL) {
        mark->flags = flags;
        __sync_fetch_and_add(&shared.alive, 1);
    }
    return mark;
}

static __always_inline bool is_named(struct task_struct *task)
{
    __u32 tgid = (__u32)pid_of_current(task);
    __u32 *named = bpf_map_lookup_elem(&processes, &tgid);

    if (named != NULL && *named == REC_N_NEVER) {
        return false;
    }
    if (config.by_cgroup) {
        return bpf_get_current_ancestor_cgroup_id((int)config.cgroup_level) == config.cgroup;
    }
    if (config.all) {
        return (task->flags & PF_KTHREAD) == 0 && is_visible(task);
    }
    return config.by_tgid && named != NULL;
}

/* The mark of a thread that is recorded, or is waiting to be. */
static __always_inline struct rec_mark_state *in_scope(struct task_struct *task)
{
    struct rec_mark_state *mark = bpf_task_storage_get(&marks, task, 0, 0);
    struct rec_cpu *cpu;

    if (config.by_cgroup && mark != NULL && !is_named(task)) {
        return NULL;
    }
    if (mark == NULL && (config.by_cgroup || config.by_tgid || config.all) && is_named(task)) {
        mark = mark_new(task, REC_MARK_TRACED | REC_MARK_FOUND);
        cpu = this_cpu();
        if (mark == NULL && cpu != NULL) {
            cpu->seen++;
            cpu->stateless++;
        }
    }
    return mark;
}

/* ------------------------------------------------------------------ records */

/* The head of a record of this thread, in the scratch memory. */
static __always_inline struct rec_head *
head_make(struct scratch *s, const struct rec_mark_state *mark, enum rec_kind kind, __u64 ts)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct rec_head *head = (struct rec_head *)(void *)s->bytes;

    head->ts = ts;
    head->kind = (__u8)kind;
    head->flags = (mark->flags & REC_MARK_FOUND) != 0 ? REC_F_FOUND : 0;
    head->cpu = (__u16)bpf_get_smp_processor_id();
    head->tid = (__u32)tid_of_current(task);
    head->pid = (__u32)pid_of_current(task);
    head->nr = 0;
    head->n_chunks = 0;
    head->wide = 0;
    head->half = 0;
    head->ret = 0;
    head->until = 0;
    s->used = sizeof(*head);
    s->item = 0;
    s->ia32 = 0;
    return head;
}

static __always_inline void no_args(struct rec_head *head)
{
    __builtin_memset(head->args, 0, sizeof(head->args));
}

/* To the ring, or to the losses. */
static __always_inline void send(struct rec_cpu *cpu, struct scratch *s)
{
    struct rec_head *head = (struct rec_head *)(void *)s->bytes;
    __u32 ring_no = head->cpu % REC_RINGS;
    __u32 n = s->used;
    void *ring;
    long rc = -1;

    if (n > REC_BODY + REC_DATA) {
        n = REC_BODY + REC_DATA;
    }
    head->bytes = n;
    ring = bpf_map_lookup_elem(&rings, &ring_no);
    if (ring != NULL) {
        rc = bpf_ringbuf_output(ring, s->bytes, n, BPF_RB_NO_WAKEUP);
    }
    cpu->seen++;
    if (rc == 0) {
        cpu->written++;
    } else {
        cpu->full++;
        cpu->lost_to = head->ts;
    }
}

/* ------------------------------------------------------------------ whose ids */

/* Run once, by the recorder itself, before anything is recorded. */
SEC("raw_tp/sys_enter")
int on_look(void *ctx)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct pid *pid = BPF_CORE_READ(task, thread_pid);

    shared.ns_level = BPF_CORE_READ(pid, level);
    shared.pidns = namespace_at(pid, shared.ns_level);
    shared.looked = 1;
    return 0;
}

/* ------------------------------------------------------------------ calls */

static __always_inline bool is_ia32(struct task_struct *task)
{
#if defined(__TARGET_ARCH_x86)
    return (task->thread_info.status & TS_COMPAT) != 0;
#else
    (void)task;
    return false;
#endif
}

#if defined(__TARGET_ARCH_x86)
/* Where the table has the call: those of two numbers by their first argument. */
static __always_inline __u32 ia32_place(long nr, const __u64 *words)
{
    __u32 part = (__u32)words[0];

    if (nr == REC_IA32_SOCKETCALL) {
        return part < REC_IA32_PARTS ? REC_CALLS + part : REC_IA32;
    }
    if (nr == REC_IA32_IPC) {
        part &= 0xffff; /* above is a version */
        return part < REC_IA32_PARTS ? REC_CALLS + REC_IA32_PARTS + part : REC_IA32;
    }
    return nr >= 0 && nr < REC_CALLS ? (__u32)nr : REC_IA32;
}

/* Argument i: where it comes from is `order`. */
int ia32_arg(__u32 i, __u32 order)
{
    struct scratch *s = scratch_get();
    __u32 there = 0;
    __u64 value;

    if (s == NULL || i >= REC_ARGS) {
        return 0;
    }
    value = (order & REC_IA32_NONE) == 0 ? s->ia32_call.words[order % REC_IA32_WORDS] : 0;
    if ((order & REC_IA32_PAIR) != 0) {
        value |= s->ia32_call.words[(order + 1) % REC_IA32_WORDS] << 32;
    }
    if ((order & REC_IA32_DEREF) != 0) {
        bpf_probe_read_user(&there, sizeof(there), (void *)value);
        value = there;
    }
    if ((order & REC_IA32_PAGES) != 0) {
        value *= 4096;
    } else if ((order & REC_IA32_SIGN) != 0) {
        value = (__u64)(__s32)value;
    } else if ((order & REC_IA32_ID) != 0) {
        value = (value & 0xffff) == 0xffff ? ~0u : value & 0xffff;
    }
    s->ia32_call.args[i] = value;
    if ((order & (REC_IA32_PAIR | REC_IA32_PAGES | REC_IA32_SIGN)) != 0) {
        s->ia32_call.wide |= 1u << i;
    }
    if ((order & REC_IA32_HALF) != 0) {
        s->ia32_call.half |= 1u << i;
    }
    if ((order & REC_IA32_CAPPED) != 0) {
        ((struct rec_head *)(void *)s->bytes)->flags |= REC_F_CAPPED;
    }
    return 0;
}

/* The call of i386 that the head has as one of this machine, where there is one like it. Not
 * inlined: it is verified on its own. */
int ia32_call(void)
{
    struct scratch *s = scratch_get();
    __u32 block[REC_IA32_WORDS] = {0};
    struct rec_head *head;
    struct rec_ia32 *call;
    __u32 at;

    if (s == NULL) {
        return 0;
    }
    head = (struct rec_head *)(void *)s->bytes;
    at = ia32_place(head->nr, head->args);
    call = bpf_map_lookup_elem(&ia32_calls, &at);
    if (call == NULL || call->native == 0) {
        return 0;
    }
    __builtin_memset(&s->ia32_call, 0, sizeof(s->ia32_call));
    __builtin_memcpy(s->ia32_call.words, head->args, sizeof(head->args));
    if (call->block != 0) {
        __u32 n = call->n_block % REC_IA32_WORDS * (__u32)sizeof(block[0]);
        __u64 from = s->ia32_call.words[(call->block - 1) % REC_IA32_WORDS];

        if (bpf_probe_read_user(block, n, (void *)from) != 0) {
            return 0;
        }
        for (int i = 0; i < REC_ARGS; i++) {
            s->ia32_call.words[i] = block[i];
        }
    }
    for (__u32 i = 0; i < REC_ARGS; i++) {
        ia32_arg(i, call->order[i]);
    }
    head->nr = (__s32)call->native - 1;
    head->flags &= (__u8)~REC_F_OTHER;
    head->wide = (__u8)s->ia32_call.wide;
    head->half = (__u8)s->ia32_call.half;
    __builtin_memcpy(head->args, s->ia32_call.args, sizeof(head->args));
    return 0;
}
#endif

/* What the thread calls, from its registers. */
static __always_inline void take_call(struct scratch *s, struct rec_head *head,
                                      struct pt_regs *regs, long nr, bool ia32)
{
    head->nr = (__s32)nr;
#if defined(__TARGET_ARCH_x86)
    if (ia32) {
        s->ia32 = 1;
        head->flags |= REC_F_IA32 | REC_F_OTHER;
        head->args[0] = ia32_arg0(regs);
        head->args[1] = ia32_arg1(regs);
        head->args[2] = ia32_arg2(regs);
        head->args[3] = ia32_arg3(regs);
        head->args[4] = ia32_arg4(regs);
        head->args[5] = ia32_arg5(regs);
        ia32_call();
        return;
    }
#endif
    head->args[0] = regs_arg0(regs);
    head->args[1] = regs_arg1(regs);
    head->args[2] = regs_arg2(regs);
    head->args[3] = regs_arg3(regs);
    head->args[4] = regs_arg4(regs);
    head->args[5] = regs_arg5(regs);
}

/* A call: the head is made; then the answers of its plan. Not inlined: it is verified once. */
int send_call(__u32 at_exit)
{
    struct scratch *s = scratch_get();
    struct rec_cpu *cpu = this_cpu();
    struct rec_head *head;
    struct rec_plan *plan = NULL;
    __u32 at;

    if (s == NULL || cpu == NULL) {
        return 0;
    }
    head = (struct rec_head *)(void *)s->bytes;
    at = (__u32)head->nr;
    if (at < REC_CALLS && (head->flags & REC_F_OTHER) == 0) {
        at += at_exit ? REC_CALLS : 0;
        plan = bpf_map_lookup_elem(&plans, &at);
    }
    for (__u32 i = 0; plan != NULL && i < REC_OPS; i++) {
        if (i >= plan->n) {
            break;
        }
        step_run(at * 16 + i);
    }
    send(cpu, s);
    return 0;
}

/* What is kept of a call until its end becomes a record of its own. */
static __always_inline void keep_call(struct rec_mark_state *mark, const struct rec_head *head)
{
    mark->flags |= REC_MARK_ENTERED;
    mark->call_flags = head->flags & REC_F_OF_CALL;
    mark->wide = head->wide;
    mark->half = head->half;
    mark->nr = head->nr;
    __builtin_memcpy(mark->args, head->args, sizeof(mark->args));
}

static __always_inline void call_kept(struct scratch *s, struct rec_head *head,
                                      const struct rec_mark_state *mark)
{
    head->flags |= mark->call_flags;
    head->wide = mark->wide;
    head->half = mark->half;
    head->nr = mark->nr;
    __builtin_memcpy(head->args, mark->args, sizeof(head->args));
    s->ia32 = (mark->call_flags & REC_F_IA32) != 0;
}

/* Something else happens on this processor before the thread's open call, if any, returns: its
 * beginning becomes a record of its own, with none but the simplest steps, and these only while its
 * memory is there. */
static __always_inline void flush(struct rec_cpu *cpu, struct scratch *s,
                                  const struct task_struct *task, struct rec_mark_state *mark,
                                  bool has_memory)
{
    struct rec_head *head = (struct rec_head *)(void *)s->bytes;
    struct rec_plan *plan = NULL;
    __u32 at;

    if (!take_open(cpu, s, task)) {
        return;
    }
    at = (__u32)head->nr;
    head->kind = REC_ENTER;
    keep_call(mark, head);
    if (has_memory && at < REC_CALLS && (head->flags & REC_F_OTHER) == 0) {
        plan = bpf_map_lookup_elem(&plans, &at);
    }
    for (__u32 i = 0; plan != NULL && i < REC_OPS; i++) {
        if (i >= plan->n) {
            break;
        }
        simple_step_run(at * 16 + i);
    }
    send(cpu, s);
    end(cpu, 0);
}

/* Can its beginning wait until it returns? */
static __always_inline bool can_wait(__s32 nr)
{
    __u32 at = (__u32)nr;

    return config.joined && at < REC_CALLS &&
           (config.apart[at / 32 % (REC_CALLS / 32)] >> at % 32 & 1) == 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_enter, struct pt_regs *regs, long nr)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct rec_mark_state *mark = in_scope(task);
    struct scratch *s = scratch_get();
    struct rec_cpu *cpu = this_cpu();
    struct rec_head *head;
    __u64 before;

    if (mark == NULL || s == NULL || cpu == NULL) {
        return 0;
    }
    if ((mark->flags & REC_MARK_PENDING) != 0) {
        if (nr != NR_EXECVE && nr != NR_EXECVEAT) {
            return 0;
        }
        mark->flags = REC_MARK_TRACED; /* the command begins here */
    }
    head = head_make(s, mark, REC_CALL, begin(cpu, &before));
    take_call(s, head, regs, nr, is_ia32(task));
    if (head->nr == NR_CLONE3) { /* its struct may be gone when the child returns: keep the flags */
        bpf_probe_read_user(&head->args[REC_CLONE3_FLAGS], 8, (void *)head->args[0]);
    }
    if (config.enter && can_wait(head->nr)) {
        s->open = (__u64)task;
        making(cpu, false); /* and busy, until it returns */
        return 0;
    }
    keep_call(mark, head);
    if (config.enter) {
        head->kind = REC_ENTER;
        send_call(false);
    }
    end(cpu, before);
    return 0;
}

/* The open call returns, and nothing has come between: it is taken. */
static __always_inline void whole_call(struct rec_cpu *cpu, struct scratch *s, long ret)
{
    struct rec_head *head = (struct rec_head *)(void *)s->bytes;

    head->ret = ret;
    head->until = bpf_ktime_get_boot_ns();
    send_call(true);
    end(cpu, 0);
}

/* A call returns whose beginning is a record already, or is not known. */
static __noinline int on_other_exit(struct task_struct *task, struct pt_regs *regs, long ret)
{
    struct rec_mark_state *mark = in_scope(task);
    struct scratch *s = scratch_get();
    struct rec_cpu *cpu = this_cpu();
    struct rec_head *head;
    __u64 before;

    if (mark == NULL || (mark->flags & REC_MARK_PENDING) != 0 || s == NULL || cpu == NULL) {
        return 0;
    }
    head = head_make(s, mark, REC_EXIT, begin(cpu, &before));
    head->ret = ret;
    if ((mark->flags & REC_MARK_ENTERED) != 0) {
        call_kept(s, head, mark);
        mark->flags &= ~(__u32)REC_MARK_ENTERED;
    } else {
#if defined(__TARGET_ARCH_x86)
        take_call(s, head, regs, (long)regs->orig_ax, is_ia32(task));
#else
        take_call(s, head, regs, (long)regs->regs[8], false);
#endif
        head->flags |= REC_F_NO_ENTER;
    }
    send_call(true);
    end(cpu, before);
    return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_exit, struct pt_regs *regs, long ret)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct scratch *s = scratch_get();
    struct rec_cpu *cpu = this_cpu();

    if (s == NULL || cpu == NULL || !take_open(cpu, s, task)) {
        return on_other_exit(task, regs, ret);
    }
    whole_call(cpu, s, ret);
    return 0;
}

/* Run by the recorder, on a processor whose call takes long. 1: not now. */
SEC("raw_tp/sys_enter")
int on_flush(void *ctx)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct rec_mark_state *mark = bpf_task_storage_get(&marks, task, 0, 0);
    struct scratch *s = scratch_get();
    struct rec_cpu *cpu = this_cpu();

    if (cpu == NULL || s == NULL || cpu->making != 0) {
        return 1;
    }
    if (mark != NULL) {
        flush(cpu, s, task, mark, true);
    }
    return 0;
}

/* ------------------------------------------------------------------ life of threads */

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
    struct rec_mark_state *from = in_scope(parent);
    struct scratch *s = scratch_get();
    struct rec_mark_state *to;
    struct rec_cpu *cpu;

    if (from == NULL || s == NULL || (from->flags & REC_MARK_PENDING) != 0) {
        return 0;
    }
    to = mark_new(child, REC_MARK_TRACED);
    if (to == NULL) {
        cpu = this_cpu();
        if (cpu != NULL) {
            cpu->children++;
        }
        return 0;
    }
    /* the child returns from the call that made it */
    if (s->open == (__u64)parent) {
        keep_call(to, (struct rec_head *)(void *)s->bytes);
    } else {
        *to = *from;
        to->flags = REC_MARK_TRACED | (from->flags & REC_MARK_ENTERED);
    }
    return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_tid, struct linux_binprm *bprm)
{
    struct rec_mark_state *mark = in_scope(task);
    struct scratch *s = scratch_get();
    struct rec_cpu *cpu = this_cpu();
    struct rec_head *head;
    __u64 before;

    if (mark == NULL || (mark->flags & REC_MARK_PENDING) != 0 || cpu == NULL || s == NULL) {
        return 0;
    }
    flush(cpu, s, task, mark, false);
    head = head_make(s, mark, REC_EXEC, begin(cpu, &before));
    no_args(head);
    head->nr = old_tid;
    get_kernel_text(0, (__u64)BPF_CORE_READ(bprm, filename));
    send(cpu, s);
    end(cpu, before);
    return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_end, struct task_struct *task)
{
    struct rec_mark_state *mark = in_scope(task);
    struct scratch *s = scratch_get();
    struct rec_cpu *cpu = this_cpu();
    struct rec_head *head;
    __u64 before;

    if (mark == NULL || cpu == NULL || s == NULL) {
        return 0;
    }
    __sync_fetch_and_add(&shared.alive, -1);
    if ((mark->flags & REC_MARK_PENDING) != 0) {
        return 0;
    }
    flush(cpu, s, task, mark, false); /* exit(2) does not return */
    head = head_make(s, mark, REC_END, begin(cpu, &before));
    no_args(head);
    head->ret = task->exit_code;
    head->args[0] = (__u64)tid_of(BPF_CORE_READ(task, real_parent));
    send(cpu, s);
    end(cpu, before);
    return 0;
}

SEC("tp_btf/signal_deliver")
int BPF_PROG(on_signal, int sig, struct kernel_siginfo *info)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct rec_mark_state *mark = in_scope(task);
    struct scratch *s = scratch_get();
    struct rec_cpu *cpu = this_cpu();
    struct rec_head *head;
    __u64 before;
    int code;

    if (mark == NULL || (mark->flags & REC_MARK_PENDING) != 0 || cpu == NULL || s == NULL) {
        return 0;
    }
    flush(cpu, s, task, mark, true);
    head = head_make(s, mark, REC_SIGNAL, begin(cpu, &before));
    no_args(head);
    head->nr = sig;
    code = BPF_CORE_READ(info, si_code);
    if (code <= 0 || sig == SIGCHLD) { /* [sigaction(2)] who sent it is told then */
        head->ret = BPF_CORE_READ(info, _sifields._kill._pid);
    }
    send(cpu, s);
    end(cpu, before);
    return 0;
}

/* Attached last, detached last: whoever has to wait has to be seen. */
SEC("tp_btf/sched_switch")
int BPF_PROG(on_switch, bool preempt, struct task_struct *from, struct task_struct *to)
{
    struct rec_mark_state *mark = bpf_task_storage_get(&marks, from, 0, 0);
    struct scratch *s;
    struct rec_cpu *cpu;
    struct rec_head *head;
    __u64 before;

    if (mark == NULL || (mark->flags & REC_MARK_PENDING) != 0) {
        return 0;
    }
    s = scratch_get();
    cpu = this_cpu();
    if (cpu == NULL || s == NULL) {
        return 0;
    }
    flush(cpu, s, from, mark, true);
    if (!config.switches) {
        return 0;
    }
    head = head_make(s, mark, REC_SWITCH, begin(cpu, &before));
    no_args(head);
    head->nr = tid_of(to);
    head->args[0] = from->maj_flt;
    head->args[1] = from->min_flt;
    send(cpu, s);
    end(cpu, before);
    return 0;
}
