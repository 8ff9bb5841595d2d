/* SPDX-License-Identifier: Apache-2.0 */
/* proc.h - reading /proc: files of a thread, sockets of its network namespace. */
#ifndef SCAPFMT_RECORD_PROC_H
#define SCAPFMT_RECORD_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What /proc/PID/status and its neighbours tell. Text is NUL-ended. */
struct proc_thread {
    int64_t tid, pid, ptid, vtid, vpid, sid, pgid, vpgid;
    int64_t fdlimit;
    uint32_t uid, gid, loginuid, tty;
    uint64_t vm_size, vm_rss, vm_swap; /* KiB */
    uint64_t faults_major, faults_minor;
    uint64_t cap_inheritable, cap_permitted, cap_effective;
    uint64_t exe_ino, exe_ctime, exe_mtime;
    uint32_t groups[32], n_groups;
    char comm[64], exepath[1024], cwd[1024], root[1024];
    char args[4097]; /* args_len bytes, each word with its NUL; the first one is exe */
    char env[4097], cgroups[4097];
    uint32_t args_len, env_len, cgroups_len;
};

/* What may be there, and is not in the tables. */
struct proc_losses {
    uint64_t unread;   /* files, links and folders that may not be read */
    uint64_t left_out; /* sockets, users and groups: there are too many */
};

/* Something of /proc could not be read, errno says why: count it, unless it just is not there (any
 * more). */
void proc_failed(struct proc_losses *losses);
/* Fill it. False when the thread has ended, or may not be looked at. */
bool proc_thread(uint32_t pid, uint32_t tid, bool env, struct proc_thread *t,
                 struct proc_losses *losses);
/* A file as a whole, NUL-ended; its bytes, -1 when it cannot be read: errno says why. */
long proc_file(const char *path, char *to, size_t size);

struct proc_socket {
    uint64_t ino;
    uint8_t family;  /* 1 unix, 2 IPv4, 10 IPv6, 16 netlink */
    uint8_t l4proto; /* [scap 8] 2 TCP, 3 UDP, 4 ICMP, 5 raw */
    uint8_t sip[16], dip[16];
    uint16_t sport, dport;
    uint64_t key; /* unix: address in the kernel */
    char path[112];
};

struct proc_sockets {
    struct proc_socket *list; /* ascending ino */
    size_t n, room;
    uint64_t left_out; /* there is no room for them */
};

/* Where control groups of version 2 are mounted. False when nowhere. */
bool proc_cgroup_mount(char *to, size_t size);

/* The sockets of a process's network namespace. Free with proc_sockets_free(). */
void proc_sockets(uint32_t pid, struct proc_sockets *sockets, struct proc_losses *losses);
const struct proc_socket *proc_socket(const struct proc_sockets *sockets, uint64_t ino);
void proc_sockets_free(struct proc_sockets *sockets);

#endif
