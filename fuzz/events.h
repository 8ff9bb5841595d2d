/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.h - a capture of events made from the input. Reaches what printers do to events sooner
 * than whole captures do.
 */
#ifndef SCAPF_FUZZ_EVENTS_H
#define SCAPF_FUZZ_EVENTS_H

#include "scapfmt.h"
#include "support/mk.h"

/* All of one thread: a byte for the byte order, then again and again a code (two bytes), how many
 * parameters, and each as a length and that many bytes. m is made here, and released by the caller;
 * size is at least 1. */
static inline void events_of(struct mk *m, const uint8_t *data, size_t size)
{
    const struct scapf_schema *schema = scapf_schema_builtin();
    size_t at = 1;

    mk_init(m, (data[0] & 1) != 0);
    mk_shb(m, 2);
    for (int event = 0; event < 64 && size - at >= 3; event++) {
        uint16_t code = (uint16_t)((data[at] | data[at + 1] << 8) % ((int)schema->n_events + 2));
        const struct scapf_event_info *info = scapf_schema_event(schema, code);
        bool large = info != NULL && (info->flags & SCAPF_EF_LARGE_PAYLOAD) != 0;
        unsigned n = data[at + 2] % 40;

        at += 3;
        mk_ev_begin(m, large ? SCAPF_BLOCK_EV_V2_LARGE : SCAPF_BLOCK_EV_V2, 1, 2, 3, code);
        for (unsigned i = 0; at < size && i < n; i++) {
            size_t len = data[at++];

            len = len < size - at ? len : size - at;
            mk_param(m, data + at, (uint32_t)len);
            at += len;
        }
        mk_ev_end(m);
    }
}

#endif
