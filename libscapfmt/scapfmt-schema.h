/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scapfmt-schema.h - what events and tables mean, as data: every event code with its parameters and
 * their age, flags, numbers of system calls, bodies of table blocks, and what the words of strace
 * and Process Monitor become. Included by scapfmt.h, which it needs; a program includes that.
 */
#ifndef SCAPFMT_SCHEMA_H
#define SCAPFMT_SCHEMA_H

#include "scapfmt.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Parameter types with their number in the format, name and fixed size (0 = variable). */
/* clang-format off */
#define SCAPF_PARAM_TYPES(X) \
    X(0, NONE, 0) X(1, INT8, 1) X(2, INT16, 2) X(3, INT32, 4) X(4, INT64, 8) X(5, UINT8, 1) \
    X(6, UINT16, 2) X(7, UINT32, 4) X(8, UINT64, 8) X(9, CHARBUF, 0) X(10, BYTEBUF, 0) \
    X(11, ERRNO, 8) X(12, SOCKADDR, 0) X(13, SOCKTUPLE, 0) X(14, FD, 8) X(15, PID, 8) \
    X(16, FDLIST, 0) X(17, FSPATH, 0) X(18, SYSCALLID, 2) X(19, SIGTYPE, 1) X(20, RELTIME, 8) \
    X(21, ABSTIME, 8) X(22, PORT, 2) X(23, L4PROTO, 1) X(24, SOCKFAMILY, 1) X(25, BOOL, 4) \
    X(26, IPV4ADDR, 4) X(27, DYN, 0) X(28, FLAGS8, 1) X(29, FLAGS16, 2) X(30, FLAGS32, 4) \
    X(31, UID, 4) X(32, GID, 4) X(33, DOUBLE, 8) X(34, SIGSET, 4) X(35, CHARBUFARRAY, 0) \
    X(36, CHARBUF_PAIR_ARRAY, 0) X(37, IPV4NET, 0) X(38, IPV6ADDR, 16) X(39, IPV6NET, 0) \
    X(40, IPADDR, 0) X(41, IPNET, 0) X(42, MODE, 4) X(43, FSRELPATH, 0) X(44, ENUMFLAGS8, 1) \
    X(45, ENUMFLAGS16, 2) X(46, ENUMFLAGS32, 4) X(47, FD32, 4) X(48, PID32, 4)

enum scapf_param_type {
#define X(number, name, size) SCAPF_PT_##name = (number),
    SCAPF_PARAM_TYPES(X)
#undef X
        SCAPF_PT_COUNT
};

/* How a number is meant to be printed. */
enum scapf_format {
    SCAPF_PF_NA, SCAPF_PF_DEC, SCAPF_PF_HEX, SCAPF_PF_10_PADDED_DEC, SCAPF_PF_ID, SCAPF_PF_DIR,
    SCAPF_PF_OCT
};

/* Flags of an event code (EF_* upstream, same values). */
enum scapf_event_flag {
    SCAPF_EF_CREATES_FD = 1, SCAPF_EF_DESTROYS_FD = 2, SCAPF_EF_USES_FD = 4,
    SCAPF_EF_READS_FROM_FD = 8, SCAPF_EF_WRITES_TO_FD = 16, SCAPF_EF_MODIFIES_STATE = 32,
    SCAPF_EF_UNUSED = 64, SCAPF_EF_WAITS = 128, SCAPF_EF_SKIPPARSERESET = 256,
    SCAPF_EF_OLD_VERSION = 512, SCAPF_EF_LARGE_PAYLOAD = 2048, SCAPF_EF_CONVERTER_MANAGED = 4096
};
/* clang-format on */

/* A named bit or value. The order of a set decides which names print. */
struct scapf_flag {
    const char *name;
    uint32_t value;
};

struct scapf_flag_set {
    const char *name;
    const struct scapf_flag *flags;
    uint32_t n_flags;
};

/* One alternative of a PT_DYN parameter; its number is its index in the set. */
struct scapf_variant {
    const char *name;
    uint8_t type; /* enum scapf_param_type */
    uint8_t fmt;  /* enum scapf_format */
};

struct scapf_variant_set {
    const char *name;
    const struct scapf_variant *variants;
    uint32_t n_variants;
};

struct scapf_param_info {
    const char *name;
    uint8_t type;       /* enum scapf_param_type */
    uint8_t fmt;        /* enum scapf_format */
    uint8_t since;      /* index into schema->ages: the first age whose files have it */
    bool may_be_empty;  /* current readers tolerate length 0 although the size is fixed */
    int8_t dirfd_param; /* PT_FSRELPATH: index of the directory's parameter; -1 = none */
    const struct scapf_flag_set *flags;       /* NULL when the parameter is no flag word */
    const struct scapf_variant_set *variants; /* PT_DYN only, else NULL */
};

