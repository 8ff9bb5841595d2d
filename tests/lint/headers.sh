#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each header compiles alone; the public ones also as C++ and as C99, without warnings.
set -u
rc=0
for h in $(git ls-files 'libscapfmt/*.h' 'tools/*.h' 'tests/support/*.h' ':!*.bpf.h'); do
    gcc -std=c11 -Wall -Wextra -Wno-unused -Werror -D_GNU_SOURCE -Ilibscapfmt -Itests -Itools $(pkg-config --cflags libxml-2.0) \
        -fsyntax-only -x c "$h" 2>&1 | grep -v 'pragma once' | grep -E 'error|warning' && rc=1
done
for h in libscapfmt/scapfmt*.h; do
    gcc -std=c99 -Wall -Wextra -Wpedantic -Werror -Ilibscapfmt -fsyntax-only -x c "$h" || rc=1
    g++ -std=c++11 -Wall -Wextra -Wpedantic -Werror -Ilibscapfmt -fsyntax-only -x c++ "$h" || rc=1
done
exit $rc
