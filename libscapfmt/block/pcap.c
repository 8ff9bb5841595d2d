/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcap.c - classic pcap. [draft-ietf-opsawg-pcap]
 *
 *   file    u32 magic, u16 major, u16 minor, u32 reserved, u32 reserved, u32 snaplen, u32 link type
 *   record  u32 seconds, u32 fraction, u32 captured, u32 original, data
 *   The modified form (Kuznetzov) has 8 more bytes in each record header.
 */
#include "block/packet.h"

/* libpcap and Wireshark take 256 KiB a packet, more where a link type needs it. */
#define CAPLEN_LIMIT       ((uint32_t)256 << 10)
#define CAPLEN_LIMIT_LARGE ((uint32_t)128 << 20)

static const struct {
    uint32_t magic;
    uint8_t exponent10, record_len;
} magics[] = {
    {PCAP_MICRO, 6, 16},
    {PCAP_NANO, 9, 16},
    {PCAP_MODIFIED, 6, 24},
};

bool pcap_recognise(const uint8_t *magic, struct pcap_layout *layout)
{
    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
        for (int big = 0; big <= 1; big++) {
            if (get_u32(magic, big) == magics[i].magic) {
                *layout = (struct pcap_layout){.magic = magics[i].magic,
                                               .big_endian = big,
                                               .exponent10 = magics[i].exponent10,
                                               .record_len = magics[i].record_len};
                return true;
            }
        }
    }
    return false;
}

enum scapf_status pcap_begin(struct section *s, const struct pcap_layout *layout,
                             const uint8_t *header, struct scapf_diag *diag)
{
    struct cur c = cur_make(header, PCAP_FILE_HEADER_LEN, 0, layout->big_endian);
    uint32_t snaplen;
    uint32_t link;

    s->pub = (struct scapf_section){.big_endian = layout->big_endian,
                                    .is_pcap = true,
                                    .length = UINT64_MAX,
                                    .pcap_magic = layout->magic};
    s->any = true;
    (void)cur_u32(&c);
    s->pub.major = cur_u16(&c);
    s->pub.minor = cur_u16(&c);
    (void)cur_u64(&c); /* two reserved words, once time zone and accuracy */
    snaplen = cur_u32(&c);
    link = cur_u32(&c);
    if (section_add_plain_interface(s, (uint16_t)link, snaplen, layout->exponent10, 0) < 0) {
        return diag_set(diag, SCAPF_E_NOMEM, RULE_MEMORY, 0, 0, 0);
    }
    return SCAPF_OK;
}

/* Another capture where a record should start: somebody used cat. [PCP-031] */
static bool is_capture_header(const uint8_t *p)
{
    struct pcap_layout layout;

    if (get_u32(p, true) == SCAPF_BLOCK_SHB) {
        return get_u32(p + 8, true) == 0x1A2B3C4D || get_u32(p + 8, false) == 0x1A2B3C4D;
    }
    return pcap_recognise(p, &layout) && get_u16(p + 4, layout.big_endian) == 2 &&
           get_u16(p + 6, layout.big_endian) == 4;
}

/* Link types with packets beyond the usual limit: D-Bus, USBPcap, as libpcap has them. */
uint32_t pcap_caplen_limit(uint16_t link_type)
{
    return link_type == 231 || link_type == 249 ? CAPLEN_LIMIT_LARGE : CAPLEN_LIMIT;
}

/* Before version 2.3 the two lengths stood in the other order; 2.3 files have both. [libpcap] */
static bool lengths_swapped(const struct scapf_section *pub, uint32_t captured, uint32_t original)
{
    return pub->major == 2 && (pub->minor < 3 || (pub->minor == 3 && captured > original));
}

static enum scapf_status parse_header(struct section *s, const struct pcap_layout *layout,
                                      const uint8_t *p, uint64_t off, struct scapf_packet *packet,
                                      struct scapf_diag *diag)
{
    struct cur c = cur_make(p, layout->record_len, off, layout->big_endian);
    uint32_t seconds = cur_u32(&c);
    uint32_t fraction = cur_u32(&c);
    uint32_t captured = cur_u32(&c);
    uint32_t original = cur_u32(&c);
    uint32_t limit = pcap_caplen_limit(s->interfaces[0].pub.link_type);

    if (lengths_swapped(&s->pub, captured, original)) {
        uint32_t other = captured;

        captured = original;
        original = other;
    }
    if (captured > limit) {
        return diag_set(diag, SCAPF_E_LIMIT, RULE_PCAP_CAPLEN_LIMIT, off + 8, captured, limit);
    }
    *packet = (struct scapf_packet){.captured_len = captured,
                                    .original_len = original,
                                    .has_ts = true,
                                    .link_type = s->interfaces[0].pub.link_type};
    packet->ticks = (uint64_t)seconds * s->interfaces[0].per_second + fraction;
    section_packet_time(&s->interfaces[0], packet);
    return SCAPF_OK;
}

enum scapf_status pcap_peek(struct section *s, const struct pcap_layout *layout,
                            struct scapf_src *src, const uint8_t **raw, size_t *raw_len,
                            struct scapf_packet *packet, struct scapf_diag *diag)
{
    uint64_t off = src_tell(src);
    const uint8_t *p;
    size_t avail;
    size_t want = layout->record_len;
    enum scapf_status status = src_peek(src, want, &p, &avail);

    if (avail == 0 && status == SCAPF_OK) {
        return SCAPF_END;
    }
    if (avail >= 12 && is_capture_header(p)) {
        return diag_set(diag, SCAPF_E_FORMAT, RULE_PCAP_CONCATENATED, off, get_u32(p, false), 0);
    }
    if (avail >= want) {
        TRY(parse_header(s, layout, p, off, packet, diag));
        want += packet->captured_len;
        status = src_peek(src, want, &p, &avail);
    }
    if (avail < want) {
        if (status != SCAPF_OK) {
            *diag = *src_diag(src);
            return status;
        }
        return diag_set(diag, SCAPF_E_TRUNCATED,
                        want == layout->record_len ? RULE_PCAP_RECORD_SHORT : RULE_PCAP_DATA_SHORT,
                        off, avail, want);
    }
    packet->data = p + layout->record_len;
    s->interfaces[0].pub.packets++;
    *raw = p;
    *raw_len = want;
    return SCAPF_OK;
}
