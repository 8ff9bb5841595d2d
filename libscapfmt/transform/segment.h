/* SPDX-License-Identifier: Apache-2.0 */
/*
 * segment.h - who sends what to whom in a packet: addresses, ports, and where its payload lies.
 *
 * Only what is needed to follow TCP streams and datagrams; packets of anything else are none.
 */
#ifndef SCAPF_TRANSFORM_SEGMENT_H
#define SCAPF_TRANSFORM_SEGMENT_H

#include "block/heads.h"

/* One end of a connection. IPv4 addresses stand in their IPv6-mapped form. */
struct end {
    uint8_t addr[16];
    uint16_t port;
};

struct segment {
    struct end src, dst;
    uint8_t proto;
    uint8_t flags; /* of TCP */
    uint32_t seq, ack;
    uint32_t len;      /* bytes of payload on the wire */
    uint32_t captured; /* how many of them were captured */
    const uint8_t *payload;
};

/* An address of 4 or 16 bytes and a port as an end. */
void end_set(struct end *end, const uint8_t *addr, size_t addr_len, uint16_t port);
bool end_same(const struct end *a, const struct end *b);
/* Is the address 0.0.0.0 or ::? */
bool end_is_any(const struct end *end);

/* Look into a packet. False when it is neither TCP nor UDP over IPv4 or IPv6, is a later fragment,
 * or its headers are cut off. */
bool segment_read(const struct scapf_packet *packet, struct segment *segment);

#endif
