/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_clock.h - times of one clock as those of another, and back. Shared by merge and split.
 */
#ifndef SCAPF_TRANSFORM_MERGE_CLOCK_H
#define SCAPF_TRANSFORM_MERGE_CLOCK_H

#include "base/wide.h"
#include "scapfmt.h"

/* The units of an interface, and the seconds that are added to its times. Events: {9, 0}. */
struct clock_unit {
    uint8_t tsresol;
    int64_t tsoffset;
};

/* Is the shift a whole number of units? */
bool clock_is_exact(const struct scapf_shift *shift, uint8_t tsresol);
/* The time on the other clock. */
i128 clock_forward(const struct scapf_shift *shift, const struct clock_unit *unit, i128 x);
/* The first time that becomes y, or the first that becomes a later one; about that where the units
 * or the offset of the interface are none that a clock could have. */
i128 clock_back(const struct scapf_shift *shift, const struct clock_unit *unit, i128 y);
/* In another decimal unit, of up to 10^-9; rounded. The same where the units are not like that. */
i128 clock_coarser(i128 x, uint8_t fine, uint8_t coarse);
i128 clock_finer(i128 x, uint8_t coarse, uint8_t fine);
/* Is the drift within SCAPF_DRIFT_MAX_PPT? */
bool clock_is_sane(const struct scapf_shift *shift);

#endif
