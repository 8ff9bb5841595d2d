/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.h - inside of a filter: what its modules share.
 *
 *   filter.c         an expression becomes a filter
 *   filter_life.c    its memory
 *   filter_near.c    the known word that is nearest
 *   filter_value.c   a value as text
 *   filter_word.c    text to words, values, fields, checks
 *   filter_parse.c   checks to a tree, the tree to jump targets
 *   filter_const.c   the right hand sides: numbers, addresses, words
 *   filter_field.c   the table of fields: names, types, help, and who reads them
 *   filter_evt.c     evt.*
 *   filter_call.c    paths, syslog.*, fdlist.*
 *   filter_proc.c    proc.*, thread.*, user.*, group.*
 *   filter_thread.c  the same: what is rarely asked for
 *   filter_container.c  container.*, k8s.*
 *   filter_fd.c      fd.*
 *   filter_packet.c  frame.*, ip.*, tcp.*, udp.*
 *   filter_match.c   one record: operators, jumps
 *   filter_show.c    fields as text, for columns
 *
 * A compiled filter is a row of checks in the order of the text. Each says where to go on when it
 * holds and when it does not, so evaluation is a walk forward without a stack.
 */
#ifndef SCAPF_FILTER_FILTER_H
#define SCAPF_FILTER_FILTER_H

#include "bytes/out.h"
#include "render/arch.h"
#include "render/packet.h"
#include "scapfmt.h"

#define FILTER_TEXT_MAX   65536u /* bytes of an expression */
#define FILTER_CHECKS_MAX 4096u
#define FILTER_CONSTS_MAX 16384u
#define FILTER_DEPTH_MAX  256u /* open parentheses, and operators that wait for their right side */

#define FILTER_DECIMAL UINT64_C(1000000) /* 1.0 */

#define FILTER_CODES 512u /* event codes whose verdicts are remembered */

#define FILTER_ACCEPT UINT32_MAX
#define FILTER_REJECT (UINT32_MAX - 1)

/* What a field is, and so which constants and operators it takes. */
enum field_type {
    FIELD_NUMBER,
    FIELD_TEXT,
    FIELD_BYTES, /* text too, that may hold anything */
    FIELD_BOOL,
    FIELD_ADDR,    /* constants are addresses */
    FIELD_NET,     /* constants are networks */
    FIELD_PORT,    /* a number, or the name of a service */
    FIELD_SERVICE, /* the same, and shown by name */
    FIELD_DECIMAL, /* a number with digits behind the point, in millionths */
    FIELD_ANY      /* known only at the event: evt.rawarg */
};

enum filter_op {
    OP_EXISTS,
    OP_EQ,
    OP_NE,
    OP_LT,
    OP_LE,
    OP_GT,
    OP_GE,
    OP_CONTAINS,
    OP_ICONTAINS,
    OP_BCONTAINS,
    OP_STARTSWITH,
    OP_BSTARTSWITH,
    OP_ENDSWITH,
    OP_GLOB,
    OP_IN,
    OP_INTERSECTS,
    OP_PMATCH,
    OP_COUNT
};

/* A right hand side, parsed for its field's type. */
struct filter_const {
    const char *text; /* unescaped, in the filter's own memory */
    uint32_t len;
    bool has_number;
    bool negative;
    uint64_t u; /* magnitude: of a negative number, its absolute value */
    uint8_t addr[16];
    uint8_t addr_len, prefix; /* 0 = no address; prefix in bits */
};

/* What a field has in a record. */
struct filter_value {
    enum { VALUE_NUMBER, VALUE_TEXT, VALUE_BOOL, VALUE_ADDR } kind;
    bool negative;
    uint64_t u;       /* magnitude; or 0, 1 */
    const uint8_t *p; /* text, address */
    size_t len;
};

struct filter_check;
struct eval;

/* Value k of a field; false when there is none. Fields of one value are asked for k = 0 only. */
typedef bool (*field_fn)(struct eval *e, const struct filter_check *c, uint32_t k,
                         struct filter_value *v);

