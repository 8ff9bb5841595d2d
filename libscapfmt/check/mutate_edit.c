/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mutate_edit.c - what rows stand on: which records a row is for, and how an edit begins and ends.
 */
#include <string.h>

#include "check/mutate.h"

void mutate_copy(struct mutate *m, size_t i)
{
    m->at = (size_t)m->recs[i].off;
    m->old_len = m->recs[i].len;
    m->with.big_endian = m->recs[i].big_endian;
    out_bytes(&m->with, m->in + m->at, m->old_len);
}

void mutate_insert(struct mutate *m, size_t i)
{
    m->at = i < m->n ? (size_t)m->recs[i].off : m->len;
    m->old_len = 0;
    m->with.big_endian = m->recs[i < m->n ? i : m->n - 1].big_endian;
}

void mutate_set(struct mutate *m, size_t at, uint32_t width, uint64_t value)
{
    struct out *o = &m->with;

    for (uint32_t i = 0; i < width && at + i < o->len; i++) {
        o->bytes[at + i] = (uint8_t)(value >> 8 * (o->big_endian ? width - 1 - i : i));
    }
}

void mutate_frame(struct mutate *m)
{
    mutate_set(m, 4, 4, m->with.len);
    mutate_set(m, m->with.len - 4, 4, m->with.len);
}

bool mutate_end(struct mutate *m)
{
    out_pad4(&m->with, 0);
    out_u32(&m->with, 0);
    if (out_status(&m->with) < 0) {
        return false;
    }
    mutate_frame(m);
    return true;
}

static const char *table_name(const struct mutate *m, uint32_t type)
{
    const struct scapf_table_number *number;
    const struct scapf_table_info *info = scapf_schema_table(m->schema, type, &number);

    return info != NULL ? info->name : "";
}

bool mutate_is(const struct mutate *m, size_t i, enum mutate_target target)
{
    static const struct {
        enum mutate_target target;
        uint32_t type;
        const char *table;
    } types[] = {
        {ON_SHB, SCAPF_BLOCK_SHB, NULL},
        {ON_IDB, SCAPF_BLOCK_IDB, NULL},
        {ON_EPB, SCAPF_BLOCK_EPB, NULL},
        {ON_PB, SCAPF_BLOCK_PB, NULL},
        {ON_SPB, SCAPF_BLOCK_SPB, NULL},
        {ON_NRB, SCAPF_BLOCK_NRB, NULL},
        {ON_ISB, SCAPF_BLOCK_ISB, NULL},
        {ON_DSB, SCAPF_BLOCK_DSB, NULL},
        {ON_JOURNAL, SCAPF_BLOCK_JOURNAL, NULL},
        {ON_DARWIN, 0x80000001u, NULL},
        {ON_MI, 0, "machine"},
        {ON_PL, 0, "process"},
        {ON_FDL, 0, "fd"},
        {ON_IL, 0, "interface"},
        {ON_UL, 0, "user"},
    };
    const struct mutate_rec *r = &m->recs[i];

    if (r->is_pcap) {
        return target == ON_PCAP_HEADER ? i == 0 : target == ON_PCAP_RECORD && i > 0;
    }
    if (target == ON_BLOCK || (target == ON_OPTIONS && r->has_options)) {
        return true;
    }
    if ((target == ON_EVENT && r->kind == SCAPF_KIND_EVENT) ||
        (target == ON_TABLE && r->kind == SCAPF_KIND_TABLE) ||
        (target == ON_CUSTOM && r->kind == SCAPF_KIND_CUSTOM) ||
        (target == ON_PACKET && r->kind == SCAPF_KIND_PACKET)) {
        return true;
    }
    for (size_t k = 0; k < sizeof(types) / sizeof(types[0]); k++) {
        if (types[k].target == target) {
            return types[k].table != NULL ? strcmp(table_name(m, r->type), types[k].table) == 0
                                          : r->type == types[k].type;
        }
    }
    return false;
}

size_t mutate_behind_interfaces(const struct mutate *m, size_t i)
{
    size_t behind = i + 1;

    for (size_t k = i + 1; k < m->n && m->recs[k].type != SCAPF_BLOCK_SHB; k++) {
        behind = m->recs[k].type == SCAPF_BLOCK_IDB ? k + 1 : behind;
    }
    return behind;
}
