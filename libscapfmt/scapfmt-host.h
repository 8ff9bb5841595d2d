/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scapfmt-host.h - what follows from the events: the state of hosts, filters over it, and slices
 * that keep it true. Included by scapfmt.h, which it needs; a program includes that.
 */
#ifndef SCAPFMT_HOST_H
#define SCAPFMT_HOST_H

#include "scapfmt.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ calls */

/* The system call an event belongs to, as far as it says so itself. A plain value: no allocation,
 * nothing borrowed. Codes and numbers are those of the event, sources as in scapf_event. */
struct scapf_call {
    uint16_t code; /* of the event; sc and nr are 0 of all but generic ones */
    uint16_t sc;   /* PPM_SC; 0 where the readers it was written for do not know the call */
    uint16_t nr;   /* the kernel's number, of whatever architecture; UINT16_MAX = not told */
};

/* What to keep of an enter event until the next event of its thread; it stays valid when the record
 * is gone. */
SCAPF_API struct scapf_call scapf_event_call(const struct scapf_event *event);
/* Does this exit event end the call that the enter event before it in its thread began? begun is of
 * that enter event, and of no other: an exit or a struct of zeros is not told from one. schema:
 * NULL = built in. The pairs are those of libsinsp (parsers.cpp): an exit of the next code, execve
 * for execveat, and the generic enter that stands in for calls older readers have no event of. */
SCAPF_API bool scapf_event_ends(const struct scapf_schema *schema, const struct scapf_event *exit,
                                const struct scapf_call *begun);

/* ------------------------------------------------------------------ host state */

/* Threads, descriptors, users and containers of the host a section was recorded on, as its tables
 * and every event so far leave them. Fed with records in order; a new section (another host, or
 * the same one later) starts anew. What the file does not tell is not known: nothing is guessed.
 * Memory follows what is alive, not the length of the file. */
struct scapf_host;

struct scapf_host_opts {
    size_t size; /* sizeof(struct scapf_host_opts) */
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema; /* NULL = built in */
    size_t max_bytes;                  /* what does not fit is not known, and counted; 0 = 1 GiB */
};

/* A thread. Text is NUL-ended, NULL when not known; ids are -1 and users 0xFFFFFFFF then. Lists
 * (args, env, cgroups) are len bytes, each word ended by a NUL. */
struct scapf_thread {
    int64_t tid, pid, ptid; /* ptid: the thread that made the process */
    int64_t vtid, vpid, sid, vpgid, pgid;
    uint32_t uid, gid, loginuid, tty;
    uint32_t flags; /* clone_flags */
    int64_t fdlimit;
    uint64_t cap_inheritable, cap_permitted, cap_effective;
    uint64_t start_ts_ns; /* of the clone; 0 = older than the capture */
    bool listed;          /* a table or an event described it; else only its number is known */
    const char *comm, *exe, *exepath, *cwd, *root;
    const char *args, *env, *cgroups;
    uint32_t args_len, env_len, cgroups_len;
    char container[16]; /* id as the control groups tell; "host", or "" when not known */
};

/* A descriptor. type is the number of the fd table; name is what sysdig shows: a path,
 * "a.b.c.d:p->e.f.g.h:q", "" when it has none, NULL when it is not known. */
struct scapf_fd {
    int64_t fd;
    uint8_t type;
    uint8_t l4proto;
    bool cloexec; /* known to be closed by execve */
    bool server;  /* made by accept, or bound to a port */
    uint32_t open_flags, dev;
    uint64_t ino;
    const char *name;
    struct scapf_sock sock; /* family 0 when no address is known */
};

struct scapf_user {
    uint32_t id, gid;
    const char *name, *home, *shell; /* home and shell NULL for groups */
};

struct scapf_container_info {
    const char *id, *name, *image, *json; /* as the event says; NULL when it does not */
};

/* The record put last, as the host sees it. */
struct scapf_host_event {
    int64_t tid;
    int64_t fd;          /* the descriptor it is about; -1 = none */
    const char *wanted;  /* what an open or connect that failed asked for; else NULL */
    bool has_enter;      /* an exit whose enter event was seen */
    uint64_t latency_ns; /* from that enter; 0 when time went backwards */
    uint64_t enter_ts_ns;
};

