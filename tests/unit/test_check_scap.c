/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One minimal capture for each rule of scap, good and bad, in both byte orders.
 */
#include <criterion/criterion.h>

#include "support/findings.h"
#include "support/mk.h"
#include "support/rd.h"
#include "support/story.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define NOW          STORY_NS

/* ---------------------------------------------------------------- tables */

static uint64_t mi_len(struct mk *m, bool bad)
{
    mk_shb(m, 2);
    story_machine(m, 0x201);
    if (bad) {
        m->o.len -= 4;
        mk_zero(m, 8);
        mk_end(m);
    }
    return m->block + 4;
}

static uint64_t table_repeated(struct mk *m, bool bad)
{
    mk_shb(m, 2);
    story_machine(m, 0x201);
    if (bad) {
        story_machine(m, 0x201);
    }
    return m->block;
}

static uint64_t no_cpus(struct mk *m, bool bad)
{
    mk_shb(m, 2);
    story_machine(m, 0x201);
    if (bad) {
        mk_patch_u32(m, m->block + 8, 0);
    }
    return m->block + 8;
}

static uint64_t cpu_beyond(struct mk *m, bool bad)
{
    story_start(m);
    story_close(m, bad ? 4 : 3, NOW, 701);
    return m->block + 8;
}

static uint64_t hostname(struct mk *m, bool bad)
{
    uint64_t at;

    mk_shb(m, 2);
    story_machine(m, 0x201);
    at = m->block + 28;
    for (unsigned i = 0; bad && i < 128; i++) {
        mk_patch_u8(m, at + i, 'x');
    }
    return at;
}

static uint64_t pl_entry(struct mk *m, bool bad)
{
    mk_shb(m, 2);
    story_processes(m, 0x215, 9, 76);
    if (bad) {
        mk_patch_u32(m, m->block + 8, 100000);
    }
    return m->block + 8;
}

static uint64_t pl_tail(struct mk *m, bool bad)
{
    mk_shb(m, 2);
    story_processes(m, 0x215, 9, bad ? 6 : 5);
    return m->block + 8;
}

static uint64_t pl_duplicate(struct mk *m, bool bad)
{
    mk_shb(m, 2);
    story_processes(m, 0x215, 9, 76);
    if (bad) {
        story_processes(m, 0x215, 9, 76);
    }
    return m->block + 8;
}

/* A version 1 list with one process; the comm is long, the args end without a NUL when asked. */
static uint64_t small_list(struct mk *m, uint16_t comm_len, const char *args)
{
    mk_shb(m, 2);
    mk_begin(m, 0x202);
    mk_u64(m, 1);
    mk_u64(m, 1);
    mk_u64(m, 0);
    mk_u16(m, comm_len);
    for (uint16_t i = 0; i < comm_len; i++) {
        mk_u8(m, 'x');
    }
    mk_str16(m, "exe");
    mk_u16(m, 2);
    mk_bytes(m, args, 2);
    mk_str16(m, "/");
    mk_u64(m, 1024);
    mk_u32(m, 0);
    mk_u32(m, 0);
    mk_u32(m, 0);
    mk_end(m);
    return m->block + 8;
}

static uint64_t pl_string(struct mk *m, bool bad)
{
    return small_list(m, bad ? 1025 : 1024, "a") + 26;
}

static uint64_t pl_list(struct mk *m, bool bad)
{
    return small_list(m, 4, bad ? "ab" : "a") + 26 + 4 + 5 + 2;
}

static uint64_t fd_list(struct mk *m, int64_t tid, unsigned n, uint8_t type, uint16_t name_len)
{
    mk_begin(m, 0x203);
    mk_u64(m, (uint64_t)tid);
    for (unsigned i = 0; i < n; i++) {
        mk_u64(m, 7);
        mk_u64(m, 1);
        mk_u8(m, type);
        mk_u16(m, name_len);
        mk_zero(m, name_len);
    }
    mk_end(m);
    return m->block + 16;
}

