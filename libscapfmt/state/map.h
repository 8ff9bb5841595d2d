/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map.h - items of one size, found by a pair of numbers.
 *
 * Items lie in a pool and begin with their key; an open-addressing index beside it holds their
 * numbers. Neither an item's address nor its number changes while it lives.
 */
#ifndef SCAPF_STATE_MAP_H
#define SCAPF_STATE_MAP_H

#include "state/pool.h"

/* First member of every item. */
struct map_key {
    int64_t a, b;
};

struct map {
    struct pool items;
    uint64_t seed;    /* of the hash */
    uint32_t *slots;  /* number of the item, or 0 */
    uint32_t n_slots; /* a power of two, or 0 */
};

void map_init(struct map *m, struct budget *b, size_t item_size);
/* Free everything. The map may be used again. */
void map_release(struct map *m);
/* The item with this key, or NULL. */
void *map_find(const struct map *m, int64_t a, int64_t b);
/* The item with this key; a new one is all zero but for its key. NULL when there is no memory. */
void *map_put(struct map *m, int64_t a, int64_t b);
/* Take the item with this key out; its memory is used again. */
void map_remove(struct map *m, int64_t a, int64_t b);
/* The first item in a slot from *position on, which is moved behind it; NULL at the end. */
void *map_next(const struct map *m, uint64_t *position);

/* Scatter the bits of h: keys come from a file, the seed keeps collisions from being prepared. */
static inline uint64_t map_mix(uint64_t h)
{
    h ^= h >> 32;
    h *= UINT64_C(0xD6E8FEB86659FD93);
    h ^= h >> 32;
    h *= UINT64_C(0xD6E8FEB86659FD93);
    return h ^ (h >> 32);
}

#endif
