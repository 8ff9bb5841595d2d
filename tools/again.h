/* SPDX-License-Identifier: Apache-2.0 */
/*
 * again.h - captures that are read more than once. What comes through a pipe is kept in a temporary
 * file without a name.
 */
#ifndef SCAPFMT_AGAIN_H
#define SCAPFMT_AGAIN_H

#include <sys/stat.h>
#include <sys/types.h>

#include "run.h"

struct again {
    const char *path;
    const struct cli_common *common;
    int fd;      /* of standard input or of the copy; -1: opened by its name each time */
    off_t start; /* of it in the file of fd */
    bool owned;
    char *text;       /* NULL, or where path and name are */
    const char *name; /* of a nameless one */
    struct stat st;
    int rc; /* why again_open() failed, as an exit code; it was reported */
};

/* Look at the file; copy it when it cannot be read twice. Failures are reported. */
int again_begin(struct again *a, const char *path, const struct cli_common *common);
/* A part of a capture: what it is called as a file, and behind the path of the capture. */
struct again_part {
    const char *name, *title;
};

/* An empty temporary file for a part of the capture at path, to be written to fd. */
int again_nameless(struct again *a, const char *path, const struct again_part *part,
                   const struct cli_common *common);
/* A fresh reader at its start: scapf_open_fn, with a struct again. */
enum scapf_status again_open(void *ctx, struct scapf_reader **reader);
/* Is this the file the output would go to? */
bool again_is_output(const struct again *a, const char *out);
void again_end(struct again *a);

#endif
