/* SPDX-License-Identifier: Apache-2.0 */
#include "bytes/out.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>

#include "support/fault_alloc.h"

static bool holds(const struct out *o, const void *bytes, size_t n)
{
    return out_status(o) == SCAPF_OK && o->len == n && (n == 0 || memcmp(o->bytes, bytes, n) == 0);
}

Test(out, numbers_are_in_the_buffers_order)
{
    static const uint8_t want[2][15] = {
        {0xFE, 0x02, 0x01, 0x06, 0x05, 0x04, 0x03, 0x0E, 0x0D, 0x0C, 0x0B, 0x0A, 0x09, 0x08, 0x07},
        {0xFE, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E},
    };

    for (int big = 0; big < 2; big++) {
        struct out o;

        out_init(&o, NULL, big != 0);
        out_u8(&o, 0xFE);
        out_u16(&o, 0x0102);
        out_u32(&o, 0x03040506);
        out_u64(&o, 0x0708090A0B0C0D0E);
        cr_expect(holds(&o, want[big], sizeof(want[big])), "big-endian %d", big);
        out_release(&o);
    }
}

Test(out, marks_are_filled_in_place)
{
    static const uint8_t want[2][9] = {{'a', 0x44, 0x33, 0x22, 0x11, 0x66, 0x55, 'b', 'c'},
                                       {'a', 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 'b', 'c'}};

    for (int big = 0; big < 2; big++) {
        struct out o;
        struct out_mark m32;
        struct out_mark m16;

        out_init(&o, NULL, big != 0);
        out_char(&o, 'a');
        m32 = out_hold_u32(&o);
        m16 = out_hold_u16(&o);
        out_lit(&o, "bc");
        cr_expect(holds(&o, "a\0\0\0\0\0\0bc", 9), "zeros are held");
        out_fill_u16(&o, m16, 0x5566);
        out_fill_u32(&o, m32, 0x11223344);
        cr_expect(holds(&o, want[big], sizeof(want[big])), "big-endian %d", big);
        out_release(&o);
    }
}

Test(out, padding_counts_from_its_start)
{
    for (size_t start = 0; start < 4; start++) {
        for (size_t n = 0; n < 9; n++) {
            struct out o;

            out_init(&o, NULL, false);
            out_zero(&o, start);
            out_bytes(&o, "xxxxxxxxx", n);
            out_pad4(&o, start);
            cr_expect_eq(o.len, start + (n + 3) / 4 * 4, "start %zu, %zu bytes", start, n);
            for (size_t i = start + n; i < o.len; i++) {
                cr_expect_eq(o.bytes[i], 0);
            }
            out_release(&o);
        }
    }
}

static const uint64_t numbers[] = {0,          1,          9,         10,
                                   15,         16,         255,       999999999,
                                   1000000000, UINT32_MAX, INT64_MAX, (uint64_t)INT64_MAX + 1,
                                   UINT64_MAX};

Test(out, text_of_numbers_is_that_of_printf)
{
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        uint64_t v = numbers[i];
        char want[400];
        struct out o;
        int n;

        out_init(&o, NULL, false);
        out_udec(&o, v);
        out_char(&o, ' ');
        out_dec(&o, (int64_t)v);
        out_char(&o, ' ');
        out_hex(&o, v, false);
        out_char(&o, ' ');
        out_hex(&o, v, true);
        n = snprintf(want, sizeof(want), "%" PRIu64 " %" PRId64 " %" PRIx64 " %" PRIX64, v,
                     (int64_t)v, v, v);
        cr_expect(holds(&o, want, (size_t)n), "%s", want);
        for (unsigned width = 0; width <= 24; width++) {
            out_clear(&o);
            out_udec_pad(&o, v, width);
            n = snprintf(want, sizeof(want), "%0*" PRIu64, (int)width, v);
            cr_expect(holds(&o, want, (size_t)n), "width %u: %s", width, want);
        }
        out_release(&o);
    }
}

/* Around every power of ten and anywhere between, with room behind the text and without. */
Test(out, numbers_of_every_length)
{
    uint64_t random = 88172645463325252u;
    uint64_t power = 1;
    struct out o;

    for (unsigned i = 0; i < 20000; i++) {
        uint64_t v;
        char want[32];
        int n;

        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        v = i % 4 == 0 ? random >> i % 64 : power * (i % 9 + 1) + i % 4 - 2;
        power = i % 36 != 0 ? power : power > UINT64_MAX / 10 ? 1 : power * 10;
        n = snprintf(want, sizeof(want), "%" PRIu64, v);
        out_init(&o, NULL, false);
        o.limit = i % 2 == 0 ? (size_t)n : 0;
        out_udec(&o, v);
        cr_expect(holds(&o, want, (size_t)n), "%s", want);
        out_release(&o);
    }
}

