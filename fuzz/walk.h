/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk.h - what holds for every walk of a reader over a stream, whatever its bytes are.
 */
#ifndef SCAPF_FUZZ_WALK_H
#define SCAPF_FUZZ_WALK_H

#include <stdlib.h>
#include <string.h>

#include "base/rules.h"
#include "scapfmt.h"
#include "target.h"

/* A small limit: a block of that size takes longer than it teaches. */
static inline struct scapf_reader *walk_open(const uint8_t *data, size_t size)
{
    const struct scapf_reader_opts opts = {.size = sizeof(opts), .max_block = 1 << 20};
    struct scapf_reader *reader;

    reader = target_reader(data, size, &opts);
    return reader;
}

/* Packed streams have another length than their input: only plain ones are judged by it. */
static inline bool walk_is_plain(const struct scapf_reader *reader)
{
    return scapf_reader_compression(reader) == SCAPF_PLAIN;
}

/* A finding names a rule and lies in the record. */
static inline void walk_finding(const struct scapf_record *rec, const struct scapf_diag *diag)
{
    must(diag->rule != RULE_NONE && diag->rule < RULE_COUNT && diag->status < 0);
    must(diag->off >= rec->off && diag->off <= rec->off + rec->raw_len);
}

/* The record starts where the last one ended, and its views lie in it. */
static inline void walk_record(const struct scapf_record *rec, uint64_t n, uint64_t off)
{
    must(rec->ordinal == n && rec->off == off);
    must(rec->raw_len >= 12 && rec->body >= rec->raw);
    must(rec->body + rec->body_len <= rec->raw + rec->raw_len);
    must((unsigned)rec->kind < SCAPF_KIND_COUNT);
    must(rec->event == NULL || rec->kind == SCAPF_KIND_EVENT);
    must(rec->packet == NULL || rec->kind == SCAPF_KIND_PACKET);
    must(rec->event == NULL || rec->damage == NULL);
    must(rec->packet == NULL || rec->damage == NULL);
    must(rec->kind != SCAPF_KIND_EVENT || rec->event != NULL || rec->damage != NULL);
    must(rec->kind != SCAPF_KIND_PACKET || rec->packet != NULL || rec->damage != NULL);
    if (rec->damage != NULL) {
        walk_finding(rec, rec->damage);
        must(rec->damage->block == n && rec->damage->block_type == rec->type);
    }
    if (rec->packet != NULL) {
        must(rec->packet->data >= rec->raw);
        must(rec->packet->captured_len <= (size_t)(rec->raw + rec->raw_len - rec->packet->data));
    }
}

/* The end: everything was consumed, or there is a finding inside the stream. */
static inline void walk_end(struct scapf_reader *reader, enum scapf_status status, size_t size)
{
    const struct scapf_ledger *l = scapf_reader_ledger(reader);
    const struct scapf_diag *diag = scapf_reader_diag(reader);
    struct scapf_record rec;
    uint64_t kinds = 0;
    uint64_t types = l->types_untold;

    must(status != SCAPF_OK && status != SCAPF_E_USAGE);
    must((status < 0) == (diag != NULL) && l->stopped == (status < 0));
    must(scapf_reader_next(reader, &rec) == status);
    for (int i = 0; i < SCAPF_KIND_COUNT; i++) {
        kinds += l->by_kind[i];
    }
    for (uint32_t i = 0; i < l->n_types; i++) {
        types += l->types[i].blocks;
    }
    must(l->blocks == l->known + l->unknown && l->blocks == kinds && l->blocks == types);
    must(l->unknown == l->unknown_blocks + l->unknown_events && l->damaged <= l->blocks);
    if (diag != NULL) {
        must(diag->rule != RULE_NONE && diag->status == status && diag->block == l->blocks);
        must(l->skipped_off == l->bytes);
    }
    if (walk_is_plain(reader)) {
        must(l->bytes + l->skipped_bytes == size);
        must(diag == NULL || diag->off <= size);
    }
}

#endif
