/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redact_packet.c - packets: addresses in their headers, and all behind the transport header.
 *
 * A walk of its own beside block/heads.c: that one notes what it knows, this one has to change what
 * it does not know, options and padding too, wherever in the packet that is.
 *
 * Each layer is changed where it stands. What is not known is zeroed to the end: it may hold
 * anything. Checksums are made right again where the packet is whole; else they are zero.
 */
#include "transform/redact.h"

#include "block/heads.h"
#include "bytes/cur.h"

#include <string.h>

/* What is left of a packet. */
struct rest {
    struct scapf_redact *rd;
    uint8_t *p;
    size_t n;
    bool whole; /* captured to its end */
    const uint8_t *src, *dst;
    size_t addr_len;
};

/* Headers are in network order. */
static uint16_t head_u16(const uint8_t *p)
{
    return get_u16(p, true);
}

static void head_put(uint8_t *p, uint16_t v)
{
    out_store(p, v, 2, true);
}

/* Step over bytes; false when there are not so many. */
static bool skip(struct rest *r, size_t n)
{
    if (n > r->n) {
        return false;
    }
    r->p += n;
    r->n -= n;
    return true;
}

static void zero_rest(struct rest *r)
{
    if (r->n > 0) {
        memset(r->p, 0, r->n);
        r->n = 0;
    }
}

static void address(struct rest *r, uint8_t *p, size_t n)
{
    if (redact_wants(r->rd, SCAPF_REDACT_ADDRESSES)) {
        redact_address(r->rd, p, n);
    }
}

/* Data of an application. */
static void payload(struct rest *r)
{
    if (redact_wants(r->rd, SCAPF_REDACT_BUFFERS)) {
        zero_rest(r);
    }
}

/* [RFC 1071] */
static uint32_t sum(uint32_t s, const uint8_t *p, size_t n)
{
    for (; n > 1; p += 2, n -= 2) {
        s += head_u16(p);
    }
    if (n > 0) {
        s += (uint32_t)p[0] << 8;
    }
    while (s > 0xFFFF) {
        s = (s & 0xFFFF) + (s >> 16);
    }
    return s;
}

/* ------------------------------------------------------------------ transport */

/* The checksum of a whole segment, at a place in it. */
static void set_checksum(const struct rest *r, uint8_t *segment, size_t n, size_t at, uint8_t proto)
{
    uint32_t s = proto + (uint32_t)(n & 0xFFFF) + (uint32_t)(n >> 16);

    head_put(segment + at, 0);
    if (r->whole && r->src != NULL) {
        s = sum(s, r->src, r->addr_len);
        s = sum(s, r->dst, r->addr_len);
        s = sum(s, segment, n);
        head_put(segment + at, s == 0xFFFF ? 0xFFFF : (uint16_t)~s);
    }
}

/* [RFC 9293 3.1, RFC 8684 3.4.1] Options of which it is not known that they hold no addresses
 * become such that do nothing. */
static void clean_tcp_options(uint8_t *p, size_t n)
{
    size_t at = 0;

    while (at < n && p[at] != 0) {
        size_t len = p[at] == 1 ? 1 : at + 1 < n && p[at + 1] >= 2 ? p[at + 1] : n - at;

        len = len <= n - at ? len : n - at;
        if (p[at] > 8) {
            memset(p + at, 1, len);
        }
        at += len;
    }
    if (at < n) {
        memset(p + at, 0, n - at);
    }
}

static void tcp(struct rest *r)
{
    uint8_t *segment = r->p;
    size_t n = r->n;
    size_t header = n >= 13 ? (size_t)(segment[12] >> 4) * 4 : 0;

    if (header < 20 || header > n) {
        skip(r, n < 14 ? n : 14);
        zero_rest(r);
        return;
    }
    clean_tcp_options(segment + 20, header - 20);
    (void)skip(r, header);
    payload(r);
    set_checksum(r, segment, n, 16, PROTO_TCP);
}

static void udp(struct rest *r)
{
    uint8_t *segment = r->p;
    size_t n = r->n;

    if (!skip(r, 8)) {
        skip(r, n < 6 ? n : 6);
        zero_rest(r);
        return;
    }
    payload(r);
    if (head_u16(segment + 6) != 0) {
        set_checksum(r, segment, n, 6, PROTO_UDP);
    }
}

