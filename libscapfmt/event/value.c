/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value.c - the bytes of a parameter with its type applied. [scap 11, 12]
 *
 * One row a type: its fixed size and the function that reads it. What does not have the structure
 * of its type is handed out as MALFORMED with its bytes: shown, never guessed.
 */
#include "bytes/cur.h"
#include "event/event.h"
#include "schema/schema.h"

#define FAMILY_UNIX      1
#define FAMILY_INET      2
#define FAMILY_INET6     10
#define FDLIST_ENTRY_LEN 10u

typedef enum rule (*value_fn)(struct scapf_value *v);

static enum rule read_bytes(struct scapf_value *v)
{
    v->kind = SCAPF_VALUE_BYTES;
    return RULE_NONE;
}

/* Bytes, one NUL at the end, none before it. */
static enum rule read_text(struct scapf_value *v)
{
    static const char null_text[] = "(NULL)"; /* old drivers, NUL included */
    const uint8_t *nul = memchr(v->bytes, 0, v->len);

    if (nul != v->bytes + v->len - 1) {
        return RULE_PARAM_STRING_END;
    }
    v->len--;
    v->kind = SCAPF_VALUE_TEXT;
    if (v->len == sizeof(null_text) - 1 && memcmp(v->bytes, null_text, v->len) == 0) {
        v->kind = SCAPF_VALUE_NULL;
    }
    return RULE_NONE;
}

static uint8_t family_addr_len(uint8_t family)
{
    return family == FAMILY_INET ? 4 : family == FAMILY_INET6 ? 16 : 0;
}

/* A path up to its NUL. Recorders copy the kernel's whole buffer, so bytes may follow the NUL. */
static enum rule read_unix_path(struct cur *c, struct scapf_sock *sock)
{
    struct cur_bytes path = cur_cstr(c);

    sock->path = path.p;
    sock->path_len = (uint32_t)path.n;
    return cur_ok(c) ? RULE_NONE : RULE_PARAM_MALFORMED;
}

static enum rule read_sockaddr(struct scapf_value *v)
{
    struct cur c = cur_make(v->bytes, v->len, 0, v->big_endian);
    struct scapf_sock *sock = &v->sock;

    *sock = (struct scapf_sock){.family = 0};
    v->kind = SCAPF_VALUE_ADDRESS;
    sock->family = cur_u8(&c);
    sock->addr_len = family_addr_len(sock->family);
    if (sock->family == FAMILY_UNIX) {
        return read_unix_path(&c, sock);
    }
    if (sock->addr_len == 0) {
        return RULE_NONE; /* only the family is recorded */
    }
    sock->src = cur_take(&c, sock->addr_len);
    sock->sport = cur_u16(&c); /* ports are in the writer's order, addresses are not */
    return cur_ok(&c) && cur_left(&c) == 0 ? RULE_NONE : RULE_PARAM_MALFORMED;
}

static enum rule read_socktuple(struct scapf_value *v)
{
    struct cur c = cur_make(v->bytes, v->len, 0, v->big_endian);
    struct scapf_sock *sock = &v->sock;

    *sock = (struct scapf_sock){.family = 0};
    v->kind = SCAPF_VALUE_TUPLE;
    sock->family = cur_u8(&c);
    sock->addr_len = family_addr_len(sock->family);
    if (sock->family == FAMILY_UNIX) {
        sock->src_key = cur_u64(&c);
        sock->dst_key = cur_u64(&c);
        return read_unix_path(&c, sock);
    }
    if (sock->addr_len == 0) {
        return RULE_NONE;
    }
    sock->src = cur_take(&c, sock->addr_len);
    sock->sport = cur_u16(&c);
    sock->dst = cur_take(&c, sock->addr_len);
    sock->dport = cur_u16(&c);
    return cur_ok(&c) && cur_left(&c) == 0 ? RULE_NONE : RULE_PARAM_MALFORMED;
}

static enum rule read_fdlist(struct scapf_value *v)
{
    v->kind = SCAPF_VALUE_FDLIST;
    if (v->len < 2) {
        return RULE_PARAM_MALFORMED;
    }
    v->u = get_u16(v->bytes, v->big_endian);
    return v->len == 2 + v->u * FDLIST_ENTRY_LEN ? RULE_NONE : RULE_PARAM_MALFORMED;
}

static enum rule read_ip(struct scapf_value *v)
{
    v->kind = SCAPF_VALUE_ADDRESS;
    v->sock = (struct scapf_sock){.family = v->len == 4 ? FAMILY_INET : FAMILY_INET6,
                                  .addr_len = (uint8_t)v->len,
                                  .src = v->bytes};
    return RULE_NONE;
}

static enum rule read_dyn(struct scapf_value *v);

