/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blocks.c - `print --blocks`: every block with its place, number and length, every field and
 * option by name, and everything else in hex, so that each byte of the block is accounted for.
 * The text of secrets is not shown, only its length.
 */
#include "render/blocks.h"

#include "block/opt_table.h"
#include "block/packet.h"
#include "bytes/cur.h"
#include "render/clock.h"
#include "render/render.h"

#define DAMAGE_HEX 64u

/* A number and what it is called, if it is called anything. */
static void put_named(struct out *o, const char *name, uint64_t value, const char *means)
{
    blocks_name(o, 1, name);
    out_udec(o, value);
    if (means != NULL) {
        out_char(o, ' ');
        out_str(o, means);
    }
    out_char(o, '\n');
}

static void put_time(struct out *o, uint64_t ticks, const struct scapf_record *rec)
{
    blocks_name(o, 1, "time");
    out_udec(o, ticks);
    out_lit(o, " ticks");
    if (rec->has_ts) {
        out_lit(o, ", ");
        clock_put_date(o, rec->ts_ns);
    }
    out_char(o, '\n');
}

/* ------------------------------------------------------------------ one function a kind */

typedef void (*blocks_fn)(struct out *o, const struct scapf_record *rec, const struct body *body);

static void put_section(struct out *o, const struct scapf_record *rec, const struct body *body)
{
    (void)rec;
    blocks_name(o, 1, "version");
    out_udec(o, body->section.major);
    out_char(o, '.');
    out_udec(o, body->section.minor);
    out_char(o, '\n');
    blocks_name(o, 1, "section_length");
    if (body->section.length == UINT64_MAX) {
        out_lit(o, "not stated\n");
    } else {
        out_udec(o, body->section.length);
        out_char(o, '\n');
    }
}

static void put_interface(struct out *o, const struct scapf_record *rec, const struct body *body)
{
    (void)rec;
    put_named(o, "link_type", body->interface.link_type,
              opt_link_type_name(body->interface.link_type));
    blocks_u64(o, 1, "reserved", body->interface.reserved);
    blocks_u64(o, 1, "snap_length", body->interface.snaplen);
}

static void put_packet(struct out *o, const struct scapf_record *rec, const struct body *body)
{
    bool simple = rec->type == SCAPF_BLOCK_SPB;
    struct body_bytes data = body->packet.data;
    struct body_bytes pad = body->pad;

    if (!simple) {
        blocks_u64(o, 1, "interface", body->packet.interface_id);
        if (rec->type == SCAPF_BLOCK_PB) {
            blocks_u64(o, 1, "drops", body->packet.drops);
        }
        put_time(o, body->packet.ticks, rec);
        blocks_u64(o, 1, "captured_length", data.n);
    } else if (rec->packet != NULL) { /* only the reader knows where the data ends */
        pad.p = data.p + rec->packet->captured_len;
        pad.n = data.n - rec->packet->captured_len;
        pad.off = data.off + rec->packet->captured_len;
        data.n = rec->packet->captured_len;
    }
    blocks_u64(o, 1, "original_length", body->packet.original_len);
    blocks_bytes(o, 1, "data", &data);
    blocks_bytes(o, 1, "padding", &pad);
}

static void put_name_record(struct out *o, const struct body_name *name)
{
    const struct opt_name_record *row = opt_name_record(name->type);
    uint8_t addr_len = row != NULL ? row->addr_len : 0;

    blocks_name(o, 1, row != NULL ? row->name : "record");
    out_lit(o, "(");
    out_udec(o, name->type);
    out_lit(o, ") @");
    out_udec(o, name->off);
    if (row == NULL || name->len < addr_len || (name->type == 0 && name->len > 0)) {
        out_lit(o, ": ");
        blocks_hex(o, name->value, name->len);
    } else if (name->type != 0) {
        out_lit(o, ": ");
        out_hex_bytes(o, name->value, addr_len);
        out_char(o, ' ');
        blocks_text(o, name->value + addr_len, (size_t)name->len - addr_len);
    }
    out_char(o, '\n');
    blocks_bytes(o, 2, "padding", &name->pad);
}

