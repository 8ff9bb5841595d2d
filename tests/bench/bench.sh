#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# bench.sh MEASURE - speed and memory beside other programs, same machine, same run, same files.
# ROWS=PATTERN (a grep expression) takes only the jobs it names.
#
# The inputs are samples repeated with shifted times (SIZE megabytes, 100 by default). Output goes to
# /dev/null or a file, for both alike. Seconds are processor time, user and system: all run in one
# thread, and a busy machine changes them little. Each runs three times (RUNS), the best counts.
set -u
measure=$1
size=${SIZE:-100}
runs=${RUNS:-3}
work=build/bench
mkdir -p "$work"
PATH=$(pwd)/build:$(pwd)/build/bench:$PATH
export LC_ALL=C TZ=UTC

input() { # input SAMPLE NAME
    [ -s "$work/$2" ] && [ "$work/$2" -nt "$1" ] || python3 tests/bench/replicate.py "$1" "$work/$2" "$size"
}
input samples/http.scap "events-$size.scap"
input samples/http.pcapng "packets-$size.pcapng"
events=$work/events-$size.scap packets=$work/packets-$size.pcapng
cat "$events" "$packets" >/dev/null # into the page cache, for everybody

# A log as the manual recommends to record one, or the sample where nothing may be traced.
log=$work/log-$size.strace
if ! [ -s "$log" ]; then
    strace -f -ttt -T -yy -v -s 4096 -o "$work/run.strace" sh -c 'ls -lR /usr/share/doc | sort |
        tail -n 1; find /usr/lib -name "*.so" | head -n 100; python3 -c "import json, subprocess"
        cc --version' >/dev/null 2>&1 || cp samples/pipeline.strace "$work/run.strace"
    python3 tests/bench/repeat_strace.py "$work/run.strace" "$log" "$size"
fi
cat "$log" >/dev/null

# An export of Process Monitor.
export_xml=$work/export-$size.xml
[ -s "$export_xml" ] && [ "$export_xml" -nt samples/editor.procmon.xml ] ||
    python3 tests/bench/repeat_procmon.py samples/editor.procmon.xml "$size" >"$export_xml"
cat "$export_xml" >/dev/null

best() { # best RUNS COMMAND...: wall seconds, cpu seconds, peak KiB, exit status of the best run
    n=$1
    shift
    : >"$work/times"
    while [ "$n" -gt 0 ]; do
        "$measure" "$@" 3>>"$work/times" >/dev/null 2>"$work/errors" || :
        n=$((n - 1))
    done
    sort -g -k2,2 "$work/times" | head -n 1
}

megabytes() { # megabytes FILE...
    cat "$@" | wc -c | awk '{ print $1 / 1e6 }'
}

failed=0
wanted() { # wanted JOB
    echo "$1" | grep -qE -- "${ROWS:-}"
}
row() { # row JOB GOAL "ours" "theirs"
    wanted "$1" || return 0
    ours=$(best "$runs" sh -c "exec $3")
    case $ours in
    *" 0") ;;
    *) echo "$1: ours failed: $(head -n 1 "$work/errors")"; failed=1; return ;;
    esac
    if ! command -v "${4%% *}" >/dev/null 2>&1; then
        printf '%-34s %8s s %26s\n' "$1" "${ours%% *}" "SKIP: no ${4%% *}"
        return
    fi
    theirs=$(best "$runs" sh -c "exec $4")
    echo "$1|$2|$ours|$theirs" | awk -F'|' '{
        split($3, a, " "); split($4, b, " ")
        ratio = b[2] / (a[2] > 0 ? a[2] : 0.001)
        printf "%-34s %8.3f s %10.3f s %8.1f x   goal %2d x  %s\n", $1, a[2], b[2], ratio, $2,
            (ratio >= $2 ? "reached" : "MISSED")
        exit (ratio < $2)
    }' || failed=1
}
cost() { # cost JOB LIMIT "ours" "base": at most LIMIT times as dear
    wanted "$1" || return 0
    ours=$(best "$runs" sh -c "exec $3")
    base=$(best "$runs" sh -c "exec $4")
    echo "$1|$2|$ours|$base" | awk -F'|' '{
        split($3, a, " "); split($4, b, " ")
        ratio = a[2] / (b[2] > 0 ? b[2] : 0.001)
        printf "%-34s %8.3f s %10.3f s %8.1f x   goal <= %d x  %s\n", $1, a[2], b[2], ratio, $2,
            (a[4] + b[4] != 0 ? "FAILED" : ratio <= $2 ? "reached" : "MISSED")
        exit (ratio > $2 || a[4] + b[4] != 0)
    }' || failed=1
}
speed() { # speed JOB GOAL AMOUNT UNIT COMMAND: AMOUNT units are done in how many seconds
    wanted "$1" || return 0
    echo "$1|$2|$3|$4|$(best "$runs" sh -c "exec $5")" | awk -F'|' '{
        split($5, a, " ")
        speed = $3 / (a[2] > 0 ? a[2] : 0.001)
        printf "%-34s %8.2f %-12s    goal >= %d  %s\n", $1, speed, $4, $2,
            (a[4] != 0 ? "FAILED" : speed >= $2 ? "reached" : "MISSED")
        exit (speed < $2 || a[4] != 0)
    }' || failed=1
}
memory() { # memory JOB COMMAND [LIMIT]: peak in MiB, at most 64
    wanted "$1" || return 0
    echo "$1|$(best 1 sh -c "$2")|${3:-64}" | awk -F'|' '{
        split($2, a, " ")
        printf "%-34s %8.1f MiB             goal <= %d MiB  %s\n", $1, a[3] / 1024, $3,
            (a[4] != 0 ? "FAILED" : a[3] <= $3 * 1024 ? "reached" : "MISSED")
        exit (a[3] > $3 * 1024 || a[4] != 0)
    }' || failed=1
}

