#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""strace_compare.py LOG SYSDIG - the calls of a strace log against what sysdig reads of its capture.

LOG was written by strace -f -ttt -T -yy; SYSDIG is the output of
    sysdig -r CAPTURE -p '*%evt.num|%thread.tid|%evt.dir|%evt.type|%proc.name|%fd.name|%evt.args'
The log is read here by a few regular expressions, nothing of the converter is used. Compared are, in
order: which thread returned from which call with which result, the name of its process, and the name
of the descriptor wherever strace printed one. What sysdig 0.29 cannot show is named below, with the
reason, and counted.
"""
import os
import re
import sys

# events this sysdig passes over (code above 335): it sees only the enter event, by its name
PASSED_OVER = {
    "newfstatat", "fstatat64", "chown", "lchown", "fchown", "fchownat", "mknod", "mknodat", "prctl",
    "memfd_create", "pidfd_open", "pidfd_getfd", "epoll_create", "epoll_create1", "mlock", "mlock2",
    "munlock", "mlockall", "munlockall", "capset", "close_range", "setreuid", "setregid", "bpf",
    "open_by_handle_at", "io_uring_setup", "io_uring_enter", "io_uring_register", "fsconfig",
    "init_module", "finit_module", "delete_module", "process_vm_readv", "process_vm_writev", "keyctl",
}
# how sysdig calls what strace calls otherwise
TYPES = {
    "pread64": "pread", "pwrite64": "pwrite", "mmap2": "mmap2", "getdents64": "getdents64",
    "dup2": "dup", "dup3": "dup", "pipe2": "pipe", "eventfd2": "eventfd", "accept4": "accept",
    "inotify_init1": "inotify_init", "signalfd4": "signalfd", "umount2": "umount",
    "prlimit64": "prlimit", "epoll_wait": "epoll_wait", "rt_sigreturn": "sigreturn",
    "fcntl64": "fcntl", "_llseek": "llseek",
}
LINE = re.compile(r"^(\d+) +(\d+\.\d+) (.*)$")
STARTS = re.compile(r"^(clone3?|v?fork)\(")
STARTED = re.compile(r"^(\d+) .*\b(?:clone3?|v?fork)(?:\(| resumed>).*\) += (\d+)")
CALL = re.compile(r"^(\w+)\((.*)$", re.S)
RESULT = re.compile(r"\) += (\?|-?\d+|0x[0-9a-f]+)(<.*?>+)?( [A-Z]\w+ \(.*\))?( \(.*\))?( <[\d.]+>)?$", re.S)
RESUMED = re.compile(r"^<\.\.\. (\w+) resumed>(.*)$", re.S)
ERRNO = {}


def errnos():
    import errno
    ERRNO.update({name: number for number, name in errno.errorcode.items()})
    ERRNO.update({"ERESTARTSYS": 512, "ERESTARTNOINTR": 513, "ERESTARTNOHAND": 514,
                  "ERESTART_RESTARTBLOCK": 516, "ENOTSUPP": 524, "EOPNOTSUPP": 95})


def annotation(text):
    """The inside of <...> when text begins with a descriptor and its annotation."""
    m = re.match(r"^-?\d+<", text)
    if not m:
        return None
    end = re.match(r"^-?\d+<((?:[^<>\"]|\"(?:[^\"\\]|\\.)*\"|->|<[^<>]*>)*)>", text)
    return end.group(1) if end else None


class Log:
    """Calls in the order of their returns: (tid, name, result, comm before, comm after, fd name)."""

    def __init__(self, path):
        self.comm = {}
        self.pending = {}
        self.calls = []
        self.parents = {}
        with open(path, encoding="latin-1") as f:
            for line in f:
                m = STARTED.match(line)
                if m:
                    self.parents[int(m.group(2))] = int(m.group(1))
        with open(path, encoding="latin-1") as f:
            for line in f:
                m = LINE.match(line.rstrip("\n"))
                if m:
                    self.line(int(m.group(1)), m.group(3))

    def line(self, tid, text):
        if tid not in self.comm:
            # a child may speak before the call that started it returns
            parent = self.parents.get(tid)
            self.comm[tid] = self.comm.get(parent, "strace") if parent else "strace"
        if text.endswith(" <unfinished ...>"):
            self.pending[tid] = text[: -len(" <unfinished ...>")]
            return
        m = RESUMED.match(text)
        if m:
            if tid not in self.pending:
                return
            text = self.pending.pop(tid) + m.group(2)
        if text.startswith("+++ "):
            self.comm.pop(tid, None)
            return
        m = CALL.match(text)
        r = RESULT.search(text)
        if m and r:
            self.call(tid, m.group(1), m.group(2), r)

    def call(self, tid, name, args, r):
        value, err = r.group(1), r.group(3)
        if value == "?" and not err:
            return
        if err:
            result = -ERRNO.get(err.split()[0], 0)
        else:
            result = int(value, 16) if value.startswith("0x") else int(value, 8 if name == "umask" else 10)
        before = self.comm[tid]
        if name in ("execve", "execveat") and result == 0:
            path = re.match(r'(?:[^"]*)"((?:[^"\\]|\\.)*)"', args).group(1)
            self.comm[tid] = path.rsplit("/", 1)[-1][:15]
        if STARTS.match(name + "(") and result > 0:
            self.comm.setdefault(result, before)
        self.calls.append((tid, name, result, before, self.comm[tid], annotation(args)))


def sysdig_events(path):
    with open(path, encoding="latin-1") as f:
        for line in f:
            part = line.rstrip("\n").split("|", 6)
            if len(part) == 7:
                yield part


def sysdig_result(kind, args):
    m = re.match(r"^(\w+)=(-?[0-9A-Fa-f]+)", args)
    if not m:
        return None
    base = 16 if kind in ("mmap", "mmap2", "brk") else 10
    try:
        value = int(m.group(2), base)
    except ValueError:
        return None
    return value - (1 << 64) if value >= 1 << 63 else value


def names_match(ours, note):
    """The name sysdig has for a descriptor, and what strace noted behind it."""
    if note.startswith("/"):
        path = re.sub(r"<(char|block) .*$", "", note)
        path = re.sub(r" \(deleted\)$", "", path)
        path = re.sub(r"\\(\d{1,3})", lambda m: chr(int(m.group(1), 8)), path)
        # strace asks the kernel, sysdig goes by the name that was opened
        return ours == path or os.path.realpath(ours) == os.path.realpath(path)
    m = re.match(r"^(?:TCP|UDP)(?:v6)?:\[(.*)->(.*)\]$", note)
    if m:
        ends = {re.sub(r"[\[\]]", "", e).replace("::ffff:", "") for e in m.groups()}
        return set(ours.replace("::ffff:", "").split("->")) == ends
    return None


def main():
    errnos()
    log = Log(sys.argv[1])
    events = list(sysdig_events(sys.argv[2]))
    problems = []
    stats = {"calls": 0, "results": 0, "names": 0, "fd": 0, "entered": 0}
    exits = [e for e in events if e[2] == "<"]
    enters = {}
    for e in events:
        if e[2] == ">":
            enters.setdefault((int(e[1]), e[3]), []).append(e)
    at = 0
    for tid, name, result, before, after, note in log.calls:
        kind = TYPES.get(name, name)
        stats["calls"] += 1
        if name in PASSED_OVER:
            # its enter event is there under its name, or unknown when the number is newer
            have = enters.get((tid, name)) or enters.get((tid, "<unknown>"))
            if not have:
                problems.append(f"{tid} {name}: no enter event")
            else:
                have.pop(0)
                stats["entered"] += 1
            continue
        # children have an exit event of their own, with result 0
        while at < len(exits) and exits[at][3] in ("clone", "clone3", "fork", "vfork") and \
                sysdig_result(exits[at][3], exits[at][6]) == 0:
            at += 1
        if at == len(exits):
            problems.append(f"{tid} {name}: sysdig has no more events")
            break
        num, etid, _, etype, comm, fdname, args = exits[at]
        at += 1
        if int(etid) != tid or etype not in (kind, "<unknown>"):
            problems.append(f"event {num}: {etid} {etype}, the log has {tid} {name}")
            break
        have = sysdig_result(etype, args)
        if have is not None and etype == kind:
            stats["results"] += 1
            if have != result:
                problems.append(f"event {num}: {tid} {name} = {have}, the log has {result}")
        stats["names"] += 1
        if comm != after:
            problems.append(f"event {num}: {tid} {name}: process '{comm}', not '{after}'")
        if note and result >= 0 and have is not None and kind not in ("close", "fchdir"):
            same = names_match(fdname, note)
            if same is not None:
                stats["fd"] += 1
                if not same:
                    problems.append(f"event {num}: {tid} {name}: fd '{fdname}', the log has '{note}'")
    print(" ".join(f"{k}={v}" for k, v in stats.items()), f"problems={len(problems)}")
    for p in problems[:20]:
        print("   ", p)
    return 1 if problems or stats["calls"] == 0 else 0


sys.exit(main())
