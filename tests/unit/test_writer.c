/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <glob.h>
#include <stdlib.h>

#include "support/rd.h"
#include "support/wr.h"

/* ------------------------------------------------------------------ verbatim */

Test(writer, samples_are_rewritten_byte_for_byte)
{
    glob_t found;

    cr_assert_eq(glob("samples/*.*cap*", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        size_t len;
        uint8_t *bytes = rd_file(found.gl_pathv[i], &len);
        struct rd rd;
        struct wr wr = {0};

        rd_open(&rd, bytes, len, NULL, 0);
        while (rd_next(&rd) == SCAPF_OK) {
            if (rd.rec.ordinal == 0) {
                wr_open(&wr, rd.rec.type == 0 ? SCAPF_CONTAINER_PCAP : SCAPF_CONTAINER_PCAPNG,
                        false);
            }
            OK(scapf_writer_put(wr.w, &rd.rec));
        }
        cr_expect_eq(rd.status, SCAPF_END);
        wr_finish(&wr);
        if (scapf_reader_compression(rd.reader) == SCAPF_PLAIN) {
            cr_expect(wr.len == len && memcmp(wr.bytes, bytes, len) == 0, "%s", found.gl_pathv[i]);
        } else {
            cr_expect_eq(wr.len, scapf_reader_ledger(rd.reader)->bytes, "%s", found.gl_pathv[i]);
        }
        wr_close(&wr);
        rd_close(&rd);
        free(bytes);
    }
    globfree(&found);
}

/* Damaged blocks, unknown ones and those of type 0 are copied too. */
Test(writer, what_cannot_be_read_is_copied)
{
    struct mk m;
    struct rd rd;
    struct wr wr;

    mk_init(&m, MK_BIG);
    mk_shb(&m, 0);
    mk_epb(&m, 5, 1, "no interface", 12);
    mk_begin(&m, 0);
    mk_u32(&m, 9);
    mk_end(&m);
    mk_begin(&m, 0xFFFFFFFF);
    mk_end(&m);
    mk_shb(&m, 0);
    mk_patch_u16(&m, m.block + 12, 9); /* of another major version */
    mk_epb(&m, 0, 1, "opaque", 6);
    rd_mk(&rd, &m);
    wr_open(&wr, SCAPF_CONTAINER_PCAPNG, false);
    while (rd_next(&rd) == SCAPF_OK) {
        OK(scapf_writer_put(wr.w, &rd.rec));
    }
    USAGE(scapf_writer_event(wr.w, &wr_event)); /* nothing can be built in a foreign section */
    wr_finish(&wr);
    cr_expect(wr.len == m.o.len && memcmp(wr.bytes, m.o.bytes, m.o.len) == 0);
    wr_close(&wr);
    rd_close(&rd);
    mk_release(&m);
}

/* ------------------------------------------------------------------ events */

static const uint8_t sizes[SCAPF_PT_COUNT] = {
#define X(number, name, size) [number] = (size),
    SCAPF_PARAM_TYPES(X)
#undef X
};

static bool is_number(uint8_t type)
{
    return type < SCAPF_PT_COUNT && sizes[type] > 0 && sizes[type] <= 8;
}

/* The number of parameter i, of its type's width. */
static uint64_t number_of(uint8_t type, uint32_t i)
{
    uint64_t v = UINT64_C(0xF1E2D3C4B5A69788) + i;

    return sizes[type] == 8 ? v : v & ((UINT64_C(1) << 8 * sizes[type]) - 1);
}

static void put_param(struct scapf_writer *w, const struct scapf_param_info *p, uint32_t i)
{
    if (is_number(p->type)) {
        OK(scapf_writer_param_int(w, number_of(p->type, i)));
    } else if (p->type == SCAPF_PT_DYN) {
        USAGE(scapf_writer_param_int(w, 1)); /* it has no number */
        OK(scapf_writer_param(w, "\0", 1));
    } else {
        USAGE(scapf_writer_param_int(w, 1));
        OK(scapf_writer_param(w, "text", i % 2 != 0 ? 5 : 0));
    }
}

static void expect_param(const struct scapf_event *ev, const struct scapf_param_info *p, uint32_t i)
{
    const uint8_t *bytes;
    uint32_t len;
    struct scapf_value v;

    cr_assert_eq(scapf_event_param(ev, i, &bytes, &len), SCAPF_OK);
    if (is_number(p->type)) {
        cr_assert_eq(scapf_event_value(ev, i, &v, NULL), SCAPF_OK, "%s.%s", ev->info->symbol,
                     p->name);
        cr_expect_eq(len, sizes[p->type]);
        if (v.kind == SCAPF_VALUE_UNSIGNED) {
            cr_expect_eq(v.u, number_of(p->type, i), "%s.%s", ev->info->symbol, p->name);
        } else if (v.kind == SCAPF_VALUE_SIGNED) {
            uint64_t mask =
                sizes[p->type] == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * sizes[p->type]) - 1;

            cr_expect_eq((uint64_t)v.i & mask, number_of(p->type, i), "%s.%s", ev->info->symbol,
                         p->name);
        }
    } else if (p->type == SCAPF_PT_DYN) {
        cr_expect(len == 1 && *bytes == 0);
    } else {
        cr_expect(len == (i % 2 != 0 ? 5 : 0) && memcmp(bytes, "text", len) == 0);
    }
}

