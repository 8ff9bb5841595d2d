/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scapfmt.h - read, write, check and render system-call captures (scap), pcapng and classic pcap.
 *
 * The flow is one direction: source (scapf_src) -> reader (scapf_reader) -> records -> printer,
 * checker or writer -> sink (scapf_sink). A record is a borrowed view: it is valid until the next
 * call on its reader. Nothing in this library prints, exits, or keeps global state; one handle
 * must not be used from two threads at once, different handles may.
 *
 * Every fallible function returns enum scapf_status. What happened, where, and what was found is
 * in a struct scapf_diag, as numbers; scapf_diag_format() makes the sentence.
 */
#ifndef SCAPFMT_H
#define SCAPFMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SCAPF_VERSION "0.1.0"

#if defined(__GNUC__)
#define SCAPF_API      __attribute__((visibility("default")))
#define SCAPF_MUST_USE __attribute__((warn_unused_result))
#else
#define SCAPF_API
#define SCAPF_MUST_USE
#endif
/* Every fallible function: the caller has to look at its status. */
#define SCAPF_API_STATUS SCAPF_API SCAPF_MUST_USE enum scapf_status

/* ------------------------------------------------------------------ status and diagnosis */

/* What the caller does next. Negative values are errors; SCAPF_END is a note. */
enum scapf_status {
    SCAPF_OK = 0,
    SCAPF_END = 1,            /* nothing more to read; not an error */
    SCAPF_E_IO = -1,          /* the operating system refused: got holds errno */
    SCAPF_E_TRUNCATED = -2,   /* the input stops in the middle of something */
    SCAPF_E_FORMAT = -3,      /* the input breaks a rule of its format */
    SCAPF_E_UNSUPPORTED = -4, /* legal, but not handled by this build */
    SCAPF_E_LIMIT = -5,       /* beyond a limit set in the options */
    SCAPF_E_NOMEM = -6,       /* an allocation failed */
    SCAPF_E_USAGE = -7        /* the call itself is wrong; the handle is unchanged */
};

enum scapf_severity { SCAPF_INFO, SCAPF_WARNING, SCAPF_ERROR };

/* One row of the rule book: what is checked, why, and how bad breaking it is. */
struct scapf_rule_info {
    const char *id;     /* "PNG-003", "SCP-E01": stable, the ids of the rule book */
    const char *symbol; /* "BLOCK_LEN_MIN": the same rule by a name */
    enum scapf_severity severity;
    const char *source;   /* where the rule comes from */
    const char *sentence; /* what is wrong when the rule is broken */
};

/* A diagnosis: which rule was broken, where, what was found and what was expected. Plain numbers:
 * copying it is enough, nothing to free. */
struct scapf_diag {
    uint16_t rule;            /* index for scapf_rule_get(); 0 = none */
    enum scapf_status status; /* what a strict reader returns for it */
    uint64_t off;             /* byte offset in the uncompressed stream */
    uint64_t block;           /* ordinal of the block, from 0 */
    uint32_t block_type;      /* its type number, 0 when not known */
    uint64_t got, want;       /* found and expected value; both 0 when there is none to show */
};

/* Number of rules; valid indexes are 1 .. count-1. */
SCAPF_API unsigned scapf_rule_count(void);
/* The rule with this index, or the "none" rule when out of range. Static storage. */
SCAPF_API const struct scapf_rule_info *scapf_rule_get(unsigned rule);
/* Index of a rule by its id ("PNG-003") or symbol, any letter case; 0 when there is none. */
SCAPF_API unsigned scapf_rule_find(const char *id_or_symbol);
/* "info", "warning" or "error". Static storage. */
SCAPF_API const char *scapf_severity_name(enum scapf_severity severity);
/* A short English name of a status ("truncated input"). Static storage. */
SCAPF_API const char *scapf_status_name(enum scapf_status status);
/* Write "offset N: RULE: sentence (got X, want Y)" into buf, cut to size and NUL-ended; ": HINT"
 * behind it names a file of another kind. Returns the length of the whole, as snprintf does. */
SCAPF_API size_t scapf_diag_format(const struct scapf_diag *diag, char *buf, size_t size);

/* ------------------------------------------------------------------ memory */

/* Memory of every handle comes from here. resize(ctx, NULL, n) allocates, resize(ctx, p, 0) frees,
 * else the block changes its size; NULL means "no memory" and leaves p alone. A NULL allocator
 * anywhere in this header means realloc(3) and free(3). */
struct scapf_alloc {
    void *(*resize)(void *ctx, void *p, size_t size);
    void *ctx;
};

/* ------------------------------------------------------------------ sources: bytes in */

enum scapf_compression { SCAPF_PLAIN, SCAPF_GZIP, SCAPF_ZSTD };

