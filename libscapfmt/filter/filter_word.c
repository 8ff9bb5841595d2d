/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_word.c - from the text of a filter: words, values, fields with their arguments, checks.
 *
 * Words, quotes and escapes are those of sysdig 0.29.3.
 */
#include "base/mem.h"
#include "bytes/hex.h"
#include "filter/filter_parse.h"

#include <stdio.h>

static const struct op_row {
    const char *name;
    enum filter_op op;
} ops[] = {
    /* longer symbols first */
    {"==", OP_EQ},
    {"!=", OP_NE},
    {"<=", OP_LE},
    {">=", OP_GE},
    {"=", OP_EQ},
    {"<", OP_LT},
    {">", OP_GT},
    {"exists", OP_EXISTS},
    {"contains", OP_CONTAINS},
    {"icontains", OP_ICONTAINS},
    {"bcontains", OP_BCONTAINS},
    {"startswith", OP_STARTSWITH},
    {"bstartswith", OP_BSTARTSWITH},
    {"endswith", OP_ENDSWITH},
    {"glob", OP_GLOB},
    {"in", OP_IN},
    {"intersects", OP_INTERSECTS},
    {"pmatch", OP_PMATCH},
};

#define N_OPS     (sizeof(ops) / sizeof(ops[0]))
#define N_SYMBOLS 7u

/* "=" has two spellings: the last one is it. */
const char *op_name(enum filter_op op)
{
    size_t i = N_OPS;

    while (i > 0 && ops[i - 1].op != op) {
        i--;
    }
    return i > 0 ? ops[i - 1].name : "";
}

static const char *op_at(const void *ctx, size_t i)
{
    (void)ctx;
    return i + N_SYMBOLS < N_OPS ? ops[i + N_SYMBOLS].name : NULL;
}

/* ------------------------------------------------------------------ errors, memory */

/* The first fault is the one that is told. */
bool parse_fail(struct parse *p, size_t at, size_t len, const char *nearest, const char *message)
{
    if (p->status == SCAPF_OK) {
        p->status = SCAPF_E_USAGE;
        p->error->pos = at;
        p->error->len = len > 0 ? len : 1;
        p->error->nearest = nearest;
        (void)snprintf(p->error->message, sizeof(p->error->message), "%s", message);
    }
    return false;
}

static bool no_memory(struct parse *p)
{
    if (p->status == SCAPF_OK) {
        p->status = SCAPF_E_NOMEM;
        (void)snprintf(p->error->message, sizeof(p->error->message), "no memory");
    }
    return false;
}

/* Room for one more item. */
bool parse_room(struct parse *p, void **items, uint32_t n, uint32_t *cap, size_t size)
{
    uint32_t more = *cap == 0 ? 16 : *cap * 2;
    void *grown;

    if (n < *cap) {
        return true;
    }
    grown = mem_resize_array(p->f->alloc, *items, more, size);
    if (grown == NULL) {
        return no_memory(p);
    }
    *items = grown;
    *cap = more;
    return true;
}

/* ------------------------------------------------------------------ words */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
}

void parse_blank(struct parse *p)
{
    while (p->at < p->len && is_blank(p->text[p->at])) {
        p->at++;
    }
}

size_t parse_word_len(const struct parse *p)
{
    size_t n = 0;

    while (p->at + n < p->len && is_word(p->text[p->at + n])) {
        n++;
    }
    return n;
}

/* Names of fields may have a hyphen, too: labels of containers do. */
static size_t field_len(const struct parse *p)
{
    size_t n = 0;

    while (p->at + n < p->len && (is_word(p->text[p->at + n]) || p->text[p->at + n] == '-')) {
        n++;
    }
    return n;
}

bool parse_is(struct parse *p, const char *word)
{
    size_t n = strlen(word);

    parse_blank(p);
    return parse_word_len(p) == n && memcmp(p->text + p->at, word, n) == 0;
}

