#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Packets of every capture as tshark shows them: number, time, lengths, interface.
. tests/support/judge.sh
if there "$corpus/expected"; then
    python3 tests/interop/packets_compare.py "$corpus"
fi
need tshark jq
for f in samples/*.pcap samples/*.pcapng; do
    # Events, journal entries and custom blocks are frames for tshark; they have no encapsulation.
    tshark -r "$f" -T fields -e frame.encap_type -e frame.time_epoch -e frame.cap_len \
        -e frame.len >"$tmp/all" 2>"$tmp/error" || {
        echo "FAIL packets $f: tshark: $(grep -v root "$tmp/error" | head -n 1)"
        continue
    }
    sed -n 's/^[0-9][0-9]*\t//p' "$tmp/all" >"$tmp/want"
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