/* What may stand behind a field's name. */
enum field_arg {
    ARG_NO,
    ARG_INDEX, /* [N], may be missing */
    ARG_KEY,   /* [N] or [TEXT] */
    ARG_ENV,   /* [TEXT], may be missing */
    ARG_TIME,  /* [N], N as large as you like */
    ARG_TYPE,  /* .NAME of a type of events */
    ARG_PARAM, /* .NAME of an argument of events, or [N] */
    ARG_WORD   /* .TEXT */
};

#define FIELD_HOST   1u /* needs the state of the host */
#define FIELD_MULTI  2u /* several values when no index is given */
#define FIELD_NE_ALL 4u /* several values: != holds when it does for all of them */
#define FIELD_PACKET 8u /* of packets, else of events; neither with the next one */
#define FIELD_BOTH   16u
#define FIELD_USAGE  64u  /* needs what a host follows only when it is asked for */
#define FIELD_HEX    128u /* shown in hexadecimal */
#define FIELD_CODE   32u  /* follows from the event code, but for events that are named inside */

struct field {
    const char *name;
    const char *help;
    field_fn get;
    uint8_t type; /* enum field_type */
    uint8_t arg;  /* enum field_arg */
    uint8_t flags;
    int what; /* for the function */
};

struct filter_check {
    const struct field *field;
    const char *arg_name; /* a name or text: in the filter's own memory, else NULL */
    bool has_index;
    uint64_t index;
    enum filter_op op;
    uint32_t first_const, n_consts;
    uint32_t next[2]; /* where to go on: [0] does not hold, [1] holds */
    uint8_t *by_code; /* FIELD_CODE: enum code_verdict of FILTER_CODES codes; else NULL */
};

/* What a check said of the last event of a code. */
enum code_verdict { CODE_NOT_ASKED, CODE_FAILS, CODE_HOLDS };

struct scapf_filter {
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema;
    struct filter_check *checks;
    uint32_t n_checks;
    struct filter_const *consts;
    uint32_t n_consts;
    char *text; /* unescaped words */
    size_t text_len;
    bool uses_host, uses_packet, uses_usage;
    uint8_t *verdicts;                                 /* all by_code of the checks */
    const struct scapf_event_info *told[FILTER_CODES]; /* the events the verdicts are about */
    bool rejected[FILTER_CODES]; /* none of these is let through, whatever its parameters */
    bool last_rejected;          /* the last record was one */
    /* Of the capture so far. */
    uint64_t events, frames, matches;
    bool has_first;
    uint64_t first_ts, last_ts, this_ts;
    struct scapf_arch_votes votes;
    struct out scratch; /* text of the value at hand */
    struct out heads_text;
};

/* One record on its way through a filter; what is dear is looked up once, when first asked for. */
struct eval {
    struct scapf_filter *f;
    const struct scapf_reader *reader;
    const struct scapf_record *rec;
    const struct scapf_event *ev; /* NULL when the record is no readable event of a known code */
    const struct scapf_packet *packet; /* NULL when it is no readable packet */
    struct scapf_host *host;           /* NULL: nothing is known */
    const struct scapf_host_event *view;
    bool by_code; /* so far nothing but the code of the event decided */
    bool thread_asked, has_thread;
    struct scapf_thread thread;
    bool fd_asked, has_fd;
    struct scapf_fd fd;
    bool heads_asked, has_heads;
    bool no_memory; /* for what a check put together */
    struct packet_heads heads;
    int64_t ancestors[64];
    uint32_t n_ancestors;
    bool ancestors_asked;
};

/* Parse text into f; OK, NOMEM, or USAGE with error filled. */
enum scapf_status filter_parse(struct scapf_filter *f, const char *text, size_t len,
                               struct scapf_filter_error *error);

/* The names of fields, blanks between, each into a check of its own that only names it. */
enum scapf_status filter_parse_fields(struct scapf_filter *f, const char *text, size_t len,
                                      struct scapf_filter_error *error);

/* A filter without a text, and a record on its way through it. */
struct scapf_filter *filter_new(const struct scapf_schema *schema, const struct scapf_alloc *alloc,
                                size_t text_len);
void eval_begin(struct eval *e, struct scapf_filter *f, const struct scapf_reader *reader,
                const struct scapf_record *rec, struct scapf_host *host);
