#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The second compiler has no warnings either.
set -u
command -v clang >/dev/null 2>&1 || { echo "clang is not there"; exit 77; }
pkg-config --exists libbpf && bpf=1 || bpf=
for f in $(git ls-files 'libscapfmt/*.c' 'tools/*.c' 'fuzz/*.c'); do
    case $f in
    *.bpf.c) continue ;; # for another machine: clang builds it anyway
    tools/record/probe.c) [ -n "$bpf" ] || continue ;;
    esac
    echo "$f"
done | xargs -n 8 -P "$(nproc 2>/dev/null || echo 1)" clang -std=c11 -Wall -Wextra -Wpedantic \
    -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wswitch-enum -Wformat=2 \
    -Wundef -Werror -D_GNU_SOURCE -Ilibscapfmt -Itests $(pkg-config --cflags libxml-2.0) -fsyntax-only
