/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info_process.c - whose events a capture has: processes with what is known of them, as they were
 * at the last event that changed it.
 */
#include "info.h"

#include <stdlib.h>
#include <string.h>

#define PROBES 64u /* places one is looked for in */

/* Events that change what is told of a process. */
static bool tells_more(const struct scapf_event *ev)
{
    static const char *const names[] = {"execve", "execveat", "prctl",     "chdir",    "fchdir",
                                        "setuid", "setreuid", "setresuid", "procexit", "chroot",
                                        "clone",  "clone3",   "fork",      "vfork"};

    if (ev->info == NULL || (ev->info->flags & SCAPF_EF_MODIFIES_STATE) == 0) {
        return ev->info != NULL && strcmp(ev->info->name, "procexit") == 0;
    }
    for (size_t i = 0; i < CLI_COUNT_OF(names); i++) {
        if (strcmp(ev->info->name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void keep(char *to, size_t size, const char *text)
{
    size_t n = text != NULL ? strnlen(text, size - 1) : 0;

    if (n > 0) {
        memcpy(to, text, n);
    }
    to[n] = '\0';
}

/* The short name and the words behind the first. */
static void keep_cmdline(char *to, size_t size, const struct scapf_thread *t)
{
    size_t at = 0;

    keep(to, size, t->comm);
    at = strlen(to);
    for (uint32_t i = 0; i < t->args_len && at + 2 < size;) {
        size_t n = strnlen(t->args + i, t->args_len - i);

        to[at++] = ' ';
        keep(to + at, size - at, t->args + i);
        at += strlen(to + at);
        i += (uint32_t)n + 1;
    }
}

static void describe(struct info_process *p, struct scapf_host *host, const struct scapf_thread *t)
{
    struct scapf_thread leader = *t;
    struct scapf_user user;

    if (t->pid != t->tid) {
        (void)scapf_host_thread(host, t->pid, &leader);
    }
    p->ppid = leader.ptid;
    p->uid = leader.uid;
    keep(p->name, sizeof(p->name), leader.comm);
    keep(p->exe, sizeof(p->exe), leader.exepath != NULL ? leader.exepath : leader.exe);
    keep_cmdline(p->cmdline, sizeof(p->cmdline), &leader);
    keep(p->cwd, sizeof(p->cwd), leader.cwd);
    keep(p->container, sizeof(p->container), leader.container);
    keep(p->user, sizeof(p->user),
         scapf_host_user(host, leader.container, leader.uid, &user) ? user.name : NULL);
}

/* The place of a process, or where it belongs; NULL when there is no room. */
static struct info_process *find(struct info *info, uint32_t section, int64_t pid)
{
    size_t at = ((uint64_t)pid * 0x9E3779B97F4A7C15u >> 32 ^ section) % INFO_PROCESSES;

    for (size_t i = 0; i < PROBES; i++, at = (at + 1) % INFO_PROCESSES) {
        struct info_process *p = &info->process[at];

        if (p->events == 0 || (p->pid == pid && p->section == section)) {
            return p;
        }
    }
    return NULL;
}

void info_process(struct info *info, const struct scapf_record *rec, struct scapf_host *host)
{
    struct scapf_thread t;
    struct info_process *p;

    info->notes = *scapf_host_counters(host);
    if (rec->event == NULL || !scapf_host_thread(host, rec->event->tid, &t) || !t.listed) {
        info->nobody += rec->event != NULL && !info_is_state_only(rec);
        return;
    }
    p = find(info, rec->section, t.pid);
    if (info_is_state_only(rec)) {
        if (p != NULL && p->events > 0 && tells_more(rec->event)) {
            describe(p, host, &t);
        }
        return;
    }
    if (p == NULL) {
        info->more_processes++;
        return;
    }
    if (p->events == 0) {
        p->section = rec->section;
        p->pid = t.pid;
        info->n_processes++;
    }
    if (p->events++ == 0 || tells_more(rec->event)) {
        describe(p, host, &t);
    }
}

static int compare(const void *a, const void *b)
{
    const struct info_process *x = a;
    const struct info_process *y = b;

    if (x->events != y->events) {
        return x->events > y->events ? -1 : 1;
    }
    if (x->section != y->section) {
        return x->section < y->section ? -1 : 1;
    }
    return x->pid < y->pid ? -1 : x->pid > y->pid;
}

void info_sort_processes(struct info *info)
{
    qsort(info->process, INFO_PROCESSES, sizeof(*info->process), compare);
}
