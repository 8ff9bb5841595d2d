/* SPDX-License-Identifier: Apache-2.0 */
/*
 * synth.h - what a capture has to know about processes, built up from what is seen to happen.
 *
 * A converter tells a synth what threads and descriptors do (a thread starts, runs a program, opens
 * a descriptor, ends); the synth keeps who lives, in which process, with which descriptors, and
 * writes the tables of a scap file: machine, processes, descriptors, users, interfaces.
 *
 * Tables stand before the first event but depend on everything that follows, so a converter goes
 * over its input twice. In the first pass the synth writes down its strangers: threads that appear
 * without having been started, which therefore ran before the input began - unless a later line
 * shows who started them. The second pass begins with those facts (synth_begin()) and meets the
 * same strangers in the same order, so that synth_thread() knows where each one comes from.
 *
 * Memory is that of what lives, plus a few words for each stranger.
 */
#ifndef SCAPFMT_SYNTH_H
#define SCAPFMT_SYNTH_H

#include "scapfmt.h"

#define SYNTH_NO_ID UINT32_MAX /* user or group not known */

/* Types of descriptors [scap 8]; those above 16 are refused by readers of before 2022. */
enum synth_fd_type {
    SYNTH_FD_UNKNOWN = 0,
    SYNTH_FD_FILE = 1,
    SYNTH_FD_DIRECTORY = 2,
    SYNTH_FD_IPV4 = 3,
    SYNTH_FD_IPV6 = 4,
    SYNTH_FD_SERVER4 = 5,
    SYNTH_FD_SERVER6 = 6,
    SYNTH_FD_PIPE = 7,
    SYNTH_FD_UNIX = 8,
    SYNTH_FD_EVENT = 9,
    SYNTH_FD_OTHER = 10,
    SYNTH_FD_SIGNAL = 11,
    SYNTH_FD_EPOLL = 12,
    SYNTH_FD_INOTIFY = 13,
    SYNTH_FD_TIMER = 14,
    SYNTH_FD_NETLINK = 15
};

/* Text that is kept. */
struct synth_text {
    char *at;
    uint32_t len, cap;
};

/* One end of a socket. family 0 = not known, else 1 unix (path), 2 IPv4, 10 IPv6. */
struct synth_end {
    uint8_t family;
    uint8_t ip[16];
    uint16_t port;
};

struct synth_fd {
    int64_t fd;         /* -1: a free slot */
    uint8_t type;       /* enum synth_fd_type */
    uint8_t family;     /* of a socket */
    uint8_t l4;         /* 0 unknown, 2 TCP, 3 UDP, 4 ICMP, 5 raw [scap 8] */
    bool open;          /* false: seen to be closed */
    uint64_t ino, peer; /* socket and pipe inodes */
    struct synth_end local, remote;
    uint32_t ask;           /* the converter's: who wants to know the local end, 0 = nobody */
    struct synth_text name; /* absolute path, or what the descriptor is called */
};

/* A table of descriptors, shared copy-on-write by processes that were copied. */
struct synth_fds {
    uint32_t refs, n, cap;
    struct synth_fd *slots; /* open addressing by fd */
};

/* What CLONE_FILES shares. */
struct synth_files {
    uint32_t refs;
    struct synth_fds *table;
};

struct synth_proc {
    int64_t pid, ptid;
    int64_t vpid; /* its pid in its own namespace, 0 = the same as far as is known */
    uint32_t threads;
    uint32_t root; /* stranger from which its descriptors were copied */
    uint32_t uid, gid;
    int64_t fdlimit;
    struct synth_files *files;
    struct synth_text cwd; /* empty = not known */
    bool moved;            /* it is not in the directory it began in, which is not known */
    struct synth_text exe, args, exepath;
    struct synth_text name; /* of all its threads, where names may be longer than comm */
};

struct synth_thread {
    int64_t tid;  /* -1: a free slot */
    int64_t vtid; /* in its own namespace, 0 = as its process, or the same as far as is known */
    struct synth_proc *proc;
    char comm[16];
    uint32_t stranger; /* its number, UINT32_MAX = none */
    bool linked;       /* its parent is known, or guessed */
    bool sure;         /* its parent said so */
    /* the rest is the converter's */
    uint8_t arch;
    bool seen;       /* it did something itself */
    bool entered;    /* an enter event was written and its exit not yet */
    int64_t busy_ns; /* when entered ends, where that is known before */
    uint64_t begun;  /* which of the calls in parts it began last, from 1 */
    bool gone;       /* that one does not return, which was said when it began */
    bool starting;   /* inside of a call that starts something which has not shown up */
    uint32_t start_flags;
    uint32_t start_no; /* which of the calls that begin on a line of their own, from 1 */
    const void *start_call;
    uint32_t late_mask, late_at; /* arguments that were not printed at the beginning */
};

/* A thread that appeared without having been started. */
struct synth_stranger {
    int64_t tid;
    int64_t parent;           /* the thread that started it, as a later line shows; -1 = none did */
    uint32_t flags;           /* PPM_CL_* of that start */
    const void *call;         /* of the converter's: what started it */
    struct synth_proc *first; /* what it was when it appeared; NULL when it was started */
    char comm[16];
};

