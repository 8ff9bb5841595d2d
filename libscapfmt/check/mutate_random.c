/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mutate_random.c - changes at random that a reader's framing lets through: a change picks a block
 * (or a record of a classic pcap), then a field, an option or the block as a whole; lengths in
 * front and behind are kept right. Works on any bytes, in place, without memory of its own.
 */
#include "block/frame.h"
#include "block/packet.h"
#include "bytes/cur.h"
#include "scapfmt.h"

#include <string.h>

#define SCAN_BLOCKS 4096u

/* The bytes at work, and the numbers drawn. */
struct work {
    uint8_t *p;
    size_t len, max;
    uint64_t state;
    bool big_endian;
    bool is_pcap;
    bool keep;
    struct scapf_random_change made;
};

/* A block in them. */
struct span {
    size_t at, len;
};

static uint64_t draw(struct work *w, uint64_t below) /* splitmix64 */
{
    uint64_t x = w->state += UINT64_C(0x9E3779B97F4A7C15);

    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    x ^= x >> 31;
    return below == 0 ? 0 : x % below;
}

static void put(struct work *w, size_t at, unsigned width, uint64_t value)
{
    for (unsigned i = 0; i < width; i++) {
        w->p[at + i] = (uint8_t)(value >> 8 * (w->big_endian ? width - 1 - i : i));
    }
}

static void made(struct work *w, const char *what, size_t off, size_t len)
{
    w->made = (struct scapf_random_change){what, off, len};
}

/* ------------------------------------------------------------------ finding blocks */

/* The block at this place; len 0 when there is none. */
static struct span block_at(struct work *w, size_t at)
{
    struct span none = {at, 0};
    uint64_t len;

    if (w->is_pcap) {
        if (at == 0) {
            return (struct span){0, w->len < PCAP_FILE_HEADER_LEN ? 0 : PCAP_FILE_HEADER_LEN};
        }
        if (w->len - at < 16) {
            return none;
        }
        len = 16 + (uint64_t)get_u32(w->p + at + 8, w->big_endian);
    } else {
        if (w->len - at < FRAME_MIN_LEN) {
            return none;
        }
        if (get_u32(w->p + at, true) == SCAPF_BLOCK_SHB) {
            w->big_endian = get_u32(w->p + at + 8, true) == FRAME_BYTE_ORDER_MAGIC;
        }
        len = get_u32(w->p + at + 4, w->big_endian);
        if (len < FRAME_MIN_LEN) {
            return none;
        }
    }
    return len > w->len - at ? none : (struct span){at, (size_t)len};
}

/* One of the blocks, each as likely: the k-th one replaces the choice with chance 1 in k. */
static struct span choose(struct work *w)
{
    struct span chosen = {0, 0};
    bool order = false;
    size_t at = 0;

    for (unsigned k = 1; k <= SCAN_BLOCKS && at < w->len; k++) {
        struct span s = block_at(w, at);

        if (s.len == 0) {
            break;
        }
        if (draw(w, k) == 0) {
            chosen = s;
            order = w->big_endian;
        }
        at += s.len;
    }
    w->big_endian = order;
    return chosen;
}

/* What of a block may be changed without touching its frame. */
static struct span inside(const struct work *w, struct span s)
{
    if (w->is_pcap) {
        return s;
    }
    if (get_u32(w->p + s.at, true) == SCAPF_BLOCK_SHB && s.len >= FRAME_SHB_MIN_LEN) {
        return (struct span){s.at + 12, s.len - 16}; /* the magic is a part of the framing */
    }
    return (struct span){s.at + FRAME_HEADER_LEN, s.len - FRAME_MIN_LEN};
}

/* ------------------------------------------------------------------ changes */

