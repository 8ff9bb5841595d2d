/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_scap.c - the tables of a scap: machine, processes, descriptors, interfaces, users.
 * [scap 4-8, 16]
 */
#include <string.h>

#include "check/check.h"

#define MI_TOTAL_LEN    192u
#define FD_TYPE_OLD_MAX 16 /* the last one that sysdig 0.29 knows */
#define IF_TYPE_MAX     4
#define MIN_LEFT        4u /* fewer bytes than this behind the entries are padding */

/* What differs between the tables: the rules they raise. */
struct table_row {
    const char *name;
    enum check_table bit;
    enum rule too_long; /* a string above the limit of current readers */
    bool once;          /* a second one replaces the first */
    void (*row)(struct checker *c, const struct scapf_table *t, const struct scapf_row *row);
};

static void check_process_row(struct checker *c, const struct scapf_table *t,
                              const struct scapf_row *row);
static void check_fd_row(struct checker *c, const struct scapf_table *t,
                         const struct scapf_row *row);
static void check_machine_row(struct checker *c, const struct scapf_table *t,
                              const struct scapf_row *row);
static void check_interface_row(struct checker *c, const struct scapf_table *t,
                                const struct scapf_row *row);
static void check_user_row(struct checker *c, const struct scapf_table *t,
                           const struct scapf_row *row);

static const struct table_row tables[] = {
    {"fd", CHECK_FD, RULE_FDL_NAME, false, check_fd_row},
    {"process", CHECK_PROCESS, RULE_PL_STRING, false, check_process_row},
    {"machine", CHECK_MACHINE, RULE_NONE, true, check_machine_row},
    {"interface", CHECK_INTERFACE, RULE_IL_NAME, true, check_interface_row},
    {"user", CHECK_USER, RULE_UL_STRING, true, check_user_row},
};

static const struct table_row *find_table(const char *name)
{
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        if (strcmp(tables[i].name, name) == 0) {
            return &tables[i];
        }
    }
    return NULL; /* a table of an overlay: nothing is known to check */
}

static uint64_t cell_off(const struct scapf_table *t, const struct scapf_cell *cell,
                         const struct scapf_row *row)
{
    return cell->bytes != NULL ? t->off + (uint64_t)(cell->bytes - t->body) : row->off;
}

static void check_machine_row(struct checker *c, const struct scapf_table *t,
                              const struct scapf_row *row)
{
    const struct scapf_cell *cpus = scapf_row_cell(row, "num_cpus");
    const struct scapf_cell *host = scapf_row_cell(row, "hostname");

    if (cpus != NULL) {
        c->section.cpus = (uint32_t)cpus->u;
        if (cpus->u == 0) {
            check_report(c, RULE_MI_CPUS, row->off, 0, 1);
        }
    }
    if (host != NULL && memchr(host->bytes, 0, host->len) == NULL) {
        check_report(c, RULE_MI_HOSTNAME, cell_off(t, host, row), host->len, host->len - 1);
    }
}

/* [scap 7] The sizes a tail has had in any release; more is a later one, less or between is not. */
static void check_tail(struct checker *c, const struct scapf_table *t, const struct scapf_row *row)
{
    static const uint8_t sizes[] = {0, 4, 5, 29, 66, 67, 68, 76};
    uint32_t tail = row->extra_len;
    bool complete = false;

    if (row->entry_len == 0) {
        return;
    }
    for (uint32_t i = 0; i < row->n_cells; i++) {
        const struct scapf_field_info *field = row->cells[i].field;

        if (field->part == SCAPF_PART_TAIL) {
            tail += field->type == SCAPF_FT_BOOL8 || field->type == SCAPF_FT_U8 ? 1u
                    : field->type == SCAPF_FT_U32                               ? 4u
                                                                                : 8u;
            complete = field == &t->info->fields[t->info->n_fields - 1];
        }
    }
    for (size_t i = 0; i < sizeof(sizes) && !complete; i++) {
        complete = tail == sizes[i];
    }
    if (!complete) {
        check_once(c, RULE_PL_TAIL, tail, row->off, tail, 0);
    }
}

bool check_row_is_refused(const struct scapf_table *t, const struct scapf_row *row)
{
    const struct scapf_cell *type = scapf_row_cell(row, "type");

    if (type == NULL) {
        return false;
    }
    if (strcmp(t->info->name, "interface") == 0) {
        return type->u == 0 || type->u > IF_TYPE_MAX;
    }
    return strcmp(t->info->name, "fd") == 0 && type->u == 0;
}

static void check_process_row(struct checker *c, const struct scapf_table *t,
                              const struct scapf_row *row)
{
    const struct scapf_cell *tid = scapf_row_cell(row, "tid");

    if (tid != NULL && check_set_add(&c->tids, (uint64_t)tid->i) && !c->section.harmed) {
        check_report(c, RULE_PL_DUPLICATE, row->off, (uint64_t)tid->i, 0);
    }
    check_tail(c, t, row);
}

