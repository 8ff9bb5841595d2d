#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What README shows is what comes out: every "$ command" in a console block is run.
set -u
PATH=$(pwd)/build:$PATH
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
command -v jq >/dev/null 2>&1 || { echo "jq is not there"; exit 77; }
sed -n '/^```console$/,/^```$/{/^```/d;p}' README.md >"$tmp/want"
grep '^\$ ' "$tmp/want" | sed 's/^\$ //' >"$tmp/commands"
[ -s "$tmp/commands" ] || { echo "README shows no command"; exit 1; }
while IFS= read -r command; do
    printf '$ %s\n' "$command"
    sh -c "$command" </dev/null 2>&1
done <"$tmp/commands" >"$tmp/got"
diff -u "$tmp/want" "$tmp/got"
