/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge.h - inside of a merge: what its modules share.
 *
 *   merge.c          life, which sections go together, the order of what is written
 *   merge_out.c      memory, blocks out, shifted times
 *   merge_record.c   one record: role, time, what is added, whether it was there already
 *   merge_read.c     inputs read once more
 *   merge_survey.c   one pass over each input: its sections, interfaces, times, hosts
 *   merge_lane.c     inputs side by side, the earliest record first
 *   merge_clock.c    times of one clock as those of another
 *   merge_swap.c     blocks in little-endian, without what forbids to be copied
 *   merge_events.c   sections of a host: its tables and events
 *   merge_tables.c   the tables of several captures of one host as one set
 *   merge_gaps.c     where they do not follow one another
 *   merge_told.c     which of their rows come too late for that
 *   merge_procs.c    numbers of processes that stand for others in other captures
 *   merge_packets.c  sections of packets: interfaces, packets, what goes with them
 *   merge_notes.c    what split needs to know
 */
#ifndef SCAPF_TRANSFORM_MERGE_H
#define SCAPF_TRANSFORM_MERGE_H

#include "base/diag.h"
#include "bytes/out.h"
#include "io/sink.h"
#include "scapfmt.h"
#include "state/map.h"
#include "stream/reader.h"
#include "transform/merge_clock.h"

/* The two kinds of things a section may hold. */
#define ROLE_EVENTS  1u
#define ROLE_PACKETS 2u
#define ROLE_BOTH    3u

#define MERGE_NONE     UINT32_MAX
#define MERGE_SECTIONS 65536u /* of one input */
#define MERGE_LANES    64u    /* of one input; sections beyond them follow one another */
#define MERGE_AHEAD    64u    /* packets a lane looks ahead at */
#define MERGE_PLACES   64u    /* readers of tables that wait for the next section, of all inputs */
/* Offsets in an interface description block. */
#define MERGE_IDB_LINK    8u
#define MERGE_IDB_SNAPLEN 12u

/* Times of the records of one role. */
struct merge_span {
    bool any;
    uint64_t first_ns, last_ns; /* the earliest and the latest */
};

struct merge_section {
    uint32_t input, index;
    unsigned roles;
    bool big_endian, is_pcap;
    bool foreign; /* of a major version nobody knows */
    bool darwin;  /* has process blocks that packets name by their place */
    uint16_t minor;
    uint64_t events, packets, tables, secrets, simple, names;
    uint64_t closing;           /* closing events of an earlier merge */
    struct merge_span spans[2]; /* of events, of packets */
    uint32_t host;              /* index, or MERGE_NONE */
    uint32_t group[2];          /* that its events, its packets are written with */
    uint32_t first_id, n_ids;   /* its interfaces in merge->ids */
    size_t first_proc, n_procs; /* process numbers in it, in merge->procs */
    uint32_t lane;              /* in the pass at hand; MERGE_NONE = in none */
    bool header_options;
    bool cut;        /* reading stopped in it: there was more of it */
    bool open_end;   /* not surveyed to its end: behind so many blocks there may be */
    uint64_t known;  /* nothing that has to be known before */
    bool odd_pcap;   /* a classic pcap of another form than the usual one */
    bool lossy;      /* something of it is not in the output, or changed there */
    bool added;      /* something of the output is not in it: it was added to its packets */
    bool joined;     /* its tables are among those of others */
    bool begun;      /* its first event was met in the pass at hand */
    bool after_gap;  /* what was recorded before is not true any more when it begins */
    uint64_t stayed; /* survey: blocks so far that are not moved to the front */
    uint64_t times;  /* that were shifted so far */
    uint32_t out[2]; /* number of the output's section with its events, its packets */
    size_t header;   /* its header block, in merge->headers */
    size_t header_len;
};

struct merge_host {
    struct scapf_machine machine;
    uint32_t group; /* that its events are written with; MERGE_NONE = there are none */
};

/* An interface description, little-endian; equal ones are stored once. */
struct merge_idb {
    size_t off, len; /* in merge->idbs */
    uint64_t hash;
    uint32_t next;      /* of the same slot */
    uint32_t first_out; /* first interface of the section at hand that has it */
    uint32_t group;     /* for which first_out is true */
    uint32_t section;   /* whose k-th interface of this kind was mapped last, */
    uint32_t last_out;  /* to this one */
};

