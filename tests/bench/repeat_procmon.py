#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""repeat_procmon.py SAMPLE MEGABYTES - an XML export of Process Monitor of that size on standard
output: the events of a sample again and again, five seconds later each time, on one clock."""
import re
import sys

sample, size = sys.argv[1], int(sys.argv[2]) * 1000000
text = open(sample, encoding="utf-8", newline="").read()
begin, end = text.index("<event>"), text.rindex("</eventlist>")
# places of the times become {0}, {1}, ...; processes and threads do not start and end again
events = [e + "</event>\r\n\r\n" for e in text[begin:end].split("</event>\r\n")[:-1]]
events = [e.lstrip() for e in events if not re.search("<Operation>(Process|Thread) ", e)]
parts = re.split("<Time_of_Day>([^<]*)</Time_of_Day>", "".join(events))
times = []
for clock in parts[1::2]:
    h, m, s = clock.split(" ")[0].split(":")
    times.append(int(h) % 12 * 3600 + int(m) * 60 + float(s) + (43200 if clock.endswith("PM") else 0))
out = sys.stdout
out.write(text[:begin])
written, round_number = 0, 0
while written < size:
    chunk = [parts[0]]
    for i, t in enumerate(times):
        t = (t + 5 * round_number) % 86400
        h = int(t) // 3600
        chunk.append(f"<Time_of_Day>{(h - 1) % 12 + 1}:{int(t) // 60 % 60:02}:{t % 60:010.7f} "
                     f"{'AM' if h < 12 else 'PM'}</Time_of_Day>")
        chunk.append(parts[2 * i + 2])
    chunk = "".join(chunk)
    out.write(chunk)
    written += len(chunk)
    round_number += 1
out.write(text[end:])
