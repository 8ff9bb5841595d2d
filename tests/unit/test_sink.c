/* SPDX-License-Identifier: Apache-2.0 */
#include "io/sink.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "bytes/cur.h"
#include "io/src.h"
#include "support/fault_alloc.h"
#include "support/packed.h"

static const enum scapf_compression packings[] = {SCAPF_PLAIN, SCAPF_GZIP, SCAPF_ZSTD};
#define N_PACKINGS (sizeof(packings) / sizeof(packings[0]))

/* ------------------------------------------------------------------ support */

/* A directory of the test's own. */
struct dir {
    char path[32];
    char file[64];
};

static void dir_make(struct dir *d)
{
    (void)snprintf(d->path, sizeof(d->path), "/tmp/test_sink.XXXXXX");
    cr_assert_not_null(mkdtemp(d->path));
    (void)snprintf(d->file, sizeof(d->file), "%s/out.scap", d->path);
}

static size_t dir_count(const struct dir *d)
{
    DIR *it = opendir(d->path);
    size_t n = 0;

    cr_assert_not_null(it);
    while (readdir(it) != NULL) {
        n++;
    }
    (void)closedir(it);
    return n - 2; /* . and .. */
}

static void dir_remove(struct dir *d)
{
    (void)unlink(d->file);
    cr_expect_eq(rmdir(d->path), 0, "something is left in %s", d->path);
}

static struct packed slurp(const char *path)
{
    struct packed it = {NULL, 0};
    FILE *f = fopen(path, "rb");
    char buf[4096];
    size_t n;

    cr_assert_not_null(f);
    while ((n = fread(buf, 1, sizeof(buf), f)) > 0) {
        packed_add(&it, buf, n);
    }
    (void)fclose(f);
    return it;
}

/* Put bytes in pieces of varying size around this one. */
static enum scapf_status put_pieces(struct scapf_sink *s, const struct packed *it, size_t piece)
{
    uint32_t seed = 5;

    for (size_t at = 0; at < it->n;) {
        size_t n;

        seed = seed * 1664525 + 1013904223;
        n = piece > 1 ? 1 + (seed >> 8) % (2 * piece) : 1;
        n = n < it->n - at ? n : it->n - at;
        if (seed % 2 == 0) {
            TRY(sink_put(s, it->p + at, n));
        } else {
            TRY(scapf_sink_write(s, it->p + at, n));
        }
        TRY(scapf_sink_write(s, NULL, 0));
        at += n;
    }
    return SCAPF_OK;
}

/* Unpacked by our sources, is it that? */
static bool unpacks_to(const uint8_t *p, size_t n, const struct packed *want)
{
    struct scapf_src *s;
    const uint8_t *got;
    size_t avail;
    bool ok;

    cr_assert_eq(scapf_src_mem(p, n, NULL, &s, NULL), SCAPF_OK);
    ok = src_peek(s, want->n + 1, &got, &avail) == SCAPF_OK && avail == want->n &&
         memcmp(got, want->p, avail) == 0 && src_warning(s) == NULL;
    scapf_src_free(s);
    return ok;
}

/* ------------------------------------------------------------------ round trips */

Test(sink, memory_gives_back_what_was_put)
{
    static const size_t sizes[] = {0, 1, 65279, 65280, 65281, 262144, 3000000};
    static const size_t pieces[] = {1, 100, 65280, 300000, 4000000};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (size_t j = sizes[i] > 300000; j < sizeof(pieces) / sizeof(pieces[0]); j++) {
            struct packed noise = packed_noise(sizes[i]);
            struct packed text = packed_text(sizes[i]);

            for (size_t k = 0; k < 2 * N_PACKINGS; k++) {
                const struct packed *it = k % 2 == 0 ? &text : &noise;
                struct scapf_sink *s;
                const uint8_t *p;
                size_t n;

                cr_assert_eq(scapf_sink_mem(packings[k / 2], NULL, &s, NULL), SCAPF_OK);
                cr_expect_eq(put_pieces(s, it, pieces[j]), SCAPF_OK);
                cr_expect_null(scapf_sink_bytes(s, &n), "not before it is finished");
                cr_expect_eq(scapf_sink_finish(s), SCAPF_OK);
                p = scapf_sink_bytes(s, &n);
                cr_assert_not_null(p);
                cr_expect(k / 2 > 0 || (n == it->n && memcmp(p, it->p, n) == 0));
                cr_expect(unpacks_to(p, n, it), "packing %zu, %zu bytes by %zu", k / 2, it->n,
                          pieces[j]);
                scapf_sink_free(s);
            }
            packed_free(&text);
            packed_free(&noise);
        }
    }
}

