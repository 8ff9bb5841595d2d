/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_show.c - the schema as text for people: lists and single items.
 */
#include "schema_show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "schema_json.h"

/* ------------------------------------------------------------------ events */

static void show_event_line(const struct scapf_schema *s, const struct scapf_event_info *e)
{
    printf("%5u %c %-22s %-38s %2u %s\n", e->code, e->code % 2 == 0 ? '>' : '<', e->name, e->symbol,
           e->n_params, s->ages[e->since]);
}

void schema_show_events(const struct scapf_schema *s, struct scapf_json *json)
{
    for (uint32_t i = 0; i < s->n_events; i++) {
        if (s->events[i] == NULL) {
            continue;
        }
        if (json != NULL) {
            schema_json_event(s, s->events[i], json);
        } else {
            show_event_line(s, s->events[i]);
        }
    }
}

static void show_param(const struct scapf_schema *s, const struct scapf_event_info *e, uint8_t i)
{
    const struct scapf_param_info *p = &e->params[i];

    printf("  %2u %-18s %-12s %-5s since %s", i, p->name, scapf_param_type_name(p->type),
           scapf_format_name(p->fmt), s->ages[p->since]);
    if (p->flags != NULL) {
        printf(", flags %s", p->flags->name);
    }
    if (p->variants != NULL) {
        printf(", variants %s", p->variants->name);
    }
    if (p->dirfd_param >= 0) {
        printf(", relative to %s", e->params[p->dirfd_param].name);
    }
    printf("%s\n", p->may_be_empty ? ", may be empty" : "");
}

static void show_conversions_of(const struct scapf_schema *s, uint16_t code)
{
    for (uint32_t i = 0; i < s->n_conversions; i++) {
        const struct scapf_conversion *row = &s->conversions[i];

        if (row->code != code) {
            continue;
        }
        printf("  with %u parameters current readers %s", row->n_params,
               schema_action_name(row->action));
        if (row->to_code != code) {
            printf(" to %s", scapf_schema_event(s, row->to_code)->symbol);
        }
        if (row->n_from > 0) {
            fputs(": ", stdout);
            schema_put_sources(stdout, row);
        }
        fputc('\n', stdout);
    }
}

static void show_event(const struct scapf_schema *s, const struct scapf_event_info *e)
{
    printf("%s: event %u, %s of %s\n  category ", e->symbol, e->code,
           e->code % 2 == 0 ? "enter" : "exit", e->name);
    schema_put_category(stdout, s, e->category);
    fputs("\n  flags ", stdout);
    schema_put_event_flags(stdout, e->flags);
    printf("\n  since %s\n  system calls", s->ages[e->since]);
    for (uint16_t i = 0; i < e->n_syscalls; i++) {
        const char *name = scapf_schema_syscall(s, e->syscalls[i]);

        printf(" %s", name != NULL ? name : "?");
    }
    printf("%s\n  parameters %u\n", e->n_syscalls == 0 ? " -" : "", e->n_params);
    for (uint8_t i = 0; i < e->n_params; i++) {
        show_param(s, e, i);
    }
    show_conversions_of(s, e->code);
}

/* ------------------------------------------------------------------ flag sets */

static void show_flag_set(const struct scapf_flag_set *set)
{
    printf("%s\n", set->name);
    for (uint32_t i = 0; i < set->n_flags; i++) {
        printf("  0x%08" PRIx32 " %10" PRIu32 " %s\n", set->flags[i].value, set->flags[i].value,
               set->flags[i].name);
    }
}

static void show_variant_set(const struct scapf_variant_set *set)
{
    printf("%s\n", set->name);
    for (uint32_t i = 0; i < set->n_variants; i++) {
        printf("  %" PRIu32 " %-28s %-12s %s\n", i, set->variants[i].name,
               scapf_param_type_name(set->variants[i].type),
               scapf_format_name(set->variants[i].fmt));
    }
}

void schema_show_flags(const struct scapf_schema *s, struct scapf_json *json)
{
    for (uint32_t i = 0; i < s->n_flag_sets; i++) {
        if (json != NULL) {
            schema_json_flag_set(s->flag_sets[i], json);
        } else {
            show_flag_set(s->flag_sets[i]);
        }
    }
    for (uint32_t i = 0; i < s->n_variant_sets; i++) {
        if (json != NULL) {
            schema_json_variant_set(s->variant_sets[i], json);
        } else {
            show_variant_set(s->variant_sets[i]);
        }
    }
}

