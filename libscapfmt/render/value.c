/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value.c - one row a parameter type: how its value is written, and what it resolves to.
 *
 * The rules are those of libsinsp's event.cpp as scap.md 12 and 13 verified them on real captures.
 * Where releases differ the current one is followed. So sysdig 0.29.3 differs in: an empty buffer
 * (nothing there, NULL here), an empty address (NULL, <NA>), an empty or "(NULL)" path (text left
 * over from the parameter before, <NA>), and bytes of paths beyond ASCII (dropped, kept).
 */
#include "render/value.h"

#include "base/mem.h"
#include "bytes/addr.h"
#include "render/clock.h"
#include "state/host.h"

#include <stdio.h>

#define AT_FDCWD_NUMBER (-100)

/* ------------------------------------------------------------------ numbers */

static void put_octal(struct out *o, uint64_t v)
{
    char digits[24];
    size_t at = sizeof(digits);

    if (v == 0) {
        out_char(o, '0');
        return;
    }
    for (; v != 0; v >>= 3) {
        digits[--at] = (char)('0' + (v & 7));
    }
    digits[--at] = '0';
    out_bytes(o, digits + at, sizeof(digits) - at);
}

/* As printf("%09d") does: the sign counts as a digit. */
static void put_padded(struct out *o, int64_t v)
{
    if (v < 0) {
        out_char(o, '-');
        out_udec_pad(o, 0 - (uint64_t)v, 8);
    } else {
        out_udec_pad(o, (uint64_t)v, 9);
    }
}

/* Narrow integers are promoted to 32 bits, then printed with a signed conversion whatever their
 * type: an unsigned 32 or 64 bit value above the middle comes out negative. [libsinsp
 * SET_NUMERIC_FORMAT] */
static void put_number(struct out *o, const struct scapf_value *v, bool wide)
{
    uint64_t bits = wide ? v->u : v->kind == SCAPF_VALUE_SIGNED ? (uint32_t)v->i : (uint32_t)v->u;
    int64_t number = wide ? (int64_t)bits : (int32_t)(uint32_t)bits;

    if (wide && v->kind == SCAPF_VALUE_SIGNED) {
        bits = (uint64_t)v->i;
        number = v->i;
    }
    if (v->fmt == SCAPF_PF_HEX) {
        out_hex(o, bits, true);
    } else if (v->fmt == SCAPF_PF_OCT) {
        put_octal(o, bits);
    } else if (v->fmt == SCAPF_PF_10_PADDED_DEC) {
        put_padded(o, number);
    } else {
        out_dec(o, number);
    }
}

static void text_int32(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    (void)ctx;
    put_number(o, v, false);
}

static void text_int64(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    (void)ctx;
    put_number(o, v, true);
}

static void text_dec(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    (void)ctx;
    out_dec(o, v->i);
}

static void text_udec(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    (void)ctx;
    out_udec(o, v->u);
}

/* ------------------------------------------------------------------ errno, signals, calls */

static bool put_name(struct out *o, const char *name)
{
    if (name != NULL) {
        out_str(o, name);
    }
    return name != NULL;
}

static bool resolve_errno_of(struct out *o, const struct value_ctx *ctx, int64_t v)
{
    return v < 0 && v >= -(int64_t)INT32_MAX &&
           put_name(o, scapf_schema_errno(ctx->schema, (uint32_t)-v));
}

static bool resolve_errno(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    return resolve_errno_of(o, ctx, v->i);
}

static bool resolve_signal(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    return put_name(o, scapf_schema_signal(ctx->schema, (uint32_t)v->u));
}

static bool resolve_syscall(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    return put_name(o, scapf_schema_syscall(ctx->schema, (uint32_t)v->u));
}

/* Bit k is signal k+1; signals without a name are not shown. */
static void text_sigset(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    bool any = false;

    for (uint32_t k = 0; k < 32; k++) {
        const char *name = (v->u >> k & 1) != 0 ? scapf_schema_signal(ctx->schema, k + 1) : NULL;

        if (name != NULL) {
            if (any) {
                out_char(o, ' ');
            }
            out_str(o, name);
            any = true;
        }
    }
}

/* ------------------------------------------------------------------ flags */

static void put_flag(struct out *o, const char *name, bool *any)
{
    if (*any) {
        out_char(o, '|');
    }
    out_str(o, name);
    *any = true;
}

/* Walk the set in its order. A flag whose bits are all unclaimed claims them; a flag of value 0
 * stands for 0 only; one that is exactly the value ends the walk. */
