/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "support/rd.h"

/* Codes with few parameters; what they mean does not matter here. */
#define OPEN_X      3   /* many parameters */
#define CLOSE_E     4   /* one */
#define CONTAINER_2 324 /* a large type */
#define UNKNOWN     4001

static const struct {
    uint32_t type;
    bool flags, v2, large;
} blocks[] = {
    {0x204, false, false, false},      {0x208, true, false, false}, {0x216, false, true, false},
    {0x217, true, true, false},        {0x221, false, true, true},  {0x222, true, true, true},
    {0x8010ABCD, false, false, false},
};

/* One section, then what build() adds; the first event record is the second block. */
static void begin(struct mk *m, int big)
{
    mk_init(m, big);
    mk_shb(m, 2);
}

static void open_event(struct rd *rd, struct mk *m)
{
    rd_mk(rd, m);
    rd_skip(rd, 2);
}

static void close_event(struct rd *rd, struct mk *m)
{
    cr_expect_eq(rd_rest(rd), SCAPF_END);
    rd_close_len(rd, m->o.len);
    mk_release(m);
}

Test(event, every_block)
{
    for (size_t i = 0; i < 2 * sizeof(blocks) / sizeof(blocks[0]); i++) {
        size_t b = i / 2;
        uint16_t code = blocks[b].large ? CONTAINER_2 : CLOSE_E;
        const struct scapf_event *ev;
        const uint8_t *p;
        uint32_t n;
        struct mk m;
        struct rd rd;

        begin(&m, i % 2);
        mk_ev_begin(&m, blocks[b].type, 7, 1700000000123456789, -1, code);
        if (blocks[b].flags) {
            mk_ev_flags(&m, 1);
        }
        mk_param_u64(&m, 42);
        mk_ev_end(&m);
        open_event(&rd, &m);
        ev = rd.rec.event;
        cr_assert_not_null(ev, "%#x", blocks[b].type);
        cr_expect_eq(rd.rec.kind, SCAPF_KIND_EVENT);
        cr_expect(ev->cpu == 7 && ev->ts_ns == 1700000000123456789 && ev->tid == -1);
        cr_expect(ev->code == code && ev->n_params == 1 && ev->has_params);
        cr_expect_eq(ev->flags, blocks[b].flags ? 1 : 0);
        cr_expect_eq(ev->len_size, blocks[b].large ? 4 : 2);
        cr_expect_eq(ev->len, (blocks[b].v2 ? 26 : 22) + ev->len_size + 8);
        cr_expect_eq(ev->off, 28 + (blocks[b].flags ? 14 : 10));
        cr_expect(rd.rec.has_ts && rd.rec.ts_ns == ev->ts_ns);
        cr_expect_eq(ev->info, scapf_schema_event(scapf_schema_builtin(), code));
        cr_assert_eq(scapf_event_param(ev, 0, &p, &n), SCAPF_OK);
        cr_expect(n == 8 && p[i % 2 ? 7 : 0] == 42);
        cr_expect_eq(scapf_event_param(ev, 1, &p, &n), SCAPF_E_USAGE);
        cr_expect_eq(ev->options_len, 0);
        close_event(&rd, &m);
    }
}

/* [scap 9.4] Every number of parameters has one length; empty ones are parameters too. */
Test(event, v1_parameters_are_counted)
{
    for (uint32_t n = 0; n <= 40; n++) {
        for (int empty = 0; empty <= 1; empty++) {
            const struct scapf_event *ev;
            struct mk m;
            struct rd rd;

            begin(&m, n % 2);
            mk_ev_begin(&m, 0x204, 0, 1, 1, OPEN_X);
            for (uint32_t i = 0; i < n; i++) {
                mk_param(&m, "abcdefgh", empty ? 0 : i % 8);
            }
            mk_ev_end(&m);
            open_event(&rd, &m);
            ev = rd.rec.event;
            cr_assert_not_null(ev, "%u parameters", n);
            cr_expect_eq(ev->n_params, n, "%u, want %u", ev->n_params, n);
            for (uint32_t i = 0; i < n; i++) {
                const uint8_t *p;
                uint32_t len;

                cr_assert_eq(scapf_event_param(ev, i, &p, &len), SCAPF_OK);
                cr_expect_eq(len, empty ? 0 : i % 8);
                cr_expect_eq(memcmp(p, "abcdefgh", len), 0);
            }
            close_event(&rd, &m);
        }
    }
}

