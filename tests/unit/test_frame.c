/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <sys/wait.h>
#include <unistd.h>

#include "block/frame.h"
#include "support/rd.h"

#define TYPE 0x77u /* a type nobody knows */

/* One broken block behind a section header and a good block. */
struct broken {
    const char *name;
    void (*make)(struct mk *m, size_t at);
    enum scapf_status status;
    enum rule rule;
    uint64_t off; /* from the start of the block */
    uint64_t got, want;
    uint32_t max_block;
};

static void len_0(struct mk *m, size_t at)
{
    (void)at;
    mk_begin(m, TYPE);
    mk_end_len(m, 0, 12);
}

static void len_8(struct mk *m, size_t at)
{
    (void)at;
    mk_begin(m, TYPE);
    mk_end_len(m, 8, 12);
}

static void len_odd(struct mk *m, size_t at)
{
    (void)at;
    mk_begin(m, TYPE);
    mk_u32(m, 0x41424344);
    mk_end_len(m, 14, 14);
}

static void trailer(struct mk *m, size_t at)
{
    (void)at;
    mk_begin(m, TYPE);
    mk_u64(m, 7);
    mk_end_len(m, 20, 24);
}

static void beyond(struct mk *m, size_t at)
{
    (void)at;
    mk_begin(m, TYPE);
    mk_u64(m, 7);
    mk_end_len(m, 400, 400);
}

static void huge(struct mk *m, size_t at)
{
    (void)at;
    mk_begin(m, TYPE);
    mk_u64(m, 7);
    mk_end_len(m, 0x7FFFFFFC, 0x7FFFFFFC);
}

static void over_limit(struct mk *m, size_t at)
{
    (void)at;
    mk_begin(m, TYPE);
    mk_zero(m, 92);
    mk_end(m);
}

static void zeros(struct mk *m, size_t at)
{
    (void)at;
    mk_zero(m, 64);
}

static void zeros_8(struct mk *m, size_t at)
{
    (void)at;
    mk_zero(m, 8);
}

static void short_shb(struct mk *m, size_t at)
{
    (void)at;
    mk_begin(m, 0x0A0D0D0A);
    mk_u32(m, 0x1A2B3C4D);
    mk_zero(m, 8);
    mk_end(m);
}

static void empty_shb(struct mk *m, size_t at)
{
    (void)at;
    mk_begin(m, 0x0A0D0D0A);
    mk_end(m);
}

static void bad_magic(struct mk *m, size_t at)
{
    mk_shb(m, 0);
    mk_patch_u32(m, at + 8, 0x1A2B3C4E);
}

static void header_7(struct mk *m, size_t at)
{
    (void)at;
    mk_u32(m, TYPE);
    mk_bytes(m, "abc", 3);
}

static void header_1(struct mk *m, size_t at)
{
    (void)at;
    mk_u8(m, 6);
}

static void header_11(struct mk *m, size_t at)
{
    (void)at;
    mk_u32(m, TYPE);
    mk_u32(m, 16);
    mk_bytes(m, "abc", 3);
}

/* A good block of the other byte order. */
static void other_order(struct mk *m, size_t len)
{
    m->o.big_endian = !m->o.big_endian;
    mk_begin(m, TYPE);
    mk_zero(m, len - 12);
    mk_end(m);
    m->o.big_endian = !m->o.big_endian;
}

static void swapped_small(struct mk *m, size_t at)
{
    (void)at;
    other_order(m, 24); /* read wrongly: 0x18000000, above the limit */
}

static void swapped_truncated(struct mk *m, size_t at)
{
    (void)at;
    other_order(m, 0x100); /* read wrongly: 0x10000, beyond the end */
}

static void swapped_trailer(struct mk *m, size_t at)
{
    (void)at;
    other_order(m, 0x100); /* read wrongly: 0x10000, and there are as many bytes */
    mk_zero(m, 0x10000);
}

static void swapped_odd(struct mk *m, size_t at)
{
    (void)at;
    other_order(m, 0x01020300); /* read wrongly: 0x00030201, no multiple of 4 */
}

