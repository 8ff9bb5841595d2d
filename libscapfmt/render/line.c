/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line.c - one line a record: events as sysdig shows them, packets beside them.
 *
 * Events, packets, blocks of types nobody knows and damaged blocks make a line each. Tables,
 * interfaces and the other blocks that describe the capture make none: --blocks shows those.
 * A column that says nothing about a record is "-". Columns write bytes of the file as they are;
 * what a terminal must not get is taken out of the whole line.
 */
#include "render/line.h"

#include "base/mem.h"
#include "block/opt_table.h"
#include "event/event.h"
#include "render/args.h"
#include "render/packet.h"
#include "render/render.h"
#include "render/text.h"

#include <stdio.h>

#define DEFAULT_COLUMNS "num,time,cpu,thread,dir,type,args"

/* One line being written. */
struct line {
    struct scapf_printer *p;
    struct out *o;
    const struct scapf_reader *reader;
    const struct scapf_record *rec;
    const struct scapf_event *ev;      /* NULL when the record is no readable event */
    const struct scapf_packet *packet; /* NULL when it is no readable packet */
    const struct packet_heads *heads;  /* of the packet */
    size_t fields;                     /* that were written */
};

static void put_none(struct line *l)
{
    out_char(l->o, '-');
}

/* ------------------------------------------------------------------ numbers of the record */

/* Events are counted as sysdig counts them: those of known codes. Packets have numbers of their
 * own, marked. */
static void col_num(struct line *l)
{
    if (l->ev != NULL && l->ev->info != NULL) {
        out_udec(l->o, l->p->events);
    } else if (l->packet != NULL) {
        out_char(l->o, 'p');
        out_udec(l->o, l->p->line.frames);
    } else {
        put_none(l);
    }
}

static void col_frame(struct line *l)
{
    if (l->packet != NULL) {
        out_udec(l->o, l->p->line.frames);
    } else {
        put_none(l);
    }
}

static void col_ordinal(struct line *l)
{
    out_udec(l->o, l->rec->ordinal);
}

static void col_section(struct line *l)
{
    out_udec(l->o, l->rec->section);
}

static void col_off(struct line *l)
{
    out_udec(l->o, l->rec->off);
}

static void col_len(struct line *l)
{
    out_udec(l->o, l->ev != NULL       ? l->ev->len
                   : l->packet != NULL ? l->packet->captured_len
                                       : l->rec->raw_len);
}

/* ------------------------------------------------------------------ times */

static void col_time(struct line *l)
{
    if (l->rec->has_ts) {
        clock_put_time(&l->p->line.clock, l->o, l->rec->ts_ns);
    } else {
        put_none(l);
    }
}

static void col_datetime(struct line *l)
{
    if (l->rec->has_ts) {
        clock_put_date(l->o, l->rec->ts_ns);
    } else {
        put_none(l);
    }
}

static void col_rawtime(struct line *l)
{
    if (l->rec->has_ts) {
        out_udec(l->o, l->rec->ts_ns);
    } else {
        put_none(l);
    }
}

/* Since the first record that has a time; time may go backwards. */
static void col_reltime(struct line *l)
{
    uint64_t first = l->p->line.first_ts;
    uint64_t ts = l->rec->ts_ns;
    uint64_t diff = ts >= first ? ts - first : first - ts;

    if (!l->rec->has_ts) {
        put_none(l);
        return;
    }
    if (ts < first) {
        out_char(l->o, '-');
    }
    out_udec(l->o, diff / 1000000000);
    out_char(l->o, '.');
    out_nanos(l->o, (uint32_t)(diff % 1000000000));
}

/* ------------------------------------------------------------------ who */

static void col_cpu(struct line *l)
{
    if (l->ev != NULL) {
        out_udec(l->o, l->ev->cpu);
    } else {
        put_none(l);
    }
}

static void put_interface(struct line *l)
{
    uint32_t id = l->packet->interface_id;
    const struct scapf_interface *interface = scapf_reader_interface(l->reader, id);

    if (interface != NULL && interface->name[0] != '\0') {
        out_str(l->o, interface->name);
    } else {
        out_lit(l->o, "if");
        out_udec(l->o, id);
    }
}