/* A stream of bytes. gzip (any number of members) and zstd (any number of frames, skippable ones
 * too) are recognised by content and unpacked; offsets everywhere count unpacked bytes. A regular
 * plain file is memory-mapped; its consumed pages are given back, so resident memory is constant.
 * */
struct scapf_src;

/* Open a file; "-" is standard input. *src is the caller's, free with scapf_src_free(). On error
 * *src is NULL and diag (may be NULL) says why: E_IO with errno in got, or E_NOMEM. */
SCAPF_API_STATUS scapf_src_file(const char *path, const struct scapf_alloc *alloc,
                                struct scapf_src **src, struct scapf_diag *diag);
/* Read from a descriptor, which stays the caller's and must stay open as long as the source. */
SCAPF_API_STATUS scapf_src_fd(int fd, const struct scapf_alloc *alloc, struct scapf_src **src,
                              struct scapf_diag *diag);
/* Read from memory, which must stay valid as long as the source and everything read from it. */
SCAPF_API_STATUS scapf_src_mem(const void *bytes, size_t len, const struct scapf_alloc *alloc,
                               struct scapf_src **src, struct scapf_diag *diag);
/* How the outermost layer is packed. Known as soon as the source is open. */
SCAPF_API enum scapf_compression scapf_src_compression(const struct scapf_src *src);
/* At least min of the next bytes, fewer only before the end or a break; they stay valid until the
 * next peek. *bytes and *avail are always set. An error only when the stream breaks before min
 * bytes: then *diag (may be NULL) says why. For converters of other formats than the reader's. */
SCAPF_API_STATUS scapf_src_peek(struct scapf_src *src, size_t min, const uint8_t **bytes,
                                size_t *avail, struct scapf_diag *diag);
/* Move past n bytes; n is at most avail of the last peek. */
SCAPF_API void scapf_src_skip(struct scapf_src *src, size_t n);
/* NULL is fine. */
SCAPF_API void scapf_src_free(struct scapf_src *src);

/* ------------------------------------------------------------------ sinks: bytes out */

/* Where bytes go. A file is written without a name, or where the file system has no such files
 * under a temporary one beside its final name, which it gets from scapf_sink_finish(): a
 * half-written file never carries that. gzip output is a row of independent members in the BGZF
 * layout, closed by the empty member. */
struct scapf_sink;

/* Create a file sink; "-" is standard output. */
SCAPF_API_STATUS scapf_sink_file(const char *path, enum scapf_compression packing,
                                 const struct scapf_alloc *alloc, struct scapf_sink **sink,
                                 struct scapf_diag *diag);
/* Write to a descriptor, which stays the caller's. */
SCAPF_API_STATUS scapf_sink_fd(int fd, enum scapf_compression packing,
                               const struct scapf_alloc *alloc, struct scapf_sink **sink,
                               struct scapf_diag *diag);
/* Collect in memory; see scapf_sink_bytes(). */
SCAPF_API_STATUS scapf_sink_mem(enum scapf_compression packing, const struct scapf_alloc *alloc,
                                struct scapf_sink **sink, struct scapf_diag *diag);
/* Add len bytes. Errors stick: every later call returns the same status. */
SCAPF_API_STATUS scapf_sink_write(struct scapf_sink *sink, const void *bytes, size_t len);
/* Hand what is buffered to the operating system (compression buffers excepted). */
SCAPF_API_STATUS scapf_sink_flush(struct scapf_sink *sink);
/* The same, compression buffers included: ends a gzip member or zstd frame, so that what was
 * written until now can be unpacked. For output that is read, or may be cut off, as it grows. */
SCAPF_API_STATUS scapf_sink_sync(struct scapf_sink *sink);
/* Flush, close and rename. Must be called; its OK is the only success. */
SCAPF_API_STATUS scapf_sink_finish(struct scapf_sink *sink);
/* The bytes of a finished memory sink; they live as long as the sink. NULL for other sinks. */
SCAPF_API const uint8_t *scapf_sink_bytes(const struct scapf_sink *sink, size_t *len);
/* Why a call failed; NULL when none did. Lives as long as the sink. */
SCAPF_API const struct scapf_diag *scapf_sink_diag(const struct scapf_sink *sink);
/* Drop the sink and, when not finished, its temporary file. NULL is fine. */
SCAPF_API void scapf_sink_free(struct scapf_sink *sink);

/* ------------------------------------------------------------------ schema */

struct scapf_schema; /* these: scapfmt-schema.h */
struct scapf_event_info;
struct scapf_arch;

/* ------------------------------------------------------------------ records */

