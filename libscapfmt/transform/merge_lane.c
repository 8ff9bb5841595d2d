/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_lane.c - inputs side by side: the earliest record first.
 *
 * A lane reads one input from its start and shows the records of some of its sections. Sections of
 * an input that follow one another in time share a lane; those that overlap (events and packets of
 * an earlier merge) have one each, as if they had never been in one file. A binary heap keeps the
 * lanes by the time of their record, then by their number: records of equal time come in the order
 * of the inputs, those of one lane always in its own. One without a time, or behind one with a
 * later time, follows the record before it.
 */
#include "base/mem.h"
#include "base/wide.h"
#include "block/section.h"
#include "transform/merge_notes.h"

#define NS_PER_S        UINT64_C(1000000000)
#define BINARY          0x80u
#define NANO            9u
#define SPAN_SLOT(role) ((role) == ROLE_EVENTS ? 0 : 1)

/* ------------------------------------------------------------------ which sections */

static bool is_in_pass(const struct merge_section *s, unsigned roles, uint32_t group)
{
    if (s->foreign || (s->roles & roles) == 0) {
        return false;
    }
    if (group == MERGE_NONE) { /* everything, but for packets that need a section of their own */
        return s->roles != ROLE_PACKETS || s->group[1] == 0;
    }
    return s->group[SPAN_SLOT(roles)] == group;
}

static struct merge_span span_of(const struct merge_section *s, unsigned roles)
{
    struct merge_span span = {false, 0, 0};

    for (unsigned i = 0; i < 2; i++) {
        const struct merge_span *one = &s->spans[i];

        if ((roles & (1u << i)) == 0 || !one->any) {
            continue;
        }
        if (!span.any || one->first_ns < span.first_ns) {
            span.first_ns = one->first_ns;
        }
        if (!span.any || one->last_ns > span.last_ns) {
            span.last_ns = one->last_ns;
        }
        span.any = true;
    }
    return span;
}

/* Lanes of one input while they are being made. */
struct making {
    uint32_t first; /* number of its first lane */
    uint32_t n;
    uint64_t last_ns[MERGE_LANES];
};

/* The lane a section goes on with: one that has ended before it begins. */
static uint32_t lane_for(struct making *made, const struct merge_span *span)
{
    uint32_t i = 0;

    while (i < made->n && span->any && made->last_ns[i] > span->first_ns) {
        i++;
    }
    if (i == made->n) {
        if (made->n == MERGE_LANES) {
            i = MERGE_LANES - 1;
        } else {
            made->last_ns[made->n++] = 0;
        }
    }
    if (span->any && span->last_ns > made->last_ns[i]) {
        made->last_ns[i] = span->last_ns;
    }
    return made->first + i;
}

static enum scapf_status add_lane(struct scapf_merge *m, uint32_t input, unsigned roles)
{
    struct merge_lane *lane = mem_zalloc(m->alloc, sizeof(*lane));
    uint32_t cap = m->cap_lanes;

    if (lane == NULL) {
        return merge_nomem(m);
    }
    lane->input = input;
    lane->number = m->n_lanes;
    lane->roles = roles;
    if (merge_room(m, (void **)&m->lanes, &cap, m->n_lanes, sizeof(struct merge_lane *)) < 0 ||
        merge_room(m, (void **)&m->heap, &m->cap_lanes, m->n_lanes, sizeof(struct merge_lane *)) <
            0) {
        mem_free(m->alloc, lane);
        return SCAPF_E_NOMEM;
    }
    m->lanes[m->n_lanes++] = lane;
    return SCAPF_OK;
}

/* Sections are in the order of the inputs, so the lanes are too. */
static enum scapf_status plan(struct scapf_merge *m, unsigned roles, uint32_t group)
{
    struct making made = {0, 0, {0}};
    uint32_t input = MERGE_NONE;

    for (uint32_t i = 0; i < m->n_sections; i++) {
        struct merge_section *s = &m->sections[i];
        struct merge_span span;

        s->lane = MERGE_NONE;
        s->begun = false;
        if (!is_in_pass(s, roles, group)) {
            continue;
        }
        if (s->input != input) {
            input = s->input;
            made.first = m->n_lanes;
            made.n = 0;
        }
        span = span_of(s, roles);
        s->lane = lane_for(&made, &span);
        while (m->n_lanes <= s->lane) {
            TRY(add_lane(m, input, roles));
        }
        m->lanes[s->lane]->last_section = i;
    }
    return SCAPF_OK;
}

/* ------------------------------------------------------------------ reading */

/* The part of the time below a nanosecond, in 2^-64 ns: units that are finer need it. */
static uint64_t sub_ns(const struct scapf_interface *iface, uint64_t ticks)
{
    bool binary = (iface->tsresol & BINARY) != 0;
    uint8_t exponent = iface->tsresol & (uint8_t)~BINARY;
    uint64_t per_second = section_units(binary, exponent);
    uint64_t rest;

    if (per_second == 0 || (!binary && exponent <= NANO)) {
        return 0;
    }
    rest = (uint64_t)((u128)(ticks % per_second) * NS_PER_S % per_second);
    return (uint64_t)(((u128)rest << 64) / per_second);
}

