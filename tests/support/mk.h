/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mk.h - build captures in memory, good and broken ones, in a few lines:
 *
 *     struct mk m;
 *     mk_init(&m, MK_LITTLE);
 *     mk_shb(&m, 0);
 *     mk_idb(&m, 1, 0);
 *     mk_epb(&m, 0, 1000000, "abcd", 4);
 *     ... m.o.bytes, m.o.len ...
 *     mk_release(&m);
 *
 * A block is mk_begin(), then numbers, bytes and options, then mk_end(), which pads it and fills
 * both lengths in. Broken blocks come from mk_end_len(), from raw numbers, or from patching what is
 * there (mk_patch_u32 and so on). mk_at() is the offset of the next byte: remember it, and compare
 * the offset of a finding with it. Failed allocations abort: this is test code.
 */
#ifndef SCAPF_TESTS_MK_H
#define SCAPF_TESTS_MK_H

#include "bytes/out.h"

enum { MK_LITTLE = 0, MK_BIG = 1 };

#define MK_PARAMS 64

struct mk {
    struct out o;      /* the stream so far */
    size_t block;      /* where the open block starts */
    size_t body;       /* where its padding is counted from */
    struct out params; /* parameters of the open event */
    uint32_t lens[MK_PARAMS];
    uint32_t n_params;
    size_t event; /* where the open event's header starts */
    uint16_t code;
    bool v2, large;
};

void mk_init(struct mk *m, int big_endian);
void mk_release(struct mk *m);
/* Forget everything built so far, and go on in this byte order. */
void mk_clear(struct mk *m, int big_endian);
/* Offset of the next byte. */
uint64_t mk_at(const struct mk *m);

/* Blocks. */
void mk_begin(struct mk *m, uint32_t type);
void mk_end(struct mk *m);
/* Pad, but claim these lengths in front and at the end. */
void mk_end_len(struct mk *m, uint32_t head, uint32_t trailer);
/* Numbers and bytes of the body. */
void mk_u8(struct mk *m, uint8_t v);
void mk_u16(struct mk *m, uint16_t v);
void mk_u32(struct mk *m, uint32_t v);
void mk_u64(struct mk *m, uint64_t v);
void mk_bytes(struct mk *m, const void *bytes, size_t n);
void mk_zero(struct mk *m, size_t n);
void mk_str(struct mk *m, const char *s);
/* A u16 length and the text. */
void mk_str16(struct mk *m, const char *s);
void mk_pad4(struct mk *m);
/* Options, padded. */
void mk_opt(struct mk *m, uint16_t code, const void *value, uint16_t len);
void mk_opt_str(struct mk *m, uint16_t code, const char *value);
void mk_opt_u8(struct mk *m, uint16_t code, uint8_t value);
void mk_opt_u32(struct mk *m, uint16_t code, uint32_t value);
void mk_opt_u64(struct mk *m, uint16_t code, uint64_t value);
void mk_opt_end(struct mk *m);
/* Change what is there. */
void mk_patch_u8(struct mk *m, uint64_t off, uint8_t v);
void mk_patch_u16(struct mk *m, uint64_t off, uint16_t v);
void mk_patch_u32(struct mk *m, uint64_t off, uint32_t v);

/* Whole blocks of pcapng. Those called *_begin leave the block open for options. */
void mk_shb(struct mk *m, uint16_t minor);
void mk_shb_begin(struct mk *m, uint16_t minor, uint64_t section_length);
void mk_idb(struct mk *m, uint16_t link_type, uint32_t snaplen);
void mk_idb_begin(struct mk *m, uint16_t link_type, uint32_t snaplen);
void mk_epb(struct mk *m, uint32_t interface, uint64_t ticks, const void *data, uint32_t len);
void mk_epb_begin(struct mk *m, uint32_t interface, uint64_t ticks, const void *data, uint32_t len,
                  uint32_t original_len);
void mk_spb(struct mk *m, const void *data, uint32_t len, uint32_t original_len);
void mk_pb_begin(struct mk *m, uint16_t interface, uint16_t drops, uint64_t ticks, const void *data,
                 uint32_t len);
void mk_isb_begin(struct mk *m, uint32_t interface, uint64_t ticks);
void mk_dsb_begin(struct mk *m, uint32_t type, const void *secrets, uint32_t len);
/* A record of a name resolution block. */
void mk_nrb_record(struct mk *m, uint16_t type, const void *value, uint16_t len);
/* The payload of a Wireshark process information block starts; its length is patched by
 * mk_pib_end(), which also closes the block. It is little-endian in every section. */
void mk_pib_begin(struct mk *m, uint32_t pid);
void mk_pib_opt(struct mk *m, uint16_t code, const void *value, uint16_t len);
void mk_pib_end(struct mk *m);

/* Events: header, parameters, end. The block type decides layout and width of the lengths. */
void mk_ev_begin(struct mk *m, uint32_t block_type, uint16_t cpu, uint64_t ts, int64_t tid,
                 uint16_t code);
void mk_param(struct mk *m, const void *bytes, uint32_t len);
void mk_param_str(struct mk *m, const char *s); /* with its NUL */
void mk_param_u8(struct mk *m, uint8_t v);
void mk_param_u16(struct mk *m, uint16_t v);
void mk_param_u32(struct mk *m, uint32_t v);
void mk_param_u64(struct mk *m, uint64_t v);
/* Write the event; the block stays open for options. */
void mk_ev_body(struct mk *m);
/* Write the event and close its block. */
void mk_ev_end(struct mk *m);
/* EVF blocks: call between mk_ev_begin() and the end. */
void mk_ev_flags(struct mk *m, uint32_t flags);

/* Classic pcap. */
void mk_pcap(struct mk *m, uint32_t magic, uint32_t snaplen, uint32_t link_type);
void mk_pcap_record(struct mk *m, uint32_t sec, uint32_t frac, const void *data, uint32_t len);

#endif
