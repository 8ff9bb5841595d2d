/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.c - --filter: what the commands that read records have in common.
 */
#include <ctype.h>
#include <string.h>

#include "run.h"

#define CARET_BEFORE 50u /* bytes of a long expression that are shown before its fault */
#define CARET_WIDTH  78u

static struct scapf_filter *compiled;

/* The line of the text in which the fault lies, and signs under it. */
static void show_place(const char *text, const struct scapf_filter_error *error)
{
    size_t start = error->pos > CARET_BEFORE ? error->pos - CARET_BEFORE : 0;
    size_t shown = strnlen(text + start, CARET_WIDTH);
    size_t len = error->len;

    fputs("  ", stderr);
    for (size_t i = 0; i < shown; i++) {
        unsigned char c = (unsigned char)text[start + i];

        putc(c < 0x20 || c == 0x7F ? ' ' : c, stderr);
    }
    fprintf(stderr, "\n  %*s^", (int)(error->pos - start), "");
    for (; len > 1 && error->pos - start + len < CARET_WIDTH + 1; len--) {
        putc('~', stderr);
    }
    putc('\n', stderr);
}

int run_language_error(const char *option, const char *text, const struct scapf_filter_error *error)
{
    fprintf(stderr, "scapfmt: %s: %s", option, error->message);
    if (error->nearest != NULL) {
        fprintf(stderr, "; did you mean '%s'?", error->nearest);
    }
    putc('\n', stderr);
    show_place(text, error);
    fputs("See scapfmt-filter(7); `scapfmt schema list --fields` names the fields.\n", stderr);
    return CLI_USAGE;
}

int run_filter(const struct cli_common *common, struct scapf_filter **filter)
{
    const struct scapf_schema *schema;
    struct scapf_filter_error error;
    enum scapf_status status;
    int rc;

    *filter = NULL;
    if (common->filter == NULL) {
        return CLI_DONE;
    }
    if (compiled == NULL) {
        rc = run_schema(common, &schema);
        if (rc != CLI_DONE) {
            return rc;
        }
        status = scapf_filter_compile(common->filter, schema, NULL, &compiled, &error);
        if (status == SCAPF_E_USAGE) {
            return run_language_error("--filter", common->filter, &error);
        }
        if (status < 0) {
            return run_fail("--filter", status, NULL);
        }
    }
    *filter = compiled;
    return CLI_DONE;
}

int run_filter_end(const struct cli_common *common, int rc)
{
    if (compiled != NULL && rc == CLI_DONE && scapf_filter_matches(compiled) == 0) {
        if (!common->quiet) {
            run_say("--filter: nothing matched");
        }
        rc = CLI_INVALID;
    }
    return rc;
}

void run_filter_free(void)
{
    scapf_filter_free(compiled);
    compiled = NULL;
}

/* ------------------------------------------------------------------ walking */

struct sieve {
    struct scapf_filter *filter;
    struct scapf_reader *reader;
    struct scapf_host *host; /* NULL when nothing asks for it */
    run_kept_fn put;
    void *ctx;
};

static enum scapf_status sieve_record(void *ctx, const struct scapf_reader *reader,
                                      const struct scapf_record *rec)
{
    struct sieve *s = ctx;
    bool kept = true;
    enum scapf_status status = SCAPF_OK;

    if (s->host != NULL) {
        status = scapf_host_put(s->host, rec);
    }
    if (status >= 0 && s->filter != NULL) {
        bool match;

        status = scapf_filter_match(s->filter, reader, rec, s->host, &match);
        kept = match || (rec->kind != SCAPF_KIND_EVENT && rec->kind != SCAPF_KIND_PACKET);
        if (!kept && s->host == NULL) {
            scapf_filter_ahead(s->filter, s->reader);
        }
    }
    return status < 0 || !kept ? status : s->put(s->ctx, reader, rec, s->host);
}

int run_kept(const char *path, const struct cli_common *common, struct scapf_reader *reader,
             const struct run_kept *kept, enum scapf_status *status)
{
    struct sieve s = {.reader = reader, .put = kept->put, .ctx = kept->ctx};
    const struct scapf_host_opts opts = {.size = sizeof(opts),
                                         .schema = scapf_reader_schema(reader)};
    int rc = run_filter(common, &s.filter);

    *status = SCAPF_OK;
    if (rc != CLI_DONE) {
        return rc;
    }
    if (s.filter != NULL) {
        scapf_filter_restart(s.filter);
    }
    if (kept->wants_host || (s.filter != NULL && scapf_filter_uses_host(s.filter))) {
        *status = scapf_host_new(&opts, &s.host);
        if (*status < 0) {
            return run_fail(path, *status, NULL);
        }
    }
    rc = run_records(path, common, reader, sieve_record, &s, status);
    scapf_host_free(s.host);
    return rc;
}
