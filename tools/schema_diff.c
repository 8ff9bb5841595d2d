/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_diff.c - what differs between two schemas.
 *
 * Each schema becomes a list of facts, "key TAB value" lines such as
 *     event 00003 param 02 <TAB> flags FLAGS32 HEX since 2014-02 flags file_flags
 * sorted by key. Keys that only one list has were added or removed; equal keys with other values
 * changed.
 */
#include "schema_show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

struct facts {
    char *text; /* all lines, NULs between */
    size_t len;
    char **lines; /* sorted; the tab is a NUL, too: key, then value */
    size_t n;
};

/* ------------------------------------------------------------------ writing facts */

static void put_event(FILE *out, const struct scapf_schema *s, const struct scapf_event_info *e)
{
    fprintf(out, "event %05u\t%s %s since %s category ", e->code, e->symbol, e->name,
            s->ages[e->since]);
    schema_put_category(out, s, e->category);
    fputs(" flags ", out);
    schema_put_event_flags(out, e->flags);
    fputs("\n", out);
    for (uint8_t i = 0; i < e->n_params; i++) {
        const struct scapf_param_info *p = &e->params[i];

        fprintf(out, "event %05u param %02u\t%s %s %s since %s", e->code, i, p->name,
                scapf_param_type_name(p->type), scapf_format_name(p->fmt), s->ages[p->since]);
        fprintf(out, "%s%s", p->flags != NULL ? " flags " : "",
                p->flags != NULL ? p->flags->name : "");
        fprintf(out, "%s%s", p->variants != NULL ? " variants " : "",
                p->variants != NULL ? p->variants->name : "");
        fprintf(out, "%s%s%s\n", p->dirfd_param >= 0 ? " dirfd " : "",
                p->dirfd_param >= 0 ? e->params[p->dirfd_param].name : "",
                p->may_be_empty ? " empty" : "");
    }
    for (uint16_t i = 0; i < e->n_syscalls; i++) {
        fprintf(out, "event %05u system call %05u\t%s\n", e->code, e->syscalls[i],
                scapf_schema_syscall(s, e->syscalls[i]));
    }
}

static void put_sets(FILE *out, const struct scapf_schema *s)
{
    for (uint32_t i = 0; i < s->n_flag_sets; i++) {
        const struct scapf_flag_set *set = s->flag_sets[i];

        for (uint32_t k = 0; k < set->n_flags; k++) {
            fprintf(out, "flag set %s row %04" PRIu32 "\t%s 0x%" PRIx32 "\n", set->name, k,
                    set->flags[k].name, set->flags[k].value);
        }
    }
    for (uint32_t i = 0; i < s->n_variant_sets; i++) {
        const struct scapf_variant_set *set = s->variant_sets[i];

        for (uint32_t k = 0; k < set->n_variants; k++) {
            fprintf(out, "variant set %s row %04" PRIu32 "\t%s %s %s\n", set->name, k,
                    set->variants[k].name, scapf_param_type_name(set->variants[k].type),
                    scapf_format_name(set->variants[k].fmt));
        }
    }
}

static void put_field(FILE *out, const struct scapf_table_info *t, uint8_t i)
{
    const struct scapf_field_info *f = &t->fields[i];

    fprintf(out, "table %s field %02u\t%s %s %s V%u-V%u size %u length %s%s limit %u rest %u when ",
            t->name, i, f->name, scapf_field_type_name(f->type), schema_part_name(f->part),
            f->since, f->until, f->size, f->len_field >= 0 ? t->fields[f->len_field].name : "-",
            f->is_list ? " list" : "", f->limit, f->min_rest);
    schema_put_cases(out, f->cases);
    fprintf(out, " flags %s\n", f->flags != NULL ? f->flags->name : "-");
}

static void put_tables(FILE *out, const struct scapf_schema *s)
{
    for (uint32_t i = 0; i < s->n_tables; i++) {
        const struct scapf_table_info *t = s->tables[i];

        fprintf(out, "table %s\tentries %d length since V%u, counts itself %d, selector %s\n",
                t->name, t->has_entries, t->entry_len_since, t->entry_len_counts_self,
                t->selector >= 0 ? t->fields[t->selector].name : "-");
        for (uint8_t k = 0; k < t->n_numbers; k++) {
            fprintf(out, "table %s block 0x%08" PRIx32 "\t%s version %u\n", t->name,
                    t->numbers[k].block_type, t->numbers[k].name, t->numbers[k].version);
        }
        for (uint8_t k = 0; k < t->n_fields; k++) {
            put_field(out, t, k);
        }
    }
}

static void put_calls(FILE *out, const struct scapf_schema *s)
{
    for (uint32_t i = 0; i < s->n_arches; i++) {
        for (uint32_t k = 0; k < s->arches[i].n_calls; k++) {
            const struct scapf_syscall *c = &s->arches[i].calls[k];

            fprintf(out, "arch %s call %05" PRId32 "\t%s ppm_sc %u events %u %u%s\n",
                    s->arches[i].name, c->nr, c->name, c->ppm_sc, c->enter, c->exit,
                    c->is_generic ? " generic" : "");
        }
    }
    for (uint32_t i = 0; i < s->n_ia32; i++) {
        if (s->ia32_to_x86_64[i] >= 0) {
            fprintf(out, "arch ia32 call %05" PRIu32 "\t%d\n", i, s->ia32_to_x86_64[i]);
        }
    }
    for (uint32_t i = 0; i < s->n_syscalls; i++) {
        if (s->syscalls[i] != NULL) {
            fprintf(out, "system call %05" PRIu32 "\t%s\n", i, s->syscalls[i]);
        }
    }
}

