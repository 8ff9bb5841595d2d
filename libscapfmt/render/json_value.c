/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_value.c - one argument of an event with its type kept.
 *
 * A type always gives the same kind of JSON value, so that a column of a table has one type: what
 * could vary (why null, names, errors) goes into the note, which the event shows beside its
 * arguments.
 */
#include "bytes/addr.h"
#include "bytes/cur.h"
#include "render/json.h"
#include "render/value.h"
#include "state/host.h"

#define AT_FDCWD_VALUE (-100)
#define FAMILY_UNIX    1
#define FAMILY_INET    2
#define FAMILY_INET6   10
#define SIGNALS_IN_SET 32u

void json_ip(struct json *j, const uint8_t *addr, size_t len)
{
    json_next(j);
    out_char(j->out, '"');
    out_ip(j->out, addr, len);
    out_char(j->out, '"');
}

static void flags_open(struct json *j, uint64_t value)
{
    json_object(j);
    json_lit_key(j, "value");
    json_u64(j, value);
    json_lit_key(j, "names");
    json_array(j);
}

static void flags_close(struct json *j, uint64_t unknown)
{
    json_array_end(j);
    if (unknown != 0) {
        json_lit_key(j, "unknown");
        json_u64(j, unknown);
    }
    json_object_end(j);
}

void json_flags(struct json *j, uint64_t value, const struct scapf_flag_set *set)
{
    uint64_t left = value;

    flags_open(j, value);
    for (uint32_t i = 0; set != NULL && i < set->n_flags; i++) {
        const struct scapf_flag *flag = &set->flags[i];

        if (flag->value == 0 ? value == 0 : (left & flag->value) == flag->value) {
            json_cstring(j, flag->name);
            left &= ~(uint64_t)flag->value;
        }
        if (flag->value == value) {
            break;
        }
    }
    flags_close(j, left);
}

void json_enum(struct json *j, uint64_t value, const struct scapf_flag_set *set)
{
    uint64_t unknown = value;

    flags_open(j, value);
    for (uint32_t i = 0; set != NULL && i < set->n_flags; i++) {
        if (set->flags[i].value == value) {
            json_cstring(j, set->flags[i].name);
            unknown = 0;
        }
    }
    flags_close(j, unknown);
}

bool json_list(struct json *j, const uint8_t *bytes, size_t len)
{
    if (len > 0 && bytes[len - 1] != 0) {
        return false;
    }
    json_array(j);
    for (size_t at = 0; at < len;) {
        const uint8_t *nul = memchr(bytes + at, 0, len - at);
        size_t n = (size_t)(nul - (bytes + at));

        json_text(j, bytes + at, n);
        at += n + 1;
    }
    json_array_end(j);
    return true;
}

/* ------------------------------------------------------------------ numbers */

typedef void (*number_fn)(struct json_record *r, const struct scapf_value *v,
                          struct json_note *note);

static void put_number(struct json_record *r, const struct scapf_value *v, struct json_note *note)
{
    (void)note;
    if (v->kind == SCAPF_VALUE_SIGNED) {
        json_i64(&r->j, v->i);
    } else {
        json_u64(&r->j, v->u);
    }
}

static void put_errno(struct json_record *r, const struct scapf_value *v, struct json_note *note)
{
    if (v->i < 0 && v->i > INT32_MIN) {
        note->error = scapf_schema_errno(r->p->schema, (uint32_t)-v->i);
    }
    json_i64(&r->j, v->i);
}

/* A descriptor is an error code only where it is the result of a call. The result of a call that
 * makes no descriptor (fcntl with F_GETFL) has the type too, but is a number like any other: it
 * gets no name. */
static void put_fd(struct json_record *r, const struct scapf_value *v, struct json_note *note)
{
    const struct scapf_event *ev = r->rec->event;
    bool result = value_is_result(ev, v);

    if (v->i == AT_FDCWD_VALUE && !result) {
        note->name = "AT_FDCWD";
    } else if (v->i < 0 && result) {
        put_errno(r, v, note);
        return;
    } else if (v->i >= 0 && (!result || host_makes_fd(r->p->host, ev))) {
        struct scapf_fd fd;

        if (scapf_host_fd(r->p->host, ev->tid, v->i, &fd)) {
            const struct scapf_flag_set *types = r->p->fd_types;

            note->name = fd.name;
            for (uint32_t i = 0; types != NULL && i < types->n_flags; i++) {
                if (types->flags[i].value == fd.type) {
                    note->fd_type = types->flags[i].name;
                    break;
                }
            }
        }
    }
    json_i64(&r->j, v->i);
}

static void put_pid(struct json_record *r, const struct scapf_value *v, struct json_note *note)
{
    struct scapf_thread thread;

    note->name = v->i > 0 && scapf_host_thread(r->p->host, v->i, &thread) ? thread.comm : NULL;
    json_i64(&r->j, v->i);
}

/* [scap 12] all ones: nobody */
static bool put_nobody(struct json_record *r, const struct scapf_value *v, struct json_note *note)
{
    if (v->u != UINT32_MAX) {
        return false;
    }
    note->null = "none";
    json_null(&r->j);
    return true;
}

