/* SPDX-License-Identifier: Apache-2.0 OR MIT OR GPL-2.0-only */
/*
 * wire.h - what the kernel part of the recorder and the rest of it say to each other: the records
 * of the rings, the plans of what to fetch for which call, counters.
 *
 * A record is a head, then chunks, each a multiple of 8 bytes long:
 *
 *   head (96)  ts kind flags cpu bytes tid pid nr n_chunks ret until args[6]
 *   chunk (16) op flags item len full   then len bytes, padding to 8
 *
 * A chunk is the answer to one step of the plan of its call: op is the number of the step.
 *
 * A call is one record, made when it returns: nothing else happens on its processor meanwhile. When
 * something does - the thread has to wait, or is stopped, or takes long - its beginning becomes a
 * record of its own then, and its end another one.
 *
 * Included by the BPF program, which has no headers of the C library.
 */
#ifndef SCAPFMT_RECORD_WIRE_H
#define SCAPFMT_RECORD_WIRE_H

#include <linux/types.h>

#define REC_ARGS       6
#define REC_OPS        10  /* steps of one plan */
#define REC_CALLS      512 /* system calls that may have a plan, by number */
#define REC_RINGS      64  /* most ring buffers: that of a processor is its number modulo this */
#define REC_CPUS       512 /* processors with counters of their own */
#define REC_BODY       0x10000u /* a chunk starts below this offset of a record */
#define REC_DATA       0x11000u /* most bytes of a chunk, with room to read a page more */
#define REC_TEXT       4096u    /* most bytes of a path, with its NUL */
#define REC_LIST       4096u    /* most bytes of a list of arguments, as readers take */
#define REC_WORDS      64       /* most arguments fetched one by one */
#define REC_IOVECS     1024u    /* [UIO_MAXIOV] vectors of a call, messages of a call */
#define REC_CONTROL    1088u /* most bytes of control data: 253 descriptors, credentials, a label */
#define REC_RIGHTS_MAX 253   /* [SCM_MAX_FD] descriptors of a message */
#define REC_CONTROLS   4     /* control messages that are looked at */
#define REC_DEPTH      48    /* most directories of a path */
#define REC_NAME       256u  /* [NAME_MAX] and a NUL */
#define REC_SCRATCH    (REC_BODY + 2 * REC_DATA)

/* Argument that holds the flags of clone3(), which has fewer. */
#define REC_CLONE3_FLAGS 5

enum rec_kind {
    REC_ENTER = 1, /* a call begins */
    REC_EXIT,      /* a call returns */
    REC_EXEC,      /* a program has been loaded; chunk 0: the name it was started under */
    REC_END,       /* a thread ends; ret is its status as wait(2) has it */
    REC_SIGNAL,    /* a signal is delivered; nr is its number, ret who sent it */
    REC_SWITCH,    /* another thread runs; nr is its number */
    REC_CALL       /* the first two in one: it began at ts and returned at until */
};

enum rec_flag {
    REC_F_IA32 = 1,     /* called as on i386: what args point to is as there */
    REC_F_NO_ENTER = 2, /* the call began before the recording: args are not known */
    REC_F_FOUND = 4,    /* the thread did not begin within the recording */
    REC_F_OTHER = 8,    /* no call of this machine is like it: number and args are those of i386 */
    REC_F_CAPPED = 16   /* a limit that is not there is INT32_MAX in memory */
};
/* Those that both ends of a call have. */
#define REC_F_OF_CALL (REC_F_IA32 | REC_F_OTHER | REC_F_CAPPED)

struct rec_head {
    __u64 ts; /* ns since boot */
    __u8 kind;
    __u8 flags;
    __u16 cpu;
    __u32 bytes; /* of the whole record */
    __u32 tid, pid;
    __s32 nr;
    __u16 n_chunks;
    __u8 wide; /* a bit for each argument that has 64 bits on i386 as well */
    __u8 half; /* a bit for each argument that points to numbers of half the size, as on i386 */
    __s64 ret;
    __u64 until; /* ns since boot; of REC_CALL */
    __u64 args[REC_ARGS];
};

