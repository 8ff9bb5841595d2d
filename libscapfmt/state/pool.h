/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool.h - many small items of one size, named by a number that stays, at an address that stays.
 *
 * Items lie in pages; freed ones are used again before a new page is made. All pools of a host draw
 * on one budget, so that what a file claims to be alive cannot take more memory than allowed.
 */
#ifndef SCAPF_STATE_POOL_H
#define SCAPF_STATE_POOL_H

#include "scapfmt.h"

struct budget {
    const struct scapf_alloc *alloc;
    size_t used, max;
    uint64_t refused; /* requests beyond max */
    bool nomem;       /* the allocator itself had no memory */
};

/* Change the size of p from old to size bytes (0 frees). NULL when it is not to be had. */
void *budget_resize(struct budget *b, void *p, size_t old, size_t size);

struct pool {
    struct budget *budget;
    uint8_t **pages;
    uint32_t item_size; /* a multiple of 8 */
    uint32_t shift;     /* items a page: 1 << shift */
    uint32_t mask;      /* of the place in its page; no item has the first place, number 0 */
    uint32_t n_pages, cap_pages;
    uint32_t used; /* items handed out ever */
    uint32_t free; /* first freed item, 0 = none */
    uint32_t live;
};

void pool_init(struct pool *p, struct budget *b, size_t item_size);
/* Free everything. The pool may be used again. */
void pool_release(struct pool *p);
/* The number of a new item, all zero; 0 when there is no memory. */
uint32_t pool_take(struct pool *p);
/* Give an item back. Its memory is used again. */
void pool_give(struct pool *p, uint32_t id);

/* The item with this number, which must have been handed out. */
static inline void *pool_at(const struct pool *p, uint32_t id)
{
    return p->pages[id >> p->shift] + (size_t)(id & p->mask) * p->item_size;
}

#endif
