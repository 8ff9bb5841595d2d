/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_join.h - JSON of whole system calls: enter and exit as one object.
 */
#ifndef SCAPF_RENDER_JSON_JOIN_H
#define SCAPF_RENDER_JSON_JOIN_H

#include "render/render.h"

struct json_join;

/* NULL when there is no memory. */
struct json_join *json_join_new(const struct scapf_alloc *alloc);
/* NULL is fine. */
void json_join_free(struct json_join *join);
/* Every record of the capture; kept: the filter lets it through. */
enum scapf_status json_join_put(struct scapf_printer *p, const struct scapf_reader *reader,
                                const struct scapf_record *rec, bool kept);
/* There are no more: calls that still wait for their exit become objects. */
enum scapf_status json_join_end(struct scapf_printer *p);

#endif
