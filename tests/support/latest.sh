#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# latest.sh - what the newest readers say of merged captures: the judges of merge and align with the
# tshark, sysdig and tcpdump of Debian sid, and how much Stratoshark shows. Needs root and Debian's
# packages; the system they are put into stays in build/latest, the first time takes long.
set -u
here=$(pwd)
cache=$here/build/latest
sid=$cache/sid
corpus=../shared/corpus/mixed
log=$cache/log

skip() {
    echo "SKIP latest: $*"
    echo "latest: 0 passed, 0 failed, 1 skipped"
    exit 0
}

in_sid() { chroot "$sid" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C "$@"; }

install() {
    [ ! -e "$cache/ready" ] || return 0
    mkdir -p "$cache"
    echo "latest: Debian sid goes into $cache, see log there"
    if [ ! -x "$sid/usr/bin/apt-get" ] || [ -d "$sid/debootstrap" ]; then
        rm -rf "$sid"
        debootstrap --variant=minbase sid "$sid" >"$log" 2>&1 || return 1
    fi
    # no service starts; a mirror may be older than its signature says
    printf '#!/bin/sh\nexit 101\n' >"$sid/usr/sbin/policy-rc.d" && chmod +x "$sid/usr/sbin/policy-rc.d"
    echo 'Acquire::Check-Valid-Until "false";' >"$sid/etc/apt/apt.conf.d/90latest"
    cp /etc/resolv.conf /etc/hosts "$sid/etc/" 2>/dev/null
    in_sid apt-get update >>"$log" 2>&1 &&
        in_sid DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
            tshark sysdig stratoshark tcpdump >>"$log" 2>&1 && touch "$cache/ready"
}

# Programs that are called like others, and run in there at the same place.
wrap() { # wrap NAME [VARIABLE=VALUE]
    cat >"$cache/bin/$1" <<END
#!/bin/sh
exec chroot "$sid" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C TZ=UTC $2 \\
    sh -c 'cd "\$0" && exec "\$@"' "\$(pwd)" $1 "\$@"
END
    chmod +x "$cache/bin/$1"
}

if [ "${1-}" != inside ]; then
    [ "$(id -u)" = 0 ] || skip "only root can make a system to run them in"
    for program in debootstrap unshare chroot; do
        command -v $program >/dev/null 2>&1 || skip "$program is not installed"
    done
    unshare -m true 2>/dev/null || skip "no mount namespace of our own"
    install || skip "Debian sid could not be installed: $(tail -n 1 "$log")"
    exec unshare -m sh "$0" inside
fi

# In a mount namespace of our own: the project, what lies beside it and /tmp are in there, too.
for place in "$(dirname "$here")" /tmp /proc /dev; do
    mkdir -p "$sid$place" && mount --rbind "$place" "$sid$place" || skip "$place cannot be mounted"
done
rm -rf "$cache/bin"
mkdir -p "$cache/bin" "$cache/empty"
# Stratoshark's plugin is put among those of tshark, and changes what that says
wrap tshark "WIRESHARK_PLUGIN_DIR=$cache/empty"
wrap sysdig ''
wrap tcpdump ''
wrap strato ''
PATH=$cache/bin:$here/build:$PATH
LC_ALL=C TZ=UTC
export PATH LC_ALL TZ
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Frames that Stratoshark shows, and whether it ends in peace. Of the demo's 119 events it shows 66:
# libs drop enter events. [pcapng 4.2]
shows() { # shows NAME FRAMES IN...
    name=$1 want=$2
    shift 2
    scapfmt merge -q -o "$tmp/m" "$@" || return
    strato -r "$tmp/m" >"$tmp/frames" 2>"$tmp/err"
    rc=$? n=$(wc -l <"$tmp/frames")
    [ "$rc" = 0 ] && [ "$n" = "$want" ] && echo "PASS latest $name in strato: $n frames" ||
        echo "FAIL latest $name in strato: exit $rc, $n frames, not $want: $(tail -n 1 "$tmp/err")"
}

{
    for j in merge align; do
        sh "tests/interop/$j.sh" 2>&1 || echo "FAIL latest $j: it exited with $?"
    done
    if [ -d "$corpus" ]; then
        shows demo 91 "$corpus/http_packets.pcapng" "$corpus/http_syscalls.scap"
        shows calls 66 "$corpus/http_syscalls.scap"
        sysdig -r "$tmp/m" >"$tmp/lines" 2>/dev/null
        [ "$(wc -l <"$tmp/lines")" = 66 ] && echo "PASS latest calls in sysdig: 66 lines" ||
            echo "FAIL latest calls in sysdig: $(wc -l <"$tmp/lines") lines, not 66"
    else
        echo "SKIP latest demo: $corpus is not there"
    fi
} >"$log"
grep -v '^PASS ' "$log"
for program in tshark sysdig strato tcpdump; do
    echo "  $program: $($program --version 2>&1 | grep -m 1 -i "$program.*[0-9]")"
done
failed=$(grep -c '^FAIL ' "$log")
echo "latest: $(grep -c '^PASS ' "$log") passed, $failed failed, $(grep -c '^SKIP ' "$log") skipped"
[ "$failed" = 0 ]
