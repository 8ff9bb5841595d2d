/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema.h - the words of the schema language and the hash over block numbers.
 *
 * The look-ups into a schema are declared in scapfmt.h. This module knows nothing of the built-in
 * tables: the program that generates them is made of it.
 */
#ifndef SCAPF_SCHEMA_SCHEMA_H
#define SCAPF_SCHEMA_SCHEMA_H

#include "scapfmt.h"

#include <string.h>

/* Most names differ in their first letter. */
static inline bool schema_same_name(const char *a, const char *b)
{
    return a[0] == b[0] && strcmp(a, b) == 0;
}

/* The number of a word; -1 when there is none. */
int schema_find_param_type(const char *name);
int schema_find_format(const char *name);
int schema_find_field_type(const char *name);
/* The bit of an event flag, 0 when there is none. */
uint32_t schema_find_event_flag(const char *name);

/* Bytes of each parameter type, 0 = its value decides: scapf_param_size() for types that are one.
 */
extern const uint8_t schema_param_sizes[SCAPF_PT_COUNT];

/* First slot to look for a block number in; the search goes on at the next until a free one. */
static inline uint32_t schema_table_hash(uint32_t block_type, uint32_t n_slots)
{
    /* The numbers differ in their low bits, the unofficial ones in the low bits of the high half */
    return (block_type ^ block_type >> 16) & (n_slots - 1);
}

#endif
