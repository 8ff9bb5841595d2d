/* SPDX-License-Identifier: Apache-2.0 */
#include "decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "received.h"

#define GENERIC_ENTER  0
#define GENERIC_EXIT   1
#define DROP_ENTER     148
#define SWITCH         152
#define PROCEXIT       186
#define SIGNAL_DELIVER 232
#define NOTIFICATION   280
#define USER_ADDED     354
#define GROUP_ADDED    358
#define BLOCK_MAX      65400u /* [scap 9.6] less header, lengths and padding */
#define STARTS         64     /* programs being started at one time */

/* The name a program was started under, until the call returns. */
struct start {
    uint32_t tid;
    uint64_t age; /* 0: free */
    char name[REC_TEXT];
};

struct rec_decode {
    struct rec_decode_opts opts;
    struct rec_decode_counts counts;
    struct scapf_writer *writer;
    int64_t offset_ns;
    uint64_t last_ns;
    bool state_only; /* the event under way is for readers' tables */
    uint64_t age;
    struct start starts[STARTS];
    uint32_t n_starts;    /* in use: none, nearly always */
    const uint8_t *bytes; /* the record, and how far its messages are taken */
    size_t len, at;
    struct put put;
    char text[BLOCK_MAX];
};

/* ------------------------------------------------------------------ taking records apart */

/* The chunk at an offset and the bytes it takes; 0 when it does not hold together. */
static size_t chunk_at(const struct rec_decode *d, size_t at, struct rec_chunk *chunk)
{
    size_t size;

    if (d->len - at < sizeof(*chunk)) {
        return 0;
    }
    memcpy(chunk, d->bytes + at, sizeof(*chunk));
    size = (sizeof(*chunk) + (size_t)chunk->len + 7) & ~(size_t)7;
    return chunk->len <= REC_DATA && size <= d->len - at && chunk->op < REC_OPS ? size : 0;
}

static void set_part(struct rec_decode *d, size_t at, const struct rec_chunk *chunk)
{
    d->put.parts[chunk->op] = (struct part){.at = d->bytes + at + sizeof(*chunk),
                                            .len = chunk->len,
                                            .flags = chunk->flags,
                                            .full = chunk->full};
}

static bool split(struct rec_decode *d, const uint8_t *bytes, size_t len)
{
    struct put *p = &d->put;
    size_t at = sizeof(struct rec_head);

    if (len < sizeof(struct rec_head)) {
        return false;
    }
    d->bytes = bytes;
    d->len = len;
    d->at = at;
    memcpy(&p->head, bytes, sizeof(p->head));
    memset(p->parts, 0, sizeof(p->parts));
    for (uint32_t i = 0; i < p->head.n_chunks; i++) {
        struct rec_chunk chunk;
        size_t size = chunk_at(d, at, &chunk);

        if (size == 0) {
            return false;
        }
        if (chunk.item == 0) {
            set_part(d, at, &chunk);
        }
        at += size;
    }
    return p->head.bytes == len && at == len;
}

/* The parts of a message, or of something else that there are several of, which lie behind those of
 * the one before it. */
static void split_item(struct rec_decode *d, uint8_t op, uint8_t steps, uint16_t item)
{
    struct rec_chunk chunk;
    size_t size;

    memset(&d->put.parts[op], 0, steps * sizeof(d->put.parts[op]));
    while ((size = chunk_at(d, d->at, &chunk)) > 0 && chunk.item <= item) {
        if (chunk.item == item) {
            set_part(d, d->at, &chunk);
        }
        d->at += size;
    }
}

/* ------------------------------------------------------------------ events */

static void begin(struct rec_decode *d, uint16_t code, uint64_t ts, uint16_t cpu, int64_t tid)
{
    const struct scapf_event_header header = {
        .code = code,
        .flags = d->state_only ? SCAPF_EVENT_STATE_ONLY : 0,
        .cpu = cpu,
        .ts_ns = ts + (uint64_t)d->offset_ns,
        .tid = tid,
    };

    d->counts.backwards += header.ts_ns < d->last_ns;
    d->last_ns = header.ts_ns;
    d->counts.events += !d->state_only;
    d->put.room = PUT_ROOM;
    d->put.after = 0;
    if (d->put.status == SCAPF_OK) {
        d->put.status = scapf_writer_event(d->writer, &header);
    }
}