static void put_names(struct out *o, const struct scapf_record *rec, const struct body *body)
{
    struct body_name name;
    struct scapf_diag diag;
    size_t pos = 0;
    enum scapf_status status;
    struct body_bytes rest;

    while ((status = body_name_next(&body->names, rec->big_endian, &pos, &name, &diag)) ==
           SCAPF_OK) {
        put_name_record(o, &name);
    }
    if (status < 0) {
        rest = (struct body_bytes){body->names.p + pos, body->names.n - pos, body->names.off + pos};
        blocks_bytes(o, 1, "damaged_records", &rest);
    }
}

static void put_stats(struct out *o, const struct scapf_record *rec, const struct body *body)
{
    blocks_u64(o, 1, "interface", body->stats.interface_id);
    put_time(o, body->stats.ticks, rec);
}

static void put_secrets(struct out *o, const struct scapf_record *rec, const struct body *body)
{
    (void)rec;
    put_named(o, "secrets_type", body->secrets.type, opt_secrets_name(body->secrets.type));
    blocks_name(o, 1, "secrets");
    out_char(o, '@');
    out_udec(o, body->secrets.data.off);
    out_lit(o, ", ");
    out_udec(o, body->secrets.data.n);
    out_lit(o, " bytes, not shown\n");
    blocks_bytes(o, 1, "padding", &body->pad);
}

static void put_custom(struct out *o, const struct scapf_record *rec, const struct body *body)
{
    struct body_entry entry;
    struct scapf_diag diag;

    put_named(o, "enterprise", body->custom.pen,
              body->custom.pen == BODY_PEN_WIRESHARK ? "Wireshark" : NULL);
    if (body->custom.pen != BODY_PEN_WIRESHARK ||
        body_entry_decode(&body->custom.data, &entry, &diag) != SCAPF_OK) {
        blocks_bytes(o, 1, "data", &body->custom.data);
        return;
    }
    put_named(o, "entry_type", entry.type,
              entry.type == BODY_ENTRY_PROCESS ? "process information" : NULL);
    blocks_u64(o, 1, "entry_length", entry.entry.n);
    if (entry.type == BODY_ENTRY_PROCESS) {
        blocks_u64(o, 1, "pid", entry.pid);
        blocks_options(o, 1, OPT_BLOCK_PROCESS_INFO, &entry.info, false);
    } else {
        blocks_bytes(o, 1, "entry", &entry.entry);
    }
    blocks_bytes(o, 1, "padding", &entry.pad);
    blocks_options(o, 1, rec->type, &entry.options, rec->big_endian);
}

static void put_journal(struct out *o, const struct scapf_record *rec, const struct body *body)
{
    const uint8_t *p = body->journal.p;
    size_t left = body->journal.n;

    (void)rec;
    while (left > 0) {
        const uint8_t *end = memchr(p, '\n', left);
        size_t n = end != NULL ? (size_t)(end - p) : left;

        blocks_name(o, 1, "line");
        blocks_text(o, p, n);
        out_char(o, '\n');
        n += end != NULL;
        p += n;
        left -= n;
    }
    blocks_bytes(o, 1, "padding", &body->pad);
}

static void put_darwin(struct out *o, const struct scapf_record *rec, const struct body *body)
{
    (void)rec;
    blocks_u64(o, 1, "pid", body->pid);
}

static const blocks_fn by_kind[SCAPF_KIND_COUNT] = {
    [SCAPF_KIND_SECTION] = put_section, [SCAPF_KIND_INTERFACE] = put_interface,
    [SCAPF_KIND_PACKET] = put_packet,   [SCAPF_KIND_NAMES] = put_names,
    [SCAPF_KIND_STATS] = put_stats,     [SCAPF_KIND_SECRETS] = put_secrets,
    [SCAPF_KIND_CUSTOM] = put_custom,   [SCAPF_KIND_JOURNAL] = put_journal,
    [SCAPF_KIND_PROCESS] = put_darwin,
};

/* ------------------------------------------------------------------ classic pcap */

static void put_pcap_header(struct out *o, const struct scapf_record *rec)
{
    struct cur c = cur_make(rec->raw, PCAP_FILE_HEADER_LEN, 0, rec->big_endian);
    uint32_t link;

    blocks_name(o, 1, "magic");
    out_lit(o, "0x");
    out_hex(o, cur_u32(&c), false);
    out_char(o, '\n');
    blocks_name(o, 1, "version");
    out_udec(o, cur_u16(&c));
    out_char(o, '.');
    out_udec(o, cur_u16(&c));
    out_char(o, '\n');
    blocks_u64(o, 1, "reserved1", cur_u32(&c));
    blocks_u64(o, 1, "reserved2", cur_u32(&c));
    blocks_u64(o, 1, "snap_length", cur_u32(&c));
    link = cur_u32(&c);
    put_named(o, "link_type", link & 0xFFFF, opt_link_type_name(link & 0xFFFF));
    blocks_u64(o, 1, "link_flags", link >> 16);
}

