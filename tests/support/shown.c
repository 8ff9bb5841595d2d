/* SPDX-License-Identifier: Apache-2.0 */
#include "support/shown.h"

#include <stdlib.h>
#include <string.h>

static void print_all(struct shown *s, struct scapf_reader *reader, struct scapf_printer *printer)
{
    struct scapf_record rec;

    while (s->put == SCAPF_OK && scapf_reader_next(reader, &rec) == SCAPF_OK) {
        s->put = scapf_printer_put(printer, reader, &rec);
    }
    s->finish = scapf_printer_finish(printer);
}

static void keep_text(struct shown *s, struct scapf_sink *sink)
{
    size_t len;
    const uint8_t *bytes = scapf_sink_bytes(sink, &len);

    s->text = calloc(1, len + 1);
    if (s->text == NULL) {
        abort();
    }
    if (len > 0) {
        memcpy(s->text, bytes, len);
    }
    s->len = len;
}

struct shown shown_make(const void *capture, size_t len, const struct scapf_printer_opts *opts,
                        const struct scapf_alloc *alloc)
{
    struct shown s = {0};
    struct scapf_printer_opts o = *opts;
    struct scapf_src *src;
    struct scapf_sink *sink;
    struct scapf_reader *reader;
    struct scapf_printer *printer;

    o.size = sizeof(o);
    o.alloc = alloc;
    if (scapf_src_mem(capture, len, NULL, &src, NULL) != SCAPF_OK ||
        scapf_reader_new(src, NULL, &reader) != SCAPF_OK ||
        scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL) != SCAPF_OK) {
        abort();
    }
    s.made = scapf_printer_new(sink, &o, &printer);
    if (s.made == SCAPF_OK) {
        print_all(&s, reader, printer);
        scapf_printer_free(printer);
    }
    if (scapf_sink_finish(sink) != SCAPF_OK) {
        abort();
    }
    keep_text(&s, sink);
    scapf_sink_free(sink);
    scapf_reader_free(reader);
    return s;
}

void shown_release(struct shown *s)
{
    free(s->text);
    s->text = NULL;
}
