/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strace_convert.c - items of a log to events, in two passes. Both do the same with processes and
 * descriptors; only the second has a writer.
 */
#include "strace_convert.h"

#include <string.h>

#include "strace_conv.h"
#include "synth_mem.h"

#define INVENTED_PID 1
#define NS_PER_S     INT64_C(1000000000)
#define LEARN_TURNS  2 /* the first pass is repeated so often: pid or days, then parents */

/* ------------------------------------------------------------------ time */

/* When the call began, or when the line was printed. */
static int64_t enter_ns(struct conv *c)
{
    if (!c->item->has_time) {
        return c->verdict->time_kind == STRACE_TIME_NONE ? c->opts->start_ns + c->step_ns
                                                         : c->clock_ns;
    }
    return conv_ns(c, c->item->enter_ns);
}

static int64_t exit_ns(struct conv *c)
{
    if (c->item->has_exit_time) {
        return conv_ns(c, c->item->exit_ns);
    }
    return c->item->begin_line != 0 && c->item->kind == STRACE_CALL && !c->item->has_time
               ? c->clock_ns
               : enter_ns(c);
}

/* ------------------------------------------------------------------ threads */

/* Whose child may tid be? Where several are starting one, only what they return tells. */
static struct synth_thread *starter(const struct conv *c, int64_t tid)
{
    for (uint32_t i = 0; c->s->n_starting > 0 && i < c->s->cap_threads; i++) {
        struct synth_thread *thread = c->s->threads[i];

        if (thread != NULL && thread->starting && later_may_start(c, thread->start_no, tid)) {
            return thread;
        }
    }
    return NULL;
}

static void starts(struct conv *c, struct synth_thread *parent, bool starting)
{
    c->s->n_starting += (uint32_t)starting - (uint32_t)parent->starting;
    parent->starting = starting;
}

/* The child speaks before the call of its parent has returned. */
static void born(struct conv *c, struct synth_thread *thread, struct synth_thread *parent,
                 uint32_t flags, const struct words_call *call)
{
    (void)synth_start(c->s, parent, thread->tid, flags, call, false);
    if (parent->starting && parent->start_call == call) {
        starts(c, parent, false);
    }
    if (call != NULL) {
        emit_child(c, enter_ns(c), call, thread, flags);
    }
}

static void name_stranger(struct conv *c, struct synth_thread *thread)
{
    struct synth_stranger *stranger = &c->s->strangers[thread->stranger];
    const char *comm = c->opts->comm;
    size_t len = comm != NULL ? strlen(comm) : 0;

    if (c->item->comm.len > 0) {
        len = strace_unescape(strace_span_text(c->item, c->item->comm), c->item->comm.len, c->buf,
                              sizeof(thread->comm) - 1);
        comm = (const char *)c->buf;
    } else if (comm == NULL && (c->item->kind == STRACE_CALL || c->item->kind == STRACE_BEGIN) &&
               strace_span_is(c->item, c->item->name, "execve")) {
        comm = "strace"; /* the copy of itself that strace made */
        len = 6;
    }
    len = len < sizeof(thread->comm) ? len : sizeof(thread->comm) - 1;
    if (len > 0) {
        memcpy(thread->comm, comm, len);
    }
    memcpy(stranger->comm, thread->comm, sizeof(stranger->comm));
    if (stranger->first != NULL && c->opts->cwd != NULL && thread->stranger == 0) {
        (void)synth_set(c->s, &thread->proc->cwd, c->opts->cwd, strlen(c->opts->cwd));
        (void)synth_set(c->s, &stranger->first->cwd, c->opts->cwd, strlen(c->opts->cwd));
    }
    if (stranger->first != NULL && c->opts->exe != NULL && thread->stranger == 0) {
        (void)synth_set(c->s, &stranger->first->exe, c->opts->exe, strlen(c->opts->exe));
    }
}