struct scapf_event_info {
    const char *name;   /* "open": what is shown */
    const char *symbol; /* "PPME_SYSCALL_OPEN_X": unique */
    uint16_t code;      /* even = enter '>', odd = exit '<' */
    uint16_t category;  /* low 9 bits syscall category, above them the event category */
    uint32_t flags;     /* enum scapf_event_flag */
    uint8_t n_params;
    uint8_t since; /* index into schema->ages: the first age that knows the code */
    const struct scapf_param_info *params;
    const uint16_t *syscalls; /* PPM_SC codes that produce this event */
    uint16_t n_syscalls;
};

/* Types of the fields in the bodies of scap table blocks. Integers are in section byte order. */
enum scapf_field_type {
    SCAPF_FT_U8,
    SCAPF_FT_U16,
    SCAPF_FT_U32,
    SCAPF_FT_U64,
    SCAPF_FT_I64,
    SCAPF_FT_BOOL8, /* one byte; values above 1 occur in hostile files and mean true */
    SCAPF_FT_STR16, /* u16 length, then the bytes; no terminator */
    SCAPF_FT_CHARS, /* exactly size bytes, NUL-padded */
    SCAPF_FT_TEXT,  /* bytes whose number stands in an earlier field, see len_field */
    SCAPF_FT_IP4,   /* 4 bytes, network order */
    SCAPF_FT_IP6    /* 16 bytes, network order */
};

/* Where in a table a field stands. */
enum scapf_field_part {
    SCAPF_PART_HEAD,  /* once, before the entries */
    SCAPF_PART_ENTRY, /* in every entry */
    SCAPF_PART_TAIL   /* in an entry when it still fits into the entry's own length */
};

/* One row of a table body. */
struct scapf_field_info {
    const char *name;
    uint8_t type;      /* enum scapf_field_type */
    uint8_t part;      /* enum scapf_field_part */
    uint8_t since;     /* first version of the block that has it, from 1 */
    uint8_t until;     /* last version that has it; 255 = still there */
    uint16_t size;     /* SCAPF_FT_CHARS: bytes */
    int8_t len_field;  /* SCAPF_FT_TEXT: index of the row with the length; else -1 */
    bool is_list;      /* the bytes are a NUL-separated list */
    uint16_t min_rest; /* tail: the first tail byte must have more than this many bytes ahead */
    uint16_t limit;    /* longest string current readers take, 0 = none stated */
    uint32_t cases;    /* 0 = always; else bit v: present when the selector is v; bit 31: when it
                          is a value no case names */
    const struct scapf_flag_set *flags; /* names of the values, or NULL */
};

/* A block number that carries a table, with the version of the body. */
struct scapf_table_number {
    uint32_t block_type;
    uint8_t version;
    const char *name; /* "PL_V9" */
};

struct scapf_table_info {
    const char *name; /* "process" */
    const struct scapf_table_number *numbers;
    uint8_t n_numbers;
    bool has_entries;           /* false: all fields are in the head (machine info) */
    uint8_t entry_len_since;    /* version from which entries carry a u32 length; 0 = never */
    bool entry_len_counts_self; /* that length includes its own 4 bytes */
    int8_t selector;            /* index of the row whose value selects cases; -1 = none */
    const struct scapf_field_info *fields;
    uint8_t n_fields;
};

/* One system call of one architecture. */
struct scapf_syscall {
    const char *name;
    int32_t nr;           /* the kernel's number */
    uint16_t ppm_sc;      /* PPM_SC code */
    uint16_t enter, exit; /* event codes */
    bool is_generic;      /* recorded as the generic event */
};

/*
 * What readers with the event table of March 2022 (sysdig 0.29) know: codes and PPM_SC below these.
 * They pass over an event of a higher code; of a generic event with a higher PPM_SC they die, so
 * that what is written for them has 0 there. [scap 10]
 */
#define SCAPF_OLD_CODES    336u
#define SCAPF_OLD_SYSCALLS 330u

struct scapf_arch {
    const char *name;                  /* "x86_64", "aarch64" */
    const struct scapf_syscall *calls; /* ascending nr */
    uint32_t n_calls;
};

struct scapf_name {
    uint32_t value;
    const char *name;
};

/* Where a parameter of a converted event comes from, see scap(5) on conversion of old events. */
enum scapf_conv_from {
    SCAPF_FROM_OLD,
    SCAPF_FROM_ENTER,
    SCAPF_FROM_DEFAULT,
    SCAPF_FROM_EMPTY,
    SCAPF_FROM_CALLBACK
};

struct scapf_conv_param {
    uint8_t from;           /* enum scapf_conv_from */
    uint8_t param;          /* index in the old or enter event */
    bool empty_if_no_enter; /* else the type's default */
};

