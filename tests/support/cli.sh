#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cli.sh NAME BINDIR [CASE...] - run tests/cli/COMMAND/CASE and compare exactly.
#
# A case is a folder with `cmd`, a piece of shell that runs in an empty folder, where `scapfmt` is
# the program of BINDIR, `samples` the captures and $CASE the folder of the case; and with what has
# to come out: stdout, stderr (nothing when there is no such file) and exit (0 when there is none).
# With BLESS=1 what comes out is written there instead: read the diff before committing it.
set -u
name=$1 bindir=$(cd "$2" && pwd)
shift 2
root=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
export LC_ALL=C TZ=UTC CASE
unset NO_COLOR COLUMNS
PATH=$bindir:$PATH
mkdir -p "$root/build/totals"
rm -f "$root/build/totals/$name"
passed=0 failed=0

bless() {
    for out in stdout stderr; do
        rm -f "$CASE/$out"
        [ ! -s "$work/$out" ] || cp "$work/$out" "$CASE/$out"
    done
    rm -f "$CASE/exit"
    [ "$rc" = 0 ] || echo "$rc" >"$CASE/exit"
}

same() { # same FILE: what came out equals what has to
    if [ -f "$CASE/$1" ]; then
        cmp -s "$CASE/$1" "$work/$1" && return 0
        diff -u "$CASE/$1" "$work/$1" | head -n 20
    else
        [ ! -s "$work/$1" ] && return 0
        echo "nothing was to be on $1, but:"
        head -n 20 "$work/$1"
    fi
    return 1
}

want_exit() { if [ -f "$CASE/exit" ]; then cat "$CASE/exit"; else echo 0; fi; }

[ $# -gt 0 ] || set -- "$root"/tests/cli/*/*/
for CASE; do
    CASE=$(cd "$CASE" && pwd) || exit 2
    [ -f "$CASE/cmd" ] || continue
    rm -rf "$work/run" && mkdir "$work/run" && ln -s "$root/samples" "$work/run/samples"
    rc=0
    (cd "$work/run" && sh "$CASE/cmd") </dev/null >"$work/stdout" 2>"$work/stderr" || rc=$?
    if [ "${BLESS:-0}" = 1 ]; then
        bless
        continue
    fi
    bad=0
    same stdout || bad=1
    same stderr || bad=1
    if [ "$rc" != "$(want_exit)" ]; then
        echo "exit $rc, not $(want_exit)"
        bad=1
    fi
    if [ "$bad" = 0 ]; then
        passed=$((passed + 1))
    else
        echo "FAIL ${CASE#"$root"/}"
        failed=$((failed + 1))
    fi
done
[ "${BLESS:-0}" = 1 ] && exit 0
echo "$passed $failed 0" >"$root/build/totals/$name"
echo "$name: $passed passed, $failed failed"
[ "$passed" -gt 0 ] && [ "$failed" = 0 ]
