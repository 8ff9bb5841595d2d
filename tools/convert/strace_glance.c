/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strace_glance.c - the first pass over calls that change little. It has to find processes and
 * descriptors that were there before the log, and how far times go back; for nearly all calls that
 * takes the number of a descriptor and the result, not the arguments as tokens. What is not as
 * simple as it looks is left to the tokeniser.
 */
#include <string.h>

#include "strace_conv.h"

/* words_call.glance */
enum {
    GLANCE_UNKNOWN,
    GLANCE_NEVER,
    GLANCE_NOTHING, /* it changes nothing */
    GLANCE_CLOSE,
    GLANCE_FCNTL
};

#define FD_ARGS  7 /* arguments that a bit mask has room for */
#define AT_FDCWD "AT_FDCWD"

static uint32_t wanted_by(const struct scapf_take *from, uint8_t n)
{
    uint32_t bits = 0;

    for (uint8_t i = 0; i < n; i++) {
        if (from[i].how >= SCAPF_TAKE_ARG && from[i].how != SCAPF_TAKE_PROC) {
            bits |= 1u << (from[i].arg < 31 ? from[i].arg : 31);
        }
    }
    return bits;
}

/* What a glance at this call has to do, and which of its arguments are descriptors. */
static void learn_call(struct conv *c, struct words_call *call)
{
    const struct scapf_trace_row *rows[] = {call->row, call->old};
    const struct scapf_event_info *event = call->row != NULL && call->row->has_event
                                               ? scapf_schema_event(c->schema, call->row->exit)
                                               : NULL;
    const char *does = does_name(call);

    call->glance = strcmp(does, "") == 0        ? GLANCE_NOTHING
                   : strcmp(does, "close") == 0 ? GLANCE_CLOSE
                   : strcmp(does, "fcntl") == 0 ? GLANCE_FCNTL
                                                : GLANCE_NEVER;
    if (strcmp(call->name, "wait4") == 0 || strcmp(call->name, "waitpid") == 0) {
        call->glance = GLANCE_NEVER; /* they tell of children without lines */
    }
    call->wanted = strcmp(does, "") == 0 ? 0 : UINT32_MAX;
    for (size_t i = 0; i < 2; i++) {
        if (rows[i] != NULL) {
            call->wanted |= wanted_by(rows[i]->exit_from, rows[i]->n_exit) |
                            wanted_by(rows[i]->enter_from, rows[i]->n_enter);
        }
    }
    for (uint8_t i = 0; event != NULL && i < call->row->n_exit; i++) {
        const struct scapf_take *take = &call->row->exit_from[i];

        if (take->how != SCAPF_TAKE_ARG || take->field != NULL ||
            event->params[i].type != SCAPF_PT_FD) {
            continue;
        }
        if (take->arg > FD_ARGS) {
            call->glance = GLANCE_NEVER;
        } else {
            call->fd_args |= (uint8_t)(1u << take->arg);
        }
    }
}

/* A descriptor's number, -1 when it is none; false when that is not plain. */
static bool fd_at(const char *p, int64_t *fd)
{
    *fd = -1;
    if (*p == '-') {
        return p[1] >= '1' && p[1] <= '9';
    }
    if (*p < '0' || *p > '9' || (*p == '0' && p[1] >= '0')) {
        return false; /* a word, octal, 0x */
    }
    *fd = 0;
    for (; *p >= '0' && *p <= '9' && *fd < INT32_MAX; p++) {
        *fd = *fd * 10 + (*p - '0');
    }
    return *p == ',' || *p == ')' || *p == '<';
}

/* Was the descriptor at p seen before, or does it name none? */
static bool is_known(const struct synth_proc *proc, const char *p)
{
    const struct synth_fd *row;
    int64_t fd;

    if (strncmp(p, AT_FDCWD, sizeof(AT_FDCWD) - 1) == 0) {
        return proc->cwd.len > 0 || p[sizeof(AT_FDCWD) - 1] == ',';
    }
    if (!fd_at(p, &fd)) {
        return false;
    }
    row = synth_fd(proc, fd);
    return fd < 0 || (row != NULL && row->ask == 0);
}

