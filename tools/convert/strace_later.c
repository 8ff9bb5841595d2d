/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strace_later.c - what later lines tell of a call: the local end of a connection.
 */
#include "strace_conv.h"
#include "synth_mem.h"

#define EINPROGRESS (-115)
#define LATER_MAX   (1u << 20)

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
    struct later_ends *later = &c->later;

    if (later->n == later->cap) {
        uint32_t cap = later->cap == 0 ? 64 : 2 * later->cap;
        struct synth_end *ends =
            cap <= LATER_MAX ? synth_resize(c->s, later->ends, cap * sizeof(*ends)) : NULL;

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
}

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
    }
}
