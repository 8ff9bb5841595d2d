/* SPDX-License-Identifier: Apache-2.0 */
/* Logs of strace to events: parameters, order, threads, times, names. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/fault_alloc.h"
#include "support/strace_run.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct run convert(const char *log)
{
    struct run run = run_strace(log, strlen(log), NULL);

    cr_assert_eq(run.status, SCAPF_OK, "status %d for %s", (int)run.status, log);
    return run;
}

static bool has_line(const char *text, const char *want)
{
    return strstr(text, want) != NULL;
}

/* Calls of each kind, and their exit events. */
Test(strace_convert, parameters)
{
    static const struct {
        const char *call, *want;
    } rows[] = {
        {"openat(AT_FDCWD, \"a/b\", O_RDWR|O_CREAT|O_CLOEXEC, 0644) = 3",
         "< openat fd=3(<f>a/b) dirfd=-100(AT_FDCWD) name=a/b flags=4103(O_CREAT|O_RDWR|O_CLOEXEC) "
         "mode=0644 dev=0 ino=0"},
        {"openat(AT_FDCWD, \"a\", 0x80002) = -1 ENOENT (No such file or directory)",
         "flags=4099(O_RDWR|O_CLOEXEC) mode=0 dev=0 ino=0"},
        {"openat(AT_FDCWD, \"a\", O_RDONLY) = -1 ENOENT (No such file or directory)",
         "< openat fd=-2(ENOENT)"},
        {"openat2(5, \"x\", {flags=O_WRONLY|O_CREAT, mode=0600, resolve=RESOLVE_BENEATH}, 24) = 7",
         "flags=6(O_CREAT|O_WRONLY) mode=0600 resolve=1(RESOLVE_BENEATH)"},
        {"read(3, \"ab\\0\\x01\\177\"..., 4096) = 5", "< read res=5 data=ab... fd=3 size=4096"},
        {"read(3, 0x7ffc, 4096) = -1 EAGAIN (Resource temporarily unavailable)",
         "< read res=-11(EAGAIN) data=NULL fd=3 size=4096"},
        {"writev(1, [{iov_base=\"ab\", iov_len=2}, {iov_base=\"cd\", iov_len=2}], 2) = 3",
         "< writev res=3 data=abc fd=1 size=4"},
        {"readv(0, [{\"ab\", 2}, {\"c\", 5}], 2) = 3", "< readv res=3 size=7 data=abc fd=0"},
        {"lseek(3, 8, SEEK_CUR) = 108", "< lseek res=108 fd=3 offset=8 whence=1(SEEK_CUR)"},
        {"mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000",
         "addr=0 length=8192 prot=3(PROT_READ|PROT_WRITE) flags=10(MAP_PRIVATE|MAP_ANONYMOUS)"},
        {"futex(0x7f10, FUTEX_WAIT_PRIVATE, 2, NULL) = -1 EAGAIN (Resource temporarily "
         "unavailable)",
         "addr=7F10 op=128(FUTEX_PRIVATE_FLAG) val=2"},
        {"fcntl(3, F_SETFD, FD_CLOEXEC) = 0", "< fcntl res=0 fd=3 cmd=3(F_SETFD)"},
        {"fcntl(3, F_DUPFD, 10) = 10", "< fcntl res=10 fd=3 cmd=1(F_DUPFD)"},
        {"poll([{fd=3, events=POLLIN}, {fd=4, events=POLLOUT}], 2, 1000) = 1 ([{fd=4, "
         "revents=POLLOUT}])",
         "< poll res=1 fds=3:?0 4:?4 timeout=1000"},
        {"nanosleep({tv_sec=1, tv_nsec=500000000}, NULL) = 0", "interval=1500000000(1.5s)"},
        {"kill(42, SIGTERM) = 0", "sig=15(SIGTERM)"},
        {"tgkill(1, 2, SIGRT_2) = 0", "sig=34"},
        {"connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"10.1.2.3\")}, "
         "16) = 0",
         "tuple=0.0.0.0:0->10.1.2.3:80 fd=3(<4>0.0.0.0:0->10.1.2.3:80) addr=10.1.2.3:80"},
        {"connect(3, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), "
         "inet_pton(AF_INET6, \"fe80::1\", &sin6_addr), sin6_scope_id=0}, 28) = -1 EINPROGRESS "
         "(Operation now in progress)",
         "addr=fe80::1:443"},
        {"connect(3, {sa_family=AF_UNIX, sun_path=@\"abc\"}, 6) = 0", "addr=abc"},
        {"socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = 3",
         "domain=2(AF_INET) type=524289 proto=6"},
        {"accept(3<TCP:[127.0.0.1:80]>, {sa_family=AF_INET, sin_port=htons(5), "
         "sin_addr=inet_addr(\"127.0.0.9\")}, [128 => 16]) = 5",
         "< accept fd=5(<4t>127.0.0.9:5->127.0.0.1:80) tuple=127.0.0.9:5->127.0.0.1:80 queuepct=0"},
        {"recvfrom(4<TCP:[1.2.3.4:80->5.6.7.8:9]>, \"x\", 10, 0, NULL, NULL) = 1",
         "tuple=5.6.7.8:9->1.2.3.4:80 fd=4"},
        {"sendto(4<TCP:[1.2.3.4:80->5.6.7.8:9]>, \"x\", 1, MSG_NOSIGNAL, NULL, 0) = 1",
         "size=1 tuple=1.2.3.4:80->5.6.7.8:9"},
        {"pipe([3<pipe:[88]>, 4<pipe:[88]>]) = 0", "< pipe res=0 fd1=3(<p>) fd2=4(<p>) ino=88"},
        {"prlimit64(0, RLIMIT_NOFILE, NULL, {rlim_cur=1024, rlim_max=RLIM64_INFINITY}) = 0",
         "newcur=-1 newmax=-1 oldcur=1024 oldmax=-1 pid=0 resource=7(RLIMIT_NOFILE)"},
        {"setresuid(-1, 1000, -1) = 0", "ruid=-1(<NONE>) euid=1000"},
        {"ioctl(1, TCGETS, {B38400 opost isig icanon echo ...}) = 0", "request=5401 argument=0"},
        {"ioctl(1, _IOC(_IOC_READ, 0x54, 0x1, 0x4), 0x7ffe) = 0", "request=80045401"},
        {"capset({version=_LINUX_CAPABILITY_VERSION_3, pid=0}, {effective=1<<CAP_KILL|1<<CAP_CHOWN,"
         " permitted=0, inheritable=0}) = 0",
         "cap_effective=21"},
        {"splice(3, NULL, 4, [0] => [5], 10, SPLICE_F_MOVE) = 5",
         "fd_in=3 fd_out=4 size=10 flags=1(SPLICE_F_MOVE)"},
        {"umask(022) = 022", "< umask"},
        {"syscall_0x1b5(0xffffff9c) = 0x7", "< openat2"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char log[1024];
        struct run run;
        char *lines;

        (void)snprintf(log, sizeof(log), "%s\n", rows[i].call);
        run = convert(log);
        lines = run_lines(&run, "dir,type,args");
        cr_expect(has_line(lines, rows[i].want), "row %zu: %s\n%s", i, rows[i].call, lines);
        cr_expect_eq(run_findings(&run, SCAPF_WARNING), 0, "row %zu", i);
        free(lines);
        run_release(&run);
    }
}

/* Whose child a thread is, and what is left of lines that no call is on. */
static void expect_lines(const char *log, const char *columns, const char *const *want)
{
    struct run run = convert(log);
    char *lines = run_lines(&run, columns);

    for (; *want != NULL; want++) {
        cr_expect(has_line(lines, *want), "no %s in\n%s", *want, lines);
    }
    cr_expect_eq(run.verdict.not_kept, 0, "%s", lines);
    cr_expect_eq(run.verdict.log.orphans, 0, "%s", lines);
    cr_expect_eq(run_findings(&run, SCAPF_WARNING), 0, "%s", lines);
    free(lines);
    run_release(&run);
}

/* A directory that is told later is where the process was all the time, unless it has moved. */
Test(strace_convert, directory_from_the_beginning)
{
    expect_lines("7 openat(AT_FDCWD, \"a\", O_RDONLY) = 3\n"
                 "7 getcwd(\"/b\", 4096) = 3\n",
                 "args", (const char *const[]){"fd=3(<f>/b/a)", NULL});
    expect_lines("7 openat(AT_FDCWD, \"a\", O_RDONLY) = 3\n"
                 "7 chdir(\"b\") = 0\n"
                 "7 getcwd(\"/c/b\", 4096) = 5\n"
                 "7 openat(AT_FDCWD, \"d\", O_RDONLY) = 4\n",
                 "args", (const char *const[]){"fd=3(<f>a)", "fd=4(<f>/c/b/d)", NULL});
}

/* What the parameters have no room for stays as text, and only that. */
Test(strace_convert, keeps_what_events_lose)
{
    static const struct {
        const char *call;
        bool keeps;
    } rows[] = {
        {"openat(AT_FDCWD, \"a\", O_RDONLY|O_CLOEXEC) = 3", false},
        {"openat(AT_FDCWD, \"a\", O_RDONLY|O_NOFOLLOW) = 3", true},
        {"writev(1, [{iov_base=\"ab\", iov_len=2}], 1) = 2", false},
        {"writev(1, [{iov_base=\"a\", iov_len=1}, {iov_base=\"b\", iov_len=1}], 2) = 2", true},
        {"preadv(1, [{iov_base=\"a\", iov_len=1}, {iov_base=\"b\", iov_len=1}], 2, 0) = 2", true},
        {"clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f10) = 7",
         true},
        {"clone3({flags=CLONE_PIDFD, exit_signal=SIGCHLD} => {pidfd=[9]}, 88) = 8", true},
        {"execve(\"/bin/a\", [\"a\"], 0x7ff /* 41 vars */) = 0", true},
        {"eventfd2(3, EFD_SEMAPHORE) = 4", true},
        {"bind(3, {sa_family=AF_UNIX, sun_path=@\"a\"}, 4) = 0", true},
        {"accept(3, NULL, NULL) = 4", true},
        {"nanosleep({tv_sec=1, tv_nsec=0}, {tv_sec=0, tv_nsec=5}) = -1 EINTR (Interrupted)", true},
        {"socketpair(AF_UNIX, SOCK_STREAM, 0, [3<UNIX:[1->2]>, 4<UNIX:[2->1]>]) = 0", true},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char log[256];
        struct run run;

        (void)snprintf(log, sizeof(log), "%s\n", rows[i].call);
        run = convert(log);
        cr_expect_eq(run.verdict.comments, rows[i].keeps, "%s", rows[i].call);
        run_release(&run);
    }
}

/* The parent of the first process is who it says, not who a child of it says or who adopts it. */
Test(strace_convert, parent_of_the_first_process)
{
    expect_lines("7 1700000000.000100 getppid() = 90\n"
                 "7 1700000000.000200 clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>\n"
                 "8 1700000000.000300 getppid( <unfinished ...>\n"
                 "7 1700000000.000400 <... clone resumed>) = 8\n"
                 "8 1700000000.000500 <... getppid resumed>) = 7\n"
                 "7 1700000000.000600 getppid() = 1\n"
                 "7 1700000000.000700 getuid() = 0\n",
                 "tid,proc.ppid,dir,type",
                 (const char *const[]){"7 90 < clone", "8 7 < getppid", "7 90 < getuid", NULL});
}

/* Two start a child at once; the vfork() child runs a program before its parent returns. Taken for
 * the child of the other it would be a thread there and end all of that process. */
Test(strace_convert, starts_at_the_same_time)
{
    static const char log[] =
        "1 1700000000.000001 execve(\"/bin/a\", [\"a\"], 0x7ff /* 1 var */) = 0\n"
        "1 1700000000.000010 clone3({flags=CLONE_VM|CLONE_FILES|CLONE_THREAD}, 88) = 2\n"
        "2 1700000000.000020 vfork( <unfinished ...>\n"
        "1 1700000000.000021 clone3({flags=CLONE_VM|CLONE_FILES|CLONE_THREAD} <unfinished ...>\n"
        "3 1700000000.000030 execve(\"/bin/b\", [\"b\"], 0x7ff /* 1 var */ <unfinished ...>\n"
        "4 1700000000.000031 gettid() = 4\n"
        "3 1700000000.000040 <... execve resumed>) = 0\n"
        "1 1700000000.000041 <... clone3 resumed>, 88) = 4\n"
        "2 1700000000.000042 <... vfork resumed>) = 3\n"
        "1 1700000000.000043 getuid() = 0\n"
        "2 1700000000.000044 getuid() = 0\n"
        "3 1700000000.000045 getuid() = 0\n"
        "4 1700000000.000046 getuid() = 0\n";

    expect_lines(log, "tid,proc.pid,proc.name,dir,type",
                 (const char *const[]){"3 3 a < vfork", "3 3 b < execve", "4 1 a < clone3",
                                       "1 1 a < getuid", "2 1 a < getuid", "3 3 b < getuid",
                                       "4 1 a < getuid", NULL});
}

/* strace -z: the rest of an interrupted line stands behind it without a prefix, and a vfork() is
 * told when the child has done something. */
Test(strace_convert, successful_only)
{
    static const char log[] = "7 1700000000.000100 getuid() = 0 <0.000001>\n"
                              "7 1700000000.000200 read(28,  <unfinished ...>\n"
                              "\"vm\\n\", 16)                             = 3 <0.000031>\n"
                              "7 1700000000.000300 vfork() = 8 <0.000500>\n"
                              "8 1700000000.000400 close(28) = 0 <0.000001>\n";

    expect_lines(log, "tid,dir,type,args",
                 (const char *const[]){"7 < read res=3 data=vm.", "8 < vfork res=0",
                                       "8 < close res=0", NULL});
}

Test(strace_convert, stopped_is_a_note)
{
    expect_lines(
        "7 1700000000.000100 getuid() = 0\n"
        "7 1700000000.000200 --- stopped by SIGSTOP ---\n",
        "tid,type,args",
        (const char *const[]){"7 notification id=strace desc=--- stopped by SIGSTOP ---", NULL});
}

/* On stderr the last process that is left has no number any more, not even inside of a call. */
Test(strace_convert, pid_vanishes_inside_of_a_call)
{
    expect_lines("[pid     7] socket(AF_INET, SOCK_STREAM, 0) = 3\n"
                 "[pid     7] recvfrom(3,  <unfinished ...>\n"
                 "[pid     8] +++ exited with 0 +++\n"
                 "<... recvfrom resumed>\"x\", 10, 0, NULL, NULL) = 1\n",
                 "tid,dir,type,args", (const char *const[]){"7 < recvfrom res=1", NULL});
}

/* A call that does not return enters once, when it began, for whatever reader, and is counted. */
Test(strace_convert, calls_that_do_not_return)
{
#define FIRST "1 1700000000.1 getpid() = 1\n"
#define READ  "1 1700000000.2 read(0,  <unfinished ...>\n"
#define OTHER "2 1700000000.3 getuid() = 0\n"
#define KILL  "1 1700000000.4 +++ killed by SIGKILL +++\n"
    static const struct {
        const char *log;
        const char *both, *current; /* times, and which way, of the events of thread 1 */
        uint64_t calls, begun;
    } rows[] = {
        {FIRST READ OTHER KILL, "1> 1< 2> 4>", "1< 2> 4>", 3, 1},
        {FIRST READ OTHER, "1> 1< 2>", "1< 2>", 3, 1},
        {READ, "2>", "2>", 1, 1},
        {READ KILL, "2> 4>", "2> 4>", 1, 1},
        {FIRST READ OTHER "1 1700000000.3 <... read resumed>) = ?\n" KILL, "1> 1< 2> 4>",
         "1< 2> 4>", 3, 1},
        {FIRST READ OTHER "1 1700000000.3 <... read resumed>\"\", 1) = 0\n" KILL, "1> 1< 2> 3< 4>",
         "1< 3< 4>", 3, 0},
        {FIRST READ "1 1700000000.3 pause( <unfinished ...>\n" KILL, "1> 1< 2> 3> 4>",
         "1< 2> 3> 4>", 3, 2},
        {FIRST "1 1700000000.2 read(0,  <detached ...>\n", "1> 1< 2>", "1< 2>", 2, 1},
        {FIRST "1 1700000000.2 read(0, ", "1> 1< 2>", "1< 2>", 2, 1},
        {FIRST "1 1700000000.2 exit_group(0) = ?\n", "1> 1< 2> 2>", "1< 2> 2>", 2, 1},
        {FIRST "1 1700000000.2 exit_group(0 <unfinished ...>\n" OTHER
               "1 1700000000.4 <... exit_group resumed>) = ?\n",
         "1> 1< 2> 3>", "1< 2> 3>", 3, 1},
    };

    for (size_t i = 0; i < 2 * COUNT_OF(rows); i++) {
        struct strace_convert_opts opts = {
            .pid = -1,
            .uid = -1,
            .compat = i % 2 == 0 ? STRACE_COMPAT_BOTH : STRACE_COMPAT_CURRENT,
        };
        const char *log = rows[i / 2].log;
        const char *want = i % 2 == 0 ? rows[i / 2].both : rows[i / 2].current;
        struct run run = run_strace(log, strlen(log), &opts);
        char *lines = run_lines(&run, "tid,time,dir");
        char got[64] = "";

        for (char *line = strtok(lines, "\n"); line != NULL; line = strtok(NULL, "\n")) {
            const char *fraction = strchr(line, '.');

            cr_assert_not_null(fraction);
            if (strncmp(line, "1 ", 2) == 0) {
                (void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%c%c",
                               got[0] != '\0' ? " " : "", fraction[1], line[strlen(line) - 1]);
            }
        }
        cr_expect_str_eq(got, want, "%zu: %s", i, log);
        cr_expect_eq(run.verdict.calls, rows[i / 2].calls, "%zu: %s", i, log);
        cr_expect_eq(run.verdict.begun, rows[i / 2].begun, "%zu: %s", i, log);
        cr_expect_eq(run.verdict.clock_back, 0, "%zu: %s", i, log);
        cr_expect_eq(run_findings(&run, SCAPF_WARNING), 0, "%zu: %s", i, log);
        free(lines);
        run_release(&run);
    }
}

/* Only so many are looked up ahead: what the rest lack is told. */
Test(strace_convert, what_is_looked_up_ahead_is_limited)
{
#define CONNECTION(t, fd, ino)                                                                     \
    "6 1700000000.000" t "00 connect(" fd "<TCP:[" ino "]>, {sa_family=AF_INET, "                  \
    "sin_port=htons(80), sin_addr=inet_addr(\"10.0.0.9\")}, 16) = 0 <0.000010>\n"                  \
    "6 1700000000.000" t "50 write(" fd "<TCP:[10.0.0.5:" ino "->10.0.0.9:80]>, \"x\", 1) = 1 "    \
    "<0.000010>\n"
    static const char log[] =
        CONNECTION("1", "3", "31") CONNECTION("2", "4", "32") CONNECTION("3", "5", "33");

    for (uint32_t max = 1; max <= 4; max++) {
        struct strace_convert_opts opts = {.pid = -1, .uid = -1, .later_max = max};
        struct run run = run_strace(log, sizeof(log) - 1, &opts);
        char *text = run_lines(&run, "dir,type,fd.name");

        cr_expect_eq(run.verdict.not_ahead, max < 3 ? 3 - max : 0, "%u: %llu", max,
                     (unsigned long long)run.verdict.not_ahead);
        cr_expect_not_null(strstr(text, "< connect 10.0.0.5:31->10.0.0.9:80"), "%s", text);
        cr_expect_eq(strstr(text, "< connect 10.0.0.5:33->10.0.0.9:80") != NULL, max >= 3, "%s",
                     text);
        free(text);
        run_release(&run);
    }
}

/* Whatever allocation fails, and all behind it: no crash, nothing left, and the caller is told. */
Test(strace_convert, every_allocation_may_fail)
{
    static const char log[] =
        "5 1700000000.000001 execve(\"/bin/sh\", [\"sh\", \"-c\"], [\"A=1\"]) = 0 <0.000010>\n"
        "5 1700000000.000100 openat(AT_FDCWD</srv>, \"a\", O_RDONLY) = 3</srv/a> <0.000010>\n"
        "5 1700000000.000200 pipe2([4<pipe:[7]>, 5<pipe:[7]>], O_CLOEXEC) = 0 <0.000010>\n"
        "5 1700000000.000300 clone(child_stack=NULL, flags=CLONE_VM|SIGCHLD <unfinished ...>\n"
        "6 1700000000.000310 fcntl(9<TCP:[88]>, F_DUPFD, 10) = 10<TCP:[88]> <0.000010>\n"
        "5 1700000000.000320 <... clone resumed>) = 6 <0.000100>\n"
        "6 1700000000.000400 connect(9<TCP:[88]>, {sa_family=AF_INET, sin_port=htons(80), "
        "sin_addr=inet_addr(\"10.0.0.9\")}, 16) = 0 <0.000010>\n"
        "6 1700000000.000500 write(9<TCP:[10.0.0.5:5->10.0.0.9:80]>, \"x\", 1) = 1 <0.000010>\n"
        "6 1700000000.000600 no_such_call(1) = 0 <0.000010>\n"
        "6 1700000000.000700 +++ exited with 0 +++\n"
        "5 1700000000.000800 --- SIGCHLD {si_signo=SIGCHLD, si_pid=6} ---\n"
        "5 1700000000.000900 chdir(\"..\") = 0 <0.000010>\n";
    struct fault_alloc f;

    for (size_t k = 0;; k++) {
        struct strace_convert_opts opts = {.pid = -1, .uid = -1, .alloc = &f.alloc};
        struct run run;

        fault_alloc_init(&f, k);
        run = run_strace(log, sizeof(log) - 1, &opts);
        cr_expect_eq(run.status, f.failed ? SCAPF_E_NOMEM : SCAPF_OK, "call %zu: %d", k,
                     (int)run.status);
        run_release(&run);
        cr_expect_eq(f.live, 0, "call %zu", k);
        cr_assert_lt(k, 2000);
        if (!f.failed) {
            break;
        }
    }
}
