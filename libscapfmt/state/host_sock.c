/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_sock.c - sockets: what they are, and whose addresses they carry.
 *
 * Addresses are kept client first: the name reads "client->server" on both sides, whoever sent.
 */
#include "state/host.h"

#include "bytes/addr.h"

#include <string.h>

#define AF_UNIX_NR    1
#define AF_INET_NR    2
#define AF_INET6_NR   10
#define AF_NETLINK_NR 16

#define LINUX_SOCK_CLOEXEC 0x80000
#define LINUX_EINPROGRESS  115

/* ------------------------------------------------------------------ addresses */

static uint8_t type_of_family(int64_t family)
{
    switch (family) {
    case AF_UNIX_NR:
        return FDT_UNIX;
    case AF_INET_NR:
        return FDT_IPV4;
    case AF_INET6_NR:
        return FDT_IPV6;
    case AF_NETLINK_NR:
        return FDT_NETLINK;
    default:
        return FDT_UNSUPPORTED;
    }
}

/* IPv6 addresses that stand for IPv4 ones are kept as those. [libsinsp] */
static void set_ip(struct sock *s, const struct scapf_sock *from)
{
    size_t skip = 0;
    uint8_t len = from->addr_len;

    if (len == 16 && from->dst != NULL && addr_is_mapped(from->src) && addr_is_mapped(from->dst)) {
        skip = 12;
        len = 4;
    }
    s->addr_len = len;
    s->family = len == 4 ? AF_INET_NR : AF_INET6_NR;
    s->has_dst = from->dst != NULL;
    out_copy(s->src, from->src + skip, len);
    if (from->dst != NULL) {
        out_copy(s->dst, from->dst + skip, len);
    }
    s->sport = from->sport;
    s->dport = from->dport;
}

static void set_unix(struct sock *s, const struct scapf_sock *from)
{
    s->family = AF_UNIX_NR;
    s->addr_len = 8;
    memcpy(s->src, &from->src_key, sizeof(from->src_key));
    memcpy(s->dst, &from->dst_key, sizeof(from->dst_key));
}

/* "source->destination path", as the event shows it. */
static uint32_t unix_name(struct scapf_host *h, const struct scapf_sock *from)
{
    struct out *o = &h->scratch;

    out_clear(o);
    out_hex(o, from->src_key, false);
    out_lit(o, "->");
    out_hex(o, from->dst_key, false);
    out_char(o, ' ');
    out_bytes(o, from->path, from->path_len);
    return host_scratch_str(h);
}

/* The name a socket with these addresses has. */
static uint32_t peer_name(struct scapf_host *h, const struct scapf_sock *from)
{
    struct out *o = &h->scratch;

    if (from->path != NULL) {
        return unix_name(h, from);
    }
    out_clear(o);
    if (from->dst != NULL) {
        out_ip_tuple(o, from->addr_len, from->src, from->sport, from->dst, from->dport);
    } else {
        out_ip_port(o, from->src, from->addr_len, from->sport);
    }
    return host_scratch_str(h);
}

void host_set_sock(struct scapf_host *h, struct file *file, const struct scapf_value *v)
{
    static const struct sock unknown;
    struct sock *s = file_sock(&h->fds, file);

    if (s == NULL) {
        return;
    }
    *s = unknown;
    if (v->sock.path != NULL) {
        set_unix(s, &v->sock);
        if (v->kind == SCAPF_VALUE_TUPLE) {
            file_rename(&h->fds, file, unix_name(h, &v->sock));
        } else {
            file_rename(&h->fds, file, str_put(&h->strs, v->sock.path, v->sock.path_len));
        }
    } else if (v->sock.src != NULL) {
        set_ip(s, &v->sock);
        file_rename(&h->fds, file, 0); /* made from the addresses when asked for */
    }
}

/* Addresses in the tuple that a call on this socket carries. */
static bool address(struct scapf_host *h, enum arg arg, struct scapf_value *v)
{
    return host_arg(h, arg, v) &&
           (v->kind == SCAPF_VALUE_TUPLE || v->kind == SCAPF_VALUE_ADDRESS) &&
           (v->sock.src != NULL || v->sock.path != NULL);
}

/* The file of the descriptor this exit is about; made when nothing was known of it. */
static struct file *used_file(struct scapf_host *h, uint8_t type)
{
    int64_t fd = host_used_fd(h);
    uint32_t slot = 0;

    if (fd == NO_FD) {
        return NULL;
    }
    if (h->thread != NULL) {
        slot = fdtab_get(&h->fds, host_fds(h->thread), fd);
    }
    return slot != 0 ? file_at(&h->fds, slot) : host_new_fd(h, fd, type, 0);
}

/* ------------------------------------------------------------------ making sockets */

