#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# filter.sh - sysdig 0.29.3 as judge of --filter: both select the same events, see filter_compare.py.
# Run by tests/support/interop.sh; CORPUS names another place of the foreign captures. ALL=1 asks
# every capture there (a quarter of an hour), else a few that differ in age and content.
. tests/support/judge.sh


need_sysdig
there "$corpus"

set --
for f in "$corpus"/scap/*.scap; do
    case ${ALL:-0}$f in
    1* | *cat_write.scap | *http_syscalls.scap | *tcp-client-server.scap | *nginx.scap | *curl_google.scap) ;;
    *) continue ;;
    esac
    [ ! -f "$f" ] || set -- "$@" "$f"
done
export TZ=UTC LC_ALL=C.UTF-8
[ $# -gt 0 ] || exit 0
python3 tests/interop/filter_compare.py scapfmt "$@"
