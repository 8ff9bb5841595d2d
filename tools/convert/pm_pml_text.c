/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "calendar.h"
#include "pm_pml.h"
#include "pm_words.h"
#include "utf8.h"

/* ------------------------------------------------------------------ text */

/* Are these four units ASCII and none of them 0? */
static bool four_ascii(uint64_t units)
{
    return (units & 0xFF80FF80FF80FF80u) == 0 &&
           ((units - 0x0001000100010001u) & 0x8000800080008000u) == 0;
}

size_t pml_utf16(struct pml *p, char *to, const uint8_t *bytes, size_t n_bytes)
{
    size_t n = 0;

    for (size_t i = 0; i + 1 < n_bytes; i += 2) {
        struct pml_cur c = {bytes + i, bytes + n_bytes, false};
        uint32_t unit;
        uint32_t low;

        while ((size_t)(c.end - c.p) >= 8) {
            uint64_t units = pml_u64(&c);

            if (!four_ascii(units)) {
                break;
            }
            for (unsigned k = 0; k < 4; k++) {
                to[n++] = (char)(units >> 16 * k);
            }
            i += 8;
        }
        c = (struct pml_cur){bytes + i, bytes + n_bytes, false};
        unit = pml_u16(&c);
        low = pml_u16(&c);
        if (unit == 0) { /* also: nothing is left */
            break;
        }
        if (unit >= 0xD800 && unit < 0xDC00 && low >= 0xDC00 && low < 0xE000) {
            unit = 0x10000 + ((unit & 0x3FF) << 10 | (low & 0x3FF));
            i += 2;
        } else if (unit >= 0xD800 && unit < 0xE000) {
            unit = 0xFFFD;
            p->opts->repairs->bytes++;
        }
        n += utf8_encode(to + n, unit);
    }
    return n;
}

/* Those of sixteen bytes that are no ASCII, or 0. */
static pm_bytes16 odd_ones(const uint8_t *bytes)
{
    pm_bytes16 v;

    memcpy(&v, bytes, sizeof(v));
    return v < 1;
}

/* Are all of these bytes ASCII, and none of them 0? No is also said of few. */
static bool is_ascii(const uint8_t *bytes, size_t n)
{
    pm_bytes16 odd;

    if (n < sizeof(odd)) {
        return false;
    }
    odd = odd_ones(bytes + n - sizeof(odd));
    for (size_t i = 0; i + sizeof(odd) < n; i += sizeof(odd)) {
        odd |= odd_ones(bytes + i);
    }
    return !pm_any(odd);
}

/* One byte a character, up to a NUL or the end. */
static size_t latin(char *to, const uint8_t *bytes, size_t n_bytes)
{
    size_t n = 0;

    if (is_ascii(bytes, n_bytes)) {
        memcpy(to, bytes, n_bytes);
        return n_bytes;
    }
    for (size_t i = 0; i < n_bytes && bytes[i] != 0; i++) {
        n += utf8_encode(to + n, bytes[i]);
    }
    return n;
}

void pml_put_utf16(struct pml *p, const uint8_t *bytes, size_t n_bytes)
{
    char *to = pm_build_room(&p->build, n_bytes / 2 * 3);

    if (to != NULL) {
        pm_build_used(&p->build, pml_utf16(p, to, bytes, n_bytes));
    }
}

/* ------------------------------------------------------------------ numbers */

void pml_put_number(struct pml *p, uint64_t value)
{
    char buf[32];
    char *at = pm_digits(buf + sizeof(buf), value, true);

    pml_put(p, at, (size_t)(buf + sizeof(buf) - at));
}

void pml_put_plain(struct pml *p, uint64_t value)
{
    char buf[32];
    char *at = pm_digits(buf + sizeof(buf), value, false);

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
    at = pm_digits(at, ticks / 10000000, false);
    pml_put(p, at, (size_t)(buf + sizeof(buf) - at));
}

static char *two_digits(char *end, uint64_t value, char before)
{
    *--end = (char)('0' + value % 10);
    *--end = (char)('0' + value / 10);
    *--end = before;
    return end;
}

