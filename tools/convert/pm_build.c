/* SPDX-License-Identifier: Apache-2.0 */
#include "pm_build.h"

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

void pm_build_reset(struct pm_build *b)
{
    b->len = 0;
    b->own.n = 0;
    b->more.n = 0;
    b->too_long = false;
}

void pm_build_release(struct pm_build *b)
{
    void *all[] = {b->buf, b->own.parts, b->own.fields, b->more.parts, b->more.fields};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (all[i] != NULL) {
            (void)pm_resize(b->alloc, all[i], 0);
        }
    }
    *b = (struct pm_build){.alloc = b->alloc};
}

static bool append(struct pm_build *b, const char *text, size_t len)
{
    if (len > PM_RECORD_MAX - b->len) {
        b->too_long = true;
        return false;
    }
    if (len > b->cap - b->len) {
        size_t cap = b->cap < 4096 ? 8192 : b->cap * 2;
        char *p;

        while (cap - b->len < len) {
            cap *= 2;
        }
        p = pm_resize(b->alloc, b->buf, cap);
        if (p == NULL) {
            b->no_memory = true;
            return false;
        }
        b->buf = p;
        b->cap = cap;
    }
    if (len > 0) { /* an empty text may come before there is a buffer */
        memcpy(b->buf + b->len, text, len);
    }
    b->len += len;
    return true;
}

static bool grow(struct pm_build *b, struct pm_parts *list)
{
    uint32_t cap = list->cap == 0 ? 64 : list->cap * 2;
    struct pm_part *parts;
    struct pm_field *fields;

    if (list->n < list->cap) {
        return true;
    }
    parts =
        cap <= PM_RECORD_MAX / 8 ? pm_resize(b->alloc, list->parts, cap * sizeof(*parts)) : NULL;
    if (parts != NULL) {
        list->parts = parts;
    }
    fields = parts != NULL ? pm_resize(b->alloc, list->fields, cap * sizeof(*fields)) : NULL;
    if (fields == NULL) {
        b->no_memory = true;
        return false;
    }
    list->fields = fields;
    list->cap = cap;
    return true;
}

bool pm_build_field(struct pm_build *b, bool more, enum pm_column column, uint16_t group,
                    const char *name, size_t len)
{
    struct pm_parts *list = more ? &b->more : &b->own;
    size_t at = b->len;

    if (!more && list->n == PM_FIELDS_MAX) {
        b->too_long = true;
        return false;
    }
    if (len > 256 || !grow(b, list) || !append(b, name, len)) {
        b->too_long = b->too_long || len > 256;
        return false;
    }
    list->parts[list->n++] = (struct pm_part){.column = (uint8_t)column,
                                              .group = group,
                                              .name = at,
                                              .name_len = (uint32_t)len,
                                              .text = b->len};
    return true;
}

bool pm_build_text(struct pm_build *b, bool more, const char *text, size_t len)
{
    struct pm_parts *list = more ? &b->more : &b->own;
    struct pm_part *part;

    if (list->n == 0) {
        return false; /* there was no memory for the field */
    }
    part = &list->parts[list->n - 1];
    if (len > PM_LEAF_MAX - part->text_len) {
        b->too_long = true;
        return false;
    }
    part->text_len += (uint32_t)len;
    return append(b, text, len);
}

const struct pm_field *pm_build_fields(struct pm_build *b, bool more)
{
    struct pm_parts *list = more ? &b->more : &b->own;

    for (uint32_t i = 0; i < list->n; i++) {
        const struct pm_part *part = &list->parts[i];

        list->fields[i] = (struct pm_field){
            .column = part->column,
            .group = part->group,
            .name = {b->buf + part->name, part->name_len},
            .text = {b->buf + part->text, part->text_len},
        };
    }
    return list->fields;
}

void pm_build_event(struct pm_build *b, struct pm_event *event)
{
    event->fields = pm_build_fields(b, false);
    event->n_fields = b->own.n;
    event->frames = pm_build_fields(b, true);
    event->n_frames = b->more.n;
    memset(event->col, 0, sizeof(event->col));
    for (uint32_t i = 0; i < event->n_fields; i++) {
        const struct pm_field *field = &event->fields[i];

        if (field->column < PM_COLUMN_COUNT && event->col[field->column].at == NULL) {
            event->col[field->column] = field->text;
        }
    }
}

/* ------------------------------------------------------------------ names */

static const char *const names[] = {
#define X(name, text) text,
    PM_COLUMNS(X)
#undef X
};

const char *pm_column_name(enum pm_column column)
{
    return column < PM_COLUMN_COUNT ? names[column] : "";
}

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

        while (k < len && names[i][k] != '\0' && fold(names[i][k]) == fold(name[k])) {
            k++;
        }
        if (k == len && names[i][k] == '\0') {
            return (enum pm_column)i;
        }
    }
    return PM_COLUMN_COUNT;
}

/* ------------------------------------------------------------------ faults */

void pm_wrong(struct pm_fault *fault, enum pm_wrong wrong, uint64_t off, uint64_t line,
              const char *format, ...)
{
    va_list args;

    if (fault->wrong != PM_FINE) {
        return;
    }
    fault->wrong = wrong;
    fault->off = off;
    fault->line = line;
    va_start(args, format);
    (void)vsnprintf(fault->text, sizeof(fault->text), format, args);
    va_end(args);
    for (char *p = fault->text; *p != '\0'; p++) {
        *p = (unsigned char)*p < ' ' || (unsigned char)*p == 0x7F ? ' ' : *p;
    }
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
