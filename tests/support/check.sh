#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check.sh MAKE - everything `make check` stands for, in order; goes on after a failure, so that one
# run shows all there is; ends with the sums.
set -u
make="$1 --no-print-directory"
jobs=$(nproc 2>/dev/null || echo 1)
mkdir -p build/totals
rm -f build/totals/*
git status --porcelain --untracked-files=all >build/totals/status 2>/dev/null || rm -f build/totals/status

passed=0 failed=0 skipped=0
add() { # add NAME: its sums
    read -r p f s <"build/totals/$1" || return
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    printf '  %-8s %s passed, %s failed, %s skipped\n' "$1" "$p" "$f" "$s" >>build/totals/sums
}
step() { # step NAME TARGET [more targets]: a failure that no sum tells is one failure
    name=$1
    shift
    start=$(date +%s)
    echo "== $*"
    rc=0
    $make "$@" || rc=$?
    echo "== $*: $(($(date +%s) - start)) s"
    if [ -f "build/totals/$name" ]; then
        read -r p f s <"build/totals/$name"
    else
        f=0
        [ "$rc" != 0 ] || return 0
    fi
    if [ "$rc" != 0 ] && [ "$f" = 0 ]; then
        echo "${p:-0} 1 ${s:-0}" >"build/totals/$name"
    fi
    add "$name"
    p=0 s=0
}
p=0 s=0

step build -j"$jobs" all
step unit check-unit
step cli check-cli
step asan -j"$jobs" CONF=asan asan-build
step asan -j"$jobs" --output-sync=target check-asan
step fuzz check-fuzz
step faults check-fault
step interop check-interop
step install check-install
step lint lint
rm -f build/totals/status # it tells what there was when this run began
cat build/totals/sums
[ "$failed" = 0 ] && rc=0 || rc=1
echo "$passed passed, $failed failed, $skipped skipped"
exit $rc
