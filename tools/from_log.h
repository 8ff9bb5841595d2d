/* SPDX-License-Identifier: Apache-2.0 */
/*
 * from_log.h - logs of other programs (strace, Process Monitor) in the place of captures: what they
 * are, and how they become one.
 */
#ifndef SCAPFMT_FROM_LOG_H
#define SCAPFMT_FROM_LOG_H

#include "from_procmon.h"
#include "from_strace.h"

/* What the options say about logs. */
struct from_log_opts {
    struct from_strace_opts strace;
    struct from_procmon_opts procmon;
};

/* When nobody gave any. */
#define FROM_LOG_DEFAULTS                                                                          \
    {                                                                                              \
        .strace = {.pid = UINT64_MAX, .uid = UINT64_MAX }                                          \
    }

/* Their rows among the options of a command; member is a struct from_log_opts of its struct opts.
 */
/* clang-format off */
#define FROM_LOG_OPTIONS(opts, member)                                                             \
    CLI_OPTION(0, "arch", "NAME", CLI_TEXT, opts, member.strace.arch,                              \
               "architecture that numbers system calls: x86_64, aarch64"),                         \
    CLI_CHOICES(0, "compat", "WHOM", opts, member.strace.compat,                                   \
                "from strace: readers that shall understand it; both: those of before 2022 too",   \
                FROM_STRACE_COMPAT),                                                               \
    CLI_CHOICES(0, "keep-text", "WHICH", opts, member.strace.keep,                                 \
                "from strace: lines that stay as comments; lossy: what events have no room for",   \
                FROM_STRACE_KEEP),                                                                 \
    CLI_CHOICES(0, "report", "HOW", opts, member.strace.report,                                    \
                "from strace, procmon: what is said about the input at the end",                   \
                FROM_STRACE_REPORT),                                                               \
    CLI_OPTION(0, "date", "DATE", CLI_TEXT, opts, member.strace.date,                              \
               "from strace -t, procmon: day of the first line (that of the file)"),               \
    CLI_OPTION(0, "timezone", "ZONE", CLI_TEXT, opts, member.strace.timezone,                      \
               "from strace -t, procmon: where the clock stood, like +02:00 (UTC)"),               \
    CLI_OPTION(0, "start", "TIME", CLI_TEXT, opts, member.strace.start,                            \
               "from strace -r or without times: when the log began"),                             \
    CLI_OPTION(0, "pid", "N", CLI_NUMBER, opts, member.strace.pid,                                 \
               "from strace: process of the lines that do not name one"),                          \
    CLI_OPTION(0, "uid", "N", CLI_NUMBER, opts, member.strace.uid,                                 \
               "from strace: user of processes that do not tell"),                                 \
    CLI_OPTION(0, "cwd", "DIR", CLI_TEXT, opts, member.strace.cwd,                                 \
               "from strace: directory the first process began in"),                               \
    CLI_OPTION(0, "comm", "NAME", CLI_TEXT, opts, member.strace.comm,                              \
               "from strace -p: name of the processes that ran already"),                          \
    CLI_OPTION(0, "exe", "PATH", CLI_TEXT, opts, member.strace.exe,                                \
               "from strace -p: program of the first process"),                                    \
    CLI_OPTION(0, "host", "NAME", CLI_TEXT, opts, member.strace.host,                              \
               "from strace, procmon: name of the machine"),                                       \
    CLI_CHOICES(0, "lossless", "HOW", opts, member.procmon.lossless,                               \
                "from procmon: all columns stay as comments of the events; auto: not of PML files",\
                FROM_PROCMON_LOSSLESS),                                                            \
    CLI_OPTION(0, "lenient", NULL, CLI_FLAG, opts, member.procmon.lenient,                         \
               "from procmon: repair what is damaged, and count it"),                              \
    CLI_OPTION(0, "stacks", NULL, CLI_FLAG, opts, member.procmon.stacks,                           \
               "from procmon-pml: stacks stay as comments, too"),                                  \
    CLI_CHOICES(0, "registry", "HOW", opts, member.procmon.registry,                               \
                "from procmon: what becomes of its events: notifications, or left out",            \
                FROM_PROCMON_REGISTRY),                                                            \
    CLI_OPTION(0, "no-paging", NULL, CLI_FLAG, opts, member.procmon.no_paging,                     \
               "from procmon: leave out what the pager reads and writes of files"),                \
    CLI_OPTION(0, "map-images", NULL, CLI_FLAG, opts, member.procmon.map_images,                   \
               "from procmon: images that are loaded become mmap")
/* clang-format on */

struct from_log {
    const struct cli_spec *spec;
    const struct cli_common *common;
    const struct from_log_opts *opts;
    enum from_procmon_format format; /* FROM_PROCMON_NOT: a log of strace */
    bool strange;                    /* it begins like nothing that is known */
    char **paths;
    int n_paths;
};

/* Is the first path a log, by what is in it? Sets format and strange. *rc tells when it cannot be
 * read. */
bool from_log_is(struct from_log *log, int *rc);
/* Convert it into a new section on sink; out is what that is called. *complete: the capture holds
 * all there is, whatever the exit code says of the log. */
int from_log_to_sink(const struct from_log *log, const char *out, struct scapf_sink *sink,
                     bool *complete);
/* The same, into a file that is open and empty. */
int from_log_to_fd(const struct from_log *log, int fd, bool *complete);

#endif
