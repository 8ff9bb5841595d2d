/* SPDX-License-Identifier: Apache-2.0 */
/* Target: JSON records of any capture, joined to calls and not: each line is strict JSON in UTF-8,
 * no record is left out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mutator.h"
#include "scapfmt.h"
#include "support/json_check.h"
#include "support/mk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "fuzz_json: %s\n", what);
        abort();
    }
}

/* One record more must be one line more. */
static uint64_t print_all(struct scapf_reader *reader, struct scapf_sink *sink, bool join)
{
    const struct scapf_printer_opts opts = {
        .size = sizeof(opts), .format = SCAPF_PRINT_JSON, .tables = true, .join = join};
    struct scapf_printer *printer;
    struct scapf_record rec;
    uint64_t n = 0;

    must(scapf_printer_new(sink, &opts, &printer) == SCAPF_OK, "no printer");
    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        must(scapf_printer_put(printer, reader, &rec) == SCAPF_OK, "a record was refused");
        n++;
    }
    must(scapf_printer_finish(printer) == SCAPF_OK, "the end was refused");
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
    struct scapf_src *src;
    struct scapf_reader *reader;
    struct scapf_sink *sink;
    const uint8_t *text;
    const char *wrong;
    size_t len;
    size_t at;
    uint64_t records;

    must(scapf_src_mem(capture, size, NULL, &src, NULL) == SCAPF_OK, "no source");
    must(scapf_reader_new(src, &opts, &reader) == SCAPF_OK, "no reader");
    must(scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL) == SCAPF_OK, "no sink");
    records = print_all(reader, sink, join);
    must(scapf_sink_finish(sink) == SCAPF_OK, "no text");
    text = scapf_sink_bytes(sink, &len);
    wrong = json_check_lines(text, len, &at);
    must(wrong == NULL, wrong);
    must(count(text, len, "\n") + count(text, len, "\"enter\":{\"ordinal\":") == records,
         "as many events in as many lines as records");
    scapf_sink_free(sink);
    scapf_reader_free(reader);
}

static void judge(const uint8_t *capture, size_t size)
{
    judge_joined(capture, size, false);
    judge_joined(capture, size, true);
}

/* An event out of the input: byte order, code, then parameters as a length and that many bytes.
 * Reaches the types of all parameters sooner than whole captures do. */
static void judge_event(const uint8_t *data, size_t size)
{
    const struct scapf_schema *schema = scapf_schema_builtin();
    uint16_t code = (uint16_t)((data[1] | data[2] << 8) % ((int)schema->n_events + 2));
    const struct scapf_event_info *info = scapf_schema_event(schema, code);
    bool large = info != NULL && (info->flags & SCAPF_EF_LARGE_PAYLOAD) != 0;
    struct mk m;
    size_t at = 3;

    mk_init(&m, (data[0] & 1) != 0);
    mk_shb(&m, 2);
    mk_ev_begin(&m, large ? SCAPF_BLOCK_EV_V2_LARGE : SCAPF_BLOCK_EV_V2, 1, 2, 3, code);
    for (int i = 0; at < size && i < 34; i++) {
        size_t len = data[at++];

        len = len < size - at ? len : size - at;
        mk_param(&m, data + at, (uint32_t)len);
        at += len;
    }
    mk_ev_end(&m);
    judge(m.o.bytes, m.o.len);
    mk_release(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4 && data[0] == 'E') {
        judge_event(data + 1, size - 1);
    } else {
        judge(data, size);
    }
    return 0;
}
