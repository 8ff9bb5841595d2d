/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strace_later.c - what later lines tell of a call: the local end of a connection, the child of a
 * start that returns when the child has already done something.
 */
#include <string.h>

#include "strace_conv.h"
#include "synth_mem.h"

#define MAX_DAYS    36500 /* of files behind each other, after all passes; more is no clock */
#define EINPROGRESS (-115)
#define LATER_MAX   (1u << 20) /* connections, and starts, that are looked up ahead: 28 MiB */
#define BEGUN_TIMES 1024u      /* of calls in parts so many times more: they are a bit each */

static uint32_t later_max(const struct conv *c)
{
    return c->opts->later_max != 0 ? c->opts->later_max : LATER_MAX;
}

/* The end that a connect() before asked for. */
void later_answer(struct conv *c, struct synth_fd *fd, const struct synth_end *local)
{
    if (fd->ask != 0 && fd->ask <= c->later.n && local->family != 0 && c->writer == NULL) {
        c->later.ends[fd->ask - 1] = *local;
        fd->ask = 0;
    }
}

static bool later_room(struct conv *c)
{
    struct later *later = &c->later;

    if (later->n == later_max(c)) {
        return false;
    }
    if (later->n == later->cap) {
        uint32_t cap = later->cap == 0 ? 64 : 2 * later->cap;
        struct synth_end *ends = synth_resize(c->s, later->ends, cap * sizeof(*ends));

        if (ends == NULL) {
            return false;
        }
        later->ends = ends;
        later->cap = cap;
    }
    later->ends[later->n++] = (struct synth_end){0};
    return true;
}

void later_reset(struct conv *c, bool forget)
{
    c->later.next = 0;
    c->later.n = forget ? 0 : c->later.n;
    c->later.starts = 0;
    c->later.n_open = 0;
    c->later.begun = 0;
    c->later.n_back = forget ? 0 : c->later.n_back;
    c->later.mistaken = false;
}

/* ------------------------------------------------------------------ returns */

/* One bit more, which is 0. */
static void back_room(struct conv *c)
{
    struct later *later = &c->later;

    if (later->n_back / BEGUN_TIMES == later_max(c)) {
        return;
    }
    if (later->n_back == later->cap_back * 8) {
        uint32_t cap = later->cap_back == 0 ? 1024 : later->cap_back * 2;
        uint8_t *back = synth_resize(c->s, later->back, cap);

        if (back == NULL) {
            return;
        }
        later->back = back;
        later->cap_back = cap;
    }
    if (later->n_back % 8 == 0) {
        later->back[later->n_back / 8] = 0;
    }
    later->n_back++;
}

bool later_begun(struct conv *c)
{
    struct later *later = &c->later;
    uint64_t at = later->begun++;

    c->thread->begun = later->begun;
    if (c->writer == NULL) {
        back_room(c);
    }
    c->verdict->not_ahead += at >= later->n_back;
    return at < later->n_back && (later->back[at / 8] >> at % 8 & 1) == 0;
}

void later_back(struct conv *c)
{
    uint64_t at = c->thread->begun - 1; /* of none: beyond all */

    if (c->item->begin_line != 0 && at < c->later.n_back) {
        c->later.back[at / 8] |= (uint8_t)(1u << at % 8);
    }
}

/* ------------------------------------------------------------------ children */

bool later_may_start(const struct conv *c, uint32_t start_no, int64_t tid)
{
    const struct later *later = &c->later;

    return !later->known || start_no > later->n_children || later->children[start_no - 1] == 0 ||
           later->children[start_no - 1] == tid;
}

/* Room for the children of all starts up to this one. */
static bool children_room(struct conv *c, uint32_t start_no)
{
    struct later *later = &c->later;

    if (start_no > later_max(c)) {
        return false;
    }
    if (start_no > later->cap_children) {
        uint32_t cap = later->cap_children == 0 ? 64 : later->cap_children;
        int64_t *children;

        while (cap < start_no) {
            cap *= 2;
        }
        children = synth_resize(c->s, later->children, cap * sizeof(*children));
        if (children == NULL) {
            return false;
        }
        later->children = children;
        later->cap_children = cap;
    }
    while (later->n_children < start_no) {
        later->children[later->n_children++] = 0;
    }
    return true;
}

uint32_t later_start(struct conv *c)
{
    struct later *later = &c->later;
    uint32_t max = sizeof(later->open) / sizeof(later->open[0]);

    if (c->writer == NULL) {
        if (later->n_open == max) {
            memmove(later->open, later->open + 1, (max - 1) * sizeof(later->open[0]));
            later->n_open--;
        }
        later->open[later->n_open++] = (struct later_start){
            .line = c->item->begin_line != 0 ? c->item->begin_line : c->item->line,
            .file = c->item->file,
            .no = later->starts + 1,
        };
    }
    later->starts++;
    c->verdict->not_ahead += later->starts > later_max(c);
    return later->starts;
}

void later_guess(struct conv *c, uint32_t start_no, int64_t tid)
{
    for (uint32_t i = c->later.n_open; i > 0; i--) {
        if (c->later.open[i - 1].no == start_no) {
            c->later.open[i - 1].guess = tid;
            return;
        }
    }
}

