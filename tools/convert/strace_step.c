/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strace_step.c - what every item of a log does, read in full or glanced at: time and counts.
 */
#include <string.h>

#include "strace_conv.h"

#define ARCH_HINT_LINES 5000u

int64_t conv_ns(struct conv *c, int64_t ns)
{
    switch (c->item->time_kind) {
    case STRACE_TIME_EPOCH:
        return ns;
    case STRACE_TIME_OF_DAY:
        return c->day_ns + ns;
    case STRACE_TIME_NONE:
    case STRACE_TIME_RELATIVE:
        break;
    }
    return c->opts->start_ns + ns;
}

void conv_hint_arch(struct conv *c)
{
    static const char hint[] = "/aarch64-linux-gnu/";

    if (c->opts->arch == NULL && c->verdict->calls < ARCH_HINT_LINES && c->writer == NULL &&
        memmem(c->item->text, c->item->text_len, hint, sizeof(hint) - 1) != NULL) {
        c->arch = WORDS_AARCH64;
    }
}

void conv_count(struct conv *c)
{
    bool mapped = c->call->row != NULL && c->call->row->has_event;

    c->verdict->calls++;
    c->verdict->mapped += mapped;
    c->verdict->generic += !mapped;
    c->verdict->sockets += mapped && c->call->row->exit >= 19 && c->call->row->exit <= 57;
    c->verdict->unknown_calls += !mapped && c->call->ppm_sc == 0;
}

void conv_step(struct conv *c, enum strace_item_kind kind, int64_t ns)
{
    if (c->item->time_kind == STRACE_TIME_OF_DAY && kind < STRACE_FOREIGN) {
        c->last_ns = ns;
    }
    c->step_ns += 1000;
    c->nameless = c->nameless || (c->item->pid < 0 && kind <= STRACE_KILLED);
    c->verdict->by_kind[kind]++;
}
