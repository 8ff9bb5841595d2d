/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_procmon.c - what Process Monitor (Windows) wrote of an event, from the comment it carries,
 * as typed fields.
 *
 *     Procmon event 17
 *     PID: 932
 *     Detail: Offset: 0, Length: 1,024
 *     Frame: 0<tab>0xfffff80623a1<tab>C:\x.sys<tab>x.sys + 0x1
 *
 * A blank behind a line break inside a value belongs to the form, and so do LF and ";" behind a CR.
 * The keys of a detail are known by its operation.
 */
#include <string.h>

#include "render/json.h"

#define NAME_MAX_LEN 256u

/* A part of the comment. */
struct part {
    const char *p;
    size_t len;
};

/* ------------------------------------------------------------------ lines */

static bool is(struct part at, const char *word)
{
    return at.len == strlen(word) && memcmp(at.p, word, at.len) == 0;
}

/* Does the value go on behind the line break? */
static bool goes_on(struct part value, size_t lf)
{
    return lf + 1 < value.len && (value.p[lf + 1] == ' ' ||
                                  (value.p[lf + 1] == ';' && lf > 0 && value.p[lf - 1] == '\r'));
}

/* The next line with those that go on with it, without the line break. */
static bool next_line(struct part *rest, struct part *line)
{
    size_t at = 0;

    if (rest->len == 0) {
        return false;
    }
    for (;;) {
        const char *lf = memchr(rest->p + at, '\n', rest->len - at);

        at = lf != NULL ? (size_t)(lf - rest->p) : rest->len;
        if (lf == NULL || !goes_on(*rest, at)) {
            break;
        }
        at += 2;
    }
    *line = (struct part){rest->p, at};
    at += at < rest->len;
    rest->p += at;
    rest->len -= at;
    return true;
}

/* "Name: value" */
static bool split(struct part line, struct part *name, struct part *value)
{
    const char *colon = memmem(line.p, line.len, ": ", 2);

    if (colon == NULL) {
        return false;
    }
    *name = (struct part){line.p, (size_t)(colon - line.p)};
    *value = (struct part){colon + 2, line.len - name->len - 2};
    return true;
}

/* A value without what marks its lines. */
static void put_text(struct json *j, struct part value)
{
    struct out bytes;

    if (memchr(value.p, '\n', value.len) == NULL) {
        json_text(j, value.p, value.len);
        return;
    }
    out_init(&bytes, j->out->alloc, false);
    for (size_t i = 0; i < value.len; i++) {
        bool mark = value.p[i] == '\n' && goes_on(value, i);

        if (!mark || value.p[i + 1] == ' ') {
            out_u8(&bytes, (uint8_t)value.p[i]);
        }
        i += mark;
    }
    if (out_status(&bytes) != SCAPF_OK) {
        j->out->status = out_status(&bytes);
    } else {
        json_text(j, bytes.len > 0 ? (const void *)bytes.bytes : "", bytes.len);
    }
    out_release(&bytes);
}

/* A decimal number as it stands, or with commas or no-break spaces between thousands. */
static bool number(struct part at, bool thousands, int64_t *value)
{
    bool negative = at.len > 1 && at.p[0] == '-';
    size_t i = negative;
    unsigned digits = 0; /* since the last separator */
    bool separated = false;
    uint64_t v = 0;

    if (at.len == i || at.len > 24 || (at.p[i] == '0' && at.len > i + 1)) {
        return false;
    }
    for (; i < at.len; i++) {
        bool nbsp = i + 1 < at.len && at.p[i] == '\xC2' && at.p[i + 1] == '\xA0';

        if (at.p[i] >= '0' && at.p[i] <= '9' && v < UINT64_MAX / 100) {
            v = v * 10 + (uint64_t)(at.p[i] - '0');
            digits++;
        } else if (thousands && (at.p[i] == ',' || nbsp) && digits > 0 &&
                   (separated ? digits == 3 : digits <= 3)) {
            separated = true;
            digits = 0;
            i += nbsp;
        } else {
            return false;
        }
    }
    *value = negative ? -(int64_t)v : (int64_t)v;
    return v <= INT64_MAX && digits > 0 && (!separated || digits == 3);
}

