/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repair_tables.c - the process list of a section that lost its own, rebuilt from what the events
 * behind tell: who forks tells its own ids, name, arguments, directory and users, and so what it
 * was when the capture began, but for what it changed in between. Events up to a fixed distance are
 * looked at; the source stays where it is. What nobody tells stays unknown.
 */
#include "check/repair.h"

#include "block/frame.h"
#include "block/types.h"
#include "bytes/cur.h"
#include "event/event.h"
#include "event/table.h"

#define PL_V9       0x215u
#define MAX_THREADS 256u

/* What a thread did to itself before it told what it is. */
enum { BY_EXEC = 1, BY_NAME = 2, BY_DIR = 4, BY_IDS = 8, BY_ALL = 15 };

static const struct {
    const char *call;
    uint8_t changes;
} changers[] = {
    {"execve", BY_EXEC},   {"execveat", BY_EXEC}, {"prctl", BY_NAME},   {"chdir", BY_DIR},
    {"fchdir", BY_DIR},    {"chroot", BY_DIR},    {"setuid", BY_IDS},   {"setgid", BY_IDS},
    {"setresuid", BY_IDS}, {"setresgid", BY_IDS}, {"setreuid", BY_IDS}, {"setregid", BY_IDS},
};

/* Fields of the process table, the parameters that tell them, and what makes these tell something
 * that was not so before. */
static const struct {
    const char *field, *param;
    uint8_t gone;
} told[] = {
    {"tid", "tid", 0},
    {"pid", "pid", 0},
    {"ptid", "ptid", 0},
    {"comm", "comm", BY_EXEC | BY_NAME},
    {"exe", "exe", BY_EXEC},
    {"args", "args", BY_EXEC},
    {"cwd", "cwd", BY_DIR},
    {"fdlimit", "fdlimit", 0},
    {"uid", "uid", BY_EXEC | BY_IDS},
    {"gid", "gid", BY_EXEC | BY_IDS},
    {"vmsize_kb", "vm_size", BY_EXEC},
    {"vmrss_kb", "vm_rss", BY_EXEC},
    {"vmswap_kb", "vm_swap", BY_EXEC},
    {"vtid", "vtid", 0},
    {"vpid", "vpid", 0},
    {"cgroups", "cgroups", 0},
};

/* Here 0 means something (root, the first session): -1 is what readers take for unknown. */
static const char *const minus_one[] = {"sid", "vpgid", "pgid", "uid", "gid", "loginuid"};

/* Threads that have a row, and that began behind the start of the capture. */
struct threads {
    int64_t tids[MAX_THREADS];
    uint8_t changed[MAX_THREADS];
    unsigned n;
};

static unsigned place_of(const struct threads *t, int64_t tid)
{
    unsigned i = 0;

    while (i < t->n && t->tids[i] != tid) {
        i++;
    }
    return i;
}

static bool is_in(const struct threads *t, int64_t tid)
{
    return place_of(t, tid) < t->n;
}

/* The place of a thread, which is added; MAX_THREADS when there is none left. */
static unsigned add(struct threads *t, int64_t tid)
{
    unsigned i = place_of(t, tid);

    if (i == t->n && t->n < MAX_THREADS) {
        t->tids[t->n] = tid;
        t->changed[t->n++] = 0;
    }
    return i;
}

static bool find_value(const struct scapf_event *ev, const char *name, struct scapf_value *value)
{
    for (uint32_t i = 0; i < ev->info->n_params && i < ev->n_params; i++) {
        if (strcmp(ev->info->params[i].name, name) == 0) {
            return scapf_event_value(ev, i, value, NULL) == SCAPF_OK &&
                   value->kind != SCAPF_VALUE_EMPTY;
        }
    }
    return false;
}

/* The exit of a call that makes a thread, as the caller has it; *child is the new thread. */
static bool is_fork(const struct scapf_event *ev, int64_t *child)
{
    struct scapf_value value;

    if ((ev->code & 1) == 0 || !ev->has_params || !event_makes_thread(ev) ||
        !find_value(ev, "res", &value)) {
        return false;
    }
    *child = value.i;
    return value.i >= 0;
}

/* The exit of a call that worked and changed what its thread is. */
static void note_changes(struct threads *t, const struct scapf_event *ev)
{
    struct scapf_value value;

    for (size_t i = 0; i < sizeof(changers) / sizeof(changers[0]) && ev->info != NULL; i++) {
        if ((ev->code & 1) != 0 && ev->has_params &&
            strcmp(ev->info->name, changers[i].call) == 0 &&
            !(find_value(ev, "res", &value) && value.i < 0)) {
            unsigned at = add(t, ev->tid);

            if (at < MAX_THREADS) {
                t->changed[at] |= changers[i].changes;
            }
        }
    }
}

static uint8_t changes_of(const struct threads *t, int64_t tid)
{
    unsigned at = place_of(t, tid);

    if (at < t->n) {
        return t->changed[at];
    }
    return t->n == MAX_THREADS ? BY_ALL : 0;
}

static void set_unknown(struct scapf_cell *cell)
{
    for (size_t i = 0; i < sizeof(minus_one) / sizeof(minus_one[0]); i++) {
        if (strcmp(minus_one[i], cell->field->name) == 0) {
            cell->i = -1;
            cell->u = cell->field->type == SCAPF_FT_U32 ? UINT32_MAX : UINT64_MAX;
        }
    }
}

