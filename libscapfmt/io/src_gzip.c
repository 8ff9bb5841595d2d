/* SPDX-License-Identifier: Apache-2.0 */
/*
 * src_gzip.c - unpack gzip [RFC 1952]: any number of members is one stream, as zlib's gzread() and
 * so libscap have it. zlib parses the headers and checks checksum and length of each member.
 */
#include "io/src_impl.h"

#include <zlib.h>

#include "base/mem.h"

/* [zlib.h inflateInit2] window bits 15, plus 16 for a gzip wrapper and no other. */
#define GZIP_WINDOW_BITS (15 + 16)
/* zlib counts in unsigned int. */
#define GZIP_STEP ((size_t)1 << 30)
/* The fixed part of a member's header. */
#define GZIP_HEADER_LEN 10u

struct src_gzip {
    struct src_stream stream;
    struct src_part part;
    z_stream z;
    bool in_member;
};

enum src_magic src_gzip_magic(const uint8_t *p, size_t n)
{
    if (n >= 2) {
        return p[0] == 0x1F && p[1] == 0x8B ? SRC_MAGIC_YES : SRC_MAGIC_NO;
    }
    return n == 1 && p[0] == 0x1F ? SRC_MAGIC_CUT : SRC_MAGIC_NO;
}

/* A member header, strictly: random bytes look like the magic alone every 64 KiB. [RFC 1952 2.3] */
static bool starts_member(const uint8_t *p)
{
    bool flags = (p[3] & 0xE0) == 0;
    bool extra_flags = p[8] == 0 || p[8] == 2 || p[8] == 4;
    bool system = p[9] <= 13 || p[9] == 255;

    return p[0] == 0x1F && p[1] == 0x8B && p[2] == 8 && flags && extra_flags && system;
}

/* Does a member start here that is sound as far as the bytes go? It may end in them only where
 * another one starts. */
static bool proves_member(void *ctx, const uint8_t *p, size_t n)
{
    struct src_gzip *g = ctx;
    uint8_t unpacked[16384];
    int rc = inflateReset(&g->z);

    g->z.next_in = (z_const Bytef *)p;
    g->z.avail_in = (uInt)n;
    while (rc == Z_OK) {
        g->z.next_out = unpacked;
        g->z.avail_out = sizeof(unpacked);
        rc = inflate(&g->z, Z_NO_FLUSH);
    }
    return rc == Z_BUF_ERROR || /* nothing more to unpack */
           (rc == Z_STREAM_END && (g->z.avail_in < GZIP_HEADER_LEN || starts_member(g->z.next_in)));
}

/* The member breaks; got bytes of it were just unpacked. A salvaging source goes on behind it. */
static enum scapf_status broken(struct src_gzip *g, enum scapf_status status, enum rule rule,
                                size_t got)
{
    struct scapf_src *s = &g->stream.src;
    struct src_search search = {.min = GZIP_HEADER_LEN,
                                .starts = starts_member,
                                .proves = proves_member,
                                .ctx = g,
                                .at_end = rule};

    if (s->gap == NULL) {
        return src_break(s, status, rule, 0, 0);
    }
    /* whatever it looks like at the end of the input: between two members it is damage */
    (void)diag_set(&search.diag, status, RULE_GZIP_DAMAGED, s->end_off + got, 0, 0);
    src_pass_over(s, &g->part, &search);
    g->in_member = false;
    return SCAPF_OK;
}

/* Between members: does another one start? Fills diag or warning when something else does. */
static enum scapf_status next_member(struct src_gzip *g)
{
    struct scapf_src *s = &g->stream.src;
    const uint8_t *p;
    size_t n;

    if (src_peek(g->part.raw, 2, &p, &n) < 0) {
        return src_break_below(s, g->part.raw);
    }
    switch (src_gzip_magic(p, n)) {
    case SRC_MAGIC_YES:
        g->in_member = inflateReset(&g->z) == Z_OK;
        src_part_begin(&g->part);
        break;
    case SRC_MAGIC_CUT:
        return broken(g, SCAPF_E_TRUNCATED, RULE_GZIP_TRUNCATED, 0);
    case SRC_MAGIC_NO:
        if (n > 0 && s->gap != NULL) {
            return broken(g, SCAPF_E_FORMAT, RULE_GZIP_TRAILING, 0);
        }
        if (n > 0) {
            (void)diag_set(&s->warning, SCAPF_E_FORMAT, RULE_GZIP_TRAILING, s->end_off, 0, 0);
        }
        break;
    }
    return SCAPF_OK;
}

