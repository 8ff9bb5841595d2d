/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_slice.c - `scapfmt slice`: a part of a capture, or all of it in parts.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "pack.h"
#include "pieces.h"
#include "redact.h"
#include "when.h"

struct slice_opts {
    struct cli_common common;
    const char *out, *from, *to, *last, *events, *shards;
    int packing;
    bool prune;
    struct redact_args redact;
};

/* clang-format off */
static const struct cli_option options[] = {
    CLI_OPTION('o', "output", "OUT", CLI_TEXT, struct slice_opts, out,
               "file to write; with --shards the folder"),
    CLI_OPTION(0, "from", "TIME", CLI_TEXT, struct slice_opts, from,
               "keep what is at this time or later"),
    CLI_OPTION(0, "to", "TIME", CLI_TEXT, struct slice_opts, to,
               "keep what is before this time"),
    CLI_OPTION(0, "last", "DURATION", CLI_TEXT, struct slice_opts, last,
               "keep what is so long before the end"),
    CLI_OPTION(0, "events", "A-B", CLI_TEXT, struct slice_opts, events,
               "keep events and packets with these numbers, as print shows them"),
    CLI_OPTION(0, "prune", NULL, CLI_FLAG, struct slice_opts, prune,
               "no rows and no state of processes without a kept event"),
    CLI_OPTION(0, "redact", NULL, CLI_FLAG, struct slice_opts, redact.on,
               "without environments, arguments, data, and with pseudonyms for names"),
    CLI_OPTION(0, "policy", "LIST", CLI_TEXT, struct slice_opts, redact.policy,
               "with --redact: what of env,args,buffers,paths,addresses,names,comms (-comms)"),
    CLI_OPTION(0, "key", "FILE", CLI_TEXT, struct slice_opts, redact.key,
               "with --redact: what the pseudonyms are made with (a random one)"),
    CLI_OPTION(0, "shards", "HOW", CLI_TEXT, struct slice_opts, shards,
               "cut into pieces: their number, a size (10M) or a duration (5min)"),
    CLI_CHOICES('z', "compress", "HOW", struct slice_opts, packing,
                "pack the output; auto goes by the suffix .gz or .zst of OUT",
                PACK_CHOICES),
};
/* clang-format on */

const struct cli_spec spec_slice = {
    "slice", "keep a part of a capture, with the tables that are true of it",
    "IN",    CLI_WITH_FILTER | CLI_WITH_LEDGER | CLI_WITH_PROGRESS | CLI_WITH_SCHEMA,
    options, CLI_COUNT_OF(options),
};

/* A slice on its way. */
struct work {
    const struct slice_opts *o;
    const char *in;
    struct scapf_slice_opts opts;
    struct scapf_reader *reader;
    struct scapf_slice *slice;
    struct scapf_slice *survey; /* --prune: whose events are kept */
    struct pieces pieces;
};

/* ------------------------------------------------------------------ what the options say */

/* "A-B", "A-", "-B", "A". */
static bool parse_numbers(const char *text, uint64_t *first, uint64_t *last)
{
    char *end = (char *)text;

    *first = 1;
    *last = 0;
    if (*text >= '0' && *text <= '9') {
        *first = strtoull(text, &end, 10);
        *last = *end == '\0' ? *first : 0;
    }
    if (*end == '-' && end[1] >= '0' && end[1] <= '9') {
        *last = strtoull(end + 1, &end, 10);
    } else if (*end == '-' && end != text) {
        end++;
    }
    return *end == '\0' && end != text && *first > 0 && (*last == 0 || *last >= *first);
}

static uint64_t before(uint64_t end, uint64_t ns)
{
    return end > ns ? end - ns : 1; /* 0 would be no limit */
}

/* The time in ns and whether it counts from the start; last is that of the capture. */
static void resolve(const struct when *when, uint64_t last, uint64_t *ns, bool *from_start)
{
    *from_start = when->from == WHEN_START;
    *ns = when->from == WHEN_END ? before(last, when->ns) : when->ns;
}

struct range {
    struct when from, to;
    bool has_from, has_to;
};

