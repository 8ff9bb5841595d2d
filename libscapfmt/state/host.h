/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host.h - inside of a host: what its modules share.
 *
 *   host.c        life of a host, pairing of events, dispatch
 *   host_life.c   threads and processes: made, found, joined, forgotten
 *   host_args.c   parameters by name, from an exit or from the enter before it
 *   host_table.c  initial tables
 *   host_thread.c events about them: clone, execve, exit, ids, directories
 *   host_fd.c     descriptors: open, close, dup, pipes and the like
 *   host_sock.c   sockets
 *   host_path.c   paths
 *   host_meta.c   users, groups, containers
 *   host_more.c   what process rows say beyond that, for those who write them again
 *   host_view.c   look-ups
 */
#ifndef SCAPF_STATE_HOST_H
#define SCAPF_STATE_HOST_H

#include "bytes/out.h"
#include "event/event.h"
#include "state/fdtab.h"
#include "state/map.h"

#define NO_FD       INT64_MIN
#define NO_ID       UINT32_MAX
#define HOST_RECENT 64u

/* Numbers of the fd table. [scap 8] */
enum fd_type {
    FDT_UNKNOWN,
    FDT_FILE,
    FDT_DIRECTORY,
    FDT_IPV4,
    FDT_IPV6,
    FDT_IPV4_SERVER,
    FDT_IPV6_SERVER,
    FDT_FIFO,
    FDT_UNIX,
    FDT_EVENT,
    FDT_UNSUPPORTED,
    FDT_SIGNALFD,
    FDT_EVENTPOLL,
    FDT_INOTIFY,
    FDT_TIMERFD,
    FDT_NETLINK,
    FDT_FILE_V2,
    FDT_BPF,
    FDT_USERFAULTFD,
    FDT_IO_URING,
    FDT_MEMFD,
    FDT_PIDFD
};

/* Parameters that state depends on, by their schema names, which are sorted. */
/* clang-format off */
#define HOST_ARGS(X) \
    X(addr) X(arg) X(arg2_str) X(args) X(argv) X(cap_effective) X(cap_inheritable) \
    X(cap_permitted) X(cgroups) X(cmd) X(comm) X(container_id) X(cwd) X(dev) X(dirfd) X(domain) \
    X(egid) X(env) X(euid) X(exe) X(exe_ino) X(exe_ino_ctime) X(exe_ino_mtime) X(exepath) X(fd) \
    X(fd1) X(fd2) X(fd_type) X(fdlimit) X(filename) X(first) X(flags) X(gid) X(home) X(id) \
    X(image) X(ino) X(ino_num) X(json) X(last) X(local_ip) X(local_port) X(loginuid) X(mountfd) \
    X(name) X(newfd) X(oldfd) X(option) X(path) X(pathname) X(peer) X(pgft_maj) X(pgft_min) \
    X(pgid) X(pid) X(pid_fd) X(pidns_init_start_ts) X(ppid) X(proto) X(ptid) X(reaper_tid) \
    X(remote_ip) X(remote_port) X(res) X(res_or_fd) X(root) X(shell) X(sid) X(sk_proto) \
    X(source) X(sun_path) X(target_fd) X(tid) X(trusted_exepath) X(tty) X(tuple) X(type) X(uid) \
    X(vm_rss) X(vm_size) X(vm_swap) X(vpgid) X(vpid) X(vtgid) X(vtid)
/* clang-format on */

enum arg {
#define X(name) ARG_##name,
    HOST_ARGS(X)
#undef X
        N_ARGS
};

struct scapf_host;
typedef void (*host_fn)(struct scapf_host *h, int what);

/* Where the parameter of a name stands. */
struct place {
    int8_t param; /* -1 = there is none */
    int8_t size;  /* event_number_size() */
};

/* What an event code means to the host; made from the schema when the first event of it comes. */
struct code {
    host_fn fn;
    const struct place *args; /* by enum arg; NULL = nothing is made yet */
    int what;
    bool is_call;     /* of a system call: enter and exit make a pair */
    bool uses_fd;     /* about a descriptor it names */
    bool tells_usage; /* memory and page faults of its thread */
    bool is_switch;   /* its thread leaves the processor */
    int8_t fd_param;  /* which parameter names it; -1 = none */
    uint8_t plan;     /* what is done at its events: see host.c */
    uint32_t cloexec; /* bit of its flags that means close on execve; 0 = none */
};

