/* SPDX-License-Identifier: Apache-2.0 */
#include "render/who.h"

/* [libsinsp fdinfo.cpp get_typestring] By number of the fd table. */
const char *who_fd_type(uint8_t type)
{
    static const char *const names[] = {
        NULL,   "file",  "directory",   "ipv4",     "ipv6",      "ipv4",    "ipv6",    "pipe",
        "unix", "event", NULL,          "signalfd", "eventpoll", "inotify", "timerfd", "netlink",
        "file", "bpf",   "userfaultfd", "io_uring", "memfd",     "pidfd"};

    return type < sizeof(names) / sizeof(names[0]) ? names[type] : NULL;
}

int64_t who_ppid(struct scapf_host *host, const struct scapf_thread *thread)
{
    struct scapf_thread leader;

    if (thread->pid == thread->tid) {
        return thread->ptid;
    }
    return scapf_host_thread(host, thread->pid, &leader) ? leader.ptid : -1;
}
