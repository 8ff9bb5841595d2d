#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""stats_compare.py SCAPFMT CAPTURE... - `scapfmt stats` beside the chisels of sysdig 0.29.3.

The tables are those of topscalls, topscalls_time, topfiles_bytes, topprocs_net and topconns, made
by the chisel they are made of (table_generator), with all their rows.
"""
import json
import subprocess
import sys

# Chisel, its key and value, the filter of both; our table, our value, and our key made theirs.
TABLES = [
    ("topscalls", "evt.type", "evt.count", "evt.type!=switch", "syscall", "events", None),
    ("topscalls_time", "evt.type", "evt.latency", "evt.type!=switch", "syscall", "time_ns", None),
    ("topfiles_bytes", "fd.name", "evt.rawarg.res", "fd.type=file and evt.is_io=true", "file",
     "bytes", None),
    ("topprocs_net", "proc.pid", "evt.rawarg.res",
     "(fd.type=ipv4 or fd.type=ipv6) and evt.is_io=true", "process", "bytes",
     lambda key: key.rsplit(" ", 1)[1]),
    ("topconns", "fd.name", "evt.rawarg.res", "(fd.type=ipv4 or fd.type=ipv6) and evt.is_io=true",
     "connection", "bytes", lambda key: key.split(" ", 1)[1]),
]

# Chisel, key ("" = any), captures (a part of the name, "" = all), reason.
KNOWN = [
    ("", "accept4", "", "an event of a code it does not know"),
    ("", "newfstatat", "", "the same"),
    ("topscalls", "procexit", "", "no system call, and not in our table"),
    ("topscalls", "signaldeliver", "", "the same"),
    ("topscalls", "container", "", "the same"),
    ("topscalls", "drop", "", "the same"),
    ("topscalls", "page_fault", "", "the same"),
    ("topscalls", "procinfo", "", "the same"),
    ("topscalls", "sysdigevent", "", "the same"),
    ("", "unknown", "", "a generic call whose number nobody names"),
    ("", "<unknown>", "", "the same"),
    ("", "fadvise64", "cat_write", "a generic call whose number it does not name"),
    ("topscalls", "rt_sigreturn", "", "it calls it sigreturn"),
    ("topscalls", "sigreturn", "", "the same"),
    ("topfiles_bytes", "/dev/pts/5", "run_as_user_0",
     "of a read whose enter event came before the capture it takes descriptor 0"),
    ("topconns", "", "test_ipv6_client", "for a source of :: it writes the other end's address"),
    ("topprocs_net", "", "ping_sendto", "of a socket it never saw made it does not take the address"),
    ("topconns", "", "ping_sendto", "the same"),
    ("topprocs_net", "", "http_syscalls", "it does not read the sockets of this descriptor list"),
    ("topconns", "", "http_syscalls", "the same"),
]


def run(command):
    done = subprocess.run(command, capture_output=True, timeout=300, check=False)
    return done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def ask_sysdig(path, key, value, expression):
    arguments = f"{key} Key {value} Value evt.num>0 1000000 none"
    out, error = run(["sysdig", "-r", path, "-j", "-c", "table_generator", arguments, expression])
    if not out.startswith("{"):
        return None, error or out
    return {str(row[0]): int(row[-1]) for row in json.loads(out)["data"] or []}, error


def ask_ours(scapfmt, path, table, value, expression, rename):
    out, error = run([scapfmt, "stats", "-q", "--json", "--top", "0", "--by", table,
                      "--filter", expression, path])
    if not out.strip():
        return None, error
    rows = {}
    for row in json.loads(out)[table]["top"]:
        key = rename(row[table]) if rename else row[table]
        rows[key] = rows.get(key, 0) + int(row.get(value, 0))
    return {key: n for key, n in rows.items() if n > 0}, error


def known(chisel, key, name):
    return any(
        c in ("", chisel) and k in ("", key) and part in name for c, k, part, _ in KNOWN
    )


def judge(scapfmt, path):
    name = path.rsplit("/", 1)[-1]
    for chisel, key, value, expression, table, ours_value, rename in TABLES:
        theirs, error = ask_sysdig(path, key, value, expression)
        if theirs is None:
            print(f"SKIP stats {name}: {chisel}: sysdig has no table: {error.strip()[:80]}")
            continue
        ours, error = ask_ours(scapfmt, path, table, ours_value, expression, rename)
        if ours is None:
            print(f"FAIL stats {name}: {chisel}: {error.strip()}")
            continue
        bad = [
            (k, ours.get(k), theirs.get(k))
            for k in sorted(ours.keys() | theirs.keys())
            if ours.get(k) != theirs.get(k) and not known(chisel, k, name)
        ]
        if bad:
            print(f"FAIL stats {name}: {chisel}: {len(bad)} rows of {len(theirs)} (key, ours, "
                  f"theirs): {bad[:6]}")
        else:
            print(f"PASS stats {name}: {chisel}, {len(theirs)} rows")


for capture in sys.argv[2:]:
    judge(sys.argv[1], capture)
