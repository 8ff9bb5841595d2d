/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_life.c - the memory of a filter.
 */
#include "base/mem.h"
#include "filter/filter.h"

struct scapf_filter *filter_new(const struct scapf_schema *schema, const struct scapf_alloc *alloc,
                                size_t text_len)
{
    struct scapf_filter *f = mem_zalloc(alloc, sizeof(*f));

    if (f == NULL) {
        return NULL;
    }
    f->alloc = alloc;
    f->schema = schema != NULL ? schema : scapf_schema_builtin();
    out_init(&f->scratch, alloc, false);
    out_init(&f->heads_text, alloc, false);
    /* Words do not grow when they are unescaped; each is ended by a NUL. */
    f->text = mem_zalloc(alloc, 2 * text_len + 2);
    if (f->text == NULL) {
        scapf_filter_free(f);
        return NULL;
    }
    return f;
}

void scapf_filter_free(struct scapf_filter *filter)
{
    if (filter == NULL) {
        return;
    }
    out_release(&filter->scratch);
    out_release(&filter->heads_text);
    mem_free(filter->alloc, filter->text);
    mem_free(filter->alloc, filter->verdicts);
    mem_free(filter->alloc, filter->checks);
    mem_free(filter->alloc, filter->consts);
    mem_free(filter->alloc, filter);
}
