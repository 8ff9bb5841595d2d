/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking at an item: nodes, numbers, strings, words.
 */
#include "strace_lex.h"

static const struct strace_node none = {.kind = STRACE_N_NONE};

const struct strace_node *strace_at(const struct strace_item *item, uint32_t index)
{
    return index != 0 && index < item->n_nodes ? &item->nodes[index] : &none;
}

const struct strace_node *strace_sibling(const struct strace_item *item,
                                         const struct strace_node *node)
{
    return strace_at(item, node->next);
}

const struct strace_node *strace_child(const struct strace_item *item,
                                       const struct strace_node *node, uint32_t n)
{
    const struct strace_node *child = strace_at(item, node->first);

    while (n-- > 0 && child->kind != STRACE_N_NONE) {
        child = strace_at(item, child->next);
    }
    return child;
}

const struct strace_node *strace_arg(const struct strace_item *item, uint32_t n)
{
    const struct strace_node *list = strace_at(item, item->args);

    return list->kind == STRACE_N_LIST ? strace_child(item, list, n) : &none;
}

const char *strace_text(const struct strace_item *item, const struct strace_node *node, size_t *len)
{
    *len = node->kind != STRACE_N_NONE ? node->len : 0;
    return item->text + node->off;
}

const char *strace_span_text(const struct strace_item *item, struct strace_span span)
{
    return item->text + span.off;
}

bool strace_is(const struct strace_item *item, const struct strace_node *node, const char *text)
{
    return node->kind != STRACE_N_NONE &&
           strace_span_is(item, (struct strace_span){node->off, node->len}, text);
}

/*
 * The tree lies in the array in the order of its text, so what is below a node is the run of nodes
 * that begin before it ends.
 */
const struct strace_node *strace_field(const struct strace_item *item,
                                       const struct strace_node *node, const char *name)
{
    uint32_t last = node->off + node->len;
    size_t len = strlen(name);

    if (node->kind == STRACE_N_NONE) {
        return &none;
    }
    for (uint32_t i = 1; i < item->n_nodes; i++) {
        const struct strace_node *at = &item->nodes[i];

        if (at->name_len == len && at->off >= node->off && at->off < last && at != node &&
            memcmp(item->text + at->name_off, name, len) == 0) {
            return at;
        }
    }
    return &none;
}

const struct strace_node *strace_note(const struct strace_item *item,
                                      const struct strace_node *node, enum strace_node_kind kind)
{
    const struct strace_node *note = strace_at(item, node->note);

    while (note->kind != STRACE_N_NONE && note->kind != (uint8_t)kind) {
        note = strace_at(item, note->next);
    }
    return note;
}

bool strace_outer_pid(const char *p, const char *end, int64_t *pid)
{
    static const char mark[] = " in strace's PID NS";
    struct strace_node number = {0};

    if (p == end || !lex_is(*p, LEX_DIGIT) || !lex_number(&p, &number) ||
        (size_t)(end - p) < sizeof(mark) - 1 || memcmp(p, mark, sizeof(mark) - 1) != 0) {
        return false;
    }
    *pid = (int64_t)number.value;
    return *pid > 0 && *pid <= INT32_MAX;
}

int64_t strace_pid(const struct strace_item *item, const struct strace_node *node)
{
    const struct strace_node *note = strace_note(item, node, STRACE_N_COMMENT);
    const char *p = item->text + note->off;
    uint64_t value;
    int64_t pid;

    if (note->kind == STRACE_N_COMMENT && strace_outer_pid(p, p + note->len, &pid)) {
        return pid;
    }
    return strace_number(item, node, &value) && value <= INT32_MAX ? (int64_t)value : -1;
}

struct strace_span strace_func(const struct strace_item *item, const struct strace_node *node)
{
    struct strace_span span = {node->off, 0};

    while (node->kind == STRACE_N_FUNC && item->text[span.off + span.len] != '(') {
        span.len++;
    }
    return span;
}

/* ------------------------------------------------------------------ numbers */

/* htons(80), htonl(0): the number is in host order; makedev(A, B) as the kernel puts it into 64
 * bits [linux include/linux/kdev_t.h, glibc sysmacros.h]. */
static bool func_number(const struct strace_item *item, const struct strace_node *node,
                        uint64_t *value)
{
    struct strace_span name = strace_func(item, node);
    const struct strace_node *a = strace_child(item, node, 0);
    const struct strace_node *b = strace_at(item, a->next);

    if ((strace_span_is(item, name, "htons") || strace_span_is(item, name, "htonl")) &&
        a->kind == STRACE_N_NUMBER) {
        *value = a->value;
        return true;
    }
    if (strace_span_is(item, name, "makedev") && a->kind == STRACE_N_NUMBER &&
        b->kind == STRACE_N_NUMBER) {
        *value = (a->value & 0xFFFFF000) << 32 | (a->value & 0xFFF) << 8 |
                 (b->value & 0xFFFFFF00) << 12 | (b->value & 0xFF);
        return true;
    }
    return false;
}

static bool plain_number(const struct strace_item *item, const struct strace_node *node,
                         uint64_t *value)
{
    if (node->kind == STRACE_N_NUMBER) {
        *value = node->value;
        return true;
    }
    *value = 0;
    return node->kind == STRACE_N_NULL ||
           (node->kind == STRACE_N_FUNC && func_number(item, node, value));
}

