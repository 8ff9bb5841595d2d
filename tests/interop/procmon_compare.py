#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds a capture that scapfmt made of an export of Process Monitor against the export itself.

procmon_compare.py columns EXPORT JSON REPORT   every column of every event and process is there
procmon_compare.py sysdig EXPORT JSON CAPTURE   what sysdig counts is what the export says
procmon_compare.py same NAME JSON JSON          PML and CSV of one capture give the same events

Prints one line: "PASS what" or "FAIL what: why", details of a failure behind it, indented.
The export is read with Python's own parsers; nothing of scapfmt's is used. JSON is the output of
`scapfmt convert -t json`, REPORT that of --report=json.
"""
import collections
import csv
import gzip
import io
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET


def source(path):
    """Events as lists of (name, text), processes as (leaves, modules)."""
    data = (gzip.open if path.endswith(".gz") else open)(path, "rb").read()
    if not data.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<"):
        rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        titles = next(rows)
        return [[(re.sub("[^A-Za-z0-9]", "_", t), v) for t, v in zip(titles, row)] for row in rows], [], []
    events, stacks, processes = [], [], []
    for _, item in ET.iterparse(io.BytesIO(data)):
        if item.tag == "event":
            events.append([(e.tag, e.text or "") for e in item if e.tag != "stack"])
            stacks.append([[leaf.text or "" for leaf in f] for f in item.iter("frame")])
            item.clear()
        elif item.tag == "process":
            leaves = [(e.tag, e.text or "") for e in item if e.tag != "modulelist"]
            processes.append((leaves, [[leaf.text or "" for leaf in m] for m in item.iter("module")]))
            item.clear()
    return events, stacks, processes


def texts(path):
    """Comments of a JSON file with what goes on in notifications, in the order of the file."""
    found = []
    for line in open(path, encoding="utf-8"):
        record = json.loads(line)
        if record.get("args", {}).get("id") == "procmon.continued":
            found[-1][0] += record["args"]["desc"]
            found[-1][1]["cut"] = True
        elif "comments" in record:
            found.append([record["comments"][0], record])
    return found


def lines(text):
    """The form of pm_note.c, undone: a line break in a value has a blank behind it, a lone CR LF and ;."""
    parts = [re.sub("\n([ ;])", lambda m: "\n" if m[1] == " " else "", p)
             for p in re.split("\n(?! )(?!(?<=\r\n);)", text)]
    head, rows = parts[0], [p.split(": ", 1) for p in parts[1:]]
    columns = [(n, v) for n, v in rows if n not in ("Frame", "Module")]
    return head, columns, [v.split("\t") for n, v in rows if n in ("Frame", "Module")]


def check_columns(export, out, report):
    events, stacks, processes = source(export)
    seen, n_processes = set(), 0
    for text, record in texts(out):
        head, columns, groups = lines(text)
        if head == "Procmon process":
            assert (columns, groups) == processes[n_processes], (columns, processes[n_processes])
            n_processes += 1
            continue
        n = int(head.rsplit(" ", 1)[1])
        assert n not in seen, n
        seen.add(n)
        assert columns == events[n - 1], (n, columns, events[n - 1])
        assert not stacks or groups == stacks[n - 1], (n, groups, stacks[n - 1])
        if "cut" not in record:
            typed = record["procmon"]["columns"]
            for name, value in columns:
                assert str(typed[name]) == value, (n, name, typed[name], value)
            assert [list(f.values()) for f in record["procmon"].get("stack", [])] == groups, n
    assert len(seen) == len(events), (len(seen), len(events))
    assert n_processes == len(processes)
    facts = json.load(open(report))
    assert facts["events"] == len(events)
    assert facts["mapped"] + facts["notified"] + facts["dropped"] == len(events)
    assert facts["processes"] == len(processes)
    assert facts["modules"] == sum(len(m) for _, m in processes)
    check_order(out)
    return (f"{len(events)} events, {len(processes)} processes, {facts['modules']} modules, "
            "every column as it was")


def check_order(out):
    """Times only grow, and an exit follows its enter on its thread."""
    last, open_calls = 0, {}
    for line in open(out, encoding="utf-8"):
        record = json.loads(line)
        if record["kind"] != "event":
            continue
        ts = int(record["ts"])
        assert ts >= last or record["cpu"] > 0, (record["ordinal"], ts, last)
        last = max(last, ts)
        if record["event"] in ("notification", "procexit"):
            continue
        if record["dir"] == "enter":
            assert record["tid"] not in open_calls, (record["ordinal"], record["event"])
            open_calls[record["tid"]] = record["event"]
        elif not (record["event"] == "clone" and record["args"]["res"] == 0):
            assert open_calls.pop(record["tid"], None) == record["event"], record["ordinal"]
    assert not open_calls, open_calls


def number(text):
    digits = re.sub("[^0-9]", "", text)
    return int(digits) if digits else 0


def detail(columns, key):
    found = re.search(f"(?:^|, ){key}: ([^A-Za-z]*)(?:, |$)", columns.get("Detail", ""))
    return number(found.group(1)) if found else 0


def posix(path):
    if path.startswith("\\\\"):
        path = "/UNC" + path[1:]
    path = path.replace("\\", "/")
    return path if path.startswith("/") or not path else "/" + path


def sum_by(pairs):
    sums = collections.Counter()
    for k, v in pairs:
        sums[k] += v
    return sums


def sysdig(capture, fmt, *more):
    out = subprocess.run(["sysdig", "-r", capture, "-p", fmt, *more], capture_output=True, check=True)
    assert not out.stderr, out.stderr
    return out.stdout.decode("utf-8", "replace").splitlines()


def check_threads(out, capture):
    """Of every event with columns sysdig and we know the process by the name and number there."""
    said = sysdig(capture, "*%proc.name\t%proc.pid")
    records = [r for r in map(json.loads, open(out, encoding="utf-8")) if r["kind"] == "event"]
    for record, line in zip(records, said):
        columns = record.get("procmon", {}).get("columns", {})
        name, pid = line.split("\t")
        thread = record.get("thread", {})
        if "Process_Name" in columns and str(columns["Process_Name"]).isascii():
            assert name == thread["comm"] == str(columns["Process_Name"]), (record["ordinal"], name, thread, columns)
        if "PID" in columns:
            assert pid == str(thread["pid"]) == str(columns["PID"]), (record["ordinal"], pid, thread, columns)


def check_sysdig(export, out, capture):
    events = [dict(e) for e in source(export)[0]]
    written = sum(1 for line in open(out) if json.loads(line)["kind"] == "event")
    assert len(sysdig(capture, "%evt.num")) == written
    check_threads(out, capture)
    want, by_process, by_pid = (collections.Counter() for _ in range(3))
    for e in events:
        if e["Operation"] in ("ReadFile", "WriteFile") and e["Result"] == "SUCCESS":
            want[posix(e["Path"])] += detail(e, "Length")
            by_process[e["Process_Name"]] += detail(e, "Length")
            by_pid[e["Process_Name"], e.get("PID")] += detail(e, "Length")
    got, got_process = collections.Counter(), collections.Counter()
    for line in sysdig(capture, "%evt.rawres|%proc.name|%fd.name",
                       "evt.type in (pread, pwrite) and evt.dir=<"):
        res, process, name = line.split("|", 2)
        if int(res) > 0:
            got[name] += int(res)
            got_process[process] += int(res)
    assert +got_process == +by_process, (got_process, by_process)
    # Windows does not tell upper from lower case; of operations that overlap with the close of
    # their file (the late pairs of the verdict) sysdig knows no name any more
    fold = lambda counts: sum_by((k.lower(), v) for k, v in counts.items())
    got, wanted = fold(got), fold(want)
    plain = {k: v for k, v in wanted.items() if v and k.isascii() and len(k) <= 1000}
    assert all(got[k] <= plain[k] for k in plain), [(k, got[k], plain[k]) for k in plain if got[k] > plain[k]][:5]
    lost = sum(plain[k] - got[k] for k in plain)
    assert lost * 100 <= sum(plain.values()), lost
    if want:
        top = subprocess.run(["sysdig", "-r", capture, "-c", "topfiles_bytes"], capture_output=True).stdout.decode()
        best = max(wanted.values()) if all(k.isascii() for k in wanted) else None
        first = [l.split(None, 1)[1] for l in top.splitlines()[2:3]]
        assert first and (best is None or wanted[first[0].lower()] == best), (first, best)
        top = subprocess.run(["sysdig", "-r", capture, "-c", "topprocs_file"], capture_output=True).stdout.decode()
        # a line a process, not a name; the one percent is that of the lost names
        who = re.fullmatch(r"\S+ +(.+?) +(\d+) *", top.splitlines()[2]).groups()
        assert by_pid.get(who, by_pid[who[0], None]) * 100 >= max(by_pid.values()) * 99 > 0, (who, by_pid, top)
    failed = {"NAME NOT FOUND", "PATH NOT FOUND", "ACCESS DENIED", "NAME COLLISION", "SHARING VIOLATION"}
    want_failed = sum(e["Operation"] == "CreateFile" and e["Result"] in failed for e in events)
    got_failed = len(sysdig(capture, "%evt.num", "evt.type=openat and evt.failed=true and evt.dir=< and "
                            "evt.res in (ENOENT, EACCES, EEXIST, EBUSY)"))
    assert got_failed == want_failed, (got_failed, want_failed)
    for name, n in collections.Counter(e["Process_Name"] for e in events).most_common(3):
        got_n = len(sysdig(capture, "%evt.num", f"proc.name='{name}' and evt.type=notification and "
                                                "evt.arg.id startswith procmon.registry"))
        want_n = sum(e["Process_Name"] == name and e["Operation"].startswith("Reg") for e in events)
        assert got_n == want_n, (name, got_n, want_n)
    if all("User" in e for e in events):
        for name, _ in collections.Counter(e["User"] for e in events).most_common(2):
            got_n = len(sysdig(capture, "%evt.num", f"user.name='{name}' and evt.type=openat and evt.dir=<"))
            implied = len(sysdig(capture, "%evt.num", f"user.name='{name}' and evt.type=openat and evt.dir=< and evt.arg.flags=O_NONE"))
            want_n = sum(e["User"] == name and e["Operation"] == "CreateFile" and e["Result"] != "REPARSE" for e in events)
            assert want_n <= got_n <= want_n + implied, (name, got_n, want_n)
    return f"sysdig reads {written} events, and counts what the export says"


def calls(path):
    """Events without what only one of the exports can know; the times processes ended."""
    unknown = {"tuple", "addr", "exe", "exepath", "trusted_exepath", "filename", "uid", "ptid", "comm",
               "args", "desc", "domain"}
    out, ended = [], {}
    for line in open(path, encoding="utf-8"):
        r = json.loads(line)
        if r["kind"] != "event" or r.get("args", {}).get("id") in ("procmon.process", "procmon.continued"):
            continue
        args = {k: v for k, v in r["args"].items() if k not in unknown}
        columns = r.get("procmon", {}).get("columns", {})
        if columns.get("Operation") == "Process Exit":
            ended.setdefault(str(columns["PID"]), int(r["ts"]))
        out.append((int(r["ts"]), r["tid"], r["event"], r["dir"], json.dumps(args, sort_keys=True),
                    str(columns.get("PID", "")), columns.get("Path", "")))
    return out, ended


def unnamed(pml, csv_, _):
    """Pairs of events where CSV has no name for the operation."""
    for p in pml:
        area = json.loads(p[4]).get("id", "").rsplit(".", 1)[0]
        for c in csv_:
            if c[:4] == p[:4] and p[2] == "notification" and c[5:] == p[5:] and \
                    json.loads(c[4]) == {"id": area + ".<Unknown>"}:
                yield [p], [c]


def after_exit(pml, csv_, ended):
    """What Windows closes of a process behind its exit: PML knows the process by its index, CSV has
    only the PID, which is free again, so it sees a file that is open already: same file, other fd."""
    for p in [e for e in pml if e[2:4] == ("close", "exit")]:
        fd = json.loads(p[4])["fd"]
        begin = [e for e in pml if e[1:4] == (p[1], "close", "enter") and e[0] <= p[0]
                 and json.loads(e[4]) == {"fd": fd}]
        end = [e for e in csv_ if e[:4] == p[:4] and e[5:] == p[5:]]
        if not begin or not end or p[0] < ended.get(p[5], p[0] + 1):
            continue
        at, new = begin[-1][0], json.loads(end[0][4])["fd"]
        before = [e for e in csv_ if e[:2] == (at, p[1])]
        facts = [(*e[2:4], json.loads(e[4])) for e in before]
        if [f[:2] for f in facts] == [("close", "enter"), ("openat", "enter"), ("openat", "exit")] and \
                facts[0][2] == {"fd": new} and facts[2][2]["fd"] == new and \
                facts[1][2]["name"] == facts[2][2]["name"] == posix(p[6]):
            yield [begin[-1], p], [*before, end[0]]


# Why the same event may look different in CSV. Nothing else may.
REASONS = (("operations that CSV calls <Unknown>", unnamed),
           ("files closed behind the exit of their process, told by PID alone in CSV", after_exit))


def check_same(_, first, second):
    """PML and CSV: the same events at the same times; each difference has a reason of the table."""
    (a, _), (b, ended) = calls(first), calls(second)
    shift = b[0][0] - a[0][0]
    a = [(t + shift, *rest) for t, *rest in a]
    # what the two columns say is compared through the events
    count = collections.Counter(e[:5] for e in a), collections.Counter(e[:5] for e in b)
    left = [sorted({e for e in side if mine[e[:5]] > other[e[:5]]})
            for side, mine, other in ((a, *count), (b, *count[::-1]))]
    said = [f"{len(a)} and {len(b)} events"]
    for why, reason in REASONS:
        found = list(reason(*left, ended))
        for explained in found:
            left = [[e for e in side if e not in gone] for side, gone in zip(left, explained)]
        said += [f"{len(found)} {why}"] if found else []
    assert left == [[], []], "\n".join(
        [f"{len(left[0])} only in PML, {len(left[1])} only in CSV, without a reason"] +
        [f"{kind} {e}" for kind, side in zip(("PML", "CSV"), left) for e in side[:10]])
    return ", ".join(said)


def main(what, name, *more):
    check = {"columns": check_columns, "sysdig": check_sysdig, "same": check_same}[what]
    asked = f"procmon {what} {name.rsplit('/', 1)[-1]}"
    try:
        print(f"PASS {asked}: {check(name, *more)}")
    except Exception as e:  # whatever it is, it is no pass
        where = e.__traceback__
        while where.tb_next:
            where = where.tb_next
        text = str(e).splitlines() or ["it does not hold"]
        print(f"FAIL {asked}: {type(e).__name__} in line {where.tb_lineno}: {text[0][:1000]}")
        print("".join(f"    {line[:300]}\n" for line in text[1:30]), end="")


if __name__ == "__main__":
    main(*sys.argv[1:])
