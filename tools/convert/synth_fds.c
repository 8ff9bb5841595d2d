/* SPDX-License-Identifier: Apache-2.0 */
/*
 * synth_fds.c - descriptors. A process that is copied shares the table until one of the two changes
 * it; a row stays when its descriptor is closed, to tell "closed" from "never seen".
 */
#include <string.h>

#include "synth_mem.h"

/* ------------------------------------------------------------------ tables */

static struct synth_fds *table_new(struct synth *s, uint32_t cap)
{
    struct synth_fds *table = synth_zalloc(s, sizeof(*table));

    if (table == NULL) {
        return NULL;
    }
    table->refs = 1;
    table->slots = synth_zalloc(s, cap * sizeof(*table->slots));
    if (table->slots == NULL) {
        synth_free(s, table);
        return NULL;
    }
    table->cap = cap;
    for (uint32_t i = 0; i < cap; i++) {
        table->slots[i].fd = -1;
    }
    return table;
}

static void table_drop(struct synth *s, struct synth_fds *table)
{
    if (table == NULL || --table->refs > 0) {
        return;
    }
    for (uint32_t i = 0; i < table->cap; i++) {
        synth_text_drop(s, &table->slots[i].name);
    }
    synth_free(s, table->slots);
    synth_free(s, table);
}

/* The slot with this fd, or the free one where it belongs. */
static struct synth_fd *slot(const struct synth_fds *table, int64_t fd)
{
    uint32_t i = (uint32_t)((uint64_t)fd * 0x9E3779B97F4A7C15u >> 40) & (table->cap - 1);

    while (table->slots[i].fd != fd && table->slots[i].fd != -1) {
        i = (i + 1) & (table->cap - 1);
    }
    return &table->slots[i];
}

/* The table of files that get their first descriptor. */
static bool has_table(struct synth *s, struct synth_files *files)
{
    if (files != NULL && files->table == NULL) {
        files->table = table_new(s, 8);
    }
    return files != NULL && files->table != NULL;
}

/* A table of its own with room for one more; names move when nobody else has the old one. */
static struct synth_fds *table_own(struct synth *s, struct synth_fds *old)
{
    bool alone = old->refs == 1;
    uint32_t cap = old->n >= old->cap / 2 ? old->cap * 2 : old->cap;
    struct synth_fds *table;

    if (alone && cap == old->cap) {
        return old;
    }
    if (cap < old->cap) {
        return NULL; /* 2^31 descriptors */
    }
    table = table_new(s, cap);
    if (table == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < old->cap; i++) {
        struct synth_fd *from = &old->slots[i];
        struct synth_fd *to = from->fd >= 0 ? slot(table, from->fd) : NULL;

        if (to == NULL) {
            continue;
        }
        *to = *from;
        if (alone) {
            from->name = (struct synth_text){0};
        } else {
            to->name = (struct synth_text){0};
            (void)synth_set(s, &to->name, from->name.at, from->name.len);
        }
    }
    table->n = old->n;
    table_drop(s, old);
    return table;
}

struct synth_files *synth_files_new(struct synth *s)
{
    struct synth_files *files = synth_zalloc(s, sizeof(*files));

    if (files != NULL) {
        files->refs = 1; /* most strangers never show a descriptor: no table yet */
    }
    return files;
}

struct synth_files *synth_files_copy(struct synth *s, struct synth_files *from, bool share)
{
    struct synth_files *files;

    if (from == NULL || share) {
        if (from != NULL) {
            from->refs++;
        }
        return from;
    }
    files = synth_zalloc(s, sizeof(*files));
    if (files != NULL) {
        files->refs = 1;
        files->table = from->table;
        if (files->table != NULL) {
            files->table->refs++;
        }
    }
    return files;
}

void synth_files_drop(struct synth *s, struct synth_files *files)
{
    if (files != NULL && --files->refs == 0) {
        table_drop(s, files->table);
        synth_free(s, files);
    }
}

/* ------------------------------------------------------------------ descriptors */

struct synth_fd *synth_fd(const struct synth_proc *proc, int64_t fd)
{
    const struct synth_fds *table = proc->files != NULL ? proc->files->table : NULL;
    struct synth_fd *row = table != NULL && fd >= 0 ? slot(table, fd) : NULL;

    return row != NULL && row->fd == fd ? row : NULL;
}

struct synth_fd *synth_fd_change(struct synth *s, struct synth_proc *proc, int64_t fd)
{
    struct synth_fds *table;
    struct synth_fd *row;

    if (fd < 0 || !has_table(s, proc->files)) {
        return NULL;
    }
    table = table_own(s, proc->files->table);
    if (table == NULL) {
        return NULL;
    }
    proc->files->table = table;
    row = slot(table, fd);
    if (row->fd != fd) {
        row->fd = fd;
        table->n++;
    }
    return row;
}

static void wipe(struct synth_fd *row, bool open)
{
    struct synth_text name = row->name;

    name.len = 0;
    *row = (struct synth_fd){.fd = row->fd, .open = open, .name = name};
}

struct synth_fd *synth_fd_open(struct synth *s, struct synth_proc *proc, int64_t fd)
{
    struct synth_fd *row = synth_fd_change(s, proc, fd);

    if (row != NULL) {
        wipe(row, true);
    }
    return row;
}

void synth_fd_close(struct synth *s, struct synth_proc *proc, int64_t fd)
{
    struct synth_fd *row = synth_fd_change(s, proc, fd);

    if (row != NULL) {
        wipe(row, false);
    }
}

void synth_fd_dup(struct synth *s, struct synth_proc *proc, int64_t from, int64_t to)
{
    struct synth_fd *copy = from != to ? synth_fd_open(s, proc, to) : NULL;
    const struct synth_fd *row = synth_fd(proc, from);

    if (copy != NULL && row != NULL && row->open) {
        struct synth_text name = copy->name;

        *copy = *row;
        copy->fd = to;
        copy->name = name;
        (void)synth_set(s, &copy->name, row->name.at, row->name.len);
    }
}

struct synth_fd *synth_fd_inherited(struct synth *s, struct synth_proc *proc, int64_t fd)
{
    struct synth_proc *origin = synth_origin(s, proc);
    struct synth_fd *row = origin != NULL ? synth_fd_change(s, origin, fd) : NULL;

    if (row != NULL && !row->open) {
        wipe(row, true);
    }
    return row;
}

void synth_fds_exec(struct synth *s, struct synth_proc *proc)
{
    struct synth_files *own;

    /* [execve(2)] */
    if (proc->files != NULL && proc->files->refs > 1) {
        own = synth_files_copy(s, proc->files, false);
        synth_files_drop(s, proc->files);
        proc->files = own;
    }
}

struct synth_proc *synth_origin(const struct synth *s, const struct synth_proc *proc)
{
    return !s->second && proc->root < s->n_strangers ? s->strangers[proc->root].first : NULL;
}
