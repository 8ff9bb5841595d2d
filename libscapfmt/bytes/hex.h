/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hex.h - hexadecimal digits in text that is read.
 */
#ifndef SCAPF_BYTES_HEX_H
#define SCAPF_BYTES_HEX_H

#include <stdbool.h>

/* Value of a digit as programs write them, with small letters; -1 = it is none. */
static inline int hex_small(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* As people write them: with capital letters, too. */
static inline int hex_digit(char c)
{
    return hex_small(c >= 'A' && c <= 'F' ? (char)(c | 0x20) : c);
}

#endif
