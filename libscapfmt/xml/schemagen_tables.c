/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schemagen_tables.c - a schema as C: each array as a static const of its own, named after what it
 * holds, then the struct that ties them together.
 */
#include <inttypes.h>

#include "xml/schemagen.h"

/* ------------------------------------------------------------------ words */

/* A string literal, or NULL. */
void schemagen_string(FILE *out, const char *text)
{
    if (text == NULL) {
        (void)fputs("NULL", out);
        return;
    }
    (void)fputc('"', out);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\' || c == '?') {
            (void)fprintf(out, "\\%c", c);
        } else if (c < ' ' || c > '~') {
            (void)fprintf(out, "\\%03o", c);
        } else {
            (void)fputc(c, out);
        }
    }
    (void)fputc('"', out);
}

/* "&prefix_NAME", or NULL. */
static void put_address(FILE *out, const char *prefix, const char *name)
{
    if (name == NULL) {
        (void)fputs("NULL", out);
    } else {
        (void)fprintf(out, "&%s_%s", prefix, name);
    }
}

/* "prefix_NUMBER", or NULL when the array has no items. */
static void put_array(FILE *out, const char *prefix, unsigned number, unsigned n)
{
    if (n == 0) {
        (void)fputs("NULL", out);
    } else {
        (void)fprintf(out, "%s_%u", prefix, number);
    }
}

/* ------------------------------------------------------------------ sets */

static void put_flag_sets(FILE *out, const struct scapf_schema *s)
{
    for (uint32_t i = 0; i < s->n_flag_sets; i++) {
        const struct scapf_flag_set *set = s->flag_sets[i];

        (void)fprintf(out, "static const struct scapf_flag flag_%s[] = {\n", set->name);
        for (uint32_t k = 0; k < set->n_flags; k++) {
            (void)fputs("    {", out);
            schemagen_string(out, set->flags[k].name);
            (void)fprintf(out, ", 0x%" PRIx32 "},\n", set->flags[k].value);
        }
        (void)fprintf(out,
                      "};\nstatic const struct scapf_flag_set flags_%s = {\"%s\", flag_%s, "
                      "%" PRIu32 "};\n",
                      set->name, set->name, set->name, set->n_flags);
    }
    (void)fputs("static const struct scapf_flag_set *const flag_sets[] = {\n", out);
    for (uint32_t i = 0; i < s->n_flag_sets; i++) {
        (void)fprintf(out, "    &flags_%s,\n", s->flag_sets[i]->name);
    }
    (void)fputs("    NULL,\n};\n\n", out);
}

static void put_variant_sets(FILE *out, const struct scapf_schema *s)
{
    for (uint32_t i = 0; i < s->n_variant_sets; i++) {
        const struct scapf_variant_set *set = s->variant_sets[i];

        (void)fprintf(out, "static const struct scapf_variant variant_%s[] = {\n", set->name);
        for (uint32_t k = 0; k < set->n_variants; k++) {
            (void)fputs("    {", out);
            schemagen_string(out, set->variants[k].name);
            (void)fprintf(out, ", SCAPF_PT_%s, SCAPF_PF_%s},\n",
                          scapf_param_type_name(set->variants[k].type),
                          scapf_format_name(set->variants[k].fmt));
        }
        (void)fprintf(out,
                      "};\nstatic const struct scapf_variant_set variants_%s = {\"%s\", "
                      "variant_%s, %" PRIu32 "};\n",
                      set->name, set->name, set->name, set->n_variants);
    }
    (void)fputs("static const struct scapf_variant_set *const variant_sets[] = {\n", out);
    for (uint32_t i = 0; i < s->n_variant_sets; i++) {
        (void)fprintf(out, "    &variants_%s,\n", s->variant_sets[i]->name);
    }
    (void)fputs("    NULL,\n};\n\n", out);
}

/* ------------------------------------------------------------------ events */

static void put_params(FILE *out, const struct scapf_event_info *event)
{
    (void)fprintf(out, "static const struct scapf_param_info params_%u[] = {\n", event->code);
    for (uint8_t i = 0; i < event->n_params; i++) {
        const struct scapf_param_info *p = &event->params[i];

        (void)fputs("    {", out);
        schemagen_string(out, p->name);
        (void)fprintf(out, ", SCAPF_PT_%s, SCAPF_PF_%s, %u, %s, %d, ",
                      scapf_param_type_name(p->type), scapf_format_name(p->fmt), p->since,
                      p->may_be_empty ? "true" : "false", p->dirfd_param);
        put_address(out, "flags", p->flags != NULL ? p->flags->name : NULL);
        (void)fputs(", ", out);
        put_address(out, "variants", p->variants != NULL ? p->variants->name : NULL);
        (void)fputs("},\n", out);
    }
    (void)fputs("};\n", out);
}