/* ------------------------------------------------------------------ tables */

static void show_field(const struct scapf_table_info *t, const struct scapf_field_info *f)
{
    char type[48];

    (void)snprintf(type, sizeof(type), "%s", scapf_field_type_name(f->type));
    if (f->size != 0) {
        (void)snprintf(type, sizeof(type), "chars[%u]", f->size);
    } else if (f->len_field >= 0) {
        (void)snprintf(type, sizeof(type), "text[%.32s]", t->fields[f->len_field].name);
    }
    printf("  %-5s %-20s %-14s V%u", schema_part_name(f->part), f->name, type, f->since);
    if (f->until != 255) {
        printf("-V%u", f->until);
    }
    if (f->cases != 0) {
        printf(", when %s is ", t->fields[t->selector].name);
        schema_put_cases(stdout, f->cases);
    }
    if (f->min_rest != 0) {
        printf(", in tails of more than %u bytes", f->min_rest);
    }
    if (f->limit != 0) {
        printf(", limit %u", f->limit);
    }
    if (f->flags != NULL) {
        printf(", flags %s", f->flags->name);
    }
    printf("%s\n", f->is_list ? ", list" : "");
}

static void show_table(const struct scapf_table_info *t)
{
    printf("%s\n", t->name);
    for (uint8_t i = 0; i < t->n_numbers; i++) {
        printf("  block 0x%08" PRIx32 " %s, version %u\n", t->numbers[i].block_type,
               t->numbers[i].name, t->numbers[i].version);
    }
    if (t->entry_len_since != 0) {
        printf("  entries carry their length from V%u on, %s its own 4 bytes\n", t->entry_len_since,
               t->entry_len_counts_self ? "with" : "without");
    }
    for (uint8_t i = 0; i < t->n_fields; i++) {
        show_field(t, &t->fields[i]);
    }
}

void schema_show_tables(const struct scapf_schema *s, struct scapf_json *json)
{
    for (uint32_t i = 0; i < s->n_tables; i++) {
        if (json != NULL) {
            schema_json_table(s->tables[i], json);
        } else {
            show_table(s->tables[i]);
        }
    }
}

/* ------------------------------------------------------------------ conversions, names */

void schema_show_conversions(const struct scapf_schema *s, struct scapf_json *json)
{
    for (uint32_t i = 0; i < s->n_conversions; i++) {
        const struct scapf_conversion *row = &s->conversions[i];

        if (json != NULL) {
            schema_json_conversion(s, row, json);
            continue;
        }
        printf("%-36s %2u %-15s %-36s ", scapf_schema_event(s, row->code)->symbol, row->n_params,
               schema_action_name(row->action),
               row->to_code != row->code ? scapf_schema_event(s, row->to_code)->symbol : "-");
        schema_put_sources(stdout, row);
        fputc('\n', stdout);
    }
}

static void show_names(const char *kind, const struct scapf_name *names, uint32_t n,
                       struct scapf_json *json)
{
    for (uint32_t i = 0; i < n; i++) {
        if (json != NULL) {
            schema_json_name(kind, names[i].value, names[i].name, json);
        } else {
            printf("%-8s %6" PRIu32 " %s\n", kind, names[i].value, names[i].name);
        }
    }
}

void schema_show_names(const struct scapf_schema *s, struct scapf_json *json)
{
    for (uint32_t i = 0; i < s->n_ages; i++) {
        const struct scapf_name age = {.value = i, .name = s->ages[i]};

        show_names("age", &age, 1, json);
    }
    show_names("category", s->categories, s->n_categories, json);
    show_names("errno", s->errnos, s->n_errnos, json);
    show_names("signal", s->signals, s->n_signals, json);
}

/* ------------------------------------------------------------------ system calls */

static void show_ppm(const struct scapf_schema *s, struct scapf_json *json)
{
    for (uint32_t i = 0; i < s->n_syscalls; i++) {
        const struct scapf_name name = {.value = i, .name = s->syscalls[i]};

        if (name.name != NULL) {
            show_names("ppm_sc", &name, 1, json);
        }
    }
}

