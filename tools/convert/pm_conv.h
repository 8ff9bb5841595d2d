/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_conv.h - inside of the Procmon converter: what its parts share.
 *
 *   pm_convert.c  events and processes as they come, the capture at the end
 *   pm_check.c    are columns what they should be?
 *   pm_map.c      operations, results and ports by name
 *   pm_procs.c    processes and threads
 *   pm_fds.c      descriptors for paths and connections
 *   pm_params.c   words of the map to parameters
 *   pm_rec.c      an event in the making
 *   pm_emit.c     events in the order of time
 *   pm_note.c     columns as text behind an event; notifications
 */
#ifndef SCAPFMT_PM_CONV_H
#define SCAPFMT_PM_CONV_H

#include "pm_convert.h"

/* PPM_CL_CLONE_THREAD, _FILES [libs ppm_events_public.h] */
#define PM_CLONE_THREAD 0x2001u
/* bytes of all parameters of an event; readers take 65530 [scap 9.6] */
#define PM_ROOM 65000u

/* ------------------------------------------------------------------ events on their way */

struct pm_rec {
    uint16_t code;
    uint8_t n;
    int64_t tid;
    uint32_t lens[SCAPF_EVENT_PARAMS];
    uint32_t len;     /* of all parameters */
    uint32_t comment; /* bytes behind them */
    size_t cap;
    uint8_t *bytes;
    struct pm_rec *next; /* written right behind it; or the next free one */
};

/* What waits for its time. */
struct pm_wait {
    int64_t due_ns;
    uint64_t order;
    struct pm_rec *recs;
    bool pair; /* enter and exit: waits until its thread is free */
};

struct pm_queue {
    struct pm_wait *heap;
    uint32_t n, cap;
    uint64_t order;
    size_t bytes;
};

#define PM_LANES 16u

/* ------------------------------------------------------------------ processes */

struct pm_handle {
    uint64_t hash; /* of the path; 0 = a free slot */
    int32_t fd;
};

struct pm_handles {
    struct pm_handle *slots;
    uint32_t n, cap;
};

struct pm_proc {
    uint64_t key;
    int64_t pid, ppid;
    bool listed;             /* in the list of processes */
    bool met;                /* has a main thread */
    bool stranger;           /* was there before the recording */
    uint64_t create, finish; /* FILETIME, 0 = not known */
    uint32_t uid;
    int32_t next_fd;
    struct synth_text name, image, command, owner;
    struct pm_handles handles;
    uint32_t *tids; /* of its threads */
    uint32_t n_tids, cap_tids;
};

/* Numbers to anything: open addressing, 0 is no key. */
struct pm_slot {
    uint64_t key;
    uint64_t value;
};
struct pm_index {
    struct pm_slot *slots;
    uint32_t n, cap;
};

/* ------------------------------------------------------------------ the converter */

struct pm_conv;

/* A row of the map, made ready when its first event comes: what it does, and what it is called as a
 * notification. */
struct pm_plan {
    bool made;
    void (*act)(struct pm_conv *c); /* NULL: a notification */
    bool of_process;                /* it happens to all of a process, not to a thread */
    uint8_t id_len;                 /* 0: too long */
    char id[63];                    /* with its NUL */
};

/* A detail of an operation that opens, and the flags it says. */
struct pm_open {
    const struct scapf_pm_row *row;
    uint32_t flags, len;
    char detail[240];
};

#define PM_OPENS 64u

/* The thread that was asked for last; good while no thread comes or goes. */
struct pm_last {
    const struct pm_proc *proc;
    int64_t tid;
    uint32_t turns; /* of the synth */
    struct synth_thread *thread;
};

struct pm_conv {
    struct pm_convert_opts opts;
    const struct scapf_schema *schema;
    struct scapf_writer *spool;
    enum scapf_status status;
    struct pm_fault fault;
    struct pm_handler handler;
    struct pm_verdict verdict;
    struct pm_when *when;
    struct synth s;
    struct synth_host host;
    char host_name[64];

