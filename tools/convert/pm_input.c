/* SPDX-License-Identifier: Apache-2.0 */
#include "pm_input.h"

#include <string.h>

#include "pm_words.h"
#include "utf8.h"

enum { UTF_8 = 1, UTF_16LE = 2, UTF_16BE = 3 };

#define REPLACEMENT 0xFFFDu

void pm_input_init(struct pm_input *in, struct scapf_src *src, const struct pm_read_opts *opts,
                   struct pm_fault *fault)
{
    in->src = src;
    in->opts = opts;
    in->fault = fault;
    in->controls = false;
    in->encoding = 0;
    in->off = 0;
    in->line = 1;
    in->piece_off = 0;
    in->same = true;
    in->n_buf = 0;
}

/* ------------------------------------------------------------------ characters */

/* As utf8_char(); U+FFFE and U+FFFF are no text [XML 2.2]. */
static size_t character(const uint8_t *p, size_t n)
{
    size_t len = utf8_char(p, n);

    return len == 3 && p[0] == 0xEF && p[1] == 0xBF && p[2] >= 0xBE ? 0 : len;
}

static bool is_control(uint8_t c)
{
    return c < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

#define RUN 32u

/* Are RUN bytes ASCII text? *breaks gets the line breaks among them. */
static bool is_text(const uint8_t *p, unsigned *breaks)
{
    pm_bytes16 odd = {0};
    pm_bytes16 lines = {0};
    uint64_t halves[2];

    for (unsigned i = 0; i < RUN; i += sizeof(odd)) {
        pm_bytes16 v;

        memcpy(&v, p + i, sizeof(v));
        odd |= (v < ' ') & (v != '\n') & (v != '\r') & (v != '\t');
        lines -= v == '\n';
    }
    memcpy(halves, &lines, sizeof(halves)); /* few in each of 16 bytes */
    *breaks = (unsigned)((halves[0] + halves[1]) * PM_EACH(1) >> 56);
    return !pm_any(odd);
}

/* Bytes from p on that are ASCII text; counts lines. */
static size_t plain(struct pm_input *in, const uint8_t *p, size_t n)
{
    size_t i = 0;

    while (i < n) {
        unsigned breaks;

        if (n - i >= RUN && is_text(p + i, &breaks)) {
            in->line += breaks;
            i += RUN;
            continue;
        }
        for (size_t end = n - i < RUN ? n : i + RUN; i < end; i++) {
            if (p[i] >= 0x80 || (is_control(p[i]) && (!in->controls || p[i] == 0))) {
                return i;
            }
            in->line += p[i] == '\n';
        }
    }
    return i;
}

static bool bad_byte(struct pm_input *in, uint64_t off, unsigned byte)
{
    if (!in->opts->lenient) {
        pm_wrong(in->fault, PM_BAD_BYTE, off, in->line, "0x%02X", byte);
        in->fault->value = byte;
        return false;
    }
    in->opts->repairs->bytes++;
    return true;
}

/* ------------------------------------------------------------------ UTF-8 */

/* Bytes of a damaged character: a lone surrogate is three, all others are one. */
static size_t damage(const uint8_t *p, size_t n)
{
    return n >= 3 && p[0] == 0xED && p[1] >= 0xA0 && (p[2] & 0xC0) == 0x80 ? 3
           : n >= 3 && p[0] == 0xEF && p[1] == 0xBF && p[2] >= 0xBE        ? 3
                                                                           : 1;
}

/* Copy from p on, damage replaced; *used are the bytes of p that went in. */
static bool repair(struct pm_input *in, const uint8_t *p, size_t n, bool last, size_t *used)
{
    size_t at = 0;

    while (at < n && in->n_buf + 16 < sizeof(in->buf)) {
        size_t room = sizeof(in->buf) - 16 - in->n_buf;
        size_t len = plain(in, p + at, n - at < room ? n - at : room);

        memcpy(in->buf + in->n_buf, p + at, len);
        in->n_buf += (uint32_t)len;
        at += len;
        if (at == n || len == room) {
            break;
        }
        len = p[at] >= 0x80 ? character(p + at, n - at) : 0;
        if (len == UTF8_CUT && !last) {
            break;
        }
        if (len > 0 && len != UTF8_CUT) {
            memcpy(in->buf + in->n_buf, p + at, len);
            in->n_buf += (uint32_t)len;
            at += len;
            continue;
        }
        if (!bad_byte(in, in->off + at, p[at])) {
            return false;
        }
        in->n_buf += (uint32_t)utf8_encode(in->buf + in->n_buf, REPLACEMENT);
        at += damage(p + at, n - at);
    }
    *used = at;
    return true;
}

/* The length of the text that is in order; whole characters. */
static size_t good(struct pm_input *in, const uint8_t *p, size_t n, bool *damaged)
{
    size_t at = 0;

    *damaged = false;
    while (at < n) {
        size_t len;

        at += p[at] < 0x80 ? plain(in, p + at, n - at) : 0;
        if (at == n) {
            break;
        }
        len = p[at] >= 0x80 ? character(p + at, n - at) : 0;
        if (len == UTF8_CUT) {
            break;
        }
        if (len == 0) {
            *damaged = true;
            break;
        }
        at += len;
    }
    return at;
}

static bool next_utf8(struct pm_input *in, const uint8_t *bytes, size_t avail, bool last,
                      const char **piece, size_t *len)
{
    bool damaged;
    size_t n = avail < PM_PIECE ? avail : PM_PIECE;
    size_t used = good(in, bytes, n, &damaged);

    in->same = true;
    if (used > 0) {
        *piece = (const char *)bytes;
        *len = used;
        in->off += used;
        in->n_buf = (uint32_t)used; /* taken at the next call */
        return true;
    }
    in->n_buf = 0;
    in->same = false;
    if (!repair(in, bytes, damaged ? damage(bytes, n) : n, damaged || last, &used)) {
        return false;
    }
    *piece = in->buf;
    *len = in->n_buf;
    in->off += used;
    scapf_src_skip(in->src, used);
    in->n_buf = 0;
    return true;
}

/* ------------------------------------------------------------------ UTF-16 */

static uint32_t unit(const struct pm_input *in, const uint8_t *p)
{
    return in->encoding == UTF_16LE ? (uint32_t)(p[0] | p[1] << 8) : (uint32_t)(p[1] | p[0] << 8);
}

static bool next_utf16(struct pm_input *in, const uint8_t *bytes, size_t avail, bool last,
                       const char **piece, size_t *len)
{
    size_t n = avail < PM_PIECE ? avail : PM_PIECE;
    size_t at = 0;

    in->n_buf = 0;
    in->same = false;
    while (n - at >= 2) {
        uint32_t c = unit(in, bytes + at);
        uint32_t low = n - at >= 4 ? unit(in, bytes + at + 2) : 0;
        size_t size = 2;

        if (c >= 0xD800 && c < 0xDC00 && low >= 0xDC00 && low < 0xE000) {
            c = 0x10000 + ((c & 0x3FF) << 10 | (low & 0x3FF));
            size = 4;
        } else if (c >= 0xD800 && c < 0xDC00 && n - at < 4 && !(last && n == avail)) {
            break;
        } else if ((c >= 0xD800 && c < 0xE000) || c >= 0xFFFE || c == 0 ||
                   (c < 0x20 && is_control((uint8_t)c) && !in->controls)) {
            if (!bad_byte(in, in->off + at, c)) {
                return false;
            }
            c = REPLACEMENT;
        }
        in->line += c == '\n';
        in->n_buf += (uint32_t)utf8_encode(in->buf + in->n_buf, c);
        at += size;
    }
    if (n - at == 1 && last) {
        if (!bad_byte(in, in->off + at, bytes[at])) {
            return false;
        }
        at++;
    }
    in->off += at;
    scapf_src_skip(in->src, at);
    *piece = in->buf;
    *len = in->n_buf;
    in->n_buf = 0;
    return true;
}

/* ------------------------------------------------------------------ pieces */

static void sniff(struct pm_input *in, const uint8_t *p, size_t n)
{
    size_t skip = 0;

    in->encoding = UTF_8;
    if (n >= 3 && p[0] == 0xEF && p[1] == 0xBB && p[2] == 0xBF) {
        skip = 3;
    } else if (n >= 2 && ((p[0] == 0xFF && p[1] == 0xFE) || (p[0] == 0xFE && p[1] == 0xFF))) {
        in->encoding = p[0] == 0xFF ? UTF_16LE : UTF_16BE;
        skip = 2;
    } else if (n >= 4 && p[1] == 0 && p[3] == 0 && (p[0] == '<' || p[0] == '"')) {
        in->encoding = UTF_16LE;
    } else if (n >= 4 && p[0] == 0 && p[2] == 0 && (p[1] == '<' || p[1] == '"')) {
        in->encoding = UTF_16BE;
    }
    in->off += skip;
    scapf_src_skip(in->src, skip);
}

bool pm_input_wide(const struct pm_input *in)
{
    return in->encoding == UTF_16LE || in->encoding == UTF_16BE;
}

bool pm_input_next(struct pm_input *in, const char **piece, size_t *len)
{
    const uint8_t *bytes;
    size_t avail;
    size_t want = 4;
    enum scapf_status status;

    scapf_src_skip(in->src, in->n_buf);
    in->n_buf = 0;
    for (;;) {
        status = scapf_src_peek(in->src, want, &bytes, &avail, &in->fault->diag);
        if (status < 0 && avail == 0) {
            pm_wrong(in->fault, PM_SYSTEM, in->off, 0, "%d", (int)status);
            return false;
        }
        if (in->encoding == 0) {
            sniff(in, bytes, avail);
            continue;
        }
        *len = 0;
        in->piece_off = in->off;
        if (avail == 0) {
            return true;
        }
        if (!(in->encoding == UTF_8 ? next_utf8(in, bytes, avail, avail < want, piece, len)
                                    : next_utf16(in, bytes, avail, avail < want, piece, len))) {
            return false;
        }
        if (*len > 0) {
            return true;
        }
    }
}
