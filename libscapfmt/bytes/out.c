/* SPDX-License-Identifier: Apache-2.0 */
#include "bytes/out.h"

#include "base/mem.h"

#include <assert.h>

void out_init(struct out *o, const struct scapf_alloc *alloc, bool big_endian)
{
    *o = (struct out){.alloc = alloc, .big_endian = big_endian};
}

void out_release(struct out *o)
{
    mem_free(o->alloc, o->bytes);
    out_init(o, o->alloc, o->big_endian);
}

void out_clear(struct out *o)
{
    o->len = 0;
    o->status = SCAPF_OK;
}

bool out_grow(struct out *o, size_t n)
{
    size_t want;
    size_t cap = o->cap;
    uint8_t *p;

    if (o->status != SCAPF_OK) {
        return false;
    }
    if (__builtin_add_overflow(o->len, n, &want) || (o->limit != 0 && want > o->limit)) {
        o->status = SCAPF_E_LIMIT;
        return false;
    }
    if (want <= cap) {
        return true;
    }
    cap = cap < 256 ? 256 : cap;
    while (cap < want) {
        cap = cap > SIZE_MAX / 2 ? want : cap * 2;
    }
    if (o->limit != 0 && cap > o->limit) { /* else out_room() would fill room beyond it */
        cap = o->limit;
    }
    p = mem_resize(o->alloc, o->bytes, cap);
    if (p == NULL) {
        o->status = SCAPF_E_NOMEM;
        return false;
    }
    o->bytes = p;
    o->cap = cap;
    return true;
}

void out_copy(uint8_t *to, const uint8_t *from, size_t n)
{
    if (n > 16) {
        memcpy(to, from, n);
    } else if (n >= 8) { /* two copies that overlap */
        memcpy(to, from, 8);
        memcpy(to + n - 8, from + n - 8, 8);
    } else if (n >= 4) {
        memcpy(to, from, 4);
        memcpy(to + n - 4, from + n - 4, 4);
    } else {
        to[0] = from[0];
        to[n / 2] = from[n / 2];
        to[n - 1] = from[n - 1];
    }
}

void out_str(struct out *o, const char *s)
{
    out_bytes(o, s, strlen(s));
}

void out_zero(struct out *o, size_t n)
{
    uint8_t *p = n > 0 ? out_room(o, n) : NULL;

    if (p != NULL) {
        memset(p, 0, n);
    }
}

void out_pad4(struct out *o, size_t start)
{
    out_zero(o, (start - o->len) & 3);
}

static struct out_mark out_hold(struct out *o, size_t n)
{
    struct out_mark mark = {o->len};

    out_zero(o, n);
    return mark;
}

static inline void out_fill(struct out *o, struct out_mark mark, uint64_t v, size_t n)
{
    if (o->status == SCAPF_OK) {
        assert(mark.at + n <= o->len);
        out_store(o->bytes + mark.at, v, n, o->big_endian);
    }
}

struct out_mark out_hold_u32(struct out *o)
{
    return out_hold(o, 4);
}

void out_fill_u32(struct out *o, struct out_mark mark, uint32_t v)
{
    out_fill(o, mark, v, 4);
}

struct out_mark out_hold_u16(struct out *o)
{
    return out_hold(o, 2);
}

void out_fill_u16(struct out *o, struct out_mark mark, uint16_t v)
{
    out_fill(o, mark, v, 2);
}

static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233"
                            "34353637383940414243444546474849505152535455565758596061626364656667"
                            "6869707172737475767778798081828384858687888990919293949596979899";

/* Eight digits; the four divisions do not wait for each other. */
static void put_digits8(uint8_t *p, uint32_t v)
{
    uint32_t high = v / 10000;
    uint32_t low = v % 10000;

    memcpy(p, pairs + high / 100 * 2, 2);
    memcpy(p + 2, pairs + high % 100 * 2, 2);
    memcpy(p + 4, pairs + low / 100 * 2, 2);
    memcpy(p + 6, pairs + low % 100 * 2, 2);
}

/* How many decimal digits v has. [Hacker's Delight 11-4] a logarithm from the binary one */
static unsigned count_digits(uint64_t v)
{
    static const uint64_t powers[20] = {0,
                                        UINT64_C(10),
                                        UINT64_C(100),
                                        UINT64_C(1000),
                                        UINT64_C(10000),
                                        UINT64_C(100000),
                                        UINT64_C(1000000),
                                        UINT64_C(10000000),
                                        UINT64_C(100000000),
                                        UINT64_C(1000000000),
                                        UINT64_C(10000000000),
                                        UINT64_C(100000000000),
                                        UINT64_C(1000000000000),
                                        UINT64_C(10000000000000),
                                        UINT64_C(100000000000000),
                                        UINT64_C(1000000000000000),
                                        UINT64_C(10000000000000000),
                                        UINT64_C(100000000000000000),
                                        UINT64_C(1000000000000000000),
                                        UINT64_C(10000000000000000000)};
    unsigned bits = 64 - (unsigned)__builtin_clzll(v | 1);
    unsigned guess = bits * 1233 >> 12; /* log10(2), rounded down */

    return guess + (v >= powers[guess]);
}

/* The last digits of v in front of end, down to p. */
static void put_digits(uint8_t *p, uint8_t *end, uint64_t v)
{
    for (; end - p >= 8; v /= 100000000) {
        end -= 8;
        put_digits8(end, (uint32_t)(v % 100000000));
    }
    for (; end - p >= 2; v /= 100) {
        end -= 2;
        memcpy(end, pairs + v % 100 * 2, 2);
    }
    if (end > p) {
        *p = (uint8_t)('0' + v % 10);
    }
}

void out_udec_pad(struct out *o, uint64_t v, unsigned width)
{
    unsigned digits = v < 10 ? 1 : count_digits(v);
    unsigned n = digits > width ? digits : width;
    uint8_t *p = out_room(o, n);

    if (p != NULL) {
        if (n > digits) {
            memset(p, '0', n - digits);
        }
        put_digits(p + n - digits, p + n, v);
    }
}

void out_udec(struct out *o, uint64_t v)
{
    if (v < 10) {
        out_u8(o, (uint8_t)('0' + v));
    } else {
        out_udec_pad(o, v, 1);
    }
}

void out_dec(struct out *o, int64_t v)
{
    if (v < 0) {
        out_char(o, '-');
        out_udec(o, 0 - (uint64_t)v);
    } else {
        out_udec(o, (uint64_t)v);
    }
}

void out_hex(struct out *o, uint64_t v, bool upper)
{
    const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    size_t n = v == 0 ? 1 : (size_t)(67 - __builtin_clzll(v)) / 4;
    uint8_t *p = out_room(o, n);

    for (; p != NULL && n > 0; n--) {
        p[n - 1] = (uint8_t)set[v & 15];
        v >>= 4;
    }
}

void out_hex_bytes(struct out *o, const uint8_t *bytes, size_t n)
{
    static const char set[] = "0123456789abcdef";
    uint8_t *p = n > 0 && n <= SIZE_MAX / 2 ? out_room(o, 2 * n) : NULL;

    for (size_t i = 0; p != NULL && i < n; i++) {
        p[2 * i] = (uint8_t)set[bytes[i] >> 4];
        p[2 * i + 1] = (uint8_t)set[bytes[i] & 15];
    }
}
