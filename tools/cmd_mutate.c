/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_mutate.c - `scapfmt mutate`: malformed captures to test readers with, and a list of what was
 * done to each.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "pack.h"

#define MAX_INPUT ((size_t)64 << 20)
#define MAX_DEPTH 64
#define MAX_COUNT 1000000

struct mutate_opts {
    struct cli_common common;
    const char *out, *rule;
    bool all, random, keep;
    uint64_t seed, count, depth;
};

/* clang-format off */
static const struct cli_option options[] = {
    CLI_OPTION('o', "output", "DIR", CLI_TEXT, struct mutate_opts, out,
               "folder for the captures and manifest.tsv; made when it is not there"),
    CLI_OPTION(0, "rule", "RULE", CLI_TEXT, struct mutate_opts, rule,
               "break exactly this rule, by its id or symbol"),
    CLI_OPTION(0, "all-rules", NULL, CLI_FLAG, struct mutate_opts, all,
               "break each rule in a file of its own"),
    CLI_OPTION(0, "random", NULL, CLI_FLAG, struct mutate_opts, random,
               "change fields, options and blocks at random"),
    CLI_OPTION(0, "seed", "S", CLI_NUMBER, struct mutate_opts, seed,
               "the same seed gives the same files (1)"),
    CLI_OPTION(0, "count", "N", CLI_NUMBER, struct mutate_opts, count,
               "how many files (100)"),
    CLI_OPTION(0, "depth", "D", CLI_NUMBER, struct mutate_opts, depth,
               "changes in each, one upon the other (3)"),
    CLI_OPTION(0, "keep-framing", NULL, CLI_FLAG, struct mutate_opts, keep,
               "all lengths of blocks stay right"),
};
/* clang-format on */

const struct cli_spec spec_mutate = {
    "mutate", "make malformed captures to test readers with",
    "IN",     0,
    options,  CLI_COUNT_OF(options),
};

/* The captures being made. */
struct work {
    const struct mutate_opts *o;
    const char *in;
    uint8_t *bytes;
    size_t len;
    char suffix[16]; /* of the files, as IN has it */
    struct scapf_sink *manifest;
    uint64_t made, left;
};

/* ------------------------------------------------------------------ files */

static int load(struct work *w)
{
    struct scapf_diag diag = {0};
    struct scapf_src *src;
    const uint8_t *p;
    size_t n = 1;
    int rc = run_source(w->in, &src);

    if (rc != CLI_DONE) {
        return rc;
    }
    while (n > 0 && rc == CLI_DONE) {
        enum scapf_status status = scapf_src_peek(src, 1, &p, &n, &diag);
        bool fits = w->len + n <= MAX_INPUT;
        uint8_t *more = fits && status >= 0 ? realloc(w->bytes, w->len + n + 1) : NULL;

        if (status < 0) {
            rc = run_fail(w->in, status, &diag);
        } else if (fits && more == NULL) {
            rc = run_fail(w->in, SCAPF_E_NOMEM, NULL);
        } else if (more == NULL) {
            run_say("%s: more than 64 MiB: use a part of it, `scapfmt slice` makes one", w->in);
            rc = CLI_INVALID;
        } else {
            w->bytes = more;
            memcpy(w->bytes + w->len, p, n);
            w->len += n;
            scapf_src_skip(src, n);
        }
    }
    scapf_src_free(src);
    return rc;
}

static void find_suffix(struct work *w)
{
    size_t n;
    const char *dot = NULL;

    (void)pack_of_name(w->in, &n);
    for (size_t i = n; i > 0 && w->in[i - 1] != '/'; i--) {
        if (w->in[i - 1] == '.') {
            dot = w->in + i - 1;
            break;
        }
    }
    if (dot == NULL || (size_t)(w->in + n - dot) >= sizeof(w->suffix)) {
        dot = ".cap";
        n = strlen(dot);
    } else {
        n = (size_t)(w->in + n - dot);
    }
    memcpy(w->suffix, dot, n);
    w->suffix[n] = '\0';
}

