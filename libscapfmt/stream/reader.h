/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader.h - what the checker asks a reader beyond the public calls.
 */
#ifndef SCAPF_STREAM_READER_H
#define SCAPF_STREAM_READER_H

#include "block/types.h"
#include "scapfmt.h"

/* The row of a block number, or NULL. As block_type_find(), sooner for numbers seen before. */
const struct block_type *reader_block_type(struct scapf_reader *reader, uint32_t number);

/* A finding of the source that did not stop reading (bytes behind the last gzip member); NULL when
 * there is none so far. Lives as long as the reader. */
const struct scapf_diag *reader_warning(const struct scapf_reader *reader);

/* The record at hand is done with: consume it now and not at the next call. Its source may then
 * show something else. */
void reader_done(struct scapf_reader *reader);

/* Most interfaces any earlier section had. */
uint32_t reader_earlier_interfaces(const struct scapf_reader *reader);

#endif