static struct synth_thread *thread_of(struct conv *c, int64_t pid)
{
    const struct synth_stranger *started_by;
    uint32_t before = c->s->second ? c->s->next_stranger : c->s->n_strangers;
    struct synth_thread *thread = synth_thread(c->s, pid, &started_by);
    struct synth_thread *parent;

    if (thread == NULL) {
        return NULL;
    }
    if (!c->s->second && c->s->n_strangers > before) {
        name_stranger(c, thread);
        parent = starter(c, pid);
        if (parent != NULL && parent != thread) {
            later_guess(c, parent->start_no, pid);
            born(c, thread, parent, parent->start_flags, parent->start_call);
        }
    } else if (started_by != NULL) {
        parent = synth_find(c->s, started_by->parent);
        if (parent != NULL && parent != thread) {
            born(c, thread, parent, started_by->flags, started_by->call);
        }
    }
    c->verdict->children_seen += !thread->seen && thread->linked;
    thread->seen = true;
    return thread;
}

/* Somebody knows of its end: a child the log has no lines of. */
static void reaped(struct conv *c, int64_t pid)
{
    struct synth_thread *thread = synth_find(c->s, pid);

    if (thread != NULL && !thread->seen && thread->linked) {
        synth_end_thread(c->s, thread);
    }
}

/* ------------------------------------------------------------------ calls */

static bool returned(struct conv *c)
{
    const struct strace_ret *ret = &c->item->ret;

    if (ret->kind == STRACE_RET_NONE) {
        return false;
    }
    c->result = ret->kind == STRACE_RET_NUMBER ? ret->value : -1;
    if (ret->error > 0) {
        c->result = -(int64_t)ret->error;
    }
    return ret->kind == STRACE_RET_NUMBER || ret->error > 0;
}

/* Somebody waited for it. In files of -ff without durations such a call stands where it began: the
 * child may have all of its lines behind it. */
static void waited(struct conv *c, int64_t pid)
{
    if (!c->merged || c->item->has_exit_time) {
        reaped(c, pid);
    }
}

/* The parent's event was written; the child's follows, unless it came first. */
static void start_child(struct conv *c)
{
    int64_t pid = take_result_pid(c);
    struct synth_thread *child = synth_find(c->s, pid);
    bool early = child != NULL && child->linked && !child->sure && child->stranger != UINT32_MAX;
    const struct synth_thread *parent = c->thread;

    starts(c, c->thread, false);
    later_started(c, pid);
    if (c->result <= 0) {
        return;
    }
    later_file_started(c, pid);
    c->verdict->children++;
    child = synth_start(c->s, c->thread, pid, c->start_flags, c->call, true);
    if (child != NULL && pid != c->result) {
        child->vtid = c->result;
        child->proc->vpid = child->tid == child->proc->pid ? c->result : child->proc->vpid;
    }
    if (child != NULL && child != parent && !early) {
        /* strace -z tells of vfork() when it is over: what the child did follows, and was before */
        bool over = c->item->begin_line == 0 && (c->start_flags & CONV_CLONE_VFORK) != 0;

        emit_child(c, over ? enter_ns(c) : c->clock_ns, c->call, child, c->start_flags);
    }
}

static void keep_text(struct conv *c)
{
    bool keep = c->opts->keep == STRACE_KEEP_ALL ||
                (c->opts->keep == STRACE_KEEP_LOSSY && (c->lossy || c->item->noisy));

    if (keep && c->writer != NULL) {
        emit_comment(c, c->item->text + c->item->body, c->item->text_len - c->item->body);
    }
}

static void exit_events(struct conv *c, int64_t tid)
{
    uint32_t n = 1;

    if (c->call->does == DOES_MESSAGES && c->result > 1) {
        n = c->result < 1024 ? (uint32_t)c->result : 1024;
    }
    for (c->message = 0; c->message < n; c->message++) {
        emit_exit(c, exit_ns(c), tid);
        if (c->message == 0) {
            keep_text(c);
        }
    }
    c->message = 0;
}

