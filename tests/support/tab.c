/* SPDX-License-Identifier: Apache-2.0 */
#include "support/tab.h"

#include "event/table.h"

enum scapf_status tab_again(const struct scapf_record *rec, const struct scapf_schema *schema,
                            struct out *o, unsigned *rows, struct scapf_diag *diag)
{
    struct scapf_table table;
    struct scapf_row row;
    enum scapf_status status = scapf_table_open(rec, schema, &table);

    *rows = 0;
    out_clear(o);
    o->big_endian = rec->big_endian;
    out_u32(o, 0); /* as in a block: the body never starts at 0 */
    if (status == SCAPF_OK) {
        TRY(table_put_head(o, table.info, table.number->version, &table.head));
        while ((status = scapf_table_next(&table, &row)) == SCAPF_OK) {
            ++*rows;
            TRY(table_put_row(o, table.info, table.number->version, &row));
        }
    }
    if (status != SCAPF_E_USAGE) {
        *diag = table.diag;
    }
    memmove(o->bytes, o->bytes + 4, o->len - 4);
    o->len -= 4;
    return status;
}