static void fill(struct scapf_cell *cell, const struct scapf_event *ev, uint8_t changed)
{
    struct scapf_value value;

    set_unknown(cell);
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
        if (strcmp(told[i].field, cell->field->name) != 0 || (told[i].gone & changed) != 0 ||
            !find_value(ev, told[i].param, &value)) {
            continue;
        }
        if (cell->field->type == SCAPF_FT_STR16) {
            cell->bytes = value.bytes;
            cell->len = value.len < 1024 ? value.len : 1024;
        } else {
            cell->u = value.kind == SCAPF_VALUE_SIGNED ? (uint64_t)value.i : value.u;
            cell->u &= cell->field->type == SCAPF_FT_U32 ? UINT32_MAX : UINT64_MAX;
            cell->i = (int64_t)cell->u;
        }
        return;
    }
}

static void put_row(struct out *o, const struct scapf_table_info *info,
                    const struct scapf_table_number *number, const struct scapf_event *ev,
                    uint8_t changed)
{
    struct scapf_row row = {.entry_len = 1};
    size_t start = o->len;

    for (uint8_t i = 0; i < info->n_fields && row.n_cells < SCAPF_ROW_CELLS; i++) {
        const struct scapf_field_info *field = &info->fields[i];

        if (field->part == SCAPF_PART_ENTRY && number->version >= field->since &&
            number->version <= field->until) {
            row.cells[row.n_cells] = (struct scapf_cell){.field = field};
            fill(&row.cells[row.n_cells++], ev, changed);
        }
    }
    if (table_put_row(o, info, number->version, &row) != SCAPF_OK) {
        o->len = start;
    }
}

/* The event of the block at p, when it is one. One that mergecap retyped is put right, in o. */
static bool event_at(struct repair *r, const uint8_t *p, uint32_t len, bool big, struct out *o,
                     struct scapf_event *ev)
{
    const struct piece piece = {
        .raw = p, .len = len, .type = get_u32(p, big), .big_endian = big, .proven = true};
    const struct block_type *type = block_type_find(piece.type);
    uint64_t did = r->did;
    struct scapf_diag diag = {0};
    bool done;

    if (type == NULL || type->kind != SCAPF_KIND_EVENT || len % 4 != 0) {
        return false;
    }
    if (event_parse(r->schema, type->layout, p + FRAME_HEADER_LEN, len - FRAME_MIN_LEN, 0, big, ev,
                    &diag) == SCAPF_OK) {
        return true;
    }
    out_clear(o);
    done = diag.rule == RULE_MIX_V2_IN_V1 && repair_event(r, &piece, &diag, o);
    r->did = did;
    if (!done) {
        return false;
    }
    type = block_type_find(get_u32(o->bytes, big));
    return event_parse(r->schema, type->layout, o->bytes + FRAME_HEADER_LEN, o->len - FRAME_MIN_LEN,
                       0, big, ev, NULL) == SCAPF_OK;
}

/* A row for each thread that tells of itself in the blocks within sight. */
static unsigned put_rows(struct repair *r, bool big, const uint8_t *p, size_t avail)
{
    const struct scapf_table_number *number;
    const struct scapf_table_info *info = scapf_schema_table(r->schema, PL_V9, &number);
    struct threads rows = {.n = 0};
    struct threads later = {.n = 0};
    struct threads changed = {.n = 0};
    struct scapf_event ev;
    struct out o;

    out_init(&o, r->alloc, big);
    while (info != NULL && refind_starts_block(&r->find, p, avail, big) &&
           get_u32(p, true) != SCAPF_BLOCK_SHB) {
        uint32_t len = get_u32(p + 4, big);
        int64_t child;

        bool event = event_at(r, p, len, big, &o, &ev);

        if (event) {
            note_changes(&changed, &ev);
        }
        if (event && is_fork(&ev, &child)) {
            if (child == 0) {
                (void)add(&later, ev.tid); /* the new thread, seen from itself */
            } else if (!is_in(&rows, ev.tid) && !is_in(&later, ev.tid) && rows.n < MAX_THREADS &&
                       later.n < MAX_THREADS) { /* else it may be one that began later */
                (void)add(&rows, ev.tid);
                put_row(&r->spare, info, number, &ev, changes_of(&changed, ev.tid));
            }
            (void)add(&later, child);
        }
        p += len;
        avail -= len;
    }
    out_release(&o);
    return rows.n;
}

enum scapf_status repair_add_tables(struct repair *r, const struct piece *before)
{
    enum scapf_status status;
    const uint8_t *p;
    size_t avail;
    size_t start;

    r->told_processes = true;
    status = src_peek(r->find.src, REFIND_WINDOW, &p, &avail);
    if (status == SCAPF_E_IO || status == SCAPF_E_NOMEM) {
        return SCAPF_OK; /* the next look at the source tells why */
    }
    avail = avail < REFIND_WINDOW ? avail : REFIND_WINDOW;
    out_clear(&r->spare);
    start = repair_begin(&r->spare, PL_V9, before->big_endian);
    if (put_rows(r, before->big_endian, p, avail) == 0) {
        return SCAPF_OK;
    }
    if (!repair_end(&r->spare, start)) {
        return repair_memory(r);
    }
    return repair_add(r, &r->spare, SCAPF_MEND_TABLES_ADDED, before->off);
}
