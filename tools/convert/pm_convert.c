/* SPDX-License-Identifier: Apache-2.0 */
#include "pm_convert.h"

#include <endian.h>
#include <string.h>

#include "pm_conv.h"
#include "pm_words.h"
#include "synth_mem.h"

#define CLOSE_ENTER  4
#define CLOSE_EXIT   5
#define SEVERITY     0xC0000000u /* of an NTSTATUS: error */
#define EIO_         5
#define EINPROGRESS_ 115
/* of an operation, 31 years: a longer one comes of a clock that was set back */
#define LONGEST (INT64_C(1000000000) * PM_SECOND)

/* ------------------------------------------------------------------ results and times */

/* "0xC000046F": Procmon has no name for it. */
static bool is_hexadecimal(struct pm_text text)
{
    return text.len > 2 && text.at[0] == '0' && text.at[1] == 'x';
}

static void take_result(struct pm_conv *c)
{
    struct pm_text text = pm_col(c->event, PM_RESULT);
    int64_t status = 0;

    c->result_row = c->event->exact ? c->event->result : pm_map_result(c, text);
    c->res = 0;
    if (c->result_row != NULL) {
        c->res = -(int64_t)c->result_row->error;
    } else if (is_hexadecimal(text) && pm_number(text, &status)) {
        pm_names_add(&c->verdict.results, text);
        c->res = ((uint32_t)status & SEVERITY) == SEVERITY ? -EIO_ : 0;
    } else if (text.len > 0) {
        pm_names_add(&c->verdict.results, text);
        c->res = -EIO_;
    } else if (text.at != NULL) {
        c->res = -EINPROGRESS_;
    }
    c->failed = c->res < 0;
    c->verdict.pending += c->res == -EINPROGRESS_;
}

/* When it began, and its duration: below 0 when that is not known. */
static bool take_texts(struct pm_conv *c)
{
    struct pm_text text = pm_col(c->event, PM_TIME);

    if (!pm_when_event(c->when, c->event, &c->ns)) {
        if (!c->opts.lenient) {
            pm_wrong(&c->fault, PM_BAD_TIME, c->event->off, c->event->line, "%.*s",
                     (int)pm_cut(text, 60), text.len > 0 ? text.at : "");
            c->fault.event = c->event->number;
            c->status = SCAPF_E_FORMAT;
            return false;
        }
        c->verdict.repairs.times++;
    }
    if (!pm_seconds(pm_col(c->event, PM_DURATION), &c->duration_ns) || c->duration_ns > LONGEST) {
        c->duration_ns = -1;
    }
    return true;
}

static void take_numbers(struct pm_conv *c)
{
    c->ns = c->event->ts_ns;
    c->duration_ns = c->event->duration_ns;
    pm_when_exact(c->when, c->ns);
}

static bool take_time(struct pm_conv *c)
{
    if (c->event->exact) {
        take_numbers(c);
    } else if (!take_texts(c)) {
        return false;
    }
    if (c->duration_ns < 0) {
        c->verdict.no_duration++;
        c->duration_ns = 0;
    }
    if (c->res == -EINPROGRESS_) {
        c->duration_ns = 0; /* when it ends is not known, and its thread goes on */
    }
    return true;
}

/* ------------------------------------------------------------------ system calls */

static void take_ends(struct pm_conv *c)
{
    bool cut;

    c->is_tcp =
        pm_col(c->event, PM_OPERATION).len > 0 && pm_col(c->event, PM_OPERATION).at[0] == 'T';
    c->has_ends = c->event->has_ends;
    if (c->has_ends) {
        memcpy(c->ends, c->event->ends, sizeof(c->ends));
    } else {
        c->has_ends = pm_ends(c->schema, pm_col(c->event, PM_PATH), c->ends, &cut);
    }
    c->verdict.unresolved += !c->has_ends;
}

static void call(struct pm_conv *c)
{
    const struct scapf_pm_row *row = c->row;
    struct pm_rec *enter = pm_rec_new(c, row->enter, c->thread->tid);
    struct pm_rec *exit = pm_rec_new(c, row->exit, c->thread->tid);

    c->about = c->thread;
    if (enter != NULL && exit != NULL) {
        pm_params(c, enter, scapf_schema_event(c->schema, row->enter), row->enter_from,
                  row->n_enter);
        pm_params(c, exit, scapf_schema_event(c->schema, row->exit), row->exit_from, row->n_exit);
        pm_note_columns(c, exit);
    }
    pm_emit_call(c, enter, exit);
}

