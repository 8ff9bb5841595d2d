#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""redact_compare.py FILE TMP: `slice --redact` of a capture beside the capture.

  ours    every event is there, with the same numbers; names of files, programs, directories and
          peers are replaced one for one
  sysdig  reads both alike
  tshark  sees the same protocols, ports and lengths in both, and right checksums where they were
  leaks   no argument, environment, path, payload or address of the capture is anywhere in the bytes
          of what was made of it, packed or not, with or without --prune and a filter
"""
import base64
import gzip
import json
import os
import shutil
import subprocess
import sys
import zlib

SAME = "num,rawtime,cpu,tid,dir,type,proc.name,proc.pid,proc.ppid,user.uid,fd.num,fd.type"
NAMES = "fd.name,proc.exe,proc.exepath,proc.cwd,user.name,container.id"
SYSDIG = ("%evt.rawtime %evt.cpu %thread.tid %evt.dir %evt.type %proc.name %proc.pid %proc.ppid "
          "%fd.num %fd.type %evt.res")
MIN = 6  # bytes of a text that is looked for: shorter ones turn up by chance
# Words of the format, not of the machine.
WORDS = {b"memory", b"cpuacct", b"devices", b"perf_event", b"freezer", b"hugetlb", b"cpuset",
         b"blkio", b"net_cls", b"net_prio", b"name=systemd", b"docker", b"kubepods", b"besteffort",
         b"burstable", b"system.slice", b"user.slice", b"init.scope", b"machine.slice", b"(NULL)",
         b"container", b"libpod_parent", b"libpod", b"cgroup", b"kubepods.slice", b"pluginevent", b"asyncevent"}


def run(*argv):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=False).stdout


def columns(path, what):
    return [line.split(b"\t") for line in
            run("scapfmt", "print", "-q", "-c", what, path).splitlines()]


def compare_ours(path, out):
    a, b = columns(path, SAME), columns(out, SAME)
    a = [x for x in a if x[0][:1].split(b" ")[0].isdigit()]
    b = [x for x in b if x[0][:1].split(b" ")[0].isdigit()]
    for x, y in zip(a, b):
        if x != y:
            return "%r is %r" % (x, y)
    if len(a) != len(b):
        return "%d events are %d" % (len(a), len(b))
    names = NAMES.split(",")
    turn = zlib.crc32(os.path.basename(path).encode()) % len(names)
    for column in (names[turn], names[turn - 3]):  # each file two: all of them take long
        there, back = {}, {}
        whole = run("scapfmt", "print", "-q", "-c", "num," + column, path).splitlines()
        made = run("scapfmt", "print", "-q", "-c", "num," + column, out).splitlines()
        made = dict(line.split(b" ", 1) for line in made if b" " in line)
        for line in whole:
            number, _, name = line.partition(b" ")
            got = made.get(number)
            if got is None or not number.isdigit():
                continue
            if there.setdefault(name, got) != got or back.setdefault(got, name) != name:
                return "%s of event %s: %r is %r, and so is %r" % (
                    column, number.decode(), name, got, back[got])
    return ""


def compare_sysdig(path, out):
    a = run("sysdig", "-r", path, "-p", SYSDIG).splitlines()
    b = run("sysdig", "-r", out, "-p", SYSDIG).splitlines()
    for x, y in zip(a, b):
        if x != y:
            return "sysdig: %r is %r" % (x, y)
    # it does not get through comments, which are gone
    return "sysdig: %d lines are %d" % (len(a), len(b)) if a and len(a) != len(b) else ""


LINKS = {b"eth", b"ethertype", b"sll", b"null", b"raw", b"ppp", b"vlan", b"ieee8021ad"}
NETWORK = {b"ip", b"ipv6"}
EXTENSIONS = {b"ipv6.hopopts", b"ipv6.dstopts", b"ipv6.fraghdr"}
TRANSPORT = {b"tcp", b"udp"}
FIELDS = ["ip.version", "ip.proto", "ipv6.nxt", "tcp.srcport", "tcp.dstport", "tcp.flags",
          "tcp.seq_raw", "udp.srcport", "udp.dstport", "udp.length", "arp.opcode"]
SUMS = ["ip.checksum.status", "tcp.checksum.status", "udp.checksum.status"]


def outer(protocols):
    """The layers that are kept: a link, a network, a transport. Behind them is data, even when
    tshark finds a network in it again (tunnels)."""
    layers = set()
    for name in protocols.split(b":"):
        networks = layers & NETWORK
        if name in LINKS and not networks or name in EXTENSIONS and networks:
            layers.add(name)
        elif name in NETWORK | {b"arp"} and not networks:
            layers.add(name)
        elif name in TRANSPORT and networks:
            return layers | {name}
        else:
            break
    return layers


def packets(path):
    """Of each packet: what it is in any case, its layers, their fields, their checksums."""
    fields = [x for f in ["frame.time_epoch", "frame.len", "frame.cap_len", "frame.protocols",
                          *FIELDS, *SUMS] for x in ("-e", f)]
    options = [x for p in ("ip", "tcp", "udp") for x in ("-o", p + ".check_checksum:TRUE")]
    for line in run("tshark", "-n", *options, "-T", "fields", "-E", "occurrence=f", *fields, "-r",
                    path).splitlines():
        cells = line.split(b"\t")
        if cells[3].split(b":")[0] not in LINKS:
            continue  # tshark counts system calls and custom blocks, too; nor is it a link we know
        values = dict(zip(FIELDS + SUMS, cells[4:]))
        yield cells[:3], outer(cells[3]), values


def compare_tshark(path, out):
    a, b = list(packets(path)), list(packets(out))
    for (frame, layers, x), (got, _, y) in zip(a, b):
        if frame != got:
            return "packet %r is %r" % (frame, got)
        there = [f for f in FIELDS if f.partition(".")[0].encode() in layers]
        for field in there:
            if x[field] != y[field]:
                return "%s of the packet of %s: %r is %r" % (
                    field, frame[0].decode(), x[field], y[field])
        for field in SUMS:
            if (field.partition(".")[0].encode() in layers and frame[1] == frame[2]
                    and y[field] == b"0" != x[field]):
                return "%s of the packet of %s" % (field, frame[0].decode())
    return "%d packets are %d" % (len(a), len(b)) if len(a) != len(b) else ""


def text_of(node):
    if isinstance(node, dict) and "base64" in node:
        return base64.b64decode(node["base64"])
    return node.encode("utf-8", "surrogatepass") if isinstance(node, str) else b""


def cgroups(node):
    """What a control group is called, without its subsystem."""
    for text in texts(node):
        yield from text.partition(b"=/")[2].split(b"/")


def texts(node):
    """All texts below a node."""
    if isinstance(node, dict) and "base64" not in node:
        for child in node.values():
            yield from texts(child)
    elif isinstance(node, list):
        for child in node:
            yield from texts(child)
    else:
        yield text_of(node)


def secrets_of(path):
    """What may not be found, and what is kept on purpose."""
    secrets, kept = set(), set()
    for line in run("scapfmt", "print", "-q", "--json", "--tables", path).splitlines():
        record = json.loads(line)
        if record["kind"] == "event":
            for name, value in record.get("args", {}).items():
                if name in ("comm", "arg2_str", "type") or record["event"] in ("asyncevent",):
                    kept.update(texts(value))
                elif name == "cgroups":
                    value = text_of(value).split(b"\0") if isinstance(value, dict) else []
                    secrets.update(p for t in value for p in t.partition(b"=/")[2].split(b"/"))
                elif isinstance(value, (list, str)) or (isinstance(value, dict)
                                                       and "names" not in value):
                    secrets.update(t for t in texts(value))
            secrets.update(t for t in texts(record.get("comments", [])))
            kept.update({record["event"].encode()})
            kept.update(t for k in ("family", "variant") for v in record.get("args", {}).values()
                        if isinstance(v, dict) for t in texts(v.get(k, "")))
        elif record["kind"] == "table":
            for row in record.get("rows", []) + [record.get("head", {})]:
                for name, value in row.items():
                    if name == "comm":
                        kept.update(texts(value))
                    elif name == "cgroups":
                        secrets.update(cgroups(value))
                    elif name != "netmask" and isinstance(value, (str, list)):
                        secrets.update(texts(value))
        elif record["kind"] == "packet":
            secrets.add(base64.b64decode(record["data"])[118:])  # behind all headers
        elif record["kind"] != "section":
            secrets.update(texts(record.get("options", [])))
    return secrets, kept


def pieces(secrets):
    """Each text, the names in a path, and what a variable holds. Zeros end a text, also in what is
    packed into one buffer: arguments, environment."""
    for text in (t for secret in secrets for t in secret.split(b"\0")):
        whole = [text[:200]]
        if len(text) < 4096:
            whole += text.split(b"/") + [text.partition(b"=")[2]]
        for piece in whole:
            if len(piece) >= MIN and not piece.isdigit() and len(set(piece)) >= 4:
                yield piece


def leaks(path, data, secrets, kept):
    allowed = b"\n".join(kept)
    n = 0
    for piece in set(pieces(secrets)):
        n += 1
        if piece in data and piece not in WORDS and piece not in allowed:
            # an address of this host, a number
            if piece.count(b".") == 3 or piece.startswith((b"0x", b"127.", b"::")):
                continue
            return "%r" % piece, n
    return "", n


def main():
    path, tmp = sys.argv[1:3]
    out = os.path.join(tmp, "redacted.scap")
    for old in (out, out + ".gz"):
        if os.path.exists(old):
            os.unlink(old)
    made = subprocess.run(["scapfmt", "slice", "-q", "--redact", "--key", os.path.join(tmp, "key"),
                           "-o", out, path], stderr=subprocess.DEVNULL, check=False)
    if not os.path.exists(out) or made.returncode != 0:
        plain = subprocess.run(["scapfmt", "slice", "-q", "-o", out + ".plain", path],
                               stderr=subprocess.DEVNULL, check=False)
        if plain.returncode == 0:
            print("FAIL redact %s: exit status %d" % (path, made.returncode))
        else:
            print("SKIP redact %s: it is damaged or empty" % path)
        return
    why = []
    valid = subprocess.run(["scapfmt", "validate", "-q", path], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False).returncode == 0
    if valid and subprocess.run(["scapfmt", "validate", "-q", out], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, check=False).returncode != 0:
        why.append("it is not valid")
    kinds = run("scapfmt", "info", path)
    why.append(compare_ours(path, out))
    if path.endswith(".scap") and shutil.which("sysdig"):
        why.append(compare_sysdig(path, out))
    if b"EPB" in kinds and shutil.which("tshark"):
        why.append(compare_tshark(path, out))
    secrets, kept = secrets_of(path)
    with open(out, "rb") as file:
        leak, n = leaks(path, file.read(), secrets, kept)
    why.append(leak and "it has %s" % leak)
    subprocess.run(["scapfmt", "slice", "-q", "--redact", "--key", os.path.join(tmp, "key"),
                    "--prune", "--events", "3-", "-o", out + ".gz", path],
                   stderr=subprocess.DEVNULL, check=False)
    if os.path.exists(out + ".gz"):
        with gzip.open(out + ".gz") as file:
            leak, _ = leaks(path, file.read(), secrets, kept)
        why.append(leak and "--prune has %s" % leak)
    why = [w for w in why if w]
    if why:
        print("FAIL redact %s: %s" % (path, "; ".join(why)))
    else:
        print("PASS redact %s: none of %d texts" % (path, n))


main()