static void col_latency(struct line *l)
{
    const struct scapf_host_event *view = l->ev != NULL ? scapf_host_event(l->p->host) : NULL;

    if (view != NULL && view->has_enter) {
        out_udec(l->o, view->latency_ns);
    } else {
        put_none(l);
    }
}

static void col_iface(struct line *l)
{
    if (l->packet != NULL) {
        put_interface(l);
    } else {
        put_none(l);
    }
}

static void put_comm(struct line *l)
{
    const char *comm = scapf_host_comm(l->p->host, l->ev->tid);

    out_str(l->o, comm != NULL ? comm : "<NA>");
}

static void col_proc(struct line *l)
{
    if (l->ev != NULL) {
        put_comm(l);
    } else {
        put_none(l);
    }
}

static void col_tid(struct line *l)
{
    if (l->ev != NULL) {
        out_dec(l->o, l->ev->tid);
    } else {
        put_none(l);
    }
}

/* "apache2 (665)", or the interface of a packet. */
static void col_thread(struct line *l)
{
    if (l->ev != NULL) {
        put_comm(l);
        out_lit(l->o, " (");
        out_dec(l->o, l->ev->tid);
        out_char(l->o, ')');
    } else {
        col_iface(l);
    }
}

/* ------------------------------------------------------------------ what */

static void col_dir(struct line *l)
{
    if (l->ev != NULL) {
        out_char(l->o, (l->ev->code & 1) != 0 ? '<' : '>');
    } else {
        put_none(l);
    }
}

static void col_code(struct line *l)
{
    if (l->ev != NULL) {
        out_udec(l->o, l->ev->code);
    } else {
        put_none(l);
    }
}

static void put_block_type(struct line *l)
{
    const char *name = scapf_block_name(l->rec->type);

    if (name != NULL) {
        out_str(l->o, name);
    } else if (l->rec->kind == SCAPF_KIND_PACKET) {
        out_lit(l->o, "packet"); /* of a classic pcap: no block has a number there */
    } else {
        out_lit(l->o, "block_0x");
        out_hex(l->o, l->rec->type, false);
    }
}

static void col_type(struct line *l)
{
    size_t len;
    const char *name;

    if (l->ev != NULL) {
        name = scapf_event_name(l->ev, l->p->schema, l->p->arch, &len);
        out_bytes(l->o, name, len);
    } else if (l->packet != NULL) {
        out_str(l->o, l->heads->name);
    } else {
        put_block_type(l);
    }
}

static void put_damage(struct line *l)
{
    char text[512];

    (void)scapf_diag_format(l->rec->damage, text, sizeof(text));
    out_lit(l->o, "damaged: ");
    out_str(l->o, text);
}

/* What cannot be told apart is at least shown. */
static void put_unknown_event(struct line *l)
{
    uint32_t n = l->ev->payload_len;
    uint32_t max = l->p->opts.max_buffer;

    out_lit(l->o, "code=");
    out_udec(l->o, l->ev->code);
    out_char(l->o, ' ');
    if (l->ev->has_params || n == 0) {
        return;
    }
    out_lit(l->o, "payload=0x");
    out_hex_bytes(l->o, l->ev->payload, n > max ? max : n);
    out_str(l->o, n > max ? "... " : " ");
}

static void put_event_args(struct line *l)
{
    const struct value_ctx ctx = {.schema = l->p->schema,
                                  .host = l->p->host,
                                  .names = l->p->names,
                                  .event = l->ev,
                                  .max_buffer = l->p->opts.max_buffer};

    if (l->ev->info == NULL) {
        put_unknown_event(l);
    }
    args_put(l->o, &ctx);
}

static void put_packet_args(struct line *l)
{
    out_lit(l->o, "captured=");
    out_udec(l->o, l->packet->captured_len);
    out_lit(l->o, " original=");
    out_udec(l->o, l->packet->original_len);
    out_lit(l->o, " interface=");
    out_udec(l->o, l->packet->interface_id);
    out_char(l->o, ' ');
    packet_text(l->o, l->heads);
}

