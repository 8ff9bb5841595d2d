/* SPDX-License-Identifier: Apache-2.0 */
#include "strace_token.h"

#include <stdlib.h>

/* clang-format off */
#define W LEX_WORD
#define D (LEX_WORD | LEX_DIGIT | LEX_HEX)
#define H (LEX_WORD | LEX_HEX)
#define C (LEX_CLOSE | LEX_RAW_END | LEX_AFTER)
const uint8_t lex_class[256] = {
    ['\n'] = C, [','] = C, [')'] = C, [']'] = C, ['}'] = C,
    [' '] = LEX_RAW_END | LEX_AFTER, ['('] = LEX_RAW_END | LEX_AFTER,
    ['['] = LEX_RAW_END, ['{'] = LEX_RAW_END, ['"'] = LEX_RAW_END,
    ['|'] = LEX_AFTER, ['='] = LEX_AFTER, [':'] = LEX_AFTER, [';'] = LEX_AFTER, ['\t'] = LEX_AFTER,
    ['_'] = W,
    ['0'] = D, ['1'] = D, ['2'] = D, ['3'] = D, ['4'] = D, ['5'] = D, ['6'] = D, ['7'] = D,
    ['8'] = D, ['9'] = D,
    ['a'] = H, ['b'] = H, ['c'] = H, ['d'] = H, ['e'] = H, ['f'] = H, ['g'] = W, ['h'] = W,
    ['i'] = W, ['j'] = W, ['k'] = W, ['l'] = W, ['m'] = W, ['n'] = W, ['o'] = W, ['p'] = W,
    ['q'] = W, ['r'] = W, ['s'] = W, ['t'] = W, ['u'] = W, ['v'] = W, ['w'] = W, ['x'] = W,
    ['y'] = W, ['z'] = W,
    ['A'] = H, ['B'] = H, ['C'] = H, ['D'] = H, ['E'] = H, ['F'] = H, ['G'] = W, ['H'] = W,
    ['I'] = W, ['J'] = W, ['K'] = W, ['L'] = W, ['M'] = W, ['N'] = W, ['O'] = W, ['P'] = W,
    ['Q'] = W, ['R'] = W, ['S'] = W, ['T'] = W, ['U'] = W, ['V'] = W, ['W'] = W, ['X'] = W,
    ['Y'] = W, ['Z'] = W,
};
#undef W
#undef D
#undef H
#undef C
/* clang-format on */

/* ------------------------------------------------------------------ nodes */

static void *resize(const struct scapf_alloc *alloc, void *p, size_t size)
{
    if (alloc != NULL) {
        return alloc->resize(alloc->ctx, p, size);
    }
    if (size == 0) {
        free(p);
        return NULL;
    }
    return realloc(p, size);
}

bool token_grow(struct lex *lx)
{
    uint32_t cap = lx->cap == 0 ? 256 : lx->cap * 2;
    struct strace_node *nodes;

    if (cap > STRACE_MAX_NODES) {
        return false;
    }
    nodes = resize(lx->alloc, lx->nodes, cap * sizeof(*nodes));
    if (nodes == NULL) {
        lx->no_memory = true;
        return false;
    }
    lx->nodes = nodes;
    lx->cap = cap;
    return true;
}

bool lex_init(struct lex *lx, const struct scapf_alloc *alloc)
{
    *lx = (struct lex){.alloc = alloc};
    return token_grow(lx);
}

void lex_reset(struct lex *lx, const char *text, uint32_t len, uint32_t at)
{
    lx->text = text;
    lx->end = text + len;
    lx->wanted = UINT32_MAX;
    lx->wants = true;
    lx->at = at;
    lx->n = lx->note_owner = lx->note_last = 0;
    lx->full = lx->broken = lx->tail = lx->open_angle = lx->no_quote_end = false;
    (void)token_add(lx, STRACE_N_NONE, 0, 0);
}

void lex_release(struct lex *lx)
{
    if (lx->nodes != NULL) {
        (void)resize(lx->alloc, lx->nodes, 0);
    }
    lx->nodes = NULL;
    lx->n = lx->cap = 0;
}

uint32_t lex_raw(struct lex *lx, uint32_t from, uint32_t to)
{
    return token_add(lx, STRACE_N_RAW, from, to - from);
}

