#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Recordings of Process Monitor: every column of every event comes through a capture and JSON as it
# was; sysdig reads the captures to their end and counts what the exports say; PML and CSV of one
# capture give the same events; damaged files do as ../shared/formats/procmon.md says.
set -u
corpus=${CORPUS:-../shared/corpus}/procmon
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
rc=0
compare="python3 tests/interop/procmon_compare.py"

check() { # check FILE: columns, order, sums; then sysdig
    build/scapfmt convert --report=json -o "$tmp/a.scap" "$1" 2>"$tmp/report" ||
        { echo "FAIL $1: $(head -c 200 "$tmp/report")"; return 1; }
    level=warning # CSV has single CRs in its texts, and so have the comments
    case $1 in *.CSV) level=error ;; esac
    build/scapfmt validate --level=$level "$tmp/a.scap" >"$tmp/valid" || { cat "$tmp/valid"; return 1; }
    build/scapfmt convert -q "$tmp/a.scap" >"$tmp/a.json" || return 1
    $compare columns "$1" "$tmp/a.json" "$tmp/report" || return 1
    if command -v sysdig >/dev/null; then
        $compare sysdig "$1" "$tmp/a.json" "$tmp/a.scap" || return 1
    fi
}

same() { # same NAME: PML and CSV
    for kind in PML CSV; do
        build/scapfmt convert -q -o "$tmp/$kind.scap" "$tmp/$1.$kind" &&
            build/scapfmt convert -q "$tmp/$kind.scap" >"$tmp/$kind.json" || return 1
    done
    $compare same "$tmp/PML.json" "$tmp/CSV.json"
}

bad() { # bad FILE EVENTS: strict refuses, lenient saves that many
    build/scapfmt convert -q -o "$tmp/b.scap" "$1" 2>"$tmp/said" && { echo "FAIL $1: taken"; return 1; }
    grep -q 'byte [0-9]' "$tmp/said" || { echo "FAIL $1: $(cat "$tmp/said")"; return 1; }
    build/scapfmt convert --lenient --report=json -o "$tmp/b.scap" "$1" 2>"$tmp/report"
    [ "$(jq .events "$tmp/report" 2>/dev/null)" = "$2" ] || { echo "FAIL $1: $(head -c 300 "$tmp/report")"; return 1; }
}

command -v sysdig >/dev/null || echo "SKIP sysdig is not installed"
check samples/editor.procmon.xml || rc=1
check samples/editor.procmon.csv || rc=1
[ -d "$corpus" ] || { echo "SKIP $corpus is not here"; exit $rc; }
for f in "$corpus"/real/*.xml "$corpus"/real/*.xml.gz "$corpus"/derived/*.xml "$corpus"/pml/mit/*.CSV; do
    [ -f "$f" ] && { check "$f" || rc=1; }
done
for f in "$corpus"/pml/mit/*.PML; do
    [ -f "$f" ] || continue
    name=$(basename "$f" .PML)
    cp "$f" "${f%.PML}.CSV" "$tmp" && { same "$name" || rc=1; }
done
for f in "$corpus"/pml/mit-compressed/*.PML.zlib; do
    [ -f "${f%.PML.zlib}.CSV.zlib" ] || continue
    name=$(basename "$f" .PML.zlib)
    for kind in PML CSV; do
        python3 -c 'import sys, zlib; sys.stdout.buffer.write(zlib.decompress(sys.stdin.buffer.read()))' \
            <"${f%.PML.zlib}.$kind.zlib" >"$tmp/$name.$kind"
    done
    same "$name" || rc=1
done
while read -r name events; do
    for f in "$corpus/malformed/${name}_"*; do
        [ -f "$f" ] && { bad "$f" "$events" || rc=1; }
    done
done <<TABLE
m01 4
m03 6
m04 3
m05 2
m07 3
m09 2
m13 2
m14 6
m15 6
m16 12
m27 6
TABLE
for f in "$corpus"/malformed/m17_* "$corpus"/malformed/m18_*; do
    [ -f "$f" ] || continue
    build/scapfmt convert --lenient -o "$tmp/c.scap" "$f" 2>"$tmp/said" && { echo "FAIL $f: taken"; rc=1; }
    grep -q 'document type' "$tmp/said" || { echo "FAIL $f: $(cat "$tmp/said")"; rc=1; }
done
exit $rc