enum rec_chunk_flag {
    REC_C_FAULT = 1, /* could not be read; what there is may be less */
    REC_C_CUT = 2    /* there is more than was asked for */
};

struct rec_chunk {
    __u8 op;
    __u8 flags;
    __u16 item; /* which of several messages */
    __u32 len;
    __u64 full; /* what there is: bytes of all vectors, of the whole text */
};

/* ------------------------------------------------------------------ plans */

enum rec_step {
    REC_NONE,
    REC_STR,   /* text with its NUL; unit: enum rec_text */
    REC_BYTES, /* bytes, as many as len tells */
    REC_IOV,   /* the vectors at arg, len of them: joined bytes; full is the sum of their sizes */
    REC_MSG,   /* struct msghdr: its vectors, as REC_IOV; then, as the next steps, its address and
                  its control data. unit: enum rec_message */
    REC_ADDR,  /* a socket address of len bytes, or of as many as the number at len says */
    REC_FILE,  /* what the descriptor is: struct rec_file; of REC_LEN_PTR, where arg points to */
    REC_TASK,  /* the process: struct rec_task */
    REC_ARGV,  /* strings of the vector at arg; of the new program when one was started */
    REC_IMAGE, /* arguments of the running program */
    REC_ENVIRONMENT, /* as REC_ARGV */
    REC_CWD,         /* names of a path, the last first, each with its NUL */
    REC_PROGRAM,     /* the same of the program file */
    REC_RIGHTS /* the descriptors that struct msghdr has brought, an item for each: REC_FILE, full
                  is its number; then, as the next step, names of its path as REC_CWD */
};

enum rec_text {
    REC_T_FAILED = 1, /* only when the call failed */
    REC_T_WRITTEN = 2 /* by the call: only when it did not fail */
};

enum rec_message {
    REC_M_MANY = 1,   /* an array of them, as many as the result says; behind each how much moved */
    REC_M_CONTROL = 2 /* the control data is wanted */
};
#define REC_MSG_STEPS    3
#define REC_RIGHTS_STEPS 2

enum rec_len {
    REC_LEN_FIX, /* unit */
    REC_LEN_ARG, /* argument len_arg, times unit */
    REC_LEN_RET, /* the result, times unit; nothing when it failed */
    REC_LEN_PTR  /* the 32-bit number that argument len_arg points to */
};

struct rec_op {
    __u8 step; /* enum rec_step */
    __u8 arg;  /* argument; REC_ARGS = the result */
    __u8 len;  /* enum rec_len */
    __u8 len_arg;
    __u8 when_arg; /* 0: always; else only when argument when_arg - 1 is `when` */
    __u8 when;
    __u8 towards; /* REC_FILE of a unix socket: the path of its peer, or else its own */
    __u8 zero;
    __u32 unit;
    __u32 most; /* bytes at most */
};

struct rec_plan {
    __u8 n;
    __u8 zero[3];
    struct rec_op ops[REC_OPS];
};

/* ------------------------------------------------------------------ answers */

/* Of what is no socket there is only what stands before source. */
struct rec_file {
    __u64 ino;
    __u32 dev; /* as in stat(2), major and minor packed by 20 bits */
    __u32 mode;
    __u64 source, peer; /* unix sockets: addresses of the two ends */
    __u16 family;       /* 0: not known */
    __u8 type, protocol;
    __u16 sport, dport;
    __u8 saddr[16], daddr[16];
    __u32 backlog, max_backlog;
    __u32 path_len;
    __u8 path[108]; /* unix: of this end, or else of the other; the other way round: towards */
    __u8 peer_path; /* it is the other's */
    __u8 zero[3];
};

/* [scap] execve_flags */
enum rec_exe {
    REC_EXE_WRITABLE = 1, /* the process may write its program, or give itself the right to */
    REC_EXE_UPPER = 2,    /* it lies in the upper layer of an overlay */
    REC_EXE_MEMFD = 4,
    REC_EXE_LOWER = 8
};

