#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""json_schema.py SCAPFMT FILE...: judge `convert -t json --tables` by programs that are not ours.

Each file's output is read strictly (no key twice, no integer that a double would round), lines of
every shape are validated against schemas/scapfmt-record.schema.json by python3-jsonschema, jq has
to take all of it, ordinals and offsets have to leave no block out, and every event's arguments are
turned back into bytes with the types of schemas/*.xml: they have to be the bytes `print --raw`
shows, and those that the independent decoder scapdec.py shows where SCAPDEC names it. What --join
makes of the events has to be what is made of them here.

Says PASS or FAIL for each file, or SKIP when python3-jsonschema is missing. A file the program
cannot read to its end counts as far as it goes.
"""
import base64
import collections
import glob
import ipaddress
import json
import os
import re
import struct
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

try:
    import jsonschema
except ImportError:
    print("SKIP json: python3-jsonschema is not there")
    sys.exit(0)

SAFE = 2**53 - 1
PER_SHAPE = 3  # lines of one shape that are validated, over all files
EVENTS = 1000  # events of one file that are turned back into bytes
SCAPDEC_SIZE = 60_000  # largest file for the independent decoder, which is slow

INTS = {
    "INT8": "b", "INT16": "h", "INT32": "i", "INT64": "q", "UINT8": "B", "UINT16": "H",
    "UINT32": "I", "UINT64": "Q", "ERRNO": "q", "FD": "q", "PID": "q", "SYSCALLID": "H",
    "SIGTYPE": "B", "RELTIME": "Q", "ABSTIME": "Q", "PORT": "H", "L4PROTO": "B",
    "SOCKFAMILY": "B", "BOOL": "I", "FLAGS8": "B", "FLAGS16": "H", "FLAGS32": "I", "UID": "I",
    "GID": "I", "SIGSET": "I", "MODE": "I", "ENUMFLAGS8": "B", "ENUMFLAGS16": "H",
    "ENUMFLAGS32": "I", "FD32": "i", "PID32": "i",
}
TEXTS = {"CHARBUF", "FSPATH", "FSRELPATH"}
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}


class Wrong(Exception):
    pass


def load_types(root):
    """Parameter types by event code, variants, and numbers of socket families, from the XML."""
    events, variants, families = {}, {}, dict(FAMILIES)
    for path in glob.glob(os.path.join(root, "schemas", "*.xml")):
        tree = ElementTree.parse(path).getroot()
        for event in tree.iter("event"):
            params = [(p.get("name"), p.get("type"), p.get("variants")) for p in event.iter("param")]
            if event.get("code") is not None:
                events[int(event.get("code"))] = params
        for group in tree.iter("variant-set"):
            variants[group.get("name")] = [(v.get("name"), v.get("type")) for v in group]
        for flags in tree.iter("flag-set"):
            if flags.get("name") == "socket_families":
                families.update({f.get("name"): int(f.get("value"), 0) for f in flags})
    return events, variants, families


def strict_object(pairs):
    keys = [k for k, _ in pairs]
    if len(set(keys)) != len(keys):
        raise Wrong("a key stands twice: %s" % keys)
    return dict(pairs)


def strict_int(text):
    if abs(int(text)) > SAFE:
        raise Wrong("integer beyond 2^53-1: %s" % text)
    return int(text)


def parse(line):
    return json.loads(line, object_pairs_hook=strict_object, parse_int=strict_int)


def text_bytes(value):
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value.encode()


def is_number(value):
    return not isinstance(value, bool) and isinstance(value, (int, str))


class Encoder:
    """Arguments back to the bytes of the file."""

    def __init__(self, types, order):
        self.events, self.variants, self.families = types
        self.order = order

    def number(self, kind, value):
        if isinstance(value, dict):
            value = value["value"]
        if not is_number(value):
            raise Wrong("no number: %r" % (value,))
        return struct.pack(self.order + INTS[kind], int(value))

    def end(self, end):
        return ipaddress.ip_address(end["addr"]).packed + struct.pack(self.order + "H", end["port"])

    def sock(self, value):
        family = value["family"]
        number = self.families[family] if family in self.families else int(family)
        out = bytes([number])
        if "src" in value:
            for end in value["src"], value["dst"]:
                out += (self.end(end) if "addr" in end
                        else struct.pack(self.order + "Q", int(end["key"], 16)))
        elif "addr" in value:
            out += self.end(value)
        if "path" in value:
            out += text_bytes(value["path"]) + b"\0"
        return out + base64.b64decode(value.get("rest", ""))

    def buffer(self, value):
        out = base64.b64decode(value["base64"])
        if value["len"] != len(out):
            raise Wrong("len %d of %d bytes" % (value["len"], len(out)))
        preview = re.sub(rb"[^ -~]", b".", out).decode()
        if not preview.startswith(value["text"]) or (out and not value["text"]):
            raise Wrong("preview %r" % value["text"])
        return out

    def encode(self, kind, value, null, variants=None):
        if isinstance(value, dict) and "malformed" in value:
            return base64.b64decode(value["malformed"])
        if kind == "DYN" and value is not None:
            names = [v[0] for v in self.variants[variants]]
            index = names.index(value["variant"])
            inner = self.variants[variants][index][1]
            return bytes([index]) + self.encode(inner, value["value"], null)
        if value is None:
            if null == "none":
                return b"\xff" * struct.calcsize(INTS[kind])
            return {"empty": b"", "(NULL)": b"(NULL)\0"}[null]
        if kind in INTS:
            return self.number(kind, value)
        if kind in TEXTS:
            return text_bytes(value) + b"\0"
        if kind in ("SOCKADDR", "SOCKTUPLE"):
            return self.sock(value)
        if kind in ("IPV4ADDR", "IPV6ADDR"):
            return ipaddress.ip_address(value).packed
        if kind == "FDLIST":
            return struct.pack(self.order + "H", len(value)) + b"".join(
                struct.pack(self.order + "qH", int(f["fd"]), f["flags"]["value"]) for f in value)
        return self.buffer(value)

    def params(self, event):
        known = self.events.get(event["code"], [])
        nulls = event.get("nulls", {})
        out = []
        for name, kind, variants in known[: event.get("n_params", 0)]:
            if name not in event["args"]:
                raise Wrong("argument %s is missing" % name)
            out.append(self.encode(kind, event["args"][name], nulls.get(name), variants))
        if len(event["args"]) != len(out):
            raise Wrong("arguments the event does not have")
        return out + [base64.b64decode(e) for e in event.get("extra", [])]


def run(*argv):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout


def compare_event(encoder, event, raw, name):
    """One event with the line `print --raw` has for it."""
    fields = raw.rstrip("\n").split("\t")
    head = [event["ordinal"], event["offset"], event["ts"], event["cpu"], event["tid"], event["code"]]
    if [str(x) for x in head] != fields[:6]:
        raise Wrong("%s: header %s, raw has %s" % (name, head, fields[:6]))
    if "payload" in event:
        return
    params = encoder.params(event)
    if "?" in fields[6:8]:
        rest = bytes.fromhex(fields[-1].replace("-", "").replace("?", ""))
        if not rest.endswith(b"".join(params) + base64.b64decode(event.get("slack", ""))):
            raise Wrong("%s: extra is not what the event has" % name)
        return
    if event["n_params"] != int(fields[6]):
        raise Wrong("%s: n_params %d, raw has %s" % (name, event["n_params"], fields[6]))
    for i, want in enumerate(fields[7:]):
        got = params[i].hex() if i < len(params) else None
        if got != (want if want != "-" else ""):
            raise Wrong("%s: parameter %d is %s, raw has %s" % (name, i, got, want))


def check_events(types, records, raws, name):
    order, n = {}, 0
    events = []
    for record in records:
        if record["kind"] == "section" and "byte_order" in record:
            order[record["section"]] = ">" if record["byte_order"] == "big" else "<"
        if record["kind"] == "event" and "raw" not in record:
            events.append(record)
    if len(events) != len(raws):
        raise Wrong("%s: %d events, raw has %d" % (name, len(events), len(raws)))
    stride = max(1, len(events) // EVENTS)
    for event, raw in list(zip(events, raws))[::stride]:
        try:
            compare_event(Encoder(types, order[event["section"]]), event, raw, name)
        except (Wrong, KeyError, ValueError, TypeError, struct.error) as error:
            raise Wrong("event %s of %s: %s: %s" %
                        (event["ordinal"], event["event"], type(error).__name__, error)) from error
        n += 1
    return n


def shortened(record):
    """The record with the ends of long tables only: validating takes its time."""
    rows = record.get("rows", [])
    return {**record, "rows": rows[:6] + rows[-2:]} if len(rows) > 8 else record


def check_file(scapfmt, types, validator, shapes, path):
    out = run(scapfmt, "convert", "-q", "-t", "json", "--tables", path)
    out.decode()  # strict UTF-8
    records, validated = [], 0
    last = -1
    for number, line in enumerate(out.split(b"\n")[:-1]):
        record = parse(line)
        if record["ordinal"] != number or int(record["offset"]) <= last:
            raise Wrong("line %d: ordinal %s at %s" % (number, record["ordinal"], record["offset"]))
        last = int(record["offset"])
        records.append(record)
        shape = (record["kind"], record["type"], record.get("code"), tuple(sorted(record)))
        shapes[shape] += 1
        if shapes[shape] <= PER_SHAPE:
            error = jsonschema.exceptions.best_match(validator.iter_errors(shortened(record)))
            if error is not None:
                raise Wrong("line %d: %s at %s" % (number, error.message[:300], list(error.path)))
            validated += 1
    jq = subprocess.run(["jq", "-e", "."], input=out, stdout=subprocess.DEVNULL, check=False)
    if out and jq.returncode != 0:
        raise Wrong("jq refuses it")
    raws = run(scapfmt, "print", "-q", "--raw", path).decode().splitlines()
    events = check_events(types, records, raws, "print --raw")
    scapdec = os.environ.get("SCAPDEC")
    little = all(r.get("byte_order") != "big" for r in records)
    if scapdec and events and little and os.path.getsize(path) < SCAPDEC_SIZE and ".zst" not in path:
        judge = subprocess.run([sys.executable, scapdec, "--raw", path], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, check=False)
        judged = judge.stdout.decode().splitlines()
        read = records
        if judge.returncode != 0:  # it stops at damage that ours passes over
            read = records[: 1 + (int(judged[-1].split("\t")[0]) if judged else 0)]
        events += check_events(types, read, judged, "scapdec")
    return records, validated, events


NOTES = ("nulls", "names", "fd_types", "errors")
GENERIC = (0, 1)


def is_call(record, calls):
    return (record["kind"] == "event" and "raw" not in record and "symbol" in record
            and "n_params" in record and record["code"] in calls)


def is_exit_of(enter, exit_):
    if exit_["code"] == enter["code"] + 1:
        return exit_["code"] not in GENERIC or enter["args"].get("ID") == exit_["args"].get("ID")
    return enter["event"].startswith("execve") and exit_["event"].startswith("execve")


def joined_by_hand(records, calls):
    """What --join has to make of the objects it makes without."""
    open_calls, section = {}, 0

    def give_up(tid, because):
        _, enter = open_calls.pop(tid)
        call = {k: v for k, v in enter.items() if k not in ("dir", "kind")}
        return {**call, "kind": "call", "enter_ts": enter["ts"], "missing": "exit",
                "because": because}

    for record in records:
        if record["section"] != section:
            for tid in sorted(open_calls, key=lambda t: open_calls[t][0]):
                yield give_up(tid, "end")
            section = record["section"]
        if not is_call(record, calls):
            if record.get("event") == "procexit" and record.get("tid") in open_calls:
                yield give_up(record["tid"], "thread_end")
            yield record
            continue
        tid = record["tid"]
        if tid in open_calls and (record["dir"] == "enter"
                                  or not is_exit_of(open_calls[tid][1], record)):
            yield give_up(tid, "next_call")
        if record["dir"] == "enter":
            open_calls[tid] = (record["ordinal"], record)
        else:
            yield join(open_calls.pop(tid, (0, None))[1], record)
    for tid in sorted(open_calls, key=lambda t: open_calls[t][0]):
        yield give_up(tid, "end")


def join(enter, exit_):
    call = {k: v for k, v in exit_.items() if k not in ("dir", "latency")}
    call.update(kind="call", exit_ts=exit_["ts"])
    if enter is None:
        call["missing"] = "enter"
        return call
    call["event"] = enter["event"]  # old exits of generic calls do not say which
    call["enter_ts"] = enter["ts"]
    latency = max(0, int(exit_["ts"]) - int(enter["ts"]))
    call["latency"] = latency if latency <= SAFE else str(latency)
    args, differ = dict(exit_["args"]), {}
    notes = {n: dict(exit_.get(n, {})) for n in NOTES}
    for name, value in enter["args"].items():
        if name not in args or (args[name] is None and value is not None):
            args[name] = value
            for note in NOTES:
                notes[note].pop(name, None)
                if name in enter.get(note, {}):
                    notes[note][name] = enter[note][name]
        elif value is not None and value != args[name]:
            differ[name] = value
    call["args"] = args
    for note in NOTES:
        call.pop(note, None)
        if notes[note]:
            call[note] = notes[note]
    if differ:
        call["enter_args"] = differ
    call["enter"] = {k: enter[k] for k in (
        "ordinal", "offset", "type", "cpu", "code", "symbol", "flags", "n_params", "trace",
        "entries", "extra", "slack", "comments", "options", "options_damage", "options_rest")
        if k in enter}
    return call


def check_join(scapfmt, calls, validator, shapes, path, records):
    """--join against the same made here of the single events."""
    out = run(scapfmt, "convert", "-q", "-t", "json", "--tables", "--join", path)
    got = [parse(line) for line in out.split(b"\n")[:-1]]
    want = list(joined_by_hand(records, calls))
    n = 0
    for i, record in enumerate(want):
        if i >= len(got) or got[i] != record:
            have = got[i] if i < len(got) else None
            keys = [k for k in record if have is None or have.get(k) != record[k]]
            keys += [k for k in have or {} if k not in record]
            raise Wrong("--join, line %d: %s, not %s, in %s" % (
                i, json.dumps(have)[:300], json.dumps(record)[:300], keys))
        if record["kind"] == "call":
            n += 1
            shape = (record["kind"], record["type"], record["code"], tuple(sorted(record)))
            shapes[shape] += 1
            if shapes[shape] <= PER_SHAPE:
                error = jsonschema.exceptions.best_match(validator.iter_errors(record))
                if error is not None:
                    raise Wrong("--join, line %d: %s at %s" % (i, error.message[:300],
                                                              list(error.path)))
    if len(got) != len(want):
        raise Wrong("--join: %d lines, not %d" % (len(got), len(want)))
    return n


def load_calls(root):
    """Codes of events that are system calls."""
    calls = set()
    for path in glob.glob(os.path.join(root, "schemas", "events-*.xml")):
        for event in ElementTree.parse(path).getroot().iter("event"):
            if "EC_SYSCALL" in event.get("category", ""):
                calls.add(int(event.get("code")))
    return calls


def main(argv):
    if len(argv) < 3:
        print(__doc__)
        return 2
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    with open(os.path.join(root, "schemas", "scapfmt-record.schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    types = load_types(root)
    calls = load_calls(root)
    shapes = collections.Counter()
    sums = collections.Counter()
    failed = 0
    for path in argv[2:]:
        try:
            records, validated, events = check_file(argv[1], types, validator, shapes, path)
            joined = check_join(argv[1], calls, validator, shapes, path, records)
        except (Wrong, UnicodeDecodeError, ValueError) as error:
            print("FAIL json %s: %s" % (path, error))
            failed += 1
            continue
        print("PASS json %s" % path)
        sums.update(records=len(records), validated=validated, events=events,
                    joined=joined)
    print("json: %d files (%d failed), %d records, %d of them validated (%d shapes), "
          "%d events turned back into bytes, %d joined calls" % (len(argv) - 2, failed, sums["records"],
                                                sums["validated"], len(shapes), sums["events"],
                                                sums["joined"]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
