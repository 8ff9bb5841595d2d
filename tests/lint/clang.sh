#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The second compiler has no warnings either.
set -u
command -v clang >/dev/null 2>&1 || { echo "clang is not there"; exit 77; }
rc=0
for f in $(git ls-files 'libscapfmt/*.c' 'tools/*.c' 'fuzz/*.c'); do
    clang -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
        -Wmissing-prototypes -Wvla -Wswitch-enum -Wformat=2 -Wundef -Werror -D_GNU_SOURCE \
        -Ilibscapfmt -Itests $(pkg-config --cflags libxml-2.0) -fsyntax-only "$f" || rc=1
done
exit $rc
