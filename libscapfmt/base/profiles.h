/* SPDX-License-Identifier: Apache-2.0 */
/*
 * profiles.h - what a broken rule costs in each reader: EFFECT(symbol, "columns").
 *
 * The companion of rules.h. Columns: sysdig 0.29, sysdig with libs 0.22 and later, Wireshark 4.0 to
 * 4.6, Stratoshark up to 0.9.9, libpcap 1.10. S = it stops there with an error (what stands before
 * is read), L = it reads on, and loses or misreads something, - = no effect. A rule without a row
 * has no effect on any of them; events lost as such are counted instead, see check/profile.c. Where
 * versions inside a column differ the worst counts. Facts: pcapng 1.1, 1.3 (last columns), 3.1,
 * 4.1, 4.2; scap 14 to 17, 21.
 */
#ifndef SCAPF_BASE_PROFILES_H
#define SCAPF_BASE_PROFILES_H

/* clang-format off */
#define SCAPF_EFFECTS(EFFECT) \
    EFFECT(IO_OPEN, "SSSSS") \
    EFFECT(IO_READ, "SSSSS") \
    EFFECT(ZSTD_TRUNCATED, "SSSSS") \
    EFFECT(ZSTD_DAMAGED, "SSSSS") \
    EFFECT(FILE_SHRANK, "SSSSS") \
    EFFECT(EMPTY_FILE, "SSSSS") \
    EFFECT(FILE_NOT_SHB, "SSSSS") \
    EFFECT(BLOCK_HEADER_SHORT, "SSSSS") \
    EFFECT(BLOCK_LEN_MIN, "SSSSS") \
    EFFECT(BLOCK_LEN_ALIGN, "SSSSS") \
    EFFECT(BLOCK_LEN_TRAILER, "SSSSS") \
    EFFECT(BLOCK_TRUNCATED, "SSSSS") \
    EFFECT(BLOCK_LEN_LIMIT, "SSSSS") \
    EFFECT(TRAILING_BYTES, "SSSSS") \
    EFFECT(TRAILING_ZEROS, "SSSSS") \
    EFFECT(TEXT_MODE_DAMAGE, "SSSSS") \
    EFFECT(SHB_MAGIC, "SSSSS") \
    EFFECT(SHB_LEN_MIN, "SSSSS") \
    EFFECT(SHB_MAJOR, "SSSSS") \
    EFFECT(SHB_MINOR, "--SSS") \
    EFFECT(SHB_MINOR_SCAP, "--SSS") \
    EFFECT(SECTION_ORDER, "----S") \
    EFFECT(IFACE_OTHER_SECTION, "--SSS") \
    EFFECT(BLOCK_SWAPPED, "SSSSS") \
    EFFECT(IDB_LEN_MIN, "--SSS") \
    EFFECT(IFACE_MISSING, "--SSS") \
    EFFECT(TSRESOL_RANGE, "--SSS") \
    EFFECT(TSRESOL_LEN, "----S") \
    EFFECT(TSRESOL_REPEATED, "----S") \
    EFFECT(TSOFFSET_LEN, "----S") \
    EFFECT(IF_FILTER, "--SS-") \
    EFFECT(IFACES_DIFFER, "----S") \
    EFFECT(EPB_LEN_MIN, "--SSS") \
    EFFECT(EPB_IFACE, "--SSS") \
    EFFECT(EPB_CAPLEN, "--SSS") \
    EFFECT(EPB_SNAPLEN, "----S") \
    EFFECT(EPB_FLAGS_LEN, "--SS-") \
    EFFECT(EPB_DROPCOUNT_LEN, "--SS-") \
    EFFECT(EPB_PACKETID_LEN, "--SS-") \
    EFFECT(EPB_QUEUE_LEN, "--SS-") \
    EFFECT(EPB_VERDICT_LEN, "--SS-") \
    EFFECT(EPB_PID_TID_LEN, "--SS-") \
    EFFECT(SPB_NO_IFACE, "--SSS") \
    EFFECT(SPB_LEN_MIN, "--SSS") \
    EFFECT(SPB_DATA_LEN, "--SSS") \
    EFFECT(PB_IFACE, "--SSS") \
    EFFECT(NRB_NO_END, "--SS-") \
    EFFECT(NRB_END_LEN, "--SS-") \
    EFFECT(NRB_RECORD_LEN, "--SS-") \
    EFFECT(NRB_RECORD_LEN_OTHER, "--SS-") \
    EFFECT(NRB_NAME_END, "--SS-") \
    EFFECT(NRB_RECORD_OVERRUN, "--SS-") \
    EFFECT(ISB_LEN_MIN, "--SS-") \
    EFFECT(ISB_LATER_SECTION, "--LL-") \
    EFFECT(DSB_LEN_MIN, "--SS-") \
    EFFECT(DSB_SECRETS_LEN, "--SS-") \
    EFFECT(CB_LEN_MIN, "--SS-") \
    EFFECT(CUSTOM_OPTION_LEN, "--SS-") \
    EFFECT(JOURNAL_EMPTY, "--SS-") \
    EFFECT(OPTION_END_LEN, "----S") \
    EFFECT(OPTION_OVERRUN, "--SSS") \
    EFFECT(OPTION_HEADER_SHORT, "----S") \
    \
    EFFECT(PCAP_MAGIC, "SS---") \
    EFFECT(PCAP_HEADER_SHORT, "SSSSS") \
    EFFECT(PCAP_VERSION_NEW, "SS--S") \
    EFFECT(PCAP_RESERVED3, "SSSSS") \
    EFFECT(PCAP_LINK_TYPE, "SS---") \
    EFFECT(PCAP_RECORD_SHORT, "SSSSS") \
    EFFECT(PCAP_DATA_SHORT, "SSSSS") \
    EFFECT(PCAP_CAPLEN_LIMIT, "SSSSS") \
    EFFECT(PCAP_CONCATENATED, "SSSSS") \
    \
    EFFECT(MIX_AFTER_EVENTS, "SS-L-") \
    EFFECT(MIX_LAST_NO_EVENT, "SS---") \
    EFFECT(MIX_FIRST_NO_EVENT, "---L-") \
    EFFECT(MIX_NO_TABLES, "LL-L-") \
    EFFECT(MIX_BIG_ENDIAN, "SS-L-") \
    EFFECT(MIX_SHB_OPTIONS, "S----") \
    EFFECT(MIX_V2_IN_V1, "SS-L-") \
    EFFECT(MIX_TABLE_LATE, "SS-L-") \
    \
    EFFECT(GZIP_TRUNCATED, "SSSSS") \
    EFFECT(GZIP_DAMAGED, "SSSSS") \
    EFFECT(MI_LEN, "SS-L-") \
    EFFECT(PL_ENTRY, "SS-L-") \
    EFFECT(PL_STRING, "SS-L-") \
    EFFECT(FDL_ENTRY, "SS-L-") \
    EFFECT(FDL_TYPE_0, "LL-L-") \
    EFFECT(FDL_TYPE, "S----") \
    EFFECT(FDL_TYPE_V1, "SS-L-") \
    EFFECT(FDL_ORPHAN, "S----") \
    EFFECT(FDL_NAME, "SS-L-") \
    EFFECT(IL_ENTRY, "SS-L-") \
    EFFECT(IL_TYPE, "SS-L-") \
    EFFECT(IL_NAME, "SS-L-") \
    EFFECT(UL_ENTRY, "SS-L-") \
    EFFECT(UL_STRING, "SS-L-") \
    EFFECT(EVENT_LEN, "LSLL-") \
    EFFECT(EVENT_LENGTHS, "LL-L-") \
    EFFECT(EVENT_SUM, "LL-L-") \
    EFFECT(EVENT_BLOCK_LIMIT, "SS-L-") \
    EFFECT(EVENT_UNKNOWN, "LL-L-") \
    EFFECT(EVENT_NOT_CONVERTIBLE, "-S-L-") \
    EFFECT(EVENT_SURPLUS_MANAGED, "-S-L-") \
    EFFECT(PARAM_SIZE, "LL-L-") \
    EFFECT(PARAM_STRING_END, "LL-L-") \
    EFFECT(PARAM_MALFORMED, "LL-L-") \
    EFFECT(EVENT_LARGE_MISMATCH, "LL-L-") \
    EFFECT(EVENT_OTHER_ENTER, "-S-L-") \
    EFFECT(EVENT_V1_LENGTHS, "SS-L-") \
    EFFECT(EVENT_V1_SURPLUS, "SS-L-")
/* clang-format on */

#endif
