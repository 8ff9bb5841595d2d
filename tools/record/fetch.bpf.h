/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * fetch.bpf.h - the steps of a plan: what is fetched for a call. Paths, descriptors and processes
 * are read from the kernel's own structs.
 */
#ifndef SCAPFMT_RECORD_FETCH_BPF_H
#define SCAPFMT_RECORD_FETCH_BPF_H

#include "ids.bpf.h"

#define AF_UNIX          1
#define AF_INET          2
#define AF_INET6         10
#define SOCK_MODE        0140000
#define TYPE_MODE        0170000
#define MSG_NAME         1 /* steps behind the vectors of a message */
#define MSG_CONTROL      2
#define OVERLAY          0x794c7630u
#define CAP_DAC_OVERRIDE 1
#define CAP_FOWNER       3

/* ------------------------------------------------------------------ paths */

static __always_inline struct mount *mount_of(struct vfsmount *mnt)
{
    return (struct mount *)((char *)mnt - bpf_core_field_offset(struct mount, mnt));
}

/* One step up a path: a name, or out of a mount. Returns 0 while there may be more. */
int next_name(void)
{
    struct scratch *s = scratch_get();
    struct dentry *dir;
    struct vfsmount *mnt;
    struct dentry *parent;
    __u32 at;
    long n;

    if (s == NULL || s->walk.at >= REC_BODY) {
        return 1;
    }
    dir = (struct dentry *)s->path.dir;
    mnt = (struct vfsmount *)s->path.mnt;
    if (dir == NULL || (s->path.dir == s->path.root && s->path.mnt == s->path.root_mnt)) {
        s->walk.flags = dir == NULL ? REC_C_FAULT : 0;
        return 1;
    }
    if (dir == BPF_CORE_READ(mnt, mnt_root)) {
        struct mount *m = mount_of(mnt);
        struct mount *up = BPF_CORE_READ(m, mnt_parent);

        s->walk.flags = 0;
        s->path.dir = (__u64)BPF_CORE_READ(m, mnt_mountpoint);
        s->path.mnt = (__u64)((char *)up + bpf_core_field_offset(struct mount, mnt));
        return up == m;
    }
    parent = BPF_CORE_READ(dir, d_parent);
    if (parent == dir) {
        s->walk.flags = 0;
        return 1;
    }
    at = s->walk.at + (__u32)sizeof(struct rec_chunk) + s->walk.len;
    if (at >= REC_BODY + REC_TEXT || s->walk.len >= REC_TEXT) {
        return 1;
    }
    n = bpf_probe_read_kernel_str(&s->bytes[at], REC_NAME, BPF_CORE_READ(dir, d_name.name));
    if (n < 0 || n > REC_NAME) {
        s->walk.flags = REC_C_FAULT;
        return 1;
    }
    s->walk.len += (__u32)n;
    s->walk.flags = REC_C_CUT; /* until the top is reached */
    s->path.dir = (__u64)parent;
    return 0;
}

static __always_inline void path_of_file(struct scratch *s, struct file *file)
{
    s->path.dir = (__u64)BPF_CORE_READ(file, f_path.dentry);
    s->path.mnt = (__u64)BPF_CORE_READ(file, f_path.mnt);
}

/* Names from the last to the first, as the thread sees the tree. */
static __always_inline void walk_path(struct scratch *s, __u32 op)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct fs_struct *fs = BPF_CORE_READ(task, fs);

    s->path.root = (__u64)BPF_CORE_READ(fs, root.dentry);
    s->path.root_mnt = (__u64)BPF_CORE_READ(fs, root.mnt);
    walk_begin(s);
    for (int i = 0; i < REC_DEPTH; i++) {
        if (next_name() != 0) {
            break;
        }
    }
    walk_end(s, op);
}

