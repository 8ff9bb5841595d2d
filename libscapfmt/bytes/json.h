/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - JSON text into an output buffer: commas, escapes, and what file bytes become.
 *
 * What is written is always valid JSON (RFC 8259) in valid UTF-8 (RFC 3629), whatever the bytes
 * are. The caller opens and closes in order and puts a key before each member. Errors are those of
 * the buffer and stick there.
 *
 * Numbers: jq and JavaScript keep integers exactly up to 2^53-1 only. Larger ones are written as
 * decimal strings: exact for every reader, and jq's tonumber makes numbers of both forms.
 */
#ifndef SCAPF_BYTES_JSON_H
#define SCAPF_BYTES_JSON_H

#include "bytes/out.h"

#define JSON_SAFE_MAX ((UINT64_C(1) << 53) - 1)

struct json {
    struct out *out;
    bool comma; /* a value stands before the next one in the same object or array */
};

static inline struct json json_make(struct out *out)
{
    return (struct json){.out = out};
}

/* What stands before a value or key. */
static inline void json_next(struct json *j)
{
    if (j->comma) {
        out_char(j->out, ',');
    }
    j->comma = true;
}

static inline void json_open(struct json *j, char bracket)
{
    json_next(j);
    out_char(j->out, bracket);
    j->comma = false;
}

static inline void json_close(struct json *j, char bracket)
{
    out_char(j->out, bracket);
    j->comma = true;
}

static inline void json_object(struct json *j)
{
    json_open(j, '{');
}

static inline void json_object_end(struct json *j)
{
    json_close(j, '}');
}

static inline void json_array(struct json *j)
{
    json_open(j, '[');
}

static inline void json_array_end(struct json *j)
{
    json_close(j, ']');
}

/* Text that is JSON already, as the next value. */
static inline void json_raw(struct json *j, const char *text, size_t n)
{
    json_next(j);
    out_bytes(j->out, text, n);
}

/* A text that begins with the comma it needs when it is not the first. */
static inline void json_after_comma(struct json *j, const char *text, size_t n)
{
    size_t skip = j->comma ? 0 : 1;

    out_bytes(j->out, text + skip, n - skip);
}

/* A key, or a key with a string, that are literals without anything to escape. */
#define json_lit_key(j, key)                                                                       \
    (json_after_comma((j), ",\"" key "\":", sizeof(",\"" key "\":") - 1),                          \
     (void)((j)->comma = false))
#define json_lit_member(j, key, value)                                                             \
    (json_after_comma((j), ",\"" key "\":\"" value "\"",                                           \
                      sizeof(",\"" key "\":\"" value "\"") - 1),                                   \
     (void)((j)->comma = true))
/* A string that is a literal without anything to escape. */
#define json_lit(j, literal) json_raw((j), "\"" literal "\"", sizeof("\"" literal "\"") - 1)

/* A key from elsewhere (a user's schema may hold anything). */
void json_key(struct json *j, const char *key);
/* A string. Bytes that are no UTF-8 become U+FFFD, one for each; see json_text(). */
void json_string(struct json *j, const void *bytes, size_t n);
void json_cstring(struct json *j, const char *s);
/* Text of a file, nothing lost: a string when it is valid UTF-8, else an object of the text as
 * json_string() shows it and the bytes: {"text":"a\ufffd","base64":"Yf8="}. */
void json_text(struct json *j, const void *bytes, size_t n);
/* Bytes as a string in base64 (RFC 4648 section 4, padded). */
void json_base64(struct json *j, const void *bytes, size_t n);
/* Printable ASCII as it is, each other byte as a dot; at most max bytes. */
void json_preview(struct json *j, const void *bytes, size_t n, size_t max);
/* A number up to 2^53-1, else a decimal string. */
void json_u64(struct json *j, uint64_t v);
void json_i64(struct json *j, int64_t v);
/* Always a decimal string: times, so that their type does not change with their value. */
void json_u64_string(struct json *j, uint64_t v);
void json_i64_string(struct json *j, int64_t v);
/* A string "0x1f". */
void json_hex(struct json *j, uint64_t v);
/* Two hex digits a byte, as a string. */
void json_hex_bytes(struct json *j, const uint8_t *bytes, size_t n);

static inline void json_bool(struct json *j, bool v)
{
    json_raw(j, v ? "true" : "false", v ? 4 : 5);
}

static inline void json_null(struct json *j)
{
    json_raw(j, "null", 4);
}

/* How many of the n bytes at p are printable ASCII that stands for itself in a JSON string. */
size_t json_plain_run(const uint8_t *p, size_t n);
/* Length of the valid UTF-8 character at p (n > 0 bytes left), 0 when there is none: surrogates,
 * overlong forms, values above U+10FFFF and cut sequences are none. */
size_t utf8_len(const uint8_t *p, size_t n);
bool utf8_is_valid(const void *bytes, size_t n);

#endif
