#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What is recorded is what strace sees, nothing is lost in silence, and other programs read it. Only
# processes that this script starts are traced. RECORD_SHORT and RECORD_FORKS: how many short
# commands and children (200 and 2000), RECORD_KILLS: how often the recorder is killed (8).
. tests/support/judge.sh
[ -x build/scapfmt-record ] || { echo "SKIP record: there is no scapfmt-record (clang, libbpf)"; exit 0; }
record() { timeout -k 5 120 scapfmt record "$@"; }
if ! record -q -o "$tmp/x" -- true 2>"$tmp/why"; then
    echo "SKIP record: $(head -n 1 "$tmp/why")"
    exit 0
fi

pass() { echo "PASS record: $*"; }
fail() { echo "FAIL record: $1"; shift; printf '    %s\n' "$@"; }
# same WHAT WANT GOT
same() { if [ "$2" = "$3" ]; then pass "$1"; else fail "$1: '$3' instead of '$2'"; fi; }
build() { gcc -O1 -D_GNU_SOURCE -o "$tmp/$1" "tests/interop/$1.c" -lpthread || exit 1; }
# Nothing but the event that ends the recording may speak of losses.
lossless() { scapfmt convert -q -t json "$1" | tail -n 1 | grep -q 'lost_ring_full=0 lost_no_memory=0 threads_not_recorded=0 nested_runs_left_out=0 malformed=0'; }
valid() {
    scapfmt validate "$2" >"$tmp/findings" 2>&1
    if grep -q ' valid: 0 errors, 0 warnings' "$tmp/findings"; then
        pass "$1: no findings"
    else
        fail "$1: findings" "$(head -n 3 "$tmp/findings")"
    fi
}
# await -s|-e FILE: until it is so, ten seconds at most
await() {
    tries=0
    while [ $tries -lt 100 ] && ! [ "$1" "$2" ]; do sleep 0.1; tries=$((tries + 1)); done
}
# counts of exit events by name
count() { scapfmt print -q -c type,dir,args "$1" | grep -c "$2"; }

# ---------------------------------------------------------------- strace as oracle

build record_calls
if have strace; then
    mkdir "$tmp/run"
    (cd "$tmp/run" && record -q -o "$tmp/calls.scap" -- "$tmp/record_calls")
    rm -rf "$tmp/run" && mkdir "$tmp/run"
    (cd "$tmp/run" && strace -f -ttt -s 80 -o "$tmp/calls.strace" "$tmp/record_calls")
    scapfmt convert -q -t json "$tmp/calls.scap" >"$tmp/mine.json"
    scapfmt convert -q -t json "$tmp/calls.strace" >"$tmp/theirs.json"
    python3 tests/interop/record_compare.py "$tmp/mine.json" "$tmp/theirs.json"
else
    echo "SKIP record: strace is not there"
    (cd "$tmp" && record -q -o "$tmp/calls.scap" -- "$tmp/record_calls")
fi

# ---------------------------------------------------------------- readers

mkdir -p "$tmp/out"
for how in '--compat=both' '--compat=both --enter=off' '--compat=current' '--compat=current --enter=off' \
    '--env --signals --switches --snaplen=1000' '--snaplen=0'; do
    rm -rf "$tmp/run" && mkdir "$tmp/run"
    # shellcheck disable=SC2086 # how is a list
    (cd "$tmp/run" && record -q -o "$tmp/out.scap" $how -- "$tmp/record_calls")
    valid "calls with $how" "$tmp/out.scap"
    case $how in --compat=current*) continue ;; esac
    have sysdig || continue
    sysdig -r "$tmp/out.scap" -p '%evt.num' >"$tmp/sysdig" 2>"$tmp/why"
    rc=$?
    if [ $rc = 0 ] && [ -s "$tmp/sysdig" ]; then pass "sysdig reads $how"; else fail "sysdig reads $how: exit $rc" "$(head -n 2 "$tmp/why")"; fi
done
if have sysdig; then # it dies of the end of an execveat() whose beginning it has seen
    record -q -o "$tmp/at.scap" -- python3 -c 'import os; os.execve(os.open("/bin/true", 0), ["prog"], {})'
    same "sysdig reads what was started by a descriptor" 1 "$(sysdig -r "$tmp/at.scap" -p '%evt.type %evt.args' 'evt.dir=<' 2>"$tmp/why" | grep -c '^execveat res=0 exe=prog')"
    same "and goes on to its end" 1 "$(sysdig -r "$tmp/at.scap" -p '%evt.type' 2>"$tmp/why" | tail -n 1 | grep -c notification)"
fi
if have tshark; then
    mine=$(scapfmt print -q "$tmp/calls.scap" | wc -l)
    same "tshark counts the events" "$mine" "$(tshark -r "$tmp/calls.scap" 2>/dev/null | wc -l)"
fi
for z in gzip zstd; do
    record -q -z $z -o "$tmp/packed" -- true
    valid "packed with $z" "$tmp/packed"
done
scapfmt convert -q -t json "$tmp/calls.scap" >"$tmp/mine.json"
same "the names of all processes are known" 0 \
    "$(jq -c 'select(.kind == "event" and .tid >= 0 and (.thread.comm == null))' "$tmp/mine.json" | wc -l)"
same "directory entries are there" true \
    "$(jq -c 'select(.entries != null) | .entries | map(.name) | contains(["soft"])' "$tmp/mine.json" | head -n 1)"