/* Every event of the schema with all its parameters, in both byte orders, with and without flags;
 * the block number follows. */
Test(writer, every_event_of_the_schema)
{
    const struct scapf_schema *schema = scapf_schema_builtin();

    for (int variant = 0; variant < 4; variant++) {
        bool flags = (variant & 2) != 0;
        struct rd rd;
        struct wr wr;
        unsigned n = 0;

        wr_open(&wr, SCAPF_CONTAINER_PCAPNG, variant % 2 != 0);
        OK(scapf_writer_section(wr.w, 2));
        for (uint32_t code = 0; code < schema->n_events; code++) {
            const struct scapf_event_info *info = scapf_schema_event(schema, code);
            struct scapf_event_header h = wr_event;

            if (info == NULL) {
                continue;
            }
            h.code = (uint16_t)code;
            h.flags = flags ? 1 : 0;
            h.ts_ns += code;
            OK(scapf_writer_event(wr.w, &h));
            for (uint32_t i = 0; i < info->n_params; i++) {
                put_param(wr.w, &info->params[i], i);
            }
            USAGE(scapf_writer_param_int(wr.w, 1)); /* beyond the schema only bytes */
            OK(scapf_writer_event_end(wr.w));
        }
        wr_finish(&wr);
        rd_open(&rd, wr.bytes, wr.len, NULL, 0);
        rd_skip(&rd, 1);
        while (rd_next(&rd) == SCAPF_OK) {
            const struct scapf_event *ev = rd.rec.event;
            bool large;

            cr_assert_not_null(ev);
            large = (ev->info->flags & SCAPF_EF_LARGE_PAYLOAD) != 0;
            cr_expect_eq(rd.rec.type, large ? flags ? 0x222 : 0x221 : flags ? 0x217 : 0x216);
            cr_expect(ev->cpu == 3 && ev->tid == -7 && ev->flags == (flags ? 1 : 0));
            cr_expect_eq(ev->ts_ns, wr_event.ts_ns + ev->code);
            cr_assert_eq(ev->n_params, ev->info->n_params);
            for (uint32_t i = 0; i < ev->n_params; i++) {
                expect_param(ev, &ev->info->params[i], i);
            }
            n++;
        }
        cr_expect_eq(rd.status, SCAPF_END);
        cr_expect_eq(n, 454);
        rd_close_len(&rd, wr.len);
        wr_close(&wr);
    }
}