static void do_return(struct conv *c)
{
    does_before(c);
    if (c->writer == NULL && c->call->row != NULL) {
        does_inherit(c, c->call->row);
    }
    c->start_flags = does_start(c->call) ? does_start_flags(c) : 0;
    exit_events(c, c->thread->tid);
    if (does_start(c->call)) {
        start_child(c);
    } else {
        does_after(c);
    }
    if (c->call->row == NULL && c->result > 0 &&
        (strace_span_is(c->item, c->item->name, "wait4") ||
         strace_span_is(c->item, c->item->name, "waitpid"))) {
        waited(c, take_result_pid(c));
    }
}

static void end_process(struct conv *c)
{
    uint64_t code = 0;

    (void)take_number(c, strace_arg(c->item, 0), &code);
    emit_end(c, c->clock_ns, (int64_t)code, 0, false);
    synth_end_thread(c->s, c->thread);
}

static bool call_begin(struct conv *c, int64_t pid)
{
    c->thread = thread_of(c, pid);
    c->about = c->thread;
    c->lossy = false;
    c->result = 0;
    if (c->thread == NULL) {
        return false;
    }
    if (c->thread->arch == WORDS_X86_64) {
        c->thread->arch = (uint8_t)c->arch;
    }
    /* nearly always the one whose arguments were just read */
    c->call = c->named;
    if (c->call == NULL || c->call->len != c->item->name.len ||
        memcmp(c->call->name, strace_span_text(c->item, c->item->name), c->call->len) != 0) {
        c->call = words_call(c->words, strace_span_text(c->item, c->item->name), c->item->name.len,
                             (enum words_arch)c->thread->arch);
    }
    return c->call != NULL;
}

/* A call that does not return. */
static void count_gone(struct conv *c)
{
    conv_count(c);
    c->verdict->begun++;
}

static void on_begin(struct conv *c)
{
    int64_t pid = c->item->pid >= 0 ? c->item->pid : c->main_pid;

    if (!call_begin(c, pid)) {
        c->verdict->not_kept += c->writer != NULL;
        return;
    }
    take_begin(c, emit_row(c));
    c->thread->gone = later_begun(c);
    c->thread->entered = c->thread->gone || c->opts->compat == STRACE_COMPAT_BOTH;
    if (c->thread->entered) {
        c->late_bits = c->thread->late_mask;
        emit_enter(c, enter_ns(c));
        c->late_bits = 0;
    }
    if (c->thread->gone) {
        count_gone(c);
    }
    if (does_start(c->call)) {
        c->thread->start_flags = does_start_flags(c);
        c->thread->start_call = c->call;
        c->thread->start_no = later_start(c);
        starts(c, c->thread, true);
    }
}

static void on_call(struct conv *c)
{
    int64_t pid = c->item->begin_line != 0 ? c->item->begin_pid : c->item->pid;
    bool began = c->item->begin_line != 0;
    bool back;

    if (!call_begin(c, pid >= 0 ? pid : c->main_pid)) {
        c->verdict->not_kept += c->writer != NULL;
        return;
    }
    conv_hint_arch(c);
    back = returned(c);
    if (!(began && c->thread->entered) && (c->opts->compat == STRACE_COMPAT_BOTH || !back)) {
        int64_t result = c->result;

        c->result = 0;
        emit_enter(c, enter_ns(c));
        c->result = result;
    }
    c->thread->entered = false;
    take_late(c, emit_row(c));
    if (back) {
        conv_count(c);
        later_back(c);
        do_return(c);
        return;
    }
    starts(c, c->thread, false);
    if (!(began && c->thread->gone)) {
        count_gone(c);
    }
    if (does_exit_group(c->call) && c->writer != NULL && !c->has_exits) {
        end_process(c);
    }
}

/* ------------------------------------------------------------------ other items */

