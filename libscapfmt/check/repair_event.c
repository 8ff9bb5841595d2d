/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repair_event.c - events that break a rule. Four numbers say the same: the length of the event,
 * the number of parameters, their lengths, and the place where the block ends. Where one of them
 * disagrees, the others tell what it was. [scap 9]
 *
 * What mergecap 4.0 and 4.4 do to new events (the old block number, no number of parameters) is
 * undone. [MIX-07]
 */
#include "check/repair.h"

#include "block/frame.h"
#include "block/types.h"
#include "bytes/cur.h"
#include "event/event.h"

#define FLAGS EVENT_LAYOUT_FLAGS
#define V2    EVENT_LAYOUT_V2
#define LARGE EVENT_LAYOUT_LARGE

/* What an event is made of, as far as it is believed. */
struct parts {
    const struct scapf_event_info *info;
    const uint8_t *head; /* cpu, flags, time, thread */
    size_t head_len;
    uint32_t len; /* as in the file */
    uint16_t code;
    uint8_t layout;
    bool big_endian;
    const uint8_t *lengths; /* and what follows up to the end of the block */
    size_t room;
    uint32_t n; /* parameters */
    unsigned size;
    bool moved; /* lengths points to a copy: what stands behind it is not in the block */
};

static uint32_t block_number(uint8_t layout)
{
    static const uint32_t numbers[] = {
        [0] = SCAPF_BLOCK_EV,
        [FLAGS] = SCAPF_BLOCK_EVF,
        [V2] = SCAPF_BLOCK_EV_V2,
        [V2 | FLAGS] = SCAPF_BLOCK_EVF_V2,
        [V2 | LARGE] = SCAPF_BLOCK_EV_V2_LARGE,
        [V2 | LARGE | FLAGS] = SCAPF_BLOCK_EVF_V2_LARGE,
    };

    return numbers[layout];
}

static uint32_t length_at(const struct parts *e, uint32_t i)
{
    const uint8_t *p = e->lengths + (size_t)i * e->size;

    return e->size == 2 ? get_u16(p, e->big_endian) : get_u32(p, e->big_endian);
}

static bool split(struct repair *r, const struct piece *p, struct parts *e)
{
    const struct block_type *type = block_type_find(p->type);
    struct cur c = cur_make(p->raw + FRAME_HEADER_LEN, p->len - FRAME_MIN_LEN, 0, p->big_endian);

    *e = (struct parts){.layout = type->layout, .big_endian = p->big_endian, .head = c.p};
    e->head_len = (type->layout & FLAGS) != 0 ? 22 : 18;
    (void)cur_take(&c, e->head_len);
    e->len = cur_u32(&c);
    e->code = cur_u16(&c);
    e->n = (type->layout & V2) != 0 ? cur_u32(&c) : 0;
    e->lengths = c.p;
    e->room = cur_left(&c);
    e->info = scapf_schema_event(r->schema, e->code);
    e->size = (type->layout & V2) != 0 && e->info != NULL &&
                      (e->info->flags & SCAPF_EF_LARGE_PAYLOAD) != 0
                  ? 4
                  : 2;
    return cur_ok(&c);
}

/* Bytes of n lengths and their parameters; more than room when they do not fit. */
static uint64_t payload_of(const struct parts *e, uint32_t n)
{
    uint64_t sum = (uint64_t)n * e->size;

    if (sum > e->room) {
        return UINT64_MAX;
    }
    for (uint32_t i = 0; i < n; i++) {
        sum += length_at(e, i);
    }
    return sum;
}

/* The number of parameters that makes exactly this payload. */
static bool count_for(struct parts *e, uint64_t payload)
{
    uint64_t sum = 0;
    uint32_t n = 0;

    while (sum < payload && (uint64_t)(n + 1) * e->size <= e->room) {
        sum += e->size + (uint64_t)length_at(e, n);
        n++;
    }
    if (sum != payload || payload > e->room) {
        return false;
    }
    e->n = n;
    return true;
}