static void put_uid(struct json_record *r, const struct scapf_value *v, struct json_note *note)
{
    if (!put_nobody(r, v, note)) {
        struct scapf_user user;

        note->name = scapf_host_user(r->p->host, "", (uint32_t)v->u, &user) ? user.name : NULL;
        json_u64(&r->j, v->u);
    }
}

static void put_gid(struct json_record *r, const struct scapf_value *v, struct json_note *note)
{
    if (!put_nobody(r, v, note)) {
        struct scapf_user group;

        note->name = scapf_host_group(r->p->host, "", (uint32_t)v->u, &group) ? group.name : NULL;
        json_u64(&r->j, v->u);
    }
}

static void put_syscall(struct json_record *r, const struct scapf_value *v, struct json_note *note)
{
    note->name = scapf_schema_syscall(r->p->schema, (uint32_t)v->u);
    json_u64(&r->j, v->u);
}

static void put_signal(struct json_record *r, const struct scapf_value *v, struct json_note *note)
{
    note->name = scapf_schema_signal(r->p->schema, (uint32_t)v->u);
    json_u64(&r->j, v->u);
}

static void put_sigset(struct json_record *r, const struct scapf_value *v, struct json_note *note)
{
    uint64_t unknown = 0;

    (void)note;
    flags_open(&r->j, v->u);
    for (uint32_t bit = 0; bit < SIGNALS_IN_SET; bit++) {
        if ((v->u >> bit & 1) != 0) {
            const char *name = scapf_schema_signal(r->p->schema, bit + 1);

            if (name != NULL) {
                json_cstring(&r->j, name);
            } else {
                unknown |= UINT64_C(1) << bit;
            }
        }
    }
    flags_close(&r->j, unknown);
}

static void put_reltime(struct json_record *r, const struct scapf_value *v, struct json_note *note)
{
    if (v->u == UINT64_MAX) { /* [scap 11] no time limit */
        note->null = "none";
        json_null(&r->j);
    } else {
        json_u64_string(&r->j, v->u);
    }
}

static void put_abstime(struct json_record *r, const struct scapf_value *v, struct json_note *note)
{
    (void)note;
    json_u64_string(&r->j, v->u);
}

static void put_flags(struct json_record *r, const struct scapf_value *v, struct json_note *note)
{
    (void)note;
    json_flags(&r->j, v->u, v->info != NULL ? v->info->flags : NULL);
}

static void put_enum(struct json_record *r, const struct scapf_value *v, struct json_note *note)
{
    (void)note;
    json_enum(&r->j, v->u, v->info != NULL ? v->info->flags : NULL);
}

/* Types whose numbers are more than numbers. */
static const number_fn numbers[SCAPF_PT_COUNT] = {
    [SCAPF_PT_ERRNO] = put_errno,      [SCAPF_PT_FD] = put_fd,
    [SCAPF_PT_FD32] = put_fd,          [SCAPF_PT_PID] = put_pid,
    [SCAPF_PT_PID32] = put_pid,        [SCAPF_PT_UID] = put_uid,
    [SCAPF_PT_GID] = put_gid,          [SCAPF_PT_SYSCALLID] = put_syscall,
    [SCAPF_PT_SIGTYPE] = put_signal,   [SCAPF_PT_SIGSET] = put_sigset,
    [SCAPF_PT_RELTIME] = put_reltime,  [SCAPF_PT_ABSTIME] = put_abstime,
    [SCAPF_PT_FLAGS8] = put_flags,     [SCAPF_PT_FLAGS16] = put_flags,
    [SCAPF_PT_FLAGS32] = put_flags,    [SCAPF_PT_MODE] = put_flags,
    [SCAPF_PT_ENUMFLAGS8] = put_enum,  [SCAPF_PT_ENUMFLAGS16] = put_enum,
    [SCAPF_PT_ENUMFLAGS32] = put_enum,
};

/* ------------------------------------------------------------------ the rest */

static void put_bytes(struct json_record *r, const struct scapf_value *v)
{
    struct json *j = &r->j;

    json_object(j);
    json_lit_key(j, "len");
    json_u64(j, v->len);
    json_lit_key(j, "text");
    json_preview(j, v->bytes, v->len, r->p->opts.max_buffer);
    json_lit_key(j, "base64");
    json_base64(j, v->bytes, v->len);
    json_object_end(j);
}

static void put_family(struct json_record *r, uint8_t family)
{
    const struct scapf_flag_set *set;

    json_lit_key(&r->j, "family");
    switch (family) {
    case FAMILY_UNIX:
        json_lit(&r->j, "AF_UNIX");
        return;
    case FAMILY_INET:
        json_lit(&r->j, "AF_INET");
        return;
    case FAMILY_INET6:
        json_lit(&r->j, "AF_INET6");
        return;
    default:
        break;
    }
    set = scapf_schema_flags(r->p->schema, "", "socket_families");
    for (uint32_t i = 0; set != NULL && i < set->n_flags; i++) {
        if (set->flags[i].value == family) {
            json_cstring(&r->j, set->flags[i].name);
            return;
        }
    }
    json_u64_string(&r->j, family);
}

