/* SPDX-License-Identifier: Apache-2.0 */
#include "bytes/out.h"

#include "base/mem.h"
#include "bytes/cur.h"

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

static inline void dot16(uint8_t *to, const uint8_t *from)
{
    bytes16 v;
    bytes16 odd;

    memcpy(&v, from, sizeof(v));
    odd = out_odd16(v);
    v = (v & ~odd) | (odd & '.');
    memcpy(to, &v, sizeof(v));
}

void out_dotted(struct out *o, const uint8_t *bytes, size_t n)
{
    uint8_t *p = n > 0 ? out_room(o, n) : NULL;
    size_t i = 0;

    for (; p != NULL && n - i >= 16; i += 16) {
        dot16(p + i, bytes + i);
    }
    for (; p != NULL && i < n; i++) {
        p[i] = bytes[i] >= 0x20 && bytes[i] < 0x7F ? bytes[i] : '.';
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

#define NUMBER_MAX 24u /* room that put_number() may touch */
#define EIGHT      UINT32_C(100000000)

/* The eight decimal digits of v, the first one in the lowest byte: split in halves, the halves in
 * pairs, the pairs in digits, each step for all lanes at once. v is below 10^8. */
static inline uint64_t digits8(uint32_t v)
{
    uint64_t x = v / 10000 | (uint64_t)(v % 10000) << 32;
    uint64_t q = (x * 10486 >> 20) & UINT64_C(0x0000007F0000007F);

    x = (x - q * 100) << 16 | q;
    q = (x * 103 >> 10) & UINT64_C(0x000F000F000F000F);
    return (x - q * 10) << 8 | q;
}

static inline void put_digits(uint8_t *p, uint64_t digits)
{
    uint64_t text = digits + UINT64_C(0x3030303030303030);

    text = get_u64((const uint8_t *)&text, false);
    memcpy(p, &text, sizeof(text));
}

/* v without leading zeros; returns the end of the text, behind which bytes are touched, too. */
static inline uint8_t *put_small(uint8_t *p, uint32_t v)
{
    uint64_t digits;
    unsigned zeros;

    if (v < 10) {
        *p = (uint8_t)('0' + v);
        return p + 1;
    }
    digits = digits8(v);
    zeros = (unsigned)__builtin_ctzll(digits) / 8;
    put_digits(p, digits >> 8 * zeros);
    return p + 8 - zeros;
}

static uint8_t *put_large(uint8_t *p, uint64_t v)
{
    if (v / EIGHT < EIGHT) {
        p = put_small(p, (uint32_t)(v / EIGHT));
    } else {
        p = put_small(p, (uint32_t)(v / EIGHT / EIGHT));
        put_digits(p, digits8((uint32_t)(v / EIGHT % EIGHT)));
        p += 8;
    }
    put_digits(p, digits8((uint32_t)(v % EIGHT)));
    return p + 8;
}

static inline uint8_t *put_number(uint8_t *p, uint64_t v)
{
    return v < EIGHT ? put_small(p, (uint32_t)v) : put_large(p, v);
}

void out_udec(struct out *o, uint64_t v)
{
    uint8_t text[NUMBER_MAX];

    if (o->cap - o->len >= NUMBER_MAX && o->status == SCAPF_OK) {
        o->len = (size_t)(put_number(o->bytes + o->len, v) - o->bytes);
    } else {
        out_bytes(o, text, (size_t)(put_number(text, v) - text));
    }
}

void out_nanos(struct out *o, uint32_t v)
{
    uint8_t *p = out_room(o, 9);

    if (p != NULL) {
        p[0] = (uint8_t)('0' + v / EIGHT);
        put_digits(p + 1, digits8(v % EIGHT));
    }
}

void out_udec_pad(struct out *o, uint64_t v, unsigned width)
{
    uint8_t text[NUMBER_MAX];
    size_t n = (size_t)(put_number(text, v) - text);
    uint8_t *p = n < width ? out_room(o, width - n) : NULL;

    if (p != NULL) {
        memset(p, '0', width - n);
    }
    out_bytes(o, text, n);
}

void out_dec(struct out *o, int64_t v)
{
    if (v < 0) {
        out_char(o, '-');
    }
    out_udec(o, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
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