static void check_fd_row(struct checker *c, const struct scapf_table *t,
                         const struct scapf_row *row)
{
    const struct scapf_cell *fd = scapf_row_cell(row, "fd");
    const struct scapf_cell *type = scapf_row_cell(row, "type");

    if (fd != NULL && check_set_add(&c->fds, (uint64_t)fd->i)) {
        check_report(c, RULE_FDL_DUPLICATE, row->off, (uint64_t)fd->i, 0);
    }
    if (check_row_is_refused(t, row)) {
        check_report(c, RULE_FDL_TYPE_0, row->off, 0, 0);
    } else if (type != NULL && type->u > FD_TYPE_OLD_MAX) {
        check_once(c, RULE_FDL_TYPE, type->u, row->off, type->u, FD_TYPE_OLD_MAX);
    }
}

static void check_interface_row(struct checker *c, const struct scapf_table *t,
                                const struct scapf_row *row)
{
    if (check_row_is_refused(t, row)) {
        check_report(c, RULE_IL_TYPE, row->off, scapf_row_cell(row, "type")->u, 0);
    }
}

static void check_user_row(struct checker *c, const struct scapf_table *t,
                           const struct scapf_row *row)
{
    const struct scapf_cell *kind = scapf_row_cell(row, "kind");

    (void)t;
    if (kind != NULL && kind->u > 1) {
        check_once(c, RULE_UL_KIND, kind->u, row->off, kind->u, 1);
    }
}

/* What any cell of any table can break. */
static void check_cells(struct checker *c, const struct scapf_table *t,
                        const struct table_row *rules, const struct scapf_row *row)
{
    for (uint32_t i = 0; i < row->n_cells; i++) {
        const struct scapf_cell *cell = &row->cells[i];
        const struct scapf_field_info *field = cell->field;

        if (field->limit != 0 && cell->len > field->limit && rules->too_long != RULE_NONE) {
            check_report(c, rules->too_long, cell_off(t, cell, row), cell->len, field->limit);
        }
        if (field->type == SCAPF_FT_BOOL8 && cell->u > 1) {
            check_report(c, RULE_PL_BOOL, row->off, cell->u, 1);
        }
        if (field->is_list && cell->len > 0 && cell->bytes[cell->len - 1] != 0) {
            check_once(c, RULE_PL_LIST, i, cell_off(t, cell, row), cell->len, 0);
        }
    }
}

/* Descriptors belong to a thread that a process list has named before. [scap 8] */
static void check_owner(struct checker *c, const struct scapf_table *t)
{
    const struct scapf_cell *tid = scapf_row_cell(&t->head, "tid");

    check_set_clear(&c->fds);
    if (c->section.harmed) {
        return; /* the list may be what was passed over */
    }
    if ((c->section.tables & CHECK_PROCESS) == 0) {
        check_once(c, RULE_FDL_ORPHAN, c->section.index, t->off, tid != NULL ? tid->u : 0, 0);
    } else if (tid != NULL && !c->tids.lost && !check_set_has(&c->tids, (uint64_t)tid->i)) {
        check_report(c, RULE_FDL_ORPHAN, t->off, tid->u, 0);
    }
}

static void check_block(struct checker *c, const struct scapf_record *rec,
                        const struct scapf_table *t, const struct table_row *rules)
{
    if (rules->once && (c->section.tables & rules->bit) != 0 && !c->section.harmed) {
        check_report(c, RULE_TABLE_REPEATED, rec->off, rec->type, 0);
    }
    if (rules->bit == CHECK_MACHINE && rec->raw_len != MI_TOTAL_LEN) {
        check_report(c, RULE_MI_LEN, rec->off + 4, rec->raw_len, MI_TOTAL_LEN);
    }
    if (rules->bit == CHECK_FD) {
        check_owner(c, t);
    }
    c->section.tables |= (uint8_t)rules->bit;
}

void check_scap_table(struct checker *c, const struct scapf_record *rec)
{
    struct scapf_table t;
    struct scapf_row row;
    enum scapf_status status = scapf_table_open(rec, c->schema, &t);
    const struct table_row *rules;
    struct body_bytes pad;

    if (status == SCAPF_E_USAGE || (rules = find_table(t.info->name)) == NULL) {
        return;
    }
    if (status == SCAPF_OK) {
        check_block(c, rec, &t, rules);
        check_cells(c, &t, rules, &t.head);
        if (!t.info->has_entries && rules->row != NULL) {
            rules->row(c, &t, &t.head); /* the head is all there is */
        }
        while ((status = scapf_table_next(&t, &row)) == SCAPF_OK) {
            check_cells(c, &t, rules, &row);
            if (rules->row != NULL) {
                rules->row(c, &t, &row);
            }
        }
    }
    if (status < 0) {
        check_report(c, (enum rule)t.diag.rule, t.diag.off, t.diag.got, t.diag.want);
        c->section.tables |= (uint8_t)rules->bit;
        return;
    }
    pad = (struct body_bytes){t.body + t.pos, t.len - t.pos, t.off + t.pos};
    if (t.info->has_entries && pad.n < MIN_LEFT) {
        check_padding(c, RULE_PADDING_NOT_ZERO, &pad);
    }
}