# The path of a pair of unix sockets is that of the end it goes to, or of the one that has a name.
build record_unix
mkdir "$tmp/unix"
(cd "$tmp/unix" && record -q -o "$tmp/unix.scap" -- "$tmp/record_unix")
valid "unix sockets" "$tmp/unix.scap"
scapfmt convert -q -t json "$tmp/unix.scap" | jq -r 'select(.dir == "exit" and (.args.tuple.path != null) and (.event | test("^(sendto|recvfrom)$"))) | "\(.event) \(.args.data.text) \(.args.tuple.path) \(.fd.name)"' | sed 's/from \|to / /' >"$tmp/got"
for ends in 'server client' 'abs/server abs/client'; do
    to=${ends% *} from=${ends#* }
    printf '%s\n' "send one $to $to" "recv one $to $to" "send two $from $from" "recv two $from $from" \
        "send three $to $to" "recv three $to $to"
done >"$tmp/want"
for to in stream packets; do
    printf '%s\n' "send four $to $to" "recv four $to $to" "send five $to $to" "recv five $to $to"
done >>"$tmp/want"
same "paths of unix sockets" "" "$(diff "$tmp/want" "$tmp/got")"
want='read /etc/passwd file read /etc directory read null pipe read taken unix '
same "descriptors that a message brought" "$want" \
    "$(scapfmt convert -q -t json "$tmp/unix.scap" | jq -r 'select(.dir == "exit" and .event == "read" and .args.size == 0) | "\(.event) \(.fd.name | if . == "" then null else . end | if . != null then sub(".* "; "") else . end) \(.fd.type)"' | tr '\n' ' ')"
if have sysdig; then
    same "sysdig knows them too" "f /etc/passwd d /etc p  u taken " \
        "$(sysdig -r "$tmp/unix.scap" -p '%fd.typechar %fd.name' 'evt.type=read and evt.dir=> and evt.rawarg.size=0' 2>"$tmp/why" | sed 's/ .* / /' | tr '\n' ' ')"
fi

# ---------------------------------------------------------------- commands

record -q -o "$tmp/x" -- sh -c 'exit 7'
same "the exit status is passed on" 7 $?
record -q -o "$tmp/x" -- sh -c 'kill -TERM $$' 2>/dev/null
same "the signal that ended it is passed on" 143 $?
record -q -o "$tmp/x" -- /nonexistent/program 2>"$tmp/why"
same "a command that is not there" 127 $?
record -q -o "$tmp/no" -- nonexistent_program 2>"$tmp/why"
same "a command that is nowhere in PATH" "127 no" "$? $([ -e "$tmp/no" ] && echo yes || echo no)"
record -q -o "$tmp/no" -- ./nonexistent/program 2>"$tmp/why"
same "a path that leads nowhere" "127 no" "$? $([ -e "$tmp/no" ] && echo yes || echo no)"
record -q -o "$tmp/no" -- /etc/passwd 2>"$tmp/why"
same "a command that may not be run" "126 no" "$? $([ -e "$tmp/no" ] && echo yes || echo no)"
record -q -o "$tmp/x" -p 2147483647 2>"$tmp/why"
same "a process that is not there" "3 scapfmt: record: there is no process 2147483647" "$? $(cat "$tmp/why")"
# The output is opened before the command runs, and stays as it is until recording begins.
for how in '' '-t json' '-t text' '--rotate=size=1M'; do
    # shellcheck disable=SC2086 # how is a list
    record -q -o "$tmp/no/such/folder" $how -- touch "$tmp/ran" 2>"$tmp/why"
    same "$how: an output that cannot be opened is said once, and nothing is run" "3 1 no" \
        "$? $(grep -c 'cannot be opened' "$tmp/why") $([ -e "$tmp/ran" ] && echo yes || echo no)"
done
gcc -O1 -D_GNU_SOURCE -shared -fPIC -o "$tmp/refused.so" tests/interop/record_refused.c || exit 1
mkdir "$tmp/old"
head -c 8388608 /dev/zero | tr '\0' k >"$tmp/old/kept"
cp "$tmp/old/kept" "$tmp/old/kept-0001"
cp -r "$tmp/old" "$tmp/olds"
for how in '' '-z gzip' '-t json' '-t text' '--rotate=size=1M'; do
    # shellcheck disable=SC2086 # how is a list
    LD_PRELOAD=$tmp/refused.so timeout -k 5 120 scapfmt-record -q -o "$tmp/old/kept" $how -- touch "$tmp/ran" 2>"$tmp/why"
    same "$how: recording is refused" "3 1 no" "$? $(grep -c 'cannot be attached' "$tmp/why") $([ -e "$tmp/ran" ] && echo yes || echo no)"
    same "$how: the output is as it was" "" "$(diff -rq "$tmp/olds" "$tmp/old")"
done
record -q -o "$tmp/old/kept" -- true
scapfmt validate -q "$tmp/old/kept" >"$tmp/why"
same "a longer file gives way to a recording" 0 $?
record -q -o "$tmp/old/kept" --rotate=size=1M -- true
scapfmt validate -q "$tmp/old/kept-0001" >"$tmp/why"
same "so does one that has its turn" 0 $?
rm -r "$tmp/old" "$tmp/olds"
build record_clock
record -q -o "$tmp/clock.scap" -- "$tmp/record_clock" 2000 >"$tmp/clock"
scapfmt convert -q -t json "$tmp/clock.scap" | jq -r 'select(.event == "getppid" or (.event == "syscall" and .args.ID.name == "getppid")) | .ts' | paste - - | paste - "$tmp/clock" |
    awk 'function ns(t) { return substr(t, 5) + 0 }
        { n++; bad += NF != 4 || ns($1) < ns($3) - 1000 || ns($2) < ns($1) || ns($2) > ns($4) + 1000 }
        END { print n, bad + 0 }' >"$tmp/judged"
same "2000 calls are between the wall clock before and after them, within 1 us" "2000 0" "$(cat "$tmp/judged")"
gcc -O1 -shared -fPIC -o "$tmp/step.so" tests/interop/record_step.c || exit 1
LD_PRELOAD=$tmp/step.so scapfmt-record -q -o "$tmp/step.scap" -- env -u LD_PRELOAD sh -c 'sleep 1.3; sleep 0.1'
scapfmt convert -q -t json "$tmp/step.scap" >"$tmp/step.json"
case $(jq -r 'select(.event == "notification" and .args.id == "scapfmt.clock") | .args.desc' "$tmp/step.json") in
"the wall clock was set by +5000000"[0-9]*" ns" | "the wall clock was set by +4999999"[0-9]*" ns") pass "the clock is set: said" ;;
*) fail "the clock is set: nobody says so" ;;
esac
same "the clock is set: later events have its time" 6 \
    "$(jq -s 'map(select(.kind == "event") | .ts | tonumber / 1e9) | .[-1] - .[0] | floor' "$tmp/step.json")"