static void alone(struct pm_conv *c)
{
    struct pm_rec *rec = pm_rec_new(c, c->row->exit, c->thread->tid);

    c->about = c->thread;
    if (rec != NULL) {
        pm_params(c, rec, scapf_schema_event(c->schema, c->row->exit), c->row->exit_from,
                  c->row->n_exit);
        pm_note_columns(c, rec);
    }
    pm_emit_alone(c, rec);
}

static void does_open(struct pm_conv *c)
{
    pm_fds_open(c);
    call(c);
}

static void does_close(struct pm_conv *c)
{
    pm_fds_close(c);
    call(c);
}

static void does_use(struct pm_conv *c)
{
    pm_fds_use(c);
    call(c);
}

/* At offset -1 a write appends; there is a call for that. */
static void does_write(struct pm_conv *c)
{
    pm_fds_use(c);
    call(c);
}

static void does_socket(struct pm_conv *c)
{
    take_ends(c);
    pm_fds_socket(c, false);
    call(c);
}

static void does_connect(struct pm_conv *c)
{
    take_ends(c);
    pm_fds_socket(c, !c->failed);
    call(c);
}

/* The socket comes into being by the call itself. */
static void does_accept(struct pm_conv *c)
{
    take_ends(c);
    pm_fds_accept(c);
    call(c);
}

static void does_disconnect(struct pm_conv *c)
{
    struct pm_rec *enter;
    struct pm_rec *exit;

    does_socket(c);
    pm_fds_hang_up(c);
    enter = pm_rec_new(c, CLOSE_ENTER, c->thread->tid);
    exit = pm_rec_new(c, CLOSE_EXIT, c->thread->tid);
    if (enter != NULL && exit != NULL) {
        pm_rec_number(c, enter, (uint64_t)c->fd, 8);
        pm_rec_number(c, exit, 0, 8);
        pm_rec_number(c, exit, (uint64_t)c->fd, 8);
    }
    c->duration_ns = 0;
    pm_emit_call(c, enter, exit);
}

static void does_create(struct pm_conv *c)
{
    c->start_flags = 0;
    call(c);
    pm_proc_create(c);
}

static void does_start(struct pm_conv *c)
{
    c->thread = pm_proc_main(c, c->proc);
    if (c->thread != NULL) {
        pm_proc_start(c);
        call(c);
    }
}

static void does_thread_create(struct pm_conv *c)
{
    c->start_flags = PM_CLONE_THREAD;
    call(c);
    pm_proc_thread_create(c);
    pm_emit_now(c, c->ns, NULL);
}

static void does_exit(struct pm_conv *c)
{
    c->thread = pm_proc_main(c, c->proc);
    if (c->thread != NULL) {
        pm_when_match(c->when, c->ns, c->proc->finish);
        alone(c);
        pm_proc_end(c, c->proc);
    }
}

static void does_thread_exit(struct pm_conv *c)
{
    struct synth_thread *thread = c->thread;

    alone(c);
    if (thread->tid != c->proc->pid) {
        synth_end_thread(&c->s, thread);
    }
}

static void does_image(struct pm_conv *c)
{
    c->fd = -1;
    call(c);
}

/* What `does` of a row names. */
static const struct {
    const char *name;
    void (*act)(struct pm_conv *c);
} acts[] = {
    {"open", does_open},
    {"close", does_close},
    {"use", does_use},
    {"read", does_use},
    {"write", does_write},
    {"path", call},
    {"rename", call},
    {"socket", does_socket},
    {"connect", does_connect},
    {"accept", does_accept},
    {"disconnect", does_disconnect},
    {"create", does_create},
    {"start", does_start},
    {"thread-create", does_thread_create},
    {"exit", does_exit},
    {"thread-exit", does_thread_exit},
    {"image", does_image},
};

