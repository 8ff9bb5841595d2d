/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets as text: each link type and protocol, and each of them cut at every byte.
 */
#include "render/packet.h"

#include <criterion/criterion.h>

#define MACS "\x02\0\0\0\0\x01\x02\0\0\0\0\x02"
#define IP4(proto, total, frag)                                                                    \
    "\x45\0\0" total "\x12\x34" frag "\x40" proto "\0\0"                                           \
    "\x0a\0\0\x01\x0a\0\0\x02"
#define IP6(next, len)                                                                             \
    "\x60\0\0\0\0" len next "\x40"                                                                 \
    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"                                                   \
    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02"
#define TCP                                                                                        \
    "\x00\x50\x9c\x40\0\0\0\x05\0\0\0\x09\x50\x12\xff\xff\0\0\0\0"                                 \
    "abc"
#define UDP "\x00\x35\x9c\x40\0\x0b\0\0abc"
#define ARP                                                                                        \
    "\0\x01\x08\0\x06\x04\0\x01"                                                                   \
    "\x02\0\0\0\0\x01\x0a\0\0\x01\0\0\0\0\0\0\x0a\0\0\x02"
#define TCP4 "tuple=10.0.0.1:80->10.0.0.2:40000 flags=SYN|ACK seq=5 ack=9 data=3 "
#define UDP4 "tuple=10.0.0.1:53->10.0.0.2:40000 data=3 "

