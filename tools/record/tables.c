/* SPDX-License-Identifier: Apache-2.0 */
#include "tables.h"

#include <dirent.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "../convert/rows.h"
#include "bits.h"
#include "proc.h"
#include "users.h"

#define BLOCK_PL_V9  0x215
#define BLOCK_FDL_V2 0x218
#define BLOCK_IL_V2  0x219
#define BLOCK_UL_V2  0x220
#define OLD_TAIL_END "exe_upper_layer" /* [scap 7] readers of before 2022 take 29 bytes right */
#define NAME_MAX_FD  1023u
#define ARGS_MAX     4096u
#define CLOEXEC      02000000u

/* [scap 8] */
enum fd_type {
    FD_DIRECTORY = 2,
    FD_IPV4 = 3,
    FD_IPV6 = 4,
    FD_SERVER4 = 5,
    FD_SERVER6 = 6,
    FD_PIPE = 7,
    FD_UNIX = 8,
    FD_OTHER = 10,
    FD_NETLINK = 15,
    FD_FILE = 16,
    FD_MEMFD = 20,
    FD_LAST_OLD = 16
};

struct maker {
    struct scapf_writer *writer;
    const struct tables_opts *opts;
    const struct scapf_flag_set *native, *flags; /* of open() */
};

static enum scapf_status put_row(const struct maker *m, uint32_t block,
                                 const struct row_value *values, size_t n)
{
    const struct row_layout layout = {m->opts->schema, block, false,
                                      block == BLOCK_PL_V9 && m->opts->old_readers ? OLD_TAIL_END
                                                                                   : NULL};
    struct scapf_row row;

    row_fill(&row, &layout, values, n);
    return scapf_writer_row(m->writer, &row);
}

