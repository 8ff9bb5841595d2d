/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strace_zoo.c - about 190 different system calls, most of them harmless, many of them failing:
 * strace prints each with its arguments, strace_values.py compares those with what the converted
 * capture has. Arguments are all different, so that swapped ones are seen. Runs in an empty
 * directory.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/quota.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define CALL(name, ...) ((void)syscall(SYS_##name, __VA_ARGS__))
#define CALL0(name)     ((void)syscall(SYS_##name))
#define NR(number, ...) ((void)syscall(number, __VA_ARGS__))

static char buf[4096];

static int to;

static int contents(void)
{
    struct open_how how = {.flags = O_RDWR | O_CREAT | O_CLOEXEC, .mode = 0640, .resolve = 8};
    struct iovec iov[2] = {{"first ", 6}, {"second\n", 7}};
    struct iovec in[2] = {{buf, 3}, {buf + 8, 300}};
    int fd = (int)syscall(SYS_open, "one", O_RDWR | O_CREAT | O_TRUNC, 0754);

    to = (int)syscall(SYS_creat, "two", 0600);
    CALL(openat, AT_FDCWD, "three", O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0644);
    CALL(openat, AT_FDCWD, ".", O_RDWR | O_TMPFILE, 0601);
    CALL(openat, AT_FDCWD, "/nowhere", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_SYNC | O_DIRECT);
    NR(437, AT_FDCWD, "four", &how, sizeof(how));
    CALL(write, fd, "hello \"zoo\"\n\t\1\0002\377", 16);
    CALL(pwrite64, fd, "at the back", 11, 4000);
    CALL(writev, fd, iov, 2);
    CALL(pwritev, fd, iov, 2, 77, 0);
    NR(328, fd, iov, 2, 78, 0, RWF_SYNC);
    CALL(lseek, fd, 5, SEEK_SET);
    CALL(read, fd, buf, 100);
    CALL(pread64, fd, buf, 10, 3);
    CALL(lseek, fd, 0, SEEK_SET);
    CALL(readv, fd, in, 2);
    CALL(preadv, fd, in, 2, 6, 0);
    CALL(lseek, fd, -3, SEEK_END);
    CALL(read, 999, buf, 17);
    CALL(write, -1, "x", 1);
    return fd;
}

static void descriptors(int fd)
{
    long off = 2;

    CALL(dup, fd);
    CALL(dup2, fd, 40);
    CALL(dup3, fd, 41, O_CLOEXEC);
    CALL(fcntl, fd, F_GETFL);
    CALL(fcntl, fd, F_SETFD, FD_CLOEXEC);
    CALL(fcntl, fd, F_DUPFD, 50);
    CALL(fcntl, fd, F_DUPFD_CLOEXEC, 60);
    CALL(fcntl, fd, F_SETFL, O_NONBLOCK | O_APPEND);
    CALL(fcntl, fd, F_SETPIPE_SZ, 65536);
    CALL(ioctl, fd, FIONREAD, buf);
    CALL(ioctl, fd, 0x5401, buf);
    CALL(ioctl, fd, 0xabcd1234, 0x77);
    CALL(flock, fd, LOCK_EX | LOCK_NB);
    CALL(flock, fd, LOCK_UN);
    CALL(fstat, fd, buf);
    CALL(stat, "one", buf);
    CALL(lstat, "no/such", buf);
    CALL(newfstatat, AT_FDCWD, "two", buf, AT_SYMLINK_NOFOLLOW);
    NR(332, AT_FDCWD, "two", 0x100, 0x7ff, buf);
    CALL(access, "one", R_OK | X_OK);
    CALL(access, "gone", F_OK);
    CALL(faccessat, AT_FDCWD, "one", W_OK);
    CALL(truncate, "one", 4444);
    CALL(ftruncate, fd, 5555);
    CALL(fallocate, fd, 0, 10, 20);
    CALL(fsync, fd);
    CALL(fdatasync, fd);
    CALL(sync_file_range, fd, 0, 4096, 2);
    CALL(fadvise64, fd, 0, 100, 4);
    CALL(readahead, fd, 0, 100);
    CALL(sendfile, to, fd, &off, 30);
    CALL(sendfile, to, fd, NULL, 31);
    NR(326, fd, NULL, to, NULL, 12, 0);
}

static void names(int fd)
{
    CALL(rename, "two", "deux");
    CALL(renameat, AT_FDCWD, "deux", AT_FDCWD, "zwei");
    NR(316, AT_FDCWD, "zwei", AT_FDCWD, "two", RENAME_NOREPLACE);
    CALL(link, "two", "two-link");
    CALL(linkat, AT_FDCWD, "two", AT_FDCWD, "two-linkat", AT_SYMLINK_FOLLOW);
    CALL(symlink, "target", "sym");
    CALL(symlinkat, "target2", AT_FDCWD, "sym2");
    CALL(readlink, "sym", buf, 60);
    CALL(readlinkat, AT_FDCWD, "sym2", buf, 61);
    CALL(mkdir, "dir", 0751);
    CALL(mkdirat, AT_FDCWD, "dir/in", 02770);
    CALL(mknod, "fifo", S_IFIFO | 0622, 0);
    CALL(mknodat, AT_FDCWD, "fifo2", S_IFIFO | 0611, 0);
    CALL(mknod, "dir/null", S_IFCHR | 0666, 0x103);
    CALL(chmod, "two", 04711);
    CALL(fchmod, fd, 0777);
    CALL(fchmodat, AT_FDCWD, "two", 0444);
    CALL(chown, "two", -1, 0);
    CALL(lchown, "sym", 0, -1);
    CALL(fchown, fd, 0, 0);
    CALL(fchownat, AT_FDCWD, "two", 1, 2, AT_SYMLINK_NOFOLLOW);
    CALL(utimensat, AT_FDCWD, "two", NULL, 0);
    CALL(setxattr, "two", "user.zoo", "value", 5, 0);
    CALL(getxattr, "two", "user.zoo", buf, 100);
    CALL(lgetxattr, "two", "user.none", buf, 100);
    CALL(listxattr, "two", buf, 100);
    CALL(removexattr, "two", "user.zoo");
    CALL(statfs, ".", buf);
    CALL(fstatfs, fd, buf);
}

static void directories(void)
{
    CALL(chdir, "dir");
    CALL(getcwd, buf, sizeof(buf));
    CALL(openat, AT_FDCWD, "../one", O_RDONLY);
    CALL(chdir, "..");
    to = (int)syscall(SYS_openat, AT_FDCWD, "dir", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CALL(openat, to, "in/new", O_WRONLY | O_CREAT, 0606);
    CALL(unlinkat, to, "in/new", 0);
    CALL(unlinkat, to, "in", AT_REMOVEDIR);
    CALL(fchdir, to);
    CALL(chdir, "..");
    CALL(getdents64, to, buf, 1000);
    CALL(getdents, to, buf, 1001);
    CALL(unlink, "two-link");
    CALL(unlink, "nothing here");
    CALL(unlink, "dir/null");
    CALL(rmdir, "dir");
    CALL(umask, 022);
    CALL(umount2, "nowhere", 3);
    CALL(mount, "none", "nowhere", "tmpfs", MS_NOSUID | MS_RDONLY, "size=1k");
    CALL(quotactl, QCMD(Q_GETQUOTA, USRQUOTA), "/dev/none", 7, buf);
    CALL(chroot, "/nowhere at all");
    CALL(close, to);
    CALL(close, 777);
    NR(436, 60, 70, 0);
    NR(436, 61, 71, 4);
}

static void others(void)
{
    int p[2];
    struct epoll_event ev = {.events = EPOLLIN, .data.u64 = 5};
    struct itimerspec when = {{0, 0}, {1, 500}};
    struct pollfd polls[2];
    struct timespec brief = {0, 1001};
    struct timeval tv = {0, 1002};
    sigset_t set;
    fd_set fds;
    int fd;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGHUP);
    CALL(pipe, p);
    polls[0] = (struct pollfd){p[0], POLLIN | POLLPRI, 0};
    polls[1] = (struct pollfd){p[1], POLLOUT, 0};
    CALL(poll, polls, 2, 55);
    CALL(ppoll, polls, 1, &brief, &set, 8);
    CALL(write, p[1], "abcdef", 6);
    CALL(poll, polls, 2, -1);
    CALL(tee, p[0], p[1], 3, 0);
    FD_ZERO(&fds);
    FD_SET(p[0], &fds);
    CALL(select, p[0] + 1, &fds, NULL, NULL, &tv);
    CALL(pselect6, p[0] + 1, &fds, NULL, NULL, &brief, NULL);
    CALL(pipe2, p, O_CLOEXEC | O_NONBLOCK);
    CALL(splice, p[0], NULL, p[1], NULL, 99, 3);
    CALL(vmsplice, p[1], &(struct iovec){"vm", 2}, 1, 0);
    fd = (int)syscall(SYS_epoll_create1, EPOLL_CLOEXEC);
    CALL(epoll_create, 13);
    CALL(epoll_ctl, fd, EPOLL_CTL_ADD, p[0], &ev);
    CALL(epoll_wait, fd, &ev, 1, 3);
    CALL(epoll_pwait, fd, &ev, 1, 3, &set, 8);
    CALL(eventfd, 3);
    CALL(eventfd2, 7, EFD_CLOEXEC | EFD_NONBLOCK);
    CALL(signalfd, -1, &set, 8);
    CALL(signalfd4, -1, &set, 8, SFD_CLOEXEC);
    fd = (int)syscall(SYS_timerfd_create, CLOCK_MONOTONIC, TFD_CLOEXEC);
    CALL(timerfd_settime, fd, 0, &when, NULL);
    CALL(inotify_init, 0);
    fd = (int)syscall(SYS_inotify_init1, IN_NONBLOCK);
    CALL(inotify_add_watch, fd, ".", IN_CREATE);
    CALL(memfd_create, "a memfd", MFD_CLOEXEC);
    CALL(userfaultfd, O_CLOEXEC);
    CALL(bpf, 5, buf, 8);
    NR(425, 0, buf);
    NR(426, 999, 1, 2, 3, NULL, 0);
    NR(427, 998, 4, NULL, 6);
    NR(431, 997, 6, NULL, NULL, 0);
    CALL(nanosleep, &(struct timespec){0, 123456}, NULL);
    CALL(clock_nanosleep, CLOCK_MONOTONIC, 0, &brief, NULL);
    CALL(futex, buf, 129, 5, NULL, NULL, 0);
    CALL(futex, buf, 128, 999, &brief, NULL, 0);
    CALL(semget, 0x1234, 3, IPC_CREAT | IPC_EXCL | 0600);
    fd = semget(0x1234, 0, 0);
    CALL(semop, fd, (&(struct sembuf[]){{1, 2, IPC_NOWAIT}, {0, 1, SEM_UNDO}}), 2);
    CALL(semctl, fd, 1, GETVAL, 0);
    CALL(semctl, fd, 0, IPC_RMID, 0);
    CALL(shmget, IPC_PRIVATE, 4096, IPC_CREAT | 0600);
    CALL(msgget, 0x4321, 0);
}

static void other_families(void)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "sock"};
    struct sockaddr_un abstract = {.sun_family = AF_UNIX, .sun_path = "\0abs-zoo"};
    int pair[2];
    int client, server;

    six.sin6_port = htons(2);
    client = (int)syscall(SYS_socket, AF_INET6, SOCK_DGRAM, 0);
    CALL(connect, client, &six, sizeof(six));
    CALL(sendto, client, "six", 3, 0, NULL, 0);
    server = (int)syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
    CALL(bind, server, &un, sizeof(un));
    CALL(listen, server, 1);
    client = (int)syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
    CALL(connect, client, &un, sizeof(un));
    CALL(accept, server, NULL, NULL);
    CALL(sendto, client, "unix", 4, 0, NULL, 0);
    client = (int)syscall(SYS_socket, AF_UNIX, SOCK_DGRAM, 0);
    CALL(connect, client, &abstract, 10);
    CALL(socketpair, AF_UNIX, SOCK_SEQPACKET, 0, pair);
    CALL(sendto, pair[0], "pair", 4, 0, NULL, 0);
    CALL(read, pair[1], buf, 99);
    CALL(socket, AF_NETLINK, SOCK_RAW, 0);
    CALL(socket, 77, 1, 2);
}

