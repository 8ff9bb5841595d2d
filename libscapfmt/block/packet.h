/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet.h - packet views of the three packet blocks of pcapng, and of classic pcap records.
 *
 *   EPB  u32 interface, u32 time high, u32 time low, u32 captured, u32 original, data, options
 *   SPB  u32 original, data                                        (interface 0, no time)
 *   PB   u16 interface, u16 drops, u32 high, u32 low, u32 captured, u32 original, data, options
 *   pcap u32 seconds, u32 fraction, u32 captured, u32 original, data without padding
 */
#ifndef SCAPF_BLOCK_PACKET_H
#define SCAPF_BLOCK_PACKET_H

#include "block/section.h"
#include "io/src.h"
#include "scapfmt.h"

#define PCAP_FILE_HEADER_LEN 24u
#define PCAP_RECORD_LEN      16u
/* Magics: microseconds, nanoseconds, and 8 more bytes in each record header (Kuznetzov). */
#define PCAP_MICRO    0xA1B2C3D4u
#define PCAP_NANO     0xA1B23C4Du
#define PCAP_MODIFIED 0xA1B2CD34u

/* Read a packet block's body. The packet borrows from body. E_FORMAT with diag filled when the
 * block does not hold what it says or names an interface the section does not have. */
enum scapf_status packet_parse(struct section *s, uint32_t block_type, const uint8_t *body,
                               size_t body_len, uint64_t off, struct scapf_packet *packet,
                               struct scapf_diag *diag);

/* Is this certainly the body of an enhanced packet block that packet_parse() would read? Its
 * interface and time in units of that then. */
bool packet_is_plain(const struct section *s, const uint8_t *body, size_t body_len,
                     uint32_t *interface, uint64_t *ticks);

#define PACKET_FIELDS_LEN 20u /* of EPB and PB */

/* Time in those fields, in units of their interface. */
static inline uint64_t packet_ticks(const uint8_t *fields, bool big_endian)
{
    return (uint64_t)get_u32(fields + 4, big_endian) << 32 | get_u32(fields + 8, big_endian);
}

/* What the magic of a classic pcap file says. */
struct pcap_layout {
    uint32_t magic; /* as the writer meant it */
    bool big_endian;
    uint8_t exponent10; /* 6 or 9: fraction is 10^-n s */
    uint8_t record_len; /* bytes of a record header: 16, or 24 in the modified form */
};

/* Recognise a classic pcap by its first 4 bytes. False for anything else. */
bool pcap_recognise(const uint8_t *magic, struct pcap_layout *layout);
/* The longest packet of a link type that readers take. */
uint32_t pcap_caplen_limit(uint16_t link_type);
/* Begin the only section of a pcap file from its 24-byte header. */
enum scapf_status pcap_begin(struct section *s, const struct pcap_layout *layout,
                             const uint8_t *header, struct scapf_diag *diag);
/* Look at the record at the source's position; *raw and *raw_len are the whole record, which the
 * caller consumes. END at the end of the file. */
enum scapf_status pcap_peek(struct section *s, const struct pcap_layout *layout,
                            struct scapf_src *src, const uint8_t **raw, size_t *raw_len,
                            struct scapf_packet *packet, struct scapf_diag *diag);

#endif
