/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "support/rd.h"
#include "support/story.h"
#include "support/tab.h"

#define SCHEMA scapf_schema_builtin()

/* The second record of what was built is a table: decode, encode, compare, count its rows. */
static void again(const char *name, const struct mk *m, unsigned want_rows)
{
    struct scapf_diag diag;
    unsigned rows;
    struct out o;
    struct rd rd;

    out_init(&o, NULL, false);
    rd_mk(&rd, m);
    rd_skip(&rd, 2);
    cr_assert_eq(rd.rec.kind, SCAPF_KIND_TABLE, "%s", name);
    cr_expect_eq(tab_again(&rd.rec, SCHEMA, &o, &rows, &diag), SCAPF_END, "%s", name);
    cr_expect_eq(rows, want_rows, "%s: %u rows, want %u", name, rows, want_rows);
    out_pad4(&o, 0);
    cr_assert_eq(o.len, rd.rec.body_len, "%s", name);
    cr_expect_eq(memcmp(o.bytes, rd.rec.body, o.len), 0, "%s", name);
    rd_close(&rd);
    out_release(&o);
}

/* Open the second record's table. */
static void open_table(struct rd *rd, const struct mk *m, struct scapf_table *table)
{
    rd_mk(rd, m);
    rd_skip(rd, 2);
    cr_assert_eq(scapf_table_open(&rd->rec, SCHEMA, table), SCAPF_OK);
}

static void begin(struct mk *m, int big)
{
    mk_init(m, big);
    mk_shb(m, 2);
}

static uint64_t number(const struct scapf_row *row, const char *name)
{
    const struct scapf_cell *cell = scapf_row_cell(row, name);

    cr_assert_not_null(cell, "%s", name);
    return cell->u;
}

static void expect_text(const struct scapf_row *row, const char *name, const char *text)
{
    const struct scapf_cell *cell = scapf_row_cell(row, name);

    cr_assert_not_null(cell, "%s", name);
    cr_assert_eq(cell->len, strlen(text), "%s", name);
    cr_expect_eq(memcmp(cell->bytes, text, cell->len), 0, "%s", name);
}

/* ------------------------------------------------------------------ process list */

static const struct {
    uint32_t type;
    unsigned version;
} process_lists[] = {
    {0x202, 1}, {0x8000ABCD, 1}, {0x207, 2}, {0x8013ABCD, 2}, {0x209, 3}, {0x8014ABCD, 3},
    {0x210, 4}, {0x211, 5},      {0x212, 6}, {0x213, 7},      {0x214, 8}, {0x215, 9},
};

static const struct {
    const char *name;
    unsigned since;
} process_fields[] = {
    {"tid", 1},  {"pid", 1},     {"ptid", 1},      {"sid", 6},     {"vpgid", 8},   {"comm", 1},
    {"exe", 1},  {"exepath", 7}, {"args", 1},      {"cwd", 1},     {"fdlimit", 1}, {"flags", 1},
    {"uid", 1},  {"gid", 1},     {"vmsize_kb", 2}, {"pfmajor", 2}, {"pfminor", 2}, {"env", 3},
    {"vtid", 4}, {"vpid", 4},    {"cgroups", 4},   {"root", 5},
};

/* An entry of a version with values that tell the fields apart. */
static void process(struct mk *m, unsigned v)
{
    mk_u64(m, 101);
    mk_u64(m, 102);
    mk_u64(m, (uint64_t)-103);
    if (v >= 6) {
        mk_u64(m, 104);
    }
    if (v >= 8) {
        mk_u64(m, 105);
    }
    mk_str16(m, "comm");
    mk_str16(m, "exe");
    if (v >= 7) {
        mk_str16(m, "exepath");
    }
    mk_str16(m, "args");
    mk_str16(m, "");
    mk_u64(m, 1024);
    mk_u32(m, 0xA0000);
    mk_u32(m, 33);
    mk_u32(m, 44);
    if (v >= 2) {
        mk_u32(m, 1);
        mk_u32(m, 2);
        mk_u32(m, 3);
        mk_u64(m, 4);
        mk_u64(m, 5);
    }
    if (v >= 3) {
        mk_str16(m, "env");
    }
    if (v >= 4) {
        mk_u64(m, 6);
        mk_u64(m, (uint64_t)-1);
        mk_str16(m, "cgroups");
    }
    if (v >= 5) {
        mk_str16(m, "/root");
    }
}