/* What was contradictory or missing, and how much is held. */
struct scapf_host_counters {
    uint64_t threads, fds, fd_tables, users, containers; /* alive */
    uint64_t bytes;                                      /* allocated */
    uint64_t unseen_threads; /* came up in an event before anything described them */
    uint64_t enters;         /* enter events of system calls; 0: recorded by their exits alone */
    uint64_t exits_alone;    /* exit events of system calls without their enter event */
    uint64_t enters_alone;   /* enter events that another enter event followed */
    uint64_t reused_tids;    /* a thread began while its id was still alive */
    uint64_t closed_unknown; /* closed, but not known to be open */
    uint64_t replaced_fds;   /* made while still open: a close was not recorded */
    uint64_t bad_numbers;    /* descriptors or ids that cannot be */
    uint64_t parent_cycles;  /* threads that are their own ancestors */
    uint64_t damaged_tables; /* tables that could not be read to their end */
    uint64_t not_kept;       /* items that did not fit into max_bytes */
};

/* opts may be NULL. Free with scapf_host_free(). */
SCAPF_API_STATUS scapf_host_new(const struct scapf_host_opts *opts, struct scapf_host **host);
/* Take in a record of any kind. What an event ends (a closed descriptor, an exited thread) is still
 * found until the next call; what it makes is found at once. OK or E_NOMEM; contradictions are not
 * errors but counted. */
SCAPF_API_STATUS scapf_host_put(struct scapf_host *host, const struct scapf_record *rec);
/* Look-ups fill what the caller hands over; false when nothing is known. What is pointed to is
 * valid until the next scapf_host_put(). */
SCAPF_API bool scapf_host_thread(struct scapf_host *host, int64_t tid, struct scapf_thread *thread);
/* Only its short name, NULL when that is not known. */
SCAPF_API const char *scapf_host_comm(struct scapf_host *host, int64_t tid);
/* The descriptor of the process the thread belongs to. */
SCAPF_API bool scapf_host_fd(struct scapf_host *host, int64_t tid, int64_t fd,
                             struct scapf_fd *view);
/* Only its name, NULL when that is not known. */
SCAPF_API const char *scapf_host_fd_name(struct scapf_host *host, int64_t tid, int64_t fd);
/* Users and groups of a container, or, where those are not told apart, of the host. */
SCAPF_API bool scapf_host_user(struct scapf_host *host, const char *container, uint32_t uid,
                               struct scapf_user *user);
SCAPF_API bool scapf_host_group(struct scapf_host *host, const char *container, uint32_t gid,
                                struct scapf_user *group);
SCAPF_API bool scapf_host_container(struct scapf_host *host, const char *id,
                                    struct scapf_container_info *info);
/* Ids of the ancestors of a thread, parent first, at most max; returns their number. A parent that
 * began after its child is another thread that got its id, and ends the row, as a cycle does. */
SCAPF_API size_t scapf_host_ancestors(struct scapf_host *host, int64_t tid, int64_t *tids,
                                      size_t max);
/* What the record put last was about. */
SCAPF_API const struct scapf_host_event *scapf_host_event(struct scapf_host *host);
/* The enter event of the exit put last; NULL when it was not seen. Valid until the next put. */
SCAPF_API const struct scapf_event *scapf_host_enter(struct scapf_host *host);
/* Walk over what is known: *position starts at 0; false at the end. Any order, but a stable one. */
SCAPF_API bool scapf_host_next_thread(struct scapf_host *host, uint64_t *position,
                                      struct scapf_thread *thread);
SCAPF_API bool scapf_host_next_fd(struct scapf_host *host, int64_t tid, uint64_t *position,
                                  struct scapf_fd *view);
/* Write the path that name has when it starts from directory dir, without ".", ".." and doubled
 * slashes, NUL-ended and cut to size; returns the whole length, as snprintf does. */
SCAPF_API size_t scapf_path_join(const char *dir, size_t dir_len, const char *name, size_t name_len,
                                 char *buf, size_t size);
SCAPF_API const struct scapf_host_counters *scapf_host_counters(struct scapf_host *host);
/* NULL is fine. */
SCAPF_API void scapf_host_free(struct scapf_host *host);

/* ------------------------------------------------------------------ machines */

#define SCAPF_MACHINE_ADDRS 32

/* What the tables of a section tell of the machine it was recorded on; 0 and "" = not told. All
 * zero to begin with. */
struct scapf_machine {
    bool told; /* there was a machine table */
    char hostname[129];
    uint64_t n_cpus;
    uint64_t memory_size; /* bytes */
    uint64_t boot_ns;     /* since 1970 */
    uint32_t n_addrs;     /* of its interfaces, without those that every machine has */
    uint8_t addrs[SCAPF_MACHINE_ADDRS][16]; /* those of IPv4 end with zeros */
};