/* Block type numbers. [pcapng 11.1] and [libscap scap_savefile.h]; *_INT are pre-release numbers */
enum scapf_block_type {
    SCAPF_BLOCK_SHB = 0x0A0D0D0A,
    SCAPF_BLOCK_IDB = 1,
    SCAPF_BLOCK_PB = 2,
    SCAPF_BLOCK_SPB = 3,
    SCAPF_BLOCK_NRB = 4,
    SCAPF_BLOCK_ISB = 5,
    SCAPF_BLOCK_EPB = 6,
    SCAPF_BLOCK_JOURNAL = 9,
    SCAPF_BLOCK_DSB = 10,
    SCAPF_BLOCK_CUSTOM = 0xBAD,
    SCAPF_BLOCK_CUSTOM_NOCOPY = 0x40000BAD,
    SCAPF_BLOCK_DARWIN_PROCESS = (int)0x80000001,
    SCAPF_BLOCK_MI = 0x201,
    SCAPF_BLOCK_EV = 0x204,
    SCAPF_BLOCK_EV_INT = (int)0x8010ABCD,
    SCAPF_BLOCK_EVF = 0x208,
    SCAPF_BLOCK_EV_V2 = 0x216,
    SCAPF_BLOCK_EVF_V2 = 0x217,
    SCAPF_BLOCK_EV_V2_LARGE = 0x221,
    SCAPF_BLOCK_EVF_V2_LARGE = 0x222
};

/* What a record is. */
enum scapf_kind {
    SCAPF_KIND_SECTION,   /* SHB, or the file header of a classic pcap */
    SCAPF_KIND_INTERFACE, /* IDB */
    SCAPF_KIND_PACKET,    /* EPB, SPB, PB, or a pcap packet */
    SCAPF_KIND_EVENT,     /* EV*, EVF* */
    SCAPF_KIND_TABLE,     /* machine, process, fd, interface, user list */
    SCAPF_KIND_NAMES,     /* NRB */
    SCAPF_KIND_STATS,     /* ISB */
    SCAPF_KIND_SECRETS,   /* DSB */
    SCAPF_KIND_CUSTOM,    /* custom blocks, process information among them */
    SCAPF_KIND_JOURNAL,   /* systemd journal entry */
    SCAPF_KIND_PROCESS,   /* Darwin process information */
    SCAPF_KIND_UNKNOWN,   /* any other block: passed through untouched */
    SCAPF_KIND_COUNT
};

/* "section", "packet", "event", ... Static storage. */
SCAPF_API const char *scapf_kind_name(enum scapf_kind kind);
/* "SHB", "EPB", "EV_V2", "PL_V9", ...; NULL for a number nobody has named. Static storage. */
SCAPF_API const char *scapf_block_name(uint32_t block_type);

/* An option of a block, or a record of a name resolution block: borrowed bytes. */
struct scapf_option {
    uint16_t code;
    uint16_t len;
    const uint8_t *value;
    uint64_t off; /* stream offset of the option header */
};

#define SCAPF_EVENT_PARAMS 32 /* most parameters of any event in the schema */

/* [scap 9.1] Flag of an event that readers take in for the state it tells of, and show nothing of.
 */
#define SCAPF_EVENT_STATE_ONLY 1u

/* A system-call event. Borrowed from its record. Parameters that the schema has and the file has
 * not (older writers) do not exist: n_params counts those of the file. Parameters beyond the schema
 * (newer writers) are reachable through scapf_event_param() as bytes. */
struct scapf_event {
    const struct scapf_event_info *info; /* NULL: the schema does not know the code */
    uint64_t ts_ns;                      /* ns since 1970 */
    int64_t tid;
    uint32_t len;      /* bytes of header, length array and parameters, as the file says */
    uint32_t flags;    /* EVF*: SCAPF_EVENT_STATE_ONLY */
    uint32_t n_params; /* in the file; 0 when not known, see has_params */
    uint16_t code;
    uint16_t cpu;
    bool has_params; /* false: old block of an unknown code, its parameters cannot be told apart */
    bool big_endian;
    uint8_t len_size;       /* 2 or 4 bytes a length */
    const uint8_t *payload; /* everything after the event header */
    uint32_t payload_len;
    const uint8_t *options; /* pcapng options after the event, NULL when there are none */
    uint32_t options_len;
    uint64_t off;                               /* stream offset of the event header */
    uint32_t n_cached;                          /* parameters whose place is in param_off */
    uint32_t param_off[SCAPF_EVENT_PARAMS + 1]; /* offsets in payload; [i+1] is the end of i */
    uint32_t *walk;      /* where the last look-up beyond those ended; NULL = nowhere */
    uint32_t walk_at[2]; /* what walk points to: a parameter, its offset in payload */
};

