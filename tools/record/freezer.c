/* SPDX-License-Identifier: Apache-2.0 */
#include "freezer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "proc.h"

static int64_t now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The group of this process there: the line "0::/path". */
static bool own_group(char *to, size_t size)
{
    char text[8192];
    const char *line = proc_file("/proc/self/cgroup", text, sizeof(text)) > 0 ? text : "";

    while (strncmp(line, "0::", 3) != 0) {
        line = strchr(line, '\n');
        if (line == NULL) {
            return false;
        }
        line++;
    }
    return (size_t)snprintf(to, size, "%.*s", (int)strcspn(line + 3, "\n"), line + 3) < size;
}

static bool put_word(int dir, const char *name, const char *word)
{
    int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && write(fd, word, strlen(word)) == (ssize_t)strlen(word);

    if (fd >= 0) {
        (void)close(fd);
    }
    return ok;
}

/* Waits until the recorder is gone, however it went. */
static void guard(struct freezer *f, int alive)
{
    char byte;

    while (read(alive, &byte, 1) < 0 && errno == EINTR) {
    }
    (void)!write(f->fd, "0", 1);
    for (int i = 0; i < 600 && rmdir(f->path) != 0 && errno == EBUSY; i++) {
        (void)usleep(100000); /* the command runs on */
    }
    _exit(0);
}

static bool start_guard(struct freezer *f)
{
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) != 0) {
        return false;
    }
    f->guard = fork();
    if (f->guard == 0) {
        (void)close(fds[1]);
        guard(f, fds[0]);
    }
    (void)close(fds[0]);
    f->guard_fd = fds[1];
    return f->guard > 0;
}

bool freezer_open(struct freezer *f, pid_t pid, char *why, size_t size)
{
    char mount[512];
    char group[2048];
    char word[32];
    int dir;

    *f = (struct freezer){.fd = -1, .guard_fd = -1};
    if (!proc_cgroup_mount(mount, sizeof(mount)) || !own_group(group, sizeof(group))) {
        (void)snprintf(why, size, "there are no control groups of version 2");
        return false;
    }
    (void)snprintf(f->path, sizeof(f->path), "%s%s/scapfmt-%ld", mount, group, (long)getpid());
    (void)snprintf(word, sizeof(word), "%ld", (long)pid);
    if (mkdir(f->path, 0755) != 0) {
        (void)snprintf(why, size, "%.400s: %s", f->path, strerror(errno));
        return false;
    }
    dir = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir >= 0 && put_word(dir, "cgroup.procs", word)) {
        f->fd = openat(dir, "cgroup.freeze", O_WRONLY | O_CLOEXEC);
    }
    if (f->fd < 0 || !start_guard(f)) {
        (void)snprintf(why, size, "the command cannot be frozen in %.400s: %s", f->path,
                       strerror(errno));
    }
    if (dir >= 0) {
        (void)close(dir);
    }
    return f->fd >= 0 && f->guard > 0;
}

void freezer_set(struct freezer *f, bool frozen)
{
    if (f->fd < 0 || f->frozen == frozen) {
        return;
    }
    (void)!pwrite(f->fd, frozen ? "1" : "0", 1, 0);
    f->frozen = frozen;
    if (frozen) {
        f->times++;
        f->since_ns = now_ns();
    } else {
        f->total_ns += now_ns() - f->since_ns;
    }
}

void freezer_close(struct freezer *f)
{
    freezer_set(f, false);
    if (f->path[0] != '\0') {
        (void)rmdir(f->path); /* else the guard does it when the command has ended */
    }
    if (f->fd >= 0) {
        (void)close(f->fd);
    }
    if (f->guard_fd >= 0) {
        (void)close(f->guard_fd);
    }
    f->fd = f->guard_fd = -1;
}
