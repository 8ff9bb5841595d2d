/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_read.h - values in JSON text, found by key or place. Nothing is copied, and nothing is
 * checked beyond what finding needs: of text that is no JSON, something is found or nothing.
 */
#ifndef SCAPF_BYTES_JSON_READ_H
#define SCAPF_BYTES_JSON_READ_H

#include "bytes/out.h"

/* The text of a value, quotes and brackets included; p is NULL when there is none. */
struct json_value {
    const char *p;
    size_t len;
};

/* The value that the text is, without blanks before it. */
struct json_value json_read(const void *text, size_t len);
/* The first member of an object with this key (as it is spelt there); none of other values. */
struct json_value json_member(struct json_value object, const char *key, size_t key_len);
/* Step through an array: *rest is the array itself before the first step. */
bool json_step(struct json_value *rest, struct json_value *item);

static inline bool json_is(struct json_value v, char first)
{
    return v.p != NULL && v.len > 0 && v.p[0] == first;
}

/* Append a string without its quotes and escapes, any other value as it stands. */
void json_put_text(struct out *o, struct json_value v);

#endif
