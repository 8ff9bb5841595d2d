/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repair_head.c - what packets tell when the header that should say it is lost: where the records
 * of a classic pcap start, their byte order and unit of time, and what link they come from.
 */
#include "block/heads.h"
#include "bytes/cur.h"
#include "check/repair.h"

#define MICRO     1000000u
#define LOOKED_AT 16u /* records that are asked for their link type */

/* The most frequent ones, those with more to recognise first. */
static const uint16_t links[] = {LINK_ETHERNET, LINK_SLL, LINK_SLL2, LINK_NULL, LINK_RAW};

#define N_LINKS (sizeof(links) / sizeof(links[0]))

/* With this link type, does the packet lead to a protocol that is known? */
static bool fits(uint16_t link, const uint8_t *data, size_t len)
{
    const struct scapf_packet packet = {.link_type = link,
                                        .data = data,
                                        .captured_len = (uint32_t)len,
                                        .original_len = (uint32_t)len};
    struct packet_heads heads;

    heads_read(&packet, &heads);
    return heads.has_transport || (heads.has_op && heads.src != NULL);
}

uint16_t repair_guess_link(const uint8_t *data, size_t len)
{
    static const uint16_t types[] = {ETHER_IPV4, ETHER_ARP, ETHER_IPV6, ETHER_VLAN};

    for (size_t i = 0; i < N_LINKS; i++) {
        if (fits(links[i], data, len)) {
            return links[i];
        }
    }
    for (size_t i = 0; len >= 14 && i < sizeof(types) / sizeof(types[0]); i++) {
        if (get_u16(data + 12, true) == types[i]) {
            return LINK_ETHERNET;
        }
    }
    return REPAIR_LINK_UNKNOWN;
}

static void use(struct refind_pcap *k, bool big_endian, bool nano)
{
    refind_pcap_use(k, &(struct pcap_layout){.magic = nano ? PCAP_NANO : PCAP_MICRO,
                                             .big_endian = big_endian,
                                             .exponent10 = nano ? 9 : 6,
                                             .record_len = PCAP_RECORD_LEN});
}

/* A row of records, and what it tells. */
struct row {
    struct refind_pcap k;
    size_t at;
    uint16_t link;
    unsigned sense; /* the more, the likelier */
};

#define SENSE_LINK  4u /* its packets lead to protocols */
#define SENSE_END   2u /* it goes on to the end of the input */
#define SENSE_EARLY 1u /* its times are before 2038 */

/* Fractions that are too large for microseconds tell the unit, one alone is damage; the link type
 * is the one that most of the first records lead to, and half of them at least. Small numbers of
 * one byte order, read a few bytes off, look like those of the other: such a row leads to no
 * protocol, and not to the end. */
static void ask_records(struct row *row, const struct refind_sight *s)
{
    const uint8_t *p = s->p + row->at;
    size_t left = s->avail - row->at;
    unsigned votes[N_LINKS] = {0};
    unsigned n = 0;
    unsigned most = 0;
    size_t records = 0;
    size_t large = 0;
    bool early = (int32_t)refind_pcap_header(&row->k, p).sec > 0;

    while (left >= PCAP_RECORD_LEN) {
        struct refind_header h = refind_pcap_header(&row->k, p);
        uint16_t link = REPAIR_LINK_UNKNOWN;

        if (!refind_pcap_is_likely(&row->k, &h) || h.captured > left - PCAP_RECORD_LEN) {
            break;
        }
        records++;
        large += h.frac >= MICRO ? 1 : 0;
        if (n < LOOKED_AT) {
            link = repair_guess_link(p + PCAP_RECORD_LEN, h.captured);
            n++;
        }
        for (size_t i = 0; i < N_LINKS; i++) {
            votes[i] += links[i] == link ? 1 : 0;
        }
        p += PCAP_RECORD_LEN + h.captured;
        left -= PCAP_RECORD_LEN + h.captured;
    }
    row->link = REPAIR_LINK_UNKNOWN;
    for (size_t i = 0; i < N_LINKS; i++) {
        if (votes[i] * 2 >= n && votes[i] > most) {
            most = votes[i];
            row->link = links[i];
        }
    }
    row->sense = (row->link != REPAIR_LINK_UNKNOWN ? SENSE_LINK : 0) +
                 (left == 0 && s->at_end ? SENSE_END : 0) + (early ? SENSE_EARLY : 0);
    use(&row->k, row->k.layout.big_endian, large * 2 > records);
}

/* In nanoseconds every fraction of microseconds is one, too. */
static bool find_row(struct repair *r, bool big_endian, const struct refind_sight *s, size_t to,
                     struct row *row)
{
    *row = (struct row){.k = {.f = &r->find, .link = LINK_ETHERNET, .major = 2, .minor = 4}};
    use(&row->k, big_endian, true);
    for (; row->at <= to && row->at + PCAP_RECORD_LEN <= s->avail; row->at++) {
        if (refind_pcap_starts_row(&row->k, s, row->at)) {
            ask_records(row, s);
            return true;
        }
    }
    return false;
}

bool repair_find_records(struct repair *r, size_t to, bool sure)
{
    struct refind_sight s = {.off = 0};
    struct row best = {.sense = 0};
    bool found = false;

    (void)refind_look(&r->find, REFIND_WINDOW, &s);
    for (int big = 0; big <= 1; big++) {
        struct row row;

        if (find_row(r, big != 0, &s, to, &row) &&
            (!found || row.sense > best.sense || (row.sense == best.sense && row.at < best.at))) {
            best = row;
            found = true;
        }
    }
    r->pcap = best.k.layout;
    r->pcap_at = best.at;
    r->pcap_link = best.link;
    return found && (!sure || best.sense >= SENSE_END);
}
