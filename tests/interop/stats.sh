#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# stats.sh - sysdig 0.29.3 as judge of stats: the same sums as its chisels, see stats_compare.py.
# Run by tests/support/interop.sh; CORPUS names another place of the foreign captures.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
corpus=${CORPUS:-$root/../shared/corpus}

skip() {
    echo "SKIP stats: $1"
    exit 0
}

command -v sysdig >/dev/null 2>&1 || skip "the judge is not installed (package sysdig)"
command -v python3 >/dev/null 2>&1 || skip "python3 is not installed"
version=$(sysdig --version 2>/dev/null)
case $version in
*' 0.29.'*) ;;
*) skip "what it does otherwise is written down for 0.29, this is: $version" ;;
esac
[ -d "$corpus" ] || echo "SKIP stats: the foreign captures are not there ($corpus)"

set --
for f in "$corpus"/scap/*.scap; do
    [ ! -f "$f" ] || set -- "$@" "$f"
done
export TZ=UTC LC_ALL=C.UTF-8
[ $# -gt 0 ] || exit 0
exec python3 "$here/stats_compare.py" scapfmt "$@"