static void on_signal(struct conv *c)
{
    const struct strace_node *info = strace_at(c->item, c->item->args);
    const struct strace_node *si_pid = strace_field(c->item, info, "si_pid");
    uint64_t from = 0;
    uint32_t number =
        words_signal(c->words, strace_span_text(c->item, c->item->name), c->item->name.len);

    (void)strace_number(c->item, si_pid, &from);
    if (number == 17) { /* SIGCHLD */
        reaped(c, strace_pid(c->item, si_pid));
    }
    emit_signal(c, enter_ns(c), (int64_t)from, number);
    c->lossy = true;
    keep_text(c);
}

static void on_exited(struct conv *c)
{
    uint32_t number =
        words_signal(c->words, strace_span_text(c->item, c->item->name), c->item->name.len);

    emit_end(c, enter_ns(c), c->item->number, c->item->kind == STRACE_KILLED ? number : 0,
             c->item->core_dumped);
    emit_flush(c);
    synth_end_thread(c->s, c->thread);
}

static void on_personality(struct conv *c)
{
    if (strace_span_is(c->item, c->item->name, "64 bit")) {
        c->thread->arch = (uint8_t)c->arch;
    } else if (strace_span_is(c->item, c->item->name, "32 bit") && c->arch == WORDS_X86_64) {
        c->thread->arch = WORDS_I386;
    }
}

/* Lines that belong to what came before. */
static void on_line(struct conv *c)
{
    if (c->opts->keep != STRACE_KEEP_NONE && c->is_open) {
        emit_comment(c, c->item->text, c->item->text_len);
    }
}

static void not_kept(struct conv *c)
{
    struct strace_verdict *v = c->verdict;

    if (c->writer == NULL || c->item->text_len == c->item->body) {
        return;
    }
    if (c->opts->keep == STRACE_KEEP_ALL) {
        emit_note(c, c->clock_ns, c->main_pid, "strace", c->item->text, c->item->text_len);
        return;
    }
    if (v->not_kept < STRACE_VERDICT_LINES) {
        v->not_kept_at[v->not_kept] = c->item->line;
    }
    v->not_kept++;
}

/* No event tells it. */
static void on_stopped(struct conv *c)
{
    if (c->opts->keep == STRACE_KEEP_NONE) {
        not_kept(c);
        return;
    }
    emit_note(c, enter_ns(c), c->thread->tid, "strace", c->item->text + c->item->body,
              c->item->text_len - c->item->body);
}

/* What is done with an item; those of a thread get it looked up first. */
static const struct {
    void (*act)(struct conv *c);
    bool of_thread;
} acts[STRACE_KINDS] = {
    [STRACE_CALL] = {on_call, false},       [STRACE_BEGIN] = {on_begin, false},
    [STRACE_SIGNAL] = {on_signal, true},    [STRACE_EXITED] = {on_exited, true},
    [STRACE_KILLED] = {on_exited, true},    [STRACE_PERSONALITY] = {on_personality, true},
    [STRACE_STACK] = {on_line, false},      [STRACE_DUMP] = {on_line, false},
    [STRACE_SUPERSEDED] = {on_line, false}, [STRACE_STOPPED] = {on_stopped, true},
    [STRACE_ATTACHED] = {not_kept, false},  [STRACE_DETACHED] = {not_kept, false},
    [STRACE_SUMMARY] = {not_kept, false},   [STRACE_NOTE] = {not_kept, false},
    [STRACE_FOREIGN] = {not_kept, false},   [STRACE_UNREAD] = {not_kept, false},
};

static void on_item(struct conv *c)
{
    enum strace_item_kind kind = c->item->kind;
    int64_t pid = c->item->pid >= 0 ? c->item->pid : c->main_pid;

    if (c->later.files != NULL) {
        later_file_item(c);
    }
    conv_step(c, kind, c->item->has_exit_time ? c->item->exit_ns : c->item->enter_ns);
    if (acts[kind].of_thread) {
        if (kind == STRACE_PERSONALITY && c->item->number > 0) {
            pid = c->item->number;
        }
        c->thread = thread_of(c, pid);
        c->about = c->thread;
        c->lossy = false;
        if (c->thread == NULL) {
            return;
        }
    }
    acts[kind].act(c);
}

/* ------------------------------------------------------------------ passes */

