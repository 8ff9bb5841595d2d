/* SPDX-License-Identifier: Apache-2.0 */
#include "io/src.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "support/fault_alloc.h"
#include "support/packed.h"

/* ------------------------------------------------------------------ ways to get at bytes */

enum way { WAY_MEM, WAY_FILE, WAY_FD_MIDDLE, WAY_STDIN, WAY_PIPE, WAY_SOCKET, WAYS };

static const char *const way_names[WAYS] = {"mem",   "file", "fd in the middle",
                                            "stdin", "pipe", "socket"};

/* An open source and what must be undone with it. */
struct opened {
    struct scapf_src *src;
    char path[64];
    int fd;
    pthread_t writer;
    bool writing;
    int to;
    const uint8_t *p;
    size_t n, piece;
};

static void *write_pieces(void *arg)
{
    struct opened *o = arg;

    for (size_t at = 0; at < o->n;) {
        size_t n = o->n - at < o->piece ? o->n - at : o->piece;
        ssize_t k = write(o->to, o->p + at, n);

        if (k < 0) {
            break;
        }
        at += (size_t)k;
    }
    (void)close(o->to);
    return NULL;
}

static void make_file(struct opened *o, const uint8_t *p, size_t n)
{
    (void)snprintf(o->path, sizeof(o->path), "/tmp/test_src.XXXXXX");
    o->fd = mkstemp(o->path);
    cr_assert_geq(o->fd, 0);
    cr_assert_eq(write(o->fd, p, n), (ssize_t)n);
    cr_assert_eq(lseek(o->fd, 0, SEEK_SET), 0);
}

/* A descriptor that a thread writes pieces of the bytes to. */
static void make_writer(struct opened *o, enum way way, const uint8_t *p, size_t n, size_t piece)
{
    int ends[2];

    cr_assert_eq(way == WAY_SOCKET ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : pipe(ends), 0);
    o->fd = ends[0];
    o->to = ends[1];
    o->p = p;
    o->n = n;
    o->piece = piece;
    o->writing = true;
    cr_assert_eq(pthread_create(&o->writer, NULL, write_pieces, o), 0);
}

static enum scapf_status open_way(struct opened *o, enum way way, const uint8_t *p, size_t n,
                                  size_t piece, const struct scapf_alloc *alloc)
{
    struct scapf_diag diag;
    uint8_t *before;
    enum scapf_status status;

    *o = (struct opened){.fd = -1};
    switch (way) {
    case WAY_MEM:
        return scapf_src_mem(p, n, alloc, &o->src, &diag);
    case WAY_FILE:
        make_file(o, p, n);
        return scapf_src_file(o->path, alloc, &o->src, &diag);
    case WAY_FD_MIDDLE:
        before = calloc(1, n + 5000);
        cr_assert_not_null(before);
        memcpy(before + 5000, p, n);
        make_file(o, before, n + 5000);
        free(before);
        cr_assert_eq(lseek(o->fd, 5000, SEEK_SET), 5000);
        return scapf_src_fd(o->fd, alloc, &o->src, &diag);
    case WAY_STDIN:
        make_writer(o, WAY_PIPE, p, n, piece);
        cr_assert_eq(dup2(o->fd, STDIN_FILENO), STDIN_FILENO);
        status = scapf_src_file("-", alloc, &o->src, &diag);
        return status;
    case WAY_PIPE:
    case WAY_SOCKET:
        make_writer(o, way, p, n, piece);
        return scapf_src_fd(o->fd, alloc, &o->src, &diag);
    case WAYS:
        break;
    }
    return SCAPF_E_USAGE;
}

static void close_way(struct opened *o)
{
    scapf_src_free(o->src);
    if (o->writing) {
        cr_assert_eq(pthread_join(o->writer, NULL), 0);
    }
    if (o->fd >= 0) {
        (void)close(o->fd);
    }
    if (o->path[0] != '\0') {
        (void)unlink(o->path);
    }
}

/* ------------------------------------------------------------------ reading */

/*
 * Read to the end with peeks of this size, consuming what peeks show or, when by_one, varying
 * parts of it. Checks what every source promises; true when the bytes are those wanted, or a
 * beginning of them. *total tells how many there were.
 */
