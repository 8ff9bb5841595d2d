/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_merge.c - `scapfmt merge`: several captures as one, in time order.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "align.h"
#include "apart.h"
#include "cmd.h"
#include "from_log.h"
#include "pack.h"

struct merge_opts {
    struct cli_common common;
    const char *out;
    int packing, layout;
    bool dedup, one_linktype, no_secrets;
    struct align_opts align;
    struct from_log_opts log;
};

/* clang-format off */
static const struct cli_option options[] = {
    CLI_OPTION('o', "output", "OUT", CLI_TEXT, struct merge_opts, out,
               "file to write"),
    CLI_CHOICES(0, "layout", "HOW", struct merge_opts, layout,
                "compat: every reader opens it; timeline: one section by time, for Wireshark",
                "compat|timeline"),
    CLI_OPTION(0, "align", "HOW", CLI_TEXT, struct merge_opts, align.how,
               "offset between clocks of packets and events: auto, none, seconds, REFERENCE=FILE"),
    CLI_OPTION(0, "reference", "FILE", CLI_TEXT, struct merge_opts, align.reference,
               "input whose clock stays; by default the first one with events"),
    CLI_CHOICES(0, "drift", "HOW", struct merge_opts, align.drift,
                "of --align=auto, when the clocks drift apart: undo (default), or keep the drift",
                "undo|keep"),
    CLI_OPTION(0, "annotate", NULL, CLI_FLAG, struct merge_opts, align.annotate,
               "say on each packet which process and call sent or received it"),
    CLI_OPTION(0, "dedup", NULL, CLI_FLAG, struct merge_opts, dedup,
               "leave out what another capture has too"),
    CLI_OPTION(0, "one-linktype", NULL, CLI_FLAG, struct merge_opts, one_linktype,
               "for readers on libpcap: refuse several link types, make snap lengths equal"),
    CLI_OPTION(0, "drop-secrets", NULL, CLI_FLAG, struct merge_opts, no_secrets,
               "leave decryption secrets out"),
    CLI_CHOICES('z', "compress", "HOW", struct merge_opts, packing,
                "pack the output; auto goes by the suffix .gz or .zst of OUT",
                PACK_CHOICES),
    FROM_LOG_OPTIONS(struct merge_opts, log),
};
/* clang-format on */

const struct cli_spec spec_merge = {
    "merge", "make one capture of several, in time order",
    "IN...", CLI_WITH_JSON | CLI_WITH_PROGRESS | CLI_WITH_SCHEMA,
    options, CLI_COUNT_OF(options),
};

/* A merge on its way. */
struct work {
    const struct merge_opts *o;
    struct scapf_merge_opts opts;
    struct again *files;
    struct scapf_merge_input *inputs;
    struct align_source *sources;
    uint32_t n_inputs, n_clocks;
    uint32_t apart; /* number of an input that has to be taken apart first; else n_inputs */
    struct scapf_sink *sink;
    struct scapf_merge *merge;
    struct run_progress progress;
    struct align align;
    bool done;
    int of_logs; /* what their conversions ended with */
};

/* ------------------------------------------------------------------ inputs */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return strcmp(path, "-") == 0 ? "stdin" : slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

/* A log of another program: merged is the capture that it becomes, in a temporary file. */
static int begin_log(struct work *w, struct again *file, const struct from_log *log)
{
    const char *base = base_name(log->paths[0]);
    size_t size = strlen(base) + sizeof(".scap");
    char *name = malloc(size);
    struct stat st = {0};
    bool complete = false;
    int rc;

    if (name == NULL) {
        return run_fail("memory", SCAPF_E_NOMEM, NULL);
    }
    (void)snprintf(name, size, "%s.scap", base);
    rc = again_nameless(file, log->paths[0], &(struct again_part){name, "converted"}, log->common);
    free(name);
    if (rc != CLI_DONE) {
        return rc;
    }
    rc = from_log_to_fd(log, file->fd, &complete);
    if (!complete) {
        again_end(file);
        return run_worse(rc, CLI_INVALID);
    }
    w->of_logs = run_worse(w->of_logs, rc);
    if (stat(log->paths[0], &st) == 0) {
        file->st = st; /* it is the log that must not be the output */
    }
    return CLI_DONE;
}

/* Look at an input; a log is converted. */
static int begin_input(struct work *w, struct again *file, char *path)
{
    struct from_log log = {.spec = &spec_merge,
                           .common = &w->o->common,
                           .opts = &w->o->log,
                           .paths = &path,
                           .n_paths = 1};
    int rc = CLI_DONE;

    if (from_log_is(&log, &rc) && rc == CLI_DONE) {
        return begin_log(w, file, &log);
    }
    return rc != CLI_DONE ? rc : again_begin(file, path, &w->o->common);
}

