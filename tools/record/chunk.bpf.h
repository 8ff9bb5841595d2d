/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * chunk.bpf.h - chunks behind a record: memory of the program as bytes, texts, vectors and lists.
 *
 * Functions that are not static are verified on their own, once, whoever calls them: so the loops
 * over the steps of a plan, over vectors, words and names stay cheap for the verifier. They take
 * numbers and look the scratch memory of their processor up again; where a loop stands lies there.
 */
#ifndef SCAPFMT_RECORD_CHUNK_BPF_H
#define SCAPFMT_RECORD_CHUNK_BPF_H

#include "kernel.bpf.h"

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>

#include "wire.h"

#define PAGE 4096u

const volatile struct rec_config config = {.snaplen = 80};

struct scratch {
    __u64 open; /* thread whose call is under way, an address: the head of its record stands in
                   bytes, and nothing else does; 0: none */
    __u32 used;
    __u32 item; /* which of several messages is under way */
    __u32 ia32; /* pointers and sizes in memory are of 32 bits */
    struct {
        __u32 at, len, room, flags;
        __u64 full, moved;
    } walk; /* the step under way, where it is a loop */
    struct {
        __u64 dir, mnt, root, root_mnt;
    } path;
    struct {
        __u64 words[REC_IA32_WORDS], args[REC_ARGS];
        __u32 wide, half;
    } ia32_call; /* the call under way of i386: what it was given, and what that means here */
    __u8 bytes[REC_SCRATCH];
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 2 * REC_CALLS); /* at enter, at exit */
    __type(key, __u32);
    __type(value, struct rec_plan);
} plans SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1); /* set to the number of processors */
    __type(key, __u32);
    __type(value, struct scratch);
} scratches SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, REC_CPUS);
    __type(key, __u32);
    __type(value, struct rec_cpu);
} cpus SEC(".maps");

static __always_inline struct rec_cpu *this_cpu(void)
{
    __u32 cpu = bpf_get_smp_processor_id();

    return bpf_map_lookup_elem(&cpus, &cpu);
}

/* ------------------------------------------------------------------ chunks */

static __always_inline struct scratch *scratch_get(void)
{
    __u32 cpu = bpf_get_smp_processor_id();

    return bpf_map_lookup_elem(&scratches, &cpu);
}

/* A chunk of len bytes behind the record; its bytes are there already. */
static __always_inline void chunk_end(struct scratch *s, __u32 at, __u32 op, __u32 flags, __u32 len,
                                      __u64 full)
{
    struct rec_chunk *chunk = (struct rec_chunk *)(void *)&s->bytes[at];
    struct rec_cpu *cpu;

    if (at >= REC_BODY || len > REC_DATA) {
        return;
    }
    chunk->op = (__u8)op;
    chunk->flags = (__u8)flags;
    chunk->item = (__u16)s->item;
    chunk->len = len;
    chunk->full = full;
    s->used = (at + (__u32)sizeof(*chunk) + len + 7) & ~7u;
    ((struct rec_head *)(void *)s->bytes)->n_chunks++;
    if (flags == 0) {
        return;
    }
    cpu = this_cpu();
    if (cpu != NULL) {
        cpu->faults += flags & REC_C_FAULT;
        cpu->cut += (flags & REC_C_CUT) != 0;
    }
}

/* Answers that a full record leaves out are counted. */
static __always_inline void chunk_refused(__u64 n)
{
    struct rec_cpu *cpu = this_cpu();

    if (cpu != NULL) {
        cpu->no_room += n;
    }
}

/* Where the next chunk begins; REC_BODY when there is no room. */
static __always_inline __u32 chunk_begin(const struct scratch *s)
{
    if (s->used < REC_BODY) {
        return s->used;
    }
    chunk_refused(1);
    return REC_BODY;
}

