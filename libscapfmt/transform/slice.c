/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slice.c - a part of a capture that stands for itself: what is kept, and what goes before it.
 *
 *   section   header, what declares something (interfaces, names, secrets, machine, users)
 *   tables    those of the file while no event was left out; then those of the state at the cut
 *   state     events marked state-only, see slice_state.c
 *   records   kept ones, byte for byte
 *
 * Everything up to the first kept record is held back; of a section without any nothing is written.
 */
#include "transform/slice.h"

#include "base/diag.h"
#include "base/mem.h"
#include "bytes/cur.h"
#include "io/sink.h"

#include <string.h>

#define META_MAX ((size_t)64 << 20) /* held back at most */
#define LORE_MAX ((size_t)256 << 20)
#define SHB_LEN  24u /* to the end of its section length */

enum verdict { KEEP, BEFORE, BEHIND, FILTERED };

/* ------------------------------------------------------------------ life */

enum scapf_status scapf_slice_new(struct scapf_sink *sink, const struct scapf_slice_opts *opts,
                                  struct scapf_slice **slice)
{
    const struct scapf_alloc *alloc = opts != NULL ? opts->alloc : NULL;
    struct scapf_slice *s;

    *slice = NULL;
    if (sink == NULL || (opts != NULL && opts->size != sizeof(*opts))) {
        return SCAPF_E_USAGE;
    }
    s = mem_zalloc(alloc, sizeof(*s));
    if (s == NULL) {
        return SCAPF_E_NOMEM;
    }
    if (opts != NULL) {
        s->opts = *opts;
    }
    s->alloc = alloc;
    s->sink = sink;
    s->sink_at = sink_taken(sink);
    s->schema = s->opts.schema != NULL ? s->opts.schema : scapf_schema_builtin();
    s->budget.alloc = alloc;
    s->budget.max = LORE_MAX;
    s->fd_rows_max = FD_ROWS_MAX;
    s->piece = 1;
    slice_learn_nothing(s);
    map_init(&s->wanted, &s->budget, sizeof(struct wanted));
    map_init(&s->strangers, &s->budget, sizeof(struct stranger));
    out_init(&s->meta, alloc, false);
    out_init(&s->tables, alloc, false);
    out_init(&s->held, alloc, false);
    out_init(&s->block, alloc, false);
    *slice = s;
    return SCAPF_OK;
}

void scapf_slice_free(struct scapf_slice *s)
{
    if (s == NULL) {
        return;
    }
    slice_forget(s);
    map_release(&s->wanted);
    map_release(&s->strangers);
    out_release(&s->meta);
    out_release(&s->tables);
    out_release(&s->held);
    out_release(&s->block);
    scapf_host_free(s->host);
    scapf_host_free(s->whole);
    scapf_writer_free(s->writer);
    mem_free(s->alloc, s);
}

const struct scapf_slice_counts *scapf_slice_counts(const struct scapf_slice *s)
{
    return &s->counts;
}

const struct scapf_diag *scapf_slice_diag(const struct scapf_slice *s)
{
    const struct scapf_diag *diag = s->writer != NULL ? scapf_writer_diag(s->writer) : NULL;

    return diag != NULL ? diag : s->diag.rule != 0 ? &s->diag : NULL;
}

/* ------------------------------------------------------------------ writing */

static enum scapf_status need_writer(struct scapf_slice *s)
{
    const struct scapf_writer_opts opts = {
        .size = sizeof(opts),
        .alloc = s->alloc,
        .schema = s->schema,
        .container = s->is_pcap ? SCAPF_CONTAINER_PCAP : SCAPF_CONTAINER_PCAPNG,
    };

    return s->writer != NULL ? SCAPF_OK : scapf_writer_new(s->sink, &opts, &s->writer);
}

/* Blocks one after another. */
static enum scapf_status copy_all(struct scapf_slice *s, const struct out *o)
{
    size_t at = 0;

    while (at < o->len) {
        size_t len = s->is_pcap ? o->len : get_u32(o->bytes + at + 4, s->big_endian);

        TRY(slice_copy(s, o->bytes + at, len));
        at += len;
    }
    return SCAPF_OK;
}

