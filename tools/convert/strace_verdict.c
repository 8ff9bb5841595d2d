/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strace_verdict.c - what is said about a log at the end: what was in it, what became of it, and
 * what to record next time.
 */
#include <inttypes.h>
#include <string.h>

#include "calendar.h"
#include "strace_convert.h"

static const char *const day_froms[] = {
    [STRACE_DAY_GIVEN] = "option",
    [STRACE_DAY_FILE] = "file",
    [STRACE_DAY_TODAY] = "today",
};

/* Options of strace, as the text shows them. */
static size_t options_of(const struct strace_verdict *v, const char **names, size_t max)
{
    const struct strace_report *r = &v->log;
    const struct {
        bool on;
        const char *name;
    } rows[] = {
        {r->pid_bare + r->pid_bracket > 0, "-f"},
        {r->stamps[STRACE_TIME_EPOCH] > 0, "-ttt"},
        {r->stamps[STRACE_TIME_OF_DAY] > 0 && r->digits > 0, "-tt"},
        {r->stamps[STRACE_TIME_OF_DAY] > 0 && r->digits == 0, "-t"},
        {r->deltas > 0, "-r"},
        {r->durations > 0, "-T"},
        {r->annotated > 0 && r->decoded_sockets == 0, v->sockets > 0 ? "-y" : "-y[y]"},
        {r->decoded_sockets > 0, "-yy"},
        {r->comms > 0, "-Y"},
        {r->numbers > 0, "-n"},
        {r->ips > 0, "-i"},
        {r->contexts > 0, "--secontext"},
        {r->hex_strings > 0, "-x"},
        {r->items[STRACE_STACK] > 0, "-k"},
        {r->items[STRACE_DUMP] > 0, "-e read/write"},
        {r->items[STRACE_SUMMARY] > 0, "-c/-C"},
        {r->verbose_values > 0, "-X verbose"},
        {r->named_args > 0, "-N"},
    };
    size_t n = 0;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && n < max; i++) {
        if (rows[i].on) {
            names[n++] = rows[i].name;
        }
    }
    return n;
}

/* What the next recording would gain by, as sentences. */
static size_t advice_of(const struct strace_verdict *v, const char **lines, size_t max)
{
    const struct strace_report *r = &v->log;
    bool lost = v->children > v->children_seen;
    const struct {
        bool on;
        const char *line;
    } rows[] = {
        {lost && v->processes > 1,
         "-f --decode-pids=pidns: processes were started under numbers that no line has"},
        {lost && v->processes <= 1,
         "-f: some of the processes and threads that were started are not in the log"},
        {v->time_kind == STRACE_TIME_NONE, "-ttt: the log has no times; all events are 1 us apart"},
        {v->time_kind == STRACE_TIME_OF_DAY && v->day.from != STRACE_DAY_GIVEN,
         "-ttt: the log has no date; --date and --timezone can give it"},
        {v->time_kind == STRACE_TIME_RELATIVE,
         "-ttt: the log does not say when it began; --start can"},
        {v->time_kind != STRACE_TIME_NONE && r->durations == 0 && r->joined == 0,
         "-T: the log does not say when calls returned"},
        {v->nameless > 0, "-Y, or trace execve, too: processes have no names; --comm can give one"},
        {r->annotated == 0, "-yy: descriptors of before the log have no names"},
        {r->annotated > 0 && r->decoded_sockets == 0 && v->sockets > 0,
         "-yy: sockets of before the log have no addresses"},
        {r->cut_strings > 0, "-s 4096: strings are cut"},
        {r->abbreviated > 0, "-v: structs are abbreviated"},
        {v->by_kind[STRACE_FOREIGN] > 0, "-o FILE: the log is mixed with other output"},
        {v->pid_invented, "-f -o FILE: the log has no process numbers; its own is called 1"},
    };
    size_t n = 0;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && n < max; i++) {
        if (rows[i].on) {
            lines[n++] = rows[i].line;
        }
    }
    return n;
}

static uint64_t other_lines(const struct strace_verdict *v)
{
    return v->by_kind[STRACE_NOTE] + v->by_kind[STRACE_ATTACHED] + v->by_kind[STRACE_DETACHED] +
           v->by_kind[STRACE_STOPPED] + v->by_kind[STRACE_SUMMARY];
}

