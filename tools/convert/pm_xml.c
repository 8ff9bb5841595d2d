/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_xml.c - the XML export.
 *
 *     <procmon><processlist><process> leaves <modulelist><module> leaves </module> ...
 *     </modulelist></process> ... </processlist>
 *     <eventlist><event> leaves [<stack><frame> leaves </frame> ... </stack>]</event> ...
 *     </eventlist></procmon>
 *
 * libxml2's push parser behind pm_input.c; nothing is kept but the event in hand. No document type
 * is accepted, so there are no entities but the five of XML, and nothing is fetched. Events that
 * are plain pass it by (pm_plain.c), where it stands between two of them.
 *
 * Strict: the first error ends it. Lenient: the text is cut behind each </event> and </process>;
 * where the parser finds such a piece broken, the event is read by its line structure alone
 * (pm_mend.c) and the parser starts afresh behind it.
 */
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <string.h>

#include "pm_build.h"
#include "pm_input.h"
#include "pm_mend.h"
#include "pm_plain.h"
#include "pm_words.h"

#define DEPTH_MAX  8u
#define WINDOW_MAX (80u << 20)

/* Where the parser is, by depth: root, list, item, leaf, inner list, inner item, inner leaf. */
enum { AT_ROOT = 1, AT_LIST, AT_ITEM, AT_LEAF, AT_INNER, AT_INNER_LEAF };

struct known {
    struct pm_text name; /* of the parser's dictionary: the same name is the same pointer */
    enum pm_column column;
};

struct xml {
    const struct pm_read_opts *opts;
    const struct pm_handler *handler;
    struct pm_fault *fault;
    struct pm_build build;
    struct pm_event event;
    xmlParserCtxtPtr parser;
    struct known known[64], odd; /* odd: when there are more */
    uint32_t n_known, at_known;
    struct pm_plain plain;
    uint64_t src_off; /* in the file, behind the last byte the parser got */
    bool wide;        /* the file is UTF-16, two or four bytes a character */
    int64_t base_line;
    uint32_t depth;
    bool in_events; /* of the two lists */
    bool in_leaf;   /* text counts */
    uint16_t group;
    bool broken; /* the parser or the structure is at fault: mendable */
    bool done;   /* the root has ended */
    bool seen;   /* there was a root */
    uint64_t n_events;
};

/* ------------------------------------------------------------------ where */

/* Bytes of the file that became this text; replaced damage counts as it stands here. */
static uint64_t src_size(const struct xml *x, const char *text, size_t len)
{
    uint64_t size = 0;

    if (!x->wide) {
        return len;
    }
    for (size_t i = 0; i < len; i++) {
        uint8_t c = (uint8_t)text[i];

        size += (c & 0xC0) == 0x80 ? 0 : c >= 0xF0 ? 4 : 2;
    }
    return size;
}

/* The parser counts converted bytes: what it has not read yet is counted back from the end. */
static uint64_t here(const struct xml *x)
{
    const xmlParserInput *input = x->parser->input;
    uint64_t left = input == NULL || input->end < input->cur
                        ? 0
                        : src_size(x, (const char *)input->cur, (size_t)(input->end - input->cur));

    return left < x->src_off ? x->src_off - left : 0;
}

static uint64_t line_of(const struct xml *x)
{
    int64_t line = x->parser->input != NULL ? x->parser->input->line : 1;

    return (uint64_t)(x->base_line + line - 1);
}

static void stop(struct xml *x, enum pm_wrong wrong, const char *text)
{
    if (!x->broken && x->fault->wrong == PM_FINE &&
        (!x->opts->lenient || wrong == PM_DOCTYPE || wrong == PM_NO_MEMORY ||
         wrong == PM_NOT_PROCMON || wrong == PM_STOPPED)) {
        pm_wrong(x->fault, wrong, here(x), line_of(x), "%s", text);
        x->fault->event = x->in_events ? x->n_events + (x->depth >= AT_ITEM) : 0;
    }
    x->broken = true;
    xmlStopParser(x->parser);
}

static void build_failed(struct xml *x)
{
    stop(x, x->build.no_memory ? PM_NO_MEMORY : PM_TOO_LONG, "");
}

/* ------------------------------------------------------------------ elements */

static bool is(const xmlChar *name, const char *word)
{
    return strcmp((const char *)name, word) == 0;
}

