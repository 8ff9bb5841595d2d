/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arch.h - the architecture a capture was recorded on, as its generic events tell.
 *
 * The file does not say it, but every generic event that names both its PPM_SC code and the
 * kernel's number votes for the tables in which the pair stands [scap 11]. One that has no code
 * votes for the tables in which the number is that of a call new enough to have been written so for
 * old readers; where they disagree on the call, for none. The table with most votes so far is
 * taken.
 */
#ifndef SCAPF_RENDER_ARCH_H
#define SCAPF_RENDER_ARCH_H

#include "scapfmt.h"

/* Take the vote of a generic event. */
void arch_take_vote(struct scapf_arch_votes *votes, const struct scapf_schema *schema,
                    const struct scapf_event *ev);

/* Let an event vote; others than generic ones have nothing to say. */
static inline void arch_vote(struct scapf_arch_votes *votes, const struct scapf_schema *schema,
                             const struct scapf_event *ev)
{
    if (ev->code <= 1) {
        arch_take_vote(votes, schema, ev);
    }
}

#endif
