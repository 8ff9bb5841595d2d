/* SPDX-License-Identifier: Apache-2.0 */
#include "support/talk.h"

#include <stdlib.h>
#include <string.h>

#include "support/story.h"

#define BYTES 262144u

static const uint8_t addrs4[2][4] = {{10, 0, 0, 1}, {10, 0, 0, 2}};
static const uint8_t addrs6[2][16] = {{0xFD, [15] = 1}, {0xFD, [15] = 2}};

/* LINKTYPE numbers. */
static const uint16_t link_types[TALK_LINKS] = {1, 1, 113, 276, 101, 0};

static void put_process(struct mk *m, int64_t tid, int64_t pid, const char *comm)
{
    mk_begin(m, 0x202); /* version 1 */
    mk_u64(m, (uint64_t)tid);
    mk_u64(m, (uint64_t)pid);
    mk_u64(m, 1);
    mk_str16(m, comm);
    mk_str16(m, "/bin/x");
    mk_str16(m, "");
    mk_str16(m, "/");
    mk_u64(m, 1024);
    mk_u32(m, 0);
    mk_u32(m, 1000);
    mk_u32(m, 1001);
    mk_end(m);
}

void talk_init(struct talk *t, int64_t offset, enum talk_link link)
{
    *t = (struct talk){.now = STORY_NS + 123456789,
                       .offset = offset,
                       .link = link,
                       .client_port = 40000,
                       .server_port = 80,
                       .isn = {0xFFFFFF00u, 77}, /* one of them wraps */
                       .buffer = 80};
    t->start = t->now;
    mk_init(&t->events, MK_LITTLE);
    mk_shb(&t->events, 2);
    put_process(&t->events, 10, 10, "server");
    put_process(&t->events, 11, 10, "server");
    put_process(&t->events, 20, 20, "client");
    mk_init(&t->packets, MK_LITTLE);
    mk_shb(&t->packets, 0);
    mk_idb_begin(&t->packets, link_types[link], 0);
    mk_opt_u8(&t->packets, 9, 9);
    mk_opt_end(&t->packets);
    mk_end(&t->packets);
}

void talk_server_table(struct talk *t, int64_t tid, int64_t fd)
{
    struct mk *m = &t->events;

    mk_begin(m, 0x203); /* version 1 */
    mk_u64(m, (uint64_t)tid);
    mk_u64(m, 3);
    mk_u64(m, 77);
    mk_u8(m, 5);
    mk_zero(m, 4);
    mk_u16(m, t->server_port);
    mk_u8(m, 2);
    mk_u64(m, (uint64_t)fd);
    mk_u64(m, 78);
    mk_u8(m, 3);
    mk_bytes(m, addrs4[t->swapped ? TALK_CLIENT : TALK_SERVER], 4);
    mk_bytes(m, addrs4[t->swapped ? TALK_SERVER : TALK_CLIENT], 4);
    mk_u16(m, t->swapped ? t->client_port : t->server_port);
    mk_u16(m, t->swapped ? t->server_port : t->client_port);
    mk_u8(m, 2);
    mk_end(m);
}

void talk_release(struct talk *t)
{
    mk_release(&t->events);
    mk_release(&t->packets);
}

void talk_wait(struct talk *t, uint64_t ns)
{
    t->now += ns;
}

const uint8_t *talk_bytes(uint32_t at)
{
    static uint8_t bytes[BYTES];
    static bool filled;
    uint32_t v = 1;

    for (uint32_t i = 0; !filled && i < BYTES; i++) {
        v = v * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(v >> 24);
    }
    filled = true;
    if (at >= BYTES / 2) {
        abort();
    }
    return bytes + at;
}

/* ------------------------------------------------------------------ events */

