/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "pm_pml.h"

/* ------------------------------------------------------------------ bytes */

struct pml_cur pml_at(const struct pml *p, uint64_t off, uint64_t len)
{
    if (off > p->len || len > p->len - off) {
        return (struct pml_cur){p->bytes, p->bytes, true};
    }
    return (struct pml_cur){p->bytes + off, p->bytes + off + len, false};
}

const uint8_t *pml_take(struct pml_cur *c, size_t n)
{
    const uint8_t *p = c->p;

    if ((size_t)(c->end - p) < n) {
        c->bad = true;
        c->p = c->end;
        return NULL;
    }
    c->p += n;
    return p;
}

static uint64_t little(struct pml_cur *c, size_t n)
{
    const uint8_t *p = pml_take(c, n);
    uint64_t v = 0;

    for (size_t i = 0; p != NULL && i < n; i++) {
        v |= (uint64_t)p[i] << 8 * i;
    }
    return v;
}

uint8_t pml_u8(struct pml_cur *c)
{
    return (uint8_t)little(c, 1);
}

uint16_t pml_u16(struct pml_cur *c)
{
    return (uint16_t)little(c, 2);
}

uint32_t pml_u32(struct pml_cur *c)
{
    return (uint32_t)little(c, 4);
}

uint64_t pml_u64(struct pml_cur *c)
{
    return little(c, 8);
}

uint64_t pml_pointer(const struct pml *p, struct pml_cur *c)
{
    return little(c, p->wide ? 8 : 4);
}

/* ------------------------------------------------------------------ text */

void pml_put(struct pml *p, const char *text, size_t len)
{
    (void)pm_build_text(&p->build, false, text, len);
}

void pml_puts(struct pml *p, const char *text)
{
    pml_put(p, text, strlen(text));
}