Test(table, process_lists_of_every_version)
{
    for (size_t i = 0; i < 2 * sizeof(process_lists) / sizeof(process_lists[0]); i++) {
        unsigned v = process_lists[i / 2].version;
        struct scapf_table table;
        struct scapf_row row;
        struct mk m;
        struct rd rd;

        begin(&m, i % 2);
        mk_begin(&m, process_lists[i / 2].type);
        for (int n = 0; n < 2; n++) {
            if (v >= 9) {
                mk_u32(&m, 0); /* no length, no tail */
            }
            process(&m, v);
        }
        mk_end(&m);
        again(scapf_block_name(process_lists[i / 2].type), &m, 2);
        open_table(&rd, &m, &table);
        cr_expect_str_eq(table.info->name, "process");
        cr_expect_eq(table.number->version, v);
        cr_expect_eq(table.head.n_cells, 0);
        cr_assert_eq(scapf_table_next(&table, &row), SCAPF_OK);
        for (size_t k = 0; k < sizeof(process_fields) / sizeof(process_fields[0]); k++) {
            cr_expect_eq(scapf_row_cell(&row, process_fields[k].name) != NULL,
                         v >= process_fields[k].since, "V%u %s", v, process_fields[k].name);
        }
        cr_expect_null(scapf_row_cell(&row, "loginuid"));
        cr_expect_eq(number(&row, "tid"), 101);
        cr_expect_eq(scapf_row_cell(&row, "ptid")->i, -103);
        expect_text(&row, "comm", "comm");
        expect_text(&row, "args", "args");
        expect_text(&row, "cwd", "");
        cr_expect(number(&row, "flags") == 0xA0000 && number(&row, "gid") == 44);
        if (v >= 8) {
            cr_expect(number(&row, "sid") == 104 && number(&row, "vpgid") == 105);
            cr_expect(number(&row, "vmswap_kb") == 3 && number(&row, "pfminor") == 5);
            expect_text(&row, "root", "/root");
            cr_expect_eq(scapf_row_cell(&row, "vpid")->i, -1);
        }
        cr_expect_eq(row.off, 28 + 8);
        cr_assert_eq(scapf_table_next(&table, &row), SCAPF_OK);
        cr_expect_eq(scapf_table_next(&table, &row), SCAPF_END);
        cr_expect_eq(scapf_table_next(&table, &row), SCAPF_END);
        rd_close(&rd);
        mk_release(&m);
    }
}

