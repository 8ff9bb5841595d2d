#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sysdig.sh [SCAPFMT] - sysdig 0.29.3 as judge of the lines and of sysdig-json, see
# sysdig_compare.py. Exit: 0 agreed, 1 differs, 77 skipped.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
scapfmt=${1:-$root/build/scapfmt}
corpus=${CORPUS:-$root/../shared/corpus}

if ! command -v sysdig >/dev/null 2>&1; then
    echo "SKIP sysdig: the judge is not installed (package sysdig)"
    exit 77
fi
case $(sysdig --version 2>/dev/null) in
*' 0.29.'*) ;;
*)
    echo "SKIP sysdig: its rules are written down for 0.29, this is: $(sysdig --version)"
    exit 77
    ;;
esac
[ -d "$corpus" ] || echo "SKIP sysdig: the foreign captures ($corpus) are not here; samples only"

set --
for f in "$corpus"/scap/*.scap "$corpus"/made/*/*.scap "$corpus"/recorded/*.scap \
    "$root"/samples/*.scap "$root"/build/interop/*.scap; do
    [ ! -f "$f" ] || set -- "$@" "$f"
done
if [ $# = 0 ]; then
    echo "SKIP sysdig: no scap file to compare"
    exit 77
fi
TZ=UTC LC_ALL=C.UTF-8 exec python3 "$here/sysdig_compare.py" "$scapfmt" "$root/schemas" "$@"
