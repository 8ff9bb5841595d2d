#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Packets of every capture as tshark shows them: number, time, lengths, interface.
set -u
command -v tshark >/dev/null 2>&1 || { echo "SKIP packets: tshark is not there"; exit 0; }
command -v jq >/dev/null 2>&1 || { echo "SKIP packets: jq is not there"; exit 0; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
for f in samples/*.pcap samples/*.pcapng; do
    [ -f "$f" ] || continue
    # tshark shows custom and journal blocks as frames too: those of pcapng without an interface.
    case $f in *.pcapng) packets='frame.interface_id && ' ;; *) packets= ;; esac
    tshark -r "$f" -Y "$packets"'frame.cap_len >= 0 && !(frame.protocols contains "sysdig")' -T fields \
        -e frame.time_epoch -e frame.cap_len -e frame.len >"$tmp/want" 2>"$tmp/error" || {
        echo "SKIP packets $f: tshark cannot read it: $(head -n 1 "$tmp/error" | cut -c1-80)"
        continue
    }
    # Without a time tshark shows none; with one it has nine digits.
    scapfmt convert -t json "$f" 2>/dev/null |
        jq -r 'select(.kind == "packet") |
            [(if .ts then (.ts | .[:-9] + "." + .[-9:]) else "" end),
             .captured_len, .original_len] | @tsv' >"$tmp/got"
    if cmp -s "$tmp/want" "$tmp/got"; then
        echo "PASS packets $f"
    else
        echo "FAIL packets $f: $(wc -l <"$tmp/want") packets, ours $(wc -l <"$tmp/got")"
        diff "$tmp/want" "$tmp/got" | head -n 4 | sed 's/^/    /'
    fi
done
