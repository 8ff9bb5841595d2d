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
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "scapfmt-xml.h"

static struct scapf_schema *loaded_schema;

/* The file whose pages may vanish under us; read by the signal handler. */
static const char *volatile mapped_path;

static const char *path_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "stdin" : path;
}

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
    scapf_schema_free(loaded_schema);
    loaded_schema = NULL;
    if (fflush(stdout) != 0 || ferror(stdout) != 0 || close(STDOUT_FILENO) != 0) {
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

void run_diag(const char *path, const struct scapf_diag *diag)
{
    char sentence[400];

    (void)scapf_diag_format(diag, sentence, sizeof(sentence));
    (void)fflush(stdout); /* both may go to one terminal */
    fprintf(stderr, "%s: %s\n", path_name(path), sentence);
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
        fprintf(stderr, "%s: %s\n", path_name(path), scapf_status_name(status));
    }
    return rc;
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

    mapped_path = path_name(path);
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

/* ------------------------------------------------------------------ progress */

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void run_progress_start(struct run_progress *progress, const char *path,
                        const struct cli_common *common)
{
    struct stat info;

    *progress = (struct run_progress){.path = path_name(path), .started = now_ms()};
    /* Lines that scroll by on the same terminal are progress enough. */
    progress->on = common->progress ||
                   (!common->quiet && isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 0);
    if (progress->on && strcmp(path, "-") != 0 && stat(path, &info) == 0 && S_ISREG(info.st_mode)) {
        progress->size = (uint64_t)info.st_size;
    }
}

static void progress_show(struct run_progress *progress, const struct scapf_reader *reader)
{
    const struct scapf_ledger *ledger = scapf_reader_ledger(reader);

    fprintf(stderr, "\r%s: %" PRIu64 " records, %" PRIu64 " MB", progress->path, ledger->blocks,
            ledger->bytes / 1000000);
    if (progress->size != 0 && scapf_reader_compression(reader) == SCAPF_PLAIN) {
        fprintf(stderr, ", %.0f %%", 100.0 * (double)ledger->bytes / (double)progress->size);
    }
    fputs("\x1b[K", stderr);
}

void run_progress_step(struct run_progress *progress, const struct scapf_reader *reader)
{
    int64_t now;

    if (!progress->on || (++progress->calls & 0xFFF) != 0) {
        return;
    }
    now = now_ms();
    /* Work is long when it takes more than a second. */
    if (now - progress->started > 1000 && now - progress->shown > 200) {
        progress->shown = now;
        progress_show(progress, reader);
    }
}

void run_progress_end(struct run_progress *progress)
{
    if (progress->shown != 0) {
        fputs("\r\x1b[K", stderr);
    }
    progress->on = false;
}

/* ------------------------------------------------------------------ ledger */

const char *run_block_name(uint32_t type, char *buf, size_t size)
{
    const char *name = scapf_block_name(type);

    if (name == NULL) {
        (void)snprintf(buf, size, "0x%08" PRIx32, type);
        name = buf;
    }
    return name;
}

static void ledger_json(FILE *out, const struct scapf_ledger *ledger)
{
    char buf[16];

    fprintf(out,
            "{\"blocks\":%" PRIu64 ",\"known\":%" PRIu64 ",\"unknown_blocks\":%" PRIu64
            ",\"unknown_events\":%" PRIu64 ",\"damaged\":%" PRIu64 ",\"bytes\":%" PRIu64,
            ledger->blocks, ledger->known, ledger->unknown_blocks, ledger->unknown_events,
            ledger->damaged, ledger->bytes);
    fprintf(out, ",\"complete\":%s", ledger->stopped ? "false" : "true");
    if (ledger->stopped) {
        fprintf(out, ",\"skipped\":{\"offset\":%" PRIu64 ",\"bytes\":", ledger->skipped_off);
        if (ledger->skipped_bytes == UINT64_MAX) {
            fputs("null}", out);
        } else {
            fprintf(out, "%" PRIu64 "}", ledger->skipped_bytes);
        }
    }
    fputs(",\"types\":{", out);
    for (uint32_t i = 0; i < ledger->n_types; i++) {
        fprintf(out, "%s\"%s\":{\"blocks\":%" PRIu64 ",\"bytes\":%" PRIu64 "}", i > 0 ? "," : "",
                run_block_name(ledger->types[i].type, buf, sizeof(buf)), ledger->types[i].blocks,
                ledger->types[i].bytes);
    }
    fprintf(out, "},\"of_other_types\":%" PRIu64 "}", ledger->types_untold);
}

static void ledger_skipped(FILE *out, const struct scapf_ledger *ledger)
{
    if (!ledger->stopped) {
        fputs("nothing skipped", out);
    } else if (ledger->skipped_bytes == UINT64_MAX) {
        fprintf(out, "the rest from offset %" PRIu64 " on skipped", ledger->skipped_off);
    } else {
        fprintf(out, "%" PRIu64 " bytes skipped from offset %" PRIu64, ledger->skipped_bytes,
                ledger->skipped_off);
    }
}

void run_ledger(FILE *out, const char *path, const struct scapf_ledger *ledger, bool json)
{
    if (json) {
        ledger_json(out, ledger);
        return;
    }
    fprintf(out,
            "%s: %" PRIu64 " blocks read (%" PRIu64 " bytes): %" PRIu64 " known, %" PRIu64
            " unknown (%" PRIu64 " blocks, %" PRIu64 " events), %" PRIu64 " damaged; ",
            path_name(path), ledger->blocks, ledger->bytes, ledger->known, ledger->unknown,
            ledger->unknown_blocks, ledger->unknown_events, ledger->damaged);
    ledger_skipped(out, ledger);
    putc('\n', out);
}

/* ------------------------------------------------------------------ JSON text */

/* Bytes of the UTF-8 sequence at p [RFC 3629 4]; 0 when there is none. */
static size_t utf8_len(const unsigned char *p, size_t left)
{
    static const struct {
        unsigned char first, last, second_min, second_max;
        size_t len;
    } forms[] = {
        {0x00, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };

    for (size_t i = 0; i < CLI_COUNT_OF(forms); i++) {
        if (p[0] < forms[i].first || p[0] > forms[i].last) {
            continue;
        }
        if (forms[i].len > left ||
            (forms[i].len > 1 && (p[1] < forms[i].second_min || p[1] > forms[i].second_max))) {
            return 0;
        }
        for (size_t k = 2; k < forms[i].len; k++) {
            if ((p[k] & 0xC0) != 0x80) {
                return 0;
            }
        }
        return forms[i].len;
    }
    return 0;
}

void run_json_text(FILE *out, const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text;

    putc('"', out);
    while (len > 0) {
        size_t n = utf8_len(p, len);

        if (n == 0) {
            fputs("\\ufffd", out);
            n = 1;
        } else if (*p < 0x20 || *p == 0x7F) {
            fprintf(out, "\\u%04x", *p);
        } else {
            if (*p == '"' || *p == '\\') {
                putc('\\', out);
            }
            (void)fwrite(p, 1, n, out);
        }
        p += n;
        len -= n;
    }
    putc('"', out);
}
