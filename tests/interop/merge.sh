#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Merged captures in the eyes of others: tshark shows every frame that it showed of the inputs,
# sysdig every line, tcpdump every packet; and split gives the inputs back.
. tests/support/judge.sh

# Newer versions show the closing event, too.
frames() {
    tshark -r "$1" -Y '!(sysdig.event_type == 32767)' -T fields -e frame.time_epoch \
        -e frame.cap_len -e frame.len 2>/dev/null
}
lines() { sysdig -r "$1" -p '%evt.num %evt.rawtime %thread.tid %proc.name %evt.dir %evt.type %evt.args' 2>"$tmp/err"; }

# merged NAME EXPECTED-FRAMES IN...: what tshark saw of the inputs it sees in $tmp/m, nothing else
merged() {
    name=$1 want=$2
    shift 2
    have tshark || { echo "SKIP merge $name in tshark: it is not there"; return; }
    for f; do frames "$f"; done | sort >"$tmp/want"
    frames "$tmp/m" | sort >"$tmp/got"
    n=$(wc -l <"$tmp/got")
    if ! cmp -s "$tmp/want" "$tmp/got"; then
        echo "FAIL merge $name in tshark: $(wc -l <"$tmp/want") frames became $n"
    elif [ "$want" != - ] && [ "$want" != "$n" ]; then
        echo "FAIL merge $name in tshark: $n frames, not $want"
    else
        echo "PASS merge $name in tshark: $n frames"
    fi
}

# Every line of sysdig, and that it ends in peace.
calls() { # calls NAME SCAP
    have sysdig || { echo "SKIP merge $1 in sysdig: it is not there"; return; }
    lines "$2" >"$tmp/want"
    lines "$tmp/m" >"$tmp/got"
    rc=$?
    if [ "$rc" = 0 ] && cmp -s "$tmp/want" "$tmp/got"; then
        echo "PASS merge $1 in sysdig: $(wc -l <"$tmp/got") lines"
    else
        echo "FAIL merge $1 in sysdig: exit $rc, $(wc -l <"$tmp/want") lines became $(wc -l <"$tmp/got")"
    fi
}

packets() { # packets NAME NUMBER
    have tcpdump || { echo "SKIP merge $1 in tcpdump: it is not there"; return; }
    n=$(tcpdump -nr "$tmp/m" 2>/dev/null | wc -l)
    [ "$n" = "$2" ] && echo "PASS merge $1 in tcpdump: $n packets" ||
        echo "FAIL merge $1 in tcpdump: $n packets, not $2"
}

back() { # back NAME IN...: split gives each of them
    name=$1
    shift
    rm -rf "$tmp/parts"
    scapfmt split -q -o "$tmp/parts" "$tmp/m" 2>"$tmp/err" || { echo "FAIL split $name: $(head -n 1 "$tmp/err")"; return; }
    for f; do
        cmp -s "$f" "$tmp/parts/$(basename "$f")" || { echo "FAIL split $name: $f differs"; return; }
    done
    echo "PASS split $name: $# files as they were"
}

# Our samples, then the pair of the demo with the numbers of the format page.
scapfmt merge -q -o "$tmp/m" samples/http.pcapng samples/http.scap
merged samples - samples/http.pcapng samples/http.scap
calls samples samples/http.scap
packets samples 7
back samples samples/http.pcapng samples/http.scap

pcaps="samples/http-us.pcap samples/http-ns.pcap samples/http-us-big-endian.pcap samples/web.pcapng"
# shellcheck disable=SC2086 # a list
scapfmt merge -q -o "$tmp/m" $pcaps
# shellcheck disable=SC2086
merged pcaps - $pcaps
# shellcheck disable=SC2086
back pcaps $pcaps

scapfmt merge -q --layout=timeline -o "$tmp/m" samples/http.pcapng samples/http.scap
merged timeline - samples/http.pcapng samples/http.scap
back timeline samples/http.pcapng samples/http.scap

