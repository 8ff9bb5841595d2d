/* SPDX-License-Identifier: Apache-2.0 */
/* Target: JSON records of any capture, joined to calls and not: each line is strict JSON in UTF-8,
 * no record is left out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "mutator.h"
#include "scapfmt.h"
#include "support/json_check.h"
#include "target.h"

/* One record more must be one line more. */
static uint64_t print_all(struct scapf_reader *reader, struct scapf_sink *sink, bool join)
{
    const struct scapf_printer_opts opts = {
        .size = sizeof(opts), .format = SCAPF_PRINT_JSON, .tables = true, .join = join};
    struct scapf_printer *printer;
    struct scapf_record rec;
    uint64_t n = 0;

    must(scapf_printer_new(sink, &opts, &printer) == SCAPF_OK);
    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        must(scapf_printer_put(printer, reader, &rec) == SCAPF_OK);
        n++;
    }
    must(scapf_printer_finish(printer) == SCAPF_OK);
    scapf_printer_free(printer);
    return n;
}

/* How often it stands in the text. No string has quotes in it that are not escaped. */
static uint64_t count(const uint8_t *text, size_t len, const char *what)
{
    const uint8_t *end = text + len;
    const uint8_t *at = text;
    uint64_t n = 0;

    while (at < end && (at = memmem(at, (size_t)(end - at), what, strlen(what))) != NULL) {
        at += strlen(what);
        n++;
    }
    return n;
}

static void judge_joined(const uint8_t *capture, size_t size, bool join)
{
    const struct scapf_reader_opts opts = {.size = sizeof(opts), .max_block = 1 << 20};
    struct scapf_reader *reader;
    struct scapf_sink *sink;
    const uint8_t *text;
    size_t len;
    size_t at;
    uint64_t records;

    reader = target_reader(capture, size, &opts);
    must(scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL) == SCAPF_OK);
    records = print_all(reader, sink, join);
    must(scapf_sink_finish(sink) == SCAPF_OK);
    text = scapf_sink_bytes(sink, &len);
    must(json_check_lines(text, len, &at) == NULL);
    must(count(text, len, "\n") + count(text, len, "\"enter\":{\"ordinal\":") == records);
    scapf_sink_free(sink);
    scapf_reader_free(reader);
}

static void judge(const uint8_t *capture, size_t size)
{
    judge_joined(capture, size, false);
    judge_joined(capture, size, true);
}

static void judge_events(const uint8_t *data, size_t size)
{
    struct mk m;

    events_of(&m, data, size);
    judge(m.o.bytes, m.o.len);
    mk_release(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4 && data[0] == 'E') {
        judge_events(data + 1, size - 1);
    } else {
        judge(data, size);
    }
    return 0;
}
