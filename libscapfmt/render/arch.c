/* SPDX-License-Identifier: Apache-2.0 */
#include "render/arch.h"

#include "base/mem.h"

#include <string.h>

bool arch_votes_init(struct arch_votes *votes, const struct scapf_schema *schema,
                     const struct scapf_alloc *alloc)
{
    *votes = (struct arch_votes){.schema = schema, .alloc = alloc};
    votes->counts = mem_zalloc(alloc, (schema->n_arches + 1) * sizeof(*votes->counts));
    return votes->counts != NULL;
}

void arch_votes_clear(struct arch_votes *votes)
{
    votes->leader = NULL;
    memset(votes->counts, 0, votes->schema->n_arches * sizeof(*votes->counts));
}

void arch_votes_release(struct arch_votes *votes)
{
    mem_free(votes->alloc, votes->counts);
    votes->counts = NULL;
}

static void vote_for(struct arch_votes *votes, uint32_t i)
{
    const struct scapf_arch *arch = &votes->schema->arches[i];
    uint32_t votes_now = ++votes->counts[i];

    if (votes->leader == NULL || votes_now > votes->counts[votes->leader - votes->schema->arches]) {
        votes->leader = arch;
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

void arch_take_vote(struct arch_votes *votes, const struct scapf_event *ev)
{
    const struct scapf_schema *schema = votes->schema;
    const char *name = NULL;
    struct scapf_value sc;
    struct scapf_value nr;

    if (ev->n_params < 2 || scapf_event_value(ev, 0, &sc, NULL) != SCAPF_OK ||
        scapf_event_value(ev, 1, &nr, NULL) != SCAPF_OK || sc.kind != SCAPF_VALUE_UNSIGNED ||
        nr.kind != SCAPF_VALUE_UNSIGNED) {
        return;
    }
    for (uint32_t i = 0; i < schema->n_arches; i++) {
        const struct scapf_syscall *call = candidate(&schema->arches[i], nr.u, sc.u);

        if (call != NULL && name != NULL && strcmp(call->name, name) != 0) {
            return;
        }
        name = call != NULL ? call->name : name;
    }
    for (uint32_t i = 0; i < schema->n_arches; i++) {
        if (candidate(&schema->arches[i], nr.u, sc.u) != NULL) {
            vote_for(votes, i);
        }
    }
}
