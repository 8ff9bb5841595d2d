/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_args.c - parameters by name, from the event at hand or from the enter event before it.
 */
#include "state/host.h"

#include "bytes/cur.h"
#include "event/event.h"

#include <string.h>

/* A length of the kept payload. */
static uint32_t length_at(const struct scapf_event *ev, uint32_t i)
{
    const uint8_t *p = ev->payload + (size_t)i * ev->len_size;

    return ev->len_size == 2 ? get_u16(p, ev->big_endian) : get_u32(p, ev->big_endian);
}

/* Make the view of the kept enter event; its lengths were checked when it was read. */
static void build_enter(struct scapf_host *h)
{
    const struct thread *t = h->thread;
    struct scapf_event *e = &h->enter;

    /* What is not set here is zero since the host was made. */
    e->info = h->schema->events[t->begun.code];
    e->ts_ns = t->enter_ts;
    e->tid = t->key.a;
    e->n_params = t->enter_params;
    e->code = t->begun.code;
    e->cpu = t->enter_cpu;
    e->has_params = true;
    e->big_endian = t->enter_big;
    e->len_size = t->enter_len_size;
    e->payload = NULL;
    e->payload_len = 0;
    e->n_cached = 0;
    e->param_off[0] = 0;
    if (t->enter_params == 0) {
        return;
    }
    e->payload = t->enter_bytes;
    e->payload_len = t->enter_len;
    e->n_cached = e->n_params < SCAPF_EVENT_PARAMS ? e->n_params : SCAPF_EVENT_PARAMS;
    e->param_off[0] = e->n_params * e->len_size;
    for (uint32_t i = 0; i < e->n_cached; i++) {
        e->param_off[i + 1] = e->param_off[i] + length_at(e, i);
    }
}

const struct scapf_event *host_enter(struct scapf_host *h)
{
    if (!h->view.has_enter || h->thread == NULL) {
        return NULL;
    }
    if (!h->enter_built) {
        build_enter(h);
        h->enter_built = true;
    }
    return &h->enter;
}

/* The parameter i of this event; false when it has none or an empty one. */
static bool value_of(const struct scapf_event *ev, int8_t i, struct scapf_value *v)
{
    return i >= 0 && (uint32_t)i < ev->n_params &&
           scapf_event_value(ev, (uint32_t)i, v, NULL) == SCAPF_OK &&
           v->kind != SCAPF_VALUE_EMPTY && v->kind != SCAPF_VALUE_NULL;
}

bool host_has_arg(const struct scapf_host *h, enum arg arg)
{
    int8_t i = h->code->args[arg].param;

    return i >= 0 && (uint32_t)i < h->ev->n_params;
}

bool host_arg(struct scapf_host *h, enum arg arg, struct scapf_value *v)
{
    const struct scapf_event *enter;

    if (value_of(h->ev, h->code->args[arg].param, v)) {
        return true;
    }
    enter = host_enter(h);
    return enter != NULL && value_of(enter, h->codes[enter->code].args[arg].param, v);
}

/* The same for a parameter that the event at hand does not have, or not as a mere number. */
static bool other_int(struct scapf_host *h, enum arg arg, int64_t *v)
{
    struct scapf_value value;

    if (!host_arg(h, arg, &value)) {
        return false;
    }
    if (value.kind == SCAPF_VALUE_SIGNED) {
        *v = value.i;
    } else if (value.kind == SCAPF_VALUE_UNSIGNED) {
        *v = (int64_t)value.u;
    } else {
        return false;
    }
    return true;
}

bool host_arg_int(struct scapf_host *h, enum arg arg, int64_t *v)
{
    const struct place *place = &h->code->args[arg];

    return event_number(h->ev, (uint32_t)place->param, place->size, v) || other_int(h, arg, v);
}

bool host_arg_bytes(struct scapf_host *h, enum arg arg, const uint8_t **p, uint32_t *len)
{
    struct scapf_value value;

    if (!host_arg(h, arg, &value) ||
        (value.kind != SCAPF_VALUE_TEXT && value.kind != SCAPF_VALUE_BYTES)) {
        return false;
    }
    *p = value.bytes;
    *len = value.len;
    return true;
}

uint32_t host_arg_str(struct scapf_host *h, enum arg arg)
{
    const uint8_t *p;
    uint32_t len;

    return host_arg_bytes(h, arg, &p, &len) ? str_put(&h->strs, p, strnlen((const char *)p, len))
                                            : 0;
}

bool host_succeeded(struct scapf_host *h)
{
    int64_t res;

    return host_arg_int(h, ARG_res, &res) && res >= 0;
}

int64_t host_used_fd(struct scapf_host *h)
{
    return h->view.fd >= 0 ? h->view.fd : NO_FD;
}
