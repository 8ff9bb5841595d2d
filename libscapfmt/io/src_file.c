/* SPDX-License-Identifier: Apache-2.0 */
/*
 * src_file.c - descriptors as sources. A regular file is mapped as a whole and shown a step at a
 * time; the pages behind the read position are given back, so that resident memory stays at about
 * two steps whatever the size. Everything else is read(2).
 */
#include "io/src_impl.h"

#include <errno.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* How much of a mapped file is shown at once; a bigger peek shows more. About twice as much is
 * resident, and a merge may have hundreds of files open. */
#define MAP_STEP ((size_t)256 * 1024)

/* ------------------------------------------------------------------ mapped files */

struct src_map {
    struct scapf_src src;
    uint8_t *map;
    size_t len;     /* of the mapping, that is of the file when it was opened */
    size_t start;   /* where in the file the stream starts */
    size_t dropped; /* pages below this were given back */
    size_t page;
    int fd;
    bool owned;
};

/*
 * [mmap(2)] Touching a mapped page that lies behind the end of the file is SIGBUS. A file that was
 * cut since is noticed here, before its next step is shown; false then.
 */
static bool map_is_whole(struct src_map *m)
{
    struct scapf_src *s = &m->src;
    size_t at = (size_t)(s->p - m->map);
    struct stat st;
    size_t left;

    if (fstat(m->fd, &st) != 0 || (uint64_t)st.st_size >= m->len) {
        return true;
    }
    left = (size_t)st.st_size > at ? (size_t)st.st_size : at;
    s->end = m->map + left;
    s->end_off = left - m->start;
    (void)src_break(s, SCAPF_E_TRUNCATED, RULE_FILE_SHRANK, (uint64_t)st.st_size, m->len);
    return false;
}

static void map_more(struct scapf_src *s, size_t min)
{
    struct src_map *m = (struct src_map *)s;
    size_t at = (size_t)(s->p - m->map);
    size_t behind = at - at % m->page;
    size_t left = m->len - at;
    size_t end;

    if (behind > m->dropped) {
        /* Clean pages of a file: only the mapping goes, they come back when touched again. */
        (void)madvise(m->map + m->dropped, behind - m->dropped, MADV_DONTNEED);
        m->dropped = behind;
    }
    if (!map_is_whole(m)) {
        return;
    }
    end = left > min && left - min > MAP_STEP ? at + min - min % MAP_STEP + MAP_STEP : m->len;
    s->end = m->map + end;
    s->end_off = end - m->start;
    s->ended = end == m->len;
}

static void map_release(struct scapf_src *s)
{
    struct src_map *m = (struct src_map *)s;

    (void)munmap(m->map, m->len);
    if (m->owned) {
        (void)close(m->fd);
    }
}

static const struct src_ops map_ops = {.more = map_more, .release = map_release};

/* A source on a mapping of the file. *src stays NULL when it cannot be mapped: no regular file,
 * empty (as those of /proc claim to be), at its end, or too big for the address space. */
static enum scapf_status map_open(int fd, bool owned, const struct scapf_alloc *alloc,
                                  struct scapf_src **src)
{
    struct stat st;
    struct src_map *m;
    off_t start = lseek(fd, 0, SEEK_CUR);
    void *map;

    if (start < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= start ||
        (uint64_t)st.st_size > SIZE_MAX / 2) {
        return SCAPF_OK;
    }
    map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED) {
        return SCAPF_OK;
    }
    m = src_new(sizeof(*m), &map_ops, alloc);
    if (m == NULL) {
        (void)munmap(map, (size_t)st.st_size);
        return SCAPF_E_NOMEM;
    }
    (void)madvise(map, (size_t)st.st_size, MADV_SEQUENTIAL);
    (void)madvise(map, (size_t)st.st_size, MADV_NOHUGEPAGE); /* 2 MiB each would be resident */
    m->map = map;
    m->len = (size_t)st.st_size;
    m->start = (size_t)start;
    m->page = (size_t)sysconf(_SC_PAGESIZE);
    m->dropped = m->start - m->start % m->page;
    m->fd = fd;
    m->owned = owned;
    m->src.p = m->src.end = m->map + m->start;
    m->src.size = m->len - m->start;
    m->src.sized = true;
    *src = &m->src;
    return SCAPF_OK;
}

/* ------------------------------------------------------------------ read(2) */

struct src_read {
    struct src_stream stream;
    int fd;
    bool owned;
};

static enum scapf_status read_pull(struct scapf_src *s, uint8_t *dst, size_t n, size_t *got)
{
    struct src_read *r = (struct src_read *)s;

    for (;;) {
        ssize_t k = read(r->fd, dst, n);

        if (k >= 0) {
            *got = (size_t)k;
            return SCAPF_OK;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            struct pollfd wait = {.fd = r->fd, .events = POLLIN};

            (void)poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            return src_break(s, SCAPF_E_IO, RULE_IO_READ, (uint64_t)errno, 0);
        }
    }
}

static void read_release(struct scapf_src *s)
{
    struct src_read *r = (struct src_read *)s;

    mem_free(s->alloc, r->stream.buf);
    if (r->owned) {
        (void)close(r->fd);
    }
}

static const struct src_ops read_ops = {
    .more = src_stream_more, .pull = read_pull, .release = read_release};

static enum scapf_status read_open(int fd, bool owned, const struct scapf_alloc *alloc,
                                   struct scapf_src **src)
{
    struct src_read *r = src_new(sizeof(*r), &read_ops, alloc);

    if (r == NULL) {
        return SCAPF_E_NOMEM;
    }
    r->fd = fd;
    r->owned = owned;
    *src = &r->stream.src;
    return SCAPF_OK;
}

enum scapf_status src_raw_fd(int fd, bool owned, const struct scapf_alloc *alloc,
                             struct scapf_src **src, struct scapf_diag *diag)
{
    enum scapf_status status;

    *src = NULL;
    status = map_open(fd, owned, alloc, src);
    if (status == SCAPF_OK && *src == NULL) {
        status = read_open(fd, owned, alloc, src);
    }
    if (status < 0) {
        if (owned) {
            (void)close(fd);
        }
        return diag_set(diag, status, RULE_MEMORY, 0, 0, 0);
    }
    return SCAPF_OK;
}