static void put_event_syscalls(FILE *out, const struct scapf_event_info *event)
{
    (void)fprintf(out, "static const uint16_t codes_%u[] = {", event->code);
    for (uint16_t i = 0; i < event->n_syscalls; i++) {
        (void)fprintf(out, "%s%u,", i % 16 == 0 ? "\n    " : " ", event->syscalls[i]);
    }
    (void)fputs("\n};\n", out);
}

static void put_event(FILE *out, const struct scapf_event_info *event)
{
    if (event->n_params > 0) {
        put_params(out, event);
    }
    if (event->n_syscalls > 0) {
        put_event_syscalls(out, event);
    }
    (void)fprintf(out, "static const struct scapf_event_info event_%u = {", event->code);
    schemagen_string(out, event->name);
    (void)fputs(", ", out);
    schemagen_string(out, event->symbol);
    (void)fprintf(out, ", %u, 0x%x, 0x%" PRIx32 ", %u, %u, ", event->code, event->category,
                  event->flags, event->n_params, event->since);
    put_array(out, "params", event->code, event->n_params);
    (void)fputs(", ", out);
    put_array(out, "codes", event->code, event->n_syscalls);
    (void)fprintf(out, ", %u};\n", event->n_syscalls);
}

static void put_events(FILE *out, const struct scapf_schema *s)
{
    for (uint32_t i = 0; i < s->n_events; i++) {
        if (s->events[i] != NULL) {
            put_event(out, s->events[i]);
        }
    }
    (void)fputs("static const struct scapf_event_info *const events[] = {\n", out);
    for (uint32_t i = 0; i < s->n_events; i++) {
        if (s->events[i] != NULL) {
            (void)fprintf(out, "    &event_%" PRIu32 ",\n", i);
        } else {
            (void)fputs("    NULL,\n", out);
        }
    }
    (void)fputs("    NULL,\n};\n\n", out);
}

/* ------------------------------------------------------------------ names and numbers */

static void put_strings(FILE *out, const char *name, const char *const *texts, uint32_t n)
{
    (void)fprintf(out, "static const char *const %s[] = {\n", name);
    for (uint32_t i = 0; i < n; i++) {
        (void)fputs("    ", out);
        schemagen_string(out, texts[i]);
        (void)fputs(",\n", out);
    }
    (void)fputs("    NULL,\n};\n\n", out);
}

static void put_names(FILE *out, const char *name, const struct scapf_name *names, uint32_t n)
{
    (void)fprintf(out, "static const struct scapf_name %s[] = {\n", name);
    for (uint32_t i = 0; i < n; i++) {
        (void)fprintf(out, "    {%" PRIu32 ", ", names[i].value);
        schemagen_string(out, names[i].name);
        (void)fputs("},\n", out);
    }
    (void)fputs("    {0, NULL},\n};\n\n", out);
}

static void put_arches(FILE *out, const struct scapf_schema *s)
{
    for (uint32_t i = 0; i < s->n_arches; i++) {
        const struct scapf_arch *arch = &s->arches[i];

        (void)fprintf(out, "static const struct scapf_syscall calls_%s[] = {\n", arch->name);
        for (uint32_t k = 0; k < arch->n_calls; k++) {
            const struct scapf_syscall *call = &arch->calls[k];

            (void)fputs("    {", out);
            schemagen_string(out, call->name);
            (void)fprintf(out, ", %" PRId32 ", %u, %u, %u, %s},\n", call->nr, call->ppm_sc,
                          call->enter, call->exit, call->is_generic ? "true" : "false");
        }
        (void)fputs("    {NULL, -1, 0, 0, 0, false},\n};\n", out);
    }
    (void)fputs("static const struct scapf_arch arches[] = {\n", out);
    for (uint32_t i = 0; i < s->n_arches; i++) {
        (void)fprintf(out, "    {\"%s\", calls_%s, %" PRIu32 "},\n", s->arches[i].name,
                      s->arches[i].name, s->arches[i].n_calls);
    }
    (void)fputs("    {NULL, NULL, 0},\n};\n\n", out);
}

static void put_ia32(FILE *out, const struct scapf_schema *s)
{
    (void)fputs("static const int16_t ia32[] = {", out);
    for (uint32_t i = 0; i < s->n_ia32; i++) {
        (void)fprintf(out, "%s%d,", i % 16 == 0 ? "\n    " : " ", s->ia32_to_x86_64[i]);
    }
    (void)fputs("\n    -1,\n};\n\n", out);
}

