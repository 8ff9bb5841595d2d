/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_shape.c - what the parameters of an event have to be, by its code: worked out once, so that
 * most events are seen to be right at a glance. [scap 10, 11]
 */
#include "block/types.h"
#include "check/check.h"

static const uint8_t forms[SCAPF_PT_COUNT] = {
    [SCAPF_PT_NONE] = CHECK_FORM_FREE,
    [SCAPF_PT_BYTEBUF] = CHECK_FORM_FREE,
    [SCAPF_PT_IPV4NET] = CHECK_FORM_FREE,
    [SCAPF_PT_IPV6NET] = CHECK_FORM_FREE,
    [SCAPF_PT_IPADDR] = CHECK_FORM_FREE,
    [SCAPF_PT_IPNET] = CHECK_FORM_FREE,
    [SCAPF_PT_CHARBUF] = CHECK_FORM_TEXT,
    [SCAPF_PT_FSPATH] = CHECK_FORM_TEXT,
    [SCAPF_PT_FSRELPATH] = CHECK_FORM_TEXT,
    [SCAPF_PT_SOCKADDR] = CHECK_FORM_OWN,
    [SCAPF_PT_SOCKTUPLE] = CHECK_FORM_OWN,
    [SCAPF_PT_FDLIST] = CHECK_FORM_OWN,
    [SCAPF_PT_DYN] = CHECK_FORM_OWN,
    [SCAPF_PT_CHARBUFARRAY] = CHECK_FORM_POINTER,
    [SCAPF_PT_CHARBUF_PAIR_ARRAY] = CHECK_FORM_POINTER,
};

/* Behind the parameters that are known anything may stand. */
void check_make_shape(struct check_shape *shape, const struct scapf_event_info *info)
{
    shape->info = info;
    shape->layout = EVENT_LAYOUT_V2;
    if ((info->flags & SCAPF_EF_LARGE_PAYLOAD) != 0) {
        shape->layout |= EVENT_LAYOUT_LARGE;
    }
    for (uint32_t i = 0; i < SCAPF_EVENT_PARAMS; i++) {
        uint8_t type = i < info->n_params && info->params[i].type < SCAPF_PT_COUNT
                           ? info->params[i].type
                           : (uint8_t)SCAPF_PT_NONE;

        shape->sizes[i] = scapf_param_size(type);
        shape->forms[i] = forms[type];
        if (shape->sizes[i] != 0 && info->params[i].may_be_empty) {
            shape->forms[i] = CHECK_FORM_EMPTY;
        }
    }
}