static bool read_all(struct scapf_src *s, size_t peek, bool by_part, const uint8_t *want, size_t n,
                     size_t *total, enum scapf_status *status)
{
    uint32_t seed = 3;

    *total = 0;
    for (;;) {
        const uint8_t *p = NULL;
        size_t avail = SIZE_MAX;
        size_t take;

        *status = src_peek(s, peek, &p, &avail);
        if (avail > n - *total || memcmp(p, want + *total, avail) != 0 || src_tell(s) != *total) {
            return false;
        }
        if (*status < 0 && (avail >= peek || src_diag(s) == NULL)) {
            return false;
        }
        if (avail == 0) {
            return true;
        }
        seed = seed * 1664525 + 1013904223;
        take = by_part ? 1 + (seed >> 8) % avail : avail;
        if (!by_part && take > peek && avail - peek > 100000) {
            take = avail - 100000; /* leave something for the next window */
        }
        src_consume(s, take);
        *total += take;
    }
}

static const size_t peeks[] = {1, 7, 4096, 300000, (size_t)1 << 40};
#define N_PEEKS (sizeof(peeks) / sizeof(peeks[0]))

static void all_shapes(enum way way, size_t n, size_t piece)
{
    static const enum scapf_compression packings[PACKED_SHAPES] = {
        SCAPF_PLAIN, SCAPF_GZIP, SCAPF_GZIP, SCAPF_ZSTD, SCAPF_ZSTD};
    struct packed text = packed_text(n);

    for (int shape = 0; shape < PACKED_SHAPES; shape++) {
        struct packed it = packed_make((enum packed_shape)shape, text.p, text.n);

        for (size_t i = 0; i < 2 * N_PEEKS; i++) {
            struct opened o;
            enum scapf_status status;
            size_t total;
            uint64_t left;

            cr_assert_eq(open_way(&o, way, it.p, it.n, piece, NULL), SCAPF_OK);
            cr_expect_eq(scapf_src_compression(o.src), packings[shape]);
            cr_expect(read_all(o.src, peeks[i / 2], i % 2 == 1, text.p, text.n, &total, &status),
                      "%s, %s, peek %zu", way_names[way], packed_names[shape], peeks[i / 2]);
            cr_expect_eq(total, text.n, "%s, %s, peek %zu: %zu of %zu", way_names[way],
                         packed_names[shape], peeks[i / 2], total, text.n);
            cr_expect_eq(status, SCAPF_OK);
            cr_expect(src_remaining(o.src, &left) && left == 0);
            cr_expect_null(src_diag(o.src));
            cr_expect_null(src_warning(o.src));
            close_way(&o);
        }
        packed_free(&it);
    }
    packed_free(&text);
}

Test(src, every_way_and_packing_gives_the_same_bytes)
{
    for (int way = 0; way < WAYS; way++) {
        all_shapes((enum way)way, 0, 65536);
        all_shapes((enum way)way, 1, 65536);
        all_shapes((enum way)way, 3000, 1);
        all_shapes((enum way)way, 700000, 100000);
    }
}

/* More than two steps of a mapped file, with peeks that cross them. */
Test(src, big_files_are_shown_in_steps)
{
    struct packed noise = packed_noise((size_t)21 * 1024 * 1024 + 17);
    static const size_t sizes[] = {1000003, (size_t)9 * 1024 * 1024, (size_t)1 << 40};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (int way = WAY_FILE; way <= WAY_FD_MIDDLE; way++) {
            struct opened o;
            enum scapf_status status;
            size_t total;
            uint64_t left;

            cr_assert_eq(open_way(&o, (enum way)way, noise.p, noise.n, 0, NULL), SCAPF_OK);
            cr_expect(src_remaining(o.src, &left) && left == noise.n);
            cr_expect(read_all(o.src, sizes[i], false, noise.p, noise.n, &total, &status));
            cr_expect_eq(total, noise.n);
            cr_expect_eq(status, SCAPF_OK);
            close_way(&o);
        }
    }
    packed_free(&noise);
}

