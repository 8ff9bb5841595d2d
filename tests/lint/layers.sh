#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Includes never point upward: a file of libscapfmt/ takes from its own folder and the floors below,
# a tool from the public headers and its own folder. libxml2 lives in xml/ and where XML is converted.
set -u
awk '
    BEGIN {
        # base lies under bytes; the two together are the first floor of the house
        n = split("base 1 bytes 2 schema 3 io 3 block 4 event 5 stream 6 state 6 " \
                  "render 7 filter 8 check 8 transform 8 xml 9", words, " ")
        for (i = 1; i < n; i += 2) floor[words[i]] = words[i + 1]
    }
    FNR == 1 {
        split(FILENAME, path, "/")
        lib = path[1] == "libscapfmt" && path[3] != ""
        own = lib ? path[2] : path[1]
        if (lib && !(own in floor)) { print FILENAME ": no floor is called " own; bad = 1 }
    }
    /^[ \t]*#[ \t]*include[ \t]*<libxml/ && own != "xml" \
        && FILENAME !~ /^tools\/convert\/pm_xml\.c$/ {
        print FILENAME ":" FNR ": libxml2 lives in xml/ only"; bad = 1
    }
    /^[ \t]*#[ \t]*include[ \t]*"/ {
        name = $0; sub(/^[^"]*"/, "", name); sub(/".*/, "", name)
        if (name ~ /^scapfmt(-[a-z]+)?\.h$/) next
        k = split(name, to, "/")
        if (own == "tools") {
            if (k > 1 && (to[1] in floor)) {
                print FILENAME ":" FNR ": a tool sees the public headers only, not " name; bad = 1
            }
        } else if (lib && k > 1 && (to[1] in floor)) {
            if (to[1] != own && floor[to[1]] >= floor[own]) {
                print FILENAME ":" FNR ": " own " may not include " name; bad = 1
            }
        } else if (lib) {
            print FILENAME ":" FNR ": include by folder: " name; bad = 1
        }
    }
    END { exit bad }
' $(git ls-files 'libscapfmt/*.[ch]' 'tools/*.[ch]')
