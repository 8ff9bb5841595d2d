/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "support/feed.h"
#include "support/rd.h"
#include "support/story.h"

#define FDL 0x203u

/* Inputs in memory and what became of them. */
struct run {
    struct mk m[4];
    struct scapf_merge_input inputs[4];
    struct scapf_merge_opts opts;
    struct scapf_merge *merge;
    struct scapf_sink *sink;
    struct scapf_reader *reader;
    uint32_t n;
};

static enum scapf_status open_mk(void *ctx, struct scapf_reader **reader)
{
    const struct mk *m = ctx;
    struct scapf_src *src;

    cr_assert_eq(scapf_src_mem(m->o.bytes, m->o.len, NULL, &src, NULL), SCAPF_OK);
    return scapf_reader_new(src, NULL, reader);
}

static struct mk *input(struct run *r, int big_endian)
{
    struct mk *m = &r->m[r->n];

    mk_init(m, big_endian);
    r->inputs[r->n] = (struct scapf_merge_input){.name = "in", .open = open_mk, .ctx = m};
    r->n++;
    mk_shb(m, 0);
    return m;
}

static enum scapf_status merge(struct run *r)
{
    enum scapf_status status;
    const uint8_t *bytes;
    size_t len;

    r->opts.size = sizeof(r->opts);
    cr_assert_eq(scapf_sink_mem(SCAPF_PLAIN, NULL, &r->sink, NULL), SCAPF_OK);
    cr_assert_eq(scapf_merge_new(r->sink, r->inputs, r->n, &r->opts, &r->merge), SCAPF_OK);
    status = scapf_merge_run(r->merge);
    cr_assert_eq(scapf_sink_finish(r->sink), SCAPF_OK);
    bytes = scapf_sink_bytes(r->sink, &len);
    r->reader = rd_reader(bytes, len);
    return status;
}

/* The next record of a kind in the output. */
static bool next(struct run *r, enum scapf_kind kind, struct scapf_record *rec)
{
    while (scapf_reader_next(r->reader, rec) == SCAPF_OK) {
        if (rec->kind == kind) {
            return true;
        }
    }
    return false;
}

static void done(struct run *r)
{
    scapf_reader_free(r->reader);
    scapf_merge_free(r->merge);
    scapf_sink_free(r->sink);
    for (uint32_t i = 0; i < r->n; i++) {
        mk_release(&r->m[i]);
    }
}

/* Packets interleave by time whatever their units are; equal times go by input. */
Test(merge, by_time_across_units)
{
    static const uint8_t want[] = {'b', 'a', 'c', 'd'};
    struct run r = {.n = 0};
    struct scapf_record rec;
    struct mk *m = input(&r, MK_LITTLE);

    mk_idb(m, 1, 0); /* us */
    mk_epb(m, 0, 2000001, "a", 1);
    mk_epb(m, 0, 2000002, "d", 1);
    m = input(&r, MK_BIG);
    mk_idb_begin(m, 1, 0);
    mk_opt_u8(m, 9, 9);
    mk_opt_end(m);
    mk_end(m);
    mk_epb(m, 0, 2000000999, "b", 1);
    mk_epb(m, 0, 2000001000, "c", 1);
    cr_assert_eq(merge(&r), SCAPF_OK);
    for (size_t i = 0; i < sizeof(want); i++) {
        cr_assert(next(&r, SCAPF_KIND_PACKET, &rec));
        cr_expect_eq(rec.packet->data[0], want[i], "packet %zu is %c", i, rec.packet->data[0]);
        cr_expect(!rec.big_endian);
    }
    cr_expect_eq(scapf_merge_counts(r.merge)->converted, 2);
    done(&r);
}

/* Units finer than a nanosecond decide, too. */
Test(merge, by_time_below_a_nanosecond)
{
    struct run r = {.n = 0};
    struct scapf_record rec;

    for (uint64_t i = 0; i < 2; i++) {
        struct mk *m = input(&r, MK_LITTLE);

        mk_idb_begin(m, 1, 0);
        mk_opt_u8(m, 9, 12);
        mk_opt_end(m);
        mk_end(m);
        mk_epb(m, 0, 5000000000002 - i, i == 0 ? "2" : "1", 1);
    }
    cr_assert_eq(merge(&r), SCAPF_OK);
    cr_assert(next(&r, SCAPF_KIND_PACKET, &rec));
    cr_expect_eq(rec.packet->data[0], '1');
    done(&r);
}

