#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Hard stops: functions 80 lines, files 700 (unit tests 1000, since a module has one test file),
# lines 100 characters. Tables between "clang-format off" and "on" may be wider.
set -u
# shellcheck disable=SC2046 # names without blanks
LC_ALL=C awk '
    FNR == 1 { off = 0; start = 0 }
    /clang-format off/ { off = 1 }
    /clang-format on/ { off = 0 }
    length($0) > 100 && !off {
        # a character is not a byte
        line = $0; gsub(/[\200-\277]/, "", line)
        if (length(line) > 100) { print FILENAME ":" FNR ": line of " length(line); bad = 1 }
    }
    /^{/ { start = FNR }
    /^}/ && start {
        if (FNR - start + 1 > 80) {
            print FILENAME ":" start ": function of " FNR - start + 1 " lines"; bad = 1
        }
        start = 0
    }
    { lines[FILENAME] = FNR }
    END {
        for (f in lines) {
            limit = f ~ /^tests\/unit/ ? 1000 : 700
            if (lines[f] > limit) { print f ": " lines[f] " lines"; bad = 1 }
        }
        exit bad
    }
' $(git ls-files '*.c' '*.h')
