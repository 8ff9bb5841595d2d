/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h - from the map of the schemas to plans: what the kernel part fetches for each call, and
 * where each parameter of its events comes from.
 *
 * Nothing here is written down call by call that the map of traces says already; the tables of
 * plan.c add what a trace cannot know and a kernel can (inodes, socket queues, memory sizes), and
 * the layout of the few structs whose fields are parameters.
 */
#ifndef SCAPFMT_RECORD_PLAN_H
#define SCAPFMT_RECORD_PLAN_H

#include "scapfmt.h"
#include "wire.h"

enum rec_from {
    REC_FROM_UNKNOWN,
    REC_FROM_VALUE,     /* value */
    REC_FROM_RESULT,    /* what the call returned */
    REC_FROM_RESULT_FD, /* the same as one of two: descriptor or errno */
    REC_FROM_ARG,       /* argument arg: low size bytes, with sign or without */
    REC_FROM_NAMED,     /* the same; nothing when its flag set does not name it */
    REC_FROM_MODE,      /* the same; 0 unless the flags before it create a file */
    REC_FROM_SOCKFLAGS, /* the flags within a socket type */
    REC_FROM_VARIANT,   /* argument as alternative 0 */
    REC_FROM_FLAGS_OF_CLONE,
    REC_FROM_TEXT,    /* chunk op: text */
    REC_FROM_DATA,    /* chunk op: bytes, no more than the call moved */
    REC_FROM_BYTES,   /* chunk op: bytes */
    REC_FROM_FIELD,   /* chunk op: size bytes at off */
    REC_FROM_CAPS,    /* chunk op: two halves of a capability set, at off and 12 further */
    REC_FROM_SIZES,   /* chunk op: sizes of vectors added up */
    REC_FROM_ADDRESS, /* chunk op: socket address */
    REC_FROM_DEST,    /* socket of chunk op2, towards the address of chunk op */
    REC_FROM_ORIGIN,  /* the same, from there */
    REC_FROM_FDS,     /* chunk op: struct pollfd[]; what was asked for */
    REC_FROM_REVENTS, /* what happened */
    REC_FROM_TIME,    /* chunk op: struct timespec */
    REC_FROM_SIGNALS, /* chunk op: signal set */
    REC_FROM_OPTION,  /* chunk op: value of a socket option */
    REC_FROM_FILE,    /* chunk op: size bytes at off of struct rec_file */
    REC_FROM_QUEUE,   /* chunk op: how full the queue of a listening socket is, in percent */
    REC_FROM_TASK,    /* chunk op: size bytes at off of struct rec_task */
    REC_FROM_COMM,
    REC_FROM_SINCE_BOOT, /* as REC_FROM_TASK, a time since boot */
    REC_FROM_CGROUPS,
    REC_FROM_PAGES,   /* chunk op: pages at off, as KiB */
    REC_FROM_PATH,    /* chunk op: names of a path, the last first */
    REC_FROM_FIRST,   /* chunk op: first string of a list */
    REC_FROM_REST,    /* the others */
    REC_FROM_LIST,    /* all */
    REC_FROM_STARTED, /* name a program was started under: chunk op, else what REC_EXEC said */
    REC_FROM_BEFORE,  /* chunk op: a file position after the call; the one before */
    REC_FROM_COUNT
};

#define REC_NO_OP 0xFF

struct rec_param {
    uint8_t from;    /* enum rec_from */
    uint8_t arg;     /* of a chunk: that which points to it */
    uint8_t op, op2; /* steps of the plan; REC_NO_OP = none */
    uint8_t size;
    bool sign;
    bool access; /* file flags of an open: no bit of it means O_RDONLY */
    uint16_t off;
    uint16_t after; /* bytes that numbers behind this one need */
    int64_t value;
    const struct scapf_flag_set *native; /* the kernel's own values of the flags, or NULL */
};

struct rec_event_plan {
    uint16_t code;
    uint8_t n;
    bool ids; /* it has ids of users or groups */
    const struct scapf_event_info *info;
    struct rec_param params[SCAPF_EVENT_PARAMS];
};

struct rec_call {
    const char *name; /* NULL: nobody knows the number */
    uint16_t ppm_sc;
    const struct scapf_trace_row *row;   /* NULL: the generic event */
    struct rec_event_plan *enter, *exit; /* NULL: the generic event */
    uint8_t messages;                    /* step at exit of several messages, REC_NO_OP = none */
    uint8_t rights;                      /* step at exit of descriptors it got, REC_NO_OP = none */
};

struct rec_plans {
    const struct scapf_schema *schema;
    const struct scapf_arch *arch;
    struct rec_call calls[REC_CALLS];
    struct rec_plan kernel[2 * REC_CALLS]; /* at enter, at exit */
    struct rec_ia32 ia32[REC_IA32];        /* calls of i386 */
    uint32_t apart[REC_CALLS / 32]; /* a bit for each call whose beginning has answers that its end
                                       has not, or not the same ones */
    struct rec_event_plan *events;
    uint32_t n_events;
    int32_t entries_nr; /* call whose exit record has directory entries, -1 = none */
    uint8_t entries_op;
    const struct scapf_flag_set *poll_native, *poll_flags;
};

struct rec_plan_opts {
    bool old_readers; /* events that readers of before 2022 know */
    uint32_t snaplen; /* bytes of data; 0 = none is fetched */
    uint32_t entries; /* bytes of directory entries; 0 = none */
};

/* Make the plans of this machine's architecture, or of the one that arch names. NULL when there is
 * no memory, or the schema does not know the architecture. */
struct rec_plans *rec_plans_new(const struct scapf_schema *schema, const char *arch,
                                const struct rec_plan_opts *opts);
/* NULL is fine. */
void rec_plans_free(struct rec_plans *plans);

#endif
