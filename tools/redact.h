/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redact.h - options that say what a capture is not to tell.
 */
#ifndef SCAPFMT_REDACT_OPTS_H
#define SCAPFMT_REDACT_OPTS_H

#include "run.h"

struct redact_args {
    bool on;
    const char *policy; /* "env,args", "all", "paths,-names" */
    const char *key;    /* file with the key of the pseudonyms; NULL = one nobody knows */
};

/* NULL when nothing is to be redacted. Failures are reported; returns the exit code. */
int redact_begin(const struct cli_spec *spec, const struct cli_common *common,
                 const struct redact_args *args, struct scapf_redact **redact);
/* Say what was taken out. */
void redact_report(const struct scapf_redact *redact, const struct redact_args *args);

#endif
