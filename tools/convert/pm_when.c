/* SPDX-License-Identifier: Apache-2.0 */
#include "pm_when.h"

#include <string.h>

#define QUARTER  (INT64_C(900) * PM_SECOND)
#define HALF_DAY (PM_DAY / 2)
#define NEAR     (INT64_C(5) * PM_SECOND) /* an event and the list differ by less */
/* Events before the first time that can be read stand 1 us apart on a scale of their own. */
#define UNTIMED      (INT64_MIN / 2)
#define UNTIMED_STEP 1000

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* ------------------------------------------------------------------ local time */

/* The date column: its first words, up to the time. */
static bool take_date(struct pm_when *w, struct pm_text text, int64_t *day)
{
    size_t len = text.len;
    size_t colon;
    int64_t ns;
    enum pm_half half;
    bool sure;

    for (colon = 0; colon < len && text.at[colon] != ':'; colon++) {
    }
    while (colon > 0 && text.at[colon - 1] >= '0' && text.at[colon - 1] <= '9') {
        colon--;
    }
    len = colon > 0 ? colon : len;
    if (len == w->date_len && memcmp(text.at, w->date, len) == 0) {
        *day = w->day;
        return true;
    }
    if (pm_clock((struct pm_text){text.at + len, text.len - len}, &ns, &half)) {
        w->twelve_hours = w->twelve_hours || half != PM_24_HOURS;
    }
    if (!pm_date((struct pm_text){text.at, len}, w->twelve_hours, &w->order, &sure, day)) {
        return false;
    }
    w->order_sure = w->order_sure || sure;
    w->date_len = len < sizeof(w->date) ? len : 0;
    memcpy(w->date, text.at, w->date_len);
    return true;
}

/* Whole seconds of the date column, where the time of day is hidden. */
static bool clock_of_date(struct pm_text text, int64_t *ns)
{
    enum pm_half half;

    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == ' ' &&
            pm_clock((struct pm_text){text.at + i + 1, text.len - i - 1}, ns, &half)) {
            return true;
        }
    }
    return false;
}

/* Time since the first event. */
static bool clock_of_relative(struct pm_text text, int64_t *ns)
{
    enum pm_half half;

    return text.len > 0 && pm_clock(text, ns, &half) && half == PM_24_HOURS;
}

/* A column of another name may be the time under a translated title. */
static bool clock_of_unknown(const struct pm_event *event, int64_t *ns, enum pm_half *half)
{
    for (uint32_t i = 0; i < event->n_fields; i++) {
        const struct pm_field *field = &event->fields[i];

        if (field->column == PM_COLUMN_COUNT && field->text.len >= 7 &&
            pm_clock(field->text, ns, half)) {
            return true;
        }
    }
    return false;
}

/* A first date behind events that have none: theirs is counted back from it. */
static void date_those_before(struct pm_when *w, int64_t day, int64_t clock)
{
    int64_t undated = w->day + (clock < w->clock - HALF_DAY);

    if (w->has_clock && day > undated) {
        w->lag_ns = (day - undated) * PM_DAY;
        w->first_ns += w->lag_ns;
        w->match_ns -= w->has_match ? w->lag_ns : 0;
    }
}

int64_t pm_when_local(const struct pm_when *w, int64_t ns)
{
    if (ns < UNTIMED / 2) {
        return w->has_clock ? w->first_ns : ns - UNTIMED;
    }
    return ns < w->lag_ns / 2 ? ns + w->lag_ns : ns;
}

bool pm_when_final(const struct pm_when *w)
{
    return w->lag_ns == 0 && w->untimed == 0;
}

static bool find_clock(struct pm_when *w, const struct pm_event *event, int64_t *ns)
{
    enum pm_half half = PM_24_HOURS;
    bool found = pm_col(event, PM_TIME).at != NULL
                     ? pm_clock(pm_col(event, PM_TIME), ns, &half)
                     : clock_of_unknown(event, ns, &half) ||
                           clock_of_date(pm_col(event, PM_DATE), ns) ||
                           clock_of_relative(pm_col(event, PM_RELATIVE), ns);

    w->twelve_hours = w->twelve_hours || (found && half != PM_24_HOURS);
    return found;
}

/* The clock on the scale of local time. */
static int64_t on_its_day(struct pm_when *w, const struct pm_event *event, int64_t clock)
{
    int64_t day = w->day;

    if (pm_col(event, PM_DATE).len > 0 && take_date(w, pm_col(event, PM_DATE), &day)) {
        if (!w->has_date) {
            date_those_before(w, day, clock);
        }
        w->has_date = true;
    }
    if (w->has_clock && day == w->day && clock < w->clock - HALF_DAY) {
        day++;
        w->rollovers++;
    } else if (w->has_clock && !w->has_date && clock > w->clock + HALF_DAY && day > 0 &&
               w->rollovers > 0 && day * PM_DAY + clock - PM_DAY >= w->first_ns &&
               clock - w->clock > PM_DAY - 60 * PM_SECOND) {
        day--; /* an event of before midnight that comes late */
    }
    w->day = day;
    w->clock = clock;
    return day * PM_DAY + clock;
}

