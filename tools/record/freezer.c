/* SPDX-License-Identifier: Apache-2.0 */
#include "freezer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "proc.h"

#define FILL_HIGH 20     /* percent of a ring: the command is held */
#define FILL_LOW  2      /* it is let go */
#define WATCH_NS  100000 /* between looks */
#define FDS_MAX   1024   /* more than the recorder has by then */

/* Only the guard sets frozen, only the recorder takes it back. */
struct freezer_state {
    atomic_bool frozen;
    atomic_ulong failures; /* of freezing */
    int64_t since_ns;
};

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

/* How full the rings are, several times before a fast command fills the smallest one. */
static void guard(struct freezer *f, int alive)
{
    const struct sched_param first = {.sched_priority = 1};
    const struct timespec pause = {.tv_nsec = WATCH_NS};
    struct pollfd recorder = {.fd = alive};

    for (int fd = STDERR_FILENO + 1; fd < FDS_MAX; fd++) {
        if (fd != alive && fd != f->fd) { /* also the one at whose end the command waits */
            (void)close(fd);
        }
    }
    (void)sched_setscheduler(0, SCHED_FIFO, &first);
    while (ppoll(&recorder, 1, &pause, NULL) <= 0) { /* until the other end is closed */
        if (!atomic_load(&f->state->frozen) && probe_fill(f->probe) >= FILL_HIGH) {
            f->state->since_ns = clock_ns(CLOCK_MONOTONIC);
            if (pwrite(f->fd, "1", 1, 0) == 1) {
                atomic_store(&f->state->frozen, true); /* from here on it may be let go */
            } else {
                atomic_fetch_add(&f->state->failures, 1);
            }
        }
    }
    (void)!pwrite(f->fd, "0", 1, 0);
    for (int i = 0; i < 600 && rmdir(f->path) != 0 && errno == EBUSY; i++) {
        (void)usleep(100000); /* the command runs on */
    }
    _exit(0);
}

/* It ends when the recorder does, and by no signal: who else would let the command go? */
static pid_t fork_deaf(void)
{
    sigset_t all, before;
    pid_t pid;

    (void)sigfillset(&all);
    (void)sigprocmask(SIG_BLOCK, &all, &before);
    pid = fork();
    if (pid != 0) {
        (void)sigprocmask(SIG_SETMASK, &before, NULL);
    }
    return pid;
}

static bool start_guard(struct freezer *f)
{
    int fds[2];

    f->state =
        mmap(NULL, sizeof(*f->state), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (f->state == MAP_FAILED || pipe2(fds, O_CLOEXEC) != 0) {
        return false;
    }
    f->guard = fork_deaf();
    if (f->guard == 0) {
        (void)close(fds[1]);
        guard(f, fds[0]);
    }
    (void)close(fds[0]);
    if (f->guard < 0) {
        (void)close(fds[1]);
        return false;
    }
    f->guard_fd = fds[1];
    return true;
}

/* Move the process into the group, and see to it that it can be frozen there. */
static bool enter(struct freezer *f, const char *word)
{
    int dir = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error;

    if (dir < 0) {
        return false;
    }
    if (put_word(dir, "cgroup.procs", word)) {
        f->fd = openat(dir, "cgroup.freeze", O_WRONLY | O_CLOEXEC);
    }
    error = errno;
    (void)close(dir);
    errno = error;
    return f->fd >= 0 && start_guard(f);
}

bool freezer_open(struct freezer *f, pid_t pid, const struct probe *probe, char *why, size_t size)
{
    char mount[512];
    char group[2048];
    char back[sizeof(mount) + sizeof(group) + 16];
    char word[32];

    *f = (struct freezer){.fd = -1, .guard_fd = -1, .probe = probe};
    if (!proc_cgroup_mount(mount, sizeof(mount)) || !own_group(group, sizeof(group))) {
        (void)snprintf(why, size, "there are no control groups of version 2");
        return false;
    }
    (void)snprintf(f->path, sizeof(f->path), "%s%s/scapfmt-%ld", mount, group, (long)getpid());
    (void)snprintf(back, sizeof(back), "%s%s/cgroup.procs", mount, group);
    (void)snprintf(word, sizeof(word), "%ld", (long)pid);
    if (mkdir(f->path, 0755) != 0) {
        (void)snprintf(why, size, "%.400s: %s", f->path, strerror(errno));
        return false;
    }
    if (enter(f, word)) {
        return true;
    }
    (void)snprintf(why, size, "the command cannot be frozen in %.400s: %s", f->path,
                   strerror(errno));
    if (f->fd >= 0) {
        (void)close(f->fd);
        f->fd = -1;
    }
    (void)put_word(AT_FDCWD, back, word); /* a group that somebody is in cannot be removed */
    (void)rmdir(f->path);
    return false;
}

uint64_t freezer_failures(const struct freezer *f)
{
    return f->fd >= 0 ? atomic_load(&f->state->failures) : 0;
}

void freezer_thaw(struct freezer *f)
{
    if (f->fd >= 0 && atomic_load(&f->state->frozen) && probe_fill(f->probe) <= FILL_LOW) {
        int64_t since = f->state->since_ns;

        if (pwrite(f->fd, "0", 1, 0) == 1) { /* else it is still held: the next time */
            f->times++;
            f->total_ns += clock_ns(CLOCK_MONOTONIC) - since;
            atomic_store(&f->state->frozen, false);
        }
    }
}

void freezer_close(struct freezer *f)
{
    if (f->guard_fd >= 0) {
        (void)close(f->guard_fd); /* the guard lets the command go and removes the group */
    }
    if (f->fd >= 0) {
        (void)close(f->fd);
    }
    f->fd = f->guard_fd = -1;
}