/* Which fields of the tail there are, with how many bytes. [scap 7] */
Test(table, process_tails_of_every_size)
{
    static const struct {
        const char *name;
        unsigned size;
        bool late; /* only in tails of more than 29 bytes, where it stands in front */
    } tail[] = {
        {"pidns_init_start_ts", 8, true},
        {"tty", 4, true},
        {"loginuid", 4, false},
        {"exe_writable", 1, false},
        {"cap_inheritable", 8, false},
        {"cap_permitted", 8, false},
        {"cap_effective", 8, false},
        {"exe_upper_layer", 1, false},
        {"exe_ino", 8, false},
        {"exe_ino_ctime", 8, false},
        {"exe_ino_mtime", 8, false},
        {"exe_from_memfd", 1, false},
        {"exe_lower_layer", 1, false},
        {"pgid", 8, false},
    };

    for (unsigned size = 0; size <= 100; size++) {
        struct scapf_table table;
        struct scapf_row row;
        struct mk m;
        struct rd rd;
        size_t at;
        unsigned used = 0;
        bool cut = false;

        begin(&m, size % 2);
        mk_begin(&m, 0x215);
        at = m.o.len;
        mk_u32(&m, 0);
        process(&m, 9);
        for (unsigned i = 0; i < size; i++) {
            mk_u8(&m, (uint8_t)(i + 1));
        }
        mk_patch_u32(&m, at, (uint32_t)(m.o.len - at));
        mk_end(&m);
        again("tail", &m, 1);
        open_table(&rd, &m, &table);
        cr_assert_eq(scapf_table_next(&table, &row), SCAPF_OK);
        for (size_t i = 0; i < sizeof(tail) / sizeof(tail[0]); i++) {
            if (tail[i].late && size <= 29) {
                cr_expect_null(scapf_row_cell(&row, tail[i].name), "tail %u", size);
                continue;
            }
            cut = cut || size - used < tail[i].size; /* the first that does not fit ends it */
            cr_expect_eq(scapf_row_cell(&row, tail[i].name) == NULL, cut, "tail %u %s", size,
                         tail[i].name);
            used += cut ? 0 : tail[i].size;
            if (!cut && tail[i].size == 1) {
                cr_expect_eq(number(&row, tail[i].name), used);
            }
        }
        cr_expect_eq(row.extra_len, size - used, "tail %u: %u", size, row.extra_len);
        cr_expect(row.extra_len == 0 || row.extra[0] == used + 1);
        cr_expect_eq(scapf_table_next(&table, &row), SCAPF_END);
        rd_close(&rd);
        mk_release(&m);
    }
}

Test(table, entry_lengths)
{
    static const struct {
        const char *name;
        uint32_t type;
        int64_t change; /* of the right length; INT64_MIN: it is this many bytes (see fixed) */
        uint32_t fixed;
        enum rule rule;
    } rows[] = {
        {"PL 1", 0x215, INT64_MIN, 1, RULE_PL_ENTRY},
        {"PL 3", 0x215, INT64_MIN, 3, RULE_PL_ENTRY},
        {"PL 4", 0x215, INT64_MIN, 4, RULE_PL_ENTRY},
        {"PL one less", 0x215, -1, 0, RULE_PL_ENTRY},
        {"PL above the block", 0x215, 1000, 0, RULE_PL_ENTRY},
        {"PL 4 GiB", 0x215, INT64_MIN, UINT32_MAX, RULE_PL_ENTRY},
        {"FDL 3", 0x218, INT64_MIN, 3, RULE_FDL_ENTRY},
        {"FDL one less", 0x218, -1, 0, RULE_FDL_ENTRY},
        {"FDL above the block", 0x218, 1000, 0, RULE_FDL_ENTRY},
        {"IL 0", 0x219, INT64_MIN, 0, RULE_IL_ENTRY},
        {"IL one less", 0x219, -1, 0, RULE_IL_ENTRY},
        {"IL above the block", 0x219, 1000, 0, RULE_IL_ENTRY},
        {"UL 3", 0x220, INT64_MIN, 3, RULE_UL_ENTRY},
        {"UL one less", 0x220, -1, 0, RULE_UL_ENTRY},
        {"UL 4 GiB", 0x220, INT64_MIN, UINT32_MAX, RULE_UL_ENTRY},
    };

    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        uint32_t type = rows[i / 2].type;
        struct scapf_table table;
        struct scapf_row row;
        struct mk m;
        struct rd rd;
        size_t at;
        uint32_t len;

        begin(&m, i % 2);
        mk_begin(&m, type);
        if (type == 0x218) {
            mk_u64(&m, 1);
        }
        at = m.o.len;
        mk_u32(&m, 0);
        if (type == 0x215) {
            process(&m, 9);
        } else if (type == 0x218) {
            mk_u64(&m, 3);
            mk_u64(&m, 9);
            mk_u8(&m, 1);
            mk_str16(&m, "/tmp");
        } else if (type == 0x219) {
            mk_u16(&m, 3);
            mk_u16(&m, 2);
            mk_zero(&m, 12);
            mk_str(&m, "lo");
        } else {
            mk_u8(&m, 1);
            mk_u32(&m, 100);
            mk_str16(&m, "users");
        }
        len = (uint32_t)(m.o.len - at) - (type == 0x219 ? 4 : 0);
        len = rows[i / 2].change == INT64_MIN ? rows[i / 2].fixed
                                              : (uint32_t)(len + rows[i / 2].change);
        mk_patch_u32(&m, at, len);
        mk_end(&m);
        open_table(&rd, &m, &table);
        cr_expect_eq(scapf_table_next(&table, &row), SCAPF_E_FORMAT, "%s", rows[i / 2].name);
        cr_expect_eq(table.diag.rule, rows[i / 2].rule, "%s: %s", rows[i / 2].name,
                     scapf_rule_get(table.diag.rule)->symbol);
        cr_expect_geq(table.diag.off, at, "%s", rows[i / 2].name);
        cr_expect_lt(table.diag.off, m.o.len, "%s", rows[i / 2].name);
        cr_expect_eq(scapf_table_next(&table, &row), SCAPF_E_FORMAT, "errors stick");
        rd_close(&rd);
        mk_release(&m);
    }
}

