/* SPDX-License-Identifier: Apache-2.0 */
/*
 * who.h - columns of a line that the state of the host fills: whose event it is, and about what.
 */
#ifndef SCAPF_RENDER_WHO_H
#define SCAPF_RENDER_WHO_H

#include "bytes/out.h"
#include "scapfmt.h"

/* clang-format off */
#define WHO_COLUMNS(X) \
    X("proc.name", comm) X("proc.pid", pid) X("proc.ppid", ppid) X("proc.exe", exe) \
    X("proc.exepath", exepath) X("proc.cmdline", cmdline) X("proc.cwd", cwd) \
    X("user.uid", uid) X("user.name", user) X("group.gid", gid) X("group.name", group) \
    X("container.id", container) X("container.name", container_name) \
    X("fd.num", fd_num) X("fd.name", fd_name) X("fd.type", fd_type) X("latency", latency)
/* clang-format on */

enum who {
    WHO_NONE,
#define X(name, id) WHO_##id,
    WHO_COLUMNS(X)
#undef X
        WHO_COUNT
};

/* Append the column of an event, escaped for a terminal; "-" when it is not known. */
void who_put(struct out *o, struct scapf_host *host, const struct scapf_event *ev, enum who column);
/* "file", "ipv4", "pipe": the word of a type of descriptor, NULL when there is none. */
const char *who_fd_type(uint8_t type);
/* Parent of the process a thread belongs to, -1 when it is not known. */
int64_t who_ppid(struct scapf_host *host, const struct scapf_thread *thread);

#endif
