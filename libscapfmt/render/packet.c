/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet.c - what the headers of a packet say, from the outside in.
 */
#include "render/packet.h"

#include "bytes/addr.h"

static void put_item(struct out *o, const char *name, uint64_t value)
{
    out_str(o, name);
    out_char(o, '=');
    out_udec(o, value);
    out_char(o, ' ');
}

static void put_link(struct out *o, const struct packet_heads *h)
{
    for (uint8_t i = 0; i < h->n_vlans; i++) {
        put_item(o, "vlan", h->vlans[i]);
    }
    if (h->has_family) {
        put_item(o, "family", h->family);
    }
    if (h->has_ether_type && h->ether_type <= ETHER_LENGTH_MAX) {
        put_item(o, "length", h->ether_type);
    } else if (h->has_ether_type) {
        out_lit(o, "ethertype=0x");
        out_hex(o, h->ether_type, false);
        out_char(o, ' ');
    }
}

/* Who talks to whom. */
static void put_ends(struct out *o, const struct packet_heads *h)
{
    if (h->has_ports) {
        out_lit(o, "tuple=");
        out_ip_port(o, h->src, h->addr_len, h->sport);
        out_lit(o, "->");
        out_ip_port(o, h->dst, h->addr_len, h->dport);
        out_char(o, ' ');
    } else if (h->src != NULL && h->dst != NULL) {
        out_lit(o, "addr=");
        out_ip(o, h->src, h->addr_len);
        out_lit(o, "->");
        out_ip(o, h->dst, h->addr_len);
        out_char(o, ' ');
    }
}

static void put_network(struct out *o, const struct packet_heads *h)
{
    if (h->has_proto && !h->has_transport) {
        put_item(o, "protocol", h->proto);
    }
    if (h->is_fragment) {
        put_item(o, "fragment", h->fragment);
    }
    if (h->has_op && (h->op == 1 || h->op == 2)) { /* [RFC 826] */
        out_str(o, h->op == 1 ? "op=request " : "op=reply ");
    } else if (h->has_op) {
        put_item(o, "op", h->op);
    }
}

static void put_tcp(struct out *o, const struct packet_heads *h)
{
    static const char *const names[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};
    bool any = false;

    out_lit(o, "flags=");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if ((h->tcp_flags >> i & 1) != 0) {
            if (any) {
                out_char(o, '|');
            }
            out_str(o, names[i]);
            any = true;
        }
    }
    out_str(o, any ? " " : "0 ");
    put_item(o, "seq", h->seq);
    if ((h->tcp_flags & TCP_FLAG_ACK) != 0) {
        put_item(o, "ack", h->ack);
    }
}

void packet_text(struct out *o, const struct packet_heads *heads)
{
    put_link(o, heads);
    put_ends(o, heads);
    put_network(o, heads);
    if (heads->has_tcp) {
        put_tcp(o, heads);
    }
    if (heads->has_data) {
        put_item(o, "data", heads->data_len);
    }
    if (heads->has_type) {
        put_item(o, "type", heads->type);
        put_item(o, "code", heads->code);
    }
    if (heads->cut) {
        out_lit(o, "cut=yes ");
    }
}