static void put_pcap_packet(struct out *o, const struct scapf_record *rec)
{
    const struct scapf_packet *p = rec->packet;
    const struct body_bytes data = {p->data, p->captured_len,
                                    rec->off + (uint64_t)(p->data - rec->raw)};
    const struct body_bytes extra = {rec->raw + 16, (size_t)(p->data - rec->raw) - 16,
                                     rec->off + 16};

    put_time(o, p->ticks, rec);
    blocks_u64(o, 1, "captured_length", p->captured_len);
    blocks_u64(o, 1, "original_length", p->original_len);
    blocks_bytes(o, 1, "modified_header", &extra);
    blocks_bytes(o, 1, "data", &data);
}

/* ------------------------------------------------------------------ a record */

static void put_head(struct out *o, const struct scapf_record *rec, bool is_pcap)
{
    const char *name = scapf_block_name(rec->type);

    out_lit(o, "block ");
    out_udec(o, rec->ordinal);
    out_lit(o, " @");
    out_udec(o, rec->off);
    if (is_pcap) {
        out_str(o, rec->kind == SCAPF_KIND_SECTION ? " pcap header" : " pcap record");
    } else {
        out_lit(o, " 0x");
        out_hex(o, rec->type, false);
        out_char(o, ' ');
        out_str(o, name != NULL ? name : scapf_kind_name(rec->kind));
    }
    out_lit(o, ", ");
    out_udec(o, rec->raw_len);
    out_lit(o, " bytes");
    if (rec->kind == SCAPF_KIND_SECTION) {
        out_str(o, rec->big_endian ? ", big-endian" : ", little-endian");
    }
    out_char(o, '\n');
}

static void put_damage(struct out *o, const struct scapf_record *rec)
{
    char sentence[256];
    size_t n = rec->raw_len < DAMAGE_HEX ? rec->raw_len : DAMAGE_HEX;

    (void)scapf_diag_format(rec->damage, sentence, sizeof(sentence));
    blocks_name(o, 1, "damaged");
    out_str(o, sentence);
    out_char(o, '\n');
    for (size_t i = 0; i < n; i += 16) {
        blocks_name(o, 1, "raw");
        out_char(o, '@');
        out_udec(o, rec->off + i);
        out_char(o, ' ');
        out_hex_bytes(o, rec->raw + i, n - i < 16 ? n - i : 16);
        out_char(o, '\n');
    }
}

static void put_body(struct out *o, const struct scapf_record *rec)
{
    struct body body;
    const struct body_bytes all = {rec->body, rec->body_len, rec->off + 8};

    if (by_kind[rec->kind] == NULL || body_decode(rec->type, rec->body, rec->body_len, rec->off + 8,
                                                  rec->big_endian, &body, NULL) != SCAPF_OK) {
        blocks_bytes(o, 1, "body", &all);
        return;
    }
    by_kind[rec->kind](o, rec, &body);
    blocks_options(o, 1, rec->type, &body.options, rec->big_endian);
}

enum scapf_status render_blocks(struct scapf_printer *p, const struct scapf_reader *reader,
                                const struct scapf_record *rec)
{
    struct out *o = &p->out;
    const struct scapf_section *section = scapf_reader_section(reader);
    bool is_pcap = section != NULL && section->is_pcap;

    put_head(o, rec, is_pcap);
    if (rec->damage != NULL) {
        put_damage(o, rec);
    } else if (is_pcap && rec->kind == SCAPF_KIND_SECTION) {
        put_pcap_header(o, rec);
    } else if (is_pcap) {
        put_pcap_packet(o, rec);
    } else if (rec->event != NULL) {
        blocks_event(o, rec, p->schema);
    } else if (rec->kind == SCAPF_KIND_TABLE) {
        blocks_table(o, rec, p->schema);
    } else {
        put_body(o, rec);
    }
    return out_status(o);
}