/* [RFC 792, RFC 4443 4] Echo requests and answers, which have a number and no address there. */
static bool is_echo(uint8_t type, uint8_t proto)
{
    return proto == PROTO_ICMP ? type == 0 || type == 8 : type == 128 || type == 129;
}

/* Behind the type stand packets of others, addresses of routers and hosts; that of the router of a
 * redirection before the first 8 bytes are over [RFC 792]. */
static void icmp(struct rest *r, uint8_t proto)
{
    uint8_t *segment = r->p;
    size_t n = r->n;

    if (!skip(r, 8)) {
        skip(r, n < 2 ? n : 2);
        zero_rest(r);
        return;
    }
    zero_rest(r);
    if (!is_echo(segment[0], proto)) {
        memset(segment + 4, 0, 4);
    }
    if (proto == PROTO_ICMP) {
        head_put(segment + 2, 0);
        head_put(segment + 2, r->whole ? (uint16_t)~sum(0, segment, n) : 0);
    } else {
        set_checksum(r, segment, n, 2, proto);
    }
}

static void transport(struct rest *r, uint8_t proto)
{
    if (proto == PROTO_TCP) {
        tcp(r);
    } else if (proto == PROTO_UDP) {
        udp(r);
    } else if (proto == PROTO_ICMP || proto == PROTO_ICMPV6) {
        icmp(r, proto);
    } else {
        zero_rest(r);
    }
}

/* ------------------------------------------------------------------ network */

/* Bytes behind the packet, as its length says, are padding of the link. */
static void limit(struct rest *r, size_t length)
{
    if (length < r->n) {
        memset(r->p + length, 0, r->n - length);
        r->n = length;
    } else if (length > r->n) {
        r->whole = false;
    }
}

/* [RFC 791 3.1] */
static void ipv4(struct rest *r)
{
    uint8_t *ip = r->p;
    size_t header = r->n > 0 ? (size_t)(ip[0] & 15) * 4 : 0;
    bool first;

    if (r->n < 20 || ip[0] >> 4 != 4 || header < 20 || header > r->n) {
        zero_rest(r);
        return;
    }
    if (head_u16(ip + 2) >= header) { /* zero: the card was to cut it [TSO] */
        limit(r, head_u16(ip + 2));
    }
    address(r, ip + 12, 4);
    address(r, ip + 16, 4);
    memset(ip + 20, 1, header - 20); /* options hold addresses: all of them do nothing now */
    head_put(ip + 10, 0);
    head_put(ip + 10, (uint16_t)~sum(0, ip, header));
    r->src = ip + 12;
    r->dst = ip + 16;
    r->addr_len = 4;
    first = (head_u16(ip + 6) & 0x1FFF) == 0;
    r->whole = r->whole && (head_u16(ip + 6) & 0x3FFF) == 0;
    (void)skip(r, header);
    if (first) {
        transport(r, ip[9]);
    } else {
        zero_rest(r);
    }
}

/* [RFC 8200] */
static void ipv6(struct rest *r)
{
    uint8_t *ip = r->p;
    uint8_t proto;

    if (r->n < 40 || ip[0] >> 4 != 6) {
        zero_rest(r);
        return;
    }
    if (head_u16(ip + 4) != 0) {
        limit(r, 40u + head_u16(ip + 4));
    }
    address(r, ip + 8, 16);
    address(r, ip + 24, 16);
    r->src = ip + 8;
    r->dst = ip + 24;
    r->addr_len = 16;
    proto = ip[6];
    (void)skip(r, 40);
    for (;;) {
        size_t len;

        if ((proto != PROTO_HOPOPT && proto != PROTO_FRAGMENT && proto != PROTO_DSTOPTS) ||
            r->n < 8) {
            break;
        }
        len = proto == PROTO_FRAGMENT ? 8 : 8 + (size_t)r->p[1] * 8;
        if (len > r->n || (proto == PROTO_FRAGMENT && (head_u16(r->p + 2) & 0xFFF8) != 0)) {
            zero_rest(r); /* not the first piece */
            return;
        }
        r->whole = r->whole && proto != PROTO_FRAGMENT;
        if (proto != PROTO_FRAGMENT) { /* [RFC 8200 4.2] options that do nothing */
            memset(r->p + 2, 0, len - 2);
        }
        proto = r->p[0];
        (void)skip(r, len);
    }
    transport(r, proto);
}

