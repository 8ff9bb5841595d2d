/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repair.h - inside of a repair: what its modules share.
 *
 *   repair.c         which blocks are written; notes and counts
 *   repair_section.c sections and interfaces
 *   repair_frame.c   where the next block stands, also behind lost framing
 *   repair_block.c   blocks that break a rule put right: options, padding, lengths, lists
 *   repair_event.c   the same for events
 *   repair_tables.c  a process list from what events tell
 *   repair_pcap.c    classic pcap
 *
 * The judge is the validator itself: every block that is written has been shown to a reader and
 * the checks as part of the output, and broke no rule of severity "error".
 */
#ifndef SCAPF_CHECK_REPAIR_H
#define SCAPF_CHECK_REPAIR_H

#include "block/packet.h"
#include "bytes/out.h"
#include "check/check.h"
#include "io/src.h"
#include "scapfmt.h"

/* Bytes that are looked at at once to find a block behind lost framing. A block has to lie in them
 * as a whole; memory stays constant whatever lengths the input claims. */
#define REPAIR_WINDOW ((size_t)4 << 20)
/* Breaks of the packed stream in bytes that were peeked at and not yet consumed. */
#define REPAIR_GAPS 256u
/* Interface ids without a description that are told apart. */
#define REPAIR_GHOSTS 32u

/* A block as it was found, or rebuilt. */
struct piece {
    const uint8_t *raw;
    size_t len;      /* a multiple of 4 */
    uint64_t off;    /* in the input */
    size_t consumes; /* bytes of the input it stands for */
    uint32_t type;
    bool big_endian;
    bool reframed;          /* its lengths are not those of the input */
    bool proven;            /* one of its lengths is, else it only fits between two others */
    struct scapf_diag diag; /* what was wrong with its frame */
};

/* A reader and the checks over what is, or may be, part of the output. */
struct judge {
    struct scapf_src *shown; /* the reader's */
    struct scapf_reader *reader;
    struct checker *checker;
    struct scapf_record rec;
    uint64_t at;             /* offset of the block shown last, in all that was shown */
    struct scapf_diag error; /* the first one of the block shown last; rule 0 = none */
};

struct repair_gap {
    uint64_t from, to; /* bytes before from and behind to belong to different parts */
};

struct ghost {
    uint32_t id, out;
};

struct repair {
    const struct scapf_repair_opts *opts;
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema;
    uint32_t max_block;
    struct scapf_src *src;
    struct scapf_sink *sink;
    struct scapf_repair_counts counts;
    struct scapf_diag diag;  /* why it stopped */
    struct judge judge;      /* of the output */
    struct judge aside;      /* of section headers and interfaces before they count */
    struct out block, spare; /* being rebuilt */
    struct out frame;        /* a block with new lengths */
    /* The section at hand. */
    bool in_section, lost_section, big_endian;
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
    bool pcap_guessed; /* its header says nothing */
    /* Damage. */
    struct repair_gap gaps[REPAIR_GAPS];
    uint32_t n_gaps;
    struct scapf_repair_note loss; /* bytes being lost, told when their end is known */
    uint64_t did;                  /* bits of enum scapf_mend: done to the block at hand */
};

/* ------------------------------------------------------------------ notes (repair.c) */

/* Something was done to the block at hand; it is told when the block is written. */
void repair_did(struct repair *r, enum scapf_mend mend);
/* Tell it at once. diag may be NULL. */
void repair_tell(struct repair *r, enum scapf_mend mend, uint64_t off, uint64_t len, uint32_t type,
                 const struct scapf_diag *diag);
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
/* Give the block the interface id of the output, with an interface made up when there is none. */
enum scapf_status repair_resolve(struct repair *r, struct piece *piece);
/* Before the first event of a section that lost its process list: what events tell of processes. */
enum scapf_status repair_add_tables(struct repair *r, const struct piece *before);
/* [PNG-208] A time that the offset of its interface makes impossible: an interface without it. */
enum scapf_status repair_leave_offset(struct repair *r, struct piece *piece);

/* The block at the position of the source. OK, END, or an error of the source. Lost bytes before it
 * were consumed. */
enum scapf_status repair_find(struct repair *r, struct piece *piece);
/* Does the stretch of the input hold a break of the packed stream? */
bool repair_is_torn(const struct repair *r, uint64_t off, uint64_t len);
/* Does a block of the input start at p, as far as header and trailer tell? */
bool repair_starts_block(const struct repair *r, const uint8_t *p, size_t avail, bool big_endian);
/* Small numbers of one byte order, read three bytes off, look like those of the other. Is the block
 * at p such a shadow of one that follows within 3 bytes? */
bool repair_is_shadow(const struct repair *r, const uint8_t *p, size_t avail, bool big_endian);

/* Put a block right that broke the rule of error: the new one is appended to o. False when nothing
 * is known to do. round counts the tries with this block, from 0. */
bool repair_block(struct repair *r, const struct piece *piece, const struct scapf_diag *error,
                  unsigned round, struct out *o);
/* The same for an event. */
bool repair_event(struct repair *r, const struct piece *piece, const struct scapf_diag *error,
                  struct out *o);

/* Options without those that break a rule, closed; drop is the offset (in the block) of one more
 * that is left out, 0 = none; UINT64_MAX = all. */
struct option_list {
    uint32_t table;
    const uint8_t *bytes;
    size_t len;
    uint64_t off; /* in the block */
    bool big_endian;
};
void repair_put_options(struct repair *r, struct out *o, const struct option_list *list,
                        uint64_t drop);
/* Start and end a block: both lengths are filled in. */
size_t repair_begin(struct out *o, uint32_t type, bool big_endian);
bool repair_end(struct out *o, size_t start);

/* All of a classic pcap; header tells what was recognised. */
enum scapf_status repair_pcap(struct repair *r);
/* Is this the start of a classic pcap, or the records of one whose header is damaged? */
bool repair_is_pcap(struct repair *r);

#endif
