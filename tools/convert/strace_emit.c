/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strace_emit.c - events into the writer.
 *
 * Profile "dual" [scap 17]: an enter event before every exit event, the exit with all parameters of
 * the newest schema. Readers of before 2022 know no event code above 335 and no PPM_SC above 329:
 * with --compat=both such a call enters as the generic event, which they show by name, and leaves
 * as its own, which they pass over and newer readers take.
 */
#include <string.h>

#include "strace_conv.h"
#include "utf8.h"

#define GENERIC_ENTER  0
#define GENERIC_EXIT   1
#define PROCEXIT       186
#define SIGNAL_DELIVER 232
#define NOTIFICATION   280
#define BLOCK_MAX      65400u /* [scap 9.6] less header, lengths and padding */
#define NOTE_MAX       60000u

static uint64_t slack_ns(const struct conv *c)
{
    switch (c->item->time_digits) {
    case 9:
    case 6:
        return 1000000u; /* the exit is stamp and duration, each rounded */
    case 3:
        return 2000000u;
    default:
        return 2000000000u;
    }
}

uint64_t emit_time(struct conv *c, int64_t ns)
{
    uint16_t lane = 0;

    /* A line is printed after what the line before it tells, however coarse its stamp is. */
    if (ns < c->clock_ns && (uint64_t)(c->clock_ns - ns) <= slack_ns(c)) {
        ns = c->clock_ns;
    }
    while (lane < CONV_LANES - 1 && lane < c->verdict->lanes && ns < c->lanes[lane]) {
        lane++;
    }
    c->verdict->lanes = lane >= c->verdict->lanes ? lane + 1u : c->verdict->lanes;
    c->verdict->clock_back += ns < c->clock_ns;
    c->lanes[lane] = ns;
    c->lane = lane;
    c->clock_ns = ns;
    return (uint64_t)ns;
}

/* An event begins; false in the first pass, which only follows the time. */
static bool begin(struct conv *c, int64_t ns, int64_t tid, uint16_t code)
{
    uint64_t ts_ns = emit_time(c, ns);
    const struct scapf_event_header header = {
        .code = code,
        .ts_ns = ts_ns,
        .cpu = c->lane,
        .tid = tid,
    };

    if (c->writer == NULL) {
        return false;
    }
    emit_flush(c);
    if (c->status == SCAPF_OK) {
        c->status = scapf_writer_event(c->writer, &header);
    }
    c->room = CONV_ROOM;
    c->n_params = 0;
    c->params_len = 0;
    c->options = 0;
    c->is_open = true;
    c->verdict->events++;
    return true;
}

void emit_flush(struct conv *c)
{
    if (c->is_open && c->status == SCAPF_OK) {
        c->status = scapf_writer_params(c->writer, c->lens, c->n_params, c->params);
    }
    if (c->is_open && c->status == SCAPF_OK) {
        c->status = scapf_writer_event_end(c->writer);
    }
    c->is_open = false;
}

/* ------------------------------------------------------------------ calls */

const struct scapf_trace_row *emit_row(const struct conv *c)
{
    return c->opts->compat == STRACE_COMPAT_BOTH && c->call->old != NULL ? c->call->old
                                                                         : c->call->row;
}

/* The generic event: which call, by its number everywhere and by the kernel's. */
static void put_generic(struct conv *c)
{
    uint16_t ppm_sc = c->call->ppm_sc;
    uint16_t nr = c->call->nr[c->arch];

    if (c->item->number_n >= 0) {
        nr = words_nr(c->words, (uint32_t)c->item->number_n, (enum words_arch)c->thread->arch);
    }
    if (ppm_sc >= SCAPF_OLD_SYSCALLS && c->opts->compat == STRACE_COMPAT_BOTH) {
        ppm_sc = 0; /* old readers die of one they do not know */
    }
    take_int(c, ppm_sc, 2);
    take_int(c, nr, 2);
}

void emit_enter(struct conv *c, int64_t ns)
{
    const struct scapf_trace_row *row = emit_row(c);
    bool own = row != NULL && row->has_event && row->has_enter;
    bool lossy = c->lossy;

    if (own && c->opts->compat == STRACE_COMPAT_BOTH && row->exit >= SCAPF_OLD_CODES) {
        own = false;
    }
    if (!begin(c, ns, c->thread->tid, own ? row->enter : GENERIC_ENTER)) {
        return;
    }
    if (own) {
        take_params(c, scapf_schema_event(c->schema, row->enter), row->enter_from, row->n_enter);
    } else {
        put_generic(c);
    }
    c->lossy = lossy; /* the exit says it all again */
    emit_flush(c);
}

void emit_exit(struct conv *c, int64_t ns, int64_t tid)
{
    const struct scapf_trace_row *row = emit_row(c);
    bool own = row != NULL && row->has_event;

    if (!begin(c, ns, tid, own ? row->exit : GENERIC_EXIT)) {
        return;
    }
    c->lossy = true;
    if (!own) {
        put_generic(c);
        return;
    }
    c->lossy = row->loses || c->item->ret.aux != 0 || c->item->raw_args || c->item->ret.injected;
    take_params(c, scapf_schema_event(c->schema, row->exit), row->exit_from, row->n_exit);
}