/* Take in what a record tells, if it is a machine or interface table. schema NULL = built in. */
SCAPF_API void scapf_machine_put(struct scapf_machine *machine, const struct scapf_record *rec,
                                 const struct scapf_schema *schema);
/* Are these one machine that was not started anew between? What merges go by: names and times of
 * start decide; where one of them is not told, nothing else that is may differ. One nobody
 * described is like no other. */
SCAPF_API bool scapf_machine_is_same(const struct scapf_machine *a, const struct scapf_machine *b);

/* ------------------------------------------------------------------ filters */

/* A compiled expression in the language of sysdig and Falco, see scapfmt-filter(7). */
struct scapf_filter;

/* Why an expression is none. */
struct scapf_filter_error {
    size_t pos, len;     /* the bytes of the text that are wrong */
    const char *nearest; /* a word that may be meant, or NULL; static storage, or the schema's */
    char message[80];    /* one sentence, no final dot */
};

/* A field of the language; text in static storage. */
struct scapf_filter_field {
    const char *name, *argument; /* "proc.aname", "[N]"; "" without one */
    const char *type, *help;
};

/* Compile NUL-ended text. schema NULL = built in. OK; E_USAGE with error (may be NULL) filled; or
 * E_NOMEM. Free with scapf_filter_free(). */
SCAPF_API_STATUS scapf_filter_compile(const char *text, const struct scapf_schema *schema,
                                      const struct scapf_alloc *alloc, struct scapf_filter **filter,
                                      struct scapf_filter_error *error);
/* Does the record match? To be asked for every record of a capture, in order: event numbers and
 * times since the first are counted here. host is what this record was put into last; NULL: what it
 * would tell is not known. Only events and packets match. OK, or E_NOMEM. */
SCAPF_API_STATUS scapf_filter_match(struct scapf_filter *filter, const struct scapf_reader *reader,
                                    const struct scapf_record *rec, struct scapf_host *host,
                                    bool *match);
/* Another capture begins. */
SCAPF_API void scapf_filter_restart(struct scapf_filter *filter);
/* Does it ask for anything a host has to tell? */
SCAPF_API bool scapf_filter_uses_host(const struct scapf_filter *filter);
/* Is an event of this code let through in no case, whatever its parameters? False while that is not
 * known: scapf_filter_match() finds it out. Who then does not ask about such an event says that it
 * was there, with its time: numbers and times are those of the capture. */
SCAPF_API bool scapf_filter_rejects(const struct scapf_filter *filter,
                                    const struct scapf_schema *schema, uint16_t code);
SCAPF_API void scapf_filter_skipped(struct scapf_filter *filter, uint16_t code, uint64_t ts_ns);
/* Pass over events that follow as long as the code of each is enough to say that it is not let
 * through: what reading and scapf_filter_match() without a host would do, sooner. To be called when
 * that said no; the record at hand is no longer valid. Does nothing when the filter asks a host. */
SCAPF_API void scapf_filter_ahead(struct scapf_filter *filter, struct scapf_reader *reader);
/* How many records matched since it was compiled. */
SCAPF_API uint64_t scapf_filter_matches(const struct scapf_filter *filter);
/* NULL is fine. */
SCAPF_API void scapf_filter_free(struct scapf_filter *filter);
/* Field i of the language; false behind the last. */
SCAPF_API bool scapf_filter_field(size_t i, struct scapf_filter_field *field);

/* Fields of the language as text, for columns: what a record has in each. */
struct scapf_fields;

/* Compile the names of fields, blanks between them. As scapf_filter_compile(). */
SCAPF_API_STATUS scapf_fields_compile(const char *names, const struct scapf_schema *schema,
                                      const struct scapf_alloc *alloc, struct scapf_fields **fields,
                                      struct scapf_filter_error *error);
/* The record at hand from now on; as for scapf_filter_match(), every record of a capture. */
SCAPF_API void scapf_fields_put(struct scapf_fields *fields, const struct scapf_reader *reader,
                                const struct scapf_record *rec, struct scapf_host *host);
/* Field i of that record as text of len bytes, valid until the next call; several values have
 * commas between. text is NULL when the record has none. OK, or E_NOMEM. */
SCAPF_API_STATUS scapf_fields_text(struct scapf_fields *fields, size_t i, const char **text,
                                   size_t *len);