/* The event again, from its parts, as what the layout says; options are taken over. */
static bool put(struct repair *r, const struct piece *p, const struct parts *e, struct out *o)
{
    uint64_t payload = payload_of(e, e->n);
    size_t start = repair_begin(o, block_number(e->layout), p->big_endian);
    bool v2 = (e->layout & V2) != 0;
    struct option_list list = {.table = p->type, .big_endian = p->big_endian};

    if (payload > e->room) {
        return false;
    }
    out_bytes(o, e->head, e->head_len);
    out_u32(o, (uint32_t)((v2 ? EVENT_HEADER_V2_LEN : EVENT_HEADER_V1_LEN) + payload));
    out_u16(o, e->code);
    if (v2) {
        out_u32(o, e->n);
    }
    out_bytes(o, e->lengths, (size_t)payload);
    out_pad4(o, start);
    if (!e->moved) { /* options stand behind the padding of the old place */
        list.off = ((size_t)(e->lengths - p->raw) + payload + 3) & ~UINT64_C(3);
        if (list.off + 8 <= p->len) {
            list.bytes = p->raw + list.off;
            list.len = p->len - 4 - (size_t)list.off;
            repair_put_options(r, o, &list, 0);
        }
    }
    return repair_end(o, start);
}

/* ------------------------------------------------------------------ lengths */

/* Behind the payload only padding, or something like options. */
static bool ends_well(const struct parts *e, uint64_t payload)
{
    return payload <= e->room && e->room - payload < 4;
}

/* [MIX-07] An event of the new layout in a block of the old one. */
static bool retype(struct parts *e)
{
    struct parts with = *e; /* the number of parameters is there */
    bool large = e->info != NULL && (e->info->flags & SCAPF_EF_LARGE_PAYLOAD) != 0;

    if (e->len < EVENT_HEADER_V2_LEN) {
        return false;
    }
    with.size = large ? 4 : 2;
    if (e->room >= 4) {
        with.n = get_u32(e->lengths, e->big_endian);
        with.lengths += 4;
        with.room -= 4;
    }
    if (e->room >= 4 && with.n <= SCAPF_EVENT_PARAMS &&
        payload_of(&with, with.n) == e->len - EVENT_HEADER_V2_LEN &&
        e->len - EVENT_HEADER_V2_LEN <= with.room) {
        *e = with;
    } else {
        e->size = with.size;
        if (!count_for(e, e->len - EVENT_HEADER_V2_LEN)) {
            return false;
        }
    }
    e->layout |= (uint8_t)(V2 | (large ? LARGE : 0));
    return true;
}

/* The number of parameters may be wrong, the length right. */
static bool fit_count(struct parts *e)
{
    uint32_t header = (e->layout & V2) != 0 ? EVENT_HEADER_V2_LEN : EVENT_HEADER_V1_LEN;

    return e->len >= header && count_for(e, e->len - header) &&
           (e->info == NULL || e->n <= e->info->n_params);
}

/* The length may be wrong, the number right; or of an old event both follow from the block's end.
 */
static bool fit_length(struct parts *e)
{
    if ((e->layout & V2) != 0) {
        return e->n <= SCAPF_EVENT_PARAMS && ends_well(e, payload_of(e, e->n));
    }
    for (uint64_t pad = 0; pad < 4 && pad <= e->room; pad++) {
        if (count_for(e, e->room - pad) && (e->info == NULL || e->n <= e->info->n_params)) {
            return true;
        }
    }
    return false;
}

/* One length of a parameter may be wrong: the one that, set to what the others leave, is right for
 * its type. The corrected lengths are written into fixed. */
