/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_more.c - fields of process rows that no look-up shows; who writes the rows again wants them.
 */
#include "state/host.h"

#include <string.h>

/* Values of the execve_flags table. */
#define EXE_WRITABLE    1
#define EXE_UPPER_LAYER 2
#define EXE_FROM_MEMFD  4
#define EXE_LOWER_LAYER 8

struct thread_more host_more(const struct scapf_host *h, const struct thread *t)
{
    struct thread_more more = {0};

    if (t->more != 0) {
        memcpy(&more, str_bytes(&h->strs, t->more, NULL), sizeof(more));
    }
    return more;
}

static void keep(struct scapf_host *h, struct thread *t, const struct thread_more *more)
{
    static const struct thread_more nothing = {0};
    uint32_t text = 0;

    if (memcmp(more, &nothing, sizeof(nothing)) != 0) {
        text = str_put(&h->strs, more, sizeof(*more));
    }
    host_set(h, &t->more, text);
}

static uint64_t cell(const struct scapf_row *row, const char *field)
{
    const struct scapf_cell *c = scapf_row_cell(row, field);

    return c != NULL ? c->u : 0;
}

void host_more_row(struct scapf_host *h, struct thread *t)
{
    const struct scapf_row *r = &h->row;
    const struct thread_more more = {
        .pfmajor = cell(r, "pfmajor"),
        .pfminor = cell(r, "pfminor"),
        .pidns_init_start_ts = cell(r, "pidns_init_start_ts"),
        .exe_ino = cell(r, "exe_ino"),
        .exe_ino_ctime = cell(r, "exe_ino_ctime"),
        .exe_ino_mtime = cell(r, "exe_ino_mtime"),
        .vmsize_kb = (uint32_t)cell(r, "vmsize_kb"),
        .vmrss_kb = (uint32_t)cell(r, "vmrss_kb"),
        .vmswap_kb = (uint32_t)cell(r, "vmswap_kb"),
        .exe_writable = (uint8_t)cell(r, "exe_writable"),
        .exe_upper_layer = (uint8_t)cell(r, "exe_upper_layer"),
        .exe_from_memfd = (uint8_t)cell(r, "exe_from_memfd"),
        .exe_lower_layer = (uint8_t)cell(r, "exe_lower_layer"),
    };

    keep(h, t, &more);
}

static void set_u64(struct scapf_host *h, uint64_t *at, enum arg arg)
{
    int64_t v;

    if (host_arg_int(h, arg, &v)) {
        *at = (uint64_t)v;
    }
}

static void set_size(struct scapf_host *h, uint32_t *at, enum arg arg)
{
    int64_t v;

    if (host_arg_int(h, arg, &v)) {
        *at = (uint32_t)v;
    }
}

static void take_faults(struct scapf_host *h, struct thread_more *more)
{
    set_u64(h, &more->pfmajor, ARG_pgft_maj);
    set_u64(h, &more->pfminor, ARG_pgft_min);
}

static void take_memory(struct scapf_host *h, struct thread_more *more)
{
    set_size(h, &more->vmsize_kb, ARG_vm_size);
    set_size(h, &more->vmrss_kb, ARG_vm_rss);
    set_size(h, &more->vmswap_kb, ARG_vm_swap);
}

/* Page faults are those of the thread, memory is that of its process: it stands at the first. */
void host_usage_event(struct scapf_host *h, struct thread *t)
{
    struct thread *first = t->pid == t->key.a ? t : host_find_thread(h, t->pid);
    struct thread_more more = host_more(h, t);

    take_faults(h, &more);
    keep(h, t, &more);
    if (first != NULL) {
        more = host_more(h, first);
        take_memory(h, &more);
        keep(h, first, &more);
    }
}

/* [libsinsp filterchecks.cpp] From the switch before on that processor, whoever left then. */
void host_switch(struct scapf_host *h)
{
    struct cpu *cpu = map_put(&h->cpus, h->ev->cpu, 0);

    if (cpu == NULL) {
        return;
    }
    if (cpu->switch_ts != 0 && h->ev->ts_ns > cpu->switch_ts) {
        h->exec_ns = h->ev->ts_ns - cpu->switch_ts;
    }
    cpu->switch_ts = h->ev->ts_ns;
    if (h->thread != NULL) {
        h->thread->exec_ns += h->exec_ns;
    }
}

void host_more_event(struct scapf_host *h, struct thread *t)
{
    struct thread_more more = host_more(h, t);

    take_faults(h, &more);
    take_memory(h, &more);
    set_u64(h, &more.pidns_init_start_ts, ARG_pidns_init_start_ts);
    keep(h, t, &more);
}

void host_more_exec(struct scapf_host *h, struct thread *t)
{
    struct thread_more more = host_more(h, t);
    int64_t flags;

    set_u64(h, &more.exe_ino, ARG_exe_ino);
    set_u64(h, &more.exe_ino_ctime, ARG_exe_ino_ctime);
    set_u64(h, &more.exe_ino_mtime, ARG_exe_ino_mtime);
    if (host_arg_int(h, ARG_flags, &flags)) {
        more.exe_writable = (flags & EXE_WRITABLE) != 0;
        more.exe_upper_layer = (flags & EXE_UPPER_LAYER) != 0;
        more.exe_from_memfd = (flags & EXE_FROM_MEMFD) != 0;
        more.exe_lower_layer = (flags & EXE_LOWER_LAYER) != 0;
    }
    keep(h, t, &more);
}