/* Types of a size without a reader are numbers, and those with a reader have a form of their own.
 */
static const value_fn readers[SCAPF_PT_COUNT] = {
    [SCAPF_PT_NONE] = read_bytes,
    [SCAPF_PT_CHARBUF] = read_text,
    [SCAPF_PT_BYTEBUF] = read_bytes,
    [SCAPF_PT_SOCKADDR] = read_sockaddr,
    [SCAPF_PT_SOCKTUPLE] = read_socktuple,
    [SCAPF_PT_FDLIST] = read_fdlist,
    [SCAPF_PT_FSPATH] = read_text,
    [SCAPF_PT_IPV4ADDR] = read_ip,
    [SCAPF_PT_DYN] = read_dyn,
    [SCAPF_PT_DOUBLE] = read_bytes,
    [SCAPF_PT_CHARBUFARRAY] = read_bytes,
    [SCAPF_PT_CHARBUF_PAIR_ARRAY] = read_bytes,
    [SCAPF_PT_IPV4NET] = read_bytes,
    [SCAPF_PT_IPV6ADDR] = read_ip,
    [SCAPF_PT_IPV6NET] = read_bytes,
    [SCAPF_PT_IPADDR] = read_bytes,
    [SCAPF_PT_IPNET] = read_bytes,
    [SCAPF_PT_FSRELPATH] = read_text,
};

/* Numbers with a sign. */
static const bool is_signed[SCAPF_PT_COUNT] = {
    [SCAPF_PT_INT8] = true,  [SCAPF_PT_INT16] = true, [SCAPF_PT_INT32] = true,
    [SCAPF_PT_INT64] = true, [SCAPF_PT_ERRNO] = true, [SCAPF_PT_FD] = true,
    [SCAPF_PT_PID] = true,   [SCAPF_PT_FD32] = true,  [SCAPF_PT_PID32] = true,
};

static inline enum rule read_number(struct scapf_value *v, bool with_sign)
{
    unsigned unused = 64 - 8 * v->len;

    v->u = v->len == 8   ? get_u64(v->bytes, v->big_endian)
           : v->len == 4 ? get_u32(v->bytes, v->big_endian)
           : v->len == 2 ? get_u16(v->bytes, v->big_endian)
                         : v->bytes[0];
    v->kind = with_sign ? SCAPF_VALUE_SIGNED : SCAPF_VALUE_UNSIGNED;
    v->i = with_sign ? (int64_t)(v->u << unused) >> unused : (int64_t)v->u;
    return RULE_NONE;
}

/* Apply v->type to v->bytes. */
static inline enum rule read_typed(struct scapf_value *v)
{
    uint8_t type = v->type < SCAPF_PT_COUNT ? v->type : (uint8_t)SCAPF_PT_NONE;

    if (v->len == 0) {
        v->kind = SCAPF_VALUE_EMPTY;
        return RULE_NONE;
    }
    if (schema_param_sizes[type] != 0 && v->len != schema_param_sizes[type]) {
        return RULE_PARAM_SIZE;
    }
    return readers[type] != NULL ? readers[type](v) : read_number(v, is_signed[type]);
}

/* u8 index into the parameter's variants, then a value of that variant's type. */
static enum rule read_dyn(struct scapf_value *v)
{
    const struct scapf_variant_set *set = v->info != NULL ? v->info->variants : NULL;
    uint8_t index = v->bytes[0];

    if (set == NULL || index >= set->n_variants ||
        set->variants[index].type == SCAPF_PT_DYN) { /* a variant cannot nest */
        return RULE_PARAM_MALFORMED;
    }
    v->variant = index;
    v->type = set->variants[index].type;
    v->bytes++;
    v->len--;
    return read_typed(v);
}

static uint64_t param_stream_off(const struct scapf_event *ev, const uint8_t *bytes)
{
    return ev->off + (ev->len - ev->payload_len) + (uint64_t)(bytes - ev->payload);
}

/* The value breaks its type: it is its bytes, all of them. */
static enum scapf_status malformed(const struct scapf_event *event, uint32_t i,
                                   struct scapf_value *v, enum rule rule, struct scapf_diag *diag)
{
    (void)diag_set(diag, SCAPF_E_FORMAT, rule, param_stream_off(event, v->bytes), v->len,
                   rule == RULE_PARAM_SIZE ? scapf_param_size(v->type) : 0);
    v->kind = SCAPF_VALUE_MALFORMED;
    return scapf_event_param(event, i, &v->bytes, &v->len) < 0 ? SCAPF_E_USAGE : SCAPF_E_FORMAT;
}

enum scapf_status scapf_event_value(const struct scapf_event *event, uint32_t i,
                                    struct scapf_value *value, struct scapf_diag *diag)
{
    const struct scapf_event_info *info = event->info;
    const struct scapf_param_info *param =
        info != NULL && i < info->n_params ? &info->params[i] : NULL;
    enum rule rule;

