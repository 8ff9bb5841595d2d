/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_split.c - `scapfmt split`: the files a merged capture was made of.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "again.h"
#include "cmd.h"
#include "when.h"

struct split_opts {
    struct cli_common common;
    const char *out;
    bool force;
};

/* clang-format off */
static const struct cli_option options[] = {
    CLI_OPTION('o', "output", "DIR", CLI_TEXT, struct split_opts, out,
               "folder to write to; it is made when it is not there"),
    CLI_OPTION(0, "force", NULL, CLI_FLAG, struct split_opts, force,
               "write over files that are there"),
};
/* clang-format on */

const struct cli_spec spec_split = {
    "split", "take a merged capture apart", "IN", CLI_WITH_SCHEMA, options, CLI_COUNT_OF(options),
};

struct work {
    const struct split_opts *o;
    struct again in;
    struct scapf_split *split;
    struct scapf_sink **sinks;
    uint32_t n_sinks;
    int rc; /* of opening a file */
};

static bool file_path(const struct work *w, uint32_t i, char *path, size_t size)
{
    int n = snprintf(path, size, "%s/%s", w->o->out, scapf_split_file(w->split, i)->name);

    return n > 0 && (size_t)n < size;
}

/* Before anything is written: nothing that is there may be lost. */
static int check_files(struct work *w)
{
    char path[4352];
    struct stat st;

    for (uint32_t i = 0; scapf_split_file(w->split, i) != NULL; i++) {
        w->n_sinks = i + 1;
        if (!file_path(w, i, path, sizeof(path))) {
            return cli_usage(&spec_split, "the name of the folder is too long");
        }
        if (again_is_output(&w->in, path)) {
            return cli_usage(&spec_split, "%s is the input and an output", path);
        }
        if (!w->o->force && stat(path, &st) == 0) {
            return cli_usage(&spec_split, "%s is there already; --force writes over it", path);
        }
    }
    return CLI_DONE;
}

static enum scapf_status open_file(void *ctx, uint32_t i, struct scapf_sink **sink)
{
    struct work *w = ctx;
    struct scapf_diag diag = {0};
    char path[4352];
    enum scapf_status status;

    if (!file_path(w, i, path, sizeof(path))) {
        return SCAPF_E_USAGE;
    }
    status = scapf_sink_file(path, SCAPF_PLAIN, NULL, &w->sinks[i], &diag);
    w->rc = run_fail(path, status, &diag);
    *sink = w->sinks[i];
    return status;
}

static void report_file(const struct work *w, uint32_t i)
{
    static const char *const how[2][2] = {
        {"not all of its section", "a section as it is"},
        {"not byte for byte: it was changed when it was merged", "byte for byte as it was merged"},
    };
    const struct scapf_split_file *file = scapf_split_file(w->split, i);
    char path[4352];

    if (!file_path(w, i, path, sizeof(path)) || w->o->common.quiet) {
        return;
    }
    run_say("%s: %" PRIu64 " events, %" PRIu64 " packets, %s", path, file->events, file->packets,
            how[file->noted][file->exact]);
    if (file->has_shift && (file->shift.ns != 0 || file->shift.drift_ppt != 0)) {
        char back[WHEN_SPAN];

        run_say("%s: times shifted back by %s%s", path, when_seconds(-file->shift.ns, back),
                file->shift.drift_ppt != 0 ? " on average, a drift is there again" : "");
    }
}

static int report_input(const struct work *w)
{
    const struct scapf_merge_input_info *info = scapf_split_info(w->split);
    int rc = CLI_DONE;

    if (info->damaged > 0) {
        run_diag(w->in.path, &info->first_damage);
        rc = CLI_INVALID;
    }
    return run_worse(rc, run_fail(w->in.path, info->status, &info->diag));
}

static int write_files(struct work *w)
{
    enum scapf_status status;
    int rc = CLI_DONE;

    w->sinks = calloc(w->n_sinks > 0 ? w->n_sinks : 1, sizeof(struct scapf_sink *));
    if (w->sinks == NULL) {
        return run_fail(w->o->out, SCAPF_E_NOMEM, NULL);
    }
    if (run_folder(w->o->out) != CLI_DONE) {
        return CLI_SYSTEM;
    }
    status = scapf_split_run(w->split, open_file, w);
    if (status < 0) {
        return w->rc != CLI_DONE ? w->rc : run_fail(w->o->out, status, scapf_split_diag(w->split));
    }
    for (uint32_t i = 0; i < w->n_sinks && rc == CLI_DONE; i++) {
        rc = run_sink_fail(w->o->out, scapf_sink_finish(w->sinks[i]), w->sinks[i]);
        report_file(w, i);
    }
    return rc;
}

static int split_file(struct work *w)
{
    const struct scapf_schema *schema;
    const char *slash = strrchr(w->in.path, '/');
    const char *name = strcmp(w->in.path, "-") == 0 ? "part"
                       : slash != NULL              ? slash + 1
                                                    : w->in.path;
    enum scapf_status status;
    int rc = run_schema(&w->o->common, &schema);
    int worst;

    if (rc != CLI_DONE) {
        return rc;
    }
    status = scapf_split_new(again_open, &w->in, name, schema, NULL, &w->split);
    if (status < 0) {
        return w->in.rc != CLI_DONE
                   ? w->in.rc
                   : run_fail(w->in.path, status,
                              w->split != NULL ? scapf_split_diag(w->split) : NULL);
    }
    worst = report_input(w);
    if (scapf_split_file(w->split, 0) == NULL) {
        run_say("nothing to split");
        return run_worse(worst, CLI_INVALID);
    }
    rc = check_files(w);
    return run_worse(worst, rc == CLI_DONE ? write_files(w) : rc);
}

int cmd_split(int argc, char **argv)
{
    struct split_opts o = {.force = false};
    struct work w = {.o = &o};
    int rc;

    if (!cli_parse(&spec_split, &argc, &argv, &o, &rc)) {
        return rc;
    }
    if (argc != 1) {
        return cli_usage(&spec_split, argc == 0 ? "which file?" : "one file at a time");
    }
    if (o.out == NULL) {
        return cli_usage(&spec_split, "where to? use --output");
    }
    rc = again_begin(&w.in, argv[0], &o.common);
    if (rc == CLI_DONE) {
        rc = split_file(&w);
    }
    scapf_split_free(w.split);
    for (uint32_t i = 0; w.sinks != NULL && i < w.n_sinks; i++) {
        scapf_sink_free(w.sinks[i]);
    }
    free(w.sinks);
    again_end(&w.in);
    return rc;
}
