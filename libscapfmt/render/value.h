/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value.h - parameters of events as people read them: the text of sysdig's %evt.args.
 */
#ifndef SCAPF_RENDER_VALUE_H
#define SCAPF_RENDER_VALUE_H

#include "bytes/out.h"
#include "scapfmt.h"

struct value_names;

/* Lengths of the parameters' names, counted once a printer. NULL when there is no memory. */
struct value_names *value_names_new(const struct scapf_alloc *alloc,
                                    const struct scapf_schema *schema);
/* NULL is fine. */
void value_names_free(struct value_names *lens);

/* What a value's text depends on beside the value. */
struct value_ctx {
    const struct scapf_schema *schema;
    struct scapf_host *host;        /* NULL: nothing is resolved from the state of the host */
    const struct value_names *lens; /* of the schema; NULL: names are measured as they come */
    const struct scapf_event *event;
    uint32_t max_buffer; /* bytes of a buffer that are shown; 0 = all */
};

/* Append the value itself: "-2", "0644", "/etc/passwd", "10.0.0.1:80". File bytes are appended as
 * they are, control characters too: what they become depends on where the text goes. */
void value_text(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v);
/* Append what the value means: "ENOENT", "O_RDONLY|O_CLOEXEC", "<f>/etc/passwd". False, and nothing
 * appended, when there is nothing to say. */
bool value_resolved(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v);
/* Append all parameters as "name=value(resolved) ", each followed by a space as sysdig does.
 * Parameters beyond the schema are called "paramN", N from 0. Generic events have none to show:
 * their name says it. */
void value_args(struct out *o, const struct value_ctx *ctx);

#endif
