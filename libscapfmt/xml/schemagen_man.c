/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schemagen_man.c - the generated part of scapfmt-scap(5): layouts of the table blocks and the list
 * of events, as man(7) with tbl(1) tables.
 */
#include <inttypes.h>
#include <string.h>

#include "xml/schema_load.h"
#include "xml/schemagen.h"

/* Text of a table cell or paragraph: a dot or quote at its start must not become a request. */
static void put_text(FILE *out, const char *text)
{
    bool blank = false;

    (void)fputs("\\&", out);
    for (; *text != '\0'; text++) {
        if (strchr(" \t\r\n", *text) != NULL) {
            blank = true;
            continue;
        }
        (void)fputs(blank ? " " : "", out);
        blank = false;
        (void)fputs(*text == '\\' ? "\\e" : *text == '-' ? "\\-" : "", out);
        if (*text != '\\' && *text != '-') {
            (void)fputc(*text, out);
        }
    }
}

/* ------------------------------------------------------------------ layouts */

static void put_cases(FILE *out, uint32_t cases)
{
    const char *comma = "";

    for (unsigned first = 0; first < 31; first++) {
        unsigned last = first;

        if ((cases >> first & 1) == 0) {
            continue;
        }
        while (last + 1 < 31 && (cases >> (last + 1) & 1) != 0) {
            last++;
        }
        (void)fprintf(out, first == last ? "%s%u" : "%s%u\\-%u", comma, first, last);
        comma = ", ";
        first = last;
    }
    if (cases >> 31 != 0) {
        (void)fprintf(out, "%sother", comma);
    }
}

static void put_type(FILE *out, const struct scapf_table_info *table,
                     const struct scapf_field_info *field)
{
    (void)fputs(scapf_field_type_name(field->type), out);
    if (field->size != 0) {
        (void)fprintf(out, "[%u]", field->size);
    }
    if (field->len_field >= 0) {
        (void)fputc('[', out);
        put_text(out, table->fields[field->len_field].name);
        (void)fputc(']', out);
    }
}

/* Bytes before a field, while they are the same in every entry; else an empty cell. */
static void put_offset(FILE *out, const struct scapf_table_info *table, uint8_t i)
{
    static const uint8_t sizes[] = {
        [SCAPF_FT_U8] = 1,   [SCAPF_FT_U16] = 2,   [SCAPF_FT_U32] = 4,   [SCAPF_FT_U64] = 8,
        [SCAPF_FT_I64] = 8,  [SCAPF_FT_BOOL8] = 1, [SCAPF_FT_STR16] = 0, [SCAPF_FT_CHARS] = 0,
        [SCAPF_FT_TEXT] = 0, [SCAPF_FT_IP4] = 4,   [SCAPF_FT_IP6] = 16,
    };
    unsigned off = 0;

    for (uint8_t k = 0; k < i; k++) {
        const struct scapf_field_info *f = &table->fields[k];
        unsigned size = f->size != 0 ? f->size : sizes[f->type];

        if (f->part != table->fields[i].part) {
            continue;
        }
        if (size == 0 || f->cases != 0 || f->since > 1 || table->fields[i].cases != 0) {
            return;
        }
        off += size;
    }
    if (table->fields[i].cases == 0 && table->fields[i].part != SCAPF_PART_TAIL) {
        (void)fprintf(out, "%u", off);
    }
}

/* When the field is there, and what limits it. */
static void put_conditions(FILE *out, const struct scapf_table_info *table,
                           const struct scapf_field_info *field)
{
    static const char *const parts[] = {"Head. ", "", "Tail. "};

    (void)fputs(table->has_entries ? parts[field->part] : "", out);
    if (field->until != 255) {
        (void)fprintf(out, "Version %u to %u only. ", field->since, field->until);
    } else if (field->since > 1) {
        (void)fprintf(out, "From version %u on. ", field->since);
    }
    if (field->cases != 0) {
        (void)fputs("When ", out);
        put_text(out, table->fields[table->selector].name);
        (void)fputs(" is ", out);
        put_cases(out, field->cases);
        (void)fputs(". ", out);
    }
    if (field->min_rest != 0) {
        (void)fprintf(out, "Only in tails of more than %u bytes. ", field->min_rest);
    }
}