Test(writer, numbers_that_do_not_fit)
{
    static const struct {
        uint64_t value;
        enum scapf_status status;
    } rows[] = {
        {0, SCAPF_OK},
        {255, SCAPF_OK},
        {256, SCAPF_E_USAGE},
        {UINT64_MAX, SCAPF_OK}, /* -1 */
        {(uint64_t)-128, SCAPF_OK},
        {(uint64_t)-129, SCAPF_E_USAGE},
        {UINT64_C(1) << 63, SCAPF_E_USAGE},
    };
    const struct scapf_schema *schema = scapf_schema_builtin();
    struct scapf_event_header h = wr_event;
    uint32_t at = UINT32_MAX;
    struct wr wr;

    for (uint32_t code = 0; code < schema->n_events && at == UINT32_MAX; code++) {
        const struct scapf_event_info *info = scapf_schema_event(schema, code);

        h.code = (uint16_t)code;
        if (info != NULL && info->n_params > 0 && sizes[info->params[0].type] == 1) {
            at = 0;
        }
    }
    cr_assert_eq(at, 0, "no event starts with one byte");
    wr_open(&wr, SCAPF_CONTAINER_PCAPNG, false);
    OK(scapf_writer_section(wr.w, 2));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        OK(scapf_writer_event(wr.w, &h));
        cr_expect_eq(scapf_writer_param_int(wr.w, rows[i].value), rows[i].status, "row %zu", i);
        OK(scapf_writer_event_end(wr.w));
    }
    wr_finish(&wr);
    wr_close(&wr);
}

Test(writer, comments)
{
    for (int big = 0; big <= 1; big++) {
        struct scapf_option_iter it;
        struct scapf_option opt;
        struct rd rd;
        struct wr wr;

        wr_open(&wr, SCAPF_CONTAINER_PCAPNG, big);
        OK(scapf_writer_section(wr.w, 2));
        OK(scapf_writer_event(wr.w, &wr_event));
        OK(scapf_writer_param(wr.w, "abc", 3));
        OK(scapf_writer_comment(wr.w, "one", 3));
        OK(scapf_writer_comment(wr.w, "", 0));
        cr_expect_eq(scapf_writer_comment(wr.w, "x", 65536), SCAPF_E_LIMIT);
        OK(scapf_writer_event_end(wr.w));
        wr_finish(&wr);
        rd_open(&rd, wr.bytes, wr.len, NULL, 0);
        rd_skip(&rd, 2);
        cr_assert_not_null(rd.rec.event);
        scapf_options_begin(&rd.rec, &it);
        OK(scapf_option_next(&it, &opt));
        cr_expect(opt.code == 1 && opt.len == 3 && memcmp(opt.value, "one", 3) == 0);
        OK(scapf_option_next(&it, &opt));
        cr_expect(opt.code == 1 && opt.len == 0);
        cr_expect_eq(scapf_option_next(&it, &opt), SCAPF_END);
        cr_expect(it.ended && it.pos == it.len);
        cr_expect_eq(rd_next(&rd), SCAPF_END);
        rd_close_len(&rd, wr.len);
        wr_close(&wr);
    }
}

/* An event at once has the bytes of one that is made step by step. */
Test(writer, whole_events)
{
    static const uint32_t lens[] = {3, 0, 5};

    for (uint32_t i = 0; i < 8; i++) {
        struct scapf_event_parts parts = {wr_event,   lens,  3,
                                          "abcdefgh", "one", i >> 2 != 0 ? 3 : 0};
        struct wr steps;
        struct wr whole;

        parts.header.flags = i >> 1 & 1;
        wr_open(&steps, SCAPF_CONTAINER_PCAPNG, i & 1);
        wr_open(&whole, SCAPF_CONTAINER_PCAPNG, i & 1);
        OK(scapf_writer_section(steps.w, 2));
        OK(scapf_writer_event(steps.w, &parts.header));
        OK(scapf_writer_param(steps.w, "abc", 3));
        OK(scapf_writer_params(steps.w, NULL, 0, NULL));
        OK(scapf_writer_params(steps.w, lens + 1, 2, "defgh"));
        if (parts.comment_len > 0) {
            OK(scapf_writer_comment(steps.w, "one", 3));
        }
        OK(scapf_writer_event_end(steps.w));
        wr_finish(&steps);
        USAGE(scapf_writer_event_whole(whole.w, &parts)); /* no section yet */
        OK(scapf_writer_section(whole.w, 2));
        OK(scapf_writer_event_whole(whole.w, &parts));
        wr_finish(&whole);
        cr_expect_eq(steps.len, whole.len, "row %u", i);
        cr_expect_arr_eq(steps.bytes, whole.bytes, steps.len, "row %u", i);
        wr_close(&steps);
        wr_close(&whole);
    }
}