/* User memory: all of it, or what lies on its first page. Returns the bytes read. */
static __always_inline __u32 read_user(__u8 *to, __u32 len, __u64 from, __u32 *flags)
{
    __u32 first = PAGE - (__u32)(from & (PAGE - 1));

    if (len == 0 || bpf_probe_read_user(to, len, (void *)from) == 0) {
        return len;
    }
    *flags |= REC_C_FAULT;
    if (first < len && bpf_probe_read_user(to, first, (void *)from) == 0) {
        return first;
    }
    return 0;
}

int get_bytes(__u32 op, __u64 from, __u32 want, __u32 most)
{
    struct scratch *s = scratch_get();
    __u32 flags = 0;
    __u32 len = want;
    __u32 at;

    if (s == NULL) {
        return 0;
    }
    at = chunk_begin(s);
    if (at >= REC_BODY) {
        return 0;
    }
    if (len > most) {
        len = most;
        flags = REC_C_CUT;
    }
    if (len > REC_DATA - PAGE) {
        len = REC_DATA - PAGE;
        flags = REC_C_CUT;
    }
    len = from != 0 ? read_user(&s->bytes[at + sizeof(struct rec_chunk)], len, from, &flags) : 0;
    chunk_end(s, at, op, flags, len, want);
    return 0;
}

int get_text(__u32 op, __u64 from)
{
    struct scratch *s = scratch_get();
    __u32 at;
    long n;

    if (s == NULL) {
        return 0;
    }
    at = chunk_begin(s);
    if (at >= REC_BODY) {
        return 0;
    }
    if (from == 0) {
        chunk_end(s, at, op, 0, 0, 0);
        return 0;
    }
    n = bpf_probe_read_user_str(&s->bytes[at + sizeof(struct rec_chunk)], REC_TEXT, (void *)from);
    if (n < 0 || n > REC_TEXT) {
        chunk_end(s, at, op, REC_C_FAULT, 0, 0);
    } else {
        chunk_end(s, at, op, n == REC_TEXT ? REC_C_CUT : 0, (__u32)n, (__u64)n);
    }
    return 0;
}

int get_kernel_text(__u32 op, __u64 from)
{
    struct scratch *s = scratch_get();
    __u32 at;
    long n;

    if (s == NULL) {
        return 0;
    }
    at = chunk_begin(s);
    if (at >= REC_BODY) {
        return 0;
    }
    n = bpf_probe_read_kernel_str(&s->bytes[at + sizeof(struct rec_chunk)], REC_TEXT, (void *)from);
    chunk_end(s, at, op, n < 0 ? REC_C_FAULT : 0, n < 0 || n > REC_TEXT ? 0 : (__u32)n, 0);
    return 0;
}

static __always_inline void walk_begin(struct scratch *s)
{
    s->walk.at = chunk_begin(s);
    s->walk.len = 0;
    s->walk.flags = 0;
    s->walk.full = 0;
}

static __always_inline void walk_end(struct scratch *s, __u32 op)
{
    chunk_end(s, s->walk.at, op, s->walk.flags, s->walk.len,
              s->walk.full != 0 ? s->walk.full : s->walk.len);
}

struct user_iovec {
    __u64 base, len;
};
struct ia32_iovec {
    __u32 base, len;
};

static __always_inline long read_vector(const struct scratch *s, struct user_iovec *v, __u64 from)
{
    struct ia32_iovec narrow;
    long rc;

    if (!s->ia32) {
        return bpf_probe_read_user(v, sizeof(*v), (void *)from);
    }
    rc = bpf_probe_read_user(&narrow, sizeof(narrow), (void *)from);
    v->base = narrow.base;
    v->len = narrow.len;
    return rc;
}

/* Vector i, its bytes behind those of the others. Returns 0 while there may be more. The loop
 * around it is gone through for each i when the program is loaded: all else is in here. */
