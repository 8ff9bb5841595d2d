#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tcpdump reads what we convert as it reads the original: pcap to pcapng, pcapng to pcap.
. tests/support/judge.sh
need tcpdump
dump() { tcpdump -n -tt -e --nano -r "$1" 2>/dev/null; }
there "$corpus"

for f in samples/*.pcap samples/http.pcapng samples/web.pcapng "$corpus"/pcap/tcpdump/*.pcap; do
    [ -f "$f" ] || continue
    case $f in
    *.pcap) to=pcapng ;;
    *) to=pcap ;;
    esac
    dump "$f" >"$tmp/want" && [ -s "$tmp/want" ] || continue
    # Those that break a rule (libpcap is stricter in pcapng), and fields that only one of the formats
    # has, are for other tests.
    scapfmt validate -q --level=warning "$f" >/dev/null || continue
    scapfmt convert -t "$to" -o "$tmp/out" "$f" 2>"$tmp/said" || continue
    ! grep -q 'left out' "$tmp/said" || continue
    dump "$tmp/out" >"$tmp/got"
    if cmp -s "$tmp/want" "$tmp/got"; then
        echo "PASS tcpdump $f"
    else
        echo "FAIL tcpdump $f: $(wc -l <"$tmp/want") lines, converted $(wc -l <"$tmp/got")"
        diff "$tmp/want" "$tmp/got" | head -n 4 | cut -c1-150 | sed 's/^/    /'
    fi
done
