/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_parse.c - the text of a filter becomes checks with jump targets.
 *
 *   filter   term { ("and" | "or") term }      "and" binds closer than "or"
 *   term     { "not" } ( "(" filter ")" | check )
 *   check    FIELD "exists" | FIELD operator VALUE
 *          | FIELD ("in" | "intersects" | "pmatch") "(" VALUE { "," VALUE } ")"
 *
 * sysdig 0.29.3 refuses "and" beside "or" without parentheses; newer releases order them as here.
 * Operators wait on a stack of fixed size, so that no text makes the parser recurse.
 */
#include "filter/filter_parse.h"
#include "base/mem.h"

/* ------------------------------------------------------------------ the tree */

static bool node_put(struct parse *p, struct node node)
{
    if (!parse_room(p, (void **)&p->nodes, p->n_nodes, &p->cap_nodes, sizeof(node)) ||
        !parse_room(p, (void **)&p->operands, p->n_operands, &p->cap_operands,
                    sizeof(*p->operands))) {
        return false;
    }
    p->nodes[p->n_nodes] = node;
    p->operands[p->n_operands++] = p->n_nodes++;
    return true;
}

static bool put_check(struct parse *p)
{
    uint32_t i = p->f->n_checks;

    return parse_keep(p, parse_check) &&
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
        return parse_fail(p, p->at, len, NULL, "the expression is too deep");
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
        parse_blank(p);
        if (p->at == p->len) {
            return parse_fail(p, p->at, 1, NULL, "the expression ends too early");
        }
        if (parse_is(p, "not")) {
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
        parse_blank(p);
        if (p->at == p->len || p->text[p->at] != ')') {
            return true;
        }
        if (!reduce_down_to(p, WAIT_OR)) {
            return false;
        }
        if (p->n_waiting == 0) {
            return parse_fail(p, p->at, 1, NULL, "this parenthesis was not opened");
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
        is_and = parse_is(p, "and");
        if (!is_and && !parse_is(p, "or")) {
            size_t n = parse_word_len(p);

            return parse_fail(p, p->at, n, NULL, "'and' or 'or' is missing here");
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
           parse_fail(p, p->wait_at[p->n_waiting - 1], 1, NULL, "this parenthesis is not closed");
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
        parse_blank(&p);
    } while (p.at < p.len && parse_keep(&p, parse_field));
    return p.status;
}
