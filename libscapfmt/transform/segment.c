/* SPDX-License-Identifier: Apache-2.0 */
/*
 * segment.c - from the headers of a packet to the payload of a TCP segment or a UDP datagram. A
 * later fragment has no ports and is nothing here.
 *
 * Lengths come from the headers, not from what was captured: a packet may be cut, and a short frame
 * of Ethernet is padded.
 */
#include "transform/segment.h"

#include <string.h>

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

bool segment_read(const struct scapf_packet *packet, struct segment *segment)
{
    struct packet_heads h;

    heads_read(packet, &h);
    if (!h.has_data || !h.has_ip) {
        return false;
    }
    *segment = (struct segment){.proto = h.proto,
                                .flags = (uint8_t)h.tcp_flags,
                                .seq = h.seq,
                                .ack = h.ack,
                                .len = h.data_len < UINT32_MAX ? (uint32_t)h.data_len : UINT32_MAX,
                                .captured = (uint32_t)h.data_have,
                                .payload = h.data};
    end_set(&segment->src, h.src, h.addr_len, h.sport);
    end_set(&segment->dst, h.dst, h.addr_len, h.dport);
    return true;
}
