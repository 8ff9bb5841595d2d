#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fields.sh - sysdig 0.29.3 as judge of the fields of the filter language, see fields_compare.py.
# Run by tests/support/interop.sh; CORPUS names another place of the foreign captures. ALL=1 asks
# every capture there, else a few that differ in age and content.
. tests/support/judge.sh

need_sysdig
there "$corpus"

python3 tests/interop/odd_capture.py schemas "$tmp/odd.scap" "$tmp/generic.scap" || exit 1
set -- "$tmp/generic.scap"
for f in "$corpus"/scap/*.scap "$corpus"/recorded/*.scap; do
    case ${ALL:-0}$f in
    1* | *http_syscalls.scap | *single_ipv6_conn.scap | *curl_google.scap) ;;
    *) continue ;;
    esac
    [ ! -f "$f" ] || set -- "$@" "$f"
done
export TZ=UTC LC_ALL=C.UTF-8
python3 tests/interop/fields_compare.py "${SCAPFMT:-scapfmt}" "$@"