int get_path(__u32 op, __u32 program)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct scratch *s = scratch_get();

    if (s == NULL) {
        return 0;
    }
    if (program) {
        path_of_file(s, BPF_CORE_READ(task, mm, exe_file));
    } else {
        s->path.dir = (__u64)BPF_CORE_READ(task, fs, pwd.dentry);
        s->path.mnt = (__u64)BPF_CORE_READ(task, fs, pwd.mnt);
    }
    walk_path(s, op);
    return 0;
}

/* ------------------------------------------------------------------ descriptors */

static __always_inline struct file *file_at(__s32 fd)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct fdtable *table = task->files->fdt;
    struct file *file = NULL;

    if (fd >= 0 && (__u32)fd < table->max_fds) {
        bpf_probe_read_kernel(&file, sizeof(file), &table->fd[fd]);
    }
    return file;
}

static __always_inline void unix_ends(struct rec_file *f, struct sock *sk, bool towards)
{
    struct unix_sock *us = (struct unix_sock *)sk;
    struct sock *peer = BPF_CORE_READ(us, peer);
    struct unix_address *addr = BPF_CORE_READ(us, addr);
    struct unix_address *other = NULL;
    int len;

    f->source = (__u64)sk;
    f->peer = (__u64)peer;
    if (peer != NULL) {
        other = BPF_CORE_READ((struct unix_sock *)peer, addr);
    }
    if (other != NULL && (towards || addr == NULL)) {
        addr = other;
        f->peer_path = 1;
    }
    if (addr == NULL) {
        return;
    }
    len = BPF_CORE_READ(addr, len) - 2;
    if (len > 0 && len <= (int)sizeof(f->path)) {
        bpf_core_read(f->path, sizeof(f->path), &addr->name[0].sun_path);
        f->path_len = (__u32)len;
    }
}

static __always_inline void socket_ends(struct rec_file *f, struct file *file, bool towards)
{
    struct socket *socket = BPF_CORE_READ(file, private_data);
    struct sock *sk = BPF_CORE_READ(socket, sk);

    if (sk == NULL) {
        return;
    }
    f->family = BPF_CORE_READ(sk, __sk_common.skc_family);
    f->type = (__u8)BPF_CORE_READ(socket, type);
    f->protocol = (__u8)BPF_CORE_READ(sk, sk_protocol);
    f->backlog = BPF_CORE_READ(sk, sk_ack_backlog);
    f->max_backlog = BPF_CORE_READ(sk, sk_max_ack_backlog);
    if (f->family == AF_UNIX) {
        unix_ends(f, sk, towards);
        return;
    }
    if (f->family != AF_INET && f->family != AF_INET6) {
        return;
    }
    f->sport = BPF_CORE_READ(sk, __sk_common.skc_num);
    f->dport = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
    if (f->family == AF_INET) {
        bpf_core_read(f->saddr, 4, &sk->__sk_common.skc_rcv_saddr);
        bpf_core_read(f->daddr, 4, &sk->__sk_common.skc_daddr);
    } else {
        bpf_core_read(f->saddr, 16, &sk->__sk_common.skc_v6_rcv_saddr);
        bpf_core_read(f->daddr, 16, &sk->__sk_common.skc_v6_daddr);
    }
}

int get_file(__u32 op, __s32 fd, __u32 towards)
{
    struct scratch *s = scratch_get();
    struct file *file = file_at(fd);
    struct rec_file *f;
    struct inode *inode;
    __u32 len = offsetof(struct rec_file, source);
    __u32 at;

    if (s == NULL) {
        return 0;
    }
    at = chunk_begin(s);
    if (at >= REC_BODY) {
        return 0;
    }
    if (file == NULL) {
        chunk_end(s, at, op, REC_C_FAULT, 0, 0);
        return 0;
    }
    f = (struct rec_file *)(void *)&s->bytes[at + sizeof(struct rec_chunk)];
    inode = BPF_CORE_READ(file, f_inode);
    f->ino = BPF_CORE_READ(inode, i_ino);
    f->dev = BPF_CORE_READ(inode, i_sb, s_dev);
    f->mode = BPF_CORE_READ(inode, i_mode);
    if ((f->mode & TYPE_MODE) == SOCK_MODE) {
        len = sizeof(*f);
        __builtin_memset(&f->source, 0, sizeof(*f) - offsetof(struct rec_file, source));
        socket_ends(f, file, towards != 0);
    }
    chunk_end(s, at, op, 0, len, (__u32)fd);
    return 0;
}