static uint64_t fdl_type_0(struct mk *m, bool bad)
{
    story_start(m);
    mk_begin(m, 0x218);
    mk_u64(m, 1);
    mk_u32(m, bad ? 21 : 23);
    mk_u64(m, 7);
    mk_u64(m, 1);
    mk_u8(m, bad ? 0 : 1);
    mk_zero(m, bad ? 0 : 2);
    mk_end(m);
    return m->block + 16;
}

static uint64_t fdl_type(struct mk *m, bool bad)
{
    story_start(m);
    return fd_list(m, 1, 1, bad ? 21 : 15, 4);
}

static uint64_t fdl_orphan(struct mk *m, bool bad)
{
    story_start(m);
    return fd_list(m, bad ? 99 : 1, 0, 1, 0) - 8;
}

static uint64_t fdl_before(struct mk *m, bool bad)
{
    mk_shb(m, 2);
    if (!bad) {
        story_processes(m, 0x215, 9, 76);
    }
    return fd_list(m, 1, 0, 1, 0) - 8;
}

static uint64_t fdl_duplicate(struct mk *m, bool bad)
{
    story_start(m);
    return fd_list(m, 1, bad ? 2 : 1, 1, 4) + 23;
}

static uint64_t fdl_name(struct mk *m, bool bad)
{
    story_start(m);
    return fd_list(m, 1, 1, 1, bad ? 1024 : 1023) + 19;
}

static uint64_t fdl_type_v1(struct mk *m, bool bad)
{
    story_start(m);
    return fd_list(m, 1, 1, bad ? 99 : 1, 4);
}

static uint64_t ul_kind(struct mk *m, bool bad)
{
    mk_shb(m, 2);
    mk_begin(m, 0x206);
    mk_u8(m, bad ? 2 : 1);
    mk_u32(m, 0);
    mk_str16(m, "root");
    mk_end(m);
    return m->block + 8;
}

static uint64_t ul_string(struct mk *m, bool bad)
{
    uint16_t n = bad ? 256 : 255;

    mk_shb(m, 2);
    mk_begin(m, 0x206);
    mk_u8(m, 1);
    mk_u32(m, 0);
    mk_u16(m, n);
    mk_zero(m, n);
    mk_end(m);
    return m->block + 15;
}

static uint64_t table_padding(struct mk *m, bool bad)
{
    mk_shb(m, 2);
    mk_begin(m, 0x206);
    mk_u8(m, 1);
    mk_u32(m, 0);
    mk_str16(m, "ab"); /* 9 bytes: 3 of padding */
    mk_end(m);
    mk_patch_u8(m, m->block + 17, bad ? 1 : 0);
    return m->block + 17;
}

/* ---------------------------------------------------------------- events */

static uint64_t event_len(struct mk *m, bool bad)
{
    story_start(m);
    story_close(m, 0, NOW, 701);
    if (bad) {
        mk_patch_u32(m, m->block + 26, 25);
    }
    return m->block + 26;
}

static uint64_t event_sum(struct mk *m, bool bad)
{
    story_start(m);
    mk_ev_begin(m, 0x216, 0, NOW, 701, 5);
    mk_param_u64(m, 0);
    mk_param_u64(m, 3);
    mk_ev_body(m);
    mk_zero(m, bad ? 4 : 0);
    mk_end(m);
    if (bad) { /* the event claims the 4 bytes behind its parameters */
        mk_patch_u32(m, m->block + 26, 50);
    }
    return m->block + 26;
}

static uint64_t event_lengths(struct mk *m, bool bad)
{
    story_start(m);
    story_close(m, 0, NOW, 701);
    if (bad) {
        mk_patch_u32(m, m->block + 32, 1000);
    }
    return m->block + 36;
}

