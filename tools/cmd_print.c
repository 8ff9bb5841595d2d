/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_print.c - `scapfmt print`: records as text.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"

enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

struct print_opts {
    struct cli_common common;
    const char *columns, *arch;
    int colour;
    uint64_t max_buffer;
    bool raw, blocks, tables, join;
};

/* clang-format off */
static const struct cli_option options[] = {
    CLI_OPTION('c', "columns", "LIST", CLI_TEXT, struct print_opts, columns,
               "columns of a line (num,time,cpu,thread,dir,type,args) and fields"),
    CLI_OPTION(0, "blocks", NULL, CLI_FLAG, struct print_opts, blocks,
               "every block with its fields and options"),
    CLI_OPTION(0, "raw", NULL, CLI_FLAG, struct print_opts, raw,
               "one line an event, parameters in hex, separated by tabs"),
    CLI_OPTION(0, "tables", NULL, CLI_FLAG, struct print_opts, tables,
               "with --json: the blocks of processes, descriptors, users too"),
    CLI_OPTION(0, "join", NULL, CLI_FLAG, struct print_opts, join,
               "with --json: one object a system call, enter and exit together"),
    CLI_OPTION(0, "arch", "NAME", CLI_TEXT, struct print_opts, arch,
               "architecture that numbers system calls: x86_64, aarch64"),
    CLI_OPTION(0, "max-buffer", "N", CLI_NUMBER, struct print_opts, max_buffer,
               "bytes of a buffer that a line shows (80)"),
    CLI_CHOICES(0, "colour", "WHEN", struct print_opts, colour,
                "terminal colours", "auto|always|never"),
};
/* clang-format on */

const struct cli_spec spec_print = {
    "print",
    "show records as text, one line each",
    "FILE...",
    CLI_WITH_FILTER | CLI_WITH_JSON | CLI_WITH_LEDGER | CLI_WITH_PROGRESS | CLI_WITH_SCHEMA,
    options,
    CLI_COUNT_OF(options),
};

static bool wants_colour(int colour)
{
    const char *term = getenv("TERM");

    if (colour != COLOUR_AUTO) {
        return colour == COLOUR_ALWAYS;
    }
    /* [no-color.org] any value but the empty one switches colours off */
    return isatty(STDOUT_FILENO) == 1 && (getenv("NO_COLOR") == NULL || *getenv("NO_COLOR") == 0) &&
           term != NULL && strcmp(term, "dumb") != 0;
}

static enum scapf_print print_format(const struct print_opts *o)
{
    if (o->raw) {
        return SCAPF_PRINT_RAW;
    }
    if (o->blocks) {
        return SCAPF_PRINT_BLOCKS;
    }
    return o->common.json ? SCAPF_PRINT_JSON : SCAPF_PRINT_LINE;
}

int cmd_print(int argc, char **argv)
{
    struct print_opts o = {.max_buffer = 0};
    struct scapf_printer_opts opts = {.size = sizeof(opts)};
    int rc;

    if (!cli_parse(&spec_print, &argc, &argv, &o, &rc)) {
        return rc;
    }
    if (argc == 0) {
        return cli_usage(&spec_print, "which file?");
    }
    if (o.raw + o.blocks + o.common.json > 1) {
        return cli_usage(&spec_print, "--raw, --blocks and --json exclude each other");
    }
    if (o.join && !o.common.json) {
        return cli_usage(&spec_print, "--join is for --json");
    }
    if (o.max_buffer > UINT32_MAX) {
        return cli_usage(&spec_print, "--max-buffer: at most %u", UINT32_MAX);
    }
    opts.format = print_format(&o);
    opts.arch = o.arch;
    opts.max_buffer = (uint32_t)o.max_buffer;
    opts.tables = o.tables;
    opts.join = o.join;
    opts.colour = wants_colour(o.colour);
    opts.columns = o.columns;
    return run_print(&spec_print, &o.common, &opts, "-", SCAPF_PLAIN, argv, argc);
}