void emit_child(struct conv *c, int64_t ns, const struct words_call *call,
                const struct synth_thread *child, uint32_t flags)
{
    const struct scapf_trace_row *row = call->row;
    int64_t result = c->result;
    const struct synth_thread *about = c->about;
    bool lossy = c->lossy;

    if (row == NULL || !row->has_event || !begin(c, ns, child->tid, row->exit)) {
        return;
    }
    c->result = 0; /* [clone(2)] what the child sees */
    c->about = child;
    c->start_flags = flags;
    take_params(c, scapf_schema_event(c->schema, row->exit), row->exit_from, row->n_exit);
    emit_flush(c);
    c->result = result;
    c->about = about;
    c->lossy = lossy;
}

/* ------------------------------------------------------------------ others */

void emit_signal(struct conv *c, int64_t ns, int64_t from, uint32_t number)
{
    if (!begin(c, ns, c->thread->tid, SIGNAL_DELIVER)) {
        return;
    }
    take_int(c, (uint64_t)from, 8);
    take_int(c, (uint64_t)c->thread->tid, 8);
    take_int(c, number, 1);
}

/* [wait(2)] status as the parent gets it */
void emit_end(struct conv *c, int64_t ns, int64_t code, uint32_t signal, bool core)
{
    bool last = c->thread->tid == c->thread->proc->pid;

    if (!begin(c, ns, c->thread->tid, PROCEXIT)) {
        return;
    }
    take_int(c, ((uint64_t)code & 0xFF) << 8 | signal | (core ? 0x80u : 0), 8);
    take_int(c, (uint64_t)code & 0xFF, 8);
    take_int(c, signal, 1);
    take_int(c, core, 1);
    take_int(c, last ? (uint64_t)c->thread->proc->ptid : 0, 8);
}

void emit_note(struct conv *c, int64_t ns, int64_t tid, const char *id, const char *text,
               size_t len)
{
    while (len > 0 && c->status == SCAPF_OK && begin(c, ns, tid, NOTIFICATION)) {
        size_t n = len < NOTE_MAX ? len : NOTE_MAX;

        memcpy(c->buf, text, n);
        c->buf[n] = 0;
        n = strlen((const char *)c->buf);
        take_put(c, id, strlen(id) + 1);
        take_put(c, c->buf, n + 1);
        emit_flush(c);
        c->verdict->notes++;
        n += n == 0; /* a NUL in the text stands for itself in nobody's reader */
        text += n;
        len -= n;
    }
}

/* What fits into room bytes as UTF-8: other bytes become \xNN, as strace writes them. *used are the
 * bytes of text that went in. */
static size_t to_utf8(uint8_t *to, size_t room, const char *text, size_t len, size_t *used)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *p = (const uint8_t *)text;
    size_t n = 0;
    size_t at = 0;

    while (at < len && n + 4 <= room) {
        size_t step = utf8_char(p + at, len - at);

        if (step == 0 || step == UTF8_CUT || p[at] == 0) {
            to[n++] = '\\';
            to[n++] = 'x';
            to[n++] = (uint8_t)digits[p[at] >> 4];
            to[n++] = (uint8_t)digits[p[at] & 15];
            at++;
        } else {
            memcpy(to + n, p + at, step);
            n += step;
            at += step;
        }
    }
    *used = at;
    return n;
}

static uint64_t eight(const char *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

/* ASCII without a NUL: as it can stand in a comment. */
static bool is_plain(const char *text, size_t len)
{
    uint64_t tops = 0;
    size_t i = 0;

    for (; i + 32 <= len; i += 32) {
        tops |= eight(text + i) | eight(text + i + 8) | eight(text + i + 16) | eight(text + i + 24);
    }
    for (; i + 8 <= len; i += 8) {
        tops |= eight(text + i);
    }
    for (; i < len; i++) {
        tops |= (uint8_t)text[i];
    }
    return (tops & UINT64_C(0x8080808080808080)) == 0 && memchr(text, 0, len) == NULL;
}

/* As much of the text as room takes as a comment; the bytes of text that went in. */
static size_t put_comment(struct conv *c, const char *text, size_t len, size_t room)
{
    size_t taken = len < room ? len : room;
    const char *kept = text;
    size_t n = taken;

    if (!is_plain(text, taken)) {
        room = room < sizeof(c->buf) ? room : sizeof(c->buf);
        n = to_utf8(c->buf, room, text, len, &taken);
        kept = (const char *)c->buf;
    }
    c->status = scapf_writer_comment(c->writer, kept, n);
    c->options += (uint32_t)n + 8;
    c->verdict->comments++;
    return taken;
}

void emit_comment(struct conv *c, const char *text, size_t len)
{
    uint32_t used = c->params_len + c->options;
    size_t taken = 0;

    if (!c->is_open || c->writer == NULL) {
        return;
    }
    if (used + 16 < BLOCK_MAX && c->status == SCAPF_OK) {
        taken = put_comment(c, text, len, BLOCK_MAX - used - 16);
    }
    if (taken < len) {
        c->verdict->comment_cut++;
        emit_note(c, c->clock_ns, c->thread->tid, "strace", text + taken, len - taken);
    }
}
