/* SPDX-License-Identifier: Apache-2.0 */
/*
 * src.h - a stream of bytes as a sliding window: peek at what comes, consume what is done with.
 *
 * Between p and end lie bytes that are in memory now. A peek that they satisfy is two loads and a
 * compare; only when they do not suffice the kind of source is asked for more. Bytes a peek has
 * shown stay valid until the next peek.
 */
#ifndef SCAPF_IO_SRC_H
#define SCAPF_IO_SRC_H

#include "base/diag.h"

struct src_ops;

/* Told of each gap of a salvaging source: why, at which offset of the unpacked stream, and which
 * bytes of the packed one were passed over. */
typedef void (*src_gap_fn)(void *ctx, const struct scapf_diag *diag, uint64_t raw_off,
                           uint64_t raw_len);

struct scapf_src {
    const uint8_t *p, *end; /* the window: next byte, and one past the last in memory */
    uint64_t end_off;       /* stream offset of end */
    uint64_t size;          /* length of the whole stream, when sized */
    bool sized;             /* the length is known without reading */
    bool ended;             /* nothing follows end */
    enum scapf_compression packing;
    const struct src_ops *ops;
    const struct scapf_alloc *alloc; /* NULL or &alloc_copy */
    struct scapf_alloc alloc_copy;
    struct scapf_diag diag;    /* why nothing follows end; status OK when that is no error */
    struct scapf_diag warning; /* rule 0 = none */
    src_gap_fn gap;            /* NULL: damage of the packing ends the stream */
    void *gap_ctx;
};

/* src_peek() when the window is too small. */
enum scapf_status src_more(struct scapf_src *s, size_t min, const uint8_t **p, size_t *avail);

/*
 * At least min bytes at *p unless the stream ends first; *avail tells how many there are and may
 * exceed min. OK also at the end (*avail < min, possibly 0). An error only when the stream breaks
 * before min bytes: what came before the damage is delivered first. *p and *avail are always set.
 */
static inline enum scapf_status src_peek(struct scapf_src *s, size_t min, const uint8_t **p,
                                         size_t *avail)
{
    size_t n = (size_t)(s->end - s->p);

    if (n < min) {
        return src_more(s, min, p, avail);
    }
    *p = s->p;
    *avail = n;
    return SCAPF_OK;
}

/* Move past n bytes; n is at most avail of the last peek. */
static inline void src_consume(struct scapf_src *s, size_t n)
{
    s->p += n;
}

/* Stream offset (unpacked) of the next byte. */
static inline uint64_t src_tell(const struct scapf_src *s)
{
    return s->end_off - (uint64_t)(s->end - s->p);
}

/* Bytes that are left, when that is known without reading. */
bool src_remaining(const struct scapf_src *s, uint64_t *n);
/* Why the stream broke; NULL when it has not. Lives as long as the source. */
const struct scapf_diag *src_diag(const struct scapf_src *s);
/* From now on damage of the packing is no end: what was unpacked before it is kept, and unpacking
 * goes on at the next member or frame there is. gap is told of each place. To be called before the
 * first byte is read; without effect on streams that are not packed. */
void src_salvage(struct scapf_src *s, src_gap_fn gap, void *ctx);
/* A source that has what its owner shows it, one piece after another: src_show() when the piece
 * before was consumed. NULL when there is no memory. */
struct scapf_src *src_shown(const struct scapf_alloc *alloc);
void src_show(struct scapf_src *s, const uint8_t *bytes, size_t len);
/* What did not stop reading, such as bytes after the last gzip member; NULL when there is none. */
const struct scapf_diag *src_warning(const struct scapf_src *s);

#endif