/* [libsinsp parsers.cpp add_socket] Protocol 0 means the usual one of the type. */
static uint8_t protocol_of(int64_t type, int64_t proto)
{
    static const struct {
        int64_t type, proto;
        uint8_t l4;
    } rows[] = {{-1, 6, L4_TCP}, {-1, 17, L4_UDP}, {-1, 1, L4_ICMP},
                {1, 0, L4_TCP},  {2, 0, L4_UDP},   {3, -1, L4_RAW}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if ((rows[i].type < 0 || rows[i].type == (type & 0xF)) &&
            (rows[i].proto < 0 || rows[i].proto == proto)) {
            return rows[i].l4;
        }
    }
    return L4_UNKNOWN;
}

void on_socket(struct scapf_host *h, int what)
{
    int64_t fd;
    int64_t domain;
    int64_t type = 0;
    int64_t proto = 0;
    struct file *file;

    (void)what;
    if (!host_arg_int(h, ARG_fd, &fd) || fd < 0) {
        return;
    }
    if (!host_arg_int(h, ARG_domain, &domain)) {
        host_share_fd(h, fd, 0, 0); /* something new of which nothing is known */
        return;
    }
    (void)host_arg_int(h, ARG_type, &type);
    (void)host_arg_int(h, ARG_proto, &proto);
    file = host_new_fd(h, fd, type_of_family(domain),
                       (type & LINUX_SOCK_CLOEXEC) != 0 ? FD_CLOEXEC : 0);
    if (file != NULL) {
        file->name = str_put(&h->strs, "", 0);
        if (domain == AF_INET_NR || domain == AF_INET6_NR) {
            file->l4proto = protocol_of(type, proto);
        }
    }
}

void on_socketpair(struct scapf_host *h, int what)
{
    static const enum arg fds[] = {ARG_fd1, ARG_fd2};
    struct scapf_sock addr = {.path = (const uint8_t *)""};
    int64_t key = 0;
    int64_t fd;

    (void)what;
    if (!host_succeeded(h)) {
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        struct file *file = host_arg_int(h, fds[i], &fd) ? host_new_fd(h, fd, FDT_UNIX, 0) : NULL;
        struct sock *s = file != NULL ? file_sock(&h->fds, file) : NULL;

        if (s != NULL) {
            addr.src_key =
                host_arg_int(h, i == 0 ? ARG_source : ARG_peer, &key) ? (uint64_t)key : 0;
            addr.dst_key =
                host_arg_int(h, i == 0 ? ARG_peer : ARG_source, &key) ? (uint64_t)key : 0;
            set_unix(s, &addr);
            file->name = str_put(&h->strs, "", 0);
        }
    }
}

/* ------------------------------------------------------------------ bind, connect, accept */

void on_bind(struct scapf_host *h, int what)
{
    struct scapf_value v;
    struct file *file;

    (void)what;
    if (!host_succeeded(h) || !address(h, ARG_addr, &v)) {
        return;
    }
    file = used_file(h, type_of_family(v.sock.family));
    if (file == NULL) {
        return;
    }
    host_set_sock(h, file, &v);
    if (v.sock.src != NULL && v.sock.sport != 0) { /* a port of its own: it will be called */
        file->server = true;
        file->type = v.sock.family == AF_INET6_NR ? FDT_IPV6_SERVER : FDT_IPV4_SERVER;
    }
}

/* A connection that is being made counts as one. */
void on_connect(struct scapf_host *h, int what)
{
    struct scapf_value v;
    struct file *file;
    int64_t res;

    (void)what;
    if (!host_arg_int(h, ARG_res, &res) || !address(h, ARG_tuple, &v)) {
        return;
    }
    if (res < 0 && res != -LINUX_EINPROGRESS) {
        h->wanted = peer_name(h, &v.sock);
        return;
    }
    file = used_file(h, type_of_family(v.sock.family));
    if (file != NULL) {
        host_set_sock(h, file, &v);
        file->client = true;
        file->server = false;
        file->type = type_of_family(
            file_sock(&h->fds, file) != NULL ? file_sock(&h->fds, file)->family : v.sock.family);
    }
}

void on_accept(struct scapf_host *h, int what)
{
    struct scapf_value v;
    struct file *file;
    int64_t fd;
    int64_t flags = 0;

    (void)what;
    if (!host_arg_int(h, ARG_fd, &fd) || fd < 0) {
        return;
    }
    if (!address(h, ARG_tuple, &v)) {
        host_share_fd(h, fd, 0, 0);
        return;
    }
    (void)host_arg_int(h, ARG_flags, &flags);
    file = host_new_fd(h, fd, type_of_family(v.sock.family),
                       (flags & LINUX_SOCK_CLOEXEC) != 0 ? FD_CLOEXEC : 0);
    if (file == NULL) {
        return;
    }
    host_set_sock(h, file, &v);
    file->server = true;
    if (v.sock.src != NULL) {
        file->l4proto = L4_TCP;
        file->type =
            type_of_family(file->sock != 0 ? file_sock(&h->fds, file)->family : v.sock.family);
    }
}

