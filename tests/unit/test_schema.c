/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Schemas: the built-in tables, the loader, overlays, and what is wrong with bad files.
 */
#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scapfmt-xml.h"
#include "support/fault_alloc.h"
#include "support/schema_equal.h"
#include "xml/schema_load.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------------ helpers */

/* The first fault of a load, and how many there were. */
struct faults {
    unsigned n, line;
    char file[128], message[256];
};

static void on_fault(void *ctx, const char *file, unsigned line, const char *message)
{
    struct faults *f = ctx;

    if (f->n++ == 0) {
        f->line = line;
        (void)snprintf(f->file, sizeof(f->file), "%s", file);
        (void)snprintf(f->message, sizeof(f->message), "%s", message);
    }
}

static enum scapf_status load(const char *const *paths, size_t n, const struct scapf_schema *base,
                              struct faults *f, struct scapf_schema **schema)
{
    const struct scapf_xml_opts opts = {
        .size = sizeof(opts), .base = base, .report = on_fault, .ctx = f};

    memset(f, 0, sizeof(*f));
    return scapf_schema_load_xml(paths, n, &opts, schema);
}

/* All files the built-in schema is made of. */
static struct scapf_schema *load_all(bool backwards)
{
    struct scapf_schema *schema = NULL;
    struct faults f;
    glob_t files;
    enum scapf_status status;

    cr_assert_eq(glob("schemas/*.xml", 0, NULL, &files), 0);
    for (size_t i = 0; backwards && i < files.gl_pathc / 2; i++) {
        char *other = files.gl_pathv[files.gl_pathc - 1 - i];

        files.gl_pathv[files.gl_pathc - 1 - i] = files.gl_pathv[i];
        files.gl_pathv[i] = other;
    }
    status = load((const char *const *)files.gl_pathv, files.gl_pathc, NULL, &f, &schema);
    cr_assert_eq(status, SCAPF_OK, "%s:%u: %s", f.file, f.line, f.message);
    globfree(&files);
    return schema;
}

static struct scapf_schema *load_text(const char *text, const struct scapf_schema *base)
{
    struct scapf_schema *schema = NULL;
    struct faults f = {0};
    const struct schema_input input = {.name = "text", .bytes = text, .len = strlen(text)};
    const struct scapf_xml_opts opts = {
        .size = sizeof(opts), .base = base, .report = on_fault, .ctx = &f};
    enum scapf_status status = schema_xml_load(&input, 1, &opts, &schema);

    cr_assert_eq(status, SCAPF_OK, "%s:%u: %s", f.file, f.line, f.message);
    return schema;
}

static const struct scapf_event_info *event_by_symbol(const struct scapf_schema *s,
                                                      const char *symbol)
{
    for (uint32_t i = 0; i < s->n_events; i++) {
        if (s->events[i] != NULL && strcmp(s->events[i]->symbol, symbol) == 0) {
            return s->events[i];
        }
    }
    return NULL;
}

static const struct scapf_table_info *table_by_name(const struct scapf_schema *s, const char *name)
{
    for (uint32_t i = 0; i < s->n_tables; i++) {
        if (strcmp(s->tables[i]->name, name) == 0) {
            return s->tables[i];
        }
    }
    return NULL;
}

/* ------------------------------------------------------------------ built in */

Test(schema, built_in_equals_loaded)
{
    struct scapf_schema *loaded = load_all(false);
    const char *difference = schema_difference(scapf_schema_builtin(), loaded);

    cr_expect_null(difference, "%s", difference);
    scapf_schema_free(loaded);
}

/* What refers to what is found whatever file comes first. Only lists in file order depend on it,
 * and each of those stands in one file. */
Test(schema, order_of_files_does_not_matter)
{
    struct scapf_schema *loaded = load_all(true);
    const char *difference = schema_difference(scapf_schema_builtin(), loaded);

    cr_expect_null(difference, "%s", difference);
    scapf_schema_free(loaded);
}