/* Equal interfaces of two inputs are one; of one input they stay two. */
Test(merge, interfaces_united)
{
    struct run r = {.n = 0};
    struct scapf_record rec;

    for (int i = 0; i < 2; i++) {
        struct mk *m = input(&r, MK_LITTLE);

        mk_idb(m, 1, 100);
        mk_idb(m, 1, 100);
        mk_idb(m, 1, (uint32_t)(200 + i));
        mk_epb(m, 1, 5, "x", 1);
        mk_epb(m, 2, 6, "y", 1);
    }
    cr_assert_eq(merge(&r), SCAPF_OK);
    cr_expect_eq(scapf_merge_counts(r.merge)->interfaces, 4);
    cr_expect_eq(scapf_merge_counts(r.merge)->united, 2);
    for (uint32_t i = 0; i < 4; i++) {
        static const uint32_t want[] = {1, 1, 2, 3};

        cr_assert(next(&r, SCAPF_KIND_PACKET, &rec));
        cr_expect_eq(rec.packet->interface_id, want[i], "packet %u", i);
    }
    done(&r);
}

/* Secrets go before the first packet; a shift that is no whole unit makes the unit finer, and what
 * forbids to be copied is left out. */
Test(merge, secrets_shift_no_copy)
{
    struct run r = {.n = 0};
    struct scapf_record rec;
    struct mk *m = input(&r, MK_LITTLE);

    mk_idb(m, 1, 0);
    mk_epb_begin(m, 0, 3000000, "x", 1, 1);
    mk_opt(m, 19372, "\1\0\0\0no", 6);
    mk_opt_str(m, 1, "yes");
    mk_opt_end(m);
    mk_end(m);
    mk_dsb_begin(m, 0x544c534b, "k\n", 2);
    mk_end(m);
    r.inputs[0].shift.ns = -1000000001;
    cr_assert_eq(merge(&r), SCAPF_OK);
    cr_assert(next(&r, SCAPF_KIND_SECRETS, &rec));
    cr_assert(next(&r, SCAPF_KIND_PACKET, &rec));
    cr_expect_eq(rec.ts_ns, 1999999999);
    cr_expect_eq(rec.packet->options_len, 12);
    cr_expect_eq(scapf_merge_counts(r.merge)->no_copy, 1);
    cr_expect_eq(scapf_merge_counts(r.merge)->rounded, 0);
    done(&r);
}

/* Simple packets are of interface 0: the second capture that has them gets a section of its own. */
Test(merge, simple_packets_stay_apart)
{
    struct run r = {.n = 0};
    struct scapf_record rec;

    for (uint16_t i = 0; i < 2; i++) {
        struct mk *m = input(&r, MK_LITTLE);

        mk_idb(m, (uint16_t)(1 + i), 0);
        mk_spb(m, "abcd", 4, 4);
    }
    cr_assert_eq(merge(&r), SCAPF_OK);
    cr_expect_eq(scapf_merge_counts(r.merge)->apart, 1);
    for (uint16_t i = 0; i < 2; i++) {
        cr_assert(next(&r, SCAPF_KIND_PACKET, &rec));
        cr_expect_eq(rec.packet->link_type, 1 + i);
        cr_expect_eq(rec.section, i);
    }
    done(&r);
}

/* A packet of a process, and what is told of it: nothing when there is no name. */
static void tell_process(struct mk *m, uint32_t pid, const char *name)
{
    mk_pib_begin(m, pid);
    mk_pib_opt(m, 2, name, (uint16_t)strlen(name));
    mk_pib_end(m);
}

static void packet_of(struct mk *m, uint32_t pid, const char *name, uint64_t ticks)
{
    uint32_t numbers[2] = {m->o.big_endian ? __builtin_bswap32(pid) : pid, 0};

    if (name != NULL) {
        tell_process(m, pid, name);
    }
    mk_epb_begin(m, 0, ticks, "abcd", 4, 4);
    mk_opt(m, 8, numbers, 8);
    mk_opt_end(m);
    mk_end(m);
}

