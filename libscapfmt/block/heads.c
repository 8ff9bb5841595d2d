/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heads.c - a walk through the layers of a packet. Each function reads one header and hands on what
 * stands behind it; a header that is cut off ends the walk by the cursor's fault.
 */
#include "block/heads.h"

#include "bytes/cur.h"

/* One packet on its way through the layers. */
struct walk {
    struct cur c;    /* what is left; network order */
    uint64_t behind; /* bytes behind the last header, as that says; first: what was not captured */
    struct packet_heads *h;
};

/* ---------------------------------------------------------------- transport */

static void set_data(struct walk *w, uint64_t len)
{
    size_t left = cur_left(&w->c);

    w->h->has_data = cur_ok(&w->c);
    w->h->data = w->c.p;
    w->h->data_len = len;
    w->h->data_have = left < len ? left : (size_t)len;
}

/* The first two fields of TCP, UDP and SCTP. */
static bool ports(struct walk *w)
{
    uint16_t sport = cur_u16(&w->c);
    uint16_t dport = cur_u16(&w->c);

    if (cur_ok(&w->c)) {
        w->h->has_ports = true;
        w->h->sport = sport;
        w->h->dport = dport;
    }
    return w->h->has_ports;
}

/* [RFC 9293 3.1] */
static void tcp(struct walk *w)
{
    struct packet_heads *h = w->h;
    uint64_t header;
    uint16_t bits;

    if (!ports(w)) {
        return;
    }
    h->seq = cur_u32(&w->c);
    h->ack = cur_u32(&w->c);
    bits = cur_u16(&w->c);
    if (!cur_ok(&w->c)) {
        return;
    }
    h->has_tcp = true;
    h->tcp_flags = bits & 0xFFF;
    (void)cur_take(&w->c, 6);
    header = (uint64_t)(bits >> 12) * 4;
    if (!cur_ok(&w->c) || header < 20 || header > w->behind) {
        return;
    }
    if (cur_left(&w->c) < header - 20) { /* cut within the options: no payload is at hand */
        h->cut = true;
        (void)cur_take(&w->c, cur_left(&w->c));
    } else {
        (void)cur_take(&w->c, header - 20);
    }
    set_data(w, w->behind - header);
}

/* [RFC 768] */
static void udp(struct walk *w)
{
    uint16_t len;

    if (!ports(w)) {
        return;
    }
    len = cur_u16(&w->c);
    (void)cur_u16(&w->c);
    if (len == 0 && w->behind > UINT16_MAX) { /* [RFC 2675 4] a jumbogram */
        set_data(w, w->behind - 8);
    } else if (len >= 8) {
        set_data(w, len - 8u);
    }
}

static void sctp(struct walk *w)
{
    (void)ports(w);
}

/* [RFC 792, RFC 4443 2.1] */
static void icmp(struct walk *w)
{
    w->h->type = cur_u8(&w->c);
    w->h->code = cur_u8(&w->c);
    w->h->has_type = cur_ok(&w->c);
}

static const struct transport {
    uint8_t number;
    void (*walk)(struct walk *w); /* NULL: only its name is known */
    const char *name;
} transports[] = {
    {PROTO_TCP, tcp, "tcp"},        {PROTO_UDP, udp, "udp"},    {PROTO_ICMP, icmp, "icmp"},
    {PROTO_ICMPV6, icmp, "icmpv6"}, {PROTO_IGMP, NULL, "igmp"}, {PROTO_ESP, NULL, "esp"},
    {PROTO_AH, NULL, "ah"},         {PROTO_SCTP, sctp, "sctp"},
};

static void transport(struct walk *w, uint8_t number)
{
    w->h->has_proto = true;
    w->h->proto = number;
    for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++) {
        if (transports[i].number == number) {
            w->h->has_transport = true;
            w->h->name = transports[i].name;
            if (transports[i].walk != NULL) {
                transports[i].walk(w);
            }
            return;
        }
    }
}

/* ---------------------------------------------------------------- network */

/* A later fragment has no transport header. */
static void fragment(struct walk *w, uint8_t number, uint32_t offset)
{
    w->h->has_proto = true;
    w->h->proto = number;
    w->h->is_fragment = true;
    w->h->fragment = offset;
}

static void addresses(struct walk *w, const uint8_t *src, size_t len)
{
    w->h->src = src;
    w->h->dst = src + len;
    w->h->addr_len = len;
}