int next_vector(__u64 vectors, __u32 i)
{
    struct scratch *s = scratch_get();
    struct user_iovec v;
    __u32 piece;
    __u32 at;

    if (s == NULL || s->walk.at >= REC_BODY) {
        return 1;
    }
    i = i < REC_IOVECS ? i : 0;
    if (read_vector(s, &v, vectors + i * (s->ia32 ? sizeof(struct ia32_iovec) : sizeof(v))) != 0) {
        s->walk.flags |= REC_C_FAULT;
        return 1;
    }
    s->walk.full += v.len;
    if (v.len > s->walk.moved) {
        v.len = s->walk.moved;
    }
    s->walk.moved -= v.len;
    if (v.len > s->walk.room) {
        v.len = s->walk.room;
        s->walk.flags |= REC_C_CUT;
    }
    at = s->walk.at + (__u32)sizeof(struct rec_chunk) + s->walk.len;
    piece = (__u32)v.len;
    if (piece > 0 && piece <= REC_DATA - PAGE && at < REC_BODY + REC_DATA &&
        (s->walk.flags & REC_C_FAULT) == 0) {
        piece = read_user(&s->bytes[at], piece, v.base, &s->walk.flags);
        s->walk.len += piece;
        s->walk.room -= piece;
    }
    return 0;
}

/* The bytes of vectors, one behind the other: at most `most`, and no more than `moved`. */
int get_vectors(__u32 op, __u64 vectors, __u32 n, __u32 most, __u64 moved)
{
    struct scratch *s = scratch_get();

    if (s == NULL) {
        return 0;
    }
    walk_begin(s);
    s->walk.moved = moved;
    s->walk.room = most < REC_DATA - PAGE ? most : REC_DATA - PAGE;
    for (__u32 i = 0; i < REC_IOVECS; i++) {
        if (i >= n || next_vector(vectors, i) != 0) {
            break;
        }
    }
    walk_end(s, op);
    return 0;
}

/* ------------------------------------------------------------------ lists of arguments */

/* The next word of a list, behind the others. Returns 0 while there may be more. */
int next_word(__u64 from)
{
    struct scratch *s = scratch_get();
    __u64 word = 0;
    __u32 at;
    long n;

    if (s == NULL || s->walk.at >= REC_BODY) {
        return 1;
    }
    if (bpf_probe_read_user(&word, s->ia32 ? 4 : 8, (void *)from) != 0) {
        s->walk.flags |= REC_C_FAULT;
        return 1;
    }
    if (word == 0) {
        return 1;
    }
    at = s->walk.at + (__u32)sizeof(struct rec_chunk) + s->walk.len;
    if (s->walk.len >= REC_LIST || at >= REC_BODY + 2 * REC_LIST) {
        s->walk.flags |= REC_C_CUT;
        return 1;
    }
    n = bpf_probe_read_user_str(&s->bytes[at], REC_TEXT, (void *)word);
    if (n < 0 || n > REC_TEXT) {
        s->walk.flags |= REC_C_FAULT;
        return 1;
    }
    s->walk.len += (__u32)n;
    return 0;
}

int get_words(__u32 op, __u64 vector)
{
    struct scratch *s = scratch_get();
    __u32 i;

    if (s == NULL) {
        return 0;
    }
    walk_begin(s);
    for (i = 0; i < REC_WORDS; i++) {
        if (next_word(vector + (s->ia32 ? 4ull : 8ull) * i) != 0) {
            break;
        }
    }
    s->walk.flags |= i == REC_WORDS ? REC_C_CUT : 0;
    walk_end(s, op);
    return 0;
}

/* The arguments or the environment as they lie in the memory of the program. */
int get_image(__u32 op, __u32 environment)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct mm_struct *mm = BPF_CORE_READ(task, mm);
    __u64 from = environment ? BPF_CORE_READ(mm, env_start) : BPF_CORE_READ(mm, arg_start);
    __u64 to = environment ? BPF_CORE_READ(mm, env_end) : BPF_CORE_READ(mm, arg_end);

    get_bytes(op, from, to > from && to - from < 0x7fffffff ? (__u32)(to - from) : 0, REC_LIST);
    return 0;
}

#endif
