/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_packets.c - a section of packets: interfaces first, then secrets, then packets and what
 * goes with them. [pcapng 4.3, WRT-05 to WRT-11]
 *
 * Interfaces get new numbers. Two of different sections are one when their descriptions are equal
 * byte for byte; two of one section never are. Times stay ticks of their interface: they are
 * copied, not converted, unless a shift demands a finer unit.
 */
#include <string.h>

#include "block/frame.h"
#include "block/option.h"
#include "bytes/cur.h"
#include "event/event.h"
#include "transform/merge.h"

#define TIMED_HEAD        20u /* frame, interface and time of a packet or of statistics */
#define EPB_FIXED         28u
#define DROPS_UNKNOWN     0xFFFFu
#define OPT_EPB_DROPCOUNT 4
#define OPT_ISB_START     2
#define OPT_ISB_END       3

/* ------------------------------------------------------------------ interfaces */

static enum scapf_status new_out(struct scapf_merge *m, uint32_t idb, uint32_t *out)
{
    TRY(merge_room(m, (void **)&m->outs, &m->cap_outs, m->n_outs, sizeof(*m->outs)));
    m->outs[m->n_outs] = (struct merge_out_if){.idb = idb, .next = MERGE_NONE};
    *out = m->n_outs++;
    return SCAPF_OK;
}

/* The k-th interface of a section with some description is the k-th of the output with it. */
static enum scapf_status map_id(struct scapf_merge *m, uint32_t section, uint32_t group,
                                struct merge_id *id)
{
    struct merge_idb *d = &m->idb[id->idb];
    uint32_t *link;

    if (d->group != group) {
        d->group = group;
        d->first_out = MERGE_NONE;
        d->section = MERGE_NONE;
    }
    if (d->section != section) {
        d->section = section;
        d->last_out = MERGE_NONE;
    }
    link = d->last_out == MERGE_NONE ? &d->first_out : &m->outs[d->last_out].next;
    if (*link != MERGE_NONE) {
        m->counts.united++;
        id->out = *link;
        m->outs[id->out].shared = true;
    } else {
        bool is_first = d->last_out == MERGE_NONE;

        TRY(new_out(m, id->idb, &id->out)); /* may move the outs */
        if (is_first) {
            d->first_out = id->out;
        } else {
            m->outs[d->last_out].next = id->out;
        }
    }
    d->last_out = id->out;
    return SCAPF_OK;
}

static uint32_t snaplen_of(const struct scapf_merge *m, uint32_t idb)
{
    return get_u32(m->idbs.bytes + m->idb[idb].off + MERGE_IDB_SNAPLEN, false);
}

static enum scapf_status map_section(struct scapf_merge *m, uint32_t i, uint32_t group)
{
    struct merge_section *s = &m->sections[i];

    for (uint32_t k = 0; k < s->n_ids; k++) {
        struct merge_id *id = &m->ids[s->first_id + k];

        TRY(map_id(m, i, group, id));
        s->lossy = s->lossy || (m->opts.one_snaplen && !s->is_pcap && id->raw_len == 0 &&
                                snaplen_of(m, id->idb) != m->snaplen);
    }
    return SCAPF_OK;
}

static bool is_in(const struct merge_section *s, uint32_t group)
{
    return (s->roles & ROLE_PACKETS) != 0 && !s->foreign &&
           s->group[1] == (group == MERGE_NONE ? 0 : group);
}

/* Simple packets belong to interface 0: the section that has them gets it. */
static enum scapf_status map_interfaces(struct scapf_merge *m, uint32_t group)
{
    m->n_outs = 0;
    for (int others = 0; others <= 1; others++) {
        for (uint32_t i = 0; i < m->n_sections; i++) {
            if (is_in(&m->sections[i], group) && (m->sections[i].simple == 0) == (others == 1)) {
                TRY(map_section(m, i, group == MERGE_NONE ? 0 : group));
            }
        }
    }
    if (m->n_outs > 65536) { /* no reader of ours takes more */
        return diag_set(&m->diag, SCAPF_E_LIMIT, RULE_INTERFACE_LIMIT, 0, m->n_outs, 65536);
    }
    return SCAPF_OK;
}

