/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet.c - link, network and transport headers, as far as one line of text needs them.
 *
 * Each layer reads from one cursor and hands it on; a header that is cut leaves the cursor faulty,
 * and what was read so far is all that is said, closed by "cut=yes".
 */
#include "render/packet.h"

#include "bytes/addr.h"
#include "bytes/cur.h"

/* [tcpdump.org linktypes] */
enum link {
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
enum ether {
    ETHER_IPV4 = 0x0800,
    ETHER_ARP = 0x0806,
    ETHER_VLAN = 0x8100,
    ETHER_IPV6 = 0x86DD,
    ETHER_QINQ = 0x88A8,
    ETHER_QINQ_OLD = 0x9100,
    ETHER_LENGTH_MAX = 1500 /* [802.3 3.2.6] smaller values are a length */
};

/* [IANA protocol numbers] */
enum proto {
    PROTO_HOPOPT = 0,
    PROTO_ICMP = 1,
    PROTO_IGMP = 2,
    PROTO_TCP = 6,
    PROTO_UDP = 17,
    PROTO_ROUTING = 43,
    PROTO_FRAGMENT = 44,
    PROTO_ESP = 50,
    PROTO_AH = 51,
    PROTO_ICMPV6 = 58,
    PROTO_DSTOPTS = 60,
    PROTO_SCTP = 132
};

/* One packet on its way through the layers. */
struct walk {
    struct out *o;
    struct cur c; /* what is left; network order */
    const uint8_t *src, *dst;
    size_t addr_len;
    size_t payload; /* bytes behind the network header, as that header says */
    bool told;      /* who talks to whom was said */
    struct packet_heads *heads;
};

static void put_item(struct walk *w, const char *name, uint64_t value)
{
    out_str(w->o, name);
    out_char(w->o, '=');
    out_udec(w->o, value);
    out_char(w->o, ' ');
}

static void put_hosts(struct walk *w)
{
    if (!w->told && w->src != NULL && w->dst != NULL) {
        w->told = true;
        out_lit(w->o, "addr=");
        out_ip(w->o, w->src, w->addr_len);
        out_lit(w->o, "->");
        out_ip(w->o, w->dst, w->addr_len);
        out_char(w->o, ' ');
    }
}

/* The first two fields of TCP, UDP and SCTP. False when they are cut off. */
static bool put_ports(struct walk *w)
{
    uint16_t sport = cur_u16(&w->c);
    uint16_t dport = cur_u16(&w->c);

    if (!cur_ok(&w->c)) {
        return false;
    }
    w->told = true;
    w->heads->has_ports = true;
    w->heads->sport = sport;
    w->heads->dport = dport;
    out_lit(w->o, "tuple=");
    out_ip_port(w->o, w->src, w->addr_len, sport);
    out_lit(w->o, "->");
    out_ip_port(w->o, w->dst, w->addr_len, dport);
    out_char(w->o, ' ');
    return true;
}

/* ------------------------------------------------------------------ transport */

/* [RFC 9293 3.1] */
static const char *tcp(struct walk *w)
{
    static const char *const names[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};
    uint32_t seq;
    uint32_t ack;
    uint16_t bits;
    size_t header;
    bool any = false;

    if (!put_ports(w)) {
        return "tcp";
    }
    seq = cur_u32(&w->c);
    ack = cur_u32(&w->c);
    bits = cur_u16(&w->c);
    if (!cur_ok(&w->c)) {
        return "tcp";
    }
    w->heads->has_tcp_flags = true;
    w->heads->tcp_flags = bits & 0xFFF;
    out_lit(w->o, "flags=");
    for (size_t i = 0; i < 8; i++) {
        if ((bits >> i & 1) != 0) {
            if (any) {
                out_char(w->o, '|');
            }
            out_str(w->o, names[i]);
            any = true;
        }
    }
    out_str(w->o, any ? " " : "0 ");
    put_item(w, "seq", seq);
    if ((bits & 0x10) != 0) {
        put_item(w, "ack", ack);
    }
    header = (size_t)(bits >> 12) * 4;
    if (w->payload >= header) {
        put_item(w, "data", w->payload - header);
    }
    return "tcp";
}

/* [RFC 768] */
static const char *udp(struct walk *w)
{
    uint16_t length;

    if (put_ports(w)) {
        length = cur_u16(&w->c);
        if (cur_ok(&w->c) && length >= 8) {
            put_item(w, "data", length - 8u);
        }
    }
    return "udp";
}

static const char *sctp(struct walk *w)
{
    (void)put_ports(w);
    return "sctp";
}

static void put_type_code(struct walk *w)
{
    uint8_t type = cur_u8(&w->c);
    uint8_t code = cur_u8(&w->c);

    put_hosts(w);
    if (cur_ok(&w->c)) {
        put_item(w, "type", type);
        put_item(w, "code", code);
    }
}

static const char *icmp(struct walk *w)
{
    put_type_code(w);
    return "icmp";
}

static const char *icmpv6(struct walk *w)
{
    put_type_code(w);
    return "icmpv6";
}

static const struct transport {
    uint8_t number;
    const char *(*walk)(struct walk *w); /* NULL: only its name is said */
    const char *name;
} transports[] = {
    {PROTO_ICMP, icmp, "icmp"},       {PROTO_IGMP, NULL, "igmp"}, {PROTO_TCP, tcp, "tcp"},
    {PROTO_UDP, udp, "udp"},          {PROTO_ESP, NULL, "esp"},   {PROTO_AH, NULL, "ah"},
    {PROTO_ICMPV6, icmpv6, "icmpv6"}, {PROTO_SCTP, sctp, "sctp"},
};

static const char *transport(struct walk *w, uint8_t number, const char *network)
{
    w->heads->has_proto = true;
    w->heads->proto = number;
    for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++) {
        if (transports[i].number == number) {
            if (transports[i].walk != NULL) {
                return transports[i].walk(w);
            }
            put_hosts(w);
            return transports[i].name;
        }
    }
    put_hosts(w);
    put_item(w, "protocol", number);
    return network;
}

