/* SPDX-License-Identifier: Apache-2.0 */
/* log_files.h - the files of a log: sets of strace -ff, and what waits in a pipe. */
#ifndef SCAPFMT_LOG_FILES_H
#define SCAPFMT_LOG_FILES_H

#include <stdbool.h>
#include <stddef.h>

/* Names of files, owned. */
struct log_files {
    char **names;
    int n, cap;
};

/*
 * The arguments with every folder replaced by its files NAME.PID, and every name that does not
 * exist by the files NAME.PID beside it: what strace -ff -o NAME writes. Sorted by name within an
 * argument; one without such files stays as it is. False: no memory.
 */
bool log_files_expand(struct log_files *files, char **args, int n);
void log_files_free(struct log_files *files);
/* Allow as many open files as there are, as far as the system lets us. */
void log_files_allow(int n);

/* Bytes that wait in the pipe on standard input, which stay there: at most cap of them. Waits for
 * the first. 0 when it is no pipe. */
size_t log_files_waiting(void *bytes, size_t cap);

#endif