static bool take(struct parse *p, char c)
{
    parse_blank(p);
    if (p->at < p->len && p->text[p->at] == c) {
        p->at++;
        return true;
    }
    return false;
}

/* ------------------------------------------------------------------ values */

/* [sysdig 0.29.3 run] In quotes and out of them, a backslash takes the special meaning from
 * another, and from quotes; \xNN is a byte; before anything else it stands for itself. */
static char unescape(struct parse *p)
{
    char c = p->text[p->at++];
    int hi;
    int lo;

    if (c != '\\' || p->at >= p->len) {
        return c;
    }
    if (p->text[p->at] == '\\' || p->text[p->at] == '"' || p->text[p->at] == '\'') {
        return p->text[p->at++];
    }
    if (p->text[p->at] == 'x' && p->at + 2 < p->len) {
        hi = hex_digit(p->text[p->at + 1]);
        lo = hex_digit(p->text[p->at + 2]);
        if (hi >= 0 && lo >= 0) {
            p->at += 3;
            return (char)(hi << 4 | lo);
        }
    }
    return c;
}

static bool ends_word(const struct parse *p, bool in_list)
{
    char c = p->text[p->at];

    return is_blank(c) || c == '(' || c == ')' || (in_list && c == ',');
}

/* Put a value into the filter's words. */
static bool value_word(struct parse *p, bool in_list, struct filter_const *k)
{
    size_t start;
    char quote = '\0';

    parse_blank(p);
    start = p->at;
    k->text = p->f->text + p->f->text_len;
    if (p->at < p->len && (p->text[p->at] == '"' || p->text[p->at] == '\'')) {
        quote = p->text[p->at++];
    }
    while (p->at < p->len && (quote != '\0' ? p->text[p->at] != quote : !ends_word(p, in_list))) {
        p->f->text[p->f->text_len++] = unescape(p);
    }
    k->len = (uint32_t)(p->f->text + p->f->text_len - k->text);
    p->f->text[p->f->text_len++] = '\0';
    if (quote != '\0' && !take(p, quote)) {
        return parse_fail(p, start, 1, NULL, "this quote is not closed");
    }
    return p->at > start || parse_fail(p, start, 1, NULL, "a value is missing here");
}

static bool value_put(struct parse *p, struct filter_check *c, bool in_list)
{
    struct filter_const k = {.text = NULL};
    const char *nearest = NULL;
    const char *wrong;
    size_t start;

    parse_blank(p);
    start = p->at;
    if (p->f->n_consts == FILTER_CONSTS_MAX) {
        return parse_fail(p, start, 1, NULL, "too many values");
    }
    if (!value_word(p, in_list, &k) ||
        !parse_room(p, (void **)&p->f->consts, p->f->n_consts, &p->cap_consts, sizeof(k))) {
        return false;
    }
    wrong = const_parse(p->f, c, &k, &nearest);
    if (wrong != NULL) {
        return parse_fail(p, start, p->at - start, nearest, wrong);
    }
    p->f->consts[p->f->n_consts++] = k;
    c->n_consts++;
    return true;
}

static bool value_list(struct parse *p, struct filter_check *c)
{
    if (!take(p, '(')) {
        return parse_fail(p, p->at, 1, NULL, "a list in parentheses is missing here");
    }
    do {
        if (!value_put(p, c, true)) {
            return false;
        }
    } while (take(p, ','));
    return take(p, ')') || parse_fail(p, p->at, 1, NULL, "',' or ')' is missing here");
}

/* ------------------------------------------------------------------ checks */

/* Put bytes of the text into the filter's words. */
static const char *keep_word(struct parse *p, const char *text, size_t len)
{
    char *word = p->f->text + p->f->text_len;

    memcpy(word, text, len);
    word[len] = '\0';
    p->f->text_len += len + 1;
    return word;
}

