/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scope.h - whose calls are recorded, seen from outside the kernel: the processes that there are
 * when recording begins, and what names of control groups mean.
 */
#ifndef SCAPFMT_RECORD_SCOPE_H
#define SCAPFMT_RECORD_SCOPE_H

#include "decode.h"
#include "opts.h"
#include "probe.h"
#include "proc.h"

#define SCOPE_GROUPS 64

/* A control group of version 2 and the list of groups of a process in it. */
struct scope_group {
    uint64_t id;
    uint32_t len;
    char list[4096];
};

struct scope {
    uint32_t *pids;
    uint32_t n_pids, room;
    uint32_t self, follower; /* never recorded; 0: nobody */
    uint64_t cgroup;
    uint32_t cgroup_level;
    uint8_t *listed;    /* a bit for each thread of the tables; NULL: no longer of interest */
    uint64_t listed_ns; /* since boot: when they were complete */
    uint64_t early;     /* records of threads that had ended by then */
    struct proc_losses losses;  /* of looking for who is in it, and of the tables */
    struct scope_group *groups; /* the oldest gives way */
    uint32_t n_groups;
    int mount_fd; /* of the control groups of version 2; -1: there are none */
    char mount[512];
};

/* What is to be recorded has to be there. False: why says what is not. */
bool scope_open(struct scope *scope, const struct record_opts *o, char *why, size_t size);
/* A process. False when there is no memory. */
bool scope_add(struct scope *scope, uint32_t pid);
/* Recording has begun: find and name the processes of -p with all they started, or those of the
 * control group, or all. */
bool scope_find(struct scope *scope, const struct record_opts *o, struct probe *probe, char *why,
                size_t size);
/* This thread is in the tables; ctx is the scope. */
void scope_listed(void *ctx, uint32_t tid);
/* Is this a record of a thread that began before the recording and had ended before the tables were
 * complete? Nobody can tell who it was: the recording begins behind it. */
bool scope_is_early(struct scope *scope, const struct rec_view *view);
/* Does one of them live? */
bool scope_lives(const struct scope *scope);
/* As a rec_cgroups_fn. A group all of whose processes have ended, and that none of
 * the scope was in at the beginning, is told by its path of version 2 alone. */
const char *scope_cgroups(struct scope *scope, uint64_t cgroup, int64_t pid, uint32_t *len);
void scope_close(struct scope *scope);

#endif
