/* SPDX-License-Identifier: Apache-2.0 */
/* JSON of whole calls: what is joined, what is missing, in which order. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scapfmt.h"
#include "support/fault_alloc.h"
#include "support/json_check.h"
#include "support/mk.h"
#include "support/rd.h"

#define READ_E        6
#define READ_X        7
#define CLOSE_E       4
#define CLOSE_X       5
#define GENERIC_E     0
#define NEWFSTATAT_X  419
#define SC_NEWFSTATAT 300
#define GENERIC_X     1
#define SWITCH_E      152
#define PROCEXIT_E    186
#define EXECVEAT_E    330
#define EXECVE_X      293

#define MEMFD_CREATE_X          405
#define NR_MEMFD_CREATE         319
#define NR_STATX                332
#define NR_MEMFD_CREATE_AARCH64 279

/* What is shown of a call: who, which, its times, what is missing and why. */
struct line {
    char kind[12], event[24], missing[12], because[16], args[512], enter_args[128], names[64];
    char enter_ts[24], exit_ts[24], enter[256];
    long long tid, ordinal;
};

static void copy_value(const char *line, const char *key, char *to, size_t size)
{
    char pattern[32];
    const char *at;
    int depth = 0;
    size_t n = 0;

    snprintf(pattern, sizeof(pattern), "\"%s\":", key);
    at = strstr(line, pattern);
    to[0] = '\0';
    if (at == NULL) {
        return;
    }
    at += strlen(pattern);
    if (*at == '"') {
        snprintf(to, size, "%.*s", (int)strcspn(at + 1, "\""), at + 1);
        return;
    }
    do {
        depth += (at[n] == '{') - (at[n] == '}');
        n++;
    } while (depth > 0 && at[n] != '\0');
    snprintf(to, size, "%.*s", (int)n, at);
}

static long long number(const char *line, const char *key)
{
    char pattern[32];
    const char *at;

    snprintf(pattern, sizeof(pattern), "\"%s\":", key);
    at = strstr(line, pattern);
    return at != NULL ? strtoll(at + strlen(pattern), NULL, 10) : -1;
}

#define COPY(member) copy_value(text, #member, line->member, sizeof(line->member))

static void take_line(const char *text, struct line *line)
{
    COPY(kind);
    COPY(event);
    COPY(missing);
    COPY(because);
    COPY(args);
    COPY(enter_args);
    COPY(names);
    COPY(enter_ts);
    COPY(exit_ts);
    COPY(enter);
    line->tid = number(text, "tid");
    line->ordinal = number(text, "ordinal");
}

static size_t print_joined(const struct mk *m, const char *filter, struct line *lines, size_t max)
{
    struct scapf_printer_opts opts = {
        .size = sizeof(opts), .format = SCAPF_PRINT_JSON, .join = true};
    struct scapf_reader *reader;
    struct scapf_sink *sink;
    struct scapf_printer *printer;
    struct scapf_record rec;
    const char *bytes;
    const char *wrong;
    size_t len;
    size_t at;
    size_t n = 0;

    if (filter != NULL) {
        cr_assert_eq(scapf_filter_compile(filter, NULL, NULL, &opts.filter, NULL), SCAPF_OK);
    }
    reader = rd_reader(m->o.bytes, m->o.len);
    cr_assert_eq(scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL), SCAPF_OK);
    cr_assert_eq(scapf_printer_new(sink, &opts, &printer), SCAPF_OK);
    while (scapf_reader_next(reader, &rec) == SCAPF_OK) {
        cr_assert_eq(scapf_printer_put(printer, reader, &rec), SCAPF_OK);
        cr_assert_eq(scapf_printer_flush(printer), SCAPF_OK);
    }
    cr_assert_eq(scapf_printer_finish(printer), SCAPF_OK);
    cr_assert_eq(scapf_sink_finish(sink), SCAPF_OK);
    bytes = (const char *)scapf_sink_bytes(sink, &len);
    wrong = json_check_lines(bytes, len, &at);
    cr_assert(wrong == NULL, "%s at %zu", wrong, at);
    for (at = 0; at < len; at += strcspn(bytes + at, "\n") + 1) {
        char *text = strndup(bytes + at, strcspn(bytes + at, "\n"));

        if (strstr(text, "\"kind\":\"section\"") == NULL) {
            cr_assert_lt(n, max);
            take_line(text, &lines[n++]);
        }
        free(text);
    }
    scapf_printer_free(printer);
    scapf_sink_free(sink);
    scapf_reader_free(reader);
    scapf_filter_free(opts.filter);
    return n;
}

