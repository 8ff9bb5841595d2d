#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# JSON records before python3-jsonschema, jq and the independent decoder; see json_schema.py.
. tests/support/judge.sh
need jq
python=/usr/bin/python3 # the one the package python3-jsonschema belongs to
[ -x "$python" ] || { echo "SKIP json: $python is not there"; exit 0; }
there "$corpus"
[ ! -f ../shared/tools/scapdec.py ] || export SCAPDEC=../shared/tools/scapdec.py

# every n-th of the files named on standard input that are captures and not huge
some() {
    grep -E '\.(scap|pcap|pcapng|cap|ntar)(\.gz|\.zst)?$' | awk -v n="$1" 'NR % n == 1 || n == 1'
}
{
    find samples -type f | sort | some 1
    for d in scap:1 made:2 mixed:4 pcapng:12 pcap:16; do
        [ ! -d "$corpus/${d%:*}" ] || find "$corpus/${d%:*}" -type f -size -2000k | sort | some "${d#*:}"
    done
} | tr '\n' '\0' | xargs -0 "$python" -W ignore tests/interop/json_schema.py "$(command -v scapfmt)"
