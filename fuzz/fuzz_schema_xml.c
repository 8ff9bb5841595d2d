/* Target: schema loader (XML parser front end, XSD, semantic rules, compilation, look-ups) */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "scapfmt-xml.h"
#include "target.h"
#include "xml/schema_load.h"

static void on_fault(void *ctx, const char *file, unsigned line, const char *message)
{
    (void)line;
    if (file == NULL || message == NULL || *message == '\0') {
        abort();
    }
    ++*(unsigned *)ctx;
}

static void check_event(const struct scapf_schema *s, const struct scapf_event_info *e)
{
    if (e->name == NULL || e->symbol == NULL || e->n_params > SCAPF_EVENT_PARAMS ||
        e->since >= s->n_ages) {
        abort();
    }
    for (uint8_t i = 0; i < e->n_params; i++) {
        const struct scapf_param_info *p = &e->params[i];

        if (p->name == NULL || p->since >= s->n_ages || p->since < e->since ||
            p->dirfd_param >= e->n_params || scapf_param_type_name(p->type) == NULL ||
            scapf_format_name(p->fmt) == NULL ||
            (p->type == SCAPF_PT_DYN) != (p->variants != NULL)) {
            abort();
        }
    }
    for (uint16_t i = 0; i < e->n_syscalls; i++) {
        if (scapf_schema_syscall(s, e->syscalls[i]) == NULL) {
            abort();
        }
    }
}

static void check_table(const struct scapf_schema *s, const struct scapf_table_info *t)
{
    for (uint8_t i = 0; i < t->n_numbers; i++) {
        const struct scapf_table_number *number = NULL;

        if (scapf_schema_table(s, t->numbers[i].block_type, &number) != t ||
            number != &t->numbers[i]) {
            abort();
        }
    }
    for (uint8_t i = 0; i < t->n_fields; i++) {
        const struct scapf_field_info *f = &t->fields[i];

        if (f->name == NULL || scapf_field_type_name(f->type) == NULL || f->len_field >= i ||
            (f->type == SCAPF_FT_TEXT) != (f->len_field >= 0) ||
            (f->cases != 0 && (t->selector < 0 || t->selector >= i))) {
            abort();
        }
    }
}

/* Whatever was accepted must be what the rest of the library relies on. */
static void check_schema(const struct scapf_schema *s)
{
    for (uint32_t i = 0; i < s->n_events; i++) {
        if (s->events[i] != NULL) {
            if (s->events[i]->code != i) {
                abort();
            }
            check_event(s, s->events[i]);
        }
    }
    for (uint32_t i = 0; i < s->n_tables; i++) {
        check_table(s, s->tables[i]);
    }
    for (uint32_t i = 0; i < s->n_conversions; i++) {
        const struct scapf_conversion *row = &s->conversions[i];

        if (scapf_schema_conversion(s, row->code, row->n_params) != row ||
            scapf_schema_event(s, row->to_code) == NULL) {
            abort();
        }
    }
}

static void load(const uint8_t *data, size_t size, const struct scapf_schema *base)
{
    static struct schema_xsd *xsd;
    const struct schema_input input = {.name = "input", .bytes = data, .len = size};
    unsigned n_faults = 0;
    const struct scapf_xml_opts opts = {
        .size = sizeof(opts), .base = base, .report = on_fault, .ctx = &n_faults};
    struct scapf_schema *schema = NULL;
    enum scapf_status status;

    if (xsd == NULL) {
        xsd = schema_xsd_new();
        must(xsd != NULL);
    }
    status = schema_xml_load_by(xsd, &input, 1, &opts, &schema);
    if ((status == SCAPF_OK) != (schema != NULL) || (status == SCAPF_OK) != (n_faults == 0)) {
        abort();
    }
    if (schema != NULL) {
        check_schema(schema);
    }
    scapf_schema_free(schema);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    load(data, size, NULL);
    load(data, size, scapf_schema_builtin());
    return 0;
}
