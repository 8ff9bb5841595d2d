/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_common.c - what records of every kind say of themselves: their place, type and damage.
 */
#include "render/json.h"

/* A type that nobody has named is its number. */
void json_block_type(struct json *j, uint32_t type)
{
    const char *name = scapf_block_name(type);

    if (name != NULL) {
        json_cstring(j, name);
    } else {
        json_hex(j, type);
    }
}

static void put_type(struct json_record *r)
{
    const struct scapf_section *section = scapf_reader_section(r->reader);

    json_lit_key(&r->j, "type");
    if (section != NULL && section->is_pcap) {
        json_lit(&r->j, "PCAP");
    } else {
        json_block_type(&r->j, r->rec->type);
    }
}

void json_common(struct json_record *r)
{
    struct json *j = &r->j;

    json_lit_key(j, "kind");
    json_cstring(j, r->call ? "call" : scapf_kind_name(r->rec->kind));
    json_lit_key(j, "ordinal");
    json_u64(j, r->rec->ordinal);
    json_lit_key(j, "offset");
    json_u64(j, r->rec->off);
    json_lit_key(j, "section");
    json_u64(j, r->rec->section);
    put_type(r);
    if (r->rec->has_ts) {
        json_lit_key(j, "ts");
        json_u64_string(j, r->rec->ts_ns);
    }
}

void json_own_diag(struct json_record *r, const struct scapf_diag *diag)
{
    struct scapf_diag own = *diag;

    own.block = r->rec->ordinal;
    own.block_type = r->rec->type;
    json_diag(&r->j, &own);
}

void json_damage(struct json_record *r, const struct scapf_diag *diag)
{
    json_lit_key(&r->j, "damage");
    json_own_diag(r, diag);
    json_lit_key(&r->j, "raw");
    json_base64(&r->j, r->rec->raw, r->rec->raw_len);
}
