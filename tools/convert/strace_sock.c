/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strace_sock.c - sockets: addresses in arguments, what -y and -yy note behind a descriptor, and
 * the pairs of addresses that events carry.
 */
#include <arpa/inet.h>
#include <string.h>

#include "strace_conv.h"
#include "synth_mem.h"

enum { FAMILY_UNIX = 1, FAMILY_IP4 = 2, FAMILY_IP6 = 10, FAMILY_NETLINK = 16 };

/* ------------------------------------------------------------------ addresses */

static bool parse_ip(struct synth_end *end, int family, const char *text, size_t len)
{
    char copy[64];

    if (len >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (inet_pton(family, copy, end->ip) != 1) {
        return false;
    }
    end->family = family == AF_INET ? FAMILY_IP4 : FAMILY_IP6;
    return true;
}

struct synth_end sock_end(const char *text, size_t len)
{
    struct synth_end end = {0};
    const char *colon = memrchr(text, ':', len);
    size_t host = colon != NULL ? (size_t)(colon - text) : 0;
    uint32_t port = 0;
    bool ok;

    if (colon == NULL) {
        return end;
    }
    for (size_t i = host + 1; i < len && text[i] >= '0' && text[i] <= '9' && port < 65536; i++) {
        port = port * 10 + (uint32_t)(text[i] - '0');
    }
    if (host >= 2 && text[0] == '[' && text[host - 1] == ']') {
        ok = parse_ip(&end, AF_INET6, text + 1, host - 2);
    } else {
        ok = parse_ip(&end, AF_INET, text, host);
    }
    end.port = ok ? (uint16_t)port : 0;
    return end;
}

/* The first string below a function: inet_addr("1.2.3.4"), inet_pton(AF_INET6, "::1", ...) */
static const struct strace_node *inner_string(const struct strace_item *item,
                                              const struct strace_node *node)
{
    const struct strace_node *at = strace_child(item, node, 0);

    while (at->kind != STRACE_N_NONE && at->kind != STRACE_N_STRING) {
        at = strace_sibling(item, at);
    }
    return at;
}

static bool parse_ip_node(struct conv *c, struct synth_end *end, int family,
                          const struct strace_node *node)
{
    const struct strace_node *text =
        node->kind == STRACE_N_FUNC ? inner_string(c->item, node) : node;
    uint8_t buf[64];
    uint64_t value;
    size_t len;

    if (text->kind == STRACE_N_STRING) {
        len = strace_string(c->item, text, buf, sizeof(buf), NULL);
        return len <= sizeof(buf) && parse_ip(end, family, (const char *)buf, len);
    }
    if (family == AF_INET && take_number(c, node, &value)) { /* htonl(INADDR_ANY) */
        for (int i = 0; i < 4; i++) {
            end->ip[i] = (uint8_t)(value >> (24 - 8 * i));
        }
        end->family = FAMILY_IP4;
        return true;
    }
    return false;
}

/* inet_pton(AF_INET6, "::1", &sin6_addr) stands instead of a field. */
static const struct strace_node *ip6_node(const struct conv *c, const struct strace_node *node)
{
    const struct strace_node *at = strace_field(c->item, node, "sin6_addr");

    if (at->kind != STRACE_N_NONE) {
        return at;
    }
    for (at = strace_child(c->item, node, 0); at->kind != STRACE_N_NONE;
         at = strace_sibling(c->item, at)) {
        if (at->kind == STRACE_N_FUNC &&
            strace_span_is(c->item, strace_func(c->item, at), "inet_pton")) {
            break;
        }
    }
    return at;
}

static void unix_path(struct conv *c, const struct strace_node *node, struct synth_text *path)
{
    const struct strace_node *at = strace_field(c->item, node, "sun_path");
    uint8_t buf[256];
    size_t len;

    if (at->kind == STRACE_N_NONE) {
        at = strace_field(c->item, node, "path"); /* before 4.7 */
    }
    if (path == NULL || at->kind != STRACE_N_STRING) {
        return;
    }
    /* abstract names lose their leading NUL [scap 11] */
    len = strace_string(c->item, at, buf, sizeof(buf), NULL);
    len = len < sizeof(buf) ? len : sizeof(buf);
    (void)synth_set(c->s, path, (const char *)buf, strnlen((const char *)buf, len));
}

struct synth_end sock_address(struct conv *c, const struct strace_node *node,
                              struct synth_text *path)
{
    struct synth_end end = {0};
    const struct strace_node *family;
    uint64_t port = 0;

    if (node->kind == STRACE_N_PAIR) {
        node = strace_child(c->item, node, 1);
    }
    if (node->kind != STRACE_N_STRUCT) {
        return end;
    }
    family = strace_field(c->item, node, "sa_family");
    if (strace_is(c->item, family, "AF_INET")) {
        (void)parse_ip_node(c, &end, AF_INET, strace_field(c->item, node, "sin_addr"));
        (void)take_number(c, strace_field(c->item, node, "sin_port"), &port);
    } else if (strace_is(c->item, family, "AF_INET6")) {
        (void)parse_ip_node(c, &end, AF_INET6, ip6_node(c, node));
        (void)take_number(c, strace_field(c->item, node, "sin6_port"), &port);
    } else if (strace_is(c->item, family, "AF_UNIX") || strace_is(c->item, family, "AF_LOCAL") ||
               strace_is(c->item, family, "AF_FILE")) {
        end.family = FAMILY_UNIX;
        unix_path(c, node, path);
    }
    end.port = (uint16_t)port;
    return end;
}

/* ------------------------------------------------------------------ annotations */

static void keep_name(struct conv *c, struct synth_fd *fd, const char *prefix, const char *text,
                      size_t len)
{
    uint8_t buf[4096];
    size_t head = strlen(prefix);
    size_t n;

    memcpy(buf, prefix, head);
    n = strace_unescape(text, len, buf + head, sizeof(buf) - head);
    n = head + (n < sizeof(buf) - head ? n : sizeof(buf) - head);
    (void)synth_set(c->s, &fd->name, (const char *)buf, n);
}

/* Same name as before? Then nothing has to be copied. */
static bool has_name(const struct synth_fd *fd, const char *text, size_t len)
{
    return fd->name.len == len && len > 0 && memcmp(fd->name.at, text, len) == 0;
}

static void note_socket(struct conv *c, struct synth_fd *fd, const struct strace_annot *a)
{
    static const struct {
        const char *name;
        uint8_t family, l4;
    } protos[] = {
        {"TCPv6", FAMILY_IP6, 2},       {"TCP", FAMILY_IP4, 2},    {"UDPv6", FAMILY_IP6, 3},
        {"UDP", FAMILY_IP4, 3},         {"ICMPv6", FAMILY_IP6, 4}, {"PING", FAMILY_IP4, 4},
        {"RAWv6", FAMILY_IP6, 5},       {"RAW", FAMILY_IP4, 5},    {"UNIX", FAMILY_UNIX, 0},
        {"NETLINK", FAMILY_NETLINK, 0},
    };
    const char *proto = strace_span_text(c->item, a->proto);

    for (size_t i = 0; a->proto.len > 0 && i < sizeof(protos) / sizeof(protos[0]); i++) {
        if (strncmp(protos[i].name, proto, strlen(protos[i].name)) == 0) {
            fd->family = protos[i].family;
            fd->l4 = protos[i].l4;
            break;
        }
    }
    if (a->local.len > 0) {
        fd->local = sock_end(strace_span_text(c->item, a->local), a->local.len);
    }
    if (a->remote.len > 0) {
        fd->remote = sock_end(strace_span_text(c->item, a->remote), a->remote.len);
    }
    fd->ino = a->has_inode ? a->inode : fd->ino;
    fd->peer = a->has_peer_inode ? a->peer_inode : fd->peer;
    if (fd->family == FAMILY_UNIX) {
        fd->type = SYNTH_FD_UNIX;
    } else if (fd->family == FAMILY_NETLINK) {
        fd->type = SYNTH_FD_NETLINK;
    } else if (fd->local.family == FAMILY_IP4) {
        fd->type = fd->remote.family != 0 ? SYNTH_FD_IPV4 : SYNTH_FD_SERVER4;
    } else if (fd->local.family == FAMILY_IP6) {
        fd->type = fd->remote.family != 0 ? SYNTH_FD_IPV6 : SYNTH_FD_SERVER6;
    }
}

static uint8_t anon_type(const char *text, size_t len)
{
    static const struct {
        const char *name;
        uint8_t type;
    } kinds[] = {
        {"eventfd", SYNTH_FD_EVENT},   {"eventpoll", SYNTH_FD_EPOLL}, {"signalfd", SYNTH_FD_SIGNAL},
        {"inotify", SYNTH_FD_INOTIFY}, {"timerfd", SYNTH_FD_TIMER},
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (memmem(text, len, kinds[i].name, strlen(kinds[i].name)) != NULL) {
            return kinds[i].type;
        }
    }
    return SYNTH_FD_OTHER;
}

void sock_annotate(struct conv *c, const struct strace_node *node, struct synth_fd *fd)
{
    struct strace_annot a;
    const char *text;

    if (node->note == 0 || !strace_annot(c->item, node, &a)) {
        return;
    }
    text = strace_span_text(c->item, a.path);
    switch (a.kind) {
    case STRACE_A_PATH:
    case STRACE_A_DEVICE:
        fd->type = SYNTH_FD_FILE;
        break;
    case STRACE_A_PIPE:
        fd->type = SYNTH_FD_PIPE;
        fd->ino = a.has_inode ? a.inode : 0;
        text = strace_text(c->item, strace_note(c->item, node, STRACE_N_ANNOT), &(size_t){0});
        break;
    case STRACE_A_SOCKET:
        note_socket(c, fd, &a);
        break;
    case STRACE_A_ANON:
        fd->type = anon_type(text, a.path.len);
        break;
    case STRACE_A_SIGNALFD:
        fd->type = SYNTH_FD_SIGNAL;
        break;
    case STRACE_A_EVENTFD:
        fd->type = SYNTH_FD_EVENT;
        break;
    case STRACE_A_NONE:
    case STRACE_A_PIDFD:
    case STRACE_A_OTHER:
        return;
    }
    if (a.kind == STRACE_A_PIPE) {
        char name[40];
        int n = snprintf(name, sizeof(name), "pipe:[%llu]", (unsigned long long)fd->ino);

        (void)synth_set(c->s, &fd->name, name, (size_t)n);
    } else if (a.path.len > 0 && !has_name(fd, text, a.path.len)) {
        keep_name(c, fd, a.kind == STRACE_A_ANON ? "anon_inode:" : "", text, a.path.len);
    }
}

/* ------------------------------------------------------------------ parameters */

static size_t put_end(uint8_t *to, const struct synth_end *end, uint8_t family)
{
    size_t width = family == FAMILY_IP4 ? 4 : 16;

    memcpy(to, end->ip, width);
    to[width] = (uint8_t)end->port;
    to[width + 1] = (uint8_t)(end->port >> 8);
    return width + 2;
}

static size_t put_path(uint8_t *to, const struct synth_text *path)
{
    size_t len = path->len < 256 ? path->len : 256;

    if (len > 0) {
        memcpy(to, path->at, len);
    }
    to[len] = 0;
    return len + 1;
}

size_t sock_put_address(struct conv *c, const struct strace_node *node)
{
    struct synth_end end;

    c->path.len = 0;
    end = sock_address(c, node, &c->path);
    c->buf[0] = end.family;
    switch (end.family) {
    case FAMILY_IP4:
    case FAMILY_IP6:
        return 1 + put_end(c->buf + 1, &end, end.family);
    case FAMILY_UNIX:
        return 1 + put_path(c->buf + 1, &c->path);
    default:
        c->lossy = c->lossy || node->kind == STRACE_N_STRUCT;
        return 0;
    }
}

/* Source to destination of the data. An end that is not known is all zero [strace 2, Sockets]. */
static size_t put_pair(struct conv *c, const struct synth_fd *fd, const struct synth_end *from,
                       const struct synth_end *to, bool inbound)
{
    uint8_t family = from->family != 0 ? from->family : to->family;
    uint64_t keys[2] = {inbound ? fd->peer : fd->ino, inbound ? fd->ino : fd->peer};
    size_t len = 1;

    if (family == 0 && fd->family == FAMILY_UNIX) {
        family = FAMILY_UNIX;
    }
    c->buf[0] = family;
    if (family == FAMILY_IP4 || family == FAMILY_IP6) {
        len += put_end(c->buf + len, from, family);
        return len + put_end(c->buf + len, to, family);
    }
    if (family != FAMILY_UNIX || (keys[0] == 0 && keys[1] == 0 && c->path.len == 0)) {
        return 0;
    }
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < 8; i++) {
            c->buf[len++] = (uint8_t)(keys[k] >> 8 * i);
        }
    }
    return len + put_path(c->buf + len, &c->path);
}

