#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is the built-in schema equal to the reference extracted from upstream's headers?

check_schema.py [SCAPFMT] [EVENT_TABLE_JSON]: compares every fact, prints each difference, exit 1
when there is one. Without the reference (../shared) it prints SKIP.
"""
import json
import os
import subprocess
import sys

program = sys.argv[1] if len(sys.argv) > 1 else "build/scapfmt"
reference = sys.argv[2] if len(sys.argv) > 2 else "../shared/reference/event_table.json"
compared = 0
faults = 0


def equal(what, got, want):
    global compared, faults
    compared += 1
    if got != want:
        faults += 1
        print(f"{what}: got {got!r}, want {want!r}")


def ours(*args):
    """What `scapfmt schema list` prints, by kind."""
    text = subprocess.run([program, "schema", "list", "--json", *args], check=True,
                          stdout=subprocess.PIPE).stdout
    kinds = {}
    for line in text.splitlines():
        item = json.loads(line)
        kinds.setdefault(item["kind"], []).append(item)
    return kinds


def count_at(item, ages, age):
    """Parameters of an event in files of an age; None before its first."""
    if ages.index(item["since"]) > age:
        return None
    return sum(ages.index(p["since"]) <= age for p in item["params"])


def check_event(got, want, ages, sc_codes):
    at = want["enum"]
    equal(f"{at} code", got["code"], want["code"])
    equal(f"{at} symbol", got["symbol"], want["enum"])
    for key in ("name", "dir"):
        equal(f"{at} {key}", got[key], want[key])
    equal(f"{at} category", got["category"], want["category"]["value"])
    equal(f"{at} flags", sorted("EF_" + f for f in got["flags"]), sorted(want["flags"]))
    equal(f"{at} length size", 4 if "LARGE_PAYLOAD" in got["flags"] else 2, want["length_size"])
    equal(f"{at} system calls", got["syscalls"], sorted(want["ppm_sc"], key=sc_codes.get))
    equal(f"{at} parameters", len(got["params"]), want["nparams"])
    names = [p["name"] for p in want["params"]]
    for i, (g, w) in enumerate(zip(got["params"], want["params"])):
        kind = w.get("info_kind")
        info = w["info"]
        dirfd = names[w["dirfd_param"]] if "dirfd_param" in w else None
        equal(f"{at} {i} name", g["name"], w["name"])
        equal(f"{at} {i} type", "PT_" + g["type"], w["type"])
        equal(f"{at} {i} format", "PF_" + g["format"], w["fmt"])
        equal(f"{at} {i} flags", g["flags"], info if kind == "flag_table" else None)
        equal(f"{at} {i} variants", g["variants"], info if kind == "dynamic_table" else None)
        equal(f"{at} {i} dirfd", g["dirfd"], dirfd)
        equal(f"{at} {i} empty", g["may_be_empty"], w["converter_may_emit_empty"])
    history = {h["seen_in"]: h["nparams"] for h in want["nparams_history"]}
    count = None
    for age, name in enumerate(ages):
        count = history.get(name, count)
        equal(f"{at} count in {name}", count_at(got, ages, age), count)


def check_sets(sets, ref):
    ours = ("scap_", "native_", "strace_")  # sets that upstream's headers do not have
    flags = {s["name"]: s["flags"] for s in sets["flag_set"] if not s["name"].startswith(ours)}
    variants = {s["name"]: s["variants"] for s in sets["variant_set"]}
    equal("flag sets", flags, ref["flag_tables"])
    for name, rows in ref["dynamic_tables"].items():
        want = [(r["index_name"], r["type"], r["fmt"]) for r in rows]
        got = [(r["name"], "PT_" + r["type"], "PF_" + r["format"]) for r in variants.pop(name, [])]
        equal(name, got, want)
    equal("other variant sets", variants, {})


def check_calls(ref):
    ppm = [(n["value"], n["name"]) for n in ours("--syscalls", "ppm")["ppm_sc"]]
    equal("PPM_SC", ppm, [(s["code"], s["name"]) for s in ref["ppm_sc"]])
    for arch, rows in ref["syscall_to_ppm_sc"].items():
        got = ours("--syscalls", arch)["syscall"]
        equal(f"{arch} calls", len(got), len(rows))
        for g, w in zip(got, rows):
            at = f"{arch} {w['nr']}"
            equal(at, (g["nr"], g["name"], g["ppm_sc"], g["ppm_sc_name"], g["enter"], g["exit"],
                       g["generic"]),
                  (w["nr"], w["syscall"], w["ppm_sc"], w["ppm_sc_name"], w["enter_event"],
                   w["exit_event"], w["generic"]))
    ia32 = {str(m["nr"]): m["x86_64"] for m in ours("--syscalls", "ia32")["ia32"]}
    want = {k: v for k, v in ref["ia32_to_x86_64_syscall_nr"].items() if v >= 0}
    equal("ia32", ia32, want)


def source(p):
    s = {"from": "FROM_" + p["from"].upper()}
    if "param" in p:
        s["param"] = p["param"]
    if "if_no_enter" in p:
        s["if_no_enter"] = p["if_no_enter"].upper()
    return s


def check_conversions(ref):
    actions = {"add": "ADD_PARAMS", "change": "CHANGE_TYPE"}
    got = ours("--conversions")["conversion"]
    equal("conversions", len(got), len(ref["converter"]))
    for g, w in zip(got, ref["converter"]):
        want = [{k: v for k, v in p.items() if k in ("from", "param", "if_no_enter")}
                for p in w["params"]]
        equal(f"{w['event']} {w['nparams']}",
              (g["event"], g["n_params"], actions.get(g["action"], g["action"].upper()), g["to"],
               [source(p) for p in g["params"]]),
              (w["event"], w["nparams"], w["action"], w["to_event"], want))


def check_names(names, ref):
    equal("categories", [(n["value"], n["name"]) for n in names["category"]],
          [(c["value"], c["name"]) for c in ref["categories"]])
    for kind in ("errno", "signal"):
        equal(kind, {str(n["value"]): n["name"] for n in names[kind]}, ref[f"{kind}_names"])


def main():
    if not os.path.exists(reference):
        print(f"SKIP check_schema: no {reference}")
        return 0
    with open(reference, encoding="utf-8") as file:
        ref = json.load(file)
    names = ours("--names")
    ages = [n["name"] for n in names["age"]]
    seen = {h["seen_in"] for e in ref["events"] for h in e["nparams_history"]}
    equal("ages", sorted(ages), sorted(seen))
    sc_codes = {s["name"]: s["code"] for s in ref["ppm_sc"]}
    events = ours()["event"]
    equal("events", len(events), len(ref["events"]))
    for got, want in zip(events, ref["events"]):
        check_event(got, want, ages, sc_codes)
    check_sets(ours("--flags"), ref)
    check_calls(ref)
    check_conversions(ref)
    check_names(names, ref)
    print(f"check_schema: {compared} facts compared, {faults} differ")
    return 1 if faults else 0


sys.exit(main())
