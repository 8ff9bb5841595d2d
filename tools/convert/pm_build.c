/* SPDX-License-Identifier: Apache-2.0 */
#include "pm_build.h"
#include "pm_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *pm_resize(const struct scapf_alloc *alloc, void *p, size_t size)
{
    if (alloc != NULL) {
        return alloc->resize(alloc->ctx, p, size);
    }
    if (size == 0) {
        free(p);
        return NULL;
    }
    return realloc(p, size);
}

/* ------------------------------------------------------------------ fields */

void pm_build_release(struct pm_build *b)
{
    void *all[] = {b->buf, b->own.at, b->more.at};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (all[i] != NULL) {
            (void)pm_resize(b->alloc, all[i], 0);
        }
    }
    *b = (struct pm_build){.alloc = b->alloc};
}

/* Texts of the buffer go with it; those that are lent stay. */
static void move_texts(struct pm_fields *list, const struct pm_build *b, char *to)
{
    for (uint32_t i = 0; i < list->n; i++) {
        uintptr_t at = (uintptr_t)list->at[i].text.at - (uintptr_t)b->buf;

        if (b->buf != NULL && at <= b->len) {
            list->at[i].text.at = to + at;
        }
    }
}

static bool grow_buffer(struct pm_build *b, size_t len)
{
    size_t cap = b->cap < 4096 ? 8192 : b->cap * 2;
    char *buf;

    if (len > PM_RECORD_MAX - b->len) {
        b->too_long = true;
        return false;
    }
    while (cap - b->len <= len) {
        cap *= 2;
    }
    buf = pm_resize(b->alloc, NULL, cap);
    if (buf == NULL) {
        b->no_memory = true;
        return false;
    }
    move_texts(&b->own, b, buf);
    move_texts(&b->more, b, buf);
    if (b->buf != NULL) {
        memcpy(buf, b->buf, b->len);
        (void)pm_resize(b->alloc, b->buf, 0);
    }
    b->buf = buf;
    b->cap = cap;
    return true;
}

static bool grow_fields(struct pm_build *b, struct pm_fields *list, uint32_t cap)
{
    struct pm_field *at =
        cap <= PM_RECORD_MAX / 8 ? pm_resize(b->alloc, list->at, cap * sizeof(*at)) : NULL;

    if (at == NULL) {
        b->no_memory = true;
        return false;
    }
    list->at = at;
    list->cap = cap;
    return true;
}

void pm_build_reset(struct pm_build *b)
{
    b->len = 0;
    b->end = 0;
    b->own.n = 0;
    b->more.n = 0;
    b->too_long = false;
    memset(b->col, 0, sizeof(b->col));
    if (b->own.at == NULL && grow_fields(b, &b->own, PM_FIELDS_MAX)) {
        (void)grow_buffer(b, 1);
    }
}

bool pm_build_more(struct pm_build *b)
{
    return grow_fields(b, &b->more, b->more.cap == 0 ? 64 : b->more.cap * 2);
}

char *pm_build_grow(struct pm_build *b, size_t len)
{
    if (b->end == b->len) {
        return NULL; /* there was no memory for the field */
    }
    if (len > PM_LEAF_MAX - b->open->text.len) {
        b->too_long = true;
        return NULL;
    }
    if (!grow_buffer(b, len)) {
        return NULL;
    }
    b->end = pm_build_end(b, b->len - b->open->text.len);
    return b->buf + b->len;
}

/* ------------------------------------------------------------------ names */

const struct pm_text pm_column_names[] = {
#define X(name, text) {text, sizeof(text) - 1},
    PM_COLUMNS(X)
#undef X
};

static char fold(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (char)(c - 'A' + 'a');
    }
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '_';
}

enum pm_column pm_column_find(const char *name, size_t len)
{
    for (int i = 0; i < PM_COLUMN_COUNT; i++) {
        size_t k = 0;

        while (k < len && k < pm_column_names[i].len &&
               fold(pm_column_names[i].at[k]) == fold(name[k])) {
            k++;
        }
        if (k == len && k == pm_column_names[i].len) {
            return (enum pm_column)i;
        }
    }
    return PM_COLUMN_COUNT;
}

bool pm_is_branch(struct pm_text name)
{
    static const char *const branches[] = {"procmon",    "processlist", "process",
                                           "modulelist", "module",      "eventlist",
                                           "event",      "stack",       "frame"};

    for (size_t i = 0; i < sizeof(branches) / sizeof(branches[0]); i++) {
        if (pm_is(name, branches[i])) {
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------ faults */

void pm_wrong(struct pm_fault *fault, enum pm_wrong wrong, uint64_t off, uint64_t line,
              const char *format, ...)
{
    char raw[sizeof(fault->text) + 8]; /* what is cut here has no room there anyway */
    va_list args;

    if (fault->wrong != PM_FINE) {
        return;
    }
    fault->wrong = wrong;
    fault->off = off;
    fault->line = line;
    va_start(args, format);
    (void)vsnprintf(raw, sizeof(raw), format, args);
    va_end(args);
    pm_readable(fault->text, sizeof(fault->text), (struct pm_text){raw, strlen(raw)});
}

void pm_fault_format(const struct pm_fault *fault, char *to, size_t size)
{
    static const char *const sentences[] = {
        [PM_FINE] = "nothing is wrong",
        [PM_SYSTEM] = "cannot be read",
        [PM_NO_MEMORY] = "no memory",
        [PM_NOT_PROCMON] = "this is no recording of Process Monitor",
        [PM_BAD_BYTE] = "a byte that is no text",
        [PM_BAD_XML] = "the XML is not well-formed",
        [PM_DOCTYPE] = "a document type is refused",
        [PM_TOO_DEEP] = "elements lie too deep in each other",
        [PM_TOO_LONG] = "a value is too long",
        [PM_STRUCTURE] = "an element stands where none may",
        [PM_CUT] = "the file ends too early",
        [PM_BAD_TIME] = "a time that cannot be read",
        [PM_BAD_COLUMN] = "a column is not as it should be",
        [PM_BAD_CSV] = "this is no row of a CSV export",
        [PM_BAD_PML] = "the PML file is damaged",
        [PM_STOPPED] = "stopped",
    };
    int n =
        snprintf(to, size, "%s%s%s%s", sentences[fault->wrong], fault->text[0] != '\0' ? " (" : "",
                 fault->text, fault->text[0] != '\0' ? ")" : "");

    if (n < 0 || (size_t)n >= size) {
        return;
    }
    n += snprintf(to + n, size - (size_t)n, ", byte %llu", (unsigned long long)fault->off);
    if (fault->line > 0 && (size_t)n < size) {
        n += snprintf(to + n, size - (size_t)n, ", line %llu", (unsigned long long)fault->line);
    }
    if (fault->event > 0 && (size_t)n < size) {
        (void)snprintf(to + n, size - (size_t)n, ", event %llu", (unsigned long long)fault->event);
    }
}