Test(src, remaining_is_told_only_when_known)
{
    struct packed text = packed_text(1000);
    struct packed gz = packed_make(PACKED_GZIP, text.p, text.n);
    struct scapf_src *s;
    const uint8_t *p;
    size_t avail;
    uint64_t left;

    cr_assert_eq(scapf_src_mem(text.p, text.n, NULL, &s, NULL), SCAPF_OK);
    src_consume(s, 10);
    cr_expect(src_remaining(s, &left) && left == 990);
    scapf_src_free(s);
    cr_assert_eq(scapf_src_mem(gz.p, gz.n, NULL, &s, NULL), SCAPF_OK);
    cr_expect_not(src_remaining(s, &left));
    cr_expect_eq(src_peek(s, 1001, &p, &avail), SCAPF_OK);
    cr_expect_eq(avail, 1000);
    src_consume(s, 400);
    cr_expect(src_remaining(s, &left) && left == 600);
    scapf_src_free(s);
    packed_free(&gz);
    packed_free(&text);
}

/* ------------------------------------------------------------------ what cannot be opened */

Test(src, failures_to_open_carry_errno)
{
    static const struct {
        const char *path;
        enum rule rule;
        int error;
    } rows[] = {
        {"/nonexistent/file", RULE_IO_OPEN, ENOENT},
        {"/etc/passwd/file", RULE_IO_OPEN, ENOTDIR},
        {"/tmp", RULE_IO_READ, EISDIR},
    };
    struct scapf_diag diag;
    struct scapf_src *s;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        s = (struct scapf_src *)&diag;
        cr_expect_eq(scapf_src_file(rows[i].path, NULL, &s, &diag), SCAPF_E_IO);
        cr_expect_null(s);
        cr_expect_eq(diag.rule, rows[i].rule, "%s", rows[i].path);
        cr_expect_eq(diag.got, (uint64_t)rows[i].error, "%s", rows[i].path);
        cr_expect_eq(scapf_src_file(rows[i].path, NULL, &s, NULL), SCAPF_E_IO);
    }
    cr_expect_eq(scapf_src_fd(-1, NULL, &s, &diag), SCAPF_E_IO);
    cr_expect_eq(diag.got, (uint64_t)EBADF);
    scapf_src_free(NULL);
}

Test(src, converters_peek_and_skip_through_the_public_header)
{
    struct packed text = packed_text(1000);
    struct packed gz = packed_make(PACKED_GZIP, text.p, text.n);
    struct scapf_diag diag = {0};
    struct scapf_src *s;
    const uint8_t *p;
    size_t avail;

    cr_assert_eq(scapf_src_mem(gz.p, gz.n - 4, NULL, &s, NULL), SCAPF_OK);
    cr_assert_eq(scapf_src_peek(s, 1000, &p, &avail, &diag), SCAPF_OK);
    cr_expect_eq(memcmp(p, text.p, 1000), 0);
    scapf_src_skip(s, 999);
    cr_expect_eq(scapf_src_peek(s, 2, &p, &avail, &diag), SCAPF_E_TRUNCATED);
    cr_expect_eq(avail, 1);
    cr_expect_eq(diag.rule, RULE_GZIP_TRUNCATED);
    cr_expect_eq(scapf_src_peek(s, 2, &p, &avail, NULL), SCAPF_E_TRUNCATED);
    scapf_src_free(s);
    packed_free(&gz);
    packed_free(&text);
}

Test(src, files_that_claim_to_be_empty_are_read)
{
    struct scapf_src *s;
    const uint8_t *p;
    size_t avail;
    uint64_t left;

    cr_assert_eq(scapf_src_file("/proc/self/status", NULL, &s, NULL), SCAPF_OK);
    cr_expect_eq(src_peek(s, 5, &p, &avail), SCAPF_OK);
    cr_expect_geq(avail, 5);
    cr_expect_eq(memcmp(p, "Name:", 5), 0);
    scapf_src_free(s);
    cr_assert_eq(scapf_src_file("/dev/null", NULL, &s, NULL), SCAPF_OK);
    cr_expect_eq(src_peek(s, 5, &p, &avail), SCAPF_OK);
    cr_expect_eq(avail, 0);
    cr_expect(src_remaining(s, &left) && left == 0);
    scapf_src_free(s);
}

