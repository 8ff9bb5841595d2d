/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge.c - several captures as one: which sections go together, and what is written in which
 * order.
 *
 *   compat    for each host a section with its tables and events, behind a gap in what was recorded
 *             of it another one; one for all packets; an event nobody shows at the very end. All
 *             little-endian. [pcapng 4.3]
 *   timeline  one section: tables, interfaces, then everything by time
 *
 * A section of packets is joined with the others unless that would change what its blocks mean:
 * simple packets need interface 0, packets name Darwin process blocks by their place, and numbers
 * of processes may stand for others.
 */
#include "transform/merge.h"

#include <string.h>

#include "base/mem.h"
#include "block/option.h"
#include "bytes/cur.h"

#define OPT_IF_NAME  2
#define DISAGREE_MAX 500u /* descriptions that are compared with one another */
#define GROUPS_TRIED 16u  /* sections of packets that one may join */

/* ------------------------------------------------------------------ life */

enum scapf_status scapf_merge_new(struct scapf_sink *sink, const struct scapf_merge_input *inputs,
                                  uint32_t n, const struct scapf_merge_opts *opts,
                                  struct scapf_merge **merge)
{
    const struct scapf_alloc *alloc = opts != NULL ? opts->alloc : NULL;
    struct scapf_merge *m;

    *merge = NULL;
    for (uint32_t i = 0; i < n; i++) {
        if (!clock_is_sane(&inputs[i].shift)) {
            return SCAPF_E_USAGE;
        }
    }
    if (sink == NULL || n == 0 || (opts != NULL && opts->size != sizeof(*opts))) {
        return SCAPF_E_USAGE;
    }
    m = mem_zalloc(alloc, sizeof(*m));
    if (m == NULL) {
        return SCAPF_E_NOMEM;
    }
    if (opts != NULL) {
        m->opts = *opts;
    }
    m->alloc = alloc;
    m->sink = sink;
    m->inputs = inputs;
    m->n_inputs = n;
    m->schema = m->opts.schema != NULL ? m->opts.schema : scapf_schema_builtin();
    out_init(&m->headers, alloc, false);
    out_init(&m->idbs, alloc, false);
    out_init(&m->block, alloc, false);
    out_init(&m->text, alloc, false);
    out_init(&m->note_block, alloc, false);
    out_init(&m->seen_bytes, alloc, false);
    merge_procs_init(m);
    m->infos = mem_zalloc(alloc, n * sizeof(*m->infos));
    if (m->infos == NULL) {
        mem_free(alloc, m);
        return SCAPF_E_NOMEM;
    }
    *merge = m;
    return SCAPF_OK;
}

void scapf_merge_free(struct scapf_merge *m)
{
    if (m == NULL) {
        return;
    }
    merge_lanes_end(m);
    merge_places_end(m);
    mem_free(m->alloc, m->lanes);
    mem_free(m->alloc, m->heap);
    mem_free(m->alloc, m->infos);
    mem_free(m->alloc, m->sections);
    mem_free(m->alloc, m->hosts);
    mem_free(m->alloc, m->idb);
    mem_free(m->alloc, m->idb_slots);
    mem_free(m->alloc, m->ids);
    mem_free(m->alloc, m->outs);
    mem_free(m->alloc, m->seen);
    mem_free(m->alloc, m->moved);
    mem_free(m->alloc, m->procs);
    map_release(&m->proc_groups);
    scapf_sink_free(m->runs);
    scapf_sink_free(m->tabs);
    scapf_sink_free(m->fixes);
    out_release(&m->note_block);
    out_release(&m->headers);
    out_release(&m->idbs);
    out_release(&m->block);
    out_release(&m->text);
    out_release(&m->seen_bytes);
    mem_free(m->alloc, m);
}

const struct scapf_merge_input_info *scapf_merge_input_info(const struct scapf_merge *m,
                                                            uint32_t input)
{
    return input < m->n_inputs ? &m->infos[input] : NULL;
}

