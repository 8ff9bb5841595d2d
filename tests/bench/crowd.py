#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""crowd.py SAMPLE THREADS FDS [SHARED] - a capture of a crowded host, to stdout.

The tables of a little-endian capture, with its first process THREADS times over: each has a number and
arguments of its own and FDS / THREADS open files; a name is that of SHARED files, or of 10. Then the
events of the sample.
"""
import struct
import sys

from blocks import blocks

PROCESSES, FDS = 0x215, 0x218
AT_ONCE = 1000  # processes a block
FILE = 16       # with open flags, name, device


def block(kind, body):
    body += bytes(-len(body) % 4)
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def rows(table):
    pos = 8
    while pos + 4 <= len(table) - 4:
        length, = struct.unpack_from("<I", table, pos)
        if length == 0:  # padding
            break
        yield table[pos:pos + length]
        pos += length


def split(row):
    """What stands before and behind the arguments of a process, from its ptid on."""
    at = 4 + 5 * 8
    for _ in range(3):  # comm, exe, exepath
        at += 2 + struct.unpack_from("<H", row, at)[0]
    return row[20:at], row[at + 2 + struct.unpack_from("<H", row, at)[0]:]


def process(head, tail, tid):
    args = b"--worker\0%d\0" % tid
    body = struct.pack("<QQ", tid, tid) + head + struct.pack("<H", len(args)) + args + tail
    return struct.pack("<I", len(body) + 4) + body


def files(tid, n, group):
    body = struct.pack("<Q", tid)
    for fd in range(n):
        name = b"/srv/data/%d/%d.db" % (group, fd)
        body += struct.pack("<IQQBIH", len(name) + 31, fd, 4096 + fd, FILE, 1, len(name)) + name
        body += struct.pack("<I", 2049)
    return block(FDS, body)


def main():
    sample, threads, fds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    groups = threads // (int(sys.argv[4]) if len(sys.argv) > 4 else 10)
    out = sys.stdout.buffer
    row = None
    made = False
    for kind, raw in blocks(open(sample, "rb").read()):
        if kind == PROCESSES:
            row = next(rows(raw))
        if kind == FDS and not made:
            head, tail = split(row)
            made = True
            for first in range(1000, 1000 + threads, AT_ONCE):
                tids = range(first, min(first + AT_ONCE, 1000 + threads))
                out.write(block(PROCESSES, b"".join(process(head, tail, tid) for tid in tids)))
                out.write(b"".join(files(tid, fds // threads, tid % groups) for tid in tids))
        out.write(raw)


main()
