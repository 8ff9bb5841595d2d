/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void *mem_resize(const struct scapf_alloc *alloc, void *p, size_t size)
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

void *mem_resize_array(const struct scapf_alloc *alloc, void *p, size_t n, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(n, size, &total)) {
        return NULL;
    }
    return mem_resize(alloc, p, total);
}

bool mem_room(const struct scapf_alloc *alloc, void **items, uint32_t *cap, uint32_t used,
              size_t size)
{
    uint32_t more = *cap == 0 ? 16 : *cap * 2;
    void *p;

    if (used < *cap) {
        return true;
    }
    p = more > *cap ? mem_resize_array(alloc, *items, more, size) : NULL;
    if (p == NULL) {
        return false;
    }
    *items = p;
    *cap = more;
    return true;
}

void *mem_zalloc(const struct scapf_alloc *alloc, size_t size)
{
    void *p;

    if (alloc == NULL) { /* fresh pages are zero, and cost nothing as long as nobody looks */
        return calloc(1, size);
    }
    p = mem_resize(alloc, NULL, size);
    if (p != NULL) {
        memset(p, 0, size);
    }
    return p;
}

void mem_free(const struct scapf_alloc *alloc, void *p)
{
    if (p != NULL) {
        (void)mem_resize(alloc, p, 0);
    }
}
