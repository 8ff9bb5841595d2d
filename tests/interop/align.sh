#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Clocks and links. The pair of the demo against its truth, worked out by hand, row for row; pairs
# whose offset is known; and conversations recorded here and now with tcpdump and strace, on one
# clock, so that the truth is 0.
. tests/support/judge.sh

# inside NAME LO HI MAX_WIDTH EVENTS PACKETS: solved, all of [LO, HI] of the answer lies in bounds
inside() {
    line=$(align_links "$5" "$6" | head -n 1)
    echo "$line" | awk -v lo="$2" -v hi="$3" -v max="$4" '
        { exit !($3 == 0 && $5 <= hi && $7 >= lo && $5 <= $7 && $7 - $5 <= max) }' &&
        echo "PASS align $1" || echo "FAIL align $1: $line"
}

demo=$corpus/mixed
if [ -d "$demo" ]; then
    align_links "$demo/http_syscalls.scap" "$demo/http_packets.pcapng" >"$tmp/links"
    # 12040.712571158 s within 83.2 us, no wider than 200 us: the whole interval.
    awk 'NR == 1 { exit !($3 == 0 && $5 >= 12040712487958 && $7 <= 12040712654358) }' "$tmp/links" &&
        echo "PASS align demo offset" || echo "FAIL align demo offset: $(head -n 1 "$tmp/links")"
    # The columns of the truth that a link has: conn, wakes (by their exit only), carries-in,
    # carries-out, acks, triggered-by.
    awk -F '\t' '!/^#/ && $1 != "pkt_no" {
        sure = $20 ~ /^ambiguous/ ? $20 : "certain"
        sub(/^ambiguous\(/, "", sure); sub(/\)$/, "", sure)
        if (sure != "certain") {
            split(sure, either, "|")
            sure = "or " (either[1] == $1 ? either[2] : either[1])
        }
        print $1 "\t" $8 "\t" $9 "\t" $10 "\t" $15 "\t" $16 "\t" $17 "\t" $18 "\t" sure
    }' ../shared/reference/http_demo_truth.tsv | LC_ALL=C sort >"$tmp/want"
    awk -F '\t' -v OFS='\t' '!/^#/ {
        name["connection"] = "conn"; name["in"] = "carries-in"; name["out"] = "carries-out"
        name["ack"] = "acks"; name["fin"] = "triggered-by"; name["wakes"] = "wakes"
        name["eof"] = "carries-in"
        if ($2 == "wakes") $3 = "-"
        if ($2 == "eof") $8 = "EOF"
        $2 = name[$2]
        print
    }' "$tmp/links" | LC_ALL=C sort >"$tmp/got"
    if [ "$(wc -l <"$tmp/want")" = 30 ] && cmp -s "$tmp/want" "$tmp/got"; then
        echo "PASS align demo truth, 30 rows"
    else
        echo "FAIL align demo truth: $(wc -l <"$tmp/want") rows"
        diff "$tmp/want" "$tmp/got" | head -n 8 | sed 's/^/    /'
    fi
else
    echo "SKIP align demo: $demo is not there"
fi

made=$corpus/made/http
if [ -d "$made" ]; then
    for side in server client; do
        scapfmt convert -q -o "$tmp/$side.scap" "$made/$side.strace"
        inside "made/http $side" 4321125000000 4321125000000 300000 "$tmp/$side.scap" \
            "$made/packets_shifted_+4321.125s.pcapng"
    done
    # Both ends at once: the process on a packet is the one that sent it.
    scapfmt merge -q --align=auto --annotate -o "$tmp/ends.pcapng" \
        "$made/packets_shifted_+4321.125s.pcapng" "$tmp/client.scap" "$tmp/server.scap"
    scapfmt print --blocks "$tmp/ends.pcapng" | awk '/epb_processid/ { print $5 }' | uniq | tr '\n' ' ' >"$tmp/got"
    [ "$(cat "$tmp/got")" = "17166 17162 17166 17167 17166 17167 17166 17167 17166 17162 " ] &&
        echo "PASS align made/http, both ends" || echo "FAIL align made/http, both ends: $(cat "$tmp/got")"
else
    echo "SKIP align made: $made is not there"
fi
inside "samples/clocks" 100250000000 100250000000 1000000000 samples/clocks.scap samples/clocks.pcap

# ---------------------------------------------------------------- what readers see of it

