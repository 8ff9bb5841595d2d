/* SPDX-License-Identifier: Apache-2.0 */
/*
 * str.c - a text is { u32 owners, u32 length, bytes, NUL } in the pool of its size class; its
 * number is the number in the pool and the class in the low 4 bits. What is larger than the largest
 * class stands behind a pointer.
 */
#include "state/str.h"

#include "state/map.h"

#include <string.h>

#define MAX_ID  (UINT32_MAX >> STR_CLASS_BITS)
#define LARGE   (STR_CLASSES - 1)
#define MAX_STR ((size_t)1 << 26)

/* Bytes of an item, header and NUL included. */
static const uint16_t sizes[STR_CLASSES] = {
    16, 24, 32, 40, 48, 64, 80, 96, 128, 192, 256, 512, 1024, 2048, 4112, sizeof(struct str_large)};

void strs_init(struct strs *t, struct budget *b)
{
    *t = (struct strs){.budget = b, .seed = (uint64_t)(uintptr_t)t * UINT64_C(0x9E3779B97F4A7C15)};
    for (uint32_t i = 0; i < STR_CLASSES; i++) {
        pool_init(&t->pools[i], b, sizes[i]);
    }
}

void strs_release(struct strs *t)
{
    struct pool *large = &t->pools[LARGE];

    for (uint32_t i = 1; i <= large->used; i++) {
        struct str_large *s = pool_at(large, i);

        if (s->bytes != NULL) {
            (void)budget_resize(t->budget, s->bytes, (size_t)str_len(&s->head) + 1, 0);
        }
    }
    for (uint32_t i = 0; i < STR_CLASSES; i++) {
        pool_release(&t->pools[i]);
    }
    (void)budget_resize(t->budget, t->slots, t->n_slots * sizeof(*t->slots), 0);
    strs_init(t, t->budget);
}

/* Fewer than eight bytes as a number, different for all that are as many. */
static inline uint64_t last_bytes(const uint8_t *p, size_t len)
{
    uint32_t first;
    uint32_t last;

    if (len >= 4) { /* two reads that overlap */
        memcpy(&first, p, 4);
        memcpy(&last, p + len - 4, 4);
        return first | (uint64_t)last << 32;
    }
    return len > 0 ? p[0] | (uint64_t)p[len / 2] << 8 | (uint64_t)p[len - 1] << 16 : 0;
}

/* Eight bytes at a time; the length goes in first, so that padding the rest is harmless. */
static uint32_t hash(const struct strs *t, const uint8_t *p, size_t len)
{
    uint64_t h = t->seed ^ len;

    for (; len >= 8; p += 8, len -= 8) {
        uint64_t word;

        memcpy(&word, p, 8);
        h = (h ^ word) * UINT64_C(0x9E3779B97F4A7C15);
        h ^= h >> 29;
    }
    return (uint32_t)map_mix(h ^ last_bytes(p, len));
}

/* The slot of the text with these bytes, or the free one where it belongs. */
static uint32_t find_slot(const struct strs *t, const void *bytes, size_t len)
{
    uint32_t mask = t->n_slots - 1;
    uint32_t i = hash(t, bytes, len) & mask;

    while (t->slots[i] != 0) {
        const struct str_text *s = str_item(t, t->slots[i]);

        if (str_len(s) == len && memcmp(str_place(t, t->slots[i]), bytes, len) == 0) {
            break;
        }
        i = (i + 1) & mask;
    }
    return i;
}

static uint32_t home_of(const struct strs *t, uint32_t text)
{
    return hash(t, str_place(t, text), str_len(str_item(t, text))) & (t->n_slots - 1);
}

static bool grow_slots(struct strs *t)
{
    uint32_t *old = t->slots;
    uint32_t old_n = t->n_slots;
    uint32_t n = old_n == 0 ? 256 : old_n * 2;
    uint32_t *slots = n < old_n ? NULL : budget_resize(t->budget, NULL, 0, n * sizeof(*slots));

    if (slots == NULL) {
        return false;
    }
    memset(slots, 0, n * sizeof(*slots));
    t->slots = slots;
    t->n_slots = n;
    for (uint32_t i = 0; i < old_n; i++) {
        if (old[i] != 0) {
            uint32_t at = home_of(t, old[i]);

            while (slots[at] != 0) {
                at = (at + 1) & (n - 1);
            }
            slots[at] = old[i];
        }
    }
    (void)budget_resize(t->budget, old, old_n * sizeof(*old), 0);
    return true;
}