/* The comparison itself must see a difference in each kind of struct. */
Test(schema, comparison_sees_differences)
{
    static const char *const changes[][2] = {
        {"<errnos><name value='5' name='X'/></errnos>", "errnos[4].name"},
        {"<flag-set name='shutdown_how'><flag name='X' value='1'/></flag-set>", ".n_flags"},
        {"<syscalls><syscall code='5' name='open5'/></syscalls>", "syscalls[5].text"},
        {"<ages><age name='z'/></ages>", "n_ages"},
        {"<ia32><map nr='3' to='9'/></ia32>", "ia32_to_x86_64[3].number"},
        {"<convert event='PPME_GENERIC_E' params='2' action='pass'/>", "conversions[0].action"},
        {"<table name='t' entries='yes'><number type='0x999' version='1' name='T'/>"
         "<field name='a' type='u8'/></table>",
         "n_tables"},
    };

    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        char text[400];
        struct scapf_schema *s;
        const char *difference;

        (void)snprintf(text, sizeof(text), "<schema>%s</schema>", changes[i][0]);
        s = load_text(text, scapf_schema_builtin());
        difference = schema_difference(scapf_schema_builtin(), s);
        cr_expect(difference != NULL && strstr(difference, changes[i][1]) != NULL,
                  "row %zu: %s instead of %s", i, difference, changes[i][1]);
        scapf_schema_free(s);
    }
}

Test(schema, counts)
{
    const struct scapf_schema *s = scapf_schema_builtin();
    unsigned ours = 0;
    unsigned params = 0;

    for (uint32_t i = 0; i < s->n_events; i++) {
        cr_assert_not_null(s->events[i], "code %u", i);
        cr_expect_eq(s->events[i]->code, i);
        params += s->events[i]->n_params;
    }
    for (uint32_t i = 0; i < s->n_flag_sets; i++) {
        ours += strncmp(s->flag_sets[i]->name, "scap_", 5) == 0;
    }
    cr_expect_eq(s->n_events, 454);
    cr_expect_eq(params, 1345);
    cr_expect_eq(ours, 4);
    cr_expect_eq(s->n_flag_sets - ours, 55);
    cr_expect_eq(s->n_variant_sets, 4);
    cr_expect_eq(s->n_conversions, 253);
    cr_expect_eq(s->n_syscalls, 454);
    cr_expect_eq(s->n_errnos, 138);
    cr_expect_eq(s->n_signals, 31);
    cr_expect_eq(s->n_categories, 25);
    cr_expect_eq(s->n_ages, 28);
    cr_expect_eq(s->n_ia32, 472);
    cr_expect_eq(s->n_tables, 5);
    cr_expect_eq(s->n_arches, 2);
    cr_expect_eq(scapf_schema_arch(s, "x86_64")->n_calls, 373);
    cr_expect_eq(scapf_schema_arch(s, "aarch64")->n_calls, 326);
}

/* [scap 14] 253 rows, 224 managed events, 223 of old versions. */
Test(schema, flag_counts)
{
    const struct scapf_schema *s = scapf_schema_builtin();
    const struct {
        uint32_t flag;
        unsigned n;
    } rows[] = {
        {SCAPF_EF_CONVERTER_MANAGED, 224}, {SCAPF_EF_OLD_VERSION, 223}, {SCAPF_EF_UNUSED, 35},
        {SCAPF_EF_LARGE_PAYLOAD, 3},       {SCAPF_EF_USES_FD, 96},      {SCAPF_EF_DESTROYS_FD, 2},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        unsigned n = 0;

        for (uint32_t k = 0; k < s->n_events; k++) {
            n += (s->events[k]->flags & rows[i].flag) != 0;
        }
        cr_expect_eq(n, rows[i].n, "%s: %u", scapf_event_flag_name(rows[i].flag), n);
    }
}

Test(schema, open_exit_in_every_field)
{
    const struct scapf_schema *s = scapf_schema_builtin();
    const struct scapf_event_info *e = scapf_schema_event(s, 3);
    const struct {
        const char *name, *type, *fmt, *since, *flags;
    } rows[] = {
        {"fd", "FD", "DEC", "2014-02", NULL},
        {"name", "FSPATH", "NA", "2014-02", NULL},
        {"flags", "FLAGS32", "HEX", "2014-02", "file_flags"},
        {"mode", "UINT32", "OCT", "2014-02", NULL},
        {"dev", "UINT32", "HEX", "2019-11", NULL},
        {"ino", "UINT64", "DEC", "libs 0.7.0", NULL},
    };

    cr_assert_str_eq(e->symbol, "PPME_SYSCALL_OPEN_X");
    cr_expect_str_eq(e->name, "open");
    cr_expect_eq(e->category, 514);
    cr_expect_eq(e->flags,
                 SCAPF_EF_CREATES_FD | SCAPF_EF_MODIFIES_STATE | SCAPF_EF_CONVERTER_MANAGED);
    cr_assert_eq(e->n_params, COUNT_OF(rows));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct scapf_param_info *p = &e->params[i];

        cr_expect_str_eq(p->name, rows[i].name);
        cr_expect_str_eq(scapf_param_type_name(p->type), rows[i].type);
        cr_expect_str_eq(scapf_format_name(p->fmt), rows[i].fmt);
        cr_expect_str_eq(s->ages[p->since], rows[i].since);
        cr_expect_eq(p->flags != NULL, rows[i].flags != NULL);
        cr_expect(p->flags == NULL || strcmp(p->flags->name, rows[i].flags) == 0);
    }
    cr_assert_eq(e->n_syscalls, 1);
    cr_expect_str_eq(scapf_schema_syscall(s, e->syscalls[0]), "open");
}

