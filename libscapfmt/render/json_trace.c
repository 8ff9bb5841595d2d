/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_trace.c - the line of a text trace that an event carries as its comment, as typed fields.
 *
 *     getdents64(3</tmp>, [{d_ino=5, d_off=7, d_reclen=24, d_type=DT_REG, d_name="a"}], 32768) = 24
 *     --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=7} ---
 *
 * The text is taken apart by its brackets, quotes and commas alone, so that whatever strace knows
 * to decode comes through. What has no form of its own stays text. Every step works on a part of
 * the text that is shorter than the one before, to a fixed depth; deeper ones stay text too.
 */
#include <string.h>

#include "bytes/hex.h"
#include "render/json.h"

#define DEPTH_MAX  24
#define FIELDS_MAX 64u /* names that are looked through for doubles */

/* A part of the comment. */
struct part {
    const char *p, *end;
};

static void put_value(struct json *j, struct part at, unsigned depth);

/* ------------------------------------------------------------------ text */

static struct part trim(struct part at)
{
    while (at.p < at.end && *at.p == ' ') {
        at.p++;
    }
    while (at.end > at.p && at.end[-1] == ' ') {
        at.end--;
    }
    return at;
}

static size_t len_of(struct part at)
{
    return (size_t)(at.end - at.p);
}

static bool starts(struct part at, const char *word)
{
    size_t n = strlen(word);

    return len_of(at) >= n && memcmp(at.p, word, n) == 0;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Behind a string that begins at p. */
static const char *string_end(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++) {
        p += *p == '\\' && p + 1 < end;
    }
    return p < end ? p + 1 : end;
}

/* Behind the annotation of a descriptor that begins at p: brackets in it come in pairs, but for
 * the one of an arrow. */
static const char *note_end(const char *p, const char *end)
{
    unsigned open = 0;

    for (; p < end; p++) {
        if (*p == '"') {
            p = string_end(p, end) - 1;
        } else if (*p == '<') {
            open++;
        } else if (*p == '>' && p[-1] != '-' && --open == 0) {
            return p + 1;
        }
    }
    return end;
}

/* The first of these bytes that stands outside of all brackets and strings; end when none does. */
static const char *find(struct part at, const char *bytes)
{
    unsigned open = 0;
    const char *p = at.p;

    while (p < at.end) {
        if (open == 0 && strchr(bytes, *p) != NULL && *p != '\0') {
            return p;
        }
        if (*p == '"') {
            p = string_end(p, at.end);
            continue;
        }
        if (*p == '<' && p > at.p && p[-1] >= '0' && p[-1] <= '9' && p + 1 < at.end &&
            p[1] != '<') {
            p = note_end(p, at.end);
            continue;
        }
        if (at.end - p >= 2 && p[0] == '/' && p[1] == '*') {
            const char *close = memmem(p, (size_t)(at.end - p), "*/", 2);

            p = close != NULL ? close + 2 : at.end;
            continue;
        }
        open += *p == '{' || *p == '[' || *p == '(';
        open -= (*p == '}' || *p == ']' || *p == ')') && open > 0;
        p++;
    }
    return at.end;
}

/* ------------------------------------------------------------------ values */

static unsigned digit(char c, unsigned base)
{
    int v = hex_small(c);

    return v >= 0 && (unsigned)v < base ? (unsigned)v : 99;
}

/* One byte of a string, escapes taken back. */
static const char *unescape(const char *p, const char *end, uint8_t *byte)
{
    static const char names[] = "n\nr\rt\tv\vf\f";
    const char *name;
    unsigned base = 8;
    unsigned max = 3;
    unsigned v = 0;

    if (*p != '\\' || p + 1 == end) {
        *byte = (uint8_t)*p;
        return p + 1;
    }
    p++;
    name = strchr("nrtvf", *p) != NULL && *p != '\0' ? strchr(names, *p) : NULL;
    if (name != NULL || (*p != 'x' && digit(*p, 8) == 99)) {
        *byte = name != NULL ? (uint8_t)name[1] : (uint8_t)*p;
        return p + 1;
    }
    if (*p == 'x') {
        base = 16;
        max = 2;
        p++;
    }
    for (; max > 0 && p < end && digit(*p, base) != 99; max--, p++) {
        v = v * base + digit(*p, base);
    }
    *byte = (uint8_t)v;
    return p;
}

