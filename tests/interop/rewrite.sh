#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Rewriting a capture in its own format gives its bytes again; of a damaged one those before the
# damage. Equal bytes need no judge; packed by us, tshark and sysdig read them as the original.
. tests/support/judge.sh

plain() {
    case $(head -c 4 "$1" | od -An -tx1 | tr -d ' ') in
    1f8b*) gzip -dc "$1" 2>/dev/null ;;
    28b52ffd) zstd -dcq "$1" 2>/dev/null ;;
    *) cat "$1" ;;
    esac
}

kind() {
    case $(head -c 4 "$tmp/want" | od -An -tx1 | tr -d ' ') in
    0a0d0d0a) echo pcapng ;;
    a1b2c3d4 | d4c3b2a1 | a1b23c4d | 4d3cb2a1) echo pcap ;;
    a1b2cd34 | 34cdb2a1) echo pcap ;;
    *) echo none ;;
    esac
}

# Bytes in whole blocks, as we count them.
whole() {
    scapfmt info --json "$1" 2>/dev/null | jq -r '.ledger.bytes // empty' | head -n 1
}

identical=0 prefix=0 bytes=0
# rewrite FILE FORMAT: leaves the output in $tmp/out
rewrite() {
    rc=0
    rm -f "$tmp/out"
    scapfmt convert -q -t "$2" -o "$tmp/out" "$1" 2>"$tmp/error" || rc=$?
    if [ ! -f "$tmp/out" ]; then
        # Nothing could be read at all: then there is nothing to write.
        if [ "$rc" = 1 ]; then
            echo "PASS rewrite $1 to $2: refused: $(head -n 1 "$tmp/error" | sed 's/.*: offset/offset/' | cut -c1-60)"
        else
            echo "FAIL rewrite $1 to $2: no output, exit $rc"
        fi
        return
    fi
    if cmp -s "$tmp/want" "$tmp/out"; then
        identical=$((identical + 1))
        bytes=$((bytes + $(wc -c <"$tmp/out")))
        echo "PASS rewrite $1 to $2"
        return
    fi
    n=$(wc -c <"$tmp/out")
    head -c "$n" "$tmp/want" >"$tmp/first"
    if [ "$rc" = 1 ] && cmp -s "$tmp/first" "$tmp/out"; then
        told=$(whole "$1")
        if [ -n "$told" ] && [ "$told" != "$n" ]; then
            echo "FAIL rewrite $1 to $2: $n bytes, the ledger says $told"
        else
            prefix=$((prefix + 1))
            echo "PASS rewrite $1 to $2: the $n bytes before the damage"
        fi
    else
        echo "FAIL rewrite $1 to $2: exit $rc, $(cmp "$tmp/want" "$tmp/out" 2>&1)"
    fi
}

# The same words of both programs on the original and on what we wrote, as gzip members.
seen() { # FILE FORMAT
    rm -f "$tmp/out.gz" # damage inside a block makes the exit 1, the block is there all the same
    scapfmt convert -q -t "$2" -z gzip -o "$tmp/out.gz" "$1" 2>/dev/null
    gzip -dc "$tmp/out.gz" 2>/dev/null | cmp -s - "$tmp/want" || {
        echo "FAIL rewrite $1 packed: other bytes"
        return
    }
    if have tshark; then
        tshark -r "$1" -T fields -e frame.number -e frame.time_epoch -e frame.cap_len -e frame.len \
            -e frame.protocols >"$tmp/a" 2>/dev/null
        tshark -r "$tmp/out.gz" -T fields -e frame.number -e frame.time_epoch -e frame.cap_len \
            -e frame.len -e frame.protocols >"$tmp/b" 2>/dev/null
        if cmp -s "$tmp/a" "$tmp/b"; then
            echo "PASS tshark reads $1 rewritten: $(wc -l <"$tmp/a") frames"
        else
            echo "FAIL tshark reads $1 rewritten: $(cmp "$tmp/a" "$tmp/b" 2>&1)"
        fi
    else
        echo "SKIP tshark on $1: it is not there"
    fi
    case $1 in *.scap*) ;; *) return ;; esac
    if have sysdig; then
        format='%evt.num %evt.rawtime %evt.cpu %thread.tid %evt.dir %evt.type %evt.args'
        sysdig -r "$1" -p "$format" >"$tmp/a" 2>/dev/null
        sysdig -r "$tmp/out.gz" -p "$format" >"$tmp/b" 2>/dev/null
        if cmp -s "$tmp/a" "$tmp/b"; then
            echo "PASS sysdig reads $1 rewritten: $(wc -l <"$tmp/a") lines"
        else
            echo "FAIL sysdig reads $1 rewritten: $(cmp "$tmp/a" "$tmp/b" 2>&1)"
        fi
    else
        echo "SKIP sysdig on $1: it is not there"
    fi
}

files=0
for dir in samples "$corpus/scap" "$corpus/recorded" "$corpus/made" "$corpus/mixed" \
    "$corpus/pcapng" "$corpus/pcap"; do
    there "$dir" || continue
    find "$dir" -type f | grep -E '\.(scap|pcapng|ntar|pcap|cap)(\.gz|\.zst)?$' | LC_ALL=C sort >"$tmp/list"
    while read -r f; do
        case $f in
        *.zst) have zstd || { echo "SKIP rewrite $f: no zstd"; continue; } ;;
        esac
        plain "$f" >"$tmp/want"
        case $(kind) in
        pcapng)
            rewrite "$f" scap
            rewrite "$f" pcapng
            ;;
        pcap) rewrite "$f" pcap ;;
        none) rewrite "$f" pcapng ;;
        esac
        files=$((files + 1))
        # Asking the judges takes long: every twenty-fourth, and all of samples/ that are plain.
        [ -f "$tmp/out" ] && cmp -s "$tmp/want" "$tmp/out" || continue
        case $f in
        samples/*.gz | samples/*.zst) ;;
        samples/*) seen "$f" "$(kind)" ;;
        *) [ $((files % 24)) != 0 ] || seen "$f" "$(kind)" ;;
        esac
    done <"$tmp/list"
done
echo "    rewrite: $files captures; $identical rewrites identical ($bytes bytes), $prefix up to the damage"
