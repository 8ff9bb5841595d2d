/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_xml_events.c - events with their parameters.
 */
#include "xml/schema_xml.h"

#include <string.h>

#include "schema/schema.h"

/* ------------------------------------------------------------------ base */

/* A base event refers to sets by address; when a file overrides one of them, it needs a copy. */
static const struct scapf_event_info *rebind(struct builder *b, const struct scapf_event_info *old)
{
    struct scapf_event_info *event = NULL;
    struct scapf_param_info *params = NULL;

    for (uint8_t i = 0; i < old->n_params; i++) {
        const struct scapf_param_info *param = &old->params[i];
        const struct scapf_flag_set *flags = current_flag_set(b, param->flags);
        const struct keyed *item =
            param->variants != NULL ? keys_find(&b->variant_sets, param->variants->name, 0) : NULL;
        const struct scapf_variant_set *variants = item != NULL ? item->item : NULL;

        if (flags == param->flags && variants == param->variants) {
            continue;
        }
        if (event == NULL) {
            event = keep(b, 1, sizeof(*event));
            params = keep(b, old->n_params, sizeof(*params));
            if (event == NULL || params == NULL) {
                return old;
            }
            memcpy(params, old->params, old->n_params * sizeof(*params));
            *event = *old;
            event->params = params;
        }
        params[i].flags = flags;
        params[i].variants = variants;
    }
    return event != NULL ? event : old;
}

static void seed_events(struct builder *b)
{
    for (uint32_t i = 0; i < b->base->n_events; i++) {
        const struct scapf_event_info *event = b->base->events[i];
        struct keyed *item =
            event != NULL ? keys_put(b, &b->events, "event", NULL, NULL, event->code) : NULL;

        if (item != NULL) {
            item->item = rebind(b, event);
        }
    }
}

/* ------------------------------------------------------------------ parameters */

static bool is_flag_type(uint8_t type)
{
    switch (type) {
    case SCAPF_PT_FLAGS8:
    case SCAPF_PT_FLAGS16:
    case SCAPF_PT_FLAGS32:
    case SCAPF_PT_ENUMFLAGS8:
    case SCAPF_PT_ENUMFLAGS16:
    case SCAPF_PT_ENUMFLAGS32:
    case SCAPF_PT_MODE:
        return true;
    default:
        return false;
    }
}

/* The sets a parameter refers to must be of the kind its type has. */
static void take_param_sets(struct builder *b, const xmlNode *node, struct scapf_param_info *param)
{
    const char *flags = attr(b, node, "flags");
    const char *variants = attr(b, node, "variants");

    if (is_flag_type(param->type) != (flags != NULL)) {
        fault(b, node, flags != NULL ? "type %s takes no flags" : "type %s needs flags",
              scapf_param_type_name(param->type));
    } else if (flags != NULL) {
        param->flags = find_flag_set(b, node, flags);
    }
    if ((param->type == SCAPF_PT_DYN) != (variants != NULL)) {
        fault(b, node, variants != NULL ? "type %s takes no variants" : "type %s needs variants",
              scapf_param_type_name(param->type));
    } else if (variants != NULL) {
        param->variants = find_variant_set(b, node, variants);
    }
}

static void take_param(struct builder *b, const xmlNode *node, struct scapf_param_info *param,
                       uint8_t since)
{
    const char *type = attr(b, node, "type");
    const char *format = attr(b, node, "format");
    int number = type != NULL ? schema_find_param_type(type) : 0;

    param->name = attr(b, node, "name");
    param->fmt = (uint8_t)(format != NULL ? schema_find_format(format) : SCAPF_PF_NA);
    param->since = attr_age(b, node, since);
    param->may_be_empty = attr_yes(b, node, "empty");
    param->dirfd_param = -1;
    if (number < 0) {
        fault(b, node, "there is no parameter type \"%s\"", type);
        return;
    }
    param->type = (uint8_t)number;
    if (param->since < since) {
        /* Parameters are only ever appended, so ages never step back. [scap 10] */
        fault(b, node, "parameter \"%s\" is older than what stands before it", param->name);
    }
    take_param_sets(b, node, param);
}

