#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The built-in schema equals the table extracted from upstream's headers, in every fact.
. tests/support/judge.sh
out=$(python3 tests/interop/check_schema.py scapfmt 2>&1)
case $?,$out in
*,SKIP*) echo "SKIP schema: ${out#SKIP }" ;;
0,*) echo "PASS schema: $out" ;;
*)
    echo "FAIL schema: $(printf '%s\n' "$out" | tail -n 1)"
    printf '%s\n' "$out" | head -n 20 | sed 's/^/    /'
    ;;
esac
