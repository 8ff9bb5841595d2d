#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# stats.sh - judges of stats: the events, counted again by stats_recount.py, and sysdig 0.29.3 with
# the same sums as its chisels, see stats_compare.py.
# Run by tests/support/interop.sh; CORPUS names another place of the foreign captures.
. tests/support/judge.sh

need python3
set -- samples/*.scap
for f in "$corpus"/recorded/*.scap "$corpus"/scap/*.scap; do
    [ ! -f "$f" ] || set -- "$@" "$f"
done
python3 tests/interop/stats_recount.py scapfmt "$@"
need_sysdig
there "$corpus"

set --
for f in "$corpus"/scap/*.scap; do
    [ ! -f "$f" ] || set -- "$@" "$f"
done
export TZ=UTC LC_ALL=C.UTF-8
[ $# -gt 0 ] || exit 0
python3 tests/interop/stats_compare.py scapfmt "$@"