/* Longer entries of newer writers: what is behind the known fields is kept. */
Test(table, entries_of_tomorrow)
{
    static const uint32_t types[] = {0x218, 0x219, 0x220};

    for (size_t i = 0; i < 6; i++) {
        uint32_t type = types[i / 2];
        struct scapf_table table;
        struct scapf_row row;
        struct mk m;
        struct rd rd;
        size_t at;

        begin(&m, i % 2);
        mk_begin(&m, type);
        if (type == 0x218) {
            mk_u64(&m, 1);
        }
        for (int n = 0; n < 2; n++) {
            at = m.o.len;
            mk_u32(&m, 0);
            if (type == 0x218) {
                mk_u64(&m, 3);
                mk_u64(&m, 9);
                mk_u8(&m, 1);
                mk_str16(&m, "/tmp");
            } else if (type == 0x219) {
                mk_u16(&m, 2);
                mk_u16(&m, 2);
                mk_zero(&m, 56);
                mk_str(&m, "lo");
            } else {
                mk_u8(&m, 0);
                mk_u32(&m, 100);
                mk_u32(&m, 100);
                mk_str16(&m, "me");
                mk_str16(&m, "/home/me");
                mk_str16(&m, "/bin/sh");
            }
            mk_str(&m, "future");
            mk_patch_u32(&m, at, (uint32_t)(m.o.len - at) - (type == 0x219 ? 4 : 0));
        }
        mk_end(&m);
        again(scapf_block_name(type), &m, 2);
        open_table(&rd, &m, &table);
        while (scapf_table_next(&table, &row) == SCAPF_OK) {
            cr_expect(row.extra_len == 6 && memcmp(row.extra, "future", 6) == 0);
        }
        cr_expect_eq(table.diag.rule, RULE_NONE);
        rd_close(&rd);
        mk_release(&m);
    }
}

/* ------------------------------------------------------------------ descriptors */

