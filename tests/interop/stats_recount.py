#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""stats_recount.py SCAPFMT CAPTURE... - `scapfmt stats` counted again from the events.

Enter and exit events are paired here anew, and calls, errors, bytes, times and percentiles summed
up by call, process, file and peer, with numbers of unlimited size and all latencies sorted. Names
come from `scapfmt convert -t json`, which other judges compare with sysdig.
"""
import collections
import json
import subprocess
import sys

CALL = 0x200            # category of system calls
STATE_ONLY = 1          # flag of an event
TABLES = ("syscall", "process", "file", "peer")
MOVES = {"READS_FROM_FD", "WRITES_TO_FD"}
EXECVE = ("execve", "execveat")
PERCENTILES = {"p50_ns": 500, "p95_ns": 950, "p99_ns": 990}
SUMS = ("calls", "events", "errors", "bytes", "timed", "time_ns", "mean_ns", "max_ns")


def lines(command):
    ran = subprocess.run(command, capture_output=True, timeout=300, check=False)
    if ran.returncode != 0:
        raise Failed(f"{' '.join(command[1:3])}: exit status {ran.returncode}: "
                     f"{ran.stderr.decode('utf-8', 'replace').strip()[:200]}")
    return ran.stdout.decode("utf-8", "surrogateescape").split("\n")[:-1]


def schema(scapfmt):
    rows = (json.loads(line) for line in lines([scapfmt, "schema", "list", "--json"]))
    return {row["code"]: row for row in rows if row["kind"] == "event"}


class Failed(Exception):
    """A program under judgement did not end well: what it printed proves nothing."""


class Row:
    def __init__(self):
        self.calls = self.events = self.errors = self.bytes = 0
        self.times = []

    def sums(self):
        n = len(self.times)
        return {"calls": self.calls, "events": self.events, "errors": self.errors, "bytes": self.bytes, "timed": n, "time_ns": sum(self.times),
                "mean_ns": sum(self.times) // n if n else 0, "max_ns": max(self.times, default=0)}

    def percentile(self, part):
        n = len(self.times)
        return sorted(self.times)[(n * part + 999) // 1000 - 1] if n else 0


class Call:
    """An event of a system call."""

    def __init__(self, event):
        self.code, self.name, self.ts = event["code"], event["event"], int(event["ts"])
        self.keys = {}  # by table: what it counts as

    def ends(self, event):
        """Does the event, the next of its thread, end the call that this one began?"""
        name, args = event["event"], event["args"]
        if event["code"] == 1 and self.code == 0:  # old ones do not say themselves what they end
            return name == self.name or args.get("ID") == 0 and args.get("nativeID") is None
        return (self.code + 1 == event["code"] or name in EXECVE and self.name in EXECVE
                or self.code == 0 and self.name == name)


def peer(fd, l4proto, is_server):
    name = fd.get("name") or ""
    client, arrow, server = name.partition("->")
    if fd.get("type") not in ("ipv4", "ipv6") or not arrow:
        return None
    proto = l4proto if l4proto != "-" else "?"
    return proto + " " + (client.rpartition(":")[0] if is_server == "true" else server)


def keys(event, name, columns):
    """The rows of every table that an event counts in."""
    fd = event.get("fd") or {}
    thread = event.get("thread") or {}
    pid = thread.get("pid")
    found = {"syscall": name,
             "process": "%s %d" % (thread.get("comm") or "?", pid if pid is not None else event["tid"]),
             "file": (fd.get("name") or None) if fd.get("type") in ("file", "directory") else None,
             "peer": peer(fd, columns[2], columns[3])}
    return {table: key for table, key in found.items() if key is not None}


def columns_of(scapfmt, path):
    columns = {}
    for line in lines([scapfmt, "print", "-q", "-c", "ordinal,evt.rawres,fd.l4proto,fd.is_server", path]):
        words = line.split(" ")
        columns[int(words[0])] = words
    return columns


def recount(scapfmt, path, codes):
    """The rows of every table, and how many calls there are."""
    tables = collections.defaultdict(lambda: collections.defaultdict(Row))
    calls, waiting = [], {}
    columns = columns_of(scapfmt, path)
    not_met = set(columns)
    for line in lines([scapfmt, "convert", "-q", "-t", "json", path]):
        event = json.loads(line)
        not_met.discard(event["ordinal"])
        info = codes.get(event.get("code"))
        if event["kind"] != "event" or info is None or not info["category"] & CALL:
            if event.get("event") == "procexit":
                waiting.pop(event["tid"], None)
            continue
        call, began = Call(event), waiting.pop(event["tid"], None)
        if event["dir"] == "enter":
            waiting[event["tid"]] = call
        if event["dir"] == "enter" or began and not began.ends(event):
            began = None
        column = columns.get(event["ordinal"])
        if (column is None) != bool(event.get("flags", 0) & STATE_ONLY):
            raise Failed(f"print and json differ in whether event {event['ordinal']} is shown")
        if column is None:  # it may begin a call that counts, but is none itself
            continue
        if began and call.code == 1 and event["args"].get("ID") == 0:
            call.name = began.name
        call.keys = keys(event, call.name, column)
        calls.append(call)
        res = int(column[1]) if column[1] != "-" and event["dir"] == "exit" else 0
        for table, key in call.keys.items():
            row = tables[table][key]
            row.events += 1
            row.errors += res < 0
            row.bytes += res if res > 0 and MOVES & set(info["flags"]) else 0
            if began:
                row.times.append(max(0, call.ts - began.ts))
        if began:
            began.keys = {}  # the call counts where it ended
    if not_met:
        raise Failed(f"json lacks {len(not_met)} records that print shows")
    for call in calls:
        for table, key in call.keys.items():
            tables[table][key].calls += 1
    return tables, sum(1 for call in calls if call.keys)


def joined(scapfmt, path, codes):
    """How many calls `convert -t json --join` makes of the events."""
    calls = 0
    for line in lines([scapfmt, "convert", "-q", "-t", "json", "--join", path]):
        call = json.loads(line)
        halves = (call, call.get("enter", call))
        calls += (call["kind"] == "call" and codes[call["code"]]["category"] & CALL != 0
                  and any(not half.get("flags", 0) & STATE_ONLY for half in halves))
    return calls


def differs(told, row):
    """What is told of a row, when it is not what was counted. Percentiles come from classes of an
    eighth of a power of two: the middle of one is off by a sixteenth at most."""
    if not row.times:  # then no sums of them are told
        told = {**dict.fromkeys(SUMS, 0), **told}
    wrong = [(name, told[name], value) for name, value in row.sums().items() if told[name] != value]
    for name, part in PERCENTILES.items():
        if name in told:
            value = row.percentile(part)
            if abs(told[name] - value) * 16 > value or told[name] > told["max_ns"]:
                wrong.append((name, told[name], value))
    return wrong


def judge(scapfmt, path, codes):
    name = path.rsplit("/", 1)[-1]
    told = json.loads("\n".join(lines([scapfmt, "stats", "-q", "--json", "--top", "0", path])))
    counted, n_calls = recount(scapfmt, path, codes)
    if not counted and not any(told[table]["top"] for table in TABLES):
        print(f"SKIP stats {name}: it has no system calls")
        return
    said = {"headline": told["calls"], "recount": n_calls, "--join": joined(scapfmt, path, codes)}
    print(f"{'PASS' if len(set(said.values())) == 1 else 'FAIL'} stats {name}: calls: {said}")
    for table in TABLES:
        rows = {row[table]: row for row in told[table]["top"]}
        ours = counted[table]
        bad = [f"{key!r}: not in both" for key in sorted(rows.keys() ^ ours.keys())]
        bad += [f"{key!r}: {wrong}" for key in sorted(rows.keys() & ours.keys())
                for wrong in [differs(rows[key], ours[key])] if wrong]
        if bad:
            print(f"FAIL stats {name}: recounted by {table}: {len(bad)} of {len(ours)} rows "
                  f"(name, told, counted): {'; '.join(bad[:4])}")
        else:
            print(f"PASS stats {name}: recounted by {table}, {len(ours)} rows")


if len(sys.argv) < 3:
    sys.exit(__doc__)
table_of_codes = schema(sys.argv[1])
for capture in sys.argv[2:]:
    try:
        judge(sys.argv[1], capture, table_of_codes)
    except (Failed, ValueError, KeyError) as error:
        print(f"FAIL stats {capture.rsplit('/', 1)[-1]}: {type(error).__name__}: {error}")
