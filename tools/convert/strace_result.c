/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What follows the arguments: "= value", an annotation, an error with its text, what the call left
 * in (...), marks of fault injection, the time it took [strace src/syscall.c,
 * syscall_exiting_trace].
 */
#include "strace_impl.h"

/* Behind the parenthesis that closes the one before p; NULL when there is none. */
static const char *paren_end(const char *p, const char *line_end)
{
    unsigned open = 1;
    bool closed;

    for (;;) {
        p += strcspn(p, "()\"\n"); /* the C library looks at 16 at once */
        if (*p == '"') {
            p = lex_string_end(p, line_end, &closed);
        } else if (*p == '(') {
            open++;
            p++;
        } else if (*p != ')') {
            return NULL; /* the line end; NUL */
        } else if (p++, --open == 0) {
            return p;
        }
    }
}

/* Does a node follow this one with a blank between, and not a comma? */
static bool is_followed(const struct lex *lx, const struct strace_node *node)
{
    const struct strace_node *next = &lx->nodes[node->next];

    return node->next != 0 && node->kind == STRACE_N_SYMBOL && node->note == 0 &&
           next->name_len == 0 && next->off == node->off + node->len + 1 &&
           lx->text[next->off - 1] == ' ';
}

/* "in [8 15]", "old mask []": the words before a value are its name. */
static void name_parts(struct lex *lx, uint32_t list)
{
    uint32_t *link = &lx->nodes[list].first;

    while (*link != 0) {
        const struct strace_node *word = &lx->nodes[*link];
        uint32_t from = word->off;
        uint32_t last = *link;

        while (is_followed(lx, &lx->nodes[last])) {
            last = lx->nodes[last].next;
            lx->nodes[list].value--;
        }
        if (last != *link && lx->nodes[last].off - from <= UINT16_MAX) {
            lx->nodes[last].name_off = from;
            lx->nodes[last].name_len = (uint16_t)(lx->nodes[last].off - 1 - from);
        }
        *link = last;
        link = &lx->nodes[last].next;
    }
}

/* (...) behind a value: p is behind the opening parenthesis. */
static const char *parenthesis(struct strace_set *set, const char *p, bool is_error_text)
{
    struct strace_ret *ret = &set->item.ret;
    struct lex *lx = &set->lex;
    const char *end = paren_end(p, lx->end);
    struct strace_node number = {0};

    if (end == NULL) {
        return NULL;
    }
    if (lex_starts(p, "INJECTED")) {
        ret->injected = true;
        set->report.injected++;
    } else if (lex_starts(p, "DELAYED")) {
        ret->delayed = true;
    } else if (lex_starts(p, "errno ")) {
        p += 6;
        ret->error = lex_number(&p, &number) && number.value <= 4095 ? (int32_t)number.value : -1;
    } else if (!is_error_text && ret->aux_text.len == 0) {
        bool broken = lx->broken;

        ret->aux_text.off = (uint32_t)(p - lx->text);
        ret->aux_text.len = (uint32_t)(end - 1 - p);
        lx->at = ret->aux_text.off;
        ret->aux = lex_list(lx);
        name_parts(lx, ret->aux);
        lx->broken = broken;
    }
    return end;
}

/* <0.000123>: the time the call took. */
static const char *duration(struct strace_set *set, const char *p)
{
    struct strace_item *it = &set->item;
    int64_t ns = 0;
    int n = 0;

    if (p[1] == '.' && lex_is(p[2], LEX_DIGIT) && lex_is(p[3], LEX_DIGIT) &&
        lex_is(p[4], LEX_DIGIT) && lex_is(p[5], LEX_DIGIT) && lex_is(p[6], LEX_DIGIT) &&
        lex_is(p[7], LEX_DIGIT) && p[8] == '>') { /* nearly always */
        ns = ((p[0] - '0') * 10 + (p[2] - '0')) * 10 + (p[3] - '0');
        ns = ((ns * 10 + (p[4] - '0')) * 10 + (p[5] - '0')) * 10 + (p[6] - '0');
        it->duration_digits = 6;
        it->has_duration = true;
        it->duration_ns = (ns * 10 + (p[7] - '0')) * 1000;
        set->report.durations++;
        return p + 9;
    }
    for (; lex_is(*p, LEX_DIGIT) && ns < INT64_MAX / 100; p++) {
        ns = ns * 10 + (*p - '0');
    }
    if (*p == '.') {
        for (p++; lex_is(*p, LEX_DIGIT) && n < 9 && ns < INT64_MAX / 100; p++, n++) {
            ns = ns * 10 + (*p - '0');
        }
    }
    if (*p != '>') {
        return NULL;
    }
    it->duration_digits = (uint8_t)n;
    for (; n < 9; n++) {
        ns = ns < INT64_MAX / 10 ? ns * 10 : ns;
    }
    it->has_duration = true;
    it->duration_ns = ns;
    set->report.durations++;
    return p + 1;
}

/* ENOENT, ERESTARTSYS; qemu-user writes errno=2. */
static const char *error_name(struct strace_set *set, const char *p)
{
    struct strace_ret *ret = &set->item.ret;
    const char *end = p;
    int error;

    if (lex_starts(p, "errno=")) {
        struct strace_node number = {0};

        p += 6;
        ret->error = lex_number(&p, &number) && number.value <= 4095 ? (int32_t)number.value : -1;
        return p;
    }
    while (lex_is(*end, LEX_WORD) || *end == '?') {
        end++;
    }
    ret->error_name.off = (uint32_t)(p - set->lex.text);
    ret->error_name.len = (uint32_t)(end - p);
    error = strace_errno(p, (size_t)(end - p));
    ret->error = error != 0 ? error : -1;
    return end;
}

/* Everything behind the value; false when something does not belong there. */
static bool tail(struct strace_set *set, const char *p)
{
    struct strace_ret *ret = &set->item.ret;
    bool after_error = false;

    while (*p == ' ') {
        const char *next = NULL;

        for (; *p == ' '; p++) {
        }
        if (*p == '(') {
            next = parenthesis(set, p + 1, after_error);
            after_error = false;
        } else if (*p == 'E' || lex_starts(p, "errno=")) {
            next = error_name(set, p);
            after_error = true;
        } else if (*p == '<' && lex_is(p[1], LEX_DIGIT)) {
            next = duration(set, p + 1);
        } else if (lex_starts(p, "<unavailable>")) {
            ret->unavailable = true;
            next = p + 13;
        } else if (*p == '\n') {
            return true;
        }
        if (next == NULL) {
            return false;
        }
        p = next;
    }
    return *p == '\n';
}

bool result_parse(struct strace_set *set)
{
    struct strace_ret *ret = &set->item.ret;
    struct lex *lx = &set->lex;
    const char *p = lx->text + lx->at;
    const struct strace_node *node;

    while (*p == ' ') {
        p++;
    }
    if (p[0] != '=' || p[1] != ' ') {
        return false;
    }
    p += 2;
    lx->at = (uint32_t)(p - lx->text);
    if (*p == '?') {
        ret->kind = STRACE_RET_UNKNOWN;
        lx->at++;
    } else {
        ret->node = lex_scalar(lx);
        node = &lx->nodes[ret->node];
        if (node->kind != STRACE_N_NUMBER) {
            return false;
        }
        ret->kind = STRACE_RET_NUMBER;
        ret->base = node->base;
        ret->value = (int64_t)node->value;
    }
    set->item.noisy |= !tail(set, lx->text + lx->at);
    return true;
}