/* Two codes were stored with a length that is 3 too large; the right length is taken too. */
Test(event, v1_old_notifications)
{
    static const uint16_t codes[] = {280, 286};

    for (size_t i = 0; i < 8; i++) {
        uint16_t code = codes[i % 2];
        bool surplus = (i & 2) != 0;
        const struct scapf_event *ev;
        struct mk m;
        struct rd rd;
        uint64_t at;

        begin(&m, i >= 4);
        at = mk_at(&m);
        mk_ev_begin(&m, 0x204, 0, 1, 1, code);
        mk_param_str(&m, "id");
        mk_param_str(&m, "description");
        mk_ev_body(&m);
        if (surplus) { /* 22 + 4 + 3 + 12 = 41, and the block has room: 2 + 41 + 1 */
            mk_zero(&m, 3);
            mk_patch_u32(&m, at + 10 + 16, 44);
        }
        mk_end(&m);
        open_event(&rd, &m);
        ev = rd.rec.event;
        cr_assert_not_null(ev, "row %zu", i);
        cr_expect(ev->n_params == 2 && ev->len == 41 && ev->payload_len == 19, "row %zu", i);
        close_event(&rd, &m);
    }
}

/* Any other code with 3 bytes too many has no number of parameters. */
Test(event, v1_lengths_that_do_not_add_up)
{
    struct mk m;
    struct rd rd;
    uint64_t at;

    begin(&m, MK_LITTLE);
    at = mk_at(&m);
    mk_ev_begin(&m, 0x204, 0, 1, 1, CLOSE_E);
    mk_param_u64(&m, 3);
    mk_ev_body(&m);
    mk_zero(&m, 4);
    mk_patch_u32(&m, at + 10 + 16, 22 + 2 + 8 + 1);
    mk_end(&m);
    at = mk_at(&m);
    mk_ev_begin(&m, 0x204, 0, 1, 1, CLOSE_E); /* a length that leaves the event */
    mk_param_u64(&m, 3);
    mk_ev_end(&m);
    mk_patch_u16(&m, at + 10 + 22, 9);
    open_event(&rd, &m);
    cr_expect_null(rd.rec.event);
    rd_expect("slack", rd.rec.damage, RULE_EVENT_V1_LENGTHS, 28 + 10 + 22, 11, 0);
    rd_skip(&rd, 1);
    rd_expect("leaves", rd.rec.damage, RULE_EVENT_V1_LENGTHS, at + 10 + 22, 10, 0);
    close_event(&rd, &m);
}

/* [MIX-07] A new event, count and all, under the old number. */
Test(event, v2_event_in_a_v1_block)
{
    for (int big = 0; big <= 1; big++) {
        struct mk m;
        struct rd rd;

        begin(&m, big);
        mk_ev_begin(&m, 0x216, 0, 1, 1, CLOSE_E);
        mk_param_u64(&m, 3);
        mk_ev_end(&m);
        mk_patch_u32(&m, 28, 0x204);
        open_event(&rd, &m);
        rd_expect("V2 in V1", rd.rec.damage, RULE_MIX_V2_IN_V1, 28 + 10 + 22, 14, 0);
        close_event(&rd, &m);
    }
}

/* [MIX-07] What mergecap 4.0 writes: the count left out, the length as it was. */
Test(event, v2_length_in_a_v1_block)
{
    for (uint32_t n = 0; n < 4; n++) {
        struct mk m;
        struct rd rd;

        begin(&m, n % 2);
        mk_ev_begin(&m, 0x204, 0, 1, 1, OPEN_X);
        for (uint32_t i = 0; i < n; i++) {
            mk_param(&m, "abc", i);
        }
        mk_ev_end(&m);
        mk_patch_u32(&m, 28 + 10 + 16, 26 + 2 * n + n * (n - 1) / 2);
        open_event(&rd, &m);
        rd_expect("V2 length", rd.rec.damage, RULE_MIX_V2_IN_V1, 28 + 10 + 16,
                  26 + 2 * n + n * (n - 1) / 2, 22 + 2 * n + n * (n - 1) / 2);
        close_event(&rd, &m);
    }
}

