/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The built-in tables: equal to their files, complete, and found by the look-ups.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "support/schema_equal.h"
#include "support/schema_help.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------------ built in */

Test(schema, built_in_equals_loaded)
{
    struct scapf_schema *loaded = schema_load_all(false);
    const char *difference = schema_difference(scapf_schema_builtin(), loaded);

    cr_expect_null(difference, "%s", difference);
    scapf_schema_free(loaded);
}

/* What refers to what is found whatever file comes first. Only lists in file order depend on it,
 * and each of those stands in one file. */
Test(schema, order_of_files_does_not_matter)
{
    struct scapf_schema *loaded = schema_load_all(true);
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
        s = schema_load_text(text, scapf_schema_builtin());
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
        const char *name = s->flag_sets[i]->name;

        ours += strncmp(name, "scap_", 5) == 0 || strncmp(name, "strace_", 7) == 0 ||
                strncmp(name, "native_", 7) == 0;
    }
    cr_expect_eq(s->n_events, 454);
    cr_expect_eq(params, 1345);
    cr_expect_eq(ours, 4 + 33);
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
    const struct scapf_event_info *e = schema_event(s, "PPME_SYSCALL_RENAMEAT_X");

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
    e = schema_event(s, "PPME_SYSCALL_PRCTL_X");
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
    const struct scapf_event_info *read = schema_event(s, "PPME_SYSCALL_READ_X");

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

/* Each set by its whole name, and by the name cut in two wherever it can be cut. */
Test(schema, every_flag_set_is_found)
{
    const struct scapf_schema *s = scapf_schema_builtin();
    char prefix[64];

    cr_assert_gt(s->n_flag_sets, 0);
    for (uint32_t i = 0; i < s->n_flag_sets; i++) {
        const struct scapf_flag_set *set = s->flag_sets[i];

        for (size_t n = 0; n <= strlen(set->name); n++) {
            (void)snprintf(prefix, sizeof(prefix), "%.*s", (int)n, set->name);
            cr_expect_eq(scapf_schema_flags(s, prefix, set->name + n), set, "%s", set->name);
        }
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
    cr_expect_null(scapf_schema_flags(s, "", "clone_flag"));
    cr_expect_null(scapf_schema_flags(s, "clone_flags", "s"));
    cr_expect_null(scapf_schema_flags(s, "zz", ""));
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

#define PL_V1    "tid pid ptid comm exe args cwd fdlimit flags uid gid"
#define PL_V2    " vmsize_kb vmrss_kb vmswap_kb pfmajor pfminor"
#define PL_START "tid pid ptid sid vpgid comm exe exepath args cwd fdlimit flags uid gid"
#define PL_V8    PL_START PL_V2 " env vtid vpid cgroups root"
#define PL_TAIL                                                                                    \
    " pidns_init_start_ts tty loginuid exe_writable cap_inheritable cap_permitted cap_effective"   \
    " exe_upper_layer exe_ino exe_ino_ctime exe_ino_mtime exe_from_memfd exe_lower_layer pgid"

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
        {"process", 2, 0, PL_V1 PL_V2},
        {"process", 8, 0, PL_V8},
        {"process", 9, 0, PL_V8 PL_TAIL},
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
        {"user", 2, 31, "kind gid name"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char line[512];

        field_names(schema_table(scapf_schema_builtin(), rows[i].table), rows[i].version,
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
    const struct scapf_table_info *t = schema_table(scapf_schema_builtin(), "process");
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
        const struct scapf_table_info *t = schema_table(scapf_schema_builtin(), rows[i].table);
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
