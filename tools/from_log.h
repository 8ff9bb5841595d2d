/* SPDX-License-Identifier: Apache-2.0 */
/*
 * from_log.h - logs of other programs (strace, Process Monitor) in the place of captures: what they
 * are, and how they become one.
 */
#ifndef SCAPFMT_FROM_LOG_H
#define SCAPFMT_FROM_LOG_H

#include "from_procmon.h"
#include "from_strace.h"

struct from_log {
    const struct cli_spec *spec;
    const struct cli_common *common;
    const struct from_strace_opts *strace;
    const struct from_procmon_opts *procmon;
    enum from_procmon_format format; /* FROM_PROCMON_NOT: a log of strace */
    char **paths;
    int n_paths;
};

/* What the options are when nobody gave any. */
#define FROM_STRACE_DEFAULTS                                                                       \
    {                                                                                              \
        .pid = UINT64_MAX, .uid = UINT64_MAX                                                       \
    }

/* Is the first path a log, by what is in it? Sets the format. *rc tells when it cannot be read. */
bool from_log_is(struct from_log *log, int *rc);
/* Convert it into a new section on sink; out is what that is called. *complete: the capture holds
 * all there is, whatever the exit code says of the log. */
int from_log_to_sink(const struct from_log *log, const char *out, struct scapf_sink *sink,
                     bool *complete);
/* The same, into a file that is open and empty. */
int from_log_to_fd(const struct from_log *log, int fd, bool *complete);

#endif
