/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value.h - parameters of events as people read them.
 */
#ifndef SCAPF_RENDER_VALUE_H
#define SCAPF_RENDER_VALUE_H

#include "bytes/out.h"
#include "scapfmt.h"

struct args_names;

/* What a value's text depends on beside the value. */
struct value_ctx {
    const struct scapf_schema *schema;
    struct scapf_host *host;        /* NULL: nothing is resolved from the state of the host */
    const struct args_names *names; /* of the schema; NULL: names are measured as they come */
    const struct scapf_event *event;
    uint32_t max_buffer; /* bytes of a buffer that are shown; 0 = all */
};

/* How the values of a type are written. */
struct value_row {
    void (*text)(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v);
    /* What they mean; NULL when they mean nothing else. False, and nothing appended, for those that
     * do not. */
    bool (*resolved)(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v);
    bool null_when_empty; /* length 0 is shown as NULL, else as <NA> [libsinsp event.cpp] */
};

const struct value_row *value_row(uint8_t type);

/* The value is one of its type: neither missing nor broken nor beyond the schema. */
static inline bool value_has_type(const struct scapf_value *v)
{
    return v->info != NULL && v->kind != SCAPF_VALUE_EMPTY && v->kind != SCAPF_VALUE_NULL &&
           v->kind != SCAPF_VALUE_MALFORMED;
}

/* Is the value the result of the call that this event ends: the first parameter of an exit? */
static inline bool value_is_result(const struct scapf_event *event, const struct scapf_value *v)
{
    return event->info != NULL && (event->code & 1) != 0 && v->info == &event->info->params[0];
}

/* Append the value itself: "-2", "0644", "/etc/passwd", "10.0.0.1:80". File bytes are appended as
 * they are, control characters too: what they become depends on where the text goes. */
void value_text(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v);
/* Append what the value means: "ENOENT", "O_RDONLY|O_CLOEXEC", "<f>/etc/passwd". False, and nothing
 * appended, when there is nothing to say. */
bool value_resolved(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v);
/* Append a path from the root, without "." and ".."; of a relative one false, and nothing appended,
 * when it is not known where it starts. */
bool value_full_path(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v);

#endif
