/* SPDX-License-Identifier: Apache-2.0 */
/* temporary.h - files without a name, in $TMPDIR or /tmp: they are gone with their descriptor. */
#ifndef SCAPFMT_TEMPORARY_H
#define SCAPFMT_TEMPORARY_H

#include "run.h"

/* What one is called in reports: it says the folder. Valid until the next call. */
const char *temporary_name(void);

/* An empty one, to be read and written; -1 and a report when there is none. */
int temporary_open(void);
/* Write all of it. False and a report when that fails. */
bool temporary_write(int fd, const void *bytes, size_t n);
/*
 * What is left of src, unpacked, goes into a new one, which stands at its begin: for inputs that
 * come only once, or are packed. Of an input that breaks, what came before is in it and its exit
 * code is returned; *fd is -1 (CLI_SYSTEM) when there is no file. Failures are reported.
 */
int temporary_copy(const char *path, struct scapf_src *src, int *fd);

#endif