static uint64_t event_unknown(struct mk *m, bool bad)
{
    story_start(m);
    mk_ev_begin(m, 0x216, 0, NOW, 701, bad ? 999 : 5);
    mk_param_u64(m, 0);
    mk_param_u64(m, 3);
    mk_ev_end(m);
    return m->block + 10;
}

static uint64_t surplus_managed(struct mk *m, bool bad)
{
    story_start(m);
    mk_ev_begin(m, 0x216, 0, NOW, 701, 5);
    mk_param_u64(m, 0);
    mk_param_u64(m, 3);
    if (bad) {
        mk_param_u64(m, 4);
    }
    mk_ev_end(m);
    return m->block + 10;
}

static uint64_t not_convertible(struct mk *m, bool bad)
{
    story_start(m);
    mk_ev_begin(m, 0x216, 0, NOW, 701, 5);
    if (!bad) {
        mk_param_u64(m, 0);
    }
    mk_ev_end(m);
    return m->block + 10;
}

static uint64_t fewer(struct mk *m, bool bad)
{
    story_start(m);
    mk_ev_begin(m, 0x216, 0, NOW, 701, 5);
    mk_param_u64(m, 0);
    if (!bad) {
        mk_param_u64(m, 3);
    }
    mk_ev_end(m);
    return m->block + 10;
}

static uint64_t param_size(struct mk *m, bool bad)
{
    story_start(m);
    mk_ev_begin(m, 0x216, 0, NOW, 701, 5);
    mk_param_u64(m, 0);
    mk_param(m, "12345678", bad ? 4 : 8);
    mk_ev_end(m);
    return m->block + 10 + 26 + 4 + 8;
}

static uint64_t string_event(struct mk *m, const char *text, uint32_t len)
{
    story_start(m);
    mk_ev_begin(m, 0x216, 0, NOW, 701, 280);
    mk_param(m, text, len);
    mk_param_str(m, "b");
    mk_ev_end(m);
    return m->block + 10 + 26 + 4;
}

static uint64_t string_end(struct mk *m, bool bad)
{
    return string_event(m, "abc", bad ? 3 : 4);
}

static uint64_t string_inside(struct mk *m, bool bad)
{
    return string_event(m, bad ? "a\0c" : "abc", 4);
}

static uint64_t malformed(struct mk *m, bool bad)
{
    story_start(m);
    mk_ev_begin(m, 0x216, 0, NOW, 701, 80);
    mk_param(m, "\0\0\0", bad ? 3 : 2); /* an empty list of descriptors is a count of 0 */
    mk_param_u64(m, 5);
    mk_ev_end(m);
    return m->block + 10 + 26 + 4;
}

static uint64_t param_empty(struct mk *m, bool bad)
{
    story_start(m);
    mk_ev_begin(m, 0x216, 0, NOW, 701, 234);
    mk_param(m, "12345678", bad ? 0 : 8);
    mk_param_u64(m, 5);
    mk_ev_end(m);
    return m->block + 10 + 26 + 4;
}

static uint64_t large_mismatch(struct mk *m, bool bad)
{
    story_start(m);
    mk_ev_begin(m, bad ? 0x221 : 0x216, 0, NOW, 701, 4);
    mk_param_u64(m, 3);
    mk_ev_end(m);
    if (bad) { /* lengths of a small event are u16 whatever the block says */
        m->o.len = m->block;
        mk_ev_begin(m, 0x216, 0, NOW, 701, 4);
        mk_param_u64(m, 3);
        mk_ev_end(m);
        mk_patch_u32(m, m->block, 0x221);
    }
    return m->block;
}

static uint64_t time_back(struct mk *m, bool bad)
{
    story_start(m);
    story_close(m, 0, NOW, 701);
    story_close(m, 1, bad ? NOW - 1 : NOW, 701);
    return m->block + 10;
}

static uint64_t cpu_time_back(struct mk *m, bool bad)
{
    story_start(m);
    story_close(m, 0, NOW, 700);
    story_close(m, bad ? 0 : 1, NOW - 1, 701);
    return m->block + 10;
}

