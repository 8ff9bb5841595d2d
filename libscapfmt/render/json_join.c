/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_join.c - one object a system call: its enter event waits for its exit.
 *
 * An enter event is rendered when it comes, with the names of that moment, and put aside. Its exit
 * takes it into its own object; when there will be no exit any more, it becomes an object of its
 * own that says why:
 *
 *   next_call   the thread did something else next: the exit was not recorded
 *   thread_end  the thread ended in it, as in exit_group()
 *   end         the section or the capture ended before it returned
 *   limit       too many calls are open at once: what waits longest has to go
 *
 * So objects stand in the order of the exits. What waits is bounded by the threads that are in a
 * call, and by WAIT_MAX.
 */
#include "render/json_join.h"

#include "base/mem.h"
#include "event/event.h"
#include "render/json.h"
#include "state/map.h"

#include <string.h>

#define WAIT_MAX  ((size_t)32 << 20) /* bytes of enter events that wait */
#define SPARE_MAX ((size_t)4 << 10)  /* a larger buffer is not kept for the next one */
#define SPARES    256u               /* nor are more of them */
#define MAP_MAX   ((size_t)64 << 20)

/* An argument of a waiting enter event; texts are offsets, ended by a NUL, 0 = none. */
struct held_arg {
    const char *name;
    uint32_t at, len; /* its JSON */
    uint32_t null, note_name, fd_type, error;
};

/* An enter event that waits. */
struct held {
    struct held *next, *prev; /* in the order they came */
    int64_t tid;
    struct out text; /* its object, not closed; then the texts of its notes */
    uint32_t len;    /* of the object */
    uint32_t tail;   /* where what stands behind the notes begins */
    struct held_arg *args;
    uint32_t n_args, cap_args;
    const struct scapf_event_info *info;
    uint64_t ordinal, off, ts_ns;
    uint32_t type, flags, n_params;
    uint16_t cpu;
    struct scapf_call call;
    const char *name; /* of the call, in the schema */
    bool kept;        /* the filter let it through */
};

struct waiting {
    struct map_key key; /* tid */
    struct held *held;
};

struct json_join {
    const struct scapf_alloc *alloc;
    struct budget budget;
    struct map map;          /* struct waiting */
    struct held first, last; /* ends of the list */
    struct held *spare;      /* by next */
    uint32_t n_spare;
    size_t bytes;
    uint32_t section;
};

/* ------------------------------------------------------------------ life */

struct json_join *json_join_new(const struct scapf_alloc *alloc)
{
    struct json_join *join = mem_zalloc(alloc, sizeof(*join));

    if (join != NULL) {
        join->alloc = alloc;
        join->budget.alloc = alloc;
        join->budget.max = MAP_MAX;
        map_init(&join->map, &join->budget, sizeof(struct waiting));
        join->first.next = &join->last;
        join->last.prev = &join->first;
    }
    return join;
}

static void free_held(const struct json_join *join, struct held *h)
{
    out_release(&h->text);
    mem_free(join->alloc, h->args);
    mem_free(join->alloc, h);
}

static void free_list(const struct json_join *join, struct held *h, const struct held *end)
{
    while (h != end) {
        struct held *next = h->next;

        free_held(join, h);
        h = next;
    }
}

void json_join_free(struct json_join *join)
{
    if (join != NULL) {
        free_list(join, join->first.next, &join->last);
        free_list(join, join->spare, NULL);
        map_release(&join->map);
        mem_free(join->alloc, join);
    }
}

static size_t size_of(const struct held *h)
{
    return sizeof(*h) + h->text.cap + h->cap_args * sizeof(*h->args);
}

static struct held *take_spare(struct json_join *join)
{
    struct held *h = join->spare;

    if (h != NULL) {
        join->spare = h->next;
        join->n_spare--;
        return h;
    }
    h = mem_zalloc(join->alloc, sizeof(*h));
    if (h != NULL) {
        out_init(&h->text, join->alloc, false);
    }
    return h;
}

static void give_spare(struct json_join *join, struct held *h)
{
    if (join->n_spare == SPARES) {
        free_held(join, h);
        return;
    }
    if (h->text.cap > SPARE_MAX) {
        out_release(&h->text);
    }
    h->next = join->spare;
    join->spare = h;
    join->n_spare++;
}

/* It waits no more, and is gone. */
static void let_go(struct json_join *join, struct held *h)
{
    map_remove(&join->map, h->tid, 0);
    h->next->prev = h->prev;
    h->prev->next = h->next;
    join->bytes -= size_of(h);
    give_spare(join, h);
}