/* What comes after the state-only events that wait. */
static enum scapf_status put_behind_held(struct scapf_slice *s, const struct scapf_record *rec)
{
    TRY(slice_put_held(s));
    return scapf_writer_put(s->writer, rec);
}

/* The state at the cut. A filter has to see an event before it can say that it is kept, so it is in
 * the state already. To take it in again changes nothing, but for a relative change of directory
 * and for the call that is entered. What it ends is still there. */
static enum scapf_status put_cut(struct scapf_slice *s, uint64_t ts_ns)
{
    struct thread *t = s->host->thread;
    bool seen = s->opts.filter != NULL && t != NULL && s->host->ev != NULL;
    bool entered = seen && t->has_enter && (s->host->ev->code & 1) == 0;
    uint32_t cwd = t != NULL ? t->process->cwd : 0;
    enum scapf_status status;

    if (s->opts.filter == NULL) {
        host_settle(s->host);
    }
    if (seen && s->had_thread) {
        t->process->cwd = s->cwd;
    }
    if (entered) {
        t->has_enter = false;
    }
    status = slice_put_tables(s);
    if (status == SCAPF_OK) {
        status = slice_put_state(s, ts_ns);
    }
    if (seen) {
        t->process->cwd = cwd;
        t->has_enter = t->has_enter || entered;
    }
    return status;
}

/* What goes before the first kept record. */
static enum scapf_status start(struct scapf_slice *s, uint64_t ts_ns)
{
    uint64_t before = scapf_slice_bytes(s);

    TRY(need_writer(s));
    TRY(copy_all(s, &s->meta));
    s->started = true;
    s->counts.sections++;
    if (s->host != NULL && s->untrue) {
        TRY(put_cut(s, ts_ns));
    } else {
        TRY(copy_all(s, &s->tables));
    }
    out_release(&s->tables);
    s->lead = before == 0 ? scapf_slice_bytes(s) : s->lead; /* of a later section it is records */
    if (!s->opts.goes_on) {
        out_release(&s->meta);
        slice_forget(s);
        slice_learn_nothing(s);
    }
    return SCAPF_OK;
}

/* ------------------------------------------------------------------ sections */

static bool keeps_all(const struct scapf_slice *s)
{
    return s->opts.from_ns == 0 && s->opts.to_ns == 0 && s->opts.first <= 1 && s->opts.last == 0 &&
           !s->opts.goes_on && !s->opts.from_start && !s->opts.to_start && s->opts.filter == NULL &&
           s->opts.prune == NULL && s->opts.redact == NULL;
}

static void end_section(struct scapf_slice *s)
{
    s->counts.sections_left += s->in_section && !s->started;
    out_clear(&s->meta);
    out_clear(&s->tables);
    slice_drop_held(s);
    slice_forget(s);
    slice_learn_nothing(s);
    s->untrue = s->opts.prune != NULL;
    s->started = s->keeping = s->any_record = s->lost = false;
    s->votes = (struct scapf_arch_votes){.leader = NULL};
    s->has_tail = s->has_new_types = false;
    s->tail = 0;
    s->in_section = false;
}

static enum scapf_status begin_section(struct scapf_slice *s, const struct scapf_record *rec)
{
    end_section(s);
    s->in_section = true;
    s->big_endian = rec->big_endian;
    s->is_pcap = rec->type == 0;
    out_bytes(&s->meta, rec->raw, rec->raw_len);
    if (!s->is_pcap && rec->raw_len > SHB_LEN && !keeps_all(s) &&
        out_status(&s->meta) == SCAPF_OK) {
        memset(s->meta.bytes + SHB_LEN - 8, 0xFF, 8); /* a part has another length [PNG-106] */
    }
    return out_status(&s->meta);
}

