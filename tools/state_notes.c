/* SPDX-License-Identifier: Apache-2.0 */
#include "state_notes.h"

#include <string.h>

static const struct {
    size_t at;
    const char *key, *sentence;
} rows[] = {
#define ROW(member, sentence)                                                                      \
    {                                                                                              \
        offsetof(struct scapf_host_counters, member), #member, sentence                            \
    }
    ROW(unseen_threads, "threads that no table or event describes"),
    ROW(exits_alone, "exit events of calls without their enter event"),
    ROW(enters_alone, "enter events that another one of the same thread followed"),
    ROW(reused_tids, "threads that began under an id that was alive"),
    ROW(closed_unknown, "descriptors closed that were not known to be open"),
    ROW(replaced_fds, "descriptors made under a number that was open"),
    ROW(bad_numbers, "descriptors or ids that cannot be"),
    ROW(parent_cycles, "threads that are their own ancestors"),
    ROW(damaged_tables, "tables that could not be read to their end"),
    ROW(not_kept, "items there was no memory for"),
#undef ROW
};

bool state_note(const struct scapf_host_counters *counters, size_t i, struct state_note *note)
{
    if (i >= CLI_COUNT_OF(rows)) {
        return false;
    }
    *note = (struct state_note){.key = rows[i].key, .sentence = rows[i].sentence};
    memcpy(&note->n, (const char *)counters + rows[i].at, sizeof(note->n));
    if (rows[i].at == offsetof(struct scapf_host_counters, exits_alone) && counters->enters == 0) {
        note->is_fact = true;
        note->sentence = "calls recorded by their exit events alone, as newer writers do";
    }
    return true;
}

uint64_t state_notes_sum(const struct scapf_host_counters *counters)
{
    struct state_note note;
    uint64_t sum = 0;

    for (size_t i = 0; state_note(counters, i, &note); i++) {
        sum += note.is_fact ? 0 : note.n;
    }
    return sum;
}

void state_notes_json(struct scapf_json *json, const struct scapf_host_counters *counters)
{
    struct state_note note;

    scapf_json_open(json, '{');
    for (size_t i = 0; state_note(counters, i, &note); i++) {
        scapf_json_key(json, note.key);
        scapf_json_u64(json, note.n);
    }
    scapf_json_close(json);
}

int state_notes_read(const char *path, const struct cli_common *common,
                     struct scapf_host_counters *counters)
{
    struct scapf_host_opts opts = {.size = sizeof(opts)};
    struct cli_common quiet = *common;
    struct scapf_reader *reader;
    struct scapf_host *host = NULL;
    enum scapf_status status;
    enum scapf_status read = SCAPF_OK;
    int rc;

    quiet.ledger = false;
    *counters = (struct scapf_host_counters){.threads = 0};
    rc = run_open(path, &quiet, &reader);
    if (rc != CLI_DONE) {
        return rc;
    }
    opts.schema = scapf_reader_schema(reader);
    status = scapf_host_new(&opts, &host);
    if (status == SCAPF_OK) {
        struct scapf_record rec;

        while (status == SCAPF_OK && (read = scapf_reader_next(reader, &rec)) == SCAPF_OK) {
            status = scapf_host_put(host, &rec);
        }
        *counters = *scapf_host_counters(host);
    }
    rc = run_fail(path, status, NULL);
    if (run_exit_code(read) == CLI_SYSTEM) {
        rc = run_worse(rc, run_fail(path, read, scapf_reader_diag(reader)));
    }
    scapf_host_free(host);
    scapf_reader_free(reader);
    return rc;
}
