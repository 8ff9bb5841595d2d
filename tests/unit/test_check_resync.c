/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks go on behind lost framing: the frame of each block of each sample is damaged in several
 * ways. What is passed over is that block, or nothing; everything behind it is read, and there is
 * no finding that the damage alone does not explain.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "bytes/cur.h"
#include "stream/refind.h"
#include "support/findings.h"
#include "support/mk.h"
#include "support/packed.h"
#include "support/salvage.h"

#define MOST_TRIED 120 /* blocks of one sample */
#define GAPS_MAX   8

/* One run of the checks. */
struct run {
    uint32_t counts[RULE_COUNT];
    struct scapf_diag first;
    uint64_t gaps[GAPS_MAX][2];
    size_t n_gaps;
    uint64_t packed[GAPS_MAX][3]; /* where they are missing; from, to */
    size_t n_packed;
    struct scapf_ledger ledger;
    enum scapf_status status;
};

static void on_finding(void *ctx, const struct scapf_diag *diag)
{
    struct run *r = ctx;

    r->counts[diag->rule]++;
    if (r->first.rule == RULE_NONE && diag->status != SCAPF_OK) {
        r->first = *diag;
    }
}

static void on_skipped(void *ctx, uint64_t off, uint64_t len)
{
    struct run *r = ctx;

    if (r->n_gaps < GAPS_MAX) {
        r->gaps[r->n_gaps][0] = off;
        r->gaps[r->n_gaps][1] = off + len;
    }
    r->n_gaps++;
}

static void on_skipped_packed(void *ctx, uint64_t off, uint64_t packed_off, uint64_t packed_len)
{
    struct run *r = ctx;

    if (r->n_packed < GAPS_MAX) {
        r->packed[r->n_packed][0] = off;
        r->packed[r->n_packed][1] = packed_off;
        r->packed[r->n_packed][2] = packed_off + packed_len;
    }
    r->n_packed++;
}

/* Returns the unpacked bytes, read and skipped. */
static uint64_t run_packed(struct run *r, const void *bytes, size_t len)
{
    const struct scapf_check_opts opts = {
        .size = sizeof(opts), .skipped = on_skipped, .skipped_packed = on_skipped_packed};
    struct scapf_src *src;

    memset(r, 0, sizeof(*r));
    cr_assert_eq(scapf_src_mem(bytes, len, NULL, &src, NULL), SCAPF_OK);
    r->status = scapf_check(src, &opts, on_finding, r, &r->ledger);
    cr_expect_eq(r->ledger.skipped_places, r->n_gaps);
    return r->ledger.bytes + (r->ledger.stopped ? r->ledger.skipped_bytes : 0);
}

static void run_checks(struct run *r, const void *bytes, size_t len)
{
    cr_expect_eq(run_packed(r, bytes, len), len);
    cr_expect_eq(r->n_packed, 0);
}

/* ------------------------------------------------------------------ damage */

struct victim {
    uint8_t *p; /* a block, or a record of a classic pcap */
    size_t len;
    bool big_endian;
};

static void put_u32(const struct victim *v, size_t at, uint32_t value)
{
    for (size_t i = 0; i < 4; i++) {
        v->p[at + i] = (uint8_t)(value >> 8 * (v->big_endian ? 3 - i : i));
    }
}

static void break_trailer(const struct victim *v)
{
    put_u32(v, v->len - 4, 0x01020304);
}

static void break_length_small(const struct victim *v)
{
    put_u32(v, 4, 13);
}

static void break_length_large(const struct victim *v)
{
    put_u32(v, 4, 0x00FFFFF0);
}

static void break_both(const struct victim *v)
{
    put_u32(v, 4, 0);
    put_u32(v, v->len - 4, 0);
}

static void wipe(const struct victim *v)
{
    memset(v->p, 0xEE, v->len);
}

static const struct {
    const char *name;
    void (*harm)(const struct victim *v);
    bool extent_known; /* one length is left: nothing needs to be passed over */
} ways[] = {
    {"trailer", break_trailer, true},
    {"length too small", break_length_small, true},
    {"length too large", break_length_large, true},
    {"both lengths", break_both, false},
    {"all of it", wipe, false},
};