/* Without a time of its own: false, unless its file may have no times at all. */
static bool without_clock(struct pm_when *w, const struct pm_event *event, int64_t *ns)
{
    bool may_be = !w->has_clock && event->n_fields > 0 && pm_col(event, PM_TIME).at == NULL;

    w->untimed += !w->has_clock;
    w->bare += may_be;
    *ns = w->has_clock ? w->last_ns : UNTIMED + (int64_t)w->untimed * UNTIMED_STEP;
    w->started = true;
    return may_be;
}

bool pm_when_event(struct pm_when *w, const struct pm_event *event, int64_t *ns)
{
    int64_t clock;

    if (!find_clock(w, event, &clock)) {
        return without_clock(w, event, ns);
    }
    *ns = on_its_day(w, event, clock);
    w->first_ns = w->has_clock ? w->first_ns : *ns;
    w->last_ns = *ns;
    w->has_clock = true;
    w->started = true;
    return true;
}

/* ------------------------------------------------------------------ UTC */

static int64_t quarters(int64_t ns)
{
    return floor_div(ns + QUARTER / 2, QUARTER) * QUARTER;
}

void pm_when_match(struct pm_when *w, int64_t local_ns, uint64_t filetime)
{
    int64_t utc;
    int64_t shift;
    int64_t residual;

    if (!w->has_clock || filetime == 0 || !pm_filetime(filetime, &utc)) {
        return;
    }
    shift = quarters(utc - local_ns);
    residual = utc - local_ns - shift;
    if (residual > NEAR || residual < -NEAR) {
        return;
    }
    if (!w->has_match) {
        w->has_match = true;
        w->match_ns = shift;
        w->residual_ns = residual;
    }
    w->matches += shift == w->match_ns;
    w->other_matches += shift != w->match_ns;
}

void pm_when_module(struct pm_when *w, uint64_t filetime)
{
    int64_t utc;

    if (filetime != 0 && pm_filetime(filetime, &utc) && (!w->has_module || utc < w->module_ns)) {
        w->has_module = true;
        w->module_ns = utc;
    }
}

/* What is left of a shift between date and zone. */
static int64_t zone_of(int64_t shift_ns)
{
    int64_t zone = -(shift_ns - floor_div(shift_ns, PM_DAY) * PM_DAY);

    zone += zone <= -HALF_DAY ? PM_DAY : 0;
    return zone / PM_SECOND;
}

void pm_when_finish(struct pm_when *w, const struct pm_when_opts *opts)
{
    int64_t day = 0;

    w->zone_s = opts->has_zone ? opts->zone_s : 0;
    if (w->exact) {
        w->how = PM_HOW_EXACT;
        w->shift_ns = 0;
        return;
    }
    if (opts->has_day) {
        w->how = PM_HOW_OPTION;
        day = opts->day - floor_div(w->first_ns, PM_DAY);
    } else if (w->has_match) {
        w->how = PM_HOW_PROCESS;
        w->shift_ns = w->match_ns;
        w->zone_s = zone_of(w->shift_ns);
        return;
    } else if (w->has_module && !opts->has_zone && w->has_clock) {
        w->how = PM_HOW_MODULES;
        w->shift_ns = quarters(w->module_ns - w->first_ns);
        w->zone_s = zone_of(w->shift_ns);
        return;
    } else if (w->has_date) {
        w->how = opts->has_zone ? PM_HOW_OPTION : PM_HOW_DATE;
    } else if (opts->has_file) {
        w->how = w->has_clock ? PM_HOW_FILE : PM_HOW_NOTHING;
        day = floor_div(opts->file_ns + w->zone_s * PM_SECOND, PM_DAY) -
              floor_div(w->last_ns, PM_DAY);
    } else {
        w->how = w->has_clock ? PM_HOW_FILE : PM_HOW_NOTHING;
    }
    w->shift_ns = day * PM_DAY - w->zone_s * PM_SECOND;
}

const char *pm_how_text(enum pm_how how)
{
    static const char *const texts[] = {
        [PM_HOW_EXACT] = "UTC of the file",
        [PM_HOW_OPTION] = "options",
        [PM_HOW_PROCESS] = "start or end of a process, in events and in the list of processes",
        [PM_HOW_MODULES] = "time of the first module in the list of processes",
        [PM_HOW_DATE] = "date column, taken as UTC",
        [PM_HOW_FILE] = "day the file was written, taken as UTC",
        [PM_HOW_NOTHING] = "none: there are no times",
    };

    return texts[how];
}