/* ------------------------------------------------------------------ network */

/* A later fragment has no transport header. */
static const char *fragment(struct walk *w, uint8_t number, uint32_t offset, const char *network)
{
    w->heads->has_proto = true;
    w->heads->proto = number;
    put_hosts(w);
    put_item(w, "protocol", number);
    put_item(w, "fragment", offset);
    return network;
}

/* [RFC 791 3.1] */
static const char *ipv4(struct walk *w)
{
    uint8_t first = cur_u8(&w->c);
    size_t header = (size_t)(first & 15) * 4;
    size_t total;
    uint16_t frag;
    uint8_t number;

    (void)cur_u8(&w->c);
    total = cur_u16(&w->c);
    (void)cur_u16(&w->c);
    frag = cur_u16(&w->c);
    (void)cur_u8(&w->c);
    number = cur_u8(&w->c);
    (void)cur_u16(&w->c);
    w->src = cur_take(&w->c, 4);
    w->dst = cur_take(&w->c, 4);
    w->addr_len = 4;
    if (!cur_ok(&w->c) || first >> 4 != 4 || header < 20) {
        w->src = NULL;
        return "ipv4";
    }
    w->heads->has_ip = true;
    (void)cur_take(&w->c, header - 20);
    w->payload = total > header ? total - header : 0;
    if ((frag & 0x1FFF) != 0) {
        return fragment(w, number, (frag & 0x1FFFu) * 8, "ipv4");
    }
    return transport(w, number, "ipv4");
}

static bool is_extension(uint8_t number)
{
    return number == PROTO_HOPOPT || number == PROTO_ROUTING || number == PROTO_DSTOPTS ||
           number == PROTO_AH;
}

/* [RFC 8200 4] Pass over the extension headers; *number becomes what follows them. False at a later
 * fragment, whose place is put into *offset. */
static bool extensions(struct walk *w, uint8_t *number, uint32_t *offset)
{
    while (cur_ok(&w->c) && (is_extension(*number) || *number == PROTO_FRAGMENT)) {
        uint8_t next = cur_u8(&w->c);
        uint8_t length = cur_u8(&w->c);
        size_t size = 8;

        if (*number == PROTO_FRAGMENT) {
            *offset = cur_u16(&w->c) & 0xFFF8u;
            (void)cur_u32(&w->c);
        } else {
            /* [RFC 4302 2.2] that of AH counts other units */
            size = *number == PROTO_AH ? ((size_t)length + 2) * 4 : ((size_t)length + 1) * 8;
            (void)cur_take(&w->c, size - 2);
        }
        w->payload = w->payload > size ? w->payload - size : 0;
        *number = next;
        if (*offset != 0) {
            return false;
        }
    }
    return true;
}

/* [RFC 8200 3] */
static const char *ipv6(struct walk *w)
{
    uint32_t first = cur_u32(&w->c);
    uint32_t offset = 0;
    uint8_t number;

    w->payload = cur_u16(&w->c);
    number = cur_u8(&w->c);
    (void)cur_u8(&w->c);
    w->src = cur_take(&w->c, 16);
    w->dst = cur_take(&w->c, 16);
    w->addr_len = 16;
    if (!cur_ok(&w->c) || first >> 28 != 6) {
        w->src = NULL;
        return "ipv6";
    }
    w->heads->has_ip = true;
    if (!extensions(w, &number, &offset)) {
        return fragment(w, number, offset, "ipv6");
    }
    if (!cur_ok(&w->c)) {
        put_hosts(w);
        return "ipv6";
    }
    return transport(w, number, "ipv6");
}

