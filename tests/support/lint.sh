#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# lint.sh [NAME...] - run tests/lint/NAME.sh, all without names. A script prints what is wrong and
# fails; exit 77 means that what it needs is not there.
set -u
mkdir -p build/totals
rm -f build/totals/lint
[ $# -gt 0 ] || set -- $(cd tests/lint && ls *.sh | sed 's/\.sh$//')
passed=0 failed=0 skipped=0
for name; do
    rc=0
    out=$(sh "tests/lint/$name.sh" 2>&1) || rc=$?
    case $rc in
    0) passed=$((passed + 1)) word=LINT ;;
    77) skipped=$((skipped + 1)) word=SKIP ;;
    *) failed=$((failed + 1)) word=FAIL ;;
    esac
    printf '  %-7s %s\n' "$word" "$name"
    [ -z "$out" ] || printf '%s\n' "$out" | sed 's/^/          /'
done
echo "$passed $failed $skipped" >build/totals/lint
echo "lint: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