static uint64_t interesting(struct work *w, unsigned width, uint64_t old)
{
    static const uint64_t values[] = {
        0,    1,     2,     3,     4,     7,         8,          16,        26,        28,
        32,   64,    100,   127,   128,   255,       256,        1023,      1024,      4095,
        4096, 32767, 32768, 65535, 65536, INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX};
    static const uint32_t types[] = {0x201, 0x204, 0x215, 0x216, 0x217, 0x218, 0x221, 0x222, 6};

    switch (draw(w, 6)) {
    case 0:
        return old + 1;
    case 1:
        return old - 1;
    case 2:
        return old ^ UINT64_C(1) << draw(w, (uint64_t)width * 8);
    case 3:
        return draw(w, UINT64_MAX);
    case 4:
        return types[draw(w, sizeof(types) / sizeof(types[0]))];
    default:
        return values[draw(w, sizeof(values) / sizeof(values[0]))];
    }
}

static void set_field(struct work *w, struct span s)
{
    static const unsigned widths[] = {1, 2, 4, 8};
    struct span in = inside(w, s);
    unsigned width = widths[draw(w, 4)];
    uint64_t old = 0;
    size_t at;

    if (in.len < width) {
        return;
    }
    at = in.at + (size_t)draw(w, in.len - width + 1);
    at -= draw(w, 4) != 0 && at % 2 != 0 && at > in.at; /* most fields are aligned */
    for (unsigned i = 0; i < width; i++) {
        old |= (uint64_t)w->p[at + i] << 8 * (w->big_endian ? width - 1 - i : i);
    }
    put(w, at, width, interesting(w, width, old));
    made(w, "a field was set", at, width);
}

/* Make room for, or take away, bytes in front of at. */
static bool shift(struct work *w, size_t at, size_t grow, size_t shrink)
{
    if (w->len + grow > w->max || shrink > w->len - at) {
        return false;
    }
    memmove(w->p + at + grow, w->p + at + shrink, w->len - at - shrink);
    w->len += grow - shrink;
    return true;
}

static void fix_frame(struct work *w, size_t at, size_t len)
{
    if (!w->is_pcap) {
        put(w, at + 4, 4, len);
        put(w, at + len - 4, 4, len);
    } else if (at > 0) {
        put(w, at + 8, 4, len - 16);
    }
}

static void grow_body(struct work *w, struct span s)
{
    size_t n = 4 * (1 + (size_t)draw(w, 8));
    struct span in = inside(w, s);
    size_t at = in.at + (size_t)draw(w, in.len / 4 + 1) * 4;

    if ((w->is_pcap && s.at == 0) || (w->is_pcap && at < s.at + 16) || !shift(w, at, n, 0)) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        w->p[at + i] = (uint8_t)(draw(w, 2) == 0 ? 0 : draw(w, 256));
    }
    fix_frame(w, s.at, s.len + n);
    made(w, "bytes were inserted", at, n);
}

static void shrink_body(struct work *w, struct span s)
{
    struct span in = inside(w, s);
    size_t words = in.len / 4;
    size_t n;
    size_t at;

    if (words < 2 || (w->is_pcap && (s.at == 0 || s.len < 24))) {
        return;
    }
    n = 4 * (1 + (size_t)draw(w, words / 2));
    at = in.at + (size_t)draw(w, (in.len - n) / 4 + 1) * 4;
    if ((w->is_pcap && at < s.at + 16) || at + n > in.at + in.len ||
        (get_u32(w->p + s.at, true) == SCAPF_BLOCK_SHB && s.len - n < FRAME_SHB_MIN_LEN) ||
        !shift(w, at, 0, n)) {
        return;
    }
    fix_frame(w, s.at, s.len - n);
    made(w, "bytes were left out", at, n);
}

static void twice(struct work *w, struct span s)
{
    if ((w->is_pcap && s.at == 0) || !shift(w, s.at, s.len, 0)) {
        return;
    }
    memcpy(w->p + s.at, w->p + s.at + s.len, s.len);
    made(w, "a block was doubled", s.at, s.len);
}

/* What follows a section header may be in its byte order only. */
static bool is_header(const struct work *w, struct span s)
{
    return s.at == 0 || (!w->is_pcap && get_u32(w->p + s.at, true) == SCAPF_BLOCK_SHB);
}

static void without(struct work *w, struct span s)
{
    if (!is_header(w, s) && shift(w, s.at, 0, s.len)) {
        made(w, "a block was left out", s.at, s.len);
    }
}

