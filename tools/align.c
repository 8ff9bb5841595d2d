/* SPDX-License-Identifier: Apache-2.0 */
/*
 * align.c - the clocks of the inputs of a merge, and who sent each packet.
 */
#include "align.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "when.h"

#define PAIRS_SAID 6u /* that could not be solved: more are no help */

bool align_wanted(const struct align_opts *opts)
{
    return opts->annotate || opts->reference != NULL ||
           (opts->how != NULL && strcmp(opts->how, "none") != 0);
}

/* ------------------------------------------------------------------ options */

/* "[-]SECONDS[.FRACTION]" in ns; further digits are dropped. */
static bool parse_seconds(const char *text, int64_t *ns)
{
    bool negative = *text == '-';
    int64_t seconds = 0;
    int64_t fraction = 0;
    int64_t unit = 100000000;

    text += negative || *text == '+';
    if (*text < '0' || *text > '9') {
        return false;
    }
    for (; *text >= '0' && *text <= '9'; text++) {
        if (seconds > 400000000) { /* more than any clock is off, and no overflow below */
            return false;
        }
        seconds = seconds * 10 + (*text - '0');
    }
    text += *text == '.';
    for (; *text >= '0' && *text <= '9'; text++, unit /= 10) {
        fraction += (*text - '0') * unit;
    }
    *ns = (seconds * 1000000000 + fraction) * (negative ? -1 : 1);
    return *text == '\0';
}

static int parse_opts(struct align *a, const struct cli_spec *spec)
{
    const char *how = a->opts.how != NULL ? a->opts.how : "none";

    if (strncmp(how, "REFERENCE=", 10) == 0) {
        if (a->opts.reference != NULL) {
            return cli_usage(spec, "--align=%s and --reference: say it once", how);
        }
        a->opts.reference = how + 10;
        how = "auto";
    }
    a->automatic = strcmp(how, "auto") == 0;
    a->fixed = !a->automatic && strcmp(how, "none") != 0;
    if (a->fixed && !parse_seconds(how, &a->fixed_ns)) {
        return cli_usage(spec, "--align: '%s' is neither auto, none, REFERENCE=FILE nor seconds",
                         how);
    }
    if (a->opts.reference != NULL && !a->automatic && !a->fixed) {
        return cli_usage(spec, "--reference goes with --align");
    }
    return CLI_DONE;
}

/* The input that is meant: its path, or the end of it behind a slash. */
static int find_reference(struct align *a, const struct cli_spec *spec)
{
    const char *name = a->opts.reference;

    for (uint32_t i = 0; i < a->n_inputs; i++) {
        const char *slash = strrchr(a->inputs[i].path, '/');

        if (name != NULL ? strcmp(name, a->inputs[i].path) == 0 ||
                               (slash != NULL && strcmp(name, slash + 1) == 0)
                         : a->inputs[i].what == ALIGN_EVENTS) {
            a->reference = i;
            return CLI_DONE;
        }
    }
    return name != NULL ? cli_usage(spec, "--reference: %s is no input", name) : CLI_DONE;
}

/* ------------------------------------------------------------------ reading */

/* Damage ends the look early; the merge itself reports it. What the system denied may be there
 * again then, and the offset would come from a part of the input. */
static enum scapf_status denied(enum scapf_status status)
{
    return status == SCAPF_E_IO || status == SCAPF_E_NOMEM ? status : SCAPF_OK;
}

/* What comes first decides; should the other follow, look() stops. */
static int classify(struct align *a, uint32_t i)
{
    struct scapf_reader *reader = NULL;
    struct scapf_record rec;
    enum scapf_status status = a->merge[i].open(a->merge[i].ctx, &reader);
    enum align_what what = ALIGN_NEITHER;

    if (status < 0) {
        return run_exit_code(status); /* was reported */
    }
    while (what == ALIGN_NEITHER && (status = scapf_reader_next(reader, &rec)) == SCAPF_OK) {
        what = rec.event != NULL    ? ALIGN_EVENTS
               : rec.packet != NULL ? ALIGN_PACKETS
                                    : ALIGN_NEITHER;
    }
    a->inputs[i].what = what;
    if (what == ALIGN_EVENTS) {
        a->inputs[i].number = a->n_hosts++;
    } else if (what == ALIGN_PACKETS) {
        a->inputs[i].number = a->n_files++;
    }
    scapf_reader_free(reader);
    return run_fail(a->inputs[i].path, denied(status), NULL);
}

/* Take in what a record says of the machine; now: what the tables of this section tell. False: its
 * events are of another one than those before. */
