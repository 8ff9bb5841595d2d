/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.h - what the checks share: the state of one run, and how findings are reported.
 *
 * One pass, constant memory, no allocation a record. Everything remembered between records stands
 * in tables of a fixed size: the newest entry wins a full place. What that costs is said at each
 * table; it never makes a false finding, it only lets one pass or repeats one.
 */
#ifndef SCAPF_CHECK_CHECK_H
#define SCAPF_CHECK_CHECK_H

#include "base/diag.h"
#include "base/mem.h"
#include "block/body.h"
#include "scapfmt.h"

/* Findings said once: a hash of what was said in each place. A lost place repeats a finding. */
#define CHECK_ONCE MEM_FEWER(1024u)
/* Interfaces of a section whose times and counters are followed; those beyond are not. */
#define CHECK_IFACES MEM_FEWER(1024u)
/* Threads whose last time and pending enter event are known. */
#define CHECK_TIDS MEM_FEWER(8192u)
/* Processors, by number modulo this. */
#define CHECK_CPUS 256u
/* Members of a set of numbers, see check_set. */
#define CHECK_SET MEM_FEWER(8192u)
/* Event codes, how many of them at most, and parameter counts whose conversion is remembered;
 * others are worked out anew. */
#define CHECK_PLAN_CODES  512u
#define CHECK_PLAN_KINDS  MEM_FEWER(512u)
#define CHECK_PLAN_PARAMS 34u
/* [scap 9.6] The largest event block without LARGE: libscap's buffer and the block's frame. */
#define CHECK_SMALL_BLOCK 65544u

/* Numbers seen. When a place is taken twice a number is forgotten and lost is set: "not seen" can
 * then no longer be relied upon, "seen" always can. */
struct check_set {
    uint64_t items[CHECK_SET]; /* value + 1; 0 = free */
    uint64_t used[CHECK_SET / 64];
    bool any, lost;
};

/* Where a finding belongs that shows only later. */
struct check_place {
    uint64_t off, block; /* the number of the block, and where in the file the finding is */
    uint32_t type;
};

/* What is followed of an interface, in ticks of its own unit. */
struct check_iface {
    uint64_t packets;
    uint64_t min, max, last; /* of packets, valid when packets > 0 */
    uint64_t counters[9];    /* of the last statistics, by option code */
    struct check_place at;   /* its description */
    uint32_t have;           /* bits: which counters are valid */
    bool known, used;
    bool wanted; /* a block referred to it before it was described */
};

struct check_tid {
    int64_t tid;
    uint64_t ts;
    uint32_t section; /* ordinal of it + 1: what earlier sections said does not count */
    uint16_t enter;   /* code of the stored enter event + 1; 0 = none */
    uint32_t gaps;    /* places that were passed over when it was stored */
};

/* What current readers do with an event of one code and number of parameters. */
struct check_plan {
    uint8_t known;       /* worked out; the shape of the code, too */
    uint8_t stores;      /* its event is kept for the exit */
    uint8_t takes_enter; /* the exit needs what the enter event said */
    uint16_t enter;      /* and it must be of this code */
};

/* What a parameter may be that is not of the size of its type, if that has one. */
enum check_form {
    CHECK_FORM_SIZED,   /* nothing */
    CHECK_FORM_EMPTY,   /* empty */
    CHECK_FORM_FREE,    /* any bytes */
    CHECK_FORM_TEXT,    /* bytes with a NUL at their end, and nowhere else */
    CHECK_FORM_OWN,     /* what has the structure of the type */
    CHECK_FORM_POINTER, /* bytes of which something is to be said */
};

/* The parameters of an event as check_ahead() looks at them. */
struct check_shape {
    const struct scapf_event_info *info; /* the event it is about */
    uint8_t layout;                      /* of its blocks: enum event_layout bits */
    uint8_t sizes[SCAPF_EVENT_PARAMS];   /* what each takes when it is of one size */
    uint8_t forms[SCAPF_EVENT_PARAMS];   /* what it may be with another length */
};

/* What is known of the events of one code. */
struct check_kind {
    struct check_shape shape;
    struct check_plan plans[CHECK_PLAN_PARAMS]; /* by number of parameters */
};

/* The section the run is in. */
struct check_section {
    uint64_t off, body_off; /* of its header block, and of what follows it */
    uint64_t length;
    uint64_t block;       /* ordinal of the header */
    uint64_t first_event; /* offset, when events */
    uint64_t first_stats;
    uint32_t index;
    uint32_t n_ifaces; /* followed in checker.ifaces */
    uint32_t cpus;     /* of the machine table; 0 = not known */
    uint16_t minor;
    bool big_endian, has_options, is_pcap, is_foreign;
    bool events, packets, after_events;
    bool table_late;
    bool harmed;    /* bytes in it were passed over: what is missing may have stood there */
    uint8_t tables; /* bits of enum check_table that were seen */
};

/* The whole file. */
struct check_file {
    bool any_iface, any_event, any_table, any_packet_time, any_event_time, any_frame;
    bool first_is_event;
    uint16_t link_type;
    uint32_t snaplen;
    struct check_place first_frame; /* the first packet, event, custom or journal block */
    struct check_place first_big;   /* the first big-endian section, any_big */
    bool any_big, said_big, said_options;
    bool harmed;
    uint64_t packet_min, packet_max, event_min, event_max; /* ns */
};

enum check_table {
    CHECK_MACHINE = 1,
    CHECK_PROCESS = 2,
    CHECK_FD = 4,
    CHECK_INTERFACE = 8,
    CHECK_USER = 16
};