static void start(struct mk *m)
{
    mk_init(m, MK_LITTLE);
    mk_shb(m, 2);
}

static void put_read_enter(struct mk *m, uint64_t ts, int64_t tid, uint64_t fd, uint32_t size)
{
    mk_ev_begin(m, SCAPF_BLOCK_EV_V2, 0, ts, tid, READ_E);
    mk_param_u64(m, fd);
    mk_param_u32(m, size);
    mk_ev_end(m);
}

static void put_read_exit(struct mk *m, uint64_t ts, int64_t tid, uint64_t res)
{
    mk_ev_begin(m, SCAPF_BLOCK_EV_V2, 0, ts, tid, READ_X);
    mk_param_u64(m, res);
    mk_param(m, "x", 1);
    mk_ev_end(m);
}

static void put_bare(struct mk *m, uint64_t ts, int64_t tid, uint16_t code)
{
    mk_ev_begin(m, SCAPF_BLOCK_EV_V2, 0, ts, tid, code);
    mk_ev_end(m);
}

Test(json_join, enter_and_exit_of_threads_that_alternate)
{
    struct line lines[8];
    struct mk m;

    start(&m);
    put_read_enter(&m, 100, 1, 3, 10);
    put_read_enter(&m, 101, 2, 4, 20);
    put_read_exit(&m, 18446744073709551615u, 1, 1);
    put_read_exit(&m, 90, 2, 0);
    cr_assert_eq(print_joined(&m, NULL, lines, 8), 2);
    cr_expect_str_eq(lines[0].kind, "call");
    cr_expect_str_eq(lines[0].enter_ts, "100");
    cr_expect_str_eq(lines[0].exit_ts, "18446744073709551615");
    cr_expect_str_eq(lines[0].args,
                     "{\"res\":1,\"data\":{\"len\":1,\"text\":\"x\",\"base64\":\"eA==\"},"
                     "\"fd\":3,\"size\":10}");
    cr_expect_str_eq(lines[0].enter, "{\"ordinal\":1,\"offset\":28,\"type\":\"EV_V2\",\"cpu\":0,"
                                     "\"code\":6,\"symbol\":\"PPME_SYSCALL_READ_E\","
                                     "\"n_params\":2}");
    cr_expect_eq(lines[0].ordinal, 3);
    cr_expect_eq(lines[1].tid, 2);
    cr_expect_str_eq(lines[1].enter_ts, "101");
    cr_expect_str_eq(lines[1].missing, "");
    mk_release(&m);
}