static void put_names(FILE *out, const struct scapf_schema *s)
{
    fprintf(out, "version\t%s\n", s->version);
    for (uint32_t i = 0; i < s->n_ages; i++) {
        fprintf(out, "age %03" PRIu32 "\t%s\n", i, s->ages[i]);
    }
    for (uint32_t i = 0; i < s->n_categories; i++) {
        fprintf(out, "category %s\t0x%" PRIx32 "\n", s->categories[i].name, s->categories[i].value);
    }
    for (uint32_t i = 0; i < s->n_errnos; i++) {
        fprintf(out, "errno %05" PRIu32 "\t%s\n", s->errnos[i].value, s->errnos[i].name);
    }
    for (uint32_t i = 0; i < s->n_signals; i++) {
        fprintf(out, "signal %05" PRIu32 "\t%s\n", s->signals[i].value, s->signals[i].name);
    }
}

static void put_conversions(FILE *out, const struct scapf_schema *s)
{
    for (uint32_t i = 0; i < s->n_conversions; i++) {
        const struct scapf_conversion *row = &s->conversions[i];

        fprintf(out, "conversion of event %05u with %02u parameters\t%s to %u: ", row->code,
                row->n_params, schema_action_name(row->action), row->to_code);
        schema_put_sources(out, row);
        fputs("\n", out);
    }
}

/* ------------------------------------------------------------------ lists of facts */

static int by_line(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void facts_release(struct facts *f)
{
    free(f->lines);
    free(f->text);
}

/* Cut the text into lines and lines into key and value. */
static bool facts_sort(struct facts *f)
{
    size_t i = 0;

    for (size_t at = 0; at < f->len; at++) {
        f->n += f->text[at] == '\n';
    }
    f->lines = malloc((f->n + 1) * sizeof(*f->lines));
    if (f->lines == NULL) {
        return false;
    }
    for (char *line = f->text; i < f->n; i++) {
        char *end = strchr(line, '\n');

        *end = '\0';
        *strchr(line, '\t') = '\0';
        f->lines[i] = line;
        line = end + 1;
    }
    qsort(f->lines, f->n, sizeof(*f->lines), by_line);
    return true;
}

static bool facts_make(struct facts *f, const struct scapf_schema *s)
{
    FILE *out = open_memstream(&f->text, &f->len);

    if (out == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < s->n_events; i++) {
        if (s->events[i] != NULL) {
            put_event(out, s, s->events[i]);
        }
    }
    put_sets(out, s);
    put_tables(out, s);
    put_calls(out, s);
    put_names(out, s);
    put_conversions(out, s);
    return fclose(out) == 0 && facts_sort(f);
}

/* ------------------------------------------------------------------ comparing */

static const char *value_of(const char *line)
{
    return line != NULL ? line + strlen(line) + 1 : NULL;
}

static void put_member(struct scapf_json *json, const char *key, const char *text)
{
    scapf_json_key(json, key);
    if (text != NULL) {
        scapf_json_string(json, text);
    } else {
        scapf_json_null(json);
    }
}

/* One difference; a or b is NULL when only the other has the fact. */
static void put_difference(const char *a, const char *b, struct scapf_json *json)
{
    const char *key = a != NULL ? a : b;

    if (json != NULL) {
        scapf_json_open(json, '{');
        put_member(json, "change", a == NULL ? "added" : b == NULL ? "removed" : "changed");
        put_member(json, "what", key);
        put_member(json, "a", value_of(a));
        put_member(json, "b", value_of(b));
        scapf_json_close(json);
        return;
    }
    if (a != NULL) {
        printf("- %s: %s\n", key, value_of(a));
    }
    if (b != NULL) {
        printf("+ %s: %s\n", key, value_of(b));
    }
}

static long compare(const struct facts *a, const struct facts *b, struct scapf_json *json)
{
    size_t i = 0;
    size_t k = 0;
    long n = 0;

    while (i < a->n || k < b->n) {
        int order = i == a->n ? 1 : k == b->n ? -1 : strcmp(a->lines[i], b->lines[k]);
        const char *x = order <= 0 ? a->lines[i++] : NULL;
        const char *y = order >= 0 ? b->lines[k++] : NULL;

        if (order != 0 || strcmp(value_of(x), value_of(y)) != 0) {
            put_difference(x, y, json);
            n++;
        }
    }
    return n;
}

long schema_diff(const struct scapf_schema *a, const struct scapf_schema *b,
                 struct scapf_json *json)
{
    struct facts x = {0};
    struct facts y = {0};
    long n = facts_make(&x, a) && facts_make(&y, b) ? compare(&x, &y, json) : -1;

    facts_release(&x);
    facts_release(&y);
    return n;
}