static const struct broken rows[] = {
    {"length 0", len_0, SCAPF_E_FORMAT, RULE_BLOCK_LEN_MIN, 4, 0, 12, 0},
    {"length 8", len_8, SCAPF_E_FORMAT, RULE_BLOCK_LEN_MIN, 4, 8, 12, 0},
    {"length 14", len_odd, SCAPF_E_FORMAT, RULE_BLOCK_LEN_ALIGN, 4, 14, 16, 0},
    {"trailer", trailer, SCAPF_E_FORMAT, RULE_BLOCK_LEN_TRAILER, 16, 24, 20, 0},
    {"beyond the end", beyond, SCAPF_E_TRUNCATED, RULE_BLOCK_TRUNCATED, 0, 20, 400, 0},
    {"2 GiB", huge, SCAPF_E_LIMIT, RULE_BLOCK_LEN_LIMIT, 4, 0x7FFFFFFC, 256 << 20, 0},
    {"own limit", over_limit, SCAPF_E_LIMIT, RULE_BLOCK_LEN_LIMIT, 4, 104, 100, 100},
    {"zeros", zeros, SCAPF_E_FORMAT, RULE_TRAILING_ZEROS, 0, 0, 0, 0},
    {"8 zeros", zeros_8, SCAPF_E_FORMAT, RULE_TRAILING_ZEROS, 0, 0, 0, 0},
    {"short SHB", short_shb, SCAPF_E_FORMAT, RULE_SHB_LEN_MIN, 4, 24, 28, 0},
    {"empty SHB", empty_shb, SCAPF_E_FORMAT, RULE_SHB_LEN_MIN, 4, 12, 28, 0},
    {"7 bytes", header_7, SCAPF_E_TRUNCATED, RULE_BLOCK_HEADER_SHORT, 0, 7, 8, 0},
    {"1 byte", header_1, SCAPF_E_TRUNCATED, RULE_BLOCK_HEADER_SHORT, 0, 1, 8, 0},
    {"11 bytes", header_11, SCAPF_E_TRUNCATED, RULE_BLOCK_TRUNCATED, 0, 11, 12, 0},
    {"swapped, over limit", swapped_small, SCAPF_E_FORMAT, RULE_BLOCK_SWAPPED, 0, 0x18000000, 24,
     0},
    {"swapped, truncated", swapped_truncated, SCAPF_E_FORMAT, RULE_BLOCK_SWAPPED, 0, 0x10000, 0x100,
     0},
    {"swapped, trailer", swapped_trailer, SCAPF_E_FORMAT, RULE_BLOCK_SWAPPED, 0, 0x10000, 0x100, 0},
    {"swapped, odd", swapped_odd, SCAPF_E_FORMAT, RULE_BLOCK_SWAPPED, 0, 0x00030201, 0x01020300, 0},
};

static void good_start(struct mk *m)
{
    mk_shb(m, 0);
    mk_begin(m, TYPE);
    mk_u32(m, 1);
    mk_end(m);
}

Test(frame, broken_blocks_in_both_orders)
{
    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        const struct broken *b = &rows[i / 2];
        const struct scapf_diag *diag;
        struct mk m;
        struct rd rd;
        size_t at;

        mk_init(&m, i % 2);
        good_start(&m);
        at = m.o.len;
        b->make(&m, at);
        rd_open(&rd, m.o.bytes, m.o.len, NULL, b->max_block);
        rd_skip(&rd, 2);
        cr_expect_eq(rd_next(&rd), b->status, "%s", b->name);
        diag = scapf_reader_diag(rd.reader);
        rd_expect(b->name, diag, b->rule, at + b->off, b->got, b->want);
        if (diag != NULL) {
            cr_expect_eq(diag->block, 2, "%s", b->name);
            cr_expect_eq(diag->status, b->status, "%s", b->name);
        }
        cr_expect_eq(rd_next(&rd), b->status, "%s: errors stick", b->name);
        rd_close_len(&rd, m.o.len);
        mk_release(&m);
    }
}

static bool write_all(int fd, const uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);

        if (done <= 0) {
            return false;
        }
        p += done;
        n -= (size_t)done;
    }
    return true;
}