valid "the clock is set" "$tmp/step.scap"
same "the first event is the execve" '> execve' "$(scapfmt print -q -c dir,type "$tmp/x" | head -n 1)"

n=${RECORD_SHORT:-200}
record -q -o "$tmp/short.scap" -- sh -c "i=0; while [ \$i -lt $n ]; do /bin/true; i=\$((i+1)); done"
scapfmt print -q -c proc,dir,type,args "$tmp/short.scap" >"$tmp/short"
same "$n short commands begin with execve" "$n" "$(grep -c '^true < execve res=0 ' "$tmp/short")"
same "$n short commands end with exit_group" "$n" "$(grep -c '^true > exit_group' "$tmp/short")"
same "$n short commands end" "$n" "$(grep -c '^true > procexit' "$tmp/short")"
if lossless "$tmp/short.scap"; then pass "short commands: none lost"; else fail "short commands: losses"; fi

n=${RECORD_FORKS:-2000}
build record_forks
record -q -o "$tmp/forks.scap" -- "$tmp/record_forks" "$n"
same "$n children of a fork bomb" "$n" "$(count "$tmp/forks.scap" '^fork < res=0 ')"
same "$n children end" "$((n + 1))" "$(count "$tmp/forks.scap" '^procexit >')"
if lossless "$tmp/forks.scap"; then pass "fork bomb: none lost"; else fail "fork bomb: losses"; fi

scapfmt convert -q -t json "$tmp/forks.scap" | jq -r 'select(.kind == "event") | .ts' >"$tmp/times"
if sort -n -c "$tmp/times" 2>"$tmp/why"; then pass "events of all processors are in order"; else fail "not in order" "$(cat "$tmp/why")"; fi

# Its beginning is told while it is under way: the others' events need not wait for it.
record -o "$tmp/long.scap" -- sh -c 'dd if=/dev/urandom of=/dev/null bs=100M count=1 & dd if=/dev/zero of=/dev/null bs=1 count=10000; wait' 2>"$tmp/why"
scapfmt convert -q -t json "$tmp/long.scap" | jq -r 'select(.kind == "event") | "\(.ts) \(.tid) \(.dir) \(.event)"' >"$tmp/long"
if sort -n -s -c -k1,1 "$tmp/long" 2>"$tmp/why2" && lossless "$tmp/long.scap"; then pass "a call that takes long: all in order, none lost"; else fail "a call that takes long" "$(cat "$tmp/why2")" "$(grep LOST "$tmp/why")"; fi
same "no beginning without its end" 0 "$(awk '$2 < 0 || $4 ~ /^(procexit|exit_group|clone|v?fork|execve)$/ { next }
    { n[$2] += $3 == "enter" ? 1 : -1; bad += n[$2] < 0 || n[$2] > 1 } END { print bad + 0 }' "$tmp/long")"

gcc -O1 -D_GNU_SOURCE -no-pie -o "$tmp/record_i386" tests/interop/record_i386.c || exit 1
record -q -o "$tmp/i386.scap" -- "$tmp/record_i386" >/dev/null
same "calls of i386 have their arguments" "/bin/true hello hello /bin/true /bin/true true hello" \
    "$(scapfmt convert -q -t json "$tmp/i386.scap" | jq -r 'select(.dir == "exit") | if .event == "open" then .args.name elif .event == "write" or .event == "writev" then .args.data.text elif .event == "execve" and .thread.comm == "true" then .thread.comm, (.thread.args | join(" ")) else empty end' | tr '\n' ' ' | sed 's/ $//')"
same "int 0x80 is told by the name it has there" "> getpid < getpid" \
    "$(scapfmt print -q -c dir,type "$tmp/i386.scap" | grep getpid | tr '\n' ' ' | sed 's/ $//')"