/* [RFC 826] For IPv4 over Ethernet; others only by their name. */
static const char *arp(struct walk *w)
{
    uint32_t kind = cur_u32(&w->c);
    uint16_t lens = cur_u16(&w->c);
    uint16_t op = cur_u16(&w->c);

    if (cur_ok(&w->c) && kind == (1u << 16 | ETHER_IPV4) && lens == (6u << 8 | 4)) {
        (void)cur_take(&w->c, 6);
        w->src = cur_take(&w->c, 4);
        (void)cur_take(&w->c, 6);
        w->dst = cur_take(&w->c, 4);
        w->addr_len = 4;
        if (cur_ok(&w->c)) {
            put_hosts(w);
        }
    }
    if (op == 1 || op == 2) {
        out_str(w->o, op == 1 ? "op=request " : "op=reply ");
    } else if (cur_ok(&w->c)) {
        put_item(w, "op", op);
    }
    return "arp";
}

/* What stands behind a protocol number of Ethernet; name is said when it is not known. */
static const char *ether_payload(struct walk *w, uint16_t type, const char *name)
{
    while (cur_ok(&w->c) && (type == ETHER_VLAN || type == ETHER_QINQ || type == ETHER_QINQ_OLD)) {
        uint16_t tag = cur_u16(&w->c); /* [802.1Q 9.6] 12 bits of it are the VLAN */

        type = cur_u16(&w->c);
        if (cur_ok(&w->c)) {
            put_item(w, "vlan", tag & 0xFFFu);
        }
    }
    if (type == ETHER_IPV4) {
        return ipv4(w);
    }
    if (type == ETHER_IPV6) {
        return ipv6(w);
    }
    if (type == ETHER_ARP) {
        return arp(w);
    }
    if (cur_ok(&w->c)) {
        out_str(w->o, type <= ETHER_LENGTH_MAX ? "length=" : "ethertype=0x");
        if (type <= ETHER_LENGTH_MAX) {
            out_udec(w->o, type);
        } else {
            out_hex(w->o, type, false);
        }
        out_char(w->o, ' ');
    }
    return name;
}

/* ------------------------------------------------------------------ link */

static const char *ethernet(struct walk *w)
{
    (void)cur_take(&w->c, 12);
    return ether_payload(w, cur_u16(&w->c), "ethernet");
}

/* [LINKTYPE_LINUX_SLL] packet type, ARPHRD type, address length, 8 bytes of address, protocol */
static const char *sll(struct walk *w)
{
    (void)cur_take(&w->c, 14);
    return ether_payload(w, cur_u16(&w->c), "sll");
}

/* [LINKTYPE_LINUX_SLL2] protocol, reserved, interface, ARPHRD type, packet type, address */
static const char *sll2(struct walk *w)
{
    uint16_t type = cur_u16(&w->c);

    (void)cur_take(&w->c, 18);
    return ether_payload(w, type, "sll2");
}

static const char *raw_ip(struct walk *w)
{
    if (cur_left(&w->c) > 0 && w->c.p[0] >> 4 == 6) {
        return ipv6(w);
    }
    return ipv4(w);
}

/* [LINKTYPE_NULL, LINKTYPE_LOOP] A protocol family of the capturing host, in its byte order or in
 * network order. AF_INET is 2 everywhere, AF_INET6 is 10, 24, 28 or 30. */
static const char *loopback(struct walk *w)
{
    uint32_t family = cur_u32(&w->c);

    if (family > UINT16_MAX) {
        family = __builtin_bswap32(family);
    }
    if (family == 2) {
        return ipv4(w);
    }
    if (family == 10 || family == 24 || family == 28 || family == 30) {
        return ipv6(w);
    }
    if (cur_ok(&w->c)) {
        put_item(w, "family", family);
    }
    return "loopback";
}

static const struct link_row {
    uint16_t link_type;
    const char *(*walk)(struct walk *w);
} links[] = {
    {LINK_NULL, loopback},  {LINK_ETHERNET, ethernet},
    {LINK_RAW_BSD, raw_ip}, {LINK_RAW_OPENBSD, raw_ip},
    {LINK_RAW, raw_ip},     {LINK_LOOP, loopback},
    {LINK_SLL, sll},        {LINK_IPV4, ipv4},
    {LINK_IPV6, ipv6},      {LINK_SLL2, sll2},
};

const char *packet_text(struct out *o, uint16_t link_type, const uint8_t *bytes, size_t len,
                        struct packet_heads *heads)
{
    struct packet_heads ignored;
    struct walk w = {.o = o, .c = cur_make(bytes, len, 0, true)};
    const char *name = "packet";

    w.heads = heads != NULL ? heads : &ignored;
    *w.heads = (struct packet_heads){.name = name};
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        if (links[i].link_type == link_type) {
            name = links[i].walk(&w);
        }
    }
    if (!cur_ok(&w.c)) {
        put_hosts(&w);
        out_lit(o, "cut=yes ");
    }
    w.heads->name = name;
    w.heads->src = w.src;
    w.heads->dst = w.dst;
    w.heads->addr_len = w.addr_len;
    return name;
}