static bool fit_one(struct parts *e, struct out *fixed)
{
    uint32_t header = (e->layout & V2) != 0 ? EVENT_HEADER_V2_LEN : EVENT_HEADER_V1_LEN;
    uint64_t payload = e->len >= header ? e->len - header : 0;
    uint64_t sum = payload_of(e, e->n);

    if (e->info == NULL || e->n == 0 || e->n > e->info->n_params || payload > e->room ||
        sum == UINT64_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < e->n; i++) {
        uint64_t others = sum - length_at(e, i);
        uint32_t size = scapf_param_size(e->info->params[i].type);
        uint64_t len = payload - others;

        if (others > payload || (size != 0 && len != size) || length_at(e, i) == size) {
            continue;
        }
        if (len > (e->size == 2 ? UINT16_MAX : UINT32_MAX)) {
            continue;
        }
        out_bytes(fixed, e->lengths, (size_t)payload);
        if (out_status(fixed) < 0) {
            return false;
        }
        fixed->big_endian = e->big_endian;
        if (e->size == 2) {
            out_fill_u16(fixed, (struct out_mark){(size_t)i * 2}, (uint16_t)len);
        } else {
            out_fill_u32(fixed, (struct out_mark){(size_t)i * 4}, (uint32_t)len);
        }
        return true;
    }
    return false;
}

static bool fit(struct repair *r, const struct piece *p, struct parts *e, struct out *o)
{
    struct out fixed;
    bool done;

    repair_did(r, SCAPF_MEND_EVENT_LENGTH);
    if (fit_length(e) || fit_count(e)) {
        return put(r, p, e, o);
    }
    out_init(&fixed, r->alloc, e->big_endian);
    done = fit_one(e, &fixed);
    if (done) {
        e->lengths = fixed.bytes;
        e->room = fixed.len;
        e->moved = true;
        done = put(r, p, e, o); /* its options, if any, go: where they start is not known */
    }
    out_release(&fixed);
    return done;
}

/* ------------------------------------------------------------------ parameters */

static bool is_text(uint8_t type)
{
    return type == SCAPF_PT_CHARBUF || type == SCAPF_PT_FSPATH || type == SCAPF_PT_FSRELPATH;
}

/* What of the parameter is kept: all, its first string, or nothing; *nul: a NUL is to be added. */
static uint32_t keep(const struct scapf_event *ev, uint32_t i, const uint8_t *p, uint32_t len,
                     bool *nul)
{
    struct scapf_value value;
    uint32_t size;

    *nul = false;
    if (ev->info == NULL || i >= ev->info->n_params || len == 0) {
        return len;
    }
    size = scapf_param_size(ev->info->params[i].type);
    if (size != 0) {
        return len == size ? len : 0;
    }
    if (is_text(ev->info->params[i].type)) {
        const uint8_t *end = memchr(p, 0, len);

        *nul = end == NULL;
        return end != NULL ? (uint32_t)(end - p) + 1 : len;
    }
    return scapf_event_value(ev, i, &value, NULL) == SCAPF_E_FORMAT ? 0 : len;
}

/* One parameter as it may stay, and its length. False when it cannot be read. */
static bool put_param(const struct scapf_event *ev, uint32_t i, unsigned size, struct out *lengths,
                      struct out *params)
{
    const uint8_t *bytes;
    uint32_t len;
    uint32_t n;
    bool nul;

    if (scapf_event_param(ev, i, &bytes, &len) != SCAPF_OK) {
        return false;
    }
    n = keep(ev, i, bytes, len, &nul);
    if (nul && size == 2 && n == UINT16_MAX) {
        n--;
    }
    out_bytes(params, bytes, n);
    if (nul) {
        out_u8(params, 0);
        n++;
    }
    if (size == 2) {
        out_u16(lengths, (uint16_t)n);
    } else {
        out_u32(lengths, n);
    }
    return true;
}

