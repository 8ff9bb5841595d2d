#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# state.sh - sysdig 0.29.3 as judge of the state of the host, see state_compare.py.
# Run by tests/support/interop.sh; CORPUS names another place of the foreign captures.
. tests/support/judge.sh


need_sysdig
there "$corpus"

set --
for f in "$corpus"/scap/*.scap "$corpus"/made/*/*.scap "$corpus"/recorded/*.scap \
    samples/*.scap; do
    [ ! -f "$f" ] || set -- "$@" "$f"
done
export TZ=UTC LC_ALL=C.UTF-8
python3 tests/interop/state_compare.py "${SCAPFMT:-scapfmt}" "$@"