static bool take_machine(struct scapf_machine *first, struct scapf_machine *now,
                         const struct scapf_record *rec, const struct scapf_schema *schema)
{
    bool is = true;

    if (rec->kind == SCAPF_KIND_SECTION) {
        *now = (struct scapf_machine){.told = false};
    }
    scapf_machine_put(now, rec, schema);
    if (rec->kind == SCAPF_KIND_EVENT && now->told) {
        is = !first->told || scapf_machine_is_same(first, now);
        *first = first->told ? *first : *now;
        now->told = false; /* settled */
    }
    return is;
}

static int look_at_events(struct align *a, uint32_t i, struct align_host *host)
{
    struct scapf_align_opts opts = {.size = sizeof(opts)};
    struct scapf_machine now = {.told = false};
    struct scapf_reader *reader = NULL;
    struct scapf_record rec;
    enum scapf_status status = SCAPF_OK;
    enum scapf_status read = SCAPF_OK;
    int rc = run_schema(a->common, &opts.schema);

    if (rc != CLI_DONE) {
        return rc;
    }
    host->input = i;
    status = scapf_align_new(&opts, &host->align);
    if (status == SCAPF_OK) {
        status = a->merge[i].open(a->merge[i].ctx, &reader);
    }
    while (status == SCAPF_OK && (read = scapf_reader_next(reader, &rec)) == SCAPF_OK) {
        bool is_same = take_machine(&host->machine, &now, &rec, opts.schema);

        if (rec.packet != NULL || !is_same) {
            a->mixed = i;
            break;
        }
        status = scapf_align_event(host->align, &rec);
    }
    scapf_reader_free(reader);
    status = status == SCAPF_OK ? denied(read) : status;
    return run_fail(a->inputs[i].path, status, NULL);
}

static int look_at_packets(struct align *a, uint32_t i)
{
    struct scapf_reader *reader = NULL;
    struct scapf_record rec;
    enum scapf_status status = a->merge[i].open(a->merge[i].ctx, &reader);
    enum scapf_status read = SCAPF_OK;
    uint32_t file = a->inputs[i].number;

    for (uint32_t h = 0; h < a->n_hosts; h++) {
        (void)scapf_align_file(a->hosts[h].align, a->merge[i].name);
    }
    while (status == SCAPF_OK && (read = scapf_reader_next(reader, &rec)) == SCAPF_OK) {
        if (rec.event != NULL) {
            a->mixed = i;
            break;
        }
        for (uint32_t h = 0; h < a->n_hosts && status == SCAPF_OK; h++) {
            status = scapf_align_packet(a->hosts[h].align, reader, &rec);
        }
    }
    scapf_reader_free(reader);
    status = status == SCAPF_OK ? denied(read) : status;
    for (uint32_t h = 0; h < a->n_hosts; h++) {
        struct align_pair *pair = &a->pairs[h * a->n_files + file];

        scapf_align_solve(a->hosts[h].align, &pair->result);
        pair->counts = *scapf_align_counts(a->hosts[h].align);
    }
    return run_fail(a->inputs[i].path, status, NULL);
}

static int look(struct align *a)
{
    int rc = CLI_DONE;

    a->hosts = calloc((size_t)a->n_hosts + 1, sizeof(*a->hosts));
    a->pairs = calloc((size_t)a->n_hosts * a->n_files + 1, sizeof(*a->pairs));
    if (a->hosts == NULL || a->pairs == NULL) {
        return run_fail("memory", SCAPF_E_NOMEM, NULL);
    }
    for (uint32_t i = 0; i < a->n_inputs && rc == CLI_DONE && a->mixed == a->n_inputs; i++) {
        if (a->inputs[i].what == ALIGN_EVENTS) {
            rc = look_at_events(a, i, &a->hosts[a->inputs[i].number]);
        }
    }
    for (uint32_t i = 0; i < a->n_inputs && rc == CLI_DONE && a->mixed == a->n_inputs; i++) {
        if (a->inputs[i].what == ALIGN_PACKETS) {
            rc = look_at_packets(a, i);
        }
    }
    return rc;
}

/* ------------------------------------------------------------------ shifts */

/* The pair of two inputs, if one has events and the other packets. */
static struct align_pair *pair_of(const struct align *a, uint32_t i, uint32_t k, bool *i_is_host)
{
    const struct align_input *x = &a->inputs[i];
    const struct align_input *y = &a->inputs[k];