/* What only carries state may come late. */
static uint64_t told_late(struct mk *m, bool bad)
{
    story_start(m);
    story_close(m, 0, NOW, 700);
    mk_ev_begin(m, 0x217, 0, NOW - 5, 701, 5);
    mk_param_u64(m, 0);
    mk_param_u64(m, 3);
    mk_ev_flags(m, 1);
    mk_ev_end(m);
    story_close(m, 0, bad ? NOW - 1 : NOW, 702);
    return m->block + 10;
}

/* An old read exit takes the descriptor from the enter event before it. */
static uint64_t other_enter(struct mk *m, bool bad)
{
    story_start(m);
    mk_ev_begin(m, 0x216, 0, NOW, 701, bad ? 8 : 6);
    mk_param_u64(m, 3);
    mk_param_u32(m, 100);
    mk_ev_end(m);
    mk_ev_begin(m, 0x216, 0, NOW, 701, 7);
    mk_param_u64(m, 1);
    mk_param(m, "x", 1);
    mk_ev_end(m);
    return m->block + 10;
}

static uint64_t event_flags(struct mk *m, bool bad)
{
    story_start(m);
    mk_ev_begin(m, 0x217, 0, NOW, 701, 5);
    mk_param_u64(m, 0);
    mk_param_u64(m, 3);
    mk_ev_flags(m, bad ? 2 : 1);
    mk_ev_end(m);
    return m->block + 10;
}

static uint64_t v1_lengths(struct mk *m, bool bad)
{
    story_start(m);
    mk_ev_begin(m, 0x204, 0, NOW, 701, 4);
    mk_param_u64(m, 3);
    mk_ev_end(m);
    if (bad) {
        mk_patch_u16(m, m->block + 32, 7);
    }
    return m->block + 32;
}

/* Old events carry no number of parameters: libscap looks for one up to that of its table. */
static uint64_t v1_surplus(struct mk *m, bool bad)
{
    story_start(m);
    mk_ev_begin(m, 0x204, 0, NOW, 701, 4);
    mk_param_u64(m, 3);
    if (bad) {
        mk_param_u64(m, 4);
    }
    mk_ev_end(m);
    return m->block + 10;
}

static uint64_t event_padding(struct mk *m, bool bad)
{
    story_start(m);
    mk_ev_begin(m, 0x216, 0, NOW, 701, 4);
    mk_param_u64(m, 3);
    mk_ev_end(m); /* 2 + 26 + 2 + 8 = 38 bytes: 2 of padding */
    mk_patch_u8(m, m->block + 46, bad ? 1 : 0);
    return m->block + 46;
}

static uint64_t bool_byte(struct mk *m, bool bad)
{
    uint32_t at;

    mk_shb(m, 2);
    story_processes(m, 0x215, 9, 5); /* loginuid, exe_writable: the last byte of an entry */
    at = (uint32_t)m->block + 8;
    if (bad) {
        mk_patch_u8(m,
                    at + m->o.bytes[at + (m->o.big_endian ? 3 : 0)] - 1u +
                        256u * m->o.bytes[at + (m->o.big_endian ? 2 : 1)],
                    2);
    }
    return at;
}

static uint64_t il_name(struct mk *m, bool bad)
{
    uint16_t n = bad ? 1024 : 1023;

    mk_shb(m, 2);
    mk_begin(m, 0x205);
    mk_u16(m, 3);
    mk_u16(m, n);
    mk_zero(m, 12u + n);
    mk_end(m);
    return m->block + 24;
}

/* libscap takes no other type, whether the entry carries its length or not. */
static uint64_t il_type(struct mk *m, bool bad)
{
    story_start(m); /* its interface list is the second block, with lengths */
    mk_patch_u16(m, 28 + 192 + 8 + 4, bad ? 6 : 3);
    return 28 + 192 + 8;
}

