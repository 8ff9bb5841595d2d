/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.h - what commands do while they run: open captures, walk them, report, count, show progress.
 *
 * A command of the usual kind opens with run_open() (it reports why when it cannot), hands every
 * record to a function of its own with run_records() (damage, ledger and progress are dealt with
 * there), and returns the worst exit code it got.
 */
#ifndef SCAPFMT_RUN_H
#define SCAPFMT_RUN_H

#include "cli.h"

/* ------------------------------------------------------------------ start and end (start.c) */

/* Called once by main: standard descriptors are open, a file that shrinks is reported. */
void run_start(void);
/* Called once by main: close standard output, free schemas. Returns rc, or CLI_SYSTEM when
 * something that was printed did not arrive. */
int run_end(int rc);

/* ------------------------------------------------------------------ reports (say.c) */

/* Print "scapfmt: ..." on stderr. */
void run_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Print "FILE: offset N: RULE: sentence (got X, want Y)" on stderr. "-" is called "stdin". */
void run_diag(const char *path, const struct scapf_diag *diag);
/* What to call a file in messages: "-" is stdin. */
const char *run_path_name(const char *path);
/* The exit code a status leads to. */
int run_exit_code(enum scapf_status status);
/* Report why something failed (diag may be NULL) and return its exit code; CLI_DONE when it did
 * not fail. */
int run_fail(const char *path, enum scapf_status status, const struct scapf_diag *diag);
/* The same for a sink, which knows its own diagnosis. "-" is called "stdout". */
int run_sink_fail(const char *path, enum scapf_status status, const struct scapf_sink *sink);
/* Say what the system has just said of it (errno); returns CLI_SYSTEM. */
int run_fail_errno(const char *what);
/* The diagnosis that a rule of the system was broken (IO_OPEN, IO_WRITE), with errno; E_IO. */
enum scapf_status run_errno_diag(struct scapf_diag *diag, const char *rule);
/* The worse of two exit codes. */
int run_worse(int a, int b);

/* ------------------------------------------------------------------ reading (run.c) */

/* The schema the options ask for: the built-in one, or it under the --schema files. Loaded once.
 * On failure everything was reported; returns the exit code. */
int run_schema(const struct cli_common *common, const struct scapf_schema **schema);
void run_schema_free(void);
/* Open the bytes of a capture; "-" is stdin. */
int run_source(const char *path, struct scapf_src **src);
/* The name of what run_source() opened last, NULL before; a signal handler may ask. */
const char *run_being_read(void);
/* Open a capture with the schema of the options. On failure (reported) *reader is NULL and the
 * exit code is returned. */
int run_open(const char *path, const struct cli_common *common, struct scapf_reader **reader);

/* Make a folder, unless it is there. */
int run_folder(const char *path);

/* What is done with each record; a negative status ends the walk. */
typedef enum scapf_status (*run_record_fn)(void *ctx, const struct scapf_reader *reader,
                                           const struct scapf_record *rec);
/*
 * Hand every record to put. Damage is reported and gives CLI_INVALID; the ledger is printed when
 * the options ask. *status receives what put returned last: when it is negative, the caller says
 * why (the reader is not to blame).
 */
int run_records(const char *path, const struct cli_common *common, struct scapf_reader *reader,
                run_record_fn put, void *ctx, enum scapf_status *status);

/* ------------------------------------------------------------------ --filter (filter.c) */

/* The filter of the options, compiled once; NULL when there is none. When it is wrong, this was
 * shown; returns the exit code. */
int run_filter(const struct cli_common *common, struct scapf_filter **filter);
/* Tell what is wrong with text in the filter's language; option says where it stands. CLI_USAGE */
int run_language_error(const char *option, const char *text,
                       const struct scapf_filter_error *error);
/* Call behind the last file: nothing matched is CLI_INVALID, where rc is not worse. */
int run_filter_end(const struct cli_common *common, int rc);
void run_filter_free(void);

/* As run_record_fn; host is as the record left it, NULL when nobody asked for it. */
typedef enum scapf_status (*run_kept_fn)(void *ctx, const struct scapf_reader *reader,
                                         const struct scapf_record *rec, struct scapf_host *host);

struct run_kept {
    run_kept_fn put;
    void *ctx;
    bool wants_host;
};

/* As run_records(), for the events and packets that the filter lets through and for all other
 * records. */
int run_kept(const char *path, const struct cli_common *common, struct scapf_reader *reader,
             const struct run_kept *kept, enum scapf_status *status);

/* Print a capture by time although its sections are not (timeline.c). *done false: the order of the
 * file is as good, nothing was printed. *status: of the printer or its sink. */
int run_timeline(const char *path, const struct cli_common *common,
                 const struct scapf_printer_opts *opts, struct scapf_sink *sink, bool *done,
                 enum scapf_status *status);

/*
 * Print captures, one after another, into the file out ("-" is stdout). The printer is new for each
 * one: what it learnt from one is not true of the next.
 */
int run_print(const struct cli_spec *spec, const struct cli_common *common,
              const struct scapf_printer_opts *opts, const char *out,
              enum scapf_compression packing, char **paths, int n_paths);

/* ------------------------------------------------------------------ ledger, names (ledger.c) */

/* Print the ledger: blocks read, known, unknown, damaged, bytes skipped and where. */
void run_ledger(FILE *out, const char *path, const struct scapf_ledger *ledger);
/* Its last part alone: "nothing skipped" or what was. */
void run_ledger_skipped(FILE *out, const struct scapf_ledger *ledger);
void run_ledger_json(struct scapf_json *json, const struct scapf_ledger *ledger);
/* Name of a block type: "EPB", or "0x0000abcd" written to buf. */
const char *run_block_name(uint32_t type, char *buf, size_t size);

/* JSON on stdout, or on stderr behind what was said there. run_json_end() returns the exit code. */
struct run_json {
    const char *name;
    struct scapf_sink *sink;
    struct scapf_json *json;
};
int run_json_start(struct run_json *out);
int run_json_start_stderr(struct run_json *out);
int run_json_end(struct run_json *out);

/* ------------------------------------------------------------------ progress (progress.c) */

/* A line on stderr that shows how far long work has come. */
struct run_progress {
    const char *path;
    bool on;
    uint64_t blocks; /* read when the clock was asked last */
    uint64_t size;   /* of the file, 0 = not known */
    int64_t started, shown;
};
void run_progress_start(struct run_progress *progress, const char *path,
                        const struct cli_common *common);
/* Call for each record; cheap. */
void run_progress_step(struct run_progress *progress, const struct scapf_reader *reader);
/* Take the line away. */
void run_progress_end(struct run_progress *progress);

#endif
