/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line.c - one line a record: events as sysdig shows them, packets beside them.
 *
 * Events, packets, blocks of types nobody knows and damaged blocks make a line each. Tables,
 * interfaces and the other blocks that describe the capture make none: --blocks shows those.
 * A column that says nothing about a record is "-".
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
    const char *packet_type;
};

static void put_none(struct line *l)
{
    out_char(l->o, '-');
}

static void put_cstr(struct line *l, const char *s)
{
    text_put(l->o, s, strlen(s));
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
    out_udec_pad(l->o, diff % 1000000000, 9);
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
        put_cstr(l, interface->name);
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

    put_cstr(l, comm != NULL ? comm : "<NA>");
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
        put_cstr(l, name);
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
        text_put(l->o, name, len);
    } else if (l->packet != NULL) {
        out_str(l->o, l->packet_type);
    } else {
        put_block_type(l);
    }
}

static void put_damage(struct line *l)
{
    char text[512];

    (void)scapf_diag_format(l->rec->damage, text, sizeof(text));
    out_lit(l->o, "damaged: ");
    put_cstr(l, text);
}

/* What cannot be told apart is at least shown. */
static void put_unknown_event(struct line *l)
{
    uint32_t n = l->ev->payload_len;
    uint32_t max = l->p->opts.max_buffer;

    if (l->ev->has_params || n == 0) {
        return;
    }
    out_lit(&l->p->text, "payload=0x");
    out_hex_bytes(&l->p->text, l->ev->payload, n > max ? max : n);
    out_str(&l->p->text, n > max ? "... " : " ");
}

/* The items in the scratch buffer, without the space behind the last. */
static void put_items(struct line *l)
{
    size_t n = l->p->text.len;

    if (out_status(&l->p->text) != SCAPF_OK) {
        l->o->status = out_status(&l->p->text);
        return;
    }
    if (n > 0 && l->p->text.bytes[n - 1] == ' ') {
        n--;
    }
    text_put(l->o, l->p->text.bytes, n);
}

static void put_event_args(struct line *l)
{
    const struct value_ctx ctx = {.schema = l->p->schema,
                                  .host = l->p->host,
                                  .names = l->p->names,
                                  .event = l->ev,
                                  .max_buffer = l->p->opts.max_buffer};

    out_clear(&l->p->text);
    if (l->ev->info == NULL) {
        out_lit(&l->p->text, "code=");
        out_udec(&l->p->text, l->ev->code);
        out_char(&l->p->text, ' ');
        put_unknown_event(l);
    }
    args_put(&l->p->text, &ctx);
    put_items(l);
}

/* Its headers were read into the scratch buffer before the first column. */
static void put_packet_args(struct line *l)
{
    out_lit(l->o, "captured=");
    out_udec(l->o, l->packet->captured_len);
    out_lit(l->o, " original=");
    out_udec(l->o, l->packet->original_len);
    out_lit(l->o, " interface=");
    out_udec(l->o, l->packet->interface_id);
    if (l->p->text.len > 0) {
        out_char(l->o, ' ');
    }
    put_items(l);
}

static void col_args(struct line *l)
{
    if (l->ev != NULL) {
        put_event_args(l);
    } else if (l->packet != NULL) {
        put_packet_args(l);
    } else if (l->rec->damage != NULL) {
        put_damage(l);
    } else {
        out_lit(l->o, "length=");
        out_udec(l->o, l->rec->raw_len);
    }
}

/* ------------------------------------------------------------------ the table */

static const struct column {
    const char *name;
    void (*put)(struct line *l);
    const char *colour; /* SGR parameters, NULL = plain */
} columns[] = {{"num", col_num, "2"},
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

static bool find_column(const char *name, size_t len, uint8_t *index)
{
    for (size_t i = 0; i < N_COLUMNS; i++) {
        if (strlen(columns[i].name) == len && memcmp(columns[i].name, name, len) == 0) {
            *index = (uint8_t)i;
            return true;
        }
    }
    return false;
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
        uint8_t *index = &p->line.columns[p->line.n_columns];

        if (len == 0 || p->line.n_columns == LINE_COLUMNS) {
            return bad_list(p, (size_t)(at - list), len);
        }
        if (find_column(at, len, index)) {
            memset(at, ' ', len);
        } else {
            *index = (uint8_t)(N_COLUMNS + p->line.n_fields++);
        }
        p->line.n_columns++;
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

static void put_field(struct line *l, size_t i)
{
    size_t len;
    const char *text;
    enum scapf_status status = scapf_fields_text(l->p->line.fields, i, &text, &len);

    if (text != NULL) {
        text_put(l->o, text, len);
    } else {
        put_none(l);
    }
    if (status != SCAPF_OK) {
        l->o->status = status;
    }
}

static void put_plain(struct line *l, uint8_t column)
{
    if (column < N_COLUMNS) {
        columns[column].put(l);
    } else {
        put_field(l, column - N_COLUMNS);
    }
}

static void put_column(struct line *l, uint8_t column)
{
    const char *colour = column < N_COLUMNS ? columns[column].colour : "32";

    if (!l->p->opts.colour || colour == NULL) {
        put_plain(l, column);
        return;
    }
    out_lit(l->o, "\033[");
    out_str(l->o, colour);
    out_char(l->o, 'm');
    put_plain(l, column);
    out_lit(l->o, "\033[0m");
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
            text_put(l->o, (const char *)opt.value, opt.len);
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

static void begin_line(struct line *l)
{
    struct packet_heads heads;

    if (l->packet != NULL) {
        out_clear(&l->p->text);
        heads_read(l->packet, &heads);
        packet_text(&l->p->text, &heads);
        l->packet_type = heads.name;
    }
}

enum scapf_status render_line(struct scapf_printer *p, const struct scapf_reader *reader,
                              const struct scapf_record *rec)
{
    struct line l = {.p = p,
                     .o = &p->out,
                     .reader = reader,
                     .rec = rec,
                     .ev = rec->damage == NULL ? rec->event : NULL,
                     .packet = rec->damage == NULL ? rec->packet : NULL};

    if (is_silent(rec)) {
        return SCAPF_OK;
    }
    begin_line(&l);
    if (p->opts.marks) {
        out_bytes(l.o, p->marked ? "~ " : "  ", 2);
        p->marked = false;
    }
    for (uint8_t i = 0; i < p->line.n_columns; i++) {
        if (i > 0) {
            out_char(l.o, ' ');
        }
        put_column(&l, p->line.columns[i]);
    }
    if (out_status(l.o) == SCAPF_OK && l.o->bytes[l.o->len - 1] == ' ') {
        l.o->len--; /* the last column had nothing to say */
    }
    if (p->opts.comments) {
        put_comments(&l);
    }
    out_char(l.o, '\n');
    return out_status(l.o);
}
