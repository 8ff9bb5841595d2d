#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# install.sh MAKE - install into a folder of its own and use what lies there: the example of the
# README as C and as C++, shared and static; then uninstall.
set -u
make="$1 --no-print-directory"
stage=$(pwd)/build/stage
work=build/stage.work
rm -rf "$stage" "$work"
mkdir -p "$work" build/totals
passed=0 failed=0

check() { # check WHAT COMMAND...
    what=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL install: $what"
        head -n 20 "$work/log" | sed 's/^/    /'
    fi
}
pc() { PKG_CONFIG_SYSROOT_DIR=$stage PKG_CONFIG_PATH=$stage/usr/lib/pkgconfig pkg-config "$@"; }
example() { LD_LIBRARY_PATH=$stage/usr/lib "$work/$1" samples/http.scap >"$work/$1.out"; }
same_events() { # as many lines as the program prints, and its first event
    [ -s "$work/$1.out" ] &&
        [ "$(wc -l <"$work/$1.out")" = "$("$stage/usr/bin/scapfmt" print samples/http.scap | wc -l)" ]
}
soname() { readelf -d "$stage/usr/lib/libscapfmt.so" | grep -q 'SONAME.*libscapfmt\.so\.[0-9]*\]'; }
nothing_left() { [ -z "$(find "$stage" ! -type d)" ] || { find "$stage" ! -type d; false; }; }

# shellcheck disable=SC2086 # the make command may have words
check "make install" $make install DESTDIR="$stage" PREFIX=/usr
sed -n '/^```c$/,/^```$/{/^```/d;p}' README.md >"$work/example.c"
check "README has an example" test -s "$work/example.c"
cp "$work/example.c" "$work/example.cc"
# shellcheck disable=SC2046 # flags are words
{
    check "example in C" gcc -std=c11 -Wall -Wextra -Werror $(pc --cflags scapfmt) \
        -o "$work/shared" "$work/example.c" $(pc --libs scapfmt)
    check "example in C++" g++ -std=c++11 -Wall -Wextra -Werror $(pc --cflags scapfmt) \
        -o "$work/cpp" "$work/example.cc" $(pc --libs scapfmt)
    check "example, static" gcc -std=c11 $(pc --cflags scapfmt) -o "$work/static" \
        "$work/example.c" "$stage/usr/lib/libscapfmt.a" -lz -lzstd
    check "a program with the XML loader links" sh -c "
        printf '#include <scapfmt-xml.h>\nint main(void) { scapf_schema_free(NULL); return 0; }\n' |
        gcc -x c $(pc --cflags scapfmt-xml) -o $work/xml - $(pc --libs scapfmt-xml)"
}
for how in shared cpp static; do
    check "$how example runs" example "$how"
    check "$how example shows the events" same_events "$how"
done
check "shared library has a soname" soname
check "installed program runs" "$stage/usr/bin/scapfmt" --version
check "manual page of the program" test -s "$stage/usr/share/man/man1/scapfmt.1"
check "completion is shell" bash -n "$stage/usr/share/bash-completion/completions/scapfmt"
# shellcheck disable=SC2086
check "make uninstall" $make uninstall DESTDIR="$stage" PREFIX=/usr
check "make uninstall leaves nothing" nothing_left
rm -rf "$stage" "$work"
echo "$passed $failed 0" >build/totals/install
echo "install: $passed passed, $failed failed"
[ "$failed" = 0 ]
