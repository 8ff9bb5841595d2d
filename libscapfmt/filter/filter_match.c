/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_match.c - one record through a filter: operators on values, and the walk along the jumps.
 *
 * A field that a record does not have makes every comparison with it false, != too, as in sysdig.
 */
#include "filter/filter.h"

#include "bytes/addr.h"
#include "event/event.h"
#include "state/host.h"
#include "stream/reader.h"

/* ------------------------------------------------------------------ values */

bool value_unsigned(struct filter_value *v, uint64_t number)
{
    v->kind = VALUE_NUMBER;
    v->negative = false;
    v->u = number;
    return true;
}

bool value_number(struct filter_value *v, int64_t number)
{
    v->kind = VALUE_NUMBER;
    v->negative = number < 0;
    v->u = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    return true;
}

bool value_bool(struct filter_value *v, bool holds)
{
    v->kind = VALUE_BOOL;
    v->negative = false;
    v->u = holds;
    return true;
}

bool value_bytes(struct filter_value *v, const void *p, size_t len)
{
    v->kind = VALUE_TEXT;
    v->p = p;
    v->len = len;
    return p != NULL;
}

bool value_str(struct filter_value *v, const char *text)
{
    return value_bytes(v, text, text != NULL ? strlen(text) : 0);
}

bool value_addr(struct filter_value *v, const uint8_t *addr, size_t len)
{
    v->kind = VALUE_ADDR;
    v->p = addr;
    v->len = len;
    return addr != NULL && (len == 4 || len == 16);
}

bool value_scratch(struct eval *e, struct filter_value *v, size_t start)
{
    const struct out *o = &e->f->scratch;

    return out_status(o) == SCAPF_OK &&
           value_bytes(v, o->bytes != NULL ? (const void *)(o->bytes + start) : "", o->len - start);
}

/* ------------------------------------------------------------------ operators on text */

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static bool has_text(const struct filter_value *v, const struct filter_const *k)
{
    return memmem(v->p, v->len, k->text, k->len) != NULL;
}

static bool has_text_any_case(const struct filter_value *v, const struct filter_const *k)
{
    for (size_t at = 0; v->len >= k->len && at <= v->len - k->len; at++) {
        size_t i = 0;

        while (i < k->len && lower(v->p[at + i]) == lower((uint8_t)k->text[i])) {
            i++;
        }
        if (i == k->len) {
            return true;
        }
    }
    return false;
}

static bool starts_with(const struct filter_value *v, const struct filter_const *k)
{
    return v->len >= k->len && memcmp(v->p, k->text, k->len) == 0;
}

static bool ends_with(const struct filter_value *v, const struct filter_const *k)
{
    return v->len >= k->len && memcmp(v->p + v->len - k->len, k->text, k->len) == 0;
}

/* The path is k, or lies below it. */
static bool below_path(const struct filter_value *v, const struct filter_const *k)
{
    size_t n = k->len;

    while (n > 0 && k->text[n - 1] == '/') {
        n--;
    }
    return v->len >= n && memcmp(v->p, k->text, n) == 0 && (v->len == n || v->p[n] == '/');
}

static int order_text(const struct filter_value *v, const struct filter_const *k)
{
    size_t n = v->len < k->len ? v->len : k->len;
    int order = n > 0 ? memcmp(v->p, k->text, n) : 0;

    return order != 0 ? order : (v->len > k->len) - (v->len < k->len);
}

/* "[a-c]", "[!x]" at p: does it take c? *end is set behind it; a bracket that is not closed stands
 * for itself. */
static bool glob_class(const char *p, const char *stop, uint8_t c, const char **end)
{
    const char *at = p + 1;
    bool negated = at < stop && (*at == '!' || *at == '^');
    const char *first = at + negated;
    bool found = false;

    for (at = first; at < stop && (*at != ']' || at == first); at++) {
        uint8_t lo = (uint8_t)*at;
        uint8_t hi = lo;

        if (at + 2 < stop && at[1] == '-' && at[2] != ']') {
            hi = (uint8_t)at[2];
            at += 2;
        }
        found = found || (c >= lo && c <= hi);
    }
    if (at >= stop) {
        *end = p + 1;
        return c == '[';
    }
    *end = at + 1;
    return found != negated;
}