static uint64_t block_limit(struct mk *m, bool bad)
{
    static const char data[65535];

    story_start(m);
    mk_ev_begin(m, 0x216, 0, NOW, 701, 7);
    mk_param_u64(m, 0);
    mk_param(m, data, bad ? sizeof(data) : 65000);
    mk_param_u64(m, 3);
    mk_param_u32(m, 0);
    mk_ev_end(m);
    return m->block + 4;
}

static uint64_t unused(struct mk *m, bool bad)
{
    story_start(m);
    mk_ev_begin(m, 0x216, 0, NOW, 701, bad ? 17 : 186);
    mk_ev_end(m);
    return m->block + 10;
}

static uint64_t pointer(struct mk *m, bool bad)
{
    story_start(m);
    mk_ev_begin(m, 0x216, 0, NOW, 701, 268);
    mk_param_u64(m, 1);
    mk_param(m, "\0\0\0\0\0\0\0", bad ? 8 : 0);
    mk_param(m, "", 0);
    mk_ev_end(m);
    return m->block + 10 + 26 + 6 + 8;
}

static const struct findings_row rows[] = {
    {RULE_MI_LEN, mi_len},
    {RULE_TABLE_REPEATED, table_repeated},
    {RULE_MI_CPUS, no_cpus},
    {RULE_MI_CPUS, cpu_beyond},
    {RULE_MI_HOSTNAME, hostname},
    {RULE_PL_ENTRY, pl_entry},
    {RULE_PL_TAIL, pl_tail},
    {RULE_PL_DUPLICATE, pl_duplicate},
    {RULE_PL_STRING, pl_string},
    {RULE_PL_LIST, pl_list},
    {RULE_FDL_TYPE_0, fdl_type_0},
    {RULE_FDL_TYPE, fdl_type},
    {RULE_FDL_ORPHAN, fdl_orphan},
    {RULE_FDL_ORPHAN, fdl_before},
    {RULE_FDL_DUPLICATE, fdl_duplicate},
    {RULE_FDL_NAME, fdl_name},
    {RULE_FDL_TYPE_V1, fdl_type_v1},
    {RULE_UL_KIND, ul_kind},
    {RULE_UL_STRING, ul_string},
    {RULE_PADDING_NOT_ZERO, table_padding},
    {RULE_EVENT_LEN, event_len},
    {RULE_EVENT_SUM, event_sum},
    {RULE_EVENT_LENGTHS, event_lengths},
    {RULE_EVENT_UNKNOWN, event_unknown},
    {RULE_EVENT_SURPLUS_MANAGED, surplus_managed},
    {RULE_EVENT_NOT_CONVERTIBLE, not_convertible},
    {RULE_EVENT_N_PARAMS, fewer},
    {RULE_PARAM_SIZE, param_size},
    {RULE_PARAM_STRING_END, string_end},
    {RULE_PARAM_STRING_END, string_inside},
    {RULE_PARAM_MALFORMED, malformed},
    {RULE_PARAM_EMPTY, param_empty},
    {RULE_EVENT_LARGE_MISMATCH, large_mismatch},
    {RULE_EVENT_TIME_BACK, time_back},
    {RULE_EVENT_CPU_TIME_BACK, cpu_time_back},
    {RULE_EVENT_CPU_TIME_BACK, told_late},
    {RULE_EVENT_OTHER_ENTER, other_enter},
    {RULE_EVENT_FLAGS, event_flags},
    {RULE_EVENT_V1_LENGTHS, v1_lengths},
    {RULE_EVENT_V1_SURPLUS, v1_surplus},
    {RULE_PADDING_NOT_ZERO, event_padding},
    {RULE_PL_BOOL, bool_byte},
    {RULE_IL_NAME, il_name},
    {RULE_IL_TYPE, il_type},
    {RULE_EVENT_BLOCK_LIMIT, block_limit},
    {RULE_EVENT_UNUSED, unused},
    {RULE_PARAM_POINTER, pointer},
};

