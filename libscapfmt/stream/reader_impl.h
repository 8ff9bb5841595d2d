/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader_impl.h - the inside of a reader: reading block by block (reader.c), many blocks at a time
 * (reader_ahead.c), and going on behind lost framing (reader_resume.c).
 */
#ifndef SCAPF_STREAM_READER_IMPL_H
#define SCAPF_STREAM_READER_IMPL_H

#include "block/frame.h"
#include "block/packet.h"
#include "block/section.h"
#include "block/types.h"
#include "stream/reader.h"
#include "stream/refind.h"

#define KNOWN_TYPES 16u

enum reader_mode { MODE_START, MODE_PCAPNG, MODE_PCAP };

struct scapf_reader {
    struct scapf_src *src;
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema;
    uint32_t max_block;
    enum reader_mode mode;
    enum scapf_status status; /* sticks when not OK */
    bool foreign_section;     /* of an unknown major version: its blocks stay opaque */
    size_t pending;           /* bytes of the current record, consumed by the next call */
    struct section section;
    struct pcap_layout pcap;
    struct scapf_event event;
    struct scapf_packet packet;
    struct scapf_diag damage; /* of the current record */
    struct scapf_diag diag;   /* why reading stopped */
    struct scapf_ledger ledger;
    uint64_t skipped_before;  /* bytes passed over before reading stopped last */
    uint64_t passed_over;     /* places; each counts as one block */
    struct frame refound;     /* the next block, found behind lost framing; len 0 = none */
    struct refind_gaps *gaps; /* where the packing is damaged; NULL = damage of it is the end */
    bool torn;                /* such a place stopped it */
    uint32_t pcap_sec;        /* of the last record that is more than zeros */
    bool pcap_timed;          /* there was one */
    uint32_t last_type;       /* index in ledger.types of the last block */
    const struct block_type *known_types[KNOWN_TYPES]; /* found last, by their low bits */
};

/* Write down that len bytes (UINT64_MAX: nobody knows) from off on are not read, after those that
 * were passed over before. */
void reader_skipped(struct scapf_reader *r, uint64_t off, uint64_t len);
/* Let last_type be the row of the ledger for a block type; false when there are too many. */
bool reader_find_row(struct scapf_reader *r, uint32_t type);

/* The row of a block number, or NULL. */
static inline const struct block_type *reader_find_type(struct scapf_reader *r, uint32_t number)
{
    const struct block_type **known = &r->known_types[number % KNOWN_TYPES];

    if (*known == NULL || (*known)->number != number) {
        *known = block_type_find(number);
    }
    return *known;
}

static inline void reader_count_blocks(struct scapf_reader *r, uint32_t type, uint64_t n,
                                       size_t len)
{
    struct scapf_ledger *l = &r->ledger;

    l->blocks += n;
    l->bytes += len;
    if ((l->types[r->last_type].type == type && l->n_types > 0) || reader_find_row(r, type)) {
        l->types[r->last_type].blocks += n;
        l->types[r->last_type].bytes += len;
    }
}

/* What stands at the position of the source was found to be a block of len bytes, or, by status, to
 * be none: is that so because of a break of the packing? Returns the status, or that of the break.
 * Only with gaps. */
COLD enum scapf_status reader_see_break(struct scapf_reader *r, enum scapf_status status,
                                        uint64_t len);

#endif
