#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `print --raw` equals the --raw of an independent decoder, byte for byte, on every scap capture.
set -u
decoder=../shared/tools/scapdec.py
[ -f "$decoder" ] || { echo "SKIP raw: $decoder is not there"; exit 0; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
for f in samples/*.scap ../shared/corpus/scap/* ../shared/corpus/made/strace-prototype/*.scap; do
    case $f in
    *.md | *'*'*) continue ;;
    *big-endian* | *two-orders*) continue ;; # that decoder reads little-endian only
    esac
    rc=0
    python3 "$decoder" --raw "$f" >"$tmp/want" 2>"$tmp/error" || rc=$?
    scapfmt print --raw "$f" >"$tmp/got" 2>/dev/null
    if [ "$rc" != 0 ]; then # it stops at the first damaged event, ours goes on behind it
        head -n "$(wc -l <"$tmp/want")" "$tmp/got" >"$tmp/begin" && mv "$tmp/begin" "$tmp/got"
    fi
    if cmp -s "$tmp/want" "$tmp/got"; then
        echo "PASS raw $f"
    else
        echo "FAIL raw $f: $(wc -l <"$tmp/want") lines, ours $(wc -l <"$tmp/got")"
        diff "$tmp/want" "$tmp/got" | head -n 4 | cut -c1-160 | sed 's/^/    /'
    fi
done