    struct pm_plan *plans;               /* by row */
    struct pm_open opens[PM_OPENS];      /* by hash */
    struct pm_index operations, results; /* hashes of names; values are indexes + 1 */
    struct pm_index controls;            /* hashes of names; values are codes */
    struct pm_index procs;               /* by key; values are pointers */
    struct pm_index owners;              /* by PID + 1: who has it now */
    struct pm_index seen;                /* TIDs that were met once */
    struct pm_last last;
    struct pm_proc **all;
    uint32_t n_all, cap_all;
    uint64_t invented; /* PIDs */
    uint32_t next_uid;

    struct pm_queue queue;
    struct pm_rec *free_recs;
    int64_t clock_ns;
    int64_t lanes[PM_LANES];
    uint32_t n_lanes;
    bool spooled; /* an event with a time is in the spool */
    int64_t first_ns;

    uint32_t columns; /* that the first event of the file has: a bit for each */
    uint32_t further; /* that others have beside, and that were told of */

    /* the event in hand */
    const struct pm_event *event;
    const struct scapf_pm_row *row;
    const struct pm_plan *plan; /* of the row; NULL when there is none */
    const struct scapf_pm_result *result_row;
    struct pm_proc *proc;
    struct synth_thread *thread;
    const struct synth_thread *about; /* whose state proc:WHAT tells */
    struct pm_rec *before;            /* events it implies */
    int64_t ns, duration_ns;
    int64_t res; /* 0, or an errno negated */
    bool failed;
    int64_t fd;
    uint32_t start_flags;
    bool has_ends, is_tcp;
    struct synth_end ends[2];
    struct synth_text path, scratch;
};

/* Room for len bytes in a text; what is in it may be lost. */
bool pm_room(struct pm_conv *c, struct synth_text *text, size_t len);

/* ------------------------------------------------------------------ pm_map.c */

bool pm_index_put(struct pm_conv *c, struct pm_index *index, uint64_t key, uint64_t value);
/* 0 when there is none. */
uint64_t pm_index_get(const struct pm_index *index, uint64_t key);
bool pm_map_init(struct pm_conv *c);
const struct scapf_pm_row *pm_map_operation(const struct pm_conv *c, struct pm_text name);
const struct scapf_pm_result *pm_map_result(const struct pm_conv *c, struct pm_text text);
/* The code of what a control code is called, 0 = none. */
uint64_t pm_map_control(struct pm_conv *c, struct pm_text name);
void pm_names_add(struct pm_names *names, struct pm_text name);

/* ------------------------------------------------------------------ pm_check.c */

/* Is the export as it should be? What is not is counted; strict: fault says it, and false. */
bool pm_check_event(struct pm_conv *c);
bool pm_check_process(struct pm_conv *c, const struct pm_process *process);

/* ------------------------------------------------------------------ pm_procs.c */

/* The process of the event in hand; NULL when there is no memory. */
struct pm_proc *pm_proc_of(struct pm_conv *c);
/* A leaf of a process of the list; at is NULL when it has none of this name. */
struct pm_text pm_process_leaf(const struct pm_process *process, const char *name);
/* A process of the list. */
bool pm_proc_listed(struct pm_conv *c, const struct pm_process *process);
/* Its main thread, and the thread of this number; they begin to live when they do not yet. */
struct synth_thread *pm_proc_main(struct pm_conv *c, struct pm_proc *proc);
struct synth_thread *pm_proc_thread(struct pm_conv *c, struct pm_proc *proc, int64_t tid);
/* What operations do to processes; the event is written in between. */
void pm_proc_create(struct pm_conv *c);
void pm_proc_start(struct pm_conv *c);
void pm_proc_thread_create(struct pm_conv *c);
void pm_proc_end(struct pm_conv *c, struct pm_proc *proc);
/* Processes of the list without an event, that were there before. */
void pm_proc_rest(struct pm_conv *c);
void pm_procs_free(struct pm_conv *c);

