/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_told.c - which rows of later tables are about threads that events told of before.
 *
 * A table describes its host at the moment its capture began. Of a thread that an earlier capture
 * shows at work, or being made, it tells what became of it: at the start of the merged capture that
 * would be the future, and the thread would have its last name from the first event on.
 */
#include "transform/merge_told.h"

#include "event/event.h"

#include <string.h>

#define TOLD_MAX ((size_t)32 << 20) /* a merge with more threads than that fails */

struct beginning;
typedef void (*row_fn)(struct beginning *b, const struct scapf_row *row);

/* Tables of a section that begins. */
struct beginning {
    struct scapf_merge *m;
    struct merge_told *told;
    uint32_t section;
    row_fn fn; /* for the rows of its processes */
};

int64_t merge_cell_int(const struct scapf_row *row, const char *name)
{
    const struct scapf_cell *cell = scapf_row_cell(row, name);

    return cell == NULL ? -1 : cell->field->type == SCAPF_FT_I64 ? cell->i : (int64_t)cell->u;
}

/* ------------------------------------------------------------------ tables of a section */

static void put(struct merge_told *told, struct map *map, int64_t tid, int64_t section)
{
    told->full = map_put(map, tid, section) == NULL || told->full;
}

/* A process one of whose threads was told of was itself. */
static void tell_process(struct beginning *b, const struct scapf_row *row)
{
    if (map_find(&b->told->tids, merge_cell_int(row, "tid"), 0) != NULL) {
        put(b->told, &b->told->tids, merge_cell_int(row, "pid"), 0);
    }
}

static void mark_late(struct beginning *b, const struct scapf_row *row)
{
    int64_t tid = merge_cell_int(row, "tid");

    if (map_find(&b->told->tids, tid, 0) != NULL) {
        put(b->told, &b->told->late, tid, b->section);
    }
}

static enum scapf_status each_process(void *ctx, const struct scapf_record *rec)
{
    struct beginning *b = ctx;
    struct scapf_table *t = &b->m->table;

    if (scapf_table_open(rec, b->m->schema, t) != SCAPF_OK || !t->info->has_entries) {
        return SCAPF_OK; /* damage is told where it is written */
    }
    if (strcmp(t->info->name, "fd") == 0) {
        if (b->fn == mark_late) {
            mark_late(b, &t->head);
        }
        return SCAPF_OK;
    }
    while (strcmp(t->info->name, "process") == 0 && scapf_table_next(t, &b->m->row) == SCAPF_OK) {
        b->fn(b, &b->m->row);
    }
    return SCAPF_OK;
}

static enum scapf_status begin(struct beginning *b)
{
    struct merge_section *s = &b->m->sections[b->section];

    s->begun = true;
    if (s->tables == 0 || b->told->tids.items.live == 0) {
        return SCAPF_OK;
    }
    b->fn = tell_process;
    TRY(merge_each_table(b->m, s, 0, each_process, b));
    b->fn = mark_late;
    return merge_each_table(b->m, s, 1, each_process, b);
}

/* ------------------------------------------------------------------ events */

/* A thread that made another tells of it. */
static void tell(struct merge_told *told, const struct scapf_event *ev)
{
    struct scapf_value res;

    put(told, &told->tids, ev->tid, 0);
    if ((ev->code & 1) == 1 && event_makes_thread(ev) && ev->has_params &&
        scapf_event_value(ev, 0, &res, NULL) == SCAPF_OK && res.i > 0) {
        put(told, &told->tids, res.i, 0);
    }
}

enum scapf_status told_find(struct scapf_merge *m, uint32_t group, struct merge_told *told)
{
    struct beginning b = {.m = m, .told = told};
    enum scapf_status status;
    struct merge_lane *lane;

    *told = (struct merge_told){.budget = {.alloc = m->alloc, .max = TOLD_MAX}};
    map_init(&told->tids, &told->budget, sizeof(struct map_key));
    map_init(&told->late, &told->budget, sizeof(struct map_key));
    status = merge_lanes_begin(m, ROLE_EVENTS, group);
    while (status == SCAPF_OK && (lane = merge_lanes_first(m)) != NULL) {
        const struct scapf_event *ev = lane->rec.event;

        b.section = (uint32_t)(lane->section - m->sections);
        if (ev != NULL && !lane->section->begun) {
            status = begin(&b);
        }
        if (ev != NULL && lane->rec.damage == NULL) {
            tell(told, ev);
        }
        status = status == SCAPF_OK ? merge_lanes_step(m) : status;
    }
    merge_lanes_end(m);
    merge_places_end(m);
    if (status >= 0 && told->full) {
        status = told->budget.nomem
                     ? merge_nomem(m)
                     : diag_set(&m->diag, SCAPF_E_LIMIT, RULE_MERGE_THREADS, 0,
                                told->tids.items.live + told->late.items.live, TOLD_MAX);
    }
    if (status < 0) {
        told_release(told);
    }
    return status;
}

bool told_is_late(const struct merge_told *told, uint32_t section, int64_t tid)
{
    return map_find(&told->late, tid, section) != NULL;
}

void told_release(struct merge_told *told)
{
    map_release(&told->tids);
    map_release(&told->late);
}