/* [RFC 791 3.1] A total length of 0 is that of a segment the network card cuts up. */
static void ipv4(struct walk *w)
{
    size_t left = cur_left(&w->c);
    uint8_t first = cur_u8(&w->c);
    uint64_t header = (uint64_t)(first & 15) * 4;
    uint64_t total;
    uint16_t frag;
    uint8_t number;
    const uint8_t *addrs;

    w->h->name = "ipv4";
    (void)cur_u8(&w->c);
    total = cur_u16(&w->c);
    (void)cur_u16(&w->c);
    frag = cur_u16(&w->c);
    (void)cur_u8(&w->c);
    number = cur_u8(&w->c);
    (void)cur_u16(&w->c);
    addrs = cur_take(&w->c, 8);
    if (addrs == NULL || first >> 4 != 4 || header < 20) {
        return;
    }
    w->h->has_ip = true;
    addresses(w, addrs, 4);
    total = total == 0 ? w->behind + left : total;
    w->behind = total > header ? total - header : 0;
    (void)cur_take(&w->c, header - 20);
    if ((frag & 0x1FFF) != 0) {
        fragment(w, number, (frag & 0x1FFFu) * 8);
    } else {
        transport(w, number);
    }
}

static bool is_extension(uint8_t number)
{
    return number == PROTO_HOPOPT || number == PROTO_ROUTING || number == PROTO_DSTOPTS ||
           number == PROTO_AH || number == PROTO_FRAGMENT;
}

/* [RFC 8200 4] Pass over the extension headers; *number becomes what follows them. False at a later
 * fragment, whose place is put into *offset. */
static bool extensions(struct walk *w, uint8_t *number, uint32_t *offset)
{
    while (cur_ok(&w->c) && is_extension(*number)) {
        uint8_t next = cur_u8(&w->c);
        uint8_t length = cur_u8(&w->c);
        uint64_t size = 8;

        if (*number == PROTO_FRAGMENT) {
            *offset = cur_u16(&w->c) & 0xFFF8u;
            (void)cur_u32(&w->c);
        } else {
            /* [RFC 4302 2.2] that of AH counts other units */
            size = *number == PROTO_AH ? ((uint64_t)length + 2) * 4 : ((uint64_t)length + 1) * 8;
            (void)cur_take(&w->c, (size_t)size - 2);
        }
        w->behind = w->behind > size ? w->behind - size : 0;
        *number = next;
        if (*offset != 0) {
            return false;
        }
    }
    return true;
}

/* [RFC 8200 3] */
static void ipv6(struct walk *w)
{
    uint32_t first = cur_u32(&w->c);
    uint16_t payload = cur_u16(&w->c);
    uint8_t number = cur_u8(&w->c);
    uint32_t offset = 0;
    const uint8_t *addrs;

    w->h->name = "ipv6";
    (void)cur_u8(&w->c);
    addrs = cur_take(&w->c, 32);
    if (addrs == NULL || first >> 28 != 6) {
        return;
    }
    w->h->has_ip = true;
    addresses(w, addrs, 16);
    w->behind = payload != 0 ? payload : w->behind + cur_left(&w->c);
    if (!extensions(w, &number, &offset)) {
        fragment(w, number, offset);
    } else if (cur_ok(&w->c)) {
        transport(w, number);
    }
}

/* [RFC 826] For IPv4 over Ethernet; others only by their operation. */
static void arp(struct walk *w)
{
    uint32_t kind = cur_u32(&w->c);
    uint16_t lens = cur_u16(&w->c);

    w->h->name = "arp";
    w->h->op = cur_u16(&w->c);
    w->h->has_op = cur_ok(&w->c);
    if (w->h->has_op && kind == (1u << 16 | ETHER_IPV4) && lens == (6u << 8 | 4)) {
        (void)cur_take(&w->c, 6);
        w->h->src = cur_take(&w->c, 4);
        (void)cur_take(&w->c, 6);
        w->h->dst = cur_take(&w->c, 4);
        w->h->addr_len = 4;
    }
}

/* What stands behind a protocol number of Ethernet. */
static void ether_payload(struct walk *w, uint16_t type)
{
    while (cur_ok(&w->c) && (type == ETHER_VLAN || type == ETHER_QINQ || type == ETHER_QINQ_OLD)) {
        uint16_t tag = cur_u16(&w->c); /* [802.1Q 9.6] 12 bits of it are the VLAN */

        type = cur_u16(&w->c);
        if (cur_ok(&w->c) && w->h->n_vlans < HEADS_VLANS) {
            w->h->vlans[w->h->n_vlans++] = tag & 0xFFFu;
        }
    }
    if (type == ETHER_IPV4) {
        ipv4(w);
    } else if (type == ETHER_IPV6) {
        ipv6(w);
    } else if (type == ETHER_ARP) {
        arp(w);
    } else if (cur_ok(&w->c)) {
        w->h->has_ether_type = true;
        w->h->ether_type = type;
    }
}