Test(frame, a_pipe_says_the_same)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scapf_reader_opts opts = {.size = sizeof(opts), .max_block = rows[i].max_block};
        struct scapf_src *src;
        struct rd rd = {0};
        struct mk m;
        size_t at;
        int fds[2];

        cr_assert_eq(pipe(fds), 0);
        mk_init(&m, MK_LITTLE);
        good_start(&m);
        at = m.o.len;
        rows[i].make(&m, at);
        if (fork() == 0) {
            _exit(write_all(fds[1], m.o.bytes, m.o.len) ? 0 : 1);
        }
        (void)close(fds[1]);
        cr_assert_eq(scapf_src_fd(fds[0], NULL, &src, NULL), SCAPF_OK);
        cr_assert_eq(scapf_reader_new(src, &opts, &rd.reader), SCAPF_OK);
        cr_expect_eq(rd_rest(&rd), rows[i].status, "%s", rows[i].name);
        rd_expect(rows[i].name, scapf_reader_diag(rd.reader), rows[i].rule, at + rows[i].off,
                  rows[i].got, rows[i].want);
        rd_close(&rd);
        mk_release(&m);
        (void)close(fds[0]);
        (void)wait(NULL);
    }
}

/* The magic of a section header is read before its length: damage to it is not blamed on that. */
Test(frame, wrong_magic)
{
    for (int big = 0; big <= 1; big++) {
        struct mk m;
        struct rd rd;

        mk_init(&m, big);
        good_start(&m);
        bad_magic(&m, m.o.len);
        rd_mk(&rd, &m);
        cr_expect_eq(rd_rest(&rd), SCAPF_E_FORMAT);
        rd_expect("magic", scapf_reader_diag(rd.reader), RULE_SHB_MAGIC, 44 + 8,
                  big ? 0x4E3C2B1A : 0x1A2B3C4E, 0x1A2B3C4D);
        rd_close_len(&rd, m.o.len);
        mk_release(&m);
    }
}

Test(frame, first_bytes_are_no_capture)
{
    static const struct {
        const char *bytes;
        size_t n;
        enum scapf_status status;
        enum rule rule;
        uint64_t got, want;
    } files[] = {
        {"", 0, SCAPF_E_FORMAT, RULE_EMPTY_FILE, 0, 0},
        {"\x0A\x0D", 2, SCAPF_E_TRUNCATED, RULE_BLOCK_HEADER_SHORT, 2, 8},
        {"\x0A\x0D\x0D\x0A\x1C\0\0", 7, SCAPF_E_TRUNCATED, RULE_BLOCK_HEADER_SHORT, 7, 8},
        {"#!/bin/sh\necho hello, world\n", 28, SCAPF_E_FORMAT, RULE_FILE_NOT_SHB, 0x23212F62,
         0x0A0D0D0A},
        {"\x0D\x0A\x0D\x0A\x1C\0\0\0\x4D\x3C\x2B\x1A", 12, SCAPF_E_FORMAT, RULE_TEXT_MODE_DAMAGE,
         0x0D0A0D0A, 0x0A0D0D0A},
        {"\x0A\x0A\x1C\0\0\0\x4D\x3C\x2B\x1A", 10, SCAPF_E_FORMAT, RULE_TEXT_MODE_DAMAGE,
         0x0A0A1C00, 0x0A0D0D0A},
        {"\x0A\x0D\x0A\0\0\0\x1C\x1A\x2B\x3C\x4D", 11, SCAPF_E_FORMAT, RULE_TEXT_MODE_DAMAGE,
         0x0A0D0A00, 0x0A0D0D0A},
        {"\x0D\x0D\0\0\0\x1C\x1A\x2B\x3C\x4D", 10, SCAPF_E_FORMAT, RULE_TEXT_MODE_DAMAGE,
         0x0D0D0000, 0x0A0D0D0A},
        {"\x0D\x0D\x0A\x1C\0\0\0", 7, SCAPF_E_FORMAT, RULE_TEXT_MODE_DAMAGE, 0x0D0D0A1C,
         0x0A0D0D0A},
        {"\x0D\x0Atwo lines\x0D\x0A", 13, SCAPF_E_FORMAT, RULE_FILE_NOT_SHB, 0x0D0A7477,
         0x0A0D0D0A},
        {"\x0A\x0D\x0D\x0D\x0A\x1C\0\0\0", 9, SCAPF_E_FORMAT, RULE_TEXT_MODE_DAMAGE, 0x0A0D0D0D,
         0x0A0D0D0A},
        {"\xA1\xE2\xCB\x12\0\x02\0\x04\0\0\0\0\0\0\0\0\0\0\xFF\xFF\0\0\0\x01", 24, SCAPF_E_FORMAT,
         RULE_PCAP_MAGIC, 0xA1E2CB12, 0xA1B2C3D4},
        {"\xD4\xC3\xB2\xA1\x02\0\x04\0\0\0", 10, SCAPF_E_TRUNCATED, RULE_PCAP_HEADER_SHORT, 10, 24},
    };

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct rd rd;

        rd_open(&rd, files[i].bytes, files[i].n, NULL, 0);
        cr_expect_eq(rd_next(&rd), files[i].status, "file %zu", i);
        rd_expect("file", scapf_reader_diag(rd.reader), files[i].rule, 0, files[i].got,
                  files[i].want);
        rd_close_len(&rd, files[i].n);
    }
}

