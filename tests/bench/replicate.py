#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""replicate.py IN OUT MEGABYTES - make a long capture out of a short one.

Everything before the first event or packet is copied once, then events and packets again and again,
each time later by the span of the original. Little-endian pcapng or scap with one section.
"""
import struct
import sys

from blocks import blocks

# Where the time stands in a block, from its first byte.
EVENT_TIME = {0x204: 10, 0x216: 10, 0x221: 10, 0x208: 14, 0x217: 14, 0x222: 14}
EPB = 6


def main():
    source, target, megabytes = sys.argv[1], sys.argv[2], int(sys.argv[3])
    head, body, places = bytearray(), bytearray(), []
    for kind, raw in blocks(open(source, "rb").read()):
        if kind in EVENT_TIME:
            at = EVENT_TIME[kind]
            places.append((len(body) + at, False, struct.unpack_from("<Q", raw, at)[0]))
        elif kind == EPB:
            high, low = struct.unpack_from("<II", raw, 12)
            places.append((len(body) + 12, True, high << 32 | low))
        elif not places:
            head += raw
            continue
        else:
            continue
        body += raw
    times = [time for _, _, time in places]
    step = max(times) - min(times) + 1000
    size, copies = len(head), 0
    with open(target, "wb") as out:
        out.write(head)
        while size < megabytes * 1000000:
            for at, is_packet, time in places:
                time += copies * step
                if is_packet:
                    struct.pack_into("<II", body, at, time >> 32, time & 0xFFFFFFFF)
                else:
                    struct.pack_into("<Q", body, at, time)
            out.write(body)
            size += len(body)
            copies += 1
    print(f"{target}: {size} bytes, {copies * len(places)} records")


main()
