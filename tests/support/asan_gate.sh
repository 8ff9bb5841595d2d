#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# asan_gate.sh DIR - fail and show every sanitizer report in DIR.
set -eu
found=0
for f in "$1"/*; do
    [ -s "$f" ] || continue
    found=1
    cat "$f" >&2
done
exit "$found"