echo
printf '%-34s %10s %12s %10s\n' "job ($size MB)" ours theirs ratio
row "sysdig-json : sysdig -j" 20 "scapfmt convert -q -t sysdig-json $events" "sysdig -j -r $events"
row "validate : sysdig -r" 30 "scapfmt validate -q $events" "sysdig -r $events"
row "pcapng to pcapng : editcap" 5 "scapfmt convert -q -t pcapng -o $work/ours.pcapng $packets" \
    "editcap $packets $work/theirs.pcapng"
row "print : sysdig -r" 10 "scapfmt print -q $events" "sysdig -r $events"
row "stats : sysdig -c topscalls" 10 "scapfmt stats -q --by syscall $events" \
    "sysdig -r $events -c topscalls"
row "filter : sysdig -r -w" 10 \
    "scapfmt convert -q -t scap -o $work/ours.scap --filter evt.type=writev $events" \
    "sysdig -r $events -w $work/theirs.scap evt.type=writev"
# The samples begin at 1700000000, that is 2023-11-14 22:13:20 UTC.
row "slice, time : sysdig -r -w" 10 \
    "scapfmt slice -q -o $work/ours.scap --from 1700000001 --to 1700000002 $events" \
    "sysdig -r $events -w $work/theirs.scap 'evt.rawtime >= 1700000001000000000 and evt.rawtime < 1700000002000000000'"
row "slice, filter : sysdig -r -w" 10 \
    "scapfmt slice -q -o $work/ours.scap --filter evt.type=writev $events" \
    "sysdig -r $events -w $work/theirs.scap evt.type=writev"
row "slice, time : editcap -A -B" 10 \
    "scapfmt slice -q -o $work/ours.pcapng --from 1700000001 --to 1700000002 $packets" \
    "editcap -A 2023-11-14T22:13:21Z -B 2023-11-14T22:13:22Z $packets $work/theirs.pcapng"
# b3 (npm install -g b3-strace-parser) is the parser of calls that can be had: it reads lines without
# pid and time only, and few MB in a second. strace-graph comes with strace: it looks for starts, execs
# and ends alone, and its tree has nothing of the calls.
plain=$work/plain.strace
[ "$plain" -nt "$log" ] || head -c 4000000 "$log" |
    sed -n '/unfinished \.\.\.>$/d; s/^[0-9]* *[0-9.]* \([a-z].*>\)$/\1/p' >"$plain"
examples=/usr/share/doc/strace/examples
if [ -f "$examples/strace-graph.gz" ]; then
    gzip -dc "$examples/strace-graph.gz" >"$work/strace-graph"
    chmod +x "$work/strace-graph"
fi
row "strace log to scap : b3" 20 "scapfmt convert -q -f strace -t scap -o $work/ours.scap $plain" \
    "b3 <$plain"
row "strace log to scap : strace-graph" 3 \
    "scapfmt convert -q -f strace -t scap -o $work/ours.scap $log" "strace-graph $log"
speed "strace log to scap" 200 "$(megabytes "$log")" MB/s \
    "scapfmt convert -q -f strace -t scap -o $work/ours.scap $log"
