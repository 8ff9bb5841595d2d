/* SPDX-License-Identifier: Apache-2.0 */
/*
 * addr.h - internet addresses as text, the one spelling used in every output.
 */
#ifndef SCAPF_BYTES_ADDR_H
#define SCAPF_BYTES_ADDR_H

#include "bytes/out.h"

/* "a.b.c.d" of 4 bytes in network order. */
void out_ip4(struct out *o, const uint8_t *addr);
/* The text inet_ntop(3) gives, of 16 bytes in network order. */
void out_ip6(struct out *o, const uint8_t *addr);
/* Of addr_len bytes: 4 or 16; anything else is written as "?". */
void out_ip(struct out *o, const uint8_t *addr, size_t addr_len);
/* "address:port", IPv6 without brackets, as sysdig prints it. */
void out_ip_port(struct out *o, const uint8_t *addr, size_t addr_len, uint16_t port);
/* An IPv6 address that stands for an IPv4 one: mapped (::ffff:a.b.c.d), or all zero, which old
 * drivers wrote for "any". [libsinsp utils.cpp is_ipv4_mapped_ipv6] */
bool addr_is_mapped(const uint8_t *addr);
/* "src:port->dst:port"; two mapped IPv6 addresses are shown as the IPv4 ones they stand for. */
void out_ip_tuple(struct out *o, size_t addr_len, const uint8_t *src, uint16_t sport,
                  const uint8_t *dst, uint16_t dport);

#endif
