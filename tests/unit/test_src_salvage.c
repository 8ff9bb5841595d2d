/* SPDX-License-Identifier: Apache-2.0 */
/* Packed streams that go on behind damage: what is intact arrives whole. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "io/src.h"
#include "support/fault_alloc.h"
#include "support/packed.h"

#define GAPS 8

struct seen {
    struct packed bytes;
    uint64_t gap[GAPS][3]; /* unpacked offset, packed from and to */
    uint16_t rule[GAPS];
    size_t n_gaps;
};

static void on_gap(void *ctx, const struct scapf_diag *diag, uint64_t raw_off, uint64_t raw_len)
{
    struct seen *seen = ctx;

    if (seen->n_gaps < GAPS) {
        seen->gap[seen->n_gaps][0] = diag->off;
        seen->gap[seen->n_gaps][1] = raw_off;
        seen->gap[seen->n_gaps][2] = raw_off + raw_len;
        seen->rule[seen->n_gaps] = diag->rule;
    }
    seen->n_gaps++;
}

static void read_salvaged(struct seen *seen, struct scapf_src *s)
{
    const uint8_t *p;
    size_t avail;

    *seen = (struct seen){.n_gaps = 0};
    src_salvage(s, on_gap, seen);
    while (src_peek(s, 1, &p, &avail) == SCAPF_OK && avail > 0) {
        packed_add(&seen->bytes, p, avail);
        src_consume(s, avail);
    }
    scapf_src_free(s);
}

static void salvage(struct seen *seen, const struct packed *it, bool mapped)
{
    struct scapf_src *s;

    if (mapped) {
        FILE *f = tmpfile();

        cr_assert_not_null(f);
        cr_assert_eq(fwrite(it->p, 1, it->n, f), it->n);
        rewind(f);
        cr_assert_eq(scapf_src_fd(fileno(f), NULL, &s, NULL), SCAPF_OK);
        read_salvaged(seen, s);
        (void)fclose(f);
    } else {
        cr_assert_eq(scapf_src_mem(it->p, it->n, NULL, &s, NULL), SCAPF_OK);
        read_salvaged(seen, s);
    }
}

static bool ends_with(const struct packed *all, const struct packed *end)
{
    return all->n >= end->n && memcmp(all->p + all->n - end->n, end->p, end->n) == 0;
}

/* Three parts, of which the one in the middle is cut: the other two are whole. */
static void cut_the_middle(enum packed_shape shape, const struct packed *middle)
{
    struct packed text = packed_text(9000);
    struct packed a = packed_make(shape, text.p, 4000);
    struct packed b = packed_make(shape, middle->p, middle->n);
    struct packed last = {text.p + 4000, 5000};
    struct packed c = packed_make(shape, last.p, last.n);

    for (size_t cut = 1; cut < b.n; cut += 1 + b.n / 97) {
        struct packed all = {NULL, 0};
        struct seen seen;

        packed_add(&all, a.p, a.n);
        packed_add(&all, b.p, cut);
        packed_add(&all, c.p, c.n);
        salvage(&seen, &all, cut % 2 == 0);
        cr_expect(seen.bytes.n >= 4000 && memcmp(seen.bytes.p, text.p, 4000) == 0);
        cr_expect(ends_with(&seen.bytes, &last), "%s cut at %zu of %zu: %zu", packed_names[shape],
                  cut, b.n, seen.bytes.n);
        cr_expect_eq(seen.n_gaps, 1, "%s cut at %zu of %zu: %zu", packed_names[shape], cut, b.n,
                     seen.n_gaps);
        cr_expect_eq(seen.gap[0][0], seen.bytes.n - last.n);
        cr_expect_eq(seen.gap[0][2], a.n + cut);
        packed_free(&seen.bytes);
        packed_free(&all);
    }
    packed_free(&a);
    packed_free(&b);
    packed_free(&c);
    packed_free(&text);
}

