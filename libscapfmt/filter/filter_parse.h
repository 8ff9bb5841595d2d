/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_parse.h - what the two halves of the parser share: filter_word.c reads words, values,
 * fields and single checks, filter_parse.c makes a tree of them and jumps of the tree.
 */
#ifndef SCAPF_FILTER_FILTER_PARSE_H
#define SCAPF_FILTER_FILTER_PARSE_H

#include "filter/filter.h"

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

/* Tell a fault in len bytes at a place of the text; the first one stays. Always false. */
bool parse_fail(struct parse *p, size_t at, size_t len, const char *nearest, const char *message);
/* Room for one item more in an array that grows. */
bool parse_room(struct parse *p, void **items, uint32_t n, uint32_t *cap, size_t size);
void parse_blank(struct parse *p);
/* Length of the word at hand, and whether it is this one. */
size_t parse_word_len(const struct parse *p);
bool parse_is(struct parse *p, const char *word);
/* A field alone; a field with its operator and values. */
bool parse_field(struct parse *p, struct filter_check *c);
bool parse_check(struct parse *p, struct filter_check *c);
/* Parse what is a check to the caller, and keep it. */
bool parse_keep(struct parse *p, bool (*parse)(struct parse *p, struct filter_check *c));

#endif