/* Were all descriptors among the arguments? Those behind the first only where no argument before
 * has anything but words and numbers. */
static bool all_known(const struct synth_proc *proc, const char *p, unsigned mask)
{
    if ((mask & 1) != 0 && !is_known(proc, p)) {
        return false;
    }
    for (mask >>= 1; mask != 0; mask >>= 1) {
        p += strcspn(p, ",<\"{[()\n");
        if (p[0] != ',' || p[1] != ' ') {
            return false;
        }
        p += 2;
        if ((mask & 1) != 0 && !is_known(proc, p)) {
            return false;
        }
    }
    return true;
}

/* F_DUPFD makes a descriptor of another. */
static bool dup_of(struct conv *c, const struct synth_thread *thread,
                   const struct strace_glance *glance)
{
    const char *p = glance->args + strcspn(glance->args, "< ,\n");
    int64_t from, to;

    if (*p == '<') {
        p = memmem(p, (size_t)(glance->result - p), ">, F_", 5);
        p = p != NULL ? p + 1 : NULL;
    }
    if (p == NULL || strncmp(p, ", F_", 4) != 0) {
        return false;
    }
    if (strncmp(p + 2, "F_DUPFD", 7) != 0 || *glance->result == '-') {
        return true;
    }
    if (!fd_at(glance->args, &from) || glance->result[0] < '0' || glance->result[0] > '9') {
        return false;
    }
    to = 0;
    for (p = glance->result; *p >= '0' && *p <= '9' && to < INT32_MAX; p++) {
        to = to * 10 + (*p - '0');
    }
    synth_fd_dup(c->s, thread->proc, from, to);
    return true;
}

/* As on_call() does it. */
static void pass_over(struct conv *c, struct synth_thread *thread,
                      const struct strace_glance *glance, const struct words_call *call)
{
    const struct strace_item *item = glance->item;
    int64_t end_ns = item->enter_ns <= INT64_MAX - glance->duration_ns
                         ? item->enter_ns + glance->duration_ns
                         : item->enter_ns;

    c->item = item;
    c->call = call;
    c->thread = thread;
    conv_step(c, STRACE_CALL, end_ns);
    conv_hint_arch(c);
    conv_count(c);
    thread->entered = false;
    thread->late_mask = 0;
    if (c->opts->compat == STRACE_COMPAT_BOTH) {
        (void)emit_time(c, conv_ns(c, item->enter_ns));
    }
    (void)emit_time(c, conv_ns(c, end_ns));
}

bool glance_call(void *ctx, const struct strace_glance *glance)
{
    struct conv *c = ctx;
    const struct strace_item *item = glance->item;
    struct synth_thread *thread = synth_find(c->s, item->pid >= 0 ? item->pid : c->main_pid);
    struct words_call *call;

    /* others: times that depend on the items before, comm, the start of a thread */
    if (thread == NULL || !thread->seen || !item->has_time || thread->starting) {
        return false;
    }
    call = words_call(c->words, item->text + item->name.off, item->name.len,
                      (enum words_arch)thread->arch);
    if (call == NULL) {
        return false;
    }
    if (call->glance == GLANCE_UNKNOWN) {
        learn_call(c, call);
    }
    c->item = item;
    if (call->glance == GLANCE_NEVER || !all_known(thread->proc, glance->args, call->fd_args) ||
        (call->glance == GLANCE_FCNTL && !dup_of(c, thread, glance))) {
        return false;
    }
    pass_over(c, thread, glance, call);
    return true;
}

uint32_t glance_wanted(void *ctx, const struct strace_item *item)
{
    struct conv *c = ctx;
    struct words_call *call =
        words_call(c->words, item->text + item->name.off, item->name.len, c->arch);

    c->named = call;
    if (call == NULL) {
        return UINT32_MAX;
    }
    if (call->glance == GLANCE_UNKNOWN) {
        learn_call(c, call);
    }
    return call->wanted;
}