/* Blocks that say something about others. */
static enum scapf_status put_declaration(struct scapf_slice *s, const struct scapf_record *rec)
{
    if (s->started) {
        TRY(scapf_writer_put(s->writer, rec));
    }
    if (!s->started || s->opts.goes_on) {
        out_bytes(&s->meta, rec->raw, rec->raw_len);
        TRY(out_status(&s->meta));
    }
    return !s->started && s->meta.len > META_MAX ? start(s, rec->ts_ns) : SCAPF_OK;
}

/* ------------------------------------------------------------------ state */

/* With a filter there are two, which share the bound. */
static enum scapf_status need_host(const struct scapf_slice *s, struct scapf_host **host)
{
    const struct scapf_host_opts opts = {.size = sizeof(opts),
                                         .alloc = s->alloc,
                                         .schema = s->schema,
                                         .max_bytes =
                                             s->opts.filter != NULL ? HOST_MAX / 2 : HOST_MAX};

    return *host != NULL ? SCAPF_OK : scapf_host_new(&opts, host);
}

static enum scapf_status feed(struct scapf_slice *s, const struct scapf_record *rec)
{
    TRY(need_host(s, &s->host));
    if (s->host->any && s->host->section != rec->section) {
        s->cwd = 0; /* the strings of the section before go with it */
    }
    return scapf_host_put(s->host, rec);
}

static bool is_thread_table(const struct scapf_slice *s, uint32_t block_type)
{
    const struct scapf_table_number *number;
    const struct scapf_table_info *info = scapf_schema_table(s->schema, block_type, &number);

    return info != NULL && (strcmp(info->name, "process") == 0 || strcmp(info->name, "fd") == 0);
}

static enum scapf_status put_table(struct scapf_slice *s, const struct scapf_record *rec)
{
    bool of_threads = is_thread_table(s, rec->type);

    if (!s->started || s->opts.goes_on) {
        TRY(feed(s, rec));
    }
    if (s->opts.survey) {
        return SCAPF_OK;
    }
    if (!of_threads) {
        return put_declaration(s, rec);
    }
    TRY(slice_look_at_table(s, rec));
    if (s->started) {
        return put_behind_held(s, rec);
    }
    if (!s->untrue) {
        out_bytes(&s->tables, rec->raw, rec->raw_len);
    }
    return out_status(&s->tables);
}

/* Does a reader need it to know what follows? */
static bool carries_state(const struct scapf_slice *s, const struct scapf_event *ev)
{
    return s->host != NULL && ev->info != NULL && ev->has_params &&
           (host_matters(s->host, ev->code) ||
            ((ev->code & 1) == 0 && (ev->info->category & EVENT_CATEGORY_CALL) != 0));
}

/* An event that is left out although something is kept already. Times may go backwards: behind the
 * end it only matters when something kept follows. */
static enum scapf_status leave_behind(struct scapf_slice *s, const struct scapf_event *ev,
                                      enum verdict verdict)
{
    if (!carries_state(s, ev) || !slice_follows(s, host_find_thread(s->host, ev->tid), ev)) {
        return SCAPF_OK;
    }
    if (verdict == BEHIND && slice_holds_much(s)) {
        s->lost = true;
        return SCAPF_OK;
    }
    if (s->opts.filter != NULL && (ev->code & 1) == 0) {
        TRY(slice_put_enter_of(s, ev)); /* remember that it is there */
    }
    return slice_hold(s, ev);
}

/* ------------------------------------------------------------------ records */

static enum verdict judge(const struct scapf_slice *s, const struct scapf_record *rec,
                          uint64_t number)
{
    const struct scapf_slice_opts *o = &s->opts;

    if (number < o->first) {
        return BEFORE;
    }
    if (o->last != 0 && number > o->last) {
        return BEHIND;
    }
    if (o->from_ns == 0 && o->to_ns == 0) {
        return KEEP;
    }
    if (!rec->has_ts || rec->ts_ns < o->from_ns) {
        return BEFORE;
    }
    return o->to_ns != 0 && rec->ts_ns >= o->to_ns ? BEHIND : KEEP;
}

/* Generic events tell readers the architecture, which the file does not name otherwise: those by
 * which another one is taken for it. */