static int parse_range(const struct slice_opts *o, struct range *r)
{
    r->has_from = o->from != NULL;
    r->has_to = o->to != NULL;
    if (r->has_from && !when_parse(o->from, &r->from)) {
        return cli_usage(&spec_slice, "--from: '%s' is no time", o->from);
    }
    if (r->has_to && !when_parse(o->to, &r->to)) {
        return cli_usage(&spec_slice, "--to: '%s' is no time", o->to);
    }
    if (o->last != NULL) {
        if (r->has_from) {
            return cli_usage(&spec_slice, "--from and --last exclude each other");
        }
        r->has_from = true;
        r->from.from = WHEN_END;
        if (!when_duration(o->last, &r->from.ns)) {
            return cli_usage(&spec_slice, "--last: '%s' is no duration", o->last);
        }
    }
    return CLI_DONE;
}

static int set_range(struct work *w, const struct range *r)
{
    bool needs_end =
        (r->has_from && r->from.from == WHEN_END) || (r->has_to && r->to.from == WHEN_END);
    struct pieces_survey survey = {0};

    if (needs_end || pieces_need_survey(&w->pieces)) {
        int rc = pieces_look(w->in, &w->o->common, &survey);

        if (rc == CLI_USAGE) {
            return cli_usage(&spec_slice,
                             "%s: a pipe cannot be read twice, and where it ends is not known "
                             "before; save it to a file first",
                             run_path_name(w->in));
        }
        if (rc != CLI_DONE) {
            return rc;
        }
        pieces_know(&w->pieces, &survey);
    }
    if (r->has_from) {
        resolve(&r->from, survey.last_ns, &w->opts.from_ns, &w->opts.from_start);
    }
    if (r->has_to) {
        resolve(&r->to, survey.last_ns, &w->opts.to_ns, &w->opts.to_start);
        w->opts.to_ns += w->opts.to_ns == 0 && !w->opts.to_start;
    }
    return CLI_DONE;
}

/* ------------------------------------------------------------------ the work */

static enum scapf_status slice_record(void *ctx, const struct scapf_reader *reader,
                                      const struct scapf_record *rec)
{
    struct work *w = ctx;
    enum scapf_status status = pieces_before(&w->pieces, w->slice, rec);

    if (status >= 0) {
        status = scapf_slice_put(w->slice, reader, rec);
    }
    return status < 0 ? status : scapf_slice_ahead(w->slice, w->reader);
}

static void say_count(uint64_t n, const char *what)
{
    if (n > 0) {
        run_say("%" PRIu64 " %s", n, what);
    }
}

static void report(const struct work *w)
{
    const struct scapf_slice_counts *c = scapf_slice_counts(w->slice);

    if (w->o->common.quiet) {
        return;
    }
    run_say("kept %" PRIu64 " of %" PRIu64 " events, %" PRIu64 " of %" PRIu64 " packets", c->events,
            c->events + c->events_left, c->packets, c->packets + c->packets_left);
    say_count(c->state_events, "events marked state-only carry what tables cannot say");
    say_count(c->sections_left, "sections left out: nothing of them is kept");
    say_count(c->no_time, "packets without a time left out");
    say_count(c->statistics_left, "interface statistics left out: they count the whole capture");
    say_count(c->no_copy_left, "custom blocks left out: they are not to be copied into a part");
    say_count(c->ambiguous, "connections may read the wrong way round: both ends are listened on");
    say_count(c->fd_lists_left, "descriptor lists left out: there are more than 16 Mi descriptors");
    say_count(c->not_kept, "threads, descriptors or names may be missing: there was no room");
    say_count(c->too_large, "events too large to be marked state-only left out");
    if (w->opts.redact != NULL) {
        redact_report(w->opts.redact, &w->o->redact);
    }
    say_count(c->unlabelled, "events kept behind the end may lack names: times go backwards");
}

static int slice_records(struct work *w)
{
    enum scapf_status status = scapf_slice_new(w->pieces.sink, &w->opts, &w->slice);
    const struct scapf_slice_counts *counts;
    int rc;

    if (status < 0) {
        return run_fail(w->in, status, NULL);
    }
    rc = run_records(w->in, &w->o->common, w->reader, slice_record, w, &status);
    if (status >= 0) {
        status = scapf_slice_finish(w->slice);
    }
    if (status < 0) {
        const struct scapf_diag *diag = scapf_slice_diag(w->slice);

        return run_worse(rc, diag != NULL ? run_fail(w->o->out, status, diag)
                                          : run_sink_fail(w->o->out, status, w->pieces.sink));
    }
    counts = scapf_slice_counts(w->slice);
    if (counts->events + counts->packets + counts->others == 0) {
        run_say("%s: nothing matched", run_path_name(w->in));
        return CLI_INVALID;
    }
    status = pieces_end(&w->pieces, w->slice);
    rc = run_worse(rc, run_sink_fail(w->o->out, status, w->pieces.sink));
    report(w);
    return rc;
}