static void show_ia32(const struct scapf_schema *s, struct scapf_json *json)
{
    for (uint32_t i = 0; i < s->n_ia32; i++) {
        if (s->ia32_to_x86_64[i] < 0) {
            continue;
        }
        if (json != NULL) {
            schema_json_ia32(i, s->ia32_to_x86_64[i], json);
        } else {
            printf("%5" PRIu32 " %5d\n", i, s->ia32_to_x86_64[i]);
        }
    }
}

bool schema_show_syscalls(const struct scapf_schema *s, const char *arch, struct scapf_json *json)
{
    const struct scapf_arch *a = scapf_schema_arch(s, arch);

    if (strcmp(arch, "ppm") == 0) {
        show_ppm(s, json);
        return true;
    }
    if (strcmp(arch, "ia32") == 0) {
        show_ia32(s, json);
        return true;
    }
    for (uint32_t i = 0; a != NULL && i < a->n_calls; i++) {
        const struct scapf_syscall *call = &a->calls[i];

        if (json != NULL) {
            schema_json_syscall(s, a, call, json);
        } else {
            printf("%5" PRId32 " %-28s %4u %5u %5u%s\n", call->nr, call->name, call->ppm_sc,
                   call->enter, call->exit, call->is_generic ? " generic" : "");
        }
    }
    return a != NULL;
}

/* ------------------------------------------------------------------ single items */

/* Is this the event somebody means: by its name, its symbol (PPME_ may be left out) or its code. */
static bool is_meant(const struct scapf_event_info *e, const char *name)
{
    char *end;
    unsigned long code = strtoul(name, &end, 0);

    if (*name != '\0' && *end == '\0') {
        return e->code == code;
    }
    return strcmp(e->name, name) == 0 || strcasecmp(e->symbol, name) == 0 ||
           strcasecmp(e->symbol + strlen("PPME_"), name) == 0;
}

static bool show_set_or_table(const struct scapf_schema *s, const char *name,
                              struct scapf_json *json)
{
    const struct scapf_flag_set *set = scapf_schema_flags(s, "", name);
    bool found = set != NULL;

    if (found && json != NULL) {
        schema_json_flag_set(set, json);
    } else if (found) {
        show_flag_set(set);
    }
    for (uint32_t i = 0; i < s->n_tables; i++) {
        if (strcmp(s->tables[i]->name, name) == 0) {
            found = true;
            if (json != NULL) {
                schema_json_table(s->tables[i], json);
            } else {
                show_table(s->tables[i]);
            }
        }
    }
    return found;
}

bool schema_show_item(const struct scapf_schema *s, const char *name, struct scapf_json *json)
{
    bool found = false;

    for (uint32_t i = 0; i < s->n_events; i++) {
        if (s->events[i] == NULL || !is_meant(s->events[i], name)) {
            continue;
        }
        if (json != NULL) {
            schema_json_event(s, s->events[i], json);
        } else {
            fputs(found ? "\n" : "", stdout);
            show_event(s, s->events[i]);
        }
        found = true;
    }
    return found || show_set_or_table(s, name, json);
}

/* ------------------------------------------------------------------ filter fields */

static void json_field(struct scapf_json *json, const struct scapf_filter_field *field)
{
    scapf_json_open(json, '{');
    scapf_json_key(json, "kind");
    scapf_json_string(json, "field");
    scapf_json_key(json, "name");
    scapf_json_string(json, field->name);
    scapf_json_key(json, "argument");
    scapf_json_string(json, field->argument);
    scapf_json_key(json, "type");
    scapf_json_string(json, field->type);
    scapf_json_key(json, "help");
    scapf_json_string(json, field->help);
    scapf_json_close(json);
}

void schema_show_fields(struct scapf_json *json)
{
    struct scapf_filter_field field;
    char name[64];

    for (size_t i = 0; scapf_filter_field(i, &field); i++) {
        if (json != NULL) {
            json_field(json, &field);
            continue;
        }
        (void)snprintf(name, sizeof(name), "%s%s", field.name, field.argument);
        printf("%-24s %-8s %s\n", name, field.type, field.help);
    }
}
