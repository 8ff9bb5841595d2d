/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_table.c - a table block as an object: its head, its rows, and every byte no row covers.
 */
#include "bytes/cur.h"
#include "render/json.h"

/* Up to the first NUL when only NULs follow, else all bytes. */
static void put_chars(struct json *j, const struct scapf_cell *cell)
{
    size_t n = cell->len;

    while (n > 0 && cell->bytes[n - 1] == 0) {
        n--;
    }
    json_text(j, cell->bytes, n);
}

/* A list whose last text was cut (its NUL is missing) is shown as an object of its parts. */
static void put_list(struct json *j, const struct scapf_cell *cell)
{
    const uint8_t *last;
    size_t whole;

    if (json_list(j, cell->bytes, cell->len)) {
        return;
    }
    last = memrchr(cell->bytes, 0, cell->len);
    whole = last != NULL ? (size_t)(last - cell->bytes) + 1 : 0;
    json_object(j);
    json_lit_key(j, "list");
    (void)json_list(j, cell->bytes, whole);
    json_lit_key(j, "cut");
    json_text(j, cell->bytes + whole, cell->len - whole);
    json_object_end(j);
}

/* Words of 4 and 8 bytes hold bits, smaller ones a single value: so it is in every table. */
static void put_named(struct json *j, const struct scapf_cell *cell)
{
    const struct scapf_flag_set *set = cell->field->flags;

    if (cell->field->type == SCAPF_FT_U32 || cell->field->type == SCAPF_FT_U64) {
        json_flags(j, cell->u, set);
    } else {
        json_enum(j, cell->u, set);
    }
}

static void put_cell(struct json *j, const struct scapf_cell *cell)
{
    if (cell->field->flags != NULL) {
        put_named(j, cell);
        return;
    }
    switch ((enum scapf_field_type)cell->field->type) {
    case SCAPF_FT_U8:
    case SCAPF_FT_U16:
    case SCAPF_FT_U32:
    case SCAPF_FT_U64:
        json_u64(j, cell->u);
        break;
    case SCAPF_FT_I64:
        json_i64(j, cell->i);
        break;
    case SCAPF_FT_BOOL8:
        if (cell->u <= 1) {
            json_bool(j, cell->u == 1);
        } else {
            json_u64(j, cell->u); /* [SCP-P05] which true it is must not get lost */
        }
        break;
    case SCAPF_FT_STR16:
    case SCAPF_FT_TEXT:
        if (cell->field->is_list) {
            put_list(j, cell);
        } else {
            json_text(j, cell->bytes, cell->len);
        }
        break;
    case SCAPF_FT_CHARS:
        put_chars(j, cell);
        break;
    case SCAPF_FT_IP4:
    case SCAPF_FT_IP6:
        json_ip(j, cell->bytes, cell->len);
        break;
    }
}

static void put_cells(struct json *j, const struct scapf_row *row)
{
    for (uint32_t i = 0; i < row->n_cells; i++) {
        json_key(j, row->cells[i].field->name);
        put_cell(j, &row->cells[i]);
    }
}

static void put_row(struct json *j, const struct scapf_row *row)
{
    json_object(j);
    put_cells(j, row);
    if (row->entry_len > 0) {
        json_lit_key(j, "entry_len");
        json_u64(j, row->entry_len);
    }
    if (row->extra_len > 0) {
        json_lit_key(j, "extra");
        json_base64(j, row->extra, row->extra_len);
    }
    json_object_end(j);
}

/* Bytes behind the last entry: padding, unless one of them is not zero. */
static void put_rest(struct json *j, const struct scapf_table *t, size_t from)
{
    for (size_t i = from; i < t->len; i++) {
        if (t->body[i] != 0) {
            json_lit_key(j, "rest");
            json_base64(j, t->body + from, t->len - from);
            return;
        }
    }
}

void json_table(struct json_record *r)
{
    struct json *j = &r->j;
    struct scapf_table t;
    struct scapf_row row;
    enum scapf_status status = scapf_table_open(r->rec, r->p->schema, &t);
    size_t at;

    if (status == SCAPF_E_USAGE) { /* an overlay took the table away */
        json_lit_key(j, "body");
        json_base64(j, r->rec->body, r->rec->body_len);
        return;
    }
    json_lit_key(j, "table");
    json_cstring(j, t.info->name);
    json_lit_key(j, "version");
    json_u64(j, t.number->version);
    if (t.head.n_cells > 0 && status == SCAPF_OK) {
        json_lit_key(j, "head");
        json_object(j);
        put_cells(j, &t.head);
        json_object_end(j);
    }
    at = status == SCAPF_OK ? t.pos : 0;
    if (t.info->has_entries) {
        json_lit_key(j, "rows");
        json_array(j);
        while (status == SCAPF_OK) {
            status = scapf_table_next(&t, &row);
            if (status == SCAPF_OK) {
                put_row(j, &row);
                at = t.pos;
            }
        }
        json_array_end(j);
    }
    if (status < 0) {
        json_lit_key(j, "damage");
        json_own_diag(r, &t.diag);
    }
    put_rest(j, &t, at);
}
