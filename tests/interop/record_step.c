/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record_step.c - to be loaded before the recorder's libraries: its wall clock is set forward by 5
 * seconds half a second after it began. Setting that of the machine is nothing for a test.
 */
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *t)
{
    static time_t first;
    static long first_ns;
    int rc = (int)syscall(SYS_clock_gettime, clock, t);

    if (clock == CLOCK_REALTIME && rc == 0) {
        if (first == 0) {
            first = t->tv_sec;
            first_ns = t->tv_nsec;
        }
        if ((t->tv_sec - first) * 1000 + (t->tv_nsec - first_ns) / 1000000 > 500) {
            t->tv_sec += 5;
        }
    }
    return rc;
}
