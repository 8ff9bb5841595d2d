/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "pm_conv.h"
#include "synth_mem.h"

/* ------------------------------------------------------------------ numbers to anything */

static uint32_t home(const struct pm_index *index, uint64_t key)
{
    return (uint32_t)(key * 0x9E3779B97F4A7C15u >> 33) & (index->cap - 1);
}

static struct pm_slot *find(const struct pm_index *index, uint64_t key)
{
    uint32_t i = home(index, key);

    while (index->slots[i].key != 0 && index->slots[i].key != key) {
        i = (i + 1) & (index->cap - 1);
    }
    return &index->slots[i];
}

/* Room for that many keys. */
static bool make_room(struct pm_conv *c, struct pm_index *index, uint32_t n)
{
    struct pm_index bigger = {.cap = index->cap == 0 ? 64 : index->cap, .n = index->n};

    if (n <= index->cap / 2) {
        return true;
    }
    while (bigger.cap / 2 < n && bigger.cap <= 1u << 28) {
        bigger.cap *= 2;
    }
    bigger.slots =
        bigger.cap <= 1u << 28 ? synth_calloc(&c->s, bigger.cap, sizeof(*bigger.slots)) : NULL;
    if (bigger.slots == NULL) {
        c->s.failed = true;
        return false;
    }
    for (uint32_t i = 0; i < index->cap; i++) {
        if (index->slots[i].key != 0) {
            *find(&bigger, index->slots[i].key) = index->slots[i];
        }
    }
    synth_free(&c->s, index->slots);
    *index = bigger;
    return true;
}

bool pm_index_put(struct pm_conv *c, struct pm_index *index, uint64_t key, uint64_t value)
{
    struct pm_slot *slot;

    key += key == 0;
    if (!make_room(c, index, index->n + 1)) {
        return false;
    }
    slot = find(index, key);
    index->n += slot->key == 0;
    *slot = (struct pm_slot){key, value};
    return true;
}

uint64_t pm_index_get(const struct pm_index *index, uint64_t key)
{
    key += key == 0;
    return index->cap > 0 ? find(index, key)->value : 0;
}

/* ------------------------------------------------------------------ names */

static uint64_t hash_of(struct pm_text text)
{
    return pm_hash(1, text.at, text.len);
}

static uint64_t hash_name(const char *name)
{
    return hash_of((struct pm_text){name, strlen(name)});
}

/* Of two rows with a name the one that becomes an event counts. */
static void put_operation(struct pm_conv *c, const char *name, uint32_t i)
{
    uint64_t key = hash_name(name);
    uint64_t old = pm_index_get(&c->operations, key);

    if (old == 0 || !c->schema->pm_rows[old - 1].has_event) {
        (void)pm_index_put(c, &c->operations, key, i + 1);
    }
}

static void take_operations(struct pm_conv *c)
{
    const struct scapf_schema *s = c->schema;

    if (!make_room(c, &c->operations, s->n_pm_rows)) {
        return;
    }
    for (uint32_t i = 0; i < s->n_pm_rows; i++) {
        put_operation(c, s->pm_rows[i].operation, i);
        for (uint32_t k = 0; k < s->pm_rows[i].n_also; k++) {
            put_operation(c, s->pm_rows[i].also[k], i);
        }
    }
}

static void take_results(struct pm_conv *c)
{
    const struct scapf_schema *s = c->schema;

    if (!make_room(c, &c->results, s->n_pm_results)) {
        return;
    }
    for (uint32_t i = 0; i < s->n_pm_results; i++) {
        (void)pm_index_put(c, &c->results, hash_name(s->pm_results[i].text), i + 1);
    }
}

/* Few recordings have names of control codes: this waits for the first. */
static void take_controls(struct pm_conv *c)
{
    for (size_t i = 0; pm_control_row(i) != NULL; i++) {
        const struct pm_control *control = pm_control_row(i);

        (void)pm_index_put(c, &c->controls, hash_name(control->name), control->code);
    }
}

bool pm_map_init(struct pm_conv *c)
{
    take_operations(c);
    take_results(c);
    return !c->s.failed;
}

uint64_t pm_map_control(struct pm_conv *c, struct pm_text name)
{
    if (c->controls.n == 0) {
        take_controls(c);
    }
    return name.len > 0 ? pm_index_get(&c->controls, hash_of(name)) : 0;
}

const struct scapf_pm_row *pm_map_operation(const struct pm_conv *c, struct pm_text name)
{
    uint64_t i = name.len > 0 ? pm_index_get(&c->operations, hash_of(name)) : 0;

    return i != 0 ? &c->schema->pm_rows[i - 1] : NULL;
}

const struct scapf_pm_result *pm_map_result(const struct pm_conv *c, struct pm_text text)
{
    uint64_t i = text.at != NULL ? pm_index_get(&c->results, hash_of(text)) : 0;

    return i != 0 ? &c->schema->pm_results[i - 1] : NULL;
}

void pm_names_add(struct pm_names *names, struct pm_text name)
{
    size_t len = pm_cut(name, sizeof(names->rows[0].name) - 1);

    names->total++;
    for (uint32_t i = 0; i < names->n; i++) {
        if (len == strlen(names->rows[i].name) &&
            (len == 0 || memcmp(names->rows[i].name, name.at, len) == 0)) {
            names->rows[i].n++;
            return;
        }
    }
    if (names->n < PM_NAMES) {
        if (len > 0) {
            memcpy(names->rows[names->n].name, name.at, len);
        }
        names->rows[names->n].name[len] = '\0';
        names->rows[names->n++].n = 1;
    }
}
