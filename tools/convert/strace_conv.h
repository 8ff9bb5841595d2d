/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strace_conv.h - inside of the strace converter: what its parts share.
 *
 *   strace_convert.c  the two passes, items to events
 *   strace_step.c     time and counts of every item
 *   strace_later.c    what later lines tell of a call
 *   strace_glance.c   the first pass over most calls
 *   strace_emit.c     events into the writer, comments
 *   strace_node.c     words of the map to nodes, nodes to numbers
 *   strace_put.c      nodes to bytes
 *   strace_take.c     words of the map to parameters
 *   strace_variant.c  parameters with their type in front
 *   strace_sock.c     addresses and socket pairs
 *   strace_does.c     what calls do to processes and descriptors
 *   strace_words.c    names to numbers
 *   strace_verdict.c  what is said about the log at the end
 */
#ifndef SCAPFMT_STRACE_CONV_H
#define SCAPFMT_STRACE_CONV_H

#include "strace_convert.h"
#include "strace_words.h"
#include "synth.h"

#define CONV_ROOM 65000u /* bytes of all parameters of an event; readers take 65530 [scap 9.6] */

#define CONV_LANES 16u

/* PPM_CL_* */
#define CONV_CLONE_VM    0x8000u
#define CONV_CLONE_VFORK 0x8000000u

/* Numbers that strace prints when a call returns and that belong into its enter event ("read(3, ":
 * the size): the first pass writes them down in the order of the beginnings. */
struct late {
    uint64_t *values;
    uint32_t n, cap, next;
};

/*
 * Local ends of connections, which strace -yy shows behind the descriptor only after connect(): the
 * first pass writes them down in the order of the calls. And what calls that started a thread have
 * returned, in the order of their beginnings: when the first pass took a child for another's, it is
 * repeated with them. And which of the calls that were interrupted by other lines return at all.
 */
struct later_start {
    uint64_t line;
    uint32_t file, no;
    int64_t guess; /* the thread that was taken for its child, 0 = none */
};

/*
 * The files of -ff: times of day do not say which of them begin behind midnight, but each begins
 * right behind the call that started its process.
 */
struct later_file {
    int64_t pid;      /* in its name */
    int64_t first_ns; /* of its first line, -1 = none yet */
    int64_t start_ns; /* of that call */
    uint32_t parent;  /* the file with that call, UINT32_MAX = none */
};

struct later {
    struct synth_end *ends;
    uint32_t n, cap, next;
    int64_t *children; /* 0 = not known */
    uint32_t n_children, cap_children;
    struct later_start open[256]; /* not returned yet; the oldest go when there are more */
    uint32_t n_open;
    uint32_t starts;           /* calls that have begun */
    uint64_t begun;            /* calls in parts */
    uint8_t *back;             /* bits: those that return */
    uint32_t n_back, cap_back; /* bits; bytes */
    bool known;                /* children are of a pass before this one */
    bool mistaken;
    struct later_file *files; /* NULL: the log is one file */
    int64_t *days;            /* days that the first line of each is behind that of the log */
    uint32_t n_files;
};

struct conv {
    const struct strace_convert_opts *opts;
    struct strace_verdict *verdict;
    const struct scapf_schema *schema;
    struct words *words;
    struct synth *s;
    struct scapf_writer *writer; /* NULL in the first pass */
    enum scapf_status status;    /* of the writer */
    enum words_arch arch;
    int64_t clock_ns; /* time of the last event */
    uint16_t lane;    /* its cpu */
    int64_t lanes[CONV_LANES];
    int64_t step_ns;  /* logs without times: items so far */
    int64_t day_ns;   /* midnight of the first line, for times of day */
    int64_t last_ns;  /* time of day of the last line, from that midnight */
    int64_t main_pid; /* of lines without one */
    bool has_exits;   /* the log says when threads end */
    bool nameless;    /* there are calls in lines without a pid */
    bool merged;      /* the log is several files */
    bool plain;       /* the first pass has seen no colours */
    struct late late;
    struct later later;
    uint32_t asked;     /* the connect() in hand asks for the local end as this number, 0 = not */
    uint32_t late_bits; /* those of the enter event that is being made */
    bool is_open;       /* the last event is not closed: comments may be added */
    uint32_t room;      /* for parameters of the event that is being made */
    uint8_t params[CONV_ROOM + sizeof(uint64_t)]; /* those it has, one behind the other */
    uint32_t lens[UINT8_MAX + 1];
    uint32_t n_params, params_len;
    uint32_t options; /* bytes of its comments */
    bool lossy;       /* the call has more than its event tells */

