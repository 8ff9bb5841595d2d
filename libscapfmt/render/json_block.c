/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_block.c - the blocks of pcapng beside packets and events, and the header of a classic pcap.
 */
#include "block/body.h"
#include "block/opt_table.h"
#include "block/option.h"
#include "bytes/cur.h"
#include "render/json.h"

/* A number, and its name when it has one. */
#define put_named_number(j, key, value, name_key, name_value)                                      \
    do {                                                                                           \
        const char *name_ = (name_value);                                                          \
        json_lit_key((j), key);                                                                    \
        json_u64((j), (value));                                                                    \
        if (name_ != NULL) {                                                                       \
            json_lit_key((j), name_key);                                                           \
            json_cstring((j), name_);                                                              \
        }                                                                                          \
    } while (0)

static void put_bytes(struct json *j, const struct body_bytes *bytes)
{
    json_base64(j, bytes->p, bytes->n);
}

/* [draft-ietf-opsawg-pcap 4] */
static void put_pcap_header(struct json_record *r)
{
    struct cur c = cur_make(r->rec->raw, r->rec->raw_len, r->rec->off, r->rec->big_endian);
    struct json *j = &r->j;
    uint32_t link;

    json_lit_key(j, "magic");
    json_hex(j, cur_u32(&c));
    json_lit_key(j, "major");
    json_u64(j, cur_u16(&c));
    json_lit_key(j, "minor");
    json_u64(j, cur_u16(&c));
    json_lit_key(j, "reserved");
    json_array(j);
    json_u64(j, cur_u32(&c));
    json_u64(j, cur_u32(&c));
    json_array_end(j);
    json_lit_key(j, "snaplen");
    json_u64(j, cur_u32(&c));
    link = cur_u32(&c);
    put_named_number(j, "link_type", link & 0xFFFF, "link_name", opt_link_type_name(link & 0xFFFF));
    if (link >> 16 != 0) { /* length of a check sequence and its flags */
        json_lit_key(j, "link_flags");
        json_u64(j, link >> 16);
    }
}

static void put_section(struct json_record *r, const struct body *body)
{
    struct json *j = &r->j;

    json_lit_key(j, "byte_order");
    json_cstring(j, r->rec->big_endian ? "big" : "little");
    json_lit_key(j, "major");
    json_u64(j, body->section.major);
    json_lit_key(j, "minor");
    json_u64(j, body->section.minor);
    json_lit_key(j, "length");
    if (body->section.length == UINT64_MAX) { /* [pcapng 4.1] not stated */
        json_null(j);
    } else {
        json_u64(j, body->section.length);
    }
}

static void put_interface(struct json_record *r, const struct body *body)
{
    const struct scapf_section *section = scapf_reader_section(r->reader);
    const struct body_interface *interface = &body->interface;
    struct json *j = &r->j;

    if (section != NULL && section->n_interfaces > 0) {
        json_lit_key(j, "interface_id");
        json_u64(j, section->n_interfaces - 1);
    }
    put_named_number(j, "link_type", interface->link_type, "link_name",
                     opt_link_type_name(interface->link_type));
    if (interface->reserved != 0) {
        json_lit_key(j, "reserved");
        json_u64(j, interface->reserved);
    }
    json_lit_key(j, "snaplen");
    json_u64(j, interface->snaplen);
}

/* An address, then names that each end with a NUL. [pcapng 4.5] */
static void put_name(struct json *j, const struct body_name *name)
{
    const struct opt_name_record *info = opt_name_record(name->type);
    bool known = info != NULL && name->len >= info->addr_len;
    size_t addr_len = known ? info->addr_len : 0;
    const uint8_t *rest = name->value + addr_len;
    size_t n = name->len - addr_len;

    json_object(j);
    put_named_number(j, "code", name->type, "name", info != NULL ? info->name : NULL);
    if (addr_len == 4 || addr_len == 16) {
        json_lit_key(j, "addr");
        json_ip(j, name->value, addr_len);
    } else if (addr_len > 0) {
        json_lit_key(j, "hardware_addr");
        json_hex_bytes(j, name->value, addr_len);
    }
    if (known && (n == 0 || rest[n - 1] == 0)) {
        json_lit_key(j, "names");
        (void)json_list(j, rest, n);
    } else {
        json_lit_key(j, "base64");
        json_base64(j, rest, n);
    }
    json_object_end(j);
}

