/* SPDX-License-Identifier: Apache-2.0 */
/* record_i386.c - a call as i386 programs make it, whose number is another call here; a signal. */
#include <signal.h>
#include <unistd.h>

static void nothing(int number)
{
    (void)number;
}

int main(void)
{
    int result = 0;

#if defined(__x86_64__)
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
#endif
    (void)signal(SIGALRM, nothing);
    (void)alarm(1);
    (void)pause();
    return result == 0;
}
