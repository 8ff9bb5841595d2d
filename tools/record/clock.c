/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"

#define RIGHT_NS 1000 /* the wall clock is right within this */
#define READINGS 10   /* at least */
#define PATIENCE 1000 /* readings at most, where something always comes between */

int64_t clock_ns(clockid_t clock)
{
    struct timespec t;

    (void)clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * CLOCK_SECOND + t.tv_nsec;
}

static int64_t read_clock(const struct clock_map *map, clockid_t clock)
{
    return map->read != NULL ? map->read(map->ctx, clock) : clock_ns(clock);
}

/* The tightest of some readings of the wall clock between two of the other. Both run at the same
 * rate: the offset changes only when the wall clock is set. */
static int64_t offset_now(const struct clock_map *map, int64_t *within)
{
    int64_t offset = 0;

    *within = INT64_MAX;
    for (int i = 0; i < READINGS || (*within > RIGHT_NS / 2 && i < PATIENCE); i++) {
        int64_t before = read_clock(map, CLOCK_BOOTTIME);
        int64_t real = read_clock(map, CLOCK_REALTIME);
        int64_t after = read_clock(map, CLOCK_BOOTTIME);

        if (after - before < *within) {
            *within = after - before;
            offset = real - (before + (after - before) / 2);
        }
    }
    return offset;
}

void clock_map_start(struct clock_map *map)
{
    int64_t within;

    map->offset_ns = offset_now(map, &within);
}

bool clock_map_check(struct clock_map *map, int64_t *by_ns)
{
    int64_t within;
    int64_t offset = offset_now(map, &within);

    *by_ns = offset - map->offset_ns;
    if (*by_ns <= RIGHT_NS + within && *by_ns >= -RIGHT_NS - within) {
        return false;
    }
    map->offset_ns = offset;
    return true;
}
