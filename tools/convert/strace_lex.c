/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scanner is recursive by bracket, up to STRACE_MAX_DEPTH; deeper brackets are skipped in one
 * loop. It never fails: what fits nothing becomes N_RAW, and lx->broken says that brackets or
 * quotes do not match. [strace src/print_utils.h, src/util.c, src/print_fields.h] for the forms.
 */
#include "strace_token.h"

/* ------------------------------------------------------------------ containers */

static uint32_t value_in(struct lex *lx, unsigned depth);

/* Brackets that are too deep, or more than fits: to the end of this one, in one loop. */
static void skip_bracket(struct lex *lx)
{
    const char *p = lx->text + lx->at;
    uint32_t open = 1;
    bool closed;

    while (open > 0 && *p != '\n') {
        if (*p == '"') {
            p = lex_string_end(p, lx->end, &closed);
            continue;
        }
        open += *p == '[' || *p == '{' || *p == '(';
        open -= *p == ']' || *p == '}' || *p == ')';
        p++;
    }
    lx->broken |= open > 0;
    lx->at = (uint32_t)(p - lx->text);
}

/* What strace puts where a call is interrupted: the list ends here. */
static bool is_tail(const char *p)
{
    return lex_starts(p, "<unfinished ...>") || lex_starts(p, "<detached ...>") ||
           lex_starts(p, "<pid changed to ");
}

/* Children up to the closing bracket, which is taken too; the number of them. */
static uint32_t children(struct lex *lx, uint32_t parent, char close, unsigned depth)
{
    const char *text = lx->text;
    uint32_t last = 0, count = 0;
    bool comma = true;

    for (;;) {
        char c = text[lx->at];
        uint32_t child;

        if (c == ' ') {
            lx->at++;
        } else if (c == ',') {
            comma = true;
            lx->at++;
        } else if (c == close) {
            lx->at++;
            return count;
        } else if (c == '\n' || c == ']' || c == '}' || c == ')' ||
                   (c == '<' && is_tail(text + lx->at))) {
            lx->tail |= c == '<';
            lx->broken |= c != '<' && c != '\n';
            lx->nodes[parent].flags |= c == '<' || c == '\n' ? STRACE_F_CUT : STRACE_F_BRACKET;
            return count;
        } else {
            if (depth == 1) {
                lx->wants = (lx->wanted >> (count < 31 ? count : 31) & 1) != 0;
            }
            child = value_in(lx, depth);
            if (child == 0) {
                skip_bracket(lx);
                lx->nodes[parent].flags |= STRACE_F_BRACKET;
                return count;
            }
            lx->nodes[parent].flags |= comma ? 0 : STRACE_F_SPACED;
            if (last == 0) {
                lx->nodes[parent].first = child;
            } else {
                lx->nodes[last].next = child;
            }
            last = child;
            comma = false;
            count++;
        }
    }
}

/* Behind the comment whose '*' is at p; NULL when it does not end, or holds another one. */
static const char *skip_comment(const char *p)
{
    do {
        p += 1 + strcspn(p + 1, "*\n");
    } while (*p == '*' && p[-1] != '/' && p[1] != '/');
    return *p == '*' && p[1] == '/' ? p + 2 : NULL;
}

/*
 * Brackets nobody looks into, open of them before the read position: past them, when that is plain.
 * What is not is left to the tokeniser.
 */
static bool skip_plain(struct lex *lx, uint32_t open)
{
    const char *p = lx->text + lx->at;
    bool closed;

    while (p != NULL) {
        p += strcspn(p, "\"[]{}()*<\n"); /* the C library looks at 16 at once */
        switch (*p) {
        case '"':
            lx->seen.hex_strings += p[1] == '\\' && p[2] == 'x';
            p = lex_string_end(p, lx->end, &closed);
            if (!closed) {
                return false;
            }
            lx->seen.cut_strings += p[0] == '.' && p[1] == '.';
            break;
        case '[':
        case '{':
        case '(':
            open++;
            p++;
            break;
        case ']':
        case '}':
        case ')':
            lx->seen.abbreviated += p[-1] == '.' && p[-2] == '.';
            p++;
            if (--open == 0) {
                lx->at = (uint32_t)(p - lx->text);
                return true;
            }
            break;
        case '*':
            p = p[-1] == '/' ? skip_comment(p) : p + 1; /* or a product */
            break;
        case '<':
            p = (lex_is(p[-1], LEX_DIGIT) && p[1] != '<') || p[-1] == 'D' ? token_annot_end(lx, p)
                                                                          : NULL;
            break;
        default: /* the line end; NUL */
            return false;
        }
    }
    return false;
}

