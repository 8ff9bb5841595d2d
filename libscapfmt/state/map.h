/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map.h - items of one size, found by a pair of numbers.
 *
 * Items lie in one array and begin with their key; an open-addressing index beside it holds their
 * numbers. An item's address changes when the map grows, its number does not.
 */
#ifndef SCAPF_STATE_MAP_H
#define SCAPF_STATE_MAP_H

#include "scapfmt.h"

/* First member of every item. */
struct map_key {
    int64_t a, b;
};

struct map {
    const struct scapf_alloc *alloc;
    uint64_t seed; /* of the hash */
    size_t item_size;
    uint8_t *items;
    uint32_t n, cap;  /* items used and allocated; freed ones among the used */
    uint32_t live;    /* items that can be found */
    uint32_t *slots;  /* number of the item + 1, or 0 */
    uint32_t n_slots; /* a power of two, or 0 */
    uint32_t *spare;  /* numbers of freed items */
    uint32_t n_spare, spare_cap;
};

void map_init(struct map *m, const struct scapf_alloc *alloc, size_t item_size);
void map_release(struct map *m);
/* Forget all items, keep the memory. */
void map_clear(struct map *m);
/* The item with this key, or NULL. */
void *map_find(const struct map *m, int64_t a, int64_t b);
/* The item with this key; a new one is all zero but for its key. NULL when there is no memory. */
void *map_put(struct map *m, int64_t a, int64_t b);
/* Take the item with this key out; its memory is used again. */
void map_remove(struct map *m, int64_t a, int64_t b);

#endif
