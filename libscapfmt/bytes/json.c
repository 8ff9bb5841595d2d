/* SPDX-License-Identifier: Apache-2.0 */
#include "bytes/json.h"

/* [RFC 3629 4] The legal ranges of the second byte, by the first one. */
static const struct utf8_row {
    uint8_t first, last; /* of the first byte */
    uint8_t low, high;   /* of the second byte */
    uint8_t len;
} utf8_rows[] = {
    {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
    {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

size_t utf8_len(const uint8_t *p, size_t n)
{
    if (p[0] < 0x80) {
        return 1;
    }
    for (size_t i = 0; i < sizeof(utf8_rows) / sizeof(utf8_rows[0]); i++) {
        const struct utf8_row *row = &utf8_rows[i];

        if (p[0] < row->first || p[0] > row->last) {
            continue;
        }
        if (n < row->len || p[1] < row->low || p[1] > row->high) {
            return 0;
        }
        for (size_t k = 2; k < row->len; k++) {
            if ((p[k] & 0xC0) != 0x80) {
                return 0;
            }
        }
        return row->len;
    }
    return 0;
}

/* One of the 16 bytes at p is no printable ASCII, or a quote or a backslash. */
static inline bool has_special(const uint8_t *p)
{
    bytes16 v;

    memcpy(&v, p, sizeof(v));
    return out_any16(out_odd16(v) | (bytes16)((v == '"') | (v == '\\')));
}

/* The same of eight bytes: in each, the highest bit is set by a borrow or because it was set. */
static inline bool has_special8(uint64_t v)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t borrows = (v - 0x20 * ones) | ((v ^ '"' * ones) - ones) | ((v ^ '\\' * ones) - ones) |
                       ((v ^ 0x7F * ones) - ones);

    return (((borrows & ~v) | v) & 0x80 * ones) != 0;
}

/* Is there none in 4 to 15 bytes? Two words that overlap hold all of them. */
static inline bool is_plain_short(const uint8_t *p, size_t n)
{
    uint64_t a = 0;
    uint64_t b = 0;

    if (n >= 8) {
        memcpy(&a, p, 8);
        memcpy(&b, p + n - 8, 8);
        return !has_special8(a) && !has_special8(b);
    }
    memcpy(&a, p, 4);
    memcpy(&b, p + n - 4, 4);
    return !has_special8(a << 32 | b);
}

size_t json_plain_run(const uint8_t *p, size_t n)
{
    size_t i = 0;

    while (n - i >= 16 && !has_special(p + i)) {
        i += 16;
    }
    if (n >= 16 ? n - i < 16 && !has_special(p + n - 16) : n >= 4 && is_plain_short(p, n)) {
        return n;
    }
    while (i < n && p[i] >= 0x20 && p[i] < 0x7F && p[i] != '"' && p[i] != '\\') {
        i++;
    }
    return i;
}

bool utf8_is_valid(const void *bytes, size_t n)
{
    const uint8_t *p = bytes;

    for (size_t i = 0; i < n;) {
        size_t len;

        i += json_plain_run(p + i, n - i);
        if (i == n) {
            break;
        }
        len = utf8_len(p + i, n - i);
        if (len == 0) {
            return false;
        }
        i += len;
    }
    return true;
}

/* [RFC 8259 7] Control characters must be escaped; DEL is too, for the sake of terminals. */
static void put_escape(struct out *o, uint8_t c)
{
    static const char digits[] = "0123456789abcdef";
    static const char from[] = "\"\\\b\f\n\r\t";
    static const char to[] = "\"\\bfnrt";
    const char *at = c != 0 ? strchr(from, c) : NULL;

    if (at != NULL) {
        const char pair[2] = {'\\', to[at - from]};

        out_bytes(o, pair, sizeof(pair));
    } else {
        const char six[6] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};

        out_bytes(o, six, sizeof(six));
    }
}

/* The string with its quotes; true when all of it was valid UTF-8. */
static bool put_string(struct out *o, const uint8_t *p, size_t n)
{
    bool valid = true;

    out_char(o, '"');
    for (size_t i = 0; i < n;) {
        size_t len = json_plain_run(p + i, n - i);

        out_bytes(o, p + i, len);
        i += len;
        if (i == n) {
            break;
        }
        len = utf8_len(p + i, n - i);
        if (len == 0) {
            out_lit(o, "\xEF\xBF\xBD");
            valid = false;
            len = 1;
        } else if (len == 1) {
            put_escape(o, p[i]);
        } else {
            out_bytes(o, p + i, len);
        }
        i += len;
    }
    out_char(o, '"');
    return valid;
}

void json_key(struct json *j, const char *key)
{
    json_next(j);
    put_string(j->out, (const uint8_t *)key, strlen(key));
    out_char(j->out, ':');
    j->comma = false;
}

void json_string(struct json *j, const void *bytes, size_t n)
{
    json_next(j);
    put_string(j->out, bytes, n);
}

void json_cstring(struct json *j, const char *s)
{
    json_string(j, s, strlen(s));
}

void json_text(struct json *j, const void *bytes, size_t n)
{
    if (utf8_is_valid(bytes, n)) {
        json_string(j, bytes, n);
        return;
    }
    json_object(j);
    json_lit_key(j, "text");
    json_string(j, bytes, n);
    json_lit_key(j, "base64");
    json_base64(j, bytes, n);
    json_object_end(j);
}

void json_base64(struct json *j, const void *bytes, size_t n)
{
    static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *p = bytes;
    uint8_t *to;

    json_next(j);
    out_char(j->out, '"');
    to = n > 0 && n < SIZE_MAX / 2 ? out_room(j->out, (n + 2) / 3 * 4) : NULL;
    for (size_t i = 0; to != NULL && i < n; i += 3, to += 4) {
        uint32_t v = (uint32_t)p[i] << 16 | (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0) |
                     (i + 2 < n ? p[i + 2] : 0);

        to[0] = (uint8_t)set[v >> 18];
        to[1] = (uint8_t)set[v >> 12 & 63];
        to[2] = i + 1 < n ? (uint8_t)set[v >> 6 & 63] : '=';
        to[3] = i + 2 < n ? (uint8_t)set[v & 63] : '=';
    }
    out_char(j->out, '"');
}

void json_preview(struct json *j, const void *bytes, size_t n, size_t max)
{
    const uint8_t *p = bytes;

    n = n < max ? n : max;
    json_next(j);
    out_char(j->out, '"');
    for (size_t i = 0; i < n;) {
        size_t len = json_plain_run(p + i, n - i);

        out_bytes(j->out, p + i, len);
        i += len;
        if (i < n) {
            if (p[i] == '"' || p[i] == '\\') {
                put_escape(j->out, p[i]);
            } else {
                out_char(j->out, '.');
            }
            i++;
        }
    }
    out_char(j->out, '"');
}

void json_u64_string(struct json *j, uint64_t v)
{
    json_next(j);
    out_char(j->out, '"');
    out_udec(j->out, v);
    out_char(j->out, '"');
}

void json_i64_string(struct json *j, int64_t v)
{
    json_next(j);
    out_char(j->out, '"');
    out_dec(j->out, v);
    out_char(j->out, '"');
}

void json_u64(struct json *j, uint64_t v)
{
    if (v > JSON_SAFE_MAX) {
        json_u64_string(j, v);
        return;
    }
    json_next(j);
    out_udec(j->out, v);
}

void json_i64(struct json *j, int64_t v)
{
    if (v > (int64_t)JSON_SAFE_MAX || v < -(int64_t)JSON_SAFE_MAX) {
        json_i64_string(j, v);
        return;
    }
    json_next(j);
    out_dec(j->out, v);
}

void json_hex(struct json *j, uint64_t v)
{
    json_next(j);
    out_lit(j->out, "\"0x");
    out_hex(j->out, v, false);
    out_char(j->out, '"');
}

void json_hex_bytes(struct json *j, const uint8_t *bytes, size_t n)
{
    json_next(j);
    out_char(j->out, '"');
    out_hex_bytes(j->out, bytes, n);
    out_char(j->out, '"');
}