/* ---------------------------------------------------------------- link */

static void ethernet(struct walk *w)
{
    (void)cur_take(&w->c, 12);
    ether_payload(w, cur_u16(&w->c));
}

/* [LINKTYPE_LINUX_SLL] packet type, ARPHRD type, address length, 8 bytes of address, protocol */
static void sll(struct walk *w)
{
    (void)cur_take(&w->c, 14);
    ether_payload(w, cur_u16(&w->c));
}

/* [LINKTYPE_LINUX_SLL2] protocol, reserved, interface, ARPHRD type, packet type, address */
static void sll2(struct walk *w)
{
    uint16_t type = cur_u16(&w->c);

    (void)cur_take(&w->c, 18);
    ether_payload(w, type);
}

static void raw_ip(struct walk *w)
{
    if (cur_left(&w->c) > 0 && w->c.p[0] >> 4 == 6) {
        ipv6(w);
    } else {
        ipv4(w);
    }
}

/* [LINKTYPE_NULL, LINKTYPE_LOOP] A protocol family of the capturing host, in its byte order or in
 * network order. */
static uint32_t own_family(uint32_t family)
{
    return family > UINT16_MAX ? __builtin_bswap32(family) : family;
}

/* AF_INET is 2 everywhere, AF_INET6 is 10, 24, 28 or 30. */
uint16_t heads_family(uint32_t family)
{
    family = own_family(family);
    return family == 2                                                    ? ETHER_IPV4
           : family == 10 || family == 24 || family == 28 || family == 30 ? ETHER_IPV6
                                                                          : 0;
}

static void loopback(struct walk *w)
{
    uint32_t family = cur_u32(&w->c);
    uint16_t type = heads_family(family);

    if (type == ETHER_IPV4) {
        ipv4(w);
    } else if (type == ETHER_IPV6) {
        ipv6(w);
    } else if (cur_ok(&w->c)) {
        w->h->has_family = true;
        w->h->family = own_family(family);
    }
}

/* [RFC 1661 6.5, 6.6, RFC 1662 3.1] Address and control may be left out, and so may the first byte
 * of the protocol, which then is odd. */
static void ppp(struct walk *w)
{
    uint16_t proto;

    if (cur_left(&w->c) >= 2 && w->c.p[0] == 0xFF && w->c.p[1] == 0x03) {
        (void)cur_u16(&w->c);
    }
    proto = cur_left(&w->c) > 0 && (w->c.p[0] & 1) != 0 ? cur_u8(&w->c) : cur_u16(&w->c);
    if (proto == PPP_IPV4) {
        ipv4(w);
    } else if (proto == PPP_IPV6) {
        ipv6(w);
    }
}

static const struct link_row {
    uint16_t link_type;
    void (*walk)(struct walk *w);
    const char *name; /* while nothing further in is known */
} links[] = {
    {LINK_ETHERNET, ethernet, "ethernet"},
    {LINK_SLL, sll, "sll"},
    {LINK_SLL2, sll2, "sll2"},
    {LINK_NULL, loopback, "loopback"},
    {LINK_LOOP, loopback, "loopback"},
    {LINK_RAW, raw_ip, "ip"},
    {LINK_RAW_BSD, raw_ip, "ip"},
    {LINK_RAW_OPENBSD, raw_ip, "ip"},
    {LINK_IPV4, ipv4, "ipv4"},
    {LINK_IPV6, ipv6, "ipv6"},
    {LINK_PPP, ppp, "ppp"},
    {LINK_PPP_HDLC, ppp, "ppp"},
};

void heads_read(const struct scapf_packet *packet, struct packet_heads *heads)
{
    struct walk w = {.c = cur_make(packet->data, packet->captured_len, 0, true), .h = heads};

    *heads = (struct packet_heads){.name = "packet"};
    if (packet->original_len > packet->captured_len) {
        w.behind = packet->original_len - packet->captured_len;
    }
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        if (links[i].link_type == packet->link_type) {
            heads->name = links[i].name;
            links[i].walk(&w);
            break;
        }
    }
    heads->cut = heads->cut || !cur_ok(&w.c);
}