/* A packet. Borrowed from its record. */
struct scapf_packet {
    uint32_t interface_id;
    uint32_t captured_len; /* bytes at data */
    uint32_t original_len; /* bytes on the wire */
    const uint8_t *data;
    bool has_ts;         /* SPB has no time */
    bool ts_in_range;    /* sec is usable: the time fits 64-bit seconds */
    uint64_t ticks;      /* as in the file, units of the interface's resolution */
    int64_t sec;         /* seconds since 1970, if_tsoffset included */
    uint32_t nsec;       /* 0 .. 999999999, rounded down */
    uint32_t drop_count; /* PB only; 0xFFFF = not known */
    uint16_t link_type;
    const uint8_t *options; /* NULL when there are none */
    uint32_t options_len;
};

struct scapf_interface {
    uint32_t id; /* from 0 in its section */
    uint16_t link_type;
    uint32_t snaplen; /* 0 = no limit */
    uint8_t tsresol;  /* as in the file; 6 = microseconds */
    int64_t tsoffset; /* seconds */
    uint64_t off;     /* stream offset of its block */
    char name[64];    /* if_name, cut, NUL-ended */
    uint64_t packets; /* seen so far */
};

/* The section the reader is in. */
struct scapf_section {
    uint32_t index; /* from 0 */
    uint64_t off;
    bool big_endian;
    bool is_pcap; /* classic pcap: one section, one interface */
    uint16_t major, minor;
    uint64_t length; /* as in the file; all ones = not stated */
    uint32_t n_interfaces;
    uint64_t events, packets; /* seen so far */
    uint32_t pcap_magic;      /* classic pcap: in host order */
};

/* One block. A view: it and everything it points to is valid until the next call on its reader. raw
 * is the whole block as it stands in the file; body is what lies between its header and its
 * trailer, padding and options included. */
struct scapf_record {
    enum scapf_kind kind;
    uint32_t type;    /* block type number; 0 in classic pcap */
    uint32_t section; /* from 0 */
    uint64_t ordinal; /* number of the block in the file, from 0 */
    uint64_t off;     /* stream offset of raw */
    const uint8_t *raw;
    size_t raw_len;
    const uint8_t *body;
    size_t body_len;
    bool big_endian;
    bool has_ts;
    uint64_t ts_ns;                    /* ns since 1970; has_ts is false when it does not fit */
    const struct scapf_event *event;   /* KIND_EVENT and not damaged, else NULL */
    const struct scapf_packet *packet; /* KIND_PACKET and not damaged, else NULL */
    const struct scapf_diag *damage;   /* the body cannot be read; NULL when it can */
};

/* ------------------------------------------------------------------ reader */

#define SCAPF_LEDGER_TYPES 64

/* What a reader saw. blocks == known + unknown; damaged ones are among them. */
struct scapf_ledger {
    uint64_t blocks;
    uint64_t known;          /* blocks of a type this library decodes */
    uint64_t unknown;        /* blocks of other types, and events of unknown codes */
    uint64_t unknown_blocks; /* the part of unknown that is blocks */
    uint64_t unknown_events; /* the part of unknown that is event codes */
    uint64_t damaged;        /* blocks whose body could not be read */
    uint64_t bytes;          /* stream bytes in all blocks read */
    uint64_t skipped_off;    /* where reading stopped short; the first place of several */
    uint64_t skipped_bytes;  /* bytes left unread there; all ones = not known (a pipe) */
    uint64_t skipped_places; /* more than one only in checks, which go on behind damage */
    bool stopped;            /* some bytes were left unread */
    uint64_t by_kind[SCAPF_KIND_COUNT];
    struct {
        uint32_t type;
        uint64_t blocks, bytes;
    } types[SCAPF_LEDGER_TYPES]; /* in order of first sight */
    uint32_t n_types;
    uint64_t types_untold; /* blocks of types beyond the table */
};

struct scapf_reader;

struct scapf_reader_opts {
    size_t size; /* sizeof(struct scapf_reader_opts) */
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema; /* NULL = built in */
    uint32_t max_block;                /* bytes; 0 = 256 MiB */
};

/* Make a reader. It takes src over, also on error. opts may be NULL. Reads nothing yet. */
SCAPF_API_STATUS scapf_reader_new(struct scapf_src *src, const struct scapf_reader_opts *opts,
                                  struct scapf_reader **reader);
/* The next block. OK; END after the last one; or an error, after which every call returns the same
 * status. Damage inside one block is not an error here: the record says so (damage) and reading
 * goes on. Errors are damage to the framing itself, truncation and I/O. */
