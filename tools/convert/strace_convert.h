/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strace_convert.h - logs of strace become a scap capture.
 *
 * The log is read twice: tables of processes and descriptors stand before the first event, but what
 * goes into them is known only at the end. A log that cannot be read twice is put into a temporary
 * file first (strace_convert_again()).
 */
#ifndef SCAPFMT_STRACE_CONVERT_H
#define SCAPFMT_STRACE_CONVERT_H

#include <stdio.h>

#include "strace_log.h"

enum strace_keep { STRACE_KEEP_LOSSY, STRACE_KEEP_NONE, STRACE_KEEP_ALL };
enum strace_compat { STRACE_COMPAT_BOTH, STRACE_COMPAT_CURRENT };

/* Where the day comes from for logs that have only times of day. */
enum strace_day_from {
    STRACE_DAY_GIVEN, /* of the first line */
    STRACE_DAY_FILE,  /* on which the file was written: of the last line */
    STRACE_DAY_TODAY  /* on which it is read: likewise */
};

struct strace_day {
    enum strace_day_from from;
    int64_t days;   /* since 1970 */
    int64_t zone_s; /* of the clock, east of UTC */
};

struct strace_convert_opts {
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema; /* NULL = built in */
    int keep;                          /* enum strace_keep: which calls keep their text */
    int compat;                        /* enum strace_compat */
    const char *arch;                  /* NULL = x86_64 */
    struct strace_day day;             /* for times of day */
    int64_t start_ns;                  /* of the first line, for logs with less */
    int64_t pid;                       /* of lines without one; -1 = find out */
    const char *cwd, *comm, *exe, *host;
    int64_t uid;        /* of processes that do not tell; -1 = not known */
    uint32_t later_max; /* connections, and starts, to look up ahead; 0 = 2^20 */
};

#define STRACE_VERDICT_LINES 20

/* What became of a log. */
struct strace_verdict {
    struct strace_report log;
    uint64_t calls, mapped, generic, begun; /* calls = mapped + generic; begun: did not return */
    uint64_t sockets;                       /* calls on sockets, among them */
    uint64_t events, comments, notes;
    uint64_t comment_cut;   /* texts that did not fit */
    uint64_t children;      /* processes and threads that were started */
    uint64_t children_seen; /* of them, those the log has lines of */
    uint64_t unknown_calls; /* calls no table has a number for */
    uint64_t not_ahead;     /* connections and starts beyond those that are looked up ahead */
    uint64_t not_kept;      /* lines that went nowhere */
    uint64_t not_kept_at[STRACE_VERDICT_LINES];
    uint64_t by_kind[STRACE_KINDS];
    uint64_t clock_back; /* times that go back */
    uint32_t lanes;      /* cpus the events are on, because of that */
    uint32_t processes;  /* that ran before the log began */
    uint32_t nameless;   /* of them, those of which nothing tells the name */
    int64_t first_pid;   /* of lines without one */
    bool pid_invented;
    enum strace_time_kind time_kind;
    struct strace_day day; /* of the first line, when the kind is STRACE_TIME_OF_DAY */
};

/* Opens the logs again for each pass; gives a new source for file i. */
typedef enum scapf_status (*strace_open_fn)(void *ctx, uint32_t i, struct scapf_src **src,
                                            struct scapf_diag *diag);

/*
 * Convert n logs (several: the files of -ff) and write section, tables and events. E_UNSUPPORTED
 * when the text is none of strace's: *dialect says whose. On other errors diag tells; the writer's
 * own are with the writer.
 */
SCAPF_MUST_USE enum scapf_status
strace_convert(strace_open_fn open, void *ctx, const char *const *names, uint32_t n,
               const struct strace_convert_opts *opts, struct scapf_writer *writer,
               struct strace_verdict *verdict, enum strace_dialect *dialect,
               struct scapf_diag *diag);

/* The verdict on a log as text; as a JSON object. name is that of its first file. */
void strace_verdict_print(FILE *out, const struct strace_verdict *verdict, const char *name,
                          uint32_t files);
void strace_verdict_json(struct scapf_json *json, const struct strace_verdict *verdict,
                         const char *name, uint32_t files);

#endif
