/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink.h - where bytes go: collected in chunks, packed when asked for, handed to a descriptor or
 * to memory.
 *
 * Between at and end is the free room of the chunk that is being filled. A put that fits is a copy;
 * after an error there is never room, so that every put comes to know of it.
 */
#ifndef SCAPF_IO_SINK_H
#define SCAPF_IO_SINK_H

#include "bytes/out.h"

struct sink_packer;

struct scapf_sink {
    uint8_t *at, *end; /* free room of the chunk */
    uint8_t *chunk;    /* what is collected */
    size_t chunk_size;
    uint64_t emitted; /* bytes (not packed) that left the chunk */
    const struct sink_packer *packer;
    void *pack;     /* the packer's own */
    struct out mem; /* a memory sink's result */
    int fd;         /* -1 for memory */
    bool owned;     /* fd is closed with the sink */
    bool finished;
    char *path, *tmp_path;           /* of a file that is renamed when finished; else NULL */
    size_t tmp_dir;                  /* bytes of the folder in tmp_path */
    bool has_name;                   /* the file is there under tmp_path */
    const struct scapf_alloc *alloc; /* NULL or &alloc_copy */
    struct scapf_alloc alloc_copy;
    struct scapf_diag diag; /* why it failed; status OK when it has not */
};

/* The bytes it was given until now (not packed). */
static inline uint64_t sink_taken(const struct scapf_sink *s)
{
    return s->emitted + (uint64_t)(s->at - s->chunk);
}

/* scapf_sink_write() when the chunk has not more than len bytes of room. */
enum scapf_status sink_put_slow(struct scapf_sink *s, const void *bytes, size_t len);

/* Free room of the chunk for len bytes, to be filled and then taken; NULL: there is none. */
static inline uint8_t *sink_room(const struct scapf_sink *s, size_t len)
{
    return len < (size_t)(s->end - s->at) ? s->at : NULL;
}

static inline void sink_take(struct scapf_sink *s, size_t len)
{
    s->at += len;
}

/* scapf_sink_write() for callers inside the library: copies at once when there is room. */
static inline enum scapf_status sink_put(struct scapf_sink *s, const void *bytes, size_t len)
{
    uint8_t *to = sink_room(s, len);

    if (to == NULL || len == 0) {
        return sink_put_slow(s, bytes, len);
    }
    memcpy(to, bytes, len);
    sink_take(s, len);
    return SCAPF_OK;
}

#endif
