/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slice.h - inside of a slice: what its modules share.
 *
 *   slice.c           which records are kept, sections, what is copied
 *   slice_out.c       how a block is written, and whose
 *   slice_tables.c    process and descriptor lists as the state at the cut has them
 *   slice_state.c     state-only events for what no table says
 *   slice_stranger.c  pruned: processes that readers know although nothing of them is kept
 *   slice_run.c       records that are kept or left out many at a time
 */
#ifndef SCAPF_TRANSFORM_SLICE_H
#define SCAPF_TRANSFORM_SLICE_H

#include "event/event.h"
#include "render/arch.h"
#include "state/host.h"

#define HOST_MAX ((size_t)1 << 30) /* state of hosts, in all */
/* Processes share descriptors without end, and a table lists them for each. */
#define FD_ROWS_MAX ((uint64_t)16 << 20)

#define SLICE_CODES 512u /* event codes that may be passed over */

/* A process of which something is kept. */
struct wanted {
    struct map_key key; /* process and section */
    uint64_t last;      /* number of the last event of it, or of a wanted child, that is kept */
};

/* A thread, or a whole process, that readers know although nothing of it is kept. */
struct stranger {
    struct map_key key; /* tid, 0 */
    bool has_files;     /* and a directory: those its parent had */
};

/* A descriptor. */
struct open_slot {
    int64_t fd;
    uint32_t slot;
};

struct scapf_slice {
    struct scapf_slice_opts opts;
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema;
    struct scapf_sink *sink;
    uint64_t sink_at;            /* the bytes it had when it became the sink */
    uint64_t lead;               /* of those it got since: tables and state at the cut */
    struct scapf_writer *writer; /* made when the first record tells of which container */
    struct scapf_host *host;     /* made when there is something to put in */
    struct scapf_slice_counts counts;
    struct scapf_diag diag;
    /* The section at hand. */
    struct out meta;   /* blocks that declare something: its header first */
    struct out tables; /* process and descriptor lists while they are still true */
    struct out held;   /* state-only events that no kept record follows yet */
    struct out block;  /* one that is being built */
    bool started;      /* its header is written */
    bool untrue;       /* an event was left out: the lists of the file are not those at the cut */
    bool big_endian;
    bool is_pcap;
    bool lost; /* events behind the end that were not held: too many */
    bool in_section;
    bool keeping;              /* the last event or packet was kept */
    bool any_record;           /* there was one in this section */
    enum scapf_kind last_kind; /* of the record put last */
    uint64_t n_held;           /* events in held */
    uint32_t piece;            /* number of the output, from 1 */
    bool has_new_types;        /* its lists have types of descriptors that older readers refuse */
    bool has_tail;             /* the first process row told which fields of its tail there are */
    uint64_t tail;             /* a bit for each field of the process table */
    struct scapf_arch_votes votes; /* on the architecture, so far */
    struct map lore;               /* struct lore */
    struct map wanted;             /* survey: struct wanted */
    struct map strangers;          /* pruned: struct stranger */
    struct budget budget;
    bool had_thread; /* the event at hand is of a thread that was known before it, */
    uint32_t cwd;    /* whose directory was this string of the host */
    uint64_t n_lore;
    uint64_t events, packets; /* numbers of the capture */
    bool has_start;           /* its first time was seen */
    /* Redacting: the host above knows what is redacted only; the filter asks this one. */
    struct scapf_host *whole;
    uint8_t pass_jobs[SLICE_CODES]; /* what slice_run.c does with events of a code */
    uint64_t fd_rows_max;           /* FD_ROWS_MAX, less in tests */
    bool match;
    struct scapf_table table; /* too large for a stack frame */
    struct scapf_row row;
};

/* Copy a block. */
enum scapf_status slice_copy(struct scapf_slice *s, const uint8_t *raw, size_t len);

/* The bytes of the block of an event with such parameters. */
size_t slice_block_len(size_t payload_len);

/* May rows and state of this thread be written? */
bool slice_wants(const struct scapf_slice *s, const struct thread *t);
/* And of this process? */
bool slice_wants_process(const struct scapf_slice *s, int64_t pid);
/* The process of a thread; the thread itself when that is not known. */
int64_t slice_process_of(const struct thread *t);

/* And does this event of it matter still? What a process did behind its last kept event is
 * nobody's business, but that it ended: others may name it. */
bool slice_follows(const struct scapf_slice *s, const struct thread *t,
                   const struct scapf_event *ev);

/* Pruned: the process that this event makes, when nothing of that is kept; -1 otherwise. */
int64_t slice_new_stranger(const struct scapf_slice *s, const struct scapf_event *ev);
/* It ran before its parent returned from the clone: it need not be what the parent is any more. */
bool slice_ran_before(const struct scapf_slice *s, int64_t pid);
/* Pruned: end for readers those processes of which they would say something false from now on. */
enum scapf_status slice_watch_strangers(struct scapf_slice *s, const struct scapf_event *ev,
                                        bool kept);

/* Process and descriptor lists of the state as it is now. */
enum scapf_status slice_put_tables(struct scapf_slice *s);
/* Which fields the process rows of the file have, and which types of descriptors. */
enum scapf_status slice_look_at_table(struct scapf_slice *s, const struct scapf_record *rec);

/* NULL when the schema has no such event. */
const struct scapf_event_info *slice_find_event(const struct scapf_slice *s, const char *symbol);
/* Append ev as a block that is marked state-only. What fits no block is counted. */
void slice_state_block(struct scapf_slice *s, struct out *o, const struct scapf_event *ev);
/* Remember an event about users, groups or containers that is left out. */
enum scapf_status slice_learn(struct scapf_slice *s, const struct scapf_event *ev);
/* Begin with nothing remembered; free what is. */
void slice_learn_nothing(struct scapf_slice *s);
void slice_forget(struct scapf_slice *s);
/* An event, marked state-only, for the next event or packet that is kept, or table: what none of
 * them follows no reader needs, and it is not written. But there is room for so much only; then
 * what waits is written all the same. */
enum scapf_status slice_hold(struct scapf_slice *s, const struct scapf_event *ev);
bool slice_holds_much(const struct scapf_slice *s);
enum scapf_status slice_put_held(struct scapf_slice *s);
void slice_drop_held(struct scapf_slice *s);
/* Events for what is remembered, for calls entered but not left, for sockets without addresses. */
enum scapf_status slice_put_state(struct scapf_slice *s, uint64_t ts_ns);
/* The enter event of the exit put last into the host, when it is not in the slice; and remember
 * that an enter event is. */
enum scapf_status slice_put_enter_of(struct scapf_slice *s, const struct scapf_event *ev);
/* An event that the filter left out, with its enter event when that is needed to take it in. */
enum scapf_status slice_put_as_state(struct scapf_slice *s, const struct scapf_event *ev);
/* The tables at the cut are written, and nobody asks for the state any more. */
bool slice_needs_only_pairs(const struct scapf_slice *s);
/* A socket that has no address yet, or one whose port the kernel chose: lists name no such port,
 * and would make it a server. */
bool slice_is_new_socket(const struct scapf_slice *s, const struct file *file);
/* A socket that is bound and got a datagram: it has the addresses of that, but the next one brings
 * others. Listed as the server that it is; an event says what came last. */
bool slice_is_datagram_server(const struct scapf_slice *s, const struct file *file);

#endif
