/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - parts of the JSON output that records and the facts of tools share.
 */
#ifndef SCAPF_RENDER_JSON_H
#define SCAPF_RENDER_JSON_H

#include "bytes/json.h"
#include "scapfmt.h"

/* A diagnosis as an object, the same wherever one appears. */
void json_diag(struct json *j, const struct scapf_diag *diag);

#endif
