/* SPDX-License-Identifier: Apache-2.0 */
/*
 * put_sock.c - socket addresses as the kernel has them to those of the format [scap 11]: addresses
 * in network order, ports as numbers, paths with a NUL.
 */
#include <string.h>

#include "bits.h"
#include "put.h"

#define UNIX  1
#define INET  2
#define INET6 10

/* One end. Bytes are borrowed. */
struct end {
    uint16_t family; /* 0: not known */
    const uint8_t *ip;
    uint16_t port;
    const uint8_t *path;
    size_t path_len;
};

/* The text of a unix address: abstract names without their leading NUL. */
static void path_of(struct end *e, const uint8_t *path, size_t len)
{
    if (len > 0 && path[0] == 0) {
        path++;
        len--;
    }
    e->path = path;
    e->path_len = strnlen((const char *)path, len);
}

/* [ip(7), ipv6(7), unix(7)] struct sockaddr */
static struct end end_of(const struct part *part)
{
    struct end e = {0};

    if (part->at == NULL || part->len < 2) {
        return e;
    }
    e.family = (uint16_t)put_get(part->at, 2);
    if (e.family == UNIX) {
        path_of(&e, part->at + 2, part->len - 2);
    } else if ((e.family == INET && part->len >= 8) || (e.family == INET6 && part->len >= 24)) {
        e.port = (uint16_t)(part->at[2] << 8 | part->at[3]);
        e.ip = part->at + (e.family == INET ? 4 : 8);
    } else {
        e.family = 0;
    }
    return e;
}

static size_t ip_len(uint16_t family)
{
    return family == INET6 ? 16 : 4;
}

static size_t add_ip(uint8_t *to, const struct end *e, uint16_t family)
{
    size_t n = ip_len(family);

    memcpy(to, e->ip, n);
    put_pack(to + n, e->port, 2);
    return n + 2;
}

static size_t add_path(uint8_t *to, const struct end *e)
{
    if (e->path_len > 0) {
        memcpy(to, e->path, e->path_len);
    }
    to[e->path_len] = 0;
    return e->path_len + 1;
}

void put_address(struct put *p, const struct rec_param *param)
{
    static const struct part none;
    const struct part *part = param->op < REC_OPS ? &p->parts[param->op] : &none;
    struct end e = end_of(part);
    size_t len = 1;

    p->counts->faults += (part->flags & REC_C_FAULT) != 0;
    p->buf[0] = (uint8_t)e.family;
    if (e.family == 0 || (e.family == UNIX && e.path_len == 0)) {
        put_bytes(p, NULL, 0);
        return;
    }
    len += e.family == UNIX ? add_path(p->buf + 1, &e) : add_ip(p->buf + 1, &e, e.family);
    put_bytes(p, p->buf, len);
}

/* The path is that of the end it goes to; where that has none, that of the other. */
static void put_unix(struct put *p, const struct rec_file *file, const struct end *named,
                     bool towards)
{
    struct end e = {.family = UNIX};
    size_t len = 17;

    path_of(&e, file->path,
            file->path_len < sizeof(file->path) ? file->path_len : sizeof(file->path));
    if (named->family == UNIX && named->path_len > 0 &&
        (towards || file->peer_path != 0 || e.path_len == 0)) {
        e = *named;
    }
    p->buf[0] = UNIX;
    put_pack(p->buf + 1, towards ? file->source : file->peer, 8);
    put_pack(p->buf + 9, towards ? file->peer : file->source, 8);
    len += add_path(p->buf + 17, &e);
    put_bytes(p, p->buf, len);
}

void put_pair(struct put *p, const struct rec_param *param)
{
    const struct part *part = param->op2 < REC_OPS ? &p->parts[param->op2] : NULL;
    bool towards = param->from == REC_FROM_DEST;
    struct end remote = {0};
    struct end local = {0};
    struct rec_file file;
    size_t len = 1;

    if (part == NULL || part->at == NULL || part->len < sizeof(file)) {
        put_bytes(p, NULL, 0);
        return;
    }
    memcpy(&file, part->at, sizeof(file));
    if (param->op < REC_OPS) {
        remote = end_of(&p->parts[param->op]);
    }
    if (file.family == UNIX) {
        put_unix(p, &file, &remote, towards);
        return;
    }
    if (remote.family != file.family) {
        remote = (struct end){.family = file.family, .ip = file.daddr, .port = file.dport};
    }
    local = (struct end){.family = file.family, .ip = file.saddr, .port = file.sport};
    if ((file.family != INET && file.family != INET6) ||
        (remote.port == 0 && bits_zero(remote.ip, ip_len(file.family)))) {
        put_bytes(p, NULL, 0);
        return;
    }
    p->buf[0] = (uint8_t)file.family;
    len += add_ip(p->buf + len, towards ? &local : &remote, file.family);
    len += add_ip(p->buf + len, towards ? &remote : &local, file.family);
    put_bytes(p, p->buf, len);
}

/* ------------------------------------------------------------------ options */

enum { SOL_SOCKET_NR = 1 };

/* [socket(7)] options of SOL_SOCKET that are no int */
static const struct {
    uint8_t option;
    uint8_t variant; /* [scap 11] 0 bytes, 1 errno, 2 u32, 3 u64, 4 time */
} variants[] = {
    {4, 1},                             /* SO_ERROR */
    {13, 0}, {17, 0}, {25, 0},          /* SO_LINGER, SO_PEERCRED, SO_BINDTODEVICE */
    {20, 4}, {21, 4}, {66, 4}, {67, 4}, /* SO_RCVTIMEO, SO_SNDTIMEO, old and new */
    {26, 0}, {28, 0}, {31, 0}, {59, 0}, /* filters, names */
    {57, 3},                            /* SO_COOKIE */
};

static uint8_t variant_of(const struct put *p, const struct part *part)
{
    uint8_t variant = 2;

    if ((uint32_t)p->head.args[1] != SOL_SOCKET_NR) {
        return part->len == 4 ? 2 : 0;
    }
    for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
        if (variants[i].option == (uint32_t)p->head.args[2]) {
            variant = variants[i].variant;
        }
    }
    return variant;
}

void put_option(struct put *p, const struct rec_param *param)
{
    static const uint8_t sizes[] = {0, 4, 4, 8, 16};
    const struct part *part = param->op < REC_OPS ? &p->parts[param->op] : NULL;
    uint64_t value;
    uint8_t variant;

    if (part == NULL || part->at == NULL) {
        put_unknown(p);
        return;
    }
    p->counts->faults += (part->flags & REC_C_FAULT) != 0;
    variant = variant_of(p, part);
    if (variant == 0 || part->len < sizes[variant]) {
        p->buf[0] = 0;
        memcpy(p->buf + 1, part->at, part->len);
        put_bytes(p, p->buf, 1 + (size_t)part->len);
        return;
    }
    value = put_get(part->at, variant == 3 || variant == 4 ? 8 : 4);
    value = variant == 1 ? (uint64_t) - (int64_t)value : value;
    value = variant == 4 ? value * 1000000000u + put_get(part->at + 8, 8) * 1000 : value;
    p->buf[0] = variant;
    put_pack(p->buf + 1, value, 8);
    put_bytes(p, p->buf, variant == 2 ? 5 : 9);
}