    /* the call in hand */
    const struct strace_item *item;
    const struct words_call *call;
    struct words_call *named; /* the last one that was looked up by its name */
    struct synth_thread *thread;
    const struct synth_thread *about; /* whose state proc:WHAT tells */
    uint32_t start_flags;             /* PPM_CL_* of clone */
    uint64_t last_flags;              /* flag word of the parameter before */
    uint32_t message;                 /* sendmmsg, recvmmsg: which message */
    int64_t result;                   /* or the errno negated */
    struct synth_text scratch, path;
    uint8_t buf[65536];
};

/* ------------------------------------------------------------------ strace_node.c, strace_put.c */

/* Number of a node, words included; false when it has none. */
bool take_number(struct conv *c, const struct strace_node *node, uint64_t *value);
/* Descriptor number of a node; AT_FDCWD is -100. */
int64_t take_fd(const struct conv *c, const struct strace_node *node);
/* The result, which is a pid, as strace knows it. */
int64_t take_result_pid(const struct conv *c);
/* The node a word of the map is about. */
const struct strace_node *take_node(const struct conv *c, const struct scapf_take *take);
/* Bytes of a string in c->buf, cut at cap; *cut when something is missing. */
size_t take_bytes(struct conv *c, const struct strace_node *node, size_t at, size_t cap, bool *cut);
/* Strings of an array from the n-th on in c->buf, each with its NUL. */
size_t take_list(struct conv *c, const struct strace_node *array, uint32_t from);
/* {tv_sec, tv_nsec}, {tv_sec, tv_usec}, or without names. Ns; all ones when there is none. */
uint64_t take_interval(struct conv *c, const struct strace_node *node);
/* Bytes of a parameter into the writer, as many as there is room for. */
void take_put(struct conv *c, const void *bytes, size_t len);
/* The low bytes of a number, as the format has them. */
void take_pack(uint8_t *to, uint64_t value, size_t size);
/* A number of so many bytes, at most 8. */
void take_int(struct conv *c, uint64_t value, size_t size);
/* One parameter. */
typedef void (*take_fn)(struct conv *c, const struct scapf_take *take,
                        const struct strace_node *node, const struct scapf_param_info *info);
/* All parameters of an event. */
void take_params(struct conv *c, const struct scapf_event_info *event,
                 const struct scapf_take *from, uint8_t n);

/* A call begins: which numbers of its enter event are not printed yet. First pass: room for them.
 */
void take_begin(struct conv *c, const struct scapf_trace_row *row);
/* First pass: it returned, with all of them. */
void take_late(struct conv *c, const struct scapf_trace_row *row);

/* ------------------------------------------------------------------ strace_variant.c */

void variant_option(struct conv *c, const struct scapf_take *take, const struct strace_node *node,
                    const struct scapf_param_info *info);
void variant_keyctl(struct conv *c, const struct scapf_take *take, const struct strace_node *node,
                    const struct scapf_param_info *info);
void variant_ptrace(struct conv *c, const struct scapf_take *take, const struct strace_node *node,
                    const struct scapf_param_info *info);
/* A descriptor, or the errno instead. */
void variant_result(struct conv *c, const struct scapf_take *take, const struct strace_node *node,
                    const struct scapf_param_info *info);

/* ------------------------------------------------------------------ strace_sock.c */

/* Address in a struct sockaddr; a unix path goes to path (NULL: not wanted). */
struct synth_end sock_address(struct conv *c, const struct strace_node *node,
                              struct synth_text *path);
/* "1.2.3.4:80" or "[::1]:80". */
struct synth_end sock_end(const char *text, size_t len);
/* What a descriptor's annotation says, put into a row. Strings are kept when keep_name. */
void sock_annotate(struct conv *c, const struct strace_node *node, struct synth_fd *fd);
/* Parameters. */
size_t sock_put_address(struct conv *c, const struct strace_node *node);
size_t sock_put_pair(struct conv *c, const struct scapf_take *take);

/* ------------------------------------------------------------------ strace_does.c */

