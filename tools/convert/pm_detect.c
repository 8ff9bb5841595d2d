/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "pm.h"

/* The first characters of a text, as bytes: UTF-16 loses its zeros, a byte order mark goes. */
static size_t plain_text(const uint8_t *bytes, size_t len, char *to, size_t size)
{
    size_t n = 0;
    size_t step = 1;
    size_t at = 0;

    if (len >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF) {
        at = 3;
    } else if (len >= 2 && bytes[0] == 0xFF && bytes[1] == 0xFE) {
        at = 2;
        step = 2;
    } else if (len >= 2 && bytes[0] == 0xFE && bytes[1] == 0xFF) {
        at = 3;
        step = 2;
    } else if (len >= 2 && bytes[0] != 0 && bytes[1] == 0) {
        step = 2;
    } else if (len >= 2 && bytes[0] == 0 && bytes[1] != 0) {
        at = 1;
        step = 2;
    }
    for (; at < len && n < size; at += step) {
        to[n++] = (char)bytes[at];
    }
    return n;
}

/* The first row of an export names columns of Procmon. */
static bool is_csv(const char *text, size_t len)
{
    const char *end = memchr(text, '\n', len);
    unsigned known = 0;

    len = end != NULL ? (size_t)(end - text) : len;
    for (size_t at = 0; at < len;) {
        size_t n = 0;
        size_t cut;

        while (at + n < len && memchr(",;\t", text[at + n], 3) == NULL) {
            n++;
        }
        cut = n;
        while (cut > 0 && (text[at + cut - 1] == '\r' || text[at + cut - 1] == '"')) {
            cut--;
        }
        if (cut > 0 && text[at] == '"') {
            known += pm_column_find(text + at + 1, cut - 1) < PM_COLUMN_COUNT;
        } else {
            known += pm_column_find(text + at, cut) < PM_COLUMN_COUNT;
        }
        at += n + 1;
    }
    return known >= 3;
}

enum pm_format pm_detect(const void *bytes, size_t len)
{
    char text[8192];
    size_t n;
    size_t at = 0;

    if (len >= 4 && memcmp(bytes, "PML_", 4) == 0) {
        return PM_PML;
    }
    n = plain_text(bytes, len, text, sizeof(text));
    while (at < n && memchr(" \t\r\n", text[at], 4) != NULL) {
        at++;
    }
    if (at < n && text[at] == '<') {
        return memmem(text, n, "<procmon>", 9) != NULL || memmem(text, n, "<procmon ", 9) != NULL
                   ? PM_XML
                   : PM_NO_FORMAT;
    }
    return is_csv(text, n) ? PM_CSV : PM_NO_FORMAT;
}
