/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_csv.c - the CSV export: a row of titles, then a row an event, every value in quotes, quotes
 * in values doubled; values may hold line breaks. Also what spreadsheets make of it: values
 * without quotes, semicolons or tabs between them.
 */
#include <string.h>

#include "pm_build.h"
#include "pm_input.h"
#include "pm_words.h"

enum state { AT_START, PLAIN, QUOTED, BEHIND_QUOTE };

struct csv {
    const struct pm_read_opts *opts;
    const struct pm_handler *handler;
    struct pm_fault *fault;
    struct pm_build build;
    struct pm_build titles; /* one field a column, its text the title */
    const struct pm_field *columns;
    uint32_t n_columns;
    struct pm_event event;
    enum state state;
    char separator;  /* 0 = the first row shall tell */
    uint32_t column; /* of the row in hand */
    bool in_row;
    bool crowded;       /* the row has more columns than titles */
    uint64_t off, line; /* of the byte in hand */
    uint64_t row_off, row_line;
    uint64_t n_events;
};

static bool wrong(struct csv *c, enum pm_wrong kind, const char *text)
{
    pm_wrong(c->fault, kind, c->row_off, c->row_line, "%s", text);
    c->fault->event = c->n_events + 1;
    return false;
}

static bool build_failed(struct csv *c, const struct pm_build *b)
{
    return wrong(c, b->no_memory ? PM_NO_MEMORY : PM_TOO_LONG, "");
}

/* ------------------------------------------------------------------ rows */

static struct pm_build *target(struct csv *c)
{
    return c->columns == NULL ? &c->titles : &c->build;
}

static bool begin_value(struct csv *c)
{
    struct pm_build *b = target(c);
    enum pm_column column = PM_COLUMN_COUNT;
    struct pm_text name = {"", 0};

    if (!c->in_row) {
        c->in_row = true;
        c->column = 0;
        c->crowded = false;
        c->row_off = c->off;
        c->row_line = c->line;
        pm_build_reset(b);
    }
    if (c->columns != NULL && c->column < c->n_columns) {
        const struct pm_field *title = &c->columns[c->column];

        column = title->column;
        name = column < PM_COLUMN_COUNT ? pm_column_names[column] : title->text;
    }
    c->crowded = c->crowded || (c->columns != NULL && c->column >= c->n_columns);
    c->column++;
    name.len = pm_cut(name, 256);
    return pm_build_field(b, false, column, 0, name) || build_failed(c, b);
}

static bool put(struct csv *c, const char *text, size_t len)
{
    struct pm_build *b = target(c);

    return len == 0 || pm_build_text(b, text, len) || build_failed(c, b);
}

/* The titles are complete: which columns they are. */
static bool end_titles(struct csv *c)
{
    struct pm_field *columns = c->titles.own.at;
    uint32_t known = 0;

    for (uint32_t i = 0; i < c->titles.own.n; i++) {
        columns[i].column = (uint8_t)pm_column_find(columns[i].text.at, columns[i].text.len);
        known += columns[i].column < PM_COLUMN_COUNT;
    }
    if (known < 2) {
        return wrong(c, PM_NOT_PROCMON, "");
    }
    c->columns = columns;
    c->n_columns = c->titles.own.n;
    return true;
}

static bool end_row(struct csv *c)
{
    bool blank = c->column == 1 && c->build.own.n == 1 && c->build.own.at[0].text.len == 0;

    c->in_row = false;
    c->state = AT_START;
    if (c->columns == NULL) {
        return end_titles(c);
    }
    if (blank && c->n_columns > 1) {
        return true;
    }
    c->event.repaired = c->crowded || c->column < c->n_columns;
    if (c->event.repaired) {
        if (!c->opts->lenient) {
            return wrong(c, PM_BAD_CSV,
                         c->crowded ? "more values than titles" : "fewer values than titles");
        }
        c->opts->repairs->rows++;
    }
    c->event.number = ++c->n_events;
    c->event.off = c->row_off;
    c->event.line = c->row_line;
    pm_build_event(&c->build, &c->event);
    if (!c->handler->event(c->handler->ctx, &c->event)) {
        pm_wrong(c->fault, PM_STOPPED, c->row_off, c->row_line, "%s", "");
        return false;
    }
    return true;
}

