/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_emit.c - events in the order of time.
 *
 * Procmon lists an operation where it began and says how long it took; a capture has an event at
 * either end. The end waits in a heap until its time has come. Windows lets one thread have several
 * operations under way; readers of captures pair the exit of a thread with its last enter. So an
 * operation that begins while its thread is in another one is written as a pair, enter and exit
 * next to each other, when both it and the other one are over.
 */
#include <string.h>

#include "pm_conv.h"
#include "pm_words.h"
#include "synth_mem.h"

#define BLOCK_MAX 65400u /* [scap 9.6] less header, lengths and padding */
#define NOTE_MAX  60000u
#define WAIT_MAX  65536u      /* ends that wait at once */
#define BYTES_MAX (32u << 20) /* and their bytes */

#define NOTIFICATION 280

/* ------------------------------------------------------------------ writing */

static uint64_t in_lane(struct pm_conv *c, int64_t ns, uint16_t *lane)
{
    *lane = 0;
    while (*lane < PM_LANES - 1 && *lane < c->n_lanes && ns < c->lanes[*lane]) {
        ++*lane;
    }
    c->n_lanes = *lane >= c->n_lanes ? *lane + 1u : c->n_lanes;
    c->verdict.clock_back += ns < c->clock_ns;
    c->lanes[*lane] = ns;
    c->clock_ns = ns;
    return (uint64_t)ns;
}

/* An event of this time, or of none. */
static void write(struct pm_conv *c, int64_t ns, struct scapf_event_parts *event)
{
    if (c->status == SCAPF_OK) {
        event->header.ts_ns = ns == INT64_MIN ? 0 : in_lane(c, ns, &event->header.cpu);
        c->status = scapf_writer_event_whole(c->spool, event);
        c->verdict.written++;
    }
}

/* What is left of a text that has no room behind its event. */
static void put_rest(struct pm_conv *c, int64_t ns, int64_t tid, const char *text, size_t len)
{
    static const char id[] = "procmon.continued";

    while (len > 0 && c->status == SCAPF_OK) {
        size_t n = pm_cut((struct pm_text){text, len}, NOTE_MAX);
        const uint32_t lens[] = {sizeof(id), (uint32_t)n + 1};
        char *to;

        if (!pm_room(c, &c->scratch, sizeof(id) + n + 1)) {
            return;
        }
        memcpy(c->scratch.at, id, sizeof(id));
        to = c->scratch.at + sizeof(id);
        for (size_t i = 0; i < n; i++) { /* a NUL would end it for every reader */
            to[i] = text[i] == '\0' ? ' ' : text[i];
        }
        to[n] = '\0';
        write(c, ns,
              &(struct scapf_event_parts){.header = {.code = NOTIFICATION, .tid = tid},
                                          .lens = lens,
                                          .n_params = 2,
                                          .params = c->scratch.at});
        c->verdict.continued++;
        text += n;
        len -= n;
    }
}

static void put(struct pm_conv *c, int64_t ns, const struct pm_rec *rec)
{
    /* without parameters and comment there are no bytes at all */
    const struct pm_text comment = {rec->comment > 0 ? (const char *)rec->bytes + rec->len : NULL,
                                    rec->comment};
    size_t taken = pm_cut(comment, BLOCK_MAX - rec->len - 128);

    write(c, ns,
          &(struct scapf_event_parts){.header = {.code = rec->code, .tid = rec->tid},
                                      .lens = rec->lens,
                                      .n_params = rec->n,
                                      .params = rec->bytes,
                                      .comment = comment.at,
                                      .comment_len = taken});
    c->verdict.comments += rec->comment > 0;
    c->verdict.lossless += rec->comment;
    if (taken < rec->comment) {
        put_rest(c, ns, rec->tid, comment.at + taken, comment.len - taken);
    }
}

static void put_all(struct pm_conv *c, int64_t ns, struct pm_rec *recs)
{
    while (recs != NULL) {
        struct pm_rec *next = recs->next;

        put(c, ns, recs);
        pm_rec_free(c, recs);
        recs = next;
    }
}

/* ------------------------------------------------------------------ the heap */

static bool before(const struct pm_wait *a, const struct pm_wait *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->order < b->order;
}

static void sift_up(struct pm_queue *q, uint32_t i)
{
    while (i > 0 && before(&q->heap[i], &q->heap[(i - 1) / 2])) {
        struct pm_wait wait = q->heap[i];

        q->heap[i] = q->heap[(i - 1) / 2];
        q->heap[(i - 1) / 2] = wait;
        i = (i - 1) / 2;
    }
}

static void sift_down(struct pm_queue *q)
{
    uint32_t i = 0;

    for (;;) {
        uint32_t least = i;
        struct pm_wait wait = q->heap[i];

        for (uint32_t k = 2 * i + 1; k <= 2 * i + 2 && k < q->n; k++) {
            least = before(&q->heap[k], &q->heap[least]) ? k : least;
        }
        if (least == i) {
            return;
        }
        q->heap[i] = q->heap[least];
        q->heap[least] = wait;
        i = least;
    }
}

