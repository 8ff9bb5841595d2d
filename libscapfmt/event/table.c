/* SPDX-License-Identifier: Apache-2.0 */
#include "event/table.h"

#include "bytes/cur.h"
#include "schema/schema.h"

#define ENTRY_MIN_LEFT 4u /* fewer bytes are padding of the block [scap 5-8] */
#define CASE_OTHER     (UINT32_C(1) << 31)

/* Rules of a table: an entry that leaves its bounds, a selector nobody knows. */
static const struct {
    const char *table;
    enum rule entry, selector;
} table_rules[] = {
    {"machine", RULE_MI_LEN, RULE_MI_LEN},    {"process", RULE_PL_ENTRY, RULE_PL_ENTRY},
    {"fd", RULE_FDL_ENTRY, RULE_FDL_TYPE_V1}, {"interface", RULE_IL_ENTRY, RULE_IL_TYPE},
    {"user", RULE_UL_ENTRY, RULE_UL_ENTRY},
};

static size_t rules_of(const struct scapf_table_info *info)
{
    for (size_t i = 1; i < sizeof(table_rules) / sizeof(table_rules[0]); i++) {
        if (strcmp(info->name, table_rules[i].table) == 0) {
            return i;
        }
    }
    return strcmp(info->name, "machine") == 0 ? 0 : 1; /* tables of overlays: as the process list */
}

static bool has_entry_len(const struct scapf_table_info *info, uint8_t version)
{
    return info->entry_len_since != 0 && version >= info->entry_len_since;
}

/* All values any row's cases name. */
static uint32_t named_cases(const struct scapf_table_info *info)
{
    uint32_t named = 0;

    for (uint8_t i = 0; i < info->n_fields; i++) {
        named |= info->fields[i].cases & ~CASE_OTHER;
    }
    return named;
}

/* The case bit of a selector value; named are all values any case names. */
static uint32_t case_of(uint32_t named, uint64_t selector)
{
    uint32_t bit = selector < 31 ? UINT32_C(1) << selector : 0;

    return (named & bit) != 0 ? bit : CASE_OTHER;
}

/* A selector value that neither a case nor the list of its names knows. */
static bool selector_unknown(const struct scapf_table_info *info, uint32_t named, uint64_t selector)
{
    const struct scapf_flag_set *names = info->fields[info->selector].flags;

    if (case_of(named, selector) != CASE_OTHER) {
        return false;
    }
    for (uint8_t i = 0; i < info->n_fields; i++) {
        if ((info->fields[i].cases & CASE_OTHER) != 0) {
            return false; /* "any other value" has rows of its own */
        }
    }
    for (uint32_t i = 0; names != NULL && i < names->n_flags; i++) {
        if (names->flags[i].value == selector) {
            return false;
        }
    }
    return true;
}

/* Bytes a field of a fixed size takes; 0 for the others. */
static size_t fixed_size(const struct scapf_field_info *field)
{
    static const uint8_t sizes[] = {
        [SCAPF_FT_U8] = 1,  [SCAPF_FT_U16] = 2,   [SCAPF_FT_U32] = 4, [SCAPF_FT_U64] = 8,
        [SCAPF_FT_I64] = 8, [SCAPF_FT_BOOL8] = 1, [SCAPF_FT_IP4] = 4, [SCAPF_FT_IP6] = 16,
    };

    if (field->type == SCAPF_FT_CHARS) {
        return field->size;
    }
    return field->type < sizeof(sizes) ? sizes[field->type] : 0;
}

static const struct scapf_cell *cell_of(const struct scapf_row *row,
                                        const struct scapf_field_info *field)
{
    for (uint32_t i = 0; i < row->n_cells; i++) {
        if (row->cells[i].field == field) {
            return &row->cells[i];
        }
    }
    return NULL;
}

static void take_cell(struct cur *c, const struct scapf_table_info *info,
                      const struct scapf_field_info *field, const struct scapf_row *row,
                      struct scapf_cell *cell)
{
    struct cur_bytes bytes = {NULL, 0};
    const struct scapf_cell *len;

