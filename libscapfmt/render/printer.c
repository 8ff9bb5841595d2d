/* SPDX-License-Identifier: Apache-2.0 */
/*
 * printer.c - the frame around the formats: options, buffering, architecture, names.
 */
#include "base/diag.h"
#include "base/mem.h"
#include "render/args.h"
#include "render/json_join.h"
#include "render/render.h"

static const render_fn formats[] = {
    [SCAPF_PRINT_LINE] = render_line,
    [SCAPF_PRINT_RAW] = render_raw,
    [SCAPF_PRINT_BLOCKS] = render_blocks,
    [SCAPF_PRINT_JSON] = render_json,
    [SCAPF_PRINT_SYSDIG_JSON] = render_sysdig_json,
};

#define DEFAULT_MAX_BUFFER 80 /* as sysdig shows */

/* The formats that resolve names pay for them; the others do not. */
static bool wants_names(enum scapf_print format)
{
    return format == SCAPF_PRINT_LINE || format == SCAPF_PRINT_JSON ||
           format == SCAPF_PRINT_SYSDIG_JSON;
}

/* Everything that can fail while making a printer; what was made is freed by the caller. */
static enum scapf_status printer_init(struct scapf_printer *p)
{
    if (p->opts.arch != NULL) {
        p->arch = scapf_schema_arch(p->schema, p->opts.arch);
        p->arch_fixed = true;
        if (p->arch == NULL) {
            return SCAPF_E_USAGE;
        }
    }
    if (wants_names(p->opts.format) ||
        (p->opts.filter != NULL && scapf_filter_uses_host(p->opts.filter))) {
        const struct scapf_host_opts opts = {
            .size = sizeof(opts), .alloc = p->alloc, .schema = p->schema};

        TRY(scapf_host_new(&opts, &p->host));
    }
    if (p->opts.format == SCAPF_PRINT_LINE || p->opts.format == SCAPF_PRINT_SYSDIG_JSON) {
        p->names = args_names_new(p->alloc, p->schema);
        if (p->names == NULL) {
            return SCAPF_E_NOMEM;
        }
    }
    if (p->opts.join) {
        p->join = json_join_new(p->alloc);
        return p->join != NULL ? SCAPF_OK : SCAPF_E_NOMEM;
    }
    if (p->opts.format == SCAPF_PRINT_SYSDIG_JSON) {
        p->types = mem_zalloc(p->alloc, RENDER_CODES * sizeof(*p->types));
        return p->types != NULL ? SCAPF_OK : SCAPF_E_NOMEM;
    }
    return p->opts.format == SCAPF_PRINT_LINE ? line_init(p) : SCAPF_OK;
}

enum scapf_status scapf_printer_new(struct scapf_sink *sink, const struct scapf_printer_opts *opts,
                                    struct scapf_printer **printer)
{
    struct scapf_printer *p;
    enum scapf_status status;

    *printer = NULL;
    if (opts == NULL || opts->size != sizeof(*opts) ||
        (size_t)opts->format >= sizeof(formats) / sizeof(formats[0]) ||
        (opts->join && opts->format != SCAPF_PRINT_JSON)) {
        return SCAPF_E_USAGE;
    }
    p = mem_zalloc(opts->alloc, sizeof(*p));
    if (p == NULL) {
        return SCAPF_E_NOMEM;
    }
    p->opts = *opts;
    p->alloc = opts->alloc;
    p->sink = sink;
    p->schema = opts->schema != NULL ? opts->schema : scapf_schema_builtin();
    if (p->opts.max_buffer == 0) {
        p->opts.max_buffer = DEFAULT_MAX_BUFFER;
    }
    p->fd_types = scapf_schema_flags(p->schema, "", "scap_fd_types");
    out_init(&p->out, p->alloc, false);
    out_init(&p->text, p->alloc, false);
    status = printer_init(p);
    if (status != SCAPF_OK) {
        scapf_printer_free(p);
        return status;
    }
    *printer = p;
    return SCAPF_OK;
}

enum scapf_status scapf_printer_flush(struct scapf_printer *p)
{
    enum scapf_status status = out_status(&p->out);

    if (status == SCAPF_OK) {
        status = scapf_sink_write(p->sink, p->out.bytes, p->out.len);
    }
    out_clear(&p->out);
    return status;
}

/* What counts whether the record is shown or not. */
static void note_event(struct scapf_printer *p, const struct scapf_event *ev)
{
    if (!p->arch_fixed) {
        arch_vote(&p->votes, p->schema, ev);
        p->arch = p->votes.leader;
    }
    p->events += ev->info != NULL; /* sysdig does not count codes it does not know */
}

static void note(struct scapf_printer *p, const struct scapf_reader *reader,
                 const struct scapf_record *rec)
{
    if (rec->event != NULL) {
        note_event(p, rec->event);
    }
    if (p->opts.format == SCAPF_PRINT_LINE) {
        line_note(&p->line, rec);
        if (p->line.fields != NULL) {
            scapf_fields_put(p->line.fields, reader, rec, p->host);
        }
    } else if (p->opts.format == SCAPF_PRINT_SYSDIG_JSON) {
        sysdig_json_note(p, rec);
    }
}

/* Events and packets that do not match are not shown; other records are not asked. */
static enum scapf_status is_kept(struct scapf_printer *p, const struct scapf_reader *reader,
                                 const struct scapf_record *rec, bool *kept)
{
    *kept = true;
    if (p->opts.filter != NULL) {
        TRY(scapf_filter_match(p->opts.filter, reader, rec, p->host, kept));
        *kept = *kept || (rec->kind != SCAPF_KIND_EVENT && rec->kind != SCAPF_KIND_PACKET);
    }
    return SCAPF_OK;
}

enum scapf_status scapf_printer_put(struct scapf_printer *p, const struct scapf_reader *reader,
                                    const struct scapf_record *rec)
{
    bool kept;

    if (p->host != NULL) {
        TRY(scapf_host_put(p->host, rec));
    }
    note(p, reader, rec);
    TRY(is_kept(p, reader, rec, &kept));
    if (p->join != NULL) {
        TRY(json_join_put(p, reader, rec, kept));
    } else if (kept) {
        TRY(formats[p->opts.format](p, reader, rec));
    }
    return p->out.len >= RENDER_FLUSH ? scapf_printer_flush(p) : SCAPF_OK;
}

enum scapf_status scapf_printer_finish(struct scapf_printer *p)
{
    if (p->join != NULL) {
        TRY(json_join_end(p));
    }
    return scapf_printer_flush(p);
}

void scapf_printer_mark(struct scapf_printer *p)
{
    p->marked = true;
}

void scapf_printer_free(struct scapf_printer *p)
{
    if (p == NULL) {
        return;
    }
    json_join_free(p->join);
    scapf_host_free(p->host);
    out_release(&p->out);
    args_names_free(p->names);
    scapf_fields_free(p->line.fields);
    out_release(&p->text);
    mem_free(p->alloc, p->types);
    mem_free(p->alloc, p);
}
