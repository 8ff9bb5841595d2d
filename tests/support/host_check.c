/* SPDX-License-Identifier: Apache-2.0 */
#include "support/host_check.h"

#include <stdlib.h>

#include "state/host.h"

/* Owners found, by number of the item. */
struct found {
    uint32_t *files, *tables;
};

static const char *check_table(const struct scapf_host *h, struct found *found, uint32_t table)
{
    uint64_t position = 0;
    int64_t fd;
    uint32_t slot;

    if (table == 0 || found->tables[table - 1]++ > 0) {
        return NULL;
    }
    while (fdtab_next(&h->fds, table, &position, &fd, &slot)) {
        if ((slot & FD_FILE) == 0 || (slot & FD_FILE) > h->fds.files.used) {
            return "a slot without a file";
        }
        if (file_at(&h->fds, slot)->owners == 0) {
            return "a slot with a freed file";
        }
        if (fdtab_get(&h->fds, table, fd) != slot) {
            return "a descriptor that is walked over but not found";
        }
        found->files[(slot & FD_FILE) - 1]++;
    }
    return NULL;
}

static const char *check_threads(const struct scapf_host *h, struct found *found)
{
    uint64_t position = 0;
    const struct thread *t;
    const struct process *p;
    const char *wrong = NULL;
    uint64_t members = 0;

    while (wrong == NULL && (t = map_next(&h->threads, &position)) != NULL) {
        if (t->process == NULL || t->process->n_threads == 0 ||
            map_find(&h->processes, t->process->key.a, t->process->key.b) != t->process) {
            return "a thread without a process";
        }
        wrong = check_table(h, found, t->own_fds);
    }
    position = 0;
    while (wrong == NULL && (p = map_next(&h->processes, &position)) != NULL) {
        members += p->n_threads;
        wrong = check_table(h, found, p->fds);
    }
    if (wrong == NULL && members != h->threads.items.live) {
        wrong = "processes that have other than all threads";
    }
    return wrong;
}

static uint32_t count(const uint32_t *owners, uint32_t n)
{
    uint32_t live = 0;

    for (uint32_t i = 0; i < n; i++) {
        live += owners[i] > 0;
    }
    return live;
}

static const char *check(const struct scapf_host *h, struct found *found)
{
    const char *wrong = check_threads(h, found);

    if (wrong != NULL) {
        return wrong;
    }
    if (h->fd_is_gone && (wrong = check_table(h, found, h->gone_table)) != NULL) {
        return wrong;
    }
    if (count(found->files, h->fds.files.used) != h->fds.files.live) {
        return "files that nobody has open";
    }
    if (count(found->tables, h->fds.tables.used) != h->fds.tables.live) {
        return "tables that nobody owns";
    }
    return NULL;
}

const char *host_check(struct scapf_host *host)
{
    struct found found = {.files = calloc((size_t)host->fds.files.used + 1, sizeof(uint32_t)),
                          .tables = calloc((size_t)host->fds.tables.used + 1, sizeof(uint32_t))};
    const char *wrong = "no memory";

    if (found.files != NULL && found.tables != NULL) {
        wrong = check(host, &found);
    }
    free(found.files);
    free(found.tables);
    return wrong;
}
