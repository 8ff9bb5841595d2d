/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_read.c - inputs read once more, behind the survey.
 */
#include "transform/merge.h"

enum scapf_status merge_read_ended(struct scapf_merge *m, uint32_t input,
                                   const struct scapf_reader *reader, enum scapf_status status)
{
    if ((status == SCAPF_E_IO || status == SCAPF_E_NOMEM) && m->infos[input].status != status) {
        m->diag = *scapf_reader_diag(reader);
        return status;
    }
    return SCAPF_OK;
}

enum scapf_status merge_each_table(struct scapf_merge *m, const struct merge_section *s,
                                   merge_table_fn fn, void *ctx)
{
    const struct scapf_merge_input *input = &m->inputs[s->input];
    uint64_t left = s->tables;
    struct scapf_reader *reader;
    struct scapf_record rec;
    enum scapf_status status = input->open(input->ctx, &reader);

    while (status == SCAPF_OK && left > 0) {
        enum scapf_status read = scapf_reader_next(reader, &rec);

        if (read != SCAPF_OK) {
            status = merge_read_ended(m, s->input, reader, read);
            break;
        }
        if (rec.section == s->index && rec.kind == SCAPF_KIND_TABLE) {
            left--;
            status = fn(ctx, &rec);
        }
    }
    scapf_reader_free(reader);
    return status;
}