/* The smallest class with room for len bytes and a NUL; by eights of bytes for those up to 128. */
static uint32_t class_for(size_t len)
{
    static const uint8_t small[] = {0, 0, 0, 1, 2, 3, 4, 5, 5, 6, 6, 7, 7, 8, 8, 8, 8};
    size_t size = STR_HEAD + len + 1;
    uint32_t class = 9;

    if (size <= 128) {
        return small[(size + 7) / 8];
    }
    while (class < LARGE && sizes[class] < size) {
        class ++;
    }
    return class;
}

/* An item with room for len bytes and a NUL, of one owner. */
static uint32_t make(struct strs *t, size_t len, uint32_t flags)
{
    uint32_t class = class_for(len);
    uint32_t id;
    struct str_text *s;

    id = len > MAX_STR ? 0 : pool_take(&t->pools[class]);
    if (id == 0) {
        return 0;
    }
    s = pool_at(&t->pools[class], id);
    if (class == LARGE) {
        ((struct str_large *)s)->bytes = budget_resize(t->budget, NULL, 0, len + 1);
    }
    if (id > MAX_ID || (class == LARGE && ((struct str_large *)s)->bytes == NULL)) {
        pool_give(&t->pools[class], id);
        return 0;
    }
    s->owners = 1;
    s->len = (uint32_t)len | flags;
    str_place(t, id << STR_CLASS_BITS | class)[len] = '\0';
    return id << STR_CLASS_BITS | class;
}

uint32_t str_put(struct strs *t, const void *bytes, size_t len)
{
    uint32_t slot;
    uint32_t text;

    if (t->live >= t->n_slots / 4 * 3 && !grow_slots(t)) {
        return 0;
    }
    slot = find_slot(t, bytes, len);
    if (t->slots[slot] != 0) {
        return str_keep(t, t->slots[slot]);
    }
    text = make(t, len, 0);
    if (text != 0) {
        if (len > 0) {
            memcpy(str_place(t, text), bytes, len);
        }
        t->slots[slot] = text;
        t->live++;
    }
    return text;
}

uint32_t str_find(const struct strs *t, const void *bytes, size_t len)
{
    return t->live > 0 ? t->slots[find_slot(t, bytes, len)] : 0;
}

/* Take a text out of the index and move up what could not be placed nearer to its home. */
static void forget(struct strs *t, uint32_t text)
{
    uint32_t mask = t->n_slots - 1;
    uint32_t gap = home_of(t, text);

    while (t->slots[gap] != text) {
        gap = (gap + 1) & mask;
    }
    for (uint32_t i = (gap + 1) & mask; t->slots[i] != 0; i = (i + 1) & mask) {
        if (((i - home_of(t, t->slots[i])) & mask) >= ((i - gap) & mask)) {
            t->slots[gap] = t->slots[i];
            gap = i;
        }
    }
    t->slots[gap] = 0;
    t->live--;
}

/* Its room is for others now. */
static void give_up(struct strs *t, uint32_t text)
{
    uint32_t class = text & (STR_CLASSES - 1);
    struct str_text *s = str_item(t, text);

    if ((s->len & STR_BLOB) == 0) {
        forget(t, text);
    }
    if (class == LARGE) {
        (void)budget_resize(t->budget, ((struct str_large *)s)->bytes, (size_t)str_len(s) + 1, 0);
        ((struct str_large *)s)->bytes = NULL;
    }
    pool_give(&t->pools[class], text >> STR_CLASS_BITS);
}

void str_rest(struct strs *t, uint32_t text)
{
    uint32_t *place = &t->resting[t->rested % STR_RESTING];
    struct str_text *s = str_item(t, text);
    struct str_text *first = *place != 0 ? str_item(t, *place) : NULL;

    if ((s->len & STR_BLOB) != 0 || (text & (STR_CLASSES - 1)) == LARGE) {
        give_up(t, text);
        return;
    }
    if ((s->len & STR_RESTS) != 0) {
        return;
    }
    if (first != NULL) { /* rested longest */
        first->len &= ~STR_RESTS;
        if (first->owners == 0) {
            give_up(t, *place);
        }
    }
    s->len |= STR_RESTS;
    *place = text;
    t->rested++;
}

uint32_t str_blob(struct strs *t, size_t len)
{
    return make(t, len, STR_BLOB);
}

uint8_t *str_room(const struct strs *t, uint32_t blob, size_t *room)
{
    uint32_t class = blob & (STR_CLASSES - 1);
    struct str_text *s = str_item(t, blob);

    if (class == LARGE) {
        *room = str_len(s);
        return ((struct str_large *)s)->bytes;
    }
    *room = sizes[class] - STR_HEAD - 1;
    return (uint8_t *)s + STR_HEAD;
}
