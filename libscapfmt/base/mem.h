/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mem.h - allocation through the caller's allocator; NULL means realloc(3) and free(3).
 */
#ifndef SCAPF_BASE_MEM_H
#define SCAPF_BASE_MEM_H

#include "scapfmt.h"

/* Sizes of tables and buffers that are smaller for fuzzing: made in no time, and full where large
 * ones never are. */
#ifdef SCAPF_SMALL_TABLES
#define MEM_FEWER(n) ((n) / 32)
#else
#define MEM_FEWER(n) (n)
#endif

/* Change the size of p (NULL: allocate). NULL when there is no memory; p is then untouched.
 * size 0 frees p and returns NULL. */
void *mem_resize(const struct scapf_alloc *alloc, void *p, size_t size);
/* Room for n items of size bytes each; NULL also when the product overflows. */
void *mem_resize_array(const struct scapf_alloc *alloc, void *p, size_t n, size_t size);
/* Room for one more behind the used items; there is room for *cap, which grows by doubling. False
 * when there is no memory; nothing is changed then. */
bool mem_room(const struct scapf_alloc *alloc, void **items, uint32_t *cap, uint32_t used,
              size_t size);
/* Zeroed memory. */
void *mem_zalloc(const struct scapf_alloc *alloc, size_t size);
/* NULL is fine. */
void mem_free(const struct scapf_alloc *alloc, void *p);

#endif
