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
#define STATS_KEY_MAX 4608u /* a path of 4096 bytes and names around it */
#define STATS_BUCKETS 368u  /* up to 2^48 ns, more than three days */

enum stats_by {
    STATS_SYSCALL,
    STATS_PROCESS,
    STATS_THREAD,
    STATS_FILE,
    STATS_CONNECTION,
    STATS_PEER,
    STATS_USER,
    STATS_CONTAINER,
    STATS_STACK, /* process;call;file: --folded */
    STATS_BY_COUNT
};

struct stats_row {
    char *key; /* NUL-ended */
    uint32_t hash;
    uint64_t enters, exits; /* events */
    uint64_t timed;         /* calls whose both ends are known */
    uint64_t errors, bytes;
    uint64_t total_ns, max_ns;
    uint32_t *buckets; /* of timed calls; NULL where the table has no percentiles */
};

struct stats_table {
    bool on;
    struct stats_row *rows;
    uint32_t n_rows, cap_rows;
    uint32_t *slots; /* index + 1 in rows, 0 = free */
    uint32_t n_slots;
    struct stats_row others;
    uint64_t others_keys; /* how often a key found no room */
};

struct stats {
    const struct scapf_schema *schema;
    struct stats_table tables[STATS_BY_COUNT];
    bool wants_host;       /* a table needs more than the events themselves */
    struct stats_row all;  /* system calls of every kind */
    struct pairs pairs;    /* when there is no host */
    uint32_t *row_of_code; /* index + 1 of the row of a call with an event of its own */
};

/* False without memory. on: which tables are wanted. */
bool stats_init(struct stats *stats, const struct scapf_schema *schema, const bool *on);
void stats_release(struct stats *stats);
/* A run_kept_fn; host may be NULL unless wants_host. */
enum scapf_status stats_record(void *ctx, const struct scapf_reader *reader,
                               const struct scapf_record *rec, struct scapf_host *host);

enum stats_sort { SORT_AUTO, SORT_TIME, SORT_CALLS, SORT_ERRORS, SORT_BYTES };
/* Put the rows in order, largest first; equal ones by key. */
void stats_sort(struct stats_table *table, enum stats_by by, enum stats_sort sort);
/* A call is an exit event: what a call is about is often known only then. Where enter events are
 * more, as of calls that do not return, they count. */
uint64_t stats_calls(const struct stats_row *row);
/* The time that part in 1000 of the calls do not exceed, 0 without times. */
uint64_t stats_percentile(const struct stats_row *row, unsigned part);
/* "syscall", "process", ... */
const char *stats_by_name(enum stats_by by);

/* top 0 = all rows. */
void stats_print(struct stats *stats, enum stats_sort sort, size_t top);
void stats_print_folded(struct stats *stats);
void stats_json(struct stats *stats, struct scapf_json *json, enum stats_sort sort, size_t top);

#endif