/* An interface of a section. */
struct merge_id {
    uint32_t idb; /* index in merge->idb */
    uint32_t out; /* its number in the output */
    uint8_t tsresol, out_tsresol;
    int64_t tsoffset;
    size_t raw, raw_len; /* its description, in merge->headers; 0 when that is in the output, too */
};

/* An interface of the output section at hand. */
struct merge_out_if {
    uint32_t idb;
    bool shared;   /* by several sections */
    uint32_t next; /* next one with an equal description */
};

/* Records of an input, those of some of its sections and one role, with its place in time. */
struct merge_lane {
    struct scapf_reader *reader;
    struct scapf_record rec;
    struct merge_section *section; /* of the record at hand */
    uint32_t input, number;
    unsigned roles;
    bool done;
    bool plain;                         /* packets of the section can be copied as they are */
    const struct reader_packet *packet; /* the record at hand is one of them; NULL = it is rec */
    uint32_t at_ahead, n_ahead;
    struct reader_packet ahead[MERGE_AHEAD];
    uint64_t key, key_sub; /* time of it, or of the record before it: ns and 2^-64 ns */
    /* Of the input, up to rec. Packets taken ahead are not counted: there are none where a hook
     * wants the number, see any_plain. */
    uint64_t events, packets;
    uint32_t next_section; /* index in merge->sections of the one that may begin next, */
    uint32_t last_section; /* of the last one of this lane */
};

/* Where a walk over the tables of an input stands. */
struct merge_place {
    struct scapf_reader *reader; /* NULL: nowhere */
    uint32_t input;
    unsigned which;   /* of the walks */
    uint64_t section; /* that of the record read last */
    uint64_t next_ns; /* when the section behind it begins: it is needed then */
};

/* Blocks that stood together and are moved to the front of the output. */
struct merge_moved {
    uint32_t section; /* index */
    char kind;        /* 'i' interfaces, 's' secrets, 't' tables */
    uint64_t behind;  /* this many blocks of the section that stay where they are */
    uint64_t n;
};

/* A process number in a section: that of a packet, or of a Process Information block. */
struct merge_proc {
    uint32_t section; /* index */
    uint32_t pid;
    uint64_t hash; /* of what is told of the process; 0 = nothing is */
};

/* Records written with one time, for --dedup. */
struct merge_seen {
    uint64_t hash;
    size_t off, len; /* in merge->seen_bytes */
    uint32_t lane;
    uint32_t interface;
    uint32_t matched; /* lanes that had it too */
};

struct scapf_merge {
    struct scapf_merge_opts opts;
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema;
    struct scapf_sink *sink;
    const struct scapf_merge_input *inputs;
    struct scapf_merge_input_info *infos;
    uint32_t n_inputs;
    bool surveyed, ran;
    struct scapf_merge_counts counts;
    struct scapf_diag diag;
    struct merge_section *sections;
    uint32_t n_sections, cap_sections;
    struct merge_host *hosts;
    uint32_t n_hosts, cap_hosts;
    uint32_t n_event_groups, n_packet_groups;
    struct out headers; /* section headers, as they are */
    struct out idbs;    /* the bytes of interface descriptions */
    struct merge_idb *idb;
    uint32_t n_idb, cap_idb;
    uint32_t *idb_slots;
    uint32_t n_idb_slots;
    struct merge_id *ids;
    uint32_t n_ids, cap_ids;
    struct merge_out_if *outs;
    uint32_t n_outs, cap_outs;
    uint32_t snaplen; /* one_snaplen: the largest; 0 = no limit */
    bool all_records; /* lanes show section headers, notes and closing events too */
    bool any_plain;   /* and packets without a view of each, where nothing is asked of them */
    /* The pass at hand. */
    struct merge_lane **lanes; /* all; those with a record are a heap of the first n_heap */
    struct merge_lane **heap;
    uint32_t n_lanes, cap_lanes, n_heap;
    struct out block; /* one that is being built */
    struct out text;  /* scratch */
    uint64_t last_ns; /* latest time written in this section */
    bool event_written;
    bool verbatim; /* the section at hand is a copy */
    /* --dedup */
    struct merge_seen *seen;
    uint32_t n_seen, cap_seen;
    struct out seen_bytes;
    uint64_t seen_ns;
    /* Process numbers. */
    bool any_procs;  /* there are some that somebody could take for another's */
    bool procs_full; /* more than can be remembered */
    struct budget procs_budget;
    struct merge_proc *procs; /* by section */
    size_t n_procs;
    struct map proc_groups; /* number and group */
    uint32_t packet_group;  /* of the section at hand */
    /* Notes for split. */
    struct merge_moved *moved;
    uint32_t n_moved, cap_moved;
    struct scapf_sink *runs, *tabs, *fixes; /* NULL: nothing in them */
    uint32_t run_part;                      /* of the records at hand */
    uint64_t run_len;
    uint32_t n_fixes;
    bool notes_lost;       /* there was too much to remember */
    struct out note_block; /* being built */
    uint32_t out_section;  /* number of the section at hand in the output */
    uint32_t n_parts[2];   /* sections of inputs whose events, packets go into it */
    struct merge_place places[MERGE_PLACES];
    struct scapf_table table; /* too large for a stack frame */
    struct scapf_row row;
};