static void put_param(struct mk *m, const struct scapf_param_info *info, const struct talk_param *p)
{
    if (p->bytes != NULL || p->len > 0) {
        mk_param(m, p->bytes, p->len);
        return;
    }
    switch (scapf_param_size(info->type)) {
    case 1:
        mk_param_u8(m, (uint8_t)p->number);
        break;
    case 2:
        mk_param_u16(m, (uint16_t)p->number);
        break;
    case 4:
        mk_param_u32(m, (uint32_t)p->number);
        break;
    case 8:
        mk_param_u64(m, (uint64_t)p->number);
        break;
    default:
        mk_param(m, "", 0);
        break;
    }
}

void talk_event(struct talk *t, int64_t tid, uint16_t code, const struct talk_param *params)
{
    const struct scapf_event_info *info = scapf_schema_event(scapf_schema_builtin(), code);

    if (info == NULL) {
        abort();
    }
    if (t->exits_only && (code & 1) == 0) {
        return;
    }
    t->n_events++;
    mk_ev_begin(&t->events, SCAPF_BLOCK_EV_V2, 0, t->now, tid, code);
    for (uint32_t i = 0; i < info->n_params; i++) {
        const struct talk_param *p = params;

        while (p->name != NULL && strcmp(p->name, info->params[i].name) != 0) {
            p++;
        }
        if (p->name != NULL) {
            put_param(&t->events, &info->params[i], p);
        } else {
            mk_param(&t->events, "", 0);
        }
    }
    mk_ev_end(&t->events);
}

static void put_end(const struct talk *t, int who, uint8_t **p)
{
    uint16_t port = who == TALK_CLIENT ? t->client_port : t->server_port;

    if (t->ip6) {
        memcpy(*p, addrs6[who], 16);
        *p += 16;
    } else if (t->mapped) {
        memset(*p, 0, 10);
        memset(*p + 10, 0xFF, 2);
        memcpy(*p + 12, addrs4[who], 4);
        *p += 16;
    } else {
        memcpy(*p, addrs4[who], 4);
        *p += 4;
    }
    *(*p)++ = (uint8_t)port;
    *(*p)++ = (uint8_t)(port >> 8);
}

uint32_t talk_tuple(const struct talk *t, bool back, uint8_t out[37])
{
    uint8_t *p = out;

    *p++ = t->ip6 || t->mapped ? 10 : 2;
    put_end(t, back ? TALK_SERVER : TALK_CLIENT, &p);
    put_end(t, back ? TALK_CLIENT : TALK_SERVER, &p);
    return (uint32_t)(p - out);
}

void talk_enter(struct talk *t, int64_t tid, uint16_t code, int64_t fd, int64_t size)
{
    const struct talk_param params[] = {{"fd", fd, NULL, 0}, {"size", size, NULL, 0}, {0}};

    talk_event(t, tid, code, params);
}

void talk_exit(struct talk *t, int64_t tid, uint16_t code, int64_t fd, int64_t res,
               const void *data)
{
    uint32_t len = data == NULL || res < 0     ? 0
                   : (uint32_t)res < t->buffer ? (uint32_t)res
                                               : t->buffer;
    const struct talk_param params[] = {{"res", res, NULL, 0},
                                        {"data", 0, data != NULL ? data : "", len},
                                        {"fd", fd, NULL, 0},
                                        {"size", 8000, NULL, 0},
                                        {0}};

    talk_event(t, tid, code + 1, params);
}

void talk_read(struct talk *t, int64_t tid, int64_t fd, const void *data, int64_t res, uint64_t ns)
{
    talk_enter(t, tid, TALK_READ, fd, 8000);
    talk_wait(t, ns);
    talk_exit(t, tid, TALK_READ, fd, res, data);
}

void talk_write(struct talk *t, int64_t tid, int64_t fd, const void *data, int64_t res, uint64_t ns)
{
    talk_enter(t, tid, TALK_WRITE, fd, res);
    talk_wait(t, ns);
    talk_exit(t, tid, TALK_WRITE, fd, res, data);
}

void talk_accept(struct talk *t, int64_t tid, int64_t fd, uint64_t ns)
{
    uint8_t tuple[37];
    uint32_t len = talk_tuple(t, false, tuple);
    const struct talk_param enter[] = {{0}};
    const struct talk_param exit[] = {{"fd", fd, NULL, 0}, {"tuple", 0, tuple, len}, {0}};

    talk_event(t, tid, TALK_ACCEPT, enter);
    talk_wait(t, ns);
    talk_event(t, tid, TALK_ACCEPT + 1, exit);
}

