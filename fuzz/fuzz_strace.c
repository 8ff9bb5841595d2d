/* SPDX-License-Identifier: Apache-2.0 */
/* Target: the strace log reader, on one log and on two merged: items, spans, trees, look-ups. */
#include <stdlib.h>
#include <string.h>

#include "../tools/convert/strace_log.h"
#include "target.h"

static void span_inside(const struct strace_item *it, struct strace_span span)
{
    must(span.off <= it->text_len && span.len <= it->text_len - span.off);
}

static void look_up(const struct strace_item *it, const struct strace_node *n)
{
    /* of exactly this size: the sanitizer sees a byte too many */
    uint8_t *buf = malloc(n->len > 0 ? n->len : 1);
    struct strace_word word = {0};
    struct strace_annot annot;
    uint64_t value;
    size_t len;
    bool cut;

    must(buf != NULL);
    len = strace_string(it, n, buf, n->len, &cut);
    must(len <= n->len);
    free(buf);
    (void)strace_number(it, n, &value);
    if (strace_annot(it, n, &annot)) {
        span_inside(it, annot.path);
        span_inside(it, annot.proto);
        span_inside(it, annot.local);
        span_inside(it, annot.remote);
        span_inside(it, annot.target);
    }
    span_inside(it, strace_func(it, n));
    for (size_t at = 0; strace_word_next(it, n, &word); at = word.at) {
        must(word.at > at && word.len > 0 && word.at <= n->len);
    }
}

/* Every node is in the tree at most once, inside of the text. */
static uint32_t walk(const struct strace_item *it, uint32_t index, uint32_t left, unsigned depth)
{
    must(depth <= 4 * STRACE_MAX_DEPTH);
    for (; index != 0; index = it->nodes[index].next) {
        const struct strace_node *n;

        must(index < it->n_nodes && left > 0);
        left--;
        n = &it->nodes[index];
        must(n->off <= it->text_len && n->len <= it->text_len - n->off);
        must(n->name_len == 0 ||
             (n->name_off < it->text_len && n->name_len <= it->text_len - n->name_off));
        look_up(it, n);
        left = walk(it, n->note, left, depth + 1);
        left = walk(it, n->first, left, depth + 1);
    }
    return left;
}

static void check_item(const struct strace_item *it)
{
    uint32_t left = it->n_nodes;

    span_inside(it, it->name);
    span_inside(it, it->comm);
    span_inside(it, it->context);
    span_inside(it, it->ret.error_name);
    span_inside(it, it->ret.aux_text);
    must(it->body <= it->text_len);
    must(memchr(it->text, '\n', it->text_len) == NULL);
    must(it->kind != STRACE_CALL || (it->name.len > 0 && it->args != 0));
    must(it->kind != STRACE_BEGIN || it->name.len > 0);
    must(it->ret.kind != STRACE_RET_NUMBER || it->ret.node != 0);
    left = walk(it, it->args, left, 0);
    left = walk(it, it->ret.node, left, 0);
    (void)walk(it, it->ret.aux, left, 0);
    must(strace_arg(it, it->n_args)->kind == STRACE_N_NONE);
    must(it->n_args == 0 || strace_arg(it, it->n_args - 1)->kind != STRACE_N_NONE);
    (void)strace_field(it, strace_at(it, it->args), "fd");
}

#define BOM "\xEF\xBB\xBF"

/* Behind a byte order mark; whether one stands in packed bytes, only the first item tells. */
static uint64_t text_begin(const uint8_t *data, size_t size)
{
    return size >= 3 && memcmp(data, BOM, 3) == 0 ? 3 : 0;
}

/* One log: its items cover the text but for line ends, in order. */
static void one(const uint8_t *data, size_t size)
{
    struct scapf_src *src;
    struct strace_set *set;
    const struct strace_item *it;
    enum scapf_status status;
    uint64_t at = text_begin(data, size), line = 0;
    bool plain;

    src = target_src(data, size);
    plain = scapf_src_compression(src) == SCAPF_PLAIN;
    if (strace_set_new(&src, NULL, 1, NULL, &set, NULL, NULL) != SCAPF_OK) {
        return;
    }
    while ((status = strace_set_next(set, &it)) == SCAPF_OK) {
        check_item(it);
        at = !plain && line == 0 && it->off == 3 ? 3 : at;
        must(it->off == at || (it->off == at + 1 && (!plain || data[at] == '\n')));
        must(it->line >= line);
        must(it->begin_line <= it->line && it->begin_off + it->begin_len <= it->off);
        at = it->off + it->len;
        line = it->line;
        must(!plain || at <= size);
    }
    must(status == SCAPF_END || !plain);
    must(!plain || at == size || (at + 1 == size && data[at] == '\n'));
    must(strace_set_next(set, &it) == status);
    must(status == SCAPF_END || strace_set_diag(set) != NULL);
    strace_set_free(set);
}

/* Two files of strace -ff. */
static void two(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"log.7", "log.8"};
    struct scapf_src *srcs[2];
    struct strace_set *set;
    const struct strace_item *it;
    uint64_t at[2] = {0, 0};

    srcs[0] = target_src(data, size / 2);
    srcs[1] = target_src(data + size / 2, size - size / 2);
    if (strace_set_new(srcs, names, 2, NULL, &set, NULL, NULL) != SCAPF_OK) {
        return;
    }
    while (strace_set_next(set, &it) == SCAPF_OK) {
        check_item(it);
        must(it->file < 2 && it->off >= at[it->file]);
        must(it->pid >= 0 || it->orphan || it->kind != STRACE_CALL);
        at[it->file] = it->off + it->len;
    }
    strace_set_free(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    one(data, size);
    two(data, size);
    return 0;
}