static void begin_head(struct rec_decode *d, uint16_t code)
{
    begin(d, code, d->put.head.ts, d->put.head.cpu, d->put.head.tid);
}

static void finish(struct rec_decode *d)
{
    if (d->put.status == SCAPF_OK) {
        d->put.status = scapf_writer_event_end(d->writer);
    }
}

static void number(struct rec_decode *d, uint64_t value, size_t size)
{
    uint8_t bytes[8];

    put_pack(bytes, value, 8);
    put_bytes(&d->put, bytes, size);
}

/* ------------------------------------------------------------------ calls */

/* The number of the call as the generic event has it, which is shorter than what may be called. */
static uint16_t generic_number(const struct rec_decode *d)
{
    const struct rec_head *head = &d->put.head;

    if (head->nr < 0 || (uint32_t)head->nr >= SCAPF_ONLY_IA32) {
        return UINT16_MAX;
    }
    return (head->flags & REC_F_OTHER) == 0
               ? (uint16_t)head->nr
               : scapf_schema_ia32(d->opts.plans->schema, (uint32_t)head->nr);
}

static void generic(struct rec_decode *d, uint16_t code)
{
    uint16_t nr = generic_number(d);
    uint16_t ppm_sc = nr < REC_CALLS ? d->opts.plans->calls[nr].ppm_sc : (uint16_t)0;

    if (ppm_sc >= SCAPF_OLD_SYSCALLS && d->opts.old_readers) {
        ppm_sc = 0;
    }
    begin_head(d, code);
    number(d, ppm_sc, 2);
    number(d, nr, 2);
    finish(d);
}

static const struct rec_call *call_of(const struct rec_decode *d)
{
    static const struct rec_call none;
    const struct rec_head *head = &d->put.head;

    return head->nr >= 0 && head->nr < REC_CALLS && (head->flags & REC_F_OTHER) == 0
               ? &d->opts.plans->calls[head->nr]
               : &none;
}

/* Users and groups that nobody has told about yet come before the event that has them. */
static void tell_ids(struct rec_decode *d, const struct rec_event_plan *plan)
{
    struct put_ids ids;

    if (d->opts.id == NULL || !plan->ids) {
        return;
    }
    put_collect(&d->put, plan, &ids);
    for (uint32_t i = 0; i < ids.n && d->put.status == SCAPF_OK; i++) {
        d->put.status = d->opts.id(d->opts.ctx, ids.list[i].group, ids.list[i].id);
    }
}

static void on_enter(struct rec_decode *d)
{
    const struct rec_call *call = call_of(d);

    d->counts.enters++;
    if (!d->opts.enter) {
        return;
    }
    if (call->enter == NULL) {
        generic(d, GENERIC_ENTER);
        return;
    }
    tell_ids(d, call->enter);
    begin_head(d, call->enter->code);
    put_params(&d->put, call->enter);
    finish(d);
}

static struct start *start_of(struct rec_decode *d, uint32_t tid)
{
    for (size_t i = 0; i < STARTS && d->n_starts > 0; i++) {
        if (d->starts[i].age != 0 && d->starts[i].tid == tid) {
            return &d->starts[i];
        }
    }
    return NULL;
}

/* Directory entries ride behind the event. */
static void entries(struct rec_decode *d)
{
    const struct rec_plans *plans = d->opts.plans;
    struct put *p = &d->put;
    const struct part *part;
    size_t n;

    if (plans->entries_nr < 0 || call_of(d) != &plans->calls[plans->entries_nr] ||
        plans->entries_op >= REC_OPS || p->head.ret < 0) {
        return;
    }
    part = &p->parts[plans->entries_op];
    if (part->at == NULL || p->status != SCAPF_OK) {
        return;
    }
    n = put_entries(p, part, d->text, sizeof(d->text) - 200);
    p->status = scapf_writer_comment(d->writer, d->text, n);
}

static void exit_event(struct rec_decode *d, const struct rec_event_plan *plan)
{
    tell_ids(d, plan);
    begin_head(d, plan->code);
    put_params(&d->put, plan);
    entries(d);
    finish(d);
}

