/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_events.c - the section of a host, and the one by time of everything.
 *
 * A capture that is alone in its section is copied byte for byte. Several are joined: one header,
 * the tables of all (merge_tables.c), then their events by time. Behind the first event of a
 * section libscap takes events only. [scap 15]
 */
#include "transform/merge.h"

#include "block/frame.h"
#include "block/option.h"

#define EVENT_BLOCK_MAX 65536u /* total length - 8 of a block libscap still reads [scap 9.6] */

static bool is_large(uint32_t type)
{
    return type == SCAPF_BLOCK_EV_V2_LARGE || type == SCAPF_BLOCK_EVF_V2_LARGE;
}

/* An opt_comment behind the event and the options that are there. Takes it back when the block
 * would be too long for its readers. */
static void put_event_comment(struct scapf_merge *m, const struct scapf_record *rec,
                              const struct scapf_merge_addition *add)
{
    struct out *o = &m->block;
    size_t before = o->len - FRAME_TRAILER_LEN;
    struct scapf_option_iter it;
    size_t start;

    if (rec->event->options_len > 0) { /* without what ends them */
        start = before - rec->event->options_len;
        o->len = start;
        scapf_options_begin(rec, &it);
        (void)merge_swap_options(m, o, rec->type, &it, 0);
    } else {
        o->len = before;
    }
    start = o->len;
    out_u16(o, OPT_COMMENT);
    out_u16(o, (uint16_t)add->comment_len);
    out_bytes(o, add->comment, add->comment_len);
    out_pad4(o, start);
    if (add->comment_len > UINT16_MAX ||
        (!is_large(rec->type) && o->len + 8 - FRAME_HEADER_LEN > EVENT_BLOCK_MAX)) {
        o->len = start;
        m->counts.comments++;
    }
    if (o->len > start || rec->event->options_len > 0) {
        out_u32(o, 0); /* opt_endofopt */
    }
    merge_block_end(o);
}

/* An event that is changed: shifted, added to, or of the other byte order. */
static enum scapf_status build_event(struct scapf_merge *m, const struct merge_lane *lane,
                                     const struct scapf_merge_addition *add)
{
    const struct scapf_record *rec = &lane->rec;
    struct out *o = &m->block;
    size_t at = (size_t)(rec->event->off - rec->off); /* of the time, first in its header */

    if (!rec->big_endian) {
        out_clear(o);
        out_bytes(o, rec->raw, rec->raw_len);
    } else if (!merge_swap_block(m, rec)) {
        m->counts.unknown_order++;
        return SCAPF_OK;
    }
    m->counts.converted += rec->big_endian;
    if (out_status(o) == SCAPF_OK && merge_is_shifted(m, lane->input)) {
        uint64_t ts = merge_shift_time(m, lane->section, NULL, rec->event->ts_ns);

        out_fill_u32(o, (struct out_mark){at}, (uint32_t)ts);
        out_fill_u32(o, (struct out_mark){at + 4}, (uint32_t)(ts >> 32));
    }
    if (add->comment_len > 0 && out_status(o) == SCAPF_OK) {
        put_event_comment(m, rec, add);
    }
    m->counts.events++;
    return merge_put_block(m);
}

static enum scapf_status note_event(struct scapf_merge *m, const struct merge_lane *lane)
{
    return m->n_parts[0] > 1 ? merge_note_origin(m, lane) : SCAPF_OK;
}

static enum scapf_status put_event(struct scapf_merge *m, struct merge_lane *lane)
{
    const struct scapf_record *rec = &lane->rec;
    struct scapf_merge_addition add = {.has_pid = false};
    bool seen;

    if (rec->event == NULL) { /* damaged: readers may see more in it than we do */
        if (rec->big_endian) {
            m->counts.damaged++;
            return SCAPF_OK;
        }
        m->counts.events++;
        TRY(note_event(m, lane));
        return merge_put(m, rec->raw, rec->raw_len);
    }
    TRY(merge_is_seen(m, lane, MERGE_NONE, rec->body, rec->body_len, &seen));
    if (seen) {
        lane->section->lossy = true;
        return SCAPF_OK;
    }
    if (lane->section->after_gap && !lane->section->begun &&
        m->opts.layout == SCAPF_LAYOUT_TIMELINE) {
        lane->section->begun = true;
        TRY(merge_write_late_tables(m, lane->section));
    }
    TRY(note_event(m, lane));
    TRY(merge_ask(m, lane, &add));
    m->event_written = true;
    lane->section->lossy = lane->section->lossy || add.comment_len > 0;
    if (lane->key > m->last_ns) {
        m->last_ns = lane->key;
    }
    if (!rec->big_endian && !merge_is_shifted(m, lane->input) && add.comment_len == 0) {
        m->counts.events++;
        return merge_put(m, rec->raw, rec->raw_len);
    }
    return build_event(m, lane, &add);
}