/* A user the capture knows by name. */
struct synth_user {
    uint32_t uid, gid;
    struct synth_text name;
};

struct synth {
    const struct scapf_alloc *alloc;
    bool failed;                   /* no memory */
    bool second;                   /* second pass: strangers are known */
    struct synth_thread **threads; /* open addressing by tid */
    uint32_t n_threads, cap_threads;
    uint32_t turns; /* threads that came, went, or went over to another process */
    struct synth_stranger *strangers;
    uint32_t n_strangers, cap_strangers, next_stranger;
    struct synth_user *users;
    uint32_t n_users, cap_users;
    uint32_t uid, gid;   /* of strangers whose ids nobody tells */
    uint32_t n_starting; /* of the converter's: threads with starting */
};

/* ------------------------------------------------------------------ life of a synth */

void synth_init(struct synth *s, const struct scapf_alloc *alloc);
void synth_release(struct synth *s);
/* User and group of strangers that do not tell theirs; -1 = not known. */
void synth_ids(struct synth *s, int64_t id);
/* Start the second pass with the strangers of the first, which must outlive it. */
void synth_begin(struct synth *second, const struct synth *first);

/* The first pass is over: nobody lives any more, only the strangers stay. */
void synth_settle(struct synth *s);

/* Text that is kept: replaced, its old memory used again. False when there is no memory. */
bool synth_set(struct synth *s, struct synth_text *text, const char *at, size_t len);

/* ------------------------------------------------------------------ threads */

/* The thread, or NULL when none lives under this number. */
struct synth_thread *synth_find(const struct synth *s, int64_t tid);
/* The same; a stranger begins to live. NULL only when there is no memory. *started_by
 * is set when it is a stranger that the first pass found a parent for: synth_start() it. */
struct synth_thread *synth_thread(struct synth *s, int64_t tid,
                                  const struct synth_stranger **started_by);
/* Parent starts child; flags are PPM_CL_* bits. Takes over a stranger that was seen before. sure:
 * the parent's call returned this number; else it is a guess that a later call may correct. */
struct synth_thread *synth_start(struct synth *s, struct synth_thread *parent, int64_t child,
                                 uint32_t flags, const void *call, bool sure);
/* A thread runs a program: it becomes its process's only one, under the number of the process. */
struct synth_thread *synth_exec(struct synth *s, struct synth_thread *thread);
/* A process that starts now without anybody having started it; its number must be free. */
struct synth_thread *synth_born(struct synth *s, int64_t pid);
void synth_end_thread(struct synth *s, struct synth_thread *thread);
/* The thread turns out to belong to the process pid (getpid() said so). */
void synth_belongs(struct synth *s, struct synth_thread *thread, int64_t pid);
/* What a process was from its beginning: the row of the table is changed as well. */
struct synth_proc *synth_origin(const struct synth *s, const struct synth_proc *proc);

/* Absolute path of name seen from dir (NULL: the working directory): ".." and "." are taken out.
 * False when name is relative and dir not known. */
bool synth_path(struct synth *s, struct synth_text *out, const struct synth_text *dir,
                const char *name, size_t len);

/* ------------------------------------------------------------------ descriptors */

/* The descriptor as far as it was seen, open or closed; NULL when it never was. */
struct synth_fd *synth_fd(const struct synth_proc *proc, int64_t fd);
/* The same to be changed: the process gets a table of its own first, and the descriptor a row. */
struct synth_fd *synth_fd_change(struct synth *s, struct synth_proc *proc, int64_t fd);
/* A new descriptor (whatever had its number before is gone), without a name. */
struct synth_fd *synth_fd_open(struct synth *s, struct synth_proc *proc, int64_t fd);
void synth_fd_close(struct synth *s, struct synth_proc *proc, int64_t fd);
void synth_fd_dup(struct synth *s, struct synth_proc *proc, int64_t from, int64_t to);
/* The descriptor has been there from the beginning: a row in the table of who had it. */
struct synth_fd *synth_fd_inherited(struct synth *s, struct synth_proc *proc, int64_t fd);
/* A program was started: a table shared with another process is left to it. */
void synth_fds_exec(struct synth *s, struct synth_proc *proc);

struct synth_files *synth_files_new(struct synth *s);
struct synth_files *synth_files_copy(struct synth *s, struct synth_files *from, bool share);
void synth_files_drop(struct synth *s, struct synth_files *files);

/* ------------------------------------------------------------------ users */

/* The user with this name, one more when there is none yet. SYNTH_NO_ID: no memory. */
uint32_t synth_user(struct synth *s, const char *name, size_t len, uint32_t uid);

/* ------------------------------------------------------------------ tables */

struct synth_host {
    const char *name; /* NULL = not known */
    uint32_t cpus;    /* the highest cpu of any event, and one */
    uint64_t memory;  /* bytes, 0 = not known */
};

/* Section header and all tables, from the strangers of the first pass. */
SCAPF_MUST_USE enum scapf_status synth_write_tables(const struct synth *s,
                                                    struct scapf_writer *writer,
                                                    const struct synth_host *host);

#endif