/* [scap 11] dirfd_param is the index of the directory's descriptor. */
Test(schema, relative_paths_know_their_directory)
{
    const struct scapf_schema *s = scapf_schema_builtin();
    const struct scapf_event_info *e = event_by_symbol(s, "PPME_SYSCALL_RENAMEAT_X");

    cr_assert_not_null(e);
    cr_expect_eq(e->params[2].dirfd_param, 1);
    cr_expect_eq(e->params[4].dirfd_param, 3);
    cr_expect_eq(e->params[0].dirfd_param, -1);
}

/* A flag table is walked in order: order and double names must survive. */
Test(schema, flag_order_is_upstreams)
{
    const struct scapf_schema *s = scapf_schema_builtin();
    const struct scapf_event_info *e = scapf_schema_event(s, 3);
    const struct scapf_flag_set *set = e->params[2].flags;
    unsigned twice = 0;

    cr_expect_str_eq(set->flags[0].name, "O_LARGEFILE");
    cr_expect_eq(set->flags[0].value, 2048);
    cr_expect_str_eq(set->flags[1].name, "O_DIRECTORY");
    e = event_by_symbol(s, "PPME_SYSCALL_PRCTL_X");
    for (uint8_t i = 0; i < e->n_params; i++) {
        for (uint32_t k = 0; e->params[i].flags != NULL && k < e->params[i].flags->n_flags; k++) {
            twice += strcmp(e->params[i].flags->flags[k].name, "PR_MCE_KILL") == 0;
        }
    }
    cr_expect_eq(twice, 2);
}

Test(schema, conversions)
{
    const struct scapf_schema *s = scapf_schema_builtin();
    const struct scapf_conversion *row = scapf_schema_conversion(s, 1, 1);
    const struct scapf_event_info *read = event_by_symbol(s, "PPME_SYSCALL_READ_X");

    cr_assert_not_null(row);
    cr_expect_eq(row->action, SCAPF_CONV_ADD_PARAMS);
    cr_assert_eq(row->n_from, 1);
    cr_expect_eq(row->from[0].from, SCAPF_FROM_ENTER);
    cr_expect_eq(row->from[0].param, 1);
    cr_expect(row->from[0].empty_if_no_enter);
    row = scapf_schema_conversion(s, 228, 4);
    cr_assert_not_null(row);
    cr_expect_eq(row->action, SCAPF_CONV_CHANGE_TYPE);
    cr_expect_eq(row->from[0].from, SCAPF_FROM_CALLBACK);
    cr_expect_str_eq(scapf_schema_event(s, row->to_code)->symbol, "PPME_CONTAINER_JSON_E");
    cr_assert_not_null(read);
    cr_expect_not_null(scapf_schema_conversion(s, read->code, 2));
    cr_expect_null(scapf_schema_conversion(s, read->code, 4));
    cr_expect_null(scapf_schema_conversion(s, 65535, 0));
}

/* ------------------------------------------------------------------ look-ups */

Test(schema, every_row_is_found)
{
    const struct scapf_schema *s = scapf_schema_builtin();

    for (uint32_t i = 0; i < s->n_errnos; i++) {
        cr_expect_eq(scapf_schema_errno(s, s->errnos[i].value), s->errnos[i].name);
    }
    for (uint32_t i = 0; i < s->n_signals; i++) {
        cr_expect_eq(scapf_schema_signal(s, s->signals[i].value), s->signals[i].name);
    }
    for (uint32_t i = 0; i < s->n_arches; i++) {
        for (uint32_t k = 0; k < s->arches[i].n_calls; k++) {
            cr_expect_eq(scapf_arch_syscall(&s->arches[i], s->arches[i].calls[k].nr),
                         &s->arches[i].calls[k]);
        }
    }
    for (uint32_t i = 0; i < s->n_conversions; i++) {
        cr_expect_eq(scapf_schema_conversion(s, s->conversions[i].code, s->conversions[i].n_params),
                     &s->conversions[i]);
    }
}

