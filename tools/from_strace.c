/* SPDX-License-Identifier: Apache-2.0 */
/*
 * from_strace.c - `scapfmt convert` with logs of strace: options to times, inputs that can be read
 * twice, the verdict at the end.
 */
#include "from_strace.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "convert/calendar.h"
#include "convert/strace_convert.h"
#include "log_files.h"
#include "temporary.h"

#define SECOND INT64_C(1000000000)
#define DAY    86400

/* The logs; each is read twice. */
struct logs {
    char **paths;
    int *spools; /* -1, or a copy of an input that comes only once */
    uint32_t n;
    const char *failed;
};

/* ------------------------------------------------------------------ times */

static bool two_numbers(const char *text, int *a, int *b)
{
    char end;

    return sscanf(text, "%2d:%2d%c", a, b, &end) == 2;
}

/* "YYYY-MM-DD" to seconds. */
static bool parse_date(const char *text, int64_t *seconds)
{
    int year;
    int month;
    int day;
    int n = 0;

    if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &n) != 3 || month < 1 || month > 12 ||
        day < 1 || day > 31 || n != 10) {
        return false;
    }
    *seconds = calendar_days(year, month, day) * DAY;
    return text[n] == '\0' || text[n] == 'T' || text[n] == ' ';
}

/* "+HH:MM", "-HHMM", "UTC" to seconds east. */
static bool parse_zone(const char *text, int64_t *seconds)
{
    int hours;
    int minutes = 0;
    char end;

    *seconds = 0;
    if (text == NULL || strcmp(text, "UTC") == 0 || strcmp(text, "Z") == 0) {
        return true;
    }
    if ((text[0] != '+' && text[0] != '-') ||
        (!two_numbers(text + 1, &hours, &minutes) &&
         sscanf(text + 1, "%2d%2d%c", &hours, &minutes, &end) != 2 &&
         sscanf(text + 1, "%2d%c", &hours, &end) != 1)) {
        return false;
    }
    *seconds = (hours * 3600 + minutes * 60) * (text[0] == '-' ? -1 : 1);
    return hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60;
}

bool from_strace_date(const char *text, int64_t *seconds)
{
    return parse_date(text, seconds) && text[10] == '\0';
}

bool from_strace_zone(const char *text, int64_t *seconds)
{
    return parse_zone(text, seconds);
}

/* Seconds since 1970 with a fraction, or a date and perhaps a time with perhaps a zone. */
static bool parse_start(const char *text, int64_t zone, int64_t *ns)
{
    int64_t seconds;
    int hour = 0;
    int minute = 0;
    double second = 0;
    int n = 0;
    char *end;
    double epoch = strtod(text, &end);

    if (*end == '\0' && end != text && epoch >= 0 && epoch < 9e9) {
        seconds = (int64_t)epoch;
        *ns = seconds * SECOND + (int64_t)((epoch - (double)seconds) * 1e9);
        return true;
    }
    if (!parse_date(text, &seconds)) {
        return false;
    }
    if (text[10] != '\0' && (sscanf(text + 11, "%2d:%2d:%lf%n", &hour, &minute, &second, &n) != 3 ||
                             hour > 23 || minute > 59 || second < 0 || second >= 61)) {
        return false;
    }
    if (text[10] != '\0' && text[11 + n] != '\0' && !parse_zone(text + 11 + n, &zone)) {
        return false;
    }
    *ns = (seconds + hour * 3600 + minute * 60 - zone) * SECOND + (int64_t)(second * 1e9);
    return true;
}

/* The day a file was last written; of what comes through a pipe, today. */
static struct strace_day day_of_input(const char *path, int64_t zone)
{
    struct stat info;
    int failed = strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, &info) : stat(path, &info);
    bool is_file = failed == 0 && S_ISREG(info.st_mode);
    int64_t now = is_file ? info.st_mtim.tv_sec : time(NULL);

    return (struct strace_day){
        .from = is_file ? STRACE_DAY_FILE : STRACE_DAY_TODAY,
        .days = (now + zone) / DAY,
        .zone_s = zone,
    };
}

static int parse_times(const struct cli_spec *spec, const struct from_strace_opts *o,
                       const char *path, struct strace_convert_opts *to)
{
    int64_t zone;
    int64_t day = 0;

    if (!parse_zone(o->timezone, &zone)) {
        return cli_usage(spec, "--timezone: '%s' is not like +02:00 or UTC", o->timezone);
    }
    if (o->date != NULL && !parse_date(o->date, &day)) {
        return cli_usage(spec, "--date: '%s' is not like 2024-12-31", o->date);
    }
    if (o->start != NULL && !parse_start(o->start, zone, &to->start_ns)) {
        return cli_usage(spec, "--start: '%s' is no time", o->start);
    }
    to->day = (struct strace_day){.days = day / DAY, .zone_s = zone};
    if (o->date == NULL && o->start == NULL) {
        to->day = day_of_input(path, zone);
    } else if (o->date == NULL) {
        to->day.days = (to->start_ns / SECOND + zone) / DAY;
    } else if (o->start == NULL) {
        to->start_ns = (day - zone) * SECOND;
    }
    return CLI_DONE;
}

