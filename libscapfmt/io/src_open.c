/* SPDX-License-Identifier: Apache-2.0 */
/*
 * src_open.c - which kind of source an input asks for: what it is read from, and what unpacks it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "io/src_impl.h"

/* Look at the first bytes of raw and put the unpacker before it that they ask for. */
static enum scapf_status wrap(struct scapf_src *raw, struct scapf_src **src,
                              struct scapf_diag *diag)
{
    const uint8_t *p;
    size_t n;
    enum scapf_status status = src_peek(raw, 4, &p, &n);

    if (status < 0 && n == 0) {
        if (diag != NULL) {
            *diag = raw->diag;
        }
        scapf_src_free(raw);
        return status;
    }
    status = SCAPF_OK;
    *src = raw;
    if (src_gzip_magic(p, n) == SRC_MAGIC_YES) {
        status = src_gzip_open(raw, src);
    } else if (src_zstd_magic(p, n) == SRC_MAGIC_YES) {
        status = src_zstd_open(raw, src);
    }
    if (status < 0) {
        *src = NULL;
        scapf_src_free(raw);
        return diag_set(diag, status, RULE_MEMORY, 0, 0, 0);
    }
    return SCAPF_OK;
}

enum scapf_status scapf_src_mem(const void *bytes, size_t len, const struct scapf_alloc *alloc,
                                struct scapf_src **src, struct scapf_diag *diag)
{
    struct scapf_src *raw = src_raw_mem(bytes, len, alloc);

    *src = NULL;
    if (raw == NULL) {
        return diag_set(diag, SCAPF_E_NOMEM, RULE_MEMORY, 0, 0, 0);
    }
    return wrap(raw, src, diag);
}

static enum scapf_status open_fd(int fd, bool owned, const struct scapf_alloc *alloc,
                                 struct scapf_src **src, struct scapf_diag *diag)
{
    struct scapf_src *raw;

    *src = NULL;
    TRY(src_raw_fd(fd, owned, alloc, &raw, diag));
    return wrap(raw, src, diag);
}

enum scapf_status scapf_src_fd(int fd, const struct scapf_alloc *alloc, struct scapf_src **src,
                               struct scapf_diag *diag)
{
    return open_fd(fd, false, alloc, src, diag);
}

enum scapf_status scapf_src_file(const char *path, const struct scapf_alloc *alloc,
                                 struct scapf_src **src, struct scapf_diag *diag)
{
    int fd;

    *src = NULL;
    if (strcmp(path, "-") == 0) {
        return open_fd(STDIN_FILENO, false, alloc, src, diag);
    }
    do {
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) {
        return diag_set(diag, SCAPF_E_IO, RULE_IO_OPEN, 0, (uint64_t)errno, 0);
    }
    return open_fd(fd, true, alloc, src, diag);
}
