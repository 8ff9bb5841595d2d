/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "support/feed.h"
#include "support/rd.h"
#include "transform/slice.h"

/* Put a capture through a slice, record by record or as far ahead as it can be seen. */
static struct scapf_sink *slice_how(const struct mk *m, const struct scapf_slice_opts *opts,
                                    bool ahead, struct scapf_slice_counts *counts,
                                    struct scapf_ledger *ledger)
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
        cr_assert(!ahead || scapf_slice_ahead(slice, reader) == SCAPF_OK);
    }
    cr_assert_eq(scapf_slice_finish(slice), SCAPF_OK);
    cr_assert_eq(scapf_sink_finish(sink), SCAPF_OK);
    *counts = *scapf_slice_counts(slice);
    *ledger = *scapf_reader_ledger(reader);
    scapf_slice_free(slice);
    scapf_reader_free(reader);
    return sink;
}

/* The sink with what came out is the caller's. Both ways make the same. */
static struct scapf_sink *slice_of(const struct mk *m, const struct scapf_slice_opts *opts,
                                   struct scapf_slice_counts *counts)
{
    struct scapf_slice_counts other_counts;
    struct scapf_ledger ledger, other_ledger;
    struct scapf_sink *sink = slice_how(m, opts, true, counts, &ledger);
    struct scapf_sink *other;
    size_t len, other_len;
    const uint8_t *bytes = scapf_sink_bytes(sink, &len);

