/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

#include <string.h>

/* Most names differ in their first letter. */
static const struct row_value *find_value(const struct row_value *values, size_t n,
                                          const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (values[i].name[0] == name[0] && strcmp(values[i].name, name) == 0) {
            return &values[i];
        }
    }
    return NULL;
}

/* Does the field stand in a row of this version whose selector has this value? */
static bool has_field(const struct scapf_table_info *table, const struct scapf_table_number *number,
                      const struct scapf_field_info *field, uint32_t named, int64_t selected)
{
    uint32_t bit =
        selected >= 0 && selected < 31 && (named >> selected & 1) != 0 ? 1u << selected : 1u << 31;

    if (number->version < field->since || number->version > field->until) {
        return false;
    }
    return table->selector < 0 || field->cases == 0 || (field->cases & bit) != 0;
}

void row_fill(struct scapf_row *row, const struct row_layout *layout,
              const struct row_value *values, size_t n)
{
    const struct scapf_table_number *number;
    const struct scapf_table_info *table =
        scapf_schema_table(layout->schema, layout->block, &number);
    const struct row_value *selector =
        table->selector >= 0 ? find_value(values, n, table->fields[table->selector].name) : NULL;
    uint32_t named = 0;

    for (uint8_t i = 0; i < table->n_fields; i++) {
        named |= table->fields[i].cases & 0x7FFFFFFFu;
    }
    *row = (struct scapf_row){.entry_len = 1};
    for (uint8_t i = 0; i < table->n_fields; i++) {
        const struct scapf_field_info *field = &table->fields[i];
        const struct row_value *value;
        struct scapf_cell *cell = &row->cells[row->n_cells];

        if (layout->tail_end != NULL && strcmp(field->name, layout->tail_end) == 0) {
            break;
        }
        if ((field->part == SCAPF_PART_HEAD) != layout->head ||
            (layout->tail_end != NULL && field->min_rest > 0) ||
            !has_field(table, number, field, named, selector != NULL ? selector->number : -1)) {
            continue;
        }
        value = find_value(values, n, field->name);
        *cell = (struct scapf_cell){.field = field};
        if (value != NULL) {
            cell->i = value->number;
            cell->u = (uint64_t)value->number;
            cell->bytes = value->bytes;
            cell->len = (uint32_t)value->len;
        }
        row->n_cells++;
    }
}