int get_file_path(__u32 op, __s32 fd)
{
    struct scratch *s = scratch_get();
    struct file *file = file_at(fd);

    if (s != NULL && file != NULL) {
        path_of_file(s, file);
        walk_path(s, op);
    }
    return 0;
}

/* ------------------------------------------------------------------ processes */

static __always_inline void task_ids(struct rec_task *t, struct task_struct *task)
{
    struct pid *pid = BPF_CORE_READ(task, thread_pid);
    struct pid *group = BPF_CORE_READ(task, signal, pids[PIDTYPE_PGID]);
    struct pid_namespace *ns;

    t->tid = tid_of(task);
    t->pid = pid_of(task);
    t->ptid = tid_of(BPF_CORE_READ(task, real_parent));
    t->vtid = own_number(pid);
    t->vpid = own_number(BPF_CORE_READ(task, group_leader, thread_pid));
    t->pgid = number_at(group, shared.ns_level);
    t->vpgid = own_number(group);
    t->sid = own_number(BPF_CORE_READ(task, signal, pids[PIDTYPE_SID]));
    t->ns_level = BPF_CORE_READ(pid, level);
    ns = (struct pid_namespace *)namespace_at(pid, t->ns_level);
    t->pidns_start = BPF_CORE_READ(ns, child_reaper, start_boottime);
}

static __always_inline void task_rights(struct rec_task *t, struct task_struct *task)
{
    const struct cred *cred = BPF_CORE_READ(task, cred);

    t->uid = BPF_CORE_READ(cred, euid.val);
    t->gid = BPF_CORE_READ(cred, egid.val);
    bpf_core_read(&t->cap_inheritable, 8, &cred->cap_inheritable);
    bpf_core_read(&t->cap_permitted, 8, &cred->cap_permitted);
    bpf_core_read(&t->cap_effective, 8, &cred->cap_effective);
    t->loginuid = ~0u;
    if (bpf_core_field_exists(task->loginuid)) {
        t->loginuid = BPF_CORE_READ(task, loginuid.val);
    }
}

static __always_inline void task_memory(struct rec_task *t, struct task_struct *task)
{
    struct mm_struct *mm = BPF_CORE_READ(task, mm);
    struct mm_struct___old *old = (struct mm_struct___old *)mm;

    t->vm_size = BPF_CORE_READ(mm, total_vm);
    if (bpf_core_field_exists(mm->rss_stat[0].count)) {
        t->vm_rss =
            (__u64)(BPF_CORE_READ(mm, rss_stat[0].count) + BPF_CORE_READ(mm, rss_stat[1].count) +
                    BPF_CORE_READ(mm, rss_stat[3].count));
        t->vm_swap = (__u64)BPF_CORE_READ(mm, rss_stat[2].count);
    } else if (bpf_core_field_exists(old->rss_stat.count[0].counter)) {
        t->vm_rss = (__u64)(BPF_CORE_READ(old, rss_stat.count[0].counter) +
                            BPF_CORE_READ(old, rss_stat.count[1].counter) +
                            BPF_CORE_READ(old, rss_stat.count[3].counter));
        t->vm_swap = (__u64)BPF_CORE_READ(old, rss_stat.count[2].counter);
    }
}