Test(table, descriptors_of_every_type)
{
    for (int i = 0; i < 6; i++) {
        static const uint32_t numbers[] = {0x203, 0x8001ABCD, 0x218};
        uint32_t type = numbers[i / 2];
        bool v2 = type == 0x218;
        unsigned seen = 0;
        struct mk m;
        struct rd rd;

        begin(&m, i % 2);
        story_fds(&m, type, v2, true);
        rd_mk(&rd, &m);
        rd_skip(&rd, 1);
        while (rd_next(&rd) == SCAPF_OK) {
            struct scapf_table table;
            struct scapf_row row;
            struct scapf_diag diag;
            struct out o;
            unsigned rows;

            cr_assert_eq(scapf_table_open(&rd.rec, SCHEMA, &table), SCAPF_OK);
            cr_expect_eq(table.head.n_cells, 1);
            while (scapf_table_next(&table, &row) == SCAPF_OK) {
                uint64_t t = number(&row, "type");

                seen |= 1U << t;
                cr_expect_eq(scapf_row_cell(&row, "name") != NULL, t != 0 && (t < 3 || t > 6),
                             "type %u", (unsigned)t);
                cr_expect_eq(scapf_row_cell(&row, "dev") != NULL, t == 16 && v2);
                cr_expect_eq(scapf_row_cell(&row, "sport") != NULL, t == 3 || t == 4);
                cr_expect_eq(scapf_row_cell(&row, "port") != NULL, t == 5 || t == 6);
                cr_expect_eq(scapf_row_cell(&row, "source") != NULL, t == 8);
            }
            cr_expect_eq(table.diag.rule, RULE_NONE);
            out_init(&o, NULL, false);
            cr_expect_eq(tab_again(&rd.rec, SCHEMA, &o, &rows, &diag), SCAPF_END);
            out_pad4(&o, 0);
            cr_expect(o.len == rd.rec.body_len && memcmp(o.bytes, rd.rec.body, o.len) == 0);
            out_release(&o);
        }
        cr_expect_eq(seen | 1, (1U << 22) - 1, "%#x", seen);
        rd_close(&rd);
        mk_release(&m);
    }
}

/* A type of tomorrow can be passed over when the entry has a length, else the list ends. */
Test(table, unknown_descriptor_type)
{
    for (int i = 0; i < 8; i++) {
        bool v2 = (i & 2) != 0;
        uint8_t fd_type = i < 4 ? 22 : 200;
        struct scapf_table table;
        struct scapf_row row;
        struct mk m;
        struct rd rd;
        size_t at;

        begin(&m, i % 2);
        mk_begin(&m, v2 ? 0x218 : 0x203);
        mk_u64(&m, 1);
        for (int n = 0; n < 2; n++) {
            at = m.o.len;
            if (v2) {
                mk_u32(&m, 0);
            }
            mk_u64(&m, 3);
            mk_u64(&m, 9);
            mk_u8(&m, n == 0 ? fd_type : 1);
            mk_str16(&m, "tomorrow");
            if (v2) {
                mk_patch_u32(&m, at, (uint32_t)(m.o.len - at));
            }
        }
        mk_end(&m);
        open_table(&rd, &m, &table);
        if (v2) {
            again("FDL_V2", &m, 2);
            cr_assert_eq(scapf_table_next(&table, &row), SCAPF_OK);
            cr_expect(row.n_cells == 3 && row.extra_len == 10);
            cr_assert_eq(scapf_table_next(&table, &row), SCAPF_OK);
            expect_text(&row, "name", "tomorrow");
            cr_expect_eq(scapf_table_next(&table, &row), SCAPF_END);
        } else {
            cr_expect_eq(scapf_table_next(&table, &row), SCAPF_E_FORMAT);
            rd_expect("FDL", &table.diag, RULE_FDL_TYPE_V1, 28 + 8 + 8, fd_type, 0);
        }
        rd_close(&rd);
        mk_release(&m);
    }
}

/* ------------------------------------------------------------------ interfaces, users, machine */

