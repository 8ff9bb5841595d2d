/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redact.c - which records come out, and the blocks made anew for them.
 *
 * A block is built of what is known to hold nothing but what may be kept, never the other way
 * round: options, blocks without a rule, and whatever cannot be read stay behind.
 */
#include "transform/redact.h"

#include "base/mem.h"
#include "block/types.h"
#include "bytes/cur.h"
#include "event/event.h"

#include <string.h>

#define BLOCK_HEADER 8u
#define SHB_FIXED    24u /* of its block, before the options */
#define IDB_FIXED    16u

const char *scapf_redact_kind(unsigned bit)
{
    static const char *const names[SCAPF_REDACT_KINDS] = {
        "env", "args", "buffers", "paths", "addresses", "names", "comms",
    };

    return bit < SCAPF_REDACT_KINDS ? names[bit] : NULL;
}

enum scapf_status scapf_redact_new(const struct scapf_redact_opts *opts,
                                   struct scapf_redact **redact)
{
    struct scapf_redact *rd;

    *redact = NULL;
    if (opts == NULL || opts->size != sizeof(*opts) || opts->key == NULL || opts->key_len == 0 ||
        (opts->what & ~(unsigned)SCAPF_REDACT_ALL) != 0) {
        return SCAPF_E_USAGE;
    }
    rd = mem_zalloc(opts->alloc, sizeof(*rd));
    if (rd == NULL) {
        return SCAPF_E_NOMEM;
    }
    rd->alloc = opts->alloc;
    rd->schema = opts->schema != NULL ? opts->schema : scapf_schema_builtin();
    rd->what = opts->what != 0 ? opts->what : SCAPF_REDACT_DEFAULT;
    redact_set_key(rd, opts->key, opts->key_len);
    out_init(&rd->block, rd->alloc, false);
    out_init(&rd->values, rd->alloc, false);
    *redact = rd;
    return SCAPF_OK;
}

const struct scapf_redact_counts *scapf_redact_counts(const struct scapf_redact *rd)
{
    return &rd->counts;
}

void scapf_redact_free(struct scapf_redact *rd)
{
    if (rd != NULL) {
        out_release(&rd->block);
        out_release(&rd->values);
        mem_free(rd->alloc, rd);
    }
}

/* ------------------------------------------------------------------ blocks */

/* The fixed part of a block, without its options. */
static void put_fixed(struct scapf_redact *rd, const struct scapf_record *rec, size_t fixed)
{
    out_bytes(&rd->block, rec->raw, fixed);
    rd->counts.options += rec->raw_len > fixed + 4;
}

static enum scapf_status redact_section(struct scapf_redact *rd, const struct scapf_record *rec)
{
    rd->is_pcap = rec->type == 0;
    if (rd->is_pcap) { /* numbers only */
        out_bytes(&rd->block, rec->raw, rec->raw_len);
        return out_status(&rd->block);
    }
    if (rec->raw_len < SHB_FIXED + 4) {
        return SCAPF_END;
    }
    put_fixed(rd, rec, SHB_FIXED);
    if (out_status(&rd->block) == SCAPF_OK) { /* the section has another length [PNG-106] */
        memset(rd->block.bytes + SHB_FIXED - 8, 0xFF, 8);
    }
    return out_status(&rd->block);
}

/* Of the options those without which times and packets read wrong. */
static enum scapf_status redact_interface(struct scapf_redact *rd, const struct scapf_record *rec)
{
    enum { TSRESOL = 9, FCSLEN = 13, TSOFFSET = 14 };
    struct out *o = &rd->block;
    struct scapf_option_iter it;
    struct scapf_option opt;
    size_t fixed;

    if (rec->raw_len < IDB_FIXED + 4) {
        return SCAPF_END;
    }
    out_bytes(o, rec->raw, IDB_FIXED);
    fixed = o->len;
    scapf_options_begin(rec, &it);
    while (scapf_option_next(&it, &opt) == SCAPF_OK) {
        if (((opt.code == TSRESOL || opt.code == FCSLEN) && opt.len == 1) ||
            (opt.code == TSOFFSET && opt.len == 8)) {
            out_u16(o, (uint16_t)opt.code);
            out_u16(o, (uint16_t)opt.len);
            out_bytes(o, opt.value, opt.len);
            out_pad4(o, fixed);
        } else {
            rd->counts.options++;
        }
    }
    if (o->len > fixed) {
        out_u32(o, 0); /* opt_endofopt */
    }
    return out_status(o);
}

