/* SPDX-License-Identifier: Apache-2.0 */
/*
 * annotate.c - the second look at packets: which calls each has to do with, and for each event
 * which packets.
 *
 * The packets are followed as before; now that the offset of the clocks is known, what only time
 * can tell is decided: which of equal datagrams, and what woke a listener.
 */
#include "transform/align.h"

#include "base/mem.h"

#include <stdlib.h>

static const char *const link_names[SCAPF_LINK_KINDS] = {"connection", "wakes", "in", "out",
                                                         "ack",        "eof",   "fin"};

const char *scapf_link_kind_name(enum scapf_link_kind kind)
{
    return (unsigned)kind < SCAPF_LINK_KINDS ? link_names[kind] : "unknown";
}

/* ------------------------------------------------------------------ life */

void annotate_free(struct scapf_align *a)
{
    struct annotate *n = a->annotate;

    if (n != NULL) {
        out_release(&n->text);
        out_release(&n->blocks);
        mem_free(a->budget.alloc, n->links);
        mem_free(a->budget.alloc, n->refs);
        mem_free(a->budget.alloc, n);
        a->annotate = NULL;
    }
}

static int compare_refs(const void *x, const void *y)
{
    const struct event_ref *p = x;
    const struct event_ref *q = y;

    if (p->number != q->number) {
        return p->number < q->number ? -1 : 1;
    }
    return p->call < q->call ? -1 : p->call > q->call;
}

/* Calls by the events they returned with. */
static bool collect_refs(struct scapf_align *a, struct annotate *n)
{
    n->refs = mem_resize_array(a->budget.alloc, NULL, (size_t)a->calls.used + 1, sizeof(*n->refs));
    for (uint32_t id = 1; n->refs != NULL && id <= a->calls.used; id++) {
        if (call_at(a, id)->exit_no != 0) {
            n->refs[n->n_refs++] = (struct event_ref){call_at(a, id)->exit_no, id};
        }
    }
    if (n->n_refs > 0) {
        qsort(n->refs, n->n_refs, sizeof(*n->refs), compare_refs);
    }
    return n->refs != NULL;
}

void scapf_annotate_section(struct scapf_align *a)
{
    uint64_t position = 0;
    struct process_item *p;

    while ((p = map_next(&a->processes, &position)) != NULL) {
        p->told = false;
    }
}

enum scapf_status scapf_annotate_begin(struct scapf_align *a)
{
    struct annotate *n;

    annotate_free(a);
    n = a->annotate = mem_zalloc(a->budget.alloc, sizeof(*n));
    if (n == NULL) {
        return SCAPF_E_NOMEM;
    }
    out_init(&n->text, a->budget.alloc, false);
    out_init(&n->blocks, a->budget.alloc, false);
    n->links = mem_resize_array(a->budget.alloc, NULL, LINKS_MAX, sizeof(*n->links));
    if (n->links == NULL || !collect_refs(a, n)) {
        return SCAPF_E_NOMEM;
    }
    map_release(&a->conns);
    memset(a->strangers, 0, sizeof(a->strangers));
    a->telling = true;
    scapf_annotate_section(a);
    return SCAPF_OK;
}

enum scapf_status scapf_annotate_clock(struct scapf_align *a, uint32_t file,
                                       const struct scapf_align_clock *clock)
{
    struct file_item *f = map_find(&a->files, file, 0);

    if (f == NULL || clock->lo_ns > clock->hi_ns) {
        return SCAPF_E_USAGE;
    }
    f->clock = *clock;
    return SCAPF_OK;
}

/* ------------------------------------------------------------------ choices of time */

/* Can the packet have come before the call returned? */
static bool in_time(const struct scapf_align *a, const struct call *call)
{
    return (int64_t)a->packet_ns - a->hi_ns <= (int64_t)call->exit_ns;
}

/* How far from the packet a call was that moved an equal datagram: ns, negative = impossible. */
static int64_t distance(const struct scapf_align *a, const struct match *m)
{
    const struct call *call = call_at(a, m->call);

    if (m->kind == SCAPF_LINK_OUT) {
        return (int64_t)(a->packet_ns + a->packet_res) - a->lo_ns - (int64_t)call->enter_ns;
    }
    return (int64_t)call->exit_ns - ((int64_t)a->packet_ns - a->hi_ns);
}