/* Fewer than the schema has: an older writer. More: a newer one. Both are read as they are. */
Test(event, other_numbers_of_parameters)
{
    uint8_t known = scapf_schema_event(scapf_schema_builtin(), OPEN_X)->n_params;

    for (uint32_t n = 0; n <= MK_PARAMS; n++) {
        const struct scapf_event *ev;
        const uint8_t *p;
        uint32_t len;
        struct mk m;
        struct rd rd;

        begin(&m, n % 2);
        mk_ev_begin(&m, 0x216, 0, 1, 1, OPEN_X);
        for (uint32_t i = 0; i < n; i++) {
            mk_param_u8(&m, (uint8_t)i);
        }
        mk_ev_end(&m);
        open_event(&rd, &m);
        ev = rd.rec.event;
        cr_assert_not_null(ev);
        cr_expect_eq(ev->n_params, n);
        for (uint32_t k = 0; k < 2 * n; k++) { /* in order, and backwards */
            uint32_t i = k < n ? k : 2 * n - 1 - k;
            struct scapf_value v;

            cr_assert_eq(scapf_event_param(ev, i, &p, &len), SCAPF_OK);
            cr_expect(len == 1 && *p == i, "parameter %u of %u", i, n);
            if (i >= known) {
                cr_assert_eq(scapf_event_value(ev, i, &v, NULL), SCAPF_OK);
                cr_expect(v.kind == SCAPF_VALUE_BYTES && v.info == NULL && v.len == 1);
            }
        }
        cr_expect_eq(scapf_event_param(ev, n, &p, &len), SCAPF_E_USAGE);
        close_event(&rd, &m);
    }
}

Test(event, unknown_codes)
{
    for (size_t i = 0; i < 2 * sizeof(blocks) / sizeof(blocks[0]); i++) {
        size_t b = i / 2;
        const struct scapf_event *ev;
        struct mk m;
        struct rd rd;

        begin(&m, i % 2);
        mk_ev_begin(&m, blocks[b].type, 0, 5, 6, UNKNOWN);
        mk_param_str(&m, "abc");
        mk_param_u8(&m, 1);
        mk_ev_end(&m);
        open_event(&rd, &m);
        ev = rd.rec.event;
        cr_assert_not_null(ev);
        cr_expect(ev->info == NULL && ev->has_params && ev->n_params == 2, "%#x", blocks[b].type);
        cr_expect(ev->tid == 6 && ev->ts_ns == 5);
        cr_expect_eq(rd_rest(&rd), SCAPF_END);
        cr_expect_eq(scapf_reader_ledger(rd.reader)->unknown_events, 1);
        cr_expect_eq(scapf_reader_ledger(rd.reader)->known, 1);
        close_event(&rd, &m);
    }
}

/* An unknown code whose bytes have another structure is opaque, but not damaged. */
Test(event, unknown_codes_are_opaque)
{
    for (size_t i = 0; i < 2 * sizeof(blocks) / sizeof(blocks[0]); i++) {
        size_t b = i / 2;
        const struct scapf_event *ev;
        const uint8_t *p;
        uint32_t n;
        struct mk m;
        struct rd rd;
        uint64_t at;

        begin(&m, i % 2);
        mk_ev_begin(&m, blocks[b].type, 0, 5, 6, UNKNOWN);
        mk_param_str(&m, "abc");
        mk_ev_body(&m);
        at = m.event + (blocks[b].v2 ? 26 : 22);
        mk_end(&m);
        mk_patch_u8(&m, at, 0xFF);
        mk_patch_u8(&m, at + 1, 0xFF);
        open_event(&rd, &m);
        ev = rd.rec.event;
        cr_assert_not_null(ev, "%#x", blocks[b].type);
        cr_expect_not(ev->has_params);
        cr_expect_eq(ev->payload_len, (blocks[b].large ? 4 : 2) + 4);
        cr_expect_eq(scapf_event_param(ev, 0, &p, &n), SCAPF_E_USAGE);
        cr_expect_null(rd.rec.damage);
        close_event(&rd, &m);
    }
}

/* The code decides the width of the lengths, not the block. [scap 9.3] */
Test(event, width_follows_the_code)
{
    for (int large = 0; large <= 1; large++) {
        const struct scapf_event *ev;
        const uint8_t *p;
        uint32_t n;
        struct mk m;
        struct rd rd;

        begin(&m, MK_LITTLE);
        mk_ev_begin(&m, large ? 0x221 : 0x216, 0, 1, 1, large ? CONTAINER_2 : CLOSE_E);
        mk_param_u64(&m, 7);
        mk_ev_end(&m);
        mk_patch_u32(&m, 28, large ? 0x216 : 0x221);
        open_event(&rd, &m);
        ev = rd.rec.event;
        cr_assert_not_null(ev);
        cr_expect_eq(ev->len_size, large ? 4 : 2);
        cr_assert_eq(scapf_event_param(ev, 0, &p, &n), SCAPF_OK);
        cr_expect_eq(n, 8);
        close_event(&rd, &m);
    }
}

