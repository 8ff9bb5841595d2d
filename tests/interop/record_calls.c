/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record_calls.c - a program that makes more than 150 different system calls, the same ones each
 * time it runs: what strace and the recorder have to agree about. Run in an empty folder.
 *
 * Calls that could change the machine get arguments that the kernel refuses before it looks at
 * anything else: a descriptor of -1, an address where nothing is, a flag nobody has.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BAD             (-1L)
#define CALL(name, ...) calls_made = syscall(SYS_##name, ##__VA_ARGS__)

static char buf[4096];
static long calls_made; /* what the last one returned */

static void files(void)
{
    struct iovec iov[2] = {{buf, 3}, {buf + 100, 5}};
    struct iovec out[2] = {{(char *)"abc", 3}, {(char *)"defgh", 5}};
    int fd = (int)syscall(SYS_open, "file", O_RDWR | O_CREAT | O_EXCL, 0644);
    uint64_t how[3] = {O_RDONLY | O_CLOEXEC, 0, 8};

    CALL(write, fd, "hello, world\n", 13);
    CALL(pwrite64, fd, "HELLO", 5, 1);
    CALL(lseek, fd, 0, SEEK_SET);
    CALL(read, fd, buf, 5);
    CALL(pread64, fd, buf, 100, 2);
    CALL(writev, fd, out, 2);
    CALL(lseek, fd, 0, SEEK_SET);
    CALL(readv, fd, iov, 2);
    CALL(pwritev, fd, out, 2, 4, 0);
    CALL(preadv, fd, iov, 2, 4, 0);
    CALL(ftruncate, fd, 5);
    CALL(truncate, "file", 4);
    CALL(fsync, fd);
    CALL(fdatasync, fd);
    CALL(fallocate, fd, 0, 0, 10);
    CALL(flock, fd, 2);
    CALL(flock, fd, 8);
    CALL(fadvise64, fd, 0, 0, 0);
    CALL(fstat, fd, buf);
    CALL(fstatfs, fd, buf);
    CALL(statfs, ".", buf);
    CALL(stat, "file", buf);
    CALL(lstat, "none", buf);
    CALL(newfstatat, AT_FDCWD, "file", buf, 0);
    CALL(statx, AT_FDCWD, "file", 0, 0x7ff, buf);
    CALL(access, "file", R_OK);
    CALL(faccessat, AT_FDCWD, "none", W_OK);
    CALL(fchmod, fd, 0600);
    CALL(chmod, "file", 0640);
    CALL(fchmodat, AT_FDCWD, "file", 0644);
    CALL(fchown, fd, -1, -1);
    CALL(chown, "none", 1, 2);
    CALL(lchown, "none", 1, 2);
    CALL(fchownat, AT_FDCWD, "none", 1, 2, 0x100);
    CALL(dup, fd);
    CALL(dup2, fd, 20);
    CALL(dup3, fd, 21, O_CLOEXEC);
    CALL(fcntl, 20, F_GETFD);
    CALL(fcntl, 20, F_SETFL, O_NONBLOCK);
    CALL(fcntl, 20, F_DUPFD_CLOEXEC, 30);
    CALL(ioctl, fd, 0x5401, buf);
    CALL(close, 20);
    CALL(close, 99);
    CALL(close_range, 21, 40, 0);
    CALL(openat, AT_FDCWD, "none", O_RDONLY);
    CALL(openat2, AT_FDCWD, "file", how, sizeof(how));
    CALL(close, syscall(SYS_openat, AT_FDCWD, ".", O_TMPFILE | O_RDWR | O_EXCL, 0640));
    CALL(close, syscall(SYS_openat, AT_FDCWD, "file", O_WRONLY | O_SYNC));
    CALL(close, syscall(SYS_open, "file", O_WRONLY | O_DSYNC | O_DIRECT | O_NOATIME));
    CALL(close, fd);
}

