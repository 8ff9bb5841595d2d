/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cursor against a model that is too simple to be wrong: every sequence of SEQ operations on
 * every length 0..LEN_MAX of three contents, in both byte orders.
 */
#include "bytes/cur.h"

#include <criterion/criterion.h>

#define LEN_MAX 16
#define SEQ     4
#define BASE    1001 /* no multiple of 4, so that padding counts from its start */

/* The model: an index into an array, one byte at a time. */
struct model {
    const uint8_t *bytes;
    size_t len, pos;
    bool big;
    bool fault;
    size_t fault_pos, fault_want;
};

struct result {
    uint64_t value; /* number, length, or truth */
    size_t at;      /* where the bytes lie, SIZE_MAX = NULL */
    bool child_bad;
};

enum op {
    OP_U8,
    OP_U16,
    OP_U32,
    OP_U64,
    OP_I64,
    OP_TAKE0,
    OP_TAKE3,
    OP_TAKE17,
    OP_SUB0,
    OP_SUB5,
    OP_STR16,
    OP_CSTR,
    OP_ALIGN,
    OP_COUNT
};

static void model_fail(struct model *m, size_t pos, size_t want)
{
    if (!m->fault) {
        m->fault = true;
        m->fault_pos = pos;
        m->fault_want = want;
    }
}

static bool model_has(struct model *m, size_t n)
{
    if (m->fault || m->pos + n > m->len) {
        model_fail(m, m->pos, n);
        return false;
    }
    return true;
}

static uint64_t model_int(struct model *m, size_t n)
{
    uint64_t v = 0;

    if (!model_has(m, n)) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        v = v * 256 + m->bytes[m->pos + (m->big ? i : n - 1 - i)];
    }
    m->pos += n;
    return v;
}

static struct result model_take(struct model *m, size_t n)
{
    struct result r = {.value = 0, .at = SIZE_MAX, .child_bad = true};

    if (model_has(m, n)) {
        r = (struct result){.value = n, .at = m->pos};
        m->pos += n;
    }
    return r;
}

static struct result model_str16(struct model *m)
{
    size_t before = m->pos;
    size_t n = (size_t)model_int(m, 2);
    struct result r = model_take(m, n);

    if (m->fault) {
        m->pos = before;
    }
    r.child_bad = false;
    return r;
}

static struct result model_cstr(struct model *m)
{
    struct result r = {.at = SIZE_MAX};
    size_t i = m->pos;

    while (!m->fault && i < m->len && m->bytes[i] != 0) {
        i++;
    }
    if (m->fault || i == m->len) {
        model_fail(m, m->pos, m->len - m->pos + 1);
        return r;
    }
    r = (struct result){.value = i - m->pos, .at = m->pos};
    m->pos = i + 1;
    return r;
}

static struct result model_align(struct model *m)
{
    bool zero = true;

    while (!m->fault && m->pos < m->len && m->pos % 4 != 0) {
        zero = zero && m->bytes[m->pos] == 0;
        m->pos++;
    }
    return (struct result){.value = zero, .at = SIZE_MAX};
}

static struct result model_do(struct model *m, enum op op)
{
    static const size_t width[] = {1, 2, 4, 8, 8};
    static const size_t count[] = {0, 3, 17, 0, 5};

    if (op <= OP_I64) {
        return (struct result){.value = model_int(m, width[op]), .at = SIZE_MAX};
    }
    if (op <= OP_SUB5) {
        struct result r = model_take(m, count[op - OP_TAKE0]);

        r.child_bad = r.child_bad && op >= OP_SUB0;
        return r;
    }
    return op == OP_STR16 ? model_str16(m) : op == OP_CSTR ? model_cstr(m) : model_align(m);
}

static struct result bytes_result(const uint8_t *start, const uint8_t *p, size_t n)
{
    return (struct result){.value = n, .at = p == NULL ? SIZE_MAX : (size_t)(p - start)};
}

static struct result cur_sub_result(struct cur *c, const uint8_t *start, size_t n)
{
    uint64_t off = cur_tell(c);
    struct cur child = cur_sub(c, n);
    struct result r = {.value = cur_left(&child), .at = SIZE_MAX, .child_bad = !cur_ok(&child)};

    if (cur_tell(&child) != off || child.big_endian != c->big_endian) {
        r.value = UINT64_MAX; /* no model says this */
    }
    if (!r.child_bad) {
        r.at = (size_t)(child.p - start);
    }
    return r;
}

static struct result cur_do(struct cur *c, const uint8_t *start, enum op op)
{
    struct result r = {.at = SIZE_MAX};
    const uint8_t *p;
    struct cur_bytes b;

    switch (op) {
    case OP_U8:
        r.value = cur_u8(c);
        break;
    case OP_U16:
        r.value = cur_u16(c);
        break;
    case OP_U32:
        r.value = cur_u32(c);
        break;
    case OP_U64:
        r.value = cur_u64(c);
        break;
    case OP_I64:
        r.value = (uint64_t)cur_i64(c);
        break;
    case OP_TAKE0:
        p = cur_take(c, 0);
        return bytes_result(start, p, 0);
    case OP_TAKE3:
        p = cur_take(c, 3);
        return bytes_result(start, p, p != NULL ? 3 : 0);
    case OP_TAKE17:
        p = cur_take(c, 17);
        return bytes_result(start, p, p != NULL ? 17 : 0);
    case OP_SUB0:
        return cur_sub_result(c, start, 0);
    case OP_SUB5:
        return cur_sub_result(c, start, 5);
    case OP_STR16:
        b = cur_str16(c);
        return bytes_result(start, b.p, b.n);
    case OP_CSTR:
        b = cur_cstr(c);
        return bytes_result(start, b.p, b.n);
    case OP_ALIGN:
        r.value = cur_align4(c, BASE);
        break;
    case OP_COUNT:
        break;
    }
    return r;
}

