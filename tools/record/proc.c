/* SPDX-License-Identifier: Apache-2.0 */
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOCKETS_MAX 200000u

long proc_file(const char *path, char *to, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t n = 0;
    ssize_t k = 1;
    int error;

    if (fd < 0) {
        return -1;
    }
    while (n + 1 < size && k > 0) {
        k = read(fd, to + n, size - 1 - n);
        n += k > 0 ? (size_t)k : 0;
    }
    error = errno;
    (void)close(fd);
    errno = error;
    to[n] = '\0';
    return k < 0 && n == 0 ? -1 : (long)n;
}

void proc_failed(struct proc_losses *losses)
{
    losses->unread += errno != ENOENT && errno != ESRCH;
}

/* A file of a thread; its bytes, 0 when there is nothing to be read. */
static size_t read_of(const char *dir, const char *name, char *to, size_t size,
                      struct proc_losses *losses)
{
    char path[96];
    long n;

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    n = proc_file(path, to, size);
    if (n < 0) {
        proc_failed(losses);
        to[0] = '\0';
    }
    return n > 0 ? (size_t)n : 0;
}

/* ------------------------------------------------------------------ threads */

/* The words behind "Name:" at the beginning of a line; "" when there is none. */
static const char *line_of(const char *text, const char *name)
{
    size_t n = strlen(name);

    for (const char *p = text; p != NULL; p = strchr(p, '\n')) {
        p += *p == '\n';
        if (strncmp(p, name, n) == 0 && p[n] == ':') {
            return p + n + 1;
        }
    }
    return "";
}

static uint64_t number(const char *text, const char *name, int base)
{
    return strtoull(line_of(text, name), NULL, base);
}

/* Word k of a line; the last one when there are fewer. */
static int64_t word(const char *line, unsigned k)
{
    char *end;
    int64_t value = strtoll(line, &end, 10);

    for (unsigned i = 0; i < k; i++) {
        const char *at = end;
        int64_t next = strtoll(at, &end, 10);

        if (end == at || memchr(at, '\n', (size_t)(end - at)) != NULL) {
            break;
        }
        value = next;
    }
    return value;
}

static void take_status(const char *s, struct proc_thread *t)
{
    const char *groups = line_of(s, "Groups");

    t->tid = (int64_t)number(s, "Pid", 10);
    t->pid = (int64_t)number(s, "Tgid", 10);
    t->ptid = (int64_t)number(s, "PPid", 10);
    t->uid = (uint32_t)word(line_of(s, "Uid"), 1); /* [proc(5)] real, effective, ... */
    t->gid = (uint32_t)word(line_of(s, "Gid"), 1);
    t->vtid = word(line_of(s, "NSpid"), 31);
    t->vpid = word(line_of(s, "NStgid"), 31);
    t->vpgid = word(line_of(s, "NSpgid"), 31);
    t->vm_size = number(s, "VmSize", 10);
    t->vm_rss = number(s, "VmRSS", 10);
    t->vm_swap = number(s, "VmSwap", 10);
    t->cap_inheritable = number(s, "CapInh", 16);
    t->cap_permitted = number(s, "CapPrm", 16);
    t->cap_effective = number(s, "CapEff", 16);
    while (t->n_groups < 32 && *groups != '\n' && *groups != '\0') {
        char *end;
        uint32_t gid = (uint32_t)strtoul(groups, &end, 10);

        if (end == groups) {
            break;
        }
        t->groups[t->n_groups++] = gid;
        for (groups = end; *groups == ' ' || *groups == '\t';) {
            groups++;
        }
    }
}

/* [proc(5)] the fields behind the name, which may hold anything */
static void take_stat(const char *stat, struct proc_thread *t)
{
    const char *p = strrchr(stat, ')');
    int64_t pgrp = 0;
    int64_t session = 0;
    int tty = 0;

    if (p != NULL &&
        sscanf(p, ") %*c %*d %" SCNd64 " %" SCNd64 " %d %*d %*u %" SCNu64 " %*u %" SCNu64, &pgrp,
               &session, &tty, &t->faults_minor, &t->faults_major) == 5) {
        t->pgid = pgrp;
        t->sid = session;
        t->tty = (uint32_t)tty;
    }
}

static void take_link(const char *dir, const char *name, char *to, size_t size,
                      struct proc_losses *losses)
{
    char path[96];
    ssize_t n;

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    n = readlink(path, to, size - 1);
    if (n < 0) {
        proc_failed(losses);
    }
    to[n > 0 ? n : 0] = '\0';
}