Test(sink, packed_output_does_not_depend_on_the_pieces)
{
    struct packed text = packed_text(2500000);

    for (size_t k = 0; k < N_PACKINGS; k++) {
        struct scapf_sink *a;
        struct scapf_sink *b;
        const uint8_t *pa;
        const uint8_t *pb;
        size_t na;
        size_t nb;

        cr_assert_eq(scapf_sink_mem(packings[k], NULL, &a, NULL), SCAPF_OK);
        cr_assert_eq(scapf_sink_mem(packings[k], NULL, &b, NULL), SCAPF_OK);
        cr_expect_eq(put_pieces(a, &text, 1000), SCAPF_OK);
        cr_expect_eq(scapf_sink_flush(a), SCAPF_OK);
        cr_expect_eq(scapf_sink_write(b, text.p, text.n), SCAPF_OK);
        cr_expect_eq(scapf_sink_finish(a), SCAPF_OK);
        cr_expect_eq(scapf_sink_finish(b), SCAPF_OK);
        pa = scapf_sink_bytes(a, &na);
        pb = scapf_sink_bytes(b, &nb);
        cr_expect(na == nb && memcmp(pa, pb, na) == 0, "packing %zu", k);
        scapf_sink_free(a);
        scapf_sink_free(b);
    }
    packed_free(&text);
}

/* ------------------------------------------------------------------ layouts */

static struct scapf_sink *packed_sink(enum scapf_compression packing, const struct packed *it)
{
    struct scapf_sink *s;

    cr_assert_eq(scapf_sink_mem(packing, NULL, &s, NULL), SCAPF_OK);
    cr_assert_eq(scapf_sink_write(s, it->p, it->n), SCAPF_OK);
    cr_assert_eq(scapf_sink_finish(s), SCAPF_OK);
    return s;
}

/* [SAM/BAM specification 4.1, 4.1.2] walk by the sizes the members tell, and inflate each alone. */
Test(sink, gzip_is_a_row_of_bgzf_members)
{
    static const uint8_t eof[28] = {0x1F, 0x8B, 8,  4, 0, 0, 0, 0, 0, 0xFF, 6, 0, 'B', 'C',
                                    2,    0,    27, 0, 3, 0, 0, 0, 0, 0,    0, 0, 0,   0};
    static uint8_t room[65536];

    for (int noise = 0; noise < 2; noise++) {
        struct packed it = noise != 0 ? packed_noise(200000) : packed_text(200000);
        struct scapf_sink *s = packed_sink(SCAPF_GZIP, &it);
        size_t n;
        const uint8_t *p = scapf_sink_bytes(s, &n);
        size_t members = 0;
        size_t unpacked = 0;

        for (size_t at = 0; at < n; members++) {
            z_stream z = {0};
            size_t size;

            cr_assert_leq(at + 28, n);
            cr_assert_eq(memcmp(p + at, eof, 16), 0, "the head up to BSIZE is always the same");
            size = (size_t)(p[at + 16] | p[at + 17] << 8) + 1;
            cr_assert_leq(at + size, n);
            cr_assert_eq(inflateInit2(&z, 31), Z_OK);
            z.next_in = (z_const Bytef *)(p + at);
            z.avail_in = (uInt)size;
            z.next_out = room;
            z.avail_out = sizeof(room);
            cr_assert_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
            cr_expect_eq(z.avail_in, 0);
            cr_expect_leq(z.total_out, 65280);
            cr_assert_leq(unpacked + z.total_out, it.n);
            cr_expect_eq(memcmp(room, it.p + unpacked, z.total_out), 0);
            unpacked += z.total_out;
            at += size;
            (void)inflateEnd(&z);
        }
        cr_expect_eq(members, 5, "3 full ones, the rest, the empty one");
        cr_expect_eq(unpacked, it.n);
        cr_expect_eq(memcmp(p + n - 28, eof, 28), 0);
        scapf_sink_free(s);
        packed_free(&it);
    }
}

