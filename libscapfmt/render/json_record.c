/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_record.c - one line a record: what all have in common, then what its kind has.
 */
#include "block/opt_table.h"
#include "bytes/cur.h"
#include "render/json.h"

typedef void (*kind_fn)(struct json_record *r);

static struct cur body_cur(const struct json_record *r)
{
    return cur_make(r->rec->body, r->rec->body_len, r->rec->off + 8, r->rec->big_endian);
}

/* A type that nobody has named is its number. */
static void put_type(struct json_record *r)
{
    const struct scapf_section *section = scapf_reader_section(r->reader);
    const char *name = scapf_block_name(r->rec->type);

    json_lit_key(&r->j, "type");
    if (section != NULL && section->is_pcap) {
        json_lit(&r->j, "PCAP");
    } else if (name != NULL) {
        json_cstring(&r->j, name);
    } else {
        json_hex(&r->j, r->rec->type);
    }
}

static void put_common(struct json_record *r)
{
    struct json *j = &r->j;

    json_lit_key(j, "kind");
    json_cstring(j, scapf_kind_name(r->rec->kind));
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

/* Bytes up to the end of the body, padding included, as a member. */
static void put_left(struct json *j, const char *key, struct cur *c)
{
    size_t n = cur_left(c);

    json_key(j, key);
    json_base64(j, cur_take(c, n), n);
}

static void put_named_number(struct json *j, const char *key, uint64_t value, const char *name_key,
                             const char *name)
{
    json_key(j, key);
    json_u64(j, value);
    if (name != NULL) {
        json_key(j, name_key);
        json_cstring(j, name);
    }
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

static void put_section(struct json_record *r)
{
    const struct scapf_section *section = scapf_reader_section(r->reader);
    struct cur c = body_cur(r);
    struct json *j = &r->j;
    uint64_t length;

    json_lit_key(j, "byte_order");
    json_cstring(j, r->rec->big_endian ? "big" : "little");
    if (section != NULL && section->is_pcap) {
        put_pcap_header(r);
        return;
    }
    (void)cur_u32(&c); /* the magic is what told the byte order */
    json_lit_key(j, "major");
    json_u64(j, cur_u16(&c));
    json_lit_key(j, "minor");
    json_u64(j, cur_u16(&c));
    length = cur_u64(&c);
    json_lit_key(j, "length");
    if (length == UINT64_MAX) { /* [pcapng 4.1] not stated */
        json_null(j);
    } else {
        json_u64(j, length);
    }
    json_own_options(r);
}

static void put_interface(struct json_record *r)
{
    const struct scapf_section *section = scapf_reader_section(r->reader);
    struct cur c = body_cur(r);
    struct json *j = &r->j;
    uint16_t link = cur_u16(&c);
    uint16_t reserved = cur_u16(&c);

    if (section != NULL && section->n_interfaces > 0) {
        json_lit_key(j, "interface_id");
        json_u64(j, section->n_interfaces - 1);
    }
    put_named_number(j, "link_type", link, "link_name", opt_link_type_name(link));
    if (reserved != 0) {
        json_lit_key(j, "reserved");
        json_u64(j, reserved);
    }
    json_lit_key(j, "snaplen");
    json_u64(j, cur_u32(&c));
    json_own_options(r);
}

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

/* A record of a name resolution block: an address, then names that each end with a NUL. */
static void put_name_record(struct json *j, uint16_t type, struct cur *value)
{
    const struct opt_name_record *info = opt_name_record(type);
    bool known = info != NULL && cur_left(value) >= info->addr_len;
    const uint8_t *p;
    size_t n;

    json_object(j);
    json_lit_key(j, "code");
    json_u64(j, type);
    if (info != NULL) {
        json_lit_key(j, "name");
        json_cstring(j, info->name);
    }
    if (known && (info->addr_len == 4 || info->addr_len == 16)) {
        json_lit_key(j, "addr");
        json_ip(j, cur_take(value, info->addr_len), info->addr_len);
    } else if (known) {
        json_lit_key(j, "hardware_addr");
        json_next(j);
        out_char(j->out, '"');
        out_hex_bytes(j->out, cur_take(value, info->addr_len), info->addr_len);
        out_char(j->out, '"');
    }
    n = cur_left(value);
    p = cur_take(value, n);
    if (known && (n == 0 || p[n - 1] == 0)) {
        json_lit_key(j, "names");
        (void)json_list(j, p, n);
    } else {
        json_lit_key(j, "base64");
        json_base64(j, p, n);
    }
    json_object_end(j);
}

/* [pcapng 4.5] records until the one of type 0, then options */
static void put_names(struct json_record *r)
{
    struct cur c = body_cur(r);
    struct cur good = c;
    struct json *j = &r->j;

    json_lit_key(j, "records");
    json_array(j);
    while (cur_left(&c) >= 4) {
        uint64_t start = cur_tell(&c);
        uint16_t type = cur_u16(&c);
        uint16_t len = cur_u16(&c);
        struct cur value = cur_sub(&c, len);

        (void)cur_align4(&c, start);
        if (!cur_ok(&c) || (type == 0 && len == 0)) {
            break;
        }
        put_name_record(j, type, &value);
        good = c;
    }
    json_array_end(j);
    if (!cur_ok(&c)) {
        put_left(j, "rest", &good);
        return;
    }
    json_own_options(r);
}

static void put_stats(struct json_record *r)
{
    struct cur c = body_cur(r);
    struct json *j = &r->j;
    uint64_t high;

    json_lit_key(j, "interface_id");
    json_u64(j, cur_u32(&c));
    high = cur_u32(&c);
    json_lit_key(j, "ticks");
    json_u64_string(j, high << 32 | cur_u32(&c));
    json_own_options(r);
}

static void put_secrets(struct json_record *r)
{
    struct cur c = body_cur(r);
    struct json *j = &r->j;
    uint32_t type = cur_u32(&c);
    uint32_t len = cur_u32(&c);

    json_lit_key(j, "secrets_type");
    json_hex(j, type);
    if (opt_secrets_name(type) != NULL) {
        json_lit_key(j, "secrets_name");
        json_cstring(j, opt_secrets_name(type));
    }
    if (len > cur_left(&c)) {
        put_left(j, "rest", &c);
        return;
    }
    json_lit_key(j, "len");
    json_u64(j, len);
    json_lit_key(j, "data");
    json_base64(j, cur_take(&c, len), len);
    json_own_options(r);
}

/* [pcapng 4.7] What is inside, options included, only the enterprise knows. */
static void put_custom(struct json_record *r)
{
    struct cur c = body_cur(r);

    json_lit_key(&r->j, "pen");
    json_u64(&r->j, cur_u32(&c));
    put_left(&r->j, "data", &c);
}

/* One entry in systemd's export form; its length is not stored, so it ends before the padding. */
static void put_journal(struct json_record *r)
{
    size_t n = r->rec->body_len;

    for (int i = 0; i < 3 && n > 0 && r->rec->body[n - 1] == 0; i++) {
        n--;
    }
    json_lit_key(&r->j, "entry");
    json_text(&r->j, r->rec->body, n);
}

static void put_process(struct json_record *r)
{
    struct cur c = body_cur(r);

    json_lit_key(&r->j, "pid");
    json_u64(&r->j, cur_u32(&c));
    json_own_options(r);
}

static void put_unknown(struct json_record *r)
{
    json_lit_key(&r->j, "body");
    json_base64(&r->j, r->rec->body, r->rec->body_len);
}

static const struct {
    kind_fn put;
    uint32_t min_body; /* bytes that the fixed part needs */
} kinds[SCAPF_KIND_COUNT] = {
    [SCAPF_KIND_SECTION] = {put_section, 16}, [SCAPF_KIND_INTERFACE] = {put_interface, 8},
    [SCAPF_KIND_PACKET] = {put_packet, 0},    [SCAPF_KIND_EVENT] = {json_event, 0},
    [SCAPF_KIND_TABLE] = {json_table, 0},     [SCAPF_KIND_NAMES] = {put_names, 0},
    [SCAPF_KIND_STATS] = {put_stats, 12},     [SCAPF_KIND_SECRETS] = {put_secrets, 8},
    [SCAPF_KIND_CUSTOM] = {put_custom, 4},    [SCAPF_KIND_JOURNAL] = {put_journal, 0},
    [SCAPF_KIND_PROCESS] = {put_process, 4},  [SCAPF_KIND_UNKNOWN] = {put_unknown, 0},
};

void json_own_diag(struct json_record *r, const struct scapf_diag *diag)
{
    struct scapf_diag own = *diag;

    own.block = r->rec->ordinal;
    own.block_type = r->rec->type;
    json_diag(&r->j, &own);
}

static void put_damage(struct json_record *r)
{
    json_lit_key(&r->j, "damage");
    json_diag(&r->j, r->rec->damage);
    json_lit_key(&r->j, "raw");
    json_base64(&r->j, r->rec->raw, r->rec->raw_len);
}

/* The view its kind needs is there, and the fixed part of its body. */
static bool is_readable(const struct scapf_record *rec)
{
    return (rec->kind != SCAPF_KIND_PACKET || rec->packet != NULL) &&
           (rec->kind != SCAPF_KIND_EVENT || rec->event != NULL) &&
           rec->body_len >= kinds[rec->kind].min_body;
}

enum scapf_status render_json(struct scapf_printer *p, const struct scapf_reader *reader,
                              const struct scapf_record *rec)
{
    struct json_record r = {.p = p, .reader = reader, .rec = rec};

    if (rec->kind == SCAPF_KIND_TABLE && !p->opts.tables) {
        return SCAPF_OK;
    }
    r.j = json_make(&p->out);
    json_object(&r.j);
    put_common(&r);
    if (rec->damage != NULL) {
        put_damage(&r);
    } else if (is_readable(rec)) {
        kinds[rec->kind].put(&r);
    } else {
        json_lit_key(&r.j, "raw");
        json_base64(&r.j, rec->raw, rec->raw_len);
    }
    json_object_end(&r.j);
    out_char(&p->out, '\n');
    return out_status(&p->out);
}