/* ------------------------------------------------------------------ pm_fds.c */

/* Windows path to the form scap has: C:\a -> /C:/a. */
bool pm_fds_path(struct pm_conv *c, struct pm_text path, struct synth_text *to);
/* What does says; sets c->fd and adds what is implied. False: no system call after all. */
void pm_fds_open(struct pm_conv *c);
void pm_fds_close(struct pm_conv *c);
void pm_fds_use(struct pm_conv *c);
void pm_fds_socket(struct pm_conv *c, bool fresh);
void pm_fds_accept(struct pm_conv *c);
void pm_fds_hang_up(struct pm_conv *c);

/* ------------------------------------------------------------------ pm_params.c */

struct pm_rec *pm_rec_new(struct pm_conv *c, uint16_t code, int64_t tid);
void pm_rec_free(struct pm_conv *c, struct pm_rec *rec);
void pm_rec_number(struct pm_conv *c, struct pm_rec *rec, uint64_t value, uint32_t size);
void pm_rec_bytes(struct pm_conv *c, struct pm_rec *rec, const void *bytes, size_t len);
/* With a NUL behind it, cut at max. */
void pm_rec_text(struct pm_conv *c, struct pm_rec *rec, const char *text, size_t len, size_t max);
/* More room; NULL when there is no memory. */
uint8_t *pm_rec_grow(struct pm_conv *c, struct pm_rec *rec, size_t len);
/* Room for a parameter; pm_rec_end() when it is filled. NULL when there is no memory. */
static inline uint8_t *pm_rec_room(struct pm_conv *c, struct pm_rec *rec, size_t len)
{
    size_t used = (size_t)rec->len + rec->comment;

    return len < rec->cap - used ? rec->bytes + used : pm_rec_grow(c, rec, len);
}
static inline void pm_rec_end(struct pm_rec *rec, size_t len)
{
    rec->lens[rec->n++] = (uint32_t)len;
    rec->len += (uint32_t)len;
}
/* Room for a piece of the comment; who fills it adds to rec->comment. NULL: there is none. */
char *pm_rec_comment_room(struct pm_conv *c, struct pm_rec *rec, size_t len);
void pm_rec_comment(struct pm_conv *c, struct pm_rec *rec, const char *text, size_t len);
/* All parameters of an event of the row in hand. */
void pm_params(struct pm_conv *c, struct pm_rec *rec, const struct scapf_event_info *event,
               const struct scapf_pm_take *from, uint8_t n);

/* ------------------------------------------------------------------ pm_emit.c */

/* Write what is due until then. */
void pm_emit_until(struct pm_conv *c, int64_t ns);
/* Write what the event in hand implies and rec, which may be NULL, now. Frees them. */
void pm_emit_now(struct pm_conv *c, int64_t ns, struct pm_rec *rec);
/* Enter and exit event of the operation in hand, in their times. */
void pm_emit_call(struct pm_conv *c, struct pm_rec *enter, struct pm_rec *exit);
/* An event that stands alone, when the thread is free. */
void pm_emit_alone(struct pm_conv *c, struct pm_rec *rec);
/* Behind what the event in hand implies. */
void pm_emit_before(struct pm_conv *c, struct pm_rec *rec);
void pm_emit_end(struct pm_conv *c);
void pm_emit_free(struct pm_conv *c);

/* ------------------------------------------------------------------ pm_note.c */

/* What a row is called as a notification. */
void pm_note_plan(struct pm_plan *plan, const struct scapf_pm_row *row);
/* The columns of the event in hand behind an event. */
void pm_note_columns(struct pm_conv *c, struct pm_rec *rec);
/* The event in hand as a notification. */
struct pm_rec *pm_note(struct pm_conv *c);
/* A process of the list, before all events. */
void pm_note_process(struct pm_conv *c, const struct pm_proc *proc,
                     const struct pm_process *process);

#endif
