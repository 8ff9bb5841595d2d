/* SPDX-License-Identifier: Apache-2.0 */
#include "event/table.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdlib.h>

#include "support/rd.h"
#include "support/story.h"
#include "support/tab.h"

#define SCHEMA scapf_schema_builtin()

/* A list cut anywhere gives its whole entries and one finding, inside the block. */
Test(table_write, cut_at_every_byte)
{
    static const uint32_t types[] = {0x215, 0x214, 0x218, 0x219, 0x220};

    for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
        struct mk m;
        struct rd rd;

        mk_init(&m, t % 2);
        mk_shb(&m, 2);
        if (types[t] == 0x218) {
            story_fds(&m, types[t], true, true);
        } else if (types[t] == 0x219) {
            story_interfaces(&m, types[t], true);
        } else if (types[t] == 0x220) {
            story_users(&m, types[t], true);
        } else {
            story_processes(&m, types[t], types[t] - 0x20C, 76);
        }
        rd_mk(&rd, &m);
        rd_skip(&rd, 2);
        for (size_t len = 0; len < rd.rec.body_len; len++) {
            struct scapf_record rec = rd.rec;
            uint8_t *exact = malloc(len + 1); /* so that a sanitizer sees each byte too many */
            struct scapf_diag diag = {0};
            struct out o;
            unsigned rows;
            enum scapf_status status;

            cr_assert_not_null(exact);
            memcpy(exact, rec.body, len);
            rec.body = exact;
            rec.body_len = len;
            out_init(&o, NULL, false);
            status = tab_again(&rec, SCHEMA, &o, &rows, &diag);
            cr_expect(status == SCAPF_END || status == SCAPF_E_FORMAT, "%#x cut at %zu", types[t],
                      len);
            cr_expect_leq(o.len, len);
            cr_expect_eq(memcmp(o.bytes, exact, o.len), 0);
            if (status == SCAPF_E_FORMAT) {
                cr_expect(diag.off >= rec.off + 8 && diag.off <= rec.off + 8 + len);
            } else {
                cr_expect_lt(len - o.len, 4);
            }
            out_release(&o);
            free(exact);
        }
        rd_close(&rd);
        mk_release(&m);
    }
}

