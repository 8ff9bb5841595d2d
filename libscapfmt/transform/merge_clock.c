/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_clock.c - times of one clock as those of another, and back.
 *
 * In the units of an interface, or ns for events, a time x becomes
 *
 *   x + shift + (x - at) * drift / 10^12      rounded
 *
 * With a drift below zero two times in a row may become one. So that a split finds what was there,
 * the way back yields the first of the two, and the merge notes where it was the second. Units that
 * became finer need no such note: the way back rounds to the unit that was.
 */
#include "transform/merge_clock.h"

#include "block/section.h"

#define NS_PER_S INT64_C(1000000000)
#define PPT      INT64_C(1000000000000)
#define BINARY   0x80u
#define NANO     9u

/* Units and offsets of a hostile file make times that cannot be. They are held within bits that
 * let no product below exceed 127: 62 of a time in ns, 95 of one in any units. */
#define NS_BITS    62u
#define TICKS_BITS 95u
/* Steps from a way back that was estimated to the exact one: both ways are rounded. */
#define STEPS 8u

static int64_t per_second(uint8_t tsresol)
{
    uint64_t units = section_units((tsresol & BINARY) != 0, tsresol & (uint8_t)~BINARY);

    return units == 0 || units > INT64_MAX ? INT64_MAX : (int64_t)units;
}

/* Rounded to the nearest, halves away from 0. */
static i128 divide(i128 a, i128 b)
{
    return (a + (a < 0 ? -b / 2 : b / 2)) / b;
}

static i128 within(i128 x, unsigned bits)
{
    i128 most = (i128)1 << bits;

    return x > most ? most : x < -most ? -most : x;
}

static i128 drift_of(const struct scapf_shift *shift, const struct clock_unit *unit, i128 x)
{
    i128 at = within((i128)shift->at_ns - (i128)unit->tsoffset * NS_PER_S, NS_BITS);

    if (shift->drift_ppt == 0) {
        return 0;
    }
    if (unit->tsresol != NANO) {
        at = at * per_second(unit->tsresol) / NS_PER_S;
    }
    return divide(within(x - at, TICKS_BITS) * shift->drift_ppt, PPT);
}

static i128 shift_of(const struct scapf_shift *shift, const struct clock_unit *unit)
{
    return unit->tsresol == NANO ? shift->ns
                                 : divide((i128)shift->ns * per_second(unit->tsresol), NS_PER_S);
}

bool clock_is_exact(const struct scapf_shift *shift, uint8_t tsresol)
{
    return (i128)shift->ns * per_second(tsresol) % NS_PER_S == 0;
}

i128 clock_forward(const struct scapf_shift *shift, const struct clock_unit *unit, i128 x)
{
    return x + shift_of(shift, unit) + drift_of(shift, unit, x);
}

i128 clock_back(const struct scapf_shift *shift, const struct clock_unit *unit, i128 y)
{
    i128 x = y - shift_of(shift, unit);
    unsigned steps = 0;

    if (shift->drift_ppt == 0) {
        return x;
    }
    x -= divide(drift_of(shift, unit, x) * PPT, PPT + shift->drift_ppt);
    for (; steps < STEPS && clock_forward(shift, unit, x) < y; steps++) {
        x++;
    }
    for (; steps < STEPS && clock_forward(shift, unit, x - 1) >= y; steps++) {
        x--;
    }
    return x;
}

i128 clock_coarser(i128 x, uint8_t fine, uint8_t coarse)
{
    i128 by = 1;

    for (; coarse < fine && fine <= NANO; fine--) {
        by *= 10;
    }
    return divide(x, by);
}

i128 clock_finer(i128 x, uint8_t coarse, uint8_t fine)
{
    for (; coarse < fine && fine <= NANO; coarse++) {
        x *= 10;
    }
    return x;
}

bool clock_is_sane(const struct scapf_shift *shift)
{
    return shift->drift_ppt <= SCAPF_DRIFT_MAX_PPT && shift->drift_ppt >= -SCAPF_DRIFT_MAX_PPT;
}
