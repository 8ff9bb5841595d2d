#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""repeat_strace.py IN OUT MEGABYTES - make a long log of strace -f -ttt -o out of a short one.

The first process runs on: its lines, and those of all the others, come again and again, each time
later by the span of the original; it starts and ends once. OUT may be - for standard output.
"""
import re
import sys


def main():
    source, target, megabytes = sys.argv[1], sys.argv[2], int(sys.argv[3])
    lines = open(source, "rb").read().splitlines(keepends=True)
    first = lines[0].split()[0]
    ends = re.compile(rb"^%s +[\d.]+ (exit_group\(|\+\+\+ )" % re.escape(first))
    last = [line for line in lines[1:] if ends.match(line)]
    body = [line for line in lines[1:] if not ends.match(line)]
    seconds = sorted({int(m.group(1)) for m in (re.match(rb"^\d+ +(\d{9,11})\.", line) for line in body) if m})
    text = b"".join(body)
    span = seconds[-1] - seconds[0] + 1
    copies = max(1, (1 << 20) // len(text))
    out = sys.stdout.buffer if target == "-" else open(target, "wb")
    out.write(lines[0])
    left, shift = megabytes << 20, 0
    while left > 0:
        for _ in range(copies):
            later = text
            for s in reversed(seconds if shift else []):
                later = later.replace(b" %d." % s, b" %d." % (s + shift))
            out.write(later)
            left -= len(later)
            shift += span
            if left <= 0:
                break
    for line in last:
        for s in reversed(seconds):
            line = line.replace(b" %d." % s, b" %d." % (s + shift))
        out.write(line)
    out.close()


main()