/* [zstd contrib/seekable_format] read the table from the end, unpack every frame alone. */
Test(sink, zstd_is_seekable)
{
    static const size_t sizes[] = {0, 5, 2500000};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct packed text = packed_text(sizes[i]);
        struct scapf_sink *s = packed_sink(SCAPF_ZSTD, &text);
        size_t n;
        const uint8_t *p = scapf_sink_bytes(s, &n);
        uint8_t *room = malloc((size_t)1 << 20);
        size_t frames;
        size_t at = 0;
        size_t unpacked = 0;
        struct cur table;

        cr_assert_not_null(room);
        cr_assert_geq(n, 17);
        cr_expect_eq(get_u32(p + n - 4, false), 0x8F92EAB1);
        cr_expect_eq(p[n - 5], 0, "no checksums in the table");
        frames = get_u32(p + n - 9, false);
        cr_expect_eq(frames, sizes[i] > 5 ? 3 : 1);
        cr_assert_geq(n, 17 + 8 * frames);
        table = cur_make(p + n - 17 - 8 * frames, 8 + 8 * frames, 0, false);
        cr_expect_eq(cur_u32(&table), 0x184D2A5E);
        cr_expect_eq(cur_u32(&table), 9 + 8 * frames);
        for (size_t k = 0; k < frames; k++) {
            size_t packed = cur_u32(&table);
            size_t want = cur_u32(&table);

            cr_assert_leq(want, (size_t)1 << 20);
            cr_assert_eq(ZSTD_findFrameCompressedSize(p + at, n - at), packed);
            cr_assert_eq(ZSTD_decompress(room, (size_t)1 << 20, p + at, packed), want);
            cr_assert_leq(unpacked + want, text.n);
            cr_expect(want == 0 || memcmp(room, text.p + unpacked, want) == 0);
            at += packed;
            unpacked += want;
        }
        cr_expect_eq(unpacked, text.n);
        cr_expect_eq(at + 17 + 8 * frames, n);
        free(room);
        scapf_sink_free(s);
        packed_free(&text);
    }
}

/* ------------------------------------------------------------------ files */

Test(sink, a_file_appears_only_when_finished)
{
    struct packed text = packed_text(700000);

    for (size_t k = 0; k < N_PACKINGS; k++) {
        struct dir d;
        struct scapf_sink *s;
        struct packed got;
        struct stat st;
        mode_t mask = umask(022);

        dir_make(&d);
        cr_assert_eq(scapf_sink_file(d.file, packings[k], NULL, &s, NULL), SCAPF_OK);
        cr_expect_leq(dir_count(&d), 1);
        cr_expect_eq(put_pieces(s, &text, 5000), SCAPF_OK);
        cr_expect_neq(access(d.file, F_OK), 0);
        cr_expect_eq(scapf_sink_finish(s), SCAPF_OK);
        cr_expect_eq(dir_count(&d), 1);
        cr_expect_eq(scapf_sink_finish(s), SCAPF_E_USAGE);
        cr_expect_eq(scapf_sink_write(s, "x", 1), SCAPF_E_USAGE);
        cr_expect_null(scapf_sink_diag(s));
        scapf_sink_free(s);
        cr_assert_eq(stat(d.file, &st), 0);
        cr_expect_eq(st.st_mode & 0777, 0644);
        got = slurp(d.file);
        cr_expect(unpacks_to(got.p, got.n, &text));
        packed_free(&got);
        dir_remove(&d);
        (void)umask(mask);
    }
    packed_free(&text);
}

