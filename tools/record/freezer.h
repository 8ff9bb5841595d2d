/* SPDX-License-Identifier: Apache-2.0 */
/*
 * freezer.h - holds the command while the recorder catches up: a control group of version 2 of its
 * own, which is frozen when the rings fill up. A guard, a process of its own, thaws it when the
 * recorder dies.
 */
#ifndef SCAPFMT_RECORD_FREEZER_H
#define SCAPFMT_RECORD_FREEZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct freezer {
    char path[4096];
    int fd;       /* cgroup.freeze; -1: there is no freezer */
    int guard_fd; /* held open while the recorder lives */
    pid_t guard;
    bool frozen;
    int64_t since_ns, total_ns;
    uint64_t times;
};

/* Put a process that has not begun yet into a group of its own. False: why says so. */
bool freezer_open(struct freezer *f, pid_t pid, char *why, size_t size);
void freezer_set(struct freezer *f, bool frozen);
/* Thaw, and take the group away when nobody is left in it. */
void freezer_close(struct freezer *f);

#endif
