/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli.c - command lines: one table of options a command gives parsing, help and completion.
 */
#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct {
    unsigned with; /* 0 = every command has it */
    struct cli_option option;
} shared[] = {
    {CLI_WITH_FILTER, CLI_OPTION(0, "filter", "EXPR", CLI_TEXT, struct cli_common, filter,
                                 "only events and packets that match, as proc.name=sh")},
    {CLI_WITH_JSON, CLI_OPTION(0, "json", NULL, CLI_FLAG, struct cli_common, json,
                               "print JSON")},
    {CLI_WITH_LEDGER, CLI_OPTION(0, "ledger", NULL, CLI_FLAG, struct cli_common, ledger,
                                 "end with what was read, damaged and skipped, on stderr")},
    {CLI_WITH_PROGRESS, CLI_OPTION(0, "progress", NULL, CLI_FLAG, struct cli_common, progress,
                                   "show progress on stderr; on a terminal long work does so itself")},
    {CLI_WITH_SCHEMA, CLI_OPTION(0, "schema", "FILE", CLI_LIST, struct cli_common, schemas,
                                 "add events of this schema; may be repeated")},
    {0, CLI_OPTION('q', "quiet", NULL, CLI_FLAG, struct cli_common, quiet,
                   "say nothing on stderr but errors")},
    {0, CLI_OPTION('v', "verbose", NULL, CLI_COUNT, struct cli_common, verbose,
                   "say more; may be repeated")},
};
/* clang-format on */

/* Option i of a command: its own first, then the shared ones it has; NULL behind the last. */
static const struct cli_option *option_at(const struct cli_spec *spec, size_t i)
{
    if (i < spec->n_options) {
        return &spec->options[i];
    }
    i -= spec->n_options;
    for (size_t k = 0; k < CLI_COUNT_OF(shared); k++) {
        if (shared[k].with != 0 && (shared[k].with & spec->with) == 0) {
            continue;
        }
        if (i-- == 0) {
            return &shared[k].option;
        }
    }
    return NULL;
}

static const char *option_name(const void *ctx, size_t i)
{
    const struct cli_option *option = option_at(ctx, i);

    return option != NULL ? option->name : NULL;
}

/* Exactly one of letter (not 0) and name[len] is looked for. */
static const struct cli_option *option_find(const struct cli_spec *spec, char letter,
                                            const char *name, size_t len)
{
    const struct cli_option *option;

    for (size_t i = 0; (option = option_at(spec, i)) != NULL; i++) {
        if (letter != 0 ? option->letter == letter
                        : strncmp(option->name, name, len) == 0 && option->name[len] == '\0') {
            return option;
        }
    }
    return NULL;
}

/* ------------------------------------------------------------------ usage and help */

int cli_usage(const struct cli_spec *spec, const char *format, ...)
{
    const char *space = spec != NULL ? " " : "";
    const char *name = spec != NULL ? spec->name : "";
    va_list args;

    fprintf(stderr, "scapfmt%s%s: ", space, name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nTry 'scapfmt%s%s --help'.\n", space, name);
    return CLI_USAGE;
}

static void help_line(FILE *out, const struct cli_option *option)
{
    char form[64];
    char letter[5] = "    ";

    if (option->letter != 0) {
        (void)snprintf(letter, sizeof(letter), "-%c, ", option->letter);
    }
    (void)snprintf(form, sizeof(form), "%s--%s%s%s", letter, option->name,
                   option->argument != NULL ? "=" : "",
                   option->argument != NULL ? option->argument : "");
    fprintf(out, "  %-24s %s", form, option->help);
    if (option->choices != NULL) {
        fprintf(out, ": %s", option->choices);
    }
    putc('\n', out);
}

void cli_help(FILE *out, const struct cli_spec *spec)
{
    const struct cli_option *option;

    fprintf(out, "usage: scapfmt %s [OPTION...] %s\n\n%s\n\noptions:\n", spec->name, spec->args,
            spec->help);
    for (size_t i = 0; (option = option_at(spec, i)) != NULL; i++) {
        help_line(out, option);
    }
    fprintf(out, "  %-24s %s\n", "-h, --help", "show this help");
}

/* Choices as words, each behind prefix. */
static void completion_choices(FILE *out, const char *prefix, const char *choices)
{
    for (const char *p = choices; *p != '\0';) {
        size_t len = strcspn(p, "|");

        fprintf(out, " %s%.*s", prefix, (int)len, p);
        p += len + (p[len] == '|');
    }
}

void cli_completion(FILE *out, const struct cli_spec *spec)
{
    const struct cli_option *option;

    fprintf(out, "    %s) words='--help", spec->name);
    for (size_t i = 0; (option = option_at(spec, i)) != NULL; i++) {
        char prefix[40];

        (void)snprintf(prefix, sizeof(prefix), "--%s=", option->name);
        if (option->choices != NULL) {
            completion_choices(out, prefix, option->choices);
        } else {
            fprintf(out, " --%s%s", option->name, option->argument != NULL ? "=" : "");
        }
    }
    fputs("' ;;\n", out);
}

/* ------------------------------------------------------------------ the nearest word */

#define WORD_MAX 24

/* Number of letters to insert, delete or replace; words above WORD_MAX are far from all. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[WORD_MAX + 1];
    size_t len = strlen(b);

    if (strlen(a) > WORD_MAX || len > WORD_MAX) {
        return WORD_MAX;
    }
    for (unsigned j = 0; j <= len; j++) {
        row[j] = j;
    }
    for (unsigned i = 1; a[i - 1] != '\0'; i++) {
        unsigned diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= len; j++) {
            unsigned replace = diagonal + (a[i - 1] != b[j - 1]);
            unsigned change = 1 + (row[j] < row[j - 1] ? row[j] : row[j - 1]);

            diagonal = row[j];
            row[j] = replace < change ? replace : change;
        }
    }
    return row[len];
}

const char *cli_nearest(const char *word, const char *(*get)(const void *ctx, size_t i),
                        const void *ctx)
{
    const char *best = NULL;
    const char *name;
    unsigned best_distance = 3; /* more changes than two make another word */

    for (size_t i = 0; (name = get(ctx, i)) != NULL; i++) {
        unsigned d = distance(word, name);

        if (strlen(word) >= 3 && strncmp(word, name, strlen(word)) == 0) {
            d = 1; /* the beginning of a name is near to it */
        }
        if (d < best_distance) {
            best = name;
            best_distance = d;
        }
    }
    return best;
}

