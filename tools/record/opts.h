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
enum record_to { TO_SCAP, TO_TEXT, TO_JSON };
enum record_enter { RECORD_ENTER_ON, RECORD_ENTER_OFF };

#define RECORD_BUFFER_MAX_KIB 1048576u /* of a processor: half of what the kernel takes */

struct record_opts {
    struct cli_common common;
    const char *output, *cgroup, *snaplen, *rotate, *buffer;
    struct cli_list pids;
    int compat, enter, packing, to;
    bool all, env, signals, switches, print, lossless;
    bool apart; /* extcap: the command has no terminal, and ends when the recording does */
};

extern const struct cli_spec spec_record;

/* Check what the options say together, given the operands. CLI_DONE, or what was said. */
int record_check(const struct record_opts *o, int n_operands);
/* The following are of options that record_check() has found good. */
/* Who follows the recording, and how. */
struct follow_opts record_follow(const struct record_opts *o);
/* Whether the capture goes to standard output. */
bool record_to_stdout(const struct record_opts *o);
/* The number of bytes --snaplen asks for. */
uint32_t record_snaplen(const struct record_opts *o);
/* The size --buffer asks for; 0: it says nothing. */
uint32_t record_buffer_kib(const struct record_opts *o);

#endif
