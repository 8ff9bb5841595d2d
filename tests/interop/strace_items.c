/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strace_items [-v|-t] LOG... - what the strace log reader makes of logs: counts per file; with -v
 * one line per item, with -t its token tree as well. With -m the files are one -ff set.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../../tools/convert/strace_log.h"

static const char *const kinds[STRACE_KINDS] = {
    "call",     "begin",       "signal",  "stopped", "exited", "killed", "superseded", "attached",
    "detached", "personality", "summary", "stack",   "dump",   "note",   "foreign",    "unread"};

static const char *const nodes[] = {"none",      "list",  "number", "symbol",  "string", "null",
                                    "struct",    "array", "func",   "expr",    "pair",   "ellipsis",
                                    "undecoded", "raw",   "annot",  "comment", "context"};

static void print_tree(const struct strace_item *it, uint32_t index, int depth)
{
    for (; index != 0; index = it->nodes[index].next) {
        const struct strace_node *n = &it->nodes[index];

        printf("%*s%s", depth * 2 + 2, "", nodes[n->kind]);
        if (n->name_len > 0) {
            printf(" %.*s=", n->name_len, it->text + n->name_off);
        }
        if (n->first == 0) {
            printf(" %.*s", (int)n->len, it->text + n->off);
        }
        if (n->flags != 0) {
            printf(" flags=%d", n->flags);
        }
        printf("\n");
        print_tree(it, n->note, depth + 2);
        print_tree(it, n->first, depth + 1);
    }
}

static void print_item(const struct strace_item *it, bool tree)
{
    printf("%" PRIu64 " %s pid=%" PRId64, it->line, kinds[it->kind], it->pid);
    if (it->has_time) {
        printf(" t=%" PRId64, it->enter_ns);
    }
    if (it->has_exit_time) {
        printf(" x=%" PRId64, it->exit_ns);
    }
    if (it->begin_line != 0) {
        printf(" begin=%" PRIu64, it->begin_line);
    }
    printf("%s%s%s%s%s%s", it->orphan ? " orphan" : "", it->cut ? " cut" : "",
           it->noisy ? " noisy" : "", it->raw_args ? " raw" : "", it->detached ? " detached" : "",
           it->too_long ? " long" : "");
    if (it->name.len > 0) {
        printf(" %.*s/%" PRIu32, (int)it->name.len, strace_span_text(it, it->name), it->n_args);
    }
    if (it->ret.kind == STRACE_RET_NUMBER) {
        printf(" = %" PRId64, it->ret.value);
    }
    if (it->ret.error != 0) {
        printf(" error %d", it->ret.error);
    }
    if (it->kind >= STRACE_NOTE || it->raw_args || it->noisy) {
        printf(" | %.*s", (int)(it->text_len < 300 ? it->text_len : 300), it->text);
    }
    printf("\n");
    if (tree) {
        print_tree(it, it->args, 0);
        print_tree(it, it->ret.node, 0);
        print_tree(it, it->ret.aux, 0);
    }
}

static int run(char **paths, uint32_t n, char mode)
{
    struct scapf_src *srcs[1024];
    const char *names[1024];
    struct scapf_diag diag = {0};
    struct strace_set *set;
    const struct strace_item *it;
    const struct strace_report *r;
    enum strace_dialect dialect = STRACE_DIALECT_UNKNOWN;
    enum scapf_status status;

    for (uint32_t i = 0; i < n && i < 1024; i++) {
        names[i] = paths[i];
        if (scapf_src_file(paths[i], NULL, &srcs[i], &diag) != SCAPF_OK) {
            perror(paths[i]);
            return 3;
        }
    }
    status = strace_set_new(srcs, n > 1 ? names : NULL, n, NULL, &set, &dialect, &diag);
    if (status < 0) {
        printf("%s\trefused: %s\n", paths[0], strace_dialect_name(dialect));
        return status == SCAPF_E_UNSUPPORTED ? 0 : 3;
    }
    while ((status = strace_set_next(set, &it)) == SCAPF_OK) {
        if (mode == 'v' || mode == 't' || (mode == 'u' && it->kind == STRACE_UNREAD) ||
            (mode == 'f' && it->kind >= STRACE_FOREIGN) ||
            (mode == 'w' && (it->raw_args || it->orphan || it->noisy || it->cut))) {
            print_item(it, mode == 't');
        }
    }
    r = strace_set_report(set);
    printf("%s\tlines %" PRIu64 " bytes %" PRIu64, paths[0], r->lines, r->bytes);
    for (unsigned i = 0; i < STRACE_KINDS; i++) {
        if (r->items[i] > 0) {
            printf(" %s %" PRIu64, kinds[i], r->items[i]);
        }
    }
    printf(" | joined %" PRIu64 " orphans %" PRIu64 " lost %" PRIu64 " raw %" PRIu64
           " noisy %" PRIu64 " cut %" PRIu64 " versions %u..%u dialect %s\n",
           r->joined, r->orphans, r->never_resumed, r->raw_args, r->noisy, r->cut, r->at_least,
           r->below, strace_dialect_name(r->dialect));
    strace_set_free(set);
    return status == SCAPF_END ? 0 : 3;
}

int main(int argc, char **argv)
{
    char mode = 0;
    bool merge = false;
    int rc = 0;
    int i = 1;

    for (; i < argc && argv[i][0] == '-' && argv[i][1] != '\0'; i++) {
        merge |= argv[i][1] == 'm';
        mode = argv[i][1] == 'm' ? mode : argv[i][1];
    }
    if (merge) {
        return run(argv + i, (uint32_t)(argc - i), mode);
    }
    for (; i < argc; i++) {
        rc |= run(argv + i, 1, mode);
    }
    return rc;
}