    if (opts != NULL && opts->filter != NULL) {
        scapf_filter_restart(opts->filter);
    }
    other = slice_how(m, opts, false, &other_counts, &other_ledger);
    cr_assert_arr_eq(counts, &other_counts, sizeof(other_counts));
    cr_assert_arr_eq(&ledger, &other_ledger, sizeof(ledger));
    cr_assert_eq(memcmp(bytes, scapf_sink_bytes(other, &other_len), len), 0);
    cr_assert_eq(len, other_len);
    scapf_sink_free(other);
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

/* Packets of interfaces with all sorts of units, times that go back, damage in between: a range of
 * time takes what lies in it, whichever way it is looked at. */
Test(slice, packets_by_time)
{
    static const struct {
        uint8_t resolution;
        int8_t offset;
        uint64_t per_second;
    } units[] = {{6, 0, 1000000}, {9, 0, 1000000000}, {3, 100, 1000},
                 {0x8A, 0, 1024}, {0, -5, 1},         {12, 0, 1000000000000}};
    struct scapf_slice_opts opts = {.size = sizeof(opts)};
    struct scapf_slice_counts counts;
    struct mk m;

    for (int big_endian = 0; big_endian < 2; big_endian++) {
        mk_init(&m, big_endian);
        mk_shb(&m, 0);
        for (size_t i = 0; i < 6; i++) {
            mk_idb_begin(&m, 1, 0);
            mk_opt_u8(&m, 9, units[i].resolution);
            mk_opt_u64(&m, 14, (uint64_t)(int64_t)units[i].offset);
            mk_opt_end(&m);
            mk_end(&m);
        }
        for (uint32_t i = 0; i < 600; i++) { /* times from 1000 to 1008 s, up and down */
            uint32_t id = i / 7 % 6;
            uint64_t at = (1000 + i % 9 - (uint64_t)units[id].offset) * units[id].per_second;

            mk_epb(&m, id, at, "abcdefg", i % 8);
            if (i % 100 == 50) {
                mk_epb(&m, 99, at, "no interface", 12);
                mk_spb(&m, "no time", 7, 7);
            }
        }
        for (uint64_t from = 998; from < 1011; from += 3) {
            for (uint64_t to = from + 1; to < 1013; to += 2) {
                opts.from_ns = from * UINT64_C(1000000000);
                opts.to_ns = to * UINT64_C(1000000000) - (to & 2);
                scapf_sink_free(slice_of(&m, &opts, &counts));
                cr_expect_eq(counts.packets + counts.packets_left, 606);
                cr_expect_eq(counts.no_time, 6);
                opts.first = from - 900;
                opts.last = to - 600;
                scapf_sink_free(slice_of(&m, &opts, &counts));
                opts.first = opts.last = 0;
            }
        }
        opts.from_ns = UINT64_C(1002000000000);
        opts.to_ns = UINT64_C(1004000000000);
        scapf_sink_free(slice_of(&m, &opts, &counts));
        cr_expect_eq(counts.packets, 134);
        mk_release(&m);
    }
}

/* Events behind the end, more than are remembered, and then some before it again. */
Test(slice, events_by_time)
{
    static const uint8_t data[6000];
    struct scapf_slice_opts opts = {.size = sizeof(opts), .from_ns = 20, .to_ns = 400};
    struct scapf_slice_counts counts;
    struct feed f;

    begin(&f);
    for (unsigned i = 0; i < 900; i++) {
        uint64_t ts = i % 450 < 40 ? i % 450 : 450 + i % 450;

        mk_ev_begin(&f.m, i % 5 == 0 ? SCAPF_BLOCK_EV_V2 : SCAPF_BLOCK_EVF_V2, 0, ts, 7, OPEN_E);
        mk_param_u64(&f.m, 3);
        mk_param(&f.m, data, sizeof(data));
        mk_ev_end(&f.m);
        if (i % 50 == 49) { /* of no known code; cut off */
            mk_ev_begin(&f.m, SCAPF_BLOCK_EV_V2, 0, ts, 7, 4000);
            mk_ev_end(&f.m);
            mk_begin(&f.m, SCAPF_BLOCK_EV_V2);
            mk_u64(&f.m, 0);
            mk_end(&f.m);
        }
    }
    scapf_sink_free(slice_of(&f.m, &opts, &counts));
    cr_expect_eq(counts.events, 40);
    cr_expect_eq(counts.events_left, 900 + 18 - 40);
    opts.first = 30;
    opts.last = 470;
    scapf_sink_free(slice_of(&f.m, &opts, &counts));
    opts.from_ns = opts.to_ns = 0;
    scapf_sink_free(slice_of(&f.m, &opts, &counts));
    cr_expect_eq(counts.events, 441 + 9);
    mk_release(&f.m);
}

/* Once the filter has refused a code, such events are passed over without a record; what is written
 * is the same. An enter event stands before its own exit only, calls that failed leave no state,
 * but for a close, and two threads do not get into each other's way. */
Test(slice, events_the_filter_refuses)
{
    static const int want[] = {DUP_E, -SENDTO_E, -SENDTO_X, -OPEN_E,  -OPEN_X, -CLOSE_E, -CLOSE_X,
                               DUP_E, -OPEN_X,   -CLOSE_E,  -CLOSE_X, -OPEN_E, -OPEN_X,  DUP_X};
    struct scapf_slice_opts opts = {.size = sizeof(opts)};
    struct scapf_slice_counts counts;
    struct feed f;
    struct scapf_sink *sink;
    int codes[64] = {0};
    unsigned n;

    cr_assert_eq(scapf_filter_compile("evt.type=dup", NULL, NULL, &opts.filter, NULL), SCAPF_OK);
    begin(&f);
    put_process(&f.m, 8, 8, "eight", 0);
    EV(7, DUP_E, 1, NUM("fd", 5));
    for (int round = 0; round < 2; round++) {
        bool shown = round == 1;

        EV0(7, OPEN_E);
        EV(7, SENDTO_E, 1, NUM("fd", 5)); /* another enter event takes the place of the open */
        EV(7, SENDTO_X, 1, NUM("res", shown ? -11 : 1));
        if (shown) {
            EV(7, OPEN_X, 2, NUM("fd", 6), TXT("name", "/a"));
        } else {
            EV0(7, OPEN_E);
            EV0(8, OPEN_E);
            EV(7, OPEN_X, 2, NUM("fd", 6), TXT("name", "/a"));
            EV(8, OPEN_X, 2, NUM("fd", -2), TXT("name", "/b"));
        }
        EV(7, CLOSE_E, 1, NUM("fd", 6));
        EV(7, CLOSE_X, 1, NUM("res", -4));
        if (!shown) {
            EV(7, DUP_E, 1, NUM("fd", 5));
        }
    }
    EV0(8, OPEN_E);
    EV(8, OPEN_X, 2, NUM("fd", 9), TXT("name", "/c"));
    EV(7, DUP_X, 1, NUM("res", 10));
    sink = slice_of(&f.m, &opts, &counts);
    n = codes_of(sink, codes, 64);
    cr_expect_eq(n, sizeof(want) / sizeof(want[0]));
    for (size_t i = 0; i < n && i < sizeof(want) / sizeof(want[0]); i++) {
        cr_expect_eq(codes[i], want[i], "event %zu: %d instead of %d", i, codes[i], want[i]);
    }
    cr_expect_eq(counts.events, 3);
    scapf_sink_free(sink);
    /* by number and time too; what lies outside is written as state all the same */
    for (opts.first = 1; opts.first < 6; opts.first++) {
        opts.last = 15 + opts.first;
        scapf_filter_restart(opts.filter);
        scapf_sink_free(slice_of(&f.m, &opts, &counts));
    }
    scapf_filter_free(opts.filter);
    mk_release(&f.m);
}

/* What is kept of a capture when only the processes of kept events are written. */
static struct scapf_sink *prune_of(const struct mk *m, struct scapf_slice_opts opts,
                                   struct scapf_slice_counts *counts)
{
    struct scapf_slice_opts survey = {
        .size = sizeof(opts), .survey = true, .filter = opts.filter, .first = opts.first};
    struct scapf_ledger ledger;
    struct scapf_slice *slice;
    struct scapf_record rec;
    struct scapf_reader *reader = rd_reader(m->o.bytes, m->o.len);
    struct scapf_sink *sink, *nowhere;