/* dirfd names the parameter a relative path starts from. */
static void take_dirfd(struct builder *b, const xmlNode *node, struct scapf_param_info *params,
                       uint8_t n, uint8_t i)
{
    const char *dirfd = attr(b, node, "dirfd");

    if ((params[i].type == SCAPF_PT_FSRELPATH) != (dirfd != NULL)) {
        fault(b, node, dirfd != NULL ? "type %s takes no dirfd" : "type %s needs a dirfd",
              scapf_param_type_name(params[i].type));
        return;
    }
    for (uint8_t k = 0; dirfd != NULL && k < n; k++) {
        if (params[k].type == SCAPF_PT_FD && strcmp(params[k].name, dirfd) == 0) {
            params[i].dirfd_param = (int8_t)k;
        }
    }
    if (dirfd != NULL && params[i].dirfd_param < 0) {
        fault(b, node, "there is no parameter \"%s\" of type FD", dirfd);
    }
}

static void check_param_name(struct builder *b, const xmlNode *node,
                             const struct scapf_param_info *params, uint8_t i)
{
    for (uint8_t k = 0; k < i; k++) {
        if (strcmp(params[k].name, params[i].name) == 0) {
            fault(b, node, "parameter \"%s\" comes twice", params[i].name);
        }
    }
}

static void take_params(struct builder *b, const xmlNode *node, struct scapf_event_info *event)
{
    uint8_t n = (uint8_t)count_children(node, "param");
    struct scapf_param_info *params = keep(b, n, sizeof(*params));
    const xmlNode *c = first_child(node, "param");

    if (params == NULL) {
        return;
    }
    for (uint8_t i = 0; i < n; i++, c = next_sibling(c)) {
        take_param(b, c, &params[i], i > 0 ? params[i - 1].since : event->since);
        if (is_over(b)) {
            return;
        }
        check_param_name(b, c, params, i);
    }
    c = first_child(node, "param");
    for (uint8_t i = 0; i < n; i++, c = next_sibling(c)) {
        take_dirfd(b, c, params, n, i);
    }
    event->params = n > 0 ? params : NULL;
    event->n_params = n;
}

/* ------------------------------------------------------------------ events */

static void take_flags(struct builder *b, const xmlNode *node, struct scapf_event_info *event)
{
    char *list = attr(b, node, "flags");

    for (const char *word = next_word(&list); word != NULL; word = next_word(&list)) {
        uint32_t bit = schema_find_event_flag(word);

        if (bit == 0) {
            fault(b, node, "there is no event flag \"%s\"", word);
        }
        event->flags |= bit;
    }
}

static void take_category(struct builder *b, const xmlNode *node, struct scapf_event_info *event)
{
    char *list = attr(b, node, "category");

    for (const char *word = next_word(&list); word != NULL; word = next_word(&list)) {
        const struct keyed *item = keys_find(&b->categories, word, 0);

        if (item == NULL) {
            fault(b, node, "there is no category \"%s\"", word);
            continue;
        }
        event->category |= (uint16_t)((const struct scapf_name *)item->item)->value;
    }
}

/* The PPM_SC codes, ascending whatever order they are written in. */
static void take_event_syscalls(struct builder *b, const xmlNode *node,
                                struct scapf_event_info *event)
{
    char *list = attr(b, node, "syscalls");
    uint16_t *codes = NULL;
    uint16_t n = 0;

