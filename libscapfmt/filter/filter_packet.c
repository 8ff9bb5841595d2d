/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_packet.c - frame.*, ip.*, tcp.*, udp.*: packets, by the names Wireshark has for them.
 */
#include "filter/filter.h"
#include "filter/filter_evt.h"
#include "render/clock.h"

/* ------------------------------------------------------------------ frame */

bool get_frame_number(struct eval *e, const struct filter_check *c, uint32_t k,
                      struct filter_value *v)
{
    (void)k;
    switch (c->field->what) {
    case FRAME_NUMBER:
        return value_unsigned(v, e->f->frames);
    case FRAME_LEN:
        return value_unsigned(v, e->packet->original_len);
    case FRAME_CAP_LEN:
        return value_unsigned(v, e->packet->captured_len);
    case FRAME_INTERFACE_ID:
        return value_unsigned(v, e->packet->interface_id);
    case FRAME_LINK_TYPE:
        return value_unsigned(v, e->packet->link_type);
    default: /* FRAME_TIME_EPOCH */
        return e->rec->has_ts && value_unsigned(v, e->rec->ts_ns);
    }
}

static bool interface_name(const struct eval *e, struct filter_value *v)
{
    const struct scapf_interface *interface =
        e->reader != NULL ? scapf_reader_interface(e->reader, e->packet->interface_id) : NULL;

    return interface != NULL && interface->name[0] != '\0' && value_str(v, interface->name);
}

/* As print shows it: who talks to whom, and what else its headers say. */
static bool packet_line(struct eval *e, struct filter_value *v)
{
    const struct packet_heads *heads = eval_heads(e);
    struct out *o = &e->f->heads_text;

    if (heads == NULL) {
        return false;
    }
    out_clear(o);
    packet_text(o, heads);
    return out_status(o) == SCAPF_OK && o->len > 0 && value_bytes(v, o->bytes, o->len - 1);
}

bool get_frame_text(struct eval *e, const struct filter_check *c, uint32_t k,
                    struct filter_value *v)
{
    const struct packet_heads *heads;

    (void)k;
    switch (c->field->what) {
    case FRAME_TIME:
        if (!e->rec->has_ts) {
            return false;
        }
        clock_put_date(&e->f->scratch, e->rec->ts_ns);
        return value_scratch(e, v, 0);
    case FRAME_PROTOCOL:
        heads = eval_heads(e);
        return heads != NULL && value_str(v, heads->name);
    case FRAME_TEXT:
        return packet_line(e, v);
    default: /* FRAME_INTERFACE_NAME */
        return interface_name(e, v);
    }
}

/* ------------------------------------------------------------------ addresses, ports */

bool get_packet_addr(struct eval *e, const struct filter_check *c, uint32_t k,
                     struct filter_value *v)
{
    const struct packet_heads *heads = eval_heads(e);
    bool is_src = c->field->what == IP_SRC || (c->field->what == IP_ANY && k == 0);

    return heads != NULL && heads->has_ip && k < 2 &&
           value_addr(v, is_src ? heads->src : heads->dst, heads->addr_len);
}

static const struct packet_heads *with_ports(struct eval *e, uint8_t proto)
{
    const struct packet_heads *heads = eval_heads(e);

    return heads != NULL && heads->has_ports && heads->proto == proto ? heads : NULL;
}

bool get_packet_port(struct eval *e, const struct filter_check *c, uint32_t k,
                     struct filter_value *v)
{
    int what = c->field->what;
    bool is_udp = what >= UDP_PORT;
    const struct packet_heads *heads = with_ports(e, is_udp ? PROTO_UDP : PROTO_TCP);
    bool is_src = what == TCP_SRCPORT || what == UDP_SRCPORT ||
                  ((what == TCP_PORT || what == UDP_PORT) && k == 0);

    return heads != NULL && k < 2 && value_unsigned(v, is_src ? heads->sport : heads->dport);
}

bool get_packet_number(struct eval *e, const struct filter_check *c, uint32_t k,
                       struct filter_value *v)
{
    static const struct {
        int what;
        uint16_t bit;
    } bits[] = {{TCP_FIN, TCP_FLAG_FIN},
                {TCP_SYN, TCP_FLAG_SYN},
                {TCP_RESET, TCP_FLAG_RST},
                {TCP_ACK, TCP_FLAG_ACK}};
    const struct packet_heads *heads;

    (void)k;
    if (c->field->what == IP_PROTO) {
        heads = eval_heads(e);
        return heads != NULL && heads->has_proto && value_unsigned(v, heads->proto);
    }
    heads = with_ports(e, PROTO_TCP);
    if (heads == NULL || !heads->has_tcp) {
        return false;
    }
    for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
        if (bits[i].what == c->field->what) {
            return value_bool(v, (heads->tcp_flags & bits[i].bit) != 0);
        }
    }
    return value_unsigned(v, heads->tcp_flags);
}