Test(table_write, samples_are_written_again)
{
    glob_t found;
    unsigned tables = 0;

    cr_assert_eq(glob("samples/*.scap", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        size_t len;
        uint8_t *bytes = rd_file(found.gl_pathv[i], &len);
        struct rd rd;

        rd_open(&rd, bytes, len, NULL, 0);
        while (rd_next(&rd) == SCAPF_OK) {
            struct scapf_diag diag;
            struct out o;
            unsigned rows;

            if (rd.rec.kind != SCAPF_KIND_TABLE) {
                continue;
            }
            tables++;
            out_init(&o, NULL, false);
            cr_expect_eq(tab_again(&rd.rec, SCHEMA, &o, &rows, &diag), SCAPF_END, "%s",
                         found.gl_pathv[i]);
            out_pad4(&o, 0);
            cr_expect(o.len == rd.rec.body_len && memcmp(o.bytes, rd.rec.body, o.len) == 0,
                      "%s: block %llu", found.gl_pathv[i], (unsigned long long)rd.rec.ordinal);
            out_release(&o);
        }
        cr_expect_eq(rd.status, SCAPF_END, "%s", found.gl_pathv[i]);
        rd_close(&rd);
        free(bytes);
    }
    globfree(&found);
    cr_expect_gt(tables, 50);
}

/* ------------------------------------------------------------------ rows made by hand */

static void cell(struct scapf_row *row, const struct scapf_table_info *info, const char *name,
                 uint64_t u, const char *text)
{
    struct scapf_cell *c = &row->cells[row->n_cells++];

    *c = (struct scapf_cell){.u = u, .i = (int64_t)u, .bytes = (const uint8_t *)text};
    c->len = text != NULL ? (uint32_t)strlen(text) : 0;
    for (uint8_t i = 0; i < info->n_fields && c->field == NULL; i++) {
        if (strcmp(info->fields[i].name, name) == 0) {
            c->field = &info->fields[i];
        }
    }
    cr_assert_not_null(c->field, "%s", name);
}

static void group(struct scapf_row *row, const struct scapf_table_info *info)
{
    *row = (struct scapf_row){.entry_len = 1};
    cell(row, info, "kind", 1, NULL);
    cell(row, info, "gid", 7, NULL);
    cell(row, info, "name", 0, "us");
}

/* A row is written only when it reads back as the same row. */
Test(table_write, rows_that_cannot_be_written)
{
    const struct scapf_table_info *info = scapf_schema_table(SCHEMA, 0x220, NULL);
    struct scapf_row row;
    struct out o;

    out_init(&o, NULL, false);
    group(&row, info);
    cr_expect_eq(table_put_row(&o, info, 2, &row), SCAPF_OK);
    cr_expect_eq(o.len, 13);
    row.n_cells = 2; /* a cell is missing */
    cr_expect_eq(table_put_row(&o, info, 2, &row), SCAPF_E_USAGE);
    group(&row, info);
    row.cells[0].u = 0; /* a user has other fields */
    cr_expect_eq(table_put_row(&o, info, 2, &row), SCAPF_E_USAGE);
    group(&row, info);
    row.cells[0].u = 256; /* above the field */
    cr_expect_eq(table_put_row(&o, info, 2, &row), SCAPF_E_USAGE);
    group(&row, info);
    row.cells[1].u = UINT64_C(1) << 32;
    cr_expect_eq(table_put_row(&o, info, 2, &row), SCAPF_E_USAGE);
    group(&row, info);
    row.cells[2].len = 65536; /* above the length's own field; its bytes are not looked at */
    cr_expect_eq(table_put_row(&o, info, 2, &row), SCAPF_E_LIMIT);
    group(&row, info);
    cell(&row, info, "shell", 0, "/bin/sh"); /* one too many */
    cr_expect_eq(table_put_row(&o, info, 2, &row), SCAPF_E_USAGE);
    group(&row, info);
    row.extra = (const uint8_t *)"more";
    row.extra_len = 4;
    cr_expect_eq(table_put_row(&o, info, 1, &row), SCAPF_E_USAGE, "extra bytes, no length");
    row.entry_len = 0;
    cr_expect_eq(table_put_row(&o, info, 2, &row), SCAPF_E_USAGE, "extra bytes, length 0");
    row.entry_len = 99;
    out_clear(&o);
    cr_expect_eq(table_put_row(&o, info, 2, &row), SCAPF_OK);
    cr_expect(o.len == 17 && o.bytes[0] == 17, "the length is filled in");
    out_release(&o);
}

Test(table_write, tails_that_cannot_be_written)
{
    static const struct {
        const char *name;
        const char *cells[6];
        uint32_t extra;
        uint32_t entry_len;
        enum scapf_status status;
    } rows[] = {
        {"no tail", {NULL}, 0, 1, SCAPF_OK},
        {"no tail, no length", {NULL}, 0, 0, SCAPF_OK},
        {"2018", {"loginuid"}, 0, 1, SCAPF_OK},
        {"2021", {"loginuid", "exe_writable"}, 0, 1, SCAPF_OK},
        {"2018 cut", {"loginuid", "exe_writable"}, 7, 1, SCAPF_OK},
        {"tail without length", {"loginuid"}, 0, 0, SCAPF_E_USAGE},
        {"starts late", {"exe_writable"}, 0, 1, SCAPF_E_USAGE},
        {"gap", {"loginuid", "cap_inheritable"}, 0, 1, SCAPF_E_USAGE},
        {"extra bytes are a field", {"loginuid"}, 1, 1, SCAPF_E_USAGE},
        {"long, early fields missing", {"loginuid", "exe_writable"}, 30, 1, SCAPF_E_USAGE},
        {"short, early fields there",
         {"pidns_init_start_ts", "tty", "loginuid"},
         0,
         1,
         SCAPF_E_USAGE},
    };
    const struct scapf_table_info *info = scapf_schema_table(SCHEMA, 0x215, NULL);
    struct mk m;
    struct rd rd;
    struct scapf_table table;
    struct scapf_row base;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 2);
    story_processes(&m, 0x215, 9, 0);
    rd_mk(&rd, &m);
    rd_skip(&rd, 2);
    cr_assert_eq(scapf_table_open(&rd.rec, SCHEMA, &table), SCAPF_OK);
    cr_assert_eq(scapf_table_next(&table, &base), SCAPF_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scapf_row row = base;
        struct out o;

        out_init(&o, NULL, false);
        out_u32(&o, 0);
        for (size_t k = 0; rows[i].cells[k] != NULL; k++) {
            cell(&row, info, rows[i].cells[k], 1, NULL);
        }
        row.extra = (const uint8_t *)"0123456789012345678901234567890123456789";
        row.extra_len = rows[i].extra;
        row.entry_len = rows[i].entry_len;
        cr_expect_eq(table_put_row(&o, info, 9, &row), rows[i].status, "%s", rows[i].name);
        out_release(&o);
    }
    rd_close(&rd);
    mk_release(&m);
}