void pml_put_date(struct pml *p, uint64_t filetime)
{
    uint64_t seconds = filetime / 10000000;
    struct calendar_date date = calendar_date((int64_t)(seconds / 86400) + CALENDAR_1601);
    uint64_t hour = seconds / 3600 % 24;
    char buf[48];
    char *at = buf + sizeof(buf);

    *--at = 'M';
    *--at = hour < 12 ? 'A' : 'P';
    *--at = ' ';
    at = two_digits(at, seconds % 60, ':');
    at = two_digits(at, seconds / 60 % 60, ':');
    at = pm_digits(at, (hour + 11) % 12 + 1, false);
    *--at = ' ';
    at = pm_digits(at, (uint64_t)date.year, false);
    *--at = '/';
    at = pm_digits(at, (uint64_t)date.day, false);
    *--at = '/';
    at = pm_digits(at, (uint64_t)date.month, false);
    pml_put(p, at, (size_t)(buf + sizeof(buf) - at));
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

/* Those of one table; what was named is taken from the mask. True: something is named now. */
static bool put_names(struct pml *p, uint32_t *mask, const struct pml_name *rows, size_t n,
                      const char *separator, bool any)
{
    for (size_t i = 0; i < n; i++) {
        if ((*mask & rows[i].value) == rows[i].value) {
            pml_puts(p, any ? separator : "");
            pml_puts(p, rows[i].name);
            *mask &= ~rows[i].value;
            any = true;
        }
    }
    return any;
}

bool pml_put_mask(struct pml *p, uint32_t mask, const struct pml_name *rows, size_t n,
                  const char *separator)
{
    return put_names(p, &mask, rows, n, separator, false);
}

static void put_rights(struct pml *p, uint32_t mask, const struct pml_name *rows, size_t n)
{
    static const struct pml_name standard[] = {
        {0x10000, "Delete"},
        {0x20000, "Read Control"},
        {0x40000, "Write DAC"},
        {0x80000, "Write Owner"},
        {0x100000, "Synchronize"},
        {0x1000000, "Access System Security"},
        {0x2000000, "Maximum Allowed"},
    };
    uint32_t left = mask;
    bool any = put_names(p, &left, rows, n, ", ", false);

    if (!put_names(p, &left, standard, sizeof(standard) / sizeof(standard[0]), ", ", any)) {
        pml_puts(p, "None ");
        pml_put_hex(p, mask);
    }
}

void pml_put_rights(struct pml *p, uint32_t mask, const struct pml_name *rows, size_t n)
{
    struct pml_rights *memo = &p->rights[(mask ^ mask >> 8 ^ mask >> 16) & (PML_RIGHTS - 1)];
    size_t begin = p->build.len;

    if (memo->rows == rows && memo->mask == mask) {
        pml_put(p, memo->text, memo->len);
        return;
    }
    put_rights(p, mask, rows, n);
    memo->len = (uint32_t)(p->build.len - begin);
    memo->rows = memo->len <= sizeof(memo->text) ? rows : NULL;
    memo->mask = mask;
    if (memo->rows != NULL && memo->len > 0) {
        memcpy(memo->text, p->build.buf + begin, memo->len);
    }
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

    *len = 0;
    if (p->strings_off != 0 && index < n) {
        uint64_t off;

        c = pml_at(p, p->strings_off + 4 + 4 * (uint64_t)index, 4);
        off = p->strings_off + pml_u32(&c);
        c = c.bad ? c : pml_at(p, off, 4);
        n = pml_u32(&c);
        c = c.bad ? c : pml_at(p, off + 4, n);
        if (!c.bad) {
            *bytes = c.p;
            *len = n;
            return true;
        }
    }
    if (p->opts->lenient) {
        p->opts->repairs->strings++;
    } else {
        pm_wrong(p->fault, PM_BAD_PML, p->at, 0, "text %lu is not in its table",
                 (unsigned long)index);
        p->fault->event = p->number;
    }
    return false;
}

void pml_put_info(struct pml *p, struct pml_cur *c, struct pml_info info)
{
    const uint8_t *bytes = pml_take(c, info.narrow ? info.n : 2 * (size_t)info.n);
    char *to = bytes != NULL ? pm_build_room(&p->build, 3 * (size_t)info.n) : NULL;

    if (to != NULL) {
        pm_build_used(&p->build, info.narrow ? latin(to, bytes, info.n)
                                             : pml_utf16(p, to, bytes, 2 * (size_t)info.n));
    }
}
