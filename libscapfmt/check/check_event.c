/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_event.c - system-call events: their blocks, their parameters, their order, and what
 * current libscap will make of them when it converts old ones. [scap 9-14]
 *
 * This is the inner loop of validation: each event costs a few table look-ups; what depends only
 * on the code and the number of parameters is worked out once.
 */
#include <string.h>

#include "block/opt_table.h"
#include "block/types.h"
#include "check/check.h"
#include "event/event.h"
#include "stream/reader.h"

#define MAX_ROUNDS 50 /* [scap 14] of one conversion */

/* ------------------------------------------------------------------ conversion */

/* Does the conversion look at the stored enter event? */
static bool takes_enter(const struct scapf_conversion *conv)
{
    for (uint8_t i = 0; i < conv->n_from; i++) {
        if (conv->from[i].from == SCAPF_FROM_ENTER) {
            return true;
        }
    }
    return false;
}

/*
 * Follow libscap's converter from (code, n) to the end [scap 14]. Returns the rule that it breaks,
 * or RULE_NONE; plan receives what the run needs at every event of this kind.
 */
static enum rule follow(const struct scapf_schema *schema, const struct scapf_event_info *info,
                        uint32_t n, struct check_plan *plan)
{
    for (int round = 0; round < MAX_ROUNDS && info != NULL; round++) {
        bool exit = (info->code & 1) != 0;
        bool old = (info->flags & SCAPF_EF_OLD_VERSION) != 0;
        const struct scapf_conversion *conv;

        if ((info->flags & SCAPF_EF_CONVERTER_MANAGED) == 0) {
            return old && exit ? RULE_EVENT_NOT_CONVERTIBLE : RULE_NONE;
        }
        if (exit && n > info->n_params) {
            return RULE_EVENT_SURPLUS_MANAGED;
        }
        if (exit && !old && n == info->n_params) {
            return RULE_NONE;
        }
        conv = scapf_schema_conversion(schema, info->code, n);
        if (conv == NULL) {
            return RULE_EVENT_NOT_CONVERTIBLE;
        }
        if (conv->action == SCAPF_CONV_STORE || conv->action == SCAPF_CONV_STORE_AND_PASS) {
            plan->stores = 1;
            return RULE_NONE;
        }
        if (conv->action == SCAPF_CONV_PASS) {
            return RULE_NONE;
        }
        if (takes_enter(conv) && plan->takes_enter == 0) {
            plan->takes_enter = 1;
            plan->enter = (uint16_t)(info->code - 1);
        }
        n = conv->action == SCAPF_CONV_ADD_PARAMS ? n + conv->n_from : conv->n_from;
        info = scapf_schema_event(schema, conv->to_code);
    }
    return RULE_NONE;
}

/* Events of one code and number of parameters. */
static uint64_t kind_of(const struct scapf_event *ev)
{
    return (uint64_t)ev->code << 32 | ev->n_params;
}

/* What holds for every event of this code and number of parameters: said once. */
static void check_plan_once(struct checker *c, const struct scapf_event *ev,
                            struct check_plan *plan)
{
    uint32_t n = ev->info->n_params;
    enum rule rule;

    if ((ev->info->flags & SCAPF_EF_UNUSED) != 0) {
        check_once(c, RULE_EVENT_UNUSED, ev->code, ev->off, ev->code, 0);
        return;
    }
    rule = follow(c->schema, ev->info, ev->n_params, plan);
    if (rule != RULE_NONE) {
        check_once(c, rule, kind_of(ev), ev->off, ev->n_params, n);
    } else if (ev->n_params != n) {
        check_once(c, RULE_EVENT_N_PARAMS, kind_of(ev), ev->off, ev->n_params, n);
    }
}

/* NULL: there is no room for one more. */
static struct check_kind *need_kind(struct checker *c, const struct scapf_event_info *info)
{
    uint16_t *index;

    if (info->code >= CHECK_PLAN_CODES) {
        return NULL;
    }
    index = &c->kind_of[info->code];
    if (*index == 0) {
        if (c->n_kinds == CHECK_PLAN_KINDS) {
            return NULL;
        }
        check_make_shape(&c->kinds[c->n_kinds].shape, info);
        *index = ++c->n_kinds;
    }
    return &c->kinds[*index - 1];
}

static const struct check_plan *plan_of(struct checker *c, const struct scapf_event *ev,
                                        struct check_plan *spare)
{
    struct check_kind *kind = ev->n_params < CHECK_PLAN_PARAMS ? need_kind(c, ev->info) : NULL;
    struct check_plan *plan = kind != NULL ? &kind->plans[ev->n_params] : spare;