static bool resolve_flags(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    const struct scapf_flag_set *set = v->info != NULL ? v->info->flags : NULL;
    uint32_t left = (uint32_t)v->u;
    bool any = false;

    (void)ctx;
    for (uint32_t i = 0; set != NULL && i < set->n_flags; i++) {
        uint32_t bits = set->flags[i].value;

        if (bits == (uint32_t)v->u) {
            put_flag(o, set->flags[i].name, &any);
            break;
        }
        if (bits != 0 && (left & bits) == bits) {
            put_flag(o, set->flags[i].name, &any);
            left &= ~bits;
        }
    }
    return any;
}

/* Every name of the value, aliases too. */
static bool resolve_enum(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    const struct scapf_flag_set *set = v->info != NULL ? v->info->flags : NULL;
    bool any = false;

    (void)ctx;
    for (uint32_t i = 0; set != NULL && i < set->n_flags; i++) {
        if (set->flags[i].value == (uint32_t)v->u) {
            put_flag(o, set->flags[i].name, &any);
        }
    }
    return any;
}

/* ------------------------------------------------------------------ descriptors, processes, users
 */

/* [libsinsp fdinfo.cpp get_typechar, sysdig 0.29.3 run] The letter of a descriptor type (scap 8);
 * servers have that of their address family. */
static char fd_letter(uint8_t type)
{
    static const char letters[] = "ofd4646pueXslitnfburmP";

    return type < sizeof(letters) - 1 ? letters[type] : '?';
}

/* [libsinsp event.cpp render_fd] A second letter for the transport of internet sockets. */
static char proto_letter(uint8_t l4proto)
{
    static const char letters[] = {0, 0, 't', 'u', 'i', 'r'};

    return l4proto < sizeof(letters) ? letters[l4proto] : '\0';
}

static bool resolve_fd(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    struct fd_shown fd;
    char letters[4] = {'<', 0, '>', '>'};
    char proto;

    if (v->i == AT_FDCWD_NUMBER) {
        out_lit(o, "AT_FDCWD");
        return true;
    }
    if (v->i < 0) {
        return resolve_errno_of(o, ctx, v->i);
    }
    if (ctx->host == NULL ||
        (value_is_result(ctx->event, v) && !host_makes_fd(ctx->host, ctx->event)) ||
        !host_fd_shown(ctx->host, ctx->event->tid, v->i, &fd)) {
        return false;
    }
    letters[1] = fd_letter(fd.type);
    proto = proto_letter(fd.l4proto);
    letters[2] = proto != '\0' ? proto : '>';
    out_bytes(o, letters, proto != '\0' ? 4 : 3);
    out_bytes(o, fd.name, fd.len);
    return true;
}

static bool resolve_pid(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    const char *comm = ctx->host != NULL ? scapf_host_comm(ctx->host, v->i) : NULL;

    return comm != NULL && comm[0] != '\0' && put_name(o, comm);
}

static void text_id(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    (void)ctx;
    out_dec(o, (int32_t)(uint32_t)v->u);
}

static bool resolve_id(struct out *o, const struct scapf_value *v, const char *name)
{
    if (v->u == UINT32_MAX) {
        out_lit(o, "<NONE>");
    } else {
        out_str(o, name != NULL ? name : "<NA>");
    }
    return true;
}

static bool resolve_uid(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    struct scapf_user user;
    bool known = ctx->host != NULL && scapf_host_user(ctx->host, "", (uint32_t)v->u, &user);

    return resolve_id(o, v, known ? user.name : NULL);
}

static bool resolve_gid(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    struct scapf_user group;
    bool known = ctx->host != NULL && scapf_host_group(ctx->host, "", (uint32_t)v->u, &group);

    return resolve_id(o, v, known ? group.name : NULL);
}

static void text_fdlist(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    int64_t number;
    uint16_t flags;

    for (uint32_t k = 0; scapf_value_fd(v, k, &number, &flags); k++) {
        struct fd_shown fd;
        bool known = ctx->host != NULL && host_fd_shown(ctx->host, ctx->event->tid, number, &fd);

        if (k > 0) {
            out_char(o, ' ');
        }
        out_udec(o, (uint64_t)number);
        out_char(o, ':');
        out_char(o, known ? fd_letter(fd.type) : '?');
        out_hex(o, flags, false);
    }
}

/* ------------------------------------------------------------------ text and buffers */

static void text_bytes(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    (void)ctx;
    out_bytes(o, v->bytes, v->len);
}

/* Printable ASCII, a dot for anything else; beyond the limit the last three become dots. */
static void text_buffer(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    bool cut = ctx->max_buffer != 0 && v->len > ctx->max_buffer;
    uint32_t n = cut ? ctx->max_buffer : v->len;
    uint32_t dots = cut && n > 3 ? 3 : 0;

    out_dotted(o, v->bytes, n - dots);
    out_bytes(o, "...", dots);
}

