/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_procs.c - numbers of processes in captures of packets, which stand for other processes in
 * other captures. [pcapng 2.6, WRT-17]
 *
 * A packet names its process by number, in an option; who that is stands in Process Information
 * blocks of the section. Two sections in which a number stands for different processes, or that of
 * one of them for nobody anything is known of, cannot be joined: their packets would be told to be
 * those of strangers. Captures without such blocks say nothing that could be wrong.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "block/body.h"
#include "block/option.h"
#include "bytes/cur.h"
#include "transform/merge.h"

#define PROCS_MAX ((size_t)32 << 20)

/* What a number stands for: hash of all that is told of the process, 0 = nothing is. */
struct proc_item {
    struct map_key key; /* the number, and the group or section */
    uint64_t hash;
    bool refused; /* additions mean another process */
};

/* ------------------------------------------------------------------ blocks */

/* The process that the body of a Process Information block is about. */
static bool entry_of(const uint8_t *body, size_t len, bool big_endian, uint32_t *pid,
                     uint64_t *hash)
{
    struct cur c = cur_make(body, len, 0, big_endian);
    struct body_bytes data = {.n = len - 4};
    struct body_entry entry;

    if (cur_u32(&c) != BODY_PEN_WIRESHARK || !cur_ok(&c)) {
        return false;
    }
    data.p = cur_take(&c, data.n);
    if (body_entry_decode(&data, &entry, NULL) < 0 || entry.type != BODY_ENTRY_PROCESS) {
        return false;
    }
    *pid = entry.pid;
    *hash = merge_hash(entry.entry.p, entry.entry.n) | 1; /* never 0 */
    return true;
}

bool merge_is_process(const struct scapf_record *rec)
{
    uint32_t pid;
    uint64_t hash;

    return rec->type == SCAPF_BLOCK_CUSTOM &&
           entry_of(rec->body, rec->body_len, rec->big_endian, &pid, &hash);
}

/* The process a packet names. */
static bool pid_of(const struct scapf_record *rec, uint32_t *pid)
{
    struct scapf_option_iter it;
    struct scapf_option opt;

    if (rec->packet == NULL || rec->packet->options_len == 0) {
        return false;
    }
    scapf_options_begin(rec, &it);
    while (scapf_option_next(&it, &opt) == SCAPF_OK) {
        if (opt.code == OPT_EPB_PID_TID && opt.len == 8) {
            *pid = get_u32(opt.value, it.big_endian);
            return *pid != 0;
        }
    }
    return false;
}

bool merge_names_process(const struct scapf_record *rec)
{
    uint32_t pid;

    return pid_of(rec, &pid);
}

/* ------------------------------------------------------------------ sections */

static enum scapf_status put(struct scapf_merge *m, struct map *map, uint32_t pid, int64_t where,
                             struct proc_item **item)
{
    *item = map_put(map, pid, where);
    if (*item == NULL && m->procs_budget.nomem) {
        return merge_nomem(m);
    }
    m->procs_full = m->procs_full || *item == NULL;
    return SCAPF_OK;
}

/* A record of section number `where` of all. */
static enum scapf_status take(struct scapf_merge *m, struct map *procs,
                              const struct scapf_record *rec, int64_t where)
{
    struct proc_item *item;
    uint32_t pid;
    uint64_t hash;

    if (rec->type == SCAPF_BLOCK_CUSTOM) {
        if (entry_of(rec->body, rec->body_len, rec->big_endian, &pid, &hash)) {
            TRY(put(m, procs, pid, where, &item));
            if (item != NULL && item->hash != hash) { /* several blocks are several processes */
                item->hash = item->hash * 31 + hash;
            }
        }
        return SCAPF_OK;
    }
    return rec->kind == SCAPF_KIND_PACKET && pid_of(rec, &pid) ? put(m, procs, pid, where, &item)
                                                               : SCAPF_OK;
}

/* Its sections are those from number first on. */
static enum scapf_status read_input(struct scapf_merge *m, struct map *procs, uint32_t input,
                                    uint32_t first)
{
    struct scapf_reader *reader;
    struct scapf_record rec;
    enum scapf_status status = m->inputs[input].open(m->inputs[input].ctx, &reader);
    enum scapf_status read = SCAPF_OK;

    while (status == SCAPF_OK && (read = scapf_reader_next(reader, &rec)) == SCAPF_OK) {
        if (rec.section < m->infos[input].sections) {
            status = take(m, procs, &rec, (int64_t)first + rec.section);
        }
    }
    status = status == SCAPF_OK ? merge_read_ended(m, input, reader, read) : status;
    scapf_reader_free(reader);
    return status;
}

static int compare(const void *x, const void *y)
{
    const struct merge_proc *a = x;
    const struct merge_proc *b = y;

    if (a->section != b->section) {
        return a->section < b->section ? -1 : 1;
    }
    return a->pid < b->pid ? -1 : a->pid > b->pid;
}

