/* SPDX-License-Identifier: Apache-2.0 */
#include "scope.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "tables.h"

#define TIDS_MAX      4194304u /* [Linux] PID_MAX_LIMIT */
#define CGROUP2_MAGIC 0x63677270
#define KERNFS_HANDLE 0xFE /* [linux/exportfs.h] FILEID_KERNFS */

static bool is_in(const struct scope *scope, uint32_t pid)
{
    for (uint32_t i = 0; i < scope->n_pids; i++) {
        if (scope->pids[i] == pid) {
            return true;
        }
    }
    return false;
}

bool scope_add(struct scope *scope, uint32_t pid)
{
    if (is_in(scope, pid) || pid == scope->self || pid == scope->follower) {
        return true;
    }
    if (scope->n_pids == scope->room) {
        uint32_t room = scope->room > 0 ? 2 * scope->room : 64;
        uint32_t *pids = realloc(scope->pids, room * sizeof(*pids));

        if (pids == NULL) {
            return false;
        }
        scope->pids = pids;
        scope->room = room;
    }
    scope->pids[scope->n_pids++] = pid;
    return true;
}

/* ------------------------------------------------------------------ the beginning */

void scope_listed(void *ctx, uint32_t tid)
{
    struct scope *scope = ctx;

    if (scope->listed != NULL && tid < TIDS_MAX) {
        scope->listed[tid / 8] |= (uint8_t)(1u << tid % 8);
    }
}

bool scope_is_early(struct scope *scope, const struct rec_view *view)
{
    struct rec_head head;

    if (scope->listed == NULL || view->len < sizeof(head)) {
        return false;
    }
    memcpy(&head, view->bytes, sizeof(head));
    if (head.ts >= scope->listed_ns) {
        free(scope->listed);
        scope->listed = NULL;
        return false;
    }
    if ((head.flags & REC_F_FOUND) == 0 || head.tid >= TIDS_MAX ||
        (scope->listed[head.tid / 8] >> head.tid % 8 & 1) != 0) {
        return false;
    }
    scope->early++;
    return true;
}