static struct held *find(const struct json_join *join, int64_t tid)
{
    const struct waiting *w = map_find(&join->map, tid, 0);

    return w != NULL ? w->held : NULL;
}

/* ------------------------------------------------------------------ calls without an exit */

static void end_unreturned(struct json *j, const char *because)
{
    json_lit_member(j, "missing", "exit");
    json_lit_key(j, "because");
    json_cstring(j, because);
    json_object_end(j);
    out_char(j->out, '\n');
}

static void give_up(struct scapf_printer *p, struct held *h, const char *because)
{
    struct json j = json_make(&p->out);

    if (h->kept) {
        out_bytes(&p->out, h->text.bytes, h->len);
        j.comma = true;
        end_unreturned(&j, because);
    }
    let_go(p->join, h);
}

enum scapf_status json_join_end(struct scapf_printer *p)
{
    struct json_join *join = p->join;

    while (join->first.next != &join->last) {
        give_up(p, join->first.next, "end");
    }
    return out_status(&p->out);
}

/* ------------------------------------------------------------------ enter events */

/* A text of a note behind the object. */
static uint32_t keep_text(struct held *h, const char *text)
{
    uint32_t at = (uint32_t)h->text.len;

    if (text == NULL) {
        return 0;
    }
    out_bytes(&h->text, text, strlen(text) + 1);
    return at;
}

static bool room_for_args(const struct json_join *join, struct held *h, uint32_t n)
{
    struct held_arg *args;

    if (n > h->cap_args) {
        args = mem_resize_array(join->alloc, h->args, n, sizeof(*args));
        if (args == NULL) {
            return false;
        }
        h->args = args;
        h->cap_args = n;
    }
    return true;
}

/* The object of an enter event, not closed, at the end of the buffer; where things are in h. */
static void render_enter(struct json_record *r, struct held *h, struct json_notes *notes)
{
    const struct scapf_event *ev = r->rec->event;
    struct out *o = &r->p->out;
    size_t start = o->len;

    h->n_args = json_event_n_args(ev);
    r->j = json_make(o);
    json_object(&r->j);
    json_common(r);
    json_lit_key(&r->j, "enter_ts");
    json_u64_string(&r->j, ev->ts_ns);
    json_event_header(r);
    json_lit_key(&r->j, "args");
    json_object(&r->j);
    notes->n = 0;
    for (uint32_t i = 0; i < h->n_args; i++) {
        h->args[i].name = ev->info->params[i].name;
        json_key(&r->j, h->args[i].name);
        h->args[i].at = (uint32_t)(o->len - start);
        json_event_arg(r, i, &notes->note[i]);
        h->args[i].len = (uint32_t)(o->len - start) - h->args[i].at;
    }
    for (uint32_t i = 0; i < h->n_args; i++) { /* an entry moves down, never up */
        const struct json_note note = notes->note[i];

        json_note_add(notes, h->args[i].name, &note);
    }
    json_object_end(&r->j);
    json_notes(&r->j, notes);
    h->tail = (uint32_t)(o->len - start);
    json_event_tail(r);
}

/* The notes by argument; those of arguments without any are not among them. */
static void keep_notes(struct held *h, const struct json_notes *notes)
{
    uint32_t k = 0;

    for (uint32_t i = 0; i < h->n_args; i++) {
        struct held_arg *arg = &h->args[i];

        arg->null = arg->note_name = arg->fd_type = arg->error = 0;
        if (k < notes->n && notes->arg[k] == arg->name) {
            arg->null = keep_text(h, notes->note[k].null);
            arg->note_name = keep_text(h, notes->note[k].name);
            arg->fd_type = keep_text(h, notes->note[k].fd_type);
            arg->error = keep_text(h, notes->note[k].error);
            k++;
        }
    }
}

static void describe(struct held *h, const struct json_record *r, bool kept)
{
    const struct scapf_record *rec = r->rec;
    const struct scapf_event *ev = rec->event;
    size_t len;

    h->tid = ev->tid;
    h->info = ev->info;
    h->ordinal = rec->ordinal;
    h->off = rec->off;
    h->ts_ns = ev->ts_ns;
    h->type = rec->type;
    h->flags = ev->flags;
    h->n_params = ev->n_params;
    h->cpu = ev->cpu;
    h->kept = kept;
    h->call = event_call(ev);
    h->name = scapf_event_name(ev, r->p->schema, r->p->arch, &len);
}