SCAPF_API_STATUS scapf_reader_next(struct scapf_reader *reader, struct scapf_record *rec);
/* The current section; NULL before the first. Valid until the reader is freed. */
SCAPF_API const struct scapf_section *scapf_reader_section(const struct scapf_reader *reader);
/* Interface id of the current section; NULL when there is none. Valid until the next call. */
SCAPF_API const struct scapf_interface *scapf_reader_interface(const struct scapf_reader *reader,
                                                               uint32_t id);
SCAPF_API const struct scapf_ledger *scapf_reader_ledger(const struct scapf_reader *reader);
SCAPF_API const struct scapf_schema *scapf_reader_schema(const struct scapf_reader *reader);
SCAPF_API enum scapf_compression scapf_reader_compression(const struct scapf_reader *reader);
/* Why the reader stopped; NULL when it has not. Lives as long as the reader. */
SCAPF_API const struct scapf_diag *scapf_reader_diag(const struct scapf_reader *reader);
/* NULL is fine. Frees the source too. */
SCAPF_API void scapf_reader_free(struct scapf_reader *reader);

/* ------------------------------------------------------------------ looking into records */

/* The bytes of parameter i. OK, or E_USAGE when the event has no such parameter. O(1) for the
 * first SCAPF_EVENT_PARAMS and when asked for in order, else a walk. Borrowed from the record. */
SCAPF_API_STATUS scapf_event_param(const struct scapf_event *event, uint32_t i,
                                   const uint8_t **bytes, uint32_t *len);

/* What a typed value holds. */
enum scapf_value_kind {
    SCAPF_VALUE_EMPTY,    /* length 0: the writer had no value */
    SCAPF_VALUE_NULL,     /* the text "(NULL)" of old drivers */
    SCAPF_VALUE_SIGNED,   /* i */
    SCAPF_VALUE_UNSIGNED, /* u */
    SCAPF_VALUE_TEXT,     /* bytes, len without the final NUL */
    SCAPF_VALUE_BYTES,    /* bytes, len */
    SCAPF_VALUE_ADDRESS,  /* sock: family, address, port or path */
    SCAPF_VALUE_TUPLE,    /* sock: both ends */
    SCAPF_VALUE_FDLIST,   /* u = count; scapf_value_fd() */
    SCAPF_VALUE_MALFORMED /* bytes, len: not what the type demands */
};

/* One end or both of a socket. Addresses are 4 or 16 bytes in network order. */
struct scapf_sock {
    uint8_t family; /* 1 unix, 2 IPv4, 10 IPv6, else only the number is known */
    uint8_t addr_len;
    const uint8_t *src, *dst; /* dst NULL for a single address */
    uint16_t sport, dport;
    uint64_t src_key, dst_key; /* unix tuples: kernel addresses */
    const uint8_t *path;       /* unix: bytes without the final NUL */
    uint32_t path_len;
};

/* A parameter with its type applied. Borrows from the record and the schema. */
struct scapf_value {
    enum scapf_value_kind kind;
    const struct scapf_param_info *info; /* NULL beyond the schema */
    uint8_t type;                        /* enum scapf_param_type; for PT_DYN the selected one */
    uint8_t fmt;                         /* enum scapf_format, of the outer parameter */
    int16_t variant;                     /* PT_DYN: which; else -1 */
    bool big_endian;
    const uint8_t *bytes;
    uint32_t len;
    int64_t i;
    uint64_t u;
    struct scapf_sock sock; /* of addresses and tuples; else not set */
};

/* Parameter i as a typed value. Returns OK also for empty ones; E_FORMAT when its bytes break its
 * type (the value is then MALFORMED with its raw bytes, diag, if not NULL, says which rule);
 * E_USAGE when the event has no such parameter. */
SCAPF_API_STATUS scapf_event_value(const struct scapf_event *event, uint32_t i,
                                   struct scapf_value *value, struct scapf_diag *diag);
/* Entry k of an fd list: descriptor and poll flags. False when k is out of range. */
SCAPF_API bool scapf_value_fd(const struct scapf_value *value, uint32_t k, int64_t *fd,
                              uint16_t *flags);

/* The name to show for an event: of generic events the system call, of asynchronous events their
 * own name, else info->name. Falls back to "unknown". Borrowed; len receives its bytes. */
SCAPF_API const char *scapf_event_name(const struct scapf_event *event,
                                       const struct scapf_schema *schema,
                                       const struct scapf_arch *arch, size_t *len);

/* What the call of an exit event returned: its parameter "res", or "fd" of one that makes a
 * descriptor. False when the event has none. */
SCAPF_API bool scapf_event_result(const struct scapf_event *event, int64_t *res);

/* Walk over the options of a record, or of an event or packet in it. */
struct scapf_option_iter {
    const uint8_t *bytes;
    size_t len, pos;
    uint64_t off;
    bool big_endian;
    bool ended; /* opt_endofopt was seen */
    struct scapf_diag diag;
};