    if (plan->known != 0) {
        return plan;
    }
    plan->known = 1;
    check_plan_once(c, ev, plan);
    return plan;
}

/* ------------------------------------------------------------------ order */

/* The place of a number; one that lost its place, or of another section, is as a new one. */
static struct check_tid *place_of(const struct checker *c, struct check_tid *place, int64_t number)
{
    uint32_t section = c->section.index + 1;

    if (place->section != section || place->tid != number) {
        *place = (struct check_tid){.tid = number, .section = section};
    }
    return place;
}

bool check_pairing(const struct checker *c, const struct check_plan *plan, struct check_tid *thread,
                   uint16_t code)
{
    if (plan->stores) {
        thread->enter = (uint16_t)(code + 1);
        thread->gaps = c->gaps;
    } else if (plan->takes_enter) {
        if (thread->enter != 0 && thread->enter != plan->enter + 1 && thread->gaps == c->gaps) {
            return false;
        }
        thread->enter = 0;
    }
    return true;
}

/* Events that only carry state are told when they are needed, so that a processor knows later ones
 * already; those of a thread keep their order. */
static void check_event_order(struct checker *c, const struct scapf_event *ev)
{
    bool told_late = (ev->flags & SCAPF_EVENT_STATE_ONLY) != 0;
    struct check_plan spare = {0};
    const struct check_plan *plan = plan_of(c, ev, &spare);
    struct check_tid *thread = place_of(c, &c->threads[(uint64_t)ev->tid % CHECK_TIDS], ev->tid);
    struct check_tid *cpu = place_of(c, &c->cpus[ev->cpu % CHECK_CPUS], ev->cpu);

    if (ev->ts_ns < thread->ts) {
        check_report(c, RULE_EVENT_TIME_BACK, ev->off, ev->ts_ns, thread->ts);
    } else if (ev->ts_ns < cpu->ts && !told_late) {
        check_report(c, RULE_EVENT_CPU_TIME_BACK, ev->off, ev->ts_ns, cpu->ts);
    }
    thread->ts = ev->ts_ns;
    cpu->ts = told_late ? cpu->ts : ev->ts_ns;
    if (!check_pairing(c, plan, thread, ev->code)) {
        check_report(c, RULE_EVENT_OTHER_ENTER, ev->off, (uint64_t)thread->enter - 1, plan->enter);
        thread->enter = 0;
    }
}

/* ------------------------------------------------------------------ parameters */

static uint64_t param_off(const struct scapf_event *ev, const uint8_t *bytes)
{
    return ev->off + (ev->len - ev->payload_len) + (uint64_t)(bytes - ev->payload);
}

static void check_string(struct checker *c, const struct scapf_event *ev, const uint8_t *p,
                         uint32_t len)
{
    const uint8_t *nul = memchr(p, 0, len);

    if (nul != p + len - 1) {
        check_report(c, RULE_PARAM_STRING_END, param_off(ev, p), len,
                     nul != NULL ? (uint64_t)(nul - p) + 1 : 0);
    }
}

/* Types that have a structure of their own: the value decoder judges them. */
static void check_structured(struct checker *c, const struct scapf_event *ev, uint32_t i)
{
    struct scapf_value value;
    struct scapf_diag diag;

    if (scapf_event_value(ev, i, &value, &diag) == SCAPF_E_FORMAT) {
        check_report(c, (enum rule)diag.rule, diag.off, diag.got, diag.want);
    }
}

static void check_variable(struct checker *c, const struct scapf_event *ev, uint32_t i,
                           const uint8_t *p, uint32_t len)
{
    switch (ev->info->params[i].type) {
    case SCAPF_PT_CHARBUF:
    case SCAPF_PT_FSPATH:
    case SCAPF_PT_FSRELPATH:
        check_string(c, ev, p, len);
        break;
    case SCAPF_PT_SOCKADDR:
    case SCAPF_PT_SOCKTUPLE:
    case SCAPF_PT_FDLIST:
    case SCAPF_PT_DYN:
        check_structured(c, ev, i);
        break;
    case SCAPF_PT_CHARBUFARRAY:
    case SCAPF_PT_CHARBUF_PAIR_ARRAY:
        check_once(c, RULE_PARAM_POINTER, ev->code, param_off(ev, p), len, 0);
        break;
    default:
        break;
    }
}