/* As drivers have it, and convert: an event for each message. */
static void messages(struct rec_decode *d, const struct rec_call *call)
{
    int64_t n = d->put.head.ret < REC_IOVECS ? d->put.head.ret : REC_IOVECS;

    exit_event(d, call->exit);
    for (int64_t i = 1; call->messages != REC_NO_OP && i < n; i++) {
        split_item(d, call->messages, REC_MSG_STEPS, (uint16_t)i);
        exit_event(d, call->exit);
    }
}

/* Descriptors that it brought. */
static void received(struct rec_decode *d, uint8_t op)
{
    const struct scapf_event_info *events[RECEIVED_EVENTS];
    struct rec_event_plan plan;
    int64_t ret = d->put.head.ret;

    d->state_only = true;
    for (uint16_t item = 0; ret >= 0 && item < REC_RIGHTS_MAX; item++) {
        uint32_t n;

        split_item(d, op, REC_RIGHTS_STEPS, item);
        if (d->put.parts[op].at == NULL) {
            break;
        }
        n = received_events(&d->put, op, events);
        d->put.head.ret = (int64_t)d->put.parts[op].full;
        for (uint32_t i = 0; i < n; i++) {
            if (d->opts.enter || (events[i]->code & 1) != 0) {
                received_plan(&d->put, op, events[i], &plan);
                begin_head(d, plan.code);
                put_params(&d->put, &plan);
                finish(d);
            }
        }
    }
    d->state_only = false;
    d->put.head.ret = ret;
}

static void on_exit_record(struct rec_decode *d)
{
    const struct rec_call *call = call_of(d);
    struct start *start = start_of(d, d->put.head.tid);

    d->counts.exits++;
    if (call->exit == NULL) {
        d->counts.generic++;
        generic(d, GENERIC_EXIT);
    } else {
        d->put.started = start != NULL ? start->name : NULL;
        messages(d, call);
        if (call->rights != REC_NO_OP) {
            received(d, call->rights);
        }
    }
    if (start != NULL) {
        start->age = 0;
        d->n_starts--;
    }
}

/* The place for a thread: its own, a free one, or else that of the oldest. */
static struct start *start_place(struct rec_decode *d, uint32_t tid)
{
    struct start *place = start_of(d, tid);

    for (size_t i = 0; place == NULL || i < STARTS; i++) {
        if (place == NULL || (place->tid != tid && d->starts[i].age < place->age)) {
            place = &d->starts[i];
        }
    }
    return place;
}

static void on_exec(struct rec_decode *d)
{
    const struct part *name = &d->put.parts[0];
    struct start *start = start_place(d, d->put.head.tid);
    size_t n = name->at != NULL ? strnlen((const char *)name->at, name->len) : 0;

    n = n < REC_TEXT - 1 ? n : REC_TEXT - 1;
    d->n_starts += start->age == 0;
    start->tid = d->put.head.tid;
    start->age = ++d->age;
    if (n > 0) {
        memcpy(start->name, name->at, n);
    }
    start->name[n] = '\0';
}

/* ------------------------------------------------------------------ others */

/* [wait(2)] the status as the parent gets it */
static void on_end(struct rec_decode *d)
{
    uint64_t status = (uint64_t)d->put.head.ret;

    d->counts.ends++;
    begin_head(d, PROCEXIT);
    number(d, status, 8);
    number(d, status >> 8 & 0xFF, 8);
    number(d, status & 0x7F, 1);
    number(d, (status & 0x80) != 0, 1);
    number(d, d->put.head.args[0], 8);
    finish(d);
}

static void on_signal(struct rec_decode *d)
{
    begin_head(d, SIGNAL_DELIVER);
    number(d, (uint64_t)d->put.head.ret, 8);
    number(d, d->put.head.tid, 8);
    number(d, (uint64_t)d->put.head.nr, 1);
    finish(d);
}

static void on_switch(struct rec_decode *d)
{
    begin_head(d, SWITCH);
    number(d, (uint64_t)d->put.head.nr, 8);
    number(d, d->put.head.args[0], 8);
    number(d, d->put.head.args[1], 8);
    for (int i = 0; i < 3; i++) { /* sizes of its memory: not asked for */
        number(d, 0, d->opts.old_readers ? 4 : 0);
    }
    finish(d);
}