bool scope_lives(const struct scope *scope)
{
    for (uint32_t i = 0; i < scope->n_pids; i++) {
        if (kill((pid_t)scope->pids[i], 0) == 0 || errno == EPERM) {
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------ control groups */

/* How many folders up the tree of control groups ends. */
static uint32_t level_of(const char *path)
{
    char at[PATH_MAX];
    struct statfs fs;
    uint32_t level = 0;

    (void)snprintf(at, sizeof(at), "%s", path);
    for (char *slash; (slash = strrchr(at, '/')) != NULL && slash != at; level++) {
        *slash = '\0';
        if (statfs(at, &fs) != 0 || (unsigned long)fs.f_type != CGROUP2_MAGIC) {
            break;
        }
    }
    return level;
}

static bool open_cgroup(struct scope *scope, const char *name, char *why, size_t size)
{
    char path[PATH_MAX];
    struct statfs fs;
    struct stat st;

    if (realpath(name, path) == NULL || stat(path, &st) != 0) {
        (void)snprintf(why, size, "%s: %s", name, strerror(errno));
        return false;
    }
    if (statfs(path, &fs) != 0 || (unsigned long)fs.f_type != CGROUP2_MAGIC) {
        (void)snprintf(why, size, "%s: not a folder of control groups of version 2", name);
        return false;
    }
    scope->cgroup = st.st_ino; /* [kernel cgroup] the id is the inode number, where ids have 64 bits
                                  and inodes too */
    scope->cgroup_level = level_of(path);
    return true;
}

static uint32_t pid_of(const struct record_opts *o, unsigned i)
{
    return (uint32_t)strtoul(o->pids.items[i], NULL, 10);
}

static bool all_exist(const struct record_opts *o, char *why, size_t size)
{
    for (unsigned i = 0; i < o->pids.n; i++) {
        if (kill((pid_t)pid_of(o, i), 0) != 0 && errno == ESRCH) {
            (void)snprintf(why, size, "there is no process %u", pid_of(o, i));
            return false;
        }
    }
    return true;
}

bool scope_open(struct scope *scope, const struct record_opts *o, char *why, size_t size)
{
    scope->self = (uint32_t)getpid();
    scope->groups = calloc(SCOPE_GROUPS, sizeof(*scope->groups));
    scope->listed = calloc(TIDS_MAX / 8, 1);
    if (scope->groups == NULL || scope->listed == NULL) {
        (void)snprintf(why, size, "no memory");
        return false;
    }
    scope->mount_fd = proc_cgroup_mount(scope->mount, sizeof(scope->mount))
                          ? open(scope->mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                          : -1;
    return all_exist(o, why, size) &&
           (o->cgroup == NULL || open_cgroup(scope, o->cgroup, why, size));
}

/* Those that are in a group itself. */
static bool add_members(struct scope *scope, const char *path)
{
    char name[PATH_MAX];
    FILE *file;
    unsigned pid;
    bool ok = true;

    (void)snprintf(name, sizeof(name), "%s/cgroup.procs", path);
    file = fopen(name, "re");
    while (ok && file != NULL && fscanf(file, "%u", &pid) == 1) {
        ok = scope_add(scope, pid);
    }
    if (file == NULL || ferror(file) != 0) {
        proc_failed(&scope->losses);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return ok;
}

static bool find_cgroup(struct scope *scope, const char *path)
{
    char name[PATH_MAX];
    DIR *dir = opendir(path);
    struct dirent *entry;
    bool ok = add_members(scope, path);

    if (dir == NULL) {
        proc_failed(&scope->losses);
    }
    while (ok && dir != NULL && (entry = readdir(dir)) != NULL) {
        if (entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
            (size_t)snprintf(name, sizeof(name), "%s/%s", path, entry->d_name) < sizeof(name)) {
            ok = find_cgroup(scope, name);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    return ok;
}

/* ------------------------------------------------------------------ groups of processes */

static struct scope_group *find_group(struct scope *scope, uint64_t id)
{
    for (uint32_t i = 0; i < scope->n_groups && i < SCOPE_GROUPS; i++) {
        if (scope->groups[i].id == id) {
            return &scope->groups[i];
        }
    }
    return NULL;
}

static struct scope_group *add_group(struct scope *scope, uint64_t id, const char *list,
                                     uint32_t len)
{
    struct scope_group *group = &scope->groups[scope->n_groups++ % SCOPE_GROUPS];

    group->id = id;
    group->len = len;
    memcpy(group->list, list, len);
    return group;
}

/* The groups of a process of the beginning, under the id that the kernel part will tell. */
static void learn_groups(struct scope *scope, uint32_t pid)
{
    char list[sizeof(scope->groups->list)];
    char path[sizeof(scope->mount) + sizeof(list)];
    uint32_t len = tables_cgroups(pid, list, sizeof(list), &scope->losses);
    struct stat st;

    for (uint32_t at = 0; at < len && scope->mount_fd >= 0;
         at += (uint32_t)strnlen(list + at, len - at) + 1) {
        if (list[at] == '=') { /* version 2 has no name */
            (void)snprintf(path, sizeof(path), "%s%s", scope->mount, list + at + 1);
            if (stat(path, &st) == 0 && find_group(scope, st.st_ino) == NULL) {
                (void)add_group(scope, st.st_ino, list, len);
            }
            return;
        }
    }
}

/* [open_by_handle_at(2), kernfs] the path of a group, whoever is in it */
static uint32_t group_by_id(const struct scope *scope, uint64_t id, char *list, size_t room)
{
    union {
        struct file_handle handle;
        uint8_t bytes[sizeof(struct file_handle) + sizeof(id)];
    } h = {.handle = {.handle_bytes = sizeof(id), .handle_type = KERNFS_HANDLE}};
    size_t skip = strlen(scope->mount);
    char link[64];
    ssize_t n;
    int fd;

    memcpy(h.bytes + offsetof(struct file_handle, f_handle), &id, sizeof(id));
    fd = scope->mount_fd >= 0 ? open_by_handle_at(scope->mount_fd, &h.handle, O_PATH | O_CLOEXEC)
                              : -1;
    if (fd < 0) {
        return 0;
    }
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, list, room - 1);
    (void)close(fd);
    if (n < (ssize_t)skip || strncmp(list, scope->mount, skip) != 0) {
        return 0;
    }
    n -= (ssize_t)skip;
    memmove(list + 1, list + skip, (size_t)n);
    n = n > 0 ? n : 1;
    list[0] = '=';
    list[1] = '/'; /* that of the root is empty */
    list[n + 1] = '\0';
    return (uint32_t)n + 2;
}

const char *scope_cgroups(struct scope *scope, uint64_t cgroup, int64_t pid, uint32_t *len)
{
    struct scope_group *group = find_group(scope, cgroup);
    char list[sizeof(group->list)];

    if (group == NULL) {
        *len = tables_cgroups(pid, list, sizeof(list), &scope->losses);
        *len = *len > 0 ? *len : group_by_id(scope, cgroup, list, sizeof(list));
        if (*len == 0) {
            return NULL;
        }
        group = add_group(scope, cgroup, list, *len);
    }
    *len = group->len;
    return group->list;
}

/* ------------------------------------------------------------------ processes */

static uint32_t parent_of(struct scope *scope, uint32_t pid)
{
    char path[64];
    char text[512];
    const char *p;
    unsigned parent = 0;

    (void)snprintf(path, sizeof(path), "/proc/%u/stat", pid);
    if (proc_file(path, text, sizeof(text)) < 0) {
        proc_failed(&scope->losses);
    } else if ((p = strrchr(text, ')')) != NULL && sscanf(p, ") %*c %u", &parent) == 1) {
        return parent;
    }
    return 0;
}

typedef bool (*process_fn)(struct scope *scope, uint32_t pid, struct probe *probe, bool *more);

/* Calls each() for every process that can be seen and is not in yet. */
static bool each_process(struct scope *scope, process_fn each, struct probe *probe, bool *more)
{
    DIR *dir = opendir("/proc");
    struct dirent *entry;
    bool ok = true;

    *more = false;
    if (dir == NULL) {
        proc_failed(&scope->losses);
    }
    while (ok && dir != NULL && (entry = readdir(dir)) != NULL) {
        char *end;
        uint32_t pid = (uint32_t)strtoul(entry->d_name, &end, 10);

        if (end != entry->d_name && *end == '\0' && !is_in(scope, pid) && pid != scope->self &&
            pid != scope->follower) {
            ok = each(scope, pid, probe, more);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    return ok;
}

/* Children that a process has already; those it makes from now on are marked by the kernel. */
static bool add_child(struct scope *scope, uint32_t pid, struct probe *probe, bool *more)
{
    if (!is_in(scope, parent_of(scope, pid))) {
        return true;
    }
    *more = true;
    return probe_process(probe, pid) && scope_add(scope, pid);
}

/* Threads of the kernel make no calls; they have no program. */
static bool add_program(struct scope *scope, uint32_t pid, struct probe *probe, bool *more)
{
    char path[64];
    char program[1];

    (void)probe;
    (void)more;
    (void)snprintf(path, sizeof(path), "/proc/%u/exe", pid);
    if (readlink(path, program, sizeof(program)) < 0) {
        proc_failed(&scope->losses);
        return true;
    }
    return scope_add(scope, pid);
}

bool scope_find(struct scope *scope, const struct record_opts *o, struct probe *probe, char *why,
                size_t size)
{
    bool more = o->pids.n > 0;
    bool ok = true;

    if (!all_exist(o, why, size)) { /* any more */
        return false;
    }
    for (unsigned i = 0; i < o->pids.n && ok; i++) {
        ok = probe_process(probe, pid_of(o, i)) && scope_add(scope, pid_of(o, i));
    }
    while (ok && more) {
        ok = each_process(scope, add_child, probe, &more);
    }
    if (ok && o->all) {
        ok = each_process(scope, add_program, probe, &more);
    }
    if (ok && o->cgroup != NULL) {
        ok = find_cgroup(scope, o->cgroup);
    }
    for (uint32_t i = 0; i < scope->n_pids; i++) {
        learn_groups(scope, scope->pids[i]);
    }
    if (!ok) {
        (void)snprintf(why, size, "the processes cannot be marked: %s", strerror(errno));
    }
    return ok;
}

void scope_close(struct scope *scope)
{
    free(scope->pids);
    free(scope->groups);
    free(scope->listed);
    if (scope->mount_fd >= 0) {
        (void)close(scope->mount_fd);
    }
}