static bool same_state(const struct cur *c, const struct model *m)
{
    return cur_ok(c) == !m->fault && cur_tell(c) == BASE + m->pos &&
           cur_left(c) == (m->fault ? 0 : m->len - m->pos) &&
           (!m->fault || (c->fault_off == BASE + m->fault_pos && c->fault_want == m->fault_want &&
                          c->fault_left == m->len - m->fault_pos));
}

struct scope {
    const uint8_t *start;
    unsigned ops[SEQ];
    size_t runs, bad;
};

/* All sequences that go on from here; counts the first difference of each. */
static void walk(struct scope *scope, struct cur c, struct model m, unsigned depth)
{
    if (depth == SEQ) {
        scope->runs++;
        return;
    }
    for (unsigned op = 0; op < OP_COUNT; op++) {
        struct cur c2 = c;
        struct model m2 = m;
        struct result got = cur_do(&c2, scope->start, (enum op)op);
        struct result want = model_do(&m2, (enum op)op);

        scope->ops[depth] = op;
        if (got.value != want.value || got.at != want.at || got.child_bad != want.child_bad ||
            !same_state(&c2, &m2)) {
            scope->bad++;
            cr_log_error("length %zu, %s-endian, operations %u %u %u %u, step %u", m.len,
                         m.big ? "big" : "little", scope->ops[0], scope->ops[1], scope->ops[2],
                         scope->ops[3], depth);
        } else {
            walk(scope, c2, m2, depth + 1);
        }
    }
}

Test(cur, small_scope_is_exactly_the_model)
{
    static const uint8_t contents[][LEN_MAX] = {
        {0x01, 0x00, 0x82, 0x00, 0x03, 0xFF, 0x00, 0x02, 0x00, 0x41, 0x42, 0x00, 0x00, 0x00, 0x05,
         0x99},
        {0},
        {0xF1, 0xE2, 0xD3, 0xC4, 0xB5, 0xA6, 0x97, 0x88, 0x79, 0x6A, 0x5B, 0x4C, 0x3D, 0x2E, 0x1F,
         0x10},
    };
    size_t sequences = 1;
    size_t runs = 0;

    for (size_t k = 0; k < SEQ; k++) {
        sequences *= OP_COUNT;
    }
    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
        for (size_t len = 0; len <= LEN_MAX; len++) {
            for (int big = 0; big < 2; big++) {
                /* a copy of its own, so that the sanitizers see a read past the end */
                uint8_t *copy = malloc(len + (len == 0));
                struct scope scope = {.start = copy};

                cr_assert_not_null(copy);
                memcpy(copy, contents[i], len);
                walk(&scope, cur_make(copy, len, BASE, big != 0),
                     (struct model){.bytes = copy, .len = len, .big = big != 0}, 0);
                free(copy);
                cr_assert_eq(scope.bad, 0);
                runs += scope.runs;
            }
        }
    }
    cr_assert_eq(runs, sequences * 3 * (LEN_MAX + 1) * 2);
}

Test(cur, check_reports_the_first_fault)
{
    static const uint8_t bytes[] = {1, 2, 3, 4, 5};
    struct cur c = cur_make(bytes, sizeof(bytes), 50, false);
    struct scapf_diag diag = {0};

    cr_expect_eq(cur_u32(&c), 0x04030201);
    cr_expect_eq(cur_check(&c, SCAPF_E_FORMAT, RULE_BLOCK_TRUNCATED, &diag), SCAPF_OK);
    cr_expect_eq(cur_finish(&c, SCAPF_E_FORMAT, RULE_TRAILING_BYTES, &diag), SCAPF_E_FORMAT);
    cr_expect_eq(diag.rule, RULE_TRAILING_BYTES);
    cr_expect_eq(diag.off, 54);
    cr_expect_eq(diag.got, 1);
    cr_expect_eq(cur_u64(&c), 0);
    cr_expect_eq(cur_u8(&c), 0, "a fault is sticky");
    cr_expect_eq(cur_check(&c, SCAPF_E_TRUNCATED, RULE_BLOCK_TRUNCATED, &diag), SCAPF_E_TRUNCATED);
    cr_expect_eq(diag.rule, RULE_BLOCK_TRUNCATED);
    cr_expect_eq(diag.off, 54);
    cr_expect_eq(diag.got, 1);
    cr_expect_eq(diag.want, 8);
    cr_expect_eq(cur_finish(&c, SCAPF_E_FORMAT, RULE_BLOCK_TRUNCATED, NULL), SCAPF_E_FORMAT);
}

Test(cur, finish_is_ok_only_at_the_end)
{
    static const uint8_t bytes[] = {7, 8};
    struct cur c = cur_make(bytes, sizeof(bytes), 0, true);
    struct cur none = cur_make(NULL, 0, 9, true);

    cr_expect_eq(cur_u16(&c), 0x0708);
    cr_expect_eq(cur_finish(&c, SCAPF_E_FORMAT, RULE_TRAILING_BYTES, NULL), SCAPF_OK);
    cr_expect_eq(cur_finish(&none, SCAPF_E_FORMAT, RULE_TRAILING_BYTES, NULL), SCAPF_OK);
    cr_expect_eq(cur_tell(&none), 9);
}
