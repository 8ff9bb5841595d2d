/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge.c - several captures as one: which sections go together, and what is written in which
 * order.
 *
 *   compat    for each host a section with its tables and events, behind a gap in what was recorded
 *             of it another one; one for all packets; an event
 *             nobody shows at the very end. All little-endian. [pcapng 4.3]
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
#include "event/event.h"
#include "transform/merge_notes.h"

#define SEEN_MAX     4096u /* records of one time that are compared */
#define SEEN_BYTES   ((size_t)8 << 20)
#define OPT_COMMENT  1
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

enum scapf_status merge_nomem(struct scapf_merge *m)
{
    return diag_set(&m->diag, SCAPF_E_NOMEM, RULE_MEMORY, 0, 0, 0);
}

enum scapf_status merge_room(struct scapf_merge *m, void **items, uint32_t *cap, uint32_t used,
                             size_t size)
{
    uint32_t more = *cap == 0 ? 16 : *cap * 2;
    void *p;

    if (used < *cap) {
        return SCAPF_OK;
    }
    p = more > *cap ? mem_resize_array(m->alloc, *items, more, size) : NULL;
    if (p == NULL) {
        return merge_nomem(m);
    }
    *items = p;
    *cap = more;
    return SCAPF_OK;
}

/* ------------------------------------------------------------------ bytes out */

enum scapf_status merge_put(struct scapf_merge *m, const void *bytes, size_t len)
{
    enum scapf_status status = sink_put(m->sink, bytes, len);

    if (status < 0 && scapf_sink_diag(m->sink) != NULL) {
        m->diag = *scapf_sink_diag(m->sink);
    }
    return status;
}

bool merge_is_other(const struct scapf_merge *m, const struct scapf_record *rec, size_t at,
                    size_t end)
{
    return out_status(&m->block) != SCAPF_OK || end > rec->raw_len || end > m->block.len ||
           memcmp(m->block.bytes + at, rec->raw + at, end - at) != 0;
}

void merge_block_begin(struct out *o, uint32_t type)
{
    out_clear(o);
    out_u32(o, type);
    out_u32(o, 0); /* the length */
}

void merge_block_end(struct out *o)
{
    out_pad4(o, 0);
    out_u32(o, (uint32_t)o->len + 4);
    if (out_status(o) == SCAPF_OK) {
        out_fill_u32(o, (struct out_mark){4}, (uint32_t)o->len);
    }
}

enum scapf_status merge_put_block(struct scapf_merge *m)
{
    if (out_status(&m->block) != SCAPF_OK) {
        return merge_nomem(m);
    }
    return merge_put(m, m->block.bytes, m->block.len);
}

void merge_begin_out(struct scapf_merge *m, unsigned roles, uint32_t group)
{
    m->n_parts[0] = m->n_parts[1] = 0;
    for (uint32_t i = 0; i < m->n_sections; i++) {
        struct merge_section *s = &m->sections[i];

        for (unsigned k = 0; k < 2 && !s->foreign; k++) {
            if ((s->roles & roles & (1u << k)) != 0 &&
                s->group[k] == (group == MERGE_NONE ? 0 : group)) {
                s->out[k] = m->out_section;
                m->n_parts[k]++;
            }
        }
    }
    m->out_section++;
    m->packet_group = group == MERGE_NONE ? 0 : group;
}

enum scapf_status merge_put_header(struct scapf_merge *m, uint16_t minor)
{
    merge_block_begin(&m->block, SCAPF_BLOCK_SHB);
    out_u32(&m->block, 0x1A2B3C4D);
    out_u16(&m->block, 1);
    out_u16(&m->block, minor);
    out_u64(&m->block, UINT64_MAX); /* [WRT-15] not stated */
    merge_block_end(&m->block);
    return merge_put_block(m);
}

/* ------------------------------------------------------------------ records */

