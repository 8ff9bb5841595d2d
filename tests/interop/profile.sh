#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What validate --profile says of a reader is what that reader does: over the captures of others, and
# over mutants of the samples, PROFILE_COUNT of each (`make check-profile-all`: 10,000 in all).
. tests/support/judge.sh
need python3

for sample in samples/*.scap samples/*.pcapng samples/*.pcap; do
    scapfmt mutate -q --random --seed 7 --count "${PROFILE_COUNT:-1}" \
        -o "$tmp/$(basename "$sample")" "$sample" || echo "FAIL profile no mutants of $sample"
done
find "$tmp" samples -type f ! -name '*.tsv' ! -name '*.md' ! -name '*.xml' ! -name '*.csv' \
    ! -name '*.pml' ! -name '*.strace' ! -name '*.zst' | sort >"$tmp.files"
if there "$corpus/pcapng"; then
    find "$corpus/pcap" "$corpus/pcapng" "$corpus/mixed" "$corpus/scap" -type f -size -800k \
        ! -name '*.md' ! -name '*.txt' ! -name '*.tsv' | sort >>"$tmp.files"
fi
python3 tests/interop/profile_compare.py tests/interop/profile.tsv \
    wireshark,libpcap,sysdig-0.29 <"$tmp.files"
rm -f "$tmp.files"