/* A process: the threads of one thread group. */
struct process {
    struct map_key key; /* pid, 0; or the tid and 1 of a thread whose process is not known */
    uint32_t n_threads;
    uint32_t fds; /* table */
    uint32_t cwd, root;
};

/* What a process row holds that nothing here asks for. Kept as a text: many threads have the same.
 */
struct thread_more {
    uint64_t pfmajor, pfminor, pidns_init_start_ts, exe_ino, exe_ino_ctime, exe_ino_mtime;
    uint32_t vmsize_kb, vmrss_kb, vmswap_kb;
    uint8_t exe_writable, exe_upper_layer, exe_from_memfd, exe_lower_layer;
};

/* Clone flag of a thread that returned from its clone before its parent did, as rows have it. */
#define CL_THREAD         0x00002000u
#define CL_CLONE_INVERTED 0x00010000u
#define CL_CHILD_IN_PIDNS 0x20000000u

/* How a thread came up. */
enum origin {
    FROM_EVENT,  /* an event of it came before anything described it */
    FROM_TABLE,  /* it stands in the initial table */
    FROM_PARENT, /* its clone returned in the parent, not yet in itself */
    FROM_CHILD,  /* the other way round */
    FROM_BOTH
};

struct thread {
    struct map_key key; /* tid, 0 */
    struct process *process;
    int64_t pid, ptid, vtid, vpid, sid, vpgid, pgid, fdlimit;
    uint64_t caps[3]; /* inheritable, permitted, effective */
    uint64_t start_ts, birth;
    uint64_t exec_ns; /* on the processors, while that is followed */
    uint64_t enter_ts;
    int64_t enter_fd;
    uint32_t enter; /* blob: payload of the last enter event */
    uint32_t enter_room, enter_len, enter_params;
    uint8_t *enter_bytes;    /* of the blob */
    struct scapf_call begun; /* by that event; has_enter: it waits for its exit */
    uint16_t enter_cpu;
    uint8_t enter_len_size;
    bool enter_big, has_enter;
    uint32_t told_in; /* for who writes the events again: to which output the enter event went */
    uint8_t origin;   /* enum origin */
    bool inverted;    /* its row says that its parent has not returned from the clone yet */
    uint32_t own_fds; /* table of a thread that does not share its process's; else 0 */
    uint32_t uid, gid, loginuid, tty, flags;
    uint32_t comm, exe, exepath, args, env, cgroups, container;
    uint32_t more; /* struct thread_more; 0 = all zero */
};

struct user {
    struct map_key key; /* id, 0 user / 1 group; container string in the high half of b */
    uint32_t gid, name, home, shell, container;
};

struct container {
    struct map_key key; /* string of the id */
    uint32_t name, image, json;
    bool known;
};

/* A processor. */
struct cpu {
    struct map_key key; /* its number */
    uint64_t switch_ts; /* of the last switch there */
};

struct scapf_host {
    struct budget budget;
    const struct scapf_schema *schema;
    struct code *codes;
    struct place *args; /* of all codes */
    uint32_t n_codes;
    struct strs strs;
    struct fdtabs fds;
    struct map threads, processes, users, containers, cpus;
    const struct container *last_container; /* the one told of last */
    struct thread
        *recent[HOST_RECENT]; /* threads of the last events, by the low bits of their id */
    uint64_t births;          /* threads made so far */
    uint32_t section;
    bool any;
    bool follows_usage; /* somebody asks for it, so events that tell it are taken in */
    bool only_pairs;    /* see host_only_pairs() */
    struct out scratch;
    /* The record at hand. */
    const struct scapf_event *ev;
    const struct code *code; /* what its code means; NULL when it is not known */
    struct thread *thread;   /* of the event; NULL when nothing is known of it */
    struct scapf_event enter;
    bool enter_built;
    struct scapf_host_event view;
    uint32_t wanted;      /* string of view.wanted */
    uint64_t exec_ns;     /* how long the thread that leaves was on its processor */
    uint32_t name_before; /* string: of the descriptor the event is about, before the event */
    bool fcntl_made_fd;   /* of the last fcntl: see host_makes_fd() */
    /* What it ends, see host_settle(). */
    int64_t gone_tid, gone_fd;
    uint32_t gone_table;
    bool thread_is_gone, fd_is_gone;
    struct scapf_host_counters counters;
    uint8_t served[8192];     /* ports the tables say are listened on, a bit each */
    bool directions_open;     /* connections of the tables are not yet told apart by them */
    struct scapf_table table; /* too large for a stack frame */
    struct scapf_row row;
};

