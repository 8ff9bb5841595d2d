/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blocks_scap.c - tables and events in the block-by-block dump: every field, every parameter, and
 * every byte that is none.
 */
#include "bytes/addr.h"
#include "render/blocks.h"
#include "render/clock.h"
#include "render/text.h"
#include "render/value.h"

/* ------------------------------------------------------------------ tables */

/* Names of a value: the one entry that equals it, else all whose bits it has. */
static void put_flag_names(struct out *o, const struct scapf_flag_set *set, uint64_t value)
{
    for (uint32_t i = 0; i < set->n_flags; i++) {
        if (set->flags[i].value == value) {
            out_char(o, ' ');
            out_str(o, set->flags[i].name);
            return;
        }
    }
    for (uint32_t i = 0; i < set->n_flags; i++) {
        uint32_t bits = set->flags[i].value;

        if (bits != 0 && (value & bits) == bits) {
            out_char(o, ' ');
            out_str(o, set->flags[i].name);
        }
    }
}

static void put_cell(struct out *o, const struct scapf_cell *cell)
{
    uint32_t n = cell->len;

    blocks_name(o, 2, cell->field->name);
    switch ((enum scapf_field_type)cell->field->type) {
    case SCAPF_FT_I64:
        out_dec(o, cell->i);
        break;
    case SCAPF_FT_STR16:
    case SCAPF_FT_TEXT:
        blocks_text(o, cell->bytes, n);
        break;
    case SCAPF_FT_CHARS: /* NUL-padded to its size */
        while (n > 0 && cell->bytes[n - 1] == 0) {
            n--;
        }
        blocks_text(o, cell->bytes, n);
        break;
    case SCAPF_FT_IP4:
    case SCAPF_FT_IP6:
        out_ip(o, cell->bytes, n);
        break;
    case SCAPF_FT_U8:
    case SCAPF_FT_U16:
    case SCAPF_FT_U32:
    case SCAPF_FT_U64:
    case SCAPF_FT_BOOL8:
        out_udec(o, cell->u);
        if (cell->field->flags != NULL) {
            put_flag_names(o, cell->field->flags, cell->u);
        }
        break;
    }
    out_char(o, '\n');
}

static void put_row(struct out *o, const struct scapf_table *t, const char *name, uint64_t index,
                    const struct scapf_row *row)
{
    struct body_bytes extra = {row->extra, row->extra_len, 0};

    blocks_name(o, 1, name);
    out_udec(o, index);
    out_lit(o, " @");
    out_udec(o, row->off);
    if (row->entry_len != 0) {
        out_lit(o, ", entry length ");
        out_udec(o, row->entry_len);
    }
    out_char(o, '\n');
    for (uint32_t i = 0; i < row->n_cells; i++) {
        put_cell(o, &row->cells[i]);
    }
    if (extra.n > 0) {
        extra.off = t->off + (uint64_t)(extra.p - t->body);
        blocks_bytes(o, 2, "unknown_fields", &extra);
    }
}

static void put_table_damage(struct out *o, const struct scapf_table *t)
{
    char sentence[200];
    const struct body_bytes body = {t->body, t->len, t->off};

    (void)scapf_diag_format(&t->diag, sentence, sizeof(sentence));
    blocks_name(o, 1, "damaged");
    out_str(o, sentence);
    out_char(o, '\n');
    blocks_bytes(o, 1, "body", &body);
}

void blocks_table(struct out *o, const struct scapf_record *rec, const struct scapf_schema *schema)
{
    struct scapf_table t;
    struct scapf_row row;
    enum scapf_status status = scapf_table_open(rec, schema, &t);
    uint64_t n = 0;
    struct body_bytes rest;

    if (status == SCAPF_E_USAGE) { /* a number that this schema gives no table */
        rest = (struct body_bytes){rec->body, rec->body_len, rec->off + 8};
        blocks_bytes(o, 1, "body", &rest);
        return;
    }
    if (status == SCAPF_OK && t.head.n_cells > 0) {
        put_row(o, &t, "head", 0, &t.head);
    }
    while (status == SCAPF_OK && (status = scapf_table_next(&t, &row)) == SCAPF_OK) {
        put_row(o, &t, t.info->name, n, &row);
        n++;
    }
    if (status < 0) {
        put_table_damage(o, &t);
        return;
    }
    rest = (struct body_bytes){t.body + t.pos, t.len - t.pos, t.off + t.pos};
    blocks_bytes(o, 1, rest.n < 4 ? "padding" : "behind_the_table", &rest);
}

/* ------------------------------------------------------------------ events */