/* One position of a pattern takes one byte. */
static bool glob_one(const char *p, const char *stop, uint8_t c, const char **end)
{
    *end = p + 1;
    if (*p == '?') {
        return true;
    }
    if (*p == '[') {
        return glob_class(p, stop, c, end);
    }
    if (*p == '\\' && p + 1 < stop) {
        *end = p + 2;
        return (uint8_t)p[1] == c;
    }
    return (uint8_t)*p == c;
}

/* As fnmatch(3) without flags. Only the last star is ever tried again: time is at most the product
 * of the lengths. */
static bool glob(const struct filter_value *v, const struct filter_const *k)
{
    const char *p = k->text;
    const char *stop = p + k->len;
    const char *star = NULL;
    size_t star_at = 0;
    size_t i = 0;

    while (i < v->len) {
        const char *end = p;

        if (p < stop && *p == '*') {
            star = ++p;
            star_at = i;
        } else if (p < stop && glob_one(p, stop, v->p[i], &end)) {
            p = end;
            i++;
        } else if (star != NULL) {
            p = star;
            i = ++star_at;
        } else {
            return false;
        }
    }
    while (p < stop && *p == '*') {
        p++;
    }
    return p == stop;
}

/* Which outcomes of an ordering an operator takes: below, equal, above. */
static bool takes(enum filter_op op, int order)
{
    static const struct {
        bool below, equal, above;
    } rows[OP_COUNT] = {
        [OP_EQ] = {false, true, false},         [OP_IN] = {false, true, false},
        [OP_INTERSECTS] = {false, true, false}, [OP_NE] = {true, false, true},
        [OP_LT] = {true, false, false},         [OP_LE] = {true, true, false},
        [OP_GT] = {false, false, true},         [OP_GE] = {false, true, true},
    };

    return order < 0 ? rows[op].below : order > 0 ? rows[op].above : rows[op].equal;
}

static bool compare_text(enum filter_op op, const struct filter_value *v,
                         const struct filter_const *k)
{
    static bool (*const tests[OP_COUNT])(const struct filter_value *,
                                         const struct filter_const *) = {
        [OP_CONTAINS] = has_text,
        [OP_ICONTAINS] = has_text_any_case,
        [OP_BCONTAINS] = has_text,
        [OP_STARTSWITH] = starts_with,
        [OP_BSTARTSWITH] = starts_with,
        [OP_ENDSWITH] = ends_with,
        [OP_GLOB] = glob,
        [OP_PMATCH] = below_path,
    };

    return tests[op] != NULL ? tests[op](v, k) : takes(op, order_text(v, k));
}

/* ------------------------------------------------------------------ numbers, addresses */

static int order_number(const struct filter_value *v, const struct filter_const *k)
{
    int order = (v->u > k->u) - (v->u < k->u);

    if (v->negative != k->negative) {
        return v->negative ? -1 : 1;
    }
    return v->negative ? -order : order;
}

/* The first bits of both are the same; an IPv4 address in IPv6 clothes is an IPv4 address. */
static bool in_network(const struct filter_value *v, const struct filter_const *k)
{
    const uint8_t *p = v->p;
    size_t len = v->len;
    uint32_t whole = k->prefix / 8;
    uint8_t mask = (uint8_t)(0xFF00 >> k->prefix % 8);

    if (len == 16 && k->addr_len == 4 && addr_is_mapped(p)) {
        p += 12;
        len = 4;
    }
    return len == k->addr_len && memcmp(p, k->addr, whole) == 0 &&
           (mask == 0 || whole == len || ((p[whole] ^ k->addr[whole]) & mask) == 0);
}

static bool compare(const struct filter_check *c, const struct filter_value *v,
                    const struct filter_const *k)
{
    switch (v->kind) {
    case VALUE_TEXT:
        return compare_text(c->op, v, k);
    case VALUE_ADDR:
        return in_network(v, k) != (c->op == OP_NE);
    case VALUE_NUMBER:
    case VALUE_BOOL:
        return k->has_number && takes(c->op, order_number(v, k));
    }
    return false;
}

/* ------------------------------------------------------------------ a check, a record */

static bool holds_for(const struct scapf_filter *f, const struct filter_check *c,
                      const struct filter_value *v)
{
    if (c->op == OP_EXISTS) {
        return true;
    }
    for (uint32_t i = 0; i < c->n_consts; i++) {
        if (compare(c, v, &f->consts[c->first_const + i])) {
            return true;
        }
    }
    return false;
}