/* What damage of a frame may be called. */
static bool is_framing(unsigned rule)
{
    static const enum rule rules[] = {
        RULE_BLOCK_LEN_TRAILER, RULE_BLOCK_LEN_MIN,    RULE_BLOCK_LEN_ALIGN, RULE_BLOCK_LEN_LIMIT,
        RULE_BLOCK_TRUNCATED,   RULE_SHB_LEN_MIN,      RULE_SHB_MAGIC,       RULE_TRAILING_BYTES,
        RULE_TRAILING_ZEROS,    RULE_FILE_NOT_SHB,     RULE_BLOCK_SWAPPED,   RULE_PCAP_DATA_SHORT,
        RULE_PCAP_RECORD_SHORT, RULE_PCAP_CAPLEN_LIMIT};

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (rules[i] == rule) {
            return true;
        }
    }
    return false;
}

static void expect_no_cascade(const char *what, const struct run *sound, const struct run *harmed)
{
    unsigned framing = 0;

    for (unsigned rule = 1; rule < RULE_COUNT; rule++) {
        if (is_framing(rule)) {
            framing += harmed->counts[rule];
        } else {
            cr_expect_leq(harmed->counts[rule], sound->counts[rule], "%s: %s", what,
                          scapf_rule_get(rule)->id);
        }
    }
    cr_expect(framing == 1 || (framing == 2 && harmed->counts[RULE_TRAILING_BYTES] == 1), "%s: %u",
              what, framing);
}

static void harm_block(const char *name, struct salvage_capture *c, size_t at, size_t way,
                       const struct run *sound)
{
    const struct salvage_record *rec = &c->records[at];
    uint8_t *saved = malloc(rec->len);
    struct victim v = {c->bytes + rec->off, rec->len, false};
    struct run r;
    char what[200];

    (void)snprintf(what, sizeof(what), "%s: block %zu at %llu, %s", name, at,
                   (unsigned long long)rec->off, ways[way].name);
    memcpy(saved, v.p, v.len);
    v.big_endian = get_u32(v.p + 4, true) == rec->len;
    ways[way].harm(&v);
    run_checks(&r, c->bytes, c->len);
    memcpy(v.p, saved, v.len);
    free(saved);
    expect_no_cascade(what, sound, &r);
    cr_expect_eq(r.status < 0, true, "%s", what);
    if (at + 1 == c->n && r.n_gaps == 0) { /* one length and the end may be enough */
        cr_expect(ways[way].extent_known, "%s", what);
    } else if (ways[way].extent_known && at + 1 < c->n) {
        cr_expect_eq(r.n_gaps, 0, "%s: %zu gaps", what, r.n_gaps);
        cr_expect_eq(r.ledger.blocks, c->n, "%s", what);
    } else {
        cr_expect_eq(r.n_gaps, 1, "%s: %zu gaps", what, r.n_gaps);
        cr_expect_eq(r.gaps[0][0], rec->off, "%s", what);
        cr_expect_eq(r.gaps[0][1], rec->off + rec->len, "%s: to %llu", what,
                     (unsigned long long)r.gaps[0][1]);
        cr_expect_eq(r.ledger.blocks, c->n - 1, "%s", what);
    }
}

Test(check_resync, each_block_of_each_sample)
{
    struct salvage_capture c;
    struct run sound;

    for (size_t i = 0; salvage_sample(i) != NULL; i++) {
        salvage_load(&c, salvage_sample(i));
        run_checks(&sound, c.bytes, c.len);
        if (get_u32(c.bytes, true) == SCAPF_BLOCK_SHB) {
            size_t step = c.n / MOST_TRIED + 1;

            for (size_t at = 0; at < c.n; at += step) {
                for (size_t way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
                    harm_block(salvage_sample(i), &c, at, way, &sound);
                }
            }
        }
        salvage_unload(&c);
    }
}

/* ------------------------------------------------------------------ classic pcap */