    TRY(event_param(event, i, &value->bytes, &value->len));
    value->kind = SCAPF_VALUE_BYTES;
    value->info = param;
    value->type = param != NULL ? param->type : (uint8_t)SCAPF_PT_NONE;
    value->fmt = param != NULL ? param->fmt : (uint8_t)SCAPF_PF_NA;
    value->variant = -1;
    value->big_endian = event->big_endian;
    value->i = 0;
    value->u = 0;
    rule = read_typed(value);
    return rule == RULE_NONE ? SCAPF_OK : malformed(event, i, value, rule, diag);
}

bool value_is_sound(const struct scapf_param_info *param, const uint8_t *bytes, uint32_t len,
                    bool big_endian)
{
    struct scapf_value v = {
        .info = param, .type = param->type, .bytes = bytes, .len = len, .big_endian = big_endian};

    return read_typed(&v) == RULE_NONE;
}

int8_t event_number_size(uint8_t type)
{
    if (type >= SCAPF_PT_COUNT || readers[type] != NULL) {
        return 0;
    }
    return (int8_t)(is_signed[type] ? -schema_param_sizes[type] : schema_param_sizes[type]);
}

bool scapf_value_fd(const struct scapf_value *value, uint32_t k, int64_t *fd, uint16_t *flags)
{
    const uint8_t *p;

    if (value->kind != SCAPF_VALUE_FDLIST || k >= value->u) {
        return false;
    }
    p = value->bytes + 2 + (size_t)k * FDLIST_ENTRY_LEN;
    *fd = (int64_t)get_u64(p, value->big_endian);
    *flags = get_u16(p + 8, value->big_endian);
    return true;
}

/* PPM_SC code of a generic event, by the kernel's number when the code is 0 = unknown. */
static const char *generic_name(const struct scapf_event *event, const struct scapf_schema *schema,
                                const struct scapf_arch *arch)
{
    struct scapf_value sc;
    struct scapf_value nr;
    const struct scapf_syscall *call;

    if (scapf_event_value(event, 0, &sc, NULL) != SCAPF_OK || sc.kind != SCAPF_VALUE_UNSIGNED) {
        return NULL;
    }
    if (sc.u == 0 && arch != NULL && event->n_params > 1 &&
        scapf_event_value(event, 1, &nr, NULL) == SCAPF_OK && nr.kind == SCAPF_VALUE_UNSIGNED) {
        call = scapf_arch_syscall(arch, (int32_t)nr.u);
        if (call != NULL) {
            return call->name;
        }
    }
    return scapf_schema_syscall(schema, (uint32_t)sc.u);
}

#define CODE_GENERIC_X 1

const char *scapf_event_name(const struct scapf_event *event, const struct scapf_schema *schema,
                             const struct scapf_arch *arch, size_t *len)
{
    const char *name = event->info != NULL ? event->info->name : "unknown";
    struct scapf_value v;

    if (event->code <= CODE_GENERIC_X && event->info != NULL) {
        const char *generic = generic_name(event, schema, arch);

        name = generic != NULL ? generic : name;
    } else if (event_is_async(event->code) && event->info != NULL &&
               scapf_event_value(event, 1, &v, NULL) == SCAPF_OK && v.kind == SCAPF_VALUE_TEXT) {
        *len = v.len;
        return (const char *)v.bytes;
    }
    *len = strlen(name);
    return name;
}

/* ------------------------------------------------------------------ results */

static bool is_result(const struct scapf_event *event, uint32_t i)
{
    const char *name = event->info->params[i].name;

    return (name[0] == 'r' && strcmp(name, "res") == 0) ||
           ((event->info->flags & SCAPF_EF_CREATES_FD) != 0 && strcmp(name, "fd") == 0);
}

bool scapf_event_result(const struct scapf_event *event, int64_t *res)
{
    struct scapf_value v;
    uint32_t i = 0;

    if ((event->code & 1) == 0 || event->info == NULL) {
        return false;
    }
    while (i < event->n_params && i < event->info->n_params && !is_result(event, i)) {
        i++;
    }
    if (i >= event->n_params || i >= event->info->n_params) {
        return false;
    }
    if (event_number(event, i, event_number_size(event->info->params[i].type), res)) { /* most */
        return true;
    }
    if (scapf_event_value(event, i, &v, NULL) != SCAPF_OK) {
        return false;
    }
    *res = v.kind == SCAPF_VALUE_SIGNED ? v.i : (int64_t)v.u; /* addresses: mmap, brk */
    return v.kind == SCAPF_VALUE_SIGNED || v.kind == SCAPF_VALUE_UNSIGNED;
}
