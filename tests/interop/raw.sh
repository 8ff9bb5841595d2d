#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `print --raw` equals the --raw of an independent decoder, byte for byte, on every scap capture:
# ours of samples/, real and made ones next door.
. tests/support/judge.sh
decoder=../shared/tools/scapdec.py
[ -f "$decoder" ] || { echo "SKIP raw: $decoder is not there"; exit 0; }

# Where that decoder gives up: the lines it printed before are the first of ours. Each with the
# reason; a file that is not listed must decode to its end.
gives_up() {
    case $1 in
    */strace-prototype/notes.scap) echo "it stops at the first damaged event, we go on behind it" ;;
    */L20_scap_pktBE_dummy.pcapng) echo "its last section is big-endian" ;;
    */M_mergecap_4.[04].pcapng) echo "its events are damaged (MIX-07), it stops at the first" ;;
    *-big-endian.*) echo "it is big-endian" ;;
    */two-orders.scap) echo "its second section is big-endian" ;;
    *) return 1 ;;
    esac
}

events=0
check() {
    rc=0
    scapfmt print --raw "$1" >"$tmp/got" 2>"$tmp/said" || rc=$?
    case $1 in
    *.zst)
        have zstd || { echo "SKIP raw $1: no zstd to unpack it"; return; }
        zstd -dcq "$1" >"$tmp/plain"
        python3 "$decoder" --raw "$tmp/plain" >"$tmp/want" 2>"$tmp/error"
        ;;
    *) python3 "$decoder" --raw "$1" >"$tmp/want" 2>"$tmp/error" ;;
    esac
    if [ -s "$tmp/error" ]; then
        why=$(gives_up "$1") || {
            echo "FAIL raw $1: the decoder stopped: $(tail -n 1 "$tmp/error")"
            return
        }
        # Lines it printed come first in ours, and the list does not hide that it reads the file.
        head -c "$(wc -c <"$tmp/want")" "$tmp/got" >"$tmp/first"
        if cmp -s "$tmp/want" "$tmp/first"; then
            echo "PASS raw $1: its $(wc -l <"$tmp/want") lines, then it gave up: $why"
        else
            echo "FAIL raw $1: $(cmp "$tmp/want" "$tmp/first" 2>&1)"
        fi
        return
    fi
    if [ "$rc" != 0 ]; then
        echo "FAIL raw $1: the decoder reads it, we do not: $(tail -n 1 "$tmp/said")"
    elif cmp -s "$tmp/want" "$tmp/got"; then
        echo "PASS raw $1"
        events=$((events + $(wc -l <"$tmp/want")))
    else
        echo "FAIL raw $1: $(wc -l <"$tmp/want") lines, ours $(wc -l <"$tmp/got")"
        diff "$tmp/want" "$tmp/got" | head -n 4 | cut -c1-160 | sed 's/^/    /'
    fi
}

for dir in samples "$corpus/scap" "$corpus/recorded" "$corpus/made" "$corpus/mixed"; do
    there "$dir" || continue
    find "$dir" -type f | grep -E '\.(scap|pcapng)(\.gz|\.zst)?$' | LC_ALL=C sort >"$tmp/list"
    while read -r f; do
        check "$f"
    done <"$tmp/list"
done
echo "    raw: $events events equal"