/* What is known of the socket: what the log showed so far, and what stands behind the number. */
static struct synth_fd socket_of(struct conv *c, const struct strace_node *node, int64_t number)
{
    const struct synth_fd *kept = synth_fd(c->thread->proc, number);
    struct synth_fd fd = kept != NULL && kept->open ? *kept : (struct synth_fd){.fd = number};

    fd.name = (struct synth_text){0};
    sock_annotate(c, node, &fd);
    if (fd.name.at != NULL || (kept != NULL && kept->open && kept->family == FAMILY_UNIX)) {
        const struct synth_text *name = fd.name.at != NULL ? &fd.name : &kept->name;

        (void)synth_set(c->s, &c->path, name->at, name->len);
    }
    synth_text_drop(c->s, &fd.name);
    return fd;
}

size_t sock_put_pair(struct conv *c, const struct scapf_take *take)
{
    bool returned = take->how == SCAPF_TAKE_RETURNED;
    bool inbound = take->how != SCAPF_TAKE_DEST;
    const struct strace_node *node =
        returned ? strace_at(c->item, c->item->ret.node) : strace_arg(c->item, 0);
    int64_t number = returned ? c->result : take_fd(c, node);
    struct synth_end peer;
    struct synth_fd fd;

    if (c->item->kind == STRACE_CALL && c->result < 0 &&
        (returned || (c->result != -115 && c->call->row->exit == 23))) { /* EINPROGRESS, connect */
        return 0;
    }
    c->path.len = 0;
    fd = socket_of(c, node, number);
    peer = sock_address(c, take_node(c, take), &c->path);
    if (peer.family == 0) {
        peer = fd.remote;
    }
    if (returned && fd.local.family == 0) {
        const struct strace_node *listener = strace_arg(c->item, 0);

        fd.local = socket_of(c, listener, take_fd(c, listener)).local;
    }
    if (peer.family == 0 && fd.family != FAMILY_UNIX) {
        return 0;
    }
    return inbound ? put_pair(c, &fd, &peer, &fd.local, true)
                   : put_pair(c, &fd, &fd.local, &peer, false);
}
