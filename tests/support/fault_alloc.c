/* SPDX-License-Identifier: Apache-2.0 */
#include "support/fault_alloc.h"

#include <stdlib.h>

/* Before each block: its size, in a place that keeps the block aligned. */
#define HEAD 16

static void *resize(void *ctx, void *p, size_t size)
{
    struct fault_alloc *f = ctx;
    unsigned char *old = p != NULL ? (unsigned char *)p - HEAD : NULL;
    size_t old_size = old != NULL ? *(size_t *)(void *)old : 0;
    unsigned char *now;

    if (size == 0) {
        f->live -= old != NULL;
        f->bytes -= old_size;
        free(old);
        return NULL;
    }
    if (f->calls++ >= f->fail_at) {
        f->failed = true;
        return NULL;
    }
    now = realloc(old, size + HEAD);
    if (now == NULL) {
        return NULL;
    }
    *(size_t *)(void *)now = size;
    f->live += old == NULL;
    f->bytes += size - old_size;
    f->peak = f->bytes > f->peak ? f->bytes : f->peak;
    return now + HEAD;
}

void fault_alloc_init(struct fault_alloc *f, size_t fail_at)
{
    *f = (struct fault_alloc){.alloc = {resize, f}, .fail_at = fail_at};
}