Test(schema, unknown_is_null)
{
    const struct scapf_schema *s = scapf_schema_builtin();
    const uint32_t numbers[] = {0, 454, 139, 65535, 65536, UINT32_MAX};

    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        cr_expect_null(scapf_schema_signal(s, numbers[i]), "signal %u", numbers[i]);
        if (numbers[i] != 139) {
            cr_expect_null(scapf_schema_errno(s, numbers[i]), "errno %u", numbers[i]);
        }
        if (numbers[i] >= 454) {
            cr_expect_null(scapf_schema_event(s, numbers[i]), "event %u", numbers[i]);
            cr_expect_null(scapf_schema_syscall(s, numbers[i]), "call %u", numbers[i]);
        }
        cr_expect_null(scapf_schema_table(s, numbers[i], NULL), "table %u", numbers[i]);
    }
    cr_expect_null(scapf_schema_arch(s, "x86"));
    cr_expect_null(scapf_arch_syscall(scapf_schema_arch(s, "x86_64"), -1));
    cr_expect_null(scapf_arch_syscall(scapf_schema_arch(s, "x86_64"), INT32_MAX));
    cr_expect_null(scapf_param_type_name(49));
    cr_expect_null(scapf_format_name(7));
    cr_expect_null(scapf_event_flag_name(1024));
    cr_expect_null(scapf_field_type_name(11));
}

/* [scap 2] The numbers with their names; blocks of other kinds carry no table. */
Test(schema, block_numbers)
{
    static const struct {
        uint32_t type;
        uint8_t version;
        const char *table, *name;
    } rows[] = {
        {0x201, 1, "machine", "MI"},
        {0x8002ABCD, 1, "machine", "MI_INT"},
        {0x202, 1, "process", "PL_V1"},
        {0x8000ABCD, 1, "process", "PL_V1_INT"},
        {0x207, 2, "process", "PL_V2"},
        {0x8013ABCD, 2, "process", "PL_V2_INT"},
        {0x209, 3, "process", "PL_V3"},
        {0x8014ABCD, 3, "process", "PL_V3_INT"},
        {0x210, 4, "process", "PL_V4"},
        {0x211, 5, "process", "PL_V5"},
        {0x212, 6, "process", "PL_V6"},
        {0x213, 7, "process", "PL_V7"},
        {0x214, 8, "process", "PL_V8"},
        {0x215, 9, "process", "PL_V9"},
        {0x203, 1, "fd", "FDL"},
        {0x8001ABCD, 1, "fd", "FDL_INT"},
        {0x218, 2, "fd", "FDL_V2"},
        {0x205, 1, "interface", "IL"},
        {0x8011ABCD, 1, "interface", "IL_INT"},
        {0x219, 2, "interface", "IL_V2"},
        {0x206, 1, "user", "UL"},
        {0x8012ABCD, 1, "user", "UL_INT"},
        {0x220, 2, "user", "UL_V2"},
    };
    const uint32_t others[] = {0x204,      0x216,      0x221, 0x208, 0x217, 0x222,
                               0x8010ABCD, 0x0A0D0D0A, 1,     6,     0xBAD, 0x208};
    unsigned n = 0;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct scapf_table_number *number = NULL;
        const struct scapf_table_info *table =
            scapf_schema_table(scapf_schema_builtin(), rows[i].type, &number);

        cr_assert_not_null(table, "%s", rows[i].name);
        cr_expect_str_eq(table->name, rows[i].table);
        cr_expect_eq(number->block_type, rows[i].type);
        cr_expect_eq(number->version, rows[i].version);
        cr_expect_str_eq(number->name, rows[i].name);
    }
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        cr_expect_null(scapf_schema_table(scapf_schema_builtin(), others[i], NULL));
    }
    for (uint32_t i = 0; i < scapf_schema_builtin()->n_tables; i++) {
        n += scapf_schema_builtin()->tables[i]->n_numbers;
    }
    cr_expect_eq(n, COUNT_OF(rows));
}

/* ------------------------------------------------------------------ table bodies */

/* The names of the fields a version has, as one line. */
static void field_names(const struct scapf_table_info *t, uint8_t version, uint32_t which,
                        char *line, size_t size)
{
    line[0] = '\0';
    for (uint8_t i = 0; i < t->n_fields; i++) {
        const struct scapf_field_info *f = &t->fields[i];
        size_t n = strlen(line);

        if (version >= f->since && version <= f->until &&
            (f->cases == 0 || (f->cases >> which & 1) != 0)) {
            (void)snprintf(line + n, size - n, "%s%s", n > 0 ? " " : "", f->name);
        }
    }
}

