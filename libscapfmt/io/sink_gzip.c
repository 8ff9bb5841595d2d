/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink_gzip.c - gzip output in the BGZF layout [SAM/BAM specification 4.1]: independent members,
 * each of which says in its extra field how long it is, and an empty one at the end. Every reader
 * of gzip takes it; one that knows the layout can start at any member.
 *
 *   1F 8B 08 04  mtime(4)=0  xfl=0  os=FF  xlen(2)=6  'B' 'C' 2(2) bsize-1(2)  deflate  crc32 isize
 */
#include "io/sink_impl.h"

#include <assert.h>
#include <zlib.h>

#include "base/mem.h"

/* [htslib bgzf.h] input bytes and whole size of a member; even stored the former fit the latter. */
#define BGZF_INPUT  MEM_FEWER(65280)
#define BGZF_MEMBER (BGZF_INPUT + 256)
#define BGZF_HEAD   18
#define BGZF_TAIL   8

struct sink_gzip {
    z_stream z;
    bool ready;
    uint8_t member[BGZF_MEMBER];
};

static voidpf gzip_alloc(voidpf ctx, uInt n, uInt size)
{
    return mem_resize_array(ctx, NULL, n, size);
}

static void gzip_free(voidpf ctx, voidpf p)
{
    mem_free(ctx, p);
}

static enum scapf_status gzip_init(struct scapf_sink *s)
{
    struct sink_gzip *g = mem_zalloc(s->alloc, sizeof(*g));

    s->pack = g;
    if (g == NULL) {
        return SCAPF_E_NOMEM;
    }
    g->z.zalloc = gzip_alloc;
    g->z.zfree = gzip_free;
    g->z.opaque = sink_alloc_ctx(s);
    /* raw deflate: the wrapper is ours */
    g->ready =
        deflateInit2(&g->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK;
    return g->ready ? SCAPF_OK : SCAPF_E_NOMEM;
}

static void put_le(uint8_t *p, uint32_t v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        p[i] = (uint8_t)(v >> (8 * i));
    }
}

/* One member of n bytes, 0 for the empty one at the end. */
static enum scapf_status gzip_emit(struct scapf_sink *s, const uint8_t *bytes, size_t n)
{
    static const uint8_t head[BGZF_HEAD] = {0x1F, 0x8B, 8, 4,   0,   0, 0, 0, 0,
                                            0xFF, 6,    0, 'B', 'C', 2, 0, 0, 0};
    struct sink_gzip *g = s->pack;
    size_t size;
    int rc;

    (void)deflateReset(&g->z);
    g->z.next_in = (z_const Bytef *)bytes;
    g->z.avail_in = (uInt)n;
    g->z.next_out = g->member + BGZF_HEAD;
    g->z.avail_out = BGZF_MEMBER - BGZF_HEAD - BGZF_TAIL;
    rc = deflate(&g->z, Z_FINISH);
    assert(rc == Z_STREAM_END); /* deflateBound(BGZF_INPUT) is less than the room */
    (void)rc;
    size = BGZF_MEMBER - BGZF_TAIL - g->z.avail_out;
    memcpy(g->member, head, sizeof(head));
    put_le(g->member + 16, (uint32_t)(size + BGZF_TAIL - 1), 2);
    put_le(g->member + size, (uint32_t)crc32(crc32(0, NULL, 0), bytes, (uInt)n), 4);
    put_le(g->member + size + 4, (uint32_t)n, 4);
    return sink_raw(s, g->member, size + BGZF_TAIL);
}

static enum scapf_status gzip_close(struct scapf_sink *s)
{
    return gzip_emit(s, s->chunk, 0);
}

static void gzip_release(struct scapf_sink *s)
{
    struct sink_gzip *g = s->pack;

    if (g != NULL && g->ready) {
        (void)deflateEnd(&g->z);
    }
    mem_free(s->alloc, g);
}

const struct sink_packer sink_gzip_packer = {
    .packing = SCAPF_GZIP,
    .chunk_size = BGZF_INPUT,
    .init = gzip_init,
    .emit = gzip_emit,
    .close = gzip_close,
    .release = gzip_release,
};
