/* SPDX-License-Identifier: Apache-2.0 */
#include "when.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NS_PER_S 1000000000u

/* Digits with a fraction as a number of 10^-9; further digits of the fraction are cut off. NULL
 * when there is no digit or the number is too large, else what follows. */
static const char *parse_ns(const char *p, uint64_t *ns)
{
    uint64_t whole = 0;
    uint64_t part = 0;
    uint64_t unit = NS_PER_S / 10;
    const char *start = p;

    for (; *p >= '0' && *p <= '9'; p++) {
        if (whole > UINT64_MAX / NS_PER_S / 10 - 1) {
            return NULL;
        }
        whole = whole * 10 + (uint64_t)(*p - '0');
    }
    if (p == start) {
        return NULL;
    }
    if (*p == '.') {
        for (p++; *p >= '0' && *p <= '9'; p++, unit /= 10) {
            part += unit * (uint64_t)(*p - '0');
        }
    }
    *ns = whole * NS_PER_S + part;
    return p;
}

/* A number of exactly n digits. */
static const char *parse_digits(const char *p, int n, int *v)
{
    *v = 0;
    for (int i = 0; i < n; i++, p++) {
        if (*p < '0' || *p > '9') {
            return NULL;
        }
        *v = *v * 10 + (*p - '0');
    }
    return p;
}

/* Fields with what follows each; NULL when one is not there. */
static const char *parse_fields(const char *p, const int *widths, const char *const *ends,
                                int *values, int n)
{
    for (int i = 0; i < n; i++) {
        p = parse_digits(p, widths[i], &values[i]);
        if (p == NULL || (ends[i][0] != '\0' && (*p == '\0' || strchr(ends[i], *p) == NULL))) {
            return NULL;
        }
        p += ends[i][0] != '\0';
    }
    return p;
}

/* [RFC 3339 5.6] "Z", or hours and minutes east of Greenwich. */
static const char *parse_zone(const char *p, int64_t *seconds)
{
    static const int widths[] = {2, 2};
    static const char *const ends[] = {":", ""};
    int v[2];
    char sign = *p;

    *seconds = 0;
    if (sign == 'Z' || sign == 'z') {
        return p + 1;
    }
    if (sign != '+' && sign != '-') {
        return NULL;
    }
    p = parse_fields(p + 1, widths, ends, v, 2);
    *seconds = p != NULL ? (v[0] * 60 + v[1]) * 60 * (sign == '-' ? -1 : 1) : 0;
    return p;
}

/* [RFC 3339 5.6] */
static bool parse_date(const char *p, uint64_t *ns)
{
    static const int widths[] = {4, 2, 2, 2, 2, 2};
    static const char *const ends[] = {"-", "-", "Tt ", ":", ":", ""};
    int v[6];
    struct tm tm = {0};
    uint64_t part = 0;
    int64_t zone;
    int64_t seconds;

    p = parse_fields(p, widths, ends, v, 6);
    if (p != NULL && *p == '.') {
        uint64_t unit = NS_PER_S / 10;

        for (p++; *p >= '0' && *p <= '9'; p++, unit /= 10) {
            part += unit * (uint64_t)(*p - '0');
        }
    }
    p = p != NULL ? parse_zone(p, &zone) : NULL;
    if (p == NULL || *p != '\0' || v[1] < 1 || v[1] > 12 || v[2] < 1 || v[2] > 31 || v[3] > 23 ||
        v[4] > 59 || v[5] > 60) {
        return false;
    }
    tm.tm_year = v[0] - 1900;
    tm.tm_mon = v[1] - 1;
    tm.tm_mday = v[2];
    tm.tm_hour = v[3];
    tm.tm_min = v[4];
    tm.tm_sec = v[5];
    seconds = (int64_t)timegm(&tm) - zone;
    if (seconds < 0 || (uint64_t)seconds > UINT64_MAX / NS_PER_S - 1) {
        return false;
    }
    *ns = (uint64_t)seconds * NS_PER_S + part;
    return true;
}

bool when_parse(const char *text, struct when *when)
{
    const char *end;

    when->from = *text == '+' ? WHEN_START : *text == '-' ? WHEN_END : WHEN_EPOCH;
    end = parse_ns(text + (when->from != WHEN_EPOCH), &when->ns);
    if (end != NULL && *end == '\0') {
        return true;
    }
    return when->from == WHEN_EPOCH && parse_date(text, &when->ns);
}

bool when_duration(const char *text, uint64_t *ns)
{
    static const struct {
        const char *unit;
        uint64_t times, parts; /* of a second */
    } units[] = {{"", 1, 1},         {"s", 1, 1},    {"ms", 1, 1000},
                 {"us", 1, 1000000}, {"min", 60, 1}, {"h", 3600, 1}};
    const char *end = parse_ns(text, ns);

    for (size_t i = 0; end != NULL && i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(end, units[i].unit) == 0) {
            if (*ns > UINT64_MAX / units[i].times) {
                return false;
            }
            *ns = *ns * units[i].times / units[i].parts;
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------ shifts */

const char *when_seconds(int64_t ns, char buf[WHEN_SPAN])
{
    uint64_t u = ns < 0 ? (uint64_t)0 - (uint64_t)ns : (uint64_t)ns;

    (void)snprintf(buf, WHEN_SPAN, "%s%" PRIu64 ".%09" PRIu64 " s", ns < 0 ? "-" : "", u / NS_PER_S,
                   u % NS_PER_S);
    return buf;
}

const char *when_shift(const struct scapf_shift *shift, char buf[WHEN_SPAN])
{
    size_t n = strlen(when_seconds(shift->ns, buf));

    if (shift->drift_ppt != 0) {
        (void)snprintf(buf + n, WHEN_SPAN - n, " on average, %+.3f ppm",
                       (double)shift->drift_ppt / 1e6);
    }
    return buf;
}
