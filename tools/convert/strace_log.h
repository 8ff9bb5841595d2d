/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strace_log.h - the text strace writes, as items: one call, signal, exit or message at a time.
 *
 * strace_set reads one log, or the files of strace -ff merged by time. Each strace_set_next() gives
 * one item; all of it (text, nodes, spans) is valid until the next call on the same set. Items come
 * in the order of their lines, and every line of the input belongs to exactly one item.
 *
 * A call that strace printed in two parts gives two items. STRACE_BEGIN stands where the call
 * began and has the arguments printed so far; STRACE_CALL stands where it returned and has all of
 * them, both times, and begin_line of its STRACE_BEGIN. A call printed in one line is one
 * STRACE_CALL with begin_line 0. Nothing is buffered but the texts of calls that have not returned.
 *
 * What cannot be read is an item too (STRACE_UNREAD, STRACE_FOREIGN) and never stops anything.
 */
#ifndef SCAPFMT_STRACE_LOG_H
#define SCAPFMT_STRACE_LOG_H

#include <string.h>

#include "scapfmt.h"

#define STRACE_MAX_LINE  ((size_t)16 << 20)  /* longer lines are cut there */
#define STRACE_MAX_DEPTH 48                  /* brackets within brackets; deeper ones stay raw */
#define STRACE_MAX_NODES ((uint32_t)1 << 18) /* tokens of one call; what follows stays raw */

/* ------------------------------------------------------------------ tokens */

enum strace_node_kind {
    STRACE_N_NONE,      /* no such node */
    STRACE_N_LIST,      /* the arguments of a call, or what stands in (...) after a result */
    STRACE_N_NUMBER,    /* value; base tells how it was written; a pointer is base 16 */
    STRACE_N_SYMBOL,    /* NAME or A|B|0x40: strace_word_next() gives the parts */
    STRACE_N_STRING,    /* "...": strace_string() decodes; STRACE_F_CUT when "..." follows it */
    STRACE_N_NULL,      /* NULL */
    STRACE_N_STRUCT,    /* {a, b=c}: children */
    STRACE_N_ARRAY,     /* [a, b] or [a b] or ~[a b]: children */
    STRACE_N_FUNC,      /* name(children): the name is strace_func() */
    STRACE_N_EXPR,      /* children with their op: 8192*1024, 1<<32, A(s) && B(s) == 3, X or Y */
    STRACE_N_PAIR,      /* before => after: two children, the first is N_NONE when not printed */
    STRACE_N_ELLIPSIS,  /* ... : strace left something out here */
    STRACE_N_UNDECODED, /* ??? */
    STRACE_N_RAW,       /* text that fits nothing else */
    /* Notes hang on the node they follow: strace_note(). */
    STRACE_N_ANNOT,   /* <...> after a number: strace_annot() takes it apart */
    STRACE_N_COMMENT, /* the inside of a comment, without its marks and outer blanks */
    STRACE_N_CONTEXT  /* [SELinux context] */
};

enum strace_node_flag {
    STRACE_F_CUT = 1,       /* string: strace cut it; list, struct, array: its end is missing */
    STRACE_F_NEGATIVE = 2,  /* number: value is its two's complement */
    STRACE_F_OVERFLOW = 4,  /* number: does not fit 64 bits; value is UINT64_MAX */
    STRACE_F_NEGATED = 8,   /* ~[...] : the set of everything else */
    STRACE_F_SPACED = 16,   /* array: elements stand apart by blanks: a bit set or fd set */
    STRACE_F_DELETED = 32,  /* annotation: the file is deleted */
    STRACE_F_ABSTRACT = 64, /* string: an @ stands before it: abstract socket */
    STRACE_F_BRACKET = 128  /* the closing bracket is missing or the contents are raw (too deep) */
};

enum strace_op {
    STRACE_OP_NONE, /* first child of an expression */
    STRACE_OP_OR,   /* | */
    STRACE_OP_MUL,  /* * */
    STRACE_OP_SHL,  /* << */
    STRACE_OP_AND,  /* && */
    STRACE_OP_EQ,   /* == */
    STRACE_OP_ALT,  /* or */
    STRACE_OP_ADD,  /* + */
    STRACE_OP_SUB,  /* - */
    STRACE_OP_MASK, /* & */
    STRACE_OP_OTHER
};