struct rec_task {
    __s32 tid, pid, ptid, vtid, vpid, pgid, vpgid, sid;
    __u32 uid, gid, loginuid, tty;
    __u64 cap_inheritable, cap_permitted, cap_effective;
    __u64 fdlimit, pgft_maj, pgft_min;
    __u64 vm_size, vm_rss, vm_swap; /* pages */
    __u64 cgroup;
    __u64 exe_ino, exe_ctime, exe_mtime;
    __u64 pidns_start; /* ns since boot */
    __u32 ns_level;    /* 0: the pid namespace of the machine */
    __u32 exe_flags;   /* enum rec_exe */
    char comm[16];
};

/* ------------------------------------------------------------------ counters and settings */

struct rec_cpu {
    __u64 busy;   /* time of the record that is being made, or of the call that is under way and has
                     none yet; 1: not known yet; 0: none */
    __u64 making; /* a record is being made */
    __u64 seen, written;
    __u64 full;        /* lost: no room in the ring */
    __u64 faults, cut; /* chunks that could not be read, that were cut */
    __u64 stateless;   /* lost: no memory for what is kept of a thread */
    __u64 children;    /* lost: threads that could not be marked */
    __u64 lost_to;     /* when the last one was */
    __u64 no_room;     /* answers left out: the record is full */
    __u64 zero[5];
};

struct rec_config {
    __u32 snaplen;
    __u64 cgroup;
    __u32 cgroup_level;
    __u8 by_cgroup, by_tgid, all, enter, env, switches;
    __u8 joined;                 /* a call is one record, where that is possible */
    __u32 apart[REC_CALLS / 32]; /* a bit for each call whose beginning is told at once: what its
                                    plan fetches changes until it returns */
};

/* What both sides look at while it runs. */
struct rec_shared {
    __s64 alive;    /* marked threads that have not ended */
    __u64 pidns;    /* the pid namespace of the recorder: ids are as it sees them; an address */
    __u32 ns_level; /* 0: that of the machine */
    __u32 looked;   /* the two above are known */
};

/* Calls of i386: by number, then the parts of socketcall() and those of ipc(). */
#define REC_IA32_PARTS      32
#define REC_IA32            (REC_CALLS + 2 * REC_IA32_PARTS)
#define REC_IA32_WORDS      8
#define REC_IA32_SOCKETCALL 102
#define REC_IA32_IPC        117

/* The number of a word, and: */
enum rec_ia32_order {
    REC_IA32_PAIR = 16,  /* that and the next one are the halves of a number */
    REC_IA32_PAGES = 32, /* in pages of 4096 bytes */
    REC_IA32_DEREF = 64, /* the word that it points to */
    REC_IA32_NONE = 128,
    REC_IA32_SIGN = 256,   /* it has a sign, for 64 bits */
    REC_IA32_ID = 512,     /* of a user or a group, of 16 bits: the last one is nobody's */
    REC_IA32_HALF = 1024,  /* it points to numbers of half the size */
    REC_IA32_CAPPED = 2048 /* as REC_F_CAPPED */
};

struct rec_ia32 {
    __u16 native; /* the number here, and 1; 0: it is like none */
    __u8 block;   /* argument that points to the words, and 1; 0: they are in the registers */
    __u8 n_block; /* how many words there are */
    __u16 order[REC_ARGS]; /* where each argument comes from */
};

/* What is said of a process by its id. */
enum rec_named { REC_N_RECORD = 1, REC_N_NEVER = 2 };

enum rec_mark {
    REC_MARK_TRACED = 1,
    REC_MARK_PENDING = 2,
    REC_MARK_ENTERED = 4,
    REC_MARK_FOUND = 8 /* as REC_F_FOUND */
};

/* What is kept of a thread, and of its call under way when the end of that has to become a record
 * of its own (REC_MARK_ENTERED). */
struct rec_mark_state {
    __u32 flags; /* enum rec_mark */
    __s32 nr;
    __u8 call_flags; /* enum rec_flag */
    __u8 wide, half; /* as in rec_head */
    __u8 zero[5];
    __u64 args[REC_ARGS];
};

#endif
