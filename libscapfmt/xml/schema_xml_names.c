/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_xml_names.c - ages, categories, errnos, signals, flag sets, variant sets, system calls.
 */
#include "xml/schema_xml.h"

#include <string.h>

#include "schema/schema.h"

/* ------------------------------------------------------------------ ages */

static void put_age(struct builder *b, const xmlNode *node, const char *name)
{
    struct keyed *item = name != NULL ? keys_put(b, &b->ages, "age", node, name, 0) : NULL;

    if (item != NULL && b->ages.n > UINT8_MAX) {
        fault(b, node, "more than %u ages", UINT8_MAX);
    }
}

static void seed_ages(struct builder *b)
{
    for (uint32_t i = 0; i < b->base->n_ages; i++) {
        put_age(b, NULL, b->base->ages[i]);
    }
}

static void take_ages(struct builder *b, const xmlNode *node)
{
    for (const xmlNode *c = first_child(node, "age"); c != NULL; c = next_sibling(c)) {
        put_age(b, c, attr(b, c, "name"));
    }
}

static void finish_ages(struct builder *b)
{
    const char **ages = keep(b, b->ages.n, sizeof(*ages));

    for (uint32_t i = 0; ages != NULL && i < b->ages.n; i++) {
        ages[i] = b->ages.items[i].name;
    }
    b->schema.ages = ages;
    b->schema.n_ages = b->ages.n;
}

uint8_t attr_age(struct builder *b, const xmlNode *node, uint8_t fallback)
{
    const char *name = attr(b, node, "since");
    const struct keyed *age = name != NULL ? keys_find(&b->ages, name, 0) : NULL;

    if (name != NULL && age == NULL) {
        fault(b, node, "there is no age \"%s\"", name);
    }
    return age != NULL ? (uint8_t)(age - b->ages.items) : fallback;
}

uint8_t params_to_write(const struct builder *b, const struct scapf_event_info *event)
{
    /* [sysdig 0.41.4, Stratoshark 0.9.9: an assertion of converter.cpp] what Debian ships */
    const struct keyed *age = keys_find(&b->ages, "libs 0.23.0", 0);
    uint8_t n = event->n_params;

    if (age == NULL || event->since > age - b->ages.items) {
        return n; /* they pass over an event that they do not know at all */
    }
    while (n > 0 && event->params[n - 1].since > age - b->ages.items) {
        n--;
    }
    return n;
}

/* ------------------------------------------------------------------ numbers with names */

static struct scapf_name *put_name(struct builder *b, struct keys *keys, bool by_number,
                                   const xmlNode *node, const struct scapf_name *name)
{
    struct scapf_name *copy = keep(b, 1, sizeof(*copy));
    struct keyed *item =
        copy != NULL && name->name != NULL
            ? keys_put(b, keys, "name", node, by_number ? NULL : name->name, name->value)
            : NULL;

    if (item != NULL) {
        *copy = *name;
        item->item = copy;
    }
    return copy;
}

static void seed_names(struct builder *b, struct keys *keys, bool by_number,
                       const struct scapf_name *names, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        put_name(b, keys, by_number, NULL, &names[i]);
    }
}

static void take_names(struct builder *b, struct keys *keys, bool by_number, const xmlNode *node)
{
    for (const xmlNode *c = first_child(node, "name"); c != NULL; c = next_sibling(c)) {
        const struct scapf_name name = {
            .value = attr_number(b, c, "value", 0, UINT32_MAX),
            .name = attr(b, c, "name"),
        };

        put_name(b, keys, by_number, c, &name);
    }
}

static const struct scapf_name *finish_names(struct builder *b, const struct keyed *items,
                                             uint32_t n)
{
    struct scapf_name *names = keep(b, n, sizeof(*names));

    for (uint32_t i = 0; items != NULL && names != NULL && i < n; i++) {
        names[i] = *(const struct scapf_name *)items[i].item;
    }
    return names;
}

static void seed_categories(struct builder *b)
{
    seed_names(b, &b->categories, false, b->base->categories, b->base->n_categories);
}

static void take_categories(struct builder *b, const xmlNode *node)
{
    take_names(b, &b->categories, false, node);
}

static void finish_categories(struct builder *b)
{
    b->schema.n_categories = b->categories.n;
    b->schema.categories = finish_names(b, b->categories.items, b->categories.n);
}

