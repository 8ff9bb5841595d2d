/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_stats.c - `scapfmt stats`: calls, errors, bytes and time, all files together.
 */
#include <string.h>

#include "cmd.h"
#include "stats.h"

struct stats_opts {
    struct cli_common common;
    struct cli_list by;
    uint64_t top;
    int sort;
    bool folded;
};

#define SORTS "auto|time|calls|errors|bytes"

/* clang-format off */
static const struct cli_option options[] = {
    CLI_OPTION(0, "by", "WHAT", CLI_LIST, struct stats_opts, by,
               "syscall, process, thread, file, connection, peer, user, container or all; may be repeated"),
    CLI_OPTION(0, "top", "N", CLI_NUMBER, struct stats_opts, top,
               "show the N first rows of each table (20); 0 = all"),
    CLI_CHOICES(0, "sort", "ORDER", struct stats_opts, sort,
                "largest first", SORTS),
    CLI_OPTION(0, "folded", NULL, CLI_FLAG, struct stats_opts, folded,
               "process;call;file and microseconds, for flame graphs"),
};
/* clang-format on */

const struct cli_spec spec_stats = {
    "stats",
    "count calls, errors, bytes and time",
    "FILE...",
    CLI_WITH_FILTER | CLI_WITH_JSON | CLI_WITH_LEDGER | CLI_WITH_PROGRESS | CLI_WITH_SCHEMA,
    options,
    CLI_COUNT_OF(options),
};

/* Which tables are asked for. False when a word is none of them. */
static bool choose(const struct stats_opts *o, bool *on)
{
    memset(on, 0, STATS_BY_COUNT * sizeof(*on));
    if (o->folded) {
        on[STATS_STACK] = true;
        return true;
    }
    if (o->by.n == 0) {
        on[STATS_SYSCALL] = on[STATS_PROCESS] = on[STATS_FILE] = on[STATS_PEER] = true;
    }
    for (unsigned i = 0; i < o->by.n; i++) {
        bool found = false;

        for (int by = 0; by < STATS_STACK; by++) {
            if (strcmp(o->by.items[i], "all") == 0 ||
                strcmp(o->by.items[i], stats_by_name((enum stats_by)by)) == 0) {
                on[by] = found = true;
            }
        }
        if (!found) {
            cli_usage(&spec_stats, "--by: there is nothing called '%s' to count by",
                      o->by.items[i]);
            return false;
        }
    }
    return true;
}

static int count_file(const struct stats_opts *o, struct stats *stats, const char *path)
{
    const struct run_kept kept = {
        .put = stats_record,
        .ctx = stats,
        .wants_host = stats->wants_host || o->common.filter != NULL,
    };
    struct scapf_reader *reader;
    enum scapf_status status;
    int rc = run_open(path, &o->common, &reader);

    if (rc != CLI_DONE) {
        return rc;
    }
    stats_capture(stats);
    rc = run_kept(path, &o->common, reader, &kept, &status);
    scapf_reader_free(reader);
    return run_worse(rc, run_fail(path, status, NULL));
}

static int show(const struct stats_opts *o, struct stats *stats)
{
    struct run_json out;
    int rc;

    if (o->folded) {
        stats_print_folded(stats);
        return CLI_DONE;
    }
    if (!o->common.json) {
        stats_print(stats, (enum stats_sort)o->sort, (size_t)o->top);
        return CLI_DONE;
    }
    rc = run_json_start(&out);
    if (rc != CLI_DONE) {
        return rc;
    }
    stats_json(stats, out.json, (enum stats_sort)o->sort, (size_t)o->top);
    return run_json_end(&out);
}

int cmd_stats(int argc, char **argv)
{
    struct stats_opts o = {.top = 20};
    const struct scapf_schema *schema;
    struct scapf_filter *filter;
    struct stats stats;
    bool on[STATS_BY_COUNT];
    int rc;

    if (!cli_parse(&spec_stats, &argc, &argv, &o, &rc)) {
        return rc;
    }
    if (argc == 0) {
        return cli_usage(&spec_stats, "which file?");
    }
    if (o.folded && (o.common.json || o.by.n > 0)) {
        return cli_usage(&spec_stats, "--folded goes with neither --json nor --by");
    }
    rc = run_schema(&o.common, &schema);
    if (rc != CLI_DONE || !choose(&o, on)) {
        return rc != CLI_DONE ? rc : CLI_USAGE;
    }
    rc = run_filter(&o.common, &filter);
    if (rc != CLI_DONE) {
        return rc;
    }
    if (!stats_init(&stats, schema, on)) {
        stats_release(&stats);
        return run_fail("stats", SCAPF_E_NOMEM, NULL);
    }
    for (int i = 0; i < argc; i++) {
        rc = run_worse(rc, count_file(&o, &stats, argv[i]));
    }
    rc = run_worse(rc, show(&o, &stats));
    stats_release(&stats);
    return run_filter_end(&o.common, rc);
}