/* ------------------------------------------------------------------ merge_out.c, merge_record.c */

/* mem_room(), with the failure as ours. */
enum scapf_status merge_room(struct scapf_merge *m, void **items, uint32_t *cap, uint32_t used,
                             size_t size);
/* The failure of the sink, as ours. */
enum scapf_status merge_put(struct scapf_merge *m, const void *bytes, size_t len);
/* Write what was built in m->block. */
enum scapf_status merge_put_block(struct scapf_merge *m);
enum scapf_status merge_nomem(struct scapf_merge *m);
/* Is m->block from offset `at` to `end` not what the record has there? Options that are not as they
 * should be are put right when a block is built. */
bool merge_is_other(const struct scapf_merge *m, const struct scapf_record *rec, size_t at,
                    size_t end);
/* Start a block in m->block; close it: padding, lengths. */
void merge_block_begin(struct out *o, uint32_t type);
void merge_block_end(struct out *o);
/* Begin a section of the output: which sections of inputs go into it. */
void merge_begin_out(struct scapf_merge *m, unsigned roles, uint32_t group);
/* A section header without options. */
enum scapf_status merge_put_header(struct scapf_merge *m, uint16_t minor);
/* Ask the hook about the record of a lane. */
enum scapf_status merge_ask(struct scapf_merge *m, const struct merge_lane *lane,
                            struct scapf_merge_addition *add);
/* Was an equal record of another input written? False at once when nobody wants to know. */
enum scapf_status merge_is_seen(struct scapf_merge *m, const struct merge_lane *lane,
                                uint32_t interface, const uint8_t *bytes, size_t len, bool *seen);
/* ts_ns with the shift of an input; the same when it would leave 64 bits. */
uint64_t merge_shifted(const struct scapf_merge *m, uint32_t input, uint64_t ts_ns);
/* When the events of a section begin in the output; UINT64_MAX = it has none. */
uint64_t merge_begins(const struct scapf_merge *m, const struct merge_section *s);
/* A time that is written, of an interface (NULL: of an event, in ns). What cannot be shifted is
 * counted, and what a split could not tell is noted. */
uint64_t merge_shift_time(struct scapf_merge *m, struct merge_section *s, const struct merge_id *id,
                          uint64_t ticks);
bool merge_is_shifted(const struct scapf_merge *m, uint32_t input);
/* To find bytes among others (FNV-1a); equal ones are compared where it matters. */
uint64_t merge_hash(const uint8_t *p, size_t n);
/* An event that tells its section's first one what was before it. */
bool merge_is_state(const struct scapf_record *rec);
/* Which role a record has in its section; 0 for a section header. */
unsigned merge_role_of(const struct merge_section *s, const struct scapf_record *rec);

/* ------------------------------------------------------------------ merge_survey.c */

enum scapf_status merge_survey_input(struct scapf_merge *m, uint32_t input);

/* ------------------------------------------------------------------ merge_read.c */

/* A reader of an input ended in this way, in the survey or behind it. OK for damage, which the
 * survey reports and which stops each reader at the same place. What the system denies stops the
 * merge, as does another end than that of the survey: the input is not what it was. */
enum scapf_status merge_read_ended(struct scapf_merge *m, uint32_t input,
                                   const struct scapf_reader *reader, enum scapf_status status);
/* Hand every table of a section to fn, as it stands there. Sections of an input are read on from
 * where the one before ended, when they come in order: `which` tells several such walks apart.
 * So their readers stay open until merge_places_end(); where there would be too many descriptors
 * the one that is needed last is closed, and its input read from the start when it is. */
typedef enum scapf_status (*merge_table_fn)(void *ctx, const struct scapf_record *rec);
enum scapf_status merge_each_table(struct scapf_merge *m, const struct merge_section *s,
                                   unsigned which, merge_table_fn fn, void *ctx);