static void put_end(struct json *j, const uint8_t *addr, size_t len, uint16_t port)
{
    json_object(j);
    json_lit_key(j, "addr");
    json_ip(j, addr, len);
    json_lit_key(j, "port");
    json_u64(j, port);
    json_object_end(j);
}

/* Kernel addresses identify the ends of a unix socket. */
static void put_key(struct json *j, uint64_t key)
{
    json_object(j);
    json_lit_key(j, "key");
    json_hex(j, key);
    json_object_end(j);
}

/* A path, and what the recorder copied along behind its NUL. */
static void put_path(struct json *j, const struct scapf_value *v)
{
    const uint8_t *rest = v->sock.path + v->sock.path_len + 1;
    size_t n = (size_t)(v->bytes + v->len - rest);

    json_lit_key(j, "path");
    json_text(j, v->sock.path, v->sock.path_len);
    if (n > 0) {
        json_lit_key(j, "rest");
        json_base64(j, rest, n);
    }
}

static void put_sock(struct json_record *r, const struct scapf_value *v)
{
    const struct scapf_sock *sock = &v->sock;
    bool tuple = v->kind == SCAPF_VALUE_TUPLE;
    bool has_ends = tuple && (sock->addr_len > 0 || sock->family == FAMILY_UNIX);
    struct json *j = &r->j;

    json_object(j);
    put_family(r, sock->family);
    if (has_ends && sock->addr_len > 0) {
        json_lit_key(j, "src");
        put_end(j, sock->src, sock->addr_len, sock->sport);
        json_lit_key(j, "dst");
        put_end(j, sock->dst, sock->addr_len, sock->dport);
    } else if (has_ends) {
        json_lit_key(j, "src");
        put_key(j, sock->src_key);
        json_lit_key(j, "dst");
        put_key(j, sock->dst_key);
    } else if (sock->addr_len > 0) {
        json_lit_key(j, "addr");
        json_ip(j, sock->src, sock->addr_len);
        json_lit_key(j, "port");
        json_u64(j, sock->sport);
    }
    if (sock->family == FAMILY_UNIX) {
        put_path(j, v);
    } else if (sock->addr_len == 0 && v->len > 1) { /* a family whose addresses nobody described */
        json_lit_key(j, "rest");
        json_base64(j, v->bytes + 1, v->len - 1);
    }
    json_object_end(j);
}

static void put_fdlist(struct json_record *r, const struct scapf_value *v)
{
    const struct scapf_flag_set *set = scapf_schema_flags(r->p->schema, "", "poll_flags");
    struct json *j = &r->j;
    int64_t fd;
    uint16_t flags;

    json_array(j);
    for (uint32_t k = 0; scapf_value_fd(v, k, &fd, &flags); k++) {
        json_object(j);
        json_lit_key(j, "fd");
        json_i64(j, fd);
        json_lit_key(j, "flags");
        json_flags(j, flags, set);
        json_object_end(j);
    }
    json_array_end(j);
}

static void put_null(struct json_record *r, struct json_note *note, const char *why)
{
    note->null = why;
    json_null(&r->j);
}

/* The value without its wrapping as a variant. */
static void put_plain(struct json_record *r, const struct scapf_value *v, struct json_note *note)
{
    switch (v->kind) {
    case SCAPF_VALUE_EMPTY:
        put_null(r, note, "empty");
        break;
    case SCAPF_VALUE_NULL:
        put_null(r, note, "(NULL)");
        break;
    case SCAPF_VALUE_SIGNED:
    case SCAPF_VALUE_UNSIGNED:
        (numbers[v->type] != NULL ? numbers[v->type] : put_number)(r, v, note);
        break;
    case SCAPF_VALUE_TEXT:
        json_text(&r->j, v->bytes, v->len);
        break;
    case SCAPF_VALUE_BYTES:
    case SCAPF_VALUE_MALFORMED:
        put_bytes(r, v);
        break;
    case SCAPF_VALUE_ADDRESS:
        if (v->type == SCAPF_PT_IPV4ADDR || v->type == SCAPF_PT_IPV6ADDR) {
            json_ip(&r->j, v->bytes, v->len);
            break;
        }
        put_sock(r, v);
        break;
    case SCAPF_VALUE_TUPLE:
        put_sock(r, v);
        break;
    case SCAPF_VALUE_FDLIST:
        put_fdlist(r, v);
        break;
    }
}

void json_value(struct json_record *r, const struct scapf_value *v, struct json_note *note)
{
    if (v->variant < 0) {
        put_plain(r, v, note);
        return;
    }
    json_object(&r->j);
    json_lit_key(&r->j, "variant");
    json_cstring(&r->j, v->info->variants->variants[v->variant].name);
    json_lit_key(&r->j, "value");
    put_plain(r, v, note);
    json_object_end(&r->j);
}
