/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_validate.c - `scapfmt validate`: every finding, one a line, and a verdict.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cmd.h"
#include "state_notes.h"

#define SEVERITIES 3
#define MAX_SHOWN  1000 /* a hostile file may have millions */
#define NO_PROFILE (-1)

struct validate_opts {
    struct cli_common common;
    int level;
    int profile; /* enum scapf_profile, or NO_PROFILE */
    bool summary;
    uint64_t max;
    const char *explain;
    bool state;
};

/* clang-format off */
static const struct cli_option options[] = {
    CLI_CHOICES('l', "level", "LEVEL", struct validate_opts, level,
                "findings from here on make a capture invalid (error)", "info|warning|error"),
    CLI_OPTION('m', "max", "N", CLI_NUMBER, struct validate_opts, max,
               "show at most N findings and skipped places (1000), count the others"),
    CLI_OPTION(0, "state", NULL, CLI_FLAG, struct validate_opts, state,
               "also what is contradictory in the state of processes; reads a file twice"),
    CLI_CHOICES('p', "profile", "READER", struct validate_opts, profile,
                "tell whether this reader opens a capture, and what it loses",
                "strict|sysdig-0.29|sysdig-current|wireshark|stratoshark|libpcap"),
    CLI_OPTION('s', "summary", NULL, CLI_FLAG, struct validate_opts, summary,
               "one line for each rule: how often, and where first"),
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

/* How often a rule was broken, and where first. */
struct tally {
    uint64_t n, first;
};

/* Bytes that belong to no block. */
struct range {
    uint64_t off, len;
    uint64_t packed_off; /* of packed bytes; off is where they are missing */
    bool packed;
};

/* One capture being checked. */
struct validate {
    const struct validate_opts *o;
    const char *path;
    struct run_json *out; /* NULL when text is printed */
    enum scapf_severity shown_from;
    uint64_t listed, hidden;               /* findings; those hidden found no room */
    uint64_t listed_places, hidden_places; /* skipped, packed or not */
    uint64_t counts[SEVERITIES];
    struct scapf_ledger ledger;
    bool stopped; /* by the system: what was found is not all */
    bool no_memory;
    bool has_state;
    struct scapf_host_counters state;
    struct tally *tallies; /* by rule */
    struct range *skipped; /* for JSON, as many as are shown */
    size_t n_skipped, cap_skipped;
    uint64_t packed_bytes, packed_places; /* that could not be unpacked */
    struct scapf_verdict verdict;         /* with a profile */
};

static enum scapf_severity severity_of(const struct scapf_diag *diag)
{
    return scapf_rule_get(diag->rule)->severity;
}

static bool has_profile(const struct validate *v)
{
    return v->o->profile != NO_PROFILE;
}

static enum scapf_effect effect_of(const struct validate *v, unsigned rule)
{
    return scapf_profile_effect((enum scapf_profile)v->o->profile, rule);
}

/* How bad it is: the severity, or with a profile what it does to that reader. */
static const char *weight_of(const struct validate *v, unsigned rule)
{
    return has_profile(v) ? scapf_effect_name(effect_of(v, rule))
                          : scapf_severity_name(scapf_rule_get(rule)->severity);
}

/* With a profile what does nothing to that reader is shown only when asked for. */
static bool is_shown(const struct validate *v, unsigned rule)
{
    return has_profile(v) ? v->o->common.verbose > 0 || effect_of(v, rule) != SCAPF_EFFECT_NONE
                          : scapf_rule_get(rule)->severity >= v->shown_from;
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
    if (has_profile(v) || severity_of(diag) != SCAPF_ERROR) {
        printf(" [%s]", weight_of(v, diag->rule));
    }
    putchar('\n');
}

/* One more line? Else it is only counted. */
static bool has_room(const struct validate *v, uint64_t *listed, uint64_t *hidden)
{
    bool room = v->listed + v->listed_places < v->o->max;

    ++*(room ? listed : hidden);
    return room;
}

static void on_finding(void *ctx, const struct scapf_diag *diag)
{
    struct validate *v = ctx;
    struct tally *tally = &v->tallies[diag->rule];

    v->counts[severity_of(diag)]++;
    if (tally->n++ == 0) {
        tally->first = diag->off;
    }
    if (is_shown(v, diag->rule) && !v->o->summary && has_room(v, &v->listed, &v->hidden)) {
        show_finding(v, diag);
    }
}

static void keep_skipped(struct validate *v, struct range range)
{
    if (v->n_skipped == v->cap_skipped) {
        size_t cap = v->cap_skipped == 0 ? 16 : v->cap_skipped * 2;
        struct range *more = reallocarray(v->skipped, cap, sizeof(*more));

        if (more == NULL) {
            v->no_memory = true;
            return;
        }
        v->skipped = more;
        v->cap_skipped = cap;
    }
    v->skipped[v->n_skipped++] = range;
}

/* A line for a place that is skipped? In a summary the last line tells how many there are. */
static bool lists_place(struct validate *v)
{
    return (v->out != NULL || !v->o->summary) && has_room(v, &v->listed_places, &v->hidden_places);
}

static void on_skipped(void *ctx, uint64_t off, uint64_t len)
{
    struct validate *v = ctx;

    if (!lists_place(v)) {
        return;
    }
    if (v->out != NULL) {
        keep_skipped(v, (struct range){.off = off, .len = len});
    } else {
        printf("%s: bytes %" PRIu64 "-%" PRIu64 ": skipped: no whole block\n",
               run_path_name(v->path), off, off + len - 1);
    }
}

static void on_skipped_packed(void *ctx, uint64_t off, uint64_t packed_off, uint64_t len)
{
    struct validate *v = ctx;

    v->packed_places++;
    v->packed_bytes += len;
    if (!lists_place(v)) {
        return;
    }
    if (v->out != NULL) {
        keep_skipped(v, (struct range){off, len, packed_off, true});
    } else {
        printf("%s: packed bytes %" PRIu64 "-%" PRIu64 ": skipped at offset %" PRIu64 "\n",
               run_path_name(v->path), packed_off, packed_off + len - 1, off);
    }
}

static bool is_invalid(const struct validate *v)
{
    if (has_profile(v)) {
        return v->verdict.effect != SCAPF_EFFECT_NONE;
    }
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

static void json_member_string(struct scapf_json *json, const char *key, const char *value)
{
    scapf_json_key(json, key);
    scapf_json_string(json, value);
}

static void json_rules(const struct validate *v)
{
    struct scapf_json *json = v->out->json;

    scapf_json_key(json, "rules");
    scapf_json_open(json, '[');
    for (unsigned i = 1; i < scapf_rule_count(); i++) {
        const struct scapf_rule_info *rule = scapf_rule_get(i);

        if (v->tallies[i].n == 0 || !is_shown(v, i)) {
            continue;
        }
        scapf_json_open(json, '{');
        json_member_string(json, "rule", rule->id);
        json_member_string(json, "symbol", rule->symbol);
        json_member_string(json, "severity", scapf_severity_name(rule->severity));
        if (has_profile(v)) {
            json_member_string(json, "effect", weight_of(v, i));
        }
        json_member_u64(json, "count", v->tallies[i].n);
        json_member_u64(json, "first_offset", v->tallies[i].first);
        json_member_string(json, "sentence", rule->sentence);
        scapf_json_close(json);
    }
    scapf_json_close(json);
}

static void json_verdict(const struct validate *v)
{
    const struct scapf_verdict *verdict = &v->verdict;
    struct scapf_json *json = v->out->json;

    scapf_json_key(json, "verdict");
    scapf_json_open(json, '{');
    json_member_string(json, "profile", scapf_profile_name((enum scapf_profile)v->o->profile));
    json_member_string(json, "effect", scapf_effect_name(verdict->effect));
    scapf_json_key(json, "opens");
    scapf_json_bool(json, verdict->opens);
    if (verdict->why != NULL) {
        scapf_json_key(json, "stops_because");
        if (verdict->rule != 0) {
            scapf_json_string(json, scapf_rule_get(verdict->rule)->id);
        } else {
            scapf_json_null(json);
        }
        json_member_u64(json, "stops_at", verdict->off);
        json_member_string(json, "why", verdict->why);
    }
    json_member_u64(json, "events", verdict->events);
    json_member_u64(json, "events_shown", verdict->events_shown);
    json_member_u64(json, "events_merged", verdict->events_merged);
    json_member_u64(json, "events_unknown", verdict->events_unknown);
    json_member_u64(json, "events_flags", verdict->events_flags);
    json_member_u64(json, "packets", verdict->packets);
    json_member_u64(json, "packets_shown", verdict->packets_shown);
    json_member_u64(json, "losses", verdict->losses);
    scapf_json_close(json);
}

static void json_skipped(const struct validate *v, const char *key, bool packed)
{
    struct scapf_json *json = v->out->json;

    scapf_json_key(json, key);
    scapf_json_open(json, '[');
    for (size_t i = 0; i < v->n_skipped; i++) {
        const struct range *range = &v->skipped[i];

        if (range->packed == packed) {
            scapf_json_open(json, '{');
            json_member_u64(json, "offset", range->off);
            if (packed) {
                json_member_u64(json, "packed_offset", range->packed_off);
            }
            json_member_u64(json, "length", range->len);
            scapf_json_close(json);
        }
    }
    scapf_json_close(json);
}

static uint64_t findings(const struct validate *v)
{
    uint64_t n = 0;

    for (int i = 0; i < SEVERITIES; i++) {
        n += v->counts[i];
    }
    return n;
}

static void json_end(const struct validate *v)
{
    struct scapf_json *json = v->out->json;

    scapf_json_close(json);
    json_skipped(v, "skipped", false);
    json_skipped(v, "skipped_packed", true);
    if (v->o->summary || has_profile(v)) {
        json_rules(v);
    }
    if (has_profile(v)) {
        json_verdict(v);
    }
    json_member_u64(json, "not_shown", findings(v) - v->listed);
    json_member_u64(json, "skipped_not_shown", v->hidden_places);
    json_member_u64(json, "errors", v->counts[SCAPF_ERROR]);
    json_member_u64(json, "warnings", v->counts[SCAPF_WARNING]);
    json_member_u64(json, "infos", v->counts[SCAPF_INFO]);
    scapf_json_key(json, "valid");
    scapf_json_bool(json, !is_invalid(v) && !v->stopped);
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

static void print_rules(const struct validate *v)
{
    for (unsigned i = 1; i < scapf_rule_count(); i++) {
        const struct scapf_rule_info *rule = scapf_rule_get(i);
        const struct tally *tally = &v->tallies[i];

        if (tally->n > 0 && is_shown(v, i)) {
            printf("%s: %s: %" PRIu64 " time%s, first at offset %" PRIu64 ": %s [%s]\n",
                   run_path_name(v->path), rule->id, tally->n, tally->n == 1 ? "" : "s",
                   tally->first, rule->sentence, weight_of(v, i));
        }
    }
}

static void print_part(const char *before, uint64_t shown, uint64_t all, const char *what)
{
    printf(shown == all ? "%sall " : "%s%" PRIu64 " of ", before, shown);
    printf("%" PRIu64 " %s", all, what);
}

static void print_reason(uint64_t n, const char *why)
{
    if (n > 0) {
        printf("; %" PRIu64 " %s", n, why);
    }
}

/* A reader may stop although no rule is broken. */
static void print_stop(const struct scapf_verdict *verdict)
{
    printf(" at offset %" PRIu64 ": ", verdict->off);
    if (verdict->rule != 0) {
        printf("%s: ", scapf_rule_get(verdict->rule)->id);
    }
    fputs(verdict->why, stdout);
}

/* What the reader of the profile makes of the capture. */
static void print_verdict(const struct validate *v)
{
    const struct scapf_verdict *verdict = &v->verdict;

    printf("%s: %s: ", run_path_name(v->path),
           scapf_profile_name((enum scapf_profile)v->o->profile));
    if (!verdict->opens) {
        fputs("refuses it", stdout);
        print_stop(verdict);
        putchar('\n');
        return;
    }
    fputs("opens, reads ", stdout);
    if (verdict->events > 0 || verdict->packets == 0) {
        print_part("", verdict->events_shown, verdict->events, "events");
    }
    if (verdict->packets > 0) {
        print_part(verdict->events > 0 ? " and " : "", verdict->packets_shown, verdict->packets,
                   "packets");
    }
    print_reason(verdict->events_merged, "enter events go into their exits");
    print_reason(verdict->events_unknown, "events are of codes it does not know");
    print_reason(verdict->events_flags, "events are in blocks that it passes over");
    print_reason(verdict->losses, verdict->losses == 1 ? "finding loses or changes something"
                                                       : "findings lose or change something");
    if (verdict->why != NULL) {
        fputs("; stops", stdout);
        print_stop(verdict);
    }
    puts(verdict->effect == SCAPF_EFFECT_NONE ? "; loses nothing" : "");
}

/* What was left out of the lines above. */
static void print_hidden(const struct validate *v)
{
    if (v->hidden + v->hidden_places == 0) {
        return;
    }
    printf("%s: ", run_path_name(v->path));
    if (v->hidden > 0) {
        print_count("", v->hidden, "more finding");
    }
    if (v->hidden_places > 0) {
        print_count(v->hidden > 0 ? " and " : "", v->hidden_places, "more skipped place");
    }
    puts(" not shown");
}

static void print_summary(const struct validate *v)
{
    if (v->o->summary) {
        print_rules(v);
    }
    print_state(v);
    print_hidden(v);
    if (has_profile(v)) {
        print_verdict(v);
        return;
    }
    printf("%s: %s: ", run_path_name(v->path),
           is_invalid(v) ? "invalid"
           : v->stopped  ? "not checked to its end"
                         : "valid");
    print_count("", v->counts[SCAPF_ERROR], "error");
    print_count(", ", v->counts[SCAPF_WARNING], "warning");
    print_count(", ", v->counts[SCAPF_INFO], "note");
    print_count("; ", v->ledger.blocks, "block");
    print_count(", ", v->ledger.bytes, "byte");
    if (v->ledger.stopped && v->ledger.skipped_bytes != UINT64_MAX) {
        print_count("; ", v->ledger.skipped_bytes, "byte");
        print_count(" skipped in ", v->ledger.skipped_places, "place");
    }
    if (v->packed_places > 0) {
        print_count("; ", v->packed_bytes, "packed byte");
        print_count(" skipped in ", v->packed_places, "place");
    }
    putchar('\n');
}

/* What decides must be seen. */
static enum scapf_severity shown_from(const struct validate_opts *o)
{
    if (o->common.quiet) {
        return (enum scapf_severity)o->level;
    }
    return o->common.verbose > 0 || o->level == SCAPF_INFO ? SCAPF_INFO : SCAPF_WARNING;
}

static enum scapf_status check(struct validate *v, struct scapf_src *src,
                               const struct scapf_check_opts *opts)
{
    return has_profile(v) ? scapf_check_profile(src, opts, (enum scapf_profile)v->o->profile,
                                                on_finding, v, &v->verdict, &v->ledger)
                          : scapf_check(src, opts, on_finding, v, &v->ledger);
}

static int validate_file(const struct validate_opts *o, struct run_json *out, const char *path,
                         struct tally *tallies)
{
    struct validate v = {.o = o, .path = path, .out = out, .tallies = tallies};
    struct scapf_check_opts opts = {
        .size = sizeof(opts), .skipped = on_skipped, .skipped_packed = on_skipped_packed};
    struct scapf_src *src;
    enum scapf_status status;
    int state;
    int rc = run_schema(&o->common, &opts.schema);

    if (rc == CLI_DONE) {
        rc = run_source(path, &src);
    }
    if (rc != CLI_DONE) {
        return rc;
    }
    v.shown_from = shown_from(o);
    if (out != NULL) {
        json_start(&v);
    }
    status = check(&v, src, &opts);
    status = v.no_memory ? SCAPF_E_NOMEM : status;
    v.stopped = run_exit_code(status) == CLI_SYSTEM;
    state = o->state ? state_notes_read(path, &o->common, &v.state) : CLI_DONE;
    v.has_state = o->state && state == CLI_DONE;
    if (out != NULL) {
        json_end(&v);
    } else {
        print_summary(&v);
    }
    if (o->common.ledger) {
        run_ledger(stderr, path, &v.ledger);
    }
    free(v.skipped);
    rc = v.stopped ? run_fail(path, status, NULL) : run_exit_code(status);
    rc = run_worse(rc, state);
    return run_worse(rc, is_invalid(&v) ? CLI_INVALID : CLI_DONE);
}

static int validate_files(const struct validate_opts *o, struct run_json *out, char **paths, int n)
{
    int rc = CLI_DONE;

    for (int i = 0; i < n; i++) {
        struct tally *tallies = calloc(scapf_rule_count(), sizeof(*tallies));

        rc = run_worse(rc, tallies == NULL ? run_fail(paths[i], SCAPF_E_NOMEM, NULL)
                                           : validate_file(o, out, paths[i], tallies));
        free(tallies);
    }
    return rc;
}

/* What the rule does to each reader that cares. */
static void explain_effects(const char *rule_name)
{
    unsigned rule = scapf_rule_find(rule_name);
    const char *before = "    Readers: ";

    for (int i = SCAPF_PROFILE_STRICT + 1; i < SCAPF_PROFILE_COUNT; i++) {
        enum scapf_effect effect = scapf_profile_effect((enum scapf_profile)i, rule);

        if (effect != SCAPF_EFFECT_NONE) {
            printf("%s%s %s", before, scapf_profile_name((enum scapf_profile)i),
                   scapf_effect_name(effect));
            before = ", ";
        }
    }
    if (before[0] == ',') {
        puts(".");
    }
}

static void explain_rule(const struct scapf_rule_info *rule)
{
    printf("%s %s (%s)\n    %s.\n", rule->id, rule->symbol, scapf_severity_name(rule->severity),
           rule->sentence);
    if (rule->source[0] != '\0') {
        printf("    Source: %s\n", rule->source);
    }
    explain_effects(rule->symbol);
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
    struct validate_opts o = {.level = SCAPF_ERROR, .max = MAX_SHOWN, .profile = NO_PROFILE};
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
    rc = validate_files(&o, o.common.json ? &json : NULL, argv, argc);
    return o.common.json ? run_worse(rc, run_json_end(&json)) : rc;
}
