/* SPDX-License-Identifier: Apache-2.0 */
#include "support/mk.h"

#include <stdlib.h>

void mk_init(struct mk *m, int big_endian)
{
    *m = (struct mk){0};
    out_init(&m->o, NULL, big_endian != 0);
    out_init(&m->params, NULL, big_endian != 0);
}

void mk_release(struct mk *m)
{
    out_release(&m->o);
    out_release(&m->params);
}

void mk_clear(struct mk *m, int big_endian)
{
    out_clear(&m->o);
    m->o.big_endian = big_endian != 0;
    m->params.big_endian = m->o.big_endian;
}

/* Every builder ends here, so a lost allocation cannot make a test pass. */
static void check(const struct mk *m)
{
    if (out_status(&m->o) != SCAPF_OK || out_status(&m->params) != SCAPF_OK) {
        abort();
    }
}

uint64_t mk_at(const struct mk *m)
{
    return m->o.len;
}

void mk_begin(struct mk *m, uint32_t type)
{
    m->block = m->o.len;
    mk_u32(m, type);
    mk_u32(m, 0);
    m->body = m->o.len;
}

void mk_end_len(struct mk *m, uint32_t head, uint32_t trailer)
{
    mk_pad4(m);
    mk_u32(m, trailer);
    mk_patch_u32(m, m->block + 4, head);
}

void mk_end(struct mk *m)
{
    mk_pad4(m);

    uint32_t len = (uint32_t)(m->o.len + 4 - m->block);

    mk_end_len(m, len, len);
}

void mk_u8(struct mk *m, uint8_t v)
{
    out_u8(&m->o, v);
    check(m);
}

void mk_u16(struct mk *m, uint16_t v)
{
    out_u16(&m->o, v);
    check(m);
}

void mk_u32(struct mk *m, uint32_t v)
{
    out_u32(&m->o, v);
    check(m);
}

void mk_u64(struct mk *m, uint64_t v)
{
    out_u64(&m->o, v);
    check(m);
}

void mk_bytes(struct mk *m, const void *bytes, size_t n)
{
    out_bytes(&m->o, bytes, n);
    check(m);
}

void mk_zero(struct mk *m, size_t n)
{
    out_zero(&m->o, n);
    check(m);
}

void mk_str(struct mk *m, const char *s)
{
    mk_bytes(m, s, strlen(s));
}

void mk_str16(struct mk *m, const char *s)
{
    mk_u16(m, (uint16_t)strlen(s));
    mk_str(m, s);
}

void mk_pad4(struct mk *m)
{
    out_pad4(&m->o, m->body);
    check(m);
}

void mk_opt(struct mk *m, uint16_t code, const void *value, uint16_t len)
{
    mk_pad4(m);
    mk_u16(m, code);
    mk_u16(m, len);
    mk_bytes(m, value, len);
    mk_pad4(m);
}

void mk_opt_str(struct mk *m, uint16_t code, const char *value)
{
    mk_opt(m, code, value, (uint16_t)strlen(value));
}

void mk_opt_u8(struct mk *m, uint16_t code, uint8_t value)
{
    mk_opt(m, code, &value, 1);
}

void mk_opt_u32(struct mk *m, uint16_t code, uint32_t value)
{
    mk_pad4(m);
    mk_u16(m, code);
    mk_u16(m, 4);
    mk_u32(m, value);
}

void mk_opt_u64(struct mk *m, uint16_t code, uint64_t value)
{
    mk_pad4(m);
    mk_u16(m, code);
    mk_u16(m, 8);
    mk_u64(m, value);
}

void mk_opt_end(struct mk *m)
{
    mk_opt(m, 0, NULL, 0);
}

/* The number v in the stream's byte order at an offset that is already there. */
static void patch(struct mk *m, uint64_t off, uint64_t v, size_t n)
{
    if (off + n > m->o.len) {
        abort();
    }
    for (size_t i = 0; i < n; i++) {
        size_t shift = 8 * (m->o.big_endian ? n - 1 - i : i);

        m->o.bytes[off + i] = (uint8_t)(v >> shift);
    }
}

