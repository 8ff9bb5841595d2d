/* SPDX-License-Identifier: Apache-2.0 */
/*
 * src_impl.h - what the kinds of sources share; only for the files src_*.c.
 *
 * A kind is a struct that begins with struct scapf_src. Memory and mapped files show their bytes
 * in place. The others (descriptors, gzip, zstd) begin with struct src_stream and give their bytes
 * through pull(); src.c keeps the buffer. gzip and zstd read from another source, so that each
 * works on files, descriptors and memory alike.
 */
#ifndef SCAPF_IO_SRC_IMPL_H
#define SCAPF_IO_SRC_IMPL_H

#include "io/src.h"

struct src_ops {
    /* Widen the window to min bytes, or set ended or diag. */
    void (*more)(struct scapf_src *s, size_t min);
    /* Streams: put 1..n bytes at dst. *got 0 with OK is the end. *got counts with an error too. */
    enum scapf_status (*pull)(struct scapf_src *s, uint8_t *dst, size_t n, size_t *got);
    /* Free what the kind holds, but not s itself. */
    void (*release)(struct scapf_src *s);
};

/* A source that is not in memory as a whole. */
struct src_stream {
    struct scapf_src src;
    uint8_t *buf;
    size_t cap;
};

/* Zeroed memory for a kind of source of this size, with ops and allocator in place; or NULL. */
void *src_new(size_t size, const struct src_ops *ops, const struct scapf_alloc *alloc);
/* more() of every stream. */
void src_stream_more(struct scapf_src *s, size_t min);
/* The stream breaks here: keep the diagnosis for the peek that needs more, return its status. */
enum scapf_status src_break(struct scapf_src *s, enum scapf_status status, enum rule rule,
                            uint64_t got, uint64_t want);
/* The stream breaks here because the one it is unpacked from broke. */
enum scapf_status src_break_below(struct scapf_src *s, const struct scapf_src *raw);
/* The allocator as context of zlib's and zstd's allocation calls: NULL or a struct scapf_alloc. */
void *src_alloc_ctx(struct scapf_src *s);

/* Bytes in memory as they are; NULL when there is no memory for the source itself. */
struct scapf_src *src_raw_mem(const void *bytes, size_t len, const struct scapf_alloc *alloc);
/* A descriptor as it is, mapped when possible. Takes fd over when owned, also on error. */
enum scapf_status src_raw_fd(int fd, bool owned, const struct scapf_alloc *alloc,
                             struct scapf_src **src, struct scapf_diag *diag);

/* ------------------------------------------------------------------ parts (src_salvage.c) */

/*
 * A member or frame that is being unpacked. Where one is cut, the start of the next is taken for
 * more of it until that makes no sense any more. A salvaging source so keeps what was unpacked last
 * in sight, and looks there first.
 */
struct src_part {
    struct scapf_src *raw; /* of which it is unpacked */
    size_t held;           /* bytes at its position that were unpacked already */
    bool whole;            /* the first of them starts the part */
    uint64_t again;        /* bytes looked into a second time, of the whole stream */
};

/* How the next one is looked for behind damage. */
struct src_search {
    size_t min; /* bytes that starts() looks at */
    bool (*starts)(const uint8_t *p);
    /* May the n bytes be the begin of a sound part? Asked where they were unpacked as something
     * else: what was packed before it was captured looks like a part, too. */
    bool (*proves)(void *ctx, const uint8_t *p, size_t n);
    void *ctx;
    struct scapf_diag diag; /* what to tell of the gap */
    enum rule at_end;       /* what it is when no other part follows */
};

/* A part starts at the position of raw. */
void src_part_begin(struct src_part *part);
/* What is next to be unpacked. As src_peek() with a min of 1. */
enum scapf_status src_part_peek(struct src_part *part, const uint8_t **p, size_t *avail);
/* n bytes of it were unpacked into s. */
void src_part_use(const struct scapf_src *s, struct src_part *part, size_t n);
/* The part ended as it should. */
void src_part_end(struct src_part *part);
/* The part is damaged: move raw to where the next one starts, or to its end, and tell s->gap what
 * was passed over. */
void src_pass_over(struct scapf_src *s, struct src_part *part, struct src_search *search);

/* ------------------------------------------------------------------ kinds */

/* What the first bytes of a packed stream, and of each further member or frame, look like. */
enum src_magic {
    SRC_MAGIC_NO,
    SRC_MAGIC_CUT, /* a beginning of one, and the input ends there */
    SRC_MAGIC_YES
};
enum src_magic src_gzip_magic(const uint8_t *p, size_t n);
enum src_magic src_zstd_magic(const uint8_t *p, size_t n);

/* Unpack raw, which is taken over on success only. */
enum scapf_status src_gzip_open(struct scapf_src *raw, struct scapf_src **src);
enum scapf_status src_zstd_open(struct scapf_src *raw, struct scapf_src **src);

#endif