Test(check_resync, each_record_of_a_classic_pcap)
{
    struct salvage_capture c;
    struct run sound;
    struct run r;

    for (size_t i = 0; salvage_sample(i) != NULL; i++) {
        salvage_load(&c, salvage_sample(i));
        run_checks(&sound, c.bytes, c.len);
        for (size_t at = 1; at < c.n && get_u32(c.bytes, true) != SCAPF_BLOCK_SHB; at++) {
            const struct salvage_record *rec = &c.records[at];
            uint8_t saved[4];

            memcpy(saved, c.bytes + rec->off + 8, 4);
            memset(c.bytes + rec->off + 8, 0xFF, 4); /* the captured length */
            run_checks(&r, c.bytes, c.len);
            memcpy(c.bytes + rec->off + 8, saved, 4);
            expect_no_cascade(salvage_sample(i), &sound, &r);
            cr_expect_eq(r.n_gaps, 1, "%s %zu", salvage_sample(i), at);
            cr_expect_eq(r.gaps[0][0], rec->off, "%s %zu", salvage_sample(i), at);
            cr_expect_eq(r.gaps[0][1], rec->off + rec->len, "%s %zu", salvage_sample(i), at);
            cr_expect_eq(r.ledger.blocks, c.n - 1, "%s %zu", salvage_sample(i), at);
        }
        salvage_unload(&c);
    }
}

Test(check_resync, pcap_files_put_together)
{
    struct mk m;
    struct run r;

    mk_init(&m, MK_LITTLE);
    for (uint32_t file = 0; file < 2; file++) { /* the second one is older */
        mk_pcap(&m, 0xA1B2C3D4, 65535, 1);
        for (uint32_t i = 0; i < 4; i++) {
            mk_pcap_record(&m, 1700000000 - 1000000 * file + i, i, "0123456789", 10);
        }
    }
    run_checks(&r, m.o.bytes, m.o.len);
    cr_expect_eq(r.counts[RULE_PCAP_CONCATENATED], 1);
    cr_expect_eq(r.counts[RULE_PCAP_TIME_BACK], 0);
    cr_expect_eq(r.ledger.blocks, 9);
    cr_expect_eq(r.gaps[0][1] - r.gaps[0][0], 24);
    mk_release(&m);
}

/* ------------------------------------------------------------------ single cases */

/* Text, then the rest of a capture whose header is lost: in both byte orders. */
Test(check_resync, something_in_front)
{
    static const char text[] = "some text that is no capture at all\n";
    struct mk m;
    struct run r;

    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        for (int header = 0; header <= 1; header++) {
            mk_init(&m, order);
            mk_bytes(&m, text, strlen(text));
            if (header) {
                mk_shb(&m, 0);
                mk_idb(&m, 1, 0);
            }
            mk_epb(&m, 0, 1700000000000000, "abcd", 4);
            mk_epb(&m, 0, 1700000000000001, "abcd", 4);
            run_checks(&r, m.o.bytes, m.o.len);
            cr_expect_eq(r.counts[RULE_FILE_NOT_SHB], 1);
            cr_expect_eq(r.counts[RULE_EPB_IFACE], 0);
            cr_expect_eq(r.n_gaps, 1);
            cr_expect_eq(r.gaps[0][1], strlen(text));
            cr_expect_eq(r.ledger.blocks, header ? 4 : 2);
            mk_release(&m);
        }
    }
}

/* What the damage does not explain is still found behind it, with its own offset and block. */
Test(check_resync, findings_behind)
{
    struct findings f;
    struct mk m;
    uint64_t bad;
    uint64_t at;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    mk_idb(&m, 1, 0);
    at = mk_at(&m);
    mk_epb(&m, 0, 1700000000000000, "abcd", 4);
    mk_patch_u32(&m, at + 4, 0);
    mk_patch_u32(&m, mk_at(&m) - 4, 0);
    mk_epb(&m, 0, 1700000000000001, "abcd", 4);
    bad = mk_at(&m);
    mk_epb(&m, 0, 1700000000000002, "abcd", 4);
    mk_patch_u32(&m, bad + 20, 4000);
    findings_run(&f, m.o.bytes, m.o.len);
    cr_expect(findings_has(&f, RULE_BLOCK_LEN_MIN, at + 4), "%s", findings_text(&f));
    cr_expect(findings_has(&f, RULE_EPB_CAPLEN, bad + 20), "%s", findings_text(&f));
    cr_expect_eq(f.list[f.n - 1].block, 4, "%llu", (unsigned long long)f.list[f.n - 1].block);
    cr_expect_eq(f.status, SCAPF_E_FORMAT);
    mk_release(&m);
}