/* Start at the options of a record of any kind; a record without any gives END at once. */
SCAPF_API void scapf_options_begin(const struct scapf_record *rec, struct scapf_option_iter *it);
/* The next option: OK, END, or E_FORMAT with it->diag filled; then the walk is over. */
SCAPF_API_STATUS scapf_option_next(struct scapf_option_iter *it, struct scapf_option *opt);

/* A field of a table row. Which member counts follows from field->type. */
struct scapf_cell {
    const struct scapf_field_info *field;
    uint64_t u;           /* U8..U64, BOOL8, and the raw bits of I64 */
    int64_t i;            /* I64 */
    const uint8_t *bytes; /* STR16, CHARS, TEXT, IP4, IP6 */
    uint32_t len;
};

#define SCAPF_ROW_CELLS 64

struct scapf_row {
    uint64_t off; /* stream offset of the entry, or of the body for the head */
    uint32_t n_cells;
    struct scapf_cell cells[SCAPF_ROW_CELLS];
    uint32_t entry_len;   /* as in the file; 0 = the entry carries none. To a writer anything but 0
                             means that it is to be filled in */
    const uint8_t *extra; /* bytes of the entry behind the last known field */
    uint32_t extra_len;
};

/* Walk over a table record: first its head (if it has one), then entry by entry. */
struct scapf_table {
    const struct scapf_table_info *info;
    const struct scapf_table_number *number;
    const uint8_t *body;
    size_t len, pos;
    uint64_t off;
    uint32_t named_cases; /* selector values that have rows of their own */
    bool big_endian;
    struct scapf_row head; /* n_cells 0 when the table has none */
    struct scapf_diag diag;
};

/* Open a KIND_TABLE record; E_USAGE for other records, E_FORMAT when its head is cut. */
SCAPF_API_STATUS scapf_table_open(const struct scapf_record *rec, const struct scapf_schema *schema,
                                  struct scapf_table *table);
/* The next entry: OK, END, or E_FORMAT with table->diag filled; then the walk is over. The bytes
 * of body from pos on, fewer than 4 at the end, are padding. */
SCAPF_API_STATUS scapf_table_next(struct scapf_table *table, struct scapf_row *row);
/* The cell with this field name, or NULL. */
SCAPF_API const struct scapf_cell *scapf_row_cell(const struct scapf_row *row, const char *name);

/* ------------------------------------------------------------------ writer */

enum scapf_container { SCAPF_CONTAINER_PCAPNG, SCAPF_CONTAINER_PCAP };

struct scapf_writer;

struct scapf_writer_opts {
    size_t size; /* sizeof(struct scapf_writer_opts) */
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema; /* NULL = built in */
    enum scapf_container container;
    bool big_endian; /* byte order of what is built; verbatim blocks keep theirs */
};

/* What an event starts with; see scapf_writer_event(). */
struct scapf_event_header {
    uint16_t code;
    uint16_t cpu;
    uint32_t flags; /* non-zero makes an EVF block */
    uint64_t ts_ns;
    int64_t tid;
};

/* An event that is complete; see scapf_writer_event_whole(). */
struct scapf_event_parts {
    struct scapf_event_header header; /* code and flags choose the block, as for other events */
    const uint32_t *lens;             /* of the parameters, n_params of them */
    uint32_t n_params;
    const void *params; /* their bytes, one behind the other, in the section's byte order */
    const char *comment;
    size_t comment_len; /* 0 = none */
};

/* Make a writer on sink, which stays the caller's (finish it after the writer). opts may be NULL */
SCAPF_API_STATUS scapf_writer_new(struct scapf_sink *sink, const struct scapf_writer_opts *opts,
                                  struct scapf_writer **writer);
/* Copy a block as it is, unknown types included. As for every block: E_USAGE without a section
 * header before it, or in the other byte order; a pcap file takes one header, then its packets. */
SCAPF_API_STATUS scapf_writer_put(struct scapf_writer *writer, const struct scapf_record *rec);
/* Copy n blocks that lie one behind the other, len bytes in all, without a look at them: a writer
 * has made them, in this byte order, for this section. No section header and no interface may be
 * among them: the writer has to know of these. E_USAGE for a pcap file, without a section of a
 * version this library builds, and inside of an event or table. */
SCAPF_API_STATUS scapf_writer_blocks(struct scapf_writer *writer, const void *bytes, size_t len,
                                     uint64_t n);
