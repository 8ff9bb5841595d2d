/* SPDX-License-Identifier: Apache-2.0 */
/*
 * volume.h - one of several files in turn. It has a temporary name, PATH.part, until it is
 * finished. When it cannot be, because the disk is full, what was written up to the last flush is
 * kept.
 */
#ifndef SCAPFMT_RECORD_VOLUME_H
#define SCAPFMT_RECORD_VOLUME_H

#include "scapfmt.h"

#define VOLUME_PATH 4352

struct volume {
    char path[VOLUME_PATH];
    char temporary[VOLUME_PATH + 8];
    int fd;
    bool packed;
    int64_t good;     /* bytes up to the last flush */
    uint64_t waiting; /* bytes of records since then, unpacked */
    struct scapf_sink *sink;
    struct scapf_diag diag; /* why the file itself failed; status 0: it did not */
};

/* Begin the file whose path is set. */
SCAPF_MUST_USE enum scapf_status volume_open(struct volume *v, enum scapf_compression packing);
/* A record of so many bytes was put as a whole. */
SCAPF_MUST_USE enum scapf_status volume_took(struct volume *v, uint64_t bytes);
/* It is complete: it gets its name. */
SCAPF_MUST_USE enum scapf_status volume_finish(struct volume *v);
/* Nothing came of it. */
void volume_drop(struct volume *v);
/* It failed: say why, and keep what is whole. */
void volume_keep(struct volume *v, enum scapf_status status, const struct scapf_diag *diag);

#endif