/* Of several calls in one direction that moved equal datagrams the nearest ones stay. */
static void keep_nearest(struct scapf_align *a, uint8_t kind)
{
    int64_t best = INT64_MAX;
    int64_t slack = a->hi_ns - a->lo_ns + (int64_t)a->packet_res;
    uint32_t n = 0;
    uint32_t kept = 0;
    uint32_t last = 0;

    for (uint32_t i = 0; i < a->n_matches; i++) {
        const struct match *m = &a->matches[i];
        int64_t d = m->kind == kind && !m->sure ? distance(a, m) : -1;

        best = d >= 0 && d < best ? d : best;
    }
    for (uint32_t i = 0; i < a->n_matches; i++) {
        struct match m = a->matches[i];

        if (m.kind == kind && !m.sure) {
            int64_t d = distance(a, &m);

            if (d < 0 || d - best > slack) {
                continue;
            }
            kept++;
            last = n;
        }
        a->matches[n++] = m;
    }
    a->n_matches = n;
    if (kept == 1) {
        a->matches[last].sure = true;
    }
}

/* What may have woken or made something stays only if it came in time. */
static void keep_possible(struct scapf_align *a)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < a->n_matches; i++) {
        struct match m = a->matches[i];

        if (m.maybe && !in_time(a, call_at(a, m.call))) {
            continue;
        }
        if (m.maybe) {
            m.sure = m.kind == SCAPF_LINK_CONNECTION || m.other == 0;
        }
        a->matches[n++] = m;
    }
    a->n_matches = n;
}

/* ------------------------------------------------------------------ links */

static const struct who *who_at(const struct scapf_align *a, const struct call *call)
{
    return call->who != 0 ? pool_at(&a->whos.items, call->who) : NULL;
}

static void make_link(const struct scapf_align *a, const struct match *m, struct scapf_link *link)
{
    const struct call *call = call_at(a, m->call);
    const struct who *who = who_at(a, call);

    *link =
        (struct scapf_link){.kind = (enum scapf_link_kind)m->kind,
                            .enter = call->enter_no,
                            .exit = call->exit_no,
                            .fd = call->fd,
                            .pid = who != NULL ? who->pid : -1,
                            .tid = who != NULL ? who->key.a : -1,
                            .comm = who != NULL ? str_bytes(&a->strs, who->comm, NULL) : NULL,
                            .call = call_name(a, call),
                            .has_bytes = call->kind == CALL_DATA &&
                                         (m->kind == SCAPF_LINK_IN || m->kind == SCAPF_LINK_OUT ||
                                          m->kind == SCAPF_LINK_ACK),
                            .from = m->from,
                            .to = m->to,
                            .sure = m->sure,
                            .other = m->other,
                            .sender = m->sender,
                            .again = m->again};
}

/* In the order a reader wants them: connection, what it woke, then bytes. */
static size_t make_links(struct scapf_align *a, struct scapf_link *links)
{
    size_t n = 0;

    for (unsigned kind = 0; kind < SCAPF_LINK_KINDS; kind++) {
        for (uint32_t i = 0; i < a->n_matches; i++) {
            if (a->matches[i].kind == kind) {
                make_link(a, &a->matches[i], &links[n++]);
            }
        }
    }
    return n;
}

/* Whose packet is it? Who sent it, else who got it, else whose connection it is of. */
static const struct scapf_link *owner(const struct scapf_link *links, size_t n)
{
    static const struct {
        enum scapf_link_kind kind;
        bool sender;
    } order[] = {
        {SCAPF_LINK_OUT, true},        {SCAPF_LINK_FIN, true},         {SCAPF_LINK_ACK, true},
        {SCAPF_LINK_CONNECTION, true}, {SCAPF_LINK_IN, false},         {SCAPF_LINK_EOF, false},
        {SCAPF_LINK_ACK, false},       {SCAPF_LINK_CONNECTION, false}, {SCAPF_LINK_WAKES, false}};

    for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++) {
        for (size_t i = 0; i < n; i++) {
            if (links[i].kind == order[k].kind && links[i].sender == order[k].sender &&
                links[i].pid > 0 && links[i].pid <= UINT32_MAX) {
                return &links[i];
            }
        }
    }
    return NULL;
}