static void to_line_end(struct lex *lx)
{
    const char *p = lx->text + lx->at;

    while (*p != '\n') {
        p++;
    }
    lx->at = (uint32_t)(p - lx->text);
    lx->broken = true;
}

/* ------------------------------------------------------------------ strings and numbers */

/* Is the quote behind an odd number of backslashes? Each pair of them is one that was printed. */
static bool is_escaped(const char *quote)
{
    const char *p = quote;

    while (p[-1] == '\\') {
        p--;
    }
    return ((quote - p) & 1) != 0;
}

const char *lex_string_end(const char *p, const char *end, bool *closed)
{
    do { /* the quote it begins with ends every run of backslashes */
        p = memchr(p + 1, '"', (size_t)(end - p) - 1);
    } while (p != NULL && is_escaped(p));
    *closed = p != NULL;
    return p != NULL ? p + 1 : end;
}

uint32_t token_string(struct lex *lx, uint32_t from)
{
    const char *open = lx->text + lx->at;
    bool closed;
    const char *p = lex_string_end(open, lx->end, &closed);
    uint32_t index = token_add(lx, STRACE_N_STRING, from, (uint32_t)(p - lx->text) - from);
    struct strace_node *node = &lx->nodes[index];

    if (!closed) {
        lx->broken = true;
        node->flags = STRACE_F_CUT;
    } else if (p[0] == '.' && p[1] == '.' && p[2] == '.') {
        p += 3;
        node->flags = STRACE_F_CUT;
        lx->seen.cut_strings++;
    }
    if (open[1] == '\\' && open[2] == 'x') {
        lx->seen.hex_strings++;
    }
    if (from != lx->at) {
        node->flags |= STRACE_F_ABSTRACT;
    }
    lx->at = (uint32_t)(p - lx->text);
    return index;
}

