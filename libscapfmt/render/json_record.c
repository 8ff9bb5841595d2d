/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_record.c - one line a record: what all have in common, then what its kind has.
 */
#include "render/json.h"

typedef void (*kind_fn)(struct json_record *r);

static void put_packet(struct json_record *r)
{
    const struct scapf_packet *packet = r->rec->packet;
    struct json *j = &r->j;

    json_lit_key(j, "interface_id");
    json_u64(j, packet->interface_id);
    json_lit_key(j, "link_type");
    json_u64(j, packet->link_type);
    if (packet->has_ts) {
        json_lit_key(j, "ticks");
        json_u64_string(j, packet->ticks);
    }
    if (r->rec->type == SCAPF_BLOCK_PB) {
        json_lit_key(j, "drop_count");
        if (packet->drop_count == 0xFFFF) { /* [PNG-412] not known */
            json_null(j);
        } else {
            json_u64(j, packet->drop_count);
        }
    }
    json_lit_key(j, "captured_len");
    json_u64(j, packet->captured_len);
    json_lit_key(j, "original_len");
    json_u64(j, packet->original_len);
    json_lit_key(j, "data");
    json_base64(j, packet->data, packet->captured_len);
    if (packet->options != NULL) {
        json_own_options(r);
    }
}

static const kind_fn kinds[SCAPF_KIND_COUNT] = {
    [SCAPF_KIND_SECTION] = json_block, [SCAPF_KIND_INTERFACE] = json_block,
    [SCAPF_KIND_PACKET] = put_packet,  [SCAPF_KIND_EVENT] = json_event,
    [SCAPF_KIND_TABLE] = json_table,   [SCAPF_KIND_NAMES] = json_block,
    [SCAPF_KIND_STATS] = json_block,   [SCAPF_KIND_SECRETS] = json_block,
    [SCAPF_KIND_CUSTOM] = json_block,  [SCAPF_KIND_JOURNAL] = json_block,
    [SCAPF_KIND_PROCESS] = json_block, [SCAPF_KIND_UNKNOWN] = json_block,
};

enum scapf_status render_json(struct scapf_printer *p, const struct scapf_reader *reader,
                              const struct scapf_record *rec)
{
    struct json_record r = {.p = p, .reader = reader, .rec = rec};

    if (rec->kind == SCAPF_KIND_TABLE && !p->opts.tables) {
        return SCAPF_OK;
    }
    r.j = json_make(&p->out);
    json_object(&r.j);
    json_common(&r);
    if (rec->damage != NULL) {
        json_damage(&r, rec->damage);
    } else {
        kinds[rec->kind](&r);
    }
    json_object_end(&r.j);
    out_char(&p->out, '\n');
    return out_status(&p->out);
}
