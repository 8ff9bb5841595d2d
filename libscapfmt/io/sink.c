/* SPDX-License-Identifier: Apache-2.0 */
#include "io/sink.h"

#include <unistd.h>

#include "base/mem.h"
#include "io/sink_file.h"
#include "io/sink_impl.h"

/* Chunk of a sink that does not pack: a large one saves calls into the system, a small one is all
 * that memory needs. */
#define PLAIN_CHUNK  ((size_t)256 * 1024)
#define MEMORY_CHUNK ((size_t)4 * 1024)
/* From here on bytes are not collected but passed on from where they are. */
#define PLAIN_DIRECT ((size_t)64 * 1024)

/* ------------------------------------------------------------------ chunks out */

static const struct sink_packer plain_packer = {
    .packing = SCAPF_PLAIN, .any_size = true, .emit = sink_raw};

static enum scapf_status emit(struct scapf_sink *s, const uint8_t *bytes, size_t n)
{
    TRY(s->packer->emit(s, bytes, n));
    s->emitted += n;
    return SCAPF_OK;
}

static enum scapf_status emit_chunk(struct scapf_sink *s)
{
    size_t n = (size_t)(s->at - s->chunk);

    if (n > 0) {
        TRY(emit(s, s->chunk, n));
        s->at = s->chunk;
    }
    return SCAPF_OK;
}

enum scapf_status sink_put_slow(struct scapf_sink *s, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;

    if (s->diag.status != SCAPF_OK) {
        return s->diag.status;
    }
    if (s->finished) {
        return SCAPF_E_USAGE;
    }
    if (s->packer->any_size && len >= PLAIN_DIRECT) {
        TRY(emit_chunk(s));
        return emit(s, p, len);
    }
    while (len > 0) {
        size_t room = (size_t)(s->end - s->at);
        size_t n = len < room ? len : room;

        if (s->at == s->chunk && n == s->chunk_size) {
            TRY(emit(s, p, n)); /* a whole chunk is packed from where it is */
        } else {
            memcpy(s->at, p, n);
            s->at += n;
            if (s->at == s->end) {
                TRY(emit_chunk(s));
            }
        }
        p += n;
        len -= n;
    }
    return SCAPF_OK;
}

enum scapf_status scapf_sink_write(struct scapf_sink *sink, const void *bytes, size_t len)
{
    return len < PLAIN_DIRECT ? sink_put(sink, bytes, len) : sink_put_slow(sink, bytes, len);
}

enum scapf_status scapf_sink_flush(struct scapf_sink *sink)
{
    if (sink->diag.status != SCAPF_OK) {
        return sink->diag.status;
    }
    /* A packer's chunk stays: flushing must not change how the output is cut into members. */
    return sink->packer->packing == SCAPF_PLAIN ? emit_chunk(sink) : SCAPF_OK;
}

enum scapf_status scapf_sink_sync(struct scapf_sink *sink)
{
    return sink->diag.status != SCAPF_OK ? sink->diag.status : emit_chunk(sink);
}

enum scapf_status scapf_sink_finish(struct scapf_sink *sink)
{
    if (sink->diag.status != SCAPF_OK) {
        return sink->diag.status;
    }
    if (sink->finished) {
        return SCAPF_E_USAGE;
    }
    TRY(emit_chunk(sink));
    if (sink->packer->close != NULL) {
        TRY(sink->packer->close(sink));
    }
    TRY(sink_file_commit(sink));
    sink->finished = true;
    sink->end = sink->at; /* no room: a later put is refused */
    return SCAPF_OK;
}

const uint8_t *scapf_sink_bytes(const struct scapf_sink *sink, size_t *len)
{
    static const uint8_t none[1] = {0};

    *len = 0;
    if (sink->fd >= 0 || !sink->finished) {
        return NULL;
    }
    *len = sink->mem.len;
    return sink->mem.bytes != NULL ? sink->mem.bytes : none;
}

