#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Rewriting a well-formed capture in its own format gives its bytes again.
set -u
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
[ -d ../shared/corpus ] || echo "SKIP rewrite of ../shared/corpus: it is not there"

plain() {
    case $(head -c 4 "$1" | od -An -tx1 | tr -d ' ') in
    1f8b*) gzip -dc "$1" ;;
    28b52ffd) zstd -dcq "$1" ;;
    *) cat "$1" ;;
    esac
}
for f in samples/* ../shared/corpus/scap/* ../shared/corpus/mixed/* ../shared/corpus/pcapng/* \
    ../shared/corpus/pcap/* ../shared/corpus/made/*/*; do
    [ -f "$f" ] || continue
    case $f in
    *.md | *.txt | *.strace | *.sh | *.json) continue ;;
    *.zst) command -v zstd >/dev/null || { echo "SKIP rewrite $f: no zstd"; continue; } ;;
    esac
    # Damaged ones are for other tests.
    scapfmt print --raw -q "$f" >/dev/null 2>&1 || continue
    for to in pcapng pcap; do
        scapfmt convert -q -f "$to" -t "$to" -o "$tmp/out" "$f" 2>/dev/null || continue
        plain "$f" >"$tmp/want"
        if cmp -s "$tmp/want" "$tmp/out"; then
            echo "PASS rewrite $f"
        else
            echo "FAIL rewrite $f: $(cmp "$tmp/want" "$tmp/out" 2>&1)"
        fi
    done
done
