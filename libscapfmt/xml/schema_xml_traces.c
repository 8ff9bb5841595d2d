/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_xml_traces.c - what calls of text traces become: <trace> and <old-trace>.
 *
 * A row names the exit event and says, word by word, where each of its parameters comes from. The
 * parameters of the enter event come from where the exit's parameters of the same name do, unless
 * the row says otherwise. Every word is held against the type of its parameter here, so that a
 * row that passes can be converted.
 */
#include "xml/schema_xml.h"

#include <stdlib.h>
#include <string.h>

#define TYPE(name) (1ULL << SCAPF_PT_##name)
#define SIGNED     (TYPE(INT8) | TYPE(INT16) | TYPE(INT32) | TYPE(INT64))
#define UNSIGNED   (TYPE(UINT8) | TYPE(UINT16) | TYPE(UINT32) | TYPE(UINT64))
#define FLAGS                                                                                      \
    (TYPE(FLAGS8) | TYPE(FLAGS16) | TYPE(FLAGS32) | TYPE(ENUMFLAGS8) | TYPE(ENUMFLAGS16) |         \
     TYPE(ENUMFLAGS32) | TYPE(MODE))
#define IDS     (TYPE(FD) | TYPE(PID) | TYPE(UID) | TYPE(GID) | TYPE(ERRNO))
#define NUMBERS (SIGNED | UNSIGNED | FLAGS | IDS)
#define TEXTS   (TYPE(CHARBUF) | TYPE(FSPATH) | TYPE(FSRELPATH))
#define TIMES   (TYPE(RELTIME) | TYPE(ABSTIME))
#define OTHERS                                                                                     \
    (TYPE(BYTEBUF) | TYPE(SOCKADDR) | TYPE(FDLIST) | TYPE(SIGTYPE) | TYPE(SIGSET) | TIMES | TEXTS)

static const struct take_word takes[] = {
    [SCAPF_TAKE_UNKNOWN] = {"unknown", UINT64_MAX},
    [SCAPF_TAKE_VALUE] = {"value", NUMBERS},
    [SCAPF_TAKE_RESULT] = {"result", NUMBERS},
    [SCAPF_TAKE_ARG] = {"arg", NUMBERS | OTHERS},
    [SCAPF_TAKE_NAMED] = {"named", FLAGS},
    [SCAPF_TAKE_MODE] = {"mode", TYPE(UINT32)},
    [SCAPF_TAKE_SOCKFLAGS] = {"sockflags", FLAGS},
    [SCAPF_TAKE_SIZES] = {"sizes", UNSIGNED},
    [SCAPF_TAKE_DATA] = {"data", TYPE(BYTEBUF)},
    [SCAPF_TAKE_DEST] = {"dest", TYPE(SOCKTUPLE)},
    [SCAPF_TAKE_ORIGIN] = {"origin", TYPE(SOCKTUPLE)},
    [SCAPF_TAKE_RETURNED] = {"returned", TYPE(SOCKTUPLE)},
    [SCAPF_TAKE_REVENTS] = {"revents", TYPE(FDLIST)},
    [SCAPF_TAKE_PAGES] = {"pages", UNSIGNED},
    [SCAPF_TAKE_INODE] = {"inode", TYPE(UINT64)},
    [SCAPF_TAKE_WORDS] = {"words", TYPE(BYTEBUF)},
    [SCAPF_TAKE_LIST] = {"list", TYPE(BYTEBUF)},
    [SCAPF_TAKE_BEFORE] = {"before", NUMBERS},
    [SCAPF_TAKE_OPTION] = {"option", TYPE(DYN)},
    [SCAPF_TAKE_PTRACE] = {"ptrace", TYPE(DYN)},
    [SCAPF_TAKE_KEYCTL] = {"keyctl", TYPE(DYN)},
    [SCAPF_TAKE_RESULT_FD] = {"result-fd", TYPE(DYN)},
    [SCAPF_TAKE_FIRST] = {"first", TEXTS},
    [SCAPF_TAKE_PROC] = {"proc", NUMBERS | TEXTS | TYPE(BYTEBUF)},
};

