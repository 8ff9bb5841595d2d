/* SPDX-License-Identifier: Apache-2.0 */
#include "volume.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "../run.h"

#define ENOUGH      (16u * 1024)   /* bytes between flushes */
#define ENOUGH_PACK (1024u * 1024) /* a flush ends a frame: packing gets worse */

enum scapf_status volume_open(struct volume *v, enum scapf_compression packing)
{
    v->packed = packing != SCAPF_PLAIN;
    v->good = 0;
    v->waiting = 0;
    v->sink = NULL;
    v->diag = (struct scapf_diag){0};
    (void)snprintf(v->temporary, sizeof(v->temporary), "%s.part", v->path);
    /* What has that name, a file that was left or a link to another, is never written into. */
    (void)unlink(v->temporary);
    v->fd = open(v->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0666);
    return v->fd < 0 ? run_errno_diag(&v->diag, "IO_OPEN")
                     : scapf_sink_fd(v->fd, packing, NULL, &v->sink, &v->diag);
}

enum scapf_status volume_took(struct volume *v, uint64_t bytes)
{
    enum scapf_status status;

    v->waiting += bytes;
    if (v->waiting < (v->packed ? ENOUGH_PACK : ENOUGH)) {
        return SCAPF_OK;
    }
    status = v->packed ? scapf_sink_sync(v->sink) : scapf_sink_flush(v->sink);
    if (status == SCAPF_OK) {
        v->waiting = 0;
        v->good = lseek(v->fd, 0, SEEK_CUR);
    }
    return status;
}

enum scapf_status volume_finish(struct volume *v)
{
    enum scapf_status status = scapf_sink_finish(v->sink);
    int fd = v->fd;

    if (status != SCAPF_OK) {
        return status;
    }
    v->fd = -1;
    if (close(fd) != 0 && errno != EINTR) {
        return run_errno_diag(&v->diag, "IO_WRITE");
    }
    if (rename(v->temporary, v->path) != 0) {
        return run_errno_diag(&v->diag, "IO_WRITE");
    }
    scapf_sink_free(v->sink);
    v->sink = NULL;
    return SCAPF_OK;
}

void volume_drop(struct volume *v)
{
    if (v->fd >= 0) {
        (void)close(v->fd);
        (void)unlink(v->temporary);
        v->fd = -1;
    }
    scapf_sink_free(v->sink);
    v->sink = NULL;
}

void volume_keep(struct volume *v, enum scapf_status status, const struct scapf_diag *diag)
{
    const struct scapf_diag *own = v->sink != NULL ? scapf_sink_diag(v->sink) : NULL;
    bool kept;

    own = v->diag.status != 0 ? &v->diag : own;
    (void)run_fail(v->path, status, own != NULL ? own : diag);
    kept = v->fd >= 0 && v->good > 0 && ftruncate(v->fd, (off_t)v->good) == 0 &&
           rename(v->temporary, v->path) == 0;
    if (kept) {
        run_say("%s: ended early; what was written before is whole", v->path);
    } else if (v->fd < 0 && v->sink != NULL) { /* finished, and then something was in the way */
        run_say("%s: what was written is there", v->temporary);
    }
    volume_drop(v); /* the name that it had is gone when it was kept */
}