bool scapf_merge_was_hasty(const struct scapf_merge *m)
{
    return m->diag.rule == RULE_MERGE_SURPRISE;
}

bool merge_is_shifted(const struct scapf_merge *m, uint32_t input)
{
    const struct scapf_shift *shift = &m->inputs[input].shift;

    return shift->ns != 0 || shift->drift_ppt != 0;
}

uint64_t merge_shifted(const struct scapf_merge *m, uint32_t input, uint64_t ts_ns)
{
    static const struct clock_unit ns = {9, 0};
    i128 shifted = clock_forward(&m->inputs[input].shift, &ns, ts_ns);

    return shifted < 0 || shifted > UINT64_MAX ? ts_ns : (uint64_t)shifted;
}

/* Does the way back lead to where the time came from? */
static void check_back(struct scapf_merge *m, struct merge_section *s, const struct merge_id *id,
                       uint64_t ticks, i128 shifted)
{
    const struct scapf_shift *shift = &m->inputs[s->input].shift;
    const struct clock_unit unit = {id->out_tsresol, id->tsoffset};
    i128 back = clock_coarser(clock_back(shift, &unit, shifted), id->out_tsresol, id->tsresol);

    if (back == (i128)ticks) {
        return;
    }
    if (id->tsresol != id->out_tsresol || back + 1 != (i128)ticks ||
        merge_note_second(m, s) != SCAPF_OK) {
        s->lossy = true;
    }
}

uint64_t merge_shift_time(struct scapf_merge *m, struct merge_section *s, const struct merge_id *id,
                          uint64_t ticks)
{
    static const struct merge_id ns = {.tsresol = 9, .out_tsresol = 9};
    const struct scapf_shift *shift = &m->inputs[s->input].shift;
    struct clock_unit unit;
    i128 wide;
    i128 shifted;

    if (!merge_is_shifted(m, s->input)) {
        return ticks;
    }
    id = id != NULL ? id : &ns;
    unit = (struct clock_unit){id->out_tsresol, id->tsoffset};
    wide = clock_finer(ticks, id->tsresol, id->out_tsresol);
    shifted = clock_forward(shift, &unit, wide);
    m->counts.rounded += !clock_is_exact(shift, id->out_tsresol);
    s->times++;
    if (shifted < 0 || shifted > UINT64_MAX) {
        m->counts.unshifted++;
        s->lossy = true;
        return wide > UINT64_MAX ? UINT64_MAX : (uint64_t)wide;
    }
    if (shift->drift_ppt != 0) {
        check_back(m, s, id, ticks, shifted);
    }
    return (uint64_t)shifted;
}

uint64_t merge_hash(const uint8_t *p, size_t n)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < n; i++) {
        h = (h ^ p[i]) * UINT64_C(0x100000001b3);
    }
    return h ^ (h >> 29);
}

bool merge_is_state(const struct scapf_record *rec)
{
    return rec->event != NULL && (rec->event->flags & EVENT_STATE_ONLY) != 0;
}

unsigned merge_role_of(const struct merge_section *s, const struct scapf_record *rec)
{
    unsigned packets = (s->roles & ROLE_PACKETS) != 0 ? ROLE_PACKETS : ROLE_EVENTS;

    switch (rec->kind) {
    case SCAPF_KIND_EVENT:
        return s->closing > 0 && event_is_closing(rec) ? 0 : ROLE_EVENTS;
    case SCAPF_KIND_TABLE:
        return ROLE_EVENTS;
    case SCAPF_KIND_PACKET:
    case SCAPF_KIND_INTERFACE:
    case SCAPF_KIND_STATS:
        return ROLE_PACKETS;
    case SCAPF_KIND_NAMES:
        return notes_is_block(rec) ? 0 : packets;
    case SCAPF_KIND_SECRETS:
    case SCAPF_KIND_CUSTOM:
    case SCAPF_KIND_JOURNAL:
    case SCAPF_KIND_PROCESS:
    case SCAPF_KIND_UNKNOWN:
        return packets;
    case SCAPF_KIND_SECTION:
    case SCAPF_KIND_COUNT:
        break;
    }
    return 0;
}