    *cell = (struct scapf_cell){.field = field};
    switch ((enum scapf_field_type)field->type) {
    case SCAPF_FT_U8:
    case SCAPF_FT_BOOL8:
        cell->u = cur_u8(c);
        break;
    case SCAPF_FT_U16:
        cell->u = cur_u16(c);
        break;
    case SCAPF_FT_U32:
        cell->u = cur_u32(c);
        break;
    case SCAPF_FT_U64:
    case SCAPF_FT_I64:
        cell->u = cur_u64(c);
        cell->i = (int64_t)cell->u;
        break;
    case SCAPF_FT_STR16:
        bytes = cur_str16(c);
        break;
    case SCAPF_FT_TEXT:
        len = cell_of(row, &info->fields[field->len_field]);
        bytes.n = len != NULL ? (size_t)len->u : 0;
        bytes.p = cur_take(c, bytes.n);
        break;
    case SCAPF_FT_CHARS:
    case SCAPF_FT_IP4:
    case SCAPF_FT_IP6:
        bytes.n = fixed_size(field);
        bytes.p = cur_take(c, bytes.n);
        break;
    }
    cell->bytes = bytes.p;
    cell->len = (uint32_t)bytes.n;
}

/* One walk over the rows: of the head, or of an entry. */
struct walk {
    const struct scapf_table_info *info;
    uint32_t named; /* selector values that cases name */
    uint8_t version;
    bool head;
};

/* Is the row in this version, this part, and selected by what the entry holds so far? */
static bool row_applies(const struct walk *w, const struct scapf_field_info *field,
                        const struct scapf_row *row)
{
    const struct scapf_cell *selector;

    if (w->version < field->since || w->version > field->until ||
        (field->part == SCAPF_PART_HEAD) != w->head) {
        return false;
    }
    if (field->cases == 0) {
        return true;
    }
    selector = w->info->selector >= 0 ? cell_of(row, &w->info->fields[w->info->selector]) : NULL;
    return selector != NULL && (field->cases & case_of(w->named, selector->u)) != 0;
}

/* Read the fields of one part. in_len: the entry carries a length, so it may have a tail. */
static void take_fields(struct cur *c, const struct scapf_table *t, bool head, bool in_len,
                        struct scapf_row *row)
{
    const struct walk w = {t->info, t->named_cases, t->number->version, head};
    size_t tail_left = 0;
    bool in_tail = false;

    row->n_cells = 0;
    for (uint8_t i = 0; i < t->info->n_fields && row->n_cells < SCAPF_ROW_CELLS; i++) {
        const struct scapf_field_info *field = &t->info->fields[i];

        if (!row_applies(&w, field, row)) {
            continue;
        }
        if (field->part == SCAPF_PART_TAIL) {
            if (!in_tail) {
                in_tail = true;
                tail_left = cur_left(c);
            }
            if (!in_len || (field->min_rest != 0 && tail_left <= field->min_rest)) {
                continue;
            }
            if (cur_left(c) < fixed_size(field)) {
                break; /* the tail ends here; a rest of 1..n bytes is the row's extra */
            }
        }
        take_cell(c, t->info, field, row, &row->cells[row->n_cells]);
        row->n_cells++;
    }
}

/* What is left behind the fields, when it is min bytes or more: fewer are padding. */
static void take_extra(struct cur *c, size_t min, struct scapf_row *row)
{
    if (cur_left(c) >= min) {
        row->extra_len = (uint32_t)cur_left(c);
        row->extra = cur_take(c, row->extra_len);
    }
}

enum scapf_status scapf_table_open(const struct scapf_record *rec,
                                   const struct scapf_schema *schema, struct scapf_table *table)
{
    const struct scapf_table_number *number = NULL;
    const struct scapf_table_info *info =
        rec->kind == SCAPF_KIND_TABLE ? scapf_schema_table(schema, rec->type, &number) : NULL;
    struct cur c;

    if (info == NULL) {
        return SCAPF_E_USAGE;
    }
    *table = (struct scapf_table){.info = info,
                                  .number = number,
                                  .body = rec->body,
                                  .len = rec->body_len,
                                  .off = rec->off + 8,
                                  .big_endian = rec->big_endian};
    table->named_cases = named_cases(info);
    table->head.off = table->off;
    c = cur_make(table->body, table->len, table->off, table->big_endian);
    take_fields(&c, table, true, false, &table->head);
    if (!cur_ok(&c)) {
        table->pos = table->len;
        return cur_check(&c, SCAPF_E_FORMAT, table_rules[rules_of(info)].entry, &table->diag);
    }
    if (!info->has_entries && table->head.n_cells > 0) {
        take_extra(&c, ENTRY_MIN_LEFT, &table->head);
    }
    table->pos = table->len - cur_left(&c);
    return SCAPF_OK;
}

static enum scapf_status table_fail(struct scapf_table *t, enum rule rule, uint64_t off,
                                    uint64_t got, uint64_t want)
{
    t->pos = t->len;
    return diag_set(&t->diag, SCAPF_E_FORMAT, rule, off, got, want);
}

