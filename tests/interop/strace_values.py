#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""strace_values.py LOG JSON - every parameter of every converted call against the text of the log.

LOG is a log of strace -f with -o; JSON is `scapfmt convert -t json` of the capture made of it with
--compat=current. Nothing of the converter is used: the text is taken apart by the recursive parser
below, and TABLE, written from the system calls' own manuals, says which argument is which parameter.
Prints what differs; the last line counts what was compared.
"""
import base64
import errno
import json
import re
import sys

# parameter=where; where: r result, N argument, N.field, N[K] element, sN sum of the iov_len of N,
# dN data of the iovs of N, mN mode, nN a plain number, bN the number before =>, tN a time, aN an
# address, lN the strings of an array, wN those behind its first
TABLE = {}
for row in """
open: fd=r name=0 flags=1 mode=m2
openat: fd=r dirfd=0 name=1 flags=2 mode=m3
openat2: fd=r dirfd=0 name=1 flags=2.flags mode=2.mode resolve=2.resolve
creat: fd=r name=0 mode=1
close: res=r fd=0
close_range: res=r first=0 last=1 flags=2
read: res=r data=1 fd=0 size=2
write: res=r data=1 fd=0 size=2
pread64: res=r data=1 fd=0 size=2 pos=3
pwrite64: res=r data=1 fd=0 size=2 pos=3
readv: res=r size=s1 data=d1 fd=0
writev: res=r size=s1 data=d1 fd=0
preadv: res=r size=s1 data=d1 fd=0 pos=3
pwritev: res=r size=s1 data=d1 fd=0 pos=3
lseek: res=r fd=0 offset=1 whence=2
_llseek: res=r fd=0 whence=3
dup: res=r oldfd=0
dup2: res=r oldfd=0 newfd=1
dup3: res=r oldfd=0 newfd=1 flags=2
pipe: res=r fd1=0[0] fd2=0[1]
pipe2: res=r fd1=0[0] fd2=0[1] flags=1
fcntl: res=r fd=0 cmd=1
fcntl64: res=r fd=0 cmd=1
ioctl: res=r fd=0 argument=n2
stat: res=r path=0
lstat: res=r path=0
fstat: res=r fd=0
stat64: res=r path=0
lstat64: res=r path=0
fstat64: res=r
newfstatat: res=r dirfd=0 path=1 flags=3
fstatat64: res=r dirfd=0 path=1 flags=3
access: res=r name=0 mode=1
rename: res=r oldpath=0 newpath=1
renameat: res=r olddirfd=0 oldpath=1 newdirfd=2 newpath=3
renameat2: res=r olddirfd=0 oldpath=1 newdirfd=2 newpath=3 flags=4
unlink: res=r path=0
unlinkat: res=r dirfd=0 name=1 flags=2
rmdir: res=r path=0
mkdir: res=r path=0 mode=1
mkdirat: res=r dirfd=0 path=1 mode=2
link: res=r oldpath=0 newpath=1
linkat: res=r olddir=0 oldpath=1 newdir=2 newpath=3 flags=4
symlink: res=r target=0 linkpath=1
symlinkat: res=r target=0 linkdirfd=1 linkpath=2
chmod: res=r filename=0 mode=m1
fchmod: res=r fd=0 mode=m1
fchmodat: res=r dirfd=0 filename=1 mode=m2
chown: res=r path=0 uid=1 gid=2
lchown: res=r path=0 uid=1 gid=2
fchown: res=r fd=0 uid=1 gid=2
fchownat: res=r dirfd=0 pathname=1 uid=2 gid=3 flags=4
mknod: res=r path=0 dev=2
mknodat: res=r dirfd=0 path=1 dev=3
chdir: res=r path=0
fchdir: res=r fd=0
getcwd: res=r path=0
chroot: res=r path=0
getdents: res=r fd=0
getdents64: res=r fd=0
splice: res=r fd_in=0 fd_out=2 size=4 flags=5
sendfile: res=r out_fd=0 in_fd=1 offset=b2 size=3
copy_file_range: res=r fdin=0 offin=b1 fdout=2 offout=b3 len=4
mount: res=r dev=0 dir=1 type=2
umount2: res=r name=0
flock: res=r fd=0 operation=1
memfd_create: fd=r name=0 flags=1
inotify_init1: res=r flags=1024
eventfd: res=r initval=0
eventfd2: res=r initval=0
epoll_create: res=r size=0
epoll_create1: res=r flags=0
epoll_wait: res=r maxevents=2
select: res=r
userfaultfd: res=r flags=0
pidfd_open: fd=r pid=0 flags=1
pidfd_getfd: fd=r pid_fd=0 target_fd=1 flags=2
bpf: fd=r cmd=0
io_uring_enter: res=r fd=0 to_submit=1 min_complete=2 flags=3
io_uring_register: res=r fd=0 opcode=1 arg=n2 nr_args=3
socket: fd=r domain=0 type=1 proto=2
socketpair: res=r domain=0 type=1 proto=2 fd1=3[0] fd2=3[1]
bind: res=r fd=0 addr=a1
connect: res=r fd=0 addr=a1
listen: res=r fd=0 backlog=1
accept: fd=r
accept4: fd=r flags=3
sendto: res=r data=1 fd=0 size=2
recvfrom: res=r data=1 fd=0 size=2
sendmsg: res=r data=d1.msg_iov size=s1.msg_iov fd=0
recvmsg: res=r data=d1.msg_iov size=s1.msg_iov fd=0
shutdown: res=r fd=0 how=1
setsockopt: res=r fd=0 level=1 optname=2 optlen=4
getsockopt: res=r fd=0 level=1 optname=2
kill: res=r pid=0 sig=1
tkill: res=r tid=0 sig=1
tgkill: res=r pid=0 tid=1 sig=2
setuid: res=r uid=0
setgid: res=r gid=0
setresuid: res=r ruid=0 euid=1 suid=2
setresgid: res=r rgid=0 egid=1 sgid=2
setreuid: res=r ruid=0 euid=1
setregid: res=r rgid=0 egid=1
getuid: uid=r
geteuid: euid=r
getgid: gid=r
getegid: egid=r
getresuid: res=r ruid=0[0] euid=1[0] suid=2[0]
getresgid: res=r rgid=0[0] egid=1[0] sgid=2[0]
setpgid: res=r pid=0 pgid=1
setsid: res=r
prctl: res=r option=0
ptrace: res=r pid=1
prlimit64: res=r pid=0 resource=1 newcur=2.rlim_cur newmax=2.rlim_max oldcur=3.rlim_cur oldmax=3.rlim_max
getrlimit: res=r resource=0 cur=1.rlim_cur max=1.rlim_max
setrlimit: res=r resource=0 cur=1.rlim_cur max=1.rlim_max
unshare: res=r flags=0
setns: res=r fd=0 nstype=1
capset: res=r cap_inheritable=1.inheritable cap_permitted=1.permitted cap_effective=1.effective
seccomp: res=r
process_vm_readv: res=r pid=0
process_vm_writev: res=r pid=0
keyctl: res=r operation=0
init_module: res=r length=1 uargs=2
finit_module: res=r fd=0 uargs=1 flags=2
delete_module: res=r name=0 flags=1
mmap: res=r addr=0 length=1 prot=2 flags=3 fd=4 offset=5
mmap2: res=r addr=0 length=1 prot=2 flags=3 fd=4
munmap: res=r addr=0 length=1
mprotect: res=r addr=0 length=1 prot=2
brk: res=r addr=0
mlock: res=r addr=0 len=1
mlock2: res=r addr=0 len=1 flags=2
munlock: res=r addr=0 len=1
mlockall: res=r flags=0
munlockall: res=r
futex: res=r addr=0 val=2
nanosleep: res=r interval=t0
poll: res=r timeout=2
ppoll: res=r timeout=t2
semget: res=r key=0 nsems=1
semop: res=r semid=0 nsops=2 sem_num_0=1[0].sem_num sem_op_0=1[0].sem_op sem_num_1=1[1].sem_num sem_op_1=1[1].sem_op
semctl: res=r semid=0 semnum=1 cmd=2
execve: res=r filename=0 exe=1[0] args=w1 env=l2
execveat: res=r exe=2[0] args=w2 env=l3
""".strip().split("\n"):
    name, rest = row.split(":", 1)
    TABLE[name] = [p.split("=", 1) for p in rest.split()]

# words that events spell otherwise, or have no bit for
DROPPED = {"O_NOFOLLOW", "O_PATH", "O_NOATIME", "O_NOCTTY", "O_ASYNC", "SIGCHLD", "MAP_STACK",
           "CLONE_PIDFD", "CLONE_CLEAR_SIGHAND", "CLONE_NEWTIME", "O_ACCMODE", "MAP_SHARED_VALIDATE",
           "MAP_FIXED_NOREPLACE", "MAP_SYNC", "MAP_UNINITIALIZED", "MAP_HUGETLB"}
ALIAS = {"O_NDELAY": "O_NONBLOCK", "AF_UNIX": "AF_LOCAL", "SOL_IP": None, "SOL_IPV6": None,
         "IPPROTO_TCP": "SOL_TCP", "SFD_CLOEXEC": "O_CLOEXEC", "EFD_CLOEXEC": "O_CLOEXEC",
         "SOCK_CLOEXEC": "O_CLOEXEC", "SOCK_NONBLOCK": "O_NONBLOCK", "IN_NONBLOCK": None,
         "F_GETLK64": None, "F_ADD_SEALS": None, "F_GET_SEALS": None, "PR_SET_PDEATHSIG": None,
         "TCP_NODELAY": None, **{f"SO_{w}_OLD": f"SO_{w}" for w in ("RCVTIMEO", "SNDTIMEO")}, "MAP_ANON": "MAP_ANONYMOUS"}
WORDS = {"RLIM64_INFINITY": -1, "RLIM_INFINITY": -1, "AT_FDCWD": -100, "NULL": 0, "SIG_0": 0,
         "SOCK_STREAM": 1, "SOCK_DGRAM": 2, "SOCK_RAW": 3, "SOCK_SEQPACKET": 5, "SOCK_CLOEXEC": 0x80000,
         "SOCK_NONBLOCK": 0x800, "IPPROTO_IP": 0, "IPPROTO_TCP": 6, "IPPROTO_UDP": 17, "IPPROTO_ICMP": 1,
         "IPPROTO_IPV6": 41, "IPPROTO_RAW": 255, "NETLINK_ROUTE": 0, "NETLINK_AUDIT": 9, "IPC_PRIVATE": 0}
SIGNALS = """HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP
TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS RTMIN""".split()
WORDS.update({"SIG" + n: i + 1 for i, n in enumerate(SIGNALS)})
WORDS.update({f"SIGRT_{i}": 32 + i for i in range(1, 33)})
CAPS = """CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE
NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT
SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE
AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ
PERFMON BPF CHECKPOINT_RESTORE""".split()
WORDS.update({"CAP_" + n: i for i, n in enumerate(CAPS)})
# what stands in with --compat=both for dup*, pipe2, accept4, and has less room
OLD = (125, 61, 249)
ERRNO = {name: number for number, name in errno.errorcode.items()}
ERRNO.update(ERESTARTSYS=512, ERESTARTNOINTR=513, ERESTARTNOHAND=514, ERESTART_RESTARTBLOCK=516,
             ENOTSUPP=524, EOPNOTSUPP=95, EWOULDBLOCK=11, EDEADLOCK=35)


class Text:
    """Arguments of a call as Python values: str for words, bytes for strings, list, dict, int."""

    def __init__(self, text):
        self.s, self.i = text, 0

    def peek(self, what):
        return self.s.startswith(what, self.i)

    def take(self, pattern):
        m = re.compile(pattern).match(self.s, self.i)
        if m:
            self.i = m.end()
        return m

    def string(self):
        out = bytearray()
        self.i += 1
        while not self.peek('"'):
            m = self.take(r'\\x([0-9a-f]{2})|\\([0-7]{1,3})|\\(.)|([^\\"]+)')
            if m.group(1):
                out.append(int(m.group(1), 16))
            elif m.group(2):
                out.append(int(m.group(2), 8) & 255)
            elif m.group(3):
                out += {"n": b"\n", "r": b"\r", "t": b"\t", "v": b"\v", "f": b"\f"}.get(
                    m.group(3), m.group(3).encode("latin-1"))
            else:
                out += m.group(4).encode("latin-1")
        self.i += 1
        if self.take(r"\.\.\."):
            out = bytes(out)
            return ("cut", out)
        return bytes(out)

    def annotation(self):
        while self.take(r" ?/\*.*?\*/"):
            pass
        if self.peek("<") and not self.peek("<<") and not self.peek("<unfinished"):
            depth = 0
            while True:
                if self.peek('"') and self.s[self.i - 1] in ',@[':
                    self.string()
                    continue
                c = self.s[self.i]
                if c == "<":
                    depth += 1
                elif c == ">" and self.s[self.i - 1] != "-":
                    depth -= 1
                self.i += 1
                if depth == 0:
                    break
            self.take(r"\(deleted\)")
        while self.take(r" ?/\*.*?\*/"):
            pass

    def value(self):
        if self.peek('"') or self.peek('@"'):
            self.i += self.peek("@")
            v = self.string()
        elif self.take(r"~?\["):
            v = self.items("]")
        elif self.take(r"\{"):
            v = self.items("}")
        elif self.take(r"\.\.\."):
            v = "..."
        else:
            m = self.take(r"-?\w[\w.:]*|\?+|/\*.*?\*/|[^,)\]}\s]")
            v = m.group(0)
            if self.take(r"\("):
                v = (v, self.items(")"))
        self.annotation()
        while True:
            m = self.take(r" ?(\||\*|<<|&&|==| or |=>|\+|-) ?(?!\])")
            if not m:
                return v
            right = self.value()
            v = ("=>", v, right) if m.group(1) == "=>" else \
                (m.group(1), v, right)

    def items(self, close):
        out, names = [], {}
        while not self.take(re.escape(close)):
            if self.take(r", ?| +"):
                continue
            m = self.take(r"(\w+(?:\[\d+\])?)=(?![=>])")
            before = len(out)
            if self.peek("=> ") or self.peek("=>"):
                self.take(r"=> ?")
                out.append(("=>", None, self.value()))
                continue
            out.append(self.value())
            if m:
                names[m.group(1)] = out[before]
        return dict(names, _=out) if names else out


def number(v):
    """The number of a value, None when it has none."""
    if isinstance(v, tuple):
        if v[0] == "=>":
            return number(v[2])
        if v[0] == "htons" or v[0] == "htonl":
            return number(v[1][0])
        if v[0] == "makedev":
            major, minor = (number(x) for x in v[1])
            return (minor & 0xFF) | major << 8 | (minor & ~0xFF) << 12
        if len(v) == 3:
            a, b = number(v[1]), number(v[2])
            if a is None or b is None:
                return None
            return {"|": a | b, "*": a * b, "<<": a << (b & 63), "+": a + b, "-": a - b}.get(v[0])
        return None
    if not isinstance(v, str):
        return None
    if v in WORDS:
        return WORDS[v]
    if re.fullmatch(r"-?0x[0-9a-f]+", v):
        return int(v, 16)
    if re.fullmatch(r"0[0-7]+", v):
        return int(v, 8)
    return int(v) if re.fullmatch(r"-?\d+", v) else None


def shifts(v):
    """1<<A|1<<B, which the parser above binds the other way round."""
    text = flat(v)
    total = 0
    for part in text.split("|"):
        m = re.fullmatch(r"1<<(\w+)", part)
        n = number(m.group(1)) if m else number(part)
        if n is None:
            return None
        total |= 1 << n if m else n
    return total


def flat(v):
    if isinstance(v, tuple) and len(v) == 3:
        return flat(v[1]) + v[0] + flat(v[2])
    return v if isinstance(v, str) else "?"


def words(v):
    return [w for w in flat(v).split("|") if w]


def field(v, name):
    """A field by name, also inside of structs inside."""
    if isinstance(v, tuple) and v[0] == "=>":
        return field(v[2], name)
    if isinstance(v, dict):
        if name in v:
            return v[name]
        for x in v["_"]:
            got = field(x, name)
            if got is not None:
                return got
    if isinstance(v, list):
        for x in v:
            got = field(x, name)
            if got is not None:
                return got
    return None


def items_of(v):
    return v["_"] if isinstance(v, dict) else v if isinstance(v, list) else []


def pick(args, where):
    m = re.match(r"(\d+)(?:\[(\d+)\])?(?:\.(\w+))?$", where)
    n = int(m.group(1))
    v = args[n] if n < len(args) else None
    if isinstance(v, tuple) and v[0] == "=>":
        v = v[2]
    if m.group(2) is not None:
        v = items_of(v)[int(m.group(2))] if int(m.group(2)) < len(items_of(v)) else None
    return field(v, m.group(3)) if m.group(3) else v


def data_of(value):
    """Bytes of a JSON value."""
    if value is None:
        return b""
    if isinstance(value, dict) and "base64" in value:
        return base64.b64decode(value["base64"])
    if isinstance(value, dict) and "hex" in value:
        return bytes.fromhex(value["hex"])
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else None


def iovs(v):
    for x in items_of(v):
        base, size = field(x, "iov_base"), number(field(x, "iov_len"))
        yield base, size


def same(have, want, result):
    """Does the JSON value say what the text says? None: the text says nothing of it."""
    if isinstance(want, tuple) and want[0] == "=>":
        want = want[2]
    if isinstance(want, (bytes, bytearray)) or (isinstance(want, tuple) and want[0] == "cut"):
        cut = isinstance(want, tuple)
        text = want[1] if cut else bytes(want)
        got = data_of(have)
        if isinstance(have, str) or have is None or "text" not in have:
            text = text.split(b"\0")[0]
        elif have.get("len") is not None and result is not None and 0 < result < len(text):
            text = text[:result]
        return got == text[:65000]
    if isinstance(have, dict) and "names" in have:
        if isinstance(want, str) and number(want) is not None and want not in WORDS:
            return None if number(want) else have["value"] == 0 or have["names"] in (["O_RDONLY"], ["F_OK"]) or \
                len(have["names"]) <= 1
        names = set(have["names"])
        for w in words(want):
            w = ALIAS.get(w, w)
            if w is None or w in DROPPED or number(w) is not None and w not in names:
                continue
            if w not in names and w.replace("MS_", "") not in names:
                return False
        return True
    n = number(want)
    if n is None:
        n = shifts(want)
    if n is None:
        return None
    if have is None:
        return n in (-1, 0xFFFFFFFF, 0) or None
    got = int(have)
    return (got - n) % (1 << 64) == 0 or (got - n) % (1 << 32) == 0 and abs(n) < 1 << 32 or \
        (got - n) % (1 << 16) == 0 and abs(n) < 1 << 16


def address(have, want):
    if not isinstance(want, dict):
        return None
    family = want.get("sa_family")
    if family == "AF_INET":
        addr = want["sin_addr"]
        text = addr[1][0].decode() if isinstance(addr, tuple) and addr[0] == "inet_addr" else None
        return have and have["port"] == number(want["sin_port"]) and (text is None or have["addr"] == text)
    if family == "AF_INET6":
        return have and have["port"] == number(want["sin6_port"])
    if family in ("AF_UNIX", "AF_LOCAL"):
        path = want.get("sun_path")
        return have and (not isinstance(path, bytes) or
                         (have.get("path") or "").encode() == path.split(b"\0")[0])
    return None


def check(where, have, args, result):
    if where == "r":
        return int(have) == result if have is not None else result in (None, -1, 4294967295)
    kind, rest = (where[0], where[1:]) if where[0] in "smndbatlw" else ("", where)
    if kind == "s":
        if not isinstance(pick(args, rest), (list, dict)):
            return None
        return int(have) == sum(n or 0 for _, n in iovs(pick(args, rest)))
    if kind == "d":
        out = b""
        for base, size in iovs(pick(args, rest)):
            if isinstance(base, tuple):
                out += base[1]
                break
            if not isinstance(base, bytes):
                break
            out += base
        got = data_of(have)
        limit = result if result and result > 0 else len(out)
        return got == out[:limit]
    if kind == "m":
        if isinstance(have, dict):
            have = have["value"]
        v = pick(args, rest)
        return int(have) == (number(v) or 0) if v is not None else int(have) == 0
    if kind == "n":
        v = pick(args, rest)
        n = number(v) if v is not None else 0
        if isinstance(v, (list, dict)) or v is None:
            return int(have) == 0
        return None if n is None else (int(have) - n) % (1 << 64) == 0
    if kind == "b":
        v = args[int(rest)]
        if isinstance(v, tuple) and v[0] == "=>":
            v = v[1]
        if isinstance(v, list):
            v = v[0]
        n = number(v)
        return None if n is None else int(have) == n
    if kind == "t":
        v = pick(args, rest)
        if not isinstance(v, dict):
            return None
        parts = [number(x) for x in v["_"]]
        return int(have) == parts[0] * 10**9 + parts[1]
    if kind == "a":
        return address(have, pick(args, rest))
    if kind in ("l", "w"):
        v = pick(args, rest)
        if not isinstance(v, list):
            return None
        out = b"".join((x[1] if isinstance(x, tuple) else x) + b"\0" for x in v[1 if kind == "w" else 0:]
                       if isinstance(x, (bytes, tuple)))
        return data_of(have) == out
    want = pick(args, where)
    return None if want is None else same(have, want, result)


LINE = re.compile(r"^(\d+) +(?:\d+\.\d+ )?(.*)$", re.S)
RESULT = re.compile(r"\) += (\?|-?\d+|0x[0-9a-f]+)(<.*?>+(?:\(deleted\))?)?( [A-Z]\w+ \(.*\))?( \(.*\))?( <[\d.]+>)?$", re.S)


def calls(path):
    pending = {}
    for at, line in enumerate(open(path, encoding="latin-1"), 1):
        m = LINE.match(line.rstrip("\n"))
        if not m:
            continue
        tid, text = int(m.group(1)), m.group(2)
        if text.endswith(" <unfinished ...>"):
            pending[tid] = text[:-len(" <unfinished ...>")]
            continue
        m = re.match(r"^<\.\.\. (\w+) resumed>(.*)$", text, re.S)
        if m:
            if tid not in pending:
                continue
            text = pending.pop(tid) + m.group(2)
        m = re.match(r"^(\w+)\(", text)
        r = RESULT.search(text)
        if not m or not r:
            continue
        name = m.group(1)
        value, err = r.group(1), r.group(3)
        if value == "?" and not err:
            continue
        result = -ERRNO.get(err.split()[0], 0) if err else number(value)
        if name == "umask":
            result = int(value, 0 if "x" in value else 8)
        yield at, tid, name, text, result


def exits(path):
    """Exit events by the number of the thread, in order; children's own ones are left out."""
    out = {}
    for line in open(path, encoding="utf-8", errors="surrogateescape"):
        e = json.loads(line)
        if e["kind"] != "event" or e["dir"] != "exit":
            continue
        if e["event"] in ("clone", "clone3", "fork", "vfork") and e["args"].get("res") == 0:
            continue
        out.setdefault(e["tid"], []).append(e)
    return out