    *i_is_host = x->what == ALIGN_EVENTS;
    if (x->what == ALIGN_EVENTS && y->what == ALIGN_PACKETS) {
        return &a->pairs[x->number * a->n_files + y->number];
    }
    if (x->what == ALIGN_PACKETS && y->what == ALIGN_EVENTS) {
        return &a->pairs[y->number * a->n_files + x->number];
    }
    return NULL;
}

/* Packets to the clock of the events, or the other way. */
static struct scapf_shift shift_of(const struct align *a, const struct align_pair *pair,
                                   bool from_host)
{
    const struct scapf_align_result *r = &pair->result;
    struct scapf_shift shift = {.ns = a->fixed_ns};
    double drift = 0;

    if (!a->fixed) {
        double loose = (double)(r->drift_hi_ppb - r->drift_lo_ppb) / 2e9;

        drift = a->opts.drift == 0 ? (double)r->drift_ppt / 1e12 : 0;
        shift.ns = r->mid_ns;
        shift.err_ns = (uint64_t)(r->hi_ns - r->lo_ns + 1) / 2;
        shift.err_ns += r->drifts ? (uint64_t)(loose * (double)r->span_ns / 2) : 0;
    }
    if (from_host) {
        shift.ns = -shift.ns;
        shift.drift_ppt = (int64_t)(-drift * 1e12);
        shift.at_ns = r->at_ns;
    } else { /* e = p - ns - drift (p - at), solved for p */
        shift.drift_ppt = (int64_t)(drift / (1 - drift) * 1e12);
        shift.at_ns = r->at_ns - (uint64_t)shift.ns;
    }
    shift.at_ns = shift.drift_ppt != 0 ? shift.at_ns : 0;
    return shift;
}

/* First one, then the other. */
static struct scapf_shift join(const struct scapf_shift *first, const struct scapf_shift *then)
{
    double d1 = (double)first->drift_ppt / 1e12;
    double d2 = (double)then->drift_ppt / 1e12;
    uint64_t at = first->drift_ppt != 0 ? first->at_ns : then->at_ns - (uint64_t)first->ns;
    int64_t passed = (int64_t)(at + (uint64_t)first->ns - then->at_ns);

    return (struct scapf_shift){.ns = first->ns + then->ns +
                                      (int64_t)(d2 * (double)(then->drift_ppt != 0 ? passed : 0)),
                                .err_ns = first->err_ns + then->err_ns,
                                .drift_ppt = (int64_t)((d1 + d2 + d1 * d2) * 1e12),
                                .at_ns = first->drift_ppt != 0 || then->drift_ppt != 0 ? at : 0};
}

/* From an input whose shift is known to one that is compared with it. */
static bool reach(struct align *a, uint32_t from, uint32_t to)
{
    bool from_host;
    const struct align_pair *pair = pair_of(a, from, to, &from_host);
    struct scapf_shift shift;

    if (pair == NULL || a->inputs[to].reached ||
        (!a->fixed && pair->result.verdict != SCAPF_ALIGN_SOLVED)) {
        return false;
    }
    shift = shift_of(a, pair, from_host);
    a->inputs[to].shift = join(&shift, &a->inputs[from].shift);
    a->inputs[to].reached = true;
    return true;
}

/* Another input on the clock of one whose shift is known. */
static bool reach_same(struct align *a, uint32_t from, uint32_t to)
{
    const struct align_input *known = &a->inputs[from];
    struct align_input *in = &a->inputs[to];

    if (in->reached || in->clock != known->clock) {
        return false;
    }
    in->shift = known->shift;
    in->reached = true;
    return true;
}

static void spread(struct align *a)
{
    bool more = true;

    a->inputs[a->reference].reached = true;
    while (more) {
        more = false;
        for (uint32_t i = 0; i < a->n_inputs; i++) {
            for (uint32_t k = 0; k < a->n_inputs && a->inputs[i].reached; k++) {
                more = reach_same(a, i, k) || reach(a, i, k) || more;
            }
        }
    }
}

