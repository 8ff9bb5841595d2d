/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mutate_scap.c - what the rows of the table do to events and to the tables of a scap.
 */
#include "check/mutate.h"

#include "block/frame.h"
#include "block/types.h"
#include "bytes/cur.h"
#include "event/event.h"
#include "event/table.h"

static const uint8_t *raw_of(const struct mutate *m, size_t i)
{
    return m->in + m->recs[i].off;
}

static const struct block_type *type_of(const struct mutate *m, size_t i)
{
    return block_type_find(m->recs[i].type);
}

/* Offset of the event header in its block. */
static size_t header_at(const struct mutate *m, size_t i)
{
    return (type_of(m, i)->layout & EVENT_LAYOUT_FLAGS) != 0 ? 14 : 10;
}

/* ------------------------------------------------------------------ numbers of events */

bool mop_event_set(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    bool v2 = (type_of(m, i)->layout & EVENT_LAYOUT_V2) != 0;

    if (row->a == 22 && !v2) {
        return false; /* old events have no number of parameters */
    }
    mutate_copy(m, i);
    if (out_status(&m->with) < 0) {
        return false;
    }
    mutate_set(m, header_at(m, i) + row->a, row->b, row->value + variant);
    return true;
}

/* Flags (value) of a block that has some; a: a block that has none becomes one that has. */
bool mop_event_flags(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    static const uint32_t with_flags[][2] = {{SCAPF_BLOCK_EV, SCAPF_BLOCK_EVF},
                                             {SCAPF_BLOCK_EV_V2, SCAPF_BLOCK_EVF_V2},
                                             {SCAPF_BLOCK_EV_V2_LARGE, SCAPF_BLOCK_EVF_V2_LARGE}};
    bool has = (type_of(m, i)->layout & EVENT_LAYOUT_FLAGS) != 0;
    const uint8_t *raw = raw_of(m, i);
    size_t end = header_at(m, i) + get_u32(raw + header_at(m, i) + 16, m->recs[i].big_endian);

    (void)variant;
    if (has != (row->a == 0)) {
        return false;
    }
    mutate_copy(m, i);
    if (out_status(&m->with) < 0) {
        return false;
    }
    if (has) {
        mutate_set(m, 10, 4, row->value);
        return true;
    }
    for (size_t k = 0; k < 3; k++) {
        if (with_flags[k][0] == m->recs[i].type) {
            m->with.len = 10;
            mutate_set(m, 0, 4, with_flags[k][1]);
            out_u32(&m->with, 0);
            out_bytes(&m->with, raw + 10, end - 10);
            out_pad4(&m->with, 0);
            out_u32(&m->with, 0);
            mutate_frame(m);
            return m->recs[i].opt_len == 0 && out_status(&m->with) == SCAPF_OK;
        }
    }
    return false;
}

/* ------------------------------------------------------------------ parameters */

/* The event of a record, and the one that is made of it. */
struct remake {
    struct scapf_event ev;
    uint32_t n; /* parameters of the new one */
    uint32_t changed;
    const uint8_t *bytes; /* of the changed one */
    uint32_t len;
};

static bool parse(const struct mutate *m, size_t i, struct scapf_event *ev)
{
    const struct mutate_rec *r = &m->recs[i];

    return event_parse(m->schema, type_of(m, i)->layout, raw_of(m, i) + FRAME_HEADER_LEN,
                       r->len - FRAME_MIN_LEN, 0, r->big_endian, ev, NULL) == SCAPF_OK &&
           ev->has_params;
}

static void param_of(const struct remake *e, uint32_t i, const uint8_t **bytes, uint32_t *len)
{
    *bytes = e->bytes;
    *len = e->len;
    if (i != e->changed && scapf_event_param(&e->ev, i, bytes, len) != SCAPF_OK) {
        *bytes = NULL; /* one more than there was: empty */
        *len = 0;
    }
}

static bool rebuild(struct mutate *m, size_t i, const struct remake *e)
{
    const struct mutate_rec *r = &m->recs[i];
    bool v2 = (type_of(m, i)->layout & EVENT_LAYOUT_V2) != 0;
    size_t head = header_at(m, i);
    const uint8_t *bytes;
    uint32_t len;
    size_t end;

    m->at = (size_t)r->off;
    m->old_len = r->len;
    out_bytes(&m->with, raw_of(m, i), head + (v2 ? 26u : 22u));
    for (uint32_t k = 0; k < e->n; k++) {
        param_of(e, k, &bytes, &len);
        if (e->ev.len_size == 2) {
            out_u16(&m->with, (uint16_t)len);
        } else {
            out_u32(&m->with, len);
        }
    }
    for (uint32_t k = 0; k < e->n; k++) {
        param_of(e, k, &bytes, &len);
        out_bytes(&m->with, bytes, len);
    }
    end = m->with.len;
    out_pad4(&m->with, 0);
    out_bytes(&m->with, raw_of(m, i) + r->opt_at, r->opt_len);
    out_u32(&m->with, 0);
    if (out_status(&m->with) < 0) {
        return false;
    }
    mutate_set(m, head + 16, 4, end - head);
    if (v2) {
        mutate_set(m, head + 22, 4, e->n);
    }
    mutate_frame(m);
    return true;
}

