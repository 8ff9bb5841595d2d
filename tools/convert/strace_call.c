/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strace_call.c - the arguments of a call and its result, forwards, or backwards from the result
 * where brackets do not match.
 */
#include "strace_impl.h"

const char *line_last_result(const char *p, const char *end)
{
    while (end > p) {
        const char *eq = memrchr(p, '=', (size_t)(end - p));
        const char *q = eq;

        if (eq == NULL || eq == p) {
            return NULL;
        }
        while (q > p && q[-1] == ' ') {
            q--;
        }
        if (q > p && q < eq && q[-1] == ')' && eq[1] == ' ') {
            return q - 1;
        }
        end = q < eq ? q : eq;
    }
    return NULL;
}

/* Brackets or quotes of the arguments do not match: they stay raw, the result is found from the
 * end. */
static bool call_backwards(struct strace_set *set, uint32_t at)
{
    struct strace_item *it = &set->item;
    const char *close = line_last_result(it->text + at, item_end(it));
    uint32_t list, raw;

    if (close == NULL) {
        return false;
    }
    lex_reset(&set->lex, it->text, it->text_len, at);
    list = lex_raw(&set->lex, at, (uint32_t)(close + 1 - it->text));
    raw = lex_raw(&set->lex, at, (uint32_t)(close - it->text));
    if (list == 0 || raw == 0) {
        return false;
    }
    set->lex.nodes[list].kind = STRACE_N_LIST;
    set->lex.nodes[list].value = 1;
    set->lex.nodes[list].first = raw;
    it->ret = (struct strace_ret){0};
    it->raw_args = true;
    it->noisy = false;
    it->args = list;
    set->lex.at = (uint32_t)(close + 1 - it->text);
    if (!result_parse(set)) {
        return false;
    }
    set->report.raw_args++;
    return true;
}

bool line_call_rest(struct strace_set *set, uint32_t at)
{
    struct strace_item *it = &set->item;
    struct lex *lx = &set->lex;

    lex_reset(lx, it->text, it->text_len, at);
    lx->wanted = set->wanted != NULL ? set->wanted(set->glance_ctx, it) : UINT32_MAX;
    it->args = lex_list(lx);
    if (!lx->broken && !lx->tail && it->text[lx->at - 1] == ')' && result_parse(set)) {
        it->kind = STRACE_CALL;
        return true;
    }
    if (set->report.dialect == STRACE_DIALECT_QEMU && !lx->broken && lx->at == it->text_len) {
        it->kind = STRACE_CALL; /* it prints no result for exit_group() */
        return true;
    }
    if (lx->tail && !lx->broken) {
        const char *p = it->text + lx->at;

        it->detached = *p == '<' && p[1] == 'd';
        it->kind = STRACE_BEGIN;
        return true;
    }
    if (!lx->broken && !lx->full && lx->at == it->text_len && lx->nodes[it->args].kind != 0 &&
        (lx->nodes[it->args].flags & STRACE_F_CUT) != 0) {
        it->cut = true; /* the line ends inside of the arguments */
        it->kind = STRACE_CALL;
        return true;
    }
    if (call_backwards(set, at)) {
        it->kind = STRACE_CALL;
        return true;
    }
    return false;
}
