/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_schema.c - `scapfmt schema`: look into event tables, check and compare schema files.
 */
#include <string.h>

#include "cmd.h"
#include "scapfmt-xml.h"
#include "schema_show.h"

struct schema_opts {
    struct cli_common common;
    bool flags, tables, names, conversions, fields;
    const char *syscalls;
};

/* clang-format off */
static const struct cli_option options[] = {
    CLI_OPTION(0, "flags", NULL, CLI_FLAG, struct schema_opts, flags,
               "list: flag sets and variant sets instead of events"),
    CLI_OPTION(0, "tables", NULL, CLI_FLAG, struct schema_opts, tables,
               "list: bodies of the table blocks"),
    CLI_OPTION(0, "syscalls", "ARCH", CLI_TEXT, struct schema_opts, syscalls,
               "list: system calls of x86_64, aarch64, ia32, or ppm (PPM_SC codes)"),
    CLI_OPTION(0, "names", NULL, CLI_FLAG, struct schema_opts, names,
               "list: ages, categories, errno and signal names"),
    CLI_OPTION(0, "conversions", NULL, CLI_FLAG, struct schema_opts, conversions,
               "list: what current readers do with old events"),
    CLI_OPTION(0, "fields", NULL, CLI_FLAG, struct schema_opts, fields,
               "list: fields of the filter language"),
};
/* clang-format on */

const struct cli_spec spec_schema = {
    "schema",
    "show, check and compare event tables",
    "list | show EVENT | check FILE... | diff A B",
    CLI_WITH_JSON | CLI_WITH_SCHEMA,
    options,
    CLI_COUNT_OF(options),
};

/* ------------------------------------------------------------------ list, show */

static int run_list(const struct schema_opts *o, int argc, char **argv, struct scapf_json *json)
{
    const struct scapf_schema *schema;
    int rc;

    (void)argv;
    if (argc != 0) {
        return cli_usage(&spec_schema, "list takes no operand");
    }
    rc = run_schema(&o->common, &schema);
    if (rc != CLI_DONE) {
        return rc;
    }
    if (o->syscalls != NULL && !schema_show_syscalls(schema, o->syscalls, json)) {
        return cli_usage(&spec_schema, "there is no architecture '%s'", o->syscalls);
    }
    if (o->flags) {
        schema_show_flags(schema, json);
    }
    if (o->tables) {
        schema_show_tables(schema, json);
    }
    if (o->names) {
        schema_show_names(schema, json);
    }
    if (o->conversions) {
        schema_show_conversions(schema, json);
    }
    if (o->fields) {
        schema_show_fields(json);
    }
    if (!o->flags && !o->tables && !o->names && !o->conversions && !o->fields &&
        o->syscalls == NULL) {
        schema_show_events(schema, json);
    }
    return CLI_DONE;
}

static int run_show(const struct schema_opts *o, int argc, char **argv, struct scapf_json *json)
{
    const struct scapf_schema *schema;
    int rc;

    if (argc == 0) {
        return cli_usage(&spec_schema, "show which event?");
    }
    rc = run_schema(&o->common, &schema);
    for (int i = 0; i < argc && rc != CLI_SYSTEM; i++) {
        if (!schema_show_item(schema, argv[i], json)) {
            run_say("there is no event, flag set or table '%s'", argv[i]);
            rc = CLI_INVALID;
        }
    }
    return rc;
}

/* ------------------------------------------------------------------ check, diff */

static void report_fault(void *ctx, const char *file, unsigned line, const char *message)
{
    struct scapf_json *json = ctx;

    if (json != NULL) {
        scapf_json_open(json, '{');
        scapf_json_key(json, "file");
        scapf_json_string(json, file);
        scapf_json_key(json, "line");
        scapf_json_u64(json, line);
        scapf_json_key(json, "message");
        scapf_json_string(json, message);
        scapf_json_close(json);
    } else if (line != 0) {
        printf("%s:%u: error: %s\n", file, line, message);
    } else {
        printf("%s: error: %s\n", file, message);
    }
}

