#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Hand-made captures that break one rule each: RULE-NNNx_what.* must yield that rule, OK-* nothing.
. tests/support/judge.sh
there "$corpus/pcapng/rules" || exit 0

# Files named after a test, not after the rule they break; the rule book says which one that is.
rule_of() {
    case $1 in
    PNG-306*) echo PNG-008 ;; PNG-319*) echo PNG-318 ;; PNG-413*) echo PNG-310 ;;
    PNG-507*) echo PNG-503 ;; PNG-806* | PNG-906*) echo PNG-217 ;; PNG-811* | PNG-813*) echo PNG-810 ;;
    PNG-907*) echo PNG-218 ;; PIB-005*) echo PNG-013 ;;
    PCP-030*) echo PCP-001 ;; PCP-032*) echo PCP-031 ;;
    *) echo "$1" | sed 's/^\([A-Z]*-[0-9]*\).*/\1/' ;;
    esac
}

# The good twin of a rule: a section length that is right, a cut that the snap length demands, an
# EUI-48 record of the right length, CRLF line ends.
is_good() {
    case $1 in
    PNG-106b_* | PNG-402_* | PNG-507_* | PNG-704b_*) return 0 ;;
    *) return 1 ;;
    esac
}

for f in "$corpus"/pcapng/rules/*.pcapng "$corpus"/pcap/rules/*.pcap; do
    name=${f##*/}
    rule=$(rule_of "$name")
    scapfmt validate --level=info --max=10000 "$f" >"$tmp/out" 2>&1
    grep -F ": offset " "$tmp/out" | sed 's/.*: offset \([0-9]*\): \([A-Z]*-[0-9A-Z]*\): .*/\2 \1/' \
        >"$tmp/found"
    size=$(wc -c <"$f")
    if [ "$(awk -v size="$size" '$2 > size' "$tmp/found" | wc -l)" -ne 0 ]; then
        echo "FAIL rules $name: an offset behind the end of the file"
    elif [ "${rule%-*}" = OK ]; then
        if [ -s "$tmp/found" ]; then
            echo "FAIL rules $name: $(head -n 1 "$tmp/out")"
        else
            echo "PASS rules $name"
        fi
    elif is_good "$name"; then
        if grep -q "^$rule " "$tmp/found"; then
            echo "FAIL rules $name: found $rule, but this one is good"
        else
            echo "PASS rules $name: good, and $rule is not found"
        fi
    elif grep -q "^$rule " "$tmp/found"; then
        echo "PASS rules $name"
    else
        echo "FAIL rules $name: no $rule; $(head -n 1 "$tmp/out")"
    fi
done
