/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd.h - the commands: one line makes a command known to the program, its help, its completion.
 */
#ifndef SCAPFMT_CMD_H
#define SCAPFMT_CMD_H

#include "run.h"

/* clang-format off */
#define COMMANDS(X) \
    X(info)         \
    X(print)        \
    X(convert)      \
    X(merge)        \
    X(slice)        \
    X(split)        \
    X(validate)     \
    X(repair)       \
    X(mutate)       \
    X(stats)        \
    X(record)       \
    X(schema)
/* clang-format on */

#define X(name)                                                                                    \
    int cmd_##name(int argc, char **argv);                                                         \
    extern const struct cli_spec spec_##name;
COMMANDS(X)
#undef X

#endif
