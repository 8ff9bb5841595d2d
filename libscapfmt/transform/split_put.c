/* SPDX-License-Identifier: Apache-2.0 */
/*
 * split_put.c - records as they were before the merge: number of the interface, time, place. What
 * the merge moved to the front (interfaces, secrets, tables) goes back to where it stood.
 */
#include "base/mem.h"
#include "block/frame.h"
#include "block/packet.h"
#include "bytes/cur.h"
#include "transform/split.h"

#define OPT_ISB_START 2
#define OPT_ISB_END   3

static enum scapf_status put(struct scapf_split *s, struct split_part *part, const void *bytes,
                             size_t len)
{
    struct scapf_sink *sink = s->sinks[part->file];
    enum scapf_status status = sink_put(sink, bytes, len);

    if (status < 0 && scapf_sink_diag(sink) != NULL) {
        s->diag = *scapf_sink_diag(sink);
    }
    return status;
}

static enum scapf_status put_block(struct scapf_split *s, struct split_part *part)
{
    if (out_status(&s->block) != SCAPF_OK) {
        return split_nomem(s);
    }
    return put(s, part, s->block.bytes, s->block.len);
}

/* ------------------------------------------------------------------ numbers back */

static bool to_in(const struct scapf_split *s, const struct split_part *part, uint32_t out,
                  uint32_t *in)
{
    for (uint32_t i = 0; i < part->n_ids; i++) {
        const struct split_ids *ids = &s->ids[part->first_ids + i];

        if (out - ids->out < ids->n && out >= ids->out) {
            *in = ids->first + (out - ids->out);
            return true;
        }
    }
    return false;
}

static bool to_out(const struct scapf_split *s, const struct split_part *part, uint32_t in,
                   uint32_t *out)
{
    for (uint32_t i = 0; i < part->n_ids; i++) {
        const struct split_ids *ids = &s->ids[part->first_ids + i];

        if (in - ids->first < ids->n && in >= ids->first) {
            *out = ids->out + (in - ids->first);
            return true;
        }
    }
    return false;
}

/* Interface `in` of a part, when its unit was a coarser one. */
static const struct split_unit *unit_of(const struct scapf_split *s, const struct split_part *part,
                                        uint32_t in)
{
    uint32_t lo = part->first_unit;
    uint32_t hi = part->first_unit + part->n_units;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (s->units[mid].id == in) {
            return &s->units[mid];
        }
        if (s->units[mid].id < in) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return NULL;
}

/* The unit of times in the file, when it is a decimal one. */
static uint8_t unit_back(const struct scapf_split *s, const struct split_part *part, uint32_t in,
                         uint8_t tsresol)
{
    const struct split_unit *unit = unit_of(s, part, in);
    struct pcap_layout layout;

    if (s->files[part->file].is_pcap && pcap_recognise(s->bytes.bytes + part->header, &layout)) {
        return layout.exponent10;
    }
    return unit != NULL ? unit->tsresol : tsresol;
}

static uint64_t time_back(struct scapf_split *s, struct split_part *part,
                          const struct clock_unit *unit, uint8_t tsresol, uint64_t ticks)
{
    i128 back = clock_back(&s->files[part->file].shift, unit, ticks);

    part->times++;
    if (part->fix < part->end_fix && s->fixes[part->fix].number == part->times) {
        part->fix++;
        back++;
    }
    return (uint64_t)clock_coarser(back, unit->tsresol, tsresol);
}

static bool is_shifted(const struct scapf_split *s, const struct split_part *part)
{
    return s->files[part->file].shift.ns != 0 || s->files[part->file].shift.drift_ppt != 0;
}

/* Of a packet or of statistics of interface `in`. */
static uint64_t ticks_back(struct scapf_split *s, struct split_part *part,
                           const struct scapf_interface *iface, uint32_t in, uint64_t ticks)
{
    if (!is_shifted(s, part) || iface == NULL) {
        return ticks;
    }
    return time_back(s, part, &(struct clock_unit){iface->tsresol, iface->tsoffset},
                     unit_back(s, part, in, iface->tsresol), ticks);
}

/* ------------------------------------------------------------------ what was moved */

static enum scapf_status put_header(struct scapf_split *s, struct split_part *part)
{
    const uint8_t *header = s->bytes.bytes + part->header;
    struct out *o = &s->block;

    part->started = true;
    if (!part->is_pcap && (part->derived || !part->big_endian)) {
        return put(s, part, header, part->header_len);
    }
    if (part->is_pcap && s->files[part->file].is_pcap) {
        return put(s, part, header, part->header_len);
    }
    /* converted: little-endian, and the header says no more */
    merge_block_begin(o, SCAPF_BLOCK_SHB);
    out_u32(o, 0x1A2B3C4D);
    out_u16(o, 1);
    out_u16(o, 0);
    out_u64(o, UINT64_MAX);
    merge_block_end(o);
    return put_block(s, part);
}

