#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# strace_values.sh - a program of 220 different system calls under strace, with several sets of
# options: every parameter of the converted events against the text (strace_values.py).
. tests/support/judge.sh

need_tracing
need python3
[ "$(uname -m)" = x86_64 ] || skip "the program uses the numbers of x86_64"
${CC:-cc} -O1 -o "$tmp/zoo" tests/interop/strace_zoo.c -lpthread 2>"$tmp/err" ||
    skip "the program cannot be built: $(head -n 1 "$tmp/err")"

run() { # NAME COMPAT OPTION...
    name=$1 compat=$2
    shift 2
    mkdir -p "$tmp/$name.d"
    (cd "$tmp/$name.d" && timeout 60 strace -f -o "$tmp/log" "$@" "$tmp/zoo") >/dev/null 2>&1
    if ! scapfmt convert --report=json --compat="$compat" -o "$tmp/c.scap" "$tmp/log" \
        2>"$tmp/report"; then
        echo "FAIL strace_values: $name does not convert: $(head -n 1 "$tmp/report")"
        return
    fi
    jq -es 'last | .unread_lines == 0 and .mapped > 260' "$tmp/report" >/dev/null ||
        echo "FAIL strace_values: $name: $(tail -n 1 "$tmp/report")"
    scapfmt validate -q --level=warning "$tmp/c.scap" >"$tmp/findings" 2>&1 ||
        echo "FAIL strace_values: $name: $(head -n 1 "$tmp/findings")"
    scapfmt convert -q -t json "$tmp/c.scap" >"$tmp/json"
    if python3 tests/interop/strace_values.py "$tmp/log" "$tmp/json" >"$tmp/said"; then
        echo "PASS strace_values: $name: $(tail -n 1 "$tmp/said")"
    else
        echo "FAIL strace_values: $name: $(tail -n 1 "$tmp/said")"
        cat "$tmp/said"
    fi
}

run best current -ttt -T -yy -v -s 4096
run both both -ttt -T -yy -v -s 4096
run plain current
run hex current -ttt -xx -y
run short current -r -s 8 -a 1
run failing both -z
