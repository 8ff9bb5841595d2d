#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fuzz_all.sh DIR TIME TARGET... - run each libFuzzer target DIR/fuzz_TARGET in turn, TIME seconds
# shared among all, and print what each did: executions in a second of processor time, first on
# small inputs (at most 1 KiB; a quarter of the time) and then on those of any size; executions,
# coverage, inputs that were kept, findings. What is found lies in build/fuzz/found. Fails when
# anything was found.
set -u
dir=$1 time=$2
shift 2
each=$((time / $#))
mkdir -p build/fuzz/found
bad=0

# fuzz TARGET SECONDS LIMIT: sets runs, and speed
fuzz()
{
    target=$1 seconds=$2 limit=$3
    corpus=build/fuzz/corpus/$target
    log=build/fuzz/$target.log
    mkdir -p "$corpus"
    [ "$seconds" -gt 0 ] || seconds=1
    set -- -max_total_time="$seconds" -max_len="$limit" -timeout=10 -rss_limit_mb=2048 \
        -print_final_stats=1 -artifact_prefix="build/fuzz/found/$target-"
    [ ! -f "fuzz/$target.dict" ] || set -- "$@" -dict="fuzz/$target.dict"
    set -- "$@" "$corpus"
    for seeds in "fuzz/seeds/$target" "fuzz/regress/$target"; do
        [ ! -d "$seeds" ] || set -- "$@" "$seeds"
    done
    used=$(
        "$dir/fuzz_$target" "$@" >"$log" 2>&1
        times | awk 'END { # "0m1.5s 0m0.2s": of children, user and system
            split($1, user, /[ms]/)
            split($2, system, /[ms]/)
            print 60 * user[1] + user[2] + 60 * system[1] + system[2]
        }'
    )
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    speed=$(awk "BEGIN { printf \"%d\", ${runs:-0} / ($used + 0.01) }")
}

printf '%-16s %8s %8s %12s %8s %8s %9s\n' target small/s any/s executions coverage inputs findings
for target; do
    before=$(find build/fuzz/found -name "$target-*" | wc -l)
    fuzz "$target" $((each / 4)) 1024
    small=$speed executions=${runs:-0}
    fuzz "$target" $((each - each / 4)) 0 # as large as the seeds are
    executions=$((executions + ${runs:-0}))
    found=$(($(find build/fuzz/found -name "$target-*" | wc -l) - before))
    cover=$(grep -oE 'cov: [0-9]+' "$log" | tail -n 1 | cut -d' ' -f2)
    kept=$(find "$corpus" -type f | wc -l)
    printf '%-16s %8s %8s %12s %8s %8s %9s\n' "$target" "$small" "$speed" "$executions" \
        "${cover:-?}" "$kept" "$found"
    bad=$((bad + found))
done
echo "fuzz: $bad findings"
[ "$bad" = 0 ]
