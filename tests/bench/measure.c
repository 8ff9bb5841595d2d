/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure.c - run a command and print "SECONDS CPU_SECONDS PEAK_KIB STATUS" on descriptor 3.
 *
 * Small on purpose: the peak of a child counts what its parent had when it was forked.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(const struct timeval *tv)
{
    return (double)tv->tv_sec + (double)tv->tv_usec / 1e6;
}

int main(int argc, char **argv)
{
    struct timespec start;
    struct timespec end;
    struct rusage usage;
    int status;
    pid_t child;

    if (argc < 2) {
        fputs("usage: measure COMMAND [ARGUMENT...] 3>RESULT\n", stderr);
        return 2;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    child = fork();
    if (child == 0) {
        (void)close(3);
        (void)execvp(argv[1], argv + 1);
        perror(argv[1]);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
        perror("measure");
        return 3;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    return dprintf(3, "%.3f %.3f %ld %d\n",
                   (double)(end.tv_sec - start.tv_sec) +
                       (double)(end.tv_nsec - start.tv_nsec) / 1e9,
                   seconds(&usage.ru_utime) + seconds(&usage.ru_stime), usage.ru_maxrss,
                   WIFEXITED(status) ? WEXITSTATUS(status) : 128) < 0;
}