/* Let it wait. False when it cannot: then it is as if its exit were missing. */
static bool put_aside(struct json_join *join, struct held *h)
{
    struct waiting *w;

    if (out_status(&h->text) != SCAPF_OK || size_of(h) > WAIT_MAX) {
        return false;
    }
    w = map_put(&join->map, h->tid, 0);
    if (w == NULL) {
        return false;
    }
    w->held = h;
    h->prev = join->last.prev;
    h->next = &join->last;
    h->prev->next = h->next->prev = h;
    join->bytes += size_of(h);
    return true;
}

static enum scapf_status put_enter(struct json_record *r, bool kept)
{
    struct scapf_printer *p = r->p;
    struct json_join *join = p->join;
    size_t start = p->out.len;
    struct held *h = take_spare(join);
    struct json_notes notes;

    if (h == NULL || !room_for_args(join, h, json_event_n_args(r->rec->event))) {
        if (h != NULL) {
            give_spare(join, h);
        }
        return SCAPF_E_NOMEM;
    }
    render_enter(r, h, &notes);
    describe(h, r, kept);
    if (out_status(&p->out) != SCAPF_OK) {
        give_spare(join, h);
        return out_status(&p->out);
    }
    out_clear(&h->text);
    if (p->out.len - start <= WAIT_MAX) {
        h->len = (uint32_t)(p->out.len - start);
        out_bytes(&h->text, p->out.bytes + start, h->len);
        keep_notes(h, &notes);
        if (put_aside(join, h)) {
            p->out.len = start;
            while (join->bytes > WAIT_MAX) {
                give_up(p, join->first.next, "limit");
            }
            return out_status(&p->out);
        }
    }
    if (kept) {
        end_unreturned(&r->j, "limit");
    } else {
        p->out.len = start;
    }
    give_spare(join, h);
    return out_status(&p->out);
}

/* ------------------------------------------------------------------ exit events */

/* What became of the arguments of the enter event. */
enum fate { OPEN, TAKEN, DIFFERS };

struct merge {
    struct json_record *r;
    const struct held *h; /* NULL: the enter event was not seen */
    struct json_notes notes;
    uint8_t fate[JSON_MAX_NOTES];
    bool any_differs;
};

static const struct held_arg *find_arg(const struct merge *m, const char *name, uint32_t *i)
{
    for (*i = 0; m->h != NULL && *i < m->h->n_args; ++*i) {
        if (strcmp(m->h->args[*i].name, name) == 0) {
            return &m->h->args[*i];
        }
    }
    return NULL;
}

static const char *held_text(const struct held *h, uint32_t at)
{
    return at != 0 ? (const char *)h->text.bytes + at : NULL;
}

static struct json_note note_of(const struct held *h, const struct held_arg *arg)
{
    return (struct json_note){held_text(h, arg->null), held_text(h, arg->note_name),
                              held_text(h, arg->fd_type), held_text(h, arg->error)};
}

static void put_held_arg(struct json *j, const struct held *h, const struct held_arg *arg)
{
    json_key(j, arg->name);
    json_raw(j, (const char *)h->text.bytes + arg->at, arg->len);
}

/* An argument of the exit. What it leaves empty the enter event may tell. */
static void put_exit_arg(struct merge *m, uint32_t i)
{
    struct json *j = &m->r->j;
    const char *name = m->r->rec->event->info->params[i].name;
    uint32_t at;
    const struct held_arg *arg = find_arg(m, name, &at);
    struct json_note note;
    size_t start;

    json_key(j, name);
    start = j->out->len;
    json_event_arg(m->r, i, &note);
    if (arg != NULL && out_status(j->out) == SCAPF_OK) {
        size_t len = j->out->len - start;

        m->fate[at] = TAKEN;
        if (note.null != NULL && arg->null == 0) {
            j->out->len = start;
            j->comma = false;
            json_raw(j, (const char *)m->h->text.bytes + arg->at, arg->len);
            note = note_of(m->h, arg);
        } else if (arg->null == 0 &&
                   (len != arg->len ||
                    memcmp(j->out->bytes + start, m->h->text.bytes + arg->at, len) != 0)) {
            m->fate[at] = DIFFERS;
            m->any_differs = true;
        }
    }
    json_note_add(&m->notes, name, &note);
}

