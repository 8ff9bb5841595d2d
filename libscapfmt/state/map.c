/* SPDX-License-Identifier: Apache-2.0 */
#include "state/map.h"

#include <string.h>

void map_init(struct map *m, struct budget *b, size_t item_size)
{
    /* The seed only has to be unknown to who made the file; results do not depend on it. */
    *m = (struct map){.seed = (uint64_t)(uintptr_t)m * UINT64_C(0x9E3779B97F4A7C15)};
    pool_init(&m->items, b, item_size);
}

void map_release(struct map *m)
{
    struct budget *b = m->items.budget;

    (void)budget_resize(b, m->slots, m->n_slots * sizeof(*m->slots), 0);
    pool_release(&m->items);
    map_init(m, b, m->items.item_size);
}

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
        const struct map_key *key = pool_at(&m->items, m->slots[i]);

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

    if (m->items.live == 0) {
        return NULL;
    }
    i = find_slot(m, a, b);
    return m->slots[i] != 0 ? pool_at(&m->items, m->slots[i]) : NULL;
}

/* Double the index and put every item into its new place. */
static bool grow_slots(struct map *m)
{
    struct budget *budget = m->items.budget;
    uint32_t old_n = m->n_slots;
    uint32_t *old = m->slots;
    uint32_t n = old_n == 0 ? 64 : old_n * 2;
    uint32_t *slots = n < old_n ? NULL : budget_resize(budget, NULL, 0, n * sizeof(*slots));

    if (slots == NULL) {
        return false;
    }
    memset(slots, 0, n * sizeof(*slots));
    m->slots = slots;
    m->n_slots = n;
    for (uint32_t i = 0; i < old_n; i++) {
        if (old[i] != 0) {
            const struct map_key *key = pool_at(&m->items, old[i]);

            slots[find_slot(m, key->a, key->b)] = old[i];
        }
    }
    (void)budget_resize(budget, old, old_n * sizeof(*old), 0);
    return true;
}

void *map_put(struct map *m, int64_t a, int64_t b)
{
    uint32_t slot;
    uint32_t id;
    struct map_key *key;

    if (m->items.live >= m->n_slots / 4 * 3 && !grow_slots(m)) {
        return NULL;
    }
    slot = find_slot(m, a, b);
    if (m->slots[slot] != 0) {
        return pool_at(&m->items, m->slots[slot]);
    }
    id = pool_take(&m->items);
    if (id == 0) {
        return NULL;
    }
    m->slots[slot] = id;
    key = pool_at(&m->items, id);
    *key = (struct map_key){a, b};
    return key;
}

/* Close the gap: move up what could not be placed nearer to its home. */
static void close_gap(struct map *m, uint32_t gap)
{
    uint32_t mask = m->n_slots - 1;

    for (uint32_t i = (gap + 1) & mask; m->slots[i] != 0; i = (i + 1) & mask) {
        const struct map_key *key = pool_at(&m->items, m->slots[i]);
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
    pool_give(&m->items, m->slots[slot]);
    close_gap(m, slot);
}

void *map_next(const struct map *m, uint64_t *position)
{
    while (*position < m->n_slots) {
        uint32_t id = m->slots[(*position)++];

        if (id != 0) {
            return pool_at(&m->items, id);
        }
    }
    return NULL;
}
