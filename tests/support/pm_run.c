/* SPDX-License-Identifier: Apache-2.0 */
#include "support/pm_run.h"

#include <stdlib.h>
#include <string.h>

static bool read_all(enum pm_format format, const void *bytes, size_t len,
                     const struct pm_convert_opts *opts, struct pm_conv *conv,
                     struct pm_fault *fault)
{
    const struct pm_read_opts read = {.lenient = opts->lenient,
                                      .repairs = &pm_conv_verdict(conv)->repairs,
                                      .keep = opts->keep == PM_KEEP_ALL,
                                      .stacks = opts->map_images};
    struct scapf_src *src;
    bool ok;

    if (format == PM_PML) {
        return pm_pml_read(bytes, len, &read, pm_conv_handler(conv), fault);
    }
    if (scapf_src_mem(bytes, len, NULL, &src, &fault->diag) != SCAPF_OK) {
        fault->wrong = PM_SYSTEM;
        return false;
    }
    ok = format == PM_CSV ? pm_csv_read(src, &read, pm_conv_handler(conv), fault)
                          : pm_xml_read(src, &read, pm_conv_handler(conv), fault);
    scapf_src_free(src);
    return ok;
}

static enum scapf_status put_together(struct pm_run *run, struct pm_conv *conv,
                                      const struct scapf_sink *spool)
{
    struct scapf_writer *writer = NULL;
    struct scapf_src *src = NULL;
    const uint8_t *bytes;
    size_t len;
    enum scapf_status status;

    bytes = scapf_sink_bytes(spool, &len);
    status = scapf_sink_mem(SCAPF_PLAIN, NULL, &run->run.sink, NULL);
    status = status == SCAPF_OK ? scapf_writer_new(run->run.sink, NULL, &writer) : status;
    status = status == SCAPF_OK ? scapf_src_mem(bytes, len, NULL, &src, NULL) : status;
    status = status == SCAPF_OK ? pm_conv_write(conv, src, writer) : status;
    status = status == SCAPF_OK ? scapf_writer_finish(writer) : status;
    status = status == SCAPF_OK ? scapf_sink_finish(run->run.sink) : status;
    if (status == SCAPF_OK) {
        run->run.bytes = scapf_sink_bytes(run->run.sink, &run->run.len);
    }
    scapf_writer_free(writer);
    return status;
}

struct pm_run run_pm(enum pm_format format, const void *bytes, size_t len,
                     const struct pm_convert_opts *opts)
{
    static const struct pm_convert_opts usual = {0};
    struct pm_run run = {.run.status = SCAPF_E_NOMEM};
    struct scapf_sink *sink = NULL;
    struct scapf_writer *spool = NULL;
    struct pm_conv *conv = NULL;
    enum scapf_status status = scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL);

    opts = opts != NULL ? opts : &usual;
    status = status == SCAPF_OK ? scapf_writer_new(sink, NULL, &spool) : status;
    status = status == SCAPF_OK ? pm_conv_new(opts, spool, &conv) : status;
    if (status == SCAPF_OK && !read_all(format, bytes, len, opts, conv, &run.fault)) {
        status = pm_conv_status(conv, &run.fault);
        status = status == SCAPF_OK ? SCAPF_E_FORMAT : status;
    }
    status = status == SCAPF_OK ? pm_conv_end(conv) : status;
    status = status == SCAPF_OK ? scapf_sink_finish(sink) : status;
    status = status == SCAPF_OK ? put_together(&run, conv, sink) : status;
    run.run.status = status;
    if (conv != NULL) {
        run.verdict = *pm_conv_verdict(conv);
    }
    pm_conv_free(conv);
    scapf_writer_free(spool);
    scapf_sink_free(sink);
    return run;
}

char *pm_for_parser(const char *xml, size_t len, size_t *n)
{
    static const char event[] = "<event>";
    static const char nothing[] = "<!-- -->";
    char *to = malloc(len + len / (sizeof(event) - 1) * (sizeof(nothing) - 1) + 1);
    const char *end = xml + len;
    const char *next;

    *n = 0;
    while (to != NULL && xml < end) {
        next = memmem(xml, (size_t)(end - xml), event, sizeof(event) - 1);
        next = next != NULL ? next + sizeof(event) - 1 : end;
        memcpy(to + *n, xml, (size_t)(next - xml));
        *n += (size_t)(next - xml);
        xml = next;
        if (xml < end) {
            memcpy(to + *n, nothing, sizeof(nothing) - 1);
            *n += sizeof(nothing) - 1;
        }
    }
    return to;
}
