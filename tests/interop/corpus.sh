#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Captures of many programs, sound and broken ones: whatever is found above "info" is explained in
# corpus.tsv, and all that is explained there is found.
. tests/support/judge.sh
there "$corpus/pcapng" || exit 0

find "$corpus" -type f ! -path '*/rules/*' ! -path '*/expected/*' ! -path '*/strace/*' \
    ! -path '*/procmon/*' ! -name '*.md' ! -name '*.txt' ! -name '*.tsv' | sort >"$tmp/files"
tr '\n' '\0' <"$tmp/files" | xargs -0 scapfmt validate --summary --level=warning >"$tmp/said" 2>&1
sed -n "s|^$corpus/\(.*\): \([A-Z]*-[0-9A-Z]*\): [0-9]* times*, first .* \[\([a-z]*\)\]\$|\1 \2 \3|p" \
    "$tmp/said" | grep -v ' info$' >"$tmp/found"

# The rows as patterns of the shell; a finding takes each row of its rule that fits.
grep -v '^#' tests/interop/corpus.tsv >"$tmp/rows"
: >"$tmp/used"
while read -r file rule severity; do
    why=
    n=0
    while IFS='	' read -r row_rule globs reason; do
        n=$((n + 1))
        [ "$row_rule" = "$rule" ] || continue
        set -f
        for glob in $globs; do
            # shellcheck disable=SC2254 # a pattern is meant
            case $file in $glob) why=$reason && echo "$n $glob" >>"$tmp/used" ;; esac
        done
        set +f
    done <"$tmp/rows"
    if [ -n "$why" ]; then
        echo "PASS corpus $file: $severity $rule: $why"
    else
        echo "FAIL corpus $file: $severity $rule is not explained"
    fi
done <"$tmp/found"

n=0
while IFS='	' read -r rule globs reason; do
    n=$((n + 1))
    set -f
    for glob in $globs; do
        grep -qxF "$n $glob" "$tmp/used" || echo "FAIL corpus $rule: nothing is found in $glob"
    done
    set +f
done <"$tmp/rows"
sound=$(($(wc -l <"$tmp/files") - $(cut -d' ' -f1 "$tmp/found" | sort -u | wc -l)))
if [ "$(grep -cE ': (valid|invalid): ' "$tmp/said")" = "$(wc -l <"$tmp/files")" ]; then
    echo "PASS corpus $sound captures without a finding above info"
else
    echo "FAIL corpus not every capture was checked"
fi
