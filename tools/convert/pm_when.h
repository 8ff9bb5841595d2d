/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_when.h - times of exports. An export has times of day on the clock of who looked at it, and
 * perhaps a date; the list of processes has UTC. Events are put on one scale of local time first;
 * what lies between that and UTC (date and zone) is known at the end.
 */
#ifndef SCAPFMT_PM_WHEN_H
#define SCAPFMT_PM_WHEN_H

#include "pm_words.h"

/* How the date and the zone were found, best first. */
enum pm_how {
    PM_HOW_EXACT,   /* the file has UTC (PML) */
    PM_HOW_OPTION,  /* the user said so */
    PM_HOW_PROCESS, /* the start or end of a process is in events and in the list */
    PM_HOW_MODULES, /* the first module of the list was seen when recording began */
    PM_HOW_DATE,    /* date column; the zone is taken to be UTC */
    PM_HOW_FILE,    /* the day the file was written; the zone is taken to be UTC */
    PM_HOW_NOTHING, /* there are no times: events are 1 us apart */
};

struct pm_when {
    bool started, exact, has_date, has_clock, twelve_hours, order_sure;
    enum pm_order order;
    int64_t day;   /* of the event before, in days since 1970; from 0 when no date is known */
    int64_t clock; /* its time of day */
    char date[48]; /* its date as text */
    size_t date_len;
    int64_t first_ns, last_ns; /* local */
    int64_t lag_ns;   /* of events that came before the first date: whole days from 1970 to it */
    uint64_t untimed; /* events before the first time that can be read */
    uint64_t bare;    /* of them, those that lack no time if all do */
    bool has_match, has_module;
    int64_t match_ns; /* UTC less local, whole quarters of an hour */
    int64_t residual_ns;
    uint64_t matches, other_matches;
    int64_t module_ns; /* the earliest, UTC */
    uint64_t rollovers;
    /* the answer */
    enum pm_how how;
    int64_t shift_ns; /* to be added to local times */
    int64_t zone_s;   /* east of UTC */
};

struct pm_when_opts {
    bool has_day, has_zone, has_file;
    int64_t day;     /* days since 1970 of the first event */
    int64_t zone_s;  /* east of UTC */
    int64_t file_ns; /* when the file was written last, UTC */
};

/* Local time of an event; false when its time cannot be read, and it is that of its neighbour. */
bool pm_when_event(struct pm_when *w, const struct pm_event *event, int64_t *ns);
/* An event at this local time has this UTC FILETIME in the list. */
void pm_when_match(struct pm_when *w, int64_t local_ns, uint64_t filetime);
/* The same for an event of which it is known, in UTC. */
static inline void pm_when_exact(struct pm_when *w, int64_t ns)
{
    w->first_ns = w->exact ? w->first_ns : ns;
    w->last_ns = ns;
    w->exact = true;
    w->started = true;
}

/* What pm_when_event() said, with the date or time that was found behind it. */
int64_t pm_when_local(const struct pm_when *w, int64_t ns);
/* Was that the same for all events? */
bool pm_when_final(const struct pm_when *w);
void pm_when_module(struct pm_when *w, uint64_t filetime);
/* All events are known. */
void pm_when_finish(struct pm_when *w, const struct pm_when_opts *opts);
const char *pm_how_text(enum pm_how how);

#endif