static void set_key(struct scapf_merge *m, struct merge_lane *lane)
{
    const struct scapf_record *rec = &lane->rec;

    /* statistics tell when they were taken, but go with the packets before them */
    if (!rec->has_ts || rec->kind == SCAPF_KIND_STATS) {
        return;
    }
    lane->key = rec->ts_ns;
    lane->key_sub = 0;
    /* Calls that had been entered when a slice begins have their old times, but are told then. */
    if (merge_is_state(rec) && lane->key < lane->section->spans[0].first_ns) {
        lane->key = lane->section->spans[0].first_ns;
    }
    if (merge_is_shifted(m, lane->input)) {
        lane->key = merge_shifted(m, lane->input, lane->key);
    }
    if (rec->packet != NULL && rec->type != 0) {
        const struct scapf_interface *iface =
            scapf_reader_interface(lane->reader, rec->packet->interface_id);

        if (iface != NULL && iface->tsresol > NANO) {
            lane->key_sub = sub_ns(iface, rec->packet->ticks);
        }
    }
}

/* A section header: is what follows it for this lane? */
static void enter_section(struct scapf_merge *m, struct merge_lane *lane)
{
    uint32_t i = lane->next_section;

    lane->section = NULL;
    while (i < m->n_sections && m->sections[i].input == lane->input &&
           m->sections[i].index < lane->rec.section) {
        i++;
    }
    lane->next_section = i;
    if (i < m->n_sections && m->sections[i].input == lane->input &&
        m->sections[i].index == lane->rec.section && m->sections[i].lane == lane->number) {
        lane->section = &m->sections[i];
    }
    lane->plain = m->any_plain && lane->section != NULL && !lane->section->big_endian &&
                  !lane->section->is_pcap && !merge_is_shifted(m, lane->input);
}

/* A time behind what was surveyed. */
static void note_late_time(struct scapf_merge *m, struct merge_lane *lane, uint64_t ts_ns)
{
    struct scapf_merge_input_info *info = &m->infos[lane->input];
    struct merge_span *span = &lane->section->spans[1];

    if (ts_ns >= span->last_ns) {
        span->last_ns = ts_ns;
    } else {
        info->back++;
        info->back_ns =
            span->last_ns - ts_ns > info->back_ns ? span->last_ns - ts_ns : info->back_ns;
    }
}

/* A record behind what was surveyed. False when it should have been known before. */
static bool is_as_expected(struct scapf_merge *m, struct merge_lane *lane)
{
    struct scapf_merge_input_info *info = &m->infos[lane->input];
    const struct scapf_record *rec = &lane->rec;

    if (rec->damage != NULL || rec->type == SCAPF_BLOCK_SPB || rec->kind == SCAPF_KIND_EVENT ||
        rec->kind == SCAPF_KIND_TABLE || rec->kind == SCAPF_KIND_INTERFACE ||
        rec->kind == SCAPF_KIND_SECRETS || rec->kind == SCAPF_KIND_PROCESS || notes_is_block(rec) ||
        merge_is_process(rec)) {
        return false;
    }
    info->packets += rec->kind == SCAPF_KIND_PACKET;
    info->others += rec->kind != SCAPF_KIND_PACKET;
    if (rec->kind == SCAPF_KIND_PACKET && rec->has_ts) {
        note_late_time(m, lane, rec->ts_ns);
    }
    return true;
}

static enum scapf_status surprised(struct scapf_merge *m, const struct merge_lane *lane)
{
    return diag_set(&m->diag, SCAPF_E_UNSUPPORTED, RULE_MERGE_SURPRISE, lane->rec.off, 0, 0);
}

static enum scapf_status lane_ended(struct scapf_merge *m, struct merge_lane *lane,
                                    enum scapf_status status)
{
    TRY(merge_read_ended(m, lane->input, lane->reader, status));
    if (lane->section != NULL && lane->section->open_end &&
        scapf_reader_diag(lane->reader) != NULL) {
        return surprised(m, lane);
    }
    lane->done = true;
    return SCAPF_END;
}

/* Is this block of the section at hand one that the survey did not come to? */
static bool is_late(const struct merge_lane *lane, uint64_t ordinal)
{
    return lane->section->open_end && ordinal >= lane->section->known;
}

/* Look at the packets that come next: are there some that need no view? */
static bool look_ahead(struct scapf_merge *m, struct merge_lane *lane)
{
    lane->at_ahead = lane->n_ahead = 0;
    lane->packet = NULL;
    if (!lane->plain || lane->section->open_end != is_late(lane, lane->rec.ordinal + 1)) {
        return false;
    }
    lane->n_ahead = reader_packets(lane->reader, lane->ahead, MERGE_AHEAD);
    if (lane->section->open_end) {
        m->infos[lane->input].packets += lane->n_ahead;
        for (uint32_t i = 0; i < lane->n_ahead; i++) {
            note_late_time(m, lane, lane->ahead[i].ts_ns);
        }
    }
    if (m->opts.tick != NULL) {
        m->opts.tick(m->opts.tick_ctx, lane->reader);
    }
    return lane->n_ahead > 0;
}