static enum scapf_status put_interfaces(struct scapf_merge *m)
{
    for (uint32_t i = 0; i < m->n_outs; i++) {
        const struct merge_idb *d = &m->idb[m->outs[i].idb];

        out_clear(&m->block);
        out_bytes(&m->block, m->idbs.bytes + d->off, d->len);
        if (m->opts.one_snaplen && out_status(&m->block) == SCAPF_OK) {
            out_fill_u32(&m->block, (struct out_mark){MERGE_IDB_SNAPLEN}, m->snaplen);
        }
        TRY(merge_put_block(m));
    }
    m->counts.interfaces += m->n_outs;
    return SCAPF_OK;
}

/* ------------------------------------------------------------------ secrets */

/* Copy a block, in little-endian. What cannot be is counted. */
static enum scapf_status copy_block(struct scapf_merge *m, const struct scapf_record *rec)
{
    if (!rec->big_endian) {
        m->counts.others++;
        return merge_put(m, rec->raw, rec->raw_len);
    }
    if (!merge_swap_block(m, rec)) {
        m->counts.unknown_order++;
        return SCAPF_OK;
    }
    m->counts.others++;
    m->counts.converted++;
    return merge_put_block(m);
}

/* [pcapng WRT-10] Secrets go before the first packet: readers use only what they have seen. */
static enum scapf_status put_secrets_of(struct scapf_merge *m, const struct merge_section *s)
{
    struct scapf_reader *reader;
    struct scapf_record rec;
    enum scapf_status status = m->inputs[s->input].open(m->inputs[s->input].ctx, &reader);
    uint64_t left = s->secrets;

    while (status == SCAPF_OK && left > 0) {
        if (scapf_reader_next(reader, &rec) != SCAPF_OK) {
            break; /* told by the survey */
        }
        if (rec.section == s->index && rec.kind == SCAPF_KIND_SECRETS) {
            left--;
            status = copy_block(m, &rec);
        }
    }
    scapf_reader_free(reader);
    return status;
}

static enum scapf_status put_secrets(struct scapf_merge *m, uint32_t group)
{
    for (uint32_t i = 0; i < m->n_sections; i++) {
        struct merge_section *s = &m->sections[i];

        if (!is_in(s, group) || s->secrets == 0) {
            continue;
        }
        if (m->opts.no_secrets) {
            s->lossy = true;
            m->counts.secrets += s->secrets;
        } else {
            TRY(put_secrets_of(m, s));
        }
    }
    return SCAPF_OK;
}

enum scapf_status merge_write_interfaces(struct scapf_merge *m, uint32_t group)
{
    TRY(map_interfaces(m, group));
    TRY(put_interfaces(m));
    return put_secrets(m, group);
}

/* ------------------------------------------------------------------ packets */

static void put_u64_option(struct out *o, uint16_t code, uint64_t value)
{
    out_u16(o, code);
    out_u16(o, 8);
    out_u64(o, value);
}

static void put_comment(struct scapf_merge *m, struct out *o,
                        const struct scapf_merge_addition *add)
{
    size_t start = o->len;

    if (add->comment_len > UINT16_MAX) {
        m->counts.comments++;
        return;
    }
    out_u16(o, OPT_COMMENT);
    out_u16(o, (uint16_t)add->comment_len);
    out_bytes(o, add->comment, add->comment_len);
    out_pad4(o, start);
}

/* Options of the packet, then those that are new. */
static void put_packet_options(struct scapf_merge *m, const struct scapf_record *rec,
                               const struct scapf_merge_addition *add)
{
    struct out *o = &m->block;
    struct scapf_option_iter it;
    uint32_t n;

    scapf_options_begin(rec, &it);
    n = merge_swap_options(m, o, rec->type, &it, add->has_pid ? OPT_EPB_PID_TID : 0);
    if (rec->type == SCAPF_BLOCK_PB && rec->packet->drop_count != DROPS_UNKNOWN) {
        put_u64_option(o, OPT_EPB_DROPCOUNT, rec->packet->drop_count);
        n++;
    }
    if (add->has_pid) {
        out_u16(o, OPT_EPB_PID_TID);
        out_u16(o, 8);
        out_u32(o, add->pid);
        out_u32(o, add->tid);
        n++;
    }
    if (add->comment_len > 0) {
        put_comment(m, o, add);
        n++;
    }
    if (n > 0) {
        out_u32(o, 0); /* opt_endofopt */
    }
}