/* The entry's own bounds: the rest of the body, or what its length says. */
static enum scapf_status entry_bounds(struct scapf_table *t, struct cur *c, struct cur *entry,
                                      struct scapf_row *row, enum rule rule)
{
    uint64_t len;

    row->entry_len = 0;
    if (!has_entry_len(t->info, t->number->version)) {
        *entry = *c;
        return SCAPF_OK;
    }
    row->entry_len = cur_u32(c);
    len = row->entry_len;
    if (t->info->entry_len_counts_self) {
        if (len == 0) { /* old writers left it empty: "no length" */
            *entry = *c;
            return SCAPF_OK;
        }
        if (len < 4) {
            return table_fail(t, rule, row->off, len, 4);
        }
        len -= 4;
    }
    if (len > cur_left(c)) {
        return table_fail(t, rule, row->off, row->entry_len, cur_left(c));
    }
    *entry = cur_sub(c, (size_t)len);
    return SCAPF_OK;
}

enum scapf_status scapf_table_next(struct scapf_table *t, struct scapf_row *row)
{
    struct cur c;
    struct cur entry;
    size_t rules = rules_of(t->info);
    const struct scapf_cell *selector;
    size_t start;
    bool in_len;

    if (t->diag.rule != RULE_NONE) {
        return t->diag.status;
    }
    if (t->info->has_entries ? t->len - t->pos < ENTRY_MIN_LEFT : t->pos > 0) {
        return SCAPF_END;
    }
    c = cur_make(t->body + t->pos, t->len - t->pos, t->off + t->pos, t->big_endian);
    row->off = cur_tell(&c);
    row->extra = NULL;
    row->extra_len = 0;
    TRY(entry_bounds(t, &c, &entry, row, table_rules[rules].entry));
    /* entry_len 0 of a table whose length does not count itself is a length, and too short */
    in_len = has_entry_len(t->info, t->number->version) &&
             (row->entry_len != 0 || !t->info->entry_len_counts_self);
    take_fields(&entry, t, false, in_len, row);
    if (!cur_ok(&entry)) {
        return table_fail(t, table_rules[rules].entry, entry.fault_off, entry.fault_left,
                          entry.fault_want);
    }
    selector = t->info->selector >= 0 ? cell_of(row, &t->info->fields[t->info->selector]) : NULL;
    if (selector != NULL && !in_len && selector_unknown(t->info, t->named_cases, selector->u)) {
        return table_fail(t, table_rules[rules].selector, row->off, selector->u, 0);
    }
    if (in_len || !t->info->has_entries) {
        take_extra(&entry, in_len ? 1 : ENTRY_MIN_LEFT, row);
    }
    start = t->pos;
    t->pos = in_len ? t->len - cur_left(&c) : t->len - cur_left(&entry);
    if (t->pos == start) { /* an overlay's row without any field: it would never end */
        return table_fail(t, table_rules[rules].entry, row->off, 0, 1);
    }
    return SCAPF_OK;
}

const struct scapf_cell *scapf_row_cell(const struct scapf_row *row, const char *name)
{
    for (uint32_t i = 0; i < row->n_cells; i++) {
        if (schema_same_name(row->cells[i].field->name, name)) {
            return &row->cells[i];
        }
    }
    return NULL;
}

/* ------------------------------------------------------------------ encode */

static enum scapf_status put_cell(struct out *o, const struct scapf_table_info *info,
                                  const struct scapf_row *row, const struct scapf_cell *cell)
{
    const struct scapf_field_info *field = cell->field;
    const struct scapf_cell *len;
    size_t size = fixed_size(field);

    if (size > 0 && size < 8 && field->type <= SCAPF_FT_BOOL8 && cell->u >> (8 * size) != 0) {
        return SCAPF_E_USAGE; /* the number is not cut in silence */
    }
    switch ((enum scapf_field_type)field->type) {
    case SCAPF_FT_U8:
    case SCAPF_FT_BOOL8:
        out_u8(o, (uint8_t)cell->u);
        return SCAPF_OK;
    case SCAPF_FT_U16:
        out_u16(o, (uint16_t)cell->u);
        return SCAPF_OK;
    case SCAPF_FT_U32:
        out_u32(o, (uint32_t)cell->u);
        return SCAPF_OK;
    case SCAPF_FT_U64:
    case SCAPF_FT_I64:
        out_u64(o, cell->u);
        return SCAPF_OK;
    case SCAPF_FT_STR16:
        if (cell->len > UINT16_MAX) {
            return SCAPF_E_LIMIT;
        }
        out_u16(o, (uint16_t)cell->len);
        break;
    case SCAPF_FT_TEXT:
        len = cell_of(row, &info->fields[field->len_field]);
        if (len == NULL || len->u != cell->len) {
            return SCAPF_E_USAGE;
        }
        break;
    case SCAPF_FT_CHARS:
    case SCAPF_FT_IP4:
    case SCAPF_FT_IP6:
        if (cell->len > size || (cell->len < size && field->type != SCAPF_FT_CHARS)) {
            return SCAPF_E_USAGE;
        }
        break;
    }
    out_bytes(o, cell->bytes, cell->len);
    if (field->type == SCAPF_FT_CHARS) {
        out_zero(o, size - cell->len);
    }
    return SCAPF_OK;
}

