/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_gaps.c - where captures of one host do not follow one another: a file of a ring is missing,
 * or events were lost.
 *
 * A capture that begins when all before it have ended tells in its tables how its host is then. So
 * do the events before it, put into the host of their tables. Where the two contradict each other
 * something happened that nobody recorded, and what the events told is not true any more: names,
 * descriptors. The captures from there on are a stretch of their own, whose tables are the truth.
 */
#include <string.h>

#include "transform/merge.h"

#define HOST_MAX ((size_t)12 << 20) /* where it does not suffice no gap is looked for */

/* A host, of one stretch or section after another. */
struct side {
    struct scapf_host *host;
    uint32_t number; /* of the stretch or section at hand: a host begins anew with another one */
    uint64_t lost;   /* items that were not kept before it */
    bool any;        /* something was told of it */
};

struct gaps {
    struct scapf_merge *m;
    struct side is;   /* as the stretch at hand leaves it */
    struct side told; /* as the tables of the section at hand have it */
    uint32_t group;   /* of the stretch at hand */
    bool later;       /* it is not the first one */
};

/* ------------------------------------------------------------------ hosts */

static enum scapf_status put(void *ctx, const struct scapf_record *rec)
{
    struct side *side = ctx;
    struct scapf_record copy = *rec;

    copy.section = side->number;
    side->any = true;
    return scapf_host_put(side->host, &copy);
}

static enum scapf_status make(struct scapf_merge *m, struct side *side)
{
    const struct scapf_host_opts opts = {
        .size = sizeof(opts), .alloc = m->alloc, .schema = m->schema, .max_bytes = HOST_MAX};

    return scapf_host_new(&opts, &side->host) < 0 ? merge_nomem(m) : SCAPF_OK;
}

static void renew(struct side *side)
{
    side->number++;
    side->any = false;
    side->lost = scapf_host_counters(side->host)->not_kept;
}

static bool is_all_kept(const struct side *side)
{
    return scapf_host_counters(side->host)->not_kept == side->lost;
}

/* ------------------------------------------------------------------ contradictions */

static bool differ(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) != 0;
}

/* Names of connections that only differ in which end stands first are one: tables do not tell. */
static bool fd_names_differ(const char *a, const char *b)
{
    const char *ends = a != NULL ? strstr(a, "->") : NULL;
    size_t n = ends != NULL ? strlen(ends + 2) : 0;

    if (!differ(a, b)) {
        return false;
    }
    return ends == NULL || strncmp(b, ends + 2, n) != 0 || strncmp(b + n, "->", 2) != 0 ||
           strncmp(b + n + 2, a, (size_t)(ends - a)) != 0 || strlen(b) != strlen(a);
}

/* Is a descriptor another one than the events leave? */
static bool fds_differ(struct gaps *g, int64_t tid)
{
    uint64_t position = 0;
    struct scapf_fd told;
    struct scapf_fd is;

    while (scapf_host_next_fd(g->told.host, tid, &position, &told)) {
        if (!scapf_host_fd(g->is.host, tid, told.fd, &is) || is.type != told.type ||
            fd_names_differ(is.name, told.name)) {
            return true;
        }
    }
    return false;
}

/* Does anything in the tables contradict what the events leave? A thread that they do not know may
 * have begun unseen, but says nothing wrong. */
static bool contradict(struct gaps *g)
{
    uint64_t position = 0;
    struct scapf_thread told;
    struct scapf_thread is;

    while (scapf_host_next_thread(g->told.host, &position, &told)) {
        if (!told.listed || !scapf_host_thread(g->is.host, told.tid, &is) || !is.listed) {
            continue;
        }
        if (is.pid != told.pid || differ(is.comm, told.comm) || differ(is.exe, told.exe) ||
            (is.pid == told.tid && fds_differ(g, told.tid))) {
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------ sections */

/* Has another section begun, and not ended? */
static bool is_overlapped(const struct scapf_merge *m, const struct merge_section *s)
{
    for (uint32_t i = 0; i < m->n_heap; i++) {
        if (m->heap[i]->section != s && m->heap[i]->section->begun) {
            return true;
        }
    }
    return false;
}

static void begin_stretch(struct gaps *g)
{
    g->m->counts.gaps++;
    g->later = true;
    if (g->m->opts.layout == SCAPF_LAYOUT_COMPAT) {
        g->group = g->m->n_event_groups++;
    }
}

static enum scapf_status begin_section(struct gaps *g, struct merge_section *s)
{
    struct scapf_merge *m = g->m;

    s->begun = true;
    if (s->tables > 0) {
        renew(&g->told);
        TRY(merge_each_table(m, s, 0, put, &g->told));
        if (!g->is.any || !g->told.any || is_overlapped(m, s)) {
            /* nothing ended before it, or nothing is told */
        } else if (!is_all_kept(&g->is) || !is_all_kept(&g->told)) {
            m->counts.gaps_unsought++;
        } else if (contradict(g)) {
            begin_stretch(g);
            renew(&g->is);
        }
        TRY(merge_each_table(m, s, 1, put, &g->is));
    }
    g->is.any = true;
    s->group[0] = g->group;
    s->after_gap = g->later;
    return SCAPF_OK;
}

static enum scapf_status read_events(struct gaps *g)
{
    struct scapf_merge *m = g->m;
    struct merge_lane *lane;

    TRY(make(m, &g->is));
    TRY(make(m, &g->told));
    TRY(merge_lanes_begin(m, ROLE_EVENTS, g->group));
    while ((lane = merge_lanes_first(m)) != NULL) {
        if (lane->rec.event != NULL) {
            if (!lane->section->begun) {
                TRY(begin_section(g, lane->section));
            }
            TRY(put(&g->is, &lane->rec));
        }
        TRY(merge_lanes_step(m));
    }
    return SCAPF_OK;
}

/* Are there captures of a group that may follow one another? */
static bool may_have_gaps(const struct scapf_merge *m, uint32_t group)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < m->n_sections; i++) {
        const struct merge_section *s = &m->sections[i];

        n += (s->roles & ROLE_EVENTS) != 0 && !s->foreign && s->group[0] == group &&
             s->tables > 0 && s->events > 0;
    }
    return n > 1;
}

enum scapf_status merge_find_gaps(struct scapf_merge *m)
{
    uint32_t n_groups = m->n_event_groups;
    enum scapf_status status = SCAPF_OK;

    for (uint32_t group = 0; group < n_groups && status == SCAPF_OK; group++) {
        struct gaps g = {.m = m, .group = group};

        if (!may_have_gaps(m, group)) {
            continue;
        }
        status = read_events(&g);
        merge_lanes_end(m);
        merge_places_end(m);
        scapf_host_free(g.is.host);
        scapf_host_free(g.told.host);
    }
    return status == SCAPF_E_NOMEM ? merge_nomem(m) : status;
}