Test(writer, whole_events_have_the_limits_of_others)
{
    static const uint8_t data[65536];
    uint32_t len = sizeof(data);
    struct scapf_event_parts parts = {wr_event, &len, 1, data, (const char *)data, sizeof(data)};
    struct wr wr;

    wr_open(&wr, SCAPF_CONTAINER_PCAPNG, false);
    OK(scapf_writer_section(wr.w, 2));
    cr_expect_eq(scapf_writer_event_whole(wr.w, &parts), SCAPF_E_LIMIT, "of a comment");
    cr_expect_null(scapf_writer_diag(wr.w));
    parts.comment_len = 0;
    cr_expect_eq(scapf_writer_event_whole(wr.w, &parts), SCAPF_E_LIMIT);
    cr_assert_not_null(scapf_writer_diag(wr.w));
    cr_expect_eq(scapf_writer_diag(wr.w)->rule, RULE_EVENT_BLOCK_LIMIT);
    cr_expect_eq(scapf_writer_finish(wr.w), SCAPF_E_LIMIT, "it sticks");
    wr_close(&wr);
}

/* Blocks of one writer go into another one as they are. */
Test(writer, blocks)
{
    static const uint32_t lens[] = {3};
    const struct scapf_event_parts parts = {wr_event, lens, 1, "abc", NULL, 0};
    struct wr from;
    struct wr to;

    wr_open(&from, SCAPF_CONTAINER_PCAPNG, false);
    OK(scapf_writer_section(from.w, 2));
    OK(scapf_writer_event_whole(from.w, &parts));
    OK(scapf_writer_event_whole(from.w, &parts));
    wr_finish(&from);
    wr_open(&to, SCAPF_CONTAINER_PCAPNG, false);
    USAGE(scapf_writer_blocks(to.w, from.bytes, 28, 1)); /* no section yet */
    OK(scapf_writer_section(to.w, 2));
    OK(scapf_writer_blocks(to.w, from.bytes + 28, from.len - 28, 2));
    wr_finish(&to);
    cr_expect_eq(from.len, to.len);
    cr_expect_arr_eq(from.bytes, to.bytes, from.len);
    wr_close(&from);
    wr_close(&to);
}

/* [scap 9.6] total length - 8 is at most 65536: an event of 65530 bytes, 65526 with flags. */
Test(writer, event_block_limit)
{
    static const struct {
        uint32_t flags, len;
        enum scapf_status status;
    } rows[] = {
        {0, 65530, SCAPF_OK},
        {0, 65531, SCAPF_E_LIMIT},
        {1, 65526, SCAPF_OK},
        {1, 65527, SCAPF_E_LIMIT},
    };
    static uint8_t data[65536];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scapf_event_header h = wr_event;
        struct wr wr;

        h.flags = rows[i].flags;
        wr_open(&wr, SCAPF_CONTAINER_PCAPNG, false);
        OK(scapf_writer_section(wr.w, 2));
        OK(scapf_writer_event(wr.w, &h));
        OK(scapf_writer_param(wr.w, data, rows[i].len - 28));
        cr_expect_eq(scapf_writer_event_end(wr.w), rows[i].status, "row %zu", i);
        if (rows[i].status == SCAPF_OK) {
            wr_finish(&wr);
            cr_expect_eq(wr.len, 28 + 8 + 65536);
        } else {
            cr_assert_not_null(scapf_writer_diag(wr.w));
            cr_expect_eq(scapf_writer_diag(wr.w)->rule, RULE_EVENT_BLOCK_LIMIT);
            cr_expect_eq(scapf_writer_event(wr.w, &h), SCAPF_E_LIMIT, "it sticks");
            cr_expect_eq(scapf_writer_finish(wr.w), SCAPF_E_LIMIT);
        }
        wr_close(&wr);
    }
}