void talk_connect(struct talk *t, int64_t tid, int64_t fd, int64_t res, uint64_t ns)
{
    uint8_t tuple[37];
    uint32_t len = talk_tuple(t, false, tuple);
    const struct talk_param made[] = {
        {"fd", fd, NULL, 0}, {"domain", t->ip6 ? 10 : 2, NULL, 0}, {"type", 1, NULL, 0}, {0}};
    const struct talk_param enter[] = {{"fd", fd, NULL, 0}, {0}};
    const struct talk_param exit[] = {
        {"res", res, NULL, 0}, {"tuple", 0, tuple, len}, {"fd", fd, NULL, 0}, {0}};

    talk_event(t, tid, TALK_SOCKET + 1, made);
    talk_event(t, tid, TALK_CONNECT, enter);
    talk_wait(t, ns);
    talk_event(t, tid, TALK_CONNECT + 1, exit);
}

void talk_shutdown(struct talk *t, int64_t tid, int64_t fd, uint64_t ns)
{
    const struct talk_param params[] = {
        {"fd", fd, NULL, 0}, {"how", 1, NULL, 0}, {"res", 0, NULL, 0}, {0}};

    talk_event(t, tid, TALK_SHUTDOWN, params);
    talk_wait(t, ns);
    talk_event(t, tid, TALK_SHUTDOWN + 1, params);
}

void talk_close(struct talk *t, int64_t tid, int64_t fd, uint64_t ns)
{
    const struct talk_param params[] = {{"fd", fd, NULL, 0}, {"res", 0, NULL, 0}, {0}};

    talk_event(t, tid, TALK_CLOSE, params);
    talk_wait(t, ns);
    talk_event(t, tid, TALK_CLOSE + 1, params);
}

void talk_epoll(struct talk *t, int64_t tid, int64_t res, uint64_t ns)
{
    const struct talk_param params[] = {{"res", res, NULL, 0}, {"maxevents", 8, NULL, 0}, {0}};

    talk_event(t, tid, TALK_EPOLL, params);
    talk_wait(t, ns);
    talk_event(t, tid, TALK_EPOLL + 1, params);
}

/* ------------------------------------------------------------------ packets */

static void be16(struct out *o, uint32_t v)
{
    out_u8(o, (uint8_t)(v >> 8));
    out_u8(o, (uint8_t)v);
}

static void be32(struct out *o, uint32_t v)
{
    be16(o, v >> 16);
    be16(o, v);
}

static void put_link(const struct talk *t, struct out *o)
{
    uint32_t ether = t->ip6 ? 0x86DD : 0x0800;

    switch (t->link) {
    case TALK_ETHERNET:
    case TALK_VLAN:
        out_zero(o, 12);
        if (t->link == TALK_VLAN) {
            be32(o, 0x88A80007);
            be32(o, 0x81000008);
        }
        be16(o, ether);
        break;
    case TALK_SLL:
        out_zero(o, 14);
        be16(o, ether);
        break;
    case TALK_SLL2:
        be16(o, ether);
        out_zero(o, 18);
        break;
    case TALK_NULL:
        out_u32(o, t->ip6 ? 30 : 2);
        break;
    case TALK_RAW:
    case TALK_LINKS:
    default:
        break;
    }
}

static void put_ip(const struct talk *t, struct out *o, int who, uint8_t proto, uint32_t len)
{
    if (t->ip6) {
        be32(o, 0x60000000);
        be16(o, len + 8);
        out_u8(o, 60); /* destination options first */
        out_u8(o, 64);
        out_bytes(o, addrs6[who], 16);
        out_bytes(o, addrs6[1 - who], 16);
        out_u8(o, proto);
        out_zero(o, 7);
        return;
    }
    be16(o, 0x4500);
    be16(o, len + 20);
    be32(o, 0x00004000);
    out_u8(o, 64);
    out_u8(o, proto);
    be16(o, 0);
    out_bytes(o, addrs4[who], 4);
    out_bytes(o, addrs4[1 - who], 4);
}