/* Nothing but a note tells whose it is when the section is made of several. */
static enum scapf_status note_other(struct scapf_merge *m, const struct merge_lane *lane)
{
    return m->n_parts[0] + m->n_parts[1] > 1 ? merge_note_origin(m, lane) : SCAPF_OK;
}

/* Blocks that go before a packet. */
static enum scapf_status put_added(struct scapf_merge *m, const struct merge_lane *lane,
                                   const struct scapf_merge_addition *add)
{
    struct cur c = cur_make(add->blocks, add->blocks_len, 0, false);

    while (cur_left(&c) > FRAME_HEADER_LEN) {
        uint32_t len = get_u32(c.p + 4, false);

        TRY(note_other(m, lane));
        if (cur_take(&c, len < FRAME_HEADER_LEN ? FRAME_HEADER_LEN : len) == NULL) {
            break;
        }
    }
    return add->blocks_len > 0 ? merge_put(m, add->blocks, add->blocks_len) : SCAPF_OK;
}

/* Of the fraction of a second in a classic pcap record nothing remains but the time it makes. */
static bool is_odd_fraction(const struct scapf_record *rec, uint8_t tsresol)
{
    return get_u32(rec->raw + 4, rec->big_endian) >= (tsresol == 9 ? 1000000000u : 1000000u);
}

/* Is the packet, as built in m->block, other than what a split can make of it again? */
static bool is_changed(const struct scapf_merge *m, const struct scapf_record *rec,
                       const struct merge_id *id, bool added)
{
    if (rec->type == 0) {
        return is_odd_fraction(rec, id->tsresol);
    }
    return added || rec->type == SCAPF_BLOCK_PB ||
           (!rec->big_endian &&
            (m->block.len != rec->raw_len || merge_is_other(m, rec, TIMED_HEAD, m->block.len)));
}

/* A block that has to be built: from a classic pcap, big-endian, obsolete, shifted, added to. */
static enum scapf_status build_packet(struct scapf_merge *m, struct merge_lane *lane,
                                      const struct merge_id *id,
                                      const struct scapf_merge_addition *add)
{
    const struct scapf_packet *packet = lane->rec.packet;
    uint64_t ticks = merge_shift_time(m, lane->section, id, packet->ticks);
    uint64_t no_copy = m->counts.no_copy;
    bool added = add->has_pid || add->comment_len > 0 || add->blocks_len > 0;
    struct out *o = &m->block;

    TRY(put_added(m, lane, add));
    merge_block_begin(o, SCAPF_BLOCK_EPB);
    out_u32(o, id->out);
    out_u32(o, (uint32_t)(ticks >> 32));
    out_u32(o, (uint32_t)ticks);
    out_u32(o, packet->captured_len);
    out_u32(o, packet->original_len);
    out_bytes(o, packet->data, packet->captured_len);
    out_pad4(o, 0);
    put_packet_options(m, &lane->rec, add);
    merge_block_end(o);
    lane->section->added = lane->section->added || added;
    lane->section->lossy = lane->section->lossy || is_changed(m, &lane->rec, id, added) ||
                           no_copy != m->counts.no_copy;
    m->counts.converted += lane->rec.big_endian;
    m->counts.obsolete += lane->rec.type == SCAPF_BLOCK_PB;
    m->counts.from_pcap += lane->rec.type == 0;
    return merge_put_block(m);
}

/* As it is, but for the number of its interface. */
static enum scapf_status copy_packet(struct scapf_merge *m, const uint8_t *raw, size_t len,
                                     uint32_t interface)
{
    uint8_t head[FRAME_HEADER_LEN + 4];

    if (get_u32(raw + FRAME_HEADER_LEN, false) == interface) {
        return merge_put(m, raw, len);
    }
    memcpy(head, raw, FRAME_HEADER_LEN);
    for (unsigned i = 0; i < 4; i++) {
        head[FRAME_HEADER_LEN + i] = (uint8_t)(interface >> (8 * i));
    }
    TRY(merge_put(m, head, sizeof(head)));
    return merge_put(m, raw + sizeof(head), len - sizeof(head));
}

