/* SPDX-License-Identifier: Apache-2.0 */
/*
 * args.h - all parameters of an event in one line: the text of sysdig's %evt.args.
 */
#ifndef SCAPF_RENDER_ARGS_H
#define SCAPF_RENDER_ARGS_H

#include "render/value.h"

/* "name=" of every parameter of a schema, made once a printer. */
struct args_names;

/* NULL when there is no memory. */
struct args_names *args_names_new(const struct scapf_alloc *alloc,
                                  const struct scapf_schema *schema);
/* NULL is fine. */
void args_names_free(struct args_names *names);

/* Append all parameters as "name=value(resolved) ", each followed by a space as sysdig does.
 * Parameters beyond the schema are called "paramN", N from 0. Generic events have none to show:
 * their name says it. */
void args_put(struct out *o, const struct value_ctx *ctx);

#endif
