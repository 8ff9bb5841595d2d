/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink_zstd.c - zstd output in the seekable format [zstd contrib/seekable_format]: independent
 * frames with checksums, and a skippable frame with their sizes at the end. Plain readers pass over
 * the latter.
 *
 *   5E 2A 4D 18  size(4)  { packed(4) unpacked(4) }...  frames(4)  flags=0  B1 EA 92 8F
 */

/* ZSTD_createCCtx_advanced(): memory from the caller's allocator */
#define ZSTD_STATIC_LINKING_ONLY
#include "io/sink_impl.h"

#include <zstd.h>

#include "base/mem.h"

/* Input bytes of a frame: small enough to seek to, big enough to pack well. */
#define ZSTD_CHUNK MEM_FEWER((size_t)1024 * 1024)

struct sink_zstd {
    ZSTD_CCtx *c;
    uint8_t *frame;
    size_t frame_size;
    struct out table; /* sizes of the frames so far */
    uint32_t n_frames;
};

static void *zstd_alloc(void *ctx, size_t size)
{
    return mem_resize(ctx, NULL, size);
}

static void zstd_free(void *ctx, void *p)
{
    mem_free(ctx, p);
}

static enum scapf_status zstd_init(struct scapf_sink *s)
{
    struct sink_zstd *z = mem_zalloc(s->alloc, sizeof(*z));

    s->pack = z;
    if (z == NULL) {
        return SCAPF_E_NOMEM;
    }
    out_init(&z->table, s->alloc, false);
    z->frame_size = ZSTD_compressBound(ZSTD_CHUNK);
    z->frame = mem_resize(s->alloc, NULL, z->frame_size);
    z->c = ZSTD_createCCtx_advanced((ZSTD_customMem){zstd_alloc, zstd_free, sink_alloc_ctx(s)});
    if (z->frame == NULL || z->c == NULL ||
        ZSTD_isError(ZSTD_CCtx_setParameter(z->c, ZSTD_c_checksumFlag, 1))) {
        return SCAPF_E_NOMEM;
    }
    return SCAPF_OK;
}

static enum scapf_status zstd_emit(struct scapf_sink *s, const uint8_t *bytes, size_t n)
{
    struct sink_zstd *z = s->pack;
    size_t size = ZSTD_compress2(z->c, z->frame, z->frame_size, bytes, n);

    if (ZSTD_isError(size)) { /* the room is the bound: only memory can lack */
        return sink_fail(s, SCAPF_E_NOMEM, RULE_MEMORY, 0);
    }
    out_u32(&z->table, (uint32_t)size);
    out_u32(&z->table, (uint32_t)n);
    z->n_frames++;
    if (out_status(&z->table) < 0) {
        return sink_fail(s, out_status(&z->table), RULE_MEMORY, 0);
    }
    return sink_raw(s, z->frame, size);
}

static enum scapf_status zstd_close(struct scapf_sink *s)
{
    struct sink_zstd *z = s->pack;
    struct out head;
    enum scapf_status status;

    if (z->n_frames == 0) { /* nothing was written: one empty frame, so that it is zstd at all */
        TRY(zstd_emit(s, s->chunk, 0));
    }
    out_u32(&z->table, z->n_frames);
    out_u8(&z->table, 0);
    out_u32(&z->table, 0x8F92EAB1);
    out_init(&head, s->alloc, false);
    out_u32(&head, 0x184D2A5E);
    out_u32(&head, (uint32_t)z->table.len);
    status = out_status(&z->table) < 0 ? out_status(&z->table) : out_status(&head);
    if (status < 0) {
        (void)sink_fail(s, status, RULE_MEMORY, 0);
    } else {
        status = sink_raw(s, head.bytes, head.len);
    }
    out_release(&head);
    return status < 0 ? status : sink_raw(s, z->table.bytes, z->table.len);
}

static void zstd_release(struct scapf_sink *s)
{
    struct sink_zstd *z = s->pack;

    if (z != NULL) {
        (void)ZSTD_freeCCtx(z->c);
        mem_free(s->alloc, z->frame);
        out_release(&z->table);
        mem_free(s->alloc, z);
    }
}

const struct sink_packer sink_zstd_packer = {
    .packing = SCAPF_ZSTD,
    .chunk_size = ZSTD_CHUNK,
    .init = zstd_init,
    .emit = zstd_emit,
    .close = zstd_close,
    .release = zstd_release,
};
