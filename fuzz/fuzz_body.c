/* SPDX-License-Identifier: Apache-2.0 */
/* Target: bodies of pcapng blocks, decoded and encoded. The first byte picks byte order and type.
 */
/*
 * What decodes has all its pieces inside the body; encoding it and decoding again gives the same
 * struct; and when its padding is zero and all of it is used, the bytes are the same too.
 */
#include <stdint.h>

#include "block/body.h"
#include "target.h"

#define OFF 64u

static const uint32_t types[] = {
    SCAPF_BLOCK_SHB,
    SCAPF_BLOCK_IDB,
    SCAPF_BLOCK_EPB,
    SCAPF_BLOCK_PB,
    SCAPF_BLOCK_SPB,
    SCAPF_BLOCK_NRB,
    SCAPF_BLOCK_ISB,
    SCAPF_BLOCK_DSB,
    SCAPF_BLOCK_CUSTOM,
    SCAPF_BLOCK_JOURNAL,
    (uint32_t)SCAPF_BLOCK_DARWIN_PROCESS,
};

static void inside(const struct body_bytes *b, const uint8_t *data, size_t size)
{
    must(b->n == 0 || (b->p >= data && b->p + b->n <= data + size));
    must(b->n == 0 || b->off == OFF + (uint64_t)(b->p - data));
}

static void walk_names(const struct body_bytes *names, bool big_endian)
{
    struct body_name name;
    struct scapf_diag diag = {0};
    enum scapf_status status;
    size_t pos = 0;
    size_t before = 0;

    while ((status = body_name_next(names, big_endian, &pos, &name, &diag)) == SCAPF_OK) {
        must(pos > before && pos <= names->n);
        must(name.value + name.len <= names->p + names->n);
        before = pos;
    }
    must(status == SCAPF_END || diag.rule == RULE_NRB_RECORD_OVERRUN);
}

static void walk_entry(const struct body_bytes *data)
{
    struct body_entry entry;
    struct scapf_diag diag = {0};

    if (body_entry_decode(data, &entry, &diag) != SCAPF_OK) {
        must(diag.rule == RULE_PIB_ENTRY_LEN);
        return;
    }
    must(entry.entry.n <= data->n && entry.info.n <= entry.entry.n);
}

/* Padding as it should be: zero, and complete. */
static bool is_canonical(const struct body *body, size_t size)
{
    for (size_t i = 0; i < body->pad.n; i++) {
        if (body->pad.p[i] != 0) {
            return false;
        }
    }
    return size % 4 == 0 && (body->block_type != SCAPF_BLOCK_JOURNAL || body->pad.n < 4);
}

static void round_trip(const struct body *body, const uint8_t *data, size_t size)
{
    struct body again;
    struct scapf_diag diag;
    struct out o;

    out_init(&o, NULL, false);
    must(body_encode(&o, body) == SCAPF_OK);
    must(body_decode(body->block_type, o.bytes, o.len, OFF, body->big_endian, &again, &diag) ==
         SCAPF_OK);
    must(again.options.n == body->options.n || body->block_type == SCAPF_BLOCK_NRB);
    if (is_canonical(body, size)) {
        must(o.len == size && (size == 0 || memcmp(o.bytes, data, size) == 0));
    }
    out_release(&o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct body body;
    struct scapf_diag diag = {0};
    bool big_endian;
    uint32_t type;

    if (size == 0) {
        return 0;
    }
    big_endian = (data[0] & 1) != 0;
    type = types[(data[0] >> 1) % (sizeof(types) / sizeof(types[0]))];
    data++;
    size--;
    if (body_decode(type, data, size, OFF, big_endian, &body, &diag) != SCAPF_OK) {
        must(diag.rule != RULE_NONE && diag.off >= OFF && diag.off <= OFF + size);
        return 0;
    }
    inside(&body.options, data, size);
    inside(&body.pad, data, size);
    if (type == SCAPF_BLOCK_NRB) {
        walk_names(&body.names, big_endian);
    }
    if (type == SCAPF_BLOCK_CUSTOM) {
        walk_entry(&body.custom.data);
    }
    round_trip(&body, data, size);
    return 0;
}
