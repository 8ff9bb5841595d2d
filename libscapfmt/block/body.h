/* SPDX-License-Identifier: Apache-2.0 */
/*
 * body.h - the bodies of pcapng blocks as plain structs, decoded and encoded side by side.
 *
 *   SHB      u32 magic, u16 major, u16 minor, u64 section length, options
 *   IDB      u16 link type, u16 reserved, u32 snap length, options
 *   EPB      u32 interface, u32 high, u32 low, u32 captured, u32 original, data, pad, options
 *   PB       u16 interface, u16 drops, then as EPB
 *   SPB      u32 original, data, pad
 *   NRB      records (u16 type, u16 length, value, pad) up to type 0, options
 *   ISB      u32 interface, u32 high, u32 low, options
 *   DSB      u32 type, u32 length, secrets, pad, options
 *   custom   u32 enterprise number, data (and options only who knows the number can find)
 *   journal  text, zero-padded
 *   Darwin   u32 process id, options
 *
 * Inside a custom block of Wireshark (32622) everything is little-endian in every section:
 *   u32 entry type, u32 entry length, entry, pad;  entry of type 3: u32 process id, options
 *
 * What a struct points to is borrowed from the block. decode(encode(x)) == x, and encode(decode(f))
 * == f for every body whose padding is zero.
 */
#ifndef SCAPF_BLOCK_BODY_H
#define SCAPF_BLOCK_BODY_H

#include "bytes/out.h"
#include "scapfmt.h"

#define BODY_PEN_WIRESHARK 32622u
#define BODY_ENTRY_PROCESS 3u

/* Bytes of the block and where they stand in the stream. */
struct body_bytes {
    const uint8_t *p; /* NULL when n is 0 */
    size_t n;
    uint64_t off;
};

struct body_section {
    uint32_t magic;
    uint16_t major, minor;
    uint64_t length;
};

struct body_interface {
    uint16_t link_type, reserved;
    uint32_t snaplen;
};

/* EPB, PB and SPB; of an SPB only original_len and data count, and data runs to the block's end
 * because only the snap length of interface 0 tells where the padding starts. */
struct body_packet {
    uint32_t interface_id;
    uint16_t drops; /* PB */
    uint64_t ticks;
    uint32_t original_len;
    struct body_bytes data;
};

struct body_stats {
    uint32_t interface_id;
    uint64_t ticks;
};

struct body_secrets {
    uint32_t type;
    struct body_bytes data;
};

struct body_custom {
    uint32_t pen;
    struct body_bytes data; /* everything behind the number, padding and options included */
};

/* One kind of block, decoded. */
struct body {
    uint32_t block_type;
    bool big_endian;
    union {
        struct body_section section;
        struct body_interface interface;
        struct body_packet packet;
        struct body_stats stats;
        struct body_secrets secrets;
        struct body_custom custom;
        struct body_bytes names;   /* NRB: the records, nrb_record_end included */
        struct body_bytes journal; /* the text without its padding */
        uint32_t pid;              /* Darwin process block */
    };
    struct body_bytes pad;     /* padding behind data or text, for who wants to check it */
    struct body_bytes options; /* as they stand */
};

/* Is there a row for this block type? */
bool body_known(uint32_t block_type);
/* Decode the body of a block. E_USAGE for block types without a row; E_FORMAT, with diag filled,
 * when a fixed part or a length leaves the body. */
enum scapf_status body_decode(uint32_t block_type, const uint8_t *bytes, size_t len, uint64_t off,
                              bool big_endian, struct body *body, struct scapf_diag *diag);
/* Append the body, padded, without the block's header and trailer. */
enum scapf_status body_encode(struct out *o, const struct body *body);

/* A record of a name resolution block. */
struct body_name {
    uint16_t type, len;
    uint64_t off;         /* of its header */
    const uint8_t *value; /* len bytes */
    struct body_bytes pad;
};

/* The record at *pos of the records (as body.names has them), moving *pos behind it. OK, END, or
 * E_FORMAT with diag filled when it leaves them. */
enum scapf_status body_name_next(const struct body_bytes *names, bool big_endian, size_t *pos,
                                 struct body_name *name, struct scapf_diag *diag);
void body_name_put(struct out *o, uint16_t type, const void *value, uint16_t len);

/* The payload of a Wireshark custom block. */
struct body_entry {
    uint32_t type;
    struct body_bytes entry; /* unpadded */
    struct body_bytes pad;
    struct body_bytes options; /* of the block, in section order */
    uint32_t pid;              /* type 3 */
    struct body_bytes info;    /* type 3: the options of the entry, little-endian */
};

/* Decode the data of a custom block whose number is BODY_PEN_WIRESHARK. */
enum scapf_status body_entry_decode(const struct body_bytes *data, struct body_entry *entry,
                                    struct scapf_diag *diag);
void body_entry_encode(struct out *o, const struct body_entry *entry);

#endif