static int add_input(struct work *w, char *path)
{
    struct again *file = &w->files[w->n_inputs];
    int rc;

    for (uint32_t i = 0; i < w->n_inputs; i++) {
        if (strcmp(path, "-") == 0 && strcmp(w->files[i].path, "-") == 0) {
            return cli_usage(&spec_merge, "standard input can be read once");
        }
    }
    rc = begin_input(w, file, path);
    if (rc != CLI_DONE) {
        return rc;
    }
    w->inputs[w->n_inputs] = (struct scapf_merge_input){
        .name = file->name != NULL ? file->name : base_name(path), .open = again_open, .ctx = file};
    w->sources[w->n_inputs] = (struct align_source){file->path, w->n_clocks++};
    w->n_inputs++;
    if (again_is_output(file, w->o->out)) {
        return cli_usage(&spec_merge, "%s is an input and the output", run_path_name(path));
    }
    return CLI_DONE;
}

/* Room for n of them. What inputs point to moves along. */
static int make_room(struct work *w, size_t n)
{
    struct again *files = realloc(w->files, n * sizeof(*files));
    struct scapf_merge_input *inputs = NULL;
    struct align_source *sources = NULL;

    if (files != NULL) {
        w->files = files;
        inputs = realloc(w->inputs, n * sizeof(*inputs));
    }
    if (inputs != NULL) {
        w->inputs = inputs;
        sources = realloc(w->sources, n * sizeof(*sources));
    }
    if (sources == NULL) {
        return run_fail("memory", SCAPF_E_NOMEM, NULL);
    }
    w->sources = sources;
    for (uint32_t i = 0; i < w->n_inputs; i++) {
        inputs[i].ctx = &files[i];
    }
    return CLI_DONE;
}

/* Input number w->apart becomes the captures it is made of. */
static int take_apart(struct work *w)
{
    uint32_t at = w->apart;
    struct again whole = w->files[at];
    struct apart apart;
    uint32_t rest = w->n_inputs - at - 1;
    int rc = apart_take(&whole, w->inputs[at].name, w->n_clocks, &apart);

    if (rc == CLI_DONE) {
        rc = make_room(w, (size_t)w->n_inputs + apart.n);
    }
    if (rc != CLI_DONE) {
        apart_end(&apart, true);
        return rc;
    }
    memmove(w->files + at + apart.n, w->files + at + 1, rest * sizeof(*w->files));
    memmove(w->inputs + at + apart.n, w->inputs + at + 1, rest * sizeof(*w->inputs));
    memmove(w->sources + at + apart.n, w->sources + at + 1, rest * sizeof(*w->sources));
    for (uint32_t i = 0; i < apart.n; i++) {
        const struct apart_part *part = &apart.parts[i];

        w->files[at + i] = part->file;
        w->inputs[at + i] = (struct scapf_merge_input){.name = part->name,
                                                       .open = again_open,
                                                       .has_shift = part->has_shift,
                                                       .shift = part->shift};
        w->sources[at + i] = (struct align_source){part->file.path, part->clock};
    }
    w->n_inputs = w->n_inputs - 1 + apart.n;
    w->n_clocks += apart.n + 2;
    again_end(&whole);
    apart_end(&apart, false);
    return make_room(w, (size_t)w->n_inputs + 1); /* no growth: files lie elsewhere now */
}

static int add_inputs(struct work *w, char **paths, int n)
{
    int rc = make_room(w, (size_t)n);

    for (int i = 0; i < n && rc == CLI_DONE; i++) {
        rc = add_input(w, paths[i]);
    }
    return rc;
}

/* ------------------------------------------------------------------ report */

static void say_count(uint64_t n, const char *what)
{
    if (n > 0) {
        run_say("%s: %" PRIu64, what, n);
    }
}

/* What is wrong with the inputs; the exit code it leads to. */
static int report_inputs(const struct work *w)
{
    int rc = CLI_DONE;

    for (uint32_t i = 0; i < w->n_inputs; i++) {
        const struct scapf_merge_input_info *info = scapf_merge_input_info(w->merge, i);
        const char *path = w->files[i].path;

        if (info->damaged > 0) {
            run_diag(path, &info->first_damage);
            rc = run_worse(rc, CLI_INVALID);
        }
        if (info->damaged > 1) {
            fprintf(stderr, "%s: %" PRIu64 " more damaged blocks; `scapfmt validate` shows all\n",
                    run_path_name(path), info->damaged - 1);
        }
        rc = run_worse(rc, w->files[i].rc != CLI_DONE ? w->files[i].rc
                                                      : run_fail(path, info->status, &info->diag));
        if (info->back > 0 && !w->o->common.quiet) {
            run_say("%s: not in time order: %" PRIu64 " records keep their place behind later "
                    "ones (by at most %" PRIu64 ".%09" PRIu64 " s)",
                    run_path_name(path), info->back, info->back_ns / 1000000000,
                    info->back_ns % 1000000000);
        }
    }
    return rc;
}