/* No table is read for now: no descriptor is kept. */
void merge_places_end(struct scapf_merge *m);

/* ------------------------------------------------------------------ merge_lane.c */

/* Begin a pass: lanes for the sections whose group of the roles is this one (MERGE_NONE = all). */
enum scapf_status merge_lanes_begin(struct scapf_merge *m, unsigned roles, uint32_t group);
/* The lane with the earliest record; NULL at the end. */
struct merge_lane *merge_lanes_first(const struct scapf_merge *m);
/* Done with that record. */
enum scapf_status merge_lanes_step(struct scapf_merge *m);
void merge_lanes_end(struct scapf_merge *m);

/* ------------------------------------------------------------------ merge_swap.c */

/* Append the options of a block in little-endian, those that forbid to be copied left out and
 * counted, with no opt_endofopt. Returns how many there were. */
uint32_t merge_swap_options(struct scapf_merge *m, struct out *o, uint32_t block_type,
                            struct scapf_option_iter *it, uint16_t but);
/* The block of rec in little-endian in m->block. False when nobody knows how. */
bool merge_swap_block(struct scapf_merge *m, const struct scapf_record *rec);
/* The event of rec in little-endian in m->block. False when its code is not known. */
bool merge_swap_event(struct scapf_merge *m, const struct scapf_record *rec);

/* ------------------------------------------------------------------ sections */

/* The section of a host: every event of this group. */
enum scapf_status merge_write_events(struct scapf_merge *m, uint32_t group);
/* A record of such a section that is not its header or a table. */
enum scapf_status merge_write_event_record(struct scapf_merge *m, struct merge_lane *lane);
/* The tables of all sections of a group. */
enum scapf_status merge_write_tables(struct scapf_merge *m, uint32_t group);
/* Captures of a host behind a gap become a group of their own, or, in one time line, are marked. */
enum scapf_status merge_find_gaps(struct scapf_merge *m);
/* One time line: a section behind a gap begins, with its tables. */
enum scapf_status merge_write_late_tables(struct scapf_merge *m, struct merge_section *s);
/* A section of packets. */
enum scapf_status merge_write_packets(struct scapf_merge *m, uint32_t group);
/* [pcapng 4.3] libscap wants an event in the last section: one of a code nobody knows. */
enum scapf_status merge_put_closing_event(struct scapf_merge *m);
/* Everything by time, in one section. */
enum scapf_status merge_write_timeline(struct scapf_merge *m);
/* What goes before the packets of a group: interfaces, secrets. */
enum scapf_status merge_write_interfaces(struct scapf_merge *m, uint32_t group);
/* A record that goes with packets. */
enum scapf_status merge_write_packet_record(struct scapf_merge *m, struct merge_lane *lane);

/* ------------------------------------------------------------------ merge_procs.c */

void merge_procs_init(struct scapf_merge *m);
/* Is it a Process Information block? Does the packet name a process? */
bool merge_is_process(const struct scapf_record *rec);
bool merge_names_process(const struct scapf_record *rec);
/* Read which process numbers the sections have: another pass, for captures that have any. */
enum scapf_status merge_find_procs(struct scapf_merge *m);
/* Do the numbers of a section stand for the same processes in a group? What does not fit is
 * counted.
 */
bool merge_procs_fit(struct scapf_merge *m, const struct merge_section *s, uint32_t group);
enum scapf_status merge_procs_join(struct scapf_merge *m, const struct merge_section *s,
                                   uint32_t group);
/* Take out of an addition what would be wrong, or is there already, in the section at hand. */
enum scapf_status merge_admit_procs(struct scapf_merge *m, struct scapf_merge_addition *add);

/* ------------------------------------------------------------------ merge_notes.c */

/* Nothing but a note tells which input the record at hand of a lane came from. */
enum scapf_status merge_note_origin(struct scapf_merge *m, const struct merge_lane *lane);
/* A table that is joined with others. */
enum scapf_status merge_note_table(struct scapf_merge *m, const struct merge_section *s,
                                   const uint8_t *raw, size_t len);
/* The time that was shifted last is the second of two that became one. */
enum scapf_status merge_note_second(struct scapf_merge *m, const struct merge_section *s);
/* Survey: a block that will stand at the front. */
enum scapf_status merge_note_moved(struct scapf_merge *m, const struct merge_section *s, char kind);
enum scapf_status merge_write_notes(struct scapf_merge *m);

#endif
