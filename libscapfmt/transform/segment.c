/* SPDX-License-Identifier: Apache-2.0 */
/*
 * segment.c - from a captured frame to the payload of a TCP segment or a UDP datagram.
 *
 *   link     Ethernet (VLAN tags), Linux cooked v1 and v2, BSD loopback, raw IP
 *   network  IPv4, IPv6 with extension headers; a later fragment has no ports and is nothing here
 *   transport TCP, UDP
 *
 * Lengths come from the headers, not from what was captured: a packet may be cut, and a short frame
 * of Ethernet is padded.
 */
#include "transform/segment.h"

#include "bytes/cur.h"

#include <string.h>

/* [tcpdump.org linktypes] */
enum {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_RAW_BSD = 12,
    LINK_RAW_OPENBSD = 14,
    LINK_RAW = 101,
    LINK_LOOP = 108,
    LINK_SLL = 113,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_SLL2 = 276
};

/* [IEEE 802 numbers] */
enum {
    ETHER_IPV4 = 0x0800,
    ETHER_VLAN = 0x8100,
    ETHER_IPV6 = 0x86DD,
    ETHER_QINQ = 0x88A8,
    ETHER_QINQ_OLD = 0x9100
};

/* [IANA protocol numbers] extension headers of IPv6 */
enum { EXT_HOP = 0, EXT_ROUTING = 43, EXT_FRAGMENT = 44, EXT_AH = 51, EXT_OPTIONS = 60 };

struct walk {
    struct cur c;    /* network order */
    uint64_t behind; /* bytes behind the network header, as that header says */
    struct segment *s;
};

void end_set(struct end *end, const uint8_t *addr, size_t addr_len, uint16_t port)
{
    memset(end, 0, sizeof(*end));
    if (addr_len == 4) {
        end->addr[10] = end->addr[11] = 0xFF;
        memcpy(end->addr + 12, addr, 4);
    } else {
        memcpy(end->addr, addr, sizeof(end->addr));
    }
    end->port = port;
}

bool end_same(const struct end *a, const struct end *b)
{
    return a->port == b->port && memcmp(a->addr, b->addr, sizeof(a->addr)) == 0;
}

bool end_is_any(const struct end *end)
{
    static const uint8_t any6[16] = {0};
    static const uint8_t any4[16] = {[10] = 0xFF, [11] = 0xFF};

    return memcmp(end->addr, any6, sizeof(any6)) == 0 || memcmp(end->addr, any4, sizeof(any4)) == 0;
}

/* ------------------------------------------------------------------ transport */

static bool set_payload(struct walk *w, uint64_t len)
{
    size_t left = cur_left(&w->c);

    w->s->len = len < UINT32_MAX ? (uint32_t)len : UINT32_MAX;
    w->s->captured = left < w->s->len ? (uint32_t)left : w->s->len;
    w->s->payload = w->c.p;
    return cur_ok(&w->c);
}

/* [RFC 9293 3.1] */
static bool tcp(struct walk *w)
{
    struct segment *s = w->s;
    uint64_t header;
    uint16_t bits;

    s->src.port = cur_u16(&w->c);
    s->dst.port = cur_u16(&w->c);
    s->seq = cur_u32(&w->c);
    s->ack = cur_u32(&w->c);
    bits = cur_u16(&w->c);
    (void)cur_take(&w->c, 6);
    s->flags = (uint8_t)bits;
    header = (uint64_t)(bits >> 12) * 4;
    if (!cur_ok(&w->c) || header < 20 || header > w->behind) {
        return false;
    }
    if (cur_left(&w->c) < header - 20) { /* cut within the options: no payload is at hand */
        (void)cur_take(&w->c, cur_left(&w->c));
    } else {
        (void)cur_take(&w->c, header - 20);
    }
    return set_payload(w, w->behind - header);
}

/* [RFC 768] */
static bool udp(struct walk *w)
{
    struct segment *s = w->s;
    uint16_t len;

    s->src.port = cur_u16(&w->c);
    s->dst.port = cur_u16(&w->c);
    len = cur_u16(&w->c);
    (void)cur_u16(&w->c);
    if (len == 0 && w->behind > UINT16_MAX) { /* [RFC 2675 4] a jumbogram */
        return set_payload(w, w->behind - 8);
    }
    return len >= 8 && set_payload(w, len - 8u);
}

static bool transport(struct walk *w, uint8_t number)
{
    w->s->proto = number;
    return (number == PROTO_TCP && tcp(w)) || (number == PROTO_UDP && udp(w));
}

/* ------------------------------------------------------------------ network */

