/* SPDX-License-Identifier: Apache-2.0 */
/*
 * from_procmon.c - `scapfmt convert` with recordings of Process Monitor: options to times, inputs
 * to the front end that reads them, a spool for the events, the verdict at the end.
 */
#include "from_procmon.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert/pm_convert.h"
#include "temporary.h"

#define DAY 86400

/* ------------------------------------------------------------------ what a file is */

static enum from_procmon_format format_of(enum pm_format format)
{
    static const enum from_procmon_format formats[] = {
        [PM_NO_FORMAT] = FROM_PROCMON_NOT,
        [PM_XML] = FROM_PROCMON_IS_XML,
        [PM_CSV] = FROM_PROCMON_IS_CSV,
        [PM_PML] = FROM_PROCMON_IS_PML,
    };

    return formats[format];
}

enum from_procmon_format from_procmon_is(const char *path, int *rc)
{
    uint8_t first[FROM_STRACE_LOOK];
    size_t n = from_strace_look(path, first, rc);

    return n > 0 ? format_of(pm_detect(first, n)) : FROM_PROCMON_NOT;
}

/* ------------------------------------------------------------------ options */

static int parse_times(const struct cli_spec *spec, const struct from_strace_opts *o,
                       const char *path, struct pm_when_opts *when)
{
    struct stat info;
    int64_t seconds = 0;

    if (o->timezone != NULL && !from_strace_zone(o->timezone, &when->zone_s)) {
        return cli_usage(spec, "--timezone: '%s' is not like +02:00 or UTC", o->timezone);
    }
    when->has_zone = o->timezone != NULL;
    if (o->date != NULL && !from_strace_date(o->date, &seconds)) {
        return cli_usage(spec, "--date: '%s' is not like 2024-12-31", o->date);
    }
    when->has_day = o->date != NULL;
    when->day = seconds / DAY;
    if (strcmp(path, "-") == 0) {
        return CLI_DONE;
    }
    if (stat(path, &info) != 0) { /* its day may be that of the events */
        return run_fail(path, SCAPF_E_IO, NULL);
    }
    if (S_ISREG(info.st_mode)) {
        when->has_file = true;
        when->file_ns = (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
    }
    return CLI_DONE;
}

/* ------------------------------------------------------------------ reading */

/* A recording on its way into the spool. */
struct job {
    const struct cli_common *common;
    const struct from_strace_opts *shared;
    enum from_procmon_format format;
    struct pm_read_opts read;
    struct pm_convert_opts convert;
    struct pm_conv *conv;
    struct scapf_sink *spool; /* it writes to the temporary file */
    const char *path;         /* in hand */
    const char *out;
};

static int say_fault(const struct job *job, const struct pm_fault *fault, enum scapf_status status)
{
    char text[400];

    if (status != SCAPF_OK && status != SCAPF_E_FORMAT) {
        return run_sink_fail(temporary_name(), status, job->spool);
    }
    if (fault->wrong == PM_SYSTEM) {
        return run_fail(job->path, fault->diag.status != 0 ? fault->diag.status : SCAPF_E_IO,
                        &fault->diag);
    }
    if (fault->wrong == PM_NO_MEMORY) {
        return run_fail(job->path, SCAPF_E_NOMEM, NULL);
    }
    pm_fault_format(fault, text, sizeof(text));
    run_say("%s: %s", run_path_name(job->path), text);
    if (!job->read.lenient && fault->wrong != PM_NOT_PROCMON && fault->wrong != PM_DOCTYPE) {
        run_say("%s: nothing was written; --lenient repairs %s counts what it repairs",
                run_path_name(job->path),
                job->format == FROM_PROCMON_IS_PML ? "what can be repaired, and" : "and");
    }
    return CLI_INVALID;
}

static int read_text(struct job *job, const char *path)
{
    struct pm_fault fault = {.wrong = PM_FINE};
    const struct pm_handler *handler = pm_conv_handler(job->conv);
    struct scapf_src *src;
    bool ok;
    int rc = run_source(path, &src);

    job->path = path;
    if (rc != CLI_DONE) {
        return rc;
    }
    ok = job->format == FROM_PROCMON_IS_CSV ? pm_csv_read(src, &job->read, handler, &fault)
                                            : pm_xml_read(src, &job->read, handler, &fault);
    scapf_src_free(src);
    if (ok) {
        return CLI_DONE;
    }
    return say_fault(job, &fault, pm_conv_status(job->conv, &fault));
}

/* What comes once, or is packed, goes into a temporary file; *src then reads that one. */
static int unpack_pml(const char *path, struct scapf_src **src, int *fd, struct stat *info)
{
    struct scapf_src *packed = *src;
    int rc = temporary_copy(path, packed, fd);

    *src = NULL;
    scapf_src_free(packed);
    if (rc == CLI_DONE && fstat(*fd, info) != 0) {
        rc = run_fail_errno(temporary_name());
    }
    return rc == CLI_DONE ? run_fail(temporary_name(), scapf_src_fd(*fd, NULL, src, NULL), NULL)
                          : rc;
}

static int convert_pml(struct job *job, const void *bytes, size_t len)
{
    struct pm_fault fault = {.wrong = PM_FINE};
    struct pm_pml_host host;

    if (pm_pml_host(bytes, len, &host)) {
        pm_conv_host(job->conv, host.name, 1, host.memory);
    }
    if (pm_pml_read(bytes, len, &job->read, pm_conv_handler(job->conv), &fault)) {
        return CLI_DONE;
    }
    return say_fault(job, &fault, pm_conv_status(job->conv, &fault));
}

/* Everything in the file is an offset, so that it is needed as a whole: as a rule it is mapped. */
static int read_pml(struct job *job, const char *path)
{
    struct scapf_src *src = NULL;
    struct stat info = {0};
    struct scapf_diag diag = {0};
    const uint8_t *bytes;
    size_t len;
    int fd = -1;
    int rc = run_source(path, &src);

    job->path = path;
    if (rc == CLI_DONE && (scapf_src_compression(src) != SCAPF_PLAIN || strcmp(path, "-") == 0 ||
                           stat(path, &info) != 0 || !S_ISREG(info.st_mode))) {
        rc = unpack_pml(path, &src, &fd, &info);
    }
    if (rc == CLI_DONE) {
        rc = run_fail(path, scapf_src_peek(src, (size_t)info.st_size, &bytes, &len, &diag), &diag);
    }
    if (rc == CLI_DONE) {
        rc = convert_pml(job, bytes, len);
    }
    scapf_src_free(src);
    if (fd >= 0) {
        (void)close(fd);
    }
    return rc;
}

/* One of the formats of Process Monitor, and not the one asked for, or of the files before it. */
static int refuse_other(const struct job *job, const char *path)
{
    static const char *const names[] = {
        [FROM_PROCMON_IS_XML] = "an XML export",
        [FROM_PROCMON_IS_CSV] = "a CSV export",
        [FROM_PROCMON_IS_PML] = "a PML file",
    };
    int rc;
    enum from_procmon_format format = from_procmon_is(path, &rc);

    if (rc != CLI_DONE || format == FROM_PROCMON_NOT || format == job->format) {
        return rc;
    }
    run_say("%s: this is %s, not %s", run_path_name(path), names[format], names[job->format]);
    return CLI_INVALID;
}

static int read_file(struct job *job, const char *path)
{
    int rc = refuse_other(job, path);

    if (rc != CLI_DONE) {
        return rc;
    }
    return job->format == FROM_PROCMON_IS_PML ? read_pml(job, path) : read_text(job, path);
}

static bool repaired(const struct pm_repairs *r)
{
    return r->bytes + r->events + r->lost + r->processes + r->skipped + r->details + r->times +
                   r->rows + r->values + r->doubled + r->missing + r->strings >
               0 ||
           r->tail || r->no_list;
}

struct told {
    const struct pm_verdict *verdict;
    const char *name;
};

static void print_verdict(FILE *out, const void *ctx)
{
    const struct told *t = ctx;

    pm_verdict_print(out, t->verdict, t->name);
}

static void json_verdict(struct scapf_json *json, const void *ctx)
{
    const struct told *t = ctx;

    pm_verdict_json(json, t->verdict, t->name);
}

static int report(const struct job *job, const struct pm_verdict *verdict)
{
    const struct told told = {verdict, run_path_name(job->path)};
    const struct from_strace_verdict say = {print_verdict, json_verdict, &told};

    return from_strace_tell(job->shared, job->common, &say);
}

/* ------------------------------------------------------------------ spool and capture */

static int fill_spool(struct job *job, int fd, char **paths, int n_paths)
{
    const struct scapf_writer_opts opts = {.size = sizeof(opts), .schema = job->convert.schema};
    struct scapf_writer *writer = NULL;
    enum scapf_status status = scapf_sink_fd(fd, SCAPF_PLAIN, NULL, &job->spool, NULL);
    int rc;

    status = status == SCAPF_OK ? scapf_writer_new(job->spool, &opts, &writer) : status;
    status = status == SCAPF_OK ? pm_conv_new(&job->convert, writer, &job->conv) : status;
    rc = run_sink_fail(temporary_name(), status, job->spool);
    if (rc == CLI_DONE) {
        job->read.repairs = &pm_conv_verdict(job->conv)->repairs;
    }
    for (int i = 0; i < n_paths && rc == CLI_DONE; i++) {
        rc = read_file(job, paths[i]);
    }
    if (rc == CLI_DONE) {
        status = pm_conv_end(job->conv);
        status = status == SCAPF_OK ? scapf_sink_finish(job->spool) : status;
        rc = run_sink_fail(temporary_name(), status, job->spool);
    }
    scapf_writer_free(writer);
    scapf_sink_free(job->spool);
    job->spool = NULL;
    return rc;
}

static int write_capture(struct job *job, int fd, struct scapf_sink *sink)
{
    const struct scapf_writer_opts opts = {.size = sizeof(opts), .schema = job->convert.schema};
    struct scapf_writer *writer = NULL;
    struct scapf_src *src = NULL;
    enum scapf_status status = lseek(fd, 0, SEEK_SET) == 0 ? SCAPF_OK : SCAPF_E_IO;
    int rc;

    status = status == SCAPF_OK ? scapf_src_fd(fd, NULL, &src, NULL) : status;
    rc = run_fail(temporary_name(), status, NULL);
    if (rc != CLI_DONE) {
        return rc;
    }
    status = scapf_writer_new(sink, &opts, &writer);
    if (status == SCAPF_OK) {
        status = pm_conv_write(job->conv, src, writer);
        status = status == SCAPF_OK ? scapf_writer_finish(writer) : status;
    } else {
        scapf_src_free(src);
    }
    if (status < 0 && writer != NULL && scapf_writer_diag(writer) != NULL) {
        rc = run_fail(job->out, status, scapf_writer_diag(writer));
    } else {
        rc = run_sink_fail(job->out, status, sink);
    }
    scapf_writer_free(writer);
    return rc;
}

/* Exports may be the only copy of what they tell; a PML file is the recording itself. */
static bool keeps_columns(const struct from_procmon_opts *o, enum from_procmon_format format)
{
    enum { AUTO, ON };

    return o->lossless == ON ||
           (o->lossless == AUTO && (format != FROM_PROCMON_IS_PML || o->stacks));
}

int from_procmon(const struct cli_spec *spec, const struct cli_common *common,
                 const struct from_procmon_opts *o, const struct from_strace_opts *shared,
                 enum from_procmon_format format, char **paths, int n_paths, const char *out,
                 struct scapf_sink *sink, bool *complete)
{
    bool keep = keeps_columns(o, format);
    struct job job = {
        .common = common,
        .shared = shared,
        .format = format,
        /* of PML details are texts only then */
        .read = {.lenient = o->lenient, .keep = keep || o->no_paging, .stacks = keep && o->stacks},
        .convert = {.keep = keep ? PM_KEEP_ALL : PM_KEEP_NONE,
                    .map_images = o->map_images,
                    .lenient = o->lenient,
                    .no_registry = o->registry != 0,
                    .no_paging = o->no_paging,
                    .host = shared->host},
        .path = paths[0],
        .out = out,
    };
    int rc = parse_times(spec, shared, paths[0], &job.convert.when);
    int fd;

    *complete = false;
    rc = rc == CLI_DONE ? run_schema(common, &job.convert.schema) : rc;
    job.read.schema = job.convert.schema;
    if (rc != CLI_DONE) {
        return rc;
    }
    fd = temporary_open();
    if (fd < 0) {
        return CLI_SYSTEM;
    }
    rc = fill_spool(&job, fd, paths, n_paths);
    rc = rc == CLI_DONE ? write_capture(&job, fd, sink) : rc;
    if (rc == CLI_DONE) {
        const struct pm_verdict *verdict = pm_conv_verdict(job.conv);

        *complete = true;
        job.path = paths[0];
        rc = run_worse(report(&job, verdict), repaired(&verdict->repairs) ? CLI_INVALID : CLI_DONE);
    }
    pm_conv_free(job.conv);
    (void)close(fd);
    return rc;
}
