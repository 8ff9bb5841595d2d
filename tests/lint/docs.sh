#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The manual page of each command has the synopsis and exactly the options that -h shows, and groff
# has nothing to say about it.
set -u
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
rc=0
say() { echo "$*"; rc=1; }

# The page as plain text; also made where options are compared.
plain() { groff -t -man -Tutf8 -P-cbou -rLL=200n -rHY=0 "$1" 2>/dev/null | sed 's/‐/-/g; s/−/-/g'; }

command -v groff >/dev/null 2>&1 || exit 77
for page in $(git ls-files '*.1' '*.5') build/scapfmt-scap.5 build/scapfmt-filter.7; do
    groff -t -man -ww -Tutf8 -z "$page" >"$tmp/warnings" 2>&1
    [ ! -s "$tmp/warnings" ] || { cat "$tmp/warnings"; rc=1; }
done
commands=$(build/scapfmt --completion bash | sed -n "s/^ *words='help \(.*\) --help .*/\1/p")
[ -n "$commands" ] || say "the program names no commands"
for command in $commands; do
    page=tools/scapfmt-$command.1
    [ -f "$page" ] || { say "$command has no manual page $page"; continue; }
    build/scapfmt "$command" -h >"$tmp/help"
    plain "$page" >"$tmp/page"
    usage=$(sed -n 's/^usage: //p' "$tmp/help")
    sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' "$tmp/page" | sed 's/^ *//' | grep -qxF "$usage" ||
        say "$page: SYNOPSIS is not '$usage'"
    sed -n 's/^  \(-., \)\{0,1\} *--\([a-z-]*\).*/\2/p' "$tmp/help" | sort -u >"$tmp/a"
    sed -n '/^OPTIONS/,/^[A-Z]/{s/^ \{1,8\}\(-., \)\{0,1\}--\([a-z-]*\).*/\2/p}' "$tmp/page" |
        sort -u >"$tmp/b"
    for o in $(comm -23 "$tmp/a" "$tmp/b"); do say "$page: --$o is not described"; done
    for o in $(comm -13 "$tmp/a" "$tmp/b"); do say "$page: $command has no --$o"; done
    grep -qF "scapfmt\\-$command" tools/scapfmt.1 || say "tools/scapfmt.1: $command is not mentioned"
done
exit $rc
