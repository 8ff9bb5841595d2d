/* SPDX-License-Identifier: Apache-2.0 */
/* record_large.c - a process with 5 TiB of addresses, as sanitizers and runtimes reserve them. */
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
    const size_t size = (size_t)5 << 40;

    (void)mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    for (;;) {
        (void)usleep(50000);
    }
}