/* [WRT-17] A number stands for one process in a section: captures where it is another one, or where
 * nobody knows which, stay apart; those that agree do not. */
Test(merge, process_numbers)
{
    static const struct {
        const char *what, *names[3]; /* of process 7 */
        uint32_t pids[3];            /* that packets name */
        uint32_t section[3];
    } rows[] = {
        {"one process", {"a", "a", "a"}, {7, 7, 7}, {0, 0, 0}},
        {"two processes", {"a", "b", "a"}, {7, 7, 7}, {0, 1, 0}},
        {"three processes", {"a", "b", "c"}, {7, 7, 7}, {0, 1, 2}},
        {"not told of", {"a", NULL, NULL}, {7, 7, 7}, {0, 1, 1}},
        {"nothing told", {NULL, NULL, NULL}, {7, 7, 7}, {0, 0, 0}},
        {"other numbers", {"a", NULL, "a"}, {7, 8, 7}, {0, 0, 0}},
    };

    for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
        struct run r = {.n = 0};
        struct scapf_record rec;
        uint32_t last = 0;
        uint32_t got[3] = {9, 9, 9};

        for (unsigned i = 0; i < 3; i++) {
            struct mk *m = input(&r, i == 1 ? MK_BIG : MK_LITTLE);

            mk_idb(m, 1, 0);
            packet_of(m, rows[k].pids[i], rows[k].names[i], i + 1);
        }
        cr_assert_eq(merge(&r), SCAPF_OK, "%s", rows[k].what);
        while (next(&r, SCAPF_KIND_PACKET, &rec)) {
            cr_assert(rec.packet->ticks >= 1 && rec.packet->ticks <= 3);
            got[rec.packet->ticks - 1] = rec.section;
        }
        for (unsigned i = 0; i < 3; i++) {
            cr_expect_eq(got[i], rows[k].section[i], "%s: %u", rows[k].what, i);
            last = rows[k].section[i] > last ? rows[k].section[i] : last;
        }
        cr_expect_eq(scapf_merge_counts(r.merge)->apart, last, "%s", rows[k].what);
        cr_expect_eq(scapf_merge_counts(r.merge)->procs_apart > 0, last > 0, "%s", rows[k].what);
        cr_expect_eq(scapf_merge_counts(r.merge)->other_pid, last > 0 ? 7 : 0);
        done(&r);
    }
}

/* Behind what a hasty survey saw: it is begun anew. */
Test(merge, process_numbers_in_haste)
{
    struct run r = {.n = 0, .opts = {.hasty = true}};
    struct mk *m = input(&r, MK_LITTLE);

    mk_idb(m, 1, 0);
    for (uint64_t i = 0; i < 100; i++) {
        mk_epb(m, 0, i, "abcd", 4);
    }
    packet_of(m, 7, "a", 100);
    cr_expect_eq(merge(&r), SCAPF_E_UNSUPPORTED);
    cr_expect(scapf_merge_was_hasty(r.merge));
    cr_expect_eq(scapf_merge_diag(r.merge)->rule, RULE_MERGE_SURPRISE);
    cr_expect_gt(scapf_merge_diag(r.merge)->off, 0);
    done(&r);
}

static enum scapf_status add_nothing(void *ctx, const struct scapf_merge_item *item,
                                     struct scapf_merge_addition *add)
{
    (void)item;
    (void)add;
    ++*(uint64_t *)ctx;
    return SCAPF_OK;
}

