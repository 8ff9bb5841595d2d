/* SPDX-License-Identifier: Apache-2.0 */
/* Target: read, write verbatim and rebuild: the same bytes, the same events. */
#include "mutator.h"
#include "target.h"
#include "walk.h"

struct output {
    struct scapf_sink *sink;
    struct scapf_writer *writer;
};

static void open_output(struct output *out, enum scapf_container container, bool big)
{
    const struct scapf_writer_opts opts = {
        .size = sizeof(opts), .container = container, .big_endian = big};

    must(scapf_sink_mem(SCAPF_PLAIN, NULL, &out->sink, NULL) == SCAPF_OK);
    must(scapf_writer_new(out->sink, &opts, &out->writer) == SCAPF_OK);
}

static const uint8_t *finish_output(struct output *out, size_t *len)
{
    must(scapf_writer_finish(out->writer) == SCAPF_OK);
    must(scapf_sink_finish(out->sink) == SCAPF_OK);
    return scapf_sink_bytes(out->sink, len);
}

static void close_output(struct output *out)
{
    scapf_writer_free(out->writer);
    scapf_sink_free(out->sink);
}

/* Verbatim: everything up to the damage, byte for byte. */
static void copy(const uint8_t *data, size_t size)
{
    struct scapf_reader *reader = walk_open(data, size);
    struct output out = {NULL, NULL};
    struct scapf_record rec;
    const uint8_t *bytes;
    size_t len = 0;

    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        if (out.writer == NULL) {
            open_output(&out,
                        scapf_reader_section(reader)->is_pcap ? SCAPF_CONTAINER_PCAP
                                                              : SCAPF_CONTAINER_PCAPNG,
                        false);
        }
        must(scapf_writer_put(out.writer, &rec) == SCAPF_OK);
    }
    if (out.writer != NULL) {
        bytes = finish_output(&out, &len);
        must(len == scapf_reader_ledger(reader)->bytes);
        must(!walk_is_plain(reader) || memcmp(bytes, data, len) == 0);
        close_output(&out);
    }
    scapf_reader_free(reader);
}

/* Can the writer hold it? Codes it knows, in the blocks it makes, without bytes between. */
static bool rebuild(struct output *out, const struct scapf_event *ev)
{
    const struct scapf_event_header header = {ev->code, ev->cpu, ev->flags, ev->ts_ns, ev->tid};
    enum scapf_status status;

    if (ev->info == NULL || !ev->has_params || ev->len > 60000) {
        return false;
    }
    must(scapf_writer_event(out->writer, &header) == SCAPF_OK);
    for (uint32_t i = 0; i < ev->n_params; i++) {
        const uint8_t *p;
        uint32_t n;
        struct scapf_value v;

        must(scapf_event_param(ev, i, &p, &n) == SCAPF_OK);
        status = scapf_event_value(ev, i, &v, NULL);
        if (status == SCAPF_OK && v.type != SCAPF_PT_DYN && v.variant < 0 &&
            (v.kind == SCAPF_VALUE_SIGNED || v.kind == SCAPF_VALUE_UNSIGNED)) {
            must(scapf_writer_param_int(
                     out->writer, v.kind == SCAPF_VALUE_SIGNED ? (uint64_t)v.i : v.u) == SCAPF_OK);
        } else {
            must(scapf_writer_param(out->writer, p, n) == SCAPF_OK);
        }
    }
    must(scapf_writer_event_end(out->writer) == SCAPF_OK);
    return true;
}

static void same_event(const struct scapf_event *a, const struct scapf_event *b)
{
    must(a->code == b->code && a->cpu == b->cpu && a->ts_ns == b->ts_ns && a->tid == b->tid);
    must(a->flags == b->flags && a->n_params == b->n_params);
    for (uint32_t i = 0; i < a->n_params; i++) {
        const uint8_t *pa;
        const uint8_t *pb;
        uint32_t na;
        uint32_t nb;

        must(scapf_event_param(a, i, &pa, &na) == SCAPF_OK);
        must(scapf_event_param(b, i, &pb, &nb) == SCAPF_OK);
        must(na == nb && memcmp(pa, pb, na) == 0);
    }
}

/* Every event built anew, in sections of the order it had; then both are read side by side. */
static void events(const uint8_t *data, size_t size)
{
    struct scapf_reader *reader = walk_open(data, size);
    struct scapf_reader *back;
    struct output out;
    struct scapf_record rec;
    struct scapf_record got;
    const uint8_t *bytes;
    size_t len;
    uint64_t n = 0;
    bool big = false;
    bool known = false;

    while (!known && scapf_reader_next(reader, &rec) == SCAPF_OK) {
        known = rec.event != NULL;
        big = rec.big_endian;
    }
    scapf_reader_free(reader);
    if (!known) {
        return;
    }
    open_output(&out, SCAPF_CONTAINER_PCAPNG, big);
    must(scapf_writer_section(out.writer, 2) == SCAPF_OK);
    reader = walk_open(data, size);
    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        if (rec.event != NULL && rec.big_endian == big) {
            n += rebuild(&out, rec.event);
        }
    }
    scapf_reader_free(reader);
    bytes = finish_output(&out, &len);
    back = walk_open(bytes, len);
    must(scapf_reader_next(back, &got) == SCAPF_OK);
    reader = walk_open(data, size);
    while (n > 0 && scapf_reader_next(reader, &rec) == SCAPF_OK) {
        if (rec.event != NULL && rec.big_endian == big && rec.event->info != NULL &&
            rec.event->has_params && rec.event->len <= 60000) {
            must(scapf_reader_next(back, &got) == SCAPF_OK && got.event != NULL);
            same_event(rec.event, got.event);
            n--;
        }
    }
    must(n == 0 && scapf_reader_next(back, &got) == SCAPF_END);
    scapf_reader_free(reader);
    scapf_reader_free(back);
    close_output(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    copy(data, size);
    events(data, size);
    return 0;
}
