/* SPDX-License-Identifier: Apache-2.0 */
#include "support/json_check.h"

#include <string.h>

#define MAX_DEPTH 64
#define MAX_KEYS  128 /* of one object that are compared with each other */

struct check {
    const unsigned char *text;
    size_t len, pos;
    const char *wrong;
};

struct key {
    size_t at, len;
};

static bool wrong(struct check *c, const char *what)
{
    if (c->wrong == NULL) {
        c->wrong = what;
    }
    return false;
}

static int peek(const struct check *c)
{
    return c->pos < c->len ? c->text[c->pos] : -1;
}

static void skip_space(struct check *c)
{
    while (peek(c) == ' ' || peek(c) == '\t' || peek(c) == '\r' || peek(c) == '\n') {
        c->pos++;
    }
}

static bool expect(struct check *c, const char *word)
{
    size_t n = strlen(word);

    if (c->len - c->pos < n || memcmp(c->text + c->pos, word, n) != 0) {
        return wrong(c, "a word that is none of JSON's");
    }
    c->pos += n;
    return true;
}

/* One character above ASCII: put its code point together and judge that. */
static bool high_char(struct check *c)
{
    static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
    int first = peek(c);
    int n = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    unsigned long point = (unsigned long)first & (0xFFUL >> (n + 1));

    if (first < 0xC0 || first > 0xF7) {
        return wrong(c, "a byte that starts no UTF-8 character");
    }
    c->pos++;
    for (int i = 1; i < n; i++, c->pos++) {
        if (peek(c) < 0 || (peek(c) & 0xC0) != 0x80) {
            return wrong(c, "a UTF-8 character that is cut");
        }
        point = point << 6 | ((unsigned long)peek(c) & 0x3F);
    }
    if (point < least[n] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
        return wrong(c, "a UTF-8 character that is overlong or out of range");
    }
    return true;
}

static bool escape(struct check *c)
{
    int kind;

    c->pos++;
    kind = peek(c);
    if (kind < 0 || strchr("\"\\/bfnrtu", kind) == NULL || kind == 0) {
        return wrong(c, "an escape that is none of JSON's");
    }
    c->pos++;
    for (int i = 0; kind == 'u' && i < 4; i++, c->pos++) {
        if (peek(c) < 0 || strchr("0123456789abcdefABCDEF", peek(c)) == NULL || peek(c) == 0) {
            return wrong(c, "an escape without four hex digits");
        }
    }
    return true;
}

static bool string(struct check *c)
{
    if (peek(c) != '"') {
        return wrong(c, "no string where one must be");
    }
    for (c->pos++; peek(c) != '"';) {
        int byte = peek(c);

        if (byte < 0x20) {
            return wrong(c, byte < 0 ? "a string without an end" : "a bare control character");
        }
        if (byte == '\\' && !escape(c)) {
            return false;
        }
        if (byte >= 0x80 && !high_char(c)) {
            return false;
        }
        if (byte < 0x80 && byte != '\\') {
            c->pos++;
        }
    }
    c->pos++;
    return true;
}

static size_t digits(struct check *c)
{
    size_t from = c->pos;

    while (peek(c) >= '0' && peek(c) <= '9') {
        c->pos++;
    }
    return c->pos - from;
}

/* Integers are compared as text with 2^53-1. */
static bool number(struct check *c)
{
    static const char safe[] = "9007199254740991";
    size_t from;
    size_t n;
    bool whole = true;

    if (peek(c) == '-') {
        c->pos++;
    }
    from = c->pos;
    n = digits(c);
    if (n == 0 || (n > 1 && c->text[from] == '0')) {
        return wrong(c, "a number without digits, or with a leading zero");
    }
    if (peek(c) == '.') {
        whole = false;
        c->pos++;
        if (digits(c) == 0) {
            return wrong(c, "a fraction without digits");
        }
    }
    if (peek(c) == 'e' || peek(c) == 'E') {
        whole = false;
        c->pos++;
        if (peek(c) == '+' || peek(c) == '-') {
            c->pos++;
        }
        if (digits(c) == 0) {
            return wrong(c, "an exponent without digits");
        }
    }
    if (whole && (n > 16 || (n == 16 && memcmp(c->text + from, safe, 16) > 0))) {
        return wrong(c, "an integer beyond 2^53-1");
    }
    return true;
}

static bool value(struct check *c, int depth);

static bool new_key(struct check *c, const struct key *keys, size_t n, struct key key)
{
    for (size_t i = 0; i < n; i++) {
        if (keys[i].len == key.len &&
            memcmp(c->text + keys[i].at, c->text + key.at, key.len) == 0) {
            return wrong(c, "a key that its object has already");
        }
    }
    return true;
}

/* The members of an object or the elements of an array, brackets included. */
static bool members(struct check *c, int depth, int close)
{
    struct key keys[MAX_KEYS];
    size_t n_keys = 0;

    c->pos++;
    skip_space(c);
    if (peek(c) == close) {
        c->pos++;
        return true;
    }
    for (;;) {
        if (close == '}') {
            struct key key = {c->pos, 0};

            if (!string(c)) {
                return false;
            }
            key.len = c->pos - key.at;
            if (!new_key(c, keys, n_keys, key)) {
                return false;
            }
            if (n_keys < MAX_KEYS) {
                keys[n_keys++] = key;
            }
            skip_space(c);
            if (peek(c) != ':') {
                return wrong(c, "no colon after a key");
            }
            c->pos++;
        }
        if (!value(c, depth + 1)) {
            return false;
        }
        if (peek(c) == close) {
            c->pos++;
            return true;
        }
        if (peek(c) != ',') {
            return wrong(c, "neither comma nor closing bracket");
        }
        c->pos++;
        skip_space(c);
    }
}

static bool value(struct check *c, int depth)
{
    bool ok;

    if (depth > MAX_DEPTH) {
        return wrong(c, "nesting beyond the limit");
    }
    skip_space(c);
    switch (peek(c)) {
    case '{':
        ok = members(c, depth, '}');
        break;
    case '[':
        ok = members(c, depth, ']');
        break;
    case '"':
        ok = string(c);
        break;
    case 't':
        ok = expect(c, "true");
        break;
    case 'f':
        ok = expect(c, "false");
        break;
    case 'n':
        ok = expect(c, "null");
        break;
    default:
        ok = number(c);
        break;
    }
    skip_space(c);
    return ok;
}

const char *json_check(const void *text, size_t len, size_t *at)
{
    struct check c = {.text = text, .len = len};

    if (value(&c, 0) && c.pos != c.len) {
        wrong(&c, "something after the value");
    }
    *at = c.pos;
    return c.wrong;
}

const char *json_check_lines(const void *text, size_t len, size_t *at)
{
    const unsigned char *p = text;

    for (size_t pos = 0; pos < len;) {
        const unsigned char *end = memchr(p + pos, '\n', len - pos);
        const char *what;

        *at = pos;
        if (end == NULL) {
            return "a last line without a line feed";
        }
        if (p[pos] != '{') {
            return "a line that is no object";
        }
        what = json_check(p + pos, (size_t)(end - (p + pos)), at);
        *at += pos;
        if (what != NULL) {
            return what;
        }
        pos = (size_t)(end - p) + 1;
    }
    return NULL;
}
