/* SPDX-License-Identifier: Apache-2.0 */
#include "support/schema_help.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "xml/schema_load.h"

void faults_add(void *ctx, const char *file, unsigned line, const char *message)
{
    struct faults *f = ctx;

    if (f->n++ == 0) {
        f->line = line;
        (void)snprintf(f->file, sizeof(f->file), "%s", file);
        (void)snprintf(f->message, sizeof(f->message), "%s", message);
    }
}

enum scapf_status schema_load(const char *const *paths, size_t n, const struct scapf_schema *base,
                              struct faults *f, struct scapf_schema **schema)
{
    const struct scapf_xml_opts opts = {
        .size = sizeof(opts), .base = base, .report = faults_add, .ctx = f};

    memset(f, 0, sizeof(*f));
    return scapf_schema_load_xml(paths, n, &opts, schema);
}

/* All files the built-in schema is made of. */
struct scapf_schema *schema_load_all(bool backwards)
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
    status = schema_load((const char *const *)files.gl_pathv, files.gl_pathc, NULL, &f, &schema);
    cr_assert_eq(status, SCAPF_OK, "%s:%u: %s", f.file, f.line, f.message);
    globfree(&files);
    return schema;
}

struct scapf_schema *schema_load_text(const char *text, const struct scapf_schema *base)
{
    struct scapf_schema *schema = NULL;
    struct faults f = {0};
    const struct schema_input input = {.name = "text", .bytes = text, .len = strlen(text)};
    const struct scapf_xml_opts opts = {
        .size = sizeof(opts), .base = base, .report = faults_add, .ctx = &f};
    enum scapf_status status = schema_xml_load(&input, 1, &opts, &schema);

    cr_assert_eq(status, SCAPF_OK, "%s:%u: %s", f.file, f.line, f.message);
    return schema;
}

const struct scapf_event_info *schema_event(const struct scapf_schema *s, const char *symbol)
{
    for (uint32_t i = 0; i < s->n_events; i++) {
        if (s->events[i] != NULL && strcmp(s->events[i]->symbol, symbol) == 0) {
            return s->events[i];
        }
    }
    return NULL;
}

const struct scapf_table_info *schema_table(const struct scapf_schema *s, const char *name)
{
    for (uint32_t i = 0; i < s->n_tables; i++) {
        if (strcmp(s->tables[i]->name, name) == 0) {
            return s->tables[i];
        }
    }
    return NULL;
}