/* Elements come in the same order again and again: the next one is looked at first. */
static const struct known *known_of(struct xml *x, const xmlChar *name)
{
    struct known *known = &x->odd;

    for (uint32_t i = 0; i < x->n_known; i++) {
        x->at_known = x->at_known + 1 < x->n_known ? x->at_known + 1 : 0;
        if (x->known[x->at_known].name.at == (const char *)name) {
            return &x->known[x->at_known];
        }
    }
    if (x->n_known < sizeof(x->known) / sizeof(x->known[0])) {
        x->at_known = x->n_known;
        known = &x->known[x->n_known++];
    }
    known->name = (struct pm_text){(const char *)name, strlen((const char *)name)};
    known->column = pm_column_find(known->name.at, known->name.len);
    return known;
}

static void begin_leaf(struct xml *x, const xmlChar *name, bool more)
{
    const struct known *known = known_of(x, name);

    x->in_leaf = true;
    if (known->column == PM_COLUMN_COUNT && pm_is_branch(known->name)) {
        stop(x, PM_STRUCTURE, known->name.at);
    } else if (!pm_build_field(&x->build, more, more ? PM_COLUMN_COUNT : known->column, x->group,
                               known->name)) {
        build_failed(x);
    }
}

static void begin_item(struct xml *x)
{
    pm_build_reset(&x->build);
    x->group = 0;
    x->event.line = line_of(x);
    x->event.off = here(x);
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar **attributes)
{
    struct xml *x = ctx;
    bool fits = true;

    (void)attributes;
    if (x->broken) {
        return;
    }
    switch (++x->depth) {
    case AT_ROOT:
        if (!is(name, "procmon")) {
            stop(x, PM_NOT_PROCMON, "");
        }
        x->seen = true;
        return;
    case AT_LIST:
        x->in_events = is(name, "eventlist");
        fits = x->in_events || is(name, "processlist");
        break;
    case AT_ITEM:
        fits = is(name, x->in_events ? "event" : "process");
        begin_item(x);
        break;
    case AT_LEAF:
        if (!is(name, x->in_events ? "stack" : "modulelist")) {
            begin_leaf(x, name, false);
        }
        return;
    case AT_INNER:
        fits = !x->in_leaf && is(name, x->in_events ? "frame" : "module");
        break;
    case AT_INNER_LEAF:
        begin_leaf(x, name, true);
        return;
    default:
        stop(x, x->depth > DEPTH_MAX ? PM_TOO_DEEP : PM_STRUCTURE, (const char *)name);
        return;
    }
    if (!fits) {
        stop(x, PM_STRUCTURE, (const char *)name);
    }
}

static void end_item(struct xml *x)
{
    bool on;

    if (x->in_events) {
        x->event.number = ++x->n_events;
        x->event.repaired = false;
        pm_build_event(&x->build, &x->event);
        on = x->handler->event(x->handler->ctx, &x->event);
    } else {
        const struct pm_process process = {
            .off = x->event.off,
            .line = x->event.line,
            .fields = x->build.own.at,
            .n_fields = x->build.own.n,
            .modules = x->build.more.at,
            .n_modules = x->build.more.n,
        };

        on = x->handler->process(x->handler->ctx, &process);
    }
    if (!on) {
        x->depth--;
        if (x->fault->wrong == PM_FINE) {
            pm_wrong(x->fault, PM_STOPPED, here(x), line_of(x), "%s", "");
        }
        x->broken = true;
        xmlStopParser(x->parser);
    }
}

static void on_end(void *ctx, const xmlChar *name)
{
    struct xml *x = ctx;

    (void)name;
    if (x->broken) {
        return;
    }
    x->in_leaf = false;
    if (x->depth == AT_ITEM) {
        end_item(x);
        if (x->broken) {
            return;
        }
    } else if (x->depth == AT_INNER) {
        x->group = (uint16_t)(x->group + (x->group < UINT16_MAX));
    }
    x->depth--;
    x->done = x->depth == 0;
}

static void on_text(void *ctx, const xmlChar *text, int len)
{
    struct xml *x = ctx;

    if (!x->broken && x->in_leaf && len > 0 &&
        !pm_build_text(&x->build, (const char *)text, (size_t)len)) {
        build_failed(x);
    }
}