/* A block larger than what is looked at at once. */
Test(check_resync, large_block_behind)
{
    enum { LARGE = 6 << 20 };
    uint8_t *data = calloc(1, LARGE);
    struct mk m;
    struct run r;
    uint64_t at;

    cr_assert(data != NULL);
    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    mk_idb(&m, 1, 0);
    at = mk_at(&m);
    mk_epb(&m, 0, 1700000000000000, "abcd", 4);
    mk_patch_u32(&m, at + 4, 0);
    mk_patch_u32(&m, mk_at(&m) - 4, 0);
    mk_epb(&m, 0, 1700000000000001, data, LARGE);
    mk_epb(&m, 0, 1700000000000002, data, LARGE);
    mk_epb(&m, 0, 1700000000000003, "abcd", 4);
    run_checks(&r, m.o.bytes, m.o.len);
    cr_expect_eq(r.ledger.blocks, 5);
    cr_expect_eq(r.ledger.skipped_bytes, 36);
    mk_release(&m);
    free(data);
}

/* A limit is no lost framing: there is nothing to search for. */
Test(check_resync, interface_limit_ends_it)
{
    struct mk m;
    struct run r;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    for (uint32_t i = 0; i < 65537; i++) {
        mk_idb(&m, 1, 0);
    }
    run_checks(&r, m.o.bytes, m.o.len);
    cr_expect_eq(r.counts[RULE_INTERFACE_LIMIT], 1);
    cr_expect_eq(r.status, SCAPF_E_LIMIT);
    mk_release(&m);
}

/* ---------------------------------------------------------------- packed */

#define PARTS 5

/* A capture in so many members or frames, and where each begins, packed and unpacked. */
struct parts {
    struct packed all;
    size_t at[PARTS + 1], in[PARTS + 1];
};

static struct parts make_parts(enum packed_shape shape, const uint8_t *bytes, size_t len)
{
    struct parts p = {.all = {NULL, 0}};

    for (size_t i = 0; i < PARTS; i++) {
        struct packed one;

        p.in[i + 1] = len * (i + 1) / PARTS;
        one = packed_make(shape, bytes + p.in[i], p.in[i + 1] - p.in[i]);
        packed_add(&p.all, one.p, one.n);
        packed_free(&one);
        p.at[i + 1] = p.all.n;
    }
    return p;
}

static const struct {
    enum packed_shape shape;
    enum rule damaged, trailing;
    size_t last; /* bytes from the end of a part to its checksum */
} packings[] = {
    {PACKED_GZIP, RULE_GZIP_DAMAGED, RULE_GZIP_TRAILING, 8},
    {PACKED_ZSTD, RULE_ZSTD_DAMAGED, RULE_ZSTD_TRAILING, 4},
};

/* Each part of each sample is destroyed: what is missing stood there, all else is read, and repair
 * keeps the same blocks. */
Test(check_resync, each_part_of_a_packed_sample)
{
    static struct salvage saved;

    for (size_t i = 0; salvage_sample(i) != NULL; i++) {
        struct salvage_capture c;

        salvage_load(&c, salvage_sample(i));
        for (size_t k = 0; k < 2 * PARTS; k++) {
            struct parts p = make_parts(packings[k % 2].shape, c.bytes, c.len);
            size_t part = k / 2;
            const char *name = salvage_sample(i);
            uint64_t lost = p.in[part + 1] - p.in[part];
            struct run r;
            size_t whole = 0;

            memset(p.all.p + p.at[part], 0xEE, p.at[part + 1] - p.at[part]);
            for (size_t n = 0; n < c.n; n++) {
                whole += c.records[n].off + c.records[n].len <= p.in[part] ||
                         c.records[n].off >= p.in[part + 1];
            }
            if (part == 0) { /* then nobody knows that it is packed */
                packed_free(&p.all);
                continue;
            }
            cr_expect_eq(run_packed(&r, p.all.p, p.all.n), c.len - lost, "%s", name);
            cr_expect_eq(r.counts[packings[k % 2].damaged] + r.counts[packings[k % 2].trailing], 1);
            cr_assert_eq(r.n_packed, 1);
            cr_expect_eq(r.packed[0][0], p.in[part]);
            cr_expect_eq(r.packed[0][1], p.at[part]);
            cr_expect_eq(r.packed[0][2], p.at[part + 1]);
            salvage_run(&saved, p.all.p, p.all.n);
            cr_expect_eq(saved.counts.bytes_in, c.len - lost);
            cr_expect_geq(r.ledger.blocks, whole, "%s part %zu: %d of %zu", name, part,
                          (int)r.ledger.blocks, whole);
            salvage_end(&saved);
            packed_free(&p.all);
        }
        salvage_unload(&c);
    }
}

