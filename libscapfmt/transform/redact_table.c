/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redact_table.c - rows of the scap tables: what is done with a field follows from its name, and of
 * those without a rule from its type.
 */
#include "transform/redact.h"

#include "event/table.h"

#include <string.h>

#define ARGS      SCAPF_REDACT_ARGS
#define PATHS     SCAPF_REDACT_PATHS
#define ADDRESSES SCAPF_REDACT_ADDRESSES
#define NAMES     SCAPF_REDACT_NAMES

/* clang-format off */
static const struct redact_rule by_name[] = {
    {"comm", SCAPF_REDACT_COMMS, REDACT_TEXT}, {"exe", PATHS, REDACT_TEXT},
    {"exepath", PATHS, REDACT_TEXT}, {"cwd", PATHS, REDACT_TEXT}, {"root", PATHS, REDACT_TEXT},
    {"args", ARGS, REDACT_LIST}, {"env", SCAPF_REDACT_ENV, REDACT_EMPTY},
    {"cgroups", NAMES, REDACT_CGROUPS}, {"hostname", NAMES, REDACT_TEXT},
    {"homedir", PATHS | NAMES, REDACT_TEXT}, {"shell", PATHS, REDACT_TEXT},
};
/* clang-format on */

static const struct redact_rule name_of_file = {"name", PATHS, REDACT_TEXT};
static const struct redact_rule name_of_other = {"name", NAMES, REDACT_TEXT};
static const struct redact_rule other_text = {"", ARGS, REDACT_TEXT};

static const struct redact_rule *rule_of(const char *table, const char *field)
{
    const struct redact_rule *rule;

    if (strcmp(field, "name") == 0) {
        return strcmp(table, "fd") == 0 ? &name_of_file : &name_of_other;
    }
    rule = redact_find(by_name, sizeof(by_name) / sizeof(by_name[0]), field);
    return rule != NULL ? rule : &other_text;
}

static bool is_text(const struct scapf_field_info *field)
{
    return field->type == SCAPF_FT_STR16 || field->type == SCAPF_FT_CHARS ||
           field->type == SCAPF_FT_TEXT;
}

/* The most bytes a field may have. */
static size_t limit_of(const struct scapf_field_info *field)
{
    if (field->type == SCAPF_FT_CHARS) {
        return field->size;
    }
    return field->limit != 0 ? field->limit : UINT16_MAX;
}

/* A list ends with a NUL, also when it had to be cut. */
static void cut(struct scapf_redact *rd, size_t start, size_t limit, enum redact_how how)
{
    struct out *o = &rd->values;

    if (o->len - start > limit && out_status(o) == SCAPF_OK) {
        o->len = start + limit;
        if (how == REDACT_LIST || how == REDACT_CGROUPS) {
            o->bytes[o->len - 1] = '\0';
        }
    }
}

/* Appends the bytes of a cell as they are to be. */
static void put_cell(struct scapf_redact *rd, const char *table, const struct scapf_cell *cell)
{
    const struct redact_rule *rule = rule_of(table, cell->field->name);
    size_t start = rd->values.len;
    size_t len = cell->len;

    if (!is_text(cell->field)) {
        size_t size = cell->field->type == SCAPF_FT_IP4 ? 4 : 16;

        out_bytes(&rd->values, cell->bytes, size);
        if (redact_wants(rd, ADDRESSES) && strcmp(cell->field->name, "netmask") != 0 &&
            out_status(&rd->values) == SCAPF_OK) {
            redact_count(rd, ADDRESSES);
            redact_address(rd, rd->values.bytes + start, size);
        }
        return;
    }
    if (len == 0 || !redact_wants(rd, rule->what)) {
        out_bytes(&rd->values, cell->bytes, len);
        return;
    }
    if (rule->how == REDACT_TEXT) { /* bytes behind a NUL are of nobody knows what */
        len = strnlen((const char *)cell->bytes, len);
    }
    redact_count(rd, rule->what);
    redact_put(rd, &rd->values, rule->how, cell->bytes, len);
    cut(rd, start, limit_of(cell->field), rule->how);
}

/* The length of a text that an earlier field holds. */
static void set_length(struct scapf_row *row, const struct scapf_table_info *info,
                       const struct scapf_cell *text)
{
    for (uint32_t i = 0; i < row->n_cells; i++) {
        if (text->field->type == SCAPF_FT_TEXT && text->field->len_field >= 0 &&
            row->cells[i].field == &info->fields[text->field->len_field]) {
            row->cells[i].u = text->len;
            row->cells[i].i = text->len;
        }
    }
}

static enum scapf_status redact_row(struct scapf_redact *rd, struct scapf_row *row)
{
    const struct scapf_table_info *info = rd->table.info;
    size_t at[SCAPF_ROW_CELLS + 1];

    out_clear(&rd->values);
    for (uint32_t i = 0; i < row->n_cells; i++) {
        const struct scapf_field_info *field = row->cells[i].field;

        at[i] = rd->values.len;
        if (is_text(field) || field->type == SCAPF_FT_IP4 || field->type == SCAPF_FT_IP6) {
            put_cell(rd, info->name, &row->cells[i]);
        }
    }
    at[row->n_cells] = rd->values.len;
    TRY(out_status(&rd->values));
    for (uint32_t i = 0; i < row->n_cells; i++) {
        struct scapf_cell *cell = &row->cells[i];

        if (is_text(cell->field) || cell->field->type == SCAPF_FT_IP4 ||
            cell->field->type == SCAPF_FT_IP6) {
            cell->bytes = at[i + 1] > at[i] ? rd->values.bytes + at[i] : (const uint8_t *)"";
            cell->len = (uint32_t)(at[i + 1] - at[i]);
            set_length(row, info, cell);
        }
    }
    rd->counts.unknown += row->extra_len > 0;
    row->extra_len = 0;
    return SCAPF_OK;
}

enum scapf_status redact_table(struct scapf_redact *rd, const struct scapf_record *rec)
{
    struct scapf_table *table = &rd->table;
    struct out *o = &rd->block;
    enum scapf_status status;

    if (scapf_table_open(rec, rd->schema, table) != SCAPF_OK) {
        return SCAPF_END;
    }
    out_zero(o, 8); /* type and length, see redact.c */
    TRY(redact_row(rd, &table->head));
    status = table_put_head(o, table->info, table->number->version, &table->head);
    while (status == SCAPF_OK && (status = scapf_table_next(table, &rd->row)) == SCAPF_OK) {
        TRY(redact_row(rd, &rd->row));
        status = table_put_row(o, table->info, table->number->version, &rd->row);
    }
    TRY(out_status(o)); /* without room a row does not fit its fields either */
    return status == SCAPF_END ? SCAPF_OK : SCAPF_END; /* damaged */
}