static bool has_comment(const struct scapf_record *rec, const struct scapf_merge_addition *add)
{
    struct scapf_option_iter it;
    struct scapf_option opt;

    scapf_options_begin(rec, &it);
    while (scapf_option_next(&it, &opt) == SCAPF_OK) {
        if (opt.code == OPT_COMMENT && opt.len == add->comment_len &&
            memcmp(opt.value, add->comment, opt.len) == 0) {
            return true;
        }
    }
    return false;
}

enum scapf_status merge_ask(struct scapf_merge *m, const struct merge_lane *lane,
                            struct scapf_merge_addition *add)
{
    const struct scapf_merge_item item = {
        .input = lane->input,
        .reader = lane->reader,
        .rec = &lane->rec,
        .number = lane->rec.kind == SCAPF_KIND_EVENT ? lane->events : lane->packets,
        .section = m->out_section - 1,
        .has_ts = lane->rec.has_ts,
        .ts_ns = lane->rec.has_ts ? lane->key : 0,
    };

    if (m->opts.hook == NULL) {
        return SCAPF_OK;
    }
    TRY(m->opts.hook(m->opts.hook_ctx, &item, add));
    if (add->comment_len > 0 && has_comment(&lane->rec, add)) { /* it was all said before */
        *add = (struct scapf_merge_addition){.has_pid = false};
    }
    return lane->rec.kind == SCAPF_KIND_PACKET ? merge_admit_procs(m, add) : SCAPF_OK;
}

/* ------------------------------------------------------------------ duplicates */

/* One that another lane wrote, and that this one has not had yet. */
static struct merge_seen *find_seen(struct scapf_merge *m, const struct merge_lane *lane,
                                    const struct merge_seen *like, const uint8_t *bytes)
{
    for (uint32_t i = 0; i < m->n_seen; i++) {
        struct merge_seen *s = &m->seen[i];

        if (s->hash == like->hash && s->len == like->len && s->interface == like->interface &&
            s->lane != lane->number && (s->matched & (1u << (lane->number % 32))) == 0 &&
            memcmp(m->seen_bytes.bytes + s->off, bytes, s->len) == 0) {
            return s;
        }
    }
    return NULL;
}

enum scapf_status merge_is_seen(struct scapf_merge *m, const struct merge_lane *lane,
                                uint32_t interface, const uint8_t *bytes, size_t len, bool *seen)
{
    struct merge_seen like = {.len = len, .interface = interface};
    struct merge_seen *found;

    *seen = false;
    if (!m->opts.dedup || !lane->rec.has_ts) {
        return SCAPF_OK;
    }
    if (lane->key != m->seen_ns) {
        m->n_seen = 0;
        out_clear(&m->seen_bytes);
        m->seen_ns = lane->key;
    }
    like.hash = merge_hash(bytes, len);
    found = find_seen(m, lane, &like, bytes);
    if (found != NULL) {
        found->matched |= 1u << (lane->number % 32);
        m->counts.duplicates++;
        *seen = true;
        return SCAPF_OK;
    }
    if (m->n_seen == SEEN_MAX || m->seen_bytes.len + len > SEEN_BYTES) {
        return SCAPF_OK; /* more of one time than anybody would repeat */
    }
    TRY(merge_room(m, (void **)&m->seen, &m->cap_seen, m->n_seen, sizeof(*m->seen)));
    like.lane = lane->number;
    like.off = m->seen_bytes.len;
    out_bytes(&m->seen_bytes, bytes, len);
    m->seen[m->n_seen++] = like;
    return out_status(&m->seen_bytes) == SCAPF_OK ? SCAPF_OK : merge_nomem(m);
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