same "and when they lie in two registers, in memory, in pages" "pread 1 pread 4294967301 mmap 8192 socketpair 0 sendmsg hello recvmsg hello sendto hell connect /nonexistent/socket semget 5CA9 semop -1" \
    "$(scapfmt print -q -c dir,type,args "$tmp/i386.scap" | sed -n 's/^< \(pread\) .* size=3 pos=\([0-9]*\)$/\1 \2/p; s/^< \(mmap\) .* length=4096 .* offset=\(8192\)$/\1 \2/p; s/^< \(socketpair\) res=\(0\) .* source=[1-9A-F][0-9A-F]* .*/\1 \2/p; s/^< \(sendmsg\|recvmsg\|sendto\) .*data=\([a-z]*\) .*/\1 \2/p; s/^< \(connect\) res=-2(ENOENT) .* addr=\(.*\)/\1 \2/p; s/^< \(semget\) res=-2(ENOENT) key=\([0-9A-F]*\) nsems=1 .*/\1 \2/p; s/^< \(semop\) .*sem_num_0=3 sem_op_0=\(-1\) .*/\1 \2/p' | tr '\n' ' ' | sed 's/ $//')"
same "and when they are shorter there" "lseek offset=-2 setuid uid=-1 chown gid=3 getresuid suid=$(id -u) nanosleep interval=1000 getrlimit cur=$(ulimit -n) getrlimit cur=$(ulimit -t | sed 's/unlimited/-1/') sendfile offset=2 umount flags=0" \
    "$(scapfmt print -q -c type,dir,args "$tmp/i386.scap" | sed -n 's/^\(lseek\|sendfile\) <.* \(offset=[-0-9]*\).*/\1 \2/p; s/^\(setuid\) < .* \(uid=-1\).*/\1 \2/p; s/^\(chown\) < .* uid=-1.* \(gid=[0-9]*\).*/\1 \2/p; s/^\(getresuid\) < .* \(suid=[0-9]*\).*/\1 \2/p; s/^\(nanosleep\) < .* \(interval=[0-9]*\).*/\1 \2/p; s/^\(getrlimit\) < .* \(cur=[-0-9]*\) .*/\1 \2/p; s/^\(umount\) > \(flags=[0-9]*\).*/\1 \2/p' | tr '\n' ' ' | sed 's/ $//')"
same "parts of ipc without an event of their own are told by name" "semtimedop > semtimedop < msgrcv > msgrcv < shmat > shmat <" \
    "$(scapfmt print -q -c type,dir "$tmp/i386.scap" | grep '^\(semtimedop\|msgrcv\|shmat\) ' | tr '\n' ' ' | sed 's/ $//')"
same "rt_sigreturn has both ends" 2 "$(scapfmt print -q -c type "$tmp/i386.scap" | grep -c rt_sigreturn)"

