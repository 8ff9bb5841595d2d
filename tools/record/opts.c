/* SPDX-License-Identifier: Apache-2.0 */
#include "opts.h"

#include <stdlib.h>

#include "../pack.h"

/* clang-format off */
static const struct cli_option options[] = {
    CLI_OPTION('o', "output", "FILE", CLI_TEXT, struct record_opts, output,
               "write the capture to FILE; - is standard output"),
    CLI_OPTION('p', "pid", "PID", CLI_LIST, struct record_opts, pids,
               "record this process and what it starts; may be repeated"),
    CLI_OPTION(0, "cgroup", "PATH", CLI_TEXT, struct record_opts, cgroup,
               "record what runs in this control group (version 2) and below"),
    CLI_OPTION(0, "snaplen", "BYTES", CLI_TEXT, struct record_opts, snaplen,
               "keep so many bytes of each buffer (80), at most 61000; 0 = none"),
    CLI_OPTION(0, "env", NULL, CLI_FLAG, struct record_opts, env,
               "keep the environment of started programs; it may hold secrets"),
    CLI_OPTION(0, "signals", NULL, CLI_FLAG, struct record_opts, signals,
               "record delivered signals"),
    CLI_OPTION(0, "switches", NULL, CLI_FLAG, struct record_opts, switches,
               "record context switches"),
    CLI_CHOICES(0, "enter", "WHETHER", struct record_opts, enter,
                "record enter events too, which readers of before 2022 need", "on|off"),
    CLI_CHOICES(0, "compat", "WHOM", struct record_opts, compat,
                "readers to be understood by: of before 2022 too, or current ones", "both|current"),
    CLI_CHOICES('z', "compress", "HOW", struct record_opts, packing,
                "pack the output; auto: as the name says", PACK_CHOICES),
    CLI_OPTION(0, "buffer", "KIB", CLI_NUMBER, struct record_opts, buffer_kib,
               "ring buffer of each processor (8192, less when there are more than 4)"),
};
/* clang-format on */

const struct cli_spec spec_record = {
    "record",
    "record the system calls of a command, processes or a control group",
    "-o FILE [--] [COMMAND [ARG...]]",
    CLI_WITH_END,
    options,
    CLI_COUNT_OF(options),
};

bool record_snaplen(const struct record_opts *o, uint32_t *snaplen)
{
    char *end;
    unsigned long value;

    *snaplen = RECORD_SNAPLEN;
    if (o->snaplen == NULL) {
        return true;
    }
    value = strtoul(o->snaplen, &end, 10);
    *snaplen = (uint32_t)value;
    return o->snaplen[0] >= '0' && o->snaplen[0] <= '9' && *end == '\0' &&
           value <= RECORD_SNAPLEN_MAX;
}

int record_check(const struct record_opts *o, int n_operands)
{
    int scopes = (n_operands > 0) + (o->pids.n > 0) + (o->cgroup != NULL);
    uint32_t snaplen;

    if (o->output == NULL) {
        return cli_usage(&spec_record, "where to? -o FILE");
    }
    if (scopes == 0) {
        return cli_usage(&spec_record, "what? a command, -p PID or --cgroup PATH");
    }
    if (scopes > 1) {
        return cli_usage(&spec_record, "one of a command, -p and --cgroup");
    }
    if (!record_snaplen(o, &snaplen)) {
        return cli_usage(&spec_record, "--snaplen: '%s' is no number up to %u", o->snaplen,
                         RECORD_SNAPLEN_MAX);
    }
    for (unsigned i = 0; i < o->pids.n; i++) {
        char *end;
        unsigned long pid = strtoul(o->pids.items[i], &end, 10);

        if (o->pids.items[i][0] < '0' || o->pids.items[i][0] > '9' || *end != '\0' || pid == 0 ||
            pid > 0x7fffffff) {
            return cli_usage(&spec_record, "-p: '%s' is no process id", o->pids.items[i]);
        }
    }
    return CLI_DONE;
}