#define PL_V1      "tid pid ptid comm exe args cwd fdlimit flags uid gid"
#define PL_V8_HEAD "tid pid ptid sid vpgid comm exe exepath args cwd fdlimit flags uid gid "
#define PL_V8      PL_V8_HEAD "vmsize_kb vmrss_kb vmswap_kb pfmajor pfminor env vtid vpid cgroups root"
#define PL_TAIL                                                                                    \
    "pidns_init_start_ts tty loginuid exe_writable cap_inheritable cap_permitted cap_effective "   \
    "exe_upper_layer exe_ino exe_ino_ctime exe_ino_mtime exe_from_memfd exe_lower_layer pgid"

/* [scap 4-8] */
Test(schema, table_fields)
{
    static const struct {
        const char *table;
        uint8_t version;
        uint32_t which;
        const char *fields;
    } rows[] = {
        {"machine", 1, 0,
         "num_cpus memory_size_bytes max_pid hostname boot_ts_epoch flags reserved3 reserved4"},
        {"process", 1, 0, PL_V1},
        {"process", 2, 0, PL_V1 " vmsize_kb vmrss_kb vmswap_kb pfmajor pfminor"},
        {"process", 8, 0, PL_V8},
        {"process", 9, 0, PL_V8 " " PL_TAIL},
        {"fd", 1, 0, "tid fd ino type"},
        {"fd", 1, 1, "tid fd ino type name"},
        {"fd", 2, 3, "tid fd ino type sip dip sport dport l4proto"},
        {"fd", 2, 4, "tid fd ino type sip dip sport dport l4proto"},
        {"fd", 2, 5, "tid fd ino type ip port l4proto"},
        {"fd", 2, 6, "tid fd ino type ip port l4proto"},
        {"fd", 2, 8, "tid fd ino type source destination name"},
        {"fd", 1, 16, "tid fd ino type open_flags name"},
        {"fd", 2, 16, "tid fd ino type open_flags name dev"},
        {"fd", 2, 21, "tid fd ino type name"},
        {"interface", 1, 1, "type name_len addr netmask bcast linkspeed name"},
        {"interface", 2, 4, "type name_len addr netmask bcast name"},
        {"user", 1, 0, "kind uid gid name homedir shell"},
        {"user", 2, 1, "kind gid name"},
        {"user", 2, 31, "kind gid name"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char line[512];

        field_names(table_by_name(scapf_schema_builtin(), rows[i].table), rows[i].version,
                    rows[i].which, line, sizeof(line));
        cr_expect_str_eq(line, rows[i].fields, "row %zu", i);
    }
}

/* [scap 7] The sizes releases wrote must come out of the rows. */
Test(schema, process_tail_sizes)
{
    static const unsigned sizes[] = {4, 5, 13, 21, 29};
    static const unsigned more[] = {8, 12, 16, 17, 25, 33, 41, 42, 50, 58, 66, 67, 68, 76};
    static const uint8_t bytes[] = {
        [SCAPF_FT_U32] = 4, [SCAPF_FT_U64] = 8, [SCAPF_FT_I64] = 8, [SCAPF_FT_BOOL8] = 1};
    const struct scapf_table_info *t = table_by_name(scapf_schema_builtin(), "process");
    unsigned old = 0;
    unsigned all = 0;
    size_t n_old = 0;
    size_t n_all = 0;

    for (uint8_t i = 0; i < t->n_fields; i++) {
        const struct scapf_field_info *f = &t->fields[i];

        if (f->part != SCAPF_PART_TAIL) {
            continue;
        }
        all += bytes[f->type];
        cr_expect_eq(all, more[n_all++], "%s", f->name);
        cr_expect(f->min_rest == 0 || f->min_rest == 29);
        if (f->min_rest == 0 && n_old < COUNT_OF(sizes)) {
            old += bytes[f->type];
            cr_expect_eq(old, sizes[n_old++], "%s", f->name);
        }
    }
    cr_expect_eq(all, 76);
    cr_expect_eq(n_all, COUNT_OF(more));
}

/* [scap 16] */
Test(schema, reader_limits)
{
    static const struct {
        const char *table, *field;
        uint16_t limit;
    } rows[] = {
        {"process", "comm", 1024}, {"process", "args", 4096}, {"process", "env", 4096},
        {"process", "root", 1024}, {"fd", "name", 1023},      {"interface", "name", 1023},
        {"user", "homedir", 255},  {"process", "tid", 0},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct scapf_table_info *t = table_by_name(scapf_schema_builtin(), rows[i].table);
        bool seen = false;

        for (uint8_t k = 0; k < t->n_fields; k++) {
            if (strcmp(t->fields[k].name, rows[i].field) == 0) {
                cr_expect_eq(t->fields[k].limit, rows[i].limit, "%s", rows[i].field);
                seen = true;
            }
        }
        cr_expect(seen);
    }
}

/* ------------------------------------------------------------------ overlays */

Test(schema, sample_overlay)
{
    static const char *const paths[] = {"samples/overlay-example.xml"};
    const struct scapf_schema *base = scapf_schema_builtin();
    struct scapf_schema *s = NULL;
    const struct scapf_event_info *e;
    const struct scapf_syscall *call;
    struct faults f;

    cr_assert_eq(load(paths, 1, base, &f, &s), SCAPF_OK, "%s:%u: %s", f.file, f.line, f.message);
    e = scapf_schema_event(s, 1001);
    cr_assert_not_null(e);
    cr_expect_str_eq(e->name, "open_door");
    cr_expect_eq(e->n_params, 4);
    cr_expect_str_eq(e->params[3].flags->flags[1].name, "ALARMED");
    cr_expect_str_eq(s->ages[e->since], "example 1");
    cr_expect_str_eq(scapf_schema_syscall(s, e->syscalls[0]), "open_door");
    call = scapf_arch_syscall(scapf_schema_arch(s, "x86_64"), 5000);
    cr_assert_not_null(call);
    cr_expect_eq(call->exit, 1001);
    cr_expect_str_eq(scapf_schema_errno(s, 5), "EXAMPLE_IO");
    cr_expect_str_eq(scapf_schema_errno(base, 5), "EIO");
    /* The rest is the base's, and what lies between is unknown. */
    cr_expect_eq(scapf_schema_event(s, 3), scapf_schema_event(base, 3));
    cr_expect_null(scapf_schema_event(s, 999));
    cr_expect_null(scapf_schema_event(base, 1001));
    cr_expect_not_null(scapf_schema_table(s, 0x215, NULL));
    scapf_schema_free(s);
}

Test(schema, nothing_over_base_is_base)
{
    struct scapf_schema *s = load_text("<schema/>", scapf_schema_builtin());
    const char *difference = schema_difference(scapf_schema_builtin(), s);

    cr_expect_null(difference, "%s", difference);
    scapf_schema_free(s);
}

/* An overridden set is seen through events and tables that the overlay does not mention. */
Test(schema, overridden_sets_reach_base_events)
{
    struct scapf_schema *s =
        load_text("<schema><flag-set name='file_flags'><flag name='NEW' value='7'/></flag-set>"
                  "<variant-set name='bpf_dynamic_param'><variant name='V' type='INT8'/>"
                  "</variant-set></schema>",
                  scapf_schema_builtin());
    const struct scapf_table_info *fd = table_by_name(s, "fd");
    const struct scapf_event_info *bpf = event_by_symbol(s, "PPME_SYSCALL_BPF_2_X");

    cr_expect_str_eq(scapf_schema_event(s, 3)->params[2].flags->flags[0].name, "NEW");
    cr_expect_str_eq(scapf_schema_event(s, 3)->params[1].name, "name");
    cr_assert_not_null(bpf);
    for (uint8_t i = 0; i < bpf->n_params; i++) {
        cr_expect(bpf->params[i].variants == NULL || bpf->params[i].variants->n_variants == 1);
    }
    for (uint8_t i = 0; i < fd->n_fields; i++) {
        cr_expect(strcmp(fd->fields[i].name, "open_flags") != 0 ||
                  fd->fields[i].flags->flags[0].value == 7);
    }
    cr_expect_str_eq(scapf_schema_event(scapf_schema_builtin(), 3)->params[2].flags->flags[0].name,
                     "O_LARGEFILE");
    scapf_schema_free(s);
}

Test(schema, later_files_override_earlier_ones)
{
    const struct schema_input inputs[] = {
        {.name = "one",
         .bytes = "<schema><errnos><name value='1' name='A'/></errnos></schema>",
         .len = 60},
        {.name = "two",
         .bytes = "<schema><errnos><name value='1' name='B'/></errnos></schema>",
         .len = 60},
    };
    struct faults f = {0};
    struct scapf_xml_opts opts = {.size = sizeof(opts), .report = on_fault, .ctx = &f};
    struct scapf_schema *s = NULL;

    cr_assert_eq(schema_xml_load(inputs, 2, &opts, &s), SCAPF_OK, "%s", f.message);
    cr_expect_str_eq(scapf_schema_errno(s, 1), "B");
    scapf_schema_free(s);
    opts.unique = true;
    cr_expect_eq(schema_xml_load(inputs, 2, &opts, &s), SCAPF_E_FORMAT);
    cr_expect_null(s);
    cr_expect_str_eq(f.file, "two");
    cr_expect_str_eq(f.message, "name 1 is defined already at one:1");
}

/* ------------------------------------------------------------------ faults */

static const struct {
    const char *name;
    unsigned line;
    const char *message; /* part of it */
} bad[] = {
    /* clang-format off */
    {"not-xml", 5, "ages"},
    {"doctype", 3, "a document type is not allowed"},
    {"root", 3, "scheme"},
    {"element", 4, "even"},
    {"attribute", 5, "nmae"},
    {"code", 5, "99999"},
    {"age", 5, "there is no age \"c\""},
    {"since", 8, "parameter \"y\" is older than what stands before it"},
    {"type", 7, "there is no parameter type \"INT128\""},
    {"flag-set", 7, "there is no flag set \"f\""},
    {"flags-missing", 7, "type FLAGS8 needs flags"},
    {"flags-surplus", 8, "type INT8 takes no flags"},
    {"variants-missing", 7, "type DYN needs variants"},
    {"variant-set", 7, "there is no variant set \"v\""},
    {"variant-of-variants", 5, "a variant cannot be of type DYN"},
    {"dirfd", 7, "there is no parameter \"y\" of type FD"},
    {"dirfd-missing", 7, "type FSRELPATH needs a dirfd"},
    {"param-twice", 8, "parameter \"x\" comes twice"},
    {"event-twice", 8, "event 0 is defined already at"},
    {"symbol-twice", 8, "symbol PPME_T_E belongs to event 0, too"},
    {"pair-alone", 5, "event 0 is without its exit, event 1"},
    {"pair-symbols", 5, "symbols PPME_T_E and PPME_U_X are no pair"},
    {"pair-direction", 5, "symbol PPME_T_X does not end in _E as its code demands"},
    {"event-flag", 6, "there is no event flag \"FLIES\""},
    {"category", 6, "there is no category \"EC_X\""},
    {"event-syscall", 6, "there is no system call \"fly\""},
    {"syscall-twice", 6, "system call 1 is defined already"},
    {"syscall-two-codes", 6, "system call \"fly\" has two codes, 1 and 2"},
    {"arch-syscall", 5, "there is no system call \"fly\""},
    {"arch-event", 6, "there is no event PPME_FLY_E"},
    {"flag-value", 5, "value \"9999999999\" is above 4294967295"},
    {"flag-set-twice", 5, "flag set \"f\" is defined already"},
    {"convert-event", 4, "there is no event PPME_T_X"},
    {"convert-old", 10, "old:1 is beyond the 1 parameters"},
    {"convert-enter", 10, "enter:0 is no parameter of the enter event"},
    {"convert-surplus", 9, "PPME_T_X takes 1 parameters, not 2"},
    {"convert-change", 8, "change needs another event in `to`"},
    {"table-selector", 4, "there is no field \"kind\" to select by"},
    {"table-selector-type", 4, "field \"x\" cannot select"},
    {"table-when", 6, "`when` without a selector before"},
    {"table-length", 6, "there is no field \"n\" before this one"},
    {"table-length-type", 7, "field \"n\" is no length"},
    {"table-size", 6, "type chars needs a size"},
    {"table-part", 7, "entry field behind a tail field"},
    {"table-tail", 6, "tail field in a version whose entries carry no length"},
    {"table-no-entries", 6, "the table has no entries"},
    {"table-field-twice", 7, "field \"a\" comes twice"},
    {"table-field-until", 6, "the field ends before it starts"},
    {"table-number-twice", 4, "block number 0x00000900 belongs to two tables"},
    /* clang-format on */
};

Test(schema, bad_files_fail_at_their_line)
{
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct scapf_schema *s = NULL;
        struct faults f;
        char path[128];
        const char *paths[] = {path};
        enum scapf_status status;

        (void)snprintf(path, sizeof(path), "tests/unit/schema/bad-%s.xml", bad[i].name);
        status = load(paths, 1, NULL, &f, &s);
        cr_expect_eq(status, SCAPF_E_FORMAT, "%s: %d", path, status);
        cr_expect_null(s);
        cr_expect_str_eq(f.file, path);
        cr_expect_eq(f.line, bad[i].line, "%s:%u: %s", path, f.line, f.message);
        cr_expect_not_null(strstr(f.message, bad[i].message), "%s: %s", path, f.message);
    }
}

