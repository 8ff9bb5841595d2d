/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_parse.c - the text of a filter becomes checks with jump targets.
 *
 *   filter   term { ("and" | "or") term }      "and" binds closer than "or"
 *   term     { "not" } ( "(" filter ")" | check )
 *   check    FIELD "exists" | FIELD operator VALUE
 *          | FIELD ("in" | "intersects" | "pmatch") "(" VALUE { "," VALUE } ")"
 *
 * Words, quotes and escapes are those of sysdig 0.29.3, which refuses "and" beside "or" without
 * parentheses; newer releases order them as here. Operators wait on a stack of fixed size, so that
 * no text makes the parser recurse.
 */
#include "base/mem.h"
#include "filter/filter.h"

#include <stdio.h>

/* A node of the tree the jumps are made from. */
struct node {
    enum { NODE_CHECK, NODE_NOT, NODE_AND, NODE_OR } kind;
    uint32_t left, right; /* nodes; of a check, left is its number */
    uint32_t first;       /* check that is evaluated first */
    uint32_t on[2];       /* where its outcome leads */
};

/* Operators that wait. '(' is one of them. */
enum waiting { WAIT_PAREN, WAIT_OR, WAIT_AND, WAIT_NOT };

struct parse {
    struct scapf_filter *f;
    const char *text;
    size_t len, at;
    struct scapf_filter_error *error;
    enum scapf_status status;
    enum waiting waiting[FILTER_DEPTH_MAX];
    size_t wait_at[FILTER_DEPTH_MAX];
    uint32_t n_waiting;
    struct node *nodes;
    uint32_t n_nodes, cap_nodes;
    uint32_t *operands;
    uint32_t n_operands, cap_operands;
    uint32_t cap_checks, cap_consts;
};

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

const char *op_name(enum filter_op op)
{
    static const char *const names[OP_COUNT] = {
        "exists",   "=",        "!=",        "<",          "<=",         ">",
        ">=",       "contains", "icontains", "bcontains",  "startswith", "bstartswith",
        "endswith", "glob",     "in",        "intersects", "pmatch"};

    return names[op];
}

static const char *op_at(const void *ctx, size_t i)
{
    (void)ctx;
    return i + N_SYMBOLS < N_OPS ? ops[i + N_SYMBOLS].name : NULL;
}

/* ------------------------------------------------------------------ errors, memory */

/* The first fault is the one that is told. */
static bool fail(struct parse *p, size_t at, size_t len, const char *nearest, const char *message)
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
static bool room(struct parse *p, void **items, uint32_t n, uint32_t *cap, size_t size)
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

static void skip_blank(struct parse *p)
{
    while (p->at < p->len && is_blank(p->text[p->at])) {
        p->at++;
    }
}

static size_t word_len(const struct parse *p)
{
    size_t n = 0;

    while (p->at + n < p->len && is_word(p->text[p->at + n])) {
        n++;
    }
    return n;
}

static bool next_is(struct parse *p, const char *word)
{
    size_t n = strlen(word);

    skip_blank(p);
    return word_len(p) == n && memcmp(p->text + p->at, word, n) == 0;
}

static bool take(struct parse *p, char c)
{
    skip_blank(p);
    if (p->at < p->len && p->text[p->at] == c) {
        p->at++;
        return true;
    }
    return false;
}

/* ------------------------------------------------------------------ values */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

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

    skip_blank(p);
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
        return fail(p, start, 1, NULL, "this quote is not closed");
    }
    return p->at > start || fail(p, start, 1, NULL, "a value is missing here");
}

static bool value_put(struct parse *p, struct filter_check *c, bool in_list)
{
    struct filter_const k = {.text = NULL};
    const char *nearest = NULL;
    const char *wrong;
    size_t start;

    skip_blank(p);
    start = p->at;
    if (p->f->n_consts == FILTER_CONSTS_MAX) {
        return fail(p, start, 1, NULL, "too many values");
    }
    if (!value_word(p, in_list, &k) ||
        !room(p, (void **)&p->f->consts, p->f->n_consts, &p->cap_consts, sizeof(k))) {
        return false;
    }
    wrong = const_parse(p->f, c, &k, &nearest);
    if (wrong != NULL) {
        return fail(p, start, p->at - start, nearest, wrong);
    }
    p->f->consts[p->f->n_consts++] = k;
    c->n_consts++;
    return true;
}

