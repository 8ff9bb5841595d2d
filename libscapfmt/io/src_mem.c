/* SPDX-License-Identifier: Apache-2.0 */
/*
 * src_mem.c - bytes that are in memory as sources: all of them at once, or piece by piece.
 */
#include "io/src_impl.h"

static void mem_more(struct scapf_src *s, size_t min)
{
    (void)min;
    s->ended = true;
}

static void mem_release(struct scapf_src *s)
{
    (void)s;
}

static const struct src_ops mem_ops = {.more = mem_more, .release = mem_release};

struct scapf_src *src_raw_mem(const void *bytes, size_t len, const struct scapf_alloc *alloc)
{
    struct scapf_src *s = src_new(sizeof(*s), &mem_ops, alloc);

    if (s != NULL) {
        s->p = bytes != NULL ? bytes : s->p;
        s->end = s->p + len;
        s->end_off = len;
        s->size = len;
        s->sized = true;
    }
    return s;
}

/* ------------------------------------------------------------------ shown pieces */

static void shown_more(struct scapf_src *s, size_t min)
{
    (void)s; /* there is what was shown; whether more will come is the owner's business */
    (void)min;
}

static const struct src_ops shown_ops = {.more = shown_more, .release = mem_release};

struct scapf_src *src_shown(const struct scapf_alloc *alloc)
{
    return src_new(sizeof(struct scapf_src), &shown_ops, alloc);
}

void src_show(struct scapf_src *s, const uint8_t *bytes, size_t len)
{
    s->p = bytes;
    s->end = bytes + len;
    s->end_off += len;
}