/* Packets of every kind, in an order that is not quite that of their times. */
static void motley(struct mk *m, uint64_t seed, bool damage)
{
    static const uint8_t units[] = {6, 9, 12, 0x94};

    for (size_t i = 0; i < sizeof(units); i++) {
        mk_idb_begin(m, i < 2 ? 1 : 113, (uint32_t)seed);
        mk_opt_u8(m, 9, units[i]);
        mk_opt_end(m);
        mk_end(m);
    }
    for (uint64_t i = 0; i < 400; i++) {
        uint64_t us = i * 10 + (seed + i) * (seed + i) % 37;
        const uint64_t ticks[] = {us, us * 1000, us * 1000000, (us << 20) / 1000000};
        uint32_t interface = i % 50 < 40 ? (uint32_t)(i % 2) : (uint32_t)(i % 4);

        mk_epb_begin(m, interface, ticks[interface], &i, 1 + i % 8, 9);
        if (i % 7 == 0) {
            mk_opt_u64(m, i % 49 == 0 ? 19373 : 2989, i);
            mk_opt_end(m);
        }
        mk_end(m);
        if (damage && i % 60 == 0) {
            mk_epb(m, 9, 1, "none", 4);
        }
        if (i % 70 == 0) {
            mk_isb_begin(m, 0, us);
            mk_end(m);
            mk_begin(m, 0x77);
            mk_str(m, "nobody knows");
            mk_end(m);
        }
    }
}

/* Packets are copied without a view of each unless somebody asks about them. That changes nothing
 * of what is written or told. */
Test(merge, copied_as_with_a_view)
{
    for (unsigned k = 0; k < 8; k++) {
        struct run runs[2] = {{.n = 0}, {.n = 0}};
        bool hasty = (k & 1) != 0;
        bool surprise = (k & 3) == 3;
        uint64_t asked = 0;
        const uint8_t *bytes[2];
        size_t len[2];

        runs[1].opts.hook = add_nothing;
        runs[1].opts.hook_ctx = &asked;
        for (unsigned i = 0; i < 2; i++) {
            struct run *r = &runs[i];
            struct mk *m = input(r, MK_LITTLE);

            r->opts.hasty = hasty;
            motley(m, 1, !hasty);
            if ((k & 2) != 0) {
                mk_shb(m, 0);
                motley(m, 2, !hasty);
            }
            motley(input(r, (k & 4) != 0 ? MK_BIG : MK_LITTLE), 3, !hasty);
            motley(input(r, MK_LITTLE), 1, false);
            cr_assert_eq(merge(r), surprise ? SCAPF_E_UNSUPPORTED : SCAPF_OK);
            bytes[i] = scapf_sink_bytes(r->sink, &len[i]);
        }
        cr_expect_gt(asked, 0);
        cr_expect(surprise || (len[0] == len[1] && memcmp(bytes[0], bytes[1], len[0]) == 0));
        cr_expect_eq(memcmp(scapf_merge_counts(runs[0].merge), scapf_merge_counts(runs[1].merge),
                            sizeof(struct scapf_merge_counts)),
                     0);
        for (uint32_t i = 0; i < 3; i++) {
            const struct scapf_merge_input_info *a = scapf_merge_input_info(runs[0].merge, i);
            const struct scapf_merge_input_info *b = scapf_merge_input_info(runs[1].merge, i);

            cr_expect(surprise || (a->packets == b->packets && a->others == b->others &&
                                   a->back == b->back && a->back_ns == b->back_ns));
        }
        done(&runs[0]);
        done(&runs[1]);
    }
}

/* Adds process 7 by name to every packet, as annotations do. */
static enum scapf_status add_process(void *ctx, const struct scapf_merge_item *item,
                                     struct scapf_merge_addition *add)
{
    const struct mk *pib = ctx;

    (void)item;
    add->has_pid = true;
    add->pid = 7;
    add->blocks = pib->o.bytes;
    add->blocks_len = pib->o.len;
    return SCAPF_OK;
}

/* The same, but it is another process at the first packet. */
static enum scapf_status add_two(void *ctx, const struct scapf_merge_item *item,
                                 struct scapf_merge_addition *add)
{
    return add_process((struct mk *)ctx + (item->number != 1), item, add);
}