Test(writer, large_events_have_no_small_limit)
{
    static uint8_t data[200000];
    struct scapf_event_header h = wr_event;
    struct rd rd;
    struct wr wr;

    h.code = 324;
    wr_open(&wr, SCAPF_CONTAINER_PCAPNG, false);
    OK(scapf_writer_section(wr.w, 2));
    OK(scapf_writer_event(wr.w, &h));
    OK(scapf_writer_param(wr.w, data, sizeof(data)));
    OK(scapf_writer_event_end(wr.w));
    OK(scapf_writer_event(wr.w, &wr_event));
    cr_expect_eq(scapf_writer_param(wr.w, data, 65536), SCAPF_E_LIMIT, "lengths have 16 bits");
    wr_close(&wr);
    wr_open(&wr, SCAPF_CONTAINER_PCAPNG, false);
    OK(scapf_writer_section(wr.w, 2));
    OK(scapf_writer_event(wr.w, &h));
    OK(scapf_writer_param(wr.w, data, sizeof(data)));
    OK(scapf_writer_event_end(wr.w));
    wr_finish(&wr);
    rd_open(&rd, wr.bytes, wr.len, NULL, 0);
    rd_skip(&rd, 2);
    cr_expect_eq(rd.rec.type, 0x221);
    cr_expect_eq(rd.rec.event->param_off[1] - rd.rec.event->param_off[0], sizeof(data));
    rd_close(&rd);
    wr_close(&wr);
}

/* ------------------------------------------------------------------ packets */

Test(writer, packets)
{
    for (int big = 0; big <= 1; big++) {
        struct scapf_packet p = wr_packet(1, UINT64_C(0x0102030405060708), "abcde");
        const struct scapf_interface *i;
        struct mk options;
        struct rd rd;
        struct wr wr;

        mk_init(&options, big);
        mk_opt_u32(&options, 2, 1);
        mk_opt_end(&options);
        wr_open(&wr, SCAPF_CONTAINER_PCAPNG, big);
        OK(scapf_writer_section(wr.w, 0));
        OK(scapf_writer_interface(wr.w, &wr_eth));
        OK(scapf_writer_interface(wr.w, &wr_wifi));
        p.options = options.o.bytes;
        p.options_len = (uint32_t)options.o.len;
        OK(scapf_writer_packet(wr.w, &p));
        wr_finish(&wr);
        rd_open(&rd, wr.bytes, wr.len, NULL, 0);
        rd_skip(&rd, 4);
        i = scapf_reader_interface(rd.reader, 1);
        cr_expect(i->link_type == 105 && i->snaplen == 96 && i->tsresol == 9 && i->tsoffset == -5);
        cr_expect_str_eq(i->name, "wlan0");
        i = scapf_reader_interface(rd.reader, 0);
        cr_expect(i->link_type == 1 && i->tsresol == 6 && i->tsoffset == 0 && i->name[0] == '\0');
        cr_assert_not_null(rd.rec.packet);
        cr_expect(rd.rec.packet->ticks == p.ticks && rd.rec.packet->interface_id == 1);
        cr_expect(rd.rec.packet->captured_len == 5 && rd.rec.packet->original_len == 1500);
        cr_expect_arr_eq(rd.rec.packet->data, "abcde", 5);
        cr_expect_eq(rd.rec.packet->options_len, 12);
        cr_expect_eq(rd_next(&rd), SCAPF_END);
        rd_close_len(&rd, wr.len);
        wr_close(&wr);
        mk_release(&options);
    }
}

Test(writer, pcap)
{
    for (int i = 0; i < 4; i++) {
        bool nano = (i & 2) != 0;
        struct scapf_interface iface = wr_eth;
        struct scapf_packet p = wr_packet(0, 0, "abc");
        struct rd rd;
        struct wr wr;

        iface.tsresol = nano ? 9 : 6;
        p.sec = 1700000000;
        p.nsec = 123456789;
        wr_open(&wr, SCAPF_CONTAINER_PCAP, i % 2 != 0);
        USAGE(scapf_writer_packet(wr.w, &p)); /* no header yet */
        OK(scapf_writer_interface(wr.w, &iface));
        OK(scapf_writer_packet(wr.w, &p));
        p.sec = UINT32_MAX;
        OK(scapf_writer_packet(wr.w, &p));
        wr_finish(&wr);
        rd_open(&rd, wr.bytes, wr.len, NULL, 0);
        rd_skip(&rd, 2);
        cr_expect_eq(scapf_reader_section(rd.reader)->pcap_magic, nano ? 0xA1B23C4D : 0xA1B2C3D4);
        cr_expect_eq(scapf_reader_interface(rd.reader, 0)->snaplen, 262144);
        cr_expect_eq(rd.rec.ts_ns, nano ? 1700000000123456789 : 1700000000123456000);
        cr_expect(rd.rec.packet->captured_len == 3 && rd.rec.packet->original_len == 1500);
        rd_skip(&rd, 1);
        cr_expect_eq(rd.rec.packet->sec, UINT32_MAX);
        cr_expect_eq(rd_next(&rd), SCAPF_END);
        rd_close_len(&rd, wr.len);
        wr_close(&wr);
    }
}

