/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packed.h - gzip and zstd streams of every shape, made by zlib and libzstd directly, so that
 * sources are not tested with what our own sinks write.
 */
#ifndef TESTS_SUPPORT_PACKED_H
#define TESTS_SUPPORT_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes on the heap; packed_free() them. */
struct packed {
    uint8_t *p;
    size_t n;
};

enum packed_shape {
    PACKED_PLAIN,
    PACKED_GZIP,         /* one member */
    PACKED_GZIP_MEMBERS, /* several, the first with every optional header field */
    PACKED_ZSTD,         /* one frame with a checksum */
    PACKED_ZSTD_FRAMES,  /* several, with skippable frames before, between and after */
    PACKED_SHAPES
};

extern const char *const packed_names[PACKED_SHAPES];

/* n bytes that pack to about a quarter, different everywhere. */
struct packed packed_text(size_t n);
/* n bytes that do not pack. */
struct packed packed_noise(size_t n);
struct packed packed_make(enum packed_shape shape, const uint8_t *bytes, size_t n);
/* Add n bytes at the end. */
void packed_add(struct packed *to, const void *bytes, size_t n);
void packed_free(struct packed *it);

#endif