static void folders(void)
{
    long off = 0;
    int dir;

    CALL(creat, "other", 0600);
    CALL(mkdir, "dir", 0755);
    CALL(mkdirat, AT_FDCWD, "dir/sub", 0700);
    CALL(rename, "other", "another");
    CALL(renameat, AT_FDCWD, "another", AT_FDCWD, "third");
    CALL(renameat2, AT_FDCWD, "third", AT_FDCWD, "file", 1);
    CALL(link, "file", "hard");
    CALL(linkat, AT_FDCWD, "file", AT_FDCWD, "hard2", 0);
    CALL(symlink, "file", "soft");
    CALL(symlinkat, "file", AT_FDCWD, "soft2");
    CALL(readlink, "soft", buf, 100);
    CALL(readlinkat, AT_FDCWD, "soft2", buf, 100);
    CALL(mknod, "fifo", 010600, 0);
    CALL(mknodat, AT_FDCWD, "fifo2", 010600, 0);
    CALL(utime, "file", NULL);
    CALL(utimensat, AT_FDCWD, "none", NULL, 0);
    CALL(futimesat, AT_FDCWD, "none", NULL);
    CALL(setxattr, "none", "user.a", "b", 1, 0);
    CALL(getxattr, "none", "user.a", buf, 10);
    CALL(fgetxattr, BAD, "user.a", buf, 10);
    CALL(listxattr, "none", buf, 10);
    CALL(removexattr, "none", "user.a");
    CALL(umask, 022);
    CALL(sync_file_range, BAD, 0, 0, 0);
    CALL(sendfile, 1, BAD, &off, 10);
    CALL(splice, BAD, NULL, BAD, NULL, 10, 0);
    CALL(tee, BAD, BAD, 10, 0);
    CALL(vmsplice, BAD, buf, 1, 0);
    CALL(copy_file_range, BAD, NULL, BAD, NULL, 10, 0);
    CALL(readahead, BAD, 0, 10);
    dir = (int)syscall(SYS_openat, AT_FDCWD, ".", O_RDONLY | O_DIRECTORY);
    CALL(getdents64, dir, buf, sizeof(buf));
    CALL(getdents64, dir, buf, sizeof(buf));
    CALL(getdents, dir, buf, sizeof(buf));
    CALL(chdir, "dir");
    CALL(getcwd, buf, sizeof(buf));
    CALL(fchdir, dir);
    CALL(unlink, "hard");
    CALL(unlinkat, AT_FDCWD, "dir/sub", 0x200);
    CALL(rmdir, "dir");
    CALL(rmdir, "none");
    CALL(chroot, "none");
    CALL(close, dir);
}

static void descriptors(void)
{
    int fds[2];
    struct pollfd p[2] = {{.fd = 1, .events = POLLOUT}, {.fd = -1, .events = POLLIN}};
    struct timespec zero = {0, 0};
    struct itimerspec never = {{0, 0}, {0, 0}};
    uint64_t one = 1;
    uint64_t set = 1u << (SIGUSR1 - 1);
    int fd;

    CALL(pipe, fds);
    CALL(write, fds[1], "x", 1);
    CALL(read, fds[0], buf, 10);
    CALL(close, fds[0]);
    CALL(close, fds[1]);
    CALL(pipe2, fds, O_CLOEXEC | O_NONBLOCK);
    CALL(read, fds[0], buf, 10);
    CALL(poll, p, 2, 0);
    CALL(ppoll, p, 2, &zero, NULL, 8);
    CALL(select, 0, NULL, NULL, NULL, &zero);
    CALL(pselect6, 0, NULL, NULL, NULL, &zero, NULL);
    fd = (int)syscall(SYS_eventfd2, 3, O_CLOEXEC);
    CALL(write, fd, &one, 8);
    CALL(close, fd);
    CALL(eventfd, 1);
    CALL(signalfd4, BAD, &set, 8, O_CLOEXEC);
    CALL(timerfd_create, 1, 0);
    CALL(timerfd_settime, BAD, 0, &never, NULL);
    CALL(timerfd_gettime, BAD, buf);
    CALL(inotify_init);
    fd = (int)syscall(SYS_inotify_init1, O_CLOEXEC);
    CALL(inotify_add_watch, fd, "none", 1);
    CALL(inotify_rm_watch, fd, 5);
    CALL(epoll_create, 5);
    fd = (int)syscall(SYS_epoll_create1, O_CLOEXEC);
    CALL(epoll_ctl, fd, 1, BAD, buf);
    CALL(epoll_wait, fd, buf, 3, 0);
    CALL(epoll_pwait, fd, buf, 3, 0, NULL, 8);
    CALL(memfd_create, "mem", 1);
    CALL(userfaultfd, -1);
    CALL(pidfd_open, BAD, 0);
    CALL(pidfd_getfd, BAD, 0, 0);
    CALL(pidfd_send_signal, BAD, 0, NULL, 0);
    CALL(bpf, 99, NULL, 0);
    (void)memset(buf, 0, 256);
    CALL(io_uring_setup, 0, buf);
    CALL(io_uring_enter, BAD, 0, 0, 0);
    CALL(io_uring_register, BAD, 0, NULL, 0);
    CALL(fanotify_init, -1, 0);
    CALL(perf_event_open, NULL, 0, -1, -1, -1);
}

