#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The property of a slice: its lines are those of the whole, with every process and descriptor name,
# in our reader and in sysdig; the pieces of a capture together have each event once.
. tests/support/judge.sh
seed=${SEED:-1}

need python3
for dir in samples "$corpus/scap" "$corpus/recorded" "$corpus/mixed" "$corpus/made"; do
    there "$dir" || continue
    find "$dir" -name '*.scap' | LC_ALL=C sort >"$tmp/list"
    n=0
    while read -r f; do
        n=$((n + 1))
        # The small ones made for one rule each: every second. Another seed takes others.
        [ "$dir" != "$corpus/made" ] || [ $(((n + seed) % 2)) = 0 ] || continue
        # Cutting into pieces and asking sysdig take long: every second, every third.
        modes=ours
        [ $(((n + seed) / 2 % 2)) = 0 ] && modes=$modes,shards || modes=$modes,leaks
        if [ $(((n + seed) % 3)) = 0 ]; then
            if have sysdig; then
                modes=$modes,sysdig
            else
                echo "SKIP slice $f in sysdig: it is not there"
            fi
        fi
        python3 tests/interop/slice_compare.py "$modes" "$f" "$tmp" "$seed" 2
    done <"$tmp/list"
done

# Packets: what editcap keeps between two times is what we keep.
f=$corpus/mixed/http_packets.pcapng
if have editcap && [ -f "$f" ]; then
    times=$(tshark -r "$f" -T fields -e frame.time_epoch 2>/dev/null | sed -n '5p;20p')
    a=$(echo "$times" | head -n 1) b=$(echo "$times" | tail -n 1)
    editcap -A "$a" -B "$b" "$f" "$tmp/e.pcapng" 2>/dev/null
    scapfmt slice -q --from "$a" --to "$b" -o "$tmp/s.pcapng" "$f"
    for x in e s; do
        tshark -r "$tmp/$x.pcapng" -T fields -e frame.time_epoch -e frame.cap_len -e data \
            >"$tmp/$x" 2>/dev/null
    done
    if [ -s "$tmp/s" ] && cmp -s "$tmp/e" "$tmp/s"; then
        echo "PASS slice $f: $(wc -l <"$tmp/s") packets as editcap has them"
    else
        echo "FAIL slice $f: editcap has $(wc -l <"$tmp/e") packets, we $(wc -l <"$tmp/s")"
    fi
else
    echo "SKIP slice of packets: no editcap or no capture"
fi