/* One token. off and len are its span in item->text, quotes and brackets included; first, next and
 * note are indexes into item->nodes, 0 = none. */
struct strace_node {
    uint8_t kind;  /* enum strace_node_kind */
    uint8_t flags; /* enum strace_node_flag */
    uint8_t op;    /* enum strace_op: what stands before this child of an expression */
    uint8_t base;  /* number: 10, 16 or 8 as written */
    uint16_t name_len;
    uint16_t spare;
    uint32_t name_off; /* struct field or argument name (strace -N), when name_len > 0 */
    uint32_t off, len;
    uint32_t first, next, note;
    uint64_t value; /* number */
};

struct strace_span {
    uint32_t off, len; /* in item->text */
};

/* ------------------------------------------------------------------ items */

enum strace_item_kind {
    STRACE_CALL,        /* a system call, complete or as far as it is printed: see ret.kind, cut */
    STRACE_BEGIN,       /* first part of a call whose STRACE_CALL may follow */
    STRACE_SIGNAL,      /* --- SIGCHLD {si_signo=...} ---: name, args = the siginfo */
    STRACE_STOPPED,     /* --- stopped by SIGSTOP ---: name */
    STRACE_EXITED,      /* +++ exited with N +++: number */
    STRACE_KILLED,      /* +++ killed by SIGKILL (core dumped) +++: name, core_dumped */
    STRACE_SUPERSEDED,  /* +++ superseded by execve in pid N +++: number */
    STRACE_ATTACHED,    /* Process N attached [with M threads]: number, number2 */
    STRACE_DETACHED,    /* Process N detached: number */
    STRACE_PERSONALITY, /* [ Process PID=N runs in 32 bit mode. ]: number = PID, name = mode */
    STRACE_SUMMARY,     /* a line of a -c table */
    STRACE_STACK,       /* a line of -k, about the item before it */
    STRACE_DUMP,        /* a line of -e read or -e write, about the call before it */
    STRACE_NOTE,        /* another message of strace */
    STRACE_FOREIGN,     /* not strace's: output of the program, shell prompts, blank lines */
    STRACE_UNREAD,      /* looks like strace's, cannot be read */
    STRACE_KINDS
};

enum strace_time_kind {
    STRACE_TIME_NONE,
    STRACE_TIME_EPOCH,  /* -ttt: ns since 1970 */
    STRACE_TIME_OF_DAY, /* -t, -tt: ns since the midnight before the first line, local time; goes on
                           beyond 24 h when the clock passes midnight */
    STRACE_TIME_RELATIVE /* only -r: ns since the first line (sum of what was printed) */
};

enum strace_ret_kind {
    STRACE_RET_NONE,    /* not printed: the line is cut, or this is a STRACE_BEGIN */
    STRACE_RET_UNKNOWN, /* ? : did not return, see restart */
    STRACE_RET_NUMBER
};

/* The part after '='. */
struct strace_ret {
    enum strace_ret_kind kind;
    uint8_t base;     /* 8, 10 or 16 */
    bool unavailable; /* <unavailable> */
    bool injected;    /* (INJECTED...): did not happen in the kernel */
    bool delayed;     /* (DELAYED) */
    int32_t error;    /* errno, ERESTART included (512..516); 0 = none; -1 = name not known */
    int64_t value;    /* the number; -1 with an error */
    struct strace_span error_name; /* "ENOENT" or empty */
    uint32_t node; /* index of the number's node (its notes: fd annotation), 0 = none */
    uint32_t aux;  /* index of the list in (...), 0 = none: "(in [8], left {...})" has the
                      children in=[8], left={...} */
    struct strace_span aux_text; /* inside of those parentheses */
};