static void check_param(struct checker *c, const struct scapf_event *ev, uint32_t i)
{
    const struct scapf_param_info *param = &ev->info->params[i];
    const uint8_t *p = ev->payload + ev->param_off[i];
    uint32_t len = ev->param_off[i + 1] - ev->param_off[i];
    uint32_t size = scapf_param_size(param->type);

    if (len == 0) {
        if (size != 0 && !param->may_be_empty) {
            check_once(c, RULE_PARAM_EMPTY, (uint64_t)ev->code << 32 | i, param_off(ev, p), i,
                       size);
        }
    } else if (size == 0) {
        check_variable(c, ev, i, p, len);
    } else if (len != size) {
        check_report(c, RULE_PARAM_SIZE, param_off(ev, p), len, size);
    }
}

static void check_params(struct checker *c, const struct scapf_event *ev)
{
    uint32_t n = ev->n_cached < ev->info->n_params ? ev->n_cached : ev->info->n_params;

    for (uint32_t i = 0; i < n; i++) {
        check_param(c, ev, i);
    }
}

/* All bytes of the parameters together must make the event. [scap 9.3] */
static void check_sum(struct checker *c, const struct scapf_event *ev)
{
    const uint8_t *p = ev->payload;
    uint32_t len = 0;
    uint64_t end = ev->param_off[ev->n_cached];

    if (ev->n_params > ev->n_cached) {
        if (scapf_event_param(ev, ev->n_params - 1, &p, &len) != SCAPF_OK) {
            return;
        }
        end = (uint64_t)(p - ev->payload) + len;
    }
    if (end != ev->payload_len) {
        check_report(c, RULE_EVENT_SUM, ev->off + 16, ev->len, ev->len - ev->payload_len + end);
    }
}

/* ------------------------------------------------------------------ block */

static void check_event_block(struct checker *c, const struct scapf_record *rec, uint8_t layout)
{
    const struct scapf_event *ev = rec->event;
    const uint8_t *end = ev->payload + ev->payload_len;
    size_t used = (size_t)(end - rec->body);
    size_t n = (4 - used % 4) % 4;
    bool large = (layout & EVENT_LAYOUT_LARGE) != 0;

    if (n > 0 && n <= rec->body_len - used) {
        const struct body_bytes pad = {end, n, rec->off + (uint64_t)(end - rec->raw)};

        check_padding(c, RULE_PADDING_NOT_ZERO, &pad);
    }
    if (!large && rec->raw_len > CHECK_SMALL_BLOCK) {
        check_report(c, RULE_EVENT_BLOCK_LIMIT, rec->off + 4, rec->raw_len, CHECK_SMALL_BLOCK);
    }
    if ((ev->flags & ~SCAPF_EVENT_STATE_ONLY) != 0) {
        check_report(c, RULE_EVENT_FLAGS, ev->off - 4, ev->flags, SCAPF_EVENT_STATE_ONLY);
    }
    if ((layout & EVENT_LAYOUT_FLAGS) != 0) {
        check_once(c, RULE_MIX_EVF, 0, rec->off, rec->type, 0);
    }
    if (c->section.cpus != 0 && ev->cpu >= c->section.cpus) {
        check_once(c, RULE_MI_CPUS, ev->cpu, rec->off + 8, ev->cpu, c->section.cpus);
    }
    if (ev->info != NULL && ((ev->info->flags & SCAPF_EF_LARGE_PAYLOAD) != 0) != large &&
        (layout & EVENT_LAYOUT_V2) != 0) {
        check_report(c, RULE_EVENT_LARGE_MISMATCH, rec->off, rec->type, ev->code);
    }
}

void check_event(struct checker *c, const struct scapf_record *rec)
{
    const struct scapf_event *ev = rec->event;
    const struct block_type *type = reader_block_type(c->reader, rec->type);

    check_event_block(c, rec, type->layout);
    if (ev->options_len > 0) {
        const struct body_bytes options = {ev->options, ev->options_len,
                                           rec->off + (uint64_t)(ev->options - rec->raw)};

        check_options(c, rec, rec->type, &options, rec->big_endian, NULL, NULL);
    }
    if (event_closes(ev)) {
        return;
    }
    if (ev->info == NULL) {
        check_once(c, RULE_EVENT_UNKNOWN, ev->code, ev->off, ev->code, 0);
        return;
    }
    if (ev->has_params) {
        if ((type->layout & EVENT_LAYOUT_V2) == 0 && ev->n_params > ev->info->n_params) {
            check_once(c, RULE_EVENT_V1_SURPLUS, kind_of(ev), ev->off, ev->n_params,
                       ev->info->n_params);
        }
        check_event_order(c, ev);
        check_params(c, ev);
        check_sum(c, ev);
    }
}
