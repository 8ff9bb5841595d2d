/* SPDX-License-Identifier: Apache-2.0 */
/*
 * when.h - times and durations on the command line.
 */
#ifndef SCAPFMT_WHEN_H
#define SCAPFMT_WHEN_H

#include <stdbool.h>
#include <stdint.h>

#include "scapfmt.h"

enum when_from { WHEN_EPOCH, WHEN_START, WHEN_END };

/* ns since 1970, or this long behind the start or before the end of a capture. */
struct when {
    enum when_from from;
    uint64_t ns;
};

/* "1700000000.25", "2023-11-14T22:13:20.25Z", "+1.5", "-1.5". False when it is none of these. */
bool when_parse(const char *text, struct when *when);
/* "1.5" or "1.5s", "200ms", "50us", "3min", "2h". False when it is none of these. */
bool when_duration(const char *text, uint64_t *ns);

#define WHEN_SPAN 80 /* bytes of a text of these */
/* "-12040.712571158 s". Returns buf. */
const char *when_seconds(int64_t ns, char buf[WHEN_SPAN]);
/* The same of a shift, with its drift: "-12040.712571158 s on average, +12.345 ppm". */
const char *when_shift(const struct scapf_shift *shift, char buf[WHEN_SPAN]);

#endif