/* Each bad file has its row. */
Test(schema, no_bad_file_is_forgotten)
{
    glob_t files;

    cr_assert_eq(glob("tests/unit/schema/bad-*.xml", 0, NULL, &files), 0);
    cr_expect_eq(files.gl_pathc, COUNT_OF(bad));
    globfree(&files);
}

Test(schema, missing_file)
{
    static const char *const paths[] = {"tests/unit/schema/no-such-file.xml"};
    struct scapf_schema *s = NULL;
    struct faults f;

    cr_expect_eq(load(paths, 1, NULL, &f, &s), SCAPF_E_IO);
    cr_expect_null(s);
    cr_expect_eq(f.n, 1);
}

Test(schema, faults_are_limited)
{
    char *text = malloc(200000);
    size_t n = (size_t)sprintf(text, "<schema>");
    struct faults f = {0};
    struct schema_input input = {.name = "text", .bytes = text};
    const struct scapf_xml_opts opts = {.size = sizeof(opts), .report = on_fault, .ctx = &f};
    struct scapf_schema *s = NULL;

    for (int i = 0; i < 3000; i++) {
        n += (size_t)sprintf(text + n, "<convert event='P%d' params='0' action='pass'/>\n", i);
    }
    n += (size_t)sprintf(text + n, "</schema>");
    input.len = n;
    cr_expect_eq(schema_xml_load(&input, 1, &opts, &s), SCAPF_E_FORMAT);
    cr_expect_eq(f.n, 51);
    free(text);
}

