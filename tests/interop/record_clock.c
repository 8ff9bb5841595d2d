/* SPDX-License-Identifier: Apache-2.0 */
/* record_clock.c N: the wall clock, ns, before and after each of N calls of getppid, a line each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv)
{
    long n = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
    long long *times = calloc((size_t)n, 2 * sizeof(*times));

    if (times == NULL) {
        return 1;
    }
    for (long i = 0; i < n; i++) {
        times[2 * i] = now();
        (void)syscall(SYS_getppid);
        times[2 * i + 1] = now();
    }
    for (long i = 0; i < n; i++) {
        printf("%lld %lld\n", times[2 * i], times[2 * i + 1]);
    }
    free(times);
    return 0;
}