/* What a pcap file cannot hold is refused, and the writer goes on. */
Test(writer, pcap_cannot_hold_this)
{
    static char large[262146];
    struct scapf_packet p = wr_packet(0, 0, "abc");
    struct scapf_packet q;
    struct wr wr;

    memset(large, 'x', 262145);
    wr_open(&wr, SCAPF_CONTAINER_PCAP, false);
    OK(scapf_writer_interface(wr.w, &wr_eth));
    cr_expect_eq(scapf_writer_interface(wr.w, &wr_wifi), SCAPF_E_UNSUPPORTED);
    q = p;
    q.link_type = 105;
    cr_expect_eq(scapf_writer_packet(wr.w, &q), SCAPF_E_UNSUPPORTED);
    q = p;
    q.has_ts = false;
    cr_expect_eq(scapf_writer_packet(wr.w, &q), SCAPF_E_UNSUPPORTED);
    q = p;
    q.ts_in_range = false;
    cr_expect_eq(scapf_writer_packet(wr.w, &q), SCAPF_E_UNSUPPORTED);
    q = p;
    q.sec = -1;
    cr_expect_eq(scapf_writer_packet(wr.w, &q), SCAPF_E_UNSUPPORTED);
    q.sec = INT64_C(1) << 32;
    cr_expect_eq(scapf_writer_packet(wr.w, &q), SCAPF_E_UNSUPPORTED);
    q = wr_packet(0, 0, large);
    cr_expect_eq(scapf_writer_packet(wr.w, &q), SCAPF_E_UNSUPPORTED);
    OK(scapf_writer_packet(wr.w, &p));
    wr_finish(&wr);
    cr_expect_eq(wr.len, 24 + 16 + 3);
    wr_close(&wr);
}

/* ------------------------------------------------------------------ tables */

static void put_table(struct scapf_writer *w, const struct scapf_record *rec)
{
    struct scapf_table table;
    struct scapf_row row;

    OK(scapf_table_open(rec, scapf_schema_builtin(), &table));
    OK(scapf_writer_table(w, rec->type, &table.head));
    while (scapf_table_next(&table, &row) == SCAPF_OK) {
        OK(scapf_writer_row(w, &row));
    }
    OK(scapf_writer_table_end(w));
}

/* Every table of the samples, built anew row by row: the same blocks. */
Test(writer, tables_of_the_samples)
{
    glob_t found;
    unsigned tables = 0;

    cr_assert_eq(glob("samples/*.scap", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        size_t len;
        uint8_t *bytes = rd_file(found.gl_pathv[i], &len);
        struct rd rd;
        struct wr wr;

        rd_open(&rd, bytes, len, NULL, 0);
        wr_open(&wr, SCAPF_CONTAINER_PCAPNG, false);
        while (rd_next(&rd) == SCAPF_OK) {
            if (rd.rec.kind == SCAPF_KIND_TABLE) {
                put_table(wr.w, &rd.rec);
                tables++;
            } else {
                OK(scapf_writer_put(wr.w, &rd.rec));
            }
        }
        wr_finish(&wr);
        cr_expect(wr.len == len && memcmp(wr.bytes, bytes, len) == 0, "%s", found.gl_pathv[i]);
        wr_close(&wr);
        rd_close(&rd);
        free(bytes);
    }
    globfree(&found);
    cr_expect_gt(tables, 50);
}
