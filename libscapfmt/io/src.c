/* SPDX-License-Identifier: Apache-2.0 */
#include "io/src.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/src_impl.h"

/* Bytes asked of the layer below at once, and the first size of a stream's buffer. */
#define STREAM_STEP ((size_t)256 * 1024)

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

void src_salvage(struct scapf_src *s, src_gap_fn gap, void *ctx)
{
    s->gap = gap;
    s->gap_ctx = ctx;
}

void src_pass_over(struct scapf_src *s, struct scapf_src *raw, struct src_search *search)
{
    const uint8_t *p;
    size_t n;
    uint64_t from = src_tell(raw);

    while (src_peek(raw, search->min, &p, &n) == SCAPF_OK && n >= search->min) {
        size_t last = n - search->min;
        size_t i = 0;

        while (i <= last && !search->starts(p + i)) {
            i++;
        }
        src_consume(raw, i);
        if (i <= last) {
            s->gap(s->gap_ctx, &search->diag, from, src_tell(raw) - from);
            return;
        }
    }
    src_consume(raw, n);
    s->gap(s->gap_ctx, &search->diag, from, src_tell(raw) - from);
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

/* ------------------------------------------------------------------ memory */

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

static struct scapf_src *mem_open(const void *bytes, size_t len, const struct scapf_alloc *alloc)
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

/* ------------------------------------------------------------------ opening */

/* Look at the first bytes of raw and put the unpacker before it that they ask for. */
static enum scapf_status wrap(struct scapf_src *raw, struct scapf_src **src,
                              struct scapf_diag *diag)
{
    const uint8_t *p;
    size_t n;
    enum scapf_status status = src_peek(raw, 4, &p, &n);

    if (status < 0 && n == 0) {
        if (diag != NULL) {
            *diag = raw->diag;
        }
        scapf_src_free(raw);
        return status;
    }
    status = SCAPF_OK;
    *src = raw;
    if (src_gzip_magic(p, n) == SRC_MAGIC_YES) {
        status = src_gzip_open(raw, src);
    } else if (src_zstd_magic(p, n) == SRC_MAGIC_YES) {
        status = src_zstd_open(raw, src);
    }
    if (status < 0) {
        *src = NULL;
        scapf_src_free(raw);
        return diag_set(diag, status, RULE_MEMORY, 0, 0, 0);
    }
    return SCAPF_OK;
}

enum scapf_status scapf_src_mem(const void *bytes, size_t len, const struct scapf_alloc *alloc,
                                struct scapf_src **src, struct scapf_diag *diag)
{
    struct scapf_src *raw = mem_open(bytes, len, alloc);

    *src = NULL;
    if (raw == NULL) {
        return diag_set(diag, SCAPF_E_NOMEM, RULE_MEMORY, 0, 0, 0);
    }
    return wrap(raw, src, diag);
}

static enum scapf_status open_fd(int fd, bool owned, const struct scapf_alloc *alloc,
                                 struct scapf_src **src, struct scapf_diag *diag)
{
    struct scapf_src *raw;

    *src = NULL;
    TRY(src_raw_fd(fd, owned, alloc, &raw, diag));
    return wrap(raw, src, diag);
}

enum scapf_status scapf_src_fd(int fd, const struct scapf_alloc *alloc, struct scapf_src **src,
                               struct scapf_diag *diag)
{
    return open_fd(fd, false, alloc, src, diag);
}

enum scapf_status scapf_src_file(const char *path, const struct scapf_alloc *alloc,
                                 struct scapf_src **src, struct scapf_diag *diag)
{
    int fd;

    *src = NULL;
    if (strcmp(path, "-") == 0) {
        return open_fd(STDIN_FILENO, false, alloc, src, diag);
    }
    do {
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) {
        return diag_set(diag, SCAPF_E_IO, RULE_IO_OPEN, 0, (uint64_t)errno, 0);
    }
    return open_fd(fd, true, alloc, src, diag);
}

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
