/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_category.c - evt.category: what kind of call an event is of.
 *
 * Events of their own have their kind in the schema. For calls that are recorded as the generic
 * event sysdig 0.29.3 has a table of its own, which differs from that now and then.
 */
#include "filter/filter.h"
#include "state/host.h"

#include <string.h>

/* [sysdig 0.29.3 run] The kinds of generic events, asked with a capture that has all 329 of them.
 */
/* clang-format off */
static const struct {
    const char *kind, *calls; /* words between blanks */
} generic[] = {
    {"file",
     " open close creat link unlink chdir mknod chmod stat lseek mount fstat access"
     " rename mkdir rmdir ustat symlink lstat readlink mmap munmap truncate ftruncate"
     " fchmod statfs fstatfs fchdir getdents flock mremap getcwd sendfile lchown fchown"
     " chown setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr"
     " llistxattr flistxattr removexattr lremovexattr fremovexattr remap_file_pages"
     " utimes openat mkdirat mknodat fchownat futimesat unlinkat renameat linkat"
     " symlinkat readlinkat fchmodat faccessat utimensat syncfs statfs64 fstatfs64"
     " fstatat64 sendfile64 stat64 lstat64 fstat64 fcntl64 mmap2 umount _llseek pread64"
     " pwrite64 renameat2 userfaultfd openat2 umount2 copy_file_range "},
    {"net",
     " socket bind connect listen accept getsockname getpeername socketpair sendto"
     " recvfrom shutdown setsockopt getsockopt sendmsg sendmmsg recvmsg recvmmsg accept4"
     " socketcall "},
    {"IPC",
     " kill pipe chroot futex mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify"
     " mq_getsetattr inotify_init inotify_add_watch inotify_rm_watch splice tee vmsplice"
     " eventfd eventfd2 pipe2 inotify_init1 fanotify_init getdents64 semop semget semctl"
     " msgsnd msgrcv msgget msgctl shmdt shmget shmctl ipc shmat "},
    {"memory",
     " brk mprotect mlock munlock mlockall munlockall mincore madvise "},
    {"process",
     " exit getpid acct setpgid umask getppid getpgrp setsid setrlimit getrusage uselib"
     " swapon getpriority setpriority getpgid personality getsid sched_setparam"
     " sched_getparam sched_setscheduler sched_getscheduler sched_get_priority_max"
     " sched_get_priority_min sched_rr_get_interval prctl capget capset getrlimit"
     " pivot_root gettid sched_setaffinity sched_getaffinity set_thread_area"
     " get_thread_area set_tid_address ioprio_set ioprio_get unshare set_robust_list"
     " get_robust_list getcpu prlimit64 setns ugetrlimit nice arch_prctl clone clone3 "},
    {"signal",
     " rt_sigaction rt_sigprocmask rt_sigpending rt_sigtimedwait rt_sigqueueinfo"
     " rt_sigsuspend tkill tgkill signalfd signalfd4 sigprocmask sgetmask ssetmask"
     " sigpending signal rt_sigreturn "},
    {"sleep",
     " sched_yield nanosleep clock_nanosleep "},
    {"system",
     " restart_syscall sethostname reboot syslog uname swapoff sysinfo setdomainname"
     " adjtimex init_module delete_module quotactl sysfs kexec_load add_key request_key"
     " keyctl olduname finit_module execve execveat "},
    {"time",
     " time alarm utime times gettimeofday settimeofday setitimer getitimer timer_create"
     " timer_settime timer_gettime timer_getoverrun timer_delete clock_settime"
     " clock_gettime clock_getres timerfd_create timerfd_settime timerfd_gettime stime "},
    {"user",
     " getuid getgid geteuid getegid setreuid setregid getgroups setgroups setresuid"
     " getresuid setresgid getresgid setuid setgid setfsuid setfsgid "},
    {"wait",
     " pause fcntl wait4 select poll epoll_create epoll_ctl epoll_wait waitid pselect6"
     " ppoll epoll_pwait epoll_create1 _newselect waitpid "},
    {"other",
     " unknown ptrace vhangup rt_tgsigqueueinfo perf_event_open clock_adjtime bdflush bpf"
     " seccomp "},
    {"unknown",
     " read write sync dup ioctl dup2 fsync msync readv writev fdatasync io_setup"
     " io_destroy io_getevents io_submit io_cancel exit_group dup3 preadv pwritev"
     " fallocate newfstatat process_vm_readv process_vm_writev fork vfork setuid32"
     " getuid32 setgid32 geteuid32 getgid32 setresuid32 setresgid32 getresuid32"
     " getresgid32 sigaltstack getrandom fadvise64 "},
};
/* clang-format on */

