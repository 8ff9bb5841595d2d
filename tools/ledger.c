/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger.c - what was read, known, unknown, damaged and skipped, as text and as JSON.
 */
#include <inttypes.h>
#include <unistd.h>

#include "run.h"

const char *run_block_name(uint32_t type, char *buf, size_t size)
{
    const char *name = scapf_block_name(type);

    if (name == NULL) {
        (void)snprintf(buf, size, "0x%08" PRIx32, type);
        name = buf;
    }
    return name;
}

static void member_u64(struct scapf_json *json, const char *key, uint64_t value)
{
    scapf_json_key(json, key);
    scapf_json_u64(json, value);
}

static void types_json(struct scapf_json *json, const struct scapf_ledger *ledger)
{
    char buf[16];

    scapf_json_key(json, "types");
    scapf_json_open(json, '{');
    for (uint32_t i = 0; i < ledger->n_types; i++) {
        scapf_json_key(json, run_block_name(ledger->types[i].type, buf, sizeof(buf)));
        scapf_json_open(json, '{');
        member_u64(json, "blocks", ledger->types[i].blocks);
        member_u64(json, "bytes", ledger->types[i].bytes);
        scapf_json_close(json);
    }
    scapf_json_close(json);
    member_u64(json, "of_other_types", ledger->types_untold);
}

void run_ledger_json(struct scapf_json *json, const struct scapf_ledger *ledger)
{
    scapf_json_open(json, '{');
    member_u64(json, "blocks", ledger->blocks);
    member_u64(json, "bytes", ledger->bytes);
    member_u64(json, "known", ledger->known);
    member_u64(json, "unknown_blocks", ledger->unknown_blocks);
    member_u64(json, "unknown_events", ledger->unknown_events);
    member_u64(json, "damaged", ledger->damaged);
    scapf_json_key(json, "complete");
    scapf_json_bool(json, !ledger->stopped);
    if (ledger->stopped) {
        member_u64(json, "skipped_from", ledger->skipped_off);
        scapf_json_key(json, "skipped_bytes");
        if (ledger->skipped_bytes == UINT64_MAX) {
            scapf_json_null(json);
        } else {
            scapf_json_u64(json, ledger->skipped_bytes);
        }
        member_u64(json, "skipped_places", ledger->skipped_places);
    }
    types_json(json, ledger);
    scapf_json_close(json);
}

void run_ledger_skipped(FILE *out, const struct scapf_ledger *ledger)
{
    if (!ledger->stopped) {
        fputs("nothing skipped", out);
    } else if (ledger->skipped_bytes == UINT64_MAX) {
        fprintf(out, "everything from offset %" PRIu64 " on skipped", ledger->skipped_off);
    } else if (ledger->skipped_places > 1) {
        fprintf(out, "%" PRIu64 " bytes skipped in %" PRIu64 " places, first at offset %" PRIu64,
                ledger->skipped_bytes, ledger->skipped_places, ledger->skipped_off);
    } else {
        fprintf(out, "%" PRIu64 " bytes skipped from offset %" PRIu64, ledger->skipped_bytes,
                ledger->skipped_off);
    }
}

void run_ledger(FILE *out, const char *path, const struct scapf_ledger *ledger)
{
    fprintf(out,
            "%s: %" PRIu64 " blocks read (%" PRIu64 " bytes): %" PRIu64 " known, %" PRIu64
            " unknown (%" PRIu64 " blocks, %" PRIu64 " events), %" PRIu64 " damaged; ",
            run_path_name(path), ledger->blocks, ledger->bytes, ledger->known, ledger->unknown,
            ledger->unknown_blocks, ledger->unknown_events, ledger->damaged);
    run_ledger_skipped(out, ledger);
    putc('\n', out);
}

static int json_start(struct run_json *out, const char *name, int fd)
{
    struct scapf_diag diag = {0};
    enum scapf_status status;

    *out = (struct run_json){.name = name};
    status = scapf_sink_fd(fd, SCAPF_PLAIN, NULL, &out->sink, &diag);
    if (status >= 0) {
        status = scapf_json_new(out->sink, NULL, &out->json);
    }
    return run_fail(out->name, status, &diag);
}

int run_json_start(struct run_json *out)
{
    return json_start(out, "stdout", STDOUT_FILENO);
}

int run_json_start_stderr(struct run_json *out)
{
    (void)fflush(stderr);
    return json_start(out, "stderr", STDERR_FILENO);
}

int run_json_end(struct run_json *out)
{
    enum scapf_status status = scapf_json_finish(out->json);
    int rc;

    if (status >= 0) {
        status = scapf_sink_finish(out->sink);
    }
    rc = run_sink_fail(out->name, status, out->sink);
    scapf_json_free(out->json);
    scapf_sink_free(out->sink);
    return rc;
}
