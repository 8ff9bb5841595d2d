#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sysdig.sh - sysdig 0.29.3 as judge of the lines and of sysdig-json, see sysdig_compare.py.
# Run by tests/support/interop.sh; CORPUS names another place of the foreign captures.
. tests/support/judge.sh

need_sysdig
there "$corpus"

python3 tests/interop/odd_capture.py schemas "$tmp/odd.scap" || exit 1
set --
for f in "$corpus"/scap/*.scap "$corpus"/made/*/*.scap "$corpus"/recorded/*.scap \
    samples/*.scap "$tmp/odd.scap"; do
    [ ! -f "$f" ] || set -- "$@" "$f"
done
export TZ=UTC LC_ALL=C.UTF-8
python3 tests/interop/sysdig_compare.py scapfmt schemas "$@"
