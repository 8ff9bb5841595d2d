#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""slice_compare.py MODES FILE TMP SEED CUTS: lines of a capture against those of its slices.

Mode ours or sysdig asks that reader for the lines of FILE and of CUTS random slices of it, which
have to be equal but for the numbers of the events; shards asks that the pieces of one of three ways
to cut hold every event once, with the names it had; leaks asks that a pruned slice has no text of the
processes it leaves out. Several modes: with commas.
"""
import base64
import json
import os
import random
import re
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


def alone(whole):
    """Exits without an enter before them (captures of exits only). What sysdig 0.29 takes for their
    descriptor is the one the thread had last: it does not know the parameter that names it. No
    slice that begins in between can have that."""
    last, lines = {}, set()
    for number, line in whole:
        tid, way, name = (line.split("\t")[0].split(" ") + ["", "", ""])[2:5]
        if way == "<" and last.get(tid) != name:
            lines.add(number)
        last[tid] = name if way == ">" else None
    return lines


def same(a, b, no_enter):
    """sysdig 0.29 does not know everything the tables of a slice have: it loses the working directory
    of programs that events of old writers started, and with it the paths below, and does not see
    descriptors made by newer events. What it does not know of the whole is not compared."""
    a, b = a.split("\t"), b.split("\t")
    if len(a) != 5 or len(b) != 5 or a[3] in ("", "<NA>") or a[4].lstrip().startswith("<NA>"):
        return a[:1] == b[:1] and a[2:3] == b[2:3]
    if no_enter:
        return a[:4] == b[:4]
    return a == b


def in_place(whole, got):
    """The lines of the whole where those of a slice begin: sysdig counts only the events it knows."""
    for i, (_, line) in enumerate(whole):
        if got and line.split("\t")[0] == got[0][1].split("\t")[0]:
            return whole[i:i + len(got)]
    return []


def difference(want, got, no_enter=frozenset()):
    for (n, a), (_, b) in zip(want, got):
        if not same(a, b, n in no_enter):
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
    bad, no_enter = [], alone(whole) if command is THEIRS else frozenset()
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
        why = difference(want, got, no_enter)
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
    ways = (str(rng.randint(2, 5)), f"{rng.randint(20, 200)}K", f"{rng.randint(20, 900)}ms")
    for how in rng.sample(ways, 1):
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


def homes_of(path):
    """Directories and shells in the list of users and the name of the machine: they are kept."""
    out = subprocess.run(["scapfmt", "print", "--json", "--tables", path], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL)
    return set(re.findall(r'"(?:homedir|shell|hostname)":"([^"]*)"', out.stdout.decode("utf-8", "replace")))


def rows_of(path):
    """Process rows of a capture: process id and the texts nobody else may see."""
    out = subprocess.run(["scapfmt", "print", "--json", "--tables", path], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL)
    for line in out.stdout.decode("utf-8", "replace").splitlines():
        record = json.loads(line)
        for row in find_rows(record):
            words = []
            for key in ("env", "args", "exe", "exepath", "cwd"):
                value = row.get(key)
                words += value if isinstance(value, list) else [value]
            yield row.get("pid"), [w for w in words if isinstance(w, str) and len(w) >= 10]


def find_rows(node):
    if isinstance(node, dict):
        if "ptid" in node and "comm" in node:
            yield node
        for child in node.values():
            yield from find_rows(child)
    elif isinstance(node, list):
        for child in node:
            yield from find_rows(child)


def leaks(path, tmp, rng):
    """No text of a row that is left out is anywhere in the bytes, unless a kept event or process
    has it, too."""
    names = sorted({x[1] for x in lines_of(["scapfmt", "print", "-c", "num,proc.name"], path)
                    if x[1] not in ("-", "") and " " not in x[1] and "'" not in x[1]})
    rows = list(rows_of(path))
    if not names or not rows:
        print(f"SKIP leaks {path}: no processes")
        return
    name = rng.choice(names)
    out = os.path.join(tmp, "pruned.scap")
    scapfmt_slice("-o", out, "--prune", "--filter", f"proc.name='{name}'", path)
    pids = {x[1] for x in lines_of(["scapfmt", "print", "-c", "num,proc.pid", "--filter",
                                    f"proc.name='{name}'"], path)}
    with open(out, "rb") as f:
        data = f.read()
    shown = subprocess.run(["scapfmt", "print", "--json", "--filter", f"proc.name='{name}'", path],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode("latin-1")
    # Long buffers are whole in base64 only; ancestors keep their bare names.
    shown += "".join(base64.b64decode(x).decode("latin-1")
                     for x in re.findall(r'"base64":"([^"]*)"', shown))
    levels = ",".join(f"proc.aname[{i}]" for i in range(1, 20))
    ancestors = {w for x in lines_of(["scapfmt", "print", "-c", f"num,{levels}", "--filter",
                                      f"proc.name='{name}'"], path) for w in x[1].split()}
    own = {w for pid, words in rows if str(pid) in pids for w in words}
    others = {w for pid, words in rows if str(pid) not in pids for w in words} - own
    others -= homes_of(path) | ancestors
    # a directory ends in a slash or not, by who tells it
    found = [w for w in others if w.encode() in data and w.rstrip("/") not in shown
             and not any(w in o for o in own)]
    if found:
        print(f"FAIL leaks {path}: {len(found)} of {len(others)} texts of others beside {name!r}: "
              f"{found[0]!r}")
    else:
        print(f"PASS leaks {path}: none of {len(others)} texts of others beside {name!r}")


def main():
    modes, path, tmp, seed = sys.argv[1:5]
    for mode in modes.split(","):
        rng = random.Random(f"{seed} {os.path.basename(path)} {mode}")
        if mode == "leaks":
            leaks(path, tmp, rng)
        elif mode == "shards":
            shards(path, tmp, rng)
        else:
            cuts(OURS if mode == "ours" else THEIRS, path, tmp, rng, int(sys.argv[5]))


main()