/* NULL is fine. */
SCAPF_API void scapf_fields_free(struct scapf_fields *fields);

/* ------------------------------------------------------------------ slices */

/* A part of a capture that stands for itself: the tables written are those at the cut, so that
 * every name in the part reads as in the whole. What tables cannot say (calls that have been
 * entered, sockets without an address, containers) goes before the first kept event as events
 * marked state-only, which nobody shows. Sections without a kept record are left out. */
struct scapf_slice;
struct scapf_redact; /* scapfmt-redact.h */

struct scapf_slice_opts {
    size_t size; /* sizeof(struct scapf_slice_opts) */
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema; /* NULL = built in */
    uint64_t from_ns, to_ns;           /* keep from_ns <= time < to_ns; to_ns 0 = no end */
    bool from_start, to_start;         /* count them from the first time in the capture */
    bool goes_on;                      /* scapf_slice_next() will be called */
    uint64_t first, last;        /* keep events and packets of these numbers; last 0 = no end */
    struct scapf_filter *filter; /* keep what it lets through; NULL = all. Stays the caller's */
    bool survey;                 /* write nothing, only learn whose events are kept */
    /* Keep no rows and no state of processes but those a finished survey of the same capture with
     * the same choice found; of their ancestors only the names. NULL = keep all. */
    const struct scapf_slice *prune;
    /* What is written goes through it; the filter still sees all. NULL = nothing is taken out.
     * Stays the caller's. */
    struct scapf_redact *redact;
};

struct scapf_slice_counts {
    uint64_t events, packets, others;       /* kept */
    uint64_t events_left, packets_left;     /* out */
    uint64_t state_events;                  /* written to carry state */
    uint64_t no_time;                       /* packets left out because they have none */
    uint64_t statistics_left, no_copy_left; /* blocks that are not true of a part */
    uint64_t unlabelled;                    /* events kept after more than was remembered */
    uint64_t too_large;                     /* state events that fit no block */
    uint64_t redacted;                      /* records the redaction did not let through */
    uint64_t ambiguous;                     /* sockets whose direction tables cannot say */
    uint64_t fd_lists_left;                 /* of threads, behind 16 Mi descriptors in a table */
    uint64_t not_kept;                      /* of the state: no room; see scapf_host_counters */
    uint32_t sections, sections_left;
};

/* The sink stays the caller's. opts may be NULL: keep everything. */
SCAPF_API_STATUS scapf_slice_new(struct scapf_sink *sink, const struct scapf_slice_opts *opts,
                                 struct scapf_slice **slice);
/* Take in the next record of the capture, each in order; reader is the one it came from. */
SCAPF_API_STATUS scapf_slice_put(struct scapf_slice *slice, const struct scapf_reader *reader,
                                 const struct scapf_record *rec);
/* Take in what follows the record that was put last, as far as it is certain without a look at each
 * record: what scapf_reader_next() and scapf_slice_put() of every one of them would do, sooner. The
 * reader goes on behind them; what it handed out before is no longer valid. */
SCAPF_API_STATUS scapf_slice_ahead(struct scapf_slice *slice, struct scapf_reader *reader);
/* What is put from now on goes to another sink, as a capture that stands for itself. Finishes the
 * part before; its sink is the caller's to finish. */
SCAPF_API_STATUS scapf_slice_next(struct scapf_slice *slice, struct scapf_sink *sink);
/* The bytes of the part at hand, before packing: what its sink was given, and what waits for the
 * next record that is kept. */
SCAPF_API uint64_t scapf_slice_bytes(const struct scapf_slice *slice);
/* Would the part at hand have more than max_bytes with the next event or packet? Where tables and
 * state have more than half of that, records get max_bytes / 2 all the same. A part without a
 * record is never full. */
SCAPF_API bool scapf_slice_is_full(const struct scapf_slice *slice, const struct scapf_record *next,
                                   uint64_t max_bytes);
/* Hand everything to the sink. Must be called; its OK is the only success. */
SCAPF_API_STATUS scapf_slice_finish(struct scapf_slice *slice);
SCAPF_API const struct scapf_slice_counts *scapf_slice_counts(const struct scapf_slice *slice);
/* Why a call failed; NULL when none did. */
SCAPF_API const struct scapf_diag *scapf_slice_diag(const struct scapf_slice *slice);
/* NULL is fine. */
SCAPF_API void scapf_slice_free(struct scapf_slice *slice);

#ifdef __cplusplus
}
#endif

#endif
