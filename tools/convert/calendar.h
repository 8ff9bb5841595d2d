/* SPDX-License-Identifier: Apache-2.0 */
/* calendar.h - days and dates of the Gregorian calendar. [Howard Hinnant, chrono-compatible
 * low-level date algorithms] */
#ifndef SCAPFMT_CALENDAR_H
#define SCAPFMT_CALENDAR_H

#include <inttypes.h>
#include <stdio.h>

#define CALENDAR_1601 (-134774) /* its first day, where FILETIME begins, in days since 1970 */

struct calendar_date {
    int64_t year;
    int month, day; /* from 1 */
};

/* Days since 1970 of a date. */
static inline int64_t calendar_days(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

/* The date of days since 1970. */
static inline struct calendar_date calendar_date(int64_t days)
{
    int64_t z = days + 719468; /* since 0000-03-01 */
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;

    return (struct calendar_date){.year = yoe + era * 400 + (mp >= 10),
                                  .month = (int)(mp < 10 ? mp + 3 : mp - 9),
                                  .day = (int)(doy - (153 * mp + 2) / 5 + 1)};
}

#define CALENDAR_TEXT 40 /* room for the texts below */

/* "2021-10-21" */
static inline void calendar_date_text(int64_t days, char to[static CALENDAR_TEXT])
{
    struct calendar_date date = calendar_date(days);

    (void)snprintf(to, CALENDAR_TEXT, "%04" PRId64 "-%02d-%02d", date.year, date.month, date.day);
}

/* "+02:00" */
static inline void calendar_zone_text(int64_t zone_s, char to[static CALENDAR_TEXT])
{
    int64_t abs = zone_s < 0 ? -zone_s : zone_s;

    (void)snprintf(to, CALENDAR_TEXT, "%c%02" PRId64 ":%02" PRId64, zone_s < 0 ? '-' : '+',
                   abs / 3600, abs / 60 % 60);
}

#endif
