/* SPDX-License-Identifier: Apache-2.0 */
#include "render/arch.h"

#include <string.h>

static uint32_t n_voters(const struct scapf_schema *schema)
{
    return schema->n_arches < SCAPF_ARCHES_MAX ? schema->n_arches : SCAPF_ARCHES_MAX;
}

static void vote_for(struct scapf_arch_votes *votes, const struct scapf_schema *schema, uint32_t i)
{
    uint32_t votes_now = ++votes->counts[i];

    if (votes->leader == NULL || votes_now > votes->counts[votes->leader - schema->arches]) {
        votes->leader = &schema->arches[i];
    }
}

/* Can the number be of a call with this PPM_SC, in this table? */
static const struct scapf_syscall *candidate(const struct scapf_arch *arch, uint64_t nr,
                                             uint64_t sc)
{
    const struct scapf_syscall *call = scapf_arch_syscall(arch, (int32_t)nr);

    if (call == NULL || (sc != 0 ? call->ppm_sc != sc : call->ppm_sc < SCAPF_OLD_SYSCALLS)) {
        return NULL;
    }
    return call;
}

void arch_take_vote(struct scapf_arch_votes *votes, const struct scapf_schema *schema,
                    const struct scapf_event *ev)
{
    const char *name = NULL;
    struct scapf_value sc;
    struct scapf_value nr;

    if (ev->n_params < 2 || scapf_event_value(ev, 0, &sc, NULL) != SCAPF_OK ||
        scapf_event_value(ev, 1, &nr, NULL) != SCAPF_OK || sc.kind != SCAPF_VALUE_UNSIGNED ||
        nr.kind != SCAPF_VALUE_UNSIGNED) {
        return;
    }
    for (uint32_t i = 0; i < n_voters(schema); i++) {
        const struct scapf_syscall *call = candidate(&schema->arches[i], nr.u, sc.u);

        if (call != NULL && name != NULL && strcmp(call->name, name) != 0) {
            return;
        }
        name = call != NULL ? call->name : name;
    }
    for (uint32_t i = 0; i < n_voters(schema); i++) {
        if (candidate(&schema->arches[i], nr.u, sc.u) != NULL) {
            vote_for(votes, schema, i);
        }
    }
}

const struct scapf_arch *scapf_arch_vote(struct scapf_arch_votes *votes,
                                         const struct scapf_schema *schema,
                                         const struct scapf_event *event)
{
    arch_vote(votes, schema, event);
    return votes->leader;
}
