/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.c - how commands read: the schema they ask for, captures opened, and every record of one
 * handed on, its damage, ledger and progress dealt with.
 */
#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "run.h"
#include "scapfmt-xml.h"

static struct scapf_schema *loaded_schema;

/* The file whose pages may vanish under us; read by the signal handler. */
static const char *volatile mapped_path;

/* ------------------------------------------------------------------ opening */

static void schema_fault(void *ctx, const char *file, unsigned line, const char *message)
{
    (void)ctx;
    if (line != 0) {
        fprintf(stderr, "%s:%u: error: %s\n", file, line, message);
    } else {
        fprintf(stderr, "%s: error: %s\n", file, message);
    }
}

int run_schema(const struct cli_common *common, const struct scapf_schema **schema)
{
    const struct scapf_xml_opts opts = {
        .size = sizeof(opts),
        .base = scapf_schema_builtin(),
        .report = schema_fault,
    };
    enum scapf_status status;

    *schema = scapf_schema_builtin();
    if (common->schemas.n == 0) {
        return CLI_DONE;
    }
    if (loaded_schema == NULL) {
        status =
            scapf_schema_load_xml(common->schemas.items, common->schemas.n, &opts, &loaded_schema);
        if (status < 0) {
            loaded_schema = NULL;
            return run_exit_code(status);
        }
    }
    *schema = loaded_schema;
    return CLI_DONE;
}

void run_schema_free(void)
{
    scapf_schema_free(loaded_schema);
    loaded_schema = NULL;
}

const char *run_being_read(void)
{
    return mapped_path;
}

int run_source(const char *path, struct scapf_src **src)
{
    struct scapf_diag diag = {0};
    enum scapf_status status;

    mapped_path = run_path_name(path);
    status = scapf_src_file(path, NULL, src, &diag);
    return run_fail(path, status, &diag);
}

int run_folder(const char *path)
{
    return mkdir(path, 0777) != 0 && errno != EEXIST ? run_fail_errno(path) : CLI_DONE;
}

int run_open(const char *path, const struct cli_common *common, struct scapf_reader **reader)
{
    struct scapf_reader_opts opts = {.size = sizeof(opts)};
    struct scapf_src *src;
    int rc;

    *reader = NULL;
    rc = run_schema(common, &opts.schema);
    if (rc != CLI_DONE) {
        return rc;
    }
    rc = run_source(path, &src);
    if (rc != CLI_DONE) {
        return rc;
    }
    return run_fail(path, scapf_reader_new(src, &opts, reader), NULL);
}

/* ------------------------------------------------------------------ walking */

/* Damaged blocks one by one up to here, then their number: a hostile file may hold millions. */
#define DAMAGE_LINES 20

struct damage {
    const char *path;
    const struct cli_common *common;
    uint64_t n;
};

static void damage_report(struct damage *damage, const struct scapf_diag *diag)
{
    if (damage->n++ < DAMAGE_LINES || damage->common->verbose > 0) {
        run_diag(damage->path, diag);
    }
}

static void damage_end(const struct damage *damage)
{
    if (damage->n > DAMAGE_LINES && damage->common->verbose == 0) {
        fprintf(stderr, "%s: %llu more damaged blocks; `scapfmt validate` shows all\n",
                run_path_name(damage->path), (unsigned long long)(damage->n - DAMAGE_LINES));
    }
}

/* What stands behind lost framing is not read, but it may well be there. */
static void say_unread(const char *path, const struct scapf_ledger *ledger)
{
    if (ledger->blocks == 0 || !ledger->stopped) {
        return;
    }
    if (ledger->skipped_bytes == UINT64_MAX) {
        run_say("%s: nothing was read from offset %" PRIu64 " on; 'scapfmt repair' looks for "
                "intact blocks there",
                run_path_name(path), ledger->skipped_off);
    } else {
        run_say("%s: %" PRIu64 " bytes from offset %" PRIu64 " on were not read; 'scapfmt repair' "
                "looks for intact blocks there",
                run_path_name(path), ledger->skipped_bytes, ledger->skipped_off);
    }
}

int run_records(const char *path, const struct cli_common *common, struct scapf_reader *reader,
                run_record_fn put, void *ctx, enum scapf_status *status)
{
    struct damage damage = {path, common, 0};
    struct run_progress progress;
    struct scapf_record rec;
    enum scapf_status read = SCAPF_OK;
    int rc;

    *status = SCAPF_OK;
    run_progress_start(&progress, path, common);
    while (*status >= 0 && (read = scapf_reader_next(reader, &rec)) == SCAPF_OK) {
        if (rec.damage != NULL) {
            damage_report(&damage, rec.damage);
        }
        *status = put(ctx, reader, &rec);
        run_progress_step(&progress, reader);
    }
    run_progress_end(&progress);
    damage_end(&damage);
    rc = run_fail(path, read, scapf_reader_diag(reader));
    if (rc == CLI_INVALID && read != SCAPF_E_TRUNCATED && !common->quiet) {
        say_unread(path, scapf_reader_ledger(reader));
    }
    if (common->ledger) {
        run_ledger(stderr, path, scapf_reader_ledger(reader));
    }
    return damage.n > 0 ? run_worse(rc, CLI_INVALID) : rc;
}