/* ------------------------------------------------------------------ parsing */

/* Index of text in "a|b|c", -1 when it is none of them. */
static int choice_index(const char *choices, const char *text)
{
    size_t text_len = strlen(text);
    int index = 0;

    for (const char *p = choices;; index++) {
        size_t len = strcspn(p, "|");

        if (len == text_len && memcmp(p, text, len) == 0) {
            return index;
        }
        if (p[len] == '\0') {
            return -1;
        }
        p += len + 1;
    }
}

static bool parse_number(const char *text, uint64_t *number)
{
    char *end;

    errno = 0;
    *number = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

/* Store an option in the command's struct. value is NULL for options without an argument. */
static bool option_store(const struct cli_spec *spec, const struct cli_option *option,
                         const char *value, void *opts)
{
    char *at = (char *)opts + option->at;

    switch (option->type) {
    case CLI_FLAG:
        *(bool *)(void *)at = true;
        return true;
    case CLI_COUNT:
        ++*(int *)(void *)at;
        return true;
    case CLI_TEXT:
        *(const char **)(void *)at = value;
        return true;
    case CLI_LIST: {
        struct cli_list *list = (struct cli_list *)(void *)at;

        if (list->n == CLI_LIST_MAX) {
            cli_usage(spec, "--%s: at most %d", option->name, CLI_LIST_MAX);
            return false;
        }
        list->items[list->n++] = value;
        return true;
    }
    case CLI_NUMBER:
        if (!parse_number(value, (uint64_t *)(void *)at)) {
            cli_usage(spec, "--%s: '%s' is no number", option->name, value);
            return false;
        }
        return true;
    case CLI_CHOICE: {
        int index = choice_index(option->choices, value);

        if (index < 0) {
            cli_usage(spec, "--%s: '%s' is none of %s", option->name, value, option->choices);
            return false;
        }
        *(int *)(void *)at = index;
        return true;
    }
    }
    return false;
}

/* One command line on its way through the parser. */
struct parse {
    const struct cli_spec *spec;
    int argc, i;
    char **argv;
    void *opts;
};

/* The value of an option: what stands behind its sign, else the next word. */
static bool option_value(struct parse *p, const struct cli_option *option, const char *attached)
{
    const char *value = attached;

    if (option->argument == NULL && attached != NULL) {
        cli_usage(p->spec, "--%s takes no argument", option->name);
        return false;
    }
    if (option->argument != NULL && attached == NULL) {
        if (p->i + 1 >= p->argc) {
            cli_usage(p->spec, "--%s needs an argument: %s", option->name, option->argument);
            return false;
        }
        value = p->argv[++p->i];
    }
    return option_store(p->spec, option, value, p->opts);
}

static bool parse_long(struct parse *p, const char *word)
{
    size_t len = strcspn(word, "=");
    const struct cli_option *option = option_find(p->spec, 0, word, len);
    char name[2 * WORD_MAX];
    const char *nearest;

    if (option != NULL) {
        return option_value(p, option, word[len] == '=' ? word + len + 1 : NULL);
    }
    (void)snprintf(name, sizeof(name), "%.*s", (int)(len < sizeof(name) ? len : 0), word);
    nearest = cli_nearest(name, option_name, p->spec);
    if (nearest != NULL) {
        cli_usage(p->spec, "there is no option --%s; did you mean --%s?", name, nearest);
    } else {
        cli_usage(p->spec, "there is no option --%.*s", (int)len, word);
    }
    return false;
}

static bool parse_letters(struct parse *p, const char *letters)
{
    for (; *letters != '\0'; letters++) {
        const struct cli_option *option = option_find(p->spec, *letters, NULL, 0);

        if (option == NULL) {
            cli_usage(p->spec, "there is no option -%c", *letters);
            return false;
        }
        if (option->argument != NULL) {
            return option_value(p, option, letters[1] != '\0' ? letters + 1 : NULL);
        }
        if (!option_value(p, option, NULL)) {
            return false;
        }
    }
    return true;
}

static bool is_help(const char *word)
{
    return strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0;
}

bool cli_parse(const struct cli_spec *spec, int *argc, char ***argv, void *opts, int *rc)
{
    struct parse p = {spec, *argc, 1, *argv, opts};
    int n_operands = 0;
    bool only_operands = false;

    *rc = CLI_USAGE;
    for (; p.i < p.argc; p.i++) {
        char *word = p.argv[p.i];

        if (only_operands || word[0] != '-' || word[1] == '\0') {
            p.argv[n_operands++] = word; /* never ahead of p.i: nothing unread is overwritten */
            only_operands = only_operands || (spec->with & CLI_WITH_END) != 0;
        } else if (strcmp(word, "--") == 0) {
            only_operands = true;
        } else if (is_help(word)) {
            cli_help(stdout, spec);
            *rc = CLI_DONE;
            return false;
        } else if (word[1] == '-' ? !parse_long(&p, word + 2) : !parse_letters(&p, word + 1)) {
            return false;
        }
    }
    *argc = n_operands;
    return true;
}