static bool mend_params(struct repair *r, const struct piece *p, struct parts *e, struct out *o)
{
    struct scapf_event ev;
    struct out lengths;
    struct out params;
    bool done;

    if (event_parse(r->schema, e->layout, p->raw + FRAME_HEADER_LEN, p->len - FRAME_MIN_LEN, 0,
                    p->big_endian, &ev, NULL) != SCAPF_OK ||
        !ev.has_params) {
        return false;
    }
    out_init(&lengths, r->alloc, p->big_endian);
    out_init(&params, r->alloc, p->big_endian);
    for (uint32_t i = 0; i < ev.n_params && put_param(&ev, i, e->size, &lengths, &params); i++) {
    }
    out_bytes(&lengths, params.bytes, params.len);
    e->n = ev.n_params;
    e->lengths = lengths.bytes;
    e->room = lengths.len;
    e->moved = true;
    done = out_status(&lengths) == SCAPF_OK && out_status(&params) == SCAPF_OK && e->n > 0;
    if (done) {
        repair_did(r, SCAPF_MEND_PARAMETER);
        done = put(r, p, e, o);
        if (done && ev.options_len > 0) {
            const struct option_list list = {.table = p->type,
                                             .bytes = ev.options,
                                             .len = ev.options_len,
                                             .off = (uint64_t)(ev.options - p->raw),
                                             .big_endian = p->big_endian};

            o->len -= 4; /* the trailer comes behind them */
            repair_put_options(r, o, &list, 0);
            done = repair_end(o, 0);
        }
    }
    out_release(&lengths);
    out_release(&params);
    return done;
}

/* Padding and options only. */
static bool rewrite(struct repair *r, const struct piece *p, struct parts *e, struct out *o)
{
    uint32_t header = (e->layout & V2) != 0 ? EVENT_HEADER_V2_LEN : EVENT_HEADER_V1_LEN;

    repair_did(r, SCAPF_MEND_PADDING);
    if ((e->layout & V2) == 0 && !count_for(e, e->len - header)) {
        return false;
    }
    return put(r, p, e, o);
}

static bool undo_mergecap(struct repair *r, const struct piece *p, struct parts *e, struct out *o)
{
    repair_did(r, SCAPF_MEND_EVENT_TYPE);
    return retype(e) && put(r, p, e, o);
}

/* An event whose length leaves its block may be one that mergecap retyped, with 4-byte lengths. */
static bool mend_length(struct repair *r, const struct piece *p, struct parts *e, struct out *o)
{
    if ((e->layout & V2) == 0 && retype(e)) {
        repair_did(r, SCAPF_MEND_EVENT_TYPE);
        return put(r, p, e, o);
    }
    return fit(r, p, e, o);
}

static bool match_width(struct repair *r, const struct piece *p, struct parts *e, struct out *o)
{
    e->layout = (uint8_t)((e->layout & ~LARGE) | (e->size == 4 ? LARGE : 0));
    repair_did(r, SCAPF_MEND_EVENT_TYPE);
    return put(r, p, e, o);
}

static const struct {
    enum rule rule;
    bool (*mend)(struct repair *r, const struct piece *p, struct parts *e, struct out *o);
} by_rule[] = {
    {RULE_MIX_V2_IN_V1, undo_mergecap},
    {RULE_EVENT_LEN, mend_length},
    {RULE_EVENT_V1_LENGTHS, mend_length},
    {RULE_EVENT_LENGTHS, fit},
    {RULE_EVENT_SUM, fit},
    {RULE_EVENT_LARGE_MISMATCH, match_width},
    {RULE_PARAM_SIZE, mend_params},
    {RULE_PARAM_STRING_END, mend_params},
    {RULE_PARAM_MALFORMED, mend_params},
};

bool repair_event(struct repair *r, const struct piece *p, const struct scapf_diag *error,
                  struct out *o)
{
    struct parts e;

    if (!split(r, p, &e)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(by_rule) / sizeof(by_rule[0]); i++) {
        if (by_rule[i].rule == (enum rule)error->rule) {
            return by_rule[i].mend(r, p, &e, o);
        }
    }
    return rewrite(r, p, &e, o);
}