    scapf_filter_restart(opts.filter);
    cr_assert_eq(scapf_sink_mem(SCAPF_PLAIN, NULL, &nowhere, NULL), SCAPF_OK);
    cr_assert_eq(scapf_slice_new(nowhere, &survey, &slice), SCAPF_OK);
    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        cr_assert_eq(scapf_slice_put(slice, reader, &rec), SCAPF_OK);
    }
    cr_assert_eq(scapf_slice_finish(slice), SCAPF_OK);
    scapf_filter_restart(opts.filter);
    opts.prune = slice;
    sink = slice_how(m, &opts, false, counts, &ledger);
    scapf_slice_free(slice);
    scapf_sink_free(nowhere);
    scapf_reader_free(reader);
    return sink;
}

/* What a process does behind the last event that is kept of it is not written, not even as state:
 * without a choice of processes when nothing kept follows at all, with one when nothing of its own
 * or of its children follows. */
Test(slice, state_nobody_needs)
{
    static const int all[] = {DUP_E, DUP_E, -OPEN_E, -OPEN_X, -OPEN_E, -OPEN_X, DUP_E};
    static const int of_wanted[] = {DUP_E, DUP_E, -OPEN_E, -OPEN_X, DUP_E};
    struct scapf_slice_opts opts = {.size = sizeof(opts)};
    struct scapf_slice_counts counts;
    struct feed f;
    struct scapf_sink *sink;
    int codes[16] = {0};

    cr_assert_eq(scapf_filter_compile("evt.type=dup", NULL, NULL, &opts.filter, NULL), SCAPF_OK);
    begin(&f);
    put_process(&f.m, 8, 8, "eight", 0);
    EV(7, DUP_E, 1, NUM("fd", 5));
    EV(8, DUP_E, 1, NUM("fd", 5));
    for (int64_t tid = 7; tid <= 8; tid++) {
        EV0(tid, OPEN_E);
        EV(tid, OPEN_X, 2, NUM("fd", 6), TXT("name", "/a"));
    }
    EV(7, DUP_E, 1, NUM("fd", 6));
    EV0(7, OPEN_E);
    EV(7, OPEN_X, 2, NUM("fd", 7), TXT("name", "/b"));

    sink = slice_of(&f.m, &opts, &counts);
    cr_assert_eq(codes_of(sink, codes, 16), 7);
    cr_expect_arr_eq(codes, all, sizeof(all));
    cr_expect_eq(counts.state_events, 4);
    scapf_sink_free(sink);

    sink = prune_of(&f.m, opts, &counts);
    cr_assert_eq(codes_of(sink, codes, 16), 5);
    cr_expect_arr_eq(codes, of_wanted, sizeof(of_wanted));
    cr_expect_eq(counts.state_events, 2);
    scapf_sink_free(sink);
    scapf_filter_free(opts.filter);
    mk_release(&f.m);
}