struct job {
    strace_open_fn open;
    void *ctx;
    const char *const *names;
    uint32_t n;
    enum strace_dialect *dialect;
    struct scapf_diag *diag;
};

static enum scapf_status open_set(const struct job *job, struct conv *c, struct strace_set **set)
{
    const struct strace_set_opts opts = {
        .alloc = c->opts->alloc,
        .pid = c->main_pid,
        .glance = c->writer == NULL && job->n == 1 ? glance_call : NULL,
        .wanted = glance_wanted,
        .glance_ctx = c,
        .plain = c->plain,
        .days = c->later.days,
    };
    struct scapf_src *srcs[64] = {NULL};
    struct scapf_src **all = srcs;
    enum scapf_status status = SCAPF_OK;
    uint32_t i = 0;

    *set = NULL;
    if (job->n > 64) {
        all = synth_calloc(c->s, job->n, sizeof(*all));
    }
    for (; all != NULL && i < job->n && status == SCAPF_OK; i++) {
        status = job->open(job->ctx, i, &all[i], job->diag);
    }
    if (all == NULL || status != SCAPF_OK) {
        while (all != NULL && i-- > 0) {
            scapf_src_free(all[i]);
        }
        status = all == NULL ? SCAPF_E_NOMEM : status;
    } else {
        status = strace_set_new(all, job->names, job->n, &opts, set, job->dialect, job->diag);
    }
    if (all != srcs) {
        synth_free(c->s, all);
    }
    return status;
}

static enum scapf_status run_pass(const struct job *job, struct conv *c)
{
    struct strace_set *set;
    const struct strace_item *item;
    enum scapf_status status = open_set(job, c, &set);

    if (status != SCAPF_OK) {
        return status;
    }
    while ((status = strace_set_next(set, &item)) == SCAPF_OK) {
        c->item = item;
        on_item(c);
        if (c->status != SCAPF_OK || c->s->failed) {
            break;
        }
    }
    if (c->writer != NULL) {
        emit_flush(c);
    }
    c->verdict->log = *strace_set_report(set);
    if (status < 0 && strace_set_diag(set) != NULL) {
        *job->diag = *strace_set_diag(set);
    }
    strace_set_free(set);
    if (c->s->failed) {
        return SCAPF_E_NOMEM;
    }
    return c->status != SCAPF_OK ? c->status : status == SCAPF_END ? SCAPF_OK : status;
}

static enum strace_time_kind time_kind(const struct strace_report *report)
{
    for (int kind = STRACE_TIME_EPOCH; kind <= STRACE_TIME_RELATIVE; kind++) {
        if (report->stamps[kind] > 0) {
            return (enum strace_time_kind)kind;
        }
    }
    return STRACE_TIME_NONE;
}

/* The log from its beginning, once more: the first pass (forget) or the second. */
static void rewind_log(struct conv *c, bool forget)
{
    memset(c->lanes, 0, sizeof(c->lanes));
    c->clock_ns = 0;
    c->last_ns = 0;
    c->step_ns = 0;
    later_reset(c, forget);
}

/* Whose the lines without a pid are shows in the lines themselves. */
static bool learn_main_pid(struct conv *c)
{
    if (c->main_pid >= 0 || !c->nameless) {
        return false;
    }
    c->main_pid = c->verdict->log.first_pid;
    c->verdict->pid_invented = c->main_pid < 0;
    c->main_pid = c->main_pid < 0 ? INVENTED_PID : c->main_pid;
    return true;
}

static int64_t midnight_ns(const struct strace_day *day)
{
    return day->days * STRACE_NS_PER_DAY - day->zone_s * NS_PER_S;
}

/* A file was written, and a pipe is read, on the day of the last line that has a time. */
static void learn_day(struct conv *c)
{
    struct strace_day *day = &c->verdict->day;

    *day = c->opts->day;
    if (day->from != STRACE_DAY_GIVEN && c->verdict->time_kind == STRACE_TIME_OF_DAY) {
        day->days -= c->last_ns / STRACE_NS_PER_DAY;
    }
    c->day_ns = midnight_ns(day);
}