static bool tells_architecture(struct scapf_slice *s, const struct scapf_event *ev)
{
    const struct scapf_arch *before = s->votes.leader;

    arch_vote(&s->votes, s->schema, ev);
    return s->votes.leader != before;
}

/* Events that are true of everything behind them. */
static enum scapf_status learn(struct scapf_slice *s, const struct scapf_event *ev)
{
    bool lore = host_is_lore(s->host, ev->code) && s->opts.prune == NULL;

    if (!ev->has_params || ev->info == NULL) {
        return SCAPF_OK;
    }
    return tells_architecture(s, ev) || lore ? slice_learn(s, ev) : SCAPF_OK;
}

static enum scapf_status keep_event(struct scapf_slice *s, const struct scapf_record *rec)
{
    if (!s->started) {
        TRY(start(s, rec->ts_ns));
    }
    s->counts.unlabelled += s->lost;
    if (s->opts.filter != NULL) {
        TRY(slice_put_enter_of(s, rec->event));
    }
    s->counts.events++;
    return put_behind_held(s, rec);
}

/* Does the filter let it through? What is redacted was asked about before. */
static enum scapf_status matches(struct scapf_slice *s, const struct scapf_reader *reader,
                                 const struct scapf_record *rec, bool *match)
{
    if (s->opts.redact != NULL) {
        *match = s->match;
        return SCAPF_OK;
    }
    return scapf_filter_match(s->opts.filter, reader, rec,
                              scapf_filter_uses_host(s->opts.filter) ? s->host : NULL, match);
}

bool slice_needs_only_pairs(const struct scapf_slice *s)
{
    return s->started && !s->opts.goes_on && s->opts.prune == NULL &&
           (s->opts.redact != NULL || !scapf_filter_uses_host(s->opts.filter));
}

/* With a filter: the state an event leaves decides, so it is taken in first. */
static enum scapf_status filter_event(struct scapf_slice *s, const struct scapf_reader *reader,
                                      const struct scapf_record *rec, enum verdict *verdict)
{
    bool match;

    if (s->host != NULL && slice_needs_only_pairs(s)) {
        host_only_pairs(s->host);
    } else if (s->host != NULL) {
        const struct thread *t = host_find_thread(s->host, rec->event->tid);

        s->had_thread = t != NULL;
        host_set(s->host, &s->cwd, t != NULL ? str_keep(&s->host->strs, t->process->cwd) : 0);
    }
    TRY(feed(s, rec));
    TRY(matches(s, reader, rec, &match));
    if (*verdict == KEEP && !match) {
        *verdict = FILTERED;
    }
    return SCAPF_OK;
}

static enum scapf_status leave_event(struct scapf_slice *s, const struct scapf_event *ev,
                                     enum verdict verdict)
{
    s->counts.events_left++;
    if (!s->started) {
        s->untrue = true;
        out_release(&s->tables);
        return SCAPF_OK;
    }
    return verdict == FILTERED ? slice_put_as_state(s, ev) : leave_behind(s, ev, verdict);
}

/* What its children inherit and show of this process stays true for now. */
static void follow(struct scapf_slice *s, int64_t tid, uint64_t section)
{
    const struct thread *t = host_find_thread(s->host, tid);
    struct wanted *w =
        map_find(&s->wanted, t != NULL ? slice_process_of(t) : tid, (int64_t)section);

    if (w != NULL) {
        w->last = s->events;
    }
}

/* An event of this thread is kept. */
static void want(struct scapf_slice *s, int64_t tid, uint64_t section)
{
    const struct thread *t = host_find_thread(s->host, tid);
    struct wanted *w = map_put(&s->wanted, t != NULL ? slice_process_of(t) : tid, (int64_t)section);
    int64_t above[64];
    size_t n = t != NULL ? scapf_host_ancestors(s->host, tid, above, 64) : 0;

    if (w != NULL) {
        w->last = s->events;
    }
    if (t != NULL) {
        follow(s, t->ptid, section); /* which may be gone, but not before this one was born */
    }
    for (size_t i = 1; i < n; i++) {
        follow(s, above[i], section);
    }
}