static void report_changes(const struct scapf_merge_counts *c)
{
    say_count(c->duplicates, "duplicates, left out");
    say_count(c->converted, "big-endian blocks, now little-endian");
    say_count(c->obsolete, "obsolete packet blocks, now enhanced ones");
    say_count(c->from_pcap, "packets of classic pcap, now packet blocks");
    say_count(c->rounded, "times rounded to the unit of their interface");
    say_count(c->unshifted, "times that would leave their range, not shifted");
    say_count(c->rows_differ, "rows of tables that differ from an earlier one, which stays");
    say_count(c->gaps,
              "gaps in what was recorded of a host, behind which its tables are told anew");
    say_count(c->gaps_unsought,
              "captures of a host with too much state to tell whether there is a gap before them");
    say_count(c->apart, "sections that stay apart, for simple packets or processes in them");
    if (c->disagree > 0) {
        run_say("%" PRIu64 " interfaces of equal name differ and stay apart, the first is %s",
                c->disagree, c->disagree_name);
    }
}

/* What is not in the output. */
static void report_left(const struct scapf_merge_counts *c)
{
    say_count(c->closing, "left out: closing events of earlier merges");
    say_count(c->header_options, "left out: options of section headers");
    say_count(c->no_copy, "left out: custom blocks and options that forbid to be copied");
    say_count(c->secrets, "left out: blocks of secrets");
    say_count(c->foreign, "left out: blocks of sections of an unknown version");
    say_count(c->unknown_order, "left out: big-endian blocks that nobody can turn round");
    say_count(c->between, "left out: blocks between events, where readers stop");
    say_count(c->comments, "left out: comments too long for their block");
    say_count(c->damaged, "left out: damaged packets, events and statistics");
}

static void report_readers(const struct work *w, const struct scapf_merge_counts *c)
{
    if (w->opts.layout == SCAPF_LAYOUT_TIMELINE && c->events > 0 && c->packets > 0) {
        run_say("layout timeline: for Wireshark and scapfmt; sysdig and Falco stop at the first "
                "packet");
    }
    if (c->link_types > 1) {
        run_say("link types %u and %u: tcpdump and others on libpcap stop where they change",
                c->other_link_type[0], c->other_link_type[1]);
    } else if (c->snaplens > 1) {
        run_say("snap lengths differ: tcpdump and others on libpcap stop where they change; see "
                "--one-linktype");
    }
}

static void json_shifts(const struct work *w, struct scapf_json *json)
{
    scapf_json_open(json, '[');
    for (uint32_t i = 0; i < w->n_inputs; i++) {
        scapf_json_open(json, '{');
        scapf_json_key(json, "file");
        scapf_json_string(json, run_path_name(w->files[i].path));
        scapf_json_key(json, "shift_ns");
        scapf_json_i64(json, w->inputs[i].shift.ns);
        scapf_json_key(json, "shift_err_ns");
        scapf_json_u64(json, w->inputs[i].shift.err_ns);
        scapf_json_key(json, "drift_ppt");
        scapf_json_i64(json, w->inputs[i].shift.drift_ppt);
        scapf_json_key(json, "drift_at_ns");
        scapf_json_u64(json, w->inputs[i].shift.at_ns);
        scapf_json_close(json);
    }
    scapf_json_close(json);
}

/* What was found and done, on standard output; the merge may have failed. */
static int report_json(const struct work *w, bool merged)
{
    struct run_json out;
    int rc = run_json_start(&out);

    if (rc != CLI_DONE) {
        return rc;
    }
    scapf_json_open(out.json, '{');
    scapf_json_key(out.json, "merged");
    scapf_json_bool(out.json, merged);
    scapf_json_key(out.json, "inputs");
    json_shifts(w, out.json);
    if (merged) {
        const struct scapf_merge_counts *c = scapf_merge_counts(w->merge);

        scapf_json_key(out.json, "events");
        scapf_json_u64(out.json, c->events);
        scapf_json_key(out.json, "packets");
        scapf_json_u64(out.json, c->packets);
        scapf_json_key(out.json, "hosts");
        scapf_json_u64(out.json, c->hosts);
        scapf_json_key(out.json, "interfaces");
        scapf_json_u64(out.json, c->interfaces);
    }
    scapf_json_key(out.json, "alignments");
    align_json(&w->align, out.json);
    scapf_json_close(out.json);
    return run_json_end(&out);
}

