/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rows.h - rows of scap tables from values by name: the schema says which fields a row of this
 * block has, and in which order.
 */
#ifndef SCAPFMT_ROWS_H
#define SCAPFMT_ROWS_H

#include "scapfmt.h"

/* Values by field name; a field nobody names is 0 or empty. */
struct row_value {
    const char *name;
    int64_t number;
    const void *bytes;
    size_t len;
};

struct row_layout {
    const struct scapf_schema *schema;
    uint32_t block;       /* number of the table block */
    bool head;            /* the fields before the entries */
    const char *tail_end; /* the row ends before this field, and has none of those that were put in
                             front of the tail later [scap 7]; NULL: it has all fields */
};

/* Fill a row. Bytes stay borrowed from the values. */
void row_fill(struct scapf_row *row, const struct row_layout *layout,
              const struct row_value *values, size_t n);

#endif