struct strace_item {
    enum strace_item_kind kind;
    uint64_t line;       /* number of its (last) line, from 1; of that file in a -ff set */
    uint64_t off, len;   /* span in the unpacked input, without the line end; a call with output of
                            the program inside spans all of its lines */
    uint64_t begin_line; /* of the STRACE_BEGIN this call belongs to; 0 = none */
    uint64_t begin_off, begin_len;
    int64_t begin_pid; /* as pid, at the beginning: execve by a thread returns in the leader */
    uint32_t file;     /* which file of a -ff set */

    int64_t pid;      /* -1 = not printed */
    const char *text; /* colours removed, parts joined; not NUL-ended */
    uint32_t text_len;
    uint32_t body;              /* where in text the prefix ends */
    struct strace_span comm;    /* -Y, still escaped; empty = none */
    struct strace_span context; /* --secontext, without brackets */

    enum strace_time_kind time_kind;
    uint8_t time_digits; /* 0, 3, 6, 9: how exact enter_ns and exit_ns are */
    bool has_time;       /* enter_ns is set */
    bool has_exit_time;  /* exit_ns is set: from the line of the return, or enter_ns + duration */
    int64_t enter_ns;    /* when the call began, or when the line was printed */
    int64_t exit_ns;
    bool has_delta;
    int64_t delta_ns; /* -r: time since the line before, any process */
    bool has_duration;
    uint8_t duration_digits;
    int64_t duration_ns; /* -T */
    int32_t number_n;    /* -n: syscall number; -1 = not printed or ??? */
    bool has_ip;
    uint64_t ip; /* -i */

    struct strace_span name; /* of the call, the signal, the mode */
    bool orphan;   /* the beginning of the call is not in the log: args are its last ones */
    bool cut;      /* the line ends before the item does */
    bool noisy;    /* output of the program was cut out of the middle */
    bool raw_args; /* arguments could not be taken apart: one N_RAW child */
    bool detached; /* ends in <detached ...> */
    bool too_long; /* beyond STRACE_MAX_LINE: the rest is not kept */
    uint32_t args; /* index of the N_LIST with the arguments; 0 = no arguments parsed */
    uint32_t n_args;
    struct strace_ret ret;
    int64_t number, number2;
    bool core_dumped;

    const struct strace_node *nodes; /* [0] is a N_NONE node */
    uint32_t n_nodes;
};

/* ------------------------------------------------------------------ the log */

enum strace_dialect {
    STRACE_DIALECT_UNKNOWN, /* nothing recognised */
    STRACE_DIALECT_STRACE,
    STRACE_DIALECT_QEMU,     /* qemu-user -strace: read as well */
    STRACE_DIALECT_SUMMARY,  /* only a -c table: no events */
    STRACE_DIALECT_PREFIXED, /* only lines with something else before what strace writes */
    STRACE_DIALECT_LTRACE,   /* the rest is recognised to be refused by name */
    STRACE_DIALECT_TRUSS,
    STRACE_DIALECT_PERF,
    STRACE_DIALECT_GVISOR,
    STRACE_DIALECT_TRACELOOP,
    STRACE_DIALECTS
};

#define STRACE_NS_PER_DAY INT64_C(86400000000000)
#define STRACE_INVENTED   (INT64_C(4194304) + 1) /* no kernel gives such a pid [PID_MAX_LIMIT] */

/* What the text shows of how it was made. Counts are of lines seen so far. */
struct strace_report {
    enum strace_dialect dialect;
    uint64_t lines, bytes;
    uint64_t items[STRACE_KINDS];
    uint64_t first_unread[8]; /* line numbers of the first STRACE_UNREAD items */
    /* prefixes */
    uint64_t pid_bare, pid_bracket, pid_none; /* -o file style, [pid N] style, none */
    uint64_t comms, contexts, stamps[4], deltas, numbers, ips, durations; /* stamps by time kind */
    uint8_t digits;     /* most digits a stamp has */
    uint64_t backwards; /* stamps that go back by more than a second */
    /* calls */
    uint64_t annotated, decoded_sockets; /* fd annotations: -y; -yy */
    uint64_t cut_strings, hex_strings;   /* -s; -x, -xx: strings that begin with \x */
    uint64_t abbreviated;                /* ... in structs and arrays: no -v */
    uint64_t verbose_values, named_args; /* -X verbose; -N */
    uint64_t joined, orphans, never_resumed, raw_args, noisy, cut, too_long, injected;
    uint64_t changed, crlf; /* lines: with colours or hard blanks; with CR LF */
    uint64_t hard_blanks;   /* lines with hard blanks that were read as plain ones */
    /* versions, as bounds: major*100 + minor, 0 = no hint */
    uint16_t at_least, below;
    int64_t first_pid; /* pid of the lines without one when it can be told; else -1 */
    /* such lines of programs that began when the one before had ended: several logs in one file */
    uint64_t programs, invented; /* invented: of them, those with a pid from STRACE_INVENTED on */
};

