/* SPDX-License-Identifier: Apache-2.0 */
#include "bytes/addr.h"

#include <arpa/inet.h>

static inline uint8_t *put_number(uint8_t *p, uint16_t v)
{
    if (v >= 10000) {
        *p++ = (uint8_t)('0' + v / 10000);
    }
    if (v >= 1000) {
        *p++ = (uint8_t)('0' + v / 1000 % 10);
    }
    if (v >= 100) {
        *p++ = (uint8_t)('0' + v / 100 % 10);
    }
    if (v >= 10) {
        *p++ = (uint8_t)('0' + v / 10 % 10);
    }
    *p++ = (uint8_t)('0' + v % 10);
    return p;
}

static uint8_t *put_ip4(uint8_t *p, const uint8_t *addr)
{
    p = put_number(p, addr[0]);
    for (size_t i = 1; i < 4; i++) {
        *p++ = '.';
        p = put_number(p, addr[i]);
    }
    return p;
}

void out_ip4(struct out *o, const uint8_t *addr)
{
    uint8_t text[INET_ADDRSTRLEN];

    out_bytes(o, text, (size_t)(put_ip4(text, addr) - text));
}

void out_ip6(struct out *o, const uint8_t *addr)
{
    char text[INET6_ADDRSTRLEN];

    out_str(o, inet_ntop(AF_INET6, addr, text, sizeof(text)) != NULL ? text : "?");
}

void out_ip(struct out *o, const uint8_t *addr, size_t addr_len)
{
    if (addr_len == 4) {
        out_ip4(o, addr);
    } else if (addr_len == 16) {
        out_ip6(o, addr);
    } else {
        out_char(o, '?');
    }
}

void out_ip_port(struct out *o, const uint8_t *addr, size_t addr_len, uint16_t port)
{
    uint8_t text[INET_ADDRSTRLEN + sizeof(":65535")];
    uint8_t *p = text;

    if (addr_len == 4) { /* most are: all of it at once */
        p = put_ip4(p, addr);
    } else {
        out_ip(o, addr, addr_len);
    }
    *p++ = ':';
    out_bytes(o, text, (size_t)(put_number(p, port) - text));
}

bool addr_is_mapped(const uint8_t *addr)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    static const uint8_t zero[16];

    return memcmp(addr, mapped, sizeof(mapped)) == 0 || memcmp(addr, zero, sizeof(zero)) == 0;
}

void out_ip_tuple(struct out *o, size_t addr_len, const uint8_t *src, uint16_t sport,
                  const uint8_t *dst, uint16_t dport)
{
    if (addr_len == 16 && addr_is_mapped(src) && addr_is_mapped(dst)) {
        src += 12;
        dst += 12;
        addr_len = 4;
    }
    out_ip_port(o, src, addr_len, sport);
    out_lit(o, "->");
    out_ip_port(o, dst, addr_len, dport);
}