static bool index_number(struct parse *p, struct filter_check *c)
{
    uint64_t most = c->field->arg == ARG_TIME ? UINT64_MAX - 1 : 1000;
    size_t digits = p->at;

    for (; p->at < p->len && p->text[p->at] >= '0' && p->text[p->at] <= '9'; p->at++) {
        if (__builtin_mul_overflow(c->index, 10, &c->index) ||
            __builtin_add_overflow(c->index, (uint64_t)(p->text[p->at] - '0'), &c->index) ||
            c->index > most) {
            return parse_fail(p, digits, p->at + 1 - digits, NULL, "the index is too large");
        }
    }
    c->has_index = p->at > digits;
    return c->has_index || parse_fail(p, digits, 1, NULL, "a number is missing here");
}

static bool index_text(struct parse *p, struct filter_check *c)
{
    size_t start = p->at;

    while (p->at < p->len && p->text[p->at] != ']') {
        p->at++;
    }
    if (p->at == start) {
        return parse_fail(p, start, 1, NULL, "a name is missing here");
    }
    c->arg_name = keep_word(p, p->text + start, p->at - start);
    return true;
}

/* [N] or [TEXT] behind a field. */
static bool parse_index(struct parse *p, struct filter_check *c, size_t start)
{
    enum field_arg arg = (enum field_arg)c->field->arg;
    bool has_digit;

    if (c->arg_name != NULL || !take(p, '[')) {
        return true;
    }
    if (arg == ARG_NO || arg == ARG_TYPE || arg == ARG_WORD) {
        return parse_fail(p, start, p->at - start, NULL, "this field takes no index");
    }
    has_digit = p->at < p->len && p->text[p->at] >= '0' && p->text[p->at] <= '9';
    if (arg == ARG_ENV || (arg == ARG_KEY && !has_digit) ? !index_text(p, c)
                                                         : !index_number(p, c)) {
        return false;
    }
    return take(p, ']') || parse_fail(p, p->at, 1, NULL, "']' is missing here");
}