static void put_key(struct json *j, struct part name)
{
    char key[NAME_MAX_LEN + 1];
    size_t n = name.len < NAME_MAX_LEN ? name.len : NAME_MAX_LEN;

    memcpy(key, name.p, n);
    key[n] = '\0';
    json_key(j, key);
}

/* ------------------------------------------------------------------ columns */

static void put_column(struct json *j, struct part name, struct part value)
{
    static const char *const numbers[] = {
        "ProcessIndex",      "PID", "TID", "Parent_PID", "Session", "ProcessId", "ParentProcessId",
        "ParentProcessIndex"};
    int64_t v;

    put_key(j, name);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (is(name, numbers[i]) && number(value, false, &v)) {
            json_i64(j, v);
            return;
        }
    }
    put_text(j, value);
}

/* Has a line before this one the same name? JSON has no room for two. */
static bool is_double(struct part all, const char *until, struct part name)
{
    struct part line;
    struct part other;
    struct part value;

    while (next_line(&all, &line) && line.p < until) {
        if (split(line, &other, &value) && other.len == name.len &&
            memcmp(other.p, name.p, name.len) == 0) {
            return true;
        }
    }
    return false;
}

static void put_columns(struct json *j, struct part rest)
{
    struct part all = rest;
    struct part line;
    struct part name;
    struct part value;
    unsigned n = 0;

    json_lit_key(j, "columns");
    json_object(j);
    while (next_line(&rest, &line)) {
        if (!split(line, &name, &value) || is(name, "Frame") || is(name, "Module") || n++ > 200) {
            continue;
        }
        if (is_double(all, line.p, name)) {
            char key[NAME_MAX_LEN + 1];

            name.len = name.len < NAME_MAX_LEN - 8 ? name.len : NAME_MAX_LEN - 8;
            memcpy(key, name.p, name.len);
            key[name.len] = '_'; /* and its place, below 201 */
            key[name.len + 1] = (char)('0' + n / 100);
            key[name.len + 2] = (char)('0' + n / 10 % 10);
            key[name.len + 3] = (char)('0' + n % 10);
            name = (struct part){key, name.len + 4};
            put_column(j, name, value);
            continue;
        }
        put_column(j, name, value);
    }
    json_object_end(j);
}

/* Lines of tab-separated leaves as objects. */
static void put_groups(struct json *j, struct part rest, const char *word, const char *array,
                       const char *const *names, size_t n_names)
{
    struct part line;
    struct part name;
    struct part value;
    bool any = false;

    while (next_line(&rest, &line)) {
        if (!split(line, &name, &value) || !is(name, word)) {
            continue;
        }
        if (!any) {
            json_key(j, array);
            json_array(j);
            any = true;
        }
        json_object(j);
        for (size_t i = 0; i < n_names; i++) {
            const char *tab = memchr(value.p, '\t', value.len);
            size_t n = tab != NULL && i + 1 < n_names ? (size_t)(tab - value.p) : value.len;

            json_key(j, names[i]);
            put_text(j, (struct part){value.p, n});
            n += n < value.len;
            value.p += n;
            value.len -= n;
        }
        json_object_end(j);
    }
    if (any) {
        json_array_end(j);
    }
}

/* ------------------------------------------------------------------ the detail */