static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *external,
                       const xmlChar *system)
{
    (void)name;
    (void)external;
    (void)system;
    stop(ctx, PM_DOCTYPE, "");
}

/* ------------------------------------------------------------------ the parser */

static void free_parser(struct xml *x)
{
    if (x->parser != NULL) {
        if (x->parser->myDoc != NULL) {
            xmlFreeDoc(x->parser->myDoc);
            x->parser->myDoc = NULL;
        }
        xmlFreeParserCtxt(x->parser);
        x->parser = NULL;
    }
}

static void no_message(void *ctx, const char *format, ...)
{
    (void)ctx;
    (void)format;
}

/* off and line: of the first byte that follows. */
static bool new_parser(struct xml *x, uint64_t off, uint64_t line)
{
    xmlSAXHandler sax = {
        .startElement = on_start,
        .endElement = on_end,
        .characters = on_text,
        .ignorableWhitespace = on_text,
        .cdataBlock = on_text,
        .internalSubset = on_doctype,
        .warning = no_message,
        .error = no_message,
        .fatalError = no_message,
        .initialized = 1, /* SAX 1: names as they stand, no namespaces */
    };

    free_parser(x);
    x->parser = xmlCreatePushParserCtxt(&sax, x, NULL, 0, NULL);
    if (x->parser == NULL) {
        pm_wrong(x->fault, PM_NO_MEMORY, off, line, "%s", "");
        return false;
    }
    (void)xmlCtxtUseOptions(x->parser, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC | XML_PARSE_NOERROR |
                                           XML_PARSE_NOWARNING | XML_PARSE_SAX1 |
                                           XML_PARSE_BIG_LINES);
    x->src_off = off;
    x->base_line = (int64_t)line;
    x->n_known = 0;
    x->depth = 0;
    x->in_leaf = false;
    x->in_events = false;
    x->broken = false;
    x->done = false;
    return true;
}

static void note_error(struct xml *x)
{
    const xmlError *error = xmlCtxtGetLastError(x->parser);
    char text[100] = "";

    if (error != NULL && error->message != NULL) {
        const struct pm_text line = {error->message, strcspn(error->message, "\n")};

        memcpy(text, line.at, pm_cut(line, sizeof(text) - 1));
    }
    stop(x, PM_BAD_XML, text);
}

/* Does the parser stand between two events, with nothing read ahead, and in no CDATA section? */
static bool is_between(const struct xml *x)
{
    const xmlParserInput *input = x->parser->input;

    return !x->broken && x->in_events && x->depth == AT_LIST && input != NULL &&
           input->cur == input->end && x->parser->instate == XML_PARSER_CONTENT;
}

/* A plain event at the text, behind blanks; how much of the text it was, 0: none of it. */
static size_t pass_by(struct xml *x, const char *text, size_t len)
{
    uint64_t lines = 0;
    size_t blanks = 0;
    size_t n;

    if (!is_between(x)) {
        return 0;
    }
    while (blanks < len && (text[blanks] == '\r' || text[blanks] == '\n')) {
        blanks++;
    }
    n = pm_plain_event(&x->plain, &x->build, text + blanks, len - blanks, &lines);
    if (n == 0) {
        return 0;
    }
    for (size_t i = 0; i < blanks; i++) {
        x->base_line += text[i] == '\n';
    }
    x->event.line = line_of(x);
    x->event.off = x->src_off + src_size(x, text, blanks);
    x->base_line += (int64_t)lines;
    n += blanks;
    x->src_off += src_size(x, text, n);
    x->depth = AT_ITEM;
    end_item(x);
    x->depth = AT_LIST;
    return n;
}

/* False: broken. */
static bool feed(struct xml *x, const char *text, size_t len, bool last)
{
    while (len > 0 && !x->broken) {
        size_t n = len < PM_PIECE ? len : PM_PIECE;

        x->src_off += src_size(x, text, n);
        if (xmlParseChunk(x->parser, text, (int)n, 0) != 0 && !x->broken) {
            note_error(x);
        }
        text += n;
        len -= n;
    }
    if (last && !x->broken && xmlParseChunk(x->parser, NULL, 0, 1) != 0 && !x->broken) {
        const xmlError *error = xmlCtxtGetLastError(x->parser);
        /* of a "&" that begins no reference the parser knows at the end only */
        bool cut = error == NULL || (error->code != XML_ERR_NAME_REQUIRED &&
                                     error->code != XML_ERR_ENTITYREF_SEMICOL_MISSING &&
                                     error->code != XML_ERR_UNDECLARED_ENTITY &&
                                     error->code != XML_ERR_INVALID_CHARREF);

        if (x->seen && !(cut && !x->done)) {
            note_error(x);
        } else {
            stop(x, x->seen ? PM_CUT : PM_NOT_PROCMON, "");
        }
    }
    return !x->broken;
}