static uint32_t container(struct lex *lx, uint32_t from, enum strace_node_kind kind, char close,
                          unsigned depth)
{
    uint32_t index = token_add(lx, kind, from, 0);

    if (!lx->wants && depth == 1 && index != 0 && skip_plain(lx, 0)) {
        lx->nodes[index].len = lx->at - from;
        lx->nodes[index].flags |= STRACE_F_BRACKET;
        return index;
    }
    lx->at++;
    if (index == 0 || depth >= STRACE_MAX_DEPTH) {
        skip_bracket(lx);
        lx->nodes[index].flags |= index == 0 ? 0 : STRACE_F_BRACKET;
    } else {
        (void)children(lx, index, close, depth + 1);
    }
    if (index != 0) {
        lx->nodes[index].len = lx->at - from;
    }
    return index;
}

/* ------------------------------------------------------------------ words */

/* Raw text from here: at least one byte. */
static uint32_t raw(struct lex *lx, uint32_t from)
{
    const char *p = lx->text + lx->at;

    do {
        p += *p != '\n';
    } while (!lex_is(*p, LEX_RAW_END));
    lx->at = (uint32_t)(p - lx->text);
    return lex_raw(lx, from, lx->at);
}

/* Past A|B|0x40. */
static const char *words_end(const char *p)
{
    for (;;) {
        while (lex_is(*p, LEX_WORD)) {
            p++;
        }
        if (*p != '|' || !lex_is(p[1], LEX_WORD)) {
            return p;
        }
        p++;
    }
}

/* NAME, A|B, name(...), also 0x40|B. */
static uint32_t symbol(struct lex *lx, uint32_t from, unsigned depth)
{
    const char *start = lx->text + from;
    const char *p = words_end(lx->text + lx->at);
    uint32_t len = (uint32_t)(p - start);

    lx->at = from + len;
    if (*p == '(') {
        return container(lx, from, STRACE_N_FUNC, ')', depth);
    }
    if (len == 4 && memcmp(start, "NULL", 4) == 0) {
        return token_add(lx, STRACE_N_NULL, from, len);
    }
    return token_add(lx, STRACE_N_SYMBOL, from, len);
}

static uint32_t number(struct lex *lx, unsigned depth)
{
    const char *start = lx->text + lx->at;
    const char *p = start;
    struct strace_node node = {0};
    uint32_t from = lx->at;
    uint32_t index;

    if (!lex_number(&p, &node)) {
        return raw(lx, from);
    }
    lx->at = (uint32_t)(p - lx->text);
    if (lex_is(*p, LEX_WORD) || (*p == '|' && lex_is(p[1], LEX_WORD) && !lex_is(p[1], LEX_DIGIT))) {
        return symbol(lx, from, depth);
    }
    /* 1.5, 2013/05/05-12:34:56 (dates of old versions), 127.0.0.1:80 */
    if ((*p == '.' && p[1] != '.') || *p == ':' || (*p == '/' && p[1] != '*')) {
        return raw(lx, from);
    }
    index = token_add(lx, STRACE_N_NUMBER, from, lx->at - from);
    if (index != 0) {
        lx->nodes[index].base = node.base;
        lx->nodes[index].flags = node.flags;
        lx->nodes[index].value = node.value;
    }
    return index;
}

static uint32_t dots(struct lex *lx)
{
    uint32_t from = lx->at;

    if (!lex_starts(lx->text + from, "...")) {
        return raw(lx, from);
    }
    lx->at += 3;
    lx->seen.abbreviated++;
    return token_add(lx, STRACE_N_ELLIPSIS, from, 3);
}

