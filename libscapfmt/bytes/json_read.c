/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_read.c - one walk over the text for each question; nesting is counted, never entered.
 */
#include "bytes/json_read.h"

#include "bytes/hex.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && (is_blank(*p) || *p == ',')) {
        p++;
    }
    return p;
}

/* From a quote to behind the one that closes it. */
static const char *skip_string(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++) {
        p += *p == '\\' && end - p > 1;
    }
    return p < end ? p + 1 : end;
}

static const char *skip_value(const char *p, const char *end)
{
    size_t depth = 0;

    while (p < end) {
        char c = *p;

        if (depth == 0 && (c == ',' || c == '}' || c == ']' || is_blank(c))) {
            break;
        }
        p = c == '"' ? skip_string(p, end) : p + 1;
        depth += c == '{' || c == '[';
        depth -= depth > 0 && (c == '}' || c == ']');
        if (depth == 0 && (c == '"' || c == '}' || c == ']')) {
            break;
        }
    }
    return p;
}

/* What is not there has no place, and no end of it. */
static const char *end_of(struct json_value value)
{
    return value.len > 0 ? value.p + value.len : value.p;
}

struct json_value json_read(const void *text, size_t len)
{
    const char *end = end_of((struct json_value){text, len});
    const char *p = skip_blanks(text, end);

    return (struct json_value){p, (size_t)(skip_value(p, end) - p)};
}

struct json_value json_member(struct json_value object, const char *key, size_t key_len)
{
    const char *end = end_of(object);
    const char *p = json_is(object, '{') ? skip_blanks(object.p + 1, end) : end;

    while (p < end && *p == '"') {
        const char *name = p + 1;
        size_t len;

        p = skip_string(p, end);
        len = (size_t)(p - name);
        p = skip_blanks(p, end);
        if (p == end || *p != ':') {
            break;
        }
        p = skip_blanks(p + 1, end);
        if (len == key_len + 1 && memcmp(name, key, key_len) == 0) {
            return (struct json_value){p, (size_t)(skip_value(p, end) - p)};
        }
        p = skip_blanks(skip_value(p, end), end);
    }
    return (struct json_value){NULL, 0};
}

bool json_step(struct json_value *rest, struct json_value *item)
{
    const char *end = end_of(*rest);
    const char *p = rest->len > 0 ? skip_blanks(rest->p + json_is(*rest, '['), end) : end;

    item->p = p;
    item->len = (size_t)(skip_value(p, end) - p);
    rest->p = p + item->len;
    rest->len = (size_t)(end - rest->p);
    return item->len > 0;
}

/* ------------------------------------------------------------------ strings */

static bool hex4(const char *p, const char *end, uint32_t *v)
{
    *v = 0;
    for (size_t i = 0; i < 4; i++) {
        int digit = (size_t)(end - p) > i ? hex_digit(p[i]) : -1;

        if (digit < 0) {
            return false;
        }
        *v = *v << 4 | (uint32_t)digit;
    }
    return true;
}

static void put_utf8(struct out *o, uint32_t c)
{
    if (c < 0x80) {
        out_char(o, (char)c);
        return;
    }
    if (c < 0x800) {
        out_char(o, (char)(0xC0 | c >> 6));
    } else if (c < 0x10000) {
        out_char(o, (char)(0xE0 | c >> 12));
        out_char(o, (char)(0x80 | (c >> 6 & 0x3F)));
    } else {
        out_char(o, (char)(0xF0 | c >> 18));
        out_char(o, (char)(0x80 | (c >> 12 & 0x3F)));
        out_char(o, (char)(0x80 | (c >> 6 & 0x3F)));
    }
    out_char(o, (char)(0x80 | (c & 0x3F)));
}

/* "\uD83D\uDE00" are two escapes and one character [RFC 8259 7]; half a pair is none. */
static const char *put_unicode(struct out *o, const char *p, const char *end)
{
    uint32_t c;
    uint32_t low;

    if (!hex4(p, end, &c)) {
        return p;
    }
    p += 4;
    if (c >= 0xD800 && c < 0xDC00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u' &&
        hex4(p + 2, end, &low) && low >= 0xDC00 && low < 0xE000) {
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        p += 6;
    }
    put_utf8(o, c >= 0xD800 && c < 0xE000 ? 0xFFFD : c);
    return p;
}

void json_put_text(struct out *o, struct json_value v)
{
    static const char from[] = "bfnrt";
    static const char to[] = "\b\f\n\r\t";
    const char *end = v.p + v.len;
    const char *p = v.p;

    if (!json_is(v, '"')) {
        out_bytes(o, v.p, v.len);
        return;
    }
    end -= v.len > 1 && end[-1] == '"';
    for (p++; p < end;) {
        const char *escape;

        if (*p != '\\' || end - p < 2) {
            out_char(o, *p++);
        } else if (p[1] == 'u') {
            p = put_unicode(o, p + 2, end);
        } else {
            escape = strchr(from, p[1]);
            out_char(o, escape != NULL && p[1] != '\0' ? to[escape - from] : p[1]);
            p += 2;
        }
    }
}
