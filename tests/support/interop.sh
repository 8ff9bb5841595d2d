#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# interop.sh [NAME...] - run tests/interop/NAME.sh, all without names: what independent programs
# say. A script prints "PASS what", "FAIL what: why" or "SKIP what: why" a line for each thing it
# asks, and details behind them indented; whatever it exits with, the lines count.
set -u
mkdir -p build/totals
rm -f build/totals/interop
[ $# -gt 0 ] || set -- $(cd tests/interop && ls *.sh 2>/dev/null | sed 's/\.sh$//')
PATH=$(pwd)/build:$PATH
LC_ALL=C TZ=UTC
export PATH LC_ALL TZ
log=build/totals/interop.log
: >"$log"
# As many at once as there are processors, those that take long first.
long=" redact rewrite record strace_corpus slice json sysdig merge procmon "
for name; do
    case $long in
    *" $name "*) echo "0 $name" ;;
    *) echo "1 $name" ;;
    esac
done | sort -s -k1,1 | cut -d' ' -f2 | xargs -P "$(nproc 2>/dev/null || echo 1)" -I{} sh -c \
    'rc=0 start=$(date +%s)
    sh "tests/interop/$1.sh" >"$2.$1" 2>&1 || rc=$?
    echo "$rc $(($(date +%s) - start))" >"$2.$1.rc"' sh {} "$log"
for name; do
    read -r rc seconds <"$log.$name.rc"
    grep -qE '^(PASS|FAIL|SKIP) ' "$log.$name" && { [ "$rc" = 0 ] || grep -q '^FAIL ' "$log.$name"; } ||
        echo "FAIL $name: it exited with $rc" >>"$log.$name"
    # What passed is only counted; everything else is shown.
    grep -v '^PASS ' "$log.$name"
    printf '  %-7s %s: %s things asked, %s s\n' JUDGE "$name" \
        "$(grep -cE '^(PASS|FAIL|SKIP) ' "$log.$name")" "$seconds"
    cat "$log.$name" >>"$log"
done
count() { grep -c "^$1 " "$log"; }
echo "$(count PASS) $(count FAIL) $(count SKIP)" >build/totals/interop
echo "interop: $(count PASS) passed, $(count FAIL) failed, $(count SKIP) skipped"
[ "$(count FAIL)" = 0 ]