# A ring of captures of one host, put together again, says what the whole says: every name at
# every event.
said() { scapfmt print -q -c time,thread,dir,type,args "$1" 2>/dev/null; }
ring() { # ring FILE
    rm -rf "$tmp/ring"
    scapfmt slice -q --shards 3 -o "$tmp/ring" "$1" >"$tmp/err" 2>&1 &&
        scapfmt merge -q -o "$tmp/m" "$tmp/ring"/* 2>>"$tmp/err" || return 1
    said "$1" >"$tmp/want"
    said "$tmp/m" >"$tmp/got"
    [ -s "$tmp/want" ] && cmp -s "$tmp/want" "$tmp/got"
}
for f in samples/date.scap samples/http.scap; do
    ring "$f" && echo "PASS merge ring of $f" || echo "FAIL merge ring of $f: $(diff "$tmp/want" "$tmp/got" | head -n 2)"
done
ring samples/date.scap && cp "$tmp/m" "$tmp/whole" && rm -rf "$tmp/ring" &&
    if have sysdig; then
        lines samples/date.scap | cut -d ' ' -f 2- >"$tmp/want"
        lines "$tmp/whole" | cut -d ' ' -f 2- >"$tmp/got"
        [ -s "$tmp/want" ] && cmp -s "$tmp/want" "$tmp/got" && echo "PASS merge ring in sysdig" ||
            echo "FAIL merge ring in sysdig: $(diff "$tmp/want" "$tmp/got" | head -n 2)"
    else
        echo "SKIP merge ring in sysdig: it is not there"
    fi
# Without the file in the middle, what comes behind it is told as in the whole.
holed() { # holed FILE: 1 it is not
    rm -rf "$tmp/ring"
    scapfmt slice -q --shards 3 -o "$tmp/ring" "$1" >"$tmp/err" 2>&1
    said "$1" | sort >"$tmp/want"
    set -- "$tmp/ring"/*
    : >"$tmp/got"
    [ $# = 3 ] && rm "$2" || { echo "slice made $# files, not 3" >"$tmp/got"; return 1; }
    scapfmt merge -q -o "$tmp/m" "$1" "$3" 2>>"$tmp/err" || return 1
    said "$tmp/m" | sort >"$tmp/got"
    [ -s "$tmp/got" ] && [ -z "$(comm -13 "$tmp/want" "$tmp/got" | grep -v ' CB$')" ]
}
holed samples/date.scap && echo "PASS merge ring with a hole" ||
    echo "FAIL merge ring with a hole: $(comm -13 "$tmp/want" "$tmp/got" | head -n 2)"
if have sysdig; then
    lines "$tmp/m" | cut -d ' ' -f 2- | sort >"$tmp/got"
    lines samples/date.scap | cut -d ' ' -f 2- | sort >"$tmp/want"
    [ -s "$tmp/got" ] && [ -z "$(comm -13 "$tmp/want" "$tmp/got")" ] &&
        echo "PASS merge ring with a hole in sysdig" ||
        echo "FAIL merge ring with a hole in sysdig: $(comm -13 "$tmp/want" "$tmp/got" | head -n 2)"
else
    echo "SKIP merge ring with a hole in sysdig: it is not there"
fi
if [ -d "$corpus/scap" ]; then
    n=0 bad=
    for f in $(find "$corpus/scap" "$corpus/recorded" -name '*.scap*' -size -300k | LC_ALL=C sort); do
        scapfmt print -q --filter 'evt.num = 6' "$f" 2>/dev/null | grep -q . || continue # too short
        ring "$f" && holed "$f" || bad="$bad $f"
        n=$((n + 1))
    done
    [ -z "$bad" ] && [ "$n" -gt 0 ] && echo "PASS merge ring of $n captures, with and without a hole" || echo "FAIL merge ring of$bad"
else
    echo "SKIP merge ring of many: $corpus/scap is not there"
fi

mixed=$corpus/mixed
if [ -d "$mixed" ]; then
    scapfmt merge -q -o "$tmp/m" "$mixed/http_packets.pcapng" "$mixed/http_syscalls.scap"
    merged demo 144 "$mixed/http_packets.pcapng" "$mixed/http_syscalls.scap"
    calls demo "$mixed/http_syscalls.scap"
    packets demo 25
    back demo "$mixed/http_packets.pcapng" "$mixed/http_syscalls.scap"
    # Files of other layouts are taken apart first.
    for l in L1_concat_pkt_scap L2_concat_scap_pkt L2e_scap_pkt_unknownevf L3_onesec_interleaved \
        L4_onesec_pktfirst L5_onesec_evfirst L10_ev1_then_sec L17_scap_pkt_pkt_dummy \
        L20_scap_pktBE_dummy; do
        scapfmt merge -q -o "$tmp/m" "$mixed/$l.pcapng"
        merged "$l" - "$mixed/$l.pcapng"
        calls "$l" "$mixed/http_syscalls.scap"
    done
else
    echo "SKIP merge $mixed: it is not there"
fi

# Captures of strangers, all at once; those tshark itself cannot read are left out, and those with
# custom blocks that forbid to be copied: they are frames to tshark.
if [ -d "$corpus/pcapng" ] && have tshark; then
    find "$corpus/pcapng/generator" "$corpus/pcap/generator" "$corpus/pcapng/libpcap" -type f 2>/dev/null |
        grep -E '\.(pcapng|ntar|pcap)$' | LC_ALL=C sort >"$tmp/all"
    : >"$tmp/list"
    while read -r f; do
        scapfmt validate -l info "$f" 2>/dev/null | grep -q 'PNG-802\|PNG-003' && continue
        tshark -r "$f" >/dev/null 2>&1 && scapfmt print "$f" >/dev/null 2>&1 && echo "$f" >>"$tmp/list"
        [ "$(wc -l <"$tmp/list")" -lt 60 ] || break
    done <"$tmp/all"
    # shellcheck disable=SC2046 # names without blanks
    scapfmt merge -q -o "$tmp/m" $(cat "$tmp/list") 2>/dev/null
    # shellcheck disable=SC2046
    merged "$(wc -l <"$tmp/list") files" - $(cat "$tmp/list")
else
    echo "SKIP merge of many: no corpus or no tshark"
fi
