/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.c - an expression becomes a filter, and back.
 */
#include "filter/filter.h"

#include "base/mem.h"

#include <stdio.h>

/* Give the checks that look at the event code alone room for what they said of each. */
static bool remember_codes(struct scapf_filter *f)
{
    size_t n = 0;

    for (uint32_t i = 0; i < f->n_checks; i++) {
        n += (f->checks[i].field->flags & FIELD_CODE) != 0;
    }
    if (n == 0) {
        return true;
    }
    f->verdicts = mem_zalloc(f->alloc, n * FILTER_CODES);
    for (uint32_t i = f->n_checks; f->verdicts != NULL && i-- > 0;) {
        if ((f->checks[i].field->flags & FIELD_CODE) != 0) {
            f->checks[i].by_code = f->verdicts + --n * FILTER_CODES;
        }
    }
    return f->verdicts != NULL;
}

enum scapf_status scapf_filter_compile(const char *text, const struct scapf_schema *schema,
                                       const struct scapf_alloc *alloc,
                                       struct scapf_filter **filter,
                                       struct scapf_filter_error *error)
{
    size_t len = strlen(text);
    struct scapf_filter_error ignored;
    struct scapf_filter *f;
    enum scapf_status status;

    *filter = NULL;
    error = error != NULL ? error : &ignored;
    *error = (struct scapf_filter_error){.pos = 0};
    if (len > FILTER_TEXT_MAX) {
        (void)snprintf(error->message, sizeof(error->message), "the expression is too long");
        return SCAPF_E_USAGE;
    }
    f = filter_new(schema, alloc, len);
    if (f == NULL) {
        return SCAPF_E_NOMEM;
    }
    status = filter_parse(f, text, len, error);
    if (status == SCAPF_OK && !remember_codes(f)) {
        status = SCAPF_E_NOMEM;
    }
    if (status != SCAPF_OK) {
        scapf_filter_free(f);
        return status;
    }
    *filter = f;
    return SCAPF_OK;
}

uint64_t scapf_filter_matches(const struct scapf_filter *filter)
{
    return filter->matches;
}

bool scapf_filter_uses_host(const struct scapf_filter *filter)
{
    return filter->uses_host;
}

void filter_show(const struct scapf_filter *f, struct out *o)
{
    for (uint32_t i = 0; i < f->n_checks; i++) {
        const struct filter_check *c = &f->checks[i];

        out_udec(o, i);
        out_lit(o, ": ");
        out_str(o, c->field->name);
        if (c->arg_name != NULL) {
            out_char(o, '.');
            out_str(o, c->arg_name);
        }
        if (c->has_index) {
            out_char(o, '[');
            out_udec(o, c->index);
            out_char(o, ']');
        }
        out_char(o, ' ');
        out_str(o, op_name(c->op));
        for (uint32_t k = 0; k < c->n_consts; k++) {
            out_lit(o, " <");
            out_bytes(o, f->consts[c->first_const + k].text, f->consts[c->first_const + k].len);
            out_char(o, '>');
        }
        for (size_t k = 2; k-- > 0;) {
            out_char(o, k == 1 ? '?' : ':');
            if (c->next[k] < f->n_checks) {
                out_udec(o, c->next[k]);
            } else {
                out_char(o, c->next[k] == FILTER_ACCEPT ? 'Y' : 'N');
            }
        }
        out_char(o, ';');
    }
}