static void put_field(FILE *out, const struct scapf_schema *schema,
                      const struct scapf_table_info *table, uint8_t i)
{
    const struct scapf_field_info *field = &table->fields[i];
    const char *doc = schema_xml_doc(schema, field);

    put_offset(out, table, i);
    (void)fputc('\t', out);
    put_text(out, field->name);
    (void)fputc('\t', out);
    put_type(out, table, field);
    (void)fputs("\tT{\n", out);
    put_conditions(out, table, field);
    put_text(out, doc != NULL ? doc : "");
    if (field->limit != 0) {
        (void)fprintf(out, " At most %u bytes.", field->limit);
    }
    (void)fputs("\nT}\n", out);
}

static void put_table(FILE *out, const struct scapf_schema *schema,
                      const struct scapf_table_info *table)
{
    const char *doc = schema_xml_doc(schema, table);

    (void)fputs(".SS \"Table: ", out);
    put_text(out, table->name);
    (void)fputs("\"\n", out);
    put_text(out, doc != NULL ? doc : "");
    (void)fputs("\n.PP\nBlocks:\n", out);
    for (uint8_t i = 0; i < table->n_numbers; i++) {
        (void)fprintf(out, "%s 0x%08" PRIx32 " (version %u)%s\n", table->numbers[i].name,
                      table->numbers[i].block_type, table->numbers[i].version,
                      i + 1 < table->n_numbers ? "," : ".");
    }
    if (table->entry_len_since != 0) {
        (void)fprintf(out,
                      ".PP\nFrom version %u on each entry starts with a u32, its length, which "
                      "%s its own 4 bytes.\n",
                      table->entry_len_since,
                      table->entry_len_counts_self ? "includes" : "does not include");
    }
    (void)fputs(".PP\n.TS\nnokeep;\nlb lb lb lbx\nr l l l.\noffset\tfield\ttype\tmeaning\n", out);
    for (uint8_t i = 0; i < table->n_fields; i++) {
        put_field(out, schema, table, i);
    }
    (void)fputs(".TE\n", out);
}

/* ------------------------------------------------------------------ events */

static void put_event(FILE *out, const struct scapf_schema *schema,
                      const struct scapf_event_info *event)
{
    (void)fprintf(out, ".TP\n\\fB%u %c ", event->code, event->code % 2 == 0 ? '>' : '<');
    put_text(out, event->name);
    (void)fputs("\\fR (", out);
    put_text(out, schema->ages[event->since]);
    (void)fputs(")\n", out);
    for (uint8_t i = 0; i < event->n_params; i++) {
        const struct scapf_param_info *param = &event->params[i];

        put_text(out, param->name);
        (void)fprintf(out, " %s", scapf_param_type_name(param->type));
        if (param->since != event->since) {
            (void)fputs(" (", out);
            put_text(out, schema->ages[param->since]);
            (void)fputc(')', out);
        }
        (void)fprintf(out, "%s\n", i + 1 < event->n_params ? "," : ".");
    }
    (void)fputs(event->n_params == 0 ? "No parameters.\n" : "", out);
}

static void put_events(FILE *out, const struct scapf_schema *schema)
{
    (void)fputs(".SS \"Event codes\"\n", out);
    for (uint32_t i = 0; i < schema->n_events; i++) {
        const struct scapf_event_info *event = schema->events[i];

        if (event != NULL && (event->flags & SCAPF_EF_UNUSED) == 0) {
            put_event(out, schema, event);
        }
    }
}

void schemagen_man(FILE *out, const struct scapf_schema *schema)
{
    for (uint32_t i = 0; i < schema->n_tables; i++) {
        put_table(out, schema, schema->tables[i]);
    }
    put_events(out, schema);
}
