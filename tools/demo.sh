#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# demo.sh - what scapfmt does, on the captures of samples/.
set -eu
PATH=$(pwd)/build:$PATH

show() { # show COMMAND: print it, then what it prints
    printf '\n\033[1m$ %s\033[0m\n' "$1"
    sh -c "$1"
}
say() { printf '\n%s\n' "$*"; }

say "A web server answered a request; its system calls were captured (samples/http.scap)."
show "scapfmt info samples/http.scap"
show "scapfmt print samples/http.scap | head -n 14"

if command -v sysdig >/dev/null 2>&1; then
    say "sysdig reads the same file; it shows the same calls:"
    show "sysdig -r samples/http.scap 2>/dev/null | head -n 6"
fi

say "Every block, with its offset and its fields:"
show "scapfmt print --blocks samples/http.scap | head -n 24"

say "Typed JSON, one record a line. Which files were opened, and how did that end?"
show "scapfmt convert -t json samples/http.scap |
    jq -c 'select(.event == \"openat\" and .dir == \"exit\") | {thread: .thread.comm, name: .args.name, fd: .args.fd}'"

say "A real run of \`date | cat\` (samples/date.scap). What did each program read?"
show "scapfmt print samples/date.scap | grep -E '< (read|execve)' | cut -c1-110 | tail -n 6"

if command -v strace >/dev/null 2>&1 && strace -o build/try true 2>/dev/null; then
    say "strace says more than any recorder; its logs become captures. Here is one, made now:"
    show "strace -f -ttt -T -yy -v -s 4096 -o build/demo.strace sh -c 'ls -a samples | sort | head -n 2'"
    log=build/demo.strace
else
    say "strace says more than any recorder; its logs become captures (samples/pipeline.strace):"
    log=samples/pipeline.strace
fi
show "scapfmt convert -o build/demo.scap $log"
show "scapfmt print --filter 'proc.name=sort and evt.type in (execve,read,write)' build/demo.scap | cut -c1-110"
show "scapfmt convert -q $log | jq -c 'select(.entries) | {comm: .thread.comm, dir: .fd.name, entries: .entries[:3]}'"
if command -v sysdig >/dev/null 2>&1; then
    show "sysdig -r build/demo.scap 2>/dev/null | grep getdents64 | head -n 4"
fi

say "Packets and events in one file (samples/mixed.pcapng), packets alone for other tools:"
show "scapfmt info --top=4 samples/mixed.pcapng"
show "scapfmt print samples/mixed.pcapng | tail -n 8"
show "scapfmt convert -o build/demo.pcap samples/mixed.pcapng"
show "scapfmt print build/demo.pcap | head -n 3"

say "Packets of a web request, and the calls of its server, on clocks 100.25 s apart: one file on
one clock, the process on each packet (samples/clocks.*). Bytes are on the wire before they are read:"
show "scapfmt merge --align=auto --annotate -o build/demo.pcapng samples/clocks.pcap samples/clocks.scap"
show "scapfmt print -q -c num,time,proc,dir,type build/demo.pcapng | sed -n '13,22p' | cut -c1-120"
if command -v tshark >/dev/null 2>&1; then
    show "tshark -r build/demo.pcapng -Y tcp.len -T fields -e frame.number -e ip.src -e tcp.srcport -e frame.comment 2>/dev/null | head -n 3"
fi

say "A recording of Process Monitor, from Windows (samples/editor.procmon.xml):"
show "scapfmt convert -o build/demo.scap samples/editor.procmon.xml"
show "scapfmt print -c time,proc,dir,type,args --filter 'evt.dir=< and fd.num exists' build/demo.scap | head -n 6 | cut -c1-110"

if build/scapfmt record -q -o build/try.scap -- true 2>/dev/null; then
    say "And our own recorder, by eBPF: exactly this command, from its first call to its last:"
    show "scapfmt record -o build/demo.scap -- sh -c 'ls -a samples | sort | head -n 2'"
    show "scapfmt print --filter 'proc.name=sort and evt.type in (execve,read,write)' build/demo.scap | head -n 8 | cut -c1-110"
fi

say "A capture that was cut off: everything before the cut, and where it is."
head -c 3000 samples/http.scap >build/cut.scap
show "scapfmt print build/cut.scap | tail -n 2"
show "scapfmt validate build/cut.scap || echo \"exit status \$?\""
show "scapfmt repair -o build/saved.scap build/cut.scap || echo \"exit status \$?: not all could be saved\""
show "scapfmt validate build/saved.scap"
rm -f build/demo.* build/cut.scap build/saved.scap build/try build/try.scap