static void make_plan(const struct pm_conv *c, struct pm_plan *plan, const struct scapf_pm_row *row)
{
    plan->made = true;
    for (size_t k = 0; row->does != NULL && k < sizeof(acts) / sizeof(acts[0]); k++) {
        if (row->has_event && strcmp(acts[k].name, row->does) == 0) {
            plan->act = acts[k].act;
        }
    }
    plan->act = plan->act == does_image && !c->opts.map_images ? NULL : plan->act;
    /* their events come from a thread of the parent, or one that is gone */
    plan->of_process = plan->act == does_start || plan->act == does_exit;
    pm_note_plan(plan, row);
}

/* A recording has events of few rows. */
static const struct pm_plan *plan_of(struct pm_conv *c, const struct scapf_pm_row *row)
{
    struct pm_plan *plan = &c->plans[row - c->schema->pm_rows];

    if (!plan->made) {
        make_plan(c, plan, row);
    }
    return plan;
}

/* Is it a system call at all? */
static bool is_call(const struct pm_conv *c)
{
    const struct scapf_pm_row *row = c->row;
    struct pm_text value;

    if (c->plan == NULL || c->plan->act == NULL ||
        (c->result_row != NULL && c->result_row->as == SCAPF_PM_RETRY)) {
        return false;
    }
    if (row->when_key == NULL) {
        return true;
    }
    return pm_detail(row, pm_col(c->event, PM_DETAIL), row->when_key, &value) &&
           (row->when_part ? pm_contains(value, row->when) : pm_is(value, row->when));
}

static void act(struct pm_conv *c)
{
    if (!is_call(c)) {
        c->verdict.notified++;
        pm_emit_now(c, c->ns, pm_note(c));
    } else if (pm_fds_path(c, pm_col(c->event, PM_PATH), &c->path)) {
        c->verdict.mapped++;
        c->plan->act(c);
    }
}

/* ------------------------------------------------------------------ the handler */

static void note_columns(struct pm_conv *c)
{
    for (uint32_t i = 0; i < c->event->n_fields; i++) {
        if (c->event->fields[i].column == PM_COLUMN_COUNT) {
            pm_names_add(&c->verdict.columns, c->event->fields[i].name);
        }
    }
}

/* The thread of the event in hand. */
static bool take_thread(struct pm_conv *c)
{
    uint64_t tid = 0;

    c->proc = pm_proc_of(c);
    if (c->proc == NULL) {
        return false;
    }
    if (c->event->exact) {
        tid = c->event->tid;
    } else if (!pm_decimal(pm_col(c->event, PM_TID), UINT32_MAX, &tid)) {
        tid = 0;
    }
    c->verdict.no_tid += tid == 0;
    if (tid == 0 || (c->plan != NULL && c->plan->of_process)) {
        tid = (uint64_t)c->proc->pid;
    }
    c->before = NULL;
    c->thread = pm_proc_thread(c, c->proc, (int64_t)tid);
    return c->thread != NULL;
}

/* Is it of a kind that was not asked for? Reads and writes of files that are cached come twice, by
 * the program and by the pager; only their detail tells which is which. */
static bool is_left_out(const struct pm_conv *c)
{
    struct pm_text flags;

    if (c->row == NULL) {
        return false;
    }
    return (c->opts.no_registry && c->row->cls == SCAPF_PM_REGISTRY) ||
           (c->opts.no_paging && c->row->cls == SCAPF_PM_FILE &&
            pm_detail(c->row, pm_col(c->event, PM_DETAIL), "I/O Flags", &flags) &&
            memmem(flags.at, flags.len, "Paging I/O", 10) != NULL);
}

static bool on_event(void *ctx, const struct pm_event *event)
{
    struct pm_conv *c = ctx;

    c->event = event;
    c->row = event->row != NULL ? event->row : pm_map_operation(c, pm_col(event, PM_OPERATION));
    c->plan = c->row != NULL ? plan_of(c, c->row) : NULL;
    take_result(c);
    if ((!event->exact && !pm_check_event(c)) || !take_time(c)) {
        return false;
    }
    c->verdict.events++;
    c->verdict.by_class[c->row != NULL ? c->row->cls : 0]++;
    if (c->row == NULL) {
        pm_names_add(&c->verdict.operations, pm_col(event, PM_OPERATION));
    }
    c->verdict.raw_details += event->exact && event->raw;
    if (!event->exact) {
        note_columns(c);
    }
    if (!c->spooled) {
        c->spooled = true;
        c->first_ns = c->ns;
    }
    pm_emit_until(c, c->ns);
    if (!take_thread(c)) {
        c->s.failed = true;
    } else if (is_left_out(c)) {
        c->verdict.dropped++; /* of its process it told all the same */
    } else {
        act(c);
    }
    if (c->s.failed && c->status == SCAPF_OK) {
        c->status = SCAPF_E_NOMEM;
    }
    return c->status == SCAPF_OK;
}