static enum scapf_status survey_event(struct scapf_slice *s, const struct scapf_record *rec,
                                      enum verdict verdict)
{
    if (s->opts.filter == NULL) {
        TRY(feed(s, rec));
    }
    if (verdict == KEEP) {
        want(s, rec->event->tid, rec->section);
    }
    return s->budget.nomem ? SCAPF_E_NOMEM : SCAPF_OK;
}

static enum scapf_status put_event(struct scapf_slice *s, const struct scapf_reader *reader,
                                   const struct scapf_record *rec)
{
    const struct scapf_event *ev = rec->event;
    enum verdict verdict;

    s->events += ev->info != NULL;
    verdict = judge(s, rec, s->events > 0 ? s->events : 1);
    if (s->opts.filter != NULL) {
        TRY(filter_event(s, reader, rec, &verdict));
    }
    s->keeping = verdict == KEEP;
    if (s->opts.survey) {
        return survey_event(s, rec, verdict);
    }
    TRY(verdict == KEEP ? keep_event(s, rec) : leave_event(s, ev, verdict));
    if (s->opts.prune != NULL && s->started) {
        TRY(slice_watch_strangers(s, ev, verdict == KEEP));
    }
    if (s->opts.filter == NULL && (s->opts.goes_on || !s->started || s->opts.prune != NULL)) {
        TRY(feed(s, rec));
    }
    if (s->opts.goes_on) {
        s->untrue = true;
        out_release(&s->tables);
    }
    return s->opts.goes_on || !s->started ? learn(s, ev) : SCAPF_OK;
}

static enum scapf_status put_packet(struct scapf_slice *s, const struct scapf_reader *reader,
                                    const struct scapf_record *rec)
{
    bool match = true;
    bool timed = s->opts.from_ns != 0 || s->opts.to_ns != 0;

    s->packets++;
    if (s->opts.filter != NULL) {
        TRY(matches(s, reader, rec, &match));
    }
    s->keeping = match && judge(s, rec, s->packets) == KEEP;
    if (s->opts.survey) {
        return SCAPF_OK;
    }
    if (!s->keeping) {
        s->counts.packets_left++;
        s->counts.no_time += timed && !rec->has_ts;
        return SCAPF_OK;
    }
    if (!s->started) {
        TRY(start(s, rec->has_ts ? rec->ts_ns : 0));
    }
    s->counts.packets++;
    return put_behind_held(s, rec);
}

/* Blocks without a time of their own go with the record before them. */
static enum scapf_status put_other(struct scapf_slice *s, const struct scapf_record *rec)
{
    if (!s->any_record) {
        return put_declaration(s, rec);
    }
    if (!s->keeping && !keeps_all(s)) {
        return SCAPF_OK;
    }
    if (!s->started) {
        TRY(start(s, 0));
    }
    s->counts.others++;
    return scapf_writer_put(s->writer, rec);
}

/* [pcapng 4.6] The counters are about the whole capture, [WRT-03] custom blocks may forbid to be
 * copied into anything but an exact copy. */
static enum scapf_status put_or_leave(struct scapf_slice *s, const struct scapf_record *rec,
                                      uint64_t *left)
{
    if (keeps_all(s)) {
        return put_other(s, rec);
    }
    (*left)++;
    return SCAPF_OK;
}

static enum scapf_status put_any(struct scapf_slice *s, const struct scapf_reader *reader,
                                 const struct scapf_record *rec)
{
    if (rec->kind == SCAPF_KIND_SECTION) {
        return begin_section(s, rec);
    }
    if (rec->kind == SCAPF_KIND_TABLE) {
        return put_table(s, rec);
    }
    if (s->opts.survey && rec->event == NULL && rec->packet == NULL) {
        return SCAPF_OK;
    }
    if (rec->kind == SCAPF_KIND_STATS) {
        return put_or_leave(s, rec, &s->counts.statistics_left);
    }
    if (rec->type == SCAPF_BLOCK_CUSTOM_NOCOPY && !s->is_pcap) {
        return put_or_leave(s, rec, &s->counts.no_copy_left);
    }
    if (rec->kind == SCAPF_KIND_INTERFACE || rec->kind == SCAPF_KIND_NAMES ||
        rec->kind == SCAPF_KIND_SECRETS || rec->kind == SCAPF_KIND_PROCESS ||
        rec->kind == SCAPF_KIND_CUSTOM) {
        return put_declaration(s, rec);
    }
    if (rec->event != NULL) {
        s->any_record = true;
        return put_event(s, reader, rec);
    }
    if (rec->kind == SCAPF_KIND_PACKET && rec->packet != NULL) {
        s->any_record = true;
        return put_packet(s, reader, rec);
    }
    s->packets += rec->kind == SCAPF_KIND_PACKET;
    return put_other(s, rec);
}

