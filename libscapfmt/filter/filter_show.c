/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_show.c - fields as text, for columns.
 */
#include "base/mem.h"
#include "filter/filter.h"

#include <stdio.h>

struct scapf_fields {
    const struct scapf_alloc *alloc;
    struct scapf_filter *names; /* one check a field, which nobody asks */
    struct eval e;
    bool has_record;
    struct out text;
};

enum scapf_status scapf_fields_compile(const char *names, const struct scapf_schema *schema,
                                       const struct scapf_alloc *alloc,
                                       struct scapf_fields **fields,
                                       struct scapf_filter_error *error)
{
    size_t len = strlen(names);
    struct scapf_filter_error ignored;
    struct scapf_fields *f;
    enum scapf_status status;

    *fields = NULL;
    error = error != NULL ? error : &ignored;
    *error = (struct scapf_filter_error){.pos = 0};
    if (len > FILTER_TEXT_MAX) {
        (void)snprintf(error->message, sizeof(error->message), "the list is too long");
        return SCAPF_E_USAGE;
    }
    f = mem_zalloc(alloc, sizeof(*f));
    if (f == NULL) {
        return SCAPF_E_NOMEM;
    }
    f->alloc = alloc;
    out_init(&f->text, alloc, false);
    f->names = filter_new(schema, alloc, len);
    status = f->names != NULL ? filter_parse_fields(f->names, names, len, error) : SCAPF_E_NOMEM;
    if (status != SCAPF_OK) {
        scapf_fields_free(f);
        return status;
    }
    *fields = f;
    return SCAPF_OK;
}

void scapf_fields_put(struct scapf_fields *fields, const struct scapf_reader *reader,
                      const struct scapf_record *rec, struct scapf_host *host)
{
    eval_begin(&fields->e, fields->names, reader, rec, host);
    fields->has_record = true;
}

/* Numbers that stand for something else are shown as what is compared with them. */
static void put_shown(struct out *o, const struct field *field, const struct filter_value *v)
{
    const char *name = field->type == FIELD_SERVICE ? service_name(v->u) : NULL;

    if (name != NULL) {
        out_str(o, name);
    } else if (field->type == FIELD_DECIMAL) {
        /* rounded to a digit */
        uint64_t tenths = (v->u + FILTER_DECIMAL / 20) / (FILTER_DECIMAL / 10);

        out_udec(o, tenths / 10);
        out_char(o, '.');
        out_udec(o, tenths % 10);
    } else if ((field->flags & FIELD_HEX) != 0) {
        out_hex(o, v->u, true);
    } else {
        value_show(o, v);
    }
}

enum scapf_status scapf_fields_text(struct scapf_fields *fields, size_t i, const char **text,
                                    size_t *len)
{
    const struct filter_check *c = i < fields->names->n_checks ? &fields->names->checks[i] : NULL;
    bool many = c != NULL && (c->field->flags & FIELD_MULTI) != 0 && !c->has_index;
    struct filter_value v = {.kind = VALUE_NUMBER};
    struct out *o = &fields->text;
    struct out *scratch = &fields->names->scratch;
    uint32_t k = 0;

    *text = NULL;
    *len = 0;
    if (c == NULL || !fields->has_record || !eval_applies(&fields->e, c->field)) {
        return SCAPF_OK;
    }
    out_clear(o);
    out_clear(scratch);
    for (; (k == 0 || many) && c->field->get(&fields->e, c, k, &v); k++) {
        out_bytes(o, ",", k > 0);
        put_shown(o, c->field, &v);
        out_clear(scratch);
    }
    if (k > 0) {
        *len = o->len;
        *text = o->len > 0 ? (const char *)o->bytes : "";
    }
    return out_status(scratch) != SCAPF_OK ? out_status(scratch) : out_status(o);
}

void scapf_fields_free(struct scapf_fields *fields)
{
    if (fields != NULL) {
        out_release(&fields->text);
        scapf_filter_free(fields->names);
        mem_free(fields->alloc, fields);
    }
}