/* ------------------------------------------------------------------ tables */

static void put_field(FILE *out, const struct scapf_field_info *f)
{
    (void)fputs("    {", out);
    schemagen_string(out, f->name);
    (void)fprintf(out, ", %u /* %s */, %u, %u, %u, %u, %d, %s, %u, %u, 0x%" PRIx32 "U, ", f->type,
                  scapf_field_type_name(f->type), f->part, f->since, f->until, f->size,
                  f->len_field, f->is_list ? "true" : "false", f->min_rest, f->limit, f->cases);
    put_address(out, "flags", f->flags != NULL ? f->flags->name : NULL);
    (void)fputs("},\n", out);
}

static void put_table(FILE *out, const struct scapf_table_info *t)
{
    (void)fprintf(out, "static const struct scapf_table_number numbers_%s[] = {\n", t->name);
    for (uint8_t i = 0; i < t->n_numbers; i++) {
        (void)fprintf(out, "    {0x%08" PRIx32 "U, %u, \"%s\"},\n", t->numbers[i].block_type,
                      t->numbers[i].version, t->numbers[i].name);
    }
    (void)fprintf(out, "};\nstatic const struct scapf_field_info fields_%s[] = {\n", t->name);
    for (uint8_t i = 0; i < t->n_fields; i++) {
        put_field(out, &t->fields[i]);
    }
    (void)fprintf(out,
                  "};\nstatic const struct scapf_table_info table_%s = {\"%s\", numbers_%s, %u, "
                  "%s, %u, %s, %d, fields_%s, %u};\n",
                  t->name, t->name, t->name, t->n_numbers, t->has_entries ? "true" : "false",
                  t->entry_len_since, t->entry_len_counts_self ? "true" : "false", t->selector,
                  t->name, t->n_fields);
}

static void put_tables(FILE *out, const struct scapf_schema *s)
{
    for (uint32_t i = 0; i < s->n_tables; i++) {
        put_table(out, s->tables[i]);
    }
    (void)fputs("static const struct scapf_table_info *const tables[] = {\n", out);
    for (uint32_t i = 0; i < s->n_tables; i++) {
        (void)fprintf(out, "    &table_%s,\n", s->tables[i]->name);
    }
    (void)fputs("    NULL,\n};\nstatic const struct scapf_table_slot table_slots[] = {\n", out);
    for (uint32_t i = 0; i < s->n_table_slots; i++) {
        (void)fprintf(out, "    {0x%08" PRIx32 "U, %u, %u},\n", s->table_slots[i].block_type,
                      s->table_slots[i].table, s->table_slots[i].number);
    }
    (void)fputs("    {0, 0, 0},\n};\n\n", out);
}

/* ------------------------------------------------------------------ conversions */

static void put_conversions(FILE *out, const struct scapf_schema *s)
{
    for (uint32_t i = 0; i < s->n_conversions; i++) {
        const struct scapf_conversion *row = &s->conversions[i];

        if (row->n_from == 0) {
            continue;
        }
        (void)fprintf(out, "static const struct scapf_conv_param from_%" PRIu32 "[] = {", i);
        for (uint8_t k = 0; k < row->n_from; k++) {
            (void)fprintf(out, "%s{%u, %u, %s},", k % 6 == 0 ? "\n    " : " ", row->from[k].from,
                          row->from[k].param, row->from[k].empty_if_no_enter ? "true" : "false");
        }
        (void)fputs("\n};\n", out);
    }
    (void)fputs("static const struct scapf_conversion conversions[] = {\n", out);
    for (uint32_t i = 0; i < s->n_conversions; i++) {
        const struct scapf_conversion *row = &s->conversions[i];

        (void)fprintf(out, "    {%u, %u, %u, %u, %u, ", row->code, row->n_params, row->action,
                      row->to_code, row->n_from);
        put_array(out, "from", i, row->n_from);
        (void)fputs("},\n", out);
    }
    (void)fputs("    {0, 0, 0, 0, 0, NULL},\n};\n\n", out);
}

/* ------------------------------------------------------------------ traces */

static void put_takes(FILE *out, const char *name, uint32_t i, const struct scapf_take *from,
                      uint8_t n)
{
    if (n == 0) {
        return;
    }
    (void)fprintf(out, "static const struct scapf_take %s_%" PRIu32 "[] = {\n", name, i);
    for (uint8_t k = 0; k < n; k++) {
        (void)fprintf(out, "    {%u, %u, %" PRId64 ", ", from[k].how, from[k].arg, from[k].value);
        schemagen_string(out, from[k].field);
        (void)fputs("},\n", out);
    }
    (void)fputs("};\n", out);
}