/* [pcapng WRT-17] */
static void report_processes(const struct align *a, const struct scapf_merge_counts *c)
{
    if (c->procs_apart > 0) {
        run_say("captures of packets stay in sections of their own: process %u of one is another "
                "one in another",
                c->other_pid);
    }
    say_count(a->pids_taken + c->pids_taken,
              "packets without process number, which stands for another process of "
              "another host; their comments name the process");
}

static void report(const struct work *w)
{
    const struct scapf_merge_counts *c = scapf_merge_counts(w->merge);

    if (w->o->common.quiet) {
        return;
    }
    run_say("merged %u capture%s: %" PRIu64 " events of %u host%s, %" PRIu64 " packets on %" PRIu64
            " interface%s",
            w->n_inputs, w->n_inputs == 1 ? "" : "s", c->events, c->hosts, c->hosts == 1 ? "" : "s",
            c->packets, c->interfaces, c->interfaces == 1 ? "" : "s");
    report_changes(c);
    report_left(c);
    report_readers(w, c);
    report_processes(&w->align, c);
}

/* ------------------------------------------------------------------ the work */

/* The failure of the merge: what it says, or what opening an input said. */
static int merge_failed(const struct work *w, enum scapf_status status)
{
    if (status >= 0) {
        return CLI_DONE;
    }
    for (uint32_t i = 0; i < w->n_inputs; i++) {
        const struct scapf_merge_input_info *info = scapf_merge_input_info(w->merge, i);

        if (w->files[i].rc == CLI_DONE && info != NULL && info->status == status &&
            (status == SCAPF_E_IO || status == SCAPF_E_NOMEM)) {
            w->files[i].rc = run_fail(w->files[i].path, status, &info->diag);
        }
        if (w->files[i].rc != CLI_DONE) {
            return w->files[i].rc; /* was reported */
        }
    }
    return run_fail(strcmp(w->o->out, "-") == 0 ? "stdout" : w->o->out, status,
                    scapf_merge_diag(w->merge));
}

static int check_linktype(const struct work *w)
{
    const struct scapf_merge_counts *c = scapf_merge_counts(w->merge);

    if (!w->o->one_linktype || c->link_types < 2) {
        return CLI_DONE;
    }
    run_say("--one-linktype: the captures have link types %u and %u", c->other_link_type[0],
            c->other_link_type[1]);
    return CLI_INVALID;
}

static bool is_empty(const struct work *w)
{
    for (uint32_t i = 0; i < w->n_inputs; i++) {
        const struct scapf_merge_input_info *info = scapf_merge_input_info(w->merge, i);

        if (info->sections > info->foreign) {
            return false;
        }
    }
    return true;
}

static void tick(void *ctx, const struct scapf_reader *reader)
{
    run_progress_step(ctx, reader);
}

/* Without haste everything is known before; else when it is over. */
static int report_when_known(const struct work *w, bool hasty)
{
    return w->opts.hasty == hasty ? report_inputs(w) : CLI_DONE;
}

/* May the output be begun twice? Then the first attempt can be a hasty one. */
static bool may_be_hasty(const struct work *w)
{
    struct stat st;

    return strcmp(w->o->out, "-") != 0 && (stat(w->o->out, &st) != 0 || S_ISREG(st.st_mode));
}

/* The first result of an earlier merge among the inputs. */
static uint32_t first_noted(const struct work *w)
{
    uint32_t i = 0;

    while (i < w->n_inputs && !scapf_merge_input_info(w->merge, i)->noted) {
        i++;
    }
    return i;
}

/* *again: haste was wrong, nothing is done yet. */
static int merge_files(struct work *w, bool *again)
{
    enum scapf_status status = scapf_merge_survey(w->merge);
    int rc = merge_failed(w, status);
    int worst;

    *again = false;
    if (rc != CLI_DONE) {
        return rc;
    }
    w->apart = first_noted(w);
    if (w->apart < w->n_inputs) {
        return CLI_DONE;
    }
    worst = report_when_known(w, false);
    rc = check_linktype(w);
    if (rc != CLI_DONE || is_empty(w)) {
        worst = run_worse(worst, report_when_known(w, true));
        if (rc == CLI_DONE) {
            run_say("nothing to merge");
        }
        return run_worse(worst, CLI_INVALID);
    }
    status = scapf_merge_run(w->merge);
    run_progress_end(&w->progress);
    if (status < 0 && scapf_merge_was_hasty(w->merge)) {
        *again = true;
        return worst;
    }
    rc = merge_failed(w, status);
    worst = run_worse(worst, report_when_known(w, true));
    if (rc == CLI_DONE) {
        rc = run_sink_fail(w->o->out, scapf_sink_finish(w->sink), w->sink);
    }
    if (rc == CLI_DONE) {
        w->done = true;
        report(w);
    }
    return run_worse(rc, worst);
}