struct checker {
    struct scapf_reader *reader;
    const struct scapf_schema *schema;
    scapf_report_fn report;
    void (*skipped)(void *ctx, uint64_t off, uint64_t len); /* NULL = nobody asks */
    void (*skipped_packed)(void *ctx, uint64_t off, uint64_t packed_off, uint64_t packed_len);
    void *ctx, *skipped_ctx;
    struct scapf_diag
        torn; /* a break of the packing behind which nothing was seen yet; or rule 0 */
    struct scapf_diag stop; /* where framing was lost first; status OK = nowhere */
    uint64_t lost_block;    /* where it was lost last */
    uint32_t gaps;          /* places that were passed over */
    uint64_t block;         /* of the current record */
    uint32_t block_type;
    struct check_section section;
    struct check_file file;
    uint64_t once[CHECK_ONCE];
    struct check_iface ifaces[CHECK_IFACES];
    struct check_set pids; /* described by process information blocks of the section */
    struct check_set tids; /* named by process lists of the section */
    struct check_set fds;  /* of the descriptor list at hand */
    struct check_tid threads[CHECK_TIDS];
    struct check_tid cpus[CHECK_CPUS];
    uint16_t kind_of[CHECK_PLAN_CODES]; /* index + 1 in kinds; 0 = nothing is known yet */
    struct check_kind kinds[CHECK_PLAN_KINDS];
    uint16_t n_kinds;
    uint64_t pcap_sec, pcap_frac; /* time of the last record */
    bool pcap_any;
};

/* Report a finding of the current record. */
COLD void check_report(struct checker *c, enum rule rule, uint64_t off, uint64_t got,
                       uint64_t want);
/* The same of a block before. */
COLD void check_report_at(struct checker *c, enum rule rule, const struct check_place *at,
                          uint64_t got, uint64_t want);
/* As check_report(), but only the first time for this rule and key in the file. */
void check_once(struct checker *c, enum rule rule, uint64_t key, uint64_t off, uint64_t got,
                uint64_t want);

void check_set_clear(struct check_set *set);
/* Add a number; true when it was there already. */
bool check_set_add(struct check_set *set, uint64_t value);
bool check_set_has(const struct check_set *set, uint64_t value);

/* Decode the body of the record; what makes that impossible is reported, and false returned. */
bool check_decode(struct checker *c, const struct scapf_record *rec, struct body *body);
/* Bytes that must be zero. */
void check_padding(struct checker *c, enum rule rule, const struct body_bytes *pad);
/* Text: valid UTF-8 (rule bad), no NUL inside, no CR without LF. off is where to point. */
void check_text(struct checker *c, enum rule bad, const uint8_t *text, size_t len, uint64_t off);

/* A value of an option that its block wants to look at; called for each whole option. */
typedef void (*check_option_fn)(struct checker *c, const struct scapf_record *rec,
                                const struct scapf_option *opt, void *ctx);
/* Check an option list by the tables of options. end: how opt_endofopt is to be treated. */
void check_options(struct checker *c, const struct scapf_record *rec, uint32_t table,
                   const struct body_bytes *options, bool big_endian, check_option_fn look,
                   void *ctx);

/* Ticks of an interface without an offset: a time between 1970 and 2100? */
bool check_plausible_time(const struct scapf_interface *iface, uint64_t ticks);

/* Checks of one kind of record. Only a section header may be damaged. */
typedef void (*check_fn)(struct checker *c, const struct scapf_record *rec);

void check_section_header(struct checker *c, const struct scapf_record *rec);
void check_interface(struct checker *c, const struct scapf_record *rec);
void check_packet(struct checker *c, const struct scapf_record *rec);
void check_stats(struct checker *c, const struct scapf_record *rec);
void check_names(struct checker *c, const struct scapf_record *rec);
void check_secrets(struct checker *c, const struct scapf_record *rec);
void check_custom(struct checker *c, const struct scapf_record *rec);
void check_journal(struct checker *c, const struct scapf_record *rec);
void check_darwin(struct checker *c, const struct scapf_record *rec);
void check_unknown(struct checker *c, const struct scapf_record *rec);
void check_pcap_header(struct checker *c, const struct scapf_record *rec);
void check_pcap_packet(struct checker *c, const struct scapf_record *rec);
/* Rows that can be decoded, but that libscap refuses: descriptors of type 0, interfaces of an
 * unknown one, though the entry may carry its length. [scap 5, 8] */
bool check_row_is_refused(const struct scapf_table *t, const struct scapf_row *row);
void check_scap_table(struct checker *c, const struct scapf_record *rec);
void check_event(struct checker *c, const struct scapf_record *rec);

/* Work out the shape of an event. */
void check_make_shape(struct check_shape *shape, const struct scapf_event_info *info);
/* Every check of a record of any kind; the reader of the checker has just read it. */
void check_record(struct checker *c, const struct scapf_record *rec);
/* Pass over records behind the one just checked about which nothing is to be said. */
void check_ahead(struct checker *c, enum scapf_kind kind);
/* An event of a thread, no earlier than the last of it: does the conversion find the enter event
 * that it wants? */
bool check_pairing(const struct checker *c, const struct check_plan *plan, struct check_tid *thread,
                   uint16_t code);
/* Let a range of time of the file take this one in; any: it is not empty. */
void check_widen(uint64_t *min, uint64_t *max, bool *any, uint64_t ts);
/* Rules about the order of records, for every record before its own checks. */
void check_order(struct checker *c, const struct scapf_record *rec);
/* A section without a header begins at off: the header was among what was passed over. */
void check_section_lost(struct checker *c, uint64_t off);
/* What can be said only when a section, or the file, has ended at off. */
void check_section_end(struct checker *c, uint64_t off);
void check_file_end(struct checker *c);

#endif