/* A number that was refused once is taken when it is the process it stands for. */
Test(merge, process_numbers_refused_once)
{
    static const char *const names[] = {"b", "a"};
    struct run r = {.n = 0};
    struct mk *m = input(&r, MK_LITTLE);
    struct scapf_record rec;
    struct mk pibs[2];

    for (size_t i = 0; i < 2; i++) {
        mk_init(&pibs[i], MK_LITTLE);
        tell_process(&pibs[i], 7, names[i]);
    }
    r.opts.hook = add_two;
    r.opts.hook_ctx = pibs;
    mk_idb(m, 1, 0);
    tell_process(m, 7, "a");
    mk_epb(m, 0, 1, "abcd", 4);
    mk_epb(m, 0, 2, "abcd", 4);
    cr_assert_eq(merge(&r), SCAPF_OK);
    cr_assert(next(&r, SCAPF_KIND_PACKET, &rec) && rec.packet->options_len == 0);
    cr_assert(next(&r, SCAPF_KIND_PACKET, &rec) && rec.packet->options_len > 0);
    cr_expect_eq(scapf_merge_counts(r.merge)->pids_taken, 1);
    mk_release(&pibs[0]);
    mk_release(&pibs[1]);
    done(&r);
}

/* More threads than are remembered: that is no lack of memory. */
Test(merge, too_many_threads)
{
    struct run r = {.n = 0};

    for (int i = 0; i < 2; i++) {
        struct mk *m = input(&r, MK_LITTLE);

        story_machine(m, 0x201);
        for (int64_t tid = 1; tid < 1700000 && i == 0; tid++) {
            mk_ev_begin(m, SCAPF_BLOCK_EV_V2, 0, (uint64_t)tid, tid, 999);
            mk_ev_end(m);
        }
        mk_ev_begin(m, SCAPF_BLOCK_EV_V2, 0, 2000000, 1, 999);
        mk_ev_end(m);
    }
    cr_expect_eq(merge(&r), SCAPF_E_LIMIT);
    rd_expect("threads", scapf_merge_diag(r.merge), RULE_MERGE_THREADS, 0,
              scapf_merge_diag(r.merge)->got, 32 << 20);
    done(&r);
}

/* What is added may not make the packets of an input those of somebody else. */
Test(merge, process_numbers_added)
{
    static const struct {
        const char *there; /* what the input tells of process 7 */
        uint64_t taken, blocks, pids;
    } rows[] = {{"a", 0, 1, 2}, {"b", 1, 1, 1}, {NULL, 1, 0, 1}};

    for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
        struct run r = {.n = 0};
        struct mk *m = input(&r, MK_LITTLE);
        struct scapf_record rec;
        uint64_t blocks = 0;
        uint64_t pids = 0;
        struct mk pib;

        mk_init(&pib, MK_LITTLE);
        tell_process(&pib, 7, "a");
        r.opts.hook = add_process;
        r.opts.hook_ctx = &pib;
        mk_idb(m, 1, 0);
        packet_of(m, 7, rows[k].there, 1);
        mk_epb(m, 0, 2, "abcd", 4);
        cr_assert_eq(merge(&r), SCAPF_OK);
        while (scapf_reader_next(r.reader, &rec) == SCAPF_OK) {
            struct scapf_option_iter it;
            struct scapf_option opt;

            blocks += rec.type == SCAPF_BLOCK_CUSTOM;
            scapf_options_begin(&rec, &it);
            while (rec.packet != NULL && scapf_option_next(&it, &opt) == SCAPF_OK) {
                pids += opt.code == 8;
            }
        }
        cr_expect_eq(blocks, rows[k].blocks, "%zu: %llu", k, (unsigned long long)blocks);
        cr_expect_eq(pids, rows[k].pids, "%zu: %llu", k, (unsigned long long)pids);
        cr_expect_eq(scapf_merge_counts(r.merge)->pids_taken > 0, rows[k].taken > 0, "%zu", k);
        mk_release(&pib);
        done(&r);
    }
}

static void host(struct mk *m, const char *name, uint64_t ts, int64_t tid)
{
    mk_begin(m, SCAPF_BLOCK_MI);
    mk_u32(m, 2);
    mk_u64(m, 0);
    mk_u64(m, 0);
    mk_bytes(m, name, strlen(name));
    mk_zero(m, 128 - strlen(name));
    mk_zero(m, 32);
    mk_end(m);
    mk_ev_begin(m, SCAPF_BLOCK_EV_V2, 0, ts, tid, 999);
    mk_ev_end(m);
}