/* The same, past the parser where that goes. */
static bool feed_events(struct xml *x, const char *text, size_t len)
{
    while (len > 0 && !x->broken) {
        size_t n = pass_by(x, text, len);

        if (n == 0) { /* it may go again behind the next event */
            const char *end = memmem(text, len, "</event>", 8);

            n = end != NULL ? (size_t)(end - text) + 8 : len;
            (void)feed(x, text, n, false);
        }
        text += n;
        len -= n;
    }
    return !x->broken;
}

static bool read_strict(struct xml *x, struct pm_input *in)
{
    const char *piece;
    size_t len = 1;

    while (len > 0) {
        if (!pm_input_next(in, &piece, &len)) {
            x->fault->event = x->in_events ? x->n_events + (x->depth >= AT_ITEM) : 0;
            return false;
        }
        x->wide = pm_input_wide(in);
        x->src_off = in->piece_off;
        if (!(len > 0 ? feed_events(x, piece, len) : feed(x, piece, 0, true))) {
            return false;
        }
    }
    return true;
}

/* ------------------------------------------------------------------ lenient */

struct window {
    char *text;
    size_t len, cap, at; /* at: of the next piece */
    uint64_t off, line;  /* of the next piece, about: damage has been replaced */
};

static bool window_add(struct xml *x, struct window *w, const char *text, size_t len)
{
    if (w->at > 0 && w->at == w->len) {
        w->len = 0;
        w->at = 0;
    } else if (w->at > (1u << 20)) {
        memmove(w->text, w->text + w->at, w->len - w->at);
        w->len -= w->at;
        w->at = 0;
    }
    if (len > w->cap - w->len) {
        size_t cap = w->cap < PM_PIECE ? 4 * (size_t)PM_PIECE : w->cap;
        char *p;

        while (cap - w->len < len) {
            cap *= 2;
        }
        p = cap <= 2 * (size_t)WINDOW_MAX ? pm_resize(x->opts->alloc, w->text, cap) : NULL;
        if (p == NULL) {
            pm_wrong(x->fault, PM_NO_MEMORY, w->off, w->line, "%s", "");
            return false;
        }
        w->text = p;
        w->cap = cap;
    }
    if (len > 0) {
        memcpy(w->text + w->len, text, len);
    }
    w->len += len;
    return true;
}

/* Behind the next </event> or </process>; 0 when there is none. */
static size_t piece_end(const struct window *w)
{
    const char *p = w->text != NULL ? w->text + w->at : "";
    size_t n = w->len - w->at;
    const char *event = memmem(p, n, "</event>", 8);
    const char *process = memmem(p, event != NULL ? (size_t)(event - p) : n, "</process>", 10);

    return process != NULL ? (size_t)(process - p) + 10
           : event != NULL ? (size_t)(event - p) + 8
                           : 0;
}

/* Go on in one of the lists. */
static bool resume(struct xml *x, bool processes)
{
    static const char in_processes[] = "<procmon><processlist>";
    static const char in_events[] = "<procmon><eventlist>";

    if (!new_parser(x, x->src_off, 1)) {
        return false;
    }
    x->seen = true;
    return processes ? feed(x, in_processes, sizeof(in_processes) - 1, false)
                     : feed(x, in_events, sizeof(in_events) - 1, false);
}

