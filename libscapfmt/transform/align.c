/* SPDX-License-Identifier: Apache-2.0 */
/*
 * align.c - life of an alignment: events first, then each capture of packets.
 */
#include "transform/align.h"

#include "base/mem.h"

#include <string.h>

#define DEFAULT_MAX_BYTES    ((size_t)64 << 20)
#define DEFAULT_MIN_EVIDENCE 3u

static const char *const kind_names[SCAPF_ALIGN_KINDS] = {
    "read", "write", "eof", "fin", "accept", "connect", "answered", "ready", "wake"};

const char *scapf_align_kind_name(enum scapf_align_kind kind)
{
    return (unsigned)kind < SCAPF_ALIGN_KINDS ? kind_names[kind] : "unknown";
}

enum scapf_status scapf_align_new(const struct scapf_align_opts *opts, struct scapf_align **align)
{
    const struct scapf_alloc *alloc = opts != NULL ? opts->alloc : NULL;
    struct scapf_align *a;

    *align = NULL;
    if (opts != NULL && opts->size != sizeof(*opts)) {
        return SCAPF_E_USAGE;
    }
    a = mem_zalloc(alloc, sizeof(*a));
    if (a == NULL) {
        return SCAPF_E_NOMEM;
    }
    a->budget.alloc = alloc;
    a->max_bytes = opts != NULL && opts->max_bytes != 0 ? opts->max_bytes : DEFAULT_MAX_BYTES;
    a->budget.max = a->max_bytes / 4 * 3; /* the rest is for connections */
    a->min_evidence =
        opts != NULL && opts->min_evidence != 0 ? opts->min_evidence : DEFAULT_MIN_EVIDENCE;
    a->schema = opts != NULL && opts->schema != NULL ? opts->schema : scapf_schema_builtin();
    table_init(a);
    a->bounds = mem_zalloc(alloc, sizeof(*a->bounds));
    a->chosen = bound_chosen(alloc);
    if (a->bounds == NULL || a->chosen == NULL || calls_init(a) < 0) {
        scapf_align_free(a);
        return SCAPF_E_NOMEM;
    }
    bound_reset(a->bounds);
    *align = a;
    return SCAPF_OK;
}

void scapf_align_free(struct scapf_align *a)
{
    if (a == NULL) {
        return;
    }
    annotate_free(a);
    scapf_host_free(a->host);
    table_release(a);
    mem_free(a->budget.alloc, a->codes);
    mem_free(a->budget.alloc, a->waits);
    mem_free(a->budget.alloc, a->bounds);
    mem_free(a->budget.alloc, a->chosen);
    mem_free(a->budget.alloc, a);
}

enum scapf_status scapf_align_event(struct scapf_align *a, const struct scapf_record *rec)
{
    return calls_put(a, rec);
}

/* What one capture of packets said about the calls is not true of the next. */
static void forget_packets(struct scapf_align *a)
{
    for (uint32_t id = 1; id <= a->calls.used; id++) {
        struct call *call = call_at(a, id);

        call->flags &= (uint8_t) ~(CALL_LOW_DONE | CALL_HIGH_DONE | CALL_VERIFIED);
        if (call->kind == CALL_ACCEPT || sock_at(a, call->sock)->proto == PROTO_UDP) {
            call->off = 0;
        }
        if (call->kind == CALL_ACCEPT) {
            call->check = call->twin = 0;
        }
    }
    bound_reset(a->bounds);
}

uint32_t scapf_align_file(struct scapf_align *a, const char *name)
{
    struct file_item *item;
    uint32_t file = (uint32_t)a->counts.files++;

    if (file == 0) { /* no events any more: what only they needed is freed */
        scapf_host_free(a->host);
        a->host = NULL;
        map_release(&a->threads);
        map_release(&a->waiting);
        a->budget.max = a->max_bytes;
    }
    map_release(&a->conns);
    memset(a->strangers, 0, sizeof(a->strangers));
    forget_packets(a);
    item = map_put(&a->files, file, 0);
    if (item != NULL && name != NULL) {
        item->name = str_put(&a->strs, name, strlen(name));
    }
    a->file = file;
    a->packets = 0;
    a->telling = false;
    a->counts.packets = a->counts.segments = a->counts.matched = a->counts.connections = 0;
    a->counts.translated = a->counts.mismatches = a->counts.repeated = 0;
    return file;
}

enum scapf_status scapf_align_packet(struct scapf_align *a, const struct scapf_reader *reader,
                                     const struct scapf_record *rec)
{
    if (rec->kind != SCAPF_KIND_PACKET || a->counts.files == 0 || a->telling) {
        return rec->kind == SCAPF_KIND_PACKET ? SCAPF_E_USAGE : SCAPF_OK;
    }
    align_begin_packet(a, reader, rec);
    a->counts.packets = a->packets;
    if (rec->packet != NULL) {
        follow_packet(a, rec->packet);
    }
    return a->budget.nomem ? SCAPF_E_NOMEM : SCAPF_OK;
}

void scapf_align_solve(struct scapf_align *a, struct scapf_align_result *result)
{
    bound_solve(a, result);
}

const struct scapf_align_counts *scapf_align_counts(const struct scapf_align *a)
{
    return &a->counts;
}
