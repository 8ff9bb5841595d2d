/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_info.c - `scapfmt info`: what a capture holds, on one screen.
 */
#include <stdlib.h>

#include "cmd.h"
#include "info.h"

struct info_opts {
    struct cli_common common;
    uint64_t top, processes;
    bool fast;
};

/* clang-format off */
static const struct cli_option options[] = {
    CLI_OPTION(0, "top", "N", CLI_NUMBER, struct info_opts, top,
               "show the N most frequent events (10)"),
    CLI_OPTION(0, "processes", "N", CLI_NUMBER, struct info_opts, processes,
               "show the N processes with the most events (5)"),
    CLI_OPTION(0, "fast", NULL, CLI_FLAG, struct info_opts, fast,
               "read once: do not check the capture too"),
};
/* clang-format on */

const struct cli_spec spec_info = {
    "info",    "summarise captures: what, when, whose, how much, how sound",
    "FILE...", CLI_WITH_FILTER | CLI_WITH_JSON | CLI_WITH_PROGRESS | CLI_WITH_SCHEMA,
    options,   CLI_COUNT_OF(options),
};

static int read_facts(const struct info_opts *o, struct info *info, struct scapf_reader *reader)
{
    enum scapf_status status;
    const struct run_kept kept = {.put = info_record, .ctx = info, .wants_host = true};
    int rc = run_kept(info->path, &o->common, reader, &kept, &status);

    info_end(info, reader);
    return run_worse(rc, run_fail(info->path, status, NULL));
}

static int info_file(const struct info_opts *o, struct run_json *out, const char *path)
{
    struct info *info = malloc(sizeof(*info)); /* its lists are too long for the stack */
    struct scapf_reader *reader;
    int rc = run_open(path, &o->common, &reader);

    if (rc != CLI_DONE) {
        free(info);
        return rc;
    }
    if (info == NULL || !info_init(info, path, scapf_reader_schema(reader))) {
        scapf_reader_free(reader);
        free(info);
        return run_fail(path, SCAPF_E_NOMEM, NULL);
    }
    rc = read_facts(o, info, reader);
    scapf_reader_free(reader);
    if (!o->fast) {
        rc = run_worse(rc, info_check(info));
    }
    if (out != NULL) {
        info_json(info, out->json, (size_t)o->top);
    } else {
        info_print(info, (size_t)o->top, (size_t)o->processes);
    }
    info_release(info);
    free(info);
    return rc;
}

int cmd_info(int argc, char **argv)
{
    struct info_opts o = {.top = 10, .processes = 5};
    struct scapf_filter *filter;
    struct run_json json;
    int rc;

    if (!cli_parse(&spec_info, &argc, &argv, &o, &rc)) {
        return rc;
    }
    if (argc == 0) {
        return cli_usage(&spec_info, "which file?");
    }
    rc = run_filter(&o.common, &filter);
    if (rc != CLI_DONE) {
        return rc;
    }
    rc = o.common.json ? run_json_start(&json) : CLI_DONE;
    if (rc != CLI_DONE) {
        return rc;
    }
    for (int i = 0; i < argc; i++) {
        rc = run_worse(rc, info_file(&o, o.common.json ? &json : NULL, argv[i]));
    }
    rc = o.common.json ? run_worse(rc, run_json_end(&json)) : rc;
    return run_filter_end(&o.common, rc);
}
