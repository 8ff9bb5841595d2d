/* SPDX-License-Identifier: Apache-2.0 */
/*
 * extcap.h - the protocol by which Wireshark and Stratoshark start captures: a link to
 * scapfmt-record in their folder of extcap programs makes it an interface. [Wireshark extcap(4)]
 */
#ifndef SCAPFMT_RECORD_EXTCAP_H
#define SCAPFMT_RECORD_EXTCAP_H

#include "opts.h"

/* Is this a call by that protocol? */
bool extcap_is(int argc, char **argv);
/* Answer it. True: a capture is asked for, o and command say which. False: return *rc. */
bool extcap_run(int argc, char **argv, struct record_opts *o, char **command, int *rc);

#endif