static void print_programs(FILE *out, const struct strace_report *r)
{
    (void)fprintf(out, "  %" PRIu64 " more program%s behind the end of another", r->programs,
                  r->programs == 1 ? "" : "s");
    if (r->invented > 0) {
        (void)fprintf(out, ", %" PRIu64 " without process numbers: called %" PRId64 "%s",
                      r->invented, STRACE_INVENTED, r->invented > 1 ? " and on" : "");
    }
    (void)fputs("\n", out);
}

static void print_lines(FILE *out, const struct strace_verdict *v)
{
    uint64_t n = v->not_kept < STRACE_VERDICT_LINES ? v->not_kept : STRACE_VERDICT_LINES;

    if (n == 0) {
        return;
    }
    (void)fprintf(out,
                  "  not in the capture: %" PRIu64 " lines (%" PRIu64 " foreign, %" PRIu64
                  " unreadable, %" PRIu64 " messages of strace): line",
                  v->not_kept, v->by_kind[STRACE_FOREIGN], v->by_kind[STRACE_UNREAD],
                  other_lines(v));
    for (uint64_t i = 0; i < n; i++) {
        (void)fprintf(out, "%s %" PRIu64, i > 0 ? "," : "", v->not_kept_at[i]);
    }
    (void)fprintf(out, "%s\n", v->not_kept > n ? ", ..." : "");
}

static void print_day(FILE *out, const struct strace_day *day)
{
    static const char *const whys[] = {
        [STRACE_DAY_GIVEN] = "as was said",
        [STRACE_DAY_FILE] = "by the day the file was last written",
        [STRACE_DAY_TODAY] = "by today's date",
    };
    char date[CALENDAR_TEXT];
    char zone[CALENDAR_TEXT];

    calendar_date_text(day->days, date);
    calendar_zone_text(day->zone_s, zone);
    (void)fprintf(out, "  begins on %s, %s; its clock at %s\n", date, whys[day->from], zone);
}

void strace_verdict_print(FILE *out, const struct strace_verdict *v, const char *name,
                          uint32_t files)
{
    const char *rows[24];
    size_t n = options_of(v, rows, 24);

    (void)fputs(name, out);
    if (files > 1) {
        (void)fprintf(out, " and %" PRIu32 " more file%s", files - 1, files > 2 ? "s" : "");
    }
    (void)fprintf(out,
                  ": %" PRIu64 " lines, %" PRIu64 " calls: %" PRIu64 " mapped, %" PRIu64
                  " generic; %" PRIu64 " did not return; %" PRIu64 " signals, %" PRIu64 " exits\n",
                  v->log.lines, v->calls, v->mapped, v->generic, v->begun,
                  v->by_kind[STRACE_SIGNAL], v->by_kind[STRACE_EXITED] + v->by_kind[STRACE_KILLED]);
    (void)fprintf(out, "  %" PRIu64 " events, %" PRIu64 " with text of the log", v->events,
                  v->comments);
    if (v->unknown_calls > 0) {
        (void)fprintf(out, "; %" PRIu64 " calls no table knows", v->unknown_calls);
    }
    (void)fputs("\n", out);
    if (n > 0) {
        (void)fputs("  recorded with", out);
        for (size_t i = 0; i < n; i++) {
            (void)fprintf(out, " %s", rows[i]);
        }
        (void)fputs("\n", out);
    }
    if (v->time_kind == STRACE_TIME_OF_DAY) {
        print_day(out, &v->day);
    }
    if (v->log.programs > 0) {
        print_programs(out, &v->log);
    }
    print_lines(out, v);
    if (v->clock_back > 0) {
        (void)fprintf(out, "  the clock was set back: %" PRIu64 " events\n", v->clock_back);
    }
    if (v->not_ahead > 0) {
        (void)fprintf(out,
                      "  local addresses, children and returns not looked up in later lines, they "
                      "are too many: of %" PRIu64 " calls\n",
                      v->not_ahead);
    }
    if (v->log.hard_blanks > 0) {
        (void)fprintf(out, "  no-break spaces (U+00A0) were read as blanks in %" PRIu64 " line%s\n",
                      v->log.hard_blanks, v->log.hard_blanks == 1 ? "" : "s");
    }
    if (v->log.injected > 0) {
        (void)fprintf(out, "  injected by strace, not done by the kernel: %" PRIu64 " calls\n",
                      v->log.injected);
    }
    n = advice_of(v, rows, 24);
    for (size_t i = 0; i < n; i++) {
        (void)fprintf(out, "%s%s\n", i == 0 ? "  next time: " : "             ", rows[i]);
    }
}

