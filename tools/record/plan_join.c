/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_join.c - the record of a whole call answers the steps of its end. Those of the beginning get
 * the same numbers there, so that it does not matter of which record the enter event is made; calls
 * where that cannot be are marked.
 */
#include "plan_tables.h"

#include <string.h>

#include "plan.h"

/* Does the step have the same answer when the call has returned? */
static bool stays(const char *call, const struct rec_op *op)
{
    static const char *const written[] = {"sendfile", "copy_file_range", "ppoll"};

    for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
        if (strcmp(call, written[i]) == 0) {
            return false;
        }
    }
    return op->step == REC_STR || op->step == REC_BYTES || op->step == REC_IOV ||
           op->step == REC_ADDR;
}

uint8_t plan_step_of(const struct rec_plan *plan, const struct rec_op *op)
{
    for (uint8_t i = 0; i < plan->n; i++) {
        if (memcmp(&plan->ops[i], op, sizeof(*op)) == 0) {
            return i;
        }
    }
    return REC_NO_OP;
}

void plan_join(struct rec_plans *plans, int32_t nr)
{
    const struct rec_plan *at_exit = &plans->kernel[REC_CALLS + nr];
    struct rec_plan *at_enter = &plans->kernel[nr];
    struct rec_event_plan *event = plans->calls[nr].enter;
    struct rec_plan joined = {0};
    uint8_t places[REC_OPS];

    for (uint8_t i = 0; i < at_enter->n; i++) {
        places[i] = plan_step_of(at_exit, &at_enter->ops[i]);
        if (places[i] == REC_NO_OP || !stays(plans->calls[nr].name, &at_enter->ops[i])) {
            plans->apart[nr / 32] |= 1u << nr % 32;
            return;
        }
        joined.ops[places[i]] = at_enter->ops[i];
        joined.n = joined.n > places[i] ? joined.n : (uint8_t)(places[i] + 1);
    }
    for (uint8_t i = 0; event != NULL && i < event->n; i++) {
        struct rec_param *p = &event->params[i];

        p->op = p->op < REC_OPS ? places[p->op] : p->op;
        p->op2 = p->op2 < REC_OPS ? places[p->op2] : p->op2;
    }
    *at_enter = joined;
}