/* A call made it, or read it; what only the kernel made has no thread. */
static bool by_call(const struct scapf_align *a, const struct scapf_link *link)
{
    bool opens = (a->packet_flags & (TCP_FLAG_SYN | TCP_FLAG_ACK)) == TCP_FLAG_SYN;

    return link->kind == SCAPF_LINK_OUT || link->kind == SCAPF_LINK_FIN ||
           link->kind == SCAPF_LINK_IN || link->kind == SCAPF_LINK_EOF ||
           (link->kind == SCAPF_LINK_CONNECTION && link->sender && opens);
}

static void note_process(struct scapf_align *a, const struct scapf_link *link,
                         struct scapf_note *note)
{
    struct process_item *p = map_find(&a->processes, link->pid, 0);

    note->has_pid = true;
    note->pid = (uint32_t)link->pid;
    note->tid = by_call(a, link) && link->sure && link->tid > 0 && link->tid <= UINT32_MAX
                    ? (uint32_t)link->tid
                    : 0;
    if (p != NULL && !p->told) {
        p->told = true;
        text_process(a, p, &a->annotate->blocks);
        note->blocks = a->annotate->blocks.bytes;
        note->blocks_len = a->annotate->blocks.len;
    }
}

static enum scapf_status finish_note(struct scapf_align *a, struct scapf_note *note)
{
    struct annotate *n = a->annotate;

    if (n->text.len > 0) {
        note->comment_len = n->text.len;
        out_u8(&n->text, 0);
        note->comment = (const char *)n->text.bytes;
    }
    TRY(out_status(&n->text));
    TRY(out_status(&n->blocks));
    return a->budget.nomem ? SCAPF_E_NOMEM : SCAPF_OK;
}

enum scapf_status scapf_annotate_packet(struct scapf_align *a, uint32_t file, uint64_t number,
                                        const struct scapf_reader *reader,
                                        const struct scapf_record *rec, struct scapf_note *note)
{
    struct annotate *n = a->annotate;
    struct file_item *f = map_find(&a->files, file, 0);
    const struct scapf_link *link;

    *note = (struct scapf_note){.comment = NULL};
    if (n == NULL || f == NULL || rec->kind != SCAPF_KIND_PACKET || number == 0) {
        return SCAPF_E_USAGE;
    }
    a->file = file;
    a->packets = number - 1;
    align_begin_packet(a, reader, rec);
    clock_at(&f->clock, a->packet_ns, &a->lo_ns, &a->hi_ns);
    a->n_matches = 0;
    out_clear(&n->text);
    out_clear(&n->blocks);
    if (rec->packet != NULL) {
        follow_packet(a, rec->packet);
    }
    keep_nearest(a, SCAPF_LINK_OUT);
    keep_nearest(a, SCAPF_LINK_IN);
    keep_possible(a);
    note->links = n->links;
    note->n_links = make_links(a, n->links);
    link = owner(note->links, note->n_links);
    if (link != NULL) {
        note_process(a, link, note);
    }
    text_packet(a, note->links, note->n_links, &n->text);
    return finish_note(a, note);
}

/* ------------------------------------------------------------------ events */

/* The first call that returned with this event or a later one. */
static size_t find_ref(const struct annotate *n, uint32_t number)
{
    size_t lo = 0;
    size_t hi = n->n_refs;

    if (n->at < n->n_refs && n->refs[n->at].number >= number &&
        (n->at == 0 || n->refs[n->at - 1].number < number)) {
        return n->at;
    }
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (n->refs[mid].number >= number) {
            hi = mid;
        } else {
            lo = mid + 1;
        }
    }
    return lo;
}

enum scapf_status scapf_annotate_event(struct scapf_align *a, uint64_t number,
                                       struct scapf_note *note)
{
    struct annotate *n = a->annotate;

    *note = (struct scapf_note){.comment = NULL};
    if (n == NULL) {
        return SCAPF_E_USAGE;
    }
    out_clear(&n->text);
    if (number > 0 && number < UINT32_MAX) {
        n->at = find_ref(n, (uint32_t)number);
        for (; n->at < n->n_refs && n->refs[n->at].number == number; n->at++) {
            text_event(a, call_at(a, n->refs[n->at].call), &n->text);
        }
    }
    return finish_note(a, note);
}