/* Events of a broken piece, by their lines: there are more than one where an end tag is missing. */
static bool mend_events(struct xml *x, const char *piece, size_t len)
{
    struct pm_repairs *repairs = x->opts->repairs;
    size_t at = pm_mend_start(piece, len);
    size_t done = 0; /* what lies between it and a lost event is lost as well */

    repairs->skipped += at == len ? len : 0;
    while (at < len) {
        size_t n = len - at > 7 ? 7 + pm_mend_start(piece + at + 7, len - at - 7) : len - at;

        if (pm_mend_event(&x->build, piece + at, n)) {
            x->event.number = ++x->n_events;
            x->event.repaired = true;
            pm_build_event(&x->build, &x->event);
            repairs->events++;
            if (!x->handler->event(x->handler->ctx, &x->event)) {
                return false;
            }
        } else {
            repairs->lost++;
            repairs->skipped += at + n - done;
        }
        at += n;
        done = at;
    }
    return true;
}

/* Read a broken piece by its lines and go on behind it. */
static bool mend(struct xml *x, const struct window *w, size_t len, bool last)
{
    const char *piece = w->text + w->at;
    uint64_t off = w->off;
    bool process = len >= 10 && memcmp(piece + len - 10, "</process>", 10) == 0;
    struct pm_repairs *repairs = x->opts->repairs;

    repairs->processes += process;
    repairs->tail = repairs->tail || last;
    if (!process && !mend_events(x, piece, len)) {
        pm_wrong(x->fault, PM_STOPPED, off, 0, "%s", "");
        return false;
    }
    return resume(x, process);
}

static bool lenient_pieces(struct xml *x, struct window *w, bool last)
{
    size_t n;

    while ((n = piece_end(w)) > 0 || (last && w->len > w->at)) {
        bool tail = n == 0;
        uint64_t before = x->n_events;

        n = tail ? w->len - w->at : n;
        x->src_off = w->off;
        /* the parser may wait for the end of what is no reference: an item has to end with its tag
         */
        if (!(pass_by(x, w->text + w->at, n) > 0 ? !x->broken
                                                 : feed(x, w->text + w->at, n, false)) ||
            x->depth >= AT_ITEM) {
            bool whole = x->n_events != before; /* what is broken stands behind it */

            if (x->fault->wrong != PM_FINE || !(whole ? resume(x, false) : mend(x, w, n, tail))) {
                return false;
            }
        }
        w->off += src_size(x, w->text + w->at, n);
        w->at += n;
    }
    if (w->len - w->at > WINDOW_MAX) {
        x->opts->repairs->skipped += w->len - w->at;
        w->off += src_size(x, w->text + w->at, w->len - w->at);
        w->at = w->len;
    }
    return true;
}

static bool read_lenient(struct xml *x, struct pm_input *in)
{
    struct window w = {0};
    const char *piece;
    size_t len = 1;
    bool ok = true;
    bool begun = false;

    while (ok && len > 0) {
        ok = pm_input_next(in, &piece, &len);
        x->wide = pm_input_wide(in);
        w.off = begun ? w.off : in->piece_off;
        while (ok && !begun && len > 0 && *piece != '<') { /* junk before the beginning */
            x->opts->repairs->skipped += *piece != '\n' && *piece != '\r' && *piece != ' ';
            w.off += src_size(x, piece, 1);
            piece++;
            len--;
        }
        begun = begun || len > 0;
        ok = ok && (len == 0 || window_add(x, &w, piece, len)) && lenient_pieces(x, &w, len == 0);
    }
    if (ok && !x->done) {
        if (x->seen) {
            x->opts->repairs->tail = true;
        } else {
            pm_wrong(x->fault, PM_NOT_PROCMON, 0, 0, "%s", "");
            ok = false;
        }
    }
    if (w.text != NULL) {
        (void)pm_resize(x->opts->alloc, w.text, 0);
    }
    return ok;
}

bool pm_xml_read(struct scapf_src *src, const struct pm_read_opts *opts,
                 const struct pm_handler *handler, struct pm_fault *fault)
{
    struct xml x = {.opts = opts, .handler = handler, .fault = fault, .build.alloc = opts->alloc};
    struct pm_input *in = pm_resize(opts->alloc, NULL, sizeof(*in));
    bool ok = false;

    if (in == NULL) {
        pm_wrong(fault, PM_NO_MEMORY, 0, 0, "%s", "");
        return false;
    }
    pm_input_init(in, src, opts, fault);
    if (new_parser(&x, 0, 1)) {
        ok = opts->lenient ? read_lenient(&x, in) : read_strict(&x, in);
    }
    free_parser(&x);
    pm_build_release(&x.build);
    (void)pm_resize(opts->alloc, in, 0);
    return ok;
}
