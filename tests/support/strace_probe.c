/* SPDX-License-Identifier: Apache-2.0 */
#include "support/strace_probe.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char out[16384];
static size_t out_len;

__attribute__((format(printf, 1, 2))) static void put(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (out_len < sizeof(out)) {
        int n = vsnprintf(out + out_len, sizeof(out) - out_len, format, args);

        out_len += n > 0 ? (size_t)n : 0;
    }
    va_end(args);
}

struct probe probe_bytes(const void *bytes, size_t len)
{
    struct probe p = {0};
    struct scapf_src *src;

    cr_assert_eq(scapf_src_mem(bytes, len, NULL, &src, NULL), SCAPF_OK);
    cr_assert_eq(strace_set_new(&src, NULL, 1, NULL, &p.set, NULL, NULL), SCAPF_OK);
    (void)probe_next(&p);
    return p;
}

struct probe probe_open(const char *log)
{
    return probe_bytes(log, strlen(log));
}

bool probe_next(struct probe *p)
{
    enum scapf_status status = strace_set_next(p->set, &p->it);

    cr_assert(status == SCAPF_OK || status == SCAPF_END);
    return status == SCAPF_OK;
}

void probe_close(struct probe *p)
{
    strace_set_free(p->set);
    p->set = NULL;
}

static void tree(const struct strace_item *it, const struct strace_node *n);

static void below(const struct strace_item *it, const struct strace_node *n)
{
    const struct strace_node *child = strace_child(it, n, 0);
    bool first = true;

    while (first || child->kind != STRACE_N_NONE) {
        if (child->kind == STRACE_N_NONE && child == strace_sibling(it, child)) {
            break;
        }
        put("%s", first ? "" : n->kind == STRACE_N_EXPR ? " op " : " ");
        tree(it, child);
        first = false;
        if (child->next == 0) {
            break;
        }
        child = strace_sibling(it, child);
    }
}

static void tree(const struct strace_item *it, const struct strace_node *n)
{
    static const char *const open[] = {"",   "(",   "N:",  "Y:", "S:", "NULL", "{",  "[", "",
                                       "<<", "=>(", "...", "?",  "R:", "A:",   "C:", "X:"};
    static const char *const close[] = {"",   ")", "", "", "", "", "}", "]", "",
                                        ">>", ")", "", "", "", "", "",  ""};
    bool leaf = n->kind == STRACE_N_NUMBER || n->kind == STRACE_N_SYMBOL ||
                n->kind == STRACE_N_STRING || n->kind >= STRACE_N_RAW;

    if (n->name_len > 0) {
        put("%.*s=", n->name_len, it->text + n->name_off);
    }
    put("%s%s", (n->flags & STRACE_F_NEGATED) != 0 ? "~" : "", open[n->kind]);
    if (n->kind == STRACE_N_FUNC) {
        put("%.*s(", (int)strace_func(it, n).len, it->text + n->off);
        below(it, n);
        put(")");
    } else if (leaf) {
        put("%.*s", (int)n->len, it->text + n->off);
    } else {
        below(it, n);
    }
    put("%s%s", close[n->kind], (n->flags & STRACE_F_CUT) != 0 ? "!cut" : "");
    for (const struct strace_node *note = strace_at(it, n->note); note->kind != STRACE_N_NONE;
         note = strace_at(it, note->next)) {
        put("+");
        tree(it, note);
        put("%s", (note->flags & STRACE_F_DELETED) != 0 ? "!deleted" : "");
    }
}

const char *probe_tree(const struct strace_item *it, const struct strace_node *node)
{
    out_len = 0;
    out[0] = '\0';
    tree(it, node);
    return out;
}

const char *probe_items(const char *log)
{
    static const char *const kinds[STRACE_KINDS] = {
        "call",       "begin",    "signal",   "stopped",     "exited",  "killed",
        "superseded", "attached", "detached", "personality", "summary", "stack",
        "dump",       "note",     "foreign",  "unread"};
    struct probe p = probe_open(log);
    bool more = log[0] != '\0';

    out_len = 0;
    out[0] = '\0';
    while (more) {
        const struct strace_item *it = p.it;

        put("%s%s", out_len > 0 ? " " : "", kinds[it->kind]);
        if (it->pid >= 0) {
            put(":%" PRId64, it->pid);
        }
        if (it->name.len > 0 && it->kind <= STRACE_KILLED) {
            put(":%.*s", (int)it->name.len, strace_span_text(it, it->name));
        }
        if (it->ret.kind == STRACE_RET_NUMBER) {
            put("=%" PRId64, it->ret.value);
        }
        more = probe_next(&p);
    }
    probe_close(&p);
    return out;
}