/* What may not come out is left out; its number is not given to another. */
static enum scapf_status leave_redacted(struct scapf_slice *s, const struct scapf_record *rec)
{
    s->counts.redacted++;
    s->events += rec->event != NULL && rec->event->info != NULL;
    s->packets += rec->kind == SCAPF_KIND_PACKET;
    s->counts.events_left += rec->event != NULL;
    s->counts.packets_left += rec->packet != NULL;
    return SCAPF_OK;
}

static enum scapf_status put_redacted(struct scapf_slice *s, const struct scapf_reader *reader,
                                      const struct scapf_record *rec)
{
    struct scapf_record redacted;
    enum scapf_status status;

    if (s->opts.filter != NULL) {
        if (scapf_filter_uses_host(s->opts.filter)) {
            TRY(need_host(s, &s->whole));
            TRY(scapf_host_put(s->whole, rec));
        }
        TRY(scapf_filter_match(s->opts.filter, reader, rec, s->whole, &s->match));
    }
    status = scapf_redact_record(s->opts.redact, rec, &redacted);
    if (status == SCAPF_END) {
        return leave_redacted(s, rec);
    }
    return status < 0 ? status : put_any(s, reader, &redacted);
}

enum scapf_status scapf_slice_put(struct scapf_slice *s, const struct scapf_reader *reader,
                                  const struct scapf_record *rec)
{
    enum scapf_status status;

    if (rec->has_ts && !s->has_start) {
        s->has_start = true;
        s->opts.from_ns += s->opts.from_start ? rec->ts_ns : 0;
        s->opts.to_ns += s->opts.to_start ? rec->ts_ns : 0;
    }
    s->last_kind = rec->kind;
    status = s->opts.redact != NULL ? put_redacted(s, reader, rec) : put_any(s, reader, rec);
    if (status == SCAPF_E_NOMEM) {
        (void)diag_set(&s->diag, status, RULE_MEMORY, rec->off, 0, 0);
    }
    return status;
}

enum scapf_status scapf_slice_next(struct scapf_slice *s, struct scapf_sink *sink)
{
    if (!s->opts.goes_on || sink == NULL) {
        return SCAPF_E_USAGE;
    }
    slice_drop_held(s);
    if (s->writer != NULL) {
        TRY(scapf_writer_finish(s->writer));
        scapf_writer_free(s->writer);
        s->writer = NULL;
    }
    s->sink = sink;
    s->sink_at = sink_taken(sink);
    s->lead = 0;
    s->started = s->keeping = s->lost = false;
    s->piece++;
    return SCAPF_OK;
}

static uint64_t not_kept(struct scapf_host *host)
{
    return host != NULL ? scapf_host_counters(host)->not_kept : 0;
}

enum scapf_status scapf_slice_finish(struct scapf_slice *s)
{
    enum scapf_status status = s->writer != NULL ? scapf_writer_finish(s->writer) : SCAPF_OK;

    s->counts.sections_left += s->in_section && !s->started;
    s->in_section = false;
    slice_drop_held(s);
    /* what a survey learnt is asked for while the next reading fills hosts of its own */
    s->counts.not_kept += not_kept(s->host) + not_kept(s->whole);
    scapf_host_free(s->host);
    scapf_host_free(s->whole);
    s->host = s->whole = NULL;
    return status;
}