static void put_names(struct json_record *r, const struct body *body)
{
    struct json *j = &r->j;
    struct body_name name;
    struct scapf_diag diag;
    size_t pos = 0;
    size_t good = 0;
    enum scapf_status status;

    json_lit_key(j, "records");
    json_array(j);
    while ((status = body_name_next(&body->names, body->big_endian, &pos, &name, &diag)) ==
           SCAPF_OK) {
        good = pos;
        if (name.type != 0 || name.len != 0) { /* nrb_record_end is always there */
            put_name(j, &name);
        }
    }
    json_array_end(j);
    if (status < 0) {
        json_lit_key(j, "rest");
        json_base64(j, body->names.p + good, body->names.n - good);
    }
}

static void put_stats(struct json_record *r, const struct body *body)
{
    json_lit_key(&r->j, "interface_id");
    json_u64(&r->j, body->stats.interface_id);
    json_lit_key(&r->j, "ticks");
    json_u64_string(&r->j, body->stats.ticks);
}

static void put_secrets(struct json_record *r, const struct body *body)
{
    struct json *j = &r->j;
    const char *name = opt_secrets_name(body->secrets.type);

    json_lit_key(j, "secrets_type");
    json_hex(j, body->secrets.type);
    if (name != NULL) {
        json_lit_key(j, "secrets_name");
        json_cstring(j, name);
    }
    json_lit_key(j, "len");
    json_u64(j, body->secrets.data.n);
    json_lit_key(j, "data");
    put_bytes(j, &body->secrets.data);
}

/* A process as Wireshark describes one; the options of the entry are its own. */
static void put_process_entry(struct json_record *r, const struct body_entry *entry)
{
    struct scapf_option_iter it;

    option_iter_init(&it, entry->info.p, entry->info.n, entry->info.off, false);
    json_lit_key(&r->j, "process");
    json_object(&r->j);
    json_lit_key(&r->j, "pid");
    json_u64(&r->j, entry->pid);
    json_options(r, OPT_BLOCK_PROCESS_INFO, &it);
    json_object_end(&r->j);
}

/* What is inside, options included, only the enterprise knows; so the bytes are always there. */
static void put_custom(struct json_record *r, const struct body *body)
{
    struct body_entry entry;

    json_lit_key(&r->j, "pen");
    json_u64(&r->j, body->custom.pen);
    json_lit_key(&r->j, "data");
    put_bytes(&r->j, &body->custom.data);
    if (body->custom.pen == BODY_PEN_WIRESHARK &&
        body_entry_decode(&body->custom.data, &entry, NULL) == SCAPF_OK &&
        entry.type == BODY_ENTRY_PROCESS) {
        put_process_entry(r, &entry);
    }
}

static void put_journal(struct json_record *r, const struct body *body)
{
    json_lit_key(&r->j, "entry");
    json_text(&r->j, body->journal.p, body->journal.n);
}

static void put_process(struct json_record *r, const struct body *body)
{
    json_lit_key(&r->j, "pid");
    json_u64(&r->j, body->pid);
}

static void (*const writers[SCAPF_KIND_COUNT])(struct json_record *, const struct body *) = {
    [SCAPF_KIND_SECTION] = put_section, [SCAPF_KIND_INTERFACE] = put_interface,
    [SCAPF_KIND_NAMES] = put_names,     [SCAPF_KIND_STATS] = put_stats,
    [SCAPF_KIND_SECRETS] = put_secrets, [SCAPF_KIND_CUSTOM] = put_custom,
    [SCAPF_KIND_JOURNAL] = put_journal, [SCAPF_KIND_PROCESS] = put_process,
};

void json_block(struct json_record *r)
{
    const struct scapf_record *rec = r->rec;
    const struct scapf_section *section = scapf_reader_section(r->reader);
    struct scapf_diag diag = {.rule = RULE_NONE};
    struct body body;

    if (section != NULL && section->is_pcap) {
        json_lit_key(&r->j, "byte_order");
        json_cstring(&r->j, rec->big_endian ? "big" : "little");
        put_pcap_header(r);
        return;
    }
    if (writers[rec->kind] == NULL) {
        json_lit_key(&r->j, "body");
        json_base64(&r->j, rec->body, rec->body_len);
        return;
    }
    if (body_decode(rec->type, rec->body, rec->body_len, rec->off + 8, rec->big_endian, &body,
                    &diag) != SCAPF_OK) {
        json_damage(r, &diag);
        return;
    }
    writers[rec->kind](r, &body);
    json_own_options(r);
}
