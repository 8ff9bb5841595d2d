/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blocks.h - what the parts of the block-by-block dump share: one line a thing, its name first.
 */
#ifndef SCAPF_RENDER_BLOCKS_H
#define SCAPF_RENDER_BLOCKS_H

#include "block/body.h"
#include "bytes/out.h"
#include "scapfmt.h"

/* Bytes of packets, buffers and unknown things that are shown in hex. */
#define BLOCKS_HEX 32u

/* "  name " of a line that the caller ends; depth 1 is a field of a block. */
void blocks_name(struct out *o, unsigned depth, const char *name);
void blocks_u64(struct out *o, unsigned depth, const char *name, uint64_t value);
/* "  name @off, n bytes: 00 11 22 ...", at most BLOCKS_HEX of them. Nothing when there are none. */
void blocks_bytes(struct out *o, unsigned depth, const char *name, const struct body_bytes *bytes);
/* "n bytes: hex" as above, without name and place. */
void blocks_hex(struct out *o, const uint8_t *bytes, size_t n);
/* "text", control characters escaped. */
void blocks_text(struct out *o, const void *text, size_t n);

/* An option list by the tables of a block type; what follows it, or breaks it, is named. */
void blocks_options(struct out *o, unsigned depth, uint32_t table, const struct body_bytes *options,
                    bool big_endian);

/* The body of a scap table, row by row. */
void blocks_table(struct out *o, const struct scapf_record *rec, const struct scapf_schema *schema);
/* An event: header, every parameter, padding. */
void blocks_event(struct out *o, const struct scapf_record *rec, const struct scapf_schema *schema);

#endif
