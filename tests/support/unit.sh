#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unit.sh NAME PROGRAM [MODULE] - run a Criterion program, keep its log and its sums.
set -eu
name=$1 program=$2 module=${3:-}
mkdir -p build/totals
log=build/totals/$name.log
rm -f "build/totals/$name"

rc=0
"$program" ${module:+--filter "$module/*"} >"$log" 2>&1 || rc=$?
cat "$log"

sum=$(sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -E 'Synthesis: Tested: ' | tail -n 1)
if [ -z "$sum" ]; then
    echo "$name: Criterion's closing line is missing: it did not end by itself (exit $rc)" >&2
    echo "0 1 0" >"build/totals/$name"
    exit 1
fi
number() { printf '%s\n' "$sum" | sed -n "s/.*$1: *\([0-9]*\).*/\1/p"; }
failed=$(($(number Failing) + $(number Crashing)))
skipped=$(grep -c '^SKIP' "$log" || :)
echo "$(number Passing) $failed $skipped" >"build/totals/$name"
if [ "$(number Tested)" = 0 ]; then
    echo "$name: no test ran${module:+ (no test suite is called $module)}" >&2
    exit 1
fi
[ "$rc" = 0 ] && [ "$failed" = 0 ]
