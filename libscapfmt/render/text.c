/* SPDX-License-Identifier: Apache-2.0 */
#include "render/text.h"

#include "bytes/json.h"

static void put_escape(struct out *o, uint8_t byte)
{
    out_lit(o, "\\x");
    out_hex_bytes(o, &byte, 1);
}

/* C1 controls are the two-byte sequences C2 80 .. C2 9F. */
static bool is_c1(const uint8_t *p, size_t len)
{
    return len == 2 && p[0] == 0xC2 && p[1] < 0xA0;
}

void text_put(struct out *o, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    size_t i = 0;

    while (i < n) {
        size_t run = json_plain_run(p + i, n - i);
        bool quoted = i + run < n && (p[i + run] == '"' || p[i + run] == '\\'); /* plain here */
        size_t len;

        out_bytes(o, p + i, run + quoted);
        i += run + quoted;
        if (i == n || quoted) {
            continue;
        }
        len = utf8_len(p + i, n - i);
        if (len < 2 || is_c1(p + i, len)) {
            len = len == 0 ? 1 : len;
            for (size_t k = 0; k < len; k++) {
                put_escape(o, p[i + k]);
            }
        } else {
            out_bytes(o, p + i, len);
        }
        i += len;
    }
}

static bool is_printable(const uint8_t *p, size_t n)
{
    bytes16 odd = {0};
    bytes16 v;

    for (; n >= sizeof(v); p += sizeof(v), n -= sizeof(v)) {
        memcpy(&v, p, sizeof(v));
        odd |= out_odd16(v);
    }
    memset(&v, ' ', sizeof(v));
    memcpy(&v, p, n);
    return !out_any16(odd | out_odd16(v));
}

void text_clean(struct out *o, size_t start, struct out *scratch)
{
    size_t n = o->len - start;

    if (out_status(o) != SCAPF_OK || is_printable(o->bytes + start, n)) {
        return;
    }
    out_clear(scratch);
    out_bytes(scratch, o->bytes + start, n);
    if (out_status(scratch) != SCAPF_OK) {
        o->status = out_status(scratch);
        return;
    }
    o->len = start;
    text_put(o, scratch->bytes, n);
}