static enum scapf_status put_interface(struct scapf_split *s, struct split_part *part)
{
    const struct split_unit *unit = unit_of(s, part, part->next_id);
    uint32_t out;
    const uint8_t *raw;

    if (unit != NULL && !s->files[part->file].is_pcap) {
        part->next_id++;
        return put(s, part, s->bytes.bytes + unit->off, unit->len);
    }
    if (s->files[part->file].is_pcap || !to_out(s, part, part->next_id++, &out) ||
        out >= s->n_idb) {
        return SCAPF_OK;
    }
    raw = s->idbs.bytes + s->idb_at[out];
    return put(s, part, raw, get_u32(raw + 4, false));
}

static enum scapf_status put_secrets(struct scapf_split *s, struct split_part *part)
{
    const uint8_t *raw = part->secrets.bytes + part->secrets_at;

    if (part->secrets_at >= part->secrets.len) {
        return SCAPF_OK;
    }
    part->secrets_at += get_u32(raw + 4, false);
    return put(s, part, raw, get_u32(raw + 4, false));
}

static bool varint(struct scapf_src *src, uint64_t *v)
{
    *v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const uint8_t *p;
        size_t n;

        if (scapf_src_peek(src, 1, &p, &n, NULL) < 0 || n == 0) {
            return false;
        }
        *v |= (uint64_t)(*p & 0x7F) << shift;
        scapf_src_skip(src, 1);
        if ((*p & 0x80) == 0) {
            return true;
        }
    }
    return false;
}

bool split_varint(struct scapf_src *src, uint64_t *v)
{
    return varint(src, v);
}

/* The next n tables of this part out of the notes. */
static enum scapf_status put_tables(struct scapf_split *s, struct split_part *part, uint64_t n)
{
    struct scapf_src *src;
    uint64_t seen = 0;
    uint64_t owner;
    uint64_t len;
    enum scapf_status status = scapf_src_mem(s->tabs.bytes, s->tabs.len, s->alloc, &src, &s->diag);

    while (status == SCAPF_OK && n > 0 && varint(src, &owner) && varint(src, &len)) {
        const uint8_t *p;
        size_t avail;

        if (len > UINT32_MAX || scapf_src_peek(src, (size_t)len, &p, &avail, NULL) < 0 ||
            avail < len) {
            break;
        }
        if (owner == (uint64_t)(part - s->parts) && seen++ >= part->tables_done) {
            part->tables_done++;
            n--;
            status = put(s, part, p, (size_t)len);
        }
        scapf_src_skip(src, (size_t)len);
    }
    scapf_src_free(src);
    return status;
}

static enum scapf_status put_moved(struct scapf_split *s, struct split_part *part,
                                   const struct merge_moved *moved)
{
    if (moved->kind == 't') {
        return put_tables(s, part, moved->n);
    }
    for (uint64_t i = 0; i < moved->n && i < SPLIT_IDS; i++) {
        TRY(moved->kind == 'i' ? put_interface(s, part) : put_secrets(s, part));
    }
    return SCAPF_OK;
}

/* What stood before the record that comes next; all that is left when it is the end. */
static enum scapf_status catch_up(struct scapf_split *s, struct split_part *part, bool all)
{
    if (!part->started) {
        TRY(put_header(s, part));
        if (part->is_pcap && !s->files[part->file].is_pcap) {
            TRY(put_interface(s, part));
        }
    }
    while (part->at < part->n_at &&
           (all || s->moved[part->first_at + part->at].behind <= part->stayed)) {
        TRY(put_moved(s, part, &s->moved[part->first_at + part->at]));
        part->at++;
    }
    return SCAPF_OK;
}

enum scapf_status split_end_part(struct scapf_split *s, struct split_part *part)
{
    return catch_up(s, part, true);
}

/* ------------------------------------------------------------------ records */

static void out_order32(struct out *o, uint32_t v, bool big_endian)
{
    out_u32(o, big_endian ? __builtin_bswap32(v) : v);
}

/* [draft-pcap] seconds, fraction, captured, original, data. */
static enum scapf_status put_pcap(struct scapf_split *s, struct split_part *part,
                                  const struct scapf_packet *packet, uint64_t ticks)
{
    struct pcap_layout layout;
    struct out *o = &s->block;
    uint64_t second = 1;

    if (!pcap_recognise(s->bytes.bytes + part->header, &layout)) {
        return SCAPF_OK;
    }
    for (uint8_t i = 0; i < layout.exponent10; i++) {
        second *= 10;
    }
    out_clear(o);
    out_order32(o, (uint32_t)(ticks / second), layout.big_endian);
    out_order32(o, (uint32_t)(ticks % second), layout.big_endian);
    out_order32(o, packet->captured_len, layout.big_endian);
    out_order32(o, packet->original_len, layout.big_endian);
    out_bytes(o, packet->data, packet->captured_len);
    return put_block(s, part);
}

