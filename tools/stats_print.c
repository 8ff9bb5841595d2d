/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats_print.c - counts as tables for people, as JSON, and as stacks for flame graphs.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"

/* Percentiles that are shown, in thousandths. */
static const struct {
    const char *title, *key;
    unsigned part;
} percentiles[] = {{"p50", "p50_ns", 500}, {"p95", "p95_ns", 950}, {"p99", "p99_ns", 990}};

static uint64_t mean(const struct stats_row *row)
{
    return row->timed > 0 ? row->total_ns / row->timed : 0;
}

/* ------------------------------------------------------------------ tables */

/* "1.234ms"; "-" when no time is known. */
static const char *span(uint64_t ns, uint64_t timed, char *buf, size_t size)
{
    static const struct {
        uint64_t unit;
        const char *name;
    } units[] = {{1000000000, "s"}, {1000000, "ms"}, {1000, "us"}};

    if (timed == 0) {
        return "-";
    }
    for (size_t i = 0; i < CLI_COUNT_OF(units); i++) {
        if (ns >= units[i].unit) {
            (void)snprintf(buf, size, "%" PRIu64 ".%03" PRIu64 "%s", ns / units[i].unit,
                           ns % units[i].unit * 1000 / units[i].unit, units[i].name);
            return buf;
        }
    }
    (void)snprintf(buf, size, "%" PRIu64 "ns", ns);
    return buf;
}

/* A key for a terminal: no control character of a file gets there. */
static void print_key(const char *key)
{
    for (; *key != '\0'; key++) {
        unsigned char c = (unsigned char)*key;

        if (c < 0x20 || c == 0x7F) {
            printf("\\x%02x", c);
        } else {
            putchar(c);
        }
    }
    putchar('\n');
}

static void print_row(const struct stats_row *row, const char *key, bool with_percentiles)
{
    char buf[32];

    printf("%10" PRIu64 " %8" PRIu64 " %13" PRIu64, row->calls, row->errors, row->bytes);
    printf(" %11s", span(row->total_ns, row->timed, buf, sizeof(buf)));
    printf(" %11s", span(mean(row), row->timed, buf, sizeof(buf)));
    for (size_t i = 0; with_percentiles && i < CLI_COUNT_OF(percentiles); i++) {
        printf(" %11s",
               span(stats_percentile(row, percentiles[i].part), row->timed, buf, sizeof(buf)));
    }
    printf(" %11s  ", span(row->max_ns, row->timed, buf, sizeof(buf)));
    print_key(key);
}

static void print_head(const char *name, bool with_percentiles)
{
    printf("%10s %8s %13s %11s %11s", "calls", "errors", "bytes", "time", "mean");
    for (size_t i = 0; with_percentiles && i < CLI_COUNT_OF(percentiles); i++) {
        printf(" %11s", percentiles[i].title);
    }
    printf(" %11s  %s\n", "max", name);
}

static void print_table(const struct stats_table *t, size_t top)
{
    size_t n = top != 0 && top < t->n_rows ? top : t->n_rows;

    print_head(stats_by_name(t->by), t->percentiles);
    for (size_t i = 0; i < n; i++) {
        print_row(&t->rows[i], t->rows[i].key, t->percentiles);
    }
    if (t->others.events > 0) {
        print_row(&t->others, "(all others: the table is full)", t->percentiles);
    }
    if (n < t->n_rows) {
        printf("... and %zu more\n", t->n_rows - n);
    }
}

void stats_print(struct stats *stats, enum stats_sort sort, size_t top)
{
    uint64_t calls = stats->all.calls;
    uint64_t untimed = calls - stats->all.timed;

    printf("%" PRIu64 " system calls in %" PRIu64 " events", calls, stats->all.events);
    if (untimed > 0) {
        printf("; of %" PRIu64 " one end is missing: they are counted, but have no time", untimed);
    }
    putchar('\n');
    for (uint32_t i = 0; i < stats->n_tables; i++) {
        putchar('\n');
        stats_sort(&stats->tables[i], sort);
        print_table(&stats->tables[i], top);
    }
}

/* ------------------------------------------------------------------ stacks */

static int by_stack(const void *a, const void *b)
{
    return strcmp(((const struct stats_row *)a)->key, ((const struct stats_row *)b)->key);
}

/* [flamegraph.pl] frames, semicolons between them, a space, a whole number: here microseconds. */
void stats_print_folded(struct stats *stats)
{
    struct stats_table *t = &stats->tables[0]; /* there is no other */

    if (t->n_rows > 0) {
        qsort(t->rows, t->n_rows, sizeof(*t->rows), by_stack);
    }
    for (uint32_t i = 0; i < t->n_rows; i++) {
        if (t->rows[i].timed > 0) {
            printf("%s %" PRIu64 "\n", t->rows[i].key, (t->rows[i].total_ns + 500) / 1000);
        }
    }
    if (t->others.timed > 0) {
        printf("(all others) %" PRIu64 "\n", (t->others.total_ns + 500) / 1000);
    }
}

/* ------------------------------------------------------------------ JSON */

static void put_u64(struct scapf_json *json, const char *key, uint64_t value)
{
    scapf_json_key(json, key);
    scapf_json_u64(json, value);
}

static void json_row(struct scapf_json *json, const struct stats_row *row, const char *by,
                     const char *key)
{
    scapf_json_open(json, '{');
    scapf_json_key(json, by);
    scapf_json_string(json, key);
    put_u64(json, "calls", row->calls);
    put_u64(json, "events", row->events);
    put_u64(json, "errors", row->errors);
    put_u64(json, "bytes", row->bytes);
    put_u64(json, "timed", row->timed);
    if (row->timed > 0) {
        put_u64(json, "time_ns", row->total_ns);
        put_u64(json, "mean_ns", mean(row));
        put_u64(json, "max_ns", row->max_ns);
        for (size_t i = 0; row->buckets != NULL && i < CLI_COUNT_OF(percentiles); i++) {
            put_u64(json, percentiles[i].key, stats_percentile(row, percentiles[i].part));
        }
    }
    scapf_json_close(json);
}

static void json_table(struct scapf_json *json, const struct stats_table *t, size_t top)
{
    const char *by = stats_by_name(t->by);
    size_t n = top != 0 && top < t->n_rows ? top : t->n_rows;

    scapf_json_key(json, by);
    scapf_json_open(json, '{');
    put_u64(json, "rows", t->n_rows);
    scapf_json_key(json, "top");
    scapf_json_open(json, '[');
    for (size_t i = 0; i < n; i++) {
        json_row(json, &t->rows[i], by, t->rows[i].key);
    }
    scapf_json_close(json);
    if (t->others.events > 0) {
        scapf_json_key(json, "others");
        json_row(json, &t->others, by, "");
    }
    scapf_json_close(json);
}

void stats_json(struct stats *stats, struct scapf_json *json, enum stats_sort sort, size_t top)
{
    scapf_json_open(json, '{');
    put_u64(json, "calls", stats->all.calls);
    put_u64(json, "events", stats->all.events);
    put_u64(json, "timed", stats->all.timed);
    for (uint32_t i = 0; i < stats->n_tables; i++) {
        stats_sort(&stats->tables[i], sort);
        json_table(json, &stats->tables[i], top);
    }
    scapf_json_close(json);
}
