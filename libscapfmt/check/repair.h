/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repair.h - inside of a repair: what its modules share.
 *
 *   repair.c         which blocks are written
 *   repair_out.c     blocks out, notes and counts
 *   repair_options.c option lists
 *   repair_section.c sections and interfaces
 *   repair_block.c   blocks that break a rule put right: padding, lengths, lists
 *   repair_event.c   the same for events
 *   repair_tables.c  a process list from what events tell
 *   repair_pcap.c    classic pcap
 *   repair_head.c    what packets tell of a header that is lost
 *
 * Where the next block stands behind lost framing: stream/refind.c.
 *
 * The judge is the validator itself: every block that is written has been shown to a reader and
 * the checks as part of the output, and broke no rule of severity "error".
 */
#ifndef SCAPF_CHECK_REPAIR_H
#define SCAPF_CHECK_REPAIR_H

#include "bytes/out.h"
#include "check/check.h"
#include "scapfmt.h"
#include "stream/refind.h"

/* Interface ids without a description that are told apart. */
#define REPAIR_GHOSTS 32u

/* A reader and the checks over what is, or may be, part of the output. */
struct judge {
    struct scapf_src *shown; /* the reader's */
    struct scapf_reader *reader;
    struct checker *checker;
    struct scapf_record rec;
    uint64_t at;             /* offset of the block shown last, in all that was shown */
    struct scapf_diag error; /* the first one of the block shown last; rule 0 = none */
};

struct ghost {
    uint32_t id, out;
};

struct repair {
    const struct scapf_repair_opts *opts;
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema;
    struct refind find;      /* the input, and its byte order */
    struct refind_gaps gaps; /* where its packing is damaged */
    struct scapf_sink *sink;
    struct scapf_repair_counts counts;
    struct scapf_diag diag;  /* why it stopped */
    struct judge judge;      /* of the output */
    struct judge aside;      /* of section headers and interfaces before they count */
    struct out block, spare; /* being rebuilt */
    struct out frame;        /* a block with new lengths */
    /* The section at hand. */
    bool in_section;
    uint32_t n_in, n_out; /* interface descriptions in the input and the output */
    uint32_t *map;        /* from the input's ids to the output's */
    uint32_t map_cap;
    struct ghost ghosts[REPAIR_GHOSTS];
    uint32_t n_ghosts;
    bool harmed;         /* something of the section is lost */
    bool has_processes;  /* it has a process list */
    bool told_processes; /* what its events tell of processes was looked at */
    /* Classic pcap. */
    struct pcap_layout pcap;
    bool pcap_headless; /* its header says nothing, or is lost: the records have been asked */
    size_t pcap_at;     /* where they start then */
    uint16_t pcap_link; /* and what link they come from */
    /* Damage. */
    struct scapf_repair_note loss; /* bytes being lost, told when their end is known */
    uint64_t did;                  /* bits of enum scapf_mend: done to the block at hand */
};

/* ------------------------------------------------------------------ notes (repair_out.c) */

/* Something was done to the block at hand; it is told when the block is written. */
void repair_did(struct repair *r, enum scapf_mend mend);
/* Tell it at once. diag may be NULL. */
void repair_tell(struct repair *r, enum scapf_mend mend, uint64_t off, uint64_t len, uint32_t type,
                 const struct scapf_diag *diag);
void repair_send(struct repair *r, const struct scapf_repair_note *note);
/* These bytes are lost; neighbours become one note. */
void repair_lose(struct repair *r, enum scapf_mend mend, uint64_t off, uint64_t len,
                 const struct scapf_diag *diag);
/* The bytes being lost end here. */
void repair_lose_end(struct repair *r);
/* Write bytes to the sink. */
enum scapf_status repair_write(struct repair *r, const uint8_t *bytes, size_t len);
enum scapf_status repair_memory(struct repair *r);

/* Show a block to a judge; its error then says what is wrong with it, the offset counted from the
 * block. */