static void seed_errnos(struct builder *b)
{
    seed_names(b, &b->errnos, true, b->base->errnos, b->base->n_errnos);
}

static void take_errnos(struct builder *b, const xmlNode *node)
{
    take_names(b, &b->errnos, true, node);
}

static void finish_errnos(struct builder *b)
{
    b->schema.n_errnos = b->errnos.n;
    b->schema.errnos = finish_names(b, keys_sorted(b, &b->errnos), b->errnos.n);
}

static void seed_signals(struct builder *b)
{
    seed_names(b, &b->signals, true, b->base->signals, b->base->n_signals);
}

static void take_signals(struct builder *b, const xmlNode *node)
{
    take_names(b, &b->signals, true, node);
}

static void finish_signals(struct builder *b)
{
    b->schema.n_signals = b->signals.n;
    b->schema.signals = finish_names(b, keys_sorted(b, &b->signals), b->signals.n);
}

/* ------------------------------------------------------------------ flag sets */

static void put_set(struct builder *b, struct keys *keys, const char *what, const xmlNode *node,
                    const char *name, const void *set)
{
    struct keyed *item = name != NULL ? keys_put(b, keys, what, node, name, 0) : NULL;

    if (item != NULL) {
        item->item = set;
    }
}

static void seed_flag_sets(struct builder *b)
{
    for (uint32_t i = 0; i < b->base->n_flag_sets; i++) {
        const struct scapf_flag_set *set = b->base->flag_sets[i];

        put_set(b, &b->flag_sets, "flag set", NULL, set->name, set);
    }
}

static void take_flag_set(struct builder *b, const xmlNode *node)
{
    uint32_t n = count_children(node, "flag");
    struct scapf_flag_set *set = keep(b, 1, sizeof(*set));
    struct scapf_flag *flags = keep(b, n, sizeof(*flags));
    const xmlNode *c = first_child(node, "flag");

    if (set == NULL || flags == NULL) {
        return;
    }
    for (uint32_t i = 0; i < n; i++, c = next_sibling(c)) {
        flags[i].name = attr(b, c, "name");
        flags[i].value = attr_number(b, c, "value", 0, UINT32_MAX);
    }
    *set = (struct scapf_flag_set){.name = attr(b, node, "name"), .flags = flags, .n_flags = n};
    put_set(b, &b->flag_sets, "flag set", node, set->name, set);
}

static void finish_flag_sets(struct builder *b)
{
    const struct keyed *sorted = keys_sorted(b, &b->flag_sets);
    const struct scapf_flag_set **sets = keep(b, b->flag_sets.n, sizeof(*sets));

    for (uint32_t i = 0; sorted != NULL && sets != NULL && i < b->flag_sets.n; i++) {
        sets[i] = sorted[i].item;
    }
    b->schema.flag_sets = sets;
    b->schema.n_flag_sets = b->flag_sets.n;
}

const struct scapf_flag_set *find_flag_set(struct builder *b, const xmlNode *node, const char *name)
{
    const struct keyed *item = keys_find(&b->flag_sets, name, 0);

    if (item == NULL) {
        fault(b, node, "there is no flag set \"%s\"", name);
    }
    return item != NULL ? item->item : NULL;
}

const struct scapf_flag_set *current_flag_set(const struct builder *b,
                                              const struct scapf_flag_set *set)
{
    const struct keyed *item = set != NULL ? keys_find(&b->flag_sets, set->name, 0) : NULL;

    return item != NULL ? item->item : NULL;
}

/* ------------------------------------------------------------------ variant sets */

static void seed_variant_sets(struct builder *b)
{
    for (uint32_t i = 0; i < b->base->n_variant_sets; i++) {
        const struct scapf_variant_set *set = b->base->variant_sets[i];

        put_set(b, &b->variant_sets, "variant set", NULL, set->name, set);
    }
}

static void take_variant(struct builder *b, const xmlNode *node, struct scapf_variant *variant)
{
    const char *type = attr(b, node, "type");
    const char *format = attr(b, node, "format");
    int number = type != NULL ? schema_find_param_type(type) : 0;

    variant->name = attr(b, node, "name");
    variant->fmt = (uint8_t)(format != NULL ? schema_find_format(format) : SCAPF_PF_NA);
    if (number < 0) {
        fault(b, node, "there is no parameter type \"%s\"", type);
    } else if (number == SCAPF_PT_DYN || (number == SCAPF_PT_NONE && type != NULL)) {
        /* A value that says again which value it is would be without end. */
        fault(b, node, "a variant cannot be of type %s", type);
    } else {
        variant->type = (uint8_t)number;
    }
}