static __always_inline void task_program(struct rec_task *t, struct task_struct *task)
{
    struct inode *inode = BPF_CORE_READ(task, mm, exe_file, f_inode);
    struct inode___66 *i66 = (struct inode___66 *)inode;
    struct inode___old *old = (struct inode___old *)inode;

    t->exe_ino = BPF_CORE_READ(inode, i_ino);
    if (bpf_core_field_exists(inode->i_ctime_sec)) {
        t->exe_ctime = (__u64)BPF_CORE_READ(inode, i_ctime_sec) * 1000000000ull +
                       BPF_CORE_READ(inode, i_ctime_nsec);
        t->exe_mtime = (__u64)BPF_CORE_READ(inode, i_mtime_sec) * 1000000000ull +
                       BPF_CORE_READ(inode, i_mtime_nsec);
    } else if (bpf_core_field_exists(i66->__i_mtime)) {
        t->exe_ctime = (__u64)BPF_CORE_READ(i66, __i_ctime.tv_sec) * 1000000000ull +
                       (__u64)BPF_CORE_READ(i66, __i_ctime.tv_nsec);
        t->exe_mtime = (__u64)BPF_CORE_READ(i66, __i_mtime.tv_sec) * 1000000000ull +
                       (__u64)BPF_CORE_READ(i66, __i_mtime.tv_nsec);
    } else if (bpf_core_field_exists(old->i_mtime)) {
        t->exe_ctime = (__u64)BPF_CORE_READ(old, i_ctime.tv_sec) * 1000000000ull +
                       (__u64)BPF_CORE_READ(old, i_ctime.tv_nsec);
        t->exe_mtime = (__u64)BPF_CORE_READ(old, i_mtime.tv_sec) * 1000000000ull +
                       (__u64)BPF_CORE_READ(old, i_mtime.tv_nsec);
    }
}

/* [Linux] as inode_permission() and inode_owner_or_capable() decide, but for access lists */
static __always_inline bool may_write(struct task_struct *task, struct inode *inode)
{
    const struct cred *cred = BPF_CORE_READ(task, cred);
    __u32 mode = BPF_CORE_READ(inode, i_mode);
    __u32 fsuid = BPF_CORE_READ(cred, fsuid.val);
    __u64 caps = 0;

    bpf_core_read(&caps, sizeof(caps), &cred->cap_effective);
    if ((caps >> CAP_DAC_OVERRIDE & 1) != 0 || (caps >> CAP_FOWNER & 1) != 0 ||
        BPF_CORE_READ(inode, i_uid.val) == fsuid) {
        return true;
    }
    if (BPF_CORE_READ(inode, i_gid.val) == BPF_CORE_READ(cred, fsgid.val)) {
        return (mode & 020) != 0;
    }
    return (mode & 02) != 0;
}

/* Where a program comes from. */
static __always_inline __u32 program_flags(struct task_struct *task)
{
    struct file *file = BPF_CORE_READ(task, mm, exe_file);
    struct inode *inode = BPF_CORE_READ(file, f_inode);
    struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
    __u32 flags = may_write(task, inode) ? REC_EXE_WRITABLE : 0;
    char name[6] = "";

    if (BPF_CORE_READ(inode, i_sb, s_magic) == OVERLAY) {
        struct dentry *upper = NULL;

        /* [fs/overlayfs/ovl_entry.h] the upper entry stands behind the inode */
        bpf_probe_read_kernel(&upper, sizeof(upper),
                              (char *)inode + bpf_core_type_size(struct inode));
        flags |= upper != NULL ? REC_EXE_UPPER : REC_EXE_LOWER;
    }
    bpf_probe_read_kernel(name, sizeof(name), BPF_CORE_READ(dentry, d_name.name));
    if (BPF_CORE_READ(dentry, d_parent) == dentry && name[0] == 'm' && name[1] == 'e' &&
        name[2] == 'm' && name[3] == 'f' && name[4] == 'd' && name[5] == ':') {
        flags |= REC_EXE_MEMFD;
    }
    return flags;
}

