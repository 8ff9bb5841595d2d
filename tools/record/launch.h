/* SPDX-License-Identifier: Apache-2.0 */
/*
 * launch.h - a command that waits before it begins: made, then marked by the recorder, then let go.
 */
#ifndef SCAPFMT_RECORD_LAUNCH_H
#define SCAPFMT_RECORD_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct launch {
    pid_t pid;
    int pidfd;
    int go_fd;  /* a byte lets it go */
    int err_fd; /* errno when it could not be run */
};

enum launch_as {
    LAUNCH_PLAIN,     /* with the descriptors of the recorder */
    LAUNCH_TO_STDERR, /* what it writes goes to standard error: standard output is the capture's */
    LAUNCH_APART,     /* in a process group of its own, without input and output */
};

/* Make the process. It waits, with the descriptors that the command will have. CLI_DONE, or an exit
 * code: why says so. */
int launch_start(char **argv, enum launch_as as, struct launch *l, char *why, size_t size);
/* Let it go. 0 when the program runs, else the errno of execve(2). */
int launch_go(struct launch *l);
/* Give up before it began. */
void launch_drop(struct launch *l);

#endif