static bool is_text(uint8_t type)
{
    return type == SCAPF_PT_CHARBUF || type == SCAPF_PT_FSPATH || type == SCAPF_PT_FSRELPATH;
}

static bool is_structured(uint8_t type)
{
    return type == SCAPF_PT_SOCKADDR || type == SCAPF_PT_SOCKTUPLE || type == SCAPF_PT_FDLIST ||
           type == SCAPF_PT_DYN;
}

/* Parameter number variant: a 0 of another size, 1 a text without end, 2 a structure cut to two
 * bytes, 3 empty, 4 a pointer where there is nothing. */
bool mop_event_param(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    static const uint8_t pointer[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct remake e = {.changed = variant};
    uint8_t type;

    if (!parse(m, i, &e.ev) || e.ev.info == NULL || variant >= e.ev.n_params ||
        variant >= e.ev.info->n_params ||
        scapf_event_param(&e.ev, variant, &e.bytes, &e.len) != SCAPF_OK) {
        return false;
    }
    e.n = e.ev.n_params;
    type = e.ev.info->params[variant].type;
    switch (row->a) {
    case 0:
        e.len--;
        return scapf_param_size(type) > 1 && e.len + 1 == scapf_param_size(type) &&
               rebuild(m, i, &e);
    case 1:
        e.len--;
        return is_text(type) && e.len + 1 > 1 && rebuild(m, i, &e);
    case 2:
        if (!is_structured(type) || e.len <= 2) {
            return false;
        }
        e.len = 2;
        return rebuild(m, i, &e);
    case 3:
        if (scapf_param_size(type) == 0 || e.len == 0 || e.ev.info->params[variant].may_be_empty) {
            return false;
        }
        e.len = 0;
        return rebuild(m, i, &e);
    default:
        e.bytes = pointer;
        e.len = sizeof(pointer);
        return (type == SCAPF_PT_CHARBUFARRAY || type == SCAPF_PT_CHARBUF_PAIR_ARRAY) &&
               rebuild(m, i, &e);
    }
}

/* More (a) or fewer parameters, by variant + 1. */
bool mop_event_count(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    struct remake e = {.changed = UINT32_MAX};

    if (!parse(m, i, &e.ev) || (row->a == 0 && e.ev.n_params <= variant)) {
        return false;
    }
    e.n = row->a != 0 ? e.ev.n_params + variant + 1 : e.ev.n_params - variant - 1;
    return e.n <= SCAPF_EVENT_PARAMS && rebuild(m, i, &e);
}

/* The last length is one too small; a: of an event of the old layout one too large. */
bool mop_event_length(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    bool v2 = (type_of(m, i)->layout & EVENT_LAYOUT_V2) != 0;
    size_t at = header_at(m, i) + (v2 ? 26 : 22);
    struct scapf_event ev;
    uint32_t len;

    (void)variant;
    if (!parse(m, i, &ev) || ev.n_params == 0 || v2 != (row->a == 0)) {
        return false;
    }
    at += (size_t)(ev.n_params - 1) * ev.len_size;
    mutate_copy(m, i);
    if (out_status(&m->with) < 0) {
        return false;
    }
    len = ev.param_off[ev.n_cached] - ev.param_off[ev.n_cached - 1];
    if (ev.n_cached != ev.n_params || (v2 && len == 0)) {
        return false;
    }
    mutate_set(m, at, ev.len_size, v2 ? len - 1 : len + 1);
    return true;
}

/* Another code: a 0 one of the place-holders, 1 any enter event, number variant. */
bool mop_event_code(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    struct scapf_event ev;
    uint32_t code = 0;

    for (; code < m->schema->n_events; code++) {
        const struct scapf_event_info *info = scapf_schema_event(m->schema, code);
        bool fits =
            info != NULL && (row->a == 0 ? (info->flags & SCAPF_EF_UNUSED) != 0 : (code & 1) == 0);

        if (fits && variant-- == 0) {
            break;
        }
    }
    if (code >= m->schema->n_events || !parse(m, i, &ev) || (row->a == 1 && (ev.code & 1) != 0)) {
        return false;
    }
    mutate_copy(m, i);
    mutate_set(m, header_at(m, i) + 20, 2, code);
    return out_status(&m->with) == SCAPF_OK;
}

/* An event of the variant-th code that has a pointer as parameter: everything in it is zero. */
bool mop_event_pointer(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    static const uint8_t zero[16];
    const struct mutate_rec *r = &m->recs[i];
    const struct scapf_event_info *info = NULL;

    (void)row;
    for (uint32_t code = 0; code < m->schema->n_events && info == NULL; code++) {
        const struct scapf_event_info *e = scapf_schema_event(m->schema, code);
        bool points = false;

        for (uint8_t k = 0; e != NULL && k < e->n_params; k++) {
            points = points || e->params[k].type == SCAPF_PT_CHARBUFARRAY;
        }
        info = points && variant-- == 0 ? e : NULL;
    }
    if (info == NULL || r->type != SCAPF_BLOCK_EV_V2) {
        return false;
    }
    m->at = (size_t)r->off;
    m->old_len = r->len;
    out_bytes(&m->with, raw_of(m, i), 10 + 20);
    out_u16(&m->with, info->code);
    out_u32(&m->with, info->n_params);
    for (int pass = 0; pass < 2; pass++) { /* lengths, then values */
        for (uint8_t k = 0; k < info->n_params; k++) {
            uint8_t type = info->params[k].type;
            uint16_t len = type == SCAPF_PT_CHARBUFARRAY ? 8
                           : is_text(type)               ? 1
                                                         : scapf_param_size(type);

            if (pass == 0) {
                out_u16(&m->with, len);
            } else {
                out_bytes(&m->with, zero, len);
            }
        }
    }
    if (out_status(&m->with) < 0) {
        return false;
    }
    mutate_set(m, 10 + 16, 4, m->with.len - 10);
    return mutate_end(m);
}

/* All events by value ns later. */
bool mop_later(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    size_t first = m->n;
    size_t last = 0;

    (void)variant;
    for (i = 0; i < m->n; i++) {
        if (m->recs[i].kind == SCAPF_KIND_EVENT) {
            first = i < first ? i : first;
            last = i;
        }
    }
    if (first == m->n) {
        return false;
    }
    m->at = (size_t)m->recs[first].off;
    m->old_len = (size_t)(m->recs[last].off - m->at) + m->recs[last].len;
    out_bytes(&m->with, m->in + m->at, m->old_len);
    for (i = first; i <= last && out_status(&m->with) == SCAPF_OK; i++) {
        if (m->recs[i].kind == SCAPF_KIND_EVENT) {
            uint64_t ts = get_u64(raw_of(m, i) + header_at(m, i), m->recs[i].big_endian);

            m->with.big_endian = m->recs[i].big_endian;
            mutate_set(m, (size_t)(m->recs[i].off - m->at) + header_at(m, i), 8, ts + row->value);
        }
    }
    return out_status(&m->with) == SCAPF_OK;
}

/* ------------------------------------------------------------------ tables */

static struct scapf_record as_record(const struct mutate *m, size_t i)
{
    const struct mutate_rec *r = &m->recs[i];

    return (struct scapf_record){.kind = SCAPF_KIND_TABLE,
                                 .type = r->type,
                                 .raw = raw_of(m, i),
                                 .raw_len = r->len,
                                 .body = raw_of(m, i) + FRAME_HEADER_LEN,
                                 .body_len = r->len - FRAME_MIN_LEN,
                                 .big_endian = r->big_endian};
}

/* Where entry number k stands in the body; false when there are not so many. */
static bool find_entry(const struct mutate *m, size_t i, unsigned k, struct scapf_table *t,
                       struct scapf_row *row, size_t *start)
{
    const struct scapf_record rec = as_record(m, i);

    if (scapf_table_open(&rec, m->schema, t) != SCAPF_OK || !t->info->has_entries) {
        return false;
    }
    do {
        *start = t->pos;
        if (scapf_table_next(t, row) != SCAPF_OK) {
            return false;
        }
    } while (k-- > 0);
    return true;
}

static bool has_len(const struct scapf_table *t)
{
    return t->info->entry_len_since != 0 && t->number->version >= t->info->entry_len_since;
}

/* The block with entry [start, t.pos) replaced by what is appended between the two calls. */
static void replace_begin(struct mutate *m, size_t i, size_t start)
{
    m->at = (size_t)m->recs[i].off;
    m->old_len = m->recs[i].len;
    out_bytes(&m->with, raw_of(m, i), FRAME_HEADER_LEN + start);
}

static bool replace_end(struct mutate *m, size_t i, const struct scapf_table *t)
{
    size_t rest = t->len - t->pos;

    out_bytes(&m->with, raw_of(m, i) + FRAME_HEADER_LEN + t->pos, rest < 4 ? 0 : rest);
    return mutate_end(m);
}

/* Which cell, and what becomes of it: a 1 a text of value bytes where readers have a limit, 2 a
 * list without its last byte, 3 a yes/no byte of 2. */
static bool change_cell(struct scapf_cell *cell, const struct mutate_row *row)
{
    static uint8_t text[8192];

    if (row->a == 3 && cell->field->type == SCAPF_FT_BOOL8) {
        cell->u = 2;
        return true;
    }
    if (row->a == 2 && cell->field->is_list && cell->len > 1) {
        cell->len--;
        return true;
    }
    if (row->a == 1 && cell->field->limit != 0 && cell->field->limit < row->value &&
        cell->field->type == SCAPF_FT_STR16 && row->value <= sizeof(text)) {
        cell->bytes = text;
        cell->len = (uint32_t)row->value;
        return true;
    }
    return false;
}

/* A text whose length stands in another cell. */
static bool change_text(struct scapf_row *cells, const struct scapf_table_info *info,
                        const struct mutate_row *row)
{
    static const uint8_t text[8192];

    for (uint32_t k = 0; k < cells->n_cells; k++) {
        struct scapf_cell *cell = &cells->cells[k];

        if (row->a != 1 || cell->field->type != SCAPF_FT_TEXT || cell->field->limit == 0) {
            continue;
        }
        for (uint32_t l = 0; l < cells->n_cells; l++) {
            if (cells->cells[l].field == &info->fields[cell->field->len_field]) {
                cells->cells[l].u = row->value;
                cell->bytes = text;
                cell->len = (uint32_t)row->value;
                return true;
            }
        }
    }
    return false;
}

bool mop_cell(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    struct scapf_table t;
    struct scapf_row cells;
    size_t start;
    bool done = false;

    if (!find_entry(m, i, variant, &t, &cells, &start)) {
        return false;
    }
    done = change_text(&cells, t.info, row);
    for (uint32_t k = 0; k < cells.n_cells && !done; k++) {
        done = change_cell(&cells.cells[k], row);
    }
    if (!done) {
        return false;
    }
    replace_begin(m, i, start);
    return table_put_row(&m->with, t.info, t.number->version, &cells) == SCAPF_OK &&
           replace_end(m, i, &t);
}

/* Entry number variant: a 0 a length that leaves the block (of entries without one, half of the
 * entry goes), 1 twice, 2 its tail one byte shorter, 3 the number value in b bytes behind its
 * length and c. */
bool mop_entry(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    struct scapf_table t;
    struct scapf_row cells;
    size_t start;
    size_t len;
    size_t at;

    if (!find_entry(m, i, variant, &t, &cells, &start)) {
        return false;
    }
    len = t.pos - start;
    at = FRAME_HEADER_LEN + start;
    if (row->a == 0 && !has_len(&t)) {
        replace_begin(m, i, start + len / 2);
        t.pos = t.len;
        return replace_end(m, i, &t);
    }
    if (row->a == 1) {
        replace_begin(m, i, start + len);
        out_bytes(&m->with, raw_of(m, i) + at, len);
        return replace_end(m, i, &t);
    }
    if (row->a == 2) {
        replace_begin(m, i, start + len - 1);
        if (out_status(&m->with) < 0 || !has_len(&t) || len < 8) {
            return false;
        }
        mutate_set(m, at, 4, get_u32(raw_of(m, i) + at, t.big_endian) - 1);
        return replace_end(m, i, &t);
    }
    mutate_copy(m, i);
    if (out_status(&m->with) < 0) {
        return false;
    }
    if (row->a == 0) {
        mutate_set(m, at, 4, 0x00FFFFFF);
    } else {
        mutate_set(m, at + (has_len(&t) ? 4 : 0) + (row->value >> 32), row->b, row->value);
    }
    return true;
}

/* Left out: this block, or (a) all tables up to the first event. */
bool mop_delete(struct mutate *m, size_t i, const struct mutate_row *row, unsigned variant)
{
    size_t end = i;

    (void)variant;
    while (row->a != 0 && end + 1 < m->n && m->recs[end + 1].kind == SCAPF_KIND_TABLE) {
        end++;
    }
    m->at = (size_t)m->recs[i].off;
    m->old_len = (size_t)(m->recs[end].off - m->at) + m->recs[end].len;
    return true;
}
