/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.h - the kernel part of the recorder seen from outside: loaded, attached, marked, read.
 *
 * Records come out in the order of their times over all processors. A record is borrowed until the
 * next call of probe_next().
 */
#ifndef SCAPFMT_RECORD_PROBE_H
#define SCAPFMT_RECORD_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode.h"

struct probe;

struct probe_opts {
    const struct rec_plans *plans;
    uint32_t snaplen;
    uint32_t ring_kib; /* per processor; 0 = as fits into 32 MiB, at most 8 MiB */
    bool large;        /* all of the 32 MiB, however few the processors are */
    bool enter, env, signals, switches;
    bool by_process; /* probe_process() will be called */
    bool by_cgroup;
    bool all;              /* whom this process can see */
    uint64_t cgroup;       /* its id */
    uint32_t cgroup_level; /* how far below the root */
    bool verbose;          /* what libbpf has to say goes to stderr */
};

struct probe_totals {
    uint64_t seen, written;
    uint64_t full, stateless; /* lost records: no room in the ring, no memory for a thread */
    uint64_t children;        /* threads that could not be marked */
    uint64_t faults, cut;     /* what could not be read of a record, or not all */
    uint64_t no_room;         /* answers that a full record has no room for */
    uint64_t missed;          /* runs that the kernel left out, as they would have nested */
};

/* Load. NULL on failure: why says what is missing. */
struct probe *probe_open(const struct probe_opts *opts, char *why, size_t size);
/* Begin. False on failure. */
bool probe_attach(struct probe *p, char *why, size_t size);
/* Record the only thread of the process behind this pidfd, from its next execve on. */
bool probe_mark(struct probe *p, int pidfd);
/* Record a process with all its threads, and what it starts. */
bool probe_process(struct probe *p, uint32_t pid);
/* Never record this process, whatever else is said: the recorder would record its recording. */
bool probe_never(struct probe *p, uint32_t pid);
/* Marked threads that have not ended. */
int64_t probe_alive(const struct probe *p);
/* End: nothing is recorded any more. What is in the rings can still be read. */
void probe_detach(struct probe *p);
/* Look how far records can be taken out; the time since boot up to which they are complete. */
uint64_t probe_look(struct probe *p);
/* The next record before that time; false when there is none. One that is a whole call comes twice:
 * when it begins and when it returns. */
bool probe_next(struct probe *p, struct rec_view *view);
/* Give the room of what was taken back to the kernel. */
void probe_release(struct probe *p);
/* How full the fullest ring is, in percent; also right in a process forked off. */
unsigned probe_fill(const struct probe *p);
/* Counters of processor i; false behind the last. */
bool probe_cpu(const struct probe *p, uint32_t i, struct rec_cpu *cpu);
void probe_totals(const struct probe *p, struct probe_totals *totals);
/* NULL is fine. */
void probe_free(struct probe *p);

#endif