/* The bytes of "...": text; {"text","cut"} when strace left the end out. */
static void put_string(struct json *j, struct part at)
{
    const char *close = string_end(at.p, at.end);
    bool cut = at.end - close >= 3 && memcmp(close, "...", 3) == 0;
    struct out bytes;
    const char *p = at.p + 1;
    const char *end = close > p && close[-1] == '"' ? close - 1 : close;

    out_init(&bytes, j->out->alloc, false);
    while (p < end) {
        uint8_t byte;

        p = unescape(p, end, &byte);
        out_u8(&bytes, byte);
    }
    if (cut) {
        json_object(j);
        json_lit_key(j, "string");
    }
    json_text(j, bytes.len > 0 ? (const void *)bytes.bytes : "", bytes.len);
    if (cut) {
        json_lit_key(j, "cut");
        json_bool(j, true);
        json_object_end(j);
    }
    out_release(&bytes);
}

/* A decimal number, or false. */
static bool decimal(struct part at, bool *negative, uint64_t *value)
{
    const char *p = at.p;

    *value = 0;
    *negative = p < at.end && *p == '-';
    p += *negative;
    if (p == at.end || at.end - p > 19 || (*p == '0' && at.end - p > 1)) {
        return false;
    }
    for (; p < at.end; p++) {
        if (*p < '0' || *p > '9') {
            return false;
        }
        *value = *value * 10 + (uint64_t)(*p - '0');
    }
    return *value <= INT64_MAX;
}

static void put_word(struct json *j, struct part at)
{
    bool negative;
    uint64_t value;

    if (decimal(at, &negative, &value)) {
        json_i64(j, negative ? -(int64_t)value : (int64_t)value);
    } else if (len_of(at) == 4 && memcmp(at.p, "NULL", 4) == 0) {
        json_null(j);
    } else {
        json_text(j, at.p, len_of(at));
    }
}

/* Without "(deleted)", which strace since 5.19 puts behind the path of a file. */
static bool cut_deleted(struct part *at)
{
    static const char mark[] = ">(deleted)";
    size_t len = sizeof(mark) - 1;

    if (len_of(*at) < len || memcmp(at->end - len, mark, len) != 0) {
        return false;
    }
    at->end -= len - 1;
    return true;
}

/* 3</etc/passwd>: the number and what strace says of it. */
static bool put_noted(struct json *j, struct part at)
{
    bool deleted = cut_deleted(&at);
    const char *angle = memchr(at.p, '<', len_of(at));
    struct part word = {at.p, angle};
    struct part note;

    if (angle == NULL || angle == at.p || at.end[-1] != '>' || at.end - angle < 2) {
        return false;
    }
    note = (struct part){angle + 1, at.end - 1};
    for (const char *p = word.p; p < word.end; p++) {
        if (!is_word(*p) && *p != '-') {
            return false;
        }
    }
    json_object(j);
    json_lit_key(j, "value");
    put_word(j, word);
    json_lit_key(j, "note");
    json_text(j, note.p, len_of(note));
    if (deleted) {
        json_lit_key(j, "deleted");
        json_bool(j, true);
    }
    json_object_end(j);
    return true;
}

/* 0x7ffc /. 41 vars ./: value and comment. */
static bool put_commented(struct json *j, struct part at, unsigned depth)
{
    const char *mark = memmem(at.p, len_of(at), " /* ", 4);
    struct part value = {at.p, mark};

    if (mark == NULL || len_of(at) < 8 || memcmp(at.end - 3, " */", 3) != 0 || *at.p == '"' ||
        *at.p == '{' || *at.p == '[') {
        return false;
    }
    json_object(j);
    json_lit_key(j, "value");
    put_value(j, trim(value), depth + 1);
    json_lit_key(j, "comment");
    json_text(j, mark + 4, at.end - 3 > mark + 4 ? (size_t)(at.end - 3 - mark - 4) : 0);
    json_object_end(j);
    return true;
}

/* ------------------------------------------------------------------ structs and arrays */

/* The name of a field, or an empty part: name=value */
static struct part field_name(struct part at)
{
    const char *p = at.p;

    while (p < at.end && is_word(*p)) {
        p++;
    }
    return (struct part){at.p, p > at.p && p < at.end && *p == '=' && p + 1 < at.end &&
                                       p[1] != '=' && p[1] != '>'
                                   ? p
                                   : at.p};
}

/* What stands behind the name of a field, if it has one. */
static struct part field_value(struct part at)
{
    struct part name = field_name(at);

    at.p = len_of(name) > 0 ? name.end + 1 : at.p;
    return trim(at);
}

static struct part next_element(struct part *list, const char *separators)
{
    struct part at = {list->p, find(*list, separators)};

    list->p = at.end < list->end ? at.end + 1 : list->end;
    return trim(at);
}