/* A section header without options; minor is 2 for scap, 0 for packets. */
SCAPF_API_STATUS scapf_writer_section(struct scapf_writer *writer, uint16_t minor);
/* An interface description of a classic pcap's only interface or a copy of another's. */
SCAPF_API_STATUS
scapf_writer_interface(struct scapf_writer *writer, const struct scapf_interface *interface);
/* A packet: an EPB (ticks of an interface of this section, options verbatim), or a record of a
 * classic pcap (sec and nsec; E_UNSUPPORTED when pcap cannot hold it, nothing is written then). */
SCAPF_API_STATUS scapf_writer_packet(struct scapf_writer *writer,
                                     const struct scapf_packet *packet);
/* Start an event, add its parameters in order (params: n that lie one behind the other), end it.
 * All is copied. Flags and code choose the block, lengths are filled in. E_USAGE out of turn. */
SCAPF_API_STATUS
scapf_writer_event(struct scapf_writer *writer, const struct scapf_event_header *header);
SCAPF_API_STATUS scapf_writer_param(struct scapf_writer *writer, const void *bytes, uint32_t len);
SCAPF_API_STATUS scapf_writer_params(struct scapf_writer *writer, const uint32_t *lens, uint32_t n,
                                     const void *bytes);
/* An unsigned or signed parameter of the event's schema type, in the section's byte order. E_USAGE
 * when the type has no number in it, or the number no room in the type. */
SCAPF_API_STATUS scapf_writer_param_int(struct scapf_writer *writer, uint64_t value);
/* A comment that rides as an option behind the event's parameters. */
SCAPF_API_STATUS scapf_writer_comment(struct scapf_writer *writer, const char *text, size_t len);
SCAPF_API_STATUS scapf_writer_event_end(struct scapf_writer *writer);
/* All of that at once; nothing of parts is kept. E_USAGE as for scapf_writer_blocks(), E_LIMIT for
 * a comment beyond 65,535 bytes, which does not stick, and for what the block has no room for. */
SCAPF_API_STATUS scapf_writer_event_whole(struct scapf_writer *writer,
                                          const struct scapf_event_parts *parts);
/* Start a table block (its number decides table and version), add its head and entries as rows,
 * end it. Cells are matched to the schema's rows by field; a missing cell is an error. */
SCAPF_API_STATUS scapf_writer_table(struct scapf_writer *writer, uint32_t block_type,
                                    const struct scapf_row *head);
SCAPF_API_STATUS scapf_writer_row(struct scapf_writer *writer, const struct scapf_row *row);
SCAPF_API_STATUS scapf_writer_table_end(struct scapf_writer *writer);
/* Hand everything to the sink. Must be called; its OK is the only success. */
SCAPF_API_STATUS scapf_writer_finish(struct scapf_writer *writer);
/* Why a call failed; NULL when none did. */
SCAPF_API const struct scapf_diag *scapf_writer_diag(const struct scapf_writer *writer);
/* Drops what is not finished. NULL is fine. */
SCAPF_API void scapf_writer_free(struct scapf_writer *writer);

/* ------------------------------------------------------------------ printers */

enum scapf_print {
    SCAPF_PRINT_LINE,       /* one line a record, as sysdig shows it */
    SCAPF_PRINT_RAW,        /* one line an event: numbers and parameters in hex, tab-separated */
    SCAPF_PRINT_BLOCKS,     /* every block with its fields and options */
    SCAPF_PRINT_JSON,       /* one typed object a record */
    SCAPF_PRINT_SYSDIG_JSON /* the keys and values of `sysdig -j` */
};

struct scapf_printer;

struct scapf_printer_opts {
    size_t size; /* sizeof(struct scapf_printer_opts) */
    const struct scapf_alloc *alloc;
    enum scapf_print format;
    const struct scapf_schema *schema; /* NULL = the reader's */
    const char *arch;    /* architecture of generic events; NULL = inferred from the capture */
    uint32_t max_buffer; /* bytes of a buffer that a line shows; 0 = 80 */
    bool tables;         /* JSON: table blocks as objects too */
    bool colour;         /* LINE: terminal colours */
    /* LINE: comma-separated columns or fields of scapfmt-filter(7), NULL = default; what is wrong
     * with them when scapf_printer_new() refuses them, NULL = nobody asks. */
    const char *columns;
    struct scapf_filter_error *columns_error;
    bool comments;               /* LINE: comments behind the columns */
    bool marks;                  /* LINE: room for a mark before them, see scapf_printer_mark() */
    struct scapf_filter *filter; /* events and packets to show, NULL = all; the caller's */
    bool join; /* JSON: one object a system call, where its exit is; shown when either matches */
};

/* Make a printer that writes to sink, which stays the caller's. */
SCAPF_API_STATUS scapf_printer_new(struct scapf_sink *sink, const struct scapf_printer_opts *opts,
                                   struct scapf_printer **printer);