static void take_program(const char *dir, struct proc_thread *t, struct proc_losses *losses)
{
    char path[96];
    struct stat st;

    take_link(dir, "exe", t->exepath, sizeof(t->exepath), losses);
    (void)snprintf(path, sizeof(path), "%s/exe", dir);
    if (stat(path, &st) == 0) {
        t->exe_ino = st.st_ino;
        t->exe_ctime = (uint64_t)st.st_ctim.tv_sec * 1000000000u + (uint64_t)st.st_ctim.tv_nsec;
        t->exe_mtime = (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec;
    }
}

/* "4:memory:/x" to "memory=/x"; the group of version 2 has no name. */
static uint32_t group_list(const char *text, char *to, uint32_t room)
{
    uint32_t n = 0;

    while (*text != '\0') {
        const char *name = strchr(text, ':');
        const char *end = strchrnul(text, '\n');
        const char *path = name != NULL ? strchr(name + 1, ':') : NULL;

        if (path != NULL && path < end) {
            size_t want = (size_t)(end - name);

            if (want + 1 > room - n) {
                break;
            }
            memcpy(to + n, name + 1, want - 1);
            to[n + (uint32_t)(path - name - 1)] = '=';
            n += (uint32_t)want - 1;
            to[n++] = '\0';
        }
        text = *end == '\n' ? end + 1 : end;
    }
    return n;
}

static uint32_t take_list(const char *dir, const char *name, char *to, size_t size,
                          struct proc_losses *losses)
{
    size_t n = read_of(dir, name, to, size, losses);

    if (n > 0 && to[n - 1] != '\0') {
        n += n < size - 1;
        to[n - 1] = '\0';
    }
    return (uint32_t)n;
}

bool proc_thread(uint32_t pid, uint32_t tid, bool env, struct proc_thread *t,
                 struct proc_losses *losses)
{
    char dir[64];
    char text[8192];
    const char *limit;

    *t = (struct proc_thread){.sid = -1, .pgid = -1, .loginuid = UINT32_MAX};
    (void)snprintf(dir, sizeof(dir), "/proc/%u/task/%u", pid, tid);
    if (read_of(dir, "status", text, sizeof(text), losses) == 0) {
        return false;
    }
    take_status(text, t);
    (void)read_of(dir, "stat", text, sizeof(text), losses);
    take_stat(text, t);
    (void)read_of(dir, "limits", text, sizeof(text), losses);
    limit = strstr(text, "Max open files");
    t->fdlimit = limit != NULL ? strtoll(limit + 14, NULL, 10) : 0;
    if (read_of(dir, "loginuid", text, sizeof(text), losses) > 0) {
        t->loginuid = (uint32_t)strtoul(text, NULL, 10);
    }
    (void)read_of(dir, "comm", t->comm, sizeof(t->comm), losses);
    t->comm[strcspn(t->comm, "\n")] = '\0';
    take_program(dir, t, losses);
    take_link(dir, "cwd", t->cwd, sizeof(t->cwd), losses);
    take_link(dir, "root", t->root, sizeof(t->root), losses);
    t->args_len = take_list(dir, "cmdline", t->args, sizeof(t->args), losses);
    t->env_len = env ? take_list(dir, "environ", t->env, sizeof(t->env), losses) : 0;
    (void)read_of(dir, "cgroup", text, sizeof(text), losses);
    t->cgroups_len = group_list(text, t->cgroups, sizeof(t->cgroups) - 1);
    return true;
}

bool proc_cgroup_mount(char *to, size_t size)
{
    FILE *mounts = fopen("/proc/self/mounts", "re");
    char line[1024];
    bool found = false;

    while (!found && mounts != NULL && fgets(line, sizeof(line), mounts) != NULL) {
        char where[512];
        char type[64];

        found = sscanf(line, "%*s %511s %63s", where, type) == 2 && strcmp(type, "cgroup2") == 0 &&
                (size_t)snprintf(to, size, "%s", where) < size;
    }
    if (mounts != NULL) {
        (void)fclose(mounts);
    }
    return found;
}

/* ------------------------------------------------------------------ sockets */

static struct proc_socket *socket_new(struct proc_sockets *s)
{
    if (s->n == s->room) {
        size_t room = s->room > 0 ? 2 * s->room : 64;
        struct proc_socket *list =
            room <= SOCKETS_MAX ? realloc(s->list, room * sizeof(*list)) : NULL;

        if (list == NULL) {
            s->left_out++;
            return NULL;
        }
        s->list = list;
        s->room = room;
    }
    s->list[s->n] = (struct proc_socket){0};
    return &s->list[s->n++];
}

/* "0100007F:1F90": words of the address as the machine has them. */
static bool take_end(const char *text, uint8_t *ip, size_t words, uint16_t *port)
{
    unsigned value;

    for (size_t i = 0; i < words; i++) {
        uint32_t bits;

        if (sscanf(text + 8 * i, "%8x", &value) != 1) {
            return false;
        }
        bits = value;
        memcpy(ip + 4 * i, &bits, 4);
    }
    if (sscanf(text + 8 * words, ":%4x", &value) != 1) {
        return false;
    }
    *port = (uint16_t)value;
    return true;
}

/* [proc(5)] "  0: 0100007F:0277 00000000:0000 0A ... uid timeout inode ..." */
static void take_inet(struct proc_sockets *s, const char *line, uint8_t family, uint8_t l4)
{
    char local[40];
    char remote[40];
    uint64_t ino;
    struct proc_socket *sock;
    size_t words = family == 2 ? 1 : 4;

    if (sscanf(line, " %*u: %39s %39s %*x %*s %*s %*s %*u %*u %" SCNu64, local, remote, &ino) !=
            3 ||
        strlen(local) != 8 * words + 5 || strlen(remote) != 8 * words + 5) {
        return;
    }
    sock = socket_new(s);
    if (sock != NULL) {
        sock->ino = ino;
        sock->family = family;
        sock->l4proto = l4;
        if (!take_end(local, sock->sip, words, &sock->sport) ||
            !take_end(remote, sock->dip, words, &sock->dport)) {
            s->n--;
        }
    }
}

/* "ffff8881: 00000002 00000000 00010000 0001 01 22345 /run/x" */
static void take_unix(struct proc_sockets *s, const char *line)
{
    uint64_t key;
    uint64_t ino;
    int at = 0;
    struct proc_socket *sock;

    if (sscanf(line, "%" SCNx64 ": %*x %*x %*x %*x %*x %" SCNu64 "%n", &key, &ino, &at) != 2) {
        return;
    }
    sock = socket_new(s);
    if (sock != NULL) {
        sock->ino = ino;
        sock->family = 1;
        sock->key = key;
        line += at + (line[at] == ' ');
        (void)snprintf(sock->path, sizeof(sock->path), "%.*s", (int)strcspn(line, "\n"),
                       line + (*line == '@'));
    }
}

/* "ffff8880 0   1234 00000000 0 0 0 2 0 5678": the last word is the inode */
static void take_netlink(struct proc_sockets *s, const char *line)
{
    uint64_t ino;
    struct proc_socket *sock;

    if (sscanf(line, "%*x %*d %*d %*x %*d %*d %*d %*d %*d %" SCNu64, &ino) != 1) {
        return;
    }
    sock = socket_new(s);
    if (sock != NULL) {
        sock->ino = ino;
        sock->family = 16;
    }
}

static int by_ino(const void *a, const void *b)
{
    const struct proc_socket *x = a;
    const struct proc_socket *y = b;

    return x->ino < y->ino ? -1 : x->ino > y->ino;
}

void proc_sockets(uint32_t pid, struct proc_sockets *sockets, struct proc_losses *losses)
{
    static const struct {
        const char *name;
        uint8_t family, l4proto;
    } files[] = {
        {"tcp", 2, 2},   {"tcp6", 10, 2}, {"udp", 2, 3},    {"udp6", 10, 3}, {"raw", 2, 5},
        {"raw6", 10, 5}, {"icmp", 2, 4},  {"icmp6", 10, 4}, {"unix", 1, 0},  {"netlink", 16, 0},
    };

    *sockets = (struct proc_sockets){0};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[64];
        char line[512];
        FILE *file;

        (void)snprintf(path, sizeof(path), "/proc/%u/net/%s", pid, files[i].name);
        file = fopen(path, "re");
        if (file == NULL) {
            proc_failed(losses);
        }
        while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
            if (files[i].family == 1) {
                take_unix(sockets, line);
            } else if (files[i].family == 16) {
                take_netlink(sockets, line);
            } else {
                take_inet(sockets, line, files[i].family, files[i].l4proto);
            }
        }
        if (file != NULL) {
            (void)fclose(file);
        }
    }
    losses->left_out += sockets->left_out;
    if (sockets->n > 0) {
        qsort(sockets->list, sockets->n, sizeof(*sockets->list), by_ino);
    }
}

const struct proc_socket *proc_socket(const struct proc_sockets *sockets, uint64_t ino)
{
    const struct proc_socket key = {.ino = ino};

    return sockets->n > 0 ? bsearch(&key, sockets->list, sockets->n, sizeof(key), by_ino) : NULL;
}

void proc_sockets_free(struct proc_sockets *sockets)
{
    free(sockets->list);
    *sockets = (struct proc_sockets){0};
}