static void take_variant_set(struct builder *b, const xmlNode *node)
{
    uint32_t n = count_children(node, "variant");
    struct scapf_variant_set *set = keep(b, 1, sizeof(*set));
    struct scapf_variant *variants = keep(b, n, sizeof(*variants));
    const xmlNode *c = first_child(node, "variant");

    if (set == NULL || variants == NULL) {
        return;
    }
    for (uint32_t i = 0; i < n; i++, c = next_sibling(c)) {
        take_variant(b, c, &variants[i]);
    }
    *set = (struct scapf_variant_set){
        .name = attr(b, node, "name"), .variants = variants, .n_variants = n};
    put_set(b, &b->variant_sets, "variant set", node, set->name, set);
}

static void finish_variant_sets(struct builder *b)
{
    const struct keyed *sorted = keys_sorted(b, &b->variant_sets);
    const struct scapf_variant_set **sets = keep(b, b->variant_sets.n, sizeof(*sets));

    for (uint32_t i = 0; sorted != NULL && sets != NULL && i < b->variant_sets.n; i++) {
        sets[i] = sorted[i].item;
    }
    b->schema.variant_sets = sets;
    b->schema.n_variant_sets = b->variant_sets.n;
}

const struct scapf_variant_set *find_variant_set(struct builder *b, const xmlNode *node,
                                                 const char *name)
{
    const struct keyed *item = keys_find(&b->variant_sets, name, 0);

    if (item == NULL) {
        fault(b, node, "there is no variant set \"%s\"", name);
    }
    return item != NULL ? item->item : NULL;
}

/* ------------------------------------------------------------------ system calls */

static void put_syscall(struct builder *b, const xmlNode *node, uint32_t code, const char *name)
{
    struct keyed *item =
        name != NULL ? keys_put(b, &b->syscalls, "system call", node, NULL, code) : NULL;

    if (item != NULL) {
        item->item = name;
    }
}

static void seed_syscalls(struct builder *b)
{
    for (uint32_t i = 0; i < b->base->n_syscalls; i++) {
        put_syscall(b, NULL, i, b->base->syscalls[i]);
    }
}

static void take_syscalls(struct builder *b, const xmlNode *node)
{
    for (const xmlNode *c = first_child(node, "syscall"); c != NULL; c = next_sibling(c)) {
        put_syscall(b, c, attr_number(b, c, "code", 0, UINT16_MAX), attr(b, c, "name"));
    }
}

/* The array by code, and the index by name that events and architectures refer to. */
static void finish_syscalls(struct builder *b)
{
    uint32_t n = 0;
    const char **names;

    for (uint32_t i = 0; i < b->syscalls.n; i++) {
        const struct keyed *item = &b->syscalls.items[i];
        const struct keyed *other = keys_find(&b->syscall_names, item->item, 0);
        struct keyed *name;

        if (other != NULL) {
            fault(b, item->node, "system call \"%s\" has two codes, %llu and %llu",
                  (const char *)item->item, (unsigned long long)other->number,
                  (unsigned long long)item->number);
        }
        name = keys_put(b, &b->syscall_names, "system call", NULL, item->item, item->number);
        if (name == NULL) {
            return;
        }
        name->number = item->number;
        n = item->number >= n ? (uint32_t)item->number + 1 : n;
    }
    names = keep(b, n, sizeof(*names));
    for (uint32_t i = 0; names != NULL && i < b->syscalls.n; i++) {
        names[b->syscalls.items[i].number] = b->syscalls.items[i].item;
    }
    b->schema.syscalls = names;
    b->schema.n_syscalls = n;
}

const struct schema_pass schema_name_passes[] = {
    {"ages", seed_ages, take_ages, finish_ages},
    {"categories", seed_categories, take_categories, finish_categories},
    {"errnos", seed_errnos, take_errnos, finish_errnos},
    {"signals", seed_signals, take_signals, finish_signals},
    {"flag-set", seed_flag_sets, take_flag_set, finish_flag_sets},
    {"variant-set", seed_variant_sets, take_variant_set, finish_variant_sets},
    {"syscalls", seed_syscalls, take_syscalls, finish_syscalls},
};

const size_t schema_n_name_passes = sizeof(schema_name_passes) / sizeof(schema_name_passes[0]);
