/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redact_event.c - parameters of events: what is done with one follows from its type, and for texts
 * and bytes from its name.
 */
#include "transform/redact.h"

#include <string.h>

#define EVENT_LEN_AT    16u    /* in the event header [scap 9.1] */
#define EVENT_BLOCK_MAX 65536u /* total length - 8 of a block libscap still reads [scap 9.6] */

#define FAMILY_UNIX  1
#define FAMILY_INET  2
#define FAMILY_INET6 10

#define ENV       SCAPF_REDACT_ENV
#define ARGS      SCAPF_REDACT_ARGS
#define BUFFERS   SCAPF_REDACT_BUFFERS
#define PATHS     SCAPF_REDACT_PATHS
#define ADDRESSES SCAPF_REDACT_ADDRESSES
#define NAMES     SCAPF_REDACT_NAMES
#define COMMS     SCAPF_REDACT_COMMS

/* Texts, and bytes that are texts. */
/* clang-format off */
static const struct redact_rule by_name[] = {
    {"args", ARGS, REDACT_LIST}, {"argv", ARGS, REDACT_LIST}, {"tags", ARGS, REDACT_LIST},
    {"env", ENV, REDACT_EMPTY}, {"cgroups", NAMES, REDACT_CGROUPS},
    {"comm", COMMS, REDACT_TEXT}, {"arg2_str", COMMS, REDACT_TEXT},
    {"exe", PATHS, REDACT_TEXT}, {"cwd", PATHS, REDACT_TEXT}, {"path", PATHS, REDACT_TEXT},
    {"oldpath", PATHS, REDACT_TEXT}, {"newpath", PATHS, REDACT_TEXT},
    {"target", PATHS, REDACT_TEXT}, {"special", PATHS, REDACT_TEXT},
    {"quotafilepath", PATHS, REDACT_TEXT}, {"dev", PATHS, REDACT_TEXT},
    {"home", PATHS | NAMES, REDACT_TEXT}, {"shell", PATHS, REDACT_TEXT},
    {"name", NAMES, REDACT_TEXT}, {"image", NAMES, REDACT_TEXT}, {"source", NAMES, REDACT_TEXT},
    {"scope", NAMES, REDACT_TEXT}, {"id", NAMES, REDACT_ID}, {"container_id", NAMES, REDACT_ID},
    {"json", NAMES | PATHS | ADDRESSES | ARGS | ENV, REDACT_JSON}, /* mounts, labels, env, ip */
};

/* Texts that are words of the format, not of the machine it ran on. */
static const struct {
    const char *event, *param;
} kept[] = {{"asyncevent", "name"}, {"mount", "type"}};
/* clang-format on */

static const struct redact_rule other_text = {"", ARGS, REDACT_TEXT};
static const struct redact_rule other_bytes = {"", BUFFERS, REDACT_ZERO};
static const struct redact_rule a_path = {"", PATHS, REDACT_TEXT};

static bool is_kept(const struct scapf_event *ev, const char *param)
{
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        if (strcmp(kept[i].event, ev->info->name) == 0 && strcmp(kept[i].param, param) == 0) {
            return true;
        }
    }
    return false;
}

static const struct redact_rule *rule_of(const struct scapf_param_info *info, uint8_t type)
{
    const struct redact_rule *rule =
        redact_find(by_name, sizeof(by_name) / sizeof(by_name[0]), info->name);

    if (type == SCAPF_PT_FSPATH || type == SCAPF_PT_FSRELPATH) {
        return &a_path;
    }
    if (type == SCAPF_PT_BYTEBUF) { /* named like a text, but for those of processes */
        return rule != NULL && (rule->how == REDACT_LIST || rule->how == REDACT_EMPTY ||
                                rule->how == REDACT_CGROUPS)
                   ? rule
                   : &other_bytes;
    }
    return rule != NULL ? rule : &other_text;
}

/* ------------------------------------------------------------------ values */

/* A text with its NUL; anything else as it comes. */
static void put_by_rule(struct scapf_redact *rd, const struct redact_rule *rule, bool is_text,
                        const uint8_t *p, uint32_t n)
{
    struct out *o = &rd->values;

    if (n == 0 || !redact_wants(rd, rule->what)) {
        out_bytes(o, p, n);
        return;
    }
    redact_count(rd, rule->what);
    if (!is_text || rule->how == REDACT_LIST || rule->how == REDACT_EMPTY) {
        redact_put(rd, o, rule->how, p, n);
        return;
    }
    redact_put(rd, o, rule->how, p, strnlen((const char *)p, n));
    out_char(o, '\0');
}

/* [scap 12] family, then one end or both; what does not have that form is zeroed. */
static void put_sock(struct scapf_redact *rd, bool is_tuple, const uint8_t *p, uint32_t n)
{
    size_t start = rd->values.len;
    size_t addr_len = n > 0 && p[0] == FAMILY_INET ? 4 : n > 0 && p[0] == FAMILY_INET6 ? 16 : 0;
    size_t ends = is_tuple ? 2 : 1;
    size_t head = 1 + (is_tuple ? 16 : 0); /* unix: kernel addresses before the path */

    if (n > 0 && p[0] == FAMILY_UNIX && n >= head) {
        out_bytes(&rd->values, p, head);
        put_by_rule(rd, &a_path, true, p + head, n - (uint32_t)head);
        return;
    }
    out_bytes(&rd->values, p, n);
    if (n == 0 || !redact_wants(rd, ADDRESSES) || out_status(&rd->values) != SCAPF_OK) {
        return;
    }
    redact_count(rd, ADDRESSES);
    if (addr_len == 0 || n != 1 + ends * (addr_len + 2)) {
        memset(rd->values.bytes + start + 1, 0, n - 1);
        return;
    }
    for (size_t i = 0; i < ends; i++) {
        redact_address(rd, rd->values.bytes + start + 1 + i * (addr_len + 2), addr_len);
    }
}