static void clone_exit(struct feed *f, int64_t tid, int64_t res, int64_t ptid)
{
    const struct param params[] = {NUM("res", res),   NUM("tid", tid),  NUM("pid", tid),
                                   NUM("ptid", ptid), NUM("vtid", tid), NUM("vpid", tid),
                                   TXT("exe", "x"),   TXT("comm", "x"), {.name = NULL}};

    put_event(&f->m, tid, CLONE_20_X, 0, params);
}

/* 7 is kept, makes 8, of which nothing is, and that makes 9, which is kept. As long as 8 is what 7
 * was, 9 has the names that it inherits; then it has none, and never those of 7. A kept clone has
 * the same effect, and one that returns after its child ran. */
Test(slice, pruned_between_kept_ones)
{
    static const struct {
        const char *filter;
        bool changes, late;
        int codes[8];
        const char *name;
    } cases[] = {
        {"evt.type=dup", false, false, {DUP_E, -CLONE_20_X, -CLONE_20_X, DUP_E}, "/of-7"},
        {"evt.type=dup", true, false, {DUP_E, -CLONE_20_X, -16, -CLONE_20_X, DUP_E}, NULL},
        {"evt.type=dup", true, true, {DUP_E, -CLONE_20_X, DUP_E}, NULL},
        {"evt.type=dup or thread.tid=7",
         true,
         false,
         {DUP_E, CLONE_20_X, -16, -CLONE_20_X, DUP_E},
         NULL},
        {"evt.type=dup or thread.tid=7",
         true,
         true,
         {DUP_E, CLONE_20_X, -16, -CLONE_20_X, DUP_E},
         NULL},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct scapf_slice_opts opts = {.size = sizeof(opts), .first = 2};
        struct scapf_slice_counts counts;
        struct feed f, part;
        struct scapf_sink *sink;
        struct scapf_fd fd;
        const uint8_t *bytes;
        size_t len;
        unsigned n = 0;
        int codes[16] = {0};

        cr_assert_eq(scapf_filter_compile(cases[i].filter, NULL, NULL, &opts.filter, NULL),
                     SCAPF_OK);
        begin(&f);
        EV(7, OPEN_X, 0, NUM("fd", 6), TXT("name", "/of-7"));
        EV(7, DUP_E, 1, NUM("fd", 6));
        if (!cases[i].late) {
            clone_exit(&f, 7, 8, 1);
        }
        clone_exit(&f, 8, 0, 7);
        if (cases[i].changes) {
            EV(8, OPEN_X, 0, NUM("fd", 6), TXT("name", "/of-8"));
        }
        if (cases[i].late) {
            clone_exit(&f, 7, 8, 1);
        }
        clone_exit(&f, 8, 9, 7);
        clone_exit(&f, 9, 0, 8);
        EV(9, DUP_E, 1, NUM("fd", 6));
        sink = prune_of(&f.m, opts, &counts);
        while (n < 8 && cases[i].codes[n] != 0) {
            n++;
        }
        cr_expect_eq(codes_of(sink, codes, 16), n, "case %zu", i);
        for (unsigned k = 0; k < n; k++) {
            cr_expect_eq(codes[k], cases[i].codes[k], "case %zu: event %u is %d", i, k, codes[k]);
        }
        bytes = scapf_sink_bytes(sink, &len);
        mk_init(&part.m, MK_LITTLE);
        out_bytes(&part.m.o, bytes, len);
        feed_open(&part, NULL);
        feed_events(&part, n);
        if (cases[i].name != NULL) {
            EXPECT_STR(fd_name(&part, 9, 6), cases[i].name);
        } else {
            cr_expect(!scapf_host_fd(part.host, 9, 6, &fd), "case %zu: %s", i, fd.name);
        }
        feed_close(&part);
        scapf_sink_free(sink);
        scapf_filter_free(opts.filter);
        mk_release(&f.m);
    }
}

