/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tables.h - section header, machine, interface, user, process and descriptor tables of the
 * processes that are recorded, as /proc has them now.
 */
#ifndef SCAPFMT_RECORD_TABLES_H
#define SCAPFMT_RECORD_TABLES_H

#include "plan.h"
#include "users.h"

struct tables_opts {
    const struct scapf_schema *schema;
    const uint32_t *pids; /* whose threads and descriptors are listed */
    uint32_t n_pids;
    bool old_readers;                        /* nothing that readers of before 2022 refuse */
    bool env;                                /* the environment too */
    bool before_exec;                        /* leave out what execve closes */
    int64_t boot_ns;                         /* when the machine was started, ns since 1970 */
    void (*listed)(void *ctx, uint32_t tid); /* called for each thread; NULL is fine */
    void *ctx;
    struct users *users;        /* those of the tables are added */
    struct proc_losses *losses; /* added to */
};

/* Write all of them. Processes that have ended by now are left out. */
SCAPF_MUST_USE enum scapf_status tables_write(struct scapf_writer *writer,
                                              const struct tables_opts *opts);

/* The control groups of a process as a list SUBSYSTEM=PATH; bytes written to to, 0 when it has
 * ended. */
uint32_t tables_cgroups(int64_t pid, char *to, uint32_t room, struct proc_losses *losses);

#endif