static void put_words(struct scapf_json *json, const char *key, const char *const *words, size_t n)
{
    scapf_json_key(json, key);
    scapf_json_open(json, '[');
    for (size_t i = 0; i < n; i++) {
        scapf_json_string(json, words[i]);
    }
    scapf_json_close(json);
}

static void put_not_kept(struct scapf_json *json, const struct strace_verdict *v)
{
    scapf_json_key(json, "not_kept_at");
    scapf_json_open(json, '[');
    for (uint64_t i = 0; i < v->not_kept && i < STRACE_VERDICT_LINES; i++) {
        scapf_json_u64(json, v->not_kept_at[i]);
    }
    scapf_json_close(json);
}

static void put_day(struct scapf_json *json, const struct strace_day *day)
{
    char date[CALENDAR_TEXT];

    calendar_date_text(day->days, date);
    scapf_json_key(json, "day");
    scapf_json_string(json, date);
    scapf_json_key(json, "day_from");
    scapf_json_string(json, day_froms[day->from]);
    scapf_json_key(json, "zone_seconds");
    scapf_json_i64(json, day->zone_s);
}

static void put_counts(struct scapf_json *json, const struct strace_verdict *v, uint32_t files)
{
    const struct {
        const char *key;
        uint64_t value;
    } rows[] = {
        {"files", files},
        {"lines", v->log.lines},
        {"bytes", v->log.bytes},
        {"calls", v->calls},
        {"mapped", v->mapped},
        {"generic", v->generic},
        {"generic_unknown", v->unknown_calls},
        {"not_returned", v->begun},
        {"joined", v->log.joined},
        {"orphans", v->log.orphans},
        {"never_resumed", v->log.never_resumed},
        {"signals", v->by_kind[STRACE_SIGNAL]},
        {"exits", v->by_kind[STRACE_EXITED] + v->by_kind[STRACE_KILLED]},
        {"foreign_lines", v->by_kind[STRACE_FOREIGN]},
        {"unread_lines", v->by_kind[STRACE_UNREAD]},
        {"message_lines", other_lines(v)},
        {"not_kept_lines", v->not_kept},
        {"events", v->events},
        {"comments", v->comments},
        {"comments_continued", v->comment_cut},
        {"notifications", v->notes},
        {"processes_before", v->processes},
        {"processes_nameless", v->nameless},
        {"children", v->children},
        {"children_seen", v->children_seen},
        {"programs_more", v->log.programs},
        {"programs_numbered", v->log.invented},
        {"cut_strings", v->log.cut_strings},
        {"abbreviated", v->log.abbreviated},
        {"not_looked_ahead", v->not_ahead},
        {"clock_back", v->clock_back},
        {"injected", v->log.injected},
        {"hard_blank_lines", v->log.hard_blanks},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        scapf_json_key(json, rows[i].key);
        scapf_json_u64(json, rows[i].value);
    }
}

void strace_verdict_json(struct scapf_json *json, const struct strace_verdict *v, const char *name,
                         uint32_t files)
{
    static const char *const times[] = {"none", "epoch", "time of day", "relative"};
    const char *words[24];
    size_t n;

    scapf_json_open(json, '{');
    scapf_json_key(json, "log");
    scapf_json_string(json, name);
    put_counts(json, v, files);
    scapf_json_key(json, "times");
    scapf_json_string(json, times[v->time_kind]);
    if (v->time_kind == STRACE_TIME_OF_DAY) {
        put_day(json, &v->day);
    }
    n = options_of(v, words, 24);
    put_words(json, "options", words, n);
    n = advice_of(v, words, 24);
    put_words(json, "advice", words, n);
    put_not_kept(json, v);
    scapf_json_close(json);
}