/* Directory a relative path starts from, NULL when it is not known. */
static const char *base_dir(const struct value_ctx *ctx, const struct scapf_value *v)
{
    struct scapf_thread t;
    struct scapf_value dirfd;
    struct scapf_fd fd;

    if (v->type == SCAPF_PT_FSRELPATH && v->info->dirfd_param >= 0) {
        if (scapf_event_value(ctx->event, (uint32_t)v->info->dirfd_param, &dirfd, NULL) !=
                SCAPF_OK ||
            dirfd.kind != SCAPF_VALUE_SIGNED) {
            return NULL;
        }
        if (dirfd.i != AT_FDCWD_NUMBER) {
            return scapf_host_fd(ctx->host, ctx->event->tid, dirfd.i, &fd) ? fd.name : NULL;
        }
    }
    return scapf_host_thread(ctx->host, ctx->event->tid, &t) ? t.cwd : NULL;
}

/* Append path behind what stands in o since start, taking "." and ".." away. */
static void put_path(struct out *o, size_t start, const uint8_t *path, size_t len)
{
    size_t i = 0;

    while (i < len) {
        size_t n = 0;

        while (i + n < len && path[i + n] != '/') {
            n++;
        }
        if (n == 2 && path[i] == '.' && path[i + 1] == '.') {
            while (o->len > start && o->bytes[--o->len] != '/') {
            }
        } else if (n > 0 && !(n == 1 && path[i] == '.')) {
            out_char(o, '/');
            out_bytes(o, path + i, n);
        }
        i += n + 1;
    }
}

/* The absolute path of a relative one. */
static bool resolve_path(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    const char *dir;
    size_t start = o->len;

    if (ctx->host == NULL || v->info == NULL || v->len == 0 || v->bytes[0] == '/' ||
        (v->len >= 4 && memcmp(v->bytes, "<NA>", 4) == 0)) {
        return false;
    }
    dir = base_dir(ctx, v);
    if (dir == NULL || dir[0] != '/') {
        return false;
    }
    put_path(o, start, (const uint8_t *)dir, strlen(dir));
    put_path(o, start, v->bytes, v->len);
    if (o->len == start) {
        out_char(o, '/');
    }
    return true;
}

bool value_full_path(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    size_t start = o->len;

    if (v->len == 0 || v->bytes[0] != '/') {
        return resolve_path(o, ctx, v);
    }
    put_path(o, start, v->bytes, v->len);
    if (o->len == start) {
        out_char(o, '/');
    }
    return true;
}

/* ------------------------------------------------------------------ addresses */

static void put_family(struct out *o, const struct scapf_sock *sock)
{
    out_lit(o, "family ");
    out_udec(o, sock->family);
}

static void text_sockaddr(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    const struct scapf_sock *sock = &v->sock;

    (void)ctx;
    if (sock->path != NULL) {
        out_bytes(o, sock->path, sock->path_len);
    } else if (sock->src != NULL) {
        out_ip_port(o, sock->src, sock->addr_len, sock->sport);
    } else {
        put_family(o, sock);
    }
}

static void text_socktuple(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    const struct scapf_sock *sock = &v->sock;

    (void)ctx;
    if (sock->path != NULL) {
        out_hex(o, sock->src_key, false);
        out_lit(o, "->");
        out_hex(o, sock->dst_key, false);
        out_char(o, ' ');
        out_bytes(o, sock->path, sock->path_len);
    } else if (sock->src != NULL && sock->dst != NULL) {
        out_ip_tuple(o, sock->addr_len, sock->src, sock->sport, sock->dst, sock->dport);
    } else {
        put_family(o, sock);
    }
}

static void text_ip(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    (void)ctx;
    out_ip(o, v->sock.src, v->sock.addr_len);
}

/* ------------------------------------------------------------------ times */

static void text_reltime(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    (void)ctx;
    if (v->u == UINT64_MAX) {
        out_lit(o, "none");
    } else {
        out_udec(o, v->u);
    }
}

static bool resolve_reltime(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    char text[32];
    int n = snprintf(text, sizeof(text), "%gs", (double)v->u / 1e9);

    (void)ctx;
    if (v->u == UINT64_MAX || n <= 0) {
        return false;
    }
    out_bytes(o, text, (size_t)n);
    return true;
}

static void text_abstime(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    (void)ctx;
    clock_put_date(o, v->u);
}

/* ------------------------------------------------------------------ the table */