static void put_row(struct builder *b, struct keys *keys, const xmlNode *node,
                    const struct scapf_trace_row *row)
{
    struct keyed *item = keys_put(b, keys, "trace", node, row->call, 0);

    if (item != NULL) {
        item->item = row;
    }
}

/* ------------------------------------------------------------------ words */

/* N, or K.FIELD, or WHAT. */
static void put_rest(struct builder *b, char *rest, void *to)
{
    struct scapf_take *take = to;
    char *end;

    if (take->how == SCAPF_TAKE_PROC) {
        take->field = keep_text(b, rest);
    } else if (take->how == SCAPF_TAKE_VALUE) {
        take->value = strtoll(rest, NULL, 10);
    } else {
        take->arg = (uint8_t)strtoul(rest, &end, 10);
        take->field = *end == '.' ? keep_text(b, end + 1) : NULL;
    }
}

static const struct take_kind kind = {takes, sizeof(struct scapf_take), put_rest, false};

/* ------------------------------------------------------------------ rows */

static void set_event(struct scapf_trace_row *row, const struct taken *taken)
{
    row->has_event = true;
    row->has_enter = taken->has_enter;
    row->exit = taken->exit->code;
    row->n_exit = taken->n_exit;
    row->exit_from = taken->exit_from;
    if (row->has_enter) {
        row->enter = taken->enter->code;
        row->n_enter = taken->enter->n_params;
        row->enter_from = taken->enter_from;
    }
}

static void take_trace(struct builder *b, const xmlNode *node, struct keys *keys)
{
    struct scapf_trace_row row = {.does = attr(b, node, "does"),
                                  .loses = attr_yes(b, node, "loses")};
    const char *symbol = attr(b, node, "event");
    char *calls = attr(b, node, "calls");
    struct taken taken;

    if (symbol != NULL && take_events(b, node, symbol, &kind, &taken)) {
        set_event(&row, &taken);
    }
    for (char *word = next_word(&calls); word != NULL; word = next_word(&calls)) {
        struct scapf_trace_row *kept = keep(b, 1, sizeof(*kept));

        if (kept == NULL) {
            return;
        }
        *kept = row;
        kept->call = word;
        put_row(b, keys, node, kept);
    }
}

static const struct scapf_trace_row *finish_rows(struct builder *b, struct keys *keys, uint32_t *n)
{
    const struct keyed *sorted = keys_sorted(b, keys);
    struct scapf_trace_row *rows = keep(b, keys->n, sizeof(*rows));

    for (uint32_t i = 0; sorted != NULL && rows != NULL && i < keys->n; i++) {
        rows[i] = *(const struct scapf_trace_row *)sorted[i].item;
    }
    *n = keys->n;
    return rows;
}

static void seed_traces(struct builder *b)
{
    for (uint32_t i = 0; i < b->base->n_traces; i++) {
        put_row(b, &b->traces, NULL, &b->base->traces[i]);
    }
}

static void take_new(struct builder *b, const xmlNode *node)
{
    take_trace(b, node, &b->traces);
}

static void finish_traces(struct builder *b)
{
    b->schema.traces = finish_rows(b, &b->traces, &b->schema.n_traces);
}

static void seed_old_traces(struct builder *b)
{
    for (uint32_t i = 0; i < b->base->n_old_traces; i++) {
        put_row(b, &b->old_traces, NULL, &b->base->old_traces[i]);
    }
}

static void take_old(struct builder *b, const xmlNode *node)
{
    take_trace(b, node, &b->old_traces);
}

static void finish_old_traces(struct builder *b)
{
    b->schema.old_traces = finish_rows(b, &b->old_traces, &b->schema.n_old_traces);
}

const struct schema_pass schema_trace_passes[] = {
    {"trace", seed_traces, take_new, finish_traces},
    {"old-trace", seed_old_traces, take_old, finish_old_traces},
};

const size_t schema_n_trace_passes = sizeof(schema_trace_passes) / sizeof(schema_trace_passes[0]);