/* Has the struct a field of this name before this one? */
static bool is_double(struct part list, const char *until, struct part name)
{
    unsigned n = 0;

    while (list.p < until && n++ < FIELDS_MAX) {
        struct part other = field_name(next_element(&list, ","));

        if (other.p < name.p && len_of(other) == len_of(name) &&
            memcmp(other.p, name.p, len_of(name)) == 0) {
            return true;
        }
    }
    return n > FIELDS_MAX;
}

/* Fields without a name, and second ones of a name, are called by their place. */
static void put_field(struct json *j, struct part list, struct part at, unsigned place,
                      unsigned depth)
{
    struct part name = field_name(at);
    char key[80];
    size_t n = len_of(name);

    if (n == 0 || n > 64 || *name.p == '_' || is_double(list, at.p, name)) {
        key[0] = '_';
        n = 1;
        for (unsigned i = 1000000; i > 0; i /= 10) {
            if (place >= i || i == 1) {
                key[n++] = (char)('0' + place / i % 10);
            }
        }
    } else {
        memcpy(key, name.p, n);
    }
    key[n] = '\0';
    json_key(j, key);
    put_value(j, field_value(at), depth + 1);
}

static void put_struct(struct json *j, struct part inside, unsigned depth)
{
    struct part list = inside;

    json_object(j);
    for (unsigned place = 0; list.p < list.end; place++) {
        struct part at = next_element(&list, ",");

        if (len_of(at) > 0) {
            put_field(j, inside, at, place, depth);
        }
    }
    json_object_end(j);
}

static void put_elements(struct json *j, struct part inside, const char *separators, unsigned depth)
{
    json_array(j);
    while (inside.p < inside.end) {
        struct part at = next_element(&inside, separators);

        if (len_of(at) > 0) {
            put_value(j, at, depth + 1);
        }
    }
    json_array_end(j);
}

static void put_array(struct json *j, struct part inside, unsigned depth)
{
    /* bit sets have blanks between their words */
    const char *separators = find(inside, ",") == inside.end &&
                                     memmem(inside.p, len_of(inside), " =", 2) == NULL &&
                                     memmem(inside.p, len_of(inside), "/*", 2) == NULL
                                 ? " "
                                 : ",";

    put_elements(j, inside, separators, depth);
}

/* before => after */
static bool put_change(struct json *j, struct part at, unsigned depth)
{
    struct part rest = at;

    while (rest.p < at.end) {
        const char *eq = find(rest, "=");

        if (eq + 1 < at.end && eq[1] == '>') {
            json_object(j);
            json_lit_key(j, "before");
            put_value(j, trim((struct part){at.p, eq}), depth + 1);
            json_lit_key(j, "after");
            put_value(j, trim((struct part){eq + 2, at.end}), depth + 1);
            json_object_end(j);
            return true;
        }
        rest.p = eq < at.end ? eq + 1 : at.end;
    }
    return false;
}

static bool closes(struct part at, char close)
{
    const char bytes[2] = {close, '\0'};

    return len_of(at) >= 2 && at.end[-1] == close &&
           find((struct part){at.p + 1, at.end}, bytes) == at.end - 1;
}

static void put_value(struct json *j, struct part at, unsigned depth)
{
    struct part inside;

    if (len_of(at) == 0 || depth > DEPTH_MAX) {
        json_text(j, at.p, len_of(at));
        return;
    }
    inside = (struct part){at.p + 1, at.end - 1};
    if (*at.p == '"' && (string_end(at.p, at.end) == at.end ||
                         (at.end - string_end(at.p, at.end) == 3 && at.end[-1] == '.'))) {
        put_string(j, at);
    } else if (*at.p == '{' && closes(at, '}')) {
        put_struct(j, inside, depth);
    } else if (*at.p == '[' && closes(at, ']')) {
        put_array(j, inside, depth);
    } else if (*at.p == '~' && starts((struct part){at.p + 1, at.end}, "[")) {
        json_object(j);
        json_lit_key(j, "all_but");
        put_value(j, (struct part){at.p + 1, at.end}, depth + 1);
        json_object_end(j);
    } else if (!put_change(j, at, depth) && !put_commented(j, at, depth) && !put_noted(j, at)) {
        put_word(j, at);
    }
}

/* ------------------------------------------------------------------ the line */

/* Arguments. Those of clone() have names, with strace -N all have: these stand beside them. */
static void put_args(struct json *j, struct part args)
{
    bool named = false;

    json_lit_key(j, "args");
    json_array(j);
    for (struct part list = args; list.p < list.end;) {
        struct part at = next_element(&list, ",");

        if (len_of(at) > 0) {
            named = named || len_of(field_name(at)) > 0;
            put_value(j, field_value(at), 1);
        }
    }
    json_array_end(j);
    if (!named) {
        return;
    }
    json_lit_key(j, "names");
    json_array(j);
    for (struct part list = args; list.p < list.end;) {
        struct part at = next_element(&list, ",");

        if (len_of(at) > 0) {
            json_text(j, field_name(at).p, len_of(field_name(at)));
        }
    }
    json_array_end(j);
}

