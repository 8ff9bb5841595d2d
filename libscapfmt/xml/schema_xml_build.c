/* SPDX-License-Identifier: Apache-2.0 */
#include "xml/schema_xml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* After this many faults the rest is noise. */
#define FAULT_LIMIT 50

/* ------------------------------------------------------------------ arena */

struct arena_chunk {
    struct arena_chunk *next;
    max_align_t bytes[];
};

#define CHUNK_MIN 65536

void *arena_get(struct arena *arena, size_t n, size_t size)
{
    size_t total;
    size_t whole;
    void *p;

    if (__builtin_mul_overflow(n, size, &total) ||
        __builtin_add_overflow(total, sizeof(max_align_t) - 1, &whole)) {
        return NULL;
    }
    whole -= whole % sizeof(max_align_t);
    if (whole > arena->left || arena->at == NULL) {
        size_t room = whole > CHUNK_MIN ? whole : CHUNK_MIN;
        struct arena_chunk *chunk =
            room > SIZE_MAX / 2 ? NULL
                                : mem_zalloc(arena->alloc, sizeof(struct arena_chunk) + room);

        if (chunk == NULL) {
            return NULL;
        }
        chunk->next = arena->chunks;
        arena->chunks = chunk;
        arena->at = (uint8_t *)chunk->bytes;
        arena->left = room;
    }
    p = arena->at;
    arena->at += whole;
    arena->left -= whole;
    return p;
}

void arena_release(struct arena *arena)
{
    while (arena->chunks != NULL) {
        struct arena_chunk *next = arena->chunks->next;

        mem_free(arena->alloc, arena->chunks);
        arena->chunks = next;
    }
    arena->at = NULL;
    arena->left = 0;
}

static void *get(struct builder *b, struct arena *arena, size_t n, size_t size)
{
    void *p = arena_get(arena, n, size);

    if (p == NULL && b->status != SCAPF_E_NOMEM) {
        b->status = SCAPF_E_NOMEM;
    }
    return p;
}

void *keep(struct builder *b, size_t n, size_t size)
{
    return get(b, b->arena, n, size);
}

void *scratch(struct builder *b, size_t n, size_t size)
{
    return get(b, &b->scratch, n, size);
}

void *scratch_grow(struct builder *b, void *items, uint32_t n, uint32_t *cap, size_t size)
{
    uint32_t more;
    void *p;

    if (n < *cap) {
        return items;
    }
    more = *cap == 0 ? 16 : *cap * 2;
    p = scratch(b, more, size);
    if (p == NULL) {
        return NULL;
    }
    if (n > 0) {
        memcpy(p, items, (size_t)n * size);
    }
    *cap = more;
    return p;
}

char *keep_text(struct builder *b, const char *text)
{
    size_t n = strlen(text) + 1;
    char *p = keep(b, n, 1);

    if (p != NULL) {
        memcpy(p, text, n);
    }
    return p;
}

/* ------------------------------------------------------------------ faults */

void fault_at(struct builder *b, const char *file, unsigned line, const char *message)
{
    if (b->status == SCAPF_OK) {
        b->status = SCAPF_E_FORMAT;
    }
    b->n_faults++;
    if (b->report == NULL || b->n_faults > FAULT_LIMIT) {
        return;
    }
    b->report(b->ctx, file, line, message);
    if (b->n_faults == FAULT_LIMIT) {
        b->report(b->ctx, file, line, "too many faults; the rest is not looked at");
    }
}

void fault(struct builder *b, const xmlNode *node, const char *format, ...)
{
    char message[256];
    va_list args;
    long line = node != NULL ? xmlGetLineNo(node) : 0;

    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    fault_at(b, node != NULL ? (const char *)node->doc->URL : "schema",
             line > 0 ? (unsigned)line : 0, message);
}

bool is_over(const struct builder *b)
{
    return b->status == SCAPF_E_NOMEM || b->n_faults >= FAULT_LIMIT;
}

/* ------------------------------------------------------------------ keyed lists */

/* FNV-1a over the name, or a multiplicative hash of the number. */
static uint32_t key_hash(const char *name, uint64_t number)
{
    uint32_t h = 2166136261U;

    if (name == NULL) {
        return (uint32_t)(number * UINT64_C(0x9E3779B97F4A7C15) >> 32);
    }
    for (; *name != '\0'; name++) {
        h = (h ^ (uint8_t)*name) * 16777619U;
    }
    return h;
}

static bool key_is(const struct keyed *item, const char *name, uint64_t number)
{
    return name != NULL ? strcmp(item->name, name) == 0 : item->number == number;
}

/* The slot that holds the key, or the free one where it belongs. */
static uint32_t key_slot(const struct keys *keys, const char *name, uint64_t number)
{
    uint32_t i = key_hash(name, number) & (keys->n_slots - 1);

    while (keys->slots[i] != 0 && !key_is(&keys->items[keys->slots[i] - 1], name, number)) {
        i = (i + 1) & (keys->n_slots - 1);
    }
    return i;
}

struct keyed *keys_find(const struct keys *keys, const char *name, uint64_t number)
{
    uint32_t at;

    if (keys->n == 0) {
        return NULL;
    }
    at = keys->slots[key_slot(keys, name, number)];
    return at == 0 ? NULL : &keys->items[at - 1];
}

