/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_check.h - a strict judge of JSON text, written apart from the emitter it judges.
 *
 * Accepts one RFC 8259 value in valid RFC 3629 UTF-8, with no key twice in an object, no nesting
 * beyond 64, and no integer that a double cannot hold exactly (jq would change it).
 */
#ifndef SCAPF_TESTS_JSON_CHECK_H
#define SCAPF_TESTS_JSON_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* NULL when text is one value and nothing else; else what is wrong, with the place in *at. */
const char *json_check(const void *text, size_t len, size_t *at);
/* The same for lines: each an object, each ended by a line feed. at counts from text. */
const char *json_check_lines(const void *text, size_t len, size_t *at);

#endif