/* [RFC 826] Of Ethernet and IPv4; what else there is is zeroed. */
static void arp(struct rest *r)
{
    uint8_t *p = r->p;

    if (r->n < 28 || head_u16(p + 2) != ETHER_IPV4 || p[4] != 6 || p[5] != 4) {
        zero_rest(r);
        return;
    }
    address(r, p + 8, 6);
    address(r, p + 14, 4);
    address(r, p + 18, 6);
    address(r, p + 24, 4);
    (void)skip(r, 28);
    zero_rest(r);
}

static void network(struct rest *r, uint16_t type)
{
    while (type == ETHER_VLAN || type == ETHER_QINQ || type == ETHER_QINQ_OLD) {
        uint8_t *tag = r->p;

        if (!skip(r, 4)) {
            break;
        }
        type = head_u16(tag + 2);
    }
    if (type == ETHER_IPV4) {
        ipv4(r);
    } else if (type == ETHER_IPV6) {
        ipv6(r);
    } else if (type == ETHER_ARP) {
        arp(r);
    } else {
        zero_rest(r);
    }
}

/* ------------------------------------------------------------------ link */

static void ethernet(struct rest *r)
{
    uint8_t *p = r->p;

    if (!skip(r, 14)) {
        zero_rest(r);
        return;
    }
    address(r, p, 6);
    address(r, p + 6, 6);
    network(r, head_u16(p + 12));
}

/* [tcpdump.org LINUX_SLL, LINUX_SLL2] The address of the sender lies in 8 bytes. */
static void cooked(struct rest *r, size_t header, size_t addr_at, size_t proto_at)
{
    uint8_t *p = r->p;

    if (!skip(r, header)) {
        zero_rest(r);
        return;
    }
    address(r, p + addr_at, 6);
    if (redact_wants(r->rd, SCAPF_REDACT_ADDRESSES)) {
        memset(p + addr_at + 6, 0, 2);
    }
    network(r, head_u16(p + proto_at));
}

/* [RFC 1661 6.5, 6.6, RFC 1662 3.1] Address and control may be left out, and so may the first byte
 * of the protocol, which then is odd. */
static void ppp(struct rest *r)
{
    uint16_t proto = 0;

    if (r->n >= 2 && r->p[0] == 0xFF && r->p[1] == 0x03) {
        (void)skip(r, 2);
    }
    if (r->n >= 1 && (r->p[0] & 1) != 0) {
        proto = r->p[0];
        (void)skip(r, 1);
    } else if (r->n >= 2) {
        proto = head_u16(r->p);
        (void)skip(r, 2);
    }
    if (proto == PPP_IPV4) {
        ipv4(r);
    } else if (proto == PPP_IPV6) {
        ipv6(r);
    } else {
        zero_rest(r);
    }
}

/* [LINKTYPE_NULL, LINKTYPE_LOOP] a protocol family before the packet */
static void loopback(struct rest *r)
{
    const uint8_t *family = r->p;

    if (skip(r, 4)) {
        network(r, heads_family(get_u32(family, true)));
    } else {
        zero_rest(r);
    }
}

static void by_version(struct rest *r)
{
    if (r->n > 0 && r->p[0] >> 4 == 4) {
        ipv4(r);
    } else {
        ipv6(r);
    }
}

void redact_packet(struct scapf_redact *rd, uint16_t link_type, uint8_t *bytes, size_t captured,
                   size_t original)
{
    struct rest r = {.rd = rd, .p = bytes, .n = captured, .whole = captured >= original};

    if (!redact_wants(rd, SCAPF_REDACT_ADDRESSES | SCAPF_REDACT_BUFFERS)) {
        return;
    }
    redact_count(rd, SCAPF_REDACT_BUFFERS);
    redact_count(rd, SCAPF_REDACT_ADDRESSES);
    switch (link_type) {
    case LINK_ETHERNET:
        ethernet(&r);
        break;
    case LINK_PPP:
    case LINK_PPP_HDLC:
        ppp(&r);
        break;
    case LINK_SLL:
        cooked(&r, 16, 6, 14);
        break;
    case LINK_SLL2:
        cooked(&r, 20, 12, 0);
        break;
    case LINK_NULL:
    case LINK_LOOP:
        loopback(&r);
        break;
    case LINK_RAW:
    case LINK_RAW_BSD:
    case LINK_RAW_OPENBSD:
    case LINK_IPV4:
    case LINK_IPV6:
        by_version(&r);
        break;
    default:
        zero_rest(&r);
        break;
    }
}