static void put_args(struct merge *m)
{
    struct json *j = &m->r->j;
    uint32_t n = json_event_n_args(m->r->rec->event);
    uint32_t n_held = m->h != NULL ? m->h->n_args : 0;

    memset(m->fate, OPEN, sizeof(m->fate));
    json_lit_key(j, "args");
    json_object(j);
    for (uint32_t i = 0; i < n; i++) {
        put_exit_arg(m, i);
    }
    for (uint32_t i = 0; i < n_held; i++) {
        const struct held_arg *arg = &m->h->args[i];
        const struct json_note note = note_of(m->h, arg);

        if (m->fate[i] == OPEN) {
            put_held_arg(j, m->h, arg);
            json_note_add(&m->notes, arg->name, &note);
        }
    }
    json_object_end(j);
    if (m->any_differs) {
        json_lit_key(j, "enter_args");
        json_object(j);
        for (uint32_t i = 0; i < n_held; i++) {
            if (m->fate[i] == DIFFERS) {
                put_held_arg(j, m->h, &m->h->args[i]);
            }
        }
        json_object_end(j);
    }
}

/* Where the enter event stands, and what of it has no place in the call. */
static void put_enter_member(struct json *j, const struct held *h)
{
    json_lit_key(j, "enter");
    json_object(j);
    json_lit_key(j, "ordinal");
    json_u64(j, h->ordinal);
    json_lit_key(j, "offset");
    json_u64(j, h->off);
    json_lit_key(j, "type");
    json_block_type(j, h->type);
    json_lit_key(j, "cpu");
    json_u64(j, h->cpu);
    json_lit_key(j, "code");
    json_u64(j, h->call.code);
    json_lit_key(j, "symbol");
    json_cstring(j, h->info->symbol);
    if (json_has_flags(h->type)) {
        json_lit_key(j, "flags");
        json_u64(j, h->flags);
    }
    json_lit_key(j, "n_params");
    json_u64(j, h->n_params);
    out_bytes(j->out, h->text.bytes + h->tail, h->len - h->tail);
    json_object_end(j);
}

static void put_exit(struct json_record *r, const struct held *h)
{
    const struct scapf_event *ev = r->rec->event;
    struct merge m = {.r = r, .h = h};
    struct json *j = &r->j;

    /* The exits of older captures do not say which of the generic calls they end. */
    r->name = h != NULL && ev->code == 1 && event_call(ev).sc == 0 ? h->name : NULL;
    *j = json_make(&r->p->out);
    json_object(j);
    json_common(r);
    if (h != NULL) {
        json_lit_key(j, "enter_ts");
        json_u64_string(j, h->ts_ns);
    }
    json_lit_key(j, "exit_ts");
    json_u64_string(j, ev->ts_ns);
    if (h != NULL) {
        json_lit_key(j, "latency");
        json_u64(j, ev->ts_ns > h->ts_ns ? ev->ts_ns - h->ts_ns : 0);
    }
    json_event_header(r);
    put_args(&m);
    json_notes(j, &m.notes);
    json_event_tail(r);
    if (h != NULL) {
        put_enter_member(j, h);
    } else {
        json_lit_member(j, "missing", "enter");
    }
    json_object_end(j);
    out_char(j->out, '\n');
}

/* ------------------------------------------------------------------ records */

static bool is_call(const struct scapf_event *ev)
{
    return ev != NULL && ev->info != NULL && ev->has_params &&
           (ev->info->category & EVENT_CATEGORY_CALL) != 0;
}

static enum scapf_status put_call(struct json_record *r, bool kept)
{
    struct scapf_printer *p = r->p;
    const struct scapf_event *ev = r->rec->event;
    struct held *h = find(p->join, ev->tid);
    bool is_exit = (ev->code & 1) != 0;

    if (h != NULL && (!is_exit || !event_ends(p->schema, ev, &h->call))) {
        give_up(p, h, "next_call");
        h = NULL;
    }
    if (!is_exit) {
        return put_enter(r, kept);
    }
    if (kept || (h != NULL && h->kept)) {
        put_exit(r, h);
    }
    if (h != NULL) {
        let_go(p->join, h);
    }
    return out_status(&p->out);
}

enum scapf_status json_join_put(struct scapf_printer *p, const struct scapf_reader *reader,
                                const struct scapf_record *rec, bool kept)
{
    struct json_record r = {.p = p, .reader = reader, .rec = rec, .call = true};
    struct json_join *join = p->join;
    struct held *h;

    if (rec->section != join->section) {
        TRY(json_join_end(p));
        join->section = rec->section;
    }
    if (is_call(rec->event)) {
        return put_call(&r, kept);
    }
    if (rec->event != NULL && rec->event->info != NULL &&
        strcmp(rec->event->info->name, "procexit") == 0) {
        h = find(join, rec->event->tid);
        if (h != NULL) {
            give_up(p, h, "thread_end");
        }
    }
    return kept ? render_json(p, reader, rec) : out_status(&p->out);
}