row "procmon XML to scap : xmllint" 1 \
    "scapfmt convert -q -t scap -o $work/ours.scap $export_xml" "xmllint --stream --noout $export_xml"
speed "procmon XML to scap" 150 "$(megabytes "$export_xml")" MB/s \
    "scapfmt convert -q -t scap -o $work/ours.scap $export_xml"
# Twenty times the reader written in Python would be 1.64 [../shared/formats/procmon.md, 4].
pml=../shared/corpus/procmon/pml/mit-compressed/LogfileTests64bitUTC.PML.zlib
if [ -f "$pml" ]; then
    python3 -c 'import sys, zlib; sys.stdout.buffer.write(zlib.decompress(sys.stdin.buffer.read()))' \
        <"$pml" >"$work/one.pml"
    python3 tests/bench/repeat_pml.py "$work/one.pml" 10 >"$work/ten.pml"
    rm -f "$work/one.pml"
    for how in off on; do
        speed "procmon PML, lossless=$how" 2 0.532140 "M events/s" \
            "scapfmt convert -q --lossless=$how -t scap -o $work/ours.scap $work/ten.pml"
    done
    rm -f "$work/ten.pml"
else
    echo "SKIP procmon PML to scap: $pml is not here"
fi
echo
cost "state and names : plain decoding" 2 "decode state $events" "decode plain $events"
cost "validate : read(2) of the file" 3 "scapfmt validate -q $events" "decode bytes $events"
cost "validate packets : read(2)" 3 "scapfmt validate -q $packets" "decode bytes $packets"
echo
cp "$packets" "$work/packets-b.pcapng"
row "merge two pcapng : mergecap" 5 "scapfmt merge -q -o $work/ours.pcapng $packets $work/packets-b.pcapng" \
    "mergecap -w $work/theirs.pcapng $packets $work/packets-b.pcapng"
cost "merge two pcapng : cat a b >c" 2 "scapfmt merge -q -o $work/ours.pcapng $packets $work/packets-b.pcapng" \
    "cat $packets $work/packets-b.pcapng >$work/theirs.pcapng"
echo
both=$work/moment-$size
mkdir -p "$both"
if ! wanted "align and annotate"; then
    :
elif [ -s "$both/calls.scap" ] || unshare -n python3 tests/bench/moment.py "$both" "$size" 2>"$work/errors"; then
    align="scapfmt merge -q --align=auto --annotate -o $work/ours.pcapng $both/packets.pcap $both/calls.scap"
    speed "align and annotate" 100 "$(megabytes "$both"/*)" MB/s "$align"
    memory "align and annotate" "exec $align"
else
    echo "SKIP align and annotate: $(tail -n 1 "$work/errors")"
fi
echo
many=
i=0
while [ $i -lt 64 ]; do many="$many $packets"; i=$((i + 1)); done
memory "merge -q, two files" "exec scapfmt merge -q -o $work/ours.pcapng $packets $work/packets-b.pcapng"
memory "merge -q, 64 files" "exec scapfmt merge -q -o /dev/null $many"
for job in "convert -q -t sysdig-json" "convert -q -t json" "convert -q -t scap" "validate -q" "print -q" \
    "stats -q" "slice -q --from +1 -o /dev/null" "info -q"; do
    memory "$job, file" "exec scapfmt $job $events"
    memory "$job, pipe" "exec scapfmt $job - <$events"
done
memory "convert strace, file" "exec scapfmt convert -q -f strace -t scap -o $work/ours.scap $log"
memory "convert strace, pipe" "exec scapfmt convert -q -f strace -t scap -o $work/ours.scap - <$log"
memory "convert procmon, file" "exec scapfmt convert -q -t scap -o $work/ours.scap $export_xml"
memory "convert procmon, 2 GB pipe" "python3 tests/bench/repeat_procmon.py samples/editor.procmon.xml \
    2000 | exec scapfmt convert -q --lossless=off -f procmon-xml -t scap -o $work/ours.scap -"
memory "state, 1 M threads, 10 M files" \
    "python3 tests/bench/crowd.py samples/http.scap 1000000 10000000 | exec decode state /dev/stdin" 1024
gzip -1 -c "$events" >"$work/events.gz.tmp"
memory "print -q, gzip through a pipe" "exec scapfmt print -q - <$work/events.gz.tmp"
rm -f "$work/events.gz.tmp" "$work/packets-b.pcapng" "$work/ours.pcapng" "$work/theirs.pcapng" "$work/ours.scap" \
    "$work/theirs.scap"
wanted record && { sh tests/bench/record.sh "$measure" || failed=1; }
exit $failed