/* Of an ancestor at the cut its name is written. When it takes another one, it has none. */
Test(slice, pruned_parent_gets_a_name)
{
    static const int want[] = {DUP_E, -16, DUP_E};
    struct scapf_slice_opts opts = {.size = sizeof(opts)};
    struct scapf_slice_counts counts;
    struct scapf_sink *sink;
    struct feed f;
    int codes[16] = {0};

    cr_assert_eq(scapf_filter_compile("evt.type=dup", NULL, NULL, &opts.filter, NULL), SCAPF_OK);
    begin(&f);
    clone_exit(&f, 7, 9, 1);
    EV(9, DUP_E, 1, NUM("fd", 6));
    EV(7, OPEN_X, 0, NUM("fd", 6), TXT("name", "/a"));
    EV(7, EXECVE_19_X, 0, NUM("res", 0), TXT("exe", "/bin/y"), TXT("comm", "y"));
    EV(7, EXECVE_19_X, 0, NUM("res", 0), TXT("exe", "/bin/z"), TXT("comm", "z"));
    EV(9, DUP_E, 1, NUM("fd", 6));
    sink = prune_of(&f.m, opts, &counts);
    cr_assert_eq(codes_of(sink, codes, 16), 3);
    cr_expect_arr_eq(codes, want, sizeof(want));
    scapf_sink_free(sink);
    scapf_filter_free(opts.filter);
    mk_release(&f.m);
}

static void put_at(struct mk *m, uint64_t ts_ns, uint16_t code, uint64_t first)
{
    mk_ev_begin(m, SCAPF_BLOCK_EV_V2, 0, ts_ns, 7, code);
    mk_param_u64(m, first);
    mk_ev_end(m);
}

/* Times go back and forth: state-only events from before the range and from behind it stay in the
 * order they have. */
Test(slice, state_from_both_sides)
{
    static const int want[] = {DUP_E, -OPEN_E, -OPEN_X, -CLOSE_E, -CLOSE_X, DUP_E};
    struct scapf_slice_opts opts = {.size = sizeof(opts), .from_ns = 50, .to_ns = 200};
    struct scapf_slice_counts counts;
    struct feed f;
    struct scapf_sink *sink;
    int codes[16] = {0};

    begin(&f);
    put_at(&f.m, 100, DUP_E, 3);
    put_at(&f.m, 10, OPEN_E, 3);
    put_at(&f.m, 11, OPEN_X, 6);
    put_at(&f.m, 300, CLOSE_E, 6);
    put_at(&f.m, 301, CLOSE_X, 0);
    put_at(&f.m, 150, DUP_E, 6);
    put_at(&f.m, 302, OPEN_E, 6);
    sink = slice_of(&f.m, &opts, &counts);
    cr_assert_eq(codes_of(sink, codes, 16), 6);
    cr_expect_arr_eq(codes, want, sizeof(want));
    cr_expect_eq(counts.events, 2);
    cr_expect_eq(counts.state_events, 4);
    scapf_sink_free(sink);
    mk_release(&f.m);
}

/* What waits to be written counts for the size of a piece, and goes with it: the next one begins
 * with the state as it is. An exit that comes there has its enter event again. */
