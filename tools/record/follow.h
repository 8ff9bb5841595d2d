/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follow.h - a process of its own that reads the recording as it is written, through a pipe: it
 * prints the events, or begins a new file now and then. When the recorder is killed it finishes
 * what it has got.
 */
#ifndef SCAPFMT_RECORD_FOLLOW_H
#define SCAPFMT_RECORD_FOLLOW_H

#include <sys/types.h>

#include "scapfmt.h"

enum follow_what { FOLLOW_NOTHING, FOLLOW_TEXT, FOLLOW_JSON, FOLLOW_ROTATE };

struct follow_opts {
    enum follow_what what;
    const char *path; /* "-" is standard output; FOLLOW_ROTATE: the pattern of the names */
    enum scapf_compression packing;
    /* FOLLOW_ROTATE; 0: no limit */
    uint64_t bytes, ns; /* of a file, unpacked */
    uint64_t keep;      /* files */
};

/* Start it, and wait until it has opened its output. The end of the pipe to write to; or -1: with
 * errno, or, when *pid > 0, because it could not and has said so. To be called before signals are
 * blocked. */
int follow_start(const struct follow_opts *opts, pid_t *pid);
/* The pipe is closed: wait for it. Its exit code. */
int follow_end(pid_t pid);

#endif
