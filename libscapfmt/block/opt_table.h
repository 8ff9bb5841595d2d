/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opt_table.h - every option of every pcapng block, and the small registries beside them, as const
 * tables: option codes with names, value types and lengths, link types, secrets types, name
 * record types, packet flag bits. Whoever decodes, checks, prints or writes options asks here.
 */
#ifndef SCAPF_BLOCK_OPT_TABLE_H
#define SCAPF_BLOCK_OPT_TABLE_H

#include "base/rules.h"
#include "scapfmt.h"

/* What the value of an option is. Integers are in section byte order, addresses in network order */
enum opt_type {
    OPT_BYTES, /* nothing known about its inside */
    OPT_UTF8,  /* text, not NUL-ended */
    OPT_U8,    /* unsigned integers */
    OPT_U32,
    OPT_U64,
    OPT_I64,          /* signed, if_tsoffset */
    OPT_TS,           /* u32 high, u32 low: one 64-bit time in ticks of the interface */
    OPT_TSRESOL,      /* u8: bit 7 clear 10^-n, set 2^-n */
    OPT_FILTER,       /* u8 code, then text (0) or BPF instructions (1) */
    OPT_IP4,          /* 4 bytes */
    OPT_IP4_MASK,     /* 4 bytes address, 4 bytes mask */
    OPT_IP6,          /* 16 bytes */
    OPT_IP6_PREFIX,   /* 16 bytes address, u8 prefix length */
    OPT_MAC,          /* 6 bytes */
    OPT_EUI,          /* 8 bytes */
    OPT_FLAGS,        /* u32, see opt_packet_flags() */
    OPT_HASH,         /* u8 algorithm, then the value */
    OPT_VERDICT,      /* u8 kind, then the value */
    OPT_PID_TID,      /* u32 process, u32 thread */
    OPT_CUSTOM_UTF8,  /* u32 enterprise number, then text */
    OPT_CUSTOM_BYTES, /* u32 enterprise number, then bytes */
    OPT_UUID,         /* 16 bytes */
    OPT_TEXT_LIST,    /* NUL-separated texts */
    OPT_TIME_NS,      /* u64 ns since 1970 */
    OPT_END           /* opt_endofopt, empty */
};

/* One option of one kind of block. */
struct opt_info {
    uint16_t code;
    uint8_t type; /* enum opt_type */
    bool may_repeat;
    uint8_t len; /* the only legal length; 0 = any from min_len on */
    uint8_t min_len;
    uint16_t line;        /* of the draft at 449ae73; 0 = not from the draft */
    uint16_t len_rule;    /* enum rule to raise for a wrong length; 0 = none */
    uint16_t repeat_rule; /* enum rule to raise when it repeats */
    const char *name;
};

/* Codes that mean the same in every block. */
enum {
    OPT_CODE_END = 0,
    OPT_CODE_COMMENT = 1,
    OPT_CODE_CUSTOM_UTF8 = 2988,
    OPT_CODE_CUSTOM_BYTES = 2989,
    OPT_CODE_CUSTOM_UTF8_NOCOPY = 19372,
    OPT_CODE_CUSTOM_BYTES_NOCOPY = 19373
};

/* The options inside a Wireshark process information entry (custom block of enterprise 32622,
 * entry type 3) have codes of their own; this number stands for them where a block type does. */
#define OPT_BLOCK_PROCESS_INFO 0xFFFFFFFDu

/* The option with this code in blocks of this type, common ones included; NULL when nobody knows
 * it. Static storage. */
const struct opt_info *opt_info(uint32_t block_type, uint16_t code);
/* Options of a type of block, without the common ones; n receives their number (0 = none). */
const struct opt_info *opt_block_table(uint32_t block_type, size_t *n);

/* Name of a link type ("ETHERNET", "LINUX_SLL"); NULL when the registry has none. */
const char *opt_link_type_name(uint32_t link_type);
/* 147-162 are for private use: a file with them means something only where it was made. */
bool opt_link_type_is_private(uint32_t link_type);

/* Name of the secrets of a DSB ("TLS key log"), NULL when unknown. */
const char *opt_secrets_name(uint32_t secrets_type);
enum {
    OPT_SECRETS_SSH = 0x5353484b,
    OPT_SECRETS_TLS = 0x544c534b,
    OPT_SECRETS_OPCUA = 0x55414b4c,
    OPT_SECRETS_WIREGUARD = 0x57474b4c,
    OPT_SECRETS_ZIGBEE_NWK = 0x5a4e574b,
    OPT_SECRETS_ZIGBEE_APS = 0x5a415053,
    OPT_SECRETS_ESP = 0x45535053
};

/* A record of a name resolution block: its name and how many bytes of address come first. */
struct opt_name_record {
    uint16_t type;
    uint8_t addr_len;
    uint16_t line;
    const char *name; /* "nrb_record_ipv4" */
};

/* NULL when the type is unknown. */
const struct opt_name_record *opt_name_record(uint16_t type);

/* A single bit, or one value of a group of bits, of epb_flags. */
struct opt_packet_flag {
    uint32_t mask, value;
    const char *name;
};

/* Every named flag; n receives their number. A flag is set when (flags & mask) == value. */
const struct opt_packet_flag *opt_packet_flags(size_t *n);

/* Name of the algorithm of epb_hash and the length of its value (0 = any); NULL when unknown. */
const char *opt_hash_name(uint8_t algorithm, uint8_t *len);
/* Name of the kind of an epb_verdict and the length of its data (0 = any); NULL when unknown. */
const char *opt_verdict_name(uint8_t kind, uint8_t *len);

#endif