/* Captures of one host become one section, those of another have their own. Two hosts are too many
 * for one time line: RULE_MERGE_HOSTS. */
Test(merge, hosts)
{
    static const int64_t want[] = {2, 1, 3};
    struct run r = {.n = 0};
    struct scapf_record rec;

    host(input(&r, MK_LITTLE), "one", 20, 1);
    host(input(&r, MK_LITTLE), "one", 10, 2);
    host(input(&r, MK_LITTLE), "two", 5, 3);
    cr_assert_eq(merge(&r), SCAPF_OK);
    for (size_t i = 0; i < 3; i++) {
        cr_assert(next(&r, SCAPF_KIND_EVENT, &rec));
        cr_expect_eq(rec.event->tid, want[i]);
        cr_expect_eq(rec.section, i / 2);
    }
    cr_expect_eq(scapf_merge_counts(r.merge)->hosts, 2);
    scapf_reader_free(r.reader);
    scapf_merge_free(r.merge);
    scapf_sink_free(r.sink);
    r.opts.layout = SCAPF_LAYOUT_TIMELINE;
    cr_expect_eq(merge(&r), SCAPF_E_UNSUPPORTED);
    cr_expect_eq(scapf_merge_diag(r.merge)->rule, RULE_MERGE_HOSTS);
    done(&r);
}

/* One descriptor of a thread. */
static void fd_list(struct mk *m, int64_t tid, const char *name)
{
    mk_begin(m, FDL);
    mk_u64(m, (uint64_t)tid);
    mk_u64(m, 3);
    mk_u64(m, 0);
    mk_u8(m, 1); /* a file */
    mk_str16(m, name);
    mk_end(m);
}

/* What a later table says of a thread that is at work before is not yet so at the start; of others
 * it is. */
Test(merge, later_tables)
{
    struct run r = {.n = 0};
    struct scapf_record rec;
    struct scapf_table table;
    struct scapf_row row;
    struct mk *later;

    host(input(&r, MK_LITTLE), "one", 10, 1);
    later = input(&r, MK_LITTLE);
    fd_list(later, 1, "/later");
    fd_list(later, 2, "/always");
    host(later, "one", 20, 2);
    cr_assert_eq(merge(&r), SCAPF_OK);
    do {
        cr_assert(next(&r, SCAPF_KIND_TABLE, &rec));
    } while (rec.type != FDL);
    cr_assert_eq(scapf_table_open(&rec, scapf_schema_builtin(), &table), SCAPF_OK);
    cr_expect_eq(scapf_row_cell(&table.head, "tid")->i, 2);
    cr_expect_eq(scapf_table_next(&table, &row), SCAPF_OK);
    cr_expect_eq(scapf_merge_counts(r.merge)->rows_told, 1);
    done(&r);
}

static enum scapf_status add_comment(void *ctx, const struct scapf_merge_item *item,
                                     struct scapf_merge_addition *add)
{
    unsigned *calls = ctx;

    ++*calls;
    cr_expect_eq(item->number, *calls % 2 == 1 ? 1 : 1, "each input has one record");
    add->comment = "why";
    add->comment_len = 3;
    add->has_pid = true;
    add->pid = 7;
    add->tid = 8;
    return SCAPF_OK;
}

/* The hook adds to events and packets. */
Test(merge, hook)
{
    struct run r = {.n = 0};
    struct scapf_record rec;
    struct scapf_option_iter it;
    struct scapf_option opt;
    unsigned calls = 0;
    struct mk *m;

    host(input(&r, MK_LITTLE), "one", 20, 1);
    m = input(&r, MK_LITTLE);
    mk_idb(m, 1, 0);
    mk_epb(m, 0, 5, "x", 1);
    r.opts.hook = add_comment;
    r.opts.hook_ctx = &calls;
    cr_assert_eq(merge(&r), SCAPF_OK);
    cr_expect_eq(calls, 2);
    cr_assert(next(&r, SCAPF_KIND_EVENT, &rec));
    scapf_options_begin(&rec, &it);
    cr_assert_eq(scapf_option_next(&it, &opt), SCAPF_OK);
    cr_expect(opt.code == 1 && opt.len == 3);
    cr_assert(next(&r, SCAPF_KIND_PACKET, &rec));
    scapf_options_begin(&rec, &it);
    cr_assert_eq(scapf_option_next(&it, &opt), SCAPF_OK);
    cr_expect_eq(opt.code, 8);
    cr_assert_eq(scapf_option_next(&it, &opt), SCAPF_OK);
    cr_expect_eq(opt.code, 1);
    done(&r);
}

