/* SPDX-License-Identifier: Apache-2.0 */
/*
 * print.c - captures through a printer: what `print` and `convert -t json` have in common.
 */
#include <string.h>
#include <unistd.h>

#include "run.h"

struct print {
    const struct cli_spec *spec;
    const struct cli_common *common;
    struct scapf_printer_opts opts;
    struct scapf_filter_error columns_error;
    const char *out;
    struct scapf_sink *sink;
    struct scapf_printer *printer;
    bool live;        /* somebody watches: show each record at once */
    bool sink_failed; /* going on makes no sense */
    bool any_opened;
    bool by_time; /* merged captures by time, not in the order of the file */
};

static enum scapf_status print_record(void *ctx, const struct scapf_reader *reader,
                                      const struct scapf_record *rec)
{
    const struct print *print = ctx;
    enum scapf_status status = scapf_printer_put(print->printer, reader, rec);

    if (status < 0 || !print->live) {
        return status;
    }
    status = scapf_printer_flush(print->printer);
    return status < 0 ? status : scapf_sink_flush(print->sink);
}

static int bad_options(const struct print *print)
{
    if (print->columns_error.message[0] != '\0') {
        return run_language_error("--columns", print->opts.columns, &print->columns_error);
    }
    return cli_usage(print->spec, "--arch: there is no '%s'", print->opts.arch);
}

static int print_records(struct print *print, const char *path)
{
    struct scapf_reader *reader;
    enum scapf_status status;
    int rc = run_open(path, print->common, &reader);

    if (rc != CLI_DONE) {
        return rc;
    }
    print->any_opened = true;
    rc = run_records(path, print->common, reader, print_record, print, &status);
    if (status >= 0) {
        status = scapf_printer_finish(print->printer);
    }
    print->sink_failed = status < 0;
    scapf_reader_free(reader);
    return run_worse(rc, run_sink_fail(print->out, status, print->sink));
}

static int print_in_order(struct print *print, const char *path)
{
    enum scapf_status status;
    int rc;

    if (print->opts.filter != NULL) {
        scapf_filter_restart(print->opts.filter);
    }
    status = scapf_printer_new(print->sink, &print->opts, &print->printer);
    if (status < 0) {
        print->sink_failed = true;
        return status == SCAPF_E_USAGE ? bad_options(print) : run_fail(path, status, NULL);
    }
    rc = print_records(print, path);
    scapf_printer_free(print->printer);
    return rc;
}

/* By time when the sections of a merged capture lie behind one another. */
static int print_file(struct print *print, const char *path)
{
    enum scapf_status status;
    bool done;
    int rc;

    if (!print->by_time) {
        return print_in_order(print, path);
    }
    rc = run_timeline(path, print->common, &print->opts, print->sink, &done, &status);
    if (done || rc != CLI_DONE) {
        print->any_opened = print->any_opened || done;
        print->sink_failed = status < 0;
        return status == SCAPF_E_USAGE
                   ? bad_options(print)
                   : run_worse(rc, run_sink_fail(print->out, status, print->sink));
    }
    return print_in_order(print, path);
}

int run_print(const struct cli_spec *spec, const struct cli_common *common,
              const struct scapf_printer_opts *opts, const char *out,
              enum scapf_compression packing, char **paths, int n_paths)
{
    struct print print = {.spec = spec, .common = common, .opts = *opts, .out = out};
    struct scapf_diag diag = {0};
    int rc = run_filter(common, &print.opts.filter);

    if (rc != CLI_DONE) {
        return rc;
    }
    print.opts.columns_error = &print.columns_error;
    rc = run_fail(out, scapf_sink_file(out, packing, NULL, &print.sink, &diag), &diag);

    if (rc != CLI_DONE) {
        return rc;
    }
    print.by_time = strcmp(spec->name, "print") == 0; /* convert keeps what is where */
    print.live = strcmp(out, "-") == 0 && isatty(STDOUT_FILENO) == 1;
    for (int i = 0; i < n_paths && !print.sink_failed; i++) {
        rc = run_worse(rc, print_file(&print, paths[i]));
    }
    /* What could be read is kept, whatever followed; of nothing there is no file. */
    if (print.any_opened && !print.sink_failed) {
        rc = run_worse(rc, run_sink_fail(out, scapf_sink_finish(print.sink), print.sink));
    }
    scapf_sink_free(print.sink);
    return run_filter_end(common, rc);
}
