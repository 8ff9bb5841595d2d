/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line.h - what the line format keeps between records.
 */
#ifndef SCAPF_RENDER_LINE_H
#define SCAPF_RENDER_LINE_H

#include "render/clock.h"

#define LINE_COLUMNS 32 /* most columns of a line */

struct column; /* line.c */

struct line_state {
    const struct column *columns[LINE_COLUMNS];
    uint8_t n_columns, n_fields;
    struct scapf_fields *fields; /* NULL: there are none */
    struct clock clock;
    uint64_t first_ts; /* what reltime counts from */
    bool has_first;
    uint64_t frames; /* number of the last packet, from 1 */
};

struct scapf_printer;

/* Count a record and its time, shown or not. */
void line_note(struct line_state *state, const struct scapf_record *rec);
/* Read the wanted columns. E_USAGE when one is not known. */
enum scapf_status line_init(struct scapf_printer *p);

#endif