/* Some file systems have no files without a name: there the temporary one has one. */
static bool has_nameless_files(const struct dir *d)
{
    char path[4096];
    char *slash;
    int fd;

    (void)snprintf(path, sizeof(path), "%s", d->file);
    slash = strrchr(path, '/');
    cr_assert_not_null(slash);
    *slash = '\0';
    fd = open(path, O_WRONLY | O_TMPFILE, 0600);
    return fd >= 0 && close(fd) == 0;
}

Test(sink, a_process_that_is_killed_leaves_nothing_behind)
{
    struct dir d;
    pid_t child;
    int status;

    dir_make(&d);
    if (!has_nameless_files(&d)) {
        dir_remove(&d);
        cr_skip_test("no files without a name here");
    }
    child = fork();
    if (child == 0) {
        struct scapf_sink *s;

        (void)(scapf_sink_file(d.file, SCAPF_PLAIN, NULL, &s, NULL) == SCAPF_OK &&
               scapf_sink_write(s, "half", 4) == SCAPF_OK);
        (void)kill(getpid(), SIGKILL);
        _exit(0);
    }
    cr_assert_gt(child, 0);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect(WIFSIGNALED(status));
    cr_expect_eq(dir_count(&d), 0);
    dir_remove(&d);
}

/* Two sinks for one name do not share what they write. */
Test(sink, the_last_to_finish_gives_the_file_its_text)
{
    struct dir d;
    struct scapf_sink *first;
    struct scapf_sink *last;
    struct packed got;

    dir_make(&d);
    cr_assert_eq(scapf_sink_file(d.file, SCAPF_PLAIN, NULL, &first, NULL), SCAPF_OK);
    cr_assert_eq(scapf_sink_file(d.file, SCAPF_PLAIN, NULL, &last, NULL), SCAPF_OK);
    cr_expect_eq(scapf_sink_write(first, "first", 5), SCAPF_OK);
    cr_expect_eq(scapf_sink_write(last, "the last", 8), SCAPF_OK);
    cr_expect_eq(scapf_sink_finish(first), SCAPF_OK);
    cr_expect_eq(scapf_sink_finish(last), SCAPF_OK);
    scapf_sink_free(first);
    scapf_sink_free(last);
    cr_expect_eq(dir_count(&d), 1);
    got = slurp(d.file);
    cr_expect(got.n == 8 && memcmp(got.p, "the last", 8) == 0);
    packed_free(&got);
    dir_remove(&d);
}

Test(sink, what_is_not_finished_leaves_nothing_behind)
{
    struct dir d;
    struct scapf_sink *s;
    struct scapf_sink *other;
    struct packed got;
    int fd;

    dir_make(&d);
    cr_assert_eq(scapf_sink_file(d.file, SCAPF_GZIP, NULL, &s, NULL), SCAPF_OK);
    cr_assert_eq(scapf_sink_file(d.file, SCAPF_PLAIN, NULL, &other, NULL), SCAPF_OK);
    cr_expect_leq(dir_count(&d), 2);
    scapf_sink_free(s);
    cr_expect_leq(dir_count(&d), 1);
    scapf_sink_free(other);
    cr_expect_eq(dir_count(&d), 0);
    fd = open(d.file, O_WRONLY | O_CREAT, 0600);
    cr_assert_eq(write(fd, "old", 3), 3);
    (void)close(fd);
    cr_assert_eq(scapf_sink_file(d.file, SCAPF_PLAIN, NULL, &s, NULL), SCAPF_OK);
    cr_expect_eq(scapf_sink_write(s, "new", 3), SCAPF_OK);
    cr_expect_eq(scapf_sink_flush(s), SCAPF_OK);
    scapf_sink_free(s);
    got = slurp(d.file);
    cr_expect(got.n == 3 && memcmp(got.p, "old", 3) == 0, "the old file is untouched");
    packed_free(&got);
    dir_remove(&d);
}

