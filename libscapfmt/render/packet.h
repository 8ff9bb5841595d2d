/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet.h - the first headers of a packet in one line of text.
 */
#ifndef SCAPF_RENDER_PACKET_H
#define SCAPF_RENDER_PACKET_H

#include "bytes/out.h"

/* What the headers say. Addresses borrow from the packet; those of
 * IP when has_ip is set, else NULL or those of another protocol. */
struct packet_heads {
    const char *name; /* as packet_text() returns it */
    const uint8_t *src, *dst;
    size_t addr_len;
    bool has_ip, has_proto, has_ports, has_tcp_flags;
    uint8_t proto;
    uint16_t sport, dport, tcp_flags;
};

/* Append what the headers say, each item followed by a space: "vlan=7 tuple=10.0.0.1:80->10.0.0.2:9
 * flags=SYN|ACK data=0 ". Returns the name of the innermost protocol that was recognised; "packet"
 * when the link type is not known here. bytes are len bytes of a packet of this link type.
 * heads, when not NULL, receives the same as numbers. */
const char *packet_text(struct out *o, uint16_t link_type, const uint8_t *bytes, size_t len,
                        struct packet_heads *heads);

#endif