/* words_call.does: rows of a table, of which these have a name. */
enum {
    DOES_NOTHING,
    DOES_CLONE,
    DOES_VFORK,
    DOES_MESSAGES,
    DOES_EXIT,
    DOES_EXIT_GROUP,
    DOES_EXEC,
    DOES_EXECAT
};
/* Number of row->does for words_call.does. */
uint8_t does_find(const char *name);
/* Before the exit event: the state it tells. After it: the state it leaves. */
void does_before(struct conv *c);
void does_after(struct conv *c);
bool does_start(const struct words_call *call); /* clone and its kin */
bool does_exec(const struct words_call *call);
bool does_exit_group(const struct words_call *call); /* or exit */
/* First pass: descriptors that were there from the beginning. */
void does_inherit(struct conv *c, const struct scapf_trace_row *row);
/* PPM_CL_* flags of the call in hand, which starts something. */
uint32_t does_start_flags(struct conv *c);

/* What the name says it does, "" = nothing. */
const char *does_name(const struct words_call *call);

/* ------------------------------------------------------------------ strace_later.c */

/* Forget what was learnt of later lines; or begin with it again. */
void later_reset(struct conv *c, bool forget);
/* Before the exit event of a connect(). */
void later_connect(struct conv *c);
/* First pass: the local end of a descriptor is shown, which a connect() before may have asked for.
 */
void later_answer(struct conv *c, struct synth_fd *fd, const struct synth_end *local);

/* The thread of the call in hand is inside of it; the rest may come. True: it does not return, as
 * far as is known: the first pass knows of none. */
bool later_begun(struct conv *c);
/* It has returned. */
void later_back(struct conv *c);

/* May the start_no-th start have made this thread? */
bool later_may_start(const struct conv *c, uint32_t start_no, int64_t tid);
/* First pass: a call that starts something begins: its number. This thread may be its child. It has
 * returned. */
uint32_t later_start(struct conv *c);
void later_guess(struct conv *c, uint32_t start_no, int64_t tid);
void later_started(struct conv *c, int64_t pid);
/* A pass is over: was a child taken for another's? Then those of the next pass are known. */
bool later_mistaken(struct conv *c);

/* There are n files of -ff. False: no memory. */
bool later_files(struct conv *c, const char *const *names, uint32_t n);
/* First pass: the item is of its file. It is a call that has started this process. */
void later_file_item(struct conv *c);
void later_file_started(struct conv *c, int64_t pid);
/* A pass is over: do files begin on other days than was known? Then nothing else of it is true. */
bool later_other_days(struct conv *c);
void later_free(struct conv *c, struct synth *s);

/* ------------------------------------------------------------------ strace_glance.c */

/* First pass, a call on one line: true when it changes nothing that the second has to know, or all
 * of that was done here. Arguments: conv. */
bool glance_call(void *ctx, const struct strace_glance *glance);
/* Bits of the arguments that the rows of a call take something out of. */
uint32_t glance_wanted(void *ctx, const struct strace_item *item);

/* ------------------------------------------------------------------ strace_convert.c */

/* Time of the item in hand as ns since 1970. */
int64_t conv_ns(struct conv *c, int64_t ns);
/* One item more, which ended then. */
void conv_step(struct conv *c, enum strace_item_kind kind, int64_t ns);
/* Does a path of the log name another machine? */
void conv_hint_arch(struct conv *c);
void conv_count(struct conv *c);

/* ------------------------------------------------------------------ strace_emit.c */

/*
 * Time of an event. Lines whose times go back (strace -z prints calls in the order of their ends,
 * clocks are set) get a lane of their own, written as the cpu: in each, times only grow.
 */
uint64_t emit_time(struct conv *c, int64_t ns);
/* What the call in hand becomes for the readers that were asked for; NULL: no row. */
const struct scapf_trace_row *emit_row(const struct conv *c);
/* The enter event of the call in hand. */
void emit_enter(struct conv *c, int64_t ns);
/* The exit event; it stays open for comments. */
void emit_exit(struct conv *c, int64_t ns, int64_t tid);
/* The exit event of the child of a start that returned. */
void emit_child(struct conv *c, int64_t ns, const struct words_call *call,
                const struct synth_thread *child, uint32_t flags);
void emit_signal(struct conv *c, int64_t ns, int64_t from, uint32_t number);
void emit_end(struct conv *c, int64_t ns, int64_t code, uint32_t signal, bool core);
/* Text as an event of its own. */
void emit_note(struct conv *c, int64_t ns, int64_t tid, const char *id, const char *text,
               size_t len);
/* Text behind the event that is open. */
void emit_comment(struct conv *c, const char *text, size_t len);
/* Close the event. */
void emit_flush(struct conv *c);

#endif