/* Parameters of the event at hand, or, when it has none of that name, of its enter event. False
 * when there is none, it is empty, or of another kind. */
bool host_arg(struct scapf_host *h, enum arg arg, struct scapf_value *v);
bool host_arg_int(struct scapf_host *h, enum arg arg, int64_t *v);
bool host_arg_bytes(struct scapf_host *h, enum arg arg, const uint8_t **p, uint32_t *len);
/* The event has this parameter, though it may be empty. */
bool host_has_arg(const struct scapf_host *h, enum arg arg);
/* The text up to its first NUL as a string of the pool; 0 when there is none. */
uint32_t host_arg_str(struct scapf_host *h, enum arg arg);
/* The event did what it names: its result is not negative. */
bool host_succeeded(struct scapf_host *h);
/* The enter event of the exit at hand; NULL when it was not seen. */
const struct scapf_event *host_enter(struct scapf_host *h);

/* What stands in h->scratch as a string of the pool. */
uint32_t host_scratch_str(struct scapf_host *h);

/* Threads. find returns NULL when nothing is known; need makes one. */
static inline struct thread *host_find_thread(const struct scapf_host *h, int64_t tid)
{
    /* Most look-ups are about the thread of the event at hand. */
    return h->thread != NULL && h->thread->key.a == tid ? h->thread : map_find(&h->threads, tid, 0);
}

struct thread *host_need_thread(struct scapf_host *h, int64_t tid);
/* find, for the thread of an event: it is likely to be that of one of the next ones. */
static inline struct thread *host_recent_thread(struct scapf_host *h, int64_t tid)
{
    struct thread **recent = &h->recent[(uint64_t)tid % HOST_RECENT];

    if (*recent == NULL || (*recent)->key.a != tid) {
        *recent = map_find(&h->threads, tid, 0);
    }
    return *recent;
}

struct thread *host_thread_of_event(struct scapf_host *h);
void host_forget_thread(struct scapf_host *h, int64_t tid);
/* Let a thread belong to the process pid, made when it is new. */
bool host_join(struct scapf_host *h, struct thread *t, int64_t pid);
/* Replace the string an item holds; text is taken over. */
static inline void host_set(struct scapf_host *h, uint32_t *at, uint32_t text)
{
    str_drop(&h->strs, *at);
    *at = text;
}

/* Container of a thread, from its control groups. */
void host_find_container(struct scapf_host *h, struct thread *t);
/* The path of name when it starts from dir (NULL: not known), as a string of the pool. */
uint32_t host_path(struct scapf_host *h, const char *dir, const void *name, size_t len);
const char *host_cwd(struct scapf_host *h, const struct thread *t);

/* Table of descriptors of a thread; 0 = not known. need makes one. */
static inline uint32_t host_fds(const struct thread *t)
{
    return t->own_fds != 0 ? t->own_fds : t->process->fds;
}
uint32_t host_need_fds(struct scapf_host *h, struct thread *t);
/* Give the event's thread a new descriptor, about which the event then is. bits: FD_CLOEXEC. NULL
 * when there is no room or the number cannot be. */
struct file *host_new_fd(struct scapf_host *h, int64_t fd, uint8_t type, uint32_t bits);
/* Put a file that is open elsewhere into a slot, too. */
void host_share_fd(struct scapf_host *h, int64_t fd, uint32_t slot, uint32_t bits);
uint32_t host_cloexec(struct scapf_host *h);
/* The descriptor the exit at hand is about, NO_FD when it is not known. */
int64_t host_used_fd(struct scapf_host *h);
/* Give a file the addresses of a tuple or address value. */
void host_set_sock(struct scapf_host *h, struct file *file, const struct scapf_value *v);

/* struct thread_more from the row, and from the event at hand, that describe the thread. */
void host_more_row(struct scapf_host *h, struct thread *t);
void host_more_event(struct scapf_host *h, struct thread *t);
/* The same for what only execve events tell. */
void host_more_exec(struct scapf_host *h, struct thread *t);
struct thread_more host_more(const struct scapf_host *h, const struct thread *t);
/* Memory and page faults, as the event at hand tells them. */
void host_usage_event(struct scapf_host *h, struct thread *t);
/* From now on, what every event tells of memory and page faults is taken in, not only what comes
 * with new processes: many events do. So is the time on the processors, and how names change. */
