/* SPDX-License-Identifier: Apache-2.0 */
/* Target: slices of arbitrary captures. The first four bytes choose: first and last number, a
 * filter, after how many records a new piece begins; the rest is the capture.
 * Traps: a slice that cannot be read to its end, that has not exactly the events and packets which
 * were counted as kept, whose pieces together have not each record of the capture once, or that is
 * another when records are taken in many at a time. */
#include <stdlib.h>
#include <string.h>

#include "scapfmt.h"
#include "target.h"

struct sums {
    uint64_t events, packets;
};

static void count(const struct scapf_record *rec, struct sums *sums)
{
    sums->packets += rec->packet != NULL;
    sums->events += rec->event != NULL;
}

static void read_back(struct scapf_sink *sink, struct sums *sums)
{
    size_t len;
    const uint8_t *bytes;
    struct scapf_reader *reader;
    struct scapf_record rec;
    enum scapf_status status;

    must(scapf_sink_finish(sink) == SCAPF_OK);
    bytes = scapf_sink_bytes(sink, &len);
    if (len == 0) {
        return;
    }
    reader = target_reader(bytes, len, NULL);
    while ((status = scapf_reader_next(reader, &rec)) == SCAPF_OK) {
        count(&rec, sums);
    }
    must(status == SCAPF_END);
    scapf_reader_free(reader);
}

struct run {
    struct scapf_slice *slice;
    struct scapf_sink *sink;
    unsigned every; /* records a piece, 0 = one piece */
    uint64_t n;
    struct sums in, out;
};

static void next_piece(struct run *run)
{
    struct scapf_sink *full = run->sink;

    must(scapf_sink_mem(SCAPF_PLAIN, NULL, &run->sink, NULL) == SCAPF_OK);
    must(scapf_slice_next(run->slice, run->sink) == SCAPF_OK);
    read_back(full, &run->out);
    scapf_sink_free(full);
}

static void slice_all(struct run *run, struct scapf_reader *reader)
{
    struct scapf_record rec;

    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        bool counts = rec.event != NULL || rec.packet != NULL;

        if (counts && run->every != 0 && ++run->n % run->every == 0) {
            next_piece(run);
        }
        count(&rec, &run->in);
        must(scapf_slice_put(run->slice, reader, &rec) == SCAPF_OK);
    }
}

/* The same slice, taken ahead as far as it goes. */
static void slice_ahead(const struct scapf_slice_opts *opts, const uint8_t *bytes, size_t len,
                        struct scapf_sink *once, const struct scapf_slice_counts *counts)
{
    struct scapf_reader *reader = target_reader(bytes, len, NULL);
    struct scapf_slice *slice;
    struct scapf_sink *sink;
    struct scapf_record rec;
    const uint8_t *a, *b;
    size_t a_len, b_len;

    if (opts->filter != NULL) {
        scapf_filter_restart(opts->filter);
    }
    must(scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL) == SCAPF_OK);
    must(scapf_slice_new(sink, opts, &slice) == SCAPF_OK);
    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        must(scapf_slice_put(slice, reader, &rec) == SCAPF_OK);
        must(scapf_slice_ahead(slice, reader) == SCAPF_OK);
    }
    must(scapf_slice_finish(slice) == SCAPF_OK);
    must(scapf_sink_finish(sink) == SCAPF_OK);
    a = scapf_sink_bytes(once, &a_len);
    b = scapf_sink_bytes(sink, &b_len);
    must(a_len == b_len && memcmp(a, b, a_len) == 0);
    must(memcmp(counts, scapf_slice_counts(slice), sizeof(*counts)) == 0);
    scapf_slice_free(slice);
    scapf_reader_free(reader);
    scapf_sink_free(sink);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const filters[] = {"evt.type=read", "evt.dir=< and fd.num>=0",
                                          "proc.name exists", "evt.num>3"};
    struct scapf_slice_opts opts = {.size = sizeof(opts)};
    struct run run = {.every = 0};
    struct scapf_reader *reader;
    const struct scapf_slice_counts *counts;

    if (size < 4) {
        return 0;
    }
    opts.first = data[0];
    opts.last = data[1] == 0 ? 0 : opts.first + data[1];
    run.every = data[3] % 32;
    opts.goes_on = run.every != 0;
    if (data[2] % 8 < 4) {
        must(scapf_filter_compile(filters[data[2] % 8], NULL, NULL, &opts.filter, NULL) ==
             SCAPF_OK);
    }
    must(scapf_sink_mem(SCAPF_PLAIN, NULL, &run.sink, NULL) == SCAPF_OK);
    must(scapf_slice_new(run.sink, &opts, &run.slice) == SCAPF_OK);
    reader = target_reader(data + 4, size - 4, NULL);
    slice_all(&run, reader);
    must(scapf_slice_finish(run.slice) == SCAPF_OK);
    read_back(run.sink, &run.out);
    counts = scapf_slice_counts(run.slice);
    must(run.out.events == counts->events + counts->state_events);
    must(run.out.packets == counts->packets);
    must(counts->events + counts->events_left == run.in.events);
    must(counts->packets + counts->packets_left == run.in.packets);
    if (!opts.goes_on) {
        slice_ahead(&opts, data + 4, size - 4, run.sink, counts);
    }
    scapf_slice_free(run.slice);
    scapf_filter_free(opts.filter);
    scapf_reader_free(reader);
    scapf_sink_free(run.sink);
    return 0;
}
