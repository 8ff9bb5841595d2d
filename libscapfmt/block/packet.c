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

/* A block that ends inside the fields of EPB and PB, which take the same bytes: in which? */
static enum scapf_status short_packet(struct cur *c, bool obsolete, struct scapf_diag *diag)
{
    if (obsolete) {
        (void)cur_u16(c);
        (void)cur_u16(c);
    }
    for (int i = obsolete ? 1 : 0; i < 5; i++) {
        (void)cur_u32(c);
    }
    return cur_check(c, SCAPF_E_FORMAT, RULE_EPB_LEN_MIN, diag);
}

/* Fields, data, padding, options. */
static enum scapf_status parse_enhanced(struct section *s, struct cur *c, bool obsolete,
                                        struct scapf_packet *packet, struct scapf_diag *diag)
{
    const uint8_t *p = c->p;
    size_t left = cur_left(c);
    uint64_t at = cur_tell(c);
    bool big_endian = c->big_endian;
    struct section_interface *interface;
    size_t pad;

    if (left < PACKET_FIELDS_LEN) {
        return short_packet(c, obsolete, diag);
    }
    left -= PACKET_FIELDS_LEN;
    packet->interface_id = obsolete ? get_u16(p, big_endian) : get_u32(p, big_endian);
    packet->drop_count = obsolete ? get_u16(p + 2, big_endian) : 0;
    packet->ticks = packet_ticks(p, big_endian);
    packet->captured_len = get_u32(p + 12, big_endian);
    packet->original_len = get_u32(p + 16, big_endian);
    if (packet->captured_len > left) {
        return diag_set(diag, SCAPF_E_FORMAT, RULE_EPB_CAPLEN, at + 12, packet->captured_len, left);
    }
    packet->data = p + PACKET_FIELDS_LEN;
    left -= packet->captured_len;
    pad = (0 - (size_t)packet->captured_len) & 3;
    if (left > pad) {
        packet->options_len = (uint32_t)(left - pad);
        packet->options = packet->data + packet->captured_len + pad;
    }
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

bool packet_is_plain(const struct section *s, const uint8_t *body, size_t body_len,
                     uint32_t *interface, uint64_t *ticks)
{
    bool big_endian = s->pub.big_endian;

    if (body_len < PACKET_FIELDS_LEN ||
        get_u32(body + 12, big_endian) > body_len - PACKET_FIELDS_LEN) {
        return false;
    }
    *interface = get_u32(body, big_endian);
    *ticks = packet_ticks(body, big_endian);
    return *interface < s->pub.n_interfaces;
}
