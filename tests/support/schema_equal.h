/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_equal.h - compare two schemas in every field of every struct.
 */
#ifndef TESTS_SUPPORT_SCHEMA_EQUAL_H
#define TESTS_SUPPORT_SCHEMA_EQUAL_H

#include "scapfmt.h"

/* NULL when they are equal, else the name of what differs first ("events[3].params[1].type").
 * Static storage, until the next call. */
const char *schema_difference(const struct scapf_schema *a, const struct scapf_schema *b);

#endif
