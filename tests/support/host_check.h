/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_check.h - recount everything a host holds by walking what is reachable.
 */
#ifndef SCAPF_TESTS_HOST_CHECK_H
#define SCAPF_TESTS_HOST_CHECK_H

#include "scapfmt.h"

/* NULL when all counts are right, else what is wrong. */
const char *host_check(struct scapf_host *host);

#endif
