#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fuzz_replay.sh DIR TARGET... - run seeds, regressions and samples (and ../shared/corpus when it is
# there, in bounds) through each replay program DIR/fuzz_TARGET. One file that fails is one failure:
# the rest of that target's files is replayed without it.
set -u
dir=$1
shift
mkdir -p build/totals build/asan/log-fuzz
rm -f build/totals/fuzz build/asan/log-fuzz/*
passed=0 failed=0 skipped=0
corpus=../shared/corpus

list() # what goes through target $1
{
    find "fuzz/seeds/$1" "fuzz/regress/$1" -type f 2>/dev/null
    # Foreign captures: not above 64 KiB, not more than 120, so that the run stays short.
    [ -d "$corpus" ] || return 0
    case $1 in
    strace) find "$corpus/strace" -type f -size -64k ! -name '*.md' ! -name '*.tsv' | LC_ALL=C sort ;;
    schema_xml | *strace* | *procmon*) ;;
    *) find "$corpus/scap" "$corpus/pcapng" "$corpus/pcap" "$corpus/mixed" "$corpus/made" \
        -type f -size -64k ! -name '*.md' ! -name '*.txt' 2>/dev/null | LC_ALL=C sort | head -n 120 ;;
    esac
}

if [ ! -d "$corpus" ]; then
    echo "SKIP fuzz-replay of $corpus: it is not there"
    skipped=1
fi
for target; do
    list "$target" >"build/totals/fuzz.$target.list"
    n=$(wc -l <"build/totals/fuzz.$target.list")
    if [ -z "$(find "fuzz/seeds/$target" -type f 2>/dev/null | head -n 1)" ]; then
        echo "check-fuzz: $target has no seeds in fuzz/seeds/$target" >&2
        failed=$((failed + 1))
    fi
    bad=0
    while [ -s "build/totals/fuzz.$target.list" ]; do
        log=build/totals/fuzz.$target.log
        if tr '\n' '\0' <"build/totals/fuzz.$target.list" |
            ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 \
                UBSAN_OPTIONS=print_stacktrace=1 \
                timeout 300 xargs -0 "$dir/fuzz_$target" >"$log.out" 2>"$log"; then
            break
        fi
        # The last file that was named is the one that failed.
        file=$(grep -Fxf "build/totals/fuzz.$target.list" "$log" | tail -n 1)
        echo "check-fuzz: $target fails on ${file:-no file}:" >&2
        grep -Fvxf "build/totals/fuzz.$target.list" "$log" | head -n 20 >&2
        bad=$((bad + 1))
        [ -n "$file" ] && [ "$bad" -lt 5 ] || break
        grep -Fvx "$file" "build/totals/fuzz.$target.list" >"build/totals/fuzz.list"
        mv build/totals/fuzz.list "build/totals/fuzz.$target.list"
    done
    passed=$((passed + n - bad))
    failed=$((failed + bad))
    printf '  %-7s %-14s %s files, %s bad\n' REPLAY "$target" "$n" "$bad"
done
echo "$passed $failed $skipped" >build/totals/fuzz
echo "check-fuzz: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
