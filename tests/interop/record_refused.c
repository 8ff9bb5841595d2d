/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record_refused.c - to be loaded before the recorder's libraries: BPF programs can be made but not
 * attached, so recording fails when all that comes before it has been done.
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <sys/syscall.h>

long syscall(long nr, ...)
{
    long (*call)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    long args[6];
    va_list list;

    va_start(list, nr);
    for (int i = 0; i < 6; i++) {
        args[i] = va_arg(list, long);
    }
    va_end(list);
    if (nr == SYS_bpf && (args[0] == BPF_LINK_CREATE || args[0] == BPF_RAW_TRACEPOINT_OPEN)) {
        errno = EPERM;
        return -1;
    }
    return call(nr, args[0], args[1], args[2], args[3], args[4], args[5]);
}
