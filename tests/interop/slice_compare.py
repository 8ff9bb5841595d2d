#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""slice_compare.py MODE FILE TMP SEED [CUTS]: lines of a capture against those of its slices.

MODE ours or sysdig asks that reader for the lines of FILE and of CUTS random slices of it, which
have to be equal but for the numbers of the events; shards asks that the pieces of several ways to
cut hold every event once, with the names it had.
"""
import os
import random
import subprocess
import sys

OURS = ["scapfmt", "print", "-c",
        "num,rawtime,cpu,tid,dir,type,args,code,proc.name,proc.pid,proc.ppid,proc.exe,proc.exepath,"
        "proc.cmdline,proc.cwd,user.name,container.id,fd.num,fd.name,fd.type"]
THEIRS = ["sysdig", "-p", "*%evt.num\t%evt.rawtime %evt.cpu %thread.tid %evt.dir %evt.type\t%evt.args"
          "\t%proc.name %proc.pid %proc.ppid %proc.cmdline\t%proc.cwd\t%fd.name %fd.type %user.name",
          "-r"]


def lines_of(command, path):
    out = subprocess.run(command + [path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    lines = []
    for line in out.stdout.decode("latin-1").split("\n"):
        number, _, rest = line.replace("\t", " ", 1).lstrip().partition(" ")
        if number:
            lines.append((number, rest))
    return lines


def scapfmt_slice(*args):
    return subprocess.run(["scapfmt", "slice", "-q", *args], stderr=subprocess.PIPE)


def same(a, b):
    """sysdig 0.29 does not know everything the tables of a slice have: it loses the working directory
    of programs that events of old writers started, and with it the paths below, and does not see
    descriptors made by newer events. What it does not know of the whole is not compared."""
    a, b = a.split("\t"), b.split("\t")
    if len(a) != 5 or len(b) != 5 or a[3] in ("", "<NA>") or a[4].startswith("<NA>"):
        return a[:1] == b[:1] and a[2:3] == b[2:3]
    return a == b


def in_place(whole, got):
    """The lines of the whole where those of a slice begin: sysdig counts only the events it knows."""
    for i, (_, line) in enumerate(whole):
        if got and line.split("\t")[0] == got[0][1].split("\t")[0]:
            return whole[i:i + len(got)]
    return []


def difference(want, got):
    for (n, a), (_, b) in zip(want, got):
        if not same(a, b):
            return f"event {n}: {a!r} is {b!r}"
    return f"{len(want)} lines are {len(got)}" if len(want) != len(got) else ""


def valid(path):
    out = subprocess.run(["scapfmt", "validate", "-q", path], stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT)
    return out.returncode == 0


def cuts(command, path, tmp, rng, n):
    whole = lines_of(command, path)
    was_valid = valid(path)
    numbers = [int(number) for number, _ in whole if number.isdigit()]
    if not numbers:
        print(f"SKIP slice {path}: nothing with a number to cut at")
        return
    bad = []
    for _ in range(n):
        first = rng.randint(1, numbers[-1])
        last = rng.randint(first, numbers[-1])
        want = [x for x in whole if x[0].isdigit() and first <= int(x[0]) <= last]
        out = os.path.join(tmp, "slice.scap")
        if os.path.exists(out):
            os.unlink(out)
        scapfmt_slice("-o", out, "--events", f"{first}-{last}", path)
        got = lines_of(command, out) if os.path.exists(out) else []
        got = [x for x in got if x[0].isdigit()]
        if command is THEIRS:
            want = in_place(whole, got) if got or len(want) < 100 else want
        why = difference(want, got)
        if not why and want and was_valid and not valid(out):
            why = "the slice is not valid"
        if why:
            bad.append(f"--events {first}-{last}: {why}")
    if bad:
        print(f"FAIL slice {path}: {len(bad)} of {n} cuts differ: {bad[0]}")
    else:
        print(f"PASS slice {path}: {n} cuts")


def shards(path, tmp, rng):
    whole = [x for x in lines_of(OURS, path) if x[0].isdigit()]
    for how in (str(rng.randint(2, 5)), f"{rng.randint(20, 200)}K", f"{rng.randint(1, 900)}ms"):
        folder = os.path.join(tmp, "shards")
        subprocess.run(["rm", "-rf", folder], check=True)
        scapfmt_slice("-o", folder, "--shards", how, path)
        names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        got = []
        for name in names:
            got += [x for x in lines_of(OURS, os.path.join(folder, name)) if x[0].isdigit()]
        why = difference(whole, got)
        if why:
            print(f"FAIL shards {path}: --shards {how}: {why}")
        else:
            print(f"PASS shards {path}: --shards {how}: {len(names)} pieces")


def main():
    mode, path, tmp, seed = sys.argv[1:5]
    rng = random.Random(f"{seed} {os.path.basename(path)}")
    if mode == "shards":
        shards(path, tmp, rng)
    else:
        cuts(OURS if mode == "ours" else THEIRS, path, tmp, rng, int(sys.argv[5]))


main()