Test(out, dots_for_what_does_not_print)
{
    uint8_t bytes[256 + 40];
    struct out o;

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)i;
    }
    out_init(&o, NULL, false);
    for (size_t from = 0; from < 256; from++) {
        size_t n = from % 40;

        out_clear(&o);
        out_dotted(&o, bytes + from, n);
        cr_expect_eq(o.len, n);
        for (size_t i = 0; i < n; i++) {
            uint8_t c = bytes[from + i];

            cr_expect_eq(o.bytes[i], c >= 0x20 && c < 0x7F ? c : '.');
        }
    }
    out_release(&o);
}

Test(out, padded_bytes)
{
    static const uint8_t text[64] =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    struct out o;

    for (size_t n = 0; n <= 40; n++) {
        for (size_t limit = n; limit < n + 60; limit += 7) {
            out_init(&o, NULL, false);
            o.limit = 2 * limit;
            out_padded(&o, text, n);
            out_padded(&o, text + 1, n);
            cr_expect(o.len == 2 * n && (n == 0 || (memcmp(o.bytes, text, n) == 0 &&
                                                    memcmp(o.bytes + n, text + 1, n) == 0)));
            cr_expect_eq(out_status(&o), SCAPF_OK);
            out_release(&o);
        }
    }
}

Test(out, bytes_as_hex)
{
    static const uint8_t bytes[] = {0x00, 0x0F, 0xA0, 0xFF};
    struct out o;

    out_init(&o, NULL, false);
    out_hex_bytes(&o, bytes, sizeof(bytes));
    out_hex_bytes(&o, bytes, 0);
    out_str(&o, "!");
    cr_expect(holds(&o, "000fa0ff!", 9));
    out_release(&o);
}

Test(out, grows_and_keeps_what_it_holds)
{
    struct fault_alloc f;
    struct out o;

    fault_alloc_init(&f, FAULT_NEVER);
    out_init(&o, &f.alloc, false);
    for (uint32_t i = 0; i < 100000; i++) {
        out_u32(&o, i);
    }
    cr_assert_eq(o.len, 400000);
    for (uint32_t i = 0; i < 100000; i++) {
        uint32_t v;

        memcpy(&v, o.bytes + (size_t)4 * i, 4);
        cr_assert_eq(v, i);
    }
    cr_expect_lt(f.calls, 20, "the buffer doubles");
    out_release(&o);
    cr_expect_eq(f.live, 0);
}

Test(out, a_limit_sticks_until_cleared)
{
    struct out o;

    out_init(&o, NULL, false);
    o.limit = 10;
    out_zero(&o, 10);
    cr_expect_eq(out_status(&o), SCAPF_OK);
    out_u8(&o, 1);
    cr_expect_eq(out_status(&o), SCAPF_E_LIMIT);
    cr_expect_eq(o.len, 10);
    cr_expect_null(out_room(&o, 0), "sticky");
    out_clear(&o);
    out_u16(&o, 0x0201);
    cr_expect(holds(&o, "\1\2", 2), "usable again");
    cr_expect_null(out_room(&o, SIZE_MAX), "no overflow");
    cr_expect_eq(out_status(&o), SCAPF_E_LIMIT);
    out_release(&o);
}

Test(out, failing_memory_sticks_and_loses_nothing)
{
    for (size_t k = 0;; k++) {
        struct fault_alloc f;
        struct out o;
        struct out_mark m;

        fault_alloc_init(&f, k);
        out_init(&o, &f.alloc, false);
        m = out_hold_u32(&o);
        out_zero(&o, 5000);
        out_lit(&o, "end");
        out_fill_u32(&o, m, 1);
        cr_expect_eq(out_status(&o), f.failed ? SCAPF_E_NOMEM : SCAPF_OK, "call %zu", k);
        out_release(&o);
        cr_expect_eq(f.live, 0, "call %zu", k);
        if (!f.failed) {
            cr_expect_gt(k, 0);
            break;
        }
    }
}