enum scapf_status repair_show(struct repair *r, struct judge *j, const uint8_t *raw, size_t len);
/* The finding with its place in the input. */
struct scapf_diag repair_in_input(const struct scapf_diag *error, const struct piece *piece);
/* Write a block that was shown, and tell what was done to it; or lose it. */
enum scapf_status repair_write_piece(struct repair *r, const struct piece *piece,
                                     const struct scapf_diag *diag);
enum scapf_status repair_lose_piece(struct repair *r, const struct piece *piece,
                                    const struct scapf_diag *diag);
/* Show and write a block of our own. */
enum scapf_status repair_add(struct repair *r, const struct out *o, enum scapf_mend mend,
                             uint64_t off);

/* ------------------------------------------------------------------ the parts */

#define REPAIR_ROUNDS 48u /* tries to put one block right */

/* A section header; a header made up before a block that has none. */
enum scapf_status repair_section(struct repair *r, struct piece *piece);
enum scapf_status repair_add_section(struct repair *r, const struct piece *before);
enum scapf_status repair_interface(struct repair *r, struct piece *piece);
/* The description of an interface is lost: one in its place keeps the ids of those behind. What it
 * was shows in what is left of it and in its packets; next is where blocks stand behind the
 * position of the source. */
enum scapf_status repair_lost_interface(struct repair *r, const struct refind_lost *lost,
                                        size_t next);
/* Give the block the interface id of the output, with an interface made up when there is none. */
enum scapf_status repair_resolve(struct repair *r, struct piece *piece);
/* Before the first event of a section that lost its process list: what events tell of processes. */
enum scapf_status repair_add_tables(struct repair *r, const struct piece *before);
/* [PNG-208] A time that the offset of its interface makes impossible: an interface without it. */
enum scapf_status repair_leave_offset(struct repair *r, struct piece *piece);

/* Put a block right that broke the rule of error: the new one is appended to o. False when nothing
 * is known to do. round counts the tries with this block, from 0. */
bool repair_block(struct repair *r, const struct piece *piece, const struct scapf_diag *error,
                  unsigned round, struct out *o);
/* A list that begins in what is lost, and of which len bytes are to be believed: its rows up to
 * there, as a block appended to o. Returns how many bytes they are, 0 = there are none. */
size_t repair_rows(struct repair *r, const struct refind_lost *lost, size_t len, struct out *o);
/* The same as repair_block() for an event. */
bool repair_event(struct repair *r, const struct piece *piece, const struct scapf_diag *error,
                  struct out *o);

/* Options without those that break a rule, closed; drop is the offset (in the block) of one more
 * that is left out, 0 = none. */
#define REPAIR_ALL_OPTIONS UINT64_MAX
struct option_list {
    uint32_t table;
    const uint8_t *bytes;
    size_t len;
    uint64_t off; /* in the block */
    bool big_endian;
};
void repair_put_options(struct repair *r, struct out *o, const struct option_list *list,
                        uint64_t drop);
/* A text with a question mark for each byte that is no UTF-8. */
void repair_put_text(struct out *o, const uint8_t *p, size_t len);
/* Start and end a block: both lengths are filled in. */
size_t repair_begin(struct out *o, uint32_t type, bool big_endian);
bool repair_end(struct out *o, size_t start);

#define REPAIR_LINK_UNKNOWN 147u /* USER0 */

/* All of a classic pcap that was recognised. */
enum scapf_status repair_pcap(struct repair *r);
/* Is this the start of a classic pcap, or are these its records, the header cut or damaged? */
bool repair_is_pcap(struct repair *r);
/* Do records of one start anywhere in sight? */
bool repair_has_records(struct repair *r);
/* Does a row of records start in sight, no later than to? Fills in pcap, pcap_at, pcap_link. Where
 * nothing else speaks for a pcap it has to be sure: programs and archives have such numbers, too,
 * but no protocols behind them, and not to their end. */
bool repair_find_records(struct repair *r, size_t to, bool sure);
/* What may have been the link type of a packet; REPAIR_LINK_UNKNOWN when it does not tell. */
uint16_t repair_guess_link(const uint8_t *data, size_t len);

#endif