/* The block up to the end of its data, changed there. */
static enum scapf_status redact_packet_block(struct scapf_redact *rd,
                                             const struct scapf_record *rec)
{
    const struct scapf_packet *packet = rec->packet;
    size_t data = (size_t)(packet->data - rec->raw);
    struct out *o = &rd->block;

    out_bytes(o, rec->raw, data + packet->captured_len);
    TRY(out_status(o));
    redact_packet(rd, packet->link_type, o->bytes + data, packet->captured_len,
                  packet->original_len);
    rd->counts.options += packet->options != NULL;
    return SCAPF_OK;
}

/* Kinds without a function have no rule that says what they may hold. Sections and interfaces stay
 * even when they are damaged: others name them by number. */
static enum scapf_status build(struct scapf_redact *rd, const struct scapf_record *rec)
{
    static enum scapf_status (*const by_kind[SCAPF_KIND_COUNT])(struct scapf_redact *,
                                                                const struct scapf_record *) = {
        [SCAPF_KIND_SECTION] = redact_section,     [SCAPF_KIND_INTERFACE] = redact_interface,
        [SCAPF_KIND_TABLE] = redact_table,         [SCAPF_KIND_EVENT] = redact_event,
        [SCAPF_KIND_PACKET] = redact_packet_block,
    };

    bool counts = rec->kind == SCAPF_KIND_SECTION || rec->kind == SCAPF_KIND_INTERFACE;

    if ((rec->damage != NULL && !counts) || by_kind[rec->kind] == NULL ||
        (rec->kind == SCAPF_KIND_EVENT && rec->event == NULL) ||
        (rec->kind == SCAPF_KIND_PACKET && rec->packet == NULL)) {
        return SCAPF_END;
    }
    return by_kind[rec->kind](rd, rec);
}

/* ------------------------------------------------------------------ records */

/* Type, lengths and trailer of the block. */
static void close_block(struct scapf_redact *rd, const struct scapf_record *rec)
{
    struct out *o = &rd->block;
    uint32_t total;

    out_pad4(o, 0);
    total = (uint32_t)o->len + 4;
    out_u32(o, total);
    if (out_status(o) == SCAPF_OK) {
        memcpy(o->bytes, rec->raw, 4); /* the type, in the byte order of the section */
        out_fill_u32(o, (struct out_mark){4}, total);
    }
}

/* Its event or packet as it is now. */
static enum scapf_status view(struct scapf_redact *rd, const struct scapf_record *rec,
                              struct scapf_record *out)
{
    const struct block_type *type = block_type_find(rec->type);
    struct scapf_diag diag;

    out->body = out->raw + BLOCK_HEADER;
    out->body_len = out->raw_len - BLOCK_HEADER - 4;
    if (rec->event != NULL) {
        if (type == NULL || event_parse(rd->schema, type->layout, out->body, out->body_len,
                                        rec->off, rec->big_endian, &rd->event, &diag) != SCAPF_OK) {
            return SCAPF_END;
        }
        out->event = &rd->event;
    }
    return SCAPF_OK;
}

static void view_packet(struct scapf_redact *rd, const struct scapf_record *rec,
                        struct scapf_record *out)
{
    if (rec->packet != NULL) {
        rd->packet = *rec->packet;
        rd->packet.data = out->raw + (rec->packet->data - rec->raw);
        rd->packet.options = NULL;
        rd->packet.options_len = 0;
        out->packet = &rd->packet;
    }
}

enum scapf_status scapf_redact_record(struct scapf_redact *rd, const struct scapf_record *rec,
                                      struct scapf_record *out)
{
    enum scapf_status status;

    out_clear(&rd->block);
    rd->block.big_endian = rec->big_endian;
    status = build(rd, rec);
    if (status == SCAPF_OK && !rd->is_pcap) {
        close_block(rd, rec);
        status = out_status(&rd->block);
    }
    if (status == SCAPF_OK) {
        *out = *rec;
        out->raw = rd->block.bytes;
        out->raw_len = rd->block.len;
        view_packet(rd, rec, out);
        if (!rd->is_pcap) {
            status = view(rd, rec, out);
        }
    }
    rd->counts.blocks += status == SCAPF_END;
    return status;
}
