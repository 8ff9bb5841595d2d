/* SPDX-License-Identifier: Apache-2.0 */
/*
 * types.h - what each block number is. [pcapng 11.1], [libscap scap_savefile.h]
 */
#ifndef SCAPF_BLOCK_TYPES_H
#define SCAPF_BLOCK_TYPES_H

#include "scapfmt.h"

/* How an event block is laid out. */
enum event_layout {
    EVENT_LAYOUT_FLAGS = 1, /* a u32 of flags stands before the event */
    EVENT_LAYOUT_V2 = 2,    /* the header counts the parameters */
    EVENT_LAYOUT_LARGE = 4  /* lengths are u32 */
};

struct block_type {
    uint32_t number;
    enum scapf_kind kind;
    uint8_t layout;   /* events: enum event_layout bits */
    uint32_t min_len; /* smallest legal total length */
    const char *name;
};

/* Is it a frame, as Wireshark counts them? */
static inline bool kind_is_frame(enum scapf_kind kind)
{
    return kind == SCAPF_KIND_PACKET || kind == SCAPF_KIND_EVENT || kind == SCAPF_KIND_CUSTOM ||
           kind == SCAPF_KIND_JOURNAL;
}

/* The row of a block number, or NULL when nobody has named it. */
const struct block_type *block_type_find(uint32_t number);

#endif
