#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# need.sh build|check|fuzz|judges|record - make sure the Debian or Ubuntu packages of a job are there.
#
# Installs what is missing when it may (root, or sudo without a password); else prints the exact
# command and fails. A word a|b|c is the first of these packages that the release knows: names
# change from release to release. Judges (other people's programs that `make check` asks for a
# second opinion) are optional: what cannot be had is said, and their tests say SKIP. So is what the
# recorder needs: without it everything else is built.
set -eu

build="gcc libc6-dev make pkg-config|pkgconf zlib1g-dev libzstd-dev libxml2-dev"
check="$build libcriterion-dev g++ jq xxd zstd python3 python3-jsonschema groff-base"
fuzz="$build clang libclang-rt-14-dev|libclang-rt-dev|libclang-common-14-dev|clang llvm"
judges="sysdig tshark tcpdump"
record="clang libbpf-dev"

job=${1:-build}
case $job in
judges | record) optional=1 ;;
*) optional= ;;
esac
case $job in
build) want="$build" ;;
demo) want="$build jq" ;;
check) want="$check" ;;
fuzz) want="$fuzz" ;;
judges) want="$judges" ;;
record) want="$record" ;;
*) echo "usage: need.sh build|demo|check|fuzz|judges|record" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
    echo "need.sh: this is no Debian or Ubuntu; if something is missing, it is one of: $want" >&2
    exit 0
fi

installed() {
    case $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null || :) in
    installed) return 0 ;;
    *) return 1 ;;
    esac
}
known() { apt-cache show --no-all-versions "$1" 2>/dev/null | grep -q '^Package:'; }

# The words of which no alternative is installed.
missing=
for word in $want; do
    have=
    for p in $(echo "$word" | tr '|' ' '); do
        ! installed "$p" || have=1
    done
    [ -n "$have" ] || missing="$missing $word"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as="sudo -n"
elif [ -n "$optional" ]; then
    echo "SKIP $job: not installed, and may not be:$missing" >&2
    exit 0
else
    echo "Some packages are missing. Please run:" >&2
    echo "  sudo apt-get update" >&2
    echo "  sudo apt-get install -y --no-install-recommends$(echo "$missing" | sed 's/|[^ ]*//g')" >&2
    exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# A fresh machine has no package lists; lists that know every name are good enough.
pick() { # the first alternative that the release knows
    for p in $(echo "$1" | tr '|' ' '); do
        if known "$p"; then
            echo "$p"
            return
        fi
    done
    return 1
}
for word in $missing; do
    pick "$word" >/dev/null || {
        $as apt-get update >"$log" 2>&1 || tail -n 5 "$log" >&2
        break
    }
done

names= unknown=
for word in $missing; do
    if name=$(pick "$word"); then names="$names $name"; else unknown="$unknown $word"; fi
done
if [ -n "$unknown" ]; then
    echo "need.sh: this release does not know:$unknown" >&2
    [ -n "$optional" ] || exit 1
fi
[ -n "$names" ] || exit 0

install() {
    $as env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" \
        >"$log" 2>&1
}
echo "installing$names"
# Lists may be too old for what the mirror still has: look again once.
# shellcheck disable=SC2086 # names is a list
if ! install $names && ! { $as apt-get update >"$log" 2>&1 && install $names; }; then
    tail -n 20 "$log" >&2
    if [ -n "$optional" ]; then
        echo "SKIP $job: cannot be installed:$names" >&2
        exit 0
    fi
    echo "Could not install them. Please run:" >&2
    echo "  apt-get update && apt-get install -y --no-install-recommends$names" >&2
    exit 1
fi
