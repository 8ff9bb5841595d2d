/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_tables.c - the tables of several captures of one host as one set.
 *
 * libscap takes tables before the first event only, so the set at the start is the union: what the
 * earliest table says of a thread, a descriptor, a user or an address counts, and later ones add
 * what no earlier one has. A row keeps its bytes; rows are told apart by what they describe. What a
 * later table says of a thread that events told of before is not yet true at the start, and is not
 * among it. [merge_told.c]
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "transform/merge_told.h"

#define TABLES_MAX ((size_t)48 << 20) /* remembered of all rows */
#define TURNS_MAX  64u                /* times an input is read from its start, in order of time */

/* What rows of a table are told apart by. */
enum row_key { KEY_NONE, KEY_THREAD, KEY_FD, KEY_USER, KEY_BYTES };

/* The machine first, threads before their descriptors: readers before libs 0.10 want that. */
static const struct {
    const char *name;
    uint8_t key; /* enum row_key */
} kinds[] = {
    {"machine", KEY_NONE},   {"interface", KEY_BYTES}, {"user", KEY_USER},
    {"process", KEY_THREAD}, {"fd", KEY_FD},
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* A row that is written. */
struct row_item {
    struct map_key key;
    uint64_t hash;
};

struct joining {
    struct scapf_merge *m;
    struct budget budget;
    struct map rows;
    unsigned kind;                 /* at hand */
    uint32_t first_type;           /* block type of the first table of this kind; 0 = none yet */
    bool single;                   /* of one capture: all tables as they are */
    struct merge_told told;        /* threads whose rows come too late */
    struct merge_section *section; /* at hand */
    struct start *order;           /* sections by time */
    uint32_t n_order;
};

/* kinds share one map: b tells them apart, descriptors by thread and number. */
static struct map_key key_of(const struct joining *j, const struct scapf_table *t,
                             const struct scapf_row *row, uint64_t hash)
{
    switch (j->kind < N_KINDS && t->info->has_entries ? (enum row_key)kinds[j->kind].key
                                                      : KEY_NONE) {
    case KEY_THREAD:
        return (struct map_key){merge_cell_int(row, "tid"), INT64_MIN};
    case KEY_FD:
        return (struct map_key){merge_cell_int(&t->head, "tid"), merge_cell_int(row, "fd")};
    case KEY_USER: {
        int64_t kind = merge_cell_int(row, "kind");

        return (struct map_key){kind == 0 ? merge_cell_int(row, "uid") : merge_cell_int(row, "gid"),
                                INT64_MIN + 1 + (kind != 0)};
    }
    case KEY_BYTES:
        return (struct map_key){(int64_t)hash, INT64_MIN + 3};
    case KEY_NONE:
        break;
    }
    return (struct map_key){0, INT64_MIN + 4};
}

/* Does what is said of a thread come too late? Counts it. */
static bool is_late(struct joining *j, int64_t tid)
{
    bool late = told_is_late(&j->told, (uint32_t)(j->section - j->m->sections), tid);

    j->m->counts.rows_told += late;
    return late;
}

/* Is the row new? Remembers it. */
static enum scapf_status take_row(struct joining *j, const struct scapf_table *t,
                                  const struct scapf_row *row, const uint8_t *bytes, size_t len,
                                  bool *is_new)
{
    uint64_t hash = map_mix(merge_hash(bytes, len));
    struct map_key key = key_of(j, t, row, hash);
    struct row_item *item = map_find(&j->rows, key.a, key.b);

    *is_new = false;
    if (j->kind < N_KINDS && kinds[j->kind].key == KEY_THREAD && is_late(j, key.a)) {
        return SCAPF_OK;
    }
    *is_new = item == NULL;
    if (item != NULL) {
        j->m->counts.rows_joined++;
        j->m->counts.rows_differ += item->hash != hash;
        return SCAPF_OK;
    }
    item = map_put(&j->rows, key.a, key.b);
    if (item == NULL) {
        return j->budget.nomem ? merge_nomem(j->m) : SCAPF_OK;
    }
    item->hash = hash;
    return SCAPF_OK;
}

/* Rows of the little-endian table in m->text go to m->block when they are new; *n says how many. */
static enum scapf_status put_rows(struct joining *j, struct scapf_table *t, uint32_t *n)
{
    struct scapf_merge *m = j->m;
    enum scapf_status status;
    size_t at = t->pos;

    *n = 0;
    out_bytes(&m->block, t->body, t->pos); /* the head */
    while ((status = scapf_table_next(t, &m->row)) == SCAPF_OK) {
        bool is_new;

        TRY(take_row(j, t, &m->row, t->body + at, t->pos - at, &is_new));
        if (is_new) {
            out_bytes(&m->block, t->body + at, t->pos - at);
            (*n)++;
        }
        at = t->pos;
    }
    if (status < 0) {
        m->counts.damaged++;
    }
    return SCAPF_OK;
}

/* May a second table of this kind stand beside the first? Later lists of users and addresses
 * replace earlier ones, later machines too; threads and descriptors add up. */
static bool may_repeat(const struct joining *j)
{
    return kinds[j->kind].key == KEY_THREAD || kinds[j->kind].key == KEY_FD;
}

/* The little-endian bytes of a table record, as a record. */
static bool little_endian(struct scapf_merge *m, const struct scapf_record *rec,
                          struct scapf_record *le)
{
    *le = *rec;
    if (!rec->big_endian) {
        return true;
    }
    if (!merge_swap_block(m, rec)) {
        m->counts.unknown_order++;
        return false;
    }
    out_clear(&m->text);
    out_bytes(&m->text, m->block.bytes, m->block.len);
    le->raw = m->text.bytes;
    le->raw_len = m->text.len;
    le->body = m->text.bytes + 8;
    le->body_len = m->text.len - 12;
    le->big_endian = false;
    m->counts.converted++;
    return out_status(&m->text) == SCAPF_OK;
}

/* Nobody can tell its rows apart: the first one stands as it is. */
static enum scapf_status put_whole(struct joining *j, const struct scapf_record *rec)
{
    bool is_new;

    if (j->kind < N_KINDS) { /* tables of overlays are all kept */
        TRY(take_row(j, &j->m->table, &j->m->row, rec->body, rec->body_len, &is_new));
        if (!is_new) {
            return SCAPF_OK;
        }
    }
    j->first_type = rec->type;
    j->m->counts.others++;
    return merge_put(j->m, rec->raw, rec->raw_len);
}

static enum scapf_status put_table(struct joining *j, const struct scapf_record *rec)
{
    struct scapf_merge *m = j->m;
    struct scapf_record le;
    bool again = j->first_type != 0;
    uint32_t n;

    if (!little_endian(m, rec, &le)) {
        return SCAPF_OK;
    }
    if (j->single) {
        m->counts.others++;
        return merge_put(m, le.raw, le.raw_len);
    }
    if (scapf_table_open(&le, m->schema, &m->table) != SCAPF_OK) {
        m->counts.damaged++;
        return SCAPF_OK;
    }
    if (!m->table.info->has_entries || j->kind == N_KINDS) {
        return put_whole(j, &le);
    }
    if (again && !may_repeat(j)) {
        return SCAPF_OK; /* its rows are in the first, see put_lists() */
    }
    if (kinds[j->kind].key == KEY_FD && is_late(j, merge_cell_int(&m->table.head, "tid"))) {
        return SCAPF_OK;
    }
    merge_block_begin(&m->block, rec->type);
    TRY(put_rows(j, &m->table, &n));
    merge_block_end(&m->block);
    j->first_type = rec->type;
    if (n == 0 && again) {
        return SCAPF_OK;
    }
    m->counts.others++;
    return merge_put_block(m);
}

typedef enum scapf_status (*table_fn)(struct joining *j, const struct scapf_record *rec);

/* For split: the table as it is. */
static enum scapf_status note_table(struct joining *j, const struct scapf_record *rec)
{
    j->section->joined = true;
    return merge_note_table(j->m, j->section, rec->raw, rec->raw_len);
}

static bool is_kind(const struct joining *j, const struct scapf_record *rec)
{
    const struct scapf_table_number *number;
    const struct scapf_table_info *info = scapf_schema_table(j->m->schema, rec->type, &number);
    unsigned kind = 0;

    while (kind < N_KINDS && (info == NULL || strcmp(kinds[kind].name, info->name) != 0)) {
        kind++;
    }
    return kind == j->kind; /* N_KINDS: tables of overlays */
}

/* A table that may be of the kind at hand, and what to do with it. */
struct visit {
    struct joining *j;
    table_fn put;
};

static enum scapf_status visit_table(void *ctx, const struct scapf_record *rec)
{
    const struct visit *v = ctx;

    return v->j->single || is_kind(v->j, rec) ? v->put(v->j, rec) : SCAPF_OK;
}

static bool is_in(const struct scapf_merge *m, const struct merge_section *s, uint32_t group)
{
    return s->tables > 0 && !s->foreign && (s->roles & ROLE_EVENTS) != 0 &&
           (group == MERGE_NONE || s->group[0] == group) &&
           !(s->after_gap && m->opts.layout == SCAPF_LAYOUT_TIMELINE);
}

/* A section with tables, by the time it starts. */
struct start {
    uint64_t ns;
    uint32_t section;
};

static int compare_starts(const void *x, const void *y)
{
    const struct start *a = x;
    const struct start *b = y;

    if (a->ns != b->ns) {
        return a->ns < b->ns ? -1 : 1;
    }
    return a->section < b->section ? -1 : a->section > b->section;
}

static int compare_sections(const void *x, const void *y)
{
    const struct start *a = x;
    const struct start *b = y;

    return a->section < b->section ? -1 : a->section > b->section;
}

/* Sections of one input with a time each. To read one that stands before the last takes the input
 * from its start: where that would happen more than a few times it is not by time at all, and its
 * own order counts, from its earliest time on. */
static void bound_turns(struct start *starts, uint32_t n)
{
    uint32_t turns = 0;

    qsort(starts, n, sizeof(*starts), compare_starts);
    while (n > 0 && starts[n - 1].ns == UINT64_MAX) {
        n--; /* without events: they come last in any case */
    }
    for (uint32_t i = 1; i < n; i++) {
        turns += starts[i].section < starts[i - 1].section;
    }
    if (turns <= TURNS_MAX) {
        return;
    }
    qsort(starts, n, sizeof(*starts), compare_sections);
    for (uint32_t i = n - 1; i > 0; i--) { /* none is later than those behind it */
        starts[i - 1].ns = starts[i].ns < starts[i - 1].ns ? starts[i].ns : starts[i - 1].ns;
    }
}

/* The sections of a group that have tables, in j->order. */
static enum scapf_status find_order(struct joining *j, uint32_t group)
{
    struct scapf_merge *m = j->m;
    uint32_t first = 0; /* of the input at hand */

    j->order = mem_resize_array(m->alloc, NULL, (size_t)m->n_sections + 1, sizeof(*j->order));
    if (j->order == NULL) {
        return merge_nomem(m);
    }
    for (uint32_t i = 0; i < m->n_sections; i++) {
        const struct merge_section *s = &m->sections[i];

        if (i > 0 && s->input != s[-1].input) {
            bound_turns(j->order + first, j->n_order - first);
            first = j->n_order;
        }
        if (is_in(m, s, group)) {
            j->order[j->n_order++] = (struct start){merge_begins(m, s), i};
        }
    }
    bound_turns(j->order + first, j->n_order - first);
    if (j->n_order > 0) {
        qsort(j->order, j->n_order, sizeof(*j->order), compare_starts);
    }
    return SCAPF_OK;
}

static enum scapf_status each_section(struct joining *j, table_fn put)
{
    struct visit v = {j, put};

    for (uint32_t i = 0; i < j->n_order; i++) {
        j->section = &j->m->sections[j->order[i].section];
        TRY(merge_each_table(j->m, j->section, 0, visit_table, &v));
    }
    return SCAPF_OK;
}

/* ------------------------------------------------------------------ lists that replace */

/* New rows of further lists of the first one's type go into one block with it. */
static enum scapf_status collect(struct joining *j, const struct scapf_record *rec)
{
    struct scapf_merge *m = j->m;
    struct scapf_record le;
    uint32_t n;

    if (j->first_type != 0 && rec->type != j->first_type) {
        m->counts.rows_differ++;
        return SCAPF_OK;
    }
    if (!little_endian(m, rec, &le) || scapf_table_open(&le, m->schema, &m->table) != SCAPF_OK) {
        m->counts.damaged++;
        return SCAPF_OK;
    }
    out_clear(&m->block);
    TRY(put_rows(j, &m->table, &n));
    j->first_type = rec->type;
    out_bytes(&j->m->seen_bytes, m->block.bytes, m->block.len);
    return SCAPF_OK;
}

static enum scapf_status put_lists(struct joining *j)
{
    struct scapf_merge *m = j->m;

    out_clear(&m->seen_bytes);
    TRY(each_section(j, collect));
    if (j->first_type == 0) {
        return SCAPF_OK;
    }
    merge_block_begin(&m->block, j->first_type);
    out_bytes(&m->block, m->seen_bytes.bytes, m->seen_bytes.len);
    merge_block_end(&m->block);
    out_clear(&m->seen_bytes);
    m->counts.others++;
    return merge_put_block(m);
}

/* The union of several sets. */
static enum scapf_status put_union(struct joining *j, uint32_t group)
{
    enum scapf_status status = SCAPF_OK;

    TRY(told_find(j->m, group, &j->told));
    map_init(&j->rows, &j->budget, sizeof(struct row_item));
    for (j->kind = 0; status >= 0 && j->kind <= N_KINDS; j->kind++) {
        bool replace = j->kind < N_KINDS &&
                       (kinds[j->kind].key == KEY_USER || kinds[j->kind].key == KEY_BYTES);

        j->first_type = 0;
        status = replace ? put_lists(j) : each_section(j, put_table);
    }
    map_release(&j->rows);
    told_release(&j->told);
    return status;
}

enum scapf_status merge_write_tables(struct scapf_merge *m, uint32_t group)
{
    struct joining j = {.m = m, .budget = {.alloc = m->alloc, .max = TABLES_MAX}};
    enum scapf_status status = find_order(&j, group);

    j.single = true; /* all kinds, in their order */
    if (status == SCAPF_OK && (j.n_order > 1 || m->opts.layout == SCAPF_LAYOUT_TIMELINE)) {
        status = each_section(&j, note_table);
    }
    j.single = j.n_order <= 1;
    if (status == SCAPF_OK) {
        status = j.single ? each_section(&j, put_table) : put_union(&j, group);
    }
    merge_places_end(m);
    mem_free(m->alloc, j.order);
    return status;
}

enum scapf_status merge_write_late_tables(struct scapf_merge *m, struct merge_section *s)
{
    struct joining j = {.m = m, .single = true, .section = s};
    struct visit note = {&j, note_table};
    struct visit put = {&j, put_table};

    TRY(merge_each_table(m, s, 0, visit_table, &note));
    return merge_each_table(m, s, 1, visit_table, &put);
}
