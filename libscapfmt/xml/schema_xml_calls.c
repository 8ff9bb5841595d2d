/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_xml_calls.c - what refers to events: architectures and conversions.
 */
#include "xml/schema_xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct scapf_event_info *find_event(struct builder *b, const xmlNode *node,
                                          const char *symbol)
{
    const struct keyed *item = keys_find(&b->event_symbols, symbol, 0);

    if (item == NULL) {
        fault(b, node, "there is no event %s", symbol);
    }
    return item != NULL ? item->item : NULL;
}

/* ------------------------------------------------------------------ architectures */

/* What an architecture is made of while it is read. */
struct arch_calls {
    struct keys calls;
};

static struct arch_calls *put_arch(struct builder *b, const char *name)
{
    struct keyed *item =
        name != NULL ? keys_put(b, &b->arches, "architecture", NULL, name, 0) : NULL;

    if (item != NULL && item->item == NULL) {
        item->item = scratch(b, 1, sizeof(struct arch_calls));
    }
    return item != NULL ? (struct arch_calls *)(uintptr_t)item->item : NULL;
}

static void put_call(struct builder *b, struct arch_calls *arch, const xmlNode *node,
                     const struct scapf_syscall *call)
{
    struct keyed *item = keys_put(b, &arch->calls, "call", node, NULL, (uint64_t)call->nr);

    if (item != NULL) {
        item->item = call;
    }
}

static void seed_arches(struct builder *b)
{
    for (uint32_t i = 0; i < b->base->n_arches; i++) {
        const struct scapf_arch *old = &b->base->arches[i];
        struct arch_calls *arch = put_arch(b, old->name);

        for (uint32_t k = 0; arch != NULL && k < old->n_calls; k++) {
            put_call(b, arch, NULL, &old->calls[k]);
        }
    }
}

/* Calls without an event of their own are recorded as these. */
#define GENERIC_EVENT "PPME_GENERIC"

static void take_call(struct builder *b, const xmlNode *node, struct scapf_syscall *call)
{
    const char *event = attr(b, node, "event");
    const char *name = attr(b, node, "syscall");
    const struct keyed *ppm_sc;
    const struct scapf_event_info *info;
    char symbol[80];

    call->nr = (int32_t)attr_number(b, node, "nr", 0, INT32_MAX);
    call->name = attr(b, node, "name");
    call->is_generic = event == NULL;
    name = name != NULL ? name : call->name;
    if (name == NULL) {
        return;
    }
    ppm_sc = keys_find(&b->syscall_names, name, 0);
    if (ppm_sc == NULL) {
        fault(b, node, "there is no system call \"%s\"", name);
        return;
    }
    call->ppm_sc = (uint16_t)ppm_sc->number;
    event = event != NULL ? event : GENERIC_EVENT;
    (void)snprintf(symbol, sizeof(symbol), "%s_E", event);
    info = find_event(b, node, symbol);
    call->enter = info != NULL ? info->code : 0;
    symbol[strlen(symbol) - 1] = 'X';
    info = info != NULL ? find_event(b, node, symbol) : NULL;
    call->exit = info != NULL ? info->code : 0;
}

static void take_arch(struct builder *b, const xmlNode *node)
{
    struct arch_calls *arch = put_arch(b, attr(b, node, "name"));

    for (const xmlNode *c = first_child(node, "call"); c != NULL && arch != NULL && !is_over(b);
         c = next_sibling(c)) {
        struct scapf_syscall *call = keep(b, 1, sizeof(*call));

        if (call == NULL) {
            return;
        }
        take_call(b, c, call);
        put_call(b, arch, c, call);
    }
}

static void finish_arches(struct builder *b)
{
    struct scapf_arch *arches = keep(b, b->arches.n, sizeof(*arches));

    for (uint32_t i = 0; arches != NULL && i < b->arches.n; i++) {
        const struct arch_calls *from = b->arches.items[i].item;
        const struct keyed *sorted = keys_sorted(b, &from->calls);
        struct scapf_syscall *calls = keep(b, from->calls.n, sizeof(*calls));

        for (uint32_t k = 0; sorted != NULL && calls != NULL && k < from->calls.n; k++) {
            calls[k] = *(const struct scapf_syscall *)sorted[k].item;
        }
        arches[i] = (struct scapf_arch){
            .name = b->arches.items[i].name, .calls = calls, .n_calls = from->calls.n};
    }
    b->schema.arches = arches;
    b->schema.n_arches = b->arches.n;
}

