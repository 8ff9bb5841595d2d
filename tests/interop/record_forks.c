/* SPDX-License-Identifier: Apache-2.0 */
/* record_forks.c N - N children that end at once, eight at a time. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    long n = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
    long running = 0;

    while (n > 0 || running > 0) {
        if (n > 0 && running < 8) {
            long pid = syscall(SYS_fork);

            if (pid == 0) {
                _exit(0);
            }
            if (pid < 0) {
                return 1;
            }
            n--;
            running++;
        } else if (wait(NULL) > 0) {
            running--;
        }
    }
    return 0;
}