static void sockets(void)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in peer = {0};
    socklen_t len = sizeof(in);
    socklen_t peer_len = sizeof(peer);
    struct iovec iov[2] = {{"udp ", 4}, {"message", 7}};
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2, .msg_name = &in, .msg_namelen = len};
    struct mmsghdr many[2] = {{.msg_hdr = msg}, {.msg_hdr = msg}};
    struct timeval tv = {3, 4000};
    int on = 1;
    int server = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
    int client = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
    int udp, from;

    CALL(setsockopt, server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    CALL(setsockopt, server, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
    CALL(setsockopt, server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    CALL(bind, server, &in, len);
    CALL(getsockname, server, &in, &len);
    CALL(listen, server, 9);
    CALL(connect, client, &in, len);
    from = (int)syscall(SYS_accept, server, &peer, &peer_len);
    CALL(getpeername, from, &peer, &peer_len);
    CALL(getsockopt, from, SOL_SOCKET, SO_ERROR, &on, &peer_len);
    CALL(sendto, client, "request", 7, MSG_NOSIGNAL, NULL, 0);
    CALL(recvfrom, from, buf, 100, 0, NULL, NULL);
    CALL(write, from, "answer", 6);
    CALL(read, client, buf, 200);
    CALL(shutdown, client, SHUT_WR);
    CALL(recvfrom, from, buf, 101, MSG_DONTWAIT, NULL, NULL);
    CALL(close, from);
    CALL(close, client);
    client = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    CALL(connect, client, &in, sizeof(in));
    CALL(accept4, server, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    in.sin_port = htons(1);
    client = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
    CALL(connect, client, &in, sizeof(in));
    udp = (int)syscall(SYS_socket, AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    in.sin_port = 0;
    CALL(bind, udp, &in, sizeof(in));
    len = sizeof(in);
    CALL(getsockname, udp, &in, &len);
    CALL(sendto, udp, "datagram", 8, 0, &in, sizeof(in));
    peer_len = sizeof(peer);
    CALL(recvfrom, udp, buf, 102, 0, &peer, &peer_len);
    CALL(sendmsg, udp, &msg, 0);
    iov[0].iov_base = buf;
    iov[0].iov_len = 5;
    iov[1].iov_base = buf + 100;
    iov[1].iov_len = 50;
    CALL(recvmsg, udp, &msg, 0);
    iov[0] = (struct iovec){"many", 4};
    iov[1] = (struct iovec){"messages", 8};
    CALL(sendmmsg, udp, many, 2, 0);
    iov[0] = (struct iovec){buf, 40};
    iov[1] = (struct iovec){buf + 100, 41};
    CALL(recvmmsg, udp, many, 2, MSG_DONTWAIT, NULL);
}

static void *thread(void *arg)
{
    CALL(prctl, PR_SET_NAME, "a thread");
    CALL(openat, AT_FDCWD, "by-thread", O_WRONLY | O_CREAT, 0600);
    return arg;
}

static void ids(void)
{
    struct rlimit limit = {100, 4096};
    uint32_t cap[2] = {0x20080522, 0};
    uint32_t data[6] = {0};
    struct itimerval timer = {{0, 0}, {100, 0}};

    CALL0(getpid);
    CALL0(gettid);
    CALL0(getppid);
    CALL0(getuid);
    CALL0(geteuid);
    CALL0(getgid);
    CALL0(getegid);
    CALL(getresuid, buf, buf + 4, buf + 8);
    CALL(getresgid, buf, buf + 4, buf + 8);
    CALL(getgroups, 0, NULL);
    CALL(getpgid, 0);
    CALL(getsid, 0);
    CALL0(getpgrp);
    CALL(setpgid, 0, 0);
    CALL(getpriority, 0, 0);
    CALL(setpriority, 0, 0, 0);
    CALL(getrlimit, RLIMIT_NOFILE, buf);
    CALL(setrlimit, RLIMIT_CORE, &limit);
    CALL(prlimit64, 0, RLIMIT_STACK, NULL, buf);
    CALL(prlimit64, 0, RLIMIT_CORE, &limit, buf);
    CALL(getrusage, 0, buf);
    CALL(sysinfo, buf);
    CALL(uname, buf);
    CALL(times, buf);
    CALL(gettimeofday, buf, NULL);
    CALL(clock_gettime, CLOCK_REALTIME, buf);
    CALL(clock_getres, CLOCK_BOOTTIME, buf);
    CALL(getitimer, ITIMER_REAL, buf);
    CALL(setitimer, ITIMER_VIRTUAL, &timer, NULL);
    CALL(alarm, 0);
    CALL(sched_yield, 0);
    CALL(sched_getaffinity, 0, 128, buf);
    CALL(sched_getscheduler, 0);
    CALL(getrandom, buf, 16, 1);
    CALL(getcpu, buf, NULL, NULL);
    CALL(prctl, PR_SET_NAME, "zoo renamed");
    CALL(prctl, PR_GET_NAME, buf);
    CALL(prctl, PR_SET_NO_NEW_PRIVS, 2, 3, 4, 5);
    CALL(prctl, PR_GET_DUMPABLE);
    CALL(prctl, PR_SET_CHILD_SUBREAPER, 1);
    CALL(capset, cap, data);
    CALL(capget, cap, data);
    CALL(ptrace, PTRACE_PEEKDATA, 999999, 0x1000, buf);
    CALL(unshare, 0x40000000);
    CALL(setns, 999, CLONE_NEWUTS);
    CALL(seccomp, 2, 0, buf);
    NR(434, getpid(), 0);
    NR(438, 998, 7, 0);
    CALL(process_vm_readv, 999999, &(struct iovec){buf, 10}, 1, &(struct iovec){buf, 10}, 1, 0);
    CALL(keyctl, 0, -3, 0);
    CALL(keyctl, 1, "session");
    CALL(init_module, buf, 0, "args=1");
    CALL(finit_module, 999, "more=2", 1);
    CALL(delete_module, "no_module", O_NONBLOCK);
    CALL(setuid, 0);
    CALL(setgid, 0);
    CALL(setreuid, -1, 0);
    CALL(setregid, 0, -1);
    CALL(setresuid, -1, -1, 0);
    CALL(setresgid, 0, -1, 0);
}

static void memory(void)
{
    void *at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CALL(mmap, NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_POPULATE, open("one", O_RDWR),
         0);
    CALL(mprotect, at, 4096, PROT_READ);
    CALL(mremap, at, 8192, 16384, MREMAP_MAYMOVE);
    CALL(madvise, at, 4096, MADV_DONTNEED);
    CALL(msync, at, 4096, MS_ASYNC);
    CALL(mincore, at, 4096, buf);
    CALL(mlock, at, 4096);
    CALL(mlock2, at, 4097, 1);
    CALL(munlock, at, 4098);
    CALL(mlockall, MCL_FUTURE | MCL_ONFAULT);
    CALL0(munlockall);
    CALL(munmap, at, 8192);
    CALL(brk, 0);
}

static void starts(void)
{
    char *args[] = {"true", "an argument", "", "with \"quotes\"", NULL};
    char *none[] = {NULL};
    pthread_t t;
    pid_t child;

    CALL(kill, getpid(), 0);
    CALL(tkill, getpid(), SIGCONT);
    CALL(tgkill, getpid(), getpid(), SIGURG);
    CALL(rt_sigqueueinfo, 0, 0, buf);
    CALL(kill, 999999, SIGRTMIN + 3);
    CALL(rt_sigpending, buf, 8);
    CALL(sigaltstack, NULL, buf);
    pthread_create(&t, NULL, thread, NULL);
    pthread_join(t, NULL);
    child = fork();
    if (child == 0) {
        CALL0(setsid);
        CALL(execve, "/nowhere/at/all", args, none);
        CALL(execve, "/bin/true", args, none);
        _exit(9);
    }
    waitpid(child, NULL, 0);
    child = (pid_t)syscall(SYS_fork);
    if (child == 0) {
        CALL(execveat, AT_FDCWD, "/bin/true", args, none, 0x100);
        _exit(8);
    }
    CALL(waitid, P_PID, child, NULL, WEXITED, NULL);
    child = vfork();
    if (child == 0) {
        _exit(7);
    }
    CALL(wait4, child, NULL, 0, NULL);
    NR(1000, 1, 2, 3);
}

int main(void)
{
    int fd = contents();

    descriptors(fd);
    names(fd);
    directories();
    others();
    sockets();
    other_families();
    ids();
    memory();
    starts();
    return 0;
}