Test(slice, state_of_the_next_piece)
{
    static const int want[] = {-CLOSE_E, CLOSE_X};
    struct scapf_slice_opts opts = {.size = sizeof(opts), .goes_on = true};
    const struct scapf_slice_counts *counts;
    struct scapf_sink *sinks[2];
    struct scapf_slice *slice;
    struct scapf_record rec;
    struct scapf_reader *reader;
    struct feed f;
    uint64_t bytes = 0;
    size_t len = 0;
    int codes[16] = {0};

    cr_assert_eq(scapf_filter_compile("evt.type=close", NULL, NULL, &opts.filter, NULL), SCAPF_OK);
    begin(&f);
    EV(7, CLOSE_E, 1, NUM("fd", 5));
    EV(7, CLOSE_X, 1, NUM("res", 0));
    EV(7, CLOSE_E, 1, NUM("fd", 6));
    EV0(8, OPEN_E);
    EV(8, OPEN_X, 2, NUM("fd", 6), TXT("name", "/a"));
    EV(7, CLOSE_X, 1, NUM("res", 0));
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(scapf_sink_mem(SCAPF_PLAIN, NULL, &sinks[i], NULL), SCAPF_OK);
    }
    cr_assert_eq(scapf_slice_new(sinks[0], &opts, &slice), SCAPF_OK);
    counts = scapf_slice_counts(slice);
    reader = rd_reader(f.m.o.bytes, f.m.o.len);
    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        if (rec.event != NULL && counts->events == 3 && rec.event->code == CLOSE_X) {
            cr_expect_gt(scapf_slice_bytes(slice), bytes);
            cr_assert_eq(scapf_slice_next(slice, sinks[1]), SCAPF_OK);
            cr_expect_eq(scapf_slice_bytes(slice), 0);
        }
        cr_assert_eq(scapf_slice_put(slice, reader, &rec), SCAPF_OK);
        if (rec.event != NULL && rec.event->code == CLOSE_E) {
            bytes = scapf_slice_bytes(slice);
        }
    }
    cr_assert_eq(scapf_slice_finish(slice), SCAPF_OK);
    cr_assert_eq(scapf_sink_finish(sinks[0]), SCAPF_OK);
    cr_assert_eq(scapf_sink_finish(sinks[1]), SCAPF_OK);
    cr_expect_eq(counts->state_events, 1);
    cr_expect_not_null(scapf_sink_bytes(sinks[1], &len));
    cr_expect_eq(scapf_slice_bytes(slice), len, "with the tables and events that the slice made");
    cr_expect_eq(codes_of(sinks[0], codes, 16), 3);
    cr_assert_eq(codes_of(sinks[1], codes, 16), 2);
    cr_expect_arr_eq(codes, want, sizeof(want));
    scapf_slice_free(slice);
    scapf_reader_free(reader);
    scapf_sink_free(sinks[0]);
    scapf_sink_free(sinks[1]);
    scapf_filter_free(opts.filter);
    mk_release(&f.m);
}

/* A socket that is bound and got datagrams stays a server in a part: the next sender's name stands
 * first, too. */
Test(slice, server_of_datagrams)
{
    struct scapf_slice_opts opts = {.size = sizeof(opts), .first = 4};
    struct scapf_slice_counts counts;
    struct feed f, part;
    struct scapf_sink *sink;
    const uint8_t *bytes;
    size_t len;

    begin(&f);
    EV(7, SOCKET_X, 0, NUM("fd", 3), NUM("domain", 2), NUM("type", 2), NUM("proto", 0));
    EV(7, BIND_X, 0, NUM("res", 0), RAW("addr", ADDR4("\x01", PORT_53)), NUM("fd", 3));
    EV(7, RECVFROM_X, 0, NUM("res", 1), NUM("fd", 3),
       RAW("tuple", TUPLE4("\x02", PORT_40000, "\x01", PORT_53)));
    EV(7, CLOSE_E, 1, NUM("fd", 9));
    EV(7, RECVFROM_X, 0, NUM("res", 1), NUM("fd", 3),
       RAW("tuple", TUPLE4("\x03", PORT_80, "\x01", PORT_53)));
    sink = slice_of(&f.m, &opts, &counts);
    cr_expect_eq(counts.events, 2);
    bytes = scapf_sink_bytes(sink, &len);
    mk_init(&part.m, MK_LITTLE);
    out_bytes(&part.m.o, bytes, len);
    feed_open(&part, NULL);
    feed_events(&part, 3);
    EXPECT_STR(fd_name(&part, 7, 3), "10.0.0.2:40000->10.0.0.1:53");
    feed_events(&part, 1);
    EXPECT_STR(fd_name(&part, 7, 3), "10.0.0.3:80->10.0.0.1:53");
    feed_close(&part);
    scapf_sink_free(sink);
    mk_release(&f.m);
}