static size_t size_of(const struct pm_rec *recs)
{
    size_t size = 0;

    for (; recs != NULL; recs = recs->next) {
        size += sizeof(*recs) + recs->cap;
    }
    return size;
}

static bool push(struct pm_conv *c, int64_t due_ns, struct pm_rec *recs, bool pair)
{
    struct pm_queue *q = &c->queue;
    size_t size = size_of(recs);

    if (q->n == WAIT_MAX || size > BYTES_MAX - q->bytes) {
        return false;
    }
    if (q->n == q->cap) {
        uint32_t cap = q->cap == 0 ? 64 : q->cap * 2;
        struct pm_wait *heap = synth_resize(&c->s, q->heap, cap * sizeof(*heap));

        if (heap == NULL) {
            return false;
        }
        q->heap = heap;
        q->cap = cap;
    }
    q->bytes += size;
    q->heap[q->n] =
        (struct pm_wait){.due_ns = due_ns, .order = q->order++, .recs = recs, .pair = pair};
    sift_up(q, q->n++);
    return true;
}

static struct pm_wait pop(struct pm_queue *q)
{
    struct pm_wait wait = q->heap[0];

    q->heap[0] = q->heap[--q->n];
    if (q->n > 0) {
        sift_down(q);
    }
    q->bytes -= size_of(wait.recs);
    return wait;
}

/* ------------------------------------------------------------------ in their time */

void pm_emit_until(struct pm_conv *c, int64_t ns)
{
    while (c->queue.n > 0 && c->queue.heap[0].due_ns <= ns) {
        struct pm_wait wait = pop(&c->queue);
        struct synth_thread *thread = synth_find(&c->s, wait.recs->tid);

        if (wait.pair && thread != NULL && thread->entered && thread->busy_ns > wait.due_ns &&
            push(c, thread->busy_ns, wait.recs, true)) {
            continue;
        }
        if (!wait.pair && thread != NULL && thread->busy_ns <= wait.due_ns) {
            thread->entered = false;
        }
        put_all(c, wait.due_ns, wait.recs);
    }
}

void pm_emit_before(struct pm_conv *c, struct pm_rec *rec)
{
    struct pm_rec **last = &c->before;

    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = rec;
}

/* Everything the event in hand implies, then rec and what follows it. */
static struct pm_rec *chain(struct pm_conv *c, struct pm_rec *rec)
{
    struct pm_rec *all;

    pm_emit_before(c, rec);
    all = c->before;
    c->before = NULL;
    return all;
}

void pm_emit_now(struct pm_conv *c, int64_t ns, struct pm_rec *rec)
{
    put_all(c, ns, chain(c, rec));
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

void pm_emit_call(struct pm_conv *c, struct pm_rec *enter, struct pm_rec *exit)
{
    struct synth_thread *thread = c->thread;
    int64_t due = c->ns + c->duration_ns;

    if (enter == NULL || exit == NULL) {
        pm_rec_free(c, enter);
        pm_rec_free(c, exit);
        return;
    }
    if (thread->entered) {
        enter->next = exit;
        c->verdict.late++;
        enter = chain(c, enter);
        if (!push(c, later(due, thread->busy_ns), enter, true)) {
            c->verdict.shortened++;
            put_all(c, c->ns, enter);
        }
        return;
    }
    put_all(c, c->ns, chain(c, enter));
    if (due > c->ns && push(c, due, exit, false)) {
        thread->entered = true;
        thread->busy_ns = due;
        return;
    }
    c->verdict.shortened += due > c->ns;
    put_all(c, c->ns, exit);
}

void pm_emit_alone(struct pm_conv *c, struct pm_rec *rec)
{
    const struct synth_thread *thread = c->thread;
    int64_t due = thread->entered ? later(c->ns, thread->busy_ns) : c->ns;

    if (rec == NULL) {
        return;
    }
    rec = chain(c, rec);
    if (due == c->ns || !push(c, due, rec, false)) {
        put_all(c, c->ns, rec);
    }
}

void pm_emit_end(struct pm_conv *c)
{
    pm_emit_until(c, INT64_MAX);
}

static void free_all(struct pm_conv *c, struct pm_rec *recs)
{
    while (recs != NULL) {
        struct pm_rec *next = recs->next;

        pm_rec_free(c, recs);
        recs = next;
    }
}

void pm_emit_free(struct pm_conv *c)
{
    free_all(c, c->before); /* there was no memory for what implies it */
    while (c->queue.n > 0) {
        free_all(c, pop(&c->queue).recs);
    }
    synth_free(&c->s, c->queue.heap);
    while (c->free_recs != NULL) {
        struct pm_rec *next = c->free_recs->next;

        synth_free(&c->s, c->free_recs->bytes);
        synth_free(&c->s, c->free_recs);
        c->free_recs = next;
    }
}
