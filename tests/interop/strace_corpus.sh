#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# strace_corpus.sh - every log of the foreign corpus becomes a capture without findings, and sysdig
# and tshark show all of its events.
. tests/support/judge.sh
corpus=$corpus/strace

there "$corpus" || exit 0
have_sysdig= have_tshark=
have sysdig && have_sysdig=1 ||
    echo "SKIP strace_corpus: the judge is not installed (package sysdig)"
have tshark && have_tshark=1 ||
    echo "SKIP strace_corpus: the judge is not installed (package tshark)"

judge() { # CAPTURE LOG: nothing, or what is wrong
    scapfmt validate -q --level=warning "$1" >"$tmp/findings" 2>&1 || {
        echo "findings: $(head -n 1 "$tmp/findings")"
        return
    }
    n=$((n + 1))
    [ $((n % 3)) = 0 ] || return
    scapfmt print --raw "$1" >"$tmp/raw"
    # sysdig 0.29 passes over the codes that came after it
    want=$(awk -F'\t' '$6 < 336' "$tmp/raw" | wc -l)
    got=$want
    [ -z "$have_sysdig" ] || got=$(sysdig -r "$1" -p '*%evt.num' 2>/dev/null | wc -l)
    [ "$got" = "$want" ] || echo "sysdig shows $got of $want events"
    want=$(wc -l <"$tmp/raw")
    got=$want
    [ -z "$have_tshark" ] || got=$(tshark -r "$1" 2>/dev/null | wc -l)
    [ "$got" = "$want" ] || echo "tshark shows $got of $want events"
}

# Every log is converted and checked; every third goes to the judges too. SEED takes others.
n=${SEED:-0}
find "$corpus" -type f ! -name '*.md' ! -name '*.tsv' | sort >"$tmp/list"
: >"$tmp/reports"
while read -r log; do
    name=${log#"$corpus"/}
    rc=0
    scapfmt convert -f strace --report=json -o "$tmp/c.scap" "$log" 2>"$tmp/report" || rc=$?
    if [ "$rc" = 0 ]; then
        tail -n 1 "$tmp/report" >>"$tmp/reports"
        judge "$tmp/c.scap" >"$tmp/wrong"
        wrong=$(cat "$tmp/wrong")
        [ -z "$wrong" ] && echo "PASS strace_corpus: $name" ||
            echo "FAIL strace_corpus: $name: $wrong"
    elif [ "$rc" = 1 ] && grep -qE 'this is a log of|there is no system call|something else stands before' "$tmp/report"; then
        echo "PASS strace_corpus: $name: refused"
    else
        echo "FAIL strace_corpus: $name: $rc $(head -n 1 "$tmp/report")"
    fi
done <"$tmp/list"
jq -rs '"calls \(map(.calls)|add), mapped \(map(.mapped)|add), generic \(map(.generic)|add), " +
        "unreadable lines \(map(.unread_lines)|add)"' "$tmp/reports" | sed 's/^/    /'
jq -es '(map(.unread_lines)|add) * 1000 <= (map(.calls)|add)' "$tmp/reports" >/dev/null &&
    echo "PASS strace_corpus: 99.9 % of the calls are read" ||
    echo "FAIL strace_corpus: more than 0.1 % of the calls cannot be read"