int get_task(__u32 op)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct scratch *s = scratch_get();
    struct tty_struct *tty = BPF_CORE_READ(task, signal, tty);
    struct rec_task *t;
    __u32 at;

    if (s == NULL) {
        return 0;
    }
    at = chunk_begin(s);
    if (at >= REC_BODY) {
        return 0;
    }
    t = (struct rec_task *)(void *)&s->bytes[at + sizeof(struct rec_chunk)];
    __builtin_memset(t, 0, sizeof(*t));
    task_ids(t, task);
    task_rights(t, task);
    task_memory(t, task);
    task_program(t, task);
    t->exe_flags = program_flags(task);
    t->fdlimit = BPF_CORE_READ(task, signal, rlim[7].rlim_cur); /* RLIMIT_NOFILE */
    t->pgft_maj = BPF_CORE_READ(task, maj_flt);
    t->pgft_min = BPF_CORE_READ(task, min_flt);
    t->cgroup = bpf_get_current_cgroup_id();
    if (tty != NULL) {
        int major = BPF_CORE_READ(tty, driver, major);
        int minor = BPF_CORE_READ(tty, driver, minor_start) + BPF_CORE_READ(tty, index);

        t->tty = (__u32)(major << 8 | (minor & 0xff) | (minor & ~0xff) << 12);
    }
    bpf_get_current_comm(t->comm, sizeof(t->comm));
    chunk_end(s, at, op, 0, sizeof(*t), 0);
    return 0;
}

/* ------------------------------------------------------------------ steps */

/* [recvmmsg(2)] struct mmsghdr: struct msghdr, and how much was moved */
struct user_mmsghdr {
    __u64 name;
    __u32 name_len, zero;
    __u64 iov, n_iov;
    __u64 control, control_len;
    __u32 flags, zero2;
    __u32 moved, zero3;
};

struct ia32_mmsghdr {
    __u32 name, name_len, iov, n_iov, control, control_len, flags, moved;
};

static __always_inline long read_message(const struct scratch *s, struct user_mmsghdr *m,
                                         __u64 from, bool many)
{
    struct ia32_mmsghdr narrow = {0};
    long rc;

    if (!s->ia32) {
        return bpf_probe_read_user(m, many ? sizeof(*m) : offsetof(struct user_mmsghdr, moved),
                                   (void *)from);
    }
    rc = bpf_probe_read_user(&narrow, many ? sizeof(narrow) : offsetof(struct ia32_mmsghdr, moved),
                             (void *)from);
    m->name = narrow.name;
    m->name_len = narrow.name_len;
    m->iov = narrow.iov;
    m->n_iov = narrow.n_iov;
    m->control = narrow.control;
    m->control_len = narrow.control_len;
    m->moved = narrow.moved;
    return rc;
}

int get_message(__u32 op, __u64 from, __u32 how, __u32 most, __u64 moved)
{
    struct scratch *s = scratch_get();
    struct user_mmsghdr m = {0};

    if (s == NULL || read_message(s, &m, from, (how & REC_M_MANY) != 0) != 0) {
        get_vectors(op, from, 1, 0, 0); /* says that it cannot be read */
        return 0;
    }
    if ((how & REC_M_MANY) != 0 && moved != ~0ull) {
        moved = m.moved;
    }
    get_vectors(op, m.iov, m.n_iov < REC_IOVECS ? (__u32)m.n_iov : REC_IOVECS, most, moved);
    get_bytes(op + MSG_NAME, m.name, m.name_len, 128);
    if ((how & REC_M_CONTROL) != 0 &&
        ((struct rec_head *)(void *)s->bytes)->ret >= 0) { /* else its length is that of the room */
        get_bytes(op + MSG_CONTROL, m.control,
                  m.control_len < 0x7fffffff ? (__u32)m.control_len : 0, REC_CONTROL);
    }
    return 0;
}

_Static_assert(sizeof(struct user_mmsghdr) == 2 * sizeof(struct ia32_mmsghdr), "[compat_mmsghdr]");

