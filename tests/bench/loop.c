/* SPDX-License-Identifier: Apache-2.0 */
/* loop.c N - the cheapest system call there is, N times. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    for (long n = argc > 1 ? strtol(argv[1], NULL, 10) : 1; n > 0; n--) {
        (void)syscall(SYS_getppid);
    }
    return 0;
}