Test(src, a_descriptor_that_would_block_is_waited_for)
{
    struct packed text = packed_text(5000);
    struct opened o = {.fd = -1};
    enum scapf_status status;
    size_t total;

    make_writer(&o, WAY_PIPE, text.p, text.n, 10);
    cr_assert_eq(fcntl(o.fd, F_SETFL, O_NONBLOCK), 0);
    cr_assert_eq(scapf_src_fd(o.fd, NULL, &o.src, NULL), SCAPF_OK);
    cr_expect(read_all(o.src, 3, true, text.p, text.n, &total, &status));
    cr_expect_eq(total, text.n);
    close_way(&o);
    packed_free(&text);
}

/* ------------------------------------------------------------------ cut and damaged input */

/* What zlib itself makes of the first n bytes of one gzip member, by another interface than ours.
 */
static size_t oracle_gzip(const uint8_t *p, size_t n, uint8_t *to, size_t room)
{
    z_stream z = {0};
    size_t got;

    cr_assert_eq(inflateInit2(&z, 31), Z_OK);
    z.next_in = (z_const Bytef *)p;
    z.avail_in = (uInt)n;
    z.next_out = to;
    z.avail_out = (uInt)room;
    (void)inflate(&z, Z_SYNC_FLUSH);
    got = room - z.avail_out;
    (void)inflateEnd(&z);
    return got;
}

static void cut_everywhere(enum packed_shape shape, enum rule rule, size_t magic)
{
    struct packed text = packed_text(1500);
    struct packed it = packed_make(shape, text.p, text.n);
    uint8_t *room = malloc(text.n);
    size_t before = 0;
    size_t whole = 0;

    cr_assert_not_null(room);
    for (size_t n = magic; n <= it.n; n++) {
        uint8_t *copy = malloc(n); /* of its own: a read past the cut is seen */
        struct scapf_src *s;
        enum scapf_status status;
        size_t total;

        cr_assert_not_null(copy);
        memcpy(copy, it.p, n);
        cr_assert_eq(scapf_src_mem(copy, n, NULL, &s, NULL), SCAPF_OK);
        cr_expect(read_all(s, 100, n % 2 == 0, text.p, text.n, &total, &status));
        cr_expect_geq(total, before, "cut at %zu: no less than at %zu", n, n - 1);
        cr_expect_null(src_warning(s));
        if (shape == PACKED_GZIP) {
            cr_expect_eq(total, oracle_gzip(it.p, n, room, text.n), "cut at %zu", n);
        }
        if (src_diag(s) == NULL) {
            whole++; /* the cut is where a member or frame ends */
        } else {
            cr_expect_eq(status, SCAPF_E_TRUNCATED, "cut at %zu", n);
            cr_expect_eq(src_diag(s)->rule, rule, "cut at %zu", n);
            cr_expect_eq(src_diag(s)->off, total, "cut at %zu", n);
            cr_expect_eq(src_tell(s), total);
        }
        before = total;
        scapf_src_free(s);
        free(copy);
    }
    cr_expect_eq(before, text.n);
    cr_expect_eq(whole, shape == PACKED_GZIP || shape == PACKED_ZSTD ? 1
                        : shape == PACKED_GZIP_MEMBERS               ? 4
                                                                     : 8);
    free(room);
    packed_free(&it);
    packed_free(&text);
}

Test(src, a_cut_is_a_truncation_at_every_length)
{
    cut_everywhere(PACKED_GZIP, RULE_GZIP_TRUNCATED, 2);
    cut_everywhere(PACKED_GZIP_MEMBERS, RULE_GZIP_TRUNCATED, 2);
    cut_everywhere(PACKED_ZSTD, RULE_ZSTD_TRUNCATED, 4);
    cut_everywhere(PACKED_ZSTD_FRAMES, RULE_ZSTD_TRUNCATED, 4);
}

/* Every byte of a packed stream changed in several ways: the bytes that come are the right ones up
 * to where it is noticed, and it is noticed unless all of them came. */