/* Each reason that a call has no exit, and an exit without its enter event. */
Test(json_join, what_is_missing)
{
    static const struct {
        const char *event, *missing, *because;
    } want[] = {
        {"read", "enter", ""},
        {"read", "exit", "next_call"},
        {"close", "exit", "next_call"},
        {"read", "enter", ""},
        {"switch", "", ""},
        {"read", "exit", "thread_end"},
        {"procexit", "", ""},
        {"read", "exit", "end"},
        {"read", "exit", "end"},
        {"read", "exit", "next_call"},
        {"read", "exit", "end"},
    };
    struct line lines[16];
    struct mk m;

    start(&m);
    put_read_exit(&m, 1, 1, 0);
    put_read_enter(&m, 2, 1, 3, 10);
    put_bare(&m, 3, 1, CLOSE_E); /* the exit of read was not recorded */
    put_read_exit(&m, 4, 1, 0);  /* nor was that of close */
    put_read_enter(&m, 5, 1, 3, 10);
    put_bare(&m, 6, 1, SWITCH_E);
    put_bare(&m, 7, 1, PROCEXIT_E);
    put_read_enter(&m, 8, 2, 3, 10);
    put_read_enter(&m, 9, 1, 3, 10); /* the number is used again */
    mk_shb(&m, 2);
    put_read_enter(&m, 10, 1, 3, 10);
    put_read_enter(&m, 11, 1, 3, 10);
    cr_assert_eq(print_joined(&m, NULL, lines, 16), 11);
    for (size_t i = 0; i < 11; i++) {
        cr_expect_str_eq(lines[i].event, want[i].event, "%zu: %s", i, lines[i].event);
        cr_expect_str_eq(lines[i].missing, want[i].missing, "%zu: %s", i, lines[i].missing);
        cr_expect_str_eq(lines[i].because, want[i].because, "%zu: %s", i, lines[i].because);
    }
    cr_expect_eq(lines[7].tid, 2);
    mk_release(&m);
}

/* One thing has one place: what the exit leaves empty the enter event tells; what changed is told
 * twice. */
Test(json_join, arguments_of_both)
{
    struct line lines[4];
    struct mk m;

    start(&m);
    mk_ev_begin(&m, SCAPF_BLOCK_EV_V2, 0, 1, 1, READ_E);
    mk_param_u64(&m, 3);
    mk_param_u32(&m, 10);
    mk_ev_end(&m);
    mk_ev_begin(&m, SCAPF_BLOCK_EV_V2, 0, 2, 1, READ_X);
    mk_param_u64(&m, 1);
    mk_param(&m, "", 0);
    mk_param(&m, "", 0);
    mk_param_u32(&m, 11);
    mk_ev_end(&m);
    cr_assert_eq(print_joined(&m, NULL, lines, 4), 1);
    cr_expect_str_eq(lines[0].args, "{\"res\":1,\"data\":null,\"fd\":3,\"size\":11}");
    cr_expect_str_eq(lines[0].enter_args, "{\"size\":10}");
    mk_release(&m);
}

Test(json_join, notes_of_the_enter_event)
{
    struct line lines[4];
    struct mk m;

    start(&m);
    mk_ev_begin(&m, SCAPF_BLOCK_EV_V2, 0, 1, 1, 306); /* openat */
    mk_param_u64(&m, (uint64_t)-100);
    mk_param_str(&m, "a");
    mk_ev_end(&m);
    mk_ev_begin(&m, SCAPF_BLOCK_EV_V2, 0, 2, 1, 307);
    mk_param_u64(&m, 3);
    mk_ev_end(&m);
    cr_assert_eq(print_joined(&m, NULL, lines, 4), 1);
    cr_expect_str_eq(lines[0].args, "{\"fd\":3,\"dirfd\":-100,\"name\":\"a\"}");
    cr_expect(strstr(lines[0].names, "\"dirfd\":\"AT_FDCWD\"") != NULL, "%s", lines[0].names);
    mk_release(&m);
}

static void put_generic(struct mk *m, uint64_t ts, uint16_t code, uint16_t id)
{
    mk_ev_begin(m, SCAPF_BLOCK_EV_V2, 0, ts, 1, code);
    mk_param_u16(m, id);
    mk_ev_end(m);
}

Test(json_join, a_generic_exit_is_that_of_its_system_call)
{
    struct line lines[4];
    struct mk m;

    start(&m);
    put_generic(&m, 1, GENERIC_E, 10);
    put_generic(&m, 2, GENERIC_X, 10);
    put_generic(&m, 3, GENERIC_E, 10);
    put_generic(&m, 4, GENERIC_X, 11);
    cr_assert_eq(print_joined(&m, NULL, lines, 4), 3);
    cr_expect_str_eq(lines[0].missing, "");
    cr_expect_str_eq(lines[1].missing, "exit");
    cr_expect_str_eq(lines[2].missing, "enter");
    mk_release(&m);
}