/* The next record of the lane that takes a view. */
static enum scapf_status lane_read(struct scapf_merge *m, struct merge_lane *lane)
{
    struct scapf_record *rec = &lane->rec;
    enum scapf_status status;

    while ((status = scapf_reader_next(lane->reader, rec)) == SCAPF_OK) {
        if (m->opts.tick != NULL) {
            m->opts.tick(m->opts.tick_ctx, lane->reader);
        }
        lane->events += rec->kind == SCAPF_KIND_EVENT;
        lane->packets += rec->kind == SCAPF_KIND_PACKET;
        if (rec->kind == SCAPF_KIND_SECTION) {
            if (lane->section != NULL && lane->section->open_end) {
                return surprised(m, lane);
            }
            enter_section(m, lane);
            if (lane->section == NULL && lane->next_section > lane->last_section) {
                break; /* nothing more to look for */
            }
            if (lane->section == NULL || !m->all_records) {
                continue;
            }
        }
        if (lane->section != NULL && is_late(lane, rec->ordinal) && !is_as_expected(m, lane)) {
            return surprised(m, lane);
        }
        if (lane->section != NULL &&
            (m->all_records || (merge_role_of(lane->section, rec) & lane->roles) != 0)) {
            set_key(m, lane);
            return SCAPF_OK;
        }
    }
    return lane_ended(m, lane, status);
}

/* The next record of the lane. */
static enum scapf_status lane_next(struct scapf_merge *m, struct merge_lane *lane)
{
    if (lane->at_ahead == lane->n_ahead && !look_ahead(m, lane)) {
        return lane_read(m, lane);
    }
    lane->packet = &lane->ahead[lane->at_ahead++];
    lane->key = lane->packet->ts_ns;
    lane->key_sub = 0;
    return SCAPF_OK;
}

/* ------------------------------------------------------------------ heap */

static bool is_before(const struct merge_lane *a, const struct merge_lane *b)
{
    if (a->key != b->key) {
        return a->key < b->key;
    }
    return a->key_sub != b->key_sub ? a->key_sub < b->key_sub : a->number < b->number;
}

/* The lane at i may be later than those below it. */
static void sink_down(struct scapf_merge *m, uint32_t i)
{
    struct merge_lane *lane = m->heap[i];

    for (;;) {
        uint32_t child = 2 * i + 1;

        if (child >= m->n_heap) {
            break;
        }
        if (child + 1 < m->n_heap && is_before(m->heap[child + 1], m->heap[child])) {
            child++;
        }
        if (!is_before(m->heap[child], lane)) {
            break;
        }
        m->heap[i] = m->heap[child];
        i = child;
    }
    m->heap[i] = lane;
}

enum scapf_status merge_lanes_begin(struct scapf_merge *m, unsigned roles, uint32_t group)
{
    m->n_heap = 0;
    m->any_plain = roles == ROLE_PACKETS && !m->opts.dedup && m->opts.hook == NULL;
    TRY(plan(m, roles, group));
    for (uint32_t i = 0; i < m->n_lanes; i++) {
        struct merge_lane *lane = m->lanes[i];
        const struct scapf_merge_input *input = &m->inputs[lane->input];

        lane->next_section = 0;
        while (m->sections[lane->next_section].input != lane->input) {
            lane->next_section++;
        }
        TRY(input->open(input->ctx, &lane->reader));
        TRY(lane_next(m, lane));
        if (!lane->done) {
            m->heap[m->n_heap++] = lane;
        }
    }
    for (uint32_t i = m->n_heap / 2; i-- > 0;) {
        sink_down(m, i);
    }
    return SCAPF_OK;
}

struct merge_lane *merge_lanes_first(const struct scapf_merge *m)
{
    return m->n_heap > 0 ? m->heap[0] : NULL;
}

enum scapf_status merge_lanes_step(struct scapf_merge *m)
{
    struct merge_lane *lane = m->heap[0];
    enum scapf_status status = lane_next(m, lane);

    if (status < 0) {
        return status;
    }
    if (lane->done) {
        m->heap[0] = m->heap[--m->n_heap];
        scapf_reader_free(lane->reader);
        lane->reader = NULL;
    }
    if (m->n_heap > 1) {
        sink_down(m, 0);
    }
    return SCAPF_OK;
}

void merge_lanes_end(struct scapf_merge *m)
{
    for (uint32_t i = 0; i < m->n_lanes; i++) {
        scapf_reader_free(m->lanes[i]->reader);
        mem_free(m->alloc, m->lanes[i]);
    }
    m->n_lanes = m->n_heap = 0;
}
