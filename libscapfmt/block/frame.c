/* SPDX-License-Identifier: Apache-2.0 */
#include "block/frame.h"

#include "bytes/cur.h"

/* The byte order of a section header block, from the magic at its offset 8. */
static enum scapf_status section_order(const uint8_t *p, uint64_t off, bool *big_endian,
                                       struct scapf_diag *diag)
{
    *big_endian = get_u32(p + FRAME_HEADER_LEN, true) == FRAME_BYTE_ORDER_MAGIC;
    if (*big_endian || get_u32(p + FRAME_HEADER_LEN, false) == FRAME_BYTE_ORDER_MAGIC) {
        return SCAPF_OK;
    }
    if (memcmp(p + 4, p + FRAME_HEADER_LEN, 4) == 0) { /* both lengths of a block without a body */
        return diag_set(diag, SCAPF_E_FORMAT, RULE_SHB_LEN_MIN, off + 4, FRAME_MIN_LEN,
                        FRAME_SHB_MIN_LEN);
    }
    return diag_set(diag, SCAPF_E_FORMAT, RULE_SHB_MAGIC, off + FRAME_HEADER_LEN,
                    get_u32(p + FRAME_HEADER_LEN, false), FRAME_BYTE_ORDER_MAGIC);
}

static enum scapf_status check_len(const struct frame *f, uint32_t max_len, struct scapf_diag *diag)
{
    uint64_t at = f->off + 4;

    if (f->type == SCAPF_BLOCK_SHB && f->len < FRAME_SHB_MIN_LEN) {
        return diag_set(diag, SCAPF_E_FORMAT, RULE_SHB_LEN_MIN, at, f->len, FRAME_SHB_MIN_LEN);
    }
    if (f->len < FRAME_MIN_LEN) {
        return diag_set(diag, SCAPF_E_FORMAT, RULE_BLOCK_LEN_MIN, at, f->len, FRAME_MIN_LEN);
    }
    if (f->len % 4 != 0) {
        return diag_set(diag, SCAPF_E_FORMAT, RULE_BLOCK_LEN_ALIGN, at, f->len,
                        ((uint64_t)f->len + 3) & ~UINT64_C(3));
    }
    if (f->len > max_len) {
        return diag_set(diag, SCAPF_E_LIMIT, RULE_BLOCK_LEN_LIMIT, at, f->len, max_len);
    }
    return SCAPF_OK;
}

/*
 * No whole block here: status with what diag says, unless there is a better explanation. A length
 * that looks impossible may be right in the other byte order, when the section changed its order
 * without a header [PNG-113]. Zeros are space that was reserved and not used [PNG-009].
 */
static enum scapf_status explain(struct scapf_src *src, const struct frame *f, uint32_t max_len,
                                 enum scapf_status status, struct scapf_diag *diag)
{
    const uint8_t *p;
    size_t avail;
    uint32_t len;

    diag->block_type = f->type;
    if (src_peek(src, FRAME_MIN_LEN, &p, &avail) != SCAPF_OK || avail < FRAME_MIN_LEN) {
        return status;
    }
    len = get_u32(p + 4, !f->big_endian);
    if (f->type == 0 && len == 0 && get_u32(p + 8, false) == 0) {
        return diag_set(diag, SCAPF_E_FORMAT, RULE_TRAILING_ZEROS, f->off, 0, 0);
    }
    if (f->type == SCAPF_BLOCK_SHB || len < FRAME_MIN_LEN || len % 4 != 0 || len > max_len ||
        src_peek(src, len, &p, &avail) != SCAPF_OK || avail < len ||
        get_u32(p + len - 4, !f->big_endian) != len) {
        return status;
    }
    return diag_set(diag, SCAPF_E_FORMAT, RULE_BLOCK_SWAPPED, f->off, f->len, len);
}

enum scapf_status frame_read(struct scapf_src *src, bool big_endian, uint32_t max_len,
                             struct frame *frame, struct scapf_diag *diag)
{
    struct frame f = {.off = src_tell(src), .big_endian = big_endian};
    const uint8_t *p;
    size_t avail;
    enum scapf_status status = src_peek(src, FRAME_MIN_LEN, &p, &avail);

    if (avail < FRAME_MIN_LEN) {
        if (status != SCAPF_OK) {
            *diag = *src_diag(src);
            return status;
        }
        if (avail == 0) {
            return SCAPF_END;
        }
        if (avail < FRAME_HEADER_LEN) {
            return diag_set(diag, SCAPF_E_TRUNCATED, RULE_BLOCK_HEADER_SHORT, f.off, avail,
                            FRAME_HEADER_LEN);
        }
        if (get_u64(p, false) == 0) {
            return diag_set(diag, SCAPF_E_FORMAT, RULE_TRAILING_ZEROS, f.off, 0, 0);
        }
        status =
            diag_set(diag, SCAPF_E_TRUNCATED, RULE_BLOCK_TRUNCATED, f.off, avail, FRAME_MIN_LEN);
        diag->block_type = get_u32(p, big_endian);
        return status;
    }
    f.type = get_u32(p, big_endian);
    if (f.type == SCAPF_BLOCK_SHB) { /* a palindrome: the same in both orders */
        status = section_order(p, f.off, &f.big_endian, diag);
        if (status != SCAPF_OK) {
            return explain(src, &f, max_len, status, diag);
        }
    }
    f.len = get_u32(p + 4, f.big_endian);
    status = check_len(&f, max_len, diag);
    if (status != SCAPF_OK) {
        return explain(src, &f, max_len, status, diag);
    }
    status = src_peek(src, f.len, &p, &avail);
    if (avail < f.len) {
        if (status != SCAPF_OK) {
            *diag = *src_diag(src);
            return status;
        }
        status = diag_set(diag, SCAPF_E_TRUNCATED, RULE_BLOCK_TRUNCATED, f.off, avail, f.len);
        return explain(src, &f, max_len, status, diag);
    }
    if (get_u32(p + f.len - 4, f.big_endian) != f.len) {
        status = diag_set(diag, SCAPF_E_FORMAT, RULE_BLOCK_LEN_TRAILER, f.off + f.len - 4,
                          get_u32(p + f.len - 4, f.big_endian), f.len);
        return explain(src, &f, max_len, status, diag);
    }
    f.raw = p;
    *frame = f;
    return SCAPF_OK;
}
