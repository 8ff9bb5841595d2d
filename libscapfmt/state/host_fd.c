/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_fd.c - the events that make, share and close descriptors other than sockets.
 */
#include "state/host.h"

/* Values of the flag tables. */
#define O_DIRECTORY_FLAG    0x400
#define CLOSE_RANGE_UNSHARE 2
#define CLOSE_RANGE_CLOEXEC 4
#define FCNTL_DUPFD         1
#define FCNTL_SETFD         3
#define FCNTL_DUPFD_CLOEXEC 26
#define LINUX_FD_CLOEXEC    1
#define LINUX_EBADF         9

/* ------------------------------------------------------------------ tables */

/* Table of the event's thread for a new descriptor; 0 when it cannot be put there. */
static uint32_t table_for(struct scapf_host *h, int64_t fd)
{
    struct thread *t;

    if (fd < 0 || fd > FD_MAX) {
        h->counters.bad_numbers++;
        return 0;
    }
    t = host_thread_of_event(h);
    return t != NULL ? host_need_fds(h, t) : 0;
}

/* What was open under a number that is given anew. dup2() closes it; in old captures, and in those
 * that old readers shall take, it is a dup. */
static inline void count_replaced(struct scapf_host *h, uint32_t slot)
{
    if (slot != 0 && (slot & FD_CLOSING) == 0 && h->code->fn != on_dup) {
        h->counters.replaced_fds++;
    }
}

struct file *host_new_fd(struct scapf_host *h, int64_t fd, uint8_t type, uint32_t bits)
{
    uint32_t fds = table_for(h, fd);
    uint32_t id = fds != 0 ? file_make(&h->fds, type) : 0;
    uint32_t was;

    if (id == 0 || !fdtab_put(&h->fds, fds, fd, id | bits, &was)) {
        return NULL;
    }
    count_replaced(h, was);
    h->view.fd = fd;
    return file_at(&h->fds, id);
}

void host_share_fd(struct scapf_host *h, int64_t fd, uint32_t slot, uint32_t bits)
{
    uint32_t fds;
    uint32_t was = 0;

    slot = file_keep(&h->fds, slot);
    fds = table_for(h, fd);
    if (fds == 0) {
        file_drop(&h->fds, slot);
    } else if (slot == 0) { /* nothing is known of what it is now */
        was = fdtab_get(&h->fds, fds, fd);
        fdtab_remove(&h->fds, fds, fd);
    } else {
        (void)fdtab_put(&h->fds, fds, fd, slot | bits, &was);
    }
    count_replaced(h, was);
    h->view.fd = fd;
    if (h->follows_usage) { /* what is open already has its name */
        host_set(h, &h->name_before, host_fd_name(h));
    }
}

/* The slot of a descriptor of the event's thread. */
static uint32_t slot_of(struct scapf_host *h, int64_t fd)
{
    return h->thread != NULL ? fdtab_get(&h->fds, host_fds(h->thread), fd) : 0;
}

uint32_t host_cloexec(struct scapf_host *h)
{
    uint32_t mask = h->code->cloexec;
    int64_t flags;

    if (mask == 0 && h->view.has_enter && h->thread != NULL) {
        mask = h->codes[h->thread->begun.code].cloexec;
    }
    return mask != 0 && host_arg_int(h, ARG_flags, &flags) && ((uint64_t)flags & mask) != 0
               ? FD_CLOEXEC
               : 0;
}

/* The descriptor that a call returned in the first of these parameters it has; false when it
 * failed. */
static bool made_fd(struct scapf_host *h, int64_t *fd)
{
    return (host_arg_int(h, ARG_res, fd) || host_arg_int(h, ARG_fd, fd)) && *fd >= 0;
}

/* ------------------------------------------------------------------ open */

static const char *name_of_fd(struct scapf_host *h, int64_t fd)
{
    uint32_t slot = slot_of(h, fd);

    return slot != 0 ? str_bytes(&h->strs, file_at(&h->fds, slot)->name, NULL) : NULL;
}

void on_open(struct scapf_host *h, int what)
{
    const uint8_t *name = NULL;
    uint32_t len = 0;
    int64_t fd;
    int64_t dirfd = -1;
    int64_t flags = 0;
    int64_t v;
    const char *dir;
    uint32_t path = 0;
    struct file *file;

    (void)what;
    if (!host_arg_int(h, ARG_fd, &fd) || host_thread_of_event(h) == NULL) {
        return;
    }
    (void)host_arg_int(h, ARG_flags, &flags);
    dir = host_arg_int(h, ARG_dirfd, &dirfd) && dirfd >= 0 ? name_of_fd(h, dirfd)
                                                           : host_cwd(h, h->thread);
    if (host_arg_bytes(h, ARG_name, &name, &len) || host_arg_bytes(h, ARG_path, &name, &len)) {
        path = host_path(h, dir, name, len);
    }
    if (fd < 0) {
        h->wanted = path;
        return;
    }
    file = host_new_fd(h, fd, (flags & O_DIRECTORY_FLAG) != 0 ? FDT_DIRECTORY : FDT_FILE_V2,
                       host_cloexec(h));
    if (file == NULL) {
        str_drop(&h->strs, path);
        return;
    }
    file->name = path;
    file->open_flags = (uint32_t)flags;
    if (host_arg_int(h, ARG_dev, &v)) {
        file->dev = (uint32_t)v;
    }
    if (host_arg_int(h, ARG_ino, &v)) {
        file->ino = (uint64_t)v;
    }
}

