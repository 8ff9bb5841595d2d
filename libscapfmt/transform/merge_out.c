/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_out.c - what every part of a merge stands on: memory, blocks out, and shifted times.
 */
#include <string.h>

#include "base/mem.h"
#include "event/event.h"
#include "transform/merge.h"

enum scapf_status merge_nomem(struct scapf_merge *m)
{
    return diag_set(&m->diag, SCAPF_E_NOMEM, RULE_MEMORY, 0, 0, 0);
}

enum scapf_status merge_room(struct scapf_merge *m, void **items, uint32_t *cap, uint32_t used,
                             size_t size)
{
    return mem_room(m->alloc, items, cap, used, size) ? SCAPF_OK : merge_nomem(m);
}

enum scapf_status merge_put(struct scapf_merge *m, const void *bytes, size_t len)
{
    enum scapf_status status = sink_put(m->sink, bytes, len);

    if (status < 0 && scapf_sink_diag(m->sink) != NULL) {
        m->diag = *scapf_sink_diag(m->sink);
    }
    return status;
}

bool merge_is_other(const struct scapf_merge *m, const struct scapf_record *rec, size_t at,
                    size_t end)
{
    return out_status(&m->block) != SCAPF_OK || end > rec->raw_len || end > m->block.len ||
           memcmp(m->block.bytes + at, rec->raw + at, end - at) != 0;
}

void merge_block_begin(struct out *o, uint32_t type)
{
    out_clear(o);
    out_u32(o, type);
    out_u32(o, 0); /* the length */
}

void merge_block_end(struct out *o)
{
    out_pad4(o, 0);
    out_u32(o, (uint32_t)o->len + 4);
    if (out_status(o) == SCAPF_OK) {
        out_fill_u32(o, (struct out_mark){4}, (uint32_t)o->len);
    }
}

enum scapf_status merge_put_block(struct scapf_merge *m)
{
    if (out_status(&m->block) != SCAPF_OK) {
        return merge_nomem(m);
    }
    return merge_put(m, m->block.bytes, m->block.len);
}

void merge_begin_out(struct scapf_merge *m, unsigned roles, uint32_t group)
{
    m->n_parts[0] = m->n_parts[1] = 0;
    for (uint32_t i = 0; i < m->n_sections; i++) {
        struct merge_section *s = &m->sections[i];

        for (unsigned k = 0; k < 2 && !s->foreign; k++) {
            if ((s->roles & roles & (1u << k)) != 0 &&
                s->group[k] == (group == MERGE_NONE ? 0 : group)) {
                s->out[k] = m->out_section;
                m->n_parts[k]++;
            }
        }
    }
    m->out_section++;
    m->packet_group = group == MERGE_NONE ? 0 : group;
}

enum scapf_status merge_put_header(struct scapf_merge *m, uint16_t minor)
{
    merge_block_begin(&m->block, SCAPF_BLOCK_SHB);
    out_u32(&m->block, 0x1A2B3C4D);
    out_u16(&m->block, 1);
    out_u16(&m->block, minor);
    out_u64(&m->block, UINT64_MAX); /* [WRT-15] not stated */
    merge_block_end(&m->block);
    return merge_put_block(m);
}

uint64_t merge_hash(const uint8_t *p, size_t n)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < n; i++) {
        h = (h ^ p[i]) * UINT64_C(0x100000001b3);
    }
    return h ^ (h >> 29);
}

bool merge_is_state(const struct scapf_record *rec)
{
    return rec->event != NULL && (rec->event->flags & SCAPF_EVENT_STATE_ONLY) != 0;
}

bool merge_is_shifted(const struct scapf_merge *m, uint32_t input)
{
    const struct scapf_shift *shift = &m->inputs[input].shift;

    return shift->ns != 0 || shift->drift_ppt != 0;
}

uint64_t merge_begins(const struct scapf_merge *m, const struct merge_section *s)
{
    return s->spans[0].any ? merge_shifted(m, s->input, s->spans[0].first_ns) : UINT64_MAX;
}

uint64_t merge_shifted(const struct scapf_merge *m, uint32_t input, uint64_t ts_ns)
{
    static const struct clock_unit ns = {9, 0};
    i128 shifted = clock_forward(&m->inputs[input].shift, &ns, ts_ns);

    return shifted < 0 || shifted > UINT64_MAX ? ts_ns : (uint64_t)shifted;
}
