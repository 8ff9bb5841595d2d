/* SPDX-License-Identifier: Apache-2.0 */
#include "support/packed.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

const char *const packed_names[PACKED_SHAPES] = {"plain", "gzip", "gzip members", "zstd",
                                                 "zstd frames"};

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

void packed_add(struct packed *to, const void *bytes, size_t n)
{
    uint8_t *p = realloc(to->p, to->n + n + 1);

    must(p != NULL);
    if (n > 0) {
        memcpy(p + to->n, bytes, n);
    }
    to->p = p;
    to->n += n;
}

void packed_free(struct packed *it)
{
    free(it->p);
    *it = (struct packed){NULL, 0};
}

static uint32_t random_next(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

struct packed packed_text(size_t n)
{
    static const char *const words[] = {"open", "read",   "write", "close", "fd=",  "0x7f",
                                        " ",    "\n",     "tid",   "exec",  "1234", "/etc/passwd",
                                        "\t",   "unlink", "=",     ","};
    struct packed it = {malloc(n + 16), 0};
    uint32_t state = 1;

    must(it.p != NULL);
    while (it.n < n) {
        const char *word = words[random_next(&state) % 16];

        for (size_t i = 0; word[i] != '\0' && it.n < n; i++) {
            it.p[it.n++] = (uint8_t)word[i];
        }
    }
    return it;
}

struct packed packed_noise(size_t n)
{
    struct packed it = {malloc(n + 1), n};
    uint32_t state = 7;

    must(it.p != NULL);
    for (size_t i = 0; i < n; i++) {
        it.p[i] = (uint8_t)random_next(&state);
    }
    return it;
}

static void add_member(struct packed *to, const uint8_t *bytes, size_t n, bool all_fields)
{
    static Bytef extra[] = "XY\2\0ab";
    static Bytef name[] = "name.scap";
    static Bytef comment[] = "a comment";
    gz_header head = {.time = 1,
                      .os = 3,
                      .extra = extra,
                      .extra_len = 6,
                      .name = name,
                      .comment = comment,
                      .hcrc = 1};
    z_stream z = {0};
    uLong bound;
    uint8_t *p;

    must(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    if (all_fields) {
        must(deflateSetHeader(&z, &head) == Z_OK);
    }
    bound = deflateBound(&z, (uLong)n);
    p = malloc(bound);
    must(p != NULL);
    z.next_in = (z_const Bytef *)bytes;
    z.avail_in = (uInt)n;
    z.next_out = p;
    z.avail_out = (uInt)bound;
    must(deflate(&z, Z_FINISH) == Z_STREAM_END);
    packed_add(to, p, z.total_out);
    free(p);
    must(deflateEnd(&z) == Z_OK);
}

static void add_frame(struct packed *to, const uint8_t *bytes, size_t n)
{
    ZSTD_CCtx *c = ZSTD_createCCtx();
    size_t bound = ZSTD_compressBound(n);
    uint8_t *p = malloc(bound);
    size_t size;

    must(c != NULL && p != NULL);
    must(!ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1)));
    size = ZSTD_compress2(c, p, bound, bytes, n);
    must(!ZSTD_isError(size));
    packed_add(to, p, size);
    free(p);
    (void)ZSTD_freeCCtx(c);
}

/* [RFC 8878 3.1.2] magic 0x184D2A50..5F, length, that many bytes of anything. */
static void add_skippable(struct packed *to, uint8_t variant)
{
    const uint8_t frame[] = {(uint8_t)(0x50 + variant), 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3};

    packed_add(to, frame, sizeof(frame));
}

struct packed packed_make(enum packed_shape shape, const uint8_t *bytes, size_t n)
{
    struct packed it = {NULL, 0};
    size_t a = n / 3;
    size_t b = n / 2;

    switch (shape) {
    case PACKED_GZIP:
        add_member(&it, bytes, n, false);
        break;
    case PACKED_GZIP_MEMBERS:
        add_member(&it, bytes, a, true);
        add_member(&it, bytes, 0, false);
        add_member(&it, bytes + a, b - a, false);
        add_member(&it, bytes + b, n - b, true);
        break;
    case PACKED_ZSTD:
        add_frame(&it, bytes, n);
        break;
    case PACKED_ZSTD_FRAMES:
        add_skippable(&it, 0);
        add_frame(&it, bytes, a);
        add_frame(&it, bytes + a, b - a);
        add_skippable(&it, 15);
        add_skippable(&it, 4);
        add_frame(&it, bytes + b, n - b);
        add_frame(&it, bytes, 0);
        add_skippable(&it, 14);
        break;
    case PACKED_PLAIN:
    case PACKED_SHAPES:
        packed_add(&it, bytes, n);
        break;
    }
    return it;
}