/* ------------------------------------------------------------------ close */

/* Linux frees the number whatever close returns, unless there was none. Between the enter and the
 * exit another thread may have got it for something new: that stays. */
void on_close(struct scapf_host *h, int what)
{
    int64_t res;
    uint32_t fds;
    uint32_t slot = slot_of(h, h->view.fd);

    (void)what;
    if (!host_arg_int(h, ARG_res, &res) || h->view.fd < 0) {
        return;
    }
    if (slot == 0) {
        h->counters.closed_unknown += res != -LINUX_EBADF;
        return;
    }
    fds = host_fds(h->thread);
    if (res == -LINUX_EBADF) {
        fdtab_mark(&h->fds, fds, h->view.fd, FD_CLOSING, 0);
    } else if (!h->view.has_enter || (slot & FD_CLOSING) != 0) {
        h->fd_is_gone = true;
        h->gone_fd = h->view.fd;
        h->gone_table = fdtab_keep(&h->fds, fds);
    }
}

static void mark_range(struct scapf_host *h, uint32_t fds, int64_t first, int64_t last)
{
    uint64_t position = 0;
    int64_t fd;
    uint32_t slot;

    while (fdtab_next(&h->fds, fds, &position, &fd, &slot)) {
        if (fd >= first && fd <= last) {
            fdtab_mark(&h->fds, fds, fd, 0, FD_CLOEXEC);
        }
    }
}

void on_close_range(struct scapf_host *h, int what)
{
    struct thread *t = h->thread;
    int64_t first;
    int64_t last;
    int64_t flags = 0;

    (void)what;
    if (t == NULL || !host_succeeded(h) || !host_arg_int(h, ARG_first, &first) ||
        !host_arg_int(h, ARG_last, &last)) {
        return;
    }
    (void)host_arg_int(h, ARG_flags, &flags);
    if ((flags & CLOSE_RANGE_UNSHARE) != 0 && t->own_fds == 0 &&
        (t->process->n_threads > 1 || fdtab_owners(&h->fds, t->process->fds) > 1)) {
        t->own_fds = fdtab_copy(&h->fds, t->process->fds);
    }
    if ((flags & CLOSE_RANGE_CLOEXEC) != 0) {
        mark_range(h, host_fds(t), first, last);
    } else {
        fdtab_remove_range(&h->fds, host_fds(t), &(struct fd_range){first, last, 0});
    }
}

/* ------------------------------------------------------------------ dup */

void on_dup(struct scapf_host *h, int what)
{
    int64_t fd;
    int64_t from;

    (void)what;
    if (host_arg_int(h, ARG_res, &fd) && fd >= 0 &&
        (host_arg_int(h, ARG_oldfd, &from) || host_arg_int(h, ARG_fd, &from))) {
        host_share_fd(h, fd, slot_of(h, from), host_cloexec(h));
    }
}

void on_fcntl(struct scapf_host *h, int what)
{
    int64_t cmd;
    int64_t fd;
    int64_t arg;
    uint32_t slot = slot_of(h, h->view.fd);

    (void)what;
    h->fcntl_made_fd = false;
    if (!host_arg_int(h, ARG_res, &fd) || fd < 0 || !host_arg_int(h, ARG_cmd, &cmd)) {
        return;
    }
    if (cmd == FCNTL_DUPFD || cmd == FCNTL_DUPFD_CLOEXEC) {
        h->fcntl_made_fd = true;
        host_share_fd(h, fd, slot, cmd == FCNTL_DUPFD_CLOEXEC ? FD_CLOEXEC : 0);
    } else if (cmd == FCNTL_SETFD && slot != 0 && host_arg_int(h, ARG_arg, &arg)) {
        fdtab_mark(&h->fds, host_fds(h->thread), h->view.fd, FD_CLOEXEC,
                   (arg & LINUX_FD_CLOEXEC) != 0 ? FD_CLOEXEC : 0);
    }
}

/* ------------------------------------------------------------------ others */

static void set_ino(struct scapf_host *h, struct file *file, enum arg arg)
{
    int64_t ino;

    if (file != NULL && host_arg_int(h, arg, &ino)) {
        file->ino = (uint64_t)ino;
    }
}

/* Descriptors without a name: what they are is all there is to say. */
static struct file *unnamed_fd(struct scapf_host *h, int64_t fd, uint8_t type, uint32_t bits)
{
    struct file *file = host_new_fd(h, fd, type, bits);