/* Escape what was appended since mark, in place: the escaped text grows behind it, at most four
 * bytes for one, and is moved over it. */
static void escape_from(struct out *o, size_t mark)
{
    size_t n = o->len - mark;

    if (n == 0 || out_status(o) != SCAPF_OK || n > SIZE_MAX / 4 || !out_grow(o, 4 * n)) {
        return;
    }
    text_put(o, o->bytes + mark, n);
    memmove(o->bytes + mark, o->bytes + mark + n, o->len - mark - n);
    o->len -= n;
}

/* "res #0 ERRNO, 8 bytes: -2 (ENOENT)" */
static void put_param(struct out *o, const struct value_ctx *ctx, uint32_t i)
{
    struct scapf_value v;
    size_t mark;
    enum scapf_status status = scapf_event_value(ctx->event, i, &v, NULL);
    const char *type;

    if (status == SCAPF_E_USAGE) {
        return;
    }
    type = scapf_param_type_name(v.type);
    blocks_name(o, 2, v.info != NULL ? v.info->name : "unknown_parameter");
    out_char(o, '#');
    out_udec(o, i);
    out_char(o, ' ');
    out_str(o, type != NULL ? type : "?");
    out_lit(o, ", ");
    if (v.info == NULL || status < 0) {
        blocks_hex(o, v.bytes, v.len);
        out_str(o, status < 0 ? " (malformed)\n" : "\n");
        return;
    }
    out_udec(o, v.len);
    out_lit(o, " bytes: ");
    mark = o->len;
    value_text(o, ctx, &v);
    escape_from(o, mark);
    out_lit(o, " (");
    mark = o->len;
    if (value_resolved(o, ctx, &v)) {
        escape_from(o, mark);
        out_char(o, ')');
    } else if (out_status(o) == SCAPF_OK) {
        o->len = mark - 2;
    }
    out_char(o, '\n');
}

static void put_event_header(struct out *o, const struct scapf_event *ev)
{
    blocks_u64(o, 1, "cpu", ev->cpu);
    blocks_u64(o, 1, "flags", ev->flags);
    blocks_name(o, 1, "time");
    out_udec(o, ev->ts_ns);
    out_lit(o, " ns, ");
    clock_put_date(o, ev->ts_ns);
    out_char(o, '\n');
    blocks_name(o, 1, "tid");
    out_dec(o, ev->tid);
    out_char(o, '\n');
    blocks_u64(o, 1, "event_length", ev->len);
    blocks_name(o, 1, "code");
    out_udec(o, ev->code);
    if (ev->info != NULL) {
        out_char(o, ' ');
        out_str(o, ev->info->symbol);
    }
    out_char(o, '\n');
    blocks_name(o, 1, "parameters");
    if (ev->has_params) {
        out_udec(o, ev->n_params);
        out_lit(o, ", lengths of ");
        out_udec(o, ev->len_size);
        out_lit(o, " bytes\n");
    } else {
        out_lit(o, "not known\n");
    }
}

/* Bytes from one address to another of the same block. */
static struct body_bytes between(const struct scapf_record *rec, const uint8_t *from,
                                 const uint8_t *to)
{
    return (struct body_bytes){from, (size_t)(to - from), rec->off + (uint64_t)(from - rec->raw)};
}

void blocks_event(struct out *o, const struct scapf_record *rec, const struct scapf_schema *schema)
{
    const struct scapf_event *ev = rec->event;
    const struct value_ctx ctx = {.schema = schema, .event = ev, .max_buffer = 80};
    const uint8_t *end = ev->payload + ev->payload_len;
    const uint8_t *used = ev->payload;
    const uint8_t *body_end = rec->body + rec->body_len;
    struct body_bytes part;
    uint32_t len = 0;

    put_event_header(o, ev);
    for (uint32_t i = 0; ev->has_params && i < ev->n_params; i++) {
        put_param(o, &ctx, i);
    }
    if (ev->has_params && ev->n_params > 0 &&
        scapf_event_param(ev, ev->n_params - 1, &used, &len) == SCAPF_OK) {
        used += len;
    }
    part = between(rec, used, end);
    blocks_bytes(o, 1, ev->has_params ? "behind_the_parameters" : "payload", &part);
    part = between(rec, end, ev->options != NULL ? ev->options : body_end);
    blocks_bytes(o, 1, part.n < 4 ? "padding" : "behind_the_event", &part);
    if (ev->options != NULL) {
        part = between(rec, ev->options, ev->options + ev->options_len);
        blocks_options(o, 1, rec->type, &part, rec->big_endian);
    }
}