/* ------------------------------------------------------------------ 32-bit x86 */

static void put_ia32(struct builder *b, const xmlNode *node, uint32_t nr, int16_t to)
{
    int16_t *copy = scratch(b, 1, sizeof(*copy));
    struct keyed *item = copy != NULL ? keys_put(b, &b->ia32, "number", node, NULL, nr) : NULL;

    if (item != NULL) {
        *copy = to;
        item->item = copy;
    }
}

static void seed_ia32(struct builder *b)
{
    for (uint32_t i = 0; i < b->base->n_ia32; i++) {
        put_ia32(b, NULL, i, b->base->ia32_to_x86_64[i]);
    }
}

static void take_ia32(struct builder *b, const xmlNode *node)
{
    for (const xmlNode *c = first_child(node, "map"); c != NULL; c = next_sibling(c)) {
        put_ia32(b, c, attr_number(b, c, "nr", 0, UINT16_MAX),
                 (int16_t)attr_number(b, c, "to", 0, INT16_MAX));
    }
}

static void finish_ia32(struct builder *b)
{
    uint32_t n = 0;
    int16_t *map;

    for (uint32_t i = 0; i < b->ia32.n; i++) {
        n = b->ia32.items[i].number >= n ? (uint32_t)b->ia32.items[i].number + 1 : n;
    }
    map = keep(b, n, sizeof(*map));
    if (map == NULL) {
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        map[i] = -1;
    }
    for (uint32_t i = 0; i < b->ia32.n; i++) {
        map[b->ia32.items[i].number] = *(const int16_t *)b->ia32.items[i].item;
    }
    b->schema.ia32_to_x86_64 = map;
    b->schema.n_ia32 = n;
}

/* ------------------------------------------------------------------ conversions */

static void put_conversion(struct builder *b, const xmlNode *node,
                           const struct scapf_conversion *row)
{
    struct keyed *item = keys_put(b, &b->conversions, "conversion", node, NULL,
                                  (uint64_t)row->code << 8 | row->n_params);

    if (item != NULL) {
        item->item = row;
    }
}

static void seed_conversions(struct builder *b)
{
    for (uint32_t i = 0; i < b->base->n_conversions; i++) {
        put_conversion(b, NULL, &b->base->conversions[i]);
    }
}

static uint8_t find_action(const char *name)
{
    static const char *const names[] = {
        [SCAPF_CONV_PASS] = "pass",
        [SCAPF_CONV_STORE] = "store",
        [SCAPF_CONV_STORE_AND_PASS] = "store_and_pass",
        [SCAPF_CONV_ADD_PARAMS] = "add",
        [SCAPF_CONV_CHANGE_TYPE] = "change",
    };
    uint8_t i = 0;

    /* The XSD lets only these pass. */
    while (strcmp(names[i], name) != 0) {
        i++;
    }
    return i;
}

static struct scapf_conv_param parse_source(const char *word)
{
    static const struct {
        const char *word;
        uint8_t from;
    } plain[] = {
        {"empty", SCAPF_FROM_EMPTY},
        {"default", SCAPF_FROM_DEFAULT},
        {"callback", SCAPF_FROM_CALLBACK},
    };
    struct scapf_conv_param param = {.from = SCAPF_FROM_OLD};
    char *end;

    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        if (strcmp(word, plain[i].word) == 0) {
            param.from = plain[i].from;
            return param;
        }
    }
    if (word[0] == 'e') {
        param.from = SCAPF_FROM_ENTER;
    }
    param.param = (uint8_t)strtoul(strchr(word, ':') + 1, &end, 10);
    param.empty_if_no_enter = *end == ':';
    return param;
}