static bool value_list(struct parse *p, struct filter_check *c)
{
    if (!take(p, '(')) {
        return fail(p, p->at, 1, NULL, "a list in parentheses is missing here");
    }
    do {
        if (!value_put(p, c, true)) {
            return false;
        }
    } while (take(p, ','));
    return take(p, ')') || fail(p, p->at, 1, NULL, "',' or ')' is missing here");
}

/* ------------------------------------------------------------------ checks */

static bool parse_index(struct parse *p, struct filter_check *c, size_t start)
{
    uint64_t index = 0;
    size_t digits = p->at;

    if (!take(p, '[')) {
        return true;
    }
    if (c->field->arg != ARG_INDEX && c->field->arg != ARG_NAME_INDEX) {
        return fail(p, start, p->at - start, NULL, "this field takes no index");
    }
    for (digits = p->at; p->at < p->len && p->text[p->at] >= '0' && p->text[p->at] <= '9';
         p->at++) {
        index = index * 10 + (uint64_t)(p->text[p->at] - '0');
        if (index > 1000) {
            return fail(p, digits, p->at + 1 - digits, NULL, "the index is too large");
        }
    }
    if (p->at == digits) {
        return fail(p, digits, 1, NULL, "a number is missing here");
    }
    c->has_index = true;
    c->index = (uint32_t)index;
    return take(p, ']') || fail(p, p->at, 1, NULL, "']' is missing here");
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
static const char *bad_event_type(struct parse *p, const char **nearest)
{
    struct filter_check type = {.op = OP_EQ};
    struct filter_const k = {.text = p->f->text + p->f->text_len};
    const char *arg;
    size_t arg_len;

    k.len = (uint32_t)strlen(k.text);
    type.field = field_find("evt.type", strlen("evt.type"), &arg, &arg_len);
    return const_parse(p->f, &type, &k, nearest);
}

static bool field_argument(struct parse *p, struct filter_check *c, const char *arg, size_t len)
{
    char *word = p->f->text + p->f->text_len;
    const char *nearest = NULL;
    const char *wrong = NULL;

    memcpy(word, arg, len);
    word[len] = '\0';
    if (c->field->get == get_evt_type_is) {
        wrong = bad_event_type(p, &nearest);
    } else if (!is_event_arg(p->f->schema, arg, len)) {
        wrong = "no event has an argument of this name";
    }
    if (wrong != NULL) {
        return fail(p, (size_t)(arg - p->text), len, nearest, wrong);
    }
    c->arg_name = word;
    p->f->text_len += len + 1;
    return true;
}

static bool parse_field(struct parse *p, struct filter_check *c)
{
    size_t start = p->at;
    size_t n = word_len(p);
    const char *arg = NULL;
    size_t arg_len = 0;

    if (n == 0) {
        return fail(p, start, 1, NULL, "a field is missing here");
    }
    c->field = field_find(p->text + start, n, &arg, &arg_len);
    if (c->field == NULL) {
        return fail(p, start, n, field_nearest(p->text + start, n),
                    "there is no field of this name");
    }
    p->at += n;
    if ((arg != NULL && !field_argument(p, c, arg, arg_len)) || !parse_index(p, c, start)) {
        return false;
    }
    if ((c->field->arg == ARG_NAME_INDEX || c->field->arg == ARG_NAME_DOT) && c->arg_name == NULL &&
        !c->has_index) {
        return fail(p, start, p->at - start, NULL, "this field needs an argument: .NAME");
    }
    return true;
}

static bool parse_op(struct parse *p, struct filter_check *c)
{
    size_t n;

    skip_blank(p);
    for (size_t i = 0; i < N_OPS; i++) {
        n = strlen(ops[i].name);
        if (i < N_SYMBOLS ? p->len - p->at >= n && memcmp(p->text + p->at, ops[i].name, n) == 0
                          : next_is(p, ops[i].name)) {
            c->op = ops[i].op;
            p->at += n;
            return true;
        }
    }
    n = word_len(p);
    return fail(p, p->at, n, filter_nearest(p->text + p->at, n, op_at, NULL),
                n > 0 ? "there is no operator of this name" : "an operator is missing here");
}

/* Which operators a type has, beside exists, =, != and in. */
static bool op_fits(enum field_type type, enum filter_op op)
{
    bool is_text = type == FIELD_TEXT || type == FIELD_BYTES || type == FIELD_ANY;
    bool is_ordered = is_text || type == FIELD_NUMBER || type == FIELD_PORT;

    if (op == OP_EXISTS || op == OP_EQ || op == OP_NE || op == OP_IN || op == OP_INTERSECTS) {
        return true;
    }
    if (op == OP_LT || op == OP_LE || op == OP_GT || op == OP_GE) {
        return is_ordered;
    }
    return is_text;
}

static bool parse_check(struct parse *p, struct filter_check *c)
{
    size_t op_at_pos;

    if (!parse_field(p, c)) {
        return false;
    }
    skip_blank(p);
    op_at_pos = p->at;
    if (!parse_op(p, c)) {
        return false;
    }
    if (!op_fits(c->field->type, c->op)) {
        return fail(p, op_at_pos, p->at - op_at_pos, NULL, "this field has no such operator");
    }
    c->first_const = p->f->n_consts;
    if (c->op == OP_EXISTS) {
        return true;
    }
    return c->op == OP_IN || c->op == OP_INTERSECTS || c->op == OP_PMATCH ? value_list(p, c)
                                                                          : value_put(p, c, false);
}

/* ------------------------------------------------------------------ the tree */

static bool node_put(struct parse *p, struct node node)
{
    if (!room(p, (void **)&p->nodes, p->n_nodes, &p->cap_nodes, sizeof(node)) ||
        !room(p, (void **)&p->operands, p->n_operands, &p->cap_operands, sizeof(*p->operands))) {
        return false;
    }
    p->nodes[p->n_nodes] = node;
    p->operands[p->n_operands++] = p->n_nodes++;
    return true;
}

/* Parse what is a check to the caller, and keep it. */
static bool keep_check(struct parse *p, bool (*parse)(struct parse *p, struct filter_check *c))
{
    struct filter_check c = {.field = NULL};

    if (p->f->n_checks == FILTER_CHECKS_MAX) {
        return fail(p, p->at, 1, NULL, "too many comparisons");
    }
    if (!room(p, (void **)&p->f->checks, p->f->n_checks, &p->cap_checks, sizeof(c)) ||
        !parse(p, &c)) {
        return false;
    }
    p->f->checks[p->f->n_checks++] = c;
    p->f->uses_host = p->f->uses_host || (c.field->flags & FIELD_HOST) != 0;
    p->f->uses_packet = p->f->uses_packet || (c.field->flags & FIELD_PACKET) != 0;
    return true;
}

static bool put_check(struct parse *p)
{
    uint32_t i = p->f->n_checks;

    return keep_check(p, parse_check) &&
           node_put(p, (struct node){.kind = NODE_CHECK, .left = i, .first = i});
}

/* Apply the operator that waits last to its operands. */
static bool reduce(struct parse *p)
{
    enum waiting op = p->waiting[--p->n_waiting];
    struct node node = {.kind = op == WAIT_NOT ? NODE_NOT : op == WAIT_AND ? NODE_AND : NODE_OR};

    if (op == WAIT_NOT) {
        node.left = p->operands[--p->n_operands];
    } else {
        node.right = p->operands[--p->n_operands];
        node.left = p->operands[--p->n_operands];
    }
    node.first = p->nodes[node.left].first;
    return node_put(p, node);
}

static bool reduce_down_to(struct parse *p, enum waiting op)
{
    while (p->n_waiting > 0 && p->waiting[p->n_waiting - 1] >= op &&
           p->waiting[p->n_waiting - 1] != WAIT_PAREN) {
        if (!reduce(p)) {
            return false;
        }
    }
    return true;
}

static bool push_op(struct parse *p, enum waiting op, size_t len)
{
    if (p->n_waiting == FILTER_DEPTH_MAX) {
        return fail(p, p->at, len, NULL, "the expression is too deep");
    }
    p->wait_at[p->n_waiting] = p->at;
    p->waiting[p->n_waiting++] = op;
    p->at += len;
    return true;
}

/* Everything up to and with a check. */
static bool parse_term(struct parse *p)
{
    for (;;) {
        skip_blank(p);
        if (p->at == p->len) {
            return fail(p, p->at, 1, NULL, "the expression ends too early");
        }
        if (next_is(p, "not")) {
            if (!push_op(p, WAIT_NOT, 3)) {
                return false;
            }
        } else if (p->text[p->at] == '(') {
            if (!push_op(p, WAIT_PAREN, 1)) {
                return false;
            }
        } else {
            return put_check(p);
        }
    }
}

/* Closing parentheses behind a check. */
static bool parse_closing(struct parse *p)
{
    for (;;) {
        skip_blank(p);
        if (p->at == p->len || p->text[p->at] != ')') {
            return true;
        }
        if (!reduce_down_to(p, WAIT_OR)) {
            return false;
        }
        if (p->n_waiting == 0) {
            return fail(p, p->at, 1, NULL, "this parenthesis was not opened");
        }
        p->n_waiting--;
        p->at++;
    }
}

static bool parse_all(struct parse *p)
{
    for (;;) {
        bool is_and;

        if (!parse_term(p) || !parse_closing(p)) {
            return false;
        }
        if (p->at == p->len) {
            break;
        }
        is_and = next_is(p, "and");
        if (!is_and && !next_is(p, "or")) {
            size_t n = word_len(p);

            return fail(p, p->at, n, NULL, "'and' or 'or' is missing here");
        }
        if (!reduce_down_to(p, is_and ? WAIT_AND : WAIT_OR) ||
            !push_op(p, is_and ? WAIT_AND : WAIT_OR, is_and ? 3 : 2)) {
            return false;
        }
    }
    if (!reduce_down_to(p, WAIT_OR)) {
        return false;
    }
    return p->n_waiting == 0 ||
           fail(p, p->wait_at[p->n_waiting - 1], 1, NULL, "this parenthesis is not closed");
}

/* ------------------------------------------------------------------ jumps */

/* Nodes stand behind their children: from the last to the first, each tells its children where
 * their outcome leads. */
static void link_jumps(struct parse *p)
{
    struct node *root = &p->nodes[p->n_nodes - 1];

    root->on[0] = FILTER_REJECT;
    root->on[1] = FILTER_ACCEPT;
    for (uint32_t i = p->n_nodes; i-- > 0;) {
        const struct node *n = &p->nodes[i];
        struct node *left = &p->nodes[n->left];

        if (n->kind == NODE_CHECK) {
            memcpy(p->f->checks[n->left].next, n->on, sizeof(n->on));
        } else if (n->kind == NODE_NOT) {
            left->on[0] = n->on[1];
            left->on[1] = n->on[0];
        } else {
            bool goes_on = n->kind == NODE_AND; /* the outcome that leaves the rest to the right */

            memcpy(p->nodes[n->right].on, n->on, sizeof(n->on));
            left->on[!goes_on] = n->on[!goes_on];
            left->on[goes_on] = p->nodes[n->right].first;
        }
    }
}

enum scapf_status filter_parse(struct scapf_filter *f, const char *text, size_t len,
                               struct scapf_filter_error *error)
{
    struct parse p = {.f = f, .text = text, .len = len, .error = error};

    if (parse_all(&p)) {
        link_jumps(&p);
    }
    mem_free(f->alloc, p.nodes);
    mem_free(f->alloc, p.operands);
    return p.status;
}

enum scapf_status filter_parse_fields(struct scapf_filter *f, const char *text, size_t len,
                                      struct scapf_filter_error *error)
{
    struct parse p = {.f = f, .text = text, .len = len, .error = error};

    do {
        skip_blank(&p);
    } while (p.at < p.len && keep_check(&p, parse_field));
    return p.status;
}
