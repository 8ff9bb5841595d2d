#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# strace_corpus.sh - every log of the foreign corpus becomes a capture without findings, and sysdig
# and tshark show all of its events.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
corpus=${CORPUS:-$root/../shared/corpus}/strace
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ ! -d "$corpus" ]; then
    echo "SKIP strace_corpus: the logs are not there ($corpus)"
    exit 0
fi
have_sysdig= have_tshark=
command -v sysdig >/dev/null 2>&1 && have_sysdig=1 ||
    echo "SKIP strace_corpus: the judge is not installed (package sysdig)"
command -v tshark >/dev/null 2>&1 && have_tshark=1 ||
    echo "SKIP strace_corpus: the judge is not installed (package tshark)"

judge() { # CAPTURE LOG: nothing, or what is wrong
    scapfmt validate -q --level=warning "$1" >"$work/findings" 2>&1 || {
        echo "findings: $(head -n 1 "$work/findings")"
        return
    }
    scapfmt print --raw "$1" >"$work/raw"
    # sysdig 0.29 passes over the codes that came after it
    want=$(awk -F'\t' '$6 < 336' "$work/raw" | wc -l)
    got=$want
    [ -z "$have_sysdig" ] || got=$(sysdig -r "$1" -p '*%evt.num' 2>/dev/null | wc -l)
    [ "$got" = "$want" ] || echo "sysdig shows $got of $want events"
    want=$(wc -l <"$work/raw")
    got=$want
    [ -z "$have_tshark" ] || got=$(tshark -r "$1" 2>/dev/null | wc -l)
    [ "$got" = "$want" ] || echo "tshark shows $got of $want events"
}

find "$corpus" -type f ! -name '*.md' ! -name '*.tsv' | sort >"$work/list"
: >"$work/reports"
while read -r log; do
    name=${log#"$corpus"/}
    rc=0
    scapfmt convert -f strace --report=json -o "$work/c.scap" "$log" 2>"$work/report" || rc=$?
    if [ "$rc" = 0 ]; then
        tail -n 1 "$work/report" >>"$work/reports"
        wrong=$(judge "$work/c.scap")
        [ -z "$wrong" ] && echo "PASS strace_corpus: $name" ||
            echo "FAIL strace_corpus: $name: $wrong"
    elif [ "$rc" = 1 ] && grep -qE 'this is a log of|there is no system call' "$work/report"; then
        echo "PASS strace_corpus: $name: refused"
    else
        echo "FAIL strace_corpus: $name: $rc $(head -n 1 "$work/report")"
    fi
done <"$work/list"
jq -rs '"calls \(map(.calls)|add), mapped \(map(.mapped)|add), generic \(map(.generic)|add), " +
        "unreadable lines \(map(.unread_lines)|add)"' "$work/reports" | sed 's/^/    /'
jq -es '(map(.unread_lines)|add) * 1000 <= (map(.calls)|add)' "$work/reports" >/dev/null &&
    echo "PASS strace_corpus: 99.9 % of the calls are read" ||
    echo "FAIL strace_corpus: more than 0.1 % of the calls cannot be read"
