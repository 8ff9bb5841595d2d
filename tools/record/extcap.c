/* SPDX-License-Identifier: Apache-2.0 */
#include "extcap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../run.h"

#define INTERFACE "scapfmt"

enum answer { ANSWER_NONE, ANSWER_INTERFACES, ANSWER_DLTS, ANSWER_CONFIG, ANSWER_CAPTURE };

struct call {
    enum answer answer;
    const char *interface, *fifo, *command, *pid, *snaplen, *filter, *version;
};

/* Words without an argument. */
static const struct {
    const char *word;
    enum answer answer;
} answers[] = {
    {"--extcap-interfaces", ANSWER_INTERFACES},
    {"--extcap-dlts", ANSWER_DLTS},
    {"--extcap-config", ANSWER_CONFIG},
    {"--capture", ANSWER_CAPTURE},
};

bool extcap_is(int argc, char **argv)
{
    /* They come first: further on these may be words of the command that is recorded. */
    return argc > 1 && (strncmp(argv[1], "--extcap-", 9) == 0 || strcmp(argv[1], "--capture") == 0);
}

/* Words with one, as the next word or behind "=". */
static bool take_value(int argc, char **argv, int *i, struct call *call)
{
    const struct {
        const char *word;
        const char **value;
    } values[] = {
        {"--extcap-interface", &call->interface},
        {"--fifo", &call->fifo},
        {"--command", &call->command},
        {"--pid", &call->pid},
        {"--snaplen", &call->snaplen},
        {"--extcap-capture-filter", &call->filter},
        {"--extcap-version", &call->version},
    };

    for (size_t k = 0; k < CLI_COUNT_OF(values); k++) {
        size_t n = strlen(values[k].word);

        if (strncmp(argv[*i], values[k].word, n) != 0) {
            continue;
        }
        if (argv[*i][n] == '=') {
            *values[k].value = argv[*i] + n + 1;
            return true;
        }
        if (argv[*i][n] == '\0') {
            /* the version may stand alone */
            if (*i + 1 < argc && strncmp(argv[*i + 1], "--", 2) != 0) {
                *values[k].value = argv[++*i];
                return true;
            }
            return values[k].value == &call->version;
        }
    }
    return false;
}

static bool parse(int argc, char **argv, struct call *call)
{
    for (int i = 1; i < argc; i++) {
        enum answer answer = ANSWER_NONE;

        for (size_t k = 0; k < CLI_COUNT_OF(answers); k++) {
            answer = strcmp(argv[i], answers[k].word) == 0 ? answers[k].answer : answer;
        }
        if (answer != ANSWER_NONE) {
            call->answer = answer;
        } else if (!take_value(argc, argv, &i, call)) {
            run_say("record: extcap: '%s' is not understood", argv[i]);
            return false;
        }
    }
    return true;
}

static void print_interfaces(void)
{
    puts("extcap {version=" SCAPF_VERSION "}{display=scapfmt record}");
    puts("interface {value=" INTERFACE "}{display=System calls of a command or process}");
}

static void print_dlts(void)
{
    /* [Wireshark] a user type: the blocks themselves say that they are events */
    puts("dlt {number=147}{name=USER0}{display=System calls (scap)}");
}

static void print_config(void)
{
    puts("arg {number=0}{call=--command}{display=Command}{type=string}"
         "{tooltip=Run by sh; recorded with all it starts}{group=What}");
    puts("arg {number=1}{call=--pid}{display=Process}{type=unsigned}"
         "{tooltip=Or: the id of a process that runs}{group=What}");
    puts("arg {number=2}{call=--snaplen}{display=Bytes of each buffer}{type=unsigned}"
         "{range=0,65000}{default=80}{group=How}");
}

static const char no_filter[] = "what is recorded cannot be filtered; filter what is shown";

static bool has_filter(const struct call *call)
{
    return call->filter != NULL && call->filter[0] != '\0';
}

static bool start_capture(const struct call *call, struct record_opts *o, char **command, int *rc)
{
    static char shell[] = "/bin/sh";
    static char flag[] = "-c";
    bool by_pid = call->pid != NULL && call->pid[0] != '\0' && strcmp(call->pid, "0") != 0;

    bool by_command = call->command != NULL && call->command[0] != '\0';

    *rc = CLI_USAGE;
    if (call->fifo == NULL) {
        run_say("record: extcap: where to? --fifo");
        return false;
    }
    if (has_filter(call)) {
        run_say("record: extcap: %s", no_filter);
        return false;
    }
    if (by_pid && by_command) {
        run_say("record: extcap: a command or a process, not both");
        return false;
    }
    o->output = call->fifo;
    o->snaplen = call->snaplen;
    o->packing = 1; /* none, whatever the fifo is called */
    o->common.quiet = true;
    o->apart = true;
    if (by_pid) {
        o->pids.items[o->pids.n++] = call->pid;
    } else if (by_command) {
        command[0] = shell;
        command[1] = flag;
        command[2] = (char *)(uintptr_t)call->command;
        command[3] = NULL;
    } else {
        run_say(
            "record: extcap: what? choose a command or a process in the options of the interface");
        return false;
    }
    *rc = record_check(o, command[0] != NULL ? 3 : 0);
    return *rc == CLI_DONE;
}

bool extcap_run(int argc, char **argv, struct record_opts *o, char **command, int *rc)
{
    struct call call = {0};

    *rc = CLI_USAGE;
    command[0] = NULL;
    if (!parse(argc, argv, &call)) {
        return false;
    }
    if (call.answer != ANSWER_INTERFACES && call.interface != NULL &&
        strcmp(call.interface, INTERFACE) != 0) {
        run_say("record: extcap: there is no interface '%s'", call.interface);
        return false;
    }
    *rc = CLI_DONE;
    switch (call.answer) {
    case ANSWER_INTERFACES:
        print_interfaces();
        return false;
    case ANSWER_DLTS:
        print_dlts();
        return false;
    case ANSWER_CONFIG:
        print_config();
        return false;
    case ANSWER_CAPTURE:
        return start_capture(&call, o, command, rc);
    case ANSWER_NONE:
    default:
        if (has_filter(&call)) { /* [Wireshark doc/extcap] a filter is bad when something is said */
            puts(no_filter);
        }
        return false;
    }
}
