#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# No circle of files: where one file calls another, that one does not call it back, however far
# around. Seen from the objects: who defines a name stands below who uses it.
set -u
tmp=$(mktemp -d) && trap 'rm -rf "$tmp"' EXIT
find build/release/libscapfmt build/release/tools -name '*.o' -exec nm -A {} + | awk '
    { at = index($0, ":"); file = substr($0, 1, at - 1); n = split(substr($0, at + 1), word, " ")
      sub(/^build\/release\//, "", file); sub(/o$/, "c", file) }
    n == 3 && word[2] ~ /[TDBRVW]/ { from[word[3]] = file }
    n == 2 && word[1] == "U" { user[++uses] = file; name[uses] = word[2] }
    END {
        for (i = 1; i <= uses; i++)
            if (name[i] in from && from[name[i]] != user[i]) print user[i], from[name[i]]
    }' | sort -u >"$tmp/calls"
[ -s "$tmp/calls" ] || { echo "no objects below build/release"; exit 1; }
tsort "$tmp/calls" >/dev/null 2>"$tmp/loops" && exit 0
grep -v 'contains a loop' "$tmp/loops" | sed 's/^tsort: //'
exit 1
