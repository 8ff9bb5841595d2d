/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_ia32.c - which call of this machine each one of i386 is, and where its arguments lie there:
 * numbers of 64 bits in two registers, arguments in memory, offsets in pages, ids of 16 bits. The
 * kernel part puts them in order; what comes out of it is a call of this machine whose pointers are
 * of 32 bits, and some of which point to numbers of half the size.
 */
#include <string.h>

#include "plan.h"
#include "plan_tables.h"

#define PAIR  REC_IA32_PAIR
#define PAGES REC_IA32_PAGES
#define DEREF REC_IA32_DEREF
#define NONE  REC_IA32_NONE
#define SIGN  REC_IA32_SIGN
#define ID    REC_IA32_ID
#define HALF  REC_IA32_HALF
#define CAP   REC_IA32_CAPPED

#define LLSEEK  140 /* leaves its result in memory: told by its name */
#define SOCKETS REC_CALLS
#define IPC     (REC_CALLS + REC_IA32_PARTS)

/* [Linux arch/x86/entry/syscalls/syscall_32.tbl, kernel/sys_ia32.c, net/compat.c, ipc/syscall.c] */
static const struct {
    uint16_t nr; /* of i386, or SOCKETS and the first argument of socketcall(), or IPC and so on */
    const char *call;
    uint8_t block; /* argument that points to the words, and 1; 0: the registers */
    uint16_t order[REC_ARGS];
} forms[] = {
    {16, "lchown", 0, {0, 1 | ID, 2 | ID, NONE, NONE, NONE}},
    {19, "lseek", 0, {0, 1 | SIGN, 2, NONE, NONE, NONE}},
    {22, "umount2", 0, {0, NONE, NONE, NONE, NONE, NONE}},
    {23, "setuid", 0, {0 | ID, NONE, NONE, NONE, NONE, NONE}},
    {46, "setgid", 0, {0 | ID, NONE, NONE, NONE, NONE, NONE}},
    {70, "setreuid", 0, {0 | ID, 1 | ID, NONE, NONE, NONE, NONE}},
    {71, "setregid", 0, {0 | ID, 1 | ID, NONE, NONE, NONE, NONE}},
    {75, "setrlimit", 0, {0, 1 | HALF, NONE, NONE, NONE, NONE}},
    {76, "getrlimit", 0, {0, 1 | HALF | CAP, NONE, NONE, NONE, NONE}},
    {82, "select", 1, {0, 1, 2, 3, 4, NONE}},
    {90, "mmap", 1, {0, 1, 2, 3, 4, 5}},
    {95, "fchown", 0, {0, 1 | ID, 2 | ID, NONE, NONE, NONE}},
    {142, "select", 0, {0, 1, 2, 3, 4, NONE}},
    {162, "nanosleep", 0, {0 | HALF, 1 | HALF, NONE, NONE, NONE, NONE}},
    {164, "setresuid", 0, {0 | ID, 1 | ID, 2 | ID, NONE, NONE, NONE}},
    {165, "getresuid", 0, {0 | HALF, 1 | HALF, 2 | HALF, NONE, NONE, NONE}},
    {170, "setresgid", 0, {0 | ID, 1 | ID, 2 | ID, NONE, NONE, NONE}},
    {171, "getresgid", 0, {0 | HALF, 1 | HALF, 2 | HALF, NONE, NONE, NONE}},
    {180, "pread64", 0, {0, 1, 2, 3 | PAIR, NONE, NONE}},
    {181, "pwrite64", 0, {0, 1, 2, 3 | PAIR, NONE, NONE}},
    {182, "chown", 0, {0, 1 | ID, 2 | ID, NONE, NONE, NONE}},
    {187, "sendfile", 0, {0, 1, 2 | HALF, 3, NONE, NONE}},
    {191, "getrlimit", 0, {0, 1 | HALF, NONE, NONE, NONE, NONE}},
    {192, "mmap", 0, {0, 1, 2, 3, 4, 5 | PAGES}},
    {193, "truncate", 0, {0, 1 | PAIR, NONE, NONE, NONE, NONE}},
    {194, "ftruncate", 0, {0, 1 | PAIR, NONE, NONE, NONE, NONE}},
    {198, "lchown", 0, {0, 1, 2, NONE, NONE, NONE}},
    {203, "setreuid", 0, {0, 1, NONE, NONE, NONE, NONE}},
    {204, "setregid", 0, {0, 1, NONE, NONE, NONE, NONE}},
    {207, "fchown", 0, {0, 1, 2, NONE, NONE, NONE}},
    {212, "chown", 0, {0, 1, 2, NONE, NONE, NONE}},
    {225, "readahead", 0, {0, 1 | PAIR, 3, NONE, NONE, NONE}},
    {250, "fadvise64", 0, {0, 1 | PAIR, 3, 4, NONE, NONE}},
    {272, "fadvise64", 0, {0, 1 | PAIR, 3 | PAIR, 5, NONE, NONE}},
    {309, "ppoll", 0, {0, 1, 2 | HALF, 3, 4, NONE}},
    {314, "sync_file_range", 0, {0, 1 | PAIR, 3 | PAIR, 5, NONE, NONE}},
    {324, "fallocate", 0, {0, 1, 2 | PAIR, 4 | PAIR, NONE, NONE}},
    {333, "preadv", 0, {0, 1, 2, 3 | PAIR, NONE, NONE}},
    {334, "pwritev", 0, {0, 1, 2, 3 | PAIR, NONE, NONE}},
    {378, "preadv2", 0, {0, 1, 2, 3 | PAIR, NONE, 5}},
    {379, "pwritev2", 0, {0, 1, 2, 3 | PAIR, NONE, 5}},
    {414, "ppoll", 0, {0, 1, 2, 3, 4, NONE}}, /* with times of 64 bits */
    {417, "recvmmsg", 0, {0, 1, 2, 3, 4, NONE}},
    {422, "futex", 0, {0, 1, 2, 3, 4, 5}},
    {SOCKETS + 1, "socket", 2, {0, 1, 2, NONE, NONE, NONE}},
    {SOCKETS + 2, "bind", 2, {0, 1, 2, NONE, NONE, NONE}},
    {SOCKETS + 3, "connect", 2, {0, 1, 2, NONE, NONE, NONE}},
    {SOCKETS + 4, "listen", 2, {0, 1, NONE, NONE, NONE, NONE}},
    {SOCKETS + 5, "accept", 2, {0, 1, 2, NONE, NONE, NONE}},
    {SOCKETS + 6, "getsockname", 2, {0, 1, 2, NONE, NONE, NONE}},
    {SOCKETS + 7, "getpeername", 2, {0, 1, 2, NONE, NONE, NONE}},
    {SOCKETS + 8, "socketpair", 2, {0, 1, 2, 3, NONE, NONE}},
    {SOCKETS + 9, "sendto", 2, {0, 1, 2, 3, NONE, NONE}},    /* send */
    {SOCKETS + 10, "recvfrom", 2, {0, 1, 2, 3, NONE, NONE}}, /* recv */
    {SOCKETS + 11, "sendto", 2, {0, 1, 2, 3, 4, 5}},
    {SOCKETS + 12, "recvfrom", 2, {0, 1, 2, 3, 4, 5}},
    {SOCKETS + 13, "shutdown", 2, {0, 1, NONE, NONE, NONE, NONE}},
    {SOCKETS + 14, "setsockopt", 2, {0, 1, 2, 3, 4, NONE}},
    {SOCKETS + 15, "getsockopt", 2, {0, 1, 2, 3, 4, NONE}},
    {SOCKETS + 16, "sendmsg", 2, {0, 1, 2, NONE, NONE, NONE}},
    {SOCKETS + 17, "recvmsg", 2, {0, 1, 2, NONE, NONE, NONE}},
    {SOCKETS + 18, "accept4", 2, {0, 1, 2, 3, NONE, NONE}},
    {SOCKETS + 19, "recvmmsg", 2, {0, 1, 2, 3, 4, NONE}},
    {SOCKETS + 20, "sendmmsg", 2, {0, 1, 2, 3, NONE, NONE}},
    {IPC + 1, "semop", 0, {1, 4, 2, NONE, NONE, NONE}},
    {IPC + 2, "semget", 0, {1, 2, 3, NONE, NONE, NONE}},
    {IPC + 3, "semctl", 0, {1, 2, 3, 4 | DEREF, NONE, NONE}},
    {IPC + 4, "semtimedop", 0, {1, 4, 2, 5 | HALF, NONE, NONE}},
    {IPC + 11, "msgsnd", 0, {1, 4, 2, 3, NONE, NONE}},
    {IPC + 12, "msgrcv", 0, {1, NONE, 2, NONE, 3, NONE}}, /* by version: where to, which ones */
    {IPC + 13, "msgget", 0, {1, 2, NONE, NONE, NONE, NONE}},
    {IPC + 14, "msgctl", 0, {1, 2, 4, NONE, NONE, NONE}},
    {IPC + 21, "shmat", 0, {1, 4, 2, NONE, NONE, NONE}}, /* no event has its result: in memory */
    {IPC + 22, "shmdt", 0, {4, NONE, NONE, NONE, NONE, NONE}},
    {IPC + 23, "shmget", 0, {1, 2, 3, NONE, NONE, NONE}},
    {IPC + 24, "shmctl", 0, {1, 2, 4, NONE, NONE, NONE}},
};

