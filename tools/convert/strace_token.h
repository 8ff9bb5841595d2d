/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strace_token.h - the smallest parts: nodes, strings, numbers, annotations, comments.
 */
#ifndef SCAPFMT_STRACE_TOKEN_H
#define SCAPFMT_STRACE_TOKEN_H

#include "strace_lex.h"

/* More room for nodes; false at the limit, or without memory. */
bool token_grow(struct lex *lx);

/* Index of a new node; 0 when there is no room. */
static inline uint32_t token_add(struct lex *lx, enum strace_node_kind kind, uint32_t off,
                                 uint32_t len)
{
    if (lx->n == lx->cap && !token_grow(lx)) {
        lx->full = true;
        return 0;
    }
    lx->nodes[lx->n] = (struct strace_node){.kind = (uint8_t)kind, .off = off, .len = len};
    return lx->n++;
}

/* Hang a note on a node; index 0 is nothing. */
void token_note(struct lex *lx, uint32_t index, uint32_t note);
/* A quoted string at the read position; from is where its node begins (an @ before it). */
uint32_t token_string(struct lex *lx, uint32_t from);
/* <...> at the read position becomes a note of the node. Unclosed it takes the rest of the line. */
/* The end of the annotation at p, counted, or NULL. */
const char *token_annot_end(struct lex *lx, const char *p);
void token_annot(struct lex *lx, uint32_t index);
/* A comment at the read position. Unclosed it takes the rest of the line. */
uint32_t token_comment(struct lex *lx);
/* Length of [user:role:type:level] or [type_t] at p, brackets included; 0 = something else. */
uint32_t token_context_len(const char *p);

#endif