mkdir "$tmp/gone"
(cd "$tmp/gone" && record -q -o "$tmp/gone.scap" -- python3 -c 'import os
os.rmdir(os.getcwd())
try: os.getcwd()
except OSError: pass')
same "what getcwd() does not write is not read" "res=-2(ENOENT) path=<NA>" \
    "$(scapfmt print -q -c type,dir,args "$tmp/gone.scap" | sed -n 's/^getcwd < \(res=-.*\)/\1/p')"

# A user who is in no table: told before the first event that has it, once.
if setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null; then
    for how in current both; do
        record -q --compat=$how -o "$tmp/users.scap" -- setpriv --reuid 65534 --regid 65534 --clear-groups sh -c '/bin/true; /bin/true'
        valid "users that appear later ($how)" "$tmp/users.scap"
        scapfmt print -q -c type,dir,args "$tmp/users.scap" >"$tmp/users.$how"
    done
    same "a user that appears later is an entry" "1 1 0" \
        "$(grep -c "^useradded > uid=65534 gid=65534 name=$(id -un 65534) " "$tmp/users.current") $(grep -c "^groupadded > gid=65534 name=$(id -gn 65534) " "$tmp/users.current") $(grep -c 'uid=65534(<NA>)\|gid=65534(<NA>)' "$tmp/users.current")"
    same "old readers get a note" 2 "$(grep -c '^notification > id=scapfmt.user desc=\(user\|group\) 65534 is ' "$tmp/users.both")"
else
    echo "SKIP record: another user cannot be taken"
fi

# control data of recvmsg: SOL_SOCKET, SCM_RIGHTS, a descriptor
same "control data" '20,0,0,0,0,0,0,0,1,0,0,0,1,0,0,0' \
    "$(jq -r 'select(.event == "recvmsg" and .args.msgcontrol != null) | .args.msgcontrol.base64 // empty' "$tmp/mine.json" | sed -n '$p' | base64 -d | od -An -tu1 -N16 | tr -s ' \n' ',' | sed 's/^,//;s/,$//')"
same "all of several messages" "5 6 7" \
    "$(jq -r 'select(.event == "recvmmsg" and .args.res == 3) | .args.size' "$tmp/mine.json" | tr '\n' ' ' | sed 's/ $//')"
record -q --snaplen=65000 -o "$tmp/large.scap" -- dd if=/dev/zero of=/dev/null bs=70000 count=1 2>/dev/null
same "65000 bytes of a buffer" "65000 65000" \
    "$(scapfmt convert -q -t json "$tmp/large.scap" | jq -r 'select(.event == "read" or .event == "write") | select(.args.res == 70000) | .args.data.len' | tr '\n' ' ' | sed 's/ $//')"
valid "large buffers" "$tmp/large.scap"
cat >"$tmp/overlay" <<'END'
mount -t tmpfs none "$1" && cd "$1" && mkdir low up work at && cp "$2" low/lower || exit 1
mount -t overlay overlay -o lowerdir=low,upperdir=up,workdir=work at && cp "$2" at/upper || exit 1
scapfmt record -q -o "$3" -- sh -c 'at/lower; at/upper; setpriv --reuid 65534 --clear-groups at/lower'
END
mkdir "$tmp/layers"
if unshare -m sh "$tmp/overlay" "$tmp/layers" /bin/true "$tmp/layers.scap" 2>/dev/null; then
    same "programs: writable, and of which layer" "lower 9 upper 3 lower 8" \
        "$(scapfmt convert -q -t json "$tmp/layers.scap" | jq -r 'select(.event == "execve" and .dir == "exit" and (.thread.comm | endswith("er"))) | "\(.thread.comm) \(.args.flags.value)"' | tr '\n' ' ' | sed 's/ $//')"
else
    echo "SKIP record: an overlay cannot be mounted"
fi

# ---------------------------------------------------------------- while it runs

record -q --print -- true >"$tmp/text"
same "text as it happens" "> execve < execve" \
    "$(head -n 2 "$tmp/text" | awk '{ print $6, $7 }' | tr '\n' ' ' | sed 's/ $//')"
same "JSON as it happens" '"execve"' "$(record -q -t json -- true | jq -c 'select(.kind == "event") | .event' | sed -n 1p)"
for how in '-o -' '-t json' '--print'; do
    # shellcheck disable=SC2086 # how is a list
    record -q $how -- echo "scapfmt's own" >"$tmp/only" 2>"$tmp/said"
    same "$how: the command writes to standard error" "scapfmt's own" "$(cat "$tmp/said")"
    if [ "$how" != '-o -' ]; then
        same "$how: and not into the capture" 0 "$(grep -c "^scapfmt's own$" "$tmp/only")"
        continue
    fi
    valid "$how" "$tmp/only"
    same "$how: as the tables have it" "$(realpath "$tmp/said")" \
        "$(scapfmt convert -q -t json "$tmp/only" | jq -r 'select(.event == "write" and .dir == "exit") | .fd.name')"
done
same "the command writes where it did when the capture is a file" "scapfmt's own" \
    "$(record -q -o "$tmp/file.scap" -- echo "scapfmt's own")"
record -q -o "$tmp/turn.scap" --rotate=size=32K,count=2 -- sh -c 'for i in 1 2 3 4 5 6 7 8; do /bin/true; done'
# Tables count, and what waits; only an event that is as large as a file may make it larger.
record -q -o "$tmp/sized.scap" --rotate=size=64K -- sh -c 'for i in 1 2 3 4 5 6 7 8 9; do ls -l /proc/self /etc; done' >"$tmp/ls"
same "there are files in turn" true "$([ "$(ls "$tmp"/sized-*.scap | wc -l)" -gt 2 ] && echo true)"
for f in "$tmp"/sized-*.scap; do
    if [ "$(stat -c %s "$f")" -le 65536 ]; then
        pass "a file is not larger than asked for"
    else
        same "a file that is too large has one event" 1 "$(scapfmt print -q "$f" | wc -l)"
    fi
done
same "the last two files are kept" 2 "$(ls "$tmp"/turn-*.scap | wc -l)"
record -q -z zstd -o "$tmp/turn-z.scap.zst" --rotate=time=1 -- sh -c '/bin/true; sleep 1.2; /bin/true'
same "a new file each second" 2 "$(ls "$tmp"/turn-z-*.scap.zst | wc -l)"
for f in "$tmp"/turn-*.scap "$tmp"/turn-z-*.scap.zst; do
    if scapfmt validate "$f" | grep -q 'valid: 0 errors, 0 warnings'; then pass "a file in turn"; else fail "a file in turn" "$(scapfmt validate "$f" | head -n 2)"; fi
    same "it stands for itself" 0 "$(scapfmt convert -q -t json "$f" | jq -c 'select(.kind == "event" and .flags != 1 and .tid >= 0 and .thread.comm == null)' | wc -l)"
done

same "extcap: interfaces" 1 "$(scapfmt-record --extcap-interfaces | grep -c '^interface {value=scapfmt}')"
same "extcap: link types" 1 "$(scapfmt-record --extcap-dlts --extcap-interface scapfmt | grep -c '^dlt {number=')"
same "extcap: options" 3 "$(scapfmt-record --extcap-config --extcap-interface scapfmt | grep -c '^arg {number=')"
mkfifo "$tmp/fifo"
cat "$tmp/fifo" >"$tmp/fifo.scap" &
reader=$!
timeout 60 scapfmt-record --capture --extcap-interface scapfmt --fifo "$tmp/fifo" --command 'exec /bin/true'
wait $reader
valid "a capture through a fifo" "$tmp/fifo.scap"
# tshark itself, where its folder of extcap programs is ours.
cat >"$tmp/live" <<'END'
mount --bind "$1/extcap" "$2" || exit 1
tshark -D >"$1/interfaces" 2>/dev/null
timeout 60 tshark -q -i scapfmt -a duration:1 -w "$1/live.pcapng" \
    -o 'extcap.scapfmt.command:/bin/date; while :; do sleep 0.2; done' 2>"$1/why"
ps -o comm= -C sleep,date,scapfmt-record | wc -l >"$1/left"
END
folder=$(tshark -G folders 2>/dev/null | sed -n 's/^Extcap path:[[:space:]]*//p')
mkdir "$tmp/extcap" && cp build/scapfmt-record "$tmp/extcap/"
if [ -d "$folder" ] && unshare -m -p -f --mount-proc sh "$tmp/live" "$tmp" "$folder"; then
    same "tshark lists the interface" 1 "$(grep -c ' scapfmt ' "$tmp/interfaces")"
    valid "a capture by tshark" "$tmp/live.pcapng"
    if scapfmt print -q -c proc,type "$tmp/live.pcapng" | grep -q '^date procexit'; then pass "tshark captures a command"; else fail "tshark captures a command" "$(cat "$tmp/why")"; fi
    same "nothing is left when it stops" 0 "$(cat "$tmp/left")"
    if grep -q 'Error by extcap' "$tmp/why"; then fail "stopping is no error" "$(cat "$tmp/why")"; else pass "stopping is no error"; fi
else
    echo "SKIP record: there is no tshark whose extcap programs can be chosen"
fi

# ---------------------------------------------------------------- losses

# A ring far too small, and a recorder that sleeps: what is lost is counted, to the last record.
scapfmt record --buffer=256 -o "$tmp/lost.scap" -- sh -c 'sleep 0.4; exec dd if=/dev/zero of=/dev/null bs=1 count=30000 2>/dev/null' 2>"$tmp/why" &
recorder=$!
sleep 0.2
await -s "$tmp/lost.scap"
kill -STOP $recorder
sleep 1.5
kill -CONT $recorder
wait $recorder
scapfmt convert -q -t json "$tmp/lost.scap" >"$tmp/lost.json"
last=$(tail -n 1 "$tmp/lost.json" | jq -r .args.desc)
get() { echo "$last" | sed -n "s/.*$1=\([0-9]*\).*/\1/p"; }
if [ "$(get lost_ring_full)" -gt 0 ]; then pass "a small ring loses records"; else fail "a small ring lost nothing" "$last"; fi
same "seen is written and lost" "$(get seen)" "$(($(get written) + $(get lost_ring_full) + $(get lost_no_memory)))"
same "what was written is in the file" "$(get enters) $(get exits)" \
    "$(jq -r 'select(.kind == "event" and .tid >= 0 and .event != "procexit") | .dir' "$tmp/lost.json" | sort | uniq -c | awk '{print $1}' | tr '\n' ' ' | sed 's/ $//')"
jq -r 'select(.kind == "event") | .ts' "$tmp/lost.json" >"$tmp/times"
if sort -n -c "$tmp/times" 2>"$tmp/why2"; then pass "with losses events are in order as well"; else fail "not in order" "$(cat "$tmp/why2")"; fi
same "the capture says so" true "$(jq -c 'select(.event == "notification" and .args.id == "scapfmt.drop")' "$tmp/lost.json" | grep -c . | sed 's/^[1-9].*/true/')"
if scapfmt record -q --lossless -o "$tmp/held.scap" -- true 2>"$tmp/why2"; then
    # Faster than records can be written: 130 MB of them, by more processes than processors.
    i=0
    while [ $i -lt 3 ]; do
        record --lossless --snaplen=2000 -o "$tmp/held.scap" -- sh -c 'for i in 1 2 3 4; do dd if=/dev/zero of=/dev/null bs=2000 count=8000 2>/dev/null & done; wait' 2>"$tmp/why2"
        grep -q 'held [1-9]' "$tmp/why2" && break
        i=$((i + 1))
    done
    if grep -q 'none lost' "$tmp/why2"; then pass "--lossless loses nothing of 128000 large records"; else fail "--lossless" "$(cat "$tmp/why2")"; fi
    if grep -q 'held [1-9]' "$tmp/why2"; then pass "--lossless holds the command"; else fail "--lossless never held it" "$(cat "$tmp/why2")"; fi
    # Killed while it may hold the command: the guard lets it go.
    rm -f "$tmp/held.scap"
    scapfmt record -q --lossless -o "$tmp/held.scap" -- sh -c 'dd if=/dev/zero of=/dev/null bs=1 count=100000 2>/dev/null; echo end' >"$tmp/end" &
    recorder=$!
    await -s "$tmp/held.scap"
    sleep 0.2
    kill -KILL $recorder
    wait $recorder 2>/dev/null
    await -s "$tmp/end"
    same "a command whose recorder was killed runs on" end "$(cat "$tmp/end")"
    # A terminal's Ctrl-C goes to the guard, too, which has to clean up.
    rm -f "$tmp/held.scap"
    env --default-signal=INT setsid "$(command -v scapfmt)" record -q --lossless -o "$tmp/held.scap" -- sleep 5 2>/dev/null &
    recorder=$!
    await -s "$tmp/held.scap"
    kill -INT -$recorder
    wait $recorder 2>/dev/null
    n=0
    while [ $n -lt 50 ] && find /sys/fs/cgroup -name "scapfmt-$recorder" 2>/dev/null | grep -q .; do n=$((n + 1)); sleep 0.1; done
    same "Ctrl-C leaves no group behind" "" "$(find /sys/fs/cgroup -name "scapfmt-$recorder" 2>/dev/null)"
else
    echo "SKIP record: --lossless: $(head -n 1 "$tmp/why2")"
fi
if grep -q LOST "$tmp/why"; then pass "so does the message"; else fail "no message of losses" "$(cat "$tmp/why")"; fi
if scapfmt validate "$tmp/lost.scap" | grep -q "valid: 0 errors"; then pass "a capture with losses has no errors"; else fail "a capture with losses has errors"; fi

# ---------------------------------------------------------------- the end of the recorder

# What could be read before stays: the file may be cut within its last block, and nowhere else.
readable() { scapfmt print -q "$tmp/killed.scap" 2>/dev/null | wc -l; }
n=${RECORD_KILLS:-8}
i=0 bad=0 killed=0
while [ $i -lt "$n" ]; do
    rm -f "$tmp/killed.scap"
    scapfmt record -q -o "$tmp/killed.scap" -- timeout 3 dd if=/dev/zero of=/dev/null bs=1 count=400000 2>/dev/null &
    recorder=$!
    k=0 before=0
    while [ $k -lt 100 ] && [ "$before" -lt 10 ]; do sleep 0.1; before=$(readable); k=$((k + 1)); done
    sleep "0.$((i * 7 % 10))"
    kill -KILL $recorder 2>/dev/null
    wait $recorder 2>/dev/null
    [ $? = 137 ] && killed=$((killed + 1))
    scapfmt validate "$tmp/killed.scap" 2>&1 | grep -v 'PNG-006\|: skipped: \|invalid:\|: valid:' >"$tmp/why"
    if [ -s "$tmp/why" ] || [ "$before" -lt 10 ] || [ "$(readable)" -lt "$before" ]; then bad=$((bad + 1)); fi
    i=$((i + 1))
done
same "files of a killed recorder are whole" 0 $bad
if [ $killed -gt 0 ]; then pass "it was killed while it recorded"; else fail "none of $n was killed while it recorded"; fi
# However little happens, a second later it is there. A loaded machine may be late, but not each time.
mkfifo "$tmp/wait"
i=0 there=0
while [ $i -lt 8 ] && [ $there = 0 ]; do
    rm -f "$tmp/killed.scap" "$tmp/did"
    scapfmt record -q -o "$tmp/killed.scap" -- sh -c ': >"$1"; : <"$2"' sh "$tmp/did" "$tmp/wait" &
    recorder=$!
    await -e "$tmp/did"
    sleep 1
    kill -KILL $recorder
    wait $recorder 2>/dev/null
    : <>"$tmp/wait"
    there=$(scapfmt print -q -c dir,type,args "$tmp/killed.scap" 2>/dev/null | grep -c "^< openat .*name=$tmp/did ")
    i=$((i + 1))
done
same "what happened a second before the recorder was killed is there" 1 "$there"

scapfmt record -q -o "$tmp/term.scap" -- sleep 3 &
recorder=$!
await -s "$tmp/term.scap"
kill -TERM $recorder
wait $recorder
valid "a recording ended by SIGTERM" "$tmp/term.scap"
# Ctrl-C: to all of a process group.
env --default-signal=INT setsid "$(command -v scapfmt)" record -q -o "$tmp/int.scap" -- sleep 5 &
recorder=$!
await -s "$tmp/int.scap"
kill -INT -$recorder
wait $recorder
same "Ctrl-C ends the command, whose status is passed on" 130 $?
valid "a recording ended by SIGINT" "$tmp/int.scap"
same "its end is recorded" 1 "$(scapfmt print -q -c type,args "$tmp/int.scap" | grep -c '^procexit .*sig=2(SIGINT)')"

if mkdir "$tmp/small" && mount -t tmpfs -o size=256k none "$tmp/small" 2>/dev/null; then
    record -q -o "$tmp/small/full.scap" -- dd if=/dev/zero of=/dev/null bs=1 count=20000 2>"$tmp/why"
    same "a full disk" 3 $?
    if grep -q 'No space left' "$tmp/why"; then pass "a full disk is said"; else fail "a full disk: no message" "$(cat "$tmp/why")"; fi
    valid "the file on a full disk" "$tmp/small/full.scap"
    rm "$tmp/small/full.scap"
    record -q -o "$tmp/small/turn.scap" --rotate=size=50K -- dd if=/dev/zero of=/dev/null bs=1 count=20000 2>"$tmp/why"
    same "a disk that gets full while files take turns" 3 $?
    same "it is said once, and what is kept" "1 1" \
        "$(grep -c 'turn-[0-9]*.scap: SYS-003: .*No space left' "$tmp/why") $(grep -c 'turn-[0-9]*.scap: ended early; what was written before is whole' "$tmp/why")"
    same "no unfinished file stays" 0 "$(find "$tmp/small" -name '*.part' | wc -l)"
    n=0
    for f in "$tmp"/small/turn-*.scap; do
        n=$((n + 1))
        scapfmt validate "$f" | grep -q 'valid: 0 errors, 0 warnings' || fail "a file on a disk that got full" "$(scapfmt validate "$f" | head -n 2)"
    done
    same "all files are there, the last one too" "$(grep -o 'turn-[0-9]*.scap: ended' "$tmp/why")" "$(printf 'turn-%04d.scap: ended' $n)"
    umount "$tmp/small"
else
    echo "SKIP record: a full disk cannot be made"
fi

# ---------------------------------------------------------------- scope

sh -c 'while :; do /bin/true; sleep 0.05; done' &
loop=$!
scapfmt record -q -o "$tmp/pid.scap" -p $loop &
recorder=$!
await -s "$tmp/pid.scap"
sleep 0.5
kill -TERM $recorder
wait $recorder
kill $loop
wait $loop 2>/dev/null
valid "a process that ran already" "$tmp/pid.scap"
scapfmt convert -q -t json "$tmp/pid.scap" >"$tmp/pid.json"
same "it and its children, and nobody else" "sh sleep true" \
    "$(jq -r 'select(.kind == "event" and .tid >= 0) | .thread.comm' "$tmp/pid.json" | sort -u | tr '\n' ' ' | sed 's/ $//')"
build record_large
"$tmp/record_large" &
large=$!
timeout -s TERM 2 scapfmt record -q -o "$tmp/large.scap" -p $large
kill $large
wait $large 2>/dev/null
valid "a process with 5 TiB of addresses" "$tmp/large.scap"
# The shell that started it is recorded, the recorder is not.
sh -c 'scapfmt record -q -o "$1" -p $$ & while ! [ -s "$1" ]; do sleep 0.1; done; /bin/true; sleep 0.2; kill -TERM $!; wait' sh "$tmp/self.scap"
same "the recorder does not record itself" 0 "$(scapfmt convert -q -t json "$tmp/self.scap" |
    jq -c 'select(.kind == "event" and .tid >= 0 and (.thread.comm | startswith("scapfmt")))' | wc -l)"