/* Make the head that of the half that is wanted. False when the record has no such half. */
static bool take_half(struct rec_head *head, uint8_t kind)
{
    if (head->kind != REC_CALL) {
        return head->kind == kind;
    }
    head->kind = kind;
    if (kind == REC_ENTER) {
        head->ret = 0; /* nobody knows yet */
    } else {
        head->ts = head->until;
    }
    return kind == REC_ENTER || kind == REC_EXIT;
}

enum scapf_status rec_decode_put(struct rec_decode *d, const struct rec_view *view)
{
    static void (*const kinds[])(struct rec_decode * d) = {
        [REC_ENTER] = on_enter, [REC_EXIT] = on_exit_record, [REC_EXEC] = on_exec,
        [REC_END] = on_end,     [REC_SIGNAL] = on_signal,    [REC_SWITCH] = on_switch,
    };

    d->counts.records++;
    d->put.status = SCAPF_OK;
    d->put.started = NULL;
    d->put.offset_ns = d->offset_ns;
    if (!split(d, view->bytes, view->len) || !take_half(&d->put.head, view->kind) ||
        view->kind >= sizeof(kinds) / sizeof(kinds[0]) || kinds[view->kind] == NULL) {
        d->counts.malformed++;
        return SCAPF_OK;
    }
    kinds[view->kind](d);
    return d->put.status;
}

enum scapf_status rec_decode_note(struct rec_decode *d, uint64_t ts, uint16_t cpu, const char *id,
                                  const char *text)
{
    d->put.status = SCAPF_OK;
    begin(d, NOTIFICATION, ts, cpu, -1);
    put_bytes(&d->put, id, strlen(id) + 1);
    put_bytes(&d->put, text, strlen(text) + 1);
    finish(d);
    return d->put.status;
}

static void text(struct rec_decode *d, const char *at)
{
    put_bytes(&d->put, at != NULL ? at : "", (at != NULL ? strlen(at) : 0) + 1);
}

enum scapf_status rec_decode_user(struct rec_decode *d, const struct rec_user *user)
{
    const struct rec_head *head = &d->put.head;
    char note[512];

    if (d->opts.old_readers) {
        (void)snprintf(note, sizeof(note), "%s %u is %s", user->group ? "group" : "user",
                       user->group ? user->gid : user->uid, user->name);
        return rec_decode_note(d, head->ts, head->cpu, "scapfmt.user", note);
    }
    d->put.status = SCAPF_OK;
    begin(d, user->group ? GROUP_ADDED : USER_ADDED, head->ts, head->cpu, head->tid);
    if (!user->group) {
        number(d, user->uid, 4);
    }
    number(d, user->gid, 4);
    text(d, user->name);
    if (!user->group) {
        text(d, user->home);
        text(d, user->shell);
    }
    text(d, ""); /* container_id: the machine's own */
    finish(d);
    return d->put.status;
}

enum scapf_status rec_decode_drop(struct rec_decode *d, uint64_t ts, uint16_t cpu)
{
    d->put.status = SCAPF_OK;
    for (uint16_t code = DROP_ENTER; code <= DROP_ENTER + 1; code++) {
        begin(d, code, ts, cpu, -1);
        number(d, 1, 4); /* one of how many is kept: all but those that were lost */
        finish(d);
    }
    return d->put.status;
}

/* ------------------------------------------------------------------ life */

struct rec_decode *rec_decode_new(const struct rec_decode_opts *opts)
{
    struct rec_decode *d = calloc(1, sizeof(*d));

    if (d != NULL) {
        d->opts = *opts;
        d->put.opts = &d->opts;
        d->put.counts = &d->counts;
    }
    return d;
}

void rec_decode_writer(struct rec_decode *d, struct scapf_writer *writer)
{
    d->writer = writer;
    d->put.writer = writer;
}

void rec_decode_clock(struct rec_decode *d, int64_t offset_ns)
{
    d->offset_ns = offset_ns;
}

const struct rec_decode_counts *rec_decode_counts(const struct rec_decode *d)
{
    return &d->counts;
}

void rec_decode_free(struct rec_decode *d)
{
    free(d);
}