/* The block with another interface and time, which stand at these offsets. */
static enum scapf_status build_patched(struct scapf_split *s, const struct scapf_record *rec,
                                       uint32_t interface, uint64_t ticks)
{
    struct out *o = &s->block;

    out_clear(o);
    out_bytes(o, rec->raw, rec->raw_len);
    if (out_status(o) == SCAPF_OK) {
        out_fill_u32(o, (struct out_mark){FRAME_HEADER_LEN}, interface);
        out_fill_u32(o, (struct out_mark){FRAME_HEADER_LEN + 4}, (uint32_t)(ticks >> 32));
        out_fill_u32(o, (struct out_mark){FRAME_HEADER_LEN + 8}, (uint32_t)ticks);
    }
    return out_status(o);
}

static enum scapf_status put_packet(struct scapf_split *s, struct split_part *part,
                                    const struct scapf_reader *reader,
                                    const struct scapf_record *rec)
{
    const struct scapf_packet *packet = rec->packet;
    const struct scapf_interface *iface =
        packet != NULL ? scapf_reader_interface(reader, packet->interface_id) : NULL;
    uint32_t in;
    uint64_t ticks;

    s->files[part->file].packets++;
    if (packet == NULL || rec->type != SCAPF_BLOCK_EPB ||
        !to_in(s, part, packet->interface_id, &in)) {
        return put(s, part, rec->raw, rec->raw_len);
    }
    ticks = ticks_back(s, part, iface, in, packet->ticks);
    if (s->files[part->file].is_pcap) {
        return put_pcap(s, part, packet, ticks);
    }
    if (in == packet->interface_id && ticks == packet->ticks) {
        return put(s, part, rec->raw, rec->raw_len);
    }
    TRY(build_patched(s, rec, in, ticks));
    return put_block(s, part);
}

static enum scapf_status put_stats(struct scapf_split *s, struct split_part *part,
                                   const struct scapf_reader *reader,
                                   const struct scapf_record *rec)
{
    struct cur c = cur_make(rec->body, rec->body_len, rec->off, rec->big_endian);
    uint32_t interface = cur_u32(&c);
    uint64_t ticks = (uint64_t)cur_u32(&c) << 32;
    const struct scapf_interface *iface = scapf_reader_interface(reader, interface);
    struct scapf_option_iter it;
    struct scapf_option opt;
    uint32_t in;

    s->files[part->file].others++;
    ticks |= cur_u32(&c);
    if (!cur_ok(&c) || !to_in(s, part, interface, &in)) {
        return put(s, part, rec->raw, rec->raw_len);
    }
    TRY(build_patched(s, rec, in, ticks_back(s, part, iface, in, ticks)));
    scapf_options_begin(rec, &it);
    while (scapf_option_next(&it, &opt) == SCAPF_OK) {
        size_t at = (size_t)(opt.value - rec->raw);
        uint64_t time;

        if ((opt.code != OPT_ISB_START && opt.code != OPT_ISB_END) || opt.len != 8) {
            continue;
        }
        time = (uint64_t)get_u32(opt.value, false) << 32 | get_u32(opt.value + 4, false);
        time = ticks_back(s, part, iface, in, time);
        out_fill_u32(&s->block, (struct out_mark){at}, (uint32_t)(time >> 32));
        out_fill_u32(&s->block, (struct out_mark){at + 4}, (uint32_t)time);
    }
    return put_block(s, part);
}

static enum scapf_status put_event(struct scapf_split *s, struct split_part *part,
                                   const struct scapf_record *rec)
{
    static const struct clock_unit ns = {9, 0};
    struct out *o = &s->block;
    uint64_t ts;
    size_t at;

    s->files[part->file].events++;
    if (rec->event == NULL || !is_shifted(s, part) || rec->big_endian) {
        return put(s, part, rec->raw, rec->raw_len);
    }
    ts = time_back(s, part, &ns, ns.tsresol, rec->event->ts_ns);
    at = (size_t)(rec->event->off - rec->off);
    out_clear(o);
    out_bytes(o, rec->raw, rec->raw_len);
    if (out_status(o) == SCAPF_OK) {
        out_fill_u32(o, (struct out_mark){at}, (uint32_t)ts);
        out_fill_u32(o, (struct out_mark){at + 4}, (uint32_t)(ts >> 32));
    }
    return put_block(s, part);
}

enum scapf_status split_put(struct scapf_split *s, struct split_part *part,
                            const struct scapf_reader *reader, const struct scapf_record *rec)
{
    TRY(catch_up(s, part, false));
    part->stayed++;
    if (rec->kind == SCAPF_KIND_PACKET) {
        return put_packet(s, part, reader, rec);
    }
    if (rec->kind == SCAPF_KIND_EVENT) {
        return put_event(s, part, rec);
    }
    if (rec->kind == SCAPF_KIND_STATS && !part->derived) {
        return put_stats(s, part, reader, rec);
    }
    s->files[part->file].others++;
    if (s->files[part->file].is_pcap) {
        return SCAPF_OK;
    }
    return put(s, part, rec->raw, rec->raw_len);
}
