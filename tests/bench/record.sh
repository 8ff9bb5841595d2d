#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# record.sh MEASURE - what recording costs the recorded, beside strace -f, in one run.
#
# Slowdown is processor time of the workload alone, recorded to not recorded. Added time is that of
# workload and tracer together, less that of the workload alone and of starting the tracer; strace -f
# writes to a file as well. Everything runs RUNS times (3), the best counts. sysdig's own probe cannot
# be kept to the processes of one command, so it is not run.
#
# grep -r over small files makes a call each microsecond, so that its goal is 0.3 us for one. The
# kernel's calls of two empty programs take 0.12 of it, to find the thread and read the clock once
# 0.09 more (measured on a Zen 2 without SMT, where grep reaches 1.5): what remains, 0.09, is less than
# the second reading of the clock and the copying of a path. "beside: grep" shows that floor.
set -u
measure=$1
runs=${RUNS:-3}
work=build/bench
mkdir -p "$work/tree"
PATH=$(pwd)/build:$PATH
export LC_ALL=C TZ=UTC

if ! scapfmt record -q -o "$work/ours.scap" -- true 2>"$work/errors"; then
    echo "SKIP record: $(head -n 1 "$work/errors")"
    exit 0
fi
gcc -O1 -D_GNU_SOURCE -o "$work/loop" tests/bench/loop.c || exit 1
i=0
while [ $i -lt 8 ]; do
    printf '#include <stdio.h>\n#include <stdlib.h>\nint f%d(int a) { return a * %d; }\n' $i $i >"$work/tree/f$i.c"
    i=$((i + 1))
done
# shellcheck disable=SC2016 # words of make
printf 'all: $(patsubst %%.c,%%.o,$(wildcard *.c))\n%%.o: %%.c\n\tgcc -O1 -c $< -o $@\n' >"$work/tree/Makefile"

cpu() { # cpu COMMAND...: least processor seconds
    n=$runs
    : >"$work/times"
    while [ "$n" -gt 0 ]; do
        "$measure" "$@" 3>>"$work/times" >/dev/null 2>"$work/errors" || :
        n=$((n - 1))
    done
    sort -g -k2,2 "$work/times" | head -n 1 | cut -d' ' -f2
}
inside() { # inside COMMAND...: the same of a command that is recorded
    n=$runs
    : >"$work/times"
    while [ "$n" -gt 0 ]; do
        scapfmt record -q -o "$work/ours.scap" -- "$measure" "$@" 3>>"$work/times" >/dev/null \
            2>"$work/errors" || :
        grep LOST "$work/errors" >>"$work/losses"
        n=$((n - 1))
    done
    sort -g -k2,2 "$work/times" | head -n 1 | cut -d' ' -f2
}