static void damage_everywhere(enum packed_shape shape)
{
    static const uint8_t flips[] = {0x01, 0x10, 0x80, 0xFF};
    struct packed text = packed_text(1500);
    struct packed it = packed_make(shape, text.p, text.n);
    size_t noticed = 0;

    for (size_t i = 0; i < sizeof(flips) * it.n; i++) {
        size_t at = i / sizeof(flips);
        struct scapf_src *s;
        uint8_t *got = malloc((size_t)1 << 20);
        size_t total = 0;

        cr_assert_not_null(got);
        it.p[at] ^= flips[i % sizeof(flips)];
        cr_assert_eq(scapf_src_mem(it.p, it.n, NULL, &s, NULL), SCAPF_OK);
        for (bool more = scapf_src_compression(s) != SCAPF_PLAIN; more;) {
            const uint8_t *p;
            size_t avail;

            (void)src_peek(s, 64, &p, &avail);
            cr_assert_leq(avail, ((size_t)1 << 20) - total);
            memcpy(got + total, p, avail);
            total += avail;
            src_consume(s, avail);
            more = avail > 0;
        }
        if (scapf_src_compression(s) == SCAPF_PLAIN || src_diag(s) != NULL ||
            src_warning(s) != NULL) {
            noticed++;
        } else {
            cr_expect(total == text.n && memcmp(got, text.p, text.n) == 0,
                      "%s: byte %zu ^ 0x%02x is silently wrong", packed_names[shape], at,
                      flips[i % sizeof(flips)]);
        }
        it.p[at] ^= flips[i % sizeof(flips)];
        scapf_src_free(s);
        free(got);
    }
    cr_expect_gt(noticed, it.n * sizeof(flips) / 2);
    packed_free(&it);
    packed_free(&text);
}

Test(src, damage_is_never_silent)
{
    damage_everywhere(PACKED_GZIP);
    damage_everywhere(PACKED_GZIP_MEMBERS);
    damage_everywhere(PACKED_ZSTD);
    damage_everywhere(PACKED_ZSTD_FRAMES);
}

Test(src, a_wrong_checksum_is_damage_after_all_bytes)
{
    static const struct {
        enum packed_shape shape;
        size_t from_end;
        enum rule rule;
    } rows[] = {
        {PACKED_GZIP, 8, RULE_GZIP_DAMAGED}, /* crc32 */
        {PACKED_GZIP, 4, RULE_GZIP_DAMAGED}, /* isize */
        {PACKED_ZSTD, 4, RULE_ZSTD_DAMAGED},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct packed text = packed_text(5000);
        struct packed it = packed_make(rows[i].shape, text.p, text.n);
        struct scapf_src *s;
        enum scapf_status status;
        size_t total;

        it.p[it.n - rows[i].from_end] ^= 1;
        cr_assert_eq(scapf_src_mem(it.p, it.n, NULL, &s, NULL), SCAPF_OK);
        cr_expect(read_all(s, 50, true, text.p, text.n, &total, &status));
        cr_expect_eq(total, rows[i].shape == PACKED_GZIP ? text.n : total);
        cr_expect_eq(status, SCAPF_E_FORMAT);
        cr_assert_not_null(src_diag(s));
        cr_expect_eq(src_diag(s)->rule, rows[i].rule, "row %zu", i);
        cr_expect_eq(src_diag(s)->off, total);
        scapf_src_free(s);
        packed_free(&it);
        packed_free(&text);
    }
}

Test(src, bytes_after_the_last_member_are_a_warning)
{
    for (int shape = PACKED_GZIP; shape < PACKED_SHAPES; shape++) {
        struct packed text = packed_text(2000);
        struct packed it = packed_make((enum packed_shape)shape, text.p, text.n);
        struct scapf_src *s;
        enum scapf_status status;
        size_t total;

        packed_add(&it, "\0\0", 2);
        cr_assert_eq(scapf_src_mem(it.p, it.n, NULL, &s, NULL), SCAPF_OK);
        cr_expect(read_all(s, 50, true, text.p, text.n, &total, &status));
        cr_expect_eq(total, text.n);
        cr_expect_eq(status, SCAPF_OK);
        cr_expect_null(src_diag(s));
        cr_assert_not_null(src_warning(s));
        cr_expect_eq(src_warning(s)->rule,
                     shape < PACKED_ZSTD ? RULE_GZIP_TRAILING : RULE_ZSTD_TRAILING);
        cr_expect_eq(src_warning(s)->off, text.n);
        scapf_src_free(s);
        packed_free(&it);
        packed_free(&text);
    }
}

