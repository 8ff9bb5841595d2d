/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_validate.c - `scapfmt validate`: every finding, one a line, and a verdict.
 */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "cmd.h"
#include "state_notes.h"

#define SEVERITIES 3
#define MAX_SHOWN  1000 /* a hostile file may have millions */

struct validate_opts {
    struct cli_common common;
    int level;
    uint64_t max;
    const char *explain;
    bool state;
};

/* clang-format off */
static const struct cli_option options[] = {
    CLI_CHOICES('l', "level", "LEVEL", struct validate_opts, level,
                "findings from here on make a capture invalid (error)", "info|warning|error"),
    CLI_OPTION('m', "max", "N", CLI_NUMBER, struct validate_opts, max,
               "show at most N findings of a file (1000), count the others"),
    CLI_OPTION(0, "state", NULL, CLI_FLAG, struct validate_opts, state,
               "also what is contradictory in the state of processes; reads a file twice"),
    CLI_OPTION(0, "explain", "RULE", CLI_TEXT, struct validate_opts, explain,
               "tell what a rule says and where it comes from; 'all' tells all"),
};
/* clang-format on */

const struct cli_spec spec_validate = {
    "validate",
    "check captures against every rule of their formats",
    "FILE... | --explain=RULE",
    CLI_WITH_JSON | CLI_WITH_LEDGER | CLI_WITH_SCHEMA,
    options,
    CLI_COUNT_OF(options),
};

/* One capture being checked. */
struct validate {
    const struct validate_opts *o;
    const char *path;
    struct run_json *out; /* NULL when text is printed */
    enum scapf_severity shown_from;
    uint64_t shown, hidden;
    uint64_t counts[SEVERITIES];
    struct scapf_ledger ledger;
    bool has_state;
    struct scapf_host_counters state;
};

static enum scapf_severity severity_of(const struct scapf_diag *diag)
{
    return scapf_rule_get(diag->rule)->severity;
}

static void show_finding(const struct validate *v, const struct scapf_diag *diag)
{
    char sentence[400];

    if (v->out != NULL) {
        scapf_json_diag(v->out->json, diag);
        return;
    }
    (void)scapf_diag_format(diag, sentence, sizeof(sentence));
    printf("%s: %s", run_path_name(v->path), sentence);
    if (severity_of(diag) != SCAPF_ERROR) {
        printf(" [%s]", scapf_severity_name(severity_of(diag)));
    }
    putchar('\n');
}

static void on_finding(void *ctx, const struct scapf_diag *diag)
{
    struct validate *v = ctx;

    v->counts[severity_of(diag)]++;
    if (severity_of(diag) < v->shown_from) {
        return;
    }
    if (v->shown == v->o->max) {
        v->hidden++;
        return;
    }
    v->shown++;
    show_finding(v, diag);
}

static bool is_invalid(const struct validate *v)
{
    for (int i = v->o->level; i < SEVERITIES; i++) {
        if (v->counts[i] > 0) {
            return true;
        }
    }
    return false;
}

static void json_member_u64(struct scapf_json *json, const char *key, uint64_t value)
{
    scapf_json_key(json, key);
    scapf_json_u64(json, value);
}

static void json_start(const struct validate *v)
{
    scapf_json_open(v->out->json, '{');
    scapf_json_key(v->out->json, "file");
    scapf_json_string(v->out->json, v->path);
    scapf_json_key(v->out->json, "findings");
    scapf_json_open(v->out->json, '[');
}

static void json_end(const struct validate *v)
{
    struct scapf_json *json = v->out->json;

    scapf_json_close(json);
    json_member_u64(json, "not_shown", v->hidden);
    json_member_u64(json, "errors", v->counts[SCAPF_ERROR]);
    json_member_u64(json, "warnings", v->counts[SCAPF_WARNING]);
    json_member_u64(json, "infos", v->counts[SCAPF_INFO]);
    scapf_json_key(json, "valid");
    scapf_json_bool(json, !is_invalid(v));
    if (v->has_state) {
        scapf_json_key(json, "state");
        state_notes_json(json, &v->state);
    }
    scapf_json_key(json, "ledger");
    run_ledger_json(json, &v->ledger);
    scapf_json_close(json);
}

static void print_count(const char *before, uint64_t n, const char *what)
{
    printf("%s%" PRIu64 " %s%s", before, n, what, n == 1 ? "" : "s");
}