static int write_file(const struct work *w, const char *name, const uint8_t *bytes, size_t len)
{
    char path[4096];
    struct scapf_diag diag = {0};
    struct scapf_sink *sink;
    enum scapf_status status;
    int rc;

    (void)snprintf(path, sizeof(path), "%s/%s", w->o->out, name);
    status = scapf_sink_file(path, SCAPF_PLAIN, NULL, &sink, &diag);
    if (status < 0) {
        return run_fail(path, status, &diag);
    }
    status = scapf_sink_write(sink, bytes, len);
    if (status >= 0) {
        status = scapf_sink_finish(sink);
    }
    rc = run_sink_fail(path, status, sink);
    scapf_sink_free(sink);
    return rc;
}

static void manifest(struct work *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void manifest(struct work *w, const char *format, ...)
{
    char line[1024];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (n > 0) { /* errors stick: the end tells */
        (void)!scapf_sink_write(w->manifest, line,
                                (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
    }
}

static int open_manifest(struct work *w)
{
    char path[4096];
    struct scapf_diag diag = {0};
    enum scapf_status status;

    if (run_folder(w->o->out) != CLI_DONE) {
        return CLI_SYSTEM;
    }
    (void)snprintf(path, sizeof(path), "%s/manifest.tsv", w->o->out);
    status = scapf_sink_file(path, SCAPF_PLAIN, NULL, &w->manifest, &diag);
    return run_fail(path, status, &diag);
}

/* ------------------------------------------------------------------ rules */

static const char *packed_suffix(const struct scapf_mutant *mutant)
{
    if (mutant->len > 4 && mutant->bytes[0] == 0x1F && mutant->bytes[1] == 0x8B) {
        return pack_suffix(SCAPF_GZIP);
    }
    return mutant->len > 4 && memcmp(mutant->bytes, "\x28\xB5\x2F\xFD", 4) == 0
               ? pack_suffix(SCAPF_ZSTD)
               : "";
}

static int break_rule(struct work *w, struct scapf_mutator *mutator, unsigned rule)
{
    const struct scapf_rule_info *info = scapf_rule_get(rule);
    struct scapf_mutant mutant;
    const char *why = NULL;
    char name[128];
    enum scapf_status status = scapf_mutate_rule(mutator, rule, &mutant, &why);

    if (status < 0) {
        return run_fail(w->in, status, NULL);
    }
    if (status == SCAPF_END) {
        manifest(w, "-\t%s\t%s\t%s\t-\t-\t-\t-\t-\t%s\n", info->id, info->symbol,
                 scapf_severity_name(info->severity), why);
        if (!w->o->all) {
            run_say("%s: %s %s: %s", w->in, info->id, info->symbol, why);
        }
        w->left++;
        return CLI_DONE;
    }
    (void)snprintf(name, sizeof(name), "%s_%s%s%s", info->id, info->symbol, w->suffix,
                   packed_suffix(&mutant));
    manifest(
        w, "%s\t%s\t%s\t%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%s\n",
        name, info->id, info->symbol, scapf_severity_name(info->severity), mutant.finding.off,
        mutant.at, mutant.old_len, mutant.new_len, mutant.companions, mutant.what);
    w->made++;
    return write_file(w, name, mutant.bytes, mutant.len);
}

static int break_rules(struct work *w)
{
    struct scapf_mutator *mutator;
    struct scapf_diag diag = {0};
    enum scapf_status status = scapf_mutator_new(w->bytes, w->len, NULL, &mutator, &diag);
    unsigned rule = w->o->all ? 1 : scapf_rule_find(w->o->rule);
    unsigned end = w->o->all ? scapf_rule_count() : rule + 1;
    int rc = CLI_DONE;

    if (status < 0) {
        rc = run_fail(w->in, status, &diag);
        run_say("%s: rules can be broken in captures that are not damaged; `scapfmt repair` "
                "makes one",
                w->in);
        return rc;
    }
    manifest(w,
             "file\trule\tsymbol\tseverity\toffset\tat\told_bytes\tnew_bytes\tcompanions\twhat\n");
    for (; rule < end && rc == CLI_DONE; rule++) {
        rc = break_rule(w, mutator, rule);
    }
    scapf_mutator_free(mutator);
    return rc == CLI_DONE && w->made == 0 ? CLI_INVALID : rc;
}

/* ------------------------------------------------------------------ random changes */

static int change(struct work *w)
{
    struct scapf_random_opts opts = {
        .size = sizeof(opts), .depth = (uint32_t)w->o->depth, .keep_framing = w->o->keep};
    struct scapf_random_change changes[MAX_DEPTH];
    size_t max = w->len * 2 + 4096;
    uint8_t *bytes = malloc(max);
    int rc = bytes != NULL ? CLI_DONE : run_fail(w->in, SCAPF_E_NOMEM, NULL);

    manifest(w, "file\tseed\tchanges\n");
    for (uint64_t i = 0; i < w->o->count && rc == CLI_DONE; i++) {
        char name[64];
        size_t len;
        size_t n;

        memcpy(bytes, w->bytes, w->len);
        opts.seed = w->o->seed + i;
        len = scapf_mutate_random(bytes, w->len, max, &opts, changes, MAX_DEPTH, &n);
        (void)snprintf(name, sizeof(name), "%08" PRIu64 "%s", opts.seed, w->suffix);
        manifest(w, "%s\t%" PRIu64 "\t", name, opts.seed);
        for (size_t k = 0; k < n; k++) {
            manifest(w, "%s%s at %" PRIu64 " (%" PRIu64 ")", k > 0 ? "; " : "", changes[k].what,
                     changes[k].off, changes[k].len);
        }
        manifest(w, "\n");
        rc = write_file(w, name, bytes, len);
        w->made++;
    }
    free(bytes);
    return rc;
}

/* ------------------------------------------------------------------ the command */

static int check_options(const struct mutate_opts *o)
{
    int ways = (o->rule != NULL) + o->all + o->random;

    if (o->out == NULL) {
        return cli_usage(&spec_mutate, "where to? use --output");
    }
    if (ways != 1) {
        return cli_usage(&spec_mutate, "one of --rule, --all-rules and --random is needed");
    }
    if (o->rule != NULL && scapf_rule_find(o->rule) == 0) {
        return cli_usage(&spec_mutate,
                         "there is no rule '%s'; `scapfmt validate --explain all` "
                         "tells all",
                         o->rule);
    }
    if (o->depth == 0 || o->depth > MAX_DEPTH) {
        return cli_usage(&spec_mutate, "--depth: from 1 to %d", MAX_DEPTH);
    }
    if (o->count == 0 || o->count > MAX_COUNT) {
        return cli_usage(&spec_mutate, "--count: from 1 to %d", MAX_COUNT);
    }
    return CLI_DONE;
}

static int mutate(struct work *w)
{
    int rc = load(w);
    enum scapf_status status;

    if (rc == CLI_DONE) {
        rc = open_manifest(w);
    }
    if (rc == CLI_DONE) {
        rc = w->o->random ? change(w) : break_rules(w);
    }
    if (rc < CLI_SYSTEM && w->manifest != NULL) { /* a list of a part appears under no name */
        status = scapf_sink_finish(w->manifest);
        rc = run_worse(rc, run_sink_fail(w->o->out, status, w->manifest));
    }
    scapf_sink_free(w->manifest);
    free(w->bytes);
    return rc;
}

int cmd_mutate(int argc, char **argv)
{
    struct mutate_opts o = {.seed = 1, .count = 100, .depth = 3};
    struct work w = {.o = &o};
    int rc;

    if (!cli_parse(&spec_mutate, &argc, &argv, &o, &rc)) {
        return rc;
    }
    if (argc != 1) {
        return cli_usage(&spec_mutate, argc == 0 ? "which file?" : "one file at a time");
    }
    rc = check_options(&o);
    if (rc != CLI_DONE) {
        return rc;
    }
    w.in = argv[0];
    find_suffix(&w);
    rc = mutate(&w);
    if (rc <= CLI_INVALID && !o.common.quiet) {
        run_say("%s: %" PRIu64 " capture%s made%s", o.out, w.made, w.made == 1 ? "" : "s",
                w.left > 0 && o.all ? "; manifest.tsv tells why the other rules are not among them"
                                    : "");
    }
    return rc;
}