/* The records of an interface of several sections look alike. */
static enum scapf_status note_interface(struct scapf_merge *m, const struct merge_lane *lane,
                                        const struct merge_id *id)
{
    return m->outs[id->out].shared ? merge_note_origin(m, lane) : SCAPF_OK;
}

/* [pcapng 4.4] No interface and no time: it stays where it is. */
static enum scapf_status put_simple(struct scapf_merge *m, const struct merge_lane *lane)
{
    TRY(copy_block(m, &lane->rec));
    m->counts.others--;
    m->counts.packets++;
    return note_interface(m, lane, &m->ids[lane->section->first_id]);
}

static bool is_plain(const struct scapf_merge *m, const struct merge_lane *lane,
                     const struct merge_id *id)
{
    const struct scapf_record *rec = &lane->rec;

    return rec->type == SCAPF_BLOCK_EPB && !rec->big_endian && !merge_is_shifted(m, lane->input) &&
           id->tsresol == id->out_tsresol &&
           (rec->packet->options_len == 0 ||
            options_allow_copy(rec->packet->options, rec->packet->options_len));
}

static enum scapf_status put_packet(struct scapf_merge *m, struct merge_lane *lane)
{
    const struct scapf_packet *packet = lane->rec.packet;
    struct scapf_merge_addition add = {.has_pid = false};
    const struct merge_id *id;
    bool seen;

    if (packet == NULL || packet->interface_id >= lane->section->n_ids) {
        m->counts.damaged++;
        lane->section->lossy = true;
        return SCAPF_OK;
    }
    if (lane->rec.type == SCAPF_BLOCK_SPB) {
        return put_simple(m, lane);
    }
    id = &m->ids[lane->section->first_id + packet->interface_id];
    TRY(merge_is_seen(m, lane, id->out, packet->data, packet->captured_len, &seen));
    if (seen) {
        lane->section->lossy = true;
        return SCAPF_OK;
    }
    TRY(note_interface(m, lane, id));
    TRY(merge_ask(m, lane, &add));
    m->counts.packets++;
    if (lane->key > m->last_ns) {
        m->last_ns = lane->key;
    }
    if (is_plain(m, lane, id) && !add.has_pid && add.comment_len == 0 && add.blocks_len == 0) {
        return copy_packet(m, lane->rec.raw, lane->rec.raw_len, id->out);
    }
    return build_packet(m, lane, id, &add);
}

/* One without a view: there is nothing about it that could not be copied. */
static enum scapf_status put_plain(struct scapf_merge *m, const struct merge_lane *lane)
{
    const struct reader_packet *packet = lane->packet;
    const struct merge_id *id;

    if (packet->interface >= lane->section->n_ids) {
        m->counts.damaged++;
        lane->section->lossy = true;
        return SCAPF_OK;
    }
    id = &m->ids[lane->section->first_id + packet->interface];
    TRY(note_interface(m, lane, id));
    m->counts.packets++;
    if (lane->key > m->last_ns) {
        m->last_ns = lane->key;
    }
    return copy_packet(m, packet->raw, packet->len, id->out);
}

/* ------------------------------------------------------------------ what goes with packets */

/* [pcapng 4.6] Times in the options are of the same clock as the block's own. */
static void put_stats_options(struct scapf_merge *m, const struct merge_lane *lane,
                              const struct merge_id *id)
{
    struct scapf_option_iter it;
    struct scapf_option opt;
    struct out *o = &m->block;
    bool shift = merge_is_shifted(m, lane->input);
    uint32_t n;

    scapf_options_begin(&lane->rec, &it);
    n = merge_swap_options(m, o, SCAPF_BLOCK_ISB, &it, 0);
    if (n > 0) {
        out_u32(o, 0); /* opt_endofopt */
    }
    if (o->len + 4 != lane->rec.raw_len || merge_is_other(m, &lane->rec, TIMED_HEAD, o->len)) {
        lane->section->lossy = true;
    }
    scapf_options_begin(&lane->rec, &it);
    for (size_t at = FRAME_HEADER_LEN + 12; shift && scapf_option_next(&it, &opt) == SCAPF_OK;) {
        if (!option_allows_copy(opt.code)) {
            continue;
        }
        if ((opt.code == OPT_ISB_START || opt.code == OPT_ISB_END) && opt.len == 8 &&
            out_status(o) == SCAPF_OK) {
            uint64_t ticks = (uint64_t)get_u32(opt.value, it.big_endian) << 32 |
                             get_u32(opt.value + 4, it.big_endian);

            ticks = merge_shift_time(m, lane->section, id, ticks);
            out_fill_u32(o, (struct out_mark){at + 4}, (uint32_t)(ticks >> 32));
            out_fill_u32(o, (struct out_mark){at + 8}, (uint32_t)ticks);
        }
        at += 4 + (((size_t)opt.len + 3) & ~(size_t)3);
    }
}

