/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_mend.c - what Procmon writes has one value a line between two tags of one name, so that a
 * value can be found even where the XML is broken: it ends before the end tag of its name, or,
 * when that is not there, at the end of its line.
 */
#include "pm_mend.h"

#include <string.h>

#define NAME_MAX_LEN 64u

size_t pm_mend_start(const char *piece, size_t len)
{
    const char *tag = len > 0 ? memmem(piece, len, "<event>", 7) : NULL;

    return tag != NULL ? (size_t)(tag - piece) : len;
}

size_t pm_mend_entity(const char *p, size_t n, char *to)
{
    static const struct {
        const char *name;
        char c;
    } rows[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t len = strlen(rows[i].name);

        if (n >= len && memcmp(p, rows[i].name, len) == 0) {
            *to = rows[i].c;
            return len;
        }
    }
    return 0;
}

bool pm_mend_text(struct pm_build *b, const char *text, size_t len)
{
    size_t at = 0;

    while (at < len) {
        const char *amp = memchr(text + at, '&', len - at);
        size_t n = amp != NULL ? (size_t)(amp - text) - at : len - at;
        char decoded = '&';

        if (!pm_build_text(b, text + at, n)) {
            return false;
        }
        at += n;
        if (at == len) {
            break;
        }
        n = pm_mend_entity(text + at, len - at, &decoded);
        if (!pm_build_text(b, &decoded, 1)) {
            return false;
        }
        at += n > 0 ? n : 1;
    }
    return true;
}

/* The value behind the tag <name>: its length; *skip gets the length of the end tag. */
static size_t value_len(const char *text, size_t len, const char *name, size_t name_len,
                        size_t *skip)
{
    char tag[NAME_MAX_LEN + 3] = "</";
    const char *end;

    memcpy(tag + 2, name, name_len);
    tag[2 + name_len] = '>';
    end = memmem(text, len, tag, name_len + 3);
    *skip = end != NULL ? name_len + 3 : 0;
    if (end == NULL) {
        end = memchr(text, '\n', len);
    }
    return end != NULL ? (size_t)(end - text) : len;
}

bool pm_mend_event(struct pm_build *b, const char *piece, size_t len)
{
    static const char stack[] = "</stack>";
    size_t at = 7; /* <event> */
    bool time = false;
    bool operation = false;

    pm_build_reset(b);
    while (at < len) {
        const char *open = memchr(piece + at, '<', len - at);
        const char *close = open != NULL ? memchr(open, '>', len - (size_t)(open - piece)) : NULL;
        size_t name_len = close != NULL ? (size_t)(close - open) - 1 : 0;
        enum pm_column column;
        size_t n;
        size_t skip;

        if (close == NULL) {
            break;
        }
        at = (size_t)(close - piece) + 1;
        if (name_len == 5 && memcmp(open + 1, "stack", 5) == 0) {
            const char *end = memmem(piece + at, len - at, stack, 8);

            at = end != NULL ? (size_t)(end - piece) + 8 : len;
            continue;
        }
        if (name_len == 0 || name_len > NAME_MAX_LEN || open[1] == '/') {
            continue;
        }
        column = pm_column_find(open + 1, name_len);
        n = value_len(piece + at, len - at, open + 1, name_len, &skip);
        if (!pm_build_field(b, false, column, 0, (struct pm_text){open + 1, name_len}) ||
            !pm_mend_text(b, piece + at, n)) {
            return false;
        }
        time = time || column == PM_TIME;
        operation = operation || column == PM_OPERATION;
        at += n + skip;
    }
    return time && operation;
}