    if (file != NULL) {
        file->name = str_put(&h->strs, "", 0);
    }
    return file;
}

void on_pipe(struct scapf_host *h, int what)
{
    int64_t fd;
    uint32_t bits = host_cloexec(h);

    (void)what;
    if (!host_succeeded(h)) {
        return;
    }
    if (host_arg_int(h, ARG_fd1, &fd)) {
        set_ino(h, unnamed_fd(h, fd, FDT_FIFO, bits), ARG_ino);
    }
    if (host_arg_int(h, ARG_fd2, &fd)) {
        set_ino(h, unnamed_fd(h, fd, FDT_FIFO, bits), ARG_ino);
    }
}

/* what: type of the descriptor. A pidfd remembers its process in the place of an inode. */
void on_new_fd(struct scapf_host *h, int what)
{
    int64_t fd;

    if (made_fd(h, &fd)) {
        set_ino(h,
                unnamed_fd(h, fd, (uint8_t)what, what == FDT_PIDFD ? FD_CLOEXEC : host_cloexec(h)),
                ARG_pid);
    }
}

/* Only some commands return a descriptor; all of those are closed by execve. [Linux bpf(2)] */
void on_bpf(struct scapf_host *h, int what)
{
    static const uint64_t makers = UINT64_C(1) << 0 | UINT64_C(1) << 5 | UINT64_C(1) << 7 |
                                   UINT64_C(1) << 13 | UINT64_C(1) << 14 | UINT64_C(1) << 17 |
                                   UINT64_C(1) << 18 | UINT64_C(1) << 19 | UINT64_C(1) << 28 |
                                   UINT64_C(1) << 30 | UINT64_C(1) << 32 | UINT64_C(1) << 33;
    struct scapf_value v;
    int64_t cmd;
    int64_t fd = -1;

    (void)what;
    if (host_arg(h, ARG_res_or_fd, &v)) {
        fd = v.type == SCAPF_PT_FD ? v.i : -1;
    } else if (host_arg_int(h, ARG_cmd, &cmd) && cmd >= 0 && cmd < 64 && (makers >> cmd & 1) != 0) {
        (void)host_arg_int(h, ARG_fd, &fd);
    }
    if (fd >= 0) {
        (void)unnamed_fd(h, fd, FDT_BPF, FD_CLOEXEC);
    }
}

void on_memfd(struct scapf_host *h, int what)
{
    int64_t fd;
    uint32_t name = host_arg_str(h, ARG_name);
    struct file *file = host_arg_int(h, ARG_fd, &fd) && fd >= 0
                            ? host_new_fd(h, fd, FDT_MEMFD, host_cloexec(h))
                            : NULL;

    (void)what;
    if (file != NULL) {
        file->name = name;
    } else {
        str_drop(&h->strs, name);
    }
}

void on_pidfd_getfd(struct scapf_host *h, int what)
{
    int64_t fd;
    int64_t pidfd = -1;
    int64_t target = -1;
    uint32_t slot;
    const struct thread *other = NULL;

    (void)what;
    if (!host_arg_int(h, ARG_fd, &fd) || fd < 0) {
        return;
    }
    (void)host_arg_int(h, ARG_pid_fd, &pidfd);
    (void)host_arg_int(h, ARG_target_fd, &target);
    slot = slot_of(h, pidfd);
    if (slot != 0 && file_at(&h->fds, slot)->type == FDT_PIDFD) {
        other = host_find_thread(h, (int64_t)file_at(&h->fds, slot)->ino);
    }
    slot = other != NULL ? fdtab_get(&h->fds, host_fds(other), target) : 0;
    host_share_fd(h, fd, slot, FD_CLOEXEC);
}

/* Descriptors that the kernel's iterator found. */
void on_task_file(struct scapf_host *h, int what)
{
    /* By number of the anon_inode_fd_types table. */
    static const uint8_t anon[] = {FDT_UNSUPPORTED, FDT_EVENT,      FDT_EVENTPOLL, FDT_INOTIFY,
                                   FDT_SIGNALFD,    FDT_TIMERFD,    FDT_IO_URING,  FDT_USERFAULTFD,
                                   FDT_PIDFD,       FDT_BPF,        FDT_BPF,       FDT_BPF,
                                   FDT_BPF,         FDT_UNSUPPORTED};
    int64_t fd;
    int64_t v;
    struct file *file;

    if (host_arg_int(h, ARG_fd_type, &v) && v >= 0 && v < (int64_t)sizeof(anon)) {
        what = anon[v];
    }
    file = host_arg_int(h, ARG_fd, &fd) ? host_new_fd(h, fd, (uint8_t)what, 0) : NULL;
    if (file == NULL) {
        return;
    }
    file->name = host_arg_str(h, ARG_path);
    set_ino(h, file, ARG_ino_num);
    if (host_arg_int(h, ARG_flags, &v)) {
        file->open_flags = (uint32_t)v;
    }
}
