/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strace_probe.h - a log in a string, its items one by one; an item as one line of text.
 */
#ifndef TESTS_SUPPORT_STRACE_PROBE_H
#define TESTS_SUPPORT_STRACE_PROBE_H

#include "../../tools/convert/strace_log.h"

struct probe {
    struct strace_set *set;
    const struct strace_item *it;
};

/* Opens the log and reads its first item; a log that cannot be opened fails the test. */
struct probe probe_open(const char *log);
struct probe probe_bytes(const void *bytes, size_t len);
/* False at the end. */
bool probe_next(struct probe *p);
void probe_close(struct probe *p);

/* A node and what is below it as text of our own: N:8 S:"ab" Y:O_RDONLY {a=N:1} [..] f(..) ...
 * Static storage, overwritten by the next call. */
const char *probe_tree(const struct strace_item *it, const struct strace_node *node);
/* All items: kinds, pids and names, one after the other, "begin:3:read call:3:read". */
const char *probe_items(const char *log);

#endif
