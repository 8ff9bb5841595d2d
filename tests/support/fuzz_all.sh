#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fuzz_all.sh DIR TIME TARGET... - run each libFuzzer target DIR/fuzz_TARGET in turn, TIME seconds
# shared among all, and print what each did: executions, executions a second, coverage, inputs that
# were kept, findings. What is found lies in build/fuzz/found. Fails when anything was found.
set -u
dir=$1 time=$2
shift 2
each=$((time / $#))
[ "$each" -gt 0 ] || each=1
mkdir -p build/fuzz/found
bad=0
printf '%-16s %12s %8s %8s %8s %9s\n' target executions a-second coverage inputs findings
for target; do
    corpus=build/fuzz/corpus/$target
    log=build/fuzz/$target.log
    mkdir -p "$corpus"
    before=$(find build/fuzz/found -name "$target-*" | wc -l)
    set -- -max_total_time="$each" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/found/$target-"
    [ ! -f "fuzz/$target.dict" ] || set -- "$@" -dict="fuzz/$target.dict"
    set -- "$@" "$corpus"
    for seeds in "fuzz/seeds/$target" "fuzz/regress/$target"; do
        [ ! -d "$seeds" ] || set -- "$@" "$seeds"
    done
    "$dir/fuzz_$target" "$@" >"$log" 2>&1
    found=$(($(find build/fuzz/found -name "$target-*" | wc -l) - before))
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    speed=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
    cover=$(grep -oE 'cov: [0-9]+' "$log" | tail -n 1 | cut -d' ' -f2)
    kept=$(find "$corpus" -type f | wc -l)
    printf '%-16s %12s %8s %8s %8s %9s\n' "$target" "${runs:-?}" "${speed:-?}" "${cover:-?}" \
        "$kept" "$found"
    bad=$((bad + found))
done
echo "fuzz: $bad findings"
[ "$bad" = 0 ]