/* A socket bound to port 0 is no server in a part, and its port is none that others send from. */
Test(slice, port_of_the_kernel)
{
    static const int want[] = {-SOCKET_E, -SOCKET_X, -BIND_E,  -BIND_X,
                               -SOCKET_E, -SOCKET_X, SENDTO_X, CLOSE_E};
    struct scapf_slice_opts opts = {.size = sizeof(opts), .first = 4};
    struct scapf_slice_counts counts;
    struct feed f, part;
    struct scapf_sink *sink;
    struct scapf_fd fd;
    const uint8_t *bytes;
    size_t len;
    int codes[16] = {0};

    begin(&f);
    EV(7, SOCKET_X, 0, NUM("fd", 3), NUM("domain", 2), NUM("type", 2), NUM("proto", 0));
    EV(7, BIND_X, 0, NUM("res", 0), RAW("addr", ADDR4("\x01", PORT_0)), NUM("fd", 3));
    EV(7, SOCKET_X, 0, NUM("fd", 4), NUM("domain", 2), NUM("type", 2), NUM("proto", 0));
    EV(7, SENDTO_X, 0, NUM("res", 1), NUM("fd", 4),
       RAW("tuple", TUPLE4("\x01", PORT_0, "\x02", PORT_53)));
    EV(7, CLOSE_E, 1, NUM("fd", 9));
    sink = slice_of(&f.m, &opts, &counts);
    cr_assert_eq(codes_of(sink, codes, 16), 8);
    cr_expect_arr_eq(codes, want, sizeof(want));
    bytes = scapf_sink_bytes(sink, &len);
    mk_init(&part.m, MK_LITTLE);
    out_bytes(&part.m.o, bytes, len);
    feed_open(&part, NULL);
    feed_events(&part, 8);
    EXPECT_STR(fd_name(&part, 7, 3), "10.0.0.1:0");
    cr_expect(scapf_host_fd(part.host, 7, 3, &fd) && !fd.server);
    EXPECT_STR(fd_name(&part, 7, 4), "10.0.0.1:0->10.0.0.2:53");
    feed_close(&part);
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

/* Processes that share descriptors have them listed once each: the lists are bounded, and what is
 * left out is counted. */
Test(slice, lists_without_end)
{
    struct feed f;
    struct scapf_reader *reader;
    struct scapf_record rec;
    struct scapf_sink *sink;
    struct scapf_slice *slice;
    const uint8_t *bytes;
    size_t len;

    feed_init(&f);
    put_process(&f.m, 200, 200, "more", 0);
    put_process(&f.m, 300, 300, "most", 0);
    for (int64_t fd = 3; fd < 6; fd++) {
        put_file(&f.m, 100, fd, "/of/100");
        put_file(&f.m, 200, fd, "/of/200");
        put_file(&f.m, 300, fd, "/of/300");
    }
    EV0(100, CLOSE_E);
    EV0(100, CLOSE_E);
    for (uint64_t max = 2; max <= 9; max++) {
        const struct scapf_slice_opts opts = {.size = sizeof(opts), .first = 2};

        reader = rd_reader(f.m.o.bytes, f.m.o.len);
        cr_assert_eq(scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL), SCAPF_OK);
        cr_assert_eq(scapf_slice_new(sink, &opts, &slice), SCAPF_OK);
        slice->fd_rows_max = max;
        while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
            cr_assert_eq(scapf_slice_put(slice, reader, &rec), SCAPF_OK);
        }
        cr_assert_eq(scapf_slice_finish(slice), SCAPF_OK);
        cr_assert_eq(scapf_sink_finish(sink), SCAPF_OK);
        cr_expect_eq(scapf_slice_counts(slice)->fd_lists_left, 3 - max / 3);
        bytes = scapf_sink_bytes(sink, &len);
        cr_expect_eq(memmem(bytes, len, "/of/100", 7) != NULL, max >= 3);
        cr_expect_eq(memmem(bytes, len, "/of/200", 7) != NULL, max >= 6);
        cr_expect_eq(memmem(bytes, len, "/of/300", 7) != NULL, max >= 9);
        scapf_slice_free(slice);
        scapf_sink_free(sink);
        scapf_reader_free(reader);
    }
    mk_release(&f.m);
}