static enum scapf_status put_stats(struct scapf_merge *m, struct merge_lane *lane)
{
    const struct scapf_record *rec = &lane->rec;
    struct cur c = cur_make(rec->body, rec->body_len, rec->off, rec->big_endian);
    uint32_t interface = cur_u32(&c);
    uint64_t ticks = (uint64_t)cur_u32(&c) << 32;
    const struct merge_id *id;

    ticks |= cur_u32(&c);
    if (!cur_ok(&c) || interface >= lane->section->n_ids) {
        m->counts.damaged++;
        lane->section->lossy = true;
        return SCAPF_OK;
    }
    id = &m->ids[lane->section->first_id + interface];
    TRY(note_interface(m, lane, id));
    ticks = merge_shift_time(m, lane->section, id, ticks);
    merge_block_begin(&m->block, SCAPF_BLOCK_ISB);
    out_u32(&m->block, id->out);
    out_u32(&m->block, (uint32_t)(ticks >> 32));
    out_u32(&m->block, (uint32_t)ticks);
    put_stats_options(m, lane, id);
    merge_block_end(&m->block);
    m->counts.others++;
    m->counts.converted += rec->big_endian;
    return merge_put_block(m);
}

enum scapf_status merge_write_packet_record(struct scapf_merge *m, struct merge_lane *lane)
{
    const struct scapf_record *rec = &lane->rec;
    uint64_t others;

    if (rec->kind == SCAPF_KIND_PACKET) {
        return put_packet(m, lane);
    }
    if (rec->kind == SCAPF_KIND_STATS) {
        return put_stats(m, lane);
    }
    if (rec->kind == SCAPF_KIND_INTERFACE || rec->kind == SCAPF_KIND_SECRETS) {
        return SCAPF_OK; /* they stand at the beginning */
    }
    others = m->counts.others;
    if (rec->type == SCAPF_BLOCK_CUSTOM_NOCOPY) {
        m->counts.no_copy++;
    } else {
        TRY(copy_block(m, rec));
    }
    if (m->counts.others == others) {
        lane->section->lossy = true;
        return SCAPF_OK;
    }
    return note_other(m, lane);
}

/* ------------------------------------------------------------------ the section */

enum scapf_status merge_put_closing_event(struct scapf_merge *m)
{
    struct out *o = &m->block;

    merge_block_begin(o, SCAPF_BLOCK_EVF_V2);
    out_u16(o, 0); /* cpu */
    out_u32(o, 0); /* flags */
    out_u64(o, m->last_ns);
    out_u64(o, 0);  /* tid */
    out_u32(o, 26); /* length */
    out_u16(o, EVENT_CLOSING_CODE);
    out_u32(o, 0); /* parameters */
    merge_block_end(o);
    return merge_put_block(m);
}

enum scapf_status merge_write_packets(struct scapf_merge *m, uint32_t group)
{
    struct merge_lane *lane;

    merge_begin_out(m, ROLE_PACKETS, group);
    m->counts.packet_sections++;
    TRY(merge_put_header(m, 0));
    TRY(merge_write_interfaces(m, group));
    TRY(merge_lanes_begin(m, ROLE_PACKETS, group));
    while ((lane = merge_lanes_first(m)) != NULL) {
        TRY(lane->packet != NULL ? put_plain(m, lane) : merge_write_packet_record(m, lane));
        TRY(merge_lanes_step(m));
    }
    merge_lanes_end(m);
    return SCAPF_OK;
}
