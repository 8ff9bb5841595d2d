/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "support/feed.h"
#include "support/rd.h"

/* Put a capture through a slice; the sink with what came out is the caller's. */
static struct scapf_sink *slice_of(const struct mk *m, const struct scapf_slice_opts *opts,
                                   struct scapf_slice_counts *counts)
{
    struct scapf_reader *reader;
    struct scapf_record rec;
    struct scapf_sink *sink;
    struct scapf_slice *slice;

    reader = rd_reader(m->o.bytes, m->o.len);
    cr_assert_eq(scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL), SCAPF_OK);
    cr_assert_eq(scapf_slice_new(sink, opts, &slice), SCAPF_OK);
    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        cr_assert_eq(scapf_slice_put(slice, reader, &rec), SCAPF_OK);
    }
    cr_assert_eq(scapf_slice_finish(slice), SCAPF_OK);
    cr_assert_eq(scapf_sink_finish(sink), SCAPF_OK);
    *counts = *scapf_slice_counts(slice);
    scapf_slice_free(slice);
    scapf_reader_free(reader);
    return sink;
}

/* Codes of the events that came out, state-only ones first negated. */
static unsigned codes_of(const struct scapf_sink *sink, int *codes, unsigned max)
{
    struct scapf_reader *reader;
    struct scapf_record rec;
    size_t len;
    const uint8_t *bytes = scapf_sink_bytes(sink, &len);
    unsigned n = 0;

    reader = rd_reader(bytes, len);
    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        if (rec.event != NULL && n < max) {
            codes[n++] = rec.event->flags != 0 ? -(int)rec.event->code : (int)rec.event->code;
        }
    }
    scapf_reader_free(reader);
    return n;
}

static void begin(struct feed *f)
{
    feed_init(f);
    put_process(&f->m, 7, 7, "seven", 0);
}

/* A socket without an address and a call that is entered come before the first kept event. */
Test(slice, state_before_the_cut)
{
    static const int want[] = {-SOCKET_E, -SOCKET_X, -CLOSE_E, CLOSE_X};
    struct scapf_slice_opts opts = {.size = sizeof(opts), .first = 3};
    struct scapf_slice_counts counts;
    struct feed f;
    int codes[8] = {0};
    struct scapf_sink *sink;

    begin(&f);
    EV(7, SOCKET_X, 4, NUM("fd", 5), NUM("domain", 2), NUM("type", 1), NUM("proto", 0));
    EV(7, CLOSE_E, 1, NUM("fd", 5));
    EV(7, CLOSE_X, 2, NUM("res", 0), NUM("fd", 5));
    sink = slice_of(&f.m, &opts, &counts);
    cr_expect_eq(codes_of(sink, codes, 8), 4);
    for (size_t i = 0; i < 4; i++) {
        cr_expect_eq(codes[i], want[i], "event %zu: %d instead of %d", i, codes[i], want[i]);
    }
    cr_expect_eq(counts.events, 1);
    cr_expect_eq(counts.events_left, 2);
    cr_expect_eq(counts.state_events, 3);
    scapf_sink_free(sink);
    mk_release(&f.m);
}

/* Without a choice nothing is changed. */
Test(slice, all_is_the_same)
{
    struct scapf_slice_counts counts;
    struct feed f;
    struct scapf_sink *sink;
    size_t len;
    const uint8_t *bytes;

    begin(&f);
    EV(7, CLOSE_X, 2, NUM("res", 0), NUM("fd", 5));
    sink = slice_of(&f.m, NULL, &counts);
    bytes = scapf_sink_bytes(sink, &len);
    cr_expect_eq(len, f.m.o.len);
    cr_expect(len == f.m.o.len && memcmp(bytes, f.m.o.bytes, len) == 0);
    scapf_sink_free(sink);
    mk_release(&f.m);
}

Test(slice, nothing_kept_is_nothing_written)
{
    struct scapf_slice_opts opts = {.size = sizeof(opts), .first = 9};
    struct scapf_slice_counts counts;
    struct feed f;
    struct scapf_sink *sink;
    size_t len;

    begin(&f);
    EV(7, CLOSE_X, 2, NUM("res", 0), NUM("fd", 5));
    sink = slice_of(&f.m, &opts, &counts);
    (void)scapf_sink_bytes(sink, &len);
    cr_expect_eq(len, 0);
    cr_expect_eq(counts.sections_left, 1);
    scapf_sink_free(sink);
    mk_release(&f.m);
}

Test(slice, wrong_calls)
{
    struct scapf_slice_opts opts = {.size = 1};
    struct scapf_slice *slice;
    struct scapf_sink *sink;

    cr_assert_eq(scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL), SCAPF_OK);
    cr_expect_eq(scapf_slice_new(sink, &opts, &slice), SCAPF_E_USAGE);
    cr_expect_eq(scapf_slice_new(NULL, NULL, &slice), SCAPF_E_USAGE);
    cr_assert_eq(scapf_slice_new(sink, NULL, &slice), SCAPF_OK);
    cr_expect_eq(scapf_slice_next(slice, sink), SCAPF_E_USAGE);
    scapf_slice_free(slice);
    scapf_slice_free(NULL);
    scapf_sink_free(sink);
}
