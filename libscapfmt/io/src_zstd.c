/* SPDX-License-Identifier: Apache-2.0 */
/*
 * src_zstd.c - unpack zstd [RFC 8878]: any number of frames is one stream; skippable frames, among
 * them the seek table of the seekable format, are passed over wherever they stand.
 */

/* ZSTD_createDCtx_advanced(): memory from the caller's allocator */
#define ZSTD_STATIC_LINKING_ONLY
#include "io/src_impl.h"

#include <zstd.h>
#include <zstd_errors.h>

#include "base/mem.h"
#include "bytes/cur.h"

/* The most a frame may ask to remember: 128 MiB, the limit of the zstd program too. */
#define ZSTD_WINDOW_LOG 27
#define ZSTD_MAGIC_LEN  4u

struct src_zstd {
    struct src_stream stream;
    struct src_part part;
    ZSTD_DCtx *d;
    bool in_frame;
    uint64_t window; /* what the frame asks for; 0 when its header is not in sight at once */
    size_t hint;     /* bytes to hand over at once: each block is unpacked alone, and what stands in
                      * front of a damaged one is not lost with it */
};

enum src_magic src_zstd_magic(const uint8_t *p, size_t n)
{
    /* [RFC 8878 3.1.1] the magic number of a frame, [3.1.2] 16 of them of skippable frames */
    static const uint8_t frame[4] = {0x28, 0xB5, 0x2F, 0xFD};
    static const uint8_t skippable[4] = {0x50, 0x2A, 0x4D, 0x18};
    size_t like_frame = 0;
    size_t like_skippable = 0;

    n = n < 4 ? n : 4;
    for (size_t i = 0; i < n; i++) {
        like_frame += p[i] == frame[i];
        like_skippable += (i == 0 ? p[i] & 0xF0 : p[i]) == skippable[i];
    }
    if (n == 0 || (like_frame < n && like_skippable < n)) {
        return SRC_MAGIC_NO;
    }
    return n < 4 ? SRC_MAGIC_CUT : SRC_MAGIC_YES;
}

static uint64_t frame_window(const uint8_t *p, size_t n)
{
    ZSTD_frameHeader head;

    return ZSTD_getFrameHeader(&head, p, n) == 0 ? head.windowSize : 0;
}

static bool starts_frame(const uint8_t *p)
{
    return src_zstd_magic(p, 4) == SRC_MAGIC_YES;
}

/* Does a frame start here that is sound as far as the bytes go? It may end in them only where
 * another one starts. */
static bool proves_frame(void *ctx, const uint8_t *p, size_t n)
{
    size_t len = ZSTD_findFrameCompressedSize(p, n);

    (void)ctx;
    if (ZSTD_isError(len)) { /* it goes on; of a skippable one nothing but its length would tell */
        return ZSTD_getErrorCode(len) == ZSTD_error_srcSize_wrong &&
               get_u32(p, false) == ZSTD_MAGICNUMBER;
    }
    return n - len < ZSTD_MAGIC_LEN || starts_frame(p + len);
}

/* The frame breaks. A salvaging source goes on behind it. */
static enum scapf_status broken(struct src_zstd *z, enum scapf_status status, enum rule rule)
{
    struct scapf_src *s = &z->stream.src;
    struct src_search search = {
        .min = ZSTD_MAGIC_LEN, .starts = starts_frame, .proves = proves_frame, .at_end = rule};
    /* whatever else it looks like at the end of the input: between two frames it is damage */
    enum rule between = rule == RULE_ZSTD_WINDOW ? rule : RULE_ZSTD_DAMAGED;

    if (s->gap == NULL) {
        return src_break(s, status, rule, 0, 0);
    }
    (void)ZSTD_DCtx_reset(z->d, ZSTD_reset_session_only);
    (void)diag_set(&search.diag, status, between, s->end_off, 0, 0);
    src_pass_over(s, &z->part, &search);
    z->in_frame = false;
    return SCAPF_OK;
}

/* Between frames: does another one start? Fills diag or warning when something else does. */
static enum scapf_status next_frame(struct src_zstd *z)
{
    struct scapf_src *s = &z->stream.src;
    const uint8_t *p;
    size_t n;