int get_messages(__u32 op, __u64 from, __u32 how, __u32 most, __u64 n)
{
    struct scratch *s = scratch_get();
    __u64 size;

    if (s == NULL) {
        return 0;
    }
    size = sizeof(struct user_mmsghdr) >> (s->ia32 & 1);
    for (__u32 i = 0; i < REC_IOVECS; i++) {
        if (i >= n) {
            break;
        }
        if (s->used >= REC_BODY) {
            chunk_refused(n - i);
            break;
        }
        s->item = i;
        get_message(op, from + i * size, how, most, 0);
    }
    s->item = 0;
    return 0;
}

#define SOL_SOCKET 1
#define SCM_RIGHTS 1

/* [cmsg(3)] */
struct user_cmsghdr {
    __u64 len;
    __s32 level, type;
};

static __always_inline long read_control(const struct scratch *s, struct user_cmsghdr *c,
                                         __u64 from)
{
    struct {
        __u32 len;
        __s32 level, type;
    } narrow = {0};
    long rc;

    if (!s->ia32) {
        return bpf_probe_read_user(c, sizeof(*c), (void *)from);
    }
    rc = bpf_probe_read_user(&narrow, sizeof(narrow), (void *)from);
    c->len = narrow.len;
    c->level = narrow.level;
    c->type = narrow.type;
    return rc;
}

/* What n descriptors are, whose numbers lie there. */
int get_received(__u32 op, __u64 from, __u64 n)
{
    struct scratch *s = scratch_get();
    __s32 fd = -1;

    if (s == NULL) {
        return 0;
    }
    for (__u32 i = 0; i < REC_RIGHTS_MAX; i++) {
        if (i >= n || bpf_probe_read_user(&fd, sizeof(fd), (void *)(from + 4ull * i)) != 0) {
            break;
        }
        s->item = i;
        get_file(op, fd, false);
        get_file_path(op + 1, fd);
    }
    s->item = 0;
    return 0;
}

int get_rights(__u32 op, __u64 from)
{
    struct scratch *s = scratch_get();
    struct user_mmsghdr m = {0};
    struct user_cmsghdr c = {0};
    __u64 head;

    if (s == NULL || read_message(s, &m, from, false) != 0) {
        return 0;
    }
    head = s->ia32 ? 12 : sizeof(c);
    for (int i = 0; i < REC_CONTROLS; i++) {
        if (m.control_len < head || read_control(s, &c, m.control) != 0 || c.len < head ||
            c.len > m.control_len) {
            break;
        }
        if (c.level == SOL_SOCKET && c.type == SCM_RIGHTS) {
            return get_received(op, m.control + head, (c.len - head) / sizeof(__s32));
        }
        c.len = (c.len + (s->ia32 ? 3 : 7)) & ~(s->ia32 ? 3ull : 7ull);
        m.control += c.len;
        m.control_len -= c.len < m.control_len ? c.len : m.control_len;
    }
    return 0;
}

/* Bytes that a step wants. */
static __always_inline __u32 step_len(const struct rec_op *op, const struct rec_head *head)
{
    __u64 n = 1;

    if (op->len == REC_LEN_ARG) {
        n = head->args[op->len_arg < REC_ARGS ? op->len_arg : 0];
    } else if (op->len == REC_LEN_RET) {
        n = head->ret > 0 ? (__u64)head->ret : 0;
    } else if (op->len == REC_LEN_PTR) {
        __u32 there = 0;

        bpf_probe_read_user(&there, sizeof(there),
                            (void *)head->args[op->len_arg < REC_ARGS ? op->len_arg : 0]);
        n = there;
    }
    n = n < 0x7fffffff ? n * op->unit : 0x7fffffff;
    n >>= head->half >> (op->arg & 7) & 1;
    return n < 0x7fffffff ? (__u32)n : 0x7fffffff;
}

static __always_inline bool step_is_due(const struct rec_op *op, const struct rec_head *head)
{
    __u32 other = op->when_arg - 1u;

    return op->when_arg == 0 || (other < REC_ARGS && (__u32)head->args[other] == op->when);
}