static const struct scapf_pm_row *find_row(const struct scapf_schema *schema, struct part name)
{
    uint32_t low = 0;
    uint32_t high = schema->n_pm_rows;

    while (low < high) { /* rows ascend by name, then by code */
        uint32_t middle = low + (high - low) / 2;
        const char *other = schema->pm_rows[middle].operation;
        int order = strncmp(other, name.p, name.len);

        if (order == 0) {
            order = other[name.len] != '\0';
        }
        if (order == 0) {
            return &schema->pm_rows[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    for (uint32_t i = 0; i < schema->n_pm_rows; i++) {
        for (uint32_t k = 0; k < schema->pm_rows[i].n_also; k++) {
            if (is(name, schema->pm_rows[i].also[k])) {
                return &schema->pm_rows[i];
            }
        }
    }
    return NULL;
}

/* Length of a key of the row and the ": " behind it at p, or 0. */
static size_t key_at(const struct scapf_pm_row *row, struct part at, uint32_t *which)
{
    for (uint32_t i = 0; i < row->n_keys; i++) {
        size_t len = strlen(row->keys[i]);

        if (at.len > len && at.p[len] == ':' && memcmp(at.p, row->keys[i], len) == 0) {
            *which = i;
            return len + 1 + (at.len > len + 1 && at.p[len + 1] == ' ');
        }
    }
    return 0;
}

static void put_detail_value(struct json *j, const char *key, struct part value)
{
    bool text = strcmp(key, "Data") == 0 || strcmp(key, "Name") == 0 ||
                strcmp(key, "Command line") == 0 || strcmp(key, "Filter") == 0;
    int64_t v;

    if (!text && number(value, true, &v)) {
        json_i64(j, v);
    } else if (is(value, "True") || is(value, "False")) {
        json_bool(j, value.p[0] == 'T');
    } else {
        put_text(j, value);
    }
}

static void put_detail(struct json *j, const struct scapf_pm_row *row, struct part rest)
{
    uint64_t done = 0;
    uint32_t which = 0;
    size_t n = key_at(row, rest, &which);

    if (n == 0) {
        return;
    }
    json_lit_key(j, "detail");
    json_object(j);
    while (n > 0) {
        const char *key = row->keys[which];
        bool again = which < 64 && (done >> which & 1) != 0;
        size_t end = n;
        size_t next = 0;

        done |= which < 64 ? 1ULL << which : 0;
        for (;;) {
            const char *comma = memmem(rest.p + end, rest.len - end, ", ", 2);

            end = comma != NULL ? (size_t)(comma - rest.p) : rest.len;
            if (comma == NULL) {
                break;
            }
            next = key_at(row, (struct part){comma + 2, rest.len - end - 2}, &which);
            if (next > 0) {
                break;
            }
            end += 2;
        }
        if (!again) {
            json_key(j, key);
            put_detail_value(j, key, (struct part){rest.p + n, end - n});
        }
        end += end < rest.len ? 2 : 0;
        rest.p += end;
        rest.len -= end;
        n = next;
    }
    json_object_end(j);
}

static void find_detail(struct json *j, const struct scapf_schema *schema, struct part rest)
{
    const struct scapf_pm_row *row = NULL;
    struct part detail = {NULL, 0};
    struct part line;
    struct part name;
    struct part value;

    while (next_line(&rest, &line)) {
        if (!split(line, &name, &value)) {
            continue;
        }
        if (is(name, "Operation") && row == NULL) {
            row = find_row(schema, value);
        } else if (is(name, "Detail") && detail.p == NULL) {
            detail = value;
        }
    }
    if (row != NULL && detail.len > 0) {
        put_detail(j, row, detail);
    }
}

bool json_procmon(struct json *j, const struct scapf_schema *schema, const void *text, size_t len)
{
    static const char event[] = "Procmon event ";
    static const char process[] = "Procmon process";
    static const char *const frame[] = {"depth", "address", "path", "location"};
    static const char *const module[] = {"Timestamp", "BaseAddress", "Size",       "Path",
                                         "Version",   "Company",     "Description"};
    struct part rest = {text, len};
    struct part line;
    int64_t n;

    if (len < sizeof(event) || memcmp(text, event, 8) != 0 || !next_line(&rest, &line)) {
        return false;
    }
    if (is(line, process)) {
        json_lit_key(j, "procmon");
        json_object(j);
        put_columns(j, rest);
        put_groups(j, rest, "Module", "modules", module, sizeof(module) / sizeof(module[0]));
        json_object_end(j);
        return true;
    }
    if (line.len < sizeof(event) || memcmp(line.p, event, sizeof(event) - 1) != 0 ||
        !number((struct part){line.p + sizeof(event) - 1, line.len - sizeof(event) + 1}, false,
                &n)) {
        return false;
    }
    json_lit_key(j, "procmon");
    json_object(j);
    json_lit_key(j, "event");
    json_i64(j, n);
    put_columns(j, rest);
    find_detail(j, schema, rest);
    put_groups(j, rest, "Frame", "stack", frame, sizeof(frame) / sizeof(frame[0]));
    json_object_end(j);
    return true;
}
