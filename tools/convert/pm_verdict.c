/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pm_verdict.c - what is said about a recording at the end.
 */
#include <inttypes.h>
#include <string.h>

#include "calendar.h"
#include "pm_convert.h"
#include "pm_words.h"

static const char *const classes[] = {"unknown", "process",   "registry",
                                      "file",    "profiling", "network"};

/* Numbers that are told when they are not 0. */
struct count {
    const char *key, *sentence;
    uint64_t n;
};

#define COUNTS_MAX 32u

static size_t counts_of(const struct pm_verdict *v, struct count *rows)
{
    const struct count all[] = {
        {"inherited", "handles were open before", v->inherited},
        {"implied_opens", "opens are implied by use", v->implied_opens},
        {"implied_starts", "starts of processes and threads are implied", v->implied_starts},
        {"unresolved_endpoints", "events of connections have names instead of numbers: no tuple",
         v->unresolved},
        {"pending", "operations had not completed: EINPROGRESS", v->pending},
        {"late_pairs", "operations overlap on their thread: written when both are over", v->late},
        {"shortened", "operations lost their duration: too many at once", v->shortened},
        {"no_pid", "events have no process number: made up", v->no_pid},
        {"no_tid", "events have no thread number: told of the process", v->no_tid},
        {"no_duration", "events have no duration: enter and exit at one time", v->no_duration},
        {"reused_pids", "process numbers are used again", v->reused_pids},
        {"long_paths", "paths are cut after 1000 bytes", v->long_paths},
        {"raw_details", "details of PML are of no known form: only their bytes could be kept",
         v->raw_details},
        {"columns_continued", "notifications go on with columns that had no room", v->continued},
        {"clock_back", "events go back in time", v->clock_back},
    };

    memcpy(rows, all, sizeof(all));
    return sizeof(all) / sizeof(all[0]);
}

static size_t repairs_of(const struct pm_repairs *r, struct count *rows)
{
    const struct count all[] = {
        {"bytes_replaced", "bytes that are no text became U+FFFD", r->bytes},
        {"events_mended", "events with broken XML were read by their lines", r->events},
        {"events_lost", "events could not be read", r->lost},
        {"processes_lost", "processes of the list could not be read", r->processes},
        {"bytes_skipped", "bytes between events were skipped", r->skipped},
        {"details_cut", "details are cut or damaged", r->details},
        {"times_made_up", "times that cannot be read became those of their neighbours", r->times},
        {"rows_mended", "rows had too few or too many values", r->rows},
        {"values_bad", "values are no number or time: only kept as text", r->values},
        {"columns_doubled", "columns are there twice: the first counts", r->doubled},
        {"columns_missing", "columns are not there as in the first event", r->missing},
        {"strings_lost", "texts are not in the table of texts: left empty", r->strings},
        {"process_list_missing", "list of processes is missing: they have numbers alone",
         r->no_list},
        {"tail_missing", "end of the file is missing", r->tail},
    };

    memcpy(rows, all, sizeof(all));
    return sizeof(all) / sizeof(all[0]);
}

static void print_time(FILE *out, int64_t ns)
{
    int64_t days = ns / PM_DAY - (ns % PM_DAY < 0);
    int64_t s = (ns - days * PM_DAY) / PM_SECOND;
    char date[CALENDAR_TEXT];

    calendar_date_text(days, date);
    (void)fprintf(out, "  begins %s %02" PRId64 ":%02" PRId64 ":%02" PRId64 " UTC", date, s / 3600,
                  s / 60 % 60, s % 60);
}

static void print_when(FILE *out, const struct pm_when *w)
{
    char zone[CALENDAR_TEXT];

    if (!w->started) {
        return;
    }
    print_time(out, w->first_ns + w->shift_ns);
    if (w->how != PM_HOW_EXACT) {
        calendar_zone_text(w->zone_s, zone);
        (void)fprintf(out, ", its clock at %s", zone);
    }
    (void)fprintf(out, "; known from: %s\n", pm_how_text(w->how));
    if (w->how == PM_HOW_MODULES) {
        (void)fputs("  the zone is an estimate: --timezone can say it\n", out);
    } else if (w->how == PM_HOW_DATE) {
        (void)fputs("  the file does not tell its zone: --timezone can\n", out);
    } else if (w->how == PM_HOW_FILE || w->how == PM_HOW_NOTHING) {
        (void)fputs("  the file does not tell its date: --date and --timezone can\n", out);
    }
    if (w->has_date && !w->order_sure && w->how != PM_HOW_PROCESS) {
        (void)fputs("  whether the day or the month comes first in its dates is a guess\n", out);
    }
    if (w->other_matches > 0) {
        (void)fprintf(out,
                      "  %" PRIu64 " of %" PRIu64 " processes say another zone: was the clock "
                      "changed?\n",
                      w->other_matches, w->matches + w->other_matches);
    }
}