Test(table, interfaces)
{
    static const struct {
        uint32_t number;
        bool v2;
    } lists[] = {{0x205, false}, {0x8011ABCD, false}, {0x219, true}};

    for (size_t i = 0; i < 6; i++) {
        struct scapf_table table;
        struct scapf_row row;
        struct mk m;
        struct rd rd;

        begin(&m, i % 2);
        mk_begin(&m, lists[i / 2].number);
        for (uint16_t t = 1; t <= 4; t++) {
            uint32_t addresses = t % 2 != 0 ? 12 : 48;

            if (lists[i / 2].v2) {
                mk_u32(&m, 4 + addresses + (t <= 2 ? 8 : 0) + t);
            }
            mk_u16(&m, t);
            mk_u16(&m, t);
            mk_bytes(&m, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", addresses);
            if (t <= 2) {
                mk_u64(&m, 1000);
            }
            mk_bytes(&m, "eth0", t);
        }
        mk_end(&m);
        again("IL", &m, 4);
        open_table(&rd, &m, &table);
        for (uint16_t t = 1; t <= 4; t++) {
            const struct scapf_cell *bcast;

            cr_assert_eq(scapf_table_next(&table, &row), SCAPF_OK);
            cr_expect_eq(number(&row, "type"), t);
            bcast = scapf_row_cell(&row, "bcast");
            cr_assert_not_null(bcast);
            cr_expect(bcast->len == (t % 2 != 0 ? 4 : 16) &&
                      bcast->bytes[0] == (t % 2 != 0 ? 'i' : 'G'));
            cr_expect_eq(scapf_row_cell(&row, "linkspeed") != NULL, t <= 2);
            cr_expect_eq(scapf_row_cell(&row, "name")->len, t);
        }
        cr_expect_eq(scapf_table_next(&table, &row), SCAPF_END);
        rd_close(&rd);
        mk_release(&m);
    }
}

Test(table, unknown_interface_type)
{
    struct scapf_table table;
    struct scapf_row row;
    struct mk m;
    struct rd rd;

    begin(&m, MK_LITTLE);
    mk_begin(&m, 0x205);
    mk_u16(&m, 5);
    mk_u16(&m, 0);
    mk_zero(&m, 20);
    mk_end(&m);
    open_table(&rd, &m, &table);
    cr_expect_eq(scapf_table_next(&table, &row), SCAPF_E_FORMAT);
    rd_expect("IL", &table.diag, RULE_IL_TYPE, 28 + 8, 5, 0);
    rd_close(&rd);
    mk_release(&m);
}

/* [scap 6] Every kind but 0 is a group. */
Test(table, users)
{
    static const struct {
        uint32_t number;
        bool v2;
    } lists[] = {{0x206, false}, {0x8012ABCD, false}, {0x220, true}};

    for (size_t i = 0; i < 6; i++) {
        struct scapf_table table;
        struct scapf_row row;
        struct mk m;
        struct rd rd;

        begin(&m, i % 2);
        mk_begin(&m, lists[i / 2].number);
        for (int n = 0; n < 4; n++) {
            static const uint8_t kinds[] = {0, 1, 2, 255};

            if (lists[i / 2].v2) {
                mk_u32(&m, kinds[n] == 0 ? 4 + 9 + 4 + 7 + 9 : 4 + 5 + 4);
            }
            mk_u8(&m, kinds[n]);
            if (kinds[n] == 0) {
                mk_u32(&m, 1000);
            }
            mk_u32(&m, 100);
            mk_str16(&m, "me");
            if (kinds[n] == 0) {
                mk_str16(&m, "/home");
                mk_str16(&m, "/bin/sh");
            }
        }
        mk_end(&m);
        again("UL", &m, 4);
        open_table(&rd, &m, &table);
        for (int n = 0; n < 4; n++) {
            cr_assert_eq(scapf_table_next(&table, &row), SCAPF_OK, "entry %d", n);
            cr_expect_eq(scapf_row_cell(&row, "uid") != NULL, n == 0);
            cr_expect_eq(scapf_row_cell(&row, "shell") != NULL, n == 0);
            cr_expect_eq(number(&row, "gid"), 100);
            expect_text(&row, "name", "me");
        }
        cr_expect_eq(scapf_table_next(&table, &row), SCAPF_END);
        rd_close(&rd);
        mk_release(&m);
    }
}

Test(table, machine)
{
    for (int i = 0; i < 8; i++) {
        struct scapf_table table;
        struct scapf_row row;
        uint32_t extra = i < 4 ? 0 : 12;
        struct mk m;
        struct rd rd;

        begin(&m, i % 2);
        mk_begin(&m, (i & 2) != 0 ? 0x201 : 0x8002ABCD);
        mk_u32(&m, 8);
        mk_u64(&m, UINT64_C(1) << 34);
        mk_u64(&m, 0);
        mk_str(&m, "host");
        mk_zero(&m, 124);
        mk_u64(&m, 1700000000);
        mk_zero(&m, 24);
        mk_zero(&m, extra);
        mk_end(&m);
        again("MI", &m, 0);
        open_table(&rd, &m, &table);
        cr_expect(table.head.n_cells == 8 && table.head.extra_len == extra);
        cr_expect_eq(number(&table.head, "memory_size_bytes"), UINT64_C(1) << 34);
        cr_expect_eq(scapf_row_cell(&table.head, "hostname")->len, 128);
        cr_expect_eq(number(&table.head, "boot_ts_epoch"), 1700000000);
        cr_expect_eq(scapf_table_next(&table, &row), SCAPF_END);
        rd_close(&rd);
        mk_release(&m);
    }
}

Test(table, heads_that_are_cut)
{
    static const struct {
        uint32_t type, len;
        enum rule rule;
        uint64_t off, got, want;
    } rows[] = {
        {0x201, 0, RULE_MI_LEN, 0, 0, 4},     {0x201, 4, RULE_MI_LEN, 4, 0, 8},
        {0x201, 176, RULE_MI_LEN, 172, 4, 8}, {0x203, 0, RULE_FDL_ENTRY, 0, 0, 8},
        {0x218, 4, RULE_FDL_ENTRY, 0, 4, 8},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scapf_table table;
        struct scapf_row row;
        struct mk m;
        struct rd rd;

        begin(&m, i % 2);
        mk_begin(&m, rows[i].type);
        mk_zero(&m, rows[i].len);
        mk_end(&m);
        rd_mk(&rd, &m);
        rd_skip(&rd, 2);
        cr_expect_eq(scapf_table_open(&rd.rec, SCHEMA, &table), SCAPF_E_FORMAT);
        rd_expect("head", &table.diag, rows[i].rule, 36 + rows[i].off, rows[i].got, rows[i].want);
        cr_expect_eq(scapf_table_next(&table, &row), SCAPF_E_FORMAT);
        rd_close(&rd);
        mk_release(&m);
    }
}

/* Up to 3 bytes at the end are padding, whatever they are; 4 are an entry. [scap 19.5] */
Test(table, rest_of_the_body)
{
    for (uint32_t rest = 0; rest <= 4; rest++) {
        struct scapf_table table;
        struct scapf_row row;
        struct scapf_record rec;
        struct mk m;
        struct rd rd;

        begin(&m, MK_LITTLE);
        mk_begin(&m, 0x206);
        mk_u8(&m, 1);
        mk_u32(&m, 100);
        mk_str16(&m, "us");
        mk_bytes(&m, "\1\1\1\1", rest);
        mk_end(&m);
        rd_mk(&rd, &m);
        rd_skip(&rd, 2);
        rec = rd.rec;
        rec.body_len = 9 + rest;
        cr_assert_eq(scapf_table_open(&rec, SCHEMA, &table), SCAPF_OK);
        cr_assert_eq(scapf_table_next(&table, &row), SCAPF_OK);
        cr_expect_eq(scapf_table_next(&table, &row), rest < 4 ? SCAPF_END : SCAPF_E_FORMAT);
        rd_close(&rd);
        mk_release(&m);
    }
}

Test(table, other_records_are_none)
{
    struct scapf_table table;
    struct mk m;
    struct rd rd;

    begin(&m, MK_LITTLE);
    rd_mk(&rd, &m);
    rd_skip(&rd, 1);
    cr_expect_eq(scapf_table_open(&rd.rec, SCHEMA, &table), SCAPF_E_USAGE);
    rd_close(&rd);
    mk_release(&m);
}