/* Is the field one of records of this kind? */
bool eval_applies(const struct eval *e, const struct field *field);

/* Fields. find gives the field a name stands for; *arg, *arg_len are what stands behind it. */
const struct field *field_find(const char *name, size_t len, const char **arg, size_t *arg_len);
const struct field *field_at(size_t i);
/* Why a field that sysdig or Falco has cannot be answered from a capture; NULL of other names. */
const char *field_refused(const char *name, size_t len);
/* The known name nearest to a word, NULL when none is near. */
const char *field_nearest(const char *name, size_t len);
const char *filter_nearest(const char *word, size_t len, const char *(*get)(const void *, size_t),
                           const void *ctx);
const char *op_name(enum filter_op op);

/* Parse the text of a constant for a check; NULL, or what is wrong with it. */
const char *const_parse(const struct scapf_filter *f, const struct filter_check *c,
                        struct filter_const *k, const char **nearest);

/* What the checks look at. */
const struct scapf_thread *eval_thread(struct eval *e);
const struct scapf_fd *eval_fd(struct eval *e);
const struct packet_heads *eval_heads(struct eval *e);

bool value_number(struct filter_value *v, int64_t number);
bool value_unsigned(struct filter_value *v, uint64_t number);
bool value_bool(struct filter_value *v, bool holds);
bool value_str(struct filter_value *v, const char *text); /* false for NULL */
bool value_bytes(struct filter_value *v, const void *p, size_t len);
bool value_addr(struct filter_value *v, const uint8_t *addr, size_t len);
/* The scratch text from start on; false when it could not be made. */
bool value_scratch(struct eval *e, struct filter_value *v, size_t start);

/* A value as text. */
void value_show(struct out *o, const struct filter_value *v);
/* "https" of 443; NULL when the name is not one of the common ones. */
const char *service_name(uint64_t port);

/* What several of the functions need. */
bool evt_find_arg(const struct scapf_event *ev, const char *name, uint32_t *index);
bool evt_is_syslog(struct eval *e); /* it writes to /dev/log */

/* [scap 10] kinds in the low bits of a category; calls that move data have the kind of their fd */
enum category {
    CATEGORY_KIND = 0x1FF,
    CATEGORY_MEMORY = 5,
    CATEGORY_IO_READ = 32,
    CATEGORY_IO_WRITE = 33,
    CATEGORY_IO_OTHER = 34,
    CATEGORY_WAIT = 64
};

/* The kind of the call an event is of; name: of the event. */
bool evt_category(struct eval *e, const struct filter_value *name, struct filter_value *v);
/* An end of a connection; see enum fd_what. */
struct fd_end {
    const uint8_t *addr;
    uint16_t port;
};
bool fd_find_end(const struct scapf_fd *fd, int what, uint32_t k, struct fd_end *end,
                 size_t *addr_len);
/* Of NUL-ended words NAME=VALUE, the value of one. */
bool proc_named_word(const char *list, uint32_t list_len, const char *name, struct filter_value *v);

/* The functions of the table. */
/* clang-format off */
#define GETTERS(X) \
    X(evt_number) X(evt_text) X(evt_open) X(evt_flag) X(evt_arg) X(evt_rawarg) X(evt_type_is) \
    X(evt_buffer) X(evt_result) X(evt_failed) X(evt_around) X(evt_abspath) X(fs_path) X(syslog) \
    X(proc_number) X(proc_text) X(proc_ancestor) X(proc_env) X(proc_owner) X(container) \
    X(thread_number) X(thread_flag) X(thread_text) X(thread_cgroup) X(thread_std) \
    X(fd_number) X(fd_text) X(fd_flag) X(fd_addr) X(fd_port) X(fd_list) \
    X(frame_number) X(frame_text) X(packet_addr) X(packet_port) X(packet_number)
/* clang-format on */
#define X(name)                                                                                    \
    bool get_##name(struct eval *e, const struct filter_check *c, uint32_t k,                      \
                    struct filter_value *v);
GETTERS(X)
#undef X

/* The expression in one spelling, for tests: prefix form, every default written out. */
void filter_show(const struct scapf_filter *f, struct out *o);

#endif