/* Contradictions break no rule of the format: they are told, and decide nothing. */
static void print_state(const struct validate *v)
{
    struct state_note note;

    for (size_t i = 0; v->has_state && state_note(&v->state, i, &note); i++) {
        if (note.n > 0) {
            printf("%s: state: %" PRIu64 " %s\n", run_path_name(v->path), note.n, note.sentence);
        }
    }
    if (v->has_state && state_notes_sum(&v->state) == 0) {
        printf("%s: state: no contradictions\n", run_path_name(v->path));
    }
}

static void print_summary(const struct validate *v)
{
    print_state(v);
    if (v->hidden > 0) {
        printf("%s: ", run_path_name(v->path));
        print_count("", v->hidden, "more finding");
        puts(" not shown");
    }
    printf("%s: %s: ", run_path_name(v->path), is_invalid(v) ? "invalid" : "valid");
    print_count("", v->counts[SCAPF_ERROR], "error");
    print_count(", ", v->counts[SCAPF_WARNING], "warning");
    print_count(", ", v->counts[SCAPF_INFO], "note");
    print_count("; ", v->ledger.blocks, "block");
    print_count(", ", v->ledger.bytes, "byte");
    putchar('\n');
}

static int validate_file(const struct validate_opts *o, struct run_json *out, const char *path)
{
    struct validate v = {.o = o, .path = path, .out = out};
    struct scapf_check_opts opts = {.size = sizeof(opts)};
    struct scapf_src *src;
    enum scapf_status status;
    int rc = run_schema(&o->common, &opts.schema);

    if (rc == CLI_DONE) {
        rc = run_source(path, &src);
    }
    if (rc != CLI_DONE) {
        return rc;
    }
    /* What decides must be seen. */
    v.shown_from = o->common.verbose > 0 || o->level == SCAPF_INFO ? SCAPF_INFO : SCAPF_WARNING;
    if (o->common.quiet) {
        v.shown_from = (enum scapf_severity)o->level;
    }
    if (out != NULL) {
        json_start(&v);
    }
    status = scapf_check(src, &opts, on_finding, &v, &v.ledger);
    v.has_state = o->state && state_notes_read(path, &o->common, &v.state);
    if (out != NULL) {
        json_end(&v);
    } else {
        print_summary(&v);
    }
    if (o->common.ledger) {
        run_ledger(stderr, path, &v.ledger);
    }
    return run_worse(run_exit_code(status), is_invalid(&v) ? CLI_INVALID : CLI_DONE);
}

static void explain_rule(const struct scapf_rule_info *rule)
{
    printf("%s %s (%s)\n    %s.\n", rule->id, rule->symbol, scapf_severity_name(rule->severity),
           rule->sentence);
    if (rule->source[0] != '\0') {
        printf("    Source: %s\n", rule->source);
    }
}

/* Several rules may share an id of the rule book; a name belongs to one. */
static int explain(const char *name)
{
    bool all = strcasecmp(name, "all") == 0;
    bool found = false;

    for (unsigned i = 1; i < scapf_rule_count(); i++) {
        const struct scapf_rule_info *rule = scapf_rule_get(i);

        if (all || strcasecmp(name, rule->id) == 0 || strcasecmp(name, rule->symbol) == 0) {
            explain_rule(rule);
            found = true;
        }
    }
    return found
               ? CLI_DONE
               : cli_usage(&spec_validate, "there is no rule '%s'; --explain=all shows all", name);
}

int cmd_validate(int argc, char **argv)
{
    struct validate_opts o = {.level = SCAPF_ERROR, .max = MAX_SHOWN};
    struct run_json json;
    int rc;

    if (!cli_parse(&spec_validate, &argc, &argv, &o, &rc)) {
        return rc;
    }
    if (o.explain != NULL) {
        return explain(o.explain);
    }
    if (argc == 0) {
        return cli_usage(&spec_validate, "which file?");
    }
    for (int i = 0; o.state && i < argc; i++) {
        if (strcmp(argv[i], "-") == 0) {
            return cli_usage(&spec_validate, "--state: a pipe cannot be read twice");
        }
    }
    rc = o.common.json ? run_json_start(&json) : CLI_DONE;
    if (rc != CLI_DONE) {
        return rc;
    }
    for (int i = 0; i < argc; i++) {
        rc = run_worse(rc, validate_file(&o, o.common.json ? &json : NULL, argv[i]));
    }
    return o.common.json ? run_worse(rc, run_json_end(&json)) : rc;
}