static const struct value_row rows[SCAPF_PT_COUNT] = {
    [SCAPF_PT_NONE] = {text_buffer, NULL, false},
    [SCAPF_PT_INT8] = {text_int32, NULL, false},
    [SCAPF_PT_INT16] = {text_int32, NULL, false},
    [SCAPF_PT_INT32] = {text_int32, NULL, false},
    [SCAPF_PT_INT64] = {text_int64, NULL, false},
    [SCAPF_PT_UINT8] = {text_int32, NULL, false},
    [SCAPF_PT_UINT16] = {text_int32, NULL, false},
    [SCAPF_PT_UINT32] = {text_int32, NULL, false},
    [SCAPF_PT_UINT64] = {text_int64, NULL, false},
    [SCAPF_PT_CHARBUF] = {text_bytes, NULL, false},
    [SCAPF_PT_BYTEBUF] = {text_buffer, NULL, true},
    [SCAPF_PT_ERRNO] = {text_dec, resolve_errno, false},
    [SCAPF_PT_SOCKADDR] = {text_sockaddr, NULL, false},
    [SCAPF_PT_SOCKTUPLE] = {text_socktuple, NULL, true},
    [SCAPF_PT_FD] = {text_dec, resolve_fd, false},
    [SCAPF_PT_PID] = {text_dec, resolve_pid, false},
    [SCAPF_PT_FDLIST] = {text_fdlist, NULL, true},
    [SCAPF_PT_FSPATH] = {text_bytes, resolve_path, false},
    [SCAPF_PT_SYSCALLID] = {text_udec, resolve_syscall, false},
    [SCAPF_PT_SIGTYPE] = {text_udec, resolve_signal, false},
    [SCAPF_PT_RELTIME] = {text_reltime, resolve_reltime, false},
    [SCAPF_PT_ABSTIME] = {text_abstime, NULL, false},
    [SCAPF_PT_PORT] = {text_udec, NULL, false},
    [SCAPF_PT_L4PROTO] = {text_udec, NULL, false},
    [SCAPF_PT_SOCKFAMILY] = {text_udec, NULL, false},
    [SCAPF_PT_BOOL] = {text_udec, NULL, false},
    [SCAPF_PT_IPV4ADDR] = {text_ip, NULL, false},
    [SCAPF_PT_DYN] = {text_buffer, NULL, true},
    [SCAPF_PT_FLAGS8] = {text_udec, resolve_flags, false},
    [SCAPF_PT_FLAGS16] = {text_udec, resolve_flags, false},
    [SCAPF_PT_FLAGS32] = {text_udec, resolve_flags, false},
    [SCAPF_PT_UID] = {text_id, resolve_uid, false},
    [SCAPF_PT_GID] = {text_id, resolve_gid, false},
    [SCAPF_PT_DOUBLE] = {text_buffer, NULL, false},
    [SCAPF_PT_SIGSET] = {text_sigset, NULL, false},
    [SCAPF_PT_CHARBUFARRAY] = {text_buffer, NULL, true},
    [SCAPF_PT_CHARBUF_PAIR_ARRAY] = {text_buffer, NULL, true},
    [SCAPF_PT_IPV4NET] = {text_buffer, NULL, false},
    [SCAPF_PT_IPV6ADDR] = {text_ip, NULL, false},
    [SCAPF_PT_IPV6NET] = {text_buffer, NULL, false},
    [SCAPF_PT_IPADDR] = {text_buffer, NULL, false},
    [SCAPF_PT_IPNET] = {text_buffer, NULL, false},
    [SCAPF_PT_MODE] = {text_int32, resolve_flags, false},
    [SCAPF_PT_FSRELPATH] = {text_bytes, resolve_path, false},
    [SCAPF_PT_ENUMFLAGS8] = {text_udec, resolve_enum, false},
    [SCAPF_PT_ENUMFLAGS16] = {text_udec, resolve_enum, false},
    [SCAPF_PT_ENUMFLAGS32] = {text_udec, resolve_enum, false},
    [SCAPF_PT_FD32] = {text_dec, resolve_fd, false},
    [SCAPF_PT_PID32] = {text_dec, resolve_pid, false},
};

const struct value_row *value_row(uint8_t type)
{
    return &rows[type < SCAPF_PT_COUNT ? type : SCAPF_PT_NONE];
}

/* Bytes in hex, cut like a buffer. */
static void put_hex(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    bool cut = ctx->max_buffer != 0 && v->len > ctx->max_buffer;

    out_hex_bytes(o, v->bytes, cut ? ctx->max_buffer : v->len);
    if (cut) {
        out_lit(o, "...");
    }
}

void value_text(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    const struct value_row *row = value_row(v->type);

    if (value_has_type(v)) {
        row->text(o, ctx, v);
    } else if (v->kind == SCAPF_VALUE_EMPTY) {
        out_str(o, row->null_when_empty ? "NULL" : "<NA>");
    } else if (v->kind == SCAPF_VALUE_NULL) {
        out_lit(o, "<NA>");
    } else if (v->kind == SCAPF_VALUE_MALFORMED) {
        out_lit(o, "malformed:");
        put_hex(o, ctx, v);
    } else {
        out_lit(o, "0x");
        put_hex(o, ctx, v);
    }
}

bool value_resolved(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    const struct value_row *row = value_row(v->type);

    return row->resolved != NULL && value_has_type(v) && row->resolved(o, ctx, v);
}
