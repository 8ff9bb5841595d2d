/* SPDX-License-Identifier: Apache-2.0 */
#include "io/src.h"

#include <string.h>

#include "base/mem.h"
#include "io/src_impl.h"

/* Bytes asked of the layer below at once, and the first size of a stream's buffer. */
#define STREAM_STEP MEM_FEWER((size_t)256 * 1024)

void *src_new(size_t size, const struct src_ops *ops, const struct scapf_alloc *alloc)
{
    static const uint8_t none[1] = {0};
    struct scapf_src *s = mem_zalloc(alloc, size);

    if (s == NULL) {
        return NULL;
    }
    s->ops = ops;
    s->p = s->end = none; /* never NULL: callers may compare or copy 0 bytes */
    if (alloc != NULL) {
        s->alloc_copy = *alloc;
        s->alloc = &s->alloc_copy;
    }
    return s;
}

enum scapf_status src_break(struct scapf_src *s, enum scapf_status status, enum rule rule,
                            uint64_t got, uint64_t want)
{
    s->ended = true;
    return diag_set(&s->diag, status, rule, s->end_off, got, want);
}

enum scapf_status src_break_below(struct scapf_src *s, const struct scapf_src *raw)
{
    return src_break(s, raw->diag.status, (enum rule)raw->diag.rule, raw->diag.got, raw->diag.want);
}

void *src_alloc_ctx(struct scapf_src *s)
{
    return s->alloc != NULL ? &s->alloc_copy : NULL;
}

enum scapf_status src_more(struct scapf_src *s, size_t min, const uint8_t **p, size_t *avail)
{
    if (!s->ended) {
        s->ops->more(s, min);
    }
    *p = s->p;
    *avail = (size_t)(s->end - s->p);
    return *avail < min ? s->diag.status : SCAPF_OK;
}

bool src_remaining(const struct scapf_src *s, uint64_t *n)
{
    if (s->ended) {
        *n = (uint64_t)(s->end - s->p);
        return true;
    }
    *n = s->sized ? s->size - src_tell(s) : 0;
    return s->sized;
}

const struct scapf_diag *src_diag(const struct scapf_src *s)
{
    return s->diag.status != SCAPF_OK ? &s->diag : NULL;
}

const struct scapf_diag *src_warning(const struct scapf_src *s)
{
    return s->warning.rule != RULE_NONE ? &s->warning : NULL;
}

/* ------------------------------------------------------------------ streams */

static bool stream_resize(struct src_stream *t, size_t cap)
{
    struct scapf_src *s = &t->src;
    size_t at = t->buf != NULL ? (size_t)(s->p - t->buf) : 0;
    size_t len = t->buf != NULL ? (size_t)(s->end - s->p) : 0;
    uint8_t *buf = mem_resize(s->alloc, t->buf, cap);

    if (buf == NULL) {
        return false;
    }
    t->buf = buf;
    t->cap = cap;
    s->p = buf + at;
    s->end = s->p + len;
    return true;
}

/*
 * Room behind the window. The window slides to the front when half of the buffer has been consumed,
 * else the buffer doubles. So each byte moves a bounded number of times, and the buffer never
 * exceeds four times what really arrived, whatever a header in it claims.
 */
static bool stream_room(struct src_stream *t)
{
    struct scapf_src *s = &t->src;
    size_t len = (size_t)(s->end - s->p);

    if (t->buf == NULL) {
        return stream_resize(t, STREAM_STEP);
    }
    if (len == 0) {
        s->p = s->end = t->buf;
    }
    if (s->end < t->buf + t->cap) {
        return true;
    }
    if ((size_t)(s->p - t->buf) >= t->cap / 2) {
        memmove(t->buf, s->p, len);
        s->p = t->buf;
        s->end = t->buf + len;
        return true;
    }
    return t->cap <= SIZE_MAX / 2 && stream_resize(t, t->cap * 2);
}

void src_stream_more(struct scapf_src *s, size_t min)
{
    struct src_stream *t = (struct src_stream *)s;

    while (!s->ended && (size_t)(s->end - s->p) < min) {
        size_t got = 0;
        size_t room;

        if (!stream_room(t)) {
            (void)src_break(s, SCAPF_E_NOMEM, RULE_MEMORY, 0, 0);
            return;
        }
        room = t->cap - (size_t)(s->end - t->buf);
        (void)s->ops->pull(s, t->buf + (s->end - t->buf), room < STREAM_STEP ? room : STREAM_STEP,
                           &got);
        s->end += got;
        s->end_off += got;
        s->diag.off += s->diag.status != SCAPF_OK ? got : 0;
        s->ended = s->ended || got == 0;
    }
}

/* ------------------------------------------------------------------ public */

enum scapf_status scapf_src_peek(struct scapf_src *src, size_t min, const uint8_t **bytes,
                                 size_t *avail, struct scapf_diag *diag)
{
    enum scapf_status status = src_peek(src, min, bytes, avail);

    if (status < 0 && diag != NULL) {
        *diag = src->diag;
    }
    return status;
}

void scapf_src_skip(struct scapf_src *src, size_t n)
{
    src_consume(src, n);
}

enum scapf_compression scapf_src_compression(const struct scapf_src *src)
{
    return src->packing;
}

void scapf_src_free(struct scapf_src *src)
{
    struct scapf_alloc copy;
    bool own_alloc;

    if (src == NULL) {
        return;
    }
    src->ops->release(src);
    own_alloc = src->alloc != NULL; /* the copy lies in the memory that is freed */
    copy = src->alloc_copy;
    mem_free(own_alloc ? &copy : NULL, src);
}
