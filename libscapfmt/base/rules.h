/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.h - the rule book as one table: RULE(symbol, id, severity, source, sentence).
 *
 * The lowest floor owns it because every floor raises rules. The enum, the texts and the generated
 * rule book come from here. Ids are those of the format pages: PNG- pcapng, PCP- classic pcap,
 * MIX- mixed files, SCP- scap; SYS- are this library's own (input and output, limits, schema).
 * Where the pages give one rule two severities or two cases, it has several rows: the same id under
 * different symbols, the main one first. Severity is that of the finding when validating; a reader
 * stops only when it cannot go on.
 */
#ifndef SCAPF_BASE_RULES_H
#define SCAPF_BASE_RULES_H

/* clang-format off */
#define SCAPF_RULES(RULE) \
    RULE(NONE, "SYS-000", INFO, "", "no rule") \
    RULE(IO_OPEN, "SYS-001", ERROR, "open(2)", "cannot be opened") \
    RULE(IO_READ, "SYS-002", ERROR, "read(2)", "cannot be read") \
    RULE(IO_WRITE, "SYS-003", ERROR, "write(2)", "cannot be written") \
    RULE(IO_RENAME, "SYS-004", ERROR, "rename(2)", "cannot be given its final name") \
    RULE(MEMORY, "SYS-005", ERROR, "", "not enough memory") \
    RULE(ZSTD_TRUNCATED, "SYS-007", ERROR, "RFC 8878 3.1", "the zstd stream ends in the middle of a frame") \
    RULE(ZSTD_DAMAGED, "SYS-008", ERROR, "RFC 8878 3.1", "the zstd stream is damaged") \
    RULE(ZSTD_TRAILING, "SYS-009", WARNING, "RFC 8878 3.1", "bytes after the last zstd frame are no frame") \
    RULE(ZSTD_WINDOW, "SYS-010", ERROR, "RFC 8878 3.1.1.1.2", "the zstd frame needs a window above the limit") \
    RULE(FILE_SHRANK, "SYS-011", ERROR, "mmap(2)", "the file became shorter while it was read") \
    RULE(EMPTY_FILE, "SYS-012", ERROR, "", "the input is empty") \
    RULE(PCAP_CANNOT_HOLD, "SYS-013", INFO, "", "classic pcap has no place for this") \
    RULE(INTERFACE_LIMIT, "SYS-014", ERROR, "", "more interfaces in one section than the limit") \
    RULE(MERGE_SECTIONS, "SYS-015", ERROR, "", "more sections in one input than the limit") \
    RULE(MERGE_SURPRISE, "SYS-017", INFO, "", "the input holds more than its beginning showed") \
    RULE(MERGE_THREADS, "SYS-018", ERROR, "", "more threads in captures of one host than a merge remembers") \
    RULE(MERGE_HOSTS, "SYS-016", ERROR, "scap 20", "events of several hosts have no place in one section") \
    \
    RULE(FILE_NOT_SHB, "PNG-001", ERROR, "pcapng L322", "the file does not start with a section header block") \
    RULE(BLOCK_HEADER_SHORT, "PNG-002", ERROR, "pcapng L191", "the file ends inside a block header") \
    RULE(BLOCK_LEN_MIN, "PNG-003", ERROR, "pcapng L198", "block length is smaller than its fixed part") \
    RULE(BLOCK_LEN_ALIGN, "PNG-004", ERROR, "pcapng L203", "block length is not a multiple of 4") \
    RULE(BLOCK_LEN_TRAILER, "PNG-005", ERROR, "pcapng L207", "trailing block length differs from the leading one") \
    RULE(BLOCK_TRUNCATED, "PNG-006", ERROR, "pcapng L205", "the file ends inside a block") \
    RULE(BLOCK_LEN_LIMIT, "PNG-007", ERROR, "reader limit", "block length is above the limit") \
    RULE(PADDING_NOT_ZERO, "PNG-008", ERROR, "pcapng L658", "padding bytes are not zero") \
    RULE(TRAILING_BYTES, "PNG-009", ERROR, "pcapng L322", "bytes after the last block are no block") \
    RULE(TRAILING_ZEROS, "PNG-009", ERROR, "pcapng L322", "the file ends in zeros, as if its space had been reserved and not used") \
    RULE(BLOCK_TYPE_RESERVED, "PNG-010", WARNING, "pcapng L2539", "block type 0 is reserved") \
    RULE(BLOCK_TYPE_TEXT_MARK, "PNG-011", WARNING, "pcapng L2568", "block type is reserved as a mark of text-mode damage") \
    RULE(BLOCK_TYPE_UNKNOWN, "PNG-012", INFO, "pcapng L217", "block type is not known; the block was passed over") \
    RULE(BLOCK_TYPE_LOCAL, "PNG-013", WARNING, "pcapng L191", "block type is in the range for local use") \
    RULE(TEXT_MODE_DAMAGE, "PNG-100", ERROR, "pcapng L724", "the section header was damaged by a text-mode transfer") \
    RULE(SHB_MAGIC, "PNG-101", ERROR, "pcapng L739", "byte-order magic is wrong in both byte orders") \
    RULE(SHB_LEN_MIN, "PNG-102", ERROR, "pcapng L700", "section header block is shorter than 28 bytes") \
    RULE(SHB_MAJOR, "PNG-103", ERROR, "pcapng L746", "major version is not 1") \
    RULE(SHB_MINOR_2, "PNG-104", WARNING, "pcapng L781", "minor version is 2, to be read as 0") \
    RULE(SHB_MINOR, "PNG-105", ERROR, "pcapng L751", "minor version is none that was ever defined") \
    RULE(SHB_MINOR_SCAP, "SCP-B13", WARNING, "scap 3", "minor version of a scap section is neither 0 nor 2; tshark 4.0 refuses it") \
    RULE(SECTION_LEN, "PNG-106", ERROR, "pcapng L755", "section length differs from the bytes in the section") \
    RULE(SECTION_LEN_ALIGN, "PNG-107", ERROR, "pcapng L762", "section length is not a multiple of 4") \
    RULE(SECTION_LEN_NEGATIVE, "PNG-108", ERROR, "pcapng L758", "section length is negative and not -1") \
    RULE(SHB_OPTION_REPEATED, "PNG-109", ERROR, "pcapng L839", "section header option may appear only once") \
    RULE(SECTION_AGAIN, "PNG-110", INFO, "pcapng L322", "another section starts; interface ids count from 0 again") \
    RULE(SECTION_ORDER, "PNG-111", INFO, "pcapng L635", "section has another byte order than the one before; libpcap refuses such files") \
    RULE(IFACE_OTHER_SECTION, "PNG-112", ERROR, "pcapng L888", "interface was described in an earlier section, not in this one") \
    RULE(BLOCK_SWAPPED, "PNG-113", ERROR, "pcapng L635", "block makes sense only in the other byte order") \
    RULE(IDB_LEN_MIN, "PNG-200", ERROR, "pcapng L920", "interface description block is shorter than 20 bytes") \
    RULE(IDB_RESERVED, "PNG-201", WARNING, "pcapng L952", "reserved field of the interface description is not zero") \
    RULE(IDB_LINK_TYPE, "PNG-202", WARNING, "pcapng L948", "link type is not in the registry, or private") \
    RULE(IFACE_MISSING, "PNG-203", ERROR, "pcapng L910", "interface description stands behind a block that refers to it") \
    RULE(TSRESOL_FORM, "PNG-204", INFO, "pcapng L1076", "time resolution is neither micro- nor nanoseconds; many writers lose ticks on it") \
    RULE(TSRESOL_RANGE, "PNG-205", WARNING, "pcapng L1076", "units of the time resolution do not fit 64 bits") \
    RULE(TSRESOL_PRESENT, "PNG-205", WARNING, "pcapng L1076", "time resolution cannot express the present in 64 bits") \
    RULE(TSRESOL_SECONDS, "PNG-205", INFO, "pcapng L1076", "time resolution is whole seconds: legal, but readers have divided by zero on it") \
    RULE(TSRESOL_LEN, "PNG-206", ERROR, "pcapng L968", "if_tsresol is not 1 byte long") \
    RULE(TSRESOL_REPEATED, "PNG-207", ERROR, "pcapng L968", "if_tsresol may appear only once") \
    RULE(TSOFFSET_LEN, "PNG-208", ERROR, "pcapng L1150", "if_tsoffset is not 8 bytes long") \
    RULE(TSOFFSET_RANGE, "PNG-208", ERROR, "pcapng L1150", "if_tsoffset leaves the range of time") \
    RULE(TZONE_USED, "PNG-209", WARNING, "pcapng L1094", "if_tzone should not be used any more") \
    RULE(TZONE_LEN, "PNG-209", ERROR, "pcapng L1094", "if_tzone is not 4 bytes long") \
    RULE(IF_FILTER, "PNG-210", ERROR, "pcapng L1108", "if_filter is empty, or its program is no row of whole instructions") \
    RULE(IF_FILTER_CODE, "PNG-210", WARNING, "pcapng L1108", "if_filter is of an unknown kind") \
    RULE(IF_IPV4_LEN, "PNG-211", ERROR, "pcapng L1013", "if_IPv4addr is not 8 bytes long") \
    RULE(IF_IPV4_MASK, "PNG-211", WARNING, "pcapng L1013", "mask of if_IPv4addr has gaps") \
    RULE(IF_IPV6_LEN, "PNG-212", ERROR, "pcapng L1030", "if_IPv6addr is not 17 bytes long") \
    RULE(IF_IPV6_PREFIX, "PNG-212", ERROR, "pcapng L1030", "prefix length of if_IPv6addr is above 128") \
    RULE(IF_MAC_LEN, "PNG-213", ERROR, "pcapng L1046", "if_MACaddr is not 6, or if_EUIaddr not 8 bytes long") \
    RULE(IF_SPEED_LEN, "PNG-214", ERROR, "pcapng L1066", "speed option is not 8 bytes long") \
    RULE(IF_SPEED_TWICE, "PNG-215", ERROR, "pcapng L1202", "if_speed excludes if_txspeed and if_rxspeed, and equal ones are to be written as if_speed") \
    RULE(IF_FCSLEN_LEN, "PNG-216", ERROR, "pcapng L1137", "if_fcslen is not 1 byte long") \
    RULE(IF_FCSLEN_VALUE, "PNG-216", WARNING, "pcapng L1137", "if_fcslen is above 32") \
    RULE(OPTION_UTF8, "PNG-217", ERROR, "pcapng L672", "text option is not valid UTF-8") \
    RULE(OPTION_NUL, "PNG-218", WARNING, "pcapng L462", "text option holds a NUL before its end") \
    RULE(OPTION_REPEATED, "PNG-219", ERROR, "pcapng L968", "interface option may appear only once") \
    RULE(IFACES_DIFFER, "PNG-220", INFO, "libpcap#1252", "interfaces differ in link type or snap length; tools on libpcap stop there") \
    RULE(IFACE_UNUSED, "PNG-221", INFO, "pcapng L900", "interface without packets and statistics") \
    RULE(EPB_LEN_MIN, "PNG-300", ERROR, "pcapng L1248", "enhanced packet block is shorter than 32 bytes") \
    RULE(EPB_IFACE, "PNG-301", ERROR, "pcapng L1283", "interface id has no interface description") \
    RULE(EPB_CAPLEN, "PNG-302", ERROR, "pcapng L1311", "captured length does not fit into the block") \
    RULE(EPB_SNAPLEN, "PNG-303", WARNING, "pcapng L1311", "captured length is above the snap length") \
    RULE(EPB_ORIGLEN, "PNG-304", WARNING, "pcapng L1320", "original length is smaller than the captured length") \
    RULE(EPB_CUT, "PNG-305", INFO, "pcapng L1311", "packet was cut although the snap length leaves room") \
    RULE(EPB_TIME_BACK, "PNG-307", WARNING, "common sense", "time goes backwards on this interface") \
    RULE(EPB_TIME_ODD, "PNG-308", WARNING, "pcapng L1291", "time is implausible: zero, or after the year 2100") \
    RULE(EPB_TIME_SWAPPED, "PNG-308", WARNING, "pcapng L1291", "high and low word of the time seem to be exchanged") \
    RULE(EPB_FLAGS_LEN, "PNG-310", ERROR, "pcapng L1356", "packet flags are not 4 bytes long") \
    RULE(EPB_FLAGS_BITS, "PNG-311", ERROR, "pcapng L1477", "packet flags hold undefined bits or values") \
    RULE(EPB_FLAGS_CHECKSUM, "PNG-311", WARNING, "pcapng L1477", "packet flags say that the checksum is valid and not ready") \
    RULE(EPB_HASH_LEN, "PNG-312", ERROR, "pcapng L1378", "hash has another length than its algorithm") \
    RULE(EPB_HASH_KIND, "PNG-312", WARNING, "pcapng L1378", "hash algorithm is not known") \
    RULE(EPB_DROPCOUNT_LEN, "PNG-313", ERROR, "pcapng L1400", "epb_dropcount is not 8 bytes long") \
    RULE(EPB_PACKETID_LEN, "PNG-314", ERROR, "pcapng L1414", "epb_packetid is not 8 bytes long") \
    RULE(EPB_QUEUE_LEN, "PNG-315", ERROR, "pcapng L1433", "epb_queue is not 4 bytes long") \
    RULE(EPB_VERDICT_LEN, "PNG-316", ERROR, "pcapng L1443", "epb_verdict is empty, or too short for its kind") \
    RULE(EPB_VERDICT_KIND, "PNG-316", WARNING, "pcapng L1443", "kind of epb_verdict is not known") \
    RULE(EPB_PID_TID_LEN, "PNG-317", ERROR, "pcapng L1463", "epb_processid_threadid is not 8 bytes long") \
    RULE(EPB_OPTION_REPEATED, "PNG-318", ERROR, "pcapng L1355", "packet option may appear only once") \
    RULE(SPB_NO_IFACE, "PNG-400", ERROR, "pcapng L1527", "simple packet block without an interface description") \
    RULE(SPB_LEN_MIN, "PNG-401", ERROR, "pcapng L1540", "simple packet block is shorter than 16 bytes") \
    RULE(SPB_DATA_LEN, "PNG-402", ERROR, "pcapng L1562", "simple packet block does not hold what its length and the snap length demand") \
    RULE(SPB_INTERFACES, "PNG-403", WARNING, "pcapng L1589", "simple packet block in a section with several interfaces") \
    RULE(PB_OBSOLETE, "PNG-410", WARNING, "pcapng L266", "packet block is obsolete") \
    RULE(PB_IFACE, "PNG-411", ERROR, "pcapng L2645", "interface id of a packet block has no interface description") \
    RULE(PB_DROPS_UNKNOWN, "PNG-412", INFO, "pcapng L2652", "drop count of the packet block is not available") \
    RULE(NRB_NO_END, "PNG-500", ERROR, "pcapng L1620", "name resolution records are not closed by nrb_record_end") \
    RULE(NRB_END_LEN, "PNG-501", ERROR, "pcapng L1672", "nrb_record_end is not empty") \
    RULE(NRB_RECORD_LEN, "PNG-502", ERROR, "pcapng L1691", "IPv4 name record is too short") \
    RULE(NRB_NAME_EMPTY, "PNG-502", WARNING, "pcapng L1691", "name record holds an empty name") \
    RULE(NRB_RECORD_LEN_OTHER, "PNG-503", ERROR, "pcapng L1710", "IPv6, EUI-48 or EUI-64 name record is too short") \
    RULE(NRB_NAME_END, "PNG-504", ERROR, "pcapng L1691", "name is not NUL-ended inside its record") \
    RULE(NRB_RECORD_OVERRUN, "PNG-505", ERROR, "pcapng L1749", "name resolution record leaves its block") \
    RULE(NRB_PADDING, "PNG-505", ERROR, "pcapng L1749", "padding of a name resolution record is not zero") \
    RULE(NRB_RECORD_UNKNOWN, "PNG-506", INFO, "pcapng L1744", "name record type is not known; the record was passed over") \
    RULE(NRB_OPTION_LEN, "PNG-508", ERROR, "pcapng L1783", "name resolution option has the wrong length") \
    RULE(NRB_OPTION_REPEATED, "PNG-508", ERROR, "pcapng L1763", "name resolution option may appear only once") \
    RULE(NRB_UTF8, "PNG-509", ERROR, "pcapng L1691", "name is not valid UTF-8") \
    RULE(ISB_LEN_MIN, "PNG-600", ERROR, "pcapng L1820", "interface statistics block is shorter than 24 bytes") \
    RULE(ISB_IFACE, "PNG-601", ERROR, "pcapng L1848", "interface id of a statistics block has no interface description") \
    RULE(ISB_OPTION_LEN, "PNG-602", ERROR, "pcapng L1870", "statistics option is not 8 bytes long") \
    RULE(ISB_OPTION_REPEATED, "PNG-603", ERROR, "pcapng L1870", "statistics option may appear only once") \
    RULE(ISB_TIMES, "PNG-604", WARNING, "pcapng L1883", "end of the statistics lies before their start, or a packet outside") \
    RULE(ISB_TIME_SWAPPED, "PNG-605", WARNING, "pcapng L1883", "high and low word of a statistics time seem to be exchanged") \
    RULE(ISB_DECREASE, "PNG-606", INFO, "pcapng L1805", "counter is smaller than in the statistics before") \
    RULE(ISB_COUNTS, "PNG-607", WARNING, "pcapng L1911", "statistics count fewer packets than are there, or deliver more than the filter took") \
    RULE(ISB_LATER_SECTION, "PNG-608", INFO, "pcapng L1805", "statistics of a later section; Wireshark up to 4.6 books them on another interface") \
    RULE(DSB_LEN_MIN, "PNG-700", ERROR, "pcapng L1991", "decryption secrets block is shorter than 20 bytes") \
    RULE(DSB_SECRETS_LEN, "PNG-701", ERROR, "pcapng L2029", "secrets length does not fit into the block") \
    RULE(DSB_LATE, "PNG-702", WARNING, "pcapng L1981", "secrets come after packets that may need them") \
    RULE(DSB_TYPE, "PNG-703", WARNING, "pcapng L2022", "secrets type is not known") \
    RULE(DSB_LINES, "PNG-704", ERROR, "pcapng L2057", "key log has a line that does not end in LF or CRLF") \
    RULE(DSB_ZIGBEE_LEN, "PNG-705", ERROR, "pcapng L2139", "ZigBee key has the wrong length, or its addresses the wrong order") \
    RULE(DSB_PRIVACY, "PNG-706", WARNING, "pcapng L2134", "the file holds a long-term secret") \
    RULE(DSB_PRESENT, "PNG-706", INFO, "pcapng L2134", "the file holds secrets: think before sharing it") \
    RULE(CB_LEN_MIN, "PNG-800", ERROR, "pcapng L2292", "custom block is shorter than 16 bytes") \
    RULE(CB_COPY, "PNG-801", INFO, "pcapng L2312", "custom block that rewriters may copy") \
    RULE(CB_NOCOPY, "PNG-802", INFO, "pcapng L2312", "custom block that rewriters must drop") \
    RULE(CB_EARLY, "PNG-803", INFO, "pcapng L2277", "custom block before the first interface description: legal, but some readers do not expect it") \
    RULE(CUSTOM_OPTION_LEN, "PNG-804", ERROR, "pcapng L509", "custom option is shorter than its enterprise number") \
    RULE(CUSTOM_OPTION, "PNG-805", INFO, "pcapng L572", "custom option") \
    RULE(OPTION_LOCAL, "PNG-807", WARNING, "pcapng L422", "option code is in the range for local use") \
    RULE(OPTION_UNKNOWN, "PNG-808", INFO, "pcapng L398", "option code is not known; the option was passed over") \
    RULE(JOURNAL_EMPTY, "PNG-810", ERROR, "extras L107", "journal entry has no __REALTIME_TIMESTAMP") \
    RULE(JOURNAL_TIME, "PNG-812", ERROR, "extras L150", "__REALTIME_TIMESTAMP is not a decimal number, or needs more than 64 bits") \
    RULE(JOURNAL_PADDING, "PNG-814", WARNING, "extras L117", "journal entry has more zeros at its end than padding needs") \
    RULE(OPTIONS_NO_END, "PNG-900", ERROR, "pcapng L475", "option list is not closed by opt_endofopt") \
    RULE(OPTION_END_LEN, "PNG-901", ERROR, "pcapng L507", "opt_endofopt is not empty") \
    RULE(OPTION_AFTER_END, "PNG-902", WARNING, "pcapng L515", "bytes follow opt_endofopt") \
    RULE(OPTION_OVERRUN, "PNG-903", ERROR, "pcapng L432", "option leaves its block") \
    RULE(OPTION_HEADER_SHORT, "PNG-904", ERROR, "pcapng L475", "the block ends inside an option header") \
    RULE(OPTION_PADDING, "PNG-905", ERROR, "pcapng L658", "option padding is not zero") \
    RULE(COMMENT_AGAIN, "PNG-908", INFO, "pcapng L508", "several comments on one block: legal, but some readers keep one") \
    RULE(OPTIONS_ONLY_END, "PNG-909", INFO, "pcapng L475", "option list holds opt_endofopt and nothing else") \
    RULE(OPTION_LINES, "PNG-910", WARNING, "pcapng L526", "text has a line that ends in CR alone") \
    RULE(OPTION_FULL, "PNG-911", INFO, "pcapng L432", "text fills the longest option there is and may have been cut") \
    RULE(PIB_SEEN, "PIB-001", INFO, "Wireshark custom block", "process information block") \
    RULE(PIB_LATE, "PIB-002", WARNING, "Wireshark custom block", "packet refers to a process that is described only later, or never") \
    RULE(PIB_ENTRY_LEN, "PIB-003", ERROR, "Wireshark custom block", "process information entry leaves its block, or is shorter than its process id") \
    RULE(PIB_OPTION_LEN, "PIB-003", ERROR, "Wireshark custom block", "option of a process information entry has the wrong length") \
    RULE(PIB_ENTRY_UNKNOWN, "PIB-004", INFO, "Wireshark custom block", "entry type is not known; the entry is kept as it is") \
    \
    RULE(PCAP_MAGIC, "PCP-001", ERROR, "pcap L126", "magic is not that of pcap: it is damaged, or of a pcap variant") \
    RULE(PCAP_HEADER_SHORT, "PCP-002", ERROR, "pcap L122", "the file ends inside the pcap header") \
    RULE(PCAP_VERSION, "PCP-003", WARNING, "pcap L136", "pcap version is not 2.4") \
    RULE(PCAP_VERSION_NEW, "PCP-003", ERROR, "pcap L136", "pcap version is above 2.4 and was never defined") \
    RULE(PCAP_RESERVED1, "PCP-004", WARNING, "pcap L157", "reserved field 1 (old time zone) is not zero") \
    RULE(PCAP_RESERVED2, "PCP-005", WARNING, "pcap L163", "reserved field 2 (old accuracy) is not zero") \
    RULE(PCAP_SNAPLEN, "PCP-006", ERROR, "pcap L169", "snap length is zero") \
    RULE(PCAP_SNAPLEN_LARGE, "PCP-006", WARNING, "libpcap", "snap length is above 256 KiB") \
    RULE(PCAP_R_BIT, "PCP-007", ERROR, "pcap L203", "reserved bit beside the link type is set") \
    RULE(PCAP_RESERVED3, "PCP-008", ERROR, "pcap L213", "reserved bits beside the link type are set") \
    RULE(PCAP_FCS, "PCP-009", INFO, "pcap L195", "packets carry a frame check sequence") \
    RULE(PCAP_FCS_NO_P, "PCP-009", WARNING, "pcap L208", "a length of the frame check sequence is given but not declared valid") \
    RULE(PCAP_LINK_TYPE, "PCP-010", WARNING, "pcap L218", "link type is not in the registry") \
    RULE(PCAP_FRACTION, "PCP-020", ERROR, "pcap L259", "fraction of a second is a second or more") \
    RULE(PCAP_OVER_SNAPLEN, "PCP-021", WARNING, "pcap L270", "captured length is above the snap length") \
    RULE(PCAP_ORIGLEN, "PCP-022", WARNING, "pcap L276", "original length is smaller than the captured length") \
    RULE(PCAP_CUT, "PCP-023", INFO, "pcap L270", "packet was cut although the snap length leaves room") \
    RULE(PCAP_RECORD_SHORT, "PCP-024", ERROR, "pcap L254", "the file ends inside a record header") \
    RULE(PCAP_DATA_SHORT, "PCP-025", ERROR, "pcap L294", "the file ends inside a packet") \
    RULE(PCAP_CAPLEN_LIMIT, "PCP-026", ERROR, "reader limit", "captured length is above the limit") \
    RULE(PCAP_TIME_BACK, "PCP-027", WARNING, "common sense", "time goes backwards") \
    RULE(PCAP_TIME_LATE, "PCP-028", INFO, "pcap L259", "seconds need the 32nd bit; readers with signed time see a time before 1970") \
    RULE(PCAP_CONCATENATED, "PCP-031", ERROR, "pcap L232", "another capture file starts where a record should") \
    \
    RULE(MIX_AFTER_EVENTS, "MIX-01", WARNING, "libscap automaton", "block after the first event of its section is no event; libscap stops here") \
    RULE(MIX_LAST_NO_EVENT, "MIX-02", WARNING, "libscap automaton", "the last section holds no event; libscap ends with an error") \
    RULE(MIX_FIRST_NO_EVENT, "MIX-03", WARNING, "Stratoshark 0.9", "events, but the first frame of the file is none; Stratoshark decodes nothing") \
    RULE(MIX_NO_TABLES, "MIX-04", WARNING, "libscap automaton", "events in a section without machine or process tables") \
    RULE(MIX_BIG_ENDIAN, "MIX-05", WARNING, "libscap automaton", "section is big-endian; sysdig stops here") \
    RULE(MIX_SHB_OPTIONS, "MIX-06", INFO, "libs before 0.21", "section header has options; sysdig before libs 0.21 cannot open the file") \
    RULE(MIX_V2_IN_V1, "MIX-07", ERROR, "mergecap 4.0/4.4", "old event block holds an event of the new layout") \
    RULE(MIX_NO_OVERLAP, "MIX-08", WARNING, "clock skew", "times of events and packets do not overlap: two clocks?") \
    RULE(MIX_TABLE_LATE, "MIX-09", WARNING, "libscap automaton", "table after the first event of its section") \
    RULE(MIX_EVF, "MIX-10", INFO, "Wireshark before 4.6", "event block with flags; Wireshark before 4.6 does not show it") \
    \
    RULE(GZIP_TRAILING, "SCP-B15", WARNING, "zlib gzread", "bytes after the last gzip member are no member") \
    RULE(GZIP_TRUNCATED, "SCP-B16", ERROR, "RFC 1952", "the gzip stream ends in the middle of a member") \
    RULE(GZIP_DAMAGED, "SCP-B17", ERROR, "RFC 1952", "the gzip stream is damaged or its checksum is wrong") \
    RULE(MI_LEN, "SCP-M01", ERROR, "scap 4", "machine info block is not 192 bytes long") \
    RULE(TABLE_REPEATED, "SCP-M02", WARNING, "scap 4-6", "table appears again in its section; the last one counts") \
    RULE(TABLES_MISSING, "SCP-M03", INFO, "scap 15", "machine, interface or user table is missing; readers before 2021 refuse the file") \
    RULE(MI_CPUS, "SCP-M04", WARNING, "scap 4", "machine info names no processors, or fewer than events come from") \
    RULE(MI_HOSTNAME, "SCP-M05", WARNING, "scap 4", "host name is not NUL-ended") \
    RULE(PL_ENTRY, "SCP-P01", ERROR, "scap 7", "process entry leaves its block or its own length") \
    RULE(PL_TAIL, "SCP-P02", WARNING, "scap 7", "process entry ends inside a field") \
    RULE(PL_STRING, "SCP-P03", WARNING, "scap 16", "string is longer than libscap reads") \
    RULE(PL_DUPLICATE, "SCP-P04", WARNING, "scap 7", "thread is listed twice") \
    RULE(PL_BOOL, "SCP-P05", WARNING, "scap 7", "yes/no byte is neither 0 nor 1") \
    RULE(PL_LIST, "SCP-P06", INFO, "scap 7", "list is not NUL-ended; it was cut when it was recorded") \
    RULE(FDL_ENTRY, "SCP-F01", ERROR, "scap 8", "file descriptor entry leaves its block or its own length") \
    RULE(FDL_TYPE_0, "SCP-F02", ERROR, "scap 8", "file descriptor of type 0") \
    RULE(FDL_TYPE, "SCP-F03", WARNING, "scap 8", "file descriptor type is unknown to sysdig 0.29") \
    RULE(FDL_TYPE_V1, "SCP-F07", ERROR, "scap 8", "file descriptor type is unknown and its entry carries no length") \
    RULE(FDL_ORPHAN, "SCP-F04", WARNING, "scap 8", "file descriptors of a thread that no process list has named") \
    RULE(FDL_DUPLICATE, "SCP-F05", WARNING, "scap 8", "file descriptor is listed twice") \
    RULE(FDL_NAME, "SCP-F06", WARNING, "scap 8", "file descriptor name is longer than libscap reads") \
    RULE(IL_ENTRY, "SCP-I01", ERROR, "scap 5", "interface entry leaves its block or its own length") \
    RULE(IL_TYPE, "SCP-I02", ERROR, "scap 5", "interface entry of an unknown type") \
    RULE(IL_NAME, "SCP-I03", WARNING, "scap 5", "interface name is longer than libscap reads") \
    RULE(UL_ENTRY, "SCP-U01", ERROR, "scap 6", "user entry leaves its block or its own length") \
    RULE(UL_STRING, "SCP-U02", WARNING, "scap 6", "user string is longer than libscap reads") \
    RULE(UL_KIND, "SCP-U03", WARNING, "scap 6", "user entry is neither user nor group") \
    RULE(EVENT_LEN, "SCP-E01", ERROR, "scap 9.2", "event length is smaller than its header or leaves its block") \
    RULE(EVENT_LENGTHS, "SCP-E02", ERROR, "scap 9.3", "the array of parameter lengths leaves the event") \
    RULE(EVENT_SUM, "SCP-E03", ERROR, "scap 9.3", "parameter lengths do not add up to the event length") \
    RULE(EVENT_BLOCK_LIMIT, "SCP-E04", WARNING, "scap 9.6", "event block is larger than libscap reads") \
    RULE(EVENT_UNKNOWN, "SCP-E05", WARNING, "scap 10", "event code is not in the schema") \
    RULE(EVENT_NOT_CONVERTIBLE, "SCP-E06", WARNING, "scap 14", "current libscap cannot convert an event with this number of parameters") \
    RULE(EVENT_SURPLUS_MANAGED, "SCP-E07", WARNING, "scap 14", "exit event has more parameters than the table; current libscap refuses it") \
    RULE(EVENT_N_PARAMS, "SCP-E08", INFO, "scap 10", "event has another number of parameters than the table") \
    RULE(PARAM_SIZE, "SCP-E09", ERROR, "scap 11", "parameter has another size than its type") \
    RULE(PARAM_STRING_END, "SCP-E10", ERROR, "scap 11", "string parameter is not NUL-ended, or holds a NUL inside") \
    RULE(PARAM_MALFORMED, "SCP-E11", ERROR, "scap 11", "parameter does not have the structure of its type") \
    RULE(PARAM_EMPTY, "SCP-E12", WARNING, "scap 12", "fixed-size parameter is empty where current readers do not expect it") \
    RULE(EVENT_LARGE_MISMATCH, "SCP-E13", ERROR, "scap 9.3", "event of a large type in a small block, or the reverse") \
    RULE(EVENT_TIME_BACK, "SCP-E14", WARNING, "scap 9.2", "time goes backwards in this thread") \
    RULE(EVENT_CPU_TIME_BACK, "SCP-E14", WARNING, "scap 9.2", "time goes backwards on this processor") \
    RULE(EVENT_OTHER_ENTER, "SCP-E15", WARNING, "scap 14", "enter event before this exit is of another kind; current libscap refuses the exit") \
    RULE(EVENT_FLAGS, "SCP-E16", WARNING, "scap 9.1", "event flags outside bit 0 are set") \
    RULE(EVENT_UNUSED, "SCP-E17", WARNING, "scap 10", "event code is a place-holder that is never recorded") \
    RULE(PARAM_POINTER, "SCP-E18", WARNING, "scap 11", "parameter is a pointer of the recording process, without meaning in a file") \
    RULE(EVENT_V1_LENGTHS, "SCP-E19", ERROR, "scap 9.4", "the number of parameters of an old event cannot be told") \
    RULE(EVENT_V1_SURPLUS, "SCP-E19", WARNING, "scap 9.4", "an old event has more parameters than the table; libscap stops there")
/* clang-format on */

enum rule {
#define RULE(symbol, id, severity, source, sentence) RULE_##symbol,
    SCAPF_RULES(RULE)
#undef RULE
        RULE_COUNT
};

#endif