static size_t utf8_of(char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xC0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xE0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3F));
        to[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    to[0] = (char)(0xF0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3F));
    to[2] = (char)(0x80 | (c >> 6 & 0x3F));
    to[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

void pml_put_utf16(struct pml *p, const uint8_t *bytes, size_t n_bytes)
{
    char buf[512];
    size_t n = 0;

    for (size_t i = 0; i + 1 < n_bytes; i += 2) {
        uint32_t c = (uint32_t)(bytes[i] | bytes[i + 1] << 8);
        uint32_t low = i + 3 < n_bytes ? (uint32_t)(bytes[i + 2] | bytes[i + 3] << 8) : 0;

        if (c == 0) {
            break;
        }
        if (c >= 0xD800 && c < 0xDC00 && low >= 0xDC00 && low < 0xE000) {
            c = 0x10000 + ((c & 0x3FF) << 10 | (low & 0x3FF));
            i += 2;
        } else if (c >= 0xD800 && c < 0xE000) {
            c = 0xFFFD;
            p->opts->repairs->bytes++;
        }
        n += utf8_of(buf + n, c);
        if (n + 4 > sizeof(buf)) {
            pml_put(p, buf, n);
            n = 0;
        }
    }
    pml_put(p, buf, n);
}

/* ------------------------------------------------------------------ numbers */

/* Digits from the end of buf on; their beginning. */
static char *digits(char *end, uint64_t value, bool commas)
{
    unsigned n = 0;

    do {
        if (commas && n > 0 && n % 3 == 0) {
            *--end = ',';
        }
        *--end = (char)('0' + value % 10);
        value /= 10;
        n++;
    } while (value > 0);
    return end;
}

void pml_put_number(struct pml *p, uint64_t value)
{
    char buf[32];
    char *at = digits(buf + sizeof(buf), value, true);

    pml_put(p, at, (size_t)(buf + sizeof(buf) - at));
}

void pml_put_plain(struct pml *p, uint64_t value)
{
    char buf[32];
    char *at = digits(buf + sizeof(buf), value, false);

    pml_put(p, at, (size_t)(buf + sizeof(buf) - at));
}

void pml_put_signed(struct pml *p, int64_t value)
{
    if (value < 0) {
        pml_put(p, "-", 1);
    }
    pml_put_number(p, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void pml_put_hex(struct pml *p, uint64_t value)
{
    char buf[20];
    char *at = buf + sizeof(buf);

    do {
        *--at = "0123456789abcdef"[value & 15];
        value >>= 4;
    } while (value > 0);
    *--at = 'x';
    *--at = '0';
    pml_put(p, at, (size_t)(buf + sizeof(buf) - at));
}

void pml_put_seconds(struct pml *p, uint64_t ticks)
{
    char buf[32];
    char *at = buf + sizeof(buf);
    uint64_t rest = ticks % 10000000;

    for (int i = 0; i < 7; i++) {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    }
    *--at = '.';
    at = digits(at, ticks / 10000000, false);
    pml_put(p, at, (size_t)(buf + sizeof(buf) - at));
}

/* Days since 1601 as a date [Howard Hinnant, civil_from_days]. */
void pml_put_date(struct pml *p, uint64_t filetime)
{
    uint64_t seconds = filetime / 10000000;
    uint64_t z = seconds / 86400 + 584694; /* 0000-03-01 to 1601-01-01 */
    uint64_t era = z / 146097;
    uint64_t doe = z % 146097;
    uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    uint64_t mp = (5 * doy + 2) / 153;
    uint64_t month = mp < 10 ? mp + 3 : mp - 9;
    uint64_t hour = seconds / 3600 % 24;
    char buf[64];
    int n = snprintf(buf, sizeof(buf), "%u/%u/%llu %u:%02u:%02u %s", (unsigned)month,
                     (unsigned)(doy - (153 * mp + 2) / 5 + 1),
                     (unsigned long long)(yoe + era * 400 + (month <= 2)),
                     (unsigned)((hour + 11) % 12 + 1), (unsigned)(seconds / 60 % 60),
                     (unsigned)(seconds % 60), hour < 12 ? "AM" : "PM");

    pml_put(p, buf, n > 0 ? (size_t)n : 0);
}

void pml_put_base64(struct pml *p, const uint8_t *bytes, size_t len)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < len; i += 3) {
        uint32_t v = (uint32_t)bytes[i] << 16 | (uint32_t)(i + 1 < len ? bytes[i + 1] : 0) << 8 |
                     (uint32_t)(i + 2 < len ? bytes[i + 2] : 0);
        char four[4] = {letters[v >> 18], letters[v >> 12 & 63],
                        i + 1 < len ? letters[v >> 6 & 63] : '=',
                        i + 2 < len ? letters[v & 63] : '='};

        pml_put(p, four, 4);
    }
}

/* ------------------------------------------------------------------ names */

bool pml_put_mask(struct pml *p, uint32_t mask, const struct pml_name *rows, size_t n,
                  const char *separator)
{
    bool any = false;

    for (size_t i = 0; i < n; i++) {
        if ((mask & rows[i].value) == rows[i].value) {
            pml_puts(p, any ? separator : "");
            pml_puts(p, rows[i].name);
            mask &= ~rows[i].value;
            any = true;
        }
    }
    return any;
}

const char *pml_name_of(uint32_t value, const struct pml_name *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (rows[i].value == value) {
            return rows[i].name;
        }
    }
    return NULL;
}

/* ------------------------------------------------------------------ strings */

bool pml_string(const struct pml *p, uint32_t index, const uint8_t **bytes, uint32_t *len)
{
    struct pml_cur c = pml_at(p, p->strings_off, 4);
    uint32_t n = pml_u32(&c);
    uint64_t off;

    if (p->strings_off == 0 || index >= n) {
        return false;
    }
    c = pml_at(p, p->strings_off + 4 + 4 * (uint64_t)index, 4);
    off = p->strings_off + pml_u32(&c);
    c = c.bad ? c : pml_at(p, off, 4);
    n = pml_u32(&c);
    c = c.bad ? c : pml_at(p, off + 4, n);
    *bytes = c.p;
    *len = c.bad ? 0 : n;
    return !c.bad;
}

struct pml_info pml_info(struct pml_cur *c)
{
    uint16_t word = pml_u16(c);

    return (struct pml_info){word >> 15 != 0, word & 0x7FFF};
}

void pml_put_info(struct pml *p, struct pml_cur *c, struct pml_info info)
{
    const uint8_t *bytes = pml_take(c, info.narrow ? info.n : 2 * (size_t)info.n);
    char buf[512];
    size_t n = 0;

    if (bytes == NULL) {
        return;
    }
    if (!info.narrow) {
        pml_put_utf16(p, bytes, 2 * (size_t)info.n);
        return;
    }
    for (size_t i = 0; i < info.n && bytes[i] != 0; i++) {
        n += utf8_of(buf + n, bytes[i]);
        if (n + 4 > sizeof(buf)) {
            pml_put(p, buf, n);
            n = 0;
        }
    }
    pml_put(p, buf, n);
}
