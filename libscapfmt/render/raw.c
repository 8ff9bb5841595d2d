/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raw.c - one line an event, tab separated, for scripts and for comparing readers: block ordinal,
 * stream offset of the block, time ns, cpu, tid, event code, number of parameters, then every
 * parameter in hex, '-' when empty. For a code the schema does not know: '?' and the rest in hex.
 */
#include "render/render.h"

static void put_hex(struct out *o, const uint8_t *bytes, uint32_t len)
{
    out_char(o, '\t');
    if (len == 0) {
        out_char(o, '-');
    } else {
        out_hex_bytes(o, bytes, len);
    }
}

enum scapf_status render_raw(struct scapf_printer *p, const struct scapf_reader *reader,
                             const struct scapf_record *rec)
{
    const struct scapf_event *ev = rec->event;
    struct out *o = &p->out;

    (void)reader;
    if (ev == NULL) {
        return SCAPF_OK;
    }
    out_udec(o, rec->ordinal);
    out_char(o, '\t');
    out_udec(o, rec->off);
    out_char(o, '\t');
    out_udec(o, ev->ts_ns);
    out_char(o, '\t');
    out_udec(o, ev->cpu);
    out_char(o, '\t');
    out_dec(o, ev->tid);
    out_char(o, '\t');
    out_udec(o, ev->code);
    out_char(o, '\t');
    if (ev->info == NULL || !ev->has_params) {
        out_char(o, '?');
        put_hex(o, ev->payload, ev->payload_len);
    } else {
        out_udec(o, ev->n_params);
        for (uint32_t i = 0; i < ev->n_params; i++) {
            const uint8_t *bytes;
            uint32_t len;

            TRY(scapf_event_param(ev, i, &bytes, &len));
            put_hex(o, bytes, len);
        }
    }
    out_char(o, '\n');
    return out_status(o);
}
