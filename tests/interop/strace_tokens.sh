#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every strace log of the corpus becomes items: a line with the counts for each folder. The bar: no
# line of a log that strace wrote alone is left unread; other tools' logs are refused by name.
. tests/support/judge.sh
corpus=$corpus/strace
there "$corpus" || exit 0

# Sum up what strace_items says about the files of a folder.
sums() {
    awk '{
        for (i = 2; i < NF; i++) if ($i ~ /^[a-z]+$/ && $(i + 1) ~ /^[0-9]+$/) sum[$i] += $(i + 1)
        refused += / refused: /
    }
    END {
        printf "%d logs, %d lines, %d calls, %d unread, %d foreign, %d raw, %d orphans", \
            NR - refused, sum["lines"], sum["call"], sum["unread"], sum["foreign"], sum["raw"], \
            sum["orphans"]
    }'
}

for dir in gen gen-4.8 gen-4.26 gen-7.2 strace-tests/self-printed real; do
    if ! [ -d "$corpus/$dir" ]; then
        echo "SKIP strace_tokens $dir: it is not there"
        continue
    fi
    find "$corpus/$dir" -type f ! -name '*.tsv' ! -name '*.md' | LC_ALL=C sort |
        xargs -d '\n' strace_items -u >"$tmp/out" 2>"$tmp/err" || {
        echo "FAIL strace_tokens $dir: $(head -n 1 "$tmp/err")"
        continue
    }
    grep '	' "$tmp/out" >"$tmp/counts"
    said=$(sums <"$tmp/counts")
    unread=$(grep -cv '	' "$tmp/out")
    lines=$(awk '{ for (i = 2; i < NF; i++) if ($i == "lines") n += $(i + 1) } END { print n + 0 }' \
        "$tmp/counts")
    # Real logs hold cut ends, shell prompts and, once, a line an old strace got wrong.
    allowed=0
    [ "$dir" = real ] && allowed=$((lines / 1000))
    if [ "$unread" -le "$allowed" ] && [ "$lines" -gt 0 ]; then
        echo "PASS strace_tokens $dir"
        echo "    $said"
    else
        echo "FAIL strace_tokens $dir: $said"
        grep -v '	' "$tmp/out" | head -n 5 | cut -c1-200 | sed 's/^/    /'
    fi
done

for pair in ltrace-S.txt:ltrace perf-trace.txt:perf truss-freebsd__anton2920__rant.txt:truss; do
    f=$corpus/other/${pair%%:*}
    [ -f "$f" ] || { echo "SKIP strace_tokens ${pair%%:*}: it is not there"; continue; }
    if strace_items "$f" | grep -q "refused: .*${pair##*:}"; then
        echo "PASS strace_tokens ${pair%%:*} is refused by name"
    else
        echo "FAIL strace_tokens ${pair%%:*}: it is not refused as ${pair##*:}"
    fi
done

# The same program under the strace that is installed, straight to stderr with its own output. Where
# that cuts a line twice is chance: once in three runs all has to be read.
need_tracing
all_is_read() {
    # shellcheck disable=SC2086 # options are words
    strace $1 sh -c 'echo one; printf two; ls /nope; (echo three; exit 3) | cat; echo four' \
        >"$tmp/live" 2>&1 </dev/null
    strace_items -u "$tmp/live" | awk -F '\t' 'NF < 2 { bad = 1 } / call [1-9]/ { calls = 1 }
        END { exit bad || !calls }'
}
run() {
    if all_is_read "$1" || all_is_read "$1" || all_is_read "$1"; then
        echo "PASS strace_tokens live strace $1"
    else
        echo "FAIL strace_tokens live strace $1"
        strace_items -u "$tmp/live" | head -n 3 | cut -c1-200 | sed 's/^/    /'
    fi
}
for options in -q -f '-f -tt -T' '-f -ttt -yy -s 4096 -v' '-f -r -y -i -n' '-f -Y -xx' '-f -k' \
    '-f -X verbose' '-f -X raw' '-z -f' '-e read=all -e write=all -f' '-C -f'; do
    run "$options"
done
