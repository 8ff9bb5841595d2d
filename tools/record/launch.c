/* SPDX-License-Identifier: Apache-2.0 */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../cli.h"

/* [sh(1)] */
enum { LAUNCH_NOT_RUN = 126, LAUNCH_NO_COMMAND = 127 };

static bool is_program(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* Looked up here, so that the command's first call is the execve that runs it, and no other. False:
 * errno tells why. */
static bool find_program(const char *name, char *path, size_t size)
{
    const char *dirs = getenv("PATH");

    if (strchr(name, '/') != NULL) {
        if ((size_t)snprintf(path, size, "%s", name) >= size) {
            errno = ENAMETOOLONG;
            return false;
        }
        errno = access(path, F_OK) == 0 ? EACCES : errno;
        return is_program(path);
    }
    dirs = dirs != NULL ? dirs : "/usr/local/bin:/usr/bin:/bin";
    for (const char *p = dirs; *p != '\0';) {
        size_t len = strcspn(p, ":");
        int n = len > 0 ? snprintf(path, size, "%.*s/%s", (int)len, p, name)
                        : snprintf(path, size, "%s", name);

        if (n > 0 && (size_t)n < size && is_program(path)) {
            return true;
        }
        p += len + (p[len] == ':');
    }
    errno = ENOENT;
    return false;
}

static int cannot_run(int error)
{
    return error == ENOENT || error == ENOTDIR ? LAUNCH_NO_COMMAND : LAUNCH_NOT_RUN;
}

static void leave(void)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    (void)setpgid(0, 0);
    for (int to = STDIN_FILENO; to <= STDERR_FILENO; to++) {
        (void)dup2(fd, to);
    }
}

static void take_place(enum launch_as as)
{
    if (as == LAUNCH_APART) {
        leave();
    } else if (as == LAUNCH_TO_STDERR) {
        (void)dup2(STDERR_FILENO, STDOUT_FILENO);
    }
}

/* What the child says: 0 when it waits, errno when it could not run the program. When it runs it
 * says nothing, which is 0 as well. */
static int hear(int err_fd)
{
    int error = 0;

    while (read(err_fd, &error, sizeof(error)) < 0 && errno == EINTR) {
    }
    return error;
}

/* The child: waits for a byte. */
static void wait_and_run(const char *path, char **argv, int go_fd, int err_fd)
{
    extern char **environ;
    sigset_t none;
    char byte;
    ssize_t n;
    int error = 0;

    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)!write(err_fd, &error, sizeof(error));
    do {
        n = read(go_fd, &byte, 1);
    } while (n < 0 && errno == EINTR);
    if (n != 1) { /* the recorder is gone */
        _exit(LAUNCH_NO_COMMAND);
    }
    (void)execve(path, argv, environ);
    error = errno;
    (void)!write(err_fd, &error, sizeof(error));
    _exit(cannot_run(error));
}

int launch_start(char **argv, enum launch_as as, struct launch *l, char *why, size_t size)
{
    char path[PATH_MAX];
    int go[2];
    int err[2];

    if (!find_program(argv[0], path, sizeof(path))) {
        int error = errno;

        (void)snprintf(why, size, "%s: %s", argv[0],
                       error == ENOENT ? "there is no such command" : strerror(error));
        return cannot_run(error);
    }
    if (pipe2(go, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) {
        (void)snprintf(why, size, "pipe: %s", strerror(errno));
        return CLI_SYSTEM;
    }
    *l = (struct launch){.pid = fork(), .pidfd = -1, .go_fd = go[1], .err_fd = err[0]};
    if (l->pid == 0) {
        (void)close(go[1]);
        take_place(as);
        wait_and_run(path, argv, go[0], err[1]);
    }
    (void)close(go[0]);
    (void)close(err[1]);
    l->pidfd = l->pid > 0 ? (int)syscall(SYS_pidfd_open, l->pid, 0) : -1;
    if (l->pidfd < 0) {
        (void)snprintf(why, size, "%s cannot be started: %s", argv[0], strerror(errno));
        launch_drop(l);
        return CLI_SYSTEM;
    }
    (void)hear(l->err_fd);
    return CLI_DONE;
}

int launch_go(struct launch *l)
{
    int error;

    (void)!write(l->go_fd, "", 1);
    (void)close(l->go_fd);
    l->go_fd = -1;
    error = hear(l->err_fd);
    (void)close(l->err_fd);
    l->err_fd = -1;
    return error;
}

void launch_drop(struct launch *l)
{
    if (l->pid > 0) {
        (void)kill(l->pid, SIGKILL);
        (void)waitpid(l->pid, NULL, 0);
    }
    (void)close(l->go_fd);
    (void)close(l->err_fd);
    if (l->pidfd >= 0) {
        (void)close(l->pidfd);
    }
}