const struct scapf_merge_counts *scapf_merge_counts(const struct scapf_merge *m)
{
    return &m->counts;
}

const struct scapf_diag *scapf_merge_diag(const struct scapf_merge *m)
{
    return m->diag.rule != RULE_NONE ? &m->diag : NULL;
}

/* ------------------------------------------------------------------ records */

bool scapf_merge_was_hasty(const struct scapf_merge *m)
{
    return m->diag.rule == RULE_MERGE_SURPRISE;
}

/* ------------------------------------------------------------------ what goes together */

/* What sections of packets that go together have. */
struct group_use {
    bool simple, darwin;
};

/* Would the blocks of a section mean the same among those of a group? */
static bool fits(struct scapf_merge *m, const struct merge_section *s, const struct group_use *use,
                 uint32_t group)
{
    return !(s->simple > 0 && use->simple) && !(s->darwin && use->darwin) &&
           (!m->any_procs || merge_procs_fit(m, s, group));
}

/* Each section of packets goes into the first group it fits in. */
static enum scapf_status group_packets(struct scapf_merge *m)
{
    struct group_use uses[GROUPS_TRIED] = {{false, false}};

    for (uint32_t i = 0; i < m->n_sections; i++) {
        struct merge_section *s = &m->sections[i];
        uint32_t g = 0;

        if ((s->roles & ROLE_PACKETS) == 0 || s->foreign) {
            continue;
        }
        while (g < m->n_packet_groups && g < GROUPS_TRIED && !fits(m, s, &uses[g], g)) {
            g++;
        }
        g = g == GROUPS_TRIED ? m->n_packet_groups : g;
        s->group[1] = g;
        m->counts.apart += g > 0 && g == m->n_packet_groups;
        m->n_packet_groups += g == m->n_packet_groups;
        if (g < GROUPS_TRIED) {
            uses[g].simple = uses[g].simple || s->simple > 0;
            uses[g].darwin = uses[g].darwin || s->darwin;
        }
        if (m->any_procs) {
            TRY(merge_procs_join(m, s, g));
        }
    }
    return SCAPF_OK;
}

static void group_events(struct scapf_merge *m)
{
    for (uint32_t i = 0; i < m->n_sections; i++) {
        struct merge_section *s = &m->sections[i];

        if ((s->roles & ROLE_EVENTS) == 0 || s->foreign) {
            continue;
        }
        if (m->hosts[s->host].group == MERGE_NONE) {
            m->hosts[s->host].group = m->n_event_groups++;
            m->counts.hosts++;
        }
        s->group[0] = m->hosts[s->host].group;
    }
}

static void note_kinds(struct scapf_merge *m)
{
    struct scapf_merge_counts *c = &m->counts;
    uint32_t first = 0;

    for (uint32_t i = 0; i < m->n_idb; i++) {
        const uint8_t *idb = m->idbs.bytes + m->idb[i].off;
        uint16_t link_type = get_u16(idb + MERGE_IDB_LINK, false);
        uint32_t snaplen = get_u32(idb + MERGE_IDB_SNAPLEN, false);

        if (c->link_types == 0 || (c->link_types == 1 && c->other_link_type[0] != link_type)) {
            c->other_link_type[c->link_types++] = link_type;
        }
        if (c->snaplens == 0) {
            first = snaplen;
            c->snaplens = 1;
        } else if (snaplen != first && !m->opts.one_snaplen) {
            c->snaplens = 2;
        }
    }
}