    if (src_peek(z->part.raw, 4, &p, &n) < 0) {
        return src_break_below(s, z->part.raw);
    }
    switch (src_zstd_magic(p, n)) {
    case SRC_MAGIC_YES:
        z->in_frame = true;
        src_part_begin(&z->part);
        z->hint = 5; /* the shortest header with its magic */
        z->window = frame_window(p, n);
        break;
    case SRC_MAGIC_CUT:
        return broken(z, SCAPF_E_TRUNCATED, RULE_ZSTD_TRUNCATED);
    case SRC_MAGIC_NO:
        if (n > 0 && s->gap != NULL) {
            return broken(z, SCAPF_E_FORMAT, RULE_ZSTD_TRAILING);
        }
        if (n > 0) {
            (void)diag_set(&s->warning, SCAPF_E_FORMAT, RULE_ZSTD_TRAILING, s->end_off, 0, 0);
        }
        break;
    }
    return SCAPF_OK;
}

static enum scapf_status damaged(struct src_zstd *z, size_t rc)
{
    struct scapf_src *s = &z->stream.src;
    ZSTD_ErrorCode code = ZSTD_getErrorCode(rc);

    if (code == ZSTD_error_memory_allocation) {
        return src_break(s, SCAPF_E_NOMEM, RULE_MEMORY, 0, 0);
    }
    if (code == ZSTD_error_frameParameter_windowTooLarge) {
        return s->gap != NULL ? broken(z, SCAPF_E_LIMIT, RULE_ZSTD_WINDOW)
                              : src_break(s, SCAPF_E_LIMIT, RULE_ZSTD_WINDOW, z->window,
                                          (uint64_t)1 << ZSTD_WINDOW_LOG);
    }
    return broken(z, SCAPF_E_FORMAT, RULE_ZSTD_DAMAGED);
}

/* One call of ZSTD_decompressStream() into n bytes at dst. */
static enum scapf_status unpack(struct src_zstd *z, uint8_t *dst, size_t n, size_t *got)
{
    struct scapf_src *s = &z->stream.src;
    const uint8_t *p;
    size_t avail;
    enum scapf_status below = src_part_peek(&z->part, &p, &avail);
    size_t most = avail > z->hint ? z->hint : avail;
    ZSTD_inBuffer in = {p, most, 0};
    ZSTD_outBuffer out = {dst, n, 0};
    size_t rc = ZSTD_decompressStream(z->d, &out, &in);

    src_part_use(s, &z->part, in.pos);
    *got = out.pos;
    if (ZSTD_isError(rc)) {
        *got = 0; /* zstd does not tell what it wrote before an error */
        return damaged(z, rc);
    }
    z->hint = rc;
    if (rc == 0) {
        src_part_end(&z->part);
        z->in_frame = false;
    } else if (in.pos == 0 && out.pos == 0 && avail == 0) {
        return below < 0 ? src_break_below(s, z->part.raw)
                         : broken(z, SCAPF_E_TRUNCATED, RULE_ZSTD_TRUNCATED);
    }
    return SCAPF_OK;
}

static enum scapf_status zstd_pull(struct scapf_src *s, uint8_t *dst, size_t n, size_t *got)
{
    struct src_zstd *z = (struct src_zstd *)s;

    while (*got == 0) {
        if (!z->in_frame) {
            uint64_t at = src_tell(z->part.raw);

            TRY(next_frame(z));
            if (!z->in_frame && src_tell(z->part.raw) == at) {
                return SCAPF_OK;
            }
            if (!z->in_frame) {
                continue; /* something was passed over */
            }
        }
        TRY(unpack(z, dst, n, got));
    }
    return SCAPF_OK;
}

static void zstd_release(struct scapf_src *s)
{
    struct src_zstd *z = (struct src_zstd *)s;

    (void)ZSTD_freeDCtx(z->d);
    mem_free(s->alloc, z->stream.buf);
    scapf_src_free(z->part.raw);
}

static const struct src_ops zstd_ops = {
    .more = src_stream_more, .pull = zstd_pull, .release = zstd_release};

static void *zstd_alloc(void *ctx, size_t size)
{
    return mem_resize(ctx, NULL, size);
}

static void zstd_free(void *ctx, void *p)
{
    mem_free(ctx, p);
}

enum scapf_status src_zstd_open(struct scapf_src *raw, struct scapf_src **src)
{
    struct src_zstd *z = src_new(sizeof(*z), &zstd_ops, raw->alloc);

    if (z == NULL) {
        return SCAPF_E_NOMEM;
    }
    z->d = ZSTD_createDCtx_advanced(
        (ZSTD_customMem){zstd_alloc, zstd_free, src_alloc_ctx(&z->stream.src)});
    if (z->d == NULL ||
        ZSTD_isError(ZSTD_DCtx_setParameter(z->d, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG))) {
        (void)ZSTD_freeDCtx(z->d);
        mem_free(raw->alloc, z);
        return SCAPF_E_NOMEM;
    }
    z->part.raw = raw;
    z->stream.src.packing = SCAPF_ZSTD;
    *src = &z->stream.src;
    return SCAPF_OK;
}