/* A checksum that is wrong costs nothing where parts and blocks end together: all is read. */
Test(check_resync, wrong_checksum)
{
    struct mk m;
    struct run r;

    for (size_t k = 0; k < 2; k++) {
        struct packed all = {NULL, 0};
        uint64_t border = 0;

        mk_init(&m, MK_LITTLE);
        mk_shb(&m, 0);
        mk_idb(&m, 1, 0);
        for (unsigned half = 0; half < 2; half++) {
            struct packed one;

            for (unsigned i = 0; i < 20; i++) {
                mk_epb(&m, 0, UINT64_C(1700000000000000) + i, "abcd", 4);
            }
            one = packed_make(packings[k].shape, m.o.bytes + border, m.o.len - border);
            one.p[one.n - packings[k].last] ^= half == 0;
            packed_add(&all, one.p, one.n);
            packed_free(&one);
            border = half == 0 ? mk_at(&m) : border;
        }
        (void)run_packed(&r, all.p, all.n);
        cr_expect_eq(r.counts[packings[k].damaged], 1);
        cr_expect_eq(r.first.off, border);
        cr_expect_eq(r.ledger.by_kind[SCAPF_KIND_PACKET], 40);
        cr_expect_eq(r.status, SCAPF_E_FORMAT);
        packed_add(&all, "text", 4);
        (void)run_packed(&r, all.p, all.n);
        cr_expect_eq(r.counts[packings[k].trailing], 1);
        cr_expect_eq(r.packed[r.n_packed - 1][2], all.n);
        packed_free(&all);
        mk_release(&m);
    }
}

/* The header of the first section is lost, and the next section has the other byte order. */
Test(check_resync, a_section_of_the_other_order_behind_a_lost_header)
{
    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        struct findings f;
        struct mk m;

        mk_init(&m, order);
        mk_shb(&m, 0);
        mk_idb(&m, 1, 0);
        mk_idb(&m, 1, 0);
        m.o.bytes[0] = 1;
        m.o.big_endian = !m.o.big_endian;
        mk_shb(&m, 0);
        mk_idb(&m, 1, 0);
        findings_run(&f, m.o.bytes, m.o.len);
        cr_expect_eq(findings_count(&f, RULE_FILE_NOT_SHB), 1, "%s", findings_text(&f));
        mk_release(&m);
    }
}

/* More breaks than are remembered: the last one stands for those behind it, and what was not told
 * of yet still is. */
Test(check_resync, more_breaks_than_are_kept)
{
    struct refind_gaps gaps = {.n = 0};
    uint64_t untold = 0;

    for (uint64_t i = 0; i < REFIND_GAPS + 3; i++) {
        const struct refind_gap gap = {.from = i, .to = i, .raw_off = 10 * i, .raw_len = 1};

        refind_break(&gaps, &gap);
        if (i == REFIND_GAPS) { /* all of them, the one that stands for two among them */
            for (uint32_t k = 0; k < gaps.n; k++) {
                untold += gaps.list[k].raw_len;
                gaps.list[k].told = true;
            }
        }
    }
    cr_expect_eq(untold, REFIND_GAPS + 1);
    cr_assert_eq(gaps.n, REFIND_GAPS);
    cr_expect(!gaps.list[REFIND_GAPS - 1].told);
    cr_expect_eq(gaps.list[REFIND_GAPS - 1].raw_off, 10 * (REFIND_GAPS + 1));
    cr_expect_eq(gaps.list[REFIND_GAPS - 1].raw_len, 2);
    cr_expect_eq(gaps.list[REFIND_GAPS - 1].from, REFIND_GAPS - 1);
    cr_expect_eq(gaps.list[REFIND_GAPS - 1].to, REFIND_GAPS + 2);
}