static void many_kinds(struct mk *m)
{
    mk_shb(m, 0);
    mk_idb_begin(m, 1, 0);
    mk_opt_str(m, 2, "eth0");
    mk_opt_end(m);
    mk_end(m);
    mk_epb(m, 0, 1000, "abcde", 5);
    mk_begin(m, TYPE);
    mk_str(m, "unknown");
    mk_end(m);
    m->o.big_endian = !m->o.big_endian; /* another section, of the other order */
    mk_shb(m, 0);
    mk_idb(m, 1, 0);
    mk_epb(m, 0, 1000, "abcdefg", 7);
    m->o.big_endian = !m->o.big_endian;
}

/* Cut anywhere: what is whole before the cut is read, the cut is truncation and nothing else. */
Test(frame, cut_at_every_byte)
{
    for (int big = 0; big <= 1; big++) {
        struct mk m;
        uint64_t ends[16];
        size_t n_ends = 0;
        struct rd rd;

        mk_init(&m, big);
        many_kinds(&m);
        rd_mk(&rd, &m);
        while (rd_next(&rd) == SCAPF_OK) {
            ends[n_ends++] = rd.rec.off + rd.rec.raw_len;
        }
        cr_assert_eq(rd.status, SCAPF_END);
        cr_assert_eq(n_ends, 7);
        rd_close_len(&rd, m.o.len);
        for (size_t len = 1; len < m.o.len; len++) {
            size_t whole = 0;
            size_t n = 0;

            while (whole < n_ends && ends[whole] <= len) {
                whole++;
            }
            rd_open(&rd, m.o.bytes, len, NULL, 0);
            while (rd_next(&rd) == SCAPF_OK) {
                cr_expect_null(rd.rec.damage);
                n++;
            }
            cr_expect_eq(n, whole, "%zu records of %zu in %zu bytes", n, whole, len);
            if (whole > 0 && ends[whole - 1] == len) {
                cr_expect_eq(rd.status, SCAPF_END, "at %zu", len);
            } else {
                cr_expect_eq(rd.status, SCAPF_E_TRUNCATED, "at %zu", len);
                cr_expect_eq(scapf_reader_diag(rd.reader)->off, whole > 0 ? ends[whole - 1] : 0);
            }
            rd_close_len(&rd, len);
        }
        mk_release(&m);
    }
}

Test(frame, sections_of_both_orders)
{
    struct mk m;
    struct rd rd;

    mk_init(&m, MK_LITTLE);
    many_kinds(&m);
    rd_mk(&rd, &m);
    rd_skip(&rd, 3);
    cr_expect_eq(rd.rec.packet->captured_len, 5);
    cr_expect_not(rd.rec.big_endian);
    rd_skip(&rd, 4);
    cr_expect_eq(rd.rec.packet->captured_len, 7);
    cr_expect(rd.rec.big_endian);
    cr_expect_eq(rd.rec.section, 1);
    cr_expect(scapf_reader_section(rd.reader)->big_endian);
    cr_expect_eq(rd_next(&rd), SCAPF_END);
    cr_expect_eq(rd_next(&rd), SCAPF_END);
    cr_expect_null(scapf_reader_diag(rd.reader));
    rd_close_len(&rd, m.o.len);
    mk_release(&m);
}