bool eval_applies(const struct eval *e, const struct field *field)
{
    return (field->flags & FIELD_BOTH) != 0 ||
           ((field->flags & FIELD_PACKET) != 0 ? e->packet != NULL : e->ev != NULL);
}

static bool look(struct eval *e, const struct filter_check *c)
{
    bool many = (c->field->flags & FIELD_MULTI) != 0 && !c->has_index;
    bool all = many && c->op == OP_NE && (c->field->flags & FIELD_NE_ALL) != 0;
    bool any = false;
    struct filter_value v = {.kind = VALUE_NUMBER};

    if (!eval_applies(e, c->field)) {
        return false;
    }
    e->no_memory = e->no_memory || out_status(&e->f->scratch) == SCAPF_E_NOMEM;
    out_clear(&e->f->scratch);
    if (!many) {
        return c->field->get(e, c, 0, &v) && holds_for(e->f, c, &v);
    }
    for (uint32_t k = 0; c->field->get(e, c, k, &v); k++) {
        bool holds = holds_for(e->f, c, &v);

        if (holds != all) {
            return holds;
        }
        any = true;
    }
    return any && all;
}

/* Where the check keeps what it says of events like this one; NULL when it has to look each time.
 * Verdicts are about one event of a schema: another one of the same code has none yet. */
static uint8_t *verdict_of(const struct eval *e, const struct filter_check *c)
{
    uint16_t code = e->ev != NULL ? e->ev->code : 0;
    struct scapf_filter *f = e->f;

    if (c->by_code == NULL || code >= FILTER_CODES || event_is_named_inside(code)) {
        return NULL;
    }
    if (f->told[code] != e->ev->info) {
        f->told[code] = e->ev->info;
        f->rejected[code] = false;
        for (uint32_t i = 0; i < f->n_checks; i++) {
            if (f->checks[i].by_code != NULL) {
                f->checks[i].by_code[code] = CODE_NOT_ASKED;
            }
        }
    }
    return &c->by_code[code];
}

static bool check_holds(struct eval *e, const struct filter_check *c)
{
    uint8_t *verdict = verdict_of(e, c);

    if (verdict == NULL) {
        e->by_code = false;
        return look(e, c);
    }
    if (*verdict == CODE_NOT_ASKED) {
        *verdict = look(e, c) ? CODE_HOLDS : CODE_FAILS;
    }
    return *verdict == CODE_HOLDS;
}

/* Events that are made up when a capture starts have no time, which is stored as 0. Those that tell
 * of containers have that of the telling: [libsinsp sinsp.cpp] nothing begins with them. */
static void note_time(struct scapf_filter *f, uint16_t code, uint64_t ts_ns)
{
    if (ts_ns == 0) {
        return;
    }
    f->last_ts = f->this_ts;
    f->this_ts = ts_ns;
    if (!f->has_first && !event_is_container_json(code)) {
        f->has_first = true;
        f->first_ts = f->last_ts = ts_ns;
    }
}

/* Counting comes first: numbers are those of the file, whatever is kept of it. */
static void count(struct scapf_filter *f, const struct scapf_record *rec)
{
    if (rec->event != NULL) {
        f->events += rec->event->info != NULL;
        arch_vote(&f->votes, f->schema, rec->event);
    }
    f->frames += rec->kind == SCAPF_KIND_PACKET;
    if (rec->has_ts && (rec->event != NULL || rec->packet != NULL)) {
        note_time(f, rec->event != NULL ? rec->event->code : 0, rec->ts_ns);
    }
}

void scapf_filter_restart(struct scapf_filter *f)
{
    f->events = f->frames = 0;
    f->has_first = false;
    f->first_ts = f->last_ts = f->this_ts = 0;
    f->votes = (struct scapf_arch_votes){.leader = NULL};
}