/* Name of a dialect ("ltrace"). Static storage. */
const char *strace_dialect_name(enum strace_dialect dialect);
/* What the first bytes of a file look like. *hard_blanks unless NULL: hard blanks stand where
 * strace writes plain ones, as in what was copied from a page. */
enum strace_dialect strace_detect(const char *text, size_t len, bool *hard_blanks);

struct strace_set;

/* A call on one line before its arguments are taken apart. */
struct strace_glance {
    const struct strace_item *item; /* the prefix, name and text; nothing behind that */
    const char *args, *result;      /* behind "name(", behind ") = "; both end in '\n' */
    int64_t duration_ns;            /* -T; 0 when there is none */
};

/* True: nobody needs more of this call, it is passed over. */
typedef bool (*strace_glance_fn)(void *ctx, const struct strace_glance *glance);

/* Which arguments of a call (its name is known) somebody looks into, as bits; 31 stands for all
 * that follow. Brackets of the others may be one node without children, with STRACE_F_BRACKET. */
typedef uint32_t (*strace_wanted_fn)(void *ctx, const struct strace_item *item);

struct strace_set_opts {
    const struct scapf_alloc *alloc; /* NULL = realloc and free */
    int64_t pid;                     /* of lines without one; -1 = leave unknown */
    strace_glance_fn glance;         /* NULL = every call becomes an item */
    strace_wanted_fn wanted;         /* NULL = all arguments are taken apart */
    void *glance_ctx;                /* of both */
    bool plain;                      /* no colours: none were seen when it was read before */
    const int64_t *days;             /* NULL; or of each file, for times of day: days that its first
                                        line is behind that of the log */
};

/* The 123 of "log.123": strace -ff names its files so. -1 = it is no such name, or NULL. */
int64_t strace_pid_of_name(const char *name);
/* Read n logs; names (may be NULL) are their file names: "log.123" gives pid 123 to the lines of a
 * -ff file. One log comes in the order of its lines, several are merged by time. Takes the sources
 * over, also when it fails. E_UNSUPPORTED when the text is another tool's: *dialect (may be NULL)
 * says which. Reads a first piece of each source. */
SCAPF_MUST_USE enum scapf_status strace_set_new(struct scapf_src **srcs, const char *const *names,
                                                uint32_t n, const struct strace_set_opts *opts,
                                                struct strace_set **set,
                                                enum strace_dialect *dialect,
                                                struct scapf_diag *diag);
/* The next item; END after the last; an error when a source breaks or memory ends. */
SCAPF_MUST_USE enum scapf_status strace_set_next(struct strace_set *set,
                                                 const struct strace_item **item);
/* What is known so far; lives as long as the set. */
const struct strace_report *strace_set_report(const struct strace_set *set);
/* Why next failed; NULL when it did not. */
const struct scapf_diag *strace_set_diag(const struct strace_set *set);
/* NULL is fine. Frees the sources too. */
void strace_set_free(struct strace_set *set);

/* ------------------------------------------------------------------ looking at an item */

/* Node by index; node 0 (kind N_NONE) for an index out of range. Never NULL, as all look-ups
 * below: a missing node is nodes[0], and every function takes it. */
const struct strace_node *strace_at(const struct strace_item *item, uint32_t index);
/* The n-th argument, from 0. */
const struct strace_node *strace_arg(const struct strace_item *item, uint32_t n);
/* The n-th child of a list, struct, array, function, expression or pair. */
const struct strace_node *strace_child(const struct strace_item *item,
                                       const struct strace_node *node, uint32_t n);
