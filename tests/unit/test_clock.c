/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "../tools/record/clock.h"

#define BOOT INT64_C(5000000000)
#define WALL INT64_C(1700000000000000000)

/* Clocks of a test: each reading takes a while, the wall clock can be set. */
struct fake {
    int64_t now;     /* since boot */
    int64_t offset;  /* wall clock minus that */
    int64_t reading; /* what a reading takes */
    int64_t delay;   /* what one of eight takes longer: something came between */
    int64_t set_at;  /* time since boot at which the wall clock is set, 0 = never */
    int64_t set_by;  /* and by how much */
    unsigned n;
};

static int64_t read_fake(void *ctx, clockid_t clock)
{
    struct fake *f = ctx;
    int64_t late = ++f->n % 8 == 3 ? f->delay : 0;

    f->now += f->reading + late;
    if (f->set_at != 0 && f->now >= f->set_at) {
        f->offset += f->set_by;
        f->set_at = 0;
    }
    return clock == CLOCK_REALTIME ? f->now + f->offset : f->now;
}

static struct fake fake(void)
{
    return (struct fake){.now = BOOT, .offset = WALL, .reading = 40, .delay = 30000};
}

static int64_t apart(int64_t a, int64_t b)
{
    return a < b ? b - a : a - b;
}

Test(clock, the_offset_is_right_within_a_microsecond)
{
    struct fake f = fake();
    struct clock_map map = {.read = read_fake, .ctx = &f};
    int64_t by;

    clock_map_start(&map);
    cr_expect(apart(map.offset_ns, WALL) <= 1000, "%lld", (long long)map.offset_ns);
    for (int i = 0; i < 100; i++) { /* readings that take long are no step */
        f.now += CLOCK_SECOND;
        cr_expect(!clock_map_check(&map, &by), "%d", i);
    }
}

Test(clock, a_step_is_seen_once_either_way)
{
    static const int64_t steps[] = {
        CLOCK_SECOND * 3600, -CLOCK_SECOND * 3600, 5000, -5000, CLOCK_SECOND * 86400 * 365, -WALL};
    struct fake f = fake();
    struct clock_map map = {.read = read_fake, .ctx = &f};
    int64_t by;

    clock_map_start(&map);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        f.offset += steps[i];
        cr_expect(clock_map_check(&map, &by), "step %zu", i);
        cr_expect(apart(by, steps[i]) <= 1000, "step %zu: %lld", i, (long long)by);
        cr_expect(apart(map.offset_ns, f.offset) <= 1000, "step %zu", i);
        cr_expect(!clock_map_check(&map, &by), "step %zu is seen twice", i);
    }
}

/* Set while it is being read: some readings are of before, some of behind. The tightest decides,
 * and the next look puts it right. */
Test(clock, a_step_between_readings_is_right_at_the_next_look)
{
    for (int64_t at = 0; at < 1600; at += 13) {
        struct fake f = fake();
        struct clock_map map = {.read = read_fake, .ctx = &f};
        int64_t by;
        bool seen;

        clock_map_start(&map);
        f.set_at = f.now + at;
        f.set_by = -2 * CLOCK_SECOND;
        seen = clock_map_check(&map, &by);
        seen = clock_map_check(&map, &by) || seen;
        cr_expect(f.set_at == 0 && seen && apart(map.offset_ns, WALL - 2 * CLOCK_SECOND) <= 1000,
                  "%lld: %lld", (long long)at, (long long)(map.offset_ns - WALL));
    }
}

/* A machine so slow that no reading is tight: steps that are larger than the doubt are seen. */
Test(clock, slow_readings_widen_what_is_no_step)
{
    struct fake f = fake();
    struct clock_map map = {.read = read_fake, .ctx = &f};
    int64_t by;

    f.reading = 20000;
    clock_map_start(&map);
    f.offset += 30000;
    cr_expect(!clock_map_check(&map, &by));
    f.offset += 30000;
    cr_expect(clock_map_check(&map, &by) && apart(by, 60000) <= 20000);
}

Test(clock, the_clocks_of_the_machine)
{
    struct clock_map map = {0};
    int64_t before = clock_ns(CLOCK_REALTIME);

    clock_map_start(&map);
    cr_expect(clock_ns(CLOCK_BOOTTIME) + map.offset_ns >= before - 1000);
}
