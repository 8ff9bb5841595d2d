/* SPDX-License-Identifier: Apache-2.0 */
/* Target: arbitrary captures, redacted. The first byte is the policy; the rest is the capture.
 * Traps: a record that does not read as one again, an event with another number of parameters, or
 * data or an environment that is still there. */
#include <string.h>

#include "scapfmt.h"
#include "target.h"

/* Data has zeroes only, an environment is empty. */
static void look_at_event(const struct scapf_event *ev, unsigned what)
{
    const uint8_t *p;
    uint32_t n;

    for (uint32_t i = 0; ev->info != NULL && i < ev->info->n_params && i < ev->n_params; i++) {
        const struct scapf_param_info *info = &ev->info->params[i];

        if (info->type != SCAPF_PT_BYTEBUF || scapf_event_param(ev, i, &p, &n) != SCAPF_OK) {
            continue;
        }
        must((what & SCAPF_REDACT_ENV) == 0 || strcmp(info->name, "env") != 0 || n == 0);
        for (uint32_t k = 0;
             (what & SCAPF_REDACT_BUFFERS) != 0 && strcmp(info->name, "data") == 0 && k < n; k++) {
            must(p[k] == 0);
        }
    }
}

static void redact_one(struct scapf_redact *redact, unsigned what, struct scapf_sink *sink,
                       const struct scapf_record *rec, uint64_t *n)
{
    struct scapf_record out;
    enum scapf_status status = scapf_redact_record(redact, rec, &out);

    must(status == SCAPF_OK || status == SCAPF_END);
    if (status == SCAPF_END) {
        must(rec->kind != SCAPF_KIND_SECTION || rec->raw_len < 28);
        return;
    }
    must(out.kind == rec->kind && (out.event == NULL) == (rec->event == NULL) &&
         (out.packet == NULL) == (rec->packet == NULL));
    if (out.event != NULL) {
        must(out.event->n_params == rec->event->n_params && out.event->tid == rec->event->tid &&
             out.event->ts_ns == rec->event->ts_ns);
        look_at_event(out.event, what);
    }
    must(scapf_sink_write(sink, out.raw, out.raw_len) == SCAPF_OK);
    *n += 1;
}

/* What came out is a capture of as many records. */
static void read_back(struct scapf_sink *sink, uint64_t n)
{
    struct scapf_reader *reader;
    struct scapf_record rec;
    enum scapf_status status;
    size_t len;
    const uint8_t *bytes;

    must(scapf_sink_finish(sink) == SCAPF_OK);
    bytes = scapf_sink_bytes(sink, &len);
    if (len == 0) {
        return;
    }
    reader = target_reader(bytes, len, NULL);
    while ((status = scapf_reader_next(reader, &rec)) == SCAPF_OK) {
        must(rec.damage == NULL || rec.kind == SCAPF_KIND_SECTION ||
             rec.kind == SCAPF_KIND_INTERFACE);
        n--;
    }
    must(status == SCAPF_END && n == 0);
    scapf_reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scapf_redact_opts opts = {.size = sizeof(opts), .key = "key", .key_len = 3};
    struct scapf_redact *redact;
    struct scapf_reader *reader;
    struct scapf_sink *sink;
    struct scapf_record rec;
    uint64_t n = 0;

    if (size < 2) {
        return 0;
    }
    opts.what = data[0] & SCAPF_REDACT_ALL;
    must(scapf_redact_new(&opts, &redact) == SCAPF_OK);
    must(scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL) == SCAPF_OK);
    reader = target_reader(data + 1, size - 1, NULL);
    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        redact_one(redact, opts.what != 0 ? opts.what : SCAPF_REDACT_DEFAULT, sink, &rec, &n);
    }
    read_back(sink, n);
    scapf_reader_free(reader);
    scapf_redact_free(redact);
    scapf_sink_free(sink);
    return 0;
}