enum scapf_status merge_write_event_record(struct scapf_merge *m, struct merge_lane *lane)
{
    const struct scapf_record *rec = &lane->rec;

    if (rec->kind == SCAPF_KIND_EVENT) {
        return put_event(m, lane);
    }
    if (m->verbatim) {
        m->counts.others++;
        return merge_put(m, rec->raw, rec->raw_len);
    }
    if (rec->kind == SCAPF_KIND_TABLE) {
        return SCAPF_OK; /* they stand at the beginning */
    }
    if (rec->type == SCAPF_BLOCK_CUSTOM_NOCOPY) {
        m->counts.no_copy++;
        lane->section->lossy = true;
        return SCAPF_OK;
    }
    if (m->event_written && m->opts.layout == SCAPF_LAYOUT_COMPAT) {
        m->counts.between++;
        lane->section->lossy = true;
        return SCAPF_OK;
    }
    if (rec->big_endian && !merge_swap_block(m, rec)) {
        m->counts.unknown_order++;
        return SCAPF_OK;
    }
    m->counts.others++;
    if (m->n_parts[0] + m->n_parts[1] > 1) {
        TRY(merge_note_origin(m, lane));
    }
    if (rec->big_endian) {
        m->counts.converted++;
        return merge_put_block(m);
    }
    return merge_put(m, rec->raw, rec->raw_len);
}

/* ------------------------------------------------------------------ sections */

/* The first section of a group, and how many there are. */
static const struct merge_section *first_of(const struct scapf_merge *m, uint32_t group,
                                            uint32_t *n)
{
    const struct merge_section *first = NULL;

    *n = 0;
    for (uint32_t i = 0; i < m->n_sections; i++) {
        const struct merge_section *s = &m->sections[i];

        if ((s->roles & ROLE_EVENTS) != 0 && !s->foreign &&
            (group == MERGE_NONE || s->group[0] == group)) {
            first = first != NULL ? first : s;
            (*n)++;
        }
    }
    return first;
}

/* [scap 3] Never 1: tshark 4.0 refuses it. */
static uint16_t minor_of(const struct merge_section *s)
{
    return s == NULL || s->minor == 1 ? 2 : s->minor;
}

static enum scapf_status begin(struct scapf_merge *m, uint32_t group)
{
    uint32_t n;
    const struct merge_section *s = first_of(m, group, &n);

    m->verbatim = n == 1 && !s->big_endian && s->roles == ROLE_EVENTS &&
                  m->opts.layout == SCAPF_LAYOUT_COMPAT;
    if (m->verbatim) {
        return merge_put(m, m->headers.bytes + s->header, s->header_len);
    }
    TRY(merge_put_header(m, minor_of(s)));
    return n > 0 ? merge_write_tables(m, group) : SCAPF_OK;
}

enum scapf_status merge_write_events(struct scapf_merge *m, uint32_t group)
{
    struct merge_lane *lane;

    m->event_written = false;
    merge_begin_out(m, ROLE_EVENTS, group);
    TRY(begin(m, group));
    TRY(merge_lanes_begin(m, ROLE_EVENTS, group));
    while ((lane = merge_lanes_first(m)) != NULL) {
        TRY(merge_write_event_record(m, lane));
        TRY(merge_lanes_step(m));
    }
    merge_lanes_end(m);
    return SCAPF_OK;
}

enum scapf_status merge_write_timeline(struct scapf_merge *m)
{
    struct merge_lane *lane;

    m->event_written = false;
    merge_begin_out(m, ROLE_BOTH, MERGE_NONE);
    m->counts.packet_sections += m->n_packet_groups > 0;
    TRY(begin(m, MERGE_NONE));
    TRY(merge_write_interfaces(m, MERGE_NONE));
    TRY(merge_lanes_begin(m, ROLE_BOTH, MERGE_NONE));
    while ((lane = merge_lanes_first(m)) != NULL) {
        TRY(merge_role_of(lane->section, &lane->rec) == ROLE_EVENTS
                ? merge_write_event_record(m, lane)
                : merge_write_packet_record(m, lane));
        TRY(merge_lanes_step(m));
    }
    merge_lanes_end(m);
    merge_places_end(m); /* of late tables */
    return SCAPF_OK;
}