static int merge_once(struct work *w, bool *again)
{
    enum scapf_compression packing = pack_choose(w->o->packing, w->o->out);
    struct scapf_diag diag = {0};
    enum scapf_status status;
    int rc;

    *again = false;
    status = scapf_sink_file(w->o->out, packing, NULL, &w->sink, &diag);
    if (status < 0) {
        return run_fail(w->o->out, status, &diag);
    }
    run_progress_start(&w->progress, w->o->out, &w->o->common);
    w->progress.size = 0; /* several files: how far each is says little */
    w->opts.tick = w->progress.on ? tick : NULL;
    w->opts.tick_ctx = &w->progress;
    status = scapf_merge_new(w->sink, w->inputs, w->n_inputs, &w->opts, &w->merge);
    if (status < 0) {
        return run_fail(w->o->out, status, NULL);
    }
    rc = merge_files(w, again);
    run_progress_end(&w->progress);
    return rc;
}

/* One attempt. *again: nothing is done yet, and there is something to begin anew with. */
static int try_merge(struct work *w, bool *again)
{
    int rc = CLI_DONE;

    *again = false;
    w->apart = w->n_inputs;
    if (align_wanted(&w->o->align)) {
        rc = align_begin(&w->align, &spec_merge, &w->o->align, &w->o->common, w->inputs, w->sources,
                         w->n_inputs);
        w->apart = w->align.mixed;
        w->opts.hook = w->o->align.annotate ? align_hook : NULL;
        w->opts.hook_ctx = &w->align;
    }
    if (rc == CLI_DONE && w->apart == w->n_inputs) {
        rc = merge_once(w, again);
    }
    if (rc == CLI_DONE && w->apart < w->n_inputs) {
        *again = true;
    } else if (*again) {
        w->opts.hasty = false;
    }
    return rc;
}

static int merge_into(struct work *w)
{
    bool again = true;
    int rc = run_schema(&w->o->common, &w->opts.schema);

    w->opts.hasty = !w->o->align.annotate && may_be_hasty(w);
    while (rc == CLI_DONE && again) {
        rc = try_merge(w, &again);
        if (!again) {
            break;
        }
        align_end(&w->align);
        scapf_merge_free(w->merge);
        scapf_sink_free(w->sink);
        w->merge = NULL;
        w->sink = NULL;
        if (w->apart < w->n_inputs) {
            rc = take_apart(w);
        }
    }
    return rc;
}

int cmd_merge(int argc, char **argv)
{
    struct merge_opts o = {.log = FROM_LOG_DEFAULTS};
    struct work w = {.o = &o, .opts = {.size = sizeof(w.opts)}};
    int rc;

    if (!cli_parse(&spec_merge, &argc, &argv, &o, &rc)) {
        return rc;
    }
    if (argc == 0) {
        return cli_usage(&spec_merge, "which files?");
    }
    if (o.out == NULL) {
        return cli_usage(&spec_merge, "where to? use --output");
    }
    if (strcmp(o.out, "-") == 0 && o.common.json) {
        return cli_usage(&spec_merge, "--json: standard output is taken by the capture");
    }
    if (strcmp(o.out, "-") == 0 && isatty(STDOUT_FILENO) == 1) {
        return cli_usage(&spec_merge, "this is no output for a terminal");
    }
    w.opts.layout = (enum scapf_layout)o.layout;
    w.opts.dedup = o.dedup;
    w.opts.one_snaplen = o.one_linktype;
    w.opts.no_secrets = o.no_secrets;
    rc = add_inputs(&w, argv, argc);
    if (rc == CLI_DONE) {
        rc = merge_into(&w);
        rc = o.common.json && rc != CLI_USAGE ? run_worse(rc, report_json(&w, w.done)) : rc;
    }
    align_end(&w.align);
    scapf_merge_free(w.merge);
    scapf_sink_free(w.sink);
    for (uint32_t i = 0; i < w.n_inputs; i++) {
        again_end(&w.files[i]);
    }
    free(w.files);
    free(w.inputs);
    free(w.sources);
    return run_worse(rc, w.of_logs);
}