/* ------------------------------------------------------------------ sending and receiving */

static void swap_ends(struct sock *s)
{
    uint8_t addr[sizeof(s->src)];
    uint16_t port = s->sport;

    memcpy(addr, s->src, sizeof(addr));
    memcpy(s->src, s->dst, sizeof(addr));
    memcpy(s->dst, addr, sizeof(addr));
    s->sport = s->dport;
    s->dport = port;
}

/* The process has a socket bound to this port: who sends there is a client. Port 0 is none: the
 * kernel chooses one that no event tells of. */
static bool owns_port(struct scapf_host *h, uint16_t port)
{
    uint64_t position = 0;
    uint32_t slot;
    int64_t fd;
    uint32_t looked = 0;

    while (port != 0 && looked++ < 256 &&
           fdtab_next(&h->fds, host_fds(h->thread), &position, &fd, &slot)) {
        const struct file *file = file_at(&h->fds, slot);

        if ((file->type == FDT_IPV4_SERVER || file->type == FDT_IPV6_SERVER) && file->sock != 0 &&
            ((const struct sock *)pool_at(&h->fds.socks, file->sock))->sport == port) {
            return true;
        }
    }
    return false;
}

/* It was bound, or it would have no address before its first datagram. When that one came in, the
 * port must have been told to somebody: it is called. */
static bool is_called(struct scapf_host *h, const struct file *file)
{
    const struct sock *s = file->sock != 0 ? pool_at(&h->fds.socks, file->sock) : NULL;

    return s != NULL && s->family != AF_UNIX_NR && !s->has_dst;
}

/* The addresses a datagram carried become those of the socket. received: the tuple runs from the
 * other end to this one. */
static void take_ends(struct scapf_host *h, struct file *file, const struct scapf_value *v,
                      bool received)
{
    struct sock *s;

    if (!file->server && !file->client) {
        file->server = owns_port(h, received ? v->sock.dport : v->sock.sport) ||
                       (received && is_called(h, file));
        file->client = !file->server;
    }
    host_set_sock(h, file, v);
    s = file->sock != 0 ? file_sock(&h->fds, file) : NULL;
    if (s == NULL) {
        return;
    }
    if (file->server != received) {
        swap_ends(s);
    }
    file->type = s->family == AF_INET_NR ? FDT_IPV4 : FDT_IPV6;
    if (file->l4proto == L4_UNKNOWN) {
        file->l4proto = L4_UDP; /* TCP would not let an address change */
    }
}

/* what: 1 = received. A connected TCP socket has its addresses already. */
void on_transfer(struct scapf_host *h, int what)
{
    struct scapf_value v;
    struct file *file;

    if (!host_succeeded(h) || !address(h, ARG_tuple, &v)) {
        return;
    }
    file = used_file(h, type_of_family(v.sock.family));
    if (file == NULL || (file->l4proto == L4_TCP && file->sock != 0)) {
        return;
    }
    if (v.sock.path != NULL) {
        host_set_sock(h, file, &v);
        file_rename(&h->fds, file, str_put(&h->strs, v.sock.path, v.sock.path_len));
        file->type = FDT_UNIX;
    } else if (v.sock.dst != NULL) {
        take_ends(h, file, &v, what == 1);
    }
}

/* Sockets that the kernel's iterator found; local is this end. */
void on_task_socket(struct scapf_host *h, int what)
{
    struct scapf_value local;
    struct scapf_value remote;
    struct scapf_value ends = {.kind = SCAPF_VALUE_TUPLE};
    int64_t v = 0;
    int64_t fd;
    struct file *file = host_arg_int(h, ARG_fd, &fd) ? host_new_fd(h, fd, (uint8_t)what, 0) : NULL;

    if (file == NULL) {
        return;
    }
    if (host_arg_int(h, ARG_ino_num, &v)) {
        file->ino = (uint64_t)v;
    }
    file->l4proto = host_arg_int(h, ARG_sk_proto, &v) ? protocol_of(0, v) : 0;
    if (what == FDT_UNIX) {
        file->name = host_arg_str(h, ARG_sun_path);
    }
    if ((what == FDT_IPV4 || what == FDT_IPV6) && host_arg(h, ARG_local_ip, &local) &&
        host_arg(h, ARG_remote_ip, &remote) && local.len == remote.len &&
        local.len == (what == FDT_IPV4 ? 4u : 16u)) {
        ends.sock.addr_len = (uint8_t)local.len;
        ends.sock.src = local.bytes;
        ends.sock.dst = remote.bytes;
        ends.sock.sport = host_arg_int(h, ARG_local_port, &v) ? (uint16_t)v : 0;
        ends.sock.dport = host_arg_int(h, ARG_remote_port, &v) ? (uint16_t)v : 0;
        host_set_sock(h, file, &ends);
    }
}
