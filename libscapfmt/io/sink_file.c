/* SPDX-License-Identifier: Apache-2.0 */
#include "io/sink_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/sink_impl.h"

/* How many names beside the target are tried before giving up. */
#define TMP_TRIES 1000
/* "/.scapfmt-PID-N.tmp" */
#define TMP_NAME_MAX 48

static int open_retry(const char *path, int flags)
{
    int fd;

    do {
        fd = open(path, flags | O_CLOEXEC | O_NOCTTY, 0666);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

static enum scapf_status open_failed(struct scapf_sink *s)
{
    return sink_fail(s, SCAPF_E_IO, RULE_IO_OPEN, (uint64_t)errno);
}

/* "/proc/self/fd/N" */
#define FD_PATH_MAX 32

/* A file in the target's folder that has no name: whatever ends the process, nothing stays behind.
 * Naming it later takes /proc, and not every file system has such files. */
static bool open_nameless(struct scapf_sink *s, size_t dir)
{
    s->tmp_path[dir] = '\0';
    if (access("/proc/self/fd", X_OK) != 0) {
        return false;
    }
    s->fd = open_retry(dir > 0 ? s->tmp_path : ".", O_WRONLY | O_TMPFILE);
    return s->fd >= 0;
}

static bool open_named(struct scapf_sink *s)
{
    s->fd = open_retry(s->tmp_path, O_WRONLY | O_CREAT | O_EXCL);
    return s->fd >= 0;
}

static bool give_name(struct scapf_sink *s)
{
    char fd_path[FD_PATH_MAX];

    (void)snprintf(fd_path, sizeof(fd_path), "/proc/self/fd/%d", s->fd);
    return linkat(AT_FDCWD, fd_path, AT_FDCWD, s->tmp_path, AT_SYMLINK_FOLLOW) == 0;
}

/* Try names beside the target until one is ours. A name is the process's number and a counter:
 * short enough where the target's own name is as long as names may be. */
static bool with_name(struct scapf_sink *s, bool (*take)(struct scapf_sink *s))
{
    for (int i = 0; i < TMP_TRIES; i++) {
        (void)snprintf(s->tmp_path + s->tmp_dir, TMP_NAME_MAX, ".scapfmt-%ld-%d.tmp",
                       (long)getpid(), i);
        if (take(s)) {
            return true;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    return false;
}

static enum scapf_status open_tmp(struct scapf_sink *s)
{
    const char *slash = strrchr(s->path, '/');
    size_t dir = slash != NULL ? (size_t)(slash - s->path) + 1 : 0;

    s->tmp_path = mem_resize(s->alloc, NULL, dir + TMP_NAME_MAX);
    if (s->tmp_path == NULL) {
        return sink_fail(s, SCAPF_E_NOMEM, RULE_MEMORY, 0);
    }
    memcpy(s->tmp_path, s->path, dir);
    s->tmp_dir = dir;
    s->has_name = false;
    if (!open_nameless(s, dir)) {
        s->has_name = with_name(s, open_named);
        if (!s->has_name) {
            return open_failed(s);
        }
    }
    s->owned = true;
    return SCAPF_OK;
}

/* [open(2)] An existing file keeps its mode, and one that may not be written is refused. */
static enum scapf_status open_over(struct scapf_sink *s, const struct stat *old)
{
    if (access(s->path, W_OK) != 0) {
        return open_failed(s);
    }
    TRY(open_tmp(s));
    return fchmod(s->fd, old->st_mode & 0777) == 0 ? SCAPF_OK : open_failed(s);
}

static enum scapf_status open_straight(struct scapf_sink *s, const char *path)
{
    s->fd = open_retry(path, O_WRONLY | O_CREAT | O_TRUNC);
    s->owned = s->fd >= 0;
    return s->owned ? SCAPF_OK : open_failed(s);
}

enum scapf_status sink_file_open(struct scapf_sink *s, const char *path)
{
    char real[PATH_MAX];
    struct stat st;
    bool exists = stat(path, &st) == 0;

    /* /dev/stdout and its like may lead to a regular file that is somebody else's to rename */
    if ((exists && !S_ISREG(st.st_mode)) || strncmp(path, "/dev/", 5) == 0) {
        return open_straight(s, path);
    }
    if (exists && realpath(path, real) != NULL) {
        path = real; /* a symbolic link stays one: its target is replaced */
    }
    s->path = mem_resize(s->alloc, NULL, strlen(path) + 1);
    if (s->path == NULL) {
        return sink_fail(s, SCAPF_E_NOMEM, RULE_MEMORY, 0);
    }
    memcpy(s->path, path, strlen(path) + 1);
    return exists ? open_over(s, &st) : open_tmp(s);
}

static int close_fd(struct scapf_sink *s)
{
    int fd = s->fd;

    if (!s->owned) {
        return 0;
    }
    s->owned = false;
    return close(fd);
}

enum scapf_status sink_file_commit(struct scapf_sink *s)
{
    if (s->tmp_path != NULL && !s->has_name) {
        s->has_name = with_name(s, give_name);
        if (!s->has_name) {
            return sink_fail(s, SCAPF_E_IO, RULE_IO_RENAME, (uint64_t)errno);
        }
    }
    if (close_fd(s) != 0 && errno != EINTR) { /* [close(2)] NFS tells of a full disk only here */
        return sink_fail(s, SCAPF_E_IO, RULE_IO_WRITE, (uint64_t)errno);
    }
    if (s->tmp_path == NULL) {
        return SCAPF_OK;
    }
    if (rename(s->tmp_path, s->path) != 0) {
        return sink_fail(s, SCAPF_E_IO, RULE_IO_RENAME, (uint64_t)errno);
    }
    s->has_name = false;
    return SCAPF_OK;
}

void sink_file_drop(struct scapf_sink *s)
{
    (void)close_fd(s);
    if (s->has_name) {
        (void)unlink(s->tmp_path);
    }
    mem_free(s->alloc, s->tmp_path);
    mem_free(s->alloc, s->path);
}