/* Step i of the plan of a beginning that is told later than it was: these steps have no others. */
int simple_step_run(__u32 which)
{
    struct scratch *s = scratch_get();
    __u32 at = which / 16;
    __u32 i = which % 16;
    struct rec_plan *plan = bpf_map_lookup_elem(&plans, &at);
    struct rec_head *head;
    struct rec_op *op;
    __u32 most;
    __u64 arg;

    if (s == NULL || plan == NULL || i >= REC_OPS) {
        return 0;
    }
    op = &plan->ops[i];
    head = (struct rec_head *)(void *)s->bytes;
    if (!step_is_due(op, head)) {
        return 0;
    }
    arg = head->args[op->arg < REC_ARGS ? op->arg : 0];
    most = op->most != 0 ? op->most : config.snaplen;
    switch (op->step) {
    case REC_STR:
        return get_text(i, arg);
    case REC_BYTES:
    case REC_ADDR:
        return get_bytes(i, arg, step_len(op, head), most);
    case REC_IOV:
        return get_vectors(i, arg, step_len(op, head), most, ~0ull);
    default:
        return 0;
    }
}

/* Is the text in the memory of the program, and not that of another, or what was there before? */
static __always_inline bool text_is_there(const struct rec_op *op, const struct rec_head *head)
{
    if (head->kind == REC_ENTER) {
        return op->unit != REC_T_WRITTEN;
    }
    return op->unit == REC_T_FAILED ? head->ret != 0 : op->unit != REC_T_WRITTEN || head->ret >= 0;
}

/* Step i of a plan: which of them is its number in the map, times 16. */
int step_run(__u32 which)
{
    struct scratch *s = scratch_get();
    __u32 at = which / 16;
    __u32 i = which % 16;
    struct rec_plan *plan = bpf_map_lookup_elem(&plans, &at);
    struct rec_head *head;
    struct rec_op *op;
    __u32 most;
    __u32 len;
    __u64 arg;
    __u64 moved;
    bool returned;
    bool started;

    if (s == NULL || plan == NULL || i >= REC_OPS) {
        return 0;
    }
    op = &plan->ops[i];
    head = (struct rec_head *)(void *)s->bytes;
    if (!step_is_due(op, head)) {
        return 0;
    }
    arg = op->arg < REC_ARGS ? head->args[op->arg] : (__u64)head->ret;
    most = op->most != 0 ? op->most : config.snaplen;
    len = step_len(op, head);
    returned = head->kind != REC_ENTER;
    started = returned && head->ret == 0;
    moved = returned ? (head->ret > 0 ? (__u64)head->ret : 0) : ~0ull;
    switch (op->step) {
    case REC_STR:
        return text_is_there(op, head) ? get_text(i, arg) : 0;
    case REC_BYTES:
    case REC_ADDR:
        return get_bytes(i, arg, len, most);
    case REC_IOV:
        return get_vectors(i, arg, len, most, moved);
    case REC_MSG:
        return returned && (op->unit & REC_M_MANY) != 0
                   ? get_messages(i, arg, op->unit, most, moved)
                   : get_message(i, arg, op->unit, most, moved);
    case REC_FILE:
        return get_file(i, op->len == REC_LEN_PTR ? (__s32)len : (__s32)arg, op->towards);
    case REC_TASK:
        return get_task(i);
    case REC_ARGV:
        return started ? get_image(i, false) : get_words(i, arg);
    case REC_IMAGE:
        return get_image(i, false);
    case REC_ENVIRONMENT:
        return !config.env ? 0 : started ? get_image(i, true) : get_words(i, arg);
    case REC_CWD:
        return get_path(i, false);
    case REC_PROGRAM:
        return get_path(i, true);
    case REC_RIGHTS:
        return head->ret >= 0 ? get_rights(i, arg) : 0;
    default:
        return 0;
    }
}

#endif
