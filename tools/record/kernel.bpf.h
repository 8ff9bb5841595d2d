/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * kernel.bpf.h - the few fields of kernel structs that the recorder reads. Where they lie is filled
 * in when the program is loaded, from the type information of the running kernel (CO-RE); names
 * with three underscores are other ages of the same struct.
 */
#ifndef SCAPFMT_RECORD_KERNEL_BPF_H
#define SCAPFMT_RECORD_KERNEL_BPF_H

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
    unsigned long r10, r9, r8, ax, cx, dx, si, di, bx, bp, orig_ax;
};
#define ia32_arg0(r) ((__u32)(r)->bx)
#define ia32_arg1(r) ((__u32)(r)->cx)
#define ia32_arg2(r) ((__u32)(r)->dx)
#define ia32_arg3(r) ((__u32)(r)->si)
#define ia32_arg4(r) ((__u32)(r)->di)
#define ia32_arg5(r) ((__u32)(r)->bp)
#define regs_arg0(r) ((r)->di)
#define regs_arg1(r) ((r)->si)
#define regs_arg2(r) ((r)->dx)
#define regs_arg3(r) ((r)->r10)
#define regs_arg4(r) ((r)->r8)
#define regs_arg5(r) ((r)->r9)
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
    unsigned long regs[31];
    unsigned long orig_x0;
};
#define regs_arg0(r) ((r)->orig_x0)
#define regs_arg1(r) ((r)->regs[1])
#define regs_arg2(r) ((r)->regs[2])
#define regs_arg3(r) ((r)->regs[3])
#define regs_arg4(r) ((r)->regs[4])
#define regs_arg5(r) ((r)->regs[5])
#else
#error "this architecture is not known to the recorder"
#endif

struct thread_info {
    unsigned int status;
};

struct qstr {
    const unsigned char *name;
};

struct super_block {
    unsigned int s_dev;
    unsigned long s_magic;
};

struct timespec64 {
    long long tv_sec;
    long tv_nsec;
};

struct kuid {
    unsigned int val;
};

struct inode {
    unsigned short i_mode;
    struct kuid i_uid, i_gid;
    struct super_block *i_sb;
    unsigned long i_ino;
    long long i_ctime_sec, i_mtime_sec; /* 6.11 */
    unsigned int i_ctime_nsec, i_mtime_nsec;
};
struct inode___66 {
    struct timespec64 __i_ctime, __i_mtime;
};
struct inode___old {
    struct timespec64 i_ctime, i_mtime;
};

struct dentry {
    struct dentry *d_parent;
    struct qstr d_name;
    struct inode *d_inode;
};

struct vfsmount {
    struct dentry *mnt_root;
};

struct mount {
    struct mount *mnt_parent;
    struct dentry *mnt_mountpoint;
    struct vfsmount mnt;
};

struct path {
    struct vfsmount *mnt;
    struct dentry *dentry;
};

struct file {
    struct inode *f_inode;
    struct path f_path;
    void *private_data;
};

struct fdtable {
    unsigned int max_fds;
    struct file **fd;
};

struct files_struct {
    struct fdtable *fdt;
};

struct fs_struct {
    struct path root, pwd;
};

struct percpu_counter {
    long long count;
};

struct mm_struct {
    unsigned long total_vm, arg_start, arg_end, env_start, env_end;
    struct file *exe_file;
    struct percpu_counter rss_stat[4]; /* 6.2 */
};
struct atomic64___old {
    long long counter;
};
struct mm_rss_stat___old {
    struct atomic64___old count[4];
};
struct mm_struct___old {
    struct mm_rss_stat___old rss_stat;
};

struct cap_bits {
    unsigned long long val;
};

struct cred {
    struct kuid euid, egid, fsuid, fsgid;
    struct cap_bits cap_inheritable, cap_permitted, cap_effective;
};

struct task_struct;

struct pid_namespace {
    struct task_struct *child_reaper;
};

struct upid {
    int nr;
    struct pid_namespace *ns;
};

struct pid {
    unsigned int level;
    struct upid numbers[1];
};

struct rlimit {
    unsigned long rlim_cur, rlim_max;
};

struct tty_driver {
    int major, minor_start;
};

struct tty_struct {
    struct tty_driver *driver;
    int index;
};

struct signal_struct {
    struct pid *pids[4]; /* PIDTYPE_PID, _TGID, _PGID, _SID */
    struct tty_struct *tty;
    struct rlimit rlim[16];
    int group_exit_code;
};

struct task_struct {
    struct thread_info thread_info;
    int pid, tgid, exit_code;
    unsigned int flags;
    struct task_struct *real_parent, *group_leader;
    struct mm_struct *mm;
    struct files_struct *files;
    struct fs_struct *fs;
    const struct cred *cred;
    struct pid *thread_pid;
    struct signal_struct *signal;
    unsigned long maj_flt, min_flt;
    char comm[16];
    struct kuid loginuid;
    unsigned long long start_boottime;
};

struct in6_addr {
    struct {
    } in6_u;
};

struct sock_common {
    unsigned int skc_daddr, skc_rcv_saddr;
    unsigned short skc_dport, skc_num, skc_family;
    struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
};

struct sock {
    struct sock_common __sk_common;
    unsigned short sk_type, sk_protocol;
    unsigned int sk_ack_backlog, sk_max_ack_backlog;
};

struct socket {
    short type;
    struct sock *sk;
};

struct sockaddr_un {
    unsigned short sun_family;
    char sun_path[108];
};
struct unix_address {
    int len;
    struct sockaddr_un name[1];
};
struct unix_sock {
    struct unix_address *addr;
    struct sock *peer;
};

struct linux_binprm {
    const char *filename;
};

struct kernel_siginfo {
    int si_signo, si_code;
    struct {
        struct {
            int _pid;
        } _kill;
    } _sifields;
};

#pragma clang attribute pop

#endif