/* Parameters taken from elsewhere must exist there. */
static void check_source(struct builder *b, const xmlNode *node, const struct scapf_conversion *row,
                         const struct scapf_conv_param *param)
{
    const struct keyed *enter;

    if (param->from == SCAPF_FROM_OLD && param->param >= row->n_params) {
        fault(b, node, "old:%u is beyond the %u parameters", param->param, row->n_params);
    }
    if (param->from != SCAPF_FROM_ENTER) {
        return;
    }
    enter = row->code % 2 == 1 ? keys_find(&b->events, NULL, row->code - 1U) : NULL;
    if (enter == NULL || param->param >= ((const struct scapf_event_info *)enter->item)->n_params) {
        fault(b, node, "enter:%u is no parameter of the enter event", param->param);
    }
}

static void take_sources(struct builder *b, const xmlNode *node, struct scapf_conversion *row)
{
    char *list = attr(b, node, "from");
    struct scapf_conv_param *from = keep(b, list != NULL ? strlen(list) / 5 + 1 : 0, sizeof(*from));

    if (from == NULL) {
        return;
    }
    for (const char *word = next_word(&list); word != NULL; word = next_word(&list)) {
        from[row->n_from] = parse_source(word);
        check_source(b, node, row, &from[row->n_from]);
        row->n_from++;
    }
    row->from = row->n_from > 0 ? from : NULL;
}

/* What an action needs, and what its result may have. */
static void check_conversion(struct builder *b, const xmlNode *node,
                             const struct scapf_conversion *row,
                             const struct scapf_event_info *event,
                             const struct scapf_event_info *to)
{
    bool is_add = row->action == SCAPF_CONV_ADD_PARAMS;
    bool is_change = row->action == SCAPF_CONV_CHANGE_TYPE;
    unsigned n = row->n_from + (is_add ? row->n_params : 0U);

    if (row->n_params > event->n_params) {
        fault(b, node, "%s has %u parameters, not %u", event->symbol, event->n_params,
              row->n_params);
    }
    if (is_change == (to == event)) {
        fault(b, node, is_change ? "change needs another event in `to`" : "`to` is for change");
    }
    if (row->n_from > 0 && !is_add && !is_change) {
        fault(b, node, "`from` is for add and change");
    }
    if (is_add && row->n_from == 0) {
        fault(b, node, "add needs `from`");
    }
    if (n > to->n_params) {
        fault(b, node, "%s takes %u parameters, not %u", to->symbol, to->n_params, n);
    }
}

static void take_conversion(struct builder *b, const xmlNode *node)
{
    struct scapf_conversion *row = keep(b, 1, sizeof(*row));
    const char *symbol = attr(b, node, "event");
    const char *action = attr(b, node, "action");
    const char *to_symbol = attr(b, node, "to");
    const struct scapf_event_info *event;
    const struct scapf_event_info *to;

    if (row == NULL || symbol == NULL || action == NULL) {
        return;
    }
    event = find_event(b, node, symbol);
    to = event != NULL && to_symbol != NULL ? find_event(b, node, to_symbol) : event;
    if (event == NULL || to == NULL) {
        return;
    }
    row->code = event->code;
    row->n_params = (uint8_t)attr_number(b, node, "params", 0, UINT8_MAX);
    row->action = find_action(action);
    row->to_code = to->code;
    take_sources(b, node, row);
    check_conversion(b, node, row, event, to);
    put_conversion(b, node, row);
}

static void finish_conversions(struct builder *b)
{
    const struct keyed *sorted = keys_sorted(b, &b->conversions);
    struct scapf_conversion *rows = keep(b, b->conversions.n, sizeof(*rows));

    for (uint32_t i = 0; sorted != NULL && rows != NULL && i < b->conversions.n; i++) {
        rows[i] = *(const struct scapf_conversion *)sorted[i].item;
    }
    b->schema.conversions = rows;
    b->schema.n_conversions = b->conversions.n;
}

const struct schema_pass schema_call_passes[] = {
    {"arch", seed_arches, take_arch, finish_arches},
    {"ia32", seed_ia32, take_ia32, finish_ia32},
    {"convert", seed_conversions, take_conversion, finish_conversions},
};

const size_t schema_n_call_passes = sizeof(schema_call_passes) / sizeof(schema_call_passes[0]);
