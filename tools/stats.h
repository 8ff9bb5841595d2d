/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats.h - what `scapfmt stats` counts: calls, errors, bytes and time by one thing or another.
 *
 * Each way to count is a table of rows, found by a key in text. A table holds at most STATS_ROWS
 * rows; what comes later is counted in one row for all others, and it is said so. Times of calls go
 * into buckets of an eighth of a power of two: percentiles are at most 6.25 % off.
 */
#ifndef SCAPFMT_STATS_H
#define SCAPFMT_STATS_H

#include "run.h"
#include "stats_pair.h"

#define STATS_ROWS    65536u
#define STATS_BUCKETS 368u /* up to 2^48 ns, more than three days */

struct stats_row {
    char *key; /* NUL-ended */
    uint32_t hash;
    uint64_t calls;  /* exits, and enters whose exit did not come */
    uint64_t events; /* of both kinds */
    uint64_t timed;  /* calls whose both ends are known */
    uint64_t errors, bytes;
    uint64_t total_ns, max_ns;
    uint32_t *buckets; /* of timed calls; NULL where the table has no percentiles */
};

struct stats_table {
    enum stats_by by;
    bool percentiles;
    struct stats_row *rows;
    uint32_t n_rows, cap_rows;
    uint32_t *slots; /* index + 1 in rows, 0 = free */
    uint32_t n_slots;
    struct stats_row others;
};

struct stats {
    const struct scapf_schema *schema;
    struct stats_table tables[STATS_BY_COUNT]; /* those that are wanted */
    uint32_t n_tables;
    bool wants_host;      /* one of them needs more than the events themselves */
    struct stats_row all; /* system calls of every kind */
    struct pairs open;
    struct scapf_arch_votes votes;
    uint32_t section;
    uint32_t *row_of_code; /* index + 1 of the row of a call with an event of its own */
};

/* False without memory. on: which tables are wanted. */
bool stats_init(struct stats *stats, const struct scapf_schema *schema, const bool *on);
void stats_release(struct stats *stats);
/* Another capture begins. */
void stats_capture(struct stats *stats);
/* A run_kept_fn; host may be NULL unless wants_host or a filter hides events. */
enum scapf_status stats_record(void *ctx, const struct scapf_reader *reader,
                               const struct scapf_record *rec, struct scapf_host *host);

enum stats_sort { SORT_AUTO, SORT_TIME, SORT_CALLS, SORT_ERRORS, SORT_BYTES };
/* Put the rows in order, largest first; equal ones by key. */
void stats_sort(struct stats_table *table, enum stats_sort sort);
/* The time that part in 1000 of the calls do not exceed, 0 without times. */
uint64_t stats_percentile(const struct stats_row *row, unsigned part);

/* top 0 = all rows. */
void stats_print(struct stats *stats, enum stats_sort sort, size_t top);
void stats_print_folded(struct stats *stats);
void stats_json(struct stats *stats, struct scapf_json *json, enum stats_sort sort, size_t top);

#endif