static int run_check(const struct schema_opts *o, int argc, char **argv, struct scapf_json *json)
{
    const struct scapf_schema *base;
    struct scapf_xml_opts opts = {.size = sizeof(opts), .report = report_fault, .ctx = json};
    struct scapf_schema *schema = NULL;
    enum scapf_status status;
    int rc;

    if (argc == 0) {
        return cli_usage(&spec_schema, "check which file?");
    }
    rc = run_schema(&o->common, &base);
    if (rc != CLI_DONE) {
        return rc;
    }
    opts.base = base;
    status = scapf_schema_load_xml((const char *const *)argv, (size_t)argc, &opts, &schema);
    scapf_schema_free(schema);
    return run_exit_code(status);
}

static void say_fault(void *ctx, const char *file, unsigned line, const char *message)
{
    (void)ctx;
    fprintf(stderr, "%s:%u: error: %s\n", file, line, message);
}

/* "builtin", or a file over it. *loaded is to be freed. */
static int open_side(const char *name, const struct scapf_schema **side,
                     struct scapf_schema **loaded)
{
    const struct scapf_xml_opts opts = {
        .size = sizeof(opts), .base = scapf_schema_builtin(), .report = say_fault};
    enum scapf_status status;

    *side = scapf_schema_builtin();
    *loaded = NULL;
    if (strcmp(name, "builtin") == 0) {
        return CLI_DONE;
    }
    /* A file that cannot be compared must not look like one that differs: never CLI_INVALID. */
    status = scapf_schema_load_xml(&name, 1, &opts, loaded);
    *side = *loaded;
    return status == SCAPF_OK ? CLI_DONE : CLI_SYSTEM;
}

static int run_diff(const struct schema_opts *o, int argc, char **argv, struct scapf_json *json)
{
    const struct scapf_schema *a;
    const struct scapf_schema *b;
    struct scapf_schema *loaded_a = NULL;
    struct scapf_schema *loaded_b = NULL;
    long n = 0;
    int rc;

    (void)o;
    if (argc != 2) {
        return cli_usage(&spec_schema, "diff takes two schemas, 'builtin' or a file");
    }
    rc = open_side(argv[0], &a, &loaded_a);
    if (rc == CLI_DONE) {
        rc = open_side(argv[1], &b, &loaded_b);
    }
    if (rc == CLI_DONE) {
        n = schema_diff(a, b, json);
    }
    scapf_schema_free(loaded_a);
    scapf_schema_free(loaded_b);
    if (n < 0) {
        return run_fail(argv[0], SCAPF_E_NOMEM, NULL);
    }
    return n > 0 ? CLI_INVALID : rc;
}

/* ------------------------------------------------------------------ command */

static const struct {
    const char *name;
    int (*run)(const struct schema_opts *o, int argc, char **argv, struct scapf_json *json);
} verbs[] = {
    {"list", run_list},
    {"show", run_show},
    {"check", run_check},
    {"diff", run_diff},
};

int cmd_schema(int argc, char **argv)
{
    struct schema_opts o = {0};
    struct run_json json = {0};
    size_t verb = 0;
    int rc;

    if (!cli_parse(&spec_schema, &argc, &argv, &o, &rc)) {
        return rc;
    }
    while (argc > 0 && verb < CLI_COUNT_OF(verbs) && strcmp(argv[0], verbs[verb].name) != 0) {
        verb++;
    }
    if (argc == 0 || verb == CLI_COUNT_OF(verbs)) {
        return cli_usage(&spec_schema, "list, show, check or diff?");
    }
    rc = o.common.json ? run_json_start(&json) : CLI_DONE;
    if (rc != CLI_DONE) {
        return rc;
    }
    rc = verbs[verb].run(&o, argc - 1, argv + 1, json.json);
    return o.common.json ? run_worse(rc, run_json_end(&json)) : rc;
}