/* The parts that are looked up when asked for are large and stay as they are until then. */
void eval_begin(struct eval *e, struct scapf_filter *f, const struct scapf_reader *reader,
                const struct scapf_record *rec, struct scapf_host *host)
{
    bool readable = rec->damage == NULL;

    count(f, rec);
    if (f->uses_usage && host != NULL) {
        host_follow_usage(host);
    }
    e->f = f;
    e->reader = reader;
    e->rec = rec;
    e->host = host;
    e->ev = readable && rec->event != NULL && rec->event->info != NULL ? rec->event : NULL;
    e->packet = readable ? rec->packet : NULL;
    e->view = host != NULL && e->ev != NULL ? scapf_host_event(host) : NULL;
    e->by_code = true;
    e->thread_asked = e->fd_asked = e->heads_asked = e->ancestors_asked = false;
    e->no_memory = false;
    e->has_thread = e->has_fd = e->has_heads = false;
}

enum scapf_status scapf_filter_match(struct scapf_filter *f, const struct scapf_reader *reader,
                                     const struct scapf_record *rec, struct scapf_host *host,
                                     bool *match)
{
    struct eval e;
    uint32_t at = f->n_checks > 0 ? 0 : FILTER_ACCEPT;

    *match = f->last_rejected = false;
    eval_begin(&e, f, reader, rec, host);
    if (e.ev == NULL && e.packet == NULL) {
        return SCAPF_OK;
    }
    while (at < f->n_checks) {
        at = f->checks[at].next[check_holds(&e, &f->checks[at])];
    }
    *match = at == FILTER_ACCEPT;
    f->matches += *match;
    if (!*match && e.by_code) {
        f->rejected[e.ev->code] = f->last_rejected = true;
    }
    return e.no_memory || out_status(&f->scratch) == SCAPF_E_NOMEM ? SCAPF_E_NOMEM : SCAPF_OK;
}

bool scapf_filter_rejects(const struct scapf_filter *f, const struct scapf_schema *schema,
                          uint16_t code)
{
    return code < FILTER_CODES && code < schema->n_events && f->rejected[code] &&
           f->told[code] == schema->events[code];
}

void scapf_filter_skipped(struct scapf_filter *f, uint16_t code, uint64_t ts_ns)
{
    f->events++;
    note_time(f, code, ts_ns);
}

struct passing {
    struct scapf_filter *f;
    const struct scapf_schema *schema;
    bool big_endian;
};

static bool pass_rejected(void *ctx, const struct frame *frame, uint8_t layout)
{
    struct passing *p = ctx;
    const uint8_t *header = event_header(frame->raw + FRAME_HEADER_LEN, layout);
    uint16_t code = get_u16(header + EVENT_CODE_AT, p->big_endian);
    bool rejects = scapf_filter_rejects(p->f, p->schema, code);

    if (rejects) {
        scapf_filter_skipped(p->f, code, get_u64(header, p->big_endian));
    }
    return rejects;
}

void scapf_filter_ahead(struct scapf_filter *f, struct scapf_reader *reader)
{
    struct passing passing = {.f = f, .schema = scapf_reader_schema(reader)};
    const struct reader_want want = {.kind = SCAPF_KIND_EVENT,
                                     .last_ns = UINT64_MAX,
                                     .max = UINT64_MAX,
                                     .takes = pass_rejected,
                                     .ctx = &passing};
    struct reader_run run;

    if (f->last_rejected && !f->uses_host) {
        passing.big_endian = scapf_reader_section(reader)->big_endian;
        reader_run(reader, &want, &run);
    }
}

/* ------------------------------------------------------------------ what checks look at */

const struct scapf_thread *eval_thread(struct eval *e)
{
    if (!e->thread_asked) {
        e->thread_asked = true;
        e->has_thread =
            e->host != NULL && e->ev != NULL && scapf_host_thread(e->host, e->ev->tid, &e->thread);
    }
    return e->has_thread ? &e->thread : NULL;
}

const struct scapf_fd *eval_fd(struct eval *e)
{
    if (!e->fd_asked) {
        e->fd_asked = true;
        e->has_fd = e->view != NULL && e->view->fd >= 0 &&
                    scapf_host_fd(e->host, e->view->tid, e->view->fd, &e->fd);
    }
    return e->has_fd ? &e->fd : NULL;
}

const struct packet_heads *eval_heads(struct eval *e)
{
    if (!e->heads_asked && e->packet != NULL) {
        e->heads_asked = true;
        heads_read(e->packet, &e->heads);
        e->has_heads = true;
    }
    return e->has_heads ? &e->heads : NULL;
}