static bool on_process(void *ctx, const struct pm_process *process)
{
    struct pm_conv *c = ctx;

    if (!process->exact && !pm_check_process(c, process)) {
        return false;
    }
    if (!pm_proc_listed(c, process) && c->status == SCAPF_OK) {
        c->status = SCAPF_E_NOMEM;
    }
    return c->status == SCAPF_OK;
}

/* ------------------------------------------------------------------ life */

enum scapf_status pm_conv_new(const struct pm_convert_opts *opts, struct scapf_writer *spool,
                              struct pm_conv **conv)
{
    struct pm_conv *c;
    struct synth s;

    synth_init(&s, opts->alloc);
    c = synth_calloc(&s, 1, sizeof(*c));
    *conv = c;
    if (c == NULL) {
        return SCAPF_E_NOMEM;
    }
    c->s = s;
    c->opts = *opts;
    c->schema = opts->schema != NULL ? opts->schema : scapf_schema_builtin();
    c->spool = spool;
    c->handler = (struct pm_handler){c, on_process, on_event};
    c->when = &c->verdict.when;
    c->clock_ns = INT64_MIN;
    c->next_uid = 1000;
    c->plans = synth_calloc(&c->s, c->schema->n_pm_rows + (size_t)1, sizeof(*c->plans));
    if (c->plans == NULL || !pm_map_init(c)) {
        return SCAPF_E_NOMEM;
    }
    pm_conv_host(c, opts->host, 0, 0);
    return scapf_writer_section(spool, 2);
}

const struct pm_handler *pm_conv_handler(struct pm_conv *c)
{
    c->columns = 0; /* every file has its own */
    c->further = 0;
    return &c->handler;
}

enum scapf_status pm_conv_status(const struct pm_conv *c, struct pm_fault *fault)
{
    if (c->fault.wrong != PM_FINE) {
        *fault = c->fault;
    }
    return c->status;
}

void pm_conv_host(struct pm_conv *c, const char *name, uint32_t cpus, uint64_t memory)
{
    if (name != NULL && c->host_name[0] == '\0') {
        (void)snprintf(c->host_name, sizeof(c->host_name), "%s", name);
        c->host.name = c->host_name;
    }
    c->host.cpus = cpus > c->host.cpus ? cpus : c->host.cpus;
    c->host.memory = memory > 0 ? memory : c->host.memory;
}

enum scapf_status pm_conv_end(struct pm_conv *c)
{
    pm_emit_end(c);
    pm_when_finish(c->when, &c->opts.when);
    c->verdict.repairs.times += c->when->has_clock ? c->when->bare : 0;
    pm_proc_rest(c);
    if (c->s.failed && c->status == SCAPF_OK) {
        c->status = SCAPF_E_NOMEM;
    }
    return c->status == SCAPF_OK ? scapf_writer_finish(c->spool) : c->status;
}

struct pm_verdict *pm_conv_verdict(struct pm_conv *c)
{
    return &c->verdict;
}

void pm_conv_free(struct pm_conv *c)
{
    struct synth s;

    if (c == NULL) {
        return;
    }
    pm_emit_free(c);
    pm_procs_free(c);
    synth_free(&c->s, c->plans);
    synth_free(&c->s, c->operations.slots);
    synth_free(&c->s, c->results.slots);
    synth_free(&c->s, c->controls.slots);
    synth_free(&c->s, c->procs.slots);
    synth_free(&c->s, c->owners.slots);
    synth_free(&c->s, c->seen.slots);
    synth_text_drop(&c->s, &c->path);
    synth_text_drop(&c->s, &c->scratch);
    synth_release(&c->s);
    s = c->s;
    synth_free(&s, c);
}

/* ------------------------------------------------------------------ the capture */

/* [pcapng, scap 4] a block of the spool: type, length; of an event then cpu and time. */
#define LENGTH_AT   4u
#define TIME_AT     10u
#define BLOCK_LEAST 28u /* the section header; events are longer */
#define EVENT_LEAST 38u /* cpu, header, no parameters, length */
#define RUN_MAX     ((size_t)256 * 1024)