/* ------------------------------------------------------------------ bytes */

static bool is_separator(struct csv *c, char b)
{
    if (c->separator == 0 && (b == ',' || b == ';' || b == '\t')) {
        c->separator = b;
    }
    return b == c->separator && b != 0;
}

/* A byte outside of quotes. */
static bool outside(struct csv *c, char b)
{
    if (b == '\n' || b == '\r') {
        return !c->in_row || ((c->state != AT_START || begin_value(c)) && end_row(c));
    }
    if (is_separator(c, b)) {
        bool ok = c->state != AT_START || begin_value(c);

        c->state = AT_START;
        return ok;
    }
    if (c->state == AT_START) {
        c->state = b == '"' ? QUOTED : PLAIN;
        return begin_value(c) && (b == '"' || put(c, &b, 1));
    }
    if (c->state == BEHIND_QUOTE) {
        if (!c->opts->lenient) {
            return wrong(c, PM_BAD_CSV, "text behind a quote");
        }
        c->opts->repairs->rows++;
        c->state = PLAIN;
    }
    return put(c, &b, 1);
}

/* Text inside of quotes from p on; its length. */
static size_t inside(const char *p, size_t n)
{
    const char *quote = memchr(p, '"', n);

    return quote != NULL ? (size_t)(quote - p) : n;
}

static uint64_t lines_in(const char *p, size_t n)
{
    uint64_t lines = 0;

    for (const char *end = p + n; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++) {
        lines++;
    }
    return lines;
}

static bool take_piece(struct csv *c, const char *piece, size_t len)
{
    size_t at = 0;

    while (at < len) {
        size_t n = 1;
        bool ok = true;

        if (c->state == QUOTED) {
            n = inside(piece + at, len - at);
            ok = put(c, piece + at, n);
            if (n < len - at) {
                c->state = BEHIND_QUOTE;
                n++;
            }
        } else if (c->state == BEHIND_QUOTE && piece[at] == '"') {
            c->state = QUOTED;
            ok = put(c, "\"", 1);
        } else {
            ok = outside(c, piece[at]);
        }
        if (!ok) {
            return false;
        }
        c->line += lines_in(piece + at, n);
        c->off += n;
        at += n;
    }
    return true;
}

/* The file ended. */
static bool finish(struct csv *c)
{
    if (c->state == QUOTED) {
        if (!c->opts->lenient) {
            return wrong(c, PM_CUT, "");
        }
        c->opts->repairs->tail = true;
        c->opts->repairs->lost++;
        return true;
    }
    if (c->in_row && !((c->state != AT_START || begin_value(c)) && end_row(c))) {
        return false;
    }
    return c->columns != NULL || wrong(c, PM_NOT_PROCMON, "");
}

bool pm_csv_read(struct scapf_src *src, const struct pm_read_opts *opts,
                 const struct pm_handler *handler, struct pm_fault *fault)
{
    struct csv c = {.opts = opts,
                    .handler = handler,
                    .fault = fault,
                    .build.alloc = opts->alloc,
                    .titles.alloc = opts->alloc,
                    .line = 1};
    struct pm_input *in = pm_resize(opts->alloc, NULL, sizeof(*in));
    const char *piece;
    size_t len = 1;
    bool ok = in != NULL;

    if (in == NULL) {
        pm_wrong(fault, PM_NO_MEMORY, 0, 0, "%s", "");
        return false;
    }
    pm_input_init(in, src, opts, fault);
    in->controls = true;
    while (ok && len > 0) {
        ok = pm_input_next(in, &piece, &len);
        c.off = in->same ? in->piece_off : c.off;
        ok = ok && take_piece(&c, piece, len);
    }
    ok = ok && finish(&c);
    pm_build_release(&c.build);
    pm_build_release(&c.titles);
    (void)pm_resize(opts->alloc, in, 0);
    return ok;
}
