/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame.h - pcapng block framing.
 *
 *   u32 type | u32 total length | body, padded to 4 | u32 total length again     [pcapng 3.1]
 *
 * A section header block tells its own byte order by the magic behind its length, so its length
 * is read only after the magic. [pcapng 4.1]
 */
#ifndef SCAPF_BLOCK_FRAME_H
#define SCAPF_BLOCK_FRAME_H

#include "bytes/cur.h"
#include "io/src.h"
#include "scapfmt.h"

#define FRAME_HEADER_LEN       8u
#define FRAME_TRAILER_LEN      4u
#define FRAME_MIN_LEN          12u
#define FRAME_SHB_MIN_LEN      28u
#define FRAME_BYTE_ORDER_MAGIC 0x1A2B3C4Du

/* One block as it stands in the stream; valid until the source moves. */
struct frame {
    const uint8_t *raw;
    uint32_t len; /* total length */
    uint32_t type;
    uint64_t off;
    bool big_endian;
};

/* frame_peek() of a block that is not whole in memory, not whole at all, or a section header. */
COLD enum scapf_status frame_read(struct scapf_src *src, bool big_endian, uint32_t max_len,
                                  struct frame *frame, struct scapf_diag *diag);

/* Is there a whole block at p, of which avail bytes are in memory? Not so for a section header,
 * whose own magic tells its byte order. */
static inline bool frame_is_whole(const uint8_t *p, size_t avail, bool big_endian, uint32_t max_len,
                                  struct frame *frame)
{
    uint32_t type = avail >= FRAME_MIN_LEN ? get_u32(p, big_endian) : SCAPF_BLOCK_SHB;
    uint32_t len = type != SCAPF_BLOCK_SHB ? get_u32(p + 4, big_endian) : 0;

    if (len < FRAME_MIN_LEN || len % 4 != 0 || len > max_len || len > avail ||
        get_u32(p + len - 4, big_endian) != len) {
        return false;
    }
    frame->raw = p;
    frame->len = len;
    frame->type = type;
    return true;
}

/*
 * Look at the block at the source's position without moving it: the caller consumes frame->len
 * when it is done with the view. big_endian is the order of the current section. Returns END at
 * the end of the stream; an error with diag filled when there is no whole block: type and raw are
 * then not to be used.
 */
static inline enum scapf_status frame_peek(struct scapf_src *src, bool big_endian, uint32_t max_len,
                                           struct frame *frame, struct scapf_diag *diag)
{
    if (!frame_is_whole(src->p, (size_t)(src->end - src->p), big_endian, max_len, frame)) {
        return frame_read(src, big_endian, max_len, frame, diag);
    }
    frame->off = src_tell(src);
    frame->big_endian = big_endian;
    return SCAPF_OK;
}

#endif