/* The exits of older captures leave it to the enter event which call they end. */
Test(json_join, a_generic_exit_is_called_as_its_enter_event)
{
    struct line lines[2];
    struct mk m;

    start(&m);
    mk_ev_begin(&m, SCAPF_BLOCK_EV_V2, 0, 1, 1, GENERIC_E);
    mk_param_u16(&m, 0);
    mk_param_u16(&m, NR_STATX);
    mk_ev_end(&m);
    put_generic(&m, 2, GENERIC_X, 0);
    cr_assert_eq(print_joined(&m, NULL, lines, 2), 1);
    cr_expect_str_eq(lines[0].event, "statx");
    cr_expect_str_eq(lines[0].missing, "");
    mk_release(&m);
}

/* Captures for old readers have generic enter events where those do not know the call's own. */
Test(json_join, a_generic_enter_event_stands_in)
{
    struct line lines[4];
    struct mk m;

    start(&m);
    put_generic(&m, 1, GENERIC_E, SC_NEWFSTATAT);
    put_bare(&m, 2, 1, NEWFSTATAT_X);
    put_generic(&m, 3, GENERIC_E, SC_NEWFSTATAT + 1);
    put_bare(&m, 4, 1, NEWFSTATAT_X);
    cr_assert_eq(print_joined(&m, NULL, lines, 4), 3);
    cr_expect_str_eq(lines[0].event, "newfstatat");
    cr_expect_str_eq(lines[0].missing, "");
    cr_expect_str_eq(lines[0].enter_ts, "1");
    cr_expect_str_eq(lines[1].missing, "exit");
    cr_expect_str_eq(lines[2].missing, "enter");
    mk_release(&m);
}

/* The code of a call that they die of is 0 for them: then the kernel's number tells, of whatever
 * machine. */
Test(json_join, a_generic_enter_event_is_known_by_its_number)
{
    static const uint16_t numbers[] = {NR_MEMFD_CREATE, NR_MEMFD_CREATE_AARCH64, 1};
    struct line lines[4];
    struct mk m;

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        size_t n = i < 2 ? 1 : 2;

        start(&m);
        mk_ev_begin(&m, SCAPF_BLOCK_EV_V2, 0, 1, 1, GENERIC_E);
        mk_param_u16(&m, 0);
        mk_param_u16(&m, numbers[i]);
        mk_ev_end(&m);
        put_bare(&m, 2, 1, MEMFD_CREATE_X);
        cr_assert_eq(print_joined(&m, NULL, lines, 4), n, "%zu", i);
        cr_expect_str_eq(lines[n - 1].event, "memfd_create");
        cr_expect_str_eq(lines[n - 1].missing, n == 1 ? "" : "enter");
        mk_release(&m);
    }
}

Test(json_join, execveat_returns_as_execve)
{
    struct line lines[4];
    struct mk m;

    start(&m);
    put_bare(&m, 1, 1, EXECVEAT_E);
    put_bare(&m, 2, 1, EXECVE_X);
    cr_assert_eq(print_joined(&m, NULL, lines, 4), 1);
    cr_expect_str_eq(lines[0].event, "execve");
    cr_expect_str_eq(lines[0].enter_ts, "1");
    mk_release(&m);
}

/* The filter speaks of events: a call is shown when one of its two matches. */
Test(json_join, with_a_filter)
{
    static const struct {
        const char *filter;
        size_t n;
    } rows[] = {
        {"evt.dir=<", 1},      {"evt.dir=>", 2}, {"evt.num=1", 1},
        {"evt.type=close", 0}, {"fd.num=3", 2},  {"evt.rawres=1", 1},
    };
    struct line lines[4];
    struct mk m;

    start(&m);
    put_read_enter(&m, 1, 1, 3, 10);
    put_read_exit(&m, 2, 1, 1);
    put_read_enter(&m, 3, 1, 3, 10);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t n = print_joined(&m, rows[i].filter, lines, 4);

        cr_expect_eq(n, rows[i].n, "%s: %zu", rows[i].filter, n);
    }
    mk_release(&m);
}