    if (list != NULL) {
        codes = keep(b, strlen(list) / 2 + 1, sizeof(*codes));
    }
    for (const char *word = next_word(&list); word != NULL && codes != NULL;
         word = next_word(&list)) {
        const struct keyed *item = keys_find(&b->syscall_names, word, 0);
        uint16_t k = n;

        if (item == NULL || n == UINT16_MAX) {
            fault(b, node, "there is no system call \"%s\"", word);
            continue;
        }
        for (; k > 0 && codes[k - 1] > item->number; k--) {
            codes[k] = codes[k - 1];
        }
        codes[k] = (uint16_t)item->number;
        if (k > 0 && codes[k - 1] == codes[k]) {
            fault(b, node, "system call \"%s\" comes twice", word);
            return;
        }
        n++;
    }
    event->syscalls = codes;
    event->n_syscalls = n;
}

static void take_event(struct builder *b, const xmlNode *node)
{
    struct scapf_event_info *event = keep(b, 1, sizeof(*event));
    struct keyed *item;

    if (event == NULL) {
        return;
    }
    event->code = (uint16_t)attr_number(b, node, "code", 0, UINT16_MAX);
    event->symbol = attr(b, node, "symbol");
    event->name = attr(b, node, "name");
    event->since = attr_age(b, node, 0);
    take_flags(b, node, event);
    take_category(b, node, event);
    take_event_syscalls(b, node, event);
    take_params(b, node, event);
    item = keys_put(b, &b->events, "event", node, NULL, event->code);
    if (item != NULL) {
        item->item = event;
    }
}

/* ------------------------------------------------------------------ rules across events */

/* [scap 10] An even code is the enter of the odd one after it: PPME_X_E and PPME_X_X. */
static void check_pair(struct builder *b, const struct keyed *item)
{
    const struct scapf_event_info *event = item->item;
    const struct keyed *other = keys_find(&b->events, NULL, event->code ^ 1U);
    const struct scapf_event_info *pair = other != NULL ? other->item : NULL;
    size_t len = strlen(event->symbol);

    if (len < 3 || strcmp(event->symbol + len - 2, event->code % 2 == 0 ? "_E" : "_X") != 0) {
        fault(b, item->node, "symbol %s does not end in %s as its code demands", event->symbol,
              event->code % 2 == 0 ? "_E" : "_X");
    } else if (pair == NULL) {
        fault(b, item->node, "event %u is without its %s, event %u", event->code,
              event->code % 2 == 0 ? "exit" : "enter", event->code ^ 1U);
    } else if (strlen(pair->symbol) != len || strncmp(event->symbol, pair->symbol, len - 1) != 0) {
        fault(b, item->node, "symbols %s and %s are no pair", event->symbol, pair->symbol);
    }
}

static void index_symbol(struct builder *b, const struct keyed *item)
{
    const struct scapf_event_info *event = item->item;
    const struct keyed *other = keys_find(&b->event_symbols, event->symbol, 0);
    struct keyed *symbol;

    if (other != NULL) {
        fault(b, item->node, "symbol %s belongs to event %llu, too", event->symbol,
              (unsigned long long)other->number);
        return;
    }
    symbol = keys_put(b, &b->event_symbols, "symbol", NULL, event->symbol, 0);
    if (symbol != NULL) {
        symbol->number = event->code;
        symbol->item = event;
    }
}

static void finish_events(struct builder *b)
{
    const struct scapf_event_info **events;
    uint32_t n = 0;

    for (uint32_t i = 0; i < b->events.n; i++) {
        n = b->events.items[i].number >= n ? (uint32_t)b->events.items[i].number + 1 : n;
    }
    events = keep(b, n, sizeof(*events));
    for (uint32_t i = 0; events != NULL && i < b->events.n && !is_over(b); i++) {
        const struct keyed *item = &b->events.items[i];

        events[item->number] = item->item;
        index_symbol(b, item);
        if (item->node != NULL) {
            check_pair(b, item);
        }
    }
    b->schema.events = events;
    b->schema.n_events = n;
}

const struct schema_pass schema_event_passes[] = {
    {"event", seed_events, take_event, finish_events},
};

const size_t schema_n_event_passes = sizeof(schema_event_passes) / sizeof(schema_event_passes[0]);