/* [PNG-103] A section of another major version is passed over; the next one counts again. */
Test(frame, unknown_major_version)
{
    struct mk m;
    struct rd rd;
    uint64_t at;

    mk_init(&m, MK_LITTLE);
    mk_shb(&m, 0);
    mk_idb(&m, 1, 0);
    at = mk_at(&m);
    mk_shb(&m, 0);
    mk_patch_u16(&m, at + 12, 2);
    mk_idb(&m, 1, 0);
    mk_epb(&m, 0, 1, "x", 1);
    mk_shb(&m, 0);
    mk_idb(&m, 1, 0);
    mk_epb(&m, 0, 1, "y", 1);
    rd_mk(&rd, &m);
    rd_skip(&rd, 3);
    cr_expect_eq(rd.rec.kind, SCAPF_KIND_SECTION);
    rd_expect("major", rd.rec.damage, RULE_SHB_MAJOR, at + 12, 2, 1);
    rd_skip(&rd, 1);
    cr_expect_eq(rd.rec.kind, SCAPF_KIND_UNKNOWN);
    rd_skip(&rd, 1);
    cr_expect_eq(rd.rec.kind, SCAPF_KIND_UNKNOWN);
    cr_expect_null(rd.rec.packet);
    cr_expect_eq(rd.rec.type, 6);
    rd_skip(&rd, 3);
    cr_expect_eq(rd.rec.packet->captured_len, 1);
    cr_expect_eq(rd.rec.section, 2);
    cr_expect_eq(rd_next(&rd), SCAPF_END);
    cr_expect_eq(scapf_reader_ledger(rd.reader)->unknown_blocks, 2);
    rd_close_len(&rd, m.o.len);
    mk_release(&m);
}

/* What the header's own check takes for a whole block, or hands on, is what the general way says.
 */
static void compare_ways(const uint8_t *bytes, size_t len, bool big_endian)
{
    struct frame frames[2] = {{0}};
    struct scapf_diag diags[2] = {{0}};
    enum scapf_status statuses[2];

    for (int i = 0; i < 2; i++) {
        struct scapf_src *src;
        const uint8_t *p;
        size_t avail;

        cr_assert_eq(scapf_src_mem(bytes, len, NULL, &src, NULL), SCAPF_OK);
        cr_assert_eq(scapf_src_peek(src, len, &p, &avail, NULL), SCAPF_OK);
        statuses[i] = i == 0 ? frame_peek(src, big_endian, 40, &frames[i], &diags[i])
                             : frame_read(src, big_endian, 40, &frames[i], &diags[i]);
        scapf_src_free(src);
    }
    cr_expect_eq(statuses[0], statuses[1]);
    cr_expect_eq(frames[0].raw, frames[1].raw);
    cr_expect_eq(frames[0].len, frames[1].len);
    cr_expect_eq(frames[0].type, frames[1].type);
    cr_expect_eq(frames[0].off, frames[1].off);
    cr_expect_eq(frames[0].big_endian, frames[1].big_endian);
    rd_expect("way", &diags[0], (enum rule)diags[1].rule, diags[1].off, diags[1].got,
              diags[1].want);
    cr_expect_eq(diags[0].block_type, diags[1].block_type);
}

Test(frame, both_ways_say_the_same)
{
    static const uint32_t types[] = {TYPE, 0, 0x0A0D0D0A};

    for (uint32_t i = 0; i < 2 * 3 * 50; i++) {
        uint32_t head = i % 50;
        bool big_endian = i / 50 % 2 != 0;

        for (uint32_t trailer = head > 0 ? head - 1 : 0; trailer <= head; trailer++) {
            struct mk m;

            mk_init(&m, big_endian);
            mk_u32(&m, types[i / 100]);
            mk_u32(&m, head);
            mk_zero(&m, 40);
            if (head >= 4 && head <= m.o.len) {
                mk_patch_u32(&m, head - 4, trailer);
            }
            for (size_t len = 0; len <= m.o.len; len++) {
                compare_ways(m.o.bytes, len, big_endian);
                compare_ways(m.o.bytes, len, !big_endian);
            }
            mk_release(&m);
        }
    }
}
