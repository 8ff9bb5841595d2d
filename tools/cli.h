/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli.h - what every command of the scapfmt program shares.
 *
 * A command is a file cmd_NAME.c with one function `int cmd_NAME(int argc, char **argv)` that
 * returns an exit code, and one `const struct cli_spec spec_NAME` that describes it; both are made
 * known by one line in cmd.h. From the description come parsing, -h, `scapfmt help` and the shell
 * completion. Options land in a struct of the command that begins with struct cli_common:
 *
 *     struct head_opts { struct cli_common common; uint64_t lines; };
 *     static const struct cli_option options[] = {
 *         CLI_OPTION('n', "lines", "N", CLI_NUMBER, struct head_opts, lines, "stop after N
 * records"),
 *     };
 *     const struct cli_spec spec_head = {"head", "show the first records", "FILE...",
 *                                        CLI_WITH_SCHEMA, options, CLI_COUNT_OF(options)};
 *
 *     int cmd_head(int argc, char **argv)
 *     {
 *         struct head_opts o = {.lines = 10};
 *         int rc;
 *
 *         if (!cli_parse(&spec_head, &argc, &argv, &o, &rc)) {
 *             return rc;
 *         }
 *         ...argv[0] to argv[argc - 1] are the operands...
 */
#ifndef SCAPFMT_CLI_H
#define SCAPFMT_CLI_H

#include <stdio.h>

#include "scapfmt.h"

/* Exit codes of the program. */
enum cli_exit {
    CLI_DONE = 0,    /* done */
    CLI_INVALID = 1, /* the capture is invalid, or something could not be kept */
    CLI_USAGE = 2,   /* the command line is wrong */
    CLI_SYSTEM = 3   /* the system refused: I/O, memory */
};

enum cli_type {
    CLI_FLAG,   /* bool, set */
    CLI_TEXT,   /* const char *; the last one counts */
    CLI_NUMBER, /* uint64_t, decimal */
    CLI_CHOICE, /* int: the index in choices, e.g. "auto|always|never" */
    CLI_COUNT,  /* int, counts how often it was given */
    CLI_LIST    /* struct cli_list, collects */
};

#define CLI_LIST_MAX 16

struct cli_list {
    const char *items[CLI_LIST_MAX];
    unsigned n;
};

struct cli_option {
    char letter;          /* 0 = no short form */
    const char *name;     /* long form, without the dashes */
    const char *argument; /* what -h calls its argument; NULL = takes none */
    enum cli_type type;
    size_t at;           /* offsetof() in the command's options */
    const char *help;    /* one line, no final dot */
    const char *choices; /* CLI_CHOICE only */
};

#define CLI_OPTION(letter, name, argument, type, opts, member, help)                               \
    {                                                                                              \
        letter, name, argument, type, offsetof(opts, member), help, NULL                           \
    }
#define CLI_CHOICES(letter, name, argument, opts, member, help, choices)                           \
    {                                                                                              \
        letter, name, argument, CLI_CHOICE, offsetof(opts, member), help, choices                  \
    }
#define CLI_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Options that several commands share; -h, -v and -q are everywhere. */
enum cli_with {
    CLI_WITH_JSON = 1,     /* --json */
    CLI_WITH_SCHEMA = 2,   /* --schema FILE, may be repeated */
    CLI_WITH_PROGRESS = 4, /* --progress */
    CLI_WITH_LEDGER = 8,   /* --ledger */
    CLI_WITH_FILTER = 16,  /* --filter EXPR */
    CLI_WITH_END = 32      /* what follows the first operand belongs to it */
};

/* First member of every command's options. */
struct cli_common {
    bool json, quiet, progress, ledger;
    int verbose;
    const char *filter; /* NULL = none */
    struct cli_list schemas;
};

struct cli_spec {
    const char *name;
    const char *help; /* one line, no final dot */
    const char *args; /* operands, as -h shows them: "FILE..." */
    unsigned with;    /* enum cli_with */
    const struct cli_option *options;
    size_t n_options;
};

/* ------------------------------------------------------------------ command line (cli.c) */

/*
 * Parse a command line; argv[0] is the command's name. True: *argv and *argc hold the operands.
 * False: return *rc now; what had to be said (help, a usage error) was said.
 */
bool cli_parse(const struct cli_spec *spec, int *argc, char ***argv, void *opts, int *rc);
/* Say what is wrong with the command line; returns CLI_USAGE. spec may be NULL. */
int cli_usage(const struct cli_spec *spec, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Print the help of a command. */
void cli_help(FILE *out, const struct cli_spec *spec);
/* Print one completion rule: the words that may follow this command. */
void cli_completion(FILE *out, const struct cli_spec *spec);
/* The candidate nearest to word, NULL when none is near. get(i) returns NULL behind the last. */
const char *cli_nearest(const char *word, const char *(*get)(const void *ctx, size_t i),
                        const void *ctx);

#endif
