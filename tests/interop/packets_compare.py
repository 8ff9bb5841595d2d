#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""packets_compare.py CORPUS - packets of every capture of a corpus against what tshark and capinfos
said about it (CORPUS/expected): time, lengths, interface.

Prints a line PASS, FAIL or SKIP for each file. Where tshark is known to see it otherwise, the line
says why; known_difference() has the list.
"""
import json
import os
import subprocess
import sys

FOLDERS = ("pcapng", "pcap", "mixed")


def captures(corpus):
    for folder in FOLDERS:
        for where, _, names in sorted(os.walk(os.path.join(corpus, folder))):
            for name in sorted(names):
                if not name.endswith((".md", ".txt")):
                    yield os.path.relpath(os.path.join(where, name), corpus)


def nanoseconds(text):
    """What tshark prints as seconds.fraction, as one number; fractions may be a second or more."""
    if not text:
        return None
    sec, _, frac = text.partition(".")
    return int(sec) * 10**9 + (-1 if text[0] == "-" else 1) * int(frac or 0)


def expected(path, is_pcap):
    rows = []
    with open(path, encoding="utf-8", errors="replace") as lines:
        head = next(lines)
        for line in lines:
            cells = line.rstrip("\n").split("\t")
            if len(cells) < 4 or not cells[0].isdigit():
                continue
            interface = cells[4] if len(cells) > 4 else ""
            # Events, journal entries and custom blocks are frames for tshark; they have no interface.
            if not is_pcap and interface == "":
                continue
            rows.append((nanoseconds(cells[1]), int(cells[2]), int(cells[3]),
                         None if is_pcap else int(interface)))
    return head, rows


def ours(path, is_pcap):
    run = subprocess.run(["scapfmt", "convert", "-q", "-t", "json", path], capture_output=True, check=False)
    rows = []
    for line in run.stdout.splitlines():
        if b'"kind":"packet"' not in line[:40]:
            continue
        rec = json.loads(line)
        if "captured_len" not in rec:
            continue  # damaged: the diagnosis is on stderr
        rows.append((int(rec["ts"]) if rec.get("ts") is not None else None, rec["original_len"],
                     rec["captured_len"], None if is_pcap else rec["interface_id"]))
    return run, rows


def known_difference(want, got, stopped, verdict):
    """Why two lists that differ do not contradict each other; None when they do."""
    if len(got) < len(want):
        # [pcapng L203] lengths are multiples of 4; tshark goes on when the padding is on disk.
        return "tshark goes on behind a length that is no multiple of 4" if b"PNG-004" in verdict else None
    if len(got) > len(want) and not stopped:
        return None
    reason = "tshark gave up early" if len(got) > len(want) else None
    for theirs, mine in zip(want, got):
        if theirs == mine:
            continue
        if theirs[0] != mine[0]:
            if mine[0] is None and not 0 <= theirs[0] < 2**64:
                reason = "the time does not fit 64-bit nanoseconds: ours is null"
            elif b"PCP-020" in verdict or b"PCP-028" in verdict:
                reason = "tshark overflows on a fraction of a second that is a second or more"
            elif stopped and b"PCP-026" in verdict:
                reason = "tshark takes the damaged file for a pcap of another kind"
            else:
                return None
        if theirs[1:] == mine[1:]:
            continue
        if theirs[1] == 2**31 - 1 < mine[1] and theirs[2:] == mine[2:]:
            reason = "tshark shows lengths up to 2^31-1"
        elif (mine[1] - theirs[1], mine[2] - theirs[2]) == (4, 4):
            reason = "tshark does not count the pseudo header of ATM"
        elif not (stopped and b"PCP-026" in verdict):
            return None
    return reason


def compare(corpus, name):
    want_path = os.path.join(corpus, "expected", name.replace("/", "__") + ".tshark.txt")
    path = os.path.join(corpus, name)
    if not os.path.exists(want_path):
        return f"SKIP packets {name}: nothing is expected of it"
    if os.path.getsize(path) == 0:
        return f"SKIP packets {name}: the file is empty here"
    is_pcap = name.startswith("pcap/")
    head, want = expected(want_path, is_pcap)
    run, got = ours(path, is_pcap)
    if run.returncode not in (0, 1):
        return f"FAIL packets {name}: exit {run.returncode}"
    if want == got:
        return f"PASS packets {name}"
    verdict = subprocess.run(["scapfmt", "validate", path], capture_output=True, check=False).stdout
    reason = known_difference(want, got, "rc=0" not in head, verdict)
    if reason:
        return f"PASS packets {name}: {reason}"
    at = next((i for i, pair in enumerate(zip(want, got)) if pair[0] != pair[1]),
              min(len(want), len(got)))
    return (f"FAIL packets {name}: {head.strip()}: {len(want)} packets, ours {len(got)},"
            f" at {at}: {want[at:at + 1]}, ours {got[at:at + 1]}")


def main():
    for name in captures(sys.argv[1]):
        print(compare(sys.argv[1], name))


main()
