/* SPDX-License-Identifier: Apache-2.0 */
/*
 * align_notes.c - what goes on each packet and event, from the hosts that know something of it.
 *
 * Hosts share a section of packets, in which a process number stands for one process: the first
 * one that has it. Packets of another host's process with that number get no number, but a comment
 * all the same. [pcapng WRT-17]
 */
#include <stdlib.h>
#include <string.h>

#include "align.h"

int align_begin_notes(struct align *a)
{
    enum scapf_status status = SCAPF_OK;

    for (uint32_t h = 0; h < a->n_hosts && status == SCAPF_OK; h++) {
        status = scapf_annotate_begin(a->hosts[h].align);
        for (uint32_t f = 0; f < a->n_files && status == SCAPF_OK; f++) {
            const struct scapf_align_result *r = &a->pairs[h * a->n_files + f].result;
            bool solved = r->verdict == SCAPF_ALIGN_SOLVED && !a->fixed;

            const struct scapf_align_clock clock = {
                .lo_ns = solved ? r->lo_ns : a->fixed_ns,
                .hi_ns = solved ? r->hi_ns : a->fixed_ns,
                .drift_ppt = solved ? r->drift_ppt : 0,
                .drift_err_ppt =
                    solved && r->drifts ? (uint64_t)(r->drift_hi_ppb - r->drift_lo_ppb) * 500 : 0,
                .at_ns = r->at_ns};

            status = scapf_annotate_clock(a->hosts[h].align, f, &clock);
        }
    }
    return run_fail("memory", status, NULL);
}

/* Room for len bytes at *p. */
static bool room(void **p, size_t *size, size_t len)
{
    void *more;

    if (len <= *size) {
        return true;
    }
    more = realloc(*p, 2 * len);
    if (more == NULL) {
        return false;
    }
    *p = more;
    *size = 2 * len;
    return true;
}

/* ------------------------------------------------------------------ comments */

/* Behind what other hosts say. Of several hosts each is named. */
static enum scapf_status add_comment(struct align *a, const struct scapf_note *note, uint32_t host,
                                     struct scapf_merge_addition *add)
{
    const char *name = a->merge[a->hosts[host].input].name;
    size_t len = strlen(name) + note->comment_len + 4;

    if (!room((void **)&a->comment, &a->comment_size, add->comment_len + len + 1)) {
        return SCAPF_E_NOMEM;
    }
    len = (size_t)snprintf(a->comment + add->comment_len, len + 1, "%s%s: %s",
                           add->comment_len > 0 ? "; " : "", name, note->comment);
    add->comment = a->comment;
    add->comment_len += len;
    return SCAPF_OK;
}

/* ------------------------------------------------------------------ processes */

/* The link the number of the note comes from; NULL when there is none. */
static const struct scapf_link *link_of(const struct scapf_note *note)
{
    for (size_t i = 0; i < note->n_links; i++) {
        if (note->links[i].pid == (int64_t)note->pid) {
            return &note->links[i];
        }
    }
    return NULL;
}

/* The host whose process the number stands for, in *owner: this one when it is new. Captures of one
 * machine have the same processes; those of two never do, whatever their names are. */
static enum scapf_status own_pid(struct align *a, uint32_t pid, uint32_t host, uint32_t *owner)
{
    size_t lo = 0;
    size_t hi = a->n_pids;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (a->pids[mid].pid < pid) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    if (lo < a->n_pids && a->pids[lo].pid == pid) {
        *owner = a->pids[lo].host;
        return SCAPF_OK;
    }
    if (!room((void **)&a->pids, &a->pids_size, (a->n_pids + 1) * sizeof(*a->pids))) {
        return SCAPF_E_NOMEM;
    }
    memmove(a->pids + lo + 1, a->pids + lo, (a->n_pids - lo) * sizeof(*a->pids));
    a->pids[lo] = (struct align_pid){.pid = pid, .host = host};
    a->n_pids++;
    *owner = host;
    return SCAPF_OK;
}

static enum scapf_status add_blocks(struct align *a, const struct scapf_note *note,
                                    struct scapf_merge_addition *add)
{
    if (note->blocks_len == 0) {
        return SCAPF_OK;
    }
    if (!room((void **)&a->blocks, &a->blocks_size, add->blocks_len + note->blocks_len)) {
        return SCAPF_E_NOMEM;
    }
    memcpy(a->blocks + add->blocks_len, note->blocks, note->blocks_len);
    add->blocks = a->blocks;
    add->blocks_len += note->blocks_len;
    return SCAPF_OK;
}

/* Who sent a packet counts before who got it. */
static enum scapf_status add_process(struct align *a, const struct scapf_note *note, uint32_t host,
                                     struct scapf_merge_addition *add)
{
    const struct scapf_link *link = link_of(note);
    enum scapf_status status;
    uint32_t owner;

    if (!note->has_pid) {
        return SCAPF_OK;
    }
    status = own_pid(a, note->pid, host, &owner);
    if (status < 0) {
        return status;
    }
    if (owner != host &&
        !scapf_machine_is_same(&a->hosts[owner].machine, &a->hosts[host].machine)) {
        a->pids_taken++;
        return SCAPF_OK;
    }
    if (!add->has_pid || (link != NULL && link->sender)) {
        add->has_pid = true;
        add->pid = note->pid;
        add->tid = note->tid;
    }
    return owner == host ? add_blocks(a, note, add) : SCAPF_OK; /* or it was described before */
}

/* ------------------------------------------------------------------ hook */

static enum scapf_status add_note(struct align *a, const struct scapf_note *note, uint32_t host,
                                  struct scapf_merge_addition *add)
{
    if (note->comment != NULL && a->n_hosts > 1) {
        enum scapf_status status = add_comment(a, note, host, add);

        if (status < 0) {
            return status;
        }
    } else if (note->comment != NULL) {
        add->comment = note->comment;
        add->comment_len = note->comment_len;
    }
    return add_process(a, note, host, add);
}

/* Numbers of processes, and what is told of them, are those of a section. */
static void begin_section(struct align *a, uint32_t section)
{
    a->section = section;
    a->n_pids = 0;
    for (uint32_t h = 0; h < a->n_hosts; h++) {
        scapf_annotate_section(a->hosts[h].align);
    }
}

enum scapf_status align_hook(void *ctx, const struct scapf_merge_item *item,
                             struct scapf_merge_addition *add)
{
    struct align *a = ctx;
    const struct align_input *in = &a->inputs[item->input];
    enum scapf_status status = SCAPF_OK;
    struct scapf_note note;

    if (item->rec->kind == SCAPF_KIND_EVENT && in->what == ALIGN_EVENTS) {
        status = scapf_annotate_event(a->hosts[in->number].align, item->number, &note);
        if (status == SCAPF_OK) {
            add->comment = note.comment;
            add->comment_len = note.comment != NULL ? note.comment_len : 0;
        }
        return status;
    }
    if (item->rec->kind != SCAPF_KIND_PACKET || in->what != ALIGN_PACKETS) {
        return SCAPF_OK;
    }
    if (item->section != a->section) {
        begin_section(a, item->section);
    }
    for (uint32_t h = 0; h < a->n_hosts && status == SCAPF_OK; h++) {
        status = scapf_annotate_packet(a->hosts[h].align, in->number, item->number, item->reader,
                                       item->rec, &note);
        if (status == SCAPF_OK) {
            status = add_note(a, &note, h, add);
        }
    }
    return status;
}
