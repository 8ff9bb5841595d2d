#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Layout as .clang-format says. Other versions than 14 lay out some things in another way.
set -u
command -v clang-format >/dev/null 2>&1 || { echo "clang-format is not there"; exit 77; }
case $(clang-format --version) in
*"version 14."*) ;;
*) echo "clang-format is not version 14"; exit 77 ;;
esac
# shellcheck disable=SC2046 # names without blanks
clang-format --dry-run -Werror $(git ls-files '*.c' '*.h') 2>&1 | grep -E 'error|warning' && exit 1
exit 0