/* [RFC 8878 3.1.1.1.2] window descriptor: exponent in the upper 5 bits, from 2^10 on. */
/* A block of 29029 zeros, two empty ones, and one that is damaged: whatever is asked for at once.
 */
Test(src, zstd_in_front_of_a_damaged_block)
{
    static const uint8_t bytes[] = {0x28, 0xB5, 0x2F, 0xFD, 0, 0x50, 0x2A, 0x8B, 3,    0, 0, 0, 0,
                                    0,    0,    0,    0x1D, 0, 0,    0x85, 0xFD, 0xA7, 0};
    static const size_t asked[] = {1, 100, 30000, 1000000};

    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
        struct scapf_src *s;
        const uint8_t *p;
        size_t avail;

        cr_assert_eq(scapf_src_mem(bytes, sizeof(bytes), NULL, &s, NULL), SCAPF_OK);
        while (src_peek(s, asked[i], &p, &avail) == SCAPF_OK && avail > 0) {
            src_consume(s, avail);
        }
        cr_expect_eq(src_tell(s) + avail, 29029, "%zu: %zu", asked[i], avail);
        cr_assert_not_null(src_diag(s));
        cr_expect_eq(src_diag(s)->rule, RULE_ZSTD_DAMAGED);
        scapf_src_free(s);
    }
}

Test(src, a_zstd_window_above_the_limit_is_refused)
{
    static const uint8_t frames[2][9] = {
        {0x28, 0xB5, 0x2F, 0xFD, 0x00, (28 - 10) << 3, 0x01, 0x00, 0x00},
        {0x28, 0xB5, 0x2F, 0xFD, 0x00, (27 - 10) << 3, 0x01, 0x00, 0x00},
    };

    for (size_t i = 0; i < 2; i++) {
        struct scapf_src *s;
        const uint8_t *p;
        size_t avail;

        cr_assert_eq(scapf_src_mem(frames[i], sizeof(frames[i]), NULL, &s, NULL), SCAPF_OK);
        cr_expect_eq(src_peek(s, 1, &p, &avail), i == 0 ? SCAPF_E_LIMIT : SCAPF_OK);
        cr_expect_eq(avail, 0);
        if (i == 0) {
            cr_assert_not_null(src_diag(s));
            cr_expect_eq(src_diag(s)->rule, RULE_ZSTD_WINDOW);
            cr_expect_eq(src_diag(s)->got, (uint64_t)1 << 28);
            cr_expect_eq(src_diag(s)->want, (uint64_t)1 << 27);
        }
        scapf_src_free(s);
    }
}

/* ------------------------------------------------------------------ files that change */

static void shrink(bool packed)
{
    size_t n = (size_t)20 * 1024 * 1024;
    struct packed noise = packed_noise(n);
    struct packed it = packed_make(packed ? PACKED_GZIP : PACKED_PLAIN, noise.p, noise.n);
    off_t cut = (off_t)9 * 1024 * 1024;
    struct opened o;
    const uint8_t *p;
    enum scapf_status status;
    size_t avail;
    size_t total;

    cr_assert_eq(open_way(&o, WAY_FILE, it.p, it.n, 0, NULL), SCAPF_OK);
    cr_assert_eq(src_peek(o.src, 1, &p, &avail), SCAPF_OK);
    cr_assert_eq(ftruncate(o.fd, cut), 0);
    cr_expect(read_all(o.src, 1000, false, noise.p, noise.n, &total, &status));
    cr_expect_eq(status, SCAPF_E_TRUNCATED);
    cr_assert_not_null(src_diag(o.src));
    cr_expect_eq(src_diag(o.src)->rule, RULE_FILE_SHRANK);
    cr_expect_eq(src_diag(o.src)->off, total);
    cr_expect_eq(src_diag(o.src)->got, (uint64_t)cut);
    cr_expect_eq(src_diag(o.src)->want, it.n);
    if (packed) {
        cr_expect_gt(total, (size_t)8 * 1024 * 1024);
    } else {
        cr_expect_eq(total, (size_t)cut);
    }
    close_way(&o);
    packed_free(&it);
    packed_free(&noise);
}

