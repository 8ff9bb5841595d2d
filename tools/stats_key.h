/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats_key.h - what system calls are counted by, and what of each an event is of, as text.
 */
#ifndef SCAPFMT_STATS_KEY_H
#define SCAPFMT_STATS_KEY_H

#include "scapfmt.h"

#define STATS_KEY_MAX 4608u /* a path of 4096 bytes and names around it */

enum stats_by {
    STATS_SYSCALL,
    STATS_PROCESS,
    STATS_THREAD,
    STATS_FILE,
    STATS_CONNECTION,
    STATS_PEER,
    STATS_USER,
    STATS_CONTAINER,
    STATS_STACK, /* process;call;file: --folded */
    STATS_BY_COUNT
};

/* An event, and text about it in the making. */
struct stats_key {
    const struct scapf_event *ev;
    const char *call; /* its name */
    size_t call_len;
    struct scapf_host *host;
    struct scapf_thread thread;
    struct scapf_fd fd;
    bool has_thread, has_fd;
    char text[STATS_KEY_MAX]; /* NUL-ended */
    size_t len;
};

/* Look up the thread and the descriptor, for all but STATS_SYSCALL; without a host there is none.
 */
void stats_key_look(struct stats_key *k);
/* Write the text; false: the event is none of these. */
bool stats_key_make(struct stats_key *k, enum stats_by by);
/* "syscall", "process", ... */
const char *stats_by_name(enum stats_by by);

#endif
