/* SPDX-License-Identifier: Apache-2.0 */
/* Target: the walk over blocks of pcapng and scap, with their options and tables. */
#include "target.h"
#include "walk.h"

static void options(const struct scapf_record *rec)
{
    struct scapf_option_iter it;
    struct scapf_option opt;
    enum scapf_status status;
    uint64_t last = 0;

    scapf_options_begin(rec, &it);
    while ((status = scapf_option_next(&it, &opt)) == SCAPF_OK) {
        must(opt.off > last && opt.off >= rec->off);
        must(opt.off + 4 + opt.len <= rec->off + rec->raw_len);
        must(opt.value == rec->raw + (opt.off - rec->off) + 4);
        last = opt.off;
    }
    must(status == SCAPF_END || status == SCAPF_E_FORMAT);
    if (status == SCAPF_E_FORMAT) {
        walk_finding(rec, &it.diag);
    }
    must(scapf_option_next(&it, &opt) == status);
}

static void table(const struct scapf_record *rec, const struct scapf_schema *schema)
{
    struct scapf_table t;
    struct scapf_row row;
    enum scapf_status status = scapf_table_open(rec, schema, &t);
    uint64_t last = 0;

    while (status == SCAPF_OK && (status = scapf_table_next(&t, &row)) == SCAPF_OK) {
        must(row.off > last && row.off < rec->off + rec->raw_len && row.n_cells > 0);
        last = row.off;
    }
    must(status == SCAPF_END || status == SCAPF_E_FORMAT);
    if (status == SCAPF_E_FORMAT) {
        walk_finding(rec, &t.diag);
    } else {
        must(t.len - t.pos < 4 || !t.info->has_entries);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scapf_reader *reader = walk_open(data, size);
    const struct scapf_schema *schema = scapf_reader_schema(reader);
    struct scapf_record rec;
    enum scapf_status status;
    uint64_t n = 0;
    uint64_t off = 0;

    while ((status = scapf_reader_next(reader, &rec)) == SCAPF_OK) {
        walk_record(&rec, n, off);
        options(&rec);
        if (rec.kind == SCAPF_KIND_TABLE) {
            table(&rec, schema);
        }
        n++;
        off += rec.raw_len;
    }
    must(scapf_reader_ledger(reader)->blocks == n && scapf_reader_ledger(reader)->bytes == off);
    walk_end(reader, status, size);
    scapf_reader_free(reader);
    return 0;
}