static inline unsigned hex_digit(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

bool lex_number(const char **p, struct strace_node *number)
{
    const char *q = *p;
    bool negative = *q == '-';
    bool over = false;
    uint64_t v = 0;

    q += negative;
    if (!lex_is(*q, LEX_DIGIT)) {
        return false;
    }
    number->base = 10;
    if (*q == '0' && (q[1] == 'x' || q[1] == 'X') && lex_is(q[2], LEX_HEX)) {
        number->base = 16;
        for (q += 2; lex_is(*q, LEX_HEX); q++) {
            over |= v >> 60 != 0;
            v = v << 4 | hex_digit(*q);
        }
    } else if (*q == '0' && lex_is(q[1], LEX_DIGIT)) {
        number->base = 8;
        for (q++; *q >= '0' && *q <= '7'; q++) {
            over |= v >> 61 != 0;
            v = v << 3 | (uint64_t)(*q - '0');
        }
    } else {
        /* 19 digits cannot exceed 64 bits */
        for (const char *from = q; lex_is(*q, LEX_DIGIT) && q - from < 19; q++) {
            v = v * 10 + (uint64_t)(*q - '0');
        }
        for (; lex_is(*q, LEX_DIGIT); q++) {
            over |= __builtin_mul_overflow(v, 10, &v);
            over |= __builtin_add_overflow(v, (uint64_t)(*q - '0'), &v);
        }
    }
    number->value = over ? UINT64_MAX : negative ? 0 - v : v;
    number->flags = (uint8_t)((negative ? STRACE_F_NEGATIVE : 0) | (over ? STRACE_F_OVERFLOW : 0));
    *p = q;
    return true;
}

/* ------------------------------------------------------------------ <...> and comments */

#define OUTSIDE "(deleted)" /* of a path, since 5.19 behind the <...> */

/* "<char 1:3>" or "<block 8:0>" inside the annotation of a device. */
static bool is_device(const char *p)
{
    return lex_starts(p, "<char ") || lex_starts(p, "<block ");
}

/*
 * The end of an annotation that begins at p ('<'): behind its '>', or NULL. In paths < and > are
 * escaped since 4.22, quotes are not special; in addresses a quoted name may hold anything. A '>'
 * ends the annotation only when something follows that can stand behind a value: "->" does not.
 */
static const char *annot_end(struct lex *lx, const char *p)
{
    bool quotes = p[1] != '/' && p[1] != '\\' && !lx->no_quote_end;

    for (p++;; p++) {
        p += strcspn(p, "<>\"\n"); /* the C library looks at 16 at once */
        if (*p == '\n') {
            return NULL;
        }
        if (*p == '>' && lex_is(p[1], LEX_AFTER)) {
            return p + 1;
        }
        if (*p == '<' && is_device(p)) {
            while (*p != '>' && *p != '\n') {
                p++;
            }
            if (*p == '\n' || (p[1] == '>' && lex_is(p[2], LEX_AFTER))) {
                return *p == '\n' ? NULL : p + 2;
            }
        }
        if (*p == '"' && quotes) {
            bool closed;
            const char *q = lex_string_end(p, lx->end, &closed);

            if (!closed) {
                lx->no_quote_end = true;
                quotes = false;
            } else {
                p = q - 1;
            }
        }
    }
}

void token_note(struct lex *lx, uint32_t index, uint32_t note)
{
    struct strace_node *owner = &lx->nodes[index];

    if (index == 0 || note == 0) {
        return;
    }
    /* a hostile line hangs thousands on one node: no walk along them */
    if (owner->note != 0 && lx->note_owner == index) {
        lx->nodes[lx->note_last].next = note;
    } else {
        owner->note = note;
    }
    lx->note_owner = index;
    lx->note_last = note;
}

const char *token_annot_end(struct lex *lx, const char *p)
{
    const char *end = annot_end(lx, p);

    if (end == NULL) {
        return NULL;
    }
    lx->seen.annotated++;
    if (p[1] >= 'A' && p[1] <= 'Z' && end[-2] == ']') {
        lx->seen.decoded_sockets++;
    }
    if (lex_starts(end, OUTSIDE)) {
        end += sizeof(OUTSIDE) - 1;
        lx->seen.deleted_outside++;
    }
    return end;
}

void token_annot(struct lex *lx, uint32_t index)
{
    const char *p = lx->text + lx->at;
    const char *end = token_annot_end(lx, p);
    uint32_t len, note;

    if (end == NULL) {
        lx->open_angle = true;
        to_line_end(lx);
        return;
    }
    len = (uint32_t)(end - p) - (end[-1] == ')' ? (uint32_t)sizeof(OUTSIDE) - 1 : 0);
    note = token_add(lx, STRACE_N_ANNOT, lx->at, len);
    if (end[-1] == ')' || (len > 12 && memcmp(p + len - 11, " (deleted)", 10) == 0)) {
        lx->nodes[note].flags = STRACE_F_DELETED;
    }
    token_note(lx, index, note);
    lx->at = (uint32_t)(end - lx->text);
}

/* A comment; strace 4.26 could put one into another. Unclosed it takes the rest of the line. */
uint32_t token_comment(struct lex *lx)
{
    const char *open = lx->text + lx->at;
    const char *p = open + 2;
    unsigned depth = 1;
    uint32_t from, to;

    while (depth > 0 && *p != '\n') {
        if (p[0] == '*' && p[1] == '/') {
            depth--;
            p += 2;
        } else if (p[0] == '/' && p[1] == '*') {
            depth++;
            p += 2;
        } else {
            p++;
        }
    }
    lx->broken |= depth > 0;
    lx->at = (uint32_t)(p - lx->text);
    from = (uint32_t)(open - lx->text) + 2;
    to = depth > 0 ? lx->at : lx->at - 2;
    from += from < to && lx->text[from] == ' ';
    to -= from < to && lx->text[to - 1] == ' ';
    return token_add(lx, STRACE_N_COMMENT, from, to > from ? to - from : 0);
}

/* [user:role:type:level] or [type_t] after a path or descriptor; the length of it, or 0. */
uint32_t token_context_len(const char *p)
{
    bool typed = false;
    uint32_t n = 1;

    for (; n < 256 && (lex_is(p[n], LEX_WORD) || strchr(":.,!-", p[n]) != NULL); n++) {
        typed |= p[n] == ':' || (p[n] == '_' && p[n + 1] == 't');
    }
    return typed && p[n] == ']' && p[1] >= 'A' ? n + 1 : 0;
}