enum scapf_conv_action {
    SCAPF_CONV_PASS,
    SCAPF_CONV_STORE,
    SCAPF_CONV_STORE_AND_PASS,
    SCAPF_CONV_ADD_PARAMS,
    SCAPF_CONV_CHANGE_TYPE
};

/* What current readers do with an event of this code and number of parameters. */
struct scapf_conversion {
    uint16_t code;
    uint8_t n_params;
    uint8_t action; /* enum scapf_conv_action */
    uint16_t to_code;
    uint8_t n_from;
    const struct scapf_conv_param *from;
};

/* A slot of the hash over the block numbers, see schema.c. */
struct scapf_table_slot {
    uint32_t block_type;
    uint8_t table;  /* index + 1 in tables; 0 = free */
    uint8_t number; /* index in the table's numbers */
};

/*
 * How a parameter comes out of a call of a text trace, see schemas/strace-map.xml. K is an argument
 * from 0, or K.FIELD: a field of a struct in it, or its child FIELD when that is a number.
 */
/* clang-format off */
#define SCAPF_TAKES(X) \
    X(UNKNOWN, "unknown")     /* the trace cannot know it */ \
    X(VALUE, "value")         /* value:N, a constant */ \
    X(RESULT, "result")       /* what the call returned, or its errno negated */ \
    X(ARG, "arg")             /* arg:K as the type of the parameter wants it */ \
    X(NAMED, "named")         /* as arg; nothing when the argument is no word of the flag set */ \
    X(MODE, "mode")           /* mode:K, when the flags before it create a file; else 0 */ \
    X(SOCKFLAGS, "sockflags") /* the flags within the socket type K */ \
    X(SIZES, "sizes")         /* sum of the lengths in the iovecs K */ \
    X(DATA, "data")           /* bytes of the iovecs K joined, at most result */ \
    X(DEST, "dest")           /* socket pair of argument 0, towards the address K */ \
    X(ORIGIN, "origin")       /* socket pair of argument 0, from the address K */ \
    X(RETURNED, "returned")   /* socket pair of the result, from the address K */ \
    X(REVENTS, "revents")     /* fd list K with what happened, from the note behind the result */ \
    X(PAGES, "pages")         /* bytes K as 4096-byte pages */ \
    X(INODE, "inode")         /* inode noted at fd K */ \
    X(WORDS, "words")         /* strings of the array K from the second on */ \
    X(LIST, "list")           /* strings of the array K */ \
    X(BEFORE, "before")       /* what stood in K before the call */ \
    X(OPTION, "option")       /* socket option value K */ \
    X(PTRACE, "ptrace")       /* ptrace word K */ \
    X(KEYCTL, "keyctl")       /* keyctl word K */ \
    X(RESULT_FD, "result-fd") /* result as one of two: descriptor or errno */ \
    X(FIRST, "first")         /* first string of the array K */ \
    X(PROC, "proc")           /* proc:WHAT, the process the event is about */
/* clang-format on */

enum scapf_take_how {
#define X(name, word) SCAPF_TAKE_##name,
    SCAPF_TAKES(X)
#undef X
        SCAPF_TAKE_COUNT
};

struct scapf_take {
    uint8_t how;       /* enum scapf_take_how */
    uint8_t arg;       /* K */
    int64_t value;     /* N */
    const char *field; /* FIELD or WHAT, or NULL */
};

/* What a system call of a text trace becomes. */
struct scapf_trace_row {
    const char *call; /* its name in traces */
    const char *does; /* what it does to processes and descriptors, or NULL */
    bool has_event;   /* false: it is recorded as the generic event */
    bool has_enter;
    bool loses; /* the trace has more than the event has room for */
    uint16_t enter, exit;
    uint8_t n_enter, n_exit; /* as many parameters as current readers know */
    const struct scapf_take *enter_from, *exit_from;
};

struct scapf_pm_row; /* these three: scapfmt-procmon.h */
struct scapf_pm_result;
struct scapf_pm_port;

