#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# strace_values.sh - a program of 220 different system calls under strace, with several sets of
# options: every parameter of the converted events against the text (strace_values.py).
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

skip() {
    echo "SKIP strace_values: $1"
    exit 0
}
command -v strace >/dev/null 2>&1 || skip "strace is not installed"
command -v python3 >/dev/null 2>&1 || skip "python3 is not installed"
strace -o "$work/try" true 2>/dev/null || skip "processes may not be traced here"
[ "$(uname -m)" = x86_64 ] || skip "the program uses the numbers of x86_64"
${CC:-cc} -O1 -o "$work/zoo" "$here/strace_zoo.c" -lpthread 2>"$work/err" ||
    skip "the program cannot be built: $(head -n 1 "$work/err")"

run() { # NAME COMPAT OPTION...
    name=$1 compat=$2
    shift 2
    mkdir -p "$work/$name.d"
    (cd "$work/$name.d" && timeout 60 strace -f -o "$work/log" "$@" "$work/zoo") >/dev/null 2>&1
    if ! scapfmt convert --report=json --compat="$compat" -o "$work/c.scap" "$work/log" \
        2>"$work/report"; then
        echo "FAIL strace_values: $name does not convert: $(head -n 1 "$work/report")"
        return
    fi
    jq -es 'last | .unread_lines == 0 and .mapped > 260' "$work/report" >/dev/null ||
        echo "FAIL strace_values: $name: $(tail -n 1 "$work/report")"
    scapfmt validate -q --level=warning "$work/c.scap" >"$work/findings" 2>&1 ||
        echo "FAIL strace_values: $name: $(head -n 1 "$work/findings")"
    scapfmt convert -q -t json "$work/c.scap" >"$work/json"
    if python3 "$here/strace_values.py" "$work/log" "$work/json" >"$work/said"; then
        echo "PASS strace_values: $name: $(tail -n 1 "$work/said")"
    else
        echo "FAIL strace_values: $name: $(tail -n 1 "$work/said")"
        cat "$work/said"
    fi
}

run best current -ttt -T -yy -v -s 4096
run both both -ttt -T -yy -v -s 4096
run plain current
run hex current -ttt -xx -y
run short current -r -s 8 -a 1
run failing both -z