static uint32_t get_u32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t time_of(const uint8_t *block)
{
    return get_u32(block + TIME_AT) | (uint64_t)get_u32(block + TIME_AT + 4) << 32;
}

/* Whole blocks of events from here on, n of them: their bytes. timed: only those with a time. */
static size_t run_of(const uint8_t *bytes, size_t avail, bool timed, uint64_t *n)
{
    size_t len = 0;

    *n = 0;
    while (avail - len > EVENT_LEAST && get_u32(bytes + len) != SCAPF_BLOCK_SHB &&
           !(timed && time_of(bytes + len) == 0)) {
        size_t next = get_u32(bytes + len + LENGTH_AT);

        if (next < EVENT_LEAST || next > avail - len) {
            break;
        }
        len += next;
        ++*n;
    }
    return len;
}

/* Local time becomes UTC; what has no time stands before the first event. */
static enum scapf_status put_shifted(struct pm_conv *c, struct scapf_writer *writer,
                                     const uint8_t *blocks, size_t len, uint64_t n,
                                     int64_t shift_ns)
{
    uint8_t *copy;

    if (!pm_room(c, &c->scratch, len)) {
        return SCAPF_E_NOMEM;
    }
    copy = (uint8_t *)c->scratch.at;
    memcpy(copy, blocks, len);
    for (size_t at = 0; at < len; at += get_u32(copy + at + LENGTH_AT)) {
        uint64_t ns = time_of(copy + at);

        ns = (uint64_t)(pm_when_local(c->when, ns == 0 ? c->first_ns : (int64_t)ns) + shift_ns);
        ns = htole64(ns);
        memcpy(copy + at + TIME_AT, &ns, sizeof(ns));
    }
    return scapf_writer_blocks(writer, copy, len, n);
}

/* The spool is what this program has just written: nothing in it need be looked at but where the
 * blocks end. */
static enum scapf_status put_spool(struct pm_conv *c, struct scapf_src *src,
                                   struct scapf_writer *writer, int64_t shift_ns)
{
    bool moves = shift_ns != 0 || !pm_when_final(c->when);

    for (;;) {
        const uint8_t *bytes;
        size_t avail;
        uint64_t n = 0;
        enum scapf_status status = scapf_src_peek(src, BLOCK_LEAST, &bytes, &avail, NULL);
        size_t len;

        if (status != SCAPF_OK || avail == 0) {
            return status;
        }
        len = run_of(bytes, avail < RUN_MAX ? avail : RUN_MAX, !moves, &n);
        if (len > 0 && !moves) {
            status = scapf_writer_blocks(writer, bytes, len, n);
        } else if (len > 0) {
            status = put_shifted(c, writer, bytes, len, n, shift_ns);
        } else { /* one that is long or has no time, or the section */
            len = avail >= BLOCK_LEAST ? get_u32(bytes + LENGTH_AT) : BLOCK_LEAST;
            status = avail < len ? scapf_src_peek(src, len, &bytes, &avail, NULL) : SCAPF_OK;
            if (status == SCAPF_OK && (len < BLOCK_LEAST || avail < len)) {
                return SCAPF_E_TRUNCATED;
            }
            if (status == SCAPF_OK && get_u32(bytes) != SCAPF_BLOCK_SHB) {
                status = put_shifted(c, writer, bytes, len, 1, shift_ns);
            }
        }
        if (status != SCAPF_OK) {
            return status;
        }
        scapf_src_skip(src, len);
    }
}

enum scapf_status pm_conv_write(struct pm_conv *c, struct scapf_src *src,
                                struct scapf_writer *writer)
{
    enum scapf_status status;
    int64_t shift_ns = c->when->shift_ns;
    int64_t first_ns = pm_when_local(c->when, c->first_ns);

    c->host.cpus = c->n_lanes > c->host.cpus ? c->n_lanes : c->host.cpus;
    if (first_ns + shift_ns < 0) {
        shift_ns = -first_ns;
    }
    status = synth_write_tables(&c->s, writer, &c->host);
    status = status == SCAPF_OK ? put_spool(c, src, writer, shift_ns) : status;
    scapf_src_free(src);
    return status;
}
