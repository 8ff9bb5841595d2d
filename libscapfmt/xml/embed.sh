#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# embed.sh NAME FILE - print C source with the bytes of FILE as `NAME` and `NAME_len`.
set -eu

name=$1
file=$2

printf '/* Generated from %s. */\n' "$(basename "$file")"
printf '#include <stddef.h>\n\n'
printf 'extern const unsigned char %s[];\nextern const size_t %s_len;\n\n' "$name" "$name"
printf 'const unsigned char %s[] = {\n' "$name"
od -A n -t x1 -v "$file" | sed 's/ *\([0-9a-f][0-9a-f]\)/0x\1,/g'
printf '};\n\nconst size_t %s_len = sizeof(%s);\n' "$name" "$name"