static const char *kind_of_generic(const struct filter_value *name)
{
    char word[48]; /* names of calls are shorter */

    if (name->len + 3 > sizeof(word)) {
        return NULL;
    }
    word[0] = ' ';
    memcpy(word + 1, name->p, name->len);
    memcpy(word + 1 + name->len, " ", 2);
    for (size_t i = 0; i < sizeof(generic) / sizeof(generic[0]); i++) {
        if (strstr(generic[i].calls, word) != NULL) {
            return generic[i].kind;
        }
    }
    return NULL;
}

/* A call that sysdig 0.29.3 does not know may have an event of its own, at another time. */
static const struct scapf_event_info *own_event(const struct eval *e,
                                                const struct filter_value *name)
{
    const struct scapf_schema *schema = e->f->schema;

    for (uint32_t i = 2; i < schema->n_events; i++) {
        const struct scapf_event_info *info = schema->events[i];

        if (info != NULL && strlen(info->name) == name->len &&
            memcmp(info->name, name->p, name->len) == 0) {
            return info;
        }
    }
    return e->ev->info;
}

/* [sysdig 0.29.3 run] What calls that move data belong to follows from the descriptor's type. */
static const char *io_category(struct eval *e)
{
    static const char *const names[] = {
        [FDT_FILE] = "file",       [FDT_DIRECTORY] = "file", [FDT_FILE_V2] = "file",
        [FDT_IPV4] = "net",        [FDT_IPV6] = "net",       [FDT_IPV4_SERVER] = "net",
        [FDT_IPV6_SERVER] = "net", [FDT_UNIX] = "ipc",       [FDT_FIFO] = "ipc",
        [FDT_EVENT] = "ipc",       [FDT_SIGNALFD] = "ipc",   [FDT_INOTIFY] = "ipc",
    };
    const struct scapf_fd *fd = eval_fd(e);
    const char *name =
        fd != NULL && fd->type < sizeof(names) / sizeof(names[0]) ? names[fd->type] : NULL;

    return name != NULL ? name : "unknown";
}

bool evt_category(struct eval *e, const struct filter_value *name, struct filter_value *v)
{
    /* [sysdig 0.29.3 run] the words it has for the kinds, which the schema calls EC_FILE and so on
     */
    static const struct scapf_name names[] = {
        {0, "unknown"},     {1, "other"},
        {2, "file"},        {3, "net"},
        {4, "IPC"},         {5, "memory"},
        {6, "process"},     {7, "sleep"},
        {8, "system"},      {9, "signal"},
        {10, "user"},       {11, "time"},
        {12, "processing"}, {CATEGORY_WAIT, "wait"},
        {128, "scheduler"}, {256, "internal"},
    };
    const struct scapf_event_info *info = e->ev->info;
    const char *known = NULL;
    uint32_t kind;

    if (e->ev->code <= 1) {
        known = kind_of_generic(name);
        info = own_event(e, name);
    }
    kind = info->category & CATEGORY_KIND;
    if (known != NULL) {
        return value_str(v, known);
    }
    if (kind >= CATEGORY_IO_READ && kind <= CATEGORY_IO_OTHER) {
        return value_str(v, io_category(e));
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].value == kind) {
            return value_str(v, names[i].name);
        }
    }
    return value_str(v, "unknown");
}
