/* SPDX-License-Identifier: Apache-2.0 */
#include "render/clock.h"

#include <stdlib.h>
#include <time.h>

#define NS_PER_SEC UINT64_C(1000000000)

/* Local time only when somebody asked for it: the same capture gives the same text everywhere. */
static void split(uint64_t sec, struct tm *tm)
{
    time_t t = (time_t)sec; /* at most 2^64 ns: far inside its range */

    *tm = (struct tm){.tm_mday = 1, .tm_year = 70};
    if (getenv("TZ") != NULL) {
        (void)localtime_r(&t, tm);
    } else {
        (void)gmtime_r(&t, tm);
    }
}

static void put2(char *p, int v)
{
    p[0] = (char)('0' + v / 10 % 10);
    p[1] = (char)('0' + v % 10);
}

static void put_hms(char *p, const struct tm *tm)
{
    put2(p, tm->tm_hour);
    p[2] = ':';
    put2(p + 3, tm->tm_min);
    p[5] = ':';
    put2(p + 6, tm->tm_sec);
}

static void put_fraction(struct out *o, uint64_t ns)
{
    out_char(o, '.');
    out_nanos(o, (uint32_t)ns);
}

void clock_put_time(struct clock *clock, struct out *o, uint64_t ts_ns)
{
    uint64_t sec = ts_ns / NS_PER_SEC;
    struct tm tm;

    if (!clock->valid || clock->sec != sec) {
        split(sec, &tm);
        put_hms(clock->text, &tm);
        clock->sec = sec;
        clock->valid = true;
    }
    out_bytes(o, clock->text, sizeof(clock->text));
    put_fraction(o, ts_ns % NS_PER_SEC);
}

static void put_date(struct out *o, const struct tm *tm, char between)
{
    char text[20];

    put2(text, (tm->tm_year + 1900) / 100);
    put2(text + 2, (tm->tm_year + 1900) % 100);
    text[4] = '-';
    put2(text + 5, tm->tm_mon + 1);
    text[7] = '-';
    put2(text + 8, tm->tm_mday);
    text[10] = between;
    put_hms(text + 11, tm);
    out_bytes(o, text, 19);
}

void clock_put_date(struct out *o, uint64_t ts_ns)
{
    struct tm tm;

    split(ts_ns / NS_PER_SEC, &tm);
    put_date(o, &tm, ' ');
    put_fraction(o, ts_ns % NS_PER_SEC);
}

void clock_put_iso(struct out *o, uint64_t ts_ns)
{
    time_t t = (time_t)(ts_ns / NS_PER_SEC);
    struct tm tm = {.tm_mday = 1, .tm_year = 70};

    (void)gmtime_r(&t, &tm);
    put_date(o, &tm, 'T');
    put_fraction(o, ts_ns % NS_PER_SEC);
    out_lit(o, "+0000");
}