static void put_trace(FILE *out, const char *name, uint32_t i, const struct scapf_trace_row *row)
{
    char from[32];

    (void)fputs("    {", out);
    schemagen_string(out, row->call);
    (void)fputs(", ", out);
    schemagen_string(out, row->does);
    (void)fprintf(out, ", %s, %s, %s, %u, %u, %u, %u, ", row->has_event ? "true" : "false",
                  row->has_enter ? "true" : "false", row->loses ? "true" : "false", row->enter,
                  row->exit, row->n_enter, row->n_exit);
    (void)snprintf(from, sizeof(from), "%s_enter", name);
    put_array(out, from, i, row->n_enter);
    (void)fputs(", ", out);
    (void)snprintf(from, sizeof(from), "%s_exit", name);
    put_array(out, from, i, row->n_exit);
    (void)fputs("},\n", out);
}

static void put_traces(FILE *out, const char *name, const struct scapf_trace_row *rows, uint32_t n)
{
    char from[32];

    for (uint32_t i = 0; i < n; i++) {
        (void)snprintf(from, sizeof(from), "%s_enter", name);
        put_takes(out, from, i, rows[i].enter_from, rows[i].n_enter);
        (void)snprintf(from, sizeof(from), "%s_exit", name);
        put_takes(out, from, i, rows[i].exit_from, rows[i].n_exit);
    }
    (void)fprintf(out, "static const struct scapf_trace_row %s[] = {\n", name);
    for (uint32_t i = 0; i < n; i++) {
        put_trace(out, name, i, &rows[i]);
    }
    (void)fputs("    {NULL, NULL, false, false, false, 0, 0, 0, 0, NULL, NULL},\n};\n\n", out);
}

/* ------------------------------------------------------------------ the whole */

/* Arrays end with a spare item, so that an empty one is legal C. */
static void put_schema(FILE *out, const struct scapf_schema *s)
{
    const struct {
        const char *array, *member;
        uint32_t n;
    } rows[] = {
        {"ages", "ages", s->n_ages},
        {"events", "events", s->n_events},
        {"flag_sets", "flag_sets", s->n_flag_sets},
        {"variant_sets", "variant_sets", s->n_variant_sets},
        {"syscalls", "syscalls", s->n_syscalls},
        {"arches", "arches", s->n_arches},
        {"ia32", "ia32_to_x86_64", s->n_ia32},
        {"categories", "categories", s->n_categories},
        {"errnos", "errnos", s->n_errnos},
        {"signals", "signals", s->n_signals},
        {"tables", "tables", s->n_tables},
        {"table_slots", "table_slots", s->n_table_slots},
        {"conversions", "conversions", s->n_conversions},
        {"traces", "traces", s->n_traces},
        {"old_traces", "old_traces", s->n_old_traces},
        {"pm_rows", "pm_rows", s->n_pm_rows},
        {"pm_results", "pm_results", s->n_pm_results},
        {"pm_ports", "pm_ports", s->n_pm_ports},
    };

    (void)fputs("static const struct scapf_schema schema = {\n    .version = ", out);
    schemagen_string(out, s->version);
    (void)fputs(",\n", out);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *member = rows[i].member;

        (void)fprintf(out, "    .%s = %s,\n    .n_%s = %" PRIu32 ",\n", member, rows[i].array,
                      member[0] == 'i' ? "ia32" : member, rows[i].n);
    }
    (void)fputs("};\n\nconst struct scapf_schema *scapf_schema_builtin(void)\n{\n"
                "    return &schema;\n}\n",
                out);
}

void schemagen_tables(FILE *out, const struct scapf_schema *schema)
{
    (void)fputs("/* SPDX-License-Identifier: Apache-2.0 */\n"
                "/* Generated by schemagen from schemas. */\n"
                "#include \"scapfmt.h\"\n\n",
                out);
    put_flag_sets(out, schema);
    put_variant_sets(out, schema);
    put_events(out, schema);
    put_strings(out, "ages", schema->ages, schema->n_ages);
    put_strings(out, "syscalls", schema->syscalls, schema->n_syscalls);
    put_names(out, "categories", schema->categories, schema->n_categories);
    put_names(out, "errnos", schema->errnos, schema->n_errnos);
    put_names(out, "signals", schema->signals, schema->n_signals);
    put_arches(out, schema);
    put_ia32(out, schema);
    put_tables(out, schema);
    put_conversions(out, schema);
    put_traces(out, "traces", schema->traces, schema->n_traces);
    put_traces(out, "old_traces", schema->old_traces, schema->n_old_traces);
    schemagen_procmon(out, schema);
    put_schema(out, schema);
}
