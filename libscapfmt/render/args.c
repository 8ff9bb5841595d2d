/* SPDX-License-Identifier: Apache-2.0 */
#include "render/args.h"

#include "base/mem.h"

struct args_names {
    const struct scapf_alloc *alloc;
    const struct scapf_schema *schema;
    char *text;      /* one behind the other, and OUT_PADDED bytes */
    uint32_t *first; /* by event code: where in ends the parameters of the code begin */
    uint32_t *ends;  /* [first + i] is where in text name i begins, [first + i + 1] where it ends */
};

/* Numbers of codes, parameters, and bytes of all "name=". */
struct sizes {
    size_t params, bytes;
};

static struct sizes measure(const struct scapf_schema *schema)
{
    struct sizes sizes = {0, OUT_PADDED};

    for (uint32_t code = 0; code < schema->n_events; code++) {
        const struct scapf_event_info *info = schema->events[code];

        for (uint32_t i = 0; info != NULL && i < info->n_params; i++) {
            sizes.params++;
            sizes.bytes += strlen(info->params[i].name) + 1;
        }
    }
    return sizes;
}

static void collect(struct args_names *names, const struct scapf_schema *schema)
{
    uint32_t n = 0;
    uint32_t at = 0;

    names->ends[0] = 0;
    for (uint32_t code = 0; code < schema->n_events; code++) {
        const struct scapf_event_info *info = schema->events[code];

        names->first[code] = n;
        for (uint32_t i = 0; info != NULL && i < info->n_params; i++) {
            size_t len = strlen(info->params[i].name);

            memcpy(names->text + at, info->params[i].name, len);
            at += (uint32_t)len;
            names->text[at++] = '=';
            names->ends[++n] = at;
        }
    }
}

struct args_names *args_names_new(const struct scapf_alloc *alloc,
                                  const struct scapf_schema *schema)
{
    struct args_names *names = mem_zalloc(alloc, sizeof(*names));
    struct sizes sizes = measure(schema);

    if (names == NULL) {
        return NULL;
    }
    names->alloc = alloc;
    names->schema = schema;
    names->first = mem_zalloc(alloc, (schema->n_events + 1) * sizeof(*names->first));
    names->ends = mem_zalloc(alloc, (sizes.params + 1) * sizeof(*names->ends));
    names->text = mem_zalloc(alloc, sizes.bytes);
    if (names->first == NULL || names->ends == NULL || names->text == NULL) {
        args_names_free(names);
        return NULL;
    }
    collect(names, schema);
    return names;
}

void args_names_free(struct args_names *names)
{
    if (names != NULL) {
        mem_free(names->alloc, names->first);
        mem_free(names->alloc, names->ends);
        mem_free(names->alloc, names->text);
        mem_free(names->alloc, names);
    }
}

/* The ends of the names of an event's parameters, or NULL: it may have been read with another
 * schema than that of the names. */
static const uint32_t *ends_of(const struct value_ctx *ctx)
{
    const struct args_names *names = ctx->names;
    uint16_t code = ctx->event->code;

    return names != NULL && code < names->schema->n_events &&
                   names->schema->events[code] == ctx->event->info
               ? names->ends + names->first[code]
               : NULL;
}

static void put_name(struct out *o, const struct value_ctx *ctx, const uint32_t *ends,
                     const struct scapf_value *v, uint32_t i)
{
    if (v->info == NULL) {
        out_lit(o, "param");
        out_udec(o, i);
        out_char(o, '=');
    } else if (ends != NULL) {
        out_padded(o, ctx->names->text + ends[i], ends[i + 1] - ends[i]);
    } else {
        out_str(o, v->info->name);
        out_char(o, '=');
    }
}

/* The value, and in parentheses what it means. */
static void put_value(struct out *o, const struct value_ctx *ctx, const struct scapf_value *v)
{
    const struct value_row *row = value_row(v->type);
    size_t mark;

    if (!value_has_type(v)) {
        value_text(o, ctx, v);
        return;
    }
    row->text(o, ctx, v);
    if (row->resolved == NULL) {
        return;
    }
    mark = o->len;
    out_char(o, '(');
    if (row->resolved(o, ctx, v)) {
        out_char(o, ')');
    } else if (out_status(o) == SCAPF_OK) {
        o->len = mark;
    }
}

void args_put(struct out *o, const struct value_ctx *ctx)
{
    const struct scapf_event *ev = ctx->event;
    const uint32_t *ends = ends_of(ctx);
    struct scapf_value v;

    if (ev->info != NULL && ev->code <= 1) {
        return;
    }
    for (uint32_t i = 0; i < ev->n_params; i++) {
        if (scapf_event_value(ev, i, &v, NULL) == SCAPF_E_USAGE) {
            break;
        }
        put_name(o, ctx, ends, &v, i);
        put_value(o, ctx, &v);
        out_char(o, ' ');
    }
}
