/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opts.h - the options of `scapfmt record`, shared by the command, which only checks them and says
 * what they are, and the program that it runs.
 */
#ifndef SCAPFMT_RECORD_OPTS_H
#define SCAPFMT_RECORD_OPTS_H

#include "../cli.h"
#include "follow.h"

#define RECORD_SNAPLEN     80u    /* as sysdig */
#define RECORD_SNAPLEN_MAX 65000u /* as sysdig: an event holds no more */

enum record_compat { RECORD_COMPAT_BOTH, RECORD_COMPAT_CURRENT };
enum record_enter { RECORD_ENTER_ON, RECORD_ENTER_OFF };

#define RECORD_BUFFER_MAX_KIB 1048576u /* of a processor: half of what the kernel takes */

struct record_opts {
    struct cli_common common;
    const char *output, *cgroup, *snaplen, *rotate;
    struct cli_list pids;
    uint64_t buffer_kib;
    int compat, enter, packing, to;
    bool all, env, signals, switches, print, lossless;
    bool apart; /* extcap: the command has no terminal, and ends when the recording does */
};

extern const struct cli_spec spec_record;

/* Check what the options say together, given the operands. CLI_DONE, or what was said. */
int record_check(const struct record_opts *o, int n_operands);
/* Who follows the recording, and how. False when --rotate is not understood or not possible. */
bool record_follow(const struct record_opts *o, struct follow_opts *follow);
/* The number of bytes --snaplen asks for. False when it is none. */
bool record_snaplen(const struct record_opts *o, uint32_t *snaplen);

#endif