/* Bytes behind the last parameter: libscap takes them, so they are read over, and stay in len. */
Test(event, slack)
{
    const struct scapf_event *ev;
    struct mk m;
    struct rd rd;

    begin(&m, MK_LITTLE);
    mk_ev_begin(&m, 0x216, 0, 1, 1, CLOSE_E);
    mk_param_u64(&m, 7);
    mk_ev_body(&m);
    mk_zero(&m, 8);
    mk_end(&m);
    mk_patch_u32(&m, 28 + 10 + 16, 26 + 2 + 8 + 5);
    open_event(&rd, &m);
    ev = rd.rec.event;
    cr_assert_not_null(ev);
    cr_expect(ev->len == 41 && ev->payload_len == 15 && ev->n_params == 1);
    cr_expect_eq(ev->param_off[1], 10);
    close_event(&rd, &m);
}

Test(event, hostile_numbers)
{
    static const struct {
        const char *name;
        uint64_t at; /* in the event header */
        uint32_t value;
        enum rule rule;
        uint64_t off, got, want;
    } rows[] = {
        {"length 0", 16, 0, RULE_EVENT_LEN, 16, 0, 26},
        {"length 25", 16, 25, RULE_EVENT_LEN, 16, 25, 26},
        {"length of the header", 16, 26, RULE_EVENT_LENGTHS, 26, 2, 0},
        {"length in the lengths", 16, 29, RULE_EVENT_LENGTHS, 26, 2, 1},
        {"length short of the parameters", 16, 37, RULE_EVENT_SUM, 28, 12, 11},
        {"length of the block", 16, 38, RULE_NONE, 0, 0, 0},
        {"length above the block", 16, 39, RULE_EVENT_LEN, 16, 39, 38},
        {"length 4 GiB", 16, UINT32_MAX, RULE_EVENT_LEN, 16, UINT32_MAX, 38},
        {"5 parameters", 22, 5, RULE_EVENT_SUM, 26, 14, 12},
        {"6 parameters", 22, 6, RULE_EVENT_SUM, 26, 16, 12},
        {"7 parameters", 22, 7, RULE_EVENT_LENGTHS, 26, 7, 6},
        {"2^31 parameters", 22, UINT32_C(1) << 31, RULE_EVENT_LENGTHS, 26, UINT32_C(1) << 31, 6},
        {"2^32-1 parameters", 22, UINT32_MAX, RULE_EVENT_LENGTHS, 26, UINT32_MAX, 6},
    };

    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        struct mk m;
        struct rd rd;

        begin(&m, i % 2);
        mk_ev_begin(&m, 0x216, 0, 1, 1, CLOSE_E);
        mk_param_u32(&m, 0);
        mk_param_u32(&m, 0);
        mk_ev_end(&m); /* 26 + 4 + 8 = 38, and 2 before it: no padding */
        mk_begin(&m, 0x77);
        mk_end(&m);
        mk_patch_u32(&m, 28 + 10 + rows[i / 2].at, rows[i / 2].value);
        rd_mk(&rd, &m);
        rd_skip(&rd, 2);
        if (rows[i / 2].rule == RULE_NONE) {
            cr_expect_null(rd.rec.damage, "%s", rows[i / 2].name);
        } else {
            uint64_t got = rows[i / 2].got;

            cr_expect_null(rd.rec.event, "%s", rows[i / 2].name);
            rd_expect(rows[i / 2].name, rd.rec.damage, rows[i / 2].rule, 38 + rows[i / 2].off, got,
                      rows[i / 2].want);
        }
        rd_skip(&rd, 1);
        close_event(&rd, &m);
    }
}

/* Cut the block's body anywhere (with a frame that fits): never more than what is there. */
Test(event, short_blocks)
{
    for (size_t b = 0; b < sizeof(blocks) / sizeof(blocks[0]); b++) {
        for (uint32_t len = 0; len < 48; len += 4) {
            struct mk m;
            struct rd rd;

            begin(&m, MK_LITTLE);
            mk_ev_begin(&m, blocks[b].type, 0, 1, 1, CLOSE_E);
            mk_param_u64(&m, 7);
            mk_ev_body(&m);
            m.o.len = 28 + 8 + len;
            mk_end(&m);
            rd_mk(&rd, &m);
            rd_skip(&rd, 2);
            if (len < (blocks[b].flags ? 4u : 0u) + 2 + (blocks[b].v2 ? 26 : 22)) {
                cr_expect_null(rd.rec.event);
                cr_assert_not_null(rd.rec.damage);
                cr_expect_eq(rd.rec.damage->rule, RULE_EVENT_LEN, "%#x %u", blocks[b].type, len);
                cr_expect_leq(rd.rec.damage->off, 28 + 8 + len);
            }
            close_event(&rd, &m);
        }
    }
}

