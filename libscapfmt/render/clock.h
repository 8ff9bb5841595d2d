/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - time of day as text: UTC, or the zone that TZ names when it is set.
 */
#ifndef SCAPF_RENDER_CLOCK_H
#define SCAPF_RENDER_CLOCK_H

#include "bytes/out.h"

/* The last second that was split into hours, minutes, seconds: most events share it. */
struct clock {
    uint64_t sec;
    char text[8]; /* "hh:mm:ss" */
    bool valid;
};

/* Append "hh:mm:ss.nnnnnnnnn". */
void clock_put_time(struct clock *clock, struct out *o, uint64_t ts_ns);
/* Append "yyyy-mm-dd hh:mm:ss.nnnnnnnnn". */
void clock_put_date(struct out *o, uint64_t ts_ns);
/* Append "yyyy-mm-ddThh:mm:ss.nnnnnnnnn+0000", in UTC whatever TZ says. */
void clock_put_iso(struct out *o, uint64_t ts_ns);

#endif