static const struct row {
    uint16_t link;
    const char *bytes;
    size_t len;
    const char *name, *text;
} rows[] = {
#define ROW(link, bytes, name, text)                                                               \
    {                                                                                              \
        link, bytes, sizeof(bytes) - 1, name, text                                                 \
    }
    ROW(1, MACS "\x08\0" IP4("\x06", "\x2b", "\0\0") TCP, "tcp", TCP4),
    ROW(1, MACS "\x81\0\x20\x07\x08\0" IP4("\x11", "\x1f", "\0\0") UDP, "udp", "vlan=7 " UDP4),
    ROW(1, MACS "\x88\xa8\0\x03\x81\0\0\x07\x08\0" IP4("\x11", "\x1f", "\0\0") UDP, "udp",
        "vlan=3 vlan=7 " UDP4),
    ROW(1, MACS "\x08\x06" ARP, "arp", "addr=10.0.0.1->10.0.0.2 op=request "),
    ROW(1, MACS "\x86\xdd" IP6("\x06", "\x17") TCP, "tcp",
        "tuple=2001:db8::1:80->2001:db8::2:40000 flags=SYN|ACK seq=5 ack=9 data=3 "),
    ROW(1, MACS "\x86\xdd" IP6("\0", "\x13") "\x11\0\0\0\0\0\0\0" UDP, "udp",
        "tuple=2001:db8::1:53->2001:db8::2:40000 data=3 "),
    ROW(1, MACS "\x86\xdd" IP6("\x2c", "\x10") "\x11\0\0\x08\0\0\0\x01zzzzzzzz", "ipv6",
        "addr=2001:db8::1->2001:db8::2 protocol=17 fragment=8 "),
    ROW(1, MACS "\x86\xdd" IP6("\x3a", "\x04") "\x80\0\0\0", "icmpv6",
        "addr=2001:db8::1->2001:db8::2 type=128 code=0 "),
    ROW(1,
        MACS "\x88\xcc"
             "x",
        "ethernet", "ethertype=0x88cc "),
    ROW(1,
        MACS "\0\x05"
             "hello",
        "ethernet", "length=5 "),
    ROW(0, "\x02\0\0\0" IP4("\x11", "\x1f", "\0\0") UDP, "udp", UDP4),
    ROW(0, "\0\0\0\x02" IP4("\x11", "\x1f", "\0\0") UDP, "udp", UDP4),
    ROW(0, "\x1e\0\0\0" IP6("\x3b", "\0"), "ipv6", "addr=2001:db8::1->2001:db8::2 protocol=59 "),
    ROW(0, "\x07\0\0\0", "loopback", "family=7 "),
    ROW(108, "\0\0\0\x02" IP4("\x11", "\x1f", "\0\0") UDP, "udp", UDP4),
    ROW(101, IP4("\x01", "\x18", "\0\0") "\x08\0\0\0", "icmp",
        "addr=10.0.0.1->10.0.0.2 type=8 code=0 "),
    ROW(101, IP6("\x84", "\x04") "\0\x01\0\x02", "sctp", "tuple=2001:db8::1:1->2001:db8::2:2 "),
    ROW(12, IP4("\x02", "\x14", "\0\0"), "igmp", "addr=10.0.0.1->10.0.0.2 "),
    ROW(14, IP4("\x11", "\x28", "\x20\x02") "zz", "ipv4",
        "addr=10.0.0.1->10.0.0.2 protocol=17 fragment=16 "),
    ROW(228, IP4("\x63", "\x14", "\0\0"), "ipv4", "addr=10.0.0.1->10.0.0.2 protocol=99 "),
    ROW(229, IP6("\x11", "\x0b") UDP, "udp", "tuple=2001:db8::1:53->2001:db8::2:40000 data=3 "),
    ROW(113, "\0\x04\0\x01\0\x06\x02\0\0\0\0\x01\0\0\x08\0" IP4("\x11", "\x1f", "\0\0") UDP, "udp",
        UDP4),
    ROW(276, "\x08\0\0\0\0\0\0\x02\0\x01\0\x06\x02\0\0\0\0\x01\0\0" IP4("\x11", "\x1f", "\0\0") UDP,
        "udp", UDP4),
    ROW(9, "\xff\x03\0\x21" IP4("\x11", "\x1f", "\0\0") UDP, "udp", UDP4),
    ROW(50, "\x21" IP4("\x11", "\x1f", "\0\0") UDP, "udp", UDP4),
    ROW(50, "\0\x57" IP6("\x11", "\x0b") UDP, "udp",
        "tuple=2001:db8::1:53->2001:db8::2:40000 data=3 "),
    ROW(9, "\xc0\x21\x01", "ppp", ""),
    /* a total length of 0: the card was to cut it */
    ROW(101, IP4("\x06", "\0", "\0\0") TCP, "tcp", TCP4),
    ROW(101, "\x45\0", "ipv4", "cut=yes "),
    ROW(101, IP4("\x06", "\x2b", "\0\0") "\0\x50", "tcp", "addr=10.0.0.1->10.0.0.2 cut=yes "),
    ROW(1, "", "ethernet", "cut=yes "),
    ROW(127, "abc", "packet", ""),
#undef ROW
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

/* Appends the text; returns the name. */
static const char *text_of(struct out *o, uint16_t link, const void *bytes, size_t len)
{
    const struct scapf_packet packet = {.link_type = link,
                                        .data = bytes,
                                        .captured_len = (uint32_t)len,
                                        .original_len = (uint32_t)len};
    struct packet_heads heads;

    heads_read(&packet, &heads);
    packet_text(o, &heads);
    return heads.name;
}

Test(packet_text, each_protocol)
{
    struct out o;

    out_init(&o, NULL, false);
    for (size_t i = 0; i < N_ROWS; i++) {
        const char *name;

        out_clear(&o);
        name = text_of(&o, rows[i].link, rows[i].bytes, rows[i].len);
        out_u8(&o, 0);
        cr_expect_str_eq(name, rows[i].name, "row %zu: %s", i, name);
        cr_expect_str_eq((const char *)o.bytes, rows[i].text, "row %zu: %s", i, (char *)o.bytes);
    }
    out_release(&o);
}

/* The bytes stand at the very end of a buffer of their own: the sanitizers see one read too many.
 */
Test(packet_text, cut_at_every_byte)
{
    struct out o;

    out_init(&o, NULL, false);
    for (size_t i = 0; i < N_ROWS; i++) {
        for (size_t len = 0; len < rows[i].len; len++) {
            uint8_t *copy = malloc(len + 1);

            cr_assert(copy != NULL);
            memcpy(copy + 1, rows[i].bytes, len);
            out_clear(&o);
            cr_expect(text_of(&o, rows[i].link, copy + 1, len)[0] != '\0');
            cr_expect(o.len == 0 || o.bytes[o.len - 1] == ' ', "row %zu cut at %zu", i, len);
            free(copy);
        }
    }
    out_release(&o);
}