static uint16_t native_number(const struct rec_plans *plans, const char *name)
{
    for (uint16_t i = 0; i < REC_CALLS; i++) {
        if (plans->calls[i].name != NULL && strcmp(plans->calls[i].name, name) == 0) {
            return i;
        }
    }
    return REC_CALLS;
}

/* What has the same arguments in the same places. */
static void plain(struct rec_plans *plans, uint32_t nr)
{
    int32_t native = nr < plans->schema->n_ia32 ? plans->schema->ia32_to_x86_64[nr] : -1;
    struct rec_ia32 *to = &plans->ia32[nr];

    if (native >= 0 && native < REC_CALLS && plans->calls[native].name != NULL && nr != LLSEEK) {
        *to = (struct rec_ia32){.native = (uint16_t)(native + 1), .order = {0, 1, 2, 3, 4, 5}};
    }
}

void plan_of_ia32(struct rec_plans *plans)
{
    for (uint32_t nr = 0; nr < REC_CALLS; nr++) {
        plain(plans, nr);
    }
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct rec_ia32 *to = &plans->ia32[forms[i].nr];
        uint16_t native = native_number(plans, forms[i].call);

        *to = (struct rec_ia32){.native = native < REC_CALLS ? (uint16_t)(native + 1) : 0,
                                .block = forms[i].block};
        while (to->n_block < REC_ARGS && forms[i].order[to->n_block] != NONE) {
            to->n_block++;
        }
        memcpy(to->order, forms[i].order, sizeof(to->order));
    }
}
