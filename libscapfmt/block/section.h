/* SPDX-License-Identifier: Apache-2.0 */
/*
 * section.h - what a section header and its interface descriptions say about the blocks behind
 * them: byte order, link types, snap lengths, units of time. [pcapng 4.1, 4.2]
 */
#ifndef SCAPF_BLOCK_SECTION_H
#define SCAPF_BLOCK_SECTION_H

#include "bytes/cur.h"
#include "scapfmt.h"

/* More interfaces than any capture has; keeps a hostile file from growing the list without end. */
#define SECTION_MAX_INTERFACES 65536u

/* An interface with its unit of time prepared. */
struct section_interface {
    struct scapf_interface pub;
    bool binary; /* unit is 2^-exponent s, else 10^-exponent s */
    uint8_t exponent;
    uint64_t per_second;  /* units a second; 0 when that does not fit 64 bits */
    uint32_t ns_per_unit; /* when it is a whole number, else 0 */
    bool no_time;         /* its description cannot be read, so its unit of time is not known */
    uint64_t second;      /* of the packet before: the next one is likely to be of the same, */
    uint64_t second_at;   /* which began with this unit */
};

struct section {
    struct scapf_section pub;
    struct section_interface *interfaces;
    uint32_t cap;
    uint32_t earlier_interfaces; /* most any earlier section had */
    const struct scapf_alloc *alloc;
    bool any; /* a section has begun */
};

void section_init(struct section *s, const struct scapf_alloc *alloc);
void section_release(struct section *s);
/* Begin a section from the body of its header block; body has at least 16 bytes. E_UNSUPPORTED
 * (rule SHB_MAJOR) when the major version is unknown: its blocks cannot be understood then. */
enum scapf_status section_begin(struct section *s, const uint8_t *body, uint64_t off,
                                bool big_endian, struct scapf_diag *diag);
/* Add the interface a description block's body describes. A damaged one (E_FORMAT) is added too, so
 * that the ids of those behind it stay right, but times on it are not known. */
enum scapf_status section_add_interface(struct section *s, const uint8_t *body, size_t body_len,
                                        uint64_t off, struct scapf_diag *diag);
/* Add an interface that no block describes (classic pcap). exponent10: units are 10^-n s. */
enum scapf_status section_add_plain_interface(struct section *s, uint16_t link_type,
                                              uint32_t snaplen, uint8_t exponent10, uint64_t off);
/* Units a second of 2^-exponent or 10^-exponent s; 0 when they do not fit 64 bits. [pcapng 4.2
 * if_tsresol] */
uint64_t section_units(bool binary, uint8_t exponent);
/* Set sec, nsec and ts_in_range of the packet from its ticks. */
void section_packet_time(struct section_interface *interface, struct scapf_packet *packet);
/* Units of an interface whose time is first_ns to last_ns, both included; false when there are none
 * or that takes a closer look than a comparison of units. */
bool section_tick_range(const struct section_interface *interface, uint64_t first_ns,
                        uint64_t last_ns, uint64_t *first, uint64_t *last);
/* ns since 1970 of a packet; false when that does not fit u64. */
static inline bool section_time_ns(const struct scapf_packet *packet, uint64_t *ts_ns)
{
    uint64_t ns;

    if (!packet->has_ts || !packet->ts_in_range || packet->sec < 0 ||
        __builtin_mul_overflow((uint64_t)packet->sec, UINT64_C(1000000000), &ns) ||
        __builtin_add_overflow(ns, packet->nsec, &ns)) {
        return false;
    }
    *ts_ns = ns;
    return true;
}
/* The same of a time in units of an interface, when a unit is a whole number of ns since 1970:
 * false for all others. */
static inline bool section_plain_ns(const struct section_interface *interface, uint64_t ticks,
                                    uint64_t *ts_ns)
{
    return interface->ns_per_unit != 0 && interface->pub.tsoffset == 0 && !interface->no_time &&
           !__builtin_mul_overflow(ticks, (uint64_t)interface->ns_per_unit, ts_ns);
}

#endif