/* By section, then by number. */
static enum scapf_status list(struct scapf_merge *m, const struct map *procs)
{
    uint64_t position = 0;
    const struct proc_item *item;

    m->procs = mem_resize_array(m->alloc, NULL, (size_t)procs->items.live + 1, sizeof(*m->procs));
    if (m->procs == NULL) {
        return merge_nomem(m);
    }
    while ((item = map_next(procs, &position)) != NULL) {
        m->procs[m->n_procs++] = (struct merge_proc){
            .section = (uint32_t)item->key.b, .pid = (uint32_t)item->key.a, .hash = item->hash};
    }
    if (m->n_procs > 0) {
        qsort(m->procs, m->n_procs, sizeof(*m->procs), compare);
    }
    for (size_t i = m->n_procs; i-- > 0;) {
        struct merge_section *s = &m->sections[m->procs[i].section];

        s->first_proc = i;
        s->n_procs++;
    }
    return SCAPF_OK;
}

void merge_procs_init(struct scapf_merge *m)
{
    m->procs_budget = (struct budget){.alloc = m->alloc, .max = PROCS_MAX};
    map_init(&m->proc_groups, &m->procs_budget, sizeof(struct proc_item));
}

enum scapf_status merge_find_procs(struct scapf_merge *m)
{
    struct map procs;
    enum scapf_status status = SCAPF_OK;
    uint32_t first = 0;

    map_init(&procs, &m->procs_budget, sizeof(struct proc_item));
    for (uint32_t i = 0; i < m->n_inputs && status == SCAPF_OK; i++) {
        status = read_input(m, &procs, i, first);
        first += m->infos[i].sections;
    }
    if (status == SCAPF_OK) {
        status = list(m, &procs);
    }
    map_release(&procs);
    return status;
}

/* ------------------------------------------------------------------ groups */

bool merge_procs_fit(struct scapf_merge *m, const struct merge_section *s, uint32_t group)
{
    for (size_t i = s->first_proc; i < s->first_proc + s->n_procs; i++) {
        const struct merge_proc *p = &m->procs[i];
        const struct proc_item *other = map_find(&m->proc_groups, p->pid, group);

        if (other != NULL && other->hash != p->hash) {
            m->counts.other_pid = m->counts.procs_apart == 0 ? p->pid : m->counts.other_pid;
            m->counts.procs_apart++;
            return false;
        }
    }
    return !m->procs_full; /* else nobody knows */
}

enum scapf_status merge_procs_join(struct scapf_merge *m, const struct merge_section *s,
                                   uint32_t group)
{
    for (size_t i = s->first_proc; i < s->first_proc + s->n_procs; i++) {
        struct proc_item *item;

        TRY(put(m, &m->proc_groups, m->procs[i].pid, group, &item));
        if (item != NULL) {
            item->hash = m->procs[i].hash;
        }
    }
    return SCAPF_OK;
}

/* ------------------------------------------------------------------ additions */

/* A block that is to be added: does the section not have it yet? It may not, when the number stands
 * for another process there. */
static enum scapf_status admit(struct scapf_merge *m, const uint8_t *block, size_t len,
                               bool *is_new)
{
    struct proc_item *item;
    uint32_t pid;
    uint64_t hash;

    *is_new = true;
    if (get_u32(block, false) != SCAPF_BLOCK_CUSTOM ||
        !entry_of(block + 8, len - 12, false, &pid, &hash)) {
        return SCAPF_OK;
    }
    item = map_find(&m->proc_groups, pid, m->packet_group);
    if (item != NULL) {
        item->refused = item->hash != hash;
        *is_new = false;
        return SCAPF_OK;
    }
    TRY(put(m, &m->proc_groups, pid, m->packet_group, &item));
    if (item != NULL) {
        item->hash = hash;
    }
    return SCAPF_OK;
}

enum scapf_status merge_admit_procs(struct scapf_merge *m, struct scapf_merge_addition *add)
{
    const struct proc_item *item;

    if (!m->any_procs) {
        return SCAPF_OK;
    }
    out_clear(&m->text);
    for (size_t at = 0; at + 12 <= add->blocks_len;) {
        size_t len = get_u32(add->blocks + at + 4, false);
        bool is_new;

        if (len < 12 || len > add->blocks_len - at) {
            break; /* the hook's mistake: it is not the file's */
        }
        TRY(admit(m, add->blocks + at, len, &is_new));
        if (is_new) {
            out_bytes(&m->text, add->blocks + at, len);
        }
        at += len;
    }
    add->blocks = m->text.bytes;
    add->blocks_len = m->text.len;
    item = add->has_pid ? map_find(&m->proc_groups, add->pid, m->packet_group) : NULL;
    if (item != NULL && item->refused) {
        add->has_pid = false;
        m->counts.pids_taken++;
    }
    return out_status(&m->text) == SCAPF_OK ? SCAPF_OK : merge_nomem(m);
}