def main():
    events = exits(sys.argv[2])
    compared, silent, wrong, kinds = 0, 0, [], set()
    for at, tid, name, text, result in calls(sys.argv[1]):
        queue = events.get(tid, [])
        if not queue:
            wrong.append(f"line {at}: {name}: no event")
            continue
        e = queue.pop(0)
        while name in ("sendmmsg", "recvmmsg") and result > 1 and queue and queue[0]["event"] == name:
            queue.pop(0)
            result -= 1
        if name not in TABLE or e["code"] == 1:
            if name in TABLE:
                wrong.append(f"line {at}: {name} became a generic event")
            continue
        try:
            args = items_of(Text(text[len(name) + 1:]).items(")"))
        except (AttributeError, IndexError) as problem:
            wrong.append(f"line {at}: the test cannot read {text[:100]}: {problem}")
            continue
        kinds.add(name)
        for param, where in TABLE[name]:
            if param not in e["args"] and e["code"] in OLD:
                continue
            if param not in e["args"]:
                wrong.append(f"line {at}: {name} has no {param}")
                continue
            ok = check(where, e["args"][param], args, result)
            compared += ok is not None
            silent += ok is None
            if ok is False:
                wrong.append(f"line {at}: {name}: {param} is {str(e['args'][param])[:150]}\n      in {text[:200]}")
    for line in wrong[:40]:
        print("   ", line)
    print(f"kinds={len(kinds)} compared={compared} silent={silent} wrong={len(wrong)}")
    return 1 if wrong or compared == 0 else 0


sys.exit(main())