/* [scap 9.5] Options start at the next multiple of 4 of the body. */
Test(event, options_behind)
{
    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        for (uint32_t len = 0; len < 8; len++) {
            struct scapf_option_iter it;
            struct scapf_option opt;
            struct mk m;
            struct rd rd;

            begin(&m, len % 2);
            mk_ev_begin(&m, blocks[i].type, 0, 1, 1, blocks[i].large ? CONTAINER_2 : CLOSE_E);
            mk_param(&m, "abcdefgh", len);
            mk_ev_body(&m);
            mk_opt_str(&m, 1, "note");
            mk_opt_end(&m);
            mk_end(&m);
            open_event(&rd, &m);
            cr_assert_not_null(rd.rec.event);
            cr_expect_eq(rd.rec.event->options_len, 12);
            scapf_options_begin(&rd.rec, &it);
            cr_assert_eq(scapf_option_next(&it, &opt), SCAPF_OK);
            cr_expect(opt.code == 1 && opt.len == 4 && memcmp(opt.value, "note", 4) == 0);
            cr_expect_eq(scapf_option_next(&it, &opt), SCAPF_END);
            close_event(&rd, &m);
        }
    }
}

/* Asking for a million parameters one after the other must not take the square of a million. */
Test(event, millions_of_parameters, .timeout = 10)
{
    const uint32_t n = 4000000;
    const struct scapf_event *ev;
    struct mk m;
    struct rd rd;

    begin(&m, MK_LITTLE);
    mk_ev_begin(&m, 0x216, 0, 1, 1, CLOSE_E);
    mk_ev_body(&m);
    mk_patch_u32(&m, 38 + 16, 26 + 2 * n);
    mk_patch_u32(&m, 38 + 22, n);
    mk_zero(&m, 2 * n);
    mk_end(&m);
    open_event(&rd, &m);
    ev = rd.rec.event;
    cr_assert_not_null(ev);
    cr_expect_eq(ev->n_params, n);
    for (uint32_t i = 0; i < n; i++) {
        const uint8_t *p;
        uint32_t len = 1;

        if (scapf_event_param(ev, i, &p, &len) != SCAPF_OK || len != 0) {
            cr_assert_fail("parameter %u", i);
        }
    }
    close_event(&rd, &m);
}

Test(event, names)
{
    const struct scapf_schema *schema = scapf_schema_builtin();
    const struct scapf_arch *arch = scapf_schema_arch(schema, "x86_64");
    static const struct {
        uint16_t code, sc, nr;
        const char *name;
    } rows[] = {
        {CLOSE_E, 0, 0, "close"}, {1, 18, 0, "ptrace"},     {0, 18, 0, "ptrace"},
        {0, 0, 101, "ptrace"},    {0, 0, 60000, "unknown"}, {UNKNOWN, 0, 0, "unknown"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *name;
        size_t len;
        struct mk m;
        struct rd rd;

        begin(&m, i % 2);
        mk_ev_begin(&m, 0x216, 0, 1, 1, rows[i].code);
        mk_param_u16(&m, rows[i].sc);
        mk_param_u16(&m, rows[i].nr);
        mk_ev_end(&m);
        open_event(&rd, &m);
        name = scapf_event_name(rd.rec.event, schema, arch, &len);
        cr_expect_eq(len, strlen(name));
        cr_expect_str_eq(name, rows[i].name);
        close_event(&rd, &m);
    }
}

Test(event, name_of_an_asynchronous_event)
{
    const char *name;
    size_t len;
    struct mk m;
    struct rd rd;

    begin(&m, MK_LITTLE);
    mk_ev_begin(&m, 0x221, 0, 1, 1, 402);
    mk_param_u32(&m, 0);
    mk_param_str(&m, "container");
    mk_param(&m, "{}", 3);
    mk_ev_end(&m);
    open_event(&rd, &m);
    name = scapf_event_name(rd.rec.event, scapf_schema_builtin(), NULL, &len);
    cr_expect(len == 9 && memcmp(name, "container", 9) == 0);
    close_event(&rd, &m);
}
