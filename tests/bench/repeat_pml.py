#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""repeat_pml.py PML TIMES - a PML file of Process Monitor with the events of another one that often,
each round behind the last one's end, on standard output: one list of processes, one of strings."""
import struct
import sys

HEADER, FILETIME_AT = 0x3A8, 28
data, times = open(sys.argv[1], "rb").read(), int(sys.argv[2])
count, = struct.unpack_from("<I", data, 0x234)
offsets_at, processes_at, strings_at, icons_at = struct.unpack_from("<4Q", data, 0x248)
hosts_at, = struct.unpack_from("<Q", data, 0x3A0)
offsets = [struct.unpack_from("<I", data, offsets_at + 5 * i)[0] for i in range(count)]
stamps = [struct.unpack_from("<Q", data, o + FILETIME_AT)[0] for o in offsets]
events = data[HEADER:offsets_at]
span = max(stamps) - min(stamps) + 10000000
grown = (times - 1) * (len(events) + 5 * count)
header = bytearray(data[:HEADER])
struct.pack_into("<I", header, 0x234, count * times)
struct.pack_into("<4Q", header, 0x248, offsets_at + (times - 1) * len(events),
                 *(o + grown for o in (processes_at, strings_at, icons_at)))
struct.pack_into("<Q", header, 0x3A0, hosts_at + grown if hosts_at else 0)
out = sys.stdout.buffer
out.write(header)
for n in range(times):
    copy = bytearray(events)
    for o, t in zip(offsets, stamps):
        struct.pack_into("<Q", copy, o - HEADER + FILETIME_AT, t + n * span)
    out.write(copy)
for n in range(times):
    for o in offsets:
        out.write(struct.pack("<IB", o + n * len(events), 0))
out.write(data[offsets_at + 5 * count:])