/* An input of more sections than anybody has is refused: RULE_MERGE_SECTIONS. */
Test(merge, too_many_sections)
{
    struct run r = {.n = 0};
    struct mk *m = input(&r, MK_LITTLE);

    for (unsigned i = 0; i < 65536; i++) {
        mk_shb(m, 0);
    }
    cr_expect_eq(merge(&r), SCAPF_E_LIMIT);
    cr_expect_eq(scapf_merge_diag(r.merge)->rule, RULE_MERGE_SECTIONS);
    done(&r);
}

/* The tables of many sections of one input are read in one walk, wherever they are wanted. */
Test(merge, sections_in_one_walk)
{
    struct run r = {.n = 0};
    struct mk *m = input(&r, MK_LITTLE);
    struct scapf_record rec;
    uint64_t events = 0;

    for (unsigned i = 0; i < 20000; i++) { /* a minute of work when each began at the start */
        if (i > 0) {
            mk_shb(m, 2);
        }
        host(m, "one", 20 + i, 1);
    }
    host(input(&r, MK_LITTLE), "one", 10, 2);
    cr_assert_eq(merge(&r), SCAPF_OK);
    while (next(&r, SCAPF_KIND_EVENT, &rec)) {
        events += rec.event->code == 999; /* the one that closes the file is not */
    }
    cr_expect_eq(events, 20001);
    done(&r);
}

/* A shift with its uncertainty comes back from the notes; records of the two clocks that are nearer
 * to each other than that are marked. */
Test(merge, timeline_knows_the_clocks)
{
    static const bool want[] = {false, true, true, false};
    struct run r = {.n = 0};
    struct scapf_timeline *t;
    struct scapf_timeline_item item;
    struct bytes_of {
        struct mk m;
    } whole;
    size_t n = 0;
    size_t len;
    const uint8_t *bytes;
    struct mk *m = input(&r, MK_LITTLE);

    mk_idb(m, 1, 0);
    mk_epb(m, 0, 1000, "a", 1);
    mk_epb(m, 0, 1003, "b", 1);
    m = input(&r, MK_LITTLE);
    host(m, "one", 501500, 1);
    mk_ev_begin(m, SCAPF_BLOCK_EV_V2, 0, 600000, 2, 999);
    mk_ev_end(m);
    r.inputs[0].has_shift = true;
    r.inputs[0].shift.ns = -500000;
    r.inputs[0].shift.err_ns = 2000;
    cr_assert_eq(merge(&r), SCAPF_OK);
    bytes = scapf_sink_bytes(r.sink, &len);
    mk_init(&whole.m, MK_LITTLE);
    mk_bytes(&whole.m, bytes, len);
    cr_assert_eq(scapf_timeline_new(open_mk, &whole.m, "m", NULL, NULL, &t), SCAPF_OK);
    cr_expect(scapf_timeline_is_needed(t));
    cr_expect_eq(scapf_split_file(scapf_timeline_files(t), 0)->shift.ns, -500000);
    cr_expect_eq(scapf_split_file(scapf_timeline_files(t), 0)->shift.err_ns, 2000);
    while (scapf_timeline_next(t, &item) == SCAPF_OK) {
        if ((item.rec->event == NULL || item.rec->event->code == 0x7FFF) &&
            item.rec->packet == NULL) {
            continue;
        }
        cr_assert(n < 4);
        cr_expect_eq(item.uncertain, want[n], "record %zu", n);
        n++;
    }
    cr_expect_eq(n, 4);
    scapf_timeline_free(t);
    mk_release(&whole.m);
    done(&r);
}
