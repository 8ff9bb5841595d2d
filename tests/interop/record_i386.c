/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record_i386.c - calls as i386 programs make them, whose numbers are other calls here; a signal.
 * Linked without PIE: what they point to lies in the first 4 GiB.
 */
#include <signal.h>
#include <stdint.h>
#include <sys/uio.h>
#include <unistd.h>

static char path[] = "/bin/true";
static char text[] = "hello";
static uint32_t vectors[4];
static uint32_t words[3];

static void nothing(int number)
{
    (void)number;
}

static int call(int nr, long a, long b, long c)
{
    int result = -38;

#if defined(__x86_64__)
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(nr), "b"(a), "c"(b), "d"(c) : "memory");
#endif
    return result;
}

int main(void)
{
    int result = call(20, 0, 0, 0); /* getpid */

    vectors[0] = (uint32_t)(uintptr_t)text;
    vectors[1] = 2;
    vectors[2] = (uint32_t)(uintptr_t)(text + 2);
    vectors[3] = 3;
    words[0] = (uint32_t)(uintptr_t)path;
    words[1] = (uint32_t)(uintptr_t)text;
    (void)call(5, (long)(uintptr_t)path, 0, 0);      /* open */
    (void)call(4, -1, (long)(uintptr_t)text, 5);     /* write */
    (void)call(146, 1, (long)(uintptr_t)vectors, 2); /* writev */
    (void)call(19, -1, -2, 0);                       /* lseek */
    (void)signal(SIGALRM, nothing);
    (void)alarm(1);
    (void)pause();
    (void)call(11, (long)(uintptr_t)path, (long)(uintptr_t)words, 0); /* execve */
    return result == 0;
}
