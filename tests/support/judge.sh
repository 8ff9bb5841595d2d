# SPDX-License-Identifier: Apache-2.0
# judge.sh - what the scripts of tests/interop begin with: `. tests/support/judge.sh`. They run in
# the root of the project, by tests/support/interop.sh, and have
#   $judge   the script's name, the first word of what it prints
#   $root    the project's folder, for scripts that go elsewhere
#   $corpus  the foreign captures, which may be absent; CORPUS names another place
#   $tmp     a folder of their own, gone at the end
set -u
judge=$(basename "$0" .sh)
root=$(pwd)
corpus=${CORPUS:-../shared/corpus}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

have() { command -v "$1" >/dev/null 2>&1; }

# skip [WHAT:] WHY: the rest of the script has nothing to ask
skip() {
    echo "SKIP $judge $*"
    exit 0
}

# need PROGRAM...: skip where one of them is missing
need() {
    for program; do have "$program" || skip "$program is not installed"; done
}

# What sysdig does otherwise than we is written down for one version.
need_sysdig() {
    need sysdig python3
    version=$(sysdig --version 2>/dev/null)
    case $version in
    *' 0.29.'*) ;;
    *) skip "what it does otherwise is written down for 0.29, this is: $version" ;;
    esac
}

# need_tracing: skip where strace may not trace
need_tracing() {
    need strace
    strace -o "$tmp/try" true 2>/dev/null || skip "processes may not be traced here"
}

# there FOLDER: is it there? If not, that is one thing not asked.
there() {
    [ -d "$1" ] || { echo "SKIP $judge of $1: it is not there"; return 1; }
}
