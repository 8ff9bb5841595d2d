#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each rule is raised somewhere, and is in the text of `validate --explain=all`. Those that no test
# names are told.
set -u
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
sed -n 's/^ *RULE(\([A-Z0-9_]*\), "\([A-Z0-9-]*\)".*/\1 \2/p' libscapfmt/base/rules.h |
    grep -v '^NONE ' >"$tmp/rules"
# shellcheck disable=SC2046 # names without blanks
{
    cat $(git ls-files 'libscapfmt/*.[ch]' | grep -v base/rules.h) |
        grep -oE '\b(RULE_)?[A-Z][A-Z0-9_]+\b'
    # the one that a tool says by itself
    grep -ohE '\bSYS-[0-9]+\b' tools/*.c
} | sort -u >"$tmp/source"
# shellcheck disable=SC2046
cat $(git ls-files 'tests/unit/*' 'tests/cli/*' 'tests/interop/*' 'tests/support/*.c') |
    grep -aoE '\bRULE_[A-Z0-9_]+\b|[A-Z]{3}-[A-Z0-9]+' | sort -u >"$tmp/tests"
build/scapfmt validate --explain=all >"$tmp/text" || exit 1
rc=0 untested=
while read -r symbol id; do
    # bare symbols: tables of rules paste RULE_ in front of them
    grep -qE "^((RULE_)?$symbol|$id)\$" "$tmp/source" || { echo "$id $symbol is never raised"; rc=1; }
    grep -q "^$id $symbol " "$tmp/text" || { echo "$id $symbol is not explained"; rc=1; }
    grep -qE "^(RULE_$symbol|$id)\$" "$tmp/tests" || untested="$untested $id"
done <"$tmp/rules"
# Many are tested by what they do to a capture, under no name: reported, not failed.
[ -z "$untested" ] || echo "named in no test:$untested"
exit $rc
