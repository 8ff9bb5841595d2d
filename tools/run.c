/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.c - what commands do while they run: open captures, report what went wrong, print the
 * ledger, show progress, and make sure that what was printed arrived.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run.h"
#include "scapfmt-xml.h"

static struct scapf_schema *loaded_schema;

/* The file whose pages may vanish under us; read by the signal handler. */
static const char *volatile mapped_path;

/* ------------------------------------------------------------------ start and end */

static void say_raw(const char *text)
{
    ssize_t ignored = write(STDERR_FILENO, text, strlen(text));

    (void)ignored; /* nobody is left to tell */
}

/* [mmap(2)] a page behind the end of a file that became shorter raises SIGBUS when it is read. */
static void on_sigbus(int number)
{
    const char *path = mapped_path;

    (void)number;
    say_raw(path != NULL ? path : "scapfmt");
    say_raw(": SYS-011: the file became shorter while it was read\n");
    _exit(CLI_SYSTEM);
}

/* A standard descriptor that is closed would be given to the next file that is opened, and what is
 * printed would land there. What stands in for it fails as a closed one does. */
static void keep_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0) {
            continue;
        }
        if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd) {
            _exit(CLI_SYSTEM);
        }
    }
}

void run_start(void)
{
    struct sigaction action = {.sa_handler = on_sigbus};

    keep_standard_descriptors();
    (void)sigaction(SIGBUS, &action, NULL);
}

int run_end(int rc)
{
    run_filter_free();
    scapf_schema_free(loaded_schema);
    loaded_schema = NULL;
    if (fflush(stdout) != 0 || ferror(stdout) != 0 ||
        (close(STDOUT_FILENO) != 0 && errno != EINTR)) {
        run_say("standard output: %s", strerror(errno));
        return CLI_SYSTEM;
    }
    return rc;
}

/* ------------------------------------------------------------------ reports */

void run_say(const char *format, ...)
{
    va_list args;

    fputs("scapfmt: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    putc('\n', stderr);
}

const char *run_path_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "stdin" : path;
}

void run_diag(const char *path, const struct scapf_diag *diag)
{
    char sentence[400];

    (void)scapf_diag_format(diag, sentence, sizeof(sentence));
    (void)fflush(stdout); /* both may go to one terminal */
    fprintf(stderr, "%s: %s\n", run_path_name(path), sentence);
}

int run_exit_code(enum scapf_status status)
{
    switch (status) {
    case SCAPF_OK:
    case SCAPF_END:
        return CLI_DONE;
    case SCAPF_E_TRUNCATED:
    case SCAPF_E_FORMAT:
    case SCAPF_E_UNSUPPORTED:
    case SCAPF_E_LIMIT:
        return CLI_INVALID;
    case SCAPF_E_USAGE:
        return CLI_USAGE;
    case SCAPF_E_IO:
    case SCAPF_E_NOMEM:
        return CLI_SYSTEM;
    }
    return CLI_SYSTEM;
}

int run_fail(const char *path, enum scapf_status status, const struct scapf_diag *diag)
{
    int rc = run_exit_code(status);

    if (rc == CLI_DONE) {
        return rc;
    }
    if (diag != NULL && diag->rule != 0) {
        run_diag(path, diag);
    } else {
        fprintf(stderr, "%s: %s\n", run_path_name(path), scapf_status_name(status));
    }
    return rc;
}

int run_sink_fail(const char *path, enum scapf_status status, const struct scapf_sink *sink)
{
    return run_fail(strcmp(path, "-") == 0 ? "stdout" : path, status,
                    sink != NULL ? scapf_sink_diag(sink) : NULL);
}

int run_worse(int a, int b)
{
    return a > b ? a : b;
}

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

int run_source(const char *path, struct scapf_src **src)
{
    struct scapf_diag diag = {0};
    enum scapf_status status;

    mapped_path = run_path_name(path);
    status = scapf_src_file(path, NULL, src, &diag);
    return run_fail(path, status, &diag);
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
