#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""record_compare.py RECORDED.json STRACE.json [PROGRAM]

The same program recorded and under strace -f, both as the JSON of `scapfmt convert`: the same exit
events per thread, in the same order, with the same arguments and results. Threads are told apart by
their place in the tree of who started whom. Prints PASS and FAIL lines; without PROGRAM, at least 150
different calls are asked for. What may differ, by rule:

  ids       process and thread ids: which one comes how often, not its number
  address   where memory is: results of mmap, brk, mremap, shmat; arguments that are addresses
  kernel    parameters that no trace has: inodes, sizes of memory, page faults, capabilities
  data      strace cuts texts by characters, the recorder buffers by bytes; strace has no data of
            calls that failed
  raw       arguments that strace prints as words it has no number for
  random    names of temporary files
  signals   of PROGRAM, which call SIGCHLD interrupts: wait4 and rt_sigreturn are not compared
"""
import json
import re
import sys

KERNEL = {"dev", "ino", "source", "peer", "queuepct", "queuelen", "queuemax", "vm_size", "vm_rss",
          "vm_swap", "pgft_maj", "pgft_min", "cgroups", "tty", "vpgid", "pgid", "loginuid",
          "cap_inheritable", "cap_permitted", "cap_effective", "exe_ino", "exe_ino_ctime",
          "exe_ino_mtime", "pidns_init_start_ts", "env", "tuple", "comm", "vtid", "vpid",
          "trusted_exepath", "msgcontrol", "mask", "fdlimit", "gid", "uid", "cwd"}
IDS = {"tid", "pid", "ptid", "spid", "dpid", "reaper_tid", "tgid"}
ADDRESSES = {"addr", "argument", "arg", "arg2_int", "img"}
ADDRESS_RESULTS = {"mmap", "brk", "mremap", "shmat"}
ID_RESULTS = {"getpid", "gettid", "getppid", "clone", "clone3", "fork", "vfork", "wait4", "waitid",
              "set_tid_address", "setsid"}
# What strace tells by words only, or not at all: no number to compare.
RAW = {("ioctl", "request"), ("prctl", "option"), ("quotactl", "cmd"), ("futex", "op"),
       ("bpf", "cmd"), ("semctl", "cmd"), ("ptrace", "request"), ("keyctl", "option"),
       ("fcntl", "cmd"), ("seccomp", "op"), ("seccomp", "flags"), ("io_uring_register", "opcode"),
       ("futex", "val"), ("getsockopt", "optlen"), ("getsockopt", "val"), ("setrlimit", "resource"), ("prlimit", "newcur"), ("prlimit", "newmax")}
STARTS = {"clone", "clone3", "fork", "vfork"}
META = {"procexit", "notification", "switch", "drop", "signaldeliver"}


RANDOM = re.compile(r"/\.git/t\w{6}|tmp_obj_\w{6}")
SIGNALS = {"wait4", "rt_sigreturn"}


def events_of(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            e = json.loads(RANDOM.sub("RANDOM", line))
            if (e.get("kind") == "event" and e["dir"] == "exit" and e["event"] not in META and
                    e.get("flags") != 1):  # what a message brought
                yield e


def read(path, left_out):
    """The exit events of each thread, by its place: (), (0,) for its first child, and so on."""
    threads, children = {}, {}
    for e in events_of(path):
        threads.setdefault(e["tid"], [])
        if e["event"] not in left_out:
            threads[e["tid"]].append(e)
        child = number(e["args"].get("res"))
        if e["event"] in STARTS and isinstance(child, int) and child > 0:
            children.setdefault(e["tid"], []).append(child)
    places = {}
    rest = [(next(iter(threads)), ())] if threads else []
    while rest:
        tid, place = rest.pop()
        places[place] = threads.pop(tid, [])
        rest += [(c, place + (i,)) for i, c in enumerate(children.get(tid, []))]
    places.update({("unknown", tid): events for tid, events in threads.items()})
    return places


def number(value):
    return value.get("value") if isinstance(value, dict) and "value" in value else value


def rule(call, name, a, b, failed):
    """Why two values may differ; None when they may not."""
    if name in KERNEL or (name == "flags" and call in ("execve", "execveat")):
        return "kernel"
    if name in IDS:
        return "ids"
    if name in ADDRESSES and call not in ("bind", "connect"):
        return "address"
    if name == "res" and call in ADDRESS_RESULTS and not failed:
        return "address"
    if name in ("res", "fd") and call in ID_RESULTS and not failed:
        return "ids"
    if (call, name) in RAW:
        return "raw"
    if name in ("data", "val", "value", "value_bytebuf"):
        return "data" if failed or not a or not b or json.dumps(a)[:20] == json.dumps(b)[:20] \
            else None
    return None


def compare_event(a, b, where, rules, wrong):
    failed = False
    for name in ("res", "fd", "fd1"):
        value = number(a["args"].get(name))
        if isinstance(value, int) and value < 0:
            failed = True
            break
        if value is not None:
            break
    for name in a["args"]:
        x, y = number(a["args"][name]), number(b["args"].get(name))
        if x == y:
            continue
        why = rule(a["event"], name, x, y, failed)
        if why is None:
            wrong.append(f"{where} {a['event']}: {name} is {x!r}, strace has {y!r}")
        else:
            rules[why] = rules.get(why, 0) + 1


def main():
    program = sys.argv[3] if len(sys.argv) > 3 else None
    mine, theirs = (read(path, SIGNALS if program else set()) for path in sys.argv[1:3])
    rules, wrong, n = {}, [], 0
    calls = set()
    if set(mine) != set(theirs):
        wrong.append(f"{len(mine)} threads, strace has {len(theirs)}")
    for place in sorted(set(mine) & set(theirs), key=str):
        a, b = mine[place], theirs[place]
        names = [[e["event"] for e in events] for events in (a, b)]
        if names[0] != names[1]:
            at = next((i for i, (x, y) in enumerate(zip(*names)) if x != y), min(map(len, names)))
            wrong.append(f"thread {place}: call {at} is {names[0][at:at + 3]}, strace has "
                         f"{names[1][at:at + 3]}")
            continue
        for i, (x, y) in enumerate(zip(a, b)):
            n += 1
            calls.add(x["event"])
            compare_event(x, y, f"thread {place}, call {i}", rules, wrong)
    for line in wrong[:20]:
        print("    " + line)
    told = ", ".join(f"{k} {v}" for k, v in sorted(rules.items()))
    verdict = "FAIL" if wrong or n == 0 else "PASS"
    print(f"{verdict} record: {program or 'all calls'}: {n} calls of {len(mine)} threads as strace "
          "has them" + (f": {len(wrong)} differ" if wrong else ""))
    if program is None:
        print(f"    {len(calls)} different events; parameters that may differ: {told}")
        least = 150
        print(f"{'PASS' if len(calls) >= least else 'FAIL'} record: at least {least} different calls"
              + ("" if len(calls) >= least else f": {len(calls)}"))


main()
