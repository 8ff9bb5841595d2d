/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink_impl.h - what the packings share; only for the files sink*.c.
 */
#ifndef SCAPF_IO_SINK_IMPL_H
#define SCAPF_IO_SINK_IMPL_H

#include "io/sink.h"

/* How chunks become output. */
struct sink_packer {
    enum scapf_compression packing;
    size_t chunk_size;
    bool any_size; /* emit() takes more than a chunk, and chunks of any size */
    /* Set s->pack up; NULL = nothing to do. On error release() is called all the same. */
    enum scapf_status (*init)(struct scapf_sink *s);
    /* Pack n > 0 bytes, at most a chunk unless any_size, and pass them to sink_raw(). */
    enum scapf_status (*emit)(struct scapf_sink *s, const uint8_t *bytes, size_t n);
    /* Write what closes the stream; NULL = nothing. */
    enum scapf_status (*close)(struct scapf_sink *s);
    /* Free s->pack; NULL = nothing. */
    void (*release)(struct scapf_sink *s);
};

extern const struct sink_packer sink_gzip_packer;
extern const struct sink_packer sink_zstd_packer;

/* Hand packed bytes to the descriptor or add them to the memory. */
enum scapf_status sink_raw(struct scapf_sink *s, const uint8_t *bytes, size_t n);
/* Keep the first error, take away the room of the chunk, and return the status. */
enum scapf_status sink_fail(struct scapf_sink *s, enum scapf_status status, enum rule rule,
                            uint64_t got);
/* The allocator as context of zlib's and zstd's allocation calls: NULL or a struct scapf_alloc. */
void *sink_alloc_ctx(struct scapf_sink *s);

#endif