/* Make room for one more definition. At most half of the slots are taken. */
static bool keys_grow(struct builder *b, struct keys *keys)
{
    struct keyed *items = scratch_grow(b, keys->items, keys->n, &keys->cap, sizeof(struct keyed));
    uint32_t *slots;

    if (items == NULL) {
        return false;
    }
    keys->items = items;
    if (keys->n_slots >= keys->cap * 2) {
        return true;
    }
    slots = scratch(b, (size_t)keys->cap * 2, sizeof(uint32_t));
    if (slots == NULL) {
        return false;
    }
    keys->slots = slots;
    keys->n_slots = keys->cap * 2;
    for (uint32_t i = 0; i < keys->n; i++) {
        keys->slots[key_slot(keys, items[i].name, items[i].number)] = i + 1;
    }
    return true;
}

static void report_twice(struct builder *b, const char *what, const struct keyed *old,
                         const xmlNode *node)
{
    if (old->name != NULL) {
        fault(b, node, "%s \"%s\" is defined already at %s:%ld", what, old->name,
              (const char *)old->node->doc->URL, xmlGetLineNo(old->node));
    } else {
        fault(b, node, "%s %llu is defined already at %s:%ld", what,
              (unsigned long long)old->number, (const char *)old->node->doc->URL,
              xmlGetLineNo(old->node));
    }
}

struct keyed *keys_put(struct builder *b, struct keys *keys, const char *what, const xmlNode *node,
                       const char *name, uint64_t number)
{
    struct keyed *item = keys_find(keys, name, number);

    if (item == NULL) {
        if (!keys_grow(b, keys)) {
            return NULL;
        }
        item = &keys->items[keys->n];
        *item = (struct keyed){.name = name, .number = number};
        keys->slots[key_slot(keys, name, number)] = ++keys->n;
    } else if (item->node != NULL && node != NULL && (b->unique || item->input == b->input)) {
        report_twice(b, what, item, node);
    }
    item->node = node;
    item->input = node != NULL ? b->input : SCHEMA_NO_INPUT;
    return item;
}

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a;
    const struct keyed *y = b;

    if (x->name != NULL) {
        return strcmp(x->name, y->name);
    }
    return x->number < y->number ? -1 : x->number > y->number;
}

struct keyed *keys_sorted(struct builder *b, const struct keys *keys)
{
    struct keyed *sorted = scratch(b, keys->n, sizeof(struct keyed));

    if (sorted != NULL && keys->n > 0) {
        memcpy(sorted, keys->items, (size_t)keys->n * sizeof(struct keyed));
        qsort(sorted, keys->n, sizeof(struct keyed), by_key);
    }
    return sorted;
}

/* ------------------------------------------------------------------ elements and attributes */

char *attr(struct builder *b, const xmlNode *node, const char *name)
{
    xmlChar *value;
    char *text;

    if (xmlHasProp(node, (const xmlChar *)name) == NULL) {
        return NULL;
    }
    value = xmlGetNoNsProp(node, (const xmlChar *)name);
    if (value == NULL) {
        b->status = SCAPF_E_NOMEM;
        return NULL;
    }
    text = keep_text(b, (const char *)value);
    xmlFree(value);
    return text;
}

uint32_t attr_number(struct builder *b, const xmlNode *node, const char *name, uint32_t fallback,
                     uint32_t max)
{
    const char *text = attr(b, node, name);
    unsigned long long value;

    if (text == NULL) {
        return fallback;
    }
    /* The XSD lets decimal and 0x pass; decimal may have zeros in front, so base 0 is wrong. */
    value = strtoull(text, NULL, strncmp(text, "0x", 2) == 0 ? 16 : 10);
    if (value > max) {
        fault(b, node, "%s \"%s\" is above %lu", name, text, (unsigned long)max);
        return fallback;
    }
    return (uint32_t)value;
}

bool attr_yes(struct builder *b, const xmlNode *node, const char *name)
{
    const char *text = attr(b, node, name);

    return text != NULL && strcmp(text, "yes") == 0;
}

char *next_word(char **list)
{
    char *word = *list;
    char *end;

    if (word == NULL) {
        return NULL;
    }
    word += strspn(word, " \t\r\n");
    if (*word == '\0') {
        return NULL;
    }
    end = word + strcspn(word, " \t\r\n");
    *list = *end == '\0' ? end : end + 1;
    *end = '\0';
    return word;
}

static const xmlNode *this_or_next(const xmlNode *node, const xmlChar *name)
{
    while (node != NULL && (node->type != XML_ELEMENT_NODE || !xmlStrEqual(node->name, name))) {
        node = node->next;
    }
    return node;
}

const xmlNode *first_child(const xmlNode *node, const char *name)
{
    return this_or_next(node->children, (const xmlChar *)name);
}

const xmlNode *next_sibling(const xmlNode *node)
{
    return this_or_next(node->next, node->name);
}

uint32_t count_children(const xmlNode *node, const char *name)
{
    uint32_t n = 0;

    for (const xmlNode *c = first_child(node, name); c != NULL; c = next_sibling(c)) {
        n++;
    }
    return n;
}