Test(src_salvage, a_cut_part_takes_nothing_with_it)
{
    struct packed text = packed_text(60000);
    struct packed noise = packed_noise(60000); /* is stored: the cut shows at the end of it all */

    cut_the_middle(PACKED_GZIP, &text);
    cut_the_middle(PACKED_GZIP, &noise);
    cut_the_middle(PACKED_ZSTD, &text);
    cut_the_middle(PACKED_ZSTD, &noise);
    packed_free(&text);
    packed_free(&noise);
}

/* Small parts, many of them inside what the cut one seems to be. */
Test(src_salvage, a_cut_part_that_reaches_over_many)
{
    struct packed noise = packed_noise(40000);

    for (enum packed_shape shape = PACKED_GZIP; shape <= PACKED_ZSTD; shape += 2) {
        struct packed all = {NULL, 0};
        struct packed rest = {noise.p + 20000, 20000};
        struct seen seen;

        for (size_t at = 0; at < noise.n; at += at == 0 ? 20000 : 500) {
            struct packed one = packed_make(shape, noise.p + at, at == 0 ? 20000 : 500);

            packed_add(&all, one.p, at == 0 ? 300 : one.n);
            packed_free(&one);
        }
        salvage(&seen, &all, false);
        cr_expect(ends_with(&seen.bytes, &rest), "%s: %zu", packed_names[shape], seen.bytes.n);
        cr_expect_eq(seen.n_gaps, 1);
        packed_free(&seen.bytes);
        packed_free(&all);
    }
    packed_free(&noise);
}

/* What was packed before it was captured is no part of the stream, however sound it is. */
Test(src_salvage, packed_bytes_inside_a_damaged_part)
{
    struct packed noise = packed_noise(30000);
    struct packed text = packed_text(3000);

    for (enum packed_shape shape = PACKED_GZIP; shape <= PACKED_ZSTD; shape += 2) {
        struct packed inner = packed_make(shape, text.p, text.n);
        struct packed one = {NULL, 0};
        struct packed all;
        struct packed end = packed_make(shape, text.p, 10);
        struct seen seen;

        packed_add(&one, noise.p, 10000);
        packed_add(&one, inner.p, inner.n);
        packed_add(&one, noise.p + 10000, 20000);
        all = packed_make(shape, one.p, one.n);
        all.p[all.n - 2] ^= 0x55; /* the checksum */
        packed_add(&all, end.p, end.n);
        salvage(&seen, &all, false);
        cr_expect_eq(seen.bytes.n, one.n + 10, "%s: %zu", packed_names[shape], seen.bytes.n);
        cr_expect(memcmp(seen.bytes.p, one.p, one.n) == 0);
        cr_expect_eq(seen.n_gaps, 1);
        packed_free(&seen.bytes);
        packed_free(&all);
        packed_free(&end);
        packed_free(&one);
        packed_free(&inner);
    }
    packed_free(&noise);
    packed_free(&text);
}

/* A stored block whose bytes start a member at every turn: each would be unpacked up to the end. */
Test(src_salvage, made_up_starts_cost_a_bounded_time)
{
    static const uint8_t start[] = {0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0, 0xFF, 0xFF, 0, 0};
    struct packed all = packed_noise(sizeof(start) * 300000);
    struct seen seen;
    struct fault_alloc f;
    struct scapf_src *s;
    clock_t from = clock();

    for (size_t i = 0; i < all.n; i += sizeof(start)) {
        memcpy(all.p + i, start, sizeof(start));
    }
    fault_alloc_init(&f, FAULT_NEVER);
    cr_assert_eq(scapf_src_mem(all.p, all.n, &f.alloc, &s, NULL), SCAPF_OK);
    read_salvaged(&seen, s);
    cr_expect_lt(seen.bytes.n, 16 * all.n);
    cr_expect_lt(f.peak, (size_t)4 << 20);
    cr_expect_lt((clock() - from) / CLOCKS_PER_SEC, 30);
    packed_free(&seen.bytes);
    packed_free(&all);
}