/* Three messages at a time, and a descriptor as control data. */
static void datagrams(const int *pair)
{
    char texts[3][8] = {"first", "second", "third"};
    struct iovec vectors[3][2];
    struct mmsghdr all[3] = {0};
    char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec one = {texts[0], 5};
    struct msghdr msg = {.msg_iov = &one,
                         .msg_iovlen = 1,
                         .msg_control = control,
                         .msg_controllen = sizeof(control)};
    struct cmsghdr *head = CMSG_FIRSTHDR(&msg);

    for (int i = 0; i < 3; i++) {
        vectors[i][0] = (struct iovec){texts[i], 3};
        vectors[i][1] = (struct iovec){texts[i] + 3, 2 + (size_t)i};
        all[i].msg_hdr = (struct msghdr){.msg_iov = vectors[i], .msg_iovlen = 2};
    }
    CALL(sendmmsg, pair[0], all, 3, 0);
    CALL(recvmmsg, pair[1], all, 3, 0, NULL);
    *head = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(head), pair, sizeof(int));
    CALL(sendmsg, pair[0], &msg, 0);
    CALL(recvmsg, pair[1], &msg, 0);
}

static void sockets(void)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "none"};
    struct iovec iov = {(char *)"message", 7};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    struct iovec into = {buf, 100};
    struct msghdr got = {.msg_iov = &into, .msg_iovlen = 1};
    int pair[2];
    int one = 1;
    socklen_t len = sizeof(one);
    int fd = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);

    CALL(bind, fd, &in, sizeof(in));
    CALL(listen, fd, 5);
    CALL(setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    CALL(getsockopt, fd, SOL_SOCKET, SO_ERROR, &one, &len);
    CALL(accept, BAD, NULL, NULL);
    CALL(accept4, BAD, NULL, NULL, 0);
    CALL(shutdown, fd, 2);
    CALL(close, fd);
    fd = (int)syscall(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CALL(connect, fd, &un, sizeof(un));
    CALL(getsockname, BAD, buf, &len);
    CALL(getpeername, BAD, buf, &len);
    CALL(socketpair, AF_UNIX, SOCK_DGRAM, 0, pair);
    CALL(sendto, pair[0], "datagram", 8, 0, NULL, 0);
    CALL(recvfrom, pair[1], buf, 100, 0, NULL, NULL);
    CALL(sendmsg, pair[0], &msg, 0);
    CALL(recvmsg, pair[1], &got, 0);
    CALL(sendmmsg, BAD, NULL, 0, 0);
    CALL(recvmmsg, BAD, NULL, 0, 0, NULL);
    datagrams(pair);
}

static void memory(void)
{
    void *p = (void *)syscall(SYS_mmap, NULL, 8192, 3, 0x22, -1, 0);

    CALL(mprotect, p, 4096, 1);
    CALL(madvise, p, 4096, 4);
    CALL(mincore, p, 4096, buf);
    CALL(msync, p, 4096, 4);
    CALL(mlock, p, 4096);
    CALL(munlock, p, 4096);
    CALL(mlock2, p, 4096, 1);
    CALL(mlockall, 0);
    CALL(munlockall);
    CALL(mremap, p, 8192, 4096, 0);
    CALL(munmap, p, 4096);
    CALL(brk, 0);
    CALL(membarrier, 0, 0);
    CALL(get_mempolicy, NULL, NULL, 0, NULL, 99);
    CALL(process_vm_readv, BAD, NULL, 0, NULL, 0, 0);
    CALL(process_vm_writev, BAD, NULL, 0, NULL, 0, 0);
    CALL(pkey_free, 99);
}

static void identity(void)
{
    struct rlimit limit;
    struct timespec t = {0, 1000};
    uint32_t ids[3];

    CALL(getpid);
    CALL(gettid);
    CALL(getppid);
    CALL(getuid);
    CALL(geteuid);
    CALL(getgid);
    CALL(getegid);
    CALL(getresuid, &ids[0], &ids[1], &ids[2]);
    CALL(getresgid, &ids[0], &ids[1], &ids[2]);
    CALL(setuid, 0xffffffff);
    CALL(setgid, 0xffffffff);
    CALL(setresuid, -1, -1, -1);
    CALL(setresgid, -1, -1, -1);
    CALL(setreuid, -1, -1);
    CALL(setregid, -1, -1);
    CALL(setfsuid, -1);
    CALL(setfsgid, -1);
    CALL(getgroups, 0, NULL);
    CALL(setpgid, BAD, 0);
    CALL(getpgid, BAD);
    CALL(getpgrp);
    CALL(getsid, BAD);
    CALL(setsid);
    CALL(prlimit64, 0, 7, NULL, &limit);
    CALL(getrlimit, 4, &limit);
    CALL(setrlimit, 99, &limit);
    CALL(getrusage, 0, buf);
    CALL(getpriority, 0, 0);
    CALL(setpriority, 9, 0, 0);
    CALL(sched_yield);
    CALL(sched_getscheduler, 0);
    CALL(sched_getparam, 0, buf);
    CALL(sched_getaffinity, 0, 128, buf);
    CALL(sched_get_priority_max, 1);
    CALL(sched_get_priority_min, 1);
    CALL(prctl, 15, "calls");
    CALL(prctl, 3);
    CALL(capget, NULL, NULL);
    CALL(capset, NULL, NULL);
    CALL(personality, 0xffffffff);
    CALL(uname, buf);
    CALL(sysinfo, buf);
    CALL(times, buf);
    CALL(getrandom, buf, 4, 0);
    CALL(nanosleep, &t, NULL);
    CALL(clock_nanosleep, 1, 0, &t, NULL);
    CALL(clock_getres, 1, buf);
    CALL(clock_settime, 99, NULL);
    CALL(getitimer, 0, buf);
    CALL(alarm, 0);
    CALL(timer_create, 99, NULL, NULL);
    CALL(getcpu, NULL, NULL, NULL);
    CALL(unshare, 0);
    CALL(setns, BAD, 0);
    CALL(seccomp, 99, 0, NULL);
    CALL(ptrace, 99, BAD, NULL, NULL);
    CALL(kcmp, BAD, BAD, 0, 0, 0);
    CALL(keyctl, 99, 0, 0, 0, 0);
    CALL(mount, NULL, NULL, NULL, 0, NULL);
    CALL(umount2, "none", 0);
    CALL(quotactl, 0, NULL, 0, NULL);
    CALL(init_module, NULL, 0, NULL);
    CALL(finit_module, BAD, "", 0);
    CALL(delete_module, "none", 0);
    CALL(syslog, 99, NULL, 0);
}

static void messages(void)
{
    uint64_t set = 0;
    int futex = 1;

    CALL(rt_sigprocmask, 0, NULL, &set, 8);
    CALL(rt_sigaction, 99, NULL, NULL, 8);
    CALL(rt_sigpending, &set, 8);
    CALL(rt_sigtimedwait, &set, NULL, &(struct timespec){0, 0}, 8);
    CALL(sigaltstack, NULL, NULL);
    CALL(kill, getpid(), 0);
    CALL(tkill, getpid(), 0);
    CALL(tgkill, getpid(), getpid(), 0);
    CALL(futex, &futex, 0, 2, NULL);
    CALL(futex, &futex, 0x81, 1);
    CALL(set_robust_list, NULL, 0);
    CALL(semget, 0x1234567, 1, 0);
    CALL(semop, BAD, NULL, 0);
    CALL(semctl, BAD, 0, 2, 0);
    CALL(shmget, 0x1234567, 1, 0);
    CALL(shmat, BAD, NULL, 0);
    CALL(shmctl, BAD, 99, NULL);
    CALL(msgget, 0x1234567, 0);
    CALL(msgsnd, BAD, NULL, 0, 0);
    CALL(msgrcv, BAD, NULL, 0, 0, 0);
    CALL(mq_unlink, "none");
}

static void *thread(void *arg)
{
    (void)arg;
    CALL(getppid);
    CALL(sched_yield);
    return NULL;
}

static void processes(char *self)
{
    pthread_t t;
    pid_t pid;
    char *argv[] = {self, (char *)"end", NULL};

    (void)pthread_create(&t, NULL, thread, NULL);
    while (pthread_tryjoin_np(t, NULL) != 0) { /* without a call: waiting makes one, or none */
    }
    pid = (pid_t)syscall(SYS_fork);
    if (pid == 0) {
        CALL(getppid);
        CALL(execve, "none", argv, NULL);
        (void)execv("/proc/self/exe", argv);
        _exit(1);
    }
    (void)waitpid(pid, NULL, 0);
    CALL(waitid, 99, 0, NULL, 0, NULL);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        return 3;
    }
    files();
    folders();
    descriptors();
    sockets();
    memory();
    identity();
    messages();
    processes(argv[0]);
    return 0;
}
