/* SPDX-License-Identifier: Apache-2.0 */
/* pm_run.h - a recording of Process Monitor in memory through the converter. */
#ifndef SCAPFMT_TESTS_PM_RUN_H
#define SCAPFMT_TESTS_PM_RUN_H

#include "../tools/convert/pm_convert.h"
#include "support/strace_run.h"

struct pm_run {
    struct run run; /* status, bytes; for run_lines() and its like */
    struct pm_verdict verdict;
    struct pm_fault fault; /* what the front end says */
};

/* Convert; opts may be NULL. */
struct pm_run run_pm(enum pm_format format, const void *bytes, size_t len,
                     const struct pm_convert_opts *opts);

/* The XML with something in each <event> that no plain one has and that means nothing: all of them
 * go through the parser. To be freed. */
char *pm_for_parser(const char *xml, size_t len, size_t *n);

#endif
