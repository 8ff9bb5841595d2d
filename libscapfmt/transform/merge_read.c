/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_read.c - inputs read once more, behind the survey.
 */
#include "base/mem.h"
#include "transform/merge.h"

enum scapf_status merge_read_ended(struct scapf_merge *m, uint32_t input,
                                   const struct scapf_reader *reader, enum scapf_status status)
{
    if (status == SCAPF_E_IO || status == SCAPF_E_NOMEM) {
        m->diag = *scapf_reader_diag(reader);
        m->infos[input].diag = m->diag;
        m->infos[input].status = status;
        return status;
    }
    return SCAPF_OK;
}

static void leave(struct merge_place *place)
{
    scapf_reader_free(place->reader);
    place->reader = NULL;
}

/* A reader before the section: the one that stopped in an earlier section, or a new one. */
static enum scapf_status stand_before(struct scapf_merge *m, const struct merge_section *s,
                                      struct merge_place *place)
{
    const struct scapf_merge_input *input = &m->inputs[s->input];

    if (place->reader != NULL && place->section < s->index) {
        return SCAPF_OK;
    }
    leave(place);
    return input->open(input->ctx, &place->reader);
}

enum scapf_status merge_each_table(struct scapf_merge *m, const struct merge_section *s,
                                   unsigned which, merge_table_fn fn, void *ctx)
{
    struct merge_place *place;
    struct scapf_record rec;
    uint64_t left = s->tables;
    enum scapf_status status;
    enum scapf_status read = SCAPF_OK;

    if (m->places == NULL) {
        m->places = mem_zalloc(m->alloc, MERGE_WAYS * (size_t)m->n_inputs * sizeof(*m->places));
        if (m->places == NULL) {
            return merge_nomem(m);
        }
    }
    place = &m->places[which * (size_t)m->n_inputs + s->input];
    status = stand_before(m, s, place);
    while (status == SCAPF_OK && left > 0 &&
           (read = scapf_reader_next(place->reader, &rec)) == SCAPF_OK) {
        place->section = rec.section;
        if (rec.section == s->index && rec.kind == SCAPF_KIND_TABLE) {
            left--;
            status = fn(ctx, &rec);
        }
    }
    if (status == SCAPF_OK && read != SCAPF_OK) {
        status = merge_read_ended(m, s->input, place->reader, read);
    }
    if (status != SCAPF_OK || read != SCAPF_OK || s->index + 1 == m->infos[s->input].sections) {
        leave(place); /* nothing follows: no descriptor is kept */
    }
    return status;
}

void merge_places_end(struct scapf_merge *m)
{
    for (size_t i = 0; m->places != NULL && i < MERGE_WAYS * (size_t)m->n_inputs; i++) {
        leave(&m->places[i]);
    }
    mem_free(m->alloc, m->places);
    m->places = NULL;
}