const struct strace_node *strace_sibling(const struct strace_item *item,
                                         const struct strace_node *node);
/* The field with this name, in document order, at any depth below node. */
const struct strace_node *strace_field(const struct strace_item *item,
                                       const struct strace_node *node, const char *name);
/* The first note of this kind on a node. */
const struct strace_node *strace_note(const struct strace_item *item,
                                      const struct strace_node *node, enum strace_node_kind kind);
/* The text of a node or span; not NUL-ended. */
const char *strace_text(const struct strace_item *item, const struct strace_node *node,
                        size_t *len);
const char *strace_span_text(const struct strace_item *item, struct strace_span span);
/* Is the text of a symbol, raw text or span exactly this? */
bool strace_is(const struct strace_item *item, const struct strace_node *node, const char *text);
static inline bool strace_span_is(const struct strace_item *item, struct strace_span span,
                                  const char *text)
{
    return strlen(text) == span.len && memcmp(item->text + span.off, text, span.len) == 0;
}
/* Number of a node: numbers, NULL (0), products, shifts, sums of those, htons(N), htonl(N) and
 * makedev(A, B); of a pair its last part. False when it is none. */
bool strace_number(const struct strace_item *item, const struct strace_node *node, uint64_t *value);
/* Name of a function node: the span before its parenthesis. */
struct strace_span strace_func(const struct strace_item *item, const struct strace_node *node);

/* Bytes of a string, annotation or any escaped text: at most cap are written, the length of all is
 * returned; it never exceeds node->len. *cut (may be NULL): strace left the end out. */
size_t strace_string(const struct strace_item *item, const struct strace_node *node, uint8_t *buf,
                     size_t cap, bool *cut);
/* The same for a span without quotes (comm). */
size_t strace_unescape(const char *text, size_t len, uint8_t *buf, size_t cap);

/* The parts of A|B|0x40, also of a number's or symbol's comment. Start with at = 0. */
struct strace_word {
    const char *text;
    size_t len;
    bool is_number;
    uint64_t value;
    size_t at; /* where the next one begins */
};
bool strace_word_next(const struct strace_item *item, const struct strace_node *node,
                      struct strace_word *word);

enum strace_annot_kind {
    STRACE_A_NONE,
    STRACE_A_PATH,     /* path */
    STRACE_A_DEVICE,   /* path, is_block, major, minor [, target] */
    STRACE_A_PIPE,     /* inode */
    STRACE_A_ANON,     /* path = what stands behind "anon_inode:" */
    STRACE_A_SOCKET,   /* proto ("TCP", "UNIX-STREAM", empty for plain -y), inode, peer_inode,
                          local, remote, path */
    STRACE_A_PIDFD,    /* pid */
    STRACE_A_SIGNALFD, /* path = the set as text */
    STRACE_A_EVENTFD,  /* path = the fields as text */
    STRACE_A_OTHER     /* path = all of it: a comm of -Y, or something new */
};

struct strace_annot {
    enum strace_annot_kind kind;
    bool deleted, is_block, abstract;
    struct strace_span path; /* escaped: strace_unescape() */
    struct strace_span proto;
    struct strace_span local, remote; /* "127.0.0.1:80", "[::1]:80" */
    bool has_inode, has_peer_inode;
    uint64_t inode, peer_inode;
    uint32_t major, minor;
    struct strace_span target; /* "/dev/pts/3" of <char 5:2 @/dev/pts/3> */
    int64_t pid;
};
/* A number of a process or thread as strace knows it: in a container --pidns-translation notes it
 * behind the program's own. -1: it is none. */
int64_t strace_pid(const struct strace_item *item, const struct strace_node *node);
/* Take the <...> behind a node apart; false when there is none. Takes the annotation as well. */
bool strace_annot(const struct strace_item *item, const struct strace_node *node,
                  struct strace_annot *annot);

/* errno of a name in the generic table (x86, arm, riscv), ERESTART* included; 0 = not known. */
int strace_errno(const char *name, size_t len);

#endif
