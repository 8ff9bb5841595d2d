#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# need.sh build|check|interop - make sure the Debian/Ubuntu packages of a job are there.
# Installs what is missing when it may (root, or sudo without a password); else prints the exact
# command and fails. For "interop" nothing is installed unless CI asks: judges are optional.
set -eu

build="gcc libc6-dev make pkg-config zlib1g-dev libzstd-dev libxml2-dev"
check="libcriterion-dev jq python3 python3-jsonschema clang libclang-rt-14-dev llvm man-db"
interop="sysdig tshark tcpdump"

case "${1:-build}" in
build) want="$build jq" ;;
check) want="$build $check" ;;
interop) want="$interop" ;;
*) echo "usage: need.sh build|check|interop" >&2; exit 2 ;;
esac

command -v dpkg-query >/dev/null 2>&1 || {
    echo "need.sh: this is no Debian or Ubuntu; please install: $want" >&2
    exit 0
}

missing=
for p in $want; do
    case "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null || :)" in
    installed*) ;;
    *) # a package of another Debian release may have another name
        [ -n "$(apt-cache policy "$p" 2>/dev/null || :)" ] || [ "$p" != libclang-rt-14-dev ] || continue
        missing="$missing $p" ;;
    esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as=
elif sudo -n true 2>/dev/null; then
    as="sudo -n"
else
    echo "Some packages are missing. Please run:" >&2
    echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends$missing" >&2
    exit 1
fi
echo "installing:$missing"
log=$(mktemp)
if ! { $as apt-get update && $as env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    echo "Could not install them. Please run:" >&2
    echo "  apt-get install -y --no-install-recommends$missing" >&2
    exit 1
fi
rm -f "$log"
