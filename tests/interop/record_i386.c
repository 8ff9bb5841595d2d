/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record_i386.c - calls as i386 programs make them, whose numbers are other calls here; a signal.
 * Linked without PIE: what they point to lies in the first 4 GiB.
 */
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/un.h>
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

/* With six arguments, the last of which is in the frame pointer. */
static int call6(int nr, const uint32_t *args)
{
    int result = -38;

#if defined(__x86_64__)
    __asm__ volatile("push %%rbp\n\tmov 20(%2), %%ebp\n\tint $0x80\n\tpop %%rbp"
                     : "=a"(result)
                     : "a"(nr), "r"(args), "b"(args[0]), "c"(args[1]), "d"(args[2]), "S"(args[3]),
                       "D"(args[4])
                     : "memory");
#endif
    return result;
}

#define CALL(nr, ...) call6(nr, (const uint32_t[6]){__VA_ARGS__})
#define SOCKET(part, ...)                                                                          \
    (memcpy(parts, (const uint32_t[6]){__VA_ARGS__}, sizeof(parts)),                               \
     CALL(102, part, (uint32_t)(uintptr_t)parts))

static uint32_t parts[6];
static uint32_t pair[2];
static uint32_t message[7];
static char got[16];
static struct sockaddr_un nowhere = {.sun_family = AF_UNIX, .sun_path = "/nonexistent/socket"};
static struct sembuf op = {.sem_num = 3, .sem_op = -1, .sem_flg = 0};

/* Arguments that lie elsewhere on i386: in two registers, in memory, in pages. */
static void elsewhere(void)
{
    uint32_t fd = (uint32_t)call(5, (long)(uintptr_t)path, 0, 0);

    (void)CALL(180, fd, (uint32_t)(uintptr_t)got, 3, 1, 0); /* pread64 */
    (void)CALL(180, fd, (uint32_t)(uintptr_t)got, 3, 5, 1);
    (void)CALL(192, 0, 4096, 1, 2, fd, 2); /* mmap2 */
    (void)SOCKET(1, AF_UNIX, SOCK_DGRAM, 0);
    (void)SOCKET(8, AF_UNIX, SOCK_DGRAM, 0, (uint32_t)(uintptr_t)pair);
    message[2] = (uint32_t)(uintptr_t)vectors;
    message[3] = 2;
    (void)SOCKET(16, pair[0], (uint32_t)(uintptr_t)message, 0); /* sendmsg */
    (void)SOCKET(17, pair[1], (uint32_t)(uintptr_t)message, 0); /* recvmsg */
    (void)SOCKET(9, pair[0], (uint32_t)(uintptr_t)text, 4, 0);  /* send */
    (void)SOCKET(3, pair[0], (uint32_t)(uintptr_t)&nowhere, sizeof(nowhere));
    (void)CALL(117, 2, 0x5ca9, 1, 0);                             /* semget */
    (void)CALL(117, 1, -1, 1, 0, (uint32_t)(uintptr_t)&op, 0);    /* semop */
    (void)CALL(117, 4, -1, 1, 0, (uint32_t)(uintptr_t)&op, 0);    /* semtimedop */
    (void)CALL(117, 12, -1, 1, 0, (uint32_t)(uintptr_t)got, 0);   /* msgrcv */
    (void)CALL(117, 21, -1, 0, (uint32_t)(uintptr_t)words, 0, 0); /* shmat */
}

/* Numbers that are shorter on i386: ids of 16 bits, times, limits and offsets of 32. */
static void narrower(void)
{
    static uint32_t time[2] = {0, 1000};
    static uint32_t limits[2];
    static uint16_t ids[4] = {0, 0, 0, 0xffff}; /* the last one is not theirs */
    static uint32_t off = 2;

    (void)call(23, 0xffff, 0, 0);                                         /* setuid */
    (void)call(182, (long)(uintptr_t)nowhere.sun_path, 0x1ffff, 0x10003); /* chown */
    (void)call(165, (long)(uintptr_t)ids, (long)(uintptr_t)(ids + 1), (long)(uintptr_t)(ids + 2));
    (void)call(162, (long)(uintptr_t)time, 0, 0);   /* nanosleep */
    (void)call(191, 7, (long)(uintptr_t)limits, 0); /* getrlimit */
    (void)call(76, 0, (long)(uintptr_t)limits, 0);  /* the old one */
    (void)CALL(187, 1, (uint32_t)call(5, (long)(uintptr_t)path, 0, 0), (uint32_t)(uintptr_t)&off,
               3);
    (void)call(22, (long)(uintptr_t)nowhere.sun_path, 77, 0); /* umount */
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
    narrower();
    elsewhere();
    (void)signal(SIGALRM, nothing);
    (void)alarm(1);
    (void)pause();
    (void)call(11, (long)(uintptr_t)path, (long)(uintptr_t)words, 0); /* execve */
    return result == 0;
}