void host_follow_usage(struct scapf_host *h);
/* The thread of the event at hand leaves its processor. */
void host_switch(struct scapf_host *h);
/* Has the descriptor that the event put last is about got another name by it, or its first one?
 * Needs host_follow_usage(). */
bool host_name_changed(struct scapf_host *h);
/* What the event put last ended is gone now, not only with the next one. */
void host_settle(struct scapf_host *h);
/* From now on, until the section ends, nothing is asked but which enter event an exit belongs to:
 * events change nothing else any more, and no tables may come. */
void host_only_pairs(struct scapf_host *h);
/* Then: an event of this thread was passed over, and no exit is to find the enter event before it.
 */
void host_no_enter(struct scapf_host *h, int64_t tid);
/* Does an event of this code change more than what is paired? */
bool host_matters(const struct scapf_host *h, uint32_t code);
/* Does this event? */
bool host_changes(const struct scapf_host *h, const struct scapf_event *ev);
/* Is it of a system call? */
bool host_is_call(const struct scapf_host *h, uint32_t code);
/* Is it about users, groups or containers, of which there is no table to write? */
bool host_is_lore(const struct scapf_host *h, uint32_t code);
/* Does an event of this code say that its thread is no more? */
bool host_ends_thread(const struct scapf_host *h, uint32_t code);
/* Does it make threads? Does it give its own another name? */
bool host_makes_thread(const struct scapf_host *h, uint32_t code);
bool host_names_thread(const struct scapf_host *h, uint32_t code);
/* The process, no thread, that this event says its own thread has made; -1 when there is none. */
int64_t host_new_process(const struct scapf_host *h, const struct scapf_event *ev);

/* What a line shows of a descriptor: less than scapf_host_fd() says, and sooner. */
struct fd_shown {
    const char *name; /* NULL when it is not known */
    uint32_t len;
    uint8_t type, l4proto;
};

/* The name of the descriptor the event at hand is about, as one more owner; 0 when there is none.
 */
uint32_t host_fd_name(struct scapf_host *h);

bool host_fd_shown(struct scapf_host *h, int64_t tid, int64_t fd, struct fd_shown *shown);

/* Is the result of this exit event, which is the event at hand, a descriptor? That of fcntl has the
 * type of one, but is one only where it duplicates: F_GETFL returns flags. */
bool host_makes_fd(const struct scapf_host *h, const struct scapf_event *event);

/* The parts. */
/* Take in an event, of the section of the record put last. */
void host_put_event(struct scapf_host *h, const struct scapf_event *ev);
void host_take_table(struct scapf_host *h, const struct scapf_record *rec);
/* All tables are read: tell incoming connections from outgoing ones. */
void host_direct_sockets(struct scapf_host *h);
void host_put_user(struct scapf_host *h, uint32_t id, bool group, const struct user *user);

/* Handlers, see the table in host.c. */
void on_clone(struct scapf_host *h, int what);
void on_execve(struct scapf_host *h, int what);
void on_procexit(struct scapf_host *h, int what);
void on_prctl(struct scapf_host *h, int what);
void on_set_id(struct scapf_host *h, int what);
void on_chdir(struct scapf_host *h, int what);
void on_fchdir(struct scapf_host *h, int what);
void on_chroot(struct scapf_host *h, int what);
void on_setsid(struct scapf_host *h, int what);
void on_setpgid(struct scapf_host *h, int what);
void on_unshare(struct scapf_host *h, int what);
void on_capset(struct scapf_host *h, int what);
void on_task(struct scapf_host *h, int what);
void on_open(struct scapf_host *h, int what);
void on_close(struct scapf_host *h, int what);
void on_close_range(struct scapf_host *h, int what);
void on_dup(struct scapf_host *h, int what);
void on_fcntl(struct scapf_host *h, int what);
void on_pipe(struct scapf_host *h, int what);
void on_new_fd(struct scapf_host *h, int what);
void on_bpf(struct scapf_host *h, int what);
void on_memfd(struct scapf_host *h, int what);
void on_pidfd_getfd(struct scapf_host *h, int what);
void on_task_file(struct scapf_host *h, int what);
void on_socket(struct scapf_host *h, int what);
void on_socketpair(struct scapf_host *h, int what);
void on_bind(struct scapf_host *h, int what);
void on_connect(struct scapf_host *h, int what);
void on_accept(struct scapf_host *h, int what);
void on_transfer(struct scapf_host *h, int what);
void on_task_socket(struct scapf_host *h, int what);
void on_container(struct scapf_host *h, int what);
void on_user(struct scapf_host *h, int what);

#endif