static void print_names(FILE *out, const char *what, const struct pm_names *names)
{
    if (names->total == 0) {
        return;
    }
    (void)fprintf(out, "  %s nobody knows:", what);
    for (uint32_t i = 0; i < names->n; i++) {
        const char *name = names->rows[i].name;
        char text[4 * sizeof(names->rows[i].name)];

        pm_readable(text, sizeof(text), (struct pm_text){name, strlen(name)});
        (void)fprintf(out, "%s \"%s\" (%" PRIu64 ")", i > 0 ? "," : "", text, names->rows[i].n);
    }
    (void)fputs(names->n == PM_NAMES ? ", ...\n" : "\n", out);
}

static void print_counts(FILE *out, const struct count *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (rows[i].n > 0) {
            (void)fprintf(out, "  %" PRIu64 " %s\n", rows[i].n, rows[i].sentence);
        }
    }
}

void pm_verdict_print(FILE *out, const struct pm_verdict *v, const char *name)
{
    struct count rows[COUNTS_MAX];
    bool first = true;

    (void)fprintf(out,
                  "%s: %" PRIu64 " events: %" PRIu64 " mapped, %" PRIu64 " notifications, %" PRIu64
                  " dropped; %" PRIu64 " processes, %" PRIu64 " modules in its list\n",
                  name, v->events, v->mapped, v->notified, v->dropped, v->processes, v->modules);
    for (size_t i = 0; i < 6; i++) {
        size_t k = (i + 1) % 6; /* the unknown ones last */

        if (v->by_class[k] > 0) {
            (void)fprintf(out, "%s %s %" PRIu64, first ? " " : ",", classes[k], v->by_class[k]);
            first = false;
        }
    }
    (void)fputs(first ? "" : "\n", out);
    (void)fprintf(out, "  %" PRIu64 " events written", v->written);
    if (v->comments > 0) {
        (void)fprintf(out, ", %" PRIu64 " with the columns of the source: %" PRIu64 " bytes of it",
                      v->comments, v->lossless);
    }
    (void)fputs(v->comments == 0 && v->events > 0 ? ", without the columns of the source\n" : "\n",
                out);
    print_when(out, &v->when);
    print_counts(out, rows, counts_of(v, rows));
    print_names(out, "operations", &v->operations);
    print_names(out, "results", &v->results);
    print_names(out, "columns", &v->columns);
    print_counts(out, rows, repairs_of(&v->repairs, rows));
}

static void json_names(struct scapf_json *json, const char *key, const struct pm_names *names)
{
    scapf_json_key(json, key);
    scapf_json_open(json, '[');
    for (uint32_t i = 0; i < names->n; i++) {
        scapf_json_open(json, '{');
        scapf_json_key(json, "name");
        scapf_json_string(json, names->rows[i].name);
        scapf_json_key(json, "n");
        scapf_json_u64(json, names->rows[i].n);
        scapf_json_close(json);
    }
    scapf_json_close(json);
}

static void json_counts(struct scapf_json *json, const struct count *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        scapf_json_key(json, rows[i].key);
        scapf_json_u64(json, rows[i].n);
    }
}

static void json_when(struct scapf_json *json, const struct pm_when *w)
{
    scapf_json_key(json, "time_from");
    scapf_json_string(json, pm_how_text(w->how));
    scapf_json_key(json, "zone_seconds");
    scapf_json_i64(json, w->zone_s);
    scapf_json_key(json, "residual_ns");
    scapf_json_i64(json, w->residual_ns);
    scapf_json_key(json, "other_zone");
    scapf_json_u64(json, w->other_matches);
}

void pm_verdict_json(struct scapf_json *json, const struct pm_verdict *v, const char *name)
{
    struct count rows[COUNTS_MAX];
    const struct count facts[] = {
        {"events", NULL, v->events},       {"mapped", NULL, v->mapped},
        {"notified", NULL, v->notified},   {"dropped", NULL, v->dropped},
        {"processes", NULL, v->processes}, {"modules", NULL, v->modules},
        {"threads", NULL, v->threads},     {"written", NULL, v->written},
        {"comments", NULL, v->comments},   {"lossless_bytes", NULL, v->lossless},
    };

    scapf_json_open(json, '{');
    scapf_json_key(json, "recording");
    scapf_json_string(json, name);
    json_counts(json, facts, sizeof(facts) / sizeof(facts[0]));
    scapf_json_key(json, "by_class");
    scapf_json_open(json, '{');
    for (size_t i = 0; i < 6; i++) {
        scapf_json_key(json, classes[i]);
        scapf_json_u64(json, v->by_class[i]);
    }
    scapf_json_close(json);
    json_counts(json, rows, counts_of(v, rows));
    json_when(json, &v->when);
    json_names(json, "unknown_operations", &v->operations);
    json_names(json, "unknown_results", &v->results);
    json_names(json, "unknown_columns", &v->columns);
    scapf_json_key(json, "repairs");
    scapf_json_open(json, '{');
    json_counts(json, rows, repairs_of(&v->repairs, rows));
    scapf_json_close(json);
    scapf_json_close(json);
}