static void put_ip(struct scapf_redact *rd, const uint8_t *p, uint32_t n)
{
    size_t start = rd->values.len;

    out_bytes(&rd->values, p, n);
    if (n == 0 || !redact_wants(rd, ADDRESSES) || out_status(&rd->values) != SCAPF_OK) {
        return;
    }
    redact_count(rd, ADDRESSES);
    if (n == 4 || n == 16) {
        redact_address(rd, rd->values.bytes + start, n);
    } else {
        memset(rd->values.bytes + start, 0, n);
    }
}

static void put_typed(struct scapf_redact *rd, const struct scapf_param_info *info, uint8_t type,
                      const uint8_t *p, uint32_t n)
{
    switch (type) {
    case SCAPF_PT_CHARBUF:
    case SCAPF_PT_FSPATH:
    case SCAPF_PT_FSRELPATH:
        put_by_rule(rd, rule_of(info, type), true, p, n);
        break;
    case SCAPF_PT_BYTEBUF:
    case SCAPF_PT_CHARBUFARRAY:
        put_by_rule(rd, rule_of(info, type), false, p, n);
        break;
    case SCAPF_PT_CHARBUF_PAIR_ARRAY:
        put_by_rule(rd, &by_name[0], false, p, n);
        break;
    case SCAPF_PT_SOCKADDR:
    case SCAPF_PT_SOCKTUPLE:
        put_sock(rd, type == SCAPF_PT_SOCKTUPLE, p, n);
        break;
    case SCAPF_PT_IPV4ADDR:
    case SCAPF_PT_IPV6ADDR:
    case SCAPF_PT_IPADDR:
    case SCAPF_PT_IPV4NET:
    case SCAPF_PT_IPV6NET:
    case SCAPF_PT_IPNET:
        put_ip(rd, p, n);
        break;
    default:
        out_bytes(&rd->values, p, n);
        break;
    }
}

/* The first byte says which type the rest has. */
static void put_dyn(struct scapf_redact *rd, const struct scapf_param_info *info, const uint8_t *p,
                    uint32_t n)
{
    const struct scapf_variant_set *set = info->variants;

    if (n == 0) {
        return;
    }
    out_u8(&rd->values, p[0]);
    if (set == NULL || p[0] >= set->n_variants) {
        out_zero(&rd->values, n - 1);
        rd->counts.unknown++;
        return;
    }
    put_typed(rd, info, set->variants[p[0]].type, p + 1, n - 1);
}

static void put_param(struct scapf_redact *rd, const struct scapf_event *ev, uint32_t i)
{
    const struct scapf_param_info *info =
        ev->info != NULL && i < ev->info->n_params ? &ev->info->params[i] : NULL;
    const uint8_t *p;
    uint32_t n;

    if (scapf_event_param(ev, i, &p, &n) != SCAPF_OK) {
        return;
    }
    if (info == NULL) { /* of a newer recorder: nobody knows what it tells */
        out_zero(&rd->values, n);
        rd->counts.unknown++;
    } else if (is_kept(ev, info->name)) {
        out_bytes(&rd->values, p, n);
    } else if (info->type == SCAPF_PT_DYN) {
        put_dyn(rd, info, p, n);
    } else {
        put_typed(rd, info, info->type, p, n);
    }
}

/* ------------------------------------------------------------------ the block */

static void put_len(struct out *o, uint8_t size, size_t len)
{
    if (size == 4) {
        out_u32(o, (uint32_t)len);
    } else {
        out_u16(o, (uint16_t)len);
    }
}

/* Lengths and parameters as they are now. False when one has no room in its length. */
static bool put_params(struct scapf_redact *rd, const struct scapf_event *ev)
{
    struct out *o = &rd->block;
    size_t max = ev->len_size == 4 ? UINT32_MAX : UINT16_MAX;

    out_clear(&rd->values);
    for (uint32_t i = 0; i < ev->n_params; i++) {
        size_t start = rd->values.len;

        put_param(rd, ev, i);
        if (rd->values.len - start > max) {
            return false;
        }
        put_len(o, ev->len_size, rd->values.len - start);
    }
    out_bytes(o, rd->values.bytes, rd->values.len);
    return true;
}

enum scapf_status redact_event(struct scapf_redact *rd, const struct scapf_record *rec)
{
    const struct scapf_event *ev = rec->event;
    struct out *o = &rd->block;
    size_t header = (size_t)(ev->off - rec->off); /* of the event, in the block */
    size_t payload = (size_t)(ev->payload - rec->raw);
    uint32_t len;

    out_bytes(o, rec->raw, payload);
    if (!ev->has_params || !put_params(rd, ev)) {
        return SCAPF_END; /* opaque, or without room */
    }
    if (o->len - header > UINT32_MAX - 64 || (ev->len_size != 4 && o->len + 8 > EVENT_BLOCK_MAX)) {
        return SCAPF_END;
    }
    len = (uint32_t)(o->len - header);
    if (out_status(o) == SCAPF_OK) {
        out_fill_u32(o, (struct out_mark){header + EVENT_LEN_AT}, len);
    }
    rd->counts.options += ev->options != NULL;
    return out_status(&rd->values) != SCAPF_OK ? out_status(&rd->values) : out_status(o);
}
