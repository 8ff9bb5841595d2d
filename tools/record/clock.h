/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - the clocks of the recorder. The kernel part tells the time since boot; events have that
 * of the wall clock, which may be set while it runs.
 */
#ifndef SCAPFMT_RECORD_CLOCK_H
#define SCAPFMT_RECORD_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define CLOCK_SECOND INT64_C(1000000000)

/* What a clock shows, ns. */
int64_t clock_ns(clockid_t clock);

/* How a clock is read: clock_ns(), or a clock of a test. */
typedef int64_t (*clock_read_fn)(void *ctx, clockid_t clock);

/* The wall clock beside the time since boot. */
struct clock_map {
    clock_read_fn read; /* NULL: clock_ns() */
    void *ctx;
    int64_t offset_ns; /* wall clock minus time since boot */
};

/* Learn the offset. */
void clock_map_start(struct clock_map *map);
/* Has the wall clock been set since, by more than the readings are apart? Then the offset is the
 * new one, and *by_ns says by how much. */
bool clock_map_check(struct clock_map *map, int64_t *by_ns);

#endif
