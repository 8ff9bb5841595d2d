/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed.h - a capture in memory that is fed to a host record by record; events by parameter names.
 */
#ifndef SCAPF_TESTS_FEED_H
#define SCAPF_TESTS_FEED_H

#include "scapfmt.h"
#include "support/mk.h"

/* Records of a capture in memory, one at a time. */
struct feed {
    struct mk m;
    struct scapf_host *host;
    struct scapf_reader *reader;
};

struct param {
    const char *name;
    int64_t number;
    const char *bytes; /* NULL: the number */
    uint32_t len;      /* 0: bytes are a text */
};

#define NUM(n, v)                                                                                  \
    {                                                                                              \
        .name = (n), .number = (v)                                                                 \
    }
#define TXT(n, v)                                                                                  \
    {                                                                                              \
        .name = (n), .bytes = (v)                                                                  \
    }
/* bytes and their number, which may come from one macro */
#define RAW(n, ...)                                                                                \
    {                                                                                              \
        n, 0, __VA_ARGS__                                                                          \
    }

/* Addresses 10.0.0.a and ports, as numbers of the little-endian capture have them: for RAW(). */
#define TUPLE4(a, ap, b, bp) "\x02\x0a\0\0" a ap "\x0a\0\0" b bp, 13 /* ports little-endian */
#define ADDR4(a, ap)         "\x02\x0a\0\0" a ap, 7
#define PORT_0               "\0\0"
#define PORT_80              "\x50\0"
#define PORT_53              "\x35\0"
#define PORT_40000           "\x40\x9c"

#define EV(tid, code, n, ...)                                                                      \
    put_event(&f.m, tid, code, n, (const struct param[]){__VA_ARGS__, {.name = NULL}})
#define EV0(tid, code) put_event(&f.m, tid, code, 0, (const struct param[]){{.name = NULL}})

/* Codes, as the schema numbers them. */
enum {
    OPEN_E = 2,
    OPEN_X = 3,
    CLOSE_E = 4,
    CLOSE_X = 5,
    CLONE_11_X = 15,
    PROCEXIT = 186,
    SOCKET_E = 18,
    SOCKET_X = 19,
    BIND_E = 20,
    BIND_X = 21,
    CONNECT_E = 22,
    CONNECT_X = 23,
    ACCEPT_X = 27,
    SENDTO_E = 30,
    SENDTO_X = 31,
    RECVFROM_E = 34,
    RECVFROM_X = 35,
    SOCKETPAIR_X = 43,
    CREAT_X = 59,
    PIPE_X = 61,
    EVENTFD_X = 63,
    CHDIR_X = 95,
    FCHDIR_E = 96,
    FCHDIR_X = 97,
    OPENAT_E = 102,
    OPENAT_X = 103,
    DUP_E = 124,
    DUP_X = 125,
    SIGNALFD_X = 127,
    FCNTL_E = 150,
    FCNTL_X = 151,
    CLONE_16_X = 157,
    SETRESUID_E = 192,
    SETRESUID_X = 193,
    SETUID_E = 198,
    SETUID_X = 199,
    SETGID_X = 201,
    CLONE_17_X = 217,
    CLONE_20_X = 223,
    FORK_20_X = 225,
    VFORK_20_X = 227,
    CONTAINER = 228,
    EXECVE_16_X = 231,
    CONTAINER_JSON = 272,
    CHROOT_X = 267,
    SETSID_X = 275,
    UNSHARE_X = 285,
    EXECVE_18_E = 288,
    EXECVE_18_X = 289,
    EXECVE_19_X = 293,
    SETPGID_X = 295,
    OPENAT_2_X = 307,
    EXECVEAT_E = 330,
    EXECVE_8_X = 13,
    CLONE3_X = 335,
    OPEN_BY_HANDLE_X = 337,
    IO_URING_X = 339,
    CAPSET_X = 353,
    USERADDED = 354,
    USERDELETED = 356,
    GROUPADDED = 358,
    DUP3_X = 365,
    BPF_2_X = 369,
    EPOLL_CREATE1_X = 377,
    ACCEPT4_X = 389,
    PIPE2_X = 393,
    PRCTL_X = 401,
    MEMFD_X = 405,
    PIDFD_GETFD_X = 407,
    PIDFD_OPEN_X = 409,
    SETREUID_X = 427,
    CLOSE_RANGE_X = 451
};

#define EXPECT_STR(got, want)                                                                      \
    do {                                                                                           \
        const char *got_ = (got);                                                                  \
        cr_expect(got_ != NULL && strcmp(got_, (want)) == 0, "%s instead of %s",                   \
                  got_ != NULL ? got_ : "NULL", (want));                                           \
    } while (0)

void put_process(struct mk *m, int64_t tid, int64_t pid, const char *comm, uint32_t flags);
void feed_init(struct feed *f);
void feed_open(struct feed *f, const struct scapf_host_opts *opts);
void feed_events(struct feed *f, unsigned n);
void feed_all(struct feed *f);
void feed_close(struct feed *f);
void begin_fd(struct mk *m, int64_t tid, int64_t fd, uint8_t type);
void put_file(struct mk *m, int64_t tid, int64_t fd, const char *name);
void put_socket4(struct mk *m, int64_t fd, uint8_t host, uint16_t sport, uint16_t dport);
void put_event(struct mk *m, int64_t tid, uint16_t code, uint32_t n, const struct param *params);
const char *fd_name(const struct feed *f, int64_t tid, int64_t fd);
int fd_type(const struct feed *f, int64_t tid, int64_t fd);
struct scapf_thread thread(const struct feed *f, int64_t tid);
const char *comm(const struct feed *f, int64_t tid);

#endif