Test(check_scap, every_rule_has_a_good_and_a_bad_capture)
{
    cr_expect_eq(findings_rows(rows, COUNT(rows), true), 0);
}

/* The story as every writer of every time would store it: never an error. */
Test(check_scap, the_story_has_no_errors)
{
    static const uint32_t blocks[] = {0x204, 0x216};

    for (int order = MK_LITTLE; order <= MK_BIG; order++) {
        for (size_t i = 0; i < COUNT(blocks); i++) {
            struct story s = {.block = blocks[i]};
            struct findings f;
            struct mk m;

            mk_init(&m, order);
            mk_shb(&m, 2);
            story_tables(&m);
            story_tell(&m, &s);
            story_tell_old(&m, &s);
            story_tell_odd(&m, &s);
            findings_run(&f, m.o.bytes, m.o.len);
            cr_expect_eq(findings_from(&f, SCAPF_ERROR), 0, "%s", findings_text(&f));
            cr_expect_eq(f.status, SCAPF_OK);
            mk_release(&m);
        }
    }
}

/* ---------------------------------------------------------------- all events */

/* One event of the schema, its parameters as they should be but for one of len bytes, none zero. */
static void odd_event(struct mk *m, const struct scapf_event_info *info, uint8_t odd, uint32_t len)
{
    bool large = (info->flags & SCAPF_EF_LARGE_PAYLOAD) != 0;
    uint8_t bytes[64];

    mk_clear(m, MK_LITTLE);
    mk_shb(m, 2);
    mk_ev_begin(m, large ? 0x221 : 0x216, 0, NOW, 701, info->code);
    for (uint8_t i = 0; i < info->n_params; i++) {
        memset(bytes, i == odd, sizeof(bytes));
        mk_param(m, bytes, i == odd ? len : scapf_param_size(info->params[i].type));
    }
    mk_ev_end(m);
}

/* The checks know which lengths need no look at a parameter; the value decoder knows its types.
 * Both have to complain of the same ones. */
Test(check_scap, every_parameter_as_the_decoder_sees_it)
{
    const struct scapf_schema *schema = scapf_schema_builtin();
    struct findings f;
    struct mk m;

    mk_init(&m, MK_LITTLE);
    for (uint32_t k = 0; k < schema->n_events * 20; k++) {
        const struct scapf_event_info *info = schema->events[k / 20];
        uint32_t len = k % 20;

        for (uint8_t i = 0; info != NULL && i < info->n_params; i++) {
            struct scapf_value v;
            enum rule rule = RULE_NONE;
            struct scapf_diag diag = {0};
            struct rd rd;

            odd_event(&m, info, i, len);
            rd_mk(&rd, &m);
            rd_skip(&rd, 2);
            if (scapf_event_value(rd.rec.event, i, &v, &diag) < 0) {
                rule = (enum rule)diag.rule;
            } else if (len == 0 && scapf_param_size(info->params[i].type) != 0 &&
                       !info->params[i].may_be_empty) {
                rule = RULE_PARAM_EMPTY;
            }
            rd_close_len(&rd, m.o.len);
            findings_run(&f, m.o.bytes, m.o.len);
            cr_expect(findings_count(&f, RULE_PARAM_SIZE) + findings_count(&f, RULE_PARAM_EMPTY) +
                              findings_count(&f, RULE_PARAM_STRING_END) +
                              findings_count(&f, RULE_PARAM_MALFORMED) ==
                          (rule != RULE_NONE),
                      "%s.%s of %u: %s", info->symbol, info->params[i].name, len,
                      findings_text(&f));
            cr_expect(rule == RULE_NONE || findings_count(&f, rule) == 1, "%s.%s of %u",
                      info->symbol, info->params[i].name, len);
        }
    }
    mk_release(&m);
}
