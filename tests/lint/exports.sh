#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What scapfmt.h declares is what libscapfmt.so exports: no more, no less.
set -u
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
gcc -std=c11 -aux-info "$tmp/aux" -fsyntax-only -x c libscapfmt/scapfmt.h || exit 1
sed -n 's,^/\* libscapfmt/scapfmt[-a-z]*\.h:.*[ *]\(scapf_[a-z0-9_]*\) (.*,\1,p' "$tmp/aux" |
    LC_ALL=C sort -u >"$tmp/declared"
nm -D --defined-only build/libscapfmt.so | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' |
    LC_ALL=C sort -u >"$tmp/exported"
[ -s "$tmp/declared" ] || { echo "no function found in scapfmt.h"; exit 1; }
rc=0
comm -23 "$tmp/declared" "$tmp/exported" | sed 's/^/declared, not exported: /' | grep . && rc=1
comm -13 "$tmp/declared" "$tmp/exported" | sed 's/^/exported, not declared: /' | grep . && rc=1
exit $rc