void later_started(struct conv *c, int64_t pid)
{
    struct later *later = &c->later;
    uint32_t i = later->n_open;

    /* by its line: a child in the wrong place may have ended the thread that began it */
    while (i > 0 && (later->open[i - 1].line != c->item->begin_line ||
                     later->open[i - 1].file != c->item->file)) {
        i--;
    }
    if (i == 0 || c->item->begin_line == 0) {
        return;
    }
    later->mistaken |= later->open[i - 1].guess != 0 && later->open[i - 1].guess != pid;
    if (children_room(c, later->open[i - 1].no)) {
        later->children[later->open[i - 1].no - 1] = pid;
    }
    later->n_open--;
    memmove(later->open + i - 1, later->open + i,
            (later->n_open - (i - 1)) * sizeof(later->open[0]));
}

bool later_mistaken(struct conv *c)
{
    bool again = c->later.mistaken;

    c->later.known = c->later.known || again;
    return again;
}

/* ------------------------------------------------------------------ days of files */

bool later_files(struct conv *c, const char *const *names, uint32_t n)
{
    struct later *later = &c->later;

    if (n < 2) {
        return true;
    }
    later->files = synth_calloc(c->s, n, sizeof(*later->files));
    later->days = synth_calloc(c->s, n, sizeof(*later->days));
    if (later->files == NULL || later->days == NULL) {
        return false;
    }
    later->n_files = n;
    for (uint32_t i = 0; i < n; i++) {
        later->files[i].pid = names != NULL ? strace_pid_of_name(names[i]) : -1;
        later->files[i].first_ns = -1;
        later->files[i].parent = UINT32_MAX;
    }
    return true;
}

void later_file_item(struct conv *c)
{
    struct later_file *file = &c->later.files[c->item->file];

    if (file->first_ns < 0 && c->item->time_kind == STRACE_TIME_OF_DAY) {
        file->first_ns = c->item->enter_ns;
    }
}

void later_file_started(struct conv *c, int64_t pid)
{
    struct later *later = &c->later;

    if (c->writer != NULL || c->item->time_kind != STRACE_TIME_OF_DAY) {
        return;
    }
    for (uint32_t i = 0; i < later->n_files; i++) {
        if (later->files[i].pid == pid) {
            later->files[i].start_ns = c->item->enter_ns;
            later->files[i].parent = c->item->file;
        }
    }
}

/* Whole days from one time to another that is less than half a day away from the same time. */
static int64_t days_between(int64_t from, int64_t to)
{
    int64_t ns = to - from + STRACE_NS_PER_DAY / 2;

    return ns / STRACE_NS_PER_DAY - (ns % STRACE_NS_PER_DAY < 0);
}

bool later_other_days(struct conv *c)
{
    struct later *later = &c->later;
    bool other = false;

    for (uint32_t i = 0; i < later->n_files; i++) {
        const struct later_file *file = &later->files[i];
        int64_t days = 0;

        for (uint32_t depth = 0; file->parent != UINT32_MAX && depth < later->n_files; depth++) {
            days += file->first_ns >= 0 ? days_between(file->first_ns, file->start_ns) : 0;
            file = &later->files[file->parent];
        }
        days += later->days[i];
        if (days >= -MAX_DAYS && days <= MAX_DAYS) {
            other = other || days != later->days[i];
            later->days[i] = days;
        }
    }
    for (uint32_t i = 0; i < later->n_files; i++) {
        later->files[i].first_ns = -1;
        later->files[i].parent = UINT32_MAX;
    }
    if (other) { /* starts were counted in another order */
        later->known = false;
        later->n_children = 0;
    }
    return other;
}

void later_free(struct conv *c, struct synth *s)
{
    synth_free(s, c->later.files);
    synth_free(s, c->later.days);
    synth_free(s, c->later.ends);
    synth_free(s, c->later.children);
    synth_free(s, c->later.back);
}

/* ------------------------------------------------------------------ connections */

/* Before connect() the socket had no address: -yy showed its inode. Some later line shows both
 * ends; the second pass knows them when the call returns. */
void later_connect(struct conv *c)
{
    struct strace_annot a;
    struct synth_fd *fd;

    c->asked = 0;
    if ((c->result < 0 && c->result != EINPROGRESS) ||
        !strace_annot(c->item, strace_arg(c->item, 0), &a) || a.kind != STRACE_A_SOCKET ||
        a.proto.len == 0 || a.local.len > 0) {
        return;
    }
    if (c->writer == NULL) {
        c->asked = later_room(c) ? c->later.n : 0;
    } else if (c->later.next < c->later.n) {
        const struct synth_end *end = &c->later.ends[c->later.next++];

        fd = end->family != 0
                 ? synth_fd_change(c->s, c->thread->proc, take_fd(c, strace_arg(c->item, 0)))
                 : NULL;
        if (fd != NULL) {
            fd->open = true;
            fd->family = end->family;
            fd->local = *end;
        }
    } else {
        c->verdict->not_ahead++;
    }
}