/* Items end with a space: that behind the last is none of the column. */
static void end_items(struct out *o, size_t start)
{
    if (out_status(o) == SCAPF_OK && o->len > start && o->bytes[o->len - 1] == ' ') {
        o->len--;
    }
}

static void col_args(struct line *l)
{
    size_t start = l->o->len;

    if (l->ev != NULL) {
        put_event_args(l);
        end_items(l->o, start);
    } else if (l->packet != NULL) {
        put_packet_args(l);
        end_items(l->o, start);
    } else if (l->rec->damage != NULL) {
        put_damage(l);
    } else {
        out_lit(l->o, "length=");
        out_udec(l->o, l->rec->raw_len);
    }
}

/* The next of the fields of the filter language. */
static void col_field(struct line *l)
{
    size_t len;
    const char *text;
    enum scapf_status status = scapf_fields_text(l->p->line.fields, l->fields++, &text, &len);

    if (text != NULL) {
        out_bytes(l->o, text, len);
    } else {
        put_none(l);
    }
    if (status != SCAPF_OK) {
        l->o->status = status;
    }
}

/* ------------------------------------------------------------------ the table */

struct column {
    const char *name;
    void (*put)(struct line *l);
    const char *colour; /* SGR parameters, NULL = plain */
};

static const struct column field = {NULL, col_field, "32"};

static const struct column columns[] = {{"num", col_num, "2"},
                                        {"time", col_time, "36"},
                                        {"datetime", col_datetime, "36"},
                                        {"rawtime", col_rawtime, "36"},
                                        {"reltime", col_reltime, "36"},
                                        {"cpu", col_cpu, NULL},
                                        {"proc", col_proc, "32"},
                                        {"tid", col_tid, "32"},
                                        {"thread", col_thread, "32"},
                                        {"dir", col_dir, "33"},
                                        {"type", col_type, "1"},
                                        {"args", col_args, NULL},
                                        {"code", col_code, NULL},
                                        {"len", col_len, NULL},
                                        {"latency", col_latency, "36"},
                                        {"iface", col_iface, "32"},
                                        {"frame", col_frame, "2"},
                                        {"ordinal", col_ordinal, "2"},
                                        {"off", col_off, "2"},
                                        {"section", col_section, "2"}};

#define N_COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* NULL when there is none of this name. */
static const struct column *find_column(const char *name, size_t len)
{
    for (size_t i = 0; i < N_COLUMNS; i++) {
        if (strlen(columns[i].name) == len && memcmp(columns[i].name, name, len) == 0) {
            return &columns[i];
        }
    }
    return NULL;
}

static bool bad_list(const struct scapf_printer *p, size_t pos, size_t len)
{
    struct scapf_filter_error *error = p->opts.columns_error;

    if (error != NULL) {
        *error = (struct scapf_filter_error){.pos = pos, .len = len > 0 ? len : 1};
        (void)snprintf(error->message, sizeof(error->message), "%s",
                       len > 0 ? "too many columns" : "a column is missing here");
    }
    return false;
}

/* Take the columns of the table out of the list; what is left are fields of the filter language,
 * at their places. */
static bool take_columns(struct scapf_printer *p, char *list)
{
    for (char *at = list;;) {
        size_t len = strcspn(at, ",");
        bool is_last = at[len] == '\0';
        const struct column *column = find_column(at, len);

        if (len == 0 || p->line.n_columns == LINE_COLUMNS) {
            return bad_list(p, (size_t)(at - list), len);
        }
        if (column != NULL) {
            memset(at, ' ', len);
        } else {
            column = &field;
            p->line.n_fields++;
        }
        p->line.columns[p->line.n_columns++] = column;
        at[len] = is_last ? '\0' : ' ';
        if (is_last) {
            return true;
        }
        at += len + 1;
    }
}

enum scapf_status line_init(struct scapf_printer *p)
{
    const char *wanted = p->opts.columns != NULL ? p->opts.columns : DEFAULT_COLUMNS;
    size_t size = strlen(wanted) + 1;
    char *list = mem_zalloc(p->alloc, size);
    enum scapf_status status = SCAPF_OK;

