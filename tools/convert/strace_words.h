/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strace_words.h - words of a trace to numbers: system calls, flags, signals.
 */
#ifndef SCAPFMT_STRACE_WORDS_H
#define SCAPFMT_STRACE_WORDS_H

#include "strace_log.h"

#define WORDS_NO_NR UINT16_MAX

/* A system call by the name it has in the log. */
struct words_call {
    const char *name;
    uint32_t len;
    const struct scapf_trace_row *row; /* NULL: no row */
    const struct scapf_trace_row *old; /* for old readers, NULL: as row */
    uint16_t ppm_sc;                   /* 0 = unknown */
    uint16_t nr[2];                    /* kernel's number by enum words_arch: of the machine's */
    uint64_t seen;                     /* how often */
    uint8_t does;                      /* the converter's number of row->does */
    uint8_t glance;                    /* the converter's: what a glance has to do, 0 = not known */
    uint32_t wanted;                   /* the converter's: bits of arguments it looks into */
    uint8_t fd_args;                   /* the converter's: bits of arguments with a descriptor */
};

/* I386: of a 32-bit program on x86_64. */
enum words_arch { WORDS_X86_64, WORDS_AARCH64, WORDS_I386 };

struct words;

/* NULL when there is no memory. The schema must outlive it. */
struct words *words_new(const struct scapf_alloc *alloc, const struct scapf_schema *schema,
                        uint8_t (*does)(const char *name));
void words_free(struct words *words);

/* The call with this name; one that nobody knows gets an entry of its own the first time, with what
 * its number ("syscall_437") tells. NULL only when there is no memory or thousands of unknown names
 * came before. */
struct words_call *words_call(struct words *words, const char *text, size_t len,
                              enum words_arch arch);
/* The number that generic events have for one that programs of the architecture have. */
uint16_t words_nr(const struct words *words, uint32_t nr, enum words_arch arch);
/* All of them, for the report. */
struct words_call *words_each(struct words *words, uint32_t i);

/* The words of a node (A|B|0x40) as the bits of a set. *known becomes false when something has no
 * bit in the set. For a set of alternatives the value of the one word. */
uint64_t words_flags(struct words *words, const struct strace_item *item,
                     const struct strace_node *node, const struct scapf_flag_set *set, bool *known);
/* The words of a node as plain numbers, or'ed. */
uint64_t words_numbers(struct words *words, const struct strace_item *item,
                       const struct strace_node *node, bool *known);
/* A word or number as text. */
bool words_number(struct words *words, const char *text, size_t len, uint64_t *value);
/* Number of a signal: "SIGCHLD", "SIGRT_3", "SIGRTMIN"; 0 = none. */
uint32_t words_signal(const struct words *words, const char *text, size_t len);

#endif
