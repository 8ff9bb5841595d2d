/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blocks_line.c - the pieces of a line of the block-by-block dump.
 */
#include "bytes/out.h"
#include "render/blocks.h"
#include "render/text.h"

void blocks_name(struct out *o, unsigned depth, const char *name)
{
    while (depth-- > 0) {
        out_lit(o, "  ");
    }
    out_str(o, name);
    out_char(o, ' ');
}

void blocks_u64(struct out *o, unsigned depth, const char *name, uint64_t value)
{
    blocks_name(o, depth, name);
    out_udec(o, value);
    out_char(o, '\n');
}

void blocks_hex(struct out *o, const uint8_t *bytes, size_t n)
{
    size_t shown = n < BLOCKS_HEX ? n : BLOCKS_HEX;

    out_udec(o, n);
    out_lit(o, " bytes");
    if (n > 0) {
        out_lit(o, ": ");
        out_hex_bytes(o, bytes, shown);
    }
    if (shown < n) {
        out_lit(o, "...");
    }
}

void blocks_bytes(struct out *o, unsigned depth, const char *name, const struct body_bytes *bytes)
{
    if (bytes->n == 0) {
        return;
    }
    blocks_name(o, depth, name);
    out_char(o, '@');
    out_udec(o, bytes->off);
    out_lit(o, ", ");
    blocks_hex(o, bytes->p, bytes->n);
    out_char(o, '\n');
}

void blocks_text(struct out *o, const void *text, size_t n)
{
    out_char(o, '"');
    if (n > 0) {
        text_put(o, text, n);
    }
    out_char(o, '"');
}