static enum scapf_status survey_record(void *ctx, const struct scapf_reader *reader,
                                       const struct scapf_record *rec)
{
    return scapf_slice_put(ctx, reader, rec);
}

/* Read the input once to learn whose events are kept. */
static int survey_file(struct work *w)
{
    struct scapf_slice_opts opts = w->opts;
    struct cli_common quiet = w->o->common;
    struct scapf_reader *reader;
    enum scapf_status status;
    int rc;

    if (!pieces_can_look(w->in)) {
        return cli_usage(&spec_slice, "--prune: %s: a pipe cannot be read twice; save it to a file",
                         run_path_name(w->in));
    }
    rc = run_open(w->in, &w->o->common, &reader);
    if (rc != CLI_DONE) {
        return rc;
    }
    quiet.ledger = false;
    opts.survey = true;
    opts.redact = NULL;
    status = scapf_slice_new(w->pieces.sink, &opts, &w->survey);
    if (status >= 0) {
        rc = run_records(w->in, &quiet, reader, survey_record, w->survey, &status);
    }
    if (status >= 0) {
        status = scapf_slice_finish(w->survey); /* gives its hosts back */
    }
    scapf_reader_free(reader);
    if (rc >= CLI_SYSTEM) {
        return rc; /* damage is told again by the next reading, this may not be */
    }
    if (w->opts.filter != NULL) {
        scapf_filter_restart(w->opts.filter);
    }
    w->opts.prune = w->survey;
    return run_fail(w->in, status, NULL);
}

static int slice_file(struct work *w)
{
    int rc = run_open(w->in, &w->o->common, &w->reader);

    if (rc == CLI_DONE) {
        rc = run_schema(&w->o->common, &w->opts.schema);
    }
    if (rc == CLI_DONE) {
        rc = run_filter(&w->o->common, &w->opts.filter);
    }
    if (rc == CLI_DONE) {
        rc = redact_begin(&spec_slice, &w->o->common, &w->o->redact, &w->opts.redact);
    }
    if (rc == CLI_DONE) {
        rc = pieces_begin(&w->pieces, w->in, w->o->out);
    }
    if (rc == CLI_DONE && w->o->prune) {
        rc = survey_file(w);
    }
    if (rc == CLI_DONE) {
        rc = slice_records(w);
    }
    scapf_slice_free(w->slice);
    scapf_slice_free(w->survey);
    scapf_redact_free(w->opts.redact);
    pieces_release(&w->pieces);
    scapf_reader_free(w->reader);
    return rc;
}

int cmd_slice(int argc, char **argv)
{
    struct slice_opts o = {.packing = 0};
    struct work w = {.o = &o, .opts = {.size = sizeof(w.opts)}};
    struct range range = {0};
    int rc;

    if (!cli_parse(&spec_slice, &argc, &argv, &o, &rc)) {
        return rc;
    }
    if (argc != 1) {
        return cli_usage(&spec_slice, argc == 0 ? "which file?" : "one file at a time");
    }
    if (o.out == NULL) {
        return cli_usage(&spec_slice, "where to? use --output");
    }
    if (o.events != NULL && !parse_numbers(o.events, &w.opts.first, &w.opts.last)) {
        return cli_usage(&spec_slice, "--events: '%s' is no range like 100-200", o.events);
    }
    if (!pieces_parse(&w.pieces, o.shards, o.packing)) {
        return cli_usage(&spec_slice, "--shards: '%s' is no number, size or duration", o.shards);
    }
    if (o.shards == NULL && strcmp(o.out, "-") == 0 && isatty(STDOUT_FILENO) == 1) {
        return cli_usage(&spec_slice, "this is no output for a terminal");
    }
    w.in = argv[0];
    w.opts.goes_on = o.shards != NULL;
    rc = parse_range(&o, &range);
    if (rc == CLI_DONE) {
        rc = set_range(&w, &range);
    }
    return rc == CLI_DONE ? slice_file(&w) : rc;
}