static uint32_t primary(struct lex *lx, unsigned depth)
{
    uint32_t from = lx->at;
    const char *p = lx->text + from;

    if (lex_is(*p, LEX_DIGIT) || *p == '-') {
        return number(lx, depth);
    }
    if (lex_is(*p, LEX_WORD)) {
        return symbol(lx, from, depth);
    }
    switch (*p) {
    case '"':
        return token_string(lx, from);
    case '[':
        return container(lx, from, STRACE_N_ARRAY, ']', depth);
    case '{':
        return container(lx, from, STRACE_N_STRUCT, '}', depth);
    case '(':
        return container(lx, from, STRACE_N_FUNC, ')', depth);
    case '.':
        return dots(lx);
    case '?':
        lx->at += lex_starts(p, "???") ? 3 : 1;
        return token_add(lx, STRACE_N_UNDECODED, from, lx->at - from);
    case '/':
        return p[1] == '*' ? token_comment(lx) : raw(lx, from);
    case '@':
        if (p[1] == '"') {
            lx->at++;
            return token_string(lx, from);
        }
        return raw(lx, from);
    case '~':
        if (p[1] == '[') {
            uint32_t index;

            lx->at++;
            index = container(lx, from, STRACE_N_ARRAY, ']', depth);
            lx->nodes[index].flags |= index == 0 ? 0 : STRACE_F_NEGATED;
            return index;
        }
        return raw(lx, from);
    default:
        return raw(lx, from);
    }
}

/* ------------------------------------------------------------------ values */

struct op_row {
    const char *text;
    enum strace_op op;
};

/* Longer ones first; blanks around them are skipped. */
static const struct op_row ops[] = {
    {"<<", STRACE_OP_SHL}, {"&&", STRACE_OP_AND}, {"==", STRACE_OP_EQ},  {"or ", STRACE_OP_ALT},
    {"|", STRACE_OP_OR},   {"*", STRACE_OP_MUL},  {"&", STRACE_OP_MASK}, {"+ ", STRACE_OP_ADD},
    {"- ", STRACE_OP_SUB}, {"+", STRACE_OP_ADD},
};

/* An operator at the read position, with blanks around it, is taken. */
static enum strace_op take_op(struct lex *lx)
{
    const char *p = lx->text + lx->at;

    p += *p == ' ';
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        if (*p == ops[i].text[0] && lex_starts(p, ops[i].text)) {
            p += strlen(ops[i].text);
            p += *p == ' ';
            lx->at = (uint32_t)(p - lx->text);
            return ops[i].op;
        }
    }
    return STRACE_OP_NONE;
}

/* Annotation, comments and context behind a value. */
static void notes(struct lex *lx, uint32_t index)
{
    const char *text = lx->text;

    for (;;) {
        const char *p = text + lx->at;
        uint32_t blank = *p == ' ';

        /* behind the names of -X verbose it follows those */
        if (*p == '<' && p[1] != '<' && !is_tail(p)) {
            token_annot(lx, index);
            continue;
        }
        p += blank;
        if (p[0] == '/' && p[1] == '*') {
            lx->at += blank;
            token_note(lx, index, token_comment(lx));
            /* 0x80002 and then the names of it, except unknown ones: -X verbose */
            p += p[2] == ' ' ? 3 : 2;
            if (lx->nodes[index].kind == STRACE_N_NUMBER && *p >= 'A' && *p <= 'Z') {
                lx->seen.verbose_values += memcmp(text + lx->at - 4, "? */", 4) != 0;
            }
        } else if (blank != 0 && *p == '[' && token_context_len(p) > 0) {
            uint32_t len = token_context_len(p);

            token_note(lx, index, token_add(lx, STRACE_N_CONTEXT, lx->at + 1, len));
            lx->at += 1 + len;
        } else {
            return;
        }
    }
}

/* left is the first operand, the first operator was taken. */
static uint32_t expression(struct lex *lx, uint32_t left, enum strace_op op, unsigned depth)
{
    uint32_t from = lx->nodes[left].off;
    uint32_t index = token_add(lx, STRACE_N_EXPR, from, 0);
    uint32_t last = left;

    lx->nodes[index].first = left;
    while (op != STRACE_OP_NONE && !lex_is(lx->text[lx->at], LEX_CLOSE)) {
        uint32_t next = primary(lx, depth);

        if (index == 0 || next == 0) {
            break;
        }
        notes(lx, next);
        lx->nodes[next].op = (uint8_t)op;
        lx->nodes[last].next = next;
        last = next;
        op = take_op(lx);
    }
    if (index != 0) {
        lx->nodes[index].len = lx->at - from;
    }
    return index;
}