static void put_ports(const struct talk *t, struct out *o, int who)
{
    be16(o, who == TALK_CLIENT ? t->client_port : t->server_port);
    be16(o, who == TALK_CLIENT ? t->server_port : t->client_port);
}

static void put_packet(struct talk *t, struct out *o)
{
    double run = (double)(t->now - t->start);
    uint64_t ts = t->now + (uint64_t)t->offset + (uint64_t)(run * (double)t->drift_ppb / 1e9);
    uint32_t len = (uint32_t)o->len;
    uint32_t captured = t->snap != 0 && t->snap < len ? t->snap : len;

    if (t->link == TALK_ETHERNET && len < 60) { /* padded on the wire */
        out_zero(o, 60 - len);
        captured = captured == len ? 60 : captured;
        len = 60;
    }
    if (out_status(o) != SCAPF_OK) {
        abort();
    }
    t->n_packets++;
    mk_epb_begin(&t->packets, 0, ts, o->bytes, captured, len);
    mk_end(&t->packets);
    out_release(o);
}

void talk_tcp_at(struct talk *t, int who, uint8_t flags, uint32_t at, const void *data,
                 uint32_t len)
{
    struct out o;

    out_init(&o, NULL, false);
    put_link(t, &o);
    put_ip(t, &o, who, 6, 32 + len);
    put_ports(t, &o, who);
    be32(&o, t->isn[who] + ((flags & TALK_SYN) != 0 ? 0 : 1 + at));
    be32(&o, (flags & TALK_ACK) != 0 ? t->isn[1 - who] + 1 + t->sent[1 - who] : 0);
    be16(&o, 0x8000u | flags);
    be16(&o, 8192);
    be32(&o, 0);
    out_zero(&o, 12); /* options */
    out_bytes(&o, data, len);
    put_packet(t, &o);
}

void talk_tcp(struct talk *t, int who, uint8_t flags, const void *data, uint32_t len)
{
    talk_tcp_at(t, who, flags, t->sent[who], data, len);
    t->sent[who] += len + ((flags & TALK_FIN) != 0);
}

void talk_udp(struct talk *t, int who, const void *data, uint32_t len)
{
    struct out o;

    out_init(&o, NULL, false);
    put_link(t, &o);
    put_ip(t, &o, who, 17, 8 + len);
    put_ports(t, &o, who);
    be16(&o, 8 + len);
    be16(&o, 0);
    out_bytes(&o, data, len);
    put_packet(t, &o);
}

void talk_handshake(struct talk *t, uint64_t ns)
{
    talk_tcp(t, TALK_CLIENT, TALK_SYN, "", 0);
    talk_wait(t, ns);
    talk_tcp(t, TALK_SERVER, TALK_SYN | TALK_ACK, "", 0);
    talk_wait(t, ns);
    talk_tcp(t, TALK_CLIENT, TALK_ACK, "", 0);
    talk_wait(t, ns);
}

void talk_exchanges(struct talk *t, uint32_t n, int64_t jump)
{
    talk_handshake(t, 1000);
    talk_accept(t, 10, 12, 0);
    for (uint32_t i = 0; i < n; i++) {
        talk_tcp(t, TALK_CLIENT, TALK_ACK, talk_bytes(i * 100), 100);
        talk_wait(t, 40000);
        talk_read(t, 10, 12, talk_bytes(i * 100), 100, 10);
        talk_enter(t, 10, TALK_WRITE, 12, 100);
        talk_wait(t, 40000);
        talk_tcp(t, TALK_SERVER, TALK_ACK, talk_bytes(9000 + i * 100), 100);
        talk_exit(t, 10, TALK_WRITE, 12, 100, talk_bytes(9000 + i * 100));
        talk_wait(t, 1000000000);
        t->offset += i == n / 2 ? jump : 0;
    }
}
