/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output.h - where a recording goes. Unlike the results of other commands it stands under its name
 * from the beginning: what was flushed is there when the recorder is killed or the disk is full.
 */
#ifndef SCAPFMT_RECORD_OUTPUT_H
#define SCAPFMT_RECORD_OUTPUT_H

#include "follow.h"

struct output {
    const char *path;
    int fd;
    bool regular; /* can be cut */
    int64_t good; /* bytes up to the last flush */
    bool packed;
    pid_t follower;       /* 0: nobody (any more) */
    bool follower_failed; /* it has said why */
    uint64_t waiting;     /* bytes of records since the last flush */
    int64_t flushed_ns;
    struct scapf_sink *sink;
    struct scapf_diag closing; /* status 0: closing it did not fail */
    struct scapf_writer *writer;
};

/* Open it, or the pipe to who follows. What a file has stays. False: diag says why, or the follower
 * has (follower_failed). */
bool output_open(struct output *out, const struct follow_opts *follow, struct scapf_diag *diag);
/* Recording begins: what was in the file gives way. */
SCAPF_MUST_USE enum scapf_status output_begin(struct output *out);
/* After a record of so many bytes: whole events go to the file when there are enough. */
SCAPF_MUST_USE enum scapf_status output_took(struct output *out, size_t bytes);
/* Bytes reach the file when they have waited too long; now: at once. */
SCAPF_MUST_USE enum scapf_status output_flush(struct output *out, bool now);
/* The end. */
SCAPF_MUST_USE enum scapf_status output_finish(struct output *out);
/* Why writing it failed; NULL = this is not why. */
const struct scapf_diag *output_diag(const struct output *out);
/* After an error: cut off what was not written as a whole. */
void output_cut(struct output *out);
void output_free(struct output *out);

#endif
