/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_read.c - inputs read once more, behind the survey.
 */
#include "transform/merge.h"

static bool is_open_ended(const struct scapf_merge *m, uint32_t input)
{
    uint32_t i = 0;

    while (i < m->n_sections && !(m->sections[i].input == input && m->sections[i].open_end)) {
        i++;
    }
    return i < m->n_sections;
}

enum scapf_status merge_read_ended(struct scapf_merge *m, uint32_t input,
                                   const struct scapf_reader *reader, enum scapf_status status)
{
    bool denied = status == SCAPF_E_IO || status == SCAPF_E_NOMEM;
    bool other = status < 0 && status != m->infos[input].status && !is_open_ended(m, input);

    if (denied || other) {
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

/* The place of a walk over an input; where it has none, a free one, or that needed last. */
static struct merge_place *find_place(struct scapf_merge *m, uint32_t input, unsigned which)
{
    struct merge_place *best = &m->places[0];

    for (size_t i = 0; i < MERGE_PLACES; i++) {
        struct merge_place *place = &m->places[i];

        if (place->reader != NULL && place->input == input && place->which == which) {
            return place;
        }
        if (best->reader != NULL && (place->reader == NULL || place->next_ns > best->next_ns)) {
            best = place;
        }
    }
    leave(best);
    *best = (struct merge_place){.input = input, .which = which};
    return best;
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

/* Done with a section: a reader is kept for those that follow. */
static void stay(const struct scapf_merge *m, const struct merge_section *s,
                 struct merge_place *place)
{
    if (s->index + 1 == m->infos[s->input].sections) {
        leave(place);
    } else {
        place->next_ns = merge_begins(m, &s[1]);
    }
}

enum scapf_status merge_each_table(struct scapf_merge *m, const struct merge_section *s,
                                   unsigned which, merge_table_fn fn, void *ctx)
{
    struct merge_place *place = find_place(m, s->input, which);
    struct scapf_record rec;
    uint64_t left = s->tables;
    enum scapf_status status = stand_before(m, s, place);
    enum scapf_status read = SCAPF_OK;

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
        if (status == SCAPF_OK && left > 0) { /* the survey saw them */
            status = diag_set(&m->diag, SCAPF_E_UNSUPPORTED, RULE_MERGE_SURPRISE, rec.off, 0, left);
        }
    }
    if (status != SCAPF_OK || read != SCAPF_OK) {
        leave(place);
    } else {
        stay(m, s, place);
    }
    return status;
}

void merge_places_end(struct scapf_merge *m)
{
    for (size_t i = 0; i < MERGE_PLACES; i++) {
        leave(&m->places[i]);
    }
}