Test(src, a_file_that_shrinks_is_a_truncation)
{
    shrink(false);
    shrink(true);
}

/* ------------------------------------------------------------------ memory */

Test(src, memory_follows_what_arrives_not_what_is_asked)
{
    struct fault_alloc f;
    struct opened o;
    const uint8_t *p;
    size_t avail;

    fault_alloc_init(&f, FAULT_NEVER);
    cr_assert_eq(open_way(&o, WAY_PIPE, (const uint8_t *)"0123456789", 10, 10, &f.alloc), SCAPF_OK);
    cr_expect_eq(src_peek(o.src, (size_t)1 << 30, &p, &avail), SCAPF_OK);
    cr_expect_eq(avail, 10);
    cr_expect_lt(f.peak, (size_t)512 * 1024);
    close_way(&o);
    cr_expect_eq(f.live, 0);
}

/* 200 MB of zeros in a small file cost time, not memory. */
Test(src, a_bomb_costs_no_memory)
{
    size_t n = (size_t)200 * 1000 * 1000;
    uint8_t *zeros = calloc(1, n);

    cr_assert_not_null(zeros);
    for (int shape = PACKED_GZIP; shape < PACKED_SHAPES; shape++) {
        struct packed it = packed_make((enum packed_shape)shape, zeros, n);
        struct fault_alloc f;
        struct scapf_src *s;
        const uint8_t *p;
        size_t avail;
        size_t total = 0;

        fault_alloc_init(&f, FAULT_NEVER);
        cr_assert_eq(scapf_src_mem(it.p, it.n, &f.alloc, &s, NULL), SCAPF_OK);
        do {
            cr_assert_eq(src_peek(s, 1000, &p, &avail), SCAPF_OK);
            avail -= avail >= 1000 ? 7 : 0; /* what is left over has to move to the front */
            src_consume(s, avail);
            total += avail;
        } while (avail > 0);
        cr_expect_eq(total, n);
        cr_expect_lt(f.peak, (size_t)16 * 1024 * 1024, "%s: %zu", packed_names[shape], f.peak);
        scapf_src_free(s);
        cr_expect_eq(f.live, 0);
        packed_free(&it);
    }
    free(zeros);
}

Test(src, every_failing_allocation_is_reported)
{
    struct packed text = packed_text(1000000);

    for (int shape = 0; shape < PACKED_SHAPES; shape++) {
        struct packed it = packed_make((enum packed_shape)shape, text.p, text.n);

        for (int way = 0; way < WAYS; way += WAY_PIPE) { /* memory and pipe */
            for (size_t k = 0;; k++) {
                struct fault_alloc f;
                struct opened o;
                enum scapf_status status;
                size_t total = 0;

                fault_alloc_init(&f, k);
                /* one piece that fits into a pipe: the writer must not hang when we give up */
                status =
                    open_way(&o, (enum way)way, it.p, it.n < 60000 ? it.n : 60000, 60000, &f.alloc);
                cr_expect_eq(status, f.failed ? SCAPF_E_NOMEM : SCAPF_OK);
                cr_expect((status < 0) == (o.src == NULL));
                if (status == SCAPF_OK) {
                    cr_expect(read_all(o.src, 500000, false, text.p, text.n, &total, &status));
                    cr_expect(!f.failed || status == SCAPF_E_NOMEM, "%s, %s, call %zu",
                              way_names[way], packed_names[shape], k);
                    cr_expect(!f.failed || src_diag(o.src)->rule == RULE_MEMORY);
                }
                close_way(&o);
                cr_expect_eq(f.live, 0, "%s, %s, call %zu", way_names[way], packed_names[shape], k);
                if (!f.failed) {
                    break;
                }
            }
        }
        packed_free(&it);
    }
    packed_free(&text);
}