void mk_patch_u8(struct mk *m, uint64_t off, uint8_t v)
{
    patch(m, off, v, 1);
}

void mk_patch_u16(struct mk *m, uint64_t off, uint16_t v)
{
    patch(m, off, v, 2);
}

void mk_patch_u32(struct mk *m, uint64_t off, uint32_t v)
{
    patch(m, off, v, 4);
}

/* ---------------------------------------------------------------- pcapng */

void mk_shb_begin(struct mk *m, uint16_t minor, uint64_t section_length)
{
    mk_begin(m, 0x0A0D0D0A);
    mk_u32(m, 0x1A2B3C4D);
    mk_u16(m, 1);
    mk_u16(m, minor);
    mk_u64(m, section_length);
}

void mk_shb(struct mk *m, uint16_t minor)
{
    mk_shb_begin(m, minor, UINT64_MAX);
    mk_end(m);
}

void mk_idb_begin(struct mk *m, uint16_t link_type, uint32_t snaplen)
{
    mk_begin(m, 1);
    mk_u16(m, link_type);
    mk_u16(m, 0);
    mk_u32(m, snaplen);
}

void mk_idb(struct mk *m, uint16_t link_type, uint32_t snaplen)
{
    mk_idb_begin(m, link_type, snaplen);
    mk_end(m);
}

static void mk_ticks(struct mk *m, uint64_t ticks)
{
    mk_u32(m, (uint32_t)(ticks >> 32));
    mk_u32(m, (uint32_t)ticks);
}

void mk_epb_begin(struct mk *m, uint32_t interface, uint64_t ticks, const void *data, uint32_t len,
                  uint32_t original_len)
{
    mk_begin(m, 6);
    mk_u32(m, interface);
    mk_ticks(m, ticks);
    mk_u32(m, len);
    mk_u32(m, original_len);
    mk_bytes(m, data, len);
    mk_pad4(m);
}

void mk_epb(struct mk *m, uint32_t interface, uint64_t ticks, const void *data, uint32_t len)
{
    mk_epb_begin(m, interface, ticks, data, len, len);
    mk_end(m);
}

void mk_spb(struct mk *m, const void *data, uint32_t len, uint32_t original_len)
{
    mk_begin(m, 3);
    mk_u32(m, original_len);
    mk_bytes(m, data, len);
    mk_end(m);
}

void mk_pb_begin(struct mk *m, uint16_t interface, uint16_t drops, uint64_t ticks, const void *data,
                 uint32_t len)
{
    mk_begin(m, 2);
    mk_u16(m, interface);
    mk_u16(m, drops);
    mk_ticks(m, ticks);
    mk_u32(m, len);
    mk_u32(m, len);
    mk_bytes(m, data, len);
    mk_pad4(m);
}

void mk_isb_begin(struct mk *m, uint32_t interface, uint64_t ticks)
{
    mk_begin(m, 5);
    mk_u32(m, interface);
    mk_ticks(m, ticks);
}

void mk_dsb_begin(struct mk *m, uint32_t type, const void *secrets, uint32_t len)
{
    mk_begin(m, 10);
    mk_u32(m, type);
    mk_u32(m, len);
    mk_bytes(m, secrets, len);
    mk_pad4(m);
}

void mk_nrb_record(struct mk *m, uint16_t type, const void *value, uint16_t len)
{
    mk_opt(m, type, value, len);
}

/* [Wireshark pcapng-wireshark-custom.c] everything behind the enterprise number is little-endian */
void mk_pib_begin(struct mk *m, uint32_t pid)
{
    bool big = m->o.big_endian;

    mk_begin(m, 0xBAD);
    mk_u32(m, 32622);
    m->o.big_endian = false;
    mk_u32(m, 3);
    mk_u32(m, 0);
    m->event = m->o.len;
    mk_u32(m, pid);
    m->o.big_endian = big;
}

