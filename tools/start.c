/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start.c - how a program of ours begins and ends: descriptors that are there, a file that shrinks
 * while it is read, and whether what was printed arrived.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "run.h"

static void say_raw(const char *text)
{
    ssize_t ignored = write(STDERR_FILENO, text, strlen(text));

    (void)ignored; /* nobody is left to tell */
}

/* [mmap(2)] a page behind the end of a file that became shorter raises SIGBUS when it is read. */
static void on_sigbus(int number)
{
    const char *path = run_being_read();

    (void)number;
    say_raw(path != NULL ? path : "scapfmt");
    say_raw(": SYS-011: the file became shorter while it was read\n");
    _exit(CLI_SYSTEM);
}

/* A standard descriptor that is closed would be given to the next file that is opened, and what is
 * printed would land there. What stands in for it fails as a closed one does. */
static void keep_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0) {
            continue;
        }
        if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd) {
            _exit(CLI_SYSTEM);
        }
    }
}

void run_start(void)
{
    struct sigaction action = {.sa_handler = on_sigbus};

    keep_standard_descriptors();
    (void)sigaction(SIGBUS, &action, NULL);
}

int run_end(int rc)
{
    run_filter_free();
    run_schema_free();
    if (fflush(stdout) != 0 || ferror(stdout) != 0 ||
        (close(STDOUT_FILENO) != 0 && errno != EINTR)) {
        run_say("standard output: %s", strerror(errno));
        return CLI_SYSTEM;
    }
    return rc;
}
