/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cur.h - a cursor over bytes of a file: bounded, positioned, endian-aware and sticky.
 *
 * A read that does not fit returns zeros, does not move, and sets the fault; every later read then
 * returns zeros too. So a parser is a straight run of reads with one check at its end. The only
 * code that turns file bytes into numbers stands here.
 */
#ifndef SCAPF_BYTES_CUR_H
#define SCAPF_BYTES_CUR_H

#include "base/diag.h"

#include <string.h>

struct cur {
    const uint8_t *p, *end; /* next byte, and one past the last */
    uint64_t base;          /* stream offset of end */
    uint64_t fault_off;     /* stream offset of the first read that failed */
    uint64_t fault_want;    /* bytes it wanted */
    uint64_t fault_left;    /* bytes there were */
    bool big_endian;
    bool fault;
};

/* Bytes that were cut out of a file. */
struct cur_bytes {
    const uint8_t *p; /* NULL after a fault */
    size_t n;
};

/* A view of len bytes whose first has stream offset off; owns nothing. NULL is fine with len 0. */
static inline struct cur cur_make(const void *bytes, size_t len, uint64_t off, bool big_endian)
{
    static const uint8_t none[1] = {0};
    const uint8_t *p = bytes != NULL ? bytes : none;

    return (struct cur){.p = p, .end = p + len, .base = off + len, .big_endian = big_endian};
}

/* Bytes left; 0 after a fault. */
static inline size_t cur_left(const struct cur *c)
{
    return c->fault ? 0 : (size_t)(c->end - c->p);
}

/* Stream offset of the next byte. */
static inline uint64_t cur_tell(const struct cur *c)
{
    return c->base - (uint64_t)(c->end - c->p);
}

static inline bool cur_ok(const struct cur *c)
{
    return !c->fault;
}

/* Record the first read that did not fit. */
COLD void cur_fail(struct cur *c, size_t want);

/* The next n bytes, or NULL and the fault. n may be 0. */
static inline const uint8_t *cur_take(struct cur *c, size_t n)
{
    const uint8_t *p = c->p;

    if (c->fault || (size_t)(c->end - c->p) < n) {
        cur_fail(c, n);
        return NULL;
    }
    c->p += n;
    return p;
}

/* Unsigned integers of a byte order at an address that is known to hold them. */
static inline uint16_t get_u16(const uint8_t *p, bool big_endian)
{
    uint16_t v;

    memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    big_endian = !big_endian;
#endif
    return big_endian ? __builtin_bswap16(v) : v;
}

static inline uint32_t get_u32(const uint8_t *p, bool big_endian)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    big_endian = !big_endian;
#endif
    return big_endian ? __builtin_bswap32(v) : v;
}

static inline uint64_t get_u64(const uint8_t *p, bool big_endian)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    big_endian = !big_endian;
#endif
    return big_endian ? __builtin_bswap64(v) : v;
}

static inline uint8_t cur_u8(struct cur *c)
{
    const uint8_t *p = cur_take(c, 1);

    return p == NULL ? 0 : *p;
}

static inline uint16_t cur_u16(struct cur *c)
{
    const uint8_t *p = cur_take(c, 2);

    return p == NULL ? 0 : get_u16(p, c->big_endian);
}

static inline uint32_t cur_u32(struct cur *c)
{
    const uint8_t *p = cur_take(c, 4);

    return p == NULL ? 0 : get_u32(p, c->big_endian);
}

static inline uint64_t cur_u64(struct cur *c)
{
    const uint8_t *p = cur_take(c, 8);

    return p == NULL ? 0 : get_u64(p, c->big_endian);
}

static inline int64_t cur_i64(struct cur *c)
{
    return (int64_t)cur_u64(c);
}

/* A child over the next n bytes; the parent moves past them. The child of a faulty parent, or of
 * one that is too short, is faulty and empty. */
struct cur cur_sub(struct cur *c, size_t n);
/* A u16 length and that many bytes. */
struct cur_bytes cur_str16(struct cur *c);
/* Bytes up to a NUL, which is taken too but not counted; a fault when there is none. */
struct cur_bytes cur_cstr(struct cur *c);
/* Take padding up to a multiple of 4 counted from start (an offset cur_tell() gave). False when a
 * padding byte is not zero. Padding that is cut off by the end is taken as far as it goes. */
bool cur_align4(struct cur *c, uint64_t start);
/* OK when no read failed so far; else status with the rule, the offset, and got/want bytes. */
enum scapf_status cur_check(const struct cur *c, enum scapf_status status, enum rule rule,
                            struct scapf_diag *diag);
/* As cur_check(), and nothing may be left over. */
enum scapf_status cur_finish(const struct cur *c, enum scapf_status status, enum rule rule,
                             struct scapf_diag *diag);

#endif