/* ------------------------------------------------------------------ inputs */

/* An input that comes only once is copied, unpacked, into a file. What came before a break is
 * converted. */
static int spool(const char *path, int *fd)
{
    struct scapf_src *src;
    int rc = run_source(path, &src);

    if (rc == CLI_DONE) {
        rc = temporary_copy(path, src, fd);
        scapf_src_free(src);
    }
    return rc;
}

static bool comes_once(const char *path)
{
    struct stat info;

    return strcmp(path, "-") == 0 || stat(path, &info) != 0 || !S_ISREG(info.st_mode);
}

static enum scapf_status open_log(void *ctx, uint32_t i, struct scapf_src **src,
                                  struct scapf_diag *diag)
{
    struct logs *logs = ctx;

    logs->failed = logs->paths[i];
    if (logs->spools[i] >= 0) {
        if (lseek(logs->spools[i], 0, SEEK_SET) != 0) {
            return SCAPF_E_IO;
        }
        return scapf_src_fd(logs->spools[i], NULL, src, diag);
    }
    return scapf_src_file(logs->paths[i], NULL, src, diag);
}

static bool is_system_fault(enum scapf_status status)
{
    return status == SCAPF_E_IO || status == SCAPF_E_NOMEM;
}

size_t from_strace_look(const char *path, uint8_t *first, int *rc)
{
    struct scapf_src *src = NULL;
    struct scapf_diag diag = {0};
    struct stat info;
    const uint8_t *bytes;
    size_t n = 0;
    enum scapf_status status;
    bool once = strcmp(path, "-") == 0;

    *rc = CLI_DONE;
    if (!once && comes_once(path)) {
        return 0;
    }
    if (once && (fstat(STDIN_FILENO, &info) != 0 || !S_ISREG(info.st_mode))) {
        n = log_files_waiting(first, FROM_STRACE_LOOK);
        if (n == 0) {
            return 0;
        }
        status = scapf_src_mem(first, n, NULL, &src, &diag); /* may be packed */
    } else {
        status = scapf_src_file(once ? "/proc/self/fd/0" : path, NULL, &src, &diag);
    }
    n = 0;
    if (status == SCAPF_OK) {
        status = scapf_src_peek(src, FROM_STRACE_LOOK, &bytes, &n, &diag);
        n = n < FROM_STRACE_LOOK ? n : FROM_STRACE_LOOK;
        if (n > 0) {
            memmove(first, bytes, n); /* not packed, they are there already */
        }
        scapf_src_free(src);
    }
    if (is_system_fault(status)) {
        *rc = run_fail(path, status, &diag);
    }
    return n;
}

/* Captures may hold text that looks like a log. pcapng, then pcap: us, ns, modified; both orders.
 */
static bool is_capture(const uint8_t *first, size_t n)
{
    static const char magics[][5] = {"\n\r\r\n",         "\xd4\xc3\xb2\xa1", "\xa1\xb2\xc3\xd4",
                                     "\x4d\x3c\xb2\xa1", "\xa1\xb2\x3c\x4d", "\x34\xcd\xb2\xa1",
                                     "\xa1\xb2\xcd\x34"};

    for (size_t i = 0; n >= 4 && i < sizeof(magics) / sizeof(magics[0]); i++) {
        if (memcmp(first, magics[i], 4) == 0) {
            return true;
        }
    }
    return false;
}

bool from_strace_is(char *arg, bool *strange, int *rc)
{
    uint8_t first[FROM_STRACE_LOOK];
    struct log_files files;
    size_t n = 0;

    *strange = false;
    if (!log_files_expand(&files, &arg, 1)) {
        *rc = run_fail(arg, SCAPF_E_NOMEM, NULL);
        return false;
    }
    n = from_strace_look(files.names[0], first, rc);
    log_files_free(&files);
    *strange = n > 0 && !is_capture(first, n) &&
               strace_detect((const char *)first, n, NULL) == STRACE_DIALECT_UNKNOWN;
    return n > 0 && !is_capture(first, n) && !*strange;
}

/* ------------------------------------------------------------------ converting */

int from_strace_tell(const struct from_strace_opts *o, const struct cli_common *common,
                     const struct from_strace_verdict *verdict)
{
    enum { TEXT, JSON, NONE };

    struct run_json out;
    int rc = CLI_DONE;

    if (o->report == TEXT && !common->quiet) {
        verdict->print(stderr, verdict->ctx);
    } else if (o->report == JSON) {
        rc = run_json_start_stderr(&out);
        if (rc == CLI_DONE) {
            verdict->json(out.json, verdict->ctx);
            rc = run_json_end(&out);
        }
    }
    return rc;
}

struct told {
    const struct strace_verdict *verdict;
    const struct logs *logs;
};

static void print_verdict(FILE *out, const void *ctx)
{
    const struct told *t = ctx;

    strace_verdict_print(out, t->verdict, run_path_name(t->logs->paths[0]), t->logs->n);
}

static void json_verdict(struct scapf_json *json, const void *ctx)
{
    const struct told *t = ctx;

    strace_verdict_json(json, t->verdict, run_path_name(t->logs->paths[0]), t->logs->n);
}