Test(sink, an_existing_file_keeps_its_mode_and_a_link_stays_a_link)
{
    struct dir d;
    char link[80];
    struct scapf_sink *s;
    struct stat st;
    int fd;

    dir_make(&d);
    (void)snprintf(link, sizeof(link), "%s/link", d.path);
    fd = open(d.file, O_WRONLY | O_CREAT, 0600);
    (void)close(fd);
    cr_assert_eq(symlink("out.scap", link), 0);
    cr_assert_eq(scapf_sink_file(link, SCAPF_PLAIN, NULL, &s, NULL), SCAPF_OK);
    cr_expect_eq(scapf_sink_write(s, "12345", 5), SCAPF_OK);
    cr_expect_eq(scapf_sink_finish(s), SCAPF_OK);
    scapf_sink_free(s);
    cr_expect(lstat(link, &st) == 0 && S_ISLNK(st.st_mode));
    cr_expect(stat(d.file, &st) == 0 && st.st_size == 5);
    cr_expect_eq(st.st_mode & 0777, 0600);
    (void)unlink(link);
    dir_remove(&d);
}

Test(sink, a_name_as_long_as_names_may_be)
{
    struct dir d;
    char path[300];
    struct scapf_sink *s;
    size_t n;

    dir_make(&d);
    n = (size_t)snprintf(path, sizeof(path), "%s/", d.path);
    memset(path + n, 'n', 255);
    path[n + 255] = '\0';
    cr_assert_eq(scapf_sink_file(path, SCAPF_PLAIN, NULL, &s, NULL), SCAPF_OK);
    cr_expect_eq(scapf_sink_finish(s), SCAPF_OK);
    scapf_sink_free(s);
    cr_expect_eq(unlink(path), 0);
    dir_remove(&d);
}

Test(sink, what_is_no_regular_file_is_written_straight)
{
    struct packed text = packed_text(20000);
    struct dir d;
    struct scapf_sink *s;
    struct packed got = {malloc(text.n), 0};
    int fd;
    ssize_t k;

    cr_assert_eq(scapf_sink_file("/dev/null", SCAPF_GZIP, NULL, &s, NULL), SCAPF_OK);
    cr_expect_eq(scapf_sink_write(s, text.p, text.n), SCAPF_OK);
    cr_expect_eq(scapf_sink_finish(s), SCAPF_OK);
    scapf_sink_free(s);
    cr_expect_eq(access("/dev/null", W_OK), 0);

    cr_assert_not_null(got.p);
    dir_make(&d);
    cr_assert_eq(mkfifo(d.file, 0600), 0);
    fd = open(d.file, O_RDONLY | O_NONBLOCK);
    cr_assert_geq(fd, 0);
    cr_assert_eq(scapf_sink_file(d.file, SCAPF_PLAIN, NULL, &s, NULL), SCAPF_OK);
    cr_expect_eq(scapf_sink_write(s, text.p, text.n), SCAPF_OK);
    cr_expect_eq(scapf_sink_finish(s), SCAPF_OK);
    scapf_sink_free(s);
    cr_expect_eq(dir_count(&d), 1);
    while ((k = read(fd, got.p + got.n, text.n - got.n)) > 0) {
        got.n += (size_t)k;
    }
    cr_expect(got.n == text.n && memcmp(got.p, text.p, text.n) == 0);
    (void)close(fd);
    packed_free(&got);
    dir_remove(&d);
    packed_free(&text);
}

/* ------------------------------------------------------------------ descriptors */

struct drain {
    int fd;
    struct packed got;
};

static void *drain_slowly(void *arg)
{
    struct drain *d = arg;
    char buf[5000];
    ssize_t k;

    while ((k = read(d->fd, buf, sizeof(buf))) > 0) {
        packed_add(&d->got, buf, (size_t)k);
    }
    return NULL;
}