/* Entries of getdents(): [{d_ino=5, ..., d_type=DT_REG, d_name="a"}] */
static void put_entries(struct json *j, struct part args)
{
    static const struct {
        const char *field, *key;
    } rows[] = {{"d_ino", "ino"}, {"d_type", "type"}, {"d_name", "name"}};
    struct part at;

    (void)next_element(&args, ",");
    at = field_value(next_element(&args, ","));
    if ((!starts(at, "[{") && !starts(at, "[]")) || !closes(at, ']')) {
        return;
    }
    json_lit_key(j, "entries");
    json_array(j);
    for (struct part list = {at.p + 1, at.end - 1}; list.p < list.end;) {
        struct part entry = next_element(&list, ",");
        bool done[3] = {false};

        if (!starts(entry, "{") || !closes(entry, '}')) {
            continue; /* the dots where strace left some out */
        }
        json_object(j);
        for (struct part fields = {entry.p + 1, entry.end - 1}; fields.p < fields.end;) {
            struct part field = next_element(&fields, ",");
            struct part name = field_name(field);

            for (size_t i = 0; i < 3; i++) {
                if (!done[i] && len_of(name) == strlen(rows[i].field) &&
                    starts(name, rows[i].field)) {
                    done[i] = true;
                    json_key(j, rows[i].key);
                    put_value(j, field_value(field), 1);
                }
            }
        }
        json_object_end(j);
    }
    json_array_end(j);
}

/* "= -1 ENOENT (No such file or directory) <0.000012>" */
static void put_result(struct json *j, struct part at)
{
    struct part word = {at.p, at.p};
    struct part error;

    while (word.end < at.end && *word.end != ' ') {
        word.end = *word.end == '<' && word.end > at.p ? note_end(word.end, at.end) : word.end + 1;
    }
    json_lit_key(j, "result");
    put_value(j, word, 1);
    error = trim((struct part){word.end, at.end});
    if (len_of(error) > 1 && error.p[0] == 'E') {
        const char *blank = memchr(error.p, ' ', len_of(error));

        json_lit_key(j, "error");
        json_text(j, error.p, blank != NULL ? (size_t)(blank - error.p) : len_of(error));
        error.p = blank != NULL ? blank : error.end;
        error = trim(error);
    }
    if (len_of(error) > 0 && error.end[-1] == '>') {
        const char *angle = memrchr(error.p, '<', len_of(error));

        error.end = angle != NULL ? angle : error.end; /* the duration is in the times */
        error = trim(error);
    }
    if (len_of(error) > 0) {
        json_lit_key(j, "rest");
        json_text(j, error.p, len_of(error));
    }
}

static bool put_signal(struct json *j, struct part at)
{
    struct part name = {at.p + 4, at.p + 4};

    if (!starts(at, "--- SIG") || len_of(at) < 12 || memcmp(at.end - 4, " ---", 4) != 0) {
        return false;
    }
    while (name.end < at.end && is_word(*name.end)) {
        name.end++;
    }
    json_lit_key(j, "trace");
    json_object(j);
    json_lit_key(j, "signal");
    json_text(j, name.p, len_of(name));
    json_lit_key(j, "info");
    put_value(j, trim((struct part){name.end, at.end - 4 > name.end ? at.end - 4 : name.end}), 1);
    json_object_end(j);
    return true;
}

void json_trace(struct json *j, const void *text, size_t len)
{
    struct part at = trim((struct part){text, (const char *)text + len});
    struct part name = {at.p, at.p};
    struct part args;
    struct part result;

    if (put_signal(j, at)) {
        return;
    }
    while (name.end < at.end && is_word(*name.end)) {
        name.end++;
    }
    if (len_of(name) == 0 || name.end == at.end || *name.end != '(') {
        return;
    }
    args = (struct part){name.end + 1, at.end};
    args.end = find(args, ")");
    result = trim((struct part){args.end < at.end ? args.end + 1 : at.end, at.end});
    if (!starts(result, "= ")) {
        return;
    }
    json_lit_key(j, "trace");
    json_object(j);
    json_lit_key(j, "call");
    json_text(j, name.p, len_of(name));
    put_args(j, args);
    put_result(j, trim((struct part){result.p + 2, result.end}));
    json_object_end(j);
    if (starts(name, "getdents")) {
        put_entries(j, args);
    }
}
