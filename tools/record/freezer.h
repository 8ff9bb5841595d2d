/* SPDX-License-Identifier: Apache-2.0 */
/*
 * freezer.h - a control group (version 2) of the command's own, which can be stopped and let go as
 * a whole. A process of its own watches how full the rings are and stops it: the recorder may be
 * writing, or waiting for its turn, just then. That process lets it go as well when the recorder
 * does not live to do it.
 */
#ifndef SCAPFMT_RECORD_FREEZER_H
#define SCAPFMT_RECORD_FREEZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "probe.h"

struct freezer_state;

struct freezer {
    int fd; /* cgroup.freeze; -1: there is none */
    int guard_fd;
    pid_t guard;
    const struct probe *probe;
    struct freezer_state *state; /* shared with the guard */
    uint64_t times;
    int64_t total_ns;
    char path[4096];
};

/* Make the group and move the process there. The rings are there already. False: why says so. */
bool freezer_open(struct freezer *f, pid_t pid, const struct probe *probe, char *why, size_t size);
/* The recorder has caught up: let the command go, if it was stopped and the rings are empty enough.
 */
void freezer_thaw(struct freezer *f);
/* How often the command should have been held and could not be. */
uint64_t freezer_failures(const struct freezer *f);
/* Let it go and remove the group, now or when it is empty. */
void freezer_close(struct freezer *f);

#endif
