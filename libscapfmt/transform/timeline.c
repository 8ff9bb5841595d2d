/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timeline.c - a capture by time although its sections are not: what a merge in the layout that
 * every reader opens put behind one another is read side by side.
 */
#include "base/mem.h"
#include "transform/split.h"

struct scapf_timeline {
    struct scapf_split *split; /* its survey and the notes */
    bool begun;
    uint64_t err_ns;
    uint32_t last_lane;
    uint64_t last_ns; /* of the record shown last, when there was one with a time */
    bool has_last;
};

enum scapf_status scapf_timeline_new(scapf_open_fn open, void *ctx, const char *name,
                                     const struct scapf_schema *schema,
                                     const struct scapf_alloc *alloc,
                                     struct scapf_timeline **timeline)
{
    struct scapf_timeline *t = mem_zalloc(alloc, sizeof(*t));
    const struct scapf_split_file *file;
    enum scapf_status status;

    *timeline = NULL;
    if (t == NULL) {
        return SCAPF_E_NOMEM;
    }
    status = scapf_split_new(open, ctx, name, schema, alloc, &t->split);
    if (status < 0) {
        scapf_split_free(t->split);
        mem_free(alloc, t);
        return status;
    }
    for (uint32_t i = 0; (file = scapf_split_file(t->split, i)) != NULL; i++) {
        t->err_ns = file->shift.err_ns > t->err_ns ? file->shift.err_ns : t->err_ns;
    }
    for (uint32_t i = 0; i < t->split->m->n_sections; i++) {
        t->split->m->sections[i].group[0] = t->split->m->sections[i].group[1] = 0;
    }
    t->split->m->all_records = true;
    *timeline = t;
    return SCAPF_OK;
}

const struct scapf_split *scapf_timeline_files(const struct scapf_timeline *t)
{
    return t->split;
}

bool scapf_timeline_is_needed(const struct scapf_timeline *t)
{
    const struct scapf_merge *m = t->split->m;
    unsigned roles = 0;

    for (uint32_t i = 0; i < m->n_sections; i++) {
        if (m->sections[i].foreign) {
            return false; /* what is in such a section can only be shown where it is */
        }
        roles |= m->sections[i].events > 0 ? ROLE_EVENTS : 0;
        roles |= m->sections[i].packets > 0 ? ROLE_PACKETS : 0;
    }
    return m->n_sections > 1 && roles == ROLE_BOTH;
}

/* Two clocks: what is not further apart than they are known may have been the other way round. */
static bool is_uncertain(const struct scapf_timeline *t, const struct merge_lane *lane)
{
    return t->err_ns > 0 && t->has_last && lane->rec.has_ts && lane->number != t->last_lane &&
           (lane->key > t->last_ns ? lane->key - t->last_ns : t->last_ns - lane->key) <= t->err_ns;
}

enum scapf_status scapf_timeline_next(struct scapf_timeline *t, struct scapf_timeline_item *item)
{
    struct scapf_merge *m = t->split->m;
    struct merge_lane *lane;

    if (!t->begun) {
        t->begun = true;
        TRY(merge_lanes_begin(m, ROLE_BOTH, MERGE_NONE));
    } else if (m->n_heap > 0) {
        lane = merge_lanes_first(m);
        if (lane->rec.has_ts) {
            t->has_last = true;
            t->last_ns = lane->key;
            t->last_lane = lane->number;
        }
        TRY(merge_lanes_step(m));
    }
    lane = merge_lanes_first(m);
    if (lane == NULL) {
        return SCAPF_END;
    }
    *item = (struct scapf_timeline_item){.reader = lane->reader,
                                         .rec = &lane->rec,
                                         .lane = lane->number,
                                         .n_lanes = m->n_lanes,
                                         .uncertain = is_uncertain(t, lane)};
    return SCAPF_OK;
}

void scapf_timeline_free(struct scapf_timeline *t)
{
    if (t != NULL) {
        const struct scapf_alloc *alloc = t->split->alloc;

        scapf_split_free(t->split);
        mem_free(alloc, t);
    }
}