/* One call of inflate() into n bytes at dst. */
static enum scapf_status unpack(struct src_gzip *g, uint8_t *dst, size_t n, size_t *got)
{
    struct scapf_src *s = &g->stream.src;
    const uint8_t *p;
    size_t avail;
    enum scapf_status below = src_part_peek(&g->part, &p, &avail);
    int rc;

    avail = avail < GZIP_STEP ? avail : GZIP_STEP;
    n = n < GZIP_STEP ? n : GZIP_STEP;
    g->z.next_in = (z_const Bytef *)p;
    g->z.avail_in = (uInt)avail;
    g->z.next_out = dst;
    g->z.avail_out = (uInt)n;
    rc = inflate(&g->z, Z_NO_FLUSH);
    src_part_use(s, &g->part, avail - g->z.avail_in);
    *got = n - g->z.avail_out;
    if (rc == Z_OK) {
        return SCAPF_OK;
    }
    if (rc == Z_STREAM_END) {
        src_part_end(&g->part);
        g->in_member = false;
        return SCAPF_OK;
    }
    if (rc == Z_MEM_ERROR) {
        return src_break(s, SCAPF_E_NOMEM, RULE_MEMORY, 0, 0);
    }
    if (rc != Z_BUF_ERROR) { /* Z_DATA_ERROR, and Z_NEED_DICT that gzip does not have */
        return broken(g, SCAPF_E_FORMAT, RULE_GZIP_DAMAGED, *got);
    }
    /* no progress and no input: the layer below tells why */
    return below < 0 ? src_break_below(s, g->part.raw)
                     : broken(g, SCAPF_E_TRUNCATED, RULE_GZIP_TRUNCATED, *got);
}

static enum scapf_status gzip_pull(struct scapf_src *s, uint8_t *dst, size_t n, size_t *got)
{
    struct src_gzip *g = (struct src_gzip *)s;

    while (*got == 0) {
        if (!g->in_member) {
            uint64_t at = src_tell(g->part.raw);

            TRY(next_member(g));
            if (!g->in_member && src_tell(g->part.raw) == at) {
                return SCAPF_OK;
            }
            if (!g->in_member) {
                continue; /* something was passed over */
            }
        }
        TRY(unpack(g, dst, n, got));
    }
    return SCAPF_OK;
}

static void gzip_release(struct scapf_src *s)
{
    struct src_gzip *g = (struct src_gzip *)s;

    (void)inflateEnd(&g->z);
    mem_free(s->alloc, g->stream.buf);
    scapf_src_free(g->part.raw);
}

static const struct src_ops gzip_ops = {
    .more = src_stream_more, .pull = gzip_pull, .release = gzip_release};

static voidpf gzip_alloc(voidpf ctx, uInt n, uInt size)
{
    return mem_resize_array(ctx, NULL, n, size);
}

static void gzip_free(voidpf ctx, voidpf p)
{
    mem_free(ctx, p);
}

enum scapf_status src_gzip_open(struct scapf_src *raw, struct scapf_src **src)
{
    struct src_gzip *g = src_new(sizeof(*g), &gzip_ops, raw->alloc);

    if (g == NULL) {
        return SCAPF_E_NOMEM;
    }
    g->z.zalloc = gzip_alloc;
    g->z.zfree = gzip_free;
    g->z.opaque = src_alloc_ctx(&g->stream.src);
    if (inflateInit2(&g->z, GZIP_WINDOW_BITS) != Z_OK) {
        mem_free(raw->alloc, g);
        return SCAPF_E_NOMEM;
    }
    g->part.raw = raw;
    g->stream.src.packing = SCAPF_GZIP;
    *src = &g->stream.src;
    return SCAPF_OK;
}