/* Everything that is known about events and tables. Const data; built in or loaded from XML. */
struct scapf_schema {
    const char *version;
    const char *const *ages; /* names of the snapshots, oldest first */
    uint32_t n_ages;
    const struct scapf_event_info *const *events; /* by code; NULL where a code is unknown */
    uint32_t n_events;
    const struct scapf_flag_set *const *flag_sets; /* sorted by name */
    uint32_t n_flag_sets;
    const struct scapf_variant_set *const *variant_sets; /* sorted by name */
    uint32_t n_variant_sets;
    const char *const *syscalls; /* by PPM_SC code; NULL where a code is unknown */
    uint32_t n_syscalls;
    const struct scapf_arch *arches;
    uint32_t n_arches;
    const int16_t *ia32_to_x86_64; /* by i386 number; -1 = none */
    uint32_t n_ia32;
    const struct scapf_name *categories; /* bit and value names, file order */
    uint32_t n_categories;
    const struct scapf_name *errnos; /* ascending */
    uint32_t n_errnos;
    const struct scapf_name *signals; /* ascending */
    uint32_t n_signals;
    const struct scapf_table_info *const *tables;
    uint32_t n_tables;
    const struct scapf_table_slot *table_slots; /* for scapf_schema_table() */
    uint32_t n_table_slots;                     /* a power of two, or 0 */
    const struct scapf_conversion *conversions; /* ascending (code, n_params) */
    uint32_t n_conversions;
    const struct scapf_trace_row *traces; /* ascending call */
    uint32_t n_traces;
    const struct scapf_trace_row *old_traces; /* instead, for readers of before libs 0.7 (2022) */
    uint32_t n_old_traces;
    const struct scapf_pm_row *pm_rows; /* scapfmt-procmon.h; ascending name */
    uint32_t n_pm_rows;
    const struct scapf_pm_result *pm_results; /* ascending text */
    uint32_t n_pm_results;
    const struct scapf_pm_port *pm_ports; /* ascending name */
    uint32_t n_pm_ports;
};

/* "INT64", "HEX", "USES_FD" (of one bit), "str16"; NULL when out of range. Static storage. */
SCAPF_API const char *scapf_param_type_name(uint32_t type);
/* Bytes of a parameter of this type; 0 when its value decides, or the type is not known. */
SCAPF_API uint8_t scapf_param_size(uint32_t type);
SCAPF_API const char *scapf_format_name(uint32_t format);
SCAPF_API const char *scapf_event_flag_name(uint32_t flag);
SCAPF_API const char *scapf_field_type_name(uint32_t type);
/* The schema compiled into the library. Static storage. */
SCAPF_API const struct scapf_schema *scapf_schema_builtin(void);
/* The event with this code, or NULL when the schema does not know it. */
SCAPF_API const struct scapf_event_info *scapf_schema_event(const struct scapf_schema *schema,
                                                            uint32_t code);
/* Name of a PPM_SC code, NULL when unknown. */
SCAPF_API const char *scapf_schema_syscall(const struct scapf_schema *schema, uint32_t ppm_sc);
/* Name of an errno (positive number, "ENOENT") or signal ("SIGKILL"), NULL when unknown. */
SCAPF_API const char *scapf_schema_errno(const struct scapf_schema *schema, uint32_t number);
SCAPF_API const char *scapf_schema_signal(const struct scapf_schema *schema, uint32_t number);
/* The flag set called prefix and name in one ("native_", "file_flags"; prefix may be "") or NULL.
 */
SCAPF_API const struct scapf_flag_set *scapf_schema_flags(const struct scapf_schema *schema,
                                                          const char *prefix, const char *name);
/* The architecture by name, the system call by its kernel number; NULL when unknown. */
SCAPF_API const struct scapf_arch *scapf_schema_arch(const struct scapf_schema *schema,
                                                     const char *name);
SCAPF_API const struct scapf_syscall *scapf_arch_syscall(const struct scapf_arch *arch, int32_t nr);

/* The architecture a capture was recorded on, which it does not say: its generic events vote for
 * the tables in which their numbers make sense [scap 11]. All zero to begin with, and for every
 * capture anew. */
#define SCAPF_ARCHES_MAX 64 /* no more of a schema are voted for */
struct scapf_arch_votes {
    const struct scapf_arch *leader; /* with most votes so far; NULL = none yet */
    uint32_t counts[SCAPF_ARCHES_MAX];
};
struct scapf_event;
/* Let an event vote before it is named; those that are not generic have nothing to say. Returns the
 * leader, for scapf_event_name(). */
SCAPF_API const struct scapf_arch *scapf_arch_vote(struct scapf_arch_votes *votes,
                                                   const struct scapf_schema *schema,
                                                   const struct scapf_event *event);

/*
 * The number under which a generic event has call nr of a 32-bit program of x86_64. Readers look
 * numbers up in the table of the machine: it is x86_64's number of that call. One that x86_64 does
 * not have is moved out of that table by SCAPF_ONLY_IA32, so that it is not taken for another.
 */
#define SCAPF_ONLY_IA32 0x8000u
SCAPF_API uint16_t scapf_schema_ia32(const struct scapf_schema *schema, uint32_t nr);
/* The table a block number carries and the version of its body; NULL when it carries none. */
SCAPF_API const struct scapf_table_info *
scapf_schema_table(const struct scapf_schema *schema, uint32_t block_type,
                   const struct scapf_table_number **number);
/* The conversion row of (code, n_params), or NULL. */
SCAPF_API const struct scapf_conversion *scapf_schema_conversion(const struct scapf_schema *schema,
                                                                 uint32_t code, uint32_t n_params);

#ifdef __cplusplus
}
#endif

#include "scapfmt-procmon.h"

#endif