if scapfmt print -q -c proc "$tmp/self.scap" | grep -q '^true'; then pass "but who started it"; else fail "who started it is not recorded"; fi

# Everybody, where that is only who is started here: in a pid namespace of its own.
sh -c 'while :; do /bin/sleep 0.05; done' &
outside=$!
cat >"$tmp/inside" <<'END'
sh -c 'while :; do /bin/true; sleep 0.1; done' &
before=$!
timeout 60 scapfmt record -q -o "$1" --all &
recorder=$!
i=0
while [ $i -lt 100 ] && ! [ -s "$1" ]; do sleep 0.1; i=$((i + 1)); done
sleep 0.3
date | cat >"$2"
kill -TERM $recorder
wait $recorder
sh -c 'echo $$' >"$2"
kill $before
END
if unshare -p -f --mount-proc true 2>/dev/null; then
    unshare -p -f --mount-proc sh "$tmp/inside" "$tmp/all.scap" "$tmp/last"
    valid "--all" "$tmp/all.scap"
    scapfmt convert -q -t json "$tmp/all.scap" >"$tmp/all.json"
    same "--all: who ran already, who came later, not the recorder, nobody outside" "cat date sh sleep timeout true" \
        "$(jq -r 'select(.kind == "event" and .tid >= 0) | .thread.comm' "$tmp/all.json" | sort -u | tr '\n' ' ' | sed 's/ $//')"
    same "--all: ids are those of the namespace" true \
        "$(jq -s --argjson last "$(cat "$tmp/last")" 'map(select(.kind == "event") | .tid) | max < $last' "$tmp/all.json")"