void mk_pib_opt(struct mk *m, uint16_t code, const void *value, uint16_t len)
{
    bool big = m->o.big_endian;

    m->o.big_endian = false;
    mk_opt(m, code, value, len);
    m->o.big_endian = big;
}

void mk_pib_end(struct mk *m)
{
    bool big = m->o.big_endian;

    m->o.big_endian = false;
    mk_patch_u32(m, m->event - 4, (uint32_t)(m->o.len - m->event));
    m->o.big_endian = big;
    mk_end(m);
}

/* ---------------------------------------------------------------- events */

void mk_ev_begin(struct mk *m, uint32_t block_type, uint16_t cpu, uint64_t ts, int64_t tid,
                 uint16_t code)
{
    bool flags = block_type == 0x208 || block_type == 0x217 || block_type == 0x222;

    m->v2 =
        block_type == 0x216 || block_type == 0x217 || block_type == 0x221 || block_type == 0x222;
    m->large = block_type == 0x221 || block_type == 0x222;
    m->code = code;
    m->n_params = 0;
    out_clear(&m->params);
    mk_begin(m, block_type);
    mk_u16(m, cpu);
    if (flags) {
        mk_u32(m, 0);
    }
    m->event = m->o.len;
    mk_u64(m, ts);
    mk_u64(m, (uint64_t)tid);
}

void mk_ev_flags(struct mk *m, uint32_t flags)
{
    mk_patch_u32(m, m->event - 4, flags);
}

/* One more parameter of this length starts. */
static void mk_param_len(struct mk *m, uint32_t len)
{
    if (m->n_params == MK_PARAMS) {
        abort();
    }
    m->lens[m->n_params++] = len;
}

void mk_param(struct mk *m, const void *bytes, uint32_t len)
{
    mk_param_len(m, len);
    out_bytes(&m->params, bytes, len);
}

void mk_param_str(struct mk *m, const char *s)
{
    mk_param(m, s, (uint32_t)strlen(s) + 1);
}

void mk_param_u8(struct mk *m, uint8_t v)
{
    mk_param(m, &v, 1);
}

void mk_param_u16(struct mk *m, uint16_t v)
{
    mk_param_len(m, 2);
    out_u16(&m->params, v);
}

void mk_param_u32(struct mk *m, uint32_t v)
{
    mk_param_len(m, 4);
    out_u32(&m->params, v);
}

void mk_param_u64(struct mk *m, uint64_t v)
{
    mk_param_len(m, 8);
    out_u64(&m->params, v);
}

void mk_ev_body(struct mk *m)
{
    uint32_t header = m->v2 ? 26 : 22;
    uint32_t width = m->large ? 4 : 2;

    mk_u32(m, header + m->n_params * width + (uint32_t)m->params.len);
    mk_u16(m, m->code);
    if (m->v2) {
        mk_u32(m, m->n_params);
    }
    for (uint32_t i = 0; i < m->n_params; i++) {
        if (m->large) {
            mk_u32(m, m->lens[i]);
        } else {
            mk_u16(m, (uint16_t)m->lens[i]);
        }
    }
    mk_bytes(m, m->params.bytes, m->params.len);
    mk_pad4(m);
}

void mk_ev_end(struct mk *m)
{
    mk_ev_body(m);
    mk_end(m);
}

/* ---------------------------------------------------------------- classic pcap */

void mk_pcap(struct mk *m, uint32_t magic, uint32_t snaplen, uint32_t link_type)
{
    m->block = m->o.len;
    mk_u32(m, magic);
    mk_u16(m, 2);
    mk_u16(m, 4);
    mk_u32(m, 0);
    mk_u32(m, 0);
    mk_u32(m, snaplen);
    mk_u32(m, link_type);
}

void mk_pcap_record(struct mk *m, uint32_t sec, uint32_t frac, const void *data, uint32_t len)
{
    m->block = m->o.len;
    mk_u32(m, sec);
    mk_u32(m, frac);
    mk_u32(m, len);
    mk_u32(m, len);
    mk_bytes(m, data, len);
}
