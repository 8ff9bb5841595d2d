#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each file of code says its licence in its first lines. What goes into the kernel has another one.
set -u
rc=0
for f in $(git ls-files '*.c' '*.h' '*.sh' '*.py' '*.mk' '*.map' '*.xml' '*.xsd' '*.1' '*.5' '*.in' \
    Makefile .ci/run | grep -v '^fuzz/seeds/\|^fuzz/regress/\|^tests/data/\|^tests/cli/\|^samples/\|^schemas/bad/'); do
    case $f in
    *.bpf.[ch]) want='GPL-2.0-only OR MIT' ;;
    *) want=Apache-2.0 ;;
    esac
    head -n 4 "$f" | grep -q "SPDX-License-Identifier: $want" || { echo "$f"; rc=1; }
done
exit $rc
