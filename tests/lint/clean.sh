#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Building and testing leave nothing behind outside build/: what git sees is what it saw when
# `make check` began.
set -u
[ -f build/totals/status ] || { echo "only within make check"; exit 77; }
git status --porcelain --untracked-files=all >build/totals/status.now || exit 77
diff build/totals/status build/totals/status.now
