#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Functions that have a safe sister. In the library also everything that prints or exits.
set -u
rc=0
# shellcheck disable=SC2046 # names without blanks
grep -nE '\b(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atoll|alloca|gets|tmpnam|mktemp)\(' \
    $(git ls-files 'libscapfmt/*.[ch]' 'tools/*.[ch]' 'fuzz/*.[ch]') && rc=1
# shellcheck disable=SC2046
grep -nE '\b(printf|fprintf|puts|fputs|putchar|perror|exit|_exit|setlocale|signal)\(' \
    $(git ls-files 'libscapfmt/*.[ch]' | grep -v '^libscapfmt/xml/schemagen') |
    grep -vE ':[0-9]+: *(/\*|\*)' && rc=1
exit $rc
