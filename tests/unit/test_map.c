/* SPDX-License-Identifier: Apache-2.0 */
#include "state/map.h"

#include <criterion/criterion.h>

struct item {
    struct map_key key;
    uint64_t value;
};

#define N 500

/* A plain array does what the map does, step by step. */
Test(map, does_what_an_array_does)
{
    bool there[N] = {false};
    uint64_t values[N] = {0};
    uint64_t state = 1;
    struct budget budget = {.max = SIZE_MAX};
    struct map m;
    uint64_t position = 0;
    uint32_t seen = 0;

    map_init(&m, &budget, sizeof(struct item));
    cr_expect(map_find(&m, 1, 2) == NULL);
    for (uint64_t step = 0; step < 40000; step++) {
        uint32_t k;
        struct item *item;

        state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        k = (uint32_t)(state >> 33) % N;
        item = map_find(&m, k, -(int64_t)k);
        cr_assert((item != NULL) == there[k], "step %llu", (unsigned long long)step);
        cr_assert(item == NULL || item->value == values[k]);
        if ((state >> 20 & 3) == 0) {
            map_remove(&m, k, -(int64_t)k);
            there[k] = false;
        } else {
            item = map_put(&m, k, -(int64_t)k);
            cr_assert(item != NULL && item->key.a == k && item->key.b == -(int64_t)k);
            cr_assert(there[k] ? item->value == values[k] : item->value == 0);
            item->value = values[k] = step;
            there[k] = true;
        }
    }
    cr_expect(m.items.used <= N, "freed items are used again: %u", m.items.used);
    while (map_next(&m, &position) != NULL) {
        seen++;
    }
    cr_expect(seen == m.items.live);
    map_release(&m);
    cr_expect(budget.used == 0);
    cr_expect(map_find(&m, 1, -1) == NULL);
}

Test(map, keys_are_pairs)
{
    struct budget budget = {.max = SIZE_MAX};
    struct map m;

    map_init(&m, &budget, sizeof(struct item));
    ((struct item *)map_put(&m, 1, 2))->value = 12;
    ((struct item *)map_put(&m, 2, 1))->value = 21;
    ((struct item *)map_put(&m, INT64_MIN, INT64_MAX))->value = 99;
    cr_expect(((struct item *)map_find(&m, 1, 2))->value == 12);
    cr_expect(((struct item *)map_find(&m, 2, 1))->value == 21);
    cr_expect(((struct item *)map_find(&m, INT64_MIN, INT64_MAX))->value == 99);
    cr_expect(map_find(&m, 1, 1) == NULL);
    map_remove(&m, 1, 1);
    cr_expect(m.items.live == 3);
    map_release(&m);
}