/* The name in an interface description; NULL when it has none. */
static const uint8_t *name_of(const struct scapf_merge *m, uint32_t idb, size_t *len)
{
    const struct merge_idb *d = &m->idb[idb];
    const uint8_t *options = m->idbs.bytes + d->off + MERGE_IDB_SNAPLEN + 4;
    struct scapf_option_iter it;
    struct scapf_option opt;

    option_iter_init(&it, options, d->len - MERGE_IDB_SNAPLEN - 8, 0, false);
    while (scapf_option_next(&it, &opt) == SCAPF_OK) {
        if (opt.code == OPT_IF_NAME && opt.len > 0) {
            *len = opt.len;
            return opt.value;
        }
    }
    return NULL;
}

/* Descriptions of one name that differ. */
static void note_disagreement(struct scapf_merge *m)
{
    uint32_t n = m->n_idb < DISAGREE_MAX ? m->n_idb : DISAGREE_MAX;

    for (uint32_t i = 0; i < n; i++) {
        size_t len = 0;
        const uint8_t *name = name_of(m, i, &len);

        for (uint32_t j = 0; name != NULL && j < i; j++) {
            size_t other_len = 0;
            const uint8_t *other = name_of(m, j, &other_len);

            if (other == NULL || len != other_len || memcmp(name, other, len) != 0) {
                continue;
            }
            if (m->counts.disagree++ == 0) {
                len = len < sizeof(m->counts.disagree_name) ? len
                                                            : sizeof(m->counts.disagree_name) - 1;
                memcpy(m->counts.disagree_name, name, len);
            }
            break;
        }
    }
}

enum scapf_status scapf_merge_survey(struct scapf_merge *m)
{
    if (m->surveyed) {
        return SCAPF_E_USAGE;
    }
    m->surveyed = true;
    for (uint32_t i = 0; i < m->n_inputs; i++) {
        TRY(merge_survey_input(m, i));
    }
    for (uint32_t i = 0; i < m->n_sections; i++) {
        m->counts.closing += m->sections[i].closing;
        m->counts.header_options += m->sections[i].header_options;
    }
    group_events(m);
    if (m->any_procs) {
        TRY(merge_find_procs(m));
    }
    TRY(group_packets(m));
    note_kinds(m);
    note_disagreement(m);
    if (m->opts.layout == SCAPF_LAYOUT_TIMELINE && m->n_event_groups > 1) {
        return diag_set(&m->diag, SCAPF_E_UNSUPPORTED, RULE_MERGE_HOSTS, 0, m->n_event_groups, 1);
    }
    return SCAPF_OK;
}

/* ------------------------------------------------------------------ writing */

/* Notes about captures that are nothing but events: in a section of their own. */
static enum scapf_status write_notes_section(struct scapf_merge *m)
{
    TRY(merge_put_header(m, 0));
    TRY(merge_write_notes(m));
    return merge_put_closing_event(m);
}

static enum scapf_status write_compat(struct scapf_merge *m)
{
    bool close = m->n_event_groups > 0;

    for (uint32_t g = 0; g < m->n_event_groups; g++) {
        TRY(merge_write_events(m, g));
    }
    for (uint32_t g = 0; g < m->n_packet_groups; g++) {
        TRY(merge_write_packets(m, g));
    }
    if (m->n_packet_groups == 0) {
        return m->n_sections > 1 ? write_notes_section(m) : SCAPF_OK;
    }
    TRY(merge_write_notes(m));
    return close ? merge_put_closing_event(m) : SCAPF_OK;
}

static enum scapf_status write_timeline(struct scapf_merge *m)
{
    TRY(merge_write_timeline(m));
    for (uint32_t g = 1; g < m->n_packet_groups; g++) {
        TRY(merge_write_packets(m, g));
    }
    return merge_write_notes(m);
}

enum scapf_status scapf_merge_run(struct scapf_merge *m)
{
    if (m->ran) {
        return SCAPF_E_USAGE;
    }
    if (!m->surveyed) {
        TRY(scapf_merge_survey(m));
    }
    m->ran = true;
    TRY(merge_find_gaps(m));
    return m->opts.layout == SCAPF_LAYOUT_TIMELINE ? write_timeline(m) : write_compat(m);
}
