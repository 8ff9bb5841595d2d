/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_show.h - the parts of `scapfmt schema`: lists, single items, differences.
 */
#ifndef SCAPFMT_SCHEMA_SHOW_H
#define SCAPFMT_SCHEMA_SHOW_H

#include <stdio.h>

#include "scapfmt.h"

/* Each writes to json when that is not NULL, one object a line, else as text to stdout. */
void schema_show_events(const struct scapf_schema *s, struct scapf_json *json);
void schema_show_flags(const struct scapf_schema *s, struct scapf_json *json);
void schema_show_tables(const struct scapf_schema *s, struct scapf_json *json);
void schema_show_conversions(const struct scapf_schema *s, struct scapf_json *json);
/* Ages, categories, errno and signal names. */
void schema_show_names(const struct scapf_schema *s, struct scapf_json *json);
/* The fields of the filter language. */
void schema_show_fields(struct scapf_json *json);
/* The system calls of an architecture, "ia32", or "ppm" for the PPM_SC codes. False when there is
 * no such architecture. */
bool schema_show_syscalls(const struct scapf_schema *s, const char *arch, struct scapf_json *json);
/* Every event with this name, symbol or code; else the flag set or table of this name. False when
 * there is none. */
bool schema_show_item(const struct scapf_schema *s, const char *name, struct scapf_json *json);

/* Print every difference; returns how many there are, or -1 when there is no memory. */
long schema_diff(const struct scapf_schema *a, const struct scapf_schema *b,
                 struct scapf_json *json);

/* ------------------------------------------------------------------ words, for the parts */

/* "EC_FILE EC_SYSCALL" */
void schema_put_category(FILE *out, const struct scapf_schema *s, uint16_t category);
/* "USES_FD WAITS", or "-" */
void schema_put_event_flags(FILE *out, uint32_t flags);
const char *schema_action_name(uint8_t action);
const char *schema_part_name(uint8_t part);
/* "old:1 enter:0:empty default", or "-" */
void schema_put_sources(FILE *out, const struct scapf_conversion *row);
/* "1 2 other", or "always" */
void schema_put_cases(FILE *out, uint32_t cases);

#endif