/* Short writes, and a descriptor that would block. */
static void through_pipe(bool as_stdout, bool nonblock)
{
    struct packed text = packed_text(1000000);
    struct drain drain = {0};
    struct scapf_sink *s;
    pthread_t reader;
    int ends[2];

    cr_assert_eq(pipe(ends), 0);
    drain.fd = ends[0];
    if (as_stdout) {
        cr_assert_eq(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
        cr_assert_eq(scapf_sink_file("-", SCAPF_PLAIN, NULL, &s, NULL), SCAPF_OK);
    } else {
        cr_assert_eq(scapf_sink_fd(ends[1], SCAPF_PLAIN, NULL, &s, NULL), SCAPF_OK);
    }
    cr_assert(!nonblock || fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
    cr_assert_eq(pthread_create(&reader, NULL, drain_slowly, &drain), 0);
    cr_expect_eq(put_pieces(s, &text, 100000), SCAPF_OK);
    cr_expect_eq(scapf_sink_finish(s), SCAPF_OK);
    scapf_sink_free(s);
    cr_expect_neq(fcntl(ends[1], F_GETFD), -1, "the descriptor stays the caller's");
    (void)close(ends[1]);
    if (as_stdout) {
        cr_expect_eq(close(STDOUT_FILENO), 0);
    }
    cr_assert_eq(pthread_join(reader, NULL), 0);
    cr_expect(drain.got.n == text.n && memcmp(drain.got.p, text.p, text.n) == 0);
    packed_free(&drain.got);
    packed_free(&text);
    (void)close(ends[0]);
}

Test(sink, pipes_get_everything)
{
    through_pipe(false, false);
    through_pipe(false, true);
    through_pipe(true, false);
}

Test(sink, flush_hands_over_what_is_plain)
{
    struct scapf_sink *s;
    char buf[8];
    int ends[2];

    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    cr_assert_eq(scapf_sink_fd(ends[1], SCAPF_PLAIN, NULL, &s, NULL), SCAPF_OK);
    cr_expect_eq(scapf_sink_write(s, "abc", 3), SCAPF_OK);
    cr_expect_eq(read(ends[0], buf, sizeof(buf)), -1, "small writes are collected");
    cr_expect_eq(scapf_sink_flush(s), SCAPF_OK);
    cr_expect_eq(read(ends[0], buf, sizeof(buf)), 3);
    cr_expect_eq(scapf_sink_finish(s), SCAPF_OK);
    scapf_sink_free(s);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* ------------------------------------------------------------------ failures */

static void expect_failure(struct scapf_sink *s, int error)
{
    static const uint8_t big[600000];
    const struct scapf_diag *diag;
    enum scapf_status status = SCAPF_OK;

    for (int i = 0; i < 10 && status == SCAPF_OK; i++) {
        status = scapf_sink_write(s, big, i % 2 == 0 ? 1000 : sizeof(big));
    }
    if (status == SCAPF_OK) {
        status = scapf_sink_finish(s);
    }
    cr_expect_eq(status, SCAPF_E_IO);
    diag = scapf_sink_diag(s);
    cr_assert_not_null(diag);
    cr_expect_eq(diag->rule, RULE_IO_WRITE);
    cr_expect_eq(diag->got, (uint64_t)error);
    cr_expect_eq(scapf_sink_write(s, "x", 1), SCAPF_E_IO, "errors stick");
    cr_expect_eq(sink_put(s, "x", 0), SCAPF_E_IO);
    cr_expect_eq(scapf_sink_flush(s), SCAPF_E_IO);
    cr_expect_eq(scapf_sink_finish(s), SCAPF_E_IO);
    cr_expect_eq(scapf_sink_diag(s)->got, (uint64_t)error);
}

Test(sink, a_full_device_and_a_closed_pipe_stick)
{
    (void)signal(SIGPIPE, SIG_IGN);
    for (size_t k = 0; k < N_PACKINGS; k++) {
        struct scapf_sink *s;
        int ends[2];

        cr_assert_eq(scapf_sink_file("/dev/full", packings[k], NULL, &s, NULL), SCAPF_OK);
        expect_failure(s, ENOSPC);
        scapf_sink_free(s);
        cr_assert_eq(pipe(ends), 0);
        (void)close(ends[0]);
        cr_assert_eq(scapf_sink_fd(ends[1], packings[k], NULL, &s, NULL), SCAPF_OK);
        expect_failure(s, EPIPE);
        scapf_sink_free(s);
        (void)close(ends[1]);
    }
}

Test(sink, failures_to_open_and_rename_carry_errno)
{
    struct dir d;
    char inside[80];
    struct scapf_diag diag;
    struct scapf_sink *s;

    dir_make(&d);
    (void)snprintf(inside, sizeof(inside), "%s/x", d.file);
    cr_expect_eq(scapf_sink_file("/nonexistent/out", SCAPF_PLAIN, NULL, &s, &diag), SCAPF_E_IO);
    cr_expect_null(s);
    cr_expect_eq(diag.rule, RULE_IO_OPEN);
    cr_expect_eq(diag.got, (uint64_t)ENOENT);
    cr_expect_eq(scapf_sink_file(d.path, SCAPF_PLAIN, NULL, &s, &diag), SCAPF_E_IO);
    cr_expect_eq(diag.rule, RULE_IO_OPEN);
    cr_expect_eq(diag.got, (uint64_t)EISDIR);
    cr_expect_eq(scapf_sink_mem((enum scapf_compression)9, NULL, &s, &diag), SCAPF_E_USAGE);

    /* a directory takes the place of the target while the sink is open */
    cr_assert_eq(scapf_sink_file(d.file, SCAPF_PLAIN, NULL, &s, NULL), SCAPF_OK);
    cr_assert_eq(mkdir(d.file, 0700), 0);
    cr_expect_eq(scapf_sink_finish(s), SCAPF_E_IO);
    cr_assert_not_null(scapf_sink_diag(s));
    cr_expect_eq(scapf_sink_diag(s)->rule, RULE_IO_RENAME);
    cr_expect_eq(scapf_sink_diag(s)->got, (uint64_t)EISDIR);
    scapf_sink_free(s);
    cr_expect_eq(rmdir(d.file), 0);
    dir_remove(&d);
    scapf_sink_free(NULL);
}

Test(sink, every_failing_allocation_is_reported)
{
    struct packed text = packed_text(1500000);

    for (size_t i = 0; i < 2 * N_PACKINGS; i++) {
        for (size_t k = 0;; k++) {
            struct fault_alloc f;
            struct scapf_diag diag = {0};
            struct scapf_sink *s;
            enum scapf_status status;
            struct dir d;

            dir_make(&d);
            fault_alloc_init(&f, k);
            status = i % 2 == 0 ? scapf_sink_mem(packings[i / 2], &f.alloc, &s, &diag)
                                : scapf_sink_file(d.file, packings[i / 2], &f.alloc, &s, &diag);
            if (status == SCAPF_OK) {
                status = scapf_sink_write(s, text.p, text.n);
                status = status < 0 ? status : scapf_sink_finish(s);
                diag.rule = scapf_sink_diag(s) != NULL ? scapf_sink_diag(s)->rule : 0;
            }
            cr_expect_eq(status, f.failed ? SCAPF_E_NOMEM : SCAPF_OK, "row %zu, call %zu", i, k);
            cr_expect_eq(diag.rule, f.failed ? RULE_MEMORY : RULE_NONE, "row %zu, call %zu", i, k);
            scapf_sink_free(s);
            cr_expect_eq(f.live, 0, "row %zu, call %zu", i, k);
            dir_remove(&d);
            if (!f.failed) {
                break;
            }
        }
    }
    packed_free(&text);
}
