/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heads.h - the first headers of a packet as numbers: link, network, transport.
 *
 * Printers write it as text, filters ask single fields, merging follows TCP streams with it. Who
 * changes packets (redaction) walks through them himself, to what is not known here, too.
 */
#ifndef SCAPF_BLOCK_HEADS_H
#define SCAPF_BLOCK_HEADS_H

#include "scapfmt.h"

/* [tcpdump.org linktypes] */
enum link_type {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_PPP = 9,
    LINK_RAW_BSD = 12,
    LINK_RAW_OPENBSD = 14,
    LINK_PPP_HDLC = 50,
    LINK_RAW = 101,
    LINK_LOOP = 108,
    LINK_SLL = 113,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_SLL2 = 276
};

/* [IEEE 802 numbers] */
enum ether_type {
    ETHER_LENGTH_MAX = 1500, /* [802.3 3.2.6] smaller values are a length */
    ETHER_IPV4 = 0x0800,
    ETHER_ARP = 0x0806,
    ETHER_VLAN = 0x8100,
    ETHER_IPV6 = 0x86DD,
    ETHER_QINQ = 0x88A8,
    ETHER_QINQ_OLD = 0x9100
};

/* [RFC 1332, RFC 5072] */
enum ppp_type { PPP_IPV4 = 0x0021, PPP_IPV6 = 0x0057 };

/* [IANA protocol numbers] */
enum ip_proto {
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

/* [RFC 9293 3.1] */
enum tcp_flag { TCP_FLAG_FIN = 1, TCP_FLAG_SYN = 2, TCP_FLAG_RST = 4, TCP_FLAG_ACK = 16 };

#define HEADS_VLANS 8

/* Pointers borrow from the packet. */
struct packet_heads {
    const char *name; /* innermost protocol that is known; "packet" for other link types */
    bool cut;         /* the headers end behind what was captured */

    uint8_t n_vlans; /* outermost first; of more than fit the outer ones */
    uint16_t vlans[HEADS_VLANS];
    bool has_family; /* of LINK_NULL and LINK_LOOP, when it is not one of IP */
    bool has_ether_type;
    uint32_t family;
    uint16_t ether_type; /* when it is none of IP or ARP */

    const uint8_t *src, *dst; /* of IP with has_ip, of ARP without; NULL when there are none */
    size_t addr_len;
    bool has_ip, has_proto;
    bool has_transport; /* name is that of proto; else that of the network */
    bool is_fragment;   /* a later one: no transport header is in it */
    uint8_t proto;
    uint32_t fragment; /* where it belongs, in bytes */

    bool has_ports; /* of TCP, UDP, SCTP */
    bool has_tcp;   /* flags, seq, ack */
    bool has_data;  /* the header of TCP or UDP ends where it should: the last three fields */
    bool has_type;  /* of ICMP and ICMPv6: type, code */
    bool has_op;    /* of ARP */
    uint16_t sport, dport, tcp_flags, op;
    uint32_t seq, ack;
    uint8_t type, code;

    const uint8_t *data; /* payload of TCP or UDP */
    uint64_t data_len;   /* on the wire, as the headers say */
    size_t data_have;    /* captured of it */
};

/* The type Ethernet has for what a protocol family of LINK_NULL and LINK_LOOP, read in network
 * order, says: ETHER_IPV4, ETHER_IPV6; 0 for others. */
uint16_t heads_family(uint32_t family);
/* Look into a packet. Never fails: what is not there or not known is not set. */
void heads_read(const struct scapf_packet *packet, struct packet_heads *heads);

#endif
