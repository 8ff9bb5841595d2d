/* SPDX-License-Identifier: Apache-2.0 */
/* from_strace.h - `scapfmt convert` with logs of strace as its input. */
#ifndef SCAPFMT_FROM_STRACE_H
#define SCAPFMT_FROM_STRACE_H

#include "run.h"

/* What the options say about logs of strace. */
struct from_strace_opts {
    int keep;   /* index in FROM_STRACE_KEEP */
    int compat; /* index in FROM_STRACE_COMPAT */
    int report; /* index in FROM_STRACE_REPORT */
    const char *arch, *date, *start, *timezone, *cwd, *comm, *exe, *host;
    uint64_t pid, uid; /* UINT64_MAX = not given */
};

#define FROM_STRACE_KEEP   "lossy|none|all"
#define FROM_STRACE_COMPAT "both|current"
#define FROM_STRACE_REPORT "text|json|none"

/* Does the input begin as a log of strace does? A folder, or the NAME of files NAME.PID, is looked
 * at by its first file, a pipe on standard input by what waits in it. False when that cannot be
 * told without taking something from it. *strange: it does not begin like a capture, either. */
bool from_strace_is(char *arg, bool *strange, int *rc);

/* Convert logs into a new scap section on sink. Everything is reported; returns the exit code. */
int from_strace(const struct cli_spec *spec, const struct cli_common *common,
                const struct from_strace_opts *opts, char **paths, int n_paths, const char *out,
                struct scapf_sink *sink);

/* "YYYY-MM-DD" to seconds since 1970; "+HH:MM" or "UTC" to seconds east. */
bool from_strace_date(const char *text, int64_t *seconds);
bool from_strace_zone(const char *text, int64_t *seconds);

#define FROM_STRACE_LOOK 65536u /* bytes that show what an input is */

/* Copy what can be seen of an input without taking anything from it to first, at most
 * FROM_STRACE_LOOK bytes; returns how many. *rc tells of a system error, which was reported. */
size_t from_strace_look(const char *path, uint8_t *first, int *rc);

/* What can be said about an input at the end; both are given ctx. */
struct from_strace_verdict {
    void (*print)(FILE *out, const void *ctx);
    void (*json)(struct scapf_json *json, const void *ctx);
    const void *ctx;
};

/* Say it on stderr, as the options want it. */
int from_strace_tell(const struct from_strace_opts *opts, const struct cli_common *common,
                     const struct from_strace_verdict *verdict);

#endif