failed=0
: >"$work/losses"
start_ours=$(cpu scapfmt record -q -o "$work/ours.scap" -- true)
row() { # row JOB GOAL COMMAND...
    job=$1 goal=$2
    shift 2
    plain=$(cpu "$@")
    again=$(cpu "$@")
    ours=$(inside "$@")
    all=$(cpu scapfmt record -q -o "$work/ours.scap" -- "$@")
    theirs=
    ! command -v strace >/dev/null 2>&1 || theirs=$(cpu strace -f -o "$work/theirs.strace" "$@")
    echo "$job|$goal|$plain|$again|$ours|$all|$theirs" | awk -F'|' -v start="$start_ours" '{
        least = $3 < $4 ? $3 : $4
        least = least > 0.001 ? least : 0.001
        ratio = $5 / least
        ours = $6 - start - least
        ours = ours > 0.001 ? ours : 0.001
        printf "%-22s %8.3f s %8.3f s %6.2f x  goal <= %.1f x  %s", $1, least, $5, ratio, $2,
            ratio <= $2 ? "reached" : "MISSED"
        if ($7 == "") printf "  SKIP: no strace"
        else printf "  added %.3f s, strace -f %.3f s: %.0f x less", ours, $7 - least, ($7 - least) / ours
        printf "\n"
        exit (ratio > $2)
    }' || failed=1
}
echo
printf '%-22s %10s %10s %8s\n' "recorded" "alone" "recorded" slowdown
row "getppid loop" 4 "$work/loop" 300000
row "dd bs=1" 4 dd if=/dev/zero of=/dev/null bs=1 count=150000
row "grep -r" 1.3 grep -rc zzzz libscapfmt tools tests
row "git status" 1.3 git --no-optional-locks status --porcelain --ignored
row "make" 1.3 make -B -j2 -C "$work/tree"
row "tar" 1.3 tar -cf "$work/tree.tar" libscapfmt tools tests
n=$(wc -l <"$work/losses")
echo "recordings with losses: $n of $((runs * 6))"
[ "$n" = 0 ] || sort "$work/losses" | head -n 3
# Others, while something is recorded.
rm -f "$work/ours.scap"
sleep 600 &
sleeper=$!
scapfmt record -q -o "$work/ours.scap" -p $sleeper &
recorder=$!
while ! [ -s "$work/ours.scap" ]; do sleep 0.1; done
beside() { # beside JOB CALLS COMMAND...: alone, then while a process that is not its own is recorded
    job=$1 calls=$2
    shift 2
    echo "$job|$calls|$(cpu "$@")" >>"$work/beside"
}
: >"$work/beside"
beside "beside: getppid loop" 1000000 "$work/loop" 1000000
beside "beside: make" 0 make -B -j2 -C "$work/tree"
beside "beside: grep -r" 0 grep -rc zzzz libscapfmt tools tests
kill -TERM $recorder $sleeper
wait $recorder $sleeper
beside "" 0 "$work/loop" 1000000
beside "" 0 make -B -j2 -C "$work/tree"
beside "" 0 grep -rc zzzz libscapfmt tools tests
# What the kernel asks of every process is per call: make has a goal, and not what does nothing else.
awk -F'|' '{ name[NR] = $1; calls[NR] = $2; t[NR] = $3 > 0.001 ? $3 : 0.001 } END {
    for (i = 1; i <= 3; i++) {
        ratio = t[i] / t[i + 3]
        printf "%-22s %8.3f s %8.3f s %6.2f x", name[i], t[i + 3], t[i], ratio
        if (calls[i] > 0) printf "  %.0f ns a call longer\n", (t[i] - t[i + 3]) * 1e9 / calls[i]
        else if (i == 3) printf "\n"
        else { printf "  goal <= 1.1 x  %s\n", ratio <= 1.1 ? "reached" : "MISSED"; bad = ratio > 1.1 }
    }
    exit bad
}' "$work/beside" || failed=1
# As fast as two processes can make them; what the recorder needs of a processor for it.
flood="$work/loop 1000000 & $work/loop 1000000 & wait"
start=$(date +%s.%N)
scapfmt record -o "$work/ours.scap" -- "$measure" sh -c "$flood" 3>"$work/times" 2>"$work/errors"
echo "$start $(date +%s.%N) $(cut -d' ' -f2 "$work/times") $(nproc)" >"$work/flood"
"$measure" scapfmt record -q -o "$work/ours.scap" -- sh -c "$flood" 3>"$work/times" 2>/dev/null
cut -d' ' -f2 "$work/times" | paste -d' ' "$work/flood" - | awk -v lost="$(grep -c LOST "$work/errors")" -v start="$start_ours" '{
    events = 4000000
    busy = events / ($5 - start) * $4
    printf "flood: %.2f M events/s here and now; all of it costs %.2f us an event, the recorder %.2f: %.2f M events/s of %d free processors, losses: %d  goal >= 1 M, none lost  %s\n",
        events / ($2 - $1) / 1e6, ($5 - start) * 1e6 / events, ($5 - start - $3) * 1e6 / events, busy / 1e6, $4, lost,
        (busy >= 1e6 && !lost) ? "reached" : "MISSED"
    exit (busy < 1e6 || lost)
}' || failed=1
for how in -q --lossless; do
    "$measure" scapfmt record -q $how -o "$work/ours.scap" -- "$work/loop" 300000 3>&1 >/dev/null 2>"$work/errors" |
        awk -v how="${how#-q}" '{ printf "recorder, peak memory  %8.1f MiB  goal <= 64 MiB  %s  %s\n", $3 / 1024, $3 <= 65536 ? "reached" : "MISSED", how; exit ($3 > 65536) }' || failed=1
done
rm -rf "$work/tree" "$work/tree.tar" "$work/ours.scap" "$work/theirs.strace" "$work/loop"
exit $failed