/* Calls each() with every number that is a name in the directory. */
static enum scapf_status each_number(const struct maker *m, const char *path, uint32_t pid,
                                     enum scapf_status (*each)(const struct maker *m, uint32_t pid,
                                                               uint32_t number, void *ctx),
                                     void *ctx)
{
    DIR *dir = opendir(path);
    enum scapf_status status = SCAPF_OK;
    struct dirent *entry;

    if (dir == NULL) {
        proc_failed(m->opts->losses);
    }
    while (status == SCAPF_OK && dir != NULL && (entry = readdir(dir)) != NULL) {
        char *end;
        unsigned long number = strtoul(entry->d_name, &end, 10);

        if (end != entry->d_name && *end == '\0') {
            status = each(m, pid, (uint32_t)number, ctx);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    return status;
}

/* ------------------------------------------------------------------ processes */

/* 4 TiB of memory and more have no place in a field of KiB. */
static int64_t at_most_32_bits(uint64_t value)
{
    return value < UINT32_MAX ? (int64_t)value : (int64_t)UINT32_MAX;
}

static enum scapf_status put_thread(const struct maker *m, uint32_t pid, uint32_t tid, void *ctx)
{
    struct proc_thread t;
    size_t exe;
    size_t skip;

    (void)ctx;
    if (!proc_thread(pid, tid, m->opts->env, &t, m->opts->losses)) {
        return SCAPF_OK;
    }
    if (m->opts->listed != NULL) {
        m->opts->listed(m->opts->ctx, tid);
    }
    exe = strnlen(t.args, t.args_len);
    skip = exe < t.args_len ? exe + 1 : exe;
    const struct row_value values[] = {
        {"tid", t.tid, NULL, 0},
        {"pid", t.pid, NULL, 0},
        {"ptid", t.ptid, NULL, 0},
        {"sid", t.sid, NULL, 0},
        {"vpgid", t.vpgid, NULL, 0},
        {"comm", 0, t.comm, strlen(t.comm)},
        {"exe", 0, t.args, exe < 1024 ? exe : 1024},
        {"exepath", 0, t.exepath, strlen(t.exepath)},
        {"args", 0, t.args + skip, t.args_len - skip},
        {"cwd", 0, t.cwd, strlen(t.cwd)},
        {"fdlimit", t.fdlimit, NULL, 0},
        {"flags", t.tid == t.pid ? 0 : 0x2001, NULL, 0}, /* CLONE_THREAD, CLONE_FILES */
        {"uid", t.uid, NULL, 0},
        {"gid", t.gid, NULL, 0},
        {"vmsize_kb", at_most_32_bits(t.vm_size), NULL, 0},
        {"vmrss_kb", at_most_32_bits(t.vm_rss), NULL, 0},
        {"vmswap_kb", at_most_32_bits(t.vm_swap), NULL, 0},
        {"pfmajor", (int64_t)t.faults_major, NULL, 0},
        {"pfminor", (int64_t)t.faults_minor, NULL, 0},
        {"env", 0, t.env, t.env_len < ARGS_MAX ? t.env_len : ARGS_MAX},
        {"vtid", t.vtid, NULL, 0},
        {"vpid", t.vpid, NULL, 0},
        {"cgroups", 0, t.cgroups, t.cgroups_len},
        {"root", 0, t.root, strlen(t.root)},
        {"tty", t.tty, NULL, 0},
        {"loginuid", t.loginuid, NULL, 0},
        {"cap_inheritable", (int64_t)t.cap_inheritable, NULL, 0},
        {"cap_permitted", (int64_t)t.cap_permitted, NULL, 0},
        {"cap_effective", (int64_t)t.cap_effective, NULL, 0},
        {"exe_ino", (int64_t)t.exe_ino, NULL, 0},
        {"exe_ino_ctime", (int64_t)t.exe_ctime, NULL, 0},
        {"exe_ino_mtime", (int64_t)t.exe_mtime, NULL, 0},
        {"pgid", t.pgid, NULL, 0},
    };
    return put_row(m, BLOCK_PL_V9, values, sizeof(values) / sizeof(values[0]));
}

static void collect_ids(const struct maker *m)
{
    struct proc_losses again = {0}; /* the same is read, and counted, for the table */
    struct users *users = m->opts->users;

    for (uint32_t i = 0; i < m->opts->n_pids; i++) {
        struct proc_thread t;

        if (!proc_thread(m->opts->pids[i], m->opts->pids[i], false, &t, &again)) {
            continue;
        }
        (void)users_add(users, false, t.uid, m->opts->losses);
        (void)users_add(users, true, t.gid, m->opts->losses);
        for (uint32_t k = 0; k < t.n_groups; k++) {
            (void)users_add(users, true, t.groups[k], m->opts->losses);
        }
    }
}

/* ------------------------------------------------------------------ descriptors */

/* [scap 8] what the link of a descriptor without a file says; types above 16 are newer. */
static const struct {
    const char *link;
    uint8_t type;
} anonymous[] = {
    {"anon_inode:[eventfd]", 9},      {"anon_inode:[signalfd]", 11}, {"anon_inode:[eventpoll]", 12},
    {"anon_inode:inotify", 13},       {"anon_inode:[timerfd]", 14},  {"anon_inode:bpf", 17},
    {"anon_inode:[userfaultfd]", 18}, {"anon_inode:[io_uring]", 19}, {"anon_inode:[pidfd]", 21},
};

/* A descriptor on its way into the table. */
struct fd_row {
    uint32_t fd;
    uint8_t type;
    char link[NAME_MAX_FD + 1];
    struct stat st;
    uint32_t open_flags;
    const struct proc_socket *sock;
};

static void classify_socket(const struct proc_sockets *sockets, struct fd_row *row)
{
    const struct proc_socket *s = proc_socket(sockets, row->st.st_ino);
    size_t w = s != NULL && s->family == 10 ? 16 : 4;

    row->sock = s;
    row->type = FD_OTHER;
    if (s == NULL) {
        return;
    }
    if (s->family == 1) {
        row->type = FD_UNIX;
    } else if (s->family == 16) {
        row->type = FD_NETLINK;
    } else if (s->dport == 0 && bits_zero(s->dip, w)) {
        row->type = s->family == 2 ? FD_SERVER4 : FD_SERVER6;
    } else {
        row->type = s->family == 2 ? FD_IPV4 : FD_IPV6;
    }
}

static void classify(const struct maker *m, const struct proc_sockets *sockets, struct fd_row *row)
{
    switch (row->st.st_mode & S_IFMT) {
    case S_IFSOCK:
        classify_socket(sockets, row);
        return;
    case S_IFIFO:
        row->type = FD_PIPE;
        return;
    case S_IFDIR:
        row->type = FD_DIRECTORY;
        return;
    default:
        row->type = FD_FILE;
    }
    if (strncmp(row->link, "/memfd:", 7) == 0 && !m->opts->old_readers) {
        row->type = FD_MEMFD;
    } else if (strncmp(row->link, "anon_inode:", 11) == 0) {
        row->type = FD_OTHER;
        for (size_t i = 0; i < sizeof(anonymous) / sizeof(anonymous[0]); i++) {
            if (strncmp(row->link, anonymous[i].link, strlen(anonymous[i].link)) == 0 &&
                (anonymous[i].type <= FD_LAST_OLD || !m->opts->old_readers)) {
                row->type = anonymous[i].type;
            }
        }
    }
}

static enum scapf_status put_fd_row(const struct maker *m, const struct fd_row *row)
{
    static const struct proc_socket nobody;
    const struct proc_socket *s = row->sock != NULL ? row->sock : &nobody;
    size_t w = row->type == FD_IPV6 || row->type == FD_SERVER6 ? 16 : 4;
    const char *name = row->type == FD_UNIX ? s->path : row->link;
    const struct row_value values[] = {
        {"fd", row->fd, NULL, 0},
        {"ino", (int64_t)row->st.st_ino, NULL, 0},
        {"type", row->type, NULL, 0},
        {"name", 0, name, strlen(name)},
        {"open_flags", row->open_flags, NULL, 0},
        {"dev", (int64_t)(uint32_t)row->st.st_dev, NULL, 0},
        {"sip", 0, s->sip, w},
        {"dip", 0, s->dip, w},
        {"sport", s->sport, NULL, 0},
        {"dport", s->dport, NULL, 0},
        {"ip", 0, s->sip, w},
        {"port", s->sport, NULL, 0},
        {"l4proto", s->l4proto, NULL, 0},
        {"source", (int64_t)s->key, NULL, 0},
        {"destination", 0, NULL, 0},
    };

    return put_row(m, BLOCK_FDL_V2, values, sizeof(values) / sizeof(values[0]));
}

static enum scapf_status put_fd(const struct maker *m, uint32_t pid, uint32_t fd, void *ctx)
{
    struct fd_row row = {.fd = fd};
    char path[64];
    char text[256];
    const char *flags;
    ssize_t n;

    (void)snprintf(path, sizeof(path), "/proc/%u/fdinfo/%u", pid, fd);
    if (proc_file(path, text, sizeof(text)) < 0) {
        proc_failed(m->opts->losses);
        return SCAPF_OK;
    }
    flags = strstr(text, "flags:");
    row.open_flags = flags != NULL ? (uint32_t)strtoul(flags + 6, NULL, 8) : 0;
    if (m->opts->before_exec && (row.open_flags & CLOEXEC) != 0) {
        return SCAPF_OK;
    }
    row.open_flags = (uint32_t)bits_of_file(m->native, m->flags, row.open_flags);
    (void)snprintf(path, sizeof(path), "/proc/%u/fd/%u", pid, fd);
    n = readlink(path, row.link, sizeof(row.link) - 1);
    if (n < 0 || stat(path, &row.st) != 0) {
        proc_failed(m->opts->losses);
        return SCAPF_OK;
    }
    classify(m, ctx, &row);
    return put_fd_row(m, &row);
}

static enum scapf_status put_fds(const struct maker *m, uint32_t pid, uint32_t tid, void *ctx)
{
    const struct row_layout layout = {m->opts->schema, BLOCK_FDL_V2, true, NULL};
    const struct row_value head[] = {{"tid", tid, NULL, 0}};
    struct scapf_row row;
    enum scapf_status status;
    char path[64];

    row_fill(&row, &layout, head, 1);
    status = scapf_writer_table(m->writer, BLOCK_FDL_V2, &row);
    if (status == SCAPF_OK && tid == pid) {
        (void)snprintf(path, sizeof(path), "/proc/%u/fd", pid);
        status = each_number(m, path, pid, put_fd, ctx);
    }
    return status == SCAPF_OK ? scapf_writer_table_end(m->writer) : status;
}

/* ------------------------------------------------------------------ users and interfaces */

static enum scapf_status put_user(const struct maker *m, const struct rec_user *user)
{
    const struct row_value values[] = {
        {"kind", user->group, NULL, 0},
        {"gid", user->gid, NULL, 0},
        {"name", 0, user->name, strnlen(user->name, 255)},
        {"uid", user->uid, NULL, 0},
        {"homedir", 0, user->home, user->home != NULL ? strnlen(user->home, 255) : 0},
        {"shell", 0, user->shell, user->shell != NULL ? strnlen(user->shell, 255) : 0},
    };

    return put_row(m, BLOCK_UL_V2, values, user->group ? 3 : sizeof(values) / sizeof(values[0]));
}

static enum scapf_status put_users(const struct maker *m)
{
    const struct users *users = m->opts->users;
    enum scapf_status status = scapf_writer_table(m->writer, BLOCK_UL_V2, NULL);

    for (int group = 0; group < 2; group++) {
        for (uint32_t i = 0; status == SCAPF_OK && i < users->n[group]; i++) {
            struct rec_user user;

            if (users_find(group != 0, users->ids[group][i], &user)) {
                status = put_user(m, &user);
            }
        }
    }
    return status == SCAPF_OK ? scapf_writer_table_end(m->writer) : status;
}

static const void *ip_of(const struct sockaddr *sa)
{
    static const uint8_t none[16];

    if (sa == NULL) {
        return none;
    }
    return sa->sa_family == AF_INET
               ? (const void *)&((const struct sockaddr_in *)(const void *)sa)->sin_addr
               : (const void *)&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
}

static enum scapf_status put_interface(const struct maker *m, const struct ifaddrs *at)
{
    bool v6 = at->ifa_addr->sa_family == AF_INET6;
    size_t w = v6 ? 16 : 4;
    bool broadcast = (at->ifa_flags & IFF_BROADCAST) != 0 && !v6;
    const struct row_value values[] = {
        {"type", v6 ? 4 : 3, NULL, 0}, /* [scap 5] without a speed */
        {"name_len", (int64_t)strlen(at->ifa_name), NULL, 0},
        {"addr", 0, ip_of(at->ifa_addr), w},
        {"netmask", 0, ip_of(at->ifa_netmask), w},
        {"bcast", 0, ip_of(broadcast ? at->ifa_broadaddr : NULL), w},
        {"name", 0, at->ifa_name, strlen(at->ifa_name)},
    };

    return put_row(m, BLOCK_IL_V2, values, sizeof(values) / sizeof(values[0]));
}

static enum scapf_status put_interfaces(const struct maker *m)
{
    static const int families[] = {AF_INET, AF_INET6}; /* [scap 5] in this order */
    struct ifaddrs *list = NULL;
    enum scapf_status status = scapf_writer_table(m->writer, BLOCK_IL_V2, NULL);

    if (getifaddrs(&list) != 0) {
        list = NULL;
    }
    for (size_t i = 0; i < 2; i++) {
        for (const struct ifaddrs *at = list; at != NULL && status == SCAPF_OK; at = at->ifa_next) {
            if (at->ifa_addr != NULL && at->ifa_addr->sa_family == families[i]) {
                status = put_interface(m, at);
            }
        }
    }
    freeifaddrs(list);
    return status == SCAPF_OK ? scapf_writer_table_end(m->writer) : status;
}

/* ------------------------------------------------------------------ all of them */

static enum scapf_status put_machine(const struct maker *m)
{
    const struct row_layout layout = {m->opts->schema, SCAPF_BLOCK_MI, true, NULL};
    char host[128] = "";
    struct sysinfo info = {0};
    struct scapf_row row;
    enum scapf_status status;

    (void)gethostname(host, sizeof(host) - 1);
    (void)sysinfo(&info);
    {
        const struct row_value values[] = {
            {"num_cpus", sysconf(_SC_NPROCESSORS_CONF), NULL, 0},
            {"memory_size_bytes", (int64_t)((uint64_t)info.totalram * info.mem_unit), NULL, 0},
            {"hostname", 0, host, strlen(host)},
            {"boot_ts_epoch", m->opts->boot_ns, NULL, 0},
        };

        row_fill(&row, &layout, values, sizeof(values) / sizeof(values[0]));
    }
    status = scapf_writer_table(m->writer, SCAPF_BLOCK_MI, &row);
    return status == SCAPF_OK ? scapf_writer_table_end(m->writer) : status;
}

/* Calls each() for every thread. */
static enum scapf_status each_thread(const struct maker *m, bool fds)
{
    enum scapf_status status = SCAPF_OK;

    for (uint32_t i = 0; status == SCAPF_OK && i < m->opts->n_pids; i++) {
        struct proc_sockets sockets = {0};
        char path[64];

        (void)snprintf(path, sizeof(path), "/proc/%u/task", m->opts->pids[i]);
        if (fds) {
            proc_sockets(m->opts->pids[i], &sockets, m->opts->losses);
        }
        status = each_number(m, path, m->opts->pids[i], fds ? put_fds : put_thread, &sockets);
        proc_sockets_free(&sockets);
    }
    return status;
}

enum scapf_status tables_write(struct scapf_writer *writer, const struct tables_opts *opts)
{
    struct maker m = {.writer = writer,
                      .opts = opts,
                      .native = scapf_schema_flags(opts->schema, "native_", "file_flags"),
                      .flags = scapf_schema_flags(opts->schema, "", "file_flags")};
    enum scapf_status status = scapf_writer_section(writer, 2);

    collect_ids(&m);
    status = status == SCAPF_OK ? put_machine(&m) : status;
    status = status == SCAPF_OK ? put_interfaces(&m) : status;
    status = status == SCAPF_OK ? put_users(&m) : status;
    status = status == SCAPF_OK ? scapf_writer_table(writer, BLOCK_PL_V9, NULL) : status;
    status = status == SCAPF_OK ? each_thread(&m, false) : status;
    status = status == SCAPF_OK ? scapf_writer_table_end(writer) : status;
    return status == SCAPF_OK ? each_thread(&m, true) : status;
}

uint32_t tables_cgroups(int64_t pid, char *to, uint32_t room, struct proc_losses *losses)
{
    struct proc_thread t;

    if (!proc_thread((uint32_t)pid, (uint32_t)pid, false, &t, losses) || t.cgroups_len > room) {
        return 0;
    }
    memcpy(to, t.cgroups, t.cgroups_len);
    return t.cgroups_len;
}
