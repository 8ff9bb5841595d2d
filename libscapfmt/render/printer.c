/* SPDX-License-Identifier: Apache-2.0 */
/*
 * printer.c - the frame around the formats: options, buffering, architecture, names.
 */
#include "base/mem.h"
#include "render/render.h"
#include "render/value.h"

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

const struct scapf_flag_set *render_flag_set(const struct scapf_schema *schema, const char *name)
{
    for (uint32_t i = 0; i < schema->n_flag_sets; i++) {
        if (strcmp(schema->flag_sets[i]->name, name) == 0) {
            return schema->flag_sets[i];
        }
    }
    return NULL;
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
    p->arch_votes = mem_zalloc(p->alloc, (p->schema->n_arches + 1) * sizeof(*p->arch_votes));
    if (p->arch_votes == NULL) {
        return SCAPF_E_NOMEM;
    }
    if (wants_names(p->opts.format)) {
        const struct scapf_host_opts opts = {
            .size = sizeof(opts), .alloc = p->alloc, .schema = p->schema};

        TRY(scapf_host_new(&opts, &p->host));
    }
    if (p->opts.format == SCAPF_PRINT_LINE || p->opts.format == SCAPF_PRINT_SYSDIG_JSON) {
        p->lens = value_names_new(p->alloc, p->schema);
        if (p->lens == NULL) {
            return SCAPF_E_NOMEM;
        }
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
        (size_t)opts->format >= sizeof(formats) / sizeof(formats[0])) {
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
    p->fd_types = render_flag_set(p->schema, "scap_fd_types");
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

/*
 * The file does not say which architecture it was recorded on, but every generic event that names
 * both its PPM_SC code and the kernel's number votes for the tables in which the pair stands
 * [scap 11]. The table with most votes so far is taken.
 */
static void vote_arch(struct scapf_printer *p, const struct scapf_event *ev)
{
    struct scapf_value sc;
    struct scapf_value nr;

    if (p->arch_fixed || ev->code > 1 || ev->n_params < 2 ||
        scapf_event_value(ev, 0, &sc, NULL) != SCAPF_OK ||
        scapf_event_value(ev, 1, &nr, NULL) != SCAPF_OK || sc.kind != SCAPF_VALUE_UNSIGNED ||
        nr.kind != SCAPF_VALUE_UNSIGNED || sc.u == 0) {
        return;
    }
    for (uint32_t i = 0; i < p->schema->n_arches; i++) {
        const struct scapf_arch *arch = &p->schema->arches[i];
        const struct scapf_syscall *call = scapf_arch_syscall(arch, (int32_t)nr.u);

        if (call != NULL && call->ppm_sc == sc.u) {
            p->arch_votes[i]++;
            if (p->arch == NULL || p->arch_votes[i] > p->arch_votes[p->arch - p->schema->arches]) {
                p->arch = arch;
            }
        }
    }
}

static enum scapf_status flush(struct scapf_printer *p)
{
    enum scapf_status status = out_status(&p->out);

    if (status == SCAPF_OK) {
        status = scapf_sink_write(p->sink, p->out.bytes, p->out.len);
    }
    out_clear(&p->out);
    return status;
}

enum scapf_status scapf_printer_put(struct scapf_printer *p, const struct scapf_reader *reader,
                                    const struct scapf_record *rec)
{
    if (p->host != NULL) {
        TRY(scapf_host_put(p->host, rec));
    }
    if (rec->event != NULL) {
        vote_arch(p, rec->event);
        p->events += rec->event->info != NULL; /* sysdig does not count codes it does not know */
    }
    TRY(formats[p->opts.format](p, reader, rec));
    return p->out.len >= RENDER_FLUSH ? flush(p) : SCAPF_OK;
}

enum scapf_status scapf_printer_finish(struct scapf_printer *p)
{
    return flush(p);
}

void scapf_printer_free(struct scapf_printer *p)
{
    if (p == NULL) {
        return;
    }
    scapf_host_free(p->host);
    mem_free(p->alloc, p->arch_votes);
    out_release(&p->out);
    value_names_free(p->lens);
    out_release(&p->text);
    mem_free(p->alloc, p);
}
