#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# strace_runs.sh - real programs under strace, converted; sysdig 0.29.3 has to see the same calls in
# the same order with the same results, processes and descriptors (strace_compare.py).
. tests/support/judge.sh

need_sysdig
need_tracing

cd "$tmp" || exit 1
cat >threads.py <<'PY'
import os, socket, subprocess, threading
a, b = socket.socketpair()
workers = [threading.Thread(target=lambda: open("/etc/passwd").read()) for _ in range(4)]
[w.start() for w in workers]
[w.join() for w in workers]
a.send(b"x"); b.recv(1)
subprocess.run(["true"])                     # posix_spawn or vfork
subprocess.run("echo hi | cat", shell=True)
if os.fork() == 0:
    os.chdir("/"); open("etc/passwd").close(); os._exit(3)
os.wait()
PY
cat >server.py <<'PY'
import http.server
server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
print(server.server_port, file=open("port.tmp", "w"), flush=True)
import os
os.rename("port.tmp", "port")
server.handle_request()
PY
cat >client.py <<'PY'
import os, time, urllib.request
while not os.path.exists("port"):
    time.sleep(0.02)
print(len(urllib.request.urlopen("http://127.0.0.1:%s/server.py" % open("port").read().strip()).read()))
PY
cat >connect.py <<'PY'
import os, socket, threading
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(1)
def serve():
    c, _ = s.accept(); os.read(c.fileno(), 100); os.write(c.fileno(), b"ok"); c.close()
t = threading.Thread(target=serve); t.start()
c = socket.socket(); c.connect(s.getsockname())
os.write(c.fileno(), b"hello"); os.read(c.fileno(), 10); c.close(); t.join()
PY
printf 'all: a b c d\na b c d:\n\techo $@ >$@.out\n' >Makefile

run() { # NAME COMMAND...: PASS or FAIL
    name=$1
    shift
    timeout 60 strace -f -ttt -T -yy -o "$name.log" "$@" >/dev/null 2>"$name.err" </dev/null
    if ! scapfmt convert --report=json -o "$name.scap" "$name.log" 2>"$name.report"; then
        echo "FAIL strace_runs: $name does not convert"
        sed 's/^/    /' "$name.report"
        return
    fi
    scapfmt validate -q --level=warning "$name.scap" >"$name.findings" 2>&1 ||
        echo "FAIL strace_runs: $name: the capture breaks rules"
    sysdig -r "$name.scap" >"$name.events" \
        -p '*%evt.num|%thread.tid|%evt.dir|%evt.type|%proc.name|%fd.name|%evt.args' 2>"$name.err" ||
        echo "FAIL strace_runs: sysdig does not read $name: $(head -n 1 "$name.err")"
    if python3 "$root"/tests/interop/strace_compare.py "$name.log" "$name.events" >"$name.said"; then
        echo "PASS strace_runs: $name: $(head -n 1 "$name.said")"
    else
        echo "FAIL strace_runs: $name: $(cat "$name.said")"
    fi
}

run ls ls -l /etc
run pipeline sh -c 'ls / | sort | head -n 3; echo x >y; cat <y; cd /usr; ls ../etc >/dev/null'
run python python3 threads.py
run connect python3 connect.py
if have git; then
    run git sh -c 'git init -q g; cd g; echo 1 >a; git add a
        git -c user.name=a -c user.email=a@b.example commit -q -m x; git log'
else
    echo "SKIP strace_runs: git is not installed"
fi
run make make -j2
run http sh -c 'python3 server.py 2>/dev/null & python3 client.py; wait'
if have curl; then
    rm -f port
    run curl sh -c 'python3 server.py 2>/dev/null &
        while [ ! -f port ]; do sleep 0.05; done; curl -s http://127.0.0.1:$(cat port)/y; wait'
else
    echo "SKIP strace_runs: curl is not installed"
fi
