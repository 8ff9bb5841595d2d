/* SPDX-License-Identifier: Apache-2.0 */
#include "state/map.h"

#include "base/mem.h"

#include <string.h>

void map_init(struct map *m, const struct scapf_alloc *alloc, size_t item_size)
{
    /* The seed only has to be unknown to who made the file; results do not depend on it. */
    *m = (struct map){.alloc = alloc, .item_size = item_size};
    m->seed = (uint64_t)(uintptr_t)m * UINT64_C(0xD6E8FEB86659FD93);
}

void map_release(struct map *m)
{
    mem_free(m->alloc, m->items);
    mem_free(m->alloc, m->slots);
    mem_free(m->alloc, m->spare);
    map_init(m, m->alloc, m->item_size);
}

void map_clear(struct map *m)
{
    m->n = m->live = m->n_spare = 0;
    if (m->slots != NULL) {
        memset(m->slots, 0, m->n_slots * sizeof(*m->slots));
    }
}

static void *item_at(const struct map *m, uint32_t number)
{
    return m->items + (size_t)number * m->item_size;
}

/* Keys come from a file: seeded, so that nobody can prepare a row of collisions. */
static uint32_t hash(const struct map *m, int64_t a, int64_t b)
{
    uint64_t h = ((uint64_t)a ^ m->seed) * UINT64_C(0x9E3779B97F4A7C15);

    h = (h ^ h >> 32 ^ (uint64_t)b) * (m->seed << 1 | 1);
    return (uint32_t)(h >> 32);
}

/* The slot that holds the key, or the free one where it belongs. */
static uint32_t find_slot(const struct map *m, int64_t a, int64_t b)
{
    uint32_t mask = m->n_slots - 1;
    uint32_t i = hash(m, a, b) & mask;

    while (m->slots[i] != 0) {
        const struct map_key *key = item_at(m, m->slots[i] - 1);

        if (key->a == a && key->b == b) {
            break;
        }
        i = (i + 1) & mask;
    }
    return i;
}

void *map_find(const struct map *m, int64_t a, int64_t b)
{
    uint32_t i;

    if (m->live == 0) {
        return NULL;
    }
    i = find_slot(m, a, b);
    return m->slots[i] != 0 ? item_at(m, m->slots[i] - 1) : NULL;
}

/* Double the index and put every found item into its new place. */
static bool grow_slots(struct map *m)
{
    struct map old = *m;
    uint32_t want = m->n_slots == 0 ? 64 : m->n_slots * 2;
    uint32_t *slots = want < m->n_slots ? NULL : mem_zalloc(m->alloc, want * sizeof(*slots));

    if (slots == NULL) {
        return false;
    }
    m->slots = slots;
    m->n_slots = want;
    for (uint32_t i = 0; i < old.n_slots; i++) {
        if (old.slots[i] != 0) {
            const struct map_key *key = item_at(m, old.slots[i] - 1);

            slots[find_slot(m, key->a, key->b)] = old.slots[i];
        }
    }
    mem_free(m->alloc, old.slots);
    return true;
}

/* Number of an item that is free, false when there is no memory. */
static bool take_item(struct map *m, uint32_t *number)
{
    if (m->n_spare > 0) {
        *number = m->spare[--m->n_spare];
        return true;
    }
    if (m->n == m->cap) {
        uint32_t cap = m->cap == 0 ? 32 : m->cap * 2;
        uint8_t *items =
            cap <= m->cap ? NULL : mem_resize_array(m->alloc, m->items, cap, m->item_size);

        if (items == NULL) {
            return false;
        }
        m->items = items;
        m->cap = cap;
    }
    *number = m->n++;
    return true;
}

void *map_put(struct map *m, int64_t a, int64_t b)
{
    uint32_t slot;
    uint32_t number;
    struct map_key *key;

    if (m->live >= m->n_slots / 2 && !grow_slots(m)) {
        return NULL;
    }
    slot = find_slot(m, a, b);
    if (m->slots[slot] != 0) {
        return item_at(m, m->slots[slot] - 1);
    }
    if (!take_item(m, &number)) {
        return NULL;
    }
    m->slots[slot] = number + 1;
    m->live++;
    key = item_at(m, number);
    memset(key, 0, m->item_size);
    *key = (struct map_key){a, b};
    return key;
}

/* Close the gap at slot i: move up what could not be placed nearer to its home. */
static void close_gap(struct map *m, uint32_t gap)
{
    uint32_t mask = m->n_slots - 1;

    for (uint32_t i = (gap + 1) & mask; m->slots[i] != 0; i = (i + 1) & mask) {
        const struct map_key *key = item_at(m, m->slots[i] - 1);
        uint32_t home = hash(m, key->a, key->b) & mask;

        if (((i - home) & mask) >= ((i - gap) & mask)) {
            m->slots[gap] = m->slots[i];
            gap = i;
        }
    }
    m->slots[gap] = 0;
}

void map_remove(struct map *m, int64_t a, int64_t b)
{
    uint32_t slot;

    if (map_find(m, a, b) == NULL) {
        return;
    }
    slot = find_slot(m, a, b);
    if (m->n_spare == m->spare_cap) {
        uint32_t cap = m->spare_cap == 0 ? 32 : m->spare_cap * 2;
        uint32_t *spare = mem_resize_array(m->alloc, m->spare, cap, sizeof(*spare));

        if (spare != NULL) {
            m->spare = spare;
            m->spare_cap = cap;
        }
    }
    if (m->n_spare < m->spare_cap) { /* else the item is lost until the map is cleared */
        m->spare[m->n_spare++] = m->slots[slot] - 1;
    }
    m->live--;
    close_gap(m, slot);
}
