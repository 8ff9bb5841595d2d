/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode.h - records of the rings to events. Records are checked like any input: what does not hold
 * together is counted and left out. Nothing here talks to the kernel.
 */
#ifndef SCAPFMT_RECORD_DECODE_H
#define SCAPFMT_RECORD_DECODE_H

#include "plan.h"

struct rec_decode;

/* A record, and what is taken of it: its own kind, or of REC_CALL REC_ENTER first and REC_EXIT when
 * it is time. */
struct rec_view {
    const uint8_t *bytes;
    size_t len;
    uint8_t kind; /* enum rec_kind */
};

/* The control groups of a process as a list SUBSYSTEM=PATH, by the id of the one of version 2. */
typedef const char *(*rec_cgroups_fn)(void *ctx, uint64_t cgroup, int64_t pid, uint32_t *len);

/* A user or a group. */
struct rec_user {
    bool group;
    uint32_t uid, gid;               /* of a group: gid */
    const char *name, *home, *shell; /* the latter two of a user */
};

/* An id of a user or a group that the next event has; rec_decode_user() may be called. */
typedef enum scapf_status (*rec_id_fn)(void *ctx, bool group, uint32_t id);

struct rec_decode_opts {
    const struct rec_plans *plans;
    bool old_readers;
    bool enter; /* enter events are wanted; else only what the exit events need is kept of them */
    rec_cgroups_fn cgroups; /* NULL = not known */
    rec_id_fn id;           /* NULL = nobody asks */
    void *ctx;
};

struct rec_decode_counts {
    uint64_t records, malformed; /* malformed ones are among them; a whole call counts twice */
    uint64_t events;
    uint64_t generic;     /* exits recorded as the generic event */
    uint64_t faults, cut; /* parameters that are not all there, and why */
    uint64_t no_room;     /* parameters cut because an event holds 64 KiB */
    uint64_t entries_cut; /* comments with directory entries that are not all of them */
    uint64_t backwards;   /* events before the one written last */
    uint64_t enters, exits, ends;
};

/* NULL when there is no memory. Free with rec_decode_free(). */
struct rec_decode *rec_decode_new(const struct rec_decode_opts *opts);
/* Where events go from now on; it stays the caller's. */
void rec_decode_writer(struct rec_decode *d, struct scapf_writer *writer);
/* Wall clock minus time since boot, ns. */
void rec_decode_clock(struct rec_decode *d, int64_t offset_ns);
/* Take one record. OK, also when it was malformed; else what the writer said. */
SCAPF_MUST_USE enum scapf_status rec_decode_put(struct rec_decode *d, const struct rec_view *view);
/* A note of the recorder's own, at this time since boot. */
SCAPF_MUST_USE enum scapf_status rec_decode_note(struct rec_decode *d, uint64_t ts, uint16_t cpu,
                                                 const char *id, const char *text);
/* Who it is, at the time of the record under way: an event, for old readers a note. */
SCAPF_MUST_USE enum scapf_status rec_decode_user(struct rec_decode *d, const struct rec_user *user);
/* The pair of events that says that events are missing. */
SCAPF_MUST_USE enum scapf_status rec_decode_drop(struct rec_decode *d, uint64_t ts, uint16_t cpu);
const struct rec_decode_counts *rec_decode_counts(const struct rec_decode *d);
void rec_decode_free(struct rec_decode *d);

#endif
