/* SPDX-License-Identifier: Apache-2.0 */
#include "pm_plain.h"

#include "pm_mend.h"
#include "pm_words.h"

struct plain {
    struct pm_plain *names;
    struct pm_build *b;
    const char *p, *end;
    uint64_t lines;
    uint16_t group;
};

/* Characters of names that are plain; the first is none of the upper ones. [XML 2.3] */
static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The second character tells most of them apart. */
static bool is_tag(const struct plain *s, const char *tag, size_t len)
{
    return (size_t)(s->end - s->p) >= len && s->p[1] == tag[1] && memcmp(s->p, tag, len) == 0;
}

/* The tag, when it is the next. */
static bool take(struct plain *s, const char *tag)
{
    size_t len = strlen(tag);
    bool is = is_tag(s, tag, len);

    s->p += is ? len : 0;
    return is;
}

static void skip_blanks(struct plain *s)
{
    for (; s->p < s->end; s->p++) {
        if (*s->p == '\n') {
            s->lines++;
        } else if (*s->p != '\r' && *s->p != ' ' && *s->p != '\t') {
            return;
        }
    }
}

/* "<Name>" at p: its name and column; len 0: it is no such tag. */
static struct pm_text leaf_name(struct plain *s, enum pm_column *column)
{
    struct pm_plain *known = s->names;
    const char *name = s->p + 1;
    size_t left = s->p < s->end ? (size_t)(s->end - name) : 0;
    struct pm_plain_name *next = &known->names[known->at];
    size_t len = next->len;

    if (left > len && len > 0 && name[len] == '>' && memcmp(name, next->text, len) == 0) {
        known->at = known->at + 1 < known->n ? known->at + 1 : 0;
        *column = (enum pm_column)next->column;
        return (struct pm_text){name, *s->p == '<' ? len : 0};
    }
    for (len = 0; len < left && is_name(name[len]); len++) {
    }
    if (left <= len || len == 0 || *s->p != '<' || name[len] != '>' ||
        (name[0] >= '0' && name[0] <= '9')) {
        return (struct pm_text){name, 0};
    }
    *column = pm_column_find(name, len);
    if (*column == PM_COLUMN_COUNT && pm_is_branch((struct pm_text){name, len})) {
        return (struct pm_text){name, 0};
    }
    if (len <= PM_PLAIN_NAME && known->n < PM_PLAIN_NAMES) {
        next = &known->names[known->n++];
        memcpy(next->text, name, len);
        next->len = (uint8_t)len;
        next->column = (uint8_t)*column;
        known->at = known->n < PM_PLAIN_NAMES ? known->n : 0;
    } else {
        known->at = 0;
    }
    return (struct pm_text){name, len};
}

/* The next byte that is not just text; the end when there is none. */
static const char *next_stop(const char *p, const char *end)
{
    pm_bytes16 v;

    for (; end - p >= (ptrdiff_t)sizeof(v); p += sizeof(v)) {
        unsigned first;

        memcpy(&v, p, sizeof(v));
        first = pm_first((v == '<') | (v == '&') | (v == ']') | (v == '\r') | (v == '\n'));
        if (first < sizeof(v)) {
            return p + first;
        }
    }
    while (p < end && *p != '<' && *p != '&' && *p != ']' && *p != '\r' && *p != '\n') {
        p++;
    }
    return p;
}

/* Up to the next '<'; NULL when there is none, or something on the way that is not plain: CR, which
 * a parser changes, "]]>", and entities beyond the five. */
static const char *value_end(struct plain *s, const char *p, bool *entities)
{
    char c;
    size_t n;

    for (;; p++) {
        p = next_stop(p, s->end);
        if (p == s->end || *p == '\r' || (*p == ']' && p + 1 < s->end && p[1] == ']')) {
            return NULL;
        }
        if (*p == '<') {
            return p;
        }
        s->lines += *p == '\n';
        if (*p == '&') {
            n = pm_mend_entity(p, (size_t)(s->end - p), &c);
            if (n == 0) {
                return NULL;
            }
            *entities = true;
        }
    }
}

/* "<Name>text</Name>" */
static bool leaf(struct plain *s, bool more)
{
    enum pm_column column = PM_COLUMN_COUNT;
    struct pm_text name = leaf_name(s, &column);
    bool entities = false;
    struct pm_text text;
    const char *end;

    if (name.len == 0) {
        return false;
    }
    text.at = name.at + name.len + 1;
    end = value_end(s, text.at, &entities);
    if (end == NULL || (size_t)(s->end - end) < name.len + 3 || end[1] != '/' ||
        memcmp(end + 2, name.at, name.len) != 0 || end[2 + name.len] != '>') {
        return false;
    }
    text.len = (size_t)(end - text.at);
    if (text.len > PM_LEAF_MAX) {
        return false;
    }
    s->p = end + name.len + 3;
    return pm_build_field(s->b, more, more ? PM_COLUMN_COUNT : column, s->group, name) &&
           (entities ? pm_mend_text(s->b, text.at, text.len) : pm_build_lend(s->b, text));
}

static bool leaves(struct plain *s, bool more, const char *until)
{
    size_t len = strlen(until);

    for (skip_blanks(s); !is_tag(s, until, len); skip_blanks(s)) {
        if (!more && take(s, "<stack>")) {
            for (skip_blanks(s); take(s, "<frame>"); skip_blanks(s)) {
                if (!leaves(s, true, "</frame>")) {
                    return false;
                }
                s->group = (uint16_t)(s->group + (s->group < UINT16_MAX));
            }
            if (!take(s, "</stack>")) {
                return false;
            }
        } else if (!leaf(s, more)) {
            return false;
        }
    }
    s->p += len;
    return true;
}

size_t pm_plain_event(struct pm_plain *p, struct pm_build *b, const char *text, size_t len,
                      uint64_t *lines)
{
    struct plain s = {.names = p, .b = b, .p = text};

    s.end = text + (len < PM_RECORD_MAX ? len : PM_RECORD_MAX);

    p->at = 0;
    pm_build_reset(b);
    if (!take(&s, "<event>") || !leaves(&s, false, "</event>")) {
        return 0;
    }
    *lines = s.lines;
    return (size_t)(s.p - text);
}
