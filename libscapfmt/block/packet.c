/* SPDX-License-Identifier: Apache-2.0 */
#include "block/packet.h"

/* [PNG-112, PNG-301] An unknown interface: in this file at all, or only in an earlier section? */
static enum scapf_status no_interface(const struct section *s, enum rule rule, uint32_t id,
                                      uint64_t off, struct scapf_diag *diag)
{
    if (id < s->earlier_interfaces) {
        rule = RULE_IFACE_OTHER_SECTION;
    }
    return diag_set(diag, SCAPF_E_FORMAT, rule, off, id, s->pub.n_interfaces);
}

/* Captured and original length, data, padding, options: the same in EPB and PB. */
static enum scapf_status parse_data(struct cur *c, struct scapf_packet *packet,
                                    struct scapf_diag *diag)
{
    uint64_t at = cur_tell(c);
    uint64_t start;

    packet->captured_len = cur_u32(c);
    packet->original_len = cur_u32(c);
    TRY(cur_check(c, SCAPF_E_FORMAT, RULE_EPB_LEN_MIN, diag));
    start = cur_tell(c);
    if (packet->captured_len > cur_left(c)) {
        return diag_set(diag, SCAPF_E_FORMAT, RULE_EPB_CAPLEN, at, packet->captured_len,
                        cur_left(c));
    }
    packet->data = cur_take(c, packet->captured_len);
    (void)cur_align4(c, start);
    if (cur_left(c) > 0) {
        packet->options = c->p;
        packet->options_len = (uint32_t)cur_left(c);
    }
    return SCAPF_OK;
}

static enum scapf_status parse_enhanced(struct section *s, struct cur *c, bool obsolete,
                                        struct scapf_packet *packet, struct scapf_diag *diag)
{
    uint64_t at = cur_tell(c);
    struct section_interface *interface;

    if (obsolete) {
        packet->interface_id = cur_u16(c);
        packet->drop_count = cur_u16(c);
    } else {
        packet->interface_id = cur_u32(c);
    }
    packet->ticks = (uint64_t)cur_u32(c) << 32;
    packet->ticks |= cur_u32(c);
    TRY(parse_data(c, packet, diag));
    if (packet->interface_id >= s->pub.n_interfaces) {
        return no_interface(s, obsolete ? RULE_PB_IFACE : RULE_EPB_IFACE, packet->interface_id, at,
                            diag);
    }
    interface = &s->interfaces[packet->interface_id];
    interface->pub.packets++;
    packet->link_type = interface->pub.link_type;
    packet->has_ts = true;
    section_packet_time(interface, packet);
    return SCAPF_OK;
}

/* [pcapng 4.4] The data length is not stored: it is the original length cut by the snap length. */
static enum scapf_status parse_simple(struct section *s, struct cur *c, struct scapf_packet *packet,
                                      struct scapf_diag *diag)
{
    uint64_t at = cur_tell(c);
    uint32_t snaplen;

    packet->original_len = cur_u32(c);
    TRY(cur_check(c, SCAPF_E_FORMAT, RULE_SPB_LEN_MIN, diag));
    if (s->pub.n_interfaces == 0) {
        return diag_set(diag, SCAPF_E_FORMAT, RULE_SPB_NO_IFACE, at, 0, 1);
    }
    snaplen = s->interfaces[0].pub.snaplen;
    packet->captured_len = packet->original_len;
    if (snaplen != 0 && packet->captured_len > snaplen) {
        packet->captured_len = snaplen;
    }
    if (packet->captured_len > cur_left(c)) {
        return diag_set(diag, SCAPF_E_FORMAT, RULE_SPB_DATA_LEN, at, cur_left(c),
                        packet->captured_len);
    }
    packet->data = cur_take(c, packet->captured_len);
    packet->link_type = s->interfaces[0].pub.link_type;
    s->interfaces[0].pub.packets++;
    return SCAPF_OK;
}

enum scapf_status packet_parse(struct section *s, uint32_t block_type, const uint8_t *body,
                               size_t body_len, uint64_t off, struct scapf_packet *packet,
                               struct scapf_diag *diag)
{
    struct cur c = cur_make(body, body_len, off + 8, s->pub.big_endian);

    *packet = (struct scapf_packet){.drop_count = 0};
    if (block_type == SCAPF_BLOCK_SPB) {
        return parse_simple(s, &c, packet, diag);
    }
    return parse_enhanced(s, &c, block_type == SCAPF_BLOCK_PB, packet, diag);
}