/* The tail as it is being written. */
struct tail {
    size_t start;                        /* where it starts */
    const struct scapf_field_info *ends; /* the first field that is missing */
    bool any, early;                     /* it has cells; and some of those only long tails have */
    uint16_t min_rest;                   /* of those */
};

/* A cell of the tail comes (or not). It may stop anywhere, but not go on after a gap. */
static enum scapf_status tail_field(struct tail *tail, const struct out *o,
                                    const struct scapf_field_info *field, bool present)
{
    if (tail->start == 0) {
        tail->start = o->len;
    }
    if (field->min_rest != 0) {
        tail->min_rest = field->min_rest;
        tail->early = present;
    } else if (!present && tail->ends == NULL) {
        tail->ends = field;
    }
    tail->any = tail->any || present;
    return present && tail->ends != NULL ? SCAPF_E_USAGE : SCAPF_OK;
}

/* Would a reader find the same fields in the tail again? [scap 7] */
static bool tail_holds(const struct tail *tail, const struct out *o, const struct scapf_row *row)
{
    size_t len = tail->start != 0 ? o->len - tail->start + row->extra_len : 0;

    if (tail->min_rest != 0 && tail->early != (len > tail->min_rest)) {
        return false;
    }
    return tail->ends == NULL || row->extra_len < fixed_size(tail->ends);
}

/* Every row that applies must have its cell, in order; tail rows may stop anywhere. */
static enum scapf_status put_fields(struct out *o, const struct walk *w,
                                    const struct scapf_row *row)
{
    struct tail tail = {0};
    bool with_len = has_entry_len(w->info, w->version) && !w->head &&
                    (row->entry_len != 0 || !w->info->entry_len_counts_self);
    uint32_t n = 0;

    for (uint8_t i = 0; i < w->info->n_fields; i++) {
        const struct scapf_field_info *field = &w->info->fields[i];
        bool present;

        if (!row_applies(w, field, row)) {
            continue;
        }
        present = n < row->n_cells && row->cells[n].field == field;
        if (field->part == SCAPF_PART_TAIL) {
            TRY(tail_field(&tail, o, field, present));
        } else if (!present) {
            return SCAPF_E_USAGE;
        }
        if (present) {
            TRY(put_cell(o, w->info, row, &row->cells[n]));
            n++;
        }
    }
    if (n != row->n_cells || (with_len && !tail_holds(&tail, o, row)) ||
        (!with_len && (tail.any || (row->extra_len > 0 && w->info->has_entries)))) {
        return SCAPF_E_USAGE;
    }
    out_bytes(o, row->extra, row->extra_len);
    return out_status(o);
}

enum scapf_status table_put_head(struct out *o, const struct scapf_table_info *info,
                                 uint8_t version, const struct scapf_row *row)
{
    static const struct scapf_row none = {.n_cells = 0};
    const struct walk w = {info, named_cases(info), version, true};

    return put_fields(o, &w, row != NULL ? row : &none);
}

enum scapf_status table_put_row(struct out *o, const struct scapf_table_info *info, uint8_t version,
                                const struct scapf_row *row)
{
    const struct walk w = {info, named_cases(info), version, false};
    enum scapf_status status;
    size_t start = o->len;
    struct out_mark mark = {0};
    bool has_len = has_entry_len(info, version);
    bool with_len = has_len && (row->entry_len != 0 || !info->entry_len_counts_self);
    const struct scapf_cell *selector =
        info->selector >= 0 ? cell_of(row, &info->fields[info->selector]) : NULL;

    if (!with_len && selector != NULL && selector_unknown(info, w.named, selector->u)) {
        return SCAPF_E_USAGE; /* nobody could read on behind it */
    }
    if (has_len) {
        mark = out_hold_u32(o);
    }
    status = put_fields(o, &w, row);
    TRY(out_status(o)); /* a lack of memory is no wrong row */
    TRY(status);
    if (with_len) {
        out_fill_u32(o, mark, (uint32_t)(o->len - start - (info->entry_len_counts_self ? 0 : 4)));
    }
    return out_status(o);
}
