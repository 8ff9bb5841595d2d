/* SPDX-License-Identifier: Apache-2.0 */
#include "support/strace_run.h"

#include <stdlib.h>
#include <string.h>

struct text {
    const void *bytes;
    size_t len;
};

static enum scapf_status open_text(void *ctx, uint32_t i, struct scapf_src **src,
                                   struct scapf_diag *diag)
{
    const struct text *text = ctx;

    (void)i;
    return scapf_src_mem(text->bytes, text->len, NULL, src, diag);
}

struct run run_strace(const void *log, size_t len, const struct strace_convert_opts *opts)
{
    static const struct strace_convert_opts usual = {.pid = -1, .uid = -1};
    struct text text = {log, len};
    struct scapf_writer *writer;
    struct run run = {.status = SCAPF_E_NOMEM};

    if (scapf_sink_mem(SCAPF_PLAIN, NULL, &run.sink, NULL) != SCAPF_OK ||
        scapf_writer_new(run.sink, NULL, &writer) != SCAPF_OK) {
        return run;
    }
    run.status = strace_convert(open_text, &text, NULL, 1, opts != NULL ? opts : &usual, writer,
                                &run.verdict, &run.dialect, &run.diag);
    if (run.status == SCAPF_OK) {
        run.status = scapf_writer_finish(writer);
    }
    if (run.status == SCAPF_OK) {
        run.status = scapf_sink_finish(run.sink);
        run.bytes = scapf_sink_bytes(run.sink, &run.len);
    }
    scapf_writer_free(writer);
    return run;
}

void run_release(struct run *run)
{
    scapf_sink_free(run->sink);
    run->sink = NULL;
}

static char *printed(const struct run *run, enum scapf_print format, const char *columns)
{
    const struct scapf_printer_opts opts = {
        .size = sizeof(opts), .format = format, .columns = columns, .arch = "x86_64"};
    struct scapf_sink *out = NULL;
    struct scapf_printer *printer = NULL;
    struct scapf_reader *reader = NULL;
    struct scapf_src *src = NULL;
    struct scapf_record rec;
    char *text = NULL;

    if (run->bytes != NULL && scapf_sink_mem(SCAPF_PLAIN, NULL, &out, NULL) == SCAPF_OK &&
        scapf_printer_new(out, &opts, &printer) == SCAPF_OK &&
        scapf_src_mem(run->bytes, run->len, NULL, &src, NULL) == SCAPF_OK &&
        scapf_reader_new(src, NULL, &reader) == SCAPF_OK) {
        const uint8_t *bytes;
        size_t len;

        while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
            if (scapf_printer_put(printer, reader, &rec) != SCAPF_OK) {
                break;
            }
        }
        if (scapf_printer_finish(printer) == SCAPF_OK && scapf_sink_finish(out) == SCAPF_OK) {
            bytes = scapf_sink_bytes(out, &len);
            text = malloc(len + 1);
            if (text != NULL) {
                memcpy(text, bytes, len);
                text[len] = '\0';
            }
        }
    }
    scapf_reader_free(reader);
    scapf_printer_free(printer);
    scapf_sink_free(out);
    return text != NULL ? text : strdup("");
}

char *run_lines(const struct run *run, const char *columns)
{
    return printed(run, SCAPF_PRINT_LINE, columns);
}

char *run_json(const struct run *run)
{
    return printed(run, SCAPF_PRINT_JSON, NULL);
}

struct count {
    enum scapf_severity least;
    unsigned n;
};

static void count(void *ctx, const struct scapf_diag *diag)
{
    struct count *c = ctx;

    c->n += scapf_rule_get(diag->rule)->severity >= c->least;
}

unsigned run_findings(const struct run *run, enum scapf_severity severity)
{
    struct count c = {severity, 0};
    struct scapf_src *src;

    if (scapf_src_mem(run->bytes, run->len, NULL, &src, NULL) != SCAPF_OK ||
        scapf_check(src, NULL, count, &c, NULL) != SCAPF_OK) {
        return UINT32_MAX;
    }
    return c.n;
}