/* Packets nobody can place are not merged as if they were placed. */
static int judge(struct align *a)
{
    unsigned said = 0;
    int rc = CLI_DONE;

    for (uint32_t i = 0; i < a->n_inputs; i++) {
        const struct align_input *in = &a->inputs[i];

        if (in->reached || in->what == ALIGN_NEITHER) {
            continue;
        }
        if (in->what == ALIGN_EVENTS && a->n_hosts > 1) {
            run_say("%s: nothing tells its clock; its times stay as they are",
                    run_path_name(in->path));
            continue;
        }
        for (uint32_t k = 0; k < a->n_inputs; k++) {
            bool host;

            if (pair_of(a, i, k, &host) != NULL && said++ < PAIRS_SAID) {
                align_say_failure(a, a->inputs[host ? i : k].number,
                                  a->inputs[host ? k : i].number);
            }
        }
        rc = CLI_INVALID;
    }
    if (said > PAIRS_SAID) {
        run_say("%u more pairs of inputs tell no offset", said - PAIRS_SAID);
    }
    if (rc != CLI_DONE) {
        run_say("nothing was written; --align=SECONDS sets the offset by hand, --align=none merges "
                "the times as they are");
    }
    return rc;
}

/* Is 0 among what the shift may be? Then nothing says that the clocks differ. */
static bool agrees(const struct align *a, const struct align_input *in)
{
    int64_t ns = in->shift.ns < 0 ? -in->shift.ns : in->shift.ns;

    return a->automatic && in->shift.drift_ppt == 0 && (uint64_t)ns <= in->shift.err_ns;
}

static void apply(struct align *a)
{
    const char *reference = run_path_name(a->inputs[a->reference].path);
    char text[WHEN_SPAN];

    for (uint32_t i = 0; i < a->n_inputs; i++) {
        const struct align_input *in = &a->inputs[i];
        bool agree = agrees(a, in);

        if (!in->reached || i == a->reference || in->what == ALIGN_NEITHER) {
            continue;
        }
        if (!agree) {
            a->merge[i].has_shift = true;
            a->merge[i].shift = in->shift;
        }
        if (a->common->quiet) {
            continue;
        }
        if (agree) {
            run_say("%s: may be on the clock of %s (known to %s); times stay as they are",
                    run_path_name(in->path), reference,
                    when_seconds((int64_t)in->shift.err_ns, text));
        } else {
            run_say("%s: times are shifted by %s, to the clock of %s", run_path_name(in->path),
                    when_shift(&in->shift, text), reference);
        }
    }
}

static int shift(struct align *a)
{
    int rc;

    if (a->n_hosts == 0 || a->n_files == 0) {
        run_say("--align: needs an input with events and one with packets");
        return CLI_INVALID;
    }
    if (a->inputs[a->reference].what == ALIGN_NEITHER) {
        run_say("--reference: %s has neither events nor packets",
                run_path_name(a->inputs[a->reference].path));
        return CLI_INVALID;
    }
    spread(a);
    for (uint32_t h = 0; h < a->n_hosts && !a->common->quiet && a->automatic; h++) {
        for (uint32_t f = 0; f < a->n_files; f++) {
            align_say_pair(a, h, f);
        }
    }
    rc = judge(a);
    if (rc == CLI_DONE) {
        apply(a);
    }
    return rc;
}

/* ------------------------------------------------------------------ all of it */

int align_begin(struct align *a, const struct cli_spec *spec, const struct align_opts *opts,
                const struct cli_common *common, struct scapf_merge_input *inputs,
                const struct align_source *sources, uint32_t n)
{
    int rc;

    *a =
        (struct align){.opts = *opts, .common = common, .merge = inputs, .n_inputs = n, .mixed = n};
    rc = parse_opts(a, spec);
    if (rc != CLI_DONE) {
        return rc;
    }
    a->inputs = calloc((size_t)n + 1, sizeof(*a->inputs));
    if (a->inputs == NULL) {
        return run_fail("memory", SCAPF_E_NOMEM, NULL);
    }
    for (uint32_t i = 0; i < n && rc == CLI_DONE; i++) {
        a->inputs[i].path = sources[i].path;
        a->inputs[i].clock = sources[i].clock;
        rc = classify(a, i);
    }
    if (rc == CLI_DONE) {
        rc = find_reference(a, spec);
    }
    if (rc == CLI_DONE) {
        rc = look(a);
    }
    if (rc != CLI_DONE || a->mixed < n) {
        return rc;
    }
    if (a->automatic || a->fixed) {
        rc = shift(a);
    }
    if (rc == CLI_DONE && opts->annotate) {
        rc = align_begin_notes(a);
    }
    return rc;
}

void align_end(struct align *a)
{
    for (uint32_t h = 0; a->hosts != NULL && h < a->n_hosts; h++) {
        scapf_align_free(a->hosts[h].align);
    }
    free(a->hosts);
    free(a->pairs);
    free(a->inputs);
    free(a->comment);
    free(a->blocks);
    free(a->pids);
    *a = (struct align){.n_hosts = 0};
}
