/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.h - one recording from beginning to end.
 */
#ifndef SCAPFMT_RECORD_SESSION_H
#define SCAPFMT_RECORD_SESSION_H

#include "opts.h"

/* Record as the options say. Everything is reported; returns the exit code: that of the command, or
 * 128 and the number of the signal it died of. */
int session_run(const struct record_opts *o, char **command);

#endif