/* Products and shifts bind closer than sums and |. */
static bool expr_number(const struct strace_item *item, const struct strace_node *node,
                        uint64_t *value)
{
    const struct strace_node *child = strace_at(item, node->first);
    uint64_t sum = 0, term = 0;
    enum strace_op join = STRACE_OP_ADD;

    for (; child->kind != STRACE_N_NONE; child = strace_at(item, child->next)) {
        enum strace_op op = (enum strace_op)child->op;
        uint64_t v;

        if (!plain_number(item, child, &v)) {
            return false;
        }
        if (op == STRACE_OP_MUL) {
            term *= v;
        } else if (op == STRACE_OP_SHL) {
            term = v < 64 ? term << v : 0;
        } else if (op == STRACE_OP_NONE || op == STRACE_OP_ADD || op == STRACE_OP_SUB ||
                   op == STRACE_OP_OR) {
            sum = join == STRACE_OP_OR    ? sum | term
                  : join == STRACE_OP_SUB ? sum - term
                                          : sum + term;
            join = op == STRACE_OP_NONE ? STRACE_OP_ADD : op;
            term = v;
        } else {
            return false;
        }
    }
    *value = join == STRACE_OP_OR ? sum | term : join == STRACE_OP_SUB ? sum - term : sum + term;
    return true;
}

bool strace_number(const struct strace_item *item, const struct strace_node *node, uint64_t *value)
{
    if (node->kind == STRACE_N_PAIR) {
        node = strace_child(item, node, 1);
    }
    if (node->kind == STRACE_N_EXPR) {
        return expr_number(item, node, value);
    }
    return plain_number(item, node, value);
}

/* ------------------------------------------------------------------ strings */

static unsigned hex_value(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* One escape whose letter is at p < end; behind it. [strace src/util.c, string_quote] */
static const char *escape(const char *p, const char *end, uint8_t *byte)
{
    static const char letters[256] = {['n'] = '\n', ['t'] = '\t', ['r'] = '\r', ['v'] = '\v',
                                      ['f'] = '\f', ['a'] = '\a', ['b'] = '\b'};
    unsigned value = 0;
    unsigned n = 0;

    if (letters[(uint8_t)*p] != 0) {
        *byte = (uint8_t)letters[(uint8_t)*p];
        return p + 1;
    }
    if (*p == '0' && (end - p < 2 || p[1] < '0' || p[1] > '7')) { /* the most frequent */
        *byte = 0;
        return p + 1;
    }
    if (*p == 'x' && end - p >= 3 && lex_is(p[1], LEX_HEX) && lex_is(p[2], LEX_HEX)) {
        *byte = (uint8_t)(hex_value(p[1]) << 4 | hex_value(p[2]));
        return p + 3;
    }
    while (n < 3 && p + n < end && p[n] >= '0' && p[n] <= '7') {
        value = value * 8 + (unsigned)(p[n++] - '0');
    }
    *byte = n > 0 ? (uint8_t)value : (uint8_t)*p;
    return n > 0 ? p + n : p + 1;
}

size_t strace_unescape(const char *text, size_t len, uint8_t *buf, size_t cap)
{
    const char *end = text + len;
    size_t n = 0;

    while (text < end) {
        uint8_t byte = (uint8_t)*text;
        const char *slash;
        size_t run;

        if (byte == '\\' && text + 1 < end) {
            text = escape(text + 1, end, &byte);
            if (n < cap) {
                buf[n] = byte;
            }
            n++;
            continue;
        }
        slash = memchr(text + 1, '\\', (size_t)(end - text) - 1);
        run = (size_t)((slash != NULL ? slash : end) - text);
        if (n < cap) {
            memcpy(buf + n, text, run < cap - n ? run : cap - n);
        }
        n += run;
        text += run;
    }
    return n;
}

size_t strace_string(const struct strace_item *item, const struct strace_node *node, uint8_t *buf,
                     size_t cap, bool *cut)
{
    const char *p = item->text + node->off;
    size_t len = node->len;

    if (cut != NULL) {
        *cut = (node->flags & STRACE_F_CUT) != 0;
    }
    if (node->kind == STRACE_N_NONE) {
        return 0;
    }
    if (node->kind == STRACE_N_STRING) {
        size_t open = (node->flags & STRACE_F_ABSTRACT) != 0 ? 2 : 1;

        p += open;
        len -= open;
        len -= len > 0 && p[len - 1] == '"';
    } else if (node->kind == STRACE_N_ANNOT) {
        p++;
        len -= 2;
    }
    return strace_unescape(p, len, buf, cap);
}

/* ------------------------------------------------------------------ words of a flag set */

bool strace_word_next(const struct strace_item *item, const struct strace_node *node,
                      struct strace_word *word)
{
    const char *text = item->text + node->off;
    size_t at = word->at;
    struct strace_node number = {0};
    const char *p;

    if (node->kind == STRACE_N_NONE) {
        return false;
    }
    while (at < node->len && (text[at] == '|' || text[at] == ' ')) {
        at++;
    }
    if (at >= node->len) {
        return false;
    }
    word->text = text + at;
    while (at < node->len && text[at] != '|' && text[at] != ' ') {
        at++;
    }
    word->len = (size_t)(text + at - word->text);
    word->at = at;
    p = word->text;
    word->is_number = lex_number(&p, &number) && p == word->text + word->len;
    word->value = number.value;
    return true;
}
