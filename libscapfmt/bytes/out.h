/* SPDX-License-Identifier: Apache-2.0 */
/*
 * out.h - the output twin of the cursor: a growable byte buffer with sticky errors.
 *
 * Numbers are written in the buffer's byte order. Lengths that are known only later are held open
 * with a mark and filled in. After a failed allocation or an exceeded limit every put is a no-op
 * and out_status() says why.
 */
#ifndef SCAPF_BYTES_OUT_H
#define SCAPF_BYTES_OUT_H

#include "base/diag.h"

#include <string.h>

struct out {
    uint8_t *bytes;
    size_t len, cap;
    size_t limit; /* most bytes it may grow to, set while it is empty; 0 = any */
    const struct scapf_alloc *alloc;
    enum scapf_status status;
    bool big_endian;
};

/* A place that is filled in later: the offset in the buffer. */
struct out_mark {
    size_t at;
};

/* An empty buffer; nothing is allocated yet. */
void out_init(struct out *o, const struct scapf_alloc *alloc, bool big_endian);
/* Free the bytes. The buffer may be used again. */
void out_release(struct out *o);
/* Forget the content and the error, keep the memory. */
void out_clear(struct out *o);
/* Make room for n more bytes. False (and sticky NOMEM or LIMIT) when there is none. */
COLD bool out_grow(struct out *o, size_t n);

static inline enum scapf_status out_status(const struct out *o)
{
    return o->status;
}

/* Room for n bytes that the caller fills at once, or NULL. They count as written. */
static inline uint8_t *out_room(struct out *o, size_t n)
{
    uint8_t *p;

    if (o->cap - o->len < n || o->status != SCAPF_OK) {
        if (!out_grow(o, n)) {
            return NULL;
        }
    }
    p = o->bytes + o->len;
    o->len += n;
    return p;
}

/* Bytes of v in the buffer's order; n is 2, 4 or 8. Little-endian bytes one by one are one store to
 * the compiler. */
static inline void out_store(uint8_t *p, uint64_t v, size_t n, bool big_endian)
{
    if (big_endian) {
        v = n == 2   ? __builtin_bswap16((uint16_t)v)
            : n == 4 ? __builtin_bswap32((uint32_t)v)
                     : __builtin_bswap64(v);
    }
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    if (n >= 4) {
        p[2] = (uint8_t)(v >> 16);
        p[3] = (uint8_t)(v >> 24);
    }
    if (n == 8) {
        p[4] = (uint8_t)(v >> 32);
        p[5] = (uint8_t)(v >> 40);
        p[6] = (uint8_t)(v >> 48);
        p[7] = (uint8_t)(v >> 56);
    }
}

static inline void out_int(struct out *o, uint64_t v, size_t n)
{
    uint8_t *p = out_room(o, n);

    if (p != NULL) {
        out_store(p, v, n, o->big_endian);
    }
}

static inline void out_u16(struct out *o, uint16_t v)
{
    out_int(o, v, 2);
}

static inline void out_u32(struct out *o, uint32_t v)
{
    out_int(o, v, 4);
}

static inline void out_u64(struct out *o, uint64_t v)
{
    out_int(o, v, 8);
}

static inline void out_u8(struct out *o, uint8_t v)
{
    uint8_t *p = out_room(o, 1);

    if (p != NULL) {
        *p = v;
    }
}

static inline void out_char(struct out *o, char c)
{
    out_u8(o, (uint8_t)c);
}

/* Copy n > 0 bytes. Names, numbers and short texts are most of what is written: a call of memcpy
 * costs more than their bytes do. */
void out_copy(uint8_t *to, const uint8_t *from, size_t n);

static inline void out_bytes(struct out *o, const void *bytes, size_t n)
{
    uint8_t *p = n > 0 ? out_room(o, n) : NULL;

    if (p == NULL) {
        return;
    }
    if (__builtin_constant_p(n)) {
        memcpy(p, bytes, n);
    } else {
        out_copy(p, bytes, n);
    }
}

/* Bytes behind which others may be read, up to OUT_PADDED from their first one: a short text is
 * then two moves, whatever its length. */
#define OUT_PADDED 32u

static inline void out_padded(struct out *o, const void *bytes, size_t n)
{
    if (n <= OUT_PADDED && o->cap - o->len >= OUT_PADDED && o->status == SCAPF_OK) {
        memcpy(o->bytes + o->len, bytes, OUT_PADDED);
        o->len += n;
    } else {
        out_bytes(o, bytes, n);
    }
}

/* A string literal, without its NUL. */
#define out_lit(o, literal) out_bytes((o), "" literal, sizeof(literal) - 1)

/* Sixteen bytes at once, on every machine: the compiler splits what its registers cannot hold. */
typedef uint8_t bytes16 __attribute__((vector_size(16)));

/* All bits of each byte that is no printable ASCII, none of the others. */
static inline bytes16 out_odd16(bytes16 v)
{
    return (bytes16)(v - 0x20 > 0x5E);
}

static inline bool out_any16(bytes16 v)
{
    uint64_t halves[2];

    memcpy(halves, &v, sizeof(halves));
    return (halves[0] | halves[1]) != 0;
}

/* Printable ASCII as it is, a dot for any other byte. */
void out_dotted(struct out *o, const uint8_t *bytes, size_t n);

/* A NUL-ended string, without its NUL. */
void out_str(struct out *o, const char *s);
/* n zero bytes. */
void out_zero(struct out *o, size_t n);
/* Zero bytes up to a multiple of 4 counted from start (a length the buffer had). */
void out_pad4(struct out *o, size_t start);
/* Hold a u32 open; out_fill_u32() writes it. */
struct out_mark out_hold_u32(struct out *o);
void out_fill_u32(struct out *o, struct out_mark mark, uint32_t v);
/* Hold a u16 open. */
struct out_mark out_hold_u16(struct out *o);
void out_fill_u16(struct out *o, struct out_mark mark, uint16_t v);

/* Numbers as text. */
void out_dec(struct out *o, int64_t v);
void out_udec(struct out *o, uint64_t v);
/* The nine digits of v, which is below 10^9: of nanoseconds, behind a point. */
void out_nanos(struct out *o, uint32_t v);
/* Decimal with leading zeros to at least width digits. */
void out_udec_pad(struct out *o, uint64_t v, unsigned width);
/* Hexadecimal without prefix or leading zeros; lower or upper case letters. */
void out_hex(struct out *o, uint64_t v, bool upper);
/* Each byte as two lower-case hex digits. */
void out_hex_bytes(struct out *o, const uint8_t *bytes, size_t n);

#endif