/* Print one record; reader is the one it came from (for its section and interfaces). */
SCAPF_API_STATUS scapf_printer_put(struct scapf_printer *printer, const struct scapf_reader *reader,
                                   const struct scapf_record *rec);
/* Write what is buffered to the sink: more may follow. */
SCAPF_API_STATUS scapf_printer_flush(struct scapf_printer *printer);
/* The next line begins with a tilde: its place is not certain. With opts.marks only. */
SCAPF_API void scapf_printer_mark(struct scapf_printer *printer);
/* Behind the last record: write all that is left to the sink, calls that did not return too. */
SCAPF_API_STATUS scapf_printer_finish(struct scapf_printer *printer);
SCAPF_API void scapf_printer_free(struct scapf_printer *printer);

/* ------------------------------------------------------------------ JSON facts */

/* JSON values to a sink, one top-level value a line; always valid JSON and UTF-8. The calls return
 * nothing: errors stick, and so does a key or bracket out of order; scapf_json_finish() tells. */
struct scapf_json;

/* The sink stays the caller's. */
SCAPF_API_STATUS scapf_json_new(struct scapf_sink *sink, const struct scapf_alloc *alloc,
                                struct scapf_json **json);
/* Open an object ('{') or an array ('['); close the innermost one. */
SCAPF_API void scapf_json_open(struct scapf_json *json, char bracket);
SCAPF_API void scapf_json_close(struct scapf_json *json);
/* The key of the next member, NUL-ended. */
SCAPF_API void scapf_json_key(struct scapf_json *json, const char *key);
/* A string; when it is no UTF-8, an object of its readable part and its bytes: "text", "base64" */
SCAPF_API void scapf_json_string(struct scapf_json *json, const char *text);
SCAPF_API void scapf_json_text(struct scapf_json *json, const void *bytes, size_t len);
SCAPF_API void scapf_json_base64(struct scapf_json *json, const void *bytes, size_t len);
/* Numbers up to 2^53-1, which jq keeps exactly; larger ones are decimal strings. */
SCAPF_API void scapf_json_u64(struct scapf_json *json, uint64_t value);
SCAPF_API void scapf_json_i64(struct scapf_json *json, int64_t value);
/* Nanoseconds, always a decimal string. */
SCAPF_API void scapf_json_time(struct scapf_json *json, uint64_t ns);
SCAPF_API void scapf_json_bool(struct scapf_json *json, bool value);
SCAPF_API void scapf_json_null(struct scapf_json *json);
/* A diagnosis as an object: rule, symbol, severity, offset, got, want, sentence, ... */
SCAPF_API void scapf_json_diag(struct scapf_json *json, const struct scapf_diag *diag);
/* Hand everything to the sink. E_USAGE when something is still open. */
SCAPF_API_STATUS scapf_json_finish(struct scapf_json *json);
/* NULL is fine. */
SCAPF_API void scapf_json_free(struct scapf_json *json);

/* ------------------------------------------------------------------ checking */

/* Called for each finding, in file order. */
typedef void (*scapf_report_fn)(void *ctx, const struct scapf_diag *diag);

struct scapf_check_opts {
    size_t size; /* sizeof(struct scapf_check_opts) */
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema; /* NULL = built in */
    uint32_t max_block;                /* bytes; 0 = 256 MiB */
    /* Told of bytes that belong to no block, after the finding that says why; ctx is that of the
     * findings. NULL = not told. */
    void (*skipped)(void *ctx, uint64_t off, uint64_t len);
    /* Told of packed bytes that cannot be unpacked, after the finding that says why: those from
     * packed_off on; off is where they are missing in the unpacked stream. NULL = not told. */
    void (*skipped_packed)(void *ctx, uint64_t off, uint64_t packed_off, uint64_t packed_len);
};

/* Check a whole capture and report every finding. Takes src over. Where framing is lost the next
 * block is looked for, and the checks go on there, as they do at the next gzip member or zstd frame
 * where packing is damaged; they take into account what may have stood in between. Returns OK when
 * all blocks led to each other (whatever was found in them), else the status that stopped a reader
 * first, which was reported too. ledger (may be NULL) receives what was read: its bytes and those
 * skipped are all there are. */
SCAPF_API_STATUS scapf_check(struct scapf_src *src, const struct scapf_check_opts *opts,
                             scapf_report_fn report, void *ctx, struct scapf_ledger *ledger);

#ifdef __cplusplus
}
#endif

#include "scapfmt-align.h"
#include "scapfmt-host.h"
#include "scapfmt-merge.h"
#include "scapfmt-mutate.h"
#include "scapfmt-profile.h"
#include "scapfmt-redact.h"
#include "scapfmt-repair.h"
#include "scapfmt-schema.h"

#endif