const struct scapf_diag *scapf_sink_diag(const struct scapf_sink *sink)
{
    return sink->diag.status != SCAPF_OK ? &sink->diag : NULL;
}

/* ------------------------------------------------------------------ opening */

static const struct sink_packer *find_packer(enum scapf_compression packing)
{
    static const struct sink_packer *const packers[] = {&plain_packer, &sink_gzip_packer,
                                                        &sink_zstd_packer};

    for (size_t i = 0; i < sizeof(packers) / sizeof(packers[0]); i++) {
        if (packers[i]->packing == packing) {
            return packers[i];
        }
    }
    return NULL;
}

/* A sink without a target yet. */
static enum scapf_status make(enum scapf_compression packing, size_t plain_chunk,
                              const struct scapf_alloc *alloc, struct scapf_sink **sink,
                              struct scapf_diag *diag)
{
    const struct sink_packer *packer = find_packer(packing);
    struct scapf_sink *s;

    *sink = NULL;
    if (packer == NULL) {
        return SCAPF_E_USAGE;
    }
    s = mem_zalloc(alloc, sizeof(*s));
    if (s == NULL) {
        return diag_set(diag, SCAPF_E_NOMEM, RULE_MEMORY, 0, 0, 0);
    }
    if (alloc != NULL) {
        s->alloc_copy = *alloc;
        s->alloc = &s->alloc_copy;
    }
    s->fd = -1;
    s->packer = packer;
    s->chunk_size = packer->any_size ? plain_chunk : packer->chunk_size;
    out_init(&s->mem, s->alloc, false);
    s->chunk = mem_resize(s->alloc, NULL, s->chunk_size);
    if (s->chunk == NULL || (packer->init != NULL && packer->init(s) < 0)) {
        scapf_sink_free(s);
        return diag_set(diag, SCAPF_E_NOMEM, RULE_MEMORY, 0, 0, 0);
    }
    s->at = s->chunk;
    s->end = s->chunk + s->chunk_size;
    *sink = s;
    return SCAPF_OK;
}

enum scapf_status scapf_sink_mem(enum scapf_compression packing, const struct scapf_alloc *alloc,
                                 struct scapf_sink **sink, struct scapf_diag *diag)
{
    return make(packing, MEMORY_CHUNK, alloc, sink, diag);
}

enum scapf_status scapf_sink_fd(int fd, enum scapf_compression packing,
                                const struct scapf_alloc *alloc, struct scapf_sink **sink,
                                struct scapf_diag *diag)
{
    TRY(make(packing, PLAIN_CHUNK, alloc, sink, diag));
    (*sink)->fd = fd;
    return SCAPF_OK;
}

enum scapf_status scapf_sink_file(const char *path, enum scapf_compression packing,
                                  const struct scapf_alloc *alloc, struct scapf_sink **sink,
                                  struct scapf_diag *diag)
{
    if (strcmp(path, "-") == 0) {
        return scapf_sink_fd(STDOUT_FILENO, packing, alloc, sink, diag);
    }
    TRY(make(packing, PLAIN_CHUNK, alloc, sink, diag));
    if (sink_file_open(*sink, path) < 0) {
        enum scapf_status status = (*sink)->diag.status;

        if (diag != NULL) {
            *diag = (*sink)->diag;
        }
        scapf_sink_free(*sink);
        *sink = NULL;
        return status;
    }
    return SCAPF_OK;
}

void scapf_sink_free(struct scapf_sink *sink)
{
    struct scapf_alloc copy;
    bool own_alloc;

    if (sink == NULL) {
        return;
    }
    sink_file_drop(sink);
    if (sink->packer->release != NULL) {
        sink->packer->release(sink);
    }
    out_release(&sink->mem);
    mem_free(sink->alloc, sink->chunk);
    own_alloc = sink->alloc != NULL; /* the copy lies in the memory that is freed */
    copy = sink->alloc_copy;
    mem_free(own_alloc ? &copy : NULL, sink);
}