static int refused(const char *path, enum strace_dialect dialect)
{
    if (dialect == STRACE_DIALECT_SUMMARY) {
        run_say("%s: there is no system call in it, only the tables of -c or other text",
                run_path_name(path));
    } else if (dialect == STRACE_DIALECT_PREFIXED) {
        run_say("%s: something else stands before strace's own text on each line: cut it off",
                run_path_name(path));
    } else if (dialect == STRACE_DIALECT_UNKNOWN) {
        run_say("%s: this is no log of strace", run_path_name(path));
    } else {
        run_say("%s: this is a log of %s, not of strace", run_path_name(path),
                strace_dialect_name(dialect));
    }
    return CLI_INVALID;
}

static int convert(const struct cli_common *common, const struct from_strace_opts *o,
                   const struct strace_convert_opts *opts, struct logs *logs, const char *out,
                   struct scapf_sink *sink)
{
    const struct scapf_writer_opts writer_opts = {.size = sizeof(writer_opts),
                                                  .schema = opts->schema};
    enum strace_dialect dialect = STRACE_DIALECT_UNKNOWN;
    struct scapf_diag diag = {0};
    struct strace_verdict verdict;
    const struct told told = {&verdict, logs};
    const struct from_strace_verdict say = {print_verdict, json_verdict, &told};
    struct scapf_writer *writer;
    enum scapf_status status = scapf_writer_new(sink, &writer_opts, &writer);
    int rc;

    if (status != SCAPF_OK) {
        return run_fail(out, status, NULL);
    }
    status = strace_convert(open_log, logs, (const char *const *)logs->paths, logs->n, opts, writer,
                            &verdict, &dialect, &diag);
    if (status == SCAPF_E_UNSUPPORTED) {
        rc = refused(logs->failed, dialect);
    } else if (status == SCAPF_OK && verdict.events == 0) {
        rc = refused(logs->paths[0], verdict.log.dialect == STRACE_DIALECT_PREFIXED
                                         ? STRACE_DIALECT_PREFIXED
                                         : STRACE_DIALECT_SUMMARY);
    } else if (status == SCAPF_OK) {
        status = scapf_writer_finish(writer);
        rc = run_sink_fail(out, status, sink);
        rc = run_worse(rc, from_strace_tell(o, common, &say));
    } else if (scapf_writer_diag(writer) != NULL) {
        rc = run_fail(out, status, scapf_writer_diag(writer));
    } else {
        rc = run_fail(logs->failed != NULL ? logs->failed : logs->paths[0], status, &diag);
    }
    scapf_writer_free(writer);
    return rc;
}

static int open_logs(struct logs *logs, char **paths, int n_paths)
{
    int rc = CLI_DONE;

    *logs = (struct logs){.paths = paths, .n = (uint32_t)n_paths};
    log_files_allow(n_paths);
    logs->spools = calloc((size_t)n_paths, sizeof(*logs->spools));
    if (logs->spools == NULL) {
        logs->n = 0;
        return run_fail(paths[0], SCAPF_E_NOMEM, NULL);
    }
    for (int i = 0; i < n_paths; i++) {
        logs->spools[i] = -1;
    }
    for (int i = 0; i < n_paths && rc < CLI_USAGE; i++) {
        rc = comes_once(paths[i]) ? run_worse(rc, spool(paths[i], &logs->spools[i])) : rc;
    }
    return rc;
}

static int from_files(const struct cli_spec *spec, const struct cli_common *common,
                      const struct from_strace_opts *o, const struct log_files *files,
                      const char *out, struct scapf_sink *sink)
{
    struct strace_convert_opts opts = {
        .keep = o->keep,
        .compat = o->compat,
        .arch = o->arch,
        .pid = o->pid <= INT32_MAX ? (int64_t)o->pid : -1,
        .uid = o->uid <= UINT32_MAX ? (int64_t)o->uid : -1,
        .cwd = o->cwd,
        .comm = o->comm,
        .exe = o->exe,
        .host = o->host,
    };
    struct logs logs;
    int rc = parse_times(spec, o, files->names[0], &opts);

    rc = rc == CLI_DONE ? run_schema(common, &opts.schema) : rc;
    if (rc != CLI_DONE) {
        return rc;
    }
    rc = open_logs(&logs, files->names, files->n);
    if (rc < CLI_USAGE) {
        rc = run_worse(rc, convert(common, o, &opts, &logs, out, sink));
    }
    for (uint32_t i = 0; i < logs.n; i++) {
        if (logs.spools[i] >= 0) {
            (void)close(logs.spools[i]);
        }
    }
    free(logs.spools);
    return rc;
}

int from_strace(const struct cli_spec *spec, const struct cli_common *common,
                const struct from_strace_opts *o, char **paths, int n_paths, const char *out,
                struct scapf_sink *sink)
{
    struct log_files files;
    int rc;

    if (!log_files_expand(&files, paths, n_paths)) {
        return run_fail(paths[0], SCAPF_E_NOMEM, NULL);
    }
    rc = from_files(spec, common, o, &files, out, sink);
    log_files_free(&files);
    return rc;
}
