/* SPDX-License-Identifier: Apache-2.0 */
#include "state/pool.h"

#include "base/mem.h"

#include <string.h>

#define PAGE_BYTES 16384u

void *budget_resize(struct budget *b, void *p, size_t old, size_t size)
{
    void *q;

    if (size > old && (size - old > b->max || b->used > b->max - (size - old))) {
        b->refused++;
        return NULL;
    }
    if (size == 0) {
        mem_free(b->alloc, p);
        b->used -= old;
        return NULL;
    }
    q = mem_resize(b->alloc, p, size);
    if (q == NULL) {
        b->nomem = true;
        return NULL;
    }
    b->used = b->used - old + size;
    return q;
}

void pool_init(struct pool *p, struct budget *b, size_t item_size)
{
    *p = (struct pool){
        .budget = b, .item_size = (uint32_t)((item_size + 7) & ~(size_t)7), .shift = 1};
    while (((size_t)p->item_size << (p->shift + 1)) <= PAGE_BYTES) {
        p->shift++;
    }
    p->mask = (1u << p->shift) - 1;
}

void pool_release(struct pool *p)
{
    size_t page = (size_t)p->item_size << p->shift;

    for (uint32_t i = 0; i < p->n_pages; i++) {
        (void)budget_resize(p->budget, p->pages[i], page, 0);
    }
    (void)budget_resize(p->budget, p->pages, p->cap_pages * sizeof(*p->pages), 0);
    pool_init(p, p->budget, p->item_size);
}

static bool add_page(struct pool *p)
{
    uint8_t *page;

    if (p->n_pages >= UINT32_MAX >> p->shift) {
        return false;
    }
    if (p->n_pages == p->cap_pages) {
        uint32_t cap = p->cap_pages == 0 ? 4 : p->cap_pages * 2;
        uint8_t **pages =
            budget_resize(p->budget, p->pages, p->cap_pages * sizeof(*pages), cap * sizeof(*pages));

        if (pages == NULL) {
            return false;
        }
        p->pages = pages;
        p->cap_pages = cap;
    }
    page = budget_resize(p->budget, NULL, 0, (size_t)p->item_size << p->shift);
    if (page == NULL) {
        return false;
    }
    p->pages[p->n_pages++] = page;
    return true;
}

uint32_t pool_take(struct pool *p)
{
    uint32_t id = p->free;

    if (id != 0) {
        memcpy(&p->free, pool_at(p, id), sizeof(p->free));
    } else {
        if ((p->used + 1) >> p->shift == p->n_pages && !add_page(p)) {
            return 0;
        }
        id = ++p->used;
    }
    memset(pool_at(p, id), 0, p->item_size);
    p->live++;
    return id;
}

void pool_give(struct pool *p, uint32_t id)
{
    memcpy(pool_at(p, id), &p->free, sizeof(p->free));
    p->free = id;
    p->live--;
}