    if (list == NULL) {
        return SCAPF_E_NOMEM;
    }
    memcpy(list, wanted, size);
    if (!take_columns(p, list)) {
        status = SCAPF_E_USAGE;
    } else if (p->line.n_fields > 0) {
        status =
            scapf_fields_compile(list, p->schema, p->alloc, &p->line.fields, p->opts.columns_error);
    }
    mem_free(p->alloc, list);
    return status;
}

/* Cleaned already: what is around it would not stay. */
static void put_coloured(struct line *l, const struct column *column)
{
    size_t start;

    if (column->colour != NULL) {
        out_lit(l->o, "\033[");
        out_str(l->o, column->colour);
        out_char(l->o, 'm');
    }
    start = l->o->len;
    column->put(l);
    text_clean(l->o, start, &l->p->text);
    if (column->colour != NULL) {
        out_lit(l->o, "\033[0m");
    }
}

/* What the record has to say beyond its columns: which process, which packet. */
static void put_comments(struct line *l)
{
    struct scapf_option_iter it;
    struct scapf_option opt;

    scapf_options_begin(l->rec, &it);
    while (scapf_option_next(&it, &opt) == SCAPF_OK) {
        if (opt.code == OPT_CODE_COMMENT) {
            out_lit(l->o, "  # ");
            out_bytes(l->o, opt.value, opt.len);
        }
    }
}

/* Kinds that describe the capture and make no line unless they are damaged. */
static bool is_silent(const struct scapf_record *rec)
{
    static const bool silent[SCAPF_KIND_COUNT] = {
        [SCAPF_KIND_SECTION] = true, [SCAPF_KIND_INTERFACE] = true, [SCAPF_KIND_TABLE] = true,
        [SCAPF_KIND_NAMES] = true,   [SCAPF_KIND_STATS] = true,     [SCAPF_KIND_SECRETS] = true,
        [SCAPF_KIND_PROCESS] = true,
    };

    /* [scap 9.1] Events that only carry state are shown by nobody. */
    return rec->damage == NULL &&
           (silent[rec->kind] ||
            (rec->event != NULL && (rec->event->flags & SCAPF_EVENT_STATE_ONLY) != 0) ||
            event_is_closing(rec));
}

void line_note(struct line_state *state, const struct scapf_record *rec)
{
    if (is_silent(rec)) {
        return;
    }
    if (rec->has_ts && !state->has_first) {
        state->first_ts = rec->ts_ns;
        state->has_first = true;
    }
    state->frames += rec->kind == SCAPF_KIND_PACKET;
}

static void put_columns(struct line *l)
{
    const struct line_state *state = &l->p->line;

    for (uint8_t i = 0; i < state->n_columns; i++) {
        const struct column *column = state->columns[i];

        if (i > 0) {
            out_char(l->o, ' ');
        }
        if (l->p->opts.colour) {
            put_coloured(l, column);
        } else {
            column->put(l);
        }
    }
}

enum scapf_status render_line(struct scapf_printer *p, const struct scapf_reader *reader,
                              const struct scapf_record *rec)
{
    struct packet_heads heads;
    struct line l = {.p = p,
                     .o = &p->out,
                     .reader = reader,
                     .rec = rec,
                     .ev = rec->damage == NULL ? rec->event : NULL,
                     .packet = rec->damage == NULL ? rec->packet : NULL,
                     .heads = &heads};
    size_t start = l.o->len;

    if (is_silent(rec)) {
        return SCAPF_OK;
    }
    if (l.packet != NULL) {
        heads_read(l.packet, &heads);
    }
    if (p->opts.marks) {
        out_bytes(l.o, p->marked ? "~ " : "  ", 2);
        p->marked = false;
    }
    put_columns(&l);
    if (out_status(l.o) == SCAPF_OK && l.o->bytes[l.o->len - 1] == ' ') {
        l.o->len--; /* the last column had nothing to say */
    }
    start = p->opts.colour ? l.o->len : start;
    if (p->opts.comments) {
        put_comments(&l);
    }
    text_clean(l.o, start, &p->text);
    out_char(l.o, '\n');
    return out_status(l.o);
}
