/* SPDX-License-Identifier: Apache-2.0 */
/*
 * say.c - how commands say what went wrong, and the exit code that follows from it.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "run.h"

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

int run_fail_errno(const char *what)
{
    run_say("%s: %s", what, strerror(errno));
    return CLI_SYSTEM;
}

enum scapf_status run_errno_diag(struct scapf_diag *diag, const char *rule)
{
    *diag = (struct scapf_diag){
        .status = SCAPF_E_IO, .rule = (uint16_t)scapf_rule_find(rule), .got = (uint64_t)errno};
    return SCAPF_E_IO;
}

int run_worse(int a, int b)
{
    return a > b ? a : b;
}
