/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - the bodies of scap table blocks, walked by the rows of the schema. [scap 4-8]
 *
 *   body   head fields once, then entries until fewer than 4 bytes are left
 *   entry  [u32 length], fields; fields of the tail only as far as they fit into that length;
 *          bytes behind the last known field belong to newer writers and are kept
 *
 * Decode and encode walk the same rows.
 */
#ifndef SCAPF_EVENT_TABLE_H
#define SCAPF_EVENT_TABLE_H

#include "bytes/out.h"
#include "scapfmt.h"

/* Append the head of a table body. The row's cells must be those of the head's rows, in order. */
enum scapf_status table_put_head(struct out *o, const struct scapf_table_info *info,
                                 uint8_t version, const struct scapf_row *row);
/* Append an entry, its length included when the version has one; row->extra follows the fields. A
 * row that was decoded with entry_len 0 is written that way again. */
enum scapf_status table_put_row(struct out *o, const struct scapf_table_info *info, uint8_t version,
                                const struct scapf_row *row);

#endif
