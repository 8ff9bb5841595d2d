#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Programs that people use, recorded and under strace -f: the same calls, arguments and results, thread
# by thread. Without randomness of addresses, as what programs ask memory for depends on them.
. tests/support/judge.sh
[ -x build/scapfmt-record ] || skip "there is no scapfmt-record (clang, libbpf)"
need strace python3
scapfmt record -q -o "$tmp/x" -- true 2>"$tmp/why" || skip "$(head -n 1 "$tmp/why")"
PATH=$root/build:/usr/bin:/bin
HOME=$tmp/home
GIT_AUTHOR_DATE='@1700000000 +0000' GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
PERL_HASH_SEED=0 PYTHONHASHSEED=0
export PATH HOME GIT_AUTHOR_DATE GIT_COMMITTER_DATE PERL_HASH_SEED PYTHONHASHSEED

tree() { # the same files for each run
    rm -rf "$tmp/run" && mkdir -p "$tmp/run/sub" && cd "$tmp/run" || exit 1
    printf 'c\nb\na\n' >words
    ln -s words link
    echo 'int main(void){return 0;}' >a.c
    printf 'all: a\na: a.c\n\tcp a.c a\n\tcat a\n' >Makefile
}
once() { # once NAME COMMAND...: run both ways and compare; the verdict is in $tmp/said
    name=$1
    shift
    tree
    timeout -k 5 120 scapfmt record -q --snaplen=4096 -o "$tmp/mine.scap" -- setarch -R "$@" >/dev/null 2>&1 </dev/null
    tree
    timeout -k 5 120 strace -f -ttt -s 4096 -o "$tmp/theirs.strace" setarch -R "$@" >/dev/null 2>&1 </dev/null
    cd "$root" || exit 1
    # How often malloc asks for more depends on what else is in memory: the zoo of record.sh has brk.
    scapfmt convert -q -t json --filter 'evt.type!=brk' "$tmp/mine.scap" >"$tmp/mine.json"
    scapfmt convert -q -t json --filter 'evt.type!=brk' "$tmp/theirs.strace" >"$tmp/theirs.json"
    python3 tests/interop/record_compare.py "$tmp/mine.json" "$tmp/theirs.json" "$name" >"$tmp/said"
    ! grep -q '^FAIL ' "$tmp/said"
}

# Two runs of a program are not always the same run (a name that chance made is taken, a signal
# comes earlier): what is wrong here is wrong each time.
one() {
    have "$2" || { echo "SKIP record_programs: $2 is not there"; return; }
    once "$@" || once "$@" || once "$@"
    cat "$tmp/said"
}
one sort sh -c 'sort words >x; sort -u x words | cat'
one find find . -type f -exec cat {} +
one make make
one git sh -c 'git init -q r && cd r && cp ../words . && git add words && git -c user.name=a -c user.email=b commit -q -m x && git status'
one vim vim -u NONE -es -c 'normal ohello' -c wq words
one sqlite sqlite3 x.db 'create table t(a); insert into t values(1),(2); select sum(a) from t;'
one perl perl -e 'use Socket; socketpair(A,B,AF_UNIX,SOCK_STREAM,0); syswrite(A,"hi"); sysread(B,$x,2); opendir(D,"."); print sort readdir D; rename "words","w2"; system("true")'
