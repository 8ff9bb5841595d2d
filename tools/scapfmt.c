/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scapfmt.c - the program: finds the command and runs it.
 */
#include <string.h>

#include "cmd.h"

struct command {
    const struct cli_spec *spec;
    int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
#define X(name) {&spec_##name, cmd_##name},
    COMMANDS(X)
#undef X
};

static const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < CLI_COUNT_OF(commands); i++) {
        if (strcmp(commands[i].spec->name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

static const char *command_name(const void *ctx, size_t i)
{
    (void)ctx;
    return i < CLI_COUNT_OF(commands) ? commands[i].spec->name : NULL;
}

static int unknown_command(const char *name)
{
    const char *nearest = cli_nearest(name, command_name, NULL);

    return nearest != NULL
               ? cli_usage(NULL, "there is no command '%s'; did you mean '%s'?", name, nearest)
               : cli_usage(NULL, "there is no command '%s'", name);
}

static void print_help(FILE *out)
{
    fputs("usage: scapfmt COMMAND [OPTION...] [OPERAND...]\n"
          "       scapfmt help [COMMAND] | --help | --version | --completion bash\n\n"
          "Read, show, check and convert system-call captures (scap), pcapng and pcap.\n\n"
          "commands:\n",
          out);
    for (size_t i = 0; i < CLI_COUNT_OF(commands); i++) {
        fprintf(out, "  %-10s %s\n", commands[i].spec->name, commands[i].spec->help);
    }
    fputs("\n`scapfmt help COMMAND` shows the options of a command, `man scapfmt-COMMAND` more.\n"
          "A file name of - is standard input or output. gzip and zstd input is unpacked.\n"
          "Exit status: 0 done, 1 capture invalid or not all kept, 2 usage, 3 system error.\n",
          out);
}

static int print_completion(const char *shell)
{
    if (shell == NULL || strcmp(shell, "bash") != 0) {
        return cli_usage(NULL, "completion is made for: bash");
    }
    fputs("# bash completion of scapfmt; made by `scapfmt --completion bash`\n"
          "_scapfmt()\n{\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} words=\n"
          "    if [ \"$COMP_CWORD\" = 1 ] ||\n"
          "        { [ \"$COMP_CWORD\" = 2 ] && [ \"${COMP_WORDS[1]}\" = help ]; }; then\n"
          "        words='help",
          stdout);
    for (size_t i = 0; i < CLI_COUNT_OF(commands); i++) {
        printf(" %s", commands[i].spec->name);
    }
    fputs(" --help --version --completion'\n"
          "        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
          "        return\n"
          "    fi\n"
          "    case ${COMP_WORDS[1]} in\n",
          stdout);
    for (size_t i = 0; i < CLI_COUNT_OF(commands); i++) {
        cli_completion(stdout, commands[i].spec);
    }
    fputs("    esac\n"
          "    case $cur in\n"
          "    -*) COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")) ;;\n"
          "    *) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n"
          "    esac\n"
          "}\n"
          "complete -o filenames -F _scapfmt scapfmt\n",
          stdout);
    return CLI_DONE;
}

static int help_command(int argc, char **argv)
{
    const struct command *command;

    if (argc < 2) {
        print_help(stdout);
        return CLI_DONE;
    }
    command = command_find(argv[1]);
    if (command == NULL) {
        return unknown_command(argv[1]);
    }
    cli_help(stdout, command->spec);
    return CLI_DONE;
}

static int dispatch(int argc, char **argv)
{
    const struct command *command;

    if (argc < 2) {
        print_help(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        return help_command(argc - 1, argv + 1);
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("scapfmt " SCAPF_VERSION);
        return CLI_DONE;
    }
    if (strcmp(argv[1], "--completion") == 0) {
        return print_completion(argc > 2 ? argv[2] : NULL);
    }
    command = command_find(argv[1]);
    return command != NULL ? command->run(argc - 1, argv + 1) : unknown_command(argv[1]);
}

int main(int argc, char **argv)
{
    run_start();
    return run_end(dispatch(argc, argv));
}
