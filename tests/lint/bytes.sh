#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Bytes of a file are read through the cursor: no cast of a byte pointer to something wider, in the
# library outside bytes/ and in the tools.
set -u
# shellcheck disable=SC2046 # names without blanks
grep -nE '\((const )?(u?int(16|32|64)_t|struct [a-z_]+) \*\) ?\(?(const void \*\))?(p|bytes|body|raw|data|payload|buf|base)\b' \
    $(git ls-files 'libscapfmt/*.[ch]' 'tools/*.[ch]' | grep -v '^libscapfmt/bytes/') && exit 1
exit 0