/* ------------------------------------------------------------------ memory */

Test(schema, every_failing_allocation_is_survived)
{
    static const char *const paths[] = {"samples/overlay-example.xml", "schemas/names.xml",
                                        "schemas/blocks-scap.xml"};

    for (size_t k = 0;; k++) {
        struct fault_alloc fa;
        struct scapf_xml_opts opts = {.size = sizeof(opts), .base = scapf_schema_builtin()};
        struct scapf_schema *s = NULL;
        enum scapf_status status;

        fault_alloc_init(&fa, k);
        opts.alloc = &fa.alloc;
        status = scapf_schema_load_xml(paths, COUNT_OF(paths), &opts, &s);
        cr_expect_eq(status, fa.failed ? SCAPF_E_NOMEM : SCAPF_OK, "call %zu: %d", k, status);
        cr_expect_eq(s != NULL, !fa.failed);
        scapf_schema_free(s);
        cr_assert_eq(fa.live, 0, "call %zu: %zu blocks", k, fa.live);
        if (!fa.failed) {
            cr_expect_gt(k, 2);
            break;
        }
    }
    scapf_schema_free(NULL);
}

Test(schema, wrong_options_are_refused)
{
    static const char *const paths[] = {"samples/overlay-example.xml"};
    const struct scapf_xml_opts opts = {.size = sizeof(opts) - 1};
    struct scapf_schema *s = NULL;

    cr_expect_eq(scapf_schema_load_xml(paths, 1, &opts, &s), SCAPF_E_USAGE);
    cr_expect_null(s);
}

/* ------------------------------------------------------------------ generator */

static char *read_all(FILE *in, size_t *len)
{
    char *text = NULL;
    size_t cap = 0;

    *len = 0;
    do {
        cap += 65536;
        text = realloc(text, cap);
        *len += fread(text + *len, 1, cap - *len, in);
    } while (*len == cap);
    return text;
}

/* What the generator prints for a small schema, byte for byte. */
Test(schema, generator_output)
{
    static const char *const rows[][2] = {
        {"build/schemagen tables tests/unit/schema/small.xml", "tests/unit/schema/small.tables"},
        {"build/schemagen man tests/unit/schema/small.xml", "tests/unit/schema/small.man"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        FILE *pipe = popen(rows[i][0], "r");
        FILE *file = fopen(rows[i][1], "r");
        size_t got_len;
        size_t want_len;
        char *got;
        char *want;

        cr_assert(pipe != NULL && file != NULL);
        got = read_all(pipe, &got_len);
        want = read_all(file, &want_len);
        cr_expect_eq(pclose(pipe), 0);
        (void)fclose(file);
        cr_expect(got_len == want_len && memcmp(got, want, got_len) == 0, "`%s` differs from %s",
                  rows[i][0], rows[i][1]);
        free(got);
        free(want);
    }
}