/* An argument must be one that some event has. */
static bool is_event_arg(const struct scapf_schema *schema, const char *name, size_t len)
{
    for (uint32_t code = 0; code < schema->n_events; code++) {
        const struct scapf_event_info *info = schema->events[code];

        for (uint8_t i = 0; info != NULL && i < info->n_params; i++) {
            if (strlen(info->params[i].name) == len &&
                memcmp(info->params[i].name, name, len) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* The name of a call behind evt.type.is is checked as a value of evt.type is. */
static const char *bad_event_type(const struct parse *p, const char *name, const char **nearest)
{
    struct filter_check type = {.op = OP_EQ};
    struct filter_const k = {.text = name, .len = (uint32_t)strlen(name)};
    const char *arg;
    size_t arg_len;

    type.field = field_find("evt.type", strlen("evt.type"), &arg, &arg_len);
    return const_parse(p->f, &type, &k, nearest);
}

static bool field_argument(struct parse *p, struct filter_check *c, const char *arg, size_t len)
{
    const char *nearest = NULL;
    const char *wrong = NULL;

    c->arg_name = keep_word(p, arg, len);
    if (c->field->arg == ARG_TYPE) {
        wrong = bad_event_type(p, c->arg_name, &nearest);
    } else if (c->field->arg == ARG_PARAM && !is_event_arg(p->f->schema, arg, len)) {
        wrong = "no event has an argument of this name";
    }
    return wrong == NULL || parse_fail(p, (size_t)(arg - p->text), len, nearest, wrong);
}

static bool no_field(struct parse *p, size_t start, size_t n)
{
    const char *why = field_refused(p->text + start, n);

    return why != NULL ? parse_fail(p, start, n, NULL, why)
                       : parse_fail(p, start, n, field_nearest(p->text + start, n),
                                    "there is no field of this name");
}

bool parse_field(struct parse *p, struct filter_check *c)
{
    size_t start = p->at;
    size_t n = field_len(p);
    const char *arg = NULL;
    size_t arg_len = 0;

    if (n == 0) {
        return parse_fail(p, start, 1, NULL, "a field is missing here");
    }
    c->field = field_find(p->text + start, n, &arg, &arg_len);
    if (c->field == NULL) {
        return no_field(p, start, n);
    }
    p->at += n;
    if ((arg != NULL && !field_argument(p, c, arg, arg_len)) || !parse_index(p, c, start)) {
        return false;
    }
    if (c->arg_name != NULL || c->has_index) {
        return true;
    }
    switch ((enum field_arg)c->field->arg) {
    case ARG_TYPE:
    case ARG_PARAM:
    case ARG_WORD:
        return parse_fail(p, start, p->at - start, NULL, "this field needs an argument: .NAME");
    case ARG_KEY:
    case ARG_TIME:
        return parse_fail(p, start, p->at - start, NULL, "this field needs an argument: [N]");
    case ARG_NO:
    case ARG_INDEX:
    case ARG_ENV:
        break;
    }
    return true;
}

static bool parse_op(struct parse *p, struct filter_check *c)
{
    size_t n;

    parse_blank(p);
    for (size_t i = 0; i < N_OPS; i++) {
        n = strlen(ops[i].name);
        if (i < N_SYMBOLS ? p->len - p->at >= n && memcmp(p->text + p->at, ops[i].name, n) == 0
                          : parse_is(p, ops[i].name)) {
            c->op = ops[i].op;
            p->at += n;
            return true;
        }
    }
    n = parse_word_len(p);
    return parse_fail(p, p->at, n, filter_nearest(p->text + p->at, n, op_at, NULL),
                      n > 0 ? "there is no operator of this name" : "an operator is missing here");
}

/* Which operators a type has, beside exists, =, != and in. */
static bool op_fits(enum field_type type, enum filter_op op)
{
    bool is_text = type == FIELD_TEXT || type == FIELD_BYTES || type == FIELD_ANY;
    bool is_ordered = is_text || type == FIELD_NUMBER || type == FIELD_PORT ||
                      type == FIELD_SERVICE || type == FIELD_DECIMAL;

    if (op == OP_EXISTS || op == OP_EQ || op == OP_NE || op == OP_IN || op == OP_INTERSECTS) {
        return true;
    }
    if (op == OP_LT || op == OP_LE || op == OP_GT || op == OP_GE) {
        return is_ordered;
    }
    return is_text;
}

bool parse_check(struct parse *p, struct filter_check *c)
{
    size_t op_at_pos;

    if (!parse_field(p, c)) {
        return false;
    }
    parse_blank(p);
    op_at_pos = p->at;
    if (!parse_op(p, c)) {
        return false;
    }
    if (!op_fits(c->field->type, c->op)) {
        return parse_fail(p, op_at_pos, p->at - op_at_pos, NULL, "this field has no such operator");
    }
    c->first_const = p->f->n_consts;
    if (c->op == OP_EXISTS) {
        return true;
    }
    return c->op == OP_IN || c->op == OP_INTERSECTS || c->op == OP_PMATCH ? value_list(p, c)
                                                                          : value_put(p, c, false);
}

bool parse_keep(struct parse *p, bool (*parse)(struct parse *p, struct filter_check *c))
{
    struct filter_check c = {.field = NULL};

    if (p->f->n_checks == FILTER_CHECKS_MAX) {
        return parse_fail(p, p->at, 1, NULL, "too many comparisons");
    }
    if (!parse_room(p, (void **)&p->f->checks, p->f->n_checks, &p->cap_checks, sizeof(c)) ||
        !parse(p, &c)) {
        return false;
    }
    p->f->checks[p->f->n_checks++] = c;
    p->f->uses_host = p->f->uses_host || (c.field->flags & FIELD_HOST) != 0;
    p->f->uses_packet = p->f->uses_packet || (c.field->flags & FIELD_PACKET) != 0;
    p->f->uses_usage = p->f->uses_usage || (c.field->flags & FIELD_USAGE) != 0;
    return true;
}