/* This block and the next change places. */
static void swap_blocks(struct work *w, struct span s)
{
    struct span next = block_at(w, s.at + s.len);

    if (next.len == 0 || is_header(w, s) || is_header(w, next) || w->len + s.len > w->max) {
        return;
    }
    memcpy(w->p + w->len, w->p + s.at, s.len); /* aside, behind the end */
    memmove(w->p + s.at, w->p + next.at, next.len);
    memcpy(w->p + s.at + next.len, w->p + w->len, s.len);
    made(w, "two blocks changed places", s.at, s.len + next.len);
}

/* An option at the end of the body; where none belongs, it is something else. */
static void add_option(struct work *w, struct span s)
{
    static const uint16_t codes[] = {0, 1, 2, 3, 4, 8, 9, 14, 2988, 2989, 19372, 0x8001};
    size_t value = (size_t)draw(w, 24);
    size_t n = 4 + ((value + 3) & ~(size_t)3);
    size_t at = s.at + s.len - 4;

    if (w->is_pcap || !shift(w, at, n, 0)) {
        return;
    }
    memset(w->p + at, 0, n);
    put(w, at, 2, codes[draw(w, sizeof(codes) / sizeof(codes[0]))]);
    put(w, at + 2, 2, draw(w, 8) == 0 ? draw(w, 65536) : value);
    for (size_t i = 0; i < value; i++) {
        w->p[at + 4 + i] = (uint8_t)draw(w, 256);
    }
    fix_frame(w, s.at, s.len + n);
    made(w, "an option was added", at, n);
}

static void break_frame(struct work *w, struct span s)
{
    size_t at = w->is_pcap ? s.at + (s.at == 0 ? 0 : 8)
                           : (draw(w, 3) == 0 ? s.at + s.len - 4 : s.at + 4 * (size_t)draw(w, 2));

    put(w, at, 4, interesting(w, 4, get_u32(w->p + at, w->big_endian)));
    made(w, "a length or type was set", at, 4);
}

static void cut(struct work *w, struct span s)
{
    size_t n = (size_t)draw(w, s.len);

    w->len = s.at + n;
    made(w, "the end was cut off", w->len, 0);
}

static void one_change(struct work *w)
{
    static void (*const changes[])(struct work * w, struct span s) = {
        set_field, set_field,   set_field,  set_field,  set_field,   set_field, grow_body,   twice,
        without,   swap_blocks, add_option, add_option, shrink_body, set_field, break_frame, cut,
    };
    const size_t n = sizeof(changes) / sizeof(changes[0]);
    struct span s = choose(w);

    w->made = (struct scapf_random_change){"nothing could be changed", 0, 0};
    if (s.len == 0) {
        if (w->len > 0) {
            size_t at = (size_t)draw(w, w->len);

            w->p[at] ^= (uint8_t)(1 + draw(w, 255));
            made(w, "a byte was changed", at, 1);
        }
        return;
    }
    changes[draw(w, w->keep ? n - 2 : n)](w, s);
}

size_t scapf_mutate_random(uint8_t *bytes, size_t len, size_t max,
                           const struct scapf_random_opts *opts,
                           struct scapf_random_change *changes, size_t n_changes, size_t *n_made)
{
    struct work w = {.p = bytes, .len = len, .max = max, .state = opts->seed};
    uint32_t depth = opts->depth == 0 ? 1 : opts->depth;
    struct pcap_layout layout;

    w.keep = opts->keep_framing;
    for (uint32_t i = 0; i < depth; i++) {
        w.is_pcap = w.len >= PCAP_FILE_HEADER_LEN && pcap_recognise(w.p, &layout);
        w.big_endian = w.is_pcap && layout.big_endian;
        one_change(&w);
        if (changes != NULL && i < n_changes) {
            changes[i] = w.made;
        }
    }
    if (n_made != NULL) {
        *n_made = changes == NULL ? 0 : depth < n_changes ? depth : n_changes;
    }
    return w.len;
}
