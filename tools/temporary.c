/* SPDX-License-Identifier: Apache-2.0 */
#include "temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static const char *folder(void)
{
    const char *dir = getenv("TMPDIR");

    return dir != NULL && *dir != '\0' ? dir : "/tmp";
}

const char *temporary_name(void)
{
    static char name[4096];

    (void)snprintf(name, sizeof(name), "temporary file in %s", folder());
    return name;
}

int temporary_open(void)
{
    const char *dir = folder();
    char path[4096];
    int fd;

    fd = open(dir, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    if (fd < 0 && (size_t)snprintf(path, sizeof(path), "%s/scapfmt-XXXXXX", dir) < sizeof(path)) {
        fd = mkostemp(path, O_CLOEXEC); /* not every file system has the other way */
        if (fd >= 0) {
            (void)unlink(path);
        }
    }
    if (fd < 0) {
        (void)run_fail_errno(dir);
    }
    return fd;
}

bool temporary_write(int fd, const void *bytes, size_t n)
{
    const char *at = bytes;

    while (n > 0) {
        ssize_t k = write(fd, at, n);

        if (k < 0 && errno != EINTR) {
            (void)run_fail_errno(temporary_name());
            return false;
        }
        at += k > 0 ? k : 0;
        n -= k > 0 ? (size_t)k : 0;
    }
    return true;
}

int temporary_copy(const char *path, struct scapf_src *src, int *fd)
{
    const uint8_t *bytes;
    size_t avail = 1;
    struct scapf_diag diag = {0};
    enum scapf_status status = SCAPF_OK;

    *fd = temporary_open();
    if (*fd < 0) {
        return CLI_SYSTEM;
    }
    while (status == SCAPF_OK && avail > 0) {
        status = scapf_src_peek(src, 1, &bytes, &avail, &diag);
        if (!temporary_write(*fd, bytes, avail)) {
            return CLI_SYSTEM;
        }
        scapf_src_skip(src, avail);
    }
    if (lseek(*fd, 0, SEEK_SET) != 0) {
        return run_fail_errno(temporary_name());
    }
    return run_fail(path, status, &diag);
}
