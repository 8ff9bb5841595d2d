/* SPDX-License-Identifier: Apache-2.0 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../run.h"
#include "clock.h"

#define ENOUGH   (64u * 1024)       /* of records: they make less than a chunk of the sink */
#define PLAIN_NS INT64_C(200000000) /* between flushes */
#define PACK_NS  INT64_C(900000000) /* a flush ends a frame: packing gets worse */

static int open_path(const char *path)
{
    return strcmp(path, "-") == 0 ? STDOUT_FILENO
                                  : open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
}

bool output_open(struct output *out, const struct follow_opts *follow, struct scapf_diag *diag)
{
    bool followed = follow->what != FOLLOW_NOTHING;
    enum scapf_compression packing = followed ? SCAPF_PLAIN : follow->packing;
    struct stat st;

    *out = (struct output){.path = follow->path, .packed = packing != SCAPF_PLAIN};
    out->fd = followed ? follow_start(follow, &out->follower) : open_path(follow->path);
    if (out->fd < 0) {
        (void)run_errno_diag(diag, "IO_OPEN");
        out->follower_failed = out->follower > 0;
        return false;
    }
    *diag = (struct scapf_diag){.status = SCAPF_E_IO};
    out->regular = out->fd > STDERR_FILENO && fstat(out->fd, &st) == 0 && S_ISREG(st.st_mode);
    out->flushed_ns = clock_ns(CLOCK_MONOTONIC);
    return scapf_sink_fd(out->fd, packing, NULL, &out->sink, diag) == SCAPF_OK &&
           scapf_writer_new(out->sink, NULL, &out->writer) == SCAPF_OK;
}

enum scapf_status output_begin(struct output *out)
{
    return !out->regular || ftruncate(out->fd, 0) == 0 ? SCAPF_OK
                                                       : run_errno_diag(&out->closing, "IO_WRITE");
}

static enum scapf_status flush(struct output *out)
{
    enum scapf_status status =
        out->packed ? scapf_sink_sync(out->sink) : scapf_sink_flush(out->sink);

    if (status == SCAPF_OK && out->regular) {
        out->good = lseek(out->fd, 0, SEEK_CUR);
    }
    out->waiting = 0;
    out->flushed_ns = clock_ns(CLOCK_MONOTONIC);
    return status;
}

enum scapf_status output_took(struct output *out, size_t bytes)
{
    out->waiting += bytes;
    /* what a packer holds is cut at its own borders */
    return out->waiting >= ENOUGH && !out->packed ? flush(out) : SCAPF_OK;
}

enum scapf_status output_flush(struct output *out, bool now)
{
    int64_t age = clock_ns(CLOCK_MONOTONIC) - out->flushed_ns;

    now = now || out->follower > 0;
    if (out->waiting == 0 || (!now && age < (out->packed ? PACK_NS : PLAIN_NS))) {
        return SCAPF_OK;
    }
    return flush(out);
}

/* [close(2)] a disk over the network may tell only now that it is full */
static enum scapf_status close_file(struct output *out)
{
    int fd = out->fd;

    out->fd = -1;
    if (fd == STDOUT_FILENO || close(fd) == 0 || errno == EINTR) {
        return SCAPF_OK;
    }
    return run_errno_diag(&out->closing, "IO_WRITE");
}

enum scapf_status output_finish(struct output *out)
{
    enum scapf_status status = scapf_writer_finish(out->writer);

    status = status == SCAPF_OK ? scapf_sink_finish(out->sink) : status;
    status = status == SCAPF_OK ? close_file(out) : status;
    if (out->follower > 0 && out->fd < 0) {
        out->follower_failed = follow_end(out->follower) != 0;
        out->follower = 0;
    }
    return out->follower_failed ? SCAPF_E_IO : status;
}

const struct scapf_diag *output_diag(const struct output *out)
{
    return out->closing.status != 0 ? &out->closing : scapf_sink_diag(out->sink);
}

void output_cut(struct output *out)
{
    if (out->regular && out->fd >= 0) {
        (void)!ftruncate(out->fd, (off_t)out->good);
    }
}

void output_free(struct output *out)
{
    scapf_writer_free(out->writer);
    scapf_sink_free(out->sink);
    if (out->fd > STDERR_FILENO) {
        (void)close(out->fd);
    }
    if (out->follower > 0) {
        (void)follow_end(out->follower);
    }
}