/* "=> after", at the read position; left may be 0. */
static uint32_t pair(struct lex *lx, uint32_t left, unsigned depth)
{
    uint32_t from = left != 0 ? lx->nodes[left].off : lx->at;
    uint32_t index = token_add(lx, STRACE_N_PAIR, from, 0);
    uint32_t right;

    lx->at += 2;
    if (left == 0) {
        left = token_add(lx, STRACE_N_NONE, from, 0);
    }
    lx->at += lx->text[lx->at] == ' ';
    right = lex_is(lx->text[lx->at], LEX_CLOSE) ? 0 : value_in(lx, depth + 1);
    if (index != 0 && left != 0) {
        lx->nodes[index].first = left;
        lx->nodes[left].next = right;
        lx->nodes[index].len = lx->at - from;
    }
    return index;
}

static bool is_arrow(const char *p)
{
    return p[0] == '=' && p[1] == '>';
}

/* What follows a first token, when it is not simply the end of the value. */
static uint32_t value_rest(struct lex *lx, uint32_t index, unsigned depth)
{
    enum strace_op op;
    const char *p;

    notes(lx, index);
    p = lx->text + lx->at;
    if (lex_is(*p, LEX_CLOSE)) {
        return index;
    }
    op = take_op(lx);
    if (op != STRACE_OP_NONE) {
        index = expression(lx, index, op, depth);
        p = lx->text + lx->at;
    }
    if (index != 0 && is_arrow(p + (*p == ' '))) {
        lx->at += *p == ' ';
        index = pair(lx, index, depth);
    }
    return index;
}

/* One value; 0 only when there is no room for it. */
static uint32_t value_in(struct lex *lx, unsigned depth)
{
    const char *text = lx->text;
    uint32_t index;
    uint32_t name_off = 0, name_len = 0;

    if (depth > STRACE_MAX_DEPTH + 1) {
        return raw(lx, lx->at);
    }
    if (is_arrow(text + lx->at)) {
        return pair(lx, 0, depth);
    }
    index = primary(lx, depth);
    /* name=value; the name may be msg_name(0) in old versions, or [index] */
    if (text[lx->at] == '=' && text[lx->at + 1] != '=' && text[lx->at + 1] != '>' && index != 0) {
        name_off = lx->nodes[index].off;
        name_len = lx->nodes[index].len;
        lx->at++;
        if (lex_is(text[lx->at], LEX_CLOSE)) {
            lx->nodes[index].kind = STRACE_N_RAW;
            lx->nodes[index].first = 0;
            name_len = 0;
        } else {
            lx->n = index; /* the name needs no node */
            index = primary(lx, depth);
        }
    }
    if (index != 0 && !lex_is(text[lx->at], LEX_CLOSE)) {
        index = value_rest(lx, index, depth);
    }
    if (name_len > 0 && name_len <= UINT16_MAX && index != 0) {
        lx->nodes[index].name_off = name_off;
        lx->nodes[index].name_len = (uint16_t)name_len;
    }
    return index;
}

uint32_t lex_value(struct lex *lx)
{
    return value_in(lx, 1);
}

uint32_t lex_scalar(struct lex *lx)
{
    uint32_t index = number(lx, 1);

    notes(lx, index);
    return index;
}

uint32_t lex_list(struct lex *lx)
{
    uint32_t from = lx->at;
    uint32_t index = token_add(lx, STRACE_N_LIST, from, 0);
    uint32_t count;

    if (index == 0) {
        return 0;
    }
    if (lx->wanted == 0 && skip_plain(lx, 1)) {
        count = 0;
        lx->nodes[index].flags |= STRACE_F_BRACKET;
    } else {
        count = children(lx, index, ')', 1);
    }
    lx->wanted = UINT32_MAX; /* of what follows the arguments everything is */
    lx->wants = true;
    lx->nodes[index].value = count;
    lx->nodes[index].len = lx->at - from;
    return index;
}
