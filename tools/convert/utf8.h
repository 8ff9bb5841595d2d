/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf8.h - characters of UTF-8 [RFC 3629], for all converters.
 */
#ifndef SCAPFMT_CONVERT_UTF8_H
#define SCAPFMT_CONVERT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_CUT SIZE_MAX

/* Does a byte go on with the character before it? */
static inline bool utf8_continues(char c)
{
    return ((uint8_t)c & 0xC0) == 0x80;
}

/* Length of the character at p, of which n > 0 bytes are there; 0 when there is none: surrogates,
 * overlong forms and what is above U+10FFFF are none. UTF8_CUT when the end comes too early to
 * tell. */
size_t utf8_char(const void *p, size_t n);

/* The character c at to, which has room for 4 bytes; its length. */
size_t utf8_encode(char *to, uint32_t c);

#endif
