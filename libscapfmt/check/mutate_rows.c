/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mutate_rows.c - how each rule is broken, as a table: a row or more a rule, tried in this order;
 * or why no file can break it. A test proves that every rule is in one of the two.
 *
 *   ROW(rule, target, function, a, b, value, bytes, what)      LAST: the last place first
 *   MANY(variants, ...)                                        ALSO(companions, ...)
 */
#include "check/mutate.h"

#include "block/section.h"

#define UNPACK(...)        __VA_ARGS__
#define NONE3              (0, 0, 0)
#define END(n)             (0x80000000u | (n))
#define RAW_OPT(code, len) ((uint32_t)(code) << 16 | (len))

/* clang-format off */
#define FULL(rule, target, back, variants, also, fn, a, b, value, bytes, what) \
    {RULE_##rule, target, back, variants, {UNPACK also}, fn, a, b, value, bytes, what},
#define ROW(rule, target, fn, a, b, value, bytes, what) \
    FULL(rule, target, false, 0, NONE3, fn, a, b, value, bytes, what)
#define LAST(rule, target, fn, a, b, value, bytes, what) \
    FULL(rule, target, true, 0, NONE3, fn, a, b, value, bytes, what)
#define MANY(n, rule, target, fn, a, b, value, bytes, what) \
    FULL(rule, target, true, n, NONE3, fn, a, b, value, bytes, what)
/* An option of b bytes, once or several times. */
#define OPT(rule, target, code, len, times, bytes) \
    FULL(rule, target, true, 1, NONE3, mop_option, code, len, times, bytes, "an option was added")
#define ALSO1(x) (RULE_##x, 0, 0)
#define ALSO2(x, y) (RULE_##x, RULE_##y, 0)
#define ALSO3(x, y, z) (RULE_##x, RULE_##y, RULE_##z)
#define WITH(also, rule, target, fn, a, b, value, bytes, what) \
    FULL(rule, target, true, 0, also, fn, a, b, value, bytes, what)

#define OTHER_FILE "the first bytes were changed"
#define FIELD      "a field was set"
#define OPTIONS    "the option list was changed"
#define INSERTED   "a block was inserted"
#define SHORTER    "the block was made shorter than its fixed part"
#define PARAM      "a parameter was changed"
#define ENTRY      "an entry of the table was changed"
#define NAME       "a name record was added"
#define SECTION    "another section was added"
#define PACKED     "the file was packed and the packed file damaged"

/* Process information of process 5 with one option: its type, its length, four bytes. */
#define PIB(type, len, code, optlen) \
    "\x6e\x7f\0\0" type "\0\0\0" len "\0\0\0" "\5\0\0\0" code "\0" optlen "\0" "\1\0\0\0"

static const struct mutate_row rows[] = {
    LAST(EMPTY_FILE, ON_FILE, mop_cut, 0, 0, 1, NULL, "everything was left out")
    ROW(ZSTD_TRUNCATED, ON_FILE, mop_pack, SCAPF_ZSTD, 1, 0, NULL, PACKED)
    ROW(ZSTD_DAMAGED, ON_FILE, mop_pack, SCAPF_ZSTD, 2, 0, NULL, PACKED)
    ROW(ZSTD_TRAILING, ON_FILE, mop_pack, SCAPF_ZSTD, 0, 0, NULL, PACKED)
    ROW(ZSTD_WINDOW, ON_FILE, mop_pack, SCAPF_ZSTD, 3, 0, NULL, PACKED)
    ROW(GZIP_TRAILING, ON_FILE, mop_pack, SCAPF_GZIP, 0, 0, NULL, PACKED)
    ROW(GZIP_TRUNCATED, ON_FILE, mop_pack, SCAPF_GZIP, 1, 0, NULL, PACKED)
    ROW(GZIP_DAMAGED, ON_FILE, mop_pack, SCAPF_GZIP, 2, 0, NULL, PACKED)

    /* framing */
    ROW(FILE_NOT_SHB, ON_SHB, mop_set, 0, 4, 0, "scap", OTHER_FILE)
    ROW(FILE_NOT_SHB, ON_PCAP_HEADER, mop_set, 0, 8, 0, "no pcap.", OTHER_FILE)
    LAST(BLOCK_HEADER_SHORT, ON_FILE, mop_append, 0, 5, 0, "\6\0\0\0\x20", "5 bytes were added at the end")
    LAST(BLOCK_LEN_MIN, ON_BLOCK, mop_set, 4, 4, 8, NULL, FIELD)
    LAST(BLOCK_LEN_ALIGN, ON_BLOCK, mop_add, 4, 4, 1, NULL, FIELD)
    LAST(BLOCK_LEN_TRAILER, ON_BLOCK, mop_set, END(4), 4, 0x44, NULL, FIELD)
    LAST(BLOCK_TRUNCATED, ON_FILE, mop_cut, 4, 0, 0, NULL, "the last 4 bytes were left out")
    LAST(BLOCK_LEN_LIMIT, ON_BLOCK, mop_set, 4, 4, 0x7FFFFFFC, NULL, FIELD)
    LAST(PADDING_NOT_ZERO, ON_BLOCK, mop_padding, 0, 0, 0, NULL, FIELD)
    WITH(ALSO1(BLOCK_LEN_MIN), TRAILING_BYTES, ON_FILE, mop_append, 0, 16, 0, "\x77\x77\x77\0\1\0\0\0garbage.", "16 bytes were added at the end")
    WITH(ALSO1(BLOCK_LEN_MIN), TRAILING_BYTES, ON_FILE, mop_append, 0, 16, 0, "\0\x77\x77\x77\0\0\0\1garbage.", "16 bytes were added at the end")
    LAST(TRAILING_ZEROS, ON_FILE, mop_append, 0, 16, 0, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "16 zeros were added at the end")
    ROW(BLOCK_TYPE_RESERVED, ON_SHB, mop_insert, 0, 4, 1, "\0\0\0\0", INSERTED)
    ROW(BLOCK_TYPE_TEXT_MARK, ON_SHB, mop_insert, 0x0A0D0A41, 4, 1, "\0\0\0\0", INSERTED)
    ROW(BLOCK_TYPE_UNKNOWN, ON_SHB, mop_insert, 0xF0F, 4, 1, "\0\0\0\0", INSERTED)
    ROW(BLOCK_TYPE_LOCAL, ON_SHB, mop_insert, 0x80007777, 4, 1, "\0\0\0\0", INSERTED)

    /* sections */
    ROW(TEXT_MODE_DAMAGE, ON_SHB, mop_set, 0, 4, 0, "\x0D\x0A\x0D\x0A", OTHER_FILE)
    LAST(SHB_MAGIC, ON_SHB, mop_set, 8, 4, 0x11223344, NULL, FIELD)
    LAST(SHB_LEN_MIN, ON_SHB, mop_set, 4, 4, 24, NULL, FIELD)
    LAST(SHB_MAJOR, ON_SHB, mop_set, 12, 2, 2, NULL, FIELD)
    LAST(SHB_MINOR_2, ON_SHB, mop_set, 14, 2, 2, NULL, FIELD)
    LAST(SHB_MINOR, ON_SHB, mop_set, 14, 2, 7, NULL, FIELD)
    LAST(SHB_MINOR_SCAP, ON_SHB, mop_set, 14, 2, 1, NULL, FIELD)
    LAST(SECTION_LEN, ON_SHB, mop_set, 16, 8, 4, NULL, FIELD)
    LAST(SECTION_LEN_ALIGN, ON_SHB, mop_set, 16, 8, 3, NULL, FIELD)
    LAST(SECTION_LEN_NEGATIVE, ON_SHB, mop_set, 16, 8, 0xFFFFFFFFFFFFFFFC, NULL, FIELD)
    OPT(SHB_OPTION_REPEATED, ON_SHB, 3, 5, 2, "Linux")
    WITH(ALSO1(MIX_SHB_OPTIONS), SHB_OPTION_REPEATED, ON_SHB, mop_option, 3, 5, 2, "Linux", OPTIONS)
    ROW(SECTION_AGAIN, ON_FILE, mop_new_section, 0, 0, 0, NULL, SECTION)
    ROW(SECTION_AGAIN, ON_FILE, mop_new_section, 0, 3, 0, NULL, SECTION)
    WITH(ALSO2(ISB_LATER_SECTION, MIX_LAST_NO_EVENT), SECTION_AGAIN, ON_FILE, mop_new_section, 0, 3, 0, NULL, SECTION)
    WITH(ALSO3(SECTION_AGAIN, MIX_LAST_NO_EVENT, MIX_BIG_ENDIAN), SECTION_ORDER, ON_FILE, mop_new_section, 1, 0, 0, NULL, SECTION)
    WITH(ALSO1(SECTION_AGAIN), IFACE_OTHER_SECTION, ON_FILE, mop_new_section, 0, 1, 0, NULL, SECTION)
    LAST(BLOCK_SWAPPED, ON_BLOCK, mop_swap_frame, 0, 0, 0, NULL, "type and lengths were turned round")

    /* interfaces */
    ROW(IDB_LEN_MIN, ON_SHB, mop_insert, 1, 4, 0, "\1\0\0\0", INSERTED)
    LAST(IDB_RESERVED, ON_IDB, mop_set, 10, 2, 1, NULL, FIELD)
    LAST(IDB_LINK_TYPE, ON_IDB, mop_set, 8, 2, 0xFFF0, NULL, FIELD)
    WITH(ALSO1(IFACE_UNUSED), INTERFACE_LIMIT, ON_IDB, mop_interfaces, 0, 0, SECTION_MAX_INTERFACES, NULL, "interfaces without options were added")
    WITH(ALSO2(EPB_IFACE, SPB_NO_IFACE), IFACE_MISSING, ON_IDB, mop_move_back, 0, 0, 0, NULL, "the block was moved behind the first packet")
    OPT(TSRESOL_FORM, ON_IDB, 9, 1, 1, "\7")
    OPT(TSRESOL_FORM, ON_IDB, 9, 1, 1, "\5")
    OPT(TSRESOL_FORM, ON_IDB, 9, 1, 1, "\x0A")
    OPT(TSRESOL_RANGE, ON_IDB, 9, 1, 1, "\x1E")
    WITH(ALSO1(TSRESOL_FORM), TSRESOL_PRESENT, ON_IDB, mop_option, 9, 1, 1, "\x0C", OPTIONS)
    OPT(TSRESOL_SECONDS, ON_IDB, 9, 1, 1, "\0")
    WITH(ALSO2(EPB_TIME_ODD, EPB_TIME_SWAPPED), TSRESOL_SECONDS, ON_IDB, mop_option, 9, 1, 1, "\0", OPTIONS)
    OPT(TSRESOL_LEN, ON_IDB, 9, 2, 1, "\6\6")
    OPT(TSRESOL_REPEATED, ON_IDB, 9, 1, 2, "\6")
    OPT(TSRESOL_REPEATED, ON_IDB, 9, 1, 2, "\x09")
    OPT(TSOFFSET_LEN, ON_IDB, 14, 4, 1, "\0\0\0\0")
    OPT(TSOFFSET_RANGE, ON_IDB, 14, 8, 1, "\0\0\0\0\0\0\0\x80")
    OPT(TZONE_USED, ON_IDB, 10, 4, 1, "\0\0\0\0")
    OPT(TZONE_LEN, ON_IDB, 10, 2, 1, "\0\0")
    OPT(IF_FILTER, ON_IDB, 11, 0, 1, "")
    OPT(IF_FILTER_CODE, ON_IDB, 11, 2, 1, "\x09\x09")
    OPT(IF_IPV4_LEN, ON_IDB, 4, 4, 1, "\x0A\0\0\1")
    ROW(IF_IPV4_MASK, ON_IDB, mop_option, 4, 8, 1, "\x0A\0\0\1\xFF\0\xFF\0", OPTIONS)
    OPT(IF_IPV6_LEN, ON_IDB, 5, 16, 1, "abcdefghijklmnop")
    ROW(IF_IPV6_PREFIX, ON_IDB, mop_option, 5, 17, 1, "abcdefghijklmnop\x81", OPTIONS)
    OPT(IF_MAC_LEN, ON_IDB, 6, 5, 1, "\2\0\0\0\1")
    OPT(IF_SPEED_LEN, ON_IDB, 8, 4, 1, "\0\0\0\1")
    ROW(IF_SPEED_TWICE, ON_IDB, mop_options_raw, RAW_OPT(16, 8), 20, 1, "\1\0\0\0\0\0\0\1\x11\0\x08\0\1\0\0\0\0\0\0\1", OPTIONS)
    ROW(IF_SPEED_TWICE, ON_IDB, mop_options_raw, RAW_OPT(16, 8), 20, 1, "\1\0\0\0\0\0\0\1\0\x11\0\x08\1\0\0\0\0\0\0\1", OPTIONS)
    OPT(IF_FCSLEN_LEN, ON_IDB, 13, 2, 1, "\4\4")
    OPT(IF_FCSLEN_VALUE, ON_IDB, 13, 1, 1, "\xC8")
    OPT(OPTION_UTF8, ON_OPTIONS, 1, 2, 1, "a\xFF")
    OPT(OPTION_NUL, ON_OPTIONS, 1, 3, 1, "a\0b")
    OPT(OPTION_REPEATED, ON_IDB, 12, 5, 2, "Linux")
    LAST(IFACES_DIFFER, ON_IDB, mop_set, 12, 4, 0x00012345, NULL, FIELD)
    LAST(IFACES_DIFFER, ON_IDB, mop_set, 8, 2, 113, NULL, FIELD)
    WITH(ALSO2(IFACE_UNUSED, SPB_INTERFACES), IFACES_DIFFER, ON_SHB, mop_insert, 1, 8, 0, "\1\0\0\0\1\2\3\4", INSERTED)
    LAST(IFACE_UNUSED, ON_IDB, mop_again, 0, 0, 2, NULL, INSERTED)
    WITH(ALSO1(SPB_INTERFACES), IFACE_UNUSED, ON_IDB, mop_again, 0, 0, 2, NULL, INSERTED)

    /* packets */
    LAST(EPB_LEN_MIN, ON_EPB, mop_shrink, 28, 0, 0, NULL, SHORTER)
    LAST(EPB_IFACE, ON_EPB, mop_set, 8, 4, 0xFFFF, NULL, FIELD)
    LAST(EPB_CAPLEN, ON_EPB, mop_set, 20, 4, 0x00100000, NULL, FIELD)
    MANY(40, EPB_SNAPLEN, ON_IDB, mop_snaplen, 12, 0, 0, NULL, FIELD)
    LAST(EPB_ORIGLEN, ON_EPB, mop_add, 24, 20, 0xFFFFFFFF, NULL, FIELD)
    LAST(EPB_CUT, ON_EPB, mop_add, 24, 20, 100, NULL, FIELD)
    LAST(EPB_TIME_BACK, ON_EPB, mop_ticks, 0, 0, 0, NULL, FIELD)
    WITH(ALSO1(ISB_TIMES), EPB_TIME_BACK, ON_EPB, mop_ticks, 0, 0, 0, NULL, FIELD)
    ROW(EPB_TIME_ODD, ON_EPB, mop_ticks, 1, 0, 0, NULL, FIELD)
    WITH(ALSO2(ISB_TIMES, EPB_TIME_BACK), EPB_TIME_ODD, ON_EPB, mop_ticks, 1, 0, 0, NULL, FIELD)
    LAST(EPB_TIME_SWAPPED, ON_EPB, mop_ticks, 2, 0, 0, NULL, FIELD)
    WITH(ALSO2(ISB_TIMES, EPB_TIME_BACK), EPB_TIME_SWAPPED, ON_EPB, mop_ticks, 2, 0, 0, NULL, FIELD)
    OPT(EPB_FLAGS_LEN, ON_EPB, 2, 3, 1, "\1\0\0")
    OPT(EPB_FLAGS_BITS, ON_EPB, 2, 4, 1, "\0\xF0\0\0")
    OPT(EPB_FLAGS_CHECKSUM, ON_EPB, 2, 4, 1, "\0\6\0\0")
    OPT(EPB_HASH_LEN, ON_EPB, 3, 2, 1, "\2\2")
    OPT(EPB_HASH_KIND, ON_EPB, 3, 2, 1, "\xC8\xC8")
    OPT(EPB_DROPCOUNT_LEN, ON_EPB, 4, 4, 1, "\0\0\0\0")
    OPT(EPB_PACKETID_LEN, ON_EPB, 5, 4, 1, "\0\0\0\1")
    OPT(EPB_QUEUE_LEN, ON_EPB, 6, 2, 1, "\0\1")
    OPT(EPB_VERDICT_LEN, ON_EPB, 7, 0, 1, "")
    OPT(EPB_VERDICT_LEN, ON_EPB, 7, 2, 1, "\1\1")
    OPT(EPB_VERDICT_KIND, ON_EPB, 7, 2, 1, "\xC8\xC8")
    OPT(EPB_PID_TID_LEN, ON_EPB, 8, 4, 1, "\0\0\0\0")
    OPT(EPB_OPTION_REPEATED, ON_EPB, 6, 4, 2, "\0\0\0\1")
    OPT(PIB_LATE, ON_EPB, 8, 8, 1, "\x11\x22\x22\x11\x11\x22\x22\x11")
    WITH(ALSO1(IFACE_MISSING), SPB_NO_IFACE, ON_SHB, mop_insert, 3, 8, 1, "\0\0\0\0\0\0\0\0", INSERTED)
    LAST(SPB_LEN_MIN, ON_SPB, mop_shrink, 12, 0, 0, NULL, SHORTER)
    LAST(SPB_DATA_LEN, ON_SPB, mop_set, 8, 4, 5000, NULL, FIELD)
    LAST(SPB_DATA_LEN, ON_SPB, mop_set, 8, 4, 1, NULL, FIELD)
    WITH(ALSO1(IFACE_UNUSED), SPB_INTERFACES, ON_IDB, mop_again, 0, 0, 2, NULL, INSERTED)
    LAST(PB_OBSOLETE, ON_EPB, mop_obsolete, 0, 0, 0, NULL, "the packet became one of the old kind")
    LAST(PB_IFACE, ON_PB, mop_set, 8, 2, 0xFFF, NULL, FIELD)
    LAST(PB_DROPS_UNKNOWN, ON_PB, mop_set, 10, 2, 0xFFFF, NULL, FIELD)
    WITH(ALSO1(PB_OBSOLETE), PB_DROPS_UNKNOWN, ON_EPB, mop_obsolete, 0, 0, 0xFFFF, NULL, "the packet became one of the old kind")

    /* names */
    LAST(NRB_NO_END, ON_NRB, mop_name, 0, 0, 3, NULL, "the end of the records was left out")
    LAST(NRB_END_LEN, ON_NRB, mop_name, 0, 4, 2, "\0\0\0\0", "the end of the records got a value")
    LAST(NRB_RECORD_LEN, ON_NRB, mop_name, 1, 4, 0, "\x0A\0\0\1", NAME)
    LAST(NRB_NAME_EMPTY, ON_NRB, mop_name, 1, 5, 0, "\x0A\0\0\1\0", NAME)
    LAST(NRB_RECORD_LEN_OTHER, ON_NRB, mop_name, 2, 8, 0, "\x20\1\0\0\0\0\0\1", NAME)
    LAST(NRB_NAME_END, ON_NRB, mop_name, 1, 8, 0, "\x0A\0\0\1host", NAME)
    LAST(NRB_RECORD_OVERRUN, ON_NRB, mop_name, 1, 8, 4000, "\x0A\0\0\1hos\0", NAME)
    LAST(NRB_PADDING, ON_NRB, mop_name, 1, 7, 1, "\x0A\0\0\1ho\0", NAME)
    LAST(NRB_RECORD_UNKNOWN, ON_NRB, mop_name, 99, 4, 0, "data", NAME)
    LAST(NRB_UTF8, ON_NRB, mop_name, 1, 8, 0, "\x0A\0\0\1h\xFFt\0", NAME)
    OPT(NRB_OPTION_LEN, ON_NRB, 3, 2, 1, "\x0A\0")
    OPT(NRB_OPTION_REPEATED, ON_NRB, 2, 4, 2, "name")

    /* statistics */
    LAST(ISB_LEN_MIN, ON_ISB, mop_shrink, 20, 0, 0, NULL, SHORTER)
    LAST(ISB_IFACE, ON_ISB, mop_set, 8, 4, 0xFFF, NULL, FIELD)
    OPT(ISB_OPTION_LEN, ON_ISB, 7, 4, 1, "\0\0\0\1")
    OPT(ISB_OPTION_REPEATED, ON_ISB, 7, 8, 2, "\x7F\0\0\0\0\0\0\x7F")
    OPT(ISB_TIMES, ON_ISB, 3, 8, 1, "\0\0\0\1\0\0\0\1")
    LAST(ISB_TIME_SWAPPED, ON_ISB, mop_stats_time, 0, 0, 0, NULL, OPTIONS)
    OPT(ISB_COUNTS, ON_ISB, 4, 8, 1, "\0\0\0\0\0\0\0\0")
    MANY(7, ISB_DECREASE, ON_ISB, mop_stats_before, 0, 0, 0, NULL, INSERTED)
    WITH(ALSO2(SECTION_AGAIN, MIX_LAST_NO_EVENT), ISB_LATER_SECTION, ON_FILE, mop_new_section, 0, 2, 0, NULL, SECTION)

    /* secrets, custom blocks, journal */
    LAST(DSB_LEN_MIN, ON_DSB, mop_shrink, 16, 0, 0, NULL, SHORTER)
    LAST(DSB_SECRETS_LEN, ON_DSB, mop_set, 12, 4, 0x00100000, NULL, FIELD)
    LAST(DSB_LATE, ON_DSB, mop_again, 0, 0, 1, NULL, INSERTED)
    LAST(DSB_TYPE, ON_DSB, mop_set, 8, 4, 0x12345678, NULL, FIELD)
    LAST(DSB_LINES, ON_DSB, mop_secrets, 0, 4, 0x544c534b, "line", "the secrets were changed")
    LAST(DSB_ZIGBEE_LEN, ON_DSB, mop_secrets, 0, 4, 0x5a4e574b, "abcd", "the secrets were changed")
    LAST(DSB_PRIVACY, ON_DSB, mop_secrets, 0, 20, 0x57474b4c, "PRESHARED_KEY = abc\n", "the secrets were changed")
    ROW(DSB_PRESENT, ON_SHB, mop_insert, 10, 8, 0, "KSLT\0\0\0\0", INSERTED)
    ROW(DSB_PRESENT, ON_SHB, mop_insert, 10, 8, 0, "TLSK\0\0\0\0", INSERTED)
    LAST(CB_LEN_MIN, ON_CUSTOM, mop_shrink, 12, 0, 0, NULL, SHORTER)
    ROW(CB_COPY, ON_SHB, mop_insert, 0xBAD, 8, 0, "\x11\x22\x22\x11" "data", INSERTED)
    ROW(CB_NOCOPY, ON_SHB, mop_insert, 0x40000BAD, 8, 0, "\x11\x22\x22\x11" "data", INSERTED)
    WITH(ALSO2(CB_EARLY, MIX_FIRST_NO_EVENT), CB_COPY, ON_SHB, mop_insert, 0xBAD, 8, 0, "\x11\x22\x22\x11" "data", INSERTED)
    WITH(ALSO2(CB_EARLY, MIX_FIRST_NO_EVENT), CB_NOCOPY, ON_SHB, mop_insert, 0x40000BAD, 8, 0, "\x11\x22\x22\x11" "data", INSERTED)
    WITH(ALSO2(CB_COPY, MIX_FIRST_NO_EVENT), CB_EARLY, ON_SHB, mop_insert, 0xBAD, 8, 1, "\x11\x22\x22\x11" "data", INSERTED)
    OPT(CUSTOM_OPTION_LEN, ON_OPTIONS, 2988, 2, 1, "ab")
    OPT(CUSTOM_OPTION, ON_OPTIONS, 2988, 8, 1, "\0\0\0\1text")
    OPT(CUSTOM_OPTION, ON_OPTIONS, 2989, 8, 1, "\0\0\0\1data")
    OPT(CUSTOM_OPTION, ON_OPTIONS, 19373, 8, 1, "\0\0\0\1data")
    OPT(OPTION_LOCAL, ON_OPTIONS, 0x9123, 4, 1, "data")
    OPT(OPTION_UNKNOWN, ON_OPTIONS, 999, 4, 1, "data")
    LAST(JOURNAL_EMPTY, ON_JOURNAL, mop_journal, 0, 0, 0, NULL, "the key of the time was changed")
    LAST(JOURNAL_TIME, ON_JOURNAL, mop_journal, 1, 0, 0, NULL, "the time was changed")
    LAST(JOURNAL_PADDING, ON_JOURNAL, mop_journal, 2, 0, 0, NULL, "zeros were added")

    /* option lists */
    LAST(OPTIONS_NO_END, ON_OPTIONS, mop_options_raw, RAW_OPT(1, 4), 4, 0, "text", OPTIONS)
    LAST(OPTIONS_NO_END, ON_OPTIONS, mop_options_end, 0, 0, 0, NULL, OPTIONS)
    LAST(OPTION_END_LEN, ON_OPTIONS, mop_options_end, 1, 0, 0, NULL, OPTIONS)
    LAST(OPTION_AFTER_END, ON_OPTIONS, mop_options_end, 2, 0, 0, NULL, OPTIONS)
    LAST(OPTION_OVERRUN, ON_OPTIONS, mop_options_raw, RAW_OPT(1, 200), 4, 0, "text", OPTIONS)
    WITH(ALSO2(OPTIONS_NO_END, EPB_DROPCOUNT_LEN), OPTION_HEADER_SHORT, ON_EPB, mop_options_raw, RAW_OPT(4, 0), 0, 0, "", OPTIONS)
    WITH(ALSO2(OPTIONS_NO_END, ISB_OPTION_LEN), OPTION_HEADER_SHORT, ON_ISB, mop_options_raw, RAW_OPT(4, 0), 0, 0, "", OPTIONS)
    WITH(ALSO2(OPTIONS_NO_END, TSRESOL_LEN), OPTION_HEADER_SHORT, ON_IDB, mop_options_raw, RAW_OPT(9, 0), 0, 0, "", OPTIONS)
    LAST(OPTION_PADDING, ON_OPTIONS, mop_options_raw, RAW_OPT(1, 2), 4, 1, "ab\1\0", OPTIONS)
    OPT(COMMENT_AGAIN, ON_OPTIONS, 1, 4, 2, "text")
    LAST(OPTIONS_ONLY_END, ON_OPTIONS, mop_options_end, 3, 0, 0, NULL, OPTIONS)
    OPT(OPTION_LINES, ON_OPTIONS, 1, 3, 1, "a\rb")
    OPT(OPTION_FULL, ON_OPTIONS, 1, 65535, 1, NULL)
    WITH(ALSO2(CB_COPY, CB_EARLY), PIB_SEEN, ON_SHB, mop_insert, 0xBAD, 24, 0, PIB("\3", "\x0C", "\5", "\4"), INSERTED)
    WITH(ALSO3(CB_COPY, CB_EARLY, MIX_FIRST_NO_EVENT), PIB_SEEN, ON_SHB, mop_insert, 0xBAD, 24, 0, PIB("\3", "\x0C", "\5", "\4"), INSERTED)
    WITH(ALSO2(CB_COPY, CB_EARLY), PIB_ENTRY_LEN, ON_SHB, mop_insert, 0xBAD, 24, 0, PIB("\3", "\x3C", "\5", "\4"), INSERTED)
    WITH(ALSO3(CB_COPY, CB_EARLY, MIX_FIRST_NO_EVENT), PIB_ENTRY_LEN, ON_SHB, mop_insert, 0xBAD, 24, 0, PIB("\3", "\x3C", "\5", "\4"), INSERTED)
    WITH(ALSO3(CB_COPY, CB_EARLY, PIB_SEEN), PIB_OPTION_LEN, ON_SHB, mop_insert, 0xBAD, 24, 0, PIB("\3", "\x0C", "\5", "\2"), INSERTED)
    WITH(ALSO2(CB_COPY, CB_EARLY), PIB_ENTRY_UNKNOWN, ON_SHB, mop_insert, 0xBAD, 24, 0, PIB("\x77", "\x0C", "\5", "\4"), INSERTED)
    WITH(ALSO3(CB_COPY, CB_EARLY, MIX_FIRST_NO_EVENT), PIB_ENTRY_UNKNOWN, ON_SHB, mop_insert, 0xBAD, 24, 0, PIB("\x77", "\x0C", "\5", "\4"), INSERTED)

    /* classic pcap */
    ROW(PCAP_MAGIC, ON_PCAP_HEADER, mop_set, 0, 4, 0xA1E2CB12, NULL, FIELD)
    ROW(PCAP_HEADER_SHORT, ON_PCAP_HEADER, mop_cut, 0, 20, 1, NULL, "all but 20 bytes was left out")
    ROW(PCAP_VERSION, ON_PCAP_HEADER, mop_set, 6, 2, 3, NULL, FIELD)
    ROW(PCAP_VERSION_NEW, ON_PCAP_HEADER, mop_set, 6, 2, 5, NULL, FIELD)
    ROW(PCAP_RESERVED1, ON_PCAP_HEADER, mop_set, 8, 4, 1, NULL, FIELD)
    ROW(PCAP_RESERVED2, ON_PCAP_HEADER, mop_set, 12, 4, 1, NULL, FIELD)
    ROW(PCAP_SNAPLEN, ON_PCAP_HEADER, mop_set, 16, 4, 0, NULL, FIELD)
    ROW(PCAP_SNAPLEN_LARGE, ON_PCAP_HEADER, mop_set, 16, 4, 0x00080000, NULL, FIELD)
    ROW(PCAP_R_BIT, ON_PCAP_HEADER, mop_or, 20, 4, 0x08000000, NULL, FIELD)
    ROW(PCAP_RESERVED3, ON_PCAP_HEADER, mop_or, 20, 4, 0x00010000, NULL, FIELD)
    ROW(PCAP_FCS, ON_PCAP_HEADER, mop_or, 20, 4, 0x24000000, NULL, FIELD)
    ROW(PCAP_FCS_NO_P, ON_PCAP_HEADER, mop_or, 20, 4, 0x20000000, NULL, FIELD)
    ROW(PCAP_LINK_TYPE, ON_PCAP_HEADER, mop_or, 20, 4, 0x0000FF00, NULL, FIELD)
    LAST(PCAP_FRACTION, ON_PCAP_RECORD, mop_set, 4, 4, 0x7FFFFFFF, NULL, FIELD)
    MANY(40, PCAP_OVER_SNAPLEN, ON_PCAP_HEADER, mop_snaplen, 16, 0, 0, NULL, FIELD)
    LAST(PCAP_ORIGLEN, ON_PCAP_RECORD, mop_add, 12, 8, 0xFFFFFFFF, NULL, FIELD)
    LAST(PCAP_CUT, ON_PCAP_RECORD, mop_add, 12, 8, 100, NULL, FIELD)
    LAST(PCAP_RECORD_SHORT, ON_FILE, mop_append, 1, 8, 0, "\0\0\0\0\0\0\0\0", "8 bytes were added at the end")
    LAST(PCAP_DATA_SHORT, ON_PCAP_HEADER, mop_cut, 1, 0, 0, NULL, "the last byte was left out")
    LAST(PCAP_CAPLEN_LIMIT, ON_PCAP_RECORD, mop_set, 8, 4, 0x7FFFFFFF, NULL, FIELD)
    LAST(PCAP_TIME_BACK, ON_PCAP_RECORD, mop_add, 0, 0, 0xFFFFF000, NULL, FIELD)
    LAST(PCAP_TIME_LATE, ON_PCAP_RECORD, mop_set, 0, 4, 0x80000001, NULL, FIELD)
    LAST(PCAP_CONCATENATED, ON_FILE, mop_append, 1, 0, 0, NULL, "the file was added once more")

    /* mixed files */
    LAST(MIX_AFTER_EVENTS, ON_SHB, mop_insert, 4, 4, 2, "\0\0\0\0", INSERTED)
    WITH(ALSO1(SECTION_AGAIN), MIX_LAST_NO_EVENT, ON_FILE, mop_new_section, 0, 0, 0, NULL, SECTION)
    WITH(ALSO3(CB_COPY, CB_EARLY, MIX_AFTER_EVENTS), MIX_FIRST_NO_EVENT, ON_SHB, mop_insert, 0xBAD, 8, 1, "\x11\x22\x22\x11" "data", INSERTED)
    ROW(MIX_NO_TABLES, ON_TABLE, mop_delete, 1, 0, 0, NULL, "the tables were left out")
    WITH(ALSO3(SECTION_AGAIN, SECTION_ORDER, MIX_LAST_NO_EVENT), MIX_BIG_ENDIAN, ON_FILE, mop_new_section, 1, 0, 0, NULL, SECTION)
    OPT(MIX_SHB_OPTIONS, ON_SHB, 1, 4, 1, "text")
    LAST(MIX_V2_IN_V1, ON_EVENT, mop_set, 0, 4, 0x204, NULL, "the block got the number of the old layout")
    LAST(MIX_TABLE_LATE, ON_FDL, mop_again, 0, 0, 1, NULL, INSERTED)
    WITH(ALSO1(MIX_AFTER_EVENTS), MIX_TABLE_LATE, ON_FDL, mop_again, 0, 0, 1, NULL, INSERTED)
    WITH(ALSO2(MIX_AFTER_EVENTS, TABLE_REPEATED), MIX_TABLE_LATE, ON_TABLE, mop_again, 0, 0, 1, NULL, INSERTED)
    LAST(MIX_EVF, ON_EVENT, mop_event_flags, 1, 0, 0, NULL, "the event got flags")
    ROW(MIX_NO_OVERLAP, ON_FILE, mop_later, 0, 0, UINT64_C(3000000000000000000), NULL, "all events were made to happen 95 years later")

    /* tables */
    LAST(MI_LEN, ON_MI, mop_shrink, 188, 0, 0, NULL, SHORTER)
    LAST(TABLE_REPEATED, ON_MI, mop_again, 0, 0, 0, NULL, INSERTED)
    LAST(TABLE_REPEATED, ON_UL, mop_again, 0, 0, 0, NULL, INSERTED)
    ROW(TABLES_MISSING, ON_UL, mop_delete, 0, 0, 0, NULL, "the block was left out")
    ROW(TABLES_MISSING, ON_IL, mop_delete, 0, 0, 0, NULL, "the block was left out")
    LAST(MI_CPUS, ON_MI, mop_set, 8, 4, 0, NULL, FIELD)
    LAST(MI_HOSTNAME, ON_MI, mop_set, 28, 128, 0, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", FIELD)
    MANY(7, PL_ENTRY, ON_PL, mop_entry, 0, 0, 0, NULL, ENTRY)
    MANY(7, PL_TAIL, ON_PL, mop_entry, 2, 0, 0, NULL, ENTRY)
    MANY(7, PL_STRING, ON_PL, mop_cell, 1, 0, 5000, NULL, ENTRY)
    MANY(7, PL_DUPLICATE, ON_PL, mop_entry, 1, 0, 0, NULL, ENTRY)
    MANY(7, PL_BOOL, ON_PL, mop_cell, 3, 0, 0, NULL, ENTRY)
    MANY(7, PL_LIST, ON_PL, mop_cell, 2, 0, 0, NULL, ENTRY)
    MANY(7, FDL_ENTRY, ON_FDL, mop_entry, 0, 0, 0, NULL, ENTRY)
    MANY(7, FDL_TYPE_0, ON_FDL, mop_entry, 3, 1, UINT64_C(16) << 32, NULL, ENTRY)
    MANY(7, FDL_TYPE, ON_FDL, mop_entry, 3, 1, UINT64_C(16) << 32 | 17, NULL, ENTRY)
    MANY(7, FDL_TYPE, ON_FDL, mop_entry, 3, 1, UINT64_C(16) << 32 | 30, NULL, ENTRY)
    MANY(7, FDL_TYPE_V1, ON_FDL, mop_entry, 3, 1, UINT64_C(16) << 32 | 99, NULL, ENTRY)
    LAST(FDL_ORPHAN, ON_FDL, mop_set, 8, 8, 0x7654321, NULL, FIELD)
    MANY(7, FDL_DUPLICATE, ON_FDL, mop_entry, 1, 0, 0, NULL, ENTRY)
    MANY(7, FDL_NAME, ON_FDL, mop_cell, 1, 0, 2000, NULL, ENTRY)
    MANY(7, IL_ENTRY, ON_IL, mop_entry, 0, 0, 0, NULL, ENTRY)
    MANY(7, IL_TYPE, ON_IL, mop_entry, 3, 2, 9, NULL, ENTRY)
    MANY(7, IL_NAME, ON_IL, mop_cell, 1, 0, 2000, NULL, ENTRY)
    MANY(7, UL_ENTRY, ON_UL, mop_entry, 0, 0, 0, NULL, ENTRY)
    MANY(7, UL_STRING, ON_UL, mop_cell, 1, 0, 2000, NULL, ENTRY)
    MANY(7, UL_KIND, ON_UL, mop_entry, 3, 1, 5, NULL, ENTRY)

    /* events */
    LAST(EVENT_LEN, ON_EVENT, mop_event_set, 16, 4, 4, NULL, FIELD)
    LAST(EVENT_LENGTHS, ON_EVENT, mop_event_set, 22, 4, 0x00FFFFFF, NULL, FIELD)
    LAST(EVENT_SUM, ON_EVENT, mop_event_length, 0, 0, 0, NULL, "the length of a parameter was changed")
    OPT(EVENT_BLOCK_LIMIT, ON_EVENT, 1, 65532, 1, NULL)
    MANY(3, EVENT_UNKNOWN, ON_EVENT, mop_event_set, 20, 2, 1000, NULL, FIELD)
    MANY(8, EVENT_NOT_CONVERTIBLE, ON_EVENT, mop_event_count, 0, 0, 0, NULL, PARAM)
    MANY(8, EVENT_NOT_CONVERTIBLE, ON_EVENT, mop_event_count, 1, 0, 0, NULL, PARAM)
    MANY(3, EVENT_SURPLUS_MANAGED, ON_EVENT, mop_event_count, 1, 0, 0, NULL, PARAM)
    MANY(3, EVENT_N_PARAMS, ON_EVENT, mop_event_count, 0, 0, 0, NULL, PARAM)
    MANY(3, EVENT_N_PARAMS, ON_EVENT, mop_event_count, 1, 0, 0, NULL, PARAM)
    MANY(20, PARAM_SIZE, ON_EVENT, mop_event_param, 0, 0, 0, NULL, PARAM)
    MANY(20, PARAM_STRING_END, ON_EVENT, mop_event_param, 1, 0, 0, NULL, PARAM)
    MANY(20, PARAM_MALFORMED, ON_EVENT, mop_event_param, 2, 0, 0, NULL, PARAM)
    MANY(20, PARAM_EMPTY, ON_EVENT, mop_event_param, 3, 0, 0, NULL, PARAM)
    MANY(20, PARAM_POINTER, ON_EVENT, mop_event_param, 4, 0, 0, NULL, PARAM)
    MANY(20, PARAM_POINTER, ON_EVENT, mop_event_pointer, 0, 0, 0, NULL, "the event became one with a pointer")
    LAST(EVENT_LARGE_MISMATCH, ON_EVENT, mop_set, 0, 4, 0x221, NULL, "the block got another number")
    LAST(EVENT_LARGE_MISMATCH, ON_EVENT, mop_set, 0, 4, 0x216, NULL, "the block got another number")
    LAST(EVENT_TIME_BACK, ON_EVENT, mop_event_set, 0, 8, UINT64_C(1000000000000000000), NULL, FIELD)
    LAST(EVENT_CPU_TIME_BACK, ON_EVENT, mop_event_set, 0, 8, UINT64_C(1000000000000000000), NULL, FIELD)
    WITH(ALSO1(PL_DUPLICATE), EVENT_CPU_TIME_BACK, ON_EVENT, mop_event_set, 8, 8, 0x7654321, NULL, FIELD)
    FULL(EVENT_OTHER_ENTER, ON_EVENT, true, 200, NONE3, mop_event_code, 1, 0, 0, NULL, "the enter event got another code")
    FULL(EVENT_FLAGS, ON_EVENT, true, 0, NONE3, mop_event_flags, 0, 0, 0x10, NULL, FIELD)
    FULL(EVENT_UNUSED, ON_EVENT, true, 60, NONE3, mop_event_code, 0, 0, 0, NULL, "the event got the code of a place-holder")
    FULL(EVENT_V1_SURPLUS, ON_EVENT, true, 8, ALSO3(EVENT_N_PARAMS, EVENT_SURPLUS_MANAGED, EVENT_NOT_CONVERTIBLE), mop_event_count, 1, 0, 0, NULL, PARAM)
    LAST(EVENT_V1_LENGTHS, ON_EVENT, mop_event_length, 1, 0, 0, NULL, "the length of a parameter was changed")
};

static const struct {
    enum rule rule;
    const char *why;
} never[] = {
    {RULE_IO_OPEN, "it is the system's answer, not a property of a file"},
    {RULE_IO_READ, "it is the system's answer, not a property of a file"},
    {RULE_IO_WRITE, "it is the system's answer, not a property of a file"},
    {RULE_IO_RENAME, "it is the system's answer, not a property of a file"},
    {RULE_MEMORY, "it is the system's answer, not a property of a file"},
    {RULE_FILE_SHRANK, "the file has to become shorter while it is read"},
    {RULE_PCAP_CANNOT_HOLD, "it is told of a conversion, not of a file"},
};
/* clang-format on */

const struct mutate_row *mutate_rows(size_t *n)
{
    *n = sizeof(rows) / sizeof(rows[0]);
    return rows;
}

const char *mutate_never(unsigned rule)
{
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
        if (never[i].rule == rule) {
            return never[i].why;
        }
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].rule == rule) {
            return NULL;
        }
    }
    /* the library's own rules tell of operations; those that a file can break have rows */
    return strncmp(scapf_rule_get(rule)->id, "SYS-", 4) == 0
               ? "it is told of an operation, not of a file"
               : "nobody has written down yet how to break it";
}