/* Enter events of more than 32 MiB: the one that waits longest is given up, one that is too large
 * at once. */
Test(json_join, what_waits_is_bounded)
{
    static uint8_t large[60000];
    struct line lines[1200];
    struct mk m;
    size_t n;
    size_t limited = 0;

    memset(large, 'a', sizeof(large) - 1);
    start(&m);
    for (int64_t tid = 1; tid <= 1000; tid++) {
        mk_ev_begin(&m, SCAPF_BLOCK_EV_V2, 0, (uint64_t)tid, tid, 306);
        mk_param_u64(&m, 1);
        mk_param(&m, large, sizeof(large));
        mk_ev_end(&m);
    }
    put_read_exit(&m, 2000, 1, 0);
    mk_ev_begin(&m, SCAPF_BLOCK_EV_V2, 0, 2001, 1000, 307);
    mk_param_u64(&m, 3);
    mk_ev_end(&m);
    n = print_joined(&m, NULL, lines, 1200);
    cr_assert_eq(n, 1001);
    for (size_t i = 0; i < n && strcmp(lines[i].because, "limit") == 0; i++) {
        limited++;
        cr_expect_eq(lines[i].tid, (long long)i + 1);
    }
    cr_expect_geq(limited, 400);
    cr_expect_leq(limited, 800);
    cr_expect_str_eq(lines[limited].missing, "enter"); /* read of thread 1 */
    cr_expect_str_eq(lines[limited + 1].missing, "");  /* openat of thread 1000 */
    mk_release(&m);
}

Test(json_join, is_for_json)
{
    const struct scapf_printer_opts opts = {
        .size = sizeof(opts), .format = SCAPF_PRINT_SYSDIG_JSON, .join = true};
    struct scapf_sink *sink;
    struct scapf_printer *printer;

    cr_assert_eq(scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL), SCAPF_OK);
    cr_expect_eq(scapf_printer_new(sink, &opts, &printer), SCAPF_E_USAGE);
    scapf_sink_free(sink);
}

static enum scapf_status join_with(const struct mk *m, const struct scapf_alloc *alloc)
{
    const struct scapf_printer_opts opts = {
        .size = sizeof(opts), .alloc = alloc, .format = SCAPF_PRINT_JSON, .join = true};
    struct scapf_reader *reader;
    struct scapf_sink *sink;
    struct scapf_printer *printer;
    struct scapf_record rec;
    enum scapf_status status;

    reader = rd_reader(m->o.bytes, m->o.len);
    cr_assert_eq(scapf_sink_mem(SCAPF_PLAIN, NULL, &sink, NULL), SCAPF_OK);
    status = scapf_printer_new(sink, &opts, &printer);
    while (status == SCAPF_OK && scapf_reader_next(reader, &rec) == SCAPF_OK) {
        status = scapf_printer_put(printer, reader, &rec);
    }
    if (status == SCAPF_OK) {
        status = scapf_printer_finish(printer);
    }
    scapf_printer_free(printer);
    scapf_sink_free(sink);
    scapf_reader_free(reader);
    return status;
}

/* No memory at any place: said, nothing lost. */
Test(json_join, no_memory)
{
    struct fault_alloc f;
    struct mk m;

    start(&m);
    put_read_enter(&m, 1, 1, 3, 10);
    put_read_enter(&m, 1, 2, 3, 10);
    put_read_exit(&m, 2, 1, 1);
    for (size_t k = 0; k < 1000; k++) {
        enum scapf_status status;

        fault_alloc_init(&f, k);
        status = join_with(&m, &f.alloc);
        cr_expect_eq(f.live, 0);
        cr_expect_eq(status, f.failed ? SCAPF_E_NOMEM : SCAPF_OK, "%zu", k);
        if (!f.failed) {
            cr_expect_gt(k, 10);
            break;
        }
    }
    mk_release(&m);
}