/* [RFC 791 3.1] A total length of 0 is that of a segment the network card cuts up. */
static bool ipv4(struct walk *w)
{
    size_t left = cur_left(&w->c);
    uint8_t first = cur_u8(&w->c);
    uint64_t header = (uint64_t)(first & 15) * 4;
    uint64_t total;
    uint16_t frag;
    uint8_t number;
    const uint8_t *addrs;

    (void)cur_u8(&w->c);
    total = cur_u16(&w->c);
    (void)cur_u16(&w->c);
    frag = cur_u16(&w->c);
    (void)cur_u8(&w->c);
    number = cur_u8(&w->c);
    (void)cur_u16(&w->c);
    addrs = cur_take(&w->c, 8);
    if (addrs == NULL || first >> 4 != 4 || header < 20 || (frag & 0x1FFF) != 0) {
        return false;
    }
    total = total == 0 ? w->behind + left : total;
    end_set(&w->s->src, addrs, 4, 0);
    end_set(&w->s->dst, addrs + 4, 4, 0);
    (void)cur_take(&w->c, header - 20);
    w->behind = total > header ? total - header : 0;
    return cur_ok(&w->c) && transport(w, number);
}

/* [RFC 8200 4] Pass over extension headers. False at a later fragment. */
static bool extensions(struct walk *w, uint8_t *number)
{
    while (*number == EXT_HOP || *number == EXT_ROUTING || *number == EXT_FRAGMENT ||
           *number == EXT_AH || *number == EXT_OPTIONS) {
        uint8_t next = cur_u8(&w->c);
        uint8_t units = cur_u8(&w->c);
        /* [RFC 4302 2.2] the length of AH counts other units */
        uint64_t size = *number == EXT_AH ? ((uint64_t)units + 2) * 4 : ((uint64_t)units + 1) * 8;

        if (*number == EXT_FRAGMENT) {
            size = 8;
            if ((cur_u16(&w->c) & 0xFFF8u) != 0) {
                return false;
            }
            (void)cur_take(&w->c, 4);
        } else {
            (void)cur_take(&w->c, size - 2);
        }
        if (!cur_ok(&w->c)) {
            return false;
        }
        w->behind = w->behind > size ? w->behind - size : 0;
        *number = next;
    }
    return true;
}

/* [RFC 8200 3] */
static bool ipv6(struct walk *w)
{
    uint32_t first = cur_u32(&w->c);
    uint16_t payload = cur_u16(&w->c);
    uint8_t number = cur_u8(&w->c);
    const uint8_t *addrs;

    (void)cur_u8(&w->c);
    addrs = cur_take(&w->c, 32);
    if (addrs == NULL || first >> 28 != 6) {
        return false;
    }
    end_set(&w->s->src, addrs, 16, 0);
    end_set(&w->s->dst, addrs + 16, 16, 0);
    w->behind = payload != 0 ? payload : w->behind + cur_left(&w->c);
    return extensions(w, &number) && transport(w, number);
}

static bool ip(struct walk *w)
{
    return cur_left(&w->c) > 0 && (w->c.p[0] >> 4 == 6 ? ipv6(w) : ipv4(w));
}

/* ------------------------------------------------------------------ link */

static bool ether_type(struct walk *w, uint16_t type)
{
    while (cur_ok(&w->c) && (type == ETHER_VLAN || type == ETHER_QINQ || type == ETHER_QINQ_OLD)) {
        (void)cur_u16(&w->c);
        type = cur_u16(&w->c);
    }
    return (type == ETHER_IPV4 && ipv4(w)) || (type == ETHER_IPV6 && ipv6(w));
}

static bool ethernet(struct walk *w)
{
    (void)cur_take(&w->c, 12);
    return ether_type(w, cur_u16(&w->c));
}

/* [LINKTYPE_LINUX_SLL] The protocol stands behind 14 bytes. */
static bool sll(struct walk *w)
{
    (void)cur_take(&w->c, 14);
    return ether_type(w, cur_u16(&w->c));
}

/* [LINKTYPE_LINUX_SLL2] It comes first, 18 bytes follow. */
static bool sll2(struct walk *w)
{
    uint16_t type = cur_u16(&w->c);

    (void)cur_take(&w->c, 18);
    return ether_type(w, type);
}

/* [LINKTYPE_NULL] A family in some byte order, then IP: the first nibble of that tells more. */
static bool loopback(struct walk *w)
{
    (void)cur_take(&w->c, 4);
    return ip(w);
}

static const struct {
    uint16_t link_type;
    bool (*walk)(struct walk *w);
} links[] = {
    {LINK_ETHERNET, ethernet}, {LINK_SLL, sll}, {LINK_SLL2, sll2},  {LINK_NULL, loopback},
    {LINK_LOOP, loopback},     {LINK_RAW, ip},  {LINK_RAW_BSD, ip}, {LINK_RAW_OPENBSD, ip},
    {LINK_IPV4, ip},           {LINK_IPV6, ip},
};

bool segment_read(const struct scapf_packet *packet, struct segment *segment)
{
    struct walk w = {.c = cur_make(packet->data, packet->captured_len, 0, true), .s = segment};

    *segment = (struct segment){.len = 0};
    /* what was on the wire and not captured counts as being behind every header */
    w.behind = packet->original_len > packet->captured_len
                   ? packet->original_len - packet->captured_len
                   : 0;
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        if (links[i].link_type == packet->link_type) {
            return links[i].walk(&w);
        }
    }
    return false;
}
