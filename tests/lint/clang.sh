#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The second compiler has no warnings either.
set -u
command -v clang >/dev/null 2>&1 || { echo "clang is not there"; exit 77; }
rc=0
pkg-config --exists libbpf && bpf=1 || bpf=
for f in $(git ls-files 'libscapfmt/*.c' 'tools/*.c' 'fuzz/*.c'); do
    case $f in
    *.bpf.c) continue ;; # for another machine: clang builds it anyway
    tools/record/probe.c) [ -n "$bpf" ] || continue ;;
    esac
    clang -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
        -Wmissing-prototypes -Wvla -Wswitch-enum -Wformat=2 -Wundef -Werror -D_GNU_SOURCE \
        -Ilibscapfmt -Itests $(pkg-config --cflags libxml-2.0) -fsyntax-only "$f" || rc=1
done
exit $rc