both=$tmp/both.pcapng
scapfmt merge -q --align=auto --annotate -o "$both" samples/clocks.pcap samples/clocks.scap
if have tshark; then
    n=$(tshark -r "$both" -Y 'frame.comment contains "python3["' -T fields -e frame.number \
        2>/dev/null | wc -l)
    [ "$n" = 24 ] && echo "PASS align tshark: a comment on each packet" ||
        echo "FAIL align tshark: comments on $n packets of 24"
else
    echo "SKIP align tshark: it is not there"
fi
if have tcpdump; then
    n=$(tcpdump -nr "$both" 2>/dev/null | wc -l)
    [ "$n" = 24 ] && echo "PASS align tcpdump" || echo "FAIL align tcpdump: $n packets of 24"
else
    echo "SKIP align tcpdump: it is not there"
fi
if have sysdig; then
    sysdig -r samples/clocks.scap >"$tmp/want" 2>/dev/null
    sysdig -r "$both" >"$tmp/got" 2>/dev/null
    [ -s "$tmp/want" ] && cmp -s "$tmp/want" "$tmp/got" && echo "PASS align sysdig" ||
        echo "FAIL align sysdig: it shows something else"
else
    echo "SKIP align sysdig: it is not there"
fi

# ---------------------------------------------------------------- recorded here and now

need tcpdump strace unshare ip ss python3
unshare -n ip link set lo up 2>/dev/null || skip "live: no network namespace of our own"
python=$(readlink -f /usr/bin/python3 2>/dev/null)
[ -x "$python" ] || python=python3

cat >"$tmp/talk.py" <<'END'
import os, random, socket, sys, threading
kind, who = sys.argv[1], sys.argv[2]
family = socket.AF_INET6 if kind.endswith("6") else socket.AF_INET
host = "::1" if kind.endswith("6") else "127.0.0.1"
def serve(c):
    while True:
        d = c.recv(70000)
        if not d:
            break
        c.sendall(d[::-1])
    c.close()
def ask(rounds):
    c = socket.create_connection((host, 8000))
    for _ in range(rounds):
        d = os.urandom(random.randint(1, 30000))
        c.sendall(d)
        n = 0
        while n < len(d):
            n += len(c.recv(65536))
    c.shutdown(socket.SHUT_WR)
    c.recv(10)
    c.close()
if kind.startswith("udp") and who == "server":
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.bind(("", 8000))
    while True:
        d, a = s.recvfrom(2048)
        s.sendto(d + b" answered", a)
elif kind.startswith("udp"):
    for i in range(8):
        s = socket.socket(family, socket.SOCK_DGRAM)
        s.sendto(os.urandom(8) + b" asked", (host, 8000))
        s.recvfrom(2048)
        s.close()
elif who == "server":
    s = socket.socket(family)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("", 8000))
    s.listen(50)
    while True:
        c, a = s.accept()
        threading.Thread(target=serve, args=(c,), daemon=True).start()
else:
    threads = [threading.Thread(target=ask, args=(8,)) for _ in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
END

# record KIND SNAPLEN: strace of both sides and packets, in a network of their own
record() {
    unshare -n sh -c '
        cd "$1" || exit
        trace="strace -f -yy -s 96 --absolute-timestamps=format:unix,precision:ns --syscall-times=ns"
        trace="$trace -e trace=network,read,write,close,poll,select,process"
        ip link set lo up
        tcpdump -i lo -U -B 16384 --nano -s "$4" -w packets.pcap 2>/dev/null & dump=$!
        sleep 1
        $trace -o server.strace "$2" talk.py "$3" server & server=$!
        n=0
        while [ $n -lt 200 ] && ! ss -Hlntu | grep -q :8000; do n=$((n + 1)); sleep 0.1; done
        $trace -o client.strace "$2" talk.py "$3" client
        sleep 1
        kill $(cat "/proc/$server/task/$server/children") "$server"
        kill -INT "$dump"
        wait "$dump"
    ' sh "$tmp" "$python" "$1" "$2" >/dev/null 2>&1
}

for kind in tcp tcp6 udp udp6 tcp-cut; do
    snaplen=262144
    [ "$kind" = tcp-cut ] && snaplen=100
    rm -f "$tmp"/*.strace "$tmp/packets.pcap"
    record "$kind" "$snaplen"
    for side in server client; do
        if ! scapfmt convert -q -o "$tmp/live.scap" "$tmp/$side.strace" 2>"$tmp/error"; then
            echo "SKIP align live $kind $side: $(head -n 1 "$tmp/error")"
            continue
        fi
        inside "live $kind $side" 0 0 1000000000 "$tmp/live.scap" "$tmp/packets.pcap"
    done
done
