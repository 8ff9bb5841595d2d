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

say "Packets and events in one file (samples/mixed.pcapng), packets alone for other tools:"
show "scapfmt info --top=4 samples/mixed.pcapng"
show "scapfmt print samples/mixed.pcapng | tail -n 8"
show "scapfmt convert -o build/demo.pcap samples/mixed.pcapng"
show "scapfmt print build/demo.pcap | head -n 3"

say "A capture that was cut off: everything before the cut, and where it is."
head -c 3000 samples/http.scap >build/cut.scap
show "scapfmt print build/cut.scap | tail -n 2"
show "scapfmt validate build/cut.scap || echo \"exit status \$?\""
rm -f build/demo.pcap build/cut.scap
