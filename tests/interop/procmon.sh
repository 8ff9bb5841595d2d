#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Recordings of Process Monitor: every column of every event comes through a capture and JSON as it
# was; sysdig reads the captures to their end and counts what the exports say; PML and CSV of one
# capture give the same events; damaged files do as ../shared/formats/procmon.md says.
. tests/support/judge.sh
corpus=$corpus/procmon
compare="python3 tests/interop/procmon_compare.py"

fail() { # fail WHAT FILE: FILE says why
    echo "FAIL procmon $1: $(head -n 1 "$2" | head -c 300)"
    sed -n '2,10s/^/    /p' "$2"
}

check() { # check FILE: columns, order, sums; then sysdig
    name=$(basename "$1")
    build/scapfmt convert --report=json -o "$tmp/a.scap" "$1" 2>"$tmp/report" ||
        { fail "convert $name" "$tmp/report"; return; }
    if build/scapfmt validate --level=warning "$tmp/a.scap" >"$tmp/said" 2>&1; then
        echo "PASS procmon validate $name"
    else
        fail "validate $name" "$tmp/said"
    fi
    build/scapfmt convert -q "$tmp/a.scap" >"$tmp/a.json" 2>"$tmp/said" ||
        { fail "JSON of $name" "$tmp/said"; return; }
    $compare columns "$1" "$tmp/a.json" "$tmp/report"
    [ -z "$sysdig" ] || $compare sysdig "$1" "$tmp/a.json" "$tmp/a.scap"
}

same() { # same NAME: PML and CSV
    for kind in PML CSV; do
        { build/scapfmt convert -q --lossless=on -o "$tmp/$kind.scap" "$tmp/$1.$kind" &&
            build/scapfmt convert -q "$tmp/$kind.scap" >"$tmp/$kind.json"; } 2>"$tmp/said" ||
            { fail "convert $1.$kind" "$tmp/said"; return; }
    done
    $compare same "$1" "$tmp/PML.json" "$tmp/CSV.json"
}

bad() { # bad FILE EVENTS: strict refuses and says where, lenient saves that many
    name=$(basename "$1")
    if build/scapfmt convert -q -o "$tmp/b.scap" "$1" 2>"$tmp/said"; then
        echo "FAIL procmon strict $name: taken"
    elif grep -q 'byte [0-9]' "$tmp/said"; then
        echo "PASS procmon strict $name"
    else
        fail "strict $name" "$tmp/said"
    fi
    build/scapfmt convert --lenient --report=json -o "$tmp/b.scap" "$1" 2>"$tmp/report"
    saved=$(jq .events "$tmp/report" 2>/dev/null)
    if [ "$saved" = "$2" ]; then
        echo "PASS procmon lenient $name: $saved events"
    else
        fail "lenient $name ($2 events)" "$tmp/report"
    fi
}

doctype() { # doctype FILE: never taken, lenient or not
    name=$(basename "$1")
    if build/scapfmt convert --lenient -o "$tmp/c.scap" "$1" 2>"$tmp/said"; then
        echo "FAIL procmon document type $name: taken"
    elif grep -q 'document type' "$tmp/said"; then
        echo "PASS procmon document type $name"
    else
        fail "document type $name" "$tmp/said"
    fi
}

inflate() {
    python3 -c 'import sys, zlib; sys.stdout.buffer.write(zlib.decompress(sys.stdin.buffer.read()))'
}

sysdig=$(command -v sysdig) || echo "SKIP procmon sysdig: it is not installed"
check samples/editor.procmon.xml
check samples/editor.procmon.csv
there "$corpus" || exit 0
for f in "$corpus"/real/*.xml "$corpus"/real/*.xml.gz "$corpus"/derived/*.xml "$corpus"/pml/mit/*.CSV; do
    if [ -f "$f" ]; then check "$f"; else echo "SKIP procmon columns $f: it is not here"; fi
done
for name in LogFileUTC64Process LogFileUTC64Filesystem LogFileUTC64Registry LogfileTests64bitUTC; do
    if [ -f "$corpus/pml/mit/$name.PML" ]; then
        cp "$corpus/pml/mit/$name.PML" "$corpus/pml/mit/$name.CSV" "$tmp"
    elif [ -f "$corpus/pml/mit-compressed/$name.PML.zlib" ]; then
        for kind in PML CSV; do
            inflate <"$corpus/pml/mit-compressed/$name.$kind.zlib" >"$tmp/$name.$kind"
        done
    else
        echo "SKIP procmon same $name: it is not here"
        continue
    fi
    same "$name"
    rm -f "$tmp/$name".*
done
while read -r name events; do
    for f in "$corpus/malformed/${name}_"*; do
        if [ -f "$f" ]; then bad "$f" "$events"; else echo "SKIP procmon damaged $name: it is not here"; fi
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
    if [ -f "$f" ]; then doctype "$f"; else echo "SKIP procmon document type $(basename "$f"): it is not here"; fi
done