else
    echo "SKIP record: there are no pid namespaces here"
fi
kill $outside
wait $outside 2>/dev/null
# Root without rights: nobody's calls are recorded, the command is not run, and why is said.
setpriv --bounding-set=-all --inh-caps=-all scapfmt record -q -o "$tmp/x" -- touch "$tmp/ran" 2>"$tmp/why"
same "without the right to record" "3 no" "$? $([ -e "$tmp/ran" ] && echo yes || echo no)"
if grep -q 'CAP_BPF and CAP_PERFMON' "$tmp/why"; then pass "the right that is missing is named"; else fail "the right that is missing" "$(cat "$tmp/why")"; fi

group=
for at in /sys/fs/cgroup/unified /sys/fs/cgroup; do
    if [ -f "$at/cgroup.procs" ] && [ "$(stat -f -c %T "$at")" = cgroup2fs ] && mkdir "$at/scapfmt-$$" 2>/dev/null; then
        group=$at/scapfmt-$$
        break
    fi
done
if [ -n "$group" ]; then
    # One that nobody is in any more when its name is asked for.
    record -q -o "$tmp/moved.scap" -- sh -c "echo \$\$ >$group/cgroup.procs; exec /bin/true"
    same "the control group of a short command" "=/${group##*/}" \
        "$(scapfmt convert -q -t json "$tmp/moved.scap" | jq -r 'select(.event == "execve" and .thread.comm == "true") | .args.cgroups.base64' | base64 -d | tr '\0' '\n' | grep '^=')"
    same "that of its start" 0 \
        "$(scapfmt convert -q -t json "$tmp/x" | jq -c 'select(.event == "execve" and .args.cgroups.len == 0)' | wc -l)"
    scapfmt record -q -o "$tmp/group.scap" --cgroup "$group" &
    recorder=$!
    await -s "$tmp/group.scap"
    sleep 0.3
    sh -c "echo \$\$ >$group/cgroup.procs; /bin/true; exec date" >/dev/null
    sleep 0.3
    kill -TERM $recorder
    wait $recorder
    rmdir "$group"
    valid "a control group" "$tmp/group.scap"
    same "what ran in it" "date sh true" \
        "$(scapfmt convert -q -t json "$tmp/group.scap" | jq -r 'select(.kind == "event" and .tid >= 0 and .event == "execve" and .dir == "exit" or .event == "procexit") | .thread.comm' | sort -u | tr '\n' ' ' | sed 's/ $//;s/^date true$/date sh true/')"
else
    echo "SKIP record: no control group of version 2 can be made"
fi