/* The first pass; again when it shows whose the lines without a pid are, that files begin on later
 * days than others, or that a child was taken for another's. */
static enum scapf_status learn(const struct job *job, struct conv *c)
{
    c->main_pid = c->opts->pid;
    for (int turn = 0;; turn++) {
        enum scapf_status status = run_pass(job, c);
        bool again;

        if (status < 0) {
            return status;
        }
        c->verdict->first_pid = c->main_pid;
        again = learn_main_pid(c);
        again = later_other_days(c) || later_mistaken(c) || again;
        if (turn == LEARN_TURNS || !again) {
            break;
        }
        synth_release(c->s);
        synth_ids(c->s, c->opts->uid);
        c->late.n = 0;
        rewind_log(c, true);
        *c->verdict = (struct strace_verdict){.pid_invented = c->verdict->pid_invented};
    }
    c->verdict->time_kind = time_kind(&c->verdict->log);
    learn_day(c);
    c->plain = c->verdict->log.changed == 0;
    c->has_exits = c->verdict->by_kind[STRACE_EXITED] + c->verdict->by_kind[STRACE_KILLED] > 0;
    return SCAPF_OK;
}

static enum scapf_status write(const struct job *job, struct conv *c, const struct synth *first)
{
    const struct synth_host host = {.name = c->opts->host, .cpus = c->verdict->lanes};
    struct strace_verdict *v = c->verdict;
    enum scapf_status status = synth_write_tables(first, c->writer, &host);
    const struct strace_verdict fresh = {
        .first_pid = v->first_pid,
        .pid_invented = v->pid_invented,
        .time_kind = v->time_kind,
        .day = v->day,
    };

    *v = fresh;
    for (uint32_t i = 0; i < first->n_strangers; i++) {
        v->processes += first->strangers[i].first != NULL;
        v->nameless += first->strangers[i].first != NULL && first->strangers[i].comm[0] == '\0';
    }
    rewind_log(c, false);
    return status == SCAPF_OK ? run_pass(job, c) : status;
}

enum scapf_status strace_convert(strace_open_fn open, void *ctx, const char *const *names,
                                 uint32_t n, const struct strace_convert_opts *opts,
                                 struct scapf_writer *writer, struct strace_verdict *verdict,
                                 enum strace_dialect *dialect, struct scapf_diag *diag)
{
    const struct job job = {open, ctx, names, n, dialect, diag};
    struct synth first;
    struct synth second;
    struct conv *c;
    enum scapf_status status = SCAPF_E_NOMEM;

    *verdict = (struct strace_verdict){0};
    synth_init(&first, opts->alloc);
    synth_init(&second, opts->alloc);
    synth_ids(&first, opts->uid);
    c = synth_calloc(&first, 1, sizeof(*c));
    if (c != NULL) {
        c->opts = opts;
        c->merged = n > 1;
        c->day_ns = midnight_ns(&opts->day);
        c->verdict = verdict;
        c->schema = opts->schema != NULL ? opts->schema : scapf_schema_builtin();
        c->words = words_new(opts->alloc, c->schema, does_find);
        c->s = &first;
        c->arch =
            opts->arch != NULL && strcmp(opts->arch, "aarch64") == 0 ? WORDS_AARCH64 : WORDS_X86_64;
        status = c->words != NULL && later_files(c, names, n) ? learn(&job, c) : SCAPF_E_NOMEM;
    }
    if (status == SCAPF_OK) {
        synth_settle(&first);
        synth_begin(&second, &first);
        c->s = &second;
        c->writer = writer;
        status = write(&job, c, &first);
    }
    synth_release(&second);
    if (c != NULL) {
        words_free(c->words);
        synth_free(&first, c->scratch.at);
        synth_free(&first, c->path.at);
        synth_free(&first, c->late.values);
        later_free(c, &first);
        synth_free(&first, c);
    }
    synth_release(&first);
    return status;
}
